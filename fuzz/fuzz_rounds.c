/*
 * Rounds that follow one another, in every order: recorded again with small changes, read in the
 * middle, failed, differentiated twice, on tapes and sets that were made anew meanwhile. Whatever
 * went before, the numbers are those of the reference executor on a new tape.
 *
 * A unit is one action: which, on which tape, and five or six bytes that say of what. Some repeat
 * the last round, with a change.
 *
 *     fuzz_rounds 5000 1          inputs 1 to 5000
 *     fuzz_rounds --seconds 3600  for an hour
 */
#include "fuzz/rounds.h"

#include <string.h>

/* Actions */

static int pick(const twin_tape *t, unsigned u)
{
	return t->pooled
		       ? (u & 128 ? t->pooled - 1 - (int)(u & 127) % t->pooled : (int)u % t->pooled)
		       : -1;
}

static void act_read(world *w, twin_tape *t, const uint8_t *u)
{
	int which[3], count = 1 + u[2] % 3;
	tl_tensor x[WORLDS][3];
	if (!t->pooled)
		return;
	world_fresh(t);
	fuzz_say("    read");
	for (int i = 0; i < count; i++) {
		which[i] = pick(t, u[3 + i]);
		fuzz_say(" t%d", which[i]);
		for (int world = 0; world < WORLDS; world++)
			x[world][i] = t->pool[which[i]].t[world];
	}
	fuzz_say("\n");
	/* now and then as someone looks for a mistake: tracing, or by the other executor */
	bool trace = u[6] % 8 == 0 && !t->tracing, refer = u[6] % 8 == 1;
	if (trace || refer)
		fuzz_say("    (%s)\n", trace ? "tracing" : "by the reference executor");
	if (trace)
		tl_tape_set_check_finite(t->t[TRIED], true);
	if (refer)
		tl_tape_set_executor(t->t[TRIED], TL_EXECUTOR_REFERENCE);
	world_arm(w);
	tl_evaluate(x[TRIED], count);
	if (trace)
		tl_tape_set_check_finite(t->t[TRIED], false);
	tl_tape_set_executor(t->t[TRIED], (tl_executor)t->executor);
	if (!world_survived(w, t))
		return;
	tl_evaluate(x[TRUSTED], count);
	if (!world_agree(w, t, "read"))
		return;
	for (int i = 0; i < count; i++)
		world_compare("read", x[TRIED][i], x[TRUSTED][i]);
}

static void assigned(twin_tape *t)
{
	for (int i = 0; i < t->logged; i++)
		if (t->log[i].op == R_ASSIGN)
			t->log[i].op = R_DONE;
}

static void act_backward(world *w, int tape, const uint8_t *u)
{
	twin_tape *t = &w->tape[tape];
	int loss = t->lost ? -1 : record_loss(w, tape, u[2], u[3]);
	if (loss < 0)
		return;
	world_fresh(t);
	fuzz_say("    backward t%d\n", loss);
	world_arm(w);
	tl_backward(t->pool[loss].t[TRIED]);
	if (!world_survived(w, t))
		return;
	tl_backward(t->pool[loss].t[TRUSTED]);
	if (!world_agree(w, t, "backward"))
		return;
	world_compare_sets(w, t->dtype);
	assigned(t);
	world_changed(w, t->sets, true, tape);
	if (u[4] & 1 && !t->changed)
		world_compare("loss", t->pool[loss].t[TRIED], t->pool[loss].t[TRUSTED]);
}

static void act_commit(world *w, int tape)
{
	twin_tape *t = &w->tape[tape];
	if (t->lost)
		return;
	world_fresh(t);
	fuzz_say("    commit\n");
	world_arm(w);
	tl_tape_commit(t->t[TRIED]);
	if (!world_survived(w, t))
		return;
	tl_tape_commit(t->t[TRUSTED]);
	if (!world_agree(w, t, "commit"))
		return;
	world_compare_sets(w, t->dtype);
	assigned(t);
	world_changed(w, t->sets, true, tape);
}

/* The user keeps values moderate, for what they were taken to be when recorded is at most 2. */
static void clamp(tl_params *s)
{
	int64_t count;
	void *v = tl_params_values(s, &count);
	for (int64_t i = 0; i < count; i++)
		if (tl_params_dtype(s) == TL_F64) {
			double *x = (double *)v + i;
			*x = *x > 2 ? 2 : *x < -2 ? -2 : *x;
		} else {
			float *x = (float *)v + i;
			*x = *x > 2 ? 2 : *x < -2 ? -2 : *x;
		}
}

static void act_step(world *w, const uint8_t *u)
{
	int set = u[2] % SETS;
	twin_set *s = &w->set[set];
	if (!s->s[TRIED])
		return;
	fuzz_say("    optimiser step of set %d\n", set);
	tl_status status[WORLDS];
	for (int world = 0; world < WORLDS; world++)
		if (!s->o[world])
			s->o[world] =
				u[3] & 1 ? tl_adam_create(s->s[world],
							  &(tl_adam_options){.learning_rate = 0.05})
					 : tl_sgd_create(s->s[world],
							 &(tl_sgd_options){.learning_rate = 0.1,
									   .momentum = 0.5});
	for (int world = 0; world < WORLDS; world++) {
		tl_params_clip_gradient_norm(s->s[world], 1);
		if (world == TRIED)
			world_arm(w);
		status[world] = tl_optimizer_step(s->o[world]);
		if (world == TRIED && !world_disarm(w) && status[world] == TL_ERROR_MEMORY) {
			tl_params_clip_gradient_norm(s->s[TRUSTED], 1);
			break;
		}
		if (world == TRUSTED && status[TRIED] != status[TRUSTED])
			fuzz_fail("status", "optimiser: %s", tl_status_text(status[TRIED]));
		clamp(s->s[world]);
	}
	world_compare_sets(w, s->dtype);
	world_changed(w, 1u << set, true, -1);
}

static void act_mode(world *w, twin_tape *t, const uint8_t *u)
{
	int which = u[2] % 5, on = u[3] % 4;
	if (which == 0) {
		t->executor = on ? TL_EXECUTOR_COMPILED : TL_EXECUTOR_REFERENCE;
		tl_tape_set_executor(t->t[TRIED], (tl_executor)t->executor);
		fuzz_say("    executor: %s\n", on ? "compiled" : "reference");
	} else if (which == 1 && !t->has_nan) {
		t->tracing = on == 0;
		for (int world = 0; world < WORLDS; world++)
			tl_tape_set_check_finite(t->t[world], t->tracing);
		fuzz_say("    trace NaN: %d\n", t->tracing);
	} else if (which == 2) {
		tl_tape_set_recompute(t->t[TRIED], on - 1);
		fuzz_say("    recompute: %d\n", on - 1);
	} else if (which == 3) {
		tl_set_thread_count(on);
		fuzz_say("    threads: %d\n", on);
	} else if (which == 4 && !t->logged) { /* masks follow from it: at the start of a round */
		t->seed = (uint64_t)on;
		t->rewinds = 0;
		for (int world = 0; world < WORLDS; world++)
			tl_tape_set_seed(t->t[world], t->seed);
		fuzz_say("    seed: %d\n", on);
	}
	(void)w;
}

static void act_bind(world *w, twin_tape *t, const uint8_t *u)
{
	int k = pick(t, u[2]);
	for (int tries = 0; k >= 0 && tries < t->pooled && !t->pool[k].input; tries++)
		k = (k + 1) % t->pooled;
	if (k < 0 || !t->pool[k].input)
		return;
	instruction *in = &t->log[t->pool[k].at];
	if (in->op == R_BLOCK)
		return;
	int bad = in->op == R_INDEX && u[4] > 200, from = u[3] % 64;
	const void *data = in->op == R_INDEX ? (const void *)(w->index[bad] + from)
			   : in->which & 1   ? (const void *)(w->f64 + from)
					     : (const void *)(w->f32 + from);
	fuzz_say("    bind t%d to data %d%s\n", k, from, bad ? ", out of range" : "");
	for (int world = 0; world < WORLDS; world++) {
		tl_input_bind(t->pool[k].t[world], data);
		in->source[world] = data;
	}
	t->changed = false;
}

static void act_wrong(world *w, twin_tape *t, const uint8_t *u)
{
	int k = pick(t, u[2]);
	if (k < 0)
		return;
	fuzz_say("    wrong use %d of t%d\n", u[3] % 4, k);
	for (int world = 0; world < WORLDS; world++) {
		tl_tensor x = t->pool[k].t[world], other = x;
		if (u[3] % 4 == 0)
			tl_reshape(x, tl_dims(7, 11));
		else if (u[3] % 4 == 1)
			other.generation--, tl_add(x, other);
		else if (u[3] % 4 == 2)
			tl_add(x, (tl_tensor){t->t[world], 0, 0});
		else
			tl_matmul(x, tl_full(t->t[world], tl_dims(997, 7), 1));
	}
	if (world_agree(w, t, "wrong use"))
		fuzz_fail("status", "it was not refused");
	if (tl_value(t->pool[k].t[TRIED]) || tl_add(t->pool[k].t[TRIED], t->pool[k].t[TRIED]).id)
		fuzz_fail("status", "a tape with an error goes on");
}

static void act_remake(world *w, action a, const uint8_t *u)
{
	int which = u[1] % 2;
	if (a == SET) {
		fuzz_say("    set %d anew: %s\n", which, u[3] & 1 ? "float" : "double");
		world_set_destroy(w, which);
		world_set_create(w, which, u[3] & 1 ? TL_F32 : TL_F64);
	} else if (a == CELL) {
		fuzz_say("    cell %d anew: kind %d, set %d\n", which, u[3] % 5, u[4] % SETS);
		world_cell_destroy(w, which);
		world_cell_create(w, which, u[4] % SETS, u[3], u[5]);
	} else {
		fuzz_say("    tape %d anew: %s\n", which, u[3] & 1 ? "float" : "double");
		world_tape_destroy(w, which);
		world_tape_create(w, which, u[3] & 1 ? TL_F32 : TL_F64);
	}
}

static void change_data(world *w, const uint8_t *u)
{
	fuzz_say("    data changed in place\n");
	for (int i = 0; i < DATA; i++) {
		w->f64[i] = -w->f64[i] * (0.5 + u[2] / 512.0);
		w->f32[i] = -w->f32[i] * (0.5f + (float)u[2] / 512);
	}
	for (int i = 0; i < TAPES; i++)
		if (w->tape[i].t[TRIED])
			w->tape[i].changed = true;
}

static void act_apart(world *w, action a, const uint8_t *u)
{
	int at = u[6] % HELD;
	if (a == ADD && w->set[u[2] % SETS].s[TRIED]) {
		fuzz_say("    a parameter more in set %d\n", u[2] % SETS);
		world_add_param(w, u[2] % SETS);
	} else if (a == FREEZE && w->set[u[2] % SETS].s[TRIED]) {
		world_freeze(w, u[2] % SETS, u[3]);
	} else if (a == STEP) {
		act_step(w, u);
	} else if (a == ZERO) {
		fuzz_say("    zero gradients\n");
		world_zero(w);
	} else if (a == DATA_CHANGED) {
		change_data(w, u);
	} else if (a == SET || a == CELL || a == TAPE) {
		act_remake(w, a, u);
	} else if (a == FAULT) {
		w->fault = 1 + (u[3] & 1 ? u[2] % 8 : u[2] % 64);
		w->fault_stays = u[4] & 1;
		fuzz_say("    allocation %d of the next action fails%s\n", w->fault,
			 w->fault_stays ? ", and all after it" : "");
	} else if (a == RUN) {
		held_run(w, at);
	} else if (a == HELD_BIND) {
		held_bind(w, at, u);
	} else if (a == HELD_CARRY) {
		held_carry(w, at, u);
	} else if (a == HELD_DROP) {
		held_destroy(w, at);
	}
}

static void act(world *w, const uint8_t *u)
{
	action a = action_of(u);
	int tape = tape_of(u);
	twin_tape *t = &w->tape[tape];
	bool ready = t->t[TRIED] && !t->poisoned;
	if (a == REWIND && t->t[TRIED]) {
		fuzz_say("tape %d: rewind\n", tape);
		world_rewind(w, tape);
	} else if (a == MODE && t->t[TRIED]) {
		act_mode(w, t, u);
	} else if (a == HELD_MEET) {
		held_meet(w, u[6] % HELD, tape, u);
	} else if (ready && a == RECORD) {
		record_action(w, tape, u);
	} else if (ready && a == READ) {
		act_read(w, t, u);
	} else if (ready && a == BACKWARD) {
		act_backward(w, tape, u);
	} else if (ready && a == COMMIT) {
		act_commit(w, tape);
	} else if (ready && a == BIND) {
		act_bind(w, t, u);
	} else if (ready && a == WRONG) {
		act_wrong(w, t, u);
	} else if (ready && a == HOLD) {
		held_create(w, u[6] % HELD, tape, u);
		for (int i = 0; i < 3 && u[7] & 2; i++) { /* a state carried through a few runs */
			if (!i)
				held_carry(w, u[6] % HELD, u);
			held_run(w, u[6] % HELD);
		}
	} else if (ready && a == FORGET) {
		t->changed = true;
		world_fresh(t);
	} else {
		act_apart(w, a, u);
	}
}

static long run(const fuzz_unit *units, size_t count)
{
	static world w;
	world_start(&w);
	for (size_t i = 0; i < count; i++) {
		if (fuzz_is_told() && tape_of(units[i]) && action_of(units[i]) < COMMIT)
			fuzz_say("(tape 1)");
		act(&w, units[i]);
	}
	world_finish(&w);
	tl_set_thread_count(0);
	return w.rounds;
}

const fuzzer fuzz_this = {.name = "fuzz_rounds", .most = 60, .expand = rounds_expand, .run = run};
