/* Which kernels to use: of the last table that this machine can run, or of the one TL_ISA names. */
#include "kernels/blas.h"
#include "kernels/tables.h"

#include "base/environment.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES = 16 }; /* more than there are */

int tl_kernels_all(tl_dtype dtype, const tl_kernels **tables, int max)
{
	int count = tl_kernels_own(dtype, tables, max);
#if defined(TL_HAVE_BLAS)
	if (count < max)
		tables[count++] = tl_kernels_blas(dtype);
#endif
	return count;
}

static const tl_kernels *choose(tl_dtype dtype)
{
	const tl_kernels *tables[TABLES];
	int count = tl_kernels_all(dtype, tables, TABLES);
	const char *wanted = tl_environment("TL_ISA");

	for (int i = 0; wanted && i < count; i++)
		if (strcmp(tables[i]->isa, wanted) == 0)
			return tables[i];
	return tables[count - 1];
}

const tl_kernels *tl_kernels_for(tl_dtype dtype)
{
	static _Atomic(const tl_kernels *) chosen[2];
	int type = dtype == TL_F64;

	const tl_kernels *k = atomic_load_explicit(&chosen[type], memory_order_acquire);
	if (!k) { /* two threads may both look: they find the same */
		k = choose(dtype);
		atomic_store_explicit(&chosen[type], k, memory_order_release);
	}
	return k;
}
