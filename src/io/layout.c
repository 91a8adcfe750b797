/*
 * Where the weights of a cell are in the files of other frameworks: their names and shapes, from
 * which both reading and writing follow.
 */
#include "io/layout.h"
#include "base/fail.h"

#include <stdio.h>
#include <string.h>
#include <tapeloop/custom_cell.h>

static const struct {
	const char *kind;
	int gates;
} kinds[] = {
	{"rnn", 1},      {"lstm", 4},
	{"peephole", 4}, {"lstm_projected", 4},
	{"gru", 3},      {"gru_reset_after", 3},
};

static int gates_of(const char *kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].kind, kind))
			return kinds[i].gates;
	return 0;
}

static bool is_kind(const tl_layout *l, const char *kind)
{
	return !strcmp(tl_cell_get_kind(l->layer->cell)->name, kind);
}

/* A name that the part may have. One that is too long is none, and will not be found. */
static void add_name(tl_layout *l, int part, const char *name)
{
	const char *prefix = l->layer->prefix ? l->layer->prefix : "";
	for (int i = 0; i < TL_PART_NAMES; i++) {
		char *into = l->part[part].name[i];
		if (*into)
			continue;
		if (snprintf(into, TL_PART_NAME, "%s%s", prefix, name) >= TL_PART_NAME)
			*into = 0;
		return;
	}
}

static void pytorch(tl_layout *l, int64_t in, int64_t hidden, int64_t h)
{
	static const char *const names[TL_PARTS] = {"weight_ih", "weight_hh", "bias_ih",
						    "bias_hh",   NULL,        "weight_hr"};
	const tl_shape shapes[TL_PARTS] = {tl_dims(l->rows, in), tl_dims(l->rows, h),
					   tl_dims(l->rows),     tl_dims(l->rows),
					   {.rank = -1},         tl_dims(h, hidden)};
	l->order = TL_GATE_ORDER_PYTORCH;
	for (int i = 0; i < TL_PARTS; i++) {
		char full[60];
		if (!names[i])
			continue;
		snprintf(full, sizeof full, "%s_l%d%s", names[i], l->layer->layer,
			 l->layer->reverse ? "_reverse" : "");
		add_name(l, i, full);
		if (!l->layer->layer && !l->layer->reverse)
			add_name(l, i, names[i]); /* RNNCell, LSTMCell, GRUCell */
		l->part[i].shape = shapes[i];
	}
	if (!is_kind(l, "lstm_projected"))
		l->part[TL_PART_PROJECTION].shape.rank = -1;
}

static void keras(tl_layout *l, int64_t in, int64_t h)
{
	static const char *const names[3][TL_PART_NAMES] = {
		{"kernel", "kernel:0", "vars/0"},
		{"recurrent_kernel", "recurrent_kernel:0", "vars/1"},
		{"bias", "bias:0", "vars/2"},
	};
	l->order = TL_GATE_ORDER_KERAS;
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < TL_PART_NAMES; k++)
			add_name(l, i, names[i][k]);
	l->part[TL_PART_W].shape = tl_dims(in, l->rows);
	l->part[TL_PART_U].shape = tl_dims(h, l->rows);
	l->biases_in_one = is_kind(l, "gru_reset_after");
	l->bias_is_summed = !l->biases_in_one;
	l->part[TL_PART_B].shape = l->biases_in_one ? tl_dims(2, l->rows) : tl_dims(l->rows);
}

static void onnx(tl_layout *l, int64_t in, int64_t hidden, int64_t h)
{
	const tl_weights_layer *layer = l->layer;
	const struct {
		int part;
		const char *own, *letter;
		tl_shape shape;
	} parts[] = {
		{TL_PART_W, layer->W, "W", tl_dims(l->rows, in)},
		{TL_PART_U, layer->R, "R", tl_dims(l->rows, h)},
		{TL_PART_B, layer->B, "B", tl_dims(2 * l->rows)},
		{TL_PART_P, layer->P, "P", tl_dims(3 * hidden)},
	};
	l->order = TL_GATE_ORDER_ONNX;
	l->directions = l->biases_in_one = true;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		tl_part *p = &l->part[parts[i].part];
		p->shape = parts[i].shape;
		if (parts[i].own)
			snprintf(p->name[0], TL_PART_NAME, "%s", parts[i].own);
		else
			add_name(l, parts[i].part, parts[i].letter);
	}
	if (!is_kind(l, "peephole"))
		l->part[TL_PART_P].shape.rank = -1;
}

/* NULL, or what is set and means nothing here. */
static const char *refusal(const tl_weights_layer *layer, tl_weights_format format)
{
	bool named = layer->W || layer->R || layer->B || layer->P;
	if (format != TL_WEIGHTS_PYTORCH && format != TL_WEIGHTS_KERAS && format != TL_WEIGHTS_ONNX)
		return "there is no such format";
	if (layer->layer < 0 || (layer->layer && format != TL_WEIGHTS_PYTORCH))
		return "a number of the layer is PyTorch's, and not negative";
	if (layer->reverse && format == TL_WEIGHTS_KERAS)
		return "in Keras the backward direction has a prefix of its own, and is not "
		       "reverse";
	if (named && format != TL_WEIGHTS_ONNX)
		return "names of initialisers are ONNX's";
	return NULL;
}

tl_status tl_layout_of(tl_layout *l, const tl_weights_layer *layer, tl_weights_format format,
		       const char *path, tl_error *error)
{
	*l = (tl_layout){.layer = layer, .format = format};
	for (int i = 0; i < TL_PARTS; i++)
		l->part[i].shape.rank = -1;
	if (!layer->cell)
		return tl_fail(error, TL_ERROR_ARGUMENT, "%.200s: there is no cell", path);
	const tl_cell_kind *kind = tl_cell_get_kind(layer->cell);
	const tl_cell_options *o = tl_cell_get_options(layer->cell);
	l->dtype = tl_param_value_double(tl_cell_param_at(layer->cell, 0)) ? TL_F64 : TL_F32;
	l->rows = gates_of(kind->name) * o->hidden;
	int64_t h = tl_cell_state_shape(layer->cell, 0).dim[0];
	if (format == TL_WEIGHTS_PYTORCH)
		pytorch(l, o->in, o->hidden, h);
	else if (format == TL_WEIGHTS_KERAS)
		keras(l, o->in, h);
	else
		onnx(l, o->in, o->hidden, h);
	l->part[TL_PART_W].needed = l->part[TL_PART_U].needed = true;
	l->part[TL_PART_P].needed = l->part[TL_PART_PROJECTION].needed = true;
	const tl_flat_weights none = {.dtype = l->dtype};
	const char *problem = refusal(layer, format);
	problem = problem ? problem : tl_cell_import_problem(layer->cell, l->order, &none);
	if (!problem && !l->rows)
		problem = "no other framework's layout is known for this kind";
	return problem ? tl_fail(error, TL_ERROR_ARGUMENT, "%.200s: cell %.100s (%.60s): %s", path,
				 tl_cell_name(layer->cell), kind->name, problem)
		       : TL_OK;
}

int64_t tl_part_size(const tl_part *part)
{
	return part->shape.rank < 0 ? 0 : tl_shape_size(part->shape);
}

tl_flat_weights tl_layout_arrays(const tl_layout *l, int direction, void *b_h)
{
	size_t number = tl_dtype_size(l->dtype);
	void *at[TL_PARTS];
	for (int i = 0; i < TL_PARTS; i++) {
		const tl_part *p = &l->part[i];
		at[i] = p->data ? p->data + (size_t)(direction * tl_part_size(p)) * number : NULL;
	}
	tl_flat_weights w = {.dtype = l->dtype,
			     .W = at[TL_PART_W],
			     .U = at[TL_PART_U],
			     .b = at[TL_PART_B],
			     .b_h = at[TL_PART_B_H],
			     .p = at[TL_PART_P],
			     .projection = at[TL_PART_PROJECTION]};
	if (l->biases_in_one && w.b)
		w.b_h = (char *)w.b + (size_t)l->rows * number;
	if (l->bias_is_summed)
		w.b_h = b_h;
	return w;
}
