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

struct tl_use_entry; /* use.c: which node a parameter has on this tape */

/* A set that parameters on the tape are of; the serial number tells it from a later one at the same
 * address. */
typedef struct tl_set_use {
	tl_params *set;
	uint64_t serial;
} tl_set_use;

struct tl_kept;       /* keep.c: memory that lives until the rewind */
struct tl_attachment; /* attach.c: memory of other layers that lives as long as the tape */
struct tl_shadow;     /* use.h */

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

	const struct tl_shadow *shadow; /* of a set; NULL but for the gradient checker's tapes */

	/*
	 * The numbers of a random op follow from the round's stream, which is of the seed and how
	 * often the tape was rewound since it was set, and from how many random ops were recorded
	 * before: never from a node's number.
	 */
	uint64_t seed, rounds, stream, next_seed;
	uint32_t draws;
	bool reseeded;       /* next_seed is to be the seed from the next rewind on */
	uint64_t generation; /* counts what makes computed values void: rewinding, binding,
				forgetting */
	struct {             /* how values are computed, and that they were: by run/ */
		tl_executor executor;
		bool check_finite;
		int recompute;        /* in how many stretches; 0: everything is kept */
		size_t cache_limit;   /* bytes of compiled programs that may be kept */
		uint64_t evaluations; /* counts what was computed */
		uint32_t loss;        /* of the last tl_backward of this round; 0: none */
		uint32_t adjoints, adjoints_end; /* the nodes it recorded; equal: none */
		bool computed;                   /* something was since the rewind */
	} run;
	struct tl_attachment *attachments;
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

/* What a random node draws from; 0 for others. */
static inline uint64_t tl_node_key(const tl_tape *tape, const tl_node *n)
{
	return n->op->random ? tl_random_bits(tape->stream, n->draw) : 0;
}

#endif
