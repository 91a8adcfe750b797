/* Kinds and their options, from the inside. */
#ifndef TL_OPTIM_KINDS_H
#define TL_OPTIM_KINDS_H

#include <tapeloop/custom_optim.h>

/* Which option of the kind has this name; -1. */
int tl_kind_option(const tl_optimizer_kind *kind, const char *name);

bool tl_is_in_range(tl_option_range range, double x, tl_dtype dtype);
const char *tl_range_text(tl_option_range range); /* what numbers must be */

#endif
