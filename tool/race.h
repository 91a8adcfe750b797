/*
 * A race: cells x tasks x learning rates x seeds, each a training in a process of its own on one
 * thread, as many at a time as there are cores. What each comes to is a line of a file, if one is
 * asked for, from which a race goes on.
 *
 * The parts: race_size.c makes nets equally large, race_run.c trains, race_file.c keeps what was
 * measured, race_sum.c says what came of it, race_table.c, race_json.c and race_chart.c show it.
 */
#ifndef TOOL_RACE_H
#define TOOL_RACE_H

#include "net.h"

#include <sys/types.h>

typedef struct race_options {
	const char *task, *equal, *optimizer, *rates, *json, *chart, *resume;
	int64_t seeds, hidden, layers, steps, every, processes;
	double time, clip;
	bool quiet, curves;
} race_options;

typedef struct race_point {
	int64_t step;
	double seconds, metric, loss;
} race_point;

/* One training. */
typedef struct race_job {
	int task, cell, rate, seed;
	enum { JOB_WAITS, JOB_RUNS, JOB_IS_DONE, JOB_FAILED } state;
	bool diverged; /* a loss or a gradient was no number */
	race_point *curve;
	int points, room;
	pid_t process; /* while it runs */
	int pipe;
} race_job;

/* A cell at a task. */
typedef struct race_net {
	int64_t hidden, parameters; /* fixed ones too */
} race_net;

enum { RACE_RATES = 16, RACE_TASKS = 16 };

typedef struct race {
	const race_options *o;
	task *task;
	cell_choice *cell;
	uint64_t *cell_id; /* of a text and its options; 0: written in C */
	double rate[RACE_RATES];
	int tasks, cells, rates;
	race_net *net; /* [task][cell] */
	race_job *job;
	int jobs;
	int failed; /* trainings that ended with an error */
} race;

static inline race_net *race_net_at(const race *r, int t, int c)
{
	return &r->net[t * r->cells + c];
}

/* Room for another point; false: out of memory. */
bool race_add_point(race_job *j, race_point p);

/* The text of an optimiser at one of the rates; out must hold 256 bytes. */
void race_optimizer(const race *r, int rate, char *out);

/* Sets every .net. Returns false after an error, which is said. known(): hidden sizes that were
 * found before, of --equal time; 0: none. */
bool race_solve_sizes(race *r, int64_t (*known)(race *r, int t, int c));

/* Trains what is not done; keep() is called for each that has ended, show() now and then. */
void race_run(race *r, void (*keep)(race *r, race_job *j), void (*show)(race *r));

/* The file: race_file_open takes what is there already. Return false after an error. */
bool race_file_open(race *r);
int64_t race_file_size(race *r, int t, int c);
void race_file_match(race *r);
void race_file_keep(race *r, race_job *j);
bool race_file_close(race *r);

/* What came of a cell at a task, at the rate that suits it best. NaN: nothing yet. */
typedef struct race_sum {
	int rate, done, learned, diverged; /* trainings */
	double metric, metric_deviation;
	double steps, steps_deviation; /* to where it is learned; NaN: less than half of them do */
	double seconds;
	double step_time; /* of a step of training, in seconds */
	double rank;      /* 1 is best; the mean of the places that equals share */
} race_sum;

/* The metric at the end; of a file the best one, where early stopping would have ended. */
double race_final(const race *r, const race_job *j);
const race_point *race_learned(const race *r, const race_job *j);   /* where; NULL: it is not */
void race_sum_up(const race *r, int t, race_sum *sum);              /* of each cell */
double race_mean_rank(const race *r, race_sum *const *sums, int c); /* of those known */
/* Median, and the median distance from it. NaN is left out. x is sorted. */
double race_median(double *x, int n, double *deviation);

void race_show_live(race *r); /* on a terminal, over what it showed before */
void race_end_live(void);
void race_print(race *r);
bool race_write_json(race *r);
/* Learning curves, as an SVG file; or, without a path, in characters. */
bool race_draw_chart(race *r, const char *path);

#endif
