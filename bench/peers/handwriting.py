#!/usr/bin/env python3
"""examples/handwriting in PyTorch: the same characters, hand, model and steps; other random numbers.

usage: handwriting.py [--steps N] [--hidden N] [--once] [--seed N] [--quick] [--figures FILE]
"""
import csv
import math
import pathlib
import re

import torch
from torch import nn

import frame

BATCH, CODE, GAUSSIANS, TESTED, POINT = 32, 32, 10, 16, 5


def characters(quick):
    """Those of the example, from its source."""
    examples = pathlib.Path(__file__).resolve().parents[2] / "examples"
    name, file = ("few", "handwriting.c") if quick else ("strokes_simple", "strokes.c")
    text = re.search(name + r"\[\] =([^;]*);", (examples / file).read_text(encoding="utf-8"))[1]
    return "".join(re.findall('"([^"]*)"', text))


class Drawings:
    """Points of each character as [characters, points, 2], the pen as [characters, points, 3] and the number of its
    stroke."""

    def __init__(self, text):
        points = {character: [] for character in text}
        with open(frame.data("handwriting", "chinese.csv"), newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["character"] in points:
                    points[row["character"]].append([float(row["x"]), float(row["y"]), int(row["stroke"])])
        most = -(-max(map(len, points.values())) // 8) * 8
        self.count = torch.tensor([len(points[c]) for c in text])
        self.at, self.stroke = torch.zeros(len(text), most, 2), torch.zeros(len(text), most, dtype=torch.long)
        self.pen = torch.zeros(len(text), most, 3)
        for i, character in enumerate(text):
            drawn = torch.tensor(points[character])
            n = len(drawn)
            self.at[i, :n] = (drawn[:, :2] - torch.tensor([512.0, 388.0])) / 200
            self.stroke[i, :n] = drawn[:, 2].long()
            ends = torch.cat([drawn[1:, 2] != drawn[:-1, 2], torch.tensor([True])])
            self.pen[i, torch.arange(n), ends.long()] = 1
            self.pen[i, n - 1] = torch.tensor([0.0, 0.0, 1.0])

    def batch(self, generator):
        """Codes, targets [steps, rows, POINT] and weights: strokes_vary of examples/strokes.c."""
        code = torch.randint(len(self.count), (BATCH,), generator=generator)
        most = -(-int(self.count[code].max()) // 8) * 8
        at, normal = self.at[code, :most], lambda *shape: torch.randn(*shape, generator=generator)
        n = normal(BATCH, 4)
        x = (1 + 0.08 * n[:, :1]) * at[..., 0] + 0.08 * n[:, 2:3] * at[..., 1]
        y = (1 + 0.08 * n[:, 1:2]) * at[..., 1]
        turn = 0.05 * n[:, 3:]
        at = torch.stack([turn.cos() * x - turn.sin() * y, turn.sin() * x + turn.cos() * y], -1)
        aside = 0.06 * normal(BATCH, 40, 2)
        at = at + aside[torch.arange(BATCH)[:, None], self.stroke[code, :most]] + 0.025 * normal(BATCH, most, 2)
        weight = (torch.arange(most) < self.count[code, None]).float()
        offset = torch.diff(at, dim=1, prepend=torch.zeros(BATCH, 1, 2)) * weight[..., None]
        return code, torch.cat([offset, self.pen[code, :most]], -1).transpose(0, 1), weight.t()


class Model(nn.Module):
    def __init__(self, codes, hidden, once):
        super().__init__()
        self.once = once
        self.E = nn.Embedding(codes, CODE)
        self.lstm = nn.LSTM(POINT + CODE, hidden)
        self.out = nn.Linear(hidden, 6 * GAUSSIANS + 3)
        nn.init.normal_(self.E.weight, 0, 0.5)
        nn.init.xavier_uniform_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        frame.start_like_ours(self.lstm, forget_bias=1)

    def loss(self, code, y, weight):
        before = torch.cat([torch.zeros_like(y[:1]), y[:-1]])
        vector = self.E(code).expand(len(y), -1, -1)
        if self.once:
            vector = torch.cat([vector[:1], torch.zeros_like(vector[1:])])
        said = self.out(self.lstm(torch.cat([before, vector], -1))[0])
        share, mean_x, mean_y, log_x, log_y, correlation = said[..., :-3].split(GAUSSIANS, -1)
        log_x, log_y, correlation = log_x.clamp(-5, 3), log_y.clamp(-5, 3), 0.99 * correlation.tanh()
        u, v = (y[..., :1] - mean_x) / log_x.exp(), (y[..., 1:2] - mean_y) / log_y.exp()
        rest = 1 - correlation ** 2
        each = (share.log_softmax(-1) - log_x - log_y - rest.log() / 2
                - (u ** 2 + v ** 2 - 2 * correlation * u * v) / (2 * rest))
        likely = each.logsumexp(-1) - math.log(2 * math.pi) + (said[..., -3:].log_softmax(-1) * y[..., 2:]).sum(-1)
        return -(likely * weight).sum() / weight.sum()


def main():
    args = frame.options("handwriting", ("--steps", 0, "steps"), ("--hidden", 0, "units"),
                         ("--once", False, "the code at the first step only"))
    steps = args.steps or (600 if args.quick else 3000)
    drawings = Drawings(characters(args.quick))
    model = Model(len(drawings.count), args.hidden or (64 if args.quick else 128), args.once)
    adam = torch.optim.Adam(model.parameters())
    schedule = frame.rate(adam, 5e-3, steps)
    learned, tested = torch.Generator().manual_seed(1000), torch.Generator().manual_seed(1)
    for _ in range(steps):
        loss = model.loss(*drawings.batch(learned))
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        adam.step()
        schedule.step()
    with torch.no_grad():
        likely = [-model.loss(*drawings.batch(tested)).item() for _ in range(TESTED)]
    frame.figure(args, "log-likelihood", sum(likely) / TESTED, "nats a point")


if __name__ == "__main__":
    main()
