"""What the peers of the examples have in common: the options of examples/example.h, figures as JSON, our starts and schedule."""
import argparse
import json
import math
import os
import sys
import time

import torch

BEGUN = time.monotonic()


def warn_of_reference_blas():
    """Debian's PyTorch multiplies by whatever libblas.so.3 is; the reference one makes poems.py 13 times as slow."""
    try:
        with open("/proc/self/maps", encoding="utf-8") as maps:
            reference = "/blas/libblas.so" in maps.read()
    except OSError:
        return
    if reference:
        print("PyTorch multiplies by the reference BLAS, which is slow: install libopenblas0-pthread", file=sys.stderr)


def options(name, *own):
    """Own options are (name, default, help); the common ones are those of the examples."""
    parser = argparse.ArgumentParser(prog=name)
    for option, default, text in own:
        kind = {"action": "store_true"} if default is False else {"default": default, "type": type(default)}
        parser.add_argument(option, help=text, **kind)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", default="out")
    parser.add_argument("--figures")
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()
    args.name = name
    torch.manual_seed(args.seed)
    warn_of_reference_blas()
    torch.set_num_threads(int(os.environ.get("TL_THREADS", "1")))
    return args


def figure(args, name, value, unit=None):
    print(f"{name}: {value:.4g}{' ' + unit if unit else ''}", flush=True)
    if args.figures:
        line = {"example": args.name, "seed": args.seed, "figure": name, "value": value,
                "seconds": round(time.monotonic() - BEGUN, 1)}
        if unit:
            line["unit"] = unit
        with open(args.figures, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def data(name, file):
    """A file of a data set, where examples/data/get puts it."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(os.environ.get("TL_DATA") or os.path.join(cache, "tapeloop"), name, file)


def rate(optimizer, top, steps):
    """The schedule of example_rate."""
    warmup = steps // 15
    rest = steps - warmup if steps > warmup else 1

    def share(step):
        if step < warmup:
            return (1 + (warmup - 1) * step / warmup) / warmup
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / rest)))

    for group in optimizer.param_groups:
        group["lr"] = top
    return torch.optim.lr_scheduler.LambdaLR(optimizer, share)


def start_like_ours(recurrent, forget_bias=0.0):
    """An nn.LSTM, nn.GRU or nn.RNN as our cells begin: the matrices of each gate by Glorot (input) and orthogonal
    (recurrent), biases 0, the forget gate's forget_bias."""
    for name, parameter in recurrent.named_parameters():
        with torch.no_grad():
            if "weight" in name:
                for gate in parameter.split(recurrent.hidden_size):
                    (torch.nn.init.orthogonal_ if "weight_hh" in name else torch.nn.init.xavier_uniform_)(gate)
            else:
                parameter.zero_()
                if "bias_ih" in name and parameter.numel() == 4 * recurrent.hidden_size:
                    parameter[recurrent.hidden_size:2 * recurrent.hidden_size] = forget_bias
