/*
 * Programs that users hold: compiled from a tape, and from then on independent of it. What one
 * computes, and where its runs find and leave data.
 */
#include "run/program.h"
#include "run/origins.h"
#include "run/part.h"
#include "run/wanted.h"

#include <string.h>

void tl_program_destroy(tl_program *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->leaves; i++)
		tl_free(p->leaf[i].own);
	tl_compiled_finish(&p->compiled);
	tl_bound_finish(&p->bound);
	tl_free(p->outputs);
	tl_free(p->leaf);
	for (size_t i = 0; i < p->carries; i++)
		tl_free(p->carry[i].stage);
	tl_free(p->carry);
	for (size_t i = 0; i < p->results; i++)
		tl_free(p->result[i].copy);
	tl_free(p->result);
	tl_free(p->draw);
	tl_free(p->set);
	tl_free(p->origin);
	tl_arena_finish(&p->words);
	tl_free(p->nanoseconds);
	tl_free(p->maker);
	tl_free(p);
}

static bool is_assigned(const tl_tape *t, const tl_param *buffer)
{
	bool found = false;
	for (size_t i = 0; buffer && i < t->assignments && !found; i++)
		found = t->assignment[i].buffer == buffer;
	return found;
}

/* What is converted has memory to be converted into; a constant is copied now. */
static bool list_leaf(tl_tape *t, tl_program *p, uint32_t root, uint32_t node)
{
	tl_program_leaf *l = &p->leaf[p->leaves++];
	*l = (tl_program_leaf){.source = tl_source_of(t, node), .node = node, .root = root};
	tl_source *s = &l->source;
	if (s->op == &tl_op_full)
		*s = tl_source_of_number(s->number, s->dtype);
	if (s->param)
		s->stored =
			tl_params_dtype(tl_param_set(s->param)); /* a checker's tape may differ */
	l->detached = is_assigned(t, s->param);
	bool constant = s->op == &tl_op_constant;
	if (!constant && s->op != &tl_op_full && s->stored == s->dtype && !l->detached)
		return true;
	l->own = tl_alloc(tl_source_bytes(s) + 1);
	if (!l->own || !constant)
		return l->own != NULL;
	const void *data = tl_source_read(s, l->own);
	if (data != l->own)
		memcpy(l->own, data, tl_source_bytes(s));
	s->data = l->own;
	s->stored = s->dtype;
	return true;
}

static bool list_leaves(tl_tape *t, tl_program *p, const uint32_t *node)
{
	const tl_code *code = &p->compiled.code;
	p->leaf = tl_alloc((code->leaves + 1) * sizeof *p->leaf);
	for (size_t i = 0; p->leaf && i < code->leaves; i++)
		if (!list_leaf(t, p, code->leaf[i], node[code->root[code->leaf[i]].node]))
			return false;
	return p->leaf != NULL;
}

static bool list_sinks(const tl_tape *t, tl_program *p, const tl_wanted *w)
{
	for (size_t i = 0; i < w->gradients + w->assignments; i++) {
		const tl_node *n = tl_node_at(t, w->id[i]);
		tl_sink s = {.output = (uint32_t)i,
			     .add = i < w->gradients,
			     .dtype = n->dtype,
			     .size = tl_elements(&n->shape)};
		s.param = s.add ? tl_param_at(t, w->param[i])
				: t->assignment[i - w->gradients].buffer;
		s.stored = tl_params_dtype(tl_param_set(s.param));
		if (!tl_bound_add_sink(&p->bound, &s))
			return false;
	}
	return true;
}

static bool list_results(const tl_tape *t, tl_program *p, const tl_wanted *w)
{
	size_t first = w->gradients + w->assignments;
	p->result = tl_alloc((w->ids - first + 1) * sizeof *p->result);
	for (size_t i = first; p->result && i < w->ids; i++) {
		const tl_node *n = tl_node_at(t, w->id[i]);
		p->result[p->results++] = (tl_program_result){w->id[i], (uint32_t)i, n->dtype,
							      tl_elements(&n->shape), NULL};
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

/* Compiled as if nothing on the tape were known yet, so that a run depends on leaves alone; part
 * has the list of its nodes by place then. */
static bool compile(tl_tape *t, tl_program *p, const tl_wanted *w, bool explain, tl_part *part)
{
	tl_words words = {0};
	tl_compile_options o = {.forward = w->forward,
				.recompute = t->run.recompute,
				.explain = explain,
				.sinks = w->gradients};
	for (size_t i = 0; i < w->gradients; i++)
		if (tl_params_dtype(tl_param_set(tl_param_at(t, w->param[i]))) != t->dtype)
			o.sinks = 0;
	void **known = tl_alloc_zero(t->nodes * sizeof *known);
	bool fine = known && !tl_part_collect(t, known, part, w->id, w->ids) &&
		    tl_part_list(t, part, &words) &&
		    tl_compile(t, part, known, &p->compiled, w->id, w->ids, &o);
	tl_free(known);
	tl_free(words.word);
	return fine;
}

static bool bind(tl_program *p, bool profile)
{
	p->outputs = tl_alloc((size_t)p->compiled.output_bytes + TL_ALIGN);
	if (profile)
		p->nanoseconds =
			tl_alloc_zero((p->compiled.code.instructions + 1) * sizeof *p->nanoseconds);
	return p->outputs && (!profile || p->nanoseconds) &&
	       tl_bind(&p->bound, &p->compiled, tl_aligned(p->outputs));
}

static bool list_makers(const tl_tape *t, tl_program *p, const tl_part *part)
{
	if (!p->nanoseconds)
		return true;
	if (!(p->maker = tl_alloc(t->nodes * sizeof *p->maker)))
		return false;
	memset(p->maker, 0xff, t->nodes * sizeof *p->maker);
	for (size_t i = 0; i < part->nodes; i++)
		p->maker[part->node[i]] = p->compiled.code.maker[i];
	return true;
}

static bool build(tl_tape *t, tl_program *p, const tl_wanted *w, bool profile)
{
	tl_part part = {0};
	bool fine = compile(t, p, w, profile, &part) && bind(p, profile) &&
		    list_leaves(t, p, part.node) && list_sinks(t, p, w) && list_results(t, p, w) &&
		    list_draws(t, p, part.node) && list_sets(t, p) && list_makers(t, p, &part) &&
		    (p->origin = tl_origins_list(t, &p->compiled.code, part.node, &p->words));
	tl_part_finish(&part);
	return fine;
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

static bool list_wanted(tl_tape *t, const tl_program_options *o, tl_wanted *w)
{
	bool fine = tl_want_gradients(w, t, o->loss.tape ? o->loss.id : 0) &&
		    (!o->loss.tape || tl_want_assignments(w, t));
	/* gradients among the outputs were recorded by the user, last */
	while (!o->loss.tape && w->forward > 1 && tl_node_at(t, (uint32_t)w->forward - 1)->primal)
		w->forward--;
	for (int i = 0; fine && i < o->output_count; i++)
		fine = tl_want_value(w, o->outputs[i].id);
	return fine && (!o->loss.tape || tl_want_value(w, o->loss.id));
}

tl_program *tl_program_create(tl_tape *t, tl_program_options o)
{
	if (!t || t->problem.status || !tl_sets_alive(t) || !outputs_fit(t, &o))
		return NULL;
	tl_wanted w = {0};
	tl_program *p = tl_alloc_zero(sizeof *p);
	bool fine = p && list_wanted(t, &o, &w) && build(t, p, &w, o.profile);
	tl_wanted_finish(&w);
	if (fine) {
		p->tape = t;
		p->round = t->round;
		return p;
	}
	tl_program_destroy(p);
	tl_report_memory(t, "program");
	return NULL;
}
