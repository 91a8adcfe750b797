/* Activations by name: the elementwise ops of one operand, and what users register. */
#include <tapeloop/cell_options.h>

#include <stdlib.h>
#include <string.h>

typedef struct named {
	const char *name;
	tl_activation function;
} named;

static const named known[] = {
#define UNARY(NAME, ...)    {#NAME, tl_##NAME},
#define FLAT(NAME, ...)     {#NAME, tl_##NAME},
#define NUMBERED(NAME, ...) /* these are no functions of a tensor alone */
#include "ops/unary.def"
#undef UNARY
#undef FLAT
#undef NUMBERED
};

enum { KNOWN = sizeof known / sizeof *known };

/* The list is the process's and outlives any change of allocator: malloc it is. */
static named *own;
static size_t own_count;

static const named *at(size_t i)
{
	return i < KNOWN ? &known[i] : i - KNOWN < own_count ? &own[i - KNOWN] : NULL;
}

tl_activation tl_activation_find(const char *name)
{
	for (size_t i = 0; name && at(i); i++)
		if (!strcmp(at(i)->name, name))
			return at(i)->function;
	return NULL;
}

const char *tl_activation_name(tl_activation function)
{
	for (size_t i = 0; at(i); i++)
		if (at(i)->function == function)
			return at(i)->name;
	return NULL;
}

tl_status tl_activation_register(const char *name, tl_activation function)
{
	if (!name || !*name || !function)
		return TL_ERROR_ARGUMENT;
	if (tl_activation_find(name) || tl_activation_name(function))
		return TL_ERROR_NAME;
	named *more = realloc(own, (own_count + 1) * sizeof *own);
	if (!more)
		return TL_ERROR_MEMORY;
	own = more;
	own[own_count++] = (named){name, function};
	return TL_OK;
}
