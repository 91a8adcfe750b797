/* An allocator that counts what is alive, and that fails when it is told to. */
#ifndef TL_TESTS_COUNTING_H
#define TL_TESTS_COUNTING_H

#include <stdlib.h>
#include <tapeloop/base.h>

typedef struct counting {
	int64_t calls;         /* allocations asked for */
	int64_t blocks, bytes; /* alive */
	int64_t most;          /* bytes alive at the worst moment */
	int64_t fail_at;       /* this call returns NULL; 0: none */
	bool fail_on;          /* and so do all that come after it */
} counting;

/* In front of each block, as wide as malloc's alignment. */
typedef union counted_head {
	size_t bytes;
	max_align_t align;
} counted_head;

static void *counting_resize(void *user, void *memory, size_t bytes)
{
	counting *c = user;
	counted_head *head = memory ? (counted_head *)memory - 1 : NULL;
	int64_t before = head ? (int64_t)head->bytes : 0;
	int64_t call = ++c->calls;
	if (bytes > SIZE_MAX / 4 ||
	    (c->fail_at && (c->fail_on ? call >= c->fail_at : call == c->fail_at)))
		return NULL;
	head = realloc(head, sizeof *head + bytes);
	if (!head)
		return NULL;
	head->bytes = bytes;
	c->blocks += !memory;
	c->bytes += (int64_t)bytes - before;
	c->most = c->bytes > c->most ? c->bytes : c->most;
	return head + 1;
}

static void counting_release(void *user, void *memory)
{
	counting *c = user;
	counted_head *head = memory ? (counted_head *)memory - 1 : NULL;
	if (!head)
		return;
	c->blocks--;
	c->bytes -= (int64_t)head->bytes;
	free(head);
}

static inline void counting_start(counting *c)
{
	*c = (counting){0};
	tl_set_allocator(&(tl_allocator){counting_resize, counting_release, c});
}

static inline void counting_stop(void)
{
	tl_set_allocator(NULL);
}

#endif
