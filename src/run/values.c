/* Asking for values, and the calls that compute: tl_value and its kin, tl_backward, tl_tape_commit.
 */
#include "run/compile.h"

#include <tapeloop/grad.h>

#include <math.h>
#include <string.h>

static bool compiles(const tl_tape *t)
{
	return t->executor == TL_EXECUTOR_COMPILED && !t->trace_nan;
}

static void begin_computing(tl_tape *t)
{
	t->computed = true;
	t->evaluations++;
}

/* All that is computed on the way stays known, for what is recorded and asked for later. */
static tl_status evaluate(tl_tape *t, const uint32_t *ids, size_t count)
{
	tl_plan *p = tl_sets_alive(t) ? tl_plan_of(t) : NULL;
	if (!p)
		return t->problem.status;
	begin_computing(t);
	return compiles(t) ? tl_compiled_run(t, p, ids, count) : tl_reference_run(t, p, ids, count);
}

tl_status tl_evaluate(const tl_tensor *tensors, int count)
{
	if (count < 0 || (count && !tensors))
		return TL_ERROR_ARGUMENT;
	tl_tape *t = NULL;
	for (int i = 0; i < count && !t; i++)
		t = tensors[i].tape;
	if (!t)
		return count ? TL_ERROR_TAPE : TL_OK;
	for (int i = 0; i < count; i++)
		if (t->problem.status || !tl_belongs(t, tensors[i], "evaluate", i))
			return t->problem.status;
	uint32_t small[8], *ids = count <= 8 ? small : tl_alloc((size_t)count * sizeof *ids);
	if (!ids)
		return tl_report_memory(t, "evaluate");
	for (int i = 0; i < count; i++)
		ids[i] = tensors[i].id;
	tl_status status = evaluate(t, ids, (size_t)count);
	if (ids != small)
		tl_free(ids);
	return status;
}

static const char *type_name(tl_dtype dtype)
{
	return dtype == TL_F32 ? "floats" : dtype == TL_F64 ? "doubles" : "integers";
}

static const void *value_as(tl_tensor x, tl_dtype dtype)
{
	tl_tape *t = x.tape;
	if (!t || tl_evaluate(&x, 1))
		return NULL;
	tl_dtype is = tl_node_at(t, x.id)->dtype;
	if (is != dtype) {
		tl_report(t, TL_ERROR_TYPE,
			  "tl_value reads floats, tl_value_double doubles, tl_value_int integers",
			  "value: the tensor is of %s, and was read as %s", type_name(is),
			  type_name(dtype));
		return NULL;
	}
	return ((tl_plan *)t->plan)->value[x.id];
}

const float *tl_value(tl_tensor x)
{
	return value_as(x, TL_F32);
}

const double *tl_value_double(tl_tensor x)
{
	return value_as(x, TL_F64);
}

const int32_t *tl_value_int(tl_tensor x)
{
	return value_as(x, TL_I32);
}

double tl_item(tl_tensor x)
{
	tl_dtype dtype = tl_tensor_dtype(x);
	tl_shape s = tl_tensor_shape(x);
	char text[96];
	if (x.tape && x.id && !x.tape->problem.status && tl_elements(&s) != 1) {
		tl_report(x.tape, TL_ERROR_SHAPE, "tl_value reads all of a tensor",
			  "item: the tensor is %s, not one number", tl_shape_text(&s, text));
		return NAN;
	}
	const void *v = value_as(x, dtype);
	if (!v)
		return NAN;
	return dtype == TL_F32   ? (double)*(const float *)v
	       : dtype == TL_F64 ? *(const double *)v
				 : (double)*(const int32_t *)v;
}

/* Buffers take their values when everything is computed */

/*
 * Have the tape keep what it reads of a buffer that is about to change: values asked for later are
 * those of the buffer as it was, and a buffer may be assigned to another. What lies in the block of
 * the set (the leaf, and views of it) moves to a copy.
 */
static tl_status detach(tl_tape *t, tl_plan *p, tl_param *buffer)
{
	uint32_t id = tl_used_as(t, buffer);
	char *there = tl_param_value(buffer), *copy;
	if (!id)
		return TL_OK;
	if (!p->value[id] && !(p->value[id] = tl_plan_leaf(t, p, id)))
		return t->problem.status;
	if (p->value[id] != there)
		return TL_OK;
	const tl_node *n = tl_node_at(t, id);
	size_t bytes = (size_t)tl_elements(&n->shape) * tl_dtype_size(n->dtype);
	if (!(copy = tl_arena_take(&p->memory, bytes, 64)))
		return tl_report_memory(t, "assign");
	memcpy(copy, there, bytes);
	for (size_t i = 1; i < p->known; i++) {
		char *value = p->value[i];
		if (value >= there && value < there + bytes)
			p->value[i] = copy + (value - there);
	}
	return TL_OK;
}

static tl_status detach_all(tl_tape *t, tl_plan *p)
{
	tl_status status = TL_OK;
	for (size_t i = 0; i < t->assignments && !t->shadow && !status; i++)
		status = detach(t, p, t->assignment[i].buffer);
	return status;
}

static void assign_all(tl_tape *t, const tl_plan *p)
{
	for (size_t i = 0; i < t->assignments; i++) {
		tl_param *b = t->assignment[i].buffer;
		const tl_node *n = tl_node_at(t, t->assignment[i].node);
		tl_store(tl_param_value(b), tl_params_dtype(tl_param_set(b)),
			 p->value[t->assignment[i].node], n->dtype, tl_elements(&n->shape), false);
	}
	t->assignments = 0;
}

size_t tl_backward_ids(const tl_tape *t, const tl_backward_part *b, uint32_t *ids)
{
	size_t count = b->count;
	if (count)
		memcpy(ids, b->grad, count * sizeof *ids);
	for (size_t i = 0; i < t->assignments; i++)
		ids[count++] = t->assignment[i].node;
	if (b->loss)
		ids[count++] = b->loss;
	return count;
}

static tl_status reference_backward(tl_tape *t, tl_plan *p, const tl_backward_part *b)
{
	if (!tl_array_reserve(&p->ids, &p->id_room, b->count + t->assignments + 1, sizeof *p->ids))
		return tl_report_memory(t, "backward");
	uint32_t *ids = p->ids;
	size_t count = tl_backward_ids(t, b, ids);
	tl_status status = tl_reference_run(t, p, ids, count);
	for (size_t i = 0; !status && i < b->count; i++)
		tl_add_gradient(t, b->param[i], p->value[b->grad[i]]);
	return status;
}

/*
 * Compute the loss, these gradients and what is to be assigned; then add and assign. On a tape that
 * sees a shadow of the set (the checker's) nothing outside the tape changes.
 */
static tl_status compute_and_store(tl_tape *t, const tl_backward_part *b, size_t forward)
{
	tl_plan *p = tl_sets_alive(t) ? tl_plan_of(t) : NULL;
	if (!p || detach_all(t, p))
		return t->problem.status;
	tl_status status =
		compiles(t) ? tl_compiled_backward(t, p, b, forward) : reference_backward(t, p, b);
	begin_computing(t);
	if (!status && !t->shadow)
		assign_all(t, p);
	return status;
}

tl_status tl_tape_commit(tl_tape *t)
{
	if (!t)
		return TL_ERROR_TAPE;
	if (t->problem.status || !t->assignments)
		return t->problem.status;
	return compute_and_store(t, &(tl_backward_part){0}, t->nodes);
}

size_t tl_learned(const tl_tape *t, uint32_t loss, tl_tensor *found)
{
	size_t count = 0;
	for (uint32_t id = 1; id <= loss; id++) {
		const tl_node *n = tl_node_at(t, id);
		if (n->op != &tl_op_param || !tl_param_is_trainable(tl_param_at(t, id)))
			continue;
		if (found)
			found[count] = tl_handle((tl_tape *)t, id);
		count++;
	}
	return count;
}

static tl_status record_and_compute(tl_tensor loss)
{
	tl_tape *t = loss.tape;
	tl_plan *p = t->plan;
	size_t count = tl_learned(t, loss.id, NULL), forward = t->nodes;
	if (!count && tl_tensor_size(loss) == 1) /* if not, that is said first, by tl_grads */
		return tl_report(t, TL_ERROR_ARGUMENT,
				 "tl_use brings a parameter onto the tape; tl_grads differentiates "
				 "by other tensors, tl_tape_commit only assigns buffers",
				 "backward: no parameter that is learned was brought onto the tape "
				 "before the loss");
	if (!tl_array_reserve(&p->tensor, &p->tensor_room, 2 * count + 1, sizeof *p->tensor) ||
	    !tl_array_reserve(&p->param, &p->param_room, 2 * count + 1, sizeof *p->param))
		return tl_report_memory(t, "backward");
	tl_tensor *wrt = p->tensor, *grads = wrt + count;
	uint32_t *param = p->param, *grad = param + count;
	tl_learned(t, loss.id, wrt);
	tl_status status = tl_grads(loss, wrt, (int)count, grads);
	if (status)
		return status;
	for (size_t i = 0; i < count; i++) {
		param[i] = wrt[i].id;
		grad[i] = grads[i].id;
	}
	return compute_and_store(t, &(tl_backward_part){loss.id, param, grad, count}, forward);
}

tl_status tl_backward(tl_tensor loss)
{
	tl_tape *t = loss.tape;
	if (!t)
		return TL_ERROR_TAPE;
	if (t->problem.status || !tl_belongs(t, loss, "backward", 0))
		return t->problem.status;
	tl_plan *p = tl_sets_alive(t) ? tl_plan_of(t) : NULL;
	bool found = false;
	if (!p || detach_all(t, p))
		return t->problem.status;
	tl_status status = compiles(t) ? tl_compiled_again(t, p, loss.id, &found) : TL_OK;
	if (found)
		begin_computing(t);
	if (found && !status && !t->shadow)
		assign_all(t, p);
	return found || status ? status : record_and_compute(loss);
}
