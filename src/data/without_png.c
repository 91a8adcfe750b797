/* The calls that read PNG, of a library that was built without libpng. */
#include "base/fail.h"

#include <tapeloop/image.h>

tl_array tl_png_parse(const void *bytes, size_t size, const char *name, int channels,
		      tl_error *error)
{
	(void)bytes, (void)size, (void)channels;
	tl_fail(error, TL_ERROR_FILE,
		"%s: the library was built without libpng, which reads pictures",
		name ? name : "png");
	return (tl_array){0};
}

tl_array tl_png_read(const char *path, int channels, tl_error *error)
{
	return tl_png_parse(NULL, 0, path, channels, error);
}
