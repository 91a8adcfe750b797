/*
 * Who depends on whom, for groups of values: one bit a group, carried along the graph in order, 64
 * groups at a time.
 */
#include "passes/depend.h"

#include <string.h>

/*
 * For 64 groups from `base` on: reach[v] has the bits of those whose members v depends on or is;
 * behind[g] collects what the operands of the members of any group g depend on.
 */
static void carry(const tl_ir *ir, const uint32_t *group, size_t base, uint64_t *reach,
		  uint64_t *behind, size_t words, size_t word)
{
	for (size_t i = 0; i < ir->ordered; i++) {
		uint32_t v = ir->order[i], g = group[v];
		const tl_value_ir *x = &ir->value[v];
		uint64_t bits = 0;
		for (uint32_t k = 0; k < x->operands; k++)
			bits |= reach[ir->operand[x->first + k]];
		if (g != TL_IR_NONE) {
			behind[g * words + word] |= bits;
			if (g >= base && g < base + 64)
				bits |= (uint64_t)1 << (g - base);
		}
		reach[v] = bits;
	}
}

/* behind[g]: a row of bits, the groups that members of g depend on; NULL when memory is short. */
static uint64_t *depend(tl_ir *ir, const uint32_t *group, size_t groups)
{
	size_t words = (groups + 63) / 64;
	uint64_t *behind = tl_ir_take_zero(ir, groups * words + 1, sizeof *behind);
	uint64_t *reach = tl_ir_take(ir, ir->values + 1, sizeof *reach);
	for (size_t w = 0; behind && reach && w < words; w++)
		carry(ir, group, w * 64, reach, behind, words, w);
	return reach ? behind : NULL;
}

static bool bit(const uint64_t *row, size_t i)
{
	return row[i / 64] >> (i % 64) & 1;
}

bool *tl_find_recurrent(tl_ir *ir)
{
	bool *recurrent = tl_ir_take_zero(ir, ir->values + 1, sizeof *recurrent);
	uint32_t *group = tl_ir_take(ir, ir->values + 1, sizeof *group);
	uint32_t *of = tl_ir_take(ir, ir->values + 1, sizeof *of); /* per weight: its group */
	size_t groups = 0;
	if (ir->short_of_memory)
		return NULL;
	memset(group, 0xff, ir->values * sizeof *group);
	memset(of, 0xff, ir->values * sizeof *of);
	for (size_t i = 0; i < ir->ordered; i++) {
		uint32_t v = ir->order[i];
		if (!tl_ir_is(ir, v, &tl_op_matmul))
			continue;
		uint32_t b = tl_ir_operand(ir, v, 1);
		if (!ir->value[b].leaf)
			continue;
		if (of[b] == TL_IR_NONE)
			of[b] = (uint32_t)groups++;
		group[v] = of[b];
	}
	uint64_t *behind = depend(ir, group, groups);
	size_t words = (groups + 63) / 64;
	if (!behind)
		return NULL;
	for (size_t b = 0; b < ir->values; b++)
		if (of[b] != TL_IR_NONE)
			recurrent[b] = bit(behind + of[b] * words, of[b]);
	return recurrent;
}

bool *tl_find_contractible(tl_ir *ir, const uint32_t *group, size_t groups)
{
	bool *accept = tl_ir_take_zero(ir, groups + 1, sizeof *accept);
	uint64_t *behind = depend(ir, group, groups);
	size_t words = (groups + 63) / 64;
	if (!accept || !behind)
		return NULL;
	/*
	 * Accept one after the other. Each accepted group's row is kept closed: it has everything
	 * that can be reached through accepted groups. g is refused if its closed row has g itself.
	 */
	for (size_t g = 0; g < groups; g++) {
		uint64_t *row = behind + g * words;
		for (size_t h = 0; h < g; h++)
			if (accept[h] && bit(row, h))
				for (size_t w = 0; w < words; w++)
					row[w] |= behind[h * words + w];
		accept[g] = !bit(row, g);
		for (size_t h = 0; accept[g] && h < g; h++)
			if (accept[h] && bit(behind + h * words, g))
				for (size_t w = 0; w < words; w++)
					behind[h * words + w] |= row[w];
	}
	return accept;
}

/* Backwards: a value is a sink if each of its users is, and passes it on unchanged or added up. */
bool *tl_find_sinks(tl_ir *ir)
{
	bool *sink = tl_ir_take(ir, ir->values + 1, sizeof *sink);
	if (!sink)
		return NULL;
	memset(sink, 1, ir->values);
	for (size_t i = ir->ordered; i-- > 0;) {
		const tl_value_ir *x = &ir->value[ir->order[i]];
		bool passes =
			sink[ir->order[i]] &&
			(x->op == &tl_op_add || x->op == &tl_op_add_n || x->op == &tl_op_slice ||
			 x->op == &tl_op_reshape || x->op == &tl_op_sum);
		for (uint32_t k = 0; k < x->operands; k++)
			sink[ir->operand[x->first + k]] &= passes;
	}
	return sink;
}

uint32_t *tl_count_rows(tl_ir *ir)
{
	uint32_t *rows = tl_ir_take_zero(ir, ir->values + 1, sizeof *rows);
	for (size_t i = 0; rows && i < ir->ordered; i++) {
		const tl_value_ir *x = &ir->value[ir->order[i]];
		if (x->op != &tl_op_matmul || x->shape.rank != 2)
			continue;
		uint32_t *r = &rows[ir->operand[x->first + 1]];
		int64_t sum = *r + x->shape.dim[0];
		*r = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
	}
	return rows;
}

bool tl_is_sum(const tl_ir *ir, uint32_t v)
{
	const tl_value_ir *x = &ir->value[v];
	if (x->op == &tl_op_add_n)
		return true;
	return x->op == &tl_op_add &&
	       tl_shape_same(&x->shape, &ir->value[ir->operand[x->first]].shape) &&
	       tl_shape_same(&x->shape, &ir->value[ir->operand[x->first + 1]].shape);
}
