/* What a decoder with attention writes for some texts, and a picture of where it looks meanwhile.
 */
#ifndef TL_EXAMPLES_ALIGNMENT_H
#define TL_EXAMPLES_ALIGNMENT_H

#include "seq2seq.h"

/*
 * Each text is printed with what is written for it; of the first four, out/NAME-attention.svg has a
 * map: a row for each token that is written, a column for each that is read. False: it failed,
 * which has been said.
 */
bool alignment_write(seq2seq *s, example *e, const tl_vocabulary *read,
		     const tl_vocabulary *written, const char *const *text, int count);

#endif
