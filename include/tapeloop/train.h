/*
 * Training: what stands around the engine, in a library of its own (tapeloop-train), which may use
 * other libraries where the engine uses none.
 *
 *     trainer.h       the training loop
 *     sweep.h         many trainings at once
 *     batch.h         batches, and where they come from
 *     chart.h         curves and heat maps
 *     sequences.h     batches of examples, streams and series in memory
 *     csv.h           tables of numbers from CSV files
 *     scaling.h       numbers to a range that networks learn well, and back
 *     text.h          files of text
 *     image.h         pictures: PNG, and IDX as MNIST is
 *     audio.h         sounds, and log-mel features of them
 *     vocabulary.h    text as numbers
 *     prefetch.h      the next batch, prepared by another thread
 *     metrics.h       accuracy, perplexity, BLEU ...
 *     random.h        random numbers of your own
 *     safetensors.h   arrays and parameters in files
 *     model.h         parameters and cells in one file
 *     npy.h           arrays in NumPy's files
 *     weights.h       weights of PyTorch, Keras and ONNX
 *
 * On failure: the head of each header says how its calls fail, a function's comment where it
 *     differs.
 * Owner: likewise.
 */
#ifndef TAPELOOP_TRAIN_H
#define TAPELOOP_TRAIN_H

#include <tapeloop/audio.h>
#include <tapeloop/batch.h>
#include <tapeloop/chart.h>
#include <tapeloop/model.h>
#include <tapeloop/npy.h>
#include <tapeloop/csv.h>
#include <tapeloop/image.h>
#include <tapeloop/metrics.h>
#include <tapeloop/model.h>
#include <tapeloop/npy.h>
#include <tapeloop/prefetch.h>
#include <tapeloop/random.h>
#include <tapeloop/safetensors.h>
#include <tapeloop/scaling.h>
#include <tapeloop/sequences.h>
#include <tapeloop/tapeloop.h>
#include <tapeloop/sweep.h>
#include <tapeloop/trainer.h>
#include <tapeloop/text.h>
#include <tapeloop/vocabulary.h>
#include <tapeloop/weights.h>

#endif
