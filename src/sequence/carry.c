/* States that outlive a round: buffers beside the weights. */
#include <tapeloop/sequence.h>

#include "cell/cell.h"
#include "cell/step.h"

#include <stdio.h>
#include <string.h>

static const char *refusal(const char *name, int64_t batch)
{
	if (!name || !*name || strlen(name) > 200)
		return "a name is not empty and has at most 200 letters";
	return batch < 1 ? "a batch is at least 1" : NULL;
}

tl_carry tl_carry_of(const tl_cell *cell, const char *name, int64_t batch)
{
	tl_carry c = {.cell = cell, .batch = batch};
	char full[256];
	int states = tl_cell_state_count(cell);
	const char *problem = refusal(name, batch);
	if (!cell || problem) {
		if (cell)
			tl_params_report(cell->set, TL_ERROR_ARGUMENT, "carry %.100s: %s",
					 name ? name : "", problem);
		return (tl_carry){0};
	}
	for (int k = 0; k < states; k++) {
		tl_shape shape = tl_with_batch(batch, tl_cell_state_shape(cell, k));
		snprintf(full, sizeof full, "%.200s.%.40s", name, cell->kind->state[k]);
		c.state[k] = tl_params_add_buffer(cell->set, full, shape, tl_init_zeros());
		if (!c.state[k])
			return (tl_carry){0};
	}
	c.count = states;
	/* read from a file, it goes on from there */
	if (!tl_param_was_offered(c.state[0]) && tl_carry_reset(&c, NULL)) {
		tl_params_report(cell->set, TL_ERROR_MEMORY, "carry %.100s: out of memory", name);
		c.count = 0;
	}
	return c;
}

static bool is_carry(const tl_carry *c)
{
	return c && c->cell && c->count > 0 && c->count <= TL_MAX_STATES;
}

/* Numbers of one row of the k-th state, from the start to the buffer. */
static void put_rows(const tl_carry *c, int k, tl_tensor start, const int32_t *done)
{
	bool wide = tl_params_dtype(c->cell->set) == TL_F64;
	const char *from =
		wide ? (const char *)tl_value_double(start) : (const char *)tl_value(start);
	char *to = tl_param_value(c->state[k]);
	size_t row = (size_t)(tl_tensor_size(start) / c->batch) * (wide ? 8 : 4);
	for (int64_t b = 0; from && b < c->batch; b++)
		if (!done || done[b])
			memcpy(to + (size_t)b * row, from + (size_t)b * row, row);
}

tl_status tl_carry_reset(tl_carry *c, const int32_t *done)
{
	if (!is_carry(c) || c->batch < 1)
		return TL_ERROR_ARGUMENT;
	tl_tape *t = tl_tape_create(tl_params_dtype(c->cell->set));
	if (!t)
		return TL_ERROR_MEMORY;
	tl_state s = tl_cell_initial_state(c->cell, t, c->batch);
	for (int k = 0; k < c->count; k++)
		put_rows(c, k, *tl_state_at(&s, k), done);
	tl_status status = tl_tape_status(t);
	tl_tape_destroy(t);
	return status;
}

tl_state tl_carry_state(const tl_carry *c, tl_tape *tape)
{
	tl_state s = tl_inert_state(tape, is_carry(c) ? c->count : 0);
	if (!is_carry(c) && tape)
		tl_report(tape, TL_ERROR_ARGUMENT, "tl_params_error says why",
			  "carry: it could not be made");
	for (int k = 0; tape && k < s.count; k++)
		*tl_state_at(&s, k) = tl_use(tape, c->state[k]);
	return s;
}

tl_status tl_carry_assign(tl_carry *c, tl_state last)
{
	int count = is_carry(c) ? c->count : 0;
	if (last.count != count || !count)
		return last.h.tape ? tl_report(last.h.tape, TL_ERROR_ARGUMENT,
					       "tl_carry_of makes room for the states of a cell",
					       "carry: the state is of %d tensors, not %d",
					       last.count, count)
				   : TL_ERROR_TAPE;
	tl_status status = TL_OK;
	for (int k = 0; k < count && !status; k++)
		status = tl_assign(c->state[k], *tl_state_at(&last, k));
	return status;
}
