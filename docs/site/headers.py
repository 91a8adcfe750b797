#!/usr/bin/env python3
"""The public headers, read: what is declared, and what the comment beside it says.

usage: headers.py HEADER...       fails if something public has no comment

A folder in place of a header stands for all headers in it. doxygen.py and manual.py write down what is read here.

The headers have plain comments. A comment right above a declaration is its own; declarations below it without a
blank line share it, unless they have a comment of their own, above or behind. A comment with a blank line after it
begins a section: a few words are its title, a paragraph is of all that follows. "On failure:" and "Owner:" may
stand in any of them.
"""
import glob
import os
import re
import sys
import textwrap

FIELDS = ("On failure", "Owner")
# What a header has for itself: guards, what other macros are made of.
INNER = re.compile(r"TAPELOOP_\w*|TL_API|TL_SITED\w*|TL_PICK_\w+|TL_TEXT_|\w+_")


class Text:
    """A comment: paragraphs and code, then its fields."""

    def __init__(self, comment=""):
        self.blocks, self.fields = [], {}
        lines = re.sub(r"\s*\*/$", "", re.sub(r"^/\*+ ?", "", comment)).split("\n")
        starred = any(re.match(r"\s*\*", line) for line in lines[1:])
        lines[1:] = [re.sub(r"^\s*\* ?", "", line) if starred else line.strip() for line in lines[1:]]
        lines = [line.rstrip().expandtabs(8) for line in lines]
        at = 0
        while at < len(lines):
            field = re.match(r"(%s): *(.*)" % "|".join(FIELDS), lines[at])
            if not lines[at].strip():
                at += 1
                continue
            code = lines[at].startswith("    ") and not field
            begun = at
            at += 1
            while at < len(lines) and lines[at].strip() and not (code and not lines[at].startswith("    ")) and \
                    not re.match(r"(%s):" % "|".join(FIELDS), lines[at]):
                at += 1
            if code:  # with the blank lines inside it
                while at < len(lines) and any(line.startswith("    ") for line in lines[at:at + 2]) and \
                        not re.match(r"(%s):" % "|".join(FIELDS), lines[at]):
                    at += 1
                self.blocks.append(("code", textwrap.dedent("\n".join(lines[begun:at])).rstrip()))
                continue
            self.paragraph(" ".join(line.strip() for line in lines[begun:at]))

    def paragraph(self, text):
        """A field may also begin in the middle of a paragraph; it is its rest."""
        parts = re.split(r"(?:^|(?<=[.;:)] ))(%s): " % "|".join(FIELDS), text)
        if parts[0].strip():
            self.blocks.append(("text", parts[0].strip()))
        for name, rest in zip(parts[1::2], parts[2::2]):
            self.fields[name] = (self.fields.get(name, "") + " " + rest.strip()).strip()

    def add(self, other):
        self.blocks += other.blocks
        for name, text in other.fields.items():
            self.fields[name] = (self.fields.get(name, "") + " " + text).strip()
        return self

    def __bool__(self):
        return bool(self.blocks or self.fields)

    def summary(self):
        text = next((text for kind, text in self.blocks if kind == "text"), "")
        return re.split(r": ", re.sub(r" ?\([^)]*\)", "", sentence(text)))[0].rstrip(".:")


def sentence(text):
    """The first one; "et al." and "e.g." do not end it."""
    return re.split(r"(?<=[^.\s])(?<!\bal)(?<!\be\.g)(?<!\bi\.e)\. (?=[A-Z\"(])", text, maxsplit=1)[0]


class Item:
    """Something declared: .kind is function, type, macro or other."""

    def __init__(self, kind, names, code):
        self.kind, self.names, self.code = kind, names, code
        self.own, self.beside, self.shared, self.group = Text(), Text(), None, None

    @property
    def text(self):
        return Text().add(self.own).add(self.beside)

    @property
    def public(self):
        return [name for name in self.names if not INNER.fullmatch(name)]


def without_comments(code):
    return re.sub(r"/\*.*?\*/", "", code, flags=re.S)


def named(code):
    """Kind and names of a declaration."""
    plain = re.sub(r"__attribute__\s*\(\(.*?\)\)+", "", without_comments(code), flags=re.S).strip()
    plain = re.sub(r"^(extern \"C\" \{|TL_API|TL_SITED|static inline|\s)+", "", plain)
    if plain.startswith("typedef"):
        body = re.sub(r"\{.*\}", "", plain, flags=re.S)
        pointer = re.search(r"\(\*(\w+)\)", body)
        name = pointer.group(1) if pointer else re.search(r"(\w+)\s*(?:\[.*\])?\s*;", body).group(1)
        return "type", [name]
    if re.match(r"enum\b", plain):
        tag = re.match(r"enum\s*(\w*)", plain).group(1)
        return "type", [tag] if tag else re.findall(r"(\w+)\s*(?:=[^,}]*)?[,}]", plain[plain.index("{"):])
    if re.match(r"struct\s+\w+\s*[{;]", plain):
        return ("other", []) if plain.rstrip().endswith(";") and "{" not in plain else \
            ("type", [re.match(r"struct\s+(\w+)", plain).group(1)])
    found = re.match(r"[^({=]*?\b(\w+)\s*\(", plain)
    return ("function", [found.group(1)]) if found else ("other", [])


class Header:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.lines = f.read().split("\n")
        self.path, self.name = path, os.path.basename(path)
        self.comment, self.items, self.parts = Text(), [], []  # parts: items, sections and other lines, in order
        self.read()

    def block(self, at):
        """The comment that begins in this line; the number of the line after it."""
        end = at
        while "*/" not in self.lines[end]:
            end += 1
        return "\n".join(self.lines[at:end + 1]).strip(), end + 1

    def declaration(self, at):
        """Code up to its ; or closing brace, a comment behind it, the line after both."""
        code, end, depth = [], at, 0
        while True:
            line = self.lines[end]
            while line.count("/*") > line.count("*/"):
                end += 1
                line += "\n" + self.lines[end]
            code.append(line)
            end += 1
            plain = without_comments(line)
            depth += plain.count("{") - plain.count("}") + plain.count("(") - plain.count(")")
            if depth <= 0 and (plain.rstrip().endswith(";") or (plain.rstrip().endswith("}") and depth == 0)):
                break
        whole = "\n".join(code)
        last = re.search(r"(?<=[;}])\s*/\*((?!\*/).)*\*/\s*$", whole, flags=re.S)
        if last:
            return whole[:last.start()], last.group(0).strip(), end
        return whole, "", end

    def read(self):
        """From top to bottom. .pending: a comment that waits for what it is of; .first: what began the block."""
        self.pending, self.first, self.group, self.conditions = None, None, None, []
        at = 0
        while at < len(self.lines):
            bare = self.lines[at].strip()
            if not bare:
                self.first = None
                at += 1
            elif bare.startswith("/*"):
                at = self.read_comment(at)
            elif bare.startswith("#"):
                at = self.read_directive(at, bare)
            else:
                at = self.read_declaration(at)

    def read_comment(self, at):
        comment, at = self.block(at)
        text = Text(comment)
        alone = at >= len(self.lines) or not self.lines[at].strip() or self.lines[at].startswith("#ifndef TAPE")
        if not alone:
            self.pending = text
        elif not self.comment and not self.items:
            self.comment = text
        else:
            words = text.blocks[0][1] if len(text.blocks) == 1 and not text.fields else "."
            title = len(words) < 60 and not re.search(r"[.;,]", words)
            self.group, self.pending = None if title else text, None
            self.parts.append(("title" if title else "section", text))
        return at

    def read_directive(self, at, bare):
        begun = at
        while self.lines[at].rstrip().endswith("\\"):
            at += 1
        at += 1
        code = "\n".join(self.lines[begun:at])
        if re.match(r"#\s*ifdef __cplusplus", bare):  # for C: what follows #else
            while not re.match(r"#\s*(else|endif)", self.lines[at]):
                at += 1
            if re.match(r"#\s*else", self.lines[at]):
                self.conditions.append("left out")
            return at + 1
        if re.match(r"#\s*if", bare):
            self.conditions.append("kept")
        elif re.match(r"#\s*endif", bare) and self.conditions and self.conditions.pop() == "left out":
            return at
        macro = re.match(r"#\s*define (\w+)", bare)
        if not macro:
            self.parts.append(("line", code))
            return at
        behind = re.search(r"/\*.*\*/\s*$", code, flags=re.S)
        item = Item("macro", [macro.group(1)], code[:behind.start()].rstrip() if behind else code)
        if behind:
            item.beside = Text(behind.group(0))
        self.take(item)
        return at

    def read_declaration(self, at):
        code, behind, at = self.declaration(at)
        if re.match(r"\s*(extern \"C|\}|template)", code):
            return at
        item = Item(*named(code), code)
        item.beside = Text(behind) if behind else Text()
        open_brace = re.match(r"([^{]*\{)\s*(/\*((?!\*/).)*\*/)\n", item.code, flags=re.S)
        if open_brace:  # typedef struct x { /* of what it is */
            item.beside = Text(open_brace.group(2))
            item.code = open_brace.group(1) + item.code[open_brace.end() - 1:]
        self.take(item)
        return at

    def take(self, item):
        if self.pending:
            item.own, self.pending, self.first = self.pending, None, item
        elif self.first:
            item.shared = self.first
        item.group = self.group
        self.items.append(item)
        self.parts.append(("item", item))

    def documented(self, item):
        """Of a type declared and not yet defined (typedef struct x x) its definition or its functions speak."""
        if item.text or item.shared or item.group:
            return True
        return item.kind == "type" and "{" not in item.code and "(*" not in item.code


def check(headers):
    """Everything public, each with a comment; how many there are, and those without."""
    count, missing = 0, []
    for header in headers:
        for item in header.items:
            for name in item.public:
                count += 1
                if not header.documented(item):
                    missing.append("%s: %s has no comment" % (header.name, name))
    return count, missing


def read(paths):
    """Headers, and those of folders."""
    found = []
    for path in paths:
        found += sorted(glob.glob(os.path.join(path, "*.h"))) if os.path.isdir(path) else [path]
    return [Header(path) for path in found]


if __name__ == "__main__":
    known, without = check(read(sys.argv[1:]))
    print("\n".join(without + ["%d public names, %d without a comment" % (known, len(without))]))
    sys.exit(1 if without else 0)
