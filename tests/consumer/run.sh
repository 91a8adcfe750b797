#!/bin/sh
# Build the consumer three ways: as a Meson project with the library as its subproject, and against
# the installed library through pkg-config, shared and static.
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
		ninja -C "$work/project/build" consumer &&
		"$work/project/build/consumer"
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

way 'as a subproject' subproject
way 'installed, shared' shared "$@"
way 'installed, static' static "$@"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
