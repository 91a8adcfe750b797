/* What ops compute, against plain loops: along axes, products, form. */
#include "values.h"

enum { MOST = 4096 };

/* Along axes */

typedef tl_tensor reduction(tl_tensor x, tl_axis_list axes);

/* Reduce over the axes of a mask, in the order of memory. */
static tl_shape reduce(int how, int mask, bool keep, tl_shape s, const double *x, double *want)
{
	static const double start[] = {0, 0, -INFINITY, INFINITY};
	tl_shape kept = s, out = {0};
	for (int i = 0; i < s.rank; i++)
		if (mask & 1 << i)
			kept.dim[i] = 1;
	for (int i = 0; i < s.rank; i++)
		if (keep || !(mask & 1 << i))
			out.dim[out.rank++] = kept.dim[i];
	for (int64_t i = 0; i < size_of(kept); i++)
		want[i] = start[how];
	for (at c = {0}; more(&c, s); next(&c, s)) {
		int64_t i[4];
		for (int d = 0; d < s.rank; d++)
			i[d] = mask & 1 << d ? 0 : c.i[d];
		double *w = &want[offset_of(kept, i)];
		*w = how < 2 ? *w + x[c.n] : how == 2 ? larger(*w, x[c.n]) : smaller(*w, x[c.n]);
	}
	for (int64_t i = 0; how == 1 && i < size_of(kept); i++)
		want[i] = size_of(s) ? want[i] * (double)size_of(kept) / (double)size_of(s) : NAN;
	return out;
}

START_TEST(reductions_over_every_set_of_axes)
{
	static reduction *const reductions[] = {tl_sum, tl_mean, tl_max, tl_min};
	const tl_shape shapes[] = {tl_dims(2, 3, 4, 5), tl_dims(7, 1, 33), tl_dims(70),
				   tl_dims(3, 0, 2), TL_SCALAR};
	double want[MOST];
	for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
		for (int mask = 1; mask < 1 << shapes[s].rank || mask == 1; mask++)
			BOTH_TYPES(dtype)
			{
				tl_tape *tape = fresh_tape(dtype);
				double *x = numbers(size_of(shapes[s]), (int)s, -4, 4);
				if (mask == 3 && size_of(shapes[s]))
					x[1] = NAN;
				tl_tensor t = tl_input_double(tape, shapes[s], x);
				tl_axis_list axes = {0};
				for (int i = 0; i < shapes[s].rank; i++)
					if (mask & 1 << i) /* now and then counted from the end */
						axes.axis[axes.count++] =
							mask % 2 ? i : i - (int)shapes[s].rank;
				for (int how = 0; how < 8; how++) {
					tl_shape out =
						reduce(how / 2, mask, how % 2, shapes[s], x, want);
					axes.keepdims = how % 2;
					expect("reduction", reductions[how / 2](t, axes), out, want,
					       20);
				}
				tl_tape_destroy(tape);
			}
}
END_TEST

/* The row along an axis through c. */
static int64_t row_through(tl_shape s, int axis, at c, int64_t j)
{
	c.i[axis] = j;
	return offset_of(s, c.i);
}

START_TEST(softmax_and_its_kin_along_every_axis)
{
	const tl_shape shape = tl_dims(3, 4, 2, 5);
	double soft[120], log_soft[120], lse[120], sums[120], best[120];
	for (int axis = -4; axis < 4; axis++)
		BOTH_TYPES(dtype)
		{
			tl_tape *tape = fresh_tape(dtype);
			double *x = numbers(120, 1, -4, 4);
			x[7] = 500; /* the others vanish, and nothing overflows */
			x[30] = -INFINITY;
			int a = axis < 0 ? axis + 4 : axis;
			tl_shape rest = {.rank = 3};
			for (int i = 0; i < 3; i++)
				rest.dim[i] = shape.dim[i + (i >= a)];
			for (at c = {0}; more(&c, shape); next(&c, shape)) {
				double most = -INFINITY, total = 0, running = 0;
				int64_t n = shape.dim[a], winner = 0, place = c.i[a], left[3];
				for (int64_t j = 0; j < n; j++)
					most = fmax(most, x[row_through(shape, a, c, j)]);
				for (int64_t j = 0; j < n; j++) {
					double y = x[row_through(shape, a, c, j)];
					total += exp(y - most);
					running += j <= place ? y : 0;
					winner = y > x[row_through(shape, a, c, winner)] ? j
											 : winner;
				}
				for (int i = 0; i < 3; i++)
					left[i] = c.i[i + (i >= a)];
				soft[c.n] = exp(x[c.n] - most) / total;
				log_soft[c.n] = x[c.n] - most - log(total);
				sums[c.n] = running;
				lse[offset_of(rest, left)] = most + log(total);
				best[offset_of(rest, left)] = (double)winner;
			}
			tl_tensor t = tl_input_double(tape, shape, x);
			expect("softmax", tl_softmax(t, axis), shape, soft, 10);
			expect("log_softmax", tl_log_softmax(t, axis), shape, log_soft, 10);
			expect("cumsum", tl_cumsum(t, axis), shape, sums, 10);
			expect("logsumexp", tl_logsumexp(t, tl_axes(axis)), rest, lse, 10);
			expect("argmax", tl_argmax(t, axis), rest, best, 0);
			tl_tape_destroy(tape);
		}
}
END_TEST

START_TEST(rows_of_equals_of_nothing_and_of_nan)
{
	static const double rows[] = {1, 3, 3, -INFINITY, -INFINITY, -INFINITY, 1, NAN, NAN};
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		tl_tensor x = tl_input_double(tape, tl_dims(3, 3), rows);
		expect("argmax", tl_argmax(x, 1), tl_dims(3), (double[]){1, 0, 1}, 0);
		expect("logsumexp", tl_logsumexp(x, tl_axes(1)), tl_dims(3),
		       (double[]){3 + log(2 + exp(-2)), -INFINITY, NAN}, 2);
		tl_tensor empty = tl_zeros(tape, tl_dims(2, 0));
		expect("logsumexp of nothing", tl_logsumexp(empty, tl_axes(1)), tl_dims(2),
		       (double[]){-INFINITY, -INFINITY}, 0);
		expect("softmax of nothing", tl_softmax(empty, 1), tl_dims(2, 0), NULL, 0);
		expect("softmax of no rows", tl_softmax(empty, 0), tl_dims(2, 0), NULL, 0);
		expect("argmax of no rows", tl_argmax(empty, 0), tl_dims(0), NULL, 0);
		expect("cumsum of nothing", tl_cumsum(empty, 1), tl_dims(2, 0), NULL, 0);
		expect_error(tl_argmax(tl_zeros(tape, tl_dims(2, 0)), 1), TL_ERROR_SHAPE,
			     "argmax: axis 1 of [2,0] is empty");
		expect_error(tl_softmax(tl_zeros(tape, TL_SCALAR), 0), TL_ERROR_ARGUMENT,
			     "softmax: there is no axis 0 in a tensor of rank 0");
		expect_error(tl_log_softmax(tl_zeros(tape, tl_dims(2)), 1), TL_ERROR_ARGUMENT,
			     "log_softmax: there is no axis 1");
		expect_error(tl_softmax(tl_constant_int(tape, tl_dims(1), &(int32_t){1}), 0),
			     TL_ERROR_TYPE, "softmax: operand 0 is of integers");
		tl_tape_destroy(tape);
	}
}
END_TEST

/* Products: batches that broadcast, vectors on either side, transposes, nothing to sum */

static const struct product {
	tl_shape a, b, y;
} products[] = {
	{{2, {3, 4}}, {2, {4, 5}}, {2, {3, 5}}},
	{{1, {4}}, {2, {4, 5}}, {1, {5}}},
	{{2, {3, 4}}, {1, {4}}, {1, {3}}},
	{{1, {4}}, {1, {4}}, {0, {0}}},
	{{3, {2, 3, 4}}, {2, {4, 5}}, {3, {2, 3, 5}}},
	{{3, {2, 3, 4}}, {3, {2, 4, 5}}, {3, {2, 3, 5}}},
	{{4, {2, 1, 3, 4}}, {3, {3, 4, 5}}, {4, {2, 3, 3, 5}}},
	{{1, {4}}, {3, {2, 4, 5}}, {2, {2, 5}}},
	{{3, {2, 3, 4}}, {1, {4}}, {2, {2, 3}}},
	{{2, {33, 70}}, {2, {70, 41}}, {2, {33, 41}}},
	{{2, {3, 0}}, {2, {0, 5}}, {2, {3, 5}}},
	{{2, {0, 4}}, {2, {4, 5}}, {2, {0, 5}}},
};

/* With the missing axes in front of a, behind b. */
static double product_at(const struct product *p, const double *a, const double *b, const at *c)
{
	int64_t depth = p->a.dim[p->a.rank - 1], i[4] = {0}, j[4] = {0};
	int rows = p->a.rank > 1, columns = p->b.rank > 1, batch = (int)p->y.rank - rows - columns;
	double sum = 0;
	for (int64_t k = 0; k < depth; k++) {
		for (int d = 0; d + 2 < p->a.rank; d++)
			i[d] = p->a.dim[d] == 1 ? 0 : c->i[batch - (p->a.rank - 2) + d];
		for (int d = 0; d + 2 < p->b.rank; d++)
			j[d] = p->b.dim[d] == 1 ? 0 : c->i[batch - (p->b.rank - 2) + d];
		if (rows)
			i[p->a.rank - 2] = c->i[batch];
		i[p->a.rank - 1] = k;
		j[p->b.rank - 1 - columns] = k;
		if (columns)
			j[p->b.rank - 1] = c->i[batch + rows];
		sum += a[offset_of(p->a, i)] * b[offset_of(p->b, j)];
	}
	return sum;
}

START_TEST(matrix_products)
{
	double want[MOST];
	for (size_t k = 0; k < sizeof products / sizeof *products; k++)
		BOTH_TYPES(dtype)
		{
			const struct product *p = &products[k];
			tl_tape *tape = fresh_tape(dtype);
			const double *a = numbers(size_of(p->a), 1, -1, 1);
			const double *b = numbers(size_of(p->b), 2, -1, 1);
			for (at c = {0}; more(&c, p->y); next(&c, p->y))
				want[c.n] = product_at(p, a, b, &c);
			tl_tensor x = tl_input_double(tape, p->a, a),
				  w = tl_input_double(tape, p->b, b);
			expect("matmul", tl_matmul(x, w), p->y, want, 20);
			if (p->a.rank >= 2 && p->b.rank >= 2) {
				tl_tensor plain = tl_transpose(tl_scale(tl_transpose(x), 1));
				expect("matmul of a transpose", tl_matmul(plain, w), p->y, want,
				       20);
			}
			if (p->b.rank == 2) {
				tl_tensor W = tl_transpose(w),
					  bias = tl_full(tape, tl_dims(1), 0.5);
				expect("linear", tl_linear(x, W, TL_NONE), p->y, want, 20);
				for (int64_t i = 0; i < size_of(p->y); i++)
					want[i] += 0.5;
				expect("affine", tl_linear(x, W, bias), p->y, want, 20);
			}
			tl_tape_destroy(tape);
		}
}
END_TEST

SUITE("ops", reductions_over_every_set_of_axes, softmax_and_its_kin_along_every_axis,
      rows_of_equals_of_nothing_and_of_nan, matrix_products)
