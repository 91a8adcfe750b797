/* What failed, for the caller's tl_error. */
#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>

tl_status tl_fail(tl_error *error, tl_status status, const char *format, ...)
{
	va_list arguments;
	if (!error)
		return status;
	error->status = status;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof error->text, format, arguments);
	va_end(arguments);
	return status;
}
