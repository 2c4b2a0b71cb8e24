#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""contract.py COMMAND [MODULE...]: run tests/vectors/*.json through `COMMAND MODULE` and compare.

Equal means equal JSON, 1 and 1.0 apart. Of an expected error: the code is equal, `where` is equal
when given, `what` is contained when given (wording is ours: pass --no-wording to leave it out).
"""
import json
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def same(a, b):
    """JSON equality in which 1 is not 1.0 and true is not 1."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def agrees(case, answer, wording):
    want = case.get("error")
    if want is None:
        return "out" in answer and same(answer["out"], case["out"])
    got = answer.get("error", {})
    if got.get("code") != want["code"]:
        return False
    if not wording:
        return True
    return got.get("where", "") == want.get("where", got.get("where", "")) and want.get("what", "") in got.get("what", "")


def run(command, module, wording):
    cases = json.loads((ROOT / "tests/vectors" / f"{module}.json").read_text())["cases"]
    text = "".join(json.dumps({"name": c["name"], "in": c["in"]}) + "\n" for c in cases)
    done = subprocess.run([*command, module], input=text, capture_output=True, text=True, check=False)
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    if len(answers) != len(cases):
        print(f"{module}: {len(answers)} answers to {len(cases)} cases {done.stderr.strip()[:300]}")
        return len(cases), len(cases)
    bad = [c for c, a in zip(cases, answers) if not agrees(c, a, wording)]
    for case in bad:
        print(f"{module}: {case['name']}")
    return len(cases), len(bad)


def main():
    words = [w for w in sys.argv[1:] if w != "--no-wording"]
    wording = len(words) == len(sys.argv) - 1
    command = shlex.split(words[0])
    modules = words[1:] or sorted(p.stem for p in (ROOT / "tests/vectors").glob("*.json"))
    counts = [run(command, module, wording) for module in modules]
    total, failed = sum(c[0] for c in counts), sum(c[1] for c in counts)
    print(f"contract: {total} cases of {len(modules)} modules, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
