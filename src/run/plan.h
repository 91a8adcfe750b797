/*
 * Values. The plan of a tape keeps, for each node, where its value is, or NULL; everything computed
 * lies in one arena that is emptied when the tape's generation changes. Two executors fill it in:
 * the reference runs node by node and keeps all; the compiled one runs programs.
 */
#ifndef TL_PLAN_H
#define TL_PLAN_H

#include "kernels/kernels.h"
#include "run/key.h"

/* A node that was read after tl_backward had run without keeping its value. The next time the same
 * pass comes by, its program keeps it. A wish, not a part of any key. */
typedef struct tl_late {
	uint64_t pass; /* the hash of its key */
	uint32_t node;
} tl_late;

/* The one number of a full tensor. */
typedef union tl_number {
	float f;
	double d;
} tl_number;

/* Memory that a run needs beside its outputs. Grows; allocates nothing when it is large enough. */
typedef struct tl_frame {
	void **base;   /* per root */
	uint64_t *key; /* per random stream of the program */
	size_t base_room, key_room;
	char *temporaries;
	size_t temporary_room;
} tl_frame;

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

	struct tl_cache *cache; /* programs: cache.h */
	tl_part part;           /* what is being computed */
	tl_words words;
	uint32_t *place; /* per node: its place in the part + 1 */
	size_t place_room;
	tl_frame frame; /* one for all programs of the tape: one runs at a time */
	/* of tl_backward: what it asks for, and the parameters with their gradients */
	uint32_t *ids, *param;
	size_t id_room, param_room;
	tl_tensor *tensor;
	size_t tensor_room;
	struct tl_sink *sink; /* the gradients that a program computes */
	size_t sink_room;
	tl_pass_state pass; /* the tape before the adjoints of the backward pass at hand */
	tl_late late[16];   /* what was read after a backward run had not kept it */
	int lates;
	uint64_t
		last; /* the hash of the pass that ran last in this generation, of so many nodes, */
	uint32_t last_nodes; /* or 0 */
} tl_plan;

/* The plan of a tape, made if it has none, with all it knows of older generations forgotten. */
tl_plan *tl_plan_of(tl_tape *tape);

/* List in plan->todo, in order, the nodes without a value that these depend on (leaves not among
 * them). */
tl_status tl_plan_collect(tl_tape *tape, tl_plan *plan, const uint32_t *ids, size_t count);

/* The value of a leaf in the tape's type: read in place where it can be. NULL after reporting. */
void *tl_plan_leaf(tl_tape *tape, tl_plan *plan, uint32_t id);

/*
 * The compiled executor (compiled.c). Compute by a program, from the cache or compiled now. Every
 * node computed on the way keeps its value too, so that none is ever computed twice.
 */
tl_status tl_compiled_run(tl_tape *tape, tl_plan *plan, const uint32_t *ids, size_t count);

/*
 * The same for a backward pass: compute the loss, the gradients and what is to be assigned, and add
 * the gradients to the parameters' own. A pass that was run before needs no adjoints on the tape:
 * tl_compiled_again runs the program that is known for it, if there is one (*found). It is to be
 * asked first, before adjoints are recorded.
 */
typedef struct tl_backward_part {
	uint32_t loss;
	const uint32_t *param, *grad; /* nodes */
	size_t count;
} tl_backward_part;

tl_status tl_compiled_again(tl_tape *tape, tl_plan *plan, uint32_t loss, bool *found);
tl_status tl_compiled_backward(tl_tape *tape, tl_plan *plan, const tl_backward_part *b,
			       size_t forward);

/* The learned parameters on this tape that were recorded before the loss, into found unless it is
 * NULL. */
size_t tl_learned(const tl_tape *tape, uint32_t loss, tl_tensor *found);

/* List the gradients, what is to be assigned, the loss if there is one; returns how many. */
size_t tl_backward_ids(const tl_tape *tape, const tl_backward_part *b, uint32_t *ids);

/* Compute these node by node. */
tl_status tl_reference_run(tl_tape *tape, tl_plan *plan, const uint32_t *ids, size_t count);

/* A node's own elementwise step as a strip program of one step; memory has room for its operands
 * and result. */
void tl_plan_strip(const tl_tape *tape, uint32_t id, tl_strip *strip, tl_strip_memory *memory,
		   tl_strip_step *step);

#endif
