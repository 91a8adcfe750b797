#!/usr/bin/env python3
"""Verbs of the command `tapeloop` that train: races that are killed and go on, models that are made
of files, and what is refused in which words.

usage: test_command_train.py tapeloop
"""
import csv
import json
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

TOOL = os.path.abspath(sys.argv[1])
passed = failed = 0


def check(ok, name, problem=""):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    if not ok:
        print(f"not ok - {name}: {problem}")


def run(*words, text=None):
    return subprocess.run([TOOL, *words], input=text, capture_output=True, text=True, timeout=300,
                          env={**os.environ, "TERM": "dumb"})


def runs(*words, has=(), status=0, text=None):
    """Ends with this status and prints these; returns what was printed."""
    r = run(*words, text=text)
    name = " ".join(words)
    check(r.returncode == status, name, f"ends with {r.returncode}: {r.stderr}")
    for part in [has] if isinstance(has, str) else has:
        check(part in r.stdout, name, f"does not print {part!r}:\n{r.stdout}{r.stderr}")
    return r.stdout


def refuses(words, has, status=2, text=None):
    """Ends with this status, prints nothing and says so on standard error."""
    r = run(*words, text=text)
    name = " ".join(words)
    check(r.returncode == status, name, f"ends with {r.returncode}: {r.stderr}")
    check(not r.stdout, name, f"prints {r.stdout!r}")
    check(has in r.stderr, name, f"does not say {has!r}: {r.stderr}")


def lines_of(path):
    return open(path).read().splitlines() if os.path.exists(path) else []


# Data

def write_series(path, rows=400):
    """Two columns of numbers, of which one leads the other, and one of text."""
    random.seed(1)
    with open(path, "w") as f:
        f.write("Day,Height,Wind\n")
        wind = [math.sin(0.3 * k) + 0.1 * random.gauss(0, 1) for k in range(rows + 1)]
        for k in range(rows):
            f.write(f"day {k},{10 + 3 * wind[k]:.3f},{wind[k + 1]:.3f}\n")


def write_text(path):
    with open(path, "w") as f:
        f.write("the cat sat on the mat and the dog – sät on the log. " * 100)


# Races

QUICK = ["--seeds", "2", "--steps", "60"]


def races():
    out = runs("race", "lstm", "gru", "--task", "adding:T=10,parity:T=4", *QUICK,
               has=["adding:T=10: the sum", "squared error, less is better; to guess is 0.167",
                    "parity:T=4: of T bits", "accuracy, more is better", "rank", "lstm",
                    "gru", "mean rank"])
    check(max(map(len, out.splitlines())) <= 80, "race", "wider than 80 columns")
    for equal in ["hidden", "time"]:
        runs("race", "lstm", "rnn", "--task", "order:T=20", *QUICK, "--equal", equal, "-H", "8",
             has="order:T=20")
    runs("race", "clockwork:groups=2", "--task", "copy:T=2:symbols=2", *QUICK, "--rates", "0.01,0.001",
         has=["rate", "clockwork"])
    runs("race", "lstm", "--task", "reber,mackeyglass:T=20:ahead=4", *QUICK, "--layers", "2",
         has=["reber", "NRMSE"])


def race_on_files():
    write_series("series.csv")
    write_text("book.txt")
    runs("race", "gru", "--task", "csv:series.csv:Height:T=8,charlm:book.txt:T=16", *QUICK,
         has=["NRMSE", "bits/character", "ms/step"])


def race_writes():
    runs("race", "lstm", "rnn", "--task", "adding:T=10", *QUICK, "--json", "race.json", "--chart",
         "race.svg")
    for text in [open("race.json").read(),
                 runs("race", "lstm", "--task", "adding:T=10", *QUICK, "-j", "-")]:
        race = json.loads(text)
        cell = race["results"][0]["cells"][0]
        check(cell["cell"] == "lstm" and cell["seeds"] == 2, "race --json", cell)
        curve = cell["trainings"][1]["curve"]
        check([point[0] for point in curve] == [20, 40, 60], "race --json", curve)
    svg = open("race.svg").read()
    check(svg.startswith("<svg") and "</svg>" in svg and "rnn" in svg, "race --chart", svg[:200])


def race_is_the_same():
    """Steps, not time: the same numbers in each run."""
    curves = []
    for _ in range(2):
        race = json.loads(runs("race", "gru", "--task", "adding:T=10", *QUICK, "-j", "-"))
        curves.append([[point[2] for point in t["curve"]]
                       for t in race["results"][0]["cells"][0]["trainings"]])
    check(curves[0] == curves[1], "race twice", curves)
    check(curves[0][0] != curves[0][1], "race", "seeds make no difference")


def race_goes_on():
    """Killed in the middle, it trains only what is missing, and comes to the same."""
    words = ["race", "lstm", "gru", "--task", "adding:T=20", "--seeds", "3", "--steps", "200",
             "--resume", "race.jsonl", "--processes", "1", "--json", "-"]
    for end in [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]:
        before = len(lines_of("race.jsonl"))
        p = subprocess.Popen([TOOL, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             text=True)
        while len(lines_of("race.jsonl")) == before and p.poll() is None:
            time.sleep(0.01)
        p.send_signal(end)
        printed = p.communicate(timeout=60)[0]
        check(p.returncode == (-9 if end == signal.SIGKILL else 1), f"race, {end.name}",
              f"ends with {p.returncode}")
        if end != signal.SIGKILL:
            cells = json.loads(printed)["results"][0]["cells"]
            done = sum(cell["seeds"] for cell in cells)
            check(before < done < 6, f"race, {end.name}", f"{done} trainings in its JSON")
    kept = open("race.jsonl").read()
    with open("race.jsonl", "a") as f:
        f.write(kept[:100])  # what was being written when the power went
    r = run(*words)
    check(r.returncode == 0, "race --resume", f"ends with {r.returncode}: {r.stderr}")
    first = len(kept.splitlines()) + 1
    check(f"({first} of 6)" in r.stderr and f"({first - 1} of 6)" not in r.stderr, "race --resume",
          r.stderr)
    check(open("race.jsonl").read().startswith(kept), "race --resume", "earlier lines changed")
    whole = json.loads(runs(*(w if w != "race.jsonl" else "other.jsonl" for w in words)))
    again = json.loads(runs(*words))
    for race in [whole, again, json.loads(r.stdout)]:
        for cell in race["results"][0]["cells"]:
            for training in cell["trainings"]:
                training["learned_in_seconds"] = None
                training["curve"] = [[p[0], p[2], p[3]] for p in training["curve"]]
    check([c["trainings"] for c in whole["results"][0]["cells"]] ==
          [c["trainings"] for c in again["results"][0]["cells"]], "race --resume",
          "comes to other numbers than a race that was not interrupted")
    for line in lines_of("race.jsonl"):
        json.loads(line)
    with open("strange.jsonl", "w") as f:
        f.write("{}\n")
    refuses(["race", "lstm", "--task", "adding", "--resume", "strange.jsonl"],
            "strange.jsonl: this is no file of a race", 1)
    check(open("strange.jsonl").read() == "{}\n", "race --resume", "changed a file of another's")


def race_refuses():
    refuses(["race"], "CELL")
    refuses(["race", "lstm"], "--task says what is to be learned")
    refuses(["race", "lstm", "--task", "ading"], "there is no task ading; did you mean adding?")
    refuses(["race", "lstm", "--task", "adding:T=1"], "adding: T=1: T is a whole number from 2")
    refuses(["race", "lstm", "--task", "adding:L=5"], "task adding has no option L=5; it has T")
    refuses(["race", "lstm", "--task", "adding,adding"], "a task is named twice")
    refuses(["race", "lstm", "lstm", "--task", "adding"], "a cell is named twice")
    refuses(["race", "lstn", "--task", "adding"], "did you mean lstm?")
    refuses(["race", "lstm", "--task", "charlm"], "task charlm needs a file: charlm:FILE")
    refuses(["race", "lstm", "--task", "csv:series.csv"], "needs the column to forecast")
    refuses(["race", "lstm", "--task", "csv:series.csv:Hight"], 'there is no column "Hight"')
    refuses(["race", "lstm", "--task", "csv:series.csv:Day"], '"day 0" is no number')
    refuses(["race", "lstm", "--task", "charlm:nowhere.txt"], "nowhere.txt: No such file")
    refuses(["race", "lstm", "--task", "adding", "--seeds", "0"], "--seeds is 1 to 1000")
    refuses(["race", "lstm", "--task", "adding", "--rates", "0.1,x"], "--rates are at most 16")
    refuses(["race", "lstm", "--task", "adding", "--optimizer", "adm"], "no optimiser adm")
    refuses(["race", "lstm", "--task", "adding", "--optimizer", "adam rate=1"], "adam rate")
    refuses(["race", "conv_lstm", "--task", "adding"], "conv_lstm does not read 2 numbers", 1)
    refuses(["race", "lstm", "--task", "adding", "--resume", "no/where"], "no/where", 1)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for part in [races, race_on_files, race_writes, race_is_the_same, race_goes_on, race_refuses]:
        part()
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
