/* Chinese poems of four lines, as numbers. */
#ifndef TL_EXAMPLES_QUATRAINS_H
#define TL_EXAMPLES_QUATRAINS_H

#include "example.h"
#include "pairs.h"

/* Characters of a poem, with the sign that ends each line: of five or of seven a line. */
enum { QUATRAIN_END = 0, QUATRAIN_FIVE = 24, QUATRAIN_SEVEN = 32, QUATRAIN_LONGEST = 48 };

typedef struct quatrains {
	tl_vocabulary *characters;
	pairs learned, tested; /* what is read is one behind what is written: an END, the poem */
} quatrains;

/* Poems to learn from and those held out. False: it failed, which has been said. */
bool quatrains_read(quatrains *q, example *e);
void quatrains_finish(quatrains *q);

/* Has this four lines of five characters, or four of seven, and nothing else? */
bool quatrains_keep_form(const quatrains *q, const int32_t *character, int32_t length);

/* How these poems are read. */
extern const char quatrains_reading[];

/* A line each. */
void quatrains_print(const quatrains *q, const int32_t *character, int32_t length);

#endif
