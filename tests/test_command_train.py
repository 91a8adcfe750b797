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

from command import TOOL, check, refuses, run, runs, totals


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
               has=["adding:T=10: the sum", "squared error, lower is better; baseline 0.167",
                    "parity:T=4: of T bits", "accuracy, higher is better", "rank", "lstm",
                    "gru", "mean rank"])
    check(max(map(len, out.splitlines())) <= 80, "race", "wider than 80 columns")
    for equal in ["hidden", "time"]:
        runs("race", "lstm", "rnn", "--task", "order:T=20", *QUICK, "--equal", equal, "-H", "8",
             has="order:T=20")
    runs("race", "indrnn:chrono=10", "--task", "adding:T=10", *QUICK)
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
    runs("race", "lstm", "rnn", "--task", "adding:T=10", *QUICK, "--curves",
         has=["Learning curves: median and quartiles of the seeds", "baseline"])
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


def race_of_equal_time():
    """What was measured of the machine is not measured again: the sizes stay."""
    words = ["race", "lstm", "rnn", "--task", "adding:T=10", *QUICK, "--equal", "time", "-H", "12",
             "--resume", "time.jsonl", "--json", "-"]
    sizes = [[cell["hidden"] for cell in json.loads(runs(*words))["results"][0]["cells"]]
             for _ in range(2)]
    check(sizes[0] == sizes[1] and len(lines_of("time.jsonl")) == 4, "race --equal time", sizes)


def race_refuses():
    refuses(["race"], "CELL")
    listed = runs("race", "--task", "help", has=["adding:T=100", "csv:FILE:COLUMN:T=32"])
    check(max(map(len, listed.splitlines())) <= 80, "race --task help", "wider than 80 columns")
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


# Models

SMALL = ["--hidden", "8", "--seed", "3", "--quiet"]


def rows_of(text):
    return list(csv.DictReader(text.splitlines()))


def language_model():
    """From a text to a sample in two commands; the same numbers each time."""
    runs("train", "gru", "--data", "book.txt", "--steps", "40", *SMALL,
         has="model.safetensors: bits/character")
    a = runs("sample", "model.safetensors", "--from", "the cat sät", "--length", "30")
    check(a.startswith("the cat sät") and len(a) == 11 + 30 + 1, "sample", repr(a))
    check(runs("sample", "model.safetensors", "--from", "-", "--length", "30",
               text="the cat sät") == a, "sample --from -", "differs")
    other = runs("sample", "model.safetensors", "-f", "the cat sät", "-n", "30", "--seed", "8")
    check(other != a, "sample --seed", repr(a))
    runs("sample", "model.training", "--temperature", "0")
    steps = [json.loads(line) for line in lines_of("model.jsonl")]
    check(len([one for one in steps if "loss" in one]) == 40, "train", "its log lacks steps")
    measured = json.loads(runs("eval", "model.safetensors", "--data", "book.txt", "--json"))
    check(abs(math.exp(measured["loss"]) - measured["perplexity"]) < 1e-6 and
          abs(measured["loss"] / math.log(2) - measured["value"]) < 1e-6, "eval", measured)
    runs("eval", "model.safetensors", "--data", "-", has="perplexity",
         text=open("book.txt").read()[:2000])


def forecast():
    """From a table to a forecast in two commands."""
    runs("train", "rnn", "--data", "series.csv", "--column", "Height", "--window", "8", "--epochs",
         "30", "--model", "height.st", *SMALL, has="height.st: NRMSE")
    rows = rows_of(runs("predict", "height.st", "--data", "series.csv"))
    check([int(r["row"]) for r in rows] == list(range(2, 402)), "predict", rows[:2])
    given = [float(r["Height"]) for r in csv.DictReader(open("series.csv"))]
    check(all(abs(float(r["Height"]) - v) < 1e-3 for r, v in zip(rows, given[1:])), "predict",
          "the column is not what was given")
    check(rows[-1]["Height"] == "", "predict", rows[-1])
    wrong = [float(r["forecast"]) - float(r["Height"]) for r in rows[-101:-1]]
    naive = [b - a for a, b in zip(given[-101:], given[-100:])]
    check(sum(w * w for w in wrong) < 0.5 * sum(w * w for w in naive), "predict",
          "is no better than the value before")
    measured = json.loads(runs("eval", "height.st", "--data", "series.csv", "--json"))
    check(measured["value"] < measured["baseline"], "eval", measured)
    # Rows to come, of which the other column is known; and a forecast is of the rows before alone.
    lines = lines_of("series.csv")
    cut = [line if k <= 390 else line.split(",")[0] + ",," + line.split(",")[2]
           for k, line in enumerate(lines)]
    ahead = rows_of(runs("predict", "height.st", "--data", "-", "--only", text="\n".join(cut)))
    check([int(r["row"]) for r in ahead] == list(range(391, 402)), "predict --only", ahead)
    check(ahead[0]["forecast"] == rows[389]["forecast"], "predict", "it looks ahead")
    refuses(["predict", "height.st", "--data", "series.csv", "--steps", "2"],
            "what Wind will be in the rows to come is not known", 1)
    cut[380] = "day,,1"
    refuses(["predict", "height.st", "--data", "-"], "row 380, column Height: a number is missing",
            1, text="\n".join(cut))


def one_column():
    with open("one.csv", "w") as f:
        f.write("x\n" + "".join(f"{math.sin(0.4 * k):.4f}\n" for k in range(300)))
    runs("train", "gru", "--data", "one.csv", "--column", "x", "--steps", "300", "-H", "12", "-m",
         "one.st", "-q", "--optimizer", "adam lr=0.01")
    ahead = rows_of(runs("predict", "one.st", "--data", "one.csv", "--steps", "5", "--only"))
    far = max(abs(float(r["forecast"]) - math.sin(0.4 * (300 + k))) for k, r in enumerate(ahead))
    check(len(ahead) == 5 and far < 0.3, "predict --steps", ahead)


def tables_of_other_kinds():
    """Semicolons with decimal commas, tabs, blank lines, one column: the same numbers."""
    rows = lines_of("series.csv")
    plain = runs("predict", "height.st", "--data", "series.csv")
    for table in ["\n".join(line.replace(",", ";").replace(".", ",") for line in rows),
                  "\r\n" + "\r\n".join(line.replace(",", "\t") for line in rows),
                  "\n\n".join('"' + line.replace(",", '","') + '"' for line in rows)]:
        check(runs("predict", "height.st", "--data", "-", text=table) == plain, "another table",
              table[:40])
        runs("train", "rnn", "--data", "-", "--column", "Height", "-m", "again.st", "-f", "--steps",
             "2", *SMALL, text=table, has="NRMSE")


def task_model():
    runs("train", "lstm", "--task", "adding:T=5", "--steps", "20", "--layers", "2", "--dropout",
         "0.1", "-m", "adding.st", *SMALL, has="adding.st: squared error")
    runs("eval", "adding.st", has=["loss", "squared error", "baseline 0.1667"])
    refuses(["sample", "adding.st"], "is no language model", 1)
    refuses(["predict", "adding.st", "--data", "one.csv"], "forecasts no column", 1)


LEAKY = """# A leaky net.
cell mine
option leak = 0.5
state h
h' = (1 − leak) h + leak tanh(U x + W h + b)
"""


def equations():
    """A file of equations races and trains, and its model needs the file no more."""
    with open("mine.cell", "w") as f:
        f.write(LEAKY)
    runs("race", "lstm", "./mine.cell:leak=0.3", "--task", "adding:T=5", *QUICK, "-R", "mine.jsonl",
         has="mine.cell:leak=0.3")
    with open("mine.cell", "w") as f:
        f.write(LEAKY.replace("tanh", "relu"))
    r = run("race", "lstm", "./mine.cell:leak=0.3", "--task", "adding:T=5", *QUICK, "-R", "mine.jsonl")
    check(r.stderr.count(" seed ") == 2, "race, another text", r.stderr)
    runs("train", "./mine.cell:leak=0.9", "--data", "book.txt", "--steps", "20", "-m", "mine.st",
         *SMALL, has="mine.st: bits")
    os.remove("mine.cell")
    a = runs("sample", "mine.st", "--length", "10")
    with open("mine.cell", "w") as f:
        f.write(LEAKY)
    refuses(["train", "./mine.cell", "--data", "book.txt", "-m", "mine.st", *SMALL, "--resume"],
            "is a net of mine, and this is another kind, mine", 1)
    check(runs("sample", "mine.st", "--length", "10") == a, "sample", a)


def training_goes_on():
    """Stopped after half of the steps, killed or not, it comes to the same model."""
    words = ["train", "gru", "--task", "adding:T=5", *SMALL]
    runs(*words, "--steps", "20000", "-m", "whole.st")
    p = subprocess.Popen([TOOL, *words, "--steps", "20000", "-m", "parts.st"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not os.path.exists("parts.training") and p.poll() is None:
        time.sleep(0.01)
    time.sleep(0.05)
    p.send_signal(signal.SIGINT)
    out, error = p.communicate(timeout=60)
    check(p.returncode == 1 and "--resume goes on" in error, "train, SIGINT", (out, error))
    check(os.path.exists("parts.st"), "train, SIGINT", "leaves no model")
    refuses([*words, "--steps", "20000", "-m", "parts.st"], "parts.st is there: --resume goes on", 1)
    runs(*words, "--steps", "20000", "-m", "parts.st", "--resume")
    check(open("whole.st", "rb").read() == open("parts.st", "rb").read(), "train --resume",
          "comes to another model than without the interruption")
    refuses(["train", "lstm", "--task", "adding:T=5", *SMALL, "-m", "parts.st", "--resume"],
            "is a net of gru, and this is another kind, lstm", 1)
    refuses(["train", "gru", "--task", "adding:T=6", *SMALL, "-m", "parts.st", "--resume"],
            "was trained on adding:T=5", 1)
    runs(*words, "--steps", "10", "-m", "parts.st", "--force")


def plots():
    for words in (["-o", "log.svg"], []):
        out = runs("plot", "model.jsonl", "height.jsonl", "--seconds", "--log", *words)
        svg = open("log.svg").read() if words else out
        check(svg.startswith("<svg") and "height.jsonl, validation" in svg and "</svg>" in svg,
              "plot", svg[:200])
    said = runs("plot", "model.jsonl", "--text", has=["gradient norm", "model.jsonl"])
    check(not "<svg" in said and max(map(len, said.splitlines())) <= 80, "plot --text", said)
    refuses(["plot", "model.jsonl", "--text", "-o", "x.svg"], "--text goes to standard output")
    runs("plot", "-", has="<svg", text=open("model.jsonl").read())
    refuses(["plot", "book.txt"], "book.txt, line 1: this is no log of a training", 1)
    refuses(["plot", "nowhere.jsonl"], "nowhere.jsonl: No such file", 1)
    refuses(["plot", "model.jsonl", "-o", "no/where.svg"], "no/where.svg", 1)


def views():
    """Pages of cells and models; what they say is for test_view.py."""
    for words, page, has in [
        (["lstm"], "lstm.html", '"title":"lstm"'),
        (["gru", "--text", "to be", "-o", "letters.html"], "letters.html", '"text":["t","o"," ","b"]'),
        (["lstm.cell", "--steps", "3", "--batch", "2", "-q", "1", "--check"], "lstm.html", '"passed":true'),
        (["conv_lstm"], "conv_lstm.html", '"name":"conv2d"'),
        (["model.safetensors", "--text", "the cat"], "model.html", '"text":["t"'),
        (["model.safetensors", "--data", "book.txt", "-o", "data.html"], "data.html", '"scopes":["","cell0"'),
        (["adding.st"], "adding.html", '"influence":'),
    ]:
        runs("view", *words, has=f"{page}: ")
        with open(page, encoding="utf-8") as f:
            check(has in f.read(), f"view {words}", f"no {has}")
    refuses(["view"], "wants CELL|MODEL")
    refuses(["view", "lstm", "--data", "book.txt"], "--data is for models", 1)
    refuses(["view", "lstm", "--text", "a"], "two letters", 1)
    refuses(["view", "lstm", "--text", "ab", "--check"], "without --text", 1)
    refuses(["view", "bn_lstm", "--text", "abc"], "no two values", 1)
    refuses(["view", "model.safetensors"], "reads a --text or a file", 1)
    refuses(["view", "model.safetensors", "--text", "Ωa"], 'there is no "Ω"', 1)
    refuses(["view", "adding.st", "--text", "ab"], "reads no letters", 1)
    refuses(["view", "no.safetensors"], "no.safetensors: No such file", 1)
    refuses(["view", "lstm", "-o", "no/where.html"], "no/where.html", 1)


def models_refuse():
    refuses(["train", "lstm"], "either --data or --task")
    refuses(["train", "lstm", "--data", "series.csv"], "--column says which column")
    refuses(["train", "lstm", "--data", "series.csv", "--column", "Hight", "-m", "x.st"],
            'there is no column "Hight"', 1)
    refuses(["train", "lstm", "--task", "adding", "--window", "4"], "--task has options of its own")
    refuses(["train", "lstm", "--task", "adding", "-m", "x.st", "-o", "adm"], "no optimiser adm")
    refuses(["train", "lstm", "--task", "adding", "-m", "x.st", "--resume"],
            "x.training: there is nothing to go on from", 1)
    refuses(["train", "lstm", "--task", "adding", "-m", "no/x.st"], "no/x.training", 1)
    refuses(["train", "lstm", "--data", "-", "-m", "x.st"], "less than 100 letters", 1, text="few")
    refuses(["sample", "nowhere.st"], "nowhere.st: No such file", 1)
    refuses(["sample", "book.txt"], "book.txt", 1)
    refuses(["sample", "model.safetensors", "--from", "Ω"], 'there is no "Ω"', 1)
    refuses(["sample", "model.safetensors", "--temperature", "-1"], "--temperature is 0 or more")
    refuses(["eval", "model.safetensors"], "--data says what")
    refuses(["eval", "height.st", "--data", "one.csv"], 'there is no column "Height"', 1)
    refuses(["predict", "height.st"], "--data says which table")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for part in [races, race_on_files, race_writes, race_is_the_same, race_goes_on, race_of_equal_time,
                 race_refuses,
                 language_model, forecast, one_column, tables_of_other_kinds, task_model, equations, training_goes_on, plots,
                 views, models_refuse]:
        part()
sys.exit(totals())
