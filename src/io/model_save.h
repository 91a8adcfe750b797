/* What a model file says beside its numbers, for files that have more in them. */
#ifndef TL_IO_MODEL_SAVE_H
#define TL_IO_MODEL_SAVE_H

#include <tapeloop/model.h>

/* The text that stands under TL_MODEL_KEY; *text is freed with tl_model_text_free. */
tl_status tl_model_text(const char *path, tl_params *set, tl_cell *const *cells, int count,
			char **text, tl_error *error);
void tl_model_text_free(char *text); /* NULL is fine */

#endif
