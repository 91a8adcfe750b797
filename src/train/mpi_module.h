/*
 * What a module for one implementation of MPI offers: a struct of this name. Open MPI and MPICH
 * have other types, so each has a module of its own, compiled from one file with its own mpi.h.
 */
#ifndef TL_TRAIN_MPI_MODULE_H
#define TL_TRAIN_MPI_MODULE_H

#include <tapeloop/base.h>

typedef struct tl_mpi_module {
	int (*begin)(int *rank, int *count); /* these return 0, or MPI's error */
	int (*add)(void *numbers, int64_t count, tl_dtype dtype);
	int (*share)(void *bytes, int64_t count);
	void (*text)(int error, char *text, size_t room);
} tl_mpi_module;

#define TL_MPI_MODULE "tl_mpi_module_1"

#endif
