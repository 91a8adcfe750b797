/* Random numbers for users: the known numbers of SplitMix64, what distributions should have, and
 * that what comes next follows from the value alone. */
#include "suite.h"

#include <tapeloop/train.h>

START_TEST(numbers_are_those_of_splitmix64)
{
	/* The generator's published first numbers from 1234567, which is this seed mixed. */
	tl_random r = {.seed = 0x4373fdbf155465a3};
	ck_assert_uint_eq(tl_random_next(&r), 6457827717110365317u);
	ck_assert_uint_eq(tl_random_next(&r), 3203168211198807973u);
	ck_assert_uint_eq(tl_random_next(&r), 9817491932198370423u);
	tl_random copy = r;
	double next = tl_random_normal(&r);
	ck_assert_double_eq(tl_random_normal(&copy), next);
	ck_assert_uint_eq(copy.counter, r.counter);
	r = (tl_random){.seed = r.seed, .counter = 2}; /* any place can be gone to */
	ck_assert_uint_eq(tl_random_next(&r), 9817491932198370423u);
	tl_random a = tl_random_stream(5, 0), b = tl_random_stream(5, 1),
		  c = tl_random_stream(6, 0);
	uint64_t x = tl_random_next(&a), y = tl_random_next(&b), z = tl_random_next(&c);
	ck_assert(x != y && y != z && x != z);
}
END_TEST

START_TEST(distributions_have_their_moments)
{
	enum { N = 200000 };
	tl_random r = {.seed = 1};
	double u[2] = {0}, n[4] = {0};
	for (int i = 0; i < N; i++) {
		double x = tl_random_uniform(&r);
		assert_quick(x >= 0 && x < 1, "%g", x);
		u[0] += x / N;
		u[1] += x * x / N;
		x = tl_random_normal(&r);
		for (int k = 0; k < 4; k++)
			n[k] += pow(x, k + 1) / N;
	}
	/* about five standard deviations of each mean */
	ck_assert_double_eq_tol(u[0], 0.5, 0.0033);
	ck_assert_double_eq_tol(u[1], 1.0 / 3, 0.0034);
	ck_assert_double_eq_tol(n[0], 0, 0.012);
	ck_assert_double_eq_tol(n[1], 1, 0.016);
	ck_assert_double_eq_tol(n[2], 0, 0.044);
	ck_assert_double_eq_tol(n[3], 3, 0.11);
}
END_TEST

START_TEST(whole_numbers_are_equally_likely)
{
	enum { N = 60000 };
	tl_random r = {.seed = 2};
	int count[6] = {0}, low = 0;
	for (int i = 0; i < N; i++) {
		int64_t k = tl_random_below(&r, 6);
		assert_quick(k >= 0 && k < 6, "%d", (int)k);
		count[k]++;
		/* of 2^64 numbers modulo this, the lower half would come twice as often */
		low += tl_random_below(&r, INT64_MAX / 4 * 3) < INT64_MAX / 8 * 3;
	}
	for (int k = 0; k < 6; k++)
		ck_assert_double_eq_tol(count[k], N / 6, 5 * sqrt(N * 5.0 / 36));
	ck_assert_double_eq_tol(low, N / 2, 5 * sqrt(N / 4));
	ck_assert_int_eq(tl_random_below(&r, 1), 0);
	ck_assert_int_eq(tl_random_below(&r, 0), 0);
	ck_assert_int_eq(tl_random_below(&r, -3), 0);
}
END_TEST

START_TEST(orders_are_equally_likely)
{
	enum { N = 24000 };
	tl_random r = {.seed = 3};
	int count[256] = {0}, met = 0;
	for (int i = 0; i < N; i++) {
		int64_t order[4];
		int seen = 0, code = 0;
		tl_random_permutation(&r, 4, order);
		for (int k = 0; k < 4; k++) {
			seen |= 1 << order[k];
			code = code * 4 + (int)order[k];
		}
		assert_quick(seen == 15, "no permutation");
		count[code]++;
	}
	for (int k = 0; k < 256; k++) {
		met += count[k] > 0;
		if (count[k])
			ck_assert_double_eq_tol(count[k], N / 24, 5 * sqrt(N / 24));
	}
	ck_assert_int_eq(met, 24);
}
END_TEST

START_TEST(choices_follow_weights)
{
	enum { N = 50000 };
	static const double weights[] = {0, 1, 0, 3, 6, 0};
	tl_random r = {.seed = 4};
	int count[6] = {0};
	for (int i = 0; i < N; i++)
		count[tl_random_choice(&r, weights, 6)]++;
	for (int k = 0; k < 6; k++)
		ck_assert_double_eq_tol(count[k], N * weights[k] / 10,
					weights[k] > 0 ? 5 * sqrt(N * 0.24) : 0.5);
	ck_assert_int_eq(tl_random_choice(&r, (double[]){0, 0}, 2), -1);
	ck_assert_int_eq(tl_random_choice(&r, (double[]){1, -1}, 2), -1);
	ck_assert_int_eq(tl_random_choice(&r, (double[]){1, NAN}, 2), -1);
	ck_assert_int_eq(tl_random_choice(&r, (double[]){1, INFINITY}, 2), -1);
	ck_assert_int_eq(tl_random_choice(&r, weights, 0), -1);
}
END_TEST

SUITE("random", numbers_are_those_of_splitmix64, distributions_have_their_moments,
      whole_numbers_are_equally_likely, orders_are_equally_likely, choices_follow_weights)
