/* A whole file, to be read in memory. */
#ifndef TL_IO_MAP_H
#define TL_IO_MAP_H

#include <tapeloop/base.h>

typedef struct tl_map {
	const unsigned char *bytes;
	size_t size;
	bool mapped; /* or else they are somebody's */
} tl_map;

tl_status tl_map_open(tl_map *map, const char *path, tl_error *error);
void tl_map_close(tl_map *map);

#endif
