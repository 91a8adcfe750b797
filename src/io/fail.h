/* What failed, for the caller's tl_error. */
#ifndef TL_IO_FAIL_H
#define TL_IO_FAIL_H

#include <tapeloop/base.h>

/* Write status and text there, unless error is NULL; returns the status. */
__attribute__((format(printf, 3, 4))) tl_status tl_fail(tl_error *error, tl_status status,
							const char *format, ...);

#endif
