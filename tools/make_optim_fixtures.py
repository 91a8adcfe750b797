#!/usr/bin/env python3
"""Fifty steps of each optimiser by PyTorch, and the cases of ONNX's optimiser nodes, for
tests/test_optimizers.c to compare with.

usage: make_optim_fixtures.py > tests/fixtures/optim.txt

`torch` lines have the line of text that tl_optimizer_create takes; then follow the values after some
of the steps. Gradients are by a formula (fixtures.py) and by the values. `onnx` lines are such a
line too; then values, gradients and slots before one step; values and slots after it.

NAdam and Lion are computed here: PyTorch 1.13 has no Lion, and takes a factor of NAdam's product
twice (mu_product * mu * mu_next), which it later gave up; with that it is compared here.

`schedule` and `plateau` lines name a case of the test; then follow the rates of its steps. `lbfgs`
lines have how often each step iterates and how many pairs are kept; then values after each step.
"""
import numpy as np
import torch
from torch.optim import lr_scheduler as lr

from fixtures import number_of

N, STEPS, SHOWN = 7, 50, (1, 2, 3, 10, 25, 50)


def gradient(x, step):
    return np.array([number_of(step, i, -1, 1) for i in range(N)]) + 0.25 * x


def start():
    return np.array([number_of(99, i, -2, 2) for i in range(N)])


def run(step_of):
    x, shown = start(), []
    for step in range(1, STEPS + 1):
        x = step_of(x, gradient(x, step), step)
        if step in SHOWN:
            shown.append(x.copy())
    return shown


def by_torch(kind, **options):
    p = torch.nn.Parameter(torch.tensor(start()))
    o = kind([p], **options)

    def step(_, g, __):
        p.grad = torch.tensor(g)
        o.step()
        return p.detach().numpy().copy()

    return run(step)


def by_nadam(lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, momentum_decay=4e-3, twice=False):
    m, v, product = np.zeros(N), np.zeros(N), 1.0

    def mu_of(step):
        return betas[0] * (1 - 0.5 * 0.96 ** (step * momentum_decay))

    def step_of(x, g, step):
        nonlocal m, v, product
        g = g + weight_decay * x
        mu, after = mu_of(step), mu_of(step + 1)
        product *= mu
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        root = np.sqrt(v / (1 - betas[1] ** step)) + eps
        ahead = product * after * (mu if twice else 1)
        return x - lr * ((1 - mu) / (1 - product) * g + after / (1 - ahead) * m) / root

    return run(step_of)


def by_lion(lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
    m = np.zeros(N)

    def step_of(x, g, _):
        nonlocal m
        sign = np.sign(betas[0] * m + (1 - betas[0]) * g)
        m = betas[1] * m + (1 - betas[1]) * g
        return x - lr * (sign + weight_decay * x)

    return run(step_of)


# our name of an option: PyTorch's
NAMES = {"learning_rate": "lr", "epsilon": "eps", "learning_rate_decay": "lr_decay",
         "initial_accumulator": "initial_accumulator_value"}
KINDS = {"sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad, "adadelta": torch.optim.Adadelta,
         "rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
CASES = """
sgd learning_rate=0.1
sgd learning_rate=0.1 weight_decay=0.1
sgd learning_rate=0.05 momentum=0.9
sgd learning_rate=0.05 momentum=0.9 dampening=0.3 weight_decay=0.05
sgd learning_rate=0.05 momentum=0.8 nesterov=1 weight_decay=0.1
adagrad learning_rate=0.1
adagrad learning_rate=0.2 learning_rate_decay=0.05 weight_decay=0.1 initial_accumulator=0.5 epsilon=1e-4
adadelta
adadelta learning_rate=0.5 rho=0.8 epsilon=1e-4 weight_decay=0.1
rmsprop learning_rate=0.02
rmsprop learning_rate=0.02 alpha=0.9 epsilon=1e-3 weight_decay=0.1
rmsprop learning_rate=0.02 momentum=0.7
rmsprop learning_rate=0.02 centered=1
rmsprop learning_rate=0.02 centered=1 momentum=0.7 weight_decay=0.05 alpha=0.95
adam
adam learning_rate=0.1 beta1=0.8 beta2=0.95 epsilon=1e-3 weight_decay=0.1
adam learning_rate=0.1 amsgrad=1 beta2=0.9 weight_decay=0.01
adamw learning_rate=0.1
adamw learning_rate=0.05 beta1=0.7 beta2=0.9 weight_decay=0.3 epsilon=1e-5
adamw learning_rate=0.1 amsgrad=1 beta2=0.8
nadam learning_rate=0.05
nadam learning_rate=0.05 beta1=0.8 beta2=0.95 weight_decay=0.1 momentum_decay=0.1 epsilon=1e-4
lion learning_rate=0.02
lion learning_rate=0.02 beta1=0.95 beta2=0.98 weight_decay=0.2
"""


def torch_options(options):
    given = {}
    for name, value in options.items():
        if name in ("beta1", "beta2"):
            continue
        given[NAMES.get(name, name)] = bool(value) if name in ("nesterov", "centered", "amsgrad") else value
    return given


def show(values):
    print(" ".join("%.17g" % v for row in values for v in row))


def show_case(line):
    kind, *words = line.split()
    options = {name: float(value) for name, _, value in (w.partition("=") for w in words)}
    given = torch_options(options)
    if "beta1" in options or "beta2" in options:
        given["betas"] = (options.get("beta1", 0.9), options.get("beta2", 0.99 if kind == "lion" else 0.999))
    if kind == "nadam":
        values = by_nadam(**given)
        theirs = by_torch(torch.optim.NAdam, **given) # their product is a float
        assert np.allclose(by_nadam(twice=True, **given), theirs, rtol=1e-6, atol=1e-7)
    elif kind == "lion":
        values = by_lion(**given)
    else:
        values = by_torch(KINDS[kind], **given)
    print("torch", line)
    show(values)


# ONNX's backend node tests: the formulas of the operators' text, the inputs of its cases.
def onnx_adam(x, g, v, h, rate, norm, alpha, beta, epsilon):
    g = norm * x + g
    v, h = alpha * v + (1 - alpha) * g, beta * h + (1 - beta) * g * g
    return x - rate * v / (np.sqrt(h) + epsilon), v, h # no correction at T = 0


def onnx_adagrad(x, g, h, rate, norm, epsilon):
    g = norm * x + g
    h = h + g * g
    return x - rate * g / (np.sqrt(h) + epsilon), h


def onnx_momentum(x, g, v, rate, norm, alpha, nesterov):
    g = norm * x + g
    v = alpha * v + g
    return x - rate * (g + alpha * v if nesterov else v), v


def show_onnx(text, before, after):
    print("onnx", text)
    print(len(before[0]), len(after) - 1)
    show(before)
    show(after)


def show_all_onnx():
    a = [np.array(x) for x in ([1.2, 2.8], [-0.94, -2.5], [1.7, 3.6], [0.1, 0.1])]
    show_onnx("adam learning_rate=0.1 weight_decay=0.001 beta1=0.95 beta2=0.1 epsilon=1e-7 uncorrected=1", a,
              onnx_adam(*a, 0.1, 0.001, 0.95, 0.1, 1e-7))
    many = [np.array(x) for x in ([1.0, 1, 2], [-1.0, -1, -3], [2.0, 4, 1], [0.5, 1, 10])]
    show_onnx("adam learning_rate=0.1 weight_decay=0.001 beta1=0.95 beta2=0.85 epsilon=1e-2 uncorrected=1", many,
              onnx_adam(*many, 0.1, 0.001, 0.95, 0.85, 1e-2))
    for case in ([[1.0], [-1.0], [2.0]], [[1.0, 1, 2], [-1.0, -1, -3], [2.0, 4, 1]]):
        case = [np.array(x) for x in case]
        show_onnx("adagrad learning_rate=0.1 weight_decay=0.001 epsilon=1e-5 learning_rate_decay=0.1", case,
                  onnx_adagrad(*case, 0.1, 0.001, 1e-5))
    show_onnx("sgd learning_rate=0.1 weight_decay=0.001 momentum=0.95 dampening=0.9", a[:3],
              onnx_momentum(*a[:3], 0.1, 0.001, 0.95, False))
    show_onnx("sgd learning_rate=0.1 weight_decay=0.01 momentum=0.95 nesterov=1", a[:3],
              onnx_momentum(*a[:3], 0.1, 0.01, 0.95, True))
    show_onnx("sgd learning_rate=0.1 weight_decay=0.001 momentum=0.95 dampening=0.15", many[:3],
              onnx_momentum(*many[:3], 0.1, 0.001, 0.95, False))


# The rates of schedules from 1, after a warm-up of so many steps from a third.
SCHEDULES = {
    "constant": (0, lambda o: lr.LambdaLR(o, lambda _: 1.0)),
    "step": (0, lambda o: lr.StepLR(o, 7, gamma=0.5)),
    "exponential": (5, lambda o: lr.ExponentialLR(o, 0.9)),
    "polynomial": (0, lambda o: lr.PolynomialLR(o, 30, power=2)),
    "linear": (4, lambda o: lr.PolynomialLR(o, 30)),
    "cosine": (0, lambda o: lr.CosineAnnealingLR(o, 39, eta_min=0.1)),
    "cosine_warmup": (10, lambda o: lr.CosineAnnealingLR(o, 29)),
    "one_cycle": (0, lambda o: lr.OneCycleLR(o, 1, total_steps=40)),
    "one_cycle_linear": (0, lambda o: lr.OneCycleLR(o, 1, total_steps=40, pct_start=0.45, anneal_strategy="linear",
                                                    div_factor=10, final_div_factor=50)),
}
PLATEAUS = {
    "plain": {"patience": 2},
    "cooldown": {"patience": 1, "cooldown": 3, "factor": 0.5, "threshold": 0.01},
    "larger": {"patience": 2, "mode": "max", "threshold_mode": "abs", "threshold": 0.05, "factor": 0.3, "min_lr": 0.05},
}


def show_schedules():
    for name, (warmup, make) in SCHEDULES.items():
        o = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.5)
        s = make(o) if not warmup else lr.SequentialLR(o, [lr.LinearLR(o, total_iters=warmup), make(o)], [warmup])
        rates = []
        for _ in range(40):
            rates.append(o.param_groups[0]["lr"])
            o.step()
            s.step()
        print("schedule", name)
        show([rates])
    for name, options in PLATEAUS.items():
        o = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        s = lr.ReduceLROnPlateau(o, **options)
        rates = []
        for i in range(40):
            s.step(2 + number_of(7, i, -1, 1) - 0.02 * i)
            rates.append(o.param_groups[0]["lr"])
        print("plateau", name)
        show([rates])


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def show_lbfgs(iterations, history):
    x = torch.nn.Parameter(torch.tensor([-1.2, 1, -0.5, 0.8]))
    o = torch.optim.LBFGS([x], max_iter=iterations, history_size=history, line_search_fn="strong_wolfe")

    def closure():
        o.zero_grad()
        y = rosenbrock(x)
        y.backward()
        return y

    print("lbfgs", iterations, history)
    for _ in range(8):
        o.step(closure)
        show([x.tolist()])


if __name__ == "__main__":
    for text in CASES.split("\n"):
        if text:
            show_case(text)
    show_all_onnx()
    show_schedules()
    show_lbfgs(1, 10)
    show_lbfgs(4, 3)
