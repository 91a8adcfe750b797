/* A text's values as ops on a tape. */
#ifndef TL_EQUATIONS_RECORD_H
#define TL_EQUATIONS_RECORD_H

#include "equations/form.h"

enum { TL_ONCE = INT32_MAX };

/* What a tape keeps, in one block: tensors of weights and values, numbers, when each was made. */
typedef struct tl_bound {
	int32_t step, child_steps; /* the one that is being recorded; those of children, below 0 */
	tl_tensor *weight, *value;
	double *number;
	int32_t *made;
} tl_bound;

typedef struct tl_recorder {
	const tl_equations *e;
	const tl_cell *cell;
	tl_bound *b;
	tl_tape *tape;
	int64_t in, hidden, batch;
	int time, children, child;
	int32_t child_step;
	tl_tensor x;
	const tl_state *state; /* of the children, or one */
} tl_recorder;

tl_tensor tl_tensor_of(tl_recorder *r, const tl_term *v); /* recorded now if it was not before */
double tl_number_of(tl_recorder *r, const tl_term *v);    /* of one that is known by now */

/* Without the batch, and with it. */
tl_shape tl_shape_of(const tl_recorder *r, int form);
tl_shape tl_batched(const tl_recorder *r, tl_shape s);

#endif
