/* The one place that calls the C library's allocator. */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static void *default_resize(void *user, void *memory, size_t bytes)
{
	(void)user;
	return realloc(memory, bytes ? bytes : 1);
}

static void default_release(void *user, void *memory)
{
	(void)user;
	free(memory);
}

static tl_allocator allocator = {default_resize, default_release, NULL};

void tl_set_allocator(const tl_allocator *a)
{
	allocator = a && a->resize && a->release
			    ? *a
			    : (tl_allocator){default_resize, default_release, NULL};
}

void *tl_realloc(void *memory, size_t bytes)
{
	return allocator.resize(allocator.user, memory, bytes);
}

void *tl_alloc(size_t bytes)
{
	return tl_realloc(NULL, bytes);
}

void *tl_alloc_zero(size_t bytes)
{
	void *p = tl_alloc(bytes);
	return p ? memset(p, 0, bytes) : NULL;
}

void tl_free(void *memory)
{
	if (memory)
		allocator.release(allocator.user, memory);
}

/* Arena */

enum { FIRST_BLOCK = 1 << 14, LARGEST_BLOCK = 1 << 26, LONG_IDLE = 64 };

struct tl_arena_block {
	struct tl_arena_block *next;
	size_t size;
	char *bytes; /* aligned */
};

static struct tl_arena_block *block_create(size_t size)
{
	struct tl_arena_block *b = tl_alloc(sizeof *b + TL_ALIGN + size);
	if (!b)
		return NULL;
	b->next = NULL;
	b->size = size;
	b->bytes = tl_aligned(b + 1);
	return b;
}

static void arena_enter(tl_arena *a, struct tl_arena_block *b)
{
	a->current = b;
	a->filled += a->used;
	a->used = 0;
}

/* On to the next block if one is left from before a mark and large enough, or to a new one. */
static bool arena_advance(tl_arena *a, size_t bytes)
{
	struct tl_arena_block *next = a->current ? a->current->next : NULL;
	if (next && next->size >= bytes) {
		arena_enter(a, next);
		return true;
	}
	size_t size = a->current ? a->current->size * 2 : FIRST_BLOCK;
	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	if (size < a->wanted)
		size = a->wanted;
	struct tl_arena_block *b = block_create(size > bytes ? size : bytes);
	if (!b)
		return false;
	b->next = next;
	*(a->current ? &a->current->next : &a->first) = b;
	a->held += b->size;
	a->wanted = 0;
	arena_enter(a, b);
	return true;
}

void *tl_arena_take(tl_arena *a, size_t bytes, size_t align)
{
	if (bytes > SIZE_MAX / 2)
		return NULL;
	size_t start = (a->used + align - 1) & ~(align - 1);
	if (!a->current || a->current->size < start + bytes) {
		if (!arena_advance(a, bytes))
			return NULL;
		start = 0;
	}
	a->used = start + bytes;
	a->total += bytes;
	return a->current->bytes + start;
}

static void blocks_free(tl_arena *a)
{
	for (struct tl_arena_block *b = a->first, *next; b; b = next) {
		next = b->next;
		tl_free(b);
	}
	a->first = a->current = NULL;
	a->held = 0;
}

void tl_arena_reset(tl_arena *a)
{
	size_t need = a->filled + a->used;
	a->idle = need < a->held / 8 ? a->idle + 1 : 0;
	if ((a->first && a->first->next) || a->idle > LONG_IDLE) {
		blocks_free(a);
		a->wanted = need + need / 8;
		a->idle = 0;
	}
	a->current = a->first;
	a->used = a->filled = a->total = 0;
}

tl_mark tl_arena_mark(const tl_arena *a)
{
	return (tl_mark){a->current, a->used, a->filled, a->total};
}

void tl_arena_reset_to(tl_arena *a, tl_mark m)
{
	a->current = m.block ? m.block : a->first;
	a->used = m.used;
	a->filled = m.filled;
	a->total = m.total;
}

void tl_arena_finish(tl_arena *a)
{
	blocks_free(a);
	*a = (tl_arena){0};
}

/* How much room an array that has too little should have; 0: so much there cannot be. */
static size_t more_room(size_t room, size_t need, size_t element)
{
	size_t more = room < 8 ? 16 : room * 2;
	if (more < need)
		more = need;
	return more > SIZE_MAX / 2 / element ? 0 : more;
}

bool tl_array_reserve(void *array_pointer, size_t *room, size_t need, size_t element)
{
	if (need <= *room)
		return true;
	size_t more = more_room(*room, need, element);
	if (!more)
		return false;
	void *old, *grown;
	memcpy(&old, array_pointer, sizeof old);
	grown = tl_realloc(old, more * element);
	if (!grown)
		return false;
	memcpy(array_pointer, &grown, sizeof grown);
	*room = more;
	return true;
}

bool tl_arena_reserve(tl_arena *arena, void *array_pointer, size_t *room, size_t need,
		      size_t element)
{
	if (need <= *room)
		return true;
	size_t more = more_room(*room, need, element);
	void *old, *grown = more ? tl_arena_take(arena, more * element, TL_ALIGN) : NULL;
	if (!grown)
		return false;
	memcpy(&old, array_pointer, sizeof old);
	if (old)
		memcpy(grown, old, *room * element);
	memcpy(array_pointer, &grown, sizeof grown);
	*room = more;
	return true;
}

int tl_by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}
