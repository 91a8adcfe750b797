/*
 * Characters as a hand writes them: strokes, each a line of points, in their order. Examples that
 * draw or read them share how they are read from the data set `handwriting`, how a hand varies
 * them, and how they are drawn.
 *
 *     strokes s = {0};
 *     if (strokes_read(&s, path, "永和九年", &error))
 *             ...
 *     drawing d = strokes_vary(&s.drawing[0], 1, &random);
 *     strokes_finish(&s);
 */
#ifndef TL_EXAMPLES_STROKES_H
#define TL_EXAMPLES_STROKES_H

#include <tapeloop/train.h>

/* After a point the pen goes on to the next one, is lifted, or has ended the character. */
typedef enum pen { PEN_DOWN, PEN_UP, PEN_END, PENS } pen;

enum { MOST_POINTS = 128, MOST_NAME = 8, POINT = 2 + PENS, MOST_ROWS = 128 };

/* Points in the order of the strokes. The square that it fills goes from -2.5 to 2.5. */
typedef struct drawing {
	int count;
	float x[MOST_POINTS], y[MOST_POINTS]; /* to the right, upwards */
	pen pen[MOST_POINTS];
} drawing;

typedef struct strokes {
	int count;
	char (*name)[MOST_NAME]; /* the character, in UTF-8 */
	drawing *drawing;
} strokes;

/* Simple characters that are frequent. */
extern const char strokes_simple[];

/* The characters of a text, in its order, MOST_ROWS at most. On failure: the error says which. */
tl_status strokes_read(strokes *s, const char *path, const char *characters, tl_error *error);
void strokes_finish(strokes *s);

/*
 * The same character from another moment: larger or smaller, slanted, turned, its strokes a little
 * beside their places and their points as well. An amount of 1 is a careful hand.
 */
drawing strokes_vary(const drawing *d, double amount, tl_random *random);

/* Which characters a batch has, how far they are varied; and how many of its first rows are always
 * among the same drawings, of which there are `each` of each character. */
typedef struct strokes_choice {
	int rows;
	double amount;
	int same, each;
} strokes_choice;

/*
 * A batch of characters drawn at random, each varied: codes as input, [rows]; as target the points
 * of each, [steps, rows, POINT]: right and up from the point before, and the pen, one-hot. It has
 * lengths, and weights: 0 behind the end.
 */
tl_status strokes_fill(tl_batch *batch, const strokes *s, const strokes_choice *of,
		       tl_random *random);

/* Add a point, as a batch has it, to a drawing that is not done. Returns whether it is done. */
bool strokes_extend(drawing *d, const float *point);

/* The character whose points are nearest to those of a drawing, in the mean, both ways. */
int strokes_nearest(const strokes *s, const drawing *d);

/* A sheet of drawings as SVG, in rows of so many; above each, small, what it is to be. */
tl_status strokes_write(const char *path, const drawing *d, const drawing *meant, int count,
			int columns, tl_error *error);

#endif
