/*
 * What a node is, but for its operands, its data and where it was recorded: its op, attributes,
 * shape and type. Equal signatures have one number as long as the table lives, and different ones
 * have different numbers (they are compared, never only hashed), so two recordings are the same
 * computation exactly if their arrays of signatures and of operands are equal.
 */
#ifndef TL_GRAPH_SIGNATURE_H
#define TL_GRAPH_SIGNATURE_H

#include <tapeloop/custom_op.h>

#include "base/memory.h"

#include <string.h>

typedef struct tl_signature {
	const tl_op *op;
	const void *attr;
	size_t attr_bytes;
	tl_shape shape;
	tl_dtype dtype;
	uint32_t operands;
} tl_signature;

struct tl_signature_entry {
	tl_signature s;
	uint64_t hash;
	uint32_t next; /* in its bucket; 0 ends it */
};

typedef struct tl_signature_table {
	struct tl_signature_entry *entry; /* [0] is none */
	size_t entries, entry_room;
	uint32_t *bucket; /* a power of two of chains through the entries */
	size_t buckets;
	tl_arena attrs;
} tl_signature_table;

/* The number of a signature. 0 when out of memory. */
uint32_t tl_signature_number(tl_signature_table *table, const tl_signature *s);

static inline bool tl_same_words(const void *a, const void *b, size_t bytes)
{
	uint64_t x, y;
	for (; bytes >= sizeof x; bytes -= sizeof x) {
		memcpy(&x, a, sizeof x);
		memcpy(&y, b, sizeof y);
		if (x != y)
			return false;
		a = (const char *)a + sizeof x;
		b = (const char *)b + sizeof y;
	}
	return !bytes || !memcmp(a, b, bytes);
}

/* Is this the signature of that number? For guesses, of which most are right. */
static inline bool tl_signature_is(const tl_signature_table *table, uint32_t number,
				   const tl_signature *s)
{
	if (number >= table->entries)
		return false;
	const tl_signature *is = &table->entry[number].s;
	return is->op == s->op && is->dtype == s->dtype && is->operands == s->operands &&
	       is->attr_bytes == s->attr_bytes &&
	       tl_same_words(&is->shape, &s->shape, sizeof s->shape) &&
	       tl_same_words(is->attr, s->attr, s->attr_bytes);
}

size_t tl_signature_bytes(const tl_signature_table *table);
void tl_signature_finish(tl_signature_table *table);

#endif
