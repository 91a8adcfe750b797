/*
 * A model in one file: the values of a parameter set, the cells with their kinds and options, and
 * texts of your own (a vocabulary, what the data was normalised by). From the file alone another
 * program makes the set and the cells again.
 *
 *     tl_cell *cells[] = {encoder, decoder};
 *     tl_metadata texts[] = {{"vocabulary", "abc"}};
 *     tl_model_save("model.safetensors", set, cells, 2, texts, 1, &error);
 *     ...
 *     tl_model *m = tl_model_load("model.safetensors", &error);
 *     tl_cell *encoder = tl_model_cell(m, "encoder");
 *     tl_param *W = tl_params_find(tl_model_set(m), "W");
 *     puts(tl_model_metadata(m, "vocabulary"));
 *
 * The file is of the safetensors format, for other programs to read; what cells there are stands in
 * its metadata. Kinds and activations are saved by their names: your own must be registered
 * (tl_cell_kind_register, tl_activation_register) before a file that names them is loaded. Of a
 * kind from text (tapeloop/equations.h) the text is saved, and nothing need be registered.
 * Initialisers are not saved, for the values are.
 *
 * Parameters that belong to no cell are offered (tl_param_offer): what adds its parameters itself,
 * as attention and carries do, is made on the loaded set by the same calls as before, and gets
 * these.
 *
 * On failure: NULL or a status; the tl_error names the file, the cell and the reason. Of NULL,
 *     getters return NULL or 0.
 * Owner: the model owns the set and the cells, and texts that it hands out; the caller destroys it.
 */
#ifndef TAPELOOP_MODEL_H
#define TAPELOOP_MODEL_H

#include <tapeloop/cells.h>
#include <tapeloop/safetensors.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The key of the metadata under which the cells are. */
#define TL_MODEL_KEY "tapeloop.model"

/* Save a set and those of its cells. As tl_safetensors_write, it leaves the old file or a new one,
 * whole. */
TL_API tl_status tl_model_save(const char *path, tl_params *set, tl_cell *const *cells, int count,
			       const tl_metadata *metadata, int metadata_count, tl_error *error);

typedef struct tl_model tl_model;

/* The set, the cells and the texts of a file. On failure: NULL, and the tl_error says why. */
TL_API tl_model *tl_model_load(const char *path, tl_error *error);
TL_API void tl_model_destroy(tl_model *model); /* NULL is fine */

TL_API tl_params *tl_model_set(const tl_model *model); /* all its parameters */
TL_API tl_cell *tl_model_cell(const tl_model *model,
			      const char *name);       /* NULL: there is none of this name */
TL_API int tl_model_cell_count(const tl_model *model); /* cells in it */
TL_API tl_cell *tl_model_cell_at(const tl_model *model, int index); /* in the order saved */
TL_API const char *tl_model_metadata(const tl_model *model,
				     const char *key); /* a text of yours; NULL: there is none */

#ifdef __cplusplus
}
#endif
#endif
