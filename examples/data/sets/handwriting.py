"""Characters stroke by stroke: Chinese ones, and the Latin alphabet in several hands."""
import bz2
import json
import re
import string

from dataset import DataSet, write_lines
from packages import Debian, Npm, expect

CHINESE = 1000
FONTS = "futural futuram scriptc scripts timesi timesib timesr timesrb".split()  # others repeat these
LATIN = string.ascii_uppercase + string.ascii_lowercase + string.digits


def by_frequency(path):
    """Characters, the most frequent first, by Unihan's kHanyuPinlu: readings with their counts in a
    corpus of modern Chinese, such as "dì(157) de(75596)"."""
    counts = {}
    for line in bz2.open(path, "rt", encoding="utf-8"):
        code, *field = line.rstrip("\n").split("\t")
        if len(field) == 2 and field[0] == "kHanyuPinlu":
            counts[chr(int(code[2:], 16))] = sum(map(int, re.findall(r"\((\d+)\)", field[1])))
    expect("handwriting: characters with a frequency", len(counts) > 3000, True)
    return sorted(counts, key=lambda character: (-counts[character], character))


def chinese(unicode_data, hanzi):
    yield "character,stroke,x,y"
    drawn = 0
    for character in by_frequency(unicode_data / "usr/share/unicode/Unihan_Readings.txt.bz2"):
        path = hanzi / f"{character}.json"
        if drawn < CHINESE and path.exists():
            drawn += 1
            for stroke, points in enumerate(json.loads(path.read_text(encoding="utf-8"))["medians"]):
                for x, y in points:
                    yield f"{character},{stroke},{x},{y}"
    expect("handwriting: Chinese characters", drawn, CHINESE)


def strokes(glyph):
    """Of a line of a .jhf file: two letters for the margins, then two for each point, of which "R"
    is the origin and " R" lifts the pen. y goes down there, and up here."""
    points = glyph[10:]
    expect("handwriting: points of a glyph", len(points), 2 * int(glyph[5:8]) - 2)
    for stroke, drawn in enumerate(lifted(points)):
        for x, y in drawn:
            yield stroke, ord(x) - ord("R"), ord("R") - ord(y)


def lifted(points):
    drawn = []
    for at in range(0, len(points), 2):
        if points[at:at + 2] == " R":
            yield drawn
            drawn = []
        else:
            drawn.append(points[at:at + 2])
    yield drawn


def latin(folder):
    yield "font,character,stroke,x,y"
    for font in FONTS:
        glyphs = (folder / f"{font}.jhf").read_text().splitlines()
        expect(f"handwriting: glyphs of {font}", len(glyphs), 96)  # from the blank on, as in ASCII
        for character in LATIN:
            for stroke, x, y in strokes(glyphs[ord(character) - ord(" ")]):
                yield f"{font},{character},{stroke},{x},{y}"


def prepare(inputs, out):
    write_lines(out / "chinese.csv", chinese(inputs["unicode-data"], inputs["hanzi-writer-data"]))
    write_lines(out / "latin.csv", latin(inputs["hershey-fonts-data"] / "usr/share/hershey-fonts"))


SET = DataSet(
    name="handwriting",
    what="the 1,000 most frequent Chinese characters, and Latin letters and digits in 8 fonts, as strokes",
    size="53,771 and 14,277 points, 1.1 MB",
    licence="Chinese: Arphic Public License; Latin: Hershey fonts, free with acknowledgement; frequencies: Unicode",
    sources=[Npm("hanzi-writer-data", "2.0.1",
                 "sha512-nbQwM+MaryGoq7pBMIZLCd3lFq03nXuJuwku1+6UbjL58uU+9OULVcMkoNvNuJSoIV7f1bbPRfD4D/LQa5S7qg=="),
             Debian("unicode-data"), Debian("hershey-fonts-data")],
    prepare=prepare)
