/*
 * One suite a file: write START_TEST functions, end with SUITE("name", a, b, c). The environment
 * variable CK_FORK=no keeps a suite in one process, for debuggers and valgrind. Where SANITIZED,
 * what is repeated to find wrong numbers, not wrong accesses, is repeated less.
 */
#ifndef TL_TESTS_SUITE_H
#define TL_TESTS_SUITE_H

#include "sanitized.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tapeloop/tapeloop.h>

#define SUITE(NAME, ...)                                                                           \
	int main(void)                                                                             \
	{                                                                                          \
		const TTest *const tests[] = {__VA_ARGS__};                                        \
		Suite *suite = suite_create(NAME);                                                 \
		TCase *tcase = tcase_create(NAME);                                                 \
		tcase_set_timeout(tcase, 600);                                                     \
		for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)                          \
			tcase_add_test(tcase, tests[i]);                                           \
		suite_add_tcase(suite, tcase);                                                     \
		SRunner *runner = srunner_create(suite);                                           \
		srunner_run_all(runner, CK_ENV);                                                   \
		int failed = srunner_ntests_failed(runner);                                        \
		srunner_free(runner);                                                              \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS;                                       \
	}

/* The tape is fine; if not, its message is the failure. */
#define assert_fine(tape) ck_assert_msg(!tl_tape_error(tape), "%s", tl_tape_error(tape))

/* Check writes each assertion that holds to a file; this one is for loops over millions of numbers.
 */
#define assert_quick(condition, ...)                                                               \
	do {                                                                                       \
		if (!(condition))                                                                  \
			ck_abort_msg(__VA_ARGS__);                                                 \
	} while (0)

/* |a - b| <= tolerance max(1, |a|, |b|) */
#define assert_near(a, b, tolerance)                                                               \
	do {                                                                                       \
		double a_ = (a), b_ = (b);                                                         \
		assert_quick(fabs(a_ - b_) <= (tolerance)*fmax(1, fmax(fabs(a_), fabs(b_))),       \
			     "%s is %.17g and %s %.17g", #a, a_, #b, b_);                          \
	} while (0)

#endif
