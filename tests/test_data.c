/* Sources of batches in memory: each number comes from where it should, whatever was asked before;
 * what options cannot mean is refused in words. */
#include "counting.h"
#include "suite.h"

#include <tapeloop/train.h>

enum { EXAMPLES = 37, LONGEST = 41, WIDTH = 2 };

/* Number k of step t of example e, as an input and as a target. */
static float in_of(int64_t e, int64_t t, int64_t k)
{
	return (float)(1000 * (e + 1) + 10 * t + k);
}

static int32_t out_of(int64_t e, int64_t t)
{
	return (int32_t)(100 * (e + 1) + t);
}

static struct {
	float in[EXAMPLES][LONGEST][WIDTH];
	int32_t out[EXAMPLES][LONGEST], class_of[EXAMPLES];
	float weights[EXAMPLES];
	const void *each_in[EXAMPLES], *each_out[EXAMPLES];
	int64_t lengths[EXAMPLES], out_lengths[EXAMPLES];
} data;

static void prepare(void)
{
	for (int64_t e = 0; e < EXAMPLES; e++) {
		data.lengths[e] = 1 + e * 17 % LONGEST;
		data.out_lengths[e] = e * 5 % 9;
		data.each_in[e] = data.in[e];
		data.each_out[e] = data.out[e];
		data.class_of[e] = (int32_t)e % 3;
		data.weights[e] = (float)e / 4;
		for (int64_t t = 0; t < LONGEST; t++) {
			data.out[e][t] = out_of(e, t);
			for (int64_t k = 0; k < WIDTH; k++)
				data.in[e][t][k] = in_of(e, t, k);
		}
	}
}

static tl_sequences_options sequences(void)
{
	prepare();
	return (tl_sequences_options){
		.count = EXAMPLES,
		.input = {.each = data.each_in, .shape = tl_dims(WIDTH), .lengths = data.lengths},
		.target = {.each = data.each_out, .dtype = TL_I32, .steps = TL_STEPS_OF_INPUT},
		.rows = 8,
		.seed = 3};
}

static tl_batches *made(tl_batches *s, const tl_error *e)
{
	ck_assert_msg(s, "%s", e->text);
	return s;
}

static tl_batches *source_of(tl_sequences_options o)
{
	tl_error e = {TL_OK, ""};
	return made(tl_batches_of_sequences(&o, &e), &e);
}

static void filled(tl_batches *s, int64_t epoch, int64_t index, tl_batch *b)
{
	tl_error e = {TL_OK, ""};
	ck_assert_msg(!tl_batches_fill(s, epoch, index, b, &e), "%s", e.text);
}

static int32_t int_at(const tl_array *a, int64_t i)
{
	return ((const int32_t *)a->data)[i];
}

static float float_at(const tl_array *a, int64_t i)
{
	return ((const float *)a->data)[i];
}

/* The rows of such a batch, against the data; each example is counted. */
static void check_rows(const tl_batch *b, bool lengths, int *seen)
{
	int64_t steps = b->input.shape.dim[0], rows = b->rows;
	ck_assert_int_eq(b->input.shape.dim[1], rows);
	ck_assert(b->input_has_steps && b->target_has_steps);
	for (int64_t r = 0; r < rows; r++) {
		int64_t e = b->example[r], n = lengths ? data.lengths[e] : LONGEST;
		seen[e]++;
		if (lengths)
			ck_assert_int_eq(int_at(&b->lengths, r), n);
		for (int64_t t = 0; t < steps; t++) {
			int64_t at = t * rows + r;
			bool inside = t < n;
			for (int64_t k = 0; k < WIDTH; k++)
				assert_quick(float_at(&b->input, at * WIDTH + k) ==
						     (inside ? in_of(e, t, k) : 0),
					     "input %d %d", (int)t, (int)r);
			assert_quick(int_at(&b->target, at) == (inside ? out_of(e, t) : 0),
				     "target");
			if (lengths)
				assert_quick(float_at(&b->weights, at) == inside, "weights");
		}
	}
}

START_TEST(examples_are_padded_and_turned)
{
	tl_batches *s = source_of(sequences());
	tl_batch *b = tl_batch_create();
	int64_t first[2] = {-1, -1}, padded = 0, used = 0;
	ck_assert_int_eq(tl_batches_count(s, 0), 5);
	for (int64_t epoch = 0; epoch < 2; epoch++) {
		int seen[EXAMPLES] = {0};
		for (int64_t i = 0; i < 5; i++) {
			filled(s, epoch, i, b);
			check_rows(b, true, seen);
			int64_t steps = b->input.shape.dim[0];
			ck_assert(steps % 16 == 0 || steps == LONGEST); /* few shapes */
			padded += steps * b->rows;
			first[epoch] = first[epoch] < 0 ? b->example[0] : first[epoch];
		}
		for (int e = 0; e < EXAMPLES; e++) {
			ck_assert_int_eq(seen[e], 1);
			used += data.lengths[e];
		}
	}
	ck_assert_int_ne(first[0], first[1]);
	ck_assert_msg(used * 10 > padded * 6, "%d of %d steps are used", (int)used, (int)padded);
	tl_batch_destroy(b);
	tl_batches_destroy(s);
}
END_TEST

START_TEST(a_batch_follows_from_its_numbers)
{
	tl_batches *s = source_of(sequences()), *again = source_of(sequences());
	tl_batch *a = tl_batch_create(), *b = tl_batch_create();
	for (int64_t i = 0; i < 5; i++) {
		filled(again, 5, i, b); /* another epoch in between */
		filled(again, 2, 4 - i, b);
		filled(s, 2, 4 - i, a);
		ck_assert_int_eq(a->rows, b->rows);
		ck_assert_mem_eq(a->example, b->example, (size_t)a->rows * 8);
		ck_assert_int_eq(a->input.size, b->input.size);
		ck_assert_mem_eq(a->input.data, b->input.data, (size_t)a->input.size * 4);
	}
	tl_batches_destroy(again);
	tl_sequences_options o = sequences();
	o.seed = 4;
	again = source_of(o);
	int same = 0;
	for (int64_t i = 0; i < 5; i++) { /* the order is another */
		filled(again, 2, i, b);
		filled(s, 2, i, a);
		same += a->rows == b->rows && !memcmp(a->example, b->example, (size_t)a->rows * 8);
	}
	ck_assert_int_le(same, 1);
	tl_batch_destroy(a);
	tl_batch_destroy(b);
	tl_batches_destroy(s);
	tl_batches_destroy(again);
}
END_TEST

START_TEST(data_with_the_example_first_in_one_array)
{
	tl_sequences_options o = sequences();
	o.input = (tl_sequences){.data = data.in, .shape = tl_dims(WIDTH), .steps = LONGEST};
	o.target = (tl_sequences){.data = data.out, .dtype = TL_I32, .steps = TL_STEPS_OF_INPUT};
	for (int with_lengths = 0; with_lengths < 2; with_lengths++) {
		int seen[EXAMPLES] = {0};
		o.input.lengths = with_lengths ? data.lengths : NULL;
		tl_batches *s = source_of(o);
		tl_batch *b = tl_batch_create();
		for (int64_t i = 0; i < tl_batches_count(s, 1); i++) {
			filled(s, 1, i, b);
			check_rows(b, with_lengths, seen);
			/* without padding there is nothing to say of it */
			ck_assert(!b->lengths.size == !with_lengths);
			ck_assert(!b->weights.size == !with_lengths);
			ck_assert(!b->target_lengths.size);
		}
		for (int e = 0; e < EXAMPLES; e++)
			ck_assert_int_eq(seen[e], 1);
		tl_batch_destroy(b);
		tl_batches_destroy(s);
	}
}
END_TEST

START_TEST(one_target_an_example)
{
	tl_sequences_options o = sequences();
	o.target = (tl_sequences){.data = data.class_of, .dtype = TL_I32};
	o.weights = data.weights;
	o.in_order = true;
	tl_batches *s = source_of(o);
	tl_batch *b = tl_batch_create();
	filled(s, 9, 4, b);
	ck_assert_int_eq(b->rows, 5);
	ck_assert(!b->target_has_steps);
	ck_assert_int_eq(b->target.shape.rank, 1);
	ck_assert_int_eq(b->weights.size, 5);
	for (int r = 0; r < 5; r++) {
		ck_assert_int_eq(b->example[r], 32 + r);
		ck_assert_int_eq(int_at(&b->target, r), (32 + r) % 3);
		ck_assert_float_eq(float_at(&b->weights, r), (float)(32 + r) / 4);
	}
	tl_batches_destroy(s);
	o.target = o.input; /* nothing is known of a single step but its numbers */
	o.input = (tl_sequences){.data = data.in, .shape = tl_dims(LONGEST, WIDTH)};
	o.target = (tl_sequences){0};
	s = source_of(o);
	filled(s, 0, 0, b);
	ck_assert(!b->input_has_steps);
	ck_assert_int_eq(b->input.shape.rank, 3);
	ck_assert_int_eq(b->input.shape.dim[0], 8);
	ck_assert_mem_eq(b->input.data, data.in, sizeof *data.in * 8);
	ck_assert_int_eq(b->target.size, 0);
	tl_batch_destroy(b);
	tl_batches_destroy(s);
}
END_TEST

START_TEST(targets_with_lengths_of_their_own)
{
	for (int rows_first = 0; rows_first < 2; rows_first++) {
		tl_sequences_options o = sequences();
		o.target = (tl_sequences){.data = data.out,
					  .dtype = TL_I32,
					  .steps = LONGEST,
					  .lengths = data.out_lengths,
					  .padding = -7,
					  .rows_first = rows_first};
		o.round = 4;
		tl_batches *s = source_of(o);
		tl_batch *b = tl_batch_create();
		for (int64_t i = 0; i < 5; i++) {
			filled(s, 0, i, b);
			int64_t steps = b->target.shape.dim[rows_first], rows = b->rows;
			ck_assert_int_eq(b->target.shape.dim[!rows_first], rows);
			ck_assert_int_eq(b->target_has_steps, !rows_first);
			ck_assert(steps == 4 || steps == 8);
			for (int64_t r = 0; r < rows; r++) {
				int64_t e = b->example[r], n = data.out_lengths[e];
				ck_assert_int_eq(int_at(&b->target_lengths, r), n);
				for (int64_t t = 0; t < steps; t++) {
					int64_t at = rows_first ? r * steps + t : t * rows + r;
					ck_assert_int_eq(int_at(&b->target, at),
							 t < n ? out_of(e, t) : -7);
					ck_assert_float_eq(float_at(&b->weights, at), t < n);
				}
			}
		}
		tl_batch_destroy(b);
		tl_batches_destroy(s);
	}
}
END_TEST

START_TEST(a_choice_of_examples)
{
	static const int64_t choice[] = {5, 30, 2, 2, 17, 8, 9};
	tl_sequences_options o = sequences();
	o.choice = choice;
	o.choices = 7;
	o.rows = 3;
	o.in_order = true;
	tl_batches *s = source_of(o);
	tl_batch *b = tl_batch_create();
	for (int64_t i = 0; i < 3; i++) {
		filled(s, 0, i, b);
		ck_assert_mem_eq(b->example, choice + 3 * i, (size_t)b->rows * 8);
	}
	ck_assert_int_eq(b->rows, 1);
	tl_batches_destroy(s);
	o.in_order = false;
	o.drop_last = true;
	s = source_of(o);
	int seen[EXAMPLES] = {0};
	ck_assert_int_eq(tl_batches_count(s, 0), 2);
	for (int64_t epoch = 0; epoch < 20; epoch++)
		for (int64_t i = 0; i < 2; i++) {
			filled(s, epoch, i, b);
			ck_assert_int_eq(b->rows, 3);
			check_rows(b, true, seen);
		}
	for (int k = 0; k < 7; k++) /* which one is left out changes */
		ck_assert_int_ge(seen[choice[k]], 10);
	tl_batch_destroy(b);
	tl_batches_destroy(s);
}
END_TEST

START_TEST(a_stream_goes_on_from_batch_to_batch)
{
	enum { LENGTH = 1000, ROWS = 3, STEPS = 20 };
	int32_t text[LENGTH];
	for (int i = 0; i < LENGTH; i++)
		text[i] = i;
	tl_error e = {TL_OK, ""};
	tl_batches *s =
		made(tl_batches_of_stream(tl_array_of(text, TL_I32, tl_dims(LENGTH)),
					  &(tl_stream_options){.rows = ROWS, .steps = STEPS}, &e),
		     &e);
	tl_batch *b = tl_batch_create();
	int64_t stretch = (LENGTH - 1) / ROWS;
	ck_assert_int_eq(tl_batches_count(s, 0), stretch / STEPS);
	for (int64_t i = stretch / STEPS; i-- > 0;) {
		filled(s, i % 2, i, b);
		ck_assert_int_eq(b->begins, i == 0);
		for (int64_t t = 0; t < STEPS; t++)
			for (int64_t r = 0; r < ROWS; r++) {
				int64_t at = r * stretch + i * STEPS + t;
				ck_assert_int_eq(int_at(&b->input, t * ROWS + r), at);
				ck_assert_int_eq(int_at(&b->target, t * ROWS + r), at + 1);
			}
	}
	tl_batches_destroy(s);
	double pair[50][2], sum[50];
	for (int i = 0; i < 50; i++)
		pair[i][0] = i, pair[i][1] = -i, sum[i] = i + 0.5;
	tl_stream_options o = {
		.rows = 2, .steps = 5, .target = tl_array_of(sum, TL_F64, tl_dims(50))};
	s = made(tl_batches_of_stream(tl_array_of(pair, TL_F64, tl_dims(50, 2)), &o, &e), &e);
	ck_assert_int_eq(tl_batches_count(s, 0), 5);
	filled(s, 0, 4, b);
	ck_assert_int_eq(b->input.dtype, TL_F32);
	ck_assert_int_eq(b->input.shape.rank, 3);
	ck_assert_float_eq(float_at(&b->input, (4 * 2 + 1) * 2 + 1), -49);
	ck_assert_float_eq(float_at(&b->target, 4 * 2 + 1), 49.5f);
	tl_batch_destroy(b);
	tl_batches_destroy(s);
}
END_TEST

START_TEST(windows_of_a_series)
{
	enum { LENGTH = 60, COLUMNS = 3 };
	double series[LENGTH][COLUMNS];
	for (int t = 0; t < LENGTH; t++)
		for (int k = 0; k < COLUMNS; k++)
			series[t][k] = 10 * t + k;
	tl_error e = {TL_OK, ""};
	tl_array all = tl_array_of(series, TL_F64, tl_dims(LENGTH, COLUMNS));
	tl_windows_options o = {.steps = 6,
				.horizon = 2,
				.targets = (int[]){2, 0},
				.target_count = 2,
				.range = {10, 40},
				.rows = 4};
	for (int every = 0; every < 2; every++) {
		int seen[LENGTH] = {0};
		o.every_step = every;
		tl_batches *s = made(tl_batches_of_windows(all, &o, &e), &e);
		tl_batch *b = tl_batch_create();
		for (int64_t i = 0; i < tl_batches_count(s, 3); i++) {
			filled(s, 3, i, b);
			for (int64_t r = 0; r < b->rows; r++) {
				int64_t at = b->example[r];
				seen[at]++;
				for (int64_t t = 0; t < 6; t++) {
					int64_t to = t * b->rows + r;
					for (int k = 0; k < COLUMNS; k++)
						ck_assert_float_eq(
							float_at(&b->input, to * COLUMNS + k),
							(float)series[at + t][k]);
					if (!every && t < 5)
						continue;
					to = every ? to : r;
					for (int h = 0; h < 2; h++)
						for (int k = 0; k < 2; k++)
							ck_assert_float_eq(
								float_at(&b->target,
									 to * 4 + 2 * h + k),
								(float)series[at + t + 1 + h]
									     [k ? 0 : 2]);
				}
			}
		}
		for (int t = 0; t < LENGTH; t++) /* from 10 to 49, all of a window and its target */
			ck_assert_int_eq(seen[t], t >= 10 && t <= 42);
		tl_batch_destroy(b);
		tl_batches_destroy(s);
	}
}
END_TEST

START_TEST(parts_follow_one_another)
{
	tl_range part[3];
	ck_assert_int_eq(tl_ranges_split(1000, 3, (double[]){0.8, 0.1, 0.1}, part), TL_OK);
	ck_assert_int_eq(part[0].count, 800);
	ck_assert_int_eq(part[1].first, 800);
	ck_assert_int_eq(part[1].count, 100);
	ck_assert_int_eq(part[2].first + part[2].count, 1000);
	ck_assert_int_eq(tl_ranges_split(7, 2, (double[]){0.5, 0.5}, part), TL_OK);
	ck_assert_int_eq(part[0].count + part[1].count, 7);
	ck_assert_int_eq(tl_ranges_split(7, 2, (double[]){0.5, 0.4}, part), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_ranges_split(7, 2, (double[]){0.9, 0.2}, part), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_ranges_split(7, 2, (double[]){1.5, -0.5}, part), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_ranges_split(3, 2, (double[]){0.01, 0.99}, part), TL_ERROR_ARGUMENT);
}
END_TEST

static void refused(const tl_sequences_options *o, const char *words)
{
	tl_error e = {TL_OK, ""};
	ck_assert_ptr_null(tl_batches_of_sequences(o, &e));
	ck_assert_int_ne(e.status, TL_OK);
	ck_assert_str_eq(e.text, words);
}

START_TEST(what_examples_cannot_be_is_refused)
{
	tl_sequences_options o = sequences();
	data.lengths[7] = 0;
	refused(&o, "sequences: the input of example 7 has 0 steps, not 1 to 2147483647");
	prepare();
	o.input.steps = 40;
	refused(&o, "sequences: the input of example 12 has 41 steps, not 1 to 40");
	o.input.steps = 0;
	data.each_out[3] = NULL;
	refused(&o, "sequences: the target of example 3 is NULL");
	prepare();
	o.input.data = data.in;
	refused(&o, "sequences: the input has data, and an array for each example too");
	o.input.each = NULL;
	refused(&o, "sequences: in the data of the input, how many steps lie between two examples? "
		    "(.steps)");
	o = sequences();
	o.choice = (int64_t[]){1, 37};
	o.choices = 2;
	refused(&o, "sequences: choice 1 is example 37, and there are 37");
	o = sequences();
	o.input.shape = tl_dims(1, 1, 1);
	refused(&o, "sequences: the input has an invalid type or shape of a step; with rows and "
		    "steps, an array has at most 4 axes");
	o = sequences();
	o.rows = 38;
	o.drop_last = true;
	refused(&o, "sequences: 37 examples fill no batch of 38 rows");
	o = sequences();
	o.input.each = NULL;
	o.target.each = NULL;
	refused(&o, "sequences: there is no input");
	o = sequences();
	o.target.lengths = data.lengths;
	refused(&o, "sequences: TL_STEPS_OF_INPUT is for targets without lengths and rows_first of "
		    "their own, of an input with steps");
	refused(NULL, "sequences: there are no options");
	refused(&(tl_sequences_options){0}, "sequences: there are no examples");
	o = sequences();
	o.round = -1;
	refused(&o, "sequences: rows, round and sort_over are 1 or more");
}
END_TEST

START_TEST(what_series_cannot_be_is_refused)
{
	float x[20] = {0};
	int32_t ids[20] = {0};
	tl_array a = tl_array_of(x, TL_F32, tl_dims(10, 2)),
		 i = tl_array_of(ids, TL_I32, tl_dims(20));
	struct {
		tl_array series;
		tl_windows_options windows;
		const char *words;
	} wrong[] = {
		{i,
		 {0},
		 "windows: a series is an array of real numbers, [times] or [times, columns]"},
		{a, {0}, "windows: 10 rows are too few for 32 steps and 1 more"},
		{a, {.steps = 10}, "windows: 10 rows are too few for 10 steps and 1 more"},
		{a,
		 {.steps = INT64_MAX},
		 "windows: 10 rows are too few for 9223372036854775807 steps and 1 more"},
		{a,
		 {.steps = 3, .range = {8, 3}},
		 "windows: rows 8 to 10 are no range of a series of 10"},
		{a,
		 {.steps = 3, .targets = (int[]){2}, .target_count = 1},
		 "windows: there is no column 2, but 2 from 0 on"},
		{a,
		 {.steps = 3, .target_count = 1},
		 "windows: targets and target_count belong together"},
		{a,
		 {.steps = 3, .stride = -1},
		 "windows: steps, horizon, stride and rows are 1 or more, and dtype TL_F32 or "
		 "TL_F64"},
		{a, {.steps = 3, .drop_last = true}, "windows: 7 fill no batch of 32 rows"},
	};
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
		tl_error e = {TL_OK, ""};
		ck_assert_ptr_null(tl_batches_of_windows(wrong[k].series, &wrong[k].windows, &e));
		ck_assert_str_eq(e.text, wrong[k].words);
	}
	struct {
		tl_array stream;
		tl_stream_options o;
		const char *words;
	} bad[] = {
		{{0},
		 {0},
		 "stream: it is an array of [steps] or [steps, ...], and so is its target"},
		{i, {0}, "stream: 20 steps are too few for 32 rows of 64"},
		{i, {.rows = 2, .steps = 10}, "stream: 20 steps are too few for 2 rows of 10"},
		{i, {.ahead = 30}, "stream: 20 steps are too few for 32 rows of 64"},
		{i, {.target = a}, "stream: it has 20 steps, and its target 10"},
		{i,
		 {.target = i, .ahead = 1},
		 "stream: ahead has no effect on a target of its own"},
		{i,
		 {.rows = -1},
		 "stream: rows, steps and ahead are 1 or more, and dtype TL_F32 or TL_F64"},
	};
	for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
		tl_error e = {TL_OK, ""};
		ck_assert_ptr_null(tl_batches_of_stream(bad[k].stream, &bad[k].o, &e));
		ck_assert_str_eq(e.text, bad[k].words);
	}
}
END_TEST

/* All that is made and filled here; false if memory was short. */
static bool all_made(void)
{
	float x[100] = {0};
	tl_sequences_options o = sequences();
	o.target = (tl_sequences){
		.data = data.out, .dtype = TL_I32, .steps = LONGEST, .lengths = data.out_lengths};
	tl_batches *s[] = {tl_batches_of_sequences(&o, NULL),
			   tl_batches_of_stream(tl_array_of(x, TL_F32, tl_dims(100)),
						&(tl_stream_options){.rows = 2, .steps = 5}, NULL),
			   tl_batches_of_windows(tl_array_of(x, TL_F32, tl_dims(100)), NULL, NULL)};
	tl_batch *b = tl_batch_create();
	bool fine = b;
	for (int i = 0; i < 3; i++) {
		tl_status status = s[i] ? tl_batches_fill(s[i], 0, 0, b, NULL) : TL_ERROR_MEMORY;
		fine = fine && !status;
		tl_batches_destroy(s[i]);
	}
	tl_batch_destroy(b);
	return fine;
}

START_TEST(memory_may_run_short_anywhere)
{
	counting c;
	counting_start(&c);
	int64_t fail_at = 0;
	do {
		c = (counting){.fail_at = ++fail_at};
		bool fine = all_made();
		ck_assert_int_eq(fine, c.calls < fail_at);
		ck_assert_int_eq(c.blocks, 0);
	} while (c.calls >= fail_at);
	ck_assert_int_gt(fail_at, 10);
	counting_stop();
}
END_TEST

SUITE("data", examples_are_padded_and_turned, a_batch_follows_from_its_numbers,
      data_with_the_example_first_in_one_array, one_target_an_example,
      targets_with_lengths_of_their_own, a_choice_of_examples, a_stream_goes_on_from_batch_to_batch,
      windows_of_a_series, parts_follow_one_another, what_examples_cannot_be_is_refused,
      what_series_cannot_be_is_refused, memory_may_run_short_anywhere)
