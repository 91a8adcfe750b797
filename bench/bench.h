/* What the files of the benchmark share. A row is a name and figures with their units, tabs
 * between; run.py puts rows into tables. */
#ifndef TL_BENCH_BENCH_H
#define TL_BENCH_BENCH_H

#include "models.h"

bool is_wanted(const char *row);

/* Ends the benchmark if there is an error. */
void check(const char *error);

/* One thread's product of 1024 x 1024 matrices, which rates are related to. */
void run_peak(void);
/* A recorded node, a program that does next to nothing, a compiled node. */
void run_overheads(void);

#endif
