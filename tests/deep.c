/*
 * A chain of a million nodes is recorded, differentiated, evaluated and freed on a stack of 256 KB:
 * the program limits its stack and starts itself anew. Whatever recursed over the graph would die.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <tapeloop/tapeloop.h>

enum { CHAIN = 1000000, STACK = 256 * 1024 };

static int chain(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur != STACK)
		return printf("the stack is not limited\n0 passed, 1 failed\n"), 1;
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_scalar(tape, 0.5), y = x;
	for (int i = 0; i < CHAIN; i++)
		y = tl_sin(y);
	tl_tensor slope = tl_grad(y, x);
	double expected_y = 0.5, expected_slope = 1;
	for (int i = 0; i < CHAIN; i++) {
		expected_slope *= cos(expected_y);
		expected_y = sin(expected_y);
	}
	double got_y = tl_item(y), got_slope = tl_item(slope);
	long long nodes = (long long)tl_tape_node_count(tape);
	if (tl_tape_error(tape))
		printf("%s\n", tl_tape_error(tape));
	bool fine = !tl_tape_error(tape) && fabs(got_y - expected_y) < 1e-9 &&
		    fabs(got_slope / expected_slope - 1) < 1e-8;
	tl_tape_destroy(tape);
	printf("%lld nodes, y %.12g, dy/dx %.12g\n%d passed, %d failed\n", nodes, got_y, got_slope,
	       fine, !fine);
	return !fine;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return chain();
	struct rlimit limit;
	if (getrlimit(RLIMIT_STACK, &limit))
		return perror("getrlimit"), 1;
	limit.rlim_cur = STACK;
	if (setrlimit(RLIMIT_STACK, &limit))
		return perror("setrlimit"), 1;
	execv(argv[0], (char *[]){argv[0], "limited", NULL});
	return perror(argv[0]), 1;
}
