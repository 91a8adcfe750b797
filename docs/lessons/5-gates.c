/*
 * Lesson 5: LSTM and GRU, gate by gate. Their equations, written with ops, beside the library's
 * cells; then what their gates do while they read a text with brackets.
 */
#include <math.h>
#include <tapeloop/train.h> /* random numbers of our own */
#include "lesson.h"

enum { LETTERS = 4, HIDDEN = 4, BATCH = 16, STEPS = 40, ROUNDS = 500 };
static const char alphabet[] = "ab()";

typedef struct net {
	const char *kind;
	tl_state (*step)(const struct net *n, tl_tensor x, tl_state s);
	const char *gates[3], *memory; /* as they are tagged */
	tl_params *set;
	tl_cell *cell; /* the library's, whose weights our step uses */
	tl_param *V, *b;
	int32_t text[STEPS + 1]; /* what it reads when it has learned */
} net;

static tl_tensor weight(const net *n, tl_tape *tape, const char *what, const char *gate)
{
	char name[32];
	snprintf(name, sizeof name, "%s.%s_%s", n->kind, what, gate);
	return tl_use(tape, tl_params_find(n->set, name));
}

/* W x + U h + b, with the weights of this gate */
static tl_tensor sum(const net *n, const char *gate, tl_tensor x, tl_tensor h)
{
	tl_tensor W = weight(n, x.tape, "W", gate), U = weight(n, x.tape, "U", gate);
	return tl_add(tl_add(tl_linear(x, W, TL_NONE), tl_linear(h, U, TL_NONE)),
		      weight(n, x.tape, "b", gate));
}

static tl_state lstm(const net *n, tl_tensor x, tl_state s)
{
	tl_tensor f = tl_tag(tl_sigmoid(sum(n, "f", x, s.h)), "f"); /* forget gate */
	tl_tensor i = tl_tag(tl_sigmoid(sum(n, "i", x, s.h)), "i"); /* input gate */
	tl_tensor o = tl_tag(tl_sigmoid(sum(n, "o", x, s.h)), "o"); /* output gate */
	tl_tensor g = tl_tanh(sum(n, "g", x, s.h));                 /* the candidate */
	tl_tensor c = tl_add(tl_mul(f, s.c), tl_mul(i, g));         /* the cell state */
	tl_tensor h = tl_mul(o, tl_tanh(c));
	return tl_state_of(h, tl_tag(c, "c"));
}

static tl_state gru(const net *n, tl_tensor x, tl_state s)
{
	tl_tensor z = tl_tag(tl_sigmoid(sum(n, "z", x, s.h)), "z"); /* update gate */
	tl_tensor r = tl_tag(tl_sigmoid(sum(n, "r", x, s.h)), "r"); /* reset gate */
	tl_tensor g = tl_tanh(sum(n, "n", x, tl_mul(r, s.h)));      /* the candidate */
	tl_tensor h = tl_add(tl_mul(z, s.h), tl_mul(tl_one_minus(z), g));
	return tl_state_of(tl_tag(h, "h"));
}

/* Letters, of which each sixth is followed by a bracket: (, then ), then ( ... */
static void write_text(tl_random *r, int32_t *text, int stride)
{
	int32_t bracket = 2, now = -1;
	for (int t = 0; t <= STEPS; t++) {
		bool turn = (now == 0 || now == 1) && tl_random_below(r, 6) == 0;
		text[t * stride] = now = turn ? bracket : (int32_t)tl_random_below(r, 2);
		bracket = turn ? 5 - bracket : bracket;
	}
}

/* Reads STEPS letters; chance[t] says what letter t + 1 may be. Returns the error per letter. */
static tl_tensor read_text(const net *n, tl_tape *tape, const int32_t *text, int batch,
			   tl_tensor *chance, tl_state *last)
{
	tl_tensor letters = tl_input_int(tape, tl_dims(STEPS + 1, batch), text);
	tl_tensor one_hot = tl_one_hot(letters, LETTERS), score[STEPS];
	tl_tensor V = tl_use(tape, n->V), b = tl_use(tape, n->b);
	*last = tl_cell_initial_state(n->cell, tape, batch);
	for (int t = 0; t < STEPS; t++) {
		tl_tape_set_step(tape, t);
		*last = n->step(n, tl_at(one_hot, t), *last);
		chance[t] = tl_softmax(tl_linear(last->h, V, b), -1);
		score[t] = tl_mean(tl_log(tl_pick(chance[t], tl_at(letters, t + 1), -1)), TL_ALL);
	}
	tl_tape_set_step(tape, -1);
	return tl_scale(tl_add_n(score, STEPS), -1.0 / STEPS);
}

/* The same letters through the library's cell. */
static void compare(const net *n, tl_tape *tape, const int32_t *text, tl_tensor ours)
{
	tl_tensor letters = tl_input_int(tape, tl_dims(STEPS, BATCH), text);
	tl_tensor theirs = tl_unroll(n->cell, tl_one_hot(letters, LETTERS), NULL).final_state.h;
	double difference = tl_item(tl_max(tl_abs(tl_sub(ours, theirs)), TL_ALL));
	printf("%s: our equations and the library's cell %s\n", n->kind,
	       difference < 1e-12 ? "agree to 1e-12" : "DIFFER");
}

static double at(tl_tape *tape, int t, const char *name, int unit)
{
	const double *v = tl_value_double(tl_tape_find(tape, "", t, name));
	return v ? v[unit] : NAN;
}

static void show(const net *n, tl_tape *tape, const tl_tensor *chance)
{
	int unit = 2; /* of the four the one that has learned the brackets, in both nets */
	printf("reads        ");
	for (int t = 0; t < STEPS; t++)
		putchar(alphabet[n->text[t]]);
	for (int k = 2; k < 4; k++) {
		printf("\n%c may follow ", alphabet[k]);
		for (int t = 0; t < STEPS; t++)
			putchar(tl_value_double(chance[t])[k] > 0.05 ? alphabet[k] : '.');
	}
	for (int g = 0; g < 3 && n->gates[g]; g++) {
		printf("\ngate %s       ", n->gates[g]);
		for (int t = 0; t < STEPS; t++)
			putchar('0' + (int)(at(tape, t, n->gates[g], unit) * 9.99));
	}
	printf("\nmemory %s     ", n->memory);
	for (int t = 0; t < STEPS; t++) {
		double v = at(tape, t, n->memory, unit);
		putchar(v > 0.3 ? '+' : v < -0.3 ? '-' : '.');
	}
	putchar('\n');
}

static tl_tensor learn(net *n, tl_tape *tape)
{
	static int32_t text[(STEPS + 1) * BATCH];
	tl_random random = {.seed = 1};
	tl_tensor chance[STEPS], L;
	tl_state last;
	n->set = tl_params_create(TL_F64);
	tl_params_set_seed(n->set, 1);
	n->cell = tl_cell_create(
		n->set, n->kind, n->kind,
		(tl_cell_options){.in = LETTERS, .hidden = HIDDEN, .forget_bias = 1});
	n->V = tl_params_add(n->set, "V", tl_dims(LETTERS, HIDDEN), tl_init_glorot_uniform());
	n->b = tl_params_add(n->set, "b", tl_dims(LETTERS), tl_init_zeros());
	tl_optimizer *adam = tl_adam_create(n->set, &(tl_adam_options){.learning_rate = 0.02});
	for (int round = 0; round < ROUNDS; round++) {
		for (int b = 0; b < BATCH; b++)
			write_text(&random, text + b, BATCH);
		tl_tape_rewind(tape);
		L = read_text(n, tape, text, BATCH, chance, &last);
		if (round == 0)
			compare(n, tape, text, last.h);
		tl_params_zero_gradients(n->set);
		if (tl_backward(L))
			break;
		tl_params_clip_gradient_norm(n->set, 1);
		tl_optimizer_step(adam);
	}
	tl_optimizer_destroy(adam);
	tl_tape_rewind(tape);
	write_text(&(tl_random){.seed = 5}, n->text, 1);
	L = read_text(n, tape, n->text, 1, chance, &last);
	show(n, tape, chance);
	return L;
}

int main(int argc, char **argv)
{
	net l = {.kind = "lstm", .step = lstm, .gates = {"f", "i", "o"}, .memory = "c"};
	net g = {.kind = "gru", .step = gru, .gates = {"z", "r"}, .memory = "h"};
	tl_tape *tape = tl_tape_create(TL_F64), *other = tl_tape_create(TL_F64);
	tl_tensor L = learn(&l, tape);
	putchar('\n');
	learn(&g, other);
	char letters[STEPS + 1] = "";
	for (int t = 0; t < STEPS; t++)
		letters[t] = alphabet[l.text[t]];
	tl_view_options view = {.title = "5 An LSTM reads", .loss = L, .text = letters};
	int failed = lesson_end(tape, "5-gates", &view, argc, argv);
	tl_tape_destroy(other);
	tl_cell_destroy(l.cell), tl_cell_destroy(g.cell);
	tl_params_destroy(l.set), tl_params_destroy(g.set);
	return failed;
}
