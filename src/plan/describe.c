/* A program in words: one line an instruction. */
#include "plan/program.h"

#include <stdio.h>

static const char *root_name(const tl_code *code, tl_memory_ref m, char text[40])
{
	static const char *const kind[] = {
		[TL_ROOT_LEAF] = "leaf", [TL_ROOT_TEMP] = "temp", [TL_ROOT_OUTPUT] = "out"};
	snprintf(text, 40, "%s%u+%lld", kind[code->root[m.root].kind], m.root, (long long)m.offset);
	return text;
}

static void print_product(const tl_instruction *i, FILE *file)
{
	const tl_gemm *g = &i->product.gemm;
	fprintf(file, "gemm    %lld x %lld x %lld%s%s%s", (long long)g->m, (long long)g->n,
		(long long)g->k, g->a_col == 1 ? "" : ", a^T",
		i->product.packed ? ", b packed"
		: g->b_col == 1   ? ""
				  : ", b^T",
		g->accumulate ? ", added" : "");
	if (i->product.batch > 1)
		fprintf(file, ", %lld times", (long long)i->product.batch);
}

static void print_strip(const tl_instruction *i, FILE *file)
{
	const tl_strip *s = &i->strip.strip;
	fprintf(file, "strip   %lld x %lld x %lld x %lld, %d steps, %d registers",
		(long long)s->dim[0], (long long)s->dim[1], (long long)s->dim[2],
		(long long)s->dim[3], s->steps, s->registers);
}

void tl_code_print(const tl_code *code, const double *nanoseconds, FILE *file)
{
	char text[40];
	for (size_t n = 0; n < code->instructions; n++) {
		const tl_instruction *i = &code->instruction[n];
		fprintf(file, "%5zu  ", n);
		if (nanoseconds)
			fprintf(file, "%10.0f ns  ", nanoseconds[n]);
		switch (i->kind) {
		case TL_RUN_GEMM:
			print_product(i, file);
			break;
		case TL_RUN_PACK:
			fprintf(file, "pack    %lld x %lld", (long long)i->product.gemm.k,
				(long long)i->product.gemm.n);
			break;
		case TL_RUN_STRIP:
			print_strip(i, file);
			break;
		case TL_RUN_KERNEL:
			fprintf(file, "kernel  %s", i->kernel.op->name);
			break;
		}
		fprintf(file, "  (");
		for (int m = 0; m <= i->operands; m++)
			fprintf(file, "%s%s", m ? " " : "", root_name(code, i->memory[m], text));
		fprintf(file, ")\n");
	}
	fprintf(file, "%zu instructions, %.0f operations, arena of %lld bytes\n",
		code->instructions, code->flops, (long long)code->arena_bytes);
}
