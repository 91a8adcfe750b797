/*
 * Log-mel features (Davis & Mermelstein 1980, without the last cosine transform). Filters are
 * triangles over the bins of the spectrum, of which each keeps only those that it covers.
 */
#include "base/fail.h"
#include "base/memory.h"

#include <tapeloop/audio.h>

#include <kiss_fftr.h>
#include <math.h>
#include <string.h>

typedef struct filter {
	int first, count; /* bins */
	float *weight;    /* of them, in tl_mel.weights */
} filter;

struct tl_mel {
	tl_mel_options o;
	int size; /* of the transform: a power of two */
	kiss_fftr_cfg transform;
	float *window, *frame;
	kiss_fft_cpx *spectrum;
	filter *filters;
	float *weights;
};

static const double PI = 3.14159265358979323846;

void tl_mel_destroy(tl_mel *m)
{
	if (!m)
		return;
	tl_free(m->transform);
	tl_free(m->window);
	tl_free(m->frame);
	tl_free(m->spectrum);
	tl_free(m->filters);
	tl_free(m->weights);
	tl_free(m);
}

/* Slaney's scale: where it turns from linear to logarithmic, and how steep it is then. */
static const double TURN = 1000, PER_HZ = 3 / 200.0;

static double log_step(void)
{
	return log(6.4) / 27;
}

static double to_mel(tl_mel_scale scale, double hz)
{
	if (scale == TL_MEL_HTK)
		return 2595 * log10(1 + hz / 700);
	return hz < TURN ? hz * PER_HZ : TURN * PER_HZ + log(hz / TURN) / log_step();
}

static double to_hz(tl_mel_scale scale, double mel)
{
	if (scale == TL_MEL_HTK)
		return 700 * (pow(10, mel / 2595) - 1);
	return mel < TURN * PER_HZ ? mel / PER_HZ : TURN * exp((mel - TURN * PER_HZ) * log_step());
}

/* Bin k of the triangle with these corners. */
static double weight_at(const tl_mel *m, const double corner[3], int k)
{
	double hz = (double)k * m->o.rate / m->size;
	double up = (hz - corner[0]) / (corner[1] - corner[0]);
	double down = (corner[2] - hz) / (corner[2] - corner[1]);
	double height = m->o.scale == TL_MEL_SLANEY ? 2 / (corner[2] - corner[0]) : 1;
	return height * fmax(0, fmin(up, down));
}

/* Each bin lies in two triangles at most. */
static tl_status fill_filters(tl_mel *m, tl_error *error)
{
	double low = to_mel(m->o.scale, m->o.low), high = to_mel(m->o.scale, m->o.high);
	float *to = m->weights;
	for (int i = 0; i < m->o.filters; i++) {
		filter *f = &m->filters[i];
		double corner[3];
		for (int k = 0; k < 3; k++)
			corner[k] = to_hz(m->o.scale,
					  low + (high - low) * (i + k) / (m->o.filters + 1));
		f->weight = to;
		for (int k = 0; k <= m->size / 2; k++) {
			double w = weight_at(m, corner, k);
			if (!(w > 0))
				continue;
			f->first = f->count ? f->first : k;
			f->count++;
			*to++ = (float)w;
		}
		if (!f->count)
			return tl_fail(error, TL_ERROR_ARGUMENT,
				       "mel: filter %d, %.0f to %.0f Hz, is narrower than a bin of "
				       "the spectrum: take fewer filters or longer frames",
				       i, corner[0], corner[2]);
	}
	return TL_OK;
}

static tl_status check(tl_mel_options *o, tl_error *error)
{
	if (o->rate < 1)
		return tl_fail(error, TL_ERROR_ARGUMENT, "mel: what is the rate of the samples?");
	o->frame = o->frame ? o->frame : (int)(0.025 * o->rate + 0.5);
	o->hop = o->hop ? o->hop : (int)(0.01 * o->rate + 0.5);
	o->filters = o->filters ? o->filters : 40;
	o->high = o->high != 0 ? o->high : o->rate / 2.0;
	o->least = o->least != 0 ? o->least : 1e-10;
	if (o->frame < 2 || o->frame > 1 << 24 || o->hop < 1 || o->filters < 1 ||
	    o->filters > 1 << 16 || !(o->low >= 0) || !(o->high > o->low) ||
	    !(o->high <= o->rate / 2.0) || !(o->least > 0) || !isfinite(o->least) ||
	    o->scale < TL_MEL_HTK || o->scale > TL_MEL_SLANEY)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "mel: frame, hop and filters are positive, low < high <= rate / 2, "
			       "least is positive");
	return TL_OK;
}

static bool take_memory(tl_mel *m)
{
	size_t bytes = 0, bins = (size_t)m->size / 2 + 1;
	kiss_fftr_alloc(m->size, 0, NULL, &bytes);
	void *transform = tl_alloc(bytes);
	m->window = tl_alloc((size_t)m->o.frame * sizeof *m->window);
	m->frame = tl_alloc_zero((size_t)m->size * sizeof *m->frame);
	m->spectrum = tl_alloc(bins * sizeof *m->spectrum);
	m->filters = tl_alloc_zero((size_t)m->o.filters * sizeof *m->filters);
	m->weights = tl_alloc(2 * bins * sizeof *m->weights);
	if (transform)
		m->transform = kiss_fftr_alloc(m->size, 0, transform, &bytes);
	if (transform && !m->transform)
		tl_free(transform);
	return m->transform && m->window && m->frame && m->spectrum && m->filters && m->weights;
}

tl_mel *tl_mel_create(const tl_mel_options *options, tl_error *error)
{
	tl_mel_options o = options ? *options : (tl_mel_options){0};
	if (check(&o, error))
		return NULL;
	tl_mel *m = tl_alloc_zero(sizeof *m);
	if (m) {
		m->o = o;
		for (m->size = 2; m->size < o.frame; m->size *= 2)
			;
	}
	if (!m || !take_memory(m)) {
		tl_fail(error, TL_ERROR_MEMORY, "mel: out of memory");
		tl_mel_destroy(m);
		return NULL;
	}
	for (int n = 0; n < o.frame; n++)
		m->window[n] = (float)(0.5 - 0.5 * cos(2 * PI * n / o.frame));
	if (!fill_filters(m, error))
		return m;
	tl_mel_destroy(m);
	return NULL;
}

int tl_mel_filter_count(const tl_mel *m)
{
	return m ? m->o.filters : 0;
}

int64_t tl_mel_frame_count(const tl_mel *m, int64_t samples)
{
	return m && samples >= m->o.frame ? 1 + (samples - m->o.frame) / m->o.hop : 0;
}

tl_status tl_mel_apply(tl_mel *m, const float *samples, int64_t count, float *features,
		       tl_error *error)
{
	int64_t frames = tl_mel_frame_count(m, count);
	if (!m || !samples || !features || !frames)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "mel: there are no features of %lld samples, for a frame has %d",
			       (long long)count, m ? m->o.frame : 0);
	for (int64_t t = 0; t < frames; t++) {
		for (int n = 0; n < m->o.frame; n++)
			m->frame[n] = m->window[n] * samples[t * m->o.hop + n];
		kiss_fftr(m->transform, m->frame, m->spectrum);
		for (int i = 0; i < m->o.filters; i++) {
			const filter *f = &m->filters[i];
			double power = 0;
			for (int k = 0; k < f->count; k++) {
				double re = (double)m->spectrum[f->first + k].r;
				double im = (double)m->spectrum[f->first + k].i;
				power += (double)f->weight[k] * (re * re + im * im);
			}
			features[t * m->o.filters + i] = (float)log(fmax(power, m->o.least));
		}
	}
	return TL_OK;
}
