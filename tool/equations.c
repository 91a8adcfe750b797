/*
 * Equations from what a step records. A node that is used once is written where it is used; each
 * other one gets a line. Products of a matrix stand side by side, as in the language of .cell
 * files.
 */
#include "equations.h"
#include "listing.h"
#include "said.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { OPERANDS = 8, ROOM = 4096, NAME = 40, WIDTH = 78 };

/* How tightly an expression holds together: what is looser than wanted goes in parentheses. */
typedef enum tightness { SUM, PRODUCT, SIDE_BY_SIDE, ATOM } tightness;

typedef struct node {
	const listed *row;
	int count, operand[OPERANDS]; /* numbers of nodes */
	bool transposed[OPERANDS];
	int uses;
	char name[NAME]; /* of its line; "" if it is written where it is used */
} node;

typedef struct writer {
	node *nodes; /* by number; the first is number 1 */
	int count;
	char text[ROOM]; /* of the line at work */
	size_t used;
} writer;

__attribute__((format(printf, 2, 3))) static void put(writer *w, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int n = vsnprintf(w->text + w->used, ROOM - w->used, format, arguments);
	va_end(arguments);
	w->used += n > 0 ? (size_t)n : 0;
	if (w->used >= ROOM)
		w->used = ROOM - 1;
}

static bool is(const node *n, const char *op)
{
	return !strcmp(n->row->op, op);
}

static bool begins(const node *n, const char *op)
{
	return !strncmp(n->row->op, op, strlen(op));
}

/* What is never a line of its own: weights, numbers, data. */
static bool is_leaf(const node *n)
{
	return begins(n, "param") || begins(n, "full") || begins(n, "input") ||
	       begins(n, "constant");
}

static tightness tightness_of(const node *n)
{
	if (*n->name || is_leaf(n))
		return ATOM;
	if (is(n, "add") || is(n, "sub") || is(n, "neg"))
		return SUM;
	if (is(n, "mul") || is(n, "div"))
		return PRODUCT;
	return is(n, "matmul") && !n->transposed[0] ? SIDE_BY_SIDE : ATOM;
}

static void write_node(writer *w, int id, tightness wanted);

static void write_pair(writer *w, const node *n, tightness left, const char *sign, tightness right)
{
	write_node(w, n->operand[0], left);
	put(w, "%s", sign);
	write_node(w, n->operand[1], right);
}

static void write_call(writer *w, const node *n)
{
	put(w, "%s(", is(n, "detach") ? "stop" : n->row->op);
	for (int k = 0; k < n->count; k++) {
		put(w, "%s", k ? ", " : "");
		write_node(w, n->operand[k], SUM);
		put(w, "%s", n->transposed[k] ? "^T" : "");
	}
	put(w, ")");
}

static void write_leaf(writer *w, const node *n)
{
	const char *name = strchr(n->row->op, ' ');
	if (begins(n, "param") && name)
		put(w, "%s", strncmp(name + 1, "cell.", 5) ? name + 1 : name + 6);
	else if (begins(n, "full") && name)
		put(w, "%s", name + 1);
	else
		put(w, "%s", *n->row->name ? n->row->name : "data");
}

static void write_expression(writer *w, const node *n)
{
	if (is_leaf(n))
		write_leaf(w, n);
	else if (is(n, "add"))
		write_pair(w, n, SUM, " + ", SUM);
	else if (is(n, "sub"))
		write_pair(w, n, SUM, " - ", PRODUCT);
	else if (is(n, "mul"))
		write_pair(w, n, PRODUCT, " * ", PRODUCT);
	else if (is(n, "div"))
		write_pair(w, n, PRODUCT, " / ", ATOM);
	else if (is(n, "neg")) {
		put(w, "-");
		write_node(w, n->operand[0], PRODUCT);
	} else if (is(n, "matmul") && !n->transposed[0]) { /* of rows: x W^T is W x of columns */
		write_node(w, n->operand[1], ATOM);
		put(w, "%s ", n->transposed[1] ? "" : "^T");
		write_node(w, n->operand[0], ATOM);
	} else if (is(n, "permute")) {
		write_node(w, n->operand[0], ATOM);
		put(w, "^T");
	} else {
		write_call(w, n);
	}
}

/* Recursion goes as deep as what is written on one line, which ends where text has no room. */
static void write_node(writer *w, int id, tightness wanted)
{
	const node *n = &w->nodes[id];
	bool loose = tightness_of(n) < wanted;
	if (*n->name) {
		put(w, "%s", n->name);
		return;
	}
	put(w, "%s", loose ? "(" : "");
	write_expression(w, n);
	put(w, "%s", loose ? ")" : "");
}

static void take_operands(writer *w, node *n)
{
	for (const char *p = n->row->operands; *p && n->count < OPERANDS;) {
		char *end;
		long id = strtol(p, &end, 10);
		if (end == p || id < 1 || id > w->count)
			return;
		n->transposed[n->count] = !strncmp(end, "^T", 2);
		n->operand[n->count++] = (int)id;
		w->nodes[id].uses++;
		p = end + strcspn(end, " ");
		p += strspn(p, " ");
	}
}

/* A name that another line has already gets a number. */
static void take_name(writer *w, node *n, const char *name)
{
	int same = 1;
	for (int k = 1; k <= w->count; k++)
		same += &w->nodes[k] != n && *w->nodes[k].name &&
			!strncmp(w->nodes[k].name, name, strlen(name)) &&
			strchr("_", w->nodes[k].name[strlen(name)]);
	snprintf(n->name, NAME, same > 1 ? "%s_%d" : "%s", name, same);
}

/* A line for each new state, then for what the cell names, then for what is used twice. */
static void name_nodes(writer *w, const trial *n, tl_state *s)
{
	char name[NAME];
	int letter = 0;
	for (int k = 0; k < s->count; k++) {
		node *one = &w->nodes[tl_state_at(s, k)->id];
		snprintf(name, NAME, "%s'", tl_cell_get_kind(n->cell)->state[k]);
		if (!*one->name)
			snprintf(one->name, NAME, "%s", name);
	}
	for (int k = 1; k <= w->count; k++) {
		node *one = &w->nodes[k];
		if (*one->name || is_leaf(one))
			continue;
		if (*one->row->name)
			take_name(w, one, one->row->name);
		else if (one->uses > 1)
			snprintf(one->name, NAME, "v_%d", ++letter);
	}
}

/* Only what the new states depend on. */
static void mark_needed(writer *w, tl_state *s, bool *needed)
{
	for (int k = 0; k < s->count; k++)
		needed[tl_state_at(s, k)->id] = true;
	for (int k = w->count; k > 0; k--)
		for (int i = 0; needed[k] && i < w->nodes[k].count; i++)
			needed[w->nodes[k].operand[i]] = true;
}

static void print_lines(FILE *file, writer *w, const bool *needed)
{
	int widest = 0;
	for (int k = 1; k <= w->count; k++)
		if (needed[k] && *w->nodes[k].name && columns_of(w->nodes[k].name) > widest)
			widest = columns_of(w->nodes[k].name);
	for (int k = 1; k <= w->count; k++) {
		node *n = &w->nodes[k];
		if (!needed[k] || !*n->name)
			continue;
		w->used = 0;
		write_expression(w, n);
		fprintf(file, "  ");
		print_padded(file, n->name, widest);
		fprintf(file, " = ");
		print_wrapped(file, w->text, widest + 5, widest + 5, WIDTH);
	}
}

static bool write_all(FILE *file, const trial *n, const listing *l, tl_state *s)
{
	writer *w = calloc(1, sizeof *w);
	bool *needed = calloc((size_t)l->count + 1, sizeof *needed);
	bool done = w && needed;
	if (done)
		w->nodes = calloc((size_t)l->count + 1, sizeof *w->nodes);
	done = done && w->nodes;
	if (done) {
		w->count = l->count;
		for (int k = 0; k < l->count; k++)
			w->nodes[k + 1].row = &l->rows[k];
		for (int k = 1; k <= w->count; k++)
			take_operands(w, &w->nodes[k]);
		name_nodes(w, n, s);
		mark_needed(w, s, needed);
		print_lines(file, w, needed);
		free(w->nodes);
	} else {
		say_error("out of memory");
	}
	free(needed);
	free(w);
	return done;
}

/* Rows of a batch that have no numbers: nothing is computed. */
static tl_tensor placeholder(const trial *n, tl_shape one, const char *name)
{
	tl_shape shape = {.rank = one.rank + 1, .dim = {n->size.batch}};
	memcpy(shape.dim + 1, one.dim, (size_t)one.rank * sizeof *one.dim);
	return tl_tag(tl_input(n->tape, shape, NULL), name);
}

bool print_equations(FILE *file, const trial *n)
{
	tl_tensor start[TL_MAX_STATES];
	int states = tl_cell_state_count(n->cell);
	listing l;
	tl_tape_rewind(n->tape);
	tl_tensor x = placeholder(n, tl_cell_input_shape(n->cell), "x");
	for (int k = 0; k < states; k++)
		start[k] = placeholder(n, tl_cell_state_shape(n->cell, k),
				       tl_cell_get_kind(n->cell)->state[k]);
	tl_tape_set_step(n->tape, 0);
	tl_state s = tl_cell_step(n->cell, x, tl_state_from_array(start, states));
	tl_tape_set_step(n->tape, -1);
	if (!trial_fine(n) || !listing_read(&l, n->tape))
		return false;
	bool done = write_all(file, n, &l, &s);
	listing_release(&l);
	tl_tape_rewind(n->tape);
	return done;
}
