/* Blocks of rows, moved between the cell's weights by name and arrays in another order. */
#include <tapeloop/convert.h>

#include "cells/cell.h"

#include <stdio.h>
#include <string.h>

struct order {
	const char *kind;
	const char *gates[2]; /* in the two layouts, a letter each */
};

static const struct order orders[] = {
	{"rnn", {"", ""}},       {"lstm", {"ifgo", "iofg"}},    {"peephole", {"ifgo", "iofg"}},
	{"gru", {"rzn", "zrn"}}, {"gru_after", {"rzn", "zrn"}},
};

enum what { IMPORT, EXPORT, EXPORT_GRADIENT };

struct move {
	const tl_cell *cell;
	enum what what;
	tl_dtype dtype;
};

static double get(const void *array, tl_dtype dtype, int64_t i)
{
	return dtype == TL_F64 ? ((const double *)array)[i] : (double)((const float *)array)[i];
}

static void put(void *array, tl_dtype dtype, int64_t i, double value)
{
	if (dtype == TL_F64)
		((double *)array)[i] = value;
	else
		((float *)array)[i] = (float)value;
}

/* The cell's weight of this name, or NULL. */
static tl_param *weight_of(const struct move *m, const char *name)
{
	size_t prefix = strlen(m->cell->name) + 1;
	for (int k = 0; tl_cell_param(m->cell, k); k++) {
		tl_param *p = tl_cell_param(m->cell, k);
		if (!strcmp(tl_param_name(p) + prefix, name))
			return p;
	}
	return NULL;
}

/* All numbers of the weight of this name, to or from the block-th piece of an array. */
static void move_block(const struct move *m, const char *name, void *array, int block)
{
	tl_param *p = weight_of(m, name);
	if (!p || !array)
		return;
	tl_shape s = tl_param_shape(p);
	int64_t n = tl_shape_size(&s);
	tl_dtype dtype = tl_params_dtype(m->cell->set);
	void *own = m->what == EXPORT_GRADIENT ? tl_param_gradient(p) : tl_param_value(p);
	for (int64_t i = 0; i < n; i++)
		if (m->what == IMPORT)
			put(own, dtype, i, get(array, m->dtype, block * n + i));
		else
			put(array, m->dtype, block * n + i, get(own, dtype, i));
}

/* One bias of the cell for two of the array: their sum, or itself and zeros. */
static void move_sum(const struct move *m, const char *name, const tl_flat_weights *w, int block)
{
	int64_t n = m->cell->options.hidden;
	if (m->what != IMPORT) {
		move_block(m, name, w->b, block);
		for (int64_t i = 0; w->b_h && i < n; i++)
			put(w->b_h, m->dtype, block * n + i, 0);
		return;
	}
	move_block(m, name, w->b, block);
	tl_param *p = weight_of(m, name);
	tl_dtype dtype = tl_params_dtype(m->cell->set);
	for (int64_t i = 0; p && w->b_h && i < n; i++) {
		double first = w->b ? get(tl_param_value(p), dtype, i) : 0;
		put(tl_param_value(p), dtype, i, first + get(w->b_h, m->dtype, block * n + i));
	}
}

static void move_gate(const struct move *m, char gate, const tl_flat_weights *w, int block)
{
	char W[8], U[8], b[8], b_x[8], b_h[8];
	bool plain = !gate; /* a vanilla net: U, W, b in its own letters */
	snprintf(W, sizeof W, plain ? "U" : "W_%c", gate);
	snprintf(U, sizeof U, plain ? "W" : "U_%c", gate);
	snprintf(b, sizeof b, plain ? "b" : "b_%c", gate);
	snprintf(b_x, sizeof b_x, "b_x%c", gate);
	snprintf(b_h, sizeof b_h, "b_h%c", gate);
	move_block(m, W, w->W, block);
	move_block(m, U, w->U, block);
	if (plain || !weight_of(m, b_h)) {
		move_sum(m, b, w, block);
		return;
	}
	move_block(m, weight_of(m, b_x) ? b_x : b, w->b, block); /* gru_after has b_n and b_hn */
	move_block(m, b_h, w->b_h, block);
}

static tl_status move(const tl_cell *cell, tl_layout layout, const tl_flat_weights *w,
		      enum what what)
{
	const struct order *o = NULL;
	struct move m = {cell, what, w ? w->dtype : TL_I32};
	for (size_t i = 0; cell && i < sizeof orders / sizeof *orders; i++)
		if (!strcmp(orders[i].kind, cell->kind->name))
			o = &orders[i];
	if (!o || m.dtype == TL_I32 || (layout != TL_LAYOUT_PYTORCH && layout != TL_LAYOUT_ONNX))
		return TL_ERROR_ARGUMENT;
	/* What the arrays have no place for, or the cell has not. */
	if (cell->options.layer_norm || (w->p && !weight_of(&m, "p_i")))
		return TL_ERROR_ARGUMENT;
	const char *gates = o->gates[layout];
	if (!*gates)
		move_gate(&m, 0, w, 0);
	for (int k = 0; gates[k]; k++)
		move_gate(&m, gates[k], w, k);
	move_block(&m, "p_i", w->p, 0);
	move_block(&m, "p_o", w->p, layout == TL_LAYOUT_ONNX ? 1 : 2);
	move_block(&m, "p_f", w->p, layout == TL_LAYOUT_ONNX ? 2 : 1);
	return TL_OK;
}

tl_status tl_cell_import(tl_cell *cell, tl_layout layout, const tl_flat_weights *from)
{
	return move(cell, layout, from, IMPORT);
}

tl_status tl_cell_export(const tl_cell *cell, tl_layout layout, const tl_flat_weights *to)
{
	return move(cell, layout, to, EXPORT);
}

tl_status tl_cell_export_gradients(const tl_cell *cell, tl_layout layout, const tl_flat_weights *to)
{
	return move(cell, layout, to, EXPORT_GRADIENT);
}
