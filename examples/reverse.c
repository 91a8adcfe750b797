/*
 * Attention learns to say a string of up to 12 letters backwards: a GRU reads it in both
 * directions, another one writes, and before each letter looks at all that was read. Where it looks
 * is printed at the end, and drawn: nobody told it, but the bright cells run against the diagonal.
 *
 * Bahdanau, Cho & Bengio 2015, in one file; seq2seq.c has the same for larger tasks. Try another
 * cell, or --steps 100: where does it look then?
 */
#include <stdio.h>
#include <string.h>

#include "example.h"

enum { LONGEST = 12, ROWS = 32, HIDDEN = 32, EMBEDDING = 16 };
enum { END = 0, LETTERS = 8, START = LETTERS + 1, CLASSES }; /* symbols 1 to 8 are a to h */
enum { THERE, BACK, WRITER };

typedef struct model {
	tl_params *set;
	tl_cell *cell[3]; /* read from the left and from the right; write */
	tl_attention *look;
	tl_param *E, *V, *c;
	tl_attention_memory memory; /* what was read */
} model;

static bool model_create(model *m, example *e, const tl_cell_kind *kind)
{
	tl_params *set = m->set = tl_params_create(TL_F32);
	tl_params_set_seed(set, (uint64_t)e->seed);
	m->cell[THERE] = example_cell(e, set, kind, "there", EMBEDDING, HIDDEN);
	m->cell[BACK] = example_cell(e, set, kind, "back", EMBEDDING, HIDDEN);
	m->cell[WRITER] = example_cell(e, set, kind, "writer", EMBEDDING + 2 * HIDDEN, HIDDEN);
	const tl_attention_options a = {TL_SCORE_ADDITIVE, HIDDEN, 2 * HIDDEN, HIDDEN};
	m->look = tl_attention_create(set, "look", a);
	m->E = tl_params_add(set, "E", tl_dims(CLASSES, EMBEDDING), tl_init_normal(0, 0.5));
	m->V = tl_params_add(set, "V", tl_dims(CLASSES, HIDDEN), tl_init_glorot_uniform());
	m->c = tl_params_add(set, "c", tl_dims(CLASSES), tl_init_zeros());
	return !tl_params_error(set) || example_fail(e, tl_params_error(set));
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
static tl_state read_all(model *m, tl_tensor letters, tl_tensor lengths)
{
	tl_tensor x = tl_embedding(tl_use(letters.tape, m->E), letters);
	tl_unrolled e = tl_bidirectional(m->cell[THERE], m->cell[BACK], x, TL_MERGE_CONCAT,
					 &(tl_unroll_options){.lengths = lengths});
	m->memory = tl_attention_prepare(m->look, e.h, lengths);
	return tl_cell_initial_state_from(m->cell[WRITER], e.final_state_backward.h);
}

/* One letter: the last state asks what to look at. */
static tl_tensor say(tl_tape *tape, void *user, tl_tensor last, tl_state *state)
{
	model *m = user;
	tl_tensor x = tl_embedding(tl_use(tape, m->E), last);
	*state = tl_attention_step(m->cell[WRITER], m->look, x, *state, &m->memory);
	return tl_linear(state->h, tl_use(tape, m->V), tl_use(tape, m->c));
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	const tl_decoder d = {say, user, START, END};
	tl_state start = read_all(user, tl_batch_input(batch, tape), tl_batch_lengths(batch, tape));
	tl_tensor want = tl_batch_target(batch, tape);
	return tl_cross_entropy(tl_decoder_teacher_force(&d, want, start, NULL, NULL), want, NULL);
}

/* The share of unseen strings that are said backwards without a fault. */
static double right(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	static int32_t said[ROWS * (LONGEST + 1)];
	int32_t count[ROWS];
	const int32_t *want = batch->target.data, *length = batch->lengths.data;
	const tl_decoder d = {say, user, START, END};
	tl_state start = read_all(user, tl_batch_input(batch, tape), tl_batch_lengths(batch, tape));
	double good = 0;
	if (tl_decoder_generate(&d, start, LONGEST + 1, NULL, said, count))
		return 0;
	for (int r = 0; r < batch->rows; r++) {
		bool same = count[r] == length[r];
		for (int t = 0; same && t < count[r]; t++)
			same = said[r * (LONGEST + 1) + t] == want[t * batch->rows + r];
		good += same;
	}
	return good / *weight;
}

static bool learn(model *m, example *e, int steps)
{
	static const tl_metric metric = {.name = "right", .of = right, .higher_is_better = true};
	uint64_t seen = 1000 * (uint64_t)e->seed, unseen = 1234567;
	tl_batches_options o = {.fill = draw_strings, .count = 1 << 30, .user = &seen};
	tl_batches *train = tl_batches_create(&o);
	o.count = 8, o.user = &unseen;
	tl_batches *test = tl_batches_create(&o);
	tl_optimizer *adam = tl_adam_create(m->set, NULL);
	tl_schedule rate = example_rate(1e-2, steps);
	tl_trainer_options options = example_training(e);
	options.loss = loss, options.user = m, options.optimizer = adam, options.schedule = &rate;
	options.train = train, options.validation = test, options.clip_norm = 1;
	options.metrics = &metric, options.metric_count = 1;
	options.cells = m->cell, options.cell_count = 3;
	options.steps = steps, options.evaluate_every = 100;
	tl_trainer *t = tl_trainer_create(m->set, &options);
	double share = 0;
	bool fine = example_train(e, t);
	if (fine && tl_trainer_evaluate(t, test, &share) >= 0)
		example_figure(e, (figure){"said backwards", 100 * share, "%", .least = 99});
	example_expect(e, share > 0.5, "less than half of the strings are right");
	tl_trainer_destroy(t);
	tl_batches_destroy(train);
	tl_batches_destroy(test);
	tl_optimizer_destroy(adam);
	return fine;
}

/* A string of full length, and where the writer looks at each of its steps. */
static bool show_alignment(model *m, example *e, tl_tape *tape)
{
	float share[(LONGEST + 1) * LONGEST];
	char text[LONGEST + 1] = "", wrote[LONGEST + 2] = "";
	int32_t letter[LONGEST], last = START;
	tl_random r = {.seed = (uint64_t)e->seed};
	for (int i = 0; i < LONGEST; i++)
		text[i] = (char)('a' - 1 + (letter[i] = 1 + (int32_t)tl_random_below(&r, LETTERS)));
	tl_state state = read_all(m, tl_constant_int(tape, tl_dims(LONGEST, 1), letter), TL_NONE);
	for (int i = 0; i <= LONGEST; i++) {
		tl_tensor scores = say(tape, m, tl_constant_int(tape, tl_dims(1), &last), &state);
		const int32_t *said = tl_value_int(tl_argmax(scores, 1));
		const float *look = tl_value(m->memory.weights); /* [LONGEST, 1] */
		if (!said || !look)
			return example_fail(e, tl_tape_error(tape));
		last = *said;
		memcpy(share + i * LONGEST, look, LONGEST * sizeof *look);
		wrote[i] = last == END || last == START ? '.' : (char)('a' + last - 1);
	}
	const tl_heat_map map = {.name = "what it reads is above, what it writes is at the left",
				 .values = share,
				 .rows = LONGEST + 1,
				 .columns = LONGEST,
				 .high = 1,
				 .row_letters = wrote,
				 .column_letters = text};
	const tl_chart chart = {.title = "Share of attention", .maps = &map, .map_count = 1};
	tl_error error;
	return (!tl_chart_print(stdout, &chart, 1, NULL, &error) || example_fail(e, error.text)) &&
	       example_chart(e, ".svg", &chart, 1, NULL);
}

int main(int argc, char **argv)
{
	static model m;
	const tl_cell_kind *kind = tl_cell_kind_find("gru");
	int steps = 0;
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &kind, "kind of cell (gru); list: all there are"},
		{"--steps", "N", OPTION_COUNT, &steps, "train so many steps (600)"},
	};
	example e = {.name = "reverse",
		     .about = "Attention learns to say strings backwards. Ctrl-C ends the learning "
			      "and shows where it\nlooks so far; the exit status is then 130.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	steps = steps ? steps : e.quick ? 250 : 600;
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_training(tape, false);
	if (model_create(&m, &e, kind) && learn(&m, &e, steps) && e.speaks)
		show_alignment(&m, &e, tape);
	tl_tape_destroy(tape);
	for (int i = 0; i < 3; i++)
		tl_cell_destroy(m.cell[i]);
	tl_attention_destroy(m.look);
	tl_params_destroy(m.set);
	return example_end(&e);
}
