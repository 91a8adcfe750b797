/*
 * A program is a computation taken off a tape: compiled once, run again and again over other data,
 * with nothing recorded and nothing allocated.
 *
 *     tl_tensor x = tl_input(tape, tl_dims(1, 64), NULL), y = model(tape, x);
 *     tl_program_options o = {.outputs = &y, .output_count = 1};
 *     tl_program *p = tl_program_create(tape, o);
 *     while (read(data)) {
 *             tl_program_bind(p, x, data);
 *             if (tl_program_run(p))
 *                     puts(tl_program_error(p));
 *             use(tl_program_value(p, y));
 *     }
 *
 * Handles go on naming its inputs and outputs after the tape was rewound or destroyed. A program
 * belongs to one thread at a time.
 *
 * You need none of this for a plain training loop: tl_backward and tl_value keep programs by
 * themselves and find the right one again.
 *
 * On failure: a status or NULL; tl_program_error says why (of tl_program_create: tl_tape_error).
 * Owner: the caller owns the program and destroys it. Inputs stay the caller's: they are read where
 *     they were bound. Constants are copied; parameters are read where they are, so their set must
 *     stay.
 */
#ifndef TAPELOOP_PROGRAM_H
#define TAPELOOP_PROGRAM_H

#include <stdio.h>
#include <tapeloop/grad.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_program tl_program;

/* What is to be computed, and kept. */
typedef struct tl_program_options {
	const tl_tensor *outputs; /* whose values can be read after a run */
	int output_count;
	tl_tensor loss; /* if set, a run also does what tl_backward(loss) does; its value can be
			   read */
	bool profile;   /* measure each instruction, for tl_program_print */
} tl_program_options;

/* The gradients of a loss are recorded on the tape. */
TL_API TL_SITED tl_program *tl_program_create(tl_tape *tape, tl_program_options options);
TL_API void tl_program_destroy(tl_program *program); /* frees it; NULL is fine */

/* Have an input read other data of its own type from the next run on. */
TL_API tl_status tl_program_bind(tl_program *program, tl_tensor input, const void *data);

/*
 * After each run the input takes the value of this output: a state carried from step to step. The
 * first run reads what the input is bound to; binding it again starts anew.
 */
TL_API tl_status tl_program_carry(tl_program *program, tl_tensor output, tl_tensor input);

/*
 * Compute.
 * On failure: outputs and gradients are not to be used; buffers and carried inputs are as they
 *     were.
 */
TL_API tl_status tl_program_run(tl_program *program);

/*
 * Values of outputs after a run.
 * On failure: NULL, or NaN: it is no output, of another type, or nothing has run.
 * Owner: the program, until the next run.
 */
TL_API const float *tl_program_value(tl_program *program, tl_tensor output);
TL_API const double *tl_program_value_double(tl_program *program, tl_tensor output);
TL_API const int32_t *tl_program_value_int(tl_program *program, tl_tensor output);
TL_API double tl_program_item(tl_program *program, tl_tensor output); /* of size 1 */

/* The last error, or NULL. */
TL_API const char *tl_program_error(const tl_program *program);

/* What it consists of. */
typedef struct tl_program_stats {
	int64_t instructions;
	double flops;        /* multiplications and additions in products */
	int64_t arena_bytes; /* temporaries */
	int64_t output_bytes;
	int thread_count; /* that it runs on when the thread pool is free */
	int64_t run_count;
	double nanoseconds; /* of all runs, when profiling */
} tl_program_stats;

/* What it consists of; of NULL, zeros. */
TL_API tl_program_stats tl_program_get_stats(const tl_program *program);

/*
 * One aligned line an instruction, in the order they run: how long it took if profiling was on;
 * whose value it makes, in the words of tl_tape_print (number on the tape, name, whose gradient,
 * scope, step, line), which stay when the tape is gone; what it does, over what shape, where in
 * memory. Where one instruction makes several nodes, one of them is told; a legend comes last.
 */
TL_API void tl_program_print(const tl_program *program, FILE *file);

#ifdef __cplusplus
}
#endif
#endif
