/* Bringing data and numbers onto a tape: inputs, constants, full tensors. */
#include "graph/error.h"
#include "graph/leaf.h"
#include "graph/record.h"
#include "graph/shape.h"

#include <string.h>

/* There may be no tape, which append_leaf finds. */
static tl_dtype real_of(const tl_tape *t)
{
	return t ? t->dtype : TL_F32;
}

static uint32_t append_leaf(tl_tape *t, const tl_op *op, const void *attr, tl_shape shape,
			    tl_dtype dtype)
{
	if (!t || t->problem.status)
		return 0;
	if (!tl_shape_sound(&shape)) {
		char text[96];
		tl_report(t, TL_ERROR_SHAPE,
			  "rank is at most 4, sizes are not negative and below 2^48",
			  "%s: no tensor can have shape %s", op->name, tl_shape_text(&shape, text));
		return 0;
	}
	return tl_append(t, op, attr, 0, shape, dtype);
}

static tl_tensor input(tl_tape *t, tl_shape shape, tl_dtype source, const void *data)
{
	tl_input_attr attr = {source};
	uint32_t id =
		append_leaf(t, &tl_op_input, &attr, shape, source == TL_I32 ? TL_I32 : real_of(t));
	if (!id)
		return (tl_tensor){t, 0, 0};
	t->node[id].source = data;
	return tl_handle(t, id);
}

tl_tensor tl_input(tl_tape *t, tl_shape shape, const float *data)
{
	return input(t, shape, TL_F32, data);
}

tl_tensor tl_input_double(tl_tape *t, tl_shape shape, const double *data)
{
	return input(t, shape, TL_F64, data);
}

tl_tensor tl_input_int(tl_tape *t, tl_shape shape, const int32_t *data)
{
	return input(t, shape, TL_I32, data);
}

tl_status tl_input_bind(tl_tensor x, const void *data)
{
	tl_tape *t = x.tape;
	if (!t)
		return TL_ERROR_TAPE;
	if (t->problem.status || !tl_belongs(t, x, "bind", 0))
		return t->problem.status;
	if (t->node[x.id].op != &tl_op_input)
		return tl_report(t, TL_ERROR_ARGUMENT,
				 "only what tl_input made can be bound to other data",
				 "bind: this tensor is the result of %s", t->node[x.id].op->name);
	t->node[x.id].source = data;
	tl_tape_invalidate(t);
	return TL_OK;
}

void tl_tape_invalidate(tl_tape *t)
{
	if (t)
		t->generation++;
}

static tl_tensor constant(tl_tape *t, tl_shape shape, tl_dtype source, const void *data)
{
	tl_tensor none = {t, 0, 0};
	tl_input_attr attr = {source};
	if (t && !t->problem.status && !data) {
		tl_report(t, TL_ERROR_ARGUMENT, NULL, "constant: the data is NULL");
		return none;
	}
	uint32_t id = append_leaf(t, &tl_op_constant, &attr, shape,
				  source == TL_I32 ? TL_I32 : real_of(t));
	if (!id)
		return none;
	size_t bytes = (size_t)tl_elements(&shape) * tl_dtype_size(source);
	void *copy = tl_arena_take(&t->attrs, bytes, 64);
	if (!copy) {
		tl_report_memory(t, "constant");
		return none;
	}
	t->node[id].source = memcpy(copy, data, bytes);
	return tl_handle(t, id);
}

tl_tensor tl_constant(tl_tape *t, tl_shape shape, const float *data)
{
	return constant(t, shape, TL_F32, data);
}

tl_tensor tl_constant_double(tl_tape *t, tl_shape shape, const double *data)
{
	return constant(t, shape, TL_F64, data);
}

tl_tensor tl_constant_int(tl_tape *t, tl_shape shape, const int32_t *data)
{
	return constant(t, shape, TL_I32, data);
}

tl_tensor tl_full(tl_tape *t, tl_shape shape, double value)
{
	tl_full_attr attr = {value};
	uint32_t id = append_leaf(t, &tl_op_full, &attr, shape, real_of(t));
	return id ? tl_handle(t, id) : (tl_tensor){t, 0, 0};
}

tl_tensor tl_scalar(tl_tape *t, double value)
{
	return tl_full(t, TL_SCALAR, value);
}

tl_tensor tl_zeros(tl_tape *t, tl_shape shape)
{
	return tl_full(t, shape, 0);
}

tl_tensor tl_ones(tl_tape *t, tl_shape shape)
{
	return tl_full(t, shape, 1);
}
