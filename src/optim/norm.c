/* Is a gradient NaN or infinite, and how long are they together? */
#include "optim/norm.h"
#include "optim/share.h"
#include "optim/tables.h"

#include <math.h>

typedef struct look {
	tl_stretch walk;
	const char *gradient;
	int64_t (*first)(int64_t n, const void *g);
	size_t number;
	int64_t found[TL_MOST_THREADS]; /* by each part; -1 */
} look;

static void look_at_part(void *data, int part, int parts)
{
	look *l = data;
	l->found[part] = -1;
	tl_stretch walk = l->walk;
	while (l->found[part] < 0 && tl_stretch_next(&walk)) {
		tl_range r = tl_share_of(walk.first, walk.count, part, parts);
		int64_t at = l->first(r.count, l->gradient + (size_t)r.first * l->number);
		l->found[part] = at < 0 ? -1 : r.first + at;
	}
}

int64_t tl_first_not_finite(tl_stretch walk, const void *gradient)
{
	tl_dtype dtype = tl_params_dtype(walk.set);
	look l = {.walk = walk,
		  .gradient = gradient,
		  .first = tl_optim_table_best()->first_not_finite[dtype == TL_F64],
		  .number = tl_dtype_size(dtype)};
	int64_t first = -1;
	int parts = tl_share(walk.set, 1, look_at_part, &l);
	for (int k = 0; k < parts; k++)
		if (l.found[k] >= 0 && (first < 0 || l.found[k] < first))
			first = l.found[k];
	return first;
}

/* Doubles whose squares overflow are summed up as shares of the largest. */
static double scaled_norm(tl_stretch start, const double *g)
{
	double largest = 0, total = 0;
	for (tl_stretch s = start; tl_stretch_next(&s);)
		for (int64_t i = s.first; i < s.first + s.count; i++)
			largest = fmax(largest, fabs(g[i]));
	for (tl_stretch s = start; tl_stretch_next(&s);)
		for (int64_t i = s.first; i < s.first + s.count; i++)
			total += g[i] / largest * (g[i] / largest);
	return largest * sqrt(total);
}

double tl_norm(tl_stretch walk, const void *gradient)
{
	tl_dtype dtype = tl_params_dtype(walk.set);
	size_t number = tl_dtype_size(dtype);
	double total = 0;
	for (tl_stretch s = walk; tl_stretch_next(&s);)
		total += tl_optim_table_best()->squares[dtype == TL_F64](
			s.count, (const char *)gradient + (size_t)s.first * number);
	if (!isfinite(total) && dtype == TL_F64 && tl_first_not_finite(walk, gradient) < 0)
		return scaled_norm(walk, gradient);
	return sqrt(total);
}
