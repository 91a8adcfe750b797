/* What charts and heat maps share: a file of SVG, escaped text, colours. */
#include "chart/svg.h"
#include "io/fail.h"

#include <errno.h>
#include <string.h>

void tl_svg_text(FILE *f, const char *text)
{
	for (; text && *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '<' || c == '&')
			fputs(c == '<' ? "&lt;" : "&amp;", f);
		else if (c >= ' ' || c == '\t')
			fputc(c, f);
	}
}

FILE *tl_svg_open(const char *path, int width, int height, int left, const char *title,
		  tl_error *error)
{
	FILE *f = path ? fopen(path, "w") : NULL;
	if (!f) {
		tl_fail(error, path ? TL_ERROR_FILE : TL_ERROR_ARGUMENT, "%s: %s",
			path ? path : "chart", path ? strerror(errno) : "there is no path");
		return NULL;
	}
	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" font-family=\"Helvetica, Arial, sans-serif\" "
		"font-size=\"12\">\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n"
		"<text x=\"%d\" y=\"24\" font-size=\"16\">",
		width, height, width, height, width, height, left);
	tl_svg_text(f, title);
	fputs("</text>\n", f);
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
