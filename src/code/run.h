/* Running a program: over what memory, and what became of it. */
#ifndef TL_CODE_RUN_H
#define TL_CODE_RUN_H

#include "code/code.h"

/* Run: base[root] is where each root starts. TL_ERROR_VALUE with words in problem if the data is
 * wrong. */
typedef struct tl_run_context {
	void *const *base;
	const uint64_t *key; /* per random stream */
	char *workspace;     /* threads * code->workspace bytes */
	double *nanoseconds; /* per instruction, or NULL: how long each took is added */
	char problem[TL_PROBLEM];
	uint32_t culprit; /* whose kernel found something wrong, by place */
} tl_run_context;

tl_status tl_code_run(const tl_code *code, tl_run_context *context);

#endif
