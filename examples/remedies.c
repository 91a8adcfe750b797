/*
 * Why plain recurrent nets do not learn over long times, and what helps: the adding problem (say
 * the sum of two marked numbers) with each of the remedies that the literature names, over several
 * seeds side by side.
 *
 *     remedies --help
 *
 * Ctrl-C lets the running trainings end; called again with the same --out, it goes on.
 */
#include <stdio.h>
#include <stdlib.h>

#include <tapeloop/train.h>

#include "options.h"

enum { BATCH = 32, HIDDEN = 64, TEST = 1 << 20 };

typedef struct remedy {
	const char *name, *kind;
	double clip_norm;
	bool identity; /* ReLU, and recurrent weights that begin as the identity: Le et al. 2015 */
} remedy;

static const remedy remedies[] = {
	{"tanh", "rnn", 0, false},
	{"tanh, clipped at 1", "rnn", 1, false},
	{"ReLU from identity", "rnn", 0, true},
	{"ReLU from identity, clipped at 1", "rnn", 1, true},
	{"batch normalisation, clipped at 1", "bn_rnn", 1, false},
	{"gates (GRU), clipped at 1", "gru", 1, false},
	{"gates (LSTM), clipped at 1", "lstm", 1, false},
};

enum { REMEDIES = sizeof remedies / sizeof *remedies };

typedef struct setting {
	int length, steps, seeds;
	/* of the job that runs */
	tl_cell *cell;
	tl_param *V, *b;
	uint64_t seed;
} setting;

static tl_status draw(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	const setting *s = user;
	int T = s->length;
	tl_random r = tl_random_stream(s->seed + (uint64_t)epoch, (uint64_t)index);
	float *x = tl_batch_input_room(batch, TL_F32, tl_dims(T, BATCH, 2));
	float *sum = tl_batch_target_room(batch, TL_F32, tl_dims(BATCH, 1));
	for (int b = 0; x && sum && b < BATCH; b++) {
		int64_t first = tl_random_below(&r, T / 2);
		int64_t second = T / 2 + tl_random_below(&r, T - T / 2);
		sum[b] = 0;
		for (int t = 0; t < T; t++) {
			float *at = &x[(t * BATCH + b) * 2];
			at[0] = (float)tl_random_uniform(&r);
			at[1] = t == first || t == second;
			sum[b] += at[0] * at[1];
		}
	}
	return x && sum ? TL_OK : TL_ERROR_MEMORY;
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	const setting *s = user;
	tl_tensor h = tl_unroll(s->cell, tl_batch_input(batch, tape), NULL).final_state.h;
	tl_tensor y = tl_linear(h, tl_use(tape, s->V), tl_use(tape, s->b));
	return tl_mse(y, tl_batch_target(batch, tape), NULL);
}

/* One training: the error at its end on batches it has not seen, and whether it came so far. */
static tl_status run(int job, double *results, void *user, tl_error *error)
{
	setting s = *(const setting *)user;
	const remedy *r = &remedies[job / s.seeds];
	tl_cell_options o = {.in = 2, .hidden = HIDDEN};
	s.seed = (uint64_t)(job % s.seeds + 1) << 32;
	if (r->identity)
		o.activation = tl_relu, o.recurrent_init = tl_init_identity(1),
		o.input_init = tl_init_normal(0, 0.001);
	if (tl_cell_kind_takes(tl_cell_kind_find(r->kind), NULL) & TL_OPTION_FORGET_BIAS)
		o.forget_bias = 1;
	tl_params *set = tl_params_create(TL_F32);
	tl_params_set_seed(set, s.seed);
	s.cell = tl_cell_create(set, r->kind, "cell", o);
	s.V = tl_params_add(set, "V", tl_dims(1, HIDDEN), tl_init_glorot_uniform());
	s.b = tl_params_add(set, "b", tl_dims(1), tl_init_zeros());
	tl_optimizer *adam = tl_adam_create(set, &(tl_adam_options){.learning_rate = 2e-3});
	tl_batches *train =
		tl_batches_create(&(tl_batches_options){.fill = draw, .count = TEST, .user = &s});
	setting tested = s;
	tested.seed = 99;
	tl_batches *test =
		tl_batches_create(&(tl_batches_options){.fill = draw, .count = 8, .user = &tested});
	tl_trainer *t = tl_trainer_create(set, &(tl_trainer_options){.loss = loss,
								     .user = &s,
								     .optimizer = adam,
								     .train = train,
								     .validation = test,
								     .steps = s.steps,
								     .clip_norm = r->clip_norm});
	tl_status status = tl_trainer_run(t);
	results[0] = tl_trainer_get_state(t).validation;
	results[1] = status == TL_ERROR_VALUE; /* a loss that is not finite is a result too */
	if (status == TL_ERROR_VALUE) {
		status = TL_OK;
	} else if (status) {
		snprintf(error->text, sizeof error->text, "%s",
			 tl_params_error(set) ? tl_params_error(set) : tl_trainer_error(t));
	}
	tl_trainer_destroy(t);
	tl_batches_destroy(train);
	tl_batches_destroy(test);
	tl_optimizer_destroy(adam);
	tl_cell_destroy(s.cell);
	tl_params_destroy(set);
	return status;
}

static const char *name(int job, void *user)
{
	return remedies[job / ((const setting *)user)->seeds].name;
}

int main(int argc, char **argv)
{
	setting s = {.length = 100, .steps = 3000, .seeds = 5};
	const char *out = "out";
	char path[512];
	bool quick = false;
	int rest, status;
	const option option[] = {
		{"--length", "T", OPTION_COUNT, &s.length, "numbers to read (100)"},
		{"--steps", "N", OPTION_COUNT, &s.steps, "of each training (3000)"},
		{"--seeds", "N", OPTION_COUNT, &s.seeds, "trainings of each remedy (5)"},
		{"--quick", NULL, OPTION_FLAG, &quick, "10 numbers, 40 steps, 2 seeds"},
		{"--out", "FOLDER", OPTION_FOLDER, &out, "where the results are kept (out)"},
	};
	const command c = {
		"remedies",
		"The adding problem with each remedy against gradients that vanish or "
		"explode, over\nseveral seeds at once, and a table of the errors. Saying 1 "
		"without looking has 0.1667.",
		option, sizeof option / sizeof *option, NULL};
	if (!options_read(&c, argc, argv, &rest, &status))
		return status;
	if (quick)
		s.length = 10, s.steps = 40, s.seeds = 2;
	snprintf(path, sizeof path, "%s/remedies-%d-%d-%d.jsonl", out, s.length, s.steps, s.seeds);
	tl_error error = {TL_OK, ""};
	status = (int)tl_sweep(&(tl_sweep_options){.jobs = REMEDIES * s.seeds,
						   .run = run,
						   .name = name,
						   .user = &s,
						   .result_names = {"error", "diverged"},
						   .path = path,
						   .progress = stderr,
						   .table = stdout,
						   .interruptible = true},
			       NULL, &error);
	if (status)
		fprintf(stderr, "remedies: %s\n", error.text);
	return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
