#!/usr/bin/env python3
"""What the pages of a lesson show is what its program is and prints.

usage: test_lessons.py [--once | --compiled] [--tool tapeloop] program folder-of-pages

Of a lesson N-name there are the program N-name.c, the page N-name.md and perhaps zh/N-name.md. In a page

- each ```c block is a run of consecutive lines of the program's source;
- each ```text block is a run of consecutive lines of what the program prints, and they come in order;
- each ```cell block stands in the program as a text, and is as `tapeloop fmt` would have it;
- each relative link leads to a file that is there;
- in zh/ stand the blocks of the English page, and the two pages link to each other;
- a line <!-- view: N-name.html --> says where the tape's page stands when the site is built.

The program runs as it is, and unless it is to run --once with the plain kernels and under the reference
executor too, but if it shows what was --compiled: it prints the same each time. With --view FOLDER it
writes N-name.html there.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```(\w*)[ \t]*\n(.*?)^```[ \t]*$", re.M | re.S)
LINK = re.compile(r"\]\((?!\w+:)([^)#]+)(?:#[^)]*)?\)")
BASELINE = {"TL_ISA": "baseline"}
REFERENCE = {"TL_EXECUTOR": "reference"}


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, ok, name, problem=""):
        self.passed += bool(ok)
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} - {name}" + ("" if ok else f": {problem}"))


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def find(block, text, start=0):
    """Where the lines of `block` stand in `text`, from a line's beginning on; -1 if nowhere."""
    at = text.find(block, start)
    while at > 0 and text[at - 1] != "\n":
        at = text.find(block, at + 1)
    return at


def page(path, name, source, printed, tool, report):
    text = read(path)
    folder = os.path.dirname(path)
    shown = os.path.relpath(path, os.path.dirname(folder))
    reached = 0
    kinds = []
    for block in FENCE.finditer(text):
        language, lines = block.groups()
        where = f"{shown}:{text.count(chr(10), 0, block.start()) + 1}"
        kinds.append(language)
        if language == "c":
            report.check(find(lines, source) >= 0, where, f"is not in {name}.c:\n{lines}")
        elif language == "text":
            at = find(lines, printed, reached)
            report.check(at >= 0, where, f"is not printed there:\n{lines}")
            reached = max(reached, at + len(lines))
        elif language == "cell":
            quoted = "".join(f'\t"{line}\\n"\n' for line in lines.splitlines())
            report.check(quoted[:-1] in source, where, f"is no text in {name}.c:\n{quoted}")
            if tool:
                formatted = subprocess.run([tool, "fmt", "-"], input=lines, capture_output=True, text=True, check=False)
                report.check(formatted.stdout == lines, f"{where} is canonical", formatted.stdout + formatted.stderr)
    report.check({"c", "text"} <= set(kinds), f"{shown} shows code and output", f"only {kinds}")
    report.check(text.count(f"<!-- view: {name}.html -->") == 1, f"{shown} says where the view stands")
    for link in LINK.findall(text):
        report.check(os.path.exists(os.path.join(folder, link)), f"{shown} links to {link}", "it is not there")


def both_languages(folder, name, listed, report):
    """A page in Chinese shows the blocks of the English one, and each leads to the other."""
    here, there = f"{name}.md", f"zh/{name}.md"
    exists = os.path.exists(os.path.join(folder, there))
    report.check((there in listed) == exists, f"README.md lists {there} if it is there")
    if exists:
        english, chinese = (read(os.path.join(folder, p)) for p in (here, there))
        report.check(FENCE.findall(english) == FENCE.findall(chinese), f"{there} has the blocks of {here}")
        report.check(f"]({there})" in english and f"](../{here})" in chinese, f"{here} and {there} link to each other")


def run(program, args, environment, report):
    what = " ".join([os.path.basename(program)] + [f"{k}={v}" for k, v in environment.items()])
    try:
        ran = subprocess.run([program] + args, env={**os.environ, **environment}, capture_output=True, timeout=250,
                             check=False, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        report.check(False, what, "does not end")
        return ""
    said = ran.stderr.decode(errors="replace")
    report.check(ran.returncode == 0 and not said, what, f"ends with {ran.returncode}: {said}")
    return ran.stdout.decode(errors="replace")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--compiled", action="store_true")
    parser.add_argument("--tool")
    parser.add_argument("program")
    parser.add_argument("folder")
    args = parser.parse_args()
    name = os.path.basename(args.program)
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        printed = run(args.program, ["--view", folder], {}, report)
        report.check(os.listdir(folder) == [name + ".html"], f"{name} --view", f"wrote {os.listdir(folder)}")
    for environment in [] if args.once else [BASELINE] if args.compiled else [BASELINE, REFERENCE]:
        again = run(args.program, [], environment, report)
        report.check(again == printed, f"{name} prints the same with {environment}", again)
    source = read(os.path.join(args.folder, name + ".c"))
    pages = [os.path.join(args.folder, name + ".md"), os.path.join(args.folder, "zh", name + ".md")]
    for path in pages[:1] + [p for p in pages[1:] if os.path.exists(p)]:
        page(path, name, source, printed, args.tool, report)
    listed = set(LINK.findall(read(os.path.join(args.folder, "README.md"))))
    report.check(name + ".md" in listed, f"README.md lists {name}")
    both_languages(args.folder, name, listed, report)
    print(f"{report.passed} passed, {report.failed} failed")
    return report.failed > 0 or not report.passed


if __name__ == "__main__":
    sys.exit(main())
