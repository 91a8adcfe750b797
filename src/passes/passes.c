/* The table of passes, TL_PASSES, and the walk through both. */
#include "passes/passes.h"

#include "base/environment.h"

#include <stdlib.h>
#include <string.h>

/* A stage is done elsewhere: its row has no function. */
#define RUN_ALWAYS(name)     tl_pass_##name
#define RUN_ON_REQUEST(name) tl_pass_##name
#define RUN_AS_STAGE(name)   NULL

#define PASS(name, runs, doc) {#name, RUN_##runs(name), TL_PASS_##runs, doc},
const tl_pass tl_passes[TL_PASS_COUNT] = {
#include "passes/passes.def"
};
#undef PASS

/* The next of the entries among commas and blanks, or NULL. */
static const char *next_entry(const char **at, int *length)
{
	const char *entry = *at + strspn(*at, ", ");
	*length = (int)strcspn(entry, ", ");
	*at = entry + *length;
	return *length ? entry : NULL;
}

/* Which pass "-name" leaves out; TL_PASS_COUNT if there is none of that name. */
static int left_out_by(const char *entry, int length)
{
	int i = 0;
	while (i < TL_PASS_COUNT &&
	       (*entry != '-' || strlen(tl_passes[i].name) != (size_t)length - 1 ||
		strncmp(tl_passes[i].name, entry + 1, (size_t)length - 1)))
		i++;
	return i;
}

uint32_t tl_passes_on(void)
{
	const char *at = tl_environment("TL_PASSES"), *entry;
	uint32_t on = TL_PASSES_ALL;
	int length;
	while (at && (entry = next_entry(&at, &length)))
		on &= ~((uint32_t)1 << left_out_by(entry, length));
	return on;
}

const char *tl_passes_unknown(int *length)
{
	const char *at = tl_environment("TL_PASSES"), *entry;
	while (at && (entry = next_entry(&at, length)))
		if (left_out_by(entry, *length) == TL_PASS_COUNT)
			return entry;
	return NULL;
}

void tl_passes_run(tl_ir *ir, uint32_t on)
{
	tl_mark mark = tl_arena_mark(&ir->scratch);
	for (int i = 0; i < TL_PASS_COUNT && !ir->short_of_memory; i++) {
		if (on >> i & 1 && tl_passes[i].run)
			tl_passes[i].run(ir);
		tl_arena_reset_to(&ir->scratch, mark);
	}
}
