/*
 * The checker itself: it finds every planted mistake and names the element, it does not cry wolf on
 * correct rules, and it changes nothing in the set.
 */
#include "suite.h"

/* Ops whose derivatives are wrong in the ways derivatives are. */

static tl_status square_kernel(const tl_kernel_args *r)
{
	for (int64_t i = 0; i < r->out.size; i++)
		((double *)r->out.data)[i] =
			((const double *)r->in[0].data)[i] * ((const double *)r->in[0].data)[i];
	return TL_OK;
}

static tl_status product_kernel(const tl_kernel_args *r)
{
	for (int64_t i = 0; i < r->out.size; i++)
		((double *)r->out.data)[i] =
			((const double *)r->in[0].data)[i] * ((const double *)r->in[1].data)[i];
	return TL_OK;
}

static tl_tensor right(const tl_call *c, int operand, tl_tensor dy)
{
	return tl_mul(dy, tl_scale(tl_call_operand(c, operand), 2));
}

static tl_tensor wrong_sign(const tl_call *c, int operand, tl_tensor dy)
{
	return tl_neg(right(c, operand, dy));
}

static tl_tensor wrong_factor(const tl_call *c, int operand, tl_tensor dy)
{
	return tl_scale(right(c, operand, dy), 1.001);
}

static tl_tensor wrong_order(const tl_call *c, int operand, tl_tensor dy)
{
	return tl_reverse(right(c, operand, dy), 0);
}

static tl_tensor no_gradient(const tl_call *c, int operand, tl_tensor dy)
{
	(void)c;
	(void)operand;
	(void)dy;
	return TL_NONE;
}

static tl_tensor forgets_dy(const tl_call *c, int operand, tl_tensor dy)
{
	(void)dy;
	return tl_scale(tl_call_operand(c, operand), 2);
}

/* x x as a product of two operands, one of whose terms is missing. */
static tl_tensor missing_term(const tl_call *c, int operand, tl_tensor dy)
{
	return operand ? TL_NONE : tl_mul(dy, tl_call_operand(c, 1));
}

static tl_tensor both_terms(const tl_call *c, int operand, tl_tensor dy)
{
	return tl_mul(dy, tl_call_operand(c, 1 - operand));
}

/* Right, but as a constant: the second derivative is lost. */
static tl_tensor right_but_still(const tl_call *c, int operand, tl_tensor dy)
{
	return tl_mul(dy, tl_detach(tl_scale(tl_call_operand(c, operand), 2)));
}

static tl_tensor only_last_is_wrong(const tl_call *c, int operand, tl_tensor dy)
{
	tl_tensor g = right(c, operand, dy);
	int64_t n = tl_tensor_dim(g, 0);
	float *factor = calloc((size_t)n, sizeof *factor);
	for (int64_t i = 0; i < n; i++)
		factor[i] = i == n - 1 ? 1.5f : 1;
	g = tl_mul(g, tl_constant(c->tape, tl_dims(n), factor));
	free(factor);
	return g;
}

#define UNARY(RULE)                                                                                \
	{                                                                                          \
		.name = #RULE, .operand_count = 1, .shape = tl_shape_elementwise,                  \
		.kernel = square_kernel, .vjp = RULE                                               \
	}
#define BINARY(RULE)                                                                               \
	{                                                                                          \
		.name = #RULE, .operand_count = 2, .shape = tl_shape_elementwise,                  \
		.kernel = product_kernel, .vjp = RULE                                              \
	}

static const tl_op right_ops[] = {UNARY(right), BINARY(both_terms), UNARY(right_but_still)};
static const tl_op wrong_ops[] = {
	UNARY(wrong_sign), UNARY(wrong_factor),  UNARY(wrong_order),       UNARY(no_gradient),
	UNARY(forgets_dy), BINARY(missing_term), UNARY(only_last_is_wrong)};

enum { RIGHT = sizeof right_ops / sizeof *right_ops, WRONG = sizeof wrong_ops / sizeof *wrong_ops };

typedef struct planted {
	const tl_op *op;
	tl_params *set;
} planted;

/* The op in the middle of a small model of two parameters; the first does not pass through it. */
static tl_tensor model(tl_tape *tape, void *user)
{
	const planted *m = user;
	tl_tensor innocent = tl_use(tape, tl_params_find(m->set, "innocent"));
	tl_tensor x = tl_use(tape, tl_params_find(m->set, "x"));
	tl_tensor both[] = {x, x}, y = tl_apply(m->op, NULL, m->op->operand_count, both);
	return tl_sum(tl_mul(tl_sin(tl_add_scalar(y, 0.3)), tl_tanh(innocent)), TL_ALL);
}

static tl_params *make_set(tl_dtype type)
{
	tl_params *set = tl_params_create(type);
	tl_params_add(set, "innocent", tl_dims(5), tl_init_uniform(0.5, 1.5));
	tl_params_add(set, "x", tl_dims(5), tl_init_uniform(0.5, 1.5));
	return set;
}

START_TEST(each_planted_mistake_is_found)
{
	planted m = {.set = make_set(TL_F64)};
	for (int i = 0; i < WRONG; i++) {
		tl_gradcheck_report r;
		m.op = &wrong_ops[i];
		tl_status status = tl_gradcheck(model, &m, m.set, NULL, &r);
		ck_assert_msg(status == TL_ERROR_GRADIENT && !r.passed, "%s was not noticed: %s",
			      m.op->name, r.message);
		ck_assert_str_eq(r.name, "x");
		ck_assert_int_eq(r.checked, 10);
		ck_assert(r.analytic != r.numeric && r.max_absolute_error > 0 &&
			  r.max_relative_error > 1e-5);
		ck_assert_msg(strstr(r.message, "they differ: worst is x["), "%s", r.message);
	}
	tl_params_destroy(m.set);
}
END_TEST

START_TEST(correct_rules_are_not_accused)
{
	for (tl_dtype type = TL_F32; type <= TL_F64; type++)
		for (uint64_t seed = 0; seed < 20; seed++) {
			planted m = {.set = tl_params_create(type)};
			tl_params_set_seed(m.set, seed);
			tl_params_add(m.set, "innocent", tl_dims(5), tl_init_normal(0, 2));
			tl_params_add(m.set, "x", tl_dims(5), tl_init_normal(0, 1.5));
			for (int i = 0; i < RIGHT; i++) {
				tl_gradcheck_report r;
				m.op = &right_ops[i];
				tl_status status = tl_gradcheck(model, &m, m.set, NULL, &r);
				ck_assert_msg(!status && r.passed, "%s, seed %d: %s", m.op->name,
					      (int)seed, r.message);
			}
			tl_params_destroy(m.set);
		}
}
END_TEST

START_TEST(the_worst_element_is_named)
{
	planted m = {&wrong_ops[WRONG - 1], make_set(TL_F64)};
	tl_gradcheck_report r;
	char words[100];
	ck_assert_int_eq(tl_gradcheck(model, &m, m.set, NULL, &r), TL_ERROR_GRADIENT);
	ck_assert_str_eq(r.name, "x");
	ck_assert_int_eq(r.index, 4);
	assert_near(r.analytic, 1.5 * r.numeric, 1e-6);
	assert_near(r.max_absolute_error, fabs(r.analytic - r.numeric), 0);
	snprintf(words, sizeof words,
		 "10 elements, they differ: worst is x[4] in round %d of tl_backward, analytic "
		 "%.10g, ",
		 r.round, r.analytic);
	ck_assert_int_ge(r.round, 1);
	ck_assert_int_le(r.round, 3);
	ck_assert_msg(strstr(r.message, words), "%s", r.message);
	tl_params_destroy(m.set);
}
END_TEST

/* Second derivatives are checked only when asked for. */
START_TEST(a_lost_second_derivative_is_found)
{
	planted m = {&right_ops[2], make_set(TL_F64)};
	tl_gradcheck_options second = {.second_order = true};
	tl_gradcheck_report r;
	ck_assert_int_eq(tl_gradcheck(model, &m, m.set, NULL, &r), TL_OK);
	ck_assert_int_eq(tl_gradcheck(model, &m, m.set, &second, &r), TL_ERROR_GRADIENT);
	ck_assert_str_eq(r.name, "x");
	m.op = &right_ops[0];
	ck_assert_msg(!tl_gradcheck(model, &m, m.set, &second, &r), "%s", r.message);
	tl_params_destroy(m.set);
}
END_TEST

static tl_tensor wide_model(tl_tape *tape, void *user)
{
	tl_params *set = user;
	tl_tensor x = tl_use(tape, tl_params_find(set, "wide")),
		  n = tl_use(tape, tl_params_find(set, "n"));
	return tl_sum(tl_mul(tl_tanh(x), n), TL_ALL);
}

START_TEST(a_sample_follows_from_its_seed)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_params_add(set, "wide", tl_dims(40, 50), tl_init_normal(0, 1));
	tl_params_add(set, "n", tl_dims(3, 1, 1), tl_init_normal(0, 1));
	tl_gradcheck_report a, b, c;
	tl_gradcheck_options options = {.sample = 20, .seed = 5};
	ck_assert_int_eq(tl_gradcheck(wide_model, set, set, &options, &a), TL_OK);
	ck_assert_int_eq(a.checked, 20 + 3);
	tl_gradcheck(wide_model, set, set, &options, &b);
	ck_assert_str_eq(a.message, b.message);
	options.seed = 6;
	tl_gradcheck(wide_model, set, set, &options, &c);
	ck_assert_str_ne(a.message, c.message);
	options.sample = 0;
	tl_gradcheck(wide_model, set, set, &options, &c);
	ck_assert_int_eq(c.checked, 2003);
	tl_params_destroy(set);
}
END_TEST

START_TEST(the_set_is_left_as_it_was)
{
	planted m = {&right_ops[0], make_set(TL_F32)};
	int64_t count;
	float before[128];
	const float *values = tl_params_values(m.set, &count);
	ck_assert_int_le(count, 128);
	memcpy(before, values, (size_t)count * sizeof *before);
	ck_assert_int_eq(tl_gradcheck(model, &m, m.set, NULL, NULL), TL_OK);
	ck_assert_mem_eq(before, tl_params_values(m.set, &count), (size_t)count * sizeof *before);
	const float *gradients = tl_params_gradients(m.set, &count);
	for (int64_t i = 0; i < count; i++)
		ck_assert(gradients[i] == 0);
	tl_params_destroy(m.set);
}
END_TEST

/* A buffer is read but not varied, and what the model assigns to it does not happen. */
static tl_tensor model_with_buffer(tl_tape *tape, void *user)
{
	tl_params *set = user;
	tl_tensor x = tl_use(tape, tl_params_find(set, "x"));
	tl_tensor m = tl_use(tape, tl_params_find(set, "m"));
	tl_assign(tl_params_find(set, "m"), tl_scale(m, 3));
	return tl_sum(tl_mul(tl_square(x), m), TL_ALL);
}

START_TEST(buffers_are_not_varied)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_params_add(set, "x", tl_dims(2), tl_init_constant(1.5));
	tl_params_add_buffer(set, "m", tl_dims(2), tl_init_constant(4));
	tl_gradcheck_report r;
	ck_assert_msg(!tl_gradcheck(model_with_buffer, set, set, NULL, &r), "%s", r.message);
	ck_assert_int_eq(r.checked, 2);
	assert_near(*(double *)tl_param_value(tl_params_find(set, "m")), 4, 0);
	tl_params_destroy(set);
}
END_TEST

static tl_tensor no_loss(tl_tape *tape, void *user)
{
	return tl_use(tape, tl_params_find(user, "x"));
}

static tl_tensor no_params(tl_tape *tape, void *user)
{
	(void)user;
	return tl_scalar(tape, 1);
}

static tl_tensor wrong_shapes(tl_tape *tape, void *user)
{
	(void)user;
	return tl_sum(tl_matmul(tl_zeros(tape, tl_dims(2, 3)), tl_zeros(tape, tl_dims(2, 3))),
		      TL_ALL);
}

static tl_tensor another_tape(tl_tape *tape, void *user)
{
	(void)tape;
	return *(tl_tensor *)user;
}

static tl_tensor not_a_number(tl_tape *tape, void *user)
{
	(void)tape;
	return tl_sum(tl_log(tl_neg(tl_square(no_loss(tape, user)))), TL_ALL);
}

START_TEST(what_cannot_be_checked_is_said)
{
	tl_params *set = make_set(TL_F64), *broken = tl_params_create(TL_F64);
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor foreign = tl_scalar(tape, 1);
	tl_params_add(broken, "", tl_dims(2), tl_init_zeros());
	const struct {
		tl_loss_function model;
		void *user;
		tl_params *set;
		tl_status status;
		const char *message;
	} table[] = {
		{NULL, NULL, set, TL_ERROR_ARGUMENT, "gradcheck: no model"},
		{no_params, NULL, NULL, TL_ERROR_ARGUMENT, "gradcheck: no parameter set"},
		{no_params, NULL, broken, TL_ERROR_ARGUMENT,
		 "gradcheck: parameter: the name is empty"},
		{no_params, NULL, set, TL_ERROR_ARGUMENT,
		 "gradcheck: the model uses no learned parameter of the set"},
		{no_loss, set, set, TL_ERROR_SHAPE,
		 "gradcheck: the model must return one number, recorded on the tape it was given"},
		{another_tape, &foreign, set, TL_ERROR_SHAPE,
		 "gradcheck: the model must return one number, recorded on the tape it was given"},
		{wrong_shapes, NULL, set, TL_ERROR_SHAPE,
		 "matmul: [2,3] x [2,3]: inner sizes 3 and 2 differ\n  at "},
		{not_a_number, set, set, TL_ERROR_GRADIENT, "gradcheck: 5 elements, they differ: "},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		tl_gradcheck_report r;
		tl_status status =
			tl_gradcheck(table[i].model, table[i].user, table[i].set, NULL, &r);
		ck_assert_msg(status == table[i].status, "case %d: %d", (int)i, status);
		ck_assert_msg(!strncmp(r.message, table[i].message, strlen(table[i].message)),
			      "case %d: %s", (int)i, r.message);
		ck_assert(!r.passed);
		ck_assert_int_eq(
			tl_gradcheck(table[i].model, table[i].user, table[i].set, NULL, NULL),
			table[i].status);
	}
	tl_tape_destroy(tape);
	tl_params_destroy(set);
	tl_params_destroy(broken);
}
END_TEST

/* Says that it adds to what is there, and does not: tl_grads is right, tl_backward into the set is
 * not. */
static tl_tensor halves(const tl_call *c, int operand, tl_tensor dy);

static tl_status double_kernel(const tl_kernel_args *r)
{
	for (int64_t i = 0; i < r->out.size; i++)
		((double *)r->out.data)[i] = 2 * ((const double *)r->in[0].data)[i];
	return TL_OK;
}

static const tl_op doubled = {.name = "doubled",
			      .operand_count = 1,
			      .shape = tl_shape_like_first,
			      .kernel = double_kernel,
			      .accumulates = true,
			      .vjp = halves};

static tl_tensor halves(const tl_call *c, int operand, tl_tensor dy)
{
	(void)c;
	(void)operand;
	return tl_apply(&doubled, NULL, 1, &dy);
}

static tl_tensor doubled_model(tl_tape *tape, void *user)
{
	tl_tensor x = no_loss(tape, user), y = tl_apply(&doubled, NULL, 1, &x);
	return tl_sum(tl_square(y), TL_ALL);
}

START_TEST(what_training_uses_is_checked)
{
	tl_params *set = make_set(TL_F64);
	tl_gradcheck_report r;
	bool reference = getenv("TL_EXECUTOR") && !strcmp(getenv("TL_EXECUTOR"), "reference");
	tl_status status = tl_gradcheck(doubled_model, set, set, NULL, &r);
	ck_assert_msg(status == (reference ? TL_OK : TL_ERROR_GRADIENT), "%s", r.message);
	tl_params_destroy(set);
}
END_TEST

/* From its second use on the rule is wrong: found in a later round, if that records adjoints. */
static int uses;

static tl_tensor wrong_later(const tl_call *c, int operand, tl_tensor dy)
{
	return tl_scale(right(c, operand, dy), uses++ ? 3 : 1);
}

static const tl_op late = UNARY(wrong_later);

static tl_tensor late_model(tl_tape *tape, void *user)
{
	tl_tensor x = no_loss(tape, user);
	tl_full(tape, TL_SCALAR, 3.5 + uses); /* so that no pass is found by its tape */
	return tl_sum(tl_apply(&late, NULL, 1, &x), TL_ALL);
}

START_TEST(later_rounds_are_checked)
{
	tl_params *set = make_set(TL_F64);
	tl_gradcheck_report r;
	uses = 0;
	ck_assert_int_eq(tl_gradcheck(late_model, set, set, NULL, &r), TL_ERROR_GRADIENT);
	ck_assert_int_ge(r.round, 2);
	tl_params_destroy(set);
}
END_TEST

static tl_tensor changing_model(tl_tape *tape, void *user)
{
	return tl_sum(tl_scale(tl_square(no_loss(tape, user)), ++uses), TL_ALL);
}

START_TEST(a_model_that_changes_is_refused)
{
	tl_params *set = make_set(TL_F64);
	tl_gradcheck_report r;
	ck_assert_int_eq(tl_gradcheck(changing_model, set, set, NULL, &r), TL_ERROR_ARGUMENT);
	ck_assert_msg(strstr(r.message, "another each time"), "%s", r.message);
	tl_params_destroy(set);
}
END_TEST

/* At a kink the gradient of either side is right, and that of neither is not. */
static tl_tensor kinked_model(tl_tape *tape, void *user)
{
	tl_tensor x = tl_use(tape, tl_params_find(user, "x"));
	return tl_sum(tl_add(tl_relu(x), tl_square(x)), TL_ALL);
}

START_TEST(kinks_are_told_from_mistakes)
{
	tl_gradcheck_report r;
	for (int k = 0; k < 3; k++) {
		tl_params *set = tl_params_create(TL_F64);
		double at = (double[]){0, 3e-6, -7e-7}[k]; /* within a step of the kink */
		tl_params_add(set, "x", tl_dims(4), tl_init_constant(at));
		ck_assert_msg(!tl_gradcheck(kinked_model, set, set, NULL, &r), "%s", r.message);
		ck_assert_int_eq(r.kinks, 4);
		ck_assert_msg(strstr(r.message, "(4 at a kink)"), "%s", r.message);
		tl_params_destroy(set);
	}
}
END_TEST

SUITE("gradcheck", what_training_uses_is_checked, later_rounds_are_checked,
      a_model_that_changes_is_refused, kinks_are_told_from_mistakes, each_planted_mistake_is_found,
      correct_rules_are_not_accused, the_worst_element_is_named, a_lost_second_derivative_is_found,
      a_sample_follows_from_its_seed, the_set_is_left_as_it_was, buffers_are_not_varied,
      what_cannot_be_checked_is_said)
