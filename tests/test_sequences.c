/* Cells through time: every kind of the registry, and one of our own, through every driver. */
#include "cell_bench.h"
#include "own_cell.h"

enum { STEPS = 5, MOST = 4096 };

/* What a recording of some kind gives: its value, and the gradient of its weighted sum. */
typedef struct outcome {
	double y[MOST], gradient[MOST];
	int64_t size, gradients;
} outcome;

static outcome compute(tl_tape *tape, bench *b, tl_tensor y)
{
	outcome o = {0};
	tl_params_zero_gradients(b->set);
	ck_assert_msg(tl_backward(bench_weigh(y)) == TL_OK, "%s: %s",
		      tl_cell_get_kind(b->cell)->name, tl_tape_error(tape));
	o.size = tl_tensor_size(y);
	memcpy(o.y, tl_value_double(y), (size_t)o.size * sizeof *o.y);
	double *g = tl_params_gradients(b->set, &o.gradients);
	ck_assert_int_le(o.gradients, MOST);
	memcpy(o.gradient, g, (size_t)o.gradients * sizeof *g);
	return o;
}

static void same_numbers(const double *a, const double *b, int64_t n, const char *what,
			 const char *kind)
{
	for (int64_t i = 0; i < n; i++)
		ck_assert_msg(fabs(a[i] - b[i]) <= 1e-12 * fmax(1, fabs(a[i])),
			      "%s, %s %d: %.17g is not %.17g", kind, what, (int)i, a[i], b[i]);
}

static void same(const outcome *a, const outcome *b, const char *kind)
{
	ck_assert_int_eq(a->size, b->size);
	same_numbers(a->y, b->y, a->size, "value", kind);
	same_numbers(a->gradient, b->gradient, a->gradients, "gradient", kind);
}

static tl_tape *new_tape(void)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tape_set_training(tape, false); /* rows do not mix, then */
	return tape;
}

/* h of all steps and the last states, as one row of numbers */
static tl_tensor flat(tl_unrolled y)
{
	tl_tensor parts[TL_MAX_STATES + 1];
	int n = 0;
	parts[n++] = tl_reshape(y.h, tl_dims(-1));
	for (int k = 0; k < y.final_state.count; k++)
		parts[n++] = tl_reshape(*tl_state_at(&y.final_state, k), tl_dims(-1));
	return tl_concat(parts, n, 0);
}

START_TEST(unrolled_is_step_by_step)
{
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		bench b = bench_create(kind, bench_options(kind), TL_F64, STEPS);
		tl_tape *tape = new_tape();
		outcome driven =
			compute(tape, &b, flat(tl_unroll(b.cell, tl_use(tape, b.x), NULL)));
		tl_tape_rewind(tape);
		tl_unrolled y;
		tl_tensor shown[STEPS];
		y.final_state = tl_cell_initial_state(b.cell, tape, BENCH_BATCH);
		for (int t = 0; t < STEPS; t++) {
			tl_tape_set_step(tape, t);
			y.final_state =
				tl_cell_step(b.cell, tl_at(tl_use(tape, b.x), t), y.final_state);
			shown[t] = y.final_state.h;
		}
		y.h = tl_stack(shown, STEPS, 0);
		outcome stepped = compute(tape, &b, flat(y));
		same(&driven, &stepped, kind->name);
		tl_tape_destroy(tape);
		bench_destroy(&b);
	}
}
END_TEST

START_TEST(backwards_is_forwards_of_the_reversed)
{
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		bench b = bench_create(kind, bench_options(kind), TL_F64, STEPS);
		tl_tape *tape = new_tape();
		tl_tensor x = tl_use(tape, b.x);
		tl_unroll_options back = {.reverse = true};
		outcome one = compute(tape, &b, flat(tl_unroll(b.cell, x, &back)));
		tl_tape_rewind(tape);
		x = tl_use(tape, b.x);
		tl_unrolled y = tl_unroll(b.cell, tl_reverse(x, 0), NULL);
		y.h = tl_reverse(y.h, 0);
		outcome two = compute(tape, &b, flat(y));
		same(&one, &two, kind->name);
		tl_tape_destroy(tape);
		bench_destroy(&b);
	}
}
END_TEST

/* One row of the batch alone, for as many steps as it has. */
static tl_unrolled row_alone(tl_tape *tape, bench *b, int row, int length, bool backwards)
{
	tl_tensor x = tl_slice(tl_slice(tl_use(tape, b->x), 1, row, row + 1, 1), 0, 0, length, 1);
	return tl_unroll(b->cell, x, &(tl_unroll_options){.reverse = backwards});
}

/* The loss of all rows alone: what the batch with lengths must give, value by value. */
static tl_tensor rows_alone(tl_tape *tape, bench *b, const int32_t *lengths, bool backwards)
{
	tl_tensor rows[BENCH_BATCH], states[TL_MAX_STATES][BENCH_BATCH];
	tl_unrolled y = {0};
	for (int r = 0; r < BENCH_BATCH; r++) {
		tl_unrolled one = row_alone(tape, b, r, lengths[r], backwards);
		rows[r] = tl_pad(one.h, 0, 0, STEPS - lengths[r], 0);
		y.final_state.count = one.final_state.count;
		for (int k = 0; k < one.final_state.count; k++)
			states[k][r] = *tl_state_at(&one.final_state, k);
	}
	y.h = tl_concat(rows, BENCH_BATCH, 1);
	for (int k = 0; k < y.final_state.count; k++)
		*tl_state_at(&y.final_state, k) = tl_concat(states[k], BENCH_BATCH, 0);
	return flat(y);
}

/* What lies past a row's length is NaN, and nobody notices. */
static void spoil(bench *b, const int32_t *lengths)
{
	double *x = tl_param_value(b->x);
	tl_shape s = tl_param_shape(b->x);
	int64_t width = s.rank > 2 ? s.dim[2] : 1;
	for (int t = 0; t < STEPS; t++)
		for (int r = 0; r < BENCH_BATCH; r++)
			for (int64_t k = 0; k < width && t >= lengths[r]; k++)
				x[(t * BENCH_BATCH + r) * width + k] = NAN;
}

/* As after training: each of the first steps has other statistics. */
static void draw_statistics(bench *b)
{
	for (int i = 0; i < tl_params_count(b->set); i++) {
		tl_param *p = tl_params_at(b->set, i);
		for (int k = 0; k < tl_param_shape(p).dim[0] && !tl_param_is_trainable(p); k++)
			((double *)tl_param_value(p))[k] =
				1 + 0.5 * bench_number((unsigned)i, (unsigned)k);
	}
}

START_TEST(rows_with_lengths_are_rows_alone)
{
	static const int32_t lengths[BENCH_BATCH] = {3, 5, 1};
	for (int i = 0; i < 2 * tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i / 2);
		bool backwards = i % 2;
		tl_cell_options o = bench_options(kind);
		o.trainable_initial_state = true;
		bench b = bench_create(kind, o, TL_F64, STEPS);
		spoil(&b, lengths);
		if (kind->uses_batch)
			draw_statistics(&b);
		tl_tape *tape = new_tape();
		tl_unroll_options u = {.lengths = tl_input_int(tape, tl_dims(BENCH_BATCH), lengths),
				       .reverse = backwards};
		outcome batch = compute(tape, &b, flat(tl_unroll(b.cell, tl_use(tape, b.x), &u)));
		tl_tape_rewind(tape);
		outcome rows = compute(tape, &b, rows_alone(tape, &b, lengths, backwards));
		same(&batch, &rows, kind->name);
		tl_tape_destroy(tape);
		bench_destroy(&b);
	}
}
END_TEST

START_TEST(a_length_of_zero_leaves_the_start)
{
	static const int32_t lengths[BENCH_BATCH] = {0, 2, 0};
	bench b = bench_create(
		tl_cell_kind_find("lstm"),
		(tl_cell_options){.in = 3, .hidden = 4, .trainable_initial_state = true}, TL_F64,
		STEPS);
	tl_tape *tape = new_tape();
	tl_unroll_options u = {.lengths = tl_input_int(tape, tl_dims(BENCH_BATCH), lengths)};
	tl_unrolled y = tl_unroll(b.cell, tl_use(tape, b.x), &u);
	tl_state start = tl_cell_initial_state(b.cell, tape, BENCH_BATCH);
	for (int k = 0; k < 2; k++) {
		const double *last = tl_value_double(*tl_state_at(&y.final_state, k));
		const double *first = tl_value_double(*tl_state_at(&start, k));
		for (int n = 0; n < 4; n++)
			ck_assert(last[n] == first[n] && last[8 + n] == first[8 + n] &&
				  last[4 + n] != first[4 + n]);
	}
	const double *h = tl_value_double(y.h);
	for (int t = 0; t < STEPS; t++)
		for (int n = 0; n < 4; n++)
			ck_assert(h[t * 12 + n] == 0 && (h[t * 12 + 4 + n] != 0) == (t < 2));
	assert_fine(tape);
	tl_tape_destroy(tape);
	bench_destroy(&b);
}
END_TEST

START_TEST(no_steps_leave_the_start)
{
	bench b = bench_create(&own_kind, bench_options(&own_kind), TL_F64, STEPS);
	tl_tape *tape = new_tape();
	tl_unrolled y = tl_unroll(b.cell, tl_zeros(tape, tl_dims(0, 2, 3)), NULL);
	ck_assert_int_eq(tl_tensor_dim(y.h, 0), 0);
	ck_assert(tl_value_double(y.final_state.h)[0] == 0);
	assert_fine(tape);
	tl_tape_destroy(tape);
	bench_destroy(&b);
}
END_TEST

START_TEST(directions_merge)
{
	static const int32_t lengths[BENCH_BATCH] = {3, 5, 2};
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		bench b = bench_create(kind, bench_options(kind), TL_F64, STEPS);
		tl_cell *other =
			tl_cell_create_from_kind(b.set, kind, "other", bench_options(kind));
		bench_draw(b.set, 0.8);
		tl_tape *tape = new_tape();
		tl_tensor x = tl_use(tape, b.x);
		tl_tensor n = tl_input_int(tape, tl_dims(BENCH_BATCH), lengths);
		tl_unroll_options o = {.lengths = n}, back = o;
		back.reverse = true;
		tl_unrolled f = tl_unroll(b.cell, x, &o), r = tl_unroll(other, x, &back);
		const double *a = tl_value_double(f.h), *c = tl_value_double(r.h);
		int64_t size = tl_tensor_size(f.h), width = tl_tensor_dim(f.h, 2);
		for (int how = TL_MERGE_CONCAT; how <= TL_MERGE_PRODUCT; how++) {
			tl_unrolled y = tl_bidirectional(b.cell, other, x, (tl_merge_mode)how, &o);
			const double *v = tl_value_double(y.h);
			ck_assert_msg(v != NULL, "%s: %s", kind->name, tl_tape_error(tape));
			for (int64_t k = 0; k < size; k++) {
				int64_t at = k / width * 2 * width + k % width;
				double want[] = {0, a[k] + c[k], (a[k] + c[k]) / 2, a[k] * c[k]};
				if (how != TL_MERGE_CONCAT)
					assert_near(v[k], want[how], 1e-12);
				else
					ck_assert(v[at] == a[k] && v[at + width] == c[k]);
			}
			ck_assert(tl_value_double(y.final_state_backward.h)[0] ==
				  tl_value_double(r.final_state.h)[0]);
		}
		tl_cell_destroy(other);
		tl_tape_destroy(tape);
		bench_destroy(&b);
	}
}
END_TEST

START_TEST(layers_read_each_other)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *a = tl_cell_create(set, "own", "a", (tl_cell_options){.in = 2, .hidden = 3});
	tl_cell *b = tl_cell_create(set, "gru", "b", (tl_cell_options){.in = 3, .hidden = 3});
	tl_cell *c = tl_cell_create(set, "lstm", "c", (tl_cell_options){.in = 3, .hidden = 2});
	tl_cell *d = tl_cell_create(set, "rnn", "d", (tl_cell_options){.in = 3, .hidden = 2});
	tl_tape *tape = new_tape();
	float data[4 * 2 * 2];
	for (int i = 0; i < 16; i++)
		data[i] = (float)bench_number(3, (unsigned)i);
	tl_tensor x = tl_constant(tape, tl_dims(4, 2, 2), data);
	tl_layer layers[] = {
		{.forward = a}, {.forward = b, .residual = true}, {.forward = c, .backward = d}};
	tl_unrolled each[3];
	tl_tensor y = tl_unroll_layers(layers, 3, x, NULL, each);
	tl_tensor h = tl_unroll(a, x, NULL).h;
	h = tl_add(tl_unroll(b, h, NULL).h, h);
	h = tl_bidirectional(c, d, h, TL_MERGE_CONCAT, NULL).h;
	ck_assert_int_eq(tl_tensor_dim(y, 2), 4);
	const double *u = tl_value_double(y), *v = tl_value_double(h);
	for (int i = 0; i < 4 * 2 * 4; i++)
		ck_assert(u[i] == v[i]);
	ck_assert_int_eq(each[2].final_state.count, 2);
	assert_fine(tape);
	tl_tape_destroy(tape);
	tl_cell_destroy(a), tl_cell_destroy(b), tl_cell_destroy(c), tl_cell_destroy(d);
	tl_params_destroy(set);
}
END_TEST

/* |d h_t / d x_s|, summed */
static double reach(tl_tape *tape, tl_tensor h, tl_tensor x, int t, int s)
{
	tl_tensor g = tl_grad(tl_sum(tl_at(h, t), TL_ALL), x);
	return tl_item(tl_sum(tl_abs(tl_at(g, s)), TL_ALL)) + 0 * tl_tape_step(tape);
}

START_TEST(truncated_gradients_stop_exactly_there)
{
	static const int pairs[][2] = {{1, 1}, {2, 2}, {2, 4}, {3, 5}, {1, 3}, {7, 7}, {9, 12}};
	enum { LONG = 7 };
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		int k1 = pairs[i][0], k2 = pairs[i][1];
		bench b = bench_create(tl_cell_kind_find("gru"),
				       (tl_cell_options){.in = 3, .hidden = 4}, TL_F64, LONG);
		tl_tape *tape = new_tape();
		tl_tensor x = tl_use(tape, b.x);
		tl_tensor h = tl_unroll_truncated(b.cell, x, k1, k2, NULL).h;
		tl_tensor whole = tl_unroll(b.cell, x, NULL).h;
		for (int t = 0; t < LONG; t++) {
			int window = t / k1 * k1 - (k2 - k1);
			for (int s = 0; s <= t; s++) {
				double d = reach(tape, h, x, t, s),
				       full = reach(tape, whole, x, t, s);
				ck_assert_msg(s < window ? d == 0 : fabs(d - full) < 1e-12 * full,
					      "k1 %d, k2 %d: from %d to %d: %g of %g", k1, k2, t, s,
					      d, full);
			}
		}
		const double *u = tl_value_double(h), *v = tl_value_double(whole);
		for (int k = 0; k < LONG * 12; k++)
			assert_near(u[k], v[k], 1e-13);
		assert_fine(tape);
		tl_tape_destroy(tape);
		bench_destroy(&b);
	}
}
END_TEST

START_TEST(a_carried_state_goes_on)
{
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		bench b = bench_create(kind, bench_options(kind), TL_F64, 6);
		tl_carry carry = tl_carry_of(b.cell, "carry", BENCH_BATCH);
		ck_assert_msg(carry.count, "%s", tl_params_error(b.set));
		tl_tape *tape = new_tape();
		tl_tensor whole = tl_unroll(b.cell, tl_use(tape, b.x), NULL).final_state.h;
		double want[64];
		int64_t n = tl_tensor_size(whole);
		memcpy(want, tl_value_double(whole), (size_t)n * sizeof *want);
		for (int part = 0; part < 2; part++) {
			tl_tape_rewind(tape);
			tl_tensor x = tl_slice(tl_use(tape, b.x), 0, 3 * part, 3 * part + 3, 1);
			tl_unroll_options o = {.initial_state = tl_carry_state(&carry, tape),
					       .first_step = 3 * part};
			tl_unrolled y = tl_unroll(b.cell, x, &o);
			tl_carry_assign(&carry, y.final_state);
			ck_assert_msg(tl_tape_commit(tape) == TL_OK, "%s", tl_tape_error(tape));
		}
		same_numbers(tl_param_value(carry.state[0]), want, n, "carried", kind->name);
		ck_assert_int_eq(tl_carry_reset(&carry, (const int32_t[]){0, 1, 0}), TL_OK);
		const double *h = tl_param_value(carry.state[0]);
		ck_assert_msg(fabs(h[0] - want[0]) < 1e-12 && h[n / BENCH_BATCH] == 0, "%s",
			      kind->name);
		tl_tape_destroy(tape);
		bench_destroy(&b);
	}
}
END_TEST

START_TEST(shapes_of_sequence)
{
	static const int32_t lengths[BENCH_BATCH] = {2, 0, 5};
	bench b = bench_create(&own_kind, bench_options(&own_kind), TL_F64, STEPS);
	tl_tape *tape = new_tape();
	tl_tensor x = tl_use(tape, b.x), one = tl_at(x, 0);
	tl_tensor n = tl_input_int(tape, tl_dims(BENCH_BATCH), lengths);
	/* as in the head of that part of sequence.h */
	tl_shape wide = tl_dims(4, BENCH_BATCH, tl_tensor_dim(one, 1));
	tl_tensor each = tl_unroll(b.cell, tl_broadcast_to(one, wide), NULL).h;
	tl_tensor padded = tl_pad(tl_expand_dims(one, 0), 0, 0, 4 - 1, 0);
	tl_tensor first = tl_unroll(b.cell, padded, NULL).h;
	tl_state start = tl_cell_initial_state(b.cell, tape, BENCH_BATCH);
	tl_tensor single = tl_cell_step(b.cell, one, start).h;
	tl_unrolled all = tl_unroll(b.cell, x, &(tl_unroll_options){.lengths = n});
	tl_tensor last = all.final_state.h, many = tl_unroll(b.cell, x, NULL).h;
	tl_tensor mean = tl_mean_over_time(all.h, n), most = tl_max_over_time(all.h, n);
	tl_tensor beside = tl_concat_context(x, last);
	assert_fine(tape);
	ck_assert(tl_tensor_dim(each, 0) == 4 && tl_tensor_dim(first, 0) == 4);
	ck_assert_int_eq(tl_tensor_dim(beside, 2), 7);
	for (int k = 0; k < 12; k++) {
		double s = tl_value_double(single)[k];
		assert_near(tl_value_double(each)[k], s, 1e-14);
		assert_near(tl_value_double(first)[k], s, 1e-14);
		ck_assert(tl_value_double(each)[12 + k] != tl_value_double(first)[12 + k]);
		const double *h = tl_value_double(all.h);
		double sum = 0, largest = -1e30;
		int row = k / 4, count = lengths[row];
		for (int t = 0; t < count; t++) {
			sum += h[t * 12 + k];
			largest = fmax(largest, h[t * 12 + k]);
		}
		assert_near(tl_value_double(mean)[k], count ? sum / count : 0, 1e-13);
		assert_near(tl_value_double(most)[k], count ? largest : 0, 1e-13);
		assert_near(tl_value_double(last)[k], count ? h[(count - 1) * 12 + k] : 0, 1e-13);
		if (row == 2)
			assert_near(tl_value_double(many)[48 + k], h[48 + k], 1e-13);
		assert_near(tl_value_double(beside)[21 * 2 + row * 7 + 3 + k % 4],
			    tl_value_double(last)[k], 1e-14);
	}
	tl_cell *decoder =
		tl_cell_create(b.set, "lstm", "decoder", (tl_cell_options){.in = 3, .hidden = 4});
	tl_state s = tl_cell_initial_state_from(decoder, last);
	ck_assert(s.count == 2 && s.h.id == last.id);
	tl_cell_destroy(decoder);
	tl_tape_destroy(tape);
	bench_destroy(&b);
}
END_TEST

/* A phased LSTM that is told the time needs no tape's step; told the steps it is the other one. */
START_TEST(a_phased_lstm_can_be_told_the_time)
{
	tl_phased_options told = {.timed = true};
	tl_cell_options o = {.in = 2, .hidden = 4};
	bench plain = bench_create(tl_cell_kind_find("phased_lstm"), o, TL_F64, STEPS);
	o.extra = &told;
	bench timed = bench_create(tl_cell_kind_find("phased_lstm"), o, TL_F64, STEPS);
	for (int t = 0; t < STEPS; t++)
		for (int r = 0; r < BENCH_BATCH; r++)
			((double *)tl_param_value(plain.x))[(t * BENCH_BATCH + r) * 2 + 1] =
				((double *)tl_param_value(timed.x))[(t * BENCH_BATCH + r) * 2 + 1] =
					t;
	for (int first = 0; first < 2; first++) {
		tl_tape *tape = new_tape();
		tl_unroll_options u = {.first_step = 3 * first};
		tl_tensor a = tl_unroll(plain.cell, tl_use(tape, plain.x), &u).h;
		tl_tensor b = tl_unroll(timed.cell, tl_use(tape, timed.x), &u).h;
		const double *x = tl_value_double(a), *y = tl_value_double(b);
		assert_fine(tape);
		double apart = 0;
		for (int64_t i = 0; i < tl_tensor_size(a); i++)
			apart = fmax(apart, fabs(x[i] - y[i]));
		ck_assert_msg(first ? apart > 1e-3 : apart == 0, "%g", apart);
		tl_tape_destroy(tape);
	}
	bench_destroy(&plain);
	bench_destroy(&timed);
}
END_TEST

/* A chain is a tree of which each node has one child. */
START_TEST(one_child_is_a_step)
{
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		bench b = bench_create(kind, bench_options(kind), TL_F64, 1);
		tl_tape *tape = new_tape();
		tl_tensor x = tl_at(tl_use(tape, b.x), 0);
		tl_state start = tl_cell_initial_state(b.cell, tape, BENCH_BATCH);
		start = tl_cell_step(b.cell, x, start);
		tl_state one = tl_cell_step(b.cell, x, start);
		tl_state joined = tl_cell_tree_step(b.cell, x, &start, 1);
		assert_fine(tape);
		for (int k = 0; k < one.count; k++)
			same_numbers(tl_value_double(*tl_state_at(&one, k)),
				     tl_value_double(*tl_state_at(&joined, k)),
				     tl_tensor_size(*tl_state_at(&one, k)), "state", kind->name);
		tl_tape_destroy(tape);
		bench_destroy(&b);
	}
}
END_TEST

START_TEST(what_does_not_fit_is_said)
{
	static const int32_t lengths[2] = {1, 1};
	bench b = bench_create(tl_cell_kind_find("clockwork"),
			       (tl_cell_options){.in = 3, .hidden = 4}, TL_F64, STEPS);
	tl_tape *tape = new_tape();
	static const char *const words[] = {"[steps, batch, ...]", "2 lengths for a batch of 3",
					    "no cell", "k1 3, k2 2", "less than 1"};
	for (int i = 0; i < 5; i++) {
		tl_tensor x = tl_use(tape, b.x), n = tl_input_int(tape, tl_dims(2), lengths);
		if (i == 0)
			tl_unroll(b.cell, tl_at(x, 0), NULL);
		else if (i == 1)
			tl_unroll(b.cell, x, &(tl_unroll_options){.lengths = n});
		else if (i == 2)
			tl_unroll(NULL, x, NULL);
		else if (i == 3)
			tl_unroll_truncated(b.cell, x, 3, 2, NULL);
		else
			tl_unroll(b.cell, x, &(tl_unroll_options){.dropout = {.input = 1}});
		ck_assert_msg(tl_tape_error(tape) && strstr(tl_tape_error(tape), words[i]),
			      "\"%s\" in: %s", words[i], tl_tape_error(tape));
		ck_assert_msg(strstr(tl_tape_error(tape), "test_sequences.c"), "%s",
			      tl_tape_error(tape));
		tl_tape_rewind(tape);
	}
	tl_tape_destroy(tape);
	bench_destroy(&b);
}
END_TEST

SUITE("sequences", unrolled_is_step_by_step, backwards_is_forwards_of_the_reversed,
      rows_with_lengths_are_rows_alone, a_length_of_zero_leaves_the_start, no_steps_leave_the_start,
      directions_merge, layers_read_each_other, truncated_gradients_stop_exactly_there,
      a_carried_state_goes_on, shapes_of_sequence, a_phased_lstm_can_be_told_the_time,
      one_child_is_a_step, what_does_not_fit_is_said)
