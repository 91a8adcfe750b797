/* Whatever takes a cell through time, over a tree or through a sentence, as one row of numbers. */
#include "zoo_pairs.h"

/* h of all steps and the last states */
static tl_tensor flat(tl_unrolled y)
{
	tl_tensor parts[2 * TL_MAX_STATES + 1];
	int n = 0;
	parts[n++] = tl_reshape(y.h, tl_dims(-1));
	for (int k = 0; k < y.final_state.count; k++)
		parts[n++] = tl_reshape(*tl_state_at(&y.final_state, k), tl_dims(-1));
	for (int k = 0; k < y.final_state_backward.count; k++)
		parts[n++] = tl_reshape(*tl_state_at(&y.final_state_backward, k), tl_dims(-1));
	return tl_concat(parts, n, 0);
}

static tl_unroll_options lengths_of(tl_tape *tape)
{
	static const int32_t lengths[BENCH_BATCH] = {3, PAIR_STEPS, 0};
	return (tl_unroll_options){.lengths = tl_input_int(tape, tl_dims(BENCH_BATCH), lengths)};
}

static tl_tensor forwards(tl_tape *tape, side *s)
{
	return flat(tl_unroll(s->cell, tl_use(tape, s->x), NULL));
}

static tl_tensor backwards(tl_tape *tape, side *s)
{
	return flat(tl_unroll(s->cell, tl_use(tape, s->x), &(tl_unroll_options){.reverse = true}));
}

static tl_tensor masked(tl_tape *tape, side *s)
{
	tl_unroll_options o = lengths_of(tape);
	return flat(tl_unroll(s->cell, tl_use(tape, s->x), &o));
}

static tl_tensor masked_backwards(tl_tape *tape, side *s)
{
	tl_unroll_options o = lengths_of(tape);
	o.reverse = true;
	return flat(tl_unroll(s->cell, tl_use(tape, s->x), &o));
}

static tl_tensor both_ways(tl_tape *tape, side *s)
{
	tl_unroll_options o = lengths_of(tape);
	tl_tensor x = tl_use(tape, s->x);
	return flat(tl_bidirectional(s->cell, s->other, x, TL_MERGE_CONCAT, &o));
}

/* Without effect on a tape that is not training. */
static tl_tensor with_noise(tl_tape *tape, side *s)
{
	tl_unroll_options o = {.dropout = {.input = 0.2,
					   .recurrent_h = 0.3,
					   .recurrent_c = 0.2,
					   .zoneout_h = 0.1,
					   .zoneout_c = 0.2}};
	return flat(tl_unroll(s->cell, tl_use(tape, s->x), &o));
}

static tl_tensor stacked(tl_tape *tape, side *s)
{
	tl_layer layers[] = {{.forward = s->cell, .backward = s->other}, {.forward = s->top}};
	tl_tensor y = tl_unroll_layers(layers, 2, tl_use(tape, s->x), NULL, NULL);
	return tl_reshape(y, tl_dims(-1));
}

static tl_tensor truncated(tl_tape *tape, side *s)
{
	return flat(tl_unroll_truncated(s->cell, tl_use(tape, s->x), 2, 3, NULL));
}

static tl_tensor from_a_state(tl_tape *tape, side *s)
{
	tl_unrolled y = tl_unroll(s->cell, tl_use(tape, s->x), NULL);
	tl_unroll_options o = {.initial_state = tl_state_detach(y.final_state),
			       .first_step = PAIR_STEPS};
	return flat(tl_unroll(s->cell, tl_use(tape, s->x), &o));
}

static tl_tensor say(tl_tape *tape, void *user, tl_tensor tokens, tl_state *state)
{
	const side *s = user;
	tl_tensor x = tl_embedding(tl_use(tape, s->embedding), tokens);
	*state = tl_cell_step(s->cell, x, *state);
	return tl_linear(state->h, tl_use(tape, s->V), TL_NONE);
}

static tl_tensor taught(tl_tape *tape, side *s)
{
	static const int32_t targets[PAIR_STEPS * 2] = {1, 2, 3, 4, 0, 1, 2, 2, 4, 3, 1, 0};
	tl_decoder d = {say, s, .start_token = 1, .end_token = 0};
	tl_tensor wanted = tl_input_int(tape, tl_dims(PAIR_STEPS, 2), targets);
	tl_state start = tl_cell_initial_state(s->cell, tape, 2);
	return tl_reshape(tl_decoder_teacher_force(&d, wanted, start, NULL, NULL), tl_dims(-1));
}

/* What it says by itself, each symbol as a number */
static tl_tensor saying(tl_tape *tape, side *s)
{
	int32_t tokens[2 * PAIR_STEPS], lengths[2];
	float numbers[2 * PAIR_STEPS];
	tl_decoder d = {say, s, .start_token = 1, .end_token = -1};
	tl_state start = tl_cell_initial_state(s->cell, tape, 2);
	tl_decoder_generate(&d, start, PAIR_STEPS, NULL, tokens, lengths);
	assert_fine(tape);
	for (int k = 0; k < 2 * PAIR_STEPS; k++)
		numbers[k] = (float)tokens[k];
	return tl_constant(tape, tl_dims(2 * PAIR_STEPS), numbers);
}

/* Two leaves under a node, this and another leaf under the root */
static tl_tensor tree(tl_tape *tape, side *s)
{
	if (!tl_cell_get_kind(s->cell)->tree_step)
		return TL_NONE;
	tl_tensor x = tl_use(tape, s->x);
	tl_state leaf[2], pair[2];
	for (int k = 0; k < 2; k++)
		leaf[k] = tl_cell_tree_step(s->cell, tl_at(x, k), NULL, 0);
	pair[0] = tl_cell_tree_step(s->cell, tl_at(x, 2), leaf, 2);
	pair[1] = tl_cell_tree_step(s->cell, tl_at(x, 3), NULL, 0);
	tl_state root = tl_cell_tree_step(s->cell, tl_at(x, 4), pair, 2);
	root = tl_cell_tree_step(s->cell, tl_at(x, 5), &root, 1);
	return flat((tl_unrolled){.h = root.h, .final_state = root});
}

const driver drivers[] = {
	{"forwards", forwards, false},
	{"backwards", backwards, false},
	{"with lengths", masked, false},
	{"backwards with lengths", masked_backwards, false},
	{"both ways", both_ways, false},
	{"with noise", with_noise, true},
	{"stacked", stacked, false},
	{"truncated", truncated, false},
	{"from a state", from_a_state, false},
	{"taught", taught, false},
	{"saying", saying, false},
	{"a tree", tree, false},
	{NULL, NULL, false},
};
