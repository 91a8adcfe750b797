/*
 * NULL in the place of each pointer, and no tensor in the place of each tensor, of all that cells
 * and what drives them offer: an error where there is a tape, a set or a status to have it, never
 * a crash.
 */
#include "cell_bench.h"

static tl_tape *tape;
static tl_tensor x, none;

static void start(void)
{
	tl_tape_rewind(tape);
	x = tl_ones(tape, tl_dims(2, 3, 4));
}

/* There is an error after it. */
#define REPORTS(...)                                                                               \
	do {                                                                                       \
		start();                                                                           \
		(void)(__VA_ARGS__);                                                               \
		ck_assert_msg(tl_tape_status(tape), "%s: no error", #__VA_ARGS__);                 \
	} while (0)

#define FAILS(...)   ck_assert_msg((__VA_ARGS__) != TL_OK, "%s: ok", #__VA_ARGS__)
#define IS_NONE(...) ck_assert_msg((__VA_ARGS__).id == 0, "%s: a tensor", #__VA_ARGS__)

static tl_tensor look(tl_tensor rows, void *user)
{
	(void)user;
	return rows;
}

START_TEST(no_cell)
{
	tl_state state = {0};
	tape = tl_tape_create(TL_F32);
	REPORTS(tl_cell_initial_state(NULL, tape, 2));
	REPORTS(tl_cell_step(NULL, x, state));
	REPORTS(tl_cell_tree_step(NULL, x, NULL, 0));
	REPORTS(tl_cell_tree_step(NULL, x, NULL, 1));
	REPORTS(tl_cell_activate(NULL, x, tl_tanh));
	REPORTS(tl_cell_activate(NULL, x, NULL));
	REPORTS(tl_cell_update_dropout(NULL, x));
	REPORTS(tl_unroll(NULL, x, NULL));
	REPORTS(tl_unroll_truncated(NULL, x, 1, 1, NULL));
	REPORTS(tl_bidirectional(NULL, NULL, x, TL_MERGE_SUM, NULL));
	REPORTS(tl_unroll_layers(NULL, 1, x, NULL, NULL));
	REPORTS(tl_unroll_layers(&(tl_layer){0}, 1, x, NULL, NULL));
	REPORTS(tl_cell_initial_state_from(NULL, tl_at(x, 0)));
	REPORTS(tl_esn_teacher_force(NULL, x, x, none, NULL));
	REPORTS(tl_time_distributed(x, NULL, NULL));
	REPORTS(tl_gate_sum(NULL, x, x));
	REPORTS(tl_gate_input(NULL, x));
	REPORTS(tl_gate_recurrent(NULL, x));
	ck_assert_str_eq(tl_cell_name(NULL), "");
	ck_assert_ptr_null(tl_cell_get_kind(NULL));
	ck_assert_ptr_null(tl_cell_get_options(NULL));
	ck_assert_ptr_null(tl_cell_extra(NULL));
	ck_assert_ptr_null(tl_cell_param_at(NULL, 0));
	ck_assert_int_eq(tl_cell_param_count(NULL), 0);
	ck_assert_ptr_null(tl_cell_weights(NULL, tape));
	ck_assert_int_eq(tl_cell_state_count(NULL), 0);
	ck_assert_int_eq(tl_cell_state_shape(NULL, 0).rank, 0);
	ck_assert_int_eq(tl_cell_input_shape(NULL).rank, 0);
	ck_assert_int_eq(tl_state_from_array(NULL, 2).count, 0);
	ck_assert_ptr_null(tl_state_at(NULL, 0));
	tl_cell_destroy(NULL);
	FAILS(tl_cell_kind_register(NULL));
	ck_assert_ptr_null(tl_cell_kind_find(NULL));
	FAILS(tl_cell_import(NULL, TL_GATE_ORDER_ONNX, NULL));
	FAILS(tl_cell_export(NULL, TL_GATE_ORDER_ONNX, NULL, NULL));
	FAILS(tl_cell_export(NULL, TL_GATE_ORDER_ONNX, NULL, NULL));
	FAILS(tl_esn_fit(NULL, NULL, NULL, NULL));
	FAILS(tl_ridge_fit(NULL, NULL, 1, 1, 1, 0, NULL, NULL));
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(no_carry_attention_or_decoder)
{
	tl_attention_memory memory = {0};
	tl_state state = {0};
	tl_decoder empty = {0};
	int32_t said[8], lengths[4];
	tape = tl_tape_create(TL_F32);
	ck_assert_int_eq(tl_carry_of(NULL, "c", 1).count, 0);
	ck_assert_int_eq(tl_carry_of(NULL, NULL, 1).count, 0);
	FAILS(tl_carry_reset(NULL, NULL));
	FAILS(tl_carry_reset(&(tl_carry){.count = 1, .batch = 1}, NULL));
	REPORTS(tl_carry_state(NULL, tape));
	REPORTS(tl_carry_state(&(tl_carry){.count = 1, .batch = 1}, tape));
	REPORTS(tl_carry_assign(NULL, tl_state_of(x)));
	FAILS(tl_carry_assign(NULL, state));
	ck_assert_ptr_null(tl_attention_create(NULL, NULL, (tl_attention_options){0}));
	ck_assert_ptr_null(tl_multihead_create(NULL, NULL, 1, 1));
	tl_attention_destroy(NULL);
	tl_multihead_destroy(NULL);
	REPORTS(tl_attention_prepare(NULL, x, none));
	REPORTS(tl_attention_context(NULL, tl_at(x, 0), &memory));
	REPORTS(tl_attention_context(NULL, tl_at(x, 0), NULL));
	REPORTS(tl_attention_step(NULL, NULL, tl_at(x, 0), tl_state_of(tl_at(x, 0)), NULL));
	REPORTS(tl_multihead_attend(NULL, x, x, none, false));
	REPORTS(tl_scaled_dot_product_attention(x, none, x, none));
	tl_tensor targets = none;
	REPORTS(targets = tl_constant_int(tape, tl_dims(1, 1), (int32_t[]){0}),
		tl_decoder_teacher_force(NULL, targets, tl_state_of(x), NULL, NULL));
	REPORTS(targets = tl_constant_int(tape, tl_dims(1, 1), (int32_t[]){0}),
		tl_decoder_teacher_force(
			&empty, targets, tl_state_of(x),
			&(tl_teacher_forcing_options){.sampling_probability = 0, .temperature = 1},
			NULL));
	REPORTS(tl_decoder_generate(NULL, tl_state_of(x), 1, NULL, said, lengths));
	REPORTS(tl_decoder_generate(&empty, tl_state_of(x), 1, NULL, NULL, NULL));
	REPORTS(tl_decoder_beam_search(NULL, tl_state_of(x), 1, (tl_beam_search_options){1, 0},
				       NULL, 1));
	FAILS(tl_decoder_generate(NULL, state, 1, NULL, NULL, NULL));
	ck_assert_int_eq(
		tl_decoder_beam_search(NULL, state, 1, (tl_beam_search_options){1, 0}, NULL, 1),
		-1);
	ck_assert_int_eq(tl_sample_logits(NULL, 1, NULL, 0), -1);
	REPORTS(tl_ctc_loss(x, none, NULL));
	REPORTS(tl_ctc_greedy_decode(x, NULL, 0, NULL, NULL));
	REPORTS(tl_ctc_beam_search(x, NULL, 0, 1, NULL, NULL, NULL));
	tl_tape_destroy(tape);
}
END_TEST

/* Without a tape there is nobody to tell: no tensor comes of it, or a status. */
START_TEST(no_tape)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *cell = tl_cell_create(set, "lstm", "c", (tl_cell_options){.in = 2, .hidden = 2});
	tl_attention *a = tl_attention_create(
		set, "a", (tl_attention_options){.query_size = 2, .key_size = 2});
	tl_multihead *heads = tl_multihead_create(set, "h", 2, 1);
	tl_carry carry = tl_carry_of(cell, "carry", 1);
	tl_decoder d = {0};
	tl_attention_memory memory = {0};
	tl_state s = {0};
	ck_assert_msg(!tl_params_error(set), "%s", tl_params_error(set));
	IS_NONE(tl_cell_initial_state(cell, NULL, 1).h);
	IS_NONE(tl_cell_step(cell, none, s).h);
	IS_NONE(tl_cell_tree_step(cell, none, NULL, 0).h);
	IS_NONE(tl_cell_activate(cell, none, tl_tanh));
	IS_NONE(tl_cell_activate(NULL, none, NULL));
	IS_NONE(tl_cell_update_dropout(NULL, none));
	IS_NONE(tl_state_detach(s).h);
	IS_NONE(tl_state_where(none, s, s).h);
	IS_NONE(tl_unroll(cell, none, NULL).h);
	IS_NONE(tl_unroll_truncated(cell, none, 1, 1, NULL).h);
	IS_NONE(tl_bidirectional(cell, cell, none, TL_MERGE_CONCAT, NULL).h);
	IS_NONE(tl_unroll_layers(NULL, 0, none, NULL, NULL));
	IS_NONE(tl_time_distributed(none, look, NULL));
	IS_NONE(tl_length_mask(none, 1));
	IS_NONE(tl_mean_over_time((tl_unrolled){0}.h, none));
	IS_NONE(tl_max_over_time((tl_unrolled){0}.h, none));
	IS_NONE(tl_cell_initial_state_from(cell, none).h);
	IS_NONE(tl_concat_context(none, none));
	IS_NONE(tl_carry_state(&carry, NULL).h);
	FAILS(tl_carry_assign(&carry, s));
	IS_NONE(tl_attention_prepare(a, none, none).keys);
	IS_NONE(tl_attention_context(a, none, &memory));
	IS_NONE(tl_attention_step(cell, a, none, s, &memory).h);
	IS_NONE(tl_multihead_attend(heads, none, none, none, true));
	IS_NONE(tl_scaled_dot_product_attention(none, none, none, none));
	IS_NONE(tl_decoder_teacher_force(&d, none, s, NULL, NULL));
	IS_NONE(tl_ctc_loss(none, none, NULL));
	FAILS(tl_ctc_greedy_decode(none, NULL, 0, NULL, NULL));
	FAILS(tl_ctc_beam_search(none, NULL, 0, 1, NULL, NULL, NULL));
	IS_NONE(tl_esn_teacher_force(cell, none, none, none, NULL).h);
	IS_NONE(tl_gate_sum(NULL, none, none));
	IS_NONE(tl_blend(none, none, none));
	ck_assert_ptr_null(tl_cell_weights(cell, NULL));
	tl_attention_destroy(a);
	tl_multihead_destroy(heads);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}
END_TEST

/* What declares a kind, without a cell that is being made. */
START_TEST(no_weights)
{
	IS_NONE(tl_weight(NULL, "W", tl_dims(1), tl_init_zeros()));
	IS_NONE(tl_weight_fixed(NULL, "W", tl_dims(1), tl_init_zeros()));
	IS_NONE(tl_weight_input(NULL, "W", 1, 1));
	IS_NONE(tl_weight_recurrent(NULL, "W", 1, 1));
	IS_NONE(tl_weight_bias(NULL, "W", 1));
	IS_NONE(tl_weight_input_shaped(NULL, "W", tl_dims(1), tl_init_zeros()));
	IS_NONE(tl_weight_recurrent_shaped(NULL, "W", tl_dims(1), tl_init_zeros()));
	ck_assert_ptr_null(tl_weight_buffer(NULL, "W", tl_dims(1), tl_init_zeros()));
	IS_NONE(tl_gate_weights(NULL, "g", NULL).W);
	IS_NONE(tl_gate_weights(NULL, "g", &(tl_gate_options){.bias = tl_init_zeros()}).W);
	IS_NONE(tl_gate_weights(
			NULL, "g",
			&(tl_gate_options){
				.rows = 1, .in = 1, .recurrent = 1, .bias = tl_init_zeros()})
			.W);
	tl_weights_take(NULL, TL_OPTION_CHRONO);
	tl_weights_refuse(NULL, TL_OPTION_CHRONO);
	ck_assert_ptr_nonnull(tl_init_bias(NULL).fill);
	ck_assert_ptr_nonnull(tl_init_forget_bias(NULL).fill);
	ck_assert_ptr_nonnull(tl_init_input_bias(NULL).fill);
	ck_assert_ptr_nonnull(tl_init_update_bias(NULL).fill);
	ck_assert_int_eq(tl_cell_kind_takes(NULL, NULL), 0);
	tl_params *set = tl_params_create(TL_F32);
	ck_assert_ptr_null(tl_cell_create(set, NULL, NULL, (tl_cell_options){0}));
	ck_assert_ptr_null(tl_cell_create_from_kind(NULL, NULL, NULL, (tl_cell_options){0}));
	tl_params_destroy(set);
}
END_TEST

SUITE("cells_null", no_cell, no_carry_attention_or_decoder, no_tape, no_weights)
