/*
 * From a graph of values to a program: values get their places, the memory that they lie in becomes
 * roots, instructions follow in their order, and what is known of them all is added.
 */
#include "code/code.h"
#include "code/assign.h"
#include "code/schedule.h"
#include "code/share.h"
#include "passes/passes.h"

#include <string.h>

static bool reserve(tl_emitter *e)
{
	tl_ir *ir = e->ir;
	size_t n = ir->values + 1;
	e->inside = tl_ir_take_zero(ir, n, sizeof *e->inside);
	e->adds = tl_ir_take_zero(ir, n, sizeof *e->adds);
	e->root = tl_ir_take(ir, n, sizeof *e->root);
	e->packs = tl_ir_take_zero(ir, 2 * n, sizeof *e->packs);
	e->packed = tl_ir_take(ir, 2 * n, sizeof *e->packed);
	if (ir->short_of_memory)
		return false;
	if (ir->imported) {
		if (!(e->maker = tl_ir_take(ir, n, sizeof *e->maker)))
			return false;
		memset(e->maker, 0xff, n * sizeof *e->maker);
	}
	memset(e->root, 0xff, n * sizeof *e->root);
	memset(e->packed, 0xff, 2 * n * sizeof *e->packed);
	return tl_emit_list_nodes(e);
}

static void count_packs(tl_emitter *e)
{
	const tl_ir *ir = e->ir;
	for (size_t i = 0; i < ir->ordered; i++) {
		const tl_value_ir *x = &ir->value[ir->order[i]];
		if (x->op == &tl_op_matmul && x->shape.rank == 2)
			e->packs[2 * ir->operand[x->first + 1] +
				 (uint32_t)((const tl_matmul_attr *)x->attr)->transpose_b] +=
				(uint32_t)x->shape.dim[0];
	}
}

/* Roots: one for each value that heads memory, as large as what lies in it. */
static bool make_roots(tl_emitter *e)
{
	tl_ir *ir = e->ir;
	for (size_t i = 0; i < ir->ordered; i++) {
		uint32_t v = ir->order[i], head = e->layout.place[v].root;
		const tl_value_ir *x = &ir->value[v];
		if (tl_is_constant(x) || tl_is_view(x) || head == TL_IR_NONE)
			continue;
		if (e->root[head] == TL_IR_NONE) {
			e->root[head] = tl_emit_root(
				e, ir->value[head].leaf ? TL_ROOT_LEAF : TL_ROOT_TEMP, 0);
			if (e->root[head] == TL_IR_NONE)
				return false;
			e->code->root[e->root[head]].node = ir->value[head].node;
		}
		if (e->layout.at[v].parent != TL_IR_NONE)
			continue;
		tl_root *r = &e->code->root[e->root[head]];
		int64_t end = (e->layout.place[v].offset + tl_elements(&x->shape)) *
			      (int64_t)tl_dtype_size(x->dtype);
		if (end > r->bytes)
			r->bytes = end;
	}
	return true;
}

/* Can the one instruction that makes the k-th output add it to what the caller has? */
static bool can_add(const tl_emitter *e, size_t k)
{
	uint32_t v = e->ir->output[k];
	const tl_value_ir *x = &e->ir->value[v];
	const tl_root *r = &e->code->root[e->root[e->layout.place[v].root]];
	bool product = x->op == &tl_op_matmul && x->shape.rank == 2;
	return e->ir->sink && e->ir->sink[k] && x->uses == 1 && r->kind == TL_ROOT_TEMP &&
	       (product || x->op->accumulates) && e->layout.at[v].parent == TL_IR_NONE &&
	       r->bytes == tl_elements(&x->shape) * (int64_t)tl_dtype_size(x->dtype);
}

static bool make_outputs(tl_emitter *e)
{
	tl_code *code = e->code;
	code->outputs = e->ir->outputs;
	code->output_root =
		tl_arena_take(&code->memory, (code->outputs + 1) * sizeof *code->output_root, 8);
	code->output_offset =
		tl_arena_take(&code->memory, (code->outputs + 1) * sizeof *code->output_offset, 8);
	code->output_added = tl_arena_take(&code->memory, code->outputs + 1, 1);
	if (!code->output_root || !code->output_offset || !code->output_added)
		return false;
	for (size_t i = 0; i < code->outputs; i++) {
		const tl_place *p = &e->layout.place[e->ir->output[i]];
		code->output_root[i] = e->root[p->root];
		code->output_offset[i] =
			p->offset * (int64_t)tl_dtype_size(e->ir->value[e->ir->output[i]].dtype);
		tl_root *root = &code->root[e->root[p->root]];
		e->adds[e->ir->output[i]] = code->output_added[i] = can_add(e, i);
		if (root->kind == TL_ROOT_TEMP)
			root->kind = code->output_added[i] ? TL_ROOT_ADDED : TL_ROOT_OUTPUT;
	}
	return true;
}

static bool list_leaves(tl_code *code)
{
	for (size_t r = 0; r < code->roots; r++)
		code->leaves += code->root[r].kind == TL_ROOT_LEAF;
	code->leaf = tl_arena_take(&code->memory, (code->leaves + 1) * sizeof *code->leaf, 4);
	for (size_t r = 0, k = 0; code->leaf && r < code->roots; r++)
		if (code->root[r].kind == TL_ROOT_LEAF)
			code->leaf[k++] = (uint32_t)r;
	return code->leaf != NULL;
}

static bool list_kernels(tl_code *code)
{
	for (size_t n = 0; n < code->instructions; n++)
		code->kernels += code->instruction[n].kind == TL_RUN_KERNEL;
	code->kernel = tl_arena_take(&code->memory, (code->kernels + 1) * sizeof *code->kernel, 4);
	for (size_t n = 0, k = 0; code->kernel && n < code->instructions; n++)
		if (code->instruction[n].kind == TL_RUN_KERNEL)
			code->kernel[k++] = (uint32_t)n;
	return code->kernel != NULL;
}

/* A view is made by who makes what it shows. What the compiler knows before is made by nobody. */
static bool list_makers(const tl_emitter *e)
{
	tl_ir *ir = e->ir;
	if (!e->maker)
		return true;
	e->code->maker =
		tl_arena_take(&e->code->memory, (ir->imports + 1) * sizeof *e->code->maker, 4);
	for (size_t i = 0; e->code->maker && i < ir->imports; i++) {
		uint32_t v = tl_ir_now(ir, ir->imported[i]);
		while (e->maker[v] == TL_IR_NONE && tl_is_view(&ir->value[v]))
			v = tl_ir_operand(ir, v, 0);
		e->code->maker[i] = e->maker[v];
	}
	return e->code->maker != NULL;
}

static bool emit(tl_ir *ir, uint32_t passes_on, tl_code *code)
{
	tl_emitter e = {.ir = ir, .code = code};
	code->passes_on = passes_on;
	code->real = ir->real;
	if (!tl_place_values(ir, &e.layout) || !reserve(&e) || !make_roots(&e) || !make_outputs(&e))
		return false;
	count_packs(&e);
	if (!tl_schedule(&e, passes_on >> TL_PASS_strips & 1) || !tl_assign_memory(ir, code) ||
	    !list_kernels(code) || !list_leaves(code) || !list_makers(&e))
		return false;
	tl_share_work(code);
	return true;
}

bool tl_code_emit(tl_ir *ir, uint32_t passes_on, tl_code *code)
{
	tl_mark mark = tl_arena_mark(&ir->scratch);
	bool fine = emit(ir, passes_on, code);
	tl_arena_reset_to(&ir->scratch, mark);
	return fine;
}

void tl_code_finish(tl_code *code)
{
	tl_free(code->instruction);
	tl_free(code->root);
	tl_free(code->key_place);
	tl_arena_finish(&code->memory);
	*code = (tl_code){0};
}

size_t tl_code_bytes(const tl_code *code)
{
	return code->instruction_room * sizeof *code->instruction +
	       code->root_room * sizeof *code->root + code->key_room * sizeof *code->key_place +
	       code->memory.held;
}
