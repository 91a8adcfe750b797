/*
 * Threads that wait for work: looking for a while first, asleep if none comes. They meet at
 * barriers, so they are as slow as the one that the system puts aside for somebody else's work.
 * Each thread therefore measures how long it was put aside; while that is much, jobs run on one
 * thread.
 */
#include "base/team.h"
#include "base/environment.h"

#include <tapeloop/base.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* How long to look before going to sleep: some 50 microseconds. */
enum { LOOKS = 2000 };

/*
 * When the machine is not ours alone. Over jobs of WINDOW nanoseconds together, a share of 1 in
 * CROWDED during which some thread was put aside is more than the system's own needs; then the team
 * is left alone for QUIET times as long, so that trying again costs little.
 */
enum { WINDOW = 40000000, CROWDED = 5, QUIET = 20 };

static struct {
	pthread_mutex_t borrowed; /* held by whoever runs a program on the team */
	pthread_mutex_t sleep;    /* with `woken`, for those that gave up looking */
	pthread_cond_t woken;
	pthread_t thread[TL_MOST_THREADS]; /* from 1 on: part 0 is the borrower's own thread */
	int started;
	bool stop;
	void (*work)(void *data, int part, int parts);
	void *data;
	unsigned first;    /* the number of jobs when the threads were started */
	atomic_uint job;   /* counts jobs */
	atomic_uint phase; /* counts barriers */
	atomic_int arrived, sleepers;
	int64_t aside[TL_MOST_THREADS]; /* nanoseconds that each thread was put aside in this job */
	int64_t worked, lost; /* in this window: of jobs, and of the worst thread in each */
	int64_t resume;       /* before this time jobs run on one thread */
} team = {.borrowed = PTHREAD_MUTEX_INITIALIZER,
	  .sleep = PTHREAD_MUTEX_INITIALIZER,
	  .woken = PTHREAD_COND_INITIALIZER};

static atomic_int wanted; /* 0: not settled yet */

static int cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : n > TL_MOST_THREADS ? TL_MOST_THREADS : (int)n;
}

int tl_team_size(void)
{
	int n = atomic_load(&wanted);
	if (n)
		return n;
	const char *text = tl_environment("TL_THREADS");
	n = text ? atoi(text) : 0;
	n = n < 1 ? cores() : n > TL_MOST_THREADS ? TL_MOST_THREADS : n;
	atomic_store(&wanted, n);
	return n;
}

/* Being put aside: time that passes and is neither computing nor sleeping */

static _Thread_local int64_t slept;

static int64_t clock_of(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

typedef struct presence {
	int64_t wall, own, slept;
} presence;

static presence presence_now(void)
{
	return (presence){clock_of(CLOCK_MONOTONIC), clock_of(CLOCK_THREAD_CPUTIME_ID), slept};
}

static int64_t put_aside_since(presence from)
{
	presence now = presence_now();
	int64_t aside = (now.wall - from.wall) - (now.own - from.own) - (now.slept - from.slept);
	return aside > 0 ? aside : 0;
}

/* After a job: is it better to go on with one thread for a while? */
static void judge(int64_t took)
{
	int64_t worst = 0;
	for (int i = 0; i <= team.started; i++)
		worst = team.aside[i] > worst ? team.aside[i] : worst;
	team.worked += took;
	team.lost += worst;
	if (team.worked < WINDOW)
		return;
	if (team.lost * CROWDED > team.worked)
		team.resume = clock_of(CLOCK_MONOTONIC) + QUIET * team.worked;
	team.worked = team.lost = 0;
}

/* Waiting: look for a while, then sleep until something changes */

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static void wait_change(atomic_uint *word, unsigned old)
{
	for (int i = 0; i < LOOKS; i++) {
		if (atomic_load_explicit(word, memory_order_acquire) != old)
			return;
		pause_briefly();
	}
	pthread_mutex_lock(&team.sleep);
	atomic_fetch_add(&team.sleepers, 1);
	int64_t from = clock_of(CLOCK_MONOTONIC);
	while (atomic_load(word) == old)
		pthread_cond_wait(&team.woken, &team.sleep);
	slept += clock_of(CLOCK_MONOTONIC) - from;
	atomic_fetch_sub(&team.sleepers, 1);
	pthread_mutex_unlock(&team.sleep);
}

/* A sleeper has counted itself before it looks for the last time, so it is either seen here or sees
 * the change. */
static void change(atomic_uint *word)
{
	atomic_fetch_add(word, 1);
	if (!atomic_load(&team.sleepers))
		return;
	pthread_mutex_lock(&team.sleep);
	pthread_cond_broadcast(&team.woken);
	pthread_mutex_unlock(&team.sleep);
}

void tl_team_barrier(int parts)
{
	if (parts == 1)
		return;
	unsigned phase = atomic_load(&team.phase);
	if (atomic_fetch_add(&team.arrived, 1) + 1 == parts) {
		atomic_store(&team.arrived, 0);
		change(&team.phase);
	} else {
		wait_change(&team.phase, phase);
	}
}

/* The threads: all of them take part in every job, and none starts before the last has ended */

static void *member(void *number)
{
	int part = (int)(intptr_t)number;
	for (unsigned seen = team.first;; seen++) {
		wait_change(&team.job, seen);
		if (team.stop)
			return NULL;
		presence from = presence_now();
		team.work(team.data, part, team.started + 1);
		team.aside[part] = put_aside_since(from);
		tl_team_barrier(team.started + 1);
	}
}

static void dismiss(void)
{
	team.stop = true;
	change(&team.job);
	for (int i = 1; i <= team.started; i++)
		pthread_join(team.thread[i], NULL);
	team.started = 0;
	team.stop = false;
}

/* After a fork the child has none of the threads, and its locks are as they happened to be. */
static void forget(void)
{
	pthread_mutex_init(&team.borrowed, NULL);
	pthread_mutex_init(&team.sleep, NULL);
	pthread_cond_init(&team.woken, NULL);
	atomic_store(&team.sleepers, 0);
	atomic_store(&team.arrived, 0);
	team.started = 0;
	team.stop = false; /* it may have been forked while threads were being dismissed */
}

static void forget_in_children(void)
{
	pthread_atfork(NULL, NULL, forget);
}

static bool assemble(int threads)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, forget_in_children);
	if (team.started + 1 == threads)
		return true;
	if (team.started)
		dismiss();
	team.first = atomic_load(&team.job);
	int n = 1;
	sigset_t all, before; /* signals are for the program's own threads */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	/* those that are there wait for a job, and none comes before all are */
	while (n < threads && !pthread_create(&team.thread[n], NULL, member, (void *)(intptr_t)n))
		n++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	team.started = n - 1;
	if (n == threads)
		return true;
	dismiss();
	return false;
}

void tl_team_run(int threads, void (*work)(void *data, int part, int parts), void *data)
{
	if (threads > 1 && !pthread_mutex_trylock(&team.borrowed)) {
		presence from = presence_now();
		bool here = from.wall >= team.resume && assemble(threads);
		if (here) {
			team.work = work;
			team.data = data;
			change(&team.job);
			work(data, 0, threads);
			team.aside[0] = put_aside_since(from);
			tl_team_barrier(threads);
			judge(clock_of(CLOCK_MONOTONIC) - from.wall);
		}
		pthread_mutex_unlock(&team.borrowed);
		if (here)
			return;
	}
	work(data, 0, 1);
}

void tl_set_thread_count(int threads)
{
	atomic_store(&wanted, threads < 1                 ? 0
			      : threads > TL_MOST_THREADS ? TL_MOST_THREADS
							  : threads);
}

int tl_thread_count(void)
{
	return tl_team_size();
}

__attribute__((destructor)) static void leave(void)
{
	if (!pthread_mutex_trylock(&team.borrowed)) {
		if (team.started)
			dismiss();
		pthread_mutex_unlock(&team.borrowed);
	}
}
