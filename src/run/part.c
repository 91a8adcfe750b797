/* Listing a part of a tape, without recursion and without a look at the rest of the tape. */
#include "run/part.h"

#include <stdlib.h>
#include <string.h>

/* Stands for the value of a node while the node is in the list. */
static char pending;

static bool list(tl_part *part, uint32_t node)
{
	if (!tl_array_reserve(&part->node, &part->room, part->nodes + 1, sizeof *part->node))
		return false;
	part->node[part->nodes++] = node;
	return true;
}

static bool push(tl_part *part, void **value, uint32_t id)
{
	if (value[id])
		return true;
	if (!list(part, id))
		return false;
	value[id] = &pending;
	return true;
}

/*
 * Put the list in order. Usually it is most of a stretch of the tape, and a pass over that stretch
 * is faster than sorting; a few nodes far apart are sorted.
 */
static void order(tl_part *part, void **value)
{
	if (!part->nodes)
		return;
	uint32_t low = part->node[0], high = low;
	for (size_t i = 0; i < part->nodes; i++) {
		low = part->node[i] < low ? part->node[i] : low;
		high = part->node[i] > high ? part->node[i] : high;
	}
	if ((high - low) / 16 > part->nodes) {
		qsort(part->node, part->nodes, sizeof *part->node, tl_by_number);
		return;
	}
	part->nodes = 0;
	for (uint32_t id = low; id <= high; id++)
		if (value[id] == &pending)
			part->node[part->nodes++] = id;
}

tl_status tl_part_collect(tl_tape *t, void **value, tl_part *part, const uint32_t *ids,
			  size_t count)
{
	bool room = true;
	part->nodes = 0;
	for (size_t i = 0; room && i < count; i++)
		room = push(part, value, ids[i]);
	for (size_t next = 0; room && next < part->nodes; next++) {
		const tl_node *n = tl_node_at(t, part->node[next]);
		for (uint32_t k = 0; room && k < n->operands; k++)
			room = push(part, value, t->operand[n->first + k]);
	}
	order(part, value);
	part->computed = part->nodes;
	for (size_t i = 0; i < part->nodes; i++)
		value[part->node[i]] = NULL;
	return room ? TL_OK : tl_report_memory(t, "evaluate");
}

bool tl_words_push(tl_words *w, uint32_t word)
{
	if (!tl_array_reserve(&w->word, &w->room, w->count + 1, sizeof *w->word))
		return false;
	w->word[w->count++] = word;
	return true;
}

/* Of a value that is known, a program sees shape and type, whatever computed it. */
static uint32_t known_signature(tl_tape *t, const tl_node *n)
{
	static const tl_op known = {.name = "known"};
	tl_signature s = {&known, NULL, 0, n->shape, n->dtype, 0};
	return tl_signature_number(&t->signatures, &s);
}

static bool list_operand(tl_tape *t, tl_part *part, tl_words *words, uint32_t o)
{
	uint32_t *place = part->place;
	/* a known node has no place in this list yet, or one left from another list */
	if (place[o] && place[o] <= part->nodes && part->node[place[o] - 1] == o)
		return tl_words_push(words, place[o]);
	uint32_t signature = known_signature(t, tl_node_at(t, o));
	if (!signature || !list(part, o))
		return false;
	place[o] = (uint32_t)part->nodes;
	return tl_words_push(words, place[o]) && tl_words_push(words, signature);
}

bool tl_part_list(tl_tape *t, tl_part *part, tl_words *words)
{
	size_t before = part->place_room;
	if (!tl_array_reserve(&part->place, &part->place_room, t->nodes, sizeof *part->place))
		return false;
	memset(part->place + before, 0, (part->place_room - before) * sizeof *part->place);
	words->count = 0;
	for (size_t i = 0; i < part->computed; i++)
		part->place[part->node[i]] = (uint32_t)i + 1;
	for (size_t i = 0; i < part->computed; i++) {
		const tl_node *n = tl_node_at(t, part->node[i]);
		/* the signature says how many operands follow; a place that is new to the list says
		 * that a known value's signature does */
		if (!tl_words_push(words, t->signature[part->node[i]]))
			return false;
		for (uint32_t k = 0; k < n->operands; k++)
			if (!list_operand(t, part, words, t->operand[n->first + k]))
				return false;
	}
	return true;
}

void tl_part_finish(tl_part *part)
{
	tl_free(part->node);
	tl_free(part->place);
}
