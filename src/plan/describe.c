/* A program in words: one line an instruction. */
#include "plan/program.h"

#include <stdio.h>

static const char *const strip_names[TL_STRIP_OPS] = {
	[TL_STRIP_COPY] = "copy",
	[TL_STRIP_NEG] = "neg",
	[TL_STRIP_ABS] = "abs",
	[TL_STRIP_SIGN] = "sign",
	[TL_STRIP_FLOOR] = "floor",
	[TL_STRIP_EXP] = "exp",
	[TL_STRIP_LOG] = "log",
	[TL_STRIP_SQRT] = "sqrt",
	[TL_STRIP_RSQRT] = "rsqrt",
	[TL_STRIP_SQUARE] = "square",
	[TL_STRIP_RECIPROCAL] = "reciprocal",
	[TL_STRIP_SIN] = "sin",
	[TL_STRIP_COS] = "cos",
	[TL_STRIP_TANH] = "tanh",
	[TL_STRIP_SIGMOID] = "sigmoid",
	[TL_STRIP_RELU] = "relu",
	[TL_STRIP_LEAKY_RELU] = "leaky_relu",
	[TL_STRIP_ELU] = "elu",
	[TL_STRIP_SOFTPLUS] = "softplus",
	[TL_STRIP_HARD_SIGMOID] = "hard_sigmoid",
	[TL_STRIP_HARD_TANH] = "hard_tanh",
	[TL_STRIP_CLAMP] = "clamp",
	[TL_STRIP_FILL] = "fill",
	[TL_STRIP_ADD] = "add",
	[TL_STRIP_SUB] = "sub",
	[TL_STRIP_MUL] = "mul",
	[TL_STRIP_DIV] = "div",
	[TL_STRIP_POW] = "pow",
	[TL_STRIP_MAX] = "max",
	[TL_STRIP_MIN] = "min",
	[TL_STRIP_LT] = "less",
	[TL_STRIP_LE] = "less_equal",
	[TL_STRIP_GT] = "greater",
	[TL_STRIP_GE] = "greater_equal",
	[TL_STRIP_EQ] = "equal",
	[TL_STRIP_NE] = "not_equal",
	[TL_STRIP_WHERE] = "where",
	[TL_STRIP_KEEP] = "keep",
	[TL_STRIP_SUM] = "sum",
};

/* Where memory is: a4096 is in the arena, o64 in the outputs, l2 a leaf, g0 a gradient. */
static void print_memory(const tl_code *code, const tl_instruction *i, FILE *file)
{
	for (int m = 0; m <= i->operands; m++) {
		const tl_root *r = &code->root[i->memory[m].root];
		const char *before = m == 0 ? "" : m == i->operands ? " -> " : " ";
		if (r->kind == TL_ROOT_LEAF)
			fprintf(file, "%sl%u", before, (unsigned)r->node);
		else
			fprintf(file, "%s%c%lld", before,
				r->kind == TL_ROOT_TEMP     ? 'a'
				: r->kind == TL_ROOT_OUTPUT ? 'o'
							    : 'g',
				(long long)(r->at + i->memory[m].offset));
	}
}

static void print_product(const tl_instruction *i, FILE *file)
{
	const tl_gemm *g = &i->product.gemm;
	fprintf(file, "product [%lld,%lld]%s [%lld,%lld]%s", (long long)g->m, (long long)g->k,
		g->a_col == 1 ? "" : "^T", (long long)g->k, (long long)g->n,
		i->product.packed || g->b_col == 1 ? "" : "^T");
	if (i->product.batch > 1)
		fprintf(file, " x %lld", (long long)i->product.batch);
	if (i->product.packed)
		fprintf(file, ", right packed");
}

static void print_pack(const tl_instruction *i, FILE *file)
{
	const tl_gemm *g = &i->product.gemm;
	fprintf(file, "pack [%lld,%lld]%s", (long long)g->k, (long long)g->n,
		g->b_col == 1 ? "" : "^T");
}

static void print_strip(const tl_instruction *i, FILE *file)
{
	const tl_strip *s = &i->strip.strip;
	int first = 0;
	while (first < 3 && s->dim[first] == 1)
		first++;
	fprintf(file, "strip [");
	for (int d = first; d < 4; d++)
		fprintf(file, "%s%lld", d > first ? "," : "", (long long)s->dim[d]);
	fprintf(file, "]");
	for (int k = 0; k < s->steps; k++)
		fprintf(file, " %s", strip_names[s->step[k].op]);
}

static double flops_of(const tl_instruction *i)
{
	const tl_gemm *g = &i->product.gemm;
	return i->kind == TL_RUN_GEMM
		       ? 2.0 * (double)g->m * (double)g->n * (double)g->k * (double)i->product.batch
		       : 0;
}

static void print_time(const tl_instruction *i, double nanoseconds, FILE *file)
{
	fprintf(file, "%10.2f us ", nanoseconds / 1e3);
	if (flops_of(i) > 0 && nanoseconds > 0)
		fprintf(file, "%6.1f GFLOP/s  ", flops_of(i) / nanoseconds);
	else
		fprintf(file, "%16s", "");
}

void tl_code_print(const tl_code *code, const double *nanoseconds, int64_t runs, FILE *file)
{
	for (size_t n = 0; n < code->instructions; n++) {
		const tl_instruction *i = &code->instruction[n];
		fprintf(file, "%5zu %c%c ", n, i->barrier ? '=' : ' ', i->shared ? '*' : ' ');
		if (nanoseconds && runs)
			print_time(i, nanoseconds[n] / (double)runs, file);
		if (i->kind == TL_RUN_GEMM)
			print_product(i, file);
		else if (i->kind == TL_RUN_PACK)
			print_pack(i, file);
		else if (i->kind == TL_RUN_STRIP)
			print_strip(i, file);
		else
			fprintf(file, "%s", i->kernel.op->name);
		fprintf(file, "  ");
		print_memory(code, i, file);
		fprintf(file, "\n");
	}
	fprintf(file,
		"%zu instructions, %.0f operations in products, %lld bytes of temporaries, "
		"%d thread%s\n"
		"in the order they run; * shared by the team, = after a barrier; ^T from "
		"transposed "
		"memory; a: the arena of temporaries, at this byte; o: outputs; g: gradients that "
		"are "
		"added to; l: a leaf\n",
		code->instructions, code->flops, (long long)code->arena_bytes, code->threads,
		code->threads == 1 ? "" : "s");
}
