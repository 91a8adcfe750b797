/* Running inputs, finding the one that failed, making it smaller. */
#include "fuzz/drive.h"

#include "fuzz/memory.h"

#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SECONDS = 20 }; /* for one input */

/* Of parent and child: how far the child is, and why it died. */
static struct progress {
	long input, inputs, rounds;
	char what[64];
} * shared;

static bool told;

uint64_t fuzz_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

void fuzz_fail(const char *what, const char *format, ...)
{
	va_list arguments;
	if (shared)
		snprintf(shared->what, sizeof shared->what, "%s", what);
	va_start(arguments, format);
	fprintf(stderr, "%s: %s: ", fuzz_this.name, what);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	abort();
}

void fuzz_say(const char *format, ...)
{
	va_list arguments;
	if (!told)
		return;
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
}

bool fuzz_is_told(void)
{
	return told;
}

static long run(const fuzz_unit *units, size_t count)
{
	fuzz_memory_use();
	long rounds = fuzz_this.run(units, count);
	if (fuzz_memory_blocks())
		fuzz_fail("leak", "%ld blocks are alive at the end", (long)fuzz_memory_blocks());
	fuzz_memory_drop();
	return rounds;
}

#ifdef FUZZ_STANDALONE

static size_t input_of(long number, fuzz_unit *units)
{
	fuzz_unit raw[256];
	uint64_t state = (uint64_t)number;
	size_t count = 4 + fuzz_random(&state) % (uint64_t)(fuzz_this.most - 3);
	for (size_t i = 0; i < count; i++) {
		uint64_t x = fuzz_random(&state);
		memcpy(raw[i], &x, FUZZ_UNIT);
	}
	return fuzz_this.expand((const fuzz_unit *)raw, count, units);
}

static void child_signals(int seconds)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	alarm((unsigned)seconds);
}

/* Whether the child ended well; `what` says how it did not. */
static bool ended_well(pid_t child)
{
	int status = 0;
	if (child < 0 || waitpid(child, &status, 0) != child) {
		perror("fuzz");
		exit(2);
	}
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	if (*shared->what)
		return false;
	if (WIFSIGNALED(status))
		snprintf(shared->what, sizeof shared->what, "signal %d%s", WTERMSIG(status),
			 WTERMSIG(status) == SIGALRM ? ", it takes too long" : "");
	else
		snprintf(shared->what, sizeof shared->what, "exit %d", WEXITSTATUS(status));
	return false;
}

/* These units alone, in a child: silently, or with words. */
static bool fails(const fuzz_unit *units, size_t count, bool aloud)
{
	fflush(NULL);
	*shared->what = 0;
	pid_t child = fork();
	if (!child) {
		child_signals(SECONDS);
		if (!aloud && (!freopen("/dev/null", "w", stderr)))
			_exit(2);
		told = aloud;
		run(units, count);
		_exit(0);
	}
	return !ended_well(child);
}

/* Leave out runs of units, long ones first, as long as it goes on failing in the same way. */
static size_t shrink(fuzz_unit *units, size_t count, const char *what)
{
	fuzz_unit tried[FUZZ_UNITS];
	time_t end = time(NULL) + 120;
	bool smaller = true;
	while (smaller) {
		smaller = false;
		for (size_t size = count > 1 ? count / 2 : 1; size; size /= 2)
			for (size_t at = 0; at + size <= count && time(NULL) < end;) {
				memcpy(tried, units, at * FUZZ_UNIT);
				memcpy(tried + at, units + at + size,
				       (count - at - size) * FUZZ_UNIT);
				if (!fails((const fuzz_unit *)tried, count - size, false) ||
				    strcmp(shared->what, what)) {
					at += size;
					continue;
				}
				count -= size;
				memcpy(units, tried, count * FUZZ_UNIT);
				smaller = true;
			}
	}
	return count;
}

static void explain(long number)
{
	fuzz_unit units[FUZZ_UNITS];
	char what[sizeof shared->what];
	size_t count = input_of(number, units);
	memcpy(what, shared->what, sizeof what);
	fprintf(stderr, "%s: input %ld failed (%s); %zu units, made smaller:\n", fuzz_this.name,
		number, what, count);
	if (!fails((const fuzz_unit *)units, count, false)) {
		fprintf(stderr, "by itself it does not fail: it takes those before it\n");
		return;
	}
	count = shrink(units, count, what);
	fails((const fuzz_unit *)units, count, true);
	fprintf(stderr, "%s: input %ld: %zu units: %s\n\n", fuzz_this.name, number, count,
		shared->what);
}

/* Inputs from `first` on, until one fails, or all are done, or the time is over. True: all well. */
static bool batch(long first, long last, time_t end)
{
	fflush(NULL);
	*shared->what = 0;
	pid_t child = fork();
	if (!child) {
		fuzz_unit units[FUZZ_UNITS];
		for (long i = first; i <= last && (!end || time(NULL) < end); i++) {
			shared->input = i;
			size_t count = input_of(i, units);
			child_signals(SECONDS);
			shared->rounds += run((const fuzz_unit *)units, count);
			shared->inputs++;
		}
		_exit(0);
	}
	return ended_well(child);
}

static int usage(void)
{
	fprintf(stderr,
		"%s [COUNT [FIRST]] [--seconds N] [--all]\n"
		"Runs COUNT pseudo-random inputs from number FIRST on, or as many as take N "
		"seconds.\nThe first that fails is made smaller and told; with --all it goes "
		"on.\n",
		fuzz_this.name);
	return 2;
}

int main(int argc, char **argv)
{
	long number[2] = {2000, 1}, seconds = 0, failed = 0;
	bool all = false;
	for (int i = 1, numbers = 0; i < argc; i++) {
		char *rest = NULL;
		if (!strcmp(argv[i], "--all"))
			all = true;
		else if (!strcmp(argv[i], "--seconds") && i + 1 < argc)
			seconds = strtol(argv[++i], &rest, 10);
		else if (numbers < 2)
			number[numbers++] = strtol(argv[i], &rest, 10);
		else
			return usage();
		if (rest && *rest)
			return usage();
	}
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return perror("mmap"), 2;
	long first = number[1], last = seconds ? LONG_MAX - 1 : first + number[0] - 1;
	time_t end = seconds ? time(NULL) + seconds : 0;
	while (!batch(first, last, end)) {
		failed++;
		if (all)
			fprintf(stderr, "input %ld: %s\n", shared->input, shared->what);
		else
			explain(shared->input);
		first = shared->input + 1;
		if (!all || first > last)
			break;
	}
	printf("%s: %ld inputs, %ld rounds, %ld failed\n", fuzz_this.name, shared->inputs,
	       shared->rounds, failed);
	return failed != 0;
}

#else

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_unit units[FUZZ_UNITS];
	size_t count = size / FUZZ_UNIT;
	if (!count || count > 200)
		return 0;
	count = fuzz_this.expand((const fuzz_unit *)data, count, units);
	run((const fuzz_unit *)units, count);
	return 0;
}

#endif
