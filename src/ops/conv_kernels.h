/* What the three ops of convolution run: y from x and w, x from y and w, w from x and y. */
#ifndef TL_OPS_CONV_KERNELS_H
#define TL_OPS_CONV_KERNELS_H

#include "ops/window.h"

tl_status tl_conv_kernel(const tl_kernel_args *r);
tl_status tl_conv_input_kernel(const tl_kernel_args *r);
tl_status tl_conv_weight_kernel(const tl_kernel_args *r);

size_t tl_conv_workspace(const tl_kernel_args *r);
size_t tl_conv_input_workspace(const tl_kernel_args *r);
size_t tl_conv_weight_workspace(const tl_kernel_args *r);

double tl_conv_cost(const tl_kernel_args *r);
double tl_conv_input_cost(const tl_kernel_args *r);
double tl_conv_weight_cost(const tl_kernel_args *r);

#endif
