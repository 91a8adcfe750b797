/* What can be said of a shape alone. */
#include "graph/shape.h"

#include <stdio.h>

int64_t tl_shape_size(tl_shape s)
{
	return tl_shape_sound(&s) ? tl_elements(&s) : 0;
}

int64_t tl_elements(const tl_shape *s)
{
	int64_t n = 1;
	for (int i = 0; i < s->rank; i++)
		n *= s->dim[i];
	return n;
}

/* The largest size: its bytes as doubles, and sums of two sizes, fit in 63 bits. */
enum { SIZE_BITS = 48 };

/* A dimension of 0 counts as 1, so that strides of an empty tensor can be computed too. */
bool tl_shape_sound(const tl_shape *s)
{
	if (s->rank < 0 || s->rank > TL_MAX_RANK)
		return false;
	uint64_t bits = 0;
	for (int i = 0; i < s->rank; i++)
		bits |= (uint64_t)s->dim[i];
	if (bits >> (SIZE_BITS / TL_MAX_RANK) == 0) /* nearly always: four such fit */
		return true;
	/* exact as long as it matters, and quicker than a division for each dimension */
	double size = 1, most = (double)((int64_t)1 << SIZE_BITS);
	for (int i = 0; i < s->rank; i++) {
		if (s->dim[i] < 0 || (double)s->dim[i] > most)
			return false;
		size *= s->dim[i] ? (double)s->dim[i] : 1;
	}
	return size <= most;
}

bool tl_shape_same(const tl_shape *a, const tl_shape *b)
{
	if (a->rank != b->rank)
		return false;
	for (int i = 0; i < a->rank; i++)
		if (a->dim[i] != b->dim[i])
			return false;
	return true;
}

const char *tl_shape_text(const tl_shape *s, char text[96])
{
	int used = snprintf(text, 96, "[");
	for (int i = 0; i < s->rank && i < TL_MAX_RANK; i++)
		used += snprintf(text + used, 96 - (size_t)used, "%s%lld", i ? "," : "",
				 (long long)s->dim[i]);
	snprintf(text + used, 96 - (size_t)used, s->rank > TL_MAX_RANK ? ",...]" : "]");
	return text;
}
