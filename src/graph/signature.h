/*
 * What a node is, but for its operands, its data and where it was recorded: its op, attributes,
 * shape and type. Equal signatures have one number as long as the table lives, and different ones
 * have different numbers (they are compared, never only hashed), so two recordings are the same
 * computation exactly if their arrays of signatures and of operands are equal.
 */
#ifndef TL_GRAPH_SIGNATURE_H
#define TL_GRAPH_SIGNATURE_H

#include <tapeloop/op.h>

#include "base/memory.h"

typedef struct tl_signature {
	const tl_op *op;
	const void *attr;
	size_t attr_bytes;
	tl_shape shape;
	tl_dtype dtype;
	uint32_t operands;
} tl_signature;

typedef struct tl_signature_table {
	struct tl_signature_entry *entry; /* [0] is none */
	size_t entries, entry_room;
	uint32_t *bucket; /* a power of two of chains through the entries */
	size_t buckets;
	tl_arena attrs;
} tl_signature_table;

/* The number of a signature; guess is tried first (0: none). 0 when out of memory. */
uint32_t tl_signature_number(tl_signature_table *table, const tl_signature *s, uint32_t guess);

size_t tl_signature_bytes(const tl_signature_table *table);
void tl_signature_finish(tl_signature_table *table);

#endif
