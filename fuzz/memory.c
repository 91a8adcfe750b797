/*
 * Freed blocks wait in lists by size, last in, first out. While they wait they are filled with
 * rubbish, and closed to a sanitizer that looks, so that reading them is noticed all the same.
 */
#include "fuzz/memory.h"
#include "tests/sanitized.h"

#include <tapeloop/base.h>

#include <stdlib.h>
#include <string.h>

#if SANITIZED
#include <sanitizer/asan_interface.h>
#define CLOSE(memory, bytes) ASAN_POISON_MEMORY_REGION(memory, bytes)
#define OPEN(memory, bytes)  ASAN_UNPOISON_MEMORY_REGION(memory, bytes)
#else
#define CLOSE(memory, bytes) ((void)0)
#define OPEN(memory, bytes)  ((void)0)
#endif

enum { UNIT = 64, LISTS = 256, MOST = 1 << 28 };

typedef struct head {
	size_t room; /* a multiple of UNIT */
	struct head *next;
} head;

static head *waiting[LISTS];
static int64_t alive;
static size_t in_use;
static int countdown;
static bool stays, failed;

static bool refused(size_t room)
{
	if (in_use + room > MOST)
		return true;
	if (!countdown || --countdown)
		return false;
	countdown = stays;
	return failed = true;
}

static void *take(size_t bytes)
{
	size_t room = (bytes + UNIT) / UNIT * UNIT, list = room / UNIT;
	if (refused(room))
		return NULL;
	head *h = list < LISTS ? waiting[list] : NULL;
	if (h) {
		waiting[list] = h->next;
		OPEN(h + 1, room);
	} else if (!(h = malloc(sizeof *h + room))) {
		return NULL;
	}
	*h = (head){room, NULL};
	in_use += room;
	alive++;
	return h + 1;
}

static void release(void *user, void *memory)
{
	(void)user;
	if (!memory)
		return;
	head *h = (head *)memory - 1;
	size_t list = h->room / UNIT;
	alive--;
	in_use -= h->room;
	if (list >= LISTS) {
		free(h);
		return;
	}
	memset(memory, 0xdb, h->room);
	CLOSE(memory, h->room);
	h->next = waiting[list];
	waiting[list] = h;
}

static void *resize(void *user, void *memory, size_t bytes)
{
	size_t before = memory ? ((head *)memory - 1)->room : 0;
	void *moved = take(bytes);
	if (moved && memory) {
		memcpy(moved, memory, before < bytes ? before : bytes);
		release(user, memory);
	}
	return moved;
}

void fuzz_memory_use(void)
{
	fuzz_memory_fail(0, false);
	tl_set_allocator(&(tl_allocator){resize, release, NULL});
}

void fuzz_memory_fail(int n, bool on)
{
	countdown = n;
	stays = on;
	failed = false;
}

bool fuzz_memory_failed(void)
{
	return failed;
}

int64_t fuzz_memory_blocks(void)
{
	return alive;
}

void fuzz_memory_drop(void)
{
	for (int i = 0; i < LISTS; i++)
		for (head *h; (h = waiting[i]);) {
			waiting[i] = h->next;
			OPEN(h + 1, h->room);
			free(h);
		}
}
