/* Wrong uses of the larger ops: indices, losses, normalisation, convolution. */
#include "wrong.h"

#define ALIKE    "tl_reshape or tl_broadcast_to make them alike"
#define CONV2D   "x is [batch, in, rows, columns], w [out, in, rows, columns]"
#define INTEGERS "integers come from tl_input_int, tl_constant_int or tl_argmax"
#define PADDING  "padding makes x larger"
#define RATE     "the rate is the fraction that is dropped"

/* A fresh set of tensors for each case: check_case rewinds the tape. */
static tl_tensor far_index(bench *b)
{
	return tl_constant_int(b->tape, tl_dims(2), (int32_t[]){0, 9});
}

static tl_tensor ones(bench *b, tl_shape shape)
{
	return tl_ones(b->tape, shape);
}

static void wrong_indices(bench *b)
{
	tl_embedding(b->m23, b->m23);
	wrong(b, __LINE__, TL_ERROR_TYPE, "embedding: operand 1 is not of integers", INTEGERS);
	tl_embedding(b->scalar, b->ints);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "embedding: the table is one number and has no rows",
	      NULL);
	tl_value(tl_embedding(b->m23, far_index(b)));
	wrong(b, __LINE__, TL_ERROR_VALUE, "embedding: index 9 at [1] is not one of 2 rows", NULL);
	tl_segment_sum(b->m23, b->ints, -1);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "segment_sum: into -1 rows", NULL);
	tl_segment_sum(b->vector, b->ints, 4);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "segment_sum: rows [3] do not go with an index [2]",
	      "rows have the shape of the index, then that of a row");
	tl_value(tl_segment_sum(b->m23, far_index(b), 4));
	wrong(b, __LINE__, TL_ERROR_VALUE, "segment_sum: index 9 at [1] is not one of 4 rows",
	      NULL);
	tl_pick(b->m23, b->vector, 1);
	wrong(b, __LINE__, TL_ERROR_TYPE, "pick: operand 1 is not of integers", INTEGERS);
	tl_pick(b->m23, b->ints, 5);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "pick: there is no axis 5 in a tensor of rank 2",
	      NULL);
	tl_pick(b->cube, b->ints, 2);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "pick: from [2,3,4] along axis 2 by an index [2]",
	      "the index has the shape of x without the axis");
	tl_value(tl_pick(b->m23, far_index(b), 1));
	wrong(b, __LINE__, TL_ERROR_VALUE,
	      "pick: index 9 at [1] is not one of 3 elements of the axis", NULL);
	tl_one_hot(b->m23, 4);
	wrong(b, __LINE__, TL_ERROR_TYPE, "one_hot: operand 0 is not of integers", INTEGERS);
	tl_one_hot(b->ints, -2);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "one_hot: of -2 classes", NULL);
	tl_value(tl_one_hot(far_index(b), 3));
	wrong(b, __LINE__, TL_ERROR_VALUE, "one_hot: index 9 at [1] is not one of 3 classes", NULL);
}

static void wrong_softmax(bench *b)
{
	tl_softmax(b->m23, 7);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "softmax: there is no axis 7 in a tensor of rank 2",
	      NULL);
	tl_log_softmax(b->scalar, 0);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "log_softmax: there is no axis 0 in a tensor of rank 0", NULL);
	tl_logsumexp(b->m23, tl_axes(3));
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "logsumexp: there is no axis 3 in a tensor of rank 2",
	      NULL);
	tl_argmax(b->m23, 2);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "argmax: there is no axis 2 in a tensor of rank 2",
	      NULL);
	tl_argmax(b->ints, 0);
	wrong(b, __LINE__, TL_ERROR_TYPE, "argmax: operand 0 is of integers", CAST);
	tl_cross_entropy(b->m23, b->vector, NULL);
	wrong(b, __LINE__, TL_ERROR_TYPE, "cross_entropy: operand 1 is not of integers", INTEGERS);
	tl_item(tl_cross_entropy(b->m23, far_index(b), NULL));
	wrong(b, __LINE__, TL_ERROR_VALUE, "cross_entropy: index 9 at [1] is not one of 3 classes",
	      NULL);
	tl_cross_entropy(b->cube, b->ints, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE,
	      "cross_entropy: logits [2,3,4] do not go with targets [2]",
	      "targets are class numbers, in the shape of the logits without the last axis");
	tl_cross_entropy(b->m23, b->ints, &(tl_cross_entropy_options){.label_smoothing = 2});
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "cross_entropy: label_smoothing 2 is not in [0, 1]",
	      NULL);
	tl_cross_entropy_options weight = {.weight = b->vector};
	tl_cross_entropy(b->m23, b->ints, &weight);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "cross_entropy: weights [3] do not go with losses [2]",
	      "a weight is shaped like the losses, or like their leading axes");
	tl_binary_cross_entropy_with_logits(b->m23, b->cube, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE,
	      "binary_cross_entropy_with_logits: x is [2,3] and the target [2,3,4]", ALIKE);
}

static void wrong_losses(bench *b)
{
	static const tl_loss_options each = {.reduction = TL_REDUCTION_NONE};
	tl_mse(b->m23, b->cube, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "mse: x is [2,3] and the target [2,3,4]", ALIKE);
	tl_huber(b->m23, b->cube, 1, &each);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "huber: x is [2,3] and the target [2,3,4]", ALIKE);
	tl_huber(b->m23, b->m23, 0, &each);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "huber: delta 0 is not above 0", NULL);
	tl_binary_cross_entropy_with_logits(b->ints, b->m23, &each);
	wrong(b, __LINE__, TL_ERROR_TYPE,
	      "binary_cross_entropy_with_logits: operand 0 is of integers", CAST);
	tl_huber(b->m23, b->m23, -1, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "huber: delta -1 is not above 0", NULL);
	tl_mae(b->m23, b->ints, NULL);
	wrong(b, __LINE__, TL_ERROR_TYPE, "mae: operand 1 is of integers", CAST);
}

static void wrong_norms(bench *b)
{
	tl_param *W = tl_params_find(b->set, "W"), *buf = tl_params_find(b->set, "state");
	const tl_batch_norm_options learned = {.mean = W, .variance = W};
	const tl_batch_norm_options small = {.mean = buf, .variance = buf};
	tl_layer_norm(b->m23, b->ints, b->vector, 0);
	wrong(b, __LINE__, TL_ERROR_TYPE, "layer_norm: operand 1 is of integers", CAST);
	tl_layer_norm(b->m23, ones(b, tl_dims(2)), b->vector, 0);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "layer_norm: gain is [2], not [3]", NULL);
	tl_layer_norm(b->scalar, b->vector, b->vector, 0);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "layer_norm: there is no axis -1 in a tensor of rank 0", NULL);
	tl_layer_norm(b->m23, b->vector, b->vector, -1);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "layer_norm: epsilon -1 is not above 0", NULL);
	tl_batch_norm(b->m23, b->vector, b->vector, 9, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "batch_norm: there is no axis 9 in a tensor of rank 2", NULL);
	tl_batch_norm(b->m23, b->vector, b->vector, 0, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "batch_norm: gain is [3], not [2]", NULL);
	tl_tape_set_training(b->tape, false);
	tl_batch_norm(b->m23, b->vector, b->vector, 1, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "batch_norm: there is no running mean to normalise by",
	      "the tape is not training: give a buffer made by tl_params_add_buffer");
	tl_tape_set_training(b->tape, true);
	tl_batch_norm(b->m23, b->vector, b->vector, 1, &learned);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "batch_norm: the running mean is W, which is learned",
	      "make it with tl_params_add_buffer");
	tl_batch_norm(b->m23, b->vector, b->vector, 1, &small);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "batch_norm: the running mean is [2], not [3]", NULL);
}

static void wrong_drops(bench *b)
{
	tl_dropout(b->m23, 1);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "dropout: rate 1 is not in [0, 1)", RATE);
	tl_dropout(b->m23, -0.5);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "dropout: rate -0.5 is not in [0, 1)", RATE);
	tl_dropout_mask(b->tape, tl_dims(2, -3), 0.5);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "dropout_mask: the result would have shape [2,-3]",
	      SOUND);
	tl_dropout(b->ints, 0.5);
	wrong(b, __LINE__, TL_ERROR_TYPE, "dropout: operand 0 is of integers", CAST);
}

static void wrong_windows(bench *b)
{
	const tl_shape X = tl_dims(1, 2, 5, 5);
	tl_conv2d(b->m23, b->m23, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "conv2d: x [2,3] and w [2,3] have not the right ranks",
	      CONV2D);
	tl_conv2d(ones(b, X), ones(b, tl_dims(3, 4, 2, 2)), NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "conv2d: x [1,2,5,5] and w [3,4,2,2] differ in channels",
	      CONV2D);
	tl_conv2d(ones(b, X), ones(b, tl_dims(3, 2, 6, 2)), NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE,
	      "conv2d: a window of 6 rows does not fit in 5, padded to 5", PADDING);
	tl_conv2d(ones(b, X), ones(b, tl_dims(3, 2, 2, 2)), &(tl_conv_options){.stride = {-1, 1}});
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "conv2d: the stride cannot be -1", NULL);
	tl_conv1d(b->m23, b->vector, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "conv1d: x [2,3] and w [3] have not the right ranks",
	      "x is [batch, in, length], w [out, in, length]");
	tl_max_pool2d(b->m23, (int64_t[]){2, 2}, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "max_pool2d: [2,3] has not four axes",
	      "x is [batch, channels, rows, columns]");
	tl_average_pool2d(ones(b, X), (int64_t[]){0, 2}, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "average_pool2d: the size of the window cannot be 0",
	      NULL);
	tl_max_pool2d(ones(b, X), (int64_t[]){9, 2}, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE,
	      "max_pool2d: a window of 9 rows does not fit in 5, padded to 5", PADDING);
	tl_max_pool2d(ones(b, X), (int64_t[]){2, 2}, &(tl_conv_options){.padding = {5, 0}});
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "max_pool2d: padding 5 is more than half of the window of 2",
	      "some windows would see nothing of x");
}

static void wrong_rest(bench *b)
{
	tl_cast(b->m23);
	wrong(b, __LINE__, TL_ERROR_TYPE, "cast: operand 0 is not of integers", INTEGERS);
	tl_where(b->ints, b->m23, b->m23);
	wrong(b, __LINE__, TL_ERROR_TYPE, "where: operand 0 is of integers", CAST);
	tl_clamp(b->m23, 2, 1);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "clamp: the low end 2 is not below the high end 1",
	      NULL);
}

START_TEST(each_wrong_use_has_its_words)
{
	void (*const tables[])(bench *) = {wrong_indices, wrong_softmax, wrong_losses, wrong_norms,
					   wrong_drops,   wrong_windows, wrong_rest};
	bench b;
	bench_create(&b);
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		tables[i](&b);
	ck_assert_int_ge(b.cases, 45);
	bench_destroy(&b);
}
END_TEST

SUITE("errors of ops", each_wrong_use_has_its_words)
