/*
 * Which instructions the whole team works on, and where it has to meet. Cheap instructions are left
 * to the first thread. A barrier comes before an instruction that touches memory which another
 * thread may still be writing or reading.
 */
#include "code/share.h"
#include "base/team.h"

enum {
	WORTH = 2500,    /* nanoseconds: a barrier and cold caches cost some hundred */
	PROGRAM = 30000, /* all shared work of a program that is worth waking a team for ... */
	SHARE = 2,       /* ... and which is at least one part in so many of the whole */
	MOST_TOUCHED = 96
};

typedef struct touched {
	uint32_t root; /* outputs and leaves */
	int64_t from, to;
	bool temporary, written;
} touched;

static bool is_written(const tl_instruction *i, int m)
{
	if (i->kind != TL_RUN_STRIP)
		return m == i->operands;
	for (int s = 0; s < i->strip.strip.steps; s++)
		if (i->strip.strip.step[s].to == m)
			return true;
	return false;
}

static touched touch_of(const tl_code *code, const tl_instruction *i, int m)
{
	const tl_root *r = &code->root[i->memory[m].root];
	return (touched){.root = i->memory[m].root,
			 .from = r->at,
			 .to = r->at + r->bytes,
			 .temporary = r->kind == TL_ROOT_TEMP,
			 .written = is_written(i, m)};
}

static bool clash(const touched *a, const touched *b)
{
	if (!(a->written || b->written) || a->temporary != b->temporary)
		return false;
	return a->temporary ? a->from < b->to && b->from < a->to : a->root == b->root;
}

/* What was touched since the last barrier; when there is no more room, everything may have been. */
typedef struct touched_list {
	touched item[MOST_TOUCHED];
	int count;
	bool full;
} touched_list;

static void note(touched_list *list, const tl_code *code, const tl_instruction *i)
{
	for (int m = 0; m <= i->operands && !list->full; m++) {
		if (list->count == MOST_TOUCHED)
			list->full = true;
		else
			list->item[list->count++] = touch_of(code, i, m);
	}
}

static bool clashes(const touched_list *list, const tl_code *code, const tl_instruction *i)
{
	for (int m = 0; !list->full && m <= i->operands; m++) {
		touched t = touch_of(code, i, m);
		for (int k = 0; k < list->count; k++)
			if (clash(&t, &list->item[k]))
				return true;
	}
	return list->full;
}

static bool can_share(const tl_instruction *i)
{
	return i->kind != TL_RUN_KERNEL || i->kernel.op->parallel;
}

static void place_barriers(tl_code *code)
{
	touched_list shared = {.count = 0}, alone = {.count = 0};
	for (size_t n = 0; n < code->instructions; n++) {
		tl_instruction *i = &code->instruction[n];
		i->barrier = clashes(&shared, code, i) || (i->shared && clashes(&alone, code, i));
		if (i->barrier) {
			shared.count = alone.count = 0;
			shared.full = alone.full = false;
		}
		note(i->shared ? &shared : &alone, code, i);
	}
}

void tl_share_work(tl_code *code)
{
	double shared = 0, all = 0;
	code->threads = tl_team_size();
	for (size_t n = 0; n < code->instructions; n++) {
		tl_instruction *i = &code->instruction[n];
		i->shared = code->threads > 1 && i->cost >= WORTH && can_share(i);
		shared += i->shared ? i->cost : 0;
		all += i->cost;
	}
	if (shared < PROGRAM || shared * SHARE < all)
		code->threads = 1;
	if (code->threads > 1)
		place_barriers(code);
}
