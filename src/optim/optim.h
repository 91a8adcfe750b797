/* An optimiser from the inside. */
#ifndef TL_OPTIM_OPTIM_H
#define TL_OPTIM_OPTIM_H

#include "optim/groups.h"

struct tl_optimizer {
	const tl_optimizer_kind *kind;
	const tl_optimizer_update *update; /* the one for these options */
	tl_params *set;
	uint64_t serial; /* of the set: it may have been destroyed, and another lie there */
	double option[TL_OPTIMIZER_OPTIONS];
	double carried[TL_OPTIMIZER_COEFFICIENTS];
	int64_t steps;
	char *slot[TL_OPTIMIZER_SLOTS];
	int64_t numbers; /* in each slot */
	tl_groups groups;
	double most, norm; /* of gradients: clipping, if above 0; as measured */
	char problem[256]; /* with the options: no step is possible; empty if there is none */
	char refused[256]; /* why the last call was; empty when it was not */
};

/* Take an option; one that is out of its range becomes the optimiser's problem. */
void tl_optimizer_take(tl_optimizer *o, int option, double x);

/* After the options were taken: are they possible together? Returns o. */
tl_optimizer *tl_optimizer_settle(tl_optimizer *o);

/* An optimiser with the kind's own options; NULL: out of memory. */
tl_optimizer *tl_optimizer_begin(tl_params *set, const tl_optimizer_kind *kind);

#endif
