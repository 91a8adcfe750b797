/*
 * Scaling numbers to a range that networks learn well, column by column, and back. What a scaling
 * knows comes from the rows it was fitted on: take those of the training part alone, or the test is
 * not honest. It can be kept with the model as text.
 *
 *     tl_scaling *s = tl_scaling_fit(tl_table_values(t), part[0], TL_SCALING_STANDARD, &error);
 *     tl_scaling_apply(s, tl_table_values(t));
 *     ...
 *     double degrees = tl_scaling_undo_one(s, 0, forecast);
 *
 * On failure: NULL or a status, and nothing is changed.
 * Owner: the caller owns it and destroys it; its text belongs to it.
 */
#ifndef TAPELOOP_SCALING_H
#define TAPELOOP_SCALING_H

#include <tapeloop/sequences.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_scaling tl_scaling;

/* To what columns are scaled. */
typedef enum tl_scaling_kind {
	TL_SCALING_STANDARD, /* to mean 0 and standard deviation 1 */
	TL_SCALING_UNIT      /* from minimum and maximum to 0 and 1 */
} tl_scaling_kind;

/* Of values [rows, columns], or [rows]: TL_F32 or TL_F64. NaN does not count. The range {0, 0} is
 * all rows. A column whose values are all the same becomes 0. */
TL_API tl_scaling *tl_scaling_fit(tl_array values, tl_range rows, tl_scaling_kind kind,
				  tl_error *error);
TL_API void tl_scaling_destroy(tl_scaling *s);           /* NULL is fine */
TL_API int tl_scaling_column_count(const tl_scaling *s); /* columns it was fitted to */

/* In place. The last axis is that of the columns; of one column, any array. */
TL_API tl_status tl_scaling_apply(const tl_scaling *s, tl_array values);
TL_API tl_status tl_scaling_undo(const tl_scaling *s, tl_array values);

/* One number of a column. NaN if there is no such column. */
TL_API double tl_scaling_apply_one(const tl_scaling *s, int column, double x);
TL_API double tl_scaling_undo_one(const tl_scaling *s, int column, double x);

/* As text, and from it, to the last bit. NULL: out of memory, or this is no such text. */
TL_API const char *tl_scaling_text(tl_scaling *s);
TL_API tl_scaling *tl_scaling_from_text(const char *text, tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
