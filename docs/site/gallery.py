"""The gallery: pictures of the documents, live pages of tapes, what examples draw, what the command says of cells."""
import glob
import html
import os
import shutil
import subprocess

from pages import plain_code, raw

# Programs that draw, and what.
EXAMPLES = {"charlm": "a character model learns: its loss, and the gates of its units over a text",
            "mackeyglass": "a chaotic series, forecast by an echo state network",
            "adding": "cells learn to add two marked numbers", "reverse": "attention, learned by reversing a sequence"}

# Tapes that `tapeloop view` shows on the gallery, and what is seen of them; then pages of lessons.
TEXT = "to be or not to be"
VIEWED = (("lstm", "#tab=gates", "An LSTM that reads letters, each to guess the next: its gates at each letter"),
          ("gru", "#tab=tape", "A GRU that reads the same letters: its tape"))
LESSONS = (("7-attention", "#tab=attention", "Attention that has learned to reverse a sequence (lesson 7)"),)


def page(site):
    """The text of the page."""
    out = ["# Gallery {#page_gallery}", ""] + viewed(site) + pictures(site) + examples(site)
    picture = drawn(site)
    if picture:
        out += ["## A tape, drawn {#page_gallery_drawn}", "", "Three steps of a plain recurrent net and its gradients, all "
                "sixty nodes, by @ref tl_tape_print_dot and Graphviz (examples/draw.c).", "",
                raw("<figure class=\"wide\"><img src=\"images/%s\" alt=\"sixty nodes in three frames, one a step, and "
                    "the adjoints below them\"/></figure>" % picture, True), ""]
    if site.args.tool:
        out += ["## Cells, checked {#page_gallery_checked}", "", "What <code>tapeloop check</code> says of a few: whether "
                "gradients agree with differences, how they flow through time, what extreme inputs do.", ""]
        for cell in ("lstm", "rnn", "peephole.cell", "clockwork.cell"):
            done = subprocess.run([site.args.tool, "check", cell], cwd=site.root, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, env=dict(os.environ, NO_COLOR="1", TL_CELLS=site.root + "/cells"))
            out += [plain_code([("$ tapeloop check " + cell)] + done.stdout.decode().rstrip().split("\n")), ""]
    return "\n".join(out) + "\n"


def grid(figures):
    """Pictures beside each other: (file, words, what stands below it)."""
    return raw("<div class=\"pictures\">%s</div>" % "".join(
        "<figure><a href=\"images/%s\"><img src=\"images/%s\" alt=\"%s\" loading=\"lazy\"/></a><figcaption class=\"note\">%s"
        "</figcaption></figure>" % (file, file, html.escape(words), below) for file, words, below in figures), True)


def pictures(site):
    """Those of the documents; of a page on wide and on narrow screens the wide ones."""
    found = [os.path.relpath(path, site.root) for end in ("svg", "png")
             for path in sorted(glob.glob(os.path.join(site.root, "docs", "**", "*." + end), recursive=True))]
    figures = []
    for path in found:
        words = site.pages.images.setdefault(path, "") or os.path.splitext(os.path.basename(path))[0].replace("-", " ")
        if not path.endswith("-390.png"):
            figures.append((os.path.basename(path), words, html.escape(words)))
    return ["## Pictures of the documents {#page_gallery_pictures}", "", grid(figures), ""]


def viewed(site):
    """Live pages: of the command, and of lessons, whose programs write them later (views)."""
    shown = []
    for cell, hash_, words in VIEWED if site.args.tool else ():
        page = os.path.join(site.out, "views", cell + ".html")
        os.makedirs(os.path.dirname(page), exist_ok=True)
        subprocess.run([site.args.tool, "view", cell, "--text", TEXT, "--hidden", "8", "--out", page], check=True,
                       stdout=subprocess.DEVNULL)
        shown.append((cell, hash_, words, "<code>tapeloop view %s --text \"%s\"</code>" % (cell, TEXT)))
    for name, hash_, words in LESSONS:
        if site.args.lessons and os.path.exists(os.path.join(site.args.lessons, name)):
            shown.append((name, hash_, words, "<a href=\"page_lesson_%s.html\">the lesson</a>" % name.replace("-", "_")))
    out = ["## Tapes, live {#page_gallery_viewed}", "", "Play them, open a step, choose a node; @ref page_view says how.", ""]
    for name, hash_, words, by in shown:
        out.append(raw("<figure class=\"wide\"><iframe class=\"view\" title=\"%s\" src=\"views/%s.html%s\" loading=\"lazy\">"
                       "</iframe><figcaption class=\"note\">%s, by %s. <a href=\"views/%s.html%s\">In a window of its "
                       "own</a></figcaption></figure>" % (words, name, hash_, words, by, name, hash_), True) + "\n")
    return out if shown else []


def examples(site):
    """Pictures that examples draw, of a training of some seconds."""
    out = ["## What examples draw {#page_gallery_examples}", "", "After a training of a second or two each "
           "(<code>\\--quick</code>); their sources are linked.", ""]
    figures = []
    for name in EXAMPLES if site.args.examples else ():
        program = os.path.join(site.args.examples, name)
        folder = os.path.join(site.stage, "drawn", name)
        if not os.path.exists(program):
            continue
        subprocess.run([program, "--quick", "--out", folder], cwd=site.root, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        site.pages.linked.add("examples/%s.c" % name)
        for picture in sorted(glob.glob(os.path.join(folder, "*.svg"))):
            file = os.path.basename(picture)
            shutil.copy(picture, os.path.join(site.images, file))
            figures.append((file, EXAMPLES[name], "%s, by <a href=\"source/examples-%s.c.html\">examples/%s.c</a>" % (
                EXAMPLES[name], name, name)))
    return out + [grid(figures), ""] if figures else []


def drawn(site):
    if not site.args.examples or not site.args.dot:
        return None
    source = subprocess.run([os.path.join(site.args.examples, "draw")], check=True, stdout=subprocess.PIPE).stdout
    svg = subprocess.run([site.args.dot, "-Tsvg"], input=source, check=True, stdout=subprocess.PIPE).stdout
    with open(os.path.join(site.images, "drawn.svg"), "wb") as f:
        f.write(svg)
    return "drawn.svg"
