/* What bytes ask for; and rounds that come again, a little different. */
#include "fuzz/rounds.h"

#include <string.h>

action action_of(const uint8_t *u)
{
	/* in 256ths */
	static const uint8_t share[ACTIONS] = {
		[RECORD] = 118,     [FREEZE] = 2,    [READ] = 24,      [BACKWARD] = 22,
		[REWIND] = 6,       [REPEAT] = 22,   [COMMIT] = 2,     [STEP] = 5,
		[ZERO] = 2,         [MODE] = 8,      [BIND] = 4,       [FORGET] = 2,
		[DATA_CHANGED] = 1, [ADD] = 2,       [SET] = 3,        [CELL] = 3,
		[TAPE] = 3,         [FAULT] = 5,     [WRONG] = 2,      [HOLD] = 4,
		[RUN] = 9,          [HELD_BIND] = 3, [HELD_CARRY] = 2, [HELD_MEET] = 1,
		[HELD_DROP] = 1};
	unsigned at = u[0];
	for (int a = 0; a < ACTIONS; a++) {
		if (at < share[a])
			return (action)a;
		at -= share[a];
	}
	return RECORD;
}

int tape_of(const uint8_t *u)
{
	return u[1] % 8 > 5;
}

static void unit_of(action wanted, uint64_t *state, uint8_t *to)
{
	do {
		uint64_t x = fuzz_random(state);
		memcpy(to, &x, FUZZ_UNIT);
	} while (action_of(to) != wanted);
}

/*
 * A round again, with a few changes or none: what is next to the same is what a cache may confuse.
 * Something more early in the round moves the numbers of all nodes after it.
 */
static size_t repeat(const fuzz_unit *round, size_t count, uint64_t *state, fuzz_unit *to)
{
	static const action extra[] = {RECORD, RECORD, RECORD,   READ,   FAULT,
				       MODE,   FORGET, BACKWARD, REWIND, FREEZE};
	bool change = fuzz_random(state) % 2, wrong = change && fuzz_random(state) % 3 == 0,
	     more = change && fuzz_random(state) % (wrong ? 4 : 2),
	     less = change && fuzz_random(state) % 3 == 0,
	     other = change && fuzz_random(state) % 4 == 0;
	size_t made = 0, at[3];
	for (int i = 0; i < 3; i++)
		at[i] = fuzz_random(state) % (fuzz_random(state) % 2 ? count : 1 + count / 4);
	action what = extra[fuzz_random(state) % (sizeof extra / sizeof *extra)];
	for (size_t i = 0; i < count; i++) {
		bool drop = less && i == at[1] && i && action_of(round[i]) != RECORD;
		if (!drop)
			memcpy(to[made++], round[i], FUZZ_UNIT);
		if (i == at[0] && more) {
			unit_of(what, state, to[made]);
			to[made++][1] = round[i][1];
		}
		if (drop || action_of(round[i]) != RECORD)
			continue;
		if (i == at[2] && other) /* another number, another operand */
			to[made - 1][4] = to[made - 1][3] = (uint8_t)fuzz_random(state);
		if (wrong &&
		    (record_op_of(round[i]) == R_INDEX || record_op_of(round[i]) == R_GATHER))
			to[made - 1][5] = 250; /* out of range */
	}
	return made;
}

size_t rounds_expand(const fuzz_unit *from, size_t count, fuzz_unit *to)
{
	size_t made = 0, start = 0, length = 0; /* of the round that is repeated */
	for (size_t i = 0; i < count && made < FUZZ_UNITS; i++) {
		action a = action_of(from[i]);
		if (a != REPEAT) {
			if (a == REWIND) {
				start = made;
				length = 0;
			}
			memcpy(to[made++], from[i], FUZZ_UNIT);
			length++;
			continue;
		}
		for (int times = 1 + from[i][7] % 4; length && times > 0; times--) {
			fuzz_unit again[FUZZ_UNITS + 1];
			uint64_t state = from[i][4] + 256u * (unsigned)times;
			size_t n = repeat((const fuzz_unit *)to + start, length, &state, again);
			if (made + n + 1 > FUZZ_UNITS)
				break;
			if (action_of(to[start]) != REWIND)
				unit_of(REWIND, &state, to[made++]);
			memcpy(to[made], again, n * FUZZ_UNIT);
			made += n;
		}
	}
	return made;
}
