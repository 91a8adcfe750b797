/* CTC against every way to say a target, one by one; against PyTorch; reading. */
#include "values.h"

enum { T = 5, V = 3, WAYS = 243 }; /* V^T */

/* The reading of a way; its length. */
static int collapse(const int32_t *way, int steps, int32_t blank, int32_t *out)
{
	int n = 0;
	for (int t = 0; t < steps; t++)
		if (way[t] != blank && (!t || way[t] != way[t - 1]))
			out[n++] = way[t];
	return n;
}

static void way_of(int k, int steps, int32_t *way)
{
	for (int t = 0; t < steps; t++, k /= V)
		way[t] = k % V;
}

static double way_likelihood(const double *p, const int32_t *way, int steps)
{
	double product = 1;
	for (int t = 0; t < steps; t++)
		product *= p[t * V + way[t]];
	return product;
}

static void softmax_rows(const double *x, double *p)
{
	for (int t = 0; t < T; t++) {
		double sum = 0;
		for (int k = 0; k < V; k++)
			sum += p[t * V + k] = exp(x[t * V + k]);
		for (int k = 0; k < V; k++)
			p[t * V + k] /= sum;
	}
}

/* The likelihood of a target, and how much of it says k at step t. */
static double enumerate(const double *p, int steps, int32_t blank, const int32_t *target,
			int length, double *share)
{
	double all = 0;
	int ways = 1;
	for (int t = 0; t < steps; t++)
		ways *= V;
	memset(share, 0, T * V * sizeof *share);
	for (int k = 0; k < ways; k++) {
		int32_t way[T], said[T];
		way_of(k, steps, way);
		if (collapse(way, steps, blank, said) != length ||
		    memcmp(said, target, (size_t)length * sizeof *said))
			continue;
		double q = way_likelihood(p, way, steps);
		all += q;
		for (int t = 0; t < steps; t++)
			share[t * V + way[t]] += q;
	}
	return all;
}

START_TEST(loss_and_gradient_are_those_of_enumeration)
{
	static const struct {
		int32_t blank, steps, length, target[4];
	} cases[] = {
		{0, 5, 2, {1, 2}},       {0, 5, 2, {1, 1}}, {0, 5, 3, {1, 1, 2}},
		{0, 5, 3, {2, 2, 2}},    {0, 5, 0, {1}},    {2, 5, 2, {0, 1}},
		{1, 4, 2, {0, 0}},       {0, 1, 1, {2}},    {0, 0, 0, {1}},
		{0, 5, 4, {1, 2, 1, 2}},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int32_t steps = cases[i].steps, length = cases[i].length, blank = cases[i].blank;
		tl_tape *tape = fresh_tape(TL_F64);
		double *data = numbers(T * V, (int)i + 1, -2, 2), p[T * V], share[T * V];
		softmax_rows(data, p);
		double all = enumerate(p, steps, blank, cases[i].target, length, share);
		tl_tensor x = tl_input_double(tape, tl_dims(T, 1, V), data);
		tl_tensor y = tl_input_int(tape, tl_dims(1, 4), cases[i].target);
		tl_ctc_options o = {.input_lengths = tl_input_int(tape, tl_dims(1), &steps),
				    .target_lengths = tl_input_int(tape, tl_dims(1), &length),
				    .blank = blank};
		tl_tensor loss = tl_sum(tl_ctc_loss(x, y, &o), TL_ALL), slope = tl_grad(loss, x);
		assert_near(tl_item(loss), -log(all), 1e-12);
		assert_fine(tape);
		for (int k = 0; k < T * V; k++) {
			double used = k / V < steps ? p[k] - share[k] / all : 0;
			assert_near(tl_value_double(slope)[k], used, 1e-12);
		}
		tl_tape_destroy(tape);
	}
}
END_TEST

START_TEST(loss_and_gradient_are_those_of_pytorch)
{
	enum { STEPS = 30, B = 4, CLASSES = 7, L = 10 };
	static const int32_t steps[B] = {30, 25, 12, 1}, lengths[B] = {10, 7, 3, 0};
	char path[1024];
	snprintf(path, sizeof path, "%s/tests/fixtures/ctc.txt",
		 getenv("TL_SOURCE") ? getenv("TL_SOURCE") : ".");
	FILE *file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	int32_t target[B * L];
	for (int i = 0; i < B * L; i++)
		target[i] = 1 + (int32_t)number_of(2, i, 0, 6);
	tl_tape *tape = fresh_tape(TL_F64);
	tl_tensor x = tl_input_double(tape, tl_dims(STEPS, B, CLASSES),
				      numbers(STEPS * B * CLASSES, 1, -3, 3));
	tl_ctc_options o = {.input_lengths = tl_input_int(tape, tl_dims(B), steps),
			    .target_lengths = tl_input_int(tape, tl_dims(B), lengths)};
	tl_tensor loss = tl_ctc_loss(x, tl_input_int(tape, tl_dims(B, L), target), &o);
	tl_tensor w = tl_constant(tape, tl_dims(B), (const float[]){1, 2, 3, 4});
	tl_tensor slope = tl_grad(tl_sum(tl_mul(loss, w), TL_ALL), x);
	assert_fine(tape);
	for (int i = 0; i < B + STEPS * B * CLASSES; i++) {
		double want;
		ck_assert_int_eq(fscanf(file, "%lf", &want), 1);
		assert_near(i < B ? tl_value_double(loss)[i] : tl_value_double(slope)[i - B], want,
			    1e-10);
	}
	fclose(file);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(what_cannot_be_said_is_reported)
{
	static const struct {
		int32_t steps, length, target[3];
		const char *words;
	} cases[] = {
		{3, 2, {1, 1, 0}, NULL},
		{2, 2, {1, 1, 0}, "row 1: its target cannot be said"},
		{0, 1, {1, 0, 0}, "row 1: its target cannot be said"},
		{5, 2, {1, 0, 0}, "the blank or no class"},
		{5, 2, {1, 7, 0}, "the blank or no class"},
		{6, 1, {1, 0, 0}, "out of range"},
		{5, 4, {1, 1, 1}, "out of range"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		tl_tape *tape = fresh_tape(TL_F32);
		int32_t steps[2] = {5, cases[i].steps}, lengths[2] = {1, cases[i].length};
		int32_t target[6] = {2, 1, 1};
		memcpy(target + 3, cases[i].target, sizeof cases[i].target);
		tl_tensor x = tl_zeros(tape, tl_dims(T, 2, V));
		tl_ctc_options o = {.input_lengths = tl_input_int(tape, tl_dims(2), steps),
				    .target_lengths = tl_input_int(tape, tl_dims(2), lengths)};
		tl_tensor loss = tl_ctc_loss(x, tl_input_int(tape, tl_dims(2, 3), target), &o);
		tl_value(loss);
		if (!cases[i].words)
			assert_fine(tape);
		else
			ck_assert_msg(tl_tape_error(tape) &&
					      strstr(tl_tape_error(tape), cases[i].words),
				      "%s", tl_tape_error(tape));
		tl_tape_destroy(tape);
	}
	tl_tape *tape = fresh_tape(TL_F32);
	tl_ctc_loss(tl_zeros(tape, tl_dims(T, 2, V)), tl_zeros(tape, tl_dims(2, 1)), NULL);
	ck_assert_int_eq(tl_tape_status(tape), TL_ERROR_TYPE);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(the_likeliest_way_is_read)
{
	static const int32_t way[T] = {1, 1, 0, 1, 2}, steps[2] = {5, 2};
	tl_tape *tape = fresh_tape(TL_F32);
	float data[T * 2 * V] = {0};
	for (int t = 0; t < T; t++)
		data[(t * 2) * V + way[t]] = data[(t * 2 + 1) * V + way[t]] = 1;
	tl_tensor x = tl_constant(tape, tl_dims(T, 2, V), data);
	int32_t symbols[2 * T], lengths[2];
	ck_assert_int_eq(tl_ctc_greedy_decode(x, steps, 0, symbols, lengths), TL_OK);
	ck_assert(lengths[0] == 3 && symbols[0] == 1 && symbols[1] == 1 && symbols[2] == 2);
	ck_assert(lengths[1] == 1 && symbols[T] == 1);
	tl_tape_destroy(tape);
}
END_TEST

/* The sum over ways of each reading, and the largest of these sums. */
static double best_reading(const double *p, int32_t *best, int *length)
{
	double most = 0, share[T * V];
	for (int k = 0; k < WAYS; k++) {
		int32_t way[T], said[T];
		way_of(k, T, way);
		int n = collapse(way, T, 0, said);
		double all = enumerate(p, T, 0, said, n, share);
		if (all > most) {
			most = all;
			*length = n;
			memcpy(best, said, sizeof said);
		}
	}
	return most;
}

START_TEST(the_likeliest_reading_is_found)
{
	int differ = 0;
	for (int seed = 0; seed < 12; seed++) {
		tl_tape *tape = fresh_tape(seed % 2 ? TL_F64 : TL_F32);
		double *data = numbers(T * V, 100 + seed, -1, 1), p[T * V], found;
		int32_t want[T], symbols[T], lengths, way[T], way_length;
		int length = 0;
		softmax_rows(data, p);
		double most = best_reading(p, want, &length);
		tl_tensor x = tl_input_double(tape, tl_dims(T, 1, V), data);
		tl_ctc_beam_search(x, NULL, 0, 100, symbols, &lengths, &found);
		tl_ctc_greedy_decode(x, NULL, 0, way, &way_length);
		assert_fine(tape);
		ck_assert_int_eq(lengths, length);
		ck_assert(!memcmp(symbols, want, (size_t)length * sizeof *want));
		assert_near(found, log(most), 1e-6);
		differ += way_length != lengths;
		tl_tape_destroy(tape);
	}
	ck_assert_int_gt(differ, 0); /* or the test would not tell the two apart */
}
END_TEST

SUITE("ctc", loss_and_gradient_are_those_of_enumeration, loss_and_gradient_are_those_of_pytorch,
      what_cannot_be_said_is_reported, the_likeliest_way_is_read, the_likeliest_reading_is_found)
