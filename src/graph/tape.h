/*
 * The tape from the inside. Nodes are kept in one array in the order they were recorded, which is a
 * topological order: an operand's number is always smaller than its user's. Everything that walks
 * the graph is a loop over numbers; nothing recurses.
 */
#ifndef TL_GRAPH_TAPE_H
#define TL_GRAPH_TAPE_H

#include <tapeloop/custom_op.h>
#include <tapeloop/params.h>

#include <stdatomic.h>

#include "base/memory.h"
#include "base/random.h"
#include "graph/signature.h"

typedef struct tl_node {
	const tl_op *op;
	const void *attr;
	const char *site;   /* "file.c:84" of the user's call; NULL until it returns to the user */
	const void *source; /* inputs and constants: the data; NULL for others */
	tl_shape shape;
	uint32_t first; /* operands are tape->operand[first ...] */
	uint32_t operands;
	uint32_t primal; /* for a node of an adjoint computation: the node being differentiated;
			    else 0 */
	int32_t scope, step;
	uint32_t draw;        /* of random ops: how many were recorded before in this round */
	uint32_t gradient_of; /* the node that it is the gradient with respect to; else 0 */
	tl_dtype dtype;
} tl_node;

enum { TL_SCOPE_BUCKETS = 256, TL_WHOLE_OPS = 64 };

typedef struct tl_scope {
	char *path;
	int32_t parent;
	int32_t next, child; /* siblings and children are lists */
	int32_t chain;       /* the next in its bucket; 0 ends it */
	uint32_t round;      /* when it was last entered */
} tl_scope;

struct tl_use_entry; /* params.c: which node a parameter has on this tape */

/* A set that parameters on the tape are of; the serial number tells it from a later one at the same
 * address. */
typedef struct tl_set_use {
	tl_params *set;
	uint64_t serial;
} tl_set_use;
struct tl_kept; /* keep.c: memory that lives until the rewind */

/* A tensor that was given a name where it was recorded. */
typedef struct tl_observation {
	const char *name;
	int32_t scope, step;
	uint32_t node;
} tl_observation;

/* A buffer that is to take a value when the tape is committed. */
typedef struct tl_assignment {
	tl_param *buffer;
	uint32_t node;
} tl_assignment;

enum { TL_ERROR_TEXT = 640 };

typedef struct tl_problem {
	tl_status status;
	bool sited; /* the user's call has returned, so `site` is what it will be */
	const char *site;
	int32_t scope, step;
	const char *hint;
	const char *during; /* name of the op whose derivative was being recorded, or NULL */
	char what[TL_ERROR_TEXT];
} tl_problem;

struct tl_tape {
	tl_node *node; /* [0] is no node */
	uint32_t *operand;
	size_t nodes, node_room, operands, operand_room, node_limit;
	/*
	 * The number of each node's signature, beside the nodes: with the operands this is all of
	 * what was recorded but data, so comparing two recordings is comparing arrays (run/key.h).
	 * Those past the last node are of an earlier generation, and are guesses for this one.
	 */
	uint32_t *signature;
	size_t signature_room, guesses;
	tl_signature_table signatures;
	uint64_t signature_epoch; /* counts how often the table was emptied */
	double *number; /* of every full tensor, in order: data that signatures leave out */
	size_t numbers, number_room;
	uint32_t round; /* the generation of handles: unique among all tapes of the process */
	uint32_t born;  /* its first generation; older ones were another tape's at this address */
	atomic_bool recording; /* a node is being appended right now: by one thread, or it is an
				  error */
	tl_dtype dtype;
	const tl_op *whole[TL_WHOLE_OPS]; /* ops that lack nothing */

	tl_arena attrs; /* attributes and constants: until the rewind */

	tl_scope *scopes; /* [0] is no scope */
	size_t scope_count, scope_room,
		scopes_now; /* of which so many were entered since the rewind */
	int32_t scope_bucket[TL_SCOPE_BUCKETS];
	int32_t scope, step;
	const char *site; /* set while adjoints are recorded: they take the primal's place */
	uint32_t primal;
	size_t stamped; /* nodes before this one have their site */

	tl_problem problem;
	char text[TL_ERROR_TEXT + 512];
	bool had_problem; /* before the last rewind, and text still has its words */

	struct tl_use_entry *uses; /* a uthash table by parameter */
	size_t uses_now;           /* how many of them are of this generation */
	tl_set_use *set;           /* whose parameters are on the tape */
	size_t sets, set_room;
	tl_assignment *assignment;
	size_t assignments, assignment_room;

	struct tl_kept *kept; /* a uthash table by key */
	size_t kept_now;
	tl_observation *observation;
	size_t observations, observation_room;
	bool evaluating; /* masks and batch statistics are off */

	/* This set's values are read from, and its gradients added to, these instead (gradcheck).
	 */
	tl_params *shadow;
	double *shadow_values, *shadow_gradients;

	uint32_t *scratch; /* of the adjoint walk, kept for the next */
	tl_tensor *part;   /* what is being added up in it */
	size_t scratch_room, part_room;

	/*
	 * The numbers of a random op follow from the round's stream, which is of the seed and how
	 * often the tape was rewound since it was set, and from how many random ops were recorded
	 * before: never from a node's number.
	 */
	uint64_t seed, rounds, stream, next_seed;
	uint32_t draws;
	bool reseeded;        /* next_seed is to be the seed from the next rewind on */
	uint64_t generation;  /* counts what makes computed values void: rewinding, binding,
				 forgetting */
	uint64_t evaluations; /* counts what was computed */
	bool computed;        /* something was since the rewind */
	bool trace_nan;
	int recompute; /* in how many stretches; 0: everything is kept */
	tl_executor executor;
	size_t cache_limit; /* bytes of compiled programs that may be kept */

	void *plan; /* belongs to the executors */
	void (*plan_destroy)(void *plan);
};

static inline tl_node *tl_node_at(const tl_tape *tape, uint32_t id)
{
	return &tape->node[id];
}

static inline tl_tensor tl_handle(tl_tape *tape, uint32_t id)
{
	return (tl_tensor){tape, id, tape->round};
}

static inline const uint32_t *tl_operands_of(const tl_tape *tape, const tl_node *n)
{
	return tape->operand + n->first;
}

/* The k-th operand of a call, which has as many. */
static inline const tl_node *tl_operand_node(const tl_call *c, int k)
{
	return tl_node_at(c->tape, c->tape->operand[c->first + (uint32_t)k]);
}

static inline tl_call tl_call_of(tl_tape *tape, uint32_t id)
{
	const tl_node *n = tl_node_at(tape, id);
	return (tl_call){tape, n->op, n->attr, (int)n->operands, {tape, id, tape->round}, n->first};
}

int64_t tl_elements(const tl_shape *s); /* the product; the shape is known to be sound */
bool tl_shape_sound(const tl_shape *s); /* rank 0..4, no dimension negative, the size fits */
bool tl_shape_same(const tl_shape *a, const tl_shape *b);
const char *tl_shape_text(const tl_shape *s, char text[96]); /* "[32,128]"; returns text */

/* Append a node whose operands, shape and type are known to be right. 0 when memory is short
 * (reported). */
uint32_t tl_append(tl_tape *tape, const tl_op *op, const void *attr, size_t operands,
		   tl_shape shape, tl_dtype dtype);

/* Is this a tensor of this tape and round? If not, says so on the tape, for an op of this name. */
bool tl_belongs(tl_tape *tape, tl_tensor t, const char *op, int operand);

/* Leave an error on the tape unless it has one. `what` starts with the name of what was called. */
__attribute__((format(printf, 4, 5))) tl_status
tl_report(tl_tape *tape, tl_status status, const char *hint, const char *format, ...);
/* The same in the place of a node that is already recorded. */
__attribute__((format(printf, 5, 6))) tl_status tl_report_at(tl_tape *tape, uint32_t id,
							     tl_status status, const char *hint,
							     const char *format, ...);
tl_status tl_report_memory(tl_tape *tape, const char *doing);

/* Leaves, as nodes see them: their ops have no kernel. */
extern const tl_op tl_op_input, tl_op_constant, tl_op_full, tl_op_param;

/* Strips compute it. */
static inline bool tl_is_elementwise(const tl_op *op)
{
	return op->step || op->elementwise;
}

static inline bool tl_is_leaf(const tl_node *n)
{
	return !n->op->kernel && !tl_is_elementwise(n->op);
}

typedef struct tl_input_attr {
	int32_t source; /* tl_dtype of the data */
} tl_input_attr;

typedef struct tl_full_attr {
	double value;
} tl_full_attr;

/*
 * Is the number part of the structure of a tape, that the compiler may build on? Only such as
 * formulas are made of; any other may be a rate or a temperature that changes every time.
 */
static inline bool tl_is_plain_number(double x)
{
	return x == 0 || x == 1 || x == -1 || x == 2 || x == 0.5 || x == -0.5;
}

typedef struct tl_param_attr {
	tl_param *param;
} tl_param_attr;

/* What a random node draws from; 0 for others. */
static inline uint64_t tl_node_key(const tl_tape *tape, const tl_node *n)
{
	return n->op->random ? tl_random_bits(tape->stream, n->draw) : 0;
}

/* The parameter that a node brings onto the tape. */
static inline tl_param *tl_param_at(const tl_tape *tape, uint32_t id)
{
	return ((const tl_param_attr *)tl_node_at(tape, id)->attr)->param;
}

/* Where the values of a parameter are for this tape, and their type. */
const void *tl_param_source(const tl_tape *tape, const tl_param *p, tl_dtype *dtype);
/* Does this tape add to the parameter's gradient, of which type is it, and where is it? */
bool tl_param_is_stored(const tl_tape *tape, const tl_param *p, tl_dtype *dtype);
void *tl_param_sink(const tl_tape *tape, const tl_param *p);
int64_t tl_param_offset(const tl_param *p); /* of its first number in the blocks */
tl_params *tl_param_set(const tl_param *p);
uint32_t tl_used_as(const tl_tape *tape, const tl_param *p); /* its node on this tape, or 0 */
void tl_uses_rewind(tl_tape *tape);
void tl_uses_finish(tl_tape *tape);

/* Are the sets whose parameters are on the tape still there? If not, says so on the tape. */
bool tl_sets_alive(tl_tape *tape);
bool tl_set_is_alive(const tl_params *set, uint64_t serial);
uint64_t tl_set_serial(const tl_params *set);

/* Leave the first error of a set; returns NULL. */
__attribute__((format(printf, 3, 4))) tl_param *tl_params_report(tl_params *set, tl_status status,
								 const char *format, ...);

/*
 * Memory of this size, zeroed the first time it is asked for in a round and void after the rewind.
 * It is told by a key and by a stamp, so that a new thing at an old address is not taken for the
 * old. NULL when memory is short (reported); *fresh says that it was just made.
 */
void *tl_keep(tl_tape *tape, const void *key, uint64_t stamp, size_t bytes, bool *fresh);
void tl_kept_rewind(tl_tape *tape);
void tl_kept_finish(tl_tape *tape);

#endif
