"""Which glyph of a font stands for a sequence of characters: its tables `cmap` and, for several
characters, `GSUB` with ligatures (OpenType; no other substitutions)."""
import struct


def unpack(data, at, form):
    return struct.unpack_from(">" + form, data, at)


def tables(font):
    """Where each table begins."""
    count = unpack(font, 4, "H")[0]
    return {unpack(font, 12 + 16 * i, "4s")[0].decode(): unpack(font, 20 + 16 * i, "I")[0] for i in range(count)}


def characters(font, at):
    """Glyphs of characters by the table's part of format 12, groups of consecutive ones."""
    glyphs = {}
    for i in range(unpack(font, at + 2, "H")[0]):
        part = at + unpack(font, at + 8 + 8 * i, "I")[0]
        if unpack(font, part, "H")[0] == 12:
            for group in range(unpack(font, part + 12, "I")[0]):
                first, last, glyph = unpack(font, part + 16 + 12 * group, "III")
                glyphs.update((first + k, glyph + k) for k in range(last - first + 1))
    return glyphs


def covered(font, at):
    """Glyphs of a coverage table, in their order."""
    form, count = unpack(font, at, "HH")
    if form == 1:
        return list(unpack(font, at + 4, f"{count}H"))
    ranges = [unpack(font, at + 4 + 6 * i, "HHH") for i in range(count)]
    return [glyph for first, last, _ in ranges for glyph in range(first, last + 1)]


def ligatures(font, at):
    """Glyphs of sequences of glyphs, from every lookup of type 4."""
    found, lookups = {}, at + unpack(font, at + 8, "H")[0]
    for i in range(unpack(font, lookups, "H")[0]):
        lookup = lookups + unpack(font, lookups + 2 + 2 * i, "H")[0]
        kind, _, parts = unpack(font, lookup, "HHH")
        for j in range(parts if kind == 4 else 0):
            part = lookup + unpack(font, lookup + 6 + 2 * j, "H")[0]
            firsts = covered(font, part + unpack(font, part + 2, "H")[0])
            for k, first in enumerate(firsts):
                group = part + unpack(font, part + 6 + 2 * k, "H")[0]
                for m in range(unpack(font, group, "H")[0]):
                    one = group + unpack(font, group + 2 + 2 * m, "H")[0]
                    glyph, count = unpack(font, one, "HH")
                    found[(first, *unpack(font, one + 4, f"{count - 1}H"))] = glyph
    return found


def glyphs_of(font):
    """A function that gives the one glyph of a sequence of characters, or None."""
    starts = tables(font)
    single, several = characters(font, starts["cmap"]), ligatures(font, starts["GSUB"])

    def glyph(sequence):
        glyphs = tuple(single.get(character) for character in sequence)
        return glyphs[0] if len(glyphs) == 1 else several.get(glyphs)
    return glyph
