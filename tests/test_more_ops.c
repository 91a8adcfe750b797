/* floor, take_along_axis, logsumexp over several axes, bilinear, losses per element: values. */
#include "values.h"

START_TEST(floors)
{
	const double x[] = {-2.5, -2, -0.5, -0.0, 0.5, 3.999, 1e30, INFINITY, NAN, 7};
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		double want[10];
		for (int i = 0; i < 10; i++)
			want[i] = floor(x[i]);
		tl_tensor in = tl_input_double(tape, tl_dims(10), x), y = tl_floor(in);
		tl_tensor part = tl_slice(in, 0, 0, 6, 1);
		expect("floor", y, tl_dims(10), want, 1);
		/* the rest, x - floor x, has the slope of x */
		expect("slope", tl_grad(tl_sum(tl_sub(part, tl_floor(part)), TL_ALL), part),
		       tl_dims(6), (double[]){1, 1, 1, 1, 1, 1}, 0);
		tl_tape_destroy(tape);
	}
}
END_TEST

/* By every axis, with fewer and with more elements than the axis has, some of them twice. */
START_TEST(elements_along_an_axis)
{
	const tl_shape shape = tl_dims(2, 3, 4);
	for (int axis = -3; axis < 3; axis++)
		for (int taken = 0; taken <= 5; taken++)
			BOTH_TYPES(dtype)
			{
				int a = axis < 0 ? axis + 3 : axis;
				tl_tape *tape = fresh_tape(dtype);
				const double *x = numbers(24, 1, -4, 4);
				const double *v = numbers(60, 2, -4, 4);
				double want[60], sums[24] = {0};
				int32_t index[60];
				tl_shape out = shape;
				out.dim[a] = taken;
				for (at c = {0}; more(&c, out); next(&c, out)) {
					at from = c;
					from.i[a] = (c.n * 7 + 3) % shape.dim[a];
					index[c.n] = (int32_t)from.i[a];
					want[c.n] = x[offset_of(shape, from.i)];
					sums[offset_of(shape, from.i)] += v[c.n];
				}
				tl_tensor in = tl_input_double(tape, shape, x);
				tl_tensor i = tl_input_int(tape, out, index);
				tl_tensor y = tl_take_along_axis(in, i, axis);
				tl_tensor factor = tl_input_double(tape, out, v);
				expect("take", y, out, want, 0);
				expect("its adjoint",
				       tl_grad(tl_sum(tl_mul(y, factor), TL_ALL), in), shape, sums,
				       4);
				int32_t own[24];
				double places[60];
				for (int k = 0; k < 24; k++)
					own[k] = k;
				for (at c = {0}; more(&c, out); next(&c, out)) {
					at from = c;
					from.i[a] = index[c.n];
					places[c.n] = (double)offset_of(shape, from.i);
				}
				tl_tensor whole = tl_constant_int(tape, shape, own);
				expect("of integers", tl_take_along_axis(whole, i, axis), out,
				       places, 0);
				tl_tape_destroy(tape);
			}
}
END_TEST

START_TEST(elements_that_are_not_there)
{
	const int32_t high[] = {0, 1, 2, 3}, low[] = {0, 0, -1, 0};
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
#define X     tl_ones(tape, tl_dims(2, 3))
#define AT(i) tl_input_int(tape, tl_dims(2, 2), i)
		expect_error(tl_take_along_axis(X, AT(high), 1), TL_ERROR_VALUE,
			     "take_along_axis: index 3 at [1,1] is not one of 3 elements of the");
		expect_error(tl_take_along_axis(X, AT(low), 1), TL_ERROR_VALUE,
			     "index -1 at [1,0]");
		expect_error(tl_take_along_axis(X, AT(low), 0), TL_ERROR_SHAPE,
			     "from [2,3] along axis 0 by an index [2,2]");
		expect_error(tl_take_along_axis(X, tl_input_int(tape, tl_dims(2), low), 1),
			     TL_ERROR_SHAPE, "by an index [2]");
		expect_error(tl_take_along_axis(X, X, 1), TL_ERROR_TYPE, "is not of integers");
		expect_error(tl_take_along_axis(X, AT(low), 2), TL_ERROR_ARGUMENT,
			     "there is no axis 2");
		tl_tape_destroy(tape);
	}
}
END_TEST

/* Over every set of axes. */
START_TEST(logsumexp_over_axes)
{
	const tl_shape shape = tl_dims(2, 3, 1, 4);
	for (int set = 1; set < 16; set++)
		BOTH_TYPES(dtype)
		{
			tl_tape *tape = fresh_tape(dtype);
			const double *x = numbers(24, 3, -4, 4);
			double total[24] = {0}, soft[24];
			tl_axis_list axes = {0};
			tl_shape out = {0};
			for (int i = 3; i >= 0; i--) /* in any order */
				if (set >> i & 1)
					axes.axis[axes.count++] = i % 2 ? i : i - 4;
			for (int i = 0; i < 4; i++)
				if (!(set >> i & 1))
					out.dim[out.rank++] = shape.dim[i];
			for (int pass = 0; pass < 2; pass++)
				for (at c = {0}; more(&c, shape); next(&c, shape)) {
					int64_t left[4], n = 0;
					for (int i = 0; i < 4; i++)
						if (!(set >> i & 1))
							left[n++] = c.i[i];
					int64_t k = offset_of(out, left);
					if (pass)
						soft[c.n] = exp(x[c.n]) / total[k];
					else
						total[k] += exp(x[c.n]);
				}
			for (int64_t k = 0; k < size_of(out); k++)
				total[k] = log(total[k]);
			tl_tensor in = tl_input_double(tape, shape, x);
			tl_tensor y = tl_logsumexp(in, axes);
			expect("logsumexp", y, out, total, 4);
			expect("its gradient", tl_grad(tl_sum(y, TL_ALL), in), shape, soft, 4);
			if (set == 15)
				expect("over all", tl_logsumexp(in, TL_ALL), out, total, 4);
			tl_tape_destroy(tape);
		}
	tl_tape *tape = fresh_tape(TL_F32);
	expect("of one number", tl_logsumexp(tl_scalar(tape, 3), TL_ALL), TL_SCALAR, (double[]){3},
	       1);
	expect("of nothing", tl_logsumexp(tl_zeros(tape, tl_dims(2, 0, 3)), tl_axes(1, 2)),
	       tl_dims(2), (double[]){-INFINITY, -INFINITY}, 0);
	expect_error(tl_logsumexp(tl_zeros(tape, tl_dims(2, 3)), tl_axes(0, -2)), TL_ERROR_ARGUMENT,
		     "logsumexp: axis -2 is given twice");
	expect_error(tl_logsumexp(tl_constant_int(tape, tl_dims(1), &(int32_t){1}), TL_ALL),
		     TL_ERROR_TYPE, "logsumexp: operand 0 is of integers");
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(bilinear_forms)
{
	enum { BATCH = 3, OUT = 4, N = 2, M = 5 };
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		const double *x = numbers(BATCH * N, 1, -2, 2), *y = numbers(BATCH * M, 2, -2, 2);
		const double *W = numbers(OUT * N * M, 3, -2, 2);
		double want[BATCH * OUT] = {0};
		for (int b = 0; b < BATCH; b++)
			for (int k = 0; k < OUT; k++)
				for (int i = 0; i < N; i++)
					for (int j = 0; j < M; j++)
						want[b * OUT + k] += x[b * N + i] *
								     W[(k * N + i) * M + j] *
								     y[b * M + j];
		tl_tensor p = tl_input_double(tape, tl_dims(BATCH, N), x);
		tl_tensor q = tl_input_double(tape, tl_dims(BATCH, M), y);
		tl_tensor w = tl_input_double(tape, tl_dims(OUT, N, M), W);
		expect("bilinear", tl_bilinear(p, w, q), tl_dims(BATCH, OUT), want, 20);
		expect_error(tl_bilinear(q, w, p), TL_ERROR_SHAPE,
			     "bilinear: x [3,5], W [4,2,5] and y [3,2] do not fit");
		tl_tape_destroy(tape);
	}
}
END_TEST

/* One loss an element, whose mean is the loss that has no _items. */
START_TEST(losses_of_elements)
{
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		const double *x = numbers(12, 1, -4, 4), *t = numbers(12, 2, 0, 1);
		double binary[12], huber[12], mean[2] = {0};
		for (int i = 0; i < 12; i++) {
			double p = 1 / (1 + exp(-x[i])), d = fabs(x[i] - t[i]);
			binary[i] = -t[i] * log(p) - (1 - t[i]) * log(1 - p);
			huber[i] = d <= 0.75 ? d * d / 2 : 0.75 * (d - 0.375);
			mean[0] += binary[i] / 12;
			mean[1] += huber[i] / 12;
		}
		tl_tensor in = tl_input_double(tape, tl_dims(3, 4), x);
		tl_tensor target = tl_input_double(tape, tl_dims(3, 4), t);
		expect("binary",
		       tl_binary_cross_entropy_with_logits(
			       in, target, &(tl_loss_options){.reduction = TL_REDUCTION_NONE}),
		       tl_dims(3, 4), binary, 20);
		expect("its mean", tl_binary_cross_entropy_with_logits(in, target, NULL), TL_SCALAR,
		       &mean[0], 20);
		expect("huber",
		       tl_huber(in, target, 0.75,
				&(tl_loss_options){.reduction = TL_REDUCTION_NONE}),
		       tl_dims(3, 4), huber, 20);
		expect("its mean", tl_huber(in, target, 0.75, NULL), TL_SCALAR, &mean[1], 20);
		expect("of nothing",
		       tl_binary_cross_entropy_with_logits(
			       tl_zeros(tape, tl_dims(0)), tl_zeros(tape, tl_dims(0)),
			       &(tl_loss_options){.reduction = TL_REDUCTION_NONE}),
		       tl_dims(0), NULL, 0);
		tl_tape_destroy(tape);
	}
}
END_TEST

SUITE("more_ops", floors, elements_along_an_axis, elements_that_are_not_there, logsumexp_over_axes,
      bilinear_forms, losses_of_elements)
