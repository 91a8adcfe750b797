/* The graph of values: building with hash-consing, replacing, ordering. */
#include "ir/ir.h"

#include "base/random.h"

#include <string.h>

const tl_op tl_op_copy = {
	.name = "copy",
	.doc = "x in other memory; made by the compiler",
	.operand_count = 1,
	.shape = tl_shape_like_first,
	.step = &tl_step_kinds[TL_STRIP_copy],
};

void tl_ir_finish(tl_ir *ir)
{
	tl_free(ir->value);
	tl_free(ir->operand);
	tl_free(ir->replaced);
	tl_free(ir->table);
	tl_free(ir->output);
	tl_free(ir->sink);
	tl_free(ir->order);
	tl_arena_finish(&ir->arena);
	tl_arena_finish(&ir->scratch);
	*ir = (tl_ir){0};
}

static uint32_t out_of_memory(tl_ir *ir)
{
	ir->short_of_memory = true;
	return TL_IR_NONE;
}

void *tl_ir_take(tl_ir *ir, size_t count, size_t element)
{
	size_t bytes = count < SIZE_MAX / element ? count * element : SIZE_MAX;
	void *memory = tl_arena_take(&ir->scratch, bytes, TL_ALIGN);
	if (!memory)
		out_of_memory(ir);
	return memory;
}

void *tl_ir_take_zero(tl_ir *ir, size_t count, size_t element)
{
	void *memory = tl_ir_take(ir, count, element);
	return memory ? memset(memory, 0, count * element) : NULL;
}

bool tl_ir_reserve(tl_ir *ir, void *array_pointer, size_t *room, size_t need, size_t element)
{
	if (!tl_arena_reserve(&ir->scratch, array_pointer, room, need, element))
		out_of_memory(ir);
	return !ir->short_of_memory;
}

uint32_t tl_ir_now(tl_ir *ir, uint32_t v)
{
	while (ir->replaced[v] != v) {
		ir->replaced[v] = ir->replaced[ir->replaced[v]];
		v = ir->replaced[v];
	}
	return v;
}

uint32_t tl_ir_operand(tl_ir *ir, uint32_t v, uint32_t k)
{
	return tl_ir_now(ir, ir->operand[ir->value[v].first + k]);
}

void tl_ir_replace(tl_ir *ir, uint32_t old, uint32_t by)
{
	by = tl_ir_now(ir, by);
	old = tl_ir_now(ir, old);
	if (old == by)
		return;
	ir->replaced[old] = by;
	ir->in_order = false;
}

void tl_ir_set_operand(tl_ir *ir, uint32_t v, uint32_t k, uint32_t by)
{
	ir->operand[ir->value[v].first + k] = by;
	ir->in_order = false;
}

/* Values */

static size_t attr_bytes(const tl_op *op, size_t operands)
{
	return op->attr_size + operands * op->attr_each;
}

static uint32_t append(tl_ir *ir, const tl_op *op, const void *attr, const uint32_t *operand,
		       size_t operands, tl_shape shape, tl_dtype dtype)
{
	size_t bytes = attr_bytes(op, operands);
	void *kept = NULL;
	if (!tl_array_reserve(&ir->value, &ir->value_room, ir->values + 1, sizeof *ir->value) ||
	    !tl_array_reserve(&ir->replaced, &ir->replaced_room, ir->values + 1,
			      sizeof *ir->replaced) ||
	    !tl_array_reserve(&ir->operand, &ir->operand_room, ir->operands + operands,
			      sizeof *ir->operand) ||
	    (bytes && !(kept = tl_arena_take(&ir->arena, bytes, 8))))
		return out_of_memory(ir);
	if (bytes)
		memcpy(kept, attr, bytes);
	if (operands)
		memcpy(ir->operand + ir->operands, operand, operands * sizeof *operand);
	uint32_t id = (uint32_t)ir->values++;
	ir->value[id] = (tl_value_ir){.op = op,
				      .attr = kept,
				      .first = (uint32_t)ir->operands,
				      .operands = (uint32_t)operands,
				      .node = TL_IR_NONE,
				      .shape = shape,
				      .dtype = dtype};
	ir->replaced[id] = id;
	ir->operands += operands;
	return id;
}

uint32_t tl_ir_leaf(tl_ir *ir, const tl_op *op, const void *attr, uint32_t node, tl_shape shape,
		    tl_dtype dtype)
{
	uint32_t id = append(ir, op, attr, NULL, 0, shape, dtype);
	if (id != TL_IR_NONE) {
		ir->value[id].node = node;
		ir->value[id].when = node;
		ir->value[id].leaf = true;
	}
	return id;
}

static uint32_t hash_of(const tl_op *op, const void *attr, const uint32_t *operand, size_t operands,
			const tl_shape *shape)
{
	uint64_t h = (uint64_t)(uintptr_t)op;
	const unsigned char *bytes = attr;
	for (size_t i = 0, n = attr_bytes(op, operands); i + 8 <= n; i += 8) {
		uint64_t word;
		memcpy(&word, bytes + i, 8);
		h = tl_mix(h + word);
	}
	for (size_t i = 0; i < operands; i++)
		h = tl_mix(h + operand[i] + 1);
	for (int i = 0; i < shape->rank; i++)
		h = tl_mix(h + (uint64_t)shape->dim[i]);
	return (uint32_t)h;
}

static bool same(const tl_ir *ir, uint32_t v, const tl_op *op, const void *attr,
		 const uint32_t *operand, size_t operands, const tl_shape *shape)
{
	const tl_value_ir *x = &ir->value[v];
	size_t bytes = attr_bytes(op, operands);
	return x->op == op && x->operands == operands && tl_shape_same(&x->shape, shape) &&
	       (!bytes || !memcmp(x->attr, attr, bytes)) &&
	       (!operands || !memcmp(ir->operand + x->first, operand, operands * sizeof *operand));
}

static bool table_grow(tl_ir *ir)
{
	size_t size = ir->table_size ? ir->table_size * 2 : 1024;
	tl_hashed_ir *table = tl_alloc(size * sizeof *table);
	if (!table)
		return false;
	memset(table, 0xff, size * sizeof *table);
	for (size_t i = 0; i < ir->table_size; i++) {
		if (ir->table[i].value == TL_IR_NONE)
			continue;
		size_t at = ir->table[i].hash & (size - 1);
		while (table[at].value != TL_IR_NONE)
			at = (at + 1) & (size - 1);
		table[at] = ir->table[i];
	}
	tl_free(ir->table);
	ir->table = table;
	ir->table_size = size;
	return true;
}

/* What draws random numbers is not the same twice; a copy is made to be other memory. */
static bool can_share(const tl_op *op)
{
	return !op->random && op != &tl_op_copy;
}

/* A number the compiler does not know: it may differ from run to run. */
const tl_op tl_op_number = {
	.name = "number",
	.doc = "one number, read when a program runs",
	.shape = tl_shape_like_first,
};

/* A product of one stretch of the tape does not serve another, or it would be kept that long. */
static bool apart(const tl_ir *ir, uint32_t v, uint32_t when)
{
	return ir->boundaries && ir->value[v].op == &tl_op_matmul &&
	       tl_ir_segment(ir, ir->value[v].when) != tl_ir_segment(ir, when);
}

uint32_t tl_ir_as_given(tl_ir *ir, const tl_op *op, const void *attr, const uint32_t *operand,
			size_t operands, tl_shape shape, tl_dtype dtype, uint32_t when)
{
	if (ir->values * 2 >= ir->table_size && !table_grow(ir))
		return out_of_memory(ir);
	uint32_t hash = hash_of(op, attr, operand, operands, &shape), found;
	size_t at = hash & (ir->table_size - 1);
	for (; can_share(op) && (found = ir->table[at].value) != TL_IR_NONE;
	     at = (at + 1) & (ir->table_size - 1))
		if (ir->table[at].hash == hash &&
		    same(ir, found, op, attr, operand, operands, &shape) &&
		    !apart(ir, found, when)) {
			tl_value_ir *x = &ir->value[found];
			if (when < x->when && !x->leaf) /* as early as anyone asks */
				x->when = when;
			return tl_ir_now(ir, found);
		}
	uint32_t id = append(ir, op, attr, operand, operands, shape, dtype);
	if (id == TL_IR_NONE)
		return id;
	ir->value[id].when = when;
	if (can_share(op))
		ir->table[at] = (tl_hashed_ir){id, hash};
	return id;
}

uint32_t tl_ir_again(tl_ir *ir, uint32_t v, const uint32_t *operand, uint32_t when)
{
	const tl_value_ir x = ir->value[v];
	uint32_t id = append(ir, x.op, x.attr, operand, x.operands, x.shape, x.dtype);
	if (id != TL_IR_NONE) {
		ir->value[id].when = when;
		ir->value[id].node = x.node;
	}
	return id;
}

uint32_t tl_ir_segment(const tl_ir *ir, uint32_t when)
{
	size_t low = 0, high = ir->boundaries;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (ir->boundary[middle] <= when)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

/* Order: a depth-first walk from the outputs, with a stack of its own */

bool tl_ir_order(tl_ir *ir)
{
	if (ir->in_order)
		return true;
	for (size_t i = 0; i < ir->values; i++) {
		ir->value[i].live = false;
		ir->value[i].uses = 0;
	}
	/* the stack holds values; a value met again with its flag set is done with its operands */
	tl_mark mark = tl_arena_mark(&ir->scratch);
	uint32_t *stack =
		tl_ir_take(ir, 2 * ir->values + ir->operands + ir->outputs + 1, sizeof *stack);
	if (!stack ||
	    !tl_array_reserve(&ir->order, &ir->order_room, ir->values, sizeof *ir->order)) {
		out_of_memory(ir);
		return false;
	}
	size_t depth = 0;
	ir->ordered = 0;
	for (size_t i = ir->outputs; i-- > 0;) {
		ir->output[i] = tl_ir_now(ir, ir->output[i]);
		ir->value[ir->output[i]].uses++;
		stack[depth++] = ir->output[i];
	}
	while (depth) {
		uint32_t v = stack[--depth];
		if (v & 0x80000000u) {
			ir->order[ir->ordered++] = v & 0x7fffffffu;
			continue;
		}
		tl_value_ir *x = &ir->value[v];
		if (x->live)
			continue;
		x->live = true;
		stack[depth++] = v | 0x80000000u;
		for (uint32_t k = x->operands; k-- > 0;) {
			uint32_t o = ir->operand[x->first + k] =
				tl_ir_now(ir, ir->operand[x->first + k]);
			ir->value[o].uses++;
			if (!ir->value[o].live)
				stack[depth++] = o;
		}
	}
	tl_arena_reset_to(&ir->scratch, mark);
	ir->in_order = true;
	return true;
}
