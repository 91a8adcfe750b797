/*
 * What ops say of themselves is true: the equation and the derivative of each, as text, are
 * evaluated over the op's example and compared with what the op computes. A text that cannot be
 * evaluated (a window, an alignment, a draw) is in a list here, and can at least be printed.
 */
#include "counting.h"
#include "rule_numbers.h"
#include "suite.h"

#include "graph/graph.h"
#include "ops/ops.h"
#include "ops/window.h"

/* Texts that say more than numbers can be computed from. */
static const char *const only_read[] = {"argmax",         "assemble",
					"average_pool2d", "average_pool_input",
					"cast",           "choose",
					"concat",         "counted",
					"cross_entropy",  "cross_entropy_slope",
					"ctc_loss",       "ctc_slope",
					"draw",           "dropout_mask",
					"max_pool2d",     "max_pool_input",
					"max_pool_pick",  "one_hot",
					"permute",        "reshape",
					"sparse_linear"};

static bool is_only_read(const char *name)
{
	for (size_t i = 0; i < sizeof only_read / sizeof *only_read; i++)
		if (!strcmp(only_read[i], name))
			return true;
	return false;
}

/* Numbers of an op by their names in its text. */
static const struct own_numbers {
	const char *op, *name[2];
} own_numbers[] = {{"leaky_relu", {"slope"}},
		   {"elu", {"alpha"}},
		   {"hard_sigmoid", {"slope", "offset"}},
		   {"clamp", {"low", "high"}}};

/* The shapes that a text is written for, where it is not for any: ranks of the first operand and of
 * the result. */
static const struct written_for {
	const char *op;
	int operand, result;
} written_for[] = {{"sum", 1, 0},
		   {"max", 1, 0},
		   {"min", 1, 0},
		   {"cumsum", 1, 1},
		   {"softmax", 1, 1},
		   {"log_softmax", 1, 1},
		   {"logsumexp", 1, 0},
		   {"broadcast_to", 0, 1},
		   {"take_along_axis", 1, 1},
		   {"add_along_axis", 1, 1},
		   {"embedding", 1, 1},
		   {"segment_sum", 1, 1},
		   {"pick", 2, 1},
		   {"place", 1, 2},
		   {"slice", 1, 1},
		   {"matmul", 2, 2}};

static bool fits(const tl_node *n, const tl_shape *operand)
{
	for (size_t i = 0; i < sizeof written_for / sizeof *written_for; i++)
		if (!strcmp(written_for[i].op, n->op->name) &&
		    (written_for[i].operand != operand->rank ||
		     written_for[i].result != n->shape.rank))
			return false;
	const tl_matmul_attr *m = n->attr;
	if (!strcmp(n->op->name, "matmul"))
		return !m->transpose_a && !m->transpose_b;
	if (!strncmp(n->op->name, "conv", 4)) {
		const tl_window *w = n->attr;
		return w->stride[0] * w->stride[1] * w->dilation[0] * w->dilation[1] == 1 &&
		       !w->padding[0] && !w->padding[1];
	}
	if (!strcmp(n->op->name, "pick") || !strcmp(n->op->name, "place"))
		return *(const int64_t *)n->attr == 1; /* the axis */
	return n->op != &tl_op_segment_sum || n->operands == 2;
}

static rule_numbers numbers_of(tl_tensor t)
{
	rule_numbers n = {.shape = tl_tensor_shape(t)};
	int64_t size = tl_tensor_size(t);
	ck_assert_int_le(size, RULE_NUMBERS);
	const double *real = tl_tensor_dtype(t) == TL_I32 ? NULL : tl_value_double(t);
	const int32_t *integer = real ? NULL : tl_value_int(t);
	for (int64_t i = 0; i < size; i++)
		n.at[i] = real ? real[i] : integer[i];
	return n;
}

static void name_shape(rule_names *names, const char *name, const char *rest, tl_shape shape)
{
	rule_name *n = &names->name[names->count++];
	snprintf(n->name, sizeof n->name, "%s%s", name, rest);
	n->known = false, n->is.shape = shape;
}

static void compare(const tl_op *op, const char *what, const rule_numbers *says, tl_tensor is)
{
	rule_numbers got = rule_sum_to(says, tl_tensor_shape(is)), want = numbers_of(is);
	for (int64_t i = 0; i < tl_tensor_size(is); i++)
		ck_assert_msg(fabs(got.at[i] - want.at[i]) <= 1e-9 * fmax(1, fabs(want.at[i])),
			      "%s: %s[%d] by its text is %g, and in truth %g", op->name, what,
			      (int)i, got.at[i], want.at[i]);
}

static const char *operands_of(const tl_op *op)
{
	static const char *const usual[] = {"", "x", "a, b", "a, b, c"};
	return op->operands ? op->operands : op->operand_count < 0 ? "x" : usual[op->operand_count];
}

/* Names of operands, one after the other. */
static bool next_name(const char **names, char name[32])
{
	size_t n = strcspn(*names, ", ");
	snprintf(name, 32, "%.*s", (int)n, *names);
	*names += n + strspn(*names + n, ", ");
	return n;
}

/* Any number of operands of one name is one with an axis more. */
static rule_numbers stacked(tl_tape *tape, const tl_node *n)
{
	rule_numbers all = {.shape = {.rank = n->shape.rank + 1}};
	all.shape.dim[0] = n->operands;
	for (int i = 0; i < n->shape.rank; i++)
		all.shape.dim[i + 1] = n->shape.dim[i];
	for (uint32_t k = 0; k < n->operands; k++) {
		rule_numbers x = numbers_of(tl_handle(tape, tape->operand[n->first + k]));
		for (int64_t i = 0, size = tl_shape_size(x.shape); i < size; i++)
			all.at[k * size + i] = x.at[i];
	}
	return all;
}

static void name_operands(rule_names *names, tl_tape *tape, const tl_node *n)
{
	const char *all = operands_of(n->op);
	char name[32];
	bool many = n->op == &tl_op_add_n;
	rule_numbers x = {{0}, {0}};
	for (uint32_t k = 0; k < n->operands && next_name(&all, name); k++) {
		x = many ? stacked(tape, n)
			 : numbers_of(tl_handle(tape, tape->operand[n->first + k]));
		rule_name_add(names, name, &x);
		name_shape(names, "d", name, x.shape);
		if (!k) {
			rule_numbers count = {.at = {(double)x.shape.dim[0]}};
			rule_name_add(names, "n", &count);
		}
	}
	for (size_t i = 0; i < sizeof own_numbers / sizeof *own_numbers; i++)
		for (int k = 0; k < 2 && !strcmp(own_numbers[i].op, n->op->name); k++) {
			double imm[2];
			n->op->immediates(n->attr, imm);
			rule_numbers is = {.at = {imm[k]}};
			if (own_numbers[i].name[k])
				rule_name_add(names, own_numbers[i].name[k], &is);
		}
	if (n->op == &tl_op_slice) {
		const tl_slice_attr *s = n->attr;
		rule_numbers start = {.at = {(double)s->start}}, step = {.at = {(double)s->step}};
		rule_name_add(names, "start", &start);
		rule_name_add(names, "step", &step);
	}
}

static void check_derivative(rule_names *names, tl_tape *tape, tl_tensor y)
{
	const tl_op *op = tl_node_at(tape, y.id)->op;
	uint32_t first = tl_node_at(tape, y.id)->first, operands = tl_node_at(tape, y.id)->operands;
	rule_numbers v = {.shape = tl_tensor_shape(y)}, out;
	for (int64_t i = 0; i < tl_tensor_size(y); i++)
		v.at[i] = 0.5 + (double)((i * 37) % 19) / 19;
	rule_name_add(names, "dy", &v);
	rule_name_add(names, "dY", &v);
	ck_assert_msg(rule_evaluate(names, op->derivative), "%s: %s: %s", op->name, op->derivative,
		      names->problem);
	tl_tensor dy = tl_constant_double(tape, v.shape, v.at), dx;
	const char *all = operands_of(op);
	char name[32], adjoint[34];
	for (uint32_t k = 0; k < operands && next_name(&all, name); k++) {
		tl_tensor x = tl_handle(tape, tape->operand[first + k]);
		snprintf(adjoint, sizeof adjoint, "d%s", name);
		const rule_numbers *says = rule_name_find(names, adjoint);
		if (tl_tensor_dtype(x) == TL_I32 || (op->operands && !says))
			continue;
		ck_assert_msg(says, "%s does not say what %s is", op->name, adjoint);
		if (tl_vjp(y, dy, &x, 1, &dx) != TL_OK)
			ck_abort_msg("%s: %s", op->name, tl_tape_error(tape));
		if (op == &tl_op_add_n) { /* the part of this one */
			out = *says, out.shape = tl_tensor_shape(x);
			says = &out;
		}
		compare(op, adjoint, says, dx);
	}
}

/* The example, or one made here of an op that has none since it has no derivative. */
static tl_tensor example_of(tl_example *s)
{
	const tl_op *op = s->op;
	if (op->example)
		return op->example(s);
	return op->operand_count == 2 ? tl_example_binary(s) : tl_example_unary(s);
}

/* False: this example has not the shape that the text is written for. */
static bool check_text(const tl_op *op, uint64_t key)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_example s = {.tape = tape, .op = op, .set = set, .key = key};
	example_of(&s);
	ck_assert_msg(!tl_tape_error(tape), "%s: %s", op->name, tl_tape_error(tape));
	uint32_t id = (uint32_t)tl_tape_node_count(tape);
	while (id && tl_node_at(tape, id)->op != op)
		id--;
	const tl_node *n = tl_node_at(tape, id);
	tl_shape first = id && n->operands ? tl_node_at(tape, tape->operand[n->first])->shape
					   : (tl_shape){0};
	bool fine = id && n->operands && fits(n, &first);
	if (fine) {
		rule_names *names = calloc(1, sizeof *names);
		tl_tensor y = tl_handle(tape, id);
		numbers_of(y); /* computed before its operands are asked for */
		name_operands(names, tape, n);
		name_shape(names, "y", "", tl_tensor_shape(y));
		ck_assert_msg(rule_evaluate(names, op->equation), "%s: %s: %s", op->name,
			      op->equation, names->problem);
		const rule_numbers *says = rule_name_find(names, "y");
		compare(op, "y", says ? says : rule_name_find(names, "Y"), y);
		if (op->derivative)
			check_derivative(names, tape, y);
		free(names);
	}
	tl_tape_destroy(tape);
	tl_params_destroy(set);
	return fine;
}

START_TEST(every_text_is_true)
{
	for (int i = 0; i < tl_op_count(); i++) {
		const tl_op *op = tl_op_at(i);
		int checked = 0;
		for (uint64_t key = 0;
		     key < 150 && checked < 8 && !op->compound && !is_only_read(op->name); key++)
			checked += check_text(op, key);
		ck_assert_msg(op->compound || is_only_read(op->name) || checked,
			      "no example of %s is what its text is written for", op->name);
	}
}
END_TEST

/* Each op says what it computes and its derivative, or why it has none; in every notation. */
START_TEST(every_op_can_be_printed)
{
	for (int i = 0; i < tl_op_count(); i++) {
		const tl_op *op = tl_op_at(i);
		bool derives = op->vjp || op->zero_gradient;
		for (tl_cell_notation as = TL_NOTATION_TEXT; as < TL_NOTATION_C; as++) {
			tl_error error = {0};
			char *y = tl_op_print(op, TL_OP_EQUATION, as, &error);
			ck_assert_msg(y, "%s: %s", op->name, error.text);
			bool named = op->operands ? *op->operands : op->operand_count;
			char *d = tl_op_print(op, TL_OP_DERIVATIVE, as, &error);
			ck_assert_msg(!d == !(derives && named && !op->compound), "%s: %s",
				      op->name, error.text);
			for (const char *c = y; as == TL_NOTATION_ASCII && *c; c++)
				ck_assert_msg((unsigned char)*c < 0x80, "%s: %s", op->name, y);
			tl_cell_text_free(y);
			tl_cell_text_free(d);
		}
	}
}
END_TEST

/* What is written of losses and layers, which record several ops. */
static tl_tensor plain_mse(tl_tape *t, const tl_tensor *x)
{
	(void)t;
	return tl_mse(x[0], x[1], &(tl_loss_options){.reduction = TL_REDUCTION_NONE});
}

static tl_tensor plain_mae(tl_tape *t, const tl_tensor *x)
{
	(void)t;
	return tl_mae(x[0], x[1], &(tl_loss_options){.reduction = TL_REDUCTION_NONE});
}

static tl_tensor plain_huber(tl_tape *t, const tl_tensor *x)
{
	(void)t;
	return tl_huber(x[0], x[1], 0.7, &(tl_loss_options){.reduction = TL_REDUCTION_NONE});
}

static tl_tensor plain_binary(tl_tape *t, const tl_tensor *x)
{
	(void)t;
	return tl_binary_cross_entropy_with_logits(
		x[0], x[1], &(tl_loss_options){.reduction = TL_REDUCTION_NONE});
}

static tl_tensor plain_layer_norm(tl_tape *t, const tl_tensor *x)
{
	(void)t;
	return tl_layer_norm(x[0], x[1], x[2], 0.1);
}

static tl_tensor plain_batch_norm(tl_tape *t, const tl_tensor *x)
{
	tl_tape_set_training(t, true);
	return tl_batch_norm(x[0], x[1], x[2], 1, &(tl_batch_norm_options){.epsilon = 0.1});
}

static tl_tensor plain_bilinear(tl_tape *t, const tl_tensor *x)
{
	(void)t;
	tl_tensor a = tl_reshape(x[0], tl_dims(1, 3)), b = tl_reshape(x[2], tl_dims(1, 2));
	return tl_reshape(tl_bilinear(a, x[1], b), tl_dims(4));
}

static tl_tensor plain_conv1d(tl_tape *t, const tl_tensor *x)
{
	(void)t;
	return tl_conv1d(x[0], x[1], NULL);
}

static const struct several {
	const char *op;
	tl_tensor (*record)(tl_tape *t, const tl_tensor *x);
	tl_shape shape[3];
} several[] = {
	{"mse", plain_mse, {{1, {6}}, {1, {6}}}},
	{"mae", plain_mae, {{1, {6}}, {1, {6}}}},
	{"huber", plain_huber, {{1, {6}}, {1, {6}}}},
	{"binary_cross_entropy_with_logits", plain_binary, {{1, {6}}, {1, {6}}}},
	{"layer_norm", plain_layer_norm, {{1, {5}}, {1, {5}}, {1, {5}}}},
	{"batch_norm", plain_batch_norm, {{2, {4, 3}}, {1, {3}}, {1, {3}}}},
	{"bilinear", plain_bilinear, {{1, {3}}, {3, {4, 3, 2}}, {1, {2}}}},
	{"conv1d", plain_conv1d, {{3, {2, 3, 5}}, {3, {2, 3, 2}}}},
};

START_TEST(what_is_written_of_losses_and_layers_is_true)
{
	for (size_t i = 0; i < sizeof several / sizeof *several; i++) {
		const tl_op *op = tl_op_find(several[i].op);
		rule_names *names = calloc(1, sizeof *names);
		tl_tape *tape = tl_tape_create(TL_F64);
		tl_tensor x[3] = {{0}};
		const char *all = operands_of(op);
		char name[32];
		for (int k = 0; next_name(&all, name); k++) {
			rule_numbers is = {.shape = several[i].shape[k]};
			for (int64_t j = 0; j < tl_shape_size(is.shape); j++)
				is.at[j] = fmod(0.37 + 0.61 * (double)(j * (k + 2) + k), 1);
			x[k] = tl_constant_double(tape, is.shape, is.at);
			rule_name_add(names, name, &is);
		}
		rule_numbers delta = {.at = {0.7}}, epsilon = {.at = {0.1}};
		rule_name_add(names, "delta", &delta);
		rule_name_add(names, "epsilon", &epsilon);
		tl_tensor y = several[i].record(tape, x);
		assert_fine(tape);
		name_shape(names, "y", "", tl_tensor_shape(y));
		ck_assert_msg(rule_evaluate(names, op->equation), "%s: %s", op->name,
			      names->problem);
		compare(op, "y", rule_name_find(names, "y"), y);
		tl_tape_destroy(tape);
		free(names);
	}
}
END_TEST

START_TEST(an_op_of_a_user_says_it_too)
{
	tl_op cube = {.name = "cube",
		      .operand_count = 1,
		      .equation = "y = x^3",
		      .derivative = "dx = 3 x² ⊙ dy  # & no other"};
	tl_error error = {0};
	char *text = tl_op_print(&cube, TL_OP_DERIVATIVE, TL_NOTATION_ASCII, &error);
	ck_assert_str_eq(text, "dx = 3 x^2 * dy  # & no other\n");
	tl_cell_text_free(text);
	text = tl_op_print(&cube, TL_OP_DERIVATIVE, TL_NOTATION_LATEX, &error);
	ck_assert_ptr_nonnull(strstr(text, "\\mathrm{d}x"));
	ck_assert_ptr_nonnull(strstr(text, "\\text{\\& no other}"));
	tl_cell_text_free(text);
	text = tl_op_print(&cube, TL_OP_DERIVATIVE, TL_NOTATION_MATHML, &error);
	ck_assert_ptr_nonnull(strstr(text, "&amp; no other"));
	tl_cell_text_free(text);
	cube.equation = "y = x +";
	ck_assert_ptr_null(tl_op_print(&cube, TL_OP_EQUATION, TL_NOTATION_TEXT, &error));
	ck_assert_int_eq(error.status, TL_ERROR_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(error.text, "cube:1:"));
	cube.equation = NULL;
	ck_assert_ptr_null(tl_op_print(&cube, TL_OP_EQUATION, TL_NOTATION_TEXT, &error));
	ck_assert_str_eq(error.text, "cube: it is declared without its equation");
	ck_assert_ptr_null(tl_op_print(&cube, TL_OP_DERIVATIVE, TL_NOTATION_C, &error));
	ck_assert_ptr_null(tl_op_print(&cube, (tl_op_part)7, TL_NOTATION_TEXT, NULL));
	ck_assert_ptr_null(tl_op_print(NULL, TL_OP_EQUATION, TL_NOTATION_TEXT, &error));
}
END_TEST

START_TEST(without_memory_nothing_is_printed_and_nothing_lost)
{
	for (int part = TL_OP_EQUATION; part <= TL_OP_DERIVATIVE; part++) {
		char *text = NULL;
		for (int64_t fail = 1; !text; fail++) {
			counting c;
			tl_error error = {0};
			counting_start(&c);
			c.fail_at = fail;
			text = tl_op_print(tl_op_find("less"), (tl_op_part)part, TL_NOTATION_MATHML,
					   &error);
			ck_assert(text || error.status == TL_ERROR_MEMORY);
			tl_cell_text_free(text);
			ck_assert_int_eq(c.blocks, 0);
			counting_stop();
		}
	}
}
END_TEST

SUITE("op_rules", every_op_can_be_printed, every_text_is_true,
      what_is_written_of_losses_and_layers_is_true, an_op_of_a_user_says_it_too,
      without_memory_nothing_is_printed_and_nothing_lost)
