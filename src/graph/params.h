/* Parameter sets from the inside. */
#ifndef TL_GRAPH_PARAMS_H
#define TL_GRAPH_PARAMS_H

#include <tapeloop/params.h>

tl_params *tl_param_set(const tl_param *p);
int64_t tl_param_offset(const tl_param *p);  /* of its first number in the blocks */
uint64_t tl_param_serial(const tl_param *p); /* unlike the address, no other parameter's ever */
uint64_t tl_set_serial(const tl_params *set);

/* Does it wait for who adds it; was it there before who added it? */
bool tl_param_is_offered(const tl_param *p);
bool tl_param_was_offered(const tl_param *p);

/* Is there a set of this serial number at this address? May be asked of any address. */
bool tl_set_is_alive(const tl_params *set, uint64_t serial);

/* Leave the first error of a set; returns NULL. */
__attribute__((format(printf, 3, 4))) tl_param *tl_params_report(tl_params *set, tl_status status,
								 const char *format, ...);

#endif
