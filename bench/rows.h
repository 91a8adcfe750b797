/* The benchmark's rows: a name and figures with their units, tabs between; run.py puts them into
 * tables. */
#ifndef TL_BENCH_ROWS_H
#define TL_BENCH_ROWS_H

#include <stdbool.h>

/* From now on only rows whose name contains one of these; all if there are none. */
void want_rows(int count, char **names);
bool is_wanted(const char *row);

/* Seconds, and the operations of the products in them. */
void report(const char *name, double time, double flops);

/* Ends the benchmark if there is an error. */
void check(const char *error);

#endif
