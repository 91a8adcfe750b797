/*
 * Nodes by columns. What many nodes have in common stands once, in tables: signatures (op, shape,
 * type), scopes, lines, names; a column has numbers of rows in them. So a node takes a few bytes,
 * and a browser has a hundred thousand of them without objects.
 */
#include "view/columns.h"
#include "base/hash.h"
#include "equations/rules.h"
#include "graph/names.h"
#include "view/view.h"

#include <tapeloop/equations.h>

#include <stdlib.h>
#include <string.h>

/* Column of numbers, a node each, of which element 0 is unused. */
typedef uint32_t column_value(const tl_snapshot *s, uint32_t id);

static bool write_column(tl_json *j, const tl_snapshot *s, const char *key, column_value *value)
{
	uint32_t *column = tl_alloc_zero(s->nodes * sizeof *column);
	if (!column)
		return false;
	for (uint32_t id = 1; id < s->nodes; id++)
		column[id] = value(s, id);
	tl_json_integers(j, key, column, s->nodes);
	tl_free(column);
	return true;
}

static uint32_t signature_of(const tl_snapshot *s, uint32_t id)
{
	return s->tape->signature[id];
}

static uint32_t scope_of(const tl_snapshot *s, uint32_t id)
{
	return (uint32_t)tl_node_at(s->tape, id)->scope;
}

/* 0: none. */
static uint32_t step_of(const tl_snapshot *s, uint32_t id)
{
	return (uint32_t)(tl_node_at(s->tape, id)->step + 1);
}

static uint32_t primal_of(const tl_snapshot *s, uint32_t id)
{
	return tl_node_at(s->tape, id)->primal;
}

/* Its adjoint, 0 if it has none. */
static uint32_t gradient_of(const tl_snapshot *s, uint32_t id)
{
	return s->gradient[id];
}

static uint32_t operands_of(const tl_snapshot *s, uint32_t id)
{
	return tl_node_at(s->tape, id)->operands;
}

/* They lie in the order of the nodes. */
static void write_operands(tl_json *j, const tl_snapshot *s)
{
	const tl_node *last = tl_node_at(s->tape, s->nodes - 1);
	tl_json_array(j, "operand", "u32", s->tape->operand, last->first + last->operands);
}

static int op_number(const tl_op **ops, int *count, const tl_op *op)
{
	for (int i = 0; i < *count; i++)
		if (ops[i] == op)
			return i;
	ops[(*count)++] = op;
	return *count - 1;
}

/* Formulas as MathML; one that cannot be had is left out. */
static void write_formula(tl_json *j, const char *key, const tl_op *op, tl_op_part part)
{
	char *text = tl_op_print(op, part, TL_NOTATION_MATHML, NULL);
	tl_json_text(j, key, text);
	tl_cell_text_free(text);
}

static void write_op(tl_json *j, const tl_op *op)
{
	tl_json_open(j, NULL, '{');
	tl_json_text(j, "name", op->name);
	tl_json_text(j, "doc", op->doc);
	tl_json_text(j, "operands", tl_rule_operands(op));
	write_formula(j, "equation", op, TL_OP_EQUATION);
	write_formula(j, "derivative", op, TL_OP_DERIVATIVE);
	tl_json_close(j, '}');
}

static void write_signature(tl_json *j, const tl_snapshot *s, uint32_t first, const tl_signature *g,
			    int op)
{
	char attributes[160] = "";
	const tl_node node = {.op = g->op, .attr = g->attr};
	int transposed = tl_node_transposes(&node, 0) + 2 * tl_node_transposes(&node, 1);
	tl_json_open(j, NULL, '{');
	tl_json_number(j, "op", op);
	tl_json_open(j, "shape", '[');
	for (int i = 0; i < g->shape.rank; i++)
		tl_json_number(j, NULL, (double)g->shape.dim[i]);
	tl_json_close(j, ']');
	tl_json_text(j, "type",
		     g->dtype == TL_I32   ? "int"
		     : g->dtype == TL_F64 ? "double"
					  : "float");
	tl_json_bool(j, "leaf", tl_is_leaf(&node));
	tl_json_bool(j, "view", g->op->view != NULL);
	if (transposed)
		tl_json_number(j, "transposed", transposed);
	if (first)
		tl_node_attributes(s->tape, first, attributes, sizeof attributes);
	if (*attributes)
		tl_json_text(j, "attributes", attributes);
	tl_json_close(j, '}');
}

/* Signatures, element 0 unused, and the ops they are of. */
static bool write_signatures(tl_json *j, const tl_snapshot *s)
{
	const tl_signature_table *table = &s->tape->signatures;
	const tl_op **ops = tl_alloc((table->entries + 1) * sizeof *ops);
	uint32_t *first = tl_alloc_zero((table->entries + 1) * sizeof *first); /* node of each */
	int count = 0;
	if (!ops || !first) {
		tl_free(ops);
		tl_free(first);
		return false;
	}
	for (uint32_t id = s->nodes - 1; id > 0; id--)
		first[s->tape->signature[id]] = id;
	tl_json_open(j, "signatures", '[');
	tl_json_text(j, NULL, NULL);
	for (size_t i = 1; i < table->entries; i++)
		write_signature(j, s, first[i], &table->entry[i].s,
				op_number(ops, &count, table->entry[i].s.op));
	tl_json_close(j, ']');
	tl_json_open(j, "ops", '[');
	for (int i = 0; i < count; i++)
		write_op(j, ops[i]);
	tl_json_close(j, ']');
	tl_free(ops);
	tl_free(first);
	return true;
}

/* Numbers of texts, in the order they are met. */
typedef struct text_entry {
	const char *text;
	uint32_t number;
	UT_hash_handle hh;
} text_entry;

typedef struct texts {
	text_entry *table;
	uint32_t count;
} texts;

/* UINT32_MAX when out of memory. */
static uint32_t text_number(texts *x, const char *text)
{
	text_entry *e = NULL;
	HASH_FIND_STR(x->table, text, e);
	if (e)
		return e->number;
	if (!(e = tl_alloc_zero(sizeof *e)))
		return UINT32_MAX;
	e->text = text;
	e->number = x->count;
	HASH_ADD_KEYPTR(hh, x->table, e->text, strlen(e->text), e);
	text_entry *added = NULL;
	HASH_FIND_STR(x->table, text, added);
	if (added)
		return x->count++;
	tl_free(e);
	return UINT32_MAX;
}

static void texts_write(tl_json *j, const char *key, const texts *x)
{
	tl_json_open(j, key, '[');
	for (const text_entry *e = x->table; e; e = e->hh.next)
		tl_json_text(j, NULL, e->text);
	tl_json_close(j, ']');
}

static void texts_finish(texts *x)
{
	text_entry *e, *next;
	HASH_ITER(hh, x->table, e, next)
	{
		HASH_DEL(x->table, e);
		tl_free(e);
	}
}

/* One line of a file, without what is blank at its ends; NULL if it cannot be read. Paths of the
 * compiler are of the build folder: that of the sources is one of those above it. */
static const char *line_of_file(const char *site, char *line, int room)
{
	char path[512];
	const char *colon = strrchr(site, ':');
	if (!colon || colon - site >= (ptrdiff_t)sizeof path)
		return NULL;
	snprintf(path, sizeof path, "%.*s", (int)(colon - site), site);
	const char *at = path;
	FILE *file = fopen(at, "r");
	while (!file && !strncmp(at, "../", 3))
		file = fopen(at += 3, "r");
	long wanted = strtol(colon + 1, NULL, 10);
	bool found = file != NULL;
	for (long n = 0; found && n < wanted; n++)
		found = fgets(line, room, file) != NULL;
	if (file)
		fclose(file);
	if (!found || wanted < 1)
		return NULL;
	while (*line == ' ' || *line == '\t')
		memmove(line, line + 1, strlen(line));
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

static void write_lines(tl_json *j, const texts *sites)
{
	char line[256];
	tl_json_open(j, "lines", '[');
	for (const text_entry *e = sites->table; e; e = e->hh.next)
		tl_json_text(j, NULL, line_of_file(e->text, line, sizeof line));
	tl_json_close(j, ']');
}

static bool write_sites(tl_json *j, const tl_snapshot *s)
{
	texts sites = {0};
	uint32_t *column = tl_alloc_zero(s->nodes * sizeof *column);
	bool fine = column && text_number(&sites, "") != UINT32_MAX;
	for (uint32_t id = 1; fine && id < s->nodes; id++) {
		const char *site = tl_node_at(s->tape, id)->site;
		column[id] = text_number(&sites, site ? site : "");
		fine = column[id] != UINT32_MAX;
	}
	if (fine) {
		tl_json_integers(j, "site", column, s->nodes);
		texts_write(j, "sites", &sites);
		write_lines(j, &sites);
	}
	texts_finish(&sites);
	tl_free(column);
	return fine;
}

/* The names that tl_tag gave, as they were given: a node may have several. */
static bool write_names(tl_json *j, const tl_snapshot *s)
{
	const tl_tape *t = s->tape;
	texts names = {0};
	size_t count = t->observations;
	uint32_t *node = tl_alloc((count + 1) * sizeof *node);
	uint32_t *name = tl_alloc((count + 1) * sizeof *name);
	bool fine = node && name;
	for (size_t i = 0; fine && i < count; i++) {
		node[i] = t->observation[i].node;
		name[i] = text_number(&names, t->observation[i].name);
		fine = name[i] != UINT32_MAX;
	}
	if (fine) {
		tl_json_integers(j, "named", node, count);
		tl_json_integers(j, "name", name, count);
		texts_write(j, "names", &names);
	}
	texts_finish(&names);
	tl_free(node);
	tl_free(name);
	return fine;
}

static void write_params(tl_json *j, const tl_snapshot *s)
{
	tl_json_open(j, "params", '[');
	for (uint32_t id = 1; id < s->nodes; id++) {
		const tl_node *n = tl_node_at(s->tape, id);
		if (n->op != &tl_op_param)
			continue;
		tl_json_open(j, NULL, '{');
		tl_json_number(j, "node", id);
		tl_json_text(j, "name", tl_param_name(tl_param_at(s->tape, id)));
		tl_json_bool(j, "buffer", tl_param_is_buffer(tl_param_at(s->tape, id)));
		tl_json_bool(j, "trainable", tl_is_learned(s->tape, id));
		tl_json_close(j, '}');
	}
	tl_json_close(j, ']');
}

static void write_scopes(tl_json *j, const tl_tape *t)
{
	tl_json_open(j, "scopes", '[');
	for (size_t i = 0; i < t->scope_count; i++)
		tl_json_text(j, NULL, i ? t->scopes[i].path : "");
	tl_json_close(j, ']');
}

bool tl_columns_write(tl_json *j, const tl_snapshot *s)
{
	write_scopes(j, s->tape);
	write_params(j, s);
	write_operands(j, s);
	return write_signatures(j, s) && write_sites(j, s) && write_names(j, s) &&
	       write_column(j, s, "signature", signature_of) &&
	       write_column(j, s, "scope", scope_of) && write_column(j, s, "step", step_of) &&
	       write_column(j, s, "primal", primal_of) &&
	       write_column(j, s, "gradient", gradient_of) &&
	       write_column(j, s, "operands", operands_of);
}
