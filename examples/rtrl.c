/* Real-time recurrent learning: a state and its derivative by the weights, carried on together. */
#include "rtrl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64 }; /* units, and arrays of weights of a cell */

/* Does J have its form, a number for each unit and weight? */
static bool fits(const rtrl *n)
{
	bool fine = !n->kind->uses_step && n->units <= MOST;
	for (int k = 0; k < tl_cell_state_count(n->cell); k++)
		fine = fine && tl_shape_size(tl_cell_state_shape(n->cell, k)) == n->units;
	for (int i = 0; i < tl_cell_param_count(n->cell); i++)
		fine = fine && i < MOST && !tl_param_is_buffer(tl_cell_param_at(n->cell, i));
	return fine;
}

bool rtrl_create(rtrl *n, example *e)
{
	tl_cell_options o = {.in = 1, .hidden = n->units, .extra = n->kind->extra_default};
	n->set = tl_params_create(TL_F64);
	n->seed = (uint64_t)e->seed;
	tl_params_set_seed(n->set, n->seed);
	n->cell = tl_cell_create_from_kind(n->set, n->kind, "cell", o);
	if (!n->cell)
		return example_fail(e, tl_params_error(n->set));
	if (!fits(n))
		return example_fail(
			e,
			"this cell has states of other sizes than h, numbers that are not trained, "
			"a clock, or more than 64 units");
	n->V = tl_params_add(n->set, "V", tl_dims(1, n->units), tl_init_glorot_uniform());
	n->b = tl_params_add(n->set, "b", tl_dims(1), tl_init_zeros());
	n->weights = 0;
	for (int i = 0; i < tl_cell_param_count(n->cell); i++)
		n->weights += tl_param_size(tl_cell_param_at(n->cell, i));
	for (int k = 0; k < tl_cell_state_count(n->cell); k++) {
		n->state[k] = calloc((size_t)n->units, sizeof(double));
		n->J[k] = calloc((size_t)(n->units * n->weights), sizeof(double));
		if (!n->state[k] || !n->J[k])
			return example_fail(e, "out of memory");
	}
	return true;
}

void rtrl_destroy(rtrl *n)
{
	for (int k = 0; k < TL_MAX_STATES; k++) {
		free(n->state[k]);
		free(n->J[k]);
		n->state[k] = n->J[k] = NULL;
	}
	tl_cell_destroy(n->cell);
	tl_params_destroy(n->set);
	n->cell = NULL;
	n->set = NULL;
}

double rtrl_heard(const rtrl *n, int64_t step)
{
	tl_random r = tl_random_stream(n->seed, (uint64_t)(step + n->delay));
	return tl_random_below(&r, 2) ? 1 : -1;
}

tl_tensor rtrl_loss(const rtrl *n, tl_tape *tape, tl_tensor h, int64_t step)
{
	tl_tensor said = tl_linear(h, tl_use(tape, n->V), tl_use(tape, n->b));
	return tl_mse(said, tl_full(tape, tl_dims(1, 1), rtrl_heard(n, step - n->delay)), NULL);
}

/* How one state depends on the weights in this step alone: backward, a unit at a time. [weights,
 * units] */
static tl_tensor direct(const rtrl *n, tl_tensor state)
{
	tl_tape *tape = state.tape;
	int count = tl_cell_param_count(n->cell);
	tl_tensor W[MOST], part[MOST], row[MOST];
	for (int i = 0; i < count; i++)
		W[i] = tl_use(tape, tl_cell_param_at(n->cell, i));
	for (int u = 0; u < n->units; u++) {
		double one[MOST] = {0};
		one[u] = 1;
		tl_vjp(state, tl_constant_double(tape, tl_dims(1, n->units), one), W, count, part);
		for (int i = 0; i < count; i++)
			part[i] = tl_reshape(part[i], tl_dims(tl_tensor_size(W[i])));
		row[u] = tl_concat(part, count, 0);
	}
	return tl_stack(row, n->units, 1);
}

/* J of each state after a step, and what the loss owes to the J before it. */
static void carry(const rtrl *n, tl_tensor x, tl_tensor L, tl_state before, tl_state after,
		  tl_tensor *J, tl_tensor *owed)
{
	tl_tape *tape = L.tape;
	tl_tensor old[TL_MAX_STATES], wrt[TL_MAX_STATES], dL[TL_MAX_STATES];
	tl_shape rows = tl_dims(n->weights, n->units);
	int count = before.count;
	tl_state many = before;
	for (int k = 0; k < count; k++) {
		old[k] = tl_input_double(tape, rows, n->J[k]);
		wrt[k] = *tl_state_at(&before, k);
		*tl_state_at(&many, k) = tl_broadcast_to(wrt[k], rows);
	}
	tl_state next = tl_cell_step(n->cell, tl_broadcast_to(x, tl_dims(n->weights, 1)), many);
	tl_grads(L, wrt, count, dL);
	for (int k = 0; k < count; k++) {
		J[k] = direct(n, *tl_state_at(&after, k));
		for (int j = 0; j < count; j++)
			J[k] = tl_add(J[k], tl_jvp(*tl_state_at(&next, k), *tl_state_at(&many, j),
						   old[j]));
		tl_tensor part = tl_matmul(old[k], tl_transpose(dL[k]));
		*owed = k ? tl_add(*owed, part) : part;
	}
}

double rtrl_step(rtrl *n, tl_tape *tape, int64_t t)
{
	tl_tape_rewind(tape);
	tl_tensor x = tl_full(tape, tl_dims(1, 1), rtrl_heard(n, t)), s[TL_MAX_STATES],
		  J[TL_MAX_STATES];
	tl_tensor owed = {0};
	int count = tl_cell_state_count(n->cell);
	for (int k = 0; k < count; k++)
		s[k] = tl_input_double(tape, tl_dims(1, n->units), n->state[k]);
	tl_state before = tl_state_from_array(s, count), after = tl_cell_step(n->cell, x, before);
	tl_tensor L = rtrl_loss(n, tape, after.h, t);
	if (!n->forgets)
		carry(n, x, L, before, after, J, &owed);
	double value = tl_item(L);
	if (tl_backward(L))
		return NAN;
	const double *more = n->forgets ? NULL : tl_value_double(owed);
	for (int i = 0; more && i < tl_cell_param_count(n->cell); i++) {
		tl_param *p = tl_cell_param_at(n->cell, i);
		for (int64_t k = 0; k < tl_param_size(p); k++)
			tl_param_gradient_double(p)[k] += *more++;
	}
	const double *new_state[TL_MAX_STATES], *new_J[TL_MAX_STATES];
	for (int k = 0; k < count; k++) {
		new_state[k] = tl_value_double(*tl_state_at(&after, k));
		new_J[k] = n->forgets ? n->J[k] : tl_value_double(J[k]);
		if (!new_state[k] || !new_J[k])
			return NAN;
	}
	for (int k = 0; k < count; k++) {
		memcpy(n->state[k], new_state[k], (size_t)n->units * sizeof(double));
		memmove(n->J[k], new_J[k], (size_t)(n->units * n->weights) * sizeof(double));
	}
	return value;
}
