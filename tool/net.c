/* The net that a task is learned by. */
#include "net.h"

#include <math.h>
#include <string.h>

/* Making */

static tl_cell *add_cell(net *n, const cell_choice *choice, int layer, int64_t in)
{
	char name[16];
	tl_cell_options o = choice->options;
	o.in = in;
	o.hidden = n->o.hidden;
	bool told = o.forget_bias != 0 || o.chrono != 0;
	if (!told && (tl_cell_kind_takes(choice->kind, &o) & TL_OPTION_FORGET_BIAS))
		o.forget_bias = 1;
	snprintf(name, sizeof name, "cell%d", layer);
	return tl_cell_create_from_kind(n->set, choice->kind, name, o);
}

static bool reads(const tl_cell *cell, int64_t in)
{
	tl_shape x = tl_cell_input_shape(cell), h = tl_cell_state_shape(cell, 0);
	return x.rank == 1 && x.dim[0] == in && h.rank == 1;
}

/* What is carried has as many rows as batches have. */
static void add_carries(net *n, int layer)
{
	char name[32];
	if (!n->t->carried)
		return;
	snprintf(name, sizeof name, "learning%d", layer);
	n->learning[layer] = tl_carry_of(n->cell[layer], name, n->t->rows);
	snprintf(name, sizeof name, "testing%d", layer);
	n->testing[layer] = tl_carry_of(n->cell[layer], name, n->t->validation_rows);
}

static bool build(net *n, const cell_choice *choice, char *text, size_t room)
{
	const task *t = n->t;
	int64_t in = t->tokens ? NET_EMBEDDING : t->in;
	if (t->tokens)
		n->E = tl_params_add(n->set, "E", tl_dims(t->tokens, in), tl_init_normal(0, 0.5));
	for (int k = 0; k < n->o.layers; k++) {
		n->cell[k] = add_cell(n, choice, k, in);
		if (!n->cell[k])
			return false;
		if (!reads(n->cell[k], in)) {
			snprintf(text, room, "%s does not read %lld numbers a step", choice->word,
				 (long long)in);
			return false;
		}
		in = tl_cell_state_shape(n->cell[k], 0).dim[0];
		add_carries(n, k);
	}
	n->V = tl_params_add(n->set, "V", tl_dims(t->out, in), tl_init_glorot_uniform());
	n->c = tl_params_add(n->set, "c", tl_dims(t->out), tl_init_zeros());
	return !tl_params_error(n->set);
}

bool net_create(net *n, const task *t, const cell_choice *choice, const net_options *o, char *text,
		size_t room)
{
	*n = (net){.t = t, .o = *o, .set = tl_params_create(TL_F32)};
	n->o.layers = o->layers ? o->layers : 1;
	tl_params_set_seed(n->set, o->seed);
	*text = '\0';
	if (n->set && build(n, choice, text, room))
		return true;
	if (!*text)
		snprintf(text, room, "%s: %s", choice->word,
			 tl_params_error(n->set) ? tl_params_error(n->set) : "out of memory");
	net_finish(n);
	return false;
}

void net_finish(net *n)
{
	for (int k = 0; k < NET_LAYERS; k++)
		tl_cell_destroy(n->cell[k]);
	tl_params_destroy(n->set);
	*n = (net){0};
}

int64_t net_parameters(const net *n)
{
	int64_t count = tl_params_element_count(n->set);
	for (int k = 0; k < n->o.layers; k++)
		for (int i = 0; i < tl_cell_param_count(n->cell[k]); i++) {
			tl_param *p = tl_cell_param_at(n->cell[k], i);
			count += tl_param_is_buffer(p) ? tl_param_size(p) : 0;
		}
	return count;
}

void net_optimizer_text(const char *text, char *out, size_t room)
{
	const char *lr = strstr(text, " lr=");
	snprintf(out, room, "%.*s%s%s", lr ? (int)(lr - text) : (int)strlen(text), text,
		 lr ? " learning_rate=" : "", lr ? lr + 4 : "");
}

/* Loss */

static tl_tensor unroll(net *n, tl_tape *tape, const tl_batch *batch, tl_tensor x)
{
	tl_carry *carry = tl_tape_is_training(tape) ? n->learning : n->testing;
	tl_layer layer[NET_LAYERS] = {{0}};
	tl_unrolled y[NET_LAYERS];
	tl_state state[NET_LAYERS];
	for (int k = 0; k < n->o.layers; k++) {
		layer[k] = (tl_layer){.forward = n->cell[k]};
		layer[k].dropout.input = k ? n->o.dropout : 0;
		layer[k].dropout.output = k == n->o.layers - 1 ? n->o.dropout : 0;
		if (!n->t->carried)
			continue;
		if (batch->begins)
			tl_carry_reset(&carry[k], NULL);
		state[k] = tl_carry_state(&carry[k], tape);
		layer[k].initial_state = &state[k];
	}
	tl_tensor h = tl_unroll_layers(layer, n->o.layers, x, NULL, y);
	for (int k = 0; k < n->o.layers && n->t->carried; k++)
		tl_carry_assign(&carry[k], y[k].final_state);
	return n->t->every_step ? h : y[n->o.layers - 1].final_state.h;
}

tl_tensor net_loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	net *n = user;
	tl_tensor x = tl_batch_input(batch, tape), target = tl_batch_target(batch, tape);
	tl_tensor weight = tl_batch_weights(batch, tape);
	if (n->t->tokens)
		x = tl_embedding(tl_use(tape, n->E), x);
	n->said = tl_linear(unroll(n, tape, batch, x), tl_use(tape, n->V), tl_use(tape, n->c));
	if (task_is_classes(n->t))
		return tl_cross_entropy(n->said, target,
					&(tl_cross_entropy_options){.weight = weight});
	return tl_mse(n->said, target, &(tl_loss_options){.weight = weight});
}

/* Metrics */

static bool is_right(const float *scores, int64_t classes, int32_t target)
{
	for (int64_t k = 0; k < classes; k++)
		if (scores[k] > scores[target] || (k < target && scores[k] >= scores[target]))
			return false;
	return true;
}

static double square_of(const float *said, const float *target, int64_t numbers)
{
	double sum = 0;
	for (int64_t k = 0; k < numbers; k++)
		sum += (double)(said[k] - target[k]) * (double)(said[k] - target[k]);
	return sum / (double)numbers;
}

/* The mean over the targets that count: of squared errors, or of ones that are right. */
static double mean_of(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	const net *n = user;
	const task *t = n->t;
	const float *said = tl_value(n->said), *number = batch->target.data;
	const int32_t *class = batch->target.data;
	int64_t steps = t->every_step ? batch->input.shape.dim[0] : 1, rows = batch->rows;
	double sum = 0;
	(void)tape;
	*weight = 0;
	for (int64_t s = 0; said && s < steps; s++)
		for (int64_t r = 0; r < rows; r++) {
			int64_t at = s * rows + r;
			if (t->kind->counts && !t->kind->counts(t, batch, r, s))
				continue;
			const float *here = &said[at * t->out];
			sum += task_is_classes(t) ? is_right(here, t->out, class[at])
						  : square_of(here, &number[at * t->out], t->out);
			++*weight;
		}
	return *weight > 0 ? sum / *weight : 0;
}

const tl_metric net_metrics[] = {
	[METRIC_SQUARES] = {"squared error", mean_of, false},
	[METRIC_NRMSE] = {"squared error", mean_of, false},
	[METRIC_ACCURACY] = {"accuracy", mean_of, true},
	[METRIC_BITS] = {"accuracy", mean_of, true},
};

double net_measure(net *n, tl_trainer *trainer, tl_batches *source, double *loss)
{
	double mean = (double)NAN;
	*loss = tl_trainer_evaluate(trainer, source, &mean);
	return task_metric_of(n->t, n->t->kind->metric == METRIC_BITS ? *loss : mean);
}
