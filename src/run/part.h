/*
 * A part of a tape: the nodes that are to be computed and what they read, listed by place. In
 * contrast to tl_wanted, which is what somebody asks for, it has all that must be computed for it.
 */
#ifndef TL_RUN_PART_H
#define TL_RUN_PART_H

#include "ir/import.h"

/* The words of a program's key, while they are put together. */
typedef struct tl_words {
	uint32_t *word;
	size_t count, room;
} tl_words;

/* List the nodes without a value (value[id] is NULL) that these depend on, operands first. */
tl_status tl_part_collect(tl_tape *tape, void **value, tl_part *part, const uint32_t *ids,
			  size_t count);

/* Give what was collected its places, and list after it what it reads that is known; the words are
 * what the key of a program has of the part. False when out of memory. */
bool tl_part_list(tl_tape *tape, tl_part *part, tl_words *words);
void tl_part_finish(tl_part *part);

bool tl_words_push(tl_words *words, uint32_t word);

#endif
