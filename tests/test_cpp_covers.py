"""Is every macro and inline function of the public headers used in the test from C++?

usage: test_cpp_covers.py ROOT BUILD
"""

import os
import re
import sys

# Not for users: what the others are made of, and names that guard or mark.
INNER = re.compile(r"TAPELOOP_\w*H|TL_API|TL_PICK_\w+|TL_SITED\w*|TL_TEXT_|\w+_sited|NAME\w*")


def names(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    yield from re.findall(r"^[ \t]*#[ \t]*define (\w+)", text, re.M)
    yield from re.findall(r"^(?:static|template.*>) inline [\w ]*?[ *](\w+)\(", text, re.M)


def main():
    root, missing, seen = sys.argv[1], 0, 0
    used = ""
    for name in ("test_cpp.cpp", "cpp_macros.cpp"):
        with open(os.path.join(root, "tests", name), encoding="utf-8") as f:
            used += f.read()
    words = set(re.findall(r"\w+", re.sub(r"/\*.*?\*/", "", used, flags=re.S)))
    headers = [os.path.join(top, "include", "tapeloop", name) for top in (root, sys.argv[2])
               for name in sorted(os.listdir(os.path.join(top, "include", "tapeloop"))) if name.endswith(".h")]
    for header in headers:
        with open(header, encoding="utf-8") as f:
            for name in set(names(f.read())):
                if INNER.fullmatch(name):
                    continue
                seen += 1
                if name not in words:
                    missing += 1
                    print(f"not ok - {os.path.basename(header)}: {name} is not used in tests/cpp_macros.cpp")
    print(f"{seen} macros and inline functions, {missing} missing")
    return missing > 0 or seen < 150


if __name__ == "__main__":
    sys.exit(main())
