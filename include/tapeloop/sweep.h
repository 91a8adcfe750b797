/*
 * Many trainings at once: seeds, cells, settings. Each is a job, run in a process of its own on one
 * thread, as many at a time as there are cores. What a job found is kept in a file, so a sweep that
 * was interrupted runs only those that are missing.
 *
 *     static tl_status run(int job, double *results, void *user, tl_error *error)
 *     {
 *             ... train with seed job % 5 and the cell job / 5, results[0] = the loss ...
 *             return TL_OK;
 *     }
 *     tl_sweep(&(tl_sweep_options){.jobs = 20, .run = run, .name = name,
 *                                  .result_names = {"loss"}, .path = "sweep.jsonl",
 *                                  .table = stdout}, NULL, &error);
 *
 * Jobs of one name are one row of the table: the mean over them and the standard deviation, of the
 * results that are finite.
 *
 * On failure: a status, and the tl_error names the job and what it said, or how its process ended.
 *     The other jobs are run all the same, and what they found is kept.
 * Owner: all is the caller's.
 */
#ifndef TAPELOOP_SWEEP_H
#define TAPELOOP_SWEEP_H

#include <tapeloop/base.h>

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers that a job can have as its result. */
enum { TL_SWEEP_RESULTS = 8 };

/* Jobs, and how they are run. */
typedef struct tl_sweep_options {
	int jobs;
	/* Run a job, in a child process: what it changes in memory is lost, but for the results. */
	tl_status (*run)(int job, double *results, void *user, tl_error *error);
	const char *(*name)(int job, void *user); /* NULL: all are of one name */
	void *user;
	const char *result_names[TL_SWEEP_RESULTS]; /* one or more; the rest NULL */
	const char *path;   /* where results are kept, a line of JSON a job; NULL: nowhere */
	int processes;      /* at a time; 0: one a core */
	FILE *progress;     /* a line for each job that ends; NULL: none */
	FILE *table;        /* the table at the end; NULL: none */
	bool interruptible; /* Ctrl-C lets the running jobs end and begins no other */
} tl_sweep_options;

/*
 * Run all jobs that are not in the file. results, which may be NULL, has room for each job's
 * numbers, one job after the other; those of a job that failed or was not run are NaN.
 */
TL_API tl_status tl_sweep(const tl_sweep_options *options, double *results, tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
