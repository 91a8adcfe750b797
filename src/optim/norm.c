/* Is a gradient NaN or infinite, and how long are they together? */
#include "optim/norm.h"
#include "optim/share.h"
#include "optim/tables.h"

#include "base/memory.h"

#include <math.h>

enum { LARGE = 1 << 18 }; /* numbers, from where on threads are worth memory for sums */

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

/* Sums of blocks are added up in the order of the blocks, whoever made them, so that a norm does
 * not depend on threads. */
typedef struct measure {
	tl_stretch walk;
	const char *gradient;
	void (*squares)(int64_t n, const void *g, double *sums);
	size_t number;
	double *sum; /* of each block of each stretch */
} measure;

static int64_t blocks_of(int64_t count)
{
	return (count + TL_SUMMED - 1) / TL_SUMMED;
}

static void measure_part(void *data, int part, int parts)
{
	const measure *m = data;
	double *sum = m->sum;
	for (tl_stretch s = m->walk; tl_stretch_next(&s); sum += blocks_of(s.count)) {
		tl_range r = tl_share_of(s.first, s.count, part, parts);
		m->squares(r.count, m->gradient + (size_t)r.first * m->number,
			   sum + (r.first - s.first) / TL_SUMMED);
	}
}

static double total_of(const double *sum, int64_t blocks)
{
	double total = 0;
	for (int64_t i = 0; i < blocks; i++)
		total += sum[i];
	return total;
}

/* With memory for all sums at once. */
static double squares_shared(const measure *m)
{
	double total = 0, *sum = m->sum;
	tl_share(m->walk.set, 1, measure_part, (void *)m);
	for (tl_stretch s = m->walk; tl_stretch_next(&s); sum += blocks_of(s.count))
		total += total_of(sum, blocks_of(s.count));
	return total;
}

/* With a little of it, and the same result. */
static double squares_alone(const measure *m)
{
	enum { BLOCKS = 64 };
	double few[BLOCKS], total = 0;
	for (tl_stretch s = m->walk; tl_stretch_next(&s);) {
		double within = 0;
		for (int64_t i = 0; i < s.count; i += BLOCKS * TL_SUMMED) {
			int64_t n =
				s.count - i < BLOCKS * TL_SUMMED ? s.count - i : BLOCKS * TL_SUMMED;
			m->squares(n, m->gradient + (size_t)(s.first + i) * m->number, few);
			for (int64_t k = 0; k < blocks_of(n); k++)
				within += few[k];
		}
		total += within;
	}
	return total;
}

double tl_norm(tl_stretch walk, const void *gradient)
{
	tl_dtype dtype = tl_params_dtype(walk.set);
	measure m = {.walk = walk,
		     .gradient = gradient,
		     .squares = tl_optim_table_best()->squares[dtype == TL_F64],
		     .number = tl_dtype_size(dtype)};
	int64_t count, blocks = 0;
	tl_params_values((tl_params *)walk.set, &count);
	for (tl_stretch s = walk; count >= LARGE && tl_stretch_next(&s);)
		blocks += blocks_of(s.count);
	m.sum = blocks ? tl_alloc((size_t)blocks * sizeof *m.sum) : NULL;
	double total = m.sum ? squares_shared(&m) : squares_alone(&m);
	tl_free(m.sum);
	if (!isfinite(total) && dtype == TL_F64 && tl_first_not_finite(walk, gradient) < 0)
		return scaled_norm(walk, gradient);
	return sqrt(total);
}
