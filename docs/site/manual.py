#!/usr/bin/env python3
"""Manual pages of the library, from the headers: tapeloop(3) and one a header.

usage: manual.py pages SCDOC FOLDER HEADER...     write them; scdoc makes roff of what is made here
       manual.py names FOLDER HEADER...           when they are installed: a link of each function's name to its page
"""
import os
import re
import subprocess
import sys
import textwrap

from headers import FIELDS, Text, read, without_comments

WIDTH = 68  # of code on a manual page, which is indented
UMBRELLAS = ("tapeloop.h", "train.h")  # they include the others


def scdoc_text(text):
    text = re.sub(r"([\\*_`~<\[|])", r"\\\1", text)
    return re.sub(r"^([#.\-])", r"\\\1", re.sub(r"^\.\.\.", "\u2026", text))


def halved(line):
    return re.sub(r"^( {8})+", lambda m: " " * (len(m.group(0)) // 2), line)


def verbatim(code, indent=""):
    """Code as it stands; a line that begins with a dot would be roff's."""
    lines = [re.sub(r"^\.\.\.", "\u2026", line) for line in code.rstrip().split("\n")]
    return "\n".join(indent + line for line in ["```"] + lines + ["```"])


def narrow(code):
    """A struct that fits a terminal: where a line is too long, its comment stands above it."""
    whole, lines = "\n".join(halved(line) for line in textwrap.dedent(code.expandtabs(8)).split("\n")), []
    pieces = re.split(r"(/\*.*?\*/)", whole, flags=re.S)
    for k, piece in enumerate(pieces):
        if k % 2 == 0:
            lines.append(piece)
            continue
        before = "".join(lines)
        line = before[before.rfind("\n") + 1:]
        if "\n" not in piece and len(line) + len(piece) <= WIDTH:
            lines.append(piece)
            continue
        indent = " " * (len(line) - len(line.lstrip(" ")) + (4 if line.strip().endswith(("{", "(")) else 0))
        comment, text = [], Text(piece)
        for form, block in text.blocks:
            comment += [""] if comment else []
            comment += ["    " + c for c in block.split("\n")] if form == "code" else \
                textwrap.wrap(block, WIDTH - len(indent) - 6, break_long_words=False, break_on_hyphens=False)
        for name, words in text.fields.items():
            comment += textwrap.wrap("%s: %s" % (name, words), WIDTH - len(indent) - 6)
        block = "\n".join((indent + ("/* " if n == 0 else " * ") + words).rstrip() for n, words in enumerate(comment)) + " */"
        if not line.strip():
            lines.append(block[len(indent):])
        elif line.rstrip().endswith("{"):
            lines.append("\n" + block)
        else:
            lines = [before[:len(before) - len(line)] + block + "\n" + line.rstrip()]
    return re.sub(r" +$", "", "".join(lines), flags=re.M)


def wrapped(code):
    """A prototype, its parameters below each other where they do not fit a line."""
    if len(code) <= WIDTH or "(" not in code:
        return code
    head, _, rest = code.partition("(")
    parts = rest.split(", ")
    indent = len(head) + 1
    if indent + max(len(part) for part in parts) + 1 > WIDTH:
        indent = 8
    out = [head + "("] if indent == 8 else []
    line = "" if out else head + "("
    for k, part in enumerate(parts):
        part += "," if k + 1 < len(parts) else ""
        begun = line.strip() and not line.endswith("(")
        if begun and len(line) + len(part) + 1 > WIDTH:
            out.append(line)
            line = ""
        line = (line + (" " if line.strip() and not line.endswith("(") else "") if line else " " * indent) + part
    return "\n".join(out + [line])


def scdoc_block(kind, block):
    if kind == "text":
        return scdoc_text(block)
    return verbatim("\n".join(halved(line) for line in block.split("\n")))


def scdoc_body(text):
    out = [scdoc_block(kind, block) for kind, block in text.blocks]
    for name in FIELDS:
        if name in text.fields:
            out.append("*%s:* %s" % (name, scdoc_text(text.fields[name])))
    return "\n\n".join(out)


def prototype(code):
    plain = re.sub(r"#\s*(if|endif).*", "", code)
    plain = re.sub(r"__attribute__\s*\(\(.*?\)\)\)?", "", without_comments(plain), flags=re.S)
    plain = re.sub(r"\b(TL_API|TL_SITED|static inline)\b", "", plain)
    plain = plain.split("{")[0] + ";" if "{" in plain else plain
    return re.sub(r"\s+", " ", plain).replace(" ;", ";").replace("( ", "(").strip()


def page_of(header):
    return "tapeloop-" + header.name[:-2].replace("_", "-")


def man(header, all_headers):
    summary = header.comment.summary()
    summary = summary if re.match(r"[A-Z]([A-Z]|-)", summary) else summary[0].lower() + summary[1:]
    out = ["%s(3)" % page_of(header), "# NAME", "%s - %s" % (page_of(header), scdoc_text(summary)),
           "# SYNOPSIS", "*#include <tapeloop/%s>*" % scdoc_text(header.name)]
    body = Text().add(header.comment)
    fields, body.fields = body.fields, {}
    out += ["# DESCRIPTION", scdoc_body(body)]
    for title, kind in (("TYPES", "type"), ("MACROS", "macro"), ("FUNCTIONS", "function")):
        part = listing(header, kind)
        out += ["# " + title] + part if part else []
    for name in FIELDS:
        if name in fields:
            out += ["# %s" % name.upper().replace("OWNER", "OWNERSHIP"), scdoc_text(fields[name])]
    others = [page_of(h) for h in all_headers if h.name != header.name]
    out += ["# SEE ALSO", ", ".join(["*tapeloop*(3)"] + ["*%s*(3)" % p for p in others if near(header, p)])]
    return "\n\n".join(out) + "\n"


def shown(item):
    if item.kind == "type":
        return narrow(item.code)
    if item.kind == "macro":
        return re.match(r"#\s*define (\w+(\([^)]*\))?)", item.code).group(1)
    return wrapped(prototype(item.code))


def listing(header, kind):
    """Everything of a kind, in the order of the header, with the sections that functions stand in."""
    out, lines, sections = [], [], []

    def flush():
        if lines:
            out.append(verbatim("\n".join(lines)))
            lines.clear()

    for part, item in header.parts:
        if part in ("title", "section"):
            sections.append((part, item))
            continue
        if part != "item" or item.kind != kind or not item.public or \
                (kind == "type" and "{" not in item.code and not item.text):
            continue
        if sections and kind == "function":
            flush()
            title = next((text.blocks[0][1] for what, text in reversed(sections) if what == "title"), None)
            out += ["## " + title] if title else []
            out += [scdoc_body(sections[-1][1])] if sections[-1][0] == "section" else []
        sections = []
        if item.shared and not item.text and item.shared.own:
            continue  # it stands with the first one
        if item.own or kind == "type":
            flush()
            others = [other for other in header.items if other.shared is item and not other.text and other.kind == kind]
            out += [verbatim("\n".join(shown(one) for one in [item] + others)), scdoc_body(item.text)]
        else:  # a line of a list
            lines.append(shown(item))
            words = " ".join(block for _, block in item.beside.blocks)
            lines.extend(textwrap.wrap(words, WIDTH - 4, initial_indent="    ", subsequent_indent="    "))
    flush()
    return [block for block in out if block]


def near(header, page):
    """Pages of the headers that this one includes."""
    included = re.findall(r"#include <tapeloop/(\w+)\.h>", "\n".join(header.lines))
    return page[len("tapeloop-"):].replace("-", "_") in included


def index(headers):
    out = ["tapeloop(3)", "# NAME", "tapeloop - recurrent networks by tape-based automatic differentiation",
           "# SYNOPSIS", "*#include <tapeloop/tapeloop.h>*++\n*#include <tapeloop/train.h>*",
           "*cc* program.c $(pkg-config --cflags --libs tapeloop-train)", "# DESCRIPTION"]
    for header in headers:
        if header.name in UMBRELLAS:
            out.append(scdoc_body(header.comment))
    out.append("# PAGES")
    for header in headers:
        if header.name not in UMBRELLAS:
            out.append("*%s*(3)\n\t%s" % (page_of(header), scdoc_text(header.comment.summary())))
    out += ["# SEE ALSO", "*tapeloop*(1)"]
    return "\n\n".join(out) + "\n"


def roff(scdoc, source):
    """What scdoc makes of a page, without hyphens in names."""
    made = subprocess.run([scdoc], input=source.encode(), stdout=subprocess.PIPE, check=True).stdout.decode()
    return re.sub(r"^(\.TH .*\n)", r"\1.nh\n", made, count=1, flags=re.M)


def pages(headers, scdoc, folder):
    """All manual pages of the library."""
    made = {"tapeloop": index(headers)}
    made.update((page_of(h), man(h, headers)) for h in headers if h.name not in UMBRELLAS)
    for name, source in made.items():
        with open(os.path.join(folder, name + ".3"), "w", encoding="utf-8") as f:
            f.write(roff(scdoc, source))


def names(headers, folder):
    """A name for each function beside the page where it is, when they are installed."""
    place = os.environ.get("DESTDIR", "") if os.path.isabs(folder) else os.environ["MESON_INSTALL_DESTDIR_PREFIX"] + "/"
    folder = place + folder
    for header in headers:
        for item in header.items:
            for name in item.public if item.kind == "function" and header.name not in UMBRELLAS else ():
                link = os.path.join(folder, name + ".3")
                if os.path.lexists(link):
                    os.remove(link)
                os.symlink(page_of(header) + ".3", link)


def main():
    command, rest = sys.argv[1], sys.argv[2:]
    if command == "pages":
        pages(read(rest[2:]), rest[0], rest[1])
    elif command == "names":
        names(read(rest[1:]), rest[0])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
