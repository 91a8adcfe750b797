/*
 * What runs a fuzzer whose input is a list of units of eight bytes: by number, by the clock, or by
 * libFuzzer. Inputs run in a child, so that a crash, a sanitizer's word and a hang are seen like
 * any other failure; one that failed is made smaller by leaving units out, and told in words.
 */
#ifndef TL_FUZZ_DRIVE_H
#define TL_FUZZ_DRIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FUZZ_UNIT = 8, FUZZ_UNITS = 600 };

typedef uint8_t fuzz_unit[FUZZ_UNIT];

typedef struct fuzzer {
	const char *name;
	int most; /* units of an input by number, before they are expanded */
	/* What an input stands for: units of `to`, at most FUZZ_UNITS. */
	size_t (*expand)(const fuzz_unit *from, size_t count, fuzz_unit *to);
	/* Do it; how many rounds that were. Calls fuzz_fail when something is wrong. */
	long (*run)(const fuzz_unit *units, size_t count);
} fuzzer;

extern const fuzzer fuzz_this; /* defined by the fuzzer */

/* Say what is wrong and abort. `what` is a word or two: inputs that fail alike have it in common.
 */
__attribute__((noreturn, format(printf, 2, 3))) void fuzz_fail(const char *what, const char *format,
							       ...);

/* A line about what is done now, if somebody wants to read it. */
__attribute__((format(printf, 1, 2))) void fuzz_say(const char *format, ...);
bool fuzz_is_told(void);

/* Pseudo-random bytes, for what is made of the bytes of an input. */
uint64_t fuzz_random(uint64_t *state);

#endif
