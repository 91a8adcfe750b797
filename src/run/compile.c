/* From a part of a tape to a program: import, passes, emission. */
#include "run/compile.h"
#include "ir/import.h"
#include "passes/passes.h"

#include <string.h>

/* What is asked for; with keep, also whatever else is computed and is not just other strides. */
static bool list_outputs(const tl_tape *t, const tl_part *part, void *const *known, tl_compiled *c,
			 tl_ir *ir, const uint32_t *value, const uint32_t *ids, size_t count,
			 bool keep, size_t sinks)
{
	size_t most = count + (keep ? part->computed : 0);
	tl_free(c->output);
	c->output = tl_alloc((most + 1) * sizeof *c->output);
	ir->outputs = 0;
	ir->in_order = false;
	tl_free(ir->sink);
	ir->sink = tl_alloc_zero(most + 1);
	if (!c->output || !ir->sink ||
	    !tl_array_reserve(&ir->output, &ir->output_room, most, sizeof *ir->output))
		return false;
	for (size_t i = 0; i < most; i++) {
		uint32_t at = i < count ? part->place[ids[i]] - 1 : (uint32_t)(i - count);
		const tl_node *n;
		if (i < count ? known[ids[i]] != NULL
			      : (n = tl_node_at(t, part->node[at]),
				 tl_is_leaf(n) || n->op->view || !ir->value[value[at]].live))
			continue;
		ir->sink[ir->outputs] = i < sinks;
		c->output[ir->outputs] = at;
		ir->output[ir->outputs++] = value[at];
	}
	return true;
}

static void assign_outputs(tl_compiled *c)
{
	for (size_t r = 0; r < c->code.roots; r++) {
		tl_root *root = &c->code.root[r];
		if (root->kind != TL_ROOT_OUTPUT)
			continue;
		root->at = c->output_bytes;
		c->output_bytes += (int64_t)tl_aligned_size((size_t)root->bytes + 1);
	}
}

bool tl_compile(const tl_tape *t, const tl_part *part, void *const *known, tl_compiled *c,
		const uint32_t *ids, size_t count, const tl_compile_options *o)
{
	tl_ir ir = {.tape = t, .forward = (uint32_t)o->forward, .stretches = o->recompute};
	uint32_t on = tl_passes_on(), *value = tl_alloc((part->nodes + 1) * sizeof *value);
	*c = (tl_compiled){.nodes = part->nodes};
	if (o->explain) {
		ir.imported = value;
		ir.imports = part->nodes;
	}
	bool fine = value && tl_import(t, part, &ir, value);
	if (fine) {
		/* live values are those that what is asked for needs */
		fine = list_outputs(t, part, known, c, &ir, value, ids, count, false, o->sinks) &&
		       tl_ir_order(&ir) &&
		       (!o->keep ||
			list_outputs(t, part, known, c, &ir, value, ids, count, true, 0));
	}
	if (fine && !o->keep)
		tl_passes_run(&ir, on);
	fine = fine && !ir.short_of_memory && tl_code_emit(&ir, on, &c->code);
	if (fine)
		assign_outputs(c);
	tl_ir_finish(&ir);
	tl_free(value);
	return fine;
}

void tl_compiled_finish(tl_compiled *c)
{
	tl_code_finish(&c->code);
	tl_free(c->output);
}

size_t tl_compiled_bytes(const tl_compiled *c)
{
	return tl_code_bytes(&c->code) + c->code.outputs * sizeof *c->output;
}
