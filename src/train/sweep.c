/*
 * Many trainings at once. A job is a child process that sends its results through a pipe; the
 * parent alone writes the file.
 */
#define _DEFAULT_SOURCE /* sysconf */
#include "base/fail.h"
#include "base/memory.h"
#include "train/interrupt.h"

#include <tapeloop/sweep.h>
#include <tapeloop/trainer.h>

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_PROCESSES = 256, MOST_JOBS = 1000000, LINE = 1024 };

/* What a child says: whether it failed, and its numbers. */
typedef struct message {
	tl_error error;
	double result[TL_SWEEP_RESULTS];
} message;

typedef struct child {
	pid_t process; /* 0: none */
	int job, pipe;
} child;

typedef struct sweep {
	tl_sweep_options o;
	int count; /* results a job */
	double *result;
	bool *done;
	FILE *file;
	child child[MOST_PROCESSES];
	int processes, running, ended;
	tl_error *error;
	bool failed;
} sweep;

static const char *name_of(const sweep *s, int job)
{
	const char *name = s->o.name ? s->o.name(job, s->o.user) : NULL;
	return name ? name : "all";
}

/* The first failure is the one that is told. */
__attribute__((format(printf, 3, 4))) static void note(sweep *s, tl_status status,
						       const char *format, ...)
{
	char text[sizeof(tl_error)];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (!s->failed)
		tl_fail(s->error, status, "%s", text);
	s->failed = true;
}

static void write_number(FILE *f, double x)
{
	if (isfinite(x))
		fprintf(f, "%.17g", x);
	else
		fputs("null", f);
}

static void keep(sweep *s, int job)
{
	if (!s->file)
		return;
	fprintf(s->file, "{\"job\":%d,\"name\":\"%s\"", job, name_of(s, job));
	for (int k = 0; k < s->count; k++) {
		fprintf(s->file, ",\"%s\":", s->o.result_names[k]);
		write_number(s->file, s->result[job * s->count + k]);
	}
	fputs("}\n", s->file);
	if (fflush(s->file) || fsync(fileno(s->file)))
		note(s, TL_ERROR_FILE, "%s: %s", s->o.path, strerror(errno));
}

/* A line of the file, as keep() writes it for this sweep; false if it is another's. */
static bool take_line(sweep *s, const char *line)
{
	char begin[LINE];
	int job = -1;
	if (sscanf(line, "{\"job\":%d", &job) != 1 || job < 0 || job >= s->o.jobs)
		return false;
	int used =
		snprintf(begin, sizeof begin, "{\"job\":%d,\"name\":\"%s\"", job, name_of(s, job));
	if (used >= LINE || strncmp(line, begin, (size_t)used))
		return false;
	line += used;
	for (int k = 0; k < s->count; k++) {
		char *end;
		used = snprintf(begin, sizeof begin, ",\"%s\":", s->o.result_names[k]);
		if (used >= LINE || strncmp(line, begin, (size_t)used))
			return false;
		line += used;
		bool none = !strncmp(line, "null", 4);
		s->result[job * s->count + k] = none ? NAN : strtod(line, &end);
		line = none ? line + 4 : end;
	}
	s->done[job] = true;
	return !strcmp(line, "}\n");
}

/* What the file has already; a last line that is not whole was being written when a process died.
 */
static bool take_file(sweep *s)
{
	char line[LINE];
	long end = 0;
	if (!s->o.path)
		return true;
	s->file = fopen(s->o.path, "a+");
	if (!s->file) {
		note(s, TL_ERROR_FILE, "%s: %s", s->o.path, strerror(errno));
		return false;
	}
	rewind(s->file);
	while (fgets(line, sizeof line, s->file) && strchr(line, '\n')) {
		if (!take_line(s, line)) {
			note(s, TL_ERROR_FILE, "%s: is not of this sweep: %.200s", s->o.path, line);
			return false;
		}
		end = ftell(s->file);
	}
	if (fflush(s->file) || ftruncate(fileno(s->file), end)) {
		note(s, TL_ERROR_FILE, "%s: %s", s->o.path, strerror(errno));
		return false;
	}
	return true;
}

/* Does not return. Nothing that the parent has open is flushed a second time. */
static void work(const sweep *s, int job, int pipe)
{
	message m = {.error = {TL_OK, ""}};
	for (int k = 0; k < TL_SWEEP_RESULTS; k++)
		m.result[k] = NAN;
	tl_set_thread_count(1);
	tl_status status = s->o.run(job, m.result, s->o.user, &m.error);
	m.error.status = status;
	const char *at = (const char *)&m;
	for (size_t left = sizeof m; left;) {
		ssize_t sent = write(pipe, at, left);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			_exit(1);
		at += sent;
		left -= (size_t)sent;
	}
	_exit(0);
}

static bool start(sweep *s, int job)
{
	int ends[2];
	if (pipe(ends)) {
		note(s, TL_ERROR_MEMORY, "sweep: %s", strerror(errno));
		return false;
	}
	fflush(NULL);
	pid_t process = fork();
	if (process == 0) {
		close(ends[0]);
		work(s, job, ends[1]);
	}
	close(ends[1]);
	if (process < 0) {
		close(ends[0]);
		note(s, TL_ERROR_MEMORY, "sweep: %s", strerror(errno));
		return false;
	}
	for (int i = 0; i < s->processes; i++)
		if (!s->child[i].process) {
			s->child[i] = (child){process, job, ends[0]};
			break;
		}
	s->running++;
	return true;
}

/* All of a message, or false if the child died before. */
static bool receive(int pipe, message *m)
{
	char *at = (char *)m;
	for (size_t left = sizeof *m; left;) {
		ssize_t got = read(pipe, at, left);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		left -= (size_t)got;
	}
	return true;
}

static void finish(sweep *s, child *c)
{
	message m;
	int end = 0;
	bool whole = receive(c->pipe, &m);
	close(c->pipe);
	while (waitpid(c->process, &end, 0) < 0 && errno == EINTR)
		;
	if (!whole)
		note(s, TL_ERROR_VALUE, "job %d (%s): its process ended with %s %d", c->job,
		     name_of(s, c->job), WIFSIGNALED(end) ? "signal" : "status",
		     WIFSIGNALED(end) ? WTERMSIG(end) : WEXITSTATUS(end));
	else if (m.error.status)
		note(s, m.error.status, "job %d (%s): %.300s", c->job, name_of(s, c->job),
		     *m.error.text ? m.error.text : tl_status_text(m.error.status));
	else {
		memcpy(s->result + c->job * s->count, m.result, (size_t)s->count * sizeof(double));
		s->done[c->job] = true;
		keep(s, c->job);
	}
	s->ended++;
	if (s->o.progress) {
		fprintf(s->o.progress, "job %d (%s)%s", c->job, name_of(s, c->job),
			s->done[c->job] ? ":" : " failed");
		for (int k = 0; k < s->count && s->done[c->job]; k++)
			fprintf(s->o.progress, " %s %.6g", s->o.result_names[k], m.result[k]);
		fprintf(s->o.progress, ", %d of %d\n", s->ended, s->o.jobs);
		fflush(s->o.progress);
	}
	c->process = 0;
	s->running--;
}

/* Wait until a child has said something or ended. */
static void finish_some(sweep *s)
{
	struct pollfd wait[MOST_PROCESSES];
	int at[MOST_PROCESSES], count = 0;
	for (int i = 0; i < s->processes; i++)
		if (s->child[i].process) {
			wait[count] = (struct pollfd){.fd = s->child[i].pipe, .events = POLLIN};
			at[count++] = i;
		}
	if (poll(wait, (nfds_t)count, -1) <= 0)
		return;
	for (int i = 0; i < count; i++)
		if (wait[i].revents)
			finish(s, &s->child[at[i]]);
}

static void run_all(sweep *s)
{
	bool begins = true;
	for (int job = 0; job < s->o.jobs; job++)
		s->ended += s->done[job];
	for (int job = 0; job < s->o.jobs && begins; job++) {
		if (s->done[job])
			continue;
		while (s->running == s->processes)
			finish_some(s);
		if (s->o.interruptible && tl_interrupts_came())
			begins = false;
		else
			begins = start(s, job);
	}
	while (s->running)
		finish_some(s);
	if (!begins)
		note(s, TL_ERROR_VALUE, "sweep: interrupted, with %d of %d jobs done", s->ended,
		     s->o.jobs);
}

/* Mean and deviation of a result over the jobs of a name; how many have one. */
static int over_jobs(const sweep *s, const char *name, int k, double *mean, double *deviation)
{
	double sum = 0, squares = 0;
	int count = 0;
	for (int way = 0; way < 2; way++)
		for (int i = 0; i < s->o.jobs; i++) {
			double x = s->result[i * s->count + k];
			if (!isfinite(x) || strcmp(name_of(s, i), name))
				continue;
			if (way)
				squares += (x - *mean) * (x - *mean);
			else
				sum += x, *mean = sum / ++count;
		}
	*deviation = count > 1 ? sqrt(squares / (count - 1)) : 0;
	return count;
}

/* A row for each name, in the order in which they first stand. */
static void print_table(const sweep *s)
{
	FILE *f = s->o.table;
	int width = 4;
	for (int job = 0; job < s->o.jobs; job++)
		width = (int)strlen(name_of(s, job)) > width ? (int)strlen(name_of(s, job)) : width;
	fprintf(f, "%-*s  jobs", width, "");
	for (int k = 0; k < s->count; k++)
		fprintf(f, "  %22s", s->o.result_names[k]);
	fputc('\n', f);
	for (int job = 0; job < s->o.jobs; job++) {
		bool first = true;
		int jobs = 0;
		char name[LINE];
		snprintf(name, sizeof name, "%s", name_of(s, job));
		for (int i = 0; i < job && first; i++)
			first = strcmp(name_of(s, i), name) != 0;
		if (!first)
			continue;
		for (int i = job; i < s->o.jobs; i++)
			jobs += s->done[i] && !strcmp(name_of(s, i), name);
		fprintf(f, "%-*s  %4d", width, name, jobs);
		for (int k = 0; k < s->count; k++) {
			double mean = NAN, deviation;
			int count = over_jobs(s, name, k, &mean, &deviation);
			fprintf(f, "  %11.5g", mean);
			if (count > 1)
				fprintf(f, " +- %-7.2g", deviation);
			else
				fprintf(f, "%11s", "");
		}
		fputc('\n', f);
	}
	fflush(f);
}

/* Names stand between quotes in the file. */
static bool names_are_plain(sweep *s)
{
	bool plain = true;
	for (int i = 0; i < s->o.jobs + s->count && plain; i++) {
		const char *name = i < s->o.jobs ? name_of(s, i) : s->o.result_names[i - s->o.jobs];
		plain = strlen(name) < LINE / 16;
		for (; *name; name++)
			plain = plain && *name != '"' && *name != '\\' &&
				(unsigned char)*name >= ' ';
	}
	if (!plain)
		note(s, TL_ERROR_ARGUMENT,
		     "sweep: a name is longer than %d, or has a quote, a backslash or a control "
		     "character",
		     LINE / 16 - 1);
	return plain;
}

static int results_of(const tl_sweep_options *o)
{
	int count = 0;
	while (count < TL_SWEEP_RESULTS && o->result_names[count])
		count++;
	return count;
}

tl_status tl_sweep(const tl_sweep_options *options, double *results, tl_error *error)
{
	if (!options || !options->run || options->jobs < 1 || options->jobs > MOST_JOBS ||
	    options->processes < 0 || options->processes > MOST_PROCESSES || !results_of(options))
		return tl_fail(
			error, TL_ERROR_ARGUMENT,
			"sweep: no function, no result, jobs not in 1 ... %d or processes not "
			"in 0 ... %d",
			MOST_JOBS, MOST_PROCESSES);
	if (tl_process_count() > 1)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "sweep: it has processes of its own, and is not run under mpirun");
	sweep *s = tl_alloc_zero(sizeof *s);
	if (!s)
		return tl_fail(error, TL_ERROR_MEMORY, "sweep: out of memory");
	tl_error own = {TL_OK, ""};
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	s->o = *options;
	s->error = error ? error : &own;
	s->count = results_of(options);
	s->processes = options->processes                    ? options->processes
		       : cores > 0 && cores < MOST_PROCESSES ? (int)cores
							     : 1;
	size_t numbers = (size_t)options->jobs * (size_t)s->count;
	s->result = tl_alloc(numbers * sizeof(double));
	s->done = tl_alloc_zero((size_t)options->jobs);
	for (size_t i = 0; s->result && i < numbers; i++)
		s->result[i] = NAN;
	if (!s->result || !s->done)
		note(s, TL_ERROR_MEMORY, "sweep: out of memory");
	else if (names_are_plain(s) && take_file(s)) {
		if (s->o.interruptible)
			tl_interrupts_take();
		run_all(s);
		if (s->o.interruptible)
			tl_interrupts_give_back();
		if (s->o.table)
			print_table(s);
		if (results)
			memcpy(results, s->result, numbers * sizeof(double));
	}
	if (s->file && fclose(s->file))
		note(s, TL_ERROR_FILE, "%s: %s", s->o.path, strerror(errno));
	tl_status status = s->failed ? s->error->status : TL_OK;
	tl_free(s->result);
	tl_free(s->done);
	tl_free(s);
	return status;
}
