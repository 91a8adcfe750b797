#!/usr/bin/env python3
"""The examples as somebody who types uses them: --help, what is wrong, Ctrl-C, a narrow terminal.

usage: test_examples.py charlm reverse adding mackeyglass custom_cell draw

Runs in the source folder. Prints one line a case and the totals.
"""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

PROGRAMS = {os.path.basename(path): path for path in sys.argv[1:]}
LIMIT = 120


def run(name, *args):
    return subprocess.run([PROGRAMS[name], *args], capture_output=True, encoding="utf-8", errors="replace", timeout=LIMIT,
                          check=False, stdin=subprocess.DEVNULL)


def in_terminal(name, *args, interrupt_at=None):
    """(status, all that it prints), on a terminal; SIGINT once it has printed `interrupt_at`."""
    pid, terminal = pty.fork()
    if not pid:
        os.execv(PROGRAMS[name], [PROGRAMS[name], *args])
    said, end = b"", time.monotonic() + LIMIT
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            more = os.read(terminal, 65536)
        except OSError:  # it has ended
            break
        if not more:
            break
        said += more
        if interrupt_at and interrupt_at.encode() in said:
            os.kill(pid, signal.SIGINT)
            interrupt_at = None
    else:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), said.decode(errors="replace")


def widest(said):
    """Of the lines of a terminal, each of which may have been written several times."""
    return max(len(re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", part)) for part in re.split(r"[\r\n]", said))


def trained(said):
    return "loss" in said or "error 0" in said or "[#" in said or "says" in said


def refused(name, args, words):
    """Before training, with these words, and nothing but them."""
    ran = run(name, *args)
    if ran.returncode in (0, 130) or ran.returncode < 0:
        return f"ends with {ran.returncode}"
    if words not in ran.stderr or trained(ran.stdout) or ran.stdout:
        return f"says {ran.stdout!r} and {ran.stderr!r}"
    return None


def helped(name, folder):
    ran = run(name, "--help")
    if ran.returncode or not ran.stdout.startswith("usage: " + name) or ran.stderr:
        return f"ends with {ran.returncode}, says {ran.stdout!r} and {ran.stderr!r}"
    if widest(ran.stdout) > 100:
        return "is wider than 100 columns"
    return "leaves files behind" if os.listdir(folder) else None


def pictures(folder, names):
    missing = [n for n in names if not os.path.exists(os.path.join(folder, n)) or
               not open(os.path.join(folder, n), encoding="utf-8").read().endswith("</svg>\n")]
    return f"there is no {missing[0]}" if missing else None


def interrupted(name, args, sign, words, names, folder):
    status, said = in_terminal(name, *args, "--out", folder, interrupt_at=sign)
    if status != 130:
        return f"ends with {status}: {said[-400:]}"
    if words not in said:
        return f"does not say {words!r}: {said[-400:]}"
    return pictures(folder, names)


def progress(folder):
    """On a terminal: fits, and speaks of validation only once there is one (at a tenth)."""
    status, said = in_terminal("charlm", "--quick", "--steps", "400", "--out", folder)
    lines = [p for p in said.split("\r") if p.startswith("[")]
    if status or not lines:
        return f"ends with {status}: {said[-400:]}"
    if widest(said.split("--- what")[0]) >= 80:
        return f"is {widest(said)} columns wide"
    cut = [line for line in lines if not re.search(r" left\s*(\x1b|$)", line)]
    if cut:
        return f"is cut off: {cut[0]!r}"
    if any("nan" in line for line in lines) or " valid " not in lines[-1]:
        return f"says {lines[-1]!r}"
    early = [line for line in lines if int(re.search(r"(\d+)%", line).group(1)) < 9 and " valid " in line]
    return f"says {early[0]!r}" if early else None


def long_progress(folder):
    """However long it is to take."""
    status, said = in_terminal("charlm", "--quick", "--steps", "999999999", "--seconds", "1e9", "--out", folder,
                               interrupt_at="left")
    wide = widest(said.split("--- what")[0])
    return f"ends with {status}, {wide} columns wide" if status != 130 or wide >= 80 else None


def blanks(folder):
    """A text that is layout for the most part is not answered with blanks alone."""
    text = os.path.join(folder, "table.c")
    with open(text, "w", encoding="utf-8") as f:
        for i in range(3000):
            f.write(f"static int a{i % 7};{' ' * 60}/* b{i % 3} */\n")
    ran = run("charlm", "--quick", "--steps", "150", "--out", folder, text)
    wrote = ran.stdout.split("--- what it writes ---\n")[-1].split("\n--- with")[0]
    longest = max(len(m) for m in re.findall(r"[ \t\n]*", wrote))
    if ran.returncode or longest > 2 or len(wrote) < 100:
        return f"ends with {ran.returncode}, {longest} blanks in a row: {wrote!r}"
    return None


def charts(folder):
    """What the curves and colours are is said, beside them and not over them."""
    run("charlm", "--quick", "--out", folder)
    with open(os.path.join(folder, "charlm-loss.svg"), encoding="utf-8") as f:
        loss = f.read()
    with open(os.path.join(folder, "charlm-gates.svg"), encoding="utf-8") as f:
        gates = f.read()
    curve = [float(x) for path in re.findall(r'stroke-linejoin="round" d="([^"]*)"', loss)
             for x in re.findall(r"[ML]([\d.]+) [\d.]+", path)]
    names = {name: float(x) for x, name in re.findall(r'x="([\d.]+)"[^>]*>(training|validation)<', loss)}
    if set(names) != {"training", "validation"}:
        return f"has the names {names}"
    if not curve or min(names.values()) <= max(curve):
        return "has a name over a curve"
    rows = re.findall(r">((?:gate|state) \w+): a row is a unit, the first 12 of 48<", gates)
    if rows != ["gate i", "gate f", "gate o", "state h", "state c"]:
        return f"says that its rows are {rows}"
    scales = re.findall(r'font-size="11">(?:[\u2264\u2265] )?(-?[\d.]+e?-?\d*)</text>', gates)
    if scales.count("0.5") < 3:  # of each gate
        return f"has the scales {scales}"
    return None


def cases():
    for name in PROGRAMS:
        yield f"{name} --help", lambda folder, n=name: helped(n, folder)
        yield f"{name} --nonsense", lambda _, n=name: refused(n, ["--nonsense"], "no option --nonsense")
    for name in ("reverse", "adding", "mackeyglass", "custom_cell", "draw"):
        yield f"{name} nonsense", lambda _, n=name: refused(n, ["nonsense"], 'what is "nonsense"')
    for name in ("charlm", "reverse", "adding", "mackeyglass"):
        yield f"{name} --out", lambda _, n=name: refused(n, ["--quick", "--out"], "--out wants a value: FOLDER")
        yield (f"{name} into a folder that cannot be", lambda _, n=name: refused(
            n, ["--quick", "--out", os.path.join(PROGRAMS[n], "x")], "cannot write to folder"))
    for option, value, words in (("--seconds", "soon", 'a number above 0, not "soon"'),
                                 ("--seconds", "-1", "a number above 0"), ("--seconds", "nan", "a number above 0"),
                                 ("--steps", "1.5", "a whole number"), ("--cell", "none", 'no cell "none"'),
                                 ("--quick=yes", "x", "--quick takes no value"),
                                 ("--out", "", "is no name for a folder")):
        yield (f"charlm {option} {value}",
               lambda _, a=(option, value), w=words: refused("charlm", a, w))
    yield "charlm missing.txt", lambda folder: refused("charlm", ["--out", folder, "missing.txt"], "missing.txt: ")
    yield "charlm a folder without text", lambda folder: refused("charlm", ["--out", folder, folder], "are too few")
    yield "charlm Ctrl-C", lambda folder: interrupted(
        "charlm", ["--quick", "--steps", "1000000", "--seconds", "600"], "left", "what it writes",
        ["charlm-loss.svg", "charlm-gates.svg"], folder)
    yield "adding Ctrl-C", lambda folder: interrupted(
        "adding", ["--cell", "rnn", "--steps", "1000000"], "left", "has not seen", ["adding-loss.svg"], folder)
    yield "reverse Ctrl-C", lambda folder: interrupted(
        "reverse", ["--steps", "1000000"], "left", "what it reads is above", ["reverse.svg"], folder)
    yield "charlm's progress", progress
    yield "charlm's progress over days", long_progress
    yield "charlm writes no run of blanks", blanks
    yield "charlm's pictures", charts


def main():
    passed = failed = 0
    for what, case in cases():
        with tempfile.TemporaryDirectory() as folder:
            problem = case(folder)
        print(f"{'not ok' if problem else 'ok'} - {what}" + (f": {problem}" if problem else ""))
        passed += not problem
        failed += bool(problem)
    print(f"{passed} passed, {failed} failed")
    return failed > 0 or not passed


if __name__ == "__main__":
    sys.exit(main())
