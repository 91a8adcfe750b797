/* What a step costs besides its arithmetic, and the rate that its arithmetic is related to. */
#ifndef TL_BENCH_OVERHEADS_H
#define TL_BENCH_OVERHEADS_H

/* One thread's product of 1024 x 1024 matrices. */
void run_peak(void);
/* One and two threads while another process keeps a core busy. */
void run_neighbour(void);
/* A recorded node, a program that does next to nothing, a compiled node. */
void run_overheads(void);

#endif
