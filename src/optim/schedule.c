/* Schedules: one function of the step for each kind, after the warm-up. */
#include <tapeloop/schedule.h>

#include <math.h>

static const double pi = 3.14159265358979323846;

static double otherwise(double x, double initial)
{
	return x == 0 ? initial : x;
}

/* From a to b, as `share` goes from 0 to 1. */
static double along(double a, double b, double share, bool linear)
{
	return linear ? a + (b - a) * share : b + (a - b) / 2 * (1 + cos(pi * share));
}

static bool is_positive(double x)
{
	return x > 0 && isfinite(x);
}

static const char *one_cycle_problem(const tl_schedule *s)
{
	if (s->kind != TL_SCHEDULE_ONE_CYCLE)
		return s->rising != 0 || s->start_divide != 0 || s->end_divide != 0 || s->linear
			       ? "schedule: only one cycle takes rising, start_divide, end_divide, "
				 "linear"
			       : NULL;
	if (s->warmup != 0)
		return "schedule: one cycle has a warm-up of its own";
	if (!(s->rising >= 0 && s->rising < 1))
		return "schedule: rising is not in [0, 1)";
	if ((s->start_divide != 0 && !is_positive(s->start_divide)) ||
	    (s->end_divide != 0 && !is_positive(s->end_divide)))
		return "schedule: start_divide or end_divide is not above 0";
	return s->steps < 2 ? "schedule: one cycle has two steps at least" : NULL;
}

const char *tl_schedule_problem(const tl_schedule *s)
{
	if (!s)
		return "schedule: there is none";
	bool step = s->kind == TL_SCHEDULE_STEP, exponential = s->kind == TL_SCHEDULE_EXPONENTIAL,
	     polynomial = s->kind == TL_SCHEDULE_POLYNOMIAL, cosine = s->kind == TL_SCHEDULE_COSINE;
	if ((unsigned)s->kind > TL_SCHEDULE_ONE_CYCLE)
		return "schedule: there is no such kind";
	if (!is_positive(s->learning_rate))
		return "schedule: the learning rate is not above 0";
	if (s->steps < 0 || s->warmup < 0)
		return "schedule: a number of steps is negative";
	if (s->kind == TL_SCHEDULE_CONSTANT || exponential ? s->steps != 0 : s->steps == 0)
		return s->steps ? "schedule: constant and exponential take no steps"
				: "schedule: steps must be given";
	if (s->gamma != 0 && !((step || exponential) && is_positive(s->gamma)))
		return "schedule: gamma is not above 0, or the kind takes none";
	if (exponential && s->gamma == 0)
		return "schedule: exponential must have a gamma";
	if (s->power != 0 && !(polynomial && is_positive(s->power)))
		return "schedule: power is not above 0, or the kind takes none";
	if (s->least != 0 && !((polynomial || cosine) && s->least > 0 && isfinite(s->least)))
		return "schedule: least is negative, or the kind takes none";
	if (!(s->warmup_start >= 0 && s->warmup_start <= 1) || (s->warmup_start > 0 && !s->warmup))
		return "schedule: warmup_start is not in [0, 1], or there is no warm-up";
	return one_cycle_problem(s);
}

static double one_cycle(const tl_schedule *s, double t)
{
	double start = s->learning_rate / otherwise(s->start_divide, 25);
	double end = start / otherwise(s->end_divide, 1e4);
	double last = (double)s->steps - 1, top = otherwise(s->rising, 0.3) * (double)s->steps - 1;
	if (t >= last)
		return end;
	return t < top ? along(start, s->learning_rate, t / top, s->linear)
		       : along(s->learning_rate, end, (t - top) / (last - top), s->linear);
}

double tl_schedule_at(const tl_schedule *s, int64_t step)
{
	if (tl_schedule_problem(s) || step < 0)
		return NAN;
	double rate = s->learning_rate;
	if (step < s->warmup) {
		double from = otherwise(s->warmup_start, 1.0 / 3);
		return rate * (from + (1 - from) * (double)step / (double)s->warmup);
	}
	step -= s->warmup;
	double share = step < s->steps ? (double)step / (double)s->steps : 1;
	switch (s->kind) {
	case TL_SCHEDULE_STEP:
		step /= s->steps;
		return rate * pow(otherwise(s->gamma, 0.1), (double)step);
	case TL_SCHEDULE_EXPONENTIAL:
		return rate * pow(s->gamma, (double)step);
	case TL_SCHEDULE_POLYNOMIAL:
		return s->least + (rate - s->least) * pow(1 - share, otherwise(s->power, 1));
	case TL_SCHEDULE_COSINE:
		return along(rate, s->least, share, false);
	case TL_SCHEDULE_ONE_CYCLE:
		return one_cycle(s, (double)step);
	default:
		return rate;
	}
}

/* Plateaus */

static bool is_better(const tl_plateau *p, double loss)
{
	double threshold = otherwise(p->threshold, 1e-4);
	double by = p->absolute ? threshold : threshold * fabs(p->best);
	if (isnan(loss))
		return false;
	if (isinf(p->best))
		return p->larger ? loss > p->best : loss < p->best;
	return p->larger ? loss > p->best + by : loss < p->best - by;
}

double tl_plateau_observe(tl_plateau *p, double loss)
{
	if (!p || !(p->decay >= 0 && p->decay < 1) || !(p->threshold >= 0) || p->patience < -1 ||
	    p->cooldown < 0 || !(p->least >= 0 && p->least <= 1))
		return NAN;
	if (!p->observed++) {
		p->best = p->larger ? -INFINITY : INFINITY;
		p->factor = 1;
	}
	int64_t patience = p->patience < 0 ? 0 : p->patience ? p->patience : 10;
	bool better = is_better(p, loss);
	p->best = better ? loss : p->best;
	p->bad = better ? 0 : p->bad + 1;
	if (p->cooling > 0) {
		p->cooling--;
		p->bad = 0;
	}
	if (p->bad > patience) {
		p->factor = fmax(p->factor * otherwise(p->decay, 0.1), p->least);
		p->cooling = p->cooldown;
		p->bad = 0;
	}
	return p->factor;
}
