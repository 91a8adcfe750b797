/* What is in a zip archive that lies in memory. */
#ifndef TL_IO_ZIP_H
#define TL_IO_ZIP_H

#include "io/map.h"

typedef struct tl_zip_member {
	char *name;
	unsigned char *expanded; /* what was compressed, or NULL */
	const unsigned char *bytes;
	size_t size;
} tl_zip_member;

typedef struct tl_zip {
	tl_zip_member *member;
	size_t count;
} tl_zip;

/* All members, checked and expanded; `path` is for messages. The archive stays in use until the
 * close, which is called after a failure too. */
tl_status tl_zip_open(tl_zip *zip, const tl_map *map, const char *path, tl_error *error);
void tl_zip_close(tl_zip *zip);

/* The checksum of an archive's members, carried on from that of the bytes before (at first 0). */
uint32_t tl_zip_checksum(uint32_t before, const void *bytes, size_t size);

#endif
