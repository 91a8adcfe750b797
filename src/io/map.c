/* A whole file in memory, by mmap: pages are read when they are looked at. */
#include "io/map.h"
#include "base/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static tl_status refused(tl_error *error, const char *path, const char *reason)
{
	return tl_fail(error, TL_ERROR_FILE, "%.200s: %s", path, reason);
}

tl_status tl_map_open(tl_map *map, const char *path, tl_error *error)
{
	*map = (tl_map){0};
	if (!path)
		return tl_fail(error, TL_ERROR_ARGUMENT, "file: there is no path");
	/* so as not to wait for somebody to write into a pipe */
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat about;
	if (file < 0 || fstat(file, &about)) {
		tl_status status = refused(error, path, strerror(errno));
		if (file >= 0)
			close(file);
		return status;
	}
	tl_status status = TL_OK;
	if (!S_ISREG(about.st_mode)) {
		status = refused(error, path, "it is not a file of bytes");
	} else if (about.st_size) {
		void *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
		if (bytes == MAP_FAILED)
			status = refused(error, path, strerror(errno));
		else
			*map = (tl_map){bytes, (size_t)about.st_size, true};
	}
	close(file);
	return status;
}

void tl_map_close(tl_map *map)
{
	if (map->mapped)
		munmap((void *)map->bytes, map->size);
	*map = (tl_map){0};
}
