/*
 * Weights of other systems. They keep the gates of a layer as one array, rows of one gate below
 * those of the other, each in an order of its own:
 *
 *     PyTorch   LSTM i f g o     GRU r z n     two biases always
 *     ONNX      LSTM i o f g     GRU z r n     two biases in one array, peepholes i o f
 *     Keras     LSTM i f g o     GRU z r n     one bias, two of a GRU that resets after the
 * product; matrices are [in, gates * hidden]
 *
 * "rnn", "lstm", "peephole" (not Keras), "lstm_projected" (PyTorch's proj_size), "gru" (ONNX's
 * default, and Keras with reset_after=False: reset before the product) and "gru_reset_after"
 * (PyTorch's; ONNX with linear_before_reset; Keras's default) can be filled from such arrays and
 * written as such; weights.h does it from files. A cell without the option two_biases gets the sum
 * of both, which is the same net, and writes zeros for the second; the gradient of both is that of
 * the sum. PyTorch's GRU is not "gru", which is refused in that order.
 *
 * Arrays are all of it: what a node of ONNX says beside them must be in the cell's options, or it
 * is another net. `activations` with another function in the place of both tanh is the option
 * activation ("Relu": tl_relu); `direction` is tl_unroll's reverse or tl_bidirectional; other
 * functions for the gates, `clip` and `input_forget` have no counterpart in these kinds.
 *
 * On failure: TL_ERROR_ARGUMENT, with the reason in tl_params_error of the cell's set, and nothing
 *     was moved: no order is known for cells of this kind, or the system has none like it ("gru" in
 *     PyTorch), the dtype is not real, there are peepholes or a projection for a kind without, or
 *     the cell has the option layer_norm, for whose gains the arrays have no place.
 * Owner: arrays are the caller's.
 */
#ifndef TAPELOOP_CONVERT_H
#define TAPELOOP_CONVERT_H

#include <tapeloop/cells.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In which order a framework stacks the gates of LSTM and GRU. */
typedef enum tl_gate_order {
	TL_GATE_ORDER_PYTORCH,
	TL_GATE_ORDER_ONNX,
	TL_GATE_ORDER_KERAS
} tl_gate_order;

/* One direction of one layer. Arrays that are NULL are left alone, or, of two biases, taken as
 * zeros. */
typedef struct tl_flat_weights {
	tl_dtype dtype;   /* TL_F32 or TL_F64: of all arrays */
	void *W;          /* [gates * hidden, in] */
	void *U;          /* [gates * hidden, hidden] */
	void *b, *b_h;    /* [gates * hidden] each */
	void *p;          /* peepholes, [3 * hidden] */
	void *projection; /* [projection, hidden]; then U is [gates * hidden, projection] */
} tl_flat_weights;

/* NULL, or why arrays like these are not of this cell: what the calls below would say. */
TL_API const char *tl_cell_import_problem(const tl_cell *cell, tl_gate_order order,
					  const tl_flat_weights *arrays);

/* Take the weights of the arrays; export fills them from the cell's. */
TL_API tl_status tl_cell_import(tl_cell *cell, tl_gate_order order, const tl_flat_weights *from);

/* The values, and the gradients in the same order; either may be NULL. */
TL_API tl_status tl_cell_export(const tl_cell *cell, tl_gate_order order,
				const tl_flat_weights *weights, const tl_flat_weights *gradients);

#ifdef __cplusplus
}
#endif
#endif
