/*
 * A cell over sequences of random numbers, as check, bench and show try it.
 *
 *     trial n;
 *     if (trial_create(&n, &choice, TL_F32, (sizes){.in = 64, .hidden = 64, .batch = 16, .steps =
 * 32})) trial_train(&n); trial_destroy(&n);
 */
#ifndef TOOL_TRIAL_H
#define TOOL_TRIAL_H

#include "cell.h"

#include <tapeloop/tapeloop.h>

typedef struct sizes {
	int64_t in, hidden, batch, steps; /* in, hidden 0: as the kind's example */
	bool positive;                    /* x is drawn above 0 */
} sizes;

typedef struct trial {
	const cell_choice *choice;
	tl_params *set;
	tl_cell *cell;
	tl_tape *tape;
	sizes size;
	tl_shape shape; /* of x: [steps, batch, ...] */
	int64_t count;  /* its elements */
	double *x;      /* normal numbers; the same in both types */
	float *x_float;
} trial;

/* Returns false after an error, which is said; destroy it all the same. */
bool trial_create(trial *n, const cell_choice *choice, tl_dtype dtype, sizes size);
void trial_destroy(trial *n);

/* x on a tape, of the tape's type. */
tl_tensor trial_input(const trial *n, tl_tape *tape);
/* The mean square of h at all steps, and h of the last step. */
tl_tensor trial_loss(const trial *n, tl_tape *tape, tl_tensor *last);
/* One step of training but for the optimiser's, as a loop does it: rewound, recorded,
 * differentiated. Errors stay on the tape. user is a trial. */
void trial_train(void *user);
/* A program that takes the cell through the sequence, with the gradients of the loss or without.
 * Returns NULL after an error, which is said. */
tl_program *trial_program(const trial *n, bool training);

/* A constant of random numbers in the shape of t, by which its elements are told apart in a sum. */
tl_tensor trial_weigh(tl_tensor t, uint64_t seed);

/* Says the tape's error, if there is one; returns whether there is none. */
bool trial_fine(const trial *n);

/* The first line of a message, cut at room. */
void first_line(const char *message, char *line, size_t room);

#endif
