/* As test_errors.c, for cells and for what drives them. */
#include "wrong.h"

#include <limits.h>

#define NO_CELL  "tl_params_error says why it was not made"
#define LENGTHS  "lengths are integers, [batch]"
#define FROM_ROW "tl_tape_set_check_finite finds where a NaN came from"

typedef struct parts {
	tl_params *set;
	tl_cell *lstm, *gru, *thin, *tree, *esn;
	tl_attention *look, *place;
	tl_multihead *heads;
} parts;

static parts parts_create(void)
{
	tl_cell_options o = {.in = 3, .hidden = 4};
	parts p = {.set = tl_params_create(TL_F32)};
	p.lstm = tl_cell_create(p.set, "lstm", "lstm", o);
	p.gru = tl_cell_create(p.set, "gru", "gru", o);
	p.thin = tl_cell_create(p.set, "gru", "thin", (tl_cell_options){.in = 3, .hidden = 1});
	p.tree = tl_cell_create(p.set, "tree_lstm_nary", "tree", o);
	p.esn = tl_cell_create(p.set, "esn", "esn", (tl_cell_options){.in = 3, .hidden = 8});
	p.look = tl_attention_create(p.set, "look",
				     (tl_attention_options){.query_size = 4, .key_size = 3});
	p.place = tl_attention_create(p.set, "place",
				      (tl_attention_options){.score = TL_SCORE_LOCATION,
							     .query_size = 4,
							     .key_size = 3,
							     .max_steps = 2});
	p.heads = tl_multihead_create(p.set, "heads", 4, 2);
	ck_assert_msg(!tl_params_error(p.set), "%s", tl_params_error(p.set));
	return p;
}

static void parts_destroy(parts *p)
{
	tl_cell_destroy(p->lstm);
	tl_cell_destroy(p->gru);
	tl_cell_destroy(p->thin);
	tl_cell_destroy(p->tree);
	tl_cell_destroy(p->esn);
	tl_attention_destroy(p->look);
	tl_attention_destroy(p->place);
	tl_multihead_destroy(p->heads);
	tl_params_destroy(p->set);
}

static tl_tensor integers(bench *b, int count, const int32_t *numbers)
{
	return tl_constant_int(b->tape, tl_dims(count), numbers);
}

static tl_tensor ones(bench *b, int64_t steps, int64_t batch, int64_t width)
{
	return tl_ones(b->tape, tl_dims(steps, batch, width));
}

static void wrong_states(bench *b, const parts *p)
{
	tl_tensor x = b->m23, many[20];
	tl_cell_initial_state(NULL, b->tape, 2);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "initial_state: there is no cell", NO_CELL);
	tl_cell_initial_state(p->gru, b->tape, -1);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "full: no tensor can have shape [-1,4]", SOUND);
	tl_cell_step(NULL, b->m23, (tl_state){0});
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "step: there is no cell", NO_CELL);
	tl_cell_step(p->gru, b->scalar, (tl_state){0});
	wrong(b, __LINE__, TL_ERROR_SHAPE, "gru (gru): x is [], not [1,3]",
	      "the first axis is the batch");
	tl_cell_step(p->lstm, b->m23, (tl_state){0});
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "lstm (lstm): the state is of 0 tensors, not 2",
	      "tl_cell_initial_state makes the first state");
	x = b->m23;
	for (int k = 0; k < 20; k++)
		many[k] = x;
	tl_cell_step(p->lstm, x, tl_state_from_array(many, 20));
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "lstm (lstm): the state is of 16 tensors, not 2",
	      "tl_cell_initial_state makes the first state");
	tl_cell_step(p->lstm, b->m23, tl_state_of(b->m23, b->m23));
	wrong(b, __LINE__, TL_ERROR_SHAPE, "lstm (lstm): h is [2,3], not [2,4]",
	      "the first axis is the batch");
	tl_state_where(b->m23, tl_state_of(b->m23), tl_state_of(b->m23, b->m23));
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "state_where: a state of 1 tensors and one of 2",
	      "both are states of one kind of cell");
	ck_assert_int_eq(tl_state_from_array(many, -3).count, 0);
	tl_state s = tl_cell_initial_state(p->lstm, b->tape, 2), two[3] = {s, s, s};
	tl_cell_tree_step(p->lstm, b->m23, two, 2);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "lstm (lstm): it has one child, not 2",
	      "tree_lstm has any number of children");
	tl_cell_tree_step(p->lstm, b->m23, NULL, 1);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "lstm (lstm): 1 children, and they are NULL",
	      "a leaf has 0 children and may have NULL");
	tl_cell_tree_step(p->tree, b->m23, two, -1);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "tree (tree_lstm_nary): -1 children",
	      "a leaf has 0 children and may have NULL");
	s = tl_cell_initial_state(p->tree, b->tape, 2), two[0] = two[1] = two[2] = s;
	tl_cell_tree_step(p->tree, b->m23, two, 3);
	check_case(b, __LINE__ - 1, TL_ERROR_ARGUMENT,
		   "tree (tree_lstm_nary): 3 children, at most 2", ", in outer/inner/tree, step 7",
		   "options: children");
	/* a child that is not there yet: the tree is not in order */
	two[0] = tl_cell_initial_state(p->tree, b->tape, 2), two[1] = (tl_state){0};
	tl_cell_tree_step(p->tree, b->m23, two, 2);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "tree (tree_lstm_nary): the state is of 0 tensors, "
	      "not 2",
	      "tl_cell_initial_state makes the first state");
}

static tl_tensor no_activation(tl_tensor x)
{
	return (tl_tensor){x.tape, 0, 0};
}

static tl_tensor total(tl_tensor x)
{
	return (tl_sum)(x, TL_ALL); /* not the macro, which leaves its line */
}

static void wrong_activations(bench *b, const parts *p)
{
	tl_cell_options o = {.in = 3, .hidden = 4, .activation = total};
	tl_cell *sums = tl_cell_create(p->set, "lstm", "sums", o);
	o.activation = no_activation;
	tl_cell *none = tl_cell_create(p->set, "lstm", "none", o);
	tl_state s = tl_cell_initial_state(sums, b->tape, 2);
	tl_cell_step(sums, b->m23, s);
	check_case(b, __LINE__ - 1, TL_ERROR_SHAPE, "sums (lstm): the activation made [] of [2,4]",
		   ", in outer/inner/sums, step 7", "an activation is elementwise");
	s = tl_cell_initial_state(none, b->tape, 2);
	tl_cell_step(none, b->m23, s);
	check_case(b, __LINE__ - 1, TL_ERROR_TAPE, "activation: operand 0 is no tensor",
		   ", in outer/inner/none, step 7", NEVER_SET);
	tl_cell_destroy(sums);
	tl_cell_destroy(none);
}

static void wrong_sequences(bench *b, const parts *p)
{
	static const int32_t lengths[3] = {1, 9, -1};
	tl_unroll_options o = {.lengths = integers(b, 3, lengths)};
	tl_unroll(p->gru, ones(b, 3, 2, 3), &o);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "unroll: 3 lengths for a batch of 2", LENGTHS);
	tl_unroll(p->gru, ones(b, 3, 2, 3), &(tl_unroll_options){.lengths = b->vector});
	wrong(b, __LINE__, TL_ERROR_SHAPE, "unroll: 3 lengths for a batch of 2", LENGTHS);
	tl_length_mask(b->vector, 3);
	wrong(b, __LINE__, TL_ERROR_TYPE, "length_mask: lengths are integers, [batch]",
	      "tl_input_int(tape, tl_dims(batch), data)");
	tl_length_mask(b->ints, -1);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "length_mask: the result would have shape [-1,2,1]",
	      SOUND);
	tl_tensor mask = tl_length_mask(integers(b, 2, lengths), 3);
	tl_value(mask);
	check_case(b, __LINE__ - 2, TL_ERROR_VALUE,
		   "length_mask: row 1: its number of steps, 9, is out of range: there are 3",
		   ", in outer/inner, step 7", NULL);
	mask = tl_length_mask(integers(b, 3, lengths), 10);
	tl_value(mask);
	check_case(b, __LINE__ - 2, TL_ERROR_VALUE,
		   "length_mask: row 2: its number of steps, -1, is out of range: there are 10",
		   ", in outer/inner, step 7", NULL);
	tl_unroll(p->gru, b->cube, &(tl_unroll_options){.first_step = -1});
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "unroll: 2 steps, the first called -1",
	      "steps are counted from first_step, by an int, from 0");
	tl_unroll(p->gru, b->cube, &(tl_unroll_options){.first_step = INT_MAX});
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "unroll: 2 steps, the first called 2147483647",
	      "steps are counted from first_step, by an int, from 0");
	tl_state gru = tl_cell_initial_state(p->gru, b->tape, 2);
	tl_unroll_options backward = {.initial_state_backward = gru};
	tl_unroll(p->gru, b->cube, &backward);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "unroll: initial_state_backward is set, and there is one direction",
	      "tl_bidirectional has two directions");
	tl_unroll_options reverse = {.reverse = true};
	tl_bidirectional(p->gru, p->gru, ones(b, 3, 2, 3), TL_MERGE_SUM, &reverse);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "bidirectional: reverse is set, and both directions are taken", NULL);
	tl_layer only = {.forward = p->gru};
	tl_unroll_options noisy = {.dropout.input = 0.5};
	tl_unroll_layers(&only, 1, ones(b, 3, 2, 3), &noisy, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "unroll_layers: initial states and dropout are of each layer",
	      "options give lengths, first_step and reverse; a layer has the rest");
	tl_unroll_options three = {.initial_state = tl_cell_initial_state(p->gru, b->tape, 3)};
	tl_unroll(p->gru, ones(b, 0, 2, 3), &three);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "gru (gru): h is [3,4], not [2,4]",
	      "the first axis is the batch");
	tl_unroll_truncated(p->gru, ones(b, 3, 2, 3), 0, 0, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "unroll_truncated: k1 0, k2 0, 3 steps",
	      "1 <= k1 <= k2, at least one step, forwards");
	tl_bidirectional(p->gru, p->thin, ones(b, 3, 2, 3), TL_MERGE_SUM, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "bidirectional: [3,2,4] and [3,2,1]",
	      "only TL_MERGE_CONCAT joins what is of two widths");
	tl_bidirectional(p->gru, p->gru, ones(b, 3, 2, 3), (tl_merge_mode)77, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "bidirectional: there is no merge 77",
	      "concat, sum, mean or product");
	tl_unroll_layers(NULL, 2, b->cube, NULL, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "unroll_layers: 2 layers, and they are NULL", NULL);
	tl_layer layer = {.forward = p->thin, .residual = true};
	tl_unroll_layers(&layer, 1, ones(b, 3, 2, 3), NULL, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "a residual layer: [3,2,1] and [3,2,3]",
	      "only TL_MERGE_CONCAT joins what is of two widths");
	tl_carry none = {0};
	tl_carry_state(&none, b->tape);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "carry: it could not be made",
	      "tl_params_error says why");
	tl_carry_assign(&none, tl_state_of(b->m23));
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "carry: the state is of 1 tensors, not 0",
	      "tl_carry_of makes room for the states of a cell");
	ck_assert_int_ne(tl_carry_assign(&none, (tl_state){0}), TL_OK);
	ck_assert_int_eq(tl_carry_reset(&none, NULL), TL_ERROR_ARGUMENT);
}

static tl_tensor same_rows(tl_tensor rows, void *user)
{
	(void)user;
	return rows;
}

static tl_tensor fewer_rows(tl_tensor rows, void *user)
{
	(void)user;
	return tl_slice(rows, 0, 0, 2, 1);
}

static tl_tensor no_rows(tl_tensor rows, void *user)
{
	(void)user;
	return (tl_tensor){rows.tape, 0, 0};
}

static void wrong_shapes_of_sequence(bench *b)
{
	tl_time_distributed(b->m23, same_rows, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "time_distributed: x is not [steps, batch, ...]",
	      "look takes rows, [steps * batch, ...]");
	tl_time_distributed(b->cube, NULL, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "time_distributed: there is no function",
	      "look takes rows, [steps * batch, ...]");
	tl_time_distributed(b->old, same_rows, NULL);
	wrong(b, __LINE__, TL_ERROR_TAPE,
	      "time_distributed: operand 0 was recorded before the tape was rewound", REWOUND);
	tl_time_distributed(b->cube, fewer_rows, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "time_distributed: of 6 rows the function made [2,4]",
	      "a row for each row it was given");
	tl_time_distributed(b->cube, no_rows, NULL);
	wrong(b, __LINE__, TL_ERROR_TAPE, "time_distributed: operand 1 is no tensor", NEVER_SET);
	tl_concat_context(b->cube, tl_ones(b->tape, tl_dims(1, 5)));
	wrong(b, __LINE__, TL_ERROR_SHAPE, "concat_context: [2,3,4] and [1,5]",
	      "x is [steps, batch, in], the context [batch, n]");
	tl_mean_over_time((tl_unrolled){.h = b->cube}.h, b->ints);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "mean_over_time: 2 lengths for a batch of 3", LENGTHS);
	tl_max_over_time((tl_unrolled){.h = b->cube}.h, b->ints);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "max_over_time: 2 lengths for a batch of 3", LENGTHS);
}

static void wrong_attention(bench *b, const parts *p)
{
	tl_scaled_dot_product_attention(b->m23, b->m23, b->m23, ones(b, 3, 2, 2));
	wrong(b, __LINE__, TL_ERROR_SHAPE,
	      "scaled_dot_product_attention: the mask is [3,2,2], the scores are [2,2]",
	      "one of fewer axes, or with axes of 1, is for all alike");
	tl_tensor none = {0}, q = tl_ones(b->tape, tl_dims(3, 4)), keys = ones(b, 3, 3, 3);
	tl_attention_memory m = {0};
	tl_attention_prepare(NULL, b->cube, none);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "attention: it could not be made",
	      "tl_params_error says why");
	tl_attention_prepare(p->look, ones(b, 2, 3, 3), b->ints);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "attention: 2 lengths for a batch of 3", LENGTHS);
	tl_attention_context(NULL, b->m23, &m);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "attention_context: there is no attention",
	      "tl_attention_create makes one, tl_attention_prepare the other");
	tl_attention_context(p->look, b->m23, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "attention_context: there is no memory",
	      "tl_attention_create makes one, tl_attention_prepare the other");
	tl_attention_context(p->look, b->m23, &m);
	wrong(b, __LINE__, TL_ERROR_TAPE, "attention_context: operand 1 is no tensor", NEVER_SET);
	q = tl_ones(b->tape, tl_dims(3, 4)), keys = ones(b, 3, 3, 3);
	m = tl_attention_prepare(p->place, keys, none);
	tl_attention_context(p->place, q, &m);
	wrong(b, __LINE__, TL_ERROR_SHAPE,
	      "attention_context: the query is [3,4], 3 keys for a batch of 3",
	      "queries are [batch, query]; a location score has a longest number of steps");
	q = tl_ones(b->tape, tl_dims(3, 4)), keys = ones(b, 2, 3, 3);
	m = tl_attention_prepare(p->place, keys, none);
	tl_attention_context(p->look, q, &m);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "attention_context: look was given the memory of another attention",
	      "each attention needs a memory of its own");
	tl_multihead_attend(NULL, b->cube, b->cube, none, false);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "multihead_attend: they could not be made",
	      "tl_params_error says why");
	tl_multihead_attend(p->heads, b->cube, b->m23, none, false);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "multihead_attend: query [2,3,4], memory [2,3], size 4",
	      "both are [steps, batch, size]");
	tl_multihead_attend(p->heads, b->cube, b->cube, b->ints, false);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "multihead_attend: 2 lengths for a batch of 3", LENGTHS);
}

static void wrong_labels(bench *b)
{
	tl_tensor scores = b->cube,
		  symbols = tl_constant_int(b->tape, tl_dims(3, 1), (const int32_t[]){1, 1, 1});
	int32_t said[6], count[3];
	tl_ctc_loss(scores, symbols, &(tl_ctc_options){.blank = 4});
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "ctc_loss: there is no class 4 for the blank", NULL);
	tl_ctc_loss(b->cube, tl_reshape(b->ints, tl_dims(2, 1)), NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE,
	      "ctc_loss: scores [2,3,4] do not go with targets [2,1], or their lengths",
	      "scores are [steps, batch, classes], targets [batch, longest], lengths [batch]");
	symbols = tl_constant_int(b->tape, tl_dims(3, 1), (const int32_t[]){1, 1, 1});
	tl_ctc_loss(b->cube, symbols, &(tl_ctc_options){.input_lengths = b->ints});
	wrong(b, __LINE__, TL_ERROR_SHAPE, "ctc_loss: 2 lengths for a batch of 3", LENGTHS);
	tl_ctc_greedy_decode(b->m23, NULL, 0, said, count);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "ctc_decode: rank 2, blank 0",
	      "scores are [steps, batch, classes]");
	tl_ctc_greedy_decode(b->cube, NULL, 0, NULL, count);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "ctc_decode: there is no room for symbols, or none for lengths",
	      "batch * steps symbols, batch lengths");
	tl_ctc_greedy_decode(b->cube, (const int32_t[]){2, 3, 0}, 0, said, count);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "ctc_decode: row 1 has 3 steps of 2", NULL);
	tl_ctc_beam_search(b->cube, NULL, 0, 0, said, count, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "ctc_beam_search: beam 0", "a beam is at least 1");
	tl_tensor nothing = tl_full(b->tape, tl_dims(2, 3, 4), -INFINITY);
	tl_ctc_beam_search(nothing, NULL, 0, 2, said, count, NULL);
	wrong(b, __LINE__, TL_ERROR_VALUE,
	      "ctc_decode: row 0, step 0: its scores have a NaN or no finite largest", FROM_ROW);
}

/* Decoders that go wrong in one way each. */
enum next_mode { FINE, A_VECTOR, ONE_ROW, NAN_SCORES, INTEGERS, NOTHING };

struct speaker {
	const tl_cell *cell;
	enum next_mode mode;
};

static tl_tensor next(tl_tape *tape, void *user, tl_tensor symbols, tl_state *state)
{
	const struct speaker *p = user;
	tl_tensor x = tl_broadcast_to(tl_reshape(tl_cast(symbols), tl_dims(-1, 1)),
				      tl_dims(tl_tensor_size(symbols), 3));
	*state = tl_cell_step(p->cell, x, *state);
	switch (p->mode) {
	case A_VECTOR:
		return tl_sum(state->h, tl_axes(1));
	case ONE_ROW:
		return tl_slice(state->h, 0, 0, 1, 1);
	case NAN_SCORES:
		return tl_scale(tl_full(tape, tl_tensor_shape(state->h), NAN), 1);
	case INTEGERS:
		return tl_constant_int(tape, tl_dims(2, 1), (const int32_t[]){0, 1});
	case NOTHING:
		return TL_NONE;
	case FINE:
		break;
	}
	return state->h;
}

#define FIRST ", in outer/inner, step 0"

static void wrong_sayings(bench *b, const parts *p)
{
	static const struct {
		enum next_mode mode;
		tl_status status;
		const char *words, *hint;
	} cases[] = {
		{A_VECTOR, TL_ERROR_SHAPE, "decode: the scores of 2 rows are [2]",
		 "next returns [rows, classes]"},
		{ONE_ROW, TL_ERROR_SHAPE, "decode: the scores of 2 rows are [1,4]",
		 "next returns [rows, classes]"},
		{INTEGERS, TL_ERROR_TYPE, "decode: operand 0 is of integers", CAST},
		{NOTHING, TL_ERROR_TAPE, "decode: operand 0 is no tensor", NEVER_SET},
		{NAN_SCORES, TL_ERROR_VALUE,
		 "decode: the scores of row 0 have a NaN or no finite largest", FROM_ROW},
	};
	struct speaker speaker = {p->gru, FINE};
	tl_decoder d = {next, &speaker, 0, 3};
	int32_t symbols[8], lengths[2];
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		speaker.mode = cases[i].mode;
		tl_state start = tl_cell_initial_state(p->gru, b->tape, 2);
		tl_decoder_generate(&d, start, 4, NULL, symbols, lengths);
		check_case(b, __LINE__ - 1, cases[i].status, cases[i].words, FIRST, cases[i].hint);
	}
	speaker.mode = ONE_ROW;
	tl_tensor targets = tl_constant_int(b->tape, tl_dims(1, 2), (const int32_t[]){0, 0});
	tl_state two = tl_cell_initial_state(p->gru, b->tape, 2);
	tl_decoder_teacher_force(&d, targets, two, NULL, NULL);
	check_case(b, __LINE__ - 1, TL_ERROR_SHAPE, cases[1].words, FIRST, cases[1].hint);
	speaker.mode = NAN_SCORES;
	tl_hypothesis said[2] = {{.tokens = symbols}, {.tokens = symbols + 4}};
	tl_state s = tl_cell_initial_state(p->gru, b->tape, 1);
	tl_decoder_beam_search(&d, s, 4, (tl_beam_search_options){2, 0}, said, 2);
	check_case(b, __LINE__ - 1, TL_ERROR_VALUE, cases[4].words, FIRST, FROM_ROW);
	speaker.mode = FINE;
	s = tl_cell_initial_state(p->gru, b->tape, 1);
	tl_decoder_beam_search(&d, s, 4, (tl_beam_search_options){2, NAN}, said, 2);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "beam_search: normalise nan, or no room for what is said",
	      "normalise is not negative, each result has its symbols");
	said[1].tokens = NULL;
	s = tl_cell_initial_state(p->gru, b->tape, 1);
	tl_decoder_beam_search(&d, s, 4, (tl_beam_search_options){2, 0}, said, 2);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "beam_search: normalise 0, or no room for what is said",
	      "normalise is not negative, each result has its symbols");
	s = tl_cell_initial_state(p->gru, b->tape, 2);
	tl_decoder_generate(&d, s, -1, NULL, symbols, lengths);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "generate: there is room, longest -1",
	      "rows * longest symbols, rows lengths");
	s = tl_cell_initial_state(p->gru, b->tape, 2);
	tl_decoder_generate(&d, s, 4, NULL, NULL, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "generate: there is no room, longest 4",
	      "rows * longest symbols, rows lengths");
	s = tl_cell_initial_state(p->gru, b->tape, 2);
	tl_sampling over = {.temperature = 1, .top_p = 2};
	tl_decoder_generate(&d, s, 4, &over, symbols, lengths);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT, "generate: temperature 1, top_k 0, top_p 2",
	      "temperature and top_k are not negative, top_p is in [0, 1]");
	s = tl_cell_initial_state(p->gru, b->tape, 2);
	tl_decoder_teacher_force(&d, b->ints, s, NULL, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE,
	      "teacher_force: targets are integers, [steps, batch], of at least one step",
	      "tl_input_int(tape, tl_dims(steps, batch), data)");
	s = tl_cell_initial_state(p->gru, b->tape, 2);
	tl_teacher_forcing_options forcing = {.sampling_probability = NAN};
	tl_decoder_teacher_force(&d, b->ints, s, &forcing, &s);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "teacher_force: sampling_probability nan is not in [0, 1]",
	      "0 is teacher forcing, 1 feeds the net its own tokens");
	ck_assert(s.count == 1 && s.h.id == 0);
	s = tl_cell_initial_state(p->gru, b->tape, 2);
	forcing = (tl_teacher_forcing_options){.sampling_probability = 0.5, .temperature = -1};
	tl_decoder_teacher_force(&d, b->ints, s, &forcing, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "teacher_force: temperature -1 is negative or not finite",
	      "at 0 the most probable token is taken");
	static const double nan_scores[2] = {NAN, 1}, fine[2] = {0, 1};
	ck_assert_int_eq(tl_sample_logits(nan_scores, 2, NULL, 0.5), -1);
	ck_assert_int_eq(tl_sample_logits(NULL, 2, NULL, 0.5), -1);
	ck_assert_int_eq(tl_sample_logits(fine, 2, &(tl_sampling){.temperature = NAN}, 0.5), -1);
	ck_assert_int_eq(tl_sample_logits(fine, 2, &(tl_sampling){.temperature = 1, .top_k = 9}, 0),
			 1);
}

static void wrong_echoes(bench *b, const parts *p)
{
	tl_tensor none = {0}, u = ones(b, 3, 2, 3), y = ones(b, 3, 2, 1);
	tl_esn_teacher_force(p->gru, u, y, none, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "esn: this is no echo state network, or its data do not go together",
	      "u is [steps, batch, in], y [steps, batch, out]");
	u = ones(b, 3, 2, 3), y = ones(b, 3, 2, 2);
	tl_esn_teacher_force(p->esn, u, y, none, NULL);
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "esn: this is no echo state network, or its data do not go together",
	      "u is [steps, batch, in], y [steps, batch, out]");
	u = ones(b, 3, 2, 3), y = ones(b, 3, 2, 1);
	tl_esn_teacher_force(p->esn, u, y, b->m23, NULL);
	wrong(b, __LINE__, TL_ERROR_SHAPE, "esn_teacher_force: the noise does not go with the data",
	      "noise is [steps, batch, hidden]");
	u = ones(b, 3, 2, 3), y = ones(b, 3, 2, 1);
	tl_esn_teacher_force(p->esn, u, y, none, &(tl_unroll_options){.lengths = b->ints});
	wrong(b, __LINE__, TL_ERROR_ARGUMENT,
	      "esn_teacher_force: it knows no lengths, no reverse direction and no dropout",
	      "of its options it takes initial_state and first_step; tl_unroll takes all");
}

START_TEST(each_wrong_use_has_its_words)
{
	bench b;
	bench_create(&b);
	parts p = parts_create();
	wrong_states(&b, &p);
	wrong_activations(&b, &p);
	wrong_sequences(&b, &p);
	wrong_shapes_of_sequence(&b);
	wrong_attention(&b, &p);
	wrong_labels(&b);
	wrong_sayings(&b, &p);
	wrong_echoes(&b, &p);
	parts_destroy(&p);
	ck_assert_int_ge(b.cases, 60);
	bench_destroy(&b);
}
END_TEST

SUITE("errors_cells", each_wrong_use_has_its_words)
