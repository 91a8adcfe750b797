/*
 * The processes that share a training, under mpirun. Without it there is one. MPI is not linked:
 * the one that mpirun belongs to is known by the environment it sets, and a small module made for
 * it is loaded then (mpi_module.c).
 */
#ifndef TL_TRAIN_PROCESS_H
#define TL_TRAIN_PROCESS_H

#include <tapeloop/trainer.h>

/* Say that a training begins: false, with an error, if mpirun says that there are several and they
 * cannot meet. */
bool tl_processes_meet(tl_error *error);

/* The sums over all processes, in place of each one's own numbers. */
tl_status tl_processes_add(double *numbers, int count, tl_error *error);
tl_status tl_processes_add_block(void *numbers, int64_t count, tl_dtype dtype, tl_error *error);

/* The first process's bytes, for all. */
tl_status tl_processes_share(void *bytes, int64_t count, tl_error *error);

#endif
