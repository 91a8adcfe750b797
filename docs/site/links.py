#!/usr/bin/env python3
"""Do all links of a folder of HTML lead somewhere?

usage: links.py FOLDER

Every href and src to a file must be that of a file in the folder, every #name one of an element there. Doxygen's
menu and search are in scripts, which are looked at for addresses too.
"""
import os
import re
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit


class Names(HTMLParser):
    """What a page links to, and what in it can be linked to."""

    def __init__(self):
        super().__init__()
        self.links, self.ids = set(), set()

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if value and name in ("href", "src"):
                self.links.add(value)
            elif value and (name == "id" or (name == "name" and tag == "a")):
                self.ids.add(value)


def scanned(folder):
    pages = {}
    for top, _, files in os.walk(folder):
        for file in files:
            path = os.path.join(top, file)
            if file.endswith(".html"):
                names = Names()
                with open(path, encoding="utf-8") as f:
                    names.feed(f.read())
                pages[os.path.relpath(path, folder)] = names
            elif file.endswith(".js") and ("search" in top or file in ("menudata.js", "navtreedata.js") or file.startswith("navtreeindex")):
                names = Names()
                with open(path, encoding="utf-8") as f:
                    found = re.findall(r"[\"']((?:\.\./)?[\w/.-]+\.html(?:#\w+)?)[\"']", f.read())
                names.links.update(found)
                pages[os.path.relpath(path, folder)] = names
    return pages


def check(folder):
    """How many pages, how many links, and those that lead nowhere."""
    pages, count, broken = scanned(folder), 0, []
    for path, names in sorted(pages.items()):
        for link in sorted(names.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or link.startswith(("javascript:", "mailto:", "data:")):
                continue
            count += 1
            target = os.path.normpath(os.path.join(os.path.dirname(path), unquote(parts.path))) if parts.path else path
            if not os.path.exists(os.path.join(folder, target)):
                broken.append("%s: there is no %s" % (path, link))
            elif parts.fragment and target in pages and target.endswith(".html") and not target.startswith("views") and \
                    unquote(parts.fragment) not in pages[target].ids:
                broken.append("%s: there is no %s" % (path, link))
    return sum(path.endswith(".html") for path in pages), count, broken


if __name__ == "__main__":
    pages, count, broken = check(sys.argv[1])
    print("\n".join(broken + ["%d pages, %d links, %d lead nowhere" % (pages, count, len(broken))]))
    sys.exit(1 if broken else 0)
