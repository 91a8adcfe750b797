#!/usr/bin/env python3
"""The node tests of ONNX for RNN, LSTM and GRU as text, for tests/test_layers_onnx.c.

usage: make_onnx_fixtures.py [/usr/share/libonnx-testdata/data/node] > tests/fixtures/onnx.txt

Reads the few fields it needs of the protocol buffers by itself. For each test: its name, op, hidden
size and layout, then each array as a name, its dimensions and its numbers.
"""
import os
import struct
import sys

TESTS = ["gru_batchwise", "gru_defaults", "gru_seq_length", "gru_with_initial_bias", "lstm_batchwise",
         "lstm_defaults", "lstm_with_initial_bias", "lstm_with_peepholes", "rnn_seq_length",
         "simple_rnn_batchwise", "simple_rnn_defaults", "simple_rnn_with_initial_bias"]


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """(number, value) of a message: an integer, or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            size, at = (4, at) if key & 7 == 5 else (8, at) if key & 7 == 1 else varint(data, at)
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def tensor(path):
    with open(path, "rb") as f:
        data = f.read()
    dims, numbers, kind, raw = [], [], 1, b""
    for number, value in fields(data):
        if number == 1:
            dims.append(value)
        elif number == 2:
            kind = value
        elif number in (4, 9):
            raw = value
    code = {1: "f", 6: "i", 7: "q"}[kind]
    numbers = struct.unpack(f"<{len(raw) // struct.calcsize(code)}{code}", raw)
    return dims, numbers


def node(path):
    with open(path, "rb") as f:
        graph = dict(fields(f.read()))[7]
    inputs, outputs, op, attributes = [], [], "", {}
    for number, value in fields(dict(fields(graph))[1]):
        if number == 1:
            inputs.append(value.decode())
        elif number == 2:
            outputs.append(value.decode())
        elif number == 4:
            op = value.decode()
        elif number == 5:
            a = dict(fields(value))
            attributes[a[1].decode()] = a.get(3, 0)
    return inputs, outputs, op, attributes


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/libonnx-testdata/data/node"
    for name in TESTS:
        folder = os.path.join(root, "test_" + name)
        inputs, outputs, op, attributes = node(os.path.join(folder, "model.onnx"))
        print(name, op, attributes["hidden_size"], attributes.get("layout", 0))
        for kind, names in (("input", inputs), ("output", outputs)):
            present = [n for n in names if n]
            for k, n in enumerate(present):
                dims, numbers = tensor(os.path.join(folder, "test_data_set_0", f"{kind}_{k}.pb"))
                print(n, len(dims), *dims)
                print(" ".join("%.9g" % v for v in numbers))
        print("end 0")


if __name__ == "__main__":
    main()
