/*
 * Lesson 10: add your own op. x / √(1 + x²), a sigmoid without an exponential, as one constant
 * struct: what it computes, its derivative, an example of itself. The checker finds a wrong
 * derivative; a cell uses the op; the compiler fuses it.
 */
#include <math.h>
#include <tapeloop/equations.h>
#include "lesson.h"

/* What it computes: n numbers, of floats or of doubles. */
static void isru_numbers(const tl_elementwise_args *a)
{
	for (int64_t i = 0; i < a->n && a->real == TL_F32; i++) {
		float x = ((const float *)a->in[0])[i];
		((float *)a->out)[i] = x / sqrtf(1 + x * x);
	}
	for (int64_t i = 0; i < a->n && a->real == TL_F64; i++) {
		double x = ((const double *)a->in[0])[i];
		((double *)a->out)[i] = x / sqrt(1 + x * x);
	}
}

/* dx = s^3 dy with s = 1 / sqrt(1 + x^2), recorded with ops. */
static tl_tensor isru_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	tl_tensor x = tl_call_operand(c, operand), one = tl_scalar(c->tape, 1);
	tl_tensor s = tl_div(one, tl_sqrt(tl_add(one, tl_square(x))));
	return tl_mul(dy, tl_mul(s, tl_square(s)));
}

static const tl_op isru = {
	.name = "isru",
	.doc = "x / sqrt(1 + x^2)",
	.equation = "y = x / sqrt(1 + x²)",
	.derivative = "s = 1 / sqrt(1 + x²); dx = s³ ⊙ dy",
	.operand_count = 1,
	.shape = tl_shape_elementwise,
	.elementwise = isru_numbers,
	.vjp = isru_vjp,
	.example = tl_example_unary,
};

/* The same with a slip: s^2. */
static tl_tensor wrong_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	tl_tensor x = tl_call_operand(c, operand), one = tl_scalar(c->tape, 1);
	return tl_mul(dy, tl_div(one, tl_add(one, tl_square(x))));
}

static tl_tensor apply(const tl_op *op, tl_tensor x)
{
	return tl_apply(op, NULL, 1, &x);
}

/* A recurrent net with this op in place of tanh. */
typedef struct net {
	const tl_op *op;
	tl_params *set;
	float x[4][3];
} net;

static tl_tensor loss_of(tl_tape *tape, void *user)
{
	net *n = user;
	tl_tensor W = tl_use(tape, tl_params_find(n->set, "W"));
	tl_tensor U = tl_use(tape, tl_params_find(n->set, "U")), h = tl_zeros(tape, tl_dims(1, 5));
	for (int t = 0; t < 4; t++) {
		tl_tape_set_step(tape, t);
		tl_tensor x = tl_input(tape, tl_dims(1, 3), n->x[t]);
		h = tl_add(tl_linear(x, W, TL_NONE), tl_linear(h, U, TL_NONE));
		h = tl_tag(apply(n->op, h), "h");
	}
	tl_tape_set_step(tape, -1);
	return tl_sum(tl_square(h), TL_ALL);
}

static void check(net *n, const tl_op *op, const char *what)
{
	tl_gradcheck_report first, second;
	n->op = op;
	tl_gradcheck(loss_of, n, n->set, NULL, &first);
	tl_gradcheck(loss_of, n, n->set, &(tl_gradcheck_options){.second_order = true}, &second);
	printf("%-18s first order %s, second order %s\n", what, first.passed ? "passed" : "FAILED",
	       second.passed ? "passed" : "FAILED");
}

int main(int argc, char **argv)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	for (double at = -2; at <= 2; at += 2) {
		tl_tensor x = tl_scalar(tape, at), y = apply(&isru, x), dy = tl_grad(y, x);
		printf("x = %2.0f: y = %6.3f, dy/dx = %.3f\n", at, tl_item(y), tl_item(dy));
	}
	char *rule = tl_op_print(&isru, TL_OP_DERIVATIVE, TL_NOTATION_ASCII, NULL);
	printf("\n%s\n", rule ? rule : "");
	tl_cell_text_free(rule);

	static const float x[4][3] = {
		{1, -2, 0.5f}, {0.3f, 1, -1}, {2, 0.1f, -0.4f}, {-1, 1, 0.7f}};
	tl_op wrong = isru;
	net n = {.set = tl_params_create(TL_F64)};
	wrong.vjp = wrong_vjp;
	memcpy(n.x, x, sizeof x);
	tl_params_add(n.set, "W", tl_dims(5, 3), tl_init_glorot_uniform());
	tl_params_add(n.set, "U", tl_dims(5, 5), tl_init_orthogonal(1));
	check(&n, &isru, "isru");
	check(&n, &wrong, "with a slip");

	int before = tl_op_count();
	tl_op_register(&isru);
	printf("\n%d op more is registered\n", tl_op_count() - before);

	n.op = &isru;
	tl_tape_rewind(tape);
	tl_tensor L = loss_of(tape, &n);
	tl_program *p =
		tl_program_create(tape, (tl_program_options){.outputs = &L, .output_count = 1});
	printf("\n");
	tl_program_print(p, stdout);
	tl_program_destroy(p);

	tl_view_options view = {.title = "10 An op of one's own", .loss = L};
	int failed = lesson_end(tape, "10-op", &view, argc, argv);
	tl_params_destroy(n.set);
	return failed;
}
