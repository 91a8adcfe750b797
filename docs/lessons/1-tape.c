/*
 * Lesson 1: numbers that remember. A tape of five entries in plain C, walked backwards in the wrong
 * way and in the right one; then the same five numbers on a tape of the library.
 */
#include <stdio.h>
#include "lesson.h"

/* L = 2y + 5y, where y = x x */
static double loss(double x)
{
	double y = x * x;
	double a = 2 * y, b = 5 * y;
	return a + b;
}

/* A number that remembers what it was computed from, and how fast it changes with each. */
typedef struct entry {
	const char *name;
	double value;
	int from[2];     /* entries of the tape; -1: none */
	double slope[2]; /* d value / d from */
	double adjoint;  /* dL / d value, once it is known */
} entry;

enum { X, Y, A, B, L, COUNT };

static void record(entry *tape, double x)
{
	double y = x * x, a = 2 * y, b = 5 * y;
	tape[X] = (entry){"x", x, {-1, -1}, {0, 0}, 0};
	tape[Y] = (entry){"y = x x", y, {X, X}, {x, x}, 0};
	tape[A] = (entry){"a = 2 y", a, {Y, -1}, {2, 0}, 0};
	tape[B] = (entry){"b = 5 y", b, {Y, -1}, {5, 0}, 0};
	tape[L] = (entry){"L = a + b", a + b, {A, B}, {1, 1}, 0};
}

/* From the last entry to the first: what is known of an entry is handed on to those it came from.
 */
static void backward_wrong(entry *tape)
{
	tape[L].adjoint = 1;
	for (int i = L; i >= 0; i--)
		for (int k = 0; k < 2; k++)
			if (tape[i].from[k] >= 0)
				tape[tape[i].from[k]].adjoint = tape[i].adjoint * tape[i].slope[k];
}

static void backward(entry *tape)
{
	tape[L].adjoint = 1;
	for (int i = L; i >= 0; i--)
		for (int k = 0; k < 2; k++)
			if (tape[i].from[k] >= 0)
				tape[tape[i].from[k]].adjoint += tape[i].adjoint * tape[i].slope[k];
}

int main(int argc, char **argv)
{
	entry wrong[COUNT], right[COUNT];
	record(wrong, 3), record(right, 3);
	backward_wrong(wrong), backward(right);
	printf("entry      value  adjoint by =  adjoint by +=\n");
	for (int i = 0; i < COUNT; i++)
		printf("%-9s  %5g  %12g  %13g\n", right[i].name, right[i].value, wrong[i].adjoint,
		       right[i].adjoint);
	printf("measured: %.4f\n\n", (loss(3.001) - loss(2.999)) / 0.002);

	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_tag(tl_scalar(tape, 3), "x");
	tl_tensor y = tl_tag(tl_mul(x, x), "y");
	tl_tensor a = tl_tag(tl_scale(y, 2), "a"), b = tl_tag(tl_scale(y, 5), "b");
	tl_tensor l = tl_tag(tl_add(a, b), "L");
	tl_tape_print(tape, stdout);

	tl_tensor slope = tl_grad(l, x);
	printf("\nL = %g, dL/dx = %g\n", tl_item(l), tl_item(slope));
	tl_view_options view = {.title = "1 Numbers that remember"};
	return lesson_end(tape, "1-tape", &view, argc, argv);
}
