/* Running a program: a loop over its instructions. */
#include "plan/program.h"

#include "base/random.h"

static void *address(const tl_run_context *c, tl_memory_ref m)
{
	return (char *)c->base[m.root] + m.offset;
}

static uint64_t key_of(const tl_run_context *c, uint32_t place)
{
	return tl_random_bits(c->stream, c->node[place]);
}

static void run_gemm(const tl_instruction *i, const tl_kernels *k, const tl_run_context *c)
{
	tl_gemm g = i->product.gemm;
	const char *a = address(c, i->memory[0]), *b = address(c, i->memory[1]);
	char *out = address(c, i->memory[2]);
	for (int64_t item = 0; item < i->product.batch; item++) {
		g.a = a + item * i->product.a_item;
		g.b = b + item * i->product.b_item;
		g.packed = i->product.packed ? b : NULL;
		g.c = out + item * i->product.c_item;
		k->gemm(&g, c->workspace, 0, 1);
	}
}

static void run_strip(const tl_instruction *i, const tl_kernels *k, const tl_run_context *c)
{
	void *base[TL_STRIP_SLOTS];
	uint64_t key[TL_STRIP_SLOTS];
	for (int m = 0; m <= i->operands; m++)
		base[m] = address(c, i->memory[m]);
	for (int n = 0; n < i->strip.keys; n++)
		key[n] = key_of(c, i->strip.key_node[n]);
	k->strip(&i->strip.strip, base, key, c->workspace, 0, 1);
}

static tl_status run_kernel(const tl_instruction *i, tl_dtype real, tl_run_context *c)
{
	tl_array *array = i->kernel.array;
	for (int m = 0; m <= i->operands; m++)
		array[m].data = address(c, i->memory[m]);
	tl_run run = {.attr = i->kernel.attr,
		      .operands = i->operands,
		      .in = array,
		      .out = array[i->operands],
		      .real = real,
		      .key = key_of(c, i->kernel.node),
		      .workspace = c->workspace,
		      .part = 0,
		      .parts = 1,
		      .problem = c->problem};
	tl_status status = i->kernel.op->kernel(&run);
	if (status)
		c->culprit = c->node[i->kernel.node];
	return status;
}

tl_status tl_code_run(const tl_code *code, tl_run_context *c)
{
	const tl_kernels *k = tl_kernels_for(code->real);
	tl_status status = TL_OK;
	for (size_t n = 0; !status && n < code->instructions; n++) {
		const tl_instruction *i = &code->instruction[n];
		switch (i->kind) {
		case TL_RUN_GEMM:
			run_gemm(i, k, c);
			break;
		case TL_RUN_PACK:
			k->pack(i->product.gemm.k, i->product.gemm.n, address(c, i->memory[0]),
				i->product.gemm.b_row, i->product.gemm.b_col,
				address(c, i->memory[1]), 0, 1);
			break;
		case TL_RUN_STRIP:
			run_strip(i, k, c);
			break;
		case TL_RUN_KERNEL:
			status = run_kernel(i, code->real, c);
			break;
		}
	}
	return status;
}
