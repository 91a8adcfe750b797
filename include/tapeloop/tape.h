/*
 * A tape records a computation. Calling an op (ops.h) appends a node and computes nothing; a value
 * is computed when it is asked for, each node at most once, and recording goes on after that. A
 * rewound tape is empty again but keeps its memory, so a training loop that rewinds, records and
 * differentiates in each iteration allocates nothing after its first iterations.
 *
 *     tl_tape *tape = tl_tape_create(TL_F32);
 *     tl_tensor x = tl_scalar(tape, 3), y = tl_mul(x, x);
 *     printf("%g\n", tl_item(y));
 *     tl_tape_destroy(tape);
 *
 * Errors are kept by the tape. The first call that cannot be carried out leaves its message there,
 * and from then on every call on this tape does nothing and returns no tensor, so a long expression
 * is checked once, at its end: if (tl_tape_error(tape)) ... Rewinding clears the error.
 *
 * A tape belongs to one thread at a time, and may be handed on between calls. Two that record on it
 * at once are an error that says so when it is noticed, which is likely and not certain. Different
 * tapes may be used by different threads at once.
 *
 * On failure: a status that is not TL_OK, no tensor, or NULL; tl_tape_error(tape) says why. Setters
 *     and getters do not fail: of NULL they do nothing and return 0.
 * Owner: the tape owns its nodes, values and messages until it is rewound or destroyed. tl_input
 *     borrows its data until values are computed; tl_constant copies it.
 */
#ifndef TAPELOOP_TAPE_H
#define TAPELOOP_TAPE_H

#include <stdio.h>
#include <tapeloop/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * An empty tape that computes in TL_F32 or TL_F64.
 * On failure: NULL: out of memory, or another dtype.
 * Owner: the caller, who destroys it.
 */
TL_API tl_tape *tl_tape_create(tl_dtype dtype);

/* Frees the tape, its nodes and its values. NULL is fine. */
TL_API void tl_tape_destroy(tl_tape *tape);

/*
 * Empty the tape for the next iteration; keeps its memory; clears its error. Handles made before
 * are stale. If values were computed but what buffers were to take (tl_assign, tl_carry_assign) was
 * not carried out by tl_backward or tl_tape_commit, the tape begins with an error that says so.
 */
TL_API void tl_tape_rewind(tl_tape *tape);

TL_API tl_dtype tl_tape_dtype(const tl_tape *tape);     /* the type it computes in */
TL_API int64_t tl_tape_node_count(const tl_tape *tape); /* recorded since the last rewind */
TL_API size_t tl_tape_bytes(const tl_tape *tape);       /* memory they take, values not counted */

/*
 * The most nodes that may be recorded between two rewinds; the next is an error. 0 means 2^24, the
 * default. A tape that is never rewound gets slower with every iteration that is added to it.
 */
TL_API void tl_tape_set_node_limit(tl_tape *tape, int64_t nodes);

/*
 * Compiled programs are cached to be run again; the least recently used are given up first when all
 * take more than so many bytes; 128 MB by default. The one that ran last is always kept.
 */
TL_API void tl_tape_set_cache_limit(tl_tape *tape, size_t bytes);
TL_API size_t tl_tape_cache_bytes(const tl_tape *tape); /* what they take now */

/*
 * Random numbers (dropout masks) are counter-based: they follow from this seed (0 by default), from
 * how often the tape was rewound since it was set, and from how many random ops were recorded
 * before: nothing else, so that a run that is begun again gives the same numbers. On a tape that is
 * not empty a new seed holds from the next rewind on.
 */
TL_API void tl_tape_set_seed(tl_tape *tape, uint64_t seed);

/* Errors */

/*
 * The first error since the last rewind, or NULL. The text says what, where and when:
 *
 *     matmul: [32,128] x [256,512]: inner sizes 128 and 256 differ
 *       at examples/charlm.c:84, in encoder/lstm0, step 3
 *     hint: ...
 */
TL_API const char *tl_tape_error(tl_tape *tape);
TL_API tl_status tl_tape_status(const tl_tape *tape);

/* The same, or when there is none the error that the latest rewind to clear one has cleared. NULL
 * if there never was one. */
TL_API const char *tl_tape_last_error(tl_tape *tape);

/*
 * Check every value as it is computed, and make the first NaN or infinity an error that names the
 * node, its step and its line. An infinity that comes from an operand, as from a mask of -infinity,
 * is no error. Slower: nodes are then run one by one.
 */
TL_API void tl_tape_set_check_finite(tl_tape *tape, bool on);

/* Scopes, steps, names */

/* Nodes recorded between these belong to a named part of the model; names nest: "encoder/lstm0". */
TL_API TL_SITED void tl_scope_enter(tl_tape *tape, const char *name);
TL_API TL_SITED void tl_scope_leave(tl_tape *tape);

/* Nodes recorded from now on belong to this time step; -1 (the default) to none. */
TL_API void tl_tape_set_step(tl_tape *tape, int step);
TL_API int tl_tape_step(const tl_tape *tape);

/*
 * Training or not: dropout, zoneout and batch statistics are on (the default) or off. It stays when
 * the tape is rewound.
 */
TL_API void tl_tape_set_training(tl_tape *tape, bool on);
TL_API bool tl_tape_is_training(const tl_tape *tape);

/*
 * Give a tensor a name in the present scope and step, to be found by it later: a gate to plot, a
 * value to explain. Returns the tensor; costs nothing until its value is asked for.
 * Owner: the caller owns the name, which must stay as long as the tape is not rewound.
 */
TL_API tl_tensor tl_tag(tl_tensor t, const char *name);

/*
 * The latest tensor of that name; scope is a whole path ("encoder/lstm0"), "" for none.
 * On failure: TL_NONE, without an error on the tape.
 */
TL_API tl_tensor tl_tape_find(tl_tape *tape, const char *scope, int step, const char *name);

/* Leaves: where values come from */

/*
 * Data that the caller owns and the tape reads when a value is computed. data may be NULL if
 * tl_input_bind comes first. tl_input reads floats, tl_input_double doubles, whatever the tape
 * computes in; tl_input_int makes an integer tensor (token ids, lengths).
 * Owner: the caller owns the data, which must stay until values are computed.
 */
TL_API tl_tensor tl_input(tl_tape *tape, tl_shape shape, const float *data);
TL_API tl_tensor tl_input_double(tl_tape *tape, tl_shape shape, const double *data);
TL_API tl_tensor tl_input_int(tl_tape *tape, tl_shape shape, const int32_t *data);

/*
 * Have an input read other data of its own type from now on. Values computed so far are invalidated
 * and computed again when asked for; so they are after tl_tape_invalidate, which is for data
 * changed in place.
 * Owner: as tl_input.
 */
TL_API TL_SITED tl_status tl_input_bind(tl_tensor input, const void *data);
TL_API void tl_tape_invalidate(tl_tape *tape); /* the data of all inputs has changed */

/*
 * Data the tape keeps: a copy of an array, one number, a shape full of one number.
 * Owner: the tape owns its copy; the caller's data may go at once.
 */
TL_API tl_tensor tl_constant(tl_tape *tape, tl_shape shape, const float *data);
TL_API tl_tensor tl_constant_double(tl_tape *tape, tl_shape shape, const double *data);
TL_API tl_tensor tl_constant_int(tl_tape *tape, tl_shape shape, const int32_t *data);
TL_API tl_tensor tl_scalar(tl_tape *tape, double value);
TL_API tl_tensor tl_full(tl_tape *tape, tl_shape shape, double value);
TL_API tl_tensor tl_zeros(tl_tape *tape, tl_shape shape);
TL_API tl_tensor tl_ones(tl_tape *tape, tl_shape shape);

/* Values */

/*
 * The value, computed now if it was not before: row-major, tl_tensor_size elements. tl_value wants
 * a float tensor, tl_value_double a double one, tl_value_int an integer one.
 * On failure: NULL.
 * Owner: the tape, until it is rewound or an input is bound again.
 */
TL_API TL_SITED const float *tl_value(tl_tensor t);
TL_API TL_SITED const double *tl_value_double(tl_tensor t);
TL_API TL_SITED const int32_t *tl_value_int(tl_tensor t);

/*
 * The one element of a tensor of size 1, of any type.
 * On failure: NaN; tl_tape_last_error says why, also after a rewind.
 */
TL_API TL_SITED double tl_item(tl_tensor t);

/* Compute several values at once, which is faster than one after the other. */
TL_API TL_SITED tl_status tl_evaluate(const tl_tensor *tensors, int count);

/*
 * Gradient checkpointing, memory for time: backward passes of this tape, and programs made from it,
 * keep only what crosses from one segment of the forward computation to the next and compute the
 * rest again when it is needed. -1: as many segments as the square root of the number of steps, for
 * memory that grows with that root; the forward computation is then done twice. 0, the default:
 * everything is kept. Chen et al. 2016.
 */
TL_API void tl_tape_set_recompute(tl_tape *tape, int segments);

/* How values are computed: node by node, keeping everything, or by compiled programs. The default
 * is TL_EXECUTOR_COMPILED unless the environment says TL_EXECUTOR=reference. */
typedef enum tl_executor { TL_EXECUTOR_REFERENCE, TL_EXECUTOR_COMPILED } tl_executor;
TL_API void tl_tape_set_executor(tl_tape *tape, tl_executor executor);

/* Listings and drawings: they show what is recorded, compute nothing, leave no error on the tape
 * and can be called on a tape that has one. Adjoint nodes that tl_grads appended are shown and
 * marked. */

/*
 * One aligned line a node: its number, op, operands (^T: read transposed), shape, the names that
 * tl_tag gave it, scope, step, which gradient it is or is recorded for, the line of the call and,
 * where it has been computed, its value: the number itself, or least, mean and largest. A star
 * marks nodes of the backward pass: "d 8 W" is the gradient with respect to node 8, the parameter W
 * (of what is used several times: the sum); "8 W" only was recorded on the way there, for node 8.
 * A node that is the gradient of several goes by the first, or by a parameter. A legend comes last,
 * and then the tape's error.
 * On failure: TL_ERROR_TAPE without a tape, TL_ERROR_ARGUMENT without a file, TL_ERROR_MEMORY,
 *     TL_ERROR_FILE when writing fails.
 */
TL_API tl_status tl_tape_print(tl_tape *tape, FILE *file);

/*
 * A Graphviz digraph (dot -Tsvg file.dot > file.svg): boxes for nodes, ellipses for leaves, forward
 * and backward nodes in two colours and parameters in a third, and a legend; a frame around each
 * scope and, inside it, around each time step. Time goes from left to right, the backward pass from
 * right to left.
 * On failure: as tl_tape_print.
 */
TL_API tl_status tl_tape_print_dot(tl_tape *tape, FILE *file);

/* The line of a call */

/*
 * Nodes recorded on this tape that have no line yet were recorded here. The macros of sites.h call
 * it; functions of yours that record can do the same.
 * Owner: the caller owns the text, which must stay as long as the tape is not rewound.
 */
TL_API void tl_stamp(tl_tape *tape, const char *site);

#define TL_TEXT_(x) #x
/* What x is defined as, as a text. */
#define TL_TEXT(x) TL_TEXT_(x)
/* The line it stands in: "file.c:84". */
#define TL_SITE __FILE__ ":" TL_TEXT(__LINE__)

/* t, whose node is said to come from this site. */
static inline tl_tensor tl_stamped(tl_tensor t, const char *site)
{
	tl_stamp(t.tape, site);
	return t;
}

#ifdef __cplusplus
}
#endif
#endif
