/* A cell from the inside, and the list of the library's kinds. */
#ifndef TL_CELLS_CELL_H
#define TL_CELLS_CELL_H

#include <tapeloop/custom_cell.h>

#include "graph/graph.h"

struct tl_cell {
	const tl_cell_kind *kind;
	tl_params *set;
	char *name;
	uint64_t serial; /* no two cells of a process have the same, at whatever address they are */
	tl_cell_options options; /* extra points to the copy below */
	tl_param **param;        /* in the order the weights function names them */
	size_t params, room;
	tl_cell_kind *own_kind; /* a copy that is freed with the cell, or NULL */
	/* Options whose effect was met, and options refused all the same: see make.c. */
	unsigned takes, refuses;
	enum { TL_CELL_MADE, TL_CELL_SURVEYED, TL_CELL_WATCHED } phase;
	max_align_t extra[];
};

/* What a tape keeps of a cell: the learned start, then the kind's struct. */
struct tl_binding {
	tl_tensor start[TL_MAX_STATES];
	max_align_t weights[];
};

/* A cell of this kind, or of a copy that it owns. NULL with an error on the set. */
tl_cell *tl_cell_make(tl_params *set, const tl_cell_kind *kind, bool copy, const char *name,
		      tl_cell_options options);

/* Runs the weights function: without a tape while the cell is being made, else over its weights. */
void tl_cell_name_weights(tl_cell *cell, tl_tape *tape, struct tl_binding *into);

/* Each in the file of its name; families of one structure share a file. */
extern const tl_cell_kind tl_cell_rnn, tl_cell_irnn, tl_cell_leaky, tl_cell_bn_rnn, tl_cell_jordan,
	tl_cell_back_projection, tl_cell_lstm, tl_cell_peephole, tl_cell_coupled, tl_cell_projected,
	tl_cell_lstm_layer_norm, tl_cell_bn_lstm, tl_cell_lstm_1997, tl_cell_odyssey,
	tl_cell_odyssey_nig, tl_cell_odyssey_nfg, tl_cell_odyssey_nog, tl_cell_odyssey_niaf,
	tl_cell_odyssey_noaf, tl_cell_odyssey_cifg, tl_cell_odyssey_np, tl_cell_odyssey_fgr,
	tl_cell_depth_gated, tl_cell_multiplicative, tl_cell_phased, tl_cell_slstm,
	tl_cell_min_lstm, tl_cell_gru, tl_cell_gru_after, tl_cell_li_gru, tl_cell_mgu,
	tl_cell_ugrnn, tl_cell_mut1, tl_cell_mut2, tl_cell_mut3, tl_cell_min_gru,
	tl_cell_minimal_rnn, tl_cell_janet, tl_cell_ran, tl_cell_scrn, tl_cell_cfn, tl_cell_star,
	tl_cell_indrnn, tl_cell_fast_rnn, tl_cell_fast_grnn, tl_cell_highway, tl_cell_antisymmetric,
	tl_cell_antisymmetric_gated, tl_cell_cornn, tl_cell_lem, tl_cell_clockwork, tl_cell_tree,
	tl_cell_tree_nary, tl_cell_conv_lstm, tl_cell_esn;

tl_state tl_inert_state(tl_tape *tape, int count);

/* Is it a state of the cell, for so many rows? If not, the tape says so. */
bool tl_state_fits(const tl_cell *cell, tl_tape *tape, tl_state state, int64_t batch);

/* NULL, or what a kind lacks. */
const char *tl_cell_kind_problem(const tl_cell_kind *kind);

/* All of it in one block, what it points to included, but for its functions. NULL: no memory. */
tl_cell_kind *tl_cell_kind_copy(const tl_cell_kind *kind);

/* Numbers of 1 that normalise a product, with layer_norm; else inert. */
/* Normalised over the last axis, times this gain; x itself without one. A gate's bias is added by
 * the gate. */
tl_tensor tl_gain_normalised(tl_tensor x, tl_tensor gain);
tl_tensor tl_weight_gain(tl_weight_builder *w, const char *name, int64_t rows);

/* A gate with the letters of a vanilla net: U takes the input, W the state, b is the bias, and with
 * two biases b_x and b_h. W starts as the options say, or as `otherwise` if that is not empty. */
tl_gate tl_vanilla_weights(tl_weight_builder *w, tl_init otherwise);

/* A member of a kind's own options that was left out. */
static inline void tl_default(double *member, double value)
{
	if (*member == 0)
		*member = value;
}

/* Has the set a parameter "name.x"? Then something else has this name. */
bool tl_cell_name_taken(const tl_params *set, const char *name);

/* Sizes stay far from where products of them overflow. */
static inline bool tl_size_fits(int64_t size)
{
	return size >= 1 && size <= INT32_MAX;
}

/* [batch, ...] of a shape that has no batch. */
tl_shape tl_with_batch(int64_t batch, tl_shape shape);

#endif
