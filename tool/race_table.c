/* A race on the screen: how it stands while it runs, and tables at the end. */
#define _DEFAULT_SOURCE /* ioctl, fileno */
#include "race.h"
#include "said.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { NAME = 24 };

/* Texts */

/* A metric in a few letters: 0.0123, 97.5 %, 1.874. */
static const char *metric_text(const task_kind *kind, double x, char text[24])
{
	if (isinf(x))
		snprintf(text, 24, "diverges");
	else if (isnan(x))
		snprintf(text, 24, "-");
	else if (kind->metric == METRIC_ACCURACY)
		snprintf(text, 24, "%.1f %%", 100 * x);
	else if (x != 0 && fabs(x) < 0.0995)
		snprintf(text, 24, "%.2g", x);
	else
		snprintf(text, 24, "%.3f", x);
	return text;
}

static const char *with_deviation(const char *middle, double deviation, const char *format,
				  char text[48])
{
	char away[24] = "";
	if (deviation > 0)
		snprintf(away, sizeof away, format, deviation);
	snprintf(text, 48, "%s%s%s", middle, *away ? " ±" : "", away);
	return text;
}

/* 12345 as 12,345. */
static const char *thousands(int64_t n, char text[32])
{
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%lld", (long long)n), used = 0;
	for (int k = 0; k < length; k++) {
		if (k && (length - k) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[k];
	}
	text[used] = '\0';
	return text;
}

static const char *time_text(double seconds, char text[32])
{
	if (!(seconds < 3.6e8))
		snprintf(text, 32, "?");
	else if (seconds < 120)
		snprintf(text, 32, "%.0f s", seconds);
	else if (seconds < 7200)
		snprintf(text, 32, "%.0f min", seconds / 60);
	else
		snprintf(text, 32, "%.1f h", seconds / 3600);
	return text;
}

/* A text that ends at a column, which may hold letters of more bytes than one. */
static void print_right(const char *text, int columns)
{
	int used = columns_of(text);
	printf("%*s%s", columns > used ? columns - used : 0, "", text);
}

/* What a cell is called: as it was typed, without the folder. */
static const char *name_of(const race *r, int c, char text[NAME + 1])
{
	const char *word = r->cell[c].word, *slash = strrchr(word, '/');
	snprintf(text, NAME + 1, "%.*s", NAME, slash && slash[1] ? slash + 1 : word);
	return text;
}

static int names_width(const race *r)
{
	char text[NAME + 1];
	int width = 8; /* "baseline" */
	for (int c = 0; c < r->cells; c++) {
		int w = columns_of(name_of(r, c, text));
		width = w > width ? w : width;
	}
	return width;
}

/* A task without the folder of its file. */
static const char *task_label(const task *t, char text[TASK_NAME])
{
	const char *slash = strrchr(t->name, '/');
	snprintf(text, TASK_NAME, "%s%s%.200s", slash ? t->kind->name : "", slash ? ":" : "",
		 slash ? slash + 1 : t->name);
	return text;
}

/* Sums of all tasks; NULL: out of memory. */
static race_sum **sums_of(const race *r)
{
	race_sum **sums = calloc((size_t)r->tasks + 1, sizeof *sums);
	race_sum *all = calloc((size_t)r->tasks * (size_t)r->cells, sizeof *all);
	if (!sums || !all || r->tasks < 1) {
		free(sums);
		free(all);
		return NULL;
	}
	sums[0] = all;
	for (int t = 0; t < r->tasks; t++) {
		sums[t] = &all[t * r->cells];
		race_sum_up(r, t, sums[t]);
	}
	return sums;
}

static void free_sums(race_sum **sums)
{
	if (sums)
		free(sums[0]);
	free(sums);
}

/* The order of the cells by a rank, those without one last. */
static void sort(int *order, int count, const double *rank)
{
	for (int k = 0; k < count; k++) {
		int at = k;
		for (; at > 0 && (isnan(rank[order[at - 1]]) ? !isnan(rank[k])
							     : rank[k] < rank[order[at - 1]]);
		     at--)
			order[at] = order[at - 1];
		order[at] = k;
	}
}

/* The overview: a row for each cell, a column for each task, of which some may have no room */

enum { COLUMN = 15, PLACE = 4, MEAN = 11 };

typedef struct overview {
	race *r;
	race_sum **sums;
	int *order;          /* of the cells, by mean rank */
	int from, to, width; /* tasks; of the names */
} overview;

static void print_result(const task *t, const race_sum *s, bool last)
{
	char text[24], both[48];
	bool first = s->rank <= 1, shared = s->rank > floor(s->rank);
	metric_text(t->kind, s->metric, text);
	if (isnan(s->rank))
		snprintf(both, sizeof both, "%s", text);
	else
		snprintf(both, sizeof both, "%s %3.*f", text, shared ? 1 : 0, s->rank);
	printf("%s", first ? in_green(stdout) : "");
	print_right(both, isnan(s->rank) ? COLUMN - PLACE : COLUMN);
	printf("%s%*s", first ? in_plain(stdout) : "", isnan(s->rank) && !last ? PLACE : 0, "");
}

static void print_overview_row(const overview *o, int c)
{
	char name[NAME + 1];
	double mean = race_mean_rank(o->r, o->sums, c);
	printf("%s", in_bold(stdout));
	print_padded(stdout, name_of(o->r, c, name), o->width);
	printf("%s", in_plain(stdout));
	for (int t = o->from; t < o->to; t++)
		print_result(&o->r->task[t], &o->sums[t][c], t + 1 == o->to && isnan(mean));
	if (o->r->tasks > 1 && !isnan(mean))
		printf("%*.1f", MEAN, mean);
	printf("\n");
}

/* At most `room` cells; returns how many lines that were. */
static int print_overview(const overview *o, int room)
{
	char label[TASK_NAME], name[COLUMN];
	int rows = o->r->cells < room ? o->r->cells : room;
	printf("%*s", o->width, "");
	for (int t = o->from; t < o->to; t++) {
		snprintf(name, sizeof name, "%.*s", COLUMN - 2, task_label(&o->r->task[t], label));
		print_right(name, COLUMN);
	}
	printf("%s\n", o->r->tasks > 1 ? "  mean rank" : "");
	for (int k = 0; k < rows; k++)
		print_overview_row(o, o->order[k]);
	print_padded(stdout, "baseline", o->width);
	for (int t = o->from; t < o->to; t++) {
		const task *on = &o->r->task[t];
		print_result(on, &(race_sum){.metric = on->baseline, .rank = NAN}, t + 1 == o->to);
	}
	printf("\n");
	return (rows > 0 ? rows : 0) + 2;
}

/* For a screen so wide. Its order is NULL if memory was short. */
static overview overview_of(race *r, race_sum **sums, int screen)
{
	overview o = {.r = r, .sums = sums, .width = names_width(r)};
	double *rank = calloc((size_t)r->cells + 1, sizeof *rank);
	int columns = (screen - o.width - MEAN - 1) / COLUMN;
	o.to = columns > r->tasks ? r->tasks : columns < 1 ? 1 : columns;
	o.order = calloc((size_t)r->cells + 1, sizeof *o.order);
	for (int c = 0; c < r->cells && rank; c++)
		rank[c] = race_mean_rank(r, sums, c);
	if (o.order && rank)
		sort(o.order, r->cells, rank);
	free(rank);
	return o;
}

/* While it runs */

static int drawn; /* lines above the cursor that are ours */
static double drawn_at, begun_at;
static int begun_with = -1; /* trainings that were done then */

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Trainings that are done, those that run counted by their share of the budget. */
static double amount_done(const race *r, int *done, int *running)
{
	double amount = 0;
	*done = *running = 0;
	for (int k = 0; k < r->jobs; k++) {
		const race_job *j = &r->job[k];
		const race_point *p = j->points ? &j->curve[j->points - 1] : NULL;
		*done += j->state == JOB_IS_DONE || j->state == JOB_FAILED;
		*running += j->state == JOB_RUNS;
		if (j->state == JOB_RUNS && p)
			amount += r->o->steps ? (double)p->step / (double)r->o->steps
					      : p->seconds / r->o->time;
	}
	return amount + *done;
}

static void print_progress(const race *r)
{
	char text[32];
	int done, running;
	double amount = amount_done(r, &done, &running), t = now();
	if (begun_with < 0) {
		begun_with = done;
		begun_at = t;
	}
	double here = amount - begun_with;
	double left = here > 0.02 ? (t - begun_at) / here * (r->jobs - amount) : INFINITY;
	printf("%d of %d trainings done, %d running, %s left; Ctrl-C ends it here\n", done, r->jobs,
	       running, time_text(left, text));
}

void race_show_live(race *r)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	if (now() - drawn_at < 0.25)
		return;
	drawn_at = now();
	ioctl(fileno(stdout), TIOCGWINSZ, &size);
	race_sum **sums = sums_of(r);
	if (drawn)
		printf("\r\x1b[%dA\x1b[J", drawn);
	overview o = sums ? overview_of(r, sums, size.ws_col) : (overview){0};
	drawn = o.order ? print_overview(&o, size.ws_row - 5) + 1 : 1;
	print_progress(r);
	free(o.order);
	fflush(stdout);
	free_sums(sums);
}

void race_end_live(void)
{
	if (drawn) /* from the first column: Ctrl-C has left two letters */
		printf("\r\x1b[%dA\x1b[J", drawn);
	drawn = 0;
}

/* At the end */

static void print_head(const race *r, int t, int width)
{
	char baseline[24], learned[24];
	const task *on = &r->task[t];
	const task_kind *kind = on->kind;
	printf("%s%s%s: ", in_bold(stdout), on->name, in_plain(stdout));
	print_wrapped(stdout, kind->doc, columns_of(on->name) + 2, 4, PAGE_WIDTH);
	printf("%s, %s is better; baseline %s", task_metric_name(kind),
	       task_higher_is_better(kind) ? "higher" : "lower",
	       metric_text(kind, on->baseline, baseline));
	if (kind->learned > 0)
		printf(", learned at %s", metric_text(kind, kind->learned, learned));
	printf("\n\n");
	print_right("rank", 4);
	printf("  ");
	print_padded(stdout, "cell", width);
	printf("%6s%9s", "units", "params");
	if (r->rates > 1)
		printf("%9s", "rate");
	print_right(task_metric_name(kind), 17);
	if (kind->learned > 0)
		printf("%8s%12s%8s\n", "learned", "at step", "seconds");
	else
		printf("%8s%9s\n", "seeds", "ms/step");
}

static void print_row(const race *r, int t, int c, const race_sum *s, int width)
{
	char name[NAME + 1], text[24], both[48], big[32];
	const race_net *n = race_net_at(r, t, c);
	const task_kind *kind = r->task[t].kind;
	bool percent = kind->metric == METRIC_ACCURACY;
	double deviation = percent ? 100 * s->metric_deviation : s->metric_deviation;
	printf("%4.*f  ", s->rank > floor(s->rank) ? 1 : 0, s->rank);
	print_padded(stdout, name_of(r, c, name), width);
	printf("%6lld", (long long)n->hidden);
	print_right(thousands(n->parameters, big), 9);
	if (r->rates > 1)
		printf("%9.3g", r->rate[s->rate]);
	metric_text(kind, s->metric, text);
	print_right(with_deviation(text, isinf(s->metric) ? 0 : deviation,
				   percent ? "%.1f" : "%.1g", both),
		    17);
	if (kind->learned > 0)
		snprintf(text, sizeof text, "%d/%d", s->learned, s->done);
	else
		snprintf(text, sizeof text, "%d", s->done);
	printf("%8s", text);
	if (kind->learned > 0 && isnan(s->steps)) {
		printf("%12s%8s", "-", "-");
	} else if (kind->learned > 0) {
		snprintf(text, sizeof text, "%.0f", s->steps);
		print_right(with_deviation(text, s->steps_deviation, "%.0f", both), 12);
		printf("%8.1f", s->seconds);
	} else {
		printf("%9.3g", 1e3 * s->step_time);
	}
	if (s->diverged)
		printf("  %d diverged", s->diverged);
	printf("\n");
}

static void print_task(const race *r, int t, const race_sum *sum)
{
	int width = names_width(r);
	int *order = calloc((size_t)r->cells + 1, sizeof *order);
	double *rank = calloc((size_t)r->cells + 1, sizeof *rank);
	for (int c = 0; c < r->cells && rank; c++)
		rank[c] = sum[c].rank;
	print_head(r, t, width);
	if (order && rank)
		sort(order, r->cells, rank);
	for (int k = 0; k < r->cells && order && rank; k++)
		if (sum[order[k]].done)
			print_row(r, t, order[k], &sum[order[k]], width);
	printf("\n");
	free(order);
	free(rank);
}

void race_print(race *r)
{
	race_sum **sums = sums_of(r);
	for (int t = 0; t < r->tasks && sums; t++) {
		bool any = false;
		for (int c = 0; c < r->cells; c++)
			any |= sums[t][c].done > 0;
		if (any)
			print_task(r, t, sums[t]);
	}
	overview o = sums ? overview_of(r, sums, PAGE_WIDTH) : (overview){0};
	for (int each = o.to; r->tasks > 1 && o.order && o.from < r->tasks; o.from = o.to) {
		o.to = o.from + each < r->tasks ? o.from + each : r->tasks;
		print_overview(&o, r->cells);
		printf("\n");
	}
	free(o.order);
	printf("± is the median distance from the median, over seeds.\n");
	free_sums(sums);
}
