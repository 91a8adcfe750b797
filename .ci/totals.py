#!/usr/bin/env python3
"""Add up what the suites of Meson test logs say of themselves: "passed failed" on one line.

usage: totals.py testlog.json ...

A suite's own numbers are libcheck's summary or a last line "N passed, N failed". A test that has
none counts as one; a test that failed without saying so (it crashed, or took too long) as one failed.
"""
import json
import re
import sys

CHECK = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", re.M)
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)


def numbers(test):
    output = test.get("stdout", "")
    passed = failed = 0
    for checks, failures, errors in CHECK.findall(output):
        wrong = int(failures) + int(errors)
        passed += int(checks) - wrong
        failed += wrong
    for fine, wrong in PLAIN.findall(output):
        passed += int(fine)
        failed += int(wrong)
    succeeded = test["result"] in ("OK", "SKIP", "EXPECTEDFAIL")
    if not passed and not failed and test["result"] == "OK":
        passed = 1
    if not succeeded and not failed:
        failed = 1
    return passed, failed


def main():
    passed = failed = 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as log:
            for line in log:
                fine, wrong = numbers(json.loads(line))
                passed += fine
                failed += wrong
    print(passed, failed)


if __name__ == "__main__":
    main()
