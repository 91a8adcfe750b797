/* A sparse matrix that does not change: rows of as many numbers each, and the columns these are in.
 */
#ifndef TL_CELLS_SPARSE_H
#define TL_CELLS_SPARSE_H

#include <tapeloop/ops.h>

/* [2, rows, each]: values, then columns as whole numbers. Square; scaled to a spectral radius. */
tl_init tl_init_sparse(double radius);

/* x M^T, for x [batch, columns] and M as above: [batch, rows]. */
tl_tensor tl_sparse_linear(tl_tensor x, tl_tensor M);

#endif
