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

void tl_axis_close(tl_axis *a)
{
	if (!(a->low <= a->high))
		*a = (tl_axis){a->log ? 0.1 : 0, 1, a->log};
	if (a->log) {
		double first = floor(log10(a->low) + 1e-9), last = ceil(log10(a->high) - 1e-9);
		a->low = pow(10, first);
		a->high = pow(10, last > first ? last : first + 1);
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
	return times[k % 3] * pow(10, decade + (double)(k / 3));
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
	snprintf(text, 24, isnan(v) ? "NaN" : "%.3g", v + 0.0);
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

/* Lines at 2 to 9 between the powers, where there are few of these; at 2 and 5 with numbers. */
static int between_powers(int first, int decades, double room, double size, bool along,
			  tl_tick *tick)
{
	char text[24];
	double widest = 0;
	int count = 0;
	for (int k = 0; k <= decades; k++) {
		times_text(text, first + k, 5);
		widest = fmax(widest, tl_label_width(text, size));
	}
	bool numbers = has_room(0.3 * room, widest, size, along);
	for (int k = 0; k < decades; k++)
		for (int i = 2; i < 10; i++, count++) {
			tick[count] = (tl_tick){(k + log10(i)) / decades, ""};
			if (numbers && (i == 2 || i == 5))
				times_text(tick[count].text, first + k, i);
		}
	return count;
}

/* Powers of ten, all of them or every so many-th. */
static int log_ticks(const tl_axis *a, double length, double size, bool along,
		     tl_tick tick[TL_TICKS])
{
	int first = (int)lround(log10(a->low)), decades = (int)lround(log10(a->high)) - first;
	int count = 0, every = 1 + (decades - 1) / 40;
	for (bool fits = false; !fits && every <= decades; every++) {
		double widest = 0;
		count = 0;
		for (int k = 0; k <= decades; k += every, count++) {
			tick[count].share = (double)k / decades;
			times_text(tick[count].text, first + k, 1);
			widest = fmax(widest, tl_label_width(tick[count].text, size));
		}
		fits = has_room(length * every / decades, widest, size, along);
	}
	if (decades <= 4)
		count +=
			between_powers(first, decades, length / decades, size, along, tick + count);
	return count;
}

int tl_axis_ticks(const tl_axis *a, double length, double size, bool along, tl_tick tick[TL_TICKS])
{
	return a->log ? log_ticks(a, length, size, along, tick)
		      : linear_ticks(a, length, size, along, tick);
}
