/* A tape from its creation to its end: what a rewind empties and what it keeps, and the settings.
 */
#include "graph/tape.h"
#include "graph/attach.h"
#include "graph/error.h"
#include "graph/keep.h"
#include "graph/scope.h"
#include "graph/use.h"

#include "base/random.h"
#include "base/environment.h"

#include <stdlib.h>
#include <string.h>

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
	const char *name = tl_environment("TL_EXECUTOR");
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
	t->run.executor = executor_from_environment();
	t->node_limit = NODE_LIMIT;
	t->run.cache_limit = CACHE_LIMIT;
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

void tl_tape_destroy(tl_tape *t)
{
	if (!t)
		return;
	tl_attached_finish(t);
	tl_scopes_forget(t);
	tl_uses_finish(t);
	tl_kept_finish(t);
	tl_signature_finish(&t->signatures);
	tl_arena_finish(&t->attrs);
	tl_free(t->scopes);
	tl_free(t->set);
	tl_free(t->assignment);
	tl_free(t->observation);
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
		tl_scopes_forget(t);
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
	const tl_param *forgotten = t->assignments && t->run.computed && !t->problem.status &&
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
	t->run.computed = false;
	t->run.loss = t->run.adjoints = t->run.adjoints_end = 0;
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
		t->run.cache_limit = bytes;
}

void tl_tape_set_check_finite(tl_tape *t, bool on)
{
	if (t)
		t->run.check_finite = on;
}

void tl_tape_set_recompute(tl_tape *t, int stretches)
{
	if (t)
		t->run.recompute = stretches < 0 ? -1 : stretches == 1 ? 0 : stretches;
}

void tl_tape_set_executor(tl_tape *t, tl_executor executor)
{
	if (t)
		t->run.executor = executor;
}

void tl_tape_set_step(tl_tape *t, int step)
{
	if (t)
		t->step = step < -1 ? -1 : step;
}
