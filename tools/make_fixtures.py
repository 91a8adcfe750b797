#!/usr/bin/env python3
"""Values and gradients that PyTorch computes, for tests/test_fixtures.c to compare with.

usage: make_fixtures.py > tests/fixtures/pytorch.txt

Inputs are by a formula (fixtures.py), so that only results are stored: for each case the result y,
and for the sum of y times fixed weights the gradient by each input. Made with PyTorch 1.13.
"""
import sys

import torch
from torch import nn
from torch.nn import functional as F

from fixtures import numbers, show

T, B, IN, H = 25, 3, 4, 5


def integers(stream, shape, below):
    return numbers(stream, shape, 0, below).floor().long()


class Case:
    """Inputs are numbered as they are made; the test makes them in the same order."""

    def __init__(self):
        self.inputs = []

    def x(self, *shape, low=-2, high=2):
        t = numbers(len(self.inputs) + 1, shape, low, high).requires_grad_()
        self.inputs.append(t)
        return t

    def positive(self, *shape):
        return self.x(*shape, low=0.25, high=2)


CASES = {}


def case(f):
    CASES[f.__name__] = f
    return f


def family(names, make):
    for name, f in names.items():
        CASES[name] = (lambda g: lambda c: make(c, g))(f)


family({"neg": torch.neg, "abs": torch.abs, "exp": torch.exp, "square": torch.square, "sin": torch.sin,
        "cos": torch.cos, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": F.relu, "softplus": F.softplus,
        "hard_tanh": F.hardtanh, "leaky_relu": lambda x: F.leaky_relu(x, 0.1), "elu": lambda x: F.elu(x, 1.5),
        "clamp": lambda x: x.clamp(-0.5, 1), 
        # not F.hardsigmoid: its derivative is 1/6 in float
        "hard_sigmoid": lambda x: (x / 6 + 0.5).clamp(0, 1)},
       lambda c, f: f(c.x(3, 4)))
family({"log": torch.log, "sqrt": torch.sqrt, "rsqrt": torch.rsqrt, "reciprocal": torch.reciprocal},
       lambda c, f: f(c.positive(3, 4)))
family({"add": torch.add, "sub": torch.sub, "mul": torch.mul, "max": torch.maximum, "min": torch.minimum},
       lambda c, f: f(c.x(2, 3, 4), c.x(3, 1)))
family({"div": torch.div, "pow": torch.pow}, lambda c, f: f(c.positive(3, 4), c.positive(4)))
family({"sum": lambda x: x.sum((0, 2)), "mean": lambda x: x.mean(1), "max_over": lambda x: x.amax(2),
        "min_over": lambda x: x.amin((0, 1)), "logsumexp": lambda x: x.logsumexp(1), "cumsum": lambda x: x.cumsum(1),
        "softmax_last": lambda x: x.softmax(-1), "softmax_first": lambda x: x.softmax(0),
        "log_softmax": lambda x: x.log_softmax(1), "permute": lambda x: x.permute(2, 0, 1),
        "slice_step": lambda x: x[:, 1::2], "reverse": lambda x: x.flip(1), "pad": lambda x: F.pad(x, (1, 2), value=3.0)},
       lambda c, f: f(c.x(2, 5, 4)))


@case
def where(c):
    a, b = c.x(3, 4), c.x(4)
    return torch.where(a > 0.5, a * a, b)


@case
def matmul(c):
    return c.x(4, 6) @ c.x(6, 5)


@case
def matmul_batch(c):
    return c.x(2, 1, 4, 6) @ c.x(3, 6, 5)


@case
def affine(c):
    return F.linear(c.x(2, 3, 4), c.x(5, 4), c.x(5))


@case
def concat(c):
    return torch.cat([c.x(2, 3), c.x(2, 1), c.x(2, 2)], 1)


@case
def stack(c):
    return torch.stack([c.x(2, 3), c.x(2, 3)], 1)


@case
def gather(c):
    return F.embedding(integers(50, (2, 6), 7), c.x(7, 3))


@case
def scatter_add(c):
    return torch.zeros(4, 3).index_add(0, integers(50, (8,), 4), c.x(8, 3))


@case
def select(c):
    return c.x(3, 5, 2).gather(1, integers(50, (3, 2), 5).unsqueeze(1)).squeeze(1)


def items(c, **options):
    target = integers(50, (12,), 6)
    return F.cross_entropy(c.x(12, 6), target, **options)


@case
def cross_entropy(c):
    return items(c)


@case
def cross_entropy_ignore(c):
    return items(c, ignore_index=2)


@case
def cross_entropy_smooth(c):
    return items(c, ignore_index=2, label_smoothing=0.2)


@case
def binary_cross_entropy(c):
    return F.binary_cross_entropy_with_logits(c.x(3, 4), c.x(3, 4, low=0, high=1))


family({"mse": F.mse_loss, "mae": F.l1_loss, "huber": lambda x, t: F.huber_loss(x, t, delta=0.7)},
       lambda c, f: f(c.x(3, 4), c.x(3, 4)))


@case
def layer_norm(c):
    return F.layer_norm(c.x(3, 2, 6), (6,), c.x(6), c.x(6))


@case
def batch_norm(c):
    return F.batch_norm(c.x(4, 3, 5), None, None, c.x(3), c.x(3), training=True)


@case
def batch_norm_running(c):
    mean, variance = torch.zeros(3), torch.ones(3)
    F.batch_norm(c.x(4, 3, 5), mean, variance, c.x(3), c.x(3), training=True, momentum=0.3)
    return F.batch_norm(c.inputs[0], mean, variance, c.inputs[1], c.inputs[2])


@case
def conv2d(c):
    return F.conv2d(c.x(2, 3, 6, 7), c.x(4, 3, 3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 3))


@case
def conv1d(c):
    return F.conv1d(c.x(2, 3, 9), c.x(4, 3, 3), stride=2, padding=1)


@case
def max_pool(c):
    return F.max_pool2d(c.x(2, 2, 7, 6), (3, 2), stride=(2, 1), padding=(1, 0))


@case
def average_pool(c):
    return F.avg_pool2d(c.x(2, 2, 7, 6), (3, 2), stride=(2, 1), padding=(1, 1))


def recurrent(c, kind, gates, states):
    """All outputs of PyTorch's own layer, from the sequence, its first states, W, U, b and c."""
    layer = kind(IN, H)
    x, first = c.x(T, B, IN, low=-1, high=1), [c.x(1, B, H, low=-1, high=1) for _ in range(states)]
    shapes = {"weight_ih_l0": (gates * H, IN), "weight_hh_l0": (gates * H, H), "bias_ih_l0": (gates * H,),
              "bias_hh_l0": (gates * H,)}
    for name, shape in shapes.items():
        parameter = getattr(layer, name)
        parameter.data.copy_(c.x(*shape, low=-0.5, high=0.5))
        c.inputs[-1] = parameter
    return layer(x, first[0] if states == 1 else tuple(first))[0]


@case
def rnn(c):
    return recurrent(c, nn.RNN, 1, 1)


@case
def lstm(c):
    return recurrent(c, nn.LSTM, 4, 2)


@case
def gru(c):
    return recurrent(c, nn.GRU, 3, 1)


def main():
    for name, f in CASES.items():
        c = Case()
        y = f(c)
        (y * numbers(90, y.shape, -1, 1)).sum().backward()
        show(f"{name}/y", y)
        for i, x in enumerate(c.inputs):
            show(f"{name}/{i}", x.grad)


if __name__ == "__main__":
    sys.exit(main())
