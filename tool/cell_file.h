/* Files of equations: where they are. cell.h has what verbs call. */
#ifndef TOOL_CELL_FILE_H
#define TOOL_CELL_FILE_H

#include <stdbool.h>
#include <stddef.h>

enum { CELL_PATH = 4096 };

/* Does this word name a file, and no cell of the library? */
bool cell_is_path(const char *word);
/* Where the file of this name is: as it stands, or in the folder of cells. False: there is none. */
bool cell_place(const char *name, char *path, size_t room);
/* The name in the folder that is most like this one, if one is. */
bool cell_file_like(const char *name, char *like, size_t room);

#endif
