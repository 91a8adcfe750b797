/*
 * Leaves, as nodes see them: inputs, constants, full tensors, parameters. Their ops have no kernel;
 * the executors read their data.
 */
#ifndef TL_GRAPH_LEAF_H
#define TL_GRAPH_LEAF_H

#include "graph/tape.h"

extern const tl_op tl_op_input, tl_op_constant, tl_op_full, tl_op_param;

/* Strips compute it. */
static inline bool tl_is_elementwise(const tl_op *op)
{
	return op->step || op->elementwise;
}

static inline bool tl_is_leaf(const tl_node *n)
{
	return !n->op->kernel && !tl_is_elementwise(n->op);
}

typedef struct tl_input_attr {
	int32_t source; /* tl_dtype of the data */
} tl_input_attr;

typedef struct tl_full_attr {
	double value;
} tl_full_attr;

/*
 * Is the number part of the structure of a tape, that the compiler may build on? Only such as
 * formulas are made of; any other may be a rate or a temperature that changes every time.
 */
static inline bool tl_is_plain_number(double x)
{
	return x == 0 || x == 1 || x == -1 || x == 2 || x == 0.5 || x == -0.5;
}

/* Its signature says how its gradient is stored, not which parameter it is. What is frozen when it
 * is brought onto the tape is not learned there, whatever becomes of the parameter meanwhile:
 * programs and passes are found by signatures. */
typedef struct tl_param_attr {
	tl_param *param;
	int64_t stored; /* the gradient's tl_dtype; TL_NOT_STORED; TL_NOT_LEARNED */
} tl_param_attr;

enum { TL_NOT_LEARNED = -1, TL_NOT_STORED = -2 };

/* Is this node a parameter that the tape has gradients for? */
static inline bool tl_is_learned(const tl_tape *tape, uint32_t id)
{
	const tl_node *n = tl_node_at(tape, id);
	return n->op == &tl_op_param && ((const tl_param_attr *)n->attr)->stored != TL_NOT_LEARNED;
}

/* The parameter that a node brings onto the tape. */
static inline tl_param *tl_param_at(const tl_tape *tape, uint32_t id)
{
	return ((const tl_param_attr *)tl_node_at(tape, id)->attr)->param;
}

#endif
