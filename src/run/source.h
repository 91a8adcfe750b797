/*
 * A source: where the data of a leaf lies, and how the numbers of a program are made of it. The one
 * place that knows what an input, a constant, a full tensor and a parameter are to whoever reads
 * them: the reference executor, the compiled one, programs that users hold.
 */
#ifndef TL_RUN_SOURCE_H
#define TL_RUN_SOURCE_H

#include "graph/graph.h"

typedef struct tl_source {
	const tl_op *op;        /* input, constant, full or param */
	tl_param *param;        /* of op param */
	const void *data;       /* NULL: none was given yet; of a full tensor, none is needed */
	double number;          /* of op full */
	tl_dtype stored, dtype; /* of the data; of the program's numbers */
	int64_t size;
} tl_source;

/* The source of a leaf of this tape. */
tl_source tl_source_of(const tl_tape *tape, uint32_t leaf);

/* Was no data given where some is needed? */
static inline bool tl_source_is_missing(const tl_source *s)
{
	return s->op != &tl_op_full && !s->data && s->size;
}

/* The same number, once: what a program needs of a full tensor. */
tl_source tl_source_of_number(double number, tl_dtype dtype);

/* Can it be read where it lies? Otherwise tl_source_read needs memory for the program's numbers. */
static inline bool tl_source_lies(const tl_source *s)
{
	return s->data && s->stored == s->dtype;
}

size_t tl_source_bytes(const tl_source *source);

/* The program's numbers: the data itself where it lies, or `room` after they were put there. */
void *tl_source_read(const tl_source *source, void *room);

/* One number of an array, whatever its type. */
static inline double tl_number_at(const void *array, tl_dtype dtype, int64_t i)
{
	return dtype == TL_F32   ? (double)((const float *)array)[i]
	       : dtype == TL_F64 ? ((const double *)array)[i]
				 : (double)((const int32_t *)array)[i];
}

/* to += from, or to = from; both real. */
void tl_store(void *to, tl_dtype to_type, const void *from, tl_dtype from_type, int64_t size,
	      bool add);

#endif
