/*
 * What a held program remembers of the tape, to name its instructions by: the words of
 * tl_tape_print, copied, for when it is printed the tape may be gone.
 */
#include "run/origins.h"
#include "graph/names.h"

#include <string.h>

/* Neighbours mostly have the same scope and are often of the same node: a text like the one before
 * is not copied again. NULL when out of memory. */
static const char *copy_of(tl_arena *words, const char *text, const char *before)
{
	size_t bytes = strlen(text) + 1;
	if (bytes == 1)
		return "";
	if (before && !strcmp(text, before))
		return before;
	char *copy = tl_arena_take(words, bytes, 1);
	return copy ? memcpy(copy, text, bytes) : NULL;
}

static bool describe(const tl_names *names, uint32_t id, tl_arena *words, tl_origin *o,
		     const tl_origin *before)
{
	const tl_node *n = tl_node_at(names->tape, id);
	char text[TL_NAME_TEXT];
	o->node = id;
	o->site = n->site;
	o->step = n->step;
	o->backward = n->primal != 0;
	o->name = copy_of(words, tl_node_name(names, id, text), before ? before->name : NULL);
	o->of = copy_of(words, tl_node_of(names, id, text), before ? before->of : NULL);
	o->scope = copy_of(words, n->scope ? names->tape->scopes[n->scope].path : "",
			   before ? before->scope : NULL);
	return o->name && o->of && o->scope;
}

tl_origin *tl_origins_list(const tl_tape *t, const tl_code *code, const uint32_t *node,
			   tl_arena *words)
{
	tl_names names;
	if (!tl_names_collect(&names, t))
		return NULL;
	tl_origin *origin = tl_alloc((code->instructions + 1) * sizeof *origin);
	bool fine = origin != NULL;
	for (size_t n = 0; fine && n < code->instructions; n++) {
		const tl_instruction *i = &code->instruction[n];
		tl_origin *o = &origin[n];
		*o = (tl_origin){.name = "", .of = "", .scope = "", .step = -1};
		if (i->kind == TL_RUN_KERNEL)
			o->op = i->kernel.place == TL_IR_NONE
					? i->kernel.op->name /* the compiler's own */
					: tl_node_at(t, node[i->kernel.place])->op->name;
		if (i->place != TL_IR_NONE)
			fine = describe(&names, node[i->place], words, o, n ? o - 1 : NULL);
	}
	tl_names_finish(&names);
	if (fine)
		return origin;
	tl_free(origin);
	return NULL;
}
