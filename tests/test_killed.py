#!/usr/bin/env python3
"""A training that is killed (SIGKILL) at random moments, and started again each time, comes to the very
numbers of one that was left alone.

usage: test_killed.py mpi_train [kills]

The program writes a checkpoint after each step, so most kills fall into the writing of one.
"""
import os
import random
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 30


def start(path):
    return subprocess.Popen([PROGRAM, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def main():
    chance = random.Random(1)
    killed = finished = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "train.safetensors")
        begun = time.monotonic()
        whole = start(path)
        want, _ = whole.communicate(timeout=120)
        took = time.monotonic() - begun
        os.unlink(path)
        while killed < KILLS:
            there = os.path.exists(path)
            run = start(path)
            time.sleep(chance.uniform(0, took))
            if run.poll() is None:
                run.kill()
                killed += 1
            said, problem = run.communicate(timeout=120)
            if run.returncode > 0:
                print(f"not ok - after {killed} kills it ends with {run.returncode}: {problem}")
                return 1
            if there and not os.path.exists(path):
                print(f"not ok - after {killed} kills the checkpoint is gone")
                return 1
            if run.returncode == 0:
                finished += 1
                if said != want:
                    print(f"not ok - after {killed} kills it comes to other numbers:\n{said}\ninstead of\n{want}")
                    return 1
                os.unlink(path)
        run = start(path)
        said, problem = run.communicate(timeout=120)
        if said != want:
            print(f"not ok - after the last kill: {problem}{said}")
            return 1
        left = sorted(set(os.listdir(folder)) - {"train.safetensors", "train.safetensors.saving"})
    print(f"{killed} kills, {finished + 1} trainings came to the same numbers" + (f"; left: {left}" if left else ""))
    print(f"{0 if left else 1} passed, {1 if left else 0} failed")
    return bool(left)


if __name__ == "__main__":
    sys.exit(main())
