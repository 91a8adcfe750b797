/* `tapeloop plot`: logs of trainings as a chart. A log is lines of JSON, as a trainer writes them.
 */
#define _POSIX_C_SOURCE 200809L /* getline, isatty */
#include "said.h"
#include "terminal.h"
#include "verb.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tapeloop/chart.h>

typedef struct plot_options {
	const char *output;
	bool seconds, log, text;
} plot_options;

static const verb_option options[] = {
	{'o', "output", "FILE", "the chart, as SVG; - is standard output",
	 TEXT(plot_options, output), COMPLETE_FILE},
	{'t', "text", NULL, "the chart in characters, on standard output",
	 FLAG(plot_options, text)},
	{'s', "seconds", NULL, "over time instead of steps", FLAG(plot_options, seconds)},
	{'l', "log", NULL, "a logarithmic axis for the losses", FLAG(plot_options, log)},
	{0},
};

static const plot_options defaults = {0};

enum { POINTS = 400, MOST_LOGS = 32 };

typedef struct series {
	double *x, *y;
	int count, room;
} series;

typedef struct training_log {
	series loss, validation, norm;
	char name[128], validation_name[160];
} training_log;

static bool add(series *s, double x, double y)
{
	if (s->count == s->room) {
		int room = s->room ? 2 * s->room : 256;
		double *more_x = realloc(s->x, (size_t)room * sizeof *more_x);
		if (more_x)
			s->x = more_x;
		double *more_y = more_x ? realloc(s->y, (size_t)room * sizeof *more_y) : NULL;
		if (!more_y)
			return false;
		s->y = more_y;
		s->room = room;
	}
	s->x[s->count] = x;
	s->y[s->count++] = y;
	return true;
}

/* The number of a member of the line's object; NaN: there is none, or it is null. */
static double number_of(const char *line, const char *name)
{
	char key[64], *end;
	snprintf(key, sizeof key, "\"%s\":", name);
	const char *at = strstr(line, key);
	if (!at)
		return NAN;
	double x = strtod(at + strlen(key), &end);
	return end == at + strlen(key) ? NAN : x;
}

/* A line of a step, or of an evaluation, which has no time: it is that of the step before. */
static bool take_line(const plot_options *o, training_log *log, const char *line, double *seconds)
{
	double step = number_of(line, "step"), loss = number_of(line, "loss");
	double validation = number_of(line, "validation"), norm = number_of(line, "gradient_norm");
	if (!isnan(number_of(line, "seconds")))
		*seconds = number_of(line, "seconds");
	double x = o->seconds ? *seconds : step;
	return (isnan(loss) || add(&log->loss, x, loss)) &&
	       (isnan(norm) || add(&log->norm, x, norm)) &&
	       (isnan(validation) || add(&log->validation, x, validation));
}

static bool read_log(const plot_options *o, const char *path, training_log *log)
{
	bool from_input = !strcmp(path, "-"), fine = true;
	const char *slash = strrchr(path, '/');
	FILE *f = from_input ? stdin : fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	double seconds = 0;
	int64_t number = 0;
	snprintf(log->name, sizeof log->name, "%.100s", slash ? slash + 1 : path);
	snprintf(log->validation_name, sizeof log->validation_name, "%s, validation", log->name);
	while (f && fine && getline(&line, &room, f) > 0) {
		number++;
		fine = take_line(o, log, line, &seconds);
		if (!fine)
			say_error("%s: out of memory", path);
		else if (strncmp(line, "{\"step\":", 8)) {
			say_error("%s, line %lld: this is no log of a training", path,
				  (long long)number);
			fine = false;
		}
	}
	if (!f || ferror(f)) {
		say_error("%s: %s", path, strerror(errno));
		fine = false;
	}
	if (f && !from_input)
		fclose(f);
	free(line);
	if (fine && !log->loss.count)
		say_error("%s: there is no step in it", path);
	return fine && log->loss.count;
}

/* Neighbours become one, their mean, until there are few. */
static void thin(series *s)
{
	while (s->count > POINTS) {
		for (int k = 0; k < s->count / 2; k++) {
			s->x[k] = s->x[2 * k + 1];
			s->y[k] = (s->y[2 * k] + s->y[2 * k + 1]) / 2;
		}
		s->count /= 2;
	}
}

static tl_curve curve_of(const series *s, const char *name, bool dots)
{
	return (tl_curve){.name = name, .x = s->x, .y = s->y, .count = s->count, .dots = dots};
}

static bool draw(const plot_options *o, training_log *log, int count)
{
	tl_error error = {TL_OK, ""};
	tl_curve losses[2 * MOST_LOGS], norms[MOST_LOGS];
	int curves = 0;
	for (int k = 0; k < count; k++) {
		thin(&log[k].loss);
		thin(&log[k].norm);
		losses[curves++] = curve_of(&log[k].loss, log[k].name, false);
		if (log[k].validation.count)
			losses[curves++] = curve_of(&log[k].validation, log[k].validation_name,
						    log[k].validation.count < 40);
		norms[k] = curve_of(&log[k].norm, log[k].name, false);
	}
	const char *x_name = o->seconds ? "seconds" : "step";
	const tl_chart charts[] = {{.title = "Training",
				    .x_name = x_name,
				    .y_name = "loss",
				    .curves = losses,
				    .curve_count = curves,
				    .log_y = o->log},
				   {.x_name = x_name,
				    .y_name = "gradient norm",
				    .curves = norms,
				    .curve_count = count,
				    .log_y = true}};
	const tl_chart_options terminal = terminal_of(stdout);
	bool to_output = !o->output || !strcmp(o->output, "-");
	fflush(stdout);
	if (o->text || (!o->output && isatty(fileno(stdout)))
		    ? !tl_chart_print(stdout, charts, 2, &terminal, &error)
		    : !tl_chart_write(to_output ? "/dev/stdout" : o->output, charts, 2, NULL,
				      &error))
		return true;
	say_error("%s", error.text);
	return false;
}

static int run(const void *given, int count, char **operands)
{
	const plot_options *o = given;
	if (o->text && o->output) {
		say_error("plot: --text goes to standard output, and --output is for SVG");
		return STATUS_USAGE;
	}
	training_log *log = calloc((size_t)count + 1, sizeof *log);
	bool fine = log != NULL;
	for (int k = 0; k < count && fine; k++)
		fine = read_log(o, operands[k], &log[k]);
	fine = fine && draw(o, log, count);
	for (int k = 0; k < count && log; k++) {
		series *s[] = {&log[k].loss, &log[k].validation, &log[k].norm};
		for (int i = 0; i < 3; i++) {
			free(s[i]->x);
			free(s[i]->y);
		}
	}
	free(log);
	return fine ? STATUS_OK : STATUS_FAILED;
}

const verb verb_plot = {
	.name = "plot",
	.summary = "draw logs of trainings",
	.operands = "LOG...",
	.least = 1,
	.most = MOST_LOGS,
	.completes = COMPLETE_FILE,
	.about = "Draws the loss, the loss of validation and the norm of gradients of one training "
		 "or more, from the logs that `tapeloop train` and the library's trainer write: in "
		 "characters on a terminal, and as SVG into files and pipes.",
	.options = options,
	.options_size = sizeof(plot_options),
	.defaults = &defaults,
	.examples = "tapeloop plot model.jsonl\n"
		    "tapeloop plot model.jsonl -o training.svg\n"
		    "tapeloop plot lstm.jsonl gru.jsonl --seconds | rsvg-convert > both.png",
	.run = run,
};
