#!/usr/bin/env python3
"""Times our workloads and, where they can be had, the alternatives' in turn; prints a table of
medians and ratios, draws it, and prints a table of what only we are asked: overheads, memory for
time, and how a step's cost goes with its dimensions.

usage: run.py --bench path [--onednn path] [--blas path] [--svg path] [--rounds n] [name ...]

Names choose rows that contain one of them. Rounds go around all contestants, so that a busy machine
slows all of them; each figure is the median over the rounds, each ratio the median of the rounds'
ratios.
"""
import argparse
import math
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
ONE = dict(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

# ours, the peer's kind, the peer's workload, and how many times its speed is wanted
PAIRS = [
    ("lstm-B32-T100-I128-H256", "torch", "lstm-B32-T100-I128-H256", 1.8),
    ("lstm-dx-B32-T100-I128-H256", "onednn", "100 32 128 256", 1.0),
    ("lstm-B64-T128-I512-H512", "torch", "lstm-B64-T128-I512-H512", None),
    ("peephole-B32-T100-I128-H256", "torch", "peephole-B32-T100-I128-H256", 6),
    ("peephole-B32-T100-I128-H256", "ours", "lstm-B32-T100-I128-H256", 1 / 1.1),
    ("lstm-B32-T100-I128-H256", "ours", "lstm-fused-B32-T100-I128-H256", 1 / 1.05),
    ("lstm-2threads-B32-T100-I128-H256", "ours", "lstm-B32-T100-I128-H256", 1.8),
    ("gru-B32-T100-I128-H256", "torch", "gru-B32-T100-I128-H256", 2),
    ("rnn-B32-T100-I128-H256", "torch", "rnn-B32-T100-I128-H256", 2),
    ("clockwork-B32-T100-I128-H256", "torch", "clockwork-B32-T100-I128-H256", 2.5),
    ("clockwork-B32-T100-I128-H256", "ours", "rnn-B32-T100-I128-H256", 2),
    ("charlm-B32-T64-H256", "torch", "charlm-B32-T64-H256", 1.8),
    ("charlm2-B32-T64-H512", "torch", "charlm2-B32-T64-H512", None),
    ("seq2seq-B32-T30-H256", "torch", "seq2seq-B32-T30-H256", 3),
    ("lstm-tiny-replay-B1-T50-I8-H32", "onednn", "50 1 8 32", 1.4),
    ("lstm-tiny-replay-B1-T50-I8-H32", "torch", "lstm-tiny-B1-T50-I8-H32", 40),
    ("lstm-tiny-anew-B1-T50-I8-H32", "torch", "lstm-tiny-B1-T50-I8-H32", 15),
    ("rnn-long-replay-B1-T5000-I8-H32", "torch", "rnn-long-B1-T5000-I8-H32", 100),
    ("rnn-long-anew-B1-T5000-I8-H32", "torch", "rnn-long-B1-T5000-I8-H32", None),
    ("sample-200-tokens-H256", "torch", "sample-200-tokens-H256", 2),
    ("lstm-T1024-B4-H64", "torch", "lstm-T1024-B4-H64", None),
    ("lstm-T8192-B4-H64", "torch", "lstm-T8192-B4-H64", None),
    ("lstm-T1024-B4-H64", "ours", "lstm-T8192-B4-H64", None),
]


# a large product: the best of ours and the system's is the peak that rates are related to
PRODUCTS = [("ours", "sgemm-1024"), ("blas", "cblas-sgemm-1024")]

# what rows of ours without a peer begin with
ALONE = ["record-node", "replay-overhead", "compile-lstm-T", "recompute", "lstm-B4-H64-T",
         "lstm-T50-B32-I128-H", "lstm-T50-I128-H256-B"]


def figure(field):
    """Unit and number of a field such as "1.5 ms"; None if it is no figure."""
    number, _, unit = field.partition(" ")
    try:
        return unit, float(number)
    except ValueError:
        return None


def run(command):
    """The rows that a contestant prints, {name: {unit: number}}; none if it is not there."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")} | ONE
    try:
        out = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    lines = [line.split("\t") for line in out.stdout.splitlines()] if not out.returncode else []
    return {name: dict(filter(None, map(figure, fields))) for name, *fields in lines}


class Contestants:
    def __init__(self, options):
        self.options, self.missing = options, set()

    def command(self, kind, name):
        if kind == "ours":
            return [self.options.bench, name]
        if kind == "torch":
            return ["/usr/bin/python3", str(HERE / "peers/torch_peers.py"), name]
        path = getattr(self.options, kind)
        return [path] + name.split() if path else None

    def rows(self, kind, name):
        command = self.command(kind, name)
        if not command or kind in self.missing:
            return {}
        got = run(command)
        if not got:
            print(f"{kind}: no figures for {name}", file=sys.stderr)
            self.missing |= {kind} - {"ours"}
        return got


def measure(options):
    """The pairs asked for, and {(kind, row): [figures of each round]}."""
    people, times, names = Contestants(options), {}, options.names
    pairs = [p for p in PAIRS if not names or any(n in p[0] for n in names)]
    alone = [n if a in n else a for a in ALONE for n in names or [a] if a in n or n in a]
    turns = PRODUCTS + [("ours", p[0]) for p in pairs] + [p[1:3] for p in pairs] + [("ours", a) for a in alone]
    for _ in range(options.rounds):
        for kind, name in dict.fromkeys(turns):
            for row, figures in people.rows(kind, name).items():
                times.setdefault((kind, row), []).append(figures)
    return pairs, times


def median(rounds, unit):
    return statistics.median(figures[unit] for figures in rounds)


def table(pairs, times, peak):
    rows = []
    for ours, kind, name, target in pairs:
        mine, theirs = times.get(("ours", ours)), times.get((kind, name))
        if not mine:
            continue
        row = {"name": ours, "ms": median(mine, "ms"), "rate": median(mine, "GFLOP/s"), "target": target}
        if theirs:
            row["peer"] = f"{kind} {name}" if kind == "ours" else kind
            row["peer_ms"] = median(theirs, "ms")
            row["ratio"] = statistics.median(b["ms"] / a["ms"] for a, b in zip(mine, theirs))
        rows.append(row)
    if rows:
        print(f"\n{'workload':34} {'ms':>9} {'GFLOP/s':>8} {'of peak':>7}  {'against':38} {'ms':>9} {'ratio':>7} {'target':>7}")
    for r in rows:
        peer = f"{r['peer']:38} {r['peer_ms']:9.3f} {r['ratio']:7.2f}" if "peer" in r else ""
        target = f"{r['target']:7.2f}" if r["target"] and peer else ""
        print(f"{r['name']:34} {r['ms']:9.3f} {r['rate']:8.1f} {r['rate'] / peak:7.0%}  {peer} {target}")
    return rows


def table_alone(pairs, times, peak):
    shown = {p[0] for p in pairs} | {p[2] for p in pairs} | {row for _, row in PRODUCTS}
    rows = {row: rounds for (kind, row), rounds in times.items() if kind == "ours" and row not in shown}
    if rows:
        print(f"\n{'ours alone':34} {'ms':>9} {'GFLOP/s':>8} {'of peak':>7}")
    for row, rounds in rows.items():
        of = {unit: median(rounds, unit) for unit in rounds[0]}
        time = f"{of.pop('ms'):9.3f}" if "ms" in of else ""
        rate = of.pop("GFLOP/s", None)
        rate = f"{rate:8.1f} {rate / peak:7.0%}" if rate else ""
        rest = "".join(f"  {number:12,.{0 if number > 1e3 else 2}f} {unit:14}" for unit, number in of.items())
        print(f"{row:34} {time:9} {rate:16}{rest}".rstrip())


def draw(rows, path):
    """A bar for each comparison with another system: how many times its speed."""
    rows = [r for r in rows if r.get("peer") in ("torch", "onednn")]
    if not rows:
        return
    top = max(r["ratio"] for r in rows)
    width, line = 760, 24

    def x(ratio):  # logarithmic from one half
        return 290 + 400 * (math.log2(max(ratio, 0.5)) + 1) / (math.log2(top) + 1)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{line * len(rows) + 60}" '
             'font-family="sans-serif" font-size="12">',
             '<rect width="100%" height="100%" fill="white"/>',
             '<text x="12" y="20" font-size="14">Times the speed of PyTorch and oneDNN (one thread, logarithmic)</text>']
    for i, r in enumerate(rows):
        y = 36 + i * line
        color = "#3b6ea5" if r["peer"] == "torch" else "#c2703d"
        parts.append(f'<text x="280" y="{y + 14}" text-anchor="end">{r["name"]}</text>'
                     f'<rect x="290" y="{y + 2}" width="{x(r["ratio"]) - 290:.1f}" height="{line - 7}" fill="{color}"/>'
                     f'<text x="{x(r["ratio"]) + 5:.1f}" y="{y + 14}">{r["ratio"]:.1f} ({r["peer"]})</text>')
    parts.append(f'<line x1="{x(1):.1f}" x2="{x(1):.1f}" y1="30" y2="{36 + line * len(rows)}" stroke="black"/></svg>')
    pathlib.Path(path).write_text("\n".join(parts))
    print(f"drawn in {path}")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bench", required=True)
    p.add_argument("--onednn")
    p.add_argument("--blas")
    p.add_argument("--svg")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("names", nargs="*")
    options = p.parse_args()
    pairs, times = measure(options)
    peak = max(figures["GFLOP/s"] for product in PRODUCTS for figures in times.get(product, []))
    print(f"sgemm of 1024 x 1024 x 1024, the best of ours and the system's: {peak:.1f} GFLOP/s")
    rows = table(pairs, times, peak)
    table_alone(pairs, times, peak)
    if options.svg:
        draw(rows, options.svg)


main()
