/*
 * A tape as a listing. Values are shown where the executors have left them; nothing is computed for
 * being looked at.
 */
#include "base/table.h"
#include "run/evaluation.h"
#include "run/source.h"
#include "view/measure.h"
#include "view/view.h"

#include <string.h>

enum { NODE, OP, OPERANDS, SHAPE, NAME, SCOPE, STEP, OF, LINE, COLUMNS };
enum { OPERANDS_SHOWN = 4 };

static const tl_cell titles[COLUMNS] = {"node",  "op",   "operands", "shape", "name",
					"scope", "step", "of",       "line"};

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

/* "slice axis 1, 128:256" */
static void op_text(tl_tape *t, uint32_t id, tl_cell cell)
{
	tl_node_title(tl_node_at(t, id), cell);
	size_t used = strlen(cell);
	if (used + 2 >= TL_CELL_TEXT)
		return;
	tl_node_attributes(t, id, cell + used + 1, TL_CELL_TEXT - used - 1);
	if (cell[used + 1])
		cell[used] = ' ';
}

static void line_of(tl_tape *t, const tl_names *names, uint32_t id, tl_cell *cell)
{
	const tl_node *n = tl_node_at(t, id);
	char shape[96];
	snprintf(cell[NODE], TL_CELL_TEXT, "%u%s", id, n->primal ? "*" : "");
	op_text(t, id, cell[OP]);
	operands_text(t, n, cell[OPERANDS], TL_CELL_TEXT);
	snprintf(cell[SHAPE], TL_CELL_TEXT, "%s%s", tl_shape_text(&n->shape, shape),
		 n->dtype == TL_I32 ? " int" : "");
	tl_names_of(names, id, cell[NAME]);
	snprintf(cell[SCOPE], TL_CELL_TEXT, "%.100s", n->scope ? t->scopes[n->scope].path : "");
	*cell[STEP] = '\0';
	if (n->step >= 0)
		snprintf(cell[STEP], TL_CELL_TEXT, "%d", n->step);
	tl_node_of(names, id, cell[OF]);
	snprintf(cell[LINE], TL_CELL_TEXT, "%.100s", tl_site_line(n->site));
}

static void value_text(const tl_node *n, const void *value, char *text, size_t room)
{
	int64_t size = tl_elements(&n->shape);
	int used = 0;
	*text = '\0';
	if (!value || !size)
		return;
	if (size == 1) {
		snprintf(text, room, "%.6g", tl_number_at(value, n->dtype, 0));
		return;
	}
	tl_measure m = tl_measure_of(value, n->dtype, size);
	if (m.strange < size)
		used = snprintf(text, room, "%.4g .. %.4g .. %.4g", m.least, m.mean, m.largest);
	if (m.strange)
		snprintf(text + used, room - (size_t)used, "%s%lld not finite", used ? ", " : "",
			 (long long)m.strange);
}

static void measure(tl_tape *t, const tl_names *names, int *width)
{
	tl_cell cell[COLUMNS];
	tl_table_measure(titles, COLUMNS, width);
	for (uint32_t id = 1; id < t->nodes; id++) {
		line_of(t, names, id, cell);
		tl_table_measure(cell, COLUMNS, width);
	}
}

tl_status tl_tape_print(tl_tape *t, FILE *file)
{
	int width[COLUMNS] = {0};
	tl_cell cell[COLUMNS];
	char value[120];
	tl_names names;
	if (tl_view_check(t, file))
		return tl_view_check(t, file);
	if (!tl_names_collect(&names, t))
		return TL_ERROR_MEMORY;
	measure(t, &names, width);
	fprintf(file, "%*svalue\n", tl_table_row(titles, COLUMNS, width, file), "");
	for (uint32_t id = 1; id < t->nodes && !ferror(file); id++) {
		line_of(t, &names, id, cell);
		int blanks = tl_table_row(cell, COLUMNS, width, file);
		value_text(tl_node_at(t, id), tl_evaluation_value(t, id), value, sizeof value);
		fprintf(file, "%*s%s\n", *value ? blanks : 0, "", value);
	}
	fprintf(file,
		"* backward; of: the node it was recorded for, or d and the node it is the "
		"gradient of\n^T read transposed; value: itself, or least .. mean .. largest\n");
	tl_names_finish(&names);
	if (tl_tape_error(t))
		fprintf(file, "%s\n", tl_tape_error(t));
	return tl_view_finish(file);
}
