/* A trainer from the inside: what its files share. */
#ifndef TL_TRAIN_TRAINER_H
#define TL_TRAIN_TRAINER_H

#include "train/history.h"

#include <tapeloop/params.h>
#include <tapeloop/prefetch.h>
#include <tapeloop/trainer.h>

/* Values of parameters that can be put back. */
typedef struct tl_values {
	char *bytes;
	int64_t size;
} tl_values;

struct tl_trainer {
	tl_trainer_options o;
	tl_params *set;
	tl_tape *tape;
	tl_trainer_state state;
	int64_t evaluated_at; /* the step of the last evaluation; -1: there was none */
	double *metric;       /* of the last evaluation */
	tl_values best;       /* the parameters as they were at the best evaluation */
	tl_values before;     /* the buffers as they were before the present step */
	tl_history history;
	tl_batch *batch;
	tl_prefetch *ahead; /* or else batches are filled when their turn comes */
	double filling;     /* seconds that took in this run, */
	int watched;        /* for so many batches */
	FILE *log;
	double base_rate; /* the optimiser's own, when the trainer was made */
	double step_loss; /* of the step being taken, so far */
	tl_status step_status;
	bool wants_stop;     /* by a signal, a callback or the clock */
	bool begun;          /* a checkpoint was looked for */
	bool best_is_in;     /* the set has the values of the best evaluation */
	int64_t first_step;  /* of the present run */
	double share_before; /* of the training that was done when it began */
	double since;        /* when the present run began, and what all earlier ones took */
	double seconds_before;
	double saved_at, shown_at;
	int64_t shown_step;
	bool bar_is_open;    /* the terminal's line has no end yet */
	const char *problem; /* with the options: nothing is possible */
	tl_error error;
};

/* Seconds of a clock that only goes forward. */
double tl_now(void);

/* Note what failed; returns the status. */
__attribute__((format(printf, 3, 4))) tl_status tl_trainer_fail(tl_trainer *t, tl_status status,
								const char *format, ...);

/* Room for copies of all values of the set (trained ones, or buffers), which are taken and put
 * back. False when memory is short. */
bool tl_values_take(tl_values *v, tl_params *set, bool buffers);
void tl_values_put(const tl_values *v, tl_params *set, bool buffers);

#endif
