/* A list of two or three, so searching it is nothing. */
#include "graph/attach.h"

#include "base/memory.h"

#include <stdalign.h>
#include <stddef.h>

struct tl_attachment {
	struct tl_attachment *next;
	tl_attached_end *end;
	alignas(max_align_t) char memory[];
};

void *tl_attached(const tl_tape *t, tl_attached_end *end)
{
	struct tl_attachment *a = t->attachments;
	while (a && a->end != end)
		a = a->next;
	return a ? a->memory : NULL;
}

void *tl_attach(tl_tape *t, tl_attached_end *end, size_t bytes)
{
	void *there = tl_attached(t, end);
	struct tl_attachment *a = there ? NULL : tl_alloc_zero(sizeof *a + bytes);
	if (!a)
		return there;
	a->next = t->attachments;
	a->end = end;
	t->attachments = a;
	return a->memory;
}

void tl_attached_finish(tl_tape *t)
{
	for (struct tl_attachment *a = t->attachments, *next; a; a = next) {
		next = a->next;
		a->end(a->memory);
		tl_free(a);
	}
	t->attachments = NULL;
}
