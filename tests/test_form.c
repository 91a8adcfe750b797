/* Ops that move numbers about: form, parts, joining, by index. Exact, in integers too. */
#include "values.h"

enum { MOST = 1024 };

START_TEST(permutations)
{
	static const int orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {-1, 0, -3, 2}};
	const tl_shape shape = tl_dims(2, 3, 1, 5);
	double want[30];
	for (int k = 0; k < 4; k++)
		BOTH_TYPES(dtype)
		{
			tl_tape *tape = fresh_tape(dtype);
			const double *x = numbers(30, 1, -4, 4);
			tl_shape out = {.rank = 4};
			for (int d = 0; d < 4; d++)
				out.dim[d] = shape.dim[(orders[k][d] + 4) % 4];
			for (at c = {0}; more(&c, out); next(&c, out)) {
				int64_t i[4];
				for (int d = 0; d < 4; d++)
					i[(orders[k][d] + 4) % 4] = c.i[d];
				want[c.n] = x[offset_of(shape, i)];
			}
			tl_tensor t = tl_input_double(tape, shape, x);
			expect("permute", tl_permute(t, orders[k]), out, want, 0);
			expect("reshape", tl_reshape(t, tl_dims(-1, 6)), tl_dims(5, 6), x, 0);
			expect("reshape", tl_reshape(t, tl_dims(30)), tl_dims(30), x, 0);
			tl_tape_destroy(tape);
		}
}
END_TEST

START_TEST(broadcasts_and_their_undoing)
{
	static const struct {
		tl_shape from, to;
	} cases[] = {
		{{0, {0}}, {2, {3, 4}}},
		{{2, {3, 1}}, {2, {3, 4}}},
		{{3, {2, 1, 4}}, {4, {3, 2, 5, 4}}},
		{{1, {1}}, {1, {0}}},
		{{2, {3, 4}}, {2, {3, 4}}},
	};
	double want[MOST], sums[MOST];
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
		BOTH_TYPES(dtype)
		{
			tl_tape *tape = fresh_tape(dtype);
			tl_shape from = cases[k].from, to = cases[k].to;
			const double *x = numbers(size_of(from), 1, -4, 4);
			const double *y = numbers(size_of(to), 2, -4, 4);
			memset(sums, 0, sizeof sums);
			for (at c = {0}; more(&c, to); next(&c, to)) {
				want[c.n] = x[broadcast_offset(from, to, &c)];
				sums[broadcast_offset(from, to, &c)] += y[c.n];
			}
			expect("broadcast_to", tl_broadcast_to(tl_input_double(tape, from, x), to),
			       to, want, 0);
			expect("sum_to", tl_sum_to(tl_input_double(tape, to, y), from), from, sums,
			       20);
			tl_tape_destroy(tape);
		}
}
END_TEST

/* Every slice of every axis, and what is left when pieces are put together again. */
START_TEST(slices)
{
	const tl_shape shape = tl_dims(2, 5, 3);
	double want[30];
	for (int axis = -3; axis < 3; axis++)
		for (int64_t start = 0; start <= shape.dim[(axis + 3) % 3]; start++)
			for (int64_t step = 1; step <= 3; step++)
				BOTH_TYPES(dtype)
				{
					tl_tape *tape = fresh_tape(dtype);
					const double *x = numbers(30, 1, -4, 4);
					int a = (axis + 3) % 3;
					tl_shape out = shape;
					int64_t n = shape.dim[a];
					out.dim[a] = (n - start + step - 1) / step;
					for (at c = {0}; more(&c, out); next(&c, out)) {
						int64_t i[4] = {c.i[0], c.i[1], c.i[2]};
						i[a] = start + step * i[a];
						want[c.n] = x[offset_of(shape, i)];
					}
					tl_tensor t = tl_input_double(tape, shape, x);
					expect("slice", tl_slice(t, axis, start, n, step), out,
					       want, 0);
					tl_tensor back = tl_reverse(tl_reverse(t, axis), axis);
					tl_tensor part[] = {tl_slice(back, axis, 0, start, 1),
							    tl_slice(t, axis, start, n, 1)};
					expect("concat", tl_concat(part, 2, axis), shape, x, 0);
					tl_tape_destroy(tape);
				}
}
END_TEST

START_TEST(parts_and_joins)
{
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		const double x[] = {1, 2, 3, 4, 5, 6};
		tl_tensor t = tl_input_double(tape, tl_dims(3, 2), x), row[3], column[2];
		expect("at", tl_at(t, 1), tl_dims(2), (double[]){3, 4}, 0);
		expect("at", tl_at(t, -1), tl_dims(2), (double[]){5, 6}, 0);
		expect("reverse", tl_reverse(t, 0), tl_dims(3, 2), (double[]){5, 6, 3, 4, 1, 2}, 0);
		expect("slice", tl_slice(t, 0, -2, -1, 1), tl_dims(1, 2), (double[]){3, 4}, 0);
		ck_assert_int_eq(tl_split(t, 1, 2, column), TL_OK);
		expect("split", column[1], tl_dims(3, 1), (double[]){2, 4, 6}, 0);
		for (int i = 0; i < 3; i++)
			row[i] = tl_at(t, i);
		expect("stack", tl_stack(row, 3, 0), tl_dims(3, 2), x, 0);
		expect("stack", tl_stack(row, 3, -1), tl_dims(2, 3), (double[]){1, 3, 5, 2, 4, 6},
		       0);
		expect("stack", tl_stack(row, 1, 1), tl_dims(2, 1), x, 0);
		expect("pad", tl_pad(t, 1, 1, 2, 9), tl_dims(3, 5),
		       (double[]){9, 1, 2, 9, 9, 9, 3, 4, 9, 9, 9, 5, 6, 9, 9}, 0);
		expect("pad", tl_pad(t, 0, 0, 0, 9), tl_dims(3, 2), x, 0);
		expect("transpose", tl_transpose(t), tl_dims(2, 3), (double[]){1, 3, 5, 2, 4, 6},
		       0);
		tl_tape_destroy(tape);
	}
}
END_TEST

START_TEST(integers_are_moved_too)
{
	static const int32_t ids[] = {1, 2, 3, 4, 5, 6}, rows[] = {2, 0};
	tl_tape *tape = fresh_tape(TL_F32);
	tl_tensor t = tl_input_int(tape, tl_dims(3, 2), ids);
	tl_tensor at_rows = tl_input_int(tape, tl_dims(2), rows);
	tl_tensor pair[] = {tl_at(t, 0), tl_at(t, 2)};
	expect("slice", tl_slice(t, 1, 1, 2, 1), tl_dims(3, 1), (double[]){2, 4, 6}, 0);
	expect("concat", tl_concat(pair, 2, 0), tl_dims(4), (double[]){1, 2, 5, 6}, 0);
	expect("transpose", tl_transpose(t), tl_dims(2, 3), (double[]){1, 3, 5, 2, 4, 6}, 0);
	expect("gather", tl_embedding(t, at_rows), tl_dims(2, 2), (double[]){5, 6, 1, 2}, 0);
	expect("reverse", tl_reverse(t, 1), tl_dims(3, 2), (double[]){2, 1, 4, 3, 6, 5}, 0);
	tl_tape_destroy(tape);
}
END_TEST

/* By index */

/* Integers below a number, in a scattered order. */
static const int32_t *integers(int64_t n, int32_t below)
{
	static int32_t x[MOST];
	for (int64_t i = 0; i < n; i++)
		x[i] = (int32_t)number_of(77, i, 0, below);
	return x;
}

static const struct table {
	tl_shape table, index, rows;
} tables[] = {
	{{2, {7, 3}}, {1, {5}}, {2, {5, 3}}},    {{1, {7}}, {2, {2, 3}}, {2, {2, 3}}},
	{{3, {4, 2, 3}}, {0, {0}}, {2, {2, 3}}}, {{2, {3, 2}}, {3, {2, 3, 4}}, {4, {2, 3, 4, 2}}},
	{{2, {5, 0}}, {1, {4}}, {2, {4, 0}}},    {{2, {5, 3}}, {2, {0, 2}}, {3, {0, 2, 3}}},
};

START_TEST(rows_from_and_into_a_table)
{
	double want[MOST], sums[MOST];
	for (size_t k = 0; k < sizeof tables / sizeof *tables; k++)
		BOTH_TYPES(dtype)
		{
			tl_tape *tape = fresh_tape(dtype);
			const struct table *s = &tables[k];
			int64_t n = size_of(s->index), count = s->table.dim[0];
			int64_t width = size_of(s->table) / count;
			const int32_t *index = integers(n, (int32_t)count);
			const double *table = numbers(size_of(s->table), 1, -4, 4);
			const double *rows = numbers(size_of(s->rows), 2, -4, 4);
			memset(sums, 0, sizeof sums);
			for (int64_t i = 0; i < n; i++)
				for (int64_t j = 0; j < width; j++) {
					want[i * width + j] = table[index[i] * width + j];
					sums[index[i] * width + j] += rows[i * width + j];
				}
			tl_tensor at_rows = tl_input_int(tape, s->index, index);
			expect("gather",
			       tl_embedding(tl_input_double(tape, s->table, table), at_rows),
			       s->rows, want, 0);
			expect("scatter_add",
			       tl_segment_sum(tl_input_double(tape, s->rows, rows), at_rows, count),
			       s->table, sums, 10);
			tl_tape_destroy(tape);
		}
}
END_TEST

/* T lookups in one table: one scatter in the gradient, and it is right. */
START_TEST(lookups_over_time_are_one_scatter)
{
	enum { STEPS = 40, ROWS = 9, WIDTH = 3 };
	double want[ROWS * WIDTH] = {0};
	tl_tape *tape = fresh_tape(TL_F64);
	tl_tensor table =
		tl_input_double(tape, tl_dims(ROWS, WIDTH), numbers(ROWS * WIDTH, 1, -4, 4));
	tl_tensor loss = tl_scalar(tape, 0);
	int32_t ids[STEPS][2];
	for (int t = 0; t < STEPS; t++) {
		for (int b = 0; b < 2; b++) {
			ids[t][b] = (int32_t)number_of(t, b, 0, ROWS);
			for (int j = 0; j < WIDTH; j++)
				want[ids[t][b] * WIDTH + j] += t;
		}
		tl_tensor rows = tl_embedding(table, tl_input_int(tape, tl_dims(2), ids[t]));
		loss = tl_add(loss, tl_scale(tl_sum(rows, TL_ALL), t));
	}
	int64_t before = tl_tape_node_count(tape);
	tl_tensor slope = tl_grad(loss, table);
	expect("gradient", slope, tl_dims(ROWS, WIDTH), want, 10);
	/* not a tensor of the table's size for each step, which would be added up */
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);
	tl_tape_print(tape, file);
	fclose(file);
	ck_assert_ptr_null(strstr(text, "add_n"));
	free(text);
	ck_assert_int_lt(tl_tape_node_count(tape), before + 10 * STEPS);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(elements_by_index)
{
	const tl_shape shape = tl_dims(3, 4, 2);
	double want[24], hot[24 * 5];
	for (int axis = -3; axis < 3; axis++)
		BOTH_TYPES(dtype)
		{
			tl_tape *tape = fresh_tape(dtype);
			int a = (axis + 3) % 3;
			const double *x = numbers(24, 1, -4, 4);
			tl_shape rest = {.rank = 2}, wide;
			for (int d = 0; d < 2; d++)
				rest.dim[d] = shape.dim[d + (d >= a)];
			const int32_t *index = integers(size_of(rest), (int32_t)shape.dim[a]);
			memset(hot, 0, sizeof hot);
			for (at c = {0}; more(&c, rest); next(&c, rest)) {
				int64_t i[4] = {0};
				for (int d = 0; d < 3; d++)
					i[d] = d == a ? index[c.n] : c.i[d - (d > a)];
				want[c.n] = x[offset_of(shape, i)];
				hot[c.n * 5 + index[c.n]] = 1;
			}
			tl_tensor chosen = tl_input_int(tape, rest, index);
			expect("select", tl_pick(tl_input_double(tape, shape, x), chosen, axis),
			       rest, want, 0);
			wide = tl_dims(rest.dim[0], rest.dim[1], 5);
			expect("one_hot", tl_one_hot(chosen, 5), wide, hot, 0);
			tl_tape_destroy(tape);
		}
}
END_TEST

START_TEST(an_index_out_of_range_is_said)
{
	static const int32_t wrong[] = {0, 1, 2, 3, -1, 0};
	tl_tape *tape = fresh_tape(TL_F32);
#define WRONG(SHAPE) tl_input_int(tape, SHAPE, wrong)
	expect_error(tl_embedding(tl_ones(tape, tl_dims(3, 2)), WRONG(tl_dims(2, 3))),
		     TL_ERROR_VALUE, "embedding: index 3 at [1,0] is not one of 3 rows");
	expect_error(tl_embedding(tl_ones(tape, tl_dims(4, 2)), WRONG(tl_dims(6))), TL_ERROR_VALUE,
		     "embedding: index -1 at [4] is not one of 4 rows");
	expect_error(tl_embedding(tl_zeros(tape, tl_dims(0, 2)), WRONG(TL_SCALAR)), TL_ERROR_VALUE,
		     "embedding: index 0 at [] is not one of 0 rows");
	expect_error(tl_segment_sum(tl_ones(tape, tl_dims(6, 2)), WRONG(tl_dims(6)), 3),
		     TL_ERROR_VALUE, "segment_sum: index 3 at [3] is not one of 3 rows");
	expect_error(tl_pick(tl_ones(tape, tl_dims(6, 2)), WRONG(tl_dims(6)), 1), TL_ERROR_VALUE,
		     "pick: index 2 at [2] is not one of 2 elements of the axis");
	expect_error(tl_one_hot(WRONG(tl_dims(6)), 3), TL_ERROR_VALUE,
		     "one_hot: index 3 at [3] is not one of 3 classes");

	tl_tensor x = tl_ones(tape, tl_dims(3, 2));
	expect_error(tl_embedding(x, x), TL_ERROR_TYPE, "embedding: operand 1 is not of integers");
	expect_error(tl_embedding(tl_ones(tape, TL_SCALAR), WRONG(tl_dims(2))), TL_ERROR_SHAPE,
		     "embedding: the table is one number");
	expect_error(tl_embedding(tl_ones(tape, tl_dims(2, 2, 2)), WRONG(tl_dims(1, 1, 1))),
		     TL_ERROR_SHAPE,
		     "embedding: rows of [2,2,2] by an index [1,1,1] would have rank 5");
	expect_error(tl_segment_sum(tl_ones(tape, tl_dims(3, 2)), WRONG(tl_dims(2)), 4),
		     TL_ERROR_SHAPE, "segment_sum: rows [3,2] do not go with an index [2]");
	expect_error(tl_segment_sum(tl_ones(tape, tl_dims(3, 2)), WRONG(tl_dims(3)), -1),
		     TL_ERROR_ARGUMENT, "segment_sum: into -1 rows");
	expect_error(tl_pick(tl_ones(tape, tl_dims(3, 2)), WRONG(tl_dims(2)), 1), TL_ERROR_SHAPE,
		     "pick: from [3,2] along axis 1 by an index [2]");
	expect_error(tl_one_hot(WRONG(tl_dims(2)), 0), TL_ERROR_ARGUMENT, "one_hot: of 0 classes");
	expect_error(tl_one_hot(WRONG(tl_dims(1, 1, 1, 1)), 2), TL_ERROR_SHAPE,
		     "one_hot: an index");
	tl_tape_destroy(tape);
}
END_TEST

/* Ops of a user's own join those of the library, however many there are. */
START_TEST(the_registry_grows)
{
	enum { MANY = 1000 };
	static tl_op own[MANY];
	static char name[MANY][16];
	const tl_op *tanh = tl_op_find("tanh");
	int before = tl_op_count();
	ck_assert_ptr_nonnull(tanh);
	for (int i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof name[i], "own%d", i);
		own[i] = *tanh;
		own[i].name = name[i];
		ck_assert_int_eq(tl_op_register(&own[i]), TL_OK);
		ck_assert_int_eq(tl_op_register(&own[i]), TL_ERROR_ARGUMENT);
	}
	ck_assert_int_eq(tl_op_count(), before + MANY);
	ck_assert_ptr_eq(tl_op_find("own777"), &own[777]);
	ck_assert_ptr_eq(tl_op_at(before + 999), &own[999]);
	ck_assert_ptr_null(tl_op_at(before + MANY));
	ck_assert_ptr_null(tl_op_at(-1));
	ck_assert_ptr_null(tl_op_find("own1000"));
	ck_assert_ptr_null(tl_op_find(NULL));
	ck_assert_int_eq(tl_op_register(tanh), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_op_register(NULL), TL_ERROR_ARGUMENT);
}
END_TEST

START_TEST(a_new_axis_of_size_1)
{
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		const double *x = numbers(6, 1, -2, 2);
		tl_tensor t = tl_input_double(tape, tl_dims(2, 3), x);
		expect("in front", tl_expand_dims(t, 0), tl_dims(1, 2, 3), x, 0);
		expect("between", tl_expand_dims(t, 1), tl_dims(2, 1, 3), x, 0);
		expect("last", tl_expand_dims(t, -1), tl_dims(2, 3, 1), x, 0);
		expect("last of all", tl_expand_dims(t, 2), tl_dims(2, 3, 1), x, 0);
		expect("first of all", tl_expand_dims(t, -3), tl_dims(1, 2, 3), x, 0);
		expect_error(tl_expand_dims(t, 3), TL_ERROR_SHAPE,
			     "expand_dims: axis 3 of a tensor of rank 2");
		t = tl_ones(tape, tl_dims(1, 1, 1, 1));
		expect_error(tl_expand_dims(t, 0), TL_ERROR_SHAPE,
			     "expand_dims: axis 0 of a tensor of rank 4");
		t = tl_input_double(tape, tl_dims(2, 3), x);
		tl_tensor all = tl_logsumexp(t, tl_keepdims(tl_axes(1)));
		ck_assert(tl_tensor_shape(all).rank == 2 && tl_tensor_dim(all, 0) == 2 &&
			  tl_tensor_dim(all, 1) == 1);
		tl_tape_destroy(tape);
	}
}
END_TEST

START_TEST(a_compound_is_called_not_applied)
{
	tl_tape *tape = fresh_tape(TL_F32);
	tl_tensor x = tl_ones(tape, tl_dims(2));
	const tl_op *mse = tl_op_find("mse");
	ck_assert_ptr_nonnull(mse);
	expect_error(tl_apply(mse, NULL, 2, (tl_tensor[]){x, x}), TL_ERROR_ARGUMENT,
		     "mse: it is made of other ops");
	tl_tape_destroy(tape);
}
END_TEST

SUITE("form", a_new_axis_of_size_1, permutations, broadcasts_and_their_undoing, slices,
      parts_and_joins, integers_are_moved_too, rows_from_and_into_a_table,
      lookups_over_time_are_one_scatter, elements_by_index, an_index_out_of_range_is_said,
      the_registry_grows, a_compound_is_called_not_applied)
