/* The module for one implementation of MPI. Blocks go in pieces, for MPI counts in int. */
#include "train/mpi_module.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { PIECE = 1 << 28 };

static void finish(void)
{
	int done = 0;
	if (!MPI_Finalized(&done) && !done)
		MPI_Finalize();
}

static int begin(int *rank, int *count)
{
	int begun = 0, got, error = MPI_Initialized(&begun);
	if (!error && !begun) {
		error = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &got);
		if (!error)
			atexit(finish);
	}
	if (!error)
		error = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
	if (!error)
		error = MPI_Comm_rank(MPI_COMM_WORLD, rank);
	return error ? error : MPI_Comm_size(MPI_COMM_WORLD, count);
}

static int add(void *numbers, int64_t count, tl_dtype dtype)
{
	int error = MPI_SUCCESS;
	for (int64_t at = 0; at < count && !error; at += PIECE) {
		int piece = (int)(count - at < PIECE ? count - at : PIECE);
		char *from = (char *)numbers + (size_t)at * (dtype == TL_F32 ? 4 : 8);
		error = MPI_Allreduce(MPI_IN_PLACE, from, piece,
				      dtype == TL_F32 ? MPI_FLOAT : MPI_DOUBLE, MPI_SUM,
				      MPI_COMM_WORLD);
	}
	return error;
}

static int share(void *bytes, int64_t count)
{
	int error = MPI_SUCCESS;
	for (int64_t at = 0; at < count && !error; at += PIECE)
		error = MPI_Bcast((char *)bytes + at,
				  (int)(count - at < PIECE ? count - at : PIECE), MPI_BYTE, 0,
				  MPI_COMM_WORLD);
	return error;
}

static void text(int error, char *room, size_t size)
{
	char own[MPI_MAX_ERROR_STRING + 1] = "";
	int length;
	MPI_Error_string(error, own, &length);
	snprintf(room, size, "%s", own);
}

extern const tl_mpi_module tl_mpi_module_1;
__attribute__((visibility("default")))
const tl_mpi_module tl_mpi_module_1 = {begin, add, share, text};
