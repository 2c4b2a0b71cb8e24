# SPDX-License-Identifier: MIT
"""bad_port.py HOW MODULE: answers every case with true, but for one, as HOW says."""
import json
import os
import signal
import sys
import time

how, module = sys.argv[1:]
if how == "no_module":
    sys.exit(2)
if how == "all_at_the_end":
    print("".join('{"out": true}\n' for _ in sys.stdin), end="")
    sys.exit(0)
for line in sys.stdin:
    bad = json.loads(line)["name"].startswith("bad")
    if bad and how == "hang":
        time.sleep(60)
    if bad and how == "crash":
        sys.stderr.write("first line\nlast words\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    if bad and how == "silent":
        continue
    answers = {"garbage": "true}", "nan": '{"out": NaN}', "shape": "[]", "both": '{"out": true, "error": {}}',
               "error": '{"error": {"code": "E_LIMIT", "where": "byte 3", "what": "more than 8 bytes"}}',
               "value": '{"out": {"a/b": [1, {"~": 2.0}]}}', "twice": '{"out": true}\n{"out": true}'}
    print(answers.get(how, '{"out": true}') if bad else '{"out": true}', flush=True)
if how == "lingers":
    time.sleep(60)
sys.exit(3 if how == "status" else 0)
