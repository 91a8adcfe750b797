/* What many numbers are as a whole. The norm is of numbers divided by the largest of them, so that
 * squares neither overflow nor vanish. */
#include "view/measure.h"
#include "run/source.h"

#include <math.h>

tl_measure tl_measure_of(const void *numbers, tl_dtype type, int64_t size)
{
	tl_measure m = {.least = INFINITY, .largest = -INFINITY};
	double sum = 0, squares = 0;
	for (int64_t i = 0; i < size; i++) {
		double x = tl_number_at(numbers, type, i);
		if (!isfinite(x)) {
			m.strange++;
			continue;
		}
		m.least = fmin(m.least, x);
		m.largest = fmax(m.largest, x);
		sum += x;
	}
	if (m.strange == size)
		return (tl_measure){NAN, NAN, NAN, m.strange ? NAN : 0, m.strange};
	m.mean = sum / (double)(size - m.strange);
	double scale = fmax(fabs(m.least), fabs(m.largest));
	for (int64_t i = 0; i < size && scale > 0; i++) {
		double x = tl_number_at(numbers, type, i) / scale;
		squares += x * x;
	}
	m.norm = m.strange ? NAN : scale * sqrt(squares);
	return m;
}
