/* What ops compute, against plain loops: elementwise, along axes, products, form. */
#include "values.h"

enum { MOST = 4096 };

/* Elementwise */

static double sign(double x)
{
	return x > 0 ? 1 : x < 0 ? -1 : x;
}

static double rsqrt(double x)
{
	return 1 / sqrt(x);
}

static double square(double x)
{
	return x * x;
}

static double reciprocal(double x)
{
	return 1 / x;
}

static double negative(double x)
{
	return -x;
}

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

static double relu(double x)
{
	return x <= 0 ? 0 : x;
}

static double leaky_relu(double x)
{
	return x > 0 ? x : 0.25 * x;
}

static double elu(double x)
{
	return x > 0 ? x : 1.5 * expm1(x);
}

static double softplus(double x)
{
	return x > 30 ? x : log1p(exp(x));
}

/* NaN is neither below nor above. */
static double cut(double x, double low, double high)
{
	return x < low ? low : x > high ? high : x;
}

static double hard_sigmoid(double x)
{
	return cut(0.25 * x + 0.5, 0, 1);
}

static double hard_tanh(double x)
{
	return cut(x, -1, 1);
}

static double clamp(double x)
{
	return cut(x, -0.5, 1.5);
}

static double one_minus(double x)
{
	return 1 - x;
}

static double times_3(double x)
{
	return 3 * x;
}

static double plus_half(double x)
{
	return x + 0.5;
}

static tl_tensor op_leaky_relu(tl_tensor x)
{
	return tl_leaky_relu(x, 0.25);
}

static tl_tensor op_elu(tl_tensor x)
{
	return tl_elu(x, 1.5);
}

static tl_tensor op_hard_sigmoid(tl_tensor x)
{
	return tl_hard_sigmoid(x, 0.25, 0.5);
}

static tl_tensor op_clamp(tl_tensor x)
{
	return tl_clamp(x, -0.5, 1.5);
}

static tl_tensor op_scale(tl_tensor x)
{
	return tl_scale(x, 3);
}

static tl_tensor op_shift(tl_tensor x)
{
	return tl_add_scalar(x, 0.5);
}

static double same(double x)
{
	return x;
}

static const struct unary {
	const char *name;
	tl_tensor (*op)(tl_tensor x);
	double (*plain)(double x);
	double low;
} unary[] = {
	{"neg", tl_neg, negative, -4},
	{"abs", tl_abs, fabs, -4},
	{"sign", tl_sign, sign, -4},
	{"exp", tl_exp, exp, -4},
	{"log", tl_log, log, 0.0625},
	{"sqrt", tl_sqrt, sqrt, 0},
	{"rsqrt", tl_rsqrt, rsqrt, 0.0625},
	{"square", tl_square, square, -4},
	{"reciprocal", tl_reciprocal, reciprocal, 0.0625},
	{"sin", tl_sin, sin, -4},
	{"cos", tl_cos, cos, -4},
	{"tanh", tl_tanh, tanh, -4},
	{"sigmoid", tl_sigmoid, sigmoid, -4},
	{"relu", tl_relu, relu, -4},
	{"leaky_relu", op_leaky_relu, leaky_relu, -4},
	{"elu", op_elu, elu, -4},
	{"softplus", tl_softplus, softplus, -4},
	{"hard_sigmoid", op_hard_sigmoid, hard_sigmoid, -4},
	{"hard_tanh", tl_hard_tanh, hard_tanh, -4},
	{"clamp", op_clamp, clamp, -4},
	{"one_minus", tl_one_minus, one_minus, -4},
	{"scale", op_scale, times_3, -4},
	{"shift", op_shift, plus_half, -4},
	{"stop_gradient", tl_detach, same, -4},
};

/* Of every rank and size, none and odd ones; then the numbers that are special. */
START_TEST(elementwise_of_one_operand)
{
	static const double special[] = {0, -0.0, INFINITY, -INFINITY, NAN, 50, -50, 1, -1};
	const tl_shape shapes[] = {TL_SCALAR,  tl_dims(1),       tl_dims(37),
				   tl_dims(0), tl_dims(3, 0, 2), tl_dims(2, 3, 4, 5)};
	double want[MOST];
	for (size_t k = 0; k < sizeof unary / sizeof *unary; k++)
		BOTH_TYPES(dtype)
		{
			tl_tape *tape = fresh_tape(dtype);
			for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
				int64_t n = size_of(shapes[s]);
				const double *x = numbers(n, (int)s, unary[k].low, 4);
				for (int64_t i = 0; i < n; i++)
					want[i] = unary[k].plain(x[i]);
				expect(unary[k].name,
				       unary[k].op(tl_input_double(tape, shapes[s], x)), shapes[s],
				       want, 1);
			}
			for (int i = 0; i < 9; i++)
				want[i] = unary[k].plain(special[i]);
			expect(unary[k].name,
			       unary[k].op(tl_input_double(tape, tl_dims(9), special)), tl_dims(9),
			       want, 2);
			tl_tape_destroy(tape);
		}
}
END_TEST

static double plus(double a, double b)
{
	return a + b;
}

static double minus(double a, double b)
{
	return a - b;
}

static double times(double a, double b)
{
	return a * b;
}

static double over(double a, double b)
{
	return a / b;
}

/* NaN if either is. */
static double larger(double a, double b)
{
	return a > b || isnan(a) ? a : b;
}

static double smaller(double a, double b)
{
	return a < b || isnan(a) ? a : b;
}

static double less(double a, double b)
{
	return a < b;
}

static double less_equal(double a, double b)
{
	return a <= b;
}

static double greater(double a, double b)
{
	return a > b;
}

static double greater_equal(double a, double b)
{
	return a >= b;
}

static double equal(double a, double b)
{
	return a == b;
}

static double not_equal(double a, double b)
{
	return a != b;
}

static const struct binary {
	const char *name;
	tl_tensor (*op)(tl_tensor a, tl_tensor b);
	double (*plain)(double a, double b);
	double low;
} binary[] = {
	{"add", tl_add, plus, -4},
	{"sub", tl_sub, minus, -4},
	{"mul", tl_mul, times, -4},
	{"div", tl_div, over, 0.0625},
	{"pow", tl_pow, pow, 0.0625},
	{"max", tl_maximum, larger, -4},
	{"min", tl_minimum, smaller, -4},
	{"less", tl_less, less, -4},
	{"less_equal", tl_less_equal, less_equal, -4},
	{"greater", tl_greater, greater, -4},
	{"greater_equal", tl_greater_equal, greater_equal, -4},
	{"equal", tl_equal, equal, -4},
	{"not_equal", tl_not_equal, not_equal, -4},
};

static const struct broadcast {
	tl_shape a, b, y;
} broadcasts[] = {
	{{2, {3, 5}}, {2, {3, 5}}, {2, {3, 5}}},
	{{0, {0}}, {2, {3, 5}}, {2, {3, 5}}},
	{{2, {3, 1}}, {1, {5}}, {2, {3, 5}}},
	{{4, {2, 1, 3, 1}}, {3, {4, 1, 5}}, {4, {2, 4, 3, 5}}},
	{{1, {1}}, {4, {2, 2, 2, 2}}, {4, {2, 2, 2, 2}}},
	{{2, {1, 4}}, {2, {0, 1}}, {2, {0, 4}}},
};

START_TEST(elementwise_of_two_operands)
{
	static const double left[] = {0, NAN, 1, INFINITY, -INFINITY, 0, 2, 2},
			    right[] = {NAN, 0, INFINITY, INFINITY, 1, 0, 2, 0};
	double want[MOST];
	for (size_t k = 0; k < sizeof binary / sizeof *binary; k++)
		BOTH_TYPES(dtype)
		{
			tl_tape *tape = fresh_tape(dtype);
			for (size_t s = 0; s < sizeof broadcasts / sizeof *broadcasts; s++) {
				const struct broadcast *b = &broadcasts[s];
				const double *x = numbers(size_of(b->a), 1, binary[k].low, 4);
				const double *y = numbers(size_of(b->b), 2, binary[k].low, 4);
				for (at c = {0}; more(&c, b->y); next(&c, b->y))
					want[c.n] = binary[k].plain(
						x[broadcast_offset(b->a, b->y, &c)],
						y[broadcast_offset(b->b, b->y, &c)]);
				expect(binary[k].name,
				       binary[k].op(tl_input_double(tape, b->a, x),
						    tl_input_double(tape, b->b, y)),
				       b->y, want, 1);
			}
			for (int i = 0; i < 8; i++)
				want[i] = binary[k].plain(left[i], right[i]);
			expect(binary[k].name,
			       binary[k].op(tl_input_double(tape, tl_dims(8), left),
					    tl_input_double(tape, tl_dims(8), right)),
			       tl_dims(8), want, 1);
			tl_tape_destroy(tape);
		}
}
END_TEST

START_TEST(where_cast_and_sums_of_many)
{
	static const double condition[] = {0, 1, -0.0, NAN, -3, INFINITY};
	static const int32_t integers[] = {-5, 0, 7, 1 << 24};
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		const double *a = numbers(6, 1, -4, 4), *b = numbers(1, 2, -4, 4);
		tl_tensor x = tl_input_double(tape, tl_dims(6), a);
		double want[6];
		for (int i = 0; i < 6; i++)
			want[i] = condition[i] != 0 ? a[i] : b[0];
		expect("where",
		       tl_where(tl_input_double(tape, tl_dims(6), condition), x,
				tl_input_double(tape, TL_SCALAR, b)),
		       tl_dims(6), want, 0);
		expect("cast", tl_cast(tl_input_int(tape, tl_dims(4), integers)), tl_dims(4),
		       (double[]){-5, 0, 7, 1 << 24}, 0);
		tl_tensor many[50];
		for (int i = 0; i < 50; i++)
			many[i] = i % 2 ? x : tl_square(x);
		for (int count = 1; count <= 50; count += 7) {
			for (int i = 0; i < 6; i++)
				want[i] = (count + 1) / 2 * a[i] * a[i] + count / 2 * a[i];
			expect("add_n", tl_add_n(many, count), tl_dims(6), want, 10);
		}
		tl_tape_destroy(tape);
	}
}
END_TEST

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

SUITE("ops", elementwise_of_one_operand, elementwise_of_two_operands, where_cast_and_sums_of_many,
      reductions_over_every_set_of_axes, softmax_and_its_kin_along_every_axis,
      rows_of_equals_of_nothing_and_of_nan, matrix_products)
