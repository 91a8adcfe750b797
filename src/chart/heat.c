/* Heat maps: numbers as colours, with a scale beside them. */
#include "chart/svg.h"
#include "io/fail.h"

#include <tapeloop/chart.h>

#include <math.h>
#include <string.h>

enum { LEFT = 104, TOP = 52, CELL = 11, GAP = 26, SCALE = 70, LEAST_HEIGHT = 40, MOST = 4096 };

/* -1 is blue, 0 white, 1 red. */
static void colour(char text[8], double v)
{
	static const int ends[2][3] = {{44, 92, 176}, {196, 62, 40}};
	int c[3];
	v = fmax(-1, fmin(1, isnan(v) ? 0 : v));
	for (int i = 0; i < 3; i++)
		c[i] = 255 + (int)(fabs(v) * (ends[v > 0][i] - 255));
	snprintf(text, 8, "#%02x%02x%02x", c[0] & 255, c[1] & 255, c[2] & 255);
}

static void letter(FILE *f, double x, double y, char c)
{
	fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-family=\"monospace\">",
		x, y);
	if (c == '<' || c == '&')
		fprintf(f, c == '<' ? "&lt;" : "&amp;");
	else if (c == '\n' || c == '\t' || c == ' ')
		fprintf(f, c == '\n' ? "&#9166;" : c == '\t' ? "&#8677;" : "&#183;");
	else
		fputc(c > 32 && c < 127 ? c : '?', f);
	fprintf(f, "</text>\n");
}

/* From -1 to 1: where a value lies between what is blue, or white if the map goes from white, and
 * red. */
static double shade(const tl_heat_map *m, double v)
{
	double share = (v - m->low) / (m->high - m->low);
	return m->from_white ? share : 2 * share - 1;
}

static int height_of(const tl_heat_map *m)
{
	return m->rows * CELL > LEAST_HEIGHT ? m->rows * CELL : LEAST_HEIGHT;
}

/* The colours beside the numbers they stand for; what lies beyond has the colour of the end. */
static void scale(FILE *f, const tl_heat_map *m, int columns, double x, double y)
{
	enum { PARTS = 20 };
	char hex[8];
	double height = height_of(m);
	bool above = false, below = false;
	for (int i = 0; i < m->rows * columns; i++) {
		above |= (double)m->values[i] > m->high;
		below |= (double)m->values[i] < m->low;
	}
	for (int i = 0; i < PARTS; i++) {
		colour(hex, shade(m, m->high - (m->high - m->low) * (i + 0.5) / PARTS));
		fprintf(f,
			"<rect x=\"%.0f\" y=\"%.2f\" width=\"10\" height=\"%.2f\" fill=\"%s\"/>\n",
			x, y + i * height / PARTS, height / PARTS + 0.3, hex);
	}
	for (int i = 0; i < 3; i++)
		fprintf(f, "<text x=\"%.0f\" y=\"%.1f\" font-size=\"11\">%s%.2g</text>\n", x + 15,
			y + 8 + i * (height - 8) / 2,
			i == 0 && above   ? "&#8805; "
			: i == 2 && below ? "&#8804; "
					  : "",
			m->high - (m->high - m->low) * i / 2 + 0.0);
}

static void draw_map(FILE *f, const tl_heat_map *m, const char *text, int columns, int left,
		     double y)
{
	char hex[8];
	for (int c = 0; text && c < columns; c++)
		letter(f, left + (c + 0.5) * CELL, y - 3, text[c]);
	if (!m->row_letters) {
		fprintf(f, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", left - 8,
			y + m->rows * CELL / 2.0 + 4);
		tl_svg_text(f, m->name);
		fputs("</text>\n", f);
	}
	for (int r = 0; r < m->rows; r++) {
		if (m->row_letters)
			letter(f, left - 8, y + (r + 1) * CELL - 2, m->row_letters[r]);
		for (int c = 0; c < columns; c++) {
			colour(hex, shade(m, (double)m->values[r * columns + c]));
			fprintf(f,
				"<rect x=\"%d\" y=\"%.0f\" width=\"%d\" height=\"%d\" "
				"fill=\"%s\"/>\n",
				left + c * CELL, y + r * CELL, CELL, CELL, hex);
		}
	}
	scale(f, m, columns, left + columns * CELL + 14, y);
}

tl_status tl_heat_maps_write(const char *path, const char *title, const char *text, int columns,
			     const tl_heat_map *maps, int count, tl_error *error)
{
	int height = TOP + 4;
	bool fine = maps && count > 0 && count <= MOST && columns > 0 && columns <= MOST;
	fine = fine && (!text || !memchr(text, 0, (size_t)columns));
	for (int m = 0; m < count && fine; m++) {
		fine = maps[m].values && maps[m].rows > 0 && maps[m].rows <= MOST &&
		       maps[m].low < maps[m].high &&
		       (!maps[m].row_letters ||
			strlen(maps[m].row_letters) >= (size_t)maps[m].rows);
		height += fine ? height_of(&maps[m]) + GAP : 0;
	}
	if (!fine)
		return tl_fail(
			error, TL_ERROR_ARGUMENT,
			"heat maps: there are none, one has no numbers, no rows, a low that is "
			"not below its high or more than %d rows or columns, or a text is too "
			"short",
			MOST);
	FILE *f = tl_svg_open(path, LEFT + columns * CELL + SCALE, height, LEFT, title, error);
	if (!f)
		return path ? TL_ERROR_FILE : TL_ERROR_ARGUMENT;
	double y = TOP;
	for (int m = 0; m < count; m++) {
		draw_map(f, &maps[m], text, columns, LEFT, y);
		y += height_of(&maps[m]) + GAP;
	}
	return tl_svg_close(f, path, error);
}
