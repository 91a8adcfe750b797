/* Every kind of the registry, on the same bench: no list of kinds is kept here. */
#include "cell_bench.h"
#include "own_cell.h"

static void check(const tl_cell_kind *kind, tl_cell_options options, const char *how)
{
	bench b = bench_create(kind, options, TL_F64, BENCH_STEPS);
	tl_gradcheck_report report;
	tl_gradcheck_options o = {.tolerance = 1e-7, .sample = 40};
	tl_status status = tl_gradcheck(bench_loss, &b, b.set, &o, &report);
	ck_assert_msg(status == TL_OK, "%s%s: %s", kind->name, how, report.message);
	if (getenv("TL_TABLE"))
		printf("%-22s %s %.1e\n", kind->name, how, report.max_relative_error);
	bench_destroy(&b);
}

START_TEST(every_kind_agrees_with_differences)
{
	for (int i = 0; i < tl_cell_kind_count(); i++)
		check(tl_cell_kind_at(i), bench_options(tl_cell_kind_at(i)), "");
}
END_TEST

START_TEST(every_kind_takes_the_common_options)
{
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		tl_cell_options o = bench_options(tl_cell_kind_at(i));
		unsigned takes = tl_cell_kind_takes(tl_cell_kind_at(i), &o);
		o.trainable_initial_state = true;
		o.two_biases = takes & TL_OPTION_TWO_BIASES;
		o.layer_norm = takes & TL_OPTION_LAYER_NORM;
		o.activation = takes & TL_OPTION_ACTIVATION ? tl_sigmoid : NULL;
		check(tl_cell_kind_at(i), o, " with options");
	}
}
END_TEST

/* Gradients in float are those in double but for rounding. */
START_TEST(floats_agree_with_doubles)
{
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		bench b = bench_create(kind, bench_options(kind), TL_F32, BENCH_STEPS);
		int64_t count;
		const float *g = tl_params_gradients(b.set, &count);
		float *first = calloc((size_t)count, sizeof *first);
		double loss[2];
		for (int dtype = 0; dtype < 2; dtype++) {
			tl_params_zero_gradients(b.set);
			tl_tape *tape = tl_tape_create(dtype ? TL_F64 : TL_F32);
			tl_tensor l = bench_loss(tape, &b);
			ck_assert_msg(tl_backward(l) == TL_OK, "%s: %s", kind->name,
				      tl_tape_error(tape));
			loss[dtype] = tl_item(l);
			for (int64_t k = 0; k < count; k++) {
				if (dtype)
					ck_assert_msg(fabsf(first[k] - g[k]) < 2e-4f, "%s",
						      kind->name);
				first[k] = g[k];
			}
			tl_tape_destroy(tape);
		}
		ck_assert_msg(fabs(loss[0] - loss[1]) < 1e-4, "%s", kind->name);
		free(first);
		bench_destroy(&b);
	}
}
END_TEST

START_TEST(every_kind_is_described)
{
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		ck_assert_ptr_eq(tl_cell_kind_find(kind->name), kind);
		ck_assert_msg(kind->doc && strpbrk(kind->doc, "12"), "%s cites nothing",
			      kind->name);
		bench b = bench_create(kind, bench_options(kind), TL_F32, 1);
		tl_cell *c = b.cell;
		for (int k = 0; k < tl_cell_state_count(c); k++)
			ck_assert_ptr_nonnull(kind->state[k]);
		int64_t numbers = 0, params = 0;
		for (tl_param *p; (p = tl_cell_param_at(c, (int)params)); params++) {
			tl_shape s = tl_param_shape(p);
			int64_t n = 1;
			ck_assert_int_eq(strncmp(tl_param_name(p), "cell.", 5), 0);
			for (int k = 0; k < s.rank; k++)
				n *= s.dim[k];
			numbers += n;
		}
		ck_assert_int_gt(params, 0);
		ck_assert_int_eq(params + 1, tl_params_count(b.set)); /* and x */
		if (getenv("TL_TABLE"))
			printf("%-22s %3d parameters, %4d numbers, %d states: %s\n", kind->name,
			       (int)params, (int)numbers, tl_cell_state_count(c), kind->doc);
		bench_destroy(&b);
	}
}
END_TEST

/* Names, shapes and start values where they are promised. */
START_TEST(weights_are_named_and_shaped)
{
	static const struct {
		const char *kind, *name;
		int64_t rows, columns; /* 0: a vector */
	} want[] = {
		{"rnn", "a.U", 8, 5},
		{"rnn", "a.W", 8, 8},
		{"rnn", "a.b", 8, 0},
		{"jordan", "a.V", 8, 8},
		{"lstm", "a.W_i", 8, 5},
		{"lstm", "a.U_f", 8, 8},
		{"lstm", "a.b_o", 8, 0},
		{"peephole", "a.p_f", 8, 0},
		{"lstm_projected", "a.U_g", 8, 4},
		{"lstm_projected", "a.P", 4, 8},
		{"gru", "a.W_n", 8, 5},
		{"gru_reset_after", "a.b_hn", 8, 0},
		{"odyssey_fgr", "a.R_io", 8, 8},
		{"indrnn", "a.u", 8, 0},
		{"scrn", "a.R", 8, 8},
		{"highway", "a.U_t1", 8, 8},
		{"clockwork", "a.W_0", 2, 8},
		{"clockwork", "a.W_3", 2, 2},
		{"tree_lstm_nary", "a.U_f01", 8, 8},
		{"depth_gated", "a.W_d1", 8, 8},
	};
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		tl_params *set = tl_params_create(TL_F32);
		tl_cell_options o = {.in = 5, .hidden = 8};
		tl_cell *c = tl_cell_create(set, want[i].kind, "a", o);
		ck_assert_msg(c != NULL, "%s", tl_params_error(set));
		tl_param *p = tl_params_find(set, want[i].name);
		ck_assert_msg(p != NULL, "%s has no %s", want[i].kind, want[i].name);
		tl_shape s = tl_param_shape(p);
		ck_assert_int_eq(s.dim[0], want[i].rows);
		ck_assert_int_eq(s.rank, want[i].columns ? 2 : 1);
		ck_assert_int_eq(s.dim[1], want[i].columns);
		tl_cell_destroy(c);
		tl_params_destroy(set);
	}
}
END_TEST

START_TEST(biases_start_as_the_options_say)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *a = tl_cell_create(set, "lstm", "a",
				    (tl_cell_options){.in = 2, .hidden = 50, .forget_bias = 1.5});
	tl_cell *b = tl_cell_create(set, "lstm", "b",
				    (tl_cell_options){.in = 2, .hidden = 50, .chrono = 100});
	const double *f = tl_param_value(tl_params_find(set, "a.b_f"));
	const double *cf = tl_param_value(tl_params_find(set, "b.b_f"));
	const double *ci = tl_param_value(tl_params_find(set, "b.b_i"));
	double most = 0;
	for (int k = 0; k < 50; k++) {
		ck_assert(f[k] == 1.5 && ci[k] == -cf[k] && cf[k] >= 0 && cf[k] <= log(99));
		most = fmax(most, cf[k]);
	}
	ck_assert(most > log(60));
	tl_cell_destroy(a);
	tl_cell_destroy(b);
	tl_params_destroy(set);
}
END_TEST

START_TEST(two_biases_are_named_as_in_the_equations)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *c = tl_cell_create(set, "lstm", "l",
				    (tl_cell_options){.in = 2, .hidden = 3, .two_biases = true});
	ck_assert(tl_params_find(set, "l.b_xi") && tl_params_find(set, "l.b_hi"));
	ck_assert_ptr_null(tl_params_find(set, "l.b_i"));
	tl_cell_destroy(c);
	tl_params_destroy(set);
}
END_TEST

START_TEST(what_cannot_be_is_refused_with_words)
{
	static const tl_clockwork_options clocks = {2, {2, 2}};
	static const struct {
		const char *kind, *name;
		tl_cell_options options;
		const char *words;
	} bad[] = {
		{"lstn", "a", {.in = 1, .hidden = 1}, "no kind \"lstn\""},
		{NULL, "a", {.in = 1, .hidden = 1}, "no kind"},
		{"lstm", "", {.in = 1, .hidden = 1}, "not empty"},
		{"lstm", NULL, {.in = 1, .hidden = 1}, "not empty"},
		{"lstm", "a/b", {.in = 1, .hidden = 1}, "slash"},
		{"lstm", "a", {.in = 0, .hidden = 1}, "at least 1"},
		{"lstm", "a", {.in = 1, .hidden = -3}, "at least 1"},
		{"lstm", "a", {.in = 1, .hidden = 1, .update_dropout = 1}, "less than 1"},
		{"lstm", "a", {.in = 1, .hidden = 1, .weight_dropout = NAN}, "less than 1"},
		{"lstm", "a", {.in = 1, .hidden = 1, .chrono = 1}, "more than 2"},
		{"lstm", "a", {.in = (int64_t)1 << 31, .hidden = 1}, "less than 2^31"},
		{"lstm", "a", {.in = INT32_MAX, .hidden = INT32_MAX}, "no tensor"},
		{"clockwork", "a", {.in = 1, .hidden = 6}, "equal size"},
		{"clockwork", "a", {.in = 1, .hidden = 6, .extra = &clocks}, "grow"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		tl_params *set = tl_params_create(TL_F32);
		ck_assert_ptr_null(tl_cell_create(set, bad[i].kind, bad[i].name, bad[i].options));
		ck_assert_msg(strstr(tl_params_error(set), bad[i].words), "\"%s\" in: %s",
			      bad[i].words, tl_params_error(set));
		tl_params_destroy(set);
	}
	ck_assert_ptr_null(
		tl_cell_create(NULL, "lstm", "a", (tl_cell_options){.in = 1, .hidden = 1}));
	tl_cell_destroy(NULL);
}
END_TEST

START_TEST(a_step_says_what_does_not_fit)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *c = tl_cell_create(set, "lstm", "lstm0", (tl_cell_options){.in = 3, .hidden = 4});
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_state s = tl_cell_initial_state(c, tape, 2);
	tl_cell_step(c, tl_zeros(tape, tl_dims(2, 5)), s);
	ck_assert_msg(strstr(tl_tape_error(tape), "lstm0 (lstm): x is [2,5], not [2,3]"), "%s",
		      tl_tape_error(tape));
	tl_tape_rewind(tape);
	s = tl_cell_initial_state(c, tape, 4);
	tl_cell_step(c, tl_zeros(tape, tl_dims(2, 3)), s);
	ck_assert_msg(strstr(tl_tape_error(tape), "h is [4,4], not [2,4]"), "%s",
		      tl_tape_error(tape));
	tl_tape_rewind(tape);
	tl_cell_step(c, tl_zeros(tape, tl_dims(2, 3)), tl_state_of(tl_zeros(tape, tl_dims(2, 4))));
	ck_assert_msg(strstr(tl_tape_error(tape), "1 tensors, not 2"), "%s", tl_tape_error(tape));
	tl_tape_rewind(tape);
	tl_cell_step(NULL, tl_zeros(tape, tl_dims(2, 3)), s);
	ck_assert_msg(strstr(tl_tape_error(tape), "no cell"), "%s", tl_tape_error(tape));
	tl_tape_destroy(tape);
	tl_cell_destroy(c);
	tl_params_destroy(set);
}
END_TEST

START_TEST(gates_can_be_observed)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *c = tl_cell_create(set, "lstm", "lstm0",
				    (tl_cell_options){.in = 1, .hidden = 2, .forget_bias = 30});
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_scope_enter(tape, "encoder");
	tl_state s = tl_cell_initial_state(c, tape, 1);
	for (int t = 0; t < 3; t++) {
		tl_tape_set_step(tape, t);
		s = tl_cell_step(c, tl_ones(tape, tl_dims(1, 1)), s);
	}
	tl_tensor f = tl_tape_find(tape, "encoder/lstm0", 1, "f");
	ck_assert_int_eq(tl_tensor_size(f), 2);
	assert_near(tl_value(f)[0], 1, 1e-6);
	ck_assert_int_eq(tl_tape_find(tape, "encoder/lstm0", 3, "f").id, 0);
	ck_assert_int_eq(tl_tape_find(tape, "lstm0", 1, "f").id, 0);
	assert_fine(tape);
	tl_tape_rewind(tape);
	ck_assert_int_eq(tl_tape_find(tape, "encoder/lstm0", 1, "f").id, 0);
	tl_tape_destroy(tape);
	tl_cell_destroy(c);
	tl_params_destroy(set);
}
END_TEST

/* A cell made at the address of a dead one, used in the same round, is not taken for it. */
START_TEST(a_new_cell_is_not_an_old_one)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_tape *tape = tl_tape_create(TL_F64);
	double value[2];
	for (int k = 0; k < 2; k++) {
		tl_cell *c = tl_cell_create(set, "irnn", k ? "b" : "a",
					    (tl_cell_options){.in = 1, .hidden = 1});
		*(double *)tl_param_value(tl_cell_param_at(c, 0)) = k + 1;
		ck_assert_ptr_nonnull(tl_cell_param_at(c, tl_cell_param_count(c) - 1));
		ck_assert_ptr_null(tl_cell_param_at(c, tl_cell_param_count(c)));
		tl_state s = tl_cell_step(c, tl_ones(tape, tl_dims(1, 1)),
					  tl_cell_initial_state(c, tape, 1));
		value[k] = tl_item(s.h);
		tl_cell_destroy(c);
	}
	ck_assert(value[0] == 1 && value[1] == 2);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

SUITE("cells", every_kind_agrees_with_differences, every_kind_takes_the_common_options,
      floats_agree_with_doubles, every_kind_is_described, weights_are_named_and_shaped,
      biases_start_as_the_options_say, two_biases_are_named_as_in_the_equations,
      what_cannot_be_is_refused_with_words, a_step_says_what_does_not_fit, gates_can_be_observed,
      a_new_cell_is_not_an_old_one)
