/*
 * Bytes are read as a program of ops on random tensors, right and wrong. Whatever they say, nothing
 * may crash, leak or hang; a call that is refused leaves words on the tape; and what could be
 * recorded runs under both executors to the same numbers, with gradients that agree with each other
 * and with differences.
 *
 * With libFuzzer this is the entry; with -DFUZZ_STANDALONE it is a program that takes how many
 * pseudo-random inputs to run, and where to start:  fuzz_tape 5000 1, or files to run again.
 */
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tapeloop/tapeloop.h>

#include "fuzz/ops.h"

enum { MOST_NODES = 4000, MOST_REFUSED = 12, MEMORY = 1 << 26 };

/* What went wrong, and stop: the fuzzer keeps the input. */
#define DEMAND(condition, ...)                                                                     \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "fuzz_tape.c:%d: " #condition ": ", __LINE__);             \
			fprintf(stderr, __VA_ARGS__);                                              \
			fputc('\n', stderr);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* Memory: counted, and no more of it than a fuzzer should use */

static int64_t blocks;
static size_t in_use;

static void *limited_resize(void *user, void *memory, size_t bytes)
{
	size_t *head = memory ? (size_t *)memory - 2 : NULL, before = head ? *head : 0;
	(void)user;
	if (bytes > MEMORY || in_use - before + bytes > MEMORY)
		return NULL;
	head = realloc(head, 2 * sizeof *head + bytes);
	if (!head)
		return NULL;
	*head = bytes;
	in_use += bytes - before;
	blocks += !memory;
	return head + 2;
}

static void limited_release(void *user, void *memory)
{
	(void)user;
	if (!memory)
		return;
	size_t *head = (size_t *)memory - 2;
	in_use -= *head;
	blocks--;
	free(head);
}

/* A program: instructions, of which those that were refused are left out when it is recorded anew.
 */
typedef struct program {
	const uint8_t *code;
	size_t instructions;
	bool *refused;
	tl_params *set;
	bool smooth, steady; /* see fuzz_pool */
} program;

/* Record on this tape. Returns the instruction that was refused, or -1; the pool is what there is.
 */
static long record(program *p, tl_tape *tape, fuzz_pool *pool)
{
	*pool = (fuzz_pool){.tape = tape, .set = p->set, .smooth = true, .steady = true};
	pool->plain = p->code[0] & 128; /* the first byte says which kind it is */
	fuzz_start(pool);
	for (size_t i = 0; i < p->instructions; i++) {
		if (p->refused[i] || tl_tape_node_count(tape) > MOST_NODES)
			continue;
		fuzz_bytes bytes = {p->code + FUZZ_INSTRUCTION * i, FUZZ_INSTRUCTION, 0};
		pool->instruction = (int)i;
		fuzz_apply(pool, &bytes);
		if (tl_tape_error(tape))
			return (long)i;
	}
	p->smooth = pool->smooth;
	p->steady = pool->steady;
	return -1;
}

/* An error has a status, words that name something, and a place. */
static void demand_words(tl_tape *tape)
{
	const char *words = tl_tape_error(tape);
	DEMAND(words && *words && strstr(words, ": ") && strstr(words, "\n  at "), "%s", words);
	DEMAND(tl_tape_status(tape) != TL_OK, "%s", words);
}

/* Refused instructions are found by recording until nothing is refused. False: give up. */
static bool settle(program *p, tl_tape *tape, fuzz_pool *pool)
{
	for (int tries = 0; tries < MOST_REFUSED; tries++) {
		tl_tape_rewind(tape);
		long at = record(p, tape, pool);
		if (at < 0)
			return true;
		demand_words(tape);
		DEMAND(!tl_add(pool->tensor[0], pool->tensor[0]).id, "recorded after an error");
		p->refused[at] = true;
	}
	return false;
}

/* The mean of a bounded function of all that was recorded last, as the loss. */
static tl_tensor loss_of(const fuzz_pool *pool)
{
	tl_tensor sum = tl_scalar(pool->tape, 0);
	for (int i = pool->count - 1, used = 0; i >= 0 && used < 6; i--) {
		tl_tensor x = pool->tensor[i];
		if (tl_tensor_dtype(x) == TL_I32 || !tl_tensor_size(x) || tl_tensor_size(x) > 4096)
			continue;
		sum = tl_add(sum, tl_mean(tl_tanh(tl_scale(x, 0.3)), TL_ALL));
		used++;
	}
	return sum;
}

/* Values of all tensors of the pool, then the gradients: as doubles, one after the other. */
typedef struct numbers {
	double *x;
	size_t count, room;
	bool whole; /* nothing was out of memory or wrong with the data */
} numbers;

static void keep(numbers *n, tl_tensor t)
{
	tl_dtype type = tl_tensor_dtype(t);
	const void *value = type == TL_F64   ? (const void *)tl_value_double(t)
			    : type == TL_F32 ? (const void *)tl_value(t)
					     : (const void *)tl_value_int(t);
	int64_t size = tl_tensor_size(t);
	if (!value || size > 1 << 16) {
		n->whole &= value != NULL;
		return;
	}
	if (n->count + (size_t)size > n->room) {
		n->room = 2 * n->room + (size_t)size;
		n->x = realloc(n->x, n->room * sizeof *n->x);
	}
	for (int64_t i = 0; i < size; i++)
		n->x[n->count++] = type == TL_F64   ? ((const double *)value)[i]
				   : type == TL_F32 ? (double)((const float *)value)[i]
						    : (double)((const int32_t *)value)[i];
}

/* Gradients of the loss by every parameter; an op without a derivative makes the program not whole.
 */
static void run(program *p, tl_executor executor, int order, numbers *n)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	fuzz_pool pool;
	tl_tensor wrt[FUZZ_LEAVES], grad[FUZZ_LEAVES];
	n->whole = true;
	tl_tape_set_executor(tape, executor);
	DEMAND(record(p, tape, &pool) < 0, "refused the second time: %s", tl_tape_error(tape));
	tl_tensor loss = loss_of(&pool);
	memcpy(wrt, pool.tensor, sizeof wrt);
	if (order && tl_grads(loss, wrt, FUZZ_LEAVES, grad)) {
		n->whole = false;
	} else {
		for (int i = 0; i < FUZZ_LEAVES && order; i++)
			keep(n, grad[i]);
		for (int i = 0; i < pool.count && !tl_tape_error(tape); i++)
			keep(n, pool.tensor[i]);
	}
	if (tl_tape_error(tape)) {
		demand_words(tape);
		DEMAND(tl_tape_status(tape) == TL_ERROR_MEMORY ||
			       tl_tape_status(tape) == TL_ERROR_VALUE ||
			       tl_tape_status(tape) == TL_ERROR_GRADIENT,
		       "%s", tl_tape_error(tape));
		n->whole = false;
	}
	tl_tape_destroy(tape);
}

/* Sums may be taken in another order, so the last bits differ; not more, nor what is finite. */
static void compare(program *p)
{
	for (int order = 0; order < 2; order++) {
		numbers n[2] = {{0}};
		run(p, TL_EXECUTOR_REFERENCE, order, &n[0]);
		run(p, TL_EXECUTOR_COMPILED, order, &n[1]);
		DEMAND(n[0].whole == n[1].whole, "only one executor could run it");
		for (size_t i = 0; n[0].whole && (order ? p->smooth : p->steady) && i < n[0].count;
		     i++) {
			double a = n[0].x[i], b = n[1].x[i];
			if (!isfinite(a) || fabs(a) > 1e6)
				break; /* what comes of it may be anything */
			DEMAND(fabs(a - b) <= 1e-8 * fmax(1, fabs(a)),
			       "number %zu, order %d: reference %.17g, compiled %.17g", i, order, a,
			       b);
		}
		free(n[0].x);
		free(n[1].x);
	}
}

static tl_tensor model(tl_tape *tape, void *user)
{
	fuzz_pool pool;
	if (record(user, tape, &pool) >= 0)
		return (tl_tensor){tape, 0, 0};
	return loss_of(&pool);
}

/* A wrong gradient is wrong by about the same whatever the step of the differences. */
static void check_gradients(program *p)
{
	static const double step[] = {1e-5, 1e-4, 3e-6};
	tl_gradcheck_report report[3];
	for (int i = 0; i < 3; i++) {
		tl_gradcheck_options options = {.step = step[i], .tolerance = 1e-4, .sample = 3};
		if (tl_gradcheck(model, p, p->set, &options, &report[i]) != TL_ERROR_GRADIENT)
			return;
		if (!isfinite(report[i].analytic) || !isfinite(report[i].numeric) ||
		    fabs(report[i].analytic) > 1e3 || fabs(report[i].numeric) > 1e3)
			return; /* too steep for differences to say anything */
	}
	double a = report[0].analytic - report[0].numeric,
	       b = report[1].analytic - report[1].numeric;
	DEMAND(fabs(a - b) > 0.1 * fabs(a) || report[0].index != report[1].index, "%s",
	       report[0].message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < FUZZ_INSTRUCTION || size > 64 * FUZZ_INSTRUCTION)
		return 0;
	tl_set_allocator(&(tl_allocator){limited_resize, limited_release, NULL});
	program p = {.code = data, .instructions = size / FUZZ_INSTRUCTION};
	p.refused = calloc(p.instructions, sizeof *p.refused);
	p.set = tl_params_create(TL_F64);
	tl_tape *tape = tl_tape_create(TL_F64);
	fuzz_pool pool;
	bool settled = settle(&p, tape, &pool);
	if (settled && tl_tape_node_count(tape) <= MOST_NODES) {
		fuzz_look(tape);
		compare(&p);
		if (p.smooth && tl_tape_node_count(tape) < 400)
			check_gradients(&p);
	}
	tl_tape_destroy(tape);
	tl_params_destroy(p.set);
	free(p.refused);
	DEMAND(blocks == 0 && in_use == 0, "%" PRId64 " blocks leaked", blocks);
	tl_set_allocator(NULL);
	return 0;
}

#ifdef FUZZ_STANDALONE

enum { SECONDS = 20 }; /* for one input */

static uint64_t state;
static volatile long now;

/* Which input it was, when it crashes or takes too long. */
static void say_which(int signal_number)
{
	char words[64];
	int length = snprintf(words, sizeof words, "input %ld: signal %d\n", now, signal_number);
	if (write(2, words, (size_t)length) == length)
		signal(signal_number, SIG_DFL);
	raise(signal_number);
	_exit(1);
}

static uint8_t next_byte(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint8_t)(state >> 56);
}

static int run_file(const char *path)
{
	uint8_t data[4096];
	FILE *file = fopen(path, "rb");
	if (!file)
		return perror(path), 1;
	size_t size = fread(data, 1, sizeof data, file);
	fclose(file);
	return LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv)
{
	char *end = NULL;
	long count = argc > 1 ? strtol(argv[1], &end, 10) : 2000,
	     first = argc > 2 ? atol(argv[2]) : 1;
	uint8_t data[64 * FUZZ_INSTRUCTION];
	if (end && *end) {
		for (int i = 1; i < argc; i++)
			if (run_file(argv[i]))
				return 1;
		return 0;
	}
	signal(SIGALRM, say_which);
	signal(SIGABRT, say_which);
	signal(SIGSEGV, say_which);
	for (long i = first; i < first + count; i++) {
		state = (uint64_t)i * 0x9e3779b97f4a7c15u;
		size_t size = FUZZ_INSTRUCTION * (1 + next_byte() % 40u);
		for (size_t k = 0; k < size; k++)
			data[k] = next_byte();
		if (isatty(2))
			fprintf(stderr, "\r%ld ", i);
		now = i;
		alarm(SECONDS);
		LLVMFuzzerTestOneInput(data, size);
	}
	printf("%ld inputs\n", count);
	return 0;
}

#endif
