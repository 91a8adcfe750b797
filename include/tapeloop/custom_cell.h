/*
 * A kind of cell of your own. It is a constant struct that says what the weights are and what the
 * step is, written as the equations stand in the paper. The library's kinds are declared this way
 * too:
 *
 *     struct mgu { tl_gate f, h; };
 *
 *     static void mgu_weights(tl_weight_builder *w, void *into)
 *     {
 *             struct mgu *p = into;
 *             p->f = tl_gate_weights(w, "f", NULL);  W_f [hidden,in], U_f [hidden,hidden], b_f
 *             p->h = tl_gate_weights(w, "h", NULL);
 *     }
 *
 *     static tl_state mgu_step(const tl_cell *cell, tl_tensor x, tl_state s)
 *     {
 *             const struct mgu *p = tl_cell_weights(cell, x.tape);
 *             tl_tensor f = tl_sigmoid(tl_gate_sum(&p->f, x, s.h));
 *             tl_tensor g = tl_tanh(tl_gate_sum(&p->h, x, tl_mul(f, s.h)));
 *             return tl_state_of(tl_blend(f, g, s.h));
 *     }
 *
 *     const tl_cell_kind mgu = {
 *             .name = "mgu", .state = {"h"}, .weights_size = sizeof(struct mgu),
 *             .weights = mgu_weights, .step = mgu_step,
 *             .doc = "minimal gated unit: Zhou et al. 2016, table 1",
 *     };
 *
 * There is no backward code: the tape differentiates. The four gates of an LSTM are four equations:
 * that they run as one product is the compiler's work.
 *
 * On failure: TL_NONE, or a gate of none; the parameter set keeps the error while a cell is made,
 *     the tape in a step.
 * Owner: weights are the parameter set's; tensors are the tape's.
 */
#ifndef TAPELOOP_CUSTOM_CELL_H
#define TAPELOOP_CUSTOM_CELL_H

#include <tapeloop/cells.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What a weights function sees. It runs twice when the cell is made, and once on each tape after
 * each rewind: it always names the same weights in the same order, so it may look at the options
 * and at nothing else.
 *
 * Which options a kind takes is seen from what it calls: what makes a recurrent weight takes
 * weight_dropout, tl_init_forget_bias takes forget_bias and chrono, tl_cell_activate in its step
 * takes activation, and so on. Options that no such call is made for are refused when they are set.
 */
typedef struct tl_weight_builder {
	int64_t in, hidden;
	const tl_cell_options *options;
	const void *extra; /* the kind's own options */
	tl_cell *cell;     /* these three are the library's */
	tl_tape *tape;
	int next;
} tl_weight_builder;

/* Weights */

/* A trainable weight of this shape, as a tensor; TL_NONE while the cell is being made. */
TL_API tl_tensor tl_weight(tl_weight_builder *w, const char *name, tl_shape shape, tl_init init);
/* For a function that reads w->options itself: it takes these (TL_OPTION_... | ...). */
TL_API void tl_weights_take(tl_weight_builder *w, unsigned options);
/* These are refused, though a call would take them: they would hold for a part of the kind only. */
TL_API void tl_weights_refuse(tl_weight_builder *w, unsigned options);
/* Buffers: kept with the weights and not trained. */
TL_API tl_tensor tl_weight_fixed(tl_weight_builder *w, const char *name, tl_shape shape,
				 tl_init init);
TL_API tl_param *tl_weight_buffer(tl_weight_builder *w, const char *name, tl_shape shape,
				  tl_init init);

/* Weights initialised as the options say: [rows, columns] of an input (of x: columns is w->in),
 * [rows, columns] of a state, [rows]. */
TL_API tl_tensor tl_weight_input(tl_weight_builder *w, const char *name, int64_t rows,
				 int64_t columns);
TL_API tl_tensor tl_weight_recurrent(tl_weight_builder *w, const char *name, int64_t rows,
				     int64_t columns);
TL_API tl_tensor tl_weight_bias(tl_weight_builder *w, const char *name, int64_t rows);
/* Of other shapes, or of another initialisation where the options do not say one. */
TL_API tl_tensor tl_weight_input_shaped(tl_weight_builder *w, const char *name, tl_shape shape,
					tl_init otherwise);
TL_API tl_tensor tl_weight_recurrent_shaped(tl_weight_builder *w, const char *name, tl_shape shape,
					    tl_init otherwise);

/* Gates */

/* The pre-activation of a gate: W x + U h + b, with the options' second bias and layer norm. */
typedef struct tl_gate {
	tl_tensor W, U, b;
	tl_tensor b_h;            /* with two_biases */
	tl_tensor gain_x, gain_h; /* with layer_norm */
} tl_gate;

/* How the weights of a gate start, and which it has. */
typedef struct tl_gate_options {
	tl_init bias;                /* its initialisation; unset: tl_init_bias(w). For forget gates
					tl_init_forget_bias(w), for input gates tl_init_input_bias(w), for gates
					that are both, z a + (1 - z) h, tl_init_update_bias(w) */
	int64_t rows, in, recurrent; /* W is [rows, in], U [rows, recurrent]; 0: the cell's
					hidden, in, hidden */
	bool no_input, no_recurrent; /* there is no W; no U */
} tl_gate_options;

/* Weights "W_name", "U_name", "b_name"; options may be NULL. */
TL_API tl_gate tl_gate_weights(tl_weight_builder *w, const char *name,
			       const tl_gate_options *options);
TL_API tl_init tl_init_bias(const tl_weight_builder *w);        /* options.bias_init, or zeros */
TL_API tl_init tl_init_forget_bias(const tl_weight_builder *w); /* of a forget gate */
TL_API tl_init tl_init_input_bias(const tl_weight_builder *w);  /* of an input gate */
TL_API tl_init tl_init_update_bias(const tl_weight_builder *w); /* of a gate that is both */

TL_API tl_tensor tl_gate_sum(const tl_gate *g, tl_tensor x, tl_tensor h); /* W x + b + U h */
TL_API tl_tensor tl_gate_input(const tl_gate *g, tl_tensor x);            /* W x + b */
TL_API tl_tensor tl_gate_recurrent(const tl_gate *g, tl_tensor h);        /* U h (+ b_h) */

/* Steps */

/* The weights as the weights function bound them on this tape. In a step never NULL. */
TL_API const void *tl_cell_weights(const tl_cell *cell, tl_tape *tape);

/* options.activation, or else the paper's. While a cell is made with activation or update_dropout
 * its step is recorded once, to see whether it calls this and tl_cell_update_dropout. */
TL_API tl_tensor tl_cell_activate(const tl_cell *cell, tl_tensor x, tl_activation paper);
/* The kind's own options. */
static inline const void *tl_cell_extra(const tl_cell *cell)
{
	const tl_cell_options *o = tl_cell_get_options(cell);
	return o ? o->extra : NULL;
}
/* New values, of which update_dropout sets a fraction to zero while training. */
TL_API tl_tensor tl_cell_update_dropout(const tl_cell *cell, tl_tensor update);

/* The kind */

/*
 * A member of a kind's own options, so that files have them too (tapeloop/model.h):
 *
 *     static const tl_member members[] = {
 *             TL_MEMBER(tl_leaky_options, leak_rate, TL_MEMBER_REAL),
 *             {0},
 *     };
 */
typedef enum tl_member_type {
	TL_MEMBER_REAL, /* double */
	TL_MEMBER_INT,
	TL_MEMBER_INT64,
	TL_MEMBER_BOOL,
	TL_MEMBER_ACTIVATION
} tl_member_type;

/* A member of the struct of a kind's own options, as files name it. */
typedef struct tl_member {
	const char *name;
	tl_member_type type;
	size_t offset, size; /* bytes; an array has more than one number has */
} tl_member;

/* A row: TL_MEMBER(tl_esn_options, density, TL_MEMBER_REAL). */
#define TL_MEMBER(STRUCT, NAME, TYPE)                                                              \
	{                                                                                          \
#NAME, TYPE, offsetof(STRUCT, NAME), sizeof(((STRUCT *)0)->NAME)                   \
	}

/* A kind of cell: its states, its weights, its step. */
struct tl_cell_kind {
	const char *name;
	const char *doc;                  /* one line with the paper, for people */
	const char *state[TL_MAX_STATES]; /* names of the states: {"h", "c"} */
	size_t weights_size;              /* of the struct that .weights fills; if that is more,
					     tl_cell_create_from_kind says so */
	void (*weights)(tl_weight_builder *w, void *into);
	tl_state (*step)(const tl_cell *cell, tl_tensor x, tl_state s);

	/* The rest is optional. */
	tl_state (*tree_step)(const tl_cell *cell, tl_tensor x, const tl_state *children,
			      int count);
	/* How many of the named states there are; NULL: all. */
	int (*states)(const tl_cell_options *options);
	/* Of state k and of x without the batch; NULL: [hidden], [in]. */
	tl_shape (*state_shape)(const tl_cell_options *options, int k);
	tl_shape (*input_shape)(const tl_cell_options *options);
	/* Of state k; NULL: zeros. */
	tl_tensor (*initial_state)(const tl_cell *cell, tl_tape *tape, int k, tl_shape shape);
	/* Returns NULL, or what is invalid in the options. */
	const char *(*validate)(const tl_cell_options *options);
	bool uses_step;    /* the step depends on the tape's time step */
	bool uses_batch;   /* while training a row depends on the rest of its batch */
	size_t extra_size; /* of the kind's own options */
	/* What these are when .extra is NULL; NULL: all zero. */
	const void *extra_default;
	/* Puts the default where a member is 0. Options need this or .extra_default. */
	void (*defaults)(void *extra);
	const tl_cell_options *example; /* a small example for tests; NULL: 3 in, 4 hidden */
	/* What the kind's own options consist of, ended by one without a name; NULL: a cell that
	 * has some cannot be saved with its options. */
	const tl_member *extra_members;
	/* The states from this one on are older values of others: no dropout and no zoneout is
	 * for them; 0: there are none. */
	int first_older_state;
	struct tl_cell_text *text; /* of a kind read from text (equations.h); else NULL */
};

/*
 * Add your kind to the registry. Not to be called while another thread looks there.
 * On failure: TL_ERROR_NAME: there is a kind of this name, which tl_cell_kind_find(kind->name)
 *     shows. TL_ERROR_ARGUMENT: it lacks a name, weights, a step, a state, or what its own options
 *     are; tl_cell_create_from_kind with the same kind says which.
 * Owner: the caller: it is not copied, and must stay until the process ends.
 */
TL_API tl_status tl_cell_kind_register(const tl_cell_kind *kind);

#ifdef __cplusplus
}
#endif
#endif
