/*
 * An echo state network (Jaeger 2001) foretells the Mackey-Glass series: 400 units, wired at random
 * and never trained, are driven by 3,000 values; one ridge regression makes a readout of them; then
 * the network goes on alone, on what it said itself.
 *
 * The series is chaotic, so that every continuation is lost in the end. How good one is, is
 * NRMSE84: the error 84 steps ahead, as a share of the series' own deviation.
 *
 *     mackeyglass --help
 *
 * Each seed has another reservoir: sparse, fed back its own output, with a readout that also sees
 * the input directly.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "example.h"

enum { STEPS = 3000, WASHOUT = 1000, FORCED = 1000, AHEAD = 84, ROWS = 50, SHOWN = 1500 };
enum { PIECE = 50 };

/* dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x by Euler steps of 0.1, every tenth kept, the
 * first 300 kept thrown away, and squashed into (-1, 1). False when memory is short. */
static bool mackey_glass(double *out, int count, double start)
{
	enum { TAU = 170, EVERY = 10, SETTLING = 300 };
	int total = TAU + 1 + EVERY * (SETTLING + count);
	double *x = malloc((size_t)total * sizeof *x);
	for (int k = 0; x && k <= TAU; k++)
		x[k] = start;
	for (int k = TAU; x && k + 1 < total; k++) {
		double late = x[k - TAU];
		x[k + 1] = x[k] + 0.1 * (0.2 * late / (1 + pow(late, 10)) - 0.1 * x[k]);
	}
	for (int k = 0; x && k < count; k++)
		out[k] = tanh(x[TAU + EVERY * (SETTLING + k)] - 1);
	bool fine = x != NULL;
	free(x);
	return fine;
}

/* Driven by rows side by side, y is [steps, rows], PIECE steps at a time so that the tape stays
 * short, and then alone for some steps: what it says in these, as [ahead, rows] on the tape, or
 * inert. The input is always the same: a bias. */
static tl_tensor go_on(const tl_cell *esn, tl_tape *tape, const char *name, const double *y,
		       int steps, int rows, int ahead)
{
	tl_tensor none = {0}, said[SHOWN];
	tl_carry state = tl_carry_of(esn, name, rows);
	for (int t = 0; t < steps; t += PIECE) {
		tl_tape_rewind(tape);
		tl_tensor u = tl_full(tape, tl_dims(PIECE, rows, 1), 0.2);
		tl_tensor given =
			tl_input_double(tape, tl_dims(PIECE, rows, 1), y + (size_t)(t * rows));
		tl_unroll_options o = {.initial_state = tl_carry_state(&state, tape)};
		tl_carry_assign(&state, tl_esn_teacher_force(esn, u, given, none, &o).final_state);
		tl_tape_commit(tape);
	}
	tl_tape_rewind(tape);
	tl_state s = tl_carry_state(&state, tape);
	for (int t = 0; t < ahead; t++) {
		tl_tape_set_step(tape, steps + t);
		s = tl_cell_step(esn, tl_full(tape, tl_dims(rows, 1), 0.2), s);
		said[t] = s.c; /* the second state is the output */
	}
	return tl_concat(said, ahead, 0);
}

/* Over 50 series that start otherwise; NaN if something failed. */
static double nrmse84(const tl_cell *esn, tl_tape *tape)
{
	static double series[FORCED + AHEAD], y[FORCED * ROWS], want[ROWS];
	double mean = 0, square = 0, wrong = 0;
	for (int r = 0; r < ROWS; r++) {
		if (!mackey_glass(series, FORCED + AHEAD, 0.8 + 0.013 * r))
			return NAN;
		for (int t = 0; t < FORCED; t++) {
			y[t * ROWS + r] = series[t];
			mean += series[t] / (FORCED * ROWS);
			square += series[t] * series[t] / (FORCED * ROWS);
		}
		want[r] = series[FORCED + AHEAD - 1];
	}
	const double *said = tl_value_double(go_on(esn, tape, "fifty", y, FORCED, ROWS, AHEAD));
	for (int r = 0; r < ROWS && said; r++)
		wrong += pow(said[(AHEAD - 1) * ROWS + r] - want[r], 2) / ROWS;
	return said ? sqrt(wrong / (square - mean * mean)) : NAN;
}

/* The end of what it was driven by, and how it goes on beside the truth. */
static bool show(const tl_cell *esn, tl_tape *tape, example *e)
{
	enum { BEFORE = 200 };
	static double series[FORCED + SHOWN], at[BEFORE + SHOWN];
	if (!mackey_glass(series, FORCED + SHOWN, 1.1))
		return false;
	const double *said = tl_value_double(go_on(esn, tape, "shown", series, FORCED, 1, SHOWN));
	if (!said)
		return false;
	for (int i = 0; i < BEFORE + SHOWN; i++)
		at[i] = i - BEFORE;
	int near = 0;
	while (near < SHOWN && fabs(said[near] - series[FORCED + near]) < 0.1)
		near++;
	example_figure(e, (figure){"alone within 0.1 of the series", near, "steps"});
	const double *from = series + FORCED - BEFORE;
	const tl_curve curves[] = {
		{.name = "Mackey-Glass",
		 .x = at,
		 .y = from,
		 .count = BEFORE + SHOWN,
		 .color = "#b0b0b0"},
		{.name = "given to the network", .x = at, .y = from, .count = BEFORE},
		{.name = "the network alone", .x = at + BEFORE, .y = said, .count = SHOWN},
	};
	const tl_chart chart = {.title = "An echo state network goes on alone from step 0",
				.x_name = "step",
				.y_name = "tanh(x - 1)",
				.curves = curves,
				.curve_count = 3};
	return example_chart(e, ".svg", &chart, 1, NULL);
}

/* The readout, by ridge regression; what is before WASHOUT only wakes the reservoir. */
static bool fit(tl_cell *esn)
{
	static double u[STEPS], y[STEPS];
	double error;
	if (!mackey_glass(y, STEPS, 1.2))
		return false;
	for (int t = 0; t < STEPS; t++)
		u[t] = 0.2;
	tl_esn_fit_options o = {.washout = WASHOUT, .ridge = 2e-15, .noise = 1e-9};
	tl_status status = tl_esn_fit(esn, &(tl_esn_data){u, y, STEPS}, &o, &error);
	if (!status)
		printf("%d values learned, error one step ahead %.1e\n", STEPS - WASHOUT, error);
	return !status;
}

/* The trained readout, in a file. */
static bool save(tl_cell *esn, tl_params *set, example *e)
{
	tl_error error;
	return !tl_model_save(example_path(e, ".safetensors"), set, &esn, 1, NULL, 0, &error) ||
	       example_fail(e, error.text);
}

int main(int argc, char **argv)
{
	int units = 0;
	const option options[] = {
		{"--units", "N", OPTION_COUNT, &units, "of the reservoir (400)"},
	};
	example e = {.name = "mackeyglass",
		     .about = "An echo state network learns 3,000 values of a chaotic series and "
			      "goes on alone.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	units = units ? units : e.quick ? 100 : 400;
	tl_esn_options esn_options = {.out = 1,
				      .density = 5.0 / units, /* five connections a unit */
				      .spectral_radius = 0.9,
				      .leak_rate = 0.6,
				      .input_scale = 0.3,
				      .feedback_scale = 0.8};
	tl_params *set = tl_params_create(TL_F64);
	tl_params_set_seed(set, (uint64_t)e.seed);
	tl_cell *esn =
		tl_cell_create(set, "esn", "esn",
			       (tl_cell_options){.in = 1, .hidden = units, .extra = &esn_options});
	tl_tape *tape = tl_tape_create(TL_F64);
	double error = esn && fit(esn) ? nrmse84(esn, tape) : NAN;
	if (isfinite(error) && show(esn, tape, &e) && save(esn, set, &e)) {
		example_figure(&e, (figure){"NRMSE84", error, .most = 0.002,
					    .published = "0.00028 (Jaeger 2001, N = 400)"});
		example_expect(&e, error < 0.1, "NRMSE84 is above 0.1");
	} else {
		example_fail(&e, tl_tape_error(tape)    ? tl_tape_error(tape)
				 : tl_params_error(set) ? tl_params_error(set)
							: "no readout, or no picture");
	}
	tl_tape_destroy(tape);
	tl_cell_destroy(esn);
	tl_params_destroy(set);
	return example_end(&e);
}
