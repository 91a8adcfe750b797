#!/usr/bin/env python3
"""Put a page together and write it as C.

usage: embed.py page.c index.html style.css script.js ...

index.html has the lines {{style}}, {{script}} and {{data}}; the last is where the page is cut in two.
"""
import sys


def array(name, data):
    rows = [",".join(map(str, data[i : i + 24])) for i in range(0, len(data), 24)]
    return (
        f"const unsigned char {name}[] = {{\n" + ",\n".join(rows) + "};\n"
        f"const size_t {name}_bytes = {len(data)};\n"
    )


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def main():
    out, index, style, *scripts = sys.argv[1:]
    page = read(index).replace("{{style}}", read(style))
    page = page.replace("{{script}}", "\n".join(read(s) for s in scripts))
    head, tail = page.split("{{data}}")
    with open(out, "w", encoding="ascii") as f:
        f.write('#include "view/page.h"\n\n')
        f.write(array("tl_page_head", head.encode()))
        f.write(array("tl_page_tail", tail.encode()))


if __name__ == "__main__":
    main()
