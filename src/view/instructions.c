/*
 * The program beside the tape: what the compiler makes of the loss and the gradients of parameters,
 * or of what nothing on the tape uses if there is no loss. It is run a few times to see how long
 * each instruction takes.
 */
#include "run/program.h"
#include "view/instructions.h"

enum { RUNS = 16 };
static const double LONG_ENOUGH = 5e7; /* nanoseconds of all runs */

/* The loss and the adjoints of parameters that are learned; or all that has no user. NULL when out
 * of memory. */
static tl_tensor *outputs_of(const tl_snapshot *s, int *count)
{
	tl_tape *t = s->tape;
	tl_tensor *out = tl_alloc((s->nodes + 1) * sizeof *out);
	bool *used = tl_alloc_zero(s->nodes);
	*count = 0;
	for (uint32_t id = 1; used && id < s->nodes; id++)
		for (uint32_t k = 0; k < tl_node_at(t, id)->operands; k++)
			used[t->operand[tl_node_at(t, id)->first + k]] = true;
	for (uint32_t id = 1; out && used && id < s->nodes; id++) {
		const tl_node *n = tl_node_at(t, id);
		uint32_t wanted = !s->loss        ? (used[id] || tl_is_leaf(n) ? 0 : id)
				  : id == s->loss ? id
				  : n->op == &tl_op_param && tl_is_learned(t, id) ? s->gradient[id]
										  : 0;
		if (wanted && tl_snapshot_value(s, wanted))
			out[(*count)++] = tl_handle(t, wanted);
	}
	if (!used) {
		tl_free(out);
		out = NULL;
	}
	tl_free(used);
	return out;
}

/* Bytes that the instruction reads and writes. */
static double bytes_of(const tl_instruction *i, size_t real)
{
	const tl_gemm *g = &i->product.gemm;
	const tl_strip *strip = &i->strip.strip;
	double numbers = 0;
	switch (i->kind) {
	case TL_RUN_GEMM:
		numbers = (double)(g->m * g->k + g->k * g->n + g->m * g->n) *
			  (double)i->product.batch;
		break;
	case TL_RUN_PACK:
		numbers = 2.0 * (double)g->k * (double)g->n;
		break;
	case TL_RUN_STRIP:
		for (int m = 0; m < strip->memories; m++) {
			double elements = 1;
			for (int d = 0; d < 4; d++)
				elements *= strip->memory[m].stride[d] ? (double)strip->dim[d] : 1;
			numbers += elements;
		}
		break;
	case TL_RUN_KERNEL:
		for (int m = 0; m <= i->operands; m++)
			numbers += (double)tl_elements(&i->kernel.array[m].shape);
		break;
	}
	return numbers * (double)real;
}

static void write_sizes(tl_json *j, const tl_instruction *i)
{
	const tl_gemm *g = &i->product.gemm;
	tl_json_open(j, "sizes", '[');
	if (i->kind == TL_RUN_GEMM || i->kind == TL_RUN_PACK) {
		tl_json_number(j, NULL, i->kind == TL_RUN_GEMM ? (double)g->m : 0);
		tl_json_number(j, NULL, (double)g->k);
		tl_json_number(j, NULL, (double)g->n);
		tl_json_number(j, NULL, i->kind == TL_RUN_GEMM ? (double)i->product.batch : 1);
	} else if (i->kind == TL_RUN_STRIP) {
		for (int d = 0; d < 4; d++)
			tl_json_number(j, NULL, (double)i->strip.strip.dim[d]);
	}
	tl_json_close(j, ']');
}

static void write_steps(tl_json *j, const tl_instruction *i)
{
	const tl_strip *strip = &i->strip.strip;
	tl_json_open(j, "steps", '[');
	for (int k = 0; i->kind == TL_RUN_STRIP && k < strip->steps; k++)
		tl_json_text(j, NULL,
			     strip->step[k].own ? strip->step[k].own->name
						: tl_step_kinds[strip->step[k].op].name);
	if (i->kind == TL_RUN_KERNEL)
		tl_json_text(j, NULL, i->kernel.op->name);
	tl_json_close(j, ']');
}

static void write_instruction(tl_json *j, const tl_program *p, size_t n)
{
	static const char *const kind[] = {"product", "pack", "strip", "kernel"};
	const tl_instruction *i = &p->compiled.code.instruction[n];
	tl_json_open(j, NULL, '{');
	tl_json_text(j, "kind", kind[i->kind]);
	tl_json_number(j, "node", p->origin[n].node);
	write_sizes(j, i);
	write_steps(j, i);
	tl_json_number(j, "flops", tl_instruction_flops(i));
	tl_json_number(j, "bytes", bytes_of(i, tl_dtype_size(p->compiled.code.real)));
	tl_json_number(j, "nanoseconds", p->runs ? p->nanoseconds[n] / (double)p->runs : 0);
	tl_json_bool(j, "shared", i->shared);
	tl_json_close(j, '}');
}

/* When each piece of the arena is in use: first and last instruction, bytes. */
static bool write_memory(tl_json *j, const tl_code *code)
{
	double *row = tl_alloc((3 * code->roots + 1) * sizeof *row);
	size_t count = 0;
	for (size_t r = 0; row && r < code->roots; r++) {
		const tl_root *root = &code->root[r];
		if (root->kind != TL_ROOT_TEMP || root->born == TL_IR_NONE)
			continue;
		row[count++] = root->born;
		row[count++] = root->dies;
		row[count++] = (double)root->bytes;
	}
	if (row)
		tl_json_array(j, "memory", "f64", row, count);
	tl_free(row);
	return row != NULL;
}

static bool write_program(tl_json *j, const tl_snapshot *s, tl_program *p)
{
	const tl_code *code = &p->compiled.code;
	tl_json_open(j, "program", '{');
	tl_json_number(j, "arena", (double)code->arena_bytes);
	tl_json_number(j, "threads", code->threads);
	tl_json_number(j, "flops", code->flops);
	tl_json_number(j, "runs", (double)p->runs);
	tl_json_open(j, "instructions", '[');
	for (size_t n = 0; n < code->instructions; n++)
		write_instruction(j, p, n);
	tl_json_close(j, ']');
	for (uint32_t id = 0; id < s->nodes; id++)
		p->maker[id]++; /* 0: none */
	tl_json_integers(j, "maker", p->maker, s->nodes);
	bool fine = write_memory(j, code);
	tl_json_close(j, '}');
	return fine;
}

/* The first run warms caches up, and is not counted. */
static void measure(tl_program *p)
{
	double all = 0;
	if (tl_program_run(p))
		return;
	for (size_t n = 0; n < p->compiled.code.instructions; n++)
		p->nanoseconds[n] = 0;
	p->runs = 0;
	for (int k = 0; k < RUNS && all < LONG_ENOUGH; k++) {
		tl_program_run(p);
		all = tl_program_get_stats(p).nanoseconds;
	}
}

/* A program that cannot be made or run is left out: what is wrong is told elsewhere. */
bool tl_instructions_write(tl_json *j, const tl_snapshot *s)
{
	int count;
	tl_tensor *out = outputs_of(s, &count);
	if (!out)
		return false;
	tl_tape_set_executor(s->tape, TL_EXECUTOR_COMPILED);
	tl_program *p =
		count ? tl_program_create(s->tape, (tl_program_options){.outputs = out,
									.output_count = count,
									.profile = true})
		      : NULL;
	tl_free(out);
	bool memory = count && !p && s->tape->problem.status == TL_ERROR_MEMORY;
	if (p) {
		measure(p);
		memory = !write_program(j, s, p);
	}
	tl_program_destroy(p);
	return !memory;
}
