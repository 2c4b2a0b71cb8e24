#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hold a gcovr JSON summary against the floors: 85 % of lines in total, 75 % in each file."""
import json
import sys

TOTAL, EACH = 85.0, 75.0

summary = json.load(open(sys.argv[1]))
low = [f for f in summary["files"] if f["line_total"] and f["line_percent"] < EACH]
for item in sorted(low, key=lambda f: f["line_percent"]):
    print(f"{item['filename']}: {item['line_percent']:.1f} % of {item['line_total']} lines, floor {EACH:.0f} %")
print(f"coverage: {summary['line_percent']:.1f} % of {summary['line_total']} lines in "
      f"{len(summary['files'])} files (floor {TOTAL:.0f} %), branches {summary['branch_percent']:.1f} %")
sys.exit(bool(low) or summary["line_percent"] < TOTAL)
