/* Characters as strokes: read, varied as a hand does, compared, drawn. */
#include "strokes.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Units of the file in one of ours, and the middle of its square. */
static const double unit = 200, middle_x = 512, middle_y = 388;

const char strokes_simple[] =
	"一二三四五六七八九十百千人口手目日月山水火木金土石米马花草雨风天地大小上"
	"下左右中东西南北你我他好工力门个了少广士子女心生见车本长";

static tl_status fail(tl_error *error, tl_status status, const char *what, const char *of)
{
	if (error) {
		error->status = status;
		snprintf(error->text, sizeof error->text, "%s: %s", of, what);
	}
	return status;
}

/* Bytes of the character of UTF-8 that begins here. */
static size_t length_of(const char *utf8)
{
	size_t n = 1;
	while (((unsigned char)utf8[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* The characters of a text, none of which has points yet. */
static tl_status begin(strokes *s, const char *characters)
{
	s->name = calloc(MOST_ROWS, sizeof *s->name);
	s->drawing = calloc(MOST_ROWS, sizeof *s->drawing);
	if (!s->name || !s->drawing)
		return TL_ERROR_MEMORY;
	for (const char *c = characters; *c; c += length_of(c), s->count++) {
		if (length_of(c) >= MOST_NAME || s->count == MOST_ROWS)
			return TL_ERROR_ARGUMENT;
		memcpy(s->name[s->count], c, length_of(c));
	}
	return s->count ? TL_OK : TL_ERROR_ARGUMENT;
}

/* A point of a character that is wanted; what comes after the last of a stroke lifts the pen. */
static tl_status add_point(strokes *s, const char *name, int stroke, double x, double y, int last)
{
	for (int i = 0; i < s->count; i++) {
		drawing *d = &s->drawing[i];
		if (strcmp(s->name[i], name))
			continue;
		if (d->count == MOST_POINTS)
			return TL_ERROR_VALUE;
		if (d->count)
			d->pen[d->count - 1] = stroke == last ? PEN_DOWN : PEN_UP;
		d->x[d->count] = (float)((x - middle_x) / unit);
		d->y[d->count] = (float)((y - middle_y) / unit);
		d->pen[d->count++] = PEN_END;
	}
	return TL_OK;
}

/* Lines "character,stroke,x,y" behind a first one that says so. */
static tl_status read_points(strokes *s, FILE *file)
{
	char name[MOST_NAME];
	int stroke, last = -1, read = fscanf(file, "%*[^\n]");
	double x, y;
	tl_status status = TL_OK;
	while (!status && (read = fscanf(file, " %7[^,],%d,%lf,%lf", name, &stroke, &x, &y)) == 4)
		status = add_point(s, name, stroke, x, y, last), last = stroke;
	return status ? status : read == EOF ? TL_OK : TL_ERROR_VALUE;
}

tl_status strokes_read(strokes *s, const char *path, const char *characters, tl_error *error)
{
	FILE *file = fopen(path, "r");
	char what[80];
	if (!file)
		return fail(error, TL_ERROR_FILE, strerror(errno), path);
	tl_status status = begin(s, characters);
	if (status)
		fail(error, status, "no characters, too many, or out of memory", path);
	else if ((status = read_points(s, file)))
		fail(error, status, "has not lines of character, stroke, x, y", path);
	fclose(file);
	for (int i = 0; i < s->count && !status; i++) {
		snprintf(what, sizeof what, "there are no strokes of '%s'", s->name[i]);
		if (!s->drawing[i].count)
			status = fail(error, TL_ERROR_VALUE, what, path);
	}
	return status;
}

void strokes_finish(strokes *s)
{
	free(s->name);
	free(s->drawing);
	*s = (strokes){0};
}

drawing strokes_vary(const drawing *d, double amount, tl_random *random)
{
	double n[4], aside[2] = {0, 0};
	drawing varied = *d;
	for (int i = 0; i < 4; i++)
		n[i] = amount * tl_random_normal(random);
	const double wide = 1 + 0.08 * n[0], high = 1 + 0.08 * n[1], slant = 0.08 * n[2],
		     turn = 0.05 * n[3];
	for (int i = 0; i < d->count; i++) {
		if (!i || d->pen[i - 1] == PEN_UP)
			for (int k = 0; k < 2; k++)
				aside[k] = 0.06 * amount * tl_random_normal(random);
		double x = wide * (double)d->x[i] + slant * (double)d->y[i];
		double y = high * (double)d->y[i];
		double off[2] = {0.025 * amount * tl_random_normal(random),
				 0.025 * amount * tl_random_normal(random)};
		varied.x[i] = (float)(cos(turn) * x - sin(turn) * y + aside[0] + off[0]);
		varied.y[i] = (float)(sin(turn) * x + cos(turn) * y + aside[1] + off[1]);
	}
	return varied;
}

/* The point at step t of a drawing, as numbers of a target. */
static void write_point(float *y, const drawing *d, int64_t t)
{
	for (int k = 0; k < POINT; k++)
		y[k] = 0;
	if (t >= d->count)
		return;
	y[0] = d->x[t] - (t ? d->x[t - 1] : 0);
	y[1] = d->y[t] - (t ? d->y[t - 1] : 0);
	y[2 + d->pen[t]] = 1;
}

/* Points, [steps, rows, POINT], and weights: 1 up to the end of each drawing. */
static tl_status write_points(tl_batch *batch, const drawing *d, int rows)
{
	enum { ROUND = 8 }; /* each number of steps is compiled anew */
	int64_t steps = 0;
	int32_t *length = tl_batch_lengths_room(batch, rows);
	for (int row = 0; row < rows; row++)
		steps = d[row].count > steps ? d[row].count : steps;
	steps = (steps + ROUND - 1) / ROUND * ROUND;
	float *points = tl_batch_target_room(batch, TL_F32, tl_dims(steps, rows, POINT));
	float *weight = tl_batch_weights_room(batch, tl_dims(steps, rows));
	if (!points || !weight || !length)
		return TL_ERROR_MEMORY;
	for (int row = 0; row < rows; row++)
		length[row] = d[row].count;
	for (int64_t i = 0; i < steps * rows; i++) {
		write_point(points + i * POINT, &d[i % rows], i / rows);
		weight[i] = i / rows < d[i % rows].count;
	}
	tl_batch_set_steps(batch, false, true);
	return TL_OK;
}

tl_status strokes_fill(tl_batch *batch, const strokes *s, const strokes_choice *of,
		       tl_random *random)
{
	drawing d[MOST_ROWS];
	int32_t *code = tl_batch_input_room(batch, TL_I32, tl_dims(of->rows));
	if (!code || of->rows > MOST_ROWS)
		return TL_ERROR_MEMORY;
	for (int row = 0; row < of->rows; row++) {
		int64_t which = tl_random_below(random, s->count * (of->each ? of->each : 1));
		tl_random same = {.seed = (uint64_t)which};
		code[row] = (int32_t)(which % s->count);
		d[row] = strokes_vary(&s->drawing[code[row]], of->amount,
				      row < of->same ? &same : random);
	}
	return write_points(batch, d, of->rows);
}

bool strokes_extend(drawing *d, const float *point)
{
	int n = d->count;
	if (n == MOST_POINTS || (n && d->pen[n - 1] == PEN_END))
		return true;
	d->x[n] = point[0] + (n ? d->x[n - 1] : 0);
	d->y[n] = point[1] + (n ? d->y[n - 1] : 0);
	for (pen pen = PEN_DOWN; pen < PENS; pen++)
		if (point[2 + pen] != 0)
			d->pen[n] = pen;
	d->count++;
	return d->pen[n] == PEN_END || d->count == MOST_POINTS;
}

/* How far the points of one are from the nearest of the other, in the mean. */
static double one_way(const drawing *a, const drawing *b)
{
	double sum = 0;
	for (int i = 0; i < a->count; i++) {
		double nearest = HUGE_VAL;
		for (int k = 0; k < b->count; k++)
			nearest = fmin(nearest, hypot((double)(a->x[i] - b->x[k]),
						      (double)(a->y[i] - b->y[k])));
		sum += nearest;
	}
	return a->count ? sum / a->count : HUGE_VAL;
}

int strokes_nearest(const strokes *s, const drawing *d)
{
	double least = HUGE_VAL;
	int nearest = 0;
	for (int i = 0; i < s->count; i++) {
		double far = one_way(&s->drawing[i], d) + one_way(d, &s->drawing[i]);
		if (far < least)
			least = far, nearest = i;
	}
	return nearest;
}

/* As lines of SVG around a place, so many pixels a unit. */
static void write_drawing(FILE *file, const drawing *d, double x, double y, double scale,
			  const char *class)
{
	fprintf(file, "<path class=\"%s\" d=\"", class);
	for (int i = 0; i < d->count; i++)
		fprintf(file, "%c%.1f %.1f", i && d->pen[i - 1] == PEN_DOWN ? 'L' : 'M',
			x + scale * (double)d->x[i], y - scale * (double)d->y[i]);
	fprintf(file, "\"/>\n");
}

tl_status strokes_write(const char *path, const drawing *d, const drawing *meant, int count,
			int columns, tl_error *error)
{
	enum { CELL = 84, TOP = 26 };
	FILE *file = fopen(path, "w");
	int rows = (count + columns - 1) / columns;
	if (!file)
		return fail(error, TL_ERROR_FILE, strerror(errno), path);
	fprintf(file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\">\n"
		"<style>svg{background:#fff}path{fill:none;stroke-linecap:round;"
		"stroke-linejoin:round}.d{stroke:#1a1a2e;stroke-width:2.6}.m{stroke:#9a9aa5}"
		"@media(prefers-color-scheme:dark){svg{background:#16161d}"
		".d{stroke:#e8e8f0}.m{stroke:#70707c}}</style>\n",
		columns * CELL, rows * (CELL + TOP), columns * CELL);
	for (int i = 0; i < count; i++) {
		double x = (i % columns + 0.5) * CELL, y = i / columns * (CELL + TOP);
		write_drawing(file, &meant[i], x, y + 14, 4, "m");
		write_drawing(file, &d[i], x, y + TOP + 0.5 * CELL, 14, "d");
	}
	fprintf(file, "</svg>\n");
	bool bad = ferror(file);
	return fclose(file) || bad ? fail(error, TL_ERROR_FILE, "cannot be written", path) : TL_OK;
}
