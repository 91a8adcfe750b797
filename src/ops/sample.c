/*
 * What the examples of ops are made of. Leaves are parameters of a set, made when a sample is first
 * recorded and found again when it is recorded anew, so that tl_gradcheck can vary them.
 */
#include "ops/ops.h"
#include "ops/sample.h"

#include "base/random.h"

#include <stdio.h>

static double draw(tl_example *s)
{
	return s ? tl_random_unit(s->key, s->drawn++) : 0;
}

int64_t tl_example_integer(tl_example *s, int64_t low, int64_t high)
{
	int64_t n = low + (int64_t)(draw(s) * (double)(high - low + 1));
	return n > high ? high : n;
}

double tl_example_number(tl_example *s, double low, double high)
{
	return low + draw(s) * (high - low);
}

tl_shape tl_example_shape(tl_example *s, int least_rank, int most_rank)
{
	tl_shape shape = {.rank = (int)tl_example_integer(s, least_rank, most_rank)};
	for (int i = 0; i < shape.rank; i++)
		shape.dim[i] = tl_example_integer(s, s && s->empty ? 0 : 1, 4);
	return shape;
}

tl_shape tl_example_broadcast(tl_example *s, tl_shape shape)
{
	int gone = (int)tl_example_integer(s, 0, 3 * shape.rank);
	tl_shape out = {.rank = gone > shape.rank ? shape.rank : shape.rank - gone};
	for (int i = 0; i < out.rank; i++)
		out.dim[i] = tl_example_integer(s, 0, 3) ? shape.dim[shape.rank - out.rank + i] : 1;
	return out;
}

/*
 * One number in each of 256 cells, the cells in a scattered order: elements differ by more than the
 * steps of the checker, and none is near 0, +-1/2, +-1 or another place where an op has a kink.
 */
static void spread_values(tl_example *s, double *values, int64_t size, double low, double high)
{
	enum { CELLS = 256, STRIDE = 101 };
	int64_t start = tl_example_integer(s, 0, CELLS - 1);
	double inside = 0.21 + 0.11 * (s->made % 5);
	for (int64_t i = 0; i < size; i++)
		values[i] = low + ((double)((start + i * STRIDE) % CELLS) + inside) * (high - low) /
					  CELLS;
}

tl_tensor tl_example_leaf(tl_example *s, tl_shape shape, double low, double high)
{
	char name[24];
	if (!s)
		return TL_NONE;
	snprintf(name, sizeof name, "x%d", s->made);
	tl_param *p = tl_params_find(s->set, name);
	if (!p) {
		p = tl_params_add(s->set, name, shape, tl_init_zeros());
		if (p)
			spread_values(s, tl_param_value(p), tl_elements(&shape), low, high);
	} else {
		s->drawn++; /* as spread_values did */
	}
	s->made++;
	return tl_use(s->tape, p);
}

tl_tensor tl_example_index(tl_example *s, tl_shape shape, int32_t below)
{
	int32_t index[256];
	if (!s)
		return TL_NONE;
	int64_t size = tl_elements(&shape);
	for (int64_t i = 0; i < size && i < 256; i++)
		index[i] = (int32_t)tl_example_integer(s, 0, below - 1);
	if (size > 256) {
		tl_report(s->tape, TL_ERROR_ARGUMENT, NULL, "sample: at most 256 integers");
		return (tl_tensor){s->tape, 0, 0};
	}
	return tl_constant_int(s->tape, shape, index);
}

tl_tensor tl_example_of_one(tl_example *s, const void *attr, double low, double high)
{
	tl_tensor x = tl_example_leaf(s, tl_example_shape(s, 0, 4), low, high);
	return s ? tl_apply(s->op, s->op->attr_size ? attr : NULL, 1, &x) : x;
}

tl_tensor tl_example_unary(tl_example *s)
{
	return tl_example_of_one(s, NULL, -2, 2);
}

tl_tensor tl_example_positive(tl_example *s)
{
	return tl_example_of_one(s, NULL, 0.3, 2);
}

tl_tensor tl_example_binary(tl_example *s)
{
	tl_shape wide = tl_example_shape(s, 0, 4), narrow = tl_example_broadcast(s, wide);
	bool turned = tl_example_integer(s, 0, 1);
	tl_tensor x[2];
	x[0] = tl_example_leaf(s, turned ? narrow : wide, -2, 2);
	x[1] = tl_example_leaf(s, turned ? wide : narrow, -2, 2);
	return s ? tl_apply(s->op, NULL, 2, x) : x[0];
}
