/* Masks come from the tape's seed; nothing is drawn, and nothing recorded, for a rate of 0. */
#include "sequence/noise.h"

#include "cell/cell.h"

static bool is_rate(double x)
{
	return x >= 0 && x < 1;
}

void tl_noise_start(struct noise *n, tl_tape *t, const tl_dropout_options *rates)
{
	*n = (struct noise){.rates = *rates, .training = tl_tape_is_training(t)};
	if (!is_rate(rates->input) || !is_rate(rates->output) || !is_rate(rates->recurrent_h) ||
	    !is_rate(rates->recurrent_c) || !is_rate(rates->zoneout_h) ||
	    !is_rate(rates->zoneout_c))
		tl_report(t, TL_ERROR_ARGUMENT, NULL,
			  "unroll: a rate of noise is at least 0 and less than 1");
}

/* The mask that `place` keeps, if there is one, else one for this once. */
static tl_tensor mask_like(tl_tensor x, double rate, tl_tensor *place)
{
	if (place && place->id)
		return *place;
	tl_tensor mask = tl_dropout_mask(x.tape, tl_tensor_shape(x), rate);
	if (place)
		*place = mask;
	return mask;
}

static struct masks *masks_of(struct noise *n)
{
	return n->rates.variational ? &n->all : n->step;
}

static tl_tensor dropped(const struct noise *n, tl_tensor x, double rate, tl_tensor *place)
{
	return rate == 0 || !n->training ? x : tl_mul(x, mask_like(x, rate, place));
}

tl_tensor tl_noise_input(struct noise *n, tl_tensor x)
{
	struct masks *m = masks_of(n);
	return dropped(n, x, n->rates.input, m ? &m->x : NULL);
}

tl_tensor tl_noise_output(struct noise *n, tl_tensor h)
{
	struct masks *m = masks_of(n);
	return dropped(n, h, n->rates.output, m ? &m->shown : NULL);
}

tl_state tl_noise_seen(struct noise *n, tl_state s)
{
	struct masks *m = masks_of(n);
	for (int k = 0; k < s.count && (!n->first_older || k < n->first_older); k++) {
		tl_tensor *x = tl_state_at(&s, k);
		*x = dropped(n, *x, k ? n->rates.recurrent_c : n->rates.recurrent_h,
			     m ? &m->seen[k] : NULL);
	}
	return s;
}

/*
 * Krueger et al. 2017, section 3: a unit stays as it was with this probability; when not training
 * it takes the mean of both.
 */
static tl_tensor zoned(const struct noise *n, tl_tensor next, tl_tensor last, double rate,
		       tl_tensor *place)
{
	if (rate == 0)
		return next;
	if (!n->training)
		return tl_add(tl_scale(last, rate), tl_scale(next, 1 - rate));
	return tl_where(mask_like(next, rate, place), next, last);
}

tl_state tl_noise_kept(struct noise *n, tl_state next, tl_state last)
{
	int count = n->first_older ? n->first_older : next.count;
	for (int k = 0; k < count && k < next.count && k < last.count; k++) {
		tl_tensor *x = tl_state_at(&next, k);
		*x = zoned(n, *x, *tl_state_at(&last, k),
			   k ? n->rates.zoneout_c : n->rates.zoneout_h,
			   n->step ? &n->step->kept[k] : NULL);
	}
	return next;
}

bool tl_dropout_is_set(const tl_dropout_options *o)
{
	return o->input != 0 || o->output != 0 || o->recurrent_h != 0 || o->recurrent_c != 0 ||
	       o->zoneout_h != 0 || o->zoneout_c != 0;
}
