/*
 * An op declared here, as a user would: its own kernel, shape rule, attributes, workspace, example
 * and derivative. It takes part in values, gradients, the checker and the registry like any other.
 */
#include "suite.h"

/* y = a x^n over the last axis' pairs: rotate each pair (x0, x1) by an angle that is an attribute.
 */
typedef struct rotate_attr {
	double angle;
} rotate_attr;

static tl_tensor rotate(tl_tensor x, double angle);

static tl_status rotate_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape s = tl_call_operand_shape(c, 0);
	(void)dtype;
	if (tl_call_operand_dtype(c, 0) == TL_I32)
		return tl_call_fail(c, TL_ERROR_TYPE, NULL, "integers do not rotate");
	if (!s.rank || s.dim[s.rank - 1] % 2)
		return tl_call_fail(c, TL_ERROR_SHAPE, "give it pairs", "the last axis is odd");
	*shape = s;
	return TL_OK;
}

static tl_status rotate_kernel(const tl_kernel_args *r)
{
	double angle = ((const rotate_attr *)r->attr)->angle, c = cos(angle), s = sin(angle);
	for (int64_t i = 0; i + 1 < r->out.size; i += 2) {
		if (r->real == TL_F64) {
			const double *x = (const double *)r->in[0].data + i;
			double *y = (double *)r->out.data + i;
			y[0] = c * x[0] - s * x[1];
			y[1] = s * x[0] + c * x[1];
		} else {
			const float *x = (const float *)r->in[0].data + i;
			float *y = (float *)r->out.data + i;
			y[0] = (float)(c * (double)x[0] - s * (double)x[1]);
			y[1] = (float)(s * (double)x[0] + c * (double)x[1]);
		}
	}
	return TL_OK;
}

/* The transpose of a rotation is the rotation back. */
static tl_tensor rotate_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	(void)operand;
	return rotate(dy, -((const rotate_attr *)c->attr)->angle);
}

static tl_tensor rotate_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 1, 3);
	shape.dim[shape.rank - 1] = 2 * tl_example_integer(s, 1, 3);
	return rotate(tl_square(tl_example_leaf(s, shape, -2, 2)), tl_example_number(s, -3, 3));
}

static const tl_op rotate_op = {
	.name = "rotate",
	.doc = "pairs of the last axis turned by an angle",
	.operand_count = 1,
	.attr_size = sizeof(rotate_attr),
	.shape = rotate_shape,
	.kernel = rotate_kernel,
	.vjp = rotate_vjp,
	.example = rotate_sample,
};

static tl_tensor rotate(tl_tensor x, double angle)
{
	rotate_attr attr = {angle};
	return tl_apply(&rotate_op, &attr, 1, &x);
}

START_TEST(it_computes_in_both_types)
{
	float x[] = {1, 0, 0, 2}, expected[] = {0, 1, -2, 0};
	for (tl_dtype type = TL_F32; type <= TL_F64; type++) {
		tl_tape *tape = tl_tape_create(type);
		tl_tensor y = rotate(tl_input(tape, tl_dims(2, 2), x), acos(-1) / 2);
		for (int i = 0; i < 4; i++)
			assert_near(tl_item(tl_at(tl_reshape(y, tl_dims(4)), i)),
				    (double)expected[i], 1e-7);
		assert_fine(tape);
		tl_tape_destroy(tape);
	}
}
END_TEST

/* Between ops that fuse, whose neighbours it must neither disturb nor be moved past. */
static tl_tensor model(tl_tape *tape, void *user)
{
	tl_tensor x = tl_use(tape, user), y = x;
	for (int i = 0; i < 3; i++)
		y = tl_tanh(tl_add(rotate(tl_sin(y), 0.7 * (i + 1)), x));
	return tl_sum(tl_mul(y, rotate(y, 1)), TL_ALL);
}

START_TEST(it_is_differentiated_and_checked)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_param *x = tl_params_add(set, "x", tl_dims(3, 4), tl_init_normal(0, 1));
	tl_gradcheck_report report;
	tl_gradcheck_options second = {.second_order = true};
	ck_assert_msg(!tl_gradcheck(model, x, set, NULL, &report), "%s", report.message);
	ck_assert_int_eq(report.checked, 12);
	ck_assert_msg(!tl_gradcheck(model, x, set, &second, &report), "%s", report.message);
	tl_params_destroy(set);
}
END_TEST

static tl_tensor example(tl_tape *tape, void *user)
{
	tl_example s = *(tl_example *)user;
	s.tape = tape;
	return tl_sum(tl_sin(s.op->example(&s)), TL_ALL);
}

START_TEST(it_can_be_registered)
{
	int before = tl_op_count();
	ck_assert_ptr_null(tl_op_find("rotate"));
	ck_assert_int_eq(tl_op_register(&rotate_op), TL_OK);
	ck_assert_int_eq(tl_op_count(), before + 1);
	ck_assert_ptr_eq(tl_op_find("rotate"), &rotate_op);
	ck_assert_ptr_eq(tl_op_at(before), &rotate_op);
	ck_assert_ptr_null(tl_op_at(before + 1));
	ck_assert_ptr_null(tl_op_at(-1));
	ck_assert_ptr_null(tl_op_find(NULL));
	/* A name is one op's; what has no name or no way to compute is no op. */
	static const tl_op again = {.name = "rotate", .operand_count = 1, .shape = rotate_shape};
	static const tl_op nameless = {.operand_count = 1, .shape = rotate_shape};
	static const tl_op shapeless = {.name = "shapeless", .operand_count = 1};
	ck_assert_int_eq(tl_op_register(&again), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_op_register(&nameless), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_op_register(&shapeless), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_op_register(NULL), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_op_count(), before + 1);
	/* What goes through all ops now finds it, and its example holds. */
	for (uint64_t key = 0; key < 10; key++) {
		tl_params *set = tl_params_create(TL_F64);
		tl_example s = {.op = tl_op_find("rotate"), .set = set, .key = key};
		tl_tape *tape = tl_tape_create(TL_F64);
		example(tape, &s);
		assert_fine(tape);
		tl_tape_destroy(tape);
		tl_gradcheck_report report;
		ck_assert_msg(!tl_gradcheck(example, &s, set, NULL, &report), "%s", report.message);
		tl_params_destroy(set);
	}
}
END_TEST

START_TEST(its_errors_are_like_any_other)
{
	char expected[400];
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_zeros(tape, tl_dims(2, 3));
	tl_apply(&rotate_op, &(rotate_attr){1}, 1, &x);
	int line = __LINE__ - 1;
	snprintf(expected, sizeof expected,
		 "rotate: the last axis is odd\n  at %s:%d\nhint: give it pairs", __FILE__, line);
	ck_assert_str_eq(tl_tape_error(tape), expected);
	ck_assert_int_eq(tl_tape_status(tape), TL_ERROR_SHAPE);
	tl_tape_destroy(tape);
}
END_TEST

/* A kernel that finds fault with the data says so in its own words. */
static tl_status choosy_kernel(const tl_kernel_args *r)
{
	if (*(const float *)r->in[0].data < 0) {
		snprintf(r->message, TL_PROBLEM, "%g is below zero",
			 (double)*(const float *)r->in[0].data);
		return TL_ERROR_VALUE;
	}
	memcpy(r->out.data, r->in[0].data, (size_t)r->out.size * sizeof(float));
	return TL_OK;
}

static const tl_op choosy_op = {.name = "choosy",
				.operand_count = 1,
				.shape = tl_shape_like_first,
				.kernel = choosy_kernel};

START_TEST(a_kernel_can_refuse_data)
{
	char expected[400];
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_scope_enter(tape, "here");
	tl_tape_set_step(tape, 9);
	tl_tensor x = tl_scalar(tape, -3), y = tl_apply(&choosy_op, NULL, 1, &x);
	int line = __LINE__ - 1;
	assert_fine(tape); /* nothing is computed yet */
	ck_assert(isnan(tl_item(y)));
	snprintf(expected, sizeof expected, "choosy: -3 is below zero\n  at %s:%d, in here, step 9",
		 __FILE__, line);
	ck_assert_str_eq(tl_tape_error(tape), expected);
	ck_assert_int_eq(tl_tape_status(tape), TL_ERROR_VALUE);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(without_a_rule_asking_for_a_derivative_is_an_error)
{
	char expected[400];
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_scalar(tape, 3), y = tl_apply(&choosy_op, NULL, 1, &x);
	int line = __LINE__ - 1;
	tl_grad(y, x);
	snprintf(expected, sizeof expected,
		 "choosy: it has no derivative\n  at %s:%d\nhint: tl_detach cuts the path "
		 "if zero is meant",
		 __FILE__, line);
	ck_assert_str_eq(tl_tape_error(tape), expected);
	ck_assert_int_eq(tl_tape_status(tape), TL_ERROR_GRADIENT);
	tl_tape_destroy(tape);
}
END_TEST

/* A view: the diagonal of a matrix, which the reference executor computes, for it is not
 * contiguous.
 */

static tl_status diagonal_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape s = tl_call_operand_shape(c, 0);
	(void)dtype;
	*shape = tl_dims(s.dim[0]);
	return s.rank == 2 && s.dim[0] == s.dim[1]
		       ? TL_OK
		       : tl_call_fail(c, TL_ERROR_SHAPE, NULL, "the matrix is not square");
}

static tl_status diagonal_kernel(const tl_kernel_args *r)
{
	size_t bytes = r->real == TL_F64 ? sizeof(double) : sizeof(float);
	for (int64_t i = 0; i < r->out.size; i++)
		memcpy((char *)r->out.data + (size_t)i * bytes,
		       (const char *)r->in[0].data + (size_t)(i * (r->out.size + 1)) * bytes,
		       bytes);
	return TL_OK;
}

static bool diagonal_view(const void *attr, const tl_shape *of, const tl_shape *to, tl_view *view)
{
	(void)attr, (void)of, (void)to;
	view->stride[0] += view->stride[1];
	return true;
}

START_TEST(a_view_has_strides_of_its_own)
{
	static const tl_op diagonal = {.name = "diagonal",
				       .operand_count = 1,
				       .shape = diagonal_shape,
				       .kernel = diagonal_kernel,
				       .view = diagonal_view,
				       .zero_gradient = true};
	const double numbers[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_input_double(tape, tl_dims(3, 4), numbers);
	tl_tensor square = tl_slice(x, 1, 1, 4, 1), turned = tl_reverse(square, 0);
	tl_tensor y[] = {tl_apply(&diagonal, NULL, 1, &square),
			 tl_apply(&diagonal, NULL, 1, &turned)};
	tl_tensor sum = tl_square(tl_add(y[0], y[1]));
	const double *s = tl_value_double(sum), *first = tl_value_double(y[0]),
		     *second = tl_value_double(y[1]);
	assert_fine(tape);
	for (int i = 0; i < 3; i++) {
		assert_near(first[i], 2 + 5 * i, 0);
		assert_near(second[i], 10 - 3 * i, 0);
		assert_near(s[i], (12 + 2 * i) * (12 + 2 * i), 0);
	}
	tl_tape_destroy(tape);
}
END_TEST

/* An elementwise op: by x^3 b. */

typedef struct cube_attr {
	double by;
} cube_attr;

static int64_t cubes_made, cube_calls;

static void cubes(const tl_elementwise_args *e)
{
	double by = ((const cube_attr *)e->attr)->by;
	cubes_made += e->n;
	cube_calls++;
	for (int64_t i = 0; i < e->n; i++)
		if (e->real == TL_F64) {
			double x = ((const double *)e->in[0])[i], b = ((const double *)e->in[1])[i];
			((double *)e->out)[i] = by * x * x * x * b;
		} else {
			float x = ((const float *)e->in[0])[i], b = ((const float *)e->in[1])[i];
			((float *)e->out)[i] = (float)by * x * x * x * b;
		}
}

static tl_tensor cube_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	double by = ((const cube_attr *)c->attr)->by;
	tl_tensor x = tl_call_operand(c, 0), b = tl_call_operand(c, 1), square = tl_square(x);
	return tl_mul(dy, tl_scale(tl_mul(square, operand ? x : tl_scale(b, 3)), by));
}

static tl_tensor cube(tl_tensor x, tl_tensor b, double by);

static tl_tensor cube_example(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 0, 3);
	tl_tensor x = tl_example_leaf(s, shape, -2, 2);
	return cube(x, tl_example_leaf(s, tl_example_broadcast(s, shape), -2, 2), 0.5);
}

static const tl_op cube_op = {.name = "cube",
			      .doc = "by x^3 b",
			      .operand_count = 2,
			      .attr_size = sizeof(cube_attr),
			      .shape = tl_shape_elementwise,
			      .elementwise = cubes,
			      .vjp = cube_vjp,
			      .example = cube_example};

static tl_tensor cube(tl_tensor x, tl_tensor b, double by)
{
	return tl_apply(&cube_op, &(cube_attr){by}, 2, (tl_tensor[]){x, b});
}

/* It is a step of a strip between the library's own, sees the numbers there are and none that pad a
 * vector, and of two uses each has its attributes. */
START_TEST(an_elementwise_op_joins_its_neighbours)
{
	enum { ROWS = 7, COLS = 301 };
	double x[ROWS * COLS], b[COLS];
	for (int i = 0; i < ROWS * COLS; i++)
		x[i] = (i % 17 - 8) / 8.0;
	for (int i = 0; i < COLS; i++)
		b[i] = i % 5 - 2;
	for (tl_dtype dtype = TL_F32; dtype <= TL_F64; dtype++) {
		tl_tape *tape = tl_tape_create(dtype);
		cubes_made = cube_calls = 0;
		tl_tensor X = tl_input_double(tape, tl_dims(ROWS, COLS), x);
		tl_tensor B = tl_input_double(tape, tl_dims(COLS), b);
		tl_tensor y = tl_neg(cube(cube(tl_add_scalar(X, 1), B, 2), B, 0.25));
		for (int i = 0; i < ROWS * COLS; i++) {
			double c = b[i % COLS], in = 2 * pow(x[i] + 1, 3) * c;
			double want = -0.25 * in * in * in * c;
			double got =
				dtype == TL_F64 ? tl_value_double(y)[i] : (double)tl_value(y)[i];
			assert_near(got, want, 1e-5 * (1 + fabs(want)));
		}
		ck_assert_int_eq(cubes_made, 2 * ROWS * COLS);
		ck_assert_int_gt(cube_calls, 2); /* a few hundred at a time */
		tl_tape_destroy(tape);
	}
}
END_TEST

START_TEST(an_elementwise_op_has_both_derivatives_and_a_name_in_the_listing)
{
	tl_gradcheck_options second = {.second_order = true};
	ck_assert_int_eq(tl_op_register(&cube_op), TL_OK);
	for (uint64_t key = 0; key < 10; key++) {
		tl_params *set = tl_params_create(TL_F64);
		tl_example s = {.op = &cube_op, .set = set, .key = key};
		tl_gradcheck_report report;
		tl_tape *tape = tl_tape_create(TL_F64);
		example(tape, &s);
		assert_fine(tape);
		tl_tape_destroy(tape);
		ck_assert_msg(!tl_gradcheck(example, &s, set, &second, &report), "%s",
			      report.message);
		tl_params_destroy(set);
	}
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_input(tape, tl_dims(3), (float[]){1, 2, 3}), b = tl_scalar(tape, 2);
	tl_tensor y = tl_exp(cube(tl_neg(x), b, 1));
	tl_program *program =
		tl_program_create(tape, (tl_program_options){.outputs = &y, .output_count = 1});
	ck_assert_msg(program != NULL, "%s", tl_tape_error(tape));
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	tl_program_print(program, file);
	fclose(file);
	ck_assert_msg(strstr(text, "neg fill cube exp") != NULL, "%s", text);
	free(text);
	tl_program_destroy(program);
	tl_tape_destroy(tape);
}
END_TEST

static tl_status recording_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_scalar(c->tape, 1);
	return tl_shape_like_first(c, shape, dtype);
}

static tl_status longer_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	(void)dtype;
	*shape = tl_dims(tl_call_operand_shape(c, 0).dim[0] + 1);
	return TL_OK;
}

static tl_status integer_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	*shape = tl_call_operand_shape(c, 0);
	*dtype = TL_I32;
	return TL_OK;
}

/* An op that lacks something is refused when it is applied, in words, and is never a leaf. */
START_TEST(an_op_that_lacks_something_is_refused)
{
	static const tl_op nameless = {
		.operand_count = 1, .shape = tl_shape_like_first, .kernel = choosy_kernel};
	static const tl_op no_shape = {.name = "mine", .operand_count = 1, .kernel = choosy_kernel};
	static const tl_op no_kernel = {
		.name = "mine", .operand_count = 1, .shape = tl_shape_like_first};
	static const tl_op two_kernels = {.name = "mine",
					  .operand_count = 1,
					  .shape = tl_shape_elementwise,
					  .elementwise = cubes,
					  .kernel = choosy_kernel};
	static const tl_op random = {.name = "mine",
				     .operand_count = 1,
				     .shape = tl_shape_elementwise,
				     .elementwise = cubes,
				     .random = true};
	static const tl_op shapeless = {
		.name = "mine", .operand_count = 1, .shape = longer_shape, .elementwise = cubes};
	static const tl_op of_integers = {
		.name = "mine", .operand_count = 1, .shape = integer_shape, .elementwise = cubes};
	static const tl_op of_four = {.name = "mine",
				      .operand_count = 4,
				      .shape = tl_shape_elementwise,
				      .elementwise = cubes};
	static const tl_op minus = {.name = "mine",
				    .operand_count = -2,
				    .shape = tl_shape_like_first,
				    .kernel = choosy_kernel};
	static const tl_op whole = {.name = "mine",
				    .operand_count = 1,
				    .shape = tl_shape_like_first,
				    .kernel = choosy_kernel};
	static const tl_op recording = {.name = "mine",
					.operand_count = 1,
					.shape = recording_shape,
					.kernel = choosy_kernel};
	const struct {
		const tl_op *op;
		int operands;
		bool null;
		const char *says;
	} cases[] = {
		{NULL, 1, false, "apply: the op is NULL"},
		{&nameless, 1, false, "apply: the op has no name"},
		{&no_shape, 1, false, "mine: the op has no shape rule"},
		{&no_kernel, 1, false, "mine: the op has no kernel"},
		{&two_kernels, 1, false, "mine: an elementwise op has no kernel"},
		{&random, 1, false, "mine: an elementwise op has no kernel and draws no random"},
		{&shapeless, 1, false,
		 "mine: an elementwise op is of real numbers, and its operands"},
		{&of_integers, 1, false, "mine: an elementwise op is of real numbers"},
		{&of_four, 4, false, "mine: an elementwise op has one to three operands"},
		{&rotate_op, 1, false, "rotate: attr is NULL, and the op has attributes"},
		{&minus, 1, false, "mine: -2 operands"},
		{&whole, -1, false, "mine: -1 operands"},
		{&whole, 2, false, "mine: 2 operands given, 1 wanted"},
		{&whole, 1, true, "mine: the operands are NULL"},
		{&recording, 1, false, "full: another call is recording on this tape"},
	};
	tl_tape *tape = tl_tape_create(TL_F32);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		tl_tape_rewind(tape);
		tl_tensor x[] = {tl_ones(tape, tl_dims(2)), tl_ones(tape, tl_dims(2))};
		tl_tensor y = tl_apply_on(tape, cases[i].op, NULL, cases[i].operands,
					  cases[i].null ? NULL : x);
		const char *error = tl_tape_error(tape);
		ck_assert_int_eq(y.id, 0);
		ck_assert_msg(error && !strncmp(error, cases[i].says, strlen(cases[i].says)),
			      "%d: %s", (int)i, error ? error : "no error");
		ck_assert(isnan(tl_item(x[0])));
	}
	tl_tape_rewind(tape);
	assert_near(tl_item(tl_scalar(tape, 2)), 2, 0);
	tl_tape_destroy(tape);
}
END_TEST

/* Positive leaves, and indices of which every one comes up and none is too large. */
START_TEST(ready_made_examples_keep_their_ranges)
{
	bool seen[5] = {false};
	for (uint64_t key = 0; key < 40; key++) {
		tl_params *set = tl_params_create(TL_F64);
		tl_tape *tape = tl_tape_create(TL_F64);
		tl_example s = {.op = tl_op_find("log"), .set = set, .key = key, .tape = tape};
		tl_tensor y = tl_example_positive(&s);
		tl_tensor index = tl_example_index(&s, tl_dims(2, 3), 5);
		assert_fine(tape);
		const double *x = tl_params_values(set, NULL), *log_x = tl_value_double(y);
		for (int64_t i = 0; i < tl_tensor_size(y); i++) {
			ck_assert_msg(x[i] >= 0.3 && x[i] <= 2, "%g", x[i]);
			assert_near(log_x[i], log(x[i]), 1e-14);
		}
		for (int i = 0; i < 6; i++) {
			int32_t k = tl_value_int(index)[i];
			ck_assert(k >= 0 && k < 5);
			seen[k] = true;
		}
		tl_tape_destroy(tape);
		tl_params_destroy(set);
	}
	for (int k = 0; k < 5; k++)
		ck_assert(seen[k]);
}
END_TEST

SUITE("custom_op", a_view_has_strides_of_its_own, an_elementwise_op_joins_its_neighbours,
      an_elementwise_op_has_both_derivatives_and_a_name_in_the_listing,
      an_op_that_lacks_something_is_refused, it_computes_in_both_types,
      it_is_differentiated_and_checked, it_can_be_registered, its_errors_are_like_any_other,
      a_kernel_can_refuse_data, ready_made_examples_keep_their_ranges,
      without_a_rule_asking_for_a_derivative_is_an_error)
