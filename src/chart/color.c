/* Colours of curves and of heat maps, in both themes and in terminals. */
#include "chart/color.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Near those of Okabe and Ito, darker or lighter where the paper would swallow them. */
static const char *const curve_colors[2][TL_CURVE_COLORS] = {
	{"#0072b2", "#d55e00", "#00916a", "#b65c94", "#3f9bd1", "#b98700", "#6b4f00", "#5c6570"},
	{"#4aa9e9", "#ff8b45", "#28c598", "#e29ac6", "#a5dcff", "#f5c04a", "#b99b62", "#aab2bb"}};

const char *tl_color_curve(int k, bool dark)
{
	return curve_colors[dark][k];
}

/* Five colours each, at equal distances. */
static const uint32_t levels[2][2][5] = {
	/* one hue: paper to ink */
	{{0xf3f6fa, 0xb5d1ea, 0x66a3d3, 0x2467a6, 0x082c5c},
	 {0x1d232b, 0x1d4a75, 0x2f7fbd, 0x7bbcf0, 0xe3f3ff}},
	/* two: blue, paper, orange */
	{{0x14509a, 0x8ab8e0, 0xf4f4f2, 0xefab80, 0xae3d12},
	 {0x74c2ff, 0x2b638f, 0x20252b, 0x98552d, 0xffb083}}};

uint32_t tl_color_level(int level, bool diverging, bool dark)
{
	double at = level * 4.0 / (TL_LEVELS - 1);
	int k = at < 3 ? (int)at : 3;
	const uint32_t *color = &levels[diverging][dark][k];
	uint32_t rgb = 0;
	for (int shift = 16; shift >= 0; shift -= 8) {
		double a = color[0] >> shift & 255, b = color[1] >> shift & 255;
		rgb |= (uint32_t)lround(a + (at - k) * (b - a)) << shift;
	}
	return rgb;
}

void tl_color_hex(char text[8], uint32_t rgb)
{
	snprintf(text, 8, "#%06x", (unsigned)(rgb & 0xffffff));
}

static int nearest(const int *among, int count, int v)
{
	int best = 0;
	for (int k = 1; k < count; k++)
		if (abs(among[k] - v) < abs(among[best] - v))
			best = k;
	return best;
}

int tl_color_terminal(uint32_t rgb)
{
	static const int cube[6] = {0, 95, 135, 175, 215, 255};
	int c[3] = {(int)(rgb >> 16 & 255), (int)(rgb >> 8 & 255), (int)(rgb & 255)}, k[3];
	int mean = (c[0] + c[1] + c[2]) / 3, off_cube = 0, off_grey = 0;
	int grey = mean < 8 ? 0 : mean > 238 ? 23 : (mean - 3) / 10;
	for (int i = 0; i < 3; i++) {
		k[i] = nearest(cube, 6, c[i]);
		off_cube += (cube[k[i]] - c[i]) * (cube[k[i]] - c[i]);
		off_grey += (8 + 10 * grey - c[i]) * (8 + 10 * grey - c[i]);
	}
	return off_grey < off_cube ? 232 + grey : 16 + 36 * k[0] + 6 * k[1] + k[2];
}

double tl_color_share(double v, double low, double high)
{
	double share = (v / 2 - low / 2) / (high / 2 - low / 2);
	return share > 1 ? 1 : share > 0 ? share : 0;
}
