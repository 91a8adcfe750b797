"""Spelling and pronunciation: the CMU dictionary."""
import re

from dataset import DataSet, held_out, write_lines
from packages import Npm, expect

LINE = re.compile(r'  "(.+)": "([^#]+?)(?: #.*)?",?')  # some entries have a remark: "# place, danish"
WORD = re.compile(r"([a-z]+)(?:\(\d+\))?")


def bare(sounds):
    """Without marks of stress: AH0 and AH1 are both AH."""
    return re.sub(r"\d", "", sounds)


def prepare(inputs, out):
    text = (inputs["cmu-pronouncing-dictionary"] / "index.js").read_text(encoding="utf-8")
    entries = [match.groups() for match in map(LINE.fullmatch, text.splitlines()) if match]
    expect("spell: entries of the dictionary", len(entries), 135155)
    expect("spell: different sounds", len({sound for _, text in entries for sound in bare(text).split()}), 39)
    first, others = [], []
    for entry, sounds in entries:
        word = WORD.fullmatch(entry)
        if word:
            line = word[1] + "\t" + bare(sounds)
            (others if "(" in entry else first).append(line)
    write_lines(out / "all.tsv", first)
    write_lines(out / "alternates.tsv", others)
    write_lines(out / "train.tsv", [line for line in first if not held_out(line.split("\t")[0])])
    write_lines(out / "test.tsv", [line for line in first if held_out(line.split("\t")[0])])


SET = DataSet(
    name="spell",
    what="English words and how they are pronounced",
    size="117,490 words, 5.8 MB",
    licence="BSD-2-Clause (CMU dictionary); the package: ISC",
    sources=[Npm("cmu-pronouncing-dictionary", "3.0.0",
                 "sha512-6y5X4OxsYFnHERo6WSVPnLrk53G07MOQ8aUb2z555JgwynpbZsHR0a//WdN6DUcmE1j2auTF2TtL4PpoKze8QQ==")],
    prepare=prepare)
