#!/bin/bash
# Build the fuzzers for an engine, as OSS-Fuzz asks for it: CC, CXX, CFLAGS and LIB_FUZZING_ENGINE say
# how, OUT is where the programs go. Alone, with clang:
#
#   OUT=/tmp/fuzzers fuzz/build.sh && /tmp/fuzzers/fuzz_rounds -max_total_time=60
set -eu
cd "$(dirname "$0")/.."
: "${CC:=clang}" "${CXX:=clang++}" "${OUT:?is to be a folder}"
: "${CFLAGS:=-g -O1 -fsanitize=address,undefined,fuzzer-no-link}"
: "${LIB_FUZZING_ENGINE:=-fsanitize=fuzzer}"
export CC CXX CFLAGS
work=${WORK:-$(mktemp -d)}/tapeloop
mkdir -p "$OUT"

meson setup "$work" . -Ddefault_library=static -Dtests=disabled -Dexamples=false -Dbuildtype=plain \
	-Dauto_features=disabled -Djson=enabled -Dzlib=enabled \
	-Db_lundef=false
ninja -C "$work" include/tapeloop/sites.h src/libtapeloop.a src/libtapeloop-train.a
fuzzer() {
	local name=$1
	shift
	$CC $CFLAGS ${format:+-DFUZZ_FORMAT=$format} -std=gnu11 -I. -Isrc -Iinclude -I"$work/include" "${@/#/fuzz/}" "$work/src/libtapeloop-train.a" "$work/src/libtapeloop.a" \
		$LIB_FUZZING_ENGINE -ljansson -lz -lm -lpthread -o "$OUT/$name"
}
fuzzer fuzz_tape fuzz_tape.c ops.c
fuzzer fuzz_rounds fuzz_rounds.c rounds_emit.c rounds_held.c rounds_record.c rounds_repeat.c rounds_sets.c rounds_world.c drive.c memory.c
fuzzer fuzz_nets fuzz_nets.c nets.c drive.c memory.c
fuzzer fuzz_cells fuzz_cells.c
fuzzer fuzz_data fuzz_data.c

# Readers of files, a program a format.
for format in SAFETENSORS NPY NPZ; do
	fuzzer "fuzz_$(echo $format | tr A-Z a-z)" fuzz_files.c
done
