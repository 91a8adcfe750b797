"""The Bible in English and Spanish, verse by verse."""
import os
import re

from dataset import DataSet, held_out, write_lines
from packages import Debian, Tool, expect, run

VERSE = re.compile(r"\$\$\$(.+ [1-9]\d*:[1-9]\d*)\n(.*)")
ASIDE = re.compile(r"<(note|title|rdg)\b[^>]*(?<!/)>.*?</\1>")
TOKEN = re.compile(r"\w+(?:['’-]\w+)*|[.,;:?!]")
SHORT, LONGER = 12, 18  # words


def plain(marked):
    """Without notes, headings and the marks of OSIS."""
    text = re.sub(r"<[^>]*>", "", ASIDE.sub(" ", marked))
    return re.sub(r" +([.,;:?!’”])", r"\1", " ".join(text.split()))


def verses(folder, module):
    """By their names, such as Genesis 1:1."""
    env = {**os.environ, "SWORD_PATH": str(folder / "usr" / "share" / "sword")}
    text = run("mod2imp", module, env=env).decode()
    return {name: plain(marked) for name, marked in VERSE.findall(text)}


def tokens(text):
    return " ".join(TOKEN.findall(text.lower()))


def words(text):
    return len(re.findall(r"[^ .,;:?!]+", text))


def alike(english, spanish):
    """Where one has far more words, verses are numbered differently or it has an addition."""
    least, most = sorted([words(english), words(spanish)])
    return most <= 2 * least + 3


def prepare(inputs, out):
    english = verses(inputs["sword-text-web"], "engWEB2015eb")
    spanish = verses(inputs["sword-text-sparv"], "spaRV1909eb")
    both = [(name, english[name], spanish[name]) for name in english
            if name in spanish and english[name] and alike(english[name], spanish[name])]
    expect("translate: about 31,000 verses in both", 30900 < len(both) < 31200, True)
    write_lines(out / "all.tsv", map("\t".join, both))
    pairs = [(name, tokens(e), tokens(s)) for name, e, s in both]
    for kind, most in ("", None), ("short-", SHORT), ("longer-", LONGER):
        some = [pair for pair in pairs if not most or max(words(pair[1]), words(pair[2])) <= most]
        for part, held in ("train", False), ("test", True):
            write_lines(out / f"{kind}{part}.tsv", ["\t".join(pair) for pair in some if held_out(pair[1]) == held])


SET = DataSet(
    name="translate",
    what="the Bible in English and Spanish by verse, and its verses of up to 12 and up to 18 words",
    size="31,031 verses, 2,679 of them short, 17 MB",
    licence="public domain (World English Bible; Reina-Valera of 1909)",
    sources=[Debian("sword-text-web"), Debian("sword-text-sparv")],
    tools=[Tool("mod2imp", "libsword-utils")],
    prepare=prepare)
