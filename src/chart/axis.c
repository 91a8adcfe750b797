/* Axes: spans, round numbers, and as many of them as there is room for. */
#include "chart/axis.h"
#include "chart/label.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FARTHEST  1e300
#define NARROWEST 1e-290

tl_axis tl_axis_begin(bool log)
{
	return (tl_axis){INFINITY, -INFINITY, log};
}

bool tl_axis_shows(const tl_axis *a, double v)
{
	return fabs(v) <= FARTHEST && (!a->log || v >= 1 / FARTHEST);
}

void tl_axis_take(tl_axis *a, double v)
{
	if (!tl_axis_shows(a, v))
		return;
	a->low = fmin(a->low, v);
	a->high = fmax(a->high, v);
}

/* The nearest of 1, 2 and 5 times a power of ten that is not above v, or not below it. */
static double round_below(double v)
{
	double power = pow(10, floor(log10(v) + 1e-9)), times = v / power * (1 + 1e-9);
	return (times >= 5 ? 5 : times >= 2 ? 2 : 1) * power;
}

static double round_above(double v)
{
	double power = pow(10, floor(log10(v) + 1e-9)), times = v / power * (1 - 1e-9);
	return (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10) * power;
}

void tl_axis_close(tl_axis *a)
{
	if (!(a->low <= a->high))
		*a = (tl_axis){a->log ? 0.1 : 0, 1, a->log};
	if (a->log) {
		double low = round_below(a->low), high = round_above(a->high);
		*a = low < high ? (tl_axis){low, high, true}
				: (tl_axis){round_below(low * 0.9), round_above(high * 1.1), true};
		return;
	}
	double size = fmax(fabs(a->low), fabs(a->high));
	if (a->high - a->low > fmax(1e-9 * size, NARROWEST))
		return;
	double around = size == 0 ? 1 : fmax(size / 2, NARROWEST);
	a->low -= around;
	a->high += around;
}

/* 1, 2 or 5 times a power of ten: the k-th such number from 10^decade on. */
static double round_step(double decade, int k)
{
	static const double times[3] = {1, 2, 5};
	int decades = k / 3;
	return times[k % 3] * pow(10, decade + decades);
}

static double step_for(double span, int most)
{
	double decade = floor(log10(span / most));
	int k = 0;
	while (span / round_step(decade, k) > most * (1 + 1e-9) && k < 12)
		k++;
	return round_step(decade, k);
}

void tl_axis_round(tl_axis *a)
{
	if (a->log)
		return;
	double step = step_for(a->high - a->low, 8);
	double low = floor(a->low / step + 1e-9) * step, high = ceil(a->high / step - 1e-9) * step;
	if (tl_axis_shows(a, low) && tl_axis_shows(a, high))
		*a = (tl_axis){low, high, false};
}

double tl_axis_share(const tl_axis *a, double v)
{
	return a->log ? (log10(v) - log10(a->low)) / (log10(a->high) - log10(a->low))
		      : (v - a->low) / (a->high - a->low);
}

/* "1e+06" as people write it: 1e6. */
static void without_zeros(char *text)
{
	char *e = strchr(text, 'e');
	if (!e)
		return;
	bool minus = e[1] == '-';
	char *digits = e + 1 + (e[1] == '-' || e[1] == '+');
	while (*digits == '0' && digits[1])
		digits++;
	memmove(e + 1 + minus, digits, strlen(digits) + 1);
	if (minus)
		e[1] = '-';
}

/* A decimal point in every locale. */
static void with_point(char *text)
{
	for (; *text; text++)
		if (*text == ',')
			*text = '.';
}

void tl_axis_number(char text[24], double v)
{
	snprintf(text, 24, isnan(v) ? "NaN" : fabs(v) < 1e-3 ? "%.2g" : "%.3g", v + 0.0);
	with_point(text);
	without_zeros(text);
}

/* A multiple of a step, with the decimals that the step has. */
static void tick_text(char text[24], double v, double step, double largest)
{
	int decade = (int)floor(log10(step) + 1e-9);
	int digits = (int)floor(log10(fmax(largest, step)) + 1e-9) - decade + 1;
	bool plain = largest < 1e6 && decade >= -5;
	if (fabs(v) < step / 2)
		snprintf(text, 24, "0");
	else if (plain)
		snprintf(text, 24, "%.*f", decade < 0 ? -decade : 0, v);
	else
		snprintf(text, 24, "%.*g", digits < 1 ? 1 : digits > 15 ? 15 : digits, v);
	with_point(text);
	without_zeros(text);
}

/* Do numbers that lie so far from each other have room? */
static bool has_room(double distance, double widest, double size, bool along)
{
	bool columns = size == TL_COLUMNS;
	return distance >= (along ? widest + (columns ? 2 : 1.2 * size) : columns ? 2 : 2.2 * size);
}

static int linear_ticks(const tl_axis *a, double length, double size, bool along,
			tl_tick tick[TL_TICKS])
{
	double span = a->high - a->low, largest = fmax(fabs(a->low), fabs(a->high));
	double decade = floor(log10(span / 10));
	for (int k = 0; k < 15; k++) {
		double step = round_step(decade, k), widest = 0;
		double first = ceil(a->low / step - 1e-9), last = floor(a->high / step + 1e-9);
		int count = 0;
		if (last - first + 1 > 11)
			continue;
		for (double i = first; i <= last && count < TL_TICKS; i++, count++) {
			double v = i * step + 0.0;
			tick[count].share = fmin(1, fmax(0, tl_axis_share(a, v)));
			tick_text(tick[count].text, v, step, largest);
			widest = fmax(widest, tl_label_width(tick[count].text, size));
		}
		if (count < 2 || has_room(step / span * length, widest, size, along))
			return count;
	}
	return 0;
}

static void times_text(char text[24], int power, int times)
{
	if (power < -4 || power > 4)
		snprintf(text, 24, "%de%d", times, power);
	else
		snprintf(text, 24, "%.*f", power < 0 ? -power : 0, times * pow(10, power));
	with_point(text);
}

/* Are all numbers apart that are written: powers of ten, each or every so many-th; and 2 and 5
 * times these? */
static bool log_fits(const tl_axis *a, int every, bool between, double length, double size,
		     bool along)
{
	char text[24];
	double widest = 0, decade = length / (log10(a->high) - log10(a->low));
	for (int k = (int)floor(log10(a->low)); k <= (int)ceil(log10(a->high)); k++) {
		times_text(text, k, between ? 5 : 1);
		widest = fmax(widest, tl_label_width(text, size));
	}
	return has_room(between ? 0.3 * decade : every * decade, widest, size, along);
}

/* Powers of ten, or every so many-th of them; where these are few, lines at 2 to 9 between them,
 * and numbers at 2 and 5 if they have room. */
static int log_ticks(const tl_axis *a, double length, double size, bool along,
		     tl_tick tick[TL_TICKS])
{
	int first = (int)floor(log10(a->low) + 1e-9), last = (int)ceil(log10(a->high) - 1e-9);
	int count = 0, every = 1 + (last - first) / 40, most = last - first <= 4 ? 9 : 1;
	while (every < last - first && !log_fits(a, every, false, length, size, along))
		every++;
	bool between = most > 1 && every == 1 && log_fits(a, 1, true, length, size, along);
	for (int k = first; k <= last; k += every)
		for (int i = 1; i <= most && count < TL_TICKS; i++) {
			double v = i * pow(10, k);
			if (v < a->low * (1 - 1e-9) || v > a->high * (1 + 1e-9))
				continue;
			tick[count] = (tl_tick){fmin(1, fmax(0, tl_axis_share(a, v))), ""};
			if (i == 1 || (between && (i == 2 || i == 5)))
				times_text(tick[count].text, k, i);
			count++;
		}
	return count;
}

int tl_axis_ticks(const tl_axis *a, double length, double size, bool along, tl_tick tick[TL_TICKS])
{
	return a->log ? log_ticks(a, length, size, along, tick)
		      : linear_ticks(a, length, size, along, tick);
}
