/* How bytes become calls. */
#include "fuzz/ops.h"

#include <stdio.h>

/* Bytes */

static unsigned byte(fuzz_bytes *b)
{
	return b->at < b->size ? b->data[b->at++] : 0;
}

static int below(fuzz_bytes *b, int n)
{
	return (int)(byte(b) % (unsigned)n);
}

/* Mostly small, sometimes what nobody would ask for. */
static int64_t number(fuzz_bytes *b)
{
	static const int64_t odd[] = {
		-1, -2, -7, INT64_MAX, INT64_MIN, 1 << 24, (int64_t)1 << 48, 1 << 12};
	unsigned x = byte(b);
	return x < 240 ? x % 5 : odd[x % 8];
}

static tl_shape shape(fuzz_bytes *b)
{
	tl_shape s = {.rank = below(b, 5)};
	for (int i = 0; i < s.rank; i++)
		s.dim[i] = number(b);
	if (byte(b) > 250)
		s.rank = 1000;
	return s;
}

static int axis(fuzz_bytes *b)
{
	return below(b, 7) - 3;
}

static double real(fuzz_bytes *b)
{
	return (below(b, 31) - 15) / 8.0;
}

/* Mostly of the pool; now and then none, or one that is out of date. */
static tl_tensor pick(const fuzz_pool *p, fuzz_bytes *b)
{
	unsigned x = byte(b);
	if (x == 255)
		return TL_NONE;
	if (x == 254)
		return (tl_tensor){p->tape, 1, 0};
	/* the later half more often than the earlier, so that programs are deep */
	return p->tensor[x & 128 ? p->count - 1 - (int)(x % 128) % ((p->count + 1) / 2)
				 : (int)x % p->count];
}

/* Calls */

typedef tl_tensor (*unary)(tl_tensor);
typedef tl_tensor (*binary)(tl_tensor, tl_tensor);
typedef tl_tensor (*reduction)(tl_tensor, tl_axis_list);
typedef tl_tensor (*along)(tl_tensor, int);

static tl_tensor linear(tl_tensor x, tl_tensor W)
{
	return (tl_linear)(x, W, TL_NONE);
}

static const unary smooth_unary[] = {
	(tl_neg),      (tl_square),  (tl_sin),      (tl_cos),       (tl_tanh),
	(tl_exp),      (tl_sigmoid), (tl_softplus), (tl_one_minus), (tl_transpose),
	(tl_erf),      (tl_erfc),    (tl_gelu),     (tl_silu),      (tl_mish),
	(tl_softsign), (tl_expm1),   (tl_atan),     (tl_sinh),      (tl_cosh),
};
static const unary jumpy_unary[] = {
	(tl_abs),        (tl_sign),  (tl_floor),     (tl_log),    (tl_sqrt), (tl_rsqrt),
	(tl_reciprocal), (tl_relu),  (tl_hard_tanh), (tl_detach), (tl_cast), (tl_ceil),
	(tl_round),      (tl_log1p), (tl_tan),       (tl_asin),   (tl_acos),
};
static const binary smooth_binary[] = {(tl_add), (tl_sub), (tl_mul), (tl_matmul), linear};
static const binary jumpy_binary[] = {
	(tl_div),        (tl_pow),     (tl_maximum),       (tl_minimum), (tl_less),
	(tl_less_equal), (tl_greater), (tl_greater_equal), (tl_equal),   (tl_not_equal),
};
enum { CONTINUOUS = 4 }; /* the first of these */
static const reduction smooth_reductions[] = {(tl_sum), (tl_mean), (tl_logsumexp)};
static const reduction jumpy_reductions[] = {(tl_max), (tl_min)};
static const along smooth_along[] = {(tl_cumsum), (tl_reverse), (tl_softmax), (tl_log_softmax)};

#define ONE_OF(TABLE, b) (TABLE)[below((b), (int)(sizeof(TABLE) / sizeof *(TABLE)))]

static tl_tensor call_unary(fuzz_pool *p, fuzz_bytes *b)
{
	return ONE_OF(smooth_unary, b)(pick(p, b));
}

static tl_tensor call_jumpy_unary(fuzz_pool *p, fuzz_bytes *b)
{
	unary f = ONE_OF(jumpy_unary, b);
	p->smooth = false;
	p->steady &= f != (tl_sign) && f != (tl_floor) && f != (tl_ceil) && f != (tl_round);
	return f(pick(p, b));
}

static tl_tensor call_binary(fuzz_pool *p, fuzz_bytes *b)
{
	binary f = ONE_OF(smooth_binary, b);
	tl_tensor x = pick(p, b);
	return f(x, pick(p, b));
}

static tl_tensor call_jumpy_binary(fuzz_pool *p, fuzz_bytes *b)
{
	int which = below(b, (int)(sizeof jumpy_binary / sizeof *jumpy_binary));
	binary f = jumpy_binary[which];
	tl_tensor x = pick(p, b);
	p->smooth = false;
	p->steady &= which < CONTINUOUS;
	return f(x, pick(p, b));
}

static tl_tensor call_reduction(fuzz_pool *p, fuzz_bytes *b)
{
	reduction f = ONE_OF(smooth_reductions, b);
	if (byte(b) > 200 && !p->plain) {
		f = ONE_OF(jumpy_reductions, b);
		p->smooth = false;
	}
	tl_tensor x = pick(p, b);
	tl_axis_list axes = {.count = below(b, 5), .keepdims = byte(b) & 1};
	for (int i = 0; i < axes.count && i < TL_MAX_RANK; i++)
		axes.axis[i] = axis(b);
	return f(x, axes);
}

static tl_tensor call_along(fuzz_pool *p, fuzz_bytes *b)
{
	along f = ONE_OF(smooth_along, b);
	tl_tensor x = pick(p, b);
	return f(x, axis(b));
}

static tl_tensor call_number(fuzz_pool *p, fuzz_bytes *b)
{
	int kind = below(b, p->plain ? 2 : 7);
	tl_tensor x = pick(p, b);
	double u = real(b), v = real(b);
	p->smooth &= kind < 2;
	p->steady &= kind < 6;
	switch (kind) {
	case 0:
		return tl_scale(x, u);
	case 1:
		return tl_add_scalar(x, u);
	case 2:
		return tl_clamp(x, u, v);
	case 3:
		return tl_leaky_relu(x, u);
	case 4:
		return tl_elu(x, u);
	case 5:
		return tl_hard_sigmoid(x, u, v);
	default:
		return tl_where(x, pick(p, b), pick(p, b));
	}
}

static tl_tensor call_slice(fuzz_pool *p, fuzz_bytes *b)
{
	int kind = below(b, 3), a = axis(b);
	tl_tensor x = pick(p, b), part[8];
	int64_t start = number(b), stop = number(b);
	if (kind == 0)
		return tl_at(x, start);
	if (kind == 1)
		return tl_slice(x, a, start, stop, number(b));
	int parts = (int)(start & 7);
	if (parts > 0 && !tl_split(x, a, parts, part))
		return part[stop & 1 && parts > 1];
	return tl_slice(x, a, start, stop, 1);
}

static tl_tensor call_form(fuzz_pool *p, fuzz_bytes *b)
{
	int kind = below(b, 5), order[TL_MAX_RANK];
	tl_tensor x = pick(p, b);
	switch (kind) {
	case 0: /* a reshape that fits, if nothing odd comes of it */
		return tl_reshape(x, tl_dims(-1, byte(b) % 4 ? 1 : number(b)));
	case 1:
		return tl_reshape(x, shape(b));
	case 2:
		return tl_broadcast_to(x, shape(b));
	case 3:
		return tl_sum_to(x, shape(b));
	default:
		for (int i = 0; i < TL_MAX_RANK; i++)
			order[i] = axis(b);
		return tl_permute(x, order);
	}
}

static tl_tensor call_join(fuzz_pool *p, fuzz_bytes *b)
{
	int kind = below(b, 4), count = below(b, 4), a = axis(b);
	tl_tensor x[3] = {pick(p, b), pick(p, b), pick(p, b)};
	if (byte(b) % 2) /* so that shapes fit */
		x[1] = x[2] = x[0];
	switch (kind) {
	case 0:
		return tl_concat(x, count, a);
	case 1:
		return tl_stack(x, count, a);
	case 2:
		return tl_add_n(x, count);
	default:
		return tl_pad(x[0], a, number(b) % 4, count, 0.5);
	}
}

static tl_tensor call_leaf(fuzz_pool *p, fuzz_bytes *b)
{
	static const float data[64] = {0.5f, -1, 2, 0.25f, -0.125f, 1};
	static const int32_t integers[64] = {0, 1, 2, 1, 0, -1};
	int kind = below(b, 5);
	tl_shape s = shape(b);
	int64_t size = 1;
	for (int i = 0; i < s.rank && i < TL_MAX_RANK; i++)
		size = s.dim[i] < 0 || s.dim[i] > 64 ? 65
		       : size * s.dim[i] > 64        ? 65
						     : size * s.dim[i];
	switch (size > 64 ? 2 + kind % 2 : kind) {
	case 0:
		return tl_constant(p->tape, s, data);
	case 1:
		return tl_input(p->tape, s, data);
	case 2:
		return tl_full(p->tape, s, real(b));
	case 3:
		return tl_input(p->tape, s, NULL);
	default:
		return tl_constant_int(p->tape, s, integers);
	}
}

static tl_tensor call_index(fuzz_pool *p, fuzz_bytes *b)
{
	static const int32_t in_range[] = {0, 1, 1, 0, 2, 0}, out_of_range[] = {0, -1, 7, 1, 2, 0};
	int kind = below(b, 6), a = axis(b);
	tl_tensor x = pick(p, b), index = pick(p, b);
	tl_cross_entropy_options options = {.use_ignore_index = byte(b) & 1,
					    .label_smoothing = byte(b) % 4 / 4.0,
					    .reduction = (tl_loss_reduction)below(b, 3)};
	if (byte(b) % 4) /* else whatever was picked, which is seldom integers */
		index = tl_constant_int(p->tape, byte(b) & 1 ? tl_dims(2) : tl_dims(2, 3),
					byte(b) > 230 ? out_of_range : in_range);
	switch (kind) {
	case 0:
		return tl_embedding(x, index);
	case 1:
		return tl_segment_sum(x, index, number(b));
	case 2:
		return byte(b) & 1 ? tl_pick(x, index, a) : tl_take_along_axis(x, index, a);
	case 3:
		return tl_one_hot(index, number(b));
	case 4:
		return tl_cross_entropy(x, index, &options);
	default:
		p->smooth = p->steady = false;
		return tl_cast(tl_argmax(x, a));
	}
}

static tl_tensor call_loss(fuzz_pool *p, fuzz_bytes *b)
{
	int kind = below(b, p->plain ? 3 : 5), a = axis(b);
	tl_tensor x = pick(p, b), y = pick(p, b);
	switch (kind) {
	case 0:
		return tl_mse(x, y, NULL);
	case 1:
		return tl_layer_norm(x, y, pick(p, b), 0.1);
	case 2:
		return tl_batch_norm(x, y, pick(p, b), a, NULL);
	case 3:
		p->smooth = false;
		return byte(b) & 1 ? tl_mae(x, y, NULL) : tl_huber(x, y, 0.5 + real(b), NULL);
	default:
		p->smooth = false;
		return byte(b) & 1 ? tl_binary_cross_entropy_with_logits(x, tl_sigmoid(y), NULL)
				   : tl_dropout(x, real(b));
	}
}

static tl_tensor call_window(fuzz_pool *p, fuzz_bytes *b)
{
	int kind = below(b, 4);
	tl_tensor x = pick(p, b), w = pick(p, b);
	int64_t size[2] = {number(b), 1 + byte(b) % 2};
	tl_conv_options options = {.stride = {byte(b) % 3, 1}, .padding = {byte(b) % 2, 0}};
	if (kind >= 2 && tl_tensor_shape(x).rank < 4 && byte(b) % 4)
		x = tl_reshape(x, tl_dims(1, 1, -1, 2));
	switch (kind) {
	case 0:
		return tl_conv1d(x, w, &options);
	case 1:
		return tl_conv2d(x, w, byte(b) & 1 ? &options : NULL);
	case 2:
		return tl_average_pool2d(x, size, &options);
	default:
		p->smooth = false;
		return tl_max_pool2d(x, size, &options);
	}
}

/* The example of an op out of the registry: every op, also those that nobody has listed here. */
static tl_tensor call_sample(fuzz_pool *p, fuzz_bytes *b)
{
	const tl_op *op = tl_op_at((int)((byte(b) << 8 | byte(b)) % (unsigned)tl_op_count()));
	p->smooth = false;
	if (!op->example)
		return tl_apply(op, NULL, op->attr_size ? 0 : 2,
				(tl_tensor[]){pick(p, b), pick(p, b)});
	tl_example s = {.tape = p->tape,
			.op = op,
			.set = p->set,
			.key = byte(b),
			.made = 100 * (p->instruction + 1)};
	return op->example(&s);
}

/* A gradient in the middle of recording; a number is made of whatever was picked. */
static tl_tensor call_gradient(fuzz_pool *p, fuzz_bytes *b)
{
	tl_tensor y = pick(p, b), x = pick(p, b);
	p->steady &= p->smooth;
	if (byte(b) % 8)
		y = tl_sum(y, TL_ALL);
	return tl_grad(y, x);
}

/* Calls that record nothing, and return something anyway. */
static tl_tensor call_other(fuzz_pool *p, fuzz_bytes *b)
{
	static const char *const names[] = {"a", "b", "", "a/b"};
	tl_tensor x = pick(p, b);
	switch (below(b, 6)) {
	case 0:
		tl_tape_set_step(p->tape, (int)number(b));
		break;
	case 1:
		tl_scope_enter(p->tape, names[below(b, 64) % (byte(b) > 250 ? 4 : 2)]);
		break;
	case 2:
		if (byte(b) > 250)
			tl_scope_leave(p->tape);
		break;
	case 3:
		tl_tape_invalidate(p->tape);
		break;
	case 4: /* a value in the middle of recording */
		if (tl_tensor_size(x) == 1)
			tl_item(x);
		break;
	default:
		if (byte(b) > 200)
			tl_input_bind(x, NULL);
	}
	return p->tensor[0];
}

static tl_tensor (*const calls[])(fuzz_pool *, fuzz_bytes *) = {
	call_unary,       call_unary,        call_unary, call_binary,   call_binary,
	call_binary,      call_reduction,    call_slice, call_form,     call_join,
	call_along,       call_number,       call_leaf,  call_gradient, call_index,
	call_loss,        call_window,       call_other, call_sample,   call_sample,
	call_jumpy_unary, call_jumpy_binary,
};

enum { CALLS = sizeof calls / sizeof *calls, PLAIN = CALLS - 4 };

void fuzz_apply(fuzz_pool *p, fuzz_bytes *b)
{
	int which = below(b, 256);
	tl_tensor y = calls[which % (p->plain ? PLAIN : CALLS)](p, b);
	if (y.id && y.tape == p->tape && p->count < FUZZ_POOL)
		p->tensor[p->count++] = y;
}

void fuzz_start(fuzz_pool *p)
{
	const tl_shape shapes[FUZZ_LEAVES] = {tl_dims(2, 3), tl_dims(3),       tl_dims(3, 2),
					      TL_SCALAR,     tl_dims(2, 2, 3), tl_dims(1, 3)};
	char name[8];
	for (int i = 0; i < FUZZ_LEAVES; i++) {
		snprintf(name, sizeof name, "p%d", i);
		tl_param *q = tl_params_find(p->set, name);
		if (!q)
			q = tl_params_add(p->set, name, shapes[i], tl_init_uniform(-1, 1));
		p->tensor[p->count++] = tl_use(p->tape, q);
	}
}

void fuzz_look(tl_tape *tape)
{
	FILE *nowhere = fopen("/dev/null", "w");
	if (!nowhere)
		return;
	tl_tape_print(tape, nowhere);
	tl_tape_print_dot(tape, nowhere);
	fclose(nowhere);
}
