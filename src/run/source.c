/* Finding the data of leaves; numbers of one real type from those of the other. */
#include "run/source.h"

#include <string.h>

tl_source tl_source_of(const tl_tape *t, uint32_t id)
{
	const tl_node *n = tl_node_at(t, id);
	tl_source s = {.op = n->op,
		       .data = n->source,
		       .stored = n->dtype,
		       .dtype = n->dtype,
		       .size = tl_elements(&n->shape)};
	if (n->op == &tl_op_full) {
		s.number = ((const tl_full_attr *)n->attr)->value;
	} else if (n->op == &tl_op_param) {
		s.param = tl_param_at(t, id);
		s.data = tl_param_source(t, s.param, &s.stored);
	} else {
		s.stored = (tl_dtype)((const tl_input_attr *)n->attr)->source;
	}
	return s;
}

tl_source tl_source_of_number(double number, tl_dtype dtype)
{
	return (tl_source){
		.op = &tl_op_full, .number = number, .stored = dtype, .dtype = dtype, .size = 1};
}

size_t tl_source_bytes(const tl_source *s)
{
	return (size_t)s->size * tl_dtype_size(s->dtype);
}

static void fill(void *to, tl_dtype dtype, double number, int64_t size)
{
	if (dtype == TL_F64)
		for (int64_t i = 0; i < size; i++)
			((double *)to)[i] = number;
	else
		for (int64_t i = 0; i < size; i++)
			((float *)to)[i] = (float)number;
}

void *tl_source_read(const tl_source *s, void *room)
{
	if (tl_source_lies(s))
		return (void *)s->data;
	if (s->op == &tl_op_full)
		fill(room, s->dtype, s->number, s->size);
	else if (s->data)
		tl_store(room, s->dtype, s->data, s->stored, s->size, false);
	return room;
}

#define STORE(NAME, TO, FROM)                                                                      \
	static void NAME(TO *restrict to, const FROM *restrict from, int64_t size, bool add)       \
	{                                                                                          \
		if (add)                                                                           \
			for (int64_t i = 0; i < size; i++)                                         \
				to[i] = (TO)((double)to[i] + (double)from[i]);                     \
		else                                                                               \
			for (int64_t i = 0; i < size; i++)                                         \
				to[i] = (TO)from[i];                                               \
	}
STORE(store_float_double, float, double)
STORE(store_double_float, double, float)
STORE(store_double, double, double)

static void store_float(float *restrict to, const float *restrict from, int64_t size, bool add)
{
	if (add)
		for (int64_t i = 0; i < size; i++)
			to[i] += from[i];
	else
		memcpy(to, from, (size_t)size * sizeof *to);
}

void tl_store(void *to, tl_dtype to_type, const void *from, tl_dtype from_type, int64_t size,
	      bool add)
{
	if (to_type == TL_F64)
		from_type == TL_F64 ? store_double(to, from, size, add)
				    : store_double_float(to, from, size, add);
	else
		from_type == TL_F64 ? store_float_double(to, from, size, add)
				    : store_float(to, from, size, add);
}
