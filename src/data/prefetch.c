/*
 * Two batches: one that the caller reads, and one that a thread fills meanwhile. The source is used
 * by the thread alone while a batch is asked for, and by the caller alone otherwise.
 */
#include "base/fail.h"
#include "base/memory.h"

#include <tapeloop/prefetch.h>

#include <pthread.h>
#include <signal.h>

enum phase { IDLE, ASKED, READY, STOP };

struct tl_prefetch {
	tl_batches *source;
	tl_batch *shown, *next;
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows, which says whose `next` and `source` are */
	pthread_cond_t changed;
	enum phase phase;
	int64_t epoch, index; /* what `next` is asked to be, or is */
	tl_status status;     /* of that */
	tl_error error;
};

static void *work(void *data)
{
	tl_prefetch *p = data;
	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (p->phase == IDLE || p->phase == READY)
			pthread_cond_wait(&p->changed, &p->lock);
		if (p->phase == STOP)
			break;
		pthread_mutex_unlock(&p->lock);
		tl_status status =
			tl_batches_fill(p->source, p->epoch, p->index, p->next, &p->error);
		pthread_mutex_lock(&p->lock);
		p->status = status;
		p->phase = p->phase == STOP ? STOP : READY;
		pthread_cond_signal(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static bool start_thread(tl_prefetch *p)
{
	sigset_t all, before; /* signals are for the program's own threads */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool started = !pthread_create(&p->thread, NULL, work, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

tl_prefetch *tl_prefetch_create(tl_batches *source, tl_error *error)
{
	if (!source) {
		tl_fail(error, TL_ERROR_ARGUMENT, "prefetch: there is no source");
		return NULL;
	}
	tl_prefetch *p = tl_alloc_zero(sizeof *p);
	if (p) {
		p->shown = tl_batch_create();
		p->next = tl_batch_create();
	}
	if (!p || !p->shown || !p->next || pthread_mutex_init(&p->lock, NULL)) {
		tl_fail(error, TL_ERROR_MEMORY, "prefetch: out of memory");
		tl_batch_destroy(p ? p->shown : NULL);
		tl_batch_destroy(p ? p->next : NULL);
		tl_free(p);
		return NULL;
	}
	p->source = source;
	pthread_cond_init(&p->changed, NULL);
	p->has_thread = start_thread(p);
	return p;
}

void tl_prefetch_destroy(tl_prefetch *p)
{
	if (!p)
		return;
	if (p->has_thread) {
		pthread_mutex_lock(&p->lock);
		p->phase = STOP;
		pthread_cond_signal(&p->changed);
		pthread_mutex_unlock(&p->lock);
		pthread_join(p->thread, NULL);
	}
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	tl_batch_destroy(p->shown);
	tl_batch_destroy(p->next);
	tl_free(p);
}

/* Wait until the thread has nothing to do; is `next` this batch? */
static bool is_prepared(tl_prefetch *p, int64_t epoch, int64_t index)
{
	pthread_mutex_lock(&p->lock);
	while (p->phase == ASKED)
		pthread_cond_wait(&p->changed, &p->lock);
	bool prepared = p->phase == READY && p->epoch == epoch && p->index == index;
	p->phase = IDLE;
	pthread_mutex_unlock(&p->lock);
	return prepared;
}

static void ask_for_next(tl_prefetch *p, int64_t epoch, int64_t index)
{
	bool more = index + 1 < tl_batches_count(p->source, epoch);
	if (!more && epoch == INT64_MAX)
		return;
	pthread_mutex_lock(&p->lock);
	p->epoch = more ? epoch : epoch + 1;
	p->index = more ? index + 1 : 0;
	p->phase = ASKED;
	pthread_cond_signal(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

tl_batch *tl_prefetch_next(tl_prefetch *p, int64_t epoch, int64_t index, tl_error *error)
{
	if (!p) {
		tl_fail(error, TL_ERROR_ARGUMENT, "prefetch: there is none");
		return NULL;
	}
	if (is_prepared(p, epoch, index)) {
		if (p->status) {
			tl_fail(error, p->status, "%s", p->error.text);
			return NULL;
		}
		tl_batch *filled = p->next;
		p->next = p->shown;
		p->shown = filled;
	} else if (tl_batches_fill(p->source, epoch, index, p->shown, error)) {
		return NULL;
	}
	if (p->has_thread)
		ask_for_next(p, epoch, index);
	return p->shown;
}
