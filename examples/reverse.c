/*
 * Attention learns to say a string of up to 12 letters backwards: a GRU reads it in both
 * directions, another one writes, and before each letter looks at all that was read. Where it looks
 * is printed at the end, and drawn: nobody told it, but the bright cells run against the diagonal.
 *
 *     reverse --help
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tapeloop/train.h>

#include "options.h"

enum { LONGEST = 12, ROWS = 32, HIDDEN = 32, EMBEDDING = 16, ROUNDS = 3000 };
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

/* Some strings, and the same backwards with an end; letters[step * ROWS + row]. */
typedef struct strings {
	int32_t read[LONGEST * ROWS], want[(LONGEST + 1) * ROWS], length[ROWS];
} strings;

/* The writer's first state is where the backward reader ended: at the first letter. */
static tl_state read_all(model *m, tl_tape *tape, const strings *s)
{
	tl_tensor ids = tl_input_int(tape, tl_dims(LONGEST, ROWS), s->read);
	tl_tensor x = tl_embedding(tl_use(tape, m->E), ids);
	tl_tensor lengths = tl_input_int(tape, tl_dims(ROWS), s->length);
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

/* The strings: 64-bit linear congruences (Knuth's MMIX), so that they are the same each time. */

static int draw(uint64_t *random, int count)
{
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return (int)((*random >> 33) * (uint64_t)count >> 31);
}

static void draw_strings(strings *s, uint64_t *random)
{
	memset(s, 0, sizeof *s);
	for (int r = 0; r < ROWS; r++) {
		int n = s->length[r] = 1 + draw(random, LONGEST);
		for (int t = 0; t < n; t++)
			s->read[t * ROWS + r] = s->want[(n - 1 - t) * ROWS + r] =
				1 + draw(random, LETTERS);
	}
}

/* Learning */

/* The share of unseen strings that are said backwards without a fault. */
static double accuracy(model *m, tl_tape *tape, int batches)
{
	static strings s;
	static int32_t said[ROWS * (LONGEST + 1)];
	int32_t count[ROWS];
	tl_decoder d = decoder_of(m);
	uint64_t random = 1234567;
	int right = 0;
	for (int batch = 0; batch < batches && !tl_tape_error(tape); batch++) {
		draw_strings(&s, &random);
		tl_tape_rewind(tape);
		tl_decoder_generate(&d, read_all(m, tape, &s), LONGEST + 1, NULL, said, count);
		for (int r = 0; r < ROWS; r++) {
			bool same = count[r] == s.length[r];
			for (int t = 0; same && t < count[r]; t++)
				same = said[r * (LONGEST + 1) + t] == s.want[t * ROWS + r];
			right += same;
		}
	}
	return (double)right / (batches * ROWS);
}

static bool learn(model *m, tl_tape *tape, int rounds)
{
	static strings s;
	tl_decoder d = decoder_of(m);
	tl_optimizer *adam = tl_adam_create(m->set, &(tl_adam_options){.learning_rate = 4e-3});
	uint64_t random = 3;
	double mean = log(CLASSES);
	for (int round = 1;
	     round <= rounds && mean > 2e-3 && !tl_tape_error(tape) && !interrupted(); round++) {
		draw_strings(&s, &random);
		tl_tape_rewind(tape);
		tl_params_zero_gradients(m->set);
		tl_state start = read_all(m, tape, &s);
		tl_tensor want = tl_input_int(tape, tl_dims(LONGEST + 1, ROWS), s.want);
		tl_tensor scores = tl_decoder_teacher_force(&d, want, start, NULL, NULL);
		tl_tensor loss = tl_cross_entropy(scores, want, NULL);
		if (!tl_backward(loss) && isfinite(tl_params_clip_gradient_norm(m->set, 1)))
			tl_optimizer_step(adam);
		mean = 0.95 * mean + 0.05 * tl_item(loss);
		if (round % 100 == 0 || round == rounds || mean <= 2e-3 || interrupted()) {
			printf("after %4d rounds  loss %.3f  %5.1f %% right\n", round, mean,
			       100 * accuracy(m, tape, 4));
			fflush(stdout);
		}
	}
	tl_optimizer_destroy(adam);
	return !tl_tape_error(tape);
}

/* Pictures */

/* Cells of a terminal, from nothing to all. */
static void print_alignment(const float *share, const char *wrote, const char *text)
{
	static const char *const shade[] = {"  ", "\u2591\u2591", "\u2592\u2592", "\u2593\u2593",
					    "\u2588\u2588"};
	printf("\nwhat it reads is above, what it writes is at the left:\n\n    ");
	for (int j = 0; j < LONGEST; j++)
		printf("%c ", text[j]);
	for (int i = 0; wrote[i]; i++) {
		printf("\n  %c ", wrote[i]);
		for (int j = 0; j < LONGEST; j++)
			printf("%s", shade[(int)lround(fmin(1, share[i * LONGEST + j]) * 4)]);
	}
	printf("\n\n");
}

/* A string of full length, and where the writer looks at each of its steps. */
static bool show_alignment(model *m, tl_tape *tape, const char *path)
{
	static strings s;
	static float share[(LONGEST + 1) * LONGEST];
	char text[LONGEST + 1] = "", wrote[LONGEST + 2] = "";
	int32_t first[ROWS];
	uint64_t random = 99;
	for (int r = 0; r < ROWS; r++)
		first[r] = START;
	do
		draw_strings(&s, &random);
	while (s.length[0] < LONGEST);
	tl_tape_rewind(tape);
	tl_state state = read_all(m, tape, &s);
	tl_tensor last = tl_constant_int(tape, tl_dims(ROWS), first);
	for (int i = 0; i <= LONGEST; i++) {
		last = tl_argmax(say(tape, m, last, &state), 1);
		const int32_t *said = tl_value_int(last);
		const float *look = tl_value(m->memory.weights); /* [LONGEST, ROWS] */
		if (!said || !look)
			return false;
		for (int j = 0; j < LONGEST; j++)
			share[i * LONGEST + j] = look[j * ROWS];
		wrote[i] = said[0] == END || said[0] == START ? '.' : (char)('a' + said[0] - 1);
		if (i < LONGEST)
			text[i] = (char)('a' + s.read[i * ROWS] - 1);
	}
	print_alignment(share, wrote, text);
	text[LONGEST] = 0;
	tl_heat_map map = {.values = share,
			   .rows = LONGEST + 1,
			   .high = 1,
			   .from_white = true,
			   .row_letters = wrote};
	return !tl_heat_maps_write(path, "Share of attention", text, LONGEST, &map, 1, NULL);
}

int main(int argc, char **argv)
{
	static model m;
	const char *out = "out";
	char path[512];
	bool quick = false;
	int rounds = 0, rest, status;
	const option option[] = {
		{"--rounds", "N", OPTION_COUNT, &rounds, "at most so many (3000)"},
		{"--quick", NULL, OPTION_FLAG, &quick, "30 rounds"},
		{"--out", "FOLDER", OPTION_FOLDER, &out, "where the picture goes (out)"},
	};
	const command c = {
		"reverse",
		"Attention learns to say strings backwards. Ctrl-C ends the learning and "
		"shows where it\nlooks so far; the exit status is then 130.",
		option, sizeof option / sizeof *option, NULL};
	if (!options_read(&c, argc, argv, &rest, &status))
		return status;
	rounds = rounds ? rounds : quick ? 30 : ROUNDS;
	catch_interrupt();
	snprintf(path, sizeof path, "%s/reverse.svg", out);
	tl_tape *tape = tl_tape_create(TL_F32);
	bool fine = model_create(&m) && learn(&m, tape, rounds) && show_alignment(&m, tape, path);
	if (fine)
		printf("%s\n", path);
	else if (tl_tape_error(tape) || tl_params_error(m.set))
		fprintf(stderr, "%s\n",
			tl_tape_error(tape) ? tl_tape_error(tape) : tl_params_error(m.set));
	else
		perror(path);
	tl_tape_destroy(tape);
	model_destroy(&m);
	return !fine ? EXIT_FAILURE : interrupted() ? INTERRUPTED : EXIT_SUCCESS;
}
