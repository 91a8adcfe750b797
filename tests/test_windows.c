/* Convolution, its adjoints, and pooling, against plain loops. */
#include "values.h"

enum { MOST = 8192 };

typedef struct window {
	tl_shape x, w;
	tl_conv_options o;
} window;

static int64_t usual(int64_t option, int64_t otherwise)
{
	return option ? option : otherwise;
}

/* Where element k of the kernel at output position p looks on axis a (0 rows, 1 columns). */
static int64_t seen(const tl_conv_options *o, int a, int64_t p, int64_t k, int64_t stride)
{
	return p * usual(o->stride[a], stride) + k * usual(o->dilation[a], 1) - o->padding[a];
}

static int64_t positions(const tl_conv_options *o, int a, int64_t in, int64_t size, int64_t stride)
{
	int64_t n = 0;
	while (seen(o, a, n, size - 1, stride) < in + o->padding[a])
		n++;
	return n;
}

static const window convolutions[] = {
	{{4, {2, 3, 5, 6}}, {4, {4, 3, 3, 2}}, {.stride = {0}}},
	{{4, {2, 3, 5, 6}}, {4, {4, 3, 3, 2}}, {.stride = {2, 3}, .padding = {1, 2}}},
	{{4, {1, 2, 9, 8}}, {4, {3, 2, 3, 3}}, {.dilation = {2, 3}, .padding = {3, 0}}},
	{{4, {3, 4, 7, 7}}, {4, {5, 4, 1, 1}}, {.stride = {0}}},
	{{4, {1, 1, 2, 2}}, {4, {1, 1, 4, 4}}, {.padding = {2, 3}, .stride = {1, 1}}},
	{{4, {1, 1, 40, 50}},
	 {4, {2, 1, 5, 3}},
	 {.stride = {1, 2}}}, /* several blocks of windows */
	{{4, {1, 64, 9, 9}}, {4, {2, 64, 5, 5}}, {.padding = {2, 2}}},
	{{4, {0, 3, 5, 6}}, {4, {4, 3, 3, 2}}, {.stride = {0}}},
	{{4, {2, 0, 5, 6}}, {4, {4, 0, 3, 2}}, {.stride = {0}}},
	{{4, {2, 3, 5, 6}}, {4, {0, 3, 3, 2}}, {.stride = {0}}},
};

/* y, and for the sum of y times v the slopes by x and by w. */
static tl_shape convolve(const window *c, const double *x, const double *w, const double *v,
			 double *y, double *dx, double *dw)
{
	tl_shape out =
		tl_dims(c->x.dim[0], c->w.dim[0], positions(&c->o, 0, c->x.dim[2], c->w.dim[2], 1),
			positions(&c->o, 1, c->x.dim[3], c->w.dim[3], 1));
	memset(dx, 0, (size_t)size_of(c->x) * sizeof *dx);
	memset(dw, 0, (size_t)size_of(c->w) * sizeof *dw);
	for (at p = {0}; more(&p, out); next(&p, out)) {
		y[p.n] = 0;
		tl_shape patch = tl_dims(c->w.dim[1], c->w.dim[2], c->w.dim[3]);
		for (at k = {0}; more(&k, patch); next(&k, patch)) {
			int64_t row = seen(&c->o, 0, p.i[2], k.i[1], 1);
			int64_t column = seen(&c->o, 1, p.i[3], k.i[2], 1);
			if (row < 0 || row >= c->x.dim[2] || column < 0 || column >= c->x.dim[3])
				continue;
			int64_t in[] = {p.i[0], k.i[0], row, column};
			int64_t of[] = {p.i[1], k.i[0], k.i[1], k.i[2]};
			int64_t a = offset_of(c->x, in), b = offset_of(c->w, of);
			y[p.n] += x[a] * w[b];
			dx[a] += v[p.n] * w[b];
			dw[b] += v[p.n] * x[a];
		}
	}
	return out;
}

START_TEST(convolutions_and_their_adjoints)
{
	static double y[MOST], dx[MOST], dw[MOST];
	for (size_t k = 0; k < sizeof convolutions / sizeof *convolutions; k++)
		BOTH_TYPES(dtype)
		{
			const window *c = &convolutions[k];
			tl_tape *tape = fresh_tape(dtype);
			const double *x = numbers(size_of(c->x), 1, -1, 1);
			const double *w = numbers(size_of(c->w), 2, -1, 1),
				     *v = numbers(MOST, 3, -1, 1);
			tl_shape out = convolve(c, x, w, v, y, dx, dw);
			tl_tensor at[] = {tl_input_double(tape, c->x, x),
					  tl_input_double(tape, c->w, w)};
			tl_tensor of = tl_conv2d(at[0], at[1], &c->o), slope[2];
			tl_tensor loss = tl_sum(tl_mul(of, tl_input_double(tape, out, v)), TL_ALL);
			ck_assert_int_eq(tl_grads(loss, at, 2, slope), TL_OK);
			expect("conv2d", of, out, y, 20);
			expect("conv2d by x", slope[0], c->x, dx, 20);
			expect("conv2d by w", slope[1], c->w, dw, 20);
			tl_tape_destroy(tape);
		}
}
END_TEST

/* Work is divided over images, channels or rows of w: never along a sum. */
START_TEST(convolutions_are_the_same_for_any_number_of_threads)
{
	static const window cases[] = {
		{{4, {3, 6, 20, 21}}, {4, {7, 6, 1, 1}}, {.stride = {0}}}, /* 5 + 1 channels */
		{{4, {2, 8, 17, 19}}, {4, {12, 8, 3, 3}}, {.stride = {2}, .padding = {1, 1}}},
		{{4, {2, 1, 40, 40}}, {4, {30, 1, 3, 3}}, {.stride = {0}}},
		{{4, {2, 11, 30, 30}}, {4, {3, 11, 2, 1}}, {.stride = {0}}},
	};
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
		const window *c = &cases[k];
		int64_t xs = size_of(c->x), ws = size_of(c->w);
		float *one = NULL;
		for (int threads = 1; threads <= 4; threads++) {
			tl_set_thread_count(threads);
			tl_tape *tape = fresh_tape(TL_F32);
			tl_tensor at[] = {tl_input_double(tape, c->x, numbers(xs, 1, -1, 1)),
					  tl_input_double(tape, c->w, numbers(ws, 2, -1, 1))};
			tl_tensor slope[2], y = tl_conv2d(at[0], at[1], &c->o);
			ck_assert_int_eq(tl_grads(tl_sum(tl_square(y), TL_ALL), at, 2, slope),
					 TL_OK);
			tl_tensor flat[] = {tl_reshape(slope[0], tl_dims(xs)),
					    tl_reshape(slope[1], tl_dims(ws)),
					    tl_reshape(y, tl_dims(tl_tensor_size(y)))};
			tl_tensor all = tl_concat(flat, 3, 0);
			size_t bytes = (size_t)tl_tensor_size(all) * sizeof(float);
			const float *value = tl_value(all);
			ck_assert_ptr_nonnull(value);
			if (!one) {
				one = malloc(bytes);
				memcpy(one, value, bytes);
			}
			ck_assert_mem_eq(one, value, bytes);
			tl_tape_destroy(tape);
		}
		tl_set_thread_count(0);
		free(one);
	}
}
END_TEST

/* Along one axis: as an image of one row, without options, and with the first numbers of them. */
START_TEST(convolutions_along_one_axis)
{
	const window cases[] = {
		{{4, {2, 3, 1, 11}}, {4, {4, 3, 1, 3}}, {.stride = {0}}},
		{{4, {2, 3, 1, 11}},
		 {4, {4, 3, 1, 3}},
		 {.stride = {1, 2}, .padding = {0, 4}, .dilation = {1, 3}}},
	};
	static double y[MOST], dx[MOST], dw[MOST];
	for (int k = 0; k < 2; k++)
		BOTH_TYPES(dtype)
		{
			const window *c = &cases[k];
			tl_tape *tape = fresh_tape(dtype);
			const double *x = numbers(66, 1, -1, 1), *w = numbers(36, 2, -1, 1);
			tl_shape out = convolve(c, x, w, numbers(MOST, 3, -1, 1), y, dx, dw);
			tl_conv_options o = {
				{c->o.stride[1]}, {c->o.padding[1]}, {c->o.dilation[1]}};
			expect("conv1d",
			       tl_conv1d(tl_input_double(tape, tl_dims(2, 3, 11), x),
					 tl_input_double(tape, tl_dims(4, 3, 3), w), k ? &o : NULL),
			       tl_dims(2, 4, out.dim[3]), y, 10);
			tl_tape_destroy(tape);
		}
}
END_TEST

/* Pooling: the size of the window in w's last two dimensions */

static const window pools[] = {
	{{4, {2, 3, 6, 8}}, {4, {1, 1, 2, 2}}, {.stride = {0}}},
	{{4, {2, 3, 7, 5}}, {4, {1, 1, 3, 2}}, {.stride = {1, 2}, .padding = {1, 1}}},
	{{4, {1, 2, 9, 9}}, {4, {1, 1, 3, 2}}, {.stride = {2, 1}, .dilation = {2, 3}}},
	{{4, {1, 1, 4, 4}}, {4, {1, 1, 4, 4}}, {.padding = {2, 2}, .stride = {3, 3}}},
	{{4, {2, 0, 4, 4}}, {4, {1, 1, 2, 2}}, {.stride = {0}}},
};

static tl_shape pool(const window *c, bool largest, const double *x, const double *v, double *y,
		     double *dx)
{
	const int64_t *size = c->w.dim + 2;
	tl_shape out = tl_dims(c->x.dim[0], c->x.dim[1],
			       positions(&c->o, 0, c->x.dim[2], size[0], size[0]),
			       positions(&c->o, 1, c->x.dim[3], size[1], size[1]));
	memset(dx, 0, (size_t)size_of(c->x) * sizeof *dx);
	for (at p = {0}; more(&p, out); next(&p, out)) {
		int64_t best = -1;
		double sum = 0, share = 1 / (double)(size[0] * size[1]);
		for (int64_t k = 0; k < size[0] * size[1]; k++) {
			int64_t row = seen(&c->o, 0, p.i[2], k / size[1], size[0]);
			int64_t column = seen(&c->o, 1, p.i[3], k % size[1], size[1]);
			if (row < 0 || row >= c->x.dim[2] || column < 0 || column >= c->x.dim[3])
				continue;
			int64_t a = offset_of(c->x, (int64_t[]){p.i[0], p.i[1], row, column});
			best = best < 0 || x[a] > x[best] ? a : best;
			sum += x[a];
			dx[a] += largest ? 0 : share * v[p.n];
		}
		y[p.n] = !largest ? sum * share : best < 0 ? -INFINITY : x[best];
		if (largest && best >= 0)
			dx[best] += v[p.n];
	}
	return out;
}

START_TEST(pooling)
{
	static double y[MOST], dx[MOST];
	for (size_t k = 0; k < 2 * sizeof pools / sizeof *pools; k++)
		BOTH_TYPES(dtype)
		{
			const window *c = &pools[k / 2];
			bool largest = k % 2;
			tl_tape *tape = fresh_tape(dtype);
			double *x = numbers(size_of(c->x), 1, -1, 1);
			for (int64_t i = 0; i < size_of(c->x); i++)
				x[i] = floor(x[i] * 4) / 4; /* many are equal: the first wins */
			const double *v = numbers(MOST, 3, -1, 1);
			tl_shape out = pool(c, largest, x, v, y, dx);
			tl_tensor t = tl_input_double(tape, c->x, x);
			tl_tensor of = (largest ? tl_max_pool2d
						: tl_average_pool2d)(t, c->w.dim + 2, &c->o);
			tl_tensor loss = tl_sum(tl_mul(of, tl_input_double(tape, out, v)), TL_ALL);
			expect(largest ? "max_pool" : "average_pool", of, out, y, 1);
			expect(largest ? "max_pool by x" : "average_pool by x", tl_grad(loss, t),
			       c->x, dx, 10);
			tl_tape_destroy(tape);
		}
}
END_TEST

/* NaN is the largest of its window; where a window sees only padding there is nothing, and no
 * slope. */
START_TEST(pooling_of_nan_and_of_nothing)
{
	const double x[] = {1, NAN, 3, 4};
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		tl_tensor t = tl_input_double(tape, tl_dims(1, 1, 2, 2), x);
		expect("max_pool", tl_max_pool2d(t, (int64_t[]){1, 2}, NULL), tl_dims(1, 1, 2, 1),
		       (double[]){NAN, 4}, 0);
		tl_conv_options around = {.padding = {1, 0}, .dilation = {2, 1}, .stride = {1, 1}};
		tl_tensor row = tl_input_double(tape, tl_dims(1, 1, 1, 2), x + 2);
		tl_tensor none = tl_max_pool2d(row, (int64_t[]){2, 1}, &around);
		expect("max_pool of padding", none, tl_dims(1, 1, 1, 2),
		       (double[]){-INFINITY, -INFINITY}, 0);
		expect("its slope", tl_grad(tl_sum(none, TL_ALL), row), tl_dims(1, 1, 1, 2),
		       (double[]){0, 0}, 0);
		tl_tape_destroy(tape);
	}
}
END_TEST

START_TEST(windows_that_cannot_be_are_said)
{
	tl_tape *tape = fresh_tape(TL_F32);
	const int64_t two[] = {2, 2}, none[] = {2, 0}, many[] = {9, 2};
	const tl_conv_options back = {.stride = {-1, 1}}, less = {.padding = {0, -1}};
	const tl_conv_options huge = {.dilation = {1, INT64_MAX}}, wide = {.padding = {2, 0}};
#define IMAGE tl_ones(tape, tl_dims(1, 2, 5, 6))
	expect_error(tl_conv2d(IMAGE, tl_ones(tape, tl_dims(3, 4, 2, 2)), NULL), TL_ERROR_SHAPE,
		     "conv2d: x [1,2,5,6] and w [3,4,2,2] differ in channels");
	expect_error(tl_conv2d(tl_ones(tape, tl_dims(5, 6)), IMAGE, NULL), TL_ERROR_SHAPE,
		     "conv2d: x [5,6] and w [1,2,5,6] have not the right ranks");
	expect_error(tl_conv1d(IMAGE, IMAGE, NULL), TL_ERROR_SHAPE, "have not the right ranks");
	expect_error(tl_conv2d(IMAGE, tl_ones(tape, tl_dims(3, 2, 6, 2)), NULL), TL_ERROR_SHAPE,
		     "conv2d: a window of 6 rows does not fit in 5, padded to 5");
	expect_error(tl_conv2d(IMAGE, tl_ones(tape, tl_dims(3, 2, 2, 0)), NULL), TL_ERROR_ARGUMENT,
		     "conv2d: the size of the window cannot be 0");
	expect_error(tl_conv2d(IMAGE, tl_ones(tape, tl_dims(3, 2, 2, 2)), &back), TL_ERROR_ARGUMENT,
		     "conv2d: the stride cannot be -1");
	expect_error(tl_conv2d(IMAGE, tl_ones(tape, tl_dims(3, 2, 2, 2)), &less), TL_ERROR_ARGUMENT,
		     "conv2d: the padding cannot be -1");
	expect_error(tl_conv2d(IMAGE, tl_ones(tape, tl_dims(3, 2, 2, 2)), &huge), TL_ERROR_ARGUMENT,
		     "conv2d: the dilation cannot be 9223372036854775807");
	expect_error(tl_max_pool2d(tl_ones(tape, tl_dims(5, 6)), two, NULL), TL_ERROR_SHAPE,
		     "max_pool2d: [5,6] has not four axes");
	expect_error(tl_max_pool2d(IMAGE, none, NULL), TL_ERROR_ARGUMENT,
		     "size of the window cannot be 0");
	expect_error(tl_average_pool2d(IMAGE, many, NULL), TL_ERROR_SHAPE,
		     "average_pool2d: a window of 9 rows does not fit in 5");
	expect_error(tl_average_pool2d(IMAGE, two, &wide), TL_ERROR_ARGUMENT,
		     "average_pool2d: padding 2 is more than half of the window of 2");
	tl_tape_destroy(tape);
}
END_TEST

SUITE("windows", convolutions_and_their_adjoints,
      convolutions_are_the_same_for_any_number_of_threads, convolutions_along_one_axis, pooling,
      pooling_of_nan_and_of_nothing, windows_that_cannot_be_are_said)
