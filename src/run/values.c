/* Asking for values: tl_evaluate, tl_value and its kin. */
#include "run/execute.h"
#include "run/reference.h"

#include <math.h>

/* All that is computed on the way stays known, for what is recorded and asked for later. */
static tl_status evaluate(tl_tape *t, const uint32_t *ids, size_t count)
{
	tl_evaluation *e = tl_evaluation_of(t);
	if (!e)
		return t->problem.status;
	tl_evaluation_count(t);
	return tl_evaluation_compiles(t) ? tl_execute(t, e, ids, count)
					 : tl_reference_run(t, e, ids, count);
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
	return tl_evaluation_value(t, x.id);
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
	return v ? tl_number_at(v, dtype, 0) : NAN;
}
