/*
 * An allocator for fuzzers: counts what is alive, refuses too much, fails when told to, and hands
 * out an address again as soon as it can, so that whatever takes an address for identity meets it.
 */
#ifndef TL_FUZZ_MEMORY_H
#define TL_FUZZ_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

void fuzz_memory_use(void); /* set it as the library's allocator; nothing of the library is alive */

/* The n-th allocation from now on fails, and if `on` those after it; 0: none does. */
void fuzz_memory_fail(int n, bool on);
bool fuzz_memory_failed(void); /* whether one has failed since */

int64_t fuzz_memory_blocks(void); /* alive */
void fuzz_memory_drop(void);      /* give the system what was freed */

#endif
