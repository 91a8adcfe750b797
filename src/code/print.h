/* A program in words. */
#ifndef TL_CODE_PRINT_H
#define TL_CODE_PRINT_H

#include <stdio.h>

#include "code/code.h"

/* Where what an instruction makes comes from, in the words of tl_tape_print. */
typedef struct tl_origin {
	const char *op; /* of kernels */
	const char *site;
	const char *name, *scope, *of; /* "" if there is none */
	uint32_t node;                 /* its number on the tape; 0: none */
	int32_t step;
	bool backward;
} tl_origin;

/* Multiplications and additions; those of strips and kernels are not counted. */
double tl_instruction_flops(const tl_instruction *i);

/* One line an instruction, with its origin, and how long it took if that is known. */
void tl_code_print(const tl_code *code, const tl_origin *origin, const double *nanoseconds,
		   int64_t runs, FILE *file);

#endif
