/*
 * A part of a tape as a program: code, and the place in the part that each output is the value of.
 * The cache of a tape and the programs that users hold are both made of these.
 */
#ifndef TL_PLAN_COMPILED_H
#define TL_PLAN_COMPILED_H

#include "run/plan.h"
#include "code/code.h"

typedef struct tl_compiled {
	tl_code code;
	size_t nodes;         /* places: which nodes on a tape they are is the caller's to know */
	uint32_t *output;     /* per output: its place */
	int64_t output_bytes; /* of the memory for all outputs that are computed */
} tl_compiled;

/* Compile what plan->part lists, with these of its nodes as outputs. False when out of memory;
 * finish is then still to be called. */
bool tl_compile(const tl_tape *tape, const tl_plan *plan, tl_compiled *c, const uint32_t *ids,
		size_t count, const tl_compile_options *options);
void tl_compiled_finish(tl_compiled *c);
size_t tl_compiled_bytes(const tl_compiled *c);

bool tl_frame_reserve(tl_frame *frame, const tl_code *code);
void tl_frame_finish(tl_frame *frame);
/* Point the roots of temporaries and outputs at their memory; leaves are the caller's. */
void tl_frame_bind(tl_frame *frame, const tl_code *code, char *outputs);
void *tl_frame_workspace(const tl_frame *frame, const tl_code *code);

/* Where the k-th output of a program that ran is. */
static inline void *tl_output_at(const tl_frame *frame, const tl_code *code, size_t k)
{
	return (char *)frame->base[code->output_root[k]] + code->output_offset[k];
}

tl_number tl_number_of(double value, tl_dtype dtype);

/* Add to the gradient of the parameter that this node brings onto the tape. */
void tl_add_gradient(const tl_tape *tape, uint32_t param, const void *dx);

/* to += from, or to = from; both real. */
void tl_store(void *to, tl_dtype to_type, const void *from, tl_dtype from_type, int64_t size,
	      bool add);

#endif
