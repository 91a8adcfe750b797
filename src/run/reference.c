/*
 * The reference executor: one node after the other, in the order recorded, every value kept. It is
 * the oracle the compiled executor is tested against, and what tracing NaN uses.
 */
#include "run/reference.h"

#include <math.h>
#include <string.h>

static bool workspace_reserve(tl_tape *t, tl_evaluation *e, size_t bytes)
{
	if (bytes <= e->workspace_room)
		return true;
	void *grown = tl_alloc(bytes);
	if (!grown) {
		tl_report_memory(t, "evaluate");
		return false;
	}
	tl_free(e->workspace);
	e->workspace = grown;
	e->workspace_room = bytes;
	return true;
}

static tl_array array_of(const tl_tape *t, const tl_evaluation *e, uint32_t id)
{
	const tl_node *n = tl_node_at(t, id);
	return (tl_array){e->value[id], n->dtype, n->shape, tl_elements(&n->shape)};
}

/* A node's own elementwise step as a strip program of one step; memory has room for its operands
 * and result. */
static void strip_of(const tl_tape *t, uint32_t id, tl_strip *strip, tl_strip_memory *memory,
		     tl_strip_step *step)
{
	const tl_node *n = tl_node_at(t, id);
	int operands = (int)n->operands;
	*strip = (tl_strip){.dim = {1, 1, 1, 1},
			    .memories = operands + 1,
			    .steps = 1,
			    .memory = memory,
			    .step = step};
	for (int i = 0; i < n->shape.rank; i++)
		strip->dim[4 - n->shape.rank + i] = n->shape.dim[i];
	*step = tl_step_of(n->op, n->attr);
	step->to = (uint16_t)operands;
	for (int k = 0; k <= operands; k++) {
		const tl_node *o =
			k < operands ? tl_node_at(t, t->operand[n->first + (uint32_t)k]) : n;
		int64_t own[TL_MAX_RANK];
		tl_strides(&o->shape, own);
		memory[k].dtype = o->dtype;
		tl_broadcast_strides(&o->shape, own, 4, memory[k].stride);
		if (k < operands)
			step->from[k] = (uint16_t)k;
	}
}

static tl_status run_strip(tl_tape *t, tl_evaluation *e, uint32_t id, void *out)
{
	const tl_node *n = tl_node_at(t, id);
	const tl_kernels *k = tl_kernels_for(t->dtype);
	tl_strip strip;
	tl_strip_memory memory[4];
	tl_strip_step step;
	void *base[4];
	uint64_t key = tl_node_key(t, n);
	strip_of(t, id, &strip, memory, &step);
	for (uint32_t i = 0; i < n->operands; i++)
		base[i] = e->value[t->operand[n->first + i]];
	base[n->operands] = out;
	if (!workspace_reserve(t, e, k->strip_workspace(&strip)))
		return t->problem.status;
	k->strip(&strip, base, &key, e->workspace, 0, 1);
	return TL_OK;
}

static tl_status run_kernel(tl_tape *t, tl_evaluation *e, uint32_t id, void *out)
{
	const tl_node *n = tl_node_at(t, id);
	char problem[TL_PROBLEM] = "";
	if (!tl_array_reserve(&e->array, &e->array_room, n->operands, sizeof *e->array))
		return tl_report_memory(t, "evaluate");
	for (uint32_t i = 0; i < n->operands; i++)
		e->array[i] = array_of(t, e, t->operand[n->first + i]);
	tl_kernel_args run = {.attr = n->attr,
			      .operands = (int)n->operands,
			      .in = e->array,
			      .out = {out, n->dtype, n->shape, tl_elements(&n->shape)},
			      .real = t->dtype,
			      .key = tl_node_key(t, n),
			      .part = 0,
			      .parts = 1,
			      .message = problem};
	if (n->op->workspace && !workspace_reserve(t, e, n->op->workspace(&run)))
		return t->problem.status;
	run.workspace = e->workspace;
	tl_status status = n->op->kernel(&run);
	if (status)
		tl_report_at(t, id, status, NULL, "%s",
			     *problem ? problem : tl_status_text(status));
	return status;
}

/* Tracing */

/* The first number that is NaN, or else infinite; -1 if all are finite. */
static int64_t first_bad(const tl_node *n, const void *value)
{
	int64_t size = n->dtype == TL_I32 ? 0 : tl_elements(&n->shape), bad = -1;
	for (int64_t i = 0; i < size; i++) {
		double x = tl_number_at(value, n->dtype, i);
		if (isnan(x))
			return i;
		if (bad < 0 && isinf(x))
			bad = i;
	}
	return bad;
}

/*
 * A node is to blame for a NaN, and for an infinity unless an operand has one: a mask of -infinity
 * may be meant. The data of a leaf is blamed for NaN alone.
 */
static tl_status trace(tl_tape *t, const tl_evaluation *e, uint32_t id)
{
	const tl_node *n = tl_node_at(t, id);
	int64_t bad = first_bad(n, e->value[id]);
	if (bad < 0)
		return TL_OK;
	bool nan = isnan(tl_number_at(e->value[id], n->dtype, bad)), given = tl_is_leaf(n);
	for (uint32_t k = 0; k < n->operands && !nan && !given; k++) {
		uint32_t o = t->operand[n->first + k];
		given = first_bad(tl_node_at(t, o), e->value[o]) >= 0;
	}
	if (!nan && given)
		return TL_OK;
	return tl_report_at(
		t, id, TL_ERROR_VALUE, "this node is the first whose value is not finite",
		"element %lld of the %s is %s%s", (long long)bad, tl_is_leaf(n) ? "data" : "result",
		nan ? "NaN" : "infinite", n->primal ? ", backward" : "");
}

/* A view whose elements follow one another from the offset on in its operand: every value that is
 * kept lies so. What cannot, is computed. */
static bool stays_in_place(const tl_tape *t, const tl_node *n, int64_t *offset)
{
	tl_view view = {0};
	if (!n->op->view)
		return false;
	const tl_shape *from = &tl_node_at(t, t->operand[n->first])->shape;
	tl_strides(from, view.stride);
	if (!n->op->view(n->attr, from, &n->shape, &view))
		return false;
	*offset = view.offset;
	return tl_is_contiguous(&n->shape, view.stride);
}

static tl_status compute(tl_tape *t, tl_evaluation *e, uint32_t id)
{
	const tl_node *n = tl_node_at(t, id);
	int64_t offset;
	tl_status status = TL_OK;
	if (tl_is_leaf(n)) {
		status = tl_read_leaf(t, e, id);
	} else if (stays_in_place(t, n, &offset)) {
		e->value[id] = (char *)e->value[t->operand[n->first]] +
			       offset * (int64_t)tl_dtype_size(n->dtype);
	} else {
		void *out = tl_arena_take(
			&e->memory, (size_t)tl_elements(&n->shape) * tl_dtype_size(n->dtype), 64);
		if (!out)
			return tl_report_memory(t, "evaluate");
		status = tl_is_elementwise(n->op) ? run_strip(t, e, id, out)
						  : run_kernel(t, e, id, out);
		if (!status)
			e->value[id] = out;
	}
	if (!status && t->run.check_finite)
		status = trace(t, e, id);
	return status;
}

tl_status tl_reference_run(tl_tape *t, tl_evaluation *e, const uint32_t *ids, size_t count)
{
	tl_status status = tl_part_collect(t, e->value, &e->part, ids, count);
	for (size_t i = 0; !status && i < e->part.nodes; i++)
		status = compute(t, e, e->part.node[i]);
	return status;
}
