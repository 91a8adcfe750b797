/*
 * Lesson 8: what the compiler did to your tape. The program of a small net and its gradient, line
 * by line; how many instructions each pass of the compiler saves; and how the work grows with time.
 */
#define _POSIX_C_SOURCE 200809L /* setenv */
#include <stdlib.h>
#include "lesson.h"

enum { IN = 8, HIDDEN = 16, BATCH = 4, MOST = 200 };

/* h_t = tanh(W x_t + b + U h_t-1), as it stands in lesson 3. */
static tl_tensor rnn(tl_tape *tape, tl_params *set, int steps)
{
	static float x[MOST * BATCH * IN];
	tl_tensor W = tl_use(tape, tl_params_find(set, "W"));
	tl_tensor U = tl_use(tape, tl_params_find(set, "U"));
	tl_tensor b = tl_use(tape, tl_params_find(set, "b"));
	tl_tensor in = tl_input(tape, tl_dims(steps, BATCH, IN), x);
	tl_tensor h = tl_zeros(tape, tl_dims(BATCH, HIDDEN));
	for (int t = 0; t < steps; t++) {
		tl_tape_set_step(tape, t);
		tl_tensor Uh = tl_linear(h, U, TL_NONE);
		tl_tensor Wx = tl_linear(tl_at(in, t), W, b);
		h = tl_tag(tl_tanh(tl_add(Wx, Uh)), "h");
	}
	tl_tape_set_step(tape, -1);
	return tl_mean(tl_square(h), TL_ALL);
}

/* The library's LSTM, a gate at a time in its equations too. */
static tl_tensor lstm(tl_tape *tape, const tl_cell *cell, int steps)
{
	static float x[MOST * BATCH * IN];
	tl_tensor in = tl_input(tape, tl_dims(steps, BATCH, IN), x);
	return tl_mean(tl_square(tl_unroll(cell, in, NULL).final_state.h), TL_ALL);
}

static tl_program_stats stats_of(tl_tape *tape, tl_params *set, const tl_cell *cell, int steps)
{
	tl_tape_rewind(tape);
	tl_tensor L = cell ? lstm(tape, cell, steps) : rnn(tape, set, steps);
	tl_program *p = tl_program_create(tape, (tl_program_options){.loss = L});
	tl_program_stats s = tl_program_get_stats(p);
	tl_program_destroy(p);
	return s;
}

/* With passes left out, as TL_PASSES does it for any program. */
static void leave_out(tl_tape *tape, tl_params *set, const tl_cell *cell, const char *passes)
{
	setenv("TL_PASSES", passes, 1);
	tl_program_stats r = stats_of(tape, set, NULL, 20), l = stats_of(tape, set, cell, 20);
	printf("%-30s  %4d  %5d\n", *passes ? passes : "all passes", (int)r.instructions,
	       (int)l.instructions);
	unsetenv("TL_PASSES");
}

int main(int argc, char **argv)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_params_add(set, "W", tl_dims(HIDDEN, IN), tl_init_glorot_uniform());
	tl_params_add(set, "U", tl_dims(HIDDEN, HIDDEN), tl_init_orthogonal(1));
	tl_params_add(set, "b", tl_dims(HIDDEN), tl_init_zeros());
	tl_cell *cell =
		tl_cell_create(set, "lstm", "lstm", (tl_cell_options){.in = IN, .hidden = HIDDEN});
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor L = rnn(tape, set, 3);
	int before = (int)tl_tape_node_count(tape);
	bool timed = argc == 2 && !strcmp(argv[1], "--time");
	tl_program *p = tl_program_create(tape, (tl_program_options){.loss = L, .profile = timed});
	for (int run = 0; timed && run < 1000; run++)
		tl_program_run(p);
	printf("%d nodes, %d with the gradient\n\n", before, (int)tl_tape_node_count(tape));
	tl_program_print(p, stdout);
	tl_program_destroy(p);
	if (timed)
		argc = 1;

	printf("\ninstructions of 20 steps         RNN   LSTM\n");
	const char *const passes[] = {"",       "-widen",  "-sums",
				      "-steps", "-strips", "-widen,-sums,-steps,-strips"};
	for (size_t k = 0; k < sizeof passes / sizeof *passes; k++)
		leave_out(tape, set, cell, passes[k]);

	printf("\nsteps  instructions  multiplications and additions\n");
	for (int steps = 25; steps <= MOST; steps *= 2) {
		tl_program_stats s = stats_of(tape, set, NULL, steps);
		printf("%5d  %12d  %29.0f\n", steps, (int)s.instructions, s.flops);
	}
	tl_tape_rewind(tape);
	tl_view_options view = {.title = "8 The compiler", .loss = rnn(tape, set, 3)};
	int failed = lesson_end(tape, "8-compiler", &view, argc, argv);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
	return failed;
}
