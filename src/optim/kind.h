/*
 * For the files of kinds/: a declaration as a user's, TL_OPTIMIZER_BUILTIN(name) = {...}, compiled
 * once for each instruction set (TL_OPTIM_ISA) under a name of its own.
 */
#ifndef TL_OPTIM_KIND_H
#define TL_OPTIM_KIND_H

#include <tapeloop/custom_optim.h>

#define TL_OPTIM_PASTE(name, isa)  tl_optimizer_##name##_##isa
#define TL_OPTIM_NAME(name, isa)   TL_OPTIM_PASTE(name, isa)
#define TL_OPTIMIZER_SYMBOL(name)  TL_OPTIM_NAME(name, TL_OPTIM_ISA)
#define TL_OPTIMIZER_BUILTIN(name) const tl_optimizer_kind TL_OPTIMIZER_SYMBOL(name)

#define KIND(name) extern TL_OPTIMIZER_BUILTIN(name);
#include "optim/kinds.def"
#undef KIND

#endif
