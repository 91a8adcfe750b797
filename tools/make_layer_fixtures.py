#!/usr/bin/env python3
"""Outputs and gradients of PyTorch's recurrent layers, for tests/test_layers_pytorch.c.

usage: make_layer_fixtures.py > tests/fixtures/layers.txt

Two layers, one or both directions, rows of different lengths. Each case prints the padded outputs,
the last states, and the gradients by the sequence, the first states and all weights, in PyTorch's
order. PyTorch 1.13.
"""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from fixtures import numbers, show

T, B, IN, H, LAYERS = 5, 3, 3, 4, 2
LENGTHS = [3, 5, 1]


def run(name, layer, states, directions):
    weights = list(layer.named_parameters())
    for k, (_, p) in enumerate(weights):
        p.data.copy_(numbers(20 + k, p.shape, -0.5, 0.5))
    x = numbers(1, (T, B, IN), -1, 1).requires_grad_()
    first = [numbers(2 + s, (LAYERS * directions, B, H), -1, 1).requires_grad_() for s in range(states)]
    packed = pack_padded_sequence(x, LENGTHS, enforce_sorted=False)
    y, last = layer(packed, first[0] if states == 1 else tuple(first))
    y, _ = pad_packed_sequence(y, total_length=T)
    last = [last] if states == 1 else list(last)
    loss = (y * numbers(90, y.shape, -1, 1)).sum()
    for k, h in enumerate(last):
        loss = loss + (h * numbers(91 + k, h.shape, -1, 1)).sum()
    loss.backward()
    show(f"{name}/y", y)
    for k, h in enumerate(last):
        show(f"{name}/last{k}", h)
    show(f"{name}/x", x.grad)
    for k, h in enumerate(first):
        show(f"{name}/first{k}", h.grad)
    for k, (_, p) in enumerate(weights):
        show(f"{name}/w{k}", p.grad)


def main():
    for directions in (1, 2):
        o = {"num_layers": LAYERS, "bidirectional": directions == 2}
        run(f"rnn_tanh_{directions}", nn.RNN(IN, H, **o), 1, directions)
        run(f"rnn_relu_{directions}", nn.RNN(IN, H, nonlinearity="relu", **o), 1, directions)
        run(f"lstm_{directions}", nn.LSTM(IN, H, **o), 2, directions)
        run(f"gru_{directions}", nn.GRU(IN, H, **o), 1, directions)


if __name__ == "__main__":
    main()
