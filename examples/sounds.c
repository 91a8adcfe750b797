/* Sounds as features: read, measured, made alike in loudness. */
#include "sounds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What is 43 decibels (10 nats) below the loudest is as good as silence: that of a synthesiser has
 * no noise at all, and its logarithm would outweigh all else. Then each filter's numbers become
 * those of mean 0 and deviation 1 over the sound, whatever the microphone.
 */
static void normalise(float *feature, int64_t frames)
{
	float loudest = -100;
	for (int64_t i = 0; i < frames * SOUND_FILTERS; i++)
		loudest = feature[i] > loudest ? feature[i] : loudest;
	for (int64_t i = 0; i < frames * SOUND_FILTERS; i++)
		feature[i] = feature[i] > loudest - 10 ? feature[i] : loudest - 10;
	for (int k = 0; k < SOUND_FILTERS; k++) {
		double sum = 0, squares = 0;
		for (int64_t t = 0; t < frames; t++) {
			double x = (double)feature[t * SOUND_FILTERS + k];
			sum += x, squares += x * x;
		}
		double mean = sum / (double)frames;
		double deviation = sqrt(fmax(squares / (double)frames - mean * mean, 1e-2));
		for (int64_t t = 0; t < frames; t++) {
			float *x = &feature[t * SOUND_FILTERS + k];
			*x = (float)(((double)*x - mean) / deviation);
		}
	}
}

/* Add a file. The steps of the net are SOUND_FRAMES frames that follow each other. */
static bool add_sound(sounds *s, tl_mel *mel, const char *path, const char *digits, tl_error *error)
{
	tl_sound sound = {0};
	if (tl_sound_read(&sound, path, SOUND_RATE, error))
		return false;
	int64_t frames = tl_mel_frame_count(mel, sound.count);
	float *feature = calloc((size_t)frames * SOUND_FILTERS + 1, sizeof *feature);
	s->features[s->count] = feature;
	s->steps[s->count] = frames / SOUND_FRAMES;
	s->digits[s->count] = s->digit[s->count];
	for (int64_t k = 0; digits[k] && k < MOST_DIGITS; k++)
		s->digit[s->count][k] = digits[k] - '0' + 1, s->length[s->count] = k + 1;
	bool fine = feature && !tl_mel_apply(mel, sound.samples, sound.count, feature, error);
	if (fine)
		normalise(feature, frames);
	s->count++;
	tl_sound_finish(&sound);
	return fine;
}

bool sounds_read(sounds *s, example *e, const char *split, int most, int longest)
{
	tl_error error = {TL_ERROR_MEMORY, "out of memory"};
	char folder[EXAMPLE_PATH], path[2 * EXAMPLE_PATH], name[256], digits[MOST_DIGITS + 1],
		of[32];
	const char *index = example_data(e, "speech", "index.tsv");
	FILE *file = index ? fopen(index, "r") : NULL;
	if (!file)
		return false;
	snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(index, '/') - index), index);
	tl_mel *mel = tl_mel_create(&(tl_mel_options){.rate = SOUND_RATE, .filters = SOUND_FILTERS},
				    &error);
	bool fine = mel;
	while (fine && s->count < most) { /* file, digits, words, split ... */
		int read = fscanf(file, "%255[^\t]\t%16[^\t]\t%*[^\t]\t%31[^\t]%*[^\n] ", name,
				  digits, of);
		if (read != 3)
			break;
		snprintf(path, sizeof path, "%s/%s", folder, name);
		if (!strcmp(of, split) && strlen(digits) <= (size_t)longest)
			fine = add_sound(s, mel, path, digits, &error);
	}
	fclose(file);
	tl_mel_destroy(mel);
	return fine || example_fail(e, error.text);
}

void sounds_finish(sounds *s)
{
	for (int i = 0; i < s->count; i++)
		free((void *)(uintptr_t)s->features[i]);
	s->count = 0;
}

tl_batches *sounds_batches(const sounds *s, int rows, bool in_order)
{
	return tl_batches_of_sequences(&(tl_sequences_options){.count = s->count,
							       .input = {.each = s->features,
									 .shape = tl_dims(SOUND_IN),
									 .lengths = s->steps},
							       .target = {.each = s->digits,
									  .dtype = TL_I32,
									  .lengths = s->length,
									  .padding = 1,
									  .rows_first = true},
							       .rows = rows,
							       .in_order = in_order},
				       NULL);
}
