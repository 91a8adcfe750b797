/* Numbers in text, the same in every locale. */
#ifndef TL_DATA_NUMBER_H
#define TL_DATA_NUMBER_H

#include <tapeloop/base.h>

/*
 * The decimal number that begins at `text`, rounded to the nearest double: where it ends, or NULL
 * if there is none, it overflows, or it has more than some hundred digits. `decimal` is the sign
 * before its fraction.
 */
const char *tl_number_read(const char *text, const char *end, char decimal, double *value);

enum { TL_NUMBER_TEXT = 40 };

/* In as many digits as tell it from every other double; returns how many letters. */
int tl_number_write(double value, char text[TL_NUMBER_TEXT]);

#endif
