/* Averages of weights: what they are of, what they refuse, and that they go on from a checkpoint.
 */
#include "values.h"

typedef struct average_case {
	tl_average_options options;
	double want[4]; /* of 1, 2, 4, 8 */
} average_case;

/* 0.5 (0.5 1 + 0.5 2) ..., by hand */
static const average_case averages[] = {
	{{.decay = 0}, {1, 1.5, 7.0 / 3, 3.75}},
	{{.decay = 0.5}, {1, 1.5, 2.75, 5.375}},
	{{.decay = 0.5, .unbiased = true}, {1, 5.0 / 3, 3, 5.0 / 15 * 9 + 8.0 / 3 - 4.0 / 15}},
	{{.decay = 0.9, .warmup = true}, {1, 1.75, 3.3076923076923077, 6.3241758241758241}},
};

START_TEST(averages_are_of_what_they_should)
{
	BOTH_TYPES(dtype) for (size_t c = 0; c < sizeof averages / sizeof *averages; c++)
	{
		tl_params *set = tl_params_create(dtype);
		tl_param *p = tl_params_add(set, "p", tl_dims(3), tl_init_zeros());
		tl_param *b = tl_params_add_buffer(set, "b", tl_dims(1), tl_init_constant(7));
		tl_average *a = tl_average_create(set, &averages[c].options);
		double shadow = 0, product = 1;
		for (int n = 0; n < 4; n++) {
			double x = 1 << n, decay = averages[c].options.decay;
			shadow = decay * shadow + (1 - decay) * x;
			product *= decay;
			for (int i = 0; i < 3; i++)
				if (dtype == TL_F32)
					tl_param_value_float(p)[i] = (float)x;
				else
					tl_param_value_double(p)[i] = x;
			ck_assert_int_eq(tl_average_update(a), TL_OK);
			double want = averages[c].options.unbiased ? shadow / (1 - product)
								   : averages[c].want[n];
			int64_t count;
			void *got = tl_average_values(a, &count);
			assert_near(value_of(got, dtype, 2), want, dtype == TL_F64 ? 1e-14 : 1e-6);
		}
		ck_assert_int_eq(tl_average_update_count(a), 4);
		double average = value_of(tl_average_values(a, NULL), dtype, 0);
		ck_assert_int_eq(tl_average_swap(a), TL_OK);
		ck_assert(tl_average_is_swapped(a) && !tl_average_values(a, NULL));
		ck_assert_double_eq(value_of(tl_param_value(p), dtype, 0), average);
		ck_assert_double_eq(value_of(tl_param_value(b), dtype, 0), 7);
		ck_assert_int_eq(tl_average_update(a), TL_ERROR_ARGUMENT);
		ck_assert_int_eq(tl_average_swap(a), TL_OK);
		ck_assert_double_eq(value_of(tl_param_value(p), dtype, 0), 8);
		tl_average_destroy(a);
		tl_params_destroy(set);
	}
}
END_TEST

START_TEST(averages_refuse_and_grow)
{
	tl_params *set = tl_params_create(TL_F32);
	float *x = tl_param_value(tl_params_add(set, "p", tl_dims(2), tl_init_constant(1)));
	const struct {
		tl_average_options options;
		const char *says;
	} cases[] = {{{.decay = 1}, "decay"},
		     {{.decay = NAN}, "decay"},
		     {{.decay = 0, .unbiased = true}, "of a decay"},
		     {{.decay = 0.5, .unbiased = true, .warmup = true}, "no bias"}};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		tl_average *a = tl_average_create(set, &cases[c].options);
		ck_assert_ptr_nonnull(strstr(tl_average_error(a), cases[c].says));
		ck_assert_int_eq(tl_average_update(a), TL_ERROR_ARGUMENT);
		ck_assert_int_eq(tl_average_swap(a), TL_ERROR_ARGUMENT);
		tl_average_destroy(a);
	}
	tl_average *a = tl_average_create(set, &(tl_average_options){.decay = 0.5});
	ck_assert_int_eq(tl_average_swap(a), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_average_update(a), TL_OK);
	x[1] = NAN;
	ck_assert_int_eq(tl_average_update(a), TL_ERROR_VALUE);
	ck_assert_int_eq(tl_average_update_count(a), 1);
	ck_assert_float_eq(((float *)tl_average_values(a, NULL))[1], 1);
	x[0] = x[1] = 3;
	tl_average_update(a);
	/* what is added while the averages are in the set stays as it is */
	tl_average_swap(a);
	tl_param *later = tl_params_add(set, "later", tl_dims(500), tl_init_constant(5));
	tl_average_swap(a);
	ck_assert_float_eq(tl_param_value_float(later)[499], 5);
	ck_assert_float_eq(*tl_param_value_float(tl_params_find(set, "p")), 3);
	tl_param_value_float(later)[499] = 7;
	ck_assert_int_eq(tl_average_update(a), TL_OK);
	tl_average_swap(a);
	ck_assert_float_eq(tl_param_value_float(later)[499], 6);
	ck_assert_float_eq(*tl_param_value_float(tl_params_find(set, "p")), 2.5f);
	tl_average_destroy(a);
	tl_params_destroy(set);
}
END_TEST

/* Frozen parameters are averaged like others, buffers when asked for. */
START_TEST(averages_may_have_buffers)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_param *p = tl_params_add(set, "p", tl_dims(2), tl_init_constant(1));
	tl_param *b = tl_params_add_buffer(set, "b", tl_dims(2), tl_init_constant(1));
	tl_param_set_trainable(p, false);
	tl_average *a = tl_average_create(set, &(tl_average_options){.buffers = true});
	ck_assert(!tl_average_update(a));
	*tl_param_value_double(p) = *tl_param_value_double(b) = 2;
	ck_assert(!tl_average_update(a) && !tl_average_swap(a));
	ck_assert_double_eq(*tl_param_value_double(p), 1.5);
	ck_assert_double_eq(*tl_param_value_double(b), 1.5);
	tl_average_destroy(a);
	tl_params_destroy(set);
}
END_TEST

/* Values and count are all that an average is: one that gets them goes on to the bit. */
START_TEST(an_average_goes_on_from_what_was_saved)
{
	for (size_t c = 0; c < sizeof averages / sizeof *averages; c++) {
		tl_params *set = tl_params_create(TL_F64);
		double *x = tl_param_value(tl_params_add(set, "p", tl_dims(1), tl_init_zeros()));
		tl_average *whole = tl_average_create(set, &averages[c].options),
			   *resumed = tl_average_create(set, &averages[c].options);
		for (int n = 0; n < 6; n++) {
			*x = cos(n);
			ck_assert_int_eq(tl_average_update(whole), TL_OK);
			if (n == 2) {
				int64_t count;
				void *to = tl_average_values(resumed, &count);
				memcpy(to, tl_average_values(whole, NULL),
				       (size_t)count * sizeof(double));
				tl_average_set_update_count(resumed,
							    tl_average_update_count(whole));
			}
			if (n > 2)
				ck_assert_int_eq(tl_average_update(resumed), TL_OK);
		}
		ck_assert_int_eq(tl_average_update_count(resumed), 6);
		ck_assert_double_eq(*(double *)tl_average_values(resumed, NULL),
				    *(double *)tl_average_values(whole, NULL));
		tl_average_set_update_count(resumed, -3);
		ck_assert_int_eq(tl_average_update_count(resumed), 0);
		ck_assert_int_eq(tl_average_swap(resumed), TL_ERROR_ARGUMENT);
		tl_average_set_update_count(NULL, 1);
		tl_average_destroy(whole);
		tl_average_destroy(resumed);
		tl_params_destroy(set);
	}
}
END_TEST

SUITE("averages", averages_are_of_what_they_should, averages_refuse_and_grow,
      averages_may_have_buffers, an_average_goes_on_from_what_was_saved)
