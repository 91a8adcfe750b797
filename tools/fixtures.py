"""What the fixtures of PyTorch share: inputs by a formula that the tests have too (number_of in
tests/values.h), results in double."""
import torch

torch.set_default_dtype(torch.float64)


def number_of(stream, i, low, high):
    h = (i * 2654435761 + stream * 40503 + 12345) % 65521
    h = h * h % 65521 * 7 % 4096
    return low + (high - low) * h / 4096


def numbers(stream, shape, low, high):
    count = 1
    for n in shape:
        count *= n
    return torch.tensor([number_of(stream, i, low, high) for i in range(count)]).reshape(shape)


def show(name, tensor):
    values = tensor.detach().reshape(-1).tolist()
    print(name, len(values))
    print(" ".join("%.17g" % v for v in values))
