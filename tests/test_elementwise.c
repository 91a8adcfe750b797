/* What elementwise ops compute, against the C library and plain loops. */
#include "values.h"

enum { MOST = 4096 };

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

static double softsign(double x)
{
	return isinf(x) ? copysign(1, x) : x / (1 + fabs(x));
}

/* silu, mish and gelu vanish at -infinity. */
static double silu(double x)
{
	return x == -INFINITY ? 0 : x / (1 + exp(-x));
}

static double mish(double x)
{
	return x == -INFINITY ? 0 : x * tanh(softplus(x));
}

static double gelu(double x)
{
	return x == -INFINITY ? 0 : x * erfc(-x * sqrt(0.5)) / 2;
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
	{"floor", tl_floor, floor, -4},
	{"ceil", tl_ceil, ceil, -4},
	{"round", tl_round, nearbyint, -4},
	{"exp", tl_exp, exp, -4},
	{"expm1", tl_expm1, expm1, -4},
	{"log", tl_log, log, 0.0625},
	{"log1p", tl_log1p, log1p, -0.9375},
	{"sqrt", tl_sqrt, sqrt, 0},
	{"rsqrt", tl_rsqrt, rsqrt, 0.0625},
	{"square", tl_square, square, -4},
	{"reciprocal", tl_reciprocal, reciprocal, 0.0625},
	{"sin", tl_sin, sin, -4},
	{"cos", tl_cos, cos, -4},
	{"tan", tl_tan, tan, -4},
	{"asin", tl_asin, asin, -4},
	{"acos", tl_acos, acos, -4},
	{"atan", tl_atan, atan, -4},
	{"sinh", tl_sinh, sinh, -4},
	{"cosh", tl_cosh, cosh, -4},
	{"tanh", tl_tanh, tanh, -4},
	{"erf", tl_erf, erf, -4},
	{"erfc", tl_erfc, erfc, -4},
	{"sigmoid", tl_sigmoid, sigmoid, -4},
	{"softsign", tl_softsign, softsign, -4},
	{"silu", tl_silu, silu, -4},
	{"mish", tl_mish, mish, -4},
	{"gelu", tl_gelu, gelu, -4},
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
	static const double special[] = {0,    -0.0, INFINITY, -INFINITY, NAN,    50,
					 -50,  1,    -1,       0.5,       1.5,    2.5,
					 -0.5, -2.5, 0x1p-100, -0x1p-100, 0x1p50, -0x1p50};
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
			for (int i = 0; i < 18; i++)
				want[i] = unary[k].plain(special[i]);
			expect(unary[k].name,
			       unary[k].op(tl_input_double(tape, tl_dims(18), special)),
			       tl_dims(18), want, 2);
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
	{"atan2", tl_atan2, atan2, -4},
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

SUITE("elementwise", elementwise_of_one_operand, elementwise_of_two_operands,
      where_cast_and_sums_of_many)
