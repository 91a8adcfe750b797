/* The system's CBLAS on a large product: one line, for the peak that bench.py relates figures to.
 */
#include "timing.h"

#include <cblas.h>
#include <stdio.h>

enum { N = 1024 };

static float a[N * N], b[N * N], c[N * N];

static void product(void *user)
{
	(void)user;
	cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1, a, N, b, N, 0, c, N);
}

int main(void)
{
	for (int i = 0; i < N * N; i++)
		a[i] = b[i] = (float)(i % 7) * 0.1f;
	double time = median_time(product, NULL, 1);
	printf("cblas-sgemm-1024\t%.4f ms\t%.1f GFLOP/s\n", time * 1e3,
	       2.0 * N * N * N / time / 1e9);
	return 0;
}
