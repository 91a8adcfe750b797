/*
 * A character language model: an LSTM, written below as its equations, learns the next letter of a
 * text, and then writes some of its own. Without arguments it learns the source of this library.
 *
 *     charlm [--quick] [--seconds S] [--out FOLDER] [--own FOLDER] [file or folder ...]
 *
 * --own says where that source is, if not here.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <tapeloop/tapeloop.h>

#include "svg.h"
#include "text.h"

enum { STEPS = 64, BATCH = 32, SHOWN = 96, SHOWN_UNITS = 12, MOST_POINTS = 4096, MOST_TESTED = 5 };

typedef struct options {
	bool quick;
	double seconds;
	const char *out, *own;
	int hidden, embedding, rounds, sample;
} options;

/* The model */

typedef struct gate {
	tl_param *W, *U, *b;
} gate;

/* What one step of the LSTM leaves for the next. */
typedef struct state {
	tl_tensor h, c;
} state;

typedef struct model {
	tl_params *set;
	tl_param *E, *V, *d; /* letters to vectors; vectors to scores of letters */
	gate input, forget, cell, output;
	tl_param *h, *c;   /* where training left off: the state is carried from round to round */
	tl_param *h1, *c1; /* the same for one text, when sampling */
} model;

static gate gate_create(tl_params *set, const char *name, int in, int hidden, double offset)
{
	char text[3][16];
	for (int i = 0; i < 3; i++)
		snprintf(text[i], sizeof text[i], "%s.%c", name, "WUb"[i]);
	return (gate){tl_params_add(set, text[0], tl_dims(hidden, in), tl_glorot()),
		      tl_params_add(set, text[1], tl_dims(hidden, hidden), tl_orthogonal(1)),
		      tl_params_add(set, text[2], tl_dims(hidden), tl_init_constant(offset))};
}

static void model_create(model *m, const options *o, int classes)
{
	int in = o->embedding, hidden = o->hidden;
	tl_params *set = m->set = tl_params_create(TL_F32);
	m->E = tl_params_add(set, "E", tl_dims(classes, in), tl_init_normal(0, 0.5));
	m->input = gate_create(set, "input", in, hidden, 0);
	m->forget = gate_create(set, "forget", in, hidden, 1); /* remember, to begin with */
	m->cell = gate_create(set, "cell", in, hidden, 0);
	m->output = gate_create(set, "output", in, hidden, 0);
	m->V = tl_params_add(set, "V", tl_dims(classes, hidden), tl_glorot());
	m->d = tl_params_add(set, "d", tl_dims(classes), tl_init_zeros());
	m->h = tl_params_add_buffer(set, "h", tl_dims(BATCH, hidden), tl_init_zeros());
	m->c = tl_params_add_buffer(set, "c", tl_dims(BATCH, hidden), tl_init_zeros());
	m->h1 = tl_params_add_buffer(set, "h1", tl_dims(1, hidden), tl_init_zeros());
	m->c1 = tl_params_add_buffer(set, "c1", tl_dims(1, hidden), tl_init_zeros());
}

/* W x + U h + b */
static tl_tensor sum(const gate *g, tl_tensor x, tl_tensor h)
{
	tl_tape *t = x.tape;
	return tl_add(tl_linear(x, tl_use(t, g->W)),
		      tl_affine(h, tl_use(t, g->U), tl_use(t, g->b)));
}

/* Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000. gates may be NULL. */
static state lstm_step(const model *m, tl_tensor x, state s, tl_tensor gates[4])
{
	tl_tensor i = tl_sigmoid(sum(&m->input, x, s.h));
	tl_tensor f = tl_sigmoid(sum(&m->forget, x, s.h));
	tl_tensor g = tl_tanh(sum(&m->cell, x, s.h));
	tl_tensor o = tl_sigmoid(sum(&m->output, x, s.h));
	tl_tensor c = tl_add(tl_mul(f, s.c), tl_mul(i, g));
	if (gates)
		gates[0] = i, gates[1] = f, gates[2] = g, gates[3] = o;
	return (state){tl_mul(o, tl_tanh(c)), c};
}

/* STEPS letters of each of BATCH texts, and the letters that come next: the mean loss of a letter.
 */
static tl_tensor record(const model *m, tl_tape *tape, const int32_t *letters, const int32_t *next)
{
	tl_tensor ids = tl_input_int(tape, tl_dims(STEPS, BATCH), letters), h[STEPS];
	tl_tensor x = tl_gather(tl_use(tape, m->E), ids);
	state s = {tl_use(tape, m->h), tl_use(tape, m->c)};
	tl_scope_enter(tape, "lstm");
	for (int t = 0; t < STEPS; t++) {
		tl_step(tape, t);
		s = lstm_step(m, tl_at(x, t), s, NULL);
		h[t] = s.h;
	}
	tl_step(tape, -1);
	tl_scope_leave(tape);
	tl_assign(m->h, s.h);
	tl_assign(m->c, s.c);
	tl_tensor scores =
		tl_affine(tl_concat(h, STEPS, 0), tl_use(tape, m->V), tl_use(tape, m->d));
	tl_tensor target = tl_input_int(tape, tl_dims(STEPS * BATCH), next);
	return tl_cross_entropy(scores, target, NULL);
}

static void forget(tl_param *buffer)
{
	tl_shape s = tl_param_shape(buffer);
	memset(tl_param_value(buffer), 0, (size_t)(s.dim[0] * s.dim[1]) * sizeof(float));
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

/* The mean loss over the text that is not learned, from an empty state, which training gets back.
 */
static double validate(const model *m, tl_tape *tape, reader *r, float *kept)
{
	size_t bytes =
		(size_t)(tl_param_shape(m->h).dim[0] * tl_param_shape(m->h).dim[1]) * sizeof *kept;
	float *h = tl_param_value(m->h), *c = tl_param_value(m->c);
	double loss = 0;
	int count = 0;
	memcpy(kept, h, bytes);
	memcpy((char *)kept + bytes, c, bytes);
	forget(m->h);
	forget(m->c);
	for (r->at = 0; r->at + STEPS <= r->stretch && count < MOST_TESTED && !tl_error(tape);
	     count++) {
		reader_next(r);
		tl_tape_rewind(tape);
		tl_tensor y = record(m, tape, r->letters, r->next);
		loss += tl_item(y);
		tl_commit(tape);
	}
	memcpy(h, kept, bytes);
	memcpy(c, (char *)kept + bytes, bytes);
	return loss / count;
}

static void show_progress(double done, int round, const history *h, double norm, double elapsed)
{
	enum { BAR = 24 };
	char bar[BAR + 1] = "";
	for (int i = 0; i < BAR; i++)
		bar[i] = i < done * BAR ? '#' : '.';
	printf("%s[%s] %3.0f%%  loss %.3f  gradient %.2f  validation %.3f  %.0f letters/s  %.0f s "
	       "left%s",
	       isatty(1) ? "\r" : "", bar, 100 * done, h->loss[h->points - 1], norm,
	       h->tests ? h->tested[h->tests - 1] : NAN, round * (double)(STEPS * BATCH) / elapsed,
	       elapsed / done - elapsed, isatty(1) ? "\x1b[K" : "\n");
	fflush(stdout);
}

/* Adam with a rate that rises for a moment and then falls to nothing; false after an error. */
static bool train(const model *m, const options *o, tl_tape *tape, reader *learn, reader *test,
		  history *h)
{
	const double rate = 4e-3, start = now();
	tl_optimizer *adam = tl_adam(m->set, (tl_adam_options){.rate = rate, .beta2 = 0.99});
	float *kept = calloc((size_t)(2 * BATCH * o->hidden), sizeof *kept);
	double done = 0, smooth = NAN, shown = start;
	bool fine = adam && kept;
	for (int round = 1; fine && done < 1; round++) {
		if (!reader_next(learn)) { /* from the end to the beginning: another text */
			forget(m->h);
			forget(m->c);
		}
		tl_tape_rewind(tape);
		tl_params_zero_gradients(m->set);
		tl_tensor loss = record(m, tape, learn->letters, learn->next);
		fine = !tl_backward(loss);
		double norm = tl_clip_by_norm(m->set, 1), value = fine ? tl_item(loss) : NAN;
		done = fmax((double)round / o->rounds, (now() - start) / o->seconds);
		tl_optimizer_set_rate(adam, rate * fmin(1, round / 40.0) * 0.5 *
						    (1 + cos(acos(-1) * fmin(1, done))));
		if (fine && isfinite(norm))
			fine = !tl_optimizer_step(adam);
		smooth = isnan(smooth) ? value : 0.95 * smooth + 0.05 * value;
		if (h->points < MOST_POINTS) {
			h->round[h->points] = round;
			h->loss[h->points++] = smooth;
		}
		if (fine && (done >= 1 || done >= 0.1 * (h->tests + 1))) {
			h->tested_round[h->tests] = round;
			h->tested[h->tests++] = validate(m, tape, test, kept);
		}
		if (done >= 1 || now() - shown > (isatty(1) ? 0.1 : 5)) {
			shown = now();
			show_progress(fmin(1, done), round, h, norm, shown - start);
		}
	}
	printf("\n");
	tl_optimizer_destroy(adam);
	free(kept);
	return fine && !tl_error(tape);
}

/* Sampling */

/* One letter in, the chances of the next one out; the state is in the buffers of the model. */
static const float *chances(const model *m, tl_tape *tape, int32_t letter, double temperature,
			    state *s, tl_tensor gates[4])
{
	tl_tape_rewind(tape);
	tl_tensor x = tl_gather(tl_use(tape, m->E), tl_constant_int(tape, tl_dims(1), &letter));
	*s = lstm_step(m, x, (state){tl_use(tape, m->h1), tl_use(tape, m->c1)}, gates);
	tl_assign(m->h1, s->h);
	tl_assign(m->c1, s->c);
	tl_tensor scores = tl_affine(s->h, tl_use(tape, m->V), tl_use(tape, m->d));
	tl_tensor p = tl_softmax(tl_scale(scores, 1 / temperature), -1);
	const float *value = tl_value(p);
	return tl_commit(tape) ? NULL : value;
}

/* 64-bit linear congruences (Knuth's MMIX): the same text each time. */
static int draw(const float *p, int classes)
{
	static uint64_t seed = 42;
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	double u = (double)(seed >> 11) * 0x1p-53;
	int next = 0;
	while (next + 1 < classes && (u -= (double)p[next]) >= 0)
		next++;
	return next;
}

static bool sample(const model *m, tl_tape *tape, const text *t, int letters)
{
	static const char prompt[] = "static ";
	int32_t letter = 0;
	state s;
	forget(m->h1);
	forget(m->c1);
	printf("\n--- what it writes ---\n");
	for (int i = 0; i < letters; i++) {
		bool given =
			i < (int)sizeof prompt - 1 && t->class_of[(unsigned char)prompt[i]] >= 0;
		const float *p = i ? chances(m, tape, letter, 0.6, &s, NULL) : NULL;
		if (i && !p)
			return false;
		letter = given ? t->class_of[(unsigned char)prompt[i]]
			 : p   ? draw(p, t->classes)
			       : 0;
		putchar(t->letter[letter]);
	}
	printf("\n--- with %lld nodes on the tape at any time ---\n",
	       (long long)tl_tape_nodes(tape));
	return true;
}

/* Pictures */

/* How the first units' gates and state follow a piece of the text that was not learned. */
static bool draw_gates(const model *m, tl_tape *tape, const text *t, size_t from, const char *path)
{
	enum { MAPS = 5 };
	static float value[MAPS][SHOWN_UNITS * SHOWN];
	static const char *const names[MAPS] = {"input gate", "forget gate", "cell input",
						"output gate", "state h"};
	svg_map map[MAPS];
	forget(m->h1);
	forget(m->c1);
	for (int i = 0; i < SHOWN; i++) {
		state s;
		tl_tensor shown[MAPS];
		int32_t letter = t->class_of[(unsigned char)t->bytes[from + (size_t)i]];
		if (!chances(m, tape, letter, 1, &s, shown))
			return false;
		shown[4] = s.h;
		for (int k = 0; k < MAPS; k++) {
			const float *v = tl_value(shown[k]);
			for (int u = 0; v && u < SHOWN_UNITS; u++)
				value[k][u * SHOWN + i] = v[u];
		}
	}
	for (int k = 0; k < MAPS; k++)
		map[k] = (svg_map){names[k], value[k], SHOWN_UNITS, k == 2 || k == 4 ? -1 : 0, 1};
	return svg_maps(path, "Twelve units reading text they have not seen: blue is low, red high",
			t->bytes + from, SHOWN, map, MAPS);
}

static bool draw_loss(const history *h, const char *path)
{
	const svg_curve curves[] = {
		{"learned", "#3b6ea8", h->round, h->loss, h->points, false},
		{"not learned", "#c06a2c", h->tested_round, h->tested, h->tests, true},
	};
	return svg_chart(path, "Loss of a letter", "round", "nats", curves, 2);
}

/* The whole */

static bool run(const options *o, const text *t)
{
	static history h;
	static reader learn, test;
	char path[2][512];
	model m;
	size_t split = t->size - t->size / 20;
	tl_tape *tape = tl_tape_create(TL_F32);
	model_create(&m, o, t->classes);
	int64_t numbers = 0;
	for (int i = 0; i < tl_params_count(m.set); i++) {
		tl_shape s = tl_param_shape(tl_params_at(m.set, i));
		if (tl_param_is_learned(tl_params_at(m.set, i)))
			numbers += s.dim[0] * (s.rank > 1 ? s.dim[1] : 1);
	}
	printf("%zu letters, %d different; %lld parameters; %d threads\n", t->size, t->classes,
	       (long long)numbers, tl_threads());
	reader_start(&learn, t, 0, split);
	reader_start(&test, t, split, t->size);
	bool fine = train(&m, o, tape, &learn, &test, &h) && sample(&m, tape, t, o->sample);
	mkdir(o->out, 0777);
	snprintf(path[0], sizeof path[0], "%s/charlm-loss.svg", o->out);
	snprintf(path[1], sizeof path[1], "%s/charlm-gates.svg", o->out);
	if (fine && draw_loss(&h, path[0]) && draw_gates(&m, tape, t, split, path[1]))
		printf("%s\n%s\n", path[0], path[1]);
	else
		fine = false;
	if (tl_error(tape) || tl_params_error(m.set))
		fprintf(stderr, "%s\n", tl_error(tape) ? tl_error(tape) : tl_params_error(m.set));
	tl_tape_destroy(tape);
	tl_params_destroy(m.set);
	return fine;
}

int main(int argc, char **argv)
{
	static const char *const own[] = {"src", "include", "docs", "examples"};
	options o = {.seconds = 45,
		     .out = "out",
		     .own = ".",
		     .hidden = 256,
		     .embedding = 64,
		     .rounds = 600,
		     .sample = 700};
	text t = {0};
	bool fine = true, any = false;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--quick"))
			o.hidden = 48, o.embedding = 16, o.rounds = 30, o.sample = 120;
		else if (!strcmp(argv[i], "--seconds") && i + 1 < argc)
			o.seconds = atof(argv[++i]);
		else if (!strcmp(argv[i], "--out") && i + 1 < argc)
			o.out = argv[++i];
		else if (!strcmp(argv[i], "--own") && i + 1 < argc)
			o.own = argv[++i];
		else
			fine &= text_add(&t, argv[i]), any = true;
	}
	for (size_t i = 0; i < sizeof own / sizeof *own && !any; i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%s", o.own, own[i]);
		fine &= text_add(&t, path);
	}
	text_number(&t);
	if (fine && t.size < 20 * (STEPS + 1) * BATCH)
		fprintf(stderr, "charlm: %zu letters are too few to learn from\n", t.size),
			fine = false;
	fine = fine && o.seconds > 0 && run(&o, &t);
	text_finish(&t);
	return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
