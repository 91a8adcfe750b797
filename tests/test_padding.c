/*
 * What stands past the end of a row, NaN and infinity, has no influence on anything: whatever
 * drives cells gives the same numbers and the same gradients as with zeros there. test_sequences.c
 * has tl_unroll itself, with every kind of cell.
 */
#include "suite.h"

enum { STEPS = 4, BATCH = 3, WIDTH = 4, SIZE = STEPS * BATCH * WIDTH, NUMBERS = 4096 };

static const int32_t lengths[BATCH] = {2, 0, 4};

typedef struct model {
	tl_params *set;
	tl_param *query;
	tl_cell *cell, *clock;
	tl_attention *look[TL_SCORE_LOCATION_AWARE + 1];
	tl_multihead *heads;
} model;

typedef tl_tensor (*driver)(const model *m, tl_tensor x, tl_tensor n);

static model model_create(void)
{
	model m = {.set = tl_params_create(TL_F64)};
	char name[16];
	tl_cell_options o = {.in = WIDTH, .hidden = WIDTH};
	m.query = tl_params_add(m.set, "query", tl_dims(BATCH, WIDTH), tl_init_glorot_uniform());
	m.cell = tl_cell_create(m.set, "gru", "cell", o);
	m.clock = tl_cell_create(m.set, "clockwork", "clock", o);
	for (int score = 0; score <= TL_SCORE_LOCATION_AWARE; score++) {
		tl_attention_options a = {.score = (tl_attention_score)score,
					  .query_size = WIDTH,
					  .key_size = WIDTH,
					  .max_steps = STEPS};
		snprintf(name, sizeof name, "look%d", score);
		m.look[score] = tl_attention_create(m.set, name, a);
	}
	m.heads = tl_multihead_create(m.set, "heads", WIDTH, 2);
	ck_assert_msg(!tl_params_error(m.set), "%s", tl_params_error(m.set));
	return m;
}

static void model_destroy(model *m)
{
	tl_cell_destroy(m->cell);
	tl_cell_destroy(m->clock);
	for (int score = 0; score <= TL_SCORE_LOCATION_AWARE; score++)
		tl_attention_destroy(m->look[score]);
	tl_multihead_destroy(m->heads);
	tl_params_destroy(m->set);
}

static tl_tensor residual_layers(const model *m, tl_tensor x, tl_tensor n)
{
	tl_layer layers[2] = {{.forward = m->cell, .residual = true},
			      {.forward = m->cell,
			       .backward = m->clock,
			       .merge = TL_MERGE_PRODUCT,
			       .residual = true}};
	return tl_unroll_layers(layers, 2, x, &(tl_unroll_options){.lengths = n}, NULL);
}

static tl_tensor truncated(const model *m, tl_tensor x, tl_tensor n)
{
	return tl_unroll_truncated(m->cell, x, 1, 2, &(tl_unroll_options){.lengths = n}).h;
}

static tl_tensor turned(const model *m, tl_tensor x, tl_tensor n)
{
	return tl_unroll(m->clock, x, &(tl_unroll_options){.lengths = n, .reverse = true}).h;
}

static tl_tensor contexts(const model *m, tl_tensor x, tl_tensor n)
{
	(void)m;
	tl_unrolled raw = {.h = x};
	return tl_add(tl_mean_over_time(raw.h, n), tl_max_over_time(raw.h, n));
}

/* Two looks: the second of a score that looks at the last weights. */
static tl_tensor every_score(const model *m, tl_tensor x, tl_tensor n)
{
	tl_tensor query = tl_use(x.tape, m->query), sum = tl_zeros(x.tape, tl_dims(BATCH, WIDTH));
	for (int score = 0; score <= TL_SCORE_LOCATION_AWARE; score++) {
		tl_attention_memory memory = tl_attention_prepare(m->look[score], x, n);
		tl_attention_context(m->look[score], query, &memory);
		sum = tl_add(sum, tl_attention_context(m->look[score], query, &memory));
	}
	return sum;
}

static tl_tensor heads(const model *m, tl_tensor x, tl_tensor n)
{
	tl_tensor query = tl_use(x.tape, m->query);
	return tl_multihead_attend(m->heads, tl_stack(&query, 1, 0), x, n, false);
}

static tl_tensor labels(const model *m, tl_tensor x, tl_tensor n)
{
	static const int32_t targets[BATCH] = {1, 0, 2}, counts[BATCH] = {1, 0, 1};
	(void)m;
	tl_ctc_options o = {.input_lengths = n,
			    .target_lengths = tl_input_int(x.tape, tl_dims(BATCH), counts)};
	return tl_ctc_loss(x, tl_input_int(x.tape, tl_dims(BATCH, 1), targets), &o);
}

/* The loss, the slope of x, the gradients of all weights; how many numbers that are. */
static int64_t outcome(const model *m, driver drive, const double *data, double *out)
{
	int64_t count, at = 0;
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_input_double(tape, tl_dims(STEPS, BATCH, WIDTH), data);
	tl_tensor y = drive(m, x, tl_input_int(tape, tl_dims(BATCH), lengths));
	tl_use(tape, m->query); /* not every driver has weights, and backward wants some */
	tl_tensor loss = tl_sum(tl_square(y), TL_ALL), slope = tl_grad(loss, x);
	tl_params_zero_gradients(m->set);
	tl_backward(loss);
	assert_fine(tape);
	out[at++] = tl_item(loss);
	memcpy(out + at, tl_value_double(slope), SIZE * sizeof *out);
	at += SIZE;
	const double *gradient = tl_params_gradients(m->set, &count);
	ck_assert_int_le(at + count, NUMBERS);
	memcpy(out + at, gradient, (size_t)count * sizeof *out);
	tl_tape_destroy(tape);
	return at + count;
}

START_TEST(what_stands_past_a_row_is_nothing)
{
	static const struct {
		const char *name;
		driver drive;
	} drivers[] = {
		{"layers", residual_layers},
		{"truncated", truncated},
		{"turned", turned},
		{"contexts", contexts},
		{"scores", every_score},
		{"heads", heads},
		{"ctc", labels},
	};
	static double clean[NUMBERS], spoilt[NUMBERS];
	double data[2][SIZE];
	for (int i = 0; i < SIZE; i++) {
		bool past = i / WIDTH / BATCH >= lengths[i / WIDTH % BATCH];
		data[0][i] = past ? 0 : sin(i);
		data[1][i] = !past ? sin(i) : i % 3 ? NAN : i % 2 ? INFINITY : -INFINITY;
	}
	model m = model_create();
	for (size_t d = 0; d < sizeof drivers / sizeof *drivers; d++) {
		int64_t n = outcome(&m, drivers[d].drive, data[0], clean);
		ck_assert_int_eq(outcome(&m, drivers[d].drive, data[1], spoilt), n);
		for (int64_t i = 0; i < n; i++)
			assert_quick(clean[i] == spoilt[i], "%s: number %d is %g, not %g",
				     drivers[d].name, (int)i, spoilt[i], clean[i]);
	}
	model_destroy(&m);
}
END_TEST

/* Reading does not look there either, but says so where it had to. */
START_TEST(readings_stop_at_the_end_of_a_row)
{
	double data[STEPS * WIDTH];
	int32_t symbols[STEPS], count;
	for (int i = 0; i < STEPS * WIDTH; i++)
		data[i] = i < 2 * WIDTH ? (i % WIDTH == 2 ? 3 : 0) : NAN;
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_input_double(tape, tl_dims(STEPS, 1, WIDTH), data);
	ck_assert_int_eq(tl_ctc_greedy_decode(x, (const int32_t[]){2}, 0, symbols, &count), TL_OK);
	ck_assert(count == 1 && symbols[0] == 2);
	ck_assert_int_eq(
		tl_ctc_beam_search(x, (const int32_t[]){2}, 0, INT32_MAX, symbols, &count, NULL),
		TL_OK);
	ck_assert(count == 1 && symbols[0] == 2);
	ck_assert_int_eq(tl_ctc_greedy_decode(x, NULL, 0, symbols, &count), TL_ERROR_VALUE);
	tl_tape_destroy(tape);
}
END_TEST

/* A batch, or a sequence, of nothing is fine wherever it has a meaning. */
START_TEST(nothing_at_all)
{
	model m = model_create();
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor none = {0}, empty = tl_zeros(tape, tl_dims(0, BATCH, WIDTH));
	tl_unrolled y = tl_unroll(m.cell, empty, NULL);
	tl_tensor n = tl_constant_int(tape, tl_dims(BATCH), (const int32_t[]){0, 0, 0});
	tl_tensor zero[] = {
		tl_mean_over_time(y.h, none),
		tl_max_over_time(y.h, none),
		tl_mean_over_time(y.h, n),
		tl_max_over_time(y.h, n),
		tl_unroll(m.clock, empty, &(tl_unroll_options){.lengths = n, .reverse = true})
			.final_state.h,
	};
	for (size_t i = 0; i < sizeof zero / sizeof *zero; i++) {
		ck_assert_int_eq(tl_tensor_size(zero[i]), BATCH * WIDTH);
		ck_assert(tl_item(tl_sum(tl_abs(zero[i]), TL_ALL)) == 0);
	}
	tl_attention_memory memory =
		tl_attention_prepare(m.look[0], tl_zeros(tape, tl_dims(2, BATCH, WIDTH)), n);
	tl_tensor context = tl_attention_context(m.look[0], tl_use(tape, m.query), &memory);
	ck_assert(tl_item(tl_sum(tl_abs(context), TL_ALL)) == 0);
	tl_tensor no_rows = tl_zeros(tape, tl_dims(STEPS, 0, WIDTH));
	y = tl_unroll(m.cell, no_rows, NULL);
	ck_assert(tl_tensor_dim(y.h, 0) == STEPS && tl_tensor_dim(y.h, 1) == 0);
	ck_assert_int_eq(tl_backward(tl_sum(y.h, TL_ALL)), TL_OK);
	assert_fine(tape);
	tl_tape_destroy(tape);
	model_destroy(&m);
}
END_TEST

static tl_tensor halves(tl_tensor rows, void *user)
{
	(void)user;
	return tl_slice(rows, 1, 0, 2, 1);
}

START_TEST(a_function_over_no_steps)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor y = tl_time_distributed(tl_zeros(tape, tl_dims(0, BATCH, WIDTH)), halves, NULL);
	assert_fine(tape);
	ck_assert(tl_tensor_dim(y, 0) == 0 && tl_tensor_dim(y, 2) == 2);
	tl_tape_destroy(tape);
}
END_TEST

SUITE("padding", what_stands_past_a_row_is_nothing, readings_stop_at_the_end_of_a_row,
      nothing_at_all, a_function_over_no_steps)
