/* Running sums along an axis, forward and, as their adjoint, backward. */
#include "ops/ops.h"

#include <stdio.h>

typedef struct cumsum_attr {
	int64_t axis, backwards;
} cumsum_attr;

static tl_status cumsum_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	(void)dtype;
	*shape = tl_call_operand_shape(c, 0);
	return tl_wants_real(c, 0) ? TL_OK : TL_ERROR_TYPE;
}

#define CUMSUM(REAL)                                                                               \
	static void cumsum_##REAL(int64_t outer, int64_t n, int64_t inner, bool backwards,         \
				  const REAL *in, REAL *out)                                       \
	{                                                                                          \
		for (int64_t o = 0; o < outer; o++, in += n * inner, out += n * inner)             \
			for (int64_t j = 0; j < n; j++) {                                          \
				int64_t at = (backwards ? n - 1 - j : j) * inner;                  \
				int64_t before = backwards ? at + inner : at - inner;              \
				for (int64_t i = 0; i < inner; i++)                                \
					out[at + i] =                                              \
						j ? out[before + i] + in[at + i] : in[at + i];     \
			}                                                                          \
	}
CUMSUM(float)
CUMSUM(double)

static tl_status cumsum_kernel(const tl_kernel_args *r)
{
	const cumsum_attr *attr = r->attr;
	const tl_shape *s = &r->in[0].shape;
	int64_t outer = 1, n = s->dim[attr->axis], inner = 1;
	if (!r->out.size) /* of nothing, maybe very often: [2^40,0] */
		return TL_OK;
	for (int i = 0; i < s->rank; i++)
		if (i != attr->axis)
			*(i < attr->axis ? &outer : &inner) *= s->dim[i];
	if (r->real == TL_F32)
		cumsum_float(outer, n, inner, attr->backwards, r->in[0].data, r->out.data);
	else
		cumsum_double(outer, n, inner, attr->backwards, r->in[0].data, r->out.data);
	return TL_OK;
}

static tl_tensor cumsum_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	const cumsum_attr *attr = c->attr;
	(void)operand;
	return tl_apply(c->op, &(cumsum_attr){attr->axis, !attr->backwards}, 1, &dy);
}

static tl_tensor cumsum_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 1, 4);
	return tl_cumsum(tl_example_leaf(s, shape, -2, 2),
			 (int)tl_example_integer(s, 0, shape.rank - 1));
}

static void cumsum_words(const tl_call *c, char *text, size_t room)
{
	const cumsum_attr *a = c->attr;
	snprintf(text, room, "axis %lld%s", (long long)a->axis,
		 a->backwards ? ", from the end" : "");
}

static const tl_op op_cumsum = {
	.name = "cumsum",
	.doc = "running sums along an axis",
	.equation = "y[i] = sum(x[j] for j = 0..i)  # its adjoint runs from the end",
	.derivative = "dx[j] = sum(dy[i] for i = j..n − 1)",
	.operand_count = 1,
	.attr_size = sizeof(cumsum_attr),
	.attributes = cumsum_words,
	.shape = cumsum_shape,
	.kernel = cumsum_kernel,
	.vjp = cumsum_vjp,
	.example = cumsum_sample,
};

tl_tensor tl_cumsum(tl_tensor x, int axis)
{
	if (!tl_axis_fits(x, "cumsum", &axis))
		return (tl_tensor){x.tape, 0, 0};
	return tl_apply(&op_cumsum, &(cumsum_attr){axis, 0}, 1, &x);
}

const tl_op *const tl_ops_cumsum[] = {&op_cumsum, NULL};
