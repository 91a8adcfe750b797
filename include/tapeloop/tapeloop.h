/*
 * Tapeloop: record a computation on a tape, differentiate it by walking the tape, compile and run
 * it.
 *
 *     base.h    statuses, number types, memory
 *     tensor.h  handles and shapes
 *     tape.h    tapes: inputs, values, errors
 *     ops.h     everything that can be recorded
 *     params.h  what is learned
 *     grad.h    gradients, and checking them
 *     op.h      ops of your own
 *     program.h computations kept and run again; threads
 *     cells.h   recurrent cells: ours and yours
 *     cell_options.h  options of single kinds of cells
 *     sequence.h   cells through time
 *     attention.h  looking at all states of a sequence
 *     decode.h     saying sequences
 *     convert.h    weights of PyTorch and ONNX
 *     ctc.h        targets without alignment
 *     esn.h        echo state networks
 *     optim.h   taking a step
 *     show.h    printing and drawing a tape
 */
#ifndef TAPELOOP_H
#define TAPELOOP_H

#include <tapeloop/attention.h>
#include <tapeloop/base.h>
#include <tapeloop/cell_options.h>
#include <tapeloop/cells.h>
#include <tapeloop/convert.h>
#include <tapeloop/ctc.h>
#include <tapeloop/decode.h>
#include <tapeloop/esn.h>
#include <tapeloop/grad.h>
#include <tapeloop/custom_op.h>
#include <tapeloop/ops.h>
#include <tapeloop/optim.h>
#include <tapeloop/params.h>
#include <tapeloop/program.h>
#include <tapeloop/sequence.h>
#include <tapeloop/show.h>
#include <tapeloop/tape.h>
#include <tapeloop/tensor.h>

#include <tapeloop/sites.h> /* last: it makes macros of the functions above */

#endif
