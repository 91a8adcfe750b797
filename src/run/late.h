/*
 * Values that were read late: after a backward pass had run that did not keep them. The next time
 * the same pass comes by, its program keeps them. Wishes, no part of any key.
 */
#ifndef TL_RUN_LATE_H
#define TL_RUN_LATE_H

#include <stdint.h>

enum { TL_LATES = 16 };

typedef struct tl_late {
	uint64_t pass; /* the hash of its key */
	uint32_t node;
} tl_late;

typedef struct tl_lates {
	tl_late late[TL_LATES];
	int noted;
	uint64_t last;       /* the hash of the pass that ran last in this generation, ... */
	uint32_t last_nodes; /* of so many nodes; 0: none did */
} tl_lates;

/* A node is read that has no value. */
void tl_late_note(tl_lates *l, uint32_t node);

/* The nodes that were read late after the pass that ran last; returns how many. */
int tl_late_list(const tl_lates *l, uint32_t nodes[TL_LATES]);

#endif
