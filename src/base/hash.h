/*
 * uthash as the library uses it: memory from tl_alloc, and when there is none an entry is simply
 * not in the table, so whoever adds one looks for it afterwards.
 */
#ifndef TL_BASE_HASH_H
#define TL_BASE_HASH_H

#include "base/memory.h"

#define HASH_NONFATAL_OOM          1
#define uthash_malloc(bytes)       tl_alloc(bytes)
#define uthash_free(memory, bytes) tl_free(memory)
#include <uthash.h>

#endif
