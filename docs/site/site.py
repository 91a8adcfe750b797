#!/usr/bin/env python3
"""The reference site: build/site, from the headers, the documents, the lessons and the registries.

usage: site.py ROOT FOLDER --tables PROGRAM [--tool PROGRAM] [--lessons FOLDER]
               [--examples FOLDER] [--css FOLDER] [--dot PROGRAM]

FOLDER is made anew. Fails if something public has no comment, if Doxygen warns, if a link leads nowhere or if an
equation is no well-formed MathML.
"""
import argparse
import copy
import glob
import html
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import doxygen  # noqa: E402
import gallery  # noqa: E402
import headers  # noqa: E402
import links  # noqa: E402
import registries  # noqa: E402
import search  # noqa: E402
from pages import Pages, inline, raw  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))

GUIDES = ["tour", "cells", "view", "command", "race", "models", "training", "optimizers", "data", "files"]  # then the others
INSIDE = (("docs/architecture.md", "page_architecture"), ("CONTRIBUTING.md", "page_contributing"),
          ("SECURITY.md", "page_security"), ("CHANGELOG.md", "page_changes"))

# Sections with figures, which are shown together too.
RESULTS = (("README.md", "How fast"), ("docs/race.md", "Ten cells on three tasks"))


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


class Site:
    def __init__(self, args):
        self.root, self.out, self.args = args.root, args.folder, args
        self.stage = self.out + ".stage"
        for folder in (self.stage, self.out):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
        self.images = os.path.join(self.out, "images")
        os.makedirs(self.images)
        self.pages, self.number = Pages(self.root), 0
        cells = sorted(glob.glob(os.path.join(self.root, "cells", "*.cell")))
        said = subprocess.run([args.tables] + cells, check=True, stdout=subprocess.PIPE).stdout
        self.tables = json.loads(said)

    # Pages in the order of the menu

    def page(self, id_, text):
        self.number += 1
        write(os.path.join(self.stage, "%02d_%s.md" % (self.number, id_)), text)

    def document(self, path, id_, more=""):
        self.page(id_, self.pages.convert(self.pages.by_path[path], more))

    def parent(self, id_, title, intro, children):
        """A page of the menu that has others below it."""
        rows = ["# %s {#%s}" % (title, id_), "", intro, ""]
        for child, words, about in children:
            about = about.rstrip(".:") if len(about) < 160 else ""
            rows.append("- @subpage %s \"%s\"%s" % (child, words, ": " + inline(about[0].lower() + about[1:]) if about else ""))
        self.page(id_, "\n".join(rows) + "\n")

    def lessons(self):
        found = sorted(glob.glob(os.path.join(self.root, "docs/lessons/*.md")) +
                       glob.glob(os.path.join(self.root, "docs/lessons/zh/*.md")),
                       key=lambda p: (os.path.dirname(p), int(re.match(r"\d*", os.path.basename(p)).group(0) or 0)))
        paths = [os.path.relpath(p, self.root) for p in found if not p.endswith("README.md")]
        for path in paths:
            name = os.path.relpath(path, "docs/lessons")[:-3].replace("-", "_").replace("/", "_")
            self.pages.add(path, "page_lesson_" + name)
        if os.path.exists(os.path.join(self.root, "docs/lessons/README.md")):
            self.pages.add("docs/lessons/README.md", "page_lessons")
        return paths

    def index_pages(self):
        """All documents are known before one is converted, for links between them."""
        self.pages.add("README.md", "index", "Tapeloop")
        lessons = self.lessons()
        found = [os.path.basename(path)[:-3] for path in sorted(glob.glob(os.path.join(self.root, "docs", "*.md")))]
        inside = [path for path, _ in INSIDE]
        self.guides = [name for name in GUIDES if name in found] + \
            [name for name in found if name not in GUIDES and "docs/%s.md" % name not in inside]
        for name in self.guides:
            self.pages.add("docs/%s.md" % name, "page_" + name)
        self.pages.add("cells/README.md", "page_zoo", "The zoo: cells as files of equations")
        self.pages.add("examples/README.md", "page_examples")
        for path, id_ in INSIDE:
            self.pages.add(path, id_)
        return lessons

    def written(self):
        lessons = self.index_pages()
        page = self.pages.by_path
        more = (raw('<h2 id="index_site">On this site</h2>', True) + "\n\n- @subpage page_lessons\n- @subpage page_guides\n- @subpage page_tables\n"
                "- @subpage page_examples\n- @subpage page_gallery\n- @subpage page_figures\n- @subpage page_inside\n"
                "- [The headers](files.html), each a tutorial of its part, and [all functions](globals_func.html)\n")
        if not lessons:
            more = more.replace("- @subpage page_lessons\n", "")
        self.page("index", self.pages.convert(page["README.md"], more).replace("{#index}", "{#mainpage}", 1))
        if lessons:
            below = "\n".join("- @subpage %s" % page[p].id for p in lessons)
            self.document("docs/lessons/README.md", "page_lessons", "## All lessons {#page_lessons_all}\n\n%s\n" % below)
        for path in lessons:
            self.document(path, page[path].id)
        self.parent("page_guides", "Guides", "One document a subject. Their programs are compiled, run and compared with "
                    "what stands there, by the test suite.",
                    [("page_" + name, page["docs/%s.md" % name].title, page["docs/%s.md" % name].summary) for name in self.guides])
        for name in self.guides:
            self.document("docs/%s.md" % name, "page_" + name)
        self.parent("page_tables", "Ops, cells, optimisers", "What the library has, as its registries say it. The "
                    "equations are those that the declarations carry; the test suite evaluates them.",
                    [("page_ops", "Ops", "equations and derivatives"), ("page_kinds", "Kinds of cells in C", ""),
                     ("page_zoo", page["cells/README.md"].title, ""), ("page_kinds_of_optimizers", "Optimisers", "")])
        self.page("page_ops", registries.ops(self.tables["ops"], self.functions))
        self.page("page_kinds", registries.kinds(self.tables["cells"], self.tables["zoo"]))
        self.document("cells/README.md", "page_zoo", registries.zoo(self.tables["zoo"]))
        self.page("page_kinds_of_optimizers", registries.optimizers(self.tables["optimizers"]))
        self.document("examples/README.md", "page_examples")
        self.page("page_gallery", gallery.page(self))
        self.results()
        self.parent("page_inside", "For those who change it", "",
                    [(id_, page[path].title, page[path].summary if path != "CHANGELOG.md" else "") for path, id_ in INSIDE])
        for path, id_ in INSIDE:
            self.document(path, id_)

    # Figures

    def results(self):
        """Sections of the README and of the documents that have figures."""
        out = ["# Results and benchmarks {#page_figures}", "",
               "Figures are measured by programs that are in the repository: <code>meson compile -C build bench</code> "
               "prints all that are quoted. More is in @ref page_race (cells on tasks), @ref page_results (the examples), @ref page_optimizers (how fast a "
               "step is) and in the last part of @ref page_architecture.", ""]
        for path, title in RESULTS:
            page = copy.copy(self.pages.by_path[path])
            sections = re.split(r"^## ", "\n".join(page.lines), flags=re.M)[1:]
            page.lines = ["# x"] + [line for s in sections if s.startswith(title) for line in ("## " + s).split("\n")]
            page.id = "page_figures_" + os.path.basename(path)[:-3].lower()
            out.append(self.pages.convert(page).split("\n", 2)[2])
        self.page("page_figures", "\n".join(out) + "\n")

    # Doxygen

    def filtered(self):
        """The headers in Doxygen's form. Functions of ops have their equations."""
        self.headers = headers.read([os.path.join(self.root, "include/tapeloop")])
        self.functions = {name: header.name.replace("_", "__").replace(".h", "_8h.html")
                          for header in self.headers for item in header.items for name in item.public}
        linked = {name for header in self.headers for item in header.items for name in item.public if item.kind != "type"}
        doxygen.LINKED.update(linked)
        self.pages.functions.update(linked)
        count, missing = headers.check(self.headers)
        if missing:
            sys.exit("\n".join(missing))
        extra = {}
        for op in self.tables["ops"]:
            parts = [registries.math(op["equation"]), registries.math(op["derivative"])]
            made = "".join("<dl class=\"equation\"><dt>%s</dt><dd>%s</dd></dl>" % (name, part)
                           for name, part in zip(("Equation", "Derivative"), parts) if part)
            extra["tl_" + op["name"]] = "\n\n%s\n" % raw(made, True)
        for header in self.headers:
            write(os.path.join(self.stage, "tapeloop", header.name), doxygen.doxygen(header, extra))
        return count

    def doxygen(self):
        css = self.args.css
        with open(os.path.join(HERE, "Doxyfile"), encoding="utf-8") as f:
            config = f.read()
        sheets = [os.path.join(css, "doxygen-awesome.css"), os.path.join(css, "doxygen-awesome-sidebar-only.css"),
                  os.path.join(css, "doxygen-awesome-sidebar-only-darkmode-toggle.css")] if css else []
        scripts = [os.path.join(css, "doxygen-awesome-darkmode-toggle.js")] if css else []
        settings = {"INPUT": self.stage, "OUTPUT_DIRECTORY": self.out, "PROJECT_NUMBER": self.tables["version"],
                    "STRIP_FROM_PATH": self.stage, "STRIP_FROM_INC_PATH": self.stage,
                    "HTML_EXTRA_STYLESHEET": " ".join(sheets + [os.path.join(HERE, "site.css")]),
                    "HTML_EXTRA_FILES": " ".join(scripts + [os.path.join(HERE, "site.js")]), "WARN_LOGFILE": os.path.join(self.stage, "warnings"),
                    "USE_MDFILE_AS_MAINPAGE": os.path.join(self.stage, "01_index.md"),
                    "GENERATE_TAGFILE": os.path.join(self.stage, "tags"),
                    "LAYOUT_FILE": os.path.join(self.stage, "layout.xml"), "HTML_HEADER": os.path.join(self.stage, "header.html")}
        config += "".join("%s = %s\n" % pair for pair in settings.items())
        write(os.path.join(self.stage, "Doxyfile"), config)
        made = [os.path.join(self.stage, name) for name in ("header.html", "footer.html", "style.css")]
        subprocess.run(["doxygen", "-w", "html"] + made, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        layout = os.path.join(self.stage, "layout.xml")
        subprocess.run(["doxygen", "-l", layout], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        names = {"files": "Headers", "filelist": "All headers", "globals": "Names", "classes": "Structs",
                 "classlist": "All structs"}
        write(layout, re.sub(r'(<tab type="(%s)" visible="yes" title=")"' % "|".join(names),
                             lambda m: m.group(1) + names[m.group(2)] + '"', read(layout)))
        head = read(made[0])
        toggle = "<script src=\"$relpath^doxygen-awesome-darkmode-toggle.js\"></script>\n" \
            "<script>DoxygenAwesomeDarkModeToggle.init()</script>\n" if css else ""
        toggle += "<script src=\"$relpath^site.js\"></script>\n"
        write(made[0], head.replace("</head>", toggle + "</head>").replace("<html ", "<html lang=\"en\" ", 1))
        subprocess.run(["doxygen", os.path.join(self.stage, "Doxyfile")], check=True, stdout=subprocess.DEVNULL)
        menu = os.path.join(self.out, "menu.js")  # the search field without a name
        write(menu, read(menu).replace('id="MSearchField"', 'id="MSearchField" aria-label="Search"'))
        warnings = read(os.path.join(self.stage, "warnings")).strip()
        if warnings:
            sys.exit("Doxygen warns:\n" + warnings.replace(self.stage, ""))

    def anchored(self):
        """Doxygen's own names of the places of functions, in the links of the tables."""
        self.places = places = {}
        for member in xml.parse(os.path.join(self.stage, "tags")).getroot().iter("member"):
            if member.find("anchor") is not None:
                places[member.find("name").text] = member.find("anchorfile").text + "#" + member.find("anchor").text
        path = os.path.join(self.out, "page_ops.html")
        write(path, re.sub(r'href="\w+\.html#(tl_\w+)"', lambda m: 'href="%s"' % places[m.group(1)], read(path)))

    def searched(self):
        """What the search finds besides the beginnings of names and titles."""
        found = [(page.title, page.id + ".html", "", page.title) for page in self.pages.by_path.values()]
        found += [(words, "%s.html#%s" % (page.id, name), page.title, words) for page, name, words in self.pages.headings]
        for header in self.headers:
            for item in header.items:
                for name in item.public:
                    if name in self.places:
                        found.append((name, self.places[name], header.name, name))
                        found.append((name, self.places[name], header.name, item.text.summary()))
        for cell in self.tables["zoo"]:
            for text in (cell["name"], cell["doc"]):
                found.append((cell["name"], "page_zoo.html#cell_" + cell["name"], cell["doc"], text))
        for cell in self.tables["cells"]:
            found.append((cell["name"], "page_kinds.html", cell["doc"], cell["name"] + " " + cell["doc"]))
        for kind in self.tables["optimizers"]:
            found.append((kind["name"], "page_kinds_of_optimizers.html", kind["doc"], kind["name"] + " " + kind["doc"]))
        return search.extend(self.out, found)

    def languages(self):
        """Pages in Chinese say so, for browsers and screen readers."""
        for page in self.pages.by_path.values():
            if "/zh/" in page.path:
                path = os.path.join(self.out, page.id + ".html")
                write(path, read(path).replace('lang="en"', 'lang="zh-Hans"', 1))

    # What lies beside the pages

    def views(self):
        """The live pages of lessons, each written by the lesson's program."""
        wanted = [(page, name) for page in self.pages.by_path.values() for name in page.views]
        folder = os.path.join(self.out, "views")
        os.makedirs(folder, exist_ok=True)
        made = {}
        for page, name in wanted:
            program = os.path.join(self.args.lessons or "", name)
            if name not in made:
                done = subprocess.run([program, "--view", folder], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) \
                    if self.args.lessons and os.path.exists(program) else None
                made[name] = os.path.exists(os.path.join(folder, name + ".html"))
                if done and (done.returncode or not made[name]):
                    sys.exit("the lesson %s writes no view: %s" % (name, done.stderr.decode().strip()))
                if not done:
                    print("no view of the lesson %s: it was not built" % name)
            html_page = os.path.join(self.out, page.id + ".html")
            frame = "<iframe class=\"view\" title=\"The tape of lesson %s\" src=\"views/%s.html\" loading=\"lazy\"></iframe>" \
                "<p><a href=\"views/%s.html\">The tape in a window of its own</a></p>" % (name, name, name) if made[name] else \
                "<p class=\"note\">The tape's live page is not part of this build of the site.</p>"
            text, place = read(html_page), "<!-- view %s -->" % name
            if place not in text:
                sys.exit("%s: the place of the view is lost" % html_page)
            write(html_page, text.replace(place, frame))

    def sources(self):
        """Files that pages link to and that are no pages."""
        for path in self.pages.linked:
            full = os.path.join(self.root, path)
            if os.path.isdir(full):
                names = sorted(os.listdir(full))
                body = "<ul>%s</ul>" % "".join("<li><code>%s</code></li>" % html.escape(name) for name in names)
            else:
                body = "<pre>%s</pre>" % html.escape(read(full))
            write(os.path.join(self.out, "source", path.replace("/", "-") + ".html"),
                  "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%s</title>"
                  "<meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">"
                  "<style>html{color-scheme:light dark;background:Canvas;color:CanvasText}body{margin:1.5em auto;max-width:66em;padding:0 1em;font:15px/1.45 sans-serif}"
                  "a{color:light-dark(#0b5ea8,#79b8f3)}pre{overflow-x:auto;font-size:13px;tab-size:8}</style></head><body><p><a href=\"../index.html\">Tapeloop</a></p>"
                  "<h1>%s</h1>%s</body></html>\n" % (path, path, body))
        for path in self.pages.images:
            shutil.copy(os.path.join(self.root, path), self.images)

    def make(self):
        count = self.filtered()
        self.written()
        self.doxygen()
        self.anchored()
        entries = self.searched()
        self.languages()
        self.views()
        self.sources()
        pages, checked, broken = links.check(self.out)
        if broken:
            sys.exit("\n".join(broken[:40] + ["%d links lead nowhere" % len(broken)]))
        print("%s: %d pages, %d links, %d public names, %d that the search finds" % (
            self.out, pages, checked, count, entries))
        shutil.rmtree(self.stage)


def main():
    parser = argparse.ArgumentParser()
    for name in ("root", "folder"):
        parser.add_argument(name)
    for name in ("tables", "tool", "lessons", "examples", "css", "dot"):
        parser.add_argument("--" + name)
    Site(parser.parse_args()).make()


if __name__ == "__main__":
    main()
