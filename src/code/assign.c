/*
 * Temporaries share the arena: going through the instructions in order, a root takes the smallest
 * free stretch that holds it when it is first touched, and gives it back after it is last touched.
 */
#include "code/assign.h"

#include <string.h>

typedef struct stretch {
	int64_t at, bytes;
} stretch;

typedef struct space {
	tl_ir *ir;     /* whose scratch memory it is in */
	stretch *hole; /* sorted by place; no two touch */
	size_t holes, room;
	int64_t end; /* of the arena so far */
} space;

static bool insert(space *s, size_t i, stretch hole)
{
	if (!tl_ir_reserve(s->ir, &s->hole, &s->room, s->holes + 1, sizeof *s->hole))
		return false;
	memmove(s->hole + i + 1, s->hole + i, (s->holes - i) * sizeof *s->hole);
	s->hole[i] = hole;
	s->holes++;
	return true;
}

static void erase(space *s, size_t i)
{
	memmove(s->hole + i, s->hole + i + 1, (s->holes - i - 1) * sizeof *s->hole);
	s->holes--;
}

static int64_t take(space *s, int64_t bytes)
{
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < s->holes; i++)
		if (s->hole[i].bytes >= bytes &&
		    (best == SIZE_MAX || s->hole[i].bytes < s->hole[best].bytes))
			best = i;
	if (best == SIZE_MAX) {
		int64_t at = s->end;
		s->end += bytes;
		return at;
	}
	int64_t at = s->hole[best].at;
	s->hole[best].at += bytes;
	s->hole[best].bytes -= bytes;
	if (!s->hole[best].bytes)
		erase(s, best);
	return at;
}

static bool give(space *s, int64_t at, int64_t bytes)
{
	size_t low = 0, high = s->holes;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (s->hole[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	bool after = low < s->holes && s->hole[low].at == at + bytes;
	bool before = low > 0 && s->hole[low - 1].at + s->hole[low - 1].bytes == at;
	if (before && after) {
		s->hole[low - 1].bytes += bytes + s->hole[low].bytes;
		erase(s, low);
	} else if (before) {
		s->hole[low - 1].bytes += bytes;
	} else if (after) {
		s->hole[low].at = at;
		s->hole[low].bytes += bytes;
	} else {
		return insert(s, low, (stretch){at, bytes});
	}
	return true;
}

/* The temporaries that are first (or last) touched by each instruction, as lists. */
static void list_by(const tl_code *code, bool born, uint32_t *head, uint32_t *next)
{
	memset(head, 0xff, (code->instructions + 1) * sizeof *head);
	for (size_t r = code->roots; r-- > 0;) {
		const tl_root *root = &code->root[r];
		if (root->kind != TL_ROOT_TEMP || root->born == TL_IR_NONE)
			continue;
		uint32_t at = born ? root->born : root->dies;
		next[r] = head[at];
		head[at] = (uint32_t)r;
	}
}

bool tl_assign_memory(tl_ir *ir, tl_code *code)
{
	size_t n = code->instructions + 1;
	uint32_t *born = tl_ir_take(ir, 2 * n + 2 * code->roots + 1, sizeof *born);
	space s = {.ir = ir};
	bool fine = true;
	if (!born)
		return false;
	uint32_t *dies = born + n, *next_born = dies + n, *next_dies = next_born + code->roots;
	list_by(code, true, born, next_born);
	list_by(code, false, dies, next_dies);
	for (size_t i = 0; fine && i < code->instructions; i++) {
		for (uint32_t r = born[i]; r != TL_IR_NONE; r = next_born[r]) {
			code->root[r].bytes =
				(int64_t)tl_aligned_size((size_t)code->root[r].bytes + 1);
			code->root[r].at = take(&s, code->root[r].bytes);
		}
		for (uint32_t r = dies[i]; fine && r != TL_IR_NONE; r = next_dies[r])
			fine = give(&s, code->root[r].at, code->root[r].bytes);
		if (code->instruction[i].workspace > code->workspace)
			code->workspace = code->instruction[i].workspace;
	}
	code->workspace = tl_aligned_size(code->workspace);
	code->arena_bytes = s.end;
	return fine;
}
