/*
 * Times our workloads. Prints a row each: name, milliseconds (median), GFLOP/s of the products.
 *
 *     bench [name ...]    those whose name contains one of these; all without
 */
#include "models.h"
#include "overheads.h"
#include "rows.h"
#include "timing.h"

#include <stdio.h>

typedef struct job {
	bench b;
	tl_tensor (*model)(bench *b, tl_tape *t);
	tl_tape *tape;
	tl_optimizer *adam;
	tl_program *program;
} job;

static void train_anew(void *user)
{
	job *j = user;
	tl_tape_rewind(j->tape);
	tl_tensor loss = j->model(&j->b, j->tape);
	tl_params_zero_gradients(j->b.set);
	tl_backward(loss);
	check(tl_tape_error(j->tape));
	if (j->adam) {
		tl_params_clip_gradient_norm(j->b.set, 1);
		tl_optimizer_step(j->adam);
	}
}

static void replay(void *user)
{
	job *j = user;
	tl_params_zero_gradients(j->b.set);
	if (tl_program_run(j->program))
		check(tl_program_error(j->program));
}

/* How a model is run. */
typedef enum manner { ANEW, REPLAY, ADAM, RECOMPUTE } manner;

typedef struct measured {
	double time, flops, bytes; /* bytes: of temporaries */
} measured;

static measured time_model(bench b, tl_tensor (*model)(bench *, tl_tape *), manner how, int threads)
{
	tl_set_thread_count(threads);
	job j = {.b = b, .model = model, .tape = tl_tape_create(TL_F32)};
	tl_tape_set_recompute(j.tape, how == RECOMPUTE ? -1 : 0);
	tl_tensor loss = model(&j.b, j.tape);
	j.program = tl_program_create(j.tape, (tl_program_options){.loss = loss});
	check(tl_tape_error(j.tape));
	if (how == ADAM)
		j.adam = tl_adam_create(j.b.set, &(tl_adam_options){.learning_rate = 1e-3});
	tl_program_stats facts = tl_program_get_stats(j.program);
	measured m = {median_time(how == REPLAY ? replay : train_anew, &j, 1.5), facts.flops,
		      (double)facts.arena_bytes};
	tl_optimizer_destroy(j.adam);
	tl_program_destroy(j.program);
	tl_tape_destroy(j.tape);
	bench_finish(&j.b);
	return m;
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
		bench b = bench_create(workloads[i].T, workloads[i].B, workloads[i].I,
				       workloads[i].H, workloads[i].V);
		b.layers = workloads[i].layers;
		measured m =
			time_model(b, workloads[i].model, workloads[i].how, workloads[i].threads);
		report(workloads[i].name, m.time, m.flops);
	}
}

/* Sweeps: one dimension varies, the rest stays. */
static void sweep(const char *name, int which, int64_t from, int64_t to, bench shape)
{
	for (int64_t n = from; n <= to; n *= 2) {
		char row[64];
		snprintf(row, sizeof row, "%s-%lld", name, (long long)n);
		if (!is_wanted(row))
			continue;
		int64_t d[] = {shape.T, shape.B, shape.H};
		d[which] = n;
		measured m =
			time_model(bench_create(d[0], d[1], shape.I, d[2], 0), bench_lstm, ANEW, 1);
		printf("%s\t%.4f ms\t%.1f GFLOP/s\t%.2f us a step\t%.0f bytes a step\n", row,
		       m.time * 1e3, m.flops / m.time / 1e9, m.time * 1e6 / (double)d[0],
		       m.bytes / (double)d[0]);
		fflush(stdout);
	}
}

static void run_sweeps(void)
{
	sweep("lstm-B4-H64-T", 0, 64, 16384, (bench){.B = 4, .I = 16, .H = 64});
	bench shape = {.T = 50, .B = 32, .I = 128, .H = 256};
	sweep("lstm-T50-B32-I128-H", 2, 32, 2048, shape);
	sweep("lstm-T50-I128-H256-B", 1, 1, 256, shape);
}

/* Memory for time. */
static void run_recompute(void)
{
	const char *row[] = {"recompute-off-T4096-B4-H64", "recompute-on-T4096-B4-H64"};
	for (int on = 0; on < 2; on++) {
		if (!is_wanted(row[on]))
			continue;
		measured m = time_model(bench_create(4096, 4, 16, 64, 0), bench_lstm,
					on ? RECOMPUTE : ANEW, 1);
		printf("%s\t%.4f ms\t%.1f GFLOP/s\t%.0f bytes\n", row[on], m.time * 1e3,
		       m.flops / m.time / 1e9, m.bytes);
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
	s.program =
		tl_program_create(t, (tl_program_options){.outputs = outputs, .output_count = 3});
	check(tl_tape_error(t));
	tl_program_carry(s.program, h, h0);
	tl_program_carry(s.program, c, c0);
	double flops = tl_program_get_stats(s.program).flops * 200;
	report(name, median_time(sample_200, &s, 1.5), flops);
	tl_program_destroy(s.program);
	tl_tape_destroy(t);
	bench_finish(&b);
}

int main(int count, char **names)
{
	want_rows(count - 1, names + 1);
	run_peak();
	run_overheads();
	run_neighbour();
	run_workloads();
	run_sampling();
	run_sweeps();
	run_recompute();
	return 0;
}
