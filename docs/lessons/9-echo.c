/*
 * Lesson 9: echo states. A large random net is never trained; what it does with the input fades
 * like an echo; and a linear readout, which one regression finds, makes a forecast of it.
 */
#include <math.h>
#include <tapeloop/esn.h>
#include "lesson.h"

enum { STEPS = 3000, WASHOUT = 500, UNITS = 200, AHEAD = 300 };

/* The Mackey-Glass series, dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x, in steps of 0.1 of
 * which each tenth is kept; squashed into (-1, 1). */
static void mackey_glass(double *out, int count, double start)
{
	enum { LATE = 170, EVERY = 10, SETTLING = 300 };
	static double x[LATE + 1 + EVERY * (SETTLING + STEPS + AHEAD)];
	for (int k = 0; k <= LATE; k++)
		x[k] = start;
	for (int k = LATE; k + 1 <= LATE + EVERY * (SETTLING + count); k++) {
		double late = x[k - LATE];
		x[k + 1] = x[k] + 0.1 * (0.2 * late / (1 + pow(late, 10)) - 0.1 * x[k]);
	}
	for (int k = 0; k < count; k++)
		out[k] = tanh(x[LATE + EVERY * (SETTLING + k)] - 1);
}

static tl_cell *make(tl_params *set, const char *name, double radius)
{
	tl_esn_options e = {.out = 1,
			    .density = 0.05,
			    .spectral_radius = radius,
			    .leak_rate = 0.6,
			    .input_scale = 0.3,
			    .feedback_scale = 0.8};
	return tl_cell_create(set, "esn", name,
			      (tl_cell_options){.in = 1, .hidden = UNITS, .extra = &e});
}

/* Two starts, one input: how far apart are the states after some steps, of how far they were? */
static void forget(tl_tape *tape, double radius)
{
	static double start[UNITS];
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *esn = make(set, "esn", radius);
	tl_tape_rewind(tape);
	tl_state a = tl_cell_initial_state(esn, tape, 1), b = a;
	for (int i = 0; i < UNITS; i++)
		start[i] = i % 2 ? 0.5 : -0.5;
	b.h = tl_input_double(tape, tl_dims(1, UNITS), start);
	double first = 0;
	printf("%7.1f", radius);
	for (int t = 0; t <= 200; t++) {
		tl_tensor u = tl_full(tape, tl_dims(1, 1), 0.2);
		double apart = sqrt(tl_item(tl_sum(tl_square(tl_sub(a.h, b.h)), TL_ALL)));
		first = t ? first : apart;
		if (t == 10 || t == 50 || t == 200)
			printf("  %8s", apart / first < 1e-6  ? "< 1e-6"
					: apart / first < 0.1 ? "< 0.1"
					: apart / first < 0.5 ? "< 0.5"
							      : "stays");
		a = tl_cell_step(esn, u, a);
		b = tl_cell_step(esn, u, b);
	}
	printf("\n");
	tl_cell_destroy(esn);
	tl_params_destroy(set);
}

/* Driven by a series it has not seen, and then alone for AHEAD steps: how many until it is wrong by
 * more than a tenth of the range? */
static int go_on(tl_tape *tape, const tl_cell *esn, const double *y)
{
	tl_tape_rewind(tape);
	tl_tensor u = tl_full(tape, tl_dims(WASHOUT, 1, 1), 0.2);
	tl_tensor given = tl_input_double(tape, tl_dims(WASHOUT, 1, 1), y);
	tl_state s = tl_esn_teacher_force(esn, u, given, TL_NONE, NULL).final_state;
	int good = 0;
	for (int t = 0; t < AHEAD; t++) {
		tl_tape_set_step(tape, WASHOUT + t);
		s = tl_cell_step(esn, tl_full(tape, tl_dims(1, 1), 0.2), s);
		if (good == t && fabs(tl_item(s.c) - y[WASHOUT + t]) < 0.1)
			good++;
	}
	return good;
}

int main(int argc, char **argv)
{
	static double u[STEPS], y[STEPS], other[WASHOUT + AHEAD];
	tl_tape *tape = tl_tape_create(TL_F64);

	printf("two starts, apart after\n radius  10 steps  50 steps  200 steps\n");
	forget(tape, 0.5);
	forget(tape, 0.9);
	forget(tape, 2.5);

	tl_params *set = tl_params_create(TL_F64);
	tl_cell *esn = make(set, "esn", 0.9);
	for (int t = 0; t < STEPS; t++)
		u[t] = 0.2;
	mackey_glass(y, STEPS, 1.2);
	double error;
	tl_esn_fit_options fit = {.washout = WASHOUT, .ridge = 1e-13, .noise = 1e-7};
	if (tl_esn_fit(esn, &(tl_esn_data){u, y, STEPS}, &fit, &error))
		return 1;
	printf("\n%d units, %d numbers learned, by one regression over %d steps\n", UNITS,
	       (int)tl_params_element_count(set), STEPS - WASHOUT);
	printf("error one step ahead below 0.001: %s\n", error < 1e-3 ? "yes" : "no");

	mackey_glass(other, WASHOUT + AHEAD, 0.9);
	int good = go_on(tape, esn, other);
	printf("alone on a series it has not seen, right for more than 100 steps: %s\n",
	       good > 100 ? "yes" : "no");

	tl_tape_rewind(tape);
	tl_tensor given = tl_input_double(tape, tl_dims(20, 1, 1), other);
	tl_esn_teacher_force(esn, tl_full(tape, tl_dims(20, 1, 1), 0.2), given, TL_NONE, NULL);
	tl_view_options view = {.title = "9 Echo states"};
	int failed = lesson_end(tape, "9-echo", &view, argc, argv);
	tl_cell_destroy(esn);
	tl_params_destroy(set);
	return failed;
}
