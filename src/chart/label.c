/* Texts on charts: widths, and cutting them. */
#include "chart/label.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Hundredths of the font's size, from the space on: the larger of Liberation Sans (as wide as Arial
 * and Helvetica) and DejaVu Sans. */
static const unsigned char ascii_width[95] = {
	32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37,  32, 34, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 56, 102, 69, 69, 73, 78, 67,
	62, 78, 76, 30, 50, 67, 56, 87, 75, 79, 67, 79, 73, 67,  62, 74, 69, 99, 69,
	67, 69, 40, 34, 40, 84, 56, 50, 62, 64, 55, 64, 62, 36,  64, 64, 28, 28, 58,
	28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60, 82, 60, 60,  53, 64, 34, 64, 84};

int32_t tl_label_next(const char **text)
{
	enum { LONGEST = 4 };
	if (!*text || !**text)
		return 0;
	uint32_t c;
	size_t size = tl_utf8_read(*text, *text + strnlen(*text, LONGEST), &c);
	*text += size ? size : 1;
	return size ? (int32_t)c : 0xfffd;
}

void tl_label_put(char out[5], int32_t c)
{
	int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const int first[4] = {0, 0xc0, 0xe0, 0xf0};
	for (int i = more; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(first[more] | c);
	out[more + 1] = 0;
}

static bool is_within(int32_t c, const int32_t (*range)[2], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (c >= range[i][0] && c <= range[i][1])
			return true;
	return false;
}

/* Combining marks and what joins or turns around: they take no room of their own. */
static bool is_mark(int32_t c)
{
	static const int32_t marks[][2] = {{0x300, 0x36f},   {0x200b, 0x200f}, {0x202a, 0x202e},
					   {0x2060, 0x206f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f},
					   {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}};
	return is_within(c, marks, sizeof marks / sizeof *marks);
}

/* Two columns in a terminal: Chinese, Japanese, Korean, and what is drawn as pictures. */
static bool is_wide(int32_t c)
{
	static const int32_t wide[][2] = {
		{0x1100, 0x115f},   {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},  {0xf900, 0xfaff},
		{0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
		{0x1f680, 0x1f6ff}, {0x1f900, 0x1faff}, {0x20000, 0x3fffd}};
	return is_within(c, wide, sizeof wide / sizeof *wide);
}

static double width_of(int32_t c, double size)
{
	if (is_mark(c))
		return 0;
	if (size == TL_COLUMNS)
		return is_wide(c) ? 2 : 1;
	if (c < 0x20 || c == 0x7f)
		return 0.32 * size;
	if (c < 0x7f)
		return ascii_width[c - 0x20] * size / 100;
	bool small = c >= 0x2070 && c <= 0x209f;
	return (small ? 0.65 : c < 0x180 ? 1.07 : 1.2) * size;
}

double tl_label_width(const char *text, double size)
{
	double width = 0;
	for (int32_t c; (c = tl_label_next(&text));)
		width += width_of(c, size);
	return width;
}

int tl_label_length(const char *text, int most)
{
	int count = 0;
	while (count < most && tl_label_next(&text))
		count++;
	return count;
}

int32_t tl_label_visible(int32_t c)
{
	return c == '\n'             ? 0x23ce /* a return key's arrow */
	       : c == '\t'           ? 0x21e5
	       : c == ' '            ? 0xb7
	       : c < ' ' || c == 127 ? 0xfffd
				     : c;
}

/* What is written of a character: those that control something, or turn the text around, are not.
 */
static int32_t shown(int32_t c)
{
	bool turns = (c >= 0x200e && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
		     (c >= 0x2066 && c <= 0x2069);
	bool none = c == 0xfffe || c == 0xffff || turns || (c >= 0x7f && c < 0xa0);
	return c < ' ' ? ' ' : none ? 0xfffd : c;
}

void tl_label_cut(char out[TL_LABEL], const char *text, double width, double size)
{
	const int32_t ellipsis = 0x2026;
	width += 1e-6; /* as wide as was measured is wide enough */
	double at = 0, end = width - width_of(ellipsis, size);
	size_t used = 0, fits = 0; /* bytes; those after which an ellipsis has room */
	bool whole = true;
	char bytes[5];
	for (int32_t c; whole && (c = tl_label_next(&text));) {
		tl_label_put(bytes, shown(c));
		at += width_of(shown(c), size);
		whole = at <= width && used + strlen(bytes) < TL_LABEL - 4;
		if (whole) {
			memcpy(out + used, bytes, strlen(bytes));
			used += strlen(bytes);
			fits = at <= end ? used : fits;
		}
	}
	out[used] = 0;
	if (whole)
		return;
	tl_label_put(bytes, ellipsis);
	memcpy(out + (end >= 0 ? fits : 0), end >= 0 ? bytes : "",
	       end >= 0 ? strlen(bytes) + 1 : 1);
}
