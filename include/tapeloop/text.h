/*
 * Whole files of text in memory, one after the other.
 *
 *     tl_text text = {0};
 *     if (tl_text_add_folder(&text, "book", ".txt", &error))
 *             ...
 *     tl_text_finish(&text);
 *
 * On failure: a status; the tl_error names the file and the reason, and the text is as it was.
 * Owner: the caller, who finishes it.
 */
#ifndef TAPELOOP_TEXT_H
#define TAPELOOP_TEXT_H

#include <tapeloop/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Empty at first: all 0. */
typedef struct tl_text {
	char *bytes; /* `size` of them and a 0; NULL while it is empty */
	size_t size, room;
} tl_text;

/* Add what a file holds. */
TL_API tl_status tl_text_add_file(tl_text *text, const char *path, tl_error *error);
/*
 * The files of a folder and of those below it, in alphabetical order: all, or those whose names end
 * in one of these endings, separated by blanks. Hidden files, and folders behind symbolic links,
 * are left out.
 */
TL_API tl_status tl_text_add_folder(tl_text *text, const char *path, const char *endings,
				    tl_error *error);
TL_API tl_status tl_text_add(tl_text *text, const char *bytes, size_t size, tl_error *error);
TL_API void tl_text_finish(tl_text *text); /* frees it: empty again; NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
