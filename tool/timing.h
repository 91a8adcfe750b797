/* How long things take: medians of calls that are made in turn, so that what else the machine does
 * meets all alike. */
#ifndef TOOL_TIMING_H
#define TOOL_TIMING_H

#include <stdbool.h>

double now(void); /* seconds */

typedef struct timed {
	void (*run)(void *user);
	void *user;
	double seconds; /* of one call: the median */
	double fastest;
	const struct timed *beside; /* another of the list, or NULL */
	double ratio; /* how many times as long as that takes: the median over rounds, which is
			 steadier than that of the medians where other programs come between */
	int calls;
} timed;

/* Each is called in turn until the budget, in seconds, is used up, but at least five times; three
 * calls before warm up. An interrupt ends it early. Returns false if memory was short. */
bool time_in_turn(timed *list, int count, double budget);

#endif
