/*
 * Sounds, and the features that recognisers of speech learn from.
 *
 *     tl_sound sound = {0};
 *     tl_mel *mel = tl_mel_create(&(tl_mel_options){.rate = 16000}, &error);
 *     if (tl_sound_read(&sound, "yes.wav", 16000, &error)) ...
 *     int64_t frames = tl_mel_frame_count(mel, sound.count);
 *     float *features = malloc(frames * tl_mel_filter_count(mel) * sizeof *features);
 *     tl_mel_apply(mel, sound.samples, sound.count, features, &error);
 *     tl_sound_finish(&sound);
 *
 * Files are read by libsndfile, spectra computed by kissfft; a library that was built without one
 * of them has the calls, and they fail and say so.
 *
 * On failure: NULL or a status; the tl_error names the file and the reason.
 * Owner: the caller owns sounds and features.
 */
#ifndef TAPELOOP_AUDIO_H
#define TAPELOOP_AUDIO_H

#include <tapeloop/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One channel of samples, mostly in [-1, 1]. Empty at first: all 0. */
typedef struct tl_sound {
	float *samples;
	int64_t count;
	int rate; /* samples a second */
} tl_sound;

/*
 * A file (WAV, FLAC and what else libsndfile knows): its channels are averaged, and it is resampled
 * to this rate; 0: as it is. Resampling is by a sinc of 16 zero crossings to each side, under a
 * Hann window, that ends below the lower of both rates' Nyquist frequencies. On failure: the sound
 * is as it was.
 */
TL_API tl_status tl_sound_read(tl_sound *sound, const char *path, int rate, tl_error *error);
TL_API void tl_sound_finish(tl_sound *sound); /* frees it: empty again; NULL is fine */

typedef enum tl_mel_scale {
	/* 2595 log10(1 + f / 700); triangles of height 1 (HTK) */
	TL_MEL_HTK,
	/* linear up to 1000 Hz, 3 a 200 Hz, then 27 for each factor of 6.4; triangles of area 1 Hz,
	 * height 2 / width (Slaney's Auditory Toolbox) */
	TL_MEL_SLANEY
} tl_mel_scale;

/* Frames and filters; what is 0 has the default that is given. */
typedef struct tl_mel_options {
	int rate;           /* of the samples; must be given */
	int frame;          /* samples of a frame: 25 ms */
	int hop;            /* from a frame to the next: 10 ms */
	int filters;        /* numbers of a frame: 40 */
	double low, high;   /* Hz: 0 and rate / 2 */
	tl_mel_scale scale; /* TL_MEL_HTK */
	double least;       /* power below which the logarithm stays: 1e-10 */
} tl_mel_options;

typedef struct tl_mel tl_mel;

/*
 * Log-mel features. Each frame that lies wholly in the sound is taken by a periodic Hann window,
 * 0.5 - 0.5 cos(2 pi n / frame), and padded with zeros to a power of two; of its power spectrum
 * |X|^2 each filter is a weighted sum, a triangle whose corners lie evenly on the mel scale; the
 * feature is the natural logarithm of that. One thread at a time may use it.
 */
TL_API tl_mel *tl_mel_create(const tl_mel_options *options, tl_error *error);
TL_API void tl_mel_destroy(tl_mel *mel);           /* NULL is fine */
TL_API int tl_mel_filter_count(const tl_mel *mel); /* numbers of a frame */
TL_API int64_t tl_mel_frame_count(const tl_mel *mel,
				  int64_t samples); /* frames of so many samples */
TL_API tl_status tl_mel_apply(tl_mel *mel, const float *samples, int64_t count,
			      float *features /* [frames, filters] */, tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
