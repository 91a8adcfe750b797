/* What a chart shows of a training, in a bounded number of points. */
#include "train/history.h"

#include <tapeloop/chart.h>

#include <math.h>

/* Neighbours become one: the mean of the losses, the larger of the norms. */
static void halve(tl_history *h)
{
	for (int i = 0; i < h->points / 2; i++) {
		h->step[i] = h->step[2 * i + 1];
		h->loss[i] = (h->loss[2 * i] + h->loss[2 * i + 1]) / 2;
		h->norm[i] = fmax(h->norm[2 * i], h->norm[2 * i + 1]);
	}
	h->points /= 2;
	h->each *= 2;
}

void tl_history_add(tl_history *h, int64_t step, double loss, double norm)
{
	if (!h->each)
		h->each = 1;
	if (!h->inside) {
		if (h->points == TL_HISTORY)
			halve(h);
		h->points++;
		h->loss[h->points - 1] = h->norm[h->points - 1] = 0;
	}
	int i = h->points - 1;
	h->step[i] = (double)step;
	h->loss[i] += (loss - h->loss[i]) / (double)++h->inside;
	h->norm[i] = fmax(h->norm[i], norm);
	if (h->inside >= h->each)
		h->inside = 0;
}

void tl_history_add_test(tl_history *h, int64_t step, double loss)
{
	if (h->tests == TL_HISTORY) {
		h->tests /= 2;
		for (int i = 0; i < h->tests; i++) {
			h->tested_step[i] = h->tested_step[2 * i + 1];
			h->tested[i] = h->tested[2 * i + 1];
		}
	}
	h->tested_step[h->tests] = (double)step;
	h->tested[h->tests++] = loss;
}

tl_status tl_history_draw(const tl_history *h, const char *path, tl_error *error)
{
	const tl_curve losses[] = {
		{.name = "training", .x = h->step, .y = h->loss, .count = h->points},
		{.name = "validation",
		 .x = h->tested_step,
		 .y = h->tested,
		 .count = h->tests,
		 .dots = true},
	};
	const tl_curve norms[] = {
		{.name = h->each > 1 ? "largest of neighbouring steps" : "of each step",
		 .x = h->step,
		 .y = h->norm,
		 .count = h->points,
		 .color = "#555555"},
	};
	const tl_chart charts[] = {
		{.title = "Training",
		 .x_name = "step",
		 .y_name = "loss",
		 .curves = losses,
		 .curve_count = h->tests ? 2 : 1},
		{.x_name = "step",
		 .y_name = "gradient norm",
		 .curves = norms,
		 .curve_count = 1,
		 .log_y = true},
	};
	return tl_chart_write(path, charts, 2, NULL, error);
}
