/*
 * Files that are whole or not there. A file is written beside the one it will replace, brought to
 * the disk and then renamed; a process that is killed meanwhile leaves the old one, and a
 * PATH.saving that the next writer uses again.
 *
 *     tl_atomic *file = tl_atomic_open(path, error);
 *     status = tl_atomic_write(file, bytes, size, error);     as often as you like
 *     status = tl_atomic_close(file, status, error);
 *
 * A link is followed: what it points to is replaced, and the link stays. TL_API as in memory.h.
 */
#ifndef TL_BASE_ATOMIC_H
#define TL_BASE_ATOMIC_H

#include <tapeloop/base.h>

typedef struct tl_atomic tl_atomic;

/* NULL on failure. What is there and no file of bytes is not replaced. */
TL_API tl_atomic *tl_atomic_open(const char *path, tl_error *error);
/* The same, but a pipe, a terminal or another device is written to, as it is. */
tl_atomic *tl_atomic_open_any(const char *path, tl_error *error);

TL_API tl_status tl_atomic_write(tl_atomic *file, const void *bytes, size_t size, tl_error *error);

/* Of a status other than TL_OK, what was written is removed and the status returned; otherwise the
 * file takes its place. Either way it is freed. */
TL_API tl_status tl_atomic_close(tl_atomic *file, tl_status status, tl_error *error);

#endif
