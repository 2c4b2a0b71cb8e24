#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""contract.py: run tests/vectors/*.json through a command and compare; see --help.

The cases are written ahead, the answers are read as they come: a command that keeps its answers in
a buffer until its input ends is judged too, only a hang or a crash is then told of the wrong case.
"""
import argparse
import json
import os
import pathlib
import selectors
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
VECTORS = ROOT / "tests/vectors"
MAX_ANSWER_BYTES = 64 << 20
MAX_RESTARTS = 5
NOTHING = object()

HELP = """\
Judge a port module by module. COMMAND is run as `COMMAND MODULE`. It reads one case a line
from standard input, {"name": ..., "in": ...}, and answers each with one line, flushed:

  {"out": VALUE}                                         or
  {"error": {"code": "E_LIMIT", "where": "line 3", "what": "more than 8 bytes"}}

It ends with status 0 when its input ends, and with status 2, without an answer, when it has no
such module. `build/dev/bin/mcp-probe MODULE --help` says what "in" and "out" of a module are;
docs/reimplementing.md and docs/vectors.md tell the rest."""
END = """\
Equal means equal JSON: 1 is not 1.0, members have no order. Of an expected error the code must be
equal, "where" when the case names one, and "what" must be contained in the message.

exit status:
  0  every case agrees
  1  a case differs, was not answered in time, or ended the command; each is listed
  2  wrong use: no such module, no such case, a command that cannot be started

examples:
  scripts/contract.sh --probe build/dev/bin/mcp-probe
  scripts/contract.sh --probe "python3 tests/contract/port.py" --module sse_parser --module uri
  scripts/contract.sh --probe ./my-probe --offered --json >report.json
  scripts/contract.sh --probe ./my-probe --module uri --case every_part"""


def clipped(words, longest=200):
    return words if len(words) <= longest else f"{words[:longest]}... ({len(words)} characters)"


def shown(value):
    return "nothing" if value is NOTHING else clipped(json.dumps(value, ensure_ascii=False))


def difference(want, got, at=""):
    """(JSON pointer, wanted, got) of the first place where two values differ, or None."""
    if type(want) is not type(got):
        return at, want, got
    if isinstance(want, dict):
        for key in [*want, *(k for k in got if k not in want)]:
            found = difference(want.get(key, NOTHING), got.get(key, NOTHING),
                               f"{at}/{key.replace('~', '~0').replace('/', '~1')}")
            if found:
                return found
        return None
    if isinstance(want, list):
        for i in range(max(len(want), len(got))):
            found = difference(want[i] if i < len(want) else NOTHING,
                               got[i] if i < len(got) else NOTHING, f"{at}/{i}")
            if found:
                return found
        return None
    return None if want == got else (at, want, got)


def judge(case, answer, wording):
    """None when the answer agrees, else a problem: pointer, expected, got."""
    if not isinstance(answer, dict) or len(answer.keys() & {"out", "error"}) != 1:
        return {"problem": f'answer is not {{"out"}} or {{"error"}}: {shown(answer)}'}
    want = case.get("error")
    if want is None or "error" not in answer:
        key = "out" if want is None else "error"
        found = difference({key: case.get(key, NOTHING)}, answer)
        return dict(zip(("pointer", "expected", "got"), found)) if found else None
    got = answer["error"] if isinstance(answer["error"], dict) else {}
    for key in ("code", "where", "what") if wording else ("code",):
        given = got.get(key, "")
        agrees = want.get(key, "") in given if key == "what" else given == want.get(key, given)
        if not isinstance(given, str) or not agrees:
            return {"pointer": f"/error/{key}", "expected": want[key], "got": given}
    return None


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def judge_line(case, line, wording):
    try:
        answer = json.loads(line.decode(), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as why:
        return {"problem": f"not JSON ({why}): {clipped(line.decode(errors='replace').strip())}"}
    return judge(case, answer, wording)


class Run:
    """One process that is asked `cases` and answers them in order."""

    def __init__(self, command, module, cases):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([*command, module], stdin=subprocess.PIPE, bufsize=0,
                                        stdout=subprocess.PIPE, stderr=self.errors,
                                        start_new_session=True)
        lines = [json.dumps({"name": c["name"], "in": c["in"]}) + "\n" for c in cases]
        self.writer = threading.Thread(target=self.write, args=["".join(lines).encode()], daemon=True)
        self.writer.start()
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.pending, self.searched = bytearray(), 0

    def write(self, data):
        try:
            view = memoryview(data)
            while view:
                view = view[self.process.stdin.write(view):]
            self.process.stdin.close()
        except OSError:
            pass  # it ended; whoever reads notices

    def line(self, until):
        """The next line; b"" when the output has ended, None when `until` has passed."""
        while True:
            end = self.pending.find(b"\n", self.searched)
            if end >= 0:
                line = bytes(self.pending[:end])
                del self.pending[:end + 1]
                self.searched = 0
                return line + b"\n"
            self.searched = len(self.pending)
            left = until - time.monotonic()
            if left <= 0 or not self.selector.select(left):
                return None
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            if not data or len(self.pending) > MAX_ANSWER_BYTES:
                return b""
            self.pending += data

    def status(self, until):
        try:
            return self.process.wait(max(0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            return None

    def stop(self):
        """The group goes too: the command may be a shell."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.writer.join()
        self.selector.close()
        self.process.stdout.close()
        self.errors.seek(0)
        said = self.errors.read()[-2000:].decode(errors="replace").strip()
        self.errors.close()
        return said


def ended(status):
    if status is None:
        return "closed its output"
    return f"ended by signal {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def with_stderr(problem, said):
    return f"{problem}; standard error: {clipped(said.splitlines()[-1])}" if said else problem


def run_some(options, module, cases, deadline):
    """Ask until the end or the first case without an answer: (failures, cases asked, offered)."""
    run = Run(options.command, module, cases)
    failures, asked, problem, offered = [], 0, None, True
    for case in cases:
        patience = min(deadline, time.monotonic() + options.case_seconds)
        line = run.line(patience)
        if not line:
            status = run.status(time.monotonic() + 1) if line == b"" else None
            offered = asked > 0 or status != 2
            problem = (f"no answer within {options.case_seconds:g} s" if line is None else
                       f"no answer: the command {ended(status)}")
            break
        asked += 1
        found = judge_line(case, line, options.wording)
        if found:
            failures.append({"case": case["name"], **found})
    if problem is None:
        patience = min(deadline, time.monotonic() + options.case_seconds)
        extra = run.line(patience)
        if extra is None:
            problem = f"still running {options.case_seconds:g} s after its input ended"
        elif extra:
            problem = f"more answers than cases: {clipped(extra.decode(errors='replace').strip())}"
        elif run.status(patience) != 0:
            problem = f"answered all, then {ended(run.process.returncode)}"
    said = run.stop()
    if problem:
        name = cases[asked]["name"] if asked < len(cases) else "(end)"
        failures.append({"case": name, "problem": with_stderr(problem, said)})
    return failures, asked + bool(problem), offered


def run_module(options, module, spec):
    cases = [c for c in spec["cases"] if options.case in (None, c["name"])]
    began = time.monotonic()
    deadline = began + options.module_seconds
    failures, at, restarts, offered = [], 0, 0, True
    while at < len(cases) and offered:
        if time.monotonic() >= deadline or restarts > MAX_RESTARTS:
            why = (f"the module took longer than {options.module_seconds:g} s"
                   if restarts <= MAX_RESTARTS else f"the command stopped answering {restarts} times")
            failures += [{"case": c["name"], "problem": f"not asked: {why}"} for c in cases[at:]]
            break
        found, asked, offered = run_some(options, module, cases[at:], deadline)
        failures += found
        at += asked
        restarts += 1
    report = {"module": module, "layer": spec.get("layer", ""), "cases": len(cases), "offered": offered,
              "passed": 0, "failed": 0, "ms": round((time.monotonic() - began) * 1000), "failures": failures}
    if offered:
        report["passed"] = len(cases) - sum(f["case"] != "(end)" for f in failures)
        report["failed"] = len(failures)
    elif options.offered:
        report["cases"], report["failures"] = 0, []
    else:
        report["failed"] = len(cases)
        report["failures"] = [{"case": "(all)", "problem": "the command has no such module (status 2)"}]
    return report


def show(report, most):
    if not report["offered"] and not report["failures"]:
        print(f"{report['module']:<18} not offered")
        return
    print(f"{report['module']:<18} {report['passed']:>5} passed {report['failed']:>5} failed "
          f"{report['ms']:>7} ms", flush=True)
    for failure in report["failures"][:most]:
        if "problem" in failure:
            print(f"  {failure['case']}: {failure['problem']}")
        else:
            print(f"  {failure['case']}: at {failure['pointer']}\n"
                  f"    expected {shown(failure['expected'])}\n    got      {shown(failure['got'])}")
    if len(report["failures"]) > most:
        print(f"  ... and {len(report['failures']) - most} more (--show N)")


def load():
    specs = {p.stem: json.loads(p.read_text()) for p in sorted(VECTORS.glob("*.json"))}
    probed = {m: s for m, s in specs.items() if "cases" in s}
    return probed, [m for m in specs if m not in probed]


def options_of(words):
    parser = argparse.ArgumentParser(prog="scripts/contract.sh --probe", description=HELP, epilog=END,
                                     usage="scripts/contract.sh --probe COMMAND [options] [MODULE...]",
                                     formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    add = parser.add_argument
    add("command", metavar="COMMAND", help="one word for the shell: quote it when it has arguments")
    add("modules", metavar="MODULE", nargs="*", help="judge only these (default: every module)")
    add("--module", metavar="M", action="append", default=[], help="the same as MODULE; may be repeated")
    add("--case", metavar="NAME", help="ask only this case")
    add("--offered", action="store_true", help="a module the command does not have is no failure")
    add("--no-wording", dest="wording", action="store_false", help="of an error compare only the code")
    add("--case-seconds", type=float, default=10, metavar="S", help="longest wait for one answer (10)")
    add("--module-seconds", type=float, default=120, metavar="S", help="longest time for one module (120)")
    add("--show", type=int, default=5, metavar="N", help="differences shown of each module (5)")
    add("--json", action="store_true", help="one JSON report instead of text, with every difference")
    options = parser.parse_intermixed_args(words)
    options.command = shlex.split(options.command)
    return parser, options


def portable(failure):
    """JSON has no word for a value that is not there: the member is left out."""
    return {k: v for k, v in failure.items() if v is not NOTHING}


def main():
    parser, options = options_of(sys.argv[1:])
    probed, others = load()
    modules = options.modules + options.module or list(probed)
    for module in modules:
        if module not in probed:
            why = f'judged by {others}' if module in others else "there is no such file in tests/vectors"
            parser.error(f'"{module}" has no cases for a probe: {why}')
    if options.case and not any(c["name"] == options.case for m in modules for c in probed[m]["cases"]):
        parser.error(f'no case "{options.case}" in {", ".join(modules)}')
    if min(options.case_seconds, options.module_seconds) <= 0 or not options.command:
        parser.error("COMMAND may not be empty, the seconds must be more than 0")
    reports = []
    for module in modules:
        try:
            reports.append(run_module(options, module, probed[module]))
        except OSError as why:
            parser.error(f"cannot start {options.command[0]!r}: {why.strerror}")
        if not options.json:
            show(reports[-1], options.show)
    total = {key: sum(r[key] for r in reports) for key in ("cases", "passed", "failed", "ms")}
    total["ok"] = not any(r["failures"] for r in reports)
    if options.json:
        rows = [{**r, "failures": [portable(f) for f in r["failures"]]} for r in reports]
        json.dump({"command": options.command, **total, "modules": rows, "not_for_probes": others},
                  sys.stdout, indent=1)
        print()
    else:
        print(f"contract: {total['cases']} cases of {sum(r['cases'] > 0 for r in reports)} modules, {total['passed']} passed, "
              f"{total['failed']} failed, {total['ms']} ms" +
              (f"; not for a probe: {', '.join(others)}" if others and not options.modules + options.module else ""))
    return 0 if total["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
