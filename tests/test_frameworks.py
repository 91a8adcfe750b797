#!/usr/bin/env python3
"""Weights of other frameworks: the layers compute here what they compute there.

usage: test_frameworks.py RUN_LAYER

PyTorch's layers are PyTorch's own, where it is installed. Those of Keras and ONNX are written down
here from their documentation, in NumPy. Each goes through a file, with the names it has there, to
tests/run_layer.c, and the weights that that writes back must be the same. Skipped, with a message,
where there is no NumPy.
"""
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3"] + sys.argv)
    print("skipped: there is no NumPy here (Debian and Ubuntu: apt-get install python3-numpy)")
    sys.exit(77)

T, B, IN, H, R = 5, 3, 4, 6, 2
rng = np.random.default_rng(2)


def draw(*shape):
    return rng.uniform(-0.8, 0.8, shape)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def unroll(step, x, states, reverse=False):
    h = [np.zeros((x.shape[1], H)) for _ in range(states)]
    ys = []
    for t in reversed(range(len(x))) if reverse else range(len(x)):
        h = step(x[t], *h)
        ys.append(h[0])
    return np.stack(ys[::-1] if reverse else ys)


# Keras: kernel [in, gates * units], gates i f c o and z r h


def keras_rnn(p):
    return lambda x, h: [np.tanh(x @ p["kernel"] + h @ p["recurrent_kernel"] + p["bias"])]


def keras_lstm(p):
    def step(x, h, c):
        i, f, g, o = np.split(x @ p["kernel"] + h @ p["recurrent_kernel"] + p["bias"], 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return [sigmoid(o) * np.tanh(c), c]
    return step


def keras_gru(p):
    def step(x, h):
        xz, xr, xh = np.split(x @ p["kernel"] + p["bias"], 3, axis=1)
        uz, ur, uh = np.split(p["recurrent_kernel"], 3, axis=1)
        z, r = sigmoid(xz + h @ uz), sigmoid(xr + h @ ur)
        return [z * h + (1 - z) * np.tanh(xh + (r * h) @ uh)]
    return step


def keras_gru_reset_after(p):
    def step(x, h):
        xz, xr, xh = np.split(x @ p["kernel"] + p["bias"][0], 3, axis=1)
        hz, hr, hh = np.split(h @ p["recurrent_kernel"] + p["bias"][1], 3, axis=1)
        z, r = sigmoid(xz + hz), sigmoid(xr + hr)
        return [z * h + (1 - z) * np.tanh(xh + r * hh)]
    return step


KERAS = [("rnn", keras_rnn, 1, 1), ("lstm", keras_lstm, 4, 2), ("gru", keras_gru, 3, 1),
         ("gru_reset_after", keras_gru_reset_after, 3, 1)]


def keras_cases(x):
    for kind, make, gates, states in KERAS:
        for directions, ending in ((1, ""), (2, ":0"), (1, "vars")):
            weights, ys = {}, []
            for d in range(directions):
                p = {"kernel": draw(IN, gates * H), "recurrent_kernel": draw(H, gates * H),
                     "bias": draw(*([2] if kind == "gru_reset_after" else []), gates * H)}
                prefix = "net/" if directions == 1 else ["net/forward/", "net/backward/"][d]
                for k, (name, value) in enumerate(p.items()):
                    weights[prefix + (f"vars/{k}" if ending == "vars" else name + ending)] = value
                ys.append(unroll(make(p), x, states, d == 1))
            if directions == 1 and not ending:
                yield "keras", kind, 0, 1, weights, ys[0]
            else:
                # written back under the first of the names
                short = {n.replace(":0", ""): v for n, v in weights.items()}
                if ending == "vars":
                    short = dict(zip([f"net/{n}" for n in ("kernel", "recurrent_kernel", "bias")], weights.values()))
                yield "keras", kind, 0, directions, weights, np.concatenate(ys, axis=2), short


# ONNX: W [directions, gates * hidden, in], gates i o f c and z r h


def onnx_rnn(W, R_, Wb, Rb, _):
    return lambda x, h: [np.tanh(x @ W.T + h @ R_.T + Wb + Rb)]


def onnx_lstm(W, R_, Wb, Rb, P):
    pi, po, pf = np.split(P, 3) if P is not None else (0, 0, 0)

    def step(x, h, c):
        i, o, f, g = np.split(x @ W.T + h @ R_.T + Wb + Rb, 4, axis=1)
        i, f = sigmoid(i + pi * c), sigmoid(f + pf * c)
        c = f * c + i * np.tanh(g)
        return [sigmoid(o + po * c) * np.tanh(c), c]
    return step


def onnx_gru(linear_before_reset):
    def make(W, R_, Wb, Rb, _):
        def step(x, h):
            xz, xr, xh = np.split(x @ W.T + Wb, 3, axis=1)
            rz, rr, rh = np.split(R_, 3)
            bz, br, bh = np.split(Rb, 3)
            z, r = sigmoid(xz + h @ rz.T + bz), sigmoid(xr + h @ rr.T + br)
            g = xh + (r * (h @ rh.T + bh) if linear_before_reset else (r * h) @ rh.T + bh)
            return [(1 - z) * np.tanh(g) + z * h]
        return step
    return make


ONNX = [("rnn", onnx_rnn, 1, 1), ("lstm", onnx_lstm, 4, 2), ("peephole", onnx_lstm, 4, 2),
        ("gru", onnx_gru(False), 3, 1), ("gru_reset_after", onnx_gru(True), 3, 1)]


def onnx_cases(x):
    for kind, make, gates, states in ONNX:
        for directions in (1, 2):
            W, R_, b = draw(directions, gates * H, IN), draw(directions, gates * H, H), draw(directions, 2 * gates * H)
            if kind == "rnn":
                b[:, gates * H:] = 0  # the cell has one bias, and writes zeros for the second
            P = draw(directions, 3 * H) if kind == "peephole" else None
            weights = {"net/W": W, "net/R": R_, "net/B": b}
            if P is not None:
                weights["net/P"] = P
            ys = [unroll(make(W[d], R_[d], *np.split(b[d], 2), P[d] if P is not None else None), x, states, d == 1)
                  for d in range(directions)]
            yield "onnx", kind, 0, directions, weights, np.concatenate(ys, axis=2)


def torch_cases(x):
    try:
        import torch
    except ImportError:
        print("PyTorch's layers are left out: it is not installed (Debian: apt-get install python3-torch)")
        return
    for kind, make, o in (("rnn", torch.nn.RNN, {}), ("lstm", torch.nn.LSTM, {}), ("gru_reset_after", torch.nn.GRU, {}),
                          ("lstm_projected", torch.nn.LSTM, {"proj_size": R})):
        for directions in (1, 2):
            layer = make(IN, H, bidirectional=directions == 2, dtype=torch.float64, **o)
            if kind == "rnn":
                for name, p in layer.named_parameters():
                    if name.startswith("bias_hh"):
                        p.data.zero_()
            weights = {f"net/{k}": v.numpy() for k, v in layer.state_dict().items()}
            y = layer(torch.from_numpy(x))[0].detach().numpy()
            yield "pytorch", kind, R if o else 0, directions, weights, y


def check(program, work, case):
    form, kind, projection, directions, weights, y, *back = case
    paths = [os.path.join(work, name + ".npz") for name in ("weights", "input", "output", "again")]
    np.savez(paths[0], **weights)
    done = subprocess.run([program, form, kind, str(H), str(projection), str(directions)] + paths, check=False,
                          capture_output=True, text=True)
    if done.returncode:
        return done.stderr
    error = np.abs(np.load(paths[2])["y"] - y).max()
    with np.load(paths[3]) as again:
        wanted = back[0] if back else weights
        if sorted(again.files) != sorted(wanted):
            return f"wrote {again.files}, not {list(wanted)}"
        wrong = [n for n in wanted if not np.allclose(wanted[n], again[n], rtol=0, atol=1e-15)]
    return f"wrote other values of {wrong}" if wrong else f"differs by {error}" if not error < 1e-12 else None


def main():
    x = draw(T, B, IN)
    np_cases = list(keras_cases(x)) + list(onnx_cases(x)) + list(torch_cases(x))
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        np.savez(os.path.join(work, "input.npz"), x=x)
        for case in np_cases:
            problem = check(sys.argv[1], work, case)
            if problem:
                failed += 1
                print(f"not ok - {case[0]} {case[1]}, {case[3]} directions: {problem}")
    print(f"{len(np_cases) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
