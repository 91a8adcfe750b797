/*
 * What a tape has compiled, kept to be run again: programs, and the passes that are known to run
 * one of them. The invariant of key.h holds for both: what is filed here never changes; only its
 * place in the order of use does.
 */
#ifndef TL_RUN_CACHE_H
#define TL_RUN_CACHE_H

#include "run/key.h"

/* An output that is added to the gradient of a parameter, by the parameter's node: what is filed
 * has no addresses. */
typedef struct tl_pass_sink {
	uint32_t param, output;
} tl_pass_sink;

/* The number of a root whose node is past the end of a tape that has no adjoints recorded. */
typedef struct tl_pass_number {
	uint32_t root;
	double value;
} tl_pass_number;

/* A backward pass by its tape alone: the program that computes it, and for which nodes. */
typedef struct tl_pass {
	tl_kept_key key;
	struct tl_cached *program;
	uint32_t *node, *primal; /* per place of the program; of adjoints what they differentiate */
	tl_pass_sink *sink;
	tl_pass_number *number;
	size_t sinks, numbers, bytes;
	int lates;            /* how many values it keeps because they were read late */
	struct tl_pass *next; /* in its bucket */
} tl_pass;

/* Iterations that are not rewound between, as micro-batches are, run one program by many passes. */
enum { TL_CACHE_PASSES = 16 };

typedef struct tl_cached {
	tl_kept_key key;
	tl_compiled compiled;
	size_t bytes;
	tl_pass *pass[TL_CACHE_PASSES]; /* that run it, oldest first */
	int passes;
	struct tl_cached *next;          /* in its bucket */
	struct tl_cached *newer, *older; /* in the order of use */
} tl_cached;

enum { TL_CACHE_BUCKETS = 256 };

typedef struct tl_cache {
	tl_cached *program[TL_CACHE_BUCKETS], *newest, *oldest;
	tl_pass *pass[TL_CACHE_BUCKETS];
	size_t bytes;
	uint64_t epoch; /* of the tape's signatures, which the keys are made of */
} tl_cache;

/* Found, they count as used now. */
tl_cached *tl_cache_find(tl_cache *cache, const tl_key *key);
tl_pass *tl_cache_find_pass(tl_cache *cache, const tl_key *key);

/* File a program; older ones go until all take no more than `limit` bytes, or it is alone. The
 * cache owns it from then on. */
void tl_cache_add(tl_cache *cache, tl_cached *program, size_t limit);

/*
 * A pass to be filled in and filed by tl_cache_file_pass. One that differs in numbers alone goes,
 * and its memory is used again. NULL when out of memory.
 */
tl_pass *tl_cache_new_pass(tl_cache *cache, const tl_key *key, tl_cached *program, size_t nodes,
			   size_t sinks, size_t numbers);
void tl_cache_file_pass(tl_cache *cache, tl_pass *pass, size_t limit);

void tl_cached_destroy(tl_cached *program);
void tl_cache_clear(tl_cache *cache);

#endif
