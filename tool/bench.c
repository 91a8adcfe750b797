/*
 * `tapeloop bench`: what a step of a cell costs, beside LSTM's, in turns. The machine's peak is
 * what its best matrix product reaches with the same library and threads: a cell cannot be expected
 * to do better.
 */
#include "json.h"
#include "trial.h"
#include "said.h"
#include "timing.h"
#include "verb.h"

#include <stdlib.h>
#include <string.h>

typedef struct bench_options {
	sizes size;
	double time;
	const char *hidden;
	bool json;
} bench_options;

static const bench_options defaults = {
	.size = {.batch = 16, .steps = 32},
	.time = 0.5,
	.hidden = "64,256",
};

static const verb_option options[] = {
	{'H', "sizes", "N,N...", "how many units; each is measured", TEXT(bench_options, hidden)},
	{'i', "in", "N", "size of x; as many as units if it is not given",
	 COUNT(bench_options, size.in)},
	{'b', "batch", "N", "sequences at a time", COUNT(bench_options, size.batch)},
	{'s', "steps", "N", "steps of each", COUNT(bench_options, size.steps)},
	{'T', "time", "TIME", "for each measurement", SECONDS(bench_options, time)},
	{'j', "json", NULL, "print JSON", FLAG(bench_options, json)},
	{0},
};

enum { NAME = 20, SIZES = 16 };

/* The peak */

enum { SIDE = 384 };

/* A square matrix product, which is timed between the cells: other programs share the machine, and
 * the fastest of many calls is what it can do. */
typedef struct product {
	float *numbers;
	tl_tape *tape;
	tl_program *program;
	double best; /* flops a second */
} product;

static void run_program(void *user)
{
	tl_program_run(*(tl_program **)user);
}

static bool product_create(product *p)
{
	*p = (product){.numbers = calloc(SIDE * SIDE, sizeof(float)),
		       .tape = tl_tape_create(TL_F32)};
	if (p->numbers) {
		tl_shape square = tl_dims(SIDE, SIDE);
		tl_tensor a = tl_input(p->tape, square, p->numbers);
		tl_tensor b = tl_input(p->tape, square, p->numbers), y = tl_matmul(a, b);
		p->program = tl_program_create(
			p->tape, (tl_program_options){.outputs = &y, .output_count = 1});
	}
	if (!p->program)
		say_error("out of memory");
	return p->program != NULL;
}

static void product_destroy(product *p)
{
	tl_program_destroy(p->program);
	tl_tape_destroy(p->tape);
	free(p->numbers);
}

static void product_note(product *p, const timed *t)
{
	double flops = 2.0 * SIDE * SIDE * SIDE / t->fastest;
	p->best = flops > p->best ? flops : p->best;
}

static bool product_measure(product *p)
{
	timed one = {.run = run_program, .user = &p->program};
	bool done = time_in_turn(&one, 1, 0.3);
	if (done)
		product_note(p, &one);
	return done;
}

/* A cell */

/* Of one size: it and LSTM, each forward and in training. */
typedef struct measured {
	const cell_choice *choice;
	sizes size;
	double seconds[2], ratio[2]; /* of a sequence, beside lstm's: forward, training */
	double flops[2];             /* in products */
	int64_t parameters;
	int threads;
} measured;

static bool measure_nets(trial *own, trial *lstm, double budget, product *peak, measured *m)
{
	tl_program *forward[2] = {trial_program(own, false), trial_program(lstm, false)};
	tl_program *training = trial_program(own, true);
	bool done = forward[0] && forward[1] && training;
	if (done) {
		timed list[] = {{.run = run_program, .user = &forward[0], .beside = &list[1]},
				{.run = run_program, .user = &forward[1]},
				{.run = trial_train, .user = own, .beside = &list[3]},
				{.run = trial_train, .user = lstm},
				{.run = run_program, .user = &peak->program}};
		tl_program_stats stats[2] = {tl_program_get_stats(forward[0]),
					     tl_program_get_stats(training)};
		done = time_in_turn(list, 5, budget) && trial_fine(own) && trial_fine(lstm);
		if (done)
			product_note(peak, &list[4]);
		for (int k = 0; k < 2; k++) {
			m->seconds[k] = list[2 * k].seconds;
			m->ratio[k] = list[2 * k].ratio;
			m->flops[k] = stats[k].flops;
		}
		m->threads = stats[1].thread_count;
		m->parameters = tl_params_element_count(own->set);
	}
	tl_program_destroy(forward[0]);
	tl_program_destroy(forward[1]);
	tl_program_destroy(training);
	return done;
}

static bool measure(const cell_choice *c, const bench_options *o, int64_t hidden, product *peak,
		    measured *m)
{
	trial own = {0}, lstm = {0};
	cell_choice plain;
	sizes size = o->size;
	bool done = false;
	size.hidden = hidden;
	size.in = size.in ? size.in : hidden;
	m->size = size;
	cell_sizes(c, &m->size.in, &m->size.hidden);
	if (!cell_choose("lstm", &plain))
		return false;
	if (trial_create(&own, c, TL_F32, m->size) && trial_create(&lstm, &plain, TL_F32, size))
		done = measure_nets(&own, &lstm, o->time, peak, m);
	trial_destroy(&own);
	trial_destroy(&lstm);
	cell_release(&plain);
	return done;
}

/* Output */

static void print_heading(void)
{
	static const char half[] = " %6s %6s %5s %6s";
	printf("%*s%24s%27s", NAME + 6, "", "forward", "training");
	printf("\n%-*s %5s", NAME, "cell", "units");
	for (int k = 0; k < 2; k++)
		printf(half, "us", "GFLOPS", "peak", "x lstm");
	putchar('\n');
}

static void print_row(const cell_choice *c, const measured *m, double best)
{
	if (columns_of(c->word) > NAME)
		printf("%s\n%-*s", c->word, NAME, "");
	else
		print_padded(stdout, c->word, NAME);
	printf(" %5lld", (long long)m->size.hidden);
	for (int k = 0; k < 2; k++) {
		double us = 1e6 * m->seconds[k] / (double)m->size.steps;
		double flops = m->flops[k] / m->seconds[k];
		printf(us < 1000 ? " %6.3g" : " %6.0f", us);
		if (flops > 0)
			printf(" %6.1f %4.0f%%", flops / 1e9, 100 * flops / best);
		else
			printf(" %6s %5s", "-", "-");
		printf(" %6.2f", m->ratio[k]);
	}
	putchar('\n');
}

static void print_footing(double best)
{
	printf("\nus: microseconds for one step of a batch. peak: the share of %.0f GFLOP/s, which "
	       "the\nbest product of two %d x %d matrices reached meanwhile (%d thread%s).\n",
	       best / 1e9, SIDE, SIDE, tl_thread_count(), tl_thread_count() == 1 ? "" : "s");
}

static void json_row(json *j, const cell_choice *c, const measured *m, double best)
{
	static const char *const parts[] = {"forward", "training"};
	json_open(j, NULL, '{');
	json_text(j, "cell", c->word);
	json_count(j, "in", m->size.in);
	json_count(j, "hidden", m->size.hidden);
	json_count(j, "batch", m->size.batch);
	json_count(j, "steps", m->size.steps);
	json_count(j, "parameters", m->parameters);
	json_count(j, "threads", m->threads);
	for (int k = 0; k < 2; k++) {
		json_open(j, parts[k], '{');
		json_number(j, "ms_a_step", 1e3 * m->seconds[k] / (double)m->size.steps);
		json_number(j, "gflops", m->flops[k] / m->seconds[k] / 1e9);
		json_number(j, "share_of_peak", m->flops[k] / m->seconds[k] / best);
		json_number(j, "of_lstm", m->ratio[k]);
		json_close(j);
	}
	json_close(j);
}

/* "64,256" */
static int read_sizes(const char *text, int64_t list[SIZES])
{
	int n = 0;
	for (char *end; n < SIZES; text = end + 1) {
		list[n] = strtoll(text, &end, 10);
		if (end == text || list[n] < 1 || list[n] > 65536 || (*end && *end != ','))
			return 0;
		n++;
		if (!*end)
			return n;
	}
	return 0;
}

/* What was measured is printed at the end, when the peak is known. */
static void print_all(const bench_options *o, const measured *rows, int count, double best)
{
	json j = json_begin(stdout);
	if (!o->json) {
		print_heading();
		for (int k = 0; k < count; k++)
			print_row(rows[k].choice, &rows[k], best);
		print_footing(best);
		return;
	}
	json_open(&j, NULL, '{');
	json_number(&j, "peak_gflops", best / 1e9);
	json_text(&j, "peak_is", "the fastest product of two 384 x 384 matrices");
	json_open(&j, "cells", '[');
	for (int k = 0; k < count; k++)
		json_row(&j, rows[k].choice, &rows[k], best);
	json_close(&j);
	json_close(&j);
}

static int measure_all(const bench_options *o, const int64_t *hidden, int each,
		       const cell_choice *choices, int count, product *peak, measured *rows)
{
	int status = STATUS_OK, done = 0;
	for (int i = 0; i < count * each && !interrupted(); i++) {
		const cell_choice *c = &choices[i / each];
		say_progress("%s, hidden %lld (%d of %d)", c->word, (long long)hidden[i % each],
			     i + 1, count * each);
		rows[done] = (measured){.choice = c};
		if (measure(c, o, hidden[i % each], peak, &rows[done]))
			done++;
		else
			status = STATUS_FAILED;
	}
	say_progress("%s", "");
	if (done)
		print_all(o, rows, done, peak->best);
	return interrupted() ? STATUS_FAILED : status;
}

static int bench_all(const bench_options *o, const int64_t *hidden, int each,
		     const cell_choice *choices, int count)
{
	product peak;
	measured *rows = calloc((size_t)count * (size_t)each, sizeof *rows);
	int status = STATUS_FAILED;
	bool ready = product_create(&peak);
	if (!rows)
		say_error("out of memory");
	else if (ready && product_measure(&peak))
		status = measure_all(o, hidden, each, choices, count, &peak, rows);
	product_destroy(&peak);
	free(rows);
	return status;
}

static int run(const void *given, int count, char **operands)
{
	const bench_options *o = given;
	int64_t hidden[SIZES];
	int each = read_sizes(o->hidden, hidden), status = STATUS_FAILED;
	if (!each || !o->size.batch || !o->size.steps) {
		say_error("bench: --sizes is as 64,256, at most %d; --batch and --steps are not 0",
			  SIZES);
		return STATUS_USAGE;
	}
	cell_choice *choices = cells_choose(operands, count);
	take_interrupts();
	if (choices)
		status = bench_all(o, hidden, each, choices, count);
	cells_release(choices, count);
	return status;
}

const verb verb_bench = {
	.name = "bench",
	.summary = "how long a step of a cell takes, beside lstm",
	.operands = "CELL...",
	.least = 1,
	.most = MANY,
	.completes = COMPLETE_CELL,
	.about = "Measures cells, forward and in training (forward, backward and what recording it "
		 "costs), in turns with lstm of the same sizes. Times are microseconds of one step "
		 "of a batch, medians; x lstm is the median of the rounds' ratios. peak is the "
		 "share of the machine's best matrix product that the cell's own products reach: "
		 "what is not a product counts as lost.",
	.options = options,
	.options_size = sizeof(bench_options),
	.defaults = &defaults,
	.examples = "tapeloop bench gru ./mine.cell --sizes 64,128,256",
	.run = run,
};
