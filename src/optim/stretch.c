/* Learned parameters that lie one after the other are one stretch. */
#include "optim/stretch.h"

#include "graph/graph.h"

static int group_of(const tl_stretch *s, int k)
{
	const tl_param *p = tl_params_at(s->set, k);
	if (s->what == TL_WALK_TRAINABLE    ? !tl_param_is_trainable(p)
	    : s->what == TL_WALK_PARAMETERS ? tl_param_is_buffer(p)
					    : false)
		return TL_LEFT_OUT;
	return s->group ? s->group[k] : 0;
}

bool tl_stretch_next(tl_stretch *s)
{
	int all = s->end ? s->end : tl_params_count(s->set);
	while (s->next < all && group_of(s, s->next) == TL_LEFT_OUT)
		s->next++;
	if (s->next >= all)
		return false;
	s->of = group_of(s, s->next);
	s->first = tl_param_offset(tl_params_at(s->set, s->next));
	for (; s->next < all && group_of(s, s->next) == s->of; s->next++) {
		const tl_param *p = tl_params_at(s->set, s->next);
		s->count = tl_param_offset(p) + tl_param_size(p) - s->first;
	}
	return true;
}
