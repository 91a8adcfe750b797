/*
 * Reading the environment. A set-user-id program must not let who started it choose what runs, so
 * there no variable is seen.
 */
#define _GNU_SOURCE /* secure_getenv */
#include "base/environment.h"

#include <stdlib.h>
#include <unistd.h>

const char *tl_environment(const char *name)
{
#if defined(__GLIBC__)
	return secure_getenv(name);
#else
	return getuid() == geteuid() && getgid() == getegid() ? getenv(name) : NULL;
#endif
}
