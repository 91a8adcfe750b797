/*
 * The loss. A target of L symbols is walked along 2 L + 1 places: its symbols with a blank before,
 * between and after. alpha(t, s) is the likelihood of having said the places up to s by step t;
 * beta(t, s) of saying those from s from step t on (Graves et al. 2006, section 4.1). Value and
 * slope are two ops of their own: the chain rule through the recursion would keep all of it.
 */
#include <tapeloop/ctc.h>

#include "graph/graph.h"
#include "ops/lengths.h"
#include "ops/loss.h"
#include "ops/ops.h"

#include <math.h>
#include <stdio.h>

typedef struct ctc_attr {
	int64_t blank;
} ctc_attr;

enum { SCORES, TARGETS, STEPS, LENGTHS, OPERANDS };

/* One row of the batch. */
struct line {
	const tl_kernel_args *run;
	int64_t row, batch, classes;
	int32_t blank, steps, places;
	const int32_t *target;
	double *alpha, *beta; /* [steps][places] */
};

static int64_t dim(const tl_kernel_args *r, int operand, int axis)
{
	return r->in[operand].shape.dim[axis];
}

static double log_p(const struct line *l, int32_t t, int32_t symbol)
{
	int64_t at = ((int64_t)t * l->batch + l->row) * l->classes + symbol;
	const void *data = l->run->in[SCORES].data;
	return l->run->real == TL_F64 ? ((const double *)data)[at]
				      : (double)((const float *)data)[at];
}

static int32_t at_place(const struct line *l, int32_t s)
{
	return s % 2 ? l->target[s / 2] : l->blank;
}

/* From s - 2 one may come straight to s, unless a blank must keep two equal symbols apart. */
static bool may_skip(const struct line *l, int32_t s)
{
	return s % 2 && s > 1 && l->target[s / 2] != l->target[s / 2 - 1];
}

static double log_add(double a, double b)
{
	double most = a > b ? a : b, least = a > b ? b : a;
	return most == -INFINITY ? most : most + log1p(exp(least - most));
}

static void forwards(struct line *l)
{
	int32_t n = l->places;
	for (int32_t t = 0; t < l->steps; t++)
		for (int32_t s = 0; s < n; s++) {
			const double *last = l->alpha + (int64_t)(t - 1) * n;
			double a = t ? last[s] : s < 2 ? 0 : -INFINITY;
			if (t && s > 0)
				a = log_add(a, last[s - 1]);
			if (t && may_skip(l, s))
				a = log_add(a, last[s - 2]);
			l->alpha[(int64_t)t * n + s] = a + log_p(l, t, at_place(l, s));
		}
}

static void backwards(struct line *l)
{
	int32_t n = l->places;
	for (int32_t t = l->steps - 1; t >= 0; t--)
		for (int32_t s = n - 1; s >= 0; s--) {
			const double *next = l->beta + (int64_t)(t + 1) * n;
			bool end = t == l->steps - 1;
			double b = !end ? next[s] : s >= n - 2 ? 0 : -INFINITY;
			if (!end && s + 1 < n)
				b = log_add(b, next[s + 1]);
			if (!end && s + 2 < n && may_skip(l, s + 2))
				b = log_add(b, next[s + 2]);
			l->beta[(int64_t)t * n + s] = b + log_p(l, t, at_place(l, s));
		}
}

/* log of the likelihood of the target; -INFINITY if it cannot be said. */
static double likelihood(const struct line *l)
{
	if (!l->steps)
		return l->places == 1 ? 0 : -INFINITY;
	const double *last = l->alpha + (int64_t)(l->steps - 1) * l->places;
	return l->places > 1 ? log_add(last[l->places - 1], last[l->places - 2]) : last[0];
}

static tl_status complain(const tl_kernel_args *r, int64_t row, const char *what)
{
	if (r->message)
		snprintf(r->message, TL_PROBLEM, "row %lld: %s", (long long)row, what);
	return TL_ERROR_VALUE;
}

static tl_status line_of(const tl_kernel_args *r, int64_t row, struct line *l)
{
	int64_t longest = dim(r, TARGETS, 1), steps = dim(r, SCORES, 0);
	int32_t length = ((const int32_t *)r->in[LENGTHS].data)[row];
	*l = (struct line){.run = r, .row = row, .batch = dim(r, SCORES, 1)};
	l->classes = dim(r, SCORES, 2);
	l->blank = (int32_t)((const ctc_attr *)r->attr)->blank;
	l->steps = ((const int32_t *)r->in[STEPS].data)[row];
	l->target = (const int32_t *)r->in[TARGETS].data + row * longest;
	if (l->steps < 0 || l->steps > steps || length < 0 || length > longest)
		return complain(r, row, "its number of steps or symbols is out of range");
	for (int32_t i = 0; i < length; i++)
		if (l->target[i] < 0 || l->target[i] >= l->classes || l->target[i] == l->blank)
			return complain(r, row, "a symbol of its target is the blank or no class");
	l->places = 2 * length + 1;
	l->alpha = r->workspace;
	l->beta = l->alpha + steps * (2 * longest + 1);
	return TL_OK;
}

static size_t workspace(const tl_kernel_args *r)
{
	return (size_t)(2 * dim(r, SCORES, 0) * (2 * dim(r, TARGETS, 1) + 1) + 2) * sizeof(double);
}

static tl_status measure(const tl_kernel_args *r, int64_t row, struct line *l, double *all)
{
	tl_status status = line_of(r, row, l);
	if (status)
		return status;
	forwards(l);
	*all = likelihood(l);
	if (*all == -INFINITY)
		return complain(r, row,
				"its target cannot be said in so few steps (repeated "
				"symbols need a blank between them)");
	return TL_OK;
}

static tl_status loss_kernel(const tl_kernel_args *r)
{
	for (int64_t row = 0; row < r->out.size; row++) {
		struct line l;
		double all;
		tl_status status = measure(r, row, &l, &all);
		if (status)
			return status;
		if (r->real == TL_F64)
			((double *)r->out.data)[row] = -all;
		else
			((float *)r->out.data)[row] = (float)-all;
	}
	return TL_OK;
}

static void subtract(const struct line *l, int32_t t, int32_t symbol, double share)
{
	int64_t at = ((int64_t)t * l->batch + l->row) * l->classes + symbol;
	if (l->run->real == TL_F64)
		((double *)l->run->out.data)[at] -= share;
	else
		((float *)l->run->out.data)[at] -= (float)share;
}

/* d loss / d log p(t, k) is minus the share of all ways that say k at step t. */
static tl_status slope_kernel(const tl_kernel_args *r)
{
	for (int64_t i = 0; i < r->out.size; i++)
		if (r->real == TL_F64)
			((double *)r->out.data)[i] = 0;
		else
			((float *)r->out.data)[i] = 0;
	for (int64_t row = 0; row < dim(r, SCORES, 1); row++) {
		struct line l;
		double all;
		tl_status status = measure(r, row, &l, &all);
		if (status)
			return status;
		backwards(&l);
		for (int32_t t = 0; t < l.steps; t++)
			for (int32_t s = 0; s < l.places; s++) {
				int64_t at = (int64_t)t * l.places + s;
				int32_t symbol = at_place(&l, s);
				double way = l.alpha[at] + l.beta[at];
				if (way != -INFINITY)
					subtract(&l, t, symbol,
						 exp(way - log_p(&l, t, symbol) - all));
			}
	}
	return TL_OK;
}

static tl_status ctc_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape scores = tl_call_operand_shape(c, SCORES),
		 targets = tl_call_operand_shape(c, TARGETS);
	tl_shape steps = tl_call_operand_shape(c, STEPS),
		 lengths = tl_call_operand_shape(c, LENGTHS);
	int64_t blank = ((const ctc_attr *)c->attr)->blank;
	char a[96], b[96];
	(void)dtype;
	if (!tl_wants_real(c, SCORES) || !tl_wants_integers(c, TARGETS) ||
	    !tl_wants_integers(c, STEPS) || !tl_wants_integers(c, LENGTHS))
		return TL_ERROR_TYPE;
	if (scores.rank != 3 || targets.rank != 2 || targets.dim[0] != scores.dim[1] ||
	    steps.rank != 1 || steps.dim[0] != scores.dim[1] || !tl_shape_same(&steps, &lengths))
		return tl_call_fail(c, TL_ERROR_SHAPE,
				    "scores are [steps, batch, classes], targets [batch, longest], "
				    "lengths [batch]",
				    "scores %s do not go with targets %s, or their lengths",
				    tl_shape_text(&scores, a), tl_shape_text(&targets, b));
	if (blank < 0 || blank >= scores.dim[2])
		return tl_call_fail(c, TL_ERROR_ARGUMENT, NULL,
				    "there is no class %lld for the blank", (long long)blank);
	*shape = tl_dims(scores.dim[1]);
	return TL_OK;
}

static tl_status slope_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_status status = ctc_shape(c, shape, dtype);
	*shape = tl_call_operand_shape(c, SCORES);
	return status;
}

static const tl_op op_ctc_slope = {
	.name = "ctc_slope",
	.doc = "the slope of ctc by the logarithms",
	.operands = "x, target, steps, lengths",
	.equation = "y[t, c] = −sum(p[a] if a[t] = c else 0 for a)"
		    "  # p[a]: the probability of alignment a, given the target",
	.operand_count = OPERANDS,
	.attr_size = sizeof(ctc_attr),
	.shape = slope_shape,
	.kernel = slope_kernel,
	.workspace = workspace,
};

static tl_tensor ctc_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	tl_tensor in[OPERANDS];
	if (operand != SCORES)
		return TL_NONE;
	for (int k = 0; k < OPERANDS; k++)
		in[k] = tl_call_operand(c, k);
	tl_tensor each = tl_reshape(dy, tl_dims(1, tl_tensor_size(dy), 1));
	return tl_mul(tl_apply(&op_ctc_slope, c->attr, OPERANDS, in), each);
}

static const tl_op op_ctc;

tl_tensor tl_ctc_loss(tl_tensor scores, tl_tensor targets, const tl_ctc_options *options)
{
	tl_ctc_options o = options ? *options : (tl_ctc_options){0};
	tl_tape *t = scores.tape;
	tl_tensor none = {t, 0, 0};
	if (!t || t->problem.status || !tl_belongs(t, scores, "ctc_loss", 0) ||
	    !tl_belongs(t, targets, "ctc_loss", 1))
		return none;
	int64_t rows = tl_tensor_dim(scores, 1);
	if (!o.input_lengths.tape)
		o.input_lengths =
			tl_same_integers(t, rows, (int32_t)tl_tensor_dim(scores, 0), "ctc_loss");
	else if (tl_lengths_fit(t, o.input_lengths, rows, "ctc_loss"))
		scores = tl_masked(scores,
				   tl_length_mask(o.input_lengths, tl_tensor_dim(scores, 0)));
	if (!o.target_lengths.tape)
		o.target_lengths =
			tl_same_integers(t, rows, (int32_t)tl_tensor_dim(targets, 1), "ctc_loss");
	tl_tensor in[OPERANDS] = {tl_log_softmax(scores, -1), targets, o.input_lengths,
				  o.target_lengths};
	tl_tensor losses = tl_apply(&op_ctc, &(ctc_attr){o.blank}, OPERANDS, in);
	return tl_reduced(losses, &(tl_loss_options){o.weight, TL_REDUCTION_NONE}, "ctc_loss");
}

/* Enough steps for targets of nothing but repeats; the last class is the blank. */
static tl_tensor ctc_example(tl_example *s)
{
	int64_t batch = tl_example_integer(s, 1, 3), longest = tl_example_integer(s, 0, 2);
	int64_t steps = 2 * longest + tl_example_integer(s, 1, 2);
	int32_t blank = (int32_t)tl_example_integer(s, 1, 3);
	tl_tensor logits = tl_example_leaf(s, tl_dims(steps, batch, blank + 1), -2, 2);
	tl_tensor targets = tl_example_index(s, tl_dims(batch, longest), blank);
	return tl_ctc_loss(logits, targets, &(tl_ctc_options){.blank = blank});
}

static const tl_op op_ctc = {
	.name = "ctc_loss",
	.doc = "-log of the likelihood of a target, from the logarithms of each step",
	.operands = "x, target, steps, lengths",
	.equation = "y = −log(sum(exp(sum(x[t, a[t]] for t)) for a))"
		    "  # a: all alignments of the target",
	.derivative = "dx = dy ctc_slope(x, target, steps, lengths)",
	.operand_count = OPERANDS,
	.attr_size = sizeof(ctc_attr),
	.shape = ctc_shape,
	.kernel = loss_kernel,
	.workspace = workspace,
	.vjp = ctc_vjp,
	.example = ctc_example,
	.example_first_order = true, /* the slope has no derivative */
};

const tl_op *const tl_ops_ctc[] = {&op_ctc, &op_ctc_slope, NULL};
