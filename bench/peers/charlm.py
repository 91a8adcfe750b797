#!/usr/bin/env python3
"""examples/charlm in PyTorch: the same text, model, batches and steps.

usage: charlm.py [--steps N] [--seed N] [--quick] [--figures FILE] FILE ...   (files as charlm takes them; no folders)
"""
import re

import torch
from torch import nn

import frame

STEPS, BATCH, TESTED = 64, 32, 5


class Model(nn.Module):
    def __init__(self, classes, embedding, hidden):
        super().__init__()
        self.E = nn.Embedding(classes, embedding)
        self.lstm = nn.LSTM(embedding, hidden)
        self.out = nn.Linear(hidden, classes)
        nn.init.normal_(self.E.weight, 0, 0.5)
        nn.init.xavier_uniform_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        frame.start_like_ours(self.lstm, forget_bias=1)

    def forward(self, letters, state):
        h, state = self.lstm(self.E(letters), state)
        return self.out(h), state


def read(files):
    """Without layout: of blanks in a row inside a line, the first."""
    text = b""
    for file in files:
        with open(file, "rb") as f:
            text += f.read()
    return re.sub(rb"(?<=[^\n\t\r ]) +", b" ", text)


def batches(numbers):
    """Stretches side by side, cut into pieces of STEPS; targets are what comes next."""
    stretch = (len(numbers) - 1) // BATCH
    rows = torch.stack([numbers[r * stretch:(r + 1) * stretch + 1] for r in range(BATCH)], 1)
    return [(rows[i * STEPS:(i + 1) * STEPS], rows[i * STEPS + 1:(i + 1) * STEPS + 1]) for i in range(stretch // STEPS)]


def main():
    args = frame.options("charlm", ("--steps", 600, "steps"))
    text = read(args.files)
    order = {letter: i for i, letter in enumerate(sorted(set(text)))}
    numbers = torch.tensor([order[letter] for letter in text])
    split = len(text) - len(text) // 20
    learned, tested = batches(numbers[:split]), batches(numbers[split:][:TESTED * STEPS * BATCH + BATCH + 1])
    model = Model(len(order), *((16, 48) if args.quick else (64, 256)))
    adam = torch.optim.Adam(model.parameters(), betas=(0.9, 0.99))
    schedule = frame.rate(adam, 4e-3, args.steps)
    state = None
    for step in range(args.steps):
        letters, target = learned[step % len(learned)]
        if step % len(learned) == 0:
            state = None
        scores, state = model(letters, state)
        state = tuple(s.detach() for s in state)
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), target.flatten())
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        adam.step()
        schedule.step()
    with torch.no_grad():
        state, total = None, 0.0
        for letters, target in tested:
            scores, state = model(letters, state)
            total += nn.functional.cross_entropy(scores.flatten(0, 1), target.flatten()).item()
    frame.figure(args, "validation loss", total / len(tested), "nats a letter")


if __name__ == "__main__":
    main()
