/* Sentences with labels, as numbers of words: what sentiment reads. */
#ifndef TL_EXAMPLES_SENTENCES_H
#define TL_EXAMPLES_SENTENCES_H

#include "example.h"

enum { SENTENCES = 4096 }; /* at most */

typedef struct sentences {
	tl_text text;
	tl_vocabulary *words;
	int count;
	const char *start[SENTENCES];    /* of each sentence in the text, which ends with a 0 */
	int32_t *word, label[SENTENCES]; /* 1: for */
	const void *each[SENTENCES];     /* its words */
	int64_t length[SENTENCES];
} sentences;

/*
 * Lines of a label, a tab and a sentence, from the data set. Words are in small letters; those that
 * occur once are one word, "<unknown>". False: it has been said why.
 */
bool sentences_read(sentences *s, example *e);
void sentences_finish(sentences *s);

#endif
