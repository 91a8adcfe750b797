/* How good a model is: sums that are added to, and what follows from them. */
#include "base/memory.h"

#include <tapeloop/metrics.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

void tl_accuracy_add(tl_accuracy *a, const int32_t *predicted, const int32_t *target,
		     const float *weights, int64_t count)
{
	for (int64_t i = 0; a && predicted && target && i < count; i++) {
		double w = weights ? weights[i] : 1;
		a->right += predicted[i] == target[i] ? w : 0;
		a->all += w;
	}
}

void tl_accuracy_add_scores(tl_accuracy *a, const float *scores, int64_t classes,
			    const int32_t *target, const float *weights, int64_t count)
{
	for (int64_t i = 0; a && scores && target && i < count; i++) {
		const float *row = scores + i * classes;
		int32_t best = 0;
		for (int32_t k = 1; k < classes; k++)
			best = row[k] > row[best] ? k : best;
		tl_accuracy_add(a, &best, target + i, weights ? weights + i : NULL, 1);
	}
}

double tl_accuracy_value(const tl_accuracy *a)
{
	return a && a->all > 0 ? a->right / a->all : NAN;
}

tl_status tl_confusion_add(int64_t *counts, int classes, const int32_t *predicted,
			   const int32_t *target, int64_t count)
{
	if (!counts || !predicted || !target || classes < 1)
		return TL_ERROR_ARGUMENT;
	for (int64_t i = 0; i < count; i++)
		if (predicted[i] < 0 || predicted[i] >= classes || target[i] < 0 ||
		    target[i] >= classes)
			return TL_ERROR_VALUE;
	for (int64_t i = 0; i < count; i++)
		counts[(int64_t)target[i] * classes + predicted[i]]++;
	return TL_OK;
}

double tl_confusion_f1(const int64_t *counts, int classes, int which)
{
	double predicted = 0, meant = 0;
	if (!counts || which < 0 || which >= classes)
		return NAN;
	for (int64_t k = 0; k < classes; k++) {
		predicted += (double)counts[k * classes + which];
		meant += (double)counts[(int64_t)which * classes + k];
	}
	double right = (double)counts[(int64_t)which * classes + which];
	return right > 0 ? 2 * right / (predicted + meant) : 0;
}

double tl_confusion_macro_f1(const int64_t *counts, int classes)
{
	double sum = 0;
	for (int k = 0; k < classes; k++)
		sum += tl_confusion_f1(counts, classes, k);
	return classes > 0 ? sum / classes : NAN;
}

double tl_perplexity(double loss)
{
	return exp(loss);
}

double tl_bits_per_character(double loss, int64_t tokens, int64_t characters)
{
	return tokens > 0 && characters > 0 ? loss / log(2) * (double)tokens / (double)characters
					    : NAN;
}

/* Welford (1962): mean and spread without the difference of two large sums. */
static void add_pair(tl_regression *r, double predicted, double target)
{
	double error = predicted - target, away = target - r->mean;
	r->count++;
	r->squares += error * error;
	r->mean += away / (double)r->count;
	r->spread += away * (target - r->mean);
}

void tl_regression_add(tl_regression *r, const float *predicted, const float *target, int64_t count)
{
	for (int64_t i = 0; r && predicted && target && i < count; i++)
		add_pair(r, (double)predicted[i], (double)target[i]);
}

void tl_regression_add_double(tl_regression *r, const double *predicted, const double *target,
			      int64_t count)
{
	for (int64_t i = 0; r && predicted && target && i < count; i++)
		add_pair(r, predicted[i], target[i]);
}

double tl_regression_rmse(const tl_regression *r)
{
	return r && r->count ? sqrt(r->squares / (double)r->count) : NAN;
}

double tl_regression_nrmse(const tl_regression *r)
{
	return r && r->count ? sqrt(r->squares / r->spread) : NAN;
}

/* One row of Levenshtein's table at a time: the distances of the first i of a from the first j of
 * b. */
int64_t tl_edit_distance(const int32_t *a, int64_t a_length, const int32_t *b, int64_t b_length)
{
	if (a_length < 0 || b_length < 0 || b_length > INT64_MAX / 16 || (a_length && !a) ||
	    (b_length && !b))
		return -1;
	int64_t *row = tl_alloc((size_t)(b_length + 1) * sizeof *row);
	if (!row)
		return -1;
	for (int64_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (int64_t i = 1; i <= a_length; i++) {
		int64_t diagonal = row[0];
		row[0] = i;
		for (int64_t j = 1; j <= b_length; j++) {
			int64_t best = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			best = diagonal + 1 < best ? diagonal + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
		}
	}
	int64_t distance = row[b_length];
	tl_free(row);
	return distance;
}

tl_status tl_error_rate_add(tl_error_rate *r, const int32_t *said, int64_t said_length,
			    const int32_t *meant, int64_t meant_length)
{
	if (!r || said_length < 0 || meant_length < 0 || (said_length && !said) ||
	    (meant_length && !meant))
		return TL_ERROR_ARGUMENT;
	int64_t edits = tl_edit_distance(said, said_length, meant, meant_length);
	if (edits < 0)
		return TL_ERROR_MEMORY;
	r->edits += edits;
	r->tokens += meant_length;
	return TL_OK;
}

double tl_error_rate_value(const tl_error_rate *r)
{
	return r && r->tokens ? (double)r->edits / (double)r->tokens : NAN;
}

/* How often the n tokens at `what` occur among these, from place `from` on. */
static int64_t occurrences(const int32_t *what, int64_t n, const int32_t *tokens, int64_t from,
			   int64_t length)
{
	int64_t count = 0;
	for (int64_t i = from; i + n <= length; i++)
		count += !memcmp(tokens + i, what, (size_t)n * sizeof *what);
	return count;
}

/* Each n tokens in a row are counted where they occur first. */
static int64_t clipped_matches(const int32_t *said, int64_t length, int64_t n,
			       const int32_t *const *references, const int64_t *lengths, int count)
{
	int64_t matches = 0;
	for (int64_t i = 0; i + n <= length; i++) {
		if (occurrences(said + i, n, said, 0, i + n - 1))
			continue;
		int64_t times = occurrences(said + i, n, said, i, length), most = 0;
		for (int k = 0; k < count && most < times; k++) {
			int64_t there = occurrences(said + i, n, references[k], 0, lengths[k]);
			most = there > most ? there : most;
		}
		matches += times < most ? times : most;
	}
	return matches;
}

static int64_t closest(int64_t length, const int64_t *lengths, int count)
{
	int64_t best = lengths[0];
	for (int k = 1; k < count; k++) {
		int64_t d = llabs(lengths[k] - length), least = llabs(best - length);
		if (d < least || (d == least && lengths[k] < best))
			best = lengths[k];
	}
	return best;
}

tl_status tl_bleu_add(tl_bleu *b, const int32_t *said, int64_t said_length,
		      const int32_t *const *references, const int64_t *reference_lengths,
		      int reference_count)
{
	if (!b || said_length < 0 || (said_length && !said) || !references || !reference_lengths ||
	    reference_count < 1)
		return TL_ERROR_ARGUMENT;
	for (int k = 0; k < reference_count; k++)
		if (reference_lengths[k] < 0 || (reference_lengths[k] && !references[k]))
			return TL_ERROR_ARGUMENT;
	for (int64_t n = 1; n <= TL_BLEU_ORDERS; n++) {
		b->matches[n - 1] += clipped_matches(said, said_length, n, references,
						     reference_lengths, reference_count);
		b->total[n - 1] += said_length >= n ? said_length - n + 1 : 0;
	}
	b->said += said_length;
	b->meant += closest(said_length, reference_lengths, reference_count);
	return TL_OK;
}

double tl_bleu_value(const tl_bleu *b, double smoothing)
{
	double logs = 0;
	if (!b || !(smoothing >= 0) || (!b->said && !b->meant))
		return NAN;
	for (int n = 0; n < TL_BLEU_ORDERS; n++) {
		double add = n ? smoothing : 0;
		double matches = (double)b->matches[n] + add, total = (double)b->total[n] + add;
		if (!(matches > 0))
			return 0;
		logs += log(matches / total) / TL_BLEU_ORDERS;
	}
	double brevity = b->said < b->meant ? 1 - (double)b->meant / (double)b->said : 0;
	return exp(logs + brevity);
}
