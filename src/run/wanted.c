/* Listing what is asked for, and recording gradients. */
#include "run/wanted.h"

#include <tapeloop/grad.h>

size_t tl_learned(const tl_tape *t, uint32_t loss, tl_tensor *found)
{
	size_t count = 0;
	for (uint32_t id = 1; id <= loss; id++) {
		if (!tl_is_learned(t, id))
			continue;
		if (found)
			found[count] = tl_handle((tl_tape *)t, id);
		count++;
	}
	return count;
}

bool tl_want_value(tl_wanted *w, uint32_t id)
{
	if (!tl_array_reserve(&w->id, &w->id_room, w->ids + 1, sizeof *w->id))
		return false;
	w->id[w->ids++] = id;
	return true;
}

bool tl_want_gradients(tl_wanted *w, tl_tape *t, uint32_t loss)
{
	size_t count = tl_learned(t, loss, NULL);
	w->ids = w->gradients = w->assignments = 0;
	w->forward = t->nodes;
	if (!tl_array_reserve(&w->tensor, &w->tensor_room, 2 * count + 1, sizeof *w->tensor) ||
	    !tl_array_reserve(&w->param, &w->param_room, count + 1, sizeof *w->param))
		return false;
	tl_tensor *wrt = w->tensor, *gradient = wrt + count;
	tl_learned(t, loss, wrt);
	if (loss && tl_grads(tl_handle(t, loss), wrt, (int)count, gradient))
		return false;
	for (; w->gradients < count; w->gradients++) {
		w->param[w->gradients] = wrt[w->gradients].id;
		if (!tl_want_value(w, gradient[w->gradients].id))
			return false;
	}
	return true;
}

bool tl_want_assignments(tl_wanted *w, const tl_tape *t)
{
	for (; w->assignments < t->assignments; w->assignments++)
		if (!tl_want_value(w, t->assignment[w->assignments].node))
			return false;
	return true;
}

void tl_wanted_finish(tl_wanted *w)
{
	tl_free(w->id);
	tl_free(w->param);
	tl_free(w->tensor);
}
