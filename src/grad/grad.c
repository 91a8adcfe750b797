/*
 * The adjoint walk. From y back to the oldest x, each node that lies between them hands its adjoint
 * to its operands through its op's rule, which records ordinary nodes on the same tape. The order
 * is that of the numbers backwards, so all users of a node have spoken before the node itself does.
 *
 * Contributions to one node are kept in a linked list and become one node when its turn comes: a
 * sum, or for ops that scatter pieces (slices of a sequence, rows of a table) one merged node, so
 * that T slices of a tensor cost O(T) and not T tensors of zeros.
 */
#include "graph/attach.h"
#include "graph/graph.h"

#include <tapeloop/grad.h>
#include <tapeloop/ops.h>

#include <string.h>

/* What a walk uses, kept with the tape: a round like the last one allocates nothing. */
typedef struct scratch {
	uint32_t *words;
	tl_tensor *part; /* what is being added up */
	size_t word_room, part_room;
} scratch;

static void scratch_end(void *memory)
{
	scratch *s = memory;
	tl_free(s->words);
	tl_free(s->part);
}

/* Scratch of one walk, three arrays in one: per node of [low, y] whether it is between, and its
 * list. */
typedef struct walk {
	tl_tape *tape;
	scratch *scratch;
	uint32_t low, high;  /* the oldest x and y */
	uint32_t *head;      /* per node: OUTSIDE, or the first contribution + 1, or 0 */
	uint32_t *link, *id; /* contributions: the next one, the tensor */
	size_t used;
} walk;

#define OUTSIDE UINT32_MAX

static uint32_t *head_of(const walk *w, uint32_t node)
{
	return &w->head[node - w->low];
}

static bool between(const walk *w, uint32_t node)
{
	return node >= w->low && node <= w->high && *head_of(w, node) != OUTSIDE;
}

/* Mark the nodes that depend on some x and count the edges along which adjoints can flow. */
static size_t mark(walk *w, const tl_tensor *wrt, int count)
{
	const tl_tape *t = w->tape;
	size_t edges = 1;
	memset(w->head, 0xff, (w->high - w->low + 1) * sizeof *w->head);
	for (int i = 0; i < count; i++)
		if (wrt[i].id <= w->high)
			*head_of(w, wrt[i].id) = 0;
	for (uint32_t n = w->low; n <= w->high; n++) {
		const tl_node *node = tl_node_at(t, n);
		if (node->op->zero_gradient)
			continue;
		for (uint32_t k = 0; k < node->operands; k++)
			if (between(w, t->operand[node->first + k])) {
				*head_of(w, n) = 0;
				edges++;
			}
	}
	return edges;
}

static bool walk_reserve(walk *w, size_t need)
{
	scratch *s = w->scratch;
	if (!s || !tl_array_reserve(&s->words, &s->word_room, need, sizeof *s->words)) {
		tl_report_memory(w->tape, "grad");
		return false;
	}
	w->head = s->words;
	return true;
}

static bool contribute(walk *w, uint32_t node, tl_tensor dx)
{
	tl_shape shape = tl_node_at(w->tape, node)->shape;
	dx = tl_sum_to(dx, shape);
	if (!dx.id)
		return false;
	w->id[w->used] = dx.id;
	w->link[w->used] = *head_of(w, node);
	*head_of(w, node) = (uint32_t)++w->used;
	return true;
}

/* Add up same-op contributions through the op's merge; what cannot be merged stays as it is. */
static int merge_parts(tl_tape *t, tl_tensor *parts, int count)
{
	for (int i = 0; i < count; i++) {
		const tl_op *op = t->node[parts[i].id].op;
		if (!op->merge)
			continue;
		int same = i, rest;
		for (int j = i; j < count; j++) /* bring those of this op together, in order */
			if (t->node[parts[j].id].op == op) {
				tl_tensor part = parts[j];
				parts[j] = parts[same];
				parts[same++] = part;
			}
		if (same - i == 1)
			continue;
		parts[i] = op->merge(parts + i, same - i);
		rest = count - same;
		memmove(parts + i + 1, parts + same, (size_t)rest * sizeof *parts);
		count = i + 1 + rest;
	}
	return count;
}

/* The adjoint of a node: all that was contributed to it, as one tensor; inert if nothing was. */
static tl_tensor total(walk *w, uint32_t node)
{
	tl_tape *t = w->tape;
	tl_tensor none = {t, 0, 0};
	int count = 0;
	for (uint32_t c = *head_of(w, node); c; c = w->link[c - 1])
		count++;
	if (count <= 1)
		return count ? tl_handle(t, w->id[*head_of(w, node) - 1]) : none;
	scratch *s = w->scratch;
	if (!tl_array_reserve(&s->part, &s->part_room, (size_t)count, sizeof *s->part)) {
		tl_report_memory(t, "grad");
		return none;
	}
	tl_tensor *parts = s->part;
	int i = count; /* the list is last-come first; sums go in the order they came */
	for (uint32_t c = *head_of(w, node); c; c = w->link[c - 1])
		parts[--i] = tl_handle(t, w->id[c - 1]);
	count = merge_parts(t, parts, count);
	return count == 1 ? parts[0] : tl_add_n(parts, count);
}

/* Hand the adjoint of a node on to its operands. */
static bool spread(walk *w, uint32_t id, tl_tensor dy)
{
	tl_tape *t = w->tape;
	tl_call c = tl_call_of(t, id);
	if (c.op->zero_gradient)
		return true;
	for (int k = 0; k < c.operands; k++) {
		uint32_t operand = t->operand[c.first + (uint32_t)k];
		if (!between(w, operand))
			continue;
		if (!c.op->vjp) {
			tl_report_at(t, id, TL_ERROR_GRADIENT,
				     "tl_detach cuts the path if zero is meant",
				     "it has no derivative");
			return false;
		}
		tl_tensor dx = c.op->vjp(&c, k, dy);
		if (t->problem.status || (dx.id && !contribute(w, operand, dx)))
			return false;
	}
	return true;
}

/* New nodes belong where the node being differentiated does, so pictures and errors can say so. */
typedef struct place {
	int32_t scope, step;
	uint32_t primal;
	const char *site;
} place;

static place place_of(const tl_tape *t)
{
	return (place){t->scope, t->step, t->primal, t->site};
}

static void place_set(tl_tape *t, place p)
{
	t->scope = p.scope;
	t->step = p.step;
	t->primal = p.primal;
	t->site = p.site;
}

/*
 * Note whose gradient the tensor is, for those who look at the tape. One tensor can be that of
 * several nodes (a sum hands on what it is given): it goes by the first, or by a parameter, for
 * that is what is looked for. What the user recorded is his.
 */
static void note_gradient(tl_tape *t, uint32_t dy, uint32_t of)
{
	tl_node *n = tl_node_at(t, dy);
	bool sought = tl_node_at(t, of)->op == &tl_op_param &&
		      tl_node_at(t, n->gradient_of)->op != &tl_op_param;
	if (n->primal && (!n->gradient_of || sought))
		n->gradient_of = of;
}

static bool walk_back(walk *w, uint32_t seed)
{
	tl_tape *t = w->tape;
	place before = place_of(t);
	bool fine = true;
	w->id[w->used] = seed;
	w->link[w->used] = 0;
	*head_of(w, w->high) = (uint32_t)++w->used;
	for (uint32_t n = w->high; fine && n >= w->low && n; n--) {
		if (!between(w, n) || !*head_of(w, n))
			continue;
		const tl_node *node = tl_node_at(t, n);
		place_set(t, (place){node->scope, node->step, node->primal ? node->primal : n,
				     node->site});
		tl_tensor dy = total(w, n);
		if (dy.id)
			note_gradient(t, dy.id, n);
		fine = dy.id && spread(w, n, dy);
		/* An x keeps its total; the list is now that one tensor. */
		if (fine) {
			w->id[*head_of(w, n) - 1] = dy.id;
			w->link[*head_of(w, n) - 1] = 0;
		}
	}
	place_set(t, before);
	return fine;
}

static bool arguments_fit(tl_tape *t, tl_tensor y, const tl_tensor *wrt, int count,
			  const tl_tensor *out)
{
	if (count < 0 || (count && (!wrt || !out))) {
		tl_report(t, TL_ERROR_ARGUMENT, NULL, "grad: %s",
			  count < 0 ? "the number of tensors is negative"
			  : !wrt    ? "wrt is NULL"
				    : "out is NULL");
		return false;
	}
	if (!tl_belongs(t, y, "grad", 0))
		return false;
	for (int i = 0; i < count; i++)
		if (!tl_belongs(t, wrt[i], "grad", i + 1))
			return false;
	for (int i = -1; i < count; i++)
		if (tl_node_at(t, i < 0 ? y.id : wrt[i].id)->dtype == TL_I32) {
			tl_report(t, TL_ERROR_TYPE, "integers have no gradient",
				  i < 0 ? "grad: y is of integers"
					: "grad: the x given as number %d is of integers",
				  i);
			return false;
		}
	return true;
}

static tl_status differentiate(tl_tensor y, tl_tensor v, const tl_tensor *wrt, int count,
			       tl_tensor *out)
{
	tl_tape *t = y.tape;
	scratch *s = tl_attach(t, scratch_end, sizeof *s);
	walk w = {.tape = t, .scratch = s, .low = y.id, .high = y.id};
	for (int i = 0; i < count; i++)
		if (wrt[i].id < w.low)
			w.low = wrt[i].id;
	size_t span = w.high - w.low + 1;
	if (!walk_reserve(&w, span))
		return t->problem.status;
	size_t edges = mark(&w, wrt, count);
	if (!walk_reserve(&w, span + 2 * edges))
		return t->problem.status;
	w.link = w.head + span;
	w.id = w.link + edges;
	if (between(&w, w.high) && !walk_back(&w, v.id))
		return t->problem.status;
	for (int i = 0; i < count; i++) {
		uint32_t c = wrt[i].id <= w.high ? *head_of(&w, wrt[i].id) : 0;
		out[i] = c ? tl_handle(t, w.id[c - 1]) : tl_zeros(t, tl_tensor_shape(wrt[i]));
	}
	return t->problem.status;
}

static void clear(tl_tensor *out, int count, tl_tape *t)
{
	for (int i = 0; out && i < count; i++)
		out[i] = (tl_tensor){t, 0, 0};
}

tl_status tl_vjp(tl_tensor y, tl_tensor v, const tl_tensor *wrt, int count, tl_tensor *out)
{
	tl_tape *t = y.tape;
	clear(out, count, t);
	if (!t)
		return TL_ERROR_TAPE;
	if (t->problem.status || !arguments_fit(t, y, wrt, count, out) ||
	    !tl_belongs(t, v, "vjp", 1))
		return t->problem.status;
	tl_shape ys = tl_tensor_shape(y), vs = tl_tensor_shape(v);
	char a[96], b[96];
	if (!tl_shape_same(&ys, &vs))
		return tl_report(t, TL_ERROR_SHAPE, NULL,
				 "vjp: y is %s and v %s: they must be alike", tl_shape_text(&ys, a),
				 tl_shape_text(&vs, b));
	tl_status status = differentiate(y, v, wrt, count, out);
	if (status)
		clear(out, count, t);
	return status;
}

tl_status tl_grads(tl_tensor y, const tl_tensor *wrt, int count, tl_tensor *out)
{
	tl_tape *t = y.tape;
	clear(out, count, t);
	if (!t)
		return TL_ERROR_TAPE;
	if (t->problem.status || !arguments_fit(t, y, wrt, count, out))
		return t->problem.status;
	tl_shape ys = tl_tensor_shape(y);
	char text[96];
	if (tl_elements(&ys) != 1)
		return tl_report(
			t, TL_ERROR_SHAPE, "add it up with tl_sum or tl_mean, or use tl_vjp",
			"grad: y is %s, and a gradient is of one number", tl_shape_text(&ys, text));
	uint32_t before = t->primal;
	t->primal = y.id; /* the seed belongs to the adjoint computation too */
	tl_tensor one = tl_ones(t, ys);
	t->primal = before;
	return tl_vjp(y, one, wrt, count, out);
}

tl_tensor tl_grad(tl_tensor y, tl_tensor x)
{
	tl_tensor dx = {y.tape, 0, 0};
	tl_grads(y, &x, 1, &dx);
	return dx;
}

/*
 * J v from two reverse passes: u -> u^T J is linear in u, and its own vjp with v is J v, whatever u
 * is; u = 0 will do.
 */
tl_tensor tl_jvp(tl_tensor y, tl_tensor x, tl_tensor v)
{
	tl_tape *t = y.tape;
	tl_tensor none = {t, 0, 0}, u, g, out;
	if (!t || t->problem.status || !arguments_fit(t, y, &x, 1, &none))
		return none;
	u = tl_zeros(t, tl_tensor_shape(y));
	if (tl_vjp(y, u, &x, 1, &g) || tl_vjp(g, v, &u, 1, &out))
		return none;
	return out;
}
