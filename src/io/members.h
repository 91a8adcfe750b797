/* Structs of options as JSON, by tables of their members. */
#ifndef TL_IO_MEMBERS_H
#define TL_IO_MEMBERS_H

#include <jansson.h>
#include <tapeloop/custom_cell.h>

/* Of the options that all cells have; initialisers and the kind's own options are not among them.
 */
extern const tl_member tl_cell_members[];

/*
 * Put each member of the struct into the object under its name; `sparse` leaves out what is 0. On
 * failure the text says which member cannot be written.
 */
tl_status tl_members_write(const tl_member *members, const void *from, bool sparse, json_t *object,
			   tl_error *error);

/* Fill the struct, which is zero before, from an object that has nothing else. */
tl_status tl_members_read(const tl_member *members, const json_t *object, void *into,
			  tl_error *error);

#endif
