/*
 * A layer whose weights are another framework's, run over a sequence, for test_frameworks.py:
 *
 *     run_layer FORMAT KIND HIDDEN PROJECTION DIRECTIONS WEIGHTS INPUT OUTPUT AGAIN
 *
 * INPUT has x [steps, batch, in]; OUTPUT gets y; AGAIN gets the weights, written back. Names begin
 * with "net/"; the directions of Keras with "net/forward/" and "net/backward/".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tapeloop/train.h>

typedef struct run {
	tl_weights_format format;
	const char *kind, *weights, *input, *output, *again;
	int64_t hidden, projection;
	int directions;
	tl_error error;
} run;

static tl_status run_over(run *r, tl_cell *const cells[2], tl_array x)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor in = tl_input_double(tape, x.shape, x.data);
	tl_tensor y = r->directions == 2
			      ? tl_bidirectional(cells[0], cells[1], in, TL_MERGE_CONCAT, NULL).h
			      : tl_unroll(cells[0], in, NULL).h;
	const double *values = tl_value_double(y);
	tl_named_array out = {"y", {(void *)values, TL_F64, tl_tensor_shape(y), tl_tensor_size(y)}};
	tl_status status = TL_ERROR_VALUE;
	if (values)
		status = tl_npz_write(r->output, &out, 1, &r->error);
	else
		fprintf(stderr, "%s\n", tl_tape_error(tape));
	tl_tape_destroy(tape);
	return status;
}

/* So that what is written back is what was read, and not the sum. */
static bool has_two_biases(const run *r)
{
	return !strcmp(r->kind, "gru_reset_after") ||
	       (r->format != TL_WEIGHTS_KERAS && strcmp(r->kind, "rnn") != 0);
}

static tl_status run_with(run *r, tl_params *set, tl_array x)
{
	static const char *const prefix[3][2] = {
		{"net/", "net/"}, {"net/forward/", "net/backward/"}, {"net/", "net/"}};
	tl_projection_options projected = {.projection = r->projection};
	tl_weights_layer layers[2] = {{.reverse = false}};
	tl_cell *cells[2] = {NULL, NULL};
	for (int d = 0; d < r->directions; d++) {
		tl_cell_options o = {.in = x.shape.dim[2],
				     .hidden = r->hidden,
				     .two_biases = has_two_biases(r),
				     .extra = r->projection ? &projected : NULL};
		cells[d] = tl_cell_create(set, r->kind, d ? "backward" : "forward", o);
		layers[d] = (tl_weights_layer){.cell = cells[d],
					       .prefix = r->directions == 1 ? "net/"
									    : prefix[r->format][d],
					       .reverse = d && r->format != TL_WEIGHTS_KERAS};
	}
	tl_status status = tl_weights_load(r->weights, r->format, layers, r->directions, &r->error);
	if (!status)
		status = run_over(r, cells, x);
	if (!status)
		status = tl_weights_save(r->again, r->format, layers, r->directions, &r->error);
	for (int d = 0; d < 2; d++)
		tl_cell_destroy(cells[d]);
	return status;
}

int main(int argc, char **argv)
{
	if (argc != 10)
		return 2;
	run r = {.format = !strcmp(argv[1], "pytorch") ? TL_WEIGHTS_PYTORCH
			   : !strcmp(argv[1], "keras") ? TL_WEIGHTS_KERAS
						       : TL_WEIGHTS_ONNX,
		 .kind = argv[2],
		 .hidden = atoi(argv[3]),
		 .projection = atoi(argv[4]),
		 .directions = atoi(argv[5]),
		 .weights = argv[6],
		 .input = argv[7],
		 .output = argv[8],
		 .again = argv[9]};
	tl_npy *file = tl_npy_open(r.input, &r.error);
	tl_array x = tl_npy_array(file, "x", TL_F64, &r.error);
	tl_params *set = tl_params_create(TL_F64);
	tl_status status = x.data ? run_with(&r, set, x) : TL_ERROR_FILE;
	if (status)
		fprintf(stderr, "%s\n", r.error.text);
	tl_params_destroy(set);
	tl_npy_close(file);
	return status != TL_OK;
}
