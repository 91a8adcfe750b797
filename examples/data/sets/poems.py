"""Quatrains of the Complete Tang Poems."""
import json
import re

from dataset import DataSet, held_out, write_lines
from packages import Npm, expect

LINE = re.compile("([\u3400-\u9fff\U00020000-\U0002ffff]+)([，。！？；])")


def quatrain(poem):
    """Its text and the length of its lines, if it has four of five or of seven characters and none
    is missing; else None."""
    text = "".join(poem["paragraphs"])
    lines = LINE.findall(text)
    lengths = {len(line) for line, _ in lines}
    if len(lines) == 4 and lengths in ({5}, {7}) and "".join(map("".join, lines)) == text:
        return text, lengths.pop()
    return None


def prepare(inputs, out):
    folder = inputs["chinese-poetry"] / "dist" / "quantangshi"
    files = sorted(folder.glob("poet.tang.*.json"), key=lambda path: int(path.name.split(".")[2]))
    poems = [poem for path in files for poem in json.loads(path.read_text(encoding="utf-8"))]
    expect("poems: poems of the Tang", len(poems), 57607)
    found = dict.fromkeys(filter(None, map(quatrain, poems)))  # each once, in their order
    for name, length in ("five", 5), ("seven", 7):
        texts = [text for text, its in found if its == length]
        write_lines(out / f"{name}.txt", texts)
        write_lines(out / f"{name}-train.txt", [text for text in texts if not held_out(text)])
        write_lines(out / f"{name}-test.txt", [text for text in texts if held_out(text)])


SET = DataSet(
    name="poems",
    what="quatrains of the Tang dynasty, in traditional characters",
    size="3,754 poems of five and 10,342 of seven characters a line, 2.5 MB",
    licence="the texts: public domain; the package: MIT",
    sources=[Npm("chinese-poetry", "2.0.1",
                 "sha512-KtYARvV7CWNtax0na9+Jn6PlhGgSoid7PWyDzXI4KsCEm2odZcqEQyval5koaLygZnM/EQ3lfJ//25K8p3uHNg==")],
    prepare=prepare)
