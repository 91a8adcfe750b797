/* The adjoint walk: fan-out, what it costs, higher orders, what has no derivative. */
#include "counting.h"
#include "suite.h"

START_TEST(fan_out_adds_up_in_topological_order)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor a = tl_scalar(tape, 1), b = tl_add(a, a), c = tl_add(b, b);
	assert_near(tl_item(c), 4, 0);
	assert_near(tl_item(tl_grad(c, a)), 4, 0); /* micrograd's first answer was 2 */

	tl_tensor x = tl_scalar(tape, 3), y = tl_square(x);
	tl_tensor L = tl_add(tl_scale(y, 2), tl_scale(y, 5));
	assert_near(tl_item(tl_grad(L, x)), 42, 0); /* cTensor says 54 */
	assert_near(tl_item(tl_grad(L, y)), 7, 0);

	/* a diamond of diamonds: z_n = z_(n-1) + z_(n-1) */
	tl_tensor z = x;
	for (int i = 0; i < 40; i++)
		z = tl_add(z, z);
	assert_near(tl_item(tl_grad(z, x)), 0x1p40, 0);
	assert_fine(tape);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(several_at_once_and_of_inner_nodes)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor a = tl_scalar(tape, 2), b = tl_scalar(tape, 3), p = tl_mul(a, b),
		  y = tl_mul(p, a);
	tl_tensor wrt[] = {a, b, p, y, a}, out[5];
	double expected[] = {12, 4, 2, 1, 12};
	ck_assert_int_eq(tl_grads(y, wrt, 5, out), TL_OK);
	for (int i = 0; i < 5; i++)
		assert_near(tl_item(out[i]), expected[i], 0);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(without_a_path_the_gradient_is_zeros)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_ones(tape, tl_dims(2, 3)), y = tl_sum(tl_detach(x), TL_ALL);
	tl_tensor later, wrt[2], out[2];
	later = tl_ones(tape, tl_dims(4)); /* recorded after y */
	wrt[0] = x, wrt[1] = later;
	ck_assert_int_eq(tl_grads(y, wrt, 2, out), TL_OK);
	ck_assert_int_eq(tl_tensor_dim(out[0], 1), 3);
	ck_assert_int_eq(tl_tensor_dim(out[1], 0), 4);
	assert_near(tl_item(tl_sum(out[0], TL_ALL)), 0, 0);
	assert_near(tl_item(tl_sum(out[1], TL_ALL)), 0, 0);
	assert_near(tl_item(tl_sum(tl_grad(tl_sum(tl_sign(x), TL_ALL), x), TL_ALL)), 0, 0);
	assert_fine(tape);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(unrelated_parts_cost_nothing)
{
	int64_t appended[2];
	for (int big = 0; big < 2; big++) {
		tl_tape *tape = tl_tape_create(TL_F64);
		tl_tensor x = tl_scalar(tape, 1), other = tl_scalar(tape, 1);
		for (int i = 0; i < (big ? 1000 : 1); i++)
			other = tl_tanh(other);
		tl_tensor y = tl_mul(tl_exp(x), other);
		for (int i = 0; i < (big ? 1000 : 1); i++)
			tl_tanh(tl_add(y, other));
		int64_t before = tl_tape_node_count(tape);
		tl_grad(y, x);
		appended[big] = tl_tape_node_count(tape) - before;
		assert_fine(tape);
		tl_tape_destroy(tape);
	}
	ck_assert_int_eq(appended[0], appended[1]);
}
END_TEST

/* Nodes, bytes alive and the gradient's sum for T slices of one tensor, each squared. */
static void slices(int64_t T, bool second, int64_t *nodes, int64_t *bytes)
{
	counting c;
	float *data = calloc((size_t)T * 2, sizeof *data);
	for (int64_t i = 0; i < 2 * T; i++)
		data[i] = (float)(i % 5);
	counting_start(&c);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_input(tape, tl_dims(T, 2), data), sum = tl_zeros(tape, tl_dims(2));
	for (int64_t t = 0; t < T; t++)
		sum = tl_add(sum, tl_mul(tl_square(tl_at(x, t)), tl_at(x, t)));
	tl_tensor g = tl_grad(tl_sum(sum, TL_ALL), x);
	if (second)
		g = tl_grad(tl_sum(g, TL_ALL), x);
	const float *value = tl_value(g);
	assert_fine(tape);
	for (int64_t i = 0; i < 2 * T; i++)
		assert_near(value[i], second ? 6 * data[i] : 3 * data[i] * data[i], 1e-6);
	*nodes = tl_tape_node_count(tape);
	*bytes = c.most;
	tl_tape_destroy(tape);
	ck_assert_int_eq(c.blocks, 0);
	counting_stop();
	free(data);
}

START_TEST(slices_of_a_tensor_are_assembled_once)
{
	for (int second = 0; second < 2; second++) {
		int64_t nodes, bytes, first_nodes = 0, first_bytes = 0;
		for (int64_t T = 64; T <= 65536; T *= 4) {
			slices(T, second, &nodes, &bytes);
			if (T == 64) {
				first_nodes = nodes;
				first_bytes = bytes;
			}
			ck_assert_int_le(nodes, first_nodes * (T / 64));
			/* arrays double: up to twice too much, and the old one lives while it is
			 * copied */
			ck_assert_int_le(bytes, 3 * first_bytes * (T / 64));
		}
	}
}
END_TEST

/* f(x) = sum sin(x_i) x_(i+1), from a matrix and slices so that many rules take part */
static tl_tensor curved(tl_tensor x)
{
	int64_t n = tl_tensor_dim(x, 0);
	tl_tensor shifted = tl_slice(x, 0, 1, n, 1), rest = tl_slice(x, 0, 0, n - 1, 1);
	return tl_sum(tl_mul(tl_sin(rest), tl_tanh(shifted)), TL_ALL);
}

START_TEST(hessian_vector_products)
{
	enum { N = 5 };
	double at[N] = {0.3, -1.2, 0.7, 2, -0.4}, v[N] = {1, -2, 0.5, 0.25, 3}, h = 1e-6;
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_input_double(tape, tl_dims(N), at),
		  d = tl_input_double(tape, tl_dims(N), v);
	tl_tensor g = tl_grad(curved(x), x);
	tl_tensor product = tl_grad(tl_sum(tl_mul(g, d), TL_ALL), x);
	double moved[2][N], side[2][N], exact[N];
	memcpy(exact, tl_value_double(product), sizeof exact);
	for (int s = 0; s < 2; s++) {
		for (int i = 0; i < N; i++)
			moved[s][i] = at[i] + (s ? h : -h) * v[i];
		tl_input_bind(x, moved[s]);
		memcpy(side[s], tl_value_double(g), sizeof side[s]);
	}
	for (int i = 0; i < N; i++)
		assert_near(exact[i], (side[1][i] - side[0][i]) / (2 * h), 1e-8);
	/* symmetric: u . H v = v . H u */
	tl_input_bind(x, at);
	tl_tensor u = tl_cos(d), Hu = tl_grad(tl_sum(tl_mul(g, u), TL_ALL), x);
	assert_near(tl_item(tl_sum(tl_mul(u, product), TL_ALL)),
		    tl_item(tl_sum(tl_mul(d, Hu), TL_ALL)), 1e-12);
	assert_fine(tape);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(third_derivatives)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_scalar(tape, 0.7), y = tl_sin(tl_square(x));
	tl_tensor d1 = tl_grad(y, x), d2 = tl_grad(d1, x), d3 = tl_grad(d2, x);
	double a = 0.7, s = sin(a * a), c = cos(a * a);
	assert_near(tl_item(d1), 2 * a * c, 1e-13);
	assert_near(tl_item(d2), 2 * c - 4 * a * a * s, 1e-13);
	assert_near(tl_item(d3), -12 * a * s - 8 * a * a * a * c, 1e-13);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(forward_products_agree_with_differences)
{
	enum { N = 4, M = 3 };
	double at[N] = {0.1, -0.6, 1.3, 0.4}, v[N] = {0.5, 1, -1, 2}, w[M * N], h = 1e-6;
	for (int i = 0; i < M * N; i++)
		w[i] = sin(i);
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_input_double(tape, tl_dims(N), at),
		  d = tl_input_double(tape, tl_dims(N), v);
	tl_tensor y = tl_tanh(tl_matmul(tl_input_double(tape, tl_dims(M, N), w), tl_sin(x)));
	tl_tensor forward = tl_jvp(y, x, d);
	double exact[M], side[2][M], moved[2][N];
	ck_assert_int_eq(tl_tensor_dim(forward, 0), M);
	memcpy(exact, tl_value_double(forward), sizeof exact);
	for (int s = 0; s < 2; s++) {
		for (int i = 0; i < N; i++)
			moved[s][i] = at[i] + (s ? h : -h) * v[i];
		tl_input_bind(x, moved[s]);
		memcpy(side[s], tl_value_double(y), sizeof side[s]);
	}
	for (int i = 0; i < M; i++)
		assert_near(exact[i], (side[1][i] - side[0][i]) / (2 * h), 1e-8);
	assert_fine(tape);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(reverse_products_weigh_the_outputs)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	double at[] = {1, 2, 3}, weights[] = {1, 10, 100};
	tl_tensor x = tl_input_double(tape, tl_dims(3), at),
		  v = tl_input_double(tape, tl_dims(3), weights), g;
	ck_assert_int_eq(tl_vjp(tl_square(x), v, &x, 1, &g), TL_OK);
	const double *value = tl_value_double(g);
	for (int i = 0; i < 3; i++)
		assert_near(value[i], 2 * at[i] * weights[i], 0);
	tl_tape_destroy(tape);
}
END_TEST

/* Each tl_backward adds to the gradients in the set; parameters of no path are left alone. */
START_TEST(backward_accumulates)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_param *a = tl_params_add(set, "a", tl_dims(2), tl_init_constant(3));
	tl_param *b = tl_params_add(set, "b", tl_dims(2), tl_init_constant(5));
	tl_param *buffer = tl_params_add_buffer(set, "m", tl_dims(2), tl_init_constant(1));
	tl_tape *tape = tl_tape_create(TL_F32);
	for (int round = 1; round <= 3; round++) {
		tl_tape_rewind(tape);
		tl_tensor x = tl_use(tape, a), m = tl_use(tape, buffer);
		ck_assert_int_eq(tl_assign(buffer, tl_scale(m, 2)), TL_OK);
		ck_assert_int_eq(tl_backward(tl_sum(tl_mul(tl_square(x), m), TL_ALL)), TL_OK);
		assert_near(((float *)tl_param_value(buffer))[1], 1 << round, 0);
		assert_near(((float *)tl_param_gradient(a))[1], 6 * ((1 << round) - 1), 0);
		assert_near(((float *)tl_param_gradient(b))[0], 0, 0);
		assert_near(((float *)tl_param_gradient(buffer))[0], 0, 0);
	}
	tl_params_zero_gradients(set);
	assert_near(((float *)tl_param_gradient(a))[0], 0, 0);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

/* Adjoint nodes stand in the scope and step of the node they differentiate. */
START_TEST(adjoints_belong_to_their_primal)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_check_finite(tape, true);
	tl_tensor x = tl_scalar(tape, 0), y;
	tl_scope_enter(tape, "root");
	tl_tape_set_step(tape, 4);
	y = tl_sqrt(x); /* its slope at 0 is infinite */
	int line = __LINE__ - 1;
	tl_tape_set_step(tape, -1);
	tl_scope_leave(tape);
	tl_tensor slope = tl_grad(y, x);
	char place[300];
	ck_assert(isnan(tl_item(slope)));
	snprintf(place, sizeof place, "%s:%d, in root, step 4, in the derivative of sqrt", __FILE__,
		 line);
	ck_assert_msg(tl_tape_error(tape) && strstr(tl_tape_error(tape), place), "%s",
		      tl_tape_error(tape));
	tl_tape_destroy(tape);
}
END_TEST

SUITE("grad", fan_out_adds_up_in_topological_order, several_at_once_and_of_inner_nodes,
      without_a_path_the_gradient_is_zeros, unrelated_parts_cost_nothing,
      slices_of_a_tensor_are_assembled_once, hessian_vector_products, third_derivatives,
      forward_products_agree_with_differences, reverse_products_weigh_the_outputs,
      backward_accumulates, adjoints_belong_to_their_primal)
