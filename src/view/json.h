/* JSON as it is written into a page: it may stand in a script element. */
#ifndef TL_VIEW_JSON_H
#define TL_VIEW_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomic.h"

typedef struct tl_json {
	tl_atomic *file;
	tl_error *error;  /* of writing */
	tl_status status; /* the first failure; nothing is written after it */
	bool comma;       /* something stands before what comes next */
} tl_json;

/* Bytes as they are. */
void tl_json_put(tl_json *j, const void *bytes, size_t size);

/* Members and elements; commas come by themselves. key NULL: an element of an array. */
void tl_json_open(tl_json *j, const char *key, char bracket);
void tl_json_close(tl_json *j, char bracket);
void tl_json_text(tl_json *j, const char *key, const char *text); /* NULL: null */
/* The first `length` bytes of a text; what is not UTF-8 becomes question marks. */
void tl_json_bytes(tl_json *j, const char *key, const char *text, size_t length);
void tl_json_number(tl_json *j, const char *key, double x); /* what is not finite: null */
void tl_json_bool(tl_json *j, const char *key, bool x);

/* An array of numbers, as they lie in memory, in base 64: {"type": "u32", "data": "..."}. Types are
 * u8, u16, u32, i32, f32, f64. */
void tl_json_array(tl_json *j, const char *key, const char *type, const void *data, size_t count);

/* The same of u8, u16 or u32, whatever the largest needs. The array is written over. */
void tl_json_integers(tl_json *j, const char *key, uint32_t *data, size_t count);

#endif
