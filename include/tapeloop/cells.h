/*
 * Cells. A recurrent net is one step, (x, state) -> state, taken again and again with the same
 * weights. A cell is such a step with its weights; a kind of cell is a constant struct that says
 * what the weights are and what the step is, written as the equations stand in the paper. The
 * library's kinds are declared this way and so are yours:
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
 *     tl_cell *lstm = tl_cell_create(model, "lstm", "lstm0",
 *                                    (tl_cell_options){.in = 40, .hidden = 128, .forget_bias = 1});
 *     tl_state s = tl_cell_initial_state(lstm, tape, batch);
 *     for (int t = 0; t < length; t++)
 *             tl_tape_set_step(tape, t), s = tl_cell_step(lstm, tl_at(x, t), s);
 *
 * Rows are a batch: x is [batch, in], a state [batch, hidden]. sequence.h takes cells through time.
 * A cell belongs to its parameter set and may be used on several tapes, by several threads at once.
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

/* What a cell remembers: one tensor or more. The first, h, is what the cell shows to others. */
typedef struct tl_state {
	tl_tensor h, c;
	tl_tensor more[TL_MAX_STATES - 2];
	int count;
} tl_state;

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
	tl_activation activation; /* in the place of the paper's tanh (or what it has) for new
				     values: tl_relu, tl_sigmoid, yours; NULL: the paper's */

	/* How weights start. Unset: Glorot, orthogonal, zeros. */
	tl_init input_init, recurrent_init, bias_init;
	/*
	 * Where a net is to remember over T steps, its gates must start open for as long: chrono is
	 * that T, and draws biases so that units forget over 2 to T steps. forget_bias starts all
	 * alike: 1 is good for T of some tens, and too little for 100 (a gate of 0.73 keeps 2e-14
	 * over 100 steps). One of the two is given. Gates that let in and keep what is left of 1
	 * (mgu, min_gru, mut1, lem ...) start at the negative of it.
	 */
	double forget_bias; /* how biases of forget gates start */
	double chrono;      /* the longest time to remember: Tallec & Ollivier 2018; 0: not used */
	bool trainable_initial_state; /* the state before the first step is learned: weights h_0,
			       c_0, ..., which start as the kind's own start */
	bool two_biases; /* a second bias with each recurrent product (as cuDNN has): b_xi, b_hi */
	bool layer_norm; /* normalise each product of a gate: Ba, Kiros & Hinton 2016 */
	double weight_dropout; /* share of recurrent weights set to zero, one mask a round:
				Merity, Keskar & Socher 2018 */
	double update_dropout; /* share of new values set to zero before they enter the memory:
			       Semeniuta, Severyn & Barth 2016 */
	const void *extra;     /* the kind's own options, see cell_options.h, copied;
				  NULL: its defaults */
} tl_cell_options;

/*
 * A new cell; its weights are added to the set as "lstm0.W_i" and so on. NULL, with the reason in
 * tl_params_error: no such kind, a name that is empty, has a slash or is taken (the set has a
 * parameter "lstm0.x" already), options that cannot be or that the kind has no use for. The set
 * must outlive the cell.
 */
TL_API tl_cell *tl_cell_create(tl_params *set, const char *kind, const char *name,
			       tl_cell_options options);

/* The same for a kind that is not registered. It is copied, with the text and the options it points
 * to: it may be a local variable. */
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
 * TL_OPTION_FORGET_BIAS. Of the options in, hidden and extra count; NULL: those of a small example.
 * 0 if such a cell cannot be made. A small cell is made and given up to find out.
 */
TL_API unsigned tl_cell_kind_takes(const tl_cell_kind *kind, const tl_cell_options *options);

/* The state before the first step: zeros, or what the kind or trainable_initial_state says. */
TL_API TL_SITED tl_state tl_cell_initial_state(const tl_cell *cell, tl_tape *tape, int64_t batch);

/* One step, recorded in the scope of the cell's name. On error the state is inert. */
TL_API TL_SITED tl_state tl_cell_step(const tl_cell *cell, tl_tensor x, tl_state s);

/*
 * One node of a tree, from the states of its children (a kind that has .join: the tree LSTMs; for
 * others count must be 1). A leaf has no children: count 0.
 */
TL_API TL_SITED tl_state tl_cell_tree_step(const tl_cell *cell, tl_tensor x,
					   const tl_state *children, int count);

/* Looking */

TL_API const char *tl_cell_name(const tl_cell *cell);
TL_API const tl_cell_kind *tl_cell_get_kind(const tl_cell *cell);
TL_API const tl_cell_options *tl_cell_get_options(const tl_cell *cell); /* extra is never NULL if
									   the kind has some */
TL_API int tl_cell_state_count(const tl_cell *cell);
/* Of the k-th state without the batch; of x likewise. */
TL_API tl_shape tl_cell_state_shape(const tl_cell *cell, int k);
TL_API tl_shape tl_cell_input_shape(const tl_cell *cell);
/* The parameters and buffers of the cell in the order made; NULL if there is none of that index. */
TL_API int tl_cell_param_count(const tl_cell *cell);
TL_API tl_param *tl_cell_param_at(const tl_cell *cell, int index);

/* Declaring a kind */

/*
 * What a weights function sees. It runs twice when the cell is made, and once on each tape in each
 * round: it always names the same weights in the same order, so it may look at the options and at
 * nothing else.
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

/* A weight of this shape, as a tensor; inert while the cell is being made. */
TL_API tl_tensor tl_weight(tl_weight_builder *w, const char *name, tl_shape shape, tl_init init);
/* For a function that reads w->options itself: it gives these an effect (TL_OPTION_... | ...). */
TL_API void tl_weights_take(tl_weight_builder *w, unsigned options);
/* These are refused, though a call would take them: it is not all of the kind that would. */
TL_API void tl_weights_refuse(tl_weight_builder *w, unsigned options);
/* Numbers that are kept with the weights and not learned. */
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
/* Of other shapes, or of another start where the options do not say one. */
TL_API tl_tensor tl_weight_input_shaped(tl_weight_builder *w, const char *name, tl_shape shape,
					tl_init otherwise);
TL_API tl_tensor tl_weight_recurrent_shaped(tl_weight_builder *w, const char *name, tl_shape shape,
					    tl_init otherwise);

/* What stands before the squashing of a gate: W x + U h + b, with the options' second bias and
 * layer norm. */
typedef struct tl_gate {
	tl_tensor W, U, b;
	tl_tensor b_h;            /* with two_biases */
	tl_tensor gain_x, gain_h; /* with layer_norm */
} tl_gate;

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
TL_API tl_init tl_init_bias(const tl_weight_builder *w); /* options.bias_init, or zeros */
TL_API tl_init tl_init_forget_bias(const tl_weight_builder *w);
TL_API tl_init tl_init_input_bias(const tl_weight_builder *w);
TL_API tl_init tl_init_update_bias(const tl_weight_builder *w);

TL_API tl_tensor tl_gate_sum(const tl_gate *g, tl_tensor x, tl_tensor h); /* W x + b + U h */
TL_API tl_tensor tl_gate_input(const tl_gate *g, tl_tensor x);            /* W x + b */
TL_API tl_tensor tl_gate_recurrent(const tl_gate *g, tl_tensor h);        /* U h (+ b_h) */

/* z a + (1 - z) b: where z gates, `a` comes in. */
TL_API tl_tensor tl_blend(tl_tensor z, tl_tensor a, tl_tensor b);

/* The weights as the weights function bound them on this tape. In a step never NULL. */
TL_API const void *tl_cell_weights(const tl_cell *cell, tl_tape *tape);

/* For a step: options.activation or else the paper's; the kind's own options; update_dropout. While
 * a cell is made with activation or update_dropout its step is recorded once, to see whether it
 * calls these. */
TL_API tl_tensor tl_cell_activate(const tl_cell *cell, tl_tensor x, tl_activation paper);
static inline const void *tl_cell_extra(const tl_cell *cell)
{
	const tl_cell_options *o = tl_cell_get_options(cell);
	return o ? o->extra : NULL;
}
TL_API tl_tensor tl_cell_update_dropout(const tl_cell *cell, tl_tensor update);

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
	/* How many of the named states there are; unset: all. */
	int (*states)(const tl_cell_options *options);
	/* Of state k and of x without the batch; unset: [hidden], [in]. */
	tl_shape (*state_shape)(const tl_cell_options *options, int k);
	tl_shape (*input_shape)(const tl_cell_options *options);
	tl_tensor (*initial_state)(const tl_cell *cell, tl_tape *tape, int k, tl_shape shape);
	/* NULL, or what is wrong with the options. */
	const char *(*validate)(const tl_cell_options *options);
	bool uses_step;    /* the step looks at the tape's time step */
	bool uses_batch;   /* while training a row sees the rest of its batch */
	size_t extra_size; /* of the kind's own options */
	/* What these are when .extra is NULL; NULL: all zero. */
	const void *extra_default;
	/* Puts the default where a member is 0. Options need this or a preset. */
	void (*defaults)(void *extra);
	const tl_cell_options *example; /* a small example for tests; NULL: 3 in, 4 hidden */
};

/* The registry: kinds found by name */

/*
 * Add your kind, which is not copied: it must outlive the process's use. TL_ERROR_NAME: there is a
 * kind of this name, which tl_cell_kind_find(kind->name) shows. TL_ERROR_ARGUMENT: it lacks a name,
 * weights, a step, a state, or what its own options are; tl_cell_create_from_kind with the same
 * kind says in words which. Not to be called while another thread is looking.
 */
TL_API tl_status tl_cell_kind_register(const tl_cell_kind *kind);
TL_API const tl_cell_kind *tl_cell_kind_find(const char *name); /* NULL when there is none */
TL_API int tl_cell_kind_count(void);
TL_API const tl_cell_kind *tl_cell_kind_at(int index);

#ifdef __cplusplus
}
#endif
#endif
