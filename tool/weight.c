/* What can be said of a weight. How it starts is told by its values, for kinds do not say it. */
#include "weight.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Shapes */

static void dim_words(int64_t d, int64_t given, char *text, size_t room)
{
	static const struct {
		int64_t size;
		const char *name;
	} known[] = {
		{GENERAL_IN, "in"},
		{GENERAL_HIDDEN, "hidden"},
		{GENERAL_IN + GENERAL_HIDDEN, "in + hidden"},
		{2 * GENERAL_HIDDEN, "2 hidden"},
		{3 * GENERAL_HIDDEN, "3 hidden"},
		{4 * GENERAL_HIDDEN, "4 hidden"},
		{GENERAL_HIDDEN / 2, "hidden/2"},
		{GENERAL_HIDDEN / 4, "hidden/4"},
		{GENERAL_HIDDEN * 3 / 4, "3/4 hidden"},
		{GENERAL_IN - 1, "in - 1"},
		{GENERAL_IN + 1, "in + 1"},
		{GENERAL_HIDDEN * GENERAL_HIDDEN, "hidden^2"},
	};
	for (size_t k = 0; d != given && k < sizeof known / sizeof *known; k++)
		if (known[k].size == d) {
			snprintf(text, room, "%s", known[k].name);
			return;
		}
	snprintf(text, room, "%lld", (long long)given);
}

void shape_words(tl_shape shape, const tl_shape *general, char *text, size_t room)
{
	tl_shape wide = general ? *general : shape;
	size_t used = (size_t)snprintf(text, room, "[");
	for (int i = 0; i < shape.rank && used < room; i++) {
		char one[32];
		dim_words(i < wide.rank ? wide.dim[i] : shape.dim[i], shape.dim[i], one,
			  sizeof one);
		used += (size_t)snprintf(text + used, room - used, "%s%s", i ? ", " : "", one);
	}
	if (used < room)
		snprintf(text + used, room - used, "]");
}

/* Starts */

/* Are rows (or columns, if these are fewer) orthogonal and equally long? Then how long, or 0. */
static double length_of_rows(const float *v, int64_t rows, int64_t columns)
{
	bool across = rows > columns;
	int64_t n = across ? columns : rows, m = across ? rows : columns;
	int64_t step = across ? 1 : columns, inner = across ? columns : 1;
	double length = 0;
	for (int64_t a = 0; a < n; a++)
		for (int64_t b = 0; b <= a; b++) {
			double dot = 0;
			for (int64_t i = 0; i < m; i++)
				dot += (double)v[a * step + i * inner] * v[b * step + i * inner];
			if (!a)
				length = dot;
			if (fabs(dot - (a == b ? length : 0)) > 1e-4 * length)
				return 0;
		}
	return sqrt(length);
}

static bool is_identity(const float *v, int64_t n)
{
	for (int64_t i = 0; i < n * n; i++)
		if (v[i] != (i % (n + 1) ? 0 : v[0]))
			return false;
	return true;
}

/* A matrix that is more than drawn numbers. */
static bool matrix_words(const float *v, tl_shape s, char *text, size_t room)
{
	double length = s.rank == 2 && s.dim[0] > 1 && s.dim[1] > 1 && tl_shape_size(s) <= 1 << 20
				? length_of_rows(v, s.dim[0], s.dim[1])
				: 0;
	char times[24] = "";
	if (length == 0)
		return false;
	if (fabs(length - 1) > 1e-4)
		snprintf(times, sizeof times, " x %.3g", length);
	bool one = s.dim[0] == s.dim[1] && is_identity(v, s.dim[0]);
	snprintf(text, room, "%s%s", one ? "identity" : "orthogonal", times);
	return true;
}

void start_words(tl_param *p, char *text, size_t room)
{
	const float *v = tl_param_value_float(p);
	int64_t n = tl_param_size(p);
	double sum = 0, squares = 0, least = INFINITY, most = -INFINITY;
	if (!v || matrix_words(v, tl_param_shape(p), text, room))
		return;
	for (int64_t i = 0; i < n; i++) {
		sum += v[i];
		squares += (double)v[i] * v[i];
		least = fmin(least, v[i]);
		most = fmax(most, v[i]);
	}
	double mean = sum / (double)n, deviation = sqrt(fmax(0, squares / (double)n - mean * mean));
	if (least == most)
		snprintf(text, room, least == 0 ? "zeros" : least == 1 ? "ones" : "%.4g", least);
	else if (n > 50 && fabs(most - least - deviation * sqrt(12)) < 0.1 * (most - least))
		snprintf(text, room,
			 fabs(most + least) < 0.1 * (most - least) ? "uniform, +-%.3g"
								   : "uniform, %.3g to %.3g",
			 fabs(most + least) < 0.1 * (most - least) ? most : least, most);
	else if (n > 50 && most - least > 4 * deviation && most - least < 9 * deviation)
		snprintf(text, room, "normal, %.2g +- %.2g",
			 fabs(mean) < 0.1 * deviation ? 0 : mean, deviation);
	else
		snprintf(text, room, "%.3g to %.3g", least, most);
}
