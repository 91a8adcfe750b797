/*
 * Seeing a tape: as a listing, or as a drawing for Graphviz. Both show what is recorded and compute
 * nothing; the adjoint nodes that tl_grads appended are shown like the others, and marked.
 *
 *     tl_tape_print(tape, stdout);
 *     tl_tape_print_dot(tape, file);         then: dot -Tsvg file.dot > file.svg
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
 * One aligned line a node: its number, op, operands (^T: read transposed), shape, the names that
 * tl_tag gave it, scope, step, whose it is, the line of the call and, where it has been
 * computed, its value: the number itself, or least, mean and largest. A star marks nodes of the
 * backward pass. Whose they are: "d 8 W" is the gradient with respect to node 8, the parameter W
 * (of what is used several times: the sum); "8 W" only was recorded on the way there, for node 8.
 * A node that is the gradient of several goes by the first, or by a parameter. A legend comes last,
 * and then the tape's error.
 * TL_ERROR_TAPE without a tape, TL_ERROR_ARGUMENT without a file, TL_ERROR_MEMORY, TL_ERROR_FILE
 * when writing fails.
 */
TL_API tl_status tl_tape_print(tl_tape *tape, FILE *file);

/*
 * A Graphviz digraph: boxes for nodes, ellipses for leaves, forward and backward nodes in two
 * colours and parameters in a third, and a legend; a frame around each scope and, inside it, around
 * each time step. Time goes from left to right, the backward pass from right to left. Returns as
 * tl_tape_print does.
 */
TL_API tl_status tl_tape_print_dot(tl_tape *tape, FILE *file);

#ifdef __cplusplus
}
#endif
#endif
