/*
 * Sounds in which somebody says digits, as features: the logarithms of what mel filters let
 * through, 100 times a second.
 */
#ifndef TL_EXAMPLES_SOUNDS_H
#define TL_EXAMPLES_SOUNDS_H

#include "example.h"

/* Samples and frames; the steps of a net are SOUND_FRAMES frames that follow each other. */
enum { SOUND_RATE = 8000, SOUND_FILTERS = 30, SOUND_FRAMES = 3 };
enum { SOUND_IN = SOUND_FILTERS * SOUND_FRAMES, MOST_SOUNDS = 4096, MOST_DIGITS = 16 };

/* 1 to 10 are the digits 0 to 9; CTC's blank is 0. */
typedef struct sounds {
	int count;
	const void *features[MOST_SOUNDS],
		*digits[MOST_SOUNDS]; /* [steps, SOUND_IN]; what is in digit */
	int64_t steps[MOST_SOUNDS], length[MOST_SOUNDS];
	int32_t digit[MOST_SOUNDS][MOST_DIGITS];
} sounds;

/* The first so many, at most, of a split of the data set ("train", "test", "human" ...) that have
 * no more than `longest` digits. */
bool sounds_read(sounds *s, example *e, const char *split, int most, int longest);
void sounds_finish(sounds *s);

/* Features as input, [steps, rows, SOUND_IN], and digits as target, [rows, steps]. */
tl_batches *sounds_batches(const sounds *s, int rows, bool in_order);

#endif
