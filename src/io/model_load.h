/* Loading models from the inside. */
#ifndef TL_IO_MODEL_LOAD_H
#define TL_IO_MODEL_LOAD_H

#include <tapeloop/model.h>

/* The file is closed by tl_model_destroy, or by this call if it fails. */
tl_model *tl_model_of(tl_safetensors *file, tl_error *error);

#endif
