/*
 * Vectors of one instruction set and one number type, in the compilers' vector extensions. The
 * kernel sources are compiled once for each pair; TL_KERNEL_ISA names the instruction set (its
 * compiler flags decide the width) and TL_KERNEL_F64 asks for double.
 *
 * Contraction is off: a multiply-add is one rounding where v_fma is written and two elsewhere, so
 * what a kernel computes does not depend on which copy of a loop the compiler made.
 */
#ifndef TL_KERNELS_SIMD_TMPL_H
#define TL_KERNELS_SIMD_TMPL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__FMA__) || defined(__AVX512F__)
#include <immintrin.h>
#elif defined(TL_KERNEL_NEON)
#include <arm_neon.h>
#endif

#ifdef TL_KERNEL_F64
#define REAL          double
#define INT           int64_t
#define UINT          uint64_t
#define MANTISSA      52 /* stored bits of the significand */
#define BIAS          1023
#define REAL_FN(name) name
#else
#define REAL          float
#define INT           int32_t
#define UINT          uint32_t
#define MANTISSA      23
#define BIAS          127
#define REAL_FN(name) name##f
#endif

#if defined(__AVX512F__)
#define VBYTES 64
#elif defined(__AVX2__)
#define VBYTES 32
#else
#define VBYTES 16
#endif

enum {
	VL = VBYTES / sizeof(REAL), /* numbers in a vector */
	LANE = 16 / sizeof(REAL),   /* numbers in 128 bits, inside which shuffles are cheap */
	LANES = VBYTES / 16,
	CACHE_LINE = 64
};

#define INLINE static inline __attribute__((always_inline, unused))

/*
 * Before a loop over a few vectors of an array: only if it is unrolled are they registers. Clang
 * ignores GCC's pragma without a word, and unrolls early enough for that only what it unrolls
 * wholly: n is at least the number of rounds, which the compiler must know. UNROLL_BY(n) saves
 * rounds of a long loop; Clang would not keep the inner ones' vectors in registers.
 */
#define PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define UNROLL(n) PRAGMA(clang loop unroll(full))
#define UNROLL_BY(n)
#else
#define UNROLL(n)    PRAGMA(GCC unroll n)
#define UNROLL_BY(n) PRAGMA(GCC unroll n)
#endif

typedef REAL vec __attribute__((vector_size(VBYTES)));
typedef INT veci __attribute__((vector_size(VBYTES)));
typedef UINT vecu __attribute__((vector_size(VBYTES)));
typedef REAL lane __attribute__((vector_size(16)));

/* The same in memory: aligned like one number, and free to alias it. */
typedef REAL vec_mem __attribute__((vector_size(VBYTES), aligned(sizeof(REAL)), may_alias));
typedef REAL lane_mem __attribute__((vector_size(16), aligned(sizeof(REAL)), may_alias));

INLINE vec v_load(const REAL *p)
{
	return *(const vec_mem *)p;
}

INLINE void v_store(REAL *p, vec v)
{
	*(vec_mem *)p = v;
}

INLINE vec v_splat(REAL x)
{
	return x - (vec){0}; /* x - 0 is x for every x, where 0 + x would lose the sign of -0 */
}

/* a * b + c, in one rounding where the machine can. */
INLINE vec v_fma(vec a, vec b, vec c)
{
#if defined(__AVX512F__) && defined(TL_KERNEL_F64)
	return _mm512_fmadd_pd(a, b, c);
#elif defined(__AVX512F__)
	return _mm512_fmadd_ps(a, b, c);
#elif defined(__FMA__) && VBYTES == 32 && defined(TL_KERNEL_F64)
	return _mm256_fmadd_pd(a, b, c);
#elif defined(__FMA__) && VBYTES == 32
	return _mm256_fmadd_ps(a, b, c);
#elif defined(TL_KERNEL_NEON) && defined(TL_KERNEL_F64)
	return (vec)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
#elif defined(TL_KERNEL_NEON)
	return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
	return a * b + c;
#endif
}

/* mask ? a : b, the mask as a comparison leaves it: all ones or all zeros. */
INLINE vec v_select(veci mask, vec a, vec b)
{
	return (vec)(((veci)a & mask) | ((veci)b & ~mask));
}

INLINE veci v_sign_mask(void)
{
	return (veci)v_splat((REAL)-0.0);
}

INLINE vec v_abs(vec x)
{
	return (vec)((veci)x & ~v_sign_mask());
}

INLINE vec v_copysign(vec magnitude, vec sign)
{
	return (vec)(((veci)magnitude & ~v_sign_mask()) | ((veci)sign & v_sign_mask()));
}

INLINE int64_t min_i64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

INLINE int64_t max_i64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

INLINE int64_t round_up(int64_t n, int64_t to)
{
	return (n + to - 1) / to * to;
}

INLINE void *align_up(void *p)
{
	return (void *)(((uintptr_t)p + CACHE_LINE - 1) & ~(uintptr_t)(CACHE_LINE - 1));
}

/* The elements [*first, *last) of n that are this part's, cut at multiples of `grain`. */
INLINE void share(int64_t n, int64_t grain, int part, int parts, int64_t *first, int64_t *last)
{
	int64_t grains = (n + grain - 1) / grain;
	*first = min_i64(n, grains * part / parts * grain);
	*last = min_i64(n, grains * (part + 1) / parts * grain);
}

#endif
