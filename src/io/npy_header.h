/* The header of an array in NumPy's format. */
#ifndef TL_IO_NPY_HEADER_H
#define TL_IO_NPY_HEADER_H

#include "io/element.h"

enum { TL_NPY_RANK = 32, TL_NPY_TYPE = 24 };

typedef struct tl_npy_header {
	char type[TL_NPY_TYPE];    /* as it is written: "<f4" */
	const tl_element *element; /* NULL: a type that is not read */
	bool big_endian;
	bool fortran; /* the first axis is contiguous, not the last */
	int rank;
	int64_t dim[TL_NPY_RANK];
	int64_t size;     /* elements */
	const void *data; /* of which there are as many bytes as these take */
} tl_npy_header;

/* NULL, or what is wrong with these bytes. */
const char *tl_npy_header_read(tl_npy_header *header, const unsigned char *bytes, size_t size);

#endif
