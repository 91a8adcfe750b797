/*
 * What a value comes down to before it is one: x + -0, a slice of a slice, a concat of what was cut
 * apart. Each identity is a row of `identities`: the op, what its first two operands are, and what
 * the value is instead, which may have conditions of its own. Results are those of the reference
 * executor to the bit, so x + 0 is no identity: it is 0 where x is -0.
 */
#include "ir/identities.h"

#include <math.h>
#include <string.h>

/* A value that is asked for, and is there if no identity applies. */
typedef struct asked {
	const tl_op *op;
	const void *attr;
	const uint32_t *operand;
	size_t operands;
	tl_shape shape;
	tl_dtype dtype;
	uint32_t when;
} asked;

/* An op of one operand in the place and time of v. */
static uint32_t add(tl_ir *ir, const tl_op *op, const void *attr, uint32_t operand, tl_shape shape,
		    const asked *v)
{
	return tl_ir_add(ir, op, attr, &operand, 1, shape, v->dtype, v->when);
}

/* The k-th operand, if a broadcast does not make the value another one. */
static uint32_t operand_of_shape(tl_ir *ir, const asked *v, int k)
{
	return tl_shape_same(&ir->value[v->operand[k]].shape, &v->shape) ? v->operand[k]
									 : TL_IR_NONE;
}

static uint32_t first(tl_ir *ir, const asked *v)
{
	return operand_of_shape(ir, v, 0);
}

static uint32_t second(tl_ir *ir, const asked *v)
{
	return operand_of_shape(ir, v, 1);
}

static uint32_t first_of_one(tl_ir *ir, const asked *v)
{
	(void)ir;
	return v->operands == 1 ? v->operand[0] : TL_IR_NONE;
}

static uint32_t operand_of_first(tl_ir *ir, const asked *v)
{
	return tl_ir_operand(ir, v->operand[0], 0);
}

/* The first operand's number in the shape of the value. */
static uint32_t number_of_first(tl_ir *ir, const asked *v)
{
	tl_full_attr attr = *(const tl_full_attr *)ir->value[v->operand[0]].attr;
	return tl_ir_as_given(ir, &tl_op_full, &attr, NULL, 0, v->shape, ir->real, v->when);
}

static uint32_t sum_of_two(tl_ir *ir, const asked *v)
{
	return v->operands == 2
		       ? tl_ir_add(ir, &tl_op_add, NULL, v->operand, 2, v->shape, v->dtype, v->when)
		       : TL_IR_NONE;
}

static uint32_t reshape_of_inner(tl_ir *ir, const asked *v)
{
	return add(ir, v->op, v->attr, operand_of_first(ir, v), v->shape, v);
}

/* A sum whose axes stay as dimensions of 1, if they are what the reshape takes away. */
static uint32_t sum_without_axes(tl_ir *ir, const asked *v)
{
	const tl_value_ir *x = &ir->value[v->operand[0]];
	tl_reduce_attr reduce = *(const tl_reduce_attr *)x->attr;
	tl_shape without = {0};
	if (!reduce.keep)
		return TL_IR_NONE;
	for (int i = 0; i < x->shape.rank; i++)
		if (i < reduce.first || i >= reduce.first + reduce.count)
			without.dim[without.rank++] = x->shape.dim[i];
	reduce.keep = 0;
	if (!tl_shape_same(&without, &v->shape))
		return TL_IR_NONE;
	return add(ir, &tl_op_sum, &reduce, operand_of_first(ir, v), v->shape, v);
}

static uint32_t slice_of_all(tl_ir *ir, const asked *v)
{
	const tl_slice_attr *cut = v->attr;
	bool all = cut->step == 1 && !cut->start && !cut->drop &&
		   cut->count == ir->value[v->operand[0]].shape.dim[cut->axis];
	return all ? v->operand[0] : TL_IR_NONE;
}

/* Along one axis, by steps of 1. */
static uint32_t slice_of_inner(tl_ir *ir, const asked *v)
{
	const tl_slice_attr *outer = v->attr;
	tl_slice_attr cut = *(const tl_slice_attr *)ir->value[v->operand[0]].attr;
	if (outer->step != 1 || cut.step != 1 || cut.axis != outer->axis || cut.drop)
		return TL_IR_NONE;
	cut.start += outer->start;
	cut.count = outer->count;
	cut.drop = outer->drop;
	return add(ir, &tl_op_slice, &cut, operand_of_first(ir, v), v->shape, v);
}

/* What is cut out is what was put in. */
static uint32_t piece(tl_ir *ir, const asked *v)
{
	const tl_value_ir *whole = &ir->value[v->operand[0]];
	const tl_slice_attr *cut = v->attr, *put = tl_pieces(whole->attr);
	uint32_t i = 0;
	if (cut->step != 1 || cut->drop || cut->axis != put->axis)
		return TL_IR_NONE;
	while (i < whole->operands && put[i].start < cut->start)
		i++;
	return i < whole->operands && put[i].start == cut->start && put[i].count == cut->count
		       ? tl_ir_operand(ir, v->operand[0], i)
		       : TL_IR_NONE;
}

static bool first_axis(const tl_shape *s, int64_t axis)
{
	int64_t outer = 1;
	for (int64_t i = 0; i < axis; i++)
		outer *= s->dim[i];
	return outer == 1;
}

/*
 * Pieces that are consecutive slices of one tensor are a slice of it; along the first axis they lie
 * one after the other in memory, whatever shape each was given on the way.
 */
static uint32_t concat_of_slices(tl_ir *ir, const asked *v)
{
	const tl_slice_attr *to = tl_pieces(v->attr);
	bool rows = first_axis(&v->shape, to->axis);
	uint32_t source = TL_IR_NONE;
	tl_slice_attr whole = {0};
	for (size_t i = 0; i < v->operands; i++) {
		uint32_t p = v->operand[i];
		while (rows && tl_ir_is(ir, p, &tl_op_reshape))
			p = tl_ir_operand(ir, p, 0);
		if (!tl_ir_is(ir, p, &tl_op_slice))
			return TL_IR_NONE;
		const tl_slice_attr *s = ir->value[p].attr;
		uint32_t from = tl_ir_operand(ir, p, 0);
		if (i == 0) {
			source = from;
			whole = (tl_slice_attr){s->axis, s->start, 0, 1, 0};
		}
		if (from != source || s->axis != whole.axis || s->step != 1 ||
		    s->start != whole.start + whole.count ||
		    (rows ? !first_axis(&ir->value[from].shape, s->axis)
			  : s->axis != to->axis || s->drop))
			return TL_IR_NONE;
		whole.count += s->count;
	}
	tl_shape out = ir->value[source].shape;
	out.dim[whole.axis] = whole.count;
	source = add(ir, &tl_op_slice, &whole, source, out, v);
	if (source == TL_IR_NONE || tl_shape_same(&out, &v->shape))
		return source;
	tl_shape_attr to_shape = {.shape = v->shape};
	return add(ir, &tl_op_reshape, &to_shape, source, v->shape, v);
}

/* What an operand is: of this op and, if it is a full tensor, of this number; NULL: anything. */
typedef struct pattern {
	const tl_op *op;
	double number; /* NAN: any */
} pattern;

#define X                                                                                          \
	{                                                                                          \
		NULL, NAN                                                                          \
	}
#define NUMBER(n)                                                                                  \
	{                                                                                          \
		&tl_op_full, n                                                                     \
	}
#define SOME(op)                                                                                   \
	{                                                                                          \
		&tl_op_##op, NAN                                                                   \
	}

static const struct identity {
	const tl_op *op;
	pattern operand[2];
	uint32_t (*to)(tl_ir *ir, const asked *v); /* TL_IR_NONE: not here */
} identities[] = {
	/* clang-format off */
	/* x + -0 = -0 + x = x - 0 = x; 1 x = x 1 = x / 1 = x; -(-x) = x */
	{&tl_op_add,       {X, NUMBER(-0.0)},    first},
	{&tl_op_add,       {NUMBER(-0.0), X},    second},
	{&tl_op_sub,       {X, NUMBER(0.0)},     first},
	{&tl_op_mul,       {X, NUMBER(1)},       first},
	{&tl_op_mul,       {NUMBER(1), X},       second},
	{&tl_op_div,       {X, NUMBER(1)},       first},
	{&tl_op_neg,       {SOME(neg), X},       operand_of_first},
	/* sums of few */
	{&tl_op_add_n,     {X, X},               first_of_one},
	{&tl_op_add_n,     {X, X},               sum_of_two},
	/* numbers have any form; forms that change nothing; forms of forms */
	{&tl_op_broadcast, {SOME(full), X},      number_of_first},
	{&tl_op_reshape,   {SOME(full), X},      number_of_first},
	{&tl_op_permute,   {SOME(full), X},      number_of_first},
	{&tl_op_slice,     {SOME(full), X},      number_of_first},
	{&tl_op_detach,    {X, X},               first},
	{&tl_op_reshape,   {X, X},               first},
	{&tl_op_reshape,   {SOME(sum), X},       sum_without_axes},
	{&tl_op_reshape,   {SOME(reshape), X},   reshape_of_inner},
	{&tl_op_slice,     {X, X},               slice_of_all},
	{&tl_op_slice,     {SOME(slice), X},     slice_of_inner},
	{&tl_op_slice,     {SOME(concat), X},    piece},
	{&tl_op_concat,    {X, X},               first_of_one},
	{&tl_op_concat,    {X, X},               concat_of_slices},
	/* clang-format on */
};

enum { IDENTITIES = sizeof identities / sizeof *identities };

static bool matches(const tl_ir *ir, const pattern *p, uint32_t v)
{
	const tl_value_ir *x = &ir->value[v];
	return x->op == p->op &&
	       (p->op != &tl_op_full || isnan(p->number) ||
		!memcmp(&((const tl_full_attr *)x->attr)->value, &p->number, sizeof p->number));
}

static uint32_t simplify(tl_ir *ir, const asked *v)
{
	for (const struct identity *i = identities; i < identities + IDENTITIES; i++) {
		bool fits = i->op == v->op;
		for (size_t k = 0; fits && k < v->operands && k < 2; k++)
			fits = !i->operand[k].op || matches(ir, &i->operand[k], v->operand[k]);
		uint32_t simple = fits ? i->to(ir, v) : TL_IR_NONE;
		if (simple != TL_IR_NONE || ir->short_of_memory)
			return simple;
	}
	return TL_IR_NONE;
}

/* An elementwise op need not have a broadcast carried out, if its other operands give the shape. */
static void skip_broadcasts(tl_ir *ir, uint32_t *operand, size_t operands, const tl_shape *shape)
{
	for (size_t k = 0; k < operands; k++) {
		if (!tl_ir_is(ir, operand[k], &tl_op_broadcast))
			continue;
		tl_shape rest = ir->value[tl_ir_operand(ir, operand[k], 0)].shape;
		for (size_t i = 0; i < operands; i++)
			if (i != k)
				tl_broadcast(&rest, &ir->value[operand[i]].shape, &rest);
		if (tl_shape_same(&rest, shape))
			operand[k] = tl_ir_operand(ir, operand[k], 0);
	}
}

uint32_t tl_ir_add(tl_ir *ir, const tl_op *op, const void *attr, const uint32_t *operand,
		   size_t operands, tl_shape shape, tl_dtype dtype, uint32_t when)
{
	uint32_t own[4];
	if (ir->short_of_memory)
		return TL_IR_NONE;
	if (tl_is_elementwise(op) && operands >= 2 && operands <= 3) {
		memcpy(own, operand, operands * sizeof *own);
		skip_broadcasts(ir, own, operands, &shape);
		operand = own;
	}
	asked v = {op, attr, operand, operands, shape, dtype, when};
	uint32_t simple = simplify(ir, &v);
	if (simple != TL_IR_NONE || ir->short_of_memory)
		return simple;
	return tl_ir_as_given(ir, op, attr, operand, operands, shape, dtype, when);
}
