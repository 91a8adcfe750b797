/*
 * Numbers in text. Most have few digits and a small power of ten, which doubles hold exactly: one
 * multiplication or division then rounds right (Clinger 1990). The others are left to strtod, in
 * the locale's own writing.
 */
#include "data/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TEXT = 400, EXACT_POWER = 22 };

static char locale_decimal(void)
{
	const char *text = localeconv()->decimal_point;
	return text && *text ? *text : '.';
}

typedef struct parts {
	uint64_t digits;
	int kept,
		power; /* how many digits are in `digits`; the power of ten it is to be taken by */
	bool lost;     /* there are more */
	bool any;
} parts;

static const char *read_digits(const char *at, const char *end, bool fraction, parts *p)
{
	for (; at < end && *at >= '0' && *at <= '9'; at++) {
		p->any = true;
		if (p->kept < 18) {
			p->digits = p->digits * 10 + (uint64_t)(*at - '0');
			p->kept += p->digits > 0;
			p->power -= fraction;
		} else {
			p->lost = true;
			p->power += !fraction;
		}
	}
	return at;
}

static const char *read_exponent(const char *at, const char *end, int *power)
{
	int sign = 1, e = 0;
	if (at == end || (*at != 'e' && *at != 'E'))
		return at;
	at++;
	if (at < end && (*at == '-' || *at == '+'))
		sign = *at++ == '-' ? -1 : 1;
	if (at == end || *at < '0' || *at > '9')
		return NULL;
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		e = e < 10000 ? e * 10 + (*at - '0') : e;
	*power += sign * e;
	return at;
}

static bool convert(const char *text, size_t length, char decimal, double *value)
{
	char copy[MOST_TEXT + 1], *stop;
	memcpy(copy, text, length);
	copy[length] = 0;
	char *point = memchr(copy, decimal, length);
	if (point)
		*point = locale_decimal();
	*value = strtod(copy, &stop);
	return stop == copy + length;
}

const char *tl_number_read(const char *text, const char *end, char decimal, double *value)
{
	static const double ten[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
						    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
						    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	parts p = {0};
	if (end - text > MOST_TEXT)
		end = text + MOST_TEXT;
	bool negative = text < end && *text == '-';
	const char *at = text + (text < end && (*text == '-' || *text == '+'));
	at = read_digits(at, end, false, &p);
	if (at < end && *at == decimal)
		at = read_digits(at + 1, end, true, &p);
	if (p.any)
		at = read_exponent(at, end, &p.power);
	if (!p.any || !at)
		return NULL;
	if (!p.lost && p.digits <= (uint64_t)1 << 53 && abs(p.power) <= EXACT_POWER) {
		double x = (double)p.digits;
		x = p.power < 0 ? x / ten[-p.power] : x * ten[p.power];
		*value = negative ? -x : x;
		return at;
	}
	return convert(text, (size_t)(at - text), decimal, value) && isfinite(*value) ? at : NULL;
}

int tl_number_write(double value, char text[TL_NUMBER_TEXT])
{
	for (int digits = 15; digits <= 17; digits++) {
		int length = snprintf(text, TL_NUMBER_TEXT, "%.*g", digits, value);
		char *point = strchr(text, locale_decimal());
		double back;
		if (point)
			*point = '.';
		if (digits == 17 ||
		    (tl_number_read(text, text + length, '.', &back) && back == value))
			return length;
	}
	return 0;
}
