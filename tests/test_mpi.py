#!/usr/bin/env python3
"""A training shared by processes under mpirun is that of one, and its end is that of all.

usage: test_mpi.py mpi_train adding [openmpi] [mpich]

With each of Open MPI and MPICH that is here and has a module: 2 and 3 processes give the numbers of
one, to rounding; a process that is killed ends the others with a message and leaves a checkpoint from
which the training goes on to the same numbers; and examples run as by one process.
"""
import os
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
FOLDER = os.path.dirname(os.path.abspath(sys.argv[2]))
EXAMPLES = ["adding", "reverse"]
LIMIT = 120
# what an implementation of MPI leaks is not ours
ENVIRONMENT = dict(os.environ, TL_THREADS="1", OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   ASAN_OPTIONS="detect_leaks=0")
# of a number in [-1, 1], after 16 steps in double: sums in another order
TOLERANCE = 1e-11


def mpirun(name, processes, *args):
    command = [f"mpirun.{name}", "-np", str(processes)]
    if name == "openmpi":
        command += ["--allow-run-as-root", "--oversubscribe"]
    return subprocess.run(command + [PROGRAM, *args], capture_output=True, text=True, timeout=LIMIT, check=False,
                          stdin=subprocess.DEVNULL, env=ENVIRONMENT)


def numbers(said):
    head, *rest = said.stdout.split("\n")
    return int(head.split()[0]), [float(head.split()[1])] + [float(x) for x in rest if x]


def same(name, processes, want):
    ran = mpirun(name, processes)
    if ran.returncode:
        return f"ends with {ran.returncode}: {ran.stderr[-400:]}"
    count, got = numbers(ran)
    if count != processes:
        return f"was shared by {count}"
    worst = max(abs(a - b) for a, b in zip(want, got))
    print(f"    {processes} processes: largest difference {worst:.1e}")
    return None if len(got) == len(want) and worst <= TOLERANCE else f"differs by {worst}"


def killed(name, want):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "train.safetensors")
        ran = mpirun(name, 2, path, "7")
        if not ran.returncode or "signal 9" not in ran.stderr + ran.stdout:
            return f"ends with {ran.returncode}, and says {ran.stderr + ran.stdout!r}"
        if not os.path.exists(path):
            return "leaves no checkpoint"
        ran = mpirun(name, 2, path)
        if ran.returncode:
            return f"cannot go on: {ran.stderr[-400:]}"
        worst = max(abs(a - b) for a, b in zip(want, numbers(ran)[1]))
        return None if worst <= TOLERANCE else f"goes on to numbers that differ by {worst}"


def interrupted(name, want):
    """A signal that only the last process gets stops all of them, with a checkpoint to go on from."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "train.safetensors")
        ran = mpirun(name, 2, path, "-7")
        if ran.returncode or "interrupted after step 8" not in ran.stdout:
            return f"ends with {ran.returncode}: {ran.stdout[-200:]} {ran.stderr[-300:]}"
        worst = max(abs(a - b) for a, b in zip(want, numbers(mpirun(name, 2, path))[1]))
        return None if worst <= TOLERANCE else f"goes on to numbers that differ by {worst}"


def no_checkpoint(name):
    ran = mpirun(name, 2, "/nowhere/at/all.safetensors")
    if not ran.returncode or "No such file" not in ran.stderr or "another process failed" not in ran.stderr:
        return f"ends with {ran.returncode}: {ran.stderr[-400:]}"
    return None


def too_many(name):
    ran = mpirun(name, 13)
    if not ran.returncode or "a batch of 12 rows cannot be shared by 13 processes" not in ran.stderr:
        return f"ends with {ran.returncode}: {ran.stderr[-400:]}"
    return None


def example(name, program):
    """A program that knows nothing of MPI: said once, and as by one process."""
    if not os.path.exists(program):
        return None
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "--steps", "30", "--out", folder]  # few: sums in another order do not show yet
        alone = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LIMIT, env=ENVIRONMENT).stdout.split("\n")
        options = ["--oversubscribe"] if name == "openmpi" else []
        shared = subprocess.run([f"mpirun.{name}", "-np", "2", *options, *command], capture_output=True, text=True,
                                check=False, timeout=LIMIT, stdin=subprocess.DEVNULL, env=ENVIRONMENT)
    said = [line for line in shared.stdout.split("\n") if line and "left" not in line]
    want = [line for line in alone if line and "left" not in line]
    return None if not shared.returncode and said == want else f"says {said} instead of {want}: {shared.stderr[-300:]}"


def sweep(name, program):
    """It has processes of its own, and says so before it begins one."""
    if not os.path.exists(program):
        return None
    options = ["--oversubscribe"] if name == "openmpi" else []
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run([f"mpirun.{name}", "-np", "2", *options, program, "--quick", "--out", folder], capture_output=True,
                             text=True, check=False, timeout=LIMIT, stdin=subprocess.DEVNULL, env=ENVIRONMENT)
        left = os.listdir(folder)
    if not ran.returncode or "is not run under mpirun" not in ran.stderr + ran.stdout or left:
        return f"ends with {ran.returncode}, leaves {left}: {ran.stderr[-300:]}"
    return None


def main():
    alone = subprocess.run([PROGRAM], capture_output=True, text=True, check=True, timeout=LIMIT)
    want, passed, failed = numbers(alone)[1], 0, 0
    for name in sys.argv[3:]:
        if subprocess.run(["sh", "-c", f"command -v mpirun.{name}"], capture_output=True, check=False).returncode:
            print(f"skipped - {name}: there is no mpirun.{name}")
            continue
        cases = {"2 processes": lambda n=name: same(n, 2, want), "3 processes": lambda n=name: same(n, 3, want),
                 "a process that is killed": lambda n=name: killed(n, want),
                 "more processes than rows": lambda n=name: too_many(n),
                 "a process that is interrupted": lambda n=name: interrupted(n, want),
                 "a checkpoint that cannot be written": lambda n=name: no_checkpoint(n),
                 "a sweep": lambda n=name: sweep(n, os.path.join(FOLDER, "remedies"))}
        for program in EXAMPLES:
            cases["the example " + program] = lambda n=name, p=program: example(n, os.path.join(FOLDER, p))
        for what, case in cases.items():
            problem = case()
            print(f"{'not ok' if problem else 'ok'} - {name}, {what}" + (f": {problem}" if problem else ""))
            passed += not problem
            failed += bool(problem)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
