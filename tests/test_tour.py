#!/usr/bin/env python3
"""Compile and run every ```c program of the given Markdown files and compare what it prints with the
```text block that follows it, if one does, and the SVG files that it writes with those that are shown. A
```cell block must be read, and be in its canonical form.

usage: test_tour.py --cc 'cc flags' --libs 'libraries' file.md ...

A program names its file in its first line, /* name.c */. Prints one line a program and the totals.
"""
import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile

CELL = """#include <stdio.h>
#include <string.h>
#include <tapeloop/equations.h>
int main(void)
{
	tl_error error = {TL_OK, ""};
	tl_cell_kind *kind = tl_cell_read("block.cell", NULL, &error);
	char *form = kind ? tl_cell_text_format(tl_cell_kind_text(kind), false, &error) : NULL;
	int wrong = !form || strcmp(form, tl_cell_kind_text(kind)) != 0;
	printf("%s%s", error.text, form && wrong ? form : "");
	tl_cell_text_free(form);
	tl_cell_kind_destroy(kind);
	return wrong;
}
"""
FENCE = re.compile(r"^```(\w*)[ \t]*\n(.*?)^```[ \t]*$", re.M | re.S)


def programs(path):
    """(line, name, source, expected or None) of each ```c block that has a main."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    blocks = [(m.start(), m.group(1), m.group(2)) for m in FENCE.finditer(text)]
    for i, (start, language, source) in enumerate(blocks):
        line = text.count("\n", 0, start) + 2
        if language == "cell":
            yield line, "block.cell", source, None
        if language != "c":
            continue
        name = re.match(r"/\* ([\w.-]+\.c) \*/", source)
        following = blocks[i + 1] if i + 1 < len(blocks) else (0, "", "")
        yield line, name.group(1) if name else "block.c", source, following[2] if following[1] == "text" else None


def wrong_picture(path, work):
    """What a program wrote and the document shows must be the same picture."""
    with open(path, encoding="utf-8") as f:
        shown = re.findall(r"^!\[[^\]]*\]\((\S+\.svg)\)", f.read(), re.M)
    for picture in shown:
        wrote = os.path.join(work, os.path.basename(picture))
        if not os.path.exists(wrote):
            continue
        with open(wrote, "rb") as a, open(os.path.join(os.path.dirname(path), picture), "rb") as b:
            if a.read() != b.read():
                return f"writes another {picture} than the one that is shown"
    return None


def run(source, name, expected, cc, libs, work):
    with open(os.path.join(work, name), "w", encoding="utf-8") as f:
        f.write(source)
    if name == "block.cell":
        name = "cell.c"
        with open(os.path.join(work, name), "w", encoding="utf-8") as f:
            f.write(CELL)
    program = os.path.join(work, "program")
    command = shlex.split(cc) + ["-Wall", "-Wextra", "-Werror", name, "-o", program] + shlex.split(libs)
    built = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    if built.returncode:
        return "does not compile:\n" + built.stderr
    try:
        ran = subprocess.run([program], cwd=work, capture_output=True, text=True, timeout=300, check=False,
                             stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return "does not end"
    if ran.returncode:
        return f"ends with {ran.returncode}:\n{ran.stdout}{ran.stderr}"
    if expected is not None and ran.stdout != expected:
        return f"prints\n{ran.stdout}instead of\n{expected}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cc", required=True)
    parser.add_argument("--libs", required=True)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    passed = failed = 0
    for path in args.files:
        for line, name, source, expected in programs(path):
            with tempfile.TemporaryDirectory() as work:
                problem = run(source, name, expected, args.cc, args.libs, work) or wrong_picture(path, work)
            where = f"{os.path.basename(path)}:{line} {name}"
            print(f"{'not ok' if problem else 'ok'} - {where}" + (f" {problem}" if problem else ""))
            passed += not problem
            failed += bool(problem)
    print(f"{passed} passed, {failed} failed")
    return failed > 0 or not passed


if __name__ == "__main__":
    sys.exit(main())
