/*
 * Tapeloop: record a computation on a tape, differentiate it by walking the tape, compile and run
 * it.
 *
 *     base.h          statuses, number types, memory, threads
 *     tensor.h        handles and shapes
 *     tape.h          tapes: inputs, values, errors, listings and drawings
 *     ops.h           everything that can be recorded
 *     init.h          initialisation
 *     params.h        trainable parameters and buffers
 *     grad.h          gradients, and checking them
 *     optim.h         optimisers
 *     schedule.h      learning rates over time
 *     average.h       averages of weights
 *     lbfgs.h         L-BFGS, a second-order optimiser
 *     cells.h         recurrent cells
 *     cell_options.h  options of single kinds of cells
 *     equations.h     cells as text: files of equations
 *     sequence.h      cells through time
 *     attention.h     attending to all states of a sequence
 *     decode.h        generating sequences
 *     ctc.h           targets without alignment
 *     esn.h           echo state networks
 *     convert.h       weights of PyTorch and ONNX
 *     program.h       computations kept and run again
 *     view.h          a tape as a page to look at
 *     custom_op.h     ops of your own
 *     custom_cell.h   kinds of cells of your own
 *     custom_optim.h  kinds of optimisers of your own
 *
 * On failure: the head of each header says how its calls fail, a function's comment where it
 *     differs.
 * Owner: likewise.
 */
#ifndef TAPELOOP_H
#define TAPELOOP_H

#include <tapeloop/attention.h>
#include <tapeloop/average.h>
#include <tapeloop/base.h>
#include <tapeloop/cell_options.h>
#include <tapeloop/cells.h>
#include <tapeloop/convert.h>
#include <tapeloop/ctc.h>
#include <tapeloop/custom_cell.h>
#include <tapeloop/custom_op.h>
#include <tapeloop/custom_optim.h>
#include <tapeloop/decode.h>
#include <tapeloop/equations.h>
#include <tapeloop/esn.h>
#include <tapeloop/grad.h>
#include <tapeloop/init.h>
#include <tapeloop/lbfgs.h>
#include <tapeloop/ops.h>
#include <tapeloop/optim.h>
#include <tapeloop/params.h>
#include <tapeloop/program.h>
#include <tapeloop/schedule.h>
#include <tapeloop/sequence.h>
#include <tapeloop/tape.h>
#include <tapeloop/tensor.h>
#include <tapeloop/view.h>

#include <tapeloop/sites.h> /* last: it makes macros of the functions above */

#endif
