/* Programs that users hold: compiled from a tape, and from then on independent of it. */
#include "plan/compiled.h"
#include "plan/import.h"

#include "base/random.h"
#include "ops/ops.h"

#include <tapeloop/program.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where the data of a leaf is found before a run. */
typedef struct leaf {
	uint32_t node, root;
	const tl_op *op; /* input, constant, full or param */
	tl_param *param;
	tl_dtype dtype, source; /* of the program's numbers; of the data */
	int64_t size;
	const void *data;
	void *own; /* the program's copy: converted, constant, or carried */
} leaf;

typedef struct sink {
	tl_param *param;
	uint32_t output;
	bool add; /* to the gradient; else the value of a buffer is set */
	tl_dtype dtype;
	int64_t size;
} sink;

typedef struct carry {
	uint32_t leaf, output;
	void *stage; /* on the way, where the output is itself an input: states may change places */
} carry;

/* An output as the user knows it. */
typedef struct result {
	uint32_t node, output;
	tl_dtype dtype;
	int64_t size;
} result;

typedef struct origin { /* of an instruction that can fail */
	const char *op, *site;
	int32_t step;
} origin;

struct tl_program {
	tl_compiled compiled;
	tl_frame frame;
	const tl_tape *tape; /* to know handles by; not looked at */
	uint32_t round;
	uint64_t stream;
	int64_t runs;
	char *outputs;
	leaf *leaf;
	sink *sink;
	carry *carry;
	result *result;
	origin *origin; /* per kernel instruction */
	size_t leaves, sinks, carries, carry_room, results;
	double *nanoseconds;
	char problem[512];
};

__attribute__((format(printf, 3, 4))) static tl_status fail(tl_program *p, tl_status status,
							    const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(p->problem, sizeof p->problem, format, arguments);
	va_end(arguments);
	return status;
}

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
	tl_free(p->result);
	tl_free(p->origin);
	tl_free(p->nanoseconds);
	tl_free(p);
}

/* Making one */

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

static bool list_leaf(tl_tape *t, tl_program *p, uint32_t root)
{
	tl_root *r = &p->compiled.code.root[root];
	const tl_node *n = tl_node_at(t, p->compiled.node[r->node]);
	leaf *l = &p->leaf[p->leaves++];
	*l = (leaf){.node = p->compiled.node[r->node],
		    .root = root,
		    .op = n->op,
		    .dtype = n->dtype,
		    .source = n->dtype,
		    .size = tl_shape_size(&n->shape),
		    .data = n->source};
	if (n->op == &tl_op_full) {
		tl_root_number(r, n);
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

static bool list_leaves(tl_tape *t, tl_program *p)
{
	const tl_code *code = &p->compiled.code;
	p->leaf = tl_alloc((code->roots + 1) * sizeof *p->leaf);
	for (size_t r = 0; p->leaf && r < code->roots; r++)
		if (code->root[r].kind == TL_ROOT_LEAF && !list_leaf(t, p, (uint32_t)r))
			return false;
	return p->leaf != NULL;
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
			(sink){param, (uint32_t)i, add, n->dtype, tl_shape_size(&n->shape)};
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
			(result){w->id[i], (uint32_t)i, n->dtype, tl_shape_size(&n->shape)};
	}
	return p->result != NULL;
}

static bool list_origins(const tl_tape *t, tl_program *p)
{
	const tl_code *code = &p->compiled.code;
	p->origin = tl_alloc((code->kernels + 1) * sizeof *p->origin);
	for (size_t k = 0; p->origin && k < code->kernels; k++) {
		uint32_t place = code->instruction[code->kernel[k]].kernel.node;
		const tl_node *n = tl_node_at(t, p->compiled.node[place]);
		p->origin[k] = (origin){n->op->name, n->site, n->step};
	}
	return p->origin != NULL;
}

/* Compiled as if nothing on the tape were known yet, so that a run depends on leaves alone. */
static bool compile(tl_tape *t, tl_program *p, const wanted *w)
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
		    tl_part_list(t, &plan, &plan.part, plan.place) &&
		    tl_compile(t, &plan, &p->compiled, w->id, w->count, &o);
	tl_free(plan.value);
	tl_free(plan.place);
	tl_free(plan.todo);
	tl_free(plan.part.node);
	return fine;
}

static bool build(tl_tape *t, tl_program *p, const wanted *w, bool profile)
{
	if (!compile(t, p, w) || !list_leaves(t, p) || !list_sinks(t, p, w) ||
	    !list_results(t, p, w) || !list_origins(t, p))
		return false;
	tl_code *code = &p->compiled.code;
	p->outputs = tl_alloc((size_t)p->compiled.output_bytes + TL_ALIGN);
	if (profile)
		p->nanoseconds = tl_alloc_zero((code->instructions + 1) * sizeof *p->nanoseconds);
	if (!p->outputs || (profile && !p->nanoseconds) || !tl_frame_reserve(&p->frame, code))
		return false;
	tl_frame_bind(&p->frame, code, tl_aligned(p->outputs));
	return true;
}

static bool outputs_fit(tl_tape *t, const tl_program_options *o)
{
	for (int i = 0; i < o->count; i++)
		if (!tl_belongs(t, o->outputs[i], "program", i))
			return false;
	if (!o->count && !o->loss.tape)
		tl_report(t, TL_ERROR_ARGUMENT, "give outputs, or a loss",
			  "program: nothing to compute");
	return !t->problem.status && (!o->loss.tape || tl_belongs(t, o->loss, "program", o->count));
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
	w->id = tl_alloc((most + w->assignments + (size_t)o->count + 1) * sizeof *w->id);
	w->param = tl_alloc((most + 1) * sizeof *w->param);
	bool fine = w->id && w->param && (!most || !tl_grad(o->loss, wrt, (int)most, wrt + most));
	for (size_t i = 0; fine && i < most; i++) {
		w->param[i] = wrt[i].id;
		w->id[w->count++] = wrt[most + i].id;
	}
	for (size_t i = 0; fine && i < w->assignments; i++)
		w->id[w->count++] = t->assignment[i].node;
	for (int i = 0; fine && i < o->count; i++)
		w->id[w->count++] = o->outputs[i].id;
	if (fine && o->loss.tape)
		w->id[w->count++] = o->loss.id;
	w->results = (size_t)o->count + (o->loss.tape != NULL);
	tl_free(wrt);
	return fine;
}

tl_program *tl_program_create(tl_tape *t, tl_program_options o)
{
	if (!t || t->problem.status || !outputs_fit(t, &o))
		return NULL;
	wanted w = {0};
	tl_program *p = tl_alloc_zero(sizeof *p);
	bool fine = p && list_wanted(t, &o, &w) && build(t, p, &w, o.profile);
	tl_free(w.id);
	tl_free(w.param);
	if (fine) {
		p->tape = t;
		p->round = t->round;
		p->stream = tl_plan_stream(t);
		return p;
	}
	tl_program_destroy(p);
	tl_report_memory(t, "program");
	return NULL;
}

/* Using it */

static leaf *find_input(tl_program *p, tl_tensor x)
{
	for (size_t i = 0; i < p->leaves && x.tape == p->tape && x.round == p->round; i++)
		if (p->leaf[i].node == x.id && p->leaf[i].op == &tl_op_input)
			return &p->leaf[i];
	return NULL;
}

static result *find_result(tl_program *p, tl_tensor x)
{
	for (size_t i = 0; i < p->results && x.tape == p->tape && x.round == p->round; i++)
		if (p->result[i].node == x.id)
			return &p->result[i];
	return NULL;
}

tl_status tl_program_bind(tl_program *p, tl_tensor x, const void *data)
{
	leaf *l = p ? find_input(p, x) : NULL;
	if (!l)
		return p ? fail(p, TL_ERROR_ARGUMENT, "bind: the program reads no such input")
			 : TL_ERROR_ARGUMENT;
	l->data = data;
	return TL_OK;
}

tl_status tl_program_carry(tl_program *p, tl_tensor output, tl_tensor input)
{
	if (!p)
		return TL_ERROR_ARGUMENT;
	leaf *l = find_input(p, input);
	result *r = find_result(p, output);
	if (!l || !r)
		return fail(p, TL_ERROR_ARGUMENT, "carry: the program has no such %s",
			    l ? "output" : "input");
	if (l->dtype != r->dtype || l->size != r->size || l->source != l->dtype)
		return fail(p, TL_ERROR_SHAPE,
			    "carry: the output has %lld numbers, the input %lld, "
			    "or they differ in type",
			    (long long)r->size, (long long)l->size);
	if (!tl_array_reserve(&p->carry, &p->carry_room, p->carries + 1, sizeof *p->carry) ||
	    (!l->own && !(l->own = tl_alloc((size_t)l->size * tl_dtype_size(l->dtype) + 1))))
		return fail(p, TL_ERROR_MEMORY, "carry: out of memory");
	const tl_code *code = &p->compiled.code;
	void *stage = NULL;
	if (code->root[code->output_root[r->output]].kind == TL_ROOT_LEAF &&
	    !(stage = tl_alloc((size_t)l->size * tl_dtype_size(l->dtype) + 1)))
		return fail(p, TL_ERROR_MEMORY, "carry: out of memory");
	p->carry[p->carries++] = (carry){(uint32_t)(l - p->leaf), r->output, stage};
	return TL_OK;
}

static tl_status find_leaf(tl_program *p, const leaf *l)
{
	const void *data = l->op == &tl_op_full
				   ? (const void *)&p->compiled.code.root[l->root].number
			   : l->op == &tl_op_constant ? l->own
			   : l->param                 ? tl_param_value(l->param)
						      : l->data;
	if (!data && l->size)
		return fail(p, TL_ERROR_VALUE,
			    "run: an input has no data; tl_program_bind gives it some");
	if (l->source != l->dtype && l->op != &tl_op_constant) {
		tl_store(l->own, l->dtype, data, l->source, l->size, false);
		data = l->own;
	} else if (l->param && l->own) {
		data = memcpy(l->own, data, (size_t)l->size * tl_dtype_size(l->dtype));
	}
	p->frame.base[l->root] = (void *)data;
	return TL_OK;
}

static tl_status explain(tl_program *p, const tl_run_context *c, tl_status status)
{
	const tl_code *code = &p->compiled.code;
	size_t k = 0;
	while (k + 1 < code->kernels &&
	       code->instruction[code->kernel[k]].kernel.node != c->culprit)
		k++;
	const origin *o = &p->origin[k];
	int used = snprintf(p->problem, sizeof p->problem, "%s: %s", o->op,
			    *c->problem ? c->problem : tl_status_text(status));
	if (o->site && used < (int)sizeof p->problem)
		used += snprintf(p->problem + used, sizeof p->problem - (size_t)used, "\n  at %s",
				 o->site);
	if (o->step >= 0 && used < (int)sizeof p->problem)
		snprintf(p->problem + used, sizeof p->problem - (size_t)used, "%sstep %d",
			 o->site ? ", " : "\n  at ", (int)o->step);
	return status;
}

static void carry_states(tl_program *p)
{
	for (size_t i = 0; i < p->carries; i++) {
		const carry *c = &p->carry[i];
		const leaf *l = &p->leaf[c->leaf];
		memcpy(c->stage ? c->stage : l->own,
		       tl_output_at(&p->frame, &p->compiled.code, c->output),
		       (size_t)l->size * tl_dtype_size(l->dtype));
	}
	for (size_t i = 0; i < p->carries; i++) {
		leaf *l = &p->leaf[p->carry[i].leaf];
		if (p->carry[i].stage)
			memcpy(l->own, p->carry[i].stage,
			       (size_t)l->size * tl_dtype_size(l->dtype));
		l->data = l->own;
	}
}

tl_status tl_program_run(tl_program *p)
{
	if (!p)
		return TL_ERROR_ARGUMENT;
	const tl_code *code = &p->compiled.code;
	tl_status status;
	*p->problem = 0;
	for (size_t i = 0; i < p->leaves; i++)
		if ((status = find_leaf(p, &p->leaf[i])))
			return status;
	for (size_t i = 0; i < p->sinks; i++)
		if (code->output_added[p->sink[i].output])
			p->frame.base[code->output_root[p->sink[i].output]] =
				tl_param_gradient(p->sink[i].param);
	tl_run_context c = {.base = p->frame.base,
			    .node = p->compiled.node,
			    .stream = p->stream + (uint64_t)p->runs,
			    .workspace = tl_frame_workspace(&p->frame, code),
			    .nanoseconds = p->nanoseconds};
	status = tl_code_run(code, &c);
	if (status)
		return explain(p, &c, status);
	p->runs++;
	for (size_t i = 0; i < p->sinks; i++) {
		const sink *s = &p->sink[i];
		if (code->output_added[s->output])
			continue;
		tl_store(s->add ? tl_param_gradient(s->param) : tl_param_value(s->param),
			 tl_params_dtype(tl_param_set(s->param)),
			 tl_output_at(&p->frame, code, s->output), s->dtype, s->size, s->add);
	}
	carry_states(p);
	return TL_OK;
}

static const void *value(tl_program *p, tl_tensor x, tl_dtype dtype)
{
	const result *r = p ? find_result(p, x) : NULL;
	if (!r || r->dtype != dtype || !p->runs) {
		if (p)
			fail(p, TL_ERROR_ARGUMENT,
			     !r         ? "value: it is no output of the program"
			     : !p->runs ? "value: the program has not run"
					: "value: it is of another type");
		return NULL;
	}
	return tl_output_at(&p->frame, &p->compiled.code, r->output);
}

const float *tl_program_value(tl_program *p, tl_tensor x)
{
	return value(p, x, TL_F32);
}

const double *tl_program_value_double(tl_program *p, tl_tensor x)
{
	return value(p, x, TL_F64);
}

const int32_t *tl_program_value_int(tl_program *p, tl_tensor x)
{
	return value(p, x, TL_I32);
}

double tl_program_item(tl_program *p, tl_tensor x)
{
	const result *r = p ? find_result(p, x) : NULL;
	const void *v = value(p, x, r ? r->dtype : TL_F32);
	if (v && r->size != 1)
		fail(p, TL_ERROR_SHAPE, "item: the output is not one number");
	if (!v || r->size != 1)
		return NAN;
	return r->dtype == TL_F32   ? (double)*(const float *)v
	       : r->dtype == TL_F64 ? *(const double *)v
				    : (double)*(const int32_t *)v;
}

const char *tl_program_error(const tl_program *p)
{
	return p && *p->problem ? p->problem : NULL;
}

tl_program_facts tl_program_describe(const tl_program *p)
{
	tl_program_facts f = {0};
	if (!p)
		return f;
	const tl_code *code = &p->compiled.code;
	f = (tl_program_facts){.instructions = (int64_t)code->instructions,
			       .flops = code->flops,
			       .arena_bytes = code->arena_bytes,
			       .output_bytes = p->compiled.output_bytes,
			       .threads = code->threads,
			       .runs = p->runs};
	for (size_t i = 0; p->nanoseconds && i < code->instructions; i++)
		f.nanoseconds += p->nanoseconds[i];
	return f;
}

void tl_program_print(const tl_program *p, FILE *file)
{
	if (p && file)
		tl_code_print(&p->compiled.code, p->nanoseconds, p->runs, file);
}
