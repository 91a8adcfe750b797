/* Every kind does what its equations say, step by step, in each state. */
#include "cell_equations.h"
#include "own_cell.h"

static const equation *equation_of(const char *kind)
{
	const equation *const lists[] = {equations_simple, equations_lstm, equations_gated};
	for (int l = 0; l < 3; l++)
		for (const equation *e = lists[l]; e->kind; e++)
			if (!strcmp(e->kind, kind))
				return e;
	return NULL;
}

/* Running statistics that are not what they start as. */
static void draw_statistics(tl_params *set)
{
	for (int i = 0; i < tl_params_count(set); i++) {
		tl_param *p = tl_params_at(set, i);
		double *value = tl_param_value(p);
		bool variance = strstr(tl_param_name(p), ".variance_");
		if (!variance && !strstr(tl_param_name(p), ".mean_"))
			continue;
		for (int k = 0; k < tl_param_shape(p).dim[0]; k++)
			value[k] = variance + 0.5 * bench_number((unsigned)i, (unsigned)k);
	}
}

static void compare(const tl_cell_kind *kind, const equation *e, tl_cell_options options)
{
	bench b = bench_create(kind, options, TL_F64, BENCH_STEPS);
	draw_statistics(b.set);
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tape_set_training(tape, false);
	tl_tensor x = tl_use(tape, b.x);
	tl_state s = tl_cell_initial_state(b.cell, tape, BENCH_BATCH);
	static double own[TL_MAX_STATES][BENCH_BATCH][WIDE];
	const tl_cell_options *o = tl_cell_get_options(b.cell);
	int64_t width[TL_MAX_STATES];
	for (int k = 0; k < s.count; k++) {
		width[k] = tl_cell_state_shape(b.cell, k).dim[0];
		for (int r = 0; r < BENCH_BATCH; r++)
			memcpy(own[k][r], tl_value_double(*tl_state_at(&s, k)) + r * width[k],
			       (size_t)width[k] * sizeof(double));
	}
	for (int t = 0; t < BENCH_STEPS; t++) {
		tl_tape_set_step(tape, t);
		s = tl_cell_step(b.cell, tl_at(x, t), s);
		assert_fine(tape);
		for (int r = 0; r < BENCH_BATCH; r++) {
			int64_t in = tl_cell_input_shape(b.cell).dim[0];
			at a = {&b, (int)o->in, (int)o->hidden, t, NULL, {0}};
			a.x = (const double *)tl_param_value(b.x) + (t * BENCH_BATCH + r) * in;
			for (int k = 0; k < s.count; k++)
				a.s[k] = own[k][r];
			e->step(&a);
			for (int k = 0; k < s.count; k++)
				for (int64_t j = 0; j < width[k]; j++) {
					double is = tl_value_double(
						*tl_state_at(&s, k))[r * width[k] + j];
					ck_assert_msg(fabs(is - own[k][r][j]) < 1e-12,
						      "%s, %s at step %d: %.17g, not %.17g",
						      kind->name, kind->state[k], t, is,
						      own[k][r][j]);
				}
		}
	}
	tl_tape_destroy(tape);
	bench_destroy(&b);
}

START_TEST(every_kind_does_what_its_equations_say)
{
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		const equation *e = equation_of(kind->name);
		ck_assert_msg(e != NULL, "%s has no equations in cell_equations_*.c", kind->name);
		compare(kind, e, bench_options(kind));
	}
	const tl_cell_kind *projected = tl_cell_kind_find("lstm_projected");
	compare(projected, equation_of(projected->name),
		(tl_cell_options){.in = 3, .hidden = 4}); /* without its peepholes */
}
END_TEST

/* A tree of five nodes, by hand: leaves a, b under c, leaf d; the root over c and d. */
START_TEST(trees_are_summed_over_children)
{
	bench b = bench_create(tl_cell_kind_find("tree_lstm"),
			       (tl_cell_options){.in = 2, .hidden = 3}, TL_F64, 5);
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_use(tape, b.x);
	tl_state leaf[3], inner, root, pair[2];
	for (int k = 0; k < 3; k++)
		leaf[k] = tl_cell_tree_step(b.cell, tl_at(x, k), NULL, 0);
	inner = tl_cell_tree_step(b.cell, tl_at(x, 3), leaf, 2);
	pair[0] = inner, pair[1] = leaf[2];
	root = tl_cell_tree_step(b.cell, tl_at(x, 4), pair, 2);
	pair[0] = leaf[2], pair[1] = inner;
	tl_state turned = tl_cell_tree_step(b.cell, tl_at(x, 4), pair, 2);
	assert_fine(tape);
	for (int k = 0; k < 9; k++)
		assert_near(tl_value_double(root.h)[k], tl_value_double(turned.h)[k], 1e-14);

	at a = {&b, 2, 3, 0, tl_param_value(b.x), {0}};
	row i, f, u, o, sum;
	const double *h = tl_value_double(inner.h), *c = tl_value_double(inner.c);
	const double *g = tl_value_double(leaf[2].h), *d = tl_value_double(leaf[2].c);
	a.x += 4 * BENCH_BATCH * 2;
	EACH(&a) sum[k] = h[k] + g[k];
	gate(&a, "i", sum, i);
	gate(&a, "u", sum, u);
	gate(&a, "o", sum, o);
	row memory;
	EACH(&a) memory[k] = sig(i[k]) * tanh(u[k]);
	gate(&a, "f", h, f);
	EACH(&a) memory[k] += sig(f[k]) * c[k];
	gate(&a, "f", g, f);
	EACH(&a) memory[k] += sig(f[k]) * d[k];
	EACH(&a) assert_near(tl_value_double(root.h)[k], sig(o[k]) * tanh(memory[k]), 1e-13);
	tl_tape_destroy(tape);
	bench_destroy(&b);
}
END_TEST

/* Places count in an N-ary tree, and each gate f_k sees all children. */
START_TEST(trees_of_places_know_left_from_right)
{
	bench b = bench_create(tl_cell_kind_find("tree_lstm_nary"),
			       (tl_cell_options){.in = 2, .hidden = 3}, TL_F64, 3);
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_use(tape, b.x);
	tl_state leaf[3], root;
	for (int k = 0; k < 2; k++)
		leaf[k] = tl_cell_tree_step(b.cell, tl_at(x, k), NULL, 0);
	root = tl_cell_tree_step(b.cell, tl_at(x, 2), leaf, 2);
	assert_fine(tape);
	at a = {&b, 2, 3, 0, tl_param_value(b.x), {0}};
	a.x += 2 * BENCH_BATCH * 2;
	row g[5];
	static const char *const names[] = {"i", "u", "o", "f", "f"};
	static const char *const U[][2] = {{"U_i0", "U_i1"},
					   {"U_u0", "U_u1"},
					   {"U_o0", "U_o1"},
					   {"U_f00", "U_f01"},
					   {"U_f10", "U_f11"}};
	for (int j = 0; j < 5; j++) {
		gate(&a, names[j], NULL, g[j]);
		for (int k = 0; k < 2; k++)
			times(weight_of(&a, U[j][k]), 3, 3, tl_value_double(leaf[k].h), g[j]);
	}
	const double *c = tl_value_double(leaf[0].c), *d = tl_value_double(leaf[1].c);
	EACH(&a)
	{
		double m = sig(g[0][k]) * tanh(g[1][k]) + sig(g[3][k]) * c[k] + sig(g[4][k]) * d[k];
		assert_near(tl_value_double(root.h)[k], sig(g[2][k]) * tanh(m), 1e-13);
	}
	leaf[2] = leaf[0];
	tl_cell_tree_step(b.cell, tl_at(x, 2), leaf, 3);
	ck_assert_msg(strstr(tl_tape_error(tape), "3 children, at most 2"), "%s",
		      tl_tape_error(tape));
	tl_tape_destroy(tape);
	bench_destroy(&b);
}
END_TEST

/* 256 units in four groups, as described: 64 x 64 for the slowest group to 64 x 256 for the
 * fastest; and a group that stands still records no product. */
START_TEST(clockwork_blocks_have_the_shapes_of_the_document)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *c = tl_cell_create(set, "clockwork", "clock",
				    (tl_cell_options){.in = 9, .hidden = 256});
	for (int k = 0; k < 4; k++) {
		char name[16];
		snprintf(name, sizeof name, "clock.W_%d", 3 - k);
		tl_shape s = tl_param_shape(tl_params_find(set, name));
		ck_assert(s.dim[0] == 64 && s.dim[1] == 64 * (k + 1));
	}
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_state s = tl_cell_initial_state(c, tape, 2);
	int64_t nodes[8];
	for (int t = 0; t < 8; t++) {
		int64_t before = tl_tape_node_count(tape);
		tl_tape_set_step(tape, t);
		s = tl_cell_step(c, tl_ones(tape, tl_dims(2, 9)), s);
		nodes[t] = tl_tape_node_count(tape) - before;
	}
	ck_assert(nodes[0] > nodes[4] && nodes[4] > nodes[2] && nodes[2] > nodes[1]);
	ck_assert(nodes[1] == nodes[3] && nodes[3] == nodes[5] && nodes[2] == nodes[6]);
	assert_fine(tape);
	tl_tape_destroy(tape);
	tl_cell_destroy(c);
	tl_params_destroy(set);
}
END_TEST

/* Large gates do not overflow, and the exponentials cancel: floats, inputs of a hundred. */
START_TEST(exponential_gates_are_stable)
{
	bench b = bench_create(tl_cell_kind_find("slstm"), (tl_cell_options){.in = 3, .hidden = 4},
			       TL_F32, BENCH_STEPS);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_scale(tl_use(tape, b.x), 500);
	tl_tensor y = tl_unroll(b.cell, x, NULL).h;
	for (int k = 0; k < BENCH_STEPS * BENCH_BATCH * 4; k++)
		ck_assert(fabsf(tl_value(y)[k]) <= 1);
	ck_assert_int_eq(tl_backward(tl_sum(y, TL_ALL)), TL_OK);
	int64_t count;
	const float *g = tl_params_gradients(b.set, &count);
	for (int64_t k = 0; k < count; k++)
		ck_assert(isfinite(g[k]));
	tl_tape_destroy(tape);
	bench_destroy(&b);
}
END_TEST

SUITE("equations", every_kind_does_what_its_equations_say, trees_are_summed_over_children,
      trees_of_places_know_left_from_right, clockwork_blocks_have_the_shapes_of_the_document,
      exponential_gates_are_stable)
