#!/usr/bin/env python3
"""examples/results.py: its tables fit the programs, runs are kept and gone on from, means are written.

usage: test_results.py SOURCE EXAMPLES   (the folder of the sources; that of the built examples)

Prints one line a case and the totals.
"""
import functools
import importlib.util
import math
import pathlib
import re
import subprocess
import sys
import tempfile
import types

SOURCE, EXAMPLES = (pathlib.Path(arg).resolve() for arg in sys.argv[1:3])

PROGRAM = """#!/bin/sh
# Fails for seed 2 until the file "mended" is there.
while [ $# -gt 0 ]; do
	case $1 in --seed) seed=$2; shift;; --figures) file=$2; shift;; esac
	shift
done
echo run >>"%(folder)s/count"
[ "$seed" != 2 ] || [ -e "%(folder)s/mended" ] || { echo "what is wrong" >&2; exit 1; }
echo "{\\"example\\": \\"made\\", \\"seed\\": $seed, \\"figure\\": \\"error\\", \\"value\\": $seed, \\"most\\": 2, \\"seconds\\": 1}" >>"$file"
"""


def load():
    spec = importlib.util.spec_from_file_location("results", SOURCE / "examples" / "results.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def made_up(results, folder):
    """Three seeds of a program, one of which fails at first."""
    program = folder / "made"
    program.write_text(PROGRAM % {"folder": folder}, encoding="utf-8")
    program.chmod(0o755)
    table = {"about": "Made up."}
    run = results.Run("made", table, {"name": "row"})
    table["runs"] = [run]
    args = types.SimpleNamespace(examples=folder, runs=folder / "runs", write=folder / "results.md", again=False, jobs=2)
    results.run_all([("made", table)], args)
    results.write([("made", table)], args)
    first = args.write.read_text(encoding="utf-8")
    (folder / "mended").touch()
    results.run_all([("made", table)], args)
    results.run_all([("made", table)], args)
    results.write([("made", table)], args)
    runs = (folder / "count").read_text(encoding="utf-8").count("run")
    return first, args.write.read_text(encoding="utf-8"), runs


def measured_elsewhere(results):
    """Whether rows stay where no run is kept: of the same command, and of another one."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        args = types.SimpleNamespace(runs=folder / "runs", write=folder / "results.md")
        told = "| row | error | 3 ± 1 | 4 |  |  | 900 |"
        args.write.write_text(f"# Results\n\n## made\n\nOld words.\n\n{told}\n\n- row: `build/examples/made`\n", encoding="utf-8")
        stays = []
        for words in [], ["--cell", "gru"]:
            table = {"about": "Made up.", "runs": [results.Run("made", {}, {"name": "row", "args": words})]}
            results.write([("made", table)], args)
            text = args.write.read_text(encoding="utf-8")
            stays.append((told in text, "1.0 hours" in text, "not measured" in text))
    return stays


def raced(results):
    """(figure, how many values, what is to be reached) of a race, by name."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        words = ["lstm", "gru", "--task", "parity:T=3", "--seeds", "2", "--steps", "2"]
        run = results.Run("made", {}, {"race": True, "args": words})
        args = types.SimpleNamespace(examples=EXAMPLES, runs=folder)
        results.run_one(run, 1, args)
        figures, _ = results.figures_of(run, folder)
    return sorted((figure, len(values), line["least"]) for figure, (line, values) in figures.items())


@functools.cache
def options_of(*command):
    said = subprocess.run([*command, "--help"], capture_output=True, encoding="utf-8", check=False).stdout
    return set(re.findall(r"^  (?:-\w, |    )?(--[\w-]+)", said, re.M))


def cases():
    results = load()
    with tempfile.TemporaryDirectory() as name:
        first, second, runs = made_up(results, pathlib.Path(name))
    yield "a run that fails is not counted", "| row | error | 2.0 ± 1.4 | 2 | ≤ 2: 1 of 2 |" in first
    yield "it is run again, the others are not", runs == 4
    yield "mean, deviation, bound", "| row | error | 2.0 ± 1.0 | 3 | ≤ 2: 2 of 3 |" in second
    yield "what was measured elsewhere stays, with its command", measured_elsewhere(results) == [(True, True, False), (False, False, True)]
    yield "digits", list(map(results.measured, ([1.6401], [0.5, 0.5], [98.21, 98, 97.8], [3, math.nan], [math.inf]))) == [
        "1.640", "0.5000 ± 0", "98.00 ± 0.21", "NaN", "NaN"]
    yield "trainings of a race are values of one figure", raced(results) == [("gru: accuracy", 2, 0.95), ("lstm: accuracy", 2, 0.95)]
    race = EXAMPLES.parent / "tool" / "tapeloop"
    for example, table in results.read_tables([]):
        yield f"{example} is built", all((race if run.race else EXAMPLES / example).exists() for run in table["runs"])
        for run in table["runs"]:
            options = {word.split("=")[0] for word in run.args if word.startswith("--")}
            if run.peer:
                yield f"{example}: {run.peer} is there", (SOURCE / "bench" / "peers" / run.peer).exists()
            else:
                known = options_of(race, "race") if run.race else options_of(EXAMPLES / example)
                yield f"{example}: {run.name} has options that there are", options <= known


def main():
    passed = failed = 0
    for what, fine in cases():
        print(f"{'ok' if fine else 'not ok'} - {what}")
        passed += fine
        failed += not fine
    print(f"{passed} passed, {failed} failed")
    return failed > 0 or not passed


if __name__ == "__main__":
    sys.exit(main())
