/* Recording: a node is appended, nothing is computed. */
#include "graph/tape.h"

#include "base/random.h"
#include "kernels/kernels.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The tape */

enum {
	/* What the tables of a tape may keep of earlier generations: as much again as this one
	 * needs, and so much. */
	SPARE = 64,
	SIGNATURES_LIMIT = 1 << 25, /* bytes */
};

#define NODE_LIMIT  ((size_t)1 << 24)
#define CACHE_LIMIT ((size_t)128 << 20)

static tl_executor executor_from_environment(void)
{
	const char *name = getenv("TL_EXECUTOR");
	return name && !strcmp(name, "reference") ? TL_EXECUTOR_REFERENCE : TL_EXECUTOR_COMPILED;
}

/* One count for all tapes, so that a handle of a destroyed tape is none of a later one's that lies
 * at the same address. */
static uint32_t next_round(void)
{
	static atomic_uint_fast32_t rounds;
	uint32_t round;
	while (!(round = (uint32_t)(atomic_fetch_add_explicit(&rounds, 1, memory_order_relaxed) +
				    1)))
		;
	return round;
}

tl_tape *tl_tape_create(tl_dtype dtype)
{
	if (dtype != TL_F32 && dtype != TL_F64)
		return NULL;
	tl_tape *t = tl_alloc_zero(sizeof *t);
	if (!t)
		return NULL;
	t->dtype = dtype;
	t->executor = executor_from_environment();
	t->node_limit = NODE_LIMIT;
	t->cache_limit = CACHE_LIMIT;
	if (!tl_array_reserve(&t->node, &t->node_room, 64, sizeof *t->node) ||
	    !tl_array_reserve(&t->signature, &t->signature_room, 64, sizeof *t->signature) ||
	    !tl_array_reserve(&t->scopes, &t->scope_room, 8, sizeof *t->scopes)) {
		tl_tape_destroy(t);
		return NULL;
	}
	t->node[0] = (tl_node){0};
	t->signature[0] = 0;
	t->scopes[0] = (tl_scope){0};
	t->scope_count = 1;
	tl_tape_rewind(t);
	t->born = t->round;
	return t;
}

static void scopes_free(tl_tape *t)
{
	if (!t->scopes)
		return;
	for (size_t i = 1; i < t->scope_count; i++)
		tl_free(t->scopes[i].path);
	t->scope_count = 1;
	t->scopes[0] = (tl_scope){0};
	memset(t->scope_bucket, 0, sizeof t->scope_bucket);
}

void tl_tape_destroy(tl_tape *t)
{
	if (!t)
		return;
	if (t->plan)
		t->plan_destroy(t->plan);
	scopes_free(t);
	tl_uses_finish(t);
	tl_kept_finish(t);
	tl_signature_finish(&t->signatures);
	tl_arena_finish(&t->attrs);
	tl_free(t->scopes);
	tl_free(t->set);
	tl_free(t->assignment);
	tl_free(t->observation);
	tl_free(t->scratch);
	tl_free(t->part);
	tl_free(t->number);
	tl_free(t->signature);
	tl_free(t->operand);
	tl_free(t->node);
	tl_free(t);
}

/* What earlier generations left in the tables and this one did not need goes, when it is much. */
static void forget_the_unused(tl_tape *t)
{
	if (t->scope_count > 2 * t->scopes_now + SPARE)
		scopes_free(t);
	t->scopes_now = 0;
	tl_uses_rewind(t);
	tl_kept_rewind(t);
	if (tl_signature_bytes(&t->signatures) > SIGNATURES_LIMIT) {
		tl_signature_finish(&t->signatures);
		t->signature_epoch++;
		t->guesses = 0;
	}
}

static void begin_stream(tl_tape *t)
{
	t->stream = tl_mix(t->seed) + t->rounds;
	t->draws = 0;
}

static void take_seed(tl_tape *t, uint64_t seed)
{
	t->seed = seed;
	t->rounds = 0;
	t->reseeded = false;
}

void tl_tape_rewind(tl_tape *t)
{
	if (!t)
		return;
	if (t->problem.status) {
		tl_tape_error(t); /* its words stay for tl_tape_last_error */
		t->had_problem = true;
	}
	/* values were asked for, but not what buffers were to take */
	const tl_param *forgotten = t->assignments && t->computed && !t->problem.status &&
						    !t->shadow && tl_sets_alive(t)
					    ? t->assignment[0].buffer
					    : NULL;
	if (t->guesses < t->nodes)
		t->guesses = t->nodes;
	forget_the_unused(t);
	t->nodes = 1;
	t->operands = 0;
	t->numbers = 0;
	t->sets = 0;
	t->stamped = 1;
	t->round = next_round();
	if (t->reseeded)
		take_seed(t, t->next_seed);
	t->rounds++;
	begin_stream(t);
	t->generation++;
	t->computed = false;
	t->scope = 0;
	t->step = -1;
	t->site = NULL;
	t->primal = 0;
	t->assignments = 0;
	t->observations = 0;
	t->problem = (tl_problem){0};
	tl_arena_reset(&t->attrs);
	if (forgotten)
		tl_report(t, TL_ERROR_ARGUMENT,
			  "tl_backward or tl_tape_commit carries assignments out, and must come "
			  "before "
			  "tl_tape_rewind",
			  "assign: buffer %s never took its value: the tape was rewound first",
			  tl_param_name(forgotten));
}

tl_dtype tl_tape_dtype(const tl_tape *t)
{
	return t ? t->dtype : TL_F32;
}

int64_t tl_tape_node_count(const tl_tape *t)
{
	return t ? (int64_t)t->nodes - 1 : 0;
}

size_t tl_tape_bytes(const tl_tape *t)
{
	return t ? t->nodes * (sizeof *t->node + sizeof *t->signature) +
			       t->operands * sizeof *t->operand + t->attrs.total
		 : 0;
}

/* A round has one stream: what was recorded already would draw anew. */
void tl_tape_set_seed(tl_tape *t, uint64_t seed)
{
	if (!t)
		return;
	if (t->nodes > 1) {
		t->next_seed = seed;
		t->reseeded = true;
		return;
	}
	take_seed(t, seed);
	begin_stream(t);
}

void tl_tape_set_node_limit(tl_tape *t, int64_t nodes)
{
	if (t)
		t->node_limit = nodes > 0 ? (size_t)nodes : NODE_LIMIT;
}

void tl_tape_set_cache_limit(tl_tape *t, size_t bytes)
{
	if (t)
		t->cache_limit = bytes;
}

void tl_tape_set_check_finite(tl_tape *t, bool on)
{
	if (t)
		t->trace_nan = on;
}

void tl_tape_set_recompute(tl_tape *t, int stretches)
{
	if (t)
		t->recompute = stretches < 0 ? -1 : stretches == 1 ? 0 : stretches;
}

void tl_tape_set_executor(tl_tape *t, tl_executor executor)
{
	if (t)
		t->executor = executor;
}

/* Scopes: kept by name, so that entering one again allocates nothing */

static int32_t *scope_bucket(tl_tape *t, const char *name)
{
	uint64_t h = tl_random_key((uint64_t)t->scope, name);
	return &t->scope_bucket[tl_mix(h) % TL_SCOPE_BUCKETS];
}

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
	int32_t id = (int32_t)t->scope_count++, *bucket = scope_bucket(t, name);
	t->scopes[id] = (tl_scope){path, t->scope, t->scopes[t->scope].child, 0, *bucket, 0};
	t->scopes[t->scope].child = *bucket = id;
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
	int32_t id = *scope_bucket(t, name);
	while (id &&
	       (t->scopes[id].parent != t->scope || strcmp(last_name(t->scopes[id].path), name)))
		id = t->scopes[id].chain;
	if (!id && !(id = scope_create(t, name))) {
		tl_report_memory(t, "scope_enter");
		return;
	}
	t->scopes_now += t->scopes[id].round != t->round;
	t->scopes[id].round = t->round;
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

void tl_tape_set_step(tl_tape *t, int step)
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

static void report_threads(tl_tape *t, const char *op)
{
	tl_report(t, TL_ERROR_TAPE, "a tape belongs to one thread at a time; give each its own",
		  "%s: another call is recording on this tape: two threads use it at once", op);
}

/*
 * Two threads on one tape are found out when one begins to append while the other has not ended, or
 * ends what the other began. A tape may be handed on between calls, so no owner is noted; and there
 * is nothing to wait for, so two plain moves do, which cost next to nothing. It is for the words:
 * what two threads do to a tape before they are found out may still crash.
 */
static bool begin_recording(tl_tape *t, const char *op)
{
	if (atomic_load_explicit(&t->recording, memory_order_relaxed)) {
		report_threads(t, op);
		return false;
	}
	atomic_store_explicit(&t->recording, true, memory_order_relaxed);
	return true;
}

static void end_recording(tl_tape *t, const char *op)
{
	if (!atomic_load_explicit(&t->recording, memory_order_relaxed))
		report_threads(t, op);
	atomic_store_explicit(&t->recording, false, memory_order_relaxed);
}

bool tl_belongs(tl_tape *t, tl_tensor x, const char *op, int operand)
{
	if (x.tape == t && x.generation == t->round && x.id && x.id < t->nodes)
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
	else if (x.generation < t->born)
		tl_report(t, TL_ERROR_TAPE, "tensors do not outlive their tape",
			  "%s: operand %d is of a tape that was destroyed", op, operand);
	else if (x.generation == t->round)
		report_threads(t, op);
	else
		tl_report(t, TL_ERROR_TAPE,
			  "tensors do not outlive tl_tape_rewind; carry values in a buffer, the "
			  "state of a cell by tl_carry_of",
			  "%s: operand %d was recorded before the tape was rewound", op, operand);
	return false;
}

/*
 * Data and pointers are left out, so that the same step over other data is the same structure. A
 * number is data, unless it is one that formulas are made of. Of a parameter its signature says
 * how its gradient is stored, not which it is.
 */
static uint32_t signature_of(tl_tape *t, const tl_op *op, const void *attr, size_t attr_bytes,
			     size_t operands, const tl_shape *shape, tl_dtype dtype)
{
	tl_signature s = {op, attr, attr_bytes, *shape, dtype, (uint32_t)operands};
	int64_t stored = -1;
	if (op == &tl_op_full && !tl_is_plain_number(((const tl_full_attr *)attr)->value)) {
		s.attr_bytes = 0;
	} else if (op == &tl_op_param) {
		const tl_param *p = ((const tl_param_attr *)attr)->param;
		tl_dtype type;
		if (tl_param_is_trainable(p))
			stored = tl_param_is_stored(t, p, &type) ? (int64_t)type : -2;
		s.attr = &stored;
		s.attr_bytes = sizeof stored;
	}
	uint32_t guess = t->nodes < t->guesses ? t->signature[t->nodes] : 0;
	return guess && tl_signature_is(&t->signatures, guess, &s)
		       ? guess
		       : tl_signature_number(&t->signatures, &s);
}

/* Nodes and their signatures have room for as many. */
static bool append_reserve(tl_tape *t, const tl_op *op, size_t operands)
{
	if (t->operands + operands >= UINT32_MAX)
		return false;
	if (op == &tl_op_full &&
	    !tl_array_reserve(&t->number, &t->number_room, t->numbers + 1, sizeof *t->number))
		return false;
	return (t->nodes < t->node_room && t->nodes < t->signature_room) ||
	       (t->nodes < UINT32_MAX - 1 &&
		tl_array_reserve(&t->node, &t->node_room, t->nodes + 1, sizeof *t->node) &&
		tl_array_reserve(&t->signature, &t->signature_room, t->nodes + 1,
				 sizeof *t->signature));
}

static uint32_t append(tl_tape *t, const tl_op *op, const void *attr, size_t operands,
		       tl_shape shape, tl_dtype dtype)
{
	size_t attr_bytes = op->attr_size + operands * op->attr_each;
	void *kept = NULL;
	if (t->nodes > t->node_limit) {
		tl_report(t, TL_ERROR_TAPE,
			  "tl_tape_rewind empties a tape, once an iteration; "
			  "tl_tape_set_node_limit allows more",
			  "%s: the tape has %zu nodes, its limit, since it was last rewound",
			  op->name, t->node_limit);
		return 0;
	}
	uint32_t signature = 0;
	if (!append_reserve(t, op, operands) ||
	    !(signature = signature_of(t, op, attr, attr_bytes, operands, &shape, dtype)) ||
	    (attr_bytes && !(kept = tl_arena_take(&t->attrs, attr_bytes, 8)))) {
		tl_report_memory(t, op->name);
		return 0;
	}
	if (attr_bytes)
		memcpy(kept, attr, attr_bytes);
	tl_node *n = &t->node[t->nodes]; /* field by field: clearing it first costs as much */
	n->op = op;
	n->attr = kept;
	n->site = t->site;
	n->source = NULL;
	n->draw = op->random ? t->draws++ : 0;
	n->shape = shape;
	n->first = (uint32_t)t->operands;
	n->operands = (uint32_t)operands;
	n->primal = t->primal;
	n->gradient_of = 0;
	n->scope = t->scope;
	n->step = t->step;
	n->dtype = dtype;
	t->signature[t->nodes] = signature;
	if (op == &tl_op_full)
		t->number[t->numbers++] = ((const tl_full_attr *)attr)->value;
	return (uint32_t)t->nodes++;
}

uint32_t tl_append(tl_tape *t, const tl_op *op, const void *attr, size_t operands, tl_shape shape,
		   tl_dtype dtype)
{
	if (!begin_recording(t, op->name))
		return 0;
	uint32_t id = append(t, op, attr, operands, shape, dtype);
	end_recording(t, op->name);
	return id;
}

/* Every op needs as many operands as it says, of this tape. */
static bool operands_fit(tl_tape *t, const tl_op *op, int operands, const tl_tensor *operand)
{
	if (operands > 0 && !operand) {
		tl_report(t, TL_ERROR_ARGUMENT, NULL, "%s: the operands are NULL", op->name);
		return false;
	}
	if (operands < 0 || op->operand_count < -1) {
		tl_report(t, TL_ERROR_ARGUMENT, NULL, "%s: %d operands", op->name,
			  operands < 0 ? operands : op->operand_count);
		return false;
	}
	if (op->operand_count >= 0 ? operands != op->operand_count : operands < 1) {
		tl_report(t, TL_ERROR_ARGUMENT, NULL, "%s: %d operands given, %s%d wanted",
			  op->name, operands, op->operand_count < 0 ? "at least " : "",
			  op->operand_count < 0 ? 1 : op->operand_count);
		return false;
	}
	for (int i = 0; i < operands; i++)
		if (!tl_belongs(t, operand[i], op->name, i))
			return false;
	return true;
}

static bool is_leaf_op(const tl_op *op)
{
	return op == &tl_op_input || op == &tl_op_constant || op == &tl_op_full ||
	       op == &tl_op_param;
}

/* What a user's op may lack. Ops without kernel are leaves to everything else, which are not
 * applied. */
static const char *lack_of_op(const tl_op *op)
{
	if (!op)
		return "the op is NULL";
	if (!op->name || !*op->name)
		return "the op has no name";
	if (op->compound)
		return "it is made of other ops, and cannot be applied: call the function of this "
		       "name";
	if (!op->shape)
		return "the op has no shape rule";
	if (!op->kernel && !tl_is_elementwise(op) && !is_leaf_op(op))
		return "the op has no kernel";
	if (op->elementwise && (op->kernel || op->step || op->random))
		return "an elementwise op has no kernel and draws no random numbers";
	if (op->elementwise &&
	    (op->shape != tl_shape_elementwise || op->operand_count < 1 || op->operand_count > 3))
		return "an elementwise op has one to three operands and the shape rule "
		       "tl_shape_elementwise";
	return NULL;
}

/* Ops are constant, so each is looked at once, as long as no other takes its place in the table. */
static bool op_is_whole(tl_tape *t, const tl_op *op, const void *attr)
{
	const tl_op **seen = &t->whole[(uintptr_t)op / sizeof(void *) % TL_WHOLE_OPS];
	const char *lack = op && *seen == op ? NULL : lack_of_op(op);
	if (!lack && !attr && op->attr_size + op->attr_each)
		lack = "attr is NULL, and the op has attributes";
	if (!lack) {
		*seen = op;
		return true;
	}
	tl_report(t, TL_ERROR_ARGUMENT,
		  "an op needs a name, a shape rule and a kernel, and attr its attr_size", "%s: %s",
		  op && op->name ? op->name : "apply", lack);
	return false;
}

static tl_tensor apply(tl_tape *t, const tl_op *op, const void *attr, int operands,
		       const tl_tensor *operand)
{
	tl_tensor none = {t, 0, 0};
	if (!tl_array_reserve(&t->operand, &t->operand_room, t->operands + (size_t)operands,
			      sizeof *t->operand)) {
		tl_report_memory(t, op->name);
		return none;
	}
	for (int i = 0; i < operands; i++)
		t->operand[t->operands + (size_t)i] = operand[i].id;
	tl_call call = {t, op, attr, operands, TL_NONE, (uint32_t)t->operands};
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
	uint32_t id = append(t, op, attr, (size_t)operands, shape, dtype);
	if (!id)
		return none;
	t->operands += (size_t)operands;
	return tl_handle(t, id);
}

tl_tensor tl_apply_on(tl_tape *t, const tl_op *op, const void *attr, int operands,
		      const tl_tensor *operand)
{
	tl_tensor none = {t, 0, 0};
	if (!t || t->problem.status || !op_is_whole(t, op, attr) ||
	    !operands_fit(t, op, operands, operand) || !begin_recording(t, op->name))
		return none;
	tl_tensor y = apply(t, op, attr, operands, operand);
	end_recording(t, op->name);
	return t->problem.status ? none : y;
}

tl_tensor tl_apply(const tl_op *op, const void *attr, int operands, const tl_tensor *operand)
{
	tl_tape *t = NULL;
	for (int i = 0; operand && i < operands && !t; i++)
		t = operand[i].tape;
	return tl_apply_on(t, op, attr, operands, operand);
}
