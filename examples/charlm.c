/*
 * A character language model: a cell, the LSTM if no other is named, learns the next letter of a
 * text, and then writes some of its own. Without arguments it learns the source of this library.
 *
 *     charlm --help
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <tapeloop/train.h>

#include "options.h"

enum { STEPS = 64, BATCH = 32, SHOWN = 96, SHOWN_UNITS = 12, TESTED = 5 };

typedef struct options {
	const tl_cell_kind *kind;
	double seconds;
	const char *out, *own;
	int hidden, embedding, steps, sample;
	bool resume;
} options;

/* The text */

typedef struct text {
	tl_text all;
	tl_vocabulary *letters;
	int32_t *number; /* of each letter of it */
	int longest_blank;
} text;

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char letter_of(const text *t, int32_t number)
{
	return *tl_vocabulary_token(t->letters, number, NULL);
}

/* Of blanks in a row inside a line, which are layout and say nothing, all but the first. */
static void leave_out_layout(tl_text *t)
{
	size_t to = 0;
	bool inside = false; /* behind the first letter of a line */
	for (size_t i = 0; i < t->size; i++) {
		char c = t->bytes[i];
		if (inside && c == ' ' && t->bytes[to - 1] == ' ')
			continue;
		inside = c != '\n' && (inside || !is_blank(c));
		t->bytes[to++] = c;
	}
	t->size = to;
}

static tl_status add(tl_text *t, const char *path, tl_error *error)
{
	struct stat s;
	if (!stat(path, &s) && S_ISDIR(s.st_mode))
		return tl_text_add_folder(t, path, ".c .h .md .py", error);
	return tl_text_add_file(t, path, error);
}

/* The files that are named, or else the source of this library. */
static bool read_text(text *t, const options *o, char **names, int count)
{
	static const char *const own[] = {"src", "include", "docs", "examples"};
	char path[4096];
	tl_error error = {TL_OK, ""};
	bool fine = true;
	int blanks = 0;
	for (int i = 0; i < count && fine; i++)
		fine = !add(&t->all, names[i], &error);
	for (size_t i = 0; i < sizeof own / sizeof *own && fine && !count; i++) {
		snprintf(path, sizeof path, "%s/%s", o->own, own[i]);
		fine = !add(&t->all, path, &error);
	}
	leave_out_layout(&t->all);
	if (fine && t->all.size < 20 * (STEPS + 1) * BATCH) {
		fprintf(stderr, "charlm: %zu letters are too few to learn from\n", t->all.size);
		return false;
	}
	t->letters = fine ? tl_vocabulary_create(t->all.bytes, t->all.size, NULL, &error) : NULL;
	t->number = malloc((t->all.size + 1) * sizeof *t->number);
	if (!t->letters || !t->number ||
	    tl_vocabulary_encode(t->letters, t->all.bytes, t->all.size, t->number,
				 (int64_t)t->all.size, &error) < 0) {
		fprintf(stderr, "charlm: %s\n", error.text);
		return false;
	}
	for (size_t i = 0; i < t->all.size; i++) {
		blanks = is_blank(t->all.bytes[i]) ? blanks + 1 : 0;
		t->longest_blank = blanks > t->longest_blank ? blanks : t->longest_blank;
	}
	return true;
}

static void text_finish(text *t)
{
	tl_text_finish(&t->all);
	tl_vocabulary_destroy(t->letters);
	free(t->number);
}

/* The model */

typedef struct model {
	tl_params *set;
	tl_cell *cell;
	tl_param *E, *V, *d; /* letters to vectors; vectors to scores of letters */
	/* Where each left off: training, from round to round; the test; one text being written. */
	tl_carry learning, testing, writing;
} model;

static bool model_create(model *m, const options *o, int classes)
{
	tl_params *set = m->set = tl_params_create(TL_F32);
	tl_cell_options c = {
		.in = o->embedding, .hidden = o->hidden, .extra = o->kind->extra_default};
	if (tl_cell_kind_takes(o->kind, NULL) & TL_OPTION_FORGET_BIAS)
		c.forget_bias = 1;  /* remember, to begin with */
	if (o->kind->input_shape) { /* channels of a picture: as many numbers in all */
		int64_t pixels = o->kind->input_shape(&c).dim[0] / c.in;
		c.in = c.in > pixels ? c.in / pixels : 1;
		c.hidden = c.hidden > pixels ? c.hidden / pixels : 1;
	}
	m->cell = tl_cell_create_from_kind(set, o->kind, "cell", c);
	if (!m->cell)
		return false;
	int64_t in = tl_cell_input_shape(m->cell).dim[0];
	int64_t shown = tl_cell_state_shape(m->cell, 0).dim[0];
	m->E = tl_params_add(set, "E", tl_dims(classes, in), tl_init_normal(0, 0.5));
	m->V = tl_params_add(set, "V", tl_dims(classes, shown), tl_init_glorot_uniform());
	m->d = tl_params_add(set, "d", tl_dims(classes), tl_init_zeros());
	m->learning = tl_carry_of(m->cell, "learning", tl_process_rows(BATCH));
	m->testing = tl_carry_of(m->cell, "testing", tl_process_rows(BATCH));
	m->writing = tl_carry_of(m->cell, "writing", 1);
	return !tl_params_error(set);
}

static tl_tensor scores(const model *m, tl_tensor h)
{
	return tl_linear(h, tl_use(h.tape, m->V), tl_use(h.tape, m->d));
}

/* The mean loss of a letter: each letter of a batch foretells the next one. Texts are read side by
 * side, and a batch goes on where the one before it left off. */
static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	model *m = user;
	tl_carry *carry = tl_tape_is_training(tape) ? &m->learning : &m->testing;
	if (batch->begins)
		tl_carry_reset(carry, NULL);
	tl_tensor x = tl_embedding(tl_use(tape, m->E), tl_batch_input(batch, tape));
	tl_unroll_options from = {.initial_state = tl_carry_state(carry, tape)};
	tl_unrolled y = tl_unroll(m->cell, x, &from);
	tl_carry_assign(carry, y.final_state);
	return tl_cross_entropy(scores(m, y.h), tl_batch_target(batch, tape), NULL);
}

static tl_batches *letters(const text *t, size_t first, size_t count, tl_error *error)
{
	const tl_stream_options o = {.rows = BATCH, .steps = STEPS};
	return tl_batches_of_stream(tl_array_of(t->number + first, TL_I32, tl_dims((int64_t)count)),
				    &o, error);
}

/* Adam, with a rate that rises for a moment and then falls to nothing. What is not learned, of the
 * text's last twentieth, tests it at each tenth of the way. */
static bool train(model *m, const options *o, const text *t, size_t split, bool *interrupted)
{
	tl_error error = {TL_OK, ""};
	char checkpoint[512], chart[512];
	size_t tested = TESTED * STEPS * BATCH + BATCH + 1;
	tested = tested < t->all.size - split ? tested : t->all.size - split;
	tl_batches *learn = letters(t, 0, split, &error);
	tl_batches *test = letters(t, split, tested, &error);
	const tl_metadata vocabulary = {"vocabulary", tl_vocabulary_text(t->letters)};
	tl_optimizer *adam = tl_adam_create(m->set, &(tl_adam_options){.beta2 = 0.99});
	tl_schedule rate = {.kind = TL_SCHEDULE_COSINE,
			    .learning_rate = 4e-3,
			    .steps = o->steps > 40 ? o->steps - 40 : 1,
			    .warmup = 40,
			    .warmup_start = 1.0 / 40};
	snprintf(checkpoint, sizeof checkpoint, "%s/charlm.safetensors", o->out);
	snprintf(chart, sizeof chart, "%s/charlm-loss.svg", o->out);
	tl_trainer *trainer = tl_trainer_create(
		m->set, &(tl_trainer_options){.loss = loss,
					      .user = m,
					      .optimizer = adam,
					      .train = learn,
					      .validation = test,
					      .steps = o->steps,
					      .seconds = o->seconds,
					      .schedule = &rate,
					      .clip_norm = 1,
					      .evaluate_every = o->steps > 10 ? o->steps / 10 : 1,
					      .checkpoint = checkpoint,
					      .anew = !o->resume,
					      .cells = &m->cell,
					      .cell_count = 1,
					      .texts = &vocabulary,
					      .text_count = 1,
					      .chart = chart,
					      .progress = stdout,
					      .interruptible = true});
	bool fine = learn && test && !tl_trainer_run(trainer);
	*interrupted = tl_trainer_get_state(trainer).interrupted;
	if (!fine)
		fprintf(stderr, "charlm: %s\n",
			error.status ? error.text : tl_trainer_error(trainer));
	tl_trainer_destroy(trainer);
	tl_optimizer_destroy(adam);
	tl_batches_destroy(learn);
	tl_batches_destroy(test);
	return fine;
}

/* Sampling */

/* One letter in, the chances of the next one out; what is carried goes on from it. */
static const float *chances(model *m, tl_tape *tape, int at, int32_t letter, double temperature,
			    tl_state *s)
{
	tl_tape_rewind(tape);
	tl_tensor x = tl_embedding(tl_use(tape, m->E), tl_constant_int(tape, tl_dims(1), &letter));
	tl_tape_set_step(tape, at % STEPS); /* a clocked cell has learned to count no further */
	*s = tl_cell_step(m->cell, x, tl_carry_state(&m->writing, tape));
	tl_carry_assign(&m->writing, *s);
	tl_tensor p = tl_softmax(tl_scale(scores(m, s->h), 1 / temperature), -1);
	const float *value = tl_value(p);
	return tl_tape_commit(tape) ? NULL : value;
}

/* A letter by its chances. */
static int32_t draw(const float *p, const text *t, bool no_blank, tl_random *random)
{
	double chance[256];
	int32_t count = tl_vocabulary_size(t->letters);
	for (int32_t c = 0; c < count; c++)
		chance[c] = no_blank && is_blank(letter_of(t, c)) ? 0 : (double)p[c];
	return (int32_t)tl_random_choice(random, chance, count);
}

/*
 * A temperature below 1 makes what is likely likelier. That is also true of one more blank after
 * many: at 0.6, 0.97 becomes 0.997, and one long run of blanks in the layout of the text would be
 * enough for the rest to be blank. So it is not far below 1, and no run of blanks gets longer than
 * the longest of the text.
 */
static bool sample(model *m, tl_tape *tape, const text *t, int letters)
{
	const double temperature = 0.8;
	int blanks = 0;
	static const char prompt[] = "static ";
	int32_t letter = 0;
	tl_random random = {.seed = 42};
	tl_state s;
	tl_carry_reset(&m->writing, NULL);
	printf("\n--- what it writes ---\n");
	for (int i = 0; i < letters; i++) {
		char next[2] = {i < (int)sizeof prompt - 1 ? prompt[i] : 0, 0};
		int32_t given = *next ? tl_vocabulary_find(t->letters, next) : -1;
		const float *p = i ? chances(m, tape, i - 1, letter, temperature, &s) : NULL;
		if (i && !p)
			return false;
		letter = given >= 0 ? given
			 : p        ? draw(p, t, blanks >= t->longest_blank, &random)
				    : 0;
		blanks = is_blank(letter_of(t, letter)) ? blanks + 1 : 0;
		putchar(letter_of(t, letter));
	}
	printf("\n--- with %lld nodes on the tape at any time ---\n",
	       (long long)tl_tape_node_count(tape));
	return true;
}

/* Pictures */

/* What was observed under this name, or else the k-th state: its size, 0 if there is none. */
static int look_at(tl_tape *tape, int at, const char *gate, int k, tl_state *s, const float **value)
{
	tl_tensor t = gate           ? tl_tape_find(tape, "cell", at % STEPS, gate)
		      : k < s->count ? *tl_state_at(s, k)
				     : TL_NONE;
	*value = t.id ? tl_value(t) : NULL;
	return *value ? (int)tl_tensor_size(t) : 0;
}

/* What the rows of a map are: units, in the order in which the cell's vectors have them. */
static const char *name_map(char name[96], const char *what, const char *of, int rows, int size)
{
	snprintf(name, 96, "%s %s: a row is a unit, the first %d of %d", what, of, rows, size);
	return name;
}

/* How the first units' gates and states follow a piece of the text that was not learned. */
static bool draw_gates(model *m, tl_tape *tape, const text *t, size_t from, const char *path)
{
	static const char *const gates[] = {"i", "f", "o", "z", "r", "u", "t", "k", "theta", "eta"};
	enum { GATES = sizeof gates / sizeof *gates, MAPS = GATES + TL_MAX_STATES };
	static float value[MAPS][SHOWN_UNITS * SHOWN];
	static char name[MAPS][96];
	tl_heat_map map[MAPS];
	char title[96], letters[SHOWN + 1] = "";
	int size[MAPS] = {0}, maps = 0;
	const tl_cell_kind *kind = tl_cell_get_kind(m->cell);
	tl_carry_reset(&m->writing, NULL);
	for (int i = 0; i < SHOWN; i++) {
		tl_state s;
		int32_t letter = t->number[from + (size_t)i];
		if (!chances(m, tape, i, letter, 1, &s))
			return false;
		for (int k = 0; k < MAPS; k++) {
			const float *v;
			bool gate = k < GATES;
			size[k] = look_at(tape, i, gate ? gates[k] : NULL, gate ? 0 : k - GATES, &s,
					  &v);
			for (int u = 0; u < size[k] && u < SHOWN_UNITS; u++)
				value[k][u * SHOWN + i] = v[u];
		}
		letters[i] =
			t->all.bytes[from + (size_t)i] > 0 ? t->all.bytes[from + (size_t)i] : '?';
	}
	for (int k = 0; k < MAPS; k++) {
		bool gate = k < GATES;
		int rows = size[k] < SHOWN_UNITS ? size[k] : SHOWN_UNITS;
		if (rows) /* gates lie between 0 and 1; states, on both sides of 0 */
			map[maps++] = (tl_heat_map){
				.name = name_map(name[k], gate ? "gate" : "state",
						 gate ? gates[k] : kind->state[k - GATES], rows,
						 size[k]),
				.values = value[k],
				.rows = rows,
				.columns = SHOWN,
				.high = gate ? 1 : 0,
				.diverging = !gate,
				.column_letters = letters};
	}
	snprintf(title, sizeof title, "One layer of %s reads a text that it has not seen",
		 kind->name);
	const tl_chart chart = {.title = title, .maps = map, .map_count = maps};
	return !tl_chart_write(path, &chart, 1, NULL, NULL);
}

/* The whole */

static bool run(const options *o, const text *t, bool *interrupted)
{
	char gates[512];
	model m = {0};
	size_t split = t->all.size - t->all.size / 20;
	int32_t classes = tl_vocabulary_size(t->letters);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_training(tape, false);
	bool fine = model_create(&m, o, classes);
	if (fine && !tl_process_rank())
		printf("%s: %zu letters, %d different; %lld parameters; %d threads\n",
		       o->kind->name, t->all.size, classes,
		       (long long)tl_params_element_count(m.set), tl_thread_count());
	snprintf(gates, sizeof gates, "%s/charlm-gates.svg", o->out);
	fine = fine && train(&m, o, t, split, interrupted);
	if (fine && !tl_process_rank()) {
		fine = sample(&m, tape, t, o->sample) && draw_gates(&m, tape, t, split, gates);
		if (fine)
			printf("%s/charlm-loss.svg\n%s\n%s/charlm.safetensors\n", o->out, gates,
			       o->out);
	}
	if (tl_tape_error(tape) || tl_params_error(m.set))
		fprintf(stderr, "charlm: %s\n",
			tl_tape_error(tape) ? tl_tape_error(tape) : tl_params_error(m.set));
	tl_tape_destroy(tape);
	tl_cell_destroy(m.cell);
	tl_params_destroy(m.set);
	return fine;
}

int main(int argc, char **argv)
{
	options o = {.kind = tl_cell_kind_find("lstm"), .seconds = 45, .out = "out", .own = "."};
	bool quick = false, interrupted = false;
	int rest, status;
	const option option[] = {
		{"--cell", "NAME", OPTION_CELL, &o.kind,
		 "kind of cell (lstm); list: all there are"},
		{"--seconds", "S", OPTION_NUMBER, &o.seconds, "train at most so long (45)"},
		{"--steps", "N", OPTION_COUNT, &o.steps, "and so many steps (600)"},
		{"--resume", NULL, OPTION_FLAG, &o.resume, "go on from the checkpoint in --out"},
		{"--quick", NULL, OPTION_FLAG, &quick, "a small model, 30 steps"},
		{"--out", "FOLDER", OPTION_FOLDER, &o.out,
		 "where pictures and checkpoint go (out)"},
		{"--own", "FOLDER", OPTION_TEXT, &o.own, "where the source of this library is (.)"},
	};
	const command c = {
		"charlm",
		"A cell learns the next letter of a text, this library's source if none is "
		"named, and then\nwrites some of its own. Ctrl-C ends the training, and what "
		"was learned so far is\nwritten and drawn; the exit status is then 130.",
		option, sizeof option / sizeof *option, "[file or folder ...]"};
	if (!options_read(&c, argc, argv, &rest, &status))
		return status;
	o.hidden = quick ? 48 : 256;
	o.embedding = quick ? 16 : 64;
	o.steps = o.steps ? o.steps : quick ? 30 : 600;
	o.sample = quick ? 120 : 700;
	text t = {0};
	bool fine = read_text(&t, &o, argv + 1, rest);
	fine = fine && run(&o, &t, &interrupted);
	text_finish(&t);
	return !fine ? EXIT_FAILURE : interrupted ? INTERRUPTED : EXIT_SUCCESS;
}
