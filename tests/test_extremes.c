/*
 * Where formulas end: large offsets, zeros and their signs, infinities, NaN, tensors without
 * elements, sizes and counts at the ends of their types. And what depends on the tape's mode.
 */
#include "values.h"

#include <limits.h>

static tl_tensor real(tl_tape *tape, int n, const double *x)
{
	return tl_input_double(tape, tl_dims(n), x);
}

static tl_tensor slope(tl_tensor y, tl_tensor x)
{
	return tl_grad(tl_sum(y, TL_ALL), x);
}

/* Moving all logits changes no loss: the digits that are left of them after that all count. */
START_TEST(cross_entropy_far_from_zero)
{
	static const double offsets[] = {0, 1e4, 1e6, 1e8, -1e8};
	const int32_t target = 1;
	for (size_t k = 0; k < sizeof offsets / sizeof *offsets; k++)
		BOTH_TYPES(dtype)
		{
			tl_tape *tape = fresh_tape(dtype);
			double x[3], exact[3], most = -INFINITY, total = 0;
			for (int j = 0; j < 3; j++) {
				x[j] = offsets[k] + j;
				volatile float narrow =
					(float)x[j]; /* some gcc drop the cast there and back */
				x[j] = dtype == TL_F32 ? (double)narrow : x[j];
			}
			for (int j = 0; j < 3; j++)
				most = fmax(most, x[j]);
			for (int j = 0; j < 3; j++)
				total += exp(x[j] - most);
			for (int j = 0; j < 3; j++)
				exact[j] = most - x[j] + log(total);
			double even = (exact[0] + exact[1] + exact[2]) / 3;
			double smooth = 0.75 * exact[1] + 0.25 * even;
			tl_tensor logits = tl_input_double(tape, tl_dims(1, 3), x);
			tl_tensor at = tl_input_int(tape, tl_dims(1), &target);
			tl_tensor loss = tl_cross_entropy(logits, at, NULL);
			tl_cross_entropy_options o = {.label_smoothing = 0.25};
			expect("loss", loss, TL_SCALAR, &exact[1], 2);
			expect("one loss",
			       tl_cross_entropy(
				       logits, at,
				       &(tl_cross_entropy_options){.reduction = TL_REDUCTION_NONE}),
			       tl_dims(1), &exact[1], 2);
			expect("smoothed", tl_cross_entropy(logits, at, &o), TL_SCALAR, &smooth, 2);
			expect("log_softmax", tl_neg(tl_log_softmax(logits, 1)), tl_dims(1, 3),
			       exact, 2);
			double g[3];
			for (int j = 0; j < 3; j++)
				g[j] = exp(-exact[j]) - (j == 1);
			expect("slope", tl_grad(loss, logits), tl_dims(1, 3), g, 2);
			tl_tape_destroy(tape);
		}
}
END_TEST

/* d^n/dx^n x^c at 0: c! where n = c, else 0. */
START_TEST(powers_of_zero)
{
	BOTH_TYPES(dtype)
	for (int c = 0; c <= 3; c++) {
		tl_tape *tape = fresh_tape(dtype);
		double zero = 0, factorial = 1;
		tl_tensor x = tl_input_double(tape, TL_SCALAR, &zero);
		tl_tensor y = tl_pow(x, tl_scalar(tape, c));
		for (int n = 0; n <= 4; n++) {
			expect("a derivative", y, TL_SCALAR, (double[]){n == c ? factorial : 0}, 0);
			factorial *= n + 1;
			y = tl_grad(y, x);
		}
		tl_tape_destroy(tape);
	}
}
END_TEST

START_TEST(powers_by_base_and_exponent)
{
	const double base[] = {0, 0, 0, 0, 2, INFINITY, NAN, 2, -2};
	const double exponent[] = {2, 0.5, 0, -1, 0, 0, 0, 3, 0};
	const double by_base[] = {0, INFINITY, 0, -INFINITY, 0, 0, 0, 12, 0};
	const double by_exponent[] = {0, 0, 0, -INFINITY, log(2), INFINITY, NAN, 8 * log(2), NAN};
	const double mixed = 0.5; /* d/da d/db a^b = a^(b-1) (1 + b log a) */
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		tl_tensor a = real(tape, 9, base), b = real(tape, 9, exponent), y = tl_pow(a, b);
		expect("by the base", slope(y, a), tl_dims(9), by_base, 2);
		expect("by the exponent", slope(y, b), tl_dims(9), by_exponent, 2);
		tl_tensor c = real(tape, 1, base + 4), d = real(tape, 1, exponent + 4);
		y = tl_pow(c, d);
		expect("by both", slope(slope(y, c), d), tl_dims(1), &mixed, 1);
		expect("by both", slope(slope(y, d), c), tl_dims(1), &mixed, 1);
		tl_tape_destroy(tape);
	}
}
END_TEST

/* 1 / x tells the sign of a zero. */
START_TEST(signs_of_zeros)
{
	const double zeros[] = {-0.0, 0};
	const double minus[] = {-INFINITY, INFINITY}, plus[] = {INFINITY, INFINITY};
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		tl_tensor x = real(tape, 2, zeros), column = tl_reshape(x, tl_dims(1, 2));
		tl_tensor none = tl_zeros(tape, tl_dims(2)), one = tl_ones(tape, tl_dims(2));
		const struct {
			const char *what;
			tl_tensor y;
			const double *want;
		} cases[] = {
			{"x + 0", tl_add(x, none), plus},
			{"0 + x", tl_add(none, x), plus},
			{"shift by 0", tl_add_scalar(x, 0), plus},
			{"x - 0", tl_sub(x, none), minus},
			{"x + -0", tl_add_scalar(x, -0.0), minus},
			{"-0 + x", tl_add(tl_scalar(tape, -0.0), x), minus},
			{"x - -0", tl_sub(x, tl_scalar(tape, -0.0)), plus},
			{"1 x", tl_mul(one, x), minus},
			{"x / 1", tl_div(x, one), minus},
			{"x + x", tl_add(x, x), minus},
			{"x + x + x", tl_add_n((tl_tensor[]){x, x, x}, 3), minus},
			{"sum of one", tl_sum(tl_mul(column, column), tl_axes(0)), plus},
			{"sum over rows", tl_sum(tl_scale(column, 2), tl_axes(0)), plus},
			{"sum over columns",
			 tl_sum(tl_reshape(tl_scale(x, 2), tl_dims(2, 1)), tl_axes(1)), plus},
		};
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
			expect(cases[i].what, tl_reciprocal(cases[i].y), tl_dims(2), cases[i].want,
			       0);
		tl_tape_destroy(tape);
	}
}
END_TEST

START_TEST(infinite_logits)
{
	const double x[] = {INFINITY, 0, 1,         INFINITY,  INFINITY,  3,
			    5,        0, -INFINITY, -INFINITY, -INFINITY, -INFINITY};
	const double e = exp(-5), s = 1 + e;
	const double soft[] = {1, 0, 0, 0.5, 0.5, 0, 1 / s, e / s, 0, NAN, NAN, NAN};
	const double logs[] = {0,       -INFINITY,   -INFINITY, -log(2), -log(2), -INFINITY,
			       -log(s), -5 - log(s), -INFINITY, NAN,     NAN,     NAN};
	const double all[] = {INFINITY, INFINITY, 5 + log(s), -INFINITY};
	const double second[12] = {[9] = NAN, NAN, NAN};
	const double losses[] = {0, log(2), -logs[7], NAN}, shifted[] = {-1, 0, 0};
	const int32_t target[] = {0, 1, 1, 0}, wrong = 1;
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		tl_shape shape = tl_dims(4, 3);
		tl_tensor in = tl_input_double(tape, shape, x);
		tl_tensor lse = tl_logsumexp(in, tl_axes(1)), g = slope(lse, in);
		tl_tensor at = tl_input_int(tape, tl_dims(4), target);
		expect("softmax", tl_softmax(in, 1), shape, soft, 2);
		expect("log_softmax", tl_log_softmax(in, 1), shape, logs, 2);
		expect("logsumexp", lse, tl_dims(4), all, 2);
		expect("its gradient", g, shape, soft, 2);
		expect("and that one's, along ones", slope(g, in), shape, second, 2);
		expect("losses",
		       tl_cross_entropy(
			       in, at, &(tl_cross_entropy_options){.reduction = TL_REDUCTION_NONE}),
		       tl_dims(4), losses, 2);
		tl_tensor row = tl_input_double(tape, tl_dims(1, 3), x);
		tl_tensor off = tl_cross_entropy(row, tl_input_int(tape, tl_dims(1), &wrong), NULL);
		expect("loss of another", off, TL_SCALAR, (double[]){INFINITY}, 0);
		expect("its slope", tl_add(tl_grad(off, row), real(tape, 3, shifted)),
		       tl_dims(1, 3), (double[]){0, -1, 0}, 0);
		tl_tape_destroy(tape);
	}
}
END_TEST

START_TEST(huber_at_infinity)
{
	const double x[] = {INFINITY, -INFINITY, 3, -0.5, 2, NAN};
	const double value[] = {INFINITY, INFINITY, 4, 0.125, 2, NAN};
	const double by_x[] = {2, -2, 2, -0.5, 2, NAN}, bent[] = {0, 0, 0, 1, 1, 0};
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		tl_tensor in = real(tape, 6, x), zero = tl_scalar(tape, 0);
		tl_tensor items = tl_huber(in, zero, 2,
					   &(tl_loss_options){.reduction = TL_REDUCTION_NONE}),
			  g = slope(items, in);
		expect("huber", items, tl_dims(6), value, 1);
		expect("its slope", g, tl_dims(6), by_x, 1);
		tl_tensor finite = tl_slice(in, 0, 0, 5, 1);
		expect("its bend",
		       slope(slope(tl_huber(finite, zero, 2,
					    &(tl_loss_options){.reduction = TL_REDUCTION_NONE}),
				   finite),
			     finite),
		       tl_dims(5), bent, 1);
		tl_tensor one = real(tape, 1, x);
		expect("of the mean", tl_grad(tl_huber(one, zero, 1, NULL), one), tl_dims(1),
		       (double[]){1}, 0);
		tl_tape_destroy(tape);
	}
}
END_TEST

/* The result is NaN, and the gradient goes on. */
START_TEST(max_min_and_relu_of_nan)
{
	const double a[] = {NAN, 1, NAN, 2, 1, 3}, b[] = {1, NAN, NAN, 1, 2, 3};
	const double greater[] = {NAN, NAN, NAN, 2, 2, 3}, less[] = {NAN, NAN, NAN, 1, 1, 3};
	const double wins[] = {1, 1, 1, 1, 0, 0.5}, loses[] = {1, 1, 1, 0, 1, 0.5};
	const double x[] = {NAN, -1, 0, -0.0, 2, INFINITY};
	const double cut[] = {NAN, 0, 0, 0, 2, INFINITY}, passes[] = {1, 0, 0, 0, 1, 1};
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		tl_tensor p = real(tape, 6, a), q = real(tape, 6, b), r = real(tape, 6, x);
		tl_tensor most = tl_maximum(p, q), least = tl_minimum(p, q), y = tl_relu(r);
		expect("max", most, tl_dims(6), greater, 0);
		expect("min", least, tl_dims(6), less, 0);
		expect("relu", y, tl_dims(6), cut, 0);
		expect("max by a", slope(most, p), tl_dims(6), wins, 0);
		expect("max by b", slope(most, q), tl_dims(6), loses, 0);
		expect("min by a", slope(least, p), tl_dims(6), loses, 0);
		expect("min by b", slope(least, q), tl_dims(6), wins, 0);
		expect("relu by x", slope(y, r), tl_dims(6), passes, 0);
		tl_tape_destroy(tape);
	}
}
END_TEST

/* Nothing, very often, is done at once; this would take hours if it went through the large one. */
START_TEST(nothing_very_often)
{
	const int64_t huge = (int64_t)1 << 40;
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
#define ZEROS(...) tl_zeros(tape, tl_dims(__VA_ARGS__))
		tl_tensor wide = ZEROS(huge, 0), tall = ZEROS(0, huge), cube = ZEROS(huge, 0, 2);
		tl_tensor image = ZEROS(huge, 0, 2, 2), w = ZEROS(0, 0, 1, 1);
		tl_tensor index = tl_cast(tl_argmax(cube, 2));
		const int64_t two[2] = {2, 2};
		tl_tensor y[] = {
			tl_cumsum(tl_exp(wide), 1),
			tl_cumsum(wide, 0),
			tl_cumsum(tall, 0),
			index,
			tl_softmax(tl_exp(cube), 2),
			tl_logsumexp(cube, tl_axes(2)),
			tl_sum(cube, tl_axes(2)),
			tl_max(cube, tl_axes(2)),
			tl_matmul(cube, ZEROS(huge, 2, 0)),
			tl_transpose(tl_exp(cube)),
			tl_concat((tl_tensor[]){cube, cube}, 2, 1),
			tl_reverse(cube, 0),
			tl_max_pool2d(image, two, NULL),
			tl_average_pool2d(image, two, NULL),
			tl_grad(tl_sum(tl_conv2d(image, w, NULL), TL_ALL), w),
			tl_conv2d(image, w, NULL),
			tl_take_along_axis(cube, tl_argmax(ZEROS(huge, 0, 2, 1), 3), 2),
		};
		enum { COUNT = sizeof y / sizeof *y };
		for (int i = 0; i < COUNT; i++) {
			ck_assert_msg(y[i].id, "%d: %s", i, tl_tape_error(tape));
			ck_assert_msg(tl_evaluate(&y[i], 1) == TL_OK, "%d: %s", i,
				      tl_tape_error(tape));
		}
		tl_tape_destroy(tape);
	}
}
END_TEST

/* More stretches than there are steps are as many as there are steps. */
START_TEST(recomputing_in_any_number_of_stretches)
{
	static const int stretches[] = {0, 1, 3, 1000, INT_MAX};
	double first = 0;
	for (size_t k = 0; k < sizeof stretches / sizeof *stretches; k++) {
		tl_params *set = tl_params_create(TL_F64);
		tl_param *p = tl_params_add(set, "w", tl_dims(3), tl_init_constant(0.5));
		tl_tape *tape = fresh_tape(TL_F64);
		tl_tape_set_recompute(tape, stretches[k]);
		tl_tensor y = tl_use(tape, p);
		for (int i = 0; i < 9; i++) {
			tl_tape_set_step(tape, i);
			y = tl_tanh(tl_mul(y, tl_exp(y)));
		}
		ck_assert_msg(tl_backward(tl_sum(y, TL_ALL)) == TL_OK, "%s", tl_tape_error(tape));
		double g = ((double *)tl_param_gradient(p))[2];
		if (!k)
			first = g;
		ck_assert(g == first && g != 0);
		tl_tape_destroy(tape);
		tl_params_destroy(set);
	}
}
END_TEST

START_TEST(argmax_beyond_its_integers)
{
	const int64_t most = (int64_t)1 << 31;
	tl_tape *tape = fresh_tape(TL_F32);
	ck_assert(tl_argmax(tl_zeros(tape, tl_dims(most, 0)), 0).id);
	expect_error(tl_argmax(tl_zeros(tape, tl_dims(2, most + 1)), 1), TL_ERROR_SHAPE,
		     "argmax: axis 1 of [2,2147483649] is longer than 2^31");
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(targets_that_are_no_probabilities)
{
	const double wrong[] = {-0.25, 1.5, NAN, INFINITY};
	const char *const says[] = {"target -0.25 at [1,0] is not in [0, 1]", "target 1.5 at",
				    "nan at [1,0]", "target inf at"};
	BOTH_TYPES(dtype)
	for (int i = 0; i < 4; i++) {
		tl_tape *tape = fresh_tape(dtype);
		const double t[] = {0, 1, wrong[i], 0.5};
		for (int k = 0; k < 3; k++) {
			tl_tensor x = tl_full(tape, tl_dims(2, 2), 0.5);
			tl_tensor target = tl_input_double(tape, tl_dims(2, 2), t);
			tl_tensor y =
				k ? tl_binary_cross_entropy_with_logits(x, target, NULL)
				  : tl_binary_cross_entropy_with_logits(
					    x, target,
					    &(tl_loss_options){.reduction = TL_REDUCTION_NONE});
			expect_error(k == 2 ? tl_grad(y, x) : y, TL_ERROR_VALUE, says[i]);
		}
		expect_error(tl_binary_cross_entropy_with_logits(tl_ones(tape, tl_dims(2)),
								 tl_scalar(tape, 2), NULL),
			     TL_ERROR_VALUE, "target 2 at [] is not in [0, 1]");
		tl_tape_destroy(tape);
	}
}
END_TEST

static tl_tensor net(tl_tape *tape, tl_param *w, bool noise)
{
	tl_tensor x = tl_use(tape, w);
	if (noise)
		x = tl_dropout(x, 0.5);
	x = tl_tanh(x);
	return noise ? tl_dropout(x, 0.25) : x;
}

/* Evaluated, a net with dropout is the net without. */
START_TEST(dropout_obeys_the_tape)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_param *w = tl_params_add(set, "w", tl_dims(20, 10), tl_init_constant(0.5));
	tl_tape *tape = fresh_tape(TL_F64);
	for (int round = 0; round < 4; round++) {
		bool training = round % 2 == 0;
		tl_tape_rewind(tape);
		tl_tape_set_training(tape, training);
		tl_tensor with = net(tape, w, true), without = net(tape, w, false);
		double apart = tl_item(tl_sum(tl_abs(tl_sub(with, without)), TL_ALL));
		ck_assert(training ? apart > 1 : apart == 0);
		tl_tensor mask = tl_dropout_mask(tape, tl_dims(100), 0.5); /* in either mode */
		double kept = tl_item(tl_sum(mask, TL_ALL));
		ck_assert(kept > 20 && kept < 180);
	}
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

SUITE("extremes", cross_entropy_far_from_zero, powers_of_zero, powers_by_base_and_exponent,
      signs_of_zeros, infinite_logits, huber_at_infinity, max_min_and_relu_of_nan,
      nothing_very_often, recomputing_in_any_number_of_stretches, argmax_beyond_its_integers,
      targets_that_are_no_probabilities, dropout_obeys_the_tape)
