/* The reference executor: one node after the other, every value kept. */
#ifndef TL_RUN_REFERENCE_H
#define TL_RUN_REFERENCE_H

#include "run/evaluation.h"

tl_status tl_reference_run(tl_tape *tape, tl_evaluation *e, const uint32_t *ids, size_t count);

#endif
