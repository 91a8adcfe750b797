"""Pages of what the registries have, as tables.c prints it."""
import html
import os
import xml.etree.ElementTree as xml

from pages import raw


def math(text):
    """An equation of the tables, after a look at whether it is well-formed."""
    if text:
        xml.fromstring(text)
    return text.replace("\n", "")


def table(heads, rows, kind=""):
    return raw("<table class=\"doxtable %s\"><tr>%s</tr>%s</table>" % (
        kind, "".join("<th>%s</th>" % head for head in heads), "".join(rows)), block=True)


def link(functions, function, words):
    """To where a function is documented, if there is one of this name."""
    shown = "<code>%s</code>" % html.escape(words)
    return "<a href=\"%s#%s\">%s</a>" % (functions[function], function, shown) if function in functions else shown


def ops(known, functions):
    rows = []
    for op in known:
        derivative = math(op["derivative"])
        if op["compound"]:
            derivative = "<span class=\"note\">that of the ops it records</span>"
        elif not derivative:
            derivative = "<span class=\"note\">none</span>"
        rows.append("<tr id=\"op_%s\"><td>%s<div class=\"note\">%s</div></td><td>%s</td><td>%s</td></tr>" % (
            op["name"], link(functions, "tl_" + op["name"], op["name"]), html.escape(op["doc"]), math(op["equation"]),
            derivative))
    return ("# Ops {#page_ops}\n\ny is the result and dy its adjoint, d loss / d y; da is that of the operand a. A product unit "
            "by unit is \u2299, indices count from 0. An op of your own says the same of itself (tl_op::equation, "
            "tl_op::derivative), and @ref tl_op_print writes it.\n\n%s\n" % table(
                ("op", "what it computes", "derivative"), rows, "ops"))


def kinds(cells, zoo):
    texts, rows = {cell["name"] for cell in zoo}, []
    for cell in cells:
        name = "<code>%s</code>" % cell["name"]
        if cell["name"] in texts:
            name = "<a href=\"page_zoo.html#cell_%s\">%s</a>" % (cell["name"], name)
        rows.append("<tr><td>%s</td><td>%s</td><td>%s</td></tr>" % (
            name, ", ".join(cell["states"]), html.escape(cell["doc"])))
    return ("# Kinds of cells in C {#page_kinds}\n\nMade by @ref tl_cell_create with the name; <code>tapeloop show NAME</code> "
            "prints the equations of any of them, read from what one step records. Those that are files of equations too "
            "are linked.\n\n%s\n" % table(("kind", "states", "what it is"), rows))


def zoo(cells):
    """What follows the document about the zoo: all its cells."""
    shown = ""
    for cell in cells:
        shown += ("<section class=\"cell\" id=\"cell_%s\"><h2>%s</h2><p>%s</p>%s<details><summary>%s, as text</summary>"
                  "<div class=\"fragment plain\" tabindex=\"0\"><pre>%s</pre></div></details></section>" % (
                      cell["name"], cell["name"], html.escape(cell["doc"]), math(cell["equations"]),
                      os.path.basename(cell["file"]), html.escape(cell["text"].rstrip())))
    names = " ".join("<a href=\"#cell_%s\">%s</a>" % (cell["name"], cell["name"]) for cell in cells)
    return "## All of them {#page_zoo_all}\n\n%s\n" % raw("<p class=\"names\">%s</p>%s" % (names, shown), block=True)


def optimizers(known):
    rows = []
    for kind in known:
        first = "<td rowspan=\"%d\"><code>%s</code><div class=\"note\">%s</div></td>" % (
            len(kind["options"]), kind["name"], html.escape(kind["doc"]))
        for option in kind["options"]:
            rows.append("<tr>%s<td><code>%s</code></td><td>%g</td><td>%s</td></tr>" % (
                first, option["name"], option["initial"], option["range"]))
            first = ""
    return ("# Optimisers {#page_kinds_of_optimizers}\n\nMade by @ref tl_optimizer_create with the name and options as text, or "
            "each by its function; @ref page_optimizers tells when to take which.\n\n%s\n" % table(
                ("optimiser", "option", "unless set", "may be"), rows))
