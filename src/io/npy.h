/* Reading NumPy's files from the inside. */
#ifndef TL_IO_NPY_H
#define TL_IO_NPY_H

#include "io/map.h"

#include <tapeloop/npy.h>

/* The file is closed by tl_npy_close, or by this call if it fails. `path` is for messages. */
tl_npy *tl_npy_of(tl_map *map, const char *path, tl_error *error);

#endif
