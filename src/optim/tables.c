/* The tables that were compiled; the build defines TL_HAVE_AVX2 and the like. */
#include "optim/tables.h"

#include "kernels/tables.h"

#include <string.h>

extern const tl_optim_table tl_optim_table_baseline;
#if defined(TL_HAVE_AVX2)
extern const tl_optim_table tl_optim_table_avx2;
#endif
#if defined(TL_HAVE_AVX512)
extern const tl_optim_table tl_optim_table_avx512;
#endif

static const tl_optim_table *const tables[] = {
	&tl_optim_table_baseline,
#if defined(TL_HAVE_AVX2)
	&tl_optim_table_avx2,
#endif
#if defined(TL_HAVE_AVX512)
	&tl_optim_table_avx512,
#endif
};

static const tl_optim_table *named(const char *isa)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		if (!strcmp(tables[i]->isa, isa))
			return tables[i];
	return NULL;
}

const tl_optim_table *tl_optim_table_best(void)
{
	const tl_optim_table *table = named(tl_kernels_for(TL_F32)->isa);
	const tl_kernels *own[16];
	if (!table) /* a library's kernels, or an instruction set that adds nothing here */
		table = named(own[tl_kernels_own(TL_F32, own, 16) - 1]->isa);
	return table ? table : tables[0];
}
