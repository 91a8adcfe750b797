/* Instructions other than strips, and the roots and references they name memory by. */
#include "code/emit.h"
#include "ops/box.h"
#include "base/team.h"

#include <string.h>

uint32_t tl_emit_root(tl_emitter *e, tl_root_kind kind, int64_t bytes)
{
	tl_code *code = e->code;
	if (!tl_array_reserve(&code->root, &code->root_room, code->roots + 1, sizeof *code->root))
		return TL_IR_NONE;
	code->root[code->roots] = (tl_root){.kind = kind, .bytes = bytes, .born = TL_IR_NONE};
	return (uint32_t)code->roots++;
}

uint32_t tl_emit_key(tl_emitter *e, uint32_t place)
{
	tl_code *code = e->code;
	if (!tl_array_reserve(&code->key_place, &code->key_room, code->keys + 1,
			      sizeof *code->key_place))
		return TL_IR_NONE;
	code->key_place[code->keys] = place;
	return (uint32_t)code->keys++;
}

void tl_emit_touch(tl_emitter *e, uint32_t root)
{
	tl_root *r = &e->code->root[root];
	uint32_t now = (uint32_t)e->code->instructions;
	if (r->born == TL_IR_NONE)
		r->born = now;
	r->dies = now;
}

/*
 * What a pass made is no node: it stands for the first of those it replaced, or of those that its
 * users are or stand for.
 */
bool tl_emit_list_nodes(tl_emitter *e)
{
	tl_ir *ir = e->ir;
	e->node = tl_ir_take(ir, ir->values + 1, sizeof *e->node);
	if (!e->node)
		return false;
	for (uint32_t v = 0; v < ir->values; v++)
		e->node[v] = ir->value[v].node;
	for (uint32_t v = 0; v < ir->values; v++) {
		uint32_t now = tl_ir_now(ir, v), node = ir->value[v].node;
		if (ir->value[now].node == TL_IR_NONE && node < e->node[now])
			e->node[now] = node;
	}
	for (size_t i = ir->ordered; i-- > 0;) { /* users before operands */
		uint32_t v = ir->order[i];
		const tl_value_ir *x = &ir->value[v];
		for (uint32_t k = 0; k < x->operands; k++) {
			uint32_t o = ir->operand[x->first + k];
			if (ir->value[o].node == TL_IR_NONE && e->node[v] < e->node[o])
				e->node[o] = e->node[v];
		}
	}
	return true;
}

static tl_memory_ref ref_of(tl_emitter *e, uint32_t v)
{
	const tl_place *p = &e->layout.place[v];
	return (tl_memory_ref){e->root[p->root],
			       p->offset * (int64_t)tl_dtype_size(e->ir->value[v].dtype)};
}

void tl_emit_note_maker(tl_emitter *e, uint32_t v)
{
	if (e->maker)
		e->maker[v] = (uint32_t)e->code->instructions - 1;
}

tl_instruction *tl_emit_instruction(tl_emitter *e, tl_instruction_kind kind, const uint32_t *values,
				    int count)
{
	tl_code *code = e->code;
	tl_memory_ref *memory = tl_arena_take(&code->memory, (size_t)count * sizeof *memory + 1, 8);
	if (!memory || !tl_array_reserve(&code->instruction, &code->instruction_room,
					 code->instructions + 1, sizeof *code->instruction))
		return NULL;
	for (int i = 0; i < count; i++) {
		memory[i] = ref_of(e, values[i]);
		tl_emit_touch(e, memory[i].root);
	}
	tl_instruction *out = &code->instruction[code->instructions++];
	*out = (tl_instruction){.kind = kind,
				.operands = count - 1,
				.memory = memory,
				.place = e->node[values[count - 1]]};
	return out;
}

/* Products */

/* Strides of a matrix operand as multiplied: of a dimension of 1 any stride will do. */
static void matrix_strides(const tl_value_ir *x, const tl_place *p, bool transpose, int64_t *row,
			   int64_t *col)
{
	int r = x->shape.rank - 2, c = r + 1;
	*row = p->stride[transpose ? c : r];
	*col = p->stride[transpose ? r : c];
	if (*row == 1 || *col == 1)
		return;
	if (x->shape.dim[transpose ? c : r] == 1)
		*row = 1;
	else
		*col = 1;
}

static tl_gemm gemm_of(tl_emitter *e, uint32_t v)
{
	const tl_value_ir *x = &e->ir->value[v];
	const uint32_t *operand = e->ir->operand + x->first;
	const tl_value_ir *a = &e->ir->value[operand[0]], *b = &e->ir->value[operand[1]];
	const tl_matmul_attr *attr = x->attr;
	int r = x->shape.rank - 2;
	tl_gemm g = {.m = x->shape.dim[r],
		     .n = x->shape.dim[r + 1],
		     .k = a->shape.dim[attr->transpose_a ? r : r + 1]};
	matrix_strides(a, &e->layout.place[operand[0]], attr->transpose_a, &g.a_row, &g.a_col);
	matrix_strides(b, &e->layout.place[operand[1]], attr->transpose_b, &g.b_row, &g.b_col);
	g.c_row = e->layout.place[v].stride[r];
	return g;
}

/* A matrix that is worth packing has so many numbers, and so many rows go through it, in several
 * products. */
enum { PACK_LEAST = 1024, PACK_ROWS = 8 };

/* The root of the packed right operand, packing it now if this is the first to need it; or
 * TL_IR_NONE. */
static bool packed_operand(tl_emitter *e, uint32_t v, const tl_gemm *g, uint32_t *root)
{
	const tl_value_ir *x = &e->ir->value[v];
	uint32_t b = e->ir->operand[x->first + 1];
	uint32_t key = 2 * b + (uint32_t)((const tl_matmul_attr *)x->attr)->transpose_b;
	*root = TL_IR_NONE;
	if (x->shape.rank != 2 || e->packs[key] <= g->m || e->packs[key] < PACK_ROWS ||
	    g->n * g->k < PACK_LEAST)
		return true;
	if (e->packed[key] == TL_IR_NONE) {
		const tl_kernels *k = tl_kernels_for(e->ir->real);
		uint32_t made = tl_emit_root(e, TL_ROOT_TEMP, (int64_t)k->pack_size(g->k, g->n));
		tl_memory_ref *memory = tl_arena_take(&e->code->memory, 2 * sizeof *memory, 8);
		if (made == TL_IR_NONE || !memory)
			return false;
		tl_emit_touch(e, made);
		tl_instruction *out = tl_emit_instruction(e, TL_RUN_PACK, &b, 1);
		if (!out)
			return false;
		memory[0] = out->memory[0];
		memory[1] = (tl_memory_ref){made, 0};
		out->memory = memory;
		out->operands = 1;
		out->product.gemm = *g;
		out->cost = (double)(g->n * g->k) * 0.3;
		e->packed[key] = made;
	}
	*root = e->packed[key];
	return true;
}

static int64_t item_bytes(const tl_emitter *e, uint32_t v)
{
	const tl_value_ir *x = &e->ir->value[v];
	return x->shape.rank == 3
		       ? x->shape.dim[1] * x->shape.dim[2] * (int64_t)tl_dtype_size(x->dtype)
		       : 0;
}

/* Enough whether the team has it or one thread does it alone. */
static size_t workspace_of(const tl_emitter *e, const tl_gemm *g)
{
	const tl_kernels *k = tl_kernels_for(e->ir->real);
	size_t alone = k->gemm_workspace(g, 1), shared = k->gemm_workspace(g, tl_team_size());
	return alone > shared ? alone : shared;
}

bool tl_emit_product(tl_emitter *e, uint32_t v)
{
	const tl_value_ir *x = &e->ir->value[v];
	uint32_t a = e->ir->operand[x->first], b = e->ir->operand[x->first + 1], packed;
	tl_gemm g = gemm_of(e, v);
	if (!packed_operand(e, v, &g, &packed))
		return false;
	if (packed != TL_IR_NONE)
		tl_emit_touch(e, packed);
	tl_instruction *out = tl_emit_instruction(e, TL_RUN_GEMM, (uint32_t[]){a, b, v}, 3);
	if (!out)
		return false;
	if (packed != TL_IR_NONE) {
		((tl_memory_ref *)out->memory)[1] = (tl_memory_ref){packed, 0};
		out->product.packed = true;
		g.packed = &g; /* so that the workspace asked for is that of a packed product */
	}
	out->workspace = workspace_of(e, &g);
	g.packed = NULL;
	g.accumulate = e->adds[v];
	out->product.gemm = g;
	out->product.batch = !tl_elements(&x->shape) ? 0 : x->shape.rank == 3 ? x->shape.dim[0] : 1;
	out->product.a_item = item_bytes(e, a);
	out->product.b_item = item_bytes(e, b);
	out->product.c_item = item_bytes(e, v);
	double flops = 2.0 * (double)g.m * (double)g.n * (double)g.k * (double)out->product.batch;
	out->cost = flops / 50;
	e->code->flops += flops;
	return true;
}

/* Kernels of ops */

static size_t kernel_workspace(const tl_op *op, tl_kernel_args run)
{
	if (!op->workspace)
		return 0;
	size_t alone = op->workspace(&run);
	run.parts = op->parallel ? tl_team_size() : 1;
	size_t shared = op->workspace(&run);
	return alone > shared ? alone : shared;
}

static bool emit_kernel(tl_emitter *e, uint32_t v, const tl_op *op, const void *from)
{
	tl_ir *ir = e->ir;
	const tl_value_ir *x = &ir->value[v];
	int n = (int)x->operands;
	tl_array *array = tl_arena_take(&e->code->memory, (size_t)(n + 1) * sizeof *array, 8);
	tl_mark mark = tl_arena_mark(&ir->scratch);
	uint32_t *values = tl_ir_take(ir, (size_t)n + 1, sizeof *values);
	size_t attr_bytes = op->attr_size + op->attr_each * x->operands;
	void *attr = tl_arena_take(&e->code->memory, attr_bytes + 1, 8);
	tl_instruction *out = NULL;
	if (array && values && attr) {
		double size = 0;
		if (attr_bytes)
			memcpy(attr, from, attr_bytes);
		for (int k = 0; k <= n; k++) {
			values[k] = k < n ? ir->operand[x->first + (uint32_t)k] : v;
			const tl_value_ir *o = &ir->value[values[k]];
			array[k] = (tl_array){NULL, o->dtype, o->shape, tl_elements(&o->shape)};
			size += (double)array[k].size;
		}
		out = tl_emit_instruction(e, TL_RUN_KERNEL, values, n + 1);
		if (out) {
			out->kernel.op = op;
			out->kernel.add = e->adds[v];
			out->kernel.attr = attr;
			out->kernel.array = array;
			out->kernel.place = x->node;
			tl_kernel_args run = {.attr = attr,
					      .operands = n,
					      .in = array,
					      .out = array[n],
					      .real = ir->real,
					      .parts = 1};
			out->cost = op->cost ? op->cost(&run) : size;
			out->workspace = kernel_workspace(op, run);
			if (op->random && (out->kernel.key = tl_emit_key(e, x->node)) == TL_IR_NONE)
				out = NULL;
		}
	}
	tl_arena_reset_to(&ir->scratch, mark);
	return out != NULL;
}

bool tl_emit_kernel(tl_emitter *e, uint32_t v)
{
	const tl_value_ir *x = &e->ir->value[v];
	return emit_kernel(e, v, x->op, x->attr);
}

/* Integers are moved as they are: a strip would make real numbers of them. */

static tl_status move_kernel(const tl_kernel_args *r)
{
	tl_box_move(r->attr, r->out.dtype, r->out.data, r->in[0].data, false);
	return TL_OK;
}

static const tl_op op_move = {
	.name = "move",
	.doc = "x in other memory, with any strides on both sides",
	.operand_count = 1,
	.attr_size = sizeof(tl_box),
	.shape = tl_shape_like_first,
	.kernel = move_kernel,
};

bool tl_emit_move(tl_emitter *e, uint32_t v)
{
	const tl_value_ir *x = &e->ir->value[v];
	const int64_t *to = e->layout.place[v].stride,
		      *from = e->layout.place[e->ir->operand[x->first]].stride;
	int missing = TL_MAX_RANK - (int)x->shape.rank;
	tl_box b = {.dim = {1, 1, 1, 1}};
	for (int i = 0; i < x->shape.rank; i++) {
		b.dim[missing + i] = x->shape.dim[i];
		b.to[missing + i] = to[i];
		b.from[missing + i] = from[i];
	}
	return emit_kernel(e, v, &op_move, &b);
}
