/* Images as SVG: beside each other in tiles of one size, each with its name below. */
#include "chart/svg_images.h"
#include "chart/cells.h"
#include "chart/label.h"
#include "chart/map.h"

#include <math.h>

enum { ALONE = 320, TILE = 96, GAP = 12 };

typedef struct tiles {
	double size; /* of a tile's image, which is square */
	int across;
	double height; /* with the name */
} tiles;

static tiles tiles_of(const tl_chart *chart, double width)
{
	tiles t = {chart->image_count == 1 ? fmin(ALONE, width) : TILE, 1, 0};
	t.across = (int)fmax(1, floor((width + GAP) / (t.size + GAP)));
	t.height = t.size + GAP;
	for (int k = 0; k < chart->image_count; k++)
		if (chart->images[k].name && *chart->images[k].name)
			t.height = t.size + TL_SVG_LINE + GAP;
	return t;
}

double tl_svg_images_height(const tl_chart *chart, double width)
{
	tiles t = tiles_of(chart, width);
	int rows = (chart->image_count + t.across - 1) / t.across;
	return tl_svg_head_height(chart->title, chart->y_name) + rows * t.height +
	       (chart->x_name && *chart->x_name ? TL_SVG_LINE : 0);
}

static void draw(FILE *f, const tl_image *m, tl_box box)
{
	tl_scale s = tl_map_image_scale(m);
	double pixel = box.w / fmax(m->rows, m->columns);
	pixel = pixel > 1 ? floor(pixel) : pixel;
	const tl_cells cells = {m->values, m->rows, m->columns, s.low, s.high, NULL};
	const tl_box place = {box.x, box.y, pixel * m->columns, pixel * m->rows};
	tl_svg_print(f,
		     "<rect class=\"b\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
		     place.x - 1, place.y - 1, place.w + 2, place.h + 2);
	if (m->channels == 3)
		tl_cells_draw_colors(f, &cells, place);
	else
		tl_cells_draw(f, &cells, place);
	tl_svg_label(f, box.x, box.y + place.h + 15, TL_SVG_START, TL_SVG_TEXT, box.w, m->name);
}

void tl_svg_images(FILE *f, const tl_chart *chart, tl_box box)
{
	tiles t = tiles_of(chart, box.w);
	double y = tl_svg_head(f, box, chart->title, chart->y_name);
	for (int k = 0; k < chart->image_count; k++) {
		int column = k % t.across;
		draw(f, &chart->images[k],
		     (tl_box){box.x + 1 + column * (t.size + GAP), y + 1, t.size, t.size});
		if (column == t.across - 1 || k == chart->image_count - 1)
			y += t.height;
	}
	tl_svg_center(f, box, box.x + box.w / 2, y + 4, TL_SVG_TEXT, chart->x_name);
}
