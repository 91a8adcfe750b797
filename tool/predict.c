/*
 * `tapeloop predict`: what a model forecasts of a column. Each row is forecast from the rows before
 * it, as many as the net learned to read at a time; beyond the last row known, from what was
 * forecast itself.
 */
#include "model.h"
#include "said.h"
#include "task_csv.h"
#include "verb.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct predict_options {
	const char *data;
	int64_t steps;
	bool only;
} predict_options;

static const verb_option options[] = {
	{'d', "data", "FILE", "a table (CSV) as that of training; - is standard input",
	 TEXT(predict_options, data), COMPLETE_FILE},
	{'n', "steps", "N", "rows that are forecast beyond the end", COUNT(predict_options, steps)},
	{'o', "only", NULL, "print only rows whose value is not known",
	 FLAG(predict_options, only)},
	{0},
};

static const predict_options defaults = {.steps = 1};

enum { ROWS = 64 };

typedef struct forecast {
	const predict_options *o;
	model *m;
	csv_data data;
	tl_tape *tape;
	int64_t width, window;
	int64_t known, given, all; /* rows with a target; of the table; with those to come */
	double *value;             /* [all][width], scaled */
	float *x;                  /* [window][ROWS][width] */
} forecast;

/* The rows [first + k, first + k + steps) for k < rows are read; returns what is said at each step,
 * [steps][rows], or NULL. */
static const float *read_rows(forecast *f, int64_t first, int64_t rows, int64_t steps)
{
	net *n = &f->m->n;
	tl_layer layer[NET_LAYERS] = {{0}};
	for (int64_t s = 0; s < steps; s++)
		for (int64_t r = 0; r < rows; r++)
			for (int64_t c = 0; c < f->width; c++)
				f->x[(s * rows + r) * f->width + c] =
					(float)f->value[(first + r + s) * f->width + c];
	for (int k = 0; k < n->o.layers; k++)
		layer[k].forward = n->cell[k];
	tl_tape_rewind(f->tape);
	tl_tensor x = tl_input(f->tape, tl_dims(steps, rows, f->width), f->x);
	tl_tensor h = tl_unroll_layers(layer, n->o.layers, x, NULL, NULL);
	return tl_value(tl_linear(h, tl_use(f->tape, n->V), tl_use(f->tape, n->c)));
}

static void print_row(const forecast *f, int64_t row, double said)
{
	const tl_scaling *s = f->data.scaling;
	if (row >= f->known)
		printf("%lld,,%.6g\n", (long long)row + 1, tl_scaling_undo_one(s, 0, said));
	else if (!f->o->only)
		printf("%lld,%.6g,%.6g\n", (long long)row + 1,
		       tl_scaling_undo_one(s, 0, f->value[row * f->width]),
		       tl_scaling_undo_one(s, 0, said));
}

/* Rows before a window is full: one reading, of which each step says the next row. */
static bool forecast_first(forecast *f)
{
	int64_t steps = f->known - 1 < f->window ? f->known - 1 : f->window;
	const float *said = steps > 0 ? read_rows(f, 0, 1, steps) : NULL;
	for (int64_t s = 0; s < steps && said; s++)
		print_row(f, s + 1, (double)said[s]);
	return said || steps <= 0;
}

static bool forecast_known(forecast *f)
{
	for (int64_t row = f->window + 1; row < f->known; row += ROWS) {
		int64_t rows = f->known - row < ROWS ? f->known - row : ROWS;
		const float *said = read_rows(f, row - f->window, rows, f->window);
		for (int64_t r = 0; r < rows && said; r++)
			print_row(f, row + r, (double)said[(f->window - 1) * rows + r]);
		if (!said || interrupted())
			return false;
	}
	return true;
}

/* One after the other: each is read again to forecast the next. */
static bool forecast_beyond(forecast *f)
{
	for (int64_t row = f->known; row < f->all; row++) {
		int64_t steps = row < f->window ? row : f->window;
		const float *said = read_rows(f, row - steps, 1, steps);
		if (!said || interrupted())
			return false;
		f->value[row * f->width] = (double)said[steps - 1];
		print_row(f, row, (double)said[steps - 1]);
	}
	return true;
}

/* Targets may lack in the last rows, and nothing else may. */
static bool check_rows(forecast *f)
{
	tl_array table = tl_table_values(f->data.table);
	const double *v = table.data;
	f->given = table.shape.dim[0];
	f->width = table.shape.dim[1];
	for (f->known = 0; f->known < f->given && !isnan(v[f->known * f->width]); f->known++)
		;
	for (int64_t r = 0; r < f->given; r++)
		for (int64_t c = 0; c < f->width; c++)
			if (isnan(v[r * f->width + c]) && (c || r < f->known)) {
				say_error("%s, row %lld, column %s: a number is missing",
					  f->m->t.file, (long long)r + 1,
					  tl_table_column_name(f->data.table, (int)c));
				return false;
			} else if (!c && r >= f->known && !isnan(v[r * f->width])) {
				say_error("%s, row %lld, column %s: a number is missing, and more "
					  "follow",
					  f->m->t.file, (long long)f->known + 1,
					  tl_table_column_name(f->data.table, 0));
				return false;
			}
	if (f->known)
		return true;
	say_error("%s: the column %s has no numbers", f->m->t.file,
		  tl_table_column_name(f->data.table, 0));
	return false;
}

/* What is to be forecast needs the other columns of the row before. */
static bool take_rows(forecast *f)
{
	int64_t steps = f->o->steps;
	if (f->width > 1 && steps > 1) {
		say_error("what %s will be in the rows to come is not known, so --steps is 0 or 1; "
			  "or write these rows, with %s left empty",
			  tl_table_column_name(f->data.table, 1),
			  tl_table_column_name(f->data.table, 0));
		return false;
	}
	if (steps > 1000000) {
		say_error("--steps is at most 1,000,000");
		return false;
	}
	f->all = f->given + steps;
	f->window = f->m->t.option[0];
	f->value = calloc((size_t)(f->all * f->width), sizeof *f->value);
	f->x = calloc((size_t)(f->window * ROWS * f->width), sizeof *f->x);
	f->tape = tl_tape_create(TL_F32);
	if (!f->value || !f->x || !f->tape) {
		say_error("out of memory");
		return false;
	}
	memcpy(f->value, tl_table_values(f->data.table).data,
	       (size_t)(f->given * f->width) * sizeof *f->value);
	tl_tape_set_training(f->tape, false);
	return true;
}

static bool predict(forecast *f)
{
	tl_error error = {TL_OK, ""};
	snprintf(f->m->t.file, sizeof f->m->t.file, "%s", f->o->data);
	if (csv_open(&f->m->t, TL_MISSING_NAN, &f->data, &error)) {
		say_error("%s", *error.text ? error.text : "out of memory");
		return false;
	}
	if (!check_rows(f) || !take_rows(f))
		return false;
	if (f->m->t.in != f->width || f->m->t.out != 1) {
		say_error("the model reads %lld columns, and names %lld", (long long)f->m->t.in,
			  (long long)f->width);
		return false;
	}
	printf("row,%s,forecast\n", tl_table_column_name(f->data.table, 0));
	bool fine = forecast_first(f) && forecast_known(f) && forecast_beyond(f);
	if (!fine && tl_tape_error(f->tape))
		say_error("%s", tl_tape_error(f->tape));
	return fine;
}

static int run(const void *given, int count, char **operands)
{
	model m;
	forecast f = {.o = given, .m = &m};
	int status = STATUS_FAILED;
	(void)count;
	if (!f.o->data || strlen(f.o->data) >= TASK_NAME) {
		say_error("predict: --data says which table goes on");
		return STATUS_USAGE;
	}
	if (!model_open(operands[0], &m))
		return STATUS_FAILED;
	take_interrupts();
	if (!m.t.texts.columns || !m.t.texts.scaling)
		say_error("%s: forecasts no column of a table: it is a model of the task %s",
			  operands[0], m.t.kind->name);
	else
		status = predict(&f) ? STATUS_OK : STATUS_FAILED;
	tl_tape_destroy(f.tape);
	tl_table_destroy(f.data.table);
	tl_scaling_destroy(f.data.scaling);
	free(f.data.columns);
	free(f.data.left_out);
	free(f.value);
	free(f.x);
	model_close(&m);
	return status;
}

const verb verb_predict = {
	.name = "predict",
	.summary = "forecast a column of a table",
	.operands = "MODEL",
	.least = 1,
	.most = 1,
	.completes = COMPLETE_FILE,
	.about =
		"Prints CSV: for each row of the table its number, its value and what the model of "
		"`tapeloop train` forecasts from the rows before it; then rows beyond the end, "
		"from what was forecast. Where the net reads other columns too, rows to come may "
		"stand in the table, with the column that is forecast left empty.",
	.options = options,
	.options_size = sizeof(predict_options),
	.defaults = &defaults,
	.examples = "tapeloop predict model.safetensors --data temps.csv --steps 7 --only",
	.run = run,
};
