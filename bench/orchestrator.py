#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scale of the orchestrator: 1,000 configured servers, 200 live ones; see bench/README.md."""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CONFIGURED, LIVE, ROUNDS = 1000, 200, 5
BUDGET_MS = 100  # of processor time: to load, check and show CONFIGURED servers
BUDGET_MIB, BUDGET_FILES_EACH = 256, 4  # while LIVE ones are gathered


def write(path, entries):
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"mcp_servers": entries,
                   "orchestration": {"fail_fast": False, "max_retries": 0, "enable_logging": False}}, file)


def configured(count):
    return {f"server_{i}": {"name": f"Server {i}", "url": f"http://127.0.0.1:1/{i}", "priority": 1 + i % 999,
                            "domains": [f"sales.r{i % 50}"], "capabilities": ["list_resources"], "timeout": 5}
            for i in range(count)}


def live(count, bin_dir):
    program = os.path.join(bin_dir, "mcp-product-metadata")
    metadata = os.path.join(ROOT, "resources", "product_metadata.json")
    return {f"live_{i}": {"name": f"Live {i}", "command": program, "priority": 1 + i, "timeout": 60,
                          "args": ["--transport", "stdio", "--metadata-path", metadata]} for i in range(count)}


def cpu_ms(command):
    """Processor time and wall time of one run, and what it said."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, check=False)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used * 1000, wall * 1000, done


def watch_once(command):
    """The same of `status --watch --json` up to its first document: nobody was waited for."""
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        line = process.stdout.readline()
        wall = time.monotonic() - began
        process.terminate()
    return wall * 1000, json.loads(line)


def peak_of(command):
    """Run to the end; the most descriptors and memory (MiB) seen, seconds, and the answer."""
    began, files, mib = time.monotonic(), 0, 0.0
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        while process.poll() is None:
            try:
                files = max(files, len(os.listdir(f"/proc/{process.pid}/fd")))
                with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                    peak = [line for line in status if line.startswith("VmHWM")]
                mib = max([mib] + [int(line.split()[1]) / 1024 for line in peak])
            except OSError:
                pass
            time.sleep(0.01)
        seconds = time.monotonic() - began
        out.seek(0)
        return files, mib, seconds, json.load(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "release", "bin"))
    bin_dir = os.path.abspath(parser.parse_args().bin)
    orchestrator = os.path.join(bin_dir, "mcp-orchestrator")
    failed = []
    with tempfile.TemporaryDirectory() as directory:
        config = os.path.join(directory, "config.yaml")
        write(config, configured(CONFIGURED))
        runs = [cpu_ms([orchestrator, "-c", config, "check"]) for _ in range(ROUNDS)]
        if any(run[2].returncode != 0 for run in runs):
            sys.exit(runs[0][2].stderr.decode())
        check = min(run[0] for run in runs)
        shown = [watch_once([orchestrator, "-c", config, "--json", "status", "--watch"]) for _ in range(ROUNDS)]
        if any(len(status["servers"]) != CONFIGURED for _, status in shown):
            sys.exit("the status does not name every server")
        print(f"{CONFIGURED} configured servers: check {check:.0f} ms of processor time, "
              f"{min(run[1] for run in runs):.0f} ms in all; first status after {min(shown)[0]:.0f} ms")
        if check > BUDGET_MS:
            failed.append(f"check takes more than {BUDGET_MS} ms")
        write(config, live(LIVE, bin_dir))
        files, mib, seconds, answer = peak_of([orchestrator, "-c", config, "--json", "gather"])
        print(f"{LIVE} live servers gathered in {seconds:.1f} s: at most {files} descriptors, {mib:.0f} MiB")
        if len(answer.get("servers", {})) != LIVE or answer.get("missing"):
            failed.append(f"{LIVE - len(answer.get('servers', {}))} of {LIVE} servers are missing")
        if files > BUDGET_FILES_EACH * LIVE + 64:
            failed.append(f"more than {BUDGET_FILES_EACH} descriptors a server")
        if mib > BUDGET_MIB:
            failed.append(f"more than {BUDGET_MIB} MiB")
    for line in failed:
        print("MISSED:", line)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
