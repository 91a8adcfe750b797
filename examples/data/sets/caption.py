"""Emoji and their names."""
import re
from pathlib import Path

from dataset import DataSet, held_out, write_idx, write_lines
from ligatures import glyphs_of
from packages import Debian, Library, Tool, expect, run

SIZE = 32
LINE = re.compile(r"([0-9A-F ]+?) +; fully-qualified +# \S+ E[0-9.]+ (.+)")
VARIATION_SELECTOR = 0xFE0F  # "in colour", which the font takes for granted
PROGRAM = Path(__file__).parent.parent / "emoji.c"


def is_variant(name):
    return re.search(r": .*(skin tone|hair|beard|bald)", name) is not None


def prepare(inputs, out):
    test = inputs["unicode-data"] / "usr/share/unicode/emoji/emoji-test.txt"
    font = inputs["fonts-noto-color-emoji"] / "usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"
    glyph_of = glyphs_of(font.read_bytes())
    found = []
    for match in filter(None, map(LINE.fullmatch, test.read_text(encoding="utf-8").splitlines())):
        codes, name = match.groups()
        sequence = [int(code, 16) for code in codes.split()]
        glyph = glyph_of([code for code in sequence if code != VARIATION_SELECTOR])
        if glyph is not None:
            found.append((glyph, name))
    expect("caption: at least 3,500 emoji", len(found) >= 3500, True)
    program = out / "emoji"
    flags = run("pkg-config", "--cflags", "--libs", "freetype2").decode().split()
    run("cc", "-O2", PROGRAM, "-o", program, *flags, "-lm")
    pixels = run(program, font, SIZE, input="\n".join(str(glyph) for glyph, _ in found).encode())
    program.unlink()
    each = SIZE * SIZE * 3
    expect("caption: bytes of pictures", len(pixels), len(found) * each)
    for part, held in ("train", False), ("test", True):
        chosen = [i for i, (_, name) in enumerate(found) if (is_variant(name) and held_out(name)) == held]
        write_idx(out / f"{part}-images.idx", [len(chosen), SIZE, SIZE, 3],
                  b"".join(pixels[i * each:(i + 1) * each] for i in chosen))
        write_lines(out / f"{part}-names.txt", [found[i][1] for i in chosen])


SET = DataSet(
    name="caption",
    what="emoji as pictures of 32 by 32 pixels, and their names",
    size="3,467 and 188 pictures, 11 MB",
    licence="Noto Color Emoji: SIL Open Font License 1.1; names: Unicode License",
    sources=[Debian("fonts-noto-color-emoji"), Debian("unicode-data")],
    tools=[Tool("cc", "gcc"), Tool("pkg-config", "pkg-config"), Library("freetype2", "libfreetype-dev")],
    recipe=[PROGRAM],
    prepare=prepare)
