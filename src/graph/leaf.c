/* The ops of leaves. */
#include "graph/leaf.h"

static tl_status leaf_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	(void)shape;
	(void)dtype;
	return tl_call_fail(c, TL_ERROR_ARGUMENT, NULL, "a leaf is not applied");
}

const tl_op tl_op_input = {
	.name = "input",
	.attr_size = sizeof(tl_input_attr),
	.shape = leaf_shape,
	.doc = "data owned by the caller, read when a value is computed",
};

const tl_op tl_op_constant = {
	.name = "constant",
	.attr_size = sizeof(tl_input_attr),
	.shape = leaf_shape,
	.doc = "an array the tape keeps a copy of",
};

const tl_op tl_op_full = {
	.name = "full",
	.attr_size = sizeof(tl_full_attr),
	.shape = leaf_shape,
	.doc = "one number, in any shape",
};

const tl_op tl_op_param = {
	.name = "param",
	.attr_size = sizeof(tl_param_attr),
	.shape = leaf_shape,
	.doc = "a parameter of a set",
};
