/*
 * A program is a computation taken off a tape: compiled once, run again and again over other data,
 * with nothing recorded and nothing allocated.
 *
 *     tl_tensor x = tl_input(tape, tl_dims(1, 64), NULL), y = model(tape, x);
 *     tl_program *p = tl_program_create(tape, (tl_program_options){.outputs = &y, .count = 1});
 *     while (read(data)) {
 *             tl_program_bind(p, x, data);
 *             if (tl_program_run(p))
 *                     puts(tl_program_error(p));
 *             use(tl_program_value(p, y));
 *     }
 *
 * Handles go on naming its inputs and outputs after the tape was rewound or destroyed. Inputs keep
 * the data they were bound to when the program was made; constants are copied; parameters are read
 * where they are, so their set must stay. A program belongs to one thread at a time.
 *
 * You need none of this for a plain training loop: tl_backward and tl_value keep programs by
 * themselves and find the right one again.
 */
#ifndef TAPELOOP_PROGRAM_H
#define TAPELOOP_PROGRAM_H

#include <stdio.h>
#include <tapeloop/grad.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_program tl_program;

typedef struct tl_program_options {
	const tl_tensor *outputs; /* whose values can be read after a run */
	int output_count;
	tl_tensor loss; /* if set, a run also does what tl_backward(loss) does; its value can be
			   read */
	bool profile;   /* measure each instruction, for tl_program_print */
} tl_program_options;

/* NULL with the reason in tl_tape_error(tape). The gradients of a loss are recorded on the tape. */
TL_API TL_SITED tl_program *tl_program_create(tl_tape *tape, tl_program_options options);
TL_API void tl_program_destroy(tl_program *program);

/* Have an input read other data of its own type from the next run on. */
TL_API tl_status tl_program_bind(tl_program *program, tl_tensor input, const void *data);

/*
 * After each run the input takes the value of this output: a state carried from step to step. The
 * first run reads what the input is bound to; binding it again starts anew.
 */
TL_API tl_status tl_program_carry(tl_program *program, tl_tensor output, tl_tensor input);

/* Compute. On an error outputs, gradients and buffers are not to be used or are as they were. */
TL_API tl_status tl_program_run(tl_program *program);

/* Values of outputs after a run, valid until the next; NULL if it is no output, or of another type.
 */
TL_API const float *tl_program_value(tl_program *program, tl_tensor output);
TL_API const double *tl_program_value_double(tl_program *program, tl_tensor output);
TL_API const int32_t *tl_program_value_int(tl_program *program, tl_tensor output);
TL_API double tl_program_item(tl_program *program, tl_tensor output); /* of size 1; NaN on error */

/* The last error, or NULL. */
TL_API const char *tl_program_error(const tl_program *program);

typedef struct tl_program_stats {
	int64_t instructions;
	double flops;        /* multiplications and additions in products */
	int64_t arena_bytes; /* temporaries */
	int64_t output_bytes;
	int thread_count; /* that it runs on when the team is free */
	int64_t run_count;
	double nanoseconds; /* of all runs, when profiling */
} tl_program_stats;

TL_API tl_program_stats tl_program_get_stats(const tl_program *program);

/*
 * One aligned line an instruction, in the order they run: how long it took if profiling was on;
 * whose value it makes, in the words of tl_tape_print (number on the tape, name, whose gradient,
 * scope, step, line), which stay when the tape is gone; what it does, over what shape, where in
 * memory. Where one instruction makes several nodes, one of them is told; a legend comes last.
 */
TL_API void tl_program_print(const tl_program *program, FILE *file);

/*
 * The library has one team of threads, used by whatever runs a program at the time. Its size is one
 * a core unless the environment variable TL_THREADS says otherwise, or this call; 0 goes back to
 * that. Programs compiled before keep the number they were made for. Results do not depend on it.
 */
TL_API void tl_set_thread_count(int threads);
TL_API int tl_thread_count(void);

#ifdef __cplusplus
}
#endif
#endif
