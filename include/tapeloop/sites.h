/*
 * How errors and pictures know the line of your call. Each recording function below is also a macro
 * that calls the function of the same name and then stamps the nodes it recorded with the caller's
 * file and line. The functions themselves can be used wherever a pointer to one is wanted, and
 * -DTL_NO_SITES turns the stamping off.
 */
#ifndef TAPELOOP_SITES_H
#define TAPELOOP_SITES_H

#include <tapeloop/attention.h>
#include <tapeloop/cells.h>
#include <tapeloop/ctc.h>
#include <tapeloop/decode.h>
#include <tapeloop/esn.h>
#include <tapeloop/grad.h>
#include <tapeloop/custom_op.h>
#include <tapeloop/ops.h>
#include <tapeloop/sequence.h>
#include <tapeloop/program.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Nodes recorded on this tape that have no line yet were recorded here. site is kept, not copied.
 */
TL_API void tl_stamp(tl_tape *tape, const char *site);

#define TL_TEXT_(x) #x
#define TL_TEXT(x)  TL_TEXT_(x)
#define TL_SITE     __FILE__ ":" TL_TEXT(__LINE__)

static inline tl_tensor tl_stamped(tl_tensor t, const char *site)
{
	tl_stamp(t.tape, site);
	return t;
}

/* name_sited(site, ...) calls name(...) and stamps the tape; for calls that return no tensor. */
#define TL_SITED(TYPE, NAME, PARAMETERS, TAPE, ARGUMENTS)                                          \
	static inline TYPE NAME##_sited PARAMETERS                                                 \
	{                                                                                          \
		TYPE result = NAME ARGUMENTS;                                                      \
		tl_stamp(TAPE, site);                                                              \
		return result;                                                                     \
	}
#define TL_SITED_VOID(NAME, PARAMETERS, TAPE, ARGUMENTS)                                           \
	static inline void NAME##_sited PARAMETERS                                                 \
	{                                                                                          \
		NAME ARGUMENTS;                                                                    \
		tl_stamp(TAPE, site);                                                              \
	}

/* clang-format off */
TL_SITED(tl_status, tl_input_bind, (const char *site, tl_tensor x, const void *data), x.tape, (x, data))
TL_SITED(tl_status, tl_evaluate, (const char *site, const tl_tensor *x, int n), x && n > 0 ? x->tape : NULL, (x, n))
TL_SITED(tl_status, tl_split, (const char *site, tl_tensor x, int axis, int parts, tl_tensor *out), x.tape, (x, axis, parts, out))
TL_SITED(tl_status, tl_assign, (const char *site, tl_param *p, tl_tensor x), x.tape, (p, x))
TL_SITED(tl_status, tl_tape_commit, (const char *site, tl_tape *t), t, (t))
TL_SITED(tl_status, tl_grads, (const char *site, tl_tensor y, const tl_tensor *x, int n, tl_tensor *out), y.tape, (y, x, n, out))
TL_SITED(tl_status, tl_vjp, (const char *site, tl_tensor y, tl_tensor v, const tl_tensor *x, int n, tl_tensor *out), y.tape, (y, v, x, n, out))
TL_SITED(tl_program *, tl_program_create, (const char *site, tl_tape *t, tl_program_options o), t, (t, o))
TL_SITED(tl_status, tl_backward, (const char *site, tl_tensor loss), loss.tape, (loss))
TL_SITED(const float *, tl_value, (const char *site, tl_tensor x), x.tape, (x))
TL_SITED(const double *, tl_value_double, (const char *site, tl_tensor x), x.tape, (x))
TL_SITED(const int32_t *, tl_value_int, (const char *site, tl_tensor x), x.tape, (x))
TL_SITED(double, tl_item, (const char *site, tl_tensor x), x.tape, (x))
TL_SITED(tl_state, tl_cell_initial_state, (const char *site, const tl_cell *cell, tl_tape *t, int64_t batch), t, (cell, t, batch))
TL_SITED(tl_state, tl_cell_step, (const char *site, const tl_cell *cell, tl_tensor x, tl_state s), x.tape, (cell, x, s))
TL_SITED(tl_state, tl_cell_tree_step, (const char *site, const tl_cell *cell, tl_tensor x, const tl_state *s, int n), x.tape, (cell, x, s, n))
TL_SITED(tl_state, tl_state_detach, (const char *site, tl_state s), s.h.tape, (s))
TL_SITED(tl_state, tl_state_where, (const char *site, tl_tensor m, tl_state a, tl_state b), m.tape, (m, a, b))
TL_SITED(tl_unrolled, tl_unroll, (const char *site, const tl_cell *cell, tl_tensor x, const tl_unroll_options *o), x.tape, (cell, x, o))
TL_SITED(tl_unrolled, tl_unroll_truncated, (const char *site, const tl_cell *cell, tl_tensor x, int k1, int k2, const tl_unroll_options *o), x.tape, (cell, x, k1, k2, o))
TL_SITED(tl_unrolled, tl_bidirectional, (const char *site, const tl_cell *a, const tl_cell *b, tl_tensor x, tl_merge_mode how, const tl_unroll_options *o, const tl_state *s), x.tape, (a, b, x, how, o, s))
TL_SITED(tl_state, tl_carry_state, (const char *site, const tl_carry *carry, tl_tape *t), t, (carry, t))
TL_SITED(tl_status, tl_carry_assign, (const char *site, tl_carry *carry, tl_state s), s.h.tape, (carry, s))
TL_SITED(tl_state, tl_cell_initial_state_from, (const char *site, const tl_cell *cell, tl_tensor c), c.tape, (cell, c))
TL_SITED(tl_attention_memory, tl_attention_prepare, (const char *site, const tl_attention *a, tl_tensor keys, tl_tensor lengths), keys.tape, (a, keys, lengths))
TL_SITED(tl_state, tl_attention_step, (const char *site, const tl_cell *cell, const tl_attention *a, tl_tensor x, tl_state s, tl_attention_memory *m), x.tape, (cell, a, x, s, m))
TL_SITED(tl_status, tl_decoder_generate, (const char *site, const tl_decoder *d, tl_state s, int longest, const tl_sampling *how, int32_t *symbols, int32_t *lengths), s.h.tape, (d, s, longest, how, symbols, lengths))
TL_SITED(int, tl_decoder_beam_search, (const char *site, const tl_decoder *d, tl_state s, int longest, tl_beam_search_options o, tl_hypothesis *said, int count), s.h.tape, (d, s, longest, o, said, count))
TL_SITED(tl_status, tl_ctc_greedy_decode, (const char *site, tl_tensor x, const int32_t *steps, int32_t blank, int32_t *symbols, int32_t *lengths), x.tape, (x, steps, blank, symbols, lengths))
TL_SITED(tl_status, tl_ctc_beam_search, (const char *site, tl_tensor x, const int32_t *steps, int32_t blank, int beam, int32_t *symbols, int32_t *lengths, double *p), x.tape, (x, steps, blank, beam, symbols, lengths, p))
TL_SITED(tl_unrolled, tl_esn_teacher_force, (const char *site, const tl_cell *esn, tl_tensor u, tl_tensor y, tl_tensor noise, const tl_unroll_options *o), u.tape, (esn, u, y, noise, o))
TL_SITED_VOID(tl_scope_enter, (const char *site, tl_tape *t, const char *name), t, (t, name))
TL_SITED_VOID(tl_scope_leave, (const char *site, tl_tape *t), t, (t))
/* clang-format on */

#ifdef __cplusplus
}
#endif

#if !defined(TL_BUILD) && !defined(TL_NO_SITES)

/* clang-format off */
#define tl_input_bind(...) tl_input_bind_sited(TL_SITE, __VA_ARGS__)
#define tl_evaluate(...) tl_evaluate_sited(TL_SITE, __VA_ARGS__)
#define tl_split(...) tl_split_sited(TL_SITE, __VA_ARGS__)
#define tl_assign(...) tl_assign_sited(TL_SITE, __VA_ARGS__)
#define tl_tape_commit(...) tl_tape_commit_sited(TL_SITE, __VA_ARGS__)
#define tl_grads(...) tl_grads_sited(TL_SITE, __VA_ARGS__)
#define tl_vjp(...) tl_vjp_sited(TL_SITE, __VA_ARGS__)
#define tl_program_create(...) tl_program_create_sited(TL_SITE, __VA_ARGS__)
#define tl_backward(...) tl_backward_sited(TL_SITE, __VA_ARGS__)
#define tl_value(...) tl_value_sited(TL_SITE, __VA_ARGS__)
#define tl_value_double(...) tl_value_double_sited(TL_SITE, __VA_ARGS__)
#define tl_value_int(...) tl_value_int_sited(TL_SITE, __VA_ARGS__)
#define tl_item(...) tl_item_sited(TL_SITE, __VA_ARGS__)
#define tl_cell_initial_state(...) tl_cell_initial_state_sited(TL_SITE, __VA_ARGS__)
#define tl_cell_step(...) tl_cell_step_sited(TL_SITE, __VA_ARGS__)
#define tl_cell_tree_step(...) tl_cell_tree_step_sited(TL_SITE, __VA_ARGS__)
#define tl_state_detach(...) tl_state_detach_sited(TL_SITE, __VA_ARGS__)
#define tl_state_where(...) tl_state_where_sited(TL_SITE, __VA_ARGS__)
#define tl_unroll(...) tl_unroll_sited(TL_SITE, __VA_ARGS__)
#define tl_unroll_truncated(...) tl_unroll_truncated_sited(TL_SITE, __VA_ARGS__)
#define tl_bidirectional(...) tl_bidirectional_sited(TL_SITE, __VA_ARGS__)
#define tl_carry_state(...) tl_carry_state_sited(TL_SITE, __VA_ARGS__)
#define tl_carry_assign(...) tl_carry_assign_sited(TL_SITE, __VA_ARGS__)
#define tl_cell_initial_state_from(...) tl_cell_initial_state_from_sited(TL_SITE, __VA_ARGS__)
#define tl_attention_prepare(...) tl_attention_prepare_sited(TL_SITE, __VA_ARGS__)
#define tl_attention_step(...) tl_attention_step_sited(TL_SITE, __VA_ARGS__)
#define tl_decoder_generate(...) tl_decoder_generate_sited(TL_SITE, __VA_ARGS__)
#define tl_decoder_beam_search(...) tl_decoder_beam_search_sited(TL_SITE, __VA_ARGS__)
#define tl_ctc_greedy_decode(...) tl_ctc_greedy_decode_sited(TL_SITE, __VA_ARGS__)
#define tl_ctc_beam_search(...) tl_ctc_beam_search_sited(TL_SITE, __VA_ARGS__)
#define tl_esn_teacher_force(...) tl_esn_teacher_force_sited(TL_SITE, __VA_ARGS__)
#define tl_scope_enter(...) tl_scope_enter_sited(TL_SITE, __VA_ARGS__)
#define tl_scope_leave(...) tl_scope_leave_sited(TL_SITE, __VA_ARGS__)

#define tl_input(...) tl_stamped(tl_input(__VA_ARGS__), TL_SITE)
#define tl_input_double(...) tl_stamped(tl_input_double(__VA_ARGS__), TL_SITE)
#define tl_input_int(...) tl_stamped(tl_input_int(__VA_ARGS__), TL_SITE)
#define tl_constant(...) tl_stamped(tl_constant(__VA_ARGS__), TL_SITE)
#define tl_constant_int(...) tl_stamped(tl_constant_int(__VA_ARGS__), TL_SITE)
#define tl_scalar(...) tl_stamped(tl_scalar(__VA_ARGS__), TL_SITE)
#define tl_full(...) tl_stamped(tl_full(__VA_ARGS__), TL_SITE)
#define tl_zeros(...) tl_stamped(tl_zeros(__VA_ARGS__), TL_SITE)
#define tl_ones(...) tl_stamped(tl_ones(__VA_ARGS__), TL_SITE)
#define tl_neg(...) tl_stamped(tl_neg(__VA_ARGS__), TL_SITE)
#define tl_abs(...) tl_stamped(tl_abs(__VA_ARGS__), TL_SITE)
#define tl_sign(...) tl_stamped(tl_sign(__VA_ARGS__), TL_SITE)
#define tl_floor(...) tl_stamped(tl_floor(__VA_ARGS__), TL_SITE)
#define tl_exp(...) tl_stamped(tl_exp(__VA_ARGS__), TL_SITE)
#define tl_log(...) tl_stamped(tl_log(__VA_ARGS__), TL_SITE)
#define tl_sqrt(...) tl_stamped(tl_sqrt(__VA_ARGS__), TL_SITE)
#define tl_rsqrt(...) tl_stamped(tl_rsqrt(__VA_ARGS__), TL_SITE)
#define tl_square(...) tl_stamped(tl_square(__VA_ARGS__), TL_SITE)
#define tl_reciprocal(...) tl_stamped(tl_reciprocal(__VA_ARGS__), TL_SITE)
#define tl_sin(...) tl_stamped(tl_sin(__VA_ARGS__), TL_SITE)
#define tl_cos(...) tl_stamped(tl_cos(__VA_ARGS__), TL_SITE)
#define tl_tanh(...) tl_stamped(tl_tanh(__VA_ARGS__), TL_SITE)
#define tl_sigmoid(...) tl_stamped(tl_sigmoid(__VA_ARGS__), TL_SITE)
#define tl_relu(...) tl_stamped(tl_relu(__VA_ARGS__), TL_SITE)
#define tl_leaky_relu(...) tl_stamped(tl_leaky_relu(__VA_ARGS__), TL_SITE)
#define tl_elu(...) tl_stamped(tl_elu(__VA_ARGS__), TL_SITE)
#define tl_softplus(...) tl_stamped(tl_softplus(__VA_ARGS__), TL_SITE)
#define tl_hard_sigmoid(...) tl_stamped(tl_hard_sigmoid(__VA_ARGS__), TL_SITE)
#define tl_hard_tanh(...) tl_stamped(tl_hard_tanh(__VA_ARGS__), TL_SITE)
#define tl_clamp(...) tl_stamped(tl_clamp(__VA_ARGS__), TL_SITE)
#define tl_one_minus(...) tl_stamped(tl_one_minus(__VA_ARGS__), TL_SITE)
#define tl_scale(...) tl_stamped(tl_scale(__VA_ARGS__), TL_SITE)
#define tl_add_scalar(...) tl_stamped(tl_add_scalar(__VA_ARGS__), TL_SITE)
#define tl_detach(...) tl_stamped(tl_detach(__VA_ARGS__), TL_SITE)
#define tl_cast(...) tl_stamped(tl_cast(__VA_ARGS__), TL_SITE)
#define tl_add(...) tl_stamped(tl_add(__VA_ARGS__), TL_SITE)
#define tl_sub(...) tl_stamped(tl_sub(__VA_ARGS__), TL_SITE)
#define tl_mul(...) tl_stamped(tl_mul(__VA_ARGS__), TL_SITE)
#define tl_div(...) tl_stamped(tl_div(__VA_ARGS__), TL_SITE)
#define tl_pow(...) tl_stamped(tl_pow(__VA_ARGS__), TL_SITE)
#define tl_maximum(...) tl_stamped(tl_maximum(__VA_ARGS__), TL_SITE)
#define tl_minimum(...) tl_stamped(tl_minimum(__VA_ARGS__), TL_SITE)
#define tl_less(...) tl_stamped(tl_less(__VA_ARGS__), TL_SITE)
#define tl_less_equal(...) tl_stamped(tl_less_equal(__VA_ARGS__), TL_SITE)
#define tl_greater(...) tl_stamped(tl_greater(__VA_ARGS__), TL_SITE)
#define tl_greater_equal(...) tl_stamped(tl_greater_equal(__VA_ARGS__), TL_SITE)
#define tl_equal(...) tl_stamped(tl_equal(__VA_ARGS__), TL_SITE)
#define tl_not_equal(...) tl_stamped(tl_not_equal(__VA_ARGS__), TL_SITE)
#define tl_where(...) tl_stamped(tl_where(__VA_ARGS__), TL_SITE)
#define tl_add_n(...) tl_stamped(tl_add_n(__VA_ARGS__), TL_SITE)
#define tl_sum(...) tl_stamped(tl_sum(__VA_ARGS__), TL_SITE)
#define tl_mean(...) tl_stamped(tl_mean(__VA_ARGS__), TL_SITE)
#define tl_max(...) tl_stamped(tl_max(__VA_ARGS__), TL_SITE)
#define tl_min(...) tl_stamped(tl_min(__VA_ARGS__), TL_SITE)
#define tl_sum_keep(...) tl_stamped(tl_sum_keep(__VA_ARGS__), TL_SITE)
#define tl_mean_keep(...) tl_stamped(tl_mean_keep(__VA_ARGS__), TL_SITE)
#define tl_max_keep(...) tl_stamped(tl_max_keep(__VA_ARGS__), TL_SITE)
#define tl_min_keep(...) tl_stamped(tl_min_keep(__VA_ARGS__), TL_SITE)
#define tl_argmax(...) tl_stamped(tl_argmax(__VA_ARGS__), TL_SITE)
#define tl_logsumexp(...) tl_stamped(tl_logsumexp(__VA_ARGS__), TL_SITE)
#define tl_cumsum(...) tl_stamped(tl_cumsum(__VA_ARGS__), TL_SITE)
#define tl_softmax(...) tl_stamped(tl_softmax(__VA_ARGS__), TL_SITE)
#define tl_log_softmax(...) tl_stamped(tl_log_softmax(__VA_ARGS__), TL_SITE)
#define tl_sum_to(...) tl_stamped(tl_sum_to(__VA_ARGS__), TL_SITE)
#define tl_matmul(...) tl_stamped(tl_matmul(__VA_ARGS__), TL_SITE)
#define tl_linear(...) tl_stamped(tl_linear(__VA_ARGS__), TL_SITE)
#define tl_affine(...) tl_stamped(tl_affine(__VA_ARGS__), TL_SITE)
#define tl_bilinear(...) tl_stamped(tl_bilinear(__VA_ARGS__), TL_SITE)
#define tl_transpose(...) tl_stamped(tl_transpose(__VA_ARGS__), TL_SITE)
#define tl_permute(...) tl_stamped(tl_permute(__VA_ARGS__), TL_SITE)
#define tl_reshape(...) tl_stamped(tl_reshape(__VA_ARGS__), TL_SITE)
#define tl_broadcast_to(...) tl_stamped(tl_broadcast_to(__VA_ARGS__), TL_SITE)
#define tl_slice(...) tl_stamped(tl_slice(__VA_ARGS__), TL_SITE)
#define tl_slice_step(...) tl_stamped(tl_slice_step(__VA_ARGS__), TL_SITE)
#define tl_at(...) tl_stamped(tl_at(__VA_ARGS__), TL_SITE)
#define tl_reverse(...) tl_stamped(tl_reverse(__VA_ARGS__), TL_SITE)
#define tl_concat(...) tl_stamped(tl_concat(__VA_ARGS__), TL_SITE)
#define tl_stack(...) tl_stamped(tl_stack(__VA_ARGS__), TL_SITE)
#define tl_pad(...) tl_stamped(tl_pad(__VA_ARGS__), TL_SITE)
#define tl_embedding(...) tl_stamped(tl_embedding(__VA_ARGS__), TL_SITE)
#define tl_segment_sum(...) tl_stamped(tl_segment_sum(__VA_ARGS__), TL_SITE)
#define tl_pick(...) tl_stamped(tl_pick(__VA_ARGS__), TL_SITE)
#define tl_take_along_axis(...) tl_stamped(tl_take_along_axis(__VA_ARGS__), TL_SITE)
#define tl_one_hot(...) tl_stamped(tl_one_hot(__VA_ARGS__), TL_SITE)
#define tl_cross_entropy(...) tl_stamped(tl_cross_entropy(__VA_ARGS__), TL_SITE)
#define tl_cross_entropy_items(...) tl_stamped(tl_cross_entropy_items(__VA_ARGS__), TL_SITE)
#define tl_binary_cross_entropy_with_logits(...) tl_stamped(tl_binary_cross_entropy_with_logits(__VA_ARGS__), TL_SITE)
#define tl_binary_cross_entropy_items(...) tl_stamped(tl_binary_cross_entropy_items(__VA_ARGS__), TL_SITE)
#define tl_mse(...) tl_stamped(tl_mse(__VA_ARGS__), TL_SITE)
#define tl_mae(...) tl_stamped(tl_mae(__VA_ARGS__), TL_SITE)
#define tl_huber(...) tl_stamped(tl_huber(__VA_ARGS__), TL_SITE)
#define tl_huber_items(...) tl_stamped(tl_huber_items(__VA_ARGS__), TL_SITE)
#define tl_layer_norm(...) tl_stamped(tl_layer_norm(__VA_ARGS__), TL_SITE)
#define tl_batch_norm(...) tl_stamped(tl_batch_norm(__VA_ARGS__), TL_SITE)
#define tl_dropout(...) tl_stamped(tl_dropout(__VA_ARGS__), TL_SITE)
#define tl_dropout_mask(...) tl_stamped(tl_dropout_mask(__VA_ARGS__), TL_SITE)
#define tl_conv2d(...) tl_stamped(tl_conv2d(__VA_ARGS__), TL_SITE)
#define tl_conv1d(...) tl_stamped(tl_conv1d(__VA_ARGS__), TL_SITE)
#define tl_max_pool2d(...) tl_stamped(tl_max_pool2d(__VA_ARGS__), TL_SITE)
#define tl_average_pool2d(...) tl_stamped(tl_average_pool2d(__VA_ARGS__), TL_SITE)
#define tl_use(...) tl_stamped(tl_use(__VA_ARGS__), TL_SITE)
#define tl_tag(...) tl_stamped(tl_tag(__VA_ARGS__), TL_SITE)
#define tl_weight(...) tl_stamped(tl_weight(__VA_ARGS__), TL_SITE)
#define tl_weight_fixed(...) tl_stamped(tl_weight_fixed(__VA_ARGS__), TL_SITE)
#define tl_weight_input(...) tl_stamped(tl_weight_input(__VA_ARGS__), TL_SITE)
#define tl_weight_recurrent(...) tl_stamped(tl_weight_recurrent(__VA_ARGS__), TL_SITE)
#define tl_weight_bias(...) tl_stamped(tl_weight_bias(__VA_ARGS__), TL_SITE)
#define tl_weight_input_shaped(...) tl_stamped(tl_weight_input_shaped(__VA_ARGS__), TL_SITE)
#define tl_weight_recurrent_shaped(...) tl_stamped(tl_weight_recurrent_shaped(__VA_ARGS__), TL_SITE)
#define tl_gate_sum(...) tl_stamped(tl_gate_sum(__VA_ARGS__), TL_SITE)
#define tl_gate_input(...) tl_stamped(tl_gate_input(__VA_ARGS__), TL_SITE)
#define tl_gate_recurrent(...) tl_stamped(tl_gate_recurrent(__VA_ARGS__), TL_SITE)
#define tl_weight_from(...) tl_stamped(tl_weight_from(__VA_ARGS__), TL_SITE)
#define tl_normalised(...) tl_stamped(tl_normalised(__VA_ARGS__), TL_SITE)
#define tl_blend(...) tl_stamped(tl_blend(__VA_ARGS__), TL_SITE)
#define tl_cell_activate(...) tl_stamped(tl_cell_activate(__VA_ARGS__), TL_SITE)
#define tl_cell_update_dropout(...) tl_stamped(tl_cell_update_dropout(__VA_ARGS__), TL_SITE)
#define tl_length_mask(...) tl_stamped(tl_length_mask(__VA_ARGS__), TL_SITE)
#define tl_unroll_layers(...) tl_stamped(tl_unroll_layers(__VA_ARGS__), TL_SITE)
#define tl_one_to_one(...) tl_stamped(tl_one_to_one(__VA_ARGS__), TL_SITE)
#define tl_one_to_many_first(...) tl_stamped(tl_one_to_many_first(__VA_ARGS__), TL_SITE)
#define tl_one_to_many_each(...) tl_stamped(tl_one_to_many_each(__VA_ARGS__), TL_SITE)
#define tl_many_to_one(...) tl_stamped(tl_many_to_one(__VA_ARGS__), TL_SITE)
#define tl_many_to_many(...) tl_stamped(tl_many_to_many(__VA_ARGS__), TL_SITE)
#define tl_mean_over_time(...) tl_stamped(tl_mean_over_time(__VA_ARGS__), TL_SITE)
#define tl_max_over_time(...) tl_stamped(tl_max_over_time(__VA_ARGS__), TL_SITE)
#define tl_time_distributed(...) tl_stamped(tl_time_distributed(__VA_ARGS__), TL_SITE)
#define tl_concat_context(...) tl_stamped(tl_concat_context(__VA_ARGS__), TL_SITE)
#define tl_attention_context(...) tl_stamped(tl_attention_context(__VA_ARGS__), TL_SITE)
#define tl_multihead_attend(...) tl_stamped(tl_multihead_attend(__VA_ARGS__), TL_SITE)
#define tl_scaled_dot_product_attention(...) tl_stamped(tl_scaled_dot_product_attention(__VA_ARGS__), TL_SITE)
#define tl_teach_sampled(...) tl_stamped(tl_teach_sampled(__VA_ARGS__), TL_SITE)
#define tl_decoder_teacher_force(...) tl_stamped(tl_decoder_teacher_force(__VA_ARGS__), TL_SITE)
#define tl_ctc_loss(...) tl_stamped(tl_ctc_loss(__VA_ARGS__), TL_SITE)
#define tl_esn_features(...) tl_stamped(tl_esn_features(__VA_ARGS__), TL_SITE)
#define tl_grad(...) tl_stamped(tl_grad(__VA_ARGS__), TL_SITE)
#define tl_jvp(...) tl_stamped(tl_jvp(__VA_ARGS__), TL_SITE)
#define tl_apply(...) tl_stamped(tl_apply(__VA_ARGS__), TL_SITE)
#define tl_apply_on(...) tl_stamped(tl_apply_on(__VA_ARGS__), TL_SITE)
/* clang-format on */

#endif
#endif
