/*
 * Lesson 7: attention. A net reads eight digits and is to say them backwards: once through a single
 * vector c, once with a vector c_i of its own for each digit that it says. Then where it looks.
 */
#include <tapeloop/train.h> /* charts, random numbers */
#include "lesson.h"

enum { DIGITS = 10, START = DIGITS, CLASSES, LENGTH = 8, BATCH = 32, HIDDEN = 24, ROUNDS = 1200 };

typedef struct net {
	bool attends;
	tl_params *set;
	tl_cell *encoder, *decoder;
	tl_attention *look; /* its weights are W, U and v */
	tl_param *V, *b;
} net;

static void make(net *n)
{
	tl_params *set = n->set = tl_params_create(TL_F64);
	tl_params_set_seed(set, 3);
	n->encoder = tl_cell_create(set, "gru", "encoder",
				    (tl_cell_options){.in = CLASSES, .hidden = HIDDEN});
	n->decoder = tl_cell_create(set, "gru", "decoder",
				    (tl_cell_options){.in = CLASSES + HIDDEN, .hidden = HIDDEN});
	n->look = tl_attention_create(
		set, "look", (tl_attention_options){.query_size = HIDDEN, .key_size = HIDDEN});
	n->V = tl_params_add(set, "V", tl_dims(CLASSES, HIDDEN), tl_init_glorot_uniform());
	n->b = tl_params_add(set, "b", tl_dims(CLASSES), tl_init_zeros());
}

static void destroy(net *n)
{
	tl_cell_destroy(n->encoder), tl_cell_destroy(n->decoder);
	tl_attention_destroy(n->look);
	tl_params_destroy(n->set);
}

static tl_tensor weight(const net *n, tl_tape *tape, const char *name)
{
	return tl_use(tape, tl_params_find(n->set, name));
}

/* c_i for the decoder's state s_(i-1); of h, [LENGTH, rows, HIDDEN], the first axis is j. */
static tl_tensor context(const net *n, tl_tensor s, tl_tensor h)
{
	tl_tensor Ws = tl_linear(s, weight(n, h.tape, "look.W"), TL_NONE);
	tl_tensor Uh = tl_linear(h, weight(n, h.tape, "look.U"), TL_NONE);
	tl_tensor e = tl_linear(tl_tanh(tl_add(Ws, Uh)), weight(n, h.tape, "look.v"), TL_NONE);
	tl_tensor a = tl_softmax(e, 0); /* a_ij, which add up to 1 over j */
	tl_tag(tl_reshape(a, tl_dims(LENGTH, -1)), "attention");
	return tl_sum(tl_mul(a, h), tl_axes(0)); /* c_i */
}

/* Reads digits, [LENGTH, rows], and says LENGTH others. Each is told the one before it: as it
 * should have been, `right`, or, where that is NULL, as the net has said it. */
static void run(const net *n, tl_tape *tape, const int32_t *digits, const int32_t *right, int rows,
		tl_tensor scores[LENGTH])
{
	static int32_t start[BATCH];
	for (int k = 0; k < rows; k++)
		start[k] = START;
	tl_tensor read = tl_input_int(tape, tl_dims(LENGTH, rows), digits);
	tl_tensor h = tl_unroll(n->encoder, tl_one_hot(read, CLASSES), NULL).h;
	tl_tensor before = tl_input_int(tape, tl_dims(rows), start), c = tl_at(h, LENGTH - 1);
	tl_state s = tl_cell_initial_state(n->decoder, tape, rows);
	for (int i = 0; i < LENGTH; i++) {
		tl_tape_set_step(tape, i);
		if (n->attends)
			c = context(n, s.h, h);
		tl_tensor in[] = {tl_one_hot(before, CLASSES), c};
		s = tl_cell_step(n->decoder, tl_concat(in, 2, 1), s);
		scores[i] = tl_linear(s.h, tl_use(tape, n->V), tl_use(tape, n->b));
		before = right ? tl_input_int(tape, tl_dims(rows), right + i * rows)
			       : tl_argmax(scores[i], 1);
	}
	tl_tape_set_step(tape, -1);
}

static void draw(tl_random *r, int rows, int32_t *digits, int32_t *backwards)
{
	for (int k = 0; k < LENGTH * rows; k++) {
		int j = k / rows, row = k % rows;
		digits[k] = backwards[(LENGTH - 1 - j) * rows + row] =
			(int32_t)tl_random_below(r, DIGITS);
	}
}

static tl_tensor loss(const net *n, tl_tape *tape, const int32_t *digits, const int32_t *right,
		      int rows)
{
	tl_tensor scores[LENGTH];
	run(n, tape, digits, right, rows, scores);
	return tl_cross_entropy(tl_stack(scores, LENGTH, 0),
				tl_input_int(tape, tl_dims(LENGTH, rows), right), NULL);
}

static void learn(const net *n, tl_tape *tape)
{
	static int32_t digits[LENGTH * BATCH], right[LENGTH * BATCH];
	tl_random random = {.seed = 1};
	tl_optimizer *adam = tl_adam_create(n->set, &(tl_adam_options){.learning_rate = 0.003});
	for (int round = 0; round < ROUNDS; round++) {
		draw(&random, BATCH, digits, right);
		tl_tape_rewind(tape);
		tl_params_zero_gradients(n->set);
		if (tl_backward(loss(n, tape, digits, right, BATCH)))
			return;
		tl_params_clip_gradient_norm(n->set, 1);
		tl_optimizer_step(adam);
	}
	tl_optimizer_destroy(adam);
}

/* How many of the digits it says are right, of those that it has not seen. */
static double test(const net *n, tl_tape *tape)
{
	static int32_t digits[LENGTH * BATCH], right[LENGTH * BATCH];
	tl_random random = {.seed = 12345};
	tl_tensor scores[LENGTH];
	int good = 0, all = 0;
	for (int batch = 0; batch < 10; batch++) {
		draw(&random, BATCH, digits, right);
		tl_tape_rewind(tape);
		run(n, tape, digits, NULL, BATCH, scores);
		for (int i = 0; i < LENGTH; i++) {
			const int32_t *said = tl_value_int(tl_argmax(scores[i], 1));
			for (int row = 0; said && row < BATCH; row++, all++)
				good += said[row] == right[i * BATCH + row];
		}
	}
	return all ? (double)good / all : 0;
}

/* a_ij while it says one sequence: a row is a step i, a column a digit j that was read. */
static tl_tensor show(const net *n, tl_tape *tape)
{
	static int32_t digits[LENGTH] = {3, 1, 4, 1, 5, 9, 2, 6},
		       right[LENGTH] = {6, 2, 9, 5, 1, 4, 1, 3};
	float look[LENGTH * LENGTH];
	char read[LENGTH + 1] = "", said[LENGTH + 1] = "";
	tl_tensor scores[LENGTH];
	tl_tape_rewind(tape);
	run(n, tape, digits, NULL, 1, scores);
	for (int i = 0; i < LENGTH; i++) {
		const double *a = tl_value_double(tl_tape_find(tape, "", i, "attention"));
		for (int j = 0; a && j < LENGTH; j++)
			look[i * LENGTH + j] = (float)a[j];
		read[i] = (char)('0' + digits[i]);
		said[i] = (char)('0' + tl_item(tl_argmax(scores[i], 1)));
	}
	const tl_heat_map map = {.values = look,
				 .rows = LENGTH,
				 .columns = LENGTH,
				 .high = 1,
				 .row_letters = said,
				 .column_letters = read};
	const tl_chart chart = {.title = "read from left to right, said from top to bottom",
				.maps = &map,
				.map_count = 1};
	tl_chart_print(stdout, &chart, 1, NULL, NULL);
	tl_tape_rewind(tape);
	return loss(n, tape, digits, right, 1);
}

int main(int argc, char **argv)
{
	net nets[] = {{.attends = false}, {.attends = true}};
	tl_tape *tape = tl_tape_create(TL_F64);
	for (int k = 0; k < 2; k++) {
		make(&nets[k]);
		learn(&nets[k], tape);
		printf("%-14s %3.0f %% of the digits are right\n", k ? "a c_i for each" : "one c",
		       100 * test(&nets[k], tape));
	}
	putchar('\n');
	const tl_view_options view = {
		.title = "7 Attention", .loss = show(&nets[1], tape), .text = "31415926"};
	tl_backward(view.loss);
	int failed = lesson_end(tape, "7-attention", &view, argc, argv);
	for (int k = 0; k < 2; k++)
		destroy(&nets[k]);
	return failed;
}
