/* A step of any cell as equations, read from what it records: how a kind that is written in C is
 * shown. What a file of equations says is its own text (tl_cell_kind_text). */
#ifndef TOOL_EQUATIONS_H
#define TOOL_EQUATIONS_H

#include "trial.h"

#include <stdio.h>

/*
 * Lines "i = sigmoid(W_i x + b_i + U_i h)", one for each value that the cell names, that is used
 * more than once, or that is a new state; `*` is unit by unit. Returns false after an error, which
 * is said.
 */
bool print_equations(FILE *file, const trial *n);

#endif
