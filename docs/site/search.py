"""More for Doxygen's search to find.

Its index has names and titles by their beginning only: `unroll` would not find tl_unroll, nor `vanish` the lesson
about it. Here every word of a name, a title, a heading or the first sentence about a function is a beginning.
"""
import glob
import html
import os
import re

COMMON = set("a an and as at be before by for from has have if in into is it its not of on one or than that the their them "
             "then there these they this those to was what when where which while who whose with".split())
EACH = re.compile(r"\['([^']*)',\[(.*)\]\],?$")


def as_id(text):
    """As search.js makes it of what is typed."""
    return "".join(c if re.match(r"[a-z0-9\u0080-\uffff]", c) else "_%02x" % ord(c) for c in text.lower())


def beginnings(text):
    """What may be typed: the text from each of its words on, and from each Chinese sign."""
    starts = [m.start() for m in re.finditer(r"[A-Za-z0-9\u0370-\u03ff]+|[\u4e00-\u9fff]", text)]
    found = [text[k:] for k in starts]
    return [rest for rest in found if re.match(r"\w*", rest).group(0).lower() not in COMMON]


def read(folder):
    """Doxygen's own entries, (key, the rest as JavaScript), without those of the pages' files."""
    entries = []
    for path in glob.glob(os.path.join(folder, "all_*.js")):
        with open(path, encoding="utf-8") as f:
            for line in f:
                found = EACH.match(line.strip())
                if found and not re.match(r"\d\d_5f.*_2emd_\d", found.group(1)):
                    entries.append((re.sub(r"_\d+$", "", found.group(1)), found.group(2)))
    return entries


def quoted(text):
    return "'%s'" % html.escape(text, quote=False).replace("\\", "\\\\").replace("'", "\\'").replace("\n", " ")


def extend(site, found):
    """found: (what is shown, where it leads, what it belongs to, the text whose words find it)."""
    folder = os.path.join(site, "search")
    entries = read(folder)
    known = set(entries)
    for shown, address, scope, text in found:
        row = "%s,[%s,1,%s]" % (quoted(shown), quoted("../" + address), quoted(scope))
        for words in beginnings(text):
            entry = (as_id(words), row)
            if entry not in known:
                known.add(entry)
                entries.append(entry)
    for path in glob.glob(os.path.join(folder, "all_*")):
        if path.endswith("all_0.html"):
            with open(path, encoding="utf-8") as f:
                page = f.read()
        os.remove(path)
    first = sorted({key[0] for key, _ in entries if key and key[0] != "_"})
    for number, letter in enumerate(first):
        name = "all_%x" % number
        rows = sorted(entry for entry in entries if entry[0].startswith(letter))
        body = ",\n".join("  ['%s_%d',[%s]]" % (key, k, row) for k, (key, row) in enumerate(rows))
        for end, text in (("js", "var searchData=\n[\n%s\n];\n" % body), ("html", page.replace("all_0.js", name + ".js"))):
            with open(os.path.join(folder, name + "." + end), "w", encoding="utf-8") as f:
                f.write(text)
    path = os.path.join(folder, "searchdata.js")
    with open(path, encoding="utf-8") as f:
        data = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(re.sub(r'0: "[^"]*"', '0: "%s"' % "".join(first), data, count=1))
    return len(entries)
