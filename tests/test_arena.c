/* Arenas: what is taken after a mark is given back by a reset to it, and what was taken before is
 * as it was. */
#include "suite.h"
#include "base/memory.h"

#include <string.h>

/* Fill what was taken with a byte of its own, so that places shared by mistake show. */
static unsigned char *take(tl_arena *a, size_t bytes, int byte)
{
	unsigned char *memory = tl_arena_take(a, bytes, 8);
	ck_assert_ptr_nonnull(memory);
	return memset(memory, byte, bytes);
}

static void has(const unsigned char *memory, size_t bytes, int byte)
{
	size_t same = 0;
	while (same < bytes && memory[same] == byte)
		same++;
	ck_assert_uint_eq(same, bytes);
}

START_TEST(a_reset_to_a_mark_keeps_what_was_before)
{
	static const size_t sizes[] = {0, 1, 100, 5000, 20000, 70000, 300000};
	enum { SIZES = sizeof sizes / sizeof *sizes };
	for (size_t before = 0; before < SIZES; before++)
		for (size_t after = 0; after < SIZES; after++) {
			tl_arena a = {0};
			unsigned char *first = before ? take(&a, sizes[before], 1) : NULL;
			tl_mark mark = tl_arena_mark(&a);
			size_t total = a.total;
			for (size_t i = after; i < SIZES; i++)
				take(&a, sizes[i], 2);
			tl_arena_reset_to(&a, mark);
			ck_assert_uint_eq(a.total, total);
			unsigned char *again[SIZES];
			for (size_t i = 0; i < SIZES; i++) /* other sizes meet the same blocks */
				again[i] = take(&a, sizes[SIZES - 1 - i], 3 + (int)i);
			for (size_t i = 0; i < SIZES; i++)
				has(again[i], sizes[SIZES - 1 - i], 3 + (int)i);
			has(first, first ? sizes[before] : 0, 1);
			tl_arena_reset(&a);
			take(&a, 1000, 9);
			tl_arena_finish(&a);
		}
}
END_TEST

START_TEST(the_same_again_takes_no_new_memory)
{
	tl_arena a = {0};
	take(&a, 100, 1);
	tl_mark mark = tl_arena_mark(&a);
	size_t held = 0;
	for (int round = 0; round < 4; round++) {
		for (size_t bytes = 10; bytes < 200000; bytes *= 3)
			take(&a, bytes, 2);
		if (round)
			ck_assert_uint_eq(a.held, held);
		held = a.held;
		tl_arena_reset_to(&a, mark);
	}
	tl_arena_finish(&a);
}
END_TEST

START_TEST(an_array_that_grows_keeps_its_elements)
{
	tl_arena a = {0};
	uint32_t *number = NULL;
	size_t room = 0;
	for (uint32_t i = 0; i < 10000; i++) {
		ck_assert(tl_arena_reserve(&a, &number, &room, i + 1, sizeof *number));
		number[i] = i;
		if (i % 7 == 0)
			take(&a, i % 300, 0xff);
	}
	for (uint32_t i = 0; i < 10000; i++)
		ck_assert_uint_eq(number[i], i);
	ck_assert(!tl_arena_reserve(&a, &number, &room, SIZE_MAX / 2, sizeof *number));
	ck_assert_uint_eq(number[9999], 9999);
	tl_arena_finish(&a);
}
END_TEST

SUITE("arena", a_reset_to_a_mark_keeps_what_was_before, the_same_again_takes_no_new_memory,
      an_array_that_grows_keeps_its_elements)
