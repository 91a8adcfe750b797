/*
 * A character language model: a cell, the LSTM if no other is named, learns the next letter of a
 * text, and then writes some of its own. Without arguments it learns the source of this library.
 *
 *     charlm --help
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tapeloop/tapeloop.h>

#include "options.h"
#include "svg.h"
#include "text.h"

enum { STEPS = 64, BATCH = 32, SHOWN = 96, SHOWN_UNITS = 12, MOST_POINTS = 4096, MOST_TESTED = 5 };

typedef struct options {
	const tl_cell_kind *kind;
	double seconds;
	const char *out, *own;
	int hidden, embedding, rounds, sample;
} options;

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
	m->learning = tl_carry_of(m->cell, "learning", BATCH);
	m->testing = tl_carry_of(m->cell, "testing", BATCH);
	m->writing = tl_carry_of(m->cell, "writing", 1);
	return !tl_params_error(set);
}

static tl_tensor scores(const model *m, tl_tensor h)
{
	return tl_linear(h, tl_use(h.tape, m->V), tl_use(h.tape, m->d));
}

/* STEPS letters of each of BATCH texts, and the letters that come next: the mean loss of a letter.
 */
static tl_tensor record(const model *m, tl_tape *tape, tl_carry *carry, const int32_t *letters,
			const int32_t *next)
{
	tl_tensor ids = tl_input_int(tape, tl_dims(STEPS, BATCH), letters);
	tl_tensor x = tl_embedding(tl_use(tape, m->E), ids);
	tl_tensor target = tl_input_int(tape, tl_dims(STEPS, BATCH), next);
	tl_unroll_options from = {.initial_state = tl_carry_state(carry, tape)};
	tl_unrolled y = tl_unroll(m->cell, x, &from);
	tl_carry_assign(carry, y.final_state);
	return tl_cross_entropy(scores(m, y.h), target, NULL);
}

/* The data: BATCH stretches of a text, read side by side */

typedef struct reader {
	const text *text;
	size_t from, stretch, at;
	int32_t letters[STEPS * BATCH], next[STEPS * BATCH];
} reader;

static void reader_start(reader *r, const text *t, size_t from, size_t to)
{
	*r = (reader){.text = t, .from = from, .stretch = (to - from - 1) / BATCH};
}

/* The next STEPS of each; false when the stretches are at their end, and the first ones come next.
 */
static bool reader_next(reader *r)
{
	bool goes_on = r->at + STEPS <= r->stretch;
	if (!goes_on)
		r->at = 0;
	for (size_t s = 0; s < STEPS; s++)
		for (size_t b = 0; b < BATCH; b++) {
			const char *c = r->text->bytes + r->from + b * r->stretch + r->at + s;
			r->letters[s * BATCH + b] = r->text->class_of[(unsigned char)c[0]];
			r->next[s * BATCH + b] = r->text->class_of[(unsigned char)c[1]];
		}
	r->at += STEPS;
	return goes_on;
}

/* Training */

typedef struct history {
	double round[MOST_POINTS], loss[MOST_POINTS], tested_round[MOST_POINTS],
		tested[MOST_POINTS];
	int points, tests;
} history;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The mean loss over the text that is not learned, from an empty state. */
static double validate(model *m, tl_tape *tape, reader *r)
{
	double loss = 0;
	int count = 0;
	tl_carry_reset(&m->testing, NULL);
	tl_tape_set_training(tape, false);
	for (r->at = 0; r->at + STEPS <= r->stretch && count < MOST_TESTED && !tl_tape_error(tape);
	     count++) {
		reader_next(r);
		tl_tape_rewind(tape);
		tl_tensor y = record(m, tape, &m->testing, r->letters, r->next);
		loss += tl_item(y);
		tl_tape_commit(tape);
	}
	tl_tape_set_training(tape, true);
	return loss / count;
}

/* One line of at most 79 columns, so that a terminal of 80 never breaks it. */
static void show_progress(double done, int round, const history *h, double elapsed)
{
	enum { BAR = 8, COLUMNS = 80 };
	char bar[BAR + 1] = "", tested[32] = "", left[16], line[COLUMNS];
	double seconds = elapsed / done - elapsed;
	for (int i = 0; i < BAR; i++)
		bar[i] = i < done * BAR ? '#' : '.';
	if (h->tests)
		snprintf(tested, sizeof tested, "  validation %.3f", h->tested[h->tests - 1]);
	snprintf(left, sizeof left, seconds < 120 ? "%.0f s" : "%.0f min",
		 seconds < 120 ? seconds : fmin(seconds / 60, 1e6));
	snprintf(line, sizeof line, "[%s] %3.0f%%  training %.3f%s  %.0f letters/s  %s left", bar,
		 100 * done, h->loss[h->points - 1], tested,
		 round * (double)(STEPS * BATCH) / elapsed, left);
	printf("%s%s%s", isatty(1) ? "\r" : "", line, isatty(1) ? "\x1b[K" : "\n");
	fflush(stdout);
}

/* Adam with a rate that rises for a moment and then falls to nothing, until that or Ctrl-C; false
 * after an error. */
static bool train(model *m, const options *o, tl_tape *tape, reader *learn, reader *test,
		  history *h)
{
	const double rate = 4e-3, start = now();
	tl_optimizer *adam =
		tl_adam_create(m->set, &(tl_adam_options){.learning_rate = rate, .beta2 = 0.99});
	double done = 0, smooth = NAN, shown = start;
	bool fine = adam != NULL;
	for (int round = 1; fine; round++) {
		if (!reader_next(learn)) /* from the end to the beginning: another text */
			tl_carry_reset(&m->learning, NULL);
		tl_tape_rewind(tape);
		tl_params_zero_gradients(m->set);
		tl_tensor loss = record(m, tape, &m->learning, learn->letters, learn->next);
		fine = !tl_backward(loss);
		double norm = tl_params_clip_gradient_norm(m->set, 1),
		       value = fine ? tl_item(loss) : NAN;
		done = fmax((double)round / o->rounds, (now() - start) / o->seconds);
		tl_optimizer_set_learning_rate(adam, rate * fmin(1, round / 40.0) * 0.5 *
							     (1 + cos(acos(-1) * fmin(1, done))));
		if (fine && isfinite(norm))
			fine = !tl_optimizer_step(adam);
		smooth = isnan(smooth) ? value : 0.95 * smooth + 0.05 * value;
		if (h->points < MOST_POINTS) {
			h->round[h->points] = round;
			h->loss[h->points++] = smooth;
		}
		bool last = done >= 1 || interrupted();
		if (fine && h->tests < MOST_POINTS && (last || done >= 0.1 * (h->tests + 1))) {
			h->tested_round[h->tests] = round;
			h->tested[h->tests++] = validate(m, tape, test);
		}
		if (last || now() - shown > (isatty(1) ? 0.1 : 5)) {
			shown = now();
			show_progress(fmin(1, done), round, h, shown - start);
		}
		if (last)
			break;
	}
	printf("%s%s", isatty(1) ? "\n" : "", interrupted() ? "interrupted\n" : "");
	tl_optimizer_destroy(adam);
	return fine && !tl_tape_error(tape);
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

/* 64-bit linear congruences (Knuth's MMIX): the same text each time. */
static int draw(const float *p, const text *t, bool no_blank)
{
	static uint64_t seed = 42;
	double sum = 0;
	int next = -1;
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	for (int c = 0; c < t->classes; c++)
		sum += no_blank && is_blank(t->letter[c]) ? 0 : (double)p[c];
	double u = (double)(seed >> 11) * 0x1p-53 * sum;
	for (int c = 0; c < t->classes; c++)
		if (!(no_blank && is_blank(t->letter[c]))) {
			next = c;
			if ((u -= (double)p[c]) < 0)
				break;
		}
	return next;
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
	tl_state s;
	tl_carry_reset(&m->writing, NULL);
	printf("\n--- what it writes ---\n");
	for (int i = 0; i < letters; i++) {
		bool given =
			i < (int)sizeof prompt - 1 && t->class_of[(unsigned char)prompt[i]] >= 0;
		const float *p = i ? chances(m, tape, i - 1, letter, temperature, &s) : NULL;
		if (i && !p)
			return false;
		letter = given ? t->class_of[(unsigned char)prompt[i]]
			 : p   ? draw(p, t, blanks >= t->longest_blank)
			       : 0;
		blanks = is_blank(t->letter[letter]) ? blanks + 1 : 0;
		putchar(t->letter[letter]);
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

/* How the first units' gates and states follow a piece of the text that was not learned. */
static bool draw_gates(model *m, tl_tape *tape, const text *t, size_t from, const char *path)
{
	static const char *const gates[] = {"i", "f", "o", "z", "r", "u", "t", "k", "theta", "eta"};
	enum { GATES = sizeof gates / sizeof *gates, MAPS = GATES + TL_MAX_STATES };
	static float value[MAPS][SHOWN_UNITS * SHOWN];
	svg_map map[MAPS];
	int rows[MAPS] = {0}, maps = 0;
	const tl_cell_kind *kind = tl_cell_get_kind(m->cell);
	tl_carry_reset(&m->writing, NULL);
	for (int i = 0; i < SHOWN; i++) {
		tl_state s;
		int32_t letter = t->class_of[(unsigned char)t->bytes[from + (size_t)i]];
		if (!chances(m, tape, i, letter, 1, &s))
			return false;
		for (int k = 0; k < MAPS; k++) {
			const float *v;
			bool gate = k < GATES;
			int size = look_at(tape, i, gate ? gates[k] : NULL, gate ? 0 : k - GATES,
					   &s, &v);
			rows[k] = size < SHOWN_UNITS ? size : SHOWN_UNITS;
			for (int u = 0; u < rows[k]; u++)
				value[k][u * SHOWN + i] = v[u];
		}
	}
	for (int k = 0; k < MAPS; k++)
		if (rows[k])
			map[maps++] = (svg_map){k < GATES ? gates[k] : kind->state[k - GATES],
						value[k],
						rows[k],
						k < GATES ? 0 : -1,
						1,
						false,
						NULL};
	return svg_maps(path, "The first units, reading text they have not seen", t->bytes + from,
			SHOWN, map, maps);
}

static bool draw_loss(const history *h, const char *path)
{
	const svg_curve curves[] = {
		{"training", "#3b6ea8", h->round, h->loss, h->points, false},
		{"validation", "#c06a2c", h->tested_round, h->tested, h->tests, true},
	};
	return svg_chart(path, "Loss of a letter", "round", "nats", curves, 2);
}

/* The whole */

static bool run(const options *o, const text *t)
{
	static history h;
	static reader learn, test;
	char path[2][512];
	model m = {0};
	size_t split = t->size - t->size / 20;
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_training(tape, true);
	bool fine = model_create(&m, o, t->classes);
	int64_t numbers = 0;
	for (int i = 0; i < tl_params_count(m.set); i++) {
		tl_shape s = tl_param_shape(tl_params_at(m.set, i));
		int64_t size = tl_param_is_trainable(tl_params_at(m.set, i));
		for (int d = 0; d < s.rank; d++)
			size *= s.dim[d];
		numbers += size;
	}
	printf("%s: %zu letters, %d different; %lld parameters; %d threads\n", o->kind->name,
	       t->size, t->classes, (long long)numbers, tl_thread_count());
	reader_start(&learn, t, 0, split);
	reader_start(&test, t, split, t->size);
	fine = fine && train(&m, o, tape, &learn, &test, &h);
	tl_tape_set_training(tape, false);
	fine = fine && sample(&m, tape, t, o->sample);
	snprintf(path[0], sizeof path[0], "%s/charlm-loss.svg", o->out);
	snprintf(path[1], sizeof path[1], "%s/charlm-gates.svg", o->out);
	bool drawn = fine && draw_loss(&h, path[0]) && draw_gates(&m, tape, t, split, path[1]);
	if (drawn)
		printf("%s\n%s\n", path[0], path[1]);
	else if (tl_tape_error(tape) || tl_params_error(m.set))
		fprintf(stderr, "%s\n",
			tl_tape_error(tape) ? tl_tape_error(tape) : tl_params_error(m.set));
	else
		perror(o->out);
	tl_tape_destroy(tape);
	tl_cell_destroy(m.cell);
	tl_params_destroy(m.set);
	return drawn;
}

/* The files that are named, or else the source of this library. */
static bool read_text(text *t, const options *o, char **names, int count)
{
	static const char *const own[] = {"src", "include", "docs", "examples"};
	char path[4096];
	bool fine = true;
	for (int i = 0; i < count && fine; i++)
		fine = text_add(t, names[i]);
	for (size_t i = 0; i < sizeof own / sizeof *own && fine && !count; i++) {
		snprintf(path, sizeof path, "%s/%s", o->own, own[i]);
		fine = text_add(t, path);
	}
	text_number(t);
	if (fine && t->size < 20 * (STEPS + 1) * BATCH) {
		fprintf(stderr, "charlm: %zu letters are too few to learn from\n", t->size);
		fine = false;
	}
	return fine;
}

int main(int argc, char **argv)
{
	options o = {.kind = tl_cell_kind_find("lstm"), .seconds = 45, .out = "out", .own = "."};
	bool quick = false;
	int rest, status;
	const option option[] = {
		{"--cell", "NAME", OPTION_CELL, &o.kind,
		 "kind of cell (lstm); list: all there are"},
		{"--seconds", "S", OPTION_NUMBER, &o.seconds, "train at most so long (45)"},
		{"--rounds", "N", OPTION_COUNT, &o.rounds, "and so many rounds (600)"},
		{"--quick", NULL, OPTION_FLAG, &quick, "a small model, 30 rounds"},
		{"--out", "FOLDER", OPTION_FOLDER, &o.out, "where the pictures go (out)"},
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
	o.rounds = o.rounds ? o.rounds : quick ? 30 : 600;
	o.sample = quick ? 120 : 700;
	text t = {0};
	bool fine = read_text(&t, &o, argv + 1, rest);
	catch_interrupt();
	fine = fine && run(&o, &t);
	text_finish(&t);
	return !fine ? EXIT_FAILURE : interrupted() ? INTERRUPTED : EXIT_SUCCESS;
}
