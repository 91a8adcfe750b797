/*
 * A cell at work: its weights on a tape, its start, its steps. In each round the weights function
 * runs once more, over the same weights as tensors of the tape, and what it filled in is kept by
 * the tape; so a cell itself never changes after it was made (make.c).
 */
#include "cell/cell.h"
#include "cell/weights.h"
#include "cell/step.h"

static struct tl_binding *bind(const tl_cell *c, tl_tape *t)
{
	bool fresh;
	struct tl_binding *b = tl_keep(t, c, c->serial, sizeof *b + c->kind->weights_size, &fresh);
	if (b && fresh) {
		/* Weights and their masks belong to no step: the first to use them does not own
		 * them. The cell is not changed when there is a tape. */
		int32_t step = t->step;
		t->step = -1;
		tl_cell_name_weights((tl_cell *)c, t, b);
		t->step = step;
	}
	return b;
}

const void *tl_cell_weights(const tl_cell *c, tl_tape *t)
{
	struct tl_binding *b = c && t ? bind(c, t) : NULL;
	return b ? b->weights : NULL;
}

tl_shape tl_with_batch(int64_t batch, tl_shape s)
{
	for (int i = TL_MAX_RANK - 1; i > 0; i--)
		s.dim[i] = s.dim[i - 1];
	s.dim[0] = batch;
	s.rank++;
	return s;
}

tl_state tl_inert_state(tl_tape *t, int count)
{
	tl_state s = {.count = count};
	for (int k = 0; k < TL_MAX_STATES; k++)
		*tl_state_at(&s, k) = (tl_tensor){t, 0, 0};
	return s;
}

tl_state tl_cell_initial_state(const tl_cell *c, tl_tape *t, int64_t batch)
{
	int states = tl_cell_state_count(c);
	tl_state s = tl_inert_state(t, states);
	if (!t || t->problem.status)
		return s;
	struct tl_binding *b = c ? bind(c, t) : NULL;
	if (!b) {
		tl_report(t, TL_ERROR_ARGUMENT, "tl_params_error says why it was not made",
			  "initial_state: there is no cell");
		return s;
	}
	for (int k = 0; k < states; k++) {
		tl_shape shape = tl_with_batch(batch, tl_cell_state_shape(c, k));
		*tl_state_at(&s, k) = b->start[k].id ? tl_broadcast_to(b->start[k], shape)
				      : c->kind->initial_state
					      ? c->kind->initial_state(c, t, k, shape)
					      : tl_zeros(t, shape);
	}
	return s;
}

/* x is [batch, ...] of the cell's input shape; the states likewise. */
static bool fits(const tl_cell *c, tl_tape *t, tl_tensor x, tl_shape want, const char *what,
		 int64_t batch)
{
	char a[96], b[96];
	if (x.tape == t && x.id && x.generation < t->round && x.generation >= t->born) {
		tl_report(t, TL_ERROR_TAPE,
			  "tl_carry_of makes room for a state that outlives tl_tape_rewind",
			  "%s (%s): %s was recorded before the tape was rewound", c->name,
			  c->kind->name, what);
		return false;
	}
	if (!tl_belongs(t, x, "cell", 0))
		return false;
	tl_shape is = tl_tensor_shape(x);
	want = tl_with_batch(batch >= 0 ? batch : is.rank ? is.dim[0] : 1, want);
	if (tl_shape_same(&is, &want))
		return true;
	tl_report(t, TL_ERROR_SHAPE, "the first axis is the batch", "%s (%s): %s is %s, not %s",
		  c->name, c->kind->name, what, tl_shape_text(&is, a), tl_shape_text(&want, b));
	return false;
}

bool tl_state_fits(const tl_cell *c, tl_tape *t, tl_state s, int64_t batch)
{
	int states = tl_cell_state_count(c);
	if (s.count != states) {
		tl_report(t, TL_ERROR_ARGUMENT, "tl_cell_initial_state makes the first state",
			  "%s (%s): the state is of %d tensors, not %d", c->name, c->kind->name,
			  s.count, states);
		return false;
	}
	for (int k = 0; k < states; k++)
		if (!fits(c, t, *tl_state_at(&s, k), tl_cell_state_shape(c, k), c->kind->state[k],
			  batch))
			return false;
	return true;
}

/* A step that returns another state than it was given is wrong, and the next would not say so. What
 * is right goes by the names of the states. */
static tl_state checked(const tl_cell *c, tl_tensor x, tl_state next)
{
	tl_tape *t = x.tape;
	int states = tl_cell_state_count(c);
	bool fine = !t->problem.status;
	if (fine && next.count != states) {
		tl_report(t, TL_ERROR_ARGUMENT, "tl_state_of makes a state",
			  "%s (%s): the step returned %d tensors, not %d", c->name, c->kind->name,
			  next.count, states);
		fine = false;
	}
	for (int k = 0; k < states && fine; k++) {
		fine = fits(c, t, *tl_state_at(&next, k), tl_cell_state_shape(c, k),
			    "a state that the step returned", tl_tensor_dim(x, 0));
		tl_tag(*tl_state_at(&next, k), c->kind->state[k]);
	}
	return fine ? next : tl_inert_state(t, states);
}

static bool ready(const tl_cell *c, tl_tensor x, const tl_state *states, int count)
{
	tl_tape *t = x.tape;
	if (!t || t->problem.status)
		return false;
	if (!c) {
		tl_report(t, TL_ERROR_ARGUMENT, "tl_params_error says why it was not made",
			  "step: there is no cell");
		return false;
	}
	if (!fits(c, t, x, tl_cell_input_shape(c), "x", -1))
		return false;
	if (count < 0 || (count && !states)) {
		tl_report(t, TL_ERROR_ARGUMENT, "a leaf has 0 children and may have NULL",
			  "%s (%s): %d children%s", c->name, c->kind->name, count,
			  count < 0 ? "" : ", and they are NULL");
		return false;
	}
	for (int i = 0; i < count; i++)
		if (!tl_state_fits(c, t, states[i], tl_tensor_dim(x, 0)))
			return false;
	return bind(c, t) != NULL;
}

tl_state tl_cell_step(const tl_cell *c, tl_tensor x, tl_state s)
{
	if (c && !c->kind->step)
		return tl_cell_tree_step(c, x, &s, 1);
	if (!ready(c, x, &s, 1))
		return tl_inert_state(x.tape, tl_cell_state_count(c));
	tl_scope_enter(x.tape, c->name);
	s = checked(c, x, c->kind->step(c, x, s));
	tl_scope_leave(x.tape);
	return s;
}

tl_state tl_cell_tree_step(const tl_cell *c, tl_tensor x, const tl_state *children, int count)
{
	if (c && !c->kind->tree_step && count == 1 && children)
		return tl_cell_step(c, x, children[0]);
	if (!ready(c, x, children, count))
		return tl_inert_state(x.tape, tl_cell_state_count(c));
	if (!c->kind->tree_step) {
		tl_report(x.tape, TL_ERROR_ARGUMENT, "tree_lstm has any number of children",
			  "%s (%s): it has one child, not %d", c->name, c->kind->name, count);
		return tl_inert_state(x.tape, tl_cell_state_count(c));
	}
	tl_scope_enter(x.tape, c->name);
	tl_state s = checked(c, x, c->kind->tree_step(c, x, children, count));
	tl_scope_leave(x.tape);
	return s;
}

/* States */

tl_state tl_state_from_array(const tl_tensor *tensors, int count)
{
	tl_state s = {.count = count < 0 || !tensors   ? 0
			       : count > TL_MAX_STATES ? TL_MAX_STATES
						       : count};
	for (int k = 0; k < s.count; k++)
		*tl_state_at(&s, k) = tensors[k];
	return s;
}

tl_state tl_state_detach(tl_state s)
{
	for (int k = 0; k < s.count && k < TL_MAX_STATES; k++)
		*tl_state_at(&s, k) = tl_detach(*tl_state_at(&s, k));
	return s;
}

tl_state tl_state_where(tl_tensor mask, tl_state a, tl_state b)
{
	if (a.count != b.count && mask.tape)
		tl_report(mask.tape, TL_ERROR_ARGUMENT, "both are states of one kind of cell",
			  "state_where: a state of %d tensors and one of %d", a.count, b.count);
	for (int k = 0; k < a.count && k < b.count && k < TL_MAX_STATES; k++) {
		tl_tensor x = *tl_state_at(&a, k), m = mask;
		tl_shape shape = tl_dims(tl_tensor_dim(mask, 0), 1, 1, 1);
		shape.rank = tl_tensor_shape(x).rank;
		for (int64_t i = shape.rank; i < TL_MAX_RANK; i++)
			shape.dim[i] = 0;
		if (shape.rank > 2)
			m = tl_reshape(mask, shape);
		*tl_state_at(&a, k) = tl_where(m, x, *tl_state_at(&b, k));
	}
	return a;
}
