# SPDX-License-Identifier: MIT
"""The judge of ports is judged: what scripts/contract.py says of ports that misbehave."""
import contextlib
import importlib.util
import io
import json
import pathlib
import shlex
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SPEC = importlib.util.spec_from_file_location("contract", HERE.parent.parent / "scripts/contract.py")
contract = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(contract)

GOOD = {"name": "good", "in": 1, "out": True}
BAD = {"name": "bad", "in": 1, "out": True}


class Runner(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        contract.VECTORS = pathlib.Path(self.directory.name)

    def tearDown(self):
        self.directory.cleanup()

    def run_contract(self, how, cases, *options):
        """(exit status, report, seconds)"""
        (contract.VECTORS / "m.json").write_text(json.dumps({"cases": cases}))
        command = shlex.join([sys.executable, str(HERE / "bad_port.py"), how])
        began, printed = time.monotonic(), io.StringIO()
        sys.argv = ["contract.py", command, "--json", *options]
        with contextlib.redirect_stdout(printed):
            status = contract.main()
        report = json.loads(printed.getvalue())
        return status, report["modules"][0], time.monotonic() - began

    def only_failure(self, how, bad=BAD, *options):
        """The one failure among a good case, the bad one, and a good one."""
        status, report, _ = self.run_contract(how, [GOOD, bad, {**GOOD, "name": "after"}], *options)
        self.assertEqual((status, report["passed"], report["failed"]), (1, 2, 1), report)
        self.assertEqual(report["failures"][0]["case"], bad["name"])
        return report["failures"][0]

    def refused(self, *words):
        sys.argv = ["contract.py", *words]
        said = io.StringIO()
        with contextlib.redirect_stderr(said), self.assertRaises(SystemExit) as end:
            contract.main()
        self.assertEqual(end.exception.code, 2)
        return said.getvalue()

    def test_a_good_port_passes(self):
        status, report, _ = self.run_contract("well", [GOOD, BAD])
        self.assertEqual((status, report["passed"], report["failures"]), (0, 2, []))

    def test_a_port_that_buffers_its_answers_passes(self):
        self.assertEqual(self.run_contract("all_at_the_end", [GOOD] * 3000)[0], 0)

    def test_a_hang_costs_one_case_and_its_time(self):
        cases = [GOOD, BAD, {**GOOD, "name": "after"}]
        status, report, seconds = self.run_contract("hang", cases, "--case-seconds", "0.5")
        self.assertEqual((status, report["passed"], report["failed"]), (1, 2, 1))
        self.assertIn("no answer within 0.5 s", report["failures"][0]["problem"])
        self.assertLess(seconds, 20)

    def test_a_module_has_a_deadline(self):
        cases = [{**BAD, "name": f"bad_{i}"} for i in range(20)]
        status, report, seconds = self.run_contract("hang", cases, "--module-seconds", "1")
        self.assertEqual((status, report["passed"], report["failed"]), (1, 0, 20))
        self.assertIn("longer than 1 s", report["failures"][-1]["problem"])
        self.assertLess(seconds, 20)

    def test_a_port_that_crashes_again_and_again_is_left(self):
        cases = [{**BAD, "name": f"bad_{i}"} for i in range(50)]
        _, report, _ = self.run_contract("crash", cases)
        self.assertEqual(report["failed"], 50)
        self.assertIn("stopped answering 6 times", report["failures"][-1]["problem"])

    def test_a_crash_costs_one_case_and_is_told_with_the_last_words(self):
        problem = self.only_failure("crash")["problem"]
        self.assertIn("SIGKILL", problem)
        self.assertIn("last words", problem)

    def test_a_missing_answer_is_seen_at_the_end(self):
        status, report, _ = self.run_contract("silent", [GOOD, BAD])
        self.assertEqual((status, report["failed"]), (1, 1))
        self.assertIn("ended with status 0", report["failures"][0]["problem"])

    def test_answers_that_are_none(self):
        self.assertIn("not JSON", self.only_failure("garbage")["problem"])
        self.assertIn("NaN is not JSON", self.only_failure("nan")["problem"])
        for how in ("shape", "both"):
            self.assertIn("answer is not", self.only_failure(how)["problem"])

    def test_more_answers_than_cases(self):
        status, report, _ = self.run_contract("twice", [GOOD, BAD])
        self.assertEqual((status, report["failures"][0]["case"]), (1, "(end)"))

    def test_the_end_must_be_clean(self):
        _, report, _ = self.run_contract("status", [GOOD])
        self.assertIn("ended with status 3", report["failures"][0]["problem"])
        _, report, _ = self.run_contract("lingers", [GOOD], "--case-seconds", "0.5")
        self.assertIn("still running", report["failures"][0]["problem"])

    def test_the_first_difference_has_a_pointer(self):
        bad = {**BAD, "out": {"a/b": [1, {"~": 2}]}}
        found = self.only_failure("value", bad)
        self.assertEqual((found["pointer"], found["expected"], found["got"]), ("/out/a~1b/1/~0", 2, 2.0))
        self.assertIs(type(found["got"]), float)
        missing = self.only_failure("value", {**BAD, "out": {"a/b": [1, {"~": 2.0}, 3]}})
        self.assertEqual((missing["pointer"], missing["expected"]), ("/out/a~1b/2", 3))
        self.assertNotIn("got", missing)
        extra = self.only_failure("value", {**BAD, "out": {}})
        self.assertEqual(extra["pointer"], "/out/a~1b")
        self.assertNotIn("expected", extra)

    def test_true_is_not_one(self):
        self.assertEqual(self.only_failure("well", {**BAD, "out": 1})["pointer"], "/out")

    def test_an_error_where_a_value_is_expected(self):
        self.assertEqual(self.only_failure("error")["pointer"], "/out")

    def test_errors_agree_by_code_place_and_a_part_of_the_sentence(self):
        for error in ({"code": "E_LIMIT"}, {"code": "E_LIMIT", "what": "8 bytes"},
                      {"code": "E_LIMIT", "where": "byte 3", "what": ""}):
            self.assertEqual(self.run_contract("error", [{"name": "bad", "in": 1, "error": error}])[0], 0)
        for key, value in (("code", "E_BUG"), ("where", "byte 4"), ("where", ""), ("what", "9 bytes")):
            bad = {"name": "bad", "in": 1, "error": {"code": "E_LIMIT", key: value}}
            self.assertEqual(self.only_failure("error", bad)["pointer"], f"/error/{key}")
        wordless = {"name": "bad", "in": 1, "error": {"code": "E_LIMIT", "what": "9", "where": "4"}}
        self.assertEqual(self.run_contract("error", [wordless], "--no-wording")[0], 0)

    def test_a_module_that_is_not_offered(self):
        status, report, _ = self.run_contract("no_module", [GOOD, BAD])
        self.assertEqual((status, report["offered"], report["failed"]), (1, False, 2))
        status, report, _ = self.run_contract("no_module", [GOOD, BAD], "--offered")
        self.assertEqual((status, report["offered"], report["failed"]), (0, False, 0))

    def test_one_case_alone(self):
        self.assertEqual(self.run_contract("garbage", [GOOD, BAD], "--case", "good")[0], 0)

    def test_wrong_use(self):
        (contract.VECTORS / "m.json").write_text(json.dumps({"cases": [GOOD]}))
        (contract.VECTORS / "other.json").write_text("{}")
        self.assertIn("no such file", self.refused("x", "nope"))
        self.assertIn("judged by", self.refused("x", "other"))
        self.assertIn('no case "nope"', self.refused("x", "m", "--case", "nope"))
        self.assertIn("cannot start '/nonexistent'", self.refused("/nonexistent"))
        self.assertIn("may not be empty", self.refused(""))
        self.assertIn("more than 0", self.refused("x", "--case-seconds", "0"))


if __name__ == "__main__":
    unittest.main()
