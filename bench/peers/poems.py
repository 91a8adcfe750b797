#!/usr/bin/env python3
"""examples/poems in PyTorch: the same poems, model, number of steps and size of batches.

usage: poems.py [--steps N] [--seed N] [--quick] [--figures FILE]
"""
import collections
import math
import random

import torch
from torch import nn

import frame

BATCH = 32


class Model(nn.Module):
    def __init__(self, classes, hidden):
        super().__init__()
        self.E = nn.Embedding(classes, hidden // 2)
        self.lstm = nn.LSTM(hidden // 2, hidden)
        self.out = nn.Linear(hidden, classes)
        nn.init.normal_(self.E.weight, 0, 0.5)
        nn.init.xavier_uniform_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        frame.start_like_ours(self.lstm, forget_bias=1)

    def forward(self, characters):
        x = nn.functional.dropout(self.E(characters), 0.25, self.training)
        return self.out(nn.functional.dropout(self.lstm(x)[0], 0.5, self.training))


def read(part):
    lines = []
    for name in "five", "seven":
        with open(frame.data("poems", f"{name}-{part}.txt"), encoding="utf-8") as file:
            lines += file.read().split("\n")[:-1]
    return lines


def batches(poems, order):
    """[steps + 1, rows]: an END, a poem, an END; poems of one length side by side."""
    sized = collections.defaultdict(list)
    for k in order:
        sized[len(poems[k])].append(poems[k])
    return [torch.tensor(rows[i:i + BATCH]).t() for rows in sized.values() for i in range(0, len(rows), BATCH)]


def main():
    args = frame.options("poems", ("--steps", 5000, "steps"))
    learned, tested = read("train"), read("test")
    count = collections.Counter("".join(learned))
    known = [c for c, n in count.most_common(498 if args.quick else None) if n > 1]
    number = {c: k + 2 for k, c in enumerate(known)}  # 0 ends a poem, 1 is unknown
    learned, tested = ([[0] + [number.get(c, 1) for c in poem] + [0] for poem in part] for part in (learned, tested))
    model = Model(len(known) + 2, 64 if args.quick else 256)
    adam = torch.optim.Adam(model.parameters())
    schedule = frame.rate(adam, 1e-2 if args.quick else 4e-3, args.steps)
    shuffle = random.Random(args.seed)
    left = []
    for _ in range(args.steps):
        if not left:
            left = batches(learned, shuffle.sample(range(len(learned)), len(learned)))
            shuffle.shuffle(left)
        poems = left.pop()
        scores = model(poems[:-1])
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), poems[1:].flatten())
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        adam.step()
        schedule.step()
    model.eval()
    total = characters = 0
    with torch.no_grad():
        for poems in batches(tested, range(len(tested))):
            scores = model(poems[:-1])
            total += nn.functional.cross_entropy(scores.flatten(0, 1), poems[1:].flatten(), reduction="sum").item()
            characters += poems[1:].numel()
    frame.figure(args, "perplexity", math.exp(total / characters), "a character")


if __name__ == "__main__":
    main()
