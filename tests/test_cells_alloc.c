/*
 * Memory runs out at every place in turn, in cells and in what drives them: each time there is an
 * error and no number, or the right number; and nothing is leaked.
 */
#include "counting.h"
#include "suite.h"

typedef double (*action)(const void *user);

static void fail_everywhere(const char *name, action act, const void *user)
{
	counting c;
	counting_start(&c);
	double expected = act(user);
	int64_t calls = c.calls;
	assert_quick(!isnan(expected), "%s fails with all the memory it wants", name);
	assert_quick(c.blocks == 0, "%s leaks %d blocks", name, (int)c.blocks);
	for (int64_t k = 1; k <= calls; k++) {
		counting_start(&c);
		c.fail_at = k;
		double got = act(user);
		assert_quick(isnan(got) || got == expected, "%s, call %d failing: %g, not %g", name,
			     (int)k, got, expected);
		assert_quick(c.blocks == 0, "%s, call %d of %d failing: leaks %d blocks", name,
			     (int)k, (int)calls, (int)c.blocks);
	}
	counting_stop();
}

static const int32_t lengths[2] = {3, 1};

/* Everything ends here: the sum of y, or NaN. */
static double finish(tl_tape *tape, tl_tensor y)
{
	double value = tape ? tl_item(tl_sum(y, TL_ALL)) : NAN;
	if (tape && tl_tape_error(tape))
		value = NAN;
	tl_tape_destroy(tape);
	return value;
}

static double unroll(const void *user)
{
	const tl_cell_kind *kind = user, local = *kind; /* a copy is copied; a step is watched */
	tl_params *set = tl_params_create(TL_F32);
	tl_cell_options o = {.in = 3, .hidden = 4};
	if (kind->example)
		o = *kind->example;
	o.trainable_initial_state = true;
	o.activation = tl_sigmoid;
	tl_cell *cell = tl_cell_create_from_kind(set, &local, "cell", o);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor y = {tape, 0, 0};
	if (cell && tape) {
		tl_shape in = tl_cell_input_shape(cell);
		tl_unroll_options u = {.lengths = tl_input_int(tape, tl_dims(2), lengths),
				       .reverse = true,
				       .dropout = {.zoneout_h = 0.1, .input = 0.1}};
		tl_tensor x = tl_full(tape, tl_dims(3, 2, in.dim[0]), 0.5);
		y = tl_unroll(cell, x, &u).h;
		if (tl_backward(tl_sum(y, TL_ALL)))
			y.id = 0;
	}
	double value = finish(tape, y);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
	return value;
}

START_TEST(every_kind)
{
	for (int i = 0; i < tl_cell_kind_count(); i++)
		fail_everywhere(tl_cell_kind_at(i)->name, unroll, tl_cell_kind_at(i));
}
END_TEST

typedef struct model {
	tl_params *set;
	tl_cell *a, *b;
	tl_attention *look;
	tl_multihead *heads;
	tl_param *E;
	tl_tape *tape;
} model;

static model model_create(void)
{
	model m = {.set = tl_params_create(TL_F32)};
	m.a = tl_cell_create(m.set, "gru", "a", (tl_cell_options){.in = 3, .hidden = 4});
	m.b = tl_cell_create(m.set, "lstm", "b", (tl_cell_options){.in = 7, .hidden = 4});
	m.look = tl_attention_create(m.set, "look",
				     (tl_attention_options){.query_size = 4, .key_size = 4});
	m.heads = tl_multihead_create(m.set, "heads", 4, 2);
	m.E = tl_params_add(m.set, "E", tl_dims(5, 3), tl_init_glorot_uniform());
	m.tape = tl_tape_create(TL_F32);
	return m;
}

static double model_finish(model *m, tl_tensor y)
{
	double value = finish(m->tape, y);
	tl_cell_destroy(m->a);
	tl_cell_destroy(m->b);
	tl_attention_destroy(m->look);
	tl_multihead_destroy(m->heads);
	tl_params_destroy(m->set);
	return value;
}

static double attend(const void *user)
{
	model m = model_create();
	tl_tensor x = tl_full(m.tape, tl_dims(3, 2, 3), 0.3);
	tl_tensor n = tl_input_int(m.tape, tl_dims(2), lengths), y = {m.tape, 0, 0};
	(void)user;
	if (m.tape && m.heads) {
		tl_unrolled e = tl_unroll(m.a, x, &(tl_unroll_options){.lengths = n});
		tl_attention_memory memory = tl_attention_prepare(m.look, e.h, n);
		tl_state s = tl_attention_step(m.b, m.look, tl_at(x, 0),
					       tl_cell_initial_state_from(m.b, e.final_state.h),
					       &memory);
		y = tl_multihead_attend(m.heads, tl_stack(&s.h, 1, 0), e.h, n, false);
	}
	return model_finish(&m, y);
}

static double drive(const void *user)
{
	model m = model_create();
	tl_tensor x = tl_full(m.tape, tl_dims(5, 2, 3), 0.3), y = {m.tape, 0, 0};
	(void)user;
	if (m.tape && m.a) {
		tl_layer layers[2] = {{.forward = m.a, .backward = m.a, .merge = TL_MERGE_SUM},
				      {.forward = m.a}};
		tl_tensor h = tl_unroll_layers(layers, 1, x, NULL, NULL);
		tl_carry carry = tl_carry_of(m.a, "carry", 2);
		tl_unroll_options o = {.initial_state = tl_carry_state(&carry, m.tape)};
		tl_unrolled t = tl_unroll_truncated(m.a, x, 2, 3, &o);
		if (tl_carry_assign(&carry, t.final_state) || tl_tape_commit(m.tape))
			t.h.id = 0;
		y = tl_add(t.h, h);
	}
	return model_finish(&m, y);
}

static tl_tensor next(tl_tape *tape, void *user, tl_tensor symbols, tl_state *state)
{
	const model *m = user;
	*state = tl_cell_step(m->a, tl_embedding(tl_use(tape, m->E), symbols), *state);
	return tl_matmul(tl_slice(state->h, 1, 0, 3, 1), tl_transpose(tl_use(tape, m->E)));
}

static double speak(const void *user)
{
	model m = model_create();
	tl_decoder d = {next, &m, 1, 0};
	int32_t symbols[8], count[2], best[2][4];
	static const int32_t targets[6] = {1, 2, 3, 4, 0, 1};
	tl_tensor y = {m.tape, 0, 0};
	int length = 0;
	(void)user;
	if (m.tape && m.a && m.E) {
		tl_hypothesis said[2] = {{.tokens = best[0]}, {.tokens = best[1]}};
		tl_sampling how = {.temperature = 1, .top_k = 3};
		tl_decoder_generate(&d, tl_cell_initial_state(m.a, m.tape, 2), 4, &how, symbols,
				    count);
		length = tl_decoder_beam_search(&d, tl_cell_initial_state(m.a, m.tape, 1), 4,
						(tl_beam_search_options){.beam_width = 3}, said, 2);
		y = tl_decoder_teacher_force(&d, tl_input_int(m.tape, tl_dims(3, 2), targets),
					     tl_cell_initial_state(m.a, m.tape, 2),
					     &(tl_teacher_forcing_options){
						     .sampling_probability = 0.5, .temperature = 1},
					     NULL);
	}
	return model_finish(&m, y) + length;
}

static double classify(const void *user)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	static const int32_t targets[4] = {1, 2, 2, 1};
	int32_t symbols[12], count[2], sum = 0;
	double log_p[2];
	(void)user;
	tl_tensor x = tl_full(tape, tl_dims(6, 2, 3), 0.5), y = {tape, 0, 0};
	if (tape) {
		y = tl_ctc_loss(x, tl_input_int(tape, tl_dims(2, 2), targets), NULL);
		y = tl_add(y, tl_sum(tl_grad(tl_sum(y, TL_ALL), x), TL_ALL));
		tl_ctc_greedy_decode(x, NULL, 0, symbols, count);
		if (!tl_ctc_beam_search(x, NULL, 0, 4, symbols, count, log_p))
			sum = count[0];
	}
	return finish(tape, y) + sum;
}

static double echo(const void *user)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *esn = tl_cell_create(set, "esn", "esn", (tl_cell_options){.in = 1, .hidden = 8});
	double u[20], y[20], error = NAN;
	(void)user;
	for (int t = 0; t < 20; t++)
		u[t] = sin(t), y[t] = cos(t);
	tl_esn_fit_options o = {.washout = 5, .ridge = 1e-6, .noise = 1e-3};
	if (tl_esn_fit(esn, &(tl_esn_data){u, y, 20}, &o, &error))
		error = NAN;
	tl_cell_destroy(esn);
	tl_params_destroy(set);
	return error;
}

START_TEST(drivers)
{
	fail_everywhere("attention", attend, NULL);
	fail_everywhere("layers, truncation, carrying", drive, NULL);
	fail_everywhere("teaching and saying", speak, NULL);
	fail_everywhere("ctc", classify, NULL);
	fail_everywhere("echo state networks", echo, NULL);
}
END_TEST

SUITE("cells_alloc", every_kind, drivers)
