/*
 * Layers of other systems: PyTorch's, stacked, both ways, with lengths, values and all gradients
 * (tools/make_layer_fixtures.py); ONNX's node tests (tools/make_onnx_fixtures.py); orders of gates.
 */
#include "values.h"

enum { T = 5, B = 3, IN = 3, H = 4, LAYERS = 2, MOST = 4096 };

static FILE *fixture_file(const char *name)
{
	char path[1024];
	const char *source = getenv("TL_SOURCE");
	snprintf(path, sizeof path, "%s/tests/fixtures/%s", source ? source : ".", name);
	FILE *file = fopen(path, "r");
	ck_assert_msg(file, "%s cannot be read; TL_SOURCE is the source's root", path);
	return file;
}

/* PyTorch */

typedef struct layer_case {
	const char *name, *kind;
	int gates, states, directions;
	tl_activation activation;
} layer_case;

static const double *stored(FILE *file, const char *name, const char *part, int k, int64_t size)
{
	static double values[MOST];
	char want[64], is[64] = "";
	int count = -1;
	snprintf(want, sizeof want, k < 0 ? "%s/%s" : "%s/%s%d", name, part, k);
	ck_assert_msg(fscanf(file, "%63s %d", is, &count) == 2 && !strcmp(is, want) &&
			      count == size && size <= MOST,
		      "the file has %s of %d numbers, and %s of %d is wanted", is, count, want,
		      (int)size);
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(fscanf(file, "%lf", &values[i]), 1);
	return values;
}

static void agree(const char *name, const char *part, const double *got, const double *want,
		  int64_t size)
{
	for (int64_t i = 0; i < size; i++)
		ck_assert_msg(fabs(got[i] - want[i]) <= 1e-11 * fmax(1, fabs(want[i])),
			      "%s/%s[%d] is %.17g, PyTorch says %.17g", name, part, (int)i, got[i],
			      want[i]);
}

/* h or c of all layers and directions as one tensor, [layers * directions, batch, hidden] */
static tl_tensor last_of(const layer_case *c, const tl_unrolled *each, int state)
{
	tl_tensor parts[2 * LAYERS];
	int n = 0;
	for (int l = 0; l < LAYERS; l++)
		for (int d = 0; d < c->directions; d++) {
			tl_state s = d ? each[l].final_state_backward : each[l].final_state;
			parts[n++] = *tl_state_at(&s, state);
		}
	return tl_stack(parts, n, 0);
}

static tl_tensor weighed(tl_tensor y, int stream)
{
	const double *w = numbers(tl_tensor_size(y), stream, -1, 1);
	return tl_sum(tl_mul(y, tl_input_double(y.tape, tl_tensor_shape(y), w)), TL_ALL);
}

static tl_flat_weights arrays(const layer_case *c, int first, int in)
{
	tl_flat_weights w = {.dtype = TL_F64};
	int rows = c->gates * H;
	w.W = numbers((int64_t)rows * in, 20 + first, -0.5, 0.5);
	w.U = numbers((int64_t)rows * H, 21 + first, -0.5, 0.5);
	w.b = numbers(rows, 22 + first, -0.5, 0.5);
	w.b_h = numbers(rows, 23 + first, -0.5, 0.5);
	return w;
}

/* A vanilla net has one bias: PyTorch's two have the same gradient. */
static void check_gradients(FILE *file, const layer_case *c, const tl_cell *cell, int first, int in)
{
	static double room[4][MOST];
	int rows = c->gates * H;
	int64_t size[] = {(int64_t)rows * in, (int64_t)rows * H, rows, rows};
	tl_flat_weights w = {TL_F64, room[0], room[1], room[2], room[3], NULL, NULL};
	ck_assert_int_eq(tl_cell_export(cell, TL_GATE_ORDER_PYTORCH, NULL, &w), TL_OK);
	for (int k = 0; k < 4; k++) {
		const double *got = room[k == 3 && c->gates == 1 ? 2 : k];
		agree(c->name, "w", got, stored(file, c->name, "w", first + k, size[k]), size[k]);
	}
}

static void run_layers(FILE *file, const layer_case *c)
{
	static const int32_t lengths[B] = {3, 5, 1};
	tl_params *set = tl_params_create(TL_F64);
	tl_tape *tape = fresh_tape(TL_F64);
	tl_cell *cell[2 * LAYERS];
	tl_layer layer[LAYERS] = {0};
	tl_state start[2 * LAYERS] = {0};
	int n = LAYERS * c->directions;
	tl_tensor x = tl_input_double(tape, tl_dims(T, B, IN), numbers(T * B * IN, 1, -1, 1)),
		  first[2];
	for (int s = 0; s < c->states; s++)
		first[s] = tl_input_double(tape, tl_dims(n, B, H),
					   numbers((int64_t)n * B * H, 2 + s, -1, 1));
	for (int k = 0; k < n; k++) {
		char name[16];
		int in = k < c->directions ? IN : c->directions * H;
		snprintf(name, sizeof name, "l%d", k);
		cell[k] = tl_cell_create(set, c->kind, name,
					 (tl_cell_options){.in = in,
							   .hidden = H,
							   .activation = c->activation,
							   .two_biases = c->gates > 1});
		tl_flat_weights w = arrays(c, 4 * k, in);
		ck_assert_int_eq(tl_cell_import(cell[k], TL_GATE_ORDER_PYTORCH, &w), TL_OK);
		for (int s = 0; s < c->states; s++)
			*tl_state_at(&start[k], s) = tl_at(first[s], k);
		start[k].count = c->states;
		tl_layer *l = &layer[k / c->directions];
		if (k % c->directions)
			l->backward = cell[k], l->initial_state_backward = &start[k];
		else
			l->forward = cell[k], l->initial_state = &start[k];
	}
	tl_unrolled each[LAYERS];
	tl_unroll_options o = {.lengths = tl_input_int(tape, tl_dims(B), lengths)};
	tl_tensor y = tl_unroll_layers(layer, LAYERS, x, &o, each), loss = weighed(y, 90);
	tl_tensor wrt[3] = {x, first[0], first[1]}, slope[3];
	for (int s = 0; s < c->states; s++)
		loss = tl_add(loss, weighed(last_of(c, each, s), 91 + s));
	tl_grads(loss, wrt, 1 + c->states, slope);
	ck_assert_msg(tl_backward(loss) == TL_OK, "%s: %s", c->name, tl_tape_error(tape));

	int64_t size = tl_tensor_size(y), states = (int64_t)n * B * H;
	agree(c->name, "y", tl_value_double(y), stored(file, c->name, "y", -1, size), size);
	for (int s = 0; s < c->states; s++)
		agree(c->name, "last", tl_value_double(last_of(c, each, s)),
		      stored(file, c->name, "last", s, states), states);
	agree(c->name, "x", tl_value_double(slope[0]), stored(file, c->name, "x", -1, T * B * IN),
	      T * B * IN);
	for (int s = 0; s < c->states; s++)
		agree(c->name, "first", tl_value_double(slope[1 + s]),
		      stored(file, c->name, "first", s, states), states);
	for (int k = 0; k < n; k++)
		check_gradients(file, c, cell[k], 4 * k,
				k < c->directions ? IN : c->directions * H);
	for (int k = 0; k < n; k++)
		tl_cell_destroy(cell[k]);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}

START_TEST(layers_are_those_of_pytorch)
{
	static const layer_case cases[] = {
		{"rnn_tanh_1", "rnn", 1, 1, 1, NULL}, {"rnn_relu_1", "rnn", 1, 1, 1, tl_relu},
		{"lstm_1", "lstm", 4, 2, 1, NULL},    {"gru_1", "gru_reset_after", 3, 1, 1, NULL},
		{"rnn_tanh_2", "rnn", 1, 1, 2, NULL}, {"rnn_relu_2", "rnn", 1, 1, 2, tl_relu},
		{"lstm_2", "lstm", 4, 2, 2, NULL},    {"gru_2", "gru_reset_after", 3, 1, 2, NULL},
	};
	FILE *file = fixture_file("layers.txt");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		run_layers(file, &cases[i]);
	char rest[8];
	ck_assert_int_eq(fscanf(file, "%7s", rest), EOF);
	fclose(file);
}
END_TEST

/* ONNX */

typedef struct onnx {
	char name[64], op[16];
	int hidden, batchwise;
	struct {
		char name[24];
		int64_t dim[4];
		float value[256];
	} array[12];
	int arrays;
} onnx;

static bool onnx_read(FILE *file, onnx *c)
{
	*c = (onnx){0};
	if (fscanf(file, "%63s %15s %d %d", c->name, c->op, &c->hidden, &c->batchwise) != 4)
		return false;
	for (;; c->arrays++) {
		int rank = 0;
		int64_t size = 1;
		ck_assert(c->arrays < 12 &&
			  fscanf(file, "%23s %d", c->array[c->arrays].name, &rank) == 2 &&
			  rank <= 4);
		if (!rank)
			return true;
		for (int i = 0; i < rank; i++) {
			int d;
			ck_assert_int_eq(fscanf(file, "%d", &d), 1);
			c->array[c->arrays].dim[i] = d;
			size *= d;
		}
		ck_assert_int_le(size, 256);
		for (int64_t i = 0; i < size; i++)
			ck_assert_int_eq(fscanf(file, "%f", &c->array[c->arrays].value[i]), 1);
	}
}

static int find(const onnx *c, const char *name)
{
	for (int i = 0; i < c->arrays; i++)
		if (!strcmp(c->array[i].name, name))
			return i;
	return -1;
}

static float *values_of(onnx *c, const char *name)
{
	int i = find(c, name);
	return i < 0 ? NULL : c->array[i].value;
}

/* One direction, so its axis is of size 1: Y is what is shown, Y_h the last of it. */
static void onnx_compare(onnx *c, const char *name, tl_tensor y)
{
	const float *want = values_of(c, name);
	if (!want)
		return;
	int64_t size = tl_tensor_size(y);
	const int64_t *dim = c->array[find(c, name)].dim;
	ck_assert_int_eq(size, dim[0] * dim[1] * dim[2] * (dim[3] ? dim[3] : 1));
	for (int64_t i = 0; i < size; i++)
		ck_assert_msg(fabsf(tl_value(y)[i] - want[i]) < 1e-5f, "%s, %s[%d]: %g, not %g",
			      c->name, name, (int)i, tl_value(y)[i], want[i]);
}

static void onnx_run(onnx *c)
{
	int x = find(c, "X"), gates = !strcmp(c->op, "LSTM") ? 4 : !strcmp(c->op, "GRU") ? 3 : 1;
	int64_t *d = c->array[x].dim;
	const char *kind = gates == 4   ? find(c, "P") < 0 ? "lstm" : "peephole"
			   : gates == 3 ? "gru"
					: "rnn";
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *cell = tl_cell_create(set, kind, "cell",
				       (tl_cell_options){.in = d[2], .hidden = c->hidden});
	float *bias = values_of(c, "B");
	tl_flat_weights w = {TL_F32,
			     values_of(c, "W"),
			     values_of(c, "R"),
			     bias,
			     bias ? bias + gates * c->hidden : NULL,
			     values_of(c, "P"),
			     NULL};
	ck_assert_int_eq(tl_cell_import(cell, TL_GATE_ORDER_ONNX, &w), TL_OK);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor in = tl_input(tape, tl_dims(d[0], d[1], d[2]), c->array[x].value);
	in = c->batchwise ? tl_permute(in, (const int[]){1, 0, 2}) : in;
	int64_t batch = tl_tensor_dim(in, 1);
	tl_unroll_options o = {.initial_state = tl_cell_initial_state(cell, tape, batch)};
	const char *const starts[] = {"initial_h", "initial_c"};
	for (int k = 0; k < 2; k++)
		if (values_of(c, starts[k]))
			*tl_state_at(&o.initial_state, k) =
				tl_input(tape, tl_dims(batch, c->hidden), values_of(c, starts[k]));
	int32_t lengths[8];
	for (int64_t i = 0; i < batch && values_of(c, "sequence_lens"); i++)
		lengths[i] = (int32_t)values_of(c, "sequence_lens")[i];
	if (values_of(c, "sequence_lens"))
		o.lengths = tl_input_int(tape, tl_dims(batch), lengths);
	tl_unrolled y = tl_unroll(cell, in, &o);
	assert_fine(tape);
	onnx_compare(c, "Y", c->batchwise ? tl_permute(y.h, (const int[]){1, 0, 2}) : y.h);
	onnx_compare(c, "Y_h", y.final_state.h);
	tl_tape_destroy(tape);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}

START_TEST(node_tests_of_onnx_pass)
{
	FILE *file = fixture_file("onnx.txt");
	onnx c;
	int count = 0;
	for (; onnx_read(file, &c); count++)
		onnx_run(&c);
	ck_assert_int_eq(count, 12);
	fclose(file);
}
END_TEST

/* Orders */

/* Each number says where it is from: gate * 100 + row. */
static void tagged(double *b, const char *order)
{
	for (int k = 0; order[k]; k++)
		for (int i = 0; i < H; i++)
			b[k * H + i] = order[k] * 100 + i;
}

START_TEST(gates_change_places)
{
	static const char *const kinds[][3] = {{"lstm", "ifgo", "iofg"},
					       {"gru_reset_after", "rzn", "zrn"},
					       {"peephole", "ifgo", "iofg"}};
	for (int k = 0; k < 3; k++)
		for (int from = 0; from < 2; from++) {
			double b[4 * H] = {0}, out[4 * H] = {0}, zero[4 * H], want[4 * H] = {0};
			double p[3 * H], p_out[3 * H], p_want[3 * H];
			tl_params *set = tl_params_create(TL_F64);
			tl_cell *cell = tl_cell_create(set, kinds[k][0], "c",
						       (tl_cell_options){.in = 2, .hidden = H});
			tagged(b, kinds[k][1 + from]);
			tagged(want, kinds[k][2 - from]);
			tagged(p, from ? "iof" : "ifo");
			tagged(p_want, from ? "ifo" : "iof");
			tl_flat_weights in = {.dtype = TL_F64, .b = b, .p = k == 2 ? p : NULL};
			tl_flat_weights to = {
				.dtype = TL_F64, .b = out, .b_h = zero, .p = k == 2 ? p_out : NULL};
			ck_assert_int_eq(tl_cell_import(cell, (tl_gate_order)from, &in), TL_OK);
			ck_assert_int_eq(tl_cell_export(cell, (tl_gate_order)!from, &to, NULL),
					 TL_OK);
			ck_assert(!memcmp(out, want, sizeof out));
			ck_assert(k != 2 || !memcmp(p_out, p_want, sizeof p_out));
			const double *f =
				tl_param_value(tl_params_find(set, k == 1 ? "c.b_z" : "c.b_f"));
			ck_assert(f[1] == (k == 1 ? 'z' : 'f') * 100 + 1);
			tl_cell_destroy(cell);
			tl_params_destroy(set);
		}
}
END_TEST

START_TEST(what_has_no_place_is_refused)
{
	float numbers[3 * H] = {0};
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *plain = tl_cell_create(set, "lstm", "p", (tl_cell_options){.in = 2, .hidden = H});
	tl_cell *norm = tl_cell_create(set, "lstm", "n",
				       (tl_cell_options){.in = 2, .hidden = H, .layer_norm = true});
	tl_flat_weights peepholes = {.dtype = TL_F32, .p = numbers}, none = {.dtype = TL_F32};
	ck_assert_int_eq(tl_cell_import(plain, TL_GATE_ORDER_ONNX, &none), TL_OK);
	ck_assert_int_eq(tl_cell_import(plain, TL_GATE_ORDER_ONNX, &peepholes), TL_ERROR_ARGUMENT);
	ck_assert_ptr_null(tl_cell_import_problem(plain, TL_GATE_ORDER_ONNX, &none));
	const char *why = tl_cell_import_problem(plain, TL_GATE_ORDER_ONNX, &peepholes);
	ck_assert_msg(why && strstr(why, "peephole"), "%s", why);
	ck_assert_ptr_nonnull(tl_cell_import_problem(norm, TL_GATE_ORDER_ONNX, &none));
	ck_assert_int_eq(tl_cell_import(norm, TL_GATE_ORDER_ONNX, &none), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_cell_import(plain, (tl_gate_order)9, &none), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_cell_import(plain, TL_GATE_ORDER_ONNX, NULL), TL_ERROR_ARGUMENT);
	tl_cell_destroy(plain);
	tl_cell_destroy(norm);
	tl_params_destroy(set);
}
END_TEST

/* Weights are the cell's own, not those that a name cut short would find. */
START_TEST(a_long_name_is_no_obstacle)
{
	char name[221];
	memset(name, 'n', 220);
	name[220] = '\0';
	float U[4 * H * H];
	for (int i = 0; i < 4 * H * H; i++)
		U[i] = (float)i;
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *cell = tl_cell_create(set, "lstm", name, (tl_cell_options){.in = 2, .hidden = H});
	ck_assert_msg(cell != NULL, "%s", tl_params_error(set));
	tl_flat_weights w = {.dtype = TL_F32, .U = U};
	ck_assert_int_eq(tl_cell_import(cell, TL_GATE_ORDER_PYTORCH, &w), TL_OK);
	const float *U_i = tl_param_value(tl_cell_param_at(cell, 1));
	ck_assert(U_i[1] == 1 && U_i[H * H - 1] == H * H - 1);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}
END_TEST

START_TEST(kinds_without_an_order_are_refused)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *cell = tl_cell_create(set, "mgu", "c", (tl_cell_options){.in = 2, .hidden = H});
	tl_flat_weights none = {.dtype = TL_F32}, integers = {.dtype = TL_I32};
	ck_assert_int_eq(tl_cell_import(cell, TL_GATE_ORDER_ONNX, &none), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_cell_import(NULL, TL_GATE_ORDER_ONNX, &none), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_cell_export(cell, TL_GATE_ORDER_ONNX, &integers, NULL),
			 TL_ERROR_ARGUMENT);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}
END_TEST

/* Why arrays are refused stands in the set. */
static void says(const char *kind, tl_gate_order layout, bool in, const tl_flat_weights *w,
		 const char *words)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *cell = tl_cell_create(set, kind, "c", (tl_cell_options){.in = 2, .hidden = H});
	tl_status status =
		in ? tl_cell_import(cell, layout, w) : tl_cell_export(cell, layout, w, NULL);
	ck_assert_int_eq(status, TL_ERROR_ARGUMENT);
	ck_assert_str_eq(tl_params_error(set), words);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}

START_TEST(refusals_have_words)
{
	float numbers[3 * H] = {0};
	tl_flat_weights none = {.dtype = TL_F32}, peepholes = {.dtype = TL_F32, .p = numbers};
	tl_flat_weights integers = {.dtype = TL_I32};
	says("gru", TL_GATE_ORDER_PYTORCH, true, &none,
	     "cell c (gru), import: PyTorch's GRU resets after the product and this kind before "
	     "it, which is another net: use \"gru_reset_after\"");
	says("gru", TL_GATE_ORDER_PYTORCH, false, &none,
	     "cell c (gru), export: PyTorch's GRU resets after the product and this kind before "
	     "it, which is another net: use \"gru_reset_after\"");
	says("mgu", TL_GATE_ORDER_ONNX, true, &none,
	     "cell c (mgu), import: no other system's order of gates is known for this kind");
	says("lstm", (tl_gate_order)7, true, &none,
	     "cell c (lstm), import: there is no such layout");
	says("lstm", TL_GATE_ORDER_ONNX, true, &peepholes,
	     "cell c (lstm), import: there are peepholes, and this kind has none: use "
	     "\"peephole\"");
	says("lstm", TL_GATE_ORDER_ONNX, true, &integers,
	     "cell c (lstm), import: there are no arrays of real numbers");
	says("lstm", TL_GATE_ORDER_ONNX, false, NULL,
	     "cell c (lstm), export: there are no arrays of real numbers");
}
END_TEST

/* A layer's two biases reach every cell, with and without an option for the second: the shown
 * values and the gradients of both biases are the same. */
START_TEST(no_bias_is_lost)
{
	enum { GATES = 4, WIDTH = GATES * H };
	static const struct {
		const char *kind;
		tl_gate_order layout;
	} cases[] = {{"rnn", TL_GATE_ORDER_PYTORCH},
		     {"lstm", TL_GATE_ORDER_PYTORCH},
		     {"peephole", TL_GATE_ORDER_ONNX},
		     {"gru", TL_GATE_ORDER_ONNX},
		     {"gru_reset_after", TL_GATE_ORDER_PYTORCH},
		     {"gru_reset_after", TL_GATE_ORDER_ONNX}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int given = 1; given < 4; given++) { /* b, b_h, both */
			double shown[2] = {0}, slope[2][2][WIDTH] = {{{0}}};
			for (int two = 0; two < 2; two++) {
				tl_params *set = tl_params_create(TL_F64);
				tl_cell *cell = tl_cell_create(
					set, cases[i].kind, "c",
					(tl_cell_options){.in = 2,
							  .hidden = H,
							  .two_biases = two,
							  .bias_init = tl_init_constant(9)});
				ck_assert_msg(cell != NULL, "%s", tl_params_error(set));
				tl_flat_weights w = {.dtype = TL_F64};
				w.W = numbers((int64_t)WIDTH * 2, 1, -1, 1);
				w.U = numbers((int64_t)WIDTH * H, 2, -1, 1);
				w.b = given & 1 ? numbers(WIDTH, 3, -1, 1) : NULL;
				w.b_h = given & 2 ? numbers(WIDTH, 4, -1, 1) : NULL;
				ck_assert_int_eq(tl_cell_import(cell, cases[i].layout, &w), TL_OK);
				tl_tape *tape = fresh_tape(TL_F64);
				tl_tensor x = tl_input_double(tape, tl_dims(3, 1, 2),
							      numbers(6, 5, -1, 1));
				tl_tensor loss =
					tl_sum(tl_square(tl_unroll(cell, x, NULL).h), TL_ALL);
				ck_assert_int_eq(tl_backward(loss), TL_OK);
				shown[two] = tl_item(loss);
				tl_flat_weights to = {TL_F64,        NULL, NULL, slope[two][0],
						      slope[two][1], NULL, NULL};
				ck_assert_int_eq(tl_cell_export(cell, cases[i].layout, NULL, &to),
						 TL_OK);
				tl_tape_destroy(tape);
				tl_cell_destroy(cell);
				tl_params_destroy(set);
			}
			ck_assert_msg(fabs(shown[0] - shown[1]) < 1e-12, "%s, %d: %g and %g",
				      cases[i].kind, given, shown[0], shown[1]);
			for (int k = 0; k < WIDTH; k++)
				for (int h = 0; h < 2; h++)
					assert_near(slope[0][h][k], slope[1][h][k], 1e-12);
		}
}
END_TEST

SUITE("convert", layers_are_those_of_pytorch, node_tests_of_onnx_pass, gates_change_places,
      what_has_no_place_is_refused, a_long_name_is_no_obstacle, kinds_without_an_order_are_refused,
      refusals_have_words, no_bias_is_lost)
