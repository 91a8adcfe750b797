#!/usr/bin/env python3
"""safetensors files between programs.

usage: test_interop.py COPY_ARRAYS

Files that are written here from the format's description, in all its types, are read by the library
(tests/copy_arrays.c); what it writes is read here, strictly, and by a reader that others wrote: the npm
package `safetensors`, if TL_SAFETENSORS_JS is the folder in which it is installed. Skipped, with a
message, where there is no NumPy.
"""
import json
import os
import shutil
import struct
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

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U64": "<u8",
         "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?"}
SHAPES = [(), (0,), (4,), (2, 3), (2, 1, 2), (1, 2, 3, 2)]

# What a program prints of each tensor that the package of npm finds: its name and its bytes.
READER = """
const { SafeTensor } = require(process.argv[1]);
const bytes = new Uint8Array(require("fs").readFileSync(process.argv[2]));
const file = new SafeTensor(bytes), out = {};
for (const [name, of] of file.metadata)
	out[name] = { dtype: of.dtype, shape: of.shape, bytes: Buffer.from(file.getTensor(name)).toString("hex") };
console.log(JSON.stringify(out));
"""


def write(path, tensors, metadata):
    """As the reference implementation does: wide types first, names in order, a header of whole words."""
    header, place, data = {"__metadata__": metadata} if metadata else {}, 0, []
    for name, (dtype, shape, raw) in sorted(tensors.items(), key=lambda t: (-TYPES_SIZE[t[1][0]], t[0])):
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [place, place + len(raw)]}
        place += len(raw)
        data.append(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(data))


TYPES_SIZE = {name: np.dtype(kind).itemsize for name, kind in TYPES.items()}
TYPES_SIZE["BF16"] = 2


def read(path):
    """{name: doubles} of a file that has nothing but doubles, or an error by assertion."""
    with open(path, "rb") as f:
        all_of_it = f.read()
    length, = struct.unpack("<Q", all_of_it[:8])
    text = all_of_it[8:8 + length]
    assert length <= 100_000_000 and text[:1] == b"{" and length % 8 == 0
    header, end, found = json.loads(text), 0, {}
    header.pop("__metadata__", None)
    for name, t in sorted(header.items(), key=lambda t: t[1]["data_offsets"]):
        begin, next_end = t["data_offsets"]
        raw = all_of_it[8 + length + begin:8 + length + next_end]
        assert begin == end and t["dtype"] == "F64" and len(raw) == 8 * int(np.prod(t["shape"], dtype=int))
        found[name] = np.frombuffer(raw, "<f8").reshape(t["shape"])
        end = next_end
    assert 8 + length + end == len(all_of_it)
    return found


def cases():
    rng = np.random.default_rng(3)
    tensors, values = {}, {}
    for k, shape in enumerate(SHAPES):
        for dtype, kind in TYPES.items():
            low = 0 if dtype[0] in "UB" else -50
            a = np.asarray(rng.integers(low, 2 if dtype == "BOOL" else 100, shape)).astype(kind)
            tensors[f"{dtype}.{k} \u00e4\"\\"] = (dtype, shape, a.tobytes())
            values[f"{dtype}.{k} \u00e4\"\\"] = a.astype(np.float64)
        upper = (rng.uniform(-1, 1, int(np.prod(shape, dtype=int))).astype("<f4").view("<u4") >> 16).astype("<u2")
        tensors[f"BF16.{k}"] = ("BF16", shape, upper.tobytes())
        values[f"BF16.{k}"] = (upper.astype("<u4") << 16).view("<f4").astype(np.float64).reshape(shape)
    return tensors, values


def by_npm(path, wanted):
    folder, node = os.environ.get("TL_SAFETENSORS_JS"), shutil.which("node")
    if not folder or not node:
        print("the reader of npm is left out: TL_SAFETENSORS_JS is not set (npm install safetensors), or no node")
        return None
    done = subprocess.run([node, "-e", READER, folder, path], capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr
    found = json.loads(done.stdout)
    same = found.keys() == wanted.keys() and all(
        found[n]["shape"] == list(wanted[n].shape) and found[n]["bytes"] == wanted[n].tobytes().hex() for n in wanted)
    print(f"npm's reader: {len(found)} tensors")
    return None if same else "npm's reader finds something else"


def main():
    tensors, values = cases()
    problems = []
    with tempfile.TemporaryDirectory() as work:
        there, back = os.path.join(work, "there.safetensors"), os.path.join(work, "back.safetensors")
        for metadata in ({}, {"format": "pt", "text": "\u00e4\n\""}):
            write(there, tensors, metadata)
            done = subprocess.run([sys.argv[1], there, back], capture_output=True, text=True, check=False)
            if done.returncode:
                problems.append(done.stderr)
                continue
            found = read(back)
            problems += [n for n in values if n not in found or found[n].shape != values[n].shape
                         or not np.array_equal(found[n], values[n])]
            problems += [n for n in found if n not in values]
            problems += [p for p in [by_npm(back, values)] if p]
    for problem in problems:
        print(f"not ok - {problem}")
    print(f"{2 * len(values) - len(problems)} passed, {len(problems)} failed")
    return len(problems) > 0


if __name__ == "__main__":
    sys.exit(main())
