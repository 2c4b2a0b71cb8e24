#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Large metadata files: how long a load takes and how much memory it needs; see README.md."""
import argparse, json, pathlib, re, signal, subprocess, sys, tempfile, time, urllib.request

import contenders as with_

PROGRAM = with_.BUILD / "bin/mcp-product-metadata"
MEASURE = with_.BUILD / "bench/load_metadata"
MOST_TIMES_JANSSON = 3.0  # CPU time of a load by that of json_load_file
MOST_TIMES_FILE = 6.0  # resident memory by the size of the file, also while it reloads
RELOAD_SECONDS = 120
with_.READY_SECONDS = 120  # a load of the large file on a busy machine


def run(kind, path, rounds):
    done = subprocess.run([MEASURE, kind, path, str(rounds)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def kib(server, key):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(rf"^{key}:\s+(\d+)", status, re.MULTILINE).group(1))


def health(server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/health", timeout=10) as reply:
        return json.load(reply)["metadata"]


def at_rest(server):
    """Once what the reload left behind is given back to the system."""
    least, seen = kib(server, "VmRSS"), 0
    while seen < 20:
        time.sleep(0.05)
        now = kib(server, "VmRSS")
        seen = 0 if now < least else seen + 1
        least = min(least, now)
    return least


def serve(scratch, path):
    """The program itself: at rest, and at most after a reload beside what it serves."""
    server = with_.start_product(scratch, path)
    try:
        first = kib(server, "VmHWM")
        began = time.monotonic()
        server.process.send_signal(signal.SIGHUP)
        while health(server)["loads"] < 2:
            if time.monotonic() - began > RELOAD_SECONDS:
                raise RuntimeError("the file is not reloaded")
            time.sleep(0.02)
        took = time.monotonic() - began
        return {"first_peak_kib": first, "peak_kib": kib(server, "VmHWM"), "rest_kib": at_rest(server), "reload_ms": took * 1000}
    finally:
        server.stop()


def measure(products, rounds):
    with tempfile.TemporaryDirectory(prefix="mcp-bench-") as name:
        scratch = pathlib.Path(name)
        subprocess.run([PROGRAM, "generate", "--products", str(products), "--out", scratch],
                       check=True, stdout=subprocess.DEVNULL)
        path = scratch / "product_metadata.json"
        pairs = [(run("json", path, rounds), run("product", path, rounds)) for _ in range(2)]
        jansson = min((pair[0] for pair in pairs), key=lambda figures: figures["ms"])
        ours = min((pair[1] for pair in pairs), key=lambda figures: figures["ms"])
        return {"products": products, "file_kib": path.stat().st_size / 1024, "json_load_file": jansson, "load": ours,
                "server": serve(scratch, path), "ratio": ours["ms"] / jansson["ms"]}


def show(table):
    """Print one size; whether its budgets hold."""
    size = table["file_kib"]
    print(f"\n{table['products']} products, {size / 1024:.1f} MiB")
    print(f"{'':22}{'CPU ms':>9}{'peak MiB':>10}{'x file':>8}{'rest MiB':>10}{'x file':>8}")
    rows = {"json_load_file": table["json_load_file"], "load and reload": table["load"],
            "server, after SIGHUP": {"ms": None, **table["server"]}}
    for name, row in rows.items():
        cpu = f"{row['ms']:9.0f}" if row["ms"] is not None else f"{'':9}"
        print(f"{name:22}{cpu}{row['peak_kib'] / 1024:10.1f}{row['peak_kib'] / size:8.2f}"
              f"{row['rest_kib'] / 1024:10.1f}{row['rest_kib'] / size:8.2f}")
    peak = max(table["load"]["peak_kib"], table["server"]["peak_kib"]) / size
    holds = True
    for what, value, most in (("CPU of a load / json_load_file", table["ratio"], MOST_TIMES_JANSSON),
                              ("resident memory at most / file", peak, MOST_TIMES_FILE)):
        holds = holds and value <= most
        print(f"  {what:40}{value:7.2f} <= {most:<5g}{'met' if value <= most else 'MISSED'}")
    return holds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, action="append", help="size of the file; may be repeated (100000, 500000)")
    parser.add_argument("--rounds", type=int, default=3, help="loads of which the fastest counts (3)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, too")
    options = parser.parse_args()
    tables = [measure(products, options.rounds) for products in options.products or [100000, 500000]]
    holds = [show(table) for table in tables]
    if options.json:
        print(json.dumps(tables, indent=2))
    return 0 if all(holds) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"bench: {error}")
