/*
 * The order of instructions. Values are taken in the order of the tape as far as their operands
 * allow. Elementwise values of one shape gather in an open group, which becomes one strip when
 * something else needs a value of it; everything else is emitted as it comes.
 */
#include "code/schedule.h"
#include "code/strips.h"

#include <string.h>

enum { OPEN = 6 };

typedef struct schedule {
	tl_emitter *e;
	uint64_t *heap; /* when << 32 | value: the ready values, earliest first */
	size_t heaped;
	uint32_t *waiting;           /* per value: operands not yet scheduled */
	uint32_t *user, *first_user; /* per value: who uses it */
	uint32_t *in_group; /* per value: the serial of the group its memory waits for, or 0 */
	uint32_t *input_of; /* per value: the last group that reads it */
	tl_group open[OPEN];
	uint32_t serial;
	bool strips; /* groups may have more than one member */
} schedule;

/* A heap of ready values */

static void heap_push(schedule *s, uint32_t v)
{
	uint64_t key = (uint64_t)s->e->ir->value[v].when << 32 | v;
	size_t i = s->heaped++;
	for (; i && s->heap[(i - 1) / 2] > key; i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = key;
}

static uint32_t heap_pop(schedule *s)
{
	uint32_t top = (uint32_t)s->heap[0];
	uint64_t key = s->heap[--s->heaped];
	size_t i = 0, child;
	while ((child = 2 * i + 1) < s->heaped) {
		child += child + 1 < s->heaped && s->heap[child + 1] < s->heap[child];
		if (s->heap[child] >= key)
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = key;
	return top;
}

/* Groups */

static bool close(schedule *s, tl_group *g)
{
	if (!g->serial)
		return true;
	g->serial = 0;
	return tl_emit_group(s->e, g);
}

static tl_group *group_by_serial(schedule *s, uint32_t serial)
{
	for (int i = 0; serial && i < OPEN; i++)
		if (s->open[i].serial == serial)
			return &s->open[i];
	return NULL;
}

/* The open group that must be emitted before this value can be read from memory. */
static tl_group *pending(schedule *s, uint32_t v)
{
	return group_by_serial(s, s->in_group[v]);
}

static tl_group *group_for(schedule *s, const tl_shape *domain)
{
	for (int i = 0; i < OPEN; i++)
		if (s->open[i].serial && tl_shape_same(&s->open[i].domain, domain))
			return &s->open[i];
	return NULL;
}

static bool is_member(const schedule *s, uint32_t v)
{
	const tl_value_ir *x = &s->e->ir->value[v];
	return tl_is_elementwise(x->op) && x->dtype != TL_I32 && !tl_is_view(x) && !x->leaf;
}

/* A group for this domain with nothing in it; the oldest makes room. */
static tl_group *group_open(schedule *s, const tl_shape *domain)
{
	tl_group *g = &s->open[0];
	for (int i = 1; i < OPEN; i++)
		if (s->open[i].serial < g->serial)
			g = &s->open[i];
	if (!close(s, g))
		return NULL;
	g->serial = ++s->serial;
	g->domain = *domain;
	g->members = g->inputs = 0;
	return g;
}

static bool add_elementwise(schedule *s, uint32_t v)
{
	tl_ir *ir = s->e->ir;
	const tl_value_ir *x = &ir->value[v];
	const uint32_t *operand = ir->operand + x->first;
	tl_group *g = group_for(s, &x->shape);
	if (g && (g->members == TL_STRIP_MEMBERS || g->members + g->inputs + 4 > TL_STRIP_BUDGET)) {
		if (!close(s, g))
			return false;
		g = NULL;
	}
	for (uint32_t k = 0; k < x->operands; k++) {
		tl_group *p = pending(s, operand[k]);
		if (p && (p != g || !is_member(s, operand[k])) && !close(s, p))
			return false;
	}
	g = group_for(s, &x->shape); /* it may have been closed just now */
	if (!g && !(g = group_open(s, &x->shape)))
		return false;
	for (uint32_t k = 0; k < x->operands; k++) {
		if (pending(s, operand[k]) == g)
			s->e->inside[operand[k]]++;
		else if (s->input_of[operand[k]] != g->serial) {
			s->input_of[operand[k]] = g->serial;
			g->inputs++;
		}
	}
	g->member[g->members++] = v;
	s->in_group[v] = g->serial;
	return s->strips || close(s, g);
}

/* Views and concats are no instructions, but wait for whoever makes their memory. */
static bool add_virtual(schedule *s, uint32_t v)
{
	const tl_value_ir *x = &s->e->ir->value[v];
	const uint32_t *operand = s->e->ir->operand + x->first;
	tl_group *g = NULL;
	for (uint32_t k = 0; k < x->operands; k++) {
		tl_group *p = pending(s, operand[k]);
		if (p && g && p != g && !close(s, p))
			return false;
		g = g ? g : p;
	}
	s->in_group[v] = g ? g->serial : 0;
	return true;
}

/*
 * Can the group sum up v's operand while it is in registers? Not if that takes long chains of
 * additions, one a chunk, or one a number if whole rows are added: the kernel keeps the error of
 * those small. Nor if there are too few sums for a team, or rows too short to fill vectors.
 */
enum { LONGEST_CHAIN = 256, LEAST_SUMS = 4, LEAST_ROW = 32 };

static bool can_sum(const schedule *s, const tl_group *g, uint32_t v)
{
	const tl_value_ir *x = &s->e->ir->value[v];
	const tl_reduce_attr *attr = x->attr;
	if (!g || !g->domain.rank || !is_member(s, s->e->ir->operand[x->first]))
		return false;
	int64_t sums = tl_elements(&x->shape), all = tl_elements(&g->domain);
	int64_t row = g->domain.dim[g->domain.rank - 1];
	bool of_rows = attr->first + attr->count == g->domain.rank;
	int64_t chunk = !of_rows ? 1 : row < TL_STRIP_LENGTH ? row : TL_STRIP_LENGTH;
	return g->members < TL_STRIP_MEMBERS && g->members + g->inputs + 2 <= TL_STRIP_BUDGET &&
	       all && sums >= LEAST_SUMS && row >= LEAST_ROW && all / sums <= LONGEST_CHAIN * chunk;
}

static void add_sum(schedule *s, tl_group *g, uint32_t v)
{
	s->e->inside[s->e->ir->operand[s->e->ir->value[v].first]]++;
	g->member[g->members++] = v;
	s->in_group[v] = g->serial;
}

static bool add_other(schedule *s, uint32_t v)
{
	const tl_value_ir *x = &s->e->ir->value[v];
	for (uint32_t k = 0; k < x->operands; k++) {
		tl_group *p = pending(s, s->e->ir->operand[x->first + k]);
		if (tl_is_sum_over(x) && can_sum(s, p, v)) {
			add_sum(s, p, v);
			return true;
		}
		if (p && !close(s, p))
			return false;
	}
	if (x->op == &tl_op_copy)
		return tl_emit_move(s->e, v);
	bool fine = x->op == &tl_op_matmul ? tl_emit_product(s->e, v) : tl_emit_kernel(s->e, v);
	if (fine)
		tl_emit_note_maker(s->e, v);
	return fine;
}

static bool add(schedule *s, uint32_t v)
{
	const tl_value_ir *x = &s->e->ir->value[v];
	if (x->leaf || tl_is_constant(x))
		return true;
	if (tl_is_view(x) || x->op == &tl_op_concat)
		return add_virtual(s, v);
	/* of integers there are but copies, and those are no strips */
	return tl_is_elementwise(x->op) && x->dtype != TL_I32 ? add_elementwise(s, v)
							      : add_other(s, v);
}

/* Setting up */

static bool list_users(schedule *s)
{
	tl_ir *ir = s->e->ir;
	size_t edges = 0, n = ir->values;
	for (size_t i = 0; i < ir->ordered; i++)
		edges += ir->value[ir->order[i]].operands;
	s->user = tl_ir_take(ir, edges + 1, sizeof *s->user);
	s->first_user = tl_ir_take_zero(ir, n + 2, sizeof *s->first_user);
	if (!s->user || !s->first_user)
		return false;
	for (size_t i = 0; i < ir->ordered; i++) {
		const tl_value_ir *x = &ir->value[ir->order[i]];
		s->waiting[ir->order[i]] = x->operands;
		for (uint32_t k = 0; k < x->operands; k++)
			s->first_user[ir->operand[x->first + k] + 1]++;
	}
	for (size_t v = 0; v <= n; v++)
		s->first_user[v + 1] += s->first_user[v];
	for (size_t i = ir->ordered; i-- > 0;) { /* each list is filled from its end */
		const tl_value_ir *x = &ir->value[ir->order[i]];
		for (uint32_t k = 0; k < x->operands; k++)
			s->user[--s->first_user[ir->operand[x->first + k] + 1]] = ir->order[i];
	}
	return true;
}

static bool reserve(schedule *s)
{
	tl_ir *ir = s->e->ir;
	size_t n = ir->values + 1;
	s->heap = tl_ir_take(ir, n, sizeof *s->heap);
	s->waiting = tl_ir_take_zero(ir, n, sizeof *s->waiting);
	s->in_group = tl_ir_take_zero(ir, n, sizeof *s->in_group);
	s->input_of = tl_ir_take_zero(ir, n, sizeof *s->input_of);
	return !ir->short_of_memory && list_users(s);
}

static bool run(schedule *s)
{
	tl_ir *ir = s->e->ir;
	for (size_t i = 0; i < ir->ordered; i++)
		if (!s->waiting[ir->order[i]])
			heap_push(s, ir->order[i]);
	while (s->heaped) {
		uint32_t v = heap_pop(s);
		if (!add(s, v))
			return false;
		for (uint32_t u = s->first_user[v + 1], end = s->first_user[v + 2]; u < end; u++)
			if (!--s->waiting[s->user[u]])
				heap_push(s, s->user[u]);
	}
	for (uint32_t serial = 1; serial <= s->serial; serial++) { /* the oldest first */
		tl_group *g = group_by_serial(s, serial);
		if (g && !close(s, g))
			return false;
	}
	return true;
}

bool tl_schedule(tl_emitter *e, bool strips)
{
	schedule s = {.e = e, .strips = strips};
	return reserve(&s) && run(&s);
}
