/*
 * Lesson 2: adjoints are ops. The derivative of x^4 is recorded on the same tape as x^4 itself, so
 * it has a derivative too, and so on. Then products of a Hessian with a vector, without the
 * Hessian.
 */
#include "lesson.h"

static void derivatives_of_x4(tl_tape *tape)
{
	tl_tensor x = tl_tag(tl_scalar(tape, 2), "x");
	tl_tensor y = tl_tag(tl_square(tl_square(x)), "x^4");
	int before = (int)tl_tape_node_count(tape);

	tl_tensor slope = tl_tag(tl_grad(y, x), "slope");
	printf("%d nodes for x^4, %d with its derivative\n\n", before,
	       (int)tl_tape_node_count(tape));
	tl_item(slope);
	tl_tape_print(tape, stdout);

	printf("\norder  derivative of x^4 at 2  nodes\n");
	tl_tensor d = slope;
	for (int order = 1; order <= 5; order++) {
		printf("%5d  %22g  %5d\n", order, tl_item(d), (int)tl_tape_node_count(tape));
		d = tl_grad(d, x);
	}
}

/* Rosenbrock's valley, curved and flat along its ground: (1 - a)^2 + 100 (b - a^2)^2 */
static tl_tensor rosenbrock(tl_tensor at)
{
	tl_tensor a = tl_at(at, 0), b = tl_at(at, 1);
	tl_tensor along = tl_square(tl_one_minus(a));
	tl_tensor across = tl_square(tl_sub(b, tl_square(a)));
	return tl_add(along, tl_scale(across, 100));
}

/* How much the slope changes along v: v^T H v, and H v on the way. */
static void curvature(tl_tape *tape, double v0, double v1)
{
	tl_tape_rewind(tape);
	tl_tensor at = tl_constant_double(tape, tl_dims(2), (double[]){1, 1});
	tl_tensor v = tl_constant_double(tape, tl_dims(2), (double[]){v0, v1});

	tl_tensor gradient = tl_grad(rosenbrock(at), at);
	tl_tensor along_v =
		tl_matmul(gradient, v); /* one number: the slope in the direction of v */
	tl_tensor Hv = tl_grad(along_v, at);
	tl_tensor vHv = tl_matmul(v, Hv);

	const double *h = tl_value_double(Hv);
	if (h)
		printf("v = (%g, %g): H v = (%g, %g), v^T H v = %g\n", v0, v1, h[0], h[1],
		       tl_item(vHv));
}

int main(int argc, char **argv)
{
	tl_tape *valley = tl_tape_create(TL_F64), *tape = tl_tape_create(TL_F64);
	derivatives_of_x4(tape);
	putchar('\n');
	curvature(valley, 1, 2);
	curvature(valley, -2, 1);
	tl_tape_destroy(valley);
	tl_view_options view = {.title = "2 Adjoints are ops"};
	return lesson_end(tape, "2-adjoints", &view, argc, argv);
}
