#!/usr/bin/env python3
"""What a page says, beside what the tape says.

usage: test_view.py view_page

view_page writes pages and prints the numbers of the tape; the pages' data is read here without a browser.
"""
import base64
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile

TYPES = {"u8": "B", "u16": "H", "u32": "I", "i32": "i", "f32": "f", "f64": "d"}
results = []


def check(good, what):
    results.append(bool(good))
    print(f"{'ok' if good else 'not ok'} - {what}")


def decode(array):
    data = base64.b64decode(array["data"], validate=True)
    kind = TYPES[array["type"]]
    return struct.unpack(f"<{len(data) // struct.calcsize(kind)}{kind}", data)


def near(a, b):
    return abs(a - b) <= 2e-6 * max(1e-3, abs(a), abs(b))


class Page:
    def __init__(self, program, folder, kind, *steps):
        path = os.path.join(folder, f"{kind}.html")
        self.lines = subprocess.run([program, kind, *map(str, steps), path], capture_output=True, text=True,
                                    check=True).stdout.splitlines()
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        self.bytes = os.path.getsize(path)
        self.data = json.loads(re.search(r'id="tape">\n(.*?)\n</script>', self.text, re.S).group(1))
        self.column = {k: decode(v) for k, v in self.data.items() if isinstance(v, dict) and "type" in v}
        self.first = [0, 0]
        for n in self.column["operands"][1:]:
            self.first.append(self.first[-1] + n)

    def __getitem__(self, name):
        return self.column[name]

    def operands(self, node):
        return self["operand"][self.first[node] : self.first[node + 1]]

    def parts(self, node):
        """What is added up to be its adjoint."""
        total = self["gradient"][node]
        return self.operands(total) if self["primal"][total] == node else [total]

    def param(self, name):
        return next(p["node"] for p in self.data["params"] if p["name"] == name)


def check_numbers(page):
    for line in page.lines:
        words = line.split()
        numbers = [float(w) for w in words[-4:]]
        node = int(words[1]) if words[0] == "node" else page["gradient"][page.param(words[1])]
        shown = [page[k][node] for k in ("minimum", "mean", "maximum", "norm")]
        scale = max(abs(numbers[0]), abs(numbers[2]))  # a mean may be much smaller
        good = all(abs(a - b) <= 2e-6 * max(1e-3, abs(b), scale) for a, b in zip(shown, numbers))
        check(good, f"{page.data['title']}: {' '.join(words[:-4])}: {shown} as {numbers}")


def check_structure(page):
    count, title = page.data["nodes"], page.data["title"]
    check(len(page["signature"]) == count + 1, f"{title}: a signature a node")
    check(all(o < i for i in range(1, count + 1) for o in page.operands(i)), f"{title}: operands come before")
    adjoint = page["gradient"]
    check(all(page["primal"][g] for g in adjoint if g), f"{title}: adjoints are of the backward pass")
    single = [i for i, g in enumerate(adjoint) if g and len(page.parts(i)) > 1 and page["operands"][g] > 1]
    for node in single[:40]:
        # means are linear: that of the sum is the sum of those of the parts
        total, parts = page["mean"][adjoint[node]], sum(page["mean"][p] for p in page.parts(node))
        shapes = {str(page.data["signatures"][page["signature"][p]]["shape"]) for p in (adjoint[node], *page.parts(node))}
        if len(shapes) == 1:
            check(abs(total - parts) < 1e-5 * (1e-3 + abs(total)), f"{title}: the adjoint of {node} is the sum of its parts")
    check(title in ("nan",) or single, f"{title}: some adjoint is a sum")
    check(not re.search(r"https?://(?!www\.w3\.org)|<link|@import|<img|src=", page.text.replace("xmlns", "")),
          f"{title}: nothing is loaded")
    program = page.data["program"]
    maker = decode(program["maker"])
    check(len(maker) == count + 1 and max(maker) <= len(program["instructions"]), f"{title}: instructions make nodes")
    made = {m for m in maker if m}
    check(len(made) > 0.4 * len(program["instructions"]), f"{title}: {len(made)} instructions make a node")
    check(all(i["nanoseconds"] >= 0 for i in program["instructions"]) and program["runs"] > 0, f"{title}: it was timed")


def check_influence(page):
    i = page.data["influence"]
    losses, inputs, nodes, values = (decode(i[k]) for k in ("losses", "inputs", "nodes", "values"))
    steps = len(page.data["text"])
    check(list(losses) == list(range(steps)) and list(inputs) == list(range(steps)), "influence: a row and a column a step")
    at = lambda t, s: values[t * steps + s]  # noqa: E731
    check(all(at(t, s) == 0 for t in range(steps) for s in range(t + 1, steps)), "influence: nothing comes from the future")
    check(all(at(t, s) > 0 for t in range(steps) for s in range(t + 1)), "influence: everything comes from the past")
    last = page["norm"][page["gradient"][nodes[-1]]]
    check(near(at(steps - 1, steps - 1), last), f"influence: of the last input all of its gradient, {last}")


def check_series(page):
    series = {(page.data["scopes"][s["scope"]], s["name"]): s for s in page.data["series"]}
    for layer in ("layer0", "layer1"):
        for name in "ifoch":
            s = series.get((layer, name))
            good = s and list(decode(s["step"])) == list(range(len(page.data["text"])))
            check(good, f"series: {layer} {name} at every step")
            node, rows = decode(s["node"])[3], decode(s["rows"])[3 * s["columns"] : 4 * s["columns"]]
            check(near(page["maximum"][node], max(rows)), f"series: {layer} {name} has its node's numbers")


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        pages = {k: Page(program, folder, k) for k in ("letters", "attention", "numbers", "nan")}
        for page in pages.values():
            check_structure(page)
            check_numbers(page)
        check_influence(pages["letters"])
        steps = decode(pages["attention"].data["influence"]["losses"])
        check(list(steps) == list(range(12)), "influence: a loss added up in the steps is one of each step")
        check_series(pages["letters"])
        a = pages["attention"].data["attention"][0]
        rows = decode(a["rows"])
        sums = [sum(rows[i : i + a["columns"]]) for i in range(0, len(rows), a["columns"])]
        check(len(sums) == 12 and all(abs(s - 1) < 1e-5 for s in sums), "attention: rows add up to 1")
        strange = pages["nan"]["strange"]
        first = next(i for i, n in enumerate(strange) if n)
        names = [pages["nan"].data["names"][n] for k, n in zip(pages["nan"]["named"], pages["nan"]["name"]) if k == first]
        check(names == ["log"] and pages["nan"]["step"][first] == 3 + 1, "nan: it begins at the logarithm of step 3")
        check(pages["nan"].data["noInfluence"] == "no step reads an input of real numbers that the loss depends on",
              "influence: it is said that no input is read")
        slopes = Page(program, folder, "slopes")
        check(slopes.data["noInfluence"] == "the page was written without a loss", "influence: or that there is no loss")
        check(slopes.data["loss"] == 0 and any(slopes["gradient"]), "slopes: gradients without a loss")
        slices = {s["attributes"] for s in pages["letters"].data["signatures"]
                  if s and pages["letters"].data["ops"][s["op"]]["name"] == "slice"}
        check({f"axis 0, {t}:{t + 1}" for t in range(12)} <= slices, f"signatures have their attributes: {sorted(slices)[:4]}")
        numbers = pages["numbers"]
        a, adjoint = numbers.param("a"), numbers["gradient"]
        check(sorted(numbers["mean"][p] for p in numbers.parts(a)) == [-6, 3] and numbers["mean"][adjoint[a]] == -3,
              "numbers: 3 and -6 are added up to -3")
        ops = {o["name"]: o for o in pages["letters"].data["ops"]}
        check(all("<math" in (ops[o][k] or "") for o in ("sigmoid", "tanh", "matmul", "mul") for k in ("equation", "derivative")),
              "ops have formulas")
        large = Page(program, folder, "long", 610)
        check(large.data["nodes"] > 100000 and large.bytes < 20e6,
              f"{large.data['nodes']} nodes in {large.bytes / 1e6:.1f} MB")
        asked = decode(large.data["influence"]["losses"])
        check(large.data["influence"]["of"] == 610 and 1 < len(asked) < 610 and asked[-1] == 609,
              f"influence of {len(asked)} of its losses, the last among them")
        check(math.isfinite(large["mean"][large.data["loss"]]), "they have values")
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return not all(results)


if __name__ == "__main__":
    sys.exit(main())
