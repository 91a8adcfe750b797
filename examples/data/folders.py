"""A prepared data set is a folder with a file SHA256SUMS, as `sha256sum -c` takes it, whose first line
names what it was prepared by. It is made beside its place under another name and moved there when it
is whole, so that a run that is killed leaves nothing that looks like a data set.
"""
import contextlib
import fcntl
import hashlib
import shutil
from pathlib import Path

SUMS = "SHA256SUMS"


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def recipe(one):
    """Changes when the files that prepare a data set do, or the packages it is made of."""
    text = "".join(sha256(path) for path in one.recipe) + "".join(map(repr, one.sources))
    return f"# tapeloop {one.name}, recipe {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def sums(folder):
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    return [f"{sha256(path)}  {path.relative_to(folder)}" for path in paths]


def whole(one, folder):
    """Whether it is there, prepared by this very recipe, and every file as it was."""
    stamp = folder / SUMS
    return stamp.is_file() and stamp.read_text().splitlines() == [recipe(one), *sums(folder)]


@contextlib.contextmanager
def locked(path):
    """One process at a time; the lock goes with the process that has it."""
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def prepare(one, root):
    """The folder of a data set, and whether it had to be made."""
    for tool in one.tools:
        tool.need()
    root = Path(root).absolute()
    root.mkdir(parents=True, exist_ok=True)
    folder, work = root / one.name, root / f".{one.name}.part"
    with locked(root / f".{one.name}.lock"):
        if whole(one, folder):
            return folder, False
        shutil.rmtree(work, ignore_errors=True)  # of a run that was killed
        try:
            make(one, work, folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return folder, True


def make(one, work, folder):
    out, inputs = work / "out", {}
    out.mkdir(parents=True)
    for number, source in enumerate(one.sources):
        unpacked = work / f"source{number}"
        unpacked.mkdir()
        inputs[source.name] = source.unpack(unpacked)
    one.prepare(inputs, out)
    (out / SUMS).write_text("\n".join([recipe(one), *sums(out)]) + "\n")
    if folder.exists():
        folder.rename(work / "old")
    out.rename(folder)
