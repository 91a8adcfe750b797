/*
 * Values and gradients against PyTorch's, which tools/make_fixtures.py left in
 * tests/fixtures/pytorch.txt. Each case makes its inputs in the order the script does.
 */
#include "values.h"

enum { T = 25, B = 3, IN = 4, H = 5, MOST_INPUTS = 8 };

typedef struct fixture {
	tl_tape *tape;
	tl_tensor input[MOST_INPUTS];
	int inputs;
} fixture;

static tl_tensor between(fixture *f, tl_shape shape, double low, double high)
{
	const double *data = numbers(size_of(shape), f->inputs + 1, low, high);
	return f->input[f->inputs++] = tl_input_double(f->tape, shape, data);
}

static tl_tensor real(fixture *f, tl_shape shape)
{
	return between(f, shape, -2, 2);
}

static tl_tensor positive(fixture *f, tl_shape shape)
{
	return between(f, shape, 0.25, 2);
}

static tl_tensor below(fixture *f, tl_shape shape, int32_t limit)
{
	int32_t x[256];
	for (int64_t i = 0; i < size_of(shape); i++)
		x[i] = (int32_t)number_of(50, i, 0, limit);
	return tl_constant_int(f->tape, shape, x);
}

/* clang-format off */
#define CASE(NAME, VALUE) static tl_tensor NAME(fixture *f) { return VALUE; }
#define ONE(NAME, VALUE) static tl_tensor NAME(fixture *f) { tl_tensor x = real(f, tl_dims(3, 4)); return VALUE; }
#define LOG(NAME, VALUE) static tl_tensor NAME(fixture *f) { tl_tensor x = positive(f, tl_dims(3, 4)); return VALUE; }
#define TWO(NAME, OF) static tl_tensor NAME(fixture *f) { tl_tensor a = real(f, tl_dims(2, 3, 4)); return OF(a, real(f, tl_dims(3, 1))); }
#define RATIO(NAME, OF) static tl_tensor NAME(fixture *f) { tl_tensor a = positive(f, tl_dims(3, 4)); return OF(a, positive(f, tl_dims(4))); }
#define BLOCK(NAME, VALUE) static tl_tensor NAME(fixture *f) { tl_tensor x = real(f, tl_dims(2, 5, 4)); return VALUE; }
#define LOSS(NAME, VALUE) static tl_tensor NAME(fixture *f) { tl_tensor x = real(f, tl_dims(3, 4)), t = real(f, tl_dims(3, 4)); return VALUE; }

ONE(neg, tl_neg(x))
ONE(of_abs, tl_abs(x))
ONE(of_exp, tl_exp(x))
ONE(square, tl_square(x))
ONE(of_sin, tl_sin(x))
ONE(of_cos, tl_cos(x))
ONE(of_tanh, tl_tanh(x))
ONE(sigmoid, tl_sigmoid(x))
ONE(relu, tl_relu(x))
ONE(softplus, tl_softplus(x))
ONE(hard_tanh, tl_hard_tanh(x))
ONE(leaky_relu, tl_leaky_relu(x, 0.1))
ONE(elu, tl_elu(x, 1.5))
ONE(clamp, tl_clamp(x, -0.5, 1))
ONE(hard_sigmoid, tl_hard_sigmoid(x, 1.0 / 6, 0.5))
LOG(of_log, tl_log(x))
LOG(of_sqrt, tl_sqrt(x))
LOG(rsqrt, tl_rsqrt(x))
LOG(reciprocal, tl_reciprocal(x))
TWO(add, tl_add)
TWO(sub, tl_sub)
TWO(mul, tl_mul)
TWO(max, tl_maximum)
TWO(min, tl_minimum)
RATIO(of_div, tl_div)
RATIO(of_pow, tl_pow)
BLOCK(sum, tl_sum(x, tl_axes(0, 2)))
BLOCK(mean, tl_mean(x, tl_axes(1)))
BLOCK(max_over, tl_max(x, tl_axes(2)))
BLOCK(min_over, tl_min(x, tl_axes(0, 1)))
BLOCK(logsumexp, tl_logsumexp(x, tl_axes(1)))
BLOCK(cumsum, tl_cumsum(x, 1))
BLOCK(softmax_last, tl_softmax(x, -1))
BLOCK(softmax_first, tl_softmax(x, 0))
BLOCK(log_softmax, tl_log_softmax(x, 1))
BLOCK(permute, tl_permute(x, (int[]){2, 0, 1}))
BLOCK(slice_step, tl_slice(x, 1, 1, 5, 2))
BLOCK(reverse, tl_reverse(x, 1))
BLOCK(pad, tl_pad(x, -1, 1, 2, 3))
LOSS(mse, tl_mse(x, t, NULL))
LOSS(mae, tl_mae(x, t, NULL))
LOSS(huber, tl_huber(x, t, 0.7, NULL))
CASE(gather, tl_embedding(real(f, tl_dims(7, 3)), below(f, tl_dims(2, 6), 7)))
CASE(scatter_add, tl_segment_sum(real(f, tl_dims(8, 3)), below(f, tl_dims(8), 4), 4))
CASE(of_select, tl_pick(real(f, tl_dims(3, 5, 2)), below(f, tl_dims(3, 2), 5), 1))
/* clang-format on */

static tl_tensor where(fixture *f)
{
	tl_tensor a = real(f, tl_dims(3, 4)), b = real(f, tl_dims(4));
	return tl_where(tl_greater(a, tl_scalar(f->tape, 0.5)), tl_mul(a, a), b);
}

static tl_tensor matmul(fixture *f)
{
	tl_tensor a = real(f, tl_dims(4, 6));
	return tl_matmul(a, real(f, tl_dims(6, 5)));
}

static tl_tensor matmul_batch(fixture *f)
{
	tl_tensor a = real(f, tl_dims(2, 1, 4, 6));
	return tl_matmul(a, real(f, tl_dims(3, 6, 5)));
}

static tl_tensor affine(fixture *f)
{
	tl_tensor x = real(f, tl_dims(2, 3, 4)), W = real(f, tl_dims(5, 4));
	return tl_linear(x, W, real(f, tl_dims(5)));
}

static tl_tensor concat(fixture *f)
{
	tl_tensor a = real(f, tl_dims(2, 3)), b = real(f, tl_dims(2, 1));
	return tl_concat((tl_tensor[]){a, b, real(f, tl_dims(2, 2))}, 3, 1);
}

static tl_tensor stack(fixture *f)
{
	tl_tensor a = real(f, tl_dims(2, 3));
	return tl_stack((tl_tensor[]){a, real(f, tl_dims(2, 3))}, 2, 1);
}

static tl_tensor entropy(fixture *f, const tl_cross_entropy_options *options)
{
	tl_tensor logits = real(f, tl_dims(12, 6));
	return tl_cross_entropy(logits, below(f, tl_dims(12), 6), options);
}

static tl_tensor cross_entropy(fixture *f)
{
	return entropy(f, NULL);
}

static tl_tensor cross_entropy_ignore(fixture *f)
{
	return entropy(f, &(tl_cross_entropy_options){.use_ignore_index = true, .ignore_index = 2});
}

static tl_tensor cross_entropy_smooth(fixture *f)
{
	return entropy(f, &(tl_cross_entropy_options){.use_ignore_index = true,
						      .ignore_index = 2,
						      .label_smoothing = 0.2});
}

static tl_tensor binary_cross_entropy(fixture *f)
{
	tl_tensor x = real(f, tl_dims(3, 4));
	return tl_binary_cross_entropy_with_logits(x, between(f, tl_dims(3, 4), 0, 1), NULL);
}

static tl_tensor layer_norm(fixture *f)
{
	tl_tensor x = real(f, tl_dims(3, 2, 6)), scale = real(f, tl_dims(6));
	return tl_layer_norm(x, scale, real(f, tl_dims(6)), 0);
}

static tl_tensor batch_norm(fixture *f)
{
	tl_tensor x = real(f, tl_dims(4, 3, 5)), scale = real(f, tl_dims(3));
	return tl_batch_norm(x, scale, real(f, tl_dims(3)), 1, NULL);
}

/* In training once, then normalised by what that left in the buffers. */
static tl_params *running;

static tl_tensor batch_norm_running(fixture *f)
{
	tl_tensor x = real(f, tl_dims(4, 3, 5)), scale = real(f, tl_dims(3)),
		  offset = real(f, tl_dims(3));
	tl_batch_norm_options o = {
		.momentum = 0.3,
		.mean = tl_params_add_buffer(running, "mean", tl_dims(3), tl_init_zeros()),
		.variance =
			tl_params_add_buffer(running, "variance", tl_dims(3), tl_init_constant(1)),
	};
	tl_batch_norm(x, scale, offset, 1, &o);
	tl_tape_commit(f->tape);
	tl_tape_invalidate(f->tape);
	tl_tape_set_training(f->tape, false);
	tl_tensor y = tl_batch_norm(x, scale, offset, 1, &o);
	tl_tape_set_training(f->tape, true);
	return y;
}

static tl_tensor conv2d(fixture *f)
{
	tl_tensor x = real(f, tl_dims(2, 3, 6, 7));
	return tl_conv2d(
		x, real(f, tl_dims(4, 3, 3, 2)),
		&(tl_conv_options){.stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 3}});
}

static tl_tensor conv1d(fixture *f)
{
	tl_tensor x = real(f, tl_dims(2, 3, 9));
	return tl_conv1d(x, real(f, tl_dims(4, 3, 3)),
			 &(tl_conv_options){.stride = {2}, .padding = {1}});
}

static tl_tensor max_pool(fixture *f)
{
	return tl_max_pool2d(real(f, tl_dims(2, 2, 7, 6)), (int64_t[]){3, 2},
			     &(tl_conv_options){.stride = {2, 1}, .padding = {1, 0}});
}

static tl_tensor average_pool(fixture *f)
{
	return tl_average_pool2d(real(f, tl_dims(2, 2, 7, 6)), (int64_t[]){3, 2},
				 &(tl_conv_options){.stride = {2, 1}, .padding = {1, 1}});
}

/* Recurrent layers, unrolled; weights and gates in PyTorch's order */

typedef struct layer {
	tl_tensor x, h, c, W, U, b, d;
} layer;

static layer layer_inputs(fixture *f, int64_t gates, int states)
{
	layer l;
	l.x = between(f, tl_dims(T, B, IN), -1, 1);
	l.h = tl_at(between(f, tl_dims(1, B, H), -1, 1), 0);
	if (states == 2)
		l.c = tl_at(between(f, tl_dims(1, B, H), -1, 1), 0);
	l.W = between(f, tl_dims(gates * H, IN), -0.5, 0.5);
	l.U = between(f, tl_dims(gates * H, H), -0.5, 0.5);
	l.b = between(f, tl_dims(gates * H), -0.5, 0.5);
	l.d = between(f, tl_dims(gates * H), -0.5, 0.5);
	return l;
}

static tl_tensor rnn(fixture *f)
{
	layer l = layer_inputs(f, 1, 1);
	tl_tensor h = l.h, out[T];
	for (int t = 0; t < T; t++)
		out[t] = h =
			tl_tanh(tl_add(tl_linear(tl_at(l.x, t), l.W, l.b), tl_linear(h, l.U, l.d)));
	return tl_stack(out, T, 0);
}

static tl_tensor lstm(fixture *f)
{
	layer l = layer_inputs(f, 4, 2);
	tl_tensor h = l.h, c = l.c, out[T], gate[4];
	for (int t = 0; t < T; t++) {
		tl_split(tl_add(tl_linear(tl_at(l.x, t), l.W, l.b), tl_linear(h, l.U, l.d)), 1, 4,
			 gate);
		c = tl_add(tl_mul(tl_sigmoid(gate[1]), c),
			   tl_mul(tl_sigmoid(gate[0]), tl_tanh(gate[2])));
		out[t] = h = tl_mul(tl_sigmoid(gate[3]), tl_tanh(c));
	}
	return tl_stack(out, T, 0);
}

static tl_tensor gru(fixture *f)
{
	layer l = layer_inputs(f, 3, 1);
	tl_tensor h = l.h, out[T], a[3], b[3];
	for (int t = 0; t < T; t++) {
		tl_split(tl_linear(tl_at(l.x, t), l.W, l.b), 1, 3, a);
		tl_split(tl_linear(h, l.U, l.d), 1, 3, b);
		tl_tensor r = tl_sigmoid(tl_add(a[0], b[0])), z = tl_sigmoid(tl_add(a[1], b[1]));
		tl_tensor n = tl_tanh(tl_add(a[2], tl_mul(r, b[2])));
		out[t] = h = tl_add(tl_mul(tl_one_minus(z), n), tl_mul(z, h));
	}
	return tl_stack(out, T, 0);
}

static const struct entry {
	const char *name;
	tl_tensor (*record)(fixture *f);
} entries[] = {
	{"neg", neg},
	{"abs", of_abs},
	{"exp", of_exp},
	{"square", square},
	{"sin", of_sin},
	{"cos", of_cos},
	{"tanh", of_tanh},
	{"sigmoid", sigmoid},
	{"relu", relu},
	{"softplus", softplus},
	{"hard_tanh", hard_tanh},
	{"leaky_relu", leaky_relu},
	{"elu", elu},
	{"clamp", clamp},
	{"hard_sigmoid", hard_sigmoid},
	{"log", of_log},
	{"sqrt", of_sqrt},
	{"rsqrt", rsqrt},
	{"reciprocal", reciprocal},
	{"add", add},
	{"sub", sub},
	{"mul", mul},
	{"max", max},
	{"min", min},
	{"div", of_div},
	{"pow", of_pow},
	{"sum", sum},
	{"mean", mean},
	{"max_over", max_over},
	{"min_over", min_over},
	{"logsumexp", logsumexp},
	{"cumsum", cumsum},
	{"softmax_last", softmax_last},
	{"softmax_first", softmax_first},
	{"log_softmax", log_softmax},
	{"permute", permute},
	{"slice_step", slice_step},
	{"reverse", reverse},
	{"pad", pad},
	{"where", where},
	{"matmul", matmul},
	{"matmul_batch", matmul_batch},
	{"affine", affine},
	{"concat", concat},
	{"stack", stack},
	{"gather", gather},
	{"scatter_add", scatter_add},
	{"select", of_select},
	{"cross_entropy", cross_entropy},
	{"cross_entropy_ignore", cross_entropy_ignore},
	{"cross_entropy_smooth", cross_entropy_smooth},
	{"binary_cross_entropy", binary_cross_entropy},
	{"mse", mse},
	{"mae", mae},
	{"huber", huber},
	{"layer_norm", layer_norm},
	{"batch_norm", batch_norm},
	{"batch_norm_running", batch_norm_running},
	{"conv2d", conv2d},
	{"conv1d", conv1d},
	{"max_pool", max_pool},
	{"average_pool", average_pool},
	{"rnn", rnn},
	{"lstm", lstm},
	{"gru", gru},
};

enum { ENTRIES = sizeof entries / sizeof *entries };

/* The next array of the file, which must be of this name and size. */
static const double *stored(FILE *file, const char *name, const char *part, int64_t size)
{
	static double values[4096];
	char want[64], is[64] = "";
	int count = -1;
	snprintf(want, sizeof want, "%s/%s", name, part);
	ck_assert_msg(fscanf(file, "%63s %d", is, &count) == 2 && !strcmp(is, want) &&
			      count == size,
		      "the file has %s of %d numbers, and %s of %d is wanted", is, count, want,
		      (int)size);
	ck_assert_int_le(count, 4096);
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(fscanf(file, "%lf", &values[i]), 1);
	return values;
}

static void agree(FILE *file, const char *name, const char *part, tl_tensor x)
{
	tl_dtype dtype = tl_tensor_dtype(x);
	double most = dtype == TL_F64 ? 1e-10 : 1e-5;
	int64_t size = tl_tensor_size(x);
	const double *want = stored(file, name, part, size);
	const void *got =
		dtype == TL_F64 ? (const void *)tl_value_double(x) : (const void *)tl_value(x);
	assert_fine(x.tape);
	for (int64_t i = 0; i < size; i++) {
		double y = value_of(got, dtype, i);
		ck_assert_msg(fabs(y - want[i]) <= most * fmax(1, fabs(want[i])),
			      "%s/%s, %s: element %d is %.17g, PyTorch says %.17g", name, part,
			      dtype == TL_F64 ? "double" : "float", (int)i, y, want[i]);
	}
}

START_TEST(values_and_gradients_are_those_of_pytorch)
{
	const char *source = getenv("TL_SOURCE");
	char path[1024], part[8];
	snprintf(path, sizeof path, "%s/tests/fixtures/pytorch.txt", source ? source : ".");
	BOTH_TYPES(dtype)
	{
		FILE *file = fopen(path, "r");
		ck_assert_msg(file, "%s cannot be read; TL_SOURCE is the source's root", path);
		for (int k = 0; k < ENTRIES; k++) {
			fixture f = {.tape = fresh_tape(dtype)};
			tl_tensor slope[MOST_INPUTS];
			running = tl_params_create(TL_F64);
			tl_tensor y = entries[k].record(&f);
			const double *weight = numbers(tl_tensor_size(y), 90, -1, 1);
			tl_tensor loss = tl_sum(
				tl_mul(y, tl_input_double(f.tape, tl_tensor_shape(y), weight)),
				TL_ALL);
			tl_grads(loss, f.input, f.inputs, slope);
			assert_fine(f.tape);
			agree(file, entries[k].name, "y", y);
			for (int i = 0; i < f.inputs; i++) {
				snprintf(part, sizeof part, "%d", i);
				agree(file, entries[k].name, part, slope[i]);
			}
			tl_tape_destroy(f.tape);
			tl_params_destroy(running);
		}
		ck_assert_int_eq(fscanf(file, "%7s", part), EOF); /* nothing was left out */
		fclose(file);
	}
}
END_TEST

SUITE("fixtures", values_and_gradients_are_those_of_pytorch)
