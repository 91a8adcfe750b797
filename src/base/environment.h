/* The environment, as far as it may be trusted. */
#ifndef TL_BASE_ENVIRONMENT_H
#define TL_BASE_ENVIRONMENT_H

/* The variable's text, or NULL; always NULL in a process with more rights than who started it. */
const char *tl_environment(const char *name);

#endif
