/* Instructions from placed values: what all who append some share, and all kinds but strips. */
#ifndef TL_CODE_EMIT_H
#define TL_CODE_EMIT_H

#include "code/place.h"

typedef struct tl_emitter {
	tl_ir *ir;
	tl_placement layout;
	tl_code *code;
	uint32_t *root; /* per value that heads a root: its number in the code, or TL_IR_NONE */
	uint32_t *node; /* per value: the place of the node it is or is of use to, or TL_IR_NONE */
	bool *adds;     /* per value: it is added to what the caller has */
	uint32_t *inside; /* per value: uses within its own group */
	uint32_t *packs;  /* per value and transpose: how many rows are multiplied by it */
	uint32_t *maker;  /* per value: the instruction that makes it; NULL: nobody asks */
	uint32_t *packed; /* per value and transpose: the root of its packed form, or TL_IR_NONE */
} tl_emitter;

/* Each appends instructions; false when memory is short. */
bool tl_emit_product(tl_emitter *e, uint32_t value);
bool tl_emit_kernel(tl_emitter *e, uint32_t value);
bool tl_emit_move(tl_emitter *e, uint32_t value); /* a copy of integers */

/* Fill in e->node. False when memory is short. */
bool tl_emit_list_nodes(tl_emitter *e);

/* A new instruction with room for references to this many values, which are noted as touched. */
tl_instruction *tl_emit_instruction(tl_emitter *e, tl_instruction_kind kind, const uint32_t *values,
				    int count);
/* The value is made by the last instruction. */
void tl_emit_note_maker(tl_emitter *e, uint32_t value);

/* The random stream of the node at this place; TL_IR_NONE when out of memory. */
uint32_t tl_emit_key(tl_emitter *e, uint32_t place);
uint32_t tl_emit_root(tl_emitter *e, tl_root_kind kind, int64_t bytes);
void tl_emit_touch(tl_emitter *e, uint32_t root);

#endif
