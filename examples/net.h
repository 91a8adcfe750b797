/*
 * A cell, a linear layer that reads it, and their training: what the examples on small tasks have
 * in common. The task's data and loss stand in the example.
 *
 *     typedef struct task {
 *             net n; // the first member: the loss and net_train are given the same pointer
 *             int length;
 *     } task;
 *
 *     net_create(&t.n, &e, kind, net_cell(kind, 2, 32, 100), 1);
 *     tl_trainer_options o = example_training(&e);
 *     o.loss = loss, o.user = &t, o.train = train, o.steps = 2000;
 *     net_train(&t.n, &e, &o, 0.01, test);
 *     net_destroy(&t.n);
 */
#ifndef TL_EXAMPLES_NET_H
#define TL_EXAMPLES_NET_H

#include "example.h"

enum { NET_POINTS = 512, NET_METRICS = 4 };

typedef struct net {
	tl_params *set;
	tl_cell *cell;
	tl_param *V, *b;
	tl_tensor y; /* what it said last */

	/* What became of the training. */
	tl_trainer_state state;
	double loss, metric[NET_METRICS]; /* on the test */
	/* Its curve: steps, and the loss of late. */
	int points;
	double step[NET_POINTS], smooth[NET_POINTS];
} net;

/* Options of a cell that is to remember over so many steps (0: forget gates just begin open), as
 * far as its kind has gates for it. */
tl_cell_options net_cell(const tl_cell_kind *kind, int64_t in, int64_t hidden, double remembers);

/* Cell and layer, all zero before. False: it has been said why. */
bool net_create(net *n, example *e, const tl_cell_kind *kind, tl_cell_options o, int64_t out);
void net_destroy(net *n);

/* What it says to x at each step, [steps, rows, out], or after the last one of each row, [rows,
 * out]; lengths may be TL_NONE. */
tl_tensor net_at_each_step(net *n, tl_tensor x);
tl_tensor net_at_the_end(net *n, tl_tensor x, tl_tensor lengths);

/* Train with Adam at this rate, or by the schedule or the optimiser of the options; o->user begins
 * with the net. Then measure loss and metrics on the test, if there is one. False: it has been said
 * why. */
bool net_train(net *n, example *e, tl_trainer_options *o, double rate, tl_batches *test);

/* Its on_step if the options have none: a point of the curve. */
bool net_remember(tl_trainer *trainer, void *user);

/* The curve, for a chart. */
tl_curve net_curve(const net *n, const char *name);

#endif
