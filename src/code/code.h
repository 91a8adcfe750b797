/*
 * A program: a flat list of instructions over a table of roots. A root is a piece of memory: a
 * leaf's data, a stretch of the arena of temporaries, an output. Instructions name memory by root
 * and offset, so the same program runs over other data by filling in the table anew.
 */
#ifndef TL_CODE_CODE_H
#define TL_CODE_CODE_H

#include "ir/ir.h"

/* Where a value is: elements from `offset` on of a root, with a stride for each of its dimensions.
 */
typedef struct tl_place {
	uint32_t root;
	int64_t offset;
	int64_t stride[TL_MAX_RANK];
} tl_place;

typedef enum tl_root_kind {
	TL_ROOT_LEAF,   /* data of a leaf, found when the program is bound */
	TL_ROOT_TEMP,   /* in the arena, shared by values that do not live at the same time */
	TL_ROOT_OUTPUT, /* memory of each run's own */
	TL_ROOT_ADDED,  /* the caller's, which the program adds to */
} tl_root_kind;

typedef struct tl_root {
	tl_root_kind kind;
	uint32_t node; /* leaves: on the tape, by number among the nodes of the program */
	int64_t bytes;
	int64_t at;          /* temporaries: where in the arena */
	uint32_t born, dies; /* first and last instruction that touches it */
} tl_root;

typedef struct tl_memory_ref {
	uint32_t root;
	int64_t offset; /* bytes */
} tl_memory_ref;

typedef enum tl_instruction_kind {
	TL_RUN_GEMM,
	TL_RUN_PACK,
	TL_RUN_STRIP,
	TL_RUN_KERNEL
} tl_instruction_kind;

typedef struct tl_instruction {
	tl_instruction_kind kind;
	int32_t operands;
	const tl_memory_ref *memory; /* operands, then the result */
	size_t workspace;
	double cost;  /* an estimate, in nanoseconds of one thread */
	bool shared;  /* by the team, each thread doing its part; else the first thread's alone */
	bool barrier; /* the team meets before it */
	/* For people: the place of the node whose value it makes, or the first it is of use to if
	 * it makes none; TL_IR_NONE if none is known. Of a strip: the last node in it. */
	uint32_t place;
	union {
		struct {
			tl_gemm gemm;
			int64_t batch, a_item, b_item, c_item; /* bytes from one item to the next */
			bool packed; /* the second operand is what a pack made */
		} product;
		struct {
			tl_strip strip;
			const uint32_t *key; /* streams of the program that it draws from */
			int keys;
		} strip;
		struct {
			const tl_op *op;
			const void *attr;
			tl_array *array; /* shapes of operands and result */
			bool add;
			uint32_t place, key; /* what it computes; its stream, if it is random */
		} kernel;
	};
} tl_instruction;

typedef struct tl_code {
	tl_instruction *instruction;
	size_t instructions, instruction_room;
	tl_root *root;
	size_t roots, root_room;
	uint32_t *output_root; /* where each output starts */
	int64_t *output_offset;
	size_t outputs;
	bool *output_added; /* it is not computed anew but added to what the caller has there */
	uint32_t *kernel;   /* the instructions that are kernels of ops */
	size_t kernels;
	uint32_t *leaf; /* the roots that are leaves */
	size_t leaves;
	uint32_t *key_place; /* per random stream: the place of the node it belongs to */
	size_t keys, key_room;
	int64_t arena_bytes;
	size_t workspace; /* of each thread */
	int threads;      /* how many it is made for */
	/* Per place: the instruction that makes what the node there is, by itself or as a piece of
	 * something larger; TL_IR_NONE: none does. NULL unless it was asked for. */
	uint32_t *maker;
	uint32_t passes_on; /* which TL_PASSES did not leave out when it was made */
	tl_dtype real;
	double flops;
	tl_arena memory; /* owns all of the above but the growing arrays */
} tl_code;

/* From a graph of values whose passes have run to instructions; stages that are not among the
 * passes that are on are left out. False when memory is short. */
bool tl_code_emit(tl_ir *ir, uint32_t passes_on, tl_code *code);
void tl_code_finish(tl_code *code);
size_t tl_code_bytes(const tl_code *code);

#endif
