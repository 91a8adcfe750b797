/*
 * Every wrong use has its words, its place and its hint, exactly; the first error of a tape is kept
 * and what follows does nothing; nothing is printed, nothing leaks.
 */
#include "wrong.h"

#include <unistd.h>

static void wrong_tensors(bench *b)
{
	tl_tensor none = {b->tape, 0, 0}, unset = {0}, out[3];
	tl_add(b->m23, none);
	wrong(b, __LINE__, TL_ERROR_TAPE, "add: operand 1 is no tensor", NEVER_SET);
	tl_mul(unset, b->m23);
	wrong(b, __LINE__, TL_ERROR_TAPE, "mul: operand 0 is no tensor", NEVER_SET);
	tl_add(b->m23, b->foreign);
	wrong(b, __LINE__, TL_ERROR_TAPE, "add: operand 1 is of another tape", FOREIGN);
	tl_sub(b->m23, b->old);
	wrong(b, __LINE__, TL_ERROR_TAPE, "sub: operand 1 was recorded before the tape was rewound",
	      REWOUND);
	tl_tanh(b->old);
	wrong(b, __LINE__, TL_ERROR_TAPE,
	      "tanh: operand 0 was recorded before the tape was rewound", REWOUND);
	tl_reshape(b->old, TL_SCALAR);
	wrong(b, __LINE__, TL_ERROR_TAPE,
	      "reshape: operand 0 was recorded before the tape was rewound", REWOUND);
	tl_broadcast_to(none, TL_SCALAR);
	wrong(b, __LINE__, TL_ERROR_TAPE, "broadcast_to: operand 0 is no tensor", NEVER_SET);
	tl_matmul(b->m23, b->foreign);
	wrong(b, __LINE__, TL_ERROR_TAPE, "matmul: operand 1 is of another tape", FOREIGN);
	tl_concat((tl_tensor[]){b->vector, b->foreign}, 2, 0);
	wrong(b, __LINE__, TL_ERROR_TAPE, "concat: operand 1 is of another tape", FOREIGN);
	tl_evaluate((tl_tensor[]){b->m23, b->foreign}, 2);
	wrong(b, __LINE__, TL_ERROR_TAPE, "evaluate: operand 1 is of another tape", FOREIGN);
	tl_grads(b->scalar, &b->foreign, 1, out);
	wrong(b, __LINE__, TL_ERROR_TAPE, "grad: operand 1 is of another tape", FOREIGN);
	tl_vjp(b->scalar, b->foreign, &b->m23, 1, out);
	wrong(b, __LINE__, TL_ERROR_TAPE, "vjp: operand 1 is of another tape", FOREIGN);
	tl_input_bind(b->old, NULL);
	wrong(b, __LINE__, TL_ERROR_TAPE,
	      "bind: operand 0 was recorded before the tape was rewound", REWOUND);
	tl_item(b->old);
	wrong(b, __LINE__, TL_ERROR_TAPE,
	      "evaluate: operand 0 was recorded before the tape was rewound", REWOUND);
	tl_backward(b->old);
	wrong(b, __LINE__, TL_ERROR_TAPE,
	      "backward: operand 0 was recorded before the tape was rewound", REWOUND);
}

static void wrong_shapes(bench *b)
{
	tl_add(b->m23, b->m43);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "add: [2,3] and [4,3] do not broadcast", ALIGNED);
	tl_where(b->vector, b->m43, b->m23);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "where: [4,3] and [2,3] do not broadcast", ALIGNED);
	tl_matmul(b->m23, b->m43);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "matmul: [2,3] x [4,3]: inner sizes 3 and 4 differ",
	      "tl_linear(x, W, TL_NONE) is x W^T for a W that is [out, in]");
	tl_matmul(tl_transpose(b->m23), b->m43);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "matmul: [2,3]^T x [4,3]: inner sizes 2 and 4 differ",
	      NULL);
	tl_matmul(b->m23, b->scalar);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "matmul: operand 1 is one number",
	      "tl_mul multiplies by one number");
	tl_matmul(b->cube, tl_ones(b->tape, tl_dims(3, 4, 3)));
	wrong(b, __LINE__, TL_ERROR_SHAPE,
	      "matmul: [2,3,4] x [3,4,3]: the leading axes do not broadcast", NULL);
	tl_linear(b->m23, b->vector, TL_NONE);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "linear: W is [3], not a matrix [out, in]", NULL);
	tl_transpose(b->vector);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "transpose: a tensor of rank 1 has no two axes", NULL);
	tl_reshape(b->m23, tl_dims(4, 2));
	wrong(b, __LINE__, TL_ERROR_SHAPE, "reshape: [2,3] has 6 elements and cannot become [4,2]",
	      NULL);
	tl_reshape(b->m23, tl_dims(4, -1));
	wrong(b, __LINE__, TL_ERROR_SHAPE, "reshape: [2,3] has 6 elements and cannot become [4,-1]",
	      NULL);
	tl_broadcast_to(b->m23, tl_dims(2, 4));
	wrong(b, __LINE__, TL_ERROR_SHAPE, "broadcast_to: [2,3] does not broadcast to [2,4]",
	      "only dimensions of 1, and missing ones in front, stretch");
	tl_sum_to(b->m23, tl_dims(2, 2));
	wrong(b, __LINE__, TL_ERROR_SHAPE, "sum_to: [2,3] is not a broadcast of [2,2]", NULL);
	tl_concat((tl_tensor[]){b->m23, b->cube}, 2, 0);
	wrong(b, __LINE__, TL_ERROR_SHAPE,
	      "concat: operand 1 is [2,3,4], the first [2,3], along axis 0",
	      "all but the joined axis must be equal");
	tl_add_n((tl_tensor[]){b->m23, b->m43}, 2);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "add_n: operand 1 is [4,3], the first [2,3]",
	      "tl_add broadcasts; tl_add_n does not");
	tl_zeros(b->tape, tl_dims(-1, 3));
	wrong(b, __LINE__, TL_ERROR_SHAPE, "full: no tensor can have shape [-1,3]", SOUND);
	tl_input(b->tape, tl_dims(1, 2, 3, 4, 5), NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "input: no tensor can have shape [1,2,3,4,...]", SOUND);
	tl_constant(b->tape, tl_dims(1 << 24, 1 << 25), (float[]){0});
	wrong(b, __LINE__, TL_ERROR_SHAPE, "constant: no tensor can have shape [16777216,33554432]",
	      SOUND);
	tl_mul(tl_ones(b->tape, tl_dims(1 << 24, 1)), tl_ones(b->tape, tl_dims(1 << 25)));
	wrong(b, __LINE__, TL_ERROR_SHAPE, "mul: the result would have shape [16777216,33554432]",
	      SOUND);
	tl_item(b->m23);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "item: the tensor is [2,3], not one number",
	      "tl_value reads all of a tensor");
}

static void wrong_arguments(bench *b)
{
	tl_tensor out[3];
	tl_sum(b->m23, tl_axes(2));
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "sum: there is no axis 2 in a tensor of rank 2",
	      NULL);
	tl_max(b->m23, tl_axes(-3));
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "max: there is no axis -3 in a tensor of rank 2",
	      NULL);
	tl_mean(b->m23, tl_axes(1, -1));
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "mean: axis -1 is given twice", NULL);
	tl_cumsum(b->scalar, 0);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "cumsum: there is no axis 0 in a tensor of rank 0",
	      NULL);
	tl_permute(b->cube, (int[]){0, 2, 0});
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "permute: an axis is given twice", NULL);
	tl_permute(b->cube, (int[]){0, 2, 3});
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "permute: there is no axis 3 in a tensor of rank 3",
	      NULL);
	tl_slice(b->m23, 1, 1, 5, 1);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "slice: 1 to 5 by 1 of an axis of size 3",
	      "0 <= start <= stop <= size, negative ones count from the end");
	tl_slice(b->m23, 1, 0, 3, 0);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "slice: 0 to 3 by 0 of an axis of size 3",
	      "0 <= start <= stop <= size, negative ones count from the end");
	tl_at(b->m23, 2);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "at: index 2 of an axis of size 2", NULL);
	tl_at(b->scalar, 0);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "at: there is no axis 0 in a tensor of rank 0", NULL);
	tl_reverse(b->cube, 4);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "reverse: there is no axis 4 in a tensor of rank 3",
	      NULL);
	tl_split(b->m23, 1, 2, out);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "split: an axis of size 3 in 2 equal parts", NULL);
	tl_stack(&b->vector, 1, 3);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "stack: no new axis 3 in tensors of rank 1", NULL);
	tl_pad(b->m23, 0, -1, 0, 0);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "pad: -1 before and 0 after", "tl_slice takes away");
	tl_apply(tl_op_find("tanh"), NULL, 2, (tl_tensor[]){b->m23, b->m23});
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "tanh: 2 operands given, 1 wanted", NULL);
	tl_apply_on(b->tape, tl_op_find("add_n"), NULL, 0, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "add_n: 0 operands given, at least 1 wanted", NULL);
	tl_constant(b->tape, tl_dims(2), NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "constant: the data is NULL", NULL);
	tl_use(b->tape, tl_params_find(b->set, "V"));
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "param: there is no such parameter",
	      "tl_params_add returned NULL; tl_params_error says why");
	tl_assign(tl_params_find(b->set, "W"), b->m23);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "assign: W is not a buffer",
	      "make it with tl_params_add_buffer");
	tl_assign(tl_params_find(b->set, "state"), b->m23);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "assign: buffer state is [2], the value [2,3]", NULL);
	tl_assign(tl_params_find(b->set, "state"), b->ints);
	wrong(b, __LINE__, TL_ERROR_TYPE, "assign: the value is of integers", "tl_cast");
	tl_input_bind(tl_neg(b->m23), NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "bind: this tensor is the result of neg",
	      "only what tl_input made can be bound to other data");
	tl_scope_enter(b->tape, "a/b");
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "scope_enter: a name has no slash and is not empty",
	      NULL);
}

static void wrong_types(bench *b)
{
	tl_add(b->m23, b->ints);
	wrong(b, __LINE__, TL_ERROR_TYPE, "add: operand 1 is of integers", CAST);
	tl_exp(b->ints);
	wrong(b, __LINE__, TL_ERROR_TYPE, "exp: operand 0 is of integers", CAST);
	tl_matmul(b->ints, tl_ones(b->tape, tl_dims(2, 2)));
	wrong(b, __LINE__, TL_ERROR_TYPE, "matmul: operand 0 is of integers", CAST);
	tl_sum(b->ints, TL_ALL);
	wrong(b, __LINE__, TL_ERROR_TYPE, "sum: operand 0 is of integers", CAST);
	tl_concat((tl_tensor[]){b->ints, b->vector}, 2, 0);
	wrong(b, __LINE__, TL_ERROR_TYPE, "concat: integers and real numbers", NULL);
	tl_value_double(b->m23);
	wrong(b, __LINE__, TL_ERROR_TYPE, "value: the tensor is of floats, and was read as doubles",
	      "tl_value reads floats, tl_value_double doubles, tl_value_int integers");
	tl_value(b->ints);
	wrong(b, __LINE__, TL_ERROR_TYPE,
	      "value: the tensor is of integers, and was read as floats",
	      "tl_value reads floats, tl_value_double doubles, tl_value_int integers");
}

/* Each crashed or overflowed when the fuzzer first tried it. */
static void found_by_fuzzing(bench *b)
{
	tl_zeros(b->tape, tl_dims(1 << 25, 0, 1 << 25));
	wrong(b, __LINE__, TL_ERROR_SHAPE, "full: no tensor can have shape [33554432,0,33554432]",
	      SOUND);
	assert_near(tl_item(tl_slice(b->vector, 0, 2, 3, INT64_MAX)), 1, 0);
	ck_assert_ptr_null(tl_tape_error(b->tape));
	tl_softmax(b->ints, 0);
	wrong(b, __LINE__, TL_ERROR_TYPE, "softmax: operand 0 is of integers", CAST);
	tl_reshape(b->m23, tl_dims(3, INT64_MIN + 1, -1));
	wrong(b, __LINE__, TL_ERROR_SHAPE,
	      "reshape: [2,3] has 6 elements and cannot become [3,-9223372036854775807,-1]", NULL);
	tl_reshape(b->m23, tl_dims(INT64_MAX, 2));
	wrong(b, __LINE__, TL_ERROR_SHAPE,
	      "reshape: [2,3] has 6 elements and cannot become [9223372036854775807,2]", NULL);
}

static void wrong_gradients(bench *b)
{
	tl_tensor out[2];
	tl_grad(b->m23, b->m23);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "grad: y is [2,3], and a gradient is of one number",
	      "add it up with tl_sum or tl_mean, or use tl_vjp");
	tl_backward(b->m23);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "grad: y is [2,3], and a gradient is of one number",
	      "add it up with tl_sum or tl_mean, or use tl_vjp");
	tl_vjp(b->m23, b->m43, &b->m23, 1, out);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "vjp: y is [2,3] and v [4,3]: they must be alike", NULL);
	tl_grads(b->scalar, (tl_tensor[]){b->m23, b->ints}, 2, out);
	wrong(b, __LINE__, TL_ERROR_TYPE, "grad: the x given as number 1 is of integers",
	      "integers have no gradient");
	tl_grad(tl_at(b->ints, 0), b->m23);
	wrong(b, __LINE__, TL_ERROR_TYPE, "grad: y is of integers", "integers have no gradient");
}

/* Found only when values are computed, yet told at the line that recorded them. */
static void wrong_data(bench *b)
{
	tl_value(tl_exp(tl_input(b->tape, tl_dims(3), NULL)));
	wrong(b, __LINE__, TL_ERROR_VALUE, "input: no data was bound to it",
	      "give tl_input the data, or tl_input_bind it before reading values");
	tl_tape_set_check_finite(b->tape, true);
	tl_value(tl_exp(tl_log(tl_constant(b->tape, tl_dims(2), (float[]){1, -1}))));
	wrong(b, __LINE__, TL_ERROR_VALUE, "log: element 1 of the result is NaN",
	      "this node is the first whose value is not finite");
	tl_item(tl_div(b->scalar, tl_scalar(b->tape, 0)));
	wrong(b, __LINE__, TL_ERROR_VALUE, "div: element 0 of the result is infinite",
	      "this node is the first whose value is not finite");
	tl_tape_set_check_finite(b->tape, false);
}

/* Everything above, with standard output and error in files that must stay empty. */
START_TEST(each_wrong_use_has_its_words)
{
	void (*const tables[])(bench *) = {wrong_tensors, wrong_shapes,     wrong_arguments,
					   wrong_types,   found_by_fuzzing, wrong_gradients,
					   wrong_data};
	bench b;
	FILE *quiet[2] = {tmpfile(), tmpfile()};
	int kept[2];
	for (int i = 0; i < 2; i++) {
		kept[i] = dup(i + 1);
		dup2(fileno(quiet[i]), i + 1);
	}
	bench_create(&b);
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		tables[i](&b);
	bench_destroy(&b);
	fflush(stdout);
	fflush(stderr);
	for (int i = 0; i < 2; i++) {
		dup2(kept[i], i + 1);
		close(kept[i]);
		ck_assert_int_eq(lseek(fileno(quiet[i]), 0, SEEK_END), 0);
		fclose(quiet[i]);
	}
	ck_assert_int_ge(b.cases, 60);
}
END_TEST

/* Places that are not in a scope or a step say less; adjoints say whose derivative they are. */
START_TEST(places)
{
	bench b;
	bench_create(&b);
	tl_tape_rewind(b.tape);
	tl_tensor x = tl_ones(b.tape, tl_dims(2));
	tl_add(x, tl_ones(b.tape, tl_dims(3)));
	check_case(&b, __LINE__ - 1, TL_ERROR_SHAPE, "add: [2] and [3] do not broadcast", "",
		   ALIGNED);

	tl_scope_leave(b.tape);
	tl_tape_set_step(b.tape, -1);
	tl_scope_enter(b.tape, "other");
	tl_reshape(b.m23, tl_dims(5));
	check_case(&b, __LINE__ - 1, TL_ERROR_SHAPE,
		   "reshape: [2,3] has 6 elements and cannot become [5]", ", in outer/other", NULL);

	tl_scope_leave(b.tape);
	tl_scope_leave(b.tape);
	tl_scope_leave(b.tape);
	check_case(&b, __LINE__ - 1, TL_ERROR_ARGUMENT, "scope_leave: no scope was entered",
		   ", step 7", NULL);

	tl_tape_set_check_finite(b.tape, true);
	tl_tensor zero = tl_scalar(b.tape, 0);
	tl_tensor root = tl_sqrt(zero);
	tl_scope_leave(b.tape);
	tl_tape_set_step(b.tape, 8);
	tl_item(tl_grad(root, zero));
	check_case(&b, __LINE__ - 4, TL_ERROR_VALUE,
		   "div: element 0 of the result is infinite, backward",
		   ", in outer/inner, step 7, in the derivative of sqrt",
		   "this node is the first whose value is not finite");
	bench_destroy(&b);
}
END_TEST

static tl_status idle(const tl_kernel_args *run)
{
	(void)run;
	return TL_OK;
}

/* A rule that records something wrong: the words are its op's, the place that of the primal. */
static tl_tensor bad_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	(void)operand;
	return tl_matmul(dy, tl_zeros(c->tape, tl_dims(9, 9)));
}

static const tl_op bad_rule = {.name = "bad_rule",
			       .operand_count = 1,
			       .shape = tl_shape_like_first,
			       .kernel = idle,
			       .vjp = bad_vjp};

static tl_tensor lost_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	(void)operand;
	return tl_add(dy, tl_ones(c->tape, tl_dims(2, 2)));
}

static const tl_op wrong_size = {.name = "wrong_size",
				 .operand_count = 1,
				 .shape = tl_shape_like_first,
				 .kernel = idle,
				 .vjp = lost_vjp};

static tl_status silent_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	(void)c;
	(void)shape;
	(void)dtype;
	return TL_ERROR_SHAPE;
}

static const tl_op silent = {
	.name = "silent", .operand_count = 1, .shape = silent_shape, .kernel = idle};

static void wrong_rules(bench *b)
{
	tl_tensor out;
	tl_apply(&silent, NULL, 1, &b->m23);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "silent: its shape rule failed without a reason", NULL);
	tl_tensor y = tl_apply(&bad_rule, NULL, 1, &b->m23);
	tl_tape_set_step(b->tape, 9);
	tl_vjp(y, b->m23, &b->m23, 1, &out);
	check_case(b, __LINE__ - 3, TL_ERROR_SHAPE,
		   "matmul: [2,3] x [9,9]: inner sizes 3 and 9 differ",
		   ", in outer/inner, step 7, in the derivative of bad_rule", NULL);
	y = tl_apply(&wrong_size, NULL, 1, &b->scalar);
	tl_grad(y, tl_at(b->vector, 0));
	tl_grad(y, b->scalar);
	ck_assert_ptr_null(tl_tape_error(b->tape)); /* a broadcast is undone */
	y = tl_apply(&wrong_size, NULL, 1, &b->cube);
	tl_vjp(y, b->cube, &b->cube, 1, &out);
	check_case(b, __LINE__ - 2, TL_ERROR_SHAPE, "add: [2,3,4] and [2,2] do not broadcast",
		   ", in outer/inner, step 7, in the derivative of wrong_size", ALIGNED);
}

START_TEST(rules_that_are_wrong)
{
	bench b;
	bench_create(&b);
	wrong_rules(&b);
	bench_destroy(&b);
}
END_TEST

START_TEST(sets_of_parameters)
{
	static const struct {
		const char *name, *message;
		int64_t rows;
		bool no_init;
		tl_status status;
	} table[] = {
		{"", "parameter: the name is empty", 1, false, TL_ERROR_ARGUMENT},
		{NULL, "parameter: the name is empty", 1, false, TL_ERROR_ARGUMENT},
		{"W", "parameter W: the set already has one of this name", 1, false, TL_ERROR_NAME},
		{"V", "parameter V: no tensor can have shape [-2]", -2, false, TL_ERROR_SHAPE},
		{"V", "parameter V: the initialiser is empty", 2, true, TL_ERROR_ARGUMENT},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		tl_params *set = tl_params_create(TL_F32);
		tl_params_add(set, "W", tl_dims(2), tl_init_zeros());
		ck_assert_ptr_null(tl_params_error(set));
		ck_assert_int_eq(tl_params_status(set), TL_OK);
		ck_assert_int_eq(tl_param_size(tl_params_find(set, "W")), 2);
		tl_init init = table[i].no_init ? (tl_init){NULL, 0, 0} : tl_init_zeros();
		ck_assert_ptr_null(tl_params_add(set, table[i].name, tl_dims(table[i].rows), init));
		ck_assert_str_eq(tl_params_error(set), table[i].message);
		ck_assert_int_eq(tl_params_status(set), table[i].status);
		/* the first is kept, and what follows does nothing */
		ck_assert_ptr_null(tl_params_add(set, "fine", tl_dims(1), tl_init_zeros()));
		ck_assert_str_eq(tl_params_error(set), table[i].message);
		ck_assert_int_eq(tl_params_count(set), 1);
		tl_params_destroy(set);
	}
	ck_assert_str_eq(tl_params_error(NULL), "there is no parameter set");
}
END_TEST

START_TEST(every_status_has_words)
{
	for (int s = TL_OK; s <= TL_ERROR_NAME; s++) {
		ck_assert_str_ne(tl_status_text((tl_status)s), "");
		for (int other = TL_OK; other < s; other++)
			ck_assert_str_ne(tl_status_text((tl_status)s),
					 tl_status_text((tl_status)other));
	}
	ck_assert_str_ne(tl_status_text((tl_status)99), "");
}
END_TEST

/* Long names are cut, not overrun. */
START_TEST(long_words_are_cut)
{
	char name[3000];
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	tl_op op = {.name = name, .operand_count = 1, .shape = silent_shape};
	tl_tape *tape = tl_tape_create(TL_F32);
	for (int i = 0; i < 5; i++)
		tl_scope_enter(tape, name);
	tl_tensor x = tl_scalar(tape, 1);
	tl_apply(&op, NULL, 1, &x);
	ck_assert_ptr_nonnull(tl_tape_error(tape));
	ck_assert_int_le(strlen(tl_tape_error(tape)), 1200);
	tl_tape_destroy(tape);

	tl_params *set = tl_params_create(TL_F32);
	ck_assert_ptr_nonnull(tl_params_add(set, name, tl_dims(1), tl_init_zeros()));
	ck_assert_ptr_null(tl_params_add(set, name, tl_dims(1), tl_init_zeros()));
	ck_assert_int_le(strlen(tl_params_error(set)), 256);
	tl_params_destroy(set);
}
END_TEST

SUITE("errors", each_wrong_use_has_its_words, places, rules_that_are_wrong, sets_of_parameters,
      every_status_has_words, long_words_are_cut)
