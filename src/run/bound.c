/* Memory for programs, and storing what they computed. */
#include "run/bound.h"

#include <string.h>

static bool grow(char **memory, size_t *room, size_t bytes)
{
	if (bytes <= *room)
		return true;
	char *grown = tl_alloc(bytes);
	if (!grown)
		return false;
	tl_free(*memory);
	*memory = grown;
	*room = bytes;
	return true;
}

bool tl_bind(tl_bound *b, const tl_compiled *program, char *outputs)
{
	const tl_code *code = &program->code;
	b->program = program;
	b->sinks = 0;
	if (!grow(&b->temporaries, &b->temporary_room,
		  (size_t)code->arena_bytes + code->workspace * (size_t)code->threads +
			  2 * TL_ALIGN) ||
	    !tl_array_reserve(&b->base, &b->base_room, code->roots + 1, sizeof *b->base) ||
	    !tl_array_reserve(&b->key, &b->key_room, code->keys + 1, sizeof *b->key))
		return false;
	char *temporaries = tl_aligned(b->temporaries);
	for (size_t r = 0; r < code->roots; r++)
		if (code->root[r].kind == TL_ROOT_TEMP || code->root[r].kind == TL_ROOT_OUTPUT)
			b->base[r] = (code->root[r].kind == TL_ROOT_TEMP ? temporaries : outputs) +
				     code->root[r].at;
	return true;
}

void tl_bound_finish(tl_bound *b)
{
	tl_free(b->base);
	tl_free(b->key);
	tl_free(b->temporaries);
	tl_free(b->zeros);
	tl_free(b->sink);
}

void tl_sink_store(const tl_sink *s, const void *value)
{
	if (s->to)
		tl_store(s->to, s->stored, value, s->dtype, s->size, s->add);
}

bool tl_bound_add_sink(tl_bound *b, const tl_sink *sink)
{
	if (!tl_array_reserve(&b->sink, &b->sink_room, b->sinks + 1, sizeof *b->sink))
		return false;
	b->sink[b->sinks++] = *sink;
	return true;
}

static bool reads_from(const tl_bound *b, const char *block, const char *end)
{
	const tl_code *code = &b->program->code;
	for (size_t i = 0; i < code->leaves; i++) {
		const char *base = b->base[code->leaf[i]];
		if (base < end && base + code->root[code->leaf[i]].bytes > block)
			return true;
	}
	return false;
}

/* Does a leaf lie in gradients that are to be added to while it is still read? */
static bool reads_gradients(const tl_bound *b, const tl_set_use *set, size_t sets)
{
	for (size_t s = 0; s < sets; s++) {
		int64_t count;
		const char *block = tl_params_gradients(set[s].set, &count);
		if (block &&
		    reads_from(b, block,
			       block + (size_t)count * tl_dtype_size(tl_params_dtype(set[s].set))))
			return true;
	}
	return false;
}

static bool is_added(const tl_bound *b, const tl_sink *s)
{
	return b->program->code.output_added[s->output];
}

bool tl_bound_aim_sinks(tl_bound *b, const tl_set_use *set, size_t sets)
{
	const tl_code *code = &b->program->code;
	bool reads = b->sinks && reads_gradients(b, set, sets);
	size_t bytes = TL_ALIGN;
	for (size_t i = 0; reads && i < b->sinks; i++)
		if (is_added(b, &b->sink[i]))
			bytes += tl_aligned_size(
				(size_t)code->root[code->output_root[b->sink[i].output]].bytes);
	if (reads && !grow(&b->zeros, &b->zero_room, bytes))
		return false;
	if (reads)
		memset(b->zeros, 0, bytes);
	char *zeros = reads ? tl_aligned(b->zeros) : NULL;
	for (size_t i = 0; i < b->sinks; i++) {
		const tl_sink *s = &b->sink[i];
		if (!is_added(b, s))
			continue;
		uint32_t root = code->output_root[s->output];
		b->base[root] = reads ? zeros : s->to;
		if (reads)
			zeros += tl_aligned_size((size_t)code->root[root].bytes);
	}
	return true;
}

/* What the program did not add to the gradients itself. */
static void store_sinks(const tl_bound *b)
{
	for (size_t i = 0; i < b->sinks; i++) {
		const tl_sink *s = &b->sink[i];
		const void *from = tl_bound_output(b, s->output);
		if (!is_added(b, s) || from != s->to)
			tl_sink_store(s, from);
	}
}

tl_status tl_bound_run(tl_bound *b, tl_run_context *c)
{
	const tl_code *code = &b->program->code;
	c->base = b->base;
	c->key = b->key;
	c->workspace =
		(char *)tl_aligned(b->temporaries) + tl_aligned_size((size_t)code->arena_bytes);
	tl_status status = tl_code_run(code, c);
	if (!status)
		store_sinks(b);
	return status;
}

const char *tl_bound_problem(const tl_run_context *c, tl_status status)
{
	return *c->problem ? c->problem : tl_status_text(status);
}
