/*
 * What a logical expression comes to, by a net with the expression's own shape: a node of a tree
 * LSTM (Tai, Socher & Manning 2015) is computed from its operator and the states of its operands,
 * so a tape is the tree, and recording it is a recursion. It learns on expressions up to depth 4
 * and is asked about deeper ones. An LSTM that reads the same signs one after the other, in Polish
 * notation, is asked too.
 */
#include <stdio.h>

#include "net.h"

/* Signs, and of what is false, true, not a, a and b, a or b, a xor b for a b = 00, 01, 10, 11 (bits
 * from the right). */
enum { FALSE_SIGN, TRUE_SIGN, NOT_SIGN, AND_SIGN, OR_SIGN, XOR_SIGN, SIGNS };
static const int truth[SIGNS] = {0x0, 0xf, 0x3, 0x8, 0xe, 0x6};
enum {
	LEARNED = 4,
	DEEPEST = 8,
	MOST = 1 << (DEEPEST + 1),
	SHAPES = 48,
	BATCH = 32,
	TESTED = 12,
	IN = 16,
	UNITS = 32
};

/* Nodes before their operands: how many operands each has. */
typedef struct shape {
	int count, operands[MOST];
} shape;

typedef struct task {
	net n;
	tl_param *E;                           /* signs to vectors */
	double right[DEEPEST], asked[DEEPEST]; /* in the test, at each depth from 1 on */
} task;

typedef struct source {
	uint64_t seed;
	bool test; /* depths 1 to DEEPEST, TESTED shapes each; or 1 to LEARNED in turn */
} source;

/* A path at least goes down to the full depth. */
static void grow(shape *s, tl_random *r, int depth, bool full)
{
	int here = s->count++, operands = 0;
	if (depth > 0 && (full || tl_random_below(r, 4) > 0))
		operands = tl_random_below(r, 6) ? 2 : 1;
	s->operands[here] = operands;
	int longest = operands == 2 ? (int)tl_random_below(r, 2) : 0;
	for (int k = 0; k < operands; k++)
		grow(s, r, depth - 1, full && k == longest);
}

/* Which shape there is at each depth follows from its number. */
static void shape_of(int64_t number, shape *s)
{
	tl_random r = tl_random_stream(0, (uint64_t)number);
	s->count = 0;
	grow(s, &r, (int)(number / SHAPES), true);
}

/* Of the expression that begins at *at; rows of a batch lie beside each other. */
static bool value_of(const shape *s, const int32_t *sign, int *at)
{
	int operands = s->operands[*at];
	int32_t is = sign[(*at)++ * BATCH];
	bool a = operands > 0 && value_of(s, sign, at), b = operands > 1 && value_of(s, sign, at);
	return truth[is] >> (2 * a + b) & 1;
}

/* All expressions of a batch have one shape; the number of it stands with each row. */
static tl_status fill(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	const source *from = user;
	int64_t depth = 1 + (from->test ? index / TESTED : index % LEARNED);
	shape s;
	shape_of(depth * SHAPES + index % SHAPES, &s);
	tl_random r = tl_random_stream(from->seed + (uint64_t)epoch, (uint64_t)index);
	int32_t *sign = tl_batch_input_room(batch, TL_I32, tl_dims(s.count, BATCH));
	float *value = tl_batch_target_room(batch, TL_F32, tl_dims(BATCH));
	int64_t *number = tl_batch_example_room(batch, BATCH);
	if (!sign || !value || !number)
		return TL_ERROR_MEMORY;
	for (int i = 0; i < s.count * BATCH; i++) {
		int operands = s.operands[i / BATCH];
		sign[i] = operands == 0   ? (int32_t)tl_random_below(&r, 2)
			  : operands == 1 ? NOT_SIGN
					  : AND_SIGN + (int32_t)tl_random_below(&r, 3);
	}
	for (int b = 0, at = 0; b < BATCH; b++, at = 0) {
		value[b] = value_of(&s, sign + b, &at);
		number[b] = depth * SHAPES + index % SHAPES;
	}
	return TL_OK;
}

/* The state of the node at *at of x [nodes, batch, in], which its operands follow. */
static tl_state node(const net *n, const shape *s, int *at, tl_tensor x)
{
	tl_state operand[2];
	int here = (*at)++;
	for (int k = 0; k < s->operands[here]; k++)
		operand[k] = node(n, s, at, x);
	return tl_cell_tree_step(n->cell, tl_at(x, here), operand, s->operands[here]);
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	task *k = user;
	net *n = &k->n;
	shape s;
	int at = 0;
	tl_tensor x = tl_embedding(tl_use(tape, k->E), tl_batch_input(batch, tape));
	shape_of(batch->example[0], &s);
	if (tl_cell_get_kind(n->cell)->tree_step)
		n->y = tl_linear(node(n, &s, &at, x).h, tl_use(tape, n->V), tl_use(tape, n->b));
	else
		net_at_the_end(n, x, TL_NONE);
	n->y = tl_reshape(n->y, tl_dims(batch->rows));
	return tl_binary_cross_entropy_with_logits(n->y, tl_batch_target(batch, tape), NULL);
}

static double accuracy(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	task *k = user;
	const float *says = tl_value(k->n.y), *is = batch->target.data;
	int64_t depth = batch->example[0] / SHAPES;
	int right = 0;
	(void)tape, (void)weight;
	for (int b = 0; says && b < BATCH; b++)
		right += (says[b] > 0) == (is[b] > 0);
	k->right[depth - 1] += right;
	k->asked[depth - 1] += BATCH;
	return (double)right / BATCH;
}

static bool learn(task *k, example *e, const char *name, const char *kind, int steps)
{
	const tl_metric metric = {.name = "right", .of = accuracy, .higher_is_better = true};
	const tl_cell_kind *cell = tl_cell_kind_find(kind);
	const uint64_t seed = (uint64_t)e->seed << 32;
	source learned = {seed, false}, tested = {seed + (1U << 31), true};
	tl_schedule rate = example_rate(2e-2, steps);
	tl_batches *train = example_batches(fill, SHAPES, &learned);
	tl_batches *test = example_batches(fill, DEEPEST * TESTED, &tested);
	tl_trainer_options o = example_training_of(e, name);
	o.loss = loss, o.user = k, o.train = train, o.steps = steps, o.schedule = &rate;
	o.clip_norm = 1, o.metrics = &metric, o.metric_count = 1;
	bool fine = net_create(&k->n, e, cell, net_cell(cell, IN, UNITS, 0), 1);
	if (fine)
		k->E = tl_params_add(k->n.set, "E", tl_dims(SIGNS, IN), tl_init_normal(0, 1));
	fine = fine && net_train(&k->n, e, &o, 0, test);
	tl_batches_destroy(train);
	tl_batches_destroy(test);
	net_destroy(&k->n);
	return fine;
}

static void show(example *e, const task *tree, const task *flat)
{
	double depth[DEEPEST], right[2][DEEPEST], deeper[2] = {0, 0};
	for (int d = 0; d < DEEPEST; d++) {
		depth[d] = d + 1;
		for (int k = 0; k < 2; k++) {
			const task *t = k ? flat : tree;
			right[k][d] = 100 * t->right[d] / t->asked[d];
			deeper[k] += d >= LEARNED ? right[k][d] / (DEEPEST - LEARNED) : 0;
		}
		printf("depth %d: tree LSTM %5.1f %%, LSTM %5.1f %% right\n", d + 1, right[0][d],
		       right[1][d]);
	}
	example_figure(
		e, (figure){"tree LSTM, depth 5 to 8", deeper[0], .unit = "% right", .least = 100});
	example_figure(e, (figure){"LSTM, depth 5 to 8", deeper[1], .unit = "% right"});
	example_expect(e, deeper[0] > 90, "the tree LSTM does not know deeper ones");
	const tl_curve curves[] = {{"tree LSTM", depth, right[0], DEEPEST},
				   {"LSTM", depth, right[1], DEEPEST}};
	const tl_chart chart = {"Expressions deeper than those it learned from (1 to 4)", "depth",
				"% that is right", curves, 2};
	example_chart(e, "-depth.svg", &chart, 1, NULL);
}

int main(int argc, char **argv)
{
	int steps = 0;
	static task tree, flat;
	const option own[] = {{"--steps", "N", OPTION_COUNT, &steps, "of training (2500)"}};
	example e = {.name = "tree",
		     .about = "A tree LSTM and an LSTM learn what logical expressions come to.",
		     .option = own,
		     .options = 1};
	if (!example_begin(&e, argc, argv))
		return e.status;
	steps = steps ? steps : e.quick ? 250 : 2500;
	if (learn(&tree, &e, "tree", "tree_lstm_nary", steps) && !e.interrupted &&
	    learn(&flat, &e, "flat", "lstm", steps) && !e.interrupted && e.speaks)
		show(&e, &tree, &flat);
	return example_end(&e);
}
