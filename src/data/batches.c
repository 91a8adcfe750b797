/* A source of batches: a function of their numbers. */
#include "base/fail.h"
#include "base/memory.h"

#include <tapeloop/batch.h>

struct tl_batches {
	tl_batches_options o;
};

tl_batches *tl_batches_create(const tl_batches_options *options)
{
	if (!options || !options->fill || (options->count < 1 && !options->count_of))
		return NULL;
	tl_batches *s = tl_alloc_zero(sizeof *s);
	if (s)
		s->o = *options;
	return s;
}

void tl_batches_destroy(tl_batches *s)
{
	if (s && s->o.destroy)
		s->o.destroy(s->o.user);
	tl_free(s);
}

int64_t tl_batches_count(const tl_batches *s, int64_t epoch)
{
	return !s ? 0 : s->o.count_of ? s->o.count_of(epoch, s->o.user) : s->o.count;
}

static void empty(tl_batch *b)
{
	tl_array *all[] = {&b->input, &b->target, &b->lengths, &b->target_lengths, &b->weights};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		all[i]->size = 0;
	b->rows = 0;
	b->begins = b->steps_are_set = false;
	b->error = (tl_error){TL_OK, ""};
}

tl_status tl_batches_fill(tl_batches *s, int64_t epoch, int64_t index, tl_batch *b, tl_error *error)
{
	if (!s || !b)
		return tl_fail(error, TL_ERROR_ARGUMENT, "batches: there is no source or no batch");
	int64_t count = tl_batches_count(s, epoch);
	if (epoch < 0 || index < 0 || index >= count)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "batches: epoch %lld has %lld batches, and no number %lld",
			       (long long)epoch, (long long)count, (long long)index);
	empty(b);
	b->epoch = epoch;
	b->index = index;
	tl_status status = s->o.fill(b, epoch, index, s->o.user);
	if (status)
		return tl_fail(error, status, "batches: number %lld of epoch %lld: %s",
			       (long long)index, (long long)epoch,
			       *b->error.text ? b->error.text : tl_status_text(status));
	if (!b->input.size || b->rows < 1)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "batches: number %lld of epoch %lld was left without an input",
			       (long long)index, (long long)epoch);
	return TL_OK;
}
