/*
 * Attention learns to say a string of up to 12 letters backwards: a GRU reads it in both
 * directions, another one writes, and before each letter looks at all that was read. Where it looks
 * is printed at the end, and drawn: nobody told it, but the bright cells run against the diagonal.
 *
 *     reverse --help
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tapeloop/train.h>

#include "options.h"

enum { LONGEST = 12, ROWS = 32, HIDDEN = 32, EMBEDDING = 16, MOST = 3000 };
enum { END = 0, LETTERS = 8, START = LETTERS + 1, CLASSES }; /* symbols 1 to 8 are a to h */

/* The model */

typedef struct model {
	tl_params *set;
	tl_cell *there, *back, *writer;
	tl_attention *look;
	tl_param *E, *V, *c;
	tl_attention_memory memory; /* what was read */
} model;

static bool model_create(model *m)
{
	tl_params *set = m->set = tl_params_create(TL_F32);
	tl_cell_options o = {.in = EMBEDDING, .hidden = HIDDEN};
	tl_attention_options a = {
		.query_size = HIDDEN, .key_size = 2 * HIDDEN, .hidden_size = HIDDEN};
	m->there = tl_cell_create(set, "gru", "there", o);
	m->back = tl_cell_create(set, "gru", "back", o);
	o.in = EMBEDDING + 2 * HIDDEN;
	m->writer = tl_cell_create(set, "gru", "writer", o);
	m->look = tl_attention_create(set, "look", a);
	m->E = tl_params_add(set, "E", tl_dims(CLASSES, EMBEDDING), tl_init_normal(0, 0.5));
	m->V = tl_params_add(set, "V", tl_dims(CLASSES, HIDDEN), tl_init_glorot_uniform());
	m->c = tl_params_add(set, "c", tl_dims(CLASSES), tl_init_zeros());
	return !tl_params_error(set);
}

static void model_destroy(model *m)
{
	tl_cell_destroy(m->there);
	tl_cell_destroy(m->back);
	tl_cell_destroy(m->writer);
	tl_attention_destroy(m->look);
	tl_params_destroy(m->set);
}

/* Some strings, and the same backwards with an end. */
static tl_status draw_strings(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	tl_random r = tl_random_stream(*(const uint64_t *)user + (uint64_t)epoch, (uint64_t)index);
	int32_t *read = tl_batch_input_room(batch, TL_I32, tl_dims(LONGEST, ROWS));
	int32_t *want = tl_batch_target_room(batch, TL_I32, tl_dims(LONGEST + 1, ROWS));
	int32_t *length = tl_batch_lengths_room(batch, ROWS);
	if (!read || !want || !length)
		return TL_ERROR_MEMORY;
	tl_batch_set_steps(batch, true, true);
	memset(read, 0, LONGEST * ROWS * sizeof *read);
	memset(want, 0, (LONGEST + 1) * ROWS * sizeof *want);
	for (int row = 0; row < ROWS; row++) {
		int n = length[row] = 1 + (int32_t)tl_random_below(&r, LONGEST);
		for (int t = 0; t < n; t++)
			read[t * ROWS + row] = want[(n - 1 - t) * ROWS + row] =
				1 + (int32_t)tl_random_below(&r, LETTERS);
	}
	return TL_OK;
}

/* The writer's first state is where the backward reader ended: at the first letter. */
static tl_state read_all(model *m, tl_tape *tape, const tl_batch *batch)
{
	tl_tensor x = tl_embedding(tl_use(tape, m->E), tl_batch_input(batch, tape));
	tl_tensor lengths = tl_batch_lengths(batch, tape);
	tl_unrolled e = tl_bidirectional(m->there, m->back, x, TL_MERGE_CONCAT,
					 &(tl_unroll_options){.lengths = lengths});
	m->memory = tl_attention_prepare(m->look, e.h, lengths);
	return tl_cell_initial_state_from(m->writer, e.final_state_backward.h);
}

/* One letter: the last state asks what to look at. Bahdanau, Cho & Bengio 2015. */
static tl_tensor say(tl_tape *tape, void *user, tl_tensor last, tl_state *state)
{
	model *m = user;
	tl_tensor x = tl_embedding(tl_use(tape, m->E), last);
	*state = tl_attention_step(m->writer, m->look, x, *state, &m->memory);
	return tl_linear(state->h, tl_use(tape, m->V), tl_use(tape, m->c));
}

static tl_decoder decoder_of(model *m)
{
	return (tl_decoder){.step = say, .user = m, .start_token = START, .end_token = END};
}

/* Learning */

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	tl_decoder d = decoder_of(user);
	tl_state start = read_all(user, tape, batch);
	tl_tensor want = tl_batch_target(batch, tape);
	return tl_cross_entropy(tl_decoder_teacher_force(&d, want, start, NULL, NULL), want, NULL);
}

/* The share of unseen strings that are said backwards without a fault. */
static double right(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	static int32_t said[ROWS * (LONGEST + 1)];
	int32_t count[ROWS];
	const int32_t *want = batch->target.data, *length = batch->lengths.data;
	tl_decoder d = decoder_of(user);
	int64_t rows = batch->rows;
	int good = 0;
	if (tl_decoder_generate(&d, read_all(user, tape, batch), LONGEST + 1, NULL, said, count))
		return 0;
	for (int r = 0; r < rows; r++) {
		bool same = count[r] == length[r];
		for (int t = 0; same && t < count[r]; t++)
			same = said[r * (LONGEST + 1) + t] == want[t * rows + r];
		good += same;
	}
	return good / *weight;
}

static bool go_on(tl_trainer *trainer, void *user)
{
	(void)user;
	return !(tl_trainer_get_state(trainer).smooth_loss <= 2e-3);
}

static bool learn(model *m, int steps, bool *interrupted)
{
	static const tl_metric metric = {.name = "right", .of = right, .higher_is_better = true};
	tl_optimizer *adam = tl_adam_create(m->set, &(tl_adam_options){.learning_rate = 4e-3});
	static uint64_t seen = 3, unseen = 1234567;
	tl_batches_options o = {.fill = draw_strings, .count = 1 << 30, .user = &seen};
	tl_batches *train = tl_batches_create(&o);
	o.count = 4, o.user = &unseen;
	tl_batches *test = tl_batches_create(&o);
	tl_trainer *t = tl_trainer_create(m->set, &(tl_trainer_options){.loss = loss,
									.user = m,
									.optimizer = adam,
									.train = train,
									.validation = test,
									.metrics = &metric,
									.metric_count = 1,
									.evaluate_every = 100,
									.steps = steps,
									.clip_norm = 1,
									.on_step = go_on,
									.progress = stdout,
									.interruptible = true});
	double share = 0;
	bool fine = !tl_trainer_run(t);
	*interrupted = tl_trainer_get_state(t).interrupted;
	if (fine)
		tl_trainer_evaluate(t, test, &share);
	if (!fine)
		fprintf(stderr, "reverse: %s\n", tl_trainer_error(t));
	else if (!tl_process_rank())
		printf("%.1f %% of unseen strings are said backwards without a fault\n",
		       100 * share);
	tl_trainer_destroy(t);
	tl_batches_destroy(train);
	tl_batches_destroy(test);
	tl_optimizer_destroy(adam);
	return fine;
}

/* Pictures */

/* A string of full length, and where the writer looks at each of its steps. */
static bool show_alignment(model *m, tl_tape *tape, const char *path)
{
	static float share[(LONGEST + 1) * LONGEST];
	char text[LONGEST + 1] = "", wrote[LONGEST + 2] = "";
	int32_t first[ROWS];
	uint64_t seed = 99;
	tl_batch *batch = tl_batch_create();
	bool fine = true;
	for (int r = 0; r < ROWS; r++)
		first[r] = START;
	for (int i = 0; fine && (!i || ((int32_t *)batch->lengths.data)[0] < LONGEST); i++)
		fine = !draw_strings(batch, 0, i, &seed);
	tl_tape_rewind(tape);
	tl_state state = fine ? read_all(m, tape, batch) : (tl_state){0};
	tl_tensor last = tl_constant_int(tape, tl_dims(ROWS), first);
	for (int i = 0; i <= LONGEST && fine; i++) {
		last = tl_argmax(say(tape, m, last, &state), 1);
		const int32_t *said = tl_value_int(last);
		const float *look = tl_value(m->memory.weights); /* [LONGEST, ROWS] */
		fine = said && look;
		for (int j = 0; j < LONGEST && fine; j++)
			share[i * LONGEST + j] = look[j * ROWS];
		if (fine)
			wrote[i] = said[0] == END || said[0] == START ? '.'
								      : (char)('a' + said[0] - 1);
		if (fine && i < LONGEST)
			text[i] = (char)('a' + ((int32_t *)batch->input.data)[i * ROWS] - 1);
	}
	tl_tape_rewind(tape); /* it knows the batch */
	tl_batch_destroy(batch);
	if (!fine)
		return false;
	const tl_heat_map map = {.values = share,
				 .rows = LONGEST + 1,
				 .columns = LONGEST,
				 .high = 1,
				 .row_letters = wrote,
				 .column_letters = text};
	const tl_chart chart = {.title = "Share of attention: what it reads is above, what it "
					 "writes is at the left",
				.maps = &map,
				.map_count = 1};
	printf("\n");
	fine = !tl_chart_print(stdout, &chart, 1, NULL, NULL);
	printf("\n");
	return fine && !tl_chart_write(path, &chart, 1, NULL, NULL);
}

int main(int argc, char **argv)
{
	static model m;
	const char *out = "out";
	char path[512];
	bool quick = false, interrupted = false;
	int steps = 0, rest, status;
	const option option[] = {
		{"--steps", "N", OPTION_COUNT, &steps, "at most so many (3000)"},
		{"--quick", NULL, OPTION_FLAG, &quick, "30 steps"},
		{"--out", "FOLDER", OPTION_FOLDER, &out, "where the picture goes (out)"},
	};
	const command c = {
		"reverse",
		"Attention learns to say strings backwards. Ctrl-C ends the learning and "
		"shows where it\nlooks so far; the exit status is then 130.",
		option, sizeof option / sizeof *option, NULL};
	if (!options_read(&c, argc, argv, &rest, &status))
		return status;
	snprintf(path, sizeof path, "%s/reverse.svg", out);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_training(tape, false);
	bool fine = model_create(&m) && learn(&m, steps ? steps : quick ? 30 : MOST, &interrupted);
	if (fine && !tl_process_rank()) {
		fine = show_alignment(&m, tape, path);
		printf("%s\n", fine ? path : "no picture");
	}
	if (tl_tape_error(tape) || tl_params_error(m.set))
		fprintf(stderr, "reverse: %s\n",
			tl_tape_error(tape) ? tl_tape_error(tape) : tl_params_error(m.set));
	tl_tape_destroy(tape);
	model_destroy(&m);
	return !fine ? EXIT_FAILURE : interrupted ? INTERRUPTED : EXIT_SUCCESS;
}
