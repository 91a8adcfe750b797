/* The listing, the drawing, and finding the first NaN. */
#include "suite.h"

#include <unistd.h>

/* What a function of the tape wrote. */
static char *written(tl_tape *tape, tl_status (*write_tape)(tl_tape *, FILE *))
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	tl_status status = write_tape(tape, file);
	fclose(file);
	ck_assert_int_eq(status, TL_OK);
	return text;
}

static int occurrences(const char *text, const char *what)
{
	int n = 0;
	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

#define LISTING_LEGEND                                                                             \
	"* backward; of: the node it was recorded for, or d and the node it is the gradient of\n"  \
	"^T read transposed; value: itself, or least .. mean .. largest\n"

START_TEST(a_listing_is_aligned)
{
	static const char format[] =
		"node  op        operands  shape    name      scope    step  of  line            "
		"value\n"
		"1     input               [2,3]                                 test_show.c:%d  "
		"-1 .. 0.75 .. 2.5\n"
		"2     param W             [2,3]              net                test_show.c:%d  "
		"0.5 .. 0.5 .. 0.5\n"
		"3     mul       1 2       [2,3]    gated,xw  net/sub  4         test_show.c:%d  "
		"-0.5 .. 0.375 .. 1.25\n"
		"4     constant            [2] int                               test_show.c:%d  0 "
		".. 0.5 .. 1\n"
		"5     sum       3         []       total                        test_show.c:%d  "
		"2.25\n"
		"6     neg       5         []                                    "
		"test_show.c:%d\n" LISTING_LEGEND;
	char expected[1200];
	float data[] = {-1, 0, 0.5f, 1, 1.5f, 2.5f};
	tl_params *set = tl_params_create(TL_F32);
	tl_param *W = tl_params_add(set, "W", tl_dims(2, 3), tl_init_constant(0.5));
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_executor(tape, TL_EXECUTOR_REFERENCE); /* keeps every value */
	int at = __LINE__ + 1;
	tl_tensor x = tl_input(tape, tl_dims(2, 3), data);
	tl_scope_enter(tape, "net");
	tl_tape_set_step(tape, 4);
	tl_tensor w = tl_use(tape, W);
	tl_scope_enter(tape, "sub");
	tl_tensor y = tl_mul(x, w);
	tl_tag(tl_tag(y, "gated"), "xw");
	tl_scope_leave(tape);
	tl_scope_leave(tape);
	tl_tape_set_step(tape, -1);
	tl_tensor ints = tl_constant_int(tape, tl_dims(2), (int32_t[]){0, 1});
	tl_tensor sum = tl_tag(tl_sum(y, TL_ALL), "total");
	ck_assert_int_eq(tl_evaluate((tl_tensor[]){sum, ints}, 2), TL_OK);
	tl_neg(sum); /* not computed */
	snprintf(expected, sizeof expected, format, at, at + 3, at + 5, at + 10, at + 11, at + 13);
	char *text = written(tape, tl_tape_print);
	ck_assert_str_eq(text, expected);
	free(text);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

static void same_numbers(const tl_elementwise_args *a)
{
	memcpy(a->out, a->in[0], (size_t)a->n * tl_dtype_size(a->real));
}

START_TEST(a_listing_says_attributes)
{
	static const tl_op plain = {.name = "plain",
				    .operand_count = 1,
				    .attr_size = sizeof(int64_t),
				    .shape = tl_shape_elementwise,
				    .elementwise = same_numbers};
	static const char *const words[] = {
		"slice axis 1, 1:3  ",
		"slice axis 1, 0:4:2  ",
		"slice axis 1, 3 down to 0 by 1  ",
		"slice axis 0, at 1  ",
		"concat axis 1  ",
		"permute axes 1, 0  ",
		"sum axis 1, kept as 1  ",
		"sum  ",
		"clamp -1, 2  ",
		"leaky_relu 0.1  ",
		"cumsum axis 1  ",
		"argmax axis 0  ",
		"dropout_mask rate 0.5  ",
		"plain  ",
	};
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_zeros(tape, tl_dims(2, 4));
	tl_slice(x, 1, 1, 3, 1);
	tl_slice(x, 1, 0, 4, 2);
	tl_reverse(x, 1);
	tl_at(x, 1);
	tl_concat((tl_tensor[]){x, x}, 2, 1);
	tl_permute(x, (const int[]){1, 0});
	tl_sum(x, tl_keepdims(tl_axes(1)));
	tl_sum(x, TL_ALL);
	tl_clamp(x, -1, 2);
	tl_leaky_relu(x, 0.1);
	tl_cumsum(x, 1);
	tl_argmax(x, 0);
	tl_dropout_mask(tape, tl_dims(3), 0.5);
	tl_apply(&plain, &(int64_t){1}, 1, &x);
	ck_assert_msg(!tl_tape_error(tape), "%s", tl_tape_error(tape));
	char *text = written(tape, tl_tape_print);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		ck_assert_msg(strstr(text, words[i]) != NULL, "no \"%s\" in\n%s", words[i], text);
	free(text);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(a_listing_shows_what_is_odd)
{
	float data[] = {1, -1, 0};
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_executor(tape, TL_EXECUTOR_REFERENCE);
	tl_tensor x = tl_input(tape, tl_dims(3), data), y = tl_log(x), all[7];
	tl_tensor none = tl_log(tl_full(tape, tl_dims(2), -1));
	for (int i = 0; i < 7; i++)
		all[i] = x;
	tl_tensor sum = tl_add_n(all, 7), g = tl_grad(tl_sum(y, TL_ALL), x);
	ck_assert_int_eq(tl_evaluate((tl_tensor[]){y, sum, none, g}, 4), TL_OK);
	char *text = written(tape, tl_tape_print);
	ck_assert_ptr_nonnull(strstr(text, "0 .. 0 .. 0, 2 not finite\n")); /* log of 1, -1, 0 */
	ck_assert_msg(strstr(text, "  2 not finite\n"), "%s", text);        /* nothing but NaN */
	ck_assert_ptr_nonnull(strstr(text, " 1 1 1 1 +3 "));                /* seven operands */
	ck_assert_ptr_nonnull(strstr(text, "\n8*"));                        /* an adjoint */
	free(text);
	/* What is wrong comes last, and looking is no error. */
	assert_fine(tape);
	tl_reshape(x, tl_dims(2));
	text = written(tape, tl_tape_print);
	ck_assert_ptr_nonnull(strstr(text, tl_tape_error(tape)));
	free(text);
	tl_tape_destroy(tape);
}
END_TEST

/* Transposes, whose gradients the nodes of the backward pass are, and for which node the others
 * were recorded: by number, and by name if they have one. */
START_TEST(a_listing_shows_the_way_back)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_param *W = tl_params_add(set, "W", tl_dims(2, 2), tl_init_constant(0.5));
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor w = tl_use(tape, W), h = tl_ones(tape, tl_dims(1, 2));
	for (int t = 0; t < 2; t++)
		h = tl_linear(h, w, TL_NONE);
	tl_tag(tl_grad(tl_sum(tl_tag(h, "h"), TL_ALL), w), "dW");
	assert_fine(tape);
	char *text = written(tape, tl_tape_print);
	ck_assert_msg(strstr(text, "\n3     matmul        2 1^T "), "%s", text);
	ck_assert_msg(strstr(text, "\n10*   matmul        8^T 3  "), "%s", text);
	ck_assert_msg(strstr(text, " 4 h  test_show.c:"), "%s", text); /* of the last product */
	ck_assert_msg(strstr(text, " [2,2]  dW "), "%s", text);
	ck_assert_msg(strstr(text, "dW                 d 1 W  test_show.c:"), "%s", text);
	ck_assert_msg(strstr(text, " d 4 h  test_show.c:"), "%s", text); /* what sum hands on */
	ck_assert_msg(strstr(text, " d 5    test_show.c:"), "%s", text); /* the seed */
	free(text);
	text = written(tape, tl_tape_print_dot);
	ck_assert_msg(strstr(text, "label=\"matmul: h\\n4: [1,2]\\ntest_show.c:"), "%s", text);
	ck_assert_msg(strstr(text, "\\nof 4 h\""), "%s", text);
	ck_assert_msg(strstr(text, "\\nd 1 W\""), "%s", text);
	ck_assert_msg(strstr(text, "\\nd 4 h\""), "%s", text);
	ck_assert_msg(strstr(text, "n1 -> n3 [color=\"#4a6a8a\", headlabel=\" T \"];"), "%s", text);
	free(text);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

/* A sum hands on the gradient it is given: one node is then the gradient of several. It goes by the
 * parameter among them; and what the user recorded is nobody's gradient. */
START_TEST(a_shared_gradient_goes_by_the_parameter)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_param *b = tl_params_add(set, "b", tl_dims(2), tl_init_constant(0.5));
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_ones(tape, tl_dims(2)), w = tl_use(tape, b), v = tl_exp(x), g[2];
	tl_tensor y = tl_tanh(tl_add(x, w));
	ck_assert_int_eq(tl_vjp(y, v, (tl_tensor[]){x, w}, 2, g), TL_OK);
	ck_assert_uint_eq(g[0].id, g[1].id);
	char *text = written(tape, tl_tape_print), row[40];
	snprintf(row, sizeof row, " d %u b  test_show.c:", w.id);
	ck_assert_msg(strstr(text, row), "%s", text);
	ck_assert_int_eq(occurrences(text, " d "), 2); /* that row, and the legend */
	free(text);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

/* Three steps of a net in scopes, with its adjoints. */
static tl_tape *small_net(tl_params *set)
{
	tl_param *W = tl_params_add(set, "W \"q\\\n", tl_dims(2, 2), tl_init_constant(0.5));
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor h = tl_zeros(tape, tl_dims(1, 2));
	for (int t = 0; t < 3; t++) {
		tl_scope_enter(tape, "encoder");
		tl_scope_enter(tape, t == 1 ? "b" : "a");
		tl_tape_set_step(tape, t);
		h = tl_tanh(tl_linear(h, tl_use(tape, W), TL_NONE));
		tl_scope_leave(tape);
		tl_scope_leave(tape);
	}
	tl_tape_set_step(tape, -1);
	tl_tensor loss = tl_sum(h, TL_ALL);
	tl_grad(loss, tl_use(tape, W));
	assert_fine(tape);
	return tape;
}

START_TEST(a_drawing_has_every_node_and_edge)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_tape *tape = small_net(set);
	int64_t nodes = tl_tape_node_count(tape);
	char *text = written(tape, tl_tape_print_dot), name[24];
	for (int64_t i = 1; i <= nodes; i++) {
		snprintf(name, sizeof name, "n%d [label=", (int)i);
		ck_assert_int_eq(occurrences(text, name), 1);
	}
	ck_assert_int_eq(occurrences(text, "{"), occurrences(text, "}"));
	ck_assert_int_eq(occurrences(text, "label=\"encoder\""), 1);
	ck_assert_int_eq(occurrences(text, "label=\"step 0\""), 1);
	ck_assert_int_eq(occurrences(text, "label=\"step 2\""), 1);
	ck_assert_ptr_nonnull(strstr(text, "W \\\"q\\\\ ")); /* quoted, on one line */
	ck_assert_ptr_nonnull(strstr(text, "#f6d5c0"));      /* adjoints and what they are of */
	ck_assert_ptr_nonnull(strstr(text, "#cfe2f3"));
	ck_assert_int_eq(occurrences(text, "#d9ead3"), 2); /* the one parameter, and the legend */
	ck_assert_int_eq(occurrences(text, "label=\"legend "), 1);
	ck_assert_ptr_nonnull(strstr(text, "full 1\\n"));
	free(text);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

/* Steps one after the other, whichever way a scope goes through time. */
START_TEST(a_drawing_keeps_the_order_of_steps)
{
	for (int backwards = 0; backwards < 2; backwards++) {
		char edge[4][40];
		tl_tape *tape = tl_tape_create(TL_F32);
		tl_tensor h = tl_scalar(tape, 1);
		uint32_t at[2];
		for (int i = 0; i < 2; i++) {
			tl_tape_set_step(tape, backwards ? 1 - i : i);
			tl_tensor x = tl_scalar(tape, i + 2);
			at[i] = x.id;
			h = tl_add(h, x);
		}
		/* from what ends the first through a point to what begins the second */
		uint32_t point = at[backwards];
		snprintf(edge[0], sizeof edge[0], "n%u -> p%u ", at[0] + 1, point);
		snprintf(edge[1], sizeof edge[1], "p%u -> n%u ", point, at[1]);
		snprintf(edge[2], sizeof edge[2], "n%u -> p%u ", at[1] + 1, point);
		snprintf(edge[3], sizeof edge[3], "p%u -> n%u ", point, at[0]);
		char *text = written(tape, tl_tape_print_dot);
		for (int i = 0; i < 4; i++)
			ck_assert_msg(occurrences(text, edge[i]) == (i < 2), "%s: %s", edge[i],
				      text);
		free(text);
		tl_tape_destroy(tape);
	}
}
END_TEST

/* Scopes of an earlier round that are empty now leave no frame. */
START_TEST(frames_are_of_this_round)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_tape *tape = small_net(set);
	tl_tape_rewind(tape);
	tl_scope_enter(tape, "other");
	tl_tanh(tl_scalar(tape, 1));
	char *text = written(tape, tl_tape_print_dot);
	ck_assert_int_eq(occurrences(text, "encoder"), 0);
	ck_assert_int_eq(occurrences(text, "label=\"other\""), 1);
	free(text);
	tl_tape_rewind(tape);
	text = written(tape, tl_tape_print_dot);
	ck_assert_int_eq(occurrences(text, "subgraph"), 1); /* the legend */
	free(text);
	text = written(tape, tl_tape_print);
	ck_assert_str_eq(
		text,
		"node  op  operands  shape  name  scope  step  of  line  value\n" LISTING_LEGEND);
	free(text);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

START_TEST(a_program_shows_transposes_and_a_legend)
{
	static const char *const legend[] = {
		"* shared", "= after a barrier", "^T ", "a: ", "o: ", "g: ", "l: "};
	tl_params *set = tl_params_create(TL_F32);
	tl_param *w = tl_params_add(set, "w", tl_dims(7, 5), tl_init_constant(1));
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor y = tl_tanh(tl_linear(tl_ones(tape, tl_dims(3, 5)), tl_use(tape, w), TL_NONE));
	tl_program *p =
		tl_program_create(tape, (tl_program_options){.loss = tl_sum(tl_square(y), TL_ALL)});
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	tl_program_print(p, file);
	fclose(file);
	ck_assert_msg(strstr(text, "product [7,3]^T [3,5]"), "%s", text); /* of dw */
	for (size_t i = 0; i < sizeof legend / sizeof *legend; i++)
		ck_assert_msg(strstr(text, legend[i]), "no \"%s\" in\n%s", legend[i], text);
	free(text);
	tl_program_destroy(p);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

START_TEST(what_cannot_be_written)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_exp(tl_scalar(tape, 1));
	tl_status (*const writers[])(tl_tape *, FILE *) = {tl_tape_print, tl_tape_print_dot};
	for (int i = 0; i < 2; i++) {
		FILE *full = fopen("/dev/full", "w");
		ck_assert_int_eq(writers[i](NULL, stdout), TL_ERROR_TAPE);
		ck_assert_int_eq(writers[i](tape, NULL), TL_ERROR_ARGUMENT);
		if (full) {
			ck_assert_int_eq(writers[i](tape, full), TL_ERROR_FILE);
			fclose(full);
		}
	}
	ck_assert_ptr_null(tl_tape_error(tape));
	tl_tape_destroy(tape);
}
END_TEST

/* Tracing: the first node whose value is not finite, forward or backward, however deep */

typedef struct traced {
	const char *what, *words;
	tl_tensor (*record)(tl_tape *tape, int *line);
} traced;

static tl_tensor log_of_negative(tl_tape *tape, int *line)
{
	tl_tensor x = tl_scalar(tape, 4);
	for (int t = 0; t < 6; t++) {
		tl_tape_set_step(tape, t);
		x = tl_add_scalar(tl_log(x), -1), *line = __LINE__; /* 0.39, then log of -1.95 */
	}
	return tl_exp(x);
}

static tl_tensor overflow(tl_tape *tape, int *line)
{
	tl_tensor x = tl_full(tape, tl_dims(3), 2);
	for (int t = 0; t < 20; t++) {
		tl_tape_set_step(tape, t);
		x = tl_square(x), *line = __LINE__;
	}
	return tl_sum(tl_tanh(x), TL_ALL);
}

static tl_tensor backward_of_sqrt(tl_tape *tape, int *line)
{
	tl_tensor x = tl_constant(tape, tl_dims(2), (float[]){1, 0}), y;
	tl_scope_enter(tape, "net");
	tl_tape_set_step(tape, 3);
	y = tl_sqrt(x), *line = __LINE__;
	tl_scope_leave(tape);
	return tl_sum(tl_grad(tl_sum(y, TL_ALL), x), TL_ALL);
}

static tl_tensor in_a_table(tl_tape *tape, int *line)
{
	static const float bad[] = {1, 2, 0, 3};
	tl_tensor x = tl_input(tape, tl_dims(2, 2), bad);
	tl_tape_set_step(tape, 0);
	tl_tensor y = tl_reciprocal(x);
	*line = __LINE__ - 1;
	return tl_sum(tl_matmul(y, tl_transpose(y)), TL_ALL);
}

static tl_tensor in_the_data(tl_tape *tape, int *line)
{
	static const float bad[] = {1, INFINITY, NAN};
	tl_tensor x = tl_input(tape, tl_dims(3), bad);
	*line = __LINE__ - 1;
	return tl_sum(tl_square(tl_tanh(x)), TL_ALL);
}

/* An infinity that was given is passed on; the NaN that comes of it is made. */
static tl_tensor from_infinity(tl_tape *tape, int *line)
{
	static const float mask[] = {0, -INFINITY};
	tl_tensor x = tl_add_scalar(tl_input(tape, tl_dims(2), mask), 1);
	tl_tensor y = tl_sub(x, x);
	*line = __LINE__ - 1;
	return tl_sum(y, TL_ALL);
}

static const traced traces[] = {
	{"log", "log: element 0 of the result is NaN\n  at %s:%d, step 2", log_of_negative},
	{"overflow", "square: element 0 of the result is infinite\n  at %s:%d, step 6", overflow},
	{"sqrt",
	 "div: element 1 of the result is infinite, backward\n"
	 "  at %s:%d, in net, step 3, in the derivative of sqrt",
	 backward_of_sqrt},
	{"table", "reciprocal: element 2 of the result is infinite\n  at %s:%d, step 0",
	 in_a_table},
	{"data", "input: element 2 of the data is NaN\n  at %s:%d", in_the_data},
	{"infinity", "sub: element 1 of the result is NaN\n  at %s:%d", from_infinity},
};

START_TEST(the_first_nan_is_named)
{
	char expected[400];
	for (size_t i = 0; i < sizeof traces / sizeof *traces; i++)
		for (int on = 0; on < 2; on++) {
			int line = 0;
			tl_tape *tape = tl_tape_create(TL_F32);
			tl_tape_set_check_finite(tape, on);
			tl_tensor y = traces[i].record(tape, &line);
			assert_fine(tape);
			tl_item(y);
			if (!on) { /* without tracing, NaN is a value */
				assert_fine(tape);
			} else {
				snprintf(expected, sizeof expected, traces[i].words, __FILE__,
					 line);
				ck_assert_msg(
					tl_tape_error(tape) && !strncmp(tl_tape_error(tape),
									expected, strlen(expected)),
					"\n%s\ninstead of\n%s", tl_tape_error(tape), expected);
				ck_assert_int_eq(tl_tape_status(tape), TL_ERROR_VALUE);
			}
			tl_tape_destroy(tape);
		}
}
END_TEST

/* A mask of -infinity is data, and what it hides is 0. */
START_TEST(given_infinities_are_no_error)
{
	float mask[] = {0, -INFINITY, 1};
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_check_finite(tape, true);
	tl_tensor x = tl_slice(tl_input(tape, tl_dims(3), mask), 0, 0, 2, 1);
	tl_tensor y = tl_exp(tl_add(x, tl_ones(tape, tl_dims(2))));
	const float *value = tl_value(y);
	assert_fine(tape);
	assert_near((double)value[1], 0, 0);
	tl_tape_destroy(tape);
}
END_TEST

SUITE("show", a_listing_is_aligned, a_listing_says_attributes, a_listing_shows_what_is_odd,
      a_listing_shows_the_way_back, a_shared_gradient_goes_by_the_parameter,
      a_drawing_has_every_node_and_edge, a_drawing_keeps_the_order_of_steps,
      frames_are_of_this_round, a_program_shows_transposes_and_a_legend, what_cannot_be_written,
      the_first_nan_is_named, given_infinities_are_no_error)
