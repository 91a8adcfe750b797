/* UTF-8, strictly: bytes that are no well-formed sequence are nothing. */
#ifndef TL_BASE_UTF8_H
#define TL_BASE_UTF8_H

#include <tapeloop/base.h>

/* The code point at the start of these bytes, and how many of them it takes; 0, with the code 0, if
 * none begins there. Code may be NULL. TL_API as in memory.h. */
TL_API size_t tl_utf8_read(const char *at, const char *end, uint32_t *code);

#endif
