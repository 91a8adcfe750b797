/*
 * Elements as files have them. A few hundred at a time become int64_t or double, which hold every
 * value that is read, and from there what is asked for: so there are as many loops as types, not as
 * many as pairs of them.
 */
#include "io/element.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const tl_element elements[] = {
	{"F64", 64, TL_FORM_REAL},     {"F32", 32, TL_FORM_REAL},
	{"F16", 16, TL_FORM_REAL},     {"BF16", 16, TL_FORM_SHORTENED},
	{"I64", 64, TL_FORM_SIGNED},   {"I32", 32, TL_FORM_SIGNED},
	{"I16", 16, TL_FORM_SIGNED},   {"I8", 8, TL_FORM_SIGNED},
	{"U64", 64, TL_FORM_UNSIGNED}, {"U32", 32, TL_FORM_UNSIGNED},
	{"U16", 16, TL_FORM_UNSIGNED}, {"U8", 8, TL_FORM_UNSIGNED},
	{"BOOL", 8, TL_FORM_BOOL},     {"F8_E4M3", 8, TL_FORM_OTHER},
	{"F8_E5M2", 8, TL_FORM_OTHER}, {"F8_E8M0", 8, TL_FORM_OTHER},
	{"F4", 4, TL_FORM_OTHER},      {"F6_E2M3", 6, TL_FORM_OTHER},
	{"F6_E3M2", 6, TL_FORM_OTHER}, {"C64", 64, TL_FORM_OTHER},
};

enum { CHUNK = 256 };

typedef struct chunk {
	bool real;
	int count;
	union {
		double real[CHUNK];
		int64_t integer[CHUNK];
	} value;
} chunk;

const tl_element *tl_element_named(const char *name)
{
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		if (!strcmp(elements[i].name, name))
			return &elements[i];
	return NULL;
}

const tl_element *tl_element_of(tl_dtype dtype)
{
	return tl_element_named(dtype == TL_F64 ? "F64" : dtype == TL_F32 ? "F32" : "I32");
}

static bool is_real(const tl_element *e)
{
	return e->form == TL_FORM_REAL || e->form == TL_FORM_SHORTENED;
}

/* The bits of an element, whatever the byte order of the machine. */
static uint64_t bits_at(const unsigned char *p, int bytes, bool big_endian)
{
	uint64_t bits = 0;
	for (int i = 0; i < bytes; i++)
		bits = bits << 8 | p[big_endian ? i : bytes - 1 - i];
	return bits;
}

static double from_half(uint16_t bits)
{
	int exponent = bits >> 10 & 31, fraction = bits & 1023;
	double size = exponent == 31 ? (fraction ? NAN : INFINITY)
		      : exponent     ? ldexp(1024 + fraction, exponent - 25)
				     : ldexp(fraction, -24);
	return bits >> 15 ? -size : size;
}

static double from_bits(const tl_element *e, uint64_t bits)
{
	if (e->bits == 64) {
		double d;
		memcpy(&d, &bits, sizeof d);
		return d;
	}
	if (e->bits == 16 && e->form == TL_FORM_REAL)
		return from_half((uint16_t)bits);
	uint32_t word = (uint32_t)bits << (e->form == TL_FORM_SHORTENED ? 16 : 0);
	float f;
	memcpy(&f, &word, sizeof f);
	return f;
}

static int64_t extend(uint64_t bits, int width)
{
	uint64_t sign = (uint64_t)1 << (width - 1);
	return (int64_t)((bits ^ sign) - sign);
}

/* Elements `first` and following; an unsigned one that int64_t does not hold becomes negative. */
static void load(const tl_elements *from, int64_t first, chunk *c)
{
	const tl_element *e = from->element;
	int bytes = e->bits / 8;
	const unsigned char *p = (const unsigned char *)from->data + first * bytes;
	c->real = is_real(e);
	c->count = from->count - first < CHUNK ? (int)(from->count - first) : CHUNK;
	for (int i = 0; i < c->count; i++, p += bytes) {
		uint64_t bits = bits_at(p, bytes, from->big_endian);
		if (c->real)
			c->value.real[i] = from_bits(e, bits);
		else
			c->value.integer[i] =
				e->form == TL_FORM_SIGNED ? extend(bits, e->bits) : (int64_t)bits;
	}
}

/* The first element that the type cannot hold, or -1. */
static int misfit(const chunk *c, const tl_element *e, tl_dtype to)
{
	int64_t least = to == TL_I32 ? INT32_MIN : to == TL_F32 ? -(1 << 24) : -((int64_t)1 << 53);
	int64_t most = to == TL_I32 ? INT32_MAX : -least;
	if (e->form == TL_FORM_UNSIGNED || e->form == TL_FORM_BOOL)
		least = 0;
	if (e->form == TL_FORM_BOOL)
		most = 1;
	for (int i = 0; i < c->count; i++) {
		if (c->real ? isfinite(c->value.real[i]) && !isfinite((float)c->value.real[i])
			    : c->value.integer[i] < least || c->value.integer[i] > most)
			return i;
	}
	return -1;
}

/* A type whose values the other one holds, all of them. */
static bool always_fits(const tl_element *e, tl_dtype to)
{
	if (is_real(e))
		return to == TL_F64 || e->bits < 64;
	return e->form != TL_FORM_BOOL && e->bits <= (to == TL_F32 ? 16 : 32) &&
	       !(to == TL_I32 && e->form == TL_FORM_UNSIGNED && e->bits == 32);
}

tl_status tl_elements_check(const tl_elements *from, tl_dtype to, char reason[TL_REASON])
{
	const tl_element *e = from->element;
	if (e->form == TL_FORM_OTHER || (to == TL_I32 && is_real(e))) {
		snprintf(reason, TL_REASON, "%s is not converted to %s", e->name,
			 tl_element_of(to)->name);
		return TL_ERROR_TYPE;
	}
	if (always_fits(e, to))
		return TL_OK;
	chunk c;
	for (int64_t first = 0; first < from->count; first += CHUNK) {
		load(from, first, &c);
		int bad = misfit(&c, e, to);
		if (bad < 0)
			continue;
		snprintf(reason, TL_REASON, "element %lld is none that %s holds as %s does",
			 (long long)(first + bad), tl_element_of(to)->name, e->name);
		return TL_ERROR_VALUE;
	}
	return TL_OK;
}

static void store(const chunk *c, tl_dtype to, void *into, int64_t first)
{
	for (int i = 0; i < c->count; i++) {
		if (to == TL_I32)
			((int32_t *)into)[first + i] = (int32_t)c->value.integer[i];
		else if (to == TL_F64)
			((double *)into)[first + i] =
				c->real ? c->value.real[i] : (double)c->value.integer[i];
		else
			((float *)into)[first + i] =
				c->real ? (float)c->value.real[i] : (float)c->value.integer[i];
	}
}

static bool machine_is_big_endian(void)
{
	const uint16_t one = 1;
	unsigned char first;
	memcpy(&first, &one, 1);
	return first == 0;
}

void tl_elements_convert(const tl_elements *from, tl_dtype to, void *into)
{
	if (from->element == tl_element_of(to) && from->big_endian == machine_is_big_endian()) {
		if (from->count)
			memcpy(into, from->data, (size_t)from->count * tl_dtype_size(to));
		return;
	}
	chunk c;
	for (int64_t first = 0; first < from->count; first += CHUNK) {
		load(from, first, &c);
		store(&c, to, into, first);
	}
}
