#!/usr/bin/env python3
"""NumPy's files against NumPy: what the library writes, NumPy reads, and the other way round.

usage: test_numpy.py PROGRAM

PROGRAM IN OUT reads all arrays of IN as doubles and writes them to OUT (tests/copy_arrays.c). Skipped,
with a message, where there is no NumPy.
"""
import itertools
import os
import subprocess
import sys
import tempfile

# another python3 may come first in the path than the one that Debian's packages are for
if "numpy" not in sys.modules:
    try:
        import numpy as np
    except ImportError:
        if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
            os.execv("/usr/bin/python3", ["/usr/bin/python3"] + sys.argv)
        print("skipped: there is no NumPy here (Debian and Ubuntu: apt-get install python3-numpy)")
        sys.exit(77)

TYPES = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]
SHAPES = [(), (0,), (5,), (2, 3), (3, 1, 2), (2, 3, 2, 2), (2, 0, 3)]


def copy(program, source, target):
    done = subprocess.run([program, source, target], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def same(a, b):
    return a.shape == b.shape and b.dtype == np.float64 and np.array_equal(a.astype(np.float64), b)


def main():
    program, failed, tried = sys.argv[1], 0, 0
    rng = np.random.default_rng(1)
    arrays = {}
    for k, (kind, order, shape, axes) in enumerate(itertools.product(TYPES, "<>", SHAPES, "CF")):
        numbers = np.asarray(rng.integers(0, 2 if kind == "b1" else 100, shape) - (50 if kind[0] in "fi" else 0))
        a = np.asarray(numbers, dtype=(order if kind[1] != "1" else "|") + kind, order=axes)
        arrays[f"{kind}{'lb'[order == '>']} {k} \u00e4"] = a
    with tempfile.TemporaryDirectory() as work:
        there, back = os.path.join(work, "there"), os.path.join(work, "back.npz")
        for save in (np.savez, np.savez_compressed):
            with open(there, "wb") as f:
                save(f, **arrays)
            tried += 1
            code, said = copy(program, there, back)
            if code:
                print(f"not ok - {save.__name__}: {said}")
                failed += 1
                continue
            with np.load(back) as got:
                wrong = [name for name in arrays if not same(arrays[name], got[name])]
                failed += got.files != list(arrays)
            for name in wrong:
                print(f"not ok - {save.__name__}: {name}")
            failed += len(wrong)
            tried += len(arrays)
        for name, a in list(arrays.items())[::5]:
            np.save(there + ".npy", a)
            code, said = copy(program, there + ".npy", back + ".npy")
            tried += 1
            if code or not same(a, np.load(back + ".npy")):
                print(f"not ok - npy: {name}: {said}")
                failed += 1
    print(f"{tried - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
