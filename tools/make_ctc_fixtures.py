#!/usr/bin/env python3
"""PyTorch's CTC loss and its gradient, for tests/test_ctc.c.

usage: make_ctc_fixtures.py > tests/fixtures/ctc.txt
"""
import torch
from torch.nn import functional as F

from fixtures import number_of, numbers

T, B, V, L = 30, 4, 7, 10
STEPS, LENGTHS = [30, 25, 12, 1], [10, 7, 3, 0]


def main():
    x = numbers(1, (T, B, V), -3, 3).requires_grad_()
    target = torch.tensor([1 + int(number_of(2, i, 0, 6)) for i in range(B * L)]).reshape(B, L)
    loss = F.ctc_loss(F.log_softmax(x, -1), target, torch.tensor(STEPS), torch.tensor(LENGTHS), reduction="none")
    (loss * torch.tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
    for values in (loss, x.grad):
        print(" ".join("%.17g" % v for v in values.detach().reshape(-1).tolist()))


if __name__ == "__main__":
    main()
