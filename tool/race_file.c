/*
 * The file that a race goes on from: a line of JSON for each training that has ended. A line begins
 * with all that its training depended on; where that is what a job is about to do, letter for
 * letter, the job is done. So a file may be used by several races.
 */
#define _POSIX_C_SOURCE 200809L /* getline, open_memstream, ftruncate */
#include "json.h"
#include "race.h"
#include "said.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *file;  /* NULL: there is none */
static char **line; /* what it had when it was opened */
static int lines;

static bool fail(const race *r, const char *why)
{
	say_error("%s: %s", r->o->resume, why);
	return false;
}

/* How a line of such a training begins; the caller frees it. */
static char *key_of(const race *r, int t, int c, int rate, int seed)
{
	char *text = NULL, optimizer[256], words[64];
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	if (!f)
		return NULL;
	race_optimizer(r, rate, optimizer);
	json j = json_begin(f);
	j.one_line = true;
	json_open(&j, NULL, '{');
	json_count(&j, "race", 1);
	json_text(&j, "task", r->task[t].name);
	json_number(&j, "baseline", r->task[t].baseline); /* other data has another */
	json_text(&j, "cell", r->cell[c].word);
	snprintf(words, sizeof words, "%016llx", (unsigned long long)r->cell_id[c]);
	json_text(&j, "text", r->cell_id[c] ? words : NULL);
	snprintf(words, sizeof words, "%s %lld", r->o->equal, (long long)r->o->hidden);
	json_text(&j, "equal", words);
	json_count(&j, "layers", r->o->layers);
	json_text(&j, "optimizer", optimizer);
	json_number(&j, "clip", r->o->clip);
	json_count(&j, "steps", r->o->steps);
	json_number(&j, "time", r->o->time);
	json_count(&j, "every", r->o->every);
	if (seed >= 0)
		json_count(&j, "seed", seed);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

/* What is written behind the key. */
static void write_rest(FILE *f, const race *r, const race_job *job)
{
	json j = {.file = f, .depth = 1, .follows = true, .one_line = true, .closing = "}"};
	const race_net *n = race_net_at(r, job->task, job->cell);
	json_count(&j, "hidden", n->hidden);
	json_count(&j, "parameters", n->parameters);
	json_flag(&j, "diverged", job->diverged);
	json_open(&j, "curve", '[');
	for (int k = 0; k < job->points; k++) {
		const race_point *p = &job->curve[k];
		json_open(&j, NULL, '[');
		json_count(&j, NULL, p->step);
		json_number(&j, NULL, p->seconds);
		json_number(&j, NULL, p->metric);
		json_number(&j, NULL, p->loss);
		json_close(&j);
	}
	json_close(&j);
	json_close(&j);
}

/* Reading: what write_rest has written, and nothing else. */

static bool skip(const char **at, const char *text)
{
	size_t n = strlen(text);
	if (strncmp(*at, text, n))
		return false;
	*at += n;
	return true;
}

static bool number(const char **at, double *x)
{
	char *end;
	if (skip(at, "null")) {
		*x = NAN;
		return true;
	}
	*x = strtod(*at, &end);
	bool fine = end != *at;
	*at = end;
	return fine;
}

static bool read_rest(const char *at, double *hidden, race_job *job)
{
	double parameters, step;
	if (!skip(&at, ", \"hidden\": ") || !number(&at, hidden) ||
	    !skip(&at, ", \"parameters\": ") || !number(&at, &parameters) ||
	    !skip(&at, ", \"diverged\": "))
		return false;
	job->diverged = skip(&at, "true");
	if ((!job->diverged && !skip(&at, "false")) || !skip(&at, ", \"curve\": ["))
		return false;
	while (!skip(&at, "]")) {
		race_point p;
		skip(&at, ", ");
		if (!skip(&at, "[") || !number(&at, &step) || !skip(&at, ", ") ||
		    !number(&at, &p.seconds) || !skip(&at, ", ") || !number(&at, &p.metric) ||
		    !skip(&at, ", ") || !number(&at, &p.loss) || !skip(&at, "]"))
			return false;
		p.step = step >= 0 && step < 1e18 ? (int64_t)step : 0;
		if (!race_add_point(job, p))
			return false;
	}
	return skip(&at, "}") && !*at;
}

static bool add_line(char *text)
{
	char **more = realloc(line, ((size_t)lines + 1) * sizeof *line);
	if (!more)
		return false;
	line = more;
	line[lines++] = text;
	return true;
}

/* A last line that is not whole was being written when the process died: it is cut off. */
static bool take_lines(const race *r)
{
	long end = 0;
	for (;;) {
		char *text = NULL;
		size_t room = 0;
		ssize_t length = getline(&text, &room, file);
		bool whole = length > 0 && text[length - 1] == '\n';
		if (whole)
			text[length - 1] = '\0';
		if (whole && strncmp(text, "{\"race\": 1, ", 12)) {
			free(text);
			return fail(r, "this is no file of a race");
		}
		if (!whole || !add_line(text)) {
			free(text);
			if (whole)
				return fail(r, "out of memory");
			break;
		}
		end = ftell(file);
	}
	if (ferror(file) || fseek(file, end, SEEK_SET) || ftruncate(fileno(file), end))
		return fail(r, strerror(errno));
	return true;
}

bool race_file_open(race *r)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (!r->o->resume)
		return true;
	file = fopen(r->o->resume, "a+");
	if (!file)
		return fail(r, strerror(errno));
	if (fcntl(fileno(file), F_SETLK, &lock) && (errno == EACCES || errno == EAGAIN))
		return fail(r, "another race writes there");
	rewind(file);
	return take_lines(r);
}

int64_t race_file_size(race *r, int t, int c)
{
	double hidden = 0;
	for (int rate = 0; rate < r->rates && hidden < 1; rate++) {
		char *key = key_of(r, t, c, rate, -1);
		size_t length = key ? strlen(key) : 0;
		for (int k = 0; k < lines && key; k++) {
			const char *found = strstr(line[k], ", \"hidden\": ");
			if (!strncmp(line[k], key, length) && found)
				sscanf(found, ", \"hidden\": %lf", &hidden);
		}
		free(key);
	}
	return hidden >= 1 && hidden < INT32_MAX ? (int64_t)hidden : 0;
}

void race_file_match(race *r)
{
	for (int n = 0; n < r->jobs && lines; n++) {
		race_job *j = &r->job[n];
		double hidden;
		char *key = key_of(r, j->task, j->cell, j->rate, j->seed);
		size_t length = key ? strlen(key) : 0;
		for (int k = 0; k < lines && key && j->state == JOB_WAITS; k++) {
			j->points = 0;
			if (!strncmp(line[k], key, length) &&
			    read_rest(line[k] + length, &hidden, j))
				j->state = JOB_IS_DONE;
		}
		free(key);
	}
}

void race_file_keep(race *r, race_job *j)
{
	char *key = file ? key_of(r, j->task, j->cell, j->rate, j->seed) : NULL;
	if (!file)
		return;
	if (key)
		fputs(key, file);
	if (key)
		write_rest(file, r, j);
	if (!key || fflush(file) || fsync(fileno(file)))
		say_error("%s: %s", r->o->resume, key ? strerror(errno) : "out of memory");
	free(key);
}

bool race_file_close(race *r)
{
	for (int k = 0; k < lines; k++)
		free(line[k]);
	free(line);
	line = NULL;
	lines = 0;
	bool fine = !file || !fclose(file);
	file = NULL;
	return fine || fail(r, strerror(errno));
}
