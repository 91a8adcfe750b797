/* Programs that users hold: giving them data, running them, reading what came out. */
#include "run/held.h"

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

static leaf *find_input(tl_program *p, tl_tensor x)
{
	for (size_t i = 0; i < p->leaves && x.tape == p->tape && x.generation == p->round; i++)
		if (p->leaf[i].node == x.id && p->leaf[i].op == &tl_op_input)
			return &p->leaf[i];
	return NULL;
}

static result *find_result(tl_program *p, tl_tensor x)
{
	for (size_t i = 0; i < p->results && x.tape == p->tape && x.generation == p->round; i++)
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

static size_t bytes_of(const leaf *l)
{
	return (size_t)l->size * tl_dtype_size(l->dtype);
}

static bool lies_in_leaf(const tl_program *p, uint32_t output, const leaf *l)
{
	const tl_code *code = &p->compiled.code;
	return l ? code->output_root[output] == l->root
		 : code->root[code->output_root[output]].kind == TL_ROOT_LEAF;
}

/* Outputs that lie in the carried input are read from copies, which the run makes before it changes
 * the input. */
static bool copy_results(tl_program *p, const leaf *l)
{
	for (size_t i = 0; i < p->results; i++) {
		result *r = &p->result[i];
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
	void *stage = NULL;
	if (!tl_array_reserve(&p->carry, &p->carry_room, p->carries + 1, sizeof *p->carry) ||
	    (!l->own && !(l->own = tl_alloc(bytes_of(l) + 1))) || !copy_results(p, l) ||
	    (lies_in_leaf(p, r->output, NULL) && !(stage = tl_alloc(bytes_of(l) + 1))))
		return fail(p, TL_ERROR_MEMORY, "carry: out of memory");
	p->carry[p->carries++] = (carry){(uint32_t)(l - p->leaf), r->output, stage};
	return TL_OK;
}

static tl_status find_leaf(tl_program *p, const leaf *l)
{
	const void *data = l->op == &tl_op_full       ? (const void *)&p->number[l->root]
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
	       code->instruction[code->kernel[k]].kernel.place != c->culprit)
		k++;
	tl_origin o = p->origin[code->kernel[k]];
	if (c->culprit == TL_IR_NONE) { /* the compiler's own, which is nowhere on the tape */
		o.site = NULL;
		o.step = -1;
	}
	int used = snprintf(p->problem, sizeof p->problem, "%s: %s", o.op,
			    *c->problem ? c->problem : tl_status_text(status));
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
		const result *r = &p->result[i];
		if (r->copy)
			memcpy(r->copy, tl_output_at(&p->frame, &p->compiled.code, r->output),
			       (size_t)r->size * tl_dtype_size(r->dtype));
	}
	for (size_t i = 0; i < p->carries; i++) {
		const carry *c = &p->carry[i];
		const leaf *l = &p->leaf[c->leaf];
		memcpy(c->stage ? c->stage : l->own,
		       tl_output_at(&p->frame, &p->compiled.code, c->output), bytes_of(l));
	}
	for (size_t i = 0; i < p->carries; i++) {
		leaf *l = &p->leaf[p->carry[i].leaf];
		if (p->carry[i].stage)
			memcpy(l->own, p->carry[i].stage, bytes_of(l));
		l->data = l->own;
	}
}

/* Does an input lie in gradients that are to be added to while it is still read? */
static bool reads_gradients(const tl_program *p)
{
	for (size_t s = 0; s < p->sets; s++) {
		int64_t count;
		const char *block = tl_params_gradients(p->set[s].set, &count), *end = block;
		if (block)
			end += (size_t)count * tl_dtype_size(tl_params_dtype(p->set[s].set));
		for (size_t i = 0; i < p->leaves; i++) {
			const leaf *l = &p->leaf[i];
			const char *data = p->frame.base[l->root];
			if (l->op == &tl_op_input && data < end && data + bytes_of(l) > block)
				return true;
		}
	}
	return false;
}

/* Gradients are added where they are, or to zeros and afterwards to them. */
static tl_status aim_sinks(tl_program *p)
{
	const tl_code *code = &p->compiled.code;
	bool reads = p->sinks && reads_gradients(p);
	size_t bytes = 0;
	for (size_t i = 0; i < p->sinks; i++)
		bytes += tl_aligned_size((size_t)p->sink[i].size * tl_dtype_size(p->sink[i].dtype));
	if (reads && !p->added && !(p->added = tl_alloc(bytes + TL_ALIGN)))
		return fail(p, TL_ERROR_MEMORY, "run: out of memory");
	char *zeros = p->added ? tl_aligned(p->added) : NULL;
	if (reads)
		memset(zeros, 0, bytes);
	for (size_t i = 0; i < p->sinks; i++) {
		const sink *s = &p->sink[i];
		if (code->output_added[s->output])
			p->frame.base[code->output_root[s->output]] =
				reads ? zeros : tl_param_gradient(s->param);
		if (reads)
			zeros += tl_aligned_size((size_t)s->size * tl_dtype_size(s->dtype));
	}
	return TL_OK;
}

static void store_sinks(tl_program *p)
{
	for (size_t i = 0; i < p->sinks; i++) {
		const sink *s = &p->sink[i];
		void *to = s->add ? tl_param_gradient(s->param) : tl_param_value(s->param);
		const void *from = tl_output_at(&p->frame, &p->compiled.code, s->output);
		if (from != to)
			tl_store(to, tl_params_dtype(tl_param_set(s->param)), from, s->dtype,
				 s->size, s->add);
	}
}

static tl_status prepare(tl_program *p)
{
	tl_status status = TL_OK;
	for (size_t i = 0; i < p->sets; i++)
		if (!tl_set_is_alive(p->set[i].set, p->set[i].serial))
			return fail(p, TL_ERROR_ARGUMENT,
				    "run: a parameter set that the program reads was destroyed");
	for (size_t i = 0; i < p->leaves && !status; i++)
		status = find_leaf(p, &p->leaf[i]);
	for (size_t k = 0; k < p->compiled.code.keys; k++)
		p->frame.key[k] = tl_random_bits(p->stream + (uint64_t)p->runs, p->draw[k]);
	return status ? status : aim_sinks(p);
}

tl_status tl_program_run(tl_program *p)
{
	if (!p)
		return TL_ERROR_ARGUMENT;
	*p->problem = 0;
	tl_status status = prepare(p);
	if (status)
		return status;
	tl_run_context c = {.base = p->frame.base,
			    .key = p->frame.key,
			    .workspace = tl_frame_workspace(&p->frame, &p->compiled.code),
			    .nanoseconds = p->nanoseconds};
	status = tl_code_run(&p->compiled.code, &c);
	if (status)
		return explain(p, &c, status);
	p->runs++;
	store_sinks(p);
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
	return r->copy ? r->copy : tl_output_at(&p->frame, &p->compiled.code, r->output);
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
