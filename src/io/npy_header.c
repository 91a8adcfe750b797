/*
 * The header of an array in NumPy's format: a dictionary, written as Python writes it.
 *
 *     {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
 */
#include "io/npy_header.h"

#include <stdio.h>
#include <string.h>

enum { MAGIC = 6, LONGEST = 1 << 20 };

/* What is left to be read. */
typedef struct text {
	const char *at, *end;
} text;

static char next(text *t)
{
	while (t->at < t->end && (*t->at == ' ' || *t->at == '\n'))
		t->at++;
	return t->at < t->end ? *t->at : 0;
}

static bool take(text *t, char c)
{
	bool is = next(t) == c;
	t->at += is;
	return is;
}

static bool take_word(text *t, const char *word)
{
	size_t length = strlen(word);
	bool is = next(t) && (size_t)(t->end - t->at) >= length && !memcmp(t->at, word, length);
	t->at += is ? length : 0;
	return is;
}

static bool take_string(text *t, char *into, size_t room)
{
	char quote = next(t);
	if (quote != '\'' && quote != '"')
		return false;
	const char *begin = t->at + 1, *end = memchr(begin, quote, (size_t)(t->end - begin));
	if (!end || (size_t)(end - begin) >= room || memchr(begin, '\\', (size_t)(end - begin)))
		return false;
	memcpy(into, begin, (size_t)(end - begin));
	into[end - begin] = 0;
	t->at = end + 1;
	return true;
}

static bool take_number(text *t, int64_t *number)
{
	const char *begin = next(t) ? t->at : t->end;
	*number = 0;
	for (; t->at < t->end && *t->at >= '0' && *t->at <= '9'; t->at++)
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, *t->at - '0', number))
			return false;
	bool some = t->at > begin;
	take(t, 'L'); /* as Python 2 wrote them */
	return some;
}

static bool take_shape(text *t, tl_npy_header *h)
{
	if (!take(t, '('))
		return false;
	while (!take(t, ')')) {
		if (h->rank == TL_NPY_RANK || !take_number(t, &h->dim[h->rank]))
			return false;
		h->rank++;
		if (!take(t, ',') && next(t) != ')')
			return false;
	}
	return true;
}

static bool take_truth(text *t, bool *value)
{
	*value = take_word(t, "True");
	return *value || take_word(t, "False");
}

static const char *read_dictionary(text *t, tl_npy_header *h)
{
	static const char damaged[] = "its header is damaged";
	enum { TYPE = 1, ORDER = 2, SHAPE = 4 };
	int seen = 0;
	char key[20];
	if (!take(t, '{'))
		return damaged;
	while (!take(t, '}')) {
		if (!take_string(t, key, sizeof key) || !take(t, ':'))
			return damaged;
		int is = !strcmp(key, "descr")           ? TYPE
			 : !strcmp(key, "fortran_order") ? ORDER
			 : !strcmp(key, "shape")         ? SHAPE
							 : 0;
		if (is == TYPE && next(t) == '[')
			return "its elements are records, which are not read";
		if (!is || seen & is ||
		    !(is == TYPE    ? take_string(t, h->type, sizeof h->type)
		      : is == ORDER ? take_truth(t, &h->fortran)
				    : take_shape(t, h)))
			return damaged;
		seen |= is;
		if (!take(t, ',') && next(t) != '}')
			return damaged;
	}
	return seen == (TYPE | ORDER | SHAPE) && !next(t) ? NULL : damaged;
}

/* "<f4" and the like. */
static const tl_element *element_of(const char *type, bool *big_endian)
{
	static const struct {
		const char *type, *name;
	} names[] = {
		{"f2", "F16"}, {"f4", "F32"}, {"f8", "F64"}, {"i1", "I8"},
		{"i2", "I16"}, {"i4", "I32"}, {"i8", "I64"}, {"u1", "U8"},
		{"u2", "U16"}, {"u4", "U32"}, {"u8", "U64"}, {"b1", "BOOL"},
	};
	*big_endian = type[0] == '>';
	if (!strchr("<>|", type[0]) || !type[0] || (type[0] == '|' && type[2] != '1'))
		return NULL;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(type + 1, names[i].type))
			return tl_element_named(names[i].name);
	return NULL;
}

/* The number of elements, and that the bytes are theirs. */
static const char *check_size(tl_npy_header *h, size_t bytes)
{
	int64_t size = 1, wanted;
	for (int axis = 0; axis < h->rank; axis++)
		if (__builtin_mul_overflow(size, h->dim[axis], &size))
			return "its shape is too large";
	h->size = size;
	if (!h->element)
		return NULL;
	if (__builtin_mul_overflow(size, h->element->bits / 8, &wanted))
		return "its shape is too large";
	return (uint64_t)wanted > bytes   ? "it is cut off"
	       : (uint64_t)wanted < bytes ? "behind its elements are bytes that are none of them"
					  : NULL;
}

const char *tl_npy_header_read(tl_npy_header *h, const unsigned char *bytes, size_t size)
{
	*h = (tl_npy_header){.rank = 0};
	if (size < MAGIC + 4 || memcmp(bytes, "\x93NUMPY", MAGIC) != 0)
		return "it is no array of NumPy's";
	int version = bytes[MAGIC];
	if (version < 1 || version > 3 || bytes[MAGIC + 1] != 0)
		return "its header is of a version that is not known here";
	size_t begin = MAGIC + (version == 1 ? 4 : 6);
	uint64_t length = bytes[MAGIC + 2] + 256u * bytes[MAGIC + 3];
	if (version > 1 && size >= begin)
		length += 65536u * (bytes[MAGIC + 4] + 256u * bytes[MAGIC + 5]);
	if (size < begin || length > size - begin)
		return "it is cut off within its header";
	if (length > LONGEST)
		return "its header is longer than 1 MB";
	text t = {(const char *)bytes + begin, (const char *)bytes + begin + length};
	const char *problem = read_dictionary(&t, h);
	if (problem)
		return problem;
	h->element = element_of(h->type, &h->big_endian);
	h->data = bytes + begin + length;
	return check_size(h, size - begin - length);
}
