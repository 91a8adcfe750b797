/* The team of threads beside what else a process does: forks, signals, doing nothing. */
#include "suite.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N = 256 };

static float x[N * N];

static tl_program *product(tl_tape *t, tl_tensor *y, int threads)
{
	tl_set_thread_count(threads);
	ck_assert_int_eq(tl_thread_count(), threads);
	tl_tensor a = tl_input(t, tl_dims(N, N), x);
	*y = tl_sum(tl_tanh(tl_matmul(a, a)), TL_ALL);
	return tl_program_create(t, (tl_program_options){.outputs = y, .output_count = 1});
}

static bool run_once(int threads)
{
	tl_tape *t = tl_tape_create(TL_F32);
	tl_tensor y;
	tl_program *p = product(t, &y, threads);
	bool fine = p && !tl_program_run(p) && tl_program_item(p, y) == 0;
	tl_program_destroy(p);
	tl_tape_destroy(t);
	return fine;
}

static atomic_bool enough;

/* The team changes its size all the time, so that some forks happen while threads are dismissed. */
static void *changing(void *user)
{
	tl_tape *t = tl_tape_create(TL_F32);
	tl_tensor y[2];
	tl_program *p[2] = {product(t, &y[0], 2), product(t, &y[1], 3)};
	(void)user;
	for (int k = 0; !atomic_load(&enough); k++)
		tl_program_run(p[k % 2]);
	tl_program_destroy(p[0]);
	tl_program_destroy(p[1]);
	tl_tape_destroy(t);
	return NULL;
}

/* AddressSanitizer's allocator is not made for that: a lock of it that another thread held at the
 * fork is never released in the child, which then hangs inside of free(). */
enum { FORKS = SANITIZED ? 0 : 150 };

START_TEST(a_child_of_fork_never_hangs)
{
	pthread_t other;
	int hung = 0, wrong = 0, status;
	atomic_store(&enough, false);
	ck_assert(!pthread_create(&other, NULL, changing, NULL));
	usleep(50000);
	for (int i = 0; i < FORKS; i++) {
		usleep((unsigned)(i * 37 % 1500));
		pid_t child = fork();
		if (!child) {
			alarm(20);
			tl_params *set = tl_params_create(TL_F32);
			bool fine = set && run_once(2);
			_exit(fine ? 0 : 7);
		}
		ck_assert(child > 0 && waitpid(child, &status, 0) == child);
		hung += WIFSIGNALED(status);
		wrong += WIFEXITED(status) && WEXITSTATUS(status);
	}
	atomic_store(&enough, true);
	pthread_join(other, NULL);
	ck_assert_int_eq(hung, 0);
	ck_assert_int_eq(wrong, 0);
}
END_TEST

static atomic_int handled;

static void handle(int number)
{
	(void)number;
	atomic_fetch_add(&handled, 1);
}

/* Blocked by the only thread of the program, a signal stays pending: the team does not take it. */
START_TEST(signals_are_left_to_the_programs_threads)
{
	sigset_t one, pending;
	ck_assert(run_once(2));
	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &one, NULL);
	signal(SIGUSR1, handle);
	kill(getpid(), SIGUSR1);
	ck_assert(run_once(2));
	sigpending(&pending);
	ck_assert(sigismember(&pending, SIGUSR1));
	ck_assert_int_eq(atomic_load(&handled), 0);
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	ck_assert_int_eq(atomic_load(&handled), 1);
}
END_TEST

static double processor_time(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       1e-6 * (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

START_TEST(a_team_without_work_sleeps)
{
	ck_assert(run_once(2));
	double before = processor_time();
	usleep(400000);
	ck_assert(processor_time() - before < 0.1);
}
END_TEST

SUITE("threads", a_child_of_fork_never_hangs, signals_are_left_to_the_programs_threads,
      a_team_without_work_sleeps)
