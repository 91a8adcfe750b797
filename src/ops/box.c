/* Copying boxes of memory. */
#include "ops/box.h"

#define COPY(NAME, TYPE, ASSIGN)                                                                   \
	static void NAME(const tl_box *b, TYPE *to, const TYPE *from)                              \
	{                                                                                          \
		for (int64_t i = 0; i < b->dim[0]; i++)                                            \
			for (int64_t j = 0; j < b->dim[1]; j++)                                    \
				for (int64_t k = 0; k < b->dim[2]; k++) {                          \
					TYPE *t = to + i * b->to[0] + j * b->to[1] + k * b->to[2]; \
					const TYPE *f = from + i * b->from[0] + j * b->from[1] +   \
							k * b->from[2];                            \
					for (int64_t l = 0; l < b->dim[3]; l++)                    \
						t[l * b->to[3]] ASSIGN f[l * b->from[3]];          \
				}                                                                  \
	}
COPY(copy_4, uint32_t, =)
COPY(copy_8, uint64_t, =)
COPY(add_float, float, +=)
COPY(add_double, double, +=)

void tl_box_move(const tl_box *b, tl_dtype dtype, void *to, const void *from, bool add)
{
	/* A dimension before one of 0 may be anything: there is nothing to go through. */
	if (!(b->dim[0] && b->dim[1] && b->dim[2] && b->dim[3]))
		return;
	if (add && dtype == TL_F32)
		add_float(b, to, from);
	else if (add)
		add_double(b, to, from);
	else if (tl_dtype_size(dtype) == 4)
		copy_4(b, to, from);
	else
		copy_8(b, to, from);
}

tl_box tl_slice_box(const tl_slice_attr *a, const tl_shape *whole, int64_t *start, bool reading)
{
	tl_box b = {.dim = {1, 1, 1, 1}};
	int64_t outer = 1, inner = 1, n = whole->dim[a->axis];
	for (int i = 0; i < whole->rank; i++)
		if (i != a->axis)
			*(i < a->axis ? &outer : &inner) *= whole->dim[i];
	int64_t in_whole[] = {n * inner, a->step * inner, 1},
		in_part[] = {a->count * inner, inner, 1};
	int64_t dim[] = {outer, a->count, inner};
	for (int i = 0; i < 3; i++) {
		b.dim[i + 1] = dim[i];
		b.to[i + 1] = reading ? in_part[i] : in_whole[i];
		b.from[i + 1] = reading ? in_whole[i] : in_part[i];
	}
	*start = a->start * inner;
	return b;
}
