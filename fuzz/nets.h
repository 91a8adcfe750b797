/*
 * Random recurrent nets. A net is a list of rules; each gives a value at each step, of values of
 * this step that come before it and of any values of earlier steps. Weights and biases are few, so
 * that many rules share them.
 */
#ifndef TL_FUZZ_NETS_H
#define TL_FUZZ_NETS_H

#include <tapeloop/tapeloop.h>

#include "fuzz/drive.h"

enum { NET_RULES = 24, NET_STEPS = 5, NET_IN = 3, NET_DATA = 64 };

typedef struct net {
	const fuzz_unit *rule; /* the first says how many steps and rows there are */
	int rules, steps, rows;
	tl_params *set;
	const double *data; /* NET_DATA numbers */
} net;

void net_start(net *n, const fuzz_unit *units, size_t count, tl_params *set, const double *data);
void net_print(const net *n);
tl_tensor net_record(const net *n, tl_tape *t); /* the loss */

#endif
