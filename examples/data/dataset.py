"""What a data set is, and what several of them need to write one."""
import hashlib
import struct
from dataclasses import dataclass, field
from typing import Callable


@dataclass
class DataSet:
    """Constant, and all that is known of a data set; see sets/spell.py for a short one."""
    name: str
    what: str
    size: str  # of what is prepared, in words
    licence: str
    sources: list  # Npm and Debian
    prepare: Callable  # (folders of the sources by name, folder to write into)
    tools: list = field(default_factory=list)
    recipe: list = field(default_factory=list)  # files it is prepared by, besides its own


def order(item):
    """A number in [0, 1) that depends on nothing but the item, text or bytes: what it decides (which
    items are held out, in which order they stand) never changes when others come or go."""
    data = item.encode() if isinstance(item, str) else item
    return int.from_bytes(hashlib.sha256(data).digest()[:6], "big") / 2**48


def held_out(item, part=0.1):
    return order(item) < part


def write_lines(path, lines):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(line + "\n" for line in lines)


def write_idx(path, shape, data):
    """Bytes without sign in the format of MNIST."""
    header = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)
    path.write_bytes(header + bytes(data))
