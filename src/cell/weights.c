/*
 * Weights by name. While a cell is being made a name adds a parameter to the set; on a tape the
 * same call, found by its place in the order, brings that parameter onto the tape.
 */
#include "cell/cell.h"
#include "cell/weights.h"

#include "base/random.h"

#include <math.h>
#include <stdio.h>

static tl_param *weight(tl_weight_builder *w, const char *name, tl_shape shape, tl_init init,
			bool learned)
{
	if (!w || !w->cell)
		return NULL;
	tl_cell *c = w->cell;
	char full[256];
	int k = w->next++;
	if (w->tape)
		return tl_cell_param_at(c, k);
	if (c->phase == TL_CELL_SURVEYED || tl_params_error(c->set))
		return NULL;
	if (!name || !*name)
		return tl_params_report(c->set, TL_ERROR_ARGUMENT,
					"cell %.100s: a weight without a name", c->name);
	if (!tl_array_reserve(&c->param, &c->room, c->params + 1, sizeof *c->param))
		return tl_params_report(c->set, TL_ERROR_MEMORY, "cell %.100s: out of memory",
					c->name);
	if (snprintf(full, sizeof full, "%s.%s", c->name, name) >= (int)sizeof full)
		return tl_params_report(c->set, TL_ERROR_ARGUMENT,
					"cell %.100s: the name is too long", c->name);
	tl_param *p = learned ? tl_params_add(c->set, full, shape, init)
			      : tl_params_add_buffer(c->set, full, shape, init);
	if (p)
		c->param[c->params++] = p;
	return p;
}

static tl_tensor used(tl_weight_builder *w, tl_param *p)
{
	return w && w->tape ? tl_use(w->tape, p) : TL_NONE;
}

tl_tensor tl_weight(tl_weight_builder *w, const char *name, tl_shape shape, tl_init init)
{
	return used(w, weight(w, name, shape, init, true));
}

tl_tensor tl_weight_fixed(tl_weight_builder *w, const char *name, tl_shape shape, tl_init init)
{
	return used(w, weight(w, name, shape, init, false));
}

tl_param *tl_weight_buffer(tl_weight_builder *w, const char *name, tl_shape shape, tl_init init)
{
	return weight(w, name, shape, init, false);
}

/* Which options have an effect */

void tl_weights_take(tl_weight_builder *w, unsigned options)
{
	if (w && w->cell && !w->tape)
		w->cell->takes |= options;
}

void tl_weights_refuse(tl_weight_builder *w, unsigned options)
{
	if (w && w->cell && !w->tape)
		w->cell->refuses |= options;
}

/* The same for functions that only read w. */
static void met(const tl_weight_builder *w, unsigned options)
{
	if (w->cell && !w->tape)
		w->cell->takes |= options;
}

/* Weights that start as the options say */

static tl_init or_else(tl_init init, tl_init otherwise)
{
	return init.fill ? init : otherwise;
}

tl_tensor tl_weight_input_shaped(tl_weight_builder *w, const char *name, tl_shape shape,
				 tl_init otherwise)
{
	if (!w)
		return TL_NONE;
	tl_weights_take(w, TL_OPTION_INPUT_INIT);
	return tl_weight(w, name, shape, or_else(w->options->input_init, otherwise));
}

tl_tensor tl_weight_input(tl_weight_builder *w, const char *name, int64_t rows, int64_t columns)
{
	return tl_weight_input_shaped(w, name, tl_dims(rows, columns), tl_init_glorot_uniform());
}

tl_tensor tl_weight_recurrent_shaped(tl_weight_builder *w, const char *name, tl_shape shape,
				     tl_init otherwise)
{
	if (!w)
		return TL_NONE;
	double rate = w->options->weight_dropout;
	tl_weights_take(w, TL_OPTION_RECURRENT_INIT | TL_OPTION_WEIGHT_DROPOUT);
	tl_tensor U = tl_weight(w, name, shape, or_else(w->options->recurrent_init, otherwise));
	if (rate > 0 && tl_tape_is_training(w->tape))
		U = tl_mul(U, tl_dropout_mask(w->tape, tl_tensor_shape(U), rate));
	return U;
}

tl_tensor tl_weight_recurrent(tl_weight_builder *w, const char *name, int64_t rows, int64_t columns)
{
	return tl_weight_recurrent_shaped(w, name, tl_dims(rows, columns), tl_init_orthogonal(1));
}

tl_init tl_init_bias(const tl_weight_builder *w)
{
	if (!w)
		return tl_init_zeros();
	met(w, TL_OPTION_BIAS_INIT);
	return or_else(w->options->bias_init, tl_init_zeros());
}

tl_tensor tl_weight_bias(tl_weight_builder *w, const char *name, int64_t rows)
{
	return tl_weight(w, name, tl_dims(rows), tl_init_bias(w));
}

/* Biases of gates */

/*
 * Tallec & Ollivier 2018, section 3: b_f = log(u), u uniform in [1, longest - 1], and b_i = -b_f.
 * The numbers follow from the position alone, so that the two gates of a unit draw the same.
 */
static tl_status fill_chrono(const tl_init *init, tl_shape shape, uint64_t key, double *values)
{
	(void)key;
	for (int64_t i = 0, n = tl_elements(&shape); i < n; i++)
		values[i] = init->b *
			    log(1 + (init->a - 2) * tl_random_unit(0x6368726f6e6f, (uint64_t)i));
	return TL_OK;
}

static tl_init chrono(double longest, double sign)
{
	return (tl_init){fill_chrono, longest, sign};
}

tl_init tl_init_chrono(double longest)
{
	return chrono(longest, 1);
}

/* sign 1: of a gate that keeps; -1: of one that lets in and keeps what is left of 1. */
static tl_init keeping_bias(const tl_weight_builder *w, double sign)
{
	if (!w)
		return tl_init_zeros();
	const tl_cell_options *o = w->options;
	met(w, TL_OPTION_CHRONO);
	if (o->chrono != 0)
		return chrono(o->chrono, sign);
	met(w, TL_OPTION_FORGET_BIAS);
	return o->forget_bias != 0 ? tl_init_constant(sign * o->forget_bias) : tl_init_bias(w);
}

tl_init tl_init_forget_bias(const tl_weight_builder *w)
{
	return keeping_bias(w, 1);
}

tl_init tl_init_update_bias(const tl_weight_builder *w)
{
	return keeping_bias(w, -1);
}

tl_init tl_init_input_bias(const tl_weight_builder *w)
{
	if (!w)
		return tl_init_zeros();
	met(w, TL_OPTION_CHRONO);
	return w->options->chrono != 0 ? chrono(w->options->chrono, -1) : tl_init_bias(w);
}

/* Gates */

static const char *named(char text[64], const char *prefix, const char *name)
{
	snprintf(text, 64, "%s%.48s", prefix, name);
	return text;
}

tl_tensor tl_weight_gain(tl_weight_builder *w, const char *name, int64_t rows)
{
	tl_weights_take(w, TL_OPTION_LAYER_NORM);
	return w->options->layer_norm ? tl_weight(w, name, tl_dims(rows), tl_init_constant(1))
				      : TL_NONE;
}

static bool two_biases(tl_weight_builder *w)
{
	tl_weights_take(w, TL_OPTION_TWO_BIASES);
	return w->options->two_biases;
}

tl_gate tl_gate_weights(tl_weight_builder *w, const char *name, const tl_gate_options *options)
{
	tl_gate_options o = options ? *options : (tl_gate_options){0};
	tl_gate g = {0};
	char text[64];
	if (!w || !name)
		return g;
	int64_t rows = o.rows ? o.rows : w->hidden;
	bool two = !o.no_input && !o.no_recurrent && two_biases(w);
	if (!o.no_input)
		g.W = tl_weight_input(w, named(text, "W_", name), rows, o.in ? o.in : w->in);
	if (!o.no_recurrent)
		g.U = tl_weight_recurrent(w, named(text, "U_", name), rows,
					  o.recurrent ? o.recurrent : w->hidden);
	if (!o.no_input)
		g.gain_x = tl_weight_gain(w, named(text, "gain_x", name), rows);
	if (!o.no_recurrent)
		g.gain_h = tl_weight_gain(w, named(text, "gain_h", name), rows);
	g.b = tl_weight(w, named(text, two ? "b_x" : "b_", name), tl_dims(rows),
			o.bias.fill ? o.bias : tl_init_bias(w));
	if (two)
		g.b_h = tl_weight_bias(w, named(text, "b_h", name), rows);
	return g;
}

tl_gate tl_vanilla_weights(tl_weight_builder *w, tl_init otherwise)
{
	int64_t n = w->hidden;
	bool two = two_biases(w);
	tl_gate g = {.W = tl_weight_input(w, "U", n, w->in)};
	g.U = tl_weight_recurrent_shaped(w, "W", tl_dims(n, n), otherwise);
	g.gain_x = tl_weight_gain(w, "gain_x", n);
	g.gain_h = tl_weight_gain(w, "gain_h", n);
	g.b = tl_weight_bias(w, two ? "b_x" : "b", n);
	if (two)
		g.b_h = tl_weight_bias(w, "b_h", n);
	return g;
}

tl_tensor tl_gain_normalised(tl_tensor x, tl_tensor gain)
{
	return gain.id ? tl_layer_norm(x, gain, TL_NONE, 0) : x;
}

static bool is_gate(const tl_gate *g, tl_tensor x)
{
	if (!g && x.tape)
		tl_report(x.tape, TL_ERROR_ARGUMENT, "tl_gate_weights makes one",
			  "gate: there is no gate");
	return g;
}

tl_tensor tl_gate_input(const tl_gate *g, tl_tensor x)
{
	if (!is_gate(g, x))
		return (tl_tensor){x.tape, 0, 0};
	return g->W.id ? tl_add(tl_gain_normalised(tl_linear(x, g->W, TL_NONE), g->gain_x), g->b)
		       : g->b;
}

tl_tensor tl_gate_recurrent(const tl_gate *g, tl_tensor h)
{
	if (!is_gate(g, h))
		return (tl_tensor){h.tape, 0, 0};
	tl_tensor y = tl_gain_normalised(tl_linear(h, g->U, TL_NONE), g->gain_h);
	return g->b_h.id ? tl_add(y, g->b_h) : y;
}

tl_tensor tl_gate_sum(const tl_gate *g, tl_tensor x, tl_tensor h)
{
	if (!is_gate(g, x))
		return (tl_tensor){x.tape, 0, 0};
	return tl_add(tl_gate_input(g, x), tl_gate_recurrent(g, h));
}

/* What steps are made of */

/* While a step is watched (make.c) nobody else has the cell yet. */
static void watched(const tl_cell *c, unsigned option)
{
	if (c->phase == TL_CELL_WATCHED)
		((tl_cell *)c)->takes |= option;
}

static bool is_cell(const tl_cell *c, tl_tensor x, const char *what)
{
	if (!c && x.tape)
		tl_report(x.tape, TL_ERROR_ARGUMENT, "tl_params_error says why it was not made",
			  "%s: there is no cell", what);
	return c && x.tape && tl_belongs(x.tape, x, what, 0);
}

tl_tensor tl_cell_activate(const tl_cell *c, tl_tensor x, tl_activation paper)
{
	tl_tensor none = {x.tape, 0, 0};
	if (!is_cell(c, x, "activate"))
		return none;
	watched(c, TL_OPTION_ACTIVATION);
	if (!c->options.activation && paper)
		return paper(x);
	if (!c->options.activation) {
		if (x.tape)
			tl_report(x.tape, TL_ERROR_ARGUMENT, "tl_tanh is usual",
				  "activate: there is no function");
		return none;
	}
	/* One of the user's: what is of another shape would be stretched by the next op. */
	tl_tensor y = c->options.activation(x);
	tl_shape in = tl_tensor_shape(x), out = tl_tensor_shape(y);
	char a[96], b[96];
	if (x.id && tl_belongs(x.tape, y, "activation", 0) && !tl_shape_same(&in, &out))
		tl_report(x.tape, TL_ERROR_SHAPE, "an activation is elementwise",
			  "%s (%s): the activation made %s of %s", c->name, c->kind->name,
			  tl_shape_text(&out, a), tl_shape_text(&in, b));
	return y;
}

tl_tensor tl_cell_update_dropout(const tl_cell *c, tl_tensor update)
{
	if (!is_cell(c, update, "update_dropout"))
		return (tl_tensor){update.tape, 0, 0};
	watched(c, TL_OPTION_UPDATE_DROPOUT);
	double rate = c->options.update_dropout;
	return rate > 0 && tl_tape_is_training(update.tape) ? tl_dropout(update, rate) : update;
}

void tl_cell_name_weights(tl_cell *c, tl_tape *tape, struct tl_binding *into)
{
	tl_weight_builder w = {.in = c->options.in,
			       .hidden = c->options.hidden,
			       .options = &c->options,
			       .extra = c->options.extra,
			       .cell = c,
			       .tape = tape};
	char name[32];
	c->kind->weights(&w, into->weights);
	for (int k = 0; c->options.trainable_initial_state && k < tl_cell_state_count(c); k++) {
		snprintf(name, sizeof name, "%.24s_0", c->kind->state[k]);
		into->start[k] = tl_weight(&w, name, tl_cell_state_shape(c, k), tl_init_zeros());
	}
}
