/* What a tensor is: its shape, its type; the tensors of a call. */
#include "graph/shape.h"
#include "graph/tape.h"

/* Tensors; of an inert one nothing is known */

static const tl_node none;

static const tl_node *node_of(tl_tensor x)
{
	return x.tape && x.id && x.generation == x.tape->round && x.id < x.tape->nodes
		       ? tl_node_at(x.tape, x.id)
		       : &none;
}

tl_shape tl_tensor_shape(tl_tensor x)
{
	return node_of(x)->shape;
}

tl_dtype tl_tensor_dtype(tl_tensor x)
{
	return node_of(x)->dtype;
}

int64_t tl_tensor_size(tl_tensor x)
{
	const tl_node *n = node_of(x);
	return n->op ? tl_elements(&n->shape) : 0;
}

int64_t tl_tensor_dim(tl_tensor x, int axis)
{
	const tl_shape *s = &node_of(x)->shape;
	if (axis < 0)
		axis += s->rank;
	return axis >= 0 && axis < s->rank ? s->dim[axis] : 0;
}

static const tl_node *operand_node(const tl_call *c, int k)
{
	return c && k >= 0 && k < c->operands ? tl_operand_node(c, k) : &none;
}

tl_tensor tl_call_operand(const tl_call *c, int k)
{
	if (!c || k < 0 || k >= c->operands)
		return (tl_tensor){c ? c->tape : NULL, 0, 0};
	return tl_handle(c->tape, c->tape->operand[c->first + (uint32_t)k]);
}

tl_shape tl_call_operand_shape(const tl_call *c, int k)
{
	return operand_node(c, k)->shape;
}

tl_dtype tl_call_operand_dtype(const tl_call *c, int k)
{
	return operand_node(c, k)->dtype;
}
