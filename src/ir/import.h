/* From the tape to the graph of values the passes work on. */
#ifndef TL_IR_IMPORT_H
#define TL_IR_IMPORT_H

#include "ir/ir.h"

/*
 * The part of a tape that is to be computed: its nodes by number on the tape, operands first, and
 * after them the nodes that are already known. A program calls a node by its place in this list, so
 * it can be run for another part of another iteration that has the same key.
 */
typedef struct tl_part {
	uint32_t *node;
	size_t nodes, computed; /* the first `computed` are to be computed, leaves among them */
	uint32_t *place;        /* per node of the tape that is in the list: its place + 1 */
	size_t room, place_room;
} tl_part;

/* Values for all of the part; ir->output is left empty. value[i] is what stands for the i-th node.
 */
bool tl_import(const tl_tape *tape, const tl_part *part, tl_ir *ir, uint32_t *value);

#endif
