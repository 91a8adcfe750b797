/*
 * Dropout: Srivastava et al. 2014, scaled while training ("inverted"). The mask is a step of a
 * strip that draws the i-th number of a stream, so it costs no memory of its own where it is used.
 */
#include "ops/ops.h"

#include <stdio.h>

typedef struct mask_attr {
	double rate;
	tl_shape shape;
} mask_attr;

static tl_status mask_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	(void)dtype;
	*shape = ((const mask_attr *)c->attr)->shape;
	return TL_OK;
}

static void mask_numbers(const void *attr, double imm[2])
{
	imm[0] = ((const mask_attr *)attr)->rate;
	imm[1] = 1 / (1 - imm[0]);
}

static void mask_words(const tl_call *c, char *text, size_t room)
{
	snprintf(text, room, "rate %g", ((const mask_attr *)c->attr)->rate);
}

static const tl_op op_mask = {
	.name = "dropout_mask",
	.doc = "0 with this probability, else 1 / (1 - rate)",
	.equation = "y = r / (1 − rate)  # r: 0 with probability rate, else 1",
	.attr_size = sizeof(mask_attr),
	.attributes = mask_words,
	.shape = mask_shape,
	.step = &tl_step_kinds[TL_STRIP_keep],
	.immediates = mask_numbers,
	.zero_gradient = true,
	.random = true,
};

static bool rate_fits(tl_tape *t, double rate, const char *name)
{
	if (rate >= 0 && rate < 1)
		return true;
	tl_report(t, TL_ERROR_ARGUMENT, "the rate is the fraction that is dropped",
		  "%s: rate %g is not in [0, 1)", name, rate);
	return false;
}

tl_tensor tl_dropout_mask(tl_tape *t, tl_shape shape, double rate)
{
	if (!t || t->problem.status || !rate_fits(t, rate, "dropout_mask"))
		return (tl_tensor){t, 0, 0};
	if (rate == 0)
		return tl_ones(t, shape);
	return tl_apply_on(t, &op_mask, &(mask_attr){rate, shape}, 0, NULL);
}

tl_tensor tl_dropout(tl_tensor x, double rate)
{
	if (!tl_real_for(x.tape, x, "dropout", 0) || !rate_fits(x.tape, rate, "dropout"))
		return (tl_tensor){x.tape, 0, 0};
	if (rate == 0 || !tl_tape_is_training(x.tape))
		return x;
	return tl_mul(x, tl_dropout_mask(x.tape, tl_tensor_shape(x), rate));
}

static tl_tensor dropout_sample(tl_example *s)
{
	tl_tensor x = tl_example_leaf(s, tl_example_shape(s, 0, 4), -2, 2);
	return tl_dropout(tl_square(x), tl_example_integer(s, 0, 3) ? 0.4 : 0);
}

static const tl_op op_dropout = TL_COMPOUND(
	"dropout", dropout_sample, "some elements 0, the others scaled so that the mean stays", "x",
	"y = r ⊙ x / (1 − rate)  # r: 0 with probability rate, else 1");

const tl_op *const tl_ops_drop[] = {&op_mask, &op_dropout, NULL};
