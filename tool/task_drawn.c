/*
 * Tasks that are drawn at random, each with its paper. Their inputs are numbers or one of some
 * symbols, of which one number is 1.
 */
#include "task_drawn.h"

#include <stdlib.h>
#include <string.h>

enum { VALIDATION_BATCHES = 10, T = 0 /* the first option of all of them */ };

/* Batches */

typedef struct source {
	const task *t;
	drawn how;
	uint64_t seed;
} source;

static tl_status fill(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	const source *s = user;
	const task *t = s->t;
	int64_t steps = s->how.steps, rows = t->rows;
	tl_random random = tl_random_stream(s->seed + (uint64_t)epoch, (uint64_t)index);
	bool classes = task_is_classes(t);
	tl_shape shape = t->every_step ? tl_dims(steps, rows) : tl_dims(rows);
	tl_shape numbers = t->every_step ? tl_dims(steps, rows, t->out) : tl_dims(rows, t->out);
	size_t targets = (size_t)tl_shape_size(classes ? shape : numbers);
	drawn_row row = {.rows = rows};
	row.input = tl_batch_input_room(batch, TL_F32, tl_dims(steps, rows, t->in));
	void *target = classes ? tl_batch_target_room(batch, TL_I32, shape)
			       : tl_batch_target_room(batch, TL_F32, numbers);
	if (s->how.weights)
		row.weight = tl_batch_weights_room(batch, shape);
	if (!row.input || !target || (s->how.weights && !row.weight))
		return TL_ERROR_MEMORY;
	tl_batch_set_steps(batch, true, t->every_step);
	row.number = classes ? NULL : target;
	row.class = classes ? target : NULL;
	memset(row.input, 0, (size_t)(steps * rows * t->in) * sizeof(float));
	memset(target, 0, targets * 4);
	if (row.weight)
		memset(row.weight, 0, (size_t)tl_shape_size(shape) * sizeof(float));
	for (row.r = 0; row.r < rows; row.r++)
		s->how.draw(t, &random, &row);
	return TL_OK;
}

tl_status task_draws(task *t, const drawn *how, tl_error *error)
{
	source *s = calloc(2, sizeof *s); /* one for training, one for validation */
	t->data = s;
	if (!s) {
		snprintf(error->text, sizeof error->text, "%s: out of memory", t->name);
		return TL_ERROR_MEMORY;
	}
	s[0] = (source){t, *how, 1};
	s[1] = (source){t, *how, UINT64_C(1) << 40};
	t->train = tl_batches_create(
		&(tl_batches_options){.fill = fill, .count = INT32_MAX, .user = &s[0]});
	t->validation = tl_batches_create(
		&(tl_batches_options){.fill = fill, .count = VALIDATION_BATCHES, .user = &s[1]});
	return t->train && t->validation ? TL_OK : TL_ERROR_MEMORY;
}

static void put_symbol(const task *t, const drawn_row *row, int64_t step, int64_t symbol)
{
	drawn_input(t, row, step)[symbol] = 1;
}

/* Adding: of T numbers two are marked, one in each half; say their sum. */

static void draw_adding(const task *t, tl_random *random, drawn_row *row)
{
	int64_t steps = t->option[T], half = steps / 2;
	int64_t first = tl_random_below(random, half);
	int64_t second = half + tl_random_below(random, steps - half);
	for (int64_t k = 0; k < steps; k++) {
		float *x = drawn_input(t, row, k);
		x[0] = (float)tl_random_uniform(random);
		x[1] = k == first || k == second;
		row->number[row->r] += x[0] * x[1];
	}
}

static tl_status make_adding(task *t, tl_error *error)
{
	t->in = 2;
	t->out = 1;
	return task_draws(t, &(drawn){.steps = t->option[T], .draw = draw_adding}, error);
}

const task_kind task_adding = {
	.name = "adding",
	.doc = "the sum of two marked numbers of T (Hochreiter & Schmidhuber 1997, experiment 4)",
	.option = {{"T", "number of steps", 100, 2, 100000}},
	.metric = METRIC_SQUARES,
	.baseline = 1 / 6.0,
	.learned = 0.01,
	.make = make_adding,
};

/* Copying: some symbols, T blanks, a sign to begin; say them again. */

enum { COPY_SYMBOLS = 8, BLANK = COPY_SYMBOLS, BEGIN, COPY_INPUTS };

static void draw_copy(const task *t, tl_random *random, drawn_row *row)
{
	int64_t delay = t->option[T], length = t->option[1], steps = delay + 2 * length;
	for (int64_t k = 0; k < steps; k++)
		row->class[k * row->rows + row->r] = BLANK;
	for (int64_t k = 0; k < length; k++) {
		int64_t symbol = tl_random_below(random, COPY_SYMBOLS);
		put_symbol(t, row, k, symbol);
		row->class[(length + delay + k) * row->rows + row->r] = (int32_t)symbol;
	}
	for (int64_t k = length; k < steps; k++)
		put_symbol(t, row, k, k == length + delay - 1 ? BEGIN : BLANK);
}

static bool counts_copy(const task *t, const tl_batch *batch, int64_t row, int64_t step)
{
	(void)batch;
	(void)row;
	return step >= t->option[T] + t->option[1];
}

static tl_status make_copy(task *t, tl_error *error)
{
	t->in = COPY_INPUTS;
	t->out = COPY_SYMBOLS + 1;
	t->every_step = true;
	drawn how = {.steps = t->option[T] + 2 * t->option[1], .draw = draw_copy};
	return task_draws(t, &how, error);
}

const task_kind task_copy = {
	.name = "copy",
	.doc = "symbols said again after T steps (Arjovsky, Shah & Bengio 2016, section 5.1)",
	.option = {{"T", "number of steps between", 20, 1, 100000},
		   {"symbols", "number of symbols", 10, 1, 1000}},
	.metric = METRIC_ACCURACY,
	.baseline = 1.0 / COPY_SYMBOLS,
	.learned = 0.95,
	.make = make_copy,
	.counts = counts_copy,
};

/* Temporal order: which of X and Y came first and second, among many other symbols. */

enum { OTHERS = 4, X = OTHERS, ORDER_START = X + 2, ORDER_END, ORDER_INPUTS };

static void draw_order(const task *t, tl_random *random, drawn_row *row)
{
	int64_t steps = t->option[T];
	int64_t first = steps / 10 + tl_random_below(random, steps / 10);
	int64_t second = steps / 2 + tl_random_below(random, steps / 10);
	int64_t symbol[] = {tl_random_below(random, 2), tl_random_below(random, 2)};
	for (int64_t k = 1; k < steps - 1; k++)
		put_symbol(t, row, k,
			   k == first    ? X + symbol[0]
			   : k == second ? X + symbol[1]
					 : tl_random_below(random, OTHERS));
	put_symbol(t, row, 0, ORDER_START);
	put_symbol(t, row, steps - 1, ORDER_END);
	row->class[row->r] = (int32_t)(2 * symbol[0] + symbol[1]);
}

static tl_status make_order(task *t, tl_error *error)
{
	t->in = ORDER_INPUTS;
	t->out = 4;
	return task_draws(t, &(drawn){.steps = t->option[T], .draw = draw_order}, error);
}

const task_kind task_order = {
	.name = "order",
	.doc = "which of two symbols came first (Hochreiter & Schmidhuber 1997, experiment 6a)",
	.option = {{"T", "number of steps", 100, 20, 100000}},
	.metric = METRIC_ACCURACY,
	.baseline = 0.25,
	.learned = 0.95,
	.make = make_order,
};

/* Parity: of the bits so far, is the number of ones odd? Said at each step; the last one counts. */

static void draw_parity(const task *t, tl_random *random, drawn_row *row)
{
	int32_t odd = 0;
	for (int64_t k = 0; k < t->option[T]; k++) {
		int32_t bit = (int32_t)tl_random_below(random, 2);
		odd ^= bit;
		drawn_input(t, row, k)[0] = bit ? 1 : -1;
		row->class[k * row->rows + row->r] = odd;
	}
}

static bool counts_parity(const task *t, const tl_batch *batch, int64_t row, int64_t step)
{
	(void)batch;
	(void)row;
	return step == t->option[T] - 1;
}

static tl_status make_parity(task *t, tl_error *error)
{
	t->in = 1;
	t->out = 2;
	t->every_step = true;
	return task_draws(t, &(drawn){.steps = t->option[T], .draw = draw_parity}, error);
}

const task_kind task_parity = {
	.name = "parity",
	.doc = "of T bits, are the ones odd (Hochreiter & Schmidhuber 1997 on Bengio et al. 1994)",
	.option = {{"T", "number of bits", 20, 2, 100000}},
	.metric = METRIC_ACCURACY,
	.baseline = 0.5,
	.learned = 0.95,
	.make = make_parity,
	.counts = counts_parity,
};

/*
 * The embedded Reber grammar: a string of Reber's (1967) grammar between two letters, of which the
 * last but one must be as the second. Each letter predicts the next; that one counts.
 */

enum { LETTERS = 7, LB = 0, LT, LP, LS, LX, LV, LE };

/* From a node of the graph by either of two letters to another; from the last one by E. */
static const struct {
	int letter, next;
} graph[6][2] = {
	{{LT, 1}, {LP, 2}}, {{LS, 1}, {LX, 3}}, {{LT, 2}, {LV, 4}},
	{{LX, 2}, {LS, 5}}, {{LP, 3}, {LV, 5}}, {{LE, -1}, {LE, -1}},
};

/* Returns how many letters there are, or 0: more than there is room for. */
static int64_t draw_string(tl_random *random, uint8_t *letter, int64_t room)
{
	uint8_t outer = tl_random_below(random, 2) ? LP : LT;
	int64_t n = 0;
	letter[n++] = LB;
	letter[n++] = outer;
	letter[n++] = LB;
	for (int node = 0; node >= 0 && n < room - 2;) {
		int64_t way = tl_random_below(random, 2);
		letter[n++] = (uint8_t)graph[node][way].letter;
		node = graph[node][way].next;
	}
	bool whole = letter[n - 1] == LE;
	letter[n++] = outer;
	letter[n++] = LE;
	return whole ? n : 0;
}

enum { LONGEST = 1000 };

static void draw_reber(const task *t, tl_random *random, drawn_row *row)
{
	uint8_t letter[LONGEST];
	int64_t n = 0;
	while (!n)
		n = draw_string(random, letter, t->option[T]);
	for (int64_t k = 0; k + 1 < n; k++) {
		put_symbol(t, row, k, letter[k]);
		row->class[k * row->rows + row->r] = (unsigned char)letter[k + 1];
		row->weight[k * row->rows + row->r] = 1;
	}
}

/* The step before the last of the string. */
static bool counts_reber(const task *t, const tl_batch *batch, int64_t row, int64_t step)
{
	const float *weight = batch->weights.data;
	int64_t steps = batch->input.shape.dim[0], rows = t->rows;
	return step + 1 < steps && weight[(step + 1) * rows + row] > 0 &&
	       (step + 2 == steps || !(weight[(step + 2) * rows + row] > 0));
}

static tl_status make_reber(task *t, tl_error *error)
{
	t->in = t->out = LETTERS;
	t->every_step = true;
	drawn how = {.steps = t->option[T] - 1, .weights = true, .draw = draw_reber};
	return task_draws(t, &how, error);
}

const task_kind task_reber = {
	.name = "reber",
	.doc = "the embedded Reber grammar (Hochreiter & Schmidhuber 1997, experiment 1)",
	.option = {{"T", "length of the longest string", 30, 12, LONGEST}},
	.metric = METRIC_ACCURACY,
	.baseline = 0.5,
	.learned = 0.95,
	.make = make_reber,
	.counts = counts_reber,
};
