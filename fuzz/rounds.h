/*
 * Two worlds in which the same is done. The library's way of computing is tried in the first: its
 * tapes live on from round to round and compile, remember, recompute, run short of memory. In the
 * second each round has a tape of its own and the reference executor. Each has its own parameters;
 * after each action that may change them they are compared, and made equal, so that differences do
 * not add up.
 *
 * A round is recorded as instructions, which name what they use by number, so that a held program
 * can be compared too: its rounds are recorded again for the second world, one for each run.
 */
#ifndef TL_FUZZ_ROUNDS_H
#define TL_FUZZ_ROUNDS_H

#include <tapeloop/tapeloop.h>

#include "fuzz/drive.h"

enum { TRIED, TRUSTED, WORLDS };
enum { TAPES = 2, SETS = 2, CELLS = 2, HELD = 2, POOL = 48, LOG = 96, OUTPUTS = 4, DATA = 256 };

/* What is recorded. Most give one tensor; those after WITHOUT_RESULT give none. */
typedef enum record_op {
	R_FULL,
	R_INPUT,
	R_BLOCK, /* an input that is a parameter's value or gradient, where it lies */
	R_CONSTANT,
	R_INDEX,
	R_USE,
	R_UNARY,
	R_BINARY,
	R_LINEAR,
	R_REDUCE,
	R_ALONG,
	R_FORM,
	R_JOIN,
	R_DROPOUT,
	R_MASK,
	R_GATHER,
	R_LOSS,
	R_GRADIENT,
	R_UNROLL,
	R_NAN,
	R_TOTAL, /* the means of the last `data` of `more` tensors, added up */
	WITHOUT_RESULT,
	R_STEP = WITHOUT_RESULT,
	R_TRAINING,
	R_ASSIGN,
	R_DONE /* an assignment that was carried out */
} record_op;

typedef struct instruction {
	record_op op;
	int which;            /* of several functions, or a flag */
	int a, b;             /* tensors of the pool */
	int set, param, more; /* parameters */
	int cell, data;
	double number;
	tl_shape shape;
	const void *source[WORLDS]; /* of an input */
	bool calm_a, calm_b;        /* through tanh first: it might be large */
} instruction;

typedef struct pooled {
	tl_tensor t[WORLDS];
	double bound;  /* its numbers are not larger */
	unsigned sets; /* which it depends on */
	int at;        /* the instruction in the log */
	bool integers, input;
} pooled;

typedef struct twin_tape {
	tl_tape *t[WORLDS];
	tl_dtype dtype;
	uint64_t seed;
	int rewinds; /* since it was seeded */
	int executor, recompute;
	bool tracing, evaluating;
	/* of the round */
	long round; /* no two have the same */
	bool began_evaluating;
	pooled pool[POOL];
	int pooled, logged;
	instruction log[LOG];
	bool poisoned; /* by an error */
	bool changed;  /* what it read has changed: forget before computing */
	bool lost;     /* a set it uses is gone */
	bool has_nan, reads_blocks;
	bool reads_gone; /* recorded again, it would be another: a cell is gone, a parameter frozen
			    or not since. No program can be made of it */
	unsigned sets;
} twin_tape;

typedef struct twin_set {
	tl_params *s[WORLDS];
	tl_optimizer *o[WORLDS];
	tl_dtype dtype;
	int made; /* names given */
} twin_set;

typedef struct twin_cell {
	tl_cell *c[WORLDS];
	int set, in;
} twin_cell;

/* A program of the first world, and the round it was made from. */
typedef struct held {
	tl_program *p;
	tl_dtype dtype;
	uint64_t seed;
	int rewinds, runs;
	instruction log[LOG];
	int logged;
	unsigned sets;
	long round;
	bool reads_blocks, evaluating;
	tl_tensor handle[POOL]; /* by number in the pool */
	int pooled;
	int output[OUTPUTS], outputs, loss; /* numbers in the pool; -1: no loss */
	int at[POOL];                       /* instructions that gave them */
	double *carried[LOG];               /* what an input has instead of its data */
	int carry[2][2], carries;           /* numbers in the pool: output, input */
} held;

typedef struct world {
	twin_tape tape[TAPES];
	twin_set set[SETS];
	twin_cell cell[CELLS];
	held held[HELD];
	long rounds, made;
	int fault;                       /* the allocation of the next action that fails; 0: none */
	bool fault_stays;                /* and those after it */
	float f32[DATA], constant[DATA]; /* constants are copies, and stay when data changes */
	double f64[DATA];
	int32_t index[2][DATA]; /* in range, and not */
} world;

/* What a unit asks for, by its first byte; on which tape, by its second. */
typedef enum action {
	RECORD,
	FREEZE, /* a parameter, or train it again */
	READ,
	BACKWARD,
	REWIND,
	REPEAT, /* the last round; expanded before anything runs */
	COMMIT,
	STEP,
	ZERO,
	MODE,
	BIND,
	FORGET,
	DATA_CHANGED,
	ADD,
	SET,
	CELL,
	TAPE,
	FAULT,
	WRONG,
	HOLD,
	RUN,
	HELD_BIND,
	HELD_CARRY,
	HELD_MEET,
	HELD_DROP,
	ACTIONS
} action;

/* rounds_repeat.c */
action action_of(const uint8_t *unit);
int tape_of(const uint8_t *unit);
size_t rounds_expand(const fuzz_unit *from, size_t count, fuzz_unit *to);

/* rounds_world.c: making and unmaking, comparing */
void world_start(world *w);
void world_finish(world *w);
void world_set_create(world *w, int set, tl_dtype dtype);
void world_set_destroy(world *w, int set);
void world_add_param(world *w, int set);
void world_freeze(world *w, int set, unsigned param);
void world_cell_create(world *w, int cell, int set, unsigned kind, unsigned size);
void world_cell_destroy(world *w, int cell);
void world_tape_create(world *w, int tape, tl_dtype dtype);
void world_tape_destroy(world *w, int tape);
void world_rewind(world *w, int tape);
void world_fresh(twin_tape *t); /* forget what was computed of what has changed */
/* Values or gradients of these sets have changed; not for this tape, which knows (-1: none). */
void world_changed(world *w, unsigned sets, bool values, int except);
void world_zero(world *w); /* all gradients, after an error */
void world_compare_sets(world *w, tl_dtype computed);
void world_compare(const char *what, tl_tensor tried, tl_tensor trusted);
bool world_close(const double *a, const double *b, int64_t count, tl_dtype dtype, int64_t *worst);
double *world_numbers(const void *values, tl_dtype dtype, int64_t count);

/* For the first world: the allocation that is to fail does. false: it did, and there is an error.
 */
void world_arm(world *w);
bool world_disarm(world *w);
/* After the first world's part of an action on this tape, that may have run short of memory. */
bool world_survived(world *w, twin_tape *t);
/* After both: have they come to the same status? Notes if the tape is poisoned. True: all is well.
 */
bool world_agree(world *w, twin_tape *t, const char *what);

/* rounds_record.c */
record_op record_op_of(const uint8_t *unit);
bool record_action(world *w, int tape, const uint8_t *unit);
/* Record it in both; true if it gave what it should. */
bool record_both(world *w, int tape, instruction *in);
int record_loss(world *w, int tape, unsigned a, unsigned b); /* a number in the pool, or -1 */

/* rounds_emit.c: an instruction on a tape of one world. Inert if there is no result. */
tl_tensor record_emit(const world *w, int which, tl_tape *t, const tl_tensor *pool,
		      const instruction *in);
void record_print(const instruction *in, int result);

/* rounds_held.c */
void held_create(world *w, int at, int tape, const uint8_t *unit);
void held_destroy(world *w, int at);
void held_destroy_of(world *w, unsigned sets);
void held_run(world *w, int at);
void held_bind(world *w, int at, const uint8_t *unit);
void held_carry(world *w, int at, const uint8_t *unit);
void held_meet(world *w, int at, int tape, const uint8_t *unit);

#endif
