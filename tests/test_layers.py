#!/usr/bin/env python3
"""Rules about the source that a compiler does not check.

usage: test_layers.py source-root 'cc flags' [static library ...]

- a file includes only from its own layer and those before it in LAYERS, which are all there;
- the command includes the public headers only;
- the objects of the library call nothing in a later layer, and files of one layer do not call each
  other in a circle;
- every public function that can fail on a tape is marked TL_SITED, so that its errors name the
  user's line;
- each public header compiles alone, as C11 with -Wpedantic, and says in its head how its calls fail
  and who owns what, which holds where a function's own comment says nothing else;
- a header is named for the file that has its functions;
- docs/architecture.md has a row for each pass, saying what the pass's own row says;
- no source or test file grows past its limit of lines.
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile

ENGINE = ["base", "kernels", "graph", "ops", "grad", "ir", "passes", "code", "run", "optim", "cell", "cells", "equations",
          "sequence", "view"]
# The companion library's. They stand on the public headers, and of the engine's own on base/ alone.
COMPANION = ["io", "chart", "data", "train"]
LAYERS = ENGINE + COMPANION
# Which public header may be included from which layer on; the ones not named are for all.
PUBLIC = {"ops.h": "graph", "grad.h": "graph"}
PUBLIC.update(dict.fromkeys(["average.h", "custom_optim.h", "lbfgs.h", "optim.h", "schedule.h"], "optim"))
PUBLIC.update(dict.fromkeys(["model.h", "npy.h", "safetensors.h", "weights.h"], "io"))
PUBLIC.update(dict.fromkeys(["audio.h", "batch.h", "csv.h", "image.h", "metrics.h", "prefetch.h", "random.h", "scaling.h",
                             "sequences.h", "text.h", "vocabulary.h"], "data"))
# Headers that include all of one library's.
WHOLE = ("tapeloop.h", "train.h")
# Calls on a tape that record nothing and leave no error.
UNSITED = {"tl_tape_rewind", "tl_tape_destroy", "tl_tape_set_seed", "tl_tape_set_check_finite", "tl_tape_set_step",
           "tl_tape_invalidate", "tl_tape_set_executor", "tl_tape_set_recompute", "tl_stamp",
           "tl_tape_set_node_limit", "tl_tape_set_cache_limit", "tl_tape_set_training", "tl_tape_print",
           "tl_tape_print_dot", "tl_view_write",
           # a program keeps its own errors
           "tl_program_bind", "tl_program_carry", "tl_program_value", "tl_program_value_double",
           "tl_program_value_int", "tl_program_item"}
LINES = {".c": 600, ".h": 400, ".py": 400, ".cpp": 400}


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, ok, name, problem=""):
        self.passed += bool(ok)
        self.failed += not ok
        if not ok:
            print(f"not ok - {name}: {problem}")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def sources(root, folder, endings=(".c", ".h")):
    for base, _, names in sorted(os.walk(os.path.join(root, folder))):
        for name in sorted(names):
            if name.endswith(endings):
                yield os.path.join(base, name)


def check_layers(root, report):
    for layer in LAYERS:
        report.check(os.path.isdir(os.path.join(root, "src", layer)), layer, "there is no such layer")
    for path in sources(root, "src"):
        where = os.path.relpath(path, os.path.join(root, "src"))
        own = where.split(os.sep)[0]
        report.check(own in LAYERS, where, "its folder is no layer")
        for target in re.findall(r'^\s*#\s*include\s*["<]([^">]+)[">]', read(path), re.M):
            folder, _, rest = target.partition("/")
            if folder == "tapeloop":
                least = PUBLIC.get(rest, LAYERS[0])
                report.check(LAYERS.index(least) <= LAYERS.index(own), where, f"includes {target}")
            elif folder in LAYERS and rest:
                report.check(LAYERS.index(folder) <= LAYERS.index(own), where, f"includes {target}")
                report.check(own in ENGINE or folder in ["base"] + COMPANION, where, f"includes {target}")


def check_command(root, report):
    """What the command does, a user's program can do: it sees the public headers only."""
    for path in sources(root, "tool", (".c", ".h", ".def")):
        for target in re.findall(r'^\s*#\s*include\s*["<]([^">]+/[^">]+)[">]', read(path), re.M):
            report.check(target.startswith(("tapeloop/", "sys/")), os.path.relpath(path, root), f"includes {target}")


def symbols(libraries):
    """Per object, as (layer, file): what it defines for others, and what it needs of them."""
    listing = subprocess.run(["nm", "-A", "-P", "-g"] + libraries, capture_output=True, text=True, check=True).stdout
    found = {}
    for member, name, kind in re.findall(r"\[([^\]]+)\.c\.o\]: (\S+) (\w)", listing):
        layer, _, file = member.partition("_")
        # the tables of kernels, compiled once an instruction set, are named by their file alone
        own = (layer, file) if layer in LAYERS else ("kernels", member)
        defines, needs = found.setdefault(own, (set(), set()))
        (needs if kind in "Uw" else defines).add(name)
    return found


def reachable(calls, start):
    seen, rest = set(), [start]
    while rest:
        for callee in calls[rest.pop()] - seen:
            seen.add(callee)
            rest.append(callee)
    return seen


def check_calls(libraries, report):
    found = symbols(libraries)
    home = {name: own for own, (defines, _) in found.items() for name in defines}
    calls = {own: {home[name] for name in needs if name in home} - {own} for own, (_, needs) in found.items()}
    for layer in LAYERS:
        report.check(any(own[0] == layer for own in found), layer, "no library has an object of it")
    up = [f"{'/'.join(own)} calls {'/'.join(callee)}" for own in calls for callee in calls[own]
          if LAYERS.index(callee[0]) > LAYERS.index(own[0])]
    report.check(not up, "calls up", ", ".join(up))
    circles = 0
    for layer in LAYERS:
        within = {own: {c for c in calls[own] if c[0] == layer} for own in calls if own[0] == layer}
        after = {own: reachable(within, own) for own in within}
        groups = {frozenset(c[1] for c in after[own] if own in after[c]) for own in within if own in after[own]}
        circles += len(groups)
        report.check(not groups, layer, "; ".join(f"{', '.join(sorted(g))} call each other" for g in groups))
    print(f"{len(up)} calls up, {circles} circles, {len(found)} objects")


def check_sites(root, report):
    """A call that can fail on a tape, or records there, must be marked, or its errors name no line."""
    sys.path.insert(0, os.path.join(root, "tools"))
    import sites

    for path in sources(root, "include", (".h",)):
        for marked, kind, name, parameters in sites.declarations(read(path)):
            on_tape = "tl_tensor" in parameters or re.search(r"\btl_tape \*", parameters)
            fails = kind in ("tl_status", "void", "double", "const float *", "const double *", "const int32_t *")
            looks = re.match(r"tl_(tensor|shape|example)_", name) or re.search(r"const tl_(call|tape) \*", parameters)
            if name in UNSITED or looks or not (fails and on_tape) or "tl_loss_function" in parameters:
                continue
            report.check(sites.is_sited(marked, kind, parameters), os.path.basename(path), f"{name} is not marked")


def check_headers(root, cc, report):
    names = [os.path.basename(p) for p in sources(root, "include", (".h",))]
    whole = "".join(read(os.path.join(root, "include/tapeloop", name)) for name in WHOLE)
    with tempfile.TemporaryDirectory() as work:
        for name in names:
            main = os.path.join(work, "main.c")
            with open(main, "w", encoding="utf-8") as f:
                f.write(f"#include <tapeloop/{name}>\nint main(void) {{ return 0; }}\n")
            command = shlex.split(cc) + ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
                                         "-I", os.path.join(root, "include"), main]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            report.check(done.returncode == 0, name, done.stderr)
            report.check(name in WHOLE or f"<tapeloop/{name}>" in whole, name, f"none of {WHOLE} includes it")
            head = read(os.path.join(root, "include/tapeloop", name)).partition("*/")[0]
            for line in ("On failure: ", "Owner: "):
                report.check(f"\n * {line}" in head, name, f"its head has no line '{line}'")
    installed = read(os.path.join(root, "include/tapeloop/meson.build"))
    for name in names:
        report.check(f"'{name}'" in installed, name, "is not installed")


def check_own_headers(root, report):
    for path in sources(root, "src", (".h",)):
        where, own = os.path.relpath(path, os.path.join(root, "src")), path[:-1] + "c"
        text = re.sub(r"/\*.*?\*/|#define[^\n]*", "", read(path), flags=re.S)
        code = read(own) if os.path.exists(own) else ""
        defined = set(re.findall(r"^\w[\w \t*]*?\b(tl_\w+)\([^;{}]*\)\s*\{", code, re.M))
        for name in re.findall(r"^(?!typedef)\w[\w \t*]*?\b(tl_\w+)\([^;{}]*\);", text, re.M):
            report.check(name in defined, where, f"{name} is not defined in {os.path.basename(own)}")


def check_passes(root, report):
    text = re.sub(r"/\*.*?\*/", "", read(os.path.join(root, "src/passes/passes.def")), flags=re.S)
    rows = re.findall(r'^PASS\((\w+),\s*(\w+),\s*((?:"[^"]*"\s*)+)\)', text, re.M)
    declared = [(name, runs.lower().replace("_", " "), "".join(re.findall(r'"([^"]*)"', doc))) for name, runs, doc in rows]
    told = re.findall(r"^\| `(\w+)` \| ([\w ]+) \| (.*) \|$", read(os.path.join(root, "docs/architecture.md")), re.M)
    report.check(declared and told == declared, "docs/architecture.md", f"its passes are {told}, those declared {declared}")


def check_length(root, report):
    for folder in ("src", "include", "tests", "examples", "bench", "tool"):
        for path in sources(root, folder, tuple(LINES)):
            lines = read(path).count("\n")
            limit = LINES[os.path.splitext(path)[1]]
            report.check(lines <= limit, os.path.relpath(path, root), f"has {lines} lines, more than {limit}")


def main():
    root, cc = sys.argv[1], sys.argv[2]
    report = Report()
    check_layers(root, report)
    check_command(root, report)
    if len(sys.argv) > 3:
        check_calls(sys.argv[3:], report)
    check_sites(root, report)
    check_headers(root, cc, report)
    check_own_headers(root, report)
    check_passes(root, report)
    check_length(root, report)
    print(f"{report.passed} passed, {report.failed} failed")
    return report.failed > 0


if __name__ == "__main__":
    sys.exit(main())
