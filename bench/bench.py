#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""resources/read side by side with what bounds it from below and from above; see README.md."""
import argparse, contextlib, json, os, pathlib, re, signal, statistics, subprocess, sys, tempfile

import contenders as with_

OURS, OURS_MODERN = "mcp-product-metadata", "mcp-product-metadata, modern"
BARE, BARE_MODERN = "bare libmicrohttpd", "bare libmicrohttpd, modern"
NGINX, TYPESCRIPT = "nginx, static file", "TypeScript SDK 1.x"

# (what, of whom, against whom, bound): CPU is at most the bound, requests a second at least.
BUDGETS = {
    "small": [("cpu", OURS, BARE, 1.25), ("cpu", OURS_MODERN, BARE_MODERN, 1.25),
              ("rate", OURS, NGINX, 0.7), ("rate", OURS_MODERN, NGINX, 0.7),
              ("rate", OURS, TYPESCRIPT, 10), ("rate", OURS_MODERN, TYPESCRIPT, 10)],
    "big": [("cpu", OURS, BARE, 1.15), ("cpu", OURS_MODERN, BARE_MODERN, 1.15),
            ("rate", OURS, NGINX, 0.75), ("rate", OURS_MODERN, NGINX, 0.75),
            ("rate", OURS, TYPESCRIPT, 30), ("rate", OURS_MODERN, TYPESCRIPT, 30)],
}
BIG_BYTES = 100 * 1024
FIRST_PRODUCTS = 400


def load(contender, scratch, seconds, connections):
    """One round: wrk at full speed; what it cost the server."""
    env = dict(os.environ, BENCH_HEADERS="".join(f"{k}: {v}\n" for k, v in contender.headers.items()))
    if contender.body is not None:
        env["BENCH_BODY"] = str(scratch / "body")
        (scratch / "body").write_bytes(contender.body)
    url = f"http://127.0.0.1:{contender.server.port}{contender.path}"
    before = contender.server.cpu_seconds()
    run = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout=20s", "-s", with_.ROOT / "bench/read.lua", url],
                         env=env, capture_output=True, text=True, check=True)
    cpu = contender.server.cpu_seconds() - before
    told = {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", run.stdout.partition("\nbench ")[2])}
    if not told.get("requests") or told["refused"] or told["broken"]:
        raise RuntimeError(f"{contender.name}: {run.stdout}{run.stderr}")
    return {"rate": told["requests"] / told["us"] * 1e6, "cpu": cpu / told["requests"] * 1e6,
            "p50": told["p50_us"], "p99": told["p99_us"]}


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


def measure(size, metadata, uri, options):
    with contextlib.ExitStack() as stack:
        scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mcp-bench-")))
        everybody, reply_bytes = line_up(stack, scratch, metadata(scratch), uri)
        rounds = {contender.name: [] for contender in everybody}
        for number in range(options.rounds + 1):
            for contender in everybody:
                seconds = options.seconds if number else 1
                figures = load(contender, scratch, seconds, options.connections)
                if number:  # the first one is warm-up
                    rounds[contender.name].append(figures)
        rows = [{"name": c.name, "resident_kib": c.server.resident_kib(),
                 **{key: statistics.median(r[key] for r in rounds[c.name]) for key in ("rate", "cpu", "p50", "p99")}}
                for c in everybody]
    budgets = []
    for what, whose, against, bound in BUDGETS[size]:
        ratio = statistics.median(a[what] / b[what] for a, b in zip(rounds[whose], rounds[against]))
        is_met = ratio <= bound if what == "cpu" else ratio >= bound
        budgets.append({"what": what, "of": whose, "against": against, "ratio": ratio, "bound": bound, "met": is_met})
    return {"size": size, "uri": uri, "reply_bytes": reply_bytes, "rows": rows, "budgets": budgets}


def show(table):
    print(f"\n{table['size']}: resources/read of {table['uri']}, {table['reply_bytes']} bytes of reply")
    print(f"{'':30}{'req/s':>9}{'CPU us/req':>12}{'p50 us':>9}{'p99 us':>9}{'RSS MiB':>9}")
    for row in table["rows"]:
        print(f"{row['name']:30}{row['rate']:9.0f}{row['cpu']:12.1f}{row['p50']:9.0f}{row['p99']:9.0f}"
              f"{row['resident_kib'] / 1024:9.1f}")
    for budget in table["budgets"]:
        sign = "<=" if budget["what"] == "cpu" else ">="
        of = f"{'CPU' if budget['what'] == 'cpu' else 'req/s'} of {budget['of']} / {budget['against']}"
        print(f"  {of:66}{budget['ratio']:7.2f} {sign} {budget['bound']:<5}{'met' if budget['met'] else 'MISSED'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds, everybody once in each (5)")
    parser.add_argument("--seconds", type=int, default=3, help="length of one turn (3)")
    parser.add_argument("--connections", type=int, default=64, help="keep-alive connections (64)")
    parser.add_argument("--size", choices=[*BUDGETS], help="only this one")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON instead")
    options = parser.parse_args()
    if min(options.rounds, options.seconds, options.connections) < 1:
        parser.error("rounds, seconds and connections are at least 1")
    resources = {
        "small": (lambda scratch: with_.ROOT / "resources/product_metadata.json", "column-mappings://list"),
        "big": (lambda scratch: products_for(scratch, BIG_BYTES), "product-aliases://list"),
    }
    if not options.json:
        print(f"{os.cpu_count()} CPUs, {options.connections} connections, medians of {options.rounds} interleaved "
              f"rounds of {options.seconds} s; load average before {os.getloadavg()[0]:.1f}")
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
