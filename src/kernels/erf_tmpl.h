/*
 * erf, erfc and gelu of a vector. Near 0, erf is its series, fitted; away from it everything is
 * e^(-x^2) times e^(x^2) erfc(x), which is smooth; times 1 + 2x it hardly varies, and is a
 * polynomial in (x - K) / (x + K) (Shepherd & Laframboise 1981). x^2 is formed in two pieces, for
 * an error in it is one in the result 2 x^2 times as large. What vanishes is lowered (math_tmpl.h)
 * at the end, to be rounded once.
 */
#ifndef TL_KERNELS_ERF_TMPL_H
#define TL_KERNELS_ERF_TMPL_H

#include "kernels/math_tmpl.h"

#ifdef TL_KERNEL_F64
#define ERFC_ZERO 27.5 /* erfc rounds to 0 */
#define ERFCX_K   3.75
#define HALF_BITS 27 /* without the last so many bits the square of a number is exact */
/* erf(x) / x - 1 in x^2, |x| <= 1 */
static const REAL erf_poly[] = {
	-7.7958988270021425e-10, 1.3720064546777686e-08,  -1.6208483801871705e-07,
	1.6447424703317362e-06,  -1.4924736907419661e-05, 0.00012055294904839707,
	-0.00085483259753896918, 0.0052239776071164225,   -0.02686617064323777,
	0.11283791670945006,     -0.37612638903183543,    0.12837916709551256};
/* (1 + 2x) e^(x^2) erfc(x) in (x - K) / (x + K), 0 <= x <= ERFC_ZERO */
static const REAL erfcx_poly[] = {
	-2.3753040476186743e-09, -7.7272357679798687e-10, 3.2851905047449047e-08,
	1.5728734708960965e-08,  -2.5277811964007942e-07, -4.7881952579250571e-08,
	1.7483772448749153e-06,  -9.8031307471299586e-07, -1.1443182344738672e-05,
	2.2387299147117716e-05,  5.1648995064347805e-05,  -0.00029015496872975417,
	0.00029371364519794555,  0.001755626016319403,    -0.0097465795501290656,
	0.028362277400707351,    -0.058693398590606127,   0.092304321161506733,
	-0.10880393014169877,    0.082276738490112966,    0.0035854154854635359,
	-0.14024059858554669,    1.2375126308378275};
#else
#define ERFC_ZERO 10.5f
#define ERFCX_K   3.0f
#define HALF_BITS 12
static const REAL erf_poly[] = {7.8758750626854883e-05f, -0.00080168642871658699f,
				0.0051890874234339739f,  -0.026854212010626412f,
				0.11283594715160218f,    -0.37612626666720334f,
				0.12837916584835093f};
static const REAL erfcx_poly[] = {
	-0.00027359599926303436f, -0.00078812075303741054f, 0.0020017712255442632f,
	0.0025768565168017669f,   -0.023794664534199442f,   0.068293029055253057f,
	-0.11927191933722657f,    0.12964671485294685f,     -0.047562318168041816f,
	-0.13562114905995368f,    1.2530080581370375f};
#endif

/* y e^(by x^2) / LOWER, by = -1 or -1/2; x^2 by is above XEXP_LOW. */
INLINE vec by_exp_of_square(vec y, vec x, REAL by)
{
	vec high = (vec)((vecu)x >> HALF_BITS << HALF_BITS);
	vec low = (x - high) * (x + high) * by, square = high * high * by;
	veci n;
	vec whole = nearest_ln2(square + low, &n);
	vec p = expm1_near_0(less_ln2(square, whole) + low);
	y *= pow2((veci)((vecu)n + LIFT));
	return v_fma(y, p, y);
}

/* e^(z^2) erfc(z), z = x by / 2 in [0, ERFC_ZERO]. What rounding took from the quotient and from
 * its denominator is put back. */
INLINE vec erfcx_above(vec x, REAL by)
{
	const REAL k = 2 * ERFCX_K / by;
	vec p = POLY((x - k) / (x + k), erfcx_poly), d = v_fma(x, v_splat(by), v_splat(1));
	vec lost = v_fma(x, v_splat(by), 1 - d), inverse = 1 / d, q = p * inverse;
	return v_fma(v_fma(-q, d, p) - q * lost, inverse, q);
}

/* erfc(x), x >= 0 */
INLINE vec erfc_above(vec x)
{
	x = v_select(x > ERFC_ZERO, v_splat(ERFC_ZERO), x);
	return by_exp_of_square(erfcx_above(x, 2), x, -1) * LOWER;
}

/* |x| <= 1 */
INLINE vec erf_near_0(vec x)
{
	return v_fma(x, POLY(x * x, erf_poly), x);
}

INLINE vec v_erf(vec x)
{
	vec a = v_abs(x);
	return v_copysign(v_select(a < 1, erf_near_0(a), 1 - erfc_above(a)), x);
}

/* 1 - erf(x) where that cancels little */
INLINE vec v_erfc(vec x)
{
	vec above = erfc_above(v_abs(x)), far = v_select(x < 0, 2 - above, above);
	return v_select((x < (REAL)0.5) & (x > -1), 1 - erf_near_0(x), far);
}

/* x (1 + erf(x / sqrt 2)) / 2; away from 0, x erfc(-x / sqrt 2) / 2, or what that of |x| leaves of
 * x */
INLINE vec v_gelu(vec x)
{
	const REAL root = (REAL)1.4142135623730951, zero = ERFC_ZERO * root;
	vec a = v_abs(x), half = x * (REAL)0.5;
	a = v_select(a > zero, v_splat(zero), a);
	vec below = by_exp_of_square(erfcx_above(a, root) * (a * (REAL)0.5), a, (REAL)-0.5);
	vec far = v_select(x > 0, x, v_splat(0)) - below * LOWER;
	vec near = v_fma(half, erf_near_0(x * (REAL)0.70710678118654752), half);
	return v_select((x > (REAL)-0.5) & (x < 1), near, far);
}

#endif
