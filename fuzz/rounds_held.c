/*
 * Held programs. Each run is compared with a round recorded for it on a new tape: of the same seed,
 * rewound as often as the program's tape had been and once more for each run before, so that masks
 * are the same too.
 */
#include "fuzz/rounds.h"

#include <stdlib.h>
#include <string.h>

void held_destroy(world *w, int at)
{
	held *h = &w->held[at];
	if (!h->p)
		return;
	fuzz_say("    (destroy program %d)\n", at);
	tl_program_destroy(h->p);
	for (int i = 0; i < LOG; i++)
		free(h->carried[i]);
	memset(h, 0, sizeof *h);
}

void held_destroy_of(world *w, unsigned sets)
{
	for (int i = 0; i < HELD; i++)
		if (w->held[i].p && w->held[i].sets & sets)
			held_destroy(w, i);
}

static bool describe(held *h, const twin_tape *t)
{
	h->dtype = t->dtype;
	h->seed = t->seed;
	h->rewinds = t->rewinds;
	h->evaluating = t->began_evaluating;
	h->round = t->round;
	h->sets = t->sets;
	h->reads_blocks = t->reads_blocks;
	h->logged = t->logged;
	memcpy(h->log, t->log, sizeof h->log);
	h->pooled = t->pooled;
	for (int i = 0; i < t->pooled; i++) {
		h->handle[i] = t->pool[i].t[TRIED];
		h->at[i] = t->pool[i].at;
	}
	return h->outputs > 0;
}

void held_create(world *w, int at, int tape, const uint8_t *u)
{
	twin_tape *t = &w->tape[tape];
	held *h = &w->held[at];
	tl_tensor outputs[OUTPUTS];
	if (!t->t[TRIED] || t->poisoned || t->lost || t->has_nan || t->reads_gone || !t->pooled)
		return;
	held_destroy(w, at);
	int loss = u[2] & 1 ? record_loss(w, tape, u[3], u[4]) : -1;
	if (t->poisoned || (loss < 0 && u[2] & 1))
		return;
	*h = (held){.loss = loss};
	for (int i = 0; i < 1 + u[2] / 2 % OUTPUTS; i++) {
		int k = (int)(u[3 + i] % (unsigned)t->pooled);
		for (int tries = 0; !i && u[7] & 1 && tries < t->pooled && !t->pool[k].input;
		     tries++)
			k = (k + 1) % t->pooled;
		h->output[h->outputs] = k;
		outputs[h->outputs++] = t->pool[k].t[TRIED];
	}
	describe(h, t);
	tl_program_options o = {.outputs = outputs, .output_count = h->outputs};
	if (loss >= 0)
		o.loss = t->pool[loss].t[TRIED];
	fuzz_say("    program %d of", at);
	for (int i = 0; i < h->outputs; i++)
		fuzz_say(" t%d", h->output[i]);
	fuzz_say(loss >= 0 ? ", loss t%d\n" : "\n", loss);
	world_arm(w);
	h->p = tl_program_create(t->t[TRIED], o);
	if (!world_survived(w, t))
		return;
	if (!h->p && loss >= 0 &&
	    strstr(tl_tape_error(t->t[TRIED]), "no parameter that is learned"))
		t->poisoned = true; /* rightly refused */
	else if (!h->p)
		fuzz_fail("status", "no program: %s", tl_tape_error(t->t[TRIED]));
}

/* The round of a run, recorded for the second world. */
static tl_tape *record_run(world *w, const held *h, tl_tensor *pool)
{
	tl_tape *t = tl_tape_create(h->dtype);
	int pooled = 0;
	tl_tape_set_executor(t, TL_EXECUTOR_REFERENCE);
	tl_tape_set_seed(t, h->seed);
	for (int i = 0; i < h->rewinds + h->runs; i++)
		tl_tape_rewind(t);
	tl_tape_set_training(t, !h->evaluating);
	for (int i = 0; i < h->logged; i++) {
		instruction in = h->log[i];
		if (in.op == R_ASSIGN && h->loss < 0)
			continue;
		if (h->carried[i]) {
			in.op = R_INPUT;
			in.which = 1;
			in.source[TRUSTED] = h->carried[i];
		}
		tl_tensor made = record_emit(w, TRUSTED, t, pool, &in);
		if (in.op < WITHOUT_RESULT)
			pool[pooled++] = made;
	}
	if (tl_tape_error(t))
		fuzz_fail("status", "recorded again: %s", tl_tape_error(t));
	return t;
}

static const void *tried_value(held *h, int k)
{
	tl_tensor x = h->handle[k];
	return h->log[h->at[k]].op == R_INDEX ? (const void *)tl_program_value_int(h->p, x)
	       : h->dtype == TL_F64           ? (const void *)tl_program_value_double(h->p, x)
					      : (const void *)tl_program_value(h->p, x);
}

static const void *trusted_value(tl_tensor x)
{
	tl_dtype dtype = tl_tensor_dtype(x);
	return dtype == TL_F64   ? (const void *)tl_value_double(x)
	       : dtype == TL_F32 ? (const void *)tl_value(x)
				 : (const void *)tl_value_int(x);
}

static double *compare_output(held *h, int k, tl_tensor trusted)
{
	const void *v[WORLDS] = {tried_value(h, k), trusted_value(trusted)};
	tl_dtype dtype = tl_tensor_dtype(trusted);
	int64_t count = tl_tensor_size(trusted), at;
	if (!v[TRIED] || !v[TRUSTED])
		fuzz_fail("no value", "t%d of a program: %s", k,
			  v[TRIED] ? tl_tape_error(trusted.tape) : tl_program_error(h->p));
	double *a = world_numbers(v[TRIED], dtype, count),
	       *b = world_numbers(v[TRUSTED], dtype, count);
	if (!world_close(a, b, count, dtype, &at))
		fuzz_fail("output", "t%d, number %ld: %.17g, the reference has %.17g", k, (long)at,
			  a[at], b[at]);
	free(b);
	return a;
}

/* What is carried is what was seen, in both worlds. */
static void compare_run(held *h, const tl_tensor *pool)
{
	for (int i = 0; i < h->outputs; i++)
		free(compare_output(h, h->output[i], pool[h->output[i]]));
	if (h->loss >= 0)
		free(compare_output(h, h->loss, pool[h->loss]));
}

static void carry(held *h, const tl_tensor *pool)
{
	double *taken[2];
	for (int i = 0; i < h->carries; i++)
		taken[i] = world_numbers(trusted_value(pool[h->carry[i][0]]), h->dtype,
					 tl_tensor_size(pool[h->carry[i][0]]));
	for (int i = 0; i < h->carries; i++) {
		int at = h->at[h->carry[i][1]];
		free(h->carried[at]);
		h->carried[at] = taken[i];
	}
}

void held_run(world *w, int at)
{
	held *h = &w->held[at];
	tl_tensor pool[POOL];
	if (!h->p)
		return;
	fuzz_say("    run program %d\n", at);
	world_arm(w);
	tl_status tried = tl_program_run(h->p);
	if (!world_disarm(w) && tried) {
		world_zero(w);
		return;
	}
	tl_tape *t = record_run(w, h, pool);
	tl_status trusted = TL_OK;
	for (int i = 0; !trusted && i < h->outputs; i++)
		trusted = tl_evaluate(&pool[h->output[i]], 1);
	if (!trusted && h->loss >= 0)
		trusted = tl_backward(pool[h->loss]);
	if (tried != trusted)
		fuzz_fail("status", "program: %s, the reference: %s",
			  tried ? tl_program_error(h->p) : "ok", trusted ? tl_tape_error(t) : "ok");
	if (tried) {
		fuzz_say("    error: %s\n", tl_program_error(h->p));
		world_zero(w);
	} else {
		compare_run(h, pool);
		carry(h, pool);
		h->runs++;
		if (h->loss >= 0) {
			world_compare_sets(w, h->dtype);
			world_changed(w, h->sets, true, -1);
		}
	}
	tl_tape_destroy(t);
}

static int pick_input(const held *h, unsigned u)
{
	for (int tries = 0; tries < h->pooled; tries++) {
		int k = (int)(u + (unsigned)tries) % h->pooled;
		record_op op = h->log[h->at[k]].op;
		if (op == R_INPUT || op == R_INDEX)
			return k;
	}
	return -1;
}

void held_bind(world *w, int at, const uint8_t *u)
{
	held *h = &w->held[at];
	int k = h->p ? pick_input(h, u[2]) : -1;
	if (k < 0)
		return;
	instruction *in = &h->log[h->at[k]];
	int from = u[3] % 64;
	const void *data = in->op == R_INDEX ? (const void *)(w->index[u[4] > 200] + from)
			   : in->which & 1   ? (const void *)(w->f64 + from)
					     : (const void *)(w->f32 + from);
	fuzz_say("    bind t%d of program %d to data %d%s\n", k, at, from,
		 in->op == R_INDEX && u[4] > 200 ? ", out of range" : "");
	if (tl_program_bind(h->p, h->handle[k], data))
		return; /* it does not read it */
	free(h->carried[h->at[k]]);
	h->carried[h->at[k]] = NULL;
	in->source[TRIED] = in->source[TRUSTED] = data;
}

/* The first output from this one on that fits the input, which may be an output too. */
void held_carry(world *w, int at, const uint8_t *u)
{
	held *h = &w->held[at];
	int to = h->p ? pick_input(h, u[2]) : -1;
	if (to < 0 || h->carries == 2 || h->log[h->at[to]].op != R_INPUT)
		return;
	for (int i = 0; i < h->carries; i++)
		if (h->carry[i][1] == to)
			return;
	for (int i = 0; i < h->outputs; i++) {
		int from = h->output[(u[3] + i) % h->outputs];
		if (tl_program_carry(h->p, h->handle[from], h->handle[to]))
			continue;
		fuzz_say("    carry t%d to t%d of program %d\n", from, to, at);
		h->carry[h->carries][0] = from;
		h->carry[h->carries++][1] = to;
		return;
	}
}

/* Handles of a round that is not the program's mean nothing to it, wherever their tape lies. */
void held_meet(world *w, int at, int tape, const uint8_t *u)
{
	held *h = &w->held[at];
	const twin_tape *t = &w->tape[tape];
	if (!h->p || !t->t[TRIED] || !t->pooled || t->poisoned || h->round == t->round)
		return;
	tl_tensor x = t->pool[u[2] % (unsigned)t->pooled].t[TRIED];
	fuzz_say("    show t%d of tape %d to program %d\n", (int)(u[2] % (unsigned)t->pooled), tape,
		 at);
	if (tl_program_value_double(h->p, x) || tl_program_value(h->p, x) ||
	    tl_program_value_int(h->p, x))
		fuzz_fail("identity", "a program gives values for a tensor of another round");
	if (!tl_program_bind(h->p, x, w->f64))
		fuzz_fail("identity", "a program takes data for a tensor of another round");
}
