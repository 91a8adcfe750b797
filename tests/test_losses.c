/* Losses, normalisation, dropout, convolution and pooling, against plain loops. */
#include "values.h"

enum { MOST = 4096 };

/* Cross-entropy: what each item loses, and the slope by its logits */

enum { ITEMS = 6, CLASSES = 5 };

static double item_loss(const double *x, int32_t target, double smoothing, double *slope)
{
	double most = -INFINITY, total = 0, loss = 0;
	for (int j = 0; j < CLASSES; j++)
		most = fmax(most, x[j]);
	for (int j = 0; j < CLASSES; j++)
		total += exp(x[j] - most);
	for (int j = 0; j < CLASSES; j++) {
		double log_p = x[j] - most - log(total);
		double q = smoothing / CLASSES + (j == target ? 1 - smoothing : 0);
		loss -= q ? q * log_p : 0;
		slope[j] = exp(log_p) - q;
	}
	return loss;
}

START_TEST(cross_entropy_with_every_option)
{
	static const int32_t target[ITEMS] = {4, -100, 0, 1, -100, 2};
	static const double factor[ITEMS] = {0.5, 3, 1, 0, 2, 4};
	for (int options = 0; options < 8; options++)
		BOTH_TYPES(dtype)
		{
			bool ignore = options & 1, weighted = options & 2;
			double smoothing = options & 4 ? 0.25 : 0;
			tl_tape *tape = fresh_tape(dtype);
			const double *x = numbers(ITEMS * CLASSES, 1, -8, 8);
			double loss = 0, count = 0, slope[ITEMS][CLASSES];
			int32_t t[ITEMS];
			for (int i = 0; i < ITEMS; i++) {
				bool counts = !ignore || target[i] != -100;
				double w = (weighted ? factor[i] : 1) * counts;
				t[i] = ignore || target[i] >= 0 ? target[i] : 3;
				loss += w * item_loss(x + i * CLASSES, t[i], smoothing, slope[i]);
				count += w;
				for (int j = 0; j < CLASSES; j++)
					slope[i][j] *= w;
			}
			loss /= count;
			for (int i = 0; i < ITEMS; i++)
				for (int j = 0; j < CLASSES; j++)
					slope[i][j] /= count;
			tl_cross_entropy_options o = {.label_smoothing = smoothing,
						      .use_ignore_index = ignore,
						      .ignore_index = -100};
			if (weighted)
				o.weight = tl_input_double(tape, tl_dims(2, 3), factor);
			tl_tensor logits = tl_input_double(tape, tl_dims(2, 3, CLASSES), x);
			tl_tensor y = tl_cross_entropy(logits, tl_input_int(tape, tl_dims(2, 3), t),
						       options ? &o : NULL);
			expect("cross_entropy", y, TL_SCALAR, &loss, 10);
			expect("its slope", tl_grad(y, logits), tl_dims(2, 3, CLASSES), slope[0],
			       10);
			tl_tape_destroy(tape);
		}
}
END_TEST

START_TEST(cross_entropy_of_items_of_nothing_and_of_wrong_targets)
{
	static const int32_t ignored[] = {7, 7}, wrong[] = {2, 5}, low[] = {-1, 0},
			     first[] = {0, 0};
	const double x[] = {0, 1000, -1000, 3, 3, 3};
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		tl_tensor logits = tl_input_double(tape, tl_dims(2, 3), x);
		tl_cross_entropy_options all = {.use_ignore_index = true, .ignore_index = 7};
		tl_tensor none =
			tl_cross_entropy(logits, tl_input_int(tape, tl_dims(2), ignored), &all);
		expect("all ignored", none, TL_SCALAR, (double[]){0}, 0);
		expect("all ignored", tl_grad(none, logits), tl_dims(2, 3), (double[6]){0}, 0);
		tl_tensor empty = tl_zeros(tape, tl_dims(0, 3));
		expect("no items",
		       tl_cross_entropy(empty, tl_input_int(tape, tl_dims(0), NULL), NULL),
		       TL_SCALAR, (double[]){0}, 0);
		expect("items",
		       tl_cross_entropy(
			       logits, tl_input_int(tape, tl_dims(2), first),
			       &(tl_cross_entropy_options){.reduction = TL_REDUCTION_NONE}),
		       tl_dims(2), (double[]){1000, log(3)}, 1);
		tl_tape_destroy(tape);

		tape = fresh_tape(dtype);
#define LOGITS      tl_input_double(tape, tl_dims(2, 3), x)
#define TARGET(ids) tl_input_int(tape, tl_dims(2), ids)
		expect_error(tl_cross_entropy(LOGITS, TARGET(wrong), NULL), TL_ERROR_VALUE,
			     "cross_entropy: index 5 at [1] is not one of 3 classes");
		expect_error(tl_cross_entropy(LOGITS, TARGET(low), NULL), TL_ERROR_VALUE,
			     "index -1 at [0] is not one of 3 classes");
		tl_tensor slope = LOGITS;
		slope = tl_grad(tl_cross_entropy(slope, TARGET(wrong), NULL), slope);
		expect_error(slope, TL_ERROR_VALUE, "index 5 at [1] is not one of 3 classes");
		expect_error(tl_cross_entropy(LOGITS, LOGITS, NULL), TL_ERROR_TYPE,
			     "cross_entropy: operand 1 is not of integers");
		expect_error(tl_cross_entropy(TARGET(low), TARGET(low), NULL), TL_ERROR_TYPE,
			     "cross_entropy: operand 0 is of integers");
		expect_error(tl_cross_entropy(LOGITS, tl_input_int(tape, tl_dims(3), NULL), NULL),
			     TL_ERROR_SHAPE, "logits [2,3] do not go with targets [3]");
		expect_error(tl_cross_entropy(tl_ones(tape, TL_SCALAR), TARGET(low), NULL),
			     TL_ERROR_SHAPE, "the logits are one number");
		expect_error(tl_cross_entropy(
				     LOGITS, TARGET(low),
				     &(tl_cross_entropy_options){.label_smoothing = 1.5,
								 .reduction = TL_REDUCTION_NONE}),
			     TL_ERROR_ARGUMENT,
			     "cross_entropy: label_smoothing 1.5 is not in [0, 1]");
		tl_cross_entropy_options heavy = {.weight = LOGITS};
		expect_error(tl_cross_entropy(LOGITS, TARGET(low), &heavy), TL_ERROR_SHAPE,
			     "cross_entropy: weights [2,3] do not go with losses [2]");
		tl_tape_destroy(tape);
	}
}
END_TEST

static double plain_binary(double x, double t)
{
	return t * log1p(exp(-x)) + (1 - t) * log1p(exp(x));
}

static double plain_mse(double x, double t)
{
	return (x - t) * (x - t);
}

static double plain_mae(double x, double t)
{
	return fabs(x - t);
}

static double plain_huber(double x, double t)
{
	double d = fabs(x - t);
	return d <= 0.75 ? d * d / 2 : 0.75 * (d - 0.375);
}

static tl_tensor huber(tl_tensor x, tl_tensor target, const tl_loss_options *options)
{
	return tl_huber(x, target, 0.75, options);
}

static void near_item(const char *name, tl_tensor got, double want)
{
	double tolerance = tl_tape_dtype(got.tape) == TL_F64 ? 1e-13 : 1e-5;
	ck_assert_msg(fabs(tl_item(got) - want) <= tolerance * (1 + fabs(want)), "%s: %g, not %g",
		      name, tl_item(got), want);
}

START_TEST(losses_reduced_in_each_way)
{
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		static const int32_t classes[4] = {0, 2, 1, 2};
		const double *numbers_of_x = numbers(12, 1, -4, 4), *t = numbers(12, 2, 0, 1);
		tl_tensor x = tl_input_double(tape, tl_dims(4, 3), numbers_of_x);
		tl_tensor target = tl_input_double(tape, tl_dims(4, 3), t);
		tl_tensor index = tl_input_int(tape, tl_dims(4), classes);
		tl_cross_entropy_options o = {.use_ignore_index = true, .ignore_index = 0};
		tl_tensor of[3][3];
		for (int r = TL_REDUCTION_MEAN; r <= TL_REDUCTION_NONE; r++) {
			tl_loss_reduction how = (tl_loss_reduction)r;
			o.reduction = how;
			of[0][r] = tl_binary_cross_entropy_with_logits(
				x, target, &(tl_loss_options){.reduction = how});
			of[1][r] = tl_huber(x, target, 0.5, &(tl_loss_options){.reduction = how});
			of[2][r] = tl_cross_entropy(x, index, &o);
		}
		for (int k = 0; k < 3; k++) { /* of the cross entropies 3 of 4 count */
			double sum = tl_item(tl_sum(of[k][TL_REDUCTION_NONE], TL_ALL));
			ck_assert_int_eq(tl_tensor_size(of[k][TL_REDUCTION_NONE]), k < 2 ? 12 : 4);
			near_item("sum", of[k][TL_REDUCTION_SUM], sum);
			near_item("mean", of[k][TL_REDUCTION_MEAN], sum / (k < 2 ? 12 : 3));
		}
		expect_error(tl_huber(x, target, 0.5,
				      &(tl_loss_options){.reduction = (tl_loss_reduction)7}),
			     TL_ERROR_ARGUMENT, "loss: there is no reduction 7");
		tl_tape_destroy(tape);
	}
}
END_TEST

typedef struct real_loss {
	const char *name;
	tl_tensor (*op)(tl_tensor x, tl_tensor target, const tl_loss_options *options);
	double (*plain)(double x, double t);
} real_loss;

static const real_loss cases[] = {
	{"binary_cross_entropy", tl_binary_cross_entropy_with_logits, plain_binary},
	{"mse", tl_mse, plain_mse},
	{"mae", tl_mae, plain_mae},
	{"huber", huber, plain_huber},
};

START_TEST(losses_of_real_targets)
{
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
		BOTH_TYPES(dtype)
		{
			tl_tape *tape = fresh_tape(dtype);
			const double *x = numbers(30, 1, -4, 4), *t = numbers(30, 2, 0, 1);
			double want = 0, to_one = 0;
			for (int i = 0; i < 30; i++) {
				want += cases[k].plain(x[i], t[i]) / 30;
				to_one += cases[k].plain(x[i], 0.5) / 30;
			}
			tl_tensor a = tl_input_double(tape, tl_dims(5, 6), x);
			expect(cases[k].name,
			       cases[k].op(a, tl_input_double(tape, tl_dims(5, 6), t), NULL),
			       TL_SCALAR, &want, 4);
			expect(cases[k].name, cases[k].op(a, tl_scalar(tape, 0.5), NULL), TL_SCALAR,
			       &to_one, 4);
			expect_error(cases[k].op(a, tl_ones(tape, tl_dims(6)), NULL),
				     TL_ERROR_SHAPE, ": x is [5,6] and the target [6]");
			tl_tape_destroy(tape);
		}
	tl_tape *tape = fresh_tape(TL_F32);
	expect_error(tl_huber(tl_ones(tape, TL_SCALAR), tl_ones(tape, TL_SCALAR), 0, NULL),
		     TL_ERROR_ARGUMENT, "huber: delta 0 is not above 0");
	tl_tape_destroy(tape);
}
END_TEST

/* A weight an element, and one a row; of zeros alone the mean is 0, and its gradient too. */
START_TEST(losses_by_weight)
{
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
		BOTH_TYPES(dtype)
		{
			tl_tape *tape = fresh_tape(dtype);
			const double *x = numbers(12, 1, -4, 4), *t = numbers(12, 2, 0, 1);
			const double *w = numbers(12, 3, 0.2, 3), row[4] = {0, 2, 0, 0.5};
			double each = 0, all = 0, rows = 0;
			for (int i = 0; i < 12; i++) {
				each += w[i] * cases[k].plain(x[i], t[i]);
				all += w[i];
				rows += row[i / 3] * cases[k].plain(x[i], t[i]);
			}
			tl_tensor a = tl_input_double(tape, tl_dims(4, 3), x);
			tl_tensor b = tl_input_double(tape, tl_dims(4, 3), t);
			tl_loss_options o = {.weight = tl_input_double(tape, tl_dims(4, 3), w)};
			near_item(cases[k].name, cases[k].op(a, b, &o), each / all);
			o.weight = tl_input_double(tape, tl_dims(4), row);
			near_item(cases[k].name, cases[k].op(a, b, &o), rows / 7.5);
			o.reduction = TL_REDUCTION_SUM;
			near_item(cases[k].name, cases[k].op(a, b, &o), rows);
			o = (tl_loss_options){.weight = tl_zeros(tape, tl_dims(4))};
			tl_tensor nothing = cases[k].op(a, b, &o);
			near_item(cases[k].name, nothing, 0);
			near_item(cases[k].name, tl_sum(tl_abs(tl_grad(nothing, a)), TL_ALL), 0);
			o.weight = tl_ones(tape, tl_dims(3));
			expect_error(cases[k].op(a, b, &o), TL_ERROR_SHAPE,
				     ": weights [3] do not go with losses [4,3]");
			tl_tape_destroy(tape);
		}
}
END_TEST

/* Cross-entropy and CTC take the weights of rows, with targets left out besides. */
START_TEST(losses_of_classes_by_weight)
{
	tl_tape *tape = fresh_tape(TL_F64);
	static const int32_t index[6] = {0, 1, 2, 0, 1, 2};
	static const double row[3] = {0.5, 0, 2};
	tl_tensor x = tl_input_double(tape, tl_dims(3, 2, 4), numbers(24, 4, -2, 2));
	tl_tensor target = tl_input_int(tape, tl_dims(3, 2), index);
	tl_tensor weight = tl_input_double(tape, tl_dims(3), row);
	tl_cross_entropy_options o = {.reduction = TL_REDUCTION_NONE};
	const double *each = tl_value_double(tl_cross_entropy(x, target, &o));
	double sum = 0, counted = 0, of_counted = 0;
	for (int i = 0; i < 6; i++) {
		sum += row[i / 2] * each[i];
		counted += index[i] == 2 ? 0 : row[i / 2];
		of_counted += index[i] == 2 ? 0 : row[i / 2] * each[i];
	}
	o = (tl_cross_entropy_options){.weight = weight};
	near_item("cross entropy", tl_cross_entropy(x, target, &o), sum / 5);
	o.use_ignore_index = true, o.ignore_index = 2;
	near_item("those counted", tl_cross_entropy(x, target, &o), of_counted / counted);
	tl_tensor logits = tl_permute(x, (const int[]){1, 0, 2}); /* [2,3,4] */
	tl_tensor targets = tl_constant_int(tape, tl_dims(3, 1), (const int32_t[]){1, 2, 3});
	tl_tensor plain = tl_ctc_loss(logits, targets, NULL);
	tl_tensor by = tl_ctc_loss(logits, targets, &(tl_ctc_options){.weight = weight});
	near_item("ctc", tl_sum(by, TL_ALL), tl_item(tl_sum(tl_mul(plain, weight), TL_ALL)));
	expect_error(tl_ctc_loss(logits, targets,
				 &(tl_ctc_options){.weight = tl_ones(tape, tl_dims(2))}),
		     TL_ERROR_SHAPE, "ctc_loss: weights [2] do not go with losses [3]");
	tl_tape_destroy(tape);
}
END_TEST

/* Where naive formulas give Inf, NaN or 0: the loss and its slope sigmoid(x) - t stay exact. */
START_TEST(binary_cross_entropy_far_out)
{
	const double x[] = {800, -800, 800, -800, 40, 0}, t[] = {1, 0, 0, 1, 1, 0.25};
	const double want[] = {0, 0, 800, 800, exp(-40), log(2)};
	const double slope[] = {0, 0, 1, -1, -exp(-40), 0.25};
	BOTH_TYPES(dtype) for (int i = 0; i < 6; i++)
	{
		tl_tape *tape = fresh_tape(dtype);
		tl_tensor logit = tl_input_double(tape, TL_SCALAR, x + i);
		tl_tensor loss = tl_binary_cross_entropy_with_logits(
			logit, tl_input_double(tape, TL_SCALAR, t + i), NULL);
		double got = tl_item(loss), by = tl_item(tl_grad(loss, logit));
		double most = dtype == TL_F64 ? 1e-14 : 1e-6;
		ck_assert_msg(fabs(got - want[i]) <= most * fabs(want[i]), "%d: %g", i, got);
		ck_assert_msg(fabs(by - slope[i]) <= most * fabs(slope[i]), "%d: slope %g", i, by);
		tl_tape_destroy(tape);
	}
}
END_TEST

/* Normalisation */

START_TEST(layer_norm_of_rows)
{
	enum { ROWS = 6, SIZE = 9 };
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		const double *x = numbers(ROWS * SIZE, 1, -4, 4), *scale = numbers(SIZE, 2, -2, 2);
		const double *offset = numbers(SIZE, 3, -2, 2);
		double want[ROWS * SIZE];
		for (int r = 0; r < ROWS; r++) {
			double mean = 0, variance = 0;
			for (int j = 0; j < SIZE; j++)
				mean += x[r * SIZE + j] / SIZE;
			for (int j = 0; j < SIZE; j++)
				variance += pow(x[r * SIZE + j] - mean, 2) / SIZE;
			for (int j = 0; j < SIZE; j++)
				want[r * SIZE + j] = (x[r * SIZE + j] - mean) /
							     sqrt(variance + 1e-5) * scale[j] +
						     offset[j];
		}
		tl_tensor t = tl_input_double(tape, tl_dims(2, 3, SIZE), x);
		tl_tensor s = tl_input_double(tape, tl_dims(SIZE), scale);
		tl_tensor o = tl_input_double(tape, tl_dims(SIZE), offset);
		expect("layer_norm", tl_layer_norm(t, s, o, 0), tl_dims(2, 3, SIZE), want, 10);
		/* without a gain, without a bias, without both */
		tl_tensor rows = tl_layer_norm(t, TL_NONE, TL_NONE, 0);
		expect("gain alone", tl_add(tl_layer_norm(t, s, TL_NONE, 0), o),
		       tl_dims(2, 3, SIZE), want, 10);
		expect("neither", tl_add(tl_mul(rows, s), o), tl_dims(2, 3, SIZE), want, 10);
		tl_tensor biased = tl_layer_norm(t, TL_NONE, o, 0);
		expect("bias alone", tl_add(tl_mul(tl_sub(biased, o), s), o), tl_dims(2, 3, SIZE),
		       want, 20);
		expect_error(tl_layer_norm(t, tl_at(t, 0), o, 0), TL_ERROR_SHAPE,
			     "layer_norm: gain is [3,9], not [9]");
		tl_tensor x2 = tl_ones(tape, tl_dims(2));
		expect_error(tl_layer_norm(x2, x2, x2, -1), TL_ERROR_ARGUMENT,
			     "layer_norm: epsilon -1 is not above 0");
		tl_tape_destroy(tape);
	}
}
END_TEST

enum { BATCH = 4, CHANNELS = 3, LENGTH = 5, EACH = BATCH * LENGTH };

/* Mean and unbiased variance of each channel of [BATCH, CHANNELS, LENGTH]. */
static void statistics(const double *x, double *mean, double *variance)
{
	for (int c = 0; c < CHANNELS; c++) {
		mean[c] = variance[c] = 0;
		for (int i = 0; i < EACH; i++)
			mean[c] += x[(i / LENGTH * CHANNELS + c) * LENGTH + i % LENGTH] / EACH;
		for (int i = 0; i < EACH; i++)
			variance[c] +=
				pow(x[(i / LENGTH * CHANNELS + c) * LENGTH + i % LENGTH] - mean[c],
				    2) /
				(EACH - 1);
	}
}

/* Two batches in training, then one normalised by what was learned of them. */
START_TEST(batch_norm_keeps_running_statistics)
{
	const tl_shape shape = tl_dims(BATCH, CHANNELS, LENGTH);
	for (int together = 0; together < 2; together++)
		BOTH_TYPES(dtype)
		{
			tl_params *set = tl_params_create(TL_F64);
			tl_batch_norm_options o = {
				.momentum = 0.25,
				.mean = tl_params_add_buffer(set, "mean", tl_dims(CHANNELS),
							     tl_init_zeros()),
				.variance = tl_params_add_buffer(set, "variance", tl_dims(CHANNELS),
								 tl_init_constant(1)),
			};
			tl_tape *tape = fresh_tape(dtype);
			const double *scale = numbers(CHANNELS, 8, -2, 2);
			const double *offset = numbers(CHANNELS, 9, -2, 2);
			double run_mean[CHANNELS] = {0}, run_variance[CHANNELS] = {1, 1, 1};
			double mean[CHANNELS], variance[CHANNELS], want[EACH * CHANNELS];
			for (int round = 0; round < 3; round++) {
				if (round && !together)
					tl_tape_rewind(tape);
				const double *x = numbers(EACH * CHANNELS, round, -4, 4);
				statistics(x, mean, variance);
				bool training = round < 2;
				tl_tape_set_training(tape, training);
				ck_assert(tl_tape_is_training(tape) == training);
				for (int c = 0; c < CHANNELS; c++) {
					double m = training ? mean[c] : run_mean[c];
					double v = training ? variance[c] * (EACH - 1) / EACH
							    : run_variance[c];
					for (int i = 0; i < EACH; i++) {
						int k = (i / LENGTH * CHANNELS + c) * LENGTH +
							i % LENGTH;
						want[k] = (x[k] - m) / sqrt(v + 1e-5) * scale[c] +
							  offset[c];
					}
					run_mean[c] +=
						training ? 0.25 * (mean[c] - run_mean[c]) : 0;
					run_variance[c] +=
						training ? 0.25 * (variance[c] - run_variance[c])
							 : 0;
				}
				if (round == 2 && together) /* both rounds were on one tape */
					ck_assert_int_eq(tl_tape_commit(tape), TL_OK);
				tl_tensor y = tl_batch_norm(
					tl_input_double(tape, shape, x),
					tl_input_double(tape, tl_dims(CHANNELS), scale),
					tl_input_double(tape, tl_dims(CHANNELS), offset), 1, &o);
				if (round == 2 && together)
					tl_tape_invalidate(
						tape); /* the buffers have changed in place */
				expect("batch_norm", y, shape, want, 20);
				if (!together)
					ck_assert_int_eq(tl_tape_commit(tape), TL_OK);
			}
			for (int c = 0; c < CHANNELS; c++) {
				double most = dtype == TL_F64 ? 1e-14 : 1e-6;
				assert_near(((double *)tl_param_value(o.mean))[c], run_mean[c],
					    most);
				assert_near(((double *)tl_param_value(o.variance))[c],
					    run_variance[c], most);
			}
			tl_tape_destroy(tape);
			tl_params_destroy(set);
		}
}
END_TEST

START_TEST(batch_norm_says_what_is_wrong)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_param *learned = tl_params_add(set, "w", tl_dims(2), tl_init_zeros());
	tl_param *wide = tl_params_add_buffer(set, "b", tl_dims(3), tl_init_zeros());
	tl_tape *tape = fresh_tape(TL_F32);
	const struct {
		int64_t rows;
		bool training;
		tl_batch_norm_options o;
		tl_status status;
		const char *says;
	} cases[] = {
		{4, false, {.epsilon = 0}, TL_ERROR_ARGUMENT, "there is no running mean"},
		{4,
		 false,
		 {.mean = learned},
		 TL_ERROR_ARGUMENT,
		 "the running mean is w, which is learned"},
		{4,
		 true,
		 {.variance = wide},
		 TL_ERROR_SHAPE,
		 "the running variance is [3], not [2]"},
		{4, true, {.momentum = 2}, TL_ERROR_ARGUMENT, "momentum 2 is not in"},
		{4, true, {.epsilon = -1}, TL_ERROR_ARGUMENT, "epsilon -1 is not above 0"},
		{1, true, {.epsilon = 0}, TL_ERROR_SHAPE, "[1,2] has no two values"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		tl_tensor v = tl_ones(tape, tl_dims(2));
		tl_tape_set_training(tape, cases[i].training);
		expect_error(tl_batch_norm(tl_ones(tape, tl_dims(cases[i].rows, 2)), v, v, 1,
					   &cases[i].o),
			     cases[i].status, cases[i].says);
	}
	tl_tensor v = tl_ones(tape, tl_dims(2));
	tl_tape_set_training(tape, false);
	expect_error(tl_batch_norm(tl_ones(tape, tl_dims(3, 2)), v, v, 1, NULL), TL_ERROR_ARGUMENT,
		     "there is no running mean");
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

/* Dropout */

START_TEST(a_mask_follows_from_seed_round_and_node)
{
	enum { N = 10000 };
	static double first[N], second[N];
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype), *other = tl_tape_create(dtype);
		tl_tape_set_seed(tape, 3);
		tl_tape_set_seed(other, 3);
		tl_tensor a = tl_dropout_mask(tape, tl_dims(100, 100), 0.25);
		tl_tensor b = tl_dropout_mask(tape, tl_dims(100, 100), 0.25);
		tl_tensor again = tl_dropout_mask(other, tl_dims(100, 100), 0.25);
		tl_tensor both[] = {a, b};
		ck_assert_int_eq(tl_evaluate(both, 2), TL_OK);
		int dropped = 0, alike = 0;
		for (int i = 0; i < N; i++) {
			first[i] = value_of(dtype == TL_F32 ? (const void *)tl_value(a)
							    : (const void *)tl_value_double(a),
					    dtype, i);
			second[i] = value_of(dtype == TL_F32 ? (const void *)tl_value(b)
							     : (const void *)tl_value_double(b),
					     dtype, i);
			ck_assert(first[i] == 0 || fabs(first[i] - 4.0 / 3) < 1e-6);
			dropped += first[i] == 0;
			alike += first[i] == second[i];
		}
		/* 5 deviations, sqrt(0.25 0.75 / N) each; two masks agree in 10 of 16 */
		ck_assert_int_lt(abs(dropped - N / 4), 217);
		ck_assert_int_lt(abs(alike - N * 10 / 16), 243);
		expect("the same on another tape", again, tl_dims(100, 100), first, 0.1);
		tl_tape_rewind(other);
		again = tl_dropout_mask(other, tl_dims(100, 100), 0.25);
		alike = 0;
		for (int i = 0; i < N; i++)
			alike += first[i] ==
				 value_of(dtype == TL_F32 ? (const void *)tl_value(again)
							  : (const void *)tl_value_double(again),
					  dtype, i);
		ck_assert_int_lt(abs(alike - N * 10 / 16), 243);
		tl_tape_destroy(tape);
		tl_tape_destroy(other);
	}
}
END_TEST

/* The gradient sees the mask that the value saw. */
START_TEST(dropout_and_its_gradient_use_one_mask)
{
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		tl_tensor x = tl_ones(tape, tl_dims(17, 9)), y = tl_dropout(x, 0.5);
		tl_tensor slope = tl_grad(tl_sum(y, TL_ALL), x);
		tl_tensor apart = tl_sum(tl_abs(tl_sub(y, slope)), TL_ALL);
		tl_tensor all[] = {apart, tl_sum(y, TL_ALL)};
		ck_assert_int_eq(tl_evaluate(all, 2), TL_OK);
		ck_assert_double_eq(tl_item(apart), 0);
		ck_assert(tl_item(all[1]) > 0 && tl_item(all[1]) < 2 * 17 * 9);
		ck_assert_uint_eq(tl_dropout(x, 0).id, x.id);
		expect("mask at rate 0", tl_dropout_mask(tape, tl_dims(2), 0), tl_dims(2),
		       (double[]){1, 1}, 0);
		expect("nothing", tl_dropout(tl_zeros(tape, tl_dims(0, 3)), 0.5), tl_dims(0, 3),
		       NULL, 0);
		const double wrong[] = {-0.1, 1, NAN};
		for (int i = 0; i < 3; i++)
			expect_error(tl_dropout(tl_ones(tape, tl_dims(2)), wrong[i]),
				     TL_ERROR_ARGUMENT, "is not in [0, 1)");
		tl_tape_destroy(tape);
	}
}
END_TEST

SUITE("losses", losses_reduced_in_each_way, cross_entropy_with_every_option,
      cross_entropy_of_items_of_nothing_and_of_wrong_targets, losses_of_real_targets,
      losses_by_weight, losses_of_classes_by_weight, binary_cross_entropy_far_out,
      layer_norm_of_rows, batch_norm_keeps_running_statistics, batch_norm_says_what_is_wrong,
      a_mask_follows_from_seed_round_and_node, dropout_and_its_gradient_use_one_mask)
