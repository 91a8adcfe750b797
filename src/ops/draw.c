/* Integers that are drawn, and chosen by a mask: what scheduled sampling feeds. */
#include "ops/ops.h"
#include "ops/draw.h"

#include "base/random.h"

#include <math.h>
#include <stdio.h>

/* Integers by a mask: a where it is not 0, else b. */
static tl_status choose_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape mask = tl_call_operand_shape(c, 0), a = tl_call_operand_shape(c, 1),
		 b = tl_call_operand_shape(c, 2);
	if (!tl_wants_real(c, 0) || !tl_wants_integers(c, 1) || !tl_wants_integers(c, 2))
		return TL_ERROR_TYPE;
	if (!tl_shape_same(&mask, &a) || !tl_shape_same(&a, &b))
		return tl_call_fail(c, TL_ERROR_SHAPE, NULL, "mask and integers are of one shape");
	*shape = a;
	*dtype = TL_I32;
	return TL_OK;
}

static tl_status choose_kernel(const tl_kernel_args *r)
{
	const int32_t *a = r->in[1].data, *b = r->in[2].data;
	for (int64_t i = 0; i < r->out.size; i++) {
		bool first = r->real == TL_F32 ? ((const float *)r->in[0].data)[i] != 0
					       : ((const double *)r->in[0].data)[i] != 0;
		((int32_t *)r->out.data)[i] = first ? a[i] : b[i];
	}
	return TL_OK;
}

static tl_tensor choose_example(tl_example *s)
{
	tl_shape shape = tl_dims(tl_example_integer(s, 1, 4));
	tl_tensor a = tl_example_index(s, shape, 3), b = tl_example_index(s, shape, 3);
	tl_tensor table = tl_example_leaf(s, tl_dims(3, 2), -2, 2);
	return tl_embedding(table, tl_chosen(tl_dropout_mask(s->tape, shape, 0.5), a, b));
}

static const tl_op op_choose = {
	.name = "choose",
	.doc = "integers of the one where the mask is not 0, else of the other",
	.operands = "mask, a, b",
	.equation = "y = a if mask ≠ 0 else b",
	.operand_count = 3,
	.shape = choose_shape,
	.kernel = choose_kernel,
	.zero_gradient = true,
	.example = choose_example,
};

tl_tensor tl_chosen(tl_tensor mask, tl_tensor a, tl_tensor b)
{
	return tl_apply(&op_choose, NULL, 3, (const tl_tensor[]){mask, a, b});
}

/* A class of each row, drawn by its probability: softmax(logits / temperature). */
typedef struct draw_attr {
	double temperature;
} draw_attr;

static tl_status draw_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape logits = tl_call_operand_shape(c, 0);
	if (!tl_wants_real(c, 0))
		return TL_ERROR_TYPE;
	if (logits.rank != 2 || !logits.dim[1])
		return tl_call_fail(c, TL_ERROR_SHAPE, NULL, "logits are [rows, classes]");
	*shape = tl_dims(logits.dim[0]);
	*dtype = TL_I32;
	return TL_OK;
}

static double score(const tl_kernel_args *r, int64_t i)
{
	const void *x = r->in[0].data;
	return r->real == TL_F64 ? ((const double *)x)[i] : (double)((const float *)x)[i];
}

static tl_status draw_kernel(const tl_kernel_args *r)
{
	int64_t classes = r->in[0].shape.dim[1];
	double temperature = ((const draw_attr *)r->attr)->temperature;
	for (int64_t row = 0; row < r->out.size; row++) {
		int64_t at = row * classes, c = 0;
		double most = -INFINITY, all = 0;
		for (int64_t k = 0; k < classes; k++)
			most = score(r, at + k) > most ? score(r, at + k) : most;
		for (int64_t k = 0; k < classes; k++)
			all += exp((score(r, at + k) - most) / temperature);
		if (!isfinite(all)) {
			if (r->message)
				snprintf(r->message, TL_PROBLEM,
					 "row %lld: its scores have a NaN or no finite largest",
					 (long long)row);
			return TL_ERROR_VALUE;
		}
		double left = all * tl_random_unit(r->key, (uint64_t)row);
		for (; c + 1 < classes; c++) {
			left -= exp((score(r, at + c) - most) / temperature);
			if (left < 0)
				break;
		}
		((int32_t *)r->out.data)[row] = (int32_t)c;
	}
	return TL_OK;
}

static tl_tensor draw_example(tl_example *s)
{
	tl_tensor logits = tl_zeros(s->tape, tl_dims(tl_example_integer(s, 1, 4), 3));
	tl_tensor table = tl_example_leaf(s, tl_dims(3, 2), -2, 2);
	return tl_embedding(table, tl_drawn(logits, tl_example_number(s, 0.5, 2)));
}

static void draw_words(const tl_call *c, char *text, size_t room)
{
	snprintf(text, room, "temperature %g", ((const draw_attr *)c->attr)->temperature);
}

static const tl_op op_draw = {
	.name = "draw",
	.doc = "a class of each row, drawn by its probability",
	.equation = "y = k  # with probability softmax(x / temperature)[k]",
	.operand_count = 1,
	.attr_size = sizeof(draw_attr),
	.attributes = draw_words,
	.shape = draw_shape,
	.kernel = draw_kernel,
	.zero_gradient = true,
	.random = true,
	.example = draw_example,
};

tl_tensor tl_drawn(tl_tensor logits, double temperature)
{
	return tl_apply(&op_draw, &(draw_attr){temperature}, 1, &logits);
}

const tl_op *const tl_ops_draw[] = {&op_choose, &op_draw, NULL};
