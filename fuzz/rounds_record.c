/*
 * Bytes become instructions, right ones: operands are chosen so that shapes fit, and numbers stay
 * moderate, or comparing would say nothing. What is wrong on purpose is an instruction of its own.
 */
#include "fuzz/rounds.h"

#include <math.h>
#include <string.h>

static const double numbers[] = {0, 1, 0.5, -1, 2, 0.25, -0.75, 1.25, 0.3, -0.6};

enum { NUMBERS = sizeof numbers / sizeof *numbers };
enum { LARGE = 1000 }; /* the bound of what may be any number */

static tl_shape small_shape(unsigned u)
{
	static const int64_t dim[][3] = {{3, 0, 0}, {2, 3, 0}, {3, 3, 0}, {2, 0, 0},
					 {1, 3, 0}, {2, 2, 3}, {3, 2, 0}, {0, 0, 0}};
	tl_shape s = {0};
	for (int i = 0; i < 3 && dim[u % 8][i]; i++)
		s.dim[s.rank++] = dim[u % 8][i];
	return s;
}

/* Later tensors more often than earlier ones; -1: there is none that fits. */
static int pick(const twin_tape *t, unsigned u, bool integers, int rank)
{
	for (int tries = 0; tries < t->pooled; tries++) {
		int i = u & 128 ? t->pooled - 1 - (int)((u & 127) + (unsigned)tries) % t->pooled
				: (int)(u + (unsigned)tries) % t->pooled;
		if (t->pool[i].integers == integers &&
		    (integers || tl_tensor_shape(t->pool[i].t[TRIED]).rank >= rank))
			return i;
	}
	return -1;
}

static tl_shape shape_of(const twin_tape *t, int i)
{
	return tl_tensor_shape(t->pool[i].t[TRIED]);
}

static bool same_shape(tl_shape a, tl_shape b)
{
	return !memcmp(&a, &b, sizeof a);
}

static bool broadcasts(tl_shape a, tl_shape b)
{
	for (int i = 1; i <= a.rank && i <= b.rank; i++) {
		int64_t x = a.dim[a.rank - i], y = b.dim[b.rank - i];
		if (x != y && x != 1 && y != 1)
			return false;
	}
	return true;
}

/* A second operand: the same one now and then, else one that fits. */
static int partner(const twin_tape *t, int a, unsigned u, bool same)
{
	if (u % 5 == 0)
		return a;
	for (int tries = 0; tries < t->pooled; tries++) {
		int i = (int)(u + (unsigned)tries) % t->pooled;
		if (!t->pool[i].integers && (same ? same_shape(shape_of(t, a), shape_of(t, i))
						  : broadcasts(shape_of(t, a), shape_of(t, i))))
			return i;
	}
	return a;
}

/* Some parameter of some set with this shape (of rank 2: with so many columns); -1. */
static int param_like(const world *w, int set, unsigned u, int rank, int64_t last, bool buffers)
{
	tl_params *s = w->set[set].s[TRIED];
	int count = tl_params_count(s);
	for (int tries = 0; tries < count; tries++) {
		int k = (int)(u + (unsigned)tries) % count;
		tl_param *p = tl_params_at(s, k);
		tl_shape shape = tl_param_shape(p);
		if (shape.rank == rank && shape.dim[rank - 1] == last &&
		    (buffers || !tl_param_is_buffer(p)))
			return k;
	}
	return -1;
}

/* Both worlds */

static void note(twin_tape *t, const instruction *in, const tl_tensor made[WORLDS], double bound)
{
	if (t->logged == LOG)
		return;
	if (in->op < WITHOUT_RESULT) {
		pooled *p = &t->pool[t->pooled++];
		*p = (pooled){.t = {made[TRIED], made[TRUSTED]},
			      .bound = bound,
			      .at = t->logged,
			      .integers = in->op == R_INDEX,
			      .input = in->op == R_INPUT || in->op == R_BLOCK || in->op == R_INDEX};
		if (in->op == R_USE || in->op == R_LINEAR || in->op == R_BLOCK)
			p->sets |= 1u << in->set;
		if (in->op == R_UNROLL)
			p->sets |= 1u << in->set;
		if (in->op == R_TOTAL)
			p->sets |= t->sets;
		if (in->a >= 0)
			p->sets |= t->pool[in->a].sets;
		if (in->b >= 0)
			p->sets |= t->pool[in->b].sets;
		t->sets |= p->sets;
	}
	if (in->op == R_ASSIGN)
		t->sets |= 1u << in->set;
	t->log[t->logged++] = *in;
}

static bool record_bounded(world *w, int tape, instruction *in, double bound)
{
	twin_tape *t = &w->tape[tape];
	tl_tensor made[WORLDS], pool[POOL];
	if (t->poisoned || t->logged == LOG || t->pooled == POOL)
		return false;
	record_print(in, in->op < WITHOUT_RESULT ? t->pooled : -1);
	for (int world = 0; world < WORLDS; world++) {
		for (int i = 0; i < t->pooled; i++)
			pool[i] = t->pool[i].t[world];
		if (world == TRIED)
			world_arm(w);
		made[world] = record_emit(w, world, t->t[world], pool, in);
		if (world == TRIED && !world_survived(w, t))
			return false;
	}
	if (!world_agree(w, t, "record"))
		return false;
	if (in->op < WITHOUT_RESULT &&
	    !same_shape(tl_tensor_shape(made[TRIED]), tl_tensor_shape(made[TRUSTED])))
		fuzz_fail("shape", "t%d has another shape in each world", t->pooled);
	note(t, in, made, bound);
	return true;
}

bool record_both(world *w, int tape, instruction *in)
{
	return record_bounded(w, tape, in, LARGE);
}

int record_loss(world *w, int tape, unsigned a, unsigned b)
{
	twin_tape *t = &w->tape[tape];
	instruction in = {
		.op = R_REDUCE, .which = b % 8 ? 0 : 3, .a = pick(t, a, false, 0), .b = -1};
	if (in.a < 0)
		return -1;
	if (b & 1) {
		int most = t->pooled < 7 ? t->pooled : 7;
		in = (instruction){.op = R_TOTAL, .a = -1, .b = -1, .more = t->pooled};
		in.data = 1 + (int)(a % (unsigned)most);
	}
	return record_bounded(w, tape, &in, LARGE) ? t->pooled - 1 : -1;
}

/* Choosing: one function a family. False: there is nothing it could be done with. */

static bool choose_leaf(world *w, twin_tape *t, const uint8_t *u, instruction *in, double *bound)
{
	in->shape = small_shape(u[2]);
	in->number = numbers[u[3] % NUMBERS];
	in->data = u[4] % 64;
	*bound = 2;
	if (in->op == R_MASK) {
		in->number = u[3] % 4 / 4.0;
		*bound = 4;
	} else if (in->op == R_INPUT) {
		in->which = u[5] & 1;
		for (int world = 0; world < WORLDS; world++)
			in->source[world] = u[5] == 254     ? NULL
					    : in->which & 1 ? (const void *)(w->f64 + in->data)
							    : (const void *)(w->f32 + in->data);
	} else if (in->op == R_INDEX) {
		in->shape = u[2] & 1 ? tl_dims(2) : tl_dims(3);
		in->which = u[5] > 240;
		for (int world = 0; world < WORLDS; world++)
			in->source[world] = w->index[in->which] + in->data;
	} else if (in->op == R_USE || in->op == R_BLOCK) {
		tl_params *set = w->set[in->set].s[TRIED];
		int count = tl_params_count(set);
		if (!count)
			return false;
		in->param = u[2] % count;
		for (int i = 0; in->op == R_BLOCK && u[4] & 1 && i < t->logged; i++)
			if (t->log[i].op == R_USE || t->log[i].op == R_LINEAR) { /* one in use */
				in->set = t->log[i].set;
				in->param = t->log[i].param;
			}
		set = w->set[in->set].s[TRIED];
		if (in->param >= tl_params_count(set))
			return false;
		*bound = tl_param_is_buffer(tl_params_at(set, in->param)) ? 4 : 2;
		in->shape = tl_param_shape(tl_params_at(set, in->param));
	}
	if (in->op != R_BLOCK)
		return true;
	in->which = (w->set[in->set].dtype == TL_F64) | (u[5] & 1) << 1;
	for (int world = 0; world < WORLDS; world++) {
		tl_param *p = tl_params_at(w->set[in->set].s[world], in->param);
		in->source[world] = in->which & 2 ? tl_param_gradient(p) : tl_param_value(p);
	}
	*bound = 4; /* larger gradients are zeroed when they are compared */
	return t->reads_blocks = true;
}

static bool choose_form(twin_tape *t, const uint8_t *u, instruction *in, double *bound)
{
	static const uint8_t kinds[] = {
		[R_UNARY] = 10, [R_REDUCE] = 4, [R_ALONG] = 4, [R_FORM] = 6};
	in->which = u[3] % kinds[in->op];
	int rank = in->op == R_UNARY || (in->op == R_REDUCE && in->which % 3 == 0) ? 0
		   : in->op == R_FORM && in->which == 0                            ? 2
										   : 1;
	if ((in->a = pick(t, u[2], false, rank)) < 0)
		return false;
	*bound = t->pool[in->a].bound;
	in->number = numbers[u[4] % NUMBERS];
	in->data = u[4] % 8;
	in->calm_a = *bound > 4 && in->op != R_FORM;
	*bound = in->calm_a ? 1 : *bound;
	if (in->op == R_UNARY && in->which < 2)
		*bound = 1;
	else if (in->op == R_UNARY && in->which == 2)
		*bound *= *bound;
	else if (in->op == R_UNARY || in->op == R_ALONG)
		*bound = 3 * *bound + 3;
	tl_shape s = shape_of(t, in->a);
	return in->op != R_FORM || in->which != 4 || s.dim[s.rank - 1] > 1;
}

static bool choose_pair(twin_tape *t, const uint8_t *u, instruction *in, double *bound)
{
	if ((in->a = pick(t, u[2], false, in->op == R_JOIN)) < 0)
		return false;
	in->which = in->op == R_LOSS ? u[4] % 3 : u[4] % 4;
	in->b = partner(t, in->a, u[3], in->op != R_BINARY);
	in->data = u[5] % 64;
	tl_shape s = shape_of(t, in->a);
	if (in->op == R_LOSS && in->which == 2 && (s.rank != 2 || s.dim[1] < 2))
		in->which = 1;
	if (in->op == R_JOIN && in->which == 2 && s.rank == TL_MAX_RANK)
		in->which = 0;
	double a = t->pool[in->a].bound, b = t->pool[in->b].bound;
	in->calm_a = a > 4;
	in->calm_b = b > 4;
	a = a > 4 ? 1 : a;
	b = b > 4 ? 1 : b;
	*bound = in->op == R_LOSS ? LARGE : in->op == R_BINARY && in->which > 1 ? a * b : 2 * a + b;
	/* no larger things than there were */
	return tl_tensor_size(t->pool[in->a].t[TRIED]) < 100;
}

static bool choose_linear(world *w, twin_tape *t, const uint8_t *u, instruction *in, double *bound)
{
	if ((in->a = pick(t, u[2], false, 1)) < 0)
		return false;
	tl_shape s = shape_of(t, in->a);
	in->calm_a = t->pool[in->a].bound > 4;
	in->param = param_like(w, in->set, u[3], 2, s.dim[s.rank - 1], u[5] & 1);
	*bound = LARGE;
	if (in->param < 0)
		return false;
	tl_shape weight = tl_param_shape(tl_params_at(w->set[in->set].s[TRIED], in->param));
	in->more = u[4] & 1 ? param_like(w, in->set, u[4], 1, weight.dim[0], u[5] & 1) : -1;
	return true;
}

static bool choose_unroll(world *w, twin_tape *t, const uint8_t *u, instruction *in, double *bound)
{
	in->cell = u[2] % CELLS;
	const twin_cell *c = &w->cell[in->cell];
	if (!c->c[TRIED])
		return false;
	in->set = c->set;
	in->shape = tl_dims(2 + u[3] % 3, 1 + u[3] / 16 % 3, c->in);
	in->data = u[4] % 64;
	in->which = u[5] & 27;
	if (u[4] > 240)
		in->which |= 6;
	int a = pick(t, u[6], false, 3);
	tl_shape s = a < 0 ? in->shape : shape_of(t, a);
	if (a >= 0 && s.rank == 3 && s.dim[2] == c->in && s.dim[0] >= 2 && t->pool[a].bound <= 4) {
		in->a = a;
		in->shape = s;
	}
	*bound = 1.5;
	return true;
}

static bool choose_other(world *w, twin_tape *t, const uint8_t *u, instruction *in, double *bound)
{
	*bound = LARGE;
	switch (in->op) {
	case R_DROPOUT:
		in->a = pick(t, u[2], false, 0);
		in->calm_a = in->a >= 0 && t->pool[in->a].bound > 2;
		in->number = 0.5 * (u[3] % 8 > 0);
		*bound = 4;
		return in->a >= 0;
	case R_GATHER:
		in->b = pick(t, u[3], true, 0);
		in->a = pick(t, u[2], false, 1);
		if (in->a < 0 || in->b < 0 || shape_of(t, in->a).dim[0] < 2)
			return false;
		*bound = t->pool[in->a].bound;
		return shape_of(t, in->a).rank < TL_MAX_RANK;
	case R_GRADIENT:
		in->a = pick(t, u[2], false, 0);
		in->b = pick(t, u[3], false, 0);
		return in->a >= 0 && in->b >= 0 && !t->lost;
	case R_NAN:
		in->a = pick(t, u[2], false, 0);
		if (!t->tracing || in->a < 0)
			return false;
		return t->has_nan = true;
	case R_STEP:
		in->data = u[2] % 4 - 1;
		return true;
	case R_TRAINING:
		in->which = u[2] % 4 > 0;
		return true;
	default: /* R_ASSIGN */
		if ((in->a = pick(t, u[2], false, 1)) < 0 || t->lost)
			return false;
		in->calm_a = t->pool[in->a].bound > 4;
		tl_shape s = shape_of(t, in->a);
		in->param = param_like(w, in->set, u[3], (int)s.rank, s.dim[s.rank - 1], true);
		if (in->param < 0)
			return false;
		tl_param *p = tl_params_at(w->set[in->set].s[TRIED], in->param);
		return tl_param_is_buffer(p) && same_shape(tl_param_shape(p), s);
	}
}

record_op record_op_of(const uint8_t *u)
{
	static const record_op ops[] = {
		R_FULL,   R_FULL,   R_FULL,     R_INPUT,  R_INPUT,    R_INPUT,   R_BLOCK,
		R_INDEX,  R_INDEX,  R_INDEX,    R_GATHER, R_GATHER,   R_GATHER,  R_USE,
		R_USE,    R_USE,    R_USE,      R_UNARY,  R_UNARY,    R_UNARY,   R_UNARY,
		R_BINARY, R_BINARY, R_BINARY,   R_BINARY, R_LINEAR,   R_LINEAR,  R_LINEAR,
		R_REDUCE, R_ALONG,  R_FORM,     R_FORM,   R_JOIN,     R_DROPOUT, R_MASK,
		R_GATHER, R_GATHER, R_LOSS,     R_LOSS,   R_GRADIENT, R_UNROLL,  R_UNROLL,
		R_NAN,    R_STEP,   R_TRAINING, R_ASSIGN, R_ASSIGN,   R_CONSTANT};
	return ops[u[7] % (sizeof ops / sizeof *ops)];
}

bool record_action(world *w, int tape, const uint8_t *u)
{
	twin_tape *t = &w->tape[tape];
	instruction in = {
		.op = record_op_of(u), .a = -1, .b = -1, .more = -1, .set = u[6] % 3 == 0};
	double bound = 0;
	bool found;
	if (!t->t[TRIED] || t->poisoned)
		return false;
	if (in.op == R_GATHER && pick(t, 0, true, 0) < 0)
		in.op = R_INDEX;
	if (in.op <= R_USE || in.op == R_MASK)
		found = choose_leaf(w, t, u, &in, &bound);
	else if (in.op == R_UNARY || in.op == R_REDUCE || in.op == R_ALONG || in.op == R_FORM)
		found = choose_form(t, u, &in, &bound);
	else if (in.op == R_BINARY || in.op == R_JOIN || in.op == R_LOSS)
		found = choose_pair(t, u, &in, &bound);
	else if (in.op == R_LINEAR)
		found = choose_linear(w, t, u, &in, &bound);
	else if (in.op == R_UNROLL)
		found = choose_unroll(w, t, u, &in, &bound);
	else
		found = choose_other(w, t, u, &in, &bound);
	if (!found)
		return false;
	if (in.op == R_TRAINING)
		t->evaluating = !in.which;
	return record_bounded(w, tape, &in, bound);
}
