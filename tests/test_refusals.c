/* Cells, and what drives them, that cannot be made: the set of parameters says why. */
#include "suite.h"

#include <limits.h>

static void refused(tl_params **set, const void *made, const char *words)
{
	ck_assert_ptr_null(made);
	ck_assert_msg(tl_params_error(*set) && !strcmp(tl_params_error(*set), words),
		      "\n%s\ninstead of\n%s", tl_params_error(*set), words);
	tl_params_destroy(*set);
	*set = tl_params_create(TL_F32);
}

static void no_weights(tl_weight_builder *w, void *into)
{
	(void)w, (void)into;
}

static void nameless_weight(tl_weight_builder *w, void *into)
{
	(void)into;
	tl_weight(w, NULL, tl_dims(2), tl_init_zeros());
}

static tl_state same_state(const tl_cell *cell, tl_tensor x, tl_state s)
{
	(void)cell, (void)x;
	return s;
}

static tl_state larger_state(const tl_cell *cell, tl_tensor x, tl_state s)
{
	(void)cell, (void)x;
	s.count = 5;
	return s;
}

static tl_state smaller_state(const tl_cell *cell, tl_tensor x, tl_state s)
{
	(void)cell, (void)s;
	return tl_state_of(tl_sum(x, TL_ALL));
}

static tl_shape deep_shape(const tl_cell_options *o, int k)
{
	(void)o, (void)k;
	return tl_dims(1, 1, 1, 1);
}

static int too_many(const tl_cell_options *o)
{
	(void)o;
	return 99;
}

START_TEST(kinds_that_cannot_be)
{
	const tl_cell_kind fine = {
		.name = "k", .state = {"h"}, .weights = no_weights, .step = same_state};
	tl_cell_kind k[7] = {fine, fine, fine, fine, fine, fine, fine};
	k[0].name = "";
	k[1].weights = NULL;
	k[2].step = NULL;
	k[3].state[0] = NULL;
	k[4].extra_size = 8;
	k[5].state_shape = deep_shape;
	k[6].states = too_many;
	static const char *const words[] = {
		"cell a: the kind has no name",
		"cell a: the kind has no function for its weights, or none for its step",
		"cell a: the kind has no function for its weights, or none for its step",
		"cell a: the kind has no state",
		"cell a: the kind has options and neither preset nor defaults",
		"cell a (k): each state has a name and, without the batch, rank 3 at most",
		"cell a (k): the kind has no state, or more than 16",
	};
	tl_params *set = tl_params_create(TL_F32);
	tl_cell_options o = {.in = 2, .hidden = 2};
	for (int i = 0; i < 7; i++) {
		refused(&set, tl_cell_create_from_kind(set, &k[i], "a", o), words[i]);
		if (i < 5)
			ck_assert_int_eq(tl_cell_kind_register(&k[i]), TL_ERROR_ARGUMENT);
	}
	refused(&set, tl_cell_create_from_kind(set, NULL, "a", o), "cell a: the kind is NULL");
	k[0] = fine, k[0].weights = nameless_weight;
	refused(&set, tl_cell_create_from_kind(set, &k[0], "a", o),
		"cell a: a weight without a name");
	tl_params_destroy(set);
}
END_TEST

START_TEST(steps_that_return_something_else)
{
	tl_cell_kind kinds[2] = {{.name = "k", .state = {"h"}, .weights = no_weights},
				 {.name = "k", .state = {"h"}, .weights = no_weights}};
	kinds[0].step = larger_state;
	kinds[1].step = smaller_state;
	static const char *const words[2] = {
		"c (k): the step returned 5 tensors, not 1",
		"c (k): a state that the step returned is [], not [3,2]"};
	tl_params *set = tl_params_create(TL_F32);
	tl_tape *tape = tl_tape_create(TL_F32);
	for (int i = 0; i < 2; i++) {
		tl_cell *c = tl_cell_create_from_kind(set, &kinds[i], "c",
						      (tl_cell_options){.in = 2, .hidden = 2});
		tl_unrolled y = tl_unroll(c, tl_ones(tape, tl_dims(1, 3, 2)), NULL);
		ck_assert_int_eq(y.h.id, 0);
		ck_assert_msg(!strncmp(tl_tape_error(tape), words[i], strlen(words[i])), "%s",
			      tl_tape_error(tape));
		tl_tape_rewind(tape);
		tl_cell_destroy(c);
	}
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

START_TEST(names_that_are_taken)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_cell_options o = {.in = 1, .hidden = 2};
	tl_cell *a = tl_cell_create(set, "lstm", "a", o);
	/* weights of other names would fit beside it, and nobody could tell the two apart */
	refused(&set, tl_cell_create(set, "gru", "a", o),
		"cell a (gru): the set already has weights of this name");
	tl_cell_destroy(a);
	a = tl_cell_create(set, "lstm", "a", o);
	refused(&set,
		tl_attention_create(set, "a",
				    (tl_attention_options){.query_size = 1, .key_size = 1}),
		"attention a: the set already has weights of this name");
	tl_cell_destroy(a);
	a = tl_cell_create(set, "lstm", "a", o);
	refused(&set, tl_multihead_create(set, "a", 2, 1),
		"heads a: the set already has weights of this name");
	tl_cell_destroy(a);
	/* names that only begin alike */
	a = tl_cell_create(set, "lstm", "a.b", o);
	tl_cell *b = tl_cell_create(set, "lstm", "a", o), *c = tl_cell_create(set, "lstm", "ab", o);
	ck_assert_msg(a && b && c, "%s", tl_params_error(set));
	tl_cell_destroy(a);
	tl_cell_destroy(b);
	tl_cell_destroy(c);
	tl_params_destroy(set);
}
END_TEST

START_TEST(options_that_cannot_be)
{
	const struct {
		const char *kind;
		tl_cell_options options;
		const char *words;
	} cases[] = {
		{"odyssey",
		 {.extra = &(const tl_odyssey_options){.full_recurrence = true,
						       .no_input_gate = true}},
		 "full gate recurrence needs all gates"},
		{"cornn", {.extra = &(const tl_cornn_options){.step = -1}}, "step is more than 0"},
		{"lem", {.extra = &(const tl_lem_options){-1}}, "step is more than 0"},
		{"antisymmetric",
		 {.extra = &(const tl_antisymmetric_options){.step = -1}},
		 "more than 0"},
		{"antisymmetric_gated",
		 {.extra = &(const tl_antisymmetric_options){.step = NAN}},
		 "more than 0"},
		{"phased_lstm", {.extra = &(const tl_phased_options){.open = -1}}, "open is more"},
		{"phased_lstm",
		 {.extra = &(const tl_phased_options){.open = 0.5, .leak = NAN}},
		 "leak in [0, 1]"},
		{"conv_lstm", {.extra = &(const tl_conv_cell_options){2, 2, 2}}, "kernel is odd"},
		{"conv_lstm",
		 {.extra = &(const tl_conv_cell_options){INT64_MAX, INT64_MAX, 3}},
		 "less than 2^15"},
		{"scrn", {.extra = &(const tl_scrn_options){.context = -1}}, "not negative"},
		{"jordan", {.extra = &(const tl_feedback_options){.out = INT64_MAX}}, "2^31"},
		{"lstm_projected",
		 {.extra = &(const tl_projection_options){.projection = INT64_MAX}},
		 "less than 2^31"},
		{"esn", {.extra = &(const tl_esn_options){.out = -1}}, "out is at least 1"},
		{"esn", {.extra = &(const tl_esn_options){.density = 2}}, "density in (0, 1]"},
		{"esn",
		 {.extra = &(const tl_esn_options){.spectral_radius = INFINITY}},
		 "the radius"},
		{"esn", {.extra = &(const tl_esn_options){.leak_rate = -1}}, "leak is in (0, 1]"},
		{"esn", {.extra = &(const tl_esn_options){.input_scale = NAN}}, "input, feed"},
		{"esn", {.extra = &(const tl_esn_options){.bias_scale = -1}}, "bias are not"},
		{"esn", {.hidden = 1 << 25}, "hidden is at most 2^24"},
		{"lstm", {.chrono = INFINITY}, "chrono is the longest time"},
		{"lstm", {.forget_bias = NAN}, "forget_bias is finite"},
	};
	tl_params *set = tl_params_create(TL_F32);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		tl_cell_options o = cases[i].options;
		o.in = 2;
		o.hidden = o.hidden ? o.hidden : 4;
		ck_assert_ptr_null(tl_cell_create(set, cases[i].kind, "a", o));
		ck_assert_msg(strstr(tl_params_error(set), cases[i].words), "\"%s\" in: %s",
			      cases[i].words, tl_params_error(set));
		tl_params_destroy(set);
		set = tl_params_create(TL_F32);
	}
	char name[300];
	memset(name, 'n', 299);
	name[299] = '\0';
	tl_cell_options o = {.in = 1, .hidden = 1};
	ck_assert_ptr_null(tl_cell_create(set, "lstm", name, o));
	ck_assert_msg(strstr(tl_params_error(set), "the name is too long"), "%s",
		      tl_params_error(set));
	tl_params_destroy(set);
}
END_TEST

START_TEST(what_is_not_a_cell_but_cannot_be_either)
{
	tl_params *set = tl_params_create(TL_F32);
	static const struct {
		tl_attention_options options;
		const char *words;
	} cases[] = {
		{{0}, "attention a: query, key and size are at least 1 and less than 2^31"},
		{{.query_size = INT64_MAX, .key_size = 1},
		 "attention a: query, key and size are at least 1 and less than 2^31"},
		{{.query_size = 2, .key_size = 2, .score = (tl_attention_score)99},
		 "attention a: there is no such score"},
		{{.query_size = 2, .key_size = 2, .score = TL_SCORE_LOCATION_AWARE, .width = 4},
		 "attention a: the convolution is of odd width"},
		{{.query_size = 2, .key_size = 2, .score = TL_SCORE_LOCATION},
		 "attention a: a location score needs the longest number of steps"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		refused(&set, tl_attention_create(set, "a", cases[i].options), cases[i].words);
	tl_cell_options o = {.in = 1, .hidden = 1};
	static const char *const carries[] = {
		"carry a: a batch is at least 1", "carry a: a batch is at least 1",
		"carry : a name is not empty and has at most 200 letters",
		"carry : a name is not empty and has at most 200 letters"};
	for (int i = 0; i < 4; i++) {
		tl_cell *c = tl_cell_create(set, "lstm", "c", o);
		tl_carry carry = tl_carry_of(c, i < 2 ? "a" : i < 3 ? "" : NULL, -i);
		ck_assert_int_eq(carry.count, 0);
		refused(&set, NULL, carries[i]);
		tl_cell_destroy(c);
	}
	ck_assert_int_eq(tl_carry_of(NULL, "a", 1).count, 0);
	tl_params_destroy(set);
}
END_TEST

START_TEST(nothing_to_look_at)
{
	ck_assert_str_eq(tl_cell_name(NULL), "");
	ck_assert_ptr_null(tl_cell_get_kind(NULL));
	ck_assert_ptr_null(tl_cell_get_options(NULL));
	ck_assert_ptr_null(tl_cell_extra(NULL));
	ck_assert_ptr_null(tl_cell_param_at(NULL, 0));
	ck_assert_ptr_null(tl_cell_weights(NULL, NULL));
	ck_assert_int_eq(tl_cell_state_count(NULL), 0);
	ck_assert_int_eq(tl_cell_state_shape(NULL, 0).rank, 0);
	ck_assert_int_eq(tl_cell_input_shape(NULL).rank, 0);
	ck_assert_ptr_null(tl_cell_kind_at(-1));
	ck_assert_ptr_null(tl_cell_kind_at(INT_MAX));
	ck_assert_ptr_null(tl_cell_kind_find(NULL));
	tl_tensor none = {0};
	ck_assert_int_eq(tl_unroll(NULL, none, NULL).h.id, 0);
	ck_assert_int_eq(tl_ctc_loss(none, none, NULL).id, 0);
	ck_assert_int_eq(tl_concat_context(none, none).id, 0);
	ck_assert_int_eq(tl_mean_over_time((tl_unrolled){0}.h, none).id, 0);
	ck_assert_int_eq(tl_max_over_time((tl_unrolled){0}.h, none).id, 0);
	ck_assert_int_eq(tl_decoder_teacher_force(NULL, none, (tl_state){0}, NULL, NULL).id, 0);
	ck_assert_int_eq(tl_decoder_generate(NULL, (tl_state){0}, 1, NULL, NULL, NULL),
			 TL_ERROR_TAPE);
}
END_TEST

SUITE("refusals", kinds_that_cannot_be, steps_that_return_something_else, names_that_are_taken,
      options_that_cannot_be, what_is_not_a_cell_but_cannot_be_either, nothing_to_look_at)
