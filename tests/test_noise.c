/* Dropout of every kind, and zoneout: what is dropped, how often, by which mask, and when not. */
#include "cell_bench.h"
#include "own_cell.h"

enum { T = 6, ROWS = 40, WIDTH = 25 };

/* A cell that shows x plus half of its state: what was dropped can be read off. */
struct nothing {
	tl_tensor one;
};

static void plain_weights(tl_weight_builder *w, void *into)
{
	struct nothing *p = into;
	p->one = tl_weight(w, "one", tl_dims(w->hidden), tl_init_constant(1));
}

static tl_state plain_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct nothing *p = tl_cell_weights(cell, x.tape);
	return tl_state_of(tl_add(tl_mul(x, p->one), tl_scale(s.h, 0.5)),
			   tl_add(tl_scale(s.c, 0.5), p->one));
}

static const tl_cell_kind plain = {
	.name = "plain",
	.doc = "of the tests, 2026",
	.state = {"h", "c"},
	.weights_size = sizeof(struct nothing),
	.weights = plain_weights,
	.step = plain_step,
};

typedef struct scene {
	tl_params *set;
	tl_cell *cell;
	tl_tape *tape;
} scene;

static scene scene_create(void)
{
	scene s = {tl_params_create(TL_F64), NULL, tl_tape_create(TL_F64)};
	s.cell = tl_cell_create_from_kind(s.set, &plain, "plain",
					  (tl_cell_options){.in = WIDTH, .hidden = WIDTH});
	return s;
}

static void scene_destroy(scene *s)
{
	tl_tape_destroy(s->tape);
	tl_cell_destroy(s->cell);
	tl_params_destroy(s->set);
}

static tl_unrolled run(scene *s, tl_dropout_options noise, bool zero_input)
{
	tl_shape shape = tl_dims(T, ROWS, WIDTH);
	tl_tensor x = zero_input ? tl_zeros(s->tape, shape) : tl_ones(s->tape, shape);
	tl_unroll_options o = {.dropout = noise};
	o.initial_state = tl_state_of(tl_ones(s->tape, tl_dims(ROWS, WIDTH)),
				      tl_ones(s->tape, tl_dims(ROWS, WIDTH)));
	return tl_unroll(s->cell, x, &o);
}

static double share_of_zeros(const double *x, int64_t n)
{
	double zeros = 0;
	for (int64_t i = 0; i < n; i++)
		zeros += x[i] == 0;
	return zeros / (double)n;
}

START_TEST(input_and_output_are_dropped_at_their_rate)
{
	scene s = scene_create();
	tl_unrolled y = run(&s, (tl_dropout_options){.output = 0.3}, false);
	assert_near(share_of_zeros(tl_value_double(y.h), T * ROWS * WIDTH), 0.3, 0.03);
	ck_assert(share_of_zeros(tl_value_double(y.final_state.h), ROWS * WIDTH) == 0);
	tl_tape_rewind(s.tape);
	y = run(&s, (tl_dropout_options){.input = 0.4}, false);
	/* After the first step h is x / 0.6 + 1/2, or 1/2 where x was dropped. */
	const double *h = tl_value_double(y.h);
	double dropped = 0;
	for (int k = 0; k < ROWS * WIDTH; k++) {
		ck_assert(h[k] == 0.5 || fabs(h[k] - (1 / 0.6 + 0.5)) < 1e-12);
		dropped += h[k] == 0.5;
	}
	assert_near(dropped / (ROWS * WIDTH), 0.4, 0.05);
	assert_fine(s.tape);
	scene_destroy(&s);
}
END_TEST

/* Zero input: h halves at each step and is 0 for good once dropped. */
START_TEST(recurrent_dropout_is_on_the_way_to_the_next_step)
{
	for (int same = 0; same < 2; same++) {
		scene s = scene_create();
		tl_unrolled y = run(
			&s, (tl_dropout_options){.recurrent_h = 0.2, .variational = same}, true);
		const double *h = tl_value_double(y.h), *c = tl_value_double(y.final_state.c);
		double alive = share_of_zeros(h + (T - 1) * ROWS * WIDTH, ROWS * WIDTH);
		assert_near(1 - alive, same ? 0.8 : pow(0.8, T), 0.05);
		ck_assert(share_of_zeros(c, ROWS * WIDTH) == 0 && c[0] == c[1]);
		for (int k = 0; same && k < ROWS * WIDTH; k++)
			ck_assert((h[k] == 0) == (h[(T - 1) * ROWS * WIDTH + k] == 0));
		scene_destroy(&s);
	}
}
END_TEST

START_TEST(memory_dropout_is_of_the_other_states)
{
	scene s = scene_create();
	tl_unrolled y = run(&s, (tl_dropout_options){.recurrent_c = 0.5}, true);
	const double *h = tl_value_double(y.final_state.h), *c = tl_value_double(y.final_state.c);
	double first = 0;
	for (int k = 0; k < ROWS * WIDTH; k++) {
		assert_near(h[k], pow(0.5, T), 1e-12);
		first += c[k] == 1; /* its past was dropped in the last step */
	}
	assert_near(first / (ROWS * WIDTH), 0.5, 0.05);
	scene_destroy(&s);
}
END_TEST

START_TEST(zoneout_keeps_units_as_they_were)
{
	scene s = scene_create();
	tl_unrolled y = run(&s, (tl_dropout_options){.zoneout_h = 0.3}, true);
	const double *h = tl_value_double(y.h);
	double stayed = 0;
	for (int t = 0; t < T; t++)
		for (int k = 0; k < ROWS * WIDTH; k++) {
			double before = t ? h[(t - 1) * ROWS * WIDTH + k] : 1;
			double now = h[t * ROWS * WIDTH + k];
			ck_assert(now == before || now == before / 2);
			stayed += now == before;
		}
	assert_near(stayed / (T * ROWS * WIDTH), 0.3, 0.03);
	tl_tape_rewind(s.tape);
	tl_tape_set_training(s.tape, false); /* the mean: 0.3 old + 0.7 new */
	y = run(&s, (tl_dropout_options){.zoneout_h = 0.3, .zoneout_c = 0.4}, true);
	assert_near(tl_value_double(y.final_state.h)[7], pow(0.3 + 0.7 * 0.5, T), 1e-12);
	double c = 1;
	for (int t = 0; t < T; t++)
		c = 0.4 * c + 0.6 * (0.5 * c + 1);
	assert_near(tl_value_double(y.final_state.c)[7], c, 1e-12);
	scene_destroy(&s);
}
END_TEST

START_TEST(nothing_is_dropped_when_not_training)
{
	scene s = scene_create();
	tl_tape_set_training(s.tape, false);
	tl_dropout_options all = {
		.input = 0.5, .output = 0.5, .recurrent_h = 0.5, .recurrent_c = 0.5};
	tl_unrolled y = run(&s, all, true), z = run(&s, (tl_dropout_options){0}, true);
	ck_assert(tl_value_double(y.h)[3] == tl_value_double(z.h)[3]);
	ck_assert(tl_value_double(y.final_state.c)[3] == tl_value_double(z.final_state.c)[3]);
	assert_near(tl_value_double(y.final_state.h)[0], pow(0.5, T), 1e-12);
	scene_destroy(&s);
}
END_TEST

static int zeros_among_sums(tl_tape *tape, const tl_cell *cell)
{
	tl_state s = tl_cell_initial_state(cell, tape, 1);
	s.h = tl_ones(tape, tl_dims(1, 1000));
	s = tl_cell_step(cell, tl_zeros(tape, tl_dims(1, 1)), s);
	const double *h = tl_value_double(s.h);
	int zeros = 0;
	for (int k = 0; h && k < 1000; k++)
		zeros += h[k] == 0;
	return zeros;
}

/* W is the identity: each unit hears one other, and through one weight. */
START_TEST(weight_dropout_drops_weights_once_a_round)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *cell = tl_cell_create(set, "rnn", "r",
				       (tl_cell_options){.in = 1,
							 .hidden = 1000,
							 .recurrent_init = tl_init_identity(1),
							 .weight_dropout = 0.25});
	tl_tape *tape = tl_tape_create(TL_F64);
	int first = zeros_among_sums(tape, cell), again = zeros_among_sums(tape, cell);
	ck_assert(first > 200 && first < 300 && first == again);
	tl_tape_rewind(tape);
	int other = zeros_among_sums(tape, cell);
	ck_assert(other > 200 && other < 300);
	tl_tape_rewind(tape);
	tl_tape_set_training(tape, false);
	ck_assert_int_eq(zeros_among_sums(tape, cell), 0);
	assert_fine(tape);
	tl_tape_destroy(tape);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}
END_TEST

/* A ran with open gates adds its new values to the memory: those dropped leave it at 0. */
START_TEST(update_dropout_spares_the_memory)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_cell_options o = {.in = 1,
			     .hidden = 1000,
			     .input_init = tl_init_constant(1),
			     .recurrent_init = tl_init_zeros(),
			     .update_dropout = 0.25};
	tl_cell *cell = tl_cell_create(set, "ran", "r", o);
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_state s = tl_cell_initial_state(cell, tape, 1);
	s.c = tl_ones(tape, tl_dims(1, 1000));
	s = tl_cell_step(cell, tl_ones(tape, tl_dims(1, 1)), s);
	const double *c = tl_value_double(s.c);
	double kept = 1 / (1 + exp(-1)), most = 0;
	int dropped = 0;
	for (int k = 0; k < 1000; k++) {
		dropped += fabs(c[k] - kept) < 1e-12;
		most = c[k] > most ? c[k] : most; /* fmax here stops GCC 12 for ARM */
	}
	ck_assert(dropped > 200 && dropped < 300);
	assert_near(most, kept + kept / 0.75, 1e-12);
	tl_tape_destroy(tape);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}
END_TEST

/* Steps that truncated time takes again are the same steps: each state follows from the one that
 * was shown before it. */
START_TEST(steps_taken_again_have_their_masks)
{
	for (int zone = 0; zone < 2; zone++) {
		scene s = scene_create();
		tl_tensor x = tl_ones(s.tape, tl_dims(T, ROWS, WIDTH));
		tl_unroll_options o = {
			.dropout = {.input = zone ? 0 : 0.4, .zoneout_h = zone ? 0.4 : 0}};
		tl_tensor y = tl_unroll_truncated(s.cell, x, 2, 4, &o).h;
		const double *h = tl_value_double(y);
		assert_fine(s.tape);
		for (int i = ROWS * WIDTH; i < T * ROWS * WIDTH; i++) {
			double last = h[i - ROWS * WIDTH],
			       moved = (h[i] - 0.5 * last) * (zone ? 1 : 0.6);
			ck_assert_msg(fabs(moved - 1) < 1e-12 ||
					      fabs(zone ? h[i] - last : moved) < 1e-12,
				      "step %d: from %g to %g", i / (ROWS * WIDTH), last, h[i]);
		}
		scene_destroy(&s);
	}
}
END_TEST

/* The masks are drawn anew in each round and follow from the seed. */
static tl_tensor noisy(tl_tape *tape, void *user)
{
	const bench *b = user;
	tl_unroll_options o = {.dropout = {.input = 0.2,
					   .output = 0.2,
					   .recurrent_h = 0.2,
					   .recurrent_c = 0.2,
					   .zoneout_h = 0.2,
					   .zoneout_c = 0.2}};
	tl_unrolled one = tl_unroll(b->cell, tl_use(tape, b->x), &o);
	o.dropout.variational = true;
	tl_unrolled two = tl_unroll(b->cell, tl_use(tape, b->x), &o);
	return tl_add(bench_weigh(one.h), bench_weigh(two.final_state.h));
}

START_TEST(gradients_go_through_masks)
{
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		tl_cell_options o = bench_options(kind);
		unsigned takes = tl_cell_kind_takes(kind, &o);
		o.weight_dropout = takes & TL_OPTION_WEIGHT_DROPOUT ? 0.3 : 0;
		o.update_dropout = takes & TL_OPTION_UPDATE_DROPOUT ? 0.3 : 0;
		bench b = bench_create(kind, o, TL_F64, BENCH_STEPS);
		tl_gradcheck_report report;
		tl_gradcheck_options g = {.sample = 12};
		ck_assert_msg(tl_gradcheck(noisy, &b, b.set, &g, &report) == TL_OK, "%s: %s",
			      kind->name, report.message);
		bench_destroy(&b);
	}
}
END_TEST

START_TEST(seeds_decide)
{
	bench b = bench_create(&own_kind, bench_options(&own_kind), TL_F64, BENCH_STEPS);
	tl_tape *tape = tl_tape_create(TL_F64);
	double y[3];
	for (int k = 0; k < 3; k++) {
		tl_tape_set_seed(tape, k == 1 ? 9 : 8);
		tl_tape_rewind(tape);
		y[k] = tl_item(noisy(tape, &b));
	}
	ck_assert(y[0] == y[2] && y[0] != y[1]);
	tl_tape_destroy(tape);
	bench_destroy(&b);
}
END_TEST

SUITE("noise", steps_taken_again_have_their_masks, input_and_output_are_dropped_at_their_rate,
      recurrent_dropout_is_on_the_way_to_the_next_step, memory_dropout_is_of_the_other_states,
      zoneout_keeps_units_as_they_were, nothing_is_dropped_when_not_training,
      weight_dropout_drops_weights_once_a_round, update_dropout_spares_the_memory,
      gradients_go_through_masks, seeds_decide)
