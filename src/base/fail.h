/* What failed, for the caller's tl_error. TL_API as in memory.h. */
#ifndef TL_BASE_FAIL_H
#define TL_BASE_FAIL_H

#include <tapeloop/base.h>

/* Write status and text there, unless error is NULL; returns the status. */
TL_API __attribute__((format(printf, 3, 4))) tl_status tl_fail(tl_error *error, tl_status status,
							       const char *format, ...);

#endif
