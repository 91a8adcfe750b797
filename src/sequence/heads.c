/* Scaled dot-product attention, whole sequences at once, and several of them side by side. */
#include <tapeloop/attention.h>
#include <tapeloop/sequence.h>

#include "cell/cell.h"
#include "ops/lengths.h"
#include "cell/make.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool mask_fits(tl_tape *t, tl_tensor mask, const tl_shape *scores, tl_shape masked)
{
	char a[96], b[96];
	tl_shape is = tl_tensor_shape(mask);
	if (tl_shape_same(scores, &masked))
		return true;
	tl_report(t, TL_ERROR_SHAPE, "one of fewer axes, or with axes of 1, is for all alike",
		  "scaled_dot_product_attention: the mask is %s, the scores are %s",
		  tl_shape_text(&is, a), tl_shape_text(scores, b));
	return false;
}

tl_tensor tl_scaled_dot_product_attention(tl_tensor q, tl_tensor k, tl_tensor v, tl_tensor mask)
{
	double size = (double)tl_tensor_dim(q, -1);
	tl_tensor scores = tl_scale(tl_matmul(q, tl_transpose(k)), size > 0 ? 1 / sqrt(size) : 1);
	if (mask.tape) {
		tl_shape all = tl_tensor_shape(scores);
		scores = tl_where(mask, scores, tl_scalar(q.tape, -1e30));
		if (!mask_fits(q.tape, mask, &all, tl_tensor_shape(scores)))
			return (tl_tensor){q.tape, 0, 0};
	}
	tl_tensor w = tl_softmax(scores, -1);
	if (mask.tape)
		w = tl_mul(w, mask); /* a row that may look at nothing sees zeros */
	return tl_matmul(tl_tag(w, "attention"), v);
}

struct tl_multihead {
	int64_t size;
	int heads;
	char name[64];
	tl_param *W[4], *b[4]; /* q, k, v, o */
};

tl_multihead *tl_multihead_create(tl_params *set, const char *name, int64_t size, int heads)
{
	static const char *const letters = "qkvo";
	char full[96];
	if (!set || tl_params_error(set))
		return NULL;
	bool fits = name && *name && strlen(name) < 64 && !strchr(name, '/') && heads > 0 &&
		    tl_size_fits(size) && size % heads == 0;
	bool taken = fits && tl_cell_name_taken(set, name);
	tl_multihead *h = fits && !taken ? tl_alloc_zero(sizeof *h) : NULL;
	if (!h) {
		tl_params_report(set, TL_ERROR_ARGUMENT, "heads %.60s: %s", name ? name : "",
				 taken  ? "the set already has weights of this name"
				 : fits ? "out of memory"
					: "the size is a multiple of heads, the "
					  "name short, without slash");
		return NULL;
	}
	h->size = size;
	h->heads = heads;
	strcpy(h->name, name);
	for (int i = 0; i < 4; i++) {
		snprintf(full, sizeof full, "%s.W_%c", name, letters[i]);
		h->W[i] = tl_params_add(set, full, tl_dims(size, size), tl_init_glorot_uniform());
		snprintf(full, sizeof full, "%s.b_%c", name, letters[i]);
		h->b[i] = tl_params_add(set, full, tl_dims(size), tl_init_zeros());
	}
	if (tl_params_error(set)) {
		tl_free(h);
		return NULL;
	}
	return h;
}

void tl_multihead_destroy(tl_multihead *h)
{
	tl_free(h);
}

/* [n, batch, size] to [batch, heads, n, size / heads] */
static tl_tensor split(const tl_multihead *h, int which, tl_tensor x)
{
	int64_t n = tl_tensor_dim(x, 0), batch = tl_tensor_dim(x, 1);
	x = tl_linear(x, tl_use(x.tape, h->W[which]), tl_use(x.tape, h->b[which]));
	x = tl_reshape(x, tl_dims(n, batch, h->heads, h->size / h->heads));
	return tl_permute(x, (const int[]){1, 2, 0, 3});
}

/* What may be looked at: [batch or 1, 1, m or 1, n] */
static tl_tensor mask_of(tl_tensor lengths, bool causal, tl_tensor query, tl_tensor memory)
{
	tl_tape *t = query.tape;
	int64_t m = tl_tensor_dim(query, 0), n = tl_tensor_dim(memory, 0);
	tl_tensor mask = {0};
	if (lengths.tape) {
		mask = tl_reshape(tl_length_mask(lengths, n), tl_dims(n, tl_tensor_size(lengths)));
		mask = tl_reshape(tl_transpose(mask), tl_dims(tl_tensor_size(lengths), 1, 1, n));
	}
	if (causal) {
		tl_tensor i = tl_cumsum(tl_ones(t, tl_dims(m, 1)), 0);
		tl_tensor j = tl_cumsum(tl_ones(t, tl_dims(1, n)), 1);
		tl_tensor before = tl_reshape(tl_less_equal(j, i), tl_dims(1, 1, m, n));
		mask = lengths.tape ? tl_mul(mask, before) : before;
	}
	return mask;
}

tl_tensor tl_multihead_attend(const tl_multihead *h, tl_tensor query, tl_tensor memory,
			      tl_tensor lengths, bool causal)
{
	tl_tape *t = query.tape;
	tl_tensor none = {t, 0, 0};
	if (!t || t->problem.status || !tl_belongs(t, query, "multihead_attend", 0) ||
	    !tl_belongs(t, memory, "multihead_attend", 1))
		return none;
	if (!h) {
		tl_report(t, TL_ERROR_ARGUMENT, "tl_params_error says why",
			  "multihead_attend: they could not be made");
		return none;
	}
	if (tl_tensor_shape(query).rank != 3 || tl_tensor_shape(memory).rank != 3 ||
	    tl_tensor_dim(query, 2) != h->size || tl_tensor_dim(memory, 2) != h->size ||
	    tl_tensor_dim(query, 1) != tl_tensor_dim(memory, 1)) {
		char a[96], b[96];
		tl_shape q = tl_tensor_shape(query), m = tl_tensor_shape(memory);
		tl_report(t, TL_ERROR_SHAPE, "both are [steps, batch, size]",
			  "multihead_attend: query %s, memory %s, size %lld", tl_shape_text(&q, a),
			  tl_shape_text(&m, b), (long long)h->size);
		return none;
	}
	if (lengths.tape) {
		if (!tl_lengths_fit(t, lengths, tl_tensor_dim(memory, 1), "multihead_attend"))
			return none;
		/* 0 times what stands past the end may be NaN */
		memory = tl_masked(memory, tl_length_mask(lengths, tl_tensor_dim(memory, 0)));
	}
	tl_scope_enter(t, h->name);
	tl_tensor y = tl_scaled_dot_product_attention(split(h, 0, query), split(h, 1, memory),
						      split(h, 2, memory),
						      mask_of(lengths, causal, query, memory));
	y = tl_permute(y, (const int[]){2, 0, 1, 3});
	y = tl_reshape(y, tl_tensor_shape(query));
	y = tl_linear(y, tl_use(t, h->W[3]), tl_use(t, h->b[3]));
	tl_scope_leave(t);
	return y;
}
