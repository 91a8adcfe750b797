#!/usr/bin/env python3
"""The command `tapeloop` as a shell sees it: exit statuses, what it refuses and in which words, JSON
that parses, completions that a shell loads, a manual page that renders.

usage: test_command.py tapeloop
"""
import json
import os
import shutil
import subprocess
import sys

TOOL = os.path.abspath(sys.argv[1])
passed = failed = 0


def check(ok, name, problem=""):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    if not ok:
        print(f"not ok - {name}: {problem}")


def run(*words, text=None, env=None, **more):
    return subprocess.run([TOOL, *words], input=text, capture_output=True, text=True, timeout=300,
                          env={**os.environ, "TERM": "dumb", **(env or {})}, **more)


def runs(*words, has=(), status=0, **more):
    """Ends with this status and prints these; returns what was printed."""
    r = run(*words, **more)
    name = " ".join(words)
    check(r.returncode == status, name, f"ends with {r.returncode}: {r.stderr}")
    for part in [has] if isinstance(has, str) else has:
        check(part in r.stdout, name, f"does not print {part!r}:\n{r.stdout}{r.stderr}")
    return r.stdout


def refuses(words, has, status=2, **more):
    """Ends with this status, prints nothing and says so on standard error."""
    r = run(*words, **more)
    name = " ".join(words) or "nothing"
    check(r.returncode == status, name, f"ends with {r.returncode}")
    check(not r.stdout, name, f"prints {r.stdout!r}")
    check(has in r.stderr, name, f"does not say {has!r}: {r.stderr}")


def as_json(*words, **more):
    try:
        return json.loads(runs(*words, **more))
    except ValueError as problem:
        check(False, " ".join(words), f"no JSON: {problem}")
        return None


def verbs():
    """What `--help` lists."""
    return [line.split()[0] for line in runs("--help").splitlines() if line.startswith("  ")]


def pages():
    listed = verbs()
    check(len(listed) > 2, "--help", f"lists {listed}")
    for verb in listed:
        page = runs(verb, "--help", has=[f"usage: tapeloop {verb}", "Example"])
        check(runs("help", verb) == page, verb, "`help` and `--help` differ")
        wide = [line for line in page.splitlines() if len(line) > 80]
        check(not wide, verb, f"wider than 80 columns: {wide}")
    runs("--version", has="tapeloop 0.")
    refuses([], "usage: tapeloop")
    refuses(["cels"], "there is no verb cels; did you mean cells?")
    refuses(["help", "cels"], "did you mean cells?")


def options():
    refuses(["cells", "--jsn"], "cells takes no option --jsn; did you mean --json?")
    refuses(["cells", "-q"], "cells takes no option -q")
    refuses(["cells", "--json=3"], "--json takes no argument")
    refuses(["cells", "lstm"], "cells: lstm is one too many")
    refuses(["completions"], "completions wants SHELL")
    refuses(["completions", "fish"], "one of bash zsh is wanted here")
    full = open("/dev/full", "w") if os.path.exists("/dev/full") else None
    if full:
        r = subprocess.run([TOOL, "cells"], stdout=full, stderr=subprocess.PIPE, text=True)
        check(r.returncode == 1 and "standard output: " in r.stderr, "a full disk", r.stderr)


def shells():
    script = runs("completions", "bash")
    for typed, want in ((["tapeloop", "cel"], "cells"), (["tapeloop", "cells", "--js"], "--json"),
                        (["tapeloop", "completions", "z"], "zsh")):
        words = " ".join(typed)
        r = subprocess.run(["bash", "-c", f"{script}\nCOMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; _tapeloop; "
                            'echo "${COMPREPLY[@]}"'], capture_output=True, text=True)
        check(r.stdout.split() == [want] and not r.stderr, f"bash completes {words}", r.stdout + r.stderr)
    script = runs("completions", "zsh", has="#compdef tapeloop")
    if shutil.which("zsh"):
        r = subprocess.run(["zsh", "-n"], input=script, capture_output=True, text=True)
        check(r.returncode == 0 and not r.stderr, "zsh reads its completions", r.stderr)


def manual():
    page = runs("manual", has=[".TH TAPELOOP 1", ".SH \"EXIT STATUS\""])
    if shutil.which("man"):
        r = subprocess.run(["man", "--warnings", "-l", "-"], input=page, capture_output=True, text=True,
                           env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
        check(r.returncode == 0 and not r.stderr, "man renders the page", r.stderr)
        for verb in verbs():
            check(f"tapeloop {verb}" in r.stdout, "manual", f"has no {verb}")


def cells():
    names = runs("cells", "--names").split()
    listed = as_json("cells", "--json")
    check([one["name"] for one in listed] == names, "cells", "--json and --names differ")
    lstm = next(one for one in listed if one["name"] == "lstm")
    check(lstm["states"] == ["h", "c"] and lstm["source"] == "C" and "Gers" in lstm["doc"], "cells", lstm)
    runs("cells", has=["\nlstm  ", "Gers"])


def main():
    for part in (pages, options, shells, manual, cells):
        part()
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
