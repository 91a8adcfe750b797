/* Reading safetensors from the inside. */
#ifndef TL_IO_SAFETENSORS_H
#define TL_IO_SAFETENSORS_H

#include "io/element.h"
#include "io/map.h"

#include <tapeloop/safetensors.h>

/* The file is closed by tl_safetensors_close, or by this call if it fails. `path` is for messages.
 */
tl_safetensors *tl_safetensors_of(tl_map *map, const char *path, tl_error *error);

/* For messages. */
const char *tl_safetensors_path(const tl_safetensors *file);

/* Can a tensor be read into an array of this type and shape? */
tl_status tl_safetensors_check(const tl_safetensors *file, int index, tl_dtype dtype,
			       const tl_shape *shape, tl_error *error);

/* Read one that can. */
void tl_safetensors_convert(const tl_safetensors *file, int index, tl_dtype dtype, void *into);

#endif
