/* What can be asked of a cell. */
#include "cell/cell.h"
#include "cell/kind.h"

int tl_cell_state_count(const tl_cell *c)
{
	int n = 0;
	if (c && c->kind->text)
		return c->kind->text->states(c->kind->text);
	if (c && c->kind->states)
		return c->kind->states(&c->options);
	while (c && n < TL_MAX_STATES && c->kind->state[n])
		n++;
	return n;
}

tl_shape tl_cell_state_shape(const tl_cell *c, int k)
{
	if (k < 0 || k >= tl_cell_state_count(c))
		return TL_SCALAR;
	const struct tl_cell_text *text = c->kind->text;
	if (text)
		return text->state_shape(text, &c->options, k);
	return c->kind->state_shape ? c->kind->state_shape(&c->options, k)
				    : tl_dims(c->options.hidden);
}

tl_shape tl_cell_input_shape(const tl_cell *c)
{
	if (!c)
		return TL_SCALAR;
	const struct tl_cell_text *text = c->kind->text;
	if (text)
		return text->input_shape(text, &c->options);
	return c->kind->input_shape ? c->kind->input_shape(&c->options) : tl_dims(c->options.in);
}

const char *tl_cell_name(const tl_cell *c)
{
	return c ? c->name : "";
}

const tl_cell_kind *tl_cell_get_kind(const tl_cell *c)
{
	return c ? c->kind : NULL;
}

const tl_cell_options *tl_cell_get_options(const tl_cell *c)
{
	return c ? &c->options : NULL;
}

int tl_cell_param_count(const tl_cell *c)
{
	return c ? (int)c->params : 0;
}

tl_param *tl_cell_param_at(const tl_cell *c, int index)
{
	return c && index >= 0 && (size_t)index < c->params ? c->param[index] : NULL;
}
