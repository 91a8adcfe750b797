/* Every op with an example is checked against central differences, as is its second derivative. */
#include "suite.h"

enum { EXAMPLES = 25 };

/* A weighted sum of the example: every element of the result has its own part in the loss. */
static tl_tensor weighted_example(tl_tape *tape, void *user)
{
	tl_example s = *(tl_example *)user;
	s.tape = tape;
	tl_tensor y = s.op->example(&s);
	float weight[1024];
	int64_t size = tl_tensor_size(y);
	ck_assert_int_le(size, 1024);
	for (int64_t i = 0; i < size; i++)
		weight[i] = 0.5f + (float)((i * 37) % 19) / 19;
	return tl_sum(tl_mul(y, tl_constant(tape, tl_tensor_shape(y), weight)), TL_ALL);
}

/* The set of leaves is filled by recording the example once before the checker does. */
static void check_example(const tl_op *op, uint64_t key, bool second)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_example s = {.op = op, .set = set, .key = key};
	tl_tape *tape = tl_tape_create(TL_F64);
	weighted_example(tape, &s);
	assert_fine(tape);
	tl_tape_destroy(tape);

	tl_gradcheck_options options = {.second_order = second, .tolerance = 1e-7};
	tl_gradcheck_report report;
	tl_status status = tl_gradcheck(weighted_example, &s, set, &options, &report);
	ck_assert_msg(status == TL_OK, "%s, example %d%s: %s", op->name, (int)key,
		      second ? ", second" : "", report.message);
	tl_params_destroy(set);
}

START_TEST(every_op_agrees_with_differences)
{
	for (int i = 0; i < tl_op_count(); i++) {
		const tl_op *op = tl_op_at(i);
		for (uint64_t key = 0; op->example && key < EXAMPLES; key++)
			check_example(op, key, false);
	}
}
END_TEST

START_TEST(second_derivatives_agree_with_differences)
{
	for (int i = 0; i < tl_op_count(); i++) {
		const tl_op *op = tl_op_at(i);
		for (uint64_t key = 0; op->example && !op->example_first_order && key < EXAMPLES;
		     key++)
			check_example(op, key, true);
	}
}
END_TEST

/* What one executor makes of an example of which dimensions may be 0. */
typedef struct outcome {
	tl_params *set;
	tl_status status;
	double loss;
	bool empty;
} outcome;

static outcome try_empty(const tl_op *op, uint64_t key, tl_executor executor)
{
	outcome o = {.set = tl_params_create(TL_F64)};
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tape_set_executor(tape, executor);
	tl_tensor y = op->example(&(tl_example){tape, op, o.set, key, .empty = true});
	tl_tensor loss = tl_sum(tl_sin(y), TL_ALL);
	o.empty = !tl_tensor_size(y);
	o.status = tl_backward(loss);
	o.loss = o.status ? 0 : tl_item(loss);
	ck_assert_msg(!o.status || *tl_tape_error(tape), "%s: an error without a message",
		      op->name);
	tl_tape_destroy(tape);
	return o;
}

/*
 * An op refuses tensors without elements with a message, or both executors return the same values
 * and gradients. What is undefined on the way is the sanitizers' to find.
 */
START_TEST(examples_without_elements)
{
	int empty = 0;
	for (int i = 0; i < tl_op_count() * EXAMPLES; i++) {
		const tl_op *op = tl_op_at(i / EXAMPLES);
		if (!op->example)
			continue;
		outcome a = try_empty(op, (uint64_t)(i % EXAMPLES), TL_EXECUTOR_REFERENCE),
			b = try_empty(op, (uint64_t)(i % EXAMPLES), TL_EXECUTOR_COMPILED);
		ck_assert_msg(a.status == b.status, "%s, example %d: %d and %d", op->name,
			      i % EXAMPLES, a.status, b.status);
		ck_assert_msg(isnan(a.loss) ? isnan(b.loss) : fabs(a.loss - b.loss) <= 1e-12,
			      "%s, example %d: %g and %g", op->name, i % EXAMPLES, a.loss, b.loss);
		int64_t count, same;
		const double *da = tl_params_gradients(a.set, &count),
			     *db = tl_params_gradients(b.set, &same);
		ck_assert_int_eq(count, same);
		for (int64_t j = 0; !a.status && j < count; j++)
			assert_near(da[j], db[j], 1e-12);
		empty += a.empty;
		tl_params_destroy(a.set);
		tl_params_destroy(b.set);
	}
	ck_assert_int_gt(empty, tl_op_count());
}
END_TEST

/* An op that computes and has a derivative must have an example, or nothing above looks at it. */
START_TEST(every_op_with_a_derivative_has_an_example)
{
	for (int i = 0; i < tl_op_count(); i++) {
		const tl_op *op = tl_op_at(i);
		ck_assert_msg(op->doc && *op->doc, "%s has no doc", op->name);
		/* assemble is the adjoint of slice: its example is the second derivative of that */
		/* one without a derivative says why: it is flat, or made of others that have one */
		ck_assert_msg(op->vjp || op->zero_gradient ||
				      (op->example && !op->kernel && !op->step) ||
				      !strcmp(op->name, "ctc_slope"), /* said to have none */
			      "%s has no derivative and is not flat", op->name);
		ck_assert_msg(!op->vjp || op->example || !strcmp(op->name, "assemble"),
			      "%s has no example", op->name);
	}
}
END_TEST

SUITE("gradients", every_op_agrees_with_differences, second_derivatives_agree_with_differences,
      examples_without_elements, every_op_with_a_derivative_has_an_example)
