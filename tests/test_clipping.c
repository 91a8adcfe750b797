/* Gradients before a step: clipping in the step and of each parameter, scaling, noise. */
#include "optimizing.h"

START_TEST(clipping_in_the_step_is_clipping_before_it)
{
	BOTH_TYPES(dtype) for (int c = 0; c < 3; c++)
	{
		static const double most[] = {0.25, 1e6, INFINITY};
		tl_params *set[2] = {set_of(dtype), set_of(dtype)};
		tl_optimizer *o[2] = {optimizer_of(set[0], "adam"), optimizer_of(set[1], "adam")};
		tl_optimizer_set_clip_norm(o[1], most[c]);
		ck_assert_double_eq(tl_optimizer_gradient_norm(o[1]), 0);
		for (int step = 1; step < 6; step++) {
			for (int k = 0; k < 2; k++)
				set_gradients(set[k], step);
			double norm = tl_params_clip_gradient_norm(set[0], most[c]);
			ck_assert(!tl_optimizer_step(o[0]) && !tl_optimizer_step(o[1]));
			assert_near(tl_optimizer_gradient_norm(o[1]), norm, 1e-6);
			for (int64_t i = 0; i < N; i++)
				assert_near(load(set[0], tl_params_values(set[0], NULL), i),
					    load(set[1], tl_params_values(set[1], NULL), i),
					    dtype == TL_F64 ? 1e-14 : 1e-6);
		}
		for (int k = 0; k < 2; k++) {
			tl_optimizer_destroy(o[k]);
			tl_params_destroy(set[k]);
		}
	}
}
END_TEST

START_TEST(a_norm_to_clip_at_is_a_number)
{
	tl_params *set = set_of(TL_F32);
	tl_optimizer *o = optimizer_of(set, "sgd");
	tl_optimizer_set_clip_norm(o, NAN);
	ck_assert_int_eq(tl_optimizer_step(o), TL_ERROR_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(tl_optimizer_error(o), "clip at is NaN"));
	tl_optimizer_destroy(o);
	tl_params_destroy(set);
}
END_TEST

START_TEST(clipping_each_and_scaling)
{
	BOTH_TYPES(dtype)
	{
		tl_params *set = tl_params_create(dtype);
		tl_param *p[3] = {tl_params_add(set, "a", tl_dims(2), tl_init_zeros()),
				  tl_params_add(set, "b", tl_dims(2), tl_init_zeros()),
				  tl_params_add(set, "c", tl_dims(1), tl_init_zeros())};
		tl_param *buffer = tl_params_add_buffer(set, "n", tl_dims(1), tl_init_zeros());
		static const double g[] = {30, 40, 3, 4, 100}, want[] = {6, 8, 3, 4, 100};
		for (int i = 0; i < 5; i++)
			store(set, tl_param_gradient(p[i / 2]), i % 2, g[i]);
		store(set, tl_param_gradient(buffer), 0, 7);
		tl_param_set_trainable(p[2], false);
		ck_assert_double_eq(tl_params_clip_gradient_norm_each(set, 0), 50);
		ck_assert_double_eq(tl_params_clip_gradient_norm_each(set, 10), 50);
		tl_param_set_trainable(p[2], true);
		for (int i = 0; i < 5; i++)
			ck_assert_double_eq(load(set, tl_param_gradient(p[i / 2]), i % 2), want[i]);
		tl_params_scale_gradients(set, 0.25);
		for (int i = 0; i < 5; i++)
			ck_assert_double_eq(load(set, tl_param_gradient(p[i / 2]), i % 2),
					    want[i] / 4);
		ck_assert_double_eq(load(set, tl_param_gradient(buffer), 0), 7);
		store(set, tl_param_gradient(p[1]), 0, NAN);
		ck_assert(isnan(tl_params_clip_gradient_norm_each(set, 1)));
		assert_near(load(set, tl_param_gradient(p[2]), 0), 1, 1e-15);
		tl_params_destroy(set);
	}
}
END_TEST

START_TEST(noise_has_its_variance_and_hides_nothing)
{
	enum { MANY = 20000 };
	tl_params *set = tl_params_create(TL_F64);
	tl_param *p = tl_params_add(set, "p", tl_dims(MANY), tl_init_zeros());
	static double first[MANY];
	for (int step = 0; step < 40; step += 13) {
		double sum = 0, square = 0, variance = 0.3 / pow(1 + step, 0.55);
		const double *g = tl_param_gradient(p);
		for (int again = 0; again < 2; again++) {
			tl_params_zero_gradients(set);
			tl_params_add_gradient_noise(set, 0.3, 5, step);
			for (int i = 0; i < MANY && again; i++)
				ck_assert_double_eq(g[i], first[i]);
			memcpy(first, g, sizeof first);
		}
		for (int i = 0; i < MANY; i++)
			sum += g[i], square += g[i] * g[i];
		assert_near(sum / MANY, 0, 5 * sqrt(variance / MANY));
		assert_near(square / MANY / variance, 1, 5 * sqrt(2.0 / MANY));
	}
	tl_params_zero_gradients(set);
	tl_params_add_gradient_noise(set, -1, 5, 0);
	tl_params_add_gradient_noise(set, NAN, 5, 0);
	tl_params_add_gradient_noise(set, 1, 5, -1);
	ck_assert_double_eq(*tl_param_gradient_double(p), 0);
	tl_params_destroy(set);
}
END_TEST

SUITE("clipping", clipping_in_the_step_is_clipping_before_it, clipping_each_and_scaling,
      a_norm_to_clip_at_is_a_number, noise_has_its_variance_and_hides_nothing)
