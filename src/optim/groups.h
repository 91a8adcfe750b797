/* Groups of an optimiser's parameters: each parameter is in the last whose pattern its name fits.
 */
#ifndef TL_OPTIM_GROUPS_H
#define TL_OPTIM_GROUPS_H

#include "optim/kinds.h"
#include "optim/stretch.h"

enum { TL_MOST_GROUPS = TL_LEFT_OUT }; /* with the one of all others, number 0 */

typedef struct tl_group {
	char *pattern;
	tl_group_options options;
} tl_group;

typedef struct tl_groups {
	tl_group *group; /* from number 1 on */
	size_t room;
	int count;
	uint8_t *of; /* each parameter's group, or TL_LEFT_OUT; as many as `known` */
	size_t of_room;
	int known;
	double *coefficient; /* of a step: each group's, one after the other */
	size_t coefficient_room;
} tl_groups;

/* Does a name fit a pattern, in which * is any letters and ? is one? */
bool tl_pattern_fits(const char *pattern, const char *name);

/* False if memory is short; then nothing has changed. */
bool tl_groups_add(tl_groups *g, const char *pattern, const tl_group_options *options);

/* Know the group of each parameter of the set, and have room for coefficients. False if memory is
 * short. */
bool tl_groups_settle(tl_groups *g, const tl_params *set);

void tl_groups_finish(tl_groups *g);

#endif
