/* A kind of cells by itself: is it all there, and a copy of it. */
#include "cell/cell.h"
#include "cell/kind.h"

#include <string.h>

const char *tl_cell_kind_problem(const tl_cell_kind *kind)
{
	if (!kind)
		return "the kind is NULL";
	if (!kind->name || !*kind->name)
		return "the kind has no name";
	if (!kind->weights || (!kind->step && !kind->tree_step))
		return "the kind has no function for its weights, or none for its step";
	if (!kind->state[0])
		return "the kind has no state";
	return kind->extra_size && !kind->extra_default && !kind->defaults
		       ? "the kind has options and neither preset nor defaults"
		       : NULL;
}

/* Things laid one after the other; with `at` NULL they are counted only. */
struct block {
	char *at;
	size_t used;
};

static void *lay(struct block *b, const void *from, size_t bytes)
{
	void *to = b->at && from ? memcpy(b->at + b->used, from, bytes) : NULL;
	if (from)
		b->used += (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) *
			   sizeof(max_align_t);
	return to;
}

static char *lay_text(struct block *b, const char *text)
{
	return lay(b, text, text ? strlen(text) + 1 : 0);
}

static tl_member *lay_members(struct block *b, const tl_member *members)
{
	size_t count = 0;
	while (members && members[count].name)
		count++;
	tl_member *copy = lay(b, members, (count + 1) * sizeof *members);
	for (size_t i = 0; i < count; i++) {
		const char *name = lay_text(b, members[i].name);
		if (copy)
			copy[i].name = name;
	}
	return copy;
}

static tl_cell_kind *lay_kind(struct block *b, const tl_cell_kind *kind)
{
	tl_cell_kind *copy = lay(b, kind, sizeof *kind), k = *kind;
	k.name = lay_text(b, kind->name);
	k.doc = lay_text(b, kind->doc);
	for (int i = 0; i < TL_MAX_STATES; i++)
		k.state[i] = lay_text(b, kind->state[i]);
	k.extra_default = lay(b, kind->extra_default, kind->extra_size);
	tl_cell_options *sample = lay(b, kind->example, sizeof *sample);
	const void *extra = kind->example ? kind->example->extra : NULL;
	extra = lay(b, extra, kind->extra_size);
	if (sample)
		sample->extra = extra;
	k.example = sample;
	k.extra_members = lay_members(b, kind->extra_members);
	if (copy)
		*copy = k;
	return copy;
}

tl_cell_kind *tl_cell_kind_copy(const tl_cell_kind *kind)
{
	struct block b = {0};
	lay_kind(&b, kind);
	b = (struct block){tl_alloc(b.used), 0};
	if (!b.at)
		return NULL;
	if (kind->text)
		atomic_fetch_add(&kind->text->users, 1);
	return lay_kind(&b, kind);
}

void tl_cell_kind_release(tl_cell_kind *kind)
{
	if (kind && kind->text && atomic_fetch_sub(&kind->text->users, 1) == 1)
		kind->text->destroy(kind->text);
	tl_free(kind);
}
