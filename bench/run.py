#!/usr/bin/env python3
"""Times our workloads and, where they can be had, the alternatives' in turn; prints a table of
medians and ratios and draws it.

usage: run.py --bench path [--onednn path] [--blas path] [--svg path] [--rounds n] [name ...]

Rounds go around all contestants, so that a busy machine slows all of them; each figure is the median
over the rounds, each ratio the median of the rounds' ratios.
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


def milliseconds(command):
    """The first line's time and rate, or None if the contestant is not there."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")} | ONE
    try:
        out = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if out.returncode or " ms" not in out.stdout:
        return None
    words = out.stdout.split()
    rate = float(words[words.index("GFLOP/s") - 1]) if "GFLOP/s" in words else None
    return float(words[words.index("ms") - 1]), rate


class Contestants:
    def __init__(self, options):
        self.options, self.missing = options, set()

    def command(self, kind, name):
        if kind == "ours":
            return [self.options.bench, name]
        if kind == "torch":
            return ["/usr/bin/python3", str(HERE / "peers/torch_peers.py"), name]
        return [self.options.onednn] + name.split() if self.options.onednn else None

    def time(self, kind, name):
        command = self.command(kind, name)
        if not command or kind in self.missing:
            return None
        got = milliseconds(command)
        if got is None and kind != "ours":
            self.missing.add(kind)
            print(f"{kind}: not available", file=sys.stderr)
        return got


def measure(options):
    people, times = Contestants(options), {}
    pairs = [p for p in PAIRS if not options.names or any(n in p[0] for n in options.names)]
    for _ in range(options.rounds):
        for kind, name in dict.fromkeys([("ours", p[0]) for p in pairs] + [p[1:3] for p in pairs]):
            got = people.time(kind, name)
            if got:
                times.setdefault((kind, name), []).append(got)
    return pairs, times


def table(pairs, times, peak):
    rows = []
    for ours, kind, name, target in pairs:
        mine, theirs = times.get(("ours", ours)), times.get((kind, name))
        if not mine:
            continue
        row = {"name": ours, "ms": statistics.median(t for t, _ in mine), "target": target}
        rates = [r for _, r in mine if r]
        row["rate"] = statistics.median(rates) if rates else None
        if theirs:
            row["peer"] = f"{kind} {name}" if kind == "ours" else kind
            row["peer_ms"] = statistics.median(t for t, _ in theirs)
            row["ratio"] = statistics.median(b[0] / a[0] for a, b in zip(mine, theirs))
        rows.append(row)
    print(f"{'workload':34} {'ms':>9} {'GFLOP/s':>8} {'of peak':>7}  {'against':38} {'ms':>9} {'ratio':>7} {'target':>7}")
    for r in rows:
        rate = f"{r['rate']:8.1f} {r['rate'] / peak:7.0%}" if r["rate"] else " " * 16
        peer = f"{r['peer']:38} {r['peer_ms']:9.3f} {r['ratio']:7.2f}" if "peer" in r else ""
        target = f"{r['target']:7.2f}" if r["target"] and peer else ""
        print(f"{r['name']:34} {r['ms']:9.3f} {rate}  {peer} {target}")
    return rows


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
    products = [milliseconds([options.bench, "sgemm"])] + ([milliseconds([options.blas])] if options.blas else [])
    peak = max(rate for _, rate in filter(None, products))
    print(f"sgemm of 1024 x 1024 x 1024, the best of ours and the system's: {peak:.1f} GFLOP/s\n")
    rows = table(*measure(options), peak)
    if options.svg:
        draw(rows, options.svg)


main()
