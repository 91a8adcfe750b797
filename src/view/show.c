/*
 * A tape as a listing and as a Graphviz drawing. Values are shown where the executors have left
 * them; nothing is computed for being looked at.
 */
#include <tapeloop/show.h>

#include "base/memory.h"
#include "plan/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The value of a node if it is there. */
static const void *known_value(const tl_tape *t, uint32_t id)
{
	const tl_plan *p = t->plan;
	return p && p->generation == t->generation && id < p->known ? p->value[id] : NULL;
}

/* What a node has beside its op: for a parameter its name. */
static const char *node_name(const tl_node *n)
{
	return n->op == &tl_op_param ? tl_param_name(((const tl_param_attr *)n->attr)->param)
				     : NULL;
}

static tl_status check(const tl_tape *t, const FILE *file)
{
	return !t ? TL_ERROR_TAPE : !file ? TL_ERROR_ARGUMENT : TL_OK;
}

static tl_status finish(FILE *file)
{
	return fflush(file) || ferror(file) ? TL_ERROR_FILE : TL_OK;
}

/* The listing */

enum { OPERANDS_SHOWN = 4, COLUMNS = 6, COLUMN_TEXT = 120 };

typedef struct line {
	char column[COLUMNS][COLUMN_TEXT]; /* number, op, operands, shape, scope, step */
} line;

static void operands_text(const tl_tape *t, const tl_node *n, char *text, size_t room)
{
	size_t used = 0;
	*text = '\0';
	for (uint32_t k = 0; k < n->operands && k < OPERANDS_SHOWN; k++)
		used += (size_t)snprintf(text + used, room - used, "%s%u", k ? " " : "",
					 t->operand[n->first + k]);
	if (n->operands > OPERANDS_SHOWN)
		snprintf(text + used, room - used, " +%u", n->operands - OPERANDS_SHOWN);
}

static void line_of(const tl_tape *t, uint32_t id, line *l)
{
	const tl_node *n = tl_node_at(t, id);
	const char *name = node_name(n);
	char shape[96];
	snprintf(l->column[0], COLUMN_TEXT, "%u%s", id, n->primal ? "*" : "");
	if (n->op == &tl_op_full)
		snprintf(l->column[1], COLUMN_TEXT, "full %g",
			 ((const tl_full_attr *)n->attr)->value);
	else
		snprintf(l->column[1], COLUMN_TEXT, "%.50s%s%.50s", n->op->name, name ? " " : "",
			 name ? name : "");
	operands_text(t, n, l->column[2], COLUMN_TEXT);
	snprintf(l->column[3], COLUMN_TEXT, "%s%s", tl_shape_text(&n->shape, shape),
		 n->dtype == TL_I32 ? " int" : "");
	snprintf(l->column[4], COLUMN_TEXT, "%.100s", n->scope ? t->scopes[n->scope].path : "");
	*l->column[5] = '\0';
	if (n->step >= 0)
		snprintf(l->column[5], COLUMN_TEXT, "%d", n->step);
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

tl_status tl_tape_print(tl_tape *t, FILE *file)
{
	static const char *const title[COLUMNS] = {"node",  "op",    "operands",
						   "shape", "scope", "step"};
	int width[COLUMNS];
	line l;
	char value[120];
	if (check(t, file))
		return check(t, file);
	for (int c = 0; c < COLUMNS; c++)
		width[c] = (int)strlen(title[c]);
	for (uint32_t id = 1; id < t->nodes; id++) {
		line_of(t, id, &l);
		for (int c = 0; c < COLUMNS; c++)
			if ((int)strlen(l.column[c]) > width[c])
				width[c] = (int)strlen(l.column[c]);
	}
	for (int c = 0; c < COLUMNS; c++)
		fprintf(file, "%-*s  ", width[c], title[c]);
	fprintf(file, "value\n");
	for (uint32_t id = 1; id < t->nodes && !ferror(file); id++) {
		line_of(t, id, &l);
		value_text(tl_node_at(t, id), known_value(t, id), value, sizeof value);
		print_line(&l, width, value, file);
	}
	if (tl_error(t))
		fprintf(file, "%s\n", tl_error(t));
	return finish(file);
}

/* The drawing */

/* Nodes by scope, then step, then number. */
typedef struct place {
	int32_t scope, step;
	uint32_t id;
} place;

static int by_place(const void *a, const void *b)
{
	const place *x = a, *y = b;
	if (x->scope != y->scope)
		return x->scope < y->scope ? -1 : 1;
	if (x->step != y->step)
		return x->step < y->step ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static void quoted(FILE *file, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', file);
		fputc((unsigned char)*text < ' ' ? ' ' : *text, file);
	}
}

static void draw_node(const tl_tape *t, uint32_t id, FILE *file)
{
	const tl_node *n = tl_node_at(t, id);
	const char *name = node_name(n);
	char shape[96];
	fprintf(file, "n%u [label=\"", id);
	quoted(file, n->op->name);
	if (name) {
		fputc(' ', file);
		quoted(file, name);
	}
	if (n->op == &tl_op_full)
		fprintf(file, " %g", ((const tl_full_attr *)n->attr)->value);
	fprintf(file, "\\n%u: %s\", fillcolor=\"%s\"%s];\n", id, tl_shape_text(&n->shape, shape),
		n->primal               ? "#f6d5c0"
		: n->op == &tl_op_param ? "#d9ead3"
					: "#cfe2f3",
		tl_is_leaf(n) ? ", shape=ellipse" : "");
}

/* The nodes of one scope, those of each step in a frame of their own. */
static void draw_scope(const tl_tape *t, const place *p, const place *end, FILE *file)
{
	int32_t step = -1;
	for (; p < end; p++) {
		if (p->step != step) {
			if (step >= 0)
				fprintf(file, "}\n");
			step = p->step;
			fprintf(file,
				"subgraph cluster_s%d_t%d {\nlabel=\"step %d\"; color=\"#999999\"; "
				"style=dashed;\n",
				p->scope, step, step);
		}
		draw_node(t, p->id, file);
	}
	if (step >= 0)
		fprintf(file, "}\n");
}

/*
 * All scopes, each inside its parent: a walk over the tree of scopes by its links. first[s] is
 * where the nodes of scope s start; scopes of earlier rounds, without a node below them, are left
 * out.
 */
static void draw_scopes(const tl_tape *t, const place *p, const uint32_t *first,
			const uint32_t *below, FILE *file)
{
	int32_t s = 0;
	for (bool entering = true;;) {
		if (entering && below[s]) {
			if (s) {
				const char *slash = strrchr(t->scopes[s].path, '/');
				fprintf(file, "subgraph cluster_s%d {\nlabel=\"", s);
				quoted(file, slash ? slash + 1 : t->scopes[s].path);
				fprintf(file, "\"; color=\"#555555\"; style=rounded;\n");
			}
			draw_scope(t, p + first[s], p + first[s + 1], file);
			if (t->scopes[s].child) {
				s = t->scopes[s].child;
				continue;
			}
		}
		if (!s)
			return;
		if (below[s])
			fprintf(file, "}\n");
		entering = t->scopes[s].next != 0;
		s = entering ? t->scopes[s].next : t->scopes[s].parent;
	}
}

/* Sort the nodes by place; count those of each scope and of it with all below it. */
static void arrange(const tl_tape *t, place *p, uint32_t *first, uint32_t *below)
{
	size_t count = t->nodes - 1;
	memset(first, 0, (t->scope_count + 1) * sizeof *first);
	memset(below, 0, t->scope_count * sizeof *below);
	for (uint32_t id = 1; id < t->nodes; id++) {
		const tl_node *n = tl_node_at(t, id);
		p[id - 1] = (place){n->scope, n->step, id};
		first[n->scope + 1]++;
		below[n->scope]++;
	}
	qsort(p, count, sizeof *p, by_place);
	for (size_t s = 0; s < t->scope_count; s++)
		first[s + 1] += first[s];
	for (size_t s = t->scope_count - 1; s > 0; s--) /* a parent is older than its children */
		below[t->scopes[s].parent] += below[s];
}

tl_status tl_tape_dot(tl_tape *t, FILE *file)
{
	if (check(t, file))
		return check(t, file);
	place *p = tl_alloc(t->nodes * sizeof *p);
	uint32_t *first = tl_alloc((2 * t->scope_count + 1) * sizeof *first);
	if (!p || !first) {
		tl_free(p);
		tl_free(first);
		return TL_ERROR_MEMORY;
	}
	uint32_t *below = first + t->scope_count + 1;
	arrange(t, p, first, below);
	fprintf(file, "digraph tape {\nrankdir=LR; labeljust=l; fontname=\"Helvetica\";\n"
		      "node [shape=box, style=filled, color=\"#666666\", fontname=\"Helvetica\"];\n"
		      "edge [color=\"#4a6a8a\", arrowsize=0.7];\n");
	draw_scopes(t, p, first, below, file);
	for (uint32_t id = 1; id < t->nodes && !ferror(file); id++) {
		const tl_node *n = tl_node_at(t, id);
		for (uint32_t k = 0; k < n->operands; k++)
			fprintf(file, "n%u -> n%u%s;\n", t->operand[n->first + k], id,
				n->primal ? " [color=\"#c06a2c\"]" : "");
	}
	fprintf(file, "}\n");
	tl_free(p);
	tl_free(first);
	return finish(file);
}
