/*
 * The kernels: the only code that knows about vector registers. Everything else calls through a
 * table of function pointers, one table a number type, made for the best instruction set the
 * machine has (TL_ISA=baseline|avx2|avx512|neon asks for another). Kernels allocate nothing, fail
 * at nothing, and know nothing of tapes.
 *
 * `part` of `parts`: every thread of a team calls the same kernel with its own part; parts write
 * disjoint memory, and the result is the same to the bit for any number of parts.
 */
#ifndef TL_KERNELS_H
#define TL_KERNELS_H

#include <tapeloop/custom_op.h>

/*
 * C = A B, C += A B, or C = bias + A B. A is m x k, B is k x n, C is m x n with unit column stride.
 * Element (i, p) of A is a[i * a_row + p * a_col]; one of a_row, a_col is 1 (the other transposes).
 * The same for B. Where `packed` is set it holds B as `pack` laid it out, and b is not read.
 */
typedef struct tl_gemm {
	int64_t m, n, k;
	const void *a;
	int64_t a_row, a_col;
	const void *b;
	int64_t b_row, b_col;
	const void *packed;
	void *c;
	int64_t c_row;
	const void *bias; /* NULL, or n numbers that every row of C starts from */
	bool accumulate;  /* C starts from what it holds (then bias is NULL) */
} tl_gemm;

/* Every element of C is one chain of multiply-adds over k, whatever the product is a piece of; but
 * with no more rows, or no more columns, than this it may be summed in another order. */
enum { TL_GEMM_FEW = 4 };

/*
 * A strip program: elementwise steps over a domain of up to four dimensions, run a few hundred
 * elements at a time so that everything between the first read and the last write stays in L1.
 *
 * Slots are numbered: the first `memories` are operands in memory, the rest are registers (each one
 * strip long). A step reads slots and writes one. Memory that is read with unit inner stride, and
 * memory that is written, is used in place; inner stride 0 (a broadcast) and others are gathered. A
 * slot in memory of type TL_I32 is converted on reading. A sum is taken in an order that depends on
 * the program alone; of a domain without elements none is taken.
 */
typedef enum tl_strip_op {
	TL_STRIP_NONE,
#define STEP(name, operands, cost, value) TL_STRIP_##name,
#include "kernels/steps.def"
	TL_STRIP_OPS
} tl_strip_op;

/* What else is known of a step. */
typedef struct tl_step_kind {
	const char *name;
	int operands; /* how many of `from` it reads */
	double cost;  /* nanoseconds an element, roughly */
} tl_step_kind;

extern const tl_step_kind tl_step_kinds[TL_STRIP_OPS];

typedef struct tl_strip_step {
	uint8_t op;
	uint16_t to, from[3];
	double imm[3];
	const tl_op *own; /* of the steps own_1 to own_3: whose .elementwise it calls, */
	const void *attr; /* with these attributes */
} tl_strip_step;

typedef struct tl_strip_memory {
	tl_dtype dtype;
	int64_t stride[4]; /* in elements, for each dimension of the domain; 0 broadcasts */
} tl_strip_memory;

typedef struct tl_strip {
	int64_t dim[4]; /* the domain, innermost last; leading ones are 1 */
	int memories, registers, steps;
	const tl_strip_memory *memory;
	const tl_strip_step *step;
} tl_strip;

enum {
	TL_STRIP_LENGTH = 256,
	TL_STRIP_SLOTS = 96
}; /* elements of a strip; most slots of one program */

typedef enum tl_reduction { TL_REDUCE_SUM, TL_REDUCE_MAX, TL_REDUCE_MIN } tl_reduction;

typedef struct tl_kernels {
	const char *isa; /* "baseline", "avx2", "avx512", "neon" */

	/* Bytes of scratch memory that each part of a gemm of this shape wants; 0 is a fine answer.
	 */
	size_t (*gemm_workspace)(const tl_gemm *g, int parts);
	void (*gemm)(const tl_gemm *g, void *workspace, int part, int parts);

	/* B (k x n, element (p, j) at b[p * b_row + j * b_col]) laid out for `packed`: bytes it
	 * takes, and doing it. */
	size_t (*pack_size)(int64_t k, int64_t n);
	void (*pack)(int64_t k, int64_t n, const void *b, int64_t b_row, int64_t b_col,
		     void *packed, int part, int parts);

	/* base[i] is where memory slot i starts; workspace is this part's own. */
	size_t (*strip_workspace)(const tl_strip *s);
	void (*strip)(const tl_strip *s, void *const *base, const uint64_t *keys, void *workspace,
		      int part, int parts);

	/*
	 * out[o][i] = reduction over j of in[o][j][i], for o < outer, j < n, i < inner; both
	 * contiguous. Sums are in an order that does not depend on parts. n = 0 gives 0, -Inf,
	 * +Inf. NaN propagates. accumulate: out += sum.
	 */
	void (*reduce)(tl_reduction how, int64_t outer, int64_t n, int64_t inner, const void *in,
		       void *out, bool accumulate, int part, int parts);

	/* Along rows of `cols` contiguous numbers; NaN and rows of -Inf behave as the formula says,
	 * numbers of +Inf share all of the probability. out may be in. */
	void (*softmax)(int64_t rows, int64_t cols, const void *in, void *out, int part, int parts);
	void (*log_softmax)(int64_t rows, int64_t cols, const void *in, void *out, int part,
			    int parts);
	/* With `most`, in two parts that are not added up: the row's largest number, and in out the
	 * logarithm of the sum of e^(x - most). */
	void (*logsumexp)(int64_t rows, int64_t cols, const void *in, void *most, void *out,
			  int part, int parts);
} tl_kernels;

/* The table for TL_F32 or TL_F64; never NULL. The first call looks at the machine; later ones are a
 * load. Any thread. */
const tl_kernels *tl_kernels_for(tl_dtype dtype);

/* All tables this machine can run, plainest first, for tests and benchmarks; returns how many (at
 * most max). */
int tl_kernels_all(tl_dtype dtype, const tl_kernels **tables, int max);

#endif
