/* Each stretch is cut into as many parts as there are threads. */
#include "optim/share.h"

/* Bytes that one thread goes through in the time that waking another takes. */
enum { WORTH = 1 << 20 };

typedef struct shared {
	void (*work)(void *data, int part, int parts);
	void *data;
	int parts;
} shared;

static void run(void *data, int part, int parts)
{
	shared *s = data;
	if (!part)
		s->parts = parts;
	s->work(s->data, part, parts);
}

int tl_share(const tl_params *set, int arrays, void (*work)(void *data, int part, int parts),
	     void *data)
{
	shared s = {.work = work, .data = data};
	int64_t count;
	tl_params_values((tl_params *)set, &count);
	int64_t bytes = count * (int64_t)tl_dtype_size(tl_params_dtype(set)) * arrays;
	tl_team_run(bytes < WORTH ? 1 : tl_team_size(), run, &s);
	return s.parts;
}

tl_range tl_share_of(int64_t first, int64_t count, int part, int parts)
{
	int64_t units = (count + TL_SHARE_UNIT - 1) / TL_SHARE_UNIT;
	int64_t from = units * part / parts * TL_SHARE_UNIT;
	int64_t to = units * (part + 1) / parts * TL_SHARE_UNIT;
	from = from < count ? from : count;
	to = to < count ? to : count;
	return (tl_range){first + from, to - from};
}
