/* The facts of steps of strips, which are the same in every table of kernels. */
#include "kernels/kernels.h"

const tl_step_kind tl_step_kinds[TL_STRIP_OPS] = {
#define STEP(name, operands, cost, value) [TL_STRIP_##name] = {#name, operands, cost},
#include "kernels/steps.def"
};
