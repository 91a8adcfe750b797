#!/usr/bin/env python3
"""The command `tapeloop` as a shell sees it: exit statuses, what it refuses and in which words, JSON
that parses, completions that a shell loads, a manual page that renders.

usage: test_command.py tapeloop docs/command.md

What the document prints, the command prints, numbers apart.
Files of equations are this test's own: TL_CELLS names the folder.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from command import TOOL, check, refuses, run, runs, totals


def as_json(*words, **more):
    try:
        return json.loads(runs(*words, **more))
    except ValueError as problem:
        check(False, " ".join(words), f"no JSON: {problem}")
        return None


def verbs():
    """What `--help` lists."""
    return [line.split()[0] for line in runs("--help").splitlines() if line.startswith("  ")]


def pages():
    listed = verbs()
    check(len(listed) > 2, "--help", f"lists {listed}")
    for verb in listed:
        page = runs(verb, "--help", has=[f"usage: tapeloop {verb}", "Example"])
        check(runs("help", verb) == page, verb, "`help` and `--help` differ")
        wide = [line for line in page.splitlines() if len(line) > 80]
        check(not wide, verb, f"wider than 80 columns: {wide}")
    runs("--version", has="tapeloop 0.")
    refuses([], "usage: tapeloop")
    refuses(["cels"], "there is no verb cels; did you mean cells?")
    refuses(["help", "cels"], "did you mean cells?")


def options():
    refuses(["cells", "--jsn"], "cells takes no option --jsn; did you mean --json?")
    refuses(["cells", "-q"], "cells takes no option -q")
    refuses(["cells", "--json=3"], "--json takes no argument")
    refuses(["cells", "lstm"], "cells: lstm is one too many")
    refuses(["completions"], "completions wants SHELL")
    refuses(["completions", "fish"], "one of bash zsh is wanted here")
    full = open("/dev/full", "w") if os.path.exists("/dev/full") else None
    if full:
        r = subprocess.run([TOOL, "cells"], stdout=full, stderr=subprocess.PIPE, text=True)
        check(r.returncode == 1 and "standard output: " in r.stderr, "a full disk", r.stderr)


def shells():
    script = runs("completions", "bash")
    for typed, want in ((["tapeloop", "cel"], "cells"), (["tapeloop", "cells", "--js"], "--json"),
                        (["tapeloop", "completions", "z"], "zsh")):
        words = " ".join(typed)
        r = subprocess.run(["bash", "-c", f"{script}\nCOMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; _tapeloop; "
                            'echo "${COMPREPLY[@]}"'], capture_output=True, text=True)
        check(r.stdout.split() == [want] and not r.stderr, f"bash completes {words}", r.stdout + r.stderr)
    script = runs("completions", "zsh", has="#compdef tapeloop")
    if shutil.which("zsh"):
        r = subprocess.run(["zsh", "-n"], input=script, capture_output=True, text=True)
        check(r.returncode == 0 and not r.stderr, "zsh reads its completions", r.stderr)


def manual():
    page = runs("manual", has=["tapeloop(1)", "# EXIT STATUS"])
    if shutil.which("man") and shutil.which("scdoc"):
        r = subprocess.run(["scdoc"], input=page, capture_output=True, text=True)
        check(r.returncode == 0 and not r.stderr, "scdoc takes the page", r.stderr)
        page = r.stdout
        r = subprocess.run(["man", "--warnings", "-l", "-"], input=page, capture_output=True, text=True,
                           env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
        check(r.returncode == 0 and not r.stderr, "man renders the page", r.stderr)
        for verb in verbs():
            check(f"tapeloop {verb}" in r.stdout, "manual", f"has no {verb}")


GOOD = """# Nobody 2026: a leaky cell with a gate.
cell good
option leak = 0.5
require 0 < leak ≤ 1
state h
z  = σ(W_z x + U_z h + b_z)
h' = (1 − leak z) ⊙ h + leak z ⊙ tanh(W x + U h + b)
"""
# One line each, and what check says of it.
FLAWED = {
    "stopped": ("h' = tanh(W x + stop(U h) + b)", "gradient", "FAIL", "differences say"),
    "unread": ("h' = tanh(W x + 0 (U h) + b)", "reached", "FAIL", "no gradient reaches U"),
    "grows": ("h' = 2 h + W x", "flow of h", "note", "explodes: x2 a step"),
    "fades": ("h' = 0.5 h + W x", "flow of h", "note", "vanishes: less than a thousandth is left after 10 steps; over all"),
    "overflows": ("h' = exp(W x + U h) / 2", "extremes", "FAIL", "is not finite; it begins in line 4 with "),
    "flat": ("h' = tanh(100 (W x) + U h)", "saturation", "note", "near -1 or 1, where tanh is flat"),
}


def write_cells(folder):
    for name, text in {"good": GOOD, "lstm": GOOD.replace("cell good", "cell lstm")}.items():
        with open(os.path.join(folder, name + ".cell"), "w", encoding="utf-8") as f:
            f.write(text)
    for name, (line, *_) in FLAWED.items():
        with open(os.path.join(folder, name + ".txt"), "w", encoding="utf-8") as f:
            f.write(f"# A flaw.\ncell {name}\nstate h\n{line}\n")


def cells(folder):
    names = runs("cells", "--names").split()
    listed = as_json("cells", "--json")
    check([one["name"] for one in listed] == names, "cells", "--json and --names differ")
    lstm = next(one for one in listed if one["name"] == "lstm")
    check(lstm["states"] == ["h", "c"] and lstm["source"] == "C" and "Gers" in lstm["doc"], "cells", lstm)
    check(listed[-2]["name"] == "good" and listed[-2]["source"] == "text", "cells", listed[-2])
    check(listed[-1]["name"] == "lstm.cell", "cells", "a text with the name of a kind in C")
    printed = runs("cells", has=["\nlstm  ", "Gers", "\ngood "])
    check(all(len(line) <= 80 for line in printed.splitlines()), "cells", "is wider than 80 columns")


def which_cell(folder):
    """What stands for a cell, and its options."""
    path = os.path.join(folder, "good.cell")
    for word in ("good", path, "good.cell", "good:leak=0.9"):
        runs("show", word, has="cell good")
    runs("show", "-", has="cell good", text=GOOD)
    runs("show", "lstm.cell", has="cell lstm")
    runs("show", "leaky:leak_rate=0.25", has="h * 0.75 + tanh(U x + b + W h) * 0.25")
    runs("show", "rnn:activation=relu", has="h' = relu(U x + b + W h)")
    runs("show", "clockwork:groups=2,period=[1,3]", has="b_1 ")
    refuses(["show", "lstn"], "there is no cell lstn; did you mean lstm?", 1)
    refuses(["show", "goood"], "there is no cell goood; did you mean good?", 1)
    refuses(["show", "./none.cell"], "./none.cell", 1)
    refuses(["show", "leaky:leek=1"], "leaky has no option leek; it may have leak_rate", 1)
    refuses(["show", "leaky:leak_rate=x"], "leak_rate=x", 1)
    refuses(["show", "leaky:leak_rate=2"], "leak is more than 0 and at most 1", 1)
    refuses(["show", "good:leak=2"], "this is required", 1)
    refuses(["show", "good:leek=1"], "leek", 1)
    refuses(["show", "irnn:chrono=3"], "no use for the option chrono", 1)
    refuses(["show", "-"], "standard input:4:", 1, text="cell a\nstate h\n\nh' = tanh(W x\n")


def show(folder):
    said = runs("show", "gru", has=["h' = z * h + (1 - z) * tanh(W_n x + b_n + U_n (r * h))",
                                    "[hidden, in]", "orthogonal", "starts as 0", "24768  learned"])
    check(all(len(line) <= 80 for line in said.splitlines()), "show", "is wider than 80 columns")
    runs("show", "gru", "--program", has="instructions in the order they run")
    for word in ["good"] + [one for one in runs("cells", "--names").split() if "." not in one]:
        shown = as_json("show", word, "--json", "--in", "8", "--hidden", "8", "--steps", "2")
        weights = sum(one["learned"] * product(one["shape"]) for one in shown["weights"])
        check(weights == shown["parameters"], f"show {word}", f"{weights} weights, {shown['parameters']}")
        check(all(f"{s['name']}'" in shown["equations"] for s in shown["states"]), f"show {word}", shown["equations"])
    refuses(["show", "gru", "--hidden", "0"], "no size is 0")
    refuses(["show", "gru", "--hidden", "many"], "a whole number, 0 or more is wanted here")
    refuses(["show", "gru", "--hidden", "-3"], "a whole number, 0 or more is wanted here")


def product(numbers):
    result = 1
    for n in numbers:
        result *= n
    return result


def checks(folder):
    quick = ["--time", "0.01", "--hidden", "8", "--in", "8", "--steps", "4", "--batch", "2"]
    chart = os.path.join(folder, "flow.svg")
    said = runs("check", "good", "lstm", *quick, "--second", "--report", chart,
                has=["gradient      ok", "second order  ok", "reached       ok", "flow of c", "extremes      ok", "speed ",
                     "ok: 2 cells"])
    check(all(len(line) <= 80 for line in said.splitlines()), "check", "is wider than 80 columns")
    with open(chart, encoding="utf-8") as f:
        check("lstm c" in f.read(), "check --report", "has no curve of lstm's c")
    for name, (_, part, verdict, words) in FLAWED.items():
        path = os.path.join(folder, f"./{name}.txt")
        found, = as_json("check", path, *quick, "--json", status=int(verdict == "FAIL"))
        one = [c for c in found["checks"] if c["check"] == part]
        check(one and one[0]["verdict"] == verdict and words in one[0]["words"], f"check {name}", found["checks"])
        wrong = [c["check"] for c in found["checks"] if c["verdict"] == "FAIL"]
        check(verdict == "FAIL" or not wrong, f"check {name}", f"blames {wrong}")
    runs("check", os.path.join(folder, "stopped.txt"), *quick, status=1, has="FAIL: 1 of 1 cell")
    refuses(["check", "lstm", "--flow", "1"], "--flow is from 2 to 10000")
    refuses(["check", "lstm", "lstn"], "there is no cell lstn", 1)
    refuses(["check"], "check wants CELL...")


def bench(folder):
    quick = ["--time", "0.01", "--steps", "4", "--batch", "2"]
    said = runs("bench", "good", "lstm:layer_norm=true", "--sizes", "4,8", *quick, has=["\ngood  ", "lstm:layer_norm=true"])
    check(said.count("\ngood") == 2, "bench", "has not a row for each size")
    measured = as_json("bench", "gru", "--sizes", "8", "--json", *quick)
    row, = measured["cells"]
    check(measured["peak_gflops"] > 0 and row["training"]["ms_a_step"] > 0 and row["hidden"] == 8, "bench", measured)
    refuses(["bench", "gru", "--sizes", "8,,9"], "--sizes is as 64,256")
    refuses(["bench", "gru", "--time", "soon"], "a time, as 90, 90s, 2m or 1.5h is wanted here")


def fmt(folder):
    path, ugly = os.path.join(folder, "ugly.cell"), GOOD.replace("σ", "sigmoid").replace(" + ", "+")
    with open(path, "w", encoding="utf-8") as f:
        f.write(ugly)
    os.chmod(path, 0o640)
    pretty = runs("fmt", path)
    check(pretty == GOOD, "fmt", pretty)
    check(runs("fmt", "-", text=ugly) == GOOD, "fmt -", "differs from a file's")
    check("sigmoid(" in runs("fmt", "--ascii", path), "fmt --ascii", "prints no sigmoid")
    check(runs("fmt", "--check", path, status=1) == path + "\n", "fmt --check", "does not name the file")
    runs("fmt", "--write", path)
    with open(path, encoding="utf-8") as f:
        check(f.read() == GOOD, "fmt --write", "has not written")
    check(os.stat(path).st_mode & 0o777 == 0o640, "fmt --write", "has changed the mode")
    check(os.listdir(folder).count("ugly.cell") == 1 and not [n for n in os.listdir(folder) if n.startswith("ugly.cell.")],
          "fmt --write", "leaves files")
    check(runs("fmt", "--check", path) == "", "fmt --check", "names a file that is right")
    with open(path, "w", encoding="utf-8") as f:
        f.write("cell a\nstate h\nh' = tanh(\n")
    refuses(["fmt", path], "ugly.cell:3:", 1)
    refuses(["fmt", "none.cell"], "none.cell: No such file or directory", 1)
    refuses(["fmt", "-w", "-"], "standard input cannot be written back")


def interrupted(folder):
    """What was measured so far is there after Ctrl-C."""
    r = subprocess.Popen([TOOL, "bench", *["lstm"] * 50, "--time", "0.2", "--sizes", "8", "--json"], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    r.send_signal(signal.SIGINT)
    said, _ = r.communicate(timeout=60)
    try:
        rows = len(json.loads(said)["cells"])
    except ValueError as problem:
        rows = problem
    check(r.returncode == 1 and rows in range(1, 50), "Ctrl-C", f"ends with {r.returncode}, rows: {rows}")


def words_of(text):
    """Numbers and what times decide apart."""
    text = re.sub(r"\n  speed .*", "", text, flags=re.S)
    text = re.sub(r"[+-]*\d[\d.e+-]*%?( [kMG]\b)?", "#", text)
    return re.sub(r"# threads?", "#", text).split()


def documented(folder):
    with open(sys.argv[2], encoding="utf-8") as f:
        text = f.read()
    for name, cell in re.findall(r"^```cell (\S+)\n(.*?)^```", text, re.M | re.S):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(cell)
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)
    check(len(blocks) > 3, sys.argv[2], "has no examples")
    path = os.path.dirname(TOOL) + os.pathsep + os.environ["PATH"]
    for block in blocks:
        for command, printed in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M):
            r = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True,
                               env={**os.environ, "PATH": path})
            check(words_of(r.stdout) == words_of(printed), command, f"prints another thing:\n{r.stdout}{r.stderr}")
    table = re.findall(r"^\| `(\w+)", text, re.M)
    check(set(table) <= set(verbs()), "docs/command.md", f"has verbs that are none: {table}")


def main():
    for part in (pages, options, shells, manual):
        part()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TL_CELLS"] = folder
        write_cells(folder)
        for part in (cells, which_cell, show, checks, bench, fmt, documented, interrupted):
            part(folder)
    return totals()


if __name__ == "__main__":
    sys.exit(main())
