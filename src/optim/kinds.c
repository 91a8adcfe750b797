/* Kinds found by name: the library's, of the instruction set in use, then those of users. */
#include "optim/kinds.h"
#include "optim/tables.h"

#include "base/memory.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define KIND(name) ROW_##name,
enum {
#include "optim/kinds.def"
	OWN
};
#undef KIND

static const tl_optimizer_kind **registered;
static size_t registered_room;
static int registered_count;

int tl_optimizer_kind_count(void)
{
	return OWN + registered_count;
}

const tl_optimizer_kind *tl_optimizer_kind_at(int index)
{
	if (index < 0 || index >= tl_optimizer_kind_count())
		return NULL;
	return index < OWN ? tl_optim_table_best()->kind[index] : registered[index - OWN];
}

const tl_optimizer_kind *tl_optimizer_kind_find(const char *name)
{
	for (int i = 0; name && i < tl_optimizer_kind_count(); i++)
		if (!strcmp(tl_optimizer_kind_at(i)->name, name))
			return tl_optimizer_kind_at(i);
	return NULL;
}

int tl_kind_option(const tl_optimizer_kind *kind, const char *name)
{
	for (int k = 0; k < TL_OPTIMIZER_OPTIONS && kind->option[k].name; k++)
		if (!strcmp(kind->option[k].name, name))
			return k;
	return -1;
}

bool tl_is_in_range(tl_option_range range, double x, tl_dtype dtype)
{
	bool single = dtype == TL_F32, fits = fabs(x) <= (single ? FLT_MAX : DBL_MAX);
	switch (range) {
	case TL_RANGE_POSITIVE:
		return fits && x > 0 && (!single || (float)x > 0);
	case TL_RANGE_FRACTION:
		return x >= 0 && x < 1;
	case TL_RANGE_FLAG:
		return x == 0 || x == 1;
	default:
		return fits && x >= 0;
	}
}

const char *tl_range_text(tl_option_range range)
{
	switch (range) {
	case TL_RANGE_POSITIVE:
		return "above 0 and finite, in the set's type too";
	case TL_RANGE_FRACTION:
		return "0 or above, and below 1";
	case TL_RANGE_FLAG:
		return "0 or 1";
	default:
		return "0 or above, and finite in the set's type";
	}
}

static bool is_sound(const tl_optimizer_kind *kind)
{
	if (!kind || !kind->name || !*kind->name || !kind->update || !kind->update->f32 ||
	    !kind->update->f64 || !kind->option[0].name ||
	    strcmp(kind->option[0].name, "learning_rate"))
		return false;
	for (int k = 0; k < TL_OPTIMIZER_OPTIONS && kind->option[k].name; k++)
		if (tl_kind_option(kind, kind->option[k].name) != k ||
		    !tl_is_in_range(kind->option[k].range, kind->option[k].initial, TL_F32))
			return false;
	return true;
}

tl_status tl_optimizer_kind_register(const tl_optimizer_kind *kind)
{
	if (!is_sound(kind))
		return TL_ERROR_ARGUMENT;
	if (tl_optimizer_kind_find(kind->name))
		return TL_ERROR_NAME;
	if (!tl_array_reserve(&registered, &registered_room, (size_t)registered_count + 1,
			      sizeof(*registered)))
		return TL_ERROR_MEMORY;
	registered[registered_count++] = kind;
	return TL_OK;
}
