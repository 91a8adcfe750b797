/* One query a step against all keys: scores, softmax over the keys, weighted sum. */
#include <tapeloop/attention.h>
#include <tapeloop/sequence.h>

#include "cell/cell.h"
#include "ops/lengths.h"
#include "cell/make.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct tl_attention {
	tl_attention_options o;
	char name[64];
	tl_param *W, *U, *v, *F, *V, *b; /* those that the score has */
};

static const char *refusal(const char *name, const tl_attention_options *o)
{
	if (!name || !*name || strlen(name) >= sizeof((tl_attention *)0)->name || strchr(name, '/'))
		return "a name has no slash, is not empty and has less than 64 letters";
	if (!tl_size_fits(o->query_size) || !tl_size_fits(o->key_size) ||
	    !tl_size_fits(o->hidden_size))
		return "query, key and size are at least 1 and less than 2^31";
	if ((unsigned)o->score > TL_SCORE_LOCATION_AWARE)
		return "there is no such score";
	if ((o->score == TL_SCORE_DOT || o->score == TL_SCORE_SCALED_DOT) &&
	    o->query_size != o->key_size)
		return "a dot product needs query and key of one size";
	if (o->score == TL_SCORE_LOCATION && o->max_steps < 1)
		return "a location score needs the longest number of steps";
	if (o->width % 2 == 0 || o->width < 0 || o->filters < 0)
		return "the convolution is of odd width";
	return NULL;
}

static tl_param *added(tl_params *set, const char *name, const char *weight, tl_shape shape,
		       tl_init init)
{
	char full[96];
	snprintf(full, sizeof full, "%s.%s", name, weight);
	return tl_params_add(set, full, shape, init);
}

static void add_weights(tl_attention *a, tl_params *set)
{
	const tl_attention_options *o = &a->o;
	int64_t n = o->hidden_size;
	switch (o->score) {
	case TL_SCORE_LOCATION_AWARE:
		a->F = added(set, a->name, "F", tl_dims(o->filters, 1, o->width),
			     tl_init_glorot_uniform());
		a->V = added(set, a->name, "V", tl_dims(n, o->filters), tl_init_glorot_uniform());
		a->b = added(set, a->name, "b", tl_dims(n), tl_init_zeros());
		/* fall through */
	case TL_SCORE_ADDITIVE:
		a->W = added(set, a->name, "W", tl_dims(n, o->query_size),
			     tl_init_glorot_uniform());
		a->U = added(set, a->name, "U", tl_dims(n, o->key_size), tl_init_glorot_uniform());
		a->v = added(set, a->name, "v", tl_dims(1, n), tl_init_glorot_uniform());
		break;
	case TL_SCORE_CONCAT:
		a->W = added(set, a->name, "W", tl_dims(n, o->query_size + o->key_size),
			     tl_init_glorot_uniform());
		a->v = added(set, a->name, "v", tl_dims(1, n), tl_init_glorot_uniform());
		break;
	case TL_SCORE_GENERAL:
		a->W = added(set, a->name, "W", tl_dims(o->query_size, o->key_size),
			     tl_init_glorot_uniform());
		break;
	case TL_SCORE_LOCATION:
		a->W = added(set, a->name, "W", tl_dims(o->max_steps, o->query_size),
			     tl_init_glorot_uniform());
		break;
	case TL_SCORE_DOT:
	case TL_SCORE_SCALED_DOT:
		break;
	}
}

tl_attention *tl_attention_create(tl_params *set, const char *name, tl_attention_options o)
{
	if (!set || tl_params_error(set))
		return NULL;
	o.hidden_size = o.hidden_size ? o.hidden_size : o.key_size;
	o.filters = o.filters ? o.filters : 8;
	o.width = o.width ? o.width : 5;
	const char *problem = refusal(name, &o);
	if (!problem && tl_cell_name_taken(set, name))
		problem = "the set already has weights of this name";
	tl_attention *a = problem ? NULL : tl_alloc_zero(sizeof *a);
	if (!a) {
		tl_params_report(set, TL_ERROR_ARGUMENT, "attention %.60s: %s", name ? name : "",
				 problem ? problem : "out of memory");
		return NULL;
	}
	a->o = o;
	strcpy(a->name, name);
	add_weights(a, set);
	if (tl_params_error(set)) {
		tl_free(a);
		return NULL;
	}
	return a;
}

void tl_attention_destroy(tl_attention *a)
{
	tl_free(a);
}

static tl_tensor part_of_W(const tl_attention *a, tl_tape *t, bool of_keys)
{
	int64_t q = a->o.query_size;
	tl_tensor W = tl_use(t, a->W);
	return of_keys ? tl_slice(W, 1, q, q + a->o.key_size, 1) : tl_slice(W, 1, 0, q, 1);
}

/* What of the score comes from the keys alone: U h, W h, or h itself. */
static tl_tensor project(const tl_attention *a, tl_tensor keys)
{
	tl_tape *t = keys.tape;
	switch (a->o.score) {
	case TL_SCORE_LOCATION_AWARE:
		return tl_linear(keys, tl_use(t, a->U), tl_use(t, a->b));
	case TL_SCORE_ADDITIVE:
		return tl_linear(keys, tl_use(t, a->U), TL_NONE);
	case TL_SCORE_CONCAT:
		return tl_linear(keys, part_of_W(a, t, true), TL_NONE);
	case TL_SCORE_GENERAL:
		return tl_linear(keys, tl_use(t, a->W), TL_NONE);
	default:
		return keys;
	}
}

tl_attention_memory tl_attention_prepare(const tl_attention *a, tl_tensor keys, tl_tensor lengths)
{
	tl_attention_memory m = {0};
	tl_tape *t = keys.tape;
	if (!t || t->problem.status || !tl_belongs(t, keys, "attention", 0))
		return m;
	if (!a || tl_tensor_shape(keys).rank != 3 || tl_tensor_dim(keys, 2) != a->o.key_size) {
		char text[96];
		tl_shape s = tl_tensor_shape(keys);
		tl_report(t, a ? TL_ERROR_SHAPE : TL_ERROR_ARGUMENT,
			  a ? "keys are [steps, batch, key]" : "tl_params_error says why",
			  "attention: %s%s", a ? "keys are " : "it could not be made",
			  a ? tl_shape_text(&s, text) : "");
		return m;
	}
	if (lengths.tape && !tl_lengths_fit(t, lengths, tl_tensor_dim(keys, 1), "attention"))
		return m;
	tl_scope_enter(t, a->name);
	if (lengths.tape) {
		tl_tensor mask = tl_length_mask(lengths, tl_tensor_dim(keys, 0));
		keys = tl_masked(keys, mask);
		m.mask = tl_reshape(mask, tl_dims(tl_tensor_dim(keys, 0), tl_tensor_dim(keys, 1)));
	}
	m.of = a;
	m.keys = keys;
	m.projected = project(a, keys);
	tl_scope_leave(t);
	return m;
}

/* V (F * a), a the last weights: [steps, batch, size] */
static tl_tensor seen_before(const tl_attention *a, const tl_attention_memory *m)
{
	tl_tape *t = m->keys.tape;
	int64_t steps = tl_tensor_dim(m->keys, 0), batch = tl_tensor_dim(m->keys, 1);
	tl_tensor last = m->weights.id ? m->weights : tl_zeros(t, tl_dims(steps, batch));
	tl_tensor row = tl_reshape(tl_transpose(last), tl_dims(batch, 1, steps));
	row = tl_conv1d(row, tl_use(t, a->F), &(tl_conv_options){.padding = {a->o.width / 2}});
	return tl_linear(tl_permute(row, (const int[]){2, 0, 1}), tl_use(t, a->V), TL_NONE);
}

/* [steps, batch] */
static tl_tensor scores(const tl_attention *a, tl_tensor s, const tl_attention_memory *m)
{
	tl_tape *t = s.tape;
	tl_tensor sum, W;
	switch (a->o.score) {
	case TL_SCORE_LOCATION:
		W = tl_slice(tl_use(t, a->W), 0, 0, tl_tensor_dim(m->keys, 0), 1);
		return tl_transpose(tl_linear(s, W, TL_NONE));
	case TL_SCORE_DOT:
	case TL_SCORE_GENERAL:
		return tl_sum(tl_mul(m->projected, s), tl_axes(2));
	case TL_SCORE_SCALED_DOT:
		sum = tl_sum(tl_mul(m->projected, s), tl_axes(2));
		return tl_scale(sum, 1 / sqrt((double)a->o.key_size));
	default:
		break;
	}
	W = a->o.score == TL_SCORE_CONCAT ? part_of_W(a, t, false) : tl_use(t, a->W);
	sum = tl_add(m->projected, tl_linear(s, W, TL_NONE));
	if (a->o.score == TL_SCORE_LOCATION_AWARE)
		sum = tl_add(sum, seen_before(a, m));
	sum = tl_linear(tl_tanh(sum), tl_use(t, a->v), TL_NONE);
	return tl_reshape(sum, tl_dims(tl_tensor_dim(m->keys, 0), tl_tensor_dim(m->keys, 1)));
}

static bool query_fits(const tl_attention *a, tl_tensor s, const tl_attention_memory *m)
{
	char text[96];
	tl_shape shape = tl_tensor_shape(s);
	if (shape.rank == 2 && shape.dim[0] == tl_tensor_dim(m->keys, 1) &&
	    shape.dim[1] == a->o.query_size &&
	    (a->o.score != TL_SCORE_LOCATION || tl_tensor_dim(m->keys, 0) <= a->o.max_steps))
		return true;
	tl_report(s.tape, TL_ERROR_SHAPE,
		  "queries are [batch, query]; a location score has a longest number of steps",
		  "attention_context: the query is %s, %lld keys for a batch of %lld",
		  tl_shape_text(&shape, text), (long long)tl_tensor_dim(m->keys, 0),
		  (long long)tl_tensor_dim(m->keys, 1));
	return false;
}

/* softmax over the keys that there are, and 0 for the others */
static tl_tensor weights_of(tl_tensor scores, tl_tensor mask)
{
	tl_tape *t = scores.tape;
	if (!mask.id)
		return tl_softmax(scores, 0);
	tl_tensor w = tl_softmax(tl_where(mask, scores, tl_scalar(t, -1e30)), 0);
	return tl_mul(w, mask);
}

tl_tensor tl_attention_context(const tl_attention *a, tl_tensor s, tl_attention_memory *m)
{
	tl_tape *t = s.tape;
	tl_tensor none = {t, 0, 0};
	if (!t || t->problem.status)
		return none;
	if (!a || !m) {
		tl_report(t, TL_ERROR_ARGUMENT,
			  "tl_attention_create makes one, tl_attention_prepare the other",
			  "attention_context: there is no %s", a ? "memory" : "attention");
		return none;
	}
	if (m->of && m->of != a) {
		tl_report(t, TL_ERROR_ARGUMENT, "each attention needs a memory of its own",
			  "attention_context: %s was given the memory of another attention",
			  a->name);
		return none;
	}
	if (!tl_belongs(t, s, "attention_context", 0) ||
	    !tl_belongs(t, m->keys, "attention_context", 1) || !query_fits(a, s, m))
		return none;
	tl_scope_enter(t, a->name);
	m->weights = tl_tag(weights_of(scores(a, s, m), m->mask), "attention");
	tl_shape shape = tl_tensor_shape(m->weights);
	tl_tensor w = tl_reshape(m->weights, tl_dims(shape.dim[0], shape.dim[1], 1));
	tl_tensor context = tl_sum(tl_mul(w, m->keys), tl_axes(0));
	tl_scope_leave(t);
	return context;
}

tl_state tl_attention_step(const tl_cell *cell, const tl_attention *a, tl_tensor x, tl_state s,
			   tl_attention_memory *m)
{
	tl_tensor parts[2] = {x, tl_attention_context(a, s.h, m)};
	return tl_cell_step(cell, tl_concat(parts, 2, 1), s);
}
