/*
 * A character language model: a cell learns the next letter of a text, and then writes some of its
 * own. Without arguments it learns the source of this library.
 */
#include <stdio.h>

#include "corpus.h"
#include "example.h"
#include "gates.h"

enum { STEPS = 64, BATCH = 32, SHOWN = 96, TESTED = 5 };

typedef struct model {
	const tl_cell_kind *kind;
	int hidden, embedding;
	tl_params *set;
	tl_cell *cell;
	tl_param *E, *V, *d; /* letters to vectors; vectors to scores of letters */
	/* Where each left off: training, from batch to batch; the test; one text being written. */
	tl_carry learning, testing, writing;

	corpus corpus;
	int64_t split; /* the last twentieth is not learned */
} model;

/* The files that are named, or else the source of this library. */
static bool read_text(model *m, example *e, const char *own)
{
	static const char *const source[] = {"src", "include", "docs", "examples"};
	char path[EXAMPLE_PATH];
	corpus *c = &m->corpus;
	tl_error error = {TL_OK, ""};
	for (int i = 0; i < (e->arguments ? e->arguments : 4); i++) {
		snprintf(path, sizeof path, "%s/%s", own, source[i % 4]);
		if (corpus_add(c, e->arguments ? e->argument[i] : path, &error))
			return example_fail(e, error.text);
	}
	corpus_leave_out_layout(c);
	if (c->text.size < 20 * (STEPS + 1) * BATCH)
		return example_fail(e, "these are too few letters to learn from");
	m->split = (int64_t)(c->text.size - c->text.size / 20);
	return !corpus_number(c, TL_TOKENS_BYTES, &error) || example_fail(e, error.text);
}

static bool model_create(model *m, example *e)
{
	tl_params *set = m->set = tl_params_create(TL_F32);
	tl_params_set_seed(set, (uint64_t)e->seed);
	m->cell = example_cell(e, set, m->kind, "cell", m->embedding, m->hidden);
	if (!m->cell)
		return false;
	int64_t in = tl_cell_input_shape(m->cell).dim[0];
	int64_t classes = tl_vocabulary_size(m->corpus.letters);
	int64_t shown = tl_cell_state_shape(m->cell, 0).dim[0];
	m->E = tl_params_add(set, "E", tl_dims(classes, in), tl_init_normal(0, 0.5));
	m->V = tl_params_add(set, "V", tl_dims(classes, shown), tl_init_glorot_uniform());
	m->d = tl_params_add(set, "d", tl_dims(classes), tl_init_zeros());
	m->learning = tl_carry_of(m->cell, "learning", tl_process_rows(BATCH));
	m->testing = tl_carry_of(m->cell, "testing", tl_process_rows(BATCH));
	m->writing = tl_carry_of(m->cell, "writing", 1);
	return !tl_params_error(set) || example_fail(e, tl_params_error(set));
}

/* Scores of the letter after each of these, [steps, rows] numbers; the state is carried on. */
static tl_tensor scores(const model *m, tl_tape *tape, tl_tensor letter, tl_carry *carry, int step)
{
	tl_tensor x = tl_embedding(tl_use(tape, m->E), letter);
	tl_unroll_options from = {.initial_state = tl_carry_state(carry, tape), .first_step = step};
	tl_unrolled y = tl_unroll(m->cell, x, &from);
	tl_carry_assign(carry, y.final_state);
	return tl_linear(y.h, tl_use(tape, m->V), tl_use(tape, m->d));
}

/* The mean loss of a letter; a batch of stretches goes on where the one before it left off. */
static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	model *m = user;
	tl_carry *carry = tl_tape_is_training(tape) ? &m->learning : &m->testing;
	if (batch->begins)
		tl_carry_reset(carry, NULL);
	return tl_cross_entropy(scores(m, tape, tl_batch_input(batch, tape), carry, 0),
				tl_batch_target(batch, tape), NULL);
}

static tl_batches *batches(const int32_t *letters, int64_t count)
{
	return tl_batches_of_stream(tl_array_of(letters, TL_I32, tl_dims(count)),
				    &(tl_stream_options){.rows = BATCH, .steps = STEPS}, NULL);
}

/* Adam, with a rate that rises for a moment and then falls to nothing. */
static bool train(model *m, example *e, int steps, double seconds)
{
	int64_t tested = TESTED * STEPS * BATCH + BATCH + 1, left = m->corpus.count - m->split;
	tl_batches *learn = batches(m->corpus.number, m->split);
	tl_batches *test = batches(m->corpus.number + m->split, tested < left ? tested : left);
	const tl_metadata vocabulary = {"vocabulary", tl_vocabulary_text(m->corpus.letters)};
	tl_optimizer *adam = tl_adam_create(m->set, &(tl_adam_options){.beta2 = 0.99});
	tl_schedule rate = example_rate(4e-3, steps);
	tl_trainer_options o = example_training(e);
	o.loss = loss, o.user = m, o.optimizer = adam, o.schedule = &rate, o.clip_norm = 1;
	o.train = learn, o.validation = test, o.evaluate_every = steps > 10 ? steps / 10 : 1;
	o.steps = steps, o.seconds = seconds;
	o.cells = &m->cell, o.cell_count = 1, o.texts = &vocabulary, o.text_count = 1;
	tl_trainer *trainer = tl_trainer_create(m->set, &o);
	bool fine = example_train(e, trainer);
	tl_trainer_state s = tl_trainer_get_state(trainer);
	figure f = {"validation loss", s.validation, .unit = "nats a letter"};
	if (fine && s.step)
		example_figure(e, f);
	example_expect(e, s.validation < 4.2, "the validation loss is above 4.2");
	tl_trainer_destroy(trainer);
	tl_optimizer_destroy(adam);
	tl_batches_destroy(learn);
	tl_batches_destroy(test);
	return fine;
}

/* Letter by letter, by their chances; a temperature below 1 makes what is likely likelier. */
static bool sample(model *m, example *e, tl_tape *tape, int count)
{
	static const char prompt[] = "static ";
	const double temperature = 0.8;
	const tl_vocabulary *v = m->corpus.letters;
	tl_random random = {.seed = (uint64_t)e->seed};
	int32_t letter, drawn = 0;
	tl_carry_reset(&m->writing, NULL);
	printf("\n--- what it writes ---\n");
	for (int i = 0; i < count; i++) {
		char given[2] = {i < (int)sizeof prompt - 1 ? prompt[i] : 0, 0};
		letter = *given ? tl_vocabulary_find(v, given) : drawn;
		letter = letter < 0 ? drawn : letter; /* a letter that the text has not */
		putchar(*tl_vocabulary_token(v, letter, NULL));
		tl_tape_rewind(tape);
		tl_tensor s = scores(m, tape, tl_constant_int(tape, tl_dims(1, 1), &letter),
				     &m->writing, i % STEPS);
		const float *chance = tl_value(tl_softmax(tl_scale(s, 1 / temperature), -1));
		if (!chance || tl_tape_commit(tape))
			return example_fail(e, tl_tape_error(tape));
		drawn = example_draw(&random, chance, tl_vocabulary_size(v));
	}
	printf("\n--- with %lld nodes on the tape at any time ---\n",
	       (long long)tl_tape_node_count(tape));
	return true;
}

/* How the first units' gates and states follow a piece of the text that was not learned. */
static bool draw(model *m, example *e, tl_tape *tape)
{
	tl_error error;
	tl_carry_reset(&m->writing, NULL);
	tl_tape_rewind(tape);
	scores(m, tape, tl_constant_int(tape, tl_dims(SHOWN, 1), m->corpus.number + m->split),
	       &m->writing, 0);
	return !gates_write(example_path(e, "-gates.svg"), tape, m->cell, "cell", SHOWN,
			    m->corpus.text.bytes + m->split, &error) ||
	       example_fail(e, error.text);
}

int main(int argc, char **argv)
{
	model m = {.kind = tl_cell_kind_find("lstm"), .hidden = 256, .embedding = 64};
	double seconds = 45;
	const char *own = ".";
	int steps = 0;
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &m.kind,
		 "kind of cell (lstm); list: all there are"},
		{"--seconds", "S", OPTION_NUMBER, &seconds, "train at most so long (45)"},
		{"--steps", "N", OPTION_COUNT, &steps, "and so many steps (600)"},
		{"--own", "FOLDER", OPTION_TEXT, &own, "where the source of this library is (.)"},
	};
	example e = {
		.name = "charlm",
		.about = "A cell learns the next letter of a text, this library's source if none "
			 "is named, and then\nwrites some of its own. Ctrl-C ends the training, "
			 "and it writes with what it has learned.",
		.option = options,
		.options = sizeof options / sizeof *options,
		.rest = "[file or folder ...]"};
	if (!example_begin(&e, argc, argv))
		return e.status;
	if (e.quick)
		m.hidden = 48, m.embedding = 16;
	steps = steps ? steps : e.quick ? 30 : 600;
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_training(tape, false);
	bool fine = read_text(&m, &e, own) && model_create(&m, &e);
	if (fine && e.speaks)
		printf("%s: %zu letters, %d different; %lld parameters; %d threads\n", m.kind->name,
		       m.corpus.text.size, tl_vocabulary_size(m.corpus.letters),
		       (long long)tl_params_element_count(m.set), tl_thread_count());
	if (fine && train(&m, &e, steps, seconds) && e.speaks)
		(void)(sample(&m, &e, tape, e.quick ? 120 : 700) && draw(&m, &e, tape));
	tl_tape_destroy(tape);
	tl_cell_destroy(m.cell);
	tl_params_destroy(m.set);
	corpus_finish(&m.corpus);
	return example_end(&e);
}
