/* Metrics, against numbers of other programs (BLEU: NLTK 3.8), of textbooks and of plain loops. */
#include "counting.h"
#include "suite.h"

#include <tapeloop/train.h>

START_TEST(accuracy_is_the_share_that_is_right)
{
	static const int32_t said[] = {1, 2, 0, 1}, meant[] = {1, 0, 0, 2};
	static const float weights[] = {1, 1, 0.5f, 0};
	static const float scores[] = {0, 2, 2, 0, 1, 3, 5, 5, 1, -1, -2, -3};
	tl_accuracy a = {0};
	ck_assert(isnan(tl_accuracy_value(&a)));
	tl_accuracy_add(&a, said, meant, NULL, 4);
	ck_assert_double_eq(tl_accuracy_value(&a), 0.5);
	a = (tl_accuracy){0};
	tl_accuracy_add(&a, said, meant, weights, 2);
	tl_accuracy_add(&a, said + 2, meant + 2, weights + 2, 2);
	ck_assert_double_eq(tl_accuracy_value(&a), 1.5 / 2.5);
	a = (tl_accuracy){0};
	tl_accuracy_add_scores(&a, scores, 3, (int32_t[]){1, 2, 0, 1}, NULL, 4);
	ck_assert_double_eq(tl_accuracy_value(&a), 0.75);
}
END_TEST

START_TEST(confusion_and_f1)
{
	/* Of class 0: 2 right, 1 said wrongly, 1 missed: precision and recall 2/3. Of class 1: 1
	 * right, 1 said wrongly, 2 missed: 1/2 and 1/3. Class 2 is never right. */
	static const int32_t meant[] = {0, 0, 0, 1, 1, 1, 2},
			     said[] = {0, 0, 1, 1, 0, 2, 2 - 2 + 1};
	int64_t counts[9] = {0};
	ck_assert_int_eq(tl_confusion_add(counts, 3, said, meant, 7), TL_OK);
	ck_assert_int_eq(counts[0 * 3 + 0], 2);
	ck_assert_int_eq(counts[1 * 3 + 2], 1);
	ck_assert_int_eq(counts[2 * 3 + 1], 1);
	assert_near(tl_confusion_f1(counts, 3, 0), 2.0 / 3, 1e-15);
	assert_near(tl_confusion_f1(counts, 3, 1), 2 * (1.0 / 3) * (1.0 / 3) / (2.0 / 3), 1e-15);
	ck_assert_double_eq(tl_confusion_f1(counts, 3, 2), 0);
	assert_near(tl_confusion_macro_f1(counts, 3), (2.0 / 3 + 1.0 / 3) / 3, 1e-15);
	ck_assert_int_eq(tl_confusion_add(counts, 3, (int32_t[]){0, 3}, meant, 2), TL_ERROR_VALUE);
	ck_assert_int_eq(tl_confusion_add(counts, 3, said, (int32_t[]){-1}, 1), TL_ERROR_VALUE);
	ck_assert_int_eq(counts[0], 2);
	ck_assert(isnan(tl_confusion_f1(counts, 3, 3)));
}
END_TEST

START_TEST(what_a_loss_says_of_text)
{
	assert_near(tl_perplexity(log(7)), 7, 1e-14);
	assert_near(tl_bits_per_character(log(2), 10, 10), 1, 1e-15);
	assert_near(tl_bits_per_character(log(256), 100, 400), 2, 1e-14); /* words of 4 letters */
	ck_assert(isnan(tl_bits_per_character(1, 0, 10)));
}
END_TEST

START_TEST(errors_of_regression)
{
	enum { N = 1000 };
	double y[N], t[N], mean = 0, squares = 0, spread = 0;
	float yf[N], tf[N];
	tl_random random = {.seed = 8};
	for (int i = 0; i < N; i++) {
		t[i] = 1e6 + tl_random_normal(&random); /* a mean far from 0 */
		y[i] = t[i] + 0.3 * tl_random_normal(&random);
		yf[i] = (float)(i % 7), tf[i] = (float)(i % 5);
		mean += t[i] / N;
	}
	for (int i = 0; i < N; i++) {
		squares += (y[i] - t[i]) * (y[i] - t[i]);
		spread += (t[i] - mean) * (t[i] - mean);
	}
	tl_regression r = {0};
	ck_assert(isnan(tl_regression_rmse(&r)) && isnan(tl_regression_nrmse(&r)));
	tl_regression_add_double(&r, y, t, N / 3);
	tl_regression_add_double(&r, y + N / 3, t + N / 3, N - N / 3);
	assert_near(tl_regression_rmse(&r), sqrt(squares / N), 1e-12);
	assert_near(tl_regression_nrmse(&r), sqrt(squares / spread), 1e-7);
	r = (tl_regression){0};
	for (int i = 0; i < N; i++)
		y[i] = 2;
	tl_regression_add(&r, yf, tf, N);
	/* of t = 0 ... 4, each as often: mean 2, variance 2 */
	assert_near(tl_regression_nrmse(&r), tl_regression_rmse(&r) / sqrt(2), 1e-12);
	tl_regression same = {0};
	for (int i = 0; i < N; i++)
		yf[i] = 2;
	tl_regression_add(&same, yf, tf, N);
	assert_near(tl_regression_nrmse(&same), 1, 1e-12);
}
END_TEST

static int64_t distance(const char *a, const char *b)
{
	int32_t x[20], y[20];
	for (size_t i = 0; i < strlen(a); i++)
		x[i] = a[i];
	for (size_t i = 0; i < strlen(b); i++)
		y[i] = b[i];
	return tl_edit_distance(x, (int64_t)strlen(a), y, (int64_t)strlen(b));
}

START_TEST(edit_distances)
{
	ck_assert_int_eq(distance("kitten", "sitting"), 3);
	ck_assert_int_eq(distance("saturday", "sunday"), 3);
	ck_assert_int_eq(distance("intention", "execution"), 5);
	ck_assert_int_eq(distance("", "abc"), 3);
	ck_assert_int_eq(distance("abc", ""), 3);
	ck_assert_int_eq(distance("", ""), 0);
	ck_assert_int_eq(distance("abc", "abc"), 0);
	ck_assert_int_eq(tl_edit_distance(NULL, 1, NULL, 0), -1);
	ck_assert_int_eq(tl_edit_distance(NULL, 0, NULL, -1), -1);
	tl_error_rate r = {0};
	ck_assert(isnan(tl_error_rate_value(&r)));
	ck_assert_int_eq(tl_error_rate_add(&r, (int32_t[]){1, 2, 3}, 3, (int32_t[]){1, 3}, 2),
			 TL_OK);
	ck_assert_int_eq(tl_error_rate_add(&r, (int32_t[]){4}, 1, (int32_t[]){4, 5, 6}, 3), TL_OK);
	ck_assert_double_eq(tl_error_rate_value(&r), 3.0 / 5);
	counting c;
	counting_start(&c);
	c.fail_at = 1;
	ck_assert_int_eq(tl_error_rate_add(&r, (int32_t[]){4}, 1, (int32_t[]){4}, 1),
			 TL_ERROR_MEMORY);
	counting_stop();
	ck_assert_int_eq(r.tokens, 5);
}
END_TEST

/* Random sentences with two references each, and their BLEU alone with add-one smoothing. */
static const struct {
	int32_t said[15];
	int64_t length;
	int32_t reference[2][16];
	int64_t lengths[2];
	double smoothed;
} sentences[] = {
	{{2, 5, 2, 5, 5, 5, 4, 0, 3, 1, 5, 0, 1},
	 13,
	 {{5, 2, 5, 5, 1, 4, 0, 3, 1, 5, 4, 1}, {0, 2, 1, 5, 4, 0, 5, 3, 1, 5, 5, 3, 0, 1}},
	 {12, 14},
	 0.609568505356704},
	{{1, 2, 0, 2, 2, 4, 4, 0, 4, 5},
	 10,
	 {{1, 2, 0, 2, 2, 4, 4, 0, 4, 5}, {1, 2, 0, 2, 2, 4, 4, 0, 4, 1}},
	 {10, 10},
	 1.0},
	{{3, 2, 4, 2, 4, 2, 3, 0, 4, 5, 2, 2, 0, 3, 0},
	 15,
	 {{3, 2, 4, 2, 2, 4, 2, 3, 0, 4, 0, 5, 2, 2, 0, 3},
	  {3, 2, 5, 2, 4, 2, 3, 5, 3, 5, 2, 5, 2, 3, 0}},
	 {16, 15},
	 0.7598356856515925},
	{{3, 2, 1, 0, 3, 2, 1, 3, 4, 1},
	 10,
	 {{3, 2, 1, 0, 3, 2, 1, 3, 3, 4, 1}, {3, 3, 2, 1, 3, 0, 3, 2, 1, 3, 4, 1}},
	 {11, 12},
	 0.9048374180359595},
	{{0, 2, 2, 4, 5, 5, 2, 3, 2, 5, 5, 2, 2, 5},
	 14,
	 {{0, 0, 2, 2, 4, 5, 5, 2, 3, 2, 5, 5, 2, 2, 5},
	  {0, 5, 2, 2, 4, 5, 2, 2, 3, 2, 5, 5, 2, 2, 4, 5}},
	 {15, 16},
	 0.9310627797040228},
	{{2, 4, 4, 5, 2, 5, 0, 1, 1, 4, 3, 4},
	 12,
	 {{2, 4, 4, 5, 3, 5, 0, 1, 1, 4, 3, 4}, {2, 4, 1, 5, 2, 3, 0, 1, 1, 4, 3, 4}},
	 {12, 12},
	 0.7952707287670506},
};
enum { SENTENCES = sizeof sentences / sizeof *sentences };

static void add(tl_bleu *b, int i, int64_t most)
{
	const int32_t *references[2] = {sentences[i].reference[0], sentences[i].reference[1]};
	int64_t length = sentences[i].length < most ? sentences[i].length : most;
	ck_assert_int_eq(
		tl_bleu_add(b, sentences[i].said, length, references, sentences[i].lengths, 2),
		TL_OK);
}

START_TEST(bleu_of_a_corpus)
{
	tl_bleu all = {0}, brief = {0};
	ck_assert(isnan(tl_bleu_value(&all, 0)));
	for (int i = 0; i < SENTENCES; i++) {
		tl_bleu one = {0};
		add(&one, i, 100);
		assert_near(tl_bleu_value(&one, 1), sentences[i].smoothed, 1e-13);
		add(&all, i, 100);
		add(&brief, i, 7);
	}
	assert_near(tl_bleu_value(&all, 0), 0.8288782957330736, 1e-13);
	assert_near(tl_bleu_value(&all, 1), 0.8315395403368241, 1e-13);
	assert_near(tl_bleu_value(&brief, 0), 0.37482966370827103, 1e-13);
}
END_TEST

START_TEST(bleu_counts_at_most_as_often_as_a_reference_has_it)
{
	/* Papineni's first example: "the" seven times, where one reference has it twice. */
	static const int32_t said[] = {0, 0, 0, 0, 0, 0, 0};
	static const int32_t cat[] = {0, 1, 2, 3, 0, 4}, there[] = {5, 2, 6, 1, 3, 0, 4};
	const int32_t *references[] = {cat, there};
	tl_bleu b = {0};
	ck_assert_int_eq(tl_bleu_add(&b, said, 7, references, (int64_t[]){6, 7}, 2), TL_OK);
	ck_assert_int_eq(b.matches[0], 2);
	ck_assert_int_eq(b.total[0], 7);
	ck_assert_int_eq(b.meant, 7);
	ck_assert_double_eq(tl_bleu_value(&b, 0), 0);
	ck_assert_double_gt(tl_bleu_value(&b, 1), 0);
	b = (tl_bleu){0};
	ck_assert_int_eq(tl_bleu_add(&b, said, 2, references, (int64_t[]){6, 7}, 2), TL_OK);
	ck_assert_int_eq(b.total[3], 0);
	ck_assert_int_eq(b.meant, 6);
	ck_assert_int_eq(tl_bleu_add(&b, said, 2, references, (int64_t[]){6, -1}, 2),
			 TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_bleu_add(&b, said, 2, references, (int64_t[]){6}, 0),
			 TL_ERROR_ARGUMENT);
	ck_assert_int_eq(b.said, 2);
	b = (tl_bleu){0};
	ck_assert_int_eq(tl_bleu_add(&b, NULL, 0, references, (int64_t[]){6, 7}, 2), TL_OK);
	ck_assert_double_eq(tl_bleu_value(&b, 0), 0);
	ck_assert_double_eq(tl_bleu_value(&b, 1), 0);
}
END_TEST

SUITE("metrics", accuracy_is_the_share_that_is_right, confusion_and_f1, what_a_loss_says_of_text,
      errors_of_regression, edit_distances, bleu_of_a_corpus,
      bleu_counts_at_most_as_often_as_a_reference_has_it)
