/*
 * Cells. A recurrent net is one step, (x, state) -> state, taken again and again with the same
 * weights. A cell is such a step with its weights; kinds of cells are found by name, and
 * custom_cell.h says how to declare one of your own.
 *
 *     tl_cell *lstm = tl_cell_create(model, "lstm", "lstm0",
 *                                    (tl_cell_options){.in = 40, .hidden = 128, .forget_bias = 1});
 *     tl_state s = tl_cell_initial_state(lstm, tape, batch);
 *     for (int t = 0; t < length; t++)
 *             tl_tape_set_step(tape, t), s = tl_cell_step(lstm, tl_at(x, t), s);
 *
 * Rows are a batch: x is [batch, in], a state [batch, hidden]. sequence.h takes cells through time.
 * A cell may be used on several tapes, by several threads at once.
 *
 * On failure: NULL when a cell is made (tl_params_error of the set says why), else a state of no
 *     tensors (tl_tape_error says why). Getters of no cell return NULL, 0 or "".
 * Owner: the caller owns the cell and destroys it; its weights are the parameter set's, which must
 *     outlive it.
 */
#ifndef TAPELOOP_CELLS_H
#define TAPELOOP_CELLS_H

#include <tapeloop/cell_options.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_cell tl_cell;
typedef struct tl_cell_kind tl_cell_kind;

/* States */

/* What a cell carries from step to step: one tensor or more. The first, h, is its output. */
typedef struct tl_state {
	tl_tensor h, c;
	tl_tensor more[TL_MAX_STATES - 2];
	int count;
} tl_state;

/* A state of `count` tensors. */
TL_API tl_state tl_state_from_array(const tl_tensor *tensors, int count);
/* tl_state_of(h) or tl_state_of(h, c) or more of them. */
#ifdef __cplusplus
extern "C++" { /* a temporary array has no address there */
template <typename... Tensors> inline tl_state tl_state_of(Tensors... of)
{
	const tl_tensor tensors[] = {of...};
	return tl_state_from_array(tensors, (int)sizeof...(of));
}
}
#else
#define tl_state_of(...)                                                                           \
	tl_state_from_array((const tl_tensor[]){__VA_ARGS__},                                      \
			    (int)(sizeof((const tl_tensor[]){__VA_ARGS__}) / sizeof(tl_tensor)))
#endif

/* The k-th of them: 0 is h, 1 is c. k is in range; NULL of no state. */
static inline tl_tensor *tl_state_at(tl_state *s, int k)
{
	return !s ? NULL : k == 0 ? &s->h : k == 1 ? &s->c : &s->more[k - 2];
}

/* The same values, through which no gradient flows to earlier steps. */
TL_API TL_SITED tl_state tl_state_detach(tl_state s);

/* Row by row: `a` where the mask, [batch, 1], is not zero, else `b`: states of one kind. */
TL_API TL_SITED tl_state tl_state_where(tl_tensor mask, tl_state a, tl_state b);

/* Making cells */

/*
 * What is 0 or NULL is left out and takes its default. Not every kind has a use for every option: a
 * vanilla net has no forget gate, a net without matrices in its recurrence has none to drop. An
 * option that is set and has no effect on the kind is an error that names both;
 * tl_cell_kind_takes says beforehand what a kind takes.
 */
typedef struct tl_cell_options {
	int64_t in, hidden;       /* sizes of x and of h: 1 or more, less than 2^31 */
	tl_activation activation; /* replaces the paper's tanh (or what it has) for new values:
				     tl_relu, tl_sigmoid, yours; NULL: the paper's */

	/* Initialisation of weights. Unset: Glorot, orthogonal, zeros. */
	tl_init input_init, recurrent_init, bias_init;
	/*
	 * Where a net is to remember over T steps, its gates must start open for as long: chrono is
	 * that T, and draws biases so that units forget over 2 to T steps. forget_bias initialises
	 * all alike: 1 is good for T of some tens, and too little for 100 (a gate of 0.73 keeps
	 * 2e-14 over 100 steps). One of the two is given. Gates that let in and keep what is left
	 * of 1 (mgu, min_gru, mut1, lem ...) take the negative of it.
	 */
	double forget_bias; /* initial bias of forget gates [0, where Keras has 1] */
	double chrono;      /* the longest time to remember: Tallec & Ollivier 2018; 0: not used */
	bool trainable_initial_state; /* the initial state is trained: weights h_0, c_0, ..., which
					 start as the kind's own initial state */
	bool two_biases; /* a second bias with each recurrent product (as cuDNN has): b_xi, b_hi */
	bool layer_norm; /* normalise each product of a gate: Ba, Kiros & Hinton 2016 */
	double weight_dropout; /* fraction of recurrent weights set to zero, one mask an iteration:
				  Merity, Keskar & Socher 2018 */
	double update_dropout; /* fraction of new values set to zero before they enter the memory:
				  Semeniuta, Severyn & Barth 2016 */
	const void *extra; /* the kind's own options, see cell_options.h, copied; NULL: its defaults
			    */
} tl_cell_options;

/*
 * A new cell; its weights are added to the set as "lstm0.W_i" and so on.
 * On failure: NULL, with the reason in tl_params_error: no such kind, a name that is empty, has a
 *     slash or is taken (the set has a parameter "lstm0.x" already), options that are invalid or
 *     that the kind has no use for.
 */
TL_API tl_cell *tl_cell_create(tl_params *set, const char *kind, const char *name,
			       tl_cell_options options);

/* The same for a kind that is not registered.
 * Owner: the kind is copied, with the text and the options it points to: it may be a local
 *     variable. */
TL_API tl_cell *tl_cell_create_from_kind(tl_params *set, const tl_cell_kind *kind, const char *name,
					 tl_cell_options options);

/* Frees the cell, not its weights: these are the set's. NULL is fine. */
TL_API void tl_cell_destroy(tl_cell *cell);

/* Options that not every kind takes. */
typedef enum tl_cell_option {
	TL_OPTION_ACTIVATION = 1 << 0,
	TL_OPTION_INPUT_INIT = 1 << 1,
	TL_OPTION_RECURRENT_INIT = 1 << 2,
	TL_OPTION_BIAS_INIT = 1 << 3,
	TL_OPTION_FORGET_BIAS = 1 << 4,
	TL_OPTION_CHRONO = 1 << 5,
	TL_OPTION_TWO_BIASES = 1 << 6,
	TL_OPTION_LAYER_NORM = 1 << 7,
	TL_OPTION_WEIGHT_DROPOUT = 1 << 8,
	TL_OPTION_UPDATE_DROPOUT = 1 << 9
} tl_cell_option;

/*
 * Those that cells of this kind take, added up: tl_cell_kind_takes(kind, NULL) &
 * TL_OPTION_FORGET_BIAS. Of the options in, hidden and extra count; NULL: those of a small example,
 * which is made and destroyed to find out.
 * On failure: 0: such a cell cannot be made.
 */
TL_API unsigned tl_cell_kind_takes(const tl_cell_kind *kind, const tl_cell_options *options);

/* Steps */

/* The initial state: zeros, or what the kind or trainable_initial_state says. */
TL_API TL_SITED tl_state tl_cell_initial_state(const tl_cell *cell, tl_tape *tape, int64_t batch);

/* One step, recorded in the scope of the cell's name. */
TL_API TL_SITED tl_state tl_cell_step(const tl_cell *cell, tl_tensor x, tl_state s);

/*
 * One node of a tree, from the states of its children (a kind that has .tree_step: the tree LSTMs;
 * for others count must be 1). A leaf has no children: count 0. Tai, Socher & Manning 2015.
 */
TL_API TL_SITED tl_state tl_cell_tree_step(const tl_cell *cell, tl_tensor x,
					   const tl_state *children, int count);

/* Getters */

/* What it was made with. */
TL_API const char *tl_cell_name(const tl_cell *cell);
TL_API const tl_cell_kind *tl_cell_get_kind(const tl_cell *cell);
TL_API const tl_cell_options *tl_cell_get_options(const tl_cell *cell); /* extra is never NULL if
									   the kind has some */
TL_API int tl_cell_state_count(const tl_cell *cell);                    /* 1: h; 2: h and c */
/* Of the k-th state without the batch; of x likewise. */
TL_API tl_shape tl_cell_state_shape(const tl_cell *cell, int k);
TL_API tl_shape tl_cell_input_shape(const tl_cell *cell);
/* The parameters and buffers of the cell in the order made; NULL if there is none of that index. */
TL_API int tl_cell_param_count(const tl_cell *cell);
TL_API tl_param *tl_cell_param_at(const tl_cell *cell, int index);

/* The registry: kinds found by name */

TL_API const tl_cell_kind *tl_cell_kind_find(const char *name); /* NULL when there is none */
TL_API int tl_cell_kind_count(void);                            /* kinds there are */
TL_API const tl_cell_kind *tl_cell_kind_at(int index); /* in the order of the list; NULL: none */

#ifdef __cplusplus
}
#endif
#endif
