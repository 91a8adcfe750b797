/* Patterns are matched when they are new or parameters are, not in each step. */
#include "optim/groups.h"

#include "base/memory.h"

#include <string.h>

/* After a mismatch the last * takes one letter more; there is no need to go back further. */
bool tl_pattern_fits(const char *pattern, const char *name)
{
	const char *star = NULL, *taken = NULL;
	while (*name) {
		if (*pattern == '*') {
			star = pattern++;
			taken = name;
		} else if (*pattern == '?' || *pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star + 1;
			name = ++taken;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool tl_groups_add(tl_groups *g, const char *pattern, const tl_group_options *options)
{
	char *copy = tl_alloc(strlen(pattern) + 1);
	if (!copy ||
	    !tl_array_reserve(&g->group, &g->room, (size_t)g->count + 1, sizeof *g->group)) {
		tl_free(copy);
		return false;
	}
	strcpy(copy, pattern);
	g->group[g->count++] = (tl_group){copy, *options};
	g->known = 0;
	return true;
}

static uint8_t group_of(const tl_groups *g, const char *name)
{
	for (int k = g->count; k > 0; k--)
		if (tl_pattern_fits(g->group[k - 1].pattern, name))
			return g->group[k - 1].options.frozen ? TL_LEFT_OUT : (uint8_t)k;
	return 0;
}

bool tl_groups_settle(tl_groups *g, const tl_params *set)
{
	int count = tl_params_count(set);
	if (!tl_array_reserve(&g->coefficient, &g->coefficient_room,
			      (size_t)(g->count + 1) * TL_OPTIMIZER_COEFFICIENTS,
			      sizeof *g->coefficient))
		return false;
	if (!g->count || g->known == count)
		return true;
	if (!tl_array_reserve(&g->of, &g->of_room, (size_t)count, sizeof *g->of))
		return false;
	for (; g->known < count; g->known++)
		g->of[g->known] = group_of(g, tl_param_name(tl_params_at(set, g->known)));
	return true;
}

void tl_groups_finish(tl_groups *g)
{
	for (int k = 0; k < g->count; k++)
		tl_free(g->group[k].pattern);
	tl_free(g->group);
	tl_free(g->of);
	tl_free(g->coefficient);
}
