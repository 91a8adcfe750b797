/*
 * Lesson 6: write your own cell. The peephole LSTM in C and as text, a clockwork net, and a cell of
 * our own; each has its gradient checked.
 */
#include <math.h>
#include "lesson.h"

enum { STEPS = 12, BATCH = 2, IN = 2, HIDDEN = 4 };

struct peephole {
	tl_gate i, f, g, o;      /* each has W, U and b */
	tl_tensor p_i, p_f, p_o; /* what a gate sees of the cell state, a number a unit */
};

static void peephole_weights(tl_weight_builder *w, void *into)
{
	struct peephole *p = into;
	tl_gate_options forget = {.bias = tl_init_forget_bias(w)}; /* starts as the user says */
	p->i = tl_gate_weights(w, "i", NULL);
	p->f = tl_gate_weights(w, "f", &forget);
	p->g = tl_gate_weights(w, "g", NULL);
	p->o = tl_gate_weights(w, "o", NULL);
	p->p_i = tl_weight(w, "p_i", tl_dims(w->hidden), tl_init_zeros());
	p->p_f = tl_weight(w, "p_f", tl_dims(w->hidden), tl_init_zeros());
	p->p_o = tl_weight(w, "p_o", tl_dims(w->hidden), tl_init_zeros());
}

static tl_state peephole_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct peephole *p = tl_cell_weights(cell, x.tape);
	tl_tensor i = tl_sigmoid(tl_add(tl_gate_sum(&p->i, x, s.h), tl_mul(p->p_i, s.c)));
	tl_tensor f = tl_sigmoid(tl_add(tl_gate_sum(&p->f, x, s.h), tl_mul(p->p_f, s.c)));
	tl_tensor g = tl_tanh(tl_gate_sum(&p->g, x, s.h));
	tl_tensor c = tl_add(tl_mul(f, s.c), tl_mul(i, g));
	tl_tensor o = tl_sigmoid(tl_add(tl_gate_sum(&p->o, x, s.h), tl_mul(p->p_o, c)));
	return tl_state_of(tl_mul(o, tl_tanh(c)), c);
}

static const tl_cell_kind peephole_in_c = {
	.name = "my_peephole",
	.doc = "an LSTM whose gates see the cell state",
	.state = {"h", "c"},
	.weights_size = sizeof(struct peephole),
	.weights = peephole_weights,
	.step = peephole_step,
};

static const char peephole[] =
	"# Gers & Schmidhuber 2000: the gates of an LSTM also see the cell state.\n"
	"cell peephole\n"
	"state h, c\n"
	"weight b_f = forget_bias\n"
	"\n"
	"i  = σ(W_i x + U_i h + p_i ⊙ c + b_i)\n"
	"f  = σ(W_f x + U_f h + p_f ⊙ c + b_f)\n"
	"g  = tanh(W_g x + U_g h + b_g)\n"
	"c' = f ⊙ c + i ⊙ g\n"
	"o  = σ(W_o x + U_o h + p_o ⊙ c' + b_o)\n"
	"h' = o ⊙ tanh(c')\n";

static const char clockwork[] =
	"# Koutnik, Greff, Gomez & Schmidhuber 2014: groups of units, each with its clock.\n"
	"cell clockwork\n"
	"option period = [1, 2]\n"
	"state h\n"
	"\n"
	"n  = hidden / count(period)\n"
	"new(k) = tanh(U[k] x + W[k] h[k n:] + b[k])\n"
	"part(k) = new(k) if t mod period[k] = 0 else h[k n:(k + 1) n]\n"
	"h' = concat(part(k) for k = 0..count(period) − 1)\n";

static const char tempo[] =
	"# Units that forget at a speed of their own and write when a gate says so.\n"
	"cell tempo\n"
	"state h\n"
	"weight s : [hidden] = uniform(−6, 0)\n"
	"\n"
	"k  = σ(s)\n"
	"i  = σ(W_i x + U_i h + b_i)\n"
	"h' = (1 − k) ⊙ h + i ⊙ tanh(W x + b)\n";

static const char faulty[] = "cell faulty\n"
			     "state h\n"
			     "f  = σ(W_f x + b_f)\n"
			     "h' = f h + (1 − f) ⊙ tanh(W x)\n";

/* A sequence is read, and the error is |h_T|^2. */
static tl_tensor loss(tl_tape *tape, void *cell)
{
	static double x[STEPS * BATCH * IN];
	for (int i = 0; i < STEPS * BATCH * IN; i++)
		x[i] = sin(i);
	tl_tensor in = tl_input_double(tape, tl_dims(STEPS, BATCH, IN), x);
	return tl_sum(tl_square(tl_unroll(cell, in, NULL).final_state.h), TL_ALL);
}

/* A cell and what it is made of; what does not exist is destroyed in vain. */
typedef struct trial {
	tl_cell_kind *kind;
	tl_params *set;
	tl_cell *cell;
	tl_gradcheck_report report;
} trial;

static void discard(trial *t)
{
	tl_cell_destroy(t->cell);
	tl_params_destroy(t->set);
	tl_cell_kind_destroy(t->kind);
	memset(t, 0, sizeof *t);
}

/* A cell of this kind, and its gradient beside central differences. Returns what loss does. */
static tl_tensor check(trial *t, const tl_cell_kind *kind, tl_tape *tape)
{
	t->set = tl_params_create(TL_F64);
	t->cell = tl_cell_create_from_kind(t->set, kind, "cell",
					   (tl_cell_options){.in = IN, .hidden = HIDDEN});
	tl_gradcheck(loss, t->cell, t->set, NULL, &t->report);
	tl_tape_rewind(tape);
	tl_tensor L = loss(tape, t->cell);
	printf("%-12s  gradients of %3d weights %s, error %.6f\n", kind->name,
	       (int)t->report.checked, t->report.passed ? "agree" : "DIFFER", tl_item(L));
	return L;
}

int main(int argc, char **argv)
{
	const char *texts[] = {peephole, clockwork, tempo};
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_error error;
	trial t = {.kind = NULL};
	if (!tl_cell_parse(faulty, "faulty.cell", NULL, &error))
		printf("%s\n\n", error.text);
	tl_tensor L = check(&t, &peephole_in_c, tape);
	for (int i = 0; i < 3; i++) {
		discard(&t);
		t.kind = tl_cell_parse(texts[i], "mine.cell", NULL, &error);
		if (t.kind)
			L = check(&t, t.kind, tape);
	}
	tl_view_options view = {.title = "6 A cell of our own", .loss = L, .check = &t.report};
	int failed = lesson_end(tape, "6-cell", &view, argc, argv);
	discard(&t);
	return failed;
}
