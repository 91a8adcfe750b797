/* Blocks of rows, moved between the cell's weights by name and arrays in another order. */
#include <tapeloop/convert.h>

#include "cell/cell.h"

#include <stdio.h>
#include <string.h>

struct order {
	const char *kind;
	const char *gates[3]; /* in the three layouts, a letter each; NULL: it has no such layer */
};

static const struct order orders[] = {
	{"rnn", {"", "", ""}},
	{"lstm", {"ifgo", "iofg", "ifgo"}},
	{"peephole", {"ifgo", "iofg", NULL}},
	{"lstm_projected", {"ifgo", NULL, NULL}},
	{"gru", {NULL, "zrn", "zrn"}},
	{"gru_reset_after", {"rzn", "zrn", "zrn"}},
};

enum what { IMPORT, EXPORT, EXPORT_GRADIENT };

struct move {
	const tl_cell *cell;
	enum what what;
	tl_dtype dtype;
	int blocks;      /* gates of an array */
	bool transposed; /* matrices are [in, gates * hidden] */
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
	for (int k = 0; tl_cell_param_at(m->cell, k); k++) {
		tl_param *p = tl_cell_param_at(m->cell, k);
		if (!strcmp(tl_param_name(p) + prefix, name))
			return p;
	}
	return NULL;
}

/* Where element i of a weight of this shape is in an array. */
static int64_t place_of(const struct move *m, const tl_shape *s, int block, int64_t i)
{
	if (!m->transposed || s->rank < 2)
		return block * tl_elements(s) + i;
	int64_t row = i / s->dim[1], column = i % s->dim[1];
	return (column * m->blocks + block) * s->dim[0] + row;
}

/* All numbers of the weight of this name, to or from the block-th piece of an array. */
static void move_block(const struct move *m, const char *name, void *array, int block)
{
	tl_param *p = weight_of(m, name);
	if (!p || !array)
		return;
	tl_shape s = tl_param_shape(p);
	int64_t n = tl_elements(&s);
	tl_dtype dtype = tl_params_dtype(m->cell->set);
	void *own = m->what == EXPORT_GRADIENT ? tl_param_gradient(p) : tl_param_value(p);
	for (int64_t i = 0; i < n; i++) {
		int64_t at = place_of(m, &s, block, i);
		if (m->what == IMPORT)
			put(own, dtype, i, get(array, m->dtype, at));
		else
			put(array, m->dtype, at, get(own, dtype, i));
	}
}

static void set_zero(const struct move *m, tl_param *p)
{
	tl_shape s = tl_param_shape(p);
	for (int64_t i = 0, n = tl_elements(&s); i < n; i++)
		put(tl_param_value(p), tl_params_dtype(m->cell->set), i, 0);
}

/* Two biases of the cell for two of the array; one that is missing of them is zero. */
static void move_both(const struct move *m, const char *b_x, const char *b_h,
		      const tl_flat_weights *w, int block)
{
	bool some = m->what == IMPORT && (w->b || w->b_h);
	if (some && !w->b)
		set_zero(m, weight_of(m, b_x));
	if (some && !w->b_h)
		set_zero(m, weight_of(m, b_h));
	move_block(m, b_x, w->b, block);
	move_block(m, b_h, w->b_h, block);
}

/* One bias of the cell for two of the array: their sum; itself and zeros; and of a sum both terms
 * have the gradient. */
static void move_sum(const struct move *m, const char *name, const tl_flat_weights *w, int block)
{
	int64_t n = m->cell->options.hidden;
	move_block(m, name, w->b, block);
	if (m->what == EXPORT_GRADIENT)
		move_block(m, name, w->b_h, block);
	for (int64_t i = 0; m->what == EXPORT && w->b_h && i < n; i++)
		put(w->b_h, m->dtype, block * n + i, 0);
	tl_param *p = weight_of(m, name);
	tl_dtype dtype = tl_params_dtype(m->cell->set);
	for (int64_t i = 0; m->what == IMPORT && p && w->b_h && i < n; i++) {
		double first = w->b ? get(tl_param_value(p), dtype, i) : 0;
		put(tl_param_value(p), dtype, i, first + get(w->b_h, m->dtype, block * n + i));
	}
}

static void move_gate(const struct move *m, char gate, const tl_flat_weights *w, int block)
{
	char W[8] = "U", U[8] = "W", b[8] = "b", b_x[8] = "b_x", b_h[8] = "b_h";
	if (gate) { /* else a vanilla net: U, W, b in its own letters */
		snprintf(W, sizeof W, "W_%c", gate);
		snprintf(U, sizeof U, "U_%c", gate);
		snprintf(b, sizeof b, "b_%c", gate);
		snprintf(b_x, sizeof b_x, "b_x%c", gate);
		snprintf(b_h, sizeof b_h, "b_h%c", gate);
	}
	move_block(m, W, w->W, block);
	move_block(m, U, w->U, block);
	if (weight_of(m, b_h)) /* gru_after has b_n and b_hn */
		move_both(m, weight_of(m, b_x) ? b_x : b, b_h, w, block);
	else
		move_sum(m, b, w, block);
}

static const struct order *order_of(const char *kind)
{
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
		if (!strcmp(orders[i].kind, kind))
			return &orders[i];
	return NULL;
}

const char *tl_cell_import_problem(const tl_cell *c, tl_gate_order layout, const tl_flat_weights *w)
{
	if (!c)
		return "there is no cell";
	const struct order *order = order_of(c->kind->name);
	if (!order)
		return "no other system's order of gates is known for this kind";
	if (layout != TL_GATE_ORDER_PYTORCH && layout != TL_GATE_ORDER_ONNX &&
	    layout != TL_GATE_ORDER_KERAS)
		return "there is no such layout";
	if (layout == TL_GATE_ORDER_PYTORCH && !strcmp(c->kind->name, "gru"))
		return "PyTorch's GRU resets after the product and this kind before it, which is "
		       "another net: use \"gru_reset_after\"";
	if (!order->gates[layout] ||
	    (layout == TL_GATE_ORDER_PYTORCH && !strcmp(c->kind->name, "lstm_projected") &&
	     weight_of(&(struct move){.cell = c}, "p_i")))
		return "that system has no layer like this kind";
	if (!w || (w->dtype != TL_F32 && w->dtype != TL_F64))
		return "there are no arrays of real numbers";
	if (c->options.layer_norm)
		return "the arrays have no place for the gains of layer_norm";
	if (w->projection && strcmp(c->kind->name, "lstm_projected") != 0)
		return "there is a projection, and this kind has none: use \"lstm_projected\"";
	return w->p && !weight_of(&(struct move){.cell = c}, "p_i")
		       ? "there are peepholes, and this kind has none: use \"peephole\""
		       : NULL;
}

static tl_status move(const tl_cell *cell, tl_gate_order layout, const tl_flat_weights *w,
		      enum what what)
{
	struct move m = {cell, what, w ? w->dtype : TL_I32, 1, layout == TL_GATE_ORDER_KERAS};
	const char *problem = cell ? tl_cell_import_problem(cell, layout, w) : NULL;
	if (problem)
		tl_params_report(cell->set, TL_ERROR_ARGUMENT, "cell %.100s (%s), %s: %s",
				 cell->name, cell->kind->name, what == IMPORT ? "import" : "export",
				 problem);
	if (!cell || problem)
		return TL_ERROR_ARGUMENT;
	const char *gates = order_of(cell->kind->name)->gates[layout];
	if (!*gates)
		move_gate(&m, 0, w, 0);
	else
		m.blocks = (int)strlen(gates);
	for (int k = 0; gates[k]; k++)
		move_gate(&m, gates[k], w, k);
	m.transposed = false;
	move_block(&m, "P", w->projection, 0);
	move_block(&m, "p_i", w->p, 0);
	move_block(&m, "p_o", w->p, layout == TL_GATE_ORDER_ONNX ? 1 : 2);
	move_block(&m, "p_f", w->p, layout == TL_GATE_ORDER_ONNX ? 2 : 1);
	return TL_OK;
}

tl_status tl_cell_import(tl_cell *cell, tl_gate_order order, const tl_flat_weights *from)
{
	return move(cell, order, from, IMPORT);
}

tl_status tl_cell_export(const tl_cell *cell, tl_gate_order order, const tl_flat_weights *weights,
			 const tl_flat_weights *gradients)
{
	tl_status status = weights ? move(cell, order, weights, EXPORT) : TL_OK;
	if (!status && gradients)
		status = move(cell, order, gradients, EXPORT_GRADIENT);
	return weights || gradients ? status : move(cell, order, NULL, EXPORT);
}
