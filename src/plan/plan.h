/*
 * Values. The plan of a tape keeps, for each node, where its value is, or NULL; everything computed
 * lies in one arena that is emptied when the tape's generation changes. Two executors fill it in:
 * the reference runs node by node and keeps all; the compiled one runs programs.
 */
#ifndef TL_PLAN_H
#define TL_PLAN_H

#include "graph/tape.h"
#include "kernels/kernels.h"

/*
 * The part of a tape that is to be computed: its nodes by number on the tape, operands first, and
 * after them the nodes that are already known. A program calls a node by its place in this list, so
 * it can be run for another part of another round that has the same structure.
 */
typedef struct tl_part {
	uint32_t *node;
	size_t nodes, computed,
		room; /* the first `computed` are to be computed (leaves among them) */
	uint64_t structure;
} tl_part;

struct tl_compiled; /* a program in the cache: compiled.c */

typedef struct tl_plan {
	uint64_t generation;      /* of the tape, when the values were computed */
	void **value;             /* per node */
	size_t value_room, known; /* entries from `known` on are not set yet */
	tl_arena memory;
	uint32_t *todo; /* nodes to compute, in order */
	size_t todo_count, todo_room;
	void *workspace; /* of the kernel that runs */
	size_t workspace_room;
	tl_array *array; /* its operands */
	size_t array_room;

	struct tl_compiled *cache; /* by structure; the oldest gives way */
	tl_part part;              /* what is being computed */
	uint32_t *place;           /* per node: its place in the part + 1 */
	size_t place_room;
	char *temporaries; /* one arena for all programs of the tape: one runs at a time */
	size_t temporary_room;
	void **base; /* of the program that runs */
	uint64_t *key;
	size_t base_room, key_room;
} tl_plan;

/* The plan of a tape, made if it has none, with all it knows of older generations forgotten. */
tl_plan *tl_plan_of(tl_tape *tape);

/* List in plan->todo, in order, the nodes without a value that these depend on (leaves not among
 * them). */
tl_status tl_plan_collect(tl_tape *tape, tl_plan *plan, const uint32_t *ids, size_t count);

/* The value of a leaf in the tape's type: read in place where it can be. NULL after reporting. */
void *tl_plan_leaf(tl_tape *tape, tl_plan *plan, uint32_t id);

/*
 * Compute by a program, from the cache or compiled now. With keep, every node computed on the way
 * keeps its value too, so that none is ever computed twice; without, only these do.
 */
tl_status tl_compiled_run(tl_tape *tape, tl_plan *plan, const uint32_t *ids, size_t count,
			  bool keep);
void tl_compiled_finish(tl_plan *plan);

/* Compute these node by node. */
tl_status tl_reference_run(tl_tape *tape, tl_plan *plan, const uint32_t *ids, size_t count);

/* For random numbers of a node: differs by seed, round and node. */
uint64_t tl_plan_key(const tl_tape *tape, uint32_t id);

/* A node's own elementwise step as a strip program of one step; memory has room for its operands
 * and result. */
void tl_plan_strip(const tl_tape *tape, uint32_t id, tl_strip *strip, tl_strip_memory *memory,
		   tl_strip_step *step);

#endif
