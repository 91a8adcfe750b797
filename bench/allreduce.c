/*
 * What adding up over processes costs here, for docs/training.md: microseconds by size, and from
 * them the latency and the bandwidth of a line through the smallest and the largest.
 *
 *     mpirun -np 2 bench_allreduce
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

#include "timing.h"

enum { TIMES = 21, LEAST = 4, MOST = 1 << 24 };

int main(int argc, char **argv)
{
	int rank, count;
	double time[TIMES];
	float *numbers = calloc(MOST / sizeof(float), sizeof(float));
	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &count);
	double first = 0, last = 0;
	for (int bytes = LEAST; numbers && bytes <= MOST; bytes *= 4) {
		for (int i = -2; i < TIMES; i++) {
			MPI_Barrier(MPI_COMM_WORLD);
			double begun = seconds();
			MPI_Allreduce(MPI_IN_PLACE, numbers, bytes / (int)sizeof(float), MPI_FLOAT,
				      MPI_SUM, MPI_COMM_WORLD);
			if (i >= 0)
				time[i] = seconds() - begun;
		}
		last = median(time, TIMES);
		first = bytes == LEAST ? last : first;
		if (!rank)
			printf("%10d bytes %10.1f us\n", bytes, 1e6 * last);
	}
	if (!rank)
		printf("%d processes: latency %.1f us, bandwidth %.2f GB/s\n", count, 1e6 * first,
		       1e-9 * MOST / (last - first));
	free(numbers);
	MPI_Finalize();
	return 0;
}
