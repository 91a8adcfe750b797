/*
 * Programs that users hold: compiled from a tape, and from then on independent of it. What one
 * computes, and where its runs find and leave data.
 */
#include "run/held.h"
#include "ir/import.h"

#include <string.h>

void tl_program_destroy(tl_program *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->leaves; i++)
		tl_free(p->leaf[i].own);
	tl_compiled_finish(&p->compiled);
	tl_frame_finish(&p->frame);
	tl_free(p->outputs);
	tl_free(p->leaf);
	tl_free(p->sink);
	for (size_t i = 0; i < p->carries; i++)
		tl_free(p->carry[i].stage);
	tl_free(p->carry);
	for (size_t i = 0; i < p->results; i++)
		tl_free(p->result[i].copy);
	tl_free(p->result);
	tl_free(p->number);
	tl_free(p->draw);
	tl_free(p->set);
	tl_free(p->added);
	tl_free(p->origin);
	tl_arena_finish(&p->words);
	tl_free(p->nanoseconds);
	tl_free(p);
}

/* What is to be computed: gradients, assignments, the loss, what the user reads. */
typedef struct wanted {
	uint32_t *id, *param;
	size_t count, gradients, assignments, results;
	size_t forward; /* the tape's number of nodes before the gradients */
} wanted;

/* A buffer that a run changes is read from a copy, so that outputs are of the buffer as it was. */
static bool is_assigned(const tl_tape *t, const tl_param *buffer)
{
	bool found = false;
	for (size_t i = 0; buffer && i < t->assignments && !found; i++)
		found = t->assignment[i].buffer == buffer;
	return found;
}

static bool list_leaf(tl_tape *t, tl_program *p, uint32_t root, uint32_t node)
{
	const tl_node *n = tl_node_at(t, node);
	leaf *l = &p->leaf[p->leaves++];
	*l = (leaf){.node = node,
		    .root = root,
		    .op = n->op,
		    .dtype = n->dtype,
		    .source = n->dtype,
		    .size = tl_elements(&n->shape),
		    .data = n->source};
	if (n->op == &tl_op_full) {
		double value = ((const tl_full_attr *)n->attr)->value;
		p->number[root] = tl_number_of(value, n->dtype);
		return true;
	}
	if (n->op == &tl_op_param)
		l->param = tl_param_at(t, l->node);
	else
		l->source = (tl_dtype)((const tl_input_attr *)n->attr)->source;
	if (l->param)
		l->source = tl_params_dtype(tl_param_set(l->param));
	bool constant = n->op == &tl_op_constant;
	if (!constant && l->source == l->dtype && !is_assigned(t, l->param))
		return true;
	l->own = tl_alloc((size_t)l->size * 8 + 1);
	if (l->own && constant) {
		if (l->source == l->dtype)
			memcpy(l->own, n->source, (size_t)l->size * tl_dtype_size(l->dtype));
		else
			tl_store(l->own, l->dtype, n->source, l->source, l->size, false);
	}
	return l->own != NULL;
}

static bool list_leaves(tl_tape *t, tl_program *p, const uint32_t *node)
{
	const tl_code *code = &p->compiled.code;
	p->leaf = tl_alloc((code->roots + 1) * sizeof *p->leaf);
	p->number = tl_alloc((code->roots + 1) * sizeof *p->number);
	for (size_t r = 0; p->leaf && p->number && r < code->roots; r++)
		if (code->root[r].kind == TL_ROOT_LEAF &&
		    !list_leaf(t, p, (uint32_t)r, node[code->root[r].node]))
			return false;
	return p->leaf && p->number;
}

static bool list_sinks(const tl_tape *t, tl_program *p, const wanted *w)
{
	p->sink = tl_alloc((w->gradients + w->assignments + 1) * sizeof *p->sink);
	for (size_t i = 0; p->sink && i < w->gradients + w->assignments; i++) {
		const tl_node *n = tl_node_at(t, w->id[i]);
		bool add = i < w->gradients;
		tl_param *param =
			add ? tl_param_at(t, w->param[i]) : t->assignment[i - w->gradients].buffer;
		p->sink[p->sinks++] =
			(sink){param, (uint32_t)i, add, n->dtype, tl_elements(&n->shape)};
	}
	return p->sink != NULL;
}

static bool list_results(const tl_tape *t, tl_program *p, const wanted *w)
{
	size_t first = w->count - w->results;
	p->result = tl_alloc((w->results + 1) * sizeof *p->result);
	for (size_t i = first; p->result && i < w->count; i++) {
		const tl_node *n = tl_node_at(t, w->id[i]);
		p->result[p->results++] =
			(result){w->id[i], (uint32_t)i, n->dtype, tl_elements(&n->shape), NULL};
	}
	return p->result != NULL;
}

static bool list_draws(const tl_tape *t, tl_program *p, const uint32_t *node)
{
	const tl_code *code = &p->compiled.code;
	p->draw = tl_alloc((code->keys + 1) * sizeof *p->draw);
	for (size_t k = 0; p->draw && k < code->keys; k++)
		p->draw[k] = tl_node_at(t, node[code->key_place[k]])->draw;
	p->stream = t->stream;
	return p->draw != NULL;
}

static bool list_sets(const tl_tape *t, tl_program *p)
{
	p->set = tl_alloc((t->sets + 1) * sizeof *p->set);
	if (p->set && t->sets)
		memcpy(p->set, t->set, t->sets * sizeof *p->set);
	p->sets = p->set ? t->sets : 0;
	return p->set != NULL;
}

/* Compiled as if nothing on the tape were known yet, so that a run depends on leaves alone. *node
 * is then the list of its nodes by place, which is the caller's. */
static bool compile(tl_tape *t, tl_program *p, const wanted *w, uint32_t **node)
{
	tl_plan plan = {0};
	tl_compile_options o = {
		.forward = w->forward, .recompute = t->recompute, .sinks = w->gradients};
	for (size_t i = 0; i < w->gradients; i++)
		if (tl_params_dtype(tl_param_set(tl_param_at(t, w->param[i]))) != t->dtype)
			o.sinks = 0;
	plan.value = tl_alloc_zero(t->nodes * sizeof *plan.value);
	plan.place = tl_alloc_zero(t->nodes * sizeof *plan.place);
	bool fine = plan.value && plan.place && !tl_plan_collect(t, &plan, w->id, w->count) &&
		    tl_part_list(t, &plan, &plan.part, &plan.words, plan.place) &&
		    tl_compile(t, &plan, &p->compiled, w->id, w->count, &o);
	tl_free(plan.value);
	tl_free(plan.place);
	tl_free(plan.todo);
	tl_free(plan.words.word);
	*node = plan.part.node;
	return fine;
}

static bool build(tl_tape *t, tl_program *p, const wanted *w, bool profile)
{
	uint32_t *node = NULL;
	tl_code *code = &p->compiled.code;
	bool fine = compile(t, p, w, &node) && tl_frame_reserve(&p->frame, code) &&
		    list_leaves(t, p, node) && list_sinks(t, p, w) && list_results(t, p, w) &&
		    list_draws(t, p, node) && list_sets(t, p) && tl_list_origins(t, p, node);
	tl_free(node);
	if (!fine)
		return false;
	p->outputs = tl_alloc((size_t)p->compiled.output_bytes + TL_ALIGN);
	if (profile)
		p->nanoseconds = tl_alloc_zero((code->instructions + 1) * sizeof *p->nanoseconds);
	if (!p->outputs || (profile && !p->nanoseconds))
		return false;
	tl_frame_bind(&p->frame, code, tl_aligned(p->outputs));
	return true;
}

static bool outputs_fit(tl_tape *t, const tl_program_options *o)
{
	if (o->output_count < 0 || (o->output_count && !o->outputs))
		tl_report(t, TL_ERROR_ARGUMENT, NULL,
			  "program: outputs is NULL, or count negative");
	for (int i = 0; !t->problem.status && i < o->output_count; i++)
		if (!tl_belongs(t, o->outputs[i], "program", i))
			return false;
	if (!o->output_count && !o->loss.tape)
		tl_report(t, TL_ERROR_ARGUMENT, "give outputs, or a loss",
			  "program: nothing to compute");
	if (t->problem.status ||
	    (o->loss.tape && !tl_belongs(t, o->loss, "program", o->output_count)))
		return false;
	if (o->loss.tape && !tl_learned(t, o->loss.id, NULL))
		tl_report(t, TL_ERROR_ARGUMENT, "give it as an output if only its value is wanted",
			  "program: no parameter that is learned was brought onto the tape before "
			  "the loss");
	return !t->problem.status;
}

static bool list_wanted(tl_tape *t, const tl_program_options *o, wanted *w)
{
	tl_tensor *wrt = NULL;
	size_t most = 0;
	w->forward = t->nodes;
	if (o->loss.tape) {
		w->gradients = tl_learned(t, o->loss.id, NULL);
		most = w->gradients;
		wrt = tl_alloc((2 * most + 1) * sizeof *wrt);
		if (!wrt)
			return false;
		tl_learned(t, o->loss.id, wrt);
		w->assignments = t->assignments;
	}
	w->id = tl_alloc((most + w->assignments + (size_t)o->output_count + 1) * sizeof *w->id);
	w->param = tl_alloc((most + 1) * sizeof *w->param);
	bool fine = w->id && w->param && (!most || !tl_grads(o->loss, wrt, (int)most, wrt + most));
	for (size_t i = 0; fine && i < most; i++) {
		w->param[i] = wrt[i].id;
		w->id[w->count++] = wrt[most + i].id;
	}
	for (size_t i = 0; fine && i < w->assignments; i++)
		w->id[w->count++] = t->assignment[i].node;
	for (int i = 0; fine && i < o->output_count; i++)
		w->id[w->count++] = o->outputs[i].id;
	if (fine && o->loss.tape)
		w->id[w->count++] = o->loss.id;
	w->results = (size_t)o->output_count + (o->loss.tape != NULL);
	tl_free(wrt);
	return fine;
}

tl_program *tl_program_create(tl_tape *t, tl_program_options o)
{
	if (!t || t->problem.status || !tl_sets_alive(t) || !outputs_fit(t, &o))
		return NULL;
	wanted w = {0};
	tl_program *p = tl_alloc_zero(sizeof *p);
	bool fine = p && list_wanted(t, &o, &w) && build(t, p, &w, o.profile);
	tl_free(w.id);
	tl_free(w.param);
	if (fine) {
		p->tape = t;
		p->round = t->round;
		return p;
	}
	tl_program_destroy(p);
	tl_report_memory(t, "program");
	return NULL;
}
