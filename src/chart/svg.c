/* What all kinds of charts are written with: a file of SVG, labels, a style for light and dark. */
#include "chart/svg.h"
#include "base/fail.h"
#include "chart/color.h"
#include "chart/label.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

void tl_svg_print(FILE *f, const char *format, ...)
{
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	for (char *c = text; (c = strchr(c, ','));)
		*c = '.';
	fputs(text, f);
}

static void escaped(FILE *f, const char *text)
{
	for (; *text; text++)
		if (*text == '<' || *text == '&' || *text == '>')
			fputs(*text == '<' ? "&lt;" : *text == '&' ? "&amp;" : "&gt;", f);
		else
			fputc(*text, f);
}

void tl_svg_label(FILE *f, double x, double y, int anchor, double size, double width,
		  const char *text)
{
	static const char *const anchors[] = {"", " text-anchor=\"middle\"",
					      " text-anchor=\"end\""};
	char cut[TL_LABEL];
	tl_label_cut(cut, text, width, size);
	if (!*cut)
		return;
	tl_svg_print(f, "<text x=\"%.1f\" y=\"%.1f\"%s", x, y, anchors[anchor]);
	if (size != TL_SVG_TEXT)
		tl_svg_print(f, " font-size=\"%g\"", size);
	if (strstr(cut, "  ") || *cut == ' ')
		fputs(" xml:space=\"preserve\"", f);
	fputc('>', f);
	escaped(f, cut);
	fputs("</text>\n", f);
}

void tl_svg_center(FILE *f, tl_box box, double x, double y, double size, const char *text)
{
	char cut[TL_LABEL];
	tl_label_cut(cut, text, box.w, size);
	double half = tl_label_width(cut, size) / 2;
	x = fmax(box.x + half, fmin(x, box.x + box.w - half));
	tl_svg_label(f, x, y, TL_SVG_MIDDLE, size, 2 * half, cut);
}

double tl_svg_head_height(const char *title, const char *y_name)
{
	return (title && *title ? 26 : 0) + (y_name && *y_name ? TL_SVG_LINE : 0) + 6;
}

double tl_svg_head(FILE *f, tl_box box, const char *title, const char *y_name)
{
	double y = box.y;
	if (title && *title) {
		tl_svg_label(f, box.x, y + 16, TL_SVG_START, TL_SVG_TITLE, box.w, title);
		y += 26;
	}
	tl_svg_label(f, box.x, y + 13, TL_SVG_START, TL_SVG_TEXT, box.w, y_name);
	return box.y + tl_svg_head_height(title, y_name);
}

/* Of one theme: paper, letters, lines of the grid, axes, curves and the levels of heat maps. */
static void theme(FILE *f, bool dark, bool maps)
{
	char hex[8];
	fprintf(f,
		".p{fill:%s}text{fill:%s}.g{stroke:%s}.a{stroke:%s}.b{fill:%s}.n{stroke:%s}.e{"
		"stroke:%s}\n",
		dark ? "#14171c" : "#ffffff", dark ? "#dfe3e8" : "#24282d",
		dark ? "#2b3038" : "#e6e8eb", dark ? "#8b939d" : "#59616b",
		dark ? "#3a414b" : "#d5d9de", dark ? "#a0a7b0" : "#777f89",
		dark ? "#f4f6f8" : "#16191d");
	for (int k = 0; k < TL_CURVE_COLORS; k++)
		fprintf(f, ".c%d{stroke:%s}.f%d{fill:%s}", k, tl_color_curve(k, dark), k,
			tl_color_curve(k, dark));
	for (int diverging = 0; diverging < 2 && maps; diverging++)
		for (int k = 0; k < TL_LEVELS; k++) {
			tl_color_hex(hex, tl_color_level(k, diverging, dark));
			fprintf(f, ".%c%d{fill:%s}", diverging ? 'd' : 's', k, hex);
		}
	fputc('\n', f);
}

FILE *tl_svg_open(const char *path, double width, double height, bool maps, tl_error *error)
{
	FILE *f = path ? fopen(path, "w") : NULL;
	if (!f) {
		tl_fail(error, path ? TL_ERROR_FILE : TL_ERROR_ARGUMENT, "%s: %s",
			path ? path : "chart", path ? strerror(errno) : "there is no path");
		return NULL;
	}
	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
		"viewBox=\"0 0 %.0f %.0f\" font-family=\"Helvetica, Arial, sans-serif\" "
		"font-size=\"%d\">\n<style>\n",
		width, height, width, height, TL_SVG_TEXT);
	theme(f, false, maps);
	fputs("@media (prefers-color-scheme: dark) {\n", f);
	theme(f, true, maps);
	fputs("}\n</style>\n", f);
	fprintf(f, "<rect class=\"p\" width=\"%.0f\" height=\"%.0f\"/>\n", width, height);
	return f;
}

tl_status tl_svg_close(FILE *f, const char *path, tl_error *error)
{
	fputs("</svg>\n", f);
	bool fine = !ferror(f);
	if (fclose(f) || !fine)
		return tl_fail(error, TL_ERROR_FILE, "%s: %s", path, strerror(errno));
	return TL_OK;
}
