/* Ctrl-C and SIGTERM, while a run asks for them. */
#define _DEFAULT_SOURCE /* sigaction */
#include "train/interrupt.h"

#include <signal.h>

static volatile sig_atomic_t came;
static struct sigaction before[2];
static const int signals[2] = {SIGINT, SIGTERM};

static void note(int signal)
{
	(void)signal;
	came = 1;
	for (int i = 0; i < 2; i++) { /* of either kind, the next one ends the process */
		struct sigaction usual = {.sa_handler = SIG_DFL};
		sigaction(signals[i], &usual, 0);
	}
}

void tl_interrupts_take(void)
{
	struct sigaction ours = {.sa_handler = note, .sa_flags = SA_RESTART};
	came = 0;
	for (int i = 0; i < 2; i++)
		sigaction(signals[i], &ours, &before[i]);
}

bool tl_interrupts_came(void)
{
	return came;
}

void tl_interrupts_give_back(void)
{
	for (int i = 0; i < 2; i++)
		sigaction(signals[i], &before[i], 0);
}
