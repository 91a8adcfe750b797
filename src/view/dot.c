/*
 * A tape as a Graphviz drawing. Time goes from left to right, each step in a frame: what Graphviz
 * calls an edge goes that way too, and those of the backward pass are given to it turned round, so
 * that they run back under the forward pass. Invisible points stand between one step and the next.
 */
#include "base/memory.h"
#include "graph/graph.h"
#include "view/view.h"

#include <stdlib.h>
#include <string.h>

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

static const char *colour_of(const tl_node *n)
{
	return n->primal ? "#f6d5c0" : n->op == &tl_op_param ? "#d9ead3" : "#cfe2f3";
}

/* The op and its names; number and shape; the line, or for what backward recorded, whose it is. */
static void draw_node(const tl_names *names, uint32_t id, FILE *file)
{
	const tl_node *n = tl_node_at(names->tape, id);
	char shape[96], text[TL_NAME_TEXT];
	fprintf(file, "n%u [label=\"", id);
	quoted(file, tl_node_title(n, text));
	if (*tl_names_of(names, id, text)) {
		fputs(": ", file);
		quoted(file, text);
	}
	fprintf(file, "\\n%u: %s\\n", id, tl_shape_text(&n->shape, shape));
	fputs(n->primal && !n->gradient_of ? "of " : "", file);
	quoted(file, n->primal ? tl_node_of(names, id, text) : tl_site_line(n->site));
	fputs("\", tooltip=\"", file);
	quoted(file, tl_site_line(n->site));
	fprintf(file, "\", fillcolor=\"%s\"%s];\n", colour_of(n),
		tl_is_leaf(n) ? ", shape=ellipse" : "");
}

/* What the colours are, as nodes of a frame of their own. */
static void draw_legend(FILE *file)
{
	static const char *const entry[][2] = {
		{"forward: op: name\\nnumber: shape\\nline", "#cfe2f3"},
		{"parameter", "#d9ead3"},
		{"backward: op\\nnumber: shape\\nof the node it was recorded for, or\\nd, the "
		 "gradient of a node",
		 "#f6d5c0"},
	};
	fprintf(file, "subgraph cluster_legend {\nlabel=\"legend (ellipse: a leaf; T: read "
		      "transposed)\"; color=\"#bbbbbb\";\n");
	for (int i = 0; i < 3; i++)
		fprintf(file, "legend%d [label=\"%s\", fillcolor=\"%s\"%s];\n", i, entry[i][0],
			entry[i][1], i == 1 ? ", shape=ellipse" : "");
	fprintf(file, "legend0 -> legend1 -> legend2 [style=invis];\n}\n");
}

/* The nodes of one scope, those of each step in a frame of their own. */
static void draw_scope(const tl_names *names, const place *p, const place *end, FILE *file)
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
		draw_node(names, p->id, file);
	}
	if (step >= 0)
		fprintf(file, "}\n");
}

/*
 * All scopes, each inside its parent: a walk over the tree of scopes by its links. first[s] is
 * where the nodes of scope s start; scopes of earlier rounds, without a node below them, are left
 * out.
 */
static void draw_scopes(const tl_names *names, const place *p, const uint32_t *first,
			const uint32_t *below, FILE *file)
{
	const tl_tape *t = names->tape;
	int32_t s = 0;
	for (bool entering = true;;) {
		if (entering && below[s]) {
			if (s) {
				const char *slash = strrchr(t->scopes[s].path, '/');
				fprintf(file, "subgraph cluster_s%d {\nlabel=\"", s);
				quoted(file, slash ? slash + 1 : t->scopes[s].path);
				fprintf(file, "\"; color=\"#555555\"; style=rounded;\n");
			}
			draw_scope(names, p + first[s], p + first[s + 1], file);
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

static bool same_step(const tl_node *a, const tl_node *b)
{
	return a->step >= 0 && a->step == b->step && a->scope == b->scope;
}

/* Edges, and which nodes have a neighbour of their step at their left or right. An edge from the
 * forward to the backward pass does not say what is left of what. */
enum { AT_LEFT = 1, AT_RIGHT = 2 };

static void draw_edges(const tl_tape *t, unsigned char *beside, FILE *file)
{
	for (uint32_t id = 1; id < t->nodes && !ferror(file); id++) {
		const tl_node *n = tl_node_at(t, id);
		for (uint32_t k = 0; k < n->operands; k++) {
			uint32_t from = t->operand[n->first + k];
			const tl_node *o = tl_node_at(t, from);
			bool back = n->primal != 0, across = back && !o->primal;
			bool near = same_step(n, o) && !across;
			uint32_t left = back ? id : from, right = back ? from : id;
			fprintf(file, "n%u -> n%u [%s%s%s];\n", left, right,
				back ? "dir=back, color=\"#c06a2c\"" : "color=\"#4a6a8a\"",
				across ? ", constraint=false" : "",
				!tl_node_transposes(n, k) ? ""
				: back                    ? ", taillabel=\" T \""
							  : ", headlabel=\" T \"");
			beside[left] |= near ? AT_RIGHT : 0;
			beside[right] |= near ? AT_LEFT : 0;
		}
	}
}

/* One step's nodes, then a point, then the next one's; a scope that goes through time backwards is
 * drawn so. */
static void draw_order(const place *p, const place *end, const unsigned char *beside, FILE *file)
{
	while (p < end && p->step < 0)
		p++;
	for (const place *next; p < end; p = next) {
		for (next = p; next < end && next->step == p->step;)
			next++;
		if (next == end)
			return;
		bool reversed = p->id > next->id;
		fprintf(file, "p%u [shape=point, style=invis];\n", p->id);
		for (const place *q = p; q < end && q->step <= next->step; q++) {
			bool left = (q < next) != reversed;
			if (beside[q->id] & (left ? AT_RIGHT : AT_LEFT))
				continue;
			if (left)
				fprintf(file, "n%u -> p%u [style=invis];\n", q->id, p->id);
			else
				fprintf(file, "p%u -> n%u [style=invis];\n", p->id, q->id);
		}
	}
}

static void draw(const tl_names *names, place *p, uint32_t *first, unsigned char *beside,
		 FILE *file)
{
	const tl_tape *t = names->tape;
	uint32_t *below = first + t->scope_count + 1;
	arrange(t, p, first, below);
	memset(beside, 0, t->nodes);
	fprintf(file,
		"digraph tape {\nrankdir=LR; newrank=true; labeljust=l; fontname=\"Helvetica\";\n"
		"node [shape=box, style=filled, color=\"#666666\", fontname=\"Helvetica\"];\n"
		"edge [arrowsize=0.7, fontname=\"Helvetica\"];\n");
	draw_legend(file);
	draw_scopes(names, p, first, below, file);
	draw_edges(t, beside, file);
	for (size_t s = 0; s < t->scope_count; s++)
		draw_order(p + first[s], p + first[s + 1], beside, file);
	fprintf(file, "}\n");
}

tl_status tl_tape_print_dot(tl_tape *t, FILE *file)
{
	tl_names names;
	if (tl_view_check(t, file))
		return tl_view_check(t, file);
	if (!tl_names_collect(&names, t))
		return TL_ERROR_MEMORY;
	place *p = tl_alloc(t->nodes * sizeof *p);
	uint32_t *first = tl_alloc((2 * t->scope_count + 1) * sizeof *first);
	unsigned char *beside = tl_alloc(t->nodes);
	bool fine = p && first && beside;
	if (fine)
		draw(&names, p, first, beside, file);
	tl_free(beside);
	tl_free(first);
	tl_free(p);
	tl_names_finish(&names);
	return fine ? tl_view_finish(file) : TL_ERROR_MEMORY;
}
