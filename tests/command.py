"""The command `tapeloop`, whose path is the first argument, as a shell sees it: what its tests share."""
import os
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
    check(r.returncode == status, name, f"ends with {r.returncode}: {r.stderr}")
    check(not r.stdout, name, f"prints {r.stdout!r}")
    check(has in r.stderr, name, f"does not say {has!r}: {r.stderr}")


def totals():
    """Prints them; the exit status of the test."""
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)
