/* Parameter sets and cells of both worlds. */
#include "fuzz/rounds.h"

#include <stdio.h>
#include <string.h>

/* A cell or a parameter that could not be made leaves an error in its set for good. */
static bool set_survived(world *w, int set)
{
	bool all = world_disarm(w);
	const char *error = tl_params_error(w->set[set].s[TRIED]);
	if (error && all)
		fuzz_fail("status", "set %d: %s", set, error);
	if (!error)
		return true;
	fuzz_say("    out of memory\n");
	world_set_destroy(w, set);
	return false;
}

void world_add_param(world *w, int set)
{
	static const int64_t dim[][2] = {{3, 3}, {3, 0}, {4, 3}, {3, 0},
					 {2, 3}, {3, 2}, {2, 0}, {2, 3}};
	static const bool buffer[] = {false, false, false, true, false, false, false, true};
	twin_set *s = &w->set[set];
	int k = s->made % 8;
	char name[16];
	if (tl_params_count(s->s[TRIED]) > 40)
		return;
	snprintf(name, sizeof name, "p%d", s->made++);
	tl_shape shape = dim[k][1] ? tl_dims(dim[k][0], dim[k][1]) : tl_dims(dim[k][0]);
	for (int world = 0; world < WORLDS; world++) {
		if (world == TRIED)
			world_arm(w);
		(buffer[k] ? tl_params_add_buffer : tl_params_add)(s->s[world], name, shape,
								   tl_init_uniform(-1, 1));
		if (world == TRIED && !set_survived(w, set))
			return;
	}
}

void world_freeze(world *w, int set, unsigned param)
{
	tl_params *s = w->set[set].s[TRIED];
	int count = tl_params_count(s), k = count ? (int)param % count : 0;
	tl_param *p = tl_params_at(s, k);
	bool on = !tl_param_is_trainable(p);
	tl_status status = tl_param_set_trainable(p, on);
	if (tl_param_is_buffer(p) != (status != TL_OK) ||
	    tl_param_is_trainable(p) != (!status && on))
		fuzz_fail("status", "set %d, parameter %d: freezing", set, k);
	if (status)
		return;
	tl_param_set_trainable(tl_params_at(w->set[set].s[TRUSTED], k), on);
	fuzz_say("    parameter %d of set %d is %s\n", k, set, on ? "trained again" : "frozen");
	held_destroy_of(w, 1u << set); /* recorded again, they would see it */
	for (int i = 0; i < TAPES; i++)
		w->tape[i].reads_gone |= w->tape[i].sets >> set & 1;
}

void world_set_create(world *w, int set, tl_dtype dtype)
{
	twin_set *s = &w->set[set];
	*s = (twin_set){.dtype = dtype};
	world_arm(w);
	s->s[TRIED] = tl_params_create(dtype);
	world_disarm(w);
	if (!s->s[TRIED])
		return;
	s->s[TRUSTED] = tl_params_create(dtype);
	for (int i = 0; i < 5 && s->s[TRIED]; i++)
		world_add_param(w, set);
}

/* A tape with parameters of the set computes nothing more until it is rewound. */
static void lose(twin_tape *t, int set)
{
	if (!(t->sets >> set & 1))
		return;
	t->lost = t->poisoned = true;
}

void world_set_destroy(world *w, int set)
{
	twin_set *s = &w->set[set];
	held_destroy_of(w, 1u << set);
	for (int i = 0; i < CELLS; i++)
		if (w->cell[i].c[TRIED] && w->cell[i].set == set)
			world_cell_destroy(w, i);
	for (int world = WORLDS; world-- > 0;) {
		tl_optimizer_destroy(s->o[world]);
		tl_params_destroy(s->s[world]);
		s->o[world] = NULL;
		s->s[world] = NULL;
	}
	for (int i = 0; i < TAPES; i++)
		lose(&w->tape[i], set);
}

void world_cell_create(world *w, int cell, int set, unsigned kind, unsigned size)
{
	static const char *const kinds[] = {"rnn", "gru", "lstm", "mgu", "lstm"};
	twin_set *s = &w->set[set];
	twin_cell *c = &w->cell[cell];
	char name[16];
	if (!s->s[TRIED] || tl_params_count(s->s[TRIED]) > 40)
		return;
	snprintf(name, sizeof name, "c%d", s->made++);
	tl_cell_options o = {.in = 2 + size % 2,
			     .hidden = 2 + size / 2 % 2,
			     .trainable_initial_state = size & 16,
			     .layer_norm = kind > 250};
	*c = (twin_cell){.set = set, .in = (int)o.in};
	for (int world = 0; world < WORLDS; world++) {
		if (world == TRIED)
			world_arm(w);
		c->c[world] = tl_cell_create(s->s[world], kinds[kind % 5], name, o);
		if (world == TRIED && !c->c[TRIED] && !tl_params_error(s->s[TRIED]))
			fuzz_fail("status", "no cell and no error");
		if (world == TRIED && !set_survived(w, set))
			return;
	}
}

void world_cell_destroy(world *w, int cell)
{
	twin_cell *c = &w->cell[cell];
	for (int i = 0; c->c[TRIED] && i < HELD; i++) /* recorded again, they would use it */
		if (w->held[i].p && w->held[i].sets >> c->set & 1)
			held_destroy(w, i);
	for (int world = WORLDS; world-- > 0;) {
		tl_cell_destroy(c->c[world]);
		c->c[world] = NULL;
	}
	for (int i = 0; i < TAPES; i++)
		for (int k = 0; k < w->tape[i].logged; k++)
			if (w->tape[i].log[k].op == R_UNROLL && w->tape[i].log[k].cell == cell)
				w->tape[i].reads_gone = true;
}

void world_start(world *w)
{
	memset(w, 0, sizeof *w);
	uint64_t state = 7;
	for (int i = 0; i < DATA; i++) {
		w->f64[i] = (double)(fuzz_random(&state) % 2001) / 1000 - 1;
		w->f32[i] = (float)((double)(fuzz_random(&state) % 2001) / 1000 - 1);
		w->constant[i] = w->f32[i];
		w->index[0][i] = (int32_t)(fuzz_random(&state) % 2);
		w->index[1][i] = i % 2 ? 1 : 9;
	}
	world_tape_create(w, 0, TL_F64);
	world_tape_create(w, 1, TL_F32);
	world_set_create(w, 0, TL_F64);
	world_set_create(w, 1, TL_F32);
	world_cell_create(w, 0, 0, 1, 3);
}

void world_finish(world *w)
{
	for (int i = 0; i < HELD; i++)
		held_destroy(w, i);
	for (int i = 0; i < SETS; i++)
		world_set_destroy(w, i);
	for (int i = 0; i < TAPES; i++)
		world_tape_destroy(w, i);
}
