#include <tapeloop/base.h>

const char *tl_status_text(tl_status status)
{
	static const char *const text[] = {
		[TL_OK] = "ok",
		[TL_ERROR_MEMORY] = "out of memory",
		[TL_ERROR_SHAPE] = "wrong shape",
		[TL_ERROR_TYPE] = "wrong type",
		[TL_ERROR_ARGUMENT] = "bad argument",
		[TL_ERROR_TAPE] = "wrong tape",
		[TL_ERROR_VALUE] = "bad value",
		[TL_ERROR_GRADIENT] = "no gradient",
		[TL_ERROR_FILE] = "file error",
		[TL_ERROR_NAME] = "name taken",
	};
	return (unsigned)status < sizeof text / sizeof *text ? text[status] : "unknown status";
}

size_t tl_dtype_size(tl_dtype dtype)
{
	return dtype == TL_F64 ? 8 : 4;
}

const char *tl_version(void)
{
	return TL_VERSION;
}
