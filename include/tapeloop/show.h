/*
 * Seeing a tape: as a listing, or as a drawing for Graphviz. Both show what is recorded and compute
 * nothing; the adjoint nodes that tl_grad appended are shown like the others, and marked.
 *
 *     tl_tape_print(tape, stdout);
 *     tl_tape_dot(tape, file);         then: dot -Tsvg file.dot > file.svg
 *
 * They write no error on the tape and can be called on a tape that has one.
 */
#ifndef TAPELOOP_SHOW_H
#define TAPELOOP_SHOW_H

#include <stdio.h>
#include <tapeloop/tape.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One aligned line a node: its number, op, operands, shape, scope, step and, where it has been
 * computed, its value: the number itself, or least, mean and largest. A star marks adjoint nodes.
 * TL_ERROR_TAPE without a tape, TL_ERROR_ARGUMENT without a file, TL_ERROR_FILE when writing fails.
 */
TL_API tl_status tl_tape_print(tl_tape *tape, FILE *file);

/*
 * A Graphviz digraph: boxes for nodes, ellipses for leaves, forward and adjoint nodes in two
 * colours and parameters in a third, a frame around each scope and, inside it, around each time
 * step. Returns as
 * tl_tape_print does, and TL_ERROR_MEMORY.
 */
TL_API tl_status tl_tape_dot(tl_tape *tape, FILE *file);

#ifdef __cplusplus
}
#endif
#endif
