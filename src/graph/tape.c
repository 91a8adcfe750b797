/* Recording: a node is appended, nothing is computed. */
#include "graph/tape.h"

#include <tapeloop/sites.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The tape */

static tl_executor executor_from_environment(void)
{
	const char *name = getenv("TL_EXECUTOR");
	return name && !strcmp(name, "reference") ? TL_REFERENCE : TL_COMPILED;
}

tl_tape *tl_tape_create(tl_dtype dtype)
{
	if (dtype != TL_F32 && dtype != TL_F64)
		return NULL;
	tl_tape *t = tl_alloc_zero(sizeof *t);
	if (!t)
		return NULL;
	t->dtype = dtype;
	t->round = 1;
	t->executor = executor_from_environment();
	if (!tl_array_reserve(&t->node, &t->node_room, 64, sizeof *t->node) ||
	    !tl_array_reserve(&t->scopes, &t->scope_room, 8, sizeof *t->scopes)) {
		tl_tape_destroy(t);
		return NULL;
	}
	t->node[0] = (tl_node){0};
	t->scopes[0] = (tl_scope){0};
	t->scope_count = 1;
	tl_tape_rewind(t);
	return t;
}

void tl_tape_destroy(tl_tape *t)
{
	if (!t)
		return;
	if (t->plan)
		t->plan_destroy(t->plan);
	for (size_t i = 1; i < t->scope_count; i++)
		tl_free(t->scopes[i].path);
	tl_uses_finish(t);
	tl_kept_finish(t);
	tl_arena_finish(&t->attrs);
	tl_free(t->scopes);
	tl_free(t->assignment);
	tl_free(t->observation);
	tl_free(t->scratch);
	tl_free(t->part);
	tl_free(t->operand);
	tl_free(t->node);
	tl_free(t);
}

void tl_tape_rewind(tl_tape *t)
{
	if (!t)
		return;
	t->nodes = 1;
	t->operands = 0;
	t->structure = t->numbers = 0;
	t->stamped = 1;
	t->round++;
	t->rounds++;
	t->generation++;
	t->scope = 0;
	t->step = -1;
	t->site = NULL;
	t->primal = 0;
	t->assignments = 0;
	t->observations = 0;
	t->problem = (tl_problem){0};
	tl_arena_reset(&t->attrs);
}

tl_dtype tl_tape_dtype(const tl_tape *t)
{
	return t ? t->dtype : TL_F32;
}

int64_t tl_tape_nodes(const tl_tape *t)
{
	return t ? (int64_t)t->nodes - 1 : 0;
}

size_t tl_tape_bytes(const tl_tape *t)
{
	return t ? t->nodes * sizeof *t->node + t->operands * sizeof *t->operand + t->attrs.total
		 : 0;
}

void tl_tape_seed(tl_tape *t, uint64_t seed)
{
	if (t) {
		t->seed = seed;
		t->rounds = 0;
	}
}

void tl_trace_nan(tl_tape *t, bool on)
{
	if (t)
		t->trace_nan = on;
}

void tl_tape_recompute(tl_tape *t, int stretches)
{
	if (t)
		t->recompute = stretches < 0 ? -1 : stretches == 1 ? 0 : stretches;
}

void tl_tape_executor(tl_tape *t, tl_executor executor)
{
	if (t)
		t->executor = executor;
}

/* Scopes: interned, so that entering one again allocates nothing */

static int32_t scope_create(tl_tape *t, const char *name)
{
	if (!tl_array_reserve(&t->scopes, &t->scope_room, t->scope_count + 1, sizeof *t->scopes))
		return 0;
	const char *above = t->scope ? t->scopes[t->scope].path : "";
	size_t room = strlen(above) + strlen(name) + 2;
	char *path = tl_alloc(room);
	if (!path)
		return 0;
	snprintf(path, room, "%s%s%s", above, *above ? "/" : "", name);
	int32_t id = (int32_t)t->scope_count++;
	t->scopes[id] = (tl_scope){path, t->scope, t->scopes[t->scope].child, 0};
	t->scopes[t->scope].child = id;
	return id;
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

void tl_scope_enter(tl_tape *t, const char *name)
{
	if (!t || t->problem.status)
		return;
	if (!name || !*name || strchr(name, '/')) {
		tl_report(t, TL_ERROR_ARGUMENT, NULL,
			  "scope_enter: a name has no slash and is not empty");
		return;
	}
	int32_t id = t->scopes[t->scope].child;
	while (id && strcmp(last_name(t->scopes[id].path), name))
		id = t->scopes[id].next;
	if (!id && !(id = scope_create(t, name))) {
		tl_report_memory(t, "scope_enter");
		return;
	}
	t->scope = id;
}

void tl_scope_leave(tl_tape *t)
{
	if (!t || t->problem.status)
		return;
	if (!t->scope)
		tl_report(t, TL_ERROR_ARGUMENT, NULL, "scope_leave: no scope was entered");
	else
		t->scope = t->scopes[t->scope].parent;
}

void tl_step(tl_tape *t, int step)
{
	if (t)
		t->step = step < -1 ? -1 : step;
}

/* Sites: nodes recorded by a call get the line of that call when it returns to the user */

void tl_stamp(tl_tape *t, const char *site)
{
	if (!t)
		return;
	for (; t->stamped < t->nodes; t->stamped++)
		if (!t->node[t->stamped].site)
			t->node[t->stamped].site = site;
	if (t->problem.status && !t->problem.sited) {
		t->problem.site = site;
		t->problem.sited = true;
	}
}

/* Recording */

bool tl_belongs(tl_tape *t, tl_tensor x, const char *op, int operand)
{
	if (x.tape == t && x.round == t->round && x.id && x.id < t->nodes)
		return true;
	if (t->problem.status)
		return false;
	if (!x.tape || !x.id)
		tl_report(t, TL_ERROR_TAPE,
			  "a tensor variable was never set, or the call that made it failed",
			  "%s: operand %d is no tensor", op, operand);
	else if (x.tape != t)
		tl_report(t, TL_ERROR_TAPE,
			  "a computation lives on one tape; copy values over with tl_constant",
			  "%s: operand %d is of another tape", op, operand);
	else
		tl_report(t, TL_ERROR_TAPE,
			  "tensors do not outlive tl_tape_rewind; carry values in a buffer",
			  "%s: operand %d was recorded before the tape was rewound", op, operand);
	return false;
}

/* Multiply and fold: all bits of both count. */
static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15u;
	return h ^ (h >> 29);
}

static uint64_t hash_words(uint64_t h, const void *bytes, size_t n)
{
	uint64_t word;
	for (; n >= 8; n -= 8, bytes = (const char *)bytes + 8) {
		memcpy(&word, bytes, 8);
		h = mix(h, word);
	}
	if (!n)
		return h;
	word = 0;
	memcpy(&word, bytes, n);
	return mix(h, word);
}

/* Data and pointers are left out, so that the same step over other data is the same structure. */
static uint64_t structure_of(const tl_op *op, const void *attr, size_t attr_bytes,
			     const tl_shape *s, tl_dtype dtype)
{
	uint64_t h = mix((uintptr_t)op, (uint64_t)s->rank << 8 | (uint64_t)dtype);
	for (int i = 0; i < s->rank; i++)
		h = mix(h, (uint64_t)s->dim[i]);
	if (op == &tl_op_full && !tl_is_plain_number(((const tl_full_attr *)attr)->value))
		return h;
	if (op == &tl_op_param)
		return mix(h, tl_param_is_learned(((const tl_param_attr *)attr)->param));
	return hash_words(h, attr, attr_bytes);
}

uint32_t tl_append(tl_tape *t, const tl_op *op, const void *attr, size_t operands, tl_shape shape,
		   tl_dtype dtype)
{
	size_t attr_bytes = op->attr_size + operands * op->attr_each;
	if (t->nodes >= UINT32_MAX - 1 ||
	    !tl_array_reserve(&t->node, &t->node_room, t->nodes + 1, sizeof *t->node)) {
		tl_report_memory(t, op->name);
		return 0;
	}
	void *kept = NULL;
	if (attr_bytes) {
		kept = tl_arena_take(&t->attrs, attr_bytes, 8);
		if (!kept) {
			tl_report_memory(t, op->name);
			return 0;
		}
		memcpy(kept, attr, attr_bytes);
	}
	tl_node *n = &t->node[t->nodes]; /* field by field: clearing it first costs as much */
	n->op = op;
	n->attr = kept;
	n->site = t->site;
	n->source = NULL;
	n->structure = structure_of(op, kept, attr_bytes, &shape, dtype);
	n->shape = shape;
	n->first = (uint32_t)t->operands;
	n->operands = (uint32_t)operands;
	n->primal = t->primal;
	n->scope = t->scope;
	n->step = t->step;
	n->dtype = dtype;
	uint64_t h = mix(t->structure, n->structure);
	for (size_t k = 0; k < operands; k++)
		h = mix(h, t->operand[t->operands + k]);
	t->structure = h;
	if (op == &tl_op_full)
		t->numbers = hash_words(t->numbers, attr, attr_bytes);
	return (uint32_t)t->nodes++;
}

/* Every op needs as many operands as it says, of this tape. */
static bool operands_fit(tl_tape *t, const tl_op *op, int operands, const tl_tensor *operand)
{
	if (op->operands >= 0 ? operands != op->operands : operands < 1) {
		tl_report(t, TL_ERROR_ARGUMENT, NULL, "%s: %d operands given, %s%d wanted",
			  op->name, operands, op->operands < 0 ? "at least " : "",
			  op->operands < 0 ? 1 : op->operands);
		return false;
	}
	for (int i = 0; i < operands; i++)
		if (!tl_belongs(t, operand[i], op->name, i))
			return false;
	return true;
}

tl_tensor tl_apply_on(tl_tape *t, const tl_op *op, const void *attr, int operands,
		      const tl_tensor *operand)
{
	tl_tensor none = {t, 0, 0};
	if (!t || t->problem.status || !operands_fit(t, op, operands, operand))
		return none;
	if (!tl_array_reserve(&t->operand, &t->operand_room, t->operands + (size_t)operands,
			      sizeof *t->operand)) {
		tl_report_memory(t, op->name);
		return none;
	}
	for (int i = 0; i < operands; i++)
		t->operand[t->operands + (size_t)i] = operand[i].id;
	tl_call call = {t, op, attr, operands, (uint32_t)t->operands, 0};
	tl_shape shape = {0};
	tl_dtype dtype = t->dtype;
	if (op->shape(&call, &shape, &dtype)) {
		if (!t->problem.status)
			tl_report(t, TL_ERROR_SHAPE, NULL,
				  "%s: its shape rule failed without a reason", op->name);
		return none;
	}
	if (!tl_shape_sound(&shape)) {
		char text[96];
		tl_report(t, TL_ERROR_SHAPE,
			  "rank is at most 4, sizes are not negative and below 2^48",
			  "%s: the result would have shape %s", op->name,
			  tl_shape_text(&shape, text));
		return none;
	}
	uint32_t id = tl_append(t, op, attr, (size_t)operands, shape, dtype);
	if (!id)
		return none;
	t->operands += (size_t)operands;
	return tl_handle(t, id);
}

tl_tensor tl_apply(const tl_op *op, const void *attr, int operands, const tl_tensor *operand)
{
	tl_tape *t = NULL;
	for (int i = 0; i < operands && !t; i++)
		t = operand[i].tape;
	return tl_apply_on(t, op, attr, operands, operand);
}
