/*
 * One team of threads for the whole process. Whoever runs a program borrows it; if somebody else
 * has it, the program runs on the thread that asked, with the same result to the bit.
 */
#ifndef TL_PLAN_TEAM_H
#define TL_PLAN_TEAM_H

#include <tapeloop/base.h>

enum { TL_MOST_THREADS = 64 };

/* How many threads a program is to be made for: TL_THREADS, tl_set_thread_count, or one a core. */
int tl_team_size(void);

/*
 * work(data, part, parts) for each part, this thread being part 0. parts is `threads` or, when the
 * team is busy or cannot be had, 1.
 */
void tl_team_run(int threads, void (*work)(void *data, int part, int parts), void *data);

/* Inside work, for all parts alike: go on when all have come here. */
void tl_team_barrier(int parts);

#endif
