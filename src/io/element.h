/*
 * Elements as files have them: more types of numbers than the engine computes with, in either byte
 * order. They are looked at before they are converted, so that a conversion cannot fail half done.
 */
#ifndef TL_IO_ELEMENT_H
#define TL_IO_ELEMENT_H

#include <tapeloop/base.h>

typedef enum tl_element_form {
	TL_FORM_BOOL, /* a byte that is 0 or 1 */
	TL_FORM_SIGNED,
	TL_FORM_UNSIGNED,
	TL_FORM_REAL,      /* IEEE 754, of 16, 32 or 64 bits */
	TL_FORM_SHORTENED, /* the upper half of a 32-bit one */
	TL_FORM_OTHER      /* known by its size, and not read */
} tl_element_form;

typedef struct tl_element {
	const char *name; /* as safetensors has it */
	int bits;
	tl_element_form form;
} tl_element;

/* NULL when there is none of this name. */
const tl_element *tl_element_named(const char *name);
const tl_element *tl_element_of(tl_dtype dtype);

/* Elements in a file: neither aligned nor in this machine's byte order. */
typedef struct tl_elements {
	const void *data;
	int64_t count;
	const tl_element *element;
	bool big_endian;
} tl_elements;

enum { TL_REASON = 120 };

/* Can all of them be converted to this type? If not, the reason is written. */
tl_status tl_elements_check(const tl_elements *from, tl_dtype to, char reason[TL_REASON]);

/* Convert elements that were checked. */
void tl_elements_convert(const tl_elements *from, tl_dtype to, void *into);

#endif
