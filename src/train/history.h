/*
 * What a chart shows of a training: loss and gradient norm over the steps, in a bounded number of
 * points. When they are full, neighbours become one, and each further point stands for twice as
 * many steps.
 */
#ifndef TL_TRAIN_HISTORY_H
#define TL_TRAIN_HISTORY_H

#include <tapeloop/base.h>

enum { TL_HISTORY = 1024 };

typedef struct tl_history {
	double step[TL_HISTORY], loss[TL_HISTORY], norm[TL_HISTORY];
	double tested_step[TL_HISTORY], tested[TL_HISTORY];
	int points, tests;
	int64_t each;   /* steps a point */
	int64_t inside; /* steps that the last point has so far */
} tl_history;

void tl_history_add(tl_history *h, int64_t step, double loss, double norm);
void tl_history_add_test(tl_history *h, int64_t step, double loss);
tl_status tl_history_draw(const tl_history *h, const char *path, tl_error *error);

#endif
