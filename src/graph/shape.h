/* Shapes: their size, whether they are sound, alike, in words. */
#ifndef TL_GRAPH_SHAPE_H
#define TL_GRAPH_SHAPE_H

#include <tapeloop/tensor.h>

int64_t tl_elements(const tl_shape *s); /* the product; the shape is known to be sound */
bool tl_shape_sound(const tl_shape *s); /* rank 0..4, no dimension negative, the size fits */
bool tl_shape_same(const tl_shape *a, const tl_shape *b);
const char *tl_shape_text(const tl_shape *s, char text[96]); /* "[32,128]"; returns text */

#endif
