/*
 * Running a program: a loop over its instructions, which every thread of the team walks. Work is
 * divided so that no sum is: the numbers are the same for any number of threads.
 */
#include "code/run.h"
#include "base/team.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

typedef struct running {
	const tl_code *code;
	tl_run_context *context;
	const tl_kernels *kernels;
	atomic_int status; /* of the first kernel that failed; then nothing is computed any more */
} running;

typedef struct share {
	int part, parts;
	void *workspace;
} share;

static void *address(const tl_run_context *c, tl_memory_ref m)
{
	return (char *)c->base[m.root] + m.offset;
}

static void run_gemm(const tl_instruction *i, const running *r, share s)
{
	tl_gemm g = i->product.gemm;
	const char *a = address(r->context, i->memory[0]), *b = address(r->context, i->memory[1]);
	char *out = address(r->context, i->memory[2]);
	for (int64_t item = 0; item < i->product.batch; item++) {
		g.a = a + item * i->product.a_item;
		g.b = b + item * i->product.b_item;
		g.packed = i->product.packed ? b : NULL;
		g.c = out + item * i->product.c_item;
		r->kernels->gemm(&g, s.workspace, s.part, s.parts);
	}
}

static void run_strip(const tl_instruction *i, const running *r, share s)
{
	void *base[TL_STRIP_SLOTS];
	uint64_t key[TL_STRIP_SLOTS];
	for (int m = 0; m <= i->operands; m++)
		base[m] = address(r->context, i->memory[m]);
	for (int n = 0; n < i->strip.keys; n++)
		key[n] = r->context->key[i->strip.key[n]];
	r->kernels->strip(&i->strip.strip, base, key, s.workspace, s.part, s.parts);
}

static void run_kernel(const tl_instruction *i, running *r, share s)
{
	tl_array *array = i->kernel.array;
	char problem[TL_PROBLEM] = "";
	tl_kernel_args run = {.attr = i->kernel.attr,
			      .operands = i->operands,
			      .in = array,
			      .out = array[i->operands],
			      .real = r->code->real,
			      .key = i->kernel.op->random ? r->context->key[i->kernel.key] : 0,
			      .workspace = s.workspace,
			      .part = s.part,
			      .parts = s.parts,
			      .accumulate = i->kernel.add,
			      .message = problem};
	tl_status status = i->kernel.op->kernel(&run);
	int fine = TL_OK;
	if (status && atomic_compare_exchange_strong(&r->status, &fine, (int)status)) {
		memcpy(r->context->problem, problem, sizeof problem);
		r->context->culprit = i->kernel.place;
	}
}

static void run_instruction(const tl_instruction *i, running *r, share s)
{
	switch (i->kind) {
	case TL_RUN_GEMM:
		run_gemm(i, r, s);
		break;
	case TL_RUN_PACK:
		r->kernels->pack(i->product.gemm.k, i->product.gemm.n,
				 address(r->context, i->memory[0]), i->product.gemm.b_row,
				 i->product.gemm.b_col, address(r->context, i->memory[1]), s.part,
				 s.parts);
		break;
	case TL_RUN_STRIP:
		run_strip(i, r, s);
		break;
	case TL_RUN_KERNEL:
		run_kernel(i, r, s);
		break;
	}
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static void walk(void *data, int part, int parts)
{
	running *r = data;
	const tl_code *code = r->code;
	double *nanoseconds = part == 0 ? r->context->nanoseconds : NULL,
	       last = nanoseconds ? now() : 0;
	share whole = {0, 1, r->context->workspace};
	share mine = {part, parts, r->context->workspace + code->workspace * (size_t)part};
	for (size_t n = 0; n < code->instructions; n++) {
		const tl_instruction *i = &code->instruction[n];
		if (i->barrier)
			tl_team_barrier(parts);
		if ((i->shared || part == 0) &&
		    !atomic_load_explicit(&r->status, memory_order_relaxed))
			run_instruction(i, r, i->shared ? mine : whole);
		if (nanoseconds) {
			double then = last;
			nanoseconds[n] += (last = now()) - then;
		}
	}
}

tl_status tl_code_run(const tl_code *code, tl_run_context *c)
{
	running r = {.code = code, .context = c, .kernels = tl_kernels_for(code->real)};
	for (size_t n = 0; n < code->kernels; n++) {
		const tl_instruction *i = &code->instruction[code->kernel[n]];
		for (int m = 0; m <= i->operands; m++)
			i->kernel.array[m].data = address(c, i->memory[m]);
	}
	if (code->threads > 1)
		tl_team_run(code->threads, walk, &r);
	else
		walk(&r, 0, 1);
	return (tl_status)atomic_load(&r.status);
}
