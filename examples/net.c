/* What the examples on small tasks have in common: a cell, a linear layer, a training. */
#include "net.h"

#include <string.h>

tl_cell_options net_cell(const tl_cell_kind *kind, int64_t in, int64_t hidden, double remembers)
{
	tl_cell_options o = {.in = in, .hidden = hidden, .extra = kind->extra_default};
	unsigned takes = tl_cell_kind_takes(kind, NULL);
	if (remembers > 2 && takes & TL_OPTION_CHRONO)
		o.chrono = remembers;
	else if (takes & TL_OPTION_FORGET_BIAS)
		o.forget_bias = 1;
	return o;
}

bool net_create(net *n, example *e, const tl_cell_kind *kind, tl_cell_options o, int64_t out)
{
	memset(n, 0, sizeof *n);
	n->set = tl_params_create(TL_F32);
	tl_params_set_seed(n->set, (uint64_t)e->seed);
	n->cell = tl_cell_create_from_kind(n->set, kind, "cell", o);
	if (!n->cell)
		return example_fail(e, tl_params_error(n->set));
	if (tl_cell_input_shape(n->cell).dim[0] != o.in)
		return example_fail(e, "this cell reads pictures, not a few numbers a step");
	n->V = tl_params_add(n->set, "V", tl_dims(out, tl_cell_state_shape(n->cell, 0).dim[0]),
			     tl_init_glorot_uniform());
	n->b = tl_params_add(n->set, "b", tl_dims(out), tl_init_zeros());
	return !tl_params_error(n->set) || example_fail(e, tl_params_error(n->set));
}

void net_destroy(net *n)
{
	tl_cell_destroy(n->cell);
	tl_params_destroy(n->set);
	n->cell = NULL;
	n->set = NULL;
}

tl_tensor net_at_each_step(net *n, tl_tensor x)
{
	tl_tensor h = tl_unroll(n->cell, x, NULL).h;
	return n->y = tl_linear(h, tl_use(x.tape, n->V), tl_use(x.tape, n->b));
}

tl_tensor net_at_the_end(net *n, tl_tensor x, tl_tensor lengths)
{
	const tl_unroll_options o = {.lengths = lengths};
	tl_tensor h = tl_unroll(n->cell, x, &o).final_state.h;
	return n->y = tl_linear(h, tl_use(x.tape, n->V), tl_use(x.tape, n->b));
}

bool net_remember(tl_trainer *trainer, void *user)
{
	net *n = user;
	n->state = tl_trainer_get_state(trainer);
	/* When there is no more room, every other point is given up. */
	if (n->points == NET_POINTS) {
		n->points /= 2;
		for (int i = 0; i < n->points; i++) {
			n->step[i] = n->step[2 * i + 1];
			n->smooth[i] = n->smooth[2 * i + 1];
		}
	}
	double every = n->points > 1 ? n->step[1] - n->step[0] : 1;
	if (n->points && (double)n->state.step < n->step[n->points - 1] + every)
		return true;
	n->step[n->points] = (double)n->state.step;
	n->smooth[n->points++] = n->state.smooth_loss;
	return true;
}

bool net_train(net *n, example *e, tl_trainer_options *o, double rate, tl_batches *test)
{
	tl_optimizer *adam = NULL;
	n->points = 0;
	if (!o->optimizer)
		o->optimizer = adam =
			tl_adam_create(n->set, &(tl_adam_options){.learning_rate = rate});
	if (o->checkpoint)
		o->cells = &n->cell, o->cell_count = 1;
	if (test && !o->validation)
		o->validation = test, o->evaluate_every = o->steps;
	if (!o->on_step)
		o->on_step = net_remember;
	tl_trainer *trainer = tl_trainer_create(n->set, o);
	bool fine = example_train(e, trainer);
	n->state = tl_trainer_get_state(trainer);
	if (fine && test) {
		n->loss = tl_trainer_evaluate(trainer, test, n->metric);
		if (tl_trainer_error(trainer))
			fine = example_fail(e, tl_trainer_error(trainer));
	}
	tl_trainer_destroy(trainer);
	if (adam)
		o->optimizer = NULL;
	tl_optimizer_destroy(adam);
	return fine;
}

tl_curve net_curve(const net *n, const char *name)
{
	return (tl_curve){.name = name, .x = n->step, .y = n->smooth, .count = n->points};
}
