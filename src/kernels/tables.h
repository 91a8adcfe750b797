/* The tables of kernels that are compiled here. */
#ifndef TL_KERNELS_TABLES_H
#define TL_KERNELS_TABLES_H

#include "kernels/kernels.h"

/* Those that this machine can run, plainest first, as tl_kernels_all. */
int tl_kernels_own(tl_dtype dtype, const tl_kernels **tables, int max);

#endif
