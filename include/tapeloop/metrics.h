/*
 * How good a model is, in the numbers that papers report. What goes over many batches is a value
 * that starts as zero, is added to, and says its result at any time:
 *
 *     tl_accuracy right = {0};
 *     tl_accuracy_add(&right, predicted, target, NULL, count); // for each batch
 *     printf("%.1f %%\n", 100 * tl_accuracy_value(&right));
 *
 * On failure: a status, and nothing was added; of what nothing was added to, the value is NaN.
 * Owner: nothing is owned.
 */
#ifndef TAPELOOP_METRICS_H
#define TAPELOOP_METRICS_H

#include <tapeloop/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The share of classes that were predicted right; of weights if there are such, so that padding
 * with weight 0 does not count. */
typedef struct tl_accuracy {
	double right, all;
} tl_accuracy;

/* Count `count` classes; weights, one each, may be NULL. */
TL_API void tl_accuracy_add(tl_accuracy *a, const int32_t *predicted, const int32_t *target,
			    const float *weights, int64_t count);
/* The same from scores [count, classes]: the highest is what is predicted, the first of equals. */
TL_API void tl_accuracy_add_scores(tl_accuracy *a, const float *scores, int64_t classes,
				   const int32_t *target, const float *weights, int64_t count);
TL_API double tl_accuracy_value(const tl_accuracy *a); /* the share that was right */

/*
 * Which classes were taken for which: counts [classes, classes] of yours, zero at first, a row for
 * each class that was meant, a column for each that was predicted.
 * On failure: TL_ERROR_VALUE: a class is not 0 to classes - 1.
 */
TL_API tl_status tl_confusion_add(int64_t *counts, int classes, const int32_t *predicted,
				  const int32_t *target, int64_t count);
/* Of one class: the harmonic mean of precision and recall; 0 if it was never predicted right. */
TL_API double tl_confusion_f1(const int64_t *counts, int classes, int which);
TL_API double tl_confusion_macro_f1(const int64_t *counts, int classes); /* their mean */

/* What a mean loss of a token, in nats, says of a language model. */
TL_API double tl_perplexity(double loss);
/* Of text of so many characters (or bytes) in so many tokens. */
TL_API double tl_bits_per_character(double loss, int64_t tokens, int64_t characters);

/* Root mean square error, also divided by the standard deviation of the targets (NRMSE): 1 is no
 * better than their mean. */
typedef struct tl_regression {
	int64_t count;
	double squares;      /* of the errors, their sum */
	double mean, spread; /* of the targets: mean, sum of squared distances from it */
} tl_regression;

/* Count `count` numbers. */
TL_API void tl_regression_add(tl_regression *r, const float *predicted, const float *target,
			      int64_t count);
TL_API void tl_regression_add_double(tl_regression *r, const double *predicted,
				     const double *target, int64_t count);
TL_API double tl_regression_rmse(const tl_regression *r); /* root of the mean squared error */
TL_API double
tl_regression_nrmse(const tl_regression *r); /* divided by the deviation of the targets */

/*
 * How many tokens must be put in, left out or replaced to make one of the other (Levenshtein).
 * On failure: -1: out of memory, or a length is negative.
 */
TL_API int64_t tl_edit_distance(const int32_t *a, int64_t a_length, const int32_t *b,
				int64_t b_length);

/* Edits for each token that was meant: the word error rate if tokens are words. */
typedef struct tl_error_rate {
	int64_t edits, tokens;
} tl_error_rate;

/* Count what was said where something was meant. On failure: TL_ERROR_MEMORY. */
TL_API tl_status tl_error_rate_add(tl_error_rate *r, const int32_t *said, int64_t said_length,
				   const int32_t *meant, int64_t meant_length);
TL_API double tl_error_rate_value(const tl_error_rate *r); /* edits a token that was meant */

/*
 * BLEU (Papineni, Roukos, Ward & Zhu 2002) of a corpus, 0 to 1: the geometric mean of the
 * precisions of 1 to 4 tokens in a row, each counted at most as often as in one reference, times
 * the brevity penalty. Sentences are added one by one; of the references, the length that is
 * closest counts.
 */
enum { TL_BLEU_ORDERS = 4 };

/* Counts from which BLEU follows: n-grams of each order that match. */
typedef struct tl_bleu {
	int64_t matches[TL_BLEU_ORDERS], total[TL_BLEU_ORDERS];
	int64_t said, meant; /* tokens */
} tl_bleu;

/* On failure: TL_ERROR_ARGUMENT: there is no reference, or a length is negative. */
TL_API tl_status tl_bleu_add(tl_bleu *b, const int32_t *said, int64_t said_length,
			     const int32_t *const *references, const int64_t *reference_lengths,
			     int reference_count);
/* smoothing is added to numerator and denominator of the precisions of 2 tokens and more: 0 for
 * none, 1 as Lin & Och (2004) do for single sentences. */
TL_API double tl_bleu_value(const tl_bleu *b, double smoothing);

#ifdef __cplusplus
}
#endif
#endif
