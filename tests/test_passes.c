/*
 * The compiler against the reference executor on random programs: shapes, wiring, shared weights
 * and recurrences are drawn; values, the loss and all gradients must agree, with every pass on and
 * with each one off.
 */
#include "suite.h"
#include "passes/passes.h"

enum { MOST = 48, CASES = SANITIZED ? 300 : 1500 };

typedef struct random_program {
	uint64_t state;
	tl_tape *tape;
	tl_params *set;
	tl_tensor x[MOST];
	int count;
} random_program;

static uint64_t draw(random_program *r)
{
	r->state += 0x9e3779b97f4a7c15u;
	uint64_t z = r->state;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static int below(random_program *r, int n)
{
	return (int)(draw(r) % (uint64_t)n);
}

static int64_t size(random_program *r)
{
	static const int64_t sizes[] = {1, 2, 3, 4, 4, 6, 6, 8, 17};
	if (!below(r, 16))
		return 32 + below(r, 5); /* rows long enough to be summed in strips */
	return sizes[below(r, sizeof sizes / sizeof *sizes)];
}

/* A parameter of this shape: often one that was used before. */
static tl_tensor weight(random_program *r, tl_shape s)
{
	char name[64];
	snprintf(name, sizeof name, "w%d_%d_%d_%d_%d", (int)s.rank, (int)s.dim[0], (int)s.dim[1],
		 (int)s.dim[2], below(r, 3));
	tl_param *p = tl_params_find(r->set, name);
	if (!p)
		p = tl_params_add(r->set, name, s, tl_init_uniform(-0.7, 0.7));
	return tl_use(r->tape, p);
}

static tl_tensor any(random_program *r)
{
	return r->x[below(r, r->count)];
}

static tl_tensor any_matrix(random_program *r)
{
	for (int i = 0; i < 8; i++) {
		tl_tensor x = any(r);
		if (tl_tensor_shape(x).rank == 2)
			return x;
	}
	return weight(r, tl_dims(size(r), size(r)));
}

static tl_tensor unary(random_program *r)
{
	tl_tensor x = any(r);
	switch (below(r, 11)) {
	case 9:
		return tl_dropout(x, 0.3);
	case 10:
		return tl_tensor_shape(x).rank ? tl_softmax(x, -1) : tl_neg(x);
	case 0:
		return tl_sigmoid(x);
	case 1:
		return tl_square(tl_tanh(x));
	case 2:
		return tl_neg(x);
	case 3:
		return tl_one_minus(x);
	case 4:
		return tl_scale(x, 0.25 * (1 + below(r, 5)));
	case 5:
		return tl_detach(x);
	case 6:
		return tl_softplus(x);
	case 7:
		return tl_exp(tl_neg(tl_square(x)));
	default:
		return tl_tanh(x);
	}
}

static bool fit(tl_shape a, tl_shape b)
{
	for (int i = 1; i <= a.rank && i <= b.rank; i++)
		if (a.dim[a.rank - i] != b.dim[b.rank - i] && a.dim[a.rank - i] != 1 &&
		    b.dim[b.rank - i] != 1)
			return false;
	return true;
}

static tl_tensor binary(random_program *r)
{
	tl_tensor a = any(r), b = any(r);
	for (int i = 0; i < 12 && !fit(tl_tensor_shape(a), tl_tensor_shape(b)); i++)
		b = any(r);
	if (!fit(tl_tensor_shape(a), tl_tensor_shape(b)))
		b = tl_scalar(r->tape, 0.5);
	switch (below(r, 8)) {
	case 0:
	case 1:
	case 2:
		return tl_add(a, b);
	case 3:
	case 4:
		return tl_mul(tl_tanh(a), b);
	case 5:
		return tl_sub(a, b);
	case 6:
		return tl_maximum(a, b);
	default:
		return tl_where(tl_less(a, b), a, tl_tanh(b));
	}
}

static tl_tensor product(random_program *r)
{
	tl_tensor x = any_matrix(r);
	tl_shape s = tl_tensor_shape(x);
	switch (below(r, 8)) {
	case 6: { /* rows, some of them twice */
		int32_t row[] = {(int32_t)s.dim[0] - 1, 0, 0, (int32_t)s.dim[0] / 2};
		return tl_embedding(x, tl_constant_int(r->tape, tl_dims(2, 2), row));
	}
	case 7: { /* a batch of products */
		tl_tensor both[] = {x, tl_tanh(x)};
		tl_tensor batch = tl_stack(both, 2, 0);
		return tl_matmul(batch, tl_transpose(batch));
	}
	case 0:
		return tl_matmul(tl_transpose(x), x);
	case 1:
		return tl_matmul(x, weight(r, tl_dims(s.dim[1], size(r))));
	case 2:
		return tl_matmul(weight(r, tl_dims(size(r), s.dim[0])), x);
	case 3: {
		int64_t n = size(r);
		return tl_linear(x, weight(r, tl_dims(n, s.dim[1])), weight(r, tl_dims(n)));
	}
	default:
		return tl_linear(x, weight(r, tl_dims(size(r), s.dim[1])), TL_NONE);
	}
}

static tl_tensor part(random_program *r)
{
	tl_tensor x = any(r);
	tl_shape s = tl_tensor_shape(x);
	if (!s.rank)
		return tl_square(x);
	int axis = below(r, (int)s.rank);
	int64_t n = s.dim[axis], start = below(r, (int)n),
		stop = start + 1 + below(r, (int)(n - start));
	switch (below(r, 5)) {
	case 0:
		return tl_at(x, below(r, (int)s.dim[0]));
	case 1:
		return tl_reverse(x, axis);
	case 2:
		return tl_slice(x, axis, start, stop, 1 + below(r, 3));
	case 3: /* both halves, for the adjoint to put together */
		if (n > 1)
			return tl_concat((tl_tensor[]){tl_slice(x, axis, n / 2, n, 1),
						       tl_tanh(tl_slice(x, axis, 0, n / 2, 1))},
					 2, axis);
		/* fallthrough */
	default:
		return tl_slice(x, axis, start, stop, 1);
	}
}

static tl_tensor join(random_program *r)
{
	tl_tensor x = any(r);
	tl_shape s = tl_tensor_shape(x);
	tl_tensor some[3] = {x, tl_tanh(x), tl_scale(x, -0.5)};
	int count = 1 + below(r, 3);
	if (s.rank && below(r, 2))
		return tl_concat(some, count, below(r, (int)s.rank));
	return s.rank < 3 ? tl_stack(some, count, below(r, (int)s.rank + 1)) : tl_neg(x);
}

static tl_tensor form(random_program *r)
{
	tl_tensor x = any(r);
	tl_shape s = tl_tensor_shape(x);
	int axes[4] = {0, 1, 2, 3};
	switch (below(r, 4)) {
	case 0:
		return s.rank >= 2 ? tl_transpose(x) : tl_neg(x);
	case 1:
		return tl_reshape(x, s.rank >= 2 ? tl_dims(s.dim[0], -1) : tl_dims(1, -1));
	case 2:
		if (s.rank != 3)
			return tl_reshape(x, tl_dims(-1));
		axes[0] = 2, axes[1] = 0, axes[2] = 1;
		return tl_permute(x, axes);
	default:
		return s.rank < 3 ? tl_broadcast_to(x, s.rank == 2 ? tl_dims(2, s.dim[0], s.dim[1])
						       : s.rank == 1 ? tl_dims(3, s.dim[0])
								     : tl_dims(4))
				  : tl_sum(x, tl_axes(1));
	}
}

static tl_tensor reduction(random_program *r)
{
	tl_tensor x = any(r);
	tl_shape s = tl_tensor_shape(x);
	if (!s.rank)
		return tl_tanh(x);
	int axis = below(r, (int)s.rank);
	switch (below(r, 4)) {
	case 0:
		return tl_sum(x, tl_axes(axis));
	case 1:
		return tl_mean(x, tl_keepdims(tl_axes(axis)));
	case 2:
		return tl_max(x, tl_axes(axis));
	default:
		return tl_cumsum(x, axis);
	}
}

/* A recurrence over steps: gates drawn, weights shared, the input a sequence or separate tensors.
 */
static tl_tensor recurrence(random_program *r)
{
	int64_t T = 1 + below(r, 5), B = size(r), I = size(r), H = 2 * size(r);
	int gates = 1 + below(r, 4), kind = below(r, 4), batched = below(r, 2);
	tl_tensor W[4], U[4], b[4], g[4], hs[5], x = weight(r, tl_dims(T, B, I));
	for (int k = 0; k < gates; k++) {
		W[k] = weight(r, tl_dims(H, I));
		U[k] = weight(r, tl_dims(H, H));
		b[k] = weight(r, tl_dims(H));
	}
	tl_tensor h = tl_zeros(r->tape, tl_dims(B, H)), c = h;
	tl_tensor all = batched ? tl_linear(tl_reshape(x, tl_dims(T * B, I)), W[0], TL_NONE) : x;
	for (int t = 0; t < T; t++) {
		tl_tape_set_step(r->tape, t);
		tl_tensor xt = tl_at(x, t);
		for (int k = 0; k < gates; k++) {
			tl_tensor in = batched && !k ? tl_slice(all, 0, t * B, (t + 1) * B, 1)
						     : tl_linear(xt, W[k], TL_NONE);
			g[k] = tl_sigmoid(tl_add(tl_add(tl_linear(h, U[k], TL_NONE), in), b[k]));
		}
		if (kind == 0)
			c = tl_add(tl_mul(g[0], c), tl_mul(g[gates - 1], tl_tanh(h)));
		else if (kind == 1) /* halves of a state, as clockwork groups */
			c = tl_concat((tl_tensor[]){tl_slice(g[0], 1, 0, H / 2, 1),
						    tl_slice(c, 1, H / 2, H, 1)},
				      2, 1);
		else
			c = tl_tanh(tl_add_n(g, gates));
		h = kind == 3 ? tl_mul(tl_tanh(c), g[gates - 1]) : tl_tanh(c);
		hs[t] = h;
	}
	tl_tape_set_step(r->tape, -1);
	switch (below(r, 3)) {
	case 0:
		return h;
	case 1:
		return tl_concat(hs, (int)T, 0);
	default:
		return tl_reshape(tl_stack(hs, (int)T, 0), tl_dims(T * B, H));
	}
}

static tl_tensor step(random_program *r)
{
	switch (below(r, 12)) {
	case 0:
	case 1:
		return unary(r);
	case 2:
	case 3:
	case 4:
		return binary(r);
	case 5:
	case 6:
	case 7:
		return product(r);
	case 8:
		return part(r);
	case 9:
		return join(r);
	case 10:
		return form(r);
	default:
		return reduction(r);
	}
}

/* Records a program; returns the loss. Too large results are left out, so that a case stays small.
 */
static tl_tensor record(random_program *r, uint64_t seed)
{
	*r = (random_program){.state = seed, .tape = r->tape, .set = r->set};
	r->x[r->count++] = weight(r, tl_dims(size(r), size(r)));
	r->x[r->count++] = weight(r, tl_dims(size(r)));
	if (seed % 3 == 0)
		r->x[r->count++] = recurrence(r);
	int want = 4 + below(r, MOST - 8);
	for (int tries = 0; r->count < want && tries < 200; tries++) {
		tl_tensor y = seed % 3 == 0 && !below(r, 12) ? recurrence(r) : step(r);
		if (tl_tensor_size(y) <= 1500)
			r->x[r->count++] = y;
	}
	tl_tensor loss = tl_scalar(r->tape, 0);
	for (int i = 0; i < r->count; i++)
		if (i == r->count - 1 || !below(r, 4))
			loss = tl_add(loss, tl_mean(tl_square(tl_tanh(r->x[i])), TL_ALL));
	return loss;
}

typedef struct outcome {
	double loss, middle;
	double *gradient;
	int64_t count;
} outcome;

static double number(const void *block, tl_dtype dtype, int64_t i)
{
	return dtype == TL_F32 ? (double)((const float *)block)[i] : ((const double *)block)[i];
}

static outcome run(tl_params *set, tl_dtype dtype, tl_executor executor, uint64_t seed,
		   int stretches)
{
	outcome o = {0};
	random_program r = {.tape = tl_tape_create(dtype), .set = set};
	tl_tape_set_executor(r.tape, executor);
	tl_tape_set_recompute(r.tape, stretches);
	tl_tensor loss = record(&r, seed);
	tl_params_zero_gradients(set);
	if (seed % 5 == 0) { /* look at a value before, so that a part is known */
		tl_tensor some = r.x[r.count / 2];
		o.middle = tl_item(tl_sum(some, TL_ALL));
	}
	tl_backward(loss);
	o.loss = tl_item(loss);
	ck_assert_msg(!tl_tape_error(r.tape), "seed %d: %s", (int)seed, tl_tape_error(r.tape));
	const void *g = tl_params_gradients(set, &o.count);
	o.gradient = malloc((size_t)o.count * sizeof *o.gradient);
	for (int64_t i = 0; i < o.count; i++)
		o.gradient[i] = number(g, dtype, i);
	tl_tape_destroy(r.tape);
	return o;
}

static void compare(tl_dtype dtype, uint64_t seed, const char *passes, int stretches)
{
	double tolerance = dtype == TL_F64 ? 1e-11 : 2e-4;
	tl_params *set = tl_params_create(dtype);
	free(run(set, dtype, TL_EXECUTOR_REFERENCE, seed, 0).gradient); /* makes the parameters */
	outcome a = run(set, dtype, TL_EXECUTOR_REFERENCE, seed, 0);
	setenv("TL_PASSES", passes, 1);
	outcome b = run(set, dtype, TL_EXECUTOR_COMPILED, seed, stretches);
	unsetenv("TL_PASSES");
	ck_assert_msg(fabs(a.loss - b.loss) <= tolerance * fmax(1, fabs(a.loss)),
		      "seed %d, %s: loss %.17g, compiled %.17g", (int)seed, passes, a.loss, b.loss);
	ck_assert_msg(fabs(a.middle - b.middle) <= tolerance * fmax(1, fabs(a.middle)) * 10,
		      "seed %d, %s: value %.17g, compiled %.17g", (int)seed, passes, a.middle,
		      b.middle);
	double largest = 1;
	for (int64_t i = 0; i < a.count; i++)
		largest = fmax(largest, fabs(a.gradient[i]));
	for (int64_t i = 0; i < a.count; i++)
		ck_assert_msg(fabs(a.gradient[i] - b.gradient[i]) <= tolerance * largest,
			      "seed %d, %s: gradient %d is %.17g, compiled %.17g", (int)seed,
			      passes, (int)i, a.gradient[i], b.gradient[i]);
	free(a.gradient);
	free(b.gradient);
	tl_params_destroy(set);
}

START_TEST(doubles)
{
	for (uint64_t seed = 0; seed < CASES; seed++)
		compare(TL_F64, seed, "", 0);
}
END_TEST

START_TEST(floats)
{
	for (uint64_t seed = 0; seed < CASES; seed++)
		compare(TL_F32, seed + 100000, "", 0);
}
END_TEST

/* A number of a pass leaves out that one, TL_PASS_COUNT all of them. */
static void leave_out(int number, char *text)
{
	*text = '\0';
	for (int i = 0; i < TL_PASS_COUNT; i++)
		if (number == i || number == TL_PASS_COUNT)
			sprintf(text + strlen(text), "%s-%s", *text ? "," : "", tl_passes[i].name);
}

START_TEST(without_a_pass)
{
	char passes[256];
	for (uint64_t seed = 0; seed < CASES; seed++) {
		int number = (int)(seed % (TL_PASS_COUNT + 1));
		leave_out(number, passes);
		compare(TL_F64, seed + 200000, passes, number == TL_PASS_recompute ? 3 : 0);
	}
}
END_TEST

/* Names are whole names, each with its minus; what is no pass's is found. */
START_TEST(names)
{
	static const struct {
		const char *passes;
		uint32_t off;
		const char *unknown;
	} cases[] = {
		{"", 0, NULL},
		{"-widen", 1 << TL_PASS_widen, NULL},
		{"-strips,-masks", 1 << TL_PASS_strips | 1 << TL_PASS_masks, NULL},
		{" -sums , -outer,", 1 << TL_PASS_sums | 1 << TL_PASS_outer, NULL},
		{"widen", 0, "widen"},
		{"-wide", 0, "-wide"},
		{"-widens,-steps", 1 << TL_PASS_steps, "-widens,-steps"},
		{"-steps,-", 1 << TL_PASS_steps, "-"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int length = 0;
		setenv("TL_PASSES", cases[i].passes, 1);
		ck_assert_msg(tl_passes_on() == (TL_PASSES_ALL & ~cases[i].off), "%s",
			      cases[i].passes);
		const char *unknown = tl_passes_unknown(&length);
		ck_assert_msg(cases[i].unknown ? unknown && !strcmp(unknown, cases[i].unknown)
					       : !unknown,
			      "%s: %s", cases[i].passes, unknown);
		unsetenv("TL_PASSES");
	}
}
END_TEST

/* What TL_PASSES did is told by the listing of a program that was made under it. */
START_TEST(listings_tell)
{
	char text[20000];
	tl_tape *t = tl_tape_create(TL_F64);
	tl_tensor y = tl_tanh(tl_zeros(t, tl_dims(3)));
	setenv("TL_PASSES", "-outer,-masks,-wide", 1);
	tl_program *p =
		tl_program_create(t, (tl_program_options){.outputs = &y, .output_count = 1});
	ck_assert_ptr_nonnull(p);
	FILE *file = tmpfile();
	tl_program_print(p, file);
	unsetenv("TL_PASSES");
	rewind(file);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	ck_assert_msg(
		strstr(text, "made without the pass outer, masks\n") &&
			strstr(text, "TL_PASSES=-wide leaves nothing out: it takes -recompute,"),
		"%s", text);
	tl_program_destroy(p);
	tl_tape_destroy(t);
}
END_TEST

/* With what the backward part needs computed again. */
START_TEST(computed_again)
{
	for (uint64_t seed = 0; seed < CASES; seed++)
		compare(TL_F64, seed + 300000, "", seed % 4 ? 2 + (int)(seed % 5) : -1);
}
END_TEST

SUITE("passes", doubles, floats, without_a_pass, names, listings_tell, computed_again)
