/* A rectangle of a terminal's characters. */
#include "chart/canvas.h"
#include "base/memory.h"
#include "chart/label.h"

#include <math.h>

bool tl_canvas_begin(tl_canvas *c)
{
	size_t count = (size_t)c->width * (size_t)c->height;
	c->spots = tl_alloc(count * sizeof *c->spots);
	for (size_t i = 0; i < count && c->spots; i++)
		c->spots[i] = (tl_spot){0, TL_NO_COLOR, TL_NO_COLOR};
	return c->spots != NULL;
}

void tl_canvas_finish(tl_canvas *c)
{
	tl_free(c->spots);
	c->spots = NULL;
}

static tl_spot *spot_at(tl_canvas *c, int x, int y)
{
	bool inside = x >= 0 && x < c->width && y >= 0 && y < c->height;
	return inside ? &c->spots[(size_t)y * (size_t)c->width + (size_t)x] : NULL;
}

void tl_canvas_put(tl_canvas *c, int x, int y, int32_t character, int ink, int paper)
{
	tl_spot *s = spot_at(c, x, y);
	if (s)
		*s = (tl_spot){character, (int16_t)(c->colors ? ink : TL_NO_COLOR),
			       (int16_t)(c->colors ? paper : TL_NO_COLOR)};
}

void tl_canvas_text(tl_canvas *c, int x, int y, int anchor, int width, const char *text)
{
	char cut[TL_LABEL], one[5];
	tl_label_cut(cut, text, width, TL_COLUMNS);
	int columns = (int)tl_label_width(cut, TL_COLUMNS);
	x -= anchor == TL_CANVAS_END ? columns : anchor == TL_CANVAS_MIDDLE ? columns / 2 : 0;
	const char *at = cut;
	for (int32_t character; (character = tl_label_next(&at));) {
		tl_label_put(one, character);
		int wide = (int)tl_label_width(one, TL_COLUMNS);
		if (!wide)
			continue;
		tl_canvas_put(c, x, y, character, TL_NO_COLOR, TL_NO_COLOR);
		if (wide == 2)
			tl_canvas_put(c, x + 1, y, -1, TL_NO_COLOR, TL_NO_COLOR);
		x += wide;
	}
}

void tl_canvas_dot(tl_canvas *c, int x, int y, char mark, int ink)
{
	static const unsigned char bit[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
	tl_spot *s = x >= 0 && y >= 0 ? spot_at(c, x / 2, y / 4) : NULL;
	if (!s)
		return;
	int32_t dots = s->c >= 0x2800 && s->c < 0x2900 ? s->c : 0x2800;
	*s = (tl_spot){c->ascii ? mark : dots | bit[y % 4][x % 2],
		       (int16_t)(c->colors ? ink : TL_NO_COLOR), TL_NO_COLOR};
}

int32_t tl_canvas_shade(const tl_canvas *c, double share)
{
	static const int32_t shades[TL_SHADES] = {' ', 0x2591, 0x2592, 0x2593, 0x2588};
	static const char marks[] = " .:-=+*#%@";
	if (isnan(share))
		return '?';
	share = share > 1 ? 1 : share > 0 ? share : 0;
	return c->ascii ? marks[(int)lround(share * 9)] : shades[(int)lround(share * 4)];
}

/* Of the signs that charts are made of, one that looks most like each. */
static int32_t as_ascii(int32_t c)
{
	static const struct {
		int32_t sign;
		char like;
	} signs[] = {{0x2502, '|'}, {0x2524, '+'}, {0x2514, '+'}, {0x2500, '-'}, {0x252c, '+'},
		     {0x2026, '~'}, {0x2264, '<'}, {0x2265, '>'}, {0xb7, '.'},   {0x2588, '#'},
		     {0x2591, ':'}, {0x2013, '-'}, {0x2014, '-'}, {0x23ce, '$'}, {0x21e5, '>'}};
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (signs[i].sign == c)
			return signs[i].like;
	return c < 0x7f ? c : '?';
}

static void change_colors(FILE *f, const tl_spot *from, const tl_spot *to)
{
	if (from->ink == to->ink && from->paper == to->paper)
		return;
	fputs("\033[0", f);
	if (to->ink != TL_NO_COLOR)
		fprintf(f, ";38;5;%d", to->ink);
	if (to->paper != TL_NO_COLOR)
		fprintf(f, ";48;5;%d", to->paper);
	fputc('m', f);
}

void tl_canvas_print(const tl_canvas *c, FILE *f)
{
	const tl_spot plain = {0, TL_NO_COLOR, TL_NO_COLOR};
	for (int y = 0; y < c->height; y++) {
		const tl_spot *row = c->spots + (size_t)y * (size_t)c->width, *last = &plain;
		int end = c->width;
		while (end > 0 && (row[end - 1].c == 0 || row[end - 1].c == ' ') &&
		       row[end - 1].paper == TL_NO_COLOR)
			end--;
		for (int x = 0; x < end; x++) {
			char bytes[5];
			change_colors(f, last, &row[x]);
			last = &row[x];
			if (row[x].c < 0)
				continue;
			int32_t sign = row[x].c ? row[x].c : ' ';
			tl_label_put(bytes, c->ascii ? as_ascii(sign) : sign);
			fputs(bytes, f);
			if (c->ascii && x + 1 < end && row[x + 1].c < 0)
				fputc('?', f);
		}
		change_colors(f, last, &plain);
		fputc('\n', f);
	}
}
