/* The table of kernels that leaves some products to the system's CBLAS; only with -Dblas. */
#ifndef TL_KERNELS_BLAS_H
#define TL_KERNELS_BLAS_H

#include "kernels/kernels.h"

const tl_kernels *tl_kernels_blas(tl_dtype dtype);

#endif
