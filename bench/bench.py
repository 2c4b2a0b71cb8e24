#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""resources/read side by side with what bounds it from below and from above; see README.md."""
import argparse, contextlib, json, os, pathlib, random, re, signal, statistics, subprocess, sys, tempfile, time

import contenders as with_

OURS, OURS_MODERN = "mcp-product-metadata", "mcp-product-metadata, modern"
BARE, BARE_MODERN = "bare libmicrohttpd", "bare libmicrohttpd, modern"
NGINX, TYPESCRIPT = "nginx, static file", "TypeScript SDK 1.x"

# (what, of whom, against whom, bound): CPU a request is at most the bound, requests a second ("rate") and
# requests a second of CPU time ("work") at least.
BUDGETS = {
    "small": [("cpu", OURS, BARE, 1.25), ("cpu", OURS_MODERN, BARE_MODERN, 1.25),
              ("rate", OURS, NGINX, 0.7), ("rate", OURS_MODERN, NGINX, 0.7),
              ("work", OURS, TYPESCRIPT, 10), ("work", OURS_MODERN, TYPESCRIPT, 10)],
    "big": [("cpu", OURS, BARE, 1.15), ("cpu", OURS_MODERN, BARE_MODERN, 1.15),
            ("rate", OURS, NGINX, 0.75), ("rate", OURS_MODERN, NGINX, 0.75),
            ("work", OURS, TYPESCRIPT, 30), ("work", OURS_MODERN, TYPESCRIPT, 30)],
}
MEASURES = {"cpu": "CPU", "rate": "req/s", "work": "req/CPU s"}
BIG_BYTES = 100 * 1024
FIRST_PRODUCTS = 400
QUIET_CPUS = 0.2  # a turn is quiet while others use no more than that
ENOUGH_QUIET = 3  # rounds; with fewer, all are judged
PATIENCE = 3  # times the wanted rounds, in search of quiet ones


def cpu_seconds_of_all():
    """Time the machine's CPUs did not idle since it started."""
    ticks = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle, waiting = ticks[3:5]
    return (sum(ticks) - idle - waiting) / os.sysconf("SC_CLK_TCK")


def load(contender, scratch, seconds, connections):
    """One turn at full speed: what it cost the server, and what everybody else did meanwhile."""
    request = scratch / "request"
    request.write_bytes(contender.raw())
    command = [with_.BUILD / "bench/http_load", contender.server.port, connections, int(seconds * 1000),
               contender.server.process.pid, request]
    before, since = cpu_seconds_of_all(), time.monotonic()
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    took, busy = time.monotonic() - since, cpu_seconds_of_all() - before
    if run.returncode != 0:
        raise RuntimeError(f"{contender.name}: {run.stderr.strip()}")
    told = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", run.stdout)}
    return {"rate": told["replies"] / told["us"] * 1e6, "cpu": told["cpu_us"] / told["replies"],
            "p50": told["p50_us"], "p99": told["p99_us"], "others": (busy - (told["cpu_us"] + told["own_us"]) / 1e6) / took}


def products_for(scratch, wanted):
    """A metadata file whose aliases fill about `wanted` bytes of reply."""
    count = FIRST_PRODUCTS
    for _ in range(3):
        out = scratch / f"products-{count}"
        subprocess.run([with_.BUILD / "bin/mcp-product-metadata", "generate", "--products", str(count), "--out", out],
                       check=True, stdout=subprocess.DEVNULL)
        path = out / "product_metadata.json"
        aliases = json.dumps({"aliases": json.loads(path.read_text())["product_aliases"]}, separators=(",", ":"))
        size = len(json.dumps(aliases))
        if abs(size - wanted) < wanted / 50:
            break
        count = max(1, count * wanted // size)
    return path


def line_up(stack, scratch, metadata, uri):
    """Start everybody with the same resource; check that they answer the same."""
    def started(server):
        stack.callback(server.stop)
        return server

    product = started(with_.start_product(scratch, metadata))
    ours = with_.legacy_read(OURS, product, uri)
    modern = with_.modern_read(OURS_MODERN, product, uri)
    reply, modern_reply = ours.ask(), modern.ask()
    text = json.loads(reply)["result"]["contents"][0]["text"]
    bare = with_.Contender(BARE, started(with_.start_bare(scratch, "bare", reply)), "/mcp", ours.headers, ours.body)
    bare_modern = with_.Contender(BARE_MODERN, started(with_.start_bare(scratch, "bare-modern", modern_reply)), "/mcp",
                                  modern.headers, modern.body)
    nginx = with_.Contender(NGINX, started(with_.start_nginx(scratch, reply)), "/reply")
    typescript = with_.legacy_read(TYPESCRIPT, started(with_.start_typescript(scratch, uri, text)), uri)
    for other, same in ((bare, reply), (bare_modern, modern_reply), (nginx, reply)):
        if other.ask() != same:
            raise RuntimeError(f"{other.name} answers other bytes than {OURS}")
    if json.loads(typescript.ask())["result"]["contents"][0]["text"] != text:
        raise RuntimeError(f"{TYPESCRIPT} answers another text than {OURS}")
    return [ours, modern, bare, bare_modern, nginx, typescript], len(reply)


def is_quiet(*turns):
    return all(turn["others"] <= QUIET_CPUS for turn in turns)


def pairs_of(rounds, whose, against):
    """Both turns of each round, of the quiet rounds when there are some."""
    pairs = list(zip(rounds[whose], rounds[against]))
    quiet = [pair for pair in pairs if is_quiet(*pair)]
    return quiet if len(quiet) >= ENOUGH_QUIET else pairs, len(quiet)


def judge(rounds, what, whose, against, bound):
    pairs, quiet = pairs_of(rounds, whose, against)
    ratios = {key: statistics.median(a[key] / b[key] for a, b in pairs) for key in ("cpu", "rate")}
    ratios["work"] = statistics.median(b["cpu"] / a["cpu"] for a, b in pairs)
    is_met = ratios[what] <= bound if what == "cpu" else ratios[what] >= bound
    return {"what": what, "of": whose, "against": against, "bound": bound, "met": is_met, "ratios": ratios,
            "judged": len(pairs), "quiet": quiet, "loaded": len(pairs) > quiet}


def summary(contender, turns):
    quiet = [turn for turn in turns if is_quiet(turn)]
    chosen = quiet if len(quiet) >= ENOUGH_QUIET else turns
    return {"name": contender.name, "resident_kib": contender.server.resident_kib(), "turns": len(turns), "quiet": len(quiet),
            **{key: statistics.median(turn[key] for turn in chosen) for key in ("rate", "cpu", "p50", "p99")},
            "others": statistics.median(turn["others"] for turn in turns)}


def has_enough(rounds, size, wanted):
    return all(pairs_of(rounds, whose, against)[1] >= wanted for _, whose, against, _ in BUDGETS[size])


def measure(size, metadata, uri, options):
    with contextlib.ExitStack() as stack:
        scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mcp-bench-")))
        everybody, reply_bytes = line_up(stack, scratch, metadata(scratch), uri)
        rounds = {contender.name: [] for contender in everybody}
        for contender in everybody:
            load(contender, scratch, 1, options.connections)  # warm-up
        for number in range(options.rounds * PATIENCE):
            if number >= options.rounds and has_enough(rounds, size, options.rounds):
                break
            for contender in random.Random(number).sample(everybody, len(everybody)):
                rounds[contender.name].append(load(contender, scratch, options.seconds, options.connections))
        rows = [summary(contender, rounds[contender.name]) for contender in everybody]
    budgets = [judge(rounds, *budget) for budget in BUDGETS[size]]
    return {"size": size, "uri": uri, "reply_bytes": reply_bytes, "rows": rows, "budgets": budgets}


def show(table):
    print(f"\n{table['size']}: resources/read of {table['uri']}, {table['reply_bytes']} bytes of reply")
    print(f"{'':30}{'req/s':>9}{'CPU us/req':>12}{'p50 us':>9}{'p99 us':>9}{'RSS MiB':>9}{'turns':>7}{'quiet':>7}{'others':>8}")
    for row in table["rows"]:
        print(f"{row['name']:30}{row['rate']:9.0f}{row['cpu']:12.1f}{row['p50']:9.0f}{row['p99']:9.0f}"
              f"{row['resident_kib'] / 1024:9.1f}{row['turns']:7}{row['quiet']:7}{row['others']:8.2f}")
    for budget in table["budgets"]:
        sign = "<=" if budget["what"] == "cpu" else ">="
        of = f"{MEASURES[budget['what']]} of {budget['of']} / {budget['against']}"
        of_rounds = f"of {budget['judged']} rounds{', busy machine' if budget['loaded'] else ''}"
        other = {"rate": "work", "work": "rate"}.get(budget["what"])
        if other:
            of_rounds += f"; {MEASURES[other]} {budget['ratios'][other]:.2f}"
        print(f"  {of:68}{budget['ratios'][budget['what']]:7.2f} {sign} {budget['bound']:<5}{'met' if budget['met'] else 'MISSED':7}{of_rounds}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="quiet rounds wanted, everybody once in each (9)")
    parser.add_argument("--seconds", type=float, default=1, help="length of one turn (1)")
    parser.add_argument("--connections", type=int, default=64, help="keep-alive connections (64)")
    parser.add_argument("--size", choices=[*BUDGETS], help="only this one")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON instead")
    options = parser.parse_args()
    if min(options.rounds, options.connections) < 1 or options.seconds < 0.1:
        parser.error("rounds and connections are at least 1, seconds at least 0.1")
    resources = {
        "small": (lambda scratch: with_.ROOT / "resources/product_metadata.json", "column-mappings://list"),
        "big": (lambda scratch: products_for(scratch, BIG_BYTES), "product-aliases://list"),
    }
    if not options.json:
        print(f"{os.cpu_count()} CPUs, {options.connections} connections, interleaved turns of {options.seconds:g} s; "
              f"load average before {os.getloadavg()[0]:.1f}\nmedians of the quiet turns (others use at most {QUIET_CPUS:g} CPUs; fewer than "
              f"{ENOUGH_QUIET}: of all); a ratio is the median over rounds of the ratio in one round")
    tables = []
    for size in [options.size] if options.size else resources:
        tables.append(measure(size, *resources[size], options))
        if not options.json:
            show(tables[-1])
            sys.stdout.flush()
    if options.json:
        print(json.dumps(tables, indent=2))
    return 0 if all(budget["met"] for table in tables for budget in table["budgets"]) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # stops the servers on the way out
    try:
        sys.exit(main())
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"bench: {error}")
