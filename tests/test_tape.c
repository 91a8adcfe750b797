/* Recording, rewinding, reading in the middle, binding, sizes that are nothing or too much. */
#include "counting.h"
#include "suite.h"

/* y = x, counting how often it is computed. */
static int computed;

static tl_status counted_kernel(const tl_kernel_args *run)
{
	computed++;
	memcpy(run->out.data, run->in[0].data, (size_t)run->out.size * tl_dtype_size(run->real));
	return TL_OK;
}

static tl_tensor counted_vjp(const tl_call *call, int operand, tl_tensor dy)
{
	(void)call;
	(void)operand;
	return dy;
}

static const tl_op counted_op = {
	.name = "counted",
	.operand_count = 1,
	.shape = tl_shape_elementwise,
	.kernel = counted_kernel,
	.vjp = counted_vjp,
};

static tl_tensor counted(tl_tensor x)
{
	return tl_apply(&counted_op, NULL, 1, &x);
}

START_TEST(recording_computes_nothing)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	computed = 0;
	tl_tensor x = tl_scalar(tape, 2), y = x;
	for (int i = 0; i < 100; i++)
		y = counted(y);
	tl_grad(y, x);
	ck_assert_int_eq(computed, 0);
	ck_assert_int_ge(tl_tape_node_count(tape), 101);
	assert_near(tl_item(y), 2, 0);
	ck_assert_int_eq(computed, 100);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(a_value_read_in_the_middle_is_computed_once)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	computed = 0;
	tl_tensor y = tl_scalar(tape, 1);
	for (int i = 1; i <= 50; i++) {
		y = counted(tl_add_scalar(y, 1));
		assert_near(tl_item(y), i + 1, 0);
		assert_near(tl_item(y), i + 1, 0);
		ck_assert_int_eq(computed, i);
	}
	assert_fine(tape);
	tl_tape_destroy(tape);
}
END_TEST

/* A step of a generator: the state goes on, the token is read and fed back. */
static tl_tensor token_step(tl_tensor *h, int32_t token)
{
	tl_tape *tape = h->tape;
	float x = (float)token;
	tl_tensor in = tl_constant(tape, tl_dims(1), &x);
	*h = counted(tl_tanh(tl_add(tl_scale(*h, 0.5), in)));
	return tl_greater(*h, tl_scalar(tape, 0.6));
}

START_TEST(ten_thousand_tokens_on_one_tape)
{
	enum { TOKENS = 10000 };
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor h = tl_zeros(tape, tl_dims(1));
	int32_t token = 1;
	int64_t nodes_at_half = 0;
	computed = 0;
	for (int i = 0; i < TOKENS; i++) {
		token = 1 - (int32_t)tl_item(token_step(&h, token));
		if (i + 1 == TOKENS / 2)
			nodes_at_half = tl_tape_node_count(tape);
	}
	assert_fine(tape);
	ck_assert_int_eq(computed, TOKENS);
	ck_assert_int_le(tl_tape_node_count(tape), 2 * nodes_at_half);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(tokens_with_a_carried_state_take_constant_memory)
{
	counting c;
	counting_start(&c);
	tl_params *set = tl_params_create(TL_F32);
	tl_param *state = tl_params_add_buffer(set, "state", tl_dims(1), tl_init_zeros());
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape *whole = tl_tape_create(TL_F32); /* the same without rewinding */
	tl_tensor all = tl_zeros(whole, tl_dims(1));
	int32_t token = 1, other = 1;
	int64_t bytes = 0;
	for (int i = 0; i < 1000; i++) {
		tl_tape_rewind(tape);
		tl_tensor h = tl_use(tape, state);
		tl_tensor next = token_step(&h, token);
		ck_assert_int_eq(tl_assign(state, h), TL_OK);
		ck_assert_int_eq(tl_tape_commit(tape), TL_OK);
		token = 1 - (int32_t)tl_item(next);
		if (i == 10)
			bytes = c.bytes;
		if (i < 50) {
			other = 1 - (int32_t)tl_item(token_step(&all, other));
			ck_assert_int_eq(token, other);
			assert_near(*(float *)tl_param_value(state), tl_item(all), 0);
		}
		if (i == 50) {
			bytes -= c.bytes;
			tl_tape_destroy(whole);
			bytes = c.bytes;
		}
	}
	assert_fine(tape);
	ck_assert_int_eq(c.bytes, bytes);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
	ck_assert_int_eq(c.blocks, 0);
	counting_stop();
}
END_TEST

/* Record a small recurrent net and its gradients on this tape. */
static tl_tensor small_net(tl_tape *tape, tl_param *W, const float *data, tl_tensor *gradient)
{
	tl_tensor x = tl_input(tape, tl_dims(6, 2, 3), data), h = tl_zeros(tape, tl_dims(2, 3));
	for (int t = 0; t < 6; t++) {
		tl_scope_enter(tape, "net");
		tl_tape_set_step(tape, t);
		h = tl_tanh(tl_add(tl_linear(h, tl_use(tape, W), TL_NONE), tl_at(x, t)));
		tl_scope_leave(tape);
	}
	tl_tensor loss = tl_sum(tl_square(h), TL_ALL);
	*gradient = tl_grad(loss, tl_use(tape, W));
	return loss;
}

START_TEST(a_rewound_tape_records_without_allocating)
{
	counting c;
	float data[36];
	for (int i = 0; i < 36; i++)
		data[i] = (float)i / 36;
	counting_start(&c);
	tl_params *set = tl_params_create(TL_F32);
	tl_param *W = tl_params_add(set, "W", tl_dims(3, 3), tl_init_orthogonal(1));
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor gradient;
	double first = 0;
	int64_t calls = 0;
	for (int round = 0; round < 20; round++) {
		tl_tape_rewind(tape);
		tl_tensor loss = small_net(tape, W, data, &gradient);
		if (round == 0)
			first = tl_item(loss);
		if (round == 2)
			calls = c.calls;
		assert_near(tl_item(loss), first, 0);
		ck_assert_ptr_nonnull(tl_value(gradient));
	}
	assert_fine(tape);
	ck_assert_int_eq(c.calls, calls);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
	ck_assert_int_eq(c.blocks, 0);
	counting_stop();
}
END_TEST

START_TEST(a_node_takes_at_most_160_bytes)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor y = tl_ones(tape, tl_dims(2, 2));
	for (int i = 0; i < 1000; i++)
		y = tl_tanh(tl_add(y, tl_at(tl_reshape(y, tl_dims(1, 2, 2)), 0)));
	assert_fine(tape);
	ck_assert_int_le((int64_t)tl_tape_bytes(tape) / tl_tape_node_count(tape), 160);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(binding_and_forgetting)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	float a[] = {1, 2}, b[] = {3, 4};
	int32_t rows[] = {7}, others[] = {8};
	tl_tensor x = tl_input(tape, tl_dims(2), NULL), y = tl_sum(tl_square(x), TL_ALL);
	tl_tensor i = tl_input_int(tape, tl_dims(1), rows), r = tl_cast(i);
	ck_assert_int_eq(tl_input_bind(x, a), TL_OK);
	assert_near(tl_item(y), 5, 0);
	ck_assert_int_eq(tl_input_bind(x, b), TL_OK);
	assert_near(tl_item(y), 25, 0);
	b[0] = 0;
	assert_near(tl_item(y), 25, 0); /* known already */
	tl_tape_invalidate(tape);
	assert_near(tl_item(y), 16, 0);
	assert_near(tl_item(r), 7, 0);
	ck_assert_int_eq(tl_input_bind(i, others), TL_OK);
	assert_near(tl_item(r), 8, 0);
	double d[] = {0.1};
	tl_tensor z = tl_input_double(tape, tl_dims(1), d);
	assert_near(tl_item(z), 0.1f, 0); /* the tape is of floats */
	assert_fine(tape);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(several_values_at_once)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor y[20];
	computed = 0;
	tl_tensor x = counted(tl_scalar(tape, 3));
	for (int i = 0; i < 20; i++)
		y[i] = tl_scale(x, i);
	ck_assert_int_eq(tl_evaluate(y, 20), TL_OK);
	for (int i = 0; i < 20; i++)
		assert_near(*tl_value_double(y[i]), 3.0 * i, 0);
	ck_assert_int_eq(computed, 1);
	ck_assert_int_eq(tl_evaluate(NULL, 0), TL_OK);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(empty_tensors)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor none = tl_input(tape, tl_dims(0, 3), NULL), tall = tl_ones(tape, tl_dims(2, 3));
	tl_tensor sum = tl_sum(none, TL_ALL), columns = tl_sum(none, tl_axes(0));
	tl_tensor product = tl_matmul(tl_ones(tape, tl_dims(2, 0)), tl_ones(tape, tl_dims(0, 4)));
	tl_tensor both[] = {tall, none}, joined = tl_concat(both, 2, 0);
	tl_tensor part = tl_slice(tall, 0, 1, 1, 1), slope = tl_grad(sum, none);
	ck_assert_int_eq(tl_tensor_size(none), 0);
	ck_assert_int_eq(tl_tensor_dim(part, 0), 0);
	assert_near(tl_item(sum), 0, 0);
	assert_near(tl_value(columns)[2], 0, 0);
	assert_near(tl_value(product)[7], 0, 0);
	assert_near(tl_item(tl_sum(joined, TL_ALL)), 6, 0);
	ck_assert_int_eq(tl_tensor_dim(slope, 1), 3);
	ck_assert_int_eq(tl_evaluate(&slope, 1), TL_OK);
	ck_assert_int_eq(tl_evaluate(&part, 1), TL_OK);
	assert_fine(tape);
	tl_tape_destroy(tape);
}
END_TEST

/* What is too large to hold is an error when it is computed, not before and not worse. */
START_TEST(huge_tensors)
{
	counting c;
	counting_start(&c); /* refuses what nobody has */
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor huge = tl_full(tape, tl_dims(1 << 24, 1 << 24), 1);
	assert_fine(tape);
	ck_assert_int_eq(tl_tensor_size(huge), (int64_t)1 << 48);
	ck_assert_ptr_null(tl_value(tl_exp(huge)));
	ck_assert_int_eq(tl_tape_status(tape), TL_ERROR_MEMORY);
	tl_tape_rewind(tape);
	tl_full(tape, tl_dims(1 << 24, 1 << 25), 1);
	ck_assert_int_eq(tl_tape_status(tape), TL_ERROR_SHAPE);
	tl_tape_rewind(tape);
	tl_full(tape, tl_dims(INT64_MAX, INT64_MAX, INT64_MAX), 1);
	ck_assert_int_eq(tl_tape_status(tape), TL_ERROR_SHAPE);
	tl_tape_rewind(tape);
	tl_tensor row = tl_ones(tape, tl_dims(1, 1 << 25)),
		  column = tl_ones(tape, tl_dims(1 << 25, 1));
	tl_add(row, column);
	ck_assert_int_eq(tl_tape_status(tape), TL_ERROR_SHAPE);
	tl_tape_destroy(tape);
	ck_assert_int_eq(c.blocks, 0);
	counting_stop();
}
END_TEST

static void assert_integers(tl_tensor x, const int32_t *expected)
{
	const int32_t *value = tl_value_int(x);
	assert_quick(value, "%s", tl_tape_error(x.tape));
	for (int64_t i = 0; i < tl_tensor_size(x); i++)
		ck_assert_int_eq(value[i], expected[i]);
}

/* Found by the fuzzer: compiled copies of integers were stored as real numbers. */
START_TEST(integers_are_moved_exactly)
{
	int32_t n[] = {0, 16777217, 2, INT32_MIN, 5, INT32_MAX}; /* more digits than a float has */
	for (tl_dtype type = TL_F32; type <= TL_F64; type++) {
		tl_tape *tape = tl_tape_create(type);
		tl_tensor x = tl_constant_int(tape, tl_dims(2, 3), n),
			  both[] = {x, tl_reverse(x, 1)};
		assert_integers(both[1], (int32_t[]){n[2], n[1], n[0], n[5], n[4], n[3]});
		assert_integers(tl_slice(x, 1, 0, 3, 2), (int32_t[]){n[0], n[2], n[3], n[5]});
		assert_integers(tl_slice(x, 1, 1, 2, 1), (int32_t[]){n[1], n[4]});
		assert_integers(tl_transpose(x), (int32_t[]){n[0], n[3], n[1], n[4], n[2], n[5]});
		assert_integers(tl_concat(both, 2, 1),
				(int32_t[]){n[0], n[1], n[2], n[2], n[1], n[0], n[3], n[4], n[5],
					    n[5], n[4], n[3]});
		assert_integers(tl_concat(both, 2, 0),
				(int32_t[]){n[0], n[1], n[2], n[3], n[4], n[5], n[2], n[1], n[0],
					    n[5], n[4], n[3]});
		assert_near(tl_item(tl_cast(tl_at(tl_at(both[1], 0), 0))), 2, 0);
		assert_fine(tape);
		tl_tape_destroy(tape);
	}
}
END_TEST

/* The buffer as it was, also for what is asked for only after it has changed. */
START_TEST(a_commit_changes_no_tensor)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_param *a = tl_params_add_buffer(set, "a", tl_dims(2), tl_init_constant(3));
	tl_param *b = tl_params_add_buffer(set, "b", tl_dims(2), tl_init_constant(4));
	tl_param *w = tl_params_add(set, "w", tl_dims(2), tl_init_constant(1));
	for (int read = 0; read < 3; read++)
		for (int backward = 0; backward < 2; backward++) {
			tl_tape *tape = tl_tape_create(TL_F32);
			double at_a = (double)*(float *)tl_param_value(a),
			       at_b = (double)*(float *)tl_param_value(b);
			tl_tensor x = tl_use(tape, a), y = tl_use(tape, b), view = tl_at(x, 1);
			tl_tensor loss = tl_sum(tl_mul(tl_use(tape, w), x), TL_ALL);
			if (read == 1)
				assert_near(tl_item(view), at_a, 0);
			if (read == 2)
				assert_near(tl_item(tl_mul(view, tl_at(y, 0))), at_a * at_b, 0);
			tl_assign(a, y); /* they change places */
			tl_assign(b, x);
			ck_assert_int_eq(backward ? tl_backward(loss) : tl_tape_commit(tape),
					 TL_OK);
			assert_near((double)((float *)tl_param_value(a))[1], at_b, 0);
			assert_near((double)((float *)tl_param_value(b))[0], at_a, 0);
			assert_near(tl_item(view), at_a, 0);
			assert_near(tl_item(tl_at(y, 1)), at_b, 0);
			assert_near(tl_item(tl_square(view)), at_a * at_a, 0);
			tl_tape_invalidate(tape); /* now it is read anew */
			assert_near(tl_item(view), at_b, 0);
			assert_fine(tape);
			tl_tape_destroy(tape);
		}
	tl_params_destroy(set);
}
END_TEST

/* Found by the fuzzer: values known to a tape lay in the block that adding a parameter freed. */
START_TEST(parameters_added_in_the_middle)
{
	char name[16];
	tl_params *set = tl_params_create(TL_F32);
	tl_param *a = tl_params_add(set, "a", tl_dims(3), tl_init_constant(2));
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_use(tape, a);
	const float *value = tl_value(x);
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof name, "p%d", i);
		tl_params_add(set, name, tl_dims(40), tl_init_zeros());
	}
	assert_near((double)value[2], 2, 0);
	assert_near(tl_item(tl_sum(tl_square(x), TL_ALL)), 12, 0);
	/* after that, the value is where the set has it now */
	((float *)tl_param_value(a))[0] = 5;
	tl_tape_invalidate(tape);
	assert_near(tl_item(tl_sum(tl_square(x), TL_ALL)), 33, 0);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

START_TEST(what_a_tensor_is)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_zeros(tape, tl_dims(2, 3, 4)), inert = {tape, 0, 0};
	ck_assert_int_eq(tl_tensor_shape(x).rank, 3);
	ck_assert_int_eq(tl_tensor_dim(x, -1), 4);
	ck_assert_int_eq(tl_tensor_dim(x, 3), 0);
	ck_assert_int_eq(tl_tensor_size(x), 24);
	ck_assert_int_eq(tl_tensor_dtype(x), TL_F64);
	ck_assert_int_eq(tl_tensor_dtype(tl_constant_int(tape, TL_SCALAR, &(int32_t){3})), TL_I32);
	ck_assert_int_eq(tl_tensor_size(inert), 0);
	ck_assert_int_eq(tl_tensor_shape(inert).rank, 0);
	tl_tape_rewind(tape);
	ck_assert_int_eq(tl_tensor_size(x), 0);
	ck_assert_int_eq(tl_tape_node_count(tape), 0);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(nothing_is_fine)
{
	tl_tensor none = {0};
	tl_tape_destroy(NULL);
	tl_params_destroy(NULL);
	tl_tape_rewind(NULL);
	tl_scope_enter(NULL, "a");
	tl_scope_leave(NULL);
	tl_tape_set_step(NULL, 1);
	ck_assert_ptr_null(tl_tape_create(TL_I32));
	ck_assert_ptr_null(tl_params_create(TL_I32));
	ck_assert_ptr_nonnull(tl_tape_error(NULL));
	ck_assert_int_eq(tl_tape_status(NULL), TL_ERROR_TAPE);
	ck_assert_ptr_null(tl_value(tl_add(none, none)));
	ck_assert(isnan(tl_item(tl_tanh(none))));
	ck_assert_int_eq(tl_backward(none), TL_ERROR_TAPE);
	ck_assert_int_eq(tl_tensor_size(tl_linear(none, none, TL_NONE)), 0);
	ck_assert_int_eq(tl_tensor_size(tl_scale(none, 2)), 0);
	ck_assert_int_eq(tl_tensor_size(tl_mean(none, TL_ALL)), 0);
	ck_assert_int_eq(tl_tensor_size(tl_concat(&none, 1, 0)), 0);
	ck_assert_int_eq(tl_tensor_size(tl_clamp(none, 0, 1)), 0);
	ck_assert_int_eq(tl_tensor_size(tl_zeros(NULL, TL_SCALAR)), 0);
	ck_assert_ptr_null(tl_params_add(NULL, "x", TL_SCALAR, tl_init_zeros()));
}
END_TEST

SUITE("tape", recording_computes_nothing, a_value_read_in_the_middle_is_computed_once,
      ten_thousand_tokens_on_one_tape, tokens_with_a_carried_state_take_constant_memory,
      a_rewound_tape_records_without_allocating, a_node_takes_at_most_160_bytes,
      binding_and_forgetting, several_values_at_once, empty_tensors, huge_tensors,
      integers_are_moved_exactly, a_commit_changes_no_tensor, parameters_added_in_the_middle,
      what_a_tensor_is, nothing_is_fine)
