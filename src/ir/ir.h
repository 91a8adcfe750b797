/*
 * What the passes work on: the part of a tape that is to be computed, as a graph of values that can
 * be rewritten. Values are hash-consed: asking for the same op of the same operands gives the value
 * that is already there, so common subexpressions never arise. A pass replaces a value by another
 * (tl_ir_replace) and what used the old one uses the new one from then on.
 *
 * Numbers are not a topological order once passes have run; tl_ir_order makes one, and otherwise
 * follows `when`, the place on the tape that a value comes from.
 */
#ifndef TL_IR_IR_H
#define TL_IR_IR_H

#include "ops/ops.h"

enum { TL_IR_NONE = UINT32_MAX };

typedef struct tl_value_ir {
	const tl_op *op;
	const void *attr;
	uint32_t first, operands;
	uint32_t node; /* the place in the part of the node it is, or TL_IR_NONE */
	uint32_t when; /* for the schedule: the later, the later */
	uint32_t uses; /* by live values and outputs; set by tl_ir_count_uses */
	tl_shape shape;
	tl_dtype dtype;
	bool leaf; /* read, not computed */
	bool live; /* an output needs it; set by tl_ir_order */
} tl_value_ir;

/* An entry of the table of values; the hash spares a look at those that are others. */
typedef struct tl_hashed_ir {
	uint32_t value, hash;
} tl_hashed_ir;

typedef struct tl_ir {
	tl_value_ir *value;
	size_t values, value_room;
	uint32_t *operand;
	size_t operands, operand_room;
	uint32_t *replaced; /* per value: itself, or what replaced it */
	size_t replaced_room;
	tl_hashed_ir *table; /* open addressing by op, attributes and operands */
	size_t table_size;
	uint32_t *output;
	size_t outputs, output_room;
	bool *sink;      /* per output: it is only to be added to something; NULL: none is */
	uint32_t *order; /* the live values, operands first */
	size_t ordered, order_room;
	bool in_order;      /* the order is that of the graph as it is now */
	uint32_t *boundary; /* places on the tape; values on two sides of one are not joined */
	size_t boundaries;
	const tl_tape *tape; /* what was recorded: steps, scopes and names of nodes are there */
	uint32_t forward;    /* of a backward pass: how many nodes lie before its adjoints */
	int stretches; /* asked for: to keep less of the forward part, computing it again in so many
			* stretches; -1: as many as is best; 0: to keep it all */
	/* Per place in the part: the value that stood for it first. NULL, unless somebody asks
	 * which instruction makes what. */
	const uint32_t *imported;
	size_t imports;
	tl_arena arena; /* attributes of values, and what else lives as long as the graph */
	tl_arena
		scratch; /* what a pass takes until it ends, a function until it resets to a mark */
	tl_dtype real;
	bool short_of_memory; /* it was once, and stays so; who works on the graph stops then */
} tl_ir;

void tl_ir_finish(tl_ir *ir);

/* A leaf: a parameter, an input, a constant, a value computed before. */
uint32_t tl_ir_leaf(tl_ir *ir, const tl_op *op, const void *attr, uint32_t node, tl_shape shape,
		    tl_dtype dtype);

/*
 * The value of an op as it is given, found if it is already there; attr is copied. TL_IR_NONE when
 * memory is short. See tl_ir_add in identities.h for one that is simplified first.
 */
uint32_t tl_ir_as_given(tl_ir *ir, const tl_op *op, const void *attr, const uint32_t *operand,
			size_t operands, tl_shape shape, tl_dtype dtype, uint32_t when);

/* The same computation as v's once more, of these operands, never taken for v itself. */
uint32_t tl_ir_again(tl_ir *ir, uint32_t v, const uint32_t *operand, uint32_t when);

/* How many boundaries lie at or before this place. */
uint32_t tl_ir_segment(const tl_ir *ir, uint32_t when);

/* Use `by` wherever `old` was used. */
void tl_ir_replace(tl_ir *ir, uint32_t old, uint32_t by);

/* Make `by` the k-th operand. */
void tl_ir_set_operand(tl_ir *ir, uint32_t value, uint32_t k, uint32_t by);

/* The k-th operand as it is now; what stands for a value now. */
uint32_t tl_ir_operand(tl_ir *ir, uint32_t value, uint32_t k);
uint32_t tl_ir_now(tl_ir *ir, uint32_t value);

/* Point all operands at what stands for them now; list the live values in ir->order; count uses.
 * Nothing is done if nothing has changed since the last time. */
bool tl_ir_order(tl_ir *ir);

/*
 * Scratch memory for so many elements, as it comes or of zero bytes. NULL when memory is short,
 * which stays in ir->short_of_memory: several can be taken before that is asked once. Nobody frees:
 * the walk through the passes and the emission reset ir->scratch after each, and a function that is
 * called often marks it and resets it itself.
 */
void *tl_ir_take(tl_ir *ir, size_t count, size_t element);
void *tl_ir_take_zero(tl_ir *ir, size_t count, size_t element);

/* Room for `need` elements in an array of scratch memory that has *room. */
bool tl_ir_reserve(tl_ir *ir, void *array_pointer, size_t *room, size_t need, size_t element);

static inline bool tl_ir_is(const tl_ir *ir, uint32_t value, const tl_op *op)
{
	return ir->value[value].op == op;
}

extern const tl_op tl_op_number; /* a leaf that stands for a full tensor whose number is data */
extern const tl_op tl_op_copy;   /* x in other memory */

#endif
