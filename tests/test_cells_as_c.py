#!/usr/bin/env python3
"""Cells as text, written as C: every file of the zoo compiles without a warning and computes what its text does.
And as MathML, which must be well-formed XML.

usage: test_cells_as_c.py ROOT PRINT_CELLS 'cc flags' INCLUDE_FOLDER LIBRARIES
"""
import concurrent.futures
import glob
import os
import shlex
import subprocess
import sys
import tempfile
import xml.etree.ElementTree


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def main():
    root, program, cc, include, libraries = sys.argv[1], sys.argv[2], shlex.split(sys.argv[3]), sys.argv[4], shlex.split(sys.argv[5])
    cells = os.path.join(root, "cells")
    with tempfile.TemporaryDirectory() as work:
        status, said = run([program, cells, work])
        print(said, end="")
        cc += ["-I", os.path.join(root, "include"), "-I", include, "-I", work]

        def compiled(source):
            target = os.path.join(work, os.path.basename(source)[:-2] + ".o")
            flags = ["-std=c11", "-Wall", "-Wextra", "-Werror"] if source.startswith(work) else ["-std=gnu11", "-DPRINTED"]
            return run(cc + flags + ["-c", source, "-o", target])

        sources = sorted(glob.glob(os.path.join(work, "*.c"))) + [os.path.join(root, "tests", "print_cells.c")]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for source, (wrong, text) in zip(sources, pool.map(compiled, sources)):
                if wrong:
                    status = 1
                    print(f"not ok - {os.path.basename(source)}:\n{text[:600]}")
        formulas = glob.glob(os.path.join(work, "*.mml"))
        for formula in formulas:
            xml.etree.ElementTree.parse(formula)
        if not status:
            checker = os.path.join(work, "checker")
            status, said = run(cc + glob.glob(os.path.join(work, "*.o")) + ["-o", checker] + libraries)
            print(said, end="")
        if not status:
            status, said = run([checker, cells])
            print(said, end="")
        print(f"{len(sources) - 1} sources, {len(formulas)} formulas")
        return 1 if status or not formulas else 0


if __name__ == "__main__":
    sys.exit(main())
