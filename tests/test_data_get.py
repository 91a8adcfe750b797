#!/usr/bin/env python3
"""examples/data/get without a network: what it says, what it refuses, and what is left of it when it is
killed. Data sets are made up here, of packages in a folder; the real ones are fetched by .ci/run.

usage: test_data_get.py SOURCE_FOLDER
"""
import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

DATA = Path(sys.argv[1]) / "examples" / "data"
sys.dont_write_bytecode = True
sys.path.insert(0, str(DATA))

import folders  # noqa: E402
import registry  # noqa: E402
from dataset import DataSet, held_out  # noqa: E402
from packages import DataError, Debian, Npm, Tool, expect  # noqa: E402

passed = failed = 0


def check(ok, name, problem=""):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    if not ok:
        print(f"not ok - {name}: {problem}")


def get(*words, **env):
    return subprocess.run([sys.executable, DATA / "get", *words], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **env})


def npm_package(folder, name, text):
    """An archive as npm makes them, with a file `text`, and its integrity."""
    (folder / "text").write_text(text)
    with tarfile.open(folder / f"{name}-1.0.0.tgz", "w:gz") as tar:
        tar.add(folder / "text", "package/text")
    digest = hashlib.sha512((folder / f"{name}-1.0.0.tgz").read_bytes()).digest()
    return Npm(name, "1.0.0", "sha512-" + base64.b64encode(digest).decode())


def wrong_reviews(packages):
    """An archive that is taken for the one of the data set `sentiment`, and refused."""
    npm_package(packages, "sentiment", "no reviews")
    (packages / "sentiment-1.0.0.tgz").rename(packages / "sentiment-5.0.2.tgz")


def write_upper(inputs, out):
    (out / "upper").write_text((inputs["words"] / "text").read_text().upper())


def made_up(packages, prepare=write_upper, **more):
    return DataSet(name="words", what="", size="", licence="", sources=[npm_package(packages, "words", "a b")],
                   prepare=prepare, recipe=[Path(__file__)], **more)


def error_of(function, *args):
    try:
        function(*args)
    except DataError as error:
        return str(error)
    return ""


def left(root):
    """What is there but the lock."""
    return sorted(path.name for path in Path(root).iterdir() if not path.name.endswith(".lock"))


def command_line(folder):
    listed = get("--list")
    check(listed.returncode == 0, "--list", listed.stderr)
    for name, one in registry.SETS.items():
        check(f"{name}: {one.what}" in listed.stdout, "--list", name)
        check(one.name == name and one.licence and one.size and one.sources, f"{name} is complete")
        for source in one.sources:
            check(str(source) in listed.stdout, "--list", source)
    unknown = get("tea", "--to", folder)
    check(unknown.returncode == 2 and "no data set 'tea'" in unknown.stderr and "spell" in unknown.stderr,
          "an unknown name", unknown.stderr)
    none = get()
    check(none.returncode == 2 and "--list" in none.stderr, "no name", none.stderr)
    check(not left(folder), "nothing is made of a wrong command", left(folder))


def refused(folder, packages):
    """Packages that are not what they should be."""
    wrong_reviews(packages)
    wrong = get("sentiment", "--to", folder, TL_DATA_PACKAGES=str(packages))
    check(wrong.returncode == 1 and "hash of sentiment-5.0.2.tgz: expected sha512-ZeC3" in wrong.stderr,
          "a wrong hash", wrong.stderr)
    check(not left(folder), "a wrong hash leaves nothing", left(folder))
    if not shutil.which("dpkg-deb"):
        return
    tree = packages / "tree"
    table = tree / "usr/lib/python3/dist-packages/statsmodels/datasets/sunspots/sunspots.csv"
    table.parent.mkdir(parents=True)
    table.write_text("YEAR,SUNACTIVITY\n1700,5\n")
    (tree / "DEBIAN").mkdir()
    for name in "python3-statsmodels", "python3-vega-datasets":
        (tree / "DEBIAN" / "control").write_text(f"Package: {name}\nVersion: 1\nArchitecture: all\n"
                                                 "Maintainer: nobody\nDescription: made up\n")
        subprocess.run(["dpkg-deb", "--build", tree, packages / f"{name}_1_all.deb"], check=True, capture_output=True)
    short = get("forecast", "--to", folder, TL_DATA_PACKAGES=str(packages))
    check(short.returncode == 1 and "rows of sunspots.csv: expected 309, found 1" in short.stderr,
          "a package of another shape", short.stderr)
    check(not left(folder), "another shape leaves nothing", left(folder))


def absent(folder):
    """What cannot be had is named, and how to get it."""
    bare = get("forecast", "--to", folder, PATH="/nowhere", TL_DATA_PACKAGES="")
    check(bare.returncode == 1 and "python3-statsmodels" in bare.stderr and "TL_DATA_PACKAGES" in bare.stderr,
          "no apt-get", bare.stderr)
    said = error_of(Tool("no-such-command", "its-package").need)
    check("no-such-command" in said and "apt-get install its-package" in said, "an absent tool", said)
    if shutil.which("apt-get"):
        said = error_of(Debian("tapeloop-no-such-package").download, folder)
        check("apt-get update" in said and "apt-get install tapeloop-no-such-package" in said,
              "an absent package", said)
    check(error_of(expect, "lines", 1, 2) == "lines: expected 2, found 1", "what was expected is said")
    check(not left(folder), "what is absent leaves nothing", left(folder))


def made_once(folder, packages):
    one = made_up(packages)
    place, new = folders.prepare(one, folder)
    check(new and (place / "upper").read_text() == "A B" and place == folder / "words", "it is prepared", place)
    check(not folders.prepare(one, folder)[1], "what is whole is left alone")
    (place / "upper").write_text("A C")
    check(folders.prepare(one, folder)[1] and (place / "upper").read_text() == "A B", "what is damaged is made anew")
    (place / "more").write_text("")
    check(folders.prepare(one, folder)[1] and not (place / "more").exists(), "what does not belong there is removed")
    one.recipe = [DATA / "get"]
    check(folders.prepare(one, folder)[1], "another recipe makes it anew")
    check(left(folder) == ["words"], "nothing else is left", left(folder))

    def fail(inputs, out):
        (out / "half").write_text("")
        raise DataError("no more")
    one.prepare, one.recipe = fail, [Path(__file__)]
    check(error_of(folders.prepare, one, folder) == "no more", "an error is passed on")
    check((place / "upper").read_text() == "A B" and left(folder) == ["words"], "a failure leaves what was there")


def where(folder, packages):
    """The real script with a package that it refuses shows which folder it went to."""
    wrong_reviews(packages)
    for words, env, root in [
            ([], {"TL_DATA": str(folder / "a")}, folder / "a"),
            ([], {"TL_DATA": "", "XDG_CACHE_HOME": str(folder / "b")}, folder / "b/tapeloop"),
            ([], {"TL_DATA": "", "XDG_CACHE_HOME": "", "HOME": str(folder / "c")}, folder / "c/.cache/tapeloop"),
            (["--to", folder / "d"], {"TL_DATA": str(folder / "e")}, folder / "d")]:
        get("sentiment", *words, **env, TL_DATA_PACKAGES=str(packages))
        check(root.is_dir(), "where it goes", root)
    check(not (folder / "e").exists(), "--to comes before TL_DATA")


SLOW = """
import sys, time
sys.argv = ["", {source!r}]
exec(open({test!r}).read().split("passed = failed")[0])
from pathlib import Path
def slow(inputs, out):
    (out / "upper").write_text("half")
    print("half way", flush=True)
    time.sleep({seconds})
    (out / "upper").write_text("A B")
import signal
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
one = DataSet("words", "", "", "", [], slow, recipe=[Path({test!r})])
print(folders.prepare(one, Path({root!r}))[1], flush=True)
"""


def start(root, seconds):
    script = SLOW.format(source=sys.argv[1], test=os.path.abspath(__file__), root=str(root), seconds=seconds)
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)


def killed(folder):
    for number in signal.SIGKILL, signal.SIGTERM:
        run = start(folder, 60)
        check(run.stdout.readline() == "half way\n", "it is half way")
        run.send_signal(number)
        run.communicate(timeout=20)
        check(not (folder / "words").exists(), f"killed by {number.name}: no data set")
        check(number == signal.SIGKILL or not left(folder), "stopped: nothing", left(folder))
    again = start(folder, 0)
    check(again.communicate(timeout=20)[0].endswith("True\n"), "after that it is made")
    check(left(folder) == ["words"] and (folder / "words/upper").read_text() == "A B", "and is whole", left(folder))


def two(folder):
    """At the same time: one makes it, the other waits and finds it."""
    runs = [start(folder, 0.5), start(folder, 0.5)]
    said = sorted(run.communicate(timeout=20)[0].split()[-1] for run in runs)
    check(said == ["False", "True"], "two at once", said)


def main():
    begun = time.monotonic()
    check(held_out("aachen") and not held_out("aaberg"), "a split is the same for ever")
    check(0.09 < sum(held_out(str(number)) for number in range(10000)) / 10000 < 0.11, "a tenth is held out")
    for case in command_line, absent, killed, two:
        with tempfile.TemporaryDirectory() as folder:
            case(Path(folder))
    for case in refused, made_once, where:
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as packages:
            os.environ["TL_DATA_PACKAGES"] = packages
            case(Path(folder), Path(packages))
    print(f"{time.monotonic() - begun:.1f} s")
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
