/* All of graph/, for the layers above. */
#ifndef TL_GRAPH_GRAPH_H
#define TL_GRAPH_GRAPH_H

#include "graph/error.h"
#include "graph/keep.h"
#include "graph/leaf.h"
#include "graph/params.h"
#include "graph/record.h"
#include "graph/shape.h"
#include "graph/tape.h"
#include "graph/use.h"

#endif
