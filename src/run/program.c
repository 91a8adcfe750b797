/* Programs that users hold: giving them data, running them, reading what came out. */
#include "run/program.h"

#include "base/random.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 3, 4))) static tl_status fail(tl_program *p, tl_status status,
							    const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(p->problem, sizeof p->problem, format, arguments);
	va_end(arguments);
	return status;
}

static tl_program_leaf *find_input(tl_program *p, tl_tensor x)
{
	for (size_t i = 0; i < p->leaves && x.tape == p->tape && x.generation == p->round; i++)
		if (p->leaf[i].node == x.id && p->leaf[i].source.op == &tl_op_input)
			return &p->leaf[i];
	return NULL;
}

static tl_program_result *find_result(tl_program *p, tl_tensor x)
{
	for (size_t i = 0; i < p->results && x.tape == p->tape && x.generation == p->round; i++)
		if (p->result[i].node == x.id)
			return &p->result[i];
	return NULL;
}

tl_status tl_program_bind(tl_program *p, tl_tensor x, const void *data)
{
	tl_program_leaf *l = p ? find_input(p, x) : NULL;
	if (!l)
		return p ? fail(p, TL_ERROR_ARGUMENT, "bind: the program reads no such input")
			 : TL_ERROR_ARGUMENT;
	l->source.data = data;
	return TL_OK;
}

static bool lies_in_leaf(const tl_program *p, uint32_t output, const tl_program_leaf *l)
{
	const tl_code *code = &p->compiled.code;
	return l ? code->output_root[output] == l->root
		 : code->root[code->output_root[output]].kind == TL_ROOT_LEAF;
}

/* Outputs that lie in the carried input are read from copies, which the run makes before it changes
 * the input. */
static bool copy_results(tl_program *p, const tl_program_leaf *l)
{
	for (size_t i = 0; i < p->results; i++) {
		tl_program_result *r = &p->result[i];
		if (!r->copy && lies_in_leaf(p, r->output, l) &&
		    !(r->copy = tl_alloc((size_t)r->size * tl_dtype_size(r->dtype) + 1)))
			return false;
	}
	return true;
}

tl_status tl_program_carry(tl_program *p, tl_tensor output, tl_tensor input)
{
	if (!p)
		return TL_ERROR_ARGUMENT;
	tl_program_leaf *l = find_input(p, input);
	tl_program_result *r = find_result(p, output);
	if (!l || !r)
		return fail(p, TL_ERROR_ARGUMENT, "carry: the program has no such %s",
			    l ? "output" : "input");
	const tl_source *to = &l->source;
	if (to->dtype != r->dtype || to->size != r->size || to->stored != to->dtype)
		return fail(p, TL_ERROR_SHAPE,
			    "carry: the output has %lld numbers, the input %lld, "
			    "or they differ in type",
			    (long long)r->size, (long long)to->size);
	void *stage = NULL;
	if (!tl_array_reserve(&p->carry, &p->carry_room, p->carries + 1, sizeof *p->carry) ||
	    (!l->own && !(l->own = tl_alloc(tl_source_bytes(&l->source) + 1))) ||
	    !copy_results(p, l) ||
	    (lies_in_leaf(p, r->output, NULL) &&
	     !(stage = tl_alloc(tl_source_bytes(&l->source) + 1))))
		return fail(p, TL_ERROR_MEMORY, "carry: out of memory");
	p->carry[p->carries++] = (tl_program_carry_pair){(uint32_t)(l - p->leaf), r->output, stage};
	return TL_OK;
}

static tl_status bind_leaf(tl_program *p, tl_program_leaf *l)
{
	tl_source *s = &l->source;
	if (s->param)
		s->data = tl_param_value(s->param); /* sets grow, and their values move */
	if (tl_source_is_missing(s))
		return fail(p, TL_ERROR_VALUE,
			    "run: an input has no data; tl_program_bind gives it some");
	void *data = tl_source_lies(s) ? (void *)s->data : tl_source_read(s, l->own);
	if (l->detached && data != l->own)
		data = memcpy(l->own, data, tl_source_bytes(s));
	p->bound.base[l->root] = data;
	return TL_OK;
}

static tl_status explain(tl_program *p, const tl_run_context *c, tl_status status)
{
	const tl_code *code = &p->compiled.code;
	size_t k = 0;
	while (k + 1 < code->kernels &&
	       code->instruction[code->kernel[k]].kernel.place != c->culprit)
		k++;
	tl_origin o = p->origin[code->kernel[k]];
	if (c->culprit == TL_IR_NONE) { /* the compiler's own, which is nowhere on the tape */
		o.site = NULL;
		o.step = -1;
	}
	int used = snprintf(p->problem, sizeof p->problem, "%s: %s", o.op,
			    tl_bound_problem(c, status));
	if (o.site && used < (int)sizeof p->problem)
		used += snprintf(p->problem + used, sizeof p->problem - (size_t)used, "\n  at %s",
				 o.site);
	if (o.step >= 0 && used < (int)sizeof p->problem)
		snprintf(p->problem + used, sizeof p->problem - (size_t)used, "%sstep %d",
			 o.site ? ", " : "\n  at ", (int)o.step);
	return status;
}

static void carry_states(tl_program *p)
{
	for (size_t i = 0; i < p->results; i++) {
		const tl_program_result *r = &p->result[i];
		if (r->copy)
			memcpy(r->copy, tl_bound_output(&p->bound, r->output),
			       (size_t)r->size * tl_dtype_size(r->dtype));
	}
	for (size_t i = 0; i < p->carries; i++) {
		const tl_program_carry_pair *c = &p->carry[i];
		const tl_program_leaf *l = &p->leaf[c->leaf];
		memcpy(c->stage ? c->stage : l->own, tl_bound_output(&p->bound, c->output),
		       tl_source_bytes(&l->source));
	}
	for (size_t i = 0; i < p->carries; i++) {
		tl_program_leaf *l = &p->leaf[p->carry[i].leaf];
		if (p->carry[i].stage)
			memcpy(l->own, p->carry[i].stage, tl_source_bytes(&l->source));
		l->source.data = l->own;
	}
}

static tl_status prepare(tl_program *p)
{
	tl_status status = TL_OK;
	tl_bound *b = &p->bound;
	for (size_t i = 0; i < p->sets; i++)
		if (!tl_set_is_alive(p->set[i].set, p->set[i].serial))
			return fail(p, TL_ERROR_ARGUMENT,
				    "run: a parameter set that the program reads was destroyed");
	for (size_t i = 0; i < p->leaves && !status; i++)
		status = bind_leaf(p, &p->leaf[i]);
	for (size_t k = 0; k < p->compiled.code.keys; k++)
		b->key[k] = tl_random_bits(p->stream + (uint64_t)p->runs, p->draw[k]);
	for (size_t i = 0; i < b->sinks; i++) {
		tl_sink *s = &b->sink[i];
		s->to = s->add ? tl_param_gradient(s->param) : tl_param_value(s->param);
	}
	if (!status && !tl_bound_aim_sinks(b, p->set, p->sets))
		status = fail(p, TL_ERROR_MEMORY, "run: out of memory");
	return status;
}

tl_status tl_program_run(tl_program *p)
{
	if (!p)
		return TL_ERROR_ARGUMENT;
	*p->problem = 0;
	tl_status status = prepare(p);
	if (status)
		return status;
	tl_run_context c = {.nanoseconds = p->nanoseconds};
	status = tl_bound_run(&p->bound, &c);
	if (status)
		return explain(p, &c, status);
	p->runs++;
	carry_states(p);
	return TL_OK;
}

static const void *value(tl_program *p, tl_tensor x, tl_dtype dtype)
{
	const tl_program_result *r = p ? find_result(p, x) : NULL;
	if (!r || r->dtype != dtype || !p->runs) {
		if (p)
			fail(p, TL_ERROR_ARGUMENT,
			     !r         ? "value: it is no output of the program"
			     : !p->runs ? "value: the program has not run"
					: "value: it is of another type");
		return NULL;
	}
	return r->copy ? r->copy : tl_bound_output(&p->bound, r->output);
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
	const tl_program_result *r = p ? find_result(p, x) : NULL;
	const void *v = value(p, x, r ? r->dtype : TL_F32);
	if (v && r->size != 1)
		fail(p, TL_ERROR_SHAPE, "item: the output is not one number");
	return v && r->size == 1 ? tl_number_at(v, r->dtype, 0) : NAN;
}

const char *tl_program_error(const tl_program *p)
{
	return p && *p->problem ? p->problem : NULL;
}

tl_program_stats tl_program_get_stats(const tl_program *p)
{
	tl_program_stats f = {0};
	if (!p)
		return f;
	const tl_code *code = &p->compiled.code;
	f = (tl_program_stats){.instructions = (int64_t)code->instructions,
			       .flops = code->flops,
			       .arena_bytes = code->arena_bytes,
			       .output_bytes = p->compiled.output_bytes,
			       .thread_count = code->threads,
			       .run_count = p->runs};
	for (size_t i = 0; p->nanoseconds && i < code->instructions; i++)
		f.nanoseconds += p->nanoseconds[i];
	return f;
}

void tl_program_print(const tl_program *p, FILE *file)
{
	if (p && file)
		tl_code_print(&p->compiled.code, p->origin, p->nanoseconds, p->runs, file);
}
