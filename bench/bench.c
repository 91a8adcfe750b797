/*
 * Times our workloads. Prints a line each: name, milliseconds (median), GFLOP/s of the products.
 *
 *     bench [name ...]    those whose name contains one of these; all without
 */
#include "models.h"
#include "timing.h"

#include <stdio.h>
#include <string.h>

static int wanted_count;
static char **wanted;

static bool is_wanted(const char *name)
{
	for (int i = 0; i < wanted_count; i++)
		if (strstr(name, wanted[i]))
			return true;
	return !wanted_count;
}

static void report(const char *name, double time, double flops)
{
	printf("%s\t%.4f ms\t%.1f GFLOP/s\n", name, time * 1e3, flops / time / 1e9);
	fflush(stdout);
}

typedef struct job {
	bench b;
	tl_tensor (*model)(bench *b, tl_tape *t);
	tl_tape *tape;
	tl_optimizer *adam;
	tl_program *program;
} job;

static void check(const char *error)
{
	if (!error)
		return;
	fprintf(stderr, "bench: %s\n", error);
	exit(1);
}

static void train_anew(void *user)
{
	job *j = user;
	tl_tape_rewind(j->tape);
	tl_tensor loss = j->model(&j->b, j->tape);
	tl_params_zero_gradients(j->b.set);
	tl_backward(loss);
	check(tl_error(j->tape));
	if (j->adam) {
		tl_clip_by_norm(j->b.set, 1);
		tl_optimizer_step(j->adam);
	}
}

static void record(void *user)
{
	job *j = user;
	tl_tape_rewind(j->tape);
	j->model(&j->b, j->tape);
}

static void replay(void *user)
{
	job *j = user;
	tl_params_zero_gradients(j->b.set);
	if (tl_program_run(j->program))
		check(tl_program_error(j->program));
}

/* How a model is run. */
typedef enum manner { ANEW, REPLAY, ADAM, RECORD } manner;

static double time_model(bench b, tl_tensor (*model)(bench *, tl_tape *), manner how, int threads,
			 double *flops, int64_t *bytes)
{
	tl_set_threads(threads);
	job j = {.b = b, .model = model, .tape = tl_tape_create(TL_F32)};
	tl_tensor loss = model(&j.b, j.tape);
	j.program = tl_program_create(j.tape, (tl_program_options){.loss = loss});
	check(tl_error(j.tape));
	*flops = tl_program_describe(j.program).flops;
	*bytes = tl_program_describe(j.program).arena_bytes;
	if (how == ADAM)
		j.adam = tl_adam(j.b.set, (tl_adam_options){.rate = 1e-3});
	double time = median_time(how == REPLAY   ? replay
				  : how == RECORD ? record
						  : train_anew,
				  &j, 1.5);
	if (how == RECORD)
		time /= (double)tl_tape_nodes(j.tape);
	tl_optimizer_destroy(j.adam);
	tl_program_destroy(j.program);
	tl_tape_destroy(j.tape);
	bench_finish(&j.b);
	return time;
}

static const struct {
	const char *name;
	tl_tensor (*model)(bench *b, tl_tape *t);
	int64_t T, B, I, H, V;
	manner how;
	int threads, layers;
} workloads[] = {
	{"lstm-B32-T100-I128-H256", bench_lstm, 100, 32, 128, 256, 0, ANEW, 1, 1},
	{"lstm-dx-B32-T100-I128-H256", bench_lstm_input, 100, 32, 128, 256, 0, ANEW, 1, 1},
	{"lstm-fused-B32-T100-I128-H256", bench_lstm_fused, 100, 32, 128, 256, 0, ANEW, 1, 1},
	{"lstm-2threads-B32-T100-I128-H256", bench_lstm, 100, 32, 128, 256, 0, ANEW, 2, 1},
	{"lstm-B64-T128-I512-H512", bench_lstm, 128, 64, 512, 512, 0, ANEW, 1, 1},
	{"peephole-B32-T100-I128-H256", bench_peephole, 100, 32, 128, 256, 0, ANEW, 1, 1},
	{"gru-B32-T100-I128-H256", bench_gru, 100, 32, 128, 256, 0, ANEW, 1, 1},
	{"rnn-B32-T100-I128-H256", bench_rnn, 100, 32, 128, 256, 0, ANEW, 1, 1},
	{"clockwork-B32-T100-I128-H256", bench_clockwork, 100, 32, 128, 256, 0, ANEW, 1, 1},
	{"charlm-B32-T64-H256", bench_charlm, 64, 32, 64, 256, 65, ADAM, 1, 1},
	{"charlm2-B32-T64-H512", bench_charlm, 64, 32, 64, 512, 65, ADAM, 1, 2},
	{"seq2seq-B32-T30-H256", bench_seq2seq, 30, 32, 128, 256, 1000, ADAM, 1, 1},
	{"lstm-tiny-anew-B1-T50-I8-H32", bench_lstm, 50, 1, 8, 32, 0, ANEW, 1, 1},
	{"lstm-tiny-replay-B1-T50-I8-H32", bench_lstm, 50, 1, 8, 32, 0, REPLAY, 1, 1},
	{"rnn-long-anew-B1-T5000-I8-H32", bench_rnn, 5000, 1, 8, 32, 0, ANEW, 1, 1},
	{"rnn-long-replay-B1-T5000-I8-H32", bench_rnn, 5000, 1, 8, 32, 0, REPLAY, 1, 1},
	{"lstm-T1024-B4-H64", bench_lstm, 1024, 4, 16, 64, 0, ANEW, 1, 1},
	{"lstm-T8192-B4-H64", bench_lstm, 8192, 4, 16, 64, 0, ANEW, 1, 1},
};

static void run_workloads(void)
{
	for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++) {
		if (!is_wanted(workloads[i].name))
			continue;
		double flops;
		int64_t bytes;
		bench b = bench_create(workloads[i].T, workloads[i].B, workloads[i].I,
				       workloads[i].H, workloads[i].V);
		b.layers = workloads[i].layers;
		double time = time_model(b, workloads[i].model, workloads[i].how,
					 workloads[i].threads, &flops, &bytes);
		report(workloads[i].name, time, flops);
	}
}

/* Sweeps: one dimension varies, the rest stays. */
static void sweep(const char *name, int which, int64_t from, int64_t to, bench shape)
{
	for (int64_t n = from; is_wanted(name) && n <= to; n *= 2) {
		int64_t d[] = {shape.T, shape.B, shape.H};
		d[which] = n;
		double flops;
		int64_t bytes;
		bench b = bench_create(d[0], d[1], shape.I, d[2], 0);
		double time = time_model(b, bench_lstm, ANEW, 1, &flops, &bytes);
		char text[64];
		snprintf(text, sizeof text, "%s-%lld", name, (long long)n);
		printf("%s\t%.4f ms\t%.1f GFLOP/s\t%.2f us a step\t%.0f bytes of temporaries a "
		       "step\n",
		       text, time * 1e3, flops / time / 1e9, time * 1e6 / (double)d[0],
		       (double)bytes / (double)d[0]);
		fflush(stdout);
	}
}

/* Sampling one token after another by a program that carries the state. */
typedef struct sampler {
	tl_program *program;
	tl_tensor token, logits;
	int64_t vocabulary;
} sampler;

static void sample_200(void *user)
{
	sampler *s = user;
	int32_t token = 0;
	uint32_t random = 1;
	for (int k = 0; k < 200; k++) {
		tl_program_bind(s->program, s->token, &token);
		if (tl_program_run(s->program))
			check(tl_program_error(s->program));
		const float *p = tl_program_value(s->program, s->logits);
		random = random * 1664525u + 1013904223u;
		float left = (float)(random >> 8) / (1 << 24);
		for (token = 0; token < s->vocabulary - 1 && (left -= p[token]) > 0; token++)
			;
	}
}

static void run_sampling(void)
{
	const char *name = "sample-200-tokens-H256";
	if (!is_wanted(name))
		return;
	bench b = bench_create(1, 1, 64, 256, 65);
	tl_tape *t = tl_tape_create(TL_F32);
	static float zero[256];
	tl_tensor h0 = tl_input(t, tl_dims(1, 256), zero), c0 = tl_input(t, tl_dims(1, 256), zero);
	sampler s = {.token = tl_input_int(t, tl_dims(1), NULL), .vocabulary = b.V};
	tl_tensor h = h0, c = c0;
	s.logits = tl_softmax(bench_char_step(&b, s.token, &h, &c), 1);
	tl_tensor outputs[] = {s.logits, h, c};
	s.program = tl_program_create(t, (tl_program_options){.outputs = outputs, .count = 3});
	check(tl_error(t));
	tl_program_carry(s.program, h, h0);
	tl_program_carry(s.program, c, c0);
	double flops = tl_program_describe(s.program).flops * 200;
	report(name, median_time(sample_200, &s, 1.5), flops);
	tl_program_destroy(s.program);
	tl_tape_destroy(t);
	bench_finish(&b);
}

/* What the machine can do: a large product of ours. bench.py compares it with OpenBLAS. */

static tl_tensor large_product(bench *b, tl_tape *t)
{
	tl_tensor x = tl_input(t, tl_dims(b->B, b->H), b->x),
		  y = tl_input(t, tl_dims(b->H, b->H), b->x);
	return tl_matmul(x, y);
}

static void run_product(void *user)
{
	if (tl_program_run(user))
		check(tl_program_error(user));
}

static void run_peak(void)
{
	const char *name = "sgemm-1024";
	if (!is_wanted(name))
		return;
	tl_set_threads(1);
	bench b = bench_create(1, 1024, 1024, 1024, 0);
	tl_tape *t = tl_tape_create(TL_F32);
	tl_tensor y = large_product(&b, t);
	tl_program *p = tl_program_create(t, (tl_program_options){.outputs = &y, .count = 1});
	check(tl_error(t));
	report(name, median_time(run_product, p, 1), tl_program_describe(p).flops);
	tl_program_destroy(p);
	tl_tape_destroy(t);
	bench_finish(&b);
}

/* Recording a node, and running a program that does next to nothing. */
static void run_overheads(void)
{
	double flops;
	int64_t bytes;
	if (is_wanted("record-node"))
		printf("record-node\t%.2f ns\n", time_model(bench_create(100, 1, 8, 32, 0),
							    bench_lstm, RECORD, 1, &flops, &bytes) *
							 1e9);
	if (!is_wanted("replay-overhead"))
		return;
	tl_tape *t = tl_tape_create(TL_F32);
	tl_tensor x = tl_input(t, tl_dims(4), (float[]){1, 2, 3, 4}), y = tl_square(x);
	tl_program *p = tl_program_create(t, (tl_program_options){.outputs = &y, .count = 1});
	printf("replay-overhead\t%.2f ns\n", median_time(run_product, p, 0.2) * 1e9);
	tl_program_destroy(p);
	tl_tape_destroy(t);
}

int main(int count, char **names)
{
	wanted = names + 1;
	wanted_count = count - 1;
	run_peak();
	run_overheads();
	run_workloads();
	run_sampling();
	bench shape = {.T = 64, .B = 4, .I = 16, .H = 64};
	sweep("lstm-B4-H64-T", 0, 64, 16384, shape);
	shape = (bench){.T = 50, .B = 32, .I = 128, .H = 256};
	sweep("lstm-T50-B32-I128-H", 2, 32, 2048, shape);
	sweep("lstm-T50-I128-H256-B", 1, 1, 256, shape);
	return 0;
}
