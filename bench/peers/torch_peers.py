#!/usr/bin/env python3
"""The workloads of models.c in PyTorch, as a user of it would write them.

usage: torch_peers.py name ...    prints: name <tab> milliseconds of a step, median
"""
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
torch.set_num_threads(1)


def uniform(*shape):
    return nn.Parameter(torch.empty(*shape).uniform_(-1, 1) * shape[-1] ** -0.5)


class Peephole(nn.Module):
    """All input products at once and the four gates as one product: the fastest way by hand."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.hidden = hidden
        self.W, self.U, self.b = uniform(4 * hidden, inputs), uniform(4 * hidden, hidden), uniform(4 * hidden)
        self.pi, self.pf, self.po = uniform(hidden), uniform(hidden), uniform(hidden)

    def forward(self, x):
        h = c = x.new_zeros(x.shape[1], self.hidden)
        outputs = []
        for z in F.linear(x, self.W, self.b).unbind(0):
            i, f, g, o = torch.addmm(z, h, self.U.t()).chunk(4, 1)
            i, f = torch.sigmoid(i + self.pi * c), torch.sigmoid(f + self.pf * c)
            c = f * c + i * torch.tanh(g)
            h = torch.sigmoid(o + self.po * c) * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs)


class Clockwork(nn.Module):
    """Groups at periods 1, 2, 4, ...; the rows of groups that rest are sliced away."""

    def __init__(self, inputs, hidden, groups=8):
        super().__init__()
        self.hidden, self.groups, self.size = hidden, groups, hidden // groups
        self.W, self.U, self.b = uniform(hidden, inputs), uniform(hidden, hidden), uniform(hidden)
        group = torch.arange(hidden) // self.size
        self.register_buffer("heard", (group[:, None] <= group[None, :]).float())

    def forward(self, x):
        h = x.new_zeros(x.shape[1], self.hidden)
        U, outputs = self.U * self.heard, []
        for t, xt in enumerate(x):
            n = self.size * sum(t % 2**g == 0 for g in range(self.groups))
            new = torch.tanh(F.linear(xt, self.W[:n], self.b[:n]) + F.linear(h, U[:n]))
            h = torch.cat([new, h[:, n:]], 1)
            outputs.append(h)
        return torch.stack(outputs)


class CharLM(nn.Module):
    def __init__(self, vocabulary, inputs, hidden, layers):
        super().__init__()
        self.E, self.lstm = nn.Embedding(vocabulary, inputs), nn.LSTM(inputs, hidden, layers)
        self.V = nn.Linear(hidden, vocabulary)

    def forward(self, x, y):
        return F.cross_entropy(self.V(self.lstm(self.E(x))[0]).flatten(0, 1), y.flatten())


class Seq2Seq(nn.Module):
    def __init__(self, vocabulary, inputs, hidden):
        super().__init__()
        self.E, self.D = nn.Embedding(vocabulary, inputs), nn.Embedding(vocabulary, inputs)
        self.encoder, self.decoder = nn.GRU(inputs, hidden), nn.GRUCell(inputs + hidden, hidden)
        self.Wa, self.Ua = nn.Linear(hidden, hidden, bias=False), nn.Linear(hidden, hidden, bias=False)
        self.va, self.V = nn.Linear(hidden, 1, bias=False), nn.Linear(hidden, vocabulary)

    def forward(self, x, y):
        states, h = self.encoder(self.E(x))
        h, keys, outputs = h[0], self.Ua(states), []
        for given in self.D(y):
            weights = torch.softmax(self.va(torch.tanh(self.Wa(h) + keys)), 0)
            h = self.decoder(torch.cat([given, (weights * states).sum(0)], 1), h)
            outputs.append(h)
        return F.cross_entropy(self.V(torch.stack(outputs)).flatten(0, 1), y.flatten())


def sequence(model, T, B, inputs, input_gradient=False):
    x = torch.sin(1.7 * torch.arange(T * B * inputs)).reshape(T, B, inputs).requires_grad_(input_gradient)

    def step():
        x.grad = None
        for p in model.parameters():
            p.grad = None
        y = model(x)
        (y[0] if isinstance(y, tuple) else y).square().mean().backward()

    return step


def language(model, T, B, vocabulary):
    x, y = torch.randint(vocabulary, (T, B)), torch.randint(vocabulary, (T, B))
    adam = torch.optim.Adam(model.parameters(), 1e-3)

    def step():
        adam.zero_grad(set_to_none=True)
        model(x, y).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()

    return step


def sampling(vocabulary, inputs, hidden):
    E, cell, V = nn.Embedding(vocabulary, inputs), nn.LSTMCell(inputs, hidden), nn.Linear(hidden, vocabulary)

    @torch.no_grad()
    def step():
        state, token = (torch.zeros(1, hidden), torch.zeros(1, hidden)), torch.zeros(1, dtype=torch.long)
        for _ in range(200):
            state = cell(E(token), state)
            token = torch.multinomial(torch.softmax(V(state[0]), 1), 1)[0]

    return step


WORKLOADS = {
    "lstm-B32-T100-I128-H256": lambda: sequence(nn.LSTM(128, 256), 100, 32, 128),
    "lstm-dx-B32-T100-I128-H256": lambda: sequence(nn.LSTM(128, 256), 100, 32, 128, True),
    "lstm-B64-T128-I512-H512": lambda: sequence(nn.LSTM(512, 512), 128, 64, 512),
    "peephole-B32-T100-I128-H256": lambda: sequence(Peephole(128, 256), 100, 32, 128),
    "gru-B32-T100-I128-H256": lambda: sequence(nn.GRU(128, 256), 100, 32, 128),
    "rnn-B32-T100-I128-H256": lambda: sequence(nn.RNN(128, 256), 100, 32, 128),
    "clockwork-B32-T100-I128-H256": lambda: sequence(Clockwork(128, 256), 100, 32, 128),
    "charlm-B32-T64-H256": lambda: language(CharLM(65, 64, 256, 1), 64, 32, 65),
    "charlm2-B32-T64-H512": lambda: language(CharLM(65, 64, 512, 2), 64, 32, 65),
    "seq2seq-B32-T30-H256": lambda: language(Seq2Seq(1000, 128, 256), 30, 32, 1000),
    "lstm-tiny-B1-T50-I8-H32": lambda: sequence(nn.LSTM(8, 32), 50, 1, 8),
    "rnn-long-B1-T5000-I8-H32": lambda: sequence(nn.RNN(8, 32), 5000, 1, 8),
    "lstm-T1024-B4-H64": lambda: sequence(nn.LSTM(16, 64), 1024, 4, 16),
    "lstm-T8192-B4-H64": lambda: sequence(nn.LSTM(16, 64), 8192, 4, 16),
    "sample-200-tokens-H256": lambda: sampling(65, 64, 256),
}


def median_time(step, budget=1.5):
    for _ in range(3):
        step()
    times, end = [], time.perf_counter() + budget
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


for name in sys.argv[1:]:
    print(f"{name}\t{median_time(WORKLOADS[name]()) * 1e3:.4f} ms", flush=True)
