/*
 * exp, log and what is made of them, of a vector, to about an ulp over the whole range: subnormal
 * results are rounded, infinities and NaN come out as C99 Annex F says, or as the limit.
 * Polynomials interpolate at Chebyshev nodes; arguments are reduced by ln 2 in two pieces (Cody &
 * Waite 1980). erf and its kin are in erf_tmpl.h.
 */
#ifndef TL_KERNELS_MATH_TMPL_H
#define TL_KERNELS_MATH_TMPL_H

#include "kernels/simd_tmpl.h"

#ifdef TL_KERNEL_F64
#define MAGIC    0x1.8p52        /* adding it rounds to an integer, kept in the low bits */
#define LN2_HIGH 0x1.62e42feep-1 /* 32 bits, so that n * LN2_HIGH is exact */
#define LN2_LOW  0x1.a39ef35793c76p-33
#define EXP_LOW  -746.0   /* rounds to 0 */
#define EXP_HIGH 710.0    /* overflows */
#define LIFT     256      /* where 2^n is subnormal, 2^(n + LIFT) is not */
#define LOWER    0x1p-256 /* 2^-LIFT */
#define TANH_ONE 22.0     /* tanh is 1 from before here */
#define XEXP_LOW -760.0   /* x e^x rounds to 0 */
/* (e^r - 1 - r) / r^2 on |r| <= ln(2)/2, highest power first */
static const REAL exp_poly[] = {2.0914831351380411e-9,
				2.5105419192016336e-8,
				2.7557273295539724e-7,
				2.7557254913486702e-6,
				2.4801587325822282e-5,
				0.00019841269875205077,
				0.001388888888888367,
				0.008333333333326025,
				0.04166666666666667,
				0.16666666666666671,
				0.5};
/* (ln((1 + s)/(1 - s)) - 2s) / s^3 in s^2, |s| <= 0.172 */
static const REAL log_poly[] = {0.1463003136412286,  0.15330617306743305, 0.18182922513515942,
				0.22222210674238515, 0.28571428628810996, 0.39999999999893222,
				0.66666666666666699};
/* (tanh(x) - x) / x^3 in x^2, |x| <= TANH_SMALL */
static const REAL tanh_poly[] = {
	-1.7177825567196242e-5, 7.9474597747387093e-5,  -0.00023067743752080313,
	0.00058739422548723418, -0.0014552979836743923, 0.0035920571442028097,
	-0.0088632296508077407, 0.021869488250441098,   -0.053968253961108447,
	0.13333333333326344,    -0.33333333333333322};
#else
#define MAGIC    0x1.8p23f
#define LN2_HIGH 0x1.63p-1f
#define LN2_LOW  -0x1.bd0106p-13f
#define EXP_LOW  -104.0f
#define EXP_HIGH 89.0f
#define LIFT     64
#define LOWER    0x1p-64f
#define TANH_ONE 10.0f
#define XEXP_LOW -120.0f
static const REAL exp_poly[] = {0.0013926325618133462f, 0.0083632927530306023f,
				0.041666553762567638f, 0.16666576305560638f, 0.5f};
static const REAL log_poly[] = {0.23341943388714561f, 0.28550396959618014f, 0.40000125594554367f,
				0.66666666549883177f};
static const REAL tanh_poly[] = {-0.0060859280484f, 0.02098974838f, -0.0538493397201f,
				 0.133327593884f, -0.333333288413f};
#endif
#define TANH_SMALL (REAL)0.625

#define POLY(x, c) v_poly(x, c, (int)(sizeof(c) / sizeof(c)[0]))

INLINE vec v_poly(vec x, const REAL *c, int n)
{
	vec y = v_splat(c[0]);
	for (int i = 1; i < n; i++)
		y = v_fma(y, x, v_splat(c[i]));
	return y;
}

/* The multiple n of ln 2 next to x, and as bits offset by those of MAGIC. */
INLINE vec nearest_ln2(vec x, veci *n)
{
	vec rounded = v_fma(x, v_splat((REAL)0x1.71547652b82fep0), v_splat(MAGIC));
	*n = (veci)rounded - (veci)v_splat(MAGIC);
	return rounded - MAGIC;
}

/* x - n ln 2 */
INLINE vec less_ln2(vec x, vec n)
{
	return v_fma(n, v_splat(-LN2_LOW), v_fma(n, v_splat(-LN2_HIGH), x));
}

/* e^r - 1, |r| <= ln(2)/2 */
INLINE vec expm1_near_0(vec r)
{
	return v_fma(r * r, POLY(r, exp_poly), r);
}

/* x = n ln 2 + r with |r| <= ln(2)/2; returns e^r - 1 and n. */
INLINE vec expm1_reduced(vec x, veci *n)
{
	return expm1_near_0(less_ln2(x, nearest_ln2(x, n)));
}

/* 2^n for an n whose power is a normal number */
INLINE vec pow2(veci n)
{
	return (vec)((vecu)(n + BIAS) << MANTISSA);
}

INLINE vec v_exp(vec x)
{
	x = v_select(x < EXP_LOW, v_splat(EXP_LOW), x);
	x = v_select(x > EXP_HIGH, v_splat(EXP_HIGH), x);
	veci n;
	vec p = expm1_reduced(x, &n);
	/* 2^n may overflow or be subnormal where the product is not: two factors, the offset
	 * because there is no arithmetic shift of 64-bit integers before AVX-512 */
	veci half = (veci)(((vecu)n + 4 * BIAS) >> 1) - 2 * BIAS;
	vec scale = pow2(half), rest = pow2((veci)((vecu)n - (vecu)half)); /* NaN makes any n */
	return v_fma(p, scale, scale) * rest;
}

/* e^x / LOWER, for XEXP_LOW <= x <= 0 */
INLINE vec exp_lifted(vec x)
{
	veci n;
	vec p = expm1_reduced(x, &n), lifted = pow2((veci)((vecu)n + LIFT));
	return v_fma(p, lifted, lifted);
}

/* e^x for x <= 0, in fewer steps */
INLINE vec v_exp_below(vec x)
{
	return exp_lifted(v_select(x < EXP_LOW, v_splat(EXP_LOW), x)) * LOWER;
}

/* e^x - 1 between -60 and 60 */
INLINE vec expm1_between(vec x)
{
	veci n;
	vec p = expm1_reduced(x, &n), scale = pow2(n);
	return v_select(x == 0, x, v_fma(p, scale, scale - 1));
}

/* e^x - 1 for x <= 0, accurate to the relative error; 0 above */
INLINE vec v_expm1_below(vec x)
{
	x = v_select(x < -60, v_splat(-60), x); /* long -1 */
	return expm1_between(v_select(x > 0, v_splat(0), x));
}

INLINE vec v_expm1(vec x)
{
	vec between = v_select(x < -60, v_splat(-60), x);
	between = expm1_between(v_select(x > 60, v_splat(60), between));
	return v_select(x > 60, v_exp(x), between); /* there the 1 is long lost */
}

/* x + x^3 P(x^2) below TANH_SMALL, 1 - 2 / (e^2|x| + 1) above, where little cancels. */
INLINE vec v_tanh(vec x)
{
	vec a = v_abs(x), square = x * x;
	vec small = v_fma(a * square, POLY(square, tanh_poly), a);
	vec twice = a + a;
	twice = v_select(a > TANH_ONE, v_splat(2 * TANH_ONE), twice);
	veci n;
	vec p = expm1_reduced(twice, &n), scale = pow2(n);
	vec large = 1 - 2 / v_fma(p, scale, scale + 1);
	vec y = v_select(a < TANH_SMALL, small, large);
	return v_copysign(y, x);
}

/*
 * 1 / (1 + e^-x), or e^x / (1 + e^x) where that is the small one, given e = e^-|x|. What rounding
 * took from 1 + e is put back, to first order.
 */
INLINE vec sigmoid_of(vec x, vec e)
{
	vec d = 1 + e;
	vec q = v_select(x < 0, e, v_splat(1)) / d;
	vec inverse = v_select(x < 0, 1 - q, q);
	return v_fma(q * ((d - 1) - e), inverse, q);
}

INLINE vec v_sigmoid(vec x)
{
	return sigmoid_of(x, v_exp_below(-v_abs(x)));
}

/*
 * x sigmoid(x) and x tanh(ln(1 + e^x)) are x e^x far below 0. The product is formed before e^x is
 * lowered, for it may be normal where that is not.
 */
#define FAR_BELOW (-50)

INLINE vec cut_below(vec x)
{
	return v_select(x < XEXP_LOW, v_splat(XEXP_LOW), x);
}

INLINE vec v_silu(vec x)
{
	vec low = cut_below(-v_abs(x)), lifted = exp_lifted(low);
	return v_select(x < FAR_BELOW, low * lifted * LOWER, x * sigmoid_of(x, lifted * LOWER));
}

/* tanh(ln(1 + w)) = (w^2 + 2w) / (w^2 + 2w + 2); both multiplied by e^-2x where w = e^x is large.
 */
INLINE vec v_mish(vec x)
{
	vec low = cut_below(-v_abs(x)), lifted = exp_lifted(low), e = lifted * LOWER;
	vec n = v_select(x < 0, v_fma(e, e, e + e), 1 + (e + e));
	vec d = n + v_select(x < 0, v_splat(2), 2 * e * e);
	return v_select(x < FAR_BELOW, low * lifted * LOWER, x * (n / d));
}

/* x / (1 + |x|); 1 long before |x| is infinite */
INLINE vec v_softsign(vec x)
{
	vec a = v_abs(x);
	return v_copysign(v_select(a > (REAL)0x1p60, v_splat(1), a / (1 + a)), x);
}

/* ln(1 + f) + k ln 2, 1 + f in [sqrt(1/2), sqrt(2)] */
INLINE vec log1p_reduced(vec f, vec k)
{
	vec s = f / (2 + f), z = s * s, half_square = (REAL)0.5 * f * f;
	vec r = z * POLY(z, log_poly);
	vec small = v_fma(s, half_square + r, k * LN2_LOW) - half_square;
	return v_fma(k, v_splat(LN2_HIGH), small + f);
}

/* x = (1 + f) 2^k with 1 + f in [sqrt(1/2), sqrt(2)], x normal; returns f. */
INLINE vec log_parts(vec x, vec *k)
{
	/* the exponent of x / sqrt(1/2), offset to stay positive */
	const vecu root = (vecu)v_splat((REAL)0x1.6a09e667f3bcdp-1);
	vecu steps = (vecu)x - root + ((vecu){0} + BIAS * ((UINT)1 << MANTISSA));
	veci exponent = (veci)(steps >> MANTISSA) - BIAS;
	*k = (vec)(exponent + (veci)v_splat(MAGIC)) - MAGIC;
	return (vec)((vecu)x - ((vecu)exponent << MANTISSA)) - 1;
}

/* y = ln x where x is positive and finite; elsewhere as C99 has it, NaN and +Inf as they came */
INLINE vec log_ends(vec x, vec y)
{
	const REAL infinity = (REAL)INFINITY;
	y = v_select(x == 0, v_splat(-infinity), y);
	y = v_select(x < 0, v_splat((REAL)NAN), y);
	return v_select(x < infinity, y, x);
}

INLINE vec v_log(vec x)
{
	const REAL up = (REAL)(1ull << (MANTISSA + 1));
	veci tiny = x < v_splat((REAL)(sizeof(REAL) == 4 ? 0x1p-126 : 0x1p-1022));
	vec k, f = log_parts(v_select(tiny, x * up, x), &k);
	k -= v_select(tiny, v_splat(MANTISSA + 1), v_splat(0));
	return log_ends(x, log1p_reduced(f, k));
}

/* ln u, u = 1 + x, and what u lost of x. */
INLINE vec v_log1p(vec x)
{
	vec u = 1 + x, k, f = log_parts(u, &k);
	vec lost = v_select(v_abs(x) > 1, 1 - (u - x), x - (u - 1)) / u;
	veci near = k == 0; /* x itself is f */
	vec y = log1p_reduced(v_select(near, x, f), k) + v_select(near, v_splat(0), lost);
	return v_select(x == 0, x, log_ends(u, y));
}

/* max(x, 0) + ln(1 + e^-|x|) */
INLINE vec v_softplus(vec x)
{
	vec e = v_exp_below(-v_abs(x));
	/* 1 + e above sqrt(2) is halved: (1 + e) / 2 = 1 + (e - 1) / 2 */
	veci large = e > (REAL)0.4142135623730951;
	vec f = v_select(large, (e - 1) * (REAL)0.5, e);
	vec y = log1p_reduced(f, v_select(large, v_splat(1), v_splat(0)));
	return v_select(x > 0, x, v_splat(0)) + v_select(x == x, y, x);
}

#endif
