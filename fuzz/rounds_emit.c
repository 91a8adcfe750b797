/* An instruction becomes calls of the library, on whatever tape; and words. */
#include "fuzz/rounds.h"

static tl_tensor unary(const instruction *in, tl_tensor x)
{
	switch (in->which) {
	case 0:
		return tl_tanh(x);
	case 1:
		return tl_sigmoid(x);
	case 2:
		return tl_square(x);
	case 3:
		return tl_scale(x, in->number);
	case 4:
		return tl_add_scalar(x, in->number);
	case 5:
		return tl_one_minus(x);
	case 6:
		return tl_sin(x);
	case 7:
		return tl_softplus(x);
	case 8:
		return tl_neg(x);
	default:
		return tl_detach(x);
	}
}

static tl_tensor binary(const instruction *in, tl_tensor x, tl_tensor y)
{
	switch (in->which) {
	case 0:
		return tl_add(x, y);
	case 1:
		return tl_sub(x, y);
	case 2:
		return tl_mul(x, y);
	default:
		return tl_div(x, tl_add_scalar(tl_square(y), 1));
	}
}

static tl_tensor reduce(const instruction *in, tl_tensor x)
{
	switch (in->which) {
	case 0:
		return tl_mean(x, TL_ALL);
	case 1:
		return tl_mean(x, tl_axes(-1));
	case 2:
		return tl_mean(x, tl_keepdims(tl_axes(0)));
	default:
		return tl_scale(tl_sum(x, TL_ALL), 0.125);
	}
}

static tl_tensor along(const instruction *in, tl_tensor x)
{
	switch (in->which) {
	case 0:
		return tl_softmax(x, -1);
	case 1:
		return tl_log_softmax(x, 0);
	case 2:
		return tl_logsumexp(x, tl_axes(-1));
	default:
		return tl_cumsum(x, 0);
	}
}

static tl_tensor form(const instruction *in, tl_tensor x)
{
	int64_t n = tl_tensor_dim(x, 0);
	switch (in->which) {
	case 0:
		return tl_transpose(x);
	case 1:
		return tl_reshape(x, tl_dims(-1));
	case 2:
		return tl_at(x, in->data % (n ? n : 1));
	case 3:
		return tl_slice(x, 0, 0, n > 1 ? n - 1 : n, 1);
	case 4:
		return tl_slice(x, -1, 1, tl_tensor_dim(x, -1), 1);
	default:
		return tl_reverse(x, 0);
	}
}

static tl_tensor join(const instruction *in, tl_tensor x, tl_tensor y)
{
	tl_tensor all[3] = {x, y, x};
	switch (in->which) {
	case 0:
		return tl_concat(all, 2, 0);
	case 1:
		return tl_concat(all, 3, -1);
	case 2:
		return tl_stack(all, 2, 0);
	default:
		return tl_add_n(all, 3);
	}
}

static tl_tensor loss(const world *w, const instruction *in, tl_tensor x, tl_tensor y)
{
	if (in->which == 0)
		return tl_mse(x, y, NULL);
	if (in->which == 1)
		return tl_mean(tl_mul(x, y), TL_ALL);
	tl_tensor target =
		tl_input_int(x.tape, tl_dims(tl_tensor_dim(x, 0)), w->index[0] + in->data);
	return tl_cross_entropy(x, target, NULL);
}

static tl_tensor unroll(const world *w, int which, tl_tape *t, const tl_tensor *pool,
			const instruction *in)
{
	const twin_cell *c = &w->cell[in->cell];
	int64_t steps = in->shape.dim[0], batch = in->shape.dim[1];
	tl_tensor x = in->a >= 0 ? pool[in->a]
				 : tl_input(t, tl_dims(steps, batch, c->in), w->f32 + in->data);
	tl_unroll_options o = {.reverse = in->which & 1};
	if (in->which & 2)
		o.lengths =
			tl_input_int(t, tl_dims(batch), w->index[in->which >> 2 & 1] + in->data);
	if (in->which & 8)
		o.dropout = (tl_dropout_options){
			.input = 0.25, .recurrent_h = 0.5, .variational = in->which & 16};
	return tl_unroll(c->c[which], x, &o).h;
}

static tl_tensor total(tl_tape *t, const tl_tensor *pool, const instruction *in)
{
	tl_tensor sum = tl_scalar(t, 0);
	for (int i = in->more - in->data; i < in->more; i++)
		if (tl_tensor_dtype(pool[i]) != TL_I32)
			sum = tl_add(sum, tl_mean(pool[i], TL_ALL));
	return sum;
}

static tl_tensor leaf(const world *w, int which, tl_tape *t, const instruction *in)
{
	switch (in->op) {
	case R_FULL:
		return in->shape.rank ? tl_full(t, in->shape, in->number)
				      : tl_scalar(t, in->number);
	case R_INPUT:
	case R_BLOCK:
		return in->which & 1 ? tl_input_double(t, in->shape, in->source[which])
				     : tl_input(t, in->shape, in->source[which]);
	case R_CONSTANT:
		return tl_constant(t, in->shape, w->constant + in->data);
	case R_INDEX:
		return tl_input_int(t, in->shape, in->source[which]);
	case R_MASK:
		return tl_dropout_mask(t, in->shape, in->number);
	default:
		return tl_use(t, tl_params_at(w->set[in->set].s[which], in->param));
	}
}

tl_tensor record_emit(const world *w, int which, tl_tape *t, const tl_tensor *pool,
		      const instruction *in)
{
	const tl_tensor none = {t, 0, 0};
	if (in->op <= R_USE || in->op == R_MASK)
		return leaf(w, which, t, in);
	if (in->op == R_UNROLL)
		return unroll(w, which, t, pool, in);
	if (in->op == R_TOTAL)
		return total(t, pool, in);
	tl_tensor a = in->a >= 0 ? pool[in->a] : none, b = in->b >= 0 ? pool[in->b] : none;
	if (in->calm_a)
		a = tl_tanh(a);
	if (in->calm_b)
		b = tl_tanh(b);
	if (in->b == in->a)
		b = a;
	tl_params *set = w->set[in->set].s[which];
	switch (in->op) {
	case R_UNARY:
		return unary(in, a);
	case R_BINARY:
		return binary(in, a, b);
	case R_LINEAR:
		return in->more < 0 ? tl_linear(a, tl_use(t, tl_params_at(set, in->param)), TL_NONE)
				    : tl_linear(a, tl_use(t, tl_params_at(set, in->param)),
						tl_use(t, tl_params_at(set, in->more)));
	case R_REDUCE:
		return reduce(in, a);
	case R_ALONG:
		return along(in, a);
	case R_FORM:
		return form(in, a);
	case R_JOIN:
		return join(in, a, b);
	case R_DROPOUT:
		return tl_dropout(a, in->number);
	case R_GATHER:
		return tl_embedding(a, b);
	case R_LOSS:
		return loss(w, in, a, b);
	case R_GRADIENT: /* of operands as they are: a tanh would be of nothing */
		return tl_grad(tl_mean(pool[in->a], TL_ALL), pool[in->b]);
	case R_NAN:
		return tl_log(tl_add_scalar(tl_neg(tl_square(a)), -1));
	case R_STEP:
		tl_tape_set_step(t, in->data);
		return none;
	case R_TRAINING:
		tl_tape_set_training(t, in->which);
		return none;
	case R_ASSIGN:
		tl_assign(tl_params_at(set, in->param), a);
		return none;
	default:
		return none;
	}
}

void record_print(const instruction *in, int result)
{
	static const char *const name[] = {[R_FULL] = "full",
					   [R_INPUT] = "input",
					   [R_BLOCK] = "input at block",
					   [R_CONSTANT] = "constant",
					   [R_INDEX] = "index",
					   [R_USE] = "use",
					   [R_UNARY] = "unary",
					   [R_BINARY] = "binary",
					   [R_LINEAR] = "linear",
					   [R_REDUCE] = "reduce",
					   [R_ALONG] = "along",
					   [R_FORM] = "form",
					   [R_JOIN] = "join",
					   [R_DROPOUT] = "dropout",
					   [R_MASK] = "drop_mask",
					   [R_GATHER] = "gather",
					   [R_LOSS] = "loss",
					   [R_GRADIENT] = "gradient of mean",
					   [R_UNROLL] = "unroll",
					   [R_NAN] = "NaN of",
					   [R_TOTAL] = "sum of means of",
					   [R_STEP] = "step",
					   [R_TRAINING] = "training",
					   [R_ASSIGN] = "assign",
					   [R_DONE] = "done"};
	static const char *const
		unary_name[] = {"tanh",      "sigmoid", "square",   "scale", "shift",
				"one_minus", "sin",     "softplus", "neg",   "stop_gradient"},
		*const binary_name[] = {"add", "sub", "mul", "div(x, 1 + y y)"},
		*const reduce_name[] = {"mean", "mean axis -1", "mean_keep axis 0", "0.125 sum"},
		*const along_name[] = {"softmax -1", "log_softmax 0", "logsumexp -1", "cumsum 0"},
		*const form_name[] = {"transpose",          "flatten", "at", "all but last",
				      "from 1 on, axis -1", "reverse"},
		*const join_name[] = {"concat(x, y) 0", "concat(x, y, x) -1", "stack(x, y) 0",
				      "add_n(x, y, x)"},
		*const loss_name[] = {"mse", "mean of product", "cross_entropy"};
	const char *const *which = in->op == R_UNARY    ? unary_name
				   : in->op == R_BINARY ? binary_name
				   : in->op == R_REDUCE ? reduce_name
				   : in->op == R_ALONG  ? along_name
				   : in->op == R_FORM   ? form_name
				   : in->op == R_JOIN   ? join_name
				   : in->op == R_LOSS   ? loss_name
							: NULL;
	if (!fuzz_is_told())
		return;
	fuzz_say("  ");
	if (result >= 0)
		fuzz_say("t%d = ", result);
	fuzz_say("%s", which ? which[in->which] : name[in->op]);
	if (in->a >= 0)
		fuzz_say(" %st%d", in->calm_a ? "tanh " : "", in->a);
	if (in->b >= 0)
		fuzz_say(" %st%d", in->calm_b ? "tanh " : "", in->b);
	if (in->op == R_USE || in->op == R_BLOCK || in->op == R_LINEAR || in->op == R_ASSIGN)
		fuzz_say(" set %d param %d", in->set, in->param);
	if (in->op == R_LINEAR && in->more >= 0)
		fuzz_say(" bias %d", in->more);
	if (in->op == R_BLOCK)
		fuzz_say(in->which & 2 ? " gradient" : " value");
	if (in->op == R_UNROLL)
		fuzz_say(" cell %d:%s%s%s%s", in->cell, in->which & 1 ? " backwards" : "",
			 in->which & 2 ? " lengths" : "", (in->which & 6) == 6 ? " too long" : "",
			 in->which & 8 ? " noise" : "");
	if (in->op == R_FULL || in->op == R_DROPOUT || in->op == R_MASK || in->op == R_UNARY)
		fuzz_say(" number %g", in->number);
	if (in->op == R_STEP || in->op == R_FORM)
		fuzz_say(" %d", in->data);
	if (in->op == R_TRAINING)
		fuzz_say(" %d", in->which);
	if (in->op == R_TOTAL)
		fuzz_say(" the %d before", in->data);
	if (in->op == R_INDEX && in->which)
		fuzz_say(" out of range");
	if (in->op == R_INPUT && in->which & 1)
		fuzz_say(" of doubles");
	for (int i = 0; i < in->shape.rank; i++)
		fuzz_say("%s%lld%s", i ? "," : " [", (long long)in->shape.dim[i],
			 i + 1 < in->shape.rank ? "" : "]");
	fuzz_say("\n");
}
