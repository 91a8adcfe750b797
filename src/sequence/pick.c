/* Temperature, top-k and top-p (Holtzman et al. 2020), on the host: a row of scores at a time. */
#include "sequence/pick.h"
#include "ops/common.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>

double tl_pick_number(uint64_t seed, int step, int64_t row)
{
	return tl_random_unit(tl_mix(seed + (uint64_t)step), (uint64_t)row);
}

double tl_log_sum(const double *x, int64_t n)
{
	double most = -INFINITY, sum = 0;
	for (int64_t i = 0; i < n; i++)
		most = x[i] > most ? x[i] : most;
	for (int64_t i = 0; i < n; i++)
		sum += exp(x[i] - most);
	return most + log(sum);
}

bool tl_scores_fine(const double *x, int64_t n)
{
	double most = -INFINITY;
	for (int64_t i = 0; i < n; i++) {
		if (isnan(x[i]))
			return false;
		most = x[i] > most ? x[i] : most;
	}
	return isfinite(most);
}

bool tl_sampling_fits(const tl_sampling *s)
{
	return !s || (s->temperature >= 0 && isfinite(s->temperature) && s->top_k >= 0 &&
		      s->top_p >= 0 && s->top_p <= 1);
}

static int32_t largest(const double *x, int64_t n)
{
	int64_t best = 0;
	for (int64_t i = 1; i < n; i++)
		if (x[i] > x[best])
			best = i;
	return (int32_t)best;
}

struct share {
	double share;
	int32_t symbol;
};

/* Best first; of equals the one with the smaller number, so that the order is always the same. */
static int by_share(const void *a, const void *b)
{
	const struct share *x = a, *y = b;
	if (x->share != y->share)
		return x->share < y->share ? 1 : -1;
	return x->symbol < y->symbol ? -1 : 1;
}

int32_t tl_sample_logits(const double *x, int64_t n, const tl_sampling *s, double number)
{
	if (n < 1 || !x || !tl_scores_fine(x, n) || !tl_sampling_fits(s))
		return -1;
	if (!s || s->temperature <= 0 || n == 1)
		return largest(x, n);
	struct share *list = tl_alloc((size_t)n * sizeof *list);
	if (!list)
		return -1;
	double most = x[largest(x, n)], all = 0, kept = 0;
	for (int64_t i = 0; i < n; i++) {
		list[i] = (struct share){exp((x[i] - most) / s->temperature), (int32_t)i};
		all += list[i].share;
	}
	qsort(list, (size_t)n, sizeof *list, by_share);
	int64_t count = s->top_k > 0 && s->top_k < n ? s->top_k : n, used = 0;
	while (used < count && !(s->top_p > 0 && used && kept >= s->top_p * all))
		kept += list[used++].share;
	double left = number * kept;
	int64_t at = 0;
	while (at + 1 < used && left >= list[at].share)
		left -= list[at++].share;
	int32_t symbol = list[at].symbol;
	tl_free(list);
	return symbol;
}

const double *tl_scores_as_doubles(tl_tensor scores, double *room)
{
	if (tl_tape_dtype(scores.tape) == TL_F64)
		return tl_value_double(scores);
	const float *x = tl_value(scores);
	for (int64_t i = 0, n = tl_tensor_size(scores); x && i < n; i++)
		room[i] = (double)x[i];
	return x ? room : NULL;
}

const double *tl_scores_of(tl_tensor scores, double *room)
{
	const double *x = tl_scores_as_doubles(scores, room);
	int64_t rows = tl_tensor_dim(scores, 0), classes = tl_tensor_dim(scores, 1);
	for (int64_t r = 0; x && r < rows; r++) {
		if (tl_scores_fine(x + r * classes, classes))
			continue;
		tl_report(scores.tape, TL_ERROR_VALUE,
			  "tl_tape_set_check_finite finds where a NaN came from",
			  "decode: the scores of row %lld have a NaN or no finite largest",
			  (long long)r);
		x = NULL;
	}
	return x;
}

bool tl_scores_fit(tl_tape *t, tl_tensor scores, int64_t rows)
{
	char text[96];
	tl_shape s = tl_tensor_shape(scores);
	if (t->problem.status || !tl_real_for(t, scores, "decode", 0))
		return false;
	if (s.rank == 2 && s.dim[0] == rows && s.dim[1] > 0)
		return true;
	tl_report(t, TL_ERROR_SHAPE, "next returns [rows, classes]",
		  "decode: the scores of %lld rows are %s", (long long)rows,
		  tl_shape_text(&s, text));
	return false;
}
