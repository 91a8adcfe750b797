/*
 * Which instructions the whole team works on, and where it has to meet. Cheap instructions are left
 * to the first thread. A barrier comes before an instruction that touches memory which another
 * thread may still be writing or reading.
 */
#include "plan/emit.h"
#include "plan/team.h"

enum {
	WORTH = 2500,     /* nanoseconds: a barrier and cold caches cost some hundred */
	PROGRAM = 30000,  /* all shared work of a program that is worth waking a team for */
	MOST_TOUCHED = 96 /* between two barriers; more, and there is a barrier */
};

typedef struct touched {
	uint32_t root; /* outputs and leaves */
	int64_t from, to;
	bool temporary, written, shared;
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
			 .written = is_written(i, m),
			 .shared = i->shared};
}

/* Two instructions of the first thread follow one another in any case. */
static bool clash(const touched *a, const touched *b)
{
	if (!(a->written || b->written) || !(a->shared || b->shared) ||
	    a->temporary != b->temporary)
		return false;
	return a->temporary ? a->from < b->to && b->from < a->to : a->root == b->root;
}

static bool can_share(const tl_instruction *i)
{
	return i->kind != TL_RUN_KERNEL || i->kernel.op->divisible;
}

void tl_share_work(tl_code *code)
{
	touched list[MOST_TOUCHED];
	int count = 0;
	double shared = 0;
	code->threads = tl_team_size();
	for (size_t n = 0; n < code->instructions; n++) {
		tl_instruction *i = &code->instruction[n];
		i->shared = code->threads > 1 && i->cost >= WORTH && can_share(i);
		shared += i->shared ? i->cost : 0;
	}
	if (shared < PROGRAM)
		code->threads = 1;
	for (size_t n = 0; code->threads > 1 && n < code->instructions; n++) {
		tl_instruction *i = &code->instruction[n];
		i->barrier = count + i->operands + 1 > MOST_TOUCHED;
		for (int m = 0; !i->barrier && m <= i->operands; m++) {
			touched t = touch_of(code, i, m);
			for (int k = 0; !i->barrier && k < count; k++)
				i->barrier = clash(&t, &list[k]);
		}
		count = i->barrier ? 0 : count;
		for (int m = 0; m <= i->operands && count < MOST_TOUCHED; m++)
			list[count++] = touch_of(code, i, m);
		/* what did not fit: the next instruction waits */
		count = i->operands + 1 > MOST_TOUCHED ? MOST_TOUCHED : count;
	}
}
