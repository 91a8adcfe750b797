/* What a step costs besides its arithmetic: recording, compiling, starting a program. */
#include "overheads.h"
#include "models.h"
#include "rows.h"
#include "timing.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void run_program(void *user)
{
	if (tl_program_run(user))
		check(tl_program_error(user));
}

void run_peak(void)
{
	const char *name = "sgemm-1024";
	if (!is_wanted(name))
		return;
	tl_set_thread_count(1);
	bench b = bench_create(1, 1024, 1024, 1024, 0);
	tl_tape *t = tl_tape_create(TL_F32);
	tl_tensor y =
		tl_matmul(tl_input(t, tl_dims(b.B, b.H), b.x), tl_input(t, tl_dims(b.H, b.H), b.x));
	tl_program *p =
		tl_program_create(t, (tl_program_options){.outputs = &y, .output_count = 1});
	check(tl_tape_error(t));
	double time = median_time(run_program, p, 1);
	report(name, time, tl_program_get_stats(p).flops);
	tl_program_destroy(p);
	tl_tape_destroy(t);
	bench_finish(&b);
}

/* A process that keeps one core busy until it is killed. */
static pid_t neighbour(void)
{
	pid_t child = fork();
	for (volatile unsigned spin = 0; !child; spin++)
		;
	return child;
}

typedef struct neighbour_job {
	bench b;
	tl_tape *tape;
} neighbour_job;

static void train(void *user)
{
	neighbour_job *j = user;
	tl_tape_rewind(j->tape);
	tl_params_zero_gradients(j->b.set);
	tl_backward(bench_lstm(&j->b, j->tape));
	check(tl_tape_error(j->tape));
}

/* In turns, as the machine's speed drifts; the mean, for a job is put aside or it is not. */
static double mean_time(neighbour_job *j, double budget)
{
	double start = seconds();
	int runs = 0;
	while (seconds() < start + budget) {
		train(j);
		runs++;
	}
	return (seconds() - start) / runs;
}

void run_neighbour(void)
{
	enum { TURNS = 5 };
	const char *names[] = {"quiet-2threads-lstm", "neighbour-2threads-lstm"};
	for (int busy = 0; busy < 2; busy++) {
		if (!is_wanted(names[busy]))
			continue;
		pid_t child = busy ? neighbour() : 0;
		double ratio[TURNS], one = 0, two = 0;
		neighbour_job j[2];
		for (int k = 0; k < 2; k++) {
			tl_set_thread_count(k + 1);
			j[k] = (neighbour_job){bench_create(100, 32, 128, 256, 0),
					       tl_tape_create(TL_F32)};
			train(&j[k]);
			train(&j[k]);
		}
		for (int i = 0; i < TURNS; i++) {
			one = mean_time(&j[0], 1.5);
			two = mean_time(&j[1], 3);
			ratio[i] = one / two;
		}
		if (child > 0) {
			kill(child, SIGKILL);
			waitpid(child, NULL, 0);
		}
		printf("%s\t%.4f ms\t%.2f times one thread's speed\n", names[busy], two * 1e3,
		       median(ratio, TURNS));
		fflush(stdout);
		for (int k = 0; k < 2; k++) {
			tl_tape_destroy(j[k].tape);
			bench_finish(&j[k].b);
		}
	}
}

typedef struct recording {
	bench b;
	tl_tape *tape;
} recording;

static void record(void *user)
{
	recording *r = user;
	tl_tape_rewind(r->tape);
	bench_lstm(&r->b, r->tape);
}

static void run_record(void)
{
	if (!is_wanted("record-node"))
		return;
	recording r = {bench_create(100, 1, 8, 32, 0), tl_tape_create(TL_F32)};
	double time = median_time(record, &r, 0.5);
	double nodes = (double)tl_tape_node_count(r.tape);
	printf("record-node\t%.2f ns\t%.1f bytes\n", time * 1e9 / nodes,
	       (double)tl_tape_bytes(r.tape) / nodes);
	tl_tape_destroy(r.tape);
	bench_finish(&r.b);
}

static void run_replay(void)
{
	if (!is_wanted("replay-overhead"))
		return;
	tl_tape *t = tl_tape_create(TL_F32);
	tl_tensor x = tl_input(t, tl_dims(4), (float[]){1, 2, 3, 4}), y = tl_square(x);
	tl_program *p =
		tl_program_create(t, (tl_program_options){.outputs = &y, .output_count = 1});
	check(tl_tape_error(t));
	printf("replay-overhead\t%.2f ns\n", median_time(run_program, p, 0.2) * 1e9);
	tl_program_destroy(p);
	tl_tape_destroy(t);
}

/* Seconds of a backward pass; *nodes is how many there are with its adjoints, if it records them.
 */
static double backward(bench *b, tl_tape *t, int64_t *nodes)
{
	tl_tape_rewind(t);
	tl_tensor loss = bench_lstm(b, t);
	double start = seconds();
	tl_backward(loss);
	double time = seconds() - start;
	check(tl_tape_error(t));
	*nodes = tl_tape_node_count(t);
	return time;
}

/* What the first backward pass of a tape takes longer than the second, which finds its program: the
 * adjoints are recorded and all is compiled. */
static void run_compile(int64_t T)
{
	enum { TAPES = 5 };
	char name[64];
	snprintf(name, sizeof name, "compile-lstm-T-%lld", (long long)T);
	if (!is_wanted(name))
		return;
	double more[TAPES];
	int64_t nodes, unused;
	bench b = bench_create(T, 1, 8, 32, 0);
	for (int i = 0; i < TAPES; i++) {
		tl_tape *t = tl_tape_create(TL_F32);
		more[i] = backward(&b, t, &nodes);
		more[i] -= backward(&b, t, &unused);
		tl_tape_destroy(t);
	}
	double time = median(more, TAPES);
	printf("%s\t%.4f ms\t%.2f ns a node\t%lld nodes\n", name, time * 1e3,
	       time * 1e9 / (double)nodes, (long long)nodes);
	fflush(stdout);
	bench_finish(&b);
}

void run_overheads(void)
{
	tl_set_thread_count(1);
	run_record();
	run_replay();
	for (int64_t T = 64; T <= 8192; T *= 2)
		run_compile(T);
}
