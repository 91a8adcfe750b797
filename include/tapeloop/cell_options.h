/*
 * Options of single kinds of cells, for tl_cell_options.extra:
 *
 *     tl_depth_options deep = {.depth = 4};
 *     tl_cell_options o = {.in = 8, .hidden = 32, .extra = &deep};
 *     tl_cell *cell = tl_cell_create(model, "highway", "net", o);
 *
 * What is 0 takes the default, in brackets. Where you mean a real 0, say TL_ZERO: a number too
 * small to change anything. The paper at the kind's .doc says what an option is for. Where .extra
 * is given, its members of 0 take the defaults just as if it were NULL.
 *
 * On failure: options that are invalid are an error of tl_cell_create.
 * Owner: plain structs, copied when a cell is made.
 */
#ifndef TAPELOOP_CELL_OPTIONS_H
#define TAPELOOP_CELL_OPTIONS_H

#include <tapeloop/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TL_MAX_STATES = 16 }; /* of a cell */

/* A function of a tensor alone, as tl_tanh. */
typedef tl_tensor (*tl_activation)(tl_tensor);

/*
 * Activations by name, for files. Known are the elementwise ops of one operand and no numbers, as
 * "tanh", "relu" and "gelu"; your own you register, before you save or load, and not while another
 * thread looks. The name is not copied and must stay.
 * On failure: TL_ERROR_NAME: the name or the function is known; TL_ERROR_ARGUMENT: one is missing;
 *     TL_ERROR_MEMORY. NULL: there is none.
 */
TL_API tl_status tl_activation_register(const char *name, tl_activation function);
TL_API tl_activation tl_activation_find(const char *name);
TL_API const char *tl_activation_name(tl_activation function);

typedef struct tl_leaky_options { /* "leaky" */
	double leak_rate;         /* fraction of the new value: 1 is the vanilla net [0.5] */
} tl_leaky_options;

typedef struct tl_feedback_options { /* "jordan", "back_projection" */
	int64_t out;                 /* size of the output that is fed back [as hidden] */
	tl_activation squash;        /* of the output [sigmoid] */
} tl_feedback_options;

typedef struct tl_projection_options { /* "lstm_projected" */
	int64_t projection;            /* size of h [half of hidden, at least 1] */
	bool peepholes;                /* gates see the memory, as in the paper [false] */
} tl_projection_options;

typedef struct tl_odyssey_options { /* "odyssey": Greff et al. 2017; all false is their vanilla */
	bool no_input_gate, no_forget_gate, no_output_gate; /* NIG, NFG, NOG */
	bool no_input_activation, no_output_activation;     /* NIAF, NOAF */
	bool coupled_gates, no_peepholes, full_recurrence;  /* CIFG, NP, FGR */
} tl_odyssey_options;

typedef struct tl_depth_options { /* "depth_gated", "highway" */
	int depth;                /* layers, 1 to 8 [2] */
} tl_depth_options;

typedef struct tl_scrn_options { /* "scrn" */
	int64_t context;         /* size of the slow state [as hidden] */
	double keep;             /* what of it stays each step, in [0, 1] [0.95] */
} tl_scrn_options;

typedef struct tl_janet_options { /* "janet" */
	double shift;             /* beta, how much more is let in than forgotten [1] */
} tl_janet_options;

typedef struct tl_fastgrnn_options { /* "fast_grnn": ranks of W = W_1 W_2 and of U [full] */
	int64_t rank_input, rank_recurrent;
} tl_fastgrnn_options;

typedef struct tl_antisymmetric_options { /* "antisymmetric", "antisymmetric_gated" */
	double step, diffusion;           /* epsilon [0.01], gamma [0.01] */
} tl_antisymmetric_options;

/*
 * "cornn". What it keeps fades with step * damping / 2 a step, and it turns once in about 2 pi /
 * (step * sqrt(stiffness)) steps: for T steps both are to fit T. The defaults learn the adding
 * problem of 100 steps (32 units, Adam at 0.02, some 2300 rounds); for 200 take a step of 0.05 and
 * a stiffness of 4.
 */
typedef struct tl_cornn_options {
	double step, stiffness, damping; /* Delta t [0.1], gamma [2], epsilon [2] */
} tl_cornn_options;

/* "lem". Units find the length of their steps themselves: the default learns the adding problem of
 * 100 to 400 steps (32 units, Adam at 0.01, 300 to 500 rounds), without chrono. */
typedef struct tl_lem_options {
	double step; /* Delta t [1] */
} tl_lem_options;

typedef struct tl_slstm_options { /* "slstm" */
	bool exponential_forget;  /* forget gates are exponential too, not sigmoids [false] */
} tl_slstm_options;

typedef struct tl_phased_options { /* "phased_lstm" */
	double open;               /* fraction of a period in which a unit is open [0.05] */
	double leak;               /* of a closed unit, in [0, 1] [0.001] */
	bool timed; /* the last column of x is the time; [false]: the tape's step is */
} tl_phased_options;

typedef struct tl_clockwork_options { /* "clockwork": hidden / groups units a group */
	int groups;                   /* [4] */
	int period[TL_MAX_STATES];    /* of each group, growing [all 0: 1, 2, 4, 8 ...] */
} tl_clockwork_options;

typedef struct tl_conv_cell_options { /* "conv_lstm": in and hidden are channels; x is
				       * [batch, in * rows * columns], h likewise */
	int64_t rows, columns;        /* of the picture [8, 8] */
	int64_t kernel;               /* rows and columns of a kernel, odd [3] */
} tl_conv_cell_options;

typedef struct tl_batch_norm_cell_options { /* "bn_rnn", "bn_lstm", "li_gru" */
	int steps;       /* how many steps have running statistics of their own [1] */
	double momentum; /* fraction of the new in these, in [0, 1] [0.1] */
} tl_batch_norm_cell_options;

typedef struct tl_tree_options { /* "tree_lstm_nary" */
	int children;            /* the most a node has, 1 to 8 [2] */
} tl_tree_options;

#ifdef __cplusplus
}
#endif
#endif
