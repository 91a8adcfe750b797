/* The library's kinds. */
#ifndef TL_CELLS_REGISTRY_H
#define TL_CELLS_REGISTRY_H

#include <tapeloop/custom_cell.h>

#define KIND(name) extern const tl_cell_kind tl_cell_##name;
#include "cells/kinds.def"
#undef KIND

#endif
