/* Where the weights of a cell are in the files of other frameworks. */
#ifndef TL_IO_LAYOUT_H
#define TL_IO_LAYOUT_H

#include <tapeloop/weights.h>

enum { TL_PART_W, TL_PART_U, TL_PART_B, TL_PART_B_H, TL_PART_P, TL_PART_PROJECTION, TL_PARTS };
enum { TL_PART_NAMES = 3, TL_PART_NAME = 300 };

/* An array of a layer. */
typedef struct tl_part {
	char name[TL_PART_NAMES][TL_PART_NAME]; /* which it may have; the first is written */
	tl_shape shape;                         /* of one direction; rank -1: there is none such */
	bool needed;                            /* or else it is zero where it is missing */
	char *data;                             /* of the type of the cell's set */
} tl_part;

typedef struct tl_layout {
	const tl_weights_layer *layer;
	tl_weights_format format;
	tl_gate_order order;
	tl_dtype dtype;
	int64_t rows;        /* gates times hidden */
	bool directions;     /* arrays have a first axis of one or two directions */
	bool biases_in_one;  /* TL_PART_B has both ... */
	bool bias_is_summed; /* ... or the sum of both */
	tl_part part[TL_PARTS];
} tl_layout;

/* TL_OK, or what is wrong with the layer; `path` is for messages. */
tl_status tl_layout_of(tl_layout *layout, const tl_weights_layer *layer, tl_weights_format format,
		       const char *path, tl_error *error);

/* Elements of one direction of a part. */
int64_t tl_part_size(const tl_part *part);

/* The arrays as tl_cell_import takes them, where the parts have data; `direction` is 0 or 1. `b_h`
 * stands for the second bias where the file has one bias. */
tl_flat_weights tl_layout_arrays(const tl_layout *layout, int direction, void *b_h);

#endif
