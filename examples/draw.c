/*
 * Three steps of a recurrent net with the gradients of its weights, as Graphviz on standard output:
 *
 *     draw | dot -Tsvg > rnn.svg          draw --list prints the tape instead; --help
 */
#include <stdio.h>
#include <stdlib.h>

#include <tapeloop/tapeloop.h>

#include "options.h"

enum { STEPS = 3, BATCH = 2, IN = 3, HIDDEN = 4 };

int main(int argc, char **argv)
{
	bool list = false;
	int rest, end;
	const option option = {"--list", NULL, OPTION_FLAG, &list, "print the tape instead"};
	const command c = {"draw",
			   "Three steps of a recurrent net and the gradients of its weights, as "
			   "Graphviz:\n\n  draw | dot -Tsvg > rnn.svg",
			   &option, 1, NULL};
	if (!options_read(&c, argc, argv, &rest, &end))
		return end;
	static const float data[STEPS * BATCH * IN] = {0.1f, -0.2f, 0.3f};
	static const char *const names[] = {"dW", "dU", "db"};
	tl_params *set = tl_params_create(TL_F32);
	tl_param *W = tl_params_add(set, "W", tl_dims(HIDDEN, HIDDEN), tl_init_orthogonal(1));
	tl_param *U = tl_params_add(set, "U", tl_dims(HIDDEN, IN), tl_init_glorot_uniform());
	tl_param *b = tl_params_add(set, "b", tl_dims(HIDDEN), tl_init_zeros());

	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_input(tape, tl_dims(STEPS, BATCH, IN), data);
	tl_tensor h = tl_zeros(tape, tl_dims(BATCH, HIDDEN));
	tl_scope_enter(tape, "rnn");
	for (int t = 0; t < STEPS; t++) {
		tl_tape_set_step(tape, t);
		h = tl_tanh(tl_add(tl_linear(h, tl_use(tape, W), TL_NONE),
				   tl_linear(tl_at(x, t), tl_use(tape, U), tl_use(tape, b))));
		tl_tag(h, "h");
	}
	tl_tape_set_step(tape, -1);
	tl_scope_leave(tape);

	tl_tensor wrt[] = {tl_use(tape, W), tl_use(tape, U), tl_use(tape, b)}, gradient[3];
	tl_tensor loss = tl_tag(tl_sum(tl_square(h), TL_ALL), "loss");
	tl_status status = tl_grads(loss, wrt, 3, gradient);
	for (int i = 0; i < 3; i++)
		tl_tag(gradient[i], names[i]);
	if (!status)
		status = tl_evaluate(gradient, 3);
	if (!status)
		status = list ? tl_tape_print(tape, stdout) : tl_tape_print_dot(tape, stdout);
	if (tl_tape_error(tape))
		fprintf(stderr, "%s\n", tl_tape_error(tape));
	tl_tape_destroy(tape);
	tl_params_destroy(set);
	return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
