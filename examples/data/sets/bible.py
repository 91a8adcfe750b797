"""The King James Bible as plain text."""
import re

from dataset import DataSet, write_lines
from packages import Debian, expect, run

LINE = re.compile(r"(\w+?)(\d+):(\d+) (.*)")  # Ge1:1 In the beginning


def prepare(inputs, out):
    """The text is compressed; the package's own program reads it."""
    program = inputs["bible-kjv"] / "usr" / "bin" / "bible"
    folder = inputs["bible-kjv-text"] / "usr" / "lib"
    text = run(program, "-f", "-p", folder, "gen1:1-rev22:21").decode("ascii")
    verses = [match.groups() for match in map(LINE.fullmatch, text.splitlines()) if match]
    expect("bible: verses", len(verses), 31102)
    lines = []
    for _, _, number, verse in verses:
        if number == "1" and lines:
            lines.append("")
        lines.append(verse.strip())
    expect("bible: chapters", lines.count("") + 1, 1189)
    write_lines(out / "kjv.txt", lines)


SET = DataSet(
    name="bible",
    what="the King James Bible as plain text",
    size="31,102 verses, 4.2 MB",
    licence="public domain; the program that unpacks it: GPL-2 or later",
    sources=[Debian("bible-kjv-text"), Debian("bible-kjv")],
    prepare=prepare)
