/*
 * What the values of nodes are. Of each, the whole is summed up (least, largest, mean, norm, how
 * many are not finite); of its numbers, a corner is kept that a browser can draw, as many rows and
 * columns as there is room for if every node has as many.
 */
#include "run/source.h"
#include "view/measure.h"
#include "view/numbers.h"

#include <math.h>

enum {
	CORNER_BYTES = 6 << 20, /* for the numbers of all nodes together */
	LARGEST = 32,           /* rows and columns of a corner */
	LEAST = 8,              /* numbers of a corner */
};

enum { MEASURES = 4 };

/* All numbers as the tape computes them, f32 or f64. */
typedef struct column {
	void *data;
	bool wide;
} column;

static bool take(column *c, const tl_snapshot *s, size_t count)
{
	c->wide = s->tape->dtype == TL_F64;
	c->data = tl_alloc_zero((count + 1) * (c->wide ? sizeof(double) : sizeof(float)));
	return c->data != NULL;
}

static const void *at(const column *c, size_t i)
{
	return c->wide ? (const void *)((double *)c->data + i)
		       : (const void *)((float *)c->data + i);
}

static void put(const column *c, size_t i, double x)
{
	if (c->wide)
		((double *)c->data)[i] = x;
	else
		((float *)c->data)[i] = (float)x;
}

static const char *type_of(const column *c)
{
	return c->wide ? "f64" : "f32";
}

/* Rows are all axes but the last. */
static void matrix_of(const tl_node *n, int64_t *rows, int64_t *columns)
{
	*columns = n->shape.rank ? n->shape.dim[n->shape.rank - 1] : 1;
	*rows = *columns ? tl_elements(&n->shape) / *columns : 0;
}

/* How much of it is kept: all columns if they fit, then rows. */
static void corner_of(const tl_node *n, int64_t room, uint8_t corner[2])
{
	int64_t rows, columns;
	matrix_of(n, &rows, &columns);
	columns = columns < LARGEST ? columns : LARGEST;
	columns = columns < room ? columns : room;
	int64_t fit = columns ? room / columns : 0;
	rows = rows < fit ? rows : fit;
	rows = rows < LARGEST ? rows : LARGEST;
	corner[0] = (uint8_t)rows;
	corner[1] = (uint8_t)columns;
}

static void write_measures(tl_json *j, const tl_snapshot *s, const column *c, uint32_t *strange)
{
	static const char *const name[MEASURES] = {"minimum", "maximum", "mean", "norm"};
	for (uint32_t id = 1; id < s->nodes; id++) {
		const tl_node *n = tl_node_at(s->tape, id);
		const void *value = tl_snapshot_value(s, id);
		tl_measure m = {NAN, NAN, NAN, NAN, 0};
		if (value)
			m = tl_measure_of(value, n->dtype, tl_elements(&n->shape));
		const double number[MEASURES] = {m.least, m.largest, m.mean, m.norm};
		for (size_t k = 0; k < MEASURES; k++)
			put(c, k * s->nodes + id, number[k]);
		strange[id] = (uint32_t)(m.strange < UINT32_MAX ? m.strange : UINT32_MAX);
	}
	for (size_t k = 0; k < MEASURES; k++)
		tl_json_array(j, name[k], type_of(c), at(c, k * s->nodes), s->nodes);
	tl_json_integers(j, "strange", strange, s->nodes);
}

static size_t list_corners(const tl_snapshot *s, uint8_t (*corner)[2])
{
	int64_t room = CORNER_BYTES / (int64_t)tl_dtype_size(s->tape->dtype) / s->nodes;
	size_t count = 0;
	for (uint32_t id = 1; id < s->nodes; id++) {
		if (tl_snapshot_value(s, id))
			corner_of(tl_node_at(s->tape, id), room < LEAST ? LEAST : room, corner[id]);
		count += (size_t)corner[id][0] * corner[id][1];
	}
	return count;
}

static size_t fill_corner(const tl_snapshot *s, uint32_t id, const uint8_t corner[2],
			  const column *to, size_t i)
{
	const tl_node *n = tl_node_at(s->tape, id);
	const void *value = tl_snapshot_value(s, id);
	int64_t rows, columns;
	matrix_of(n, &rows, &columns);
	for (int r = 0; r < corner[0]; r++)
		for (int c = 0; c < corner[1]; c++)
			put(to, i++, tl_number_at(value, n->dtype, r * columns + c));
	return i;
}

static bool write_corners(tl_json *j, const tl_snapshot *s)
{
	uint8_t(*corner)[2] = tl_alloc_zero(s->nodes * sizeof *corner);
	size_t count = corner ? list_corners(s, corner) : 0, i = 0;
	column c;
	bool fine = take(&c, s, count) && corner;
	for (uint32_t id = 1; fine && id < s->nodes; id++)
		i = fill_corner(s, id, corner[id], &c, i);
	if (fine) {
		tl_json_array(j, "corner", "u8", corner, 2 * (size_t)s->nodes);
		tl_json_array(j, "corners", type_of(&c), c.data, count);
	}
	tl_free(corner);
	tl_free(c.data);
	return fine;
}

bool tl_numbers_write(tl_json *j, const tl_snapshot *s)
{
	column c;
	uint32_t *strange = tl_alloc_zero(s->nodes * sizeof *strange);
	bool fine = take(&c, s, MEASURES * (size_t)s->nodes) && strange;
	if (fine)
		write_measures(j, s, &c, strange);
	tl_free(c.data);
	tl_free(strange);
	return fine && write_corners(j, s);
}
