/*
 * The embedded Reber grammar (Hochreiter & Schmidhuber 1997, experiment 1): strings of a small
 * grammar of Reber's (1967) stand between two letters, T or P; the last letter but one is the same
 * as the second. A net knows the grammar if those that it thinks likeliest are just those that may
 * follow. So few strings might be learned by heart: weights decay and are averaged, targets are
 * smoothed, and a second set must be right with something to spare.
 *
 *     reber --cell gru        or rnn, which learns the inner strings alone
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "net.h"

enum { LETTERS = 7, LONGEST = 48, SET = 256, STRINGS = 3 * SET, ROWS = 4, LOOK = 16, TIMES = 20 };
enum { B, T, P, S, X, V, E };

/* From a node of the grammar's graph by either of two letters to another node; 6 is the end. */
static const struct {
	int letter, next;
} graph[6][2] = {{{T, 1}, {P, 2}}, {{S, 1}, {X, 3}}, {{T, 2}, {V, 4}},
		 {{X, 2}, {S, 5}}, {{P, 3}, {V, 5}}, {{E, 6}, {E, 6}}};

typedef struct task {
	net n;
	const tl_cell_kind *kind;
	int units, steps;
	/* What is read, what follows it, and what may follow. It learns from the first 256 strings,
	 * the next are for the test, the last say when it is done. */
	int64_t length[STRINGS];
	int32_t read[STRINGS][LONGEST], follows[STRINGS][LONGEST];
	int may[STRINGS][LONGEST][2];
	tl_batches *look; /* strings of which all must be right */
	float margin;     /* by which: 0 in the test */
	int times;        /* that they were, one after the other */
	int64_t since;    /* the step */
} task;

/* Letter t of string i, after which one of these two may follow. */
static void put(task *s, int i, int t, int32_t letter, int one, int other)
{
	s->read[i][t] = letter;
	if (t)
		s->follows[i][t - 1] = letter;
	s->may[i][t][0] = one, s->may[i][t][1] = other;
}

/* False: it has no room. */
static bool draw_string(tl_random *r, task *s, int i)
{
	int outer = tl_random_below(r, 2) ? T : P, node = 0, t = 3;
	put(s, i, 0, B, T, P);
	put(s, i, 1, outer, B, B);
	put(s, i, 2, B, T, P);
	for (int way, letter; node < 6 && t < LONGEST - 1; t++) {
		way = (int)tl_random_below(r, 2), letter = graph[node][way].letter;
		node = graph[node][way].next;
		put(s, i, t, letter, node < 6 ? graph[node][0].letter : outer,
		    node < 6 ? graph[node][1].letter : outer);
	}
	put(s, i, t, outer, E, E);
	s->follows[i][t] = E;
	s->length[i] = t + 1;
	return node == 6;
}

/* None of a set is in a set before: nothing of the test was seen. */
static void draw_strings(task *s, int seed)
{
	tl_random r = {.seed = (uint64_t)seed};
	for (int i = 0; i < STRINGS;) {
		bool is_new = draw_string(&r, s, i);
		for (int k = 0; k < i / SET * SET && is_new; k++)
			is_new = s->length[i] != s->length[k] ||
				 memcmp(s->read[i], s->read[k],
					(size_t)s->length[i] * sizeof s->read[i][0]);
		i += is_new;
	}
}

static tl_batches *batches(const task *s, int set, int rows, int seed)
{
	int64_t choice[SET];
	for (int i = 0; i < SET; i++)
		choice[i] = set * SET + i;
	tl_sequences_options o = {.count = STRINGS, .choice = choice, .choices = SET};
	o.input = (tl_sequences){.data = s->read, .dtype = TL_I32, .steps = LONGEST};
	o.input.lengths = s->length;
	o.target = (tl_sequences){.data = s->follows, .dtype = TL_I32, .steps = TL_STEPS_OF_INPUT};
	o.rows = rows, o.seed = (uint64_t)seed;
	return tl_batches_of_sequences(&o, NULL);
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	task *t = user;
	tl_tensor x = tl_one_hot(tl_batch_input(batch, tape), LETTERS);
	const tl_cross_entropy_options o = {0.05, .weight = tl_batch_weights(batch, tape)};
	return tl_cross_entropy(net_at_each_step(&t->n, x), tl_batch_target(batch, tape), &o);
}

/* Is each of the letters that may follow likelier than each of the others, by so many nats? */
static bool is_right(const float *score, const int may[2], float margin)
{
	float least = fminf(score[may[0]], score[may[1]]);
	int as_likely = 0;
	for (int k = 0; k < LETTERS; k++)
		as_likely += score[k] >= least - margin;
	return as_likely == (may[0] == may[1] ? 1 : 2);
}

/* The share of strings at each letter of which it knows all that may follow. */
static double right(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	const task *t = user;
	const float *score = tl_value(t->n.y);
	int count = 0;
	(void)tape, (void)weight;
	for (int64_t row = 0; score && row < batch->rows; row++) {
		const float *s = score + row * LETTERS;
		int64_t i = batch->example[row], k = 0;
		for (; k < t->length[i] && is_right(s, t->may[i][k], t->margin); k++)
			s += batch->rows * LETTERS;
		count += k == t->length[i];
	}
	return score ? count / (double)batch->rows : NAN;
}

/* Is all right, several times in a row? */
static bool go_on(tl_trainer *trainer, void *user)
{
	task *t = user;
	const int64_t step = tl_trainer_get_state(trainer).step;
	double share = 0;
	if (step % LOOK)
		return true;
	t->margin = 0.5f;
	tl_trainer_evaluate(trainer, t->look, &share);
	t->margin = 0;
	t->times = share < 1 ? 0 : t->times + 1;
	t->since = t->times == 1 ? step : t->since;
	return t->times < TIMES;
}

static bool train(task *t, example *e)
{
	draw_strings(t, e->seed);
	tl_batches *learn = batches(t, 0, ROWS, e->seed), *test = batches(t, 1, SET, 0);
	t->look = batches(t, 2, SET, 0);
	const tl_metric metric = {"right", right, true};
	tl_schedule rate = example_rate(0.02, t->steps);
	tl_trainer_options o = example_training(e);
	o.loss = loss, o.user = t, o.train = learn, o.steps = t->steps, o.clip_norm = 1;
	o.metrics = &metric, o.metric_count = 1, o.on_step = go_on;
	o.optimizer = tl_optimizer_create(t->n.set, "adamw weight_decay=0.2"), o.schedule = &rate;
	o.average = tl_average_create(t->n.set, &(tl_average_options){.decay = 0.98});
	bool fine = net_train(&t->n, e, &o, 0, test);
	tl_average_destroy(o.average);
	tl_optimizer_destroy(o.optimizer);
	tl_batches_destroy(learn), tl_batches_destroy(test);
	tl_batches_destroy(t->look);
	return fine;
}

static void say(const task *t, example *e)
{
	figure right = {"strings right in the test", 100 * t->n.metric[0], "%", .least = 100};
	figure needed = {"strings read until then", (double)(t->since * ROWS), NULL};
	right.published = "100 in 97 to 100 % of trials (Hochreiter & Schmidhuber 1997)";
	needed.published = "8,440 to 39,740 (the same)";
	example_figure(e, right);
	if (t->times == TIMES)
		example_figure(e, needed);
	example_expect(e, t->n.metric[0] > 0.3, "it knows less than a third of the strings");
}

int main(int argc, char **argv)
{
	static task t = {.units = 24};
	t.kind = tl_cell_kind_find("lstm");
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &t.kind, "kind of cell (lstm); list: all"},
		{"--units", "N", OPTION_COUNT, &t.units, "of the cell (24)"},
		{"--steps", "N", OPTION_COUNT, &t.steps, "of training, at most (5000)"},
	};
	example e = {
		.name = "reber",
		.about = "Learns the embedded Reber grammar from 256 strings, and tells of others.",
		.option = options,
		.options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	t.steps = t.steps ? t.steps : e.quick ? 400 : 5000;
	if (net_create(&t.n, &e, t.kind, net_cell(t.kind, LETTERS, t.units, 0), LETTERS) &&
	    train(&t, &e) && e.speaks)
		say(&t, &e);
	net_destroy(&t.n);
	return example_end(&e);
}
