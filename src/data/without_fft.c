/* Log-mel features, of a library that was built without kissfft. */
#include "base/fail.h"

#include <tapeloop/audio.h>

static tl_status none(tl_error *error)
{
	return tl_fail(error, TL_ERROR_ARGUMENT,
		       "mel: the library was built without kissfft, which computes spectra");
}

tl_mel *tl_mel_create(const tl_mel_options *options, tl_error *error)
{
	(void)options;
	none(error);
	return NULL;
}

void tl_mel_destroy(tl_mel *mel)
{
	(void)mel;
}

int tl_mel_filter_count(const tl_mel *mel)
{
	(void)mel;
	return 0;
}

int64_t tl_mel_frame_count(const tl_mel *mel, int64_t samples)
{
	(void)mel, (void)samples;
	return 0;
}

tl_status tl_mel_apply(tl_mel *mel, const float *samples, int64_t count, float *features,
		       tl_error *error)
{
	(void)mel, (void)samples, (void)count, (void)features;
	return none(error);
}
