#!/usr/bin/env python3
"""A table of all kinds of cells: lines of the step, numbers learnt, the gradient's distance from
differences, milliseconds of a training step and how many times the plain LSTM's.

usage: cells.py --bench path [hidden [batch [steps]]]
"""
import argparse
import pathlib
import re
import statistics
import subprocess

SOURCES = sorted((pathlib.Path(__file__).parent.parent / "src/cells").glob("*.c"))
FUNCTION = re.compile(r"^(?:static )?\w[\w *]*?\b(\w+)\([^{};]*\)\n\{\n(.*?)^\}", re.M | re.S)
KIND = re.compile(r'tl_cell_kind \w+ = \{[^;]*?\.name = "(\w+)"[^;]*?\.(?:step|join) = (\w+)')
PRESET = re.compile(r'^([A-Z]+)\(\w+, "(\w+)"', re.M)


def lines_of(function, bodies, seen):
    """Of its body, and of what it calls in the same file."""
    if function in seen:
        return 0
    seen.add(function)
    body = bodies[function]
    called = [f for f in re.findall(r"\b(\w+)\(", body) if f in bodies]
    own = sum(bool(line.strip()) for line in body.splitlines())
    return own + sum(lines_of(f, bodies, seen) for f in called)


def steps():
    lines = {}
    for source in SOURCES:
        text = source.read_text()
        bodies = dict(FUNCTION.findall(text))
        kinds = dict(KIND.findall(text))
        for _, name in PRESET.findall(text):  # kinds that differ by an option share a step
            kinds[name] = re.search(r"\.step = (\w+)", text).group(1)
        lines |= {name: lines_of(step, bodies, set()) for name, step in kinds.items() if step in bodies}
    return lines


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bench", required=True)
    p.add_argument("sizes", nargs="*")
    options = p.parse_args()
    lines = steps()
    print(f"{'cell':22} {'lines':>5}  {'numbers learnt':44} {'gradcheck':>9} {'ms':>9} {'of lstm':>7}")
    rows = subprocess.run([options.bench] + options.sizes, capture_output=True, text=True, check=True)
    for row in rows.stdout.splitlines():
        name, formula, error, ms, ratio = row.split("\t")
        print(f"{name:22} {lines.get(name, '?'):>5}  {formula:44} {error:>9} {ms:>9} {ratio:>7}")
    print(f"median lines of a step: {statistics.median(lines.values()):g}")


main()
