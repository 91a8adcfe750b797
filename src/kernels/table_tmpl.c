/*
 * One table of kernels: compiled once for each instruction set (TL_KERNEL_ISA, and the flags that
 * go with it) and each number type (TL_KERNEL_F64).
 */
#include "kernels/kernels.h"
#include "kernels/matmul_tmpl.h"
#include "kernels/reduce_tmpl.h"
#include "kernels/softmax_tmpl.h"
#include "kernels/strip_tmpl.h"

#define PASTE(isa, type) tl_kernels_##isa##_##type
#define TABLE(isa, type) PASTE(isa, type)
#define TEXT(isa)        #isa
#define TEXT_OF(isa)     TEXT(isa)
#ifdef TL_KERNEL_F64
#define TYPE f64
#else
#define TYPE f32
#endif

extern const tl_kernels TABLE(TL_KERNEL_ISA, TYPE);
const tl_kernels TABLE(TL_KERNEL_ISA, TYPE) = {
	.isa = TEXT_OF(TL_KERNEL_ISA),
	.gemm_workspace = gemm_workspace,
	.gemm = gemm,
	.pack_size = pack_size,
	.pack = pack,
	.strip_workspace = strip_workspace,
	.strip = strip,
	.reduce = reduce,
	.softmax = softmax,
	.log_softmax = log_softmax,
	.logsumexp = logsumexp,
};
