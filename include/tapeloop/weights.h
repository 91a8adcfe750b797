/*
 * Weights of other frameworks, by the names and in the layouts that they have there: from a
 * safetensors file or an .npz with what PyTorch's state_dict, Keras's variables or the
 * initialisers of an ONNX graph hold, and back.
 *
 *     tl_weights_layer layers[] = {
 *             {.cell = forward, .prefix = "encoder."},
 *             {.cell = backward, .prefix = "encoder.", .reverse = true},
 *     };
 *     tl_weights_load("model.safetensors", TL_WEIGHTS_PYTORCH, layers, 2, &error);
 *
 * What is read, after the prefix, for kinds "rnn", "lstm", "lstm_projected", "peephole", "gru" and
 * "gru_reset_after":
 *
 *     PyTorch  weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0, weight_hr_l0 of a projection, with
 *              the number of the layer, and _reverse; of RNNCell and its like, without _l0
 *     Keras    kernel recurrent_kernel bias, with ":0" or without, or vars/0 vars/1 vars/2
 *     ONNX     W R B and, of peepholes, P
 *
 * Which kind has which equations is said in convert.h. Biases that the file lacks are zero, as in a
 * layer that was made without.
 *
 * On failure: a status; the tl_error names the file, the tensor or the cell, and the reason. All is
 *     read and checked first: no cell has changed, and the file at the path is as it was.
 * Owner: the caller's are cells and texts.
 */
#ifndef TAPELOOP_WEIGHTS_H
#define TAPELOOP_WEIGHTS_H

#include <tapeloop/convert.h>
#include <tapeloop/safetensors.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whose names and orders a file has. */
typedef enum tl_weights_format {
	TL_WEIGHTS_PYTORCH,
	TL_WEIGHTS_KERAS,
	TL_WEIGHTS_ONNX
} tl_weights_format;

/* One direction of one layer, and where it is. What is 0 or NULL is left out. */
typedef struct tl_weights_layer {
	tl_cell *cell;
	const char *prefix; /* of the names: "encoder.", "lstm_1/lstm_cell/" */
	int layer;          /* PyTorch: its number among num_layers */
	bool reverse; /* PyTorch, ONNX: the backward direction. In Keras that has another prefix */
	const char *W, *R, *B,
		*P; /* ONNX: names of the initialisers, if they are not these letters */
} tl_weights_layer;

/* The file is a safetensors file or an .npz; it is told by its contents. */
TL_API tl_status tl_weights_load(const char *path, tl_weights_format format,
				 const tl_weights_layer *layers, int count, tl_error *error);

/*
 * An .npz if the path ends so, or else a safetensors file. In ONNX both directions of a layer are
 * one array: a layer that is reverse, if the one before it has the same names, is the second half
 * of its arrays.
 */
TL_API tl_status tl_weights_save(const char *path, tl_weights_format format,
				 const tl_weights_layer *layers, int count, tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
