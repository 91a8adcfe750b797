#!/usr/bin/env python3
"""The public headers, read: what is declared, and what the comment beside it says.

usage: headers.py doxygen HEADER           the header with its comments in Doxygen's form (an INPUT_FILTER)
       headers.py check HEADER...          fails if something public has no comment
       headers.py man HEADER HEADER...     the first one's manual page, as scdoc takes it
       headers.py index HEADER...          the overview page, tapeloop(3)

A folder stands for all headers in it.

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
        lines = [re.sub(r"^ ?\* ?", "", line) if k else line for k, line in
                 enumerate(re.sub(r"\s*\*/$", "", re.sub(r"^/\*+ ?", "", comment)).split("\n"))]
        lines = [line.rstrip().expandtabs(8) for line in lines]
        if len(lines) > 1 and lines[1].startswith("\t"):
            lines[1:] = textwrap.dedent("\n".join(lines[1:])).split("\n")
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
        return re.split(r": ", sentence(text))[0].rstrip(".")


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
        at, pending, first, group, conditions = 0, None, None, None, []
        while at < len(self.lines):
            line = self.lines[at]
            bare = line.strip()
            if not bare:
                first = None
                at += 1
                continue
            if bare.startswith("/*"):
                comment, at = self.block(at)
                text = Text(comment)
                alone = at >= len(self.lines) or not self.lines[at].strip() or self.lines[at].startswith("#ifndef TAPE")
                if alone and not self.comment and not self.items:
                    self.comment = text
                elif alone:
                    title = len(text.blocks) == 1 and not text.fields and not re.search(r"[.;,]", text.blocks[0][1]) and \
                        len(text.blocks[0][1]) < 60
                    group = None if title else text
                    self.parts.append(("title" if title else "section", text))
                    pending = None
                else:
                    pending = text
                continue
            if bare.startswith("#"):
                begun = at
                while self.lines[at].rstrip().endswith("\\"):
                    at += 1
                at += 1
                code = "\n".join(self.lines[begun:at])
                if re.match(r"#\s*ifdef __cplusplus", bare):  # for C: what follows #else
                    while not re.match(r"#\s*(else|endif)", self.lines[at]):
                        at += 1
                    if re.match(r"#\s*else", self.lines[at]):
                        conditions.append("left out")
                    at += 1
                    continue
                if re.match(r"#\s*if", bare):
                    conditions.append("kept")
                elif re.match(r"#\s*endif", bare) and conditions and conditions.pop() == "left out":
                    continue
                macro = re.match(r"#\s*define (\w+)", bare)
                if not macro:
                    self.parts.append(("line", code))
                    continue
                behind = re.search(r"/\*.*\*/\s*$", code, flags=re.S)
                item = Item("macro", [macro.group(1)], code[:behind.start()].rstrip() if behind else code)
                if behind:
                    item.beside = Text(behind.group(0))
            else:
                code, behind, at = self.declaration(at)
                if re.match(r"\s*(extern \"C|\}|template)", code):
                    continue
                item = Item(*named(code), code)
                item.beside = Text(behind) if behind else Text()
                open_brace = re.match(r"([^{]*\{)\s*(/\*((?!\*/).)*\*/)\n", item.code, flags=re.S)
                if open_brace:  # typedef struct x { /* of what it is */
                    item.beside = Text(open_brace.group(2))
                    item.code = open_brace.group(1) + item.code[open_brace.end() - 1:]
            if pending:
                item.own, pending, first = pending, None, item
            elif first:
                item.shared = first
            item.group = group
            self.items.append(item)
            self.parts.append(("item", item))

    def documented(self, item):
        """Of a type declared and not yet defined (typedef struct x x) its definition or its functions speak."""
        if item.text or item.shared or item.group:
            return True
        return item.kind == "type" and "{" not in item.code and "(*" not in item.code


# Doxygen

LINKED = set()  # functions and macros: what Doxygen links by itself is types


def escaped(text):
    text = re.sub(r"([\\@<>#%&*\[\]`|~])", r"\\\1", text)
    text = re.sub(r"\bdocs/(\w+)\.md\b", lambda m: r"@ref page_%s" % m.group(1), text)
    text = re.sub(r"\b(?:tl|TL)_\w+\b(?!\()", lambda m: "@ref %s \"%s\"" % (m.group(0), m.group(0)) if m.group(0) in LINKED else m.group(0),
                  text)
    return text.replace("--", r"\--")


def doxygen_text(text):
    out = []
    for k, (kind, block) in enumerate(text.blocks):
        if kind == "code":
            out.append("@code{.c}\n%s\n@endcode" % block)
        elif k == 0:
            first = sentence(block)
            out.append("@brief %s" % escaped(first + ("." if len(first) < len(block) else "")))
            out.append(escaped(block[len(first) + 2:]))
        else:
            out.append(escaped(block))
    for name in FIELDS:
        if name in text.fields:
            out.append("@par %s\n%s" % (name, escaped(text.fields[name])))
    return "\n\n".join(block for block in out if block)


def as_comment(text, mark="/**"):
    return "%s\n%s\n*/" % (mark, text.replace("*/", "* /"))


def members(code):
    """Comments inside a struct or an enum: before a member, or behind it."""
    out, at = [], 0
    for m in re.finditer(r"/\*.*?\*/", code, flags=re.S):
        line = code[code.rfind("\n", 0, m.start()) + 1:m.start()]
        out.append(code[at:m.start()])
        text = Text(m.group(0))
        behind = line.strip() and not line.strip().endswith("(")
        out.append(as_comment(doxygen_text(text), "/**<" if behind else "/**"))
        at = m.end()
    out.append(code[at:])
    whole = "".join(out)
    # a comma belongs before the comment: A /**< x */,
    return re.sub(r"(/\*\*<((?!\*/).)*\*/)(\s*,)", r"\3 \1", whole, flags=re.S)


def doxygen(header, extra=None):
    out = ["/** @file %s\n%s\n*/" % (header.name, doxygen_text(header.comment))]
    for kind, part in header.parts:
        if kind == "line":
            out.append(part)
        elif kind in ("title", "section"):
            out.append("")
        else:
            text = doxygen_text(part.text)
            if part.shared and part.public:
                first = (part.shared.public or ["what stands above it"])[0]
                text += ("\n\n" if text else "") + "With %s: %s" % (
                    first, doxygen_text(part.shared.own) if not text else "see there.")
            elif part.group and part.public and not text:
                text = doxygen_text(part.group)
            for name in part.public:
                text += (extra or {}).get(name, "")
            if part.kind == "macro" and part.public:
                text = "@def %s\n%s" % (part.public[0], text)
            if text:
                out.append(as_comment(text))
            out.append(members(part.code) if part.kind == "type" else part.code)
    return "\n".join(out) + "\n"


# Manual pages

def scdoc_text(text):
    text = re.sub(r"([\\*_`~<\[|])", r"\\\1", text)
    return re.sub(r"^([#.\-])", r"\\\1", text)


def scdoc_block(kind, block, indent=""):
    if kind == "code":
        lines = ["```"] + block.split("\n") + ["```"]
        return "\n".join(indent + line for line in lines)
    return "\n".join(indent + line if k else indent + scdoc_text(block) for k, line in enumerate([block]))


def scdoc_body(text, indent=""):
    out = [scdoc_block(kind, block, indent) for kind, block in text.blocks]
    for name in FIELDS:
        if name in text.fields:
            out.append("%s*%s:* %s" % (indent, name, scdoc_text(text.fields[name])))
    return "\n\n".join(out)


def prototype(code):
    plain = re.sub(r"#\s*(if|endif).*", "", code)
    plain = re.sub(r"__attribute__\s*\(\(.*?\)\)\)?", "", without_comments(plain), flags=re.S)
    plain = re.sub(r"\b(TL_API|TL_SITED|static inline)\b", "", plain)
    plain = plain.split("{")[0] + ";" if "{" in plain else plain
    return re.sub(r"\s+", " ", plain).replace(" ;", ";").strip()


def page_of(header):
    return "tapeloop-" + header.name[:-2].replace("_", "-")


def man(header, all_headers):
    summary = header.comment.summary()
    summary = summary[0].lower() + summary[1:] if summary[:2] != summary[:2].upper() else summary
    out = ["%s(3)" % page_of(header), "# NAME", "%s - %s" % (page_of(header), scdoc_text(summary)),
           "# SYNOPSIS", "*#include <tapeloop/%s>*" % scdoc_text(header.name)]
    body = Text().add(header.comment)
    fields, body.fields = body.fields, {}
    out += ["# DESCRIPTION", scdoc_body(body)]
    kinds = (("TYPES", "type"), ("MACROS", "macro"), ("FUNCTIONS", "function"))
    for title, kind in kinds:
        items = [item for item in header.items if item.kind == kind and item.public and
                 not (kind == "type" and "{" not in item.code and not item.text)]
        if items:
            out.append("# " + title)
        for k, item in enumerate(items):
            code = item.code.rstrip()
            if kind == "type":
                out.append("```\n%s\n```" % textwrap.dedent(code.expandtabs(8)))
            else:
                shown = re.sub(r"^#\s*define ", "", code.split("\n")[0]).split(" ")[0] if kind == "macro" else prototype(code)
                out.append("*%s*" % scdoc_text(shown))
            text = item.text
            if not text and item.shared:
                text = Text("/* As %s. */" % (item.shared.public or ["above"])[0])
            if text:
                out.append(scdoc_body(text, "\t" if kind != "type" else ""))
    for name in FIELDS:
        if name in fields:
            out += ["# %s" % name.upper().replace("OWNER", "OWNERSHIP"), scdoc_text(fields[name])]
    others = [page_of(h) for h in all_headers if h.name != header.name]
    out += ["# SEE ALSO", ", ".join(["*tapeloop*(3)"] + ["*%s*(3)" % p for p in others if near(header, p)])]
    return "\n\n".join(out) + "\n"


def near(header, page):
    """Pages of the headers that this one includes."""
    included = re.findall(r"#include <tapeloop/(\w+)\.h>", "\n".join(header.lines))
    return page[len("tapeloop-"):].replace("-", "_") in included


def index(headers):
    out = ["tapeloop(3)", "# NAME", "tapeloop - recurrent networks by tape-based automatic differentiation",
           "# SYNOPSIS", "*#include <tapeloop/tapeloop.h>*++\n*#include <tapeloop/train.h>*",
           "*cc* program.c $(pkg-config --cflags --libs tapeloop-train)", "# DESCRIPTION"]
    for header in headers:
        if header.name in ("tapeloop.h", "train.h"):
            out.append(scdoc_body(header.comment))
    out.append("# PAGES")
    for header in headers:
        if header.name not in ("tapeloop.h", "train.h"):
            out.append("*%s*(3)\n\t%s" % (page_of(header), scdoc_text(header.comment.summary())))
    out += ["# SEE ALSO", "*tapeloop*(1)"]
    return "\n\n".join(out) + "\n"


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


def main():
    command, paths = sys.argv[1], []
    for path in sys.argv[2:]:
        paths += sorted(glob.glob(os.path.join(path, "*.h"))) if os.path.isdir(path) else [path]
    headers = [Header(path) for path in paths]
    if command == "doxygen":
        sys.stdout.write(doxygen(headers[0]))
    elif command == "man":
        sys.stdout.write(man(headers[0], headers[1:]))
    elif command == "index":
        sys.stdout.write(index(headers))
    elif command == "check":
        count, missing = check(headers)
        print("\n".join(missing + ["%d public names, %d without a comment" % (count, len(missing))]))
        return 1 if missing else 0
    else:
        sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main())
