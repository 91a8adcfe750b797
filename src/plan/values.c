/* Asking for values, and the calls that compute: tl_value and its kin, tl_backward, tl_commit. */
#include "plan/plan.h"

#include <tapeloop/grad.h>

#include <math.h>
#include <string.h>

/* With keep, all that is computed on the way stays known, for what is recorded and asked for later.
 */
static tl_status evaluate(tl_tape *t, const uint32_t *ids, size_t count, bool keep)
{
	tl_plan *p = tl_plan_of(t);
	if (!p)
		return t->problem.status;
	if (t->executor == TL_REFERENCE || t->trace_nan)
		return tl_reference_run(t, p, ids, count);
	return tl_compiled_run(t, p, ids, count, keep);
}

tl_status tl_evaluate(const tl_tensor *tensors, int count)
{
	tl_tape *t = count > 0 ? tensors[0].tape : NULL;
	if (!t)
		return count > 0 ? TL_ERROR_TAPE : TL_OK;
	for (int i = 0; i < count; i++)
		if (t->problem.status || !tl_belongs(t, tensors[i], "evaluate", i))
			return t->problem.status;
	uint32_t small[8], *ids = count <= 8 ? small : tl_alloc((size_t)count * sizeof *ids);
	if (!ids)
		return tl_report_memory(t, "evaluate");
	for (int i = 0; i < count; i++)
		ids[i] = tensors[i].id;
	tl_status status = evaluate(t, ids, (size_t)count, true);
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
	if (x.tape && x.id && !x.tape->problem.status && tl_shape_size(&s) != 1) {
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

/* Buffers take their values when everything is computed
 * */

static void store(void *to, tl_dtype to_type, const void *from, tl_dtype from_type, int64_t size,
		  bool add)
{
	for (int64_t i = 0; i < size; i++) {
		double x = from_type == TL_F64 ? ((const double *)from)[i]
					       : (double)((const float *)from)[i];
		if (to_type == TL_F64)
			((double *)to)[i] = add ? ((double *)to)[i] + x : x;
		else
			((float *)to)[i] = (float)(add ? (double)((float *)to)[i] + x : x);
	}
}

static void assign_all(tl_tape *t, const tl_plan *p)
{
	for (size_t i = 0; i < t->assignments; i++) {
		tl_param *b = t->assignment[i].buffer;
		const tl_node *n = tl_node_at(t, t->assignment[i].node);
		store(tl_param_value(b), tl_params_dtype(tl_param_set(b)),
		      p->value[t->assignment[i].node], n->dtype, tl_shape_size(&n->shape), false);
	}
	t->assignments = 0;
}

/*
 * Compute the loss, these gradients and what is to be assigned; then add and assign. On a tape that
 * sees a shadow of the set (the checker's) nothing outside the tape changes.
 */
static tl_status compute_and_store(tl_tape *t, const uint32_t *params, const uint32_t *grads,
				   size_t count, uint32_t loss)
{
	size_t all = count + t->assignments + 1;
	uint32_t *ids = tl_alloc(all * sizeof *ids);
	if (!ids)
		return tl_report_memory(t, "backward");
	if (count)
		memcpy(ids, grads, count * sizeof *ids);
	for (size_t i = 0; i < t->assignments; i++)
		ids[count + i] = t->assignment[i].node;
	ids[all - 1] = loss;
	tl_status status = evaluate(t, ids, loss ? all : all - 1, false);
	tl_free(ids);
	if (status || t->shadow)
		return status;
	const tl_plan *p = t->plan;
	for (size_t i = 0; i < count; i++) {
		const tl_node *n = tl_node_at(t, params[i]);
		tl_param *param = ((const tl_param_attr *)n->attr)->param;
		store(tl_param_gradient(param), tl_params_dtype(tl_param_set(param)),
		      p->value[grads[i]], n->dtype, tl_shape_size(&n->shape), true);
	}
	assign_all(t, p);
	return TL_OK;
}

tl_status tl_commit(tl_tape *t)
{
	if (!t)
		return TL_ERROR_TAPE;
	return t->problem.status || !t->assignments ? t->problem.status
						    : compute_and_store(t, NULL, NULL, 0, 0);
}

/* The learned parameters on this tape that were recorded before the loss. */
static size_t learned(const tl_tape *t, uint32_t loss, tl_tensor *found)
{
	size_t count = 0;
	for (uint32_t id = 1; id <= loss; id++) {
		const tl_node *n = tl_node_at(t, id);
		if (n->op != &tl_op_param ||
		    !tl_param_is_learned(((const tl_param_attr *)n->attr)->param))
			continue;
		if (found)
			found[count] = tl_handle((tl_tape *)t, id);
		count++;
	}
	return count;
}

tl_status tl_backward(tl_tensor loss)
{
	tl_tape *t = loss.tape;
	if (!t)
		return TL_ERROR_TAPE;
	if (t->problem.status || !tl_belongs(t, loss, "backward", 0))
		return t->problem.status;
	size_t count = learned(t, loss.id, NULL);
	tl_tensor *wrt = tl_alloc(2 * (count + 1) * sizeof *wrt);
	uint32_t *ids = tl_alloc(2 * (count + 1) * sizeof *ids);
	tl_status status = TL_OK;
	if (!wrt || !ids) {
		status = tl_report_memory(t, "backward");
	} else {
		tl_tensor *grads = wrt + count;
		learned(t, loss.id, wrt);
		status = tl_grad(loss, wrt, (int)count, grads);
		for (size_t i = 0; i < count; i++) {
			ids[i] = wrt[i].id;
			ids[count + i] = grads[i].id;
		}
		if (!status)
			status = compute_and_store(t, ids, ids + count, count, loss.id);
	}
	tl_free(wrt);
	tl_free(ids);
	return status;
}
