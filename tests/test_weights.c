/*
 * Weights of other frameworks in files: what is written is read again, in each format and
 * container, and what is missing, of another shape or without a place is refused before a cell
 * changes. That the layers compute the same is test_frameworks.py's.
 */
#include "cell_bench.h"
#include "counting.h"
#include "scratch.h"
#include "suite.h"

#include <tapeloop/train.h>

enum { IN = 3, HIDDEN = 4 };

typedef struct pair {
	tl_params *set;
	tl_cell *cells[2];
} pair;

static pair pair_create(const char *kind, tl_dtype dtype, double size)
{
	tl_projection_options projected = {.projection = 2};
	tl_cell_options o = {.in = IN, .hidden = HIDDEN};
	if (!strcmp(kind, "lstm_projected"))
		o.extra = &projected;
	pair p = {.set = tl_params_create(dtype)};
	p.cells[0] = tl_cell_create(p.set, kind, "forward", o);
	p.cells[1] = tl_cell_create(p.set, kind, "backward", o);
	ck_assert_msg(p.cells[1] != NULL, "%s", tl_params_error(p.set));
	bench_draw(p.set, size);
	return p;
}

static void pair_destroy(pair *p)
{
	tl_cell_destroy(p->cells[0]);
	tl_cell_destroy(p->cells[1]);
	tl_params_destroy(p->set);
}

static bool same_values(const pair *a, const pair *b)
{
	int64_t count, other;
	const void *x = tl_params_values(a->set, &count), *y = tl_params_values(b->set, &other);
	return count == other &&
	       !memcmp(x, y, (size_t)count * tl_dtype_size(tl_params_dtype(a->set)));
}

static const struct {
	const char *kind;
	tl_weights_format format;
} formats[] = {
	{"rnn", TL_WEIGHTS_PYTORCH},
	{"lstm", TL_WEIGHTS_PYTORCH},
	{"lstm_projected", TL_WEIGHTS_PYTORCH},
	{"gru_reset_after", TL_WEIGHTS_PYTORCH},
	{"rnn", TL_WEIGHTS_KERAS},
	{"lstm", TL_WEIGHTS_KERAS},
	{"gru", TL_WEIGHTS_KERAS},
	{"gru_reset_after", TL_WEIGHTS_KERAS},
	{"rnn", TL_WEIGHTS_ONNX},
	{"lstm", TL_WEIGHTS_ONNX},
	{"peephole", TL_WEIGHTS_ONNX},
	{"gru", TL_WEIGHTS_ONNX},
	{"gru_reset_after", TL_WEIGHTS_ONNX},
};

static void layers_of(const pair *p, tl_weights_format format, tl_weights_layer layers[2])
{
	bool keras = format == TL_WEIGHTS_KERAS;
	layers[0] = (tl_weights_layer){.cell = p->cells[0], .prefix = keras ? "f/" : "net."};
	layers[1] = (tl_weights_layer){.cell = p->cells[1], .prefix = keras ? "b/" : "net."};
	layers[1].reverse = !keras;
	layers[0].layer = layers[1].layer = format == TL_WEIGHTS_PYTORCH ? 2 : 0;
}

START_TEST(what_is_written_is_read_again)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		for (int k = 0; k < 4; k++) {
			tl_dtype dtype = k & 1 ? TL_F32 : TL_F64;
			const char *path = scratch(k & 2 ? "weights.npz" : "weights.safetensors");
			pair a = pair_create(formats[i].kind, dtype, 0.5);
			pair b = pair_create(formats[i].kind, dtype, 0.25);
			tl_weights_layer layers[2];
			tl_error e = {TL_OK, ""};
			layers_of(&a, formats[i].format, layers);
			ck_assert_msg(!tl_weights_save(path, formats[i].format, layers, 2, &e),
				      "%s", e.text);
			layers_of(&b, formats[i].format, layers);
			ck_assert(!same_values(&a, &b));
			ck_assert_msg(!tl_weights_load(path, formats[i].format, layers, 2, &e),
				      "%s", e.text);
			ck_assert_msg(same_values(&a, &b), "%s in format %d", formats[i].kind,
				      (int)formats[i].format);
			pair_destroy(&a);
			pair_destroy(&b);
		}
}
END_TEST

/* Arrays of an LSTM in PyTorch's format, and one thing that is wrong. */
static const struct {
	const char *rename, *to; /* an array gets another name ("": none at all) */
	int64_t rows;            /* or another number of rows */
	tl_status status;
	const char *reason;
} wrong[] = {
	{NULL, NULL, 0, TL_OK, ""},
	{"weight_ih_l0", "weight_ih", 0, TL_OK, ""},
	{"weight_hh_l0", "weight_hh_l1", 0, TL_ERROR_NAME, "there is no tensor weight_hh_l0"},
	{"bias_hh_l0", "", 0, TL_ERROR_NAME, "bias_ih_l0 and bias_hh_l0 one is missing"},
	{"bias_hh_l0", "weight_hr_l0", 0, TL_ERROR_ARGUMENT,
	 "tensor weight_hr_l0: cell c (lstm) has no place for it"},
	{"weight_ih_l0", "weight_ih_l0", 15, TL_ERROR_SHAPE,
	 "tensor weight_ih_l0: its shape is [15, 3], and [16, 3] is wanted"},
};

START_TEST(what_does_not_fit_is_refused)
{
	static float numbers[64];
	const char *path = scratch("wrong.safetensors");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		tl_named_array arrays[] = {
			{"weight_ih_l0", {numbers, TL_F32, {2, {16, 3}}, 48}},
			{"weight_hh_l0", {numbers, TL_F32, {2, {16, 4}}, 64}},
			{"bias_ih_l0", {numbers, TL_F32, {1, {16}}, 16}},
			{"bias_hh_l0", {numbers, TL_F32, {1, {16}}, 16}},
		};
		int count = 4;
		for (int k = 0; k < 4 && wrong[i].rename; k++) {
			if (strcmp(arrays[k].name, wrong[i].rename) != 0)
				continue;
			arrays[k].name = wrong[i].to;
			if (wrong[i].rows) {
				arrays[k].array.shape.dim[0] = wrong[i].rows;
				arrays[k].array.size = wrong[i].rows * 3;
			}
			count -= !*wrong[i].to; /* the last one */
		}
		tl_error e = {TL_OK, ""};
		ck_assert_msg(!tl_safetensors_write(path, arrays, count, NULL, 0, &e), "%s",
			      e.text);
		tl_params *set = tl_params_create(TL_F32);
		tl_cell *c = tl_cell_create(set, "lstm", "c",
					    (tl_cell_options){.in = IN, .hidden = HIDDEN});
		bench_draw(set, 1);
		float before = tl_param_value_float(tl_cell_param_at(c, 0))[0];
		tl_weights_layer layer = {.cell = c};
		tl_status status = tl_weights_load(path, TL_WEIGHTS_PYTORCH, &layer, 1, &e);
		ck_assert_msg(status == wrong[i].status, "%zu: %s", i, e.text);
		ck_assert_msg(strstr(e.text, wrong[i].reason) != NULL, "%s", e.text);
		float after = tl_param_value_float(tl_cell_param_at(c, 0))[0];
		ck_assert(status ? after == before : after == 0);
		ck_assert_ptr_null(tl_params_error(set));
		tl_cell_destroy(c);
		tl_params_destroy(set);
	}
}
END_TEST

START_TEST(layers_that_mean_nothing_are_refused)
{
	static const struct {
		const char *kind;
		tl_weights_format format;
		tl_weights_layer layer;
		const char *reason;
	} cases[] = {
		{"lstm", TL_WEIGHTS_KERAS, {.layer = 1}, "a number of the layer is PyTorch's"},
		{"lstm", TL_WEIGHTS_PYTORCH, {.layer = -1}, "a number of the layer is PyTorch's"},
		{"lstm", TL_WEIGHTS_KERAS, {.reverse = true}, "a prefix of its own"},
		{"lstm", TL_WEIGHTS_PYTORCH, {.R = "x"}, "names of initialisers are ONNX's"},
		{"lstm", (tl_weights_format)7, {.layer = 0}, "there is no such format"},
		{"gru", TL_WEIGHTS_PYTORCH, {.layer = 0}, "PyTorch's GRU resets after"},
		{"peephole", TL_WEIGHTS_KERAS, {.layer = 0}, "no layer like this kind"},
		{"mgu", TL_WEIGHTS_ONNX, {.layer = 0}, "no other system's order of gates"},
	};
	const char *path = scratch("absent.safetensors");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		pair p = pair_create(cases[i].kind, TL_F32, 1);
		tl_weights_layer layer = cases[i].layer;
		tl_error e = {TL_OK, ""};
		layer.cell = p.cells[0];
		ck_assert_int_eq(tl_weights_save(path, cases[i].format, &layer, 1, &e),
				 TL_ERROR_ARGUMENT);
		ck_assert_msg(strstr(e.text, cases[i].reason) != NULL, "%s", e.text);
		ck_assert_int_ne(access(path, F_OK), 0);
		pair_destroy(&p);
	}
	tl_error e;
	ck_assert_int_eq(tl_weights_load(path, TL_WEIGHTS_ONNX, &(tl_weights_layer){0}, 1, &e),
			 TL_ERROR_FILE);
	ck_assert_int_eq(tl_weights_save(path, TL_WEIGHTS_ONNX, &(tl_weights_layer){0}, 1, &e),
			 TL_ERROR_ARGUMENT);
}
END_TEST

/* One direction alone, whichever, is one of one; both are halves of the same arrays. */
START_TEST(directions_of_onnx)
{
	const char *path = scratch("onnx.npz");
	pair p = pair_create("gru", TL_F64, 0.5), q = pair_create("gru", TL_F64, 0.25);
	tl_weights_layer layers[2], only = {.cell = p.cells[1], .W = "w", .reverse = true};
	layers_of(&p, TL_WEIGHTS_ONNX, layers);
	ck_assert_int_eq(tl_weights_save(path, TL_WEIGHTS_ONNX, &only, 1, NULL), TL_OK);
	tl_npy *f = tl_npy_open(path, NULL);
	ck_assert_int_eq(tl_npy_shape(f, tl_npy_find(f, "w")).dim[0], 1);
	tl_npy_close(f);
	only.cell = q.cells[1];
	ck_assert_int_eq(tl_weights_load(path, TL_WEIGHTS_ONNX, &only, 1, NULL), TL_OK);
	ck_assert_int_eq(tl_weights_save(path, TL_WEIGHTS_ONNX, layers, 2, NULL), TL_OK);
	f = tl_npy_open(path, NULL);
	ck_assert_int_eq(tl_npy_shape(f, tl_npy_find(f, "net.B")).dim[0], 2);
	tl_npy_close(f);
	layers[0].cell = q.cells[0];
	ck_assert_int_eq(tl_weights_load(path, TL_WEIGHTS_ONNX, layers, 1, NULL), TL_OK);
	ck_assert(same_values(&p, &q));
	pair_destroy(&p);
	pair_destroy(&q);
}
END_TEST

START_TEST(memory_may_be_short_anywhere)
{
	counting c;
	counting_start(&c);
	const char *path = scratch("short.npz");
	bool fine = false;
	for (int64_t fail = 1; !fine; fail++) {
		tl_error e = {TL_OK, ""};
		c.fail_at = 0;
		pair p = pair_create("lstm", TL_F32, 1);
		tl_weights_layer layers[2];
		layers_of(&p, TL_WEIGHTS_KERAS, layers);
		c.calls = 0;
		c.fail_at = fail;
		fine = !tl_weights_save(path, TL_WEIGHTS_KERAS, layers, 2, &e) &&
		       !tl_weights_load(path, TL_WEIGHTS_KERAS, layers, 2, &e);
		ck_assert(fine || e.status == TL_ERROR_MEMORY);
		fine = fine && c.calls < fail;
		c.fail_at = 0;
		pair_destroy(&p);
		ck_assert_int_eq(c.blocks, 0);
	}
	ck_assert_int_gt(c.calls, 20);
	counting_stop();
}
END_TEST

SUITE("weights", what_is_written_is_read_again, what_does_not_fit_is_refused,
      layers_that_mean_nothing_are_refused, directions_of_onnx, memory_may_be_short_anywhere)
