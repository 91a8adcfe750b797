/*
 * Every macro and every inline function of the public headers, used from C++17
 * (test_cpp_covers.py holds that none is missing). What compiles is most of the test; that the tape
 * has no error after each group, and a few values, is the rest.
 */
#include "cpp_macros.h"

#include <cmath>
#include <cstdio>
#include <cstring>

#include <tapeloop/train.h>

static const double sixes[6] = {0.25, -0.5, 0.75, 1, -1.25, 1.5};

static bool fine(tl_tape *tape, const char *group)
{
	if (tl_tape_error(tape))
		std::printf("%s: %s\n", group, tl_tape_error(tape));
	return !tl_tape_error(tape);
}

static void elementwise(tl_tape *tape)
{
	const float floats[2] = {1, 2};
	const int32_t integers[2] = {0, 1};
	tl_tensor x = tl_input_double(tape, tl_dims(2, 3), sixes), y = tl_ones(tape, tl_dims(2, 3));
	const tl_tensor each[] = {tl_neg(x),
				  tl_abs(x),
				  tl_sign(x),
				  tl_exp(x),
				  tl_log(y),
				  tl_sqrt(y),
				  tl_rsqrt(y),
				  tl_square(x),
				  tl_reciprocal(x),
				  tl_sin(x),
				  tl_cos(x),
				  tl_tanh(x),
				  tl_sigmoid(x),
				  tl_relu(x),
				  tl_leaky_relu(x, 0.1),
				  tl_elu(x, 1),
				  tl_softplus(x),
				  tl_hard_sigmoid(x, 0.2, 0.5),
				  tl_hard_tanh(x),
				  tl_clamp(x, -1, 1),
				  tl_one_minus(x),
				  tl_scale(x, 2),
				  tl_add_scalar(x, 2),
				  tl_detach(x),
				  tl_ceil(x),
				  tl_round(x),
				  tl_expm1(x),
				  tl_log1p(tl_scale(x, 0.1)),
				  tl_tan(x),
				  tl_asin(tl_scale(x, 0.1)),
				  tl_acos(tl_scale(x, 0.1)),
				  tl_atan(x),
				  tl_sinh(x),
				  tl_cosh(x),
				  tl_erf(x),
				  tl_erfc(x),
				  tl_softsign(x),
				  tl_silu(x),
				  tl_mish(x),
				  tl_gelu(x),
				  tl_atan2(x, y),
				  tl_add(x, y),
				  tl_sub(x, y),
				  tl_mul(x, y),
				  tl_div(x, y),
				  tl_pow(y, x),
				  tl_maximum(x, y),
				  tl_minimum(x, y),
				  tl_less(x, y),
				  tl_less_equal(x, y),
				  tl_greater(x, y),
				  tl_greater_equal(x, y),
				  tl_equal(x, y),
				  tl_not_equal(x, y),
				  tl_where(tl_less(x, y), x, y),
				  tl_blend(y, x, y),
				  tl_dropout(x, 0.5),
				  tl_dropout_mask(tape, tl_dims(2, 3), 0.5),
				  tl_full(tape, tl_dims(2, 3), 1),
				  tl_zeros(tape, tl_dims(2, 3)),
				  tl_tag(x, "x")};
	const int count = (int)(sizeof each / sizeof *each);
	check(std::isfinite(tl_item(tl_sum(tl_add_n(each, count), TL_ALL))), "elementwise");
	check(tl_tape_find(tape, "", -1, "x").id == x.id, "found by its tag");
	tl_constant(tape, tl_dims(2), floats);
	tl_constant_double(tape, tl_dims(2, 3), sixes);
	check(TL_VERSION_MAJOR >= 0 && TL_VERSION_MINOR >= 0 && TL_VERSION_PATCH >= 0, "version");
	tl_input(tape, tl_dims(2), floats);
	tl_scalar(tape, 1);
	tl_cast(tl_constant_int(tape, tl_dims(2), integers));
	tl_input_int(tape, tl_dims(2), integers);
	check(fine(tape, "elementwise"), "elementwise, no error");
	check(!tl_value(x), "the values of a tape of doubles are no floats");
}

static void along_axes(tl_tape *tape)
{
	tl_tensor x = tl_input_double(tape, tl_dims(2, 3), sixes), parts[3];
	const tl_tensor two[] = {x, x};
	const int turned[] = {1, 0};
	tl_axis_list all = tl_make_axes_(0, 1, TL_NO_AXIS_, TL_NO_AXIS_);
	check(all.count == 2 && tl_axes(0, 1).count == 2 && tl_axes(1).count == 1, "axes");
	tl_shape s = tl_make_shape_(2, 3, TL_NO_DIM_, TL_NO_DIM_, TL_NO_DIM_);
	check(s.rank == 2 && tl_dims(1, 2, 3, 4).rank == 4 && TL_SCALAR.rank == 0, "shapes");
	tl_sum(x, tl_axes(0)), tl_mean(x, tl_axes(1)), tl_max(x, TL_ALL);
	tl_min(x, tl_axes(0)), tl_sum(x, tl_keepdims(tl_axes(0))),
		tl_mean(x, tl_keepdims(tl_axes(0)));
	tl_max(x, tl_keepdims(tl_axes(1))), tl_min(x, tl_keepdims(tl_axes(1))), tl_argmax(x, 1);
	tl_logsumexp(x, tl_axes(1)), tl_cumsum(x, 0), tl_softmax(x, 1), tl_log_softmax(x, 1);
	tl_sum_to(x, tl_dims(1, 3)), tl_broadcast_to(x, tl_dims(4, 2, 3));
	tl_matmul(x, tl_transpose(x)), tl_linear(x, x, TL_NONE);
	tl_linear(x, x, tl_zeros(tape, tl_dims(2)));
	tl_permute(x, turned), tl_reshape(x, tl_dims(3, -1)), tl_slice(x, 1, 0, 2, 1);
	tl_slice(x, 1, 0, 3, 2), tl_at(x, 1), tl_reverse(x, 0), tl_concat(two, 2, 0);
	tl_stack(two, 2, 0), tl_pad(x, 0, 1, 1, 0);
	check(tl_split(x, 1, 3, parts) == TL_OK, "split");
	check(fine(tape, "along axes"), "along axes");
}

static void by_index_and_losses(tl_tape *tape)
{
	const int32_t index[2] = {1, 0};
	const int64_t window[2] = {1, 2};
	tl_tensor x = tl_input_double(tape, tl_dims(2, 3), sixes);
	tl_tensor i = tl_constant_int(tape, tl_dims(2), index);
	tl_tensor one = tl_ones(tape, tl_dims(3)), zero = tl_zeros(tape, tl_dims(3));
	tl_tensor half = tl_sigmoid(x);
	static const int32_t i6[6] = {0, 1, 2, 2, 1, 0};
	tl_batch_norm_options batch = {};
	tl_loss_options each = {};
	each.reduction = TL_REDUCTION_NONE;
	batch.epsilon = 1e-5;
	tl_embedding(x, i), tl_segment_sum(x, i, 2), tl_pick(x, i, 1), tl_one_hot(i, 3);
	tl_cross_entropy(x, i, nullptr);
	tl_floor(x), tl_bilinear(x, tl_zeros(tape, tl_dims(4, 3, 3)), x);
	tl_take_along_axis(x, tl_constant_int(tape, tl_dims(2, 3), i6), 1);
	tl_binary_cross_entropy_with_logits(x, half, &each), tl_huber(x, half, 1, &each);
	tl_binary_cross_entropy_with_logits(x, half, nullptr), tl_mse(x, half, nullptr),
		tl_mae(x, half, nullptr), tl_huber(x, half, 1, nullptr);
	tl_layer_norm(x, one, zero, 0), tl_batch_norm(x, one, zero, 1, &batch);
	check(tl_tensor_is_none(TL_NONE) && !tl_tensor_is_none(x), "no tensor");
	tl_layer_norm(x, one, TL_NONE, 0), tl_expand_dims(x, 0);
	tl_tensor picture = tl_reshape(x, tl_dims(1, 1, 2, 3));
	tl_conv2d(picture, tl_ones(tape, tl_dims(1, 1, 1, 2)), nullptr);
	tl_conv1d(tl_reshape(x, tl_dims(2, 1, 3)), tl_ones(tape, tl_dims(1, 1, 2)), nullptr);
	tl_max_pool2d(picture, window, nullptr), tl_average_pool2d(picture, window, nullptr);
	const int32_t *said = tl_value_int(tl_argmax(x, 1));
	check(said && said[0] == 2, "tl_value_int");
	check(fine(tape, "by index and losses"), "by index and losses");
}

static tl_status double_kernel(const tl_kernel_args *run)
{
	for (int64_t k = 0; k < run->out.size; k++)
		static_cast<double *>(run->out.data)[k] =
			2 * static_cast<const double *>(run->in[0].data)[k];
	return TL_OK;
}

static void gradients_and_programs(tl_tape *tape, tl_params *set)
{
	tl_op twice = {};
	twice.name = "twice", twice.operand_count = 1;
	twice.shape = tl_shape_like_first, twice.kernel = double_kernel, twice.zero_gradient = true;
	tl_tensor W =
		tl_use(tape, tl_params_add(set, "V", tl_dims(2, 3), tl_init_glorot_uniform()));
	tl_tensor x = tl_input_double(tape, tl_dims(2, 3), sixes), slope;
	tl_tensor y = tl_mul(tl_square(x), W), loss = tl_sum(y, TL_ALL);
	tl_scope_enter(tape, "inner");
	tl_apply(&twice, nullptr, 1, &x), tl_apply_on(tape, &twice, nullptr, 1, &x);
	tl_scope_leave(tape);
	check(tl_grads(loss, &x, 1, &slope) == TL_OK && slope.id, "grad");
	check(tl_vjp(y, x, &x, 1, &slope) == TL_OK, "vjp");
	tl_grad(loss, x), tl_jvp(y, x, x);
	check(tl_evaluate(&loss, 1) == TL_OK && tl_value_double(loss), "evaluate");
	tl_program_options o = {};
	o.outputs = &loss, o.output_count = 1;
	tl_program *program = tl_program_create(tape, o);
	check(program && tl_program_run(program) == TL_OK, "program");
	tl_program_destroy(program);
	tl_param *kept = tl_params_add_buffer(set, "kept", tl_dims(2, 3), tl_init_zeros());
	check(tl_assign(kept, y) == TL_OK && tl_tape_commit(tape) == TL_OK, "assign");
	check(tl_input_bind(x, sixes) == TL_OK, "bind");
	check(tl_backward(loss) == TL_OK, "backward");
	const char *site = TL_SITE, *text = TL_TEXT(text);
	check(std::strstr(site, "cpp_macros.cpp:") && !std::strcmp(text, "text"), "site");
	tl_stamp(tape, site), tl_stamped(loss, site);
	check(fine(tape, "gradients"), "gradients");
}

/* A kind of cells from C++: all that declares one. */
struct own_weights {
	tl_gate g;
	tl_tensor W, U, b, fixed, from, in_shape, recurrent_shape;
};

static void name_weights(tl_weight_builder *w, void *into)
{
	auto *p = static_cast<own_weights *>(into);
	p->g = tl_gate_weights(w, "g", NULL);
	p->W = tl_weight_input(w, "W", w->hidden, w->in);
	p->U = tl_weight_recurrent(w, "U", w->hidden, w->hidden);
	p->b = tl_weight_bias(w, "b", w->hidden);
	p->fixed = tl_weight_fixed(w, "fixed", tl_dims(w->hidden), tl_init_zeros());
	p->from = tl_weight_input(w, "from", w->hidden, w->hidden);
	p->in_shape = tl_weight_input_shaped(w, "i", tl_dims(w->hidden), tl_init_zeros());
	p->recurrent_shape =
		tl_weight_recurrent_shaped(w, "r", tl_dims(w->hidden), tl_init_zeros());
	tl_weight(w, "plain", tl_dims(1), tl_init_zeros());
}

static tl_state take_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	auto *p = static_cast<const own_weights *>(tl_cell_weights(cell, x.tape));
	check(!tl_cell_extra(cell), "a kind without options of its own");
	tl_tensor a = tl_add(tl_gate_input(&p->g, x), tl_gate_recurrent(&p->g, s.h));
	a = tl_layer_norm(tl_add(a, tl_gate_sum(&p->g, x, s.h)), p->b, TL_NONE, 0);
	a = tl_cell_update_dropout(
		cell, tl_cell_activate(cell, a, [](tl_tensor t) { return tl_tanh(t); }));
	return tl_state_of(a, s.c);
}

static void cells(tl_tape *tape, tl_params *set)
{
	tl_cell_kind kind = {};
	kind.name = "cpp", kind.state[0] = "h", kind.state[1] = "c";
	kind.weights_size = sizeof(own_weights);
	kind.weights = name_weights, kind.step = take_step;
	tl_cell_options o = {};
	o.in = 3, o.hidden = 3;
	tl_cell *cell = tl_cell_create_from_kind(set, &kind, "own", o);
	tl_cell *lstm = tl_cell_create(set, "lstm", "lstm", o);
	check(cell && lstm, tl_params_error(set) ? tl_params_error(set) : "cells");
	check(1 + TL_ZERO == 1 && TL_ZERO != 0, "a zero that was meant");
	tl_tensor rows = tl_input_double(tape, tl_dims(2, 3), sixes);
	tl_tensor x = tl_stack(&rows, 1, 0), mask = tl_ones(tape, tl_dims(2, 1)), none = {};
	tl_state s = tl_cell_step(cell, rows, tl_cell_initial_state(cell, tape, 2));
	check(tl_state_of(rows).count == 1 && tl_state_of(rows, rows, x).count == 3, "states");
	check(tl_state_at(&s, 0)->id == s.h.id && tl_state_at(&s, 1)->id == s.c.id, "state_at");
	s = tl_state_where(mask, tl_state_detach(s), tl_cell_tree_step(cell, rows, &s, 1));
	tl_unroll_options u = {};
	u.initial_state = s;
	tl_unrolled y = tl_unroll(cell, x, &u);
	tl_unroll_truncated(cell, x, 1, 1, nullptr);
	tl_bidirectional(cell, lstm, x, TL_MERGE_SUM, nullptr);
	tl_layer layer = {};
	layer.forward = lstm;
	tl_unroll_layers(&layer, 1, x, nullptr, nullptr);
	const int32_t ones[2] = {1, 1};
	tl_tensor lengths = tl_constant_int(tape, tl_dims(2), ones);
	tl_length_mask(lengths, 1);
	tl_mean_over_time(y.h, lengths), tl_max_over_time(y.h, none);
	tl_cell_initial_state_from(lstm, rows), tl_concat_context(x, rows);
	tl_time_distributed(
		x, [](tl_tensor r, void *) { return tl_relu(r); }, nullptr);
	tl_carry carry = tl_carry_of(cell, "carry", 2);
	tl_carry_state(&carry, tape);
	check(tl_carry_assign(&carry, y.final_state) == TL_OK && tl_tape_commit(tape) == TL_OK,
	      "carry");
	check(fine(tape, "cells"), "cells through time");
	tl_cell_destroy(cell);
	tl_cell_destroy(lstm);
}

static tl_tensor next(tl_tape *, void *, tl_tensor symbols, tl_state *)
{
	return tl_one_hot(symbols, 3);
}

static void attention_and_decoding(tl_tape *tape, tl_params *set)
{
	tl_attention_options a = {};
	a.query_size = 3, a.key_size = 3;
	tl_attention *look = tl_attention_create(set, "look", a);
	tl_multihead *heads = tl_multihead_create(set, "heads", 3, 1);
	tl_cell_options o = {};
	o.in = 6, o.hidden = 3;
	tl_cell *gru = tl_cell_create(set, "gru", "gru", o);
	o.in = 3;
	tl_cell *esn = tl_cell_create(set, "esn", "esn", o);
	tl_tensor rows = tl_input_double(tape, tl_dims(2, 3), sixes), none = {};
	tl_tensor x = tl_stack(&rows, 1, 0);
	tl_attention_memory memory = tl_attention_prepare(look, x, none);
	tl_attention_context(look, rows, &memory);
	tl_attention_step(gru, look, rows, tl_cell_initial_state(gru, tape, 2), &memory);
	tl_multihead_attend(heads, x, x, none, true),
		tl_scaled_dot_product_attention(x, x, x, none);
	tl_tensor y = tl_zeros(tape, tl_dims(1, 2, 1));
	tl_esn_teacher_force(esn, x, y, none, nullptr);
	tl_decoder d = {};
	d.step = next, d.end_token = 2;
	const int32_t said[2] = {1, 0};
	tl_tensor targets = tl_constant_int(tape, tl_dims(1, 2), said);
	tl_state start = tl_state_of(rows), one = tl_state_of(tl_ones(tape, tl_dims(1, 3)));
	tl_decoder_teacher_force(&d, targets, start, NULL, nullptr);
	tl_teacher_forcing_options half = {0.5, 1};
	tl_decoder_teacher_force(&d, targets, start, &half, nullptr);
	int32_t symbols[8], lengths[4];
	check(tl_decoder_generate(&d, start, 2, nullptr, symbols, lengths) == TL_OK, "say");
	tl_hypothesis best = {};
	best.tokens = symbols;
	check(tl_decoder_beam_search(&d, one, 2, tl_beam_search_options{1, 0}, &best, 1) == 1,
	      "say best");
	const int32_t ones[2] = {1, 1};
	tl_ctc_loss(x, tl_constant_int(tape, tl_dims(2, 1), ones), nullptr);
	check(tl_ctc_greedy_decode(x, nullptr, 0, symbols, lengths) == TL_OK, "ctc read");
	check(tl_ctc_beam_search(x, nullptr, 0, 2, symbols, lengths, nullptr) == TL_OK, "ctc best");
	check(fine(tape, "attention and decoding"), "attention and decoding");
	tl_attention_destroy(look);
	tl_multihead_destroy(heads);
	tl_cell_destroy(gru);
	tl_cell_destroy(esn);
}

/* Kinds of optimisers with no, one, two and three slots; each moves x by as many roots. */
TL_OPTIMIZER_UPDATE_0(slots_0, { x -= c[0] * g; })
TL_OPTIMIZER_UPDATE_1(slots_1, a, {
	a = TL_SQRT(g);
	x -= a;
})
TL_OPTIMIZER_UPDATE_2(slots_2, a, b, {
	a = b = TL_SQRT(g);
	x -= a + b;
})
TL_OPTIMIZER_UPDATE_3(slots_3, a, b, d, {
	a = b = d = TL_SQRT(g);
	x -= a + b + d;
})

static void optimizers()
{
	static const tl_optimizer_update *const each[] = {&slots_0, &slots_1, &slots_2, &slots_3};
	tl_params *set = tl_params_create(TL_F32);
	tl_param *p = tl_params_add(set, "p", tl_dims(1), tl_init_zeros());
	for (int k = 0; k < 4; k++) {
		tl_optimizer_kind kind = {};
		kind.name = "own";
		kind.option[0].name = "learning_rate";
		kind.update = each[k];
		tl_optimizer_setting rate = {"learning_rate", 0};
		tl_optimizer *o = tl_optimizer_create_from_kind(set, &kind, &rate, 1);
		*tl_param_value_float(p) = 0, *tl_param_gradient_float(p) = 4;
		check(tl_optimizer_step(o) == TL_OK, "a step of an own kind");
		check(*tl_param_value_float(p) == -2.0f * static_cast<float>(k), "an own kind");
		tl_optimizer_destroy(o);
	}
	tl_params_destroy(set);
}

/* What the companion library's headers have in line; the test is not linked with it. */
static void companion()
{
	const float floats[4] = {1, 2, 3, 4};
	tl_array a = tl_array_of(floats, TL_F32, tl_dims(2, 2));
	check(a.size == 4 && a.data == floats, "an array in memory");
	tl_sequences_options o = {};
	o.target.steps = TL_STEPS_OF_INPUT;
	check(o.target.steps < 0, "steps of the input");
	const tl_member member = TL_MEMBER(tl_phased_options, leak, TL_MEMBER_REAL);
	check(member.offset == sizeof(double) && member.size == sizeof(double), "a member");
	check(!std::strcmp(TL_MODEL_KEY, "tapeloop.model"), "the key of a model");
	check(!std::strcmp(TL_TRAINER_PREFIX, "trainer:"), "the prefix of a trainer");
}

void every_macro()
{
	optimizers();
	companion();
	tl_params *set = tl_params_create(TL_F64);
	tl_tape *tape = tl_tape_create(TL_F64);
	elementwise(tape);
	tl_tape_rewind(tape);
	along_axes(tape);
	tl_tape_rewind(tape);
	by_index_and_losses(tape);
	tl_tape_rewind(tape);
	gradients_and_programs(tape, set);
	tl_tape_rewind(tape);
	cells(tape, set);
	tl_tape_rewind(tape);
	attention_and_decoding(tape, set);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
