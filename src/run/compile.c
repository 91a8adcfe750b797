/* From a part of a tape to a program: import, passes, emission. And the memory that runs use. */
#include "run/compile.h"
#include "ir/import.h"
#include "passes/passes.h"

#include <string.h>

/* What is asked for; with keep, also whatever else is computed and is not just other strides. */
static bool list_outputs(const tl_tape *t, const tl_plan *p, tl_compiled *c, tl_ir *ir,
			 const uint32_t *value, const uint32_t *ids, size_t count, bool keep,
			 size_t sinks)
{
	const tl_part *part = &p->part;
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
		uint32_t at = i < count ? p->place[ids[i]] - 1 : (uint32_t)(i - count);
		const tl_node *n;
		if (i < count ? p->value[ids[i]] != NULL
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

bool tl_compile(const tl_tape *t, const tl_plan *p, tl_compiled *c, const uint32_t *ids,
		size_t count, const tl_compile_options *o)
{
	tl_ir ir = {.tape = t, .forward = (uint32_t)o->forward, .stretches = o->recompute};
	uint32_t on = tl_passes_on(), *value = tl_alloc((p->part.nodes + 1) * sizeof *value);
	*c = (tl_compiled){.nodes = p->part.nodes};
	bool fine = value && tl_import(t, &p->part, p->place, &ir, value);
	if (fine) {
		/* live values are those that what is asked for needs */
		fine = list_outputs(t, p, c, &ir, value, ids, count, false, o->sinks) &&
		       tl_ir_order(&ir) &&
		       (!o->keep || list_outputs(t, p, c, &ir, value, ids, count, true, 0));
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

/* Frames */

bool tl_frame_reserve(tl_frame *f, const tl_code *code)
{
	size_t bytes =
		(size_t)code->arena_bytes + code->workspace * (size_t)code->threads + 2 * TL_ALIGN;
	if (bytes > f->temporary_room) {
		char *grown = tl_alloc(bytes);
		if (!grown)
			return false;
		tl_free(f->temporaries);
		f->temporaries = grown;
		f->temporary_room = bytes;
	}
	return tl_array_reserve(&f->base, &f->base_room, code->roots + 1, sizeof *f->base) &&
	       tl_array_reserve(&f->key, &f->key_room, code->keys + 1, sizeof *f->key);
}

void tl_frame_finish(tl_frame *f)
{
	tl_free(f->base);
	tl_free(f->key);
	tl_free(f->temporaries);
}

void tl_frame_bind(tl_frame *f, const tl_code *code, char *outputs)
{
	char *temporaries = tl_aligned(f->temporaries);
	for (size_t r = 0; r < code->roots; r++)
		if (code->root[r].kind == TL_ROOT_TEMP || code->root[r].kind == TL_ROOT_OUTPUT)
			f->base[r] = (code->root[r].kind == TL_ROOT_TEMP ? temporaries : outputs) +
				     code->root[r].at;
}

void *tl_frame_workspace(const tl_frame *f, const tl_code *code)
{
	return (char *)tl_aligned(f->temporaries) + tl_aligned_size((size_t)code->arena_bytes);
}

tl_number tl_number_of(double value, tl_dtype dtype)
{
	tl_number n = {0};
	if (dtype == TL_F64)
		n.d = value;
	else
		n.f = (float)value;
	return n;
}

/* Storing results where they belong */

#define STORE(NAME, TO, FROM)                                                                      \
	static void NAME(TO *restrict to, const FROM *restrict from, int64_t size, bool add)       \
	{                                                                                          \
		if (add)                                                                           \
			for (int64_t i = 0; i < size; i++)                                         \
				to[i] = (TO)((double)to[i] + (double)from[i]);                     \
		else                                                                               \
			for (int64_t i = 0; i < size; i++)                                         \
				to[i] = (TO)from[i];                                               \
	}
STORE(store_float_double, float, double)
STORE(store_double_float, double, float)
STORE(store_double, double, double)

static void store_float(float *restrict to, const float *restrict from, int64_t size, bool add)
{
	if (add)
		for (int64_t i = 0; i < size; i++)
			to[i] += from[i];
	else
		memcpy(to, from, (size_t)size * sizeof *to);
}

void tl_store(void *to, tl_dtype to_type, const void *from, tl_dtype from_type, int64_t size,
	      bool add)
{
	if (to_type == TL_F64)
		from_type == TL_F64 ? store_double(to, from, size, add)
				    : store_double_float(to, from, size, add);
	else
		from_type == TL_F64 ? store_float_double(to, from, size, add)
				    : store_float(to, from, size, add);
}

void tl_add_gradient(const tl_tape *t, uint32_t node, const void *dx)
{
	const tl_node *n = tl_node_at(t, node);
	const tl_param *param = tl_param_at(t, node);
	tl_dtype stored;
	if (tl_param_is_stored(t, param, &stored))
		tl_store(tl_param_sink(t, param), stored, dx, n->dtype, tl_shape_size(&n->shape),
			 true);
}
