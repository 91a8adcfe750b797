/* The learned numbers of a set, as few long stretches. */
#ifndef TL_OPTIM_STRETCH_H
#define TL_OPTIM_STRETCH_H

#include <tapeloop/params.h>

enum { TL_LEFT_OUT = 255 };

typedef enum tl_walk {
	TL_WALK_TRAINABLE,  /* neither frozen nor buffers */
	TL_WALK_PARAMETERS, /* no buffers */
	TL_WALK_ALL
} tl_walk;

/*
 * A walk, to start with .set and, if parameters are in groups, with .group: the group of each
 * parameter, or TL_LEFT_OUT; with .next and .end for some parameters only. After each
 * tl_stretch_next that is true, `count` numbers from `first` on are of one group, `of`. What
 * .what does not name is left out. The padding between learned parameters is taken along, being
 * zeros with zero gradients.
 */
typedef struct tl_stretch {
	const tl_params *set;
	tl_walk what;
	const uint8_t *group;
	int64_t first, count;
	int of, next;
	int end; /* of the parameters; 0: all */
} tl_stretch;

bool tl_stretch_next(tl_stretch *s);

#endif
