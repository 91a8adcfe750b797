/* UTF-8, strictly. */
#include "base/utf8.h"

static size_t size_by_first(unsigned char first)
{
	return first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* The table of well-formed sequences of the Unicode standard (3-7), by what it stands for: no
 * longer than needed, no surrogates, nothing past U+10FFFF. */
static bool is_well_formed(uint32_t code, size_t size)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	return code >= least[size] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

size_t tl_utf8_read(const char *at, const char *end, uint32_t *code)
{
	const unsigned char *c = (const unsigned char *)at;
	size_t size = at < end ? size_by_first(*c) : 0;
	if (size > (size_t)(end - at))
		size = 0;
	uint32_t read = !size ? 0 : size == 1 ? *c : *c & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if ((c[i] & 0xc0) != 0x80)
			size = 0;
		else
			read = read << 6 | (c[i] & 0x3fu);
	}
	if (size && !is_well_formed(read, size))
		size = 0;
	if (code)
		*code = size ? read : 0;
	return size;
}
