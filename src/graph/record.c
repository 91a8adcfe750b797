/* Appending nodes, finding out what does not belong, and the lines that calls stand on. */
#include "graph/record.h"
#include "graph/error.h"
#include "graph/leaf.h"
#include "graph/shape.h"

#include "kernels/kernels.h"

#include <string.h>

/* Sites: nodes recorded by a call get the line of that call when it returns to the user */

void tl_stamp(tl_tape *t, const char *site)
{
	if (!t)
		return;
	for (; t->stamped < t->nodes; t->stamped++)
		if (!t->node[t->stamped].site)
			t->node[t->stamped].site = site;
	if (t->problem.status && !t->problem.sited) {
		t->problem.site = site;
		t->problem.sited = true;
	}
}

/* Recording */

static void report_threads(tl_tape *t, const char *op)
{
	tl_report(t, TL_ERROR_TAPE, "a tape belongs to one thread at a time; give each its own",
		  "%s: another call is recording on this tape: two threads use it at once", op);
}

/*
 * Two threads on one tape are found out when one begins to append while the other has not ended, or
 * ends what the other began. A tape may be handed on between calls, so no owner is noted; and there
 * is nothing to wait for, so two plain moves do, which cost next to nothing. It is for the words:
 * what two threads do to a tape before they are found out may still crash.
 */
static bool begin_recording(tl_tape *t, const char *op)
{
	if (atomic_load_explicit(&t->recording, memory_order_relaxed)) {
		report_threads(t, op);
		return false;
	}
	atomic_store_explicit(&t->recording, true, memory_order_relaxed);
	return true;
}

static void end_recording(tl_tape *t, const char *op)
{
	if (!atomic_load_explicit(&t->recording, memory_order_relaxed))
		report_threads(t, op);
	atomic_store_explicit(&t->recording, false, memory_order_relaxed);
}

bool tl_belongs(tl_tape *t, tl_tensor x, const char *op, int operand)
{
	if (x.tape == t && x.generation == t->round && x.id && x.id < t->nodes)
		return true;
	if (t->problem.status)
		return false;
	if (!x.tape || !x.id)
		tl_report(t, TL_ERROR_TAPE,
			  "a tensor variable was never set, or the call that made it failed",
			  "%s: operand %d is no tensor", op, operand);
	else if (x.tape != t)
		tl_report(t, TL_ERROR_TAPE,
			  "a computation lives on one tape; copy values over with tl_constant",
			  "%s: operand %d is of another tape", op, operand);
	else if (x.generation < t->born)
		tl_report(t, TL_ERROR_TAPE, "tensors do not outlive their tape",
			  "%s: operand %d is of a tape that was destroyed", op, operand);
	else if (x.generation == t->round)
		report_threads(t, op);
	else
		tl_report(t, TL_ERROR_TAPE,
			  "tensors do not outlive tl_tape_rewind; carry values in a buffer, the "
			  "state of a cell by tl_carry_of",
			  "%s: operand %d was recorded before the tape was rewound", op, operand);
	return false;
}

/* Data and pointers are left out, so that the same step over other data is the same structure. A
 * number is data, unless it is one that formulas are made of. */
static uint32_t signature_of(tl_tape *t, const tl_op *op, const void *attr, size_t attr_bytes,
			     size_t operands, const tl_shape *shape, tl_dtype dtype)
{
	tl_signature s = {op, attr, attr_bytes, *shape, dtype, (uint32_t)operands};
	if (op == &tl_op_full && !tl_is_plain_number(((const tl_full_attr *)attr)->value)) {
		s.attr_bytes = 0;
	} else if (op == &tl_op_param) {
		s.attr = &((const tl_param_attr *)attr)->stored;
		s.attr_bytes = sizeof(int64_t);
	}
	uint32_t guess = t->nodes < t->guesses ? t->signature[t->nodes] : 0;
	return guess && tl_signature_is(&t->signatures, guess, &s)
		       ? guess
		       : tl_signature_number(&t->signatures, &s);
}

/* Nodes and their signatures have room for as many. */
static bool append_reserve(tl_tape *t, const tl_op *op, size_t operands)
{
	if (t->operands + operands >= UINT32_MAX)
		return false;
	if (op == &tl_op_full &&
	    !tl_array_reserve(&t->number, &t->number_room, t->numbers + 1, sizeof *t->number))
		return false;
	return (t->nodes < t->node_room && t->nodes < t->signature_room) ||
	       (t->nodes < UINT32_MAX - 1 &&
		tl_array_reserve(&t->node, &t->node_room, t->nodes + 1, sizeof *t->node) &&
		tl_array_reserve(&t->signature, &t->signature_room, t->nodes + 1,
				 sizeof *t->signature));
}

static uint32_t append(tl_tape *t, const tl_op *op, const void *attr, size_t operands,
		       tl_shape shape, tl_dtype dtype)
{
	size_t attr_bytes = op->attr_size + operands * op->attr_each;
	void *kept = NULL;
	if (t->nodes > t->node_limit) {
		tl_report(t, TL_ERROR_TAPE,
			  "tl_tape_rewind empties a tape, once an iteration; "
			  "tl_tape_set_node_limit allows more",
			  "%s: the tape has %zu nodes, its limit, since it was last rewound",
			  op->name, t->node_limit);
		return 0;
	}
	uint32_t signature = 0;
	if (!append_reserve(t, op, operands) ||
	    !(signature = signature_of(t, op, attr, attr_bytes, operands, &shape, dtype)) ||
	    (attr_bytes && !(kept = tl_arena_take(&t->attrs, attr_bytes, 8)))) {
		tl_report_memory(t, op->name);
		return 0;
	}
	if (attr_bytes)
		memcpy(kept, attr, attr_bytes);
	tl_node *n = &t->node[t->nodes]; /* field by field: clearing it first costs as much */
	n->op = op;
	n->attr = kept;
	n->site = t->site;
	n->source = NULL;
	n->draw = op->random ? t->draws++ : 0;
	n->shape = shape;
	n->first = (uint32_t)t->operands;
	n->operands = (uint32_t)operands;
	n->primal = t->primal;
	n->gradient_of = 0;
	n->scope = t->scope;
	n->step = t->step;
	n->dtype = dtype;
	t->signature[t->nodes] = signature;
	if (op == &tl_op_full)
		t->number[t->numbers++] = ((const tl_full_attr *)attr)->value;
	return (uint32_t)t->nodes++;
}

uint32_t tl_append(tl_tape *t, const tl_op *op, const void *attr, size_t operands, tl_shape shape,
		   tl_dtype dtype)
{
	if (!begin_recording(t, op->name))
		return 0;
	uint32_t id = append(t, op, attr, operands, shape, dtype);
	end_recording(t, op->name);
	return id;
}

/* Every op needs as many operands as it says, of this tape. */
static bool operands_fit(tl_tape *t, const tl_op *op, int operands, const tl_tensor *operand)
{
	if (operands > 0 && !operand) {
		tl_report(t, TL_ERROR_ARGUMENT, NULL, "%s: the operands are NULL", op->name);
		return false;
	}
	if (operands < 0 || op->operand_count < -1) {
		tl_report(t, TL_ERROR_ARGUMENT, NULL, "%s: %d operands", op->name,
			  operands < 0 ? operands : op->operand_count);
		return false;
	}
	if (op->operand_count >= 0 ? operands != op->operand_count : operands < 1) {
		tl_report(t, TL_ERROR_ARGUMENT, NULL, "%s: %d operands given, %s%d wanted",
			  op->name, operands, op->operand_count < 0 ? "at least " : "",
			  op->operand_count < 0 ? 1 : op->operand_count);
		return false;
	}
	for (int i = 0; i < operands; i++)
		if (!tl_belongs(t, operand[i], op->name, i))
			return false;
	return true;
}

static bool is_leaf_op(const tl_op *op)
{
	return op == &tl_op_input || op == &tl_op_constant || op == &tl_op_full ||
	       op == &tl_op_param;
}

/* What a user's op may lack. Ops without kernel are leaves to everything else, which are not
 * applied. */
static const char *lack_of_op(const tl_op *op)
{
	if (!op)
		return "the op is NULL";
	if (!op->name || !*op->name)
		return "the op has no name";
	if (op->compound)
		return "it is made of other ops, and cannot be applied: call the function of this "
		       "name";
	if (!op->shape)
		return "the op has no shape rule";
	if (!op->kernel && !tl_is_elementwise(op) && !is_leaf_op(op))
		return "the op has no kernel";
	if (op->elementwise && (op->kernel || op->step || op->random))
		return "an elementwise op has no kernel and draws no random numbers";
	if (op->elementwise && (op->operand_count < 1 || op->operand_count > 3))
		return "an elementwise op has one to three operands";
	return NULL;
}

/* What a user's shape rule says of an elementwise op must be what strips can do. */
static bool suits_elementwise(const tl_call *c, const tl_shape *shape, tl_dtype dtype)
{
	bool fine = dtype != TL_I32;
	for (int k = 0; k < c->operands; k++) {
		tl_shape s = tl_call_operand_shape(c, k);
		int missing = (int)(shape->rank - s.rank);
		fine &= missing >= 0 && tl_call_operand_dtype(c, k) != TL_I32;
		for (int i = 0; fine && i < s.rank; i++)
			fine = s.dim[i] == 1 || s.dim[i] == shape->dim[missing + i];
	}
	return fine;
}

/* Ops are constant, so each is looked at once, as long as no other takes its place in the table. */
static bool op_is_whole(tl_tape *t, const tl_op *op, const void *attr)
{
	const tl_op **seen = &t->whole[(uintptr_t)op / sizeof(void *) % TL_WHOLE_OPS];
	const char *lack = op && *seen == op ? NULL : lack_of_op(op);
	if (!lack && !attr && op->attr_size + op->attr_each)
		lack = "attr is NULL, and the op has attributes";
	if (!lack) {
		*seen = op;
		return true;
	}
	tl_report(t, TL_ERROR_ARGUMENT,
		  "an op needs a name, a shape rule and a kernel, and attr its attr_size", "%s: %s",
		  op && op->name ? op->name : "apply", lack);
	return false;
}

static tl_tensor apply(tl_tape *t, const tl_op *op, const void *attr, int operands,
		       const tl_tensor *operand)
{
	tl_tensor none = {t, 0, 0};
	if (!tl_array_reserve(&t->operand, &t->operand_room, t->operands + (size_t)operands,
			      sizeof *t->operand)) {
		tl_report_memory(t, op->name);
		return none;
	}
	for (int i = 0; i < operands; i++)
		t->operand[t->operands + (size_t)i] = operand[i].id;
	tl_call call = {t, op, attr, operands, TL_NONE, (uint32_t)t->operands};
	tl_shape shape = {0};
	tl_dtype dtype = t->dtype;
	if (op->shape(&call, &shape, &dtype)) {
		if (!t->problem.status)
			tl_report(t, TL_ERROR_SHAPE, NULL,
				  "%s: its shape rule failed without a reason", op->name);
		return none;
	}
	if (!tl_shape_sound(&shape)) {
		char text[96];
		tl_report(t, TL_ERROR_SHAPE,
			  "rank is at most 4, sizes are not negative and below 2^48",
			  "%s: the result would have shape %s", op->name,
			  tl_shape_text(&shape, text));
		return none;
	}
	if (op->elementwise && !suits_elementwise(&call, &shape, dtype)) {
		tl_report(t, TL_ERROR_SHAPE, "its shape rule is tl_shape_elementwise",
			  "%s: an elementwise op is of real numbers, and its operands broadcast to "
			  "the result",
			  op->name);
		return none;
	}
	uint32_t id = append(t, op, attr, (size_t)operands, shape, dtype);
	if (!id)
		return none;
	t->operands += (size_t)operands;
	return tl_handle(t, id);
}

tl_tensor tl_apply_on(tl_tape *t, const tl_op *op, const void *attr, int operands,
		      const tl_tensor *operand)
{
	tl_tensor none = {t, 0, 0};
	if (!t || t->problem.status || !op_is_whole(t, op, attr) ||
	    !operands_fit(t, op, operands, operand) || !begin_recording(t, op->name))
		return none;
	tl_tensor y = apply(t, op, attr, operands, operand);
	end_recording(t, op->name);
	return t->problem.status ? none : y;
}

tl_tensor tl_apply(const tl_op *op, const void *attr, int operands, const tl_tensor *operand)
{
	tl_tape *t = NULL;
	for (int i = 0; operand && i < operands && !t; i++)
		t = operand[i].tape;
	return tl_apply_on(t, op, attr, operands, operand);
}
