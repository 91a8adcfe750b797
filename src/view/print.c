/*
 * A tape as a listing. Values are shown where the executors have left them; nothing is computed for
 * being looked at.
 */
#include "plan/plan.h"
#include "view/view.h"

#include <math.h>
#include <string.h>

/* The value of a node if it is there. */
static const void *known_value(const tl_tape *t, uint32_t id)
{
	const tl_plan *p = t->plan;
	return p && p->generation == t->generation && id < p->known ? p->value[id] : NULL;
}

enum { NODE, OP, OPERANDS, SHAPE, NAME, SCOPE, STEP, OF, LINE, COLUMNS };
enum { OPERANDS_SHOWN = 4, COLUMN_TEXT = 120 };

static const char *const titles[COLUMNS] = {"node",  "op",   "operands", "shape", "name",
					    "scope", "step", "of",       "line"};

typedef struct line {
	char column[COLUMNS][COLUMN_TEXT];
} line;

static void operands_text(const tl_tape *t, const tl_node *n, char *text, size_t room)
{
	size_t used = 0;
	*text = '\0';
	for (uint32_t k = 0; k < n->operands && k < OPERANDS_SHOWN; k++)
		used += (size_t)snprintf(text + used, room - used, "%s%u%s", k ? " " : "",
					 t->operand[n->first + k],
					 tl_node_transposes(n, k) ? "^T" : "");
	if (n->operands > OPERANDS_SHOWN)
		snprintf(text + used, room - used, " +%u", n->operands - OPERANDS_SHOWN);
}

static void line_of(const tl_names *names, uint32_t id, line *l)
{
	const tl_tape *t = names->tape;
	const tl_node *n = tl_node_at(t, id);
	char shape[96];
	snprintf(l->column[NODE], COLUMN_TEXT, "%u%s", id, n->primal ? "*" : "");
	tl_node_title(n, l->column[OP]);
	operands_text(t, n, l->column[OPERANDS], COLUMN_TEXT);
	snprintf(l->column[SHAPE], COLUMN_TEXT, "%s%s", tl_shape_text(&n->shape, shape),
		 n->dtype == TL_I32 ? " int" : "");
	tl_names_of(names, id, l->column[NAME]);
	snprintf(l->column[SCOPE], COLUMN_TEXT, "%.100s", n->scope ? t->scopes[n->scope].path : "");
	*l->column[STEP] = '\0';
	if (n->step >= 0)
		snprintf(l->column[STEP], COLUMN_TEXT, "%d", n->step);
	tl_node_of(names, id, l->column[OF]);
	snprintf(l->column[LINE], COLUMN_TEXT, "%.100s", tl_site_line(n->site));
}

static double number_at(const void *value, tl_dtype dtype, int64_t i)
{
	return dtype == TL_F32   ? (double)((const float *)value)[i]
	       : dtype == TL_F64 ? ((const double *)value)[i]
				 : (double)((const int32_t *)value)[i];
}

static void value_text(const tl_node *n, const void *value, char *text, size_t room)
{
	int64_t size = tl_shape_size(&n->shape), strange = 0;
	double least = INFINITY, largest = -INFINITY, sum = 0;
	*text = '\0';
	if (!value || !size)
		return;
	if (size == 1) {
		snprintf(text, room, "%.6g", number_at(value, n->dtype, 0));
		return;
	}
	for (int64_t i = 0; i < size; i++) {
		double x = number_at(value, n->dtype, i);
		if (!isfinite(x)) {
			strange++;
			continue;
		}
		least = fmin(least, x);
		largest = fmax(largest, x);
		sum += x;
	}
	int used = 0;
	if (strange < size)
		used = snprintf(text, room, "%.4g .. %.4g .. %.4g", least,
				sum / (double)(size - strange), largest);
	if (strange)
		snprintf(text + used, room - (size_t)used, "%s%lld not finite", used ? ", " : "",
			 (long long)strange);
}

/* Each column as wide as its widest entry, with no blanks at the end of the line. */
static void print_line(const line *l, const int *width, const char *value, FILE *file)
{
	int blanks = 0;
	for (int c = 0; c < COLUMNS; c++) {
		int length = (int)strlen(l->column[c]);
		if (length)
			fprintf(file, "%*s%s", blanks, "", l->column[c]);
		blanks = (length ? 0 : blanks) + width[c] - length + 2;
	}
	if (*value)
		fprintf(file, "%*s%s", blanks, "", value);
	fputc('\n', file);
}

static void measure(const tl_names *names, int *width)
{
	line l;
	for (int c = 0; c < COLUMNS; c++)
		width[c] = (int)strlen(titles[c]);
	for (uint32_t id = 1; id < names->tape->nodes; id++) {
		line_of(names, id, &l);
		for (int c = 0; c < COLUMNS; c++)
			if ((int)strlen(l.column[c]) > width[c])
				width[c] = (int)strlen(l.column[c]);
	}
}

tl_status tl_tape_print(tl_tape *t, FILE *file)
{
	int width[COLUMNS];
	line l;
	char value[120];
	tl_names names;
	if (tl_view_check(t, file))
		return tl_view_check(t, file);
	if (!tl_names_collect(&names, t))
		return TL_ERROR_MEMORY;
	measure(&names, width);
	for (int c = 0; c < COLUMNS; c++)
		fprintf(file, "%-*s  ", width[c], titles[c]);
	fprintf(file, "value\n");
	for (uint32_t id = 1; id < t->nodes && !ferror(file); id++) {
		line_of(&names, id, &l);
		value_text(tl_node_at(t, id), known_value(t, id), value, sizeof value);
		print_line(&l, width, value, file);
	}
	fprintf(file,
		"* backward; of: the node it was recorded for, or d and the node it is the "
		"gradient of\n^T read transposed; value: itself, or least .. mean .. largest\n");
	tl_names_finish(&names);
	if (tl_error(t))
		fprintf(file, "%s\n", tl_error(t));
	return tl_view_finish(file);
}
