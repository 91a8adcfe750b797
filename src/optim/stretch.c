/* Learned parameters that lie one after the other are one stretch. */
#include "optim/stretch.h"

#include "graph/graph.h"

bool tl_learned_stretch(const tl_params *set, int *next, int64_t *first, int64_t *count)
{
	const tl_param *p = NULL;
	for (; (p = tl_params_at(set, *next)) && !tl_param_is_trainable(p); ++*next)
		;
	if (!p)
		return false;
	*first = tl_param_offset(p);
	for (; p && tl_param_is_trainable(p); p = tl_params_at(set, ++*next)) {
		tl_shape s = tl_param_shape(p);
		*count = tl_param_offset(p) + tl_elements(&s) - *first;
	}
	return true;
}
