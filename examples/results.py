#!/usr/bin/env python3
"""Every figure of the examples, over seeds: runs what examples/results/*.toml say, and writes docs/results.md.

usage: results.py --examples FOLDER --runs FOLDER [--write FILE] [--again] [--jobs N] [NAME ...]

Each run is kept in a file of its own below --runs as soon as it has ended; started again, only what is missing
is run. NAMEs choose examples, --again runs theirs anew. What was measured elsewhere stays: a row of FILE of which
no run is kept here, with the command that it had.

    about = "What is learned, and from what."     # the section's first words
    seeds = 5                                     # how many, of each run that says nothing else
    [[run]]
    name = "LSTM"                                 # the row
    args = ["--cell", "lstm"]                     # of the example's command line
    threads = 2                                   # 1 if left out; runs of one thread go side by side
    [[run]]
    name = "PyTorch"
    peer = "charlm.py"                            # in bench/peers: takes the same arguments
    args = ["{data}/bible/kjv.txt"]             # {data}: where examples/data/get puts data sets
    [[run]]
    name = "gates that begin open"
    race = true                                   # the arguments are those of `tapeloop race`, seeds too
    args = ["lstm:chrono=100", "--task", "adding:T=100", "--seeds", 3, "--steps", 1500]
"""
import argparse
import concurrent.futures
import json
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent
LONGEST = 4 * 3600  # seconds of one run; a peer may need them


def data_folder():
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(os.environ.get("TL_DATA") or os.path.join(cache, "tapeloop"))


class Run:
    """One row: a command, and its figures of each seed."""

    def __init__(self, example, table, row):
        self.example = example
        self.name = row.get("name", example)
        self.args = [str(a) for a in row.get("args", [])]
        self.seeds = row.get("seeds", table.get("seeds", 3))
        self.threads = row.get("threads", table.get("threads", 1))
        self.peer = row.get("peer")
        self.race = row.get("race", False)
        if self.race:
            self.seeds = 1
        self.slug = re.sub(r"[^\w.=-]+", "_", " ".join([self.peer or ""] + self.args)).strip("_") or "plain"

    def file(self, runs, seed):
        return runs / self.example / f"{self.slug}-{seed}.jsonl"

    def command(self, examples, seed, file, out):
        if self.race:
            return [str(examples.parent / "tool" / "tapeloop"), "race", *self.args, "--processes", "1", "--quiet", "--json", str(file)]
        if self.peer:
            start = ["/usr/bin/python3", str(TOP / "bench" / "peers" / self.peer)]
        else:
            start = [str(examples / self.example)]
        args = [arg.replace("{data}", str(data_folder())) for arg in self.args]
        return start + args + ["--seed", str(seed), "--figures", str(file), "--out", str(out)]

    def shown(self):
        if self.race:
            return " ".join(["build/tool/tapeloop race"] + self.args)
        what = f"bench/peers/{self.peer}" if self.peer else f"build/examples/{self.example}"
        return " ".join([what] + self.args).replace("{data}/", "")


def read_tables(names):
    tables = []
    for path in sorted((HERE / "results").glob("*.toml")):
        if names and path.stem not in names:
            continue
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        table["runs"] = [Run(path.stem, table, row) for row in table["run"]]
        tables.append((path.stem, table))
    unknown = set(names) - {name for name, _ in tables}
    if unknown:
        sys.exit(f"results: there is no {', '.join(sorted(unknown))} in {HERE / 'results'}")
    return tables


def figures_of_race(text):
    """What a race found out, as an example writes it: a line a training."""
    race, lines = json.loads(text), []
    for task in race["results"]:
        reach = {"least" if task["higher_is_better"] else "most": task["learned_level"]} if task["learned_level"] else {}
        lines += [{"figure": f"{cell['cell']}: {task['metric']}", "value": training["metric"], **reach,
                   "seconds": race["steps"] * cell["seconds_per_step"]}
                  for cell in task["cells"] for training in cell["trainings"]]
    return "".join(json.dumps(line) + "\n" for line in lines)


def run_one(run, seed, args):
    """Its figures go to a file that gets its name only when all of them are there."""
    file = run.file(args.runs, seed)
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    environment = dict(os.environ, TL_THREADS=str(run.threads), OMP_NUM_THREADS=str(run.threads),
                       OPENBLAS_NUM_THREADS=str(run.threads))
    for name in "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE":
        environment.pop(name, None)
    out = args.runs / run.example / f"{run.slug}-{seed}"
    begun = time.monotonic()
    try:
        done = subprocess.run(run.command(args.examples, seed, new, out), cwd=TOP, env=environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=LONGEST, check=False)
        problem = done.stderr.strip().split("\n")[-1] or f"ends with {done.returncode}" if done.returncode else ""
        file.with_suffix(".log").write_text(done.stdout + done.stderr, encoding="utf-8")
    except subprocess.TimeoutExpired:
        problem = f"takes more than {LONGEST} seconds"
    if not problem and new.exists():
        if run.race:
            new.write_text(figures_of_race(new.read_text(encoding="utf-8")), encoding="utf-8")
        new.rename(file)
    else:
        problem = problem or "has printed no figures"
    print(f"{run.example}: {run.name}, seed {seed}: {problem or 'done'}, {time.monotonic() - begun:.0f} s", flush=True)


def run_all(tables, args):
    """Those of one thread side by side, then each of the others alone."""
    left = [(run, seed) for _, table in tables for run in table["runs"] for seed in range(1, run.seeds + 1)
            if args.again or not run.file(args.runs, seed).exists()]
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        list(pool.map(lambda job: run_one(*job, args), [job for job in left if job[0].threads == 1]))
    for job in left:
        if job[0].threads > 1:
            run_one(*job, args)


def number(x):
    """With four digits, or as the whole number that it is."""
    if x == round(x) or abs(x) >= 1000:
        return f"{x:.0f}"
    return f"{x:#.4g}"


def measured(values):
    """Mean and deviation, with as many digits as the deviation lets stand."""
    if not all(map(math.isfinite, values)):
        return "NaN"
    mean = statistics.mean(values)
    if len(values) == 1:
        return number(mean)
    spread = statistics.stdev(values)
    if not spread:
        return number(mean) + " ± 0"
    if abs(mean) < 1e-3:
        return f"{mean:.2g} ± {spread:.1g}"
    digits = max(0, 1 - math.floor(math.log10(spread)))
    return f"{mean:.{digits}f} ± {spread:.{digits}f}"


def figures_of(run, runs):
    """{name: (one of its lines, values over seeds)}, and the seconds of each seed."""
    figures, seconds = {}, []
    for seed in range(1, run.seeds + 1):
        file = run.file(runs, seed)
        if not file.exists():
            continue
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        for line in lines:
            figures.setdefault(line["figure"], (line, []))[1].append(
                math.nan if line["value"] is None else line["value"])
        seconds.append(max(line["seconds"] for line in lines))
    return figures, seconds


def row(run, line, values, seconds):
    unit = " " + line["unit"] if line.get("unit") else ""
    bound = line.get("most", line.get("least"))
    reach = ""
    if bound is not None:
        reached = sum(v <= bound if "most" in line else v >= bound for v in values)
        reach = f"{'≤' if 'most' in line else '≥'} {bound:g}: {reached} of {len(values)}"
    return "| " + " | ".join([run.name, line["figure"], measured(values) + unit, str(len(values)),
                              reach, line.get("published", ""), f"{statistics.median(seconds):.0f}"]) + " |"


def rows_before(file):
    """{(example, line with the command): rows} of a file that was written before."""
    before = {}
    if not file.exists():
        return before
    for section in file.read_text(encoding="utf-8").split("\n## ")[1:]:
        example, *lines = section.split("\n")
        for command in lines:
            if found := re.fullmatch(r"- (.*?): `.*`", command):
                before[example, command] = [line for line in lines if line.startswith(f"| {found[1]} |")]
    return before


def seconds_of(rows):
    """How long a run of these rows took, all seeds one after the other."""
    cells = [[cell.strip() for cell in row.split("|")] for row in rows]
    return max(int(cell[4] or 0) * int(cell[7] or 0) for cell in cells)


def write(tables, args):
    file = pathlib.Path(args.write)
    before, out, seconds_in_all = rows_before(file), [], 0
    for name, table in tables:
        out += [f"## {name}", "", *table["about"].strip().split("\n"), "",
                "| run | figure | result | seeds | to reach | published | seconds |", "|---|---|---|---|---|---|---|"]
        commands = []
        for run in table["runs"]:
            commands.append(f"- {run.name}: `{run.shown()}`")
            figures, seconds = figures_of(run, args.runs)
            rows = [row(run, line, values, seconds) for line, values in figures.values()]
            rows = rows or before.get((name, commands[-1])) or [f"| {run.name} | not measured |  |  |  |  |  |"]
            seconds_in_all += seconds_of(rows)
            out += rows
        out += ["", *commands, ""]
        if table.get("note"):
            out += table["note"].strip().split("\n") + [""]
    head = ["# Results", "",
            "What the [examples](../examples/README.md) come to, measured by `meson compile -C build results`: means ±",
            "standard deviations over so many seeds (1, 2, ...), the seconds of a run (its median; one thread, another run",
            "beside it, where nothing else is said), and what others published. *To reach* says how many seeds did. One",
            f"after the other, all runs took {seconds_in_all / 3600:.1f} hours.", ""]
    file.write_text("\n".join(head + out), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--examples", type=pathlib.Path, required=True)
    parser.add_argument("--runs", type=pathlib.Path, required=True)
    parser.add_argument("--write")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("names", nargs="*", metavar="NAME")
    args = parser.parse_args()
    args.examples, args.runs = args.examples.resolve(), args.runs.resolve()
    run_all(read_tables(args.names), args)
    if args.write:
        write(read_tables([]), args)


if __name__ == "__main__":
    main()
