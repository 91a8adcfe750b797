/*
 * The column sums of matrices that lie together in one matrix are a column sum of that: of rows,
 * all of them; of columns, the block. They do lie together where products of them were joined.
 */
#include "passes/column_sums.h"
#include "ir/compose.h"
#include "ir/identities.h"

#include <string.h>

/* What products read, themselves or as pieces of what they read. */
static bool *find_read(tl_ir *ir)
{
	bool *read = tl_ir_take_zero(ir, ir->values + 1, sizeof *read);
	for (size_t i = ir->ordered; read && i-- > 0;) { /* users before operands */
		const tl_value_ir *x = &ir->value[ir->order[i]];
		bool reads =
			x->op == &tl_op_matmul || (x->op == &tl_op_concat && read[ir->order[i]]);
		for (uint32_t k = 0; reads && k < x->operands; k++)
			read[ir->operand[x->first + k]] = true;
	}
	return read;
}

/*
 * Of two concats with a piece in common: that of columns, and of the more columns, for the fewer
 * sums; and of two that are alike, at all steps the same, the one that was made first.
 */
static bool better(const tl_ir *ir, uint32_t c, uint32_t than)
{
	const tl_value_ir *a = &ir->value[c], *b = &ir->value[than];
	int64_t axis = tl_pieces(a->attr)->axis, other = tl_pieces(b->attr)->axis;
	if (axis != other)
		return axis > other;
	return axis == 1 && a->operands != b->operands ? a->operands > b->operands : c < than;
}

tl_laid_list tl_find_laid(tl_ir *ir)
{
	tl_laid *laid = tl_ir_take(ir, ir->values + 1, sizeof *laid);
	const bool *read = find_read(ir);
	if (!laid || !read)
		return (tl_laid_list){0};
	memset(laid, 0xff, ir->values * sizeof *laid);
	for (size_t i = 0; i < ir->ordered; i++) {
		uint32_t c = ir->order[i];
		const tl_value_ir *x = &ir->value[c];
		if (!read[c] || x->op != &tl_op_concat || x->shape.rank != 2)
			continue;
		for (uint32_t k = 0; k < x->operands; k++) {
			tl_laid *piece = &laid[ir->operand[x->first + k]];
			if (piece->whole == TL_IR_NONE || better(ir, c, piece->whole))
				*piece = (tl_laid){c, k};
		}
	}
	return (tl_laid_list){laid, ir->values};
}

/* Where v lies, if it still does. */
static tl_laid laid_of(tl_ir *ir, const tl_laid_list *list, uint32_t v)
{
	tl_laid at = v < list->values ? list->laid[v] : (tl_laid){TL_IR_NONE, 0};
	if (at.whole != TL_IR_NONE && tl_ir_operand(ir, at.whole, at.piece) != v)
		at.whole = TL_IR_NONE;
	return at;
}

bool tl_is_column_sum(const tl_value_ir *x)
{
	const tl_reduce_attr *a = x->attr;
	return x->op == &tl_op_sum && a->first == 0 && a->count == 1 && !a->keep &&
	       x->shape.rank == 1;
}

static uint32_t column_sum(tl_ir *ir, uint32_t of, tl_shape shape, uint32_t when)
{
	tl_reduce_attr attr = {0, 1, 0};
	if (of == TL_IR_NONE)
		return of;
	return tl_ir_add(ir, &tl_op_sum, &attr, &of, 1, shape, ir->real, when);
}

uint32_t tl_lift_column_sum(tl_ir *ir, const tl_laid_list *list, uint32_t v)
{
	const tl_laid at = laid_of(ir, list, tl_ir_operand(ir, v, 0));
	if (at.whole == TL_IR_NONE)
		return v;
	const tl_slice_attr place = tl_pieces(ir->value[at.whole].attr)[at.piece];
	if (place.axis != 1)
		return v;
	uint32_t when = ir->value[v].when;
	uint32_t sum = column_sum(ir, at.whole, tl_dims(ir->value[at.whole].shape.dim[1]), when);
	return sum == TL_IR_NONE ? sum : tl_ir_slice(ir, sum, 0, place.start, place.count, when);
}

/* The matrix whose rows are all of those that these sum up, each once; or TL_IR_NONE. */
static uint32_t matrix_of_all(tl_ir *ir, const tl_laid_list *list, const tl_member *m, size_t n)
{
	uint32_t all = laid_of(ir, list, tl_ir_operand(ir, m->value, 0)).whole;
	if (all == TL_IR_NONE || ir->value[all].operands != n ||
	    tl_pieces(ir->value[all].attr)->axis != 0)
		return TL_IR_NONE;
	bool *met = tl_ir_take_zero(ir, n, sizeof *met);
	for (size_t i = 0; met && i < n; i++) {
		tl_laid at = laid_of(ir, list, tl_ir_operand(ir, m[i].value, 0));
		if (at.whole != all || met[at.piece])
			return TL_IR_NONE;
		met[at.piece] = true;
	}
	return all;
}

/* The sum of the matrices that these sum up, if their shapes agree; or TL_IR_NONE. */
static uint32_t sum_of_all(tl_ir *ir, const tl_member *m, size_t n, uint32_t when)
{
	uint32_t *term = tl_ir_take(ir, n, sizeof *term);
	for (size_t i = 0; term && i < n; i++) {
		term[i] = tl_ir_operand(ir, m[i].value, 0);
		if (!tl_shape_same(&ir->value[term[0]].shape, &ir->value[term[i]].shape))
			return TL_IR_NONE;
	}
	return tl_ir_sum(ir, term, n, when);
}

uint32_t tl_join_column_sums(tl_ir *ir, const tl_laid_list *list, const tl_member *m, size_t n,
			     uint32_t when)
{
	tl_mark mark = tl_arena_mark(&ir->scratch);
	uint32_t all = matrix_of_all(ir, list, m, n);
	if (all == TL_IR_NONE)
		all = sum_of_all(ir, m, n, when);
	tl_arena_reset_to(&ir->scratch, mark);
	return column_sum(ir, all, ir->value[m->value].shape, when);
}
