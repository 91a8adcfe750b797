"""Markdown as it stands in the repository, made into pages that Doxygen takes.

Doxygen's Markdown is its own: code in a line, links between files and fences of other languages come out wrong. So
all three are made into HTML here; headings get names, as on a listing of the repository, that links can point at.
"""
import html
import os
import posixpath
import re

IMAGES = (".svg", ".png", ".jpg", ".gif")
CHINESE = re.compile("[\u2e80-\u9fff\uff00-\uffef]")  # between which the end of a line is no space


def slug(title):
    """The name of a heading, as listings of repositories make it."""
    title = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", title).strip().lower()
    return re.sub(r"[^\w\- ]", "", title).replace(" ", "-")


def raw(text, block=False):
    return "\\htmlonly%s%s\\endhtmlonly" % ("[block]" if block else "", text.replace("*/", "*&#47;"))


def inline(text):
    """Text of a line of code, or of a link, in Doxygen's words for the signs that mean something to it."""
    text = re.sub(r"([\\@#%\[\]*_`()])", r"\\\1", html.escape(text, quote=False))
    return re.sub(r"-(?=-)", r"-<b></b>", text).replace("|", "\\|")


def plain_code(lines, language=""):
    body = html.escape("\n".join(lines))
    return raw('<div class="fragment plain" tabindex="0"><pre%s>%s</pre></div>' % (
        ' class="%s"' % language if language else "", body), block=True)


class Page:
    """One file of Markdown: `path` in the repository, `id` on the site."""

    def __init__(self, root, path, id_, title=None):
        self.path, self.id = path, id_
        with open(os.path.join(root, path), encoding="utf-8") as f:
            self.lines = f.read().split("\n")
        self.title = title or next(re.sub(r"[`*]", "", line[2:]).strip() for line in self.lines if line.startswith("# "))
        self.views = []  # live pages that are to stand here

    @property
    def summary(self):
        """The first paragraph's first sentence."""
        text = "\n".join(self.lines[1:]).strip().split("\n\n")[0].replace("\n", " ")
        text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", text)
        return re.split(r"(?<=[.。:]) ", text)[0] if not text.startswith(("#", "|", "```")) else ""


class Pages:
    def __init__(self, root):
        self.root, self.by_path, self.linked, self.images = root, {}, set(), {}  # images: what each shows
        self.headings = []  # (page, name, words)
        self.functions = set()  # and macros, which Doxygen links only if it is told to

    def add(self, path, id_, title=None):
        page = Page(self.root, path, id_, title)
        self.by_path[path] = page
        return page

    def address(self, page, target):
        """Where a link of a page leads on the site."""
        if re.match(r"[a-z]+:", target):
            return target
        path, _, anchor = target.partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page.path), path)) if path else page.path
        if path in self.by_path:
            to = self.by_path[path]
            return to.id + ".html" + ("#%s_%s" % (to.id, anchor) if anchor else "")
        if path.endswith("README.md") and os.path.dirname(path) + "/README.md" in self.by_path:
            return self.by_path[path].id + ".html"
        if path + "/README.md" in self.by_path:
            return self.by_path[path + "/README.md"].id + ".html"
        if re.fullmatch(r"include/tapeloop/\w+\.h", path):
            return os.path.basename(path).replace("_", "__").replace(".h", "_8h.html")
        if not os.path.exists(os.path.join(self.root, path)):
            raise SystemExit("%s: a link to %s, which is not there" % (page.path, target))
        if path.endswith(IMAGES):
            self.images.setdefault(path, "")
            return "images/" + os.path.basename(path)
        self.linked.add(path)
        return "source/%s.html" % path.replace("/", "-")

    def line(self, page, text):
        """Code and links in a line of text."""
        kept = []

        def keep(made):
            kept.append(made)
            return "\0%d\0" % (len(kept) - 1)

        def code(m):
            body = m.group(2)
            name = re.fullmatch(r"(tl_\w+|TL_\w+)(\(\))?", body)
            if name:  # Doxygen links it
                return keep("<code>%s</code>" % (
                    '@ref %s "%s"' % (name.group(1), body) if name.group(1) in self.functions else body))
            return keep("<code>%s</code>" % inline(body))

        def link(m):
            address = self.address(page, m.group(3))
            if m.group(1):
                shown = posixpath.normpath(posixpath.join(posixpath.dirname(page.path), m.group(3)))
                if shown in self.images:
                    self.images[shown] = m.group(2)
                return keep(raw('<img src="%s" alt="%s"/>' % (address, html.escape(m.group(2)))))
            return keep('<a href="%s">%s</a>' % (address, m.group(2)))

        text = re.sub(r"(`+)(.+?)\1", code, text)
        text = re.sub(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", link, text)
        text = re.sub(r"([\\@%])(?=\w)", r"\\\1", text)
        text = re.sub(r"<(?=[\w/!])", r"\<", text)
        while "\0" in text:  # a link may have code in it
            text = re.sub(r"\0(\d+)\0", lambda k: kept[int(k.group(1))], text)
        return text

    def joined(self, lines):
        """Lines of one paragraph as one, since code and links may go over the end of a line."""
        out = []
        for line in lines:
            begins = re.match(r"\s*([-*+] |\d+\. |#|\||```|<!--|$)", line)
            goes_on = out and out[-1].strip() and not begins and not re.match(r"\s*(#|\||```|<!--)", out[-1]) and \
                not line.startswith("    ")
            if goes_on:
                between = "" if CHINESE.match(out[-1].rstrip()[-1]) and CHINESE.match(line.strip()[0]) else " "
                out[-1] = out[-1].rstrip() + between + line.strip()
            else:
                out.append(line)
        return out

    def convert(self, page, more=""):
        """The page for Doxygen; `more` follows at its end."""
        parts, language, lines = [], None, []
        for line in page.lines:
            mark = re.match(r"```\s*(\w*)", line)
            if not mark:
                lines.append(line)
                continue
            parts.append((language, lines))
            language, lines = (mark.group(1) or "text", []) if language is None else (None, [])
        parts.append((language, lines))
        out, names = [], set()
        for language, lines in parts:
            if language is None:
                self.text(page, lines, out, names)
            elif language == "c":
                out += ["```{.c}"] + lines + ["```", ""]
            else:
                out += [plain_code(lines, language), ""]
        return "# %s {#%s}\n\n%s\n%s\n" % (page.title, page.id, "\n".join(out), more)

    def text(self, page, lines, out, names):
        list_before = False
        lines = self.joined(lines)
        at = 0
        while at < len(lines):
            line = lines[at]
            if line.startswith("    ") and not list_before and (not out or not out[-1].strip()):
                code = []
                while at < len(lines) and (lines[at].startswith("    ") or not lines[at].strip()):
                    code.append(lines[at][4:])
                    at += 1
                while code and not code[-1].strip():
                    code.pop()
                out += [plain_code(code), ""]
                continue
            at += 1
            if line.strip() and not line.startswith(" "):
                list_before = re.match(r"[-*+] |\d+\. ", line) is not None
            view = re.match(r"<!-- view: ([\w.-]+)\.html -->", line)
            heading = re.match(r"(#+) (.*)", line)
            if view:
                page.views.append(view.group(1))
                out += ["", raw("<!-- view %s -->" % view.group(1), block=True), ""]
            elif line.startswith("<!--"):
                pass
            elif heading and len(heading.group(1)) == 1:
                pass  # the title, which is there already
            elif heading:
                name = "%s_%s" % (page.id, slug(heading.group(2)))
                while name in names:
                    name += "-1"
                names.add(name)
                self.headings.append((page, name, re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(2))))
                words = html.escape(self.headings[-1][2])
                if page.id == "index":  # whose headings would stand among the pages of the menu
                    out += [raw('<h2 id="%s">%s</h2>' % (name, words), block=True), ""]
                    continue
                out.append("%s %s {#%s}" % (heading.group(1), self.line(page, heading.group(2)), name))
            else:
                out.append(self.line(page, line))
