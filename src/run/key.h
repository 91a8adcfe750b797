/*
 * Keys: all that something cached depends on, as words.
 *
 * THE INVARIANT. A cached program is used again only where every word it was compiled from is there
 * again. Two keys are made, each in one function of key.c, from everything that is read:
 *
 * - of a program: the signatures of the nodes it computes and who uses whom among them, by place in
 *   the part; shape and type of each value it reads that is already known; which places are
 *   outputs; the options of the compiler;
 * - of a pass (a backward pass, found before its adjoints are recorded): the signatures and
 *   operands of all that was recorded, the numbers of full tensors, which nodes have values, by
 *   whichever executor, the loss, what is to be assigned.
 *
 * A signature (graph/signature.h) stands for an op, its attributes, a shape and a type, and equal
 * numbers mean equal signatures. Data and addresses are no part of a key because they are no part
 * of what is filed either: a run finds both anew, on the tape as it is. The words are stored with
 * what they are the key of and compared to the last one after the hash, so a hit that is wrong
 * would need something that is read and not listed here. What is filed never changes.
 */
#ifndef TL_RUN_KEY_H
#define TL_RUN_KEY_H

#include "run/compile.h"
#include "run/part.h"

/* A key to look for: words where they lie, in several spans. The first span has the lengths of the
 * others. */
typedef struct tl_span {
	const void *at;
	size_t bytes;
} tl_span;

enum { TL_KEY_SPANS = 6 };

typedef struct tl_key {
	tl_span span[TL_KEY_SPANS];
	int spans, loose; /* the last `loose` of them are compared but not hashed */
	uint64_t hash;
} tl_key;

/* A key that is kept: its words in one piece. */
typedef struct tl_kept_key {
	uint64_t hash;
	char *bytes;
	size_t size, room, loose;
} tl_kept_key;

bool tl_key_keep(tl_kept_key *kept, const tl_key *key);
bool tl_key_same(const tl_kept_key *kept, const tl_key *key);
/* The same but for the loose spans. */
bool tl_key_alike(const tl_kept_key *kept, const tl_key *key);

/* The key of the program for this part, those of these nodes that are not known being asked for;
 * words has those of the part. False when out of memory. */
bool tl_key_of_program(const tl_tape *tape, const tl_part *part, void *const *known,
		       tl_words *words, const uint32_t *ids, size_t count,
		       const tl_compile_options *options, tl_key *key);

/* What the key of a pass is made of: taken before the adjoints are recorded, and as good after. */
typedef struct tl_pass_state {
	struct {
		uint32_t nodes, operands, numbers, known, assigned, loss, dtype, shadow;
		int64_t recompute;
	} head;
	uint32_t *id; /* nodes that have values, then those that are assigned */
	size_t room;
	uint64_t evaluations, draws; /* not of the key: to tell that adjoints did neither */
} tl_pass_state;

bool tl_pass_state_take(const tl_tape *tape, void *const *known, uint32_t loss,
			tl_pass_state *state);
tl_key tl_key_of_pass(const tl_tape *tape, const tl_pass_state *state);

#endif
