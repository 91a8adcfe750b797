/* Sounds from files, by libsndfile. */
#include "base/fail.h"
#include "base/memory.h"
#include "data/resample.h"

#include <tapeloop/audio.h>

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>

enum { PIECE = 1 << 16, MOST_CHANNELS = 256, MOST_RATE = 1 << 24 };

typedef struct reading {
	const char *path;
	SNDFILE *file;
	int channels;
	float *piece; /* some frames of all channels */
	float *samples;
	size_t count, room;
} reading;

static tl_status no_memory(const char *path, tl_error *error)
{
	return tl_fail(error, TL_ERROR_MEMORY, "%s: out of memory", path);
}

/* What the file says of its length is not trusted: it is read until it ends. */
static tl_status read_samples(reading *r, tl_error *error)
{
	sf_count_t frames = PIECE / r->channels, got;
	while ((got = sf_readf_float(r->file, r->piece, frames)) > 0) {
		if (!tl_array_reserve(&r->samples, &r->room, r->count + (size_t)got,
				      sizeof *r->samples))
			return no_memory(r->path, error);
		for (sf_count_t i = 0; i < got; i++) {
			double sum = 0;
			for (int k = 0; k < r->channels; k++)
				sum += (double)r->piece[i * r->channels + k];
			if (!isfinite(sum))
				return tl_fail(error, TL_ERROR_VALUE,
					       "%s: sample %zu is not finite", r->path, r->count);
			r->samples[r->count++] = (float)(sum / r->channels);
		}
	}
	if (sf_error(r->file))
		return tl_fail(error, TL_ERROR_FILE, "%s: %s", r->path, sf_strerror(r->file));
	return r->count ? TL_OK
			: tl_fail(error, TL_ERROR_VALUE, "%s: there are no samples", r->path);
}

/* libsndfile reads what is left of a WAV file that was cut off, and says nothing; the file's first
 * words say how long it should be (0 and the largest number: not known when it was written). */
static tl_status check_whole(const char *path, tl_error *error)
{
	unsigned char h[12] = {0};
	FILE *f = fopen(path, "rb");
	if (!f)
		return tl_fail(error, TL_ERROR_FILE, "%s: %s", path, strerror(errno));
	bool is_wav =
		fread(h, 1, 12, f) == 12 && !memcmp(h, "RIFF", 4) && !memcmp(h + 8, "WAVE", 4);
	int64_t size = fseek(f, 0, SEEK_END) ? -1 : (int64_t)ftell(f);
	fclose(f);
	int64_t said = (int64_t)h[4] + 256 * h[5] + 65536 * h[6] + 16777216 * (int64_t)h[7];
	if (is_wav && said && said != UINT32_MAX && size >= 0 && size < said + 8)
		return tl_fail(error, TL_ERROR_FILE, "%s: it is cut off: %lld bytes of %lld", path,
			       (long long)size, (long long)said + 8);
	return TL_OK;
}

static tl_status change_rate(reading *r, int from, int to, tl_error *error)
{
	int64_t count = tl_resample_count((int64_t)r->count, from, to);
	float *samples = count < INT64_MAX / 8 ? tl_alloc((size_t)count * sizeof *samples) : NULL;
	if (!samples || !tl_resample(r->samples, (int64_t)r->count, from, to, samples)) {
		tl_free(samples);
		return no_memory(r->path, error);
	}
	tl_free(r->samples);
	r->samples = samples;
	r->count = (size_t)count;
	return TL_OK;
}

static tl_status read_file(reading *r, int *rate, tl_error *error)
{
	SF_INFO info = {0};
	tl_status status = check_whole(r->path, error);
	if (status)
		return status;
	r->file = sf_open(r->path, SFM_READ, &info);
	if (!r->file)
		return tl_fail(error, TL_ERROR_FILE, "%s: %s", r->path, sf_strerror(NULL));
	r->channels = info.channels;
	if (info.channels < 1 || info.channels > MOST_CHANNELS || info.samplerate < 1 ||
	    info.samplerate > MOST_RATE)
		return tl_fail(error, TL_ERROR_VALUE, "%s: %d channels at %d Hz are not read",
			       r->path, info.channels, info.samplerate);
	r->piece = tl_alloc(PIECE * sizeof *r->piece);
	status = r->piece ? read_samples(r, error) : no_memory(r->path, error);
	if (!status && *rate && *rate != info.samplerate)
		status = change_rate(r, info.samplerate, *rate, error);
	*rate = *rate ? *rate : info.samplerate;
	return status;
}

tl_status tl_sound_read(tl_sound *sound, const char *path, int rate, tl_error *error)
{
	reading r = {.path = path};
	if (!sound || !path || rate < 0 || rate > MOST_RATE)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "sound: there is no sound or path, or the rate is not 0 to %d",
			       MOST_RATE);
	tl_status status = read_file(&r, &rate, error);
	if (r.file)
		sf_close(r.file);
	tl_free(r.piece);
	if (status) {
		tl_free(r.samples);
		return status;
	}
	tl_free(sound->samples);
	*sound = (tl_sound){r.samples, (int64_t)r.count, rate};
	return TL_OK;
}

void tl_sound_finish(tl_sound *sound)
{
	if (!sound)
		return;
	tl_free(sound->samples);
	*sound = (tl_sound){0};
}
