/* Ctrl-C and SIGTERM, while a run asks for them. */
#ifndef TL_TRAIN_INTERRUPT_H
#define TL_TRAIN_INTERRUPT_H

#include <stdbool.h>

/* Take both from now on: the first is noted, the second has its usual effect. */
void tl_interrupts_take(void);
bool tl_interrupts_came(void);
/* As it was before. */
void tl_interrupts_give_back(void);

#endif
