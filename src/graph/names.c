/* Nodes in words: from observations, parameters and places. */
#include "graph/names.h"
#include "graph/leaf.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct tl_named {
	uint32_t node, order;
	const char *name;
} tl_named;

static int by_node(const void *a, const void *b)
{
	const tl_named *x = a, *y = b;
	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

bool tl_names_collect(tl_names *names, const tl_tape *t)
{
	*names = (tl_names){.tape = t, .count = t->observations};
	if (!names->count)
		return true;
	names->named = tl_alloc(names->count * sizeof *names->named);
	for (size_t i = 0; names->named && i < names->count; i++)
		names->named[i] =
			(tl_named){t->observation[i].node, (uint32_t)i, t->observation[i].name};
	if (names->named)
		qsort(names->named, names->count, sizeof *names->named, by_node);
	return names->named != NULL;
}

void tl_names_finish(tl_names *names)
{
	tl_free(names->named);
}

char *tl_names_of(const tl_names *names, uint32_t id, char text[TL_NAME_TEXT])
{
	size_t low = 0, high = names->count;
	int used = 0;
	*text = '\0';
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (names->named[middle].node < id)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t first = low; low < names->count && names->named[low].node == id; low++) {
		if (low > first && !strcmp(names->named[low].name, names->named[low - 1].name))
			continue; /* a state that a step left as it was */
		used += snprintf(text + used, (size_t)(TL_NAME_TEXT - used), "%s%.40s",
				 low > first ? "," : "", names->named[low].name);
		if (used > TL_NAME_TEXT - 42)
			break;
	}
	return text;
}

char *tl_node_title(const tl_node *n, char text[TL_NAME_TEXT])
{
	if (n->op == &tl_op_full)
		snprintf(text, TL_NAME_TEXT, "full %g", ((const tl_full_attr *)n->attr)->value);
	else if (n->op == &tl_op_param)
		snprintf(text, TL_NAME_TEXT, "%s %.100s", n->op->name,
			 tl_param_name(((const tl_param_attr *)n->attr)->param));
	else
		snprintf(text, TL_NAME_TEXT, "%.100s", n->op->name);
	return text;
}

char *tl_node_name(const tl_names *names, uint32_t id, char text[TL_NAME_TEXT])
{
	const tl_node *n = tl_node_at(names->tape, id);
	if (!*tl_names_of(names, id, text) && n->op == &tl_op_param)
		snprintf(text, TL_NAME_TEXT, "%.100s",
			 tl_param_name(((const tl_param_attr *)n->attr)->param));
	return text;
}

char *tl_node_of(const tl_names *names, uint32_t id, char text[TL_NAME_TEXT])
{
	const tl_node *n = tl_node_at(names->tape, id);
	uint32_t of = n->gradient_of ? n->gradient_of : n->primal;
	char name[TL_NAME_TEXT];
	*text = '\0';
	if (!of)
		return text;
	tl_node_name(names, of, name);
	snprintf(text, TL_NAME_TEXT, "%s%u%s%.100s", n->gradient_of ? "d " : "", of,
		 *name ? " " : "", name);
	return text;
}

const char *tl_site_line(const char *site)
{
	const char *slash = site ? strrchr(site, '/') : NULL;
	return slash ? slash + 1 : site ? site : "";
}
