/*
 * What a logical expression comes to, by a net with the expression's own shape: a node of a tree
 * LSTM (Tai, Socher & Manning 2015) is computed from its operator and the states of its operands,
 * so a tape is the tree, and recording it is a recursion. It learns on expressions up to depth 4
 * and is asked about deeper ones. An LSTM that reads the same signs one after the other, in Polish
 * notation, is asked too.
 */
#include <math.h>
#include <stdio.h>

#include "example.h"

/* Signs, and of what is false, true, not a, a and b, a or b, a xor b for a b = 00, 01, 10, 11 (bits
 * from the right). */
enum { FALSE_SIGN, TRUE_SIGN, NOT_SIGN, AND_SIGN, OR_SIGN, XOR_SIGN, SIGNS };
static const int truth[SIGNS] = {0x0, 0xf, 0x3, 0x8, 0xe, 0x6};
enum { LEARNED = 4, DEEPEST = 8, MOST = 1 << (DEEPEST + 1), SHAPES = 48, BATCH = 32, TESTED = 12 };

/* Nodes before their operands: how many operands each has. */
typedef struct shape {
	int count, operands[MOST];
} shape;

typedef struct net {
	const char *name, *kind;
	tl_params *set;
	tl_cell *cell;
	tl_param *E, *V, *b;
	tl_tensor says;
} net;

typedef struct source {
	uint64_t seed;
	int depth; /* of its expressions; 0: 1 to LEARNED in turn */
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
	int depth = from->depth ? from->depth : 1 + (int)index % LEARNED;
	shape s;
	shape_of(depth * SHAPES + index, &s);
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
		number[b] = depth * SHAPES + index;
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
	net *n = user;
	shape s;
	int at = 0;
	tl_tensor h, x = tl_embedding(tl_use(tape, n->E), tl_batch_input(batch, tape));
	shape_of(batch->example[0], &s);
	h = tl_cell_get_kind(n->cell)->tree_step ? node(n, &s, &at, x).h
						 : tl_unroll(n->cell, x, NULL).final_state.h;
	n->says = tl_reshape(tl_linear(h, tl_use(tape, n->V), tl_use(tape, n->b)),
			     tl_dims(batch->rows));
	return tl_binary_cross_entropy_with_logits(n->says, tl_batch_target(batch, tape), NULL);
}

static double accuracy(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	const float *says = tl_value(((net *)user)->says), *is = batch->target.data;
	int right = 0;
	(void)tape, (void)weight;
	for (int b = 0; says && b < BATCH; b++)
		right += (says[b] > 0) == (is[b] > 0);
	return (double)right / BATCH;
}

static bool net_create(net *n, example *e)
{
	const int in = 16, hidden = 32;
	tl_params *set = n->set = tl_params_create(TL_F32);
	tl_params_set_seed(set, (uint64_t)e->seed);
	n->E = tl_params_add(set, "E", tl_dims(SIGNS, in), tl_init_normal(0, 1));
	n->cell = example_cell(e, set, tl_cell_kind_find(n->kind), "cell", in, hidden);
	n->V = tl_params_add(set, "V", tl_dims(1, hidden), tl_init_glorot_uniform());
	n->b = tl_params_add(set, "b", tl_dims(1), tl_init_zeros());
	return n->cell && (!tl_params_error(set) || example_fail(e, tl_params_error(set)));
}

/* Train, and write down the share of right answers at each depth, from 1 on. */
static bool learn(net *n, example *e, int steps, double *right)
{
	const tl_metric metric = {.name = "right", .of = accuracy, .higher_is_better = true};
	const uint64_t seed = (uint64_t)e->seed << 32;
	source learned = {seed, 0}, tested = {seed + (1U << 31), LEARNED};
	tl_schedule rate = example_rate(1e-2, steps);
	tl_optimizer *adam = tl_adam_create(n->set, NULL);
	tl_batches *train = example_batches(fill, SHAPES, &learned);
	tl_batches *test = example_batches(fill, TESTED, &tested);
	tl_trainer_options o = example_training_of(e, n->name);
	o.loss = loss, o.user = n, o.optimizer = adam, o.schedule = &rate, o.clip_norm = 1;
	o.train = train, o.validation = test, o.metrics = &metric, o.metric_count = 1;
	o.steps = steps, o.evaluate_every = steps / 10;
	o.cells = &n->cell, o.cell_count = 1;
	tl_trainer *trainer = tl_trainer_create(n->set, &o);
	bool fine = example_train(e, trainer);
	for (tested.depth = 1; fine && tested.depth <= DEEPEST; tested.depth++)
		fine = !isnan(tl_trainer_evaluate(trainer, test, &right[tested.depth - 1])) ||
		       example_fail(e, tl_trainer_error(trainer));
	tl_trainer_destroy(trainer);
	tl_batches_destroy(train);
	tl_batches_destroy(test);
	tl_optimizer_destroy(adam);
	tl_cell_destroy(n->cell);
	tl_params_destroy(n->set);
	return fine;
}

static void show(example *e, const double *tree, const double *flat)
{
	double depth[DEEPEST], deeper_tree = 0, deeper_flat = 0;
	for (int d = 0; d < DEEPEST; d++) {
		depth[d] = d + 1;
		deeper_tree += d >= LEARNED ? 100 * tree[d] / (DEEPEST - LEARNED) : 0;
		deeper_flat += d >= LEARNED ? 100 * flat[d] / (DEEPEST - LEARNED) : 0;
		printf("depth %d: tree LSTM %5.1f %%, LSTM %5.1f %% right\n", d + 1, 100 * tree[d],
		       100 * flat[d]);
	}
	example_figure(e,
		       (figure){"tree LSTM, deeper", deeper_tree, .unit = "% right", .least = 100});
	example_figure(e, (figure){"LSTM, deeper", deeper_flat, .unit = "% right"});
	example_expect(e, deeper_tree > 90, "the tree LSTM does not know deeper ones");
	const tl_curve curves[] = {{"tree LSTM", depth, tree, DEEPEST},
				   {"LSTM", depth, flat, DEEPEST}};
	const tl_chart chart = {"Expressions deeper than those it learned from (1 to 4)", "depth",
				"share that is right", curves, 2};
	tl_chart_write(example_path(e, "-depth.svg"), &chart, 1, NULL, NULL);
}

int main(int argc, char **argv)
{
	int steps = 0;
	double right[2][DEEPEST];
	const option own[] = {{"--steps", "N", OPTION_COUNT, &steps, "of training (1500)"}};
	example e = {.name = "tree",
		     .about = "A tree LSTM and an LSTM learn what logical expressions come to.",
		     .option = own,
		     .options = 1};
	if (!example_begin(&e, argc, argv))
		return e.status;
	steps = steps ? steps : e.quick ? 250 : 1500;
	net nets[] = {{"tree", .kind = "tree_lstm_nary"}, {"flat", .kind = "lstm"}};
	bool fine = true;
	for (int k = 0; k < 2 && fine && !e.interrupted; k++)
		fine = net_create(&nets[k], &e) && learn(&nets[k], &e, steps, right[k]);
	if (fine && !e.interrupted && e.speaks)
		show(&e, right[0], right[1]);
	return example_end(&e);
}
