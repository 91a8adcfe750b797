/* The calls that read sounds, of a library that was built without libsndfile. */
#include "base/fail.h"
#include "base/memory.h"

#include <tapeloop/audio.h>

tl_status tl_sound_read(tl_sound *sound, const char *path, int rate, tl_error *error)
{
	(void)sound, (void)rate;
	return tl_fail(error, TL_ERROR_FILE,
		       "%s: the library was built without libsndfile, which reads sounds",
		       path ? path : "sound");
}

void tl_sound_finish(tl_sound *sound)
{
	if (!sound)
		return;
	tl_free(sound->samples);
	*sound = (tl_sound){0};
}
