/*
 * Learning while the sequence runs (real-time recurrent learning: Williams & Zipser 1989): no
 * unrolling, no end, the same memory at each step. Beside the state the net carries how the state
 * depends on each of its weights, J = ds/dW. A step takes J on by a product with the step's own
 * derivative, and the exact gradient of what is said now is dL/ds J.
 *
 *     online --help
 *
 * The product is a forward one (tl_jvp) of one step, with a row for each weight. First the sum of
 * the gradients over 40 steps is compared with backpropagation through time; then the net learns to
 * say what it has heard some steps ago, from one endless sequence; and once more without J, when it
 * knows of no step but the present. Try --cell gru, lstm or peephole.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rtrl.h"

enum { CHECKED = 40, POINTS = 200 };

/* The same gradients over the first steps, by backpropagation through time. The largest difference,
 * as a share of the largest gradient. */
static double check(rtrl *n, tl_tape *tape)
{
	int64_t count;
	int units = n->units, states = tl_cell_state_count(n->cell);
	const double *gradient = tl_params_gradients(n->set, &count);
	double *forward = malloc((size_t)count * sizeof(double)), difference = 0, largest = 0;
	tl_tensor s[TL_MAX_STATES], L[CHECKED];
	bool fine = forward != NULL;
	tl_params_zero_gradients(n->set);
	for (int t = 0; t < CHECKED && fine; t++)
		fine = isfinite(rtrl_step(n, tape, t));
	if (fine)
		memcpy(forward, gradient, (size_t)count * sizeof(double));
	tl_params_zero_gradients(n->set);
	tl_tape_rewind(tape);
	for (int k = 0; k < states; k++)
		s[k] = tl_zeros(tape, tl_dims(1, units));
	tl_state state = tl_state_from_array(s, states);
	for (int t = 0; t < CHECKED; t++) {
		state = tl_cell_step(n->cell, tl_full(tape, tl_dims(1, 1), rtrl_heard(n, t)),
				     state);
		L[t] = rtrl_loss(n, tape, state.h, t);
	}
	fine = fine && !tl_backward(tl_add_n(L, CHECKED));
	for (int64_t i = 0; i < count && fine; i++) {
		difference = fmax(difference, fabs(forward[i] - gradient[i]));
		largest = fmax(largest, fabs(gradient[i]));
	}
	free(forward);
	return fine ? difference / largest : NAN;
}

/* The whole sequence, a change of the weights after each step. What it comes to: the mean error of
 * the last tenth. */
static double learn(rtrl *n, tl_tape *tape, example *e, double *curve)
{
	tl_optimizer *adam = tl_adam_create(n->set, &(tl_adam_options){.learning_rate = 3e-3});
	double sum = 0, error = NAN;
	int part = n->steps / POINTS;
	bool fine = true;
	for (int t = 0; t < part * POINTS && fine; t++) {
		tl_params_zero_gradients(n->set);
		double now = rtrl_step(n, tape, t);
		fine = isfinite(now) && !tl_optimizer_step(adam);
		sum += now / part;
		if (t % part == part - 1)
			curve[t / part] = sum, sum = 0;
	}
	for (int i = POINTS - POINTS / 10; i < POINTS && fine; i++)
		error = (i == POINTS - POINTS / 10 ? 0 : error) + curve[i] / (POINTS / 10);
	if (!fine)
		example_fail(e,
			     tl_tape_error(tape) ? tl_tape_error(tape) : tl_optimizer_error(adam));
	tl_optimizer_destroy(adam);
	return error;
}

static bool save(rtrl *n, example *e)
{
	tl_error error;
	return !tl_model_save(example_path(e, ".safetensors"), n->set, &n->cell, 1, NULL, 0,
			      &error) ||
	       example_fail(e, error.text);
}

static bool draw(example *e, const rtrl *n, const double curve[2][POINTS])
{
	double at[POINTS];
	for (int i = 0; i < POINTS; i++)
		at[i] = (double)n->steps / POINTS * (i + 1);
	const tl_curve curves[] = {
		{.name = "with J", .x = at, .y = curve[0], .count = POINTS},
		{.name = "without", .x = at, .y = curve[1], .count = POINTS},
	};
	const tl_chart chart = {.title = "Saying what was heard some steps ago",
				.x_name = "step of the sequence",
				.y_name = "squared error",
				.curves = curves,
				.curve_count = 2};
	return example_chart(e, ".svg", &chart, 1, NULL);
}

int main(int argc, char **argv)
{
	static rtrl n = {.units = 8, .delay = 5};
	static double curve[2][POINTS];
	n.kind = tl_cell_kind_find("rnn");
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &n.kind, "kind of cell (rnn); list: all there are"},
		{"--units", "N", OPTION_COUNT, &n.units, "of the cell, at most 64 (8)"},
		{"--delay", "N", OPTION_COUNT, &n.delay, "steps between hearing and saying (5)"},
		{"--steps", "N", OPTION_COUNT, &n.steps, "of the sequence, 200 or more (20000)"},
	};
	example e = {.name = "online",
		     .about = "A net learns while its sequence runs, by exact gradients, in memory "
			      "that does not grow.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	n.steps = n.steps >= POINTS ? n.steps : e.quick ? 4000 : 20000;
	tl_tape *tape = tl_tape_create(TL_F64);
	double difference = NAN, error[2] = {0}, kilobytes = 0;
	for (int k = 0; k < 3 && !e.failed; k++) { /* check, learn, learn without J */
		n.forgets = k == 2;
		if (rtrl_create(&n, &e) && !k)
			difference = check(&n, tape);
		else if (!e.failed)
			error[k - 1] = learn(&n, tape, &e, curve[k - 1]);
		if (k == 1 && !e.failed && save(&n, &e))
			kilobytes = (double)tl_tape_bytes(tape) / 1024;
		tl_tape_rewind(tape);
		rtrl_destroy(&n);
	}
	if (!e.failed && draw(&e, &n, curve)) {
		example_figure(&e, (figure){"difference from BPTT", difference, .most = 1e-10});
		example_figure(&e, (figure){"squared error at the end", error[0], .most = 0.05});
		example_figure(&e, (figure){"the same without J", error[1]});
		example_figure(&e, (figure){"tape", kilobytes, "KB"});
		example_expect(&e, difference < 1e-10, "its gradients are not those of BPTT");
		example_expect(&e, error[0] < 0.9 * error[1], "J is of no use");
	}
	tl_tape_destroy(tape);
	return example_end(&e);
}
