/* The page of src/view/page, in two pieces: the data of a tape stands between them. */
#ifndef TL_VIEW_PAGE_H
#define TL_VIEW_PAGE_H

#include <stddef.h>

extern const unsigned char tl_page_head[], tl_page_tail[];
extern const size_t tl_page_head_bytes, tl_page_tail_bytes;

#endif
