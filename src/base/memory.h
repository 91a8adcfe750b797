/* Memory: the process's allocator, arenas that free all at once, arrays that grow. */
#ifndef TL_BASE_MEMORY_H
#define TL_BASE_MEMORY_H

#include <tapeloop/base.h>

/* TL_API, though no header of users has them: the companion library calls them (tapeloop.map). */
TL_API void *tl_alloc(size_t bytes); /* NULL when there is none; bytes may be 0 */
TL_API void *tl_alloc_zero(size_t bytes);
TL_API void *tl_realloc(void *memory, size_t bytes);
TL_API void tl_free(void *memory); /* NULL is fine */

/* What vector code likes to find: the next place, or size, that is a multiple of TL_ALIGN. */
enum { TL_ALIGN = 64 };

static inline void *tl_aligned(void *memory)
{
	return (char *)memory + (-(uintptr_t)memory & (TL_ALIGN - 1));
}

static inline size_t tl_aligned_size(size_t bytes)
{
	return (bytes + TL_ALIGN - 1) & ~(size_t)(TL_ALIGN - 1);
}

/* For qsort: numbers of nodes and values, in order. */
int tl_by_number(const void *a, const void *b);

/*
 * An arena hands out memory that lives until the arena is reset. Resetting makes one block of as
 * much as was needed, so that the next round of the same size allocates nothing, and one that
 * grows slowly does not gather blocks.
 */
typedef struct tl_arena {
	struct tl_arena_block *first, *current;
	size_t used;   /* bytes of the current block ... */
	size_t filled; /* ... and of those before it */
	size_t total;  /* bytes handed out since the last reset */
	size_t held;   /* bytes of all blocks */
	size_t wanted; /* what the next block should have at least */
	int idle;      /* how many resets ago most of it was needed */
} tl_arena;

void *tl_arena_take(tl_arena *arena, size_t bytes,
		    size_t align); /* align: a power of 2, at most 64 */
void tl_arena_reset(tl_arena *arena);
void tl_arena_finish(tl_arena *arena);

/* How far an arena is filled: resetting to a mark gives back what was taken since, and keeps the
 * blocks for what is taken next. */
typedef struct tl_mark {
	struct tl_arena_block *block;
	size_t used, filled, total;
} tl_mark;

tl_mark tl_arena_mark(const tl_arena *arena);
void tl_arena_reset_to(tl_arena *arena, tl_mark mark);

/*
 * Make room for `need` elements in an array that has `*room`; at least doubles. False when memory
 * is short, and then the array is as it was.
 */
TL_API bool tl_array_reserve(void *array_pointer, size_t *room, size_t need, size_t element);

/* The same for an array in an arena, which is moved there when it grows. */
bool tl_arena_reserve(tl_arena *arena, void *array_pointer, size_t *room, size_t need,
		      size_t element);

#endif
