"""The headers with their comments in Doxygen's form."""
import re

from headers import FIELDS, Text, sentence

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
            first = part.shared.public[0] if part.shared and part.shared.public else None
            if first and part.public and not text:  # one comment for several
                text = doxygen_text(part.shared.own) + "\n\nThis is said of @ref %s too." % first
            elif first and part.public and part.shared.own:
                text += "\n\nBeside @ref %s." % first
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
