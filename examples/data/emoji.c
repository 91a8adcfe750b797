/*
 * Pictures of glyphs of a font with bitmaps in colour: emoji FONT SIZE, glyph numbers on standard
 * input. Writes SIZE rows of SIZE pixels, each red, green and blue, for each of them: the bitmap
 * over white, in the middle of a square, made smaller by the mean of what each pixel covers.
 */
#include <ft2build.h>
#include FT_FREETYPE_H
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 136 }; /* of the square; a bitmap that is larger is refused */

static double square[SIDE][SIDE][3];

/* FreeType has blue, green, red and alpha, the colours multiplied by alpha. */
static int draw(FT_Face face, unsigned glyph)
{
	if (FT_Load_Glyph(face, glyph, FT_LOAD_COLOR))
		return 0;
	const FT_Bitmap *b = &face->glyph->bitmap;
	if (b->pixel_mode != FT_PIXEL_MODE_BGRA || b->width > SIDE || b->rows > SIDE)
		return 0;
	for (int i = 0; i < SIDE * SIDE * 3; i++)
		((double *)square)[i] = 255;
	unsigned left = (SIDE - b->width) / 2, top = (SIDE - b->rows) / 2;
	for (unsigned y = 0; y < b->rows; y++)
		for (unsigned x = 0; x < b->width; x++) {
			const unsigned char *p = b->buffer + (long)y * b->pitch + 4L * x;
			for (int colour = 0; colour < 3; colour++)
				square[top + y][left + x][colour] = p[2 - colour] + 255 - p[3];
		}
	return 1;
}

/* How much of source pixel `at` lies between these two. */
static double covered(int at, double from, double to)
{
	return fmin(at + 1, to) - fmax(at, from);
}

static void shrink(int size)
{
	double step = (double)SIDE / size;
	for (int row = 0; row < size; row++)
		for (int column = 0; column < size; column++) {
			double top = row * step, left = column * step, sum[3] = {0};
			for (int y = (int)top; y < SIDE && y < top + step; y++)
				for (int x = (int)left; x < SIDE && x < left + step; x++)
					for (int colour = 0; colour < 3; colour++)
						sum[colour] += square[y][x][colour] *
							       covered(y, top, top + step) *
							       covered(x, left, left + step);
			for (int colour = 0; colour < 3; colour++)
				putchar((int)(sum[colour] / (step * step) + 0.5));
		}
}

int main(int argc, char **argv)
{
	FT_Library library;
	FT_Face face;
	int size = argc == 3 ? atoi(argv[2]) : 0;
	unsigned glyph;
	if (size < 1 || FT_Init_FreeType(&library) || FT_New_Face(library, argv[1], 0, &face) ||
	    FT_Select_Size(face, 0)) {
		fprintf(stderr, "usage: emoji FONT SIZE, a font with bitmaps\n");
		return 2;
	}
	while (scanf("%u", &glyph) == 1) {
		if (!draw(face, glyph)) {
			fprintf(stderr, "glyph %u has no bitmap in colour\n", glyph);
			return 1;
		}
		shrink(size);
	}
	FT_Done_Face(face);
	FT_Done_FreeType(library);
	return 0;
}
