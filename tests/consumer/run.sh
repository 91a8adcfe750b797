#!/bin/sh
# Build the consumer three ways: as a Meson project of default options with the library as its
# subproject, where the library is to be optimised all the same; and against the installed library
# through pkg-config, shared and static. Where Debian's loader and pkg-config look, it is installed
# where they do. (.ci/fresh really installs it, in a root of its own.)
#
# usage: run.sh source-root build-folder compiler...
set -u
root=$1 build=$2
shift 2
here=$root/tests/consumer
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# way name command...: the command must succeed and its last line be the consumer's.
way() {
	name=$1
	shift
	if "$@" >"$work/log" 2>&1 && tail -n 1 "$work/log" | grep -q '^tapeloop [0-9.]*: w = 2\.000'; then
		echo "ok - $name"
		passed=$((passed + 1))
	else
		echo "not ok - $name"
		cat "$work/log"
		failed=$((failed + 1))
	fi
}

subproject() {
	mkdir -p "$work/project/subprojects" &&
		cp "$here/main.c" "$here/meson.build" "$work/project" &&
		ln -s "$root" "$work/project/subprojects/tapeloop" &&
		meson setup "$work/project/build" "$work/project" --wrap-mode=nodownload \
			--force-fallback-for=tapeloop -Ddefault_library=static &&
		optimised "$work/project/build" &&
		ninja -C "$work/project/build" consumer &&
		"$work/project/build/consumer"
}

# The project is a debug build, and no file of the library is.
optimised() {
	python3 - "$1/compile_commands.json" <<-'END'
		import json, sys

		levels = {"library": set(), "project": set()}
		for entry in json.load(open(sys.argv[1], encoding="utf-8")):
		    given = [word for word in entry["command"].split() if word.startswith("-O")]
		    part = "library" if "subprojects/tapeloop" in entry["file"] else "project"
		    levels[part].add(given[-1] if given else "-O0")
		print(levels)
		sys.exit(levels != {"library": {"-O3"}, "project": {"-O0"}})
	END
}

installed() {
	DESTDIR=$work/root meson install -C "$build" --no-rebuild >/dev/null || return 1
	pc=$(find "$work/root" -name tapeloop.pc) || return 1
	PKG_CONFIG_PATH=$(dirname "$pc") PKG_CONFIG_SYSROOT_DIR=$work/root
	libraries=$(dirname "$(dirname "$pc")")
	export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
}

shared() {
	installed &&
		"$@" -std=c11 "$here/main.c" -o "$work/shared" $(pkg-config --cflags --libs tapeloop) -lm &&
		LD_LIBRARY_PATH=$libraries ldd "$work/shared" | grep -q libtapeloop.so &&
		LD_LIBRARY_PATH=$libraries "$work/shared"
}

static() {
	installed &&
		"$@" -std=c11 -static "$here/main.c" -o "$work/static" $(pkg-config --static --cflags --libs tapeloop) &&
		"$work/static"
}

# The list of the loader, and that of pkg-config without the variables set above.
looked_at() {
	installed || return 1
	case $(find "$work/root" -name tapeloop.pc) in
	"$work/root/usr/local/"*) ;;
	*) echo 'the build has another prefix' && return ;;
	esac
	found=${libraries#"$work/root"}
	PATH=$PATH:/usr/sbin:/sbin ldconfig -v -N 2>&1 | grep "$found:" &&
		env -u PKG_CONFIG_PATH -u PKG_CONFIG_LIBDIR pkg-config --variable pc_path pkg-config |
		tr : '\n' | grep -x "$found/pkgconfig"
}

way 'as a subproject' subproject
way 'installed, shared' shared "$@"
way 'installed, static' static "$@"
if [ -e /etc/debian_version ]; then
	if looked_at >"$work/log" 2>&1; then
		echo 'ok - installed where it is looked for'
		passed=$((passed + 1))
	else
		echo "not ok - installed in $libraries, where it is not looked for"
		cat "$work/log"
		failed=$((failed + 1))
	fi
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
