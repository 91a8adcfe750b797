/* Learning, not only differentiating; and gradients that vanish, explode, or do neither. */
#include "cell_bench.h"

static double uniform(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (double)(*state >> 40) / (1 << 24);
}

/* Recall: a symbol is shown at the first step and asked for at the last. */

enum { SYMBOLS = 4, LAG = 4, SEEDS = SANITIZED ? 1 : 3 };

typedef struct learner {
	tl_params *set;
	tl_cell *cell;
	tl_param *V, *c;
	tl_optimizer *adam;
	tl_tape *tape;
} learner;

static learner learner_create(const tl_cell_kind *kind, tl_cell_options o, int64_t out, double rate,
			      uint64_t seed)
{
	learner l = {.set = tl_params_create(TL_F32), .tape = tl_tape_create(TL_F32)};
	tl_params_set_seed(l.set, seed);
	l.cell = tl_cell_create_from_kind(l.set, kind, "cell", o);
	ck_assert_msg(l.cell != NULL, "%s: %s", kind->name, tl_params_error(l.set));
	int64_t shown = tl_cell_state_shape(l.cell, 0).dim[0];
	l.V = tl_params_add(l.set, "V", tl_dims(out, shown), tl_init_glorot_uniform());
	l.c = tl_params_add(l.set, "c", tl_dims(out), tl_init_zeros());
	l.adam = tl_adam_create(l.set, &(tl_adam_options){.learning_rate = rate});
	return l;
}

static void learner_destroy(learner *l)
{
	tl_optimizer_destroy(l->adam);
	tl_tape_destroy(l->tape);
	tl_cell_destroy(l->cell);
	tl_params_destroy(l->set);
}

static tl_tensor readout(learner *l, tl_tensor h)
{
	return tl_linear(h, tl_use(l->tape, l->V), tl_use(l->tape, l->c));
}

static double improve(learner *l, tl_tensor loss)
{
	tl_params_zero_gradients(l->set);
	ck_assert_msg(tl_backward(loss) == TL_OK, "%s", tl_tape_error(l->tape));
	double value = tl_item(loss);
	if (isfinite(tl_params_clip_gradient_norm(l->set, 1)))
		tl_optimizer_step(l->adam);
	return value;
}

static int recall(const tl_cell_kind *kind, uint64_t seed, int budget)
{
	tl_cell_options o = {.in = SYMBOLS, .hidden = 16};
	const int32_t target[SYMBOLS] = {0, 1, 2, 3};
	o.extra = kind->example ? kind->example->extra : NULL;
	if (tl_cell_kind_takes(kind, NULL) & TL_OPTION_FORGET_BIAS)
		o.forget_bias = 1;
	if (o.extra && kind->state_shape &&
	    kind->state_shape(&(tl_cell_options){.hidden = 16, .extra = o.extra}, 0).dim[0] <
		    SYMBOLS)
		o.extra = NULL; /* it shows fewer numbers than there are symbols */
	learner l = learner_create(kind, o, SYMBOLS, 0.02, seed);
	int64_t in = tl_cell_input_shape(l.cell).dim[0];
	int steps = 0, right = 0;
	float *data = calloc((size_t)(LAG * SYMBOLS * in), sizeof *data);
	for (int s = 0; s < SYMBOLS; s++)
		data[s * in + s] = 1;
	for (; steps < budget && right < SYMBOLS; steps++) {
		tl_tape_rewind(l.tape);
		tl_tensor in_x = tl_input(l.tape, tl_dims(LAG, SYMBOLS, in), data);
		tl_tensor y = readout(&l, tl_unroll(l.cell, in_x, NULL).final_state.h);
		improve(&l,
			tl_cross_entropy(y, tl_input_int(l.tape, tl_dims(SYMBOLS), target), NULL));
		const int32_t *said = tl_value_int(tl_argmax(y, 1));
		assert_fine(l.tape);
		right = 0;
		for (int s = 0; s < SYMBOLS; s++)
			right += said[s] == s;
	}
	free(data);
	learner_destroy(&l);
	return right == SYMBOLS ? steps : -1;
}

START_TEST(every_kind_learns_to_recall)
{
	for (int i = 0; i < tl_cell_kind_count(); i++)
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			int steps = recall(tl_cell_kind_at(i), seed, 1500);
			if (getenv("TL_TABLE"))
				printf("recall %-22s seed %d: %d steps\n", tl_cell_kind_at(i)->name,
				       (int)seed, steps);
			else
				ck_assert_msg(steps >= 0, "%s, seed %d", tl_cell_kind_at(i)->name,
					      (int)seed);
		}
}
END_TEST

/* The adding problem (Hochreiter & Schmidhuber 1997): of T numbers two are marked; say their sum.
 * Saying 1 always has an error of 1/6. */
static double adding(const char *kind, tl_cell_options o, int T, double rate, int budget)
{
	enum { MOST = 100, B = 50 };
	static float x[MOST * B * 2], want[B];
	uint64_t random = 7;
	learner l = learner_create(tl_cell_kind_find(kind), o, 1, rate, 1);
	double mean = 1;
	for (int step = 0; step < budget && mean > 0.02; step++) {
		for (int b = 0; b < B; b++) {
			int first = (int)(uniform(&random) * T / 2),
			    second = T / 2 + (int)(uniform(&random) * T / 2);
			want[b] = 0;
			for (int t = 0; t < T; t++) {
				float *at = &x[(t * B + b) * 2];
				at[0] = (float)uniform(&random);
				at[1] = t == first || t == second;
				want[b] += at[0] * at[1];
			}
		}
		tl_tape_rewind(l.tape);
		tl_tensor in = tl_input(l.tape, tl_dims(T, B, 2), x);
		tl_tensor y = readout(&l, tl_unroll(l.cell, in, NULL).final_state.h);
		double loss = improve(&l, tl_mse(y, tl_input(l.tape, tl_dims(B, 1), want), NULL));
		mean = step ? 0.95 * mean + 0.05 * loss : loss;
		if (getenv("TL_TABLE") && step % 100 == 0)
			printf("adding %s %d: %g\n", kind, step, mean), fflush(stdout);
	}
	learner_destroy(&l);
	return mean;
}

START_TEST(sums_are_learned_over_fifty_steps)
{
	static const char *const kinds[] = {"lstm", "gru", "peephole", "clockwork"};
	for (int k = 0; k < (SANITIZED ? 1 : 4); k++) {
		bool clocked = tl_cell_kind_find(kinds[k])->uses_step;
		tl_cell_options o = {.in = 2, .hidden = clocked ? 128 : 32};
		o.forget_bias = clocked ? 0 : 1;
		double error = adding(kinds[k], o, 50, clocked ? 0.003 : 0.01, 2500);
		ck_assert_msg(error < 0.03, "%s: %g", kinds[k], error);
	}
}
END_TEST

/* What the headers say to take for a hundred steps. */
START_TEST(sums_are_learned_over_a_hundred_steps)
{
	static const struct {
		const char *kind;
		double chrono, rate;
		int budget;
	} cases[] = {{"lstm", 100, 0.01, 1000}, {"lem", 0, 0.01, 1000}, {"cornn", 0, 0.02, 2500}};
	for (int k = 0; k < (SANITIZED ? 1 : 3); k++) {
		tl_cell_options o = {.in = 2, .hidden = 32, .chrono = cases[k].chrono};
		double error = adding(cases[k].kind, o, 100, cases[k].rate, cases[k].budget);
		ck_assert_msg(error < 0.03, "%s: %g", cases[k].kind, error);
	}
}
END_TEST

/* Gradients through time: |d L / d h_t| for a loss at the end. */
static void gradient_norms(const char *kind, tl_cell_options o, double state, int steps,
			   double *norm)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *cell = tl_cell_create(set, kind, "cell", o);
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor *h = calloc((size_t)steps, sizeof *h), *g = calloc((size_t)steps, sizeof *g);
	tl_state s = tl_cell_initial_state(cell, tape, 1);
	s.h = tl_full(tape, tl_dims(1, o.hidden), state);
	for (int t = 0; t < steps; t++) {
		s = tl_cell_step(cell, tl_zeros(tape, tl_dims(1, o.in)), s);
		h[t] = s.count > 1 ? s.c : s.h; /* what remembers */
	}
	tl_grads(tl_sum(s.h, TL_ALL), h, steps, g);
	for (int t = 0; t < steps; t++)
		norm[t] = sqrt(tl_item(tl_sum(tl_square(g[t]), TL_ALL)));
	assert_fine(tape);
	free(h), free(g);
	tl_tape_destroy(tape);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}

static tl_tensor linear(tl_tensor x)
{
	return x;
}

START_TEST(gradients_vanish_and_explode_as_powers)
{
	enum { T = 40 };
	static const double radius[] = {0.8, 0.95, 1, 1.05, 1.25};
	double norm[T];
	for (int k = 0; k < 5; k++) {
		tl_cell_options o = {
			.in = 1, .hidden = 20, .recurrent_init = tl_init_orthogonal(radius[k])};
		o.activation = linear;
		gradient_norms("rnn", o, 0.1, T, norm);
		double slope = log(norm[0] / norm[T - 1]) / (T - 1);
		ck_assert_msg(fabs(slope - log(radius[k])) <= 0.01 * fabs(log(radius[k])) + 1e-9,
			      "radius %g: %g, not %g", radius[k], slope, log(radius[k]));
		o.activation = NULL; /* tanh: its slope is at most 1, so it can only lose */
		gradient_norms("rnn", o, 0.5, T, norm);
		if (radius[k] < 1)
			ck_assert(norm[0] < norm[T - 1] * pow(radius[k], T - 1));
	}
	tl_cell_options o = {.in = 1, .hidden = 20, .forget_bias = 8};
	gradient_norms("lstm", o, 0.5, T, norm);
	ck_assert_msg(norm[0] > 0.5 * norm[T - 1], "%g of %g is left", norm[0], norm[T - 1]);
}
END_TEST

/* A film: a convolution over each picture, then an LSTM; and two tasks that share it. */
typedef struct film {
	tl_params *set;
	tl_cell *cell;
	tl_param *pictures, *kernel, *task[2];
} film;

static tl_tensor look(tl_tensor rows, void *user)
{
	const film *f = user;
	tl_tensor x = tl_reshape(rows, tl_dims(tl_tensor_dim(rows, 0), 1, 4, 4));
	x = tl_tanh(tl_conv2d(x, tl_use(rows.tape, f->kernel), NULL));
	x = tl_average_pool2d(x, (const int64_t[]){2, 2}, NULL);
	return tl_reshape(x, tl_dims(tl_tensor_dim(rows, 0), -1));
}

static tl_tensor film_loss(tl_tape *tape, void *user)
{
	film *f = user;
	static const int32_t kind[2] = {0, 2};
	tl_tensor seen = tl_time_distributed(tl_use(tape, f->pictures), look, f);
	tl_unrolled y = tl_unroll(f->cell, seen, NULL);
	tl_tensor named =
		tl_cross_entropy(tl_linear(y.final_state.h, tl_use(tape, f->task[0]), TL_NONE),
				 tl_constant_int(tape, tl_dims(2), kind), NULL);
	/* The squared error of a softmax, as one of the documents has it. */
	tl_tensor shares = tl_softmax(tl_linear(y.h, tl_use(tape, f->task[1]), TL_NONE), -1);
	tl_tensor error = tl_mse(shares, tl_full(tape, tl_tensor_shape(shares), 0.3), NULL);
	return tl_add(named, tl_scale(error, 0.5));
}

START_TEST(films_are_seen_and_two_tasks_share)
{
	film f = {.set = tl_params_create(TL_F64)};
	f.cell = tl_cell_create(f.set, "lstm", "l",
				(tl_cell_options){.in = 2, .hidden = 3, .two_biases = true});
	f.pictures = tl_params_add(f.set, "film", tl_dims(3, 2, 16), tl_init_zeros());
	f.kernel = tl_params_add(f.set, "K", tl_dims(2, 1, 3, 3), tl_init_zeros());
	f.task[0] = tl_params_add(f.set, "A", tl_dims(4, 3), tl_init_zeros());
	f.task[1] = tl_params_add(f.set, "B", tl_dims(3, 3), tl_init_zeros());
	bench_draw(f.set, 0.8);
	tl_gradcheck_report report;
	ck_assert_msg(tl_gradcheck(film_loss, &f, f.set, NULL, &report) == TL_OK, "%s",
		      report.message);
	tl_cell_destroy(f.cell);
	tl_params_destroy(f.set);
}
END_TEST

/* Attention learns to say a string backwards: up to 12 of 8 symbols, 0 ends it. */

enum { LONGEST = 12, ROWS = 32, CLASSES = 10, WIDTH = 32, END = 0, START = 9 };

typedef struct reverser {
	tl_params *set;
	tl_cell *there, *back, *decoder;
	tl_attention *look;
	tl_param *E, *V, *c;
	tl_attention_memory memory;
} reverser;

static tl_tensor say(tl_tape *tape, void *user, tl_tensor symbols, tl_state *state)
{
	reverser *r = user;
	tl_tensor x = tl_embedding(tl_use(tape, r->E), symbols);
	*state = tl_attention_step(r->decoder, r->look, x, *state, &r->memory);
	return tl_linear(state->h, tl_use(tape, r->V), tl_use(tape, r->c));
}

static void strings(uint64_t *random, int32_t *x, int32_t *y, int32_t *lengths)
{
	memset(x, 0, LONGEST * ROWS * sizeof *x);
	memset(y, 0, (LONGEST + 1) * ROWS * sizeof *y);
	for (int r = 0; r < ROWS; r++) {
		int n = 1 + (int)(uniform(random) * LONGEST);
		lengths[r] = n;
		for (int t = 0; t < n; t++) {
			x[t * ROWS + r] = 1 + (int32_t)(uniform(random) * 8);
			y[(n - 1 - t) * ROWS + r] = x[t * ROWS + r];
		}
	}
}

static tl_tensor encode(tl_tape *tape, reverser *r, const int32_t *x, const int32_t *lengths)
{
	tl_tensor in =
		tl_embedding(tl_use(tape, r->E), tl_input_int(tape, tl_dims(LONGEST, ROWS), x));
	tl_tensor n = tl_input_int(tape, tl_dims(ROWS), lengths);
	tl_unrolled e = tl_bidirectional(r->there, r->back, in, TL_MERGE_CONCAT,
					 &(tl_unroll_options){.lengths = n});
	r->memory = tl_attention_prepare(r->look, e.h, n);
	return e.final_state_backward.h;
}

static double learn_to_reverse(reverser *r, tl_tape *tape, int budget)
{
	static int32_t x[LONGEST * ROWS], y[(LONGEST + 1) * ROWS], lengths[ROWS];
	tl_decoder d = {say, r, START, END};
	uint64_t random = 3;
	double mean = 3;
	tl_optimizer *adam = tl_adam_create(r->set, &(tl_adam_options){.learning_rate = 4e-3});
	for (int step = 0; step < budget && mean > 2e-3; step++) {
		strings(&random, x, y, lengths);
		tl_tape_rewind(tape);
		tl_tensor first = encode(tape, r, x, lengths);
		tl_tensor target = tl_input_int(tape, tl_dims(LONGEST + 1, ROWS), y);
		tl_tensor scores = tl_decoder_teacher_force(
			&d, target, tl_cell_initial_state_from(r->decoder, first), NULL, NULL);
		tl_tensor loss = tl_cross_entropy(scores, target, NULL);
		tl_params_zero_gradients(r->set);
		ck_assert_msg(tl_backward(loss) == TL_OK, "%s", tl_tape_error(tape));
		mean = 0.95 * mean + 0.05 * tl_item(loss);
		if (isfinite(tl_params_clip_gradient_norm(r->set, 1)))
			tl_optimizer_step(adam);
		if (getenv("TL_TABLE") && step % 100 == 0)
			printf("reverse %d: %g\n", step, mean), fflush(stdout);
	}
	tl_optimizer_destroy(adam);
	return mean;
}

START_TEST(attention_learns_to_reverse)
{
	reverser r = {.set = tl_params_create(TL_F32)};
	tl_cell_options o = {.in = 16, .hidden = WIDTH};
	r.there = tl_cell_create(r.set, "gru", "there", o);
	r.back = tl_cell_create(r.set, "gru", "back", o);
	o.in = 16 + 2 * WIDTH;
	r.decoder = tl_cell_create(r.set, "gru", "decoder", o);
	r.look = tl_attention_create(r.set, "look",
				     (tl_attention_options){.query_size = WIDTH,
							    .key_size = 2 * WIDTH,
							    .hidden_size = WIDTH});
	r.E = tl_params_add(r.set, "E", tl_dims(CLASSES, 16), tl_init_normal(0, 0.5));
	r.V = tl_params_add(r.set, "V", tl_dims(CLASSES, WIDTH), tl_init_glorot_uniform());
	r.c = tl_params_add(r.set, "c", tl_dims(CLASSES), tl_init_zeros());
	tl_tape *tape = tl_tape_create(TL_F32);
	double loss = learn_to_reverse(&r, tape, 3000);

	static int32_t x[LONGEST * ROWS], y[(LONGEST + 1) * ROWS], lengths[ROWS];
	static int32_t said[ROWS * (LONGEST + 1)], count[ROWS];
	tl_decoder d = {say, &r, START, END};
	uint64_t random = 1234567;
	int right = 0, all = 0;
	for (int batch = 0; batch < 10; batch++) {
		strings(&random, x, y, lengths);
		tl_tape_rewind(tape);
		tl_tensor first = encode(tape, &r, x, lengths);
		ck_assert_int_eq(tl_decoder_generate(&d,
						     tl_cell_initial_state_from(r.decoder, first),
						     LONGEST + 1, NULL, said, count),
				 TL_OK);
		for (int row = 0; row < ROWS; row++, all++) {
			bool same = count[row] == lengths[row];
			for (int t = 0; same && t < count[row]; t++)
				same = said[row * (LONGEST + 1) + t] == y[t * ROWS + row];
			right += same;
		}
	}
	ck_assert_msg(right >= 0.99 * all, "%d of %d, loss %g", right, all, loss);
	tl_tape_destroy(tape);
	tl_cell_destroy(r.there), tl_cell_destroy(r.back), tl_cell_destroy(r.decoder);
	tl_attention_destroy(r.look);
	tl_params_destroy(r.set);
}
END_TEST

SUITE("learning", every_kind_learns_to_recall, sums_are_learned_over_fifty_steps,
      sums_are_learned_over_a_hundred_steps, gradients_vanish_and_explode_as_powers,
      films_are_seen_and_two_tasks_share, attention_learns_to_reverse)
