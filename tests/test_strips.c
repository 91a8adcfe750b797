/*
 * Strips of every table of kernels this machine can run: the functions against the C library's, to
 * the ulp, and random programs against a scalar interpreter, to the bit.
 */
#include "kernel_numbers.h"

/* Elementwise functions */

/* A program of one step over n contiguous numbers. */
static void run_step(const tl_kernels *k, tl_dtype type, tl_strip_op op, int64_t n, void *x,
		     void *y, void *z, void *out)
{
	tl_strip_memory memory[4];
	void *base[4] = {x, y, z, out};
	tl_strip_step step = {.op = (uint8_t)op, .to = 3, .from = {0, 1, 2}, .imm = {0.3, 0.5}};
	tl_strip s = {
		.dim = {1, 1, 1, n}, .memories = 4, .steps = 1, .memory = memory, .step = &step};
	for (int i = 0; i < 4; i++)
		memory[i] = (tl_strip_memory){.dtype = type, .stride = {0, 0, 0, 1}};
	void *workspace = malloc(k->strip_workspace(&s));
	k->strip(&s, base, NULL, workspace, 0, 1);
	free(workspace);
}

static long double sigmoid_of(long double x)
{
	return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x));
}

static long double softplus_of(long double x)
{
	return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x));
}

static double sigmoid_double(double x)
{
	return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}

static double softplus_double(double x)
{
	return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double softsign_double(double x)
{
	return isinf(x) ? copysign(1, x) : x / (1 + fabs(x));
}

static long double softsign_of(long double x)
{
	return isinf(x) ? copysignl(1, x) : x / (1 + fabsl(x));
}

/* Both vanish at -infinity. */
static long double silu_of(long double x)
{
	return isinf(x) && x < 0 ? 0 : x * sigmoid_of(x);
}

static double silu_double(double x)
{
	return isinf(x) && x < 0 ? 0 : x * sigmoid_double(x);
}

static long double mish_of(long double x)
{
	long double w = expl(-fabsl(x)), n = x < 0 ? w * (w + 2) : 1 + 2 * w;
	return isinf(x) && x < 0 ? 0 : x * (n / (n + (x < 0 ? 2 : 2 * w * w)));
}

static double mish_double(double x)
{
	return (double)mish_of((long double)x);
}

/* What rounding takes from z = -x / sqrt 2 is put back: it counts 2 z^2 times in erfc. */
static long double gelu_of(long double x)
{
	const long double root = sqrtl(0.5L), rest = fmal(-root, root, 0.5L) / (2 * root);
	long double z = -x * root, lost = fmal(-x, root, -z) - x * rest;
	if (fabsl(x) > 100)
		return x < 0 ? 0 : x;
	return x / 2 * (erfcl(z) - lost * expl(-z * z) * 1.128379167095512574L);
}

static double gelu_double(double x)
{
	return isinf(x) && x < 0 ? 0 : x / 2 * erfc(-x * sqrt(0.5));
}

/* The vectors' own first, then the C library's; what they may be off, in ulps of float and double.
 */
static const struct function {
	tl_strip_op op;
	double (*plain)(double);
	long double (*longer)(long double);
	double ulps[2];
} functions[] = {
	{TL_STRIP_exp, exp, expl, {2, 4}},
	{TL_STRIP_log, log, logl, {2, 4}},
	{TL_STRIP_tanh, tanh, tanhl, {2, 4}},
	{TL_STRIP_sigmoid, sigmoid_double, sigmoid_of, {2, 4}},
	{TL_STRIP_softplus, softplus_double, softplus_of, {2, 4}},
	{TL_STRIP_expm1, expm1, expm1l, {2, 4}},
	{TL_STRIP_log1p, log1p, log1pl, {2, 4}},
	{TL_STRIP_softsign, softsign_double, softsign_of, {2, 4}},
	{TL_STRIP_silu, silu_double, silu_of, {4, 4}},
	{TL_STRIP_mish, mish_double, mish_of, {4, 4}},
	{TL_STRIP_gelu, gelu_double, gelu_of, {4, 5}},
	{TL_STRIP_erf, erf, erfl, {2, 4}},
	{TL_STRIP_erfc, erfc, erfcl, {4, 4}},
	{TL_STRIP_sin, sin, sinl, {2, 4}},
	{TL_STRIP_cos, cos, cosl, {2, 4}},
	{TL_STRIP_tan, tan, tanl, {2, 4}},
	{TL_STRIP_asin, asin, asinl, {2, 4}},
	{TL_STRIP_acos, acos, acosl, {2, 4}},
	{TL_STRIP_atan, atan, atanl, {2, 4}},
	{TL_STRIP_sinh, sinh, sinhl, {2, 4}},
	{TL_STRIP_cosh, cosh, coshl, {2, 4}},
};

enum { FUNCTIONS = sizeof(functions) / sizeof(functions[0]), OWN = 13 };

/* How many units in the last place of the exact result; infinities and NaN must be the same. */
static double ulps(tl_dtype type, double got, long double exact)
{
	double nearest = type == TL_F32 ? (double)(float)exact : (double)exact;
	if (same(got, nearest))
		return 0;
	if (!isfinite(got) || !isfinite(nearest))
		return HUGE_VAL;
	int exponent, least = type == TL_F32 ? -149 : -1074, digits = type == TL_F32 ? 24 : 53;
	frexpl(exact, &exponent);
	exponent -= digits;
	return (double)(fabsl((long double)got - exact) /
			ldexpl(1, exponent < least ? least : exponent));
}

static double draw_any(tl_dtype type)
{
	uint64_t bits = tl_random_bits(11, counter++);
	double x;
	float f;
	switch (draw(3)) {
	case 0: /* any number at all */
		memcpy(&x, &bits, sizeof x);
		memcpy(&f, &bits, sizeof f);
		return type == TL_F64 ? x : (double)f;
	case 1:
		return draw_unit() * 750;
	default:
		return draw_unit() * 4;
	}
}

START_TEST(functions_are_within_their_ulps)
{
	enum { N = 4096, ROUNDS = 40 };
	static const double odd[] = {
		0.0,  -0.0,    INFINITY, -INFINITY, NAN,    0x1p-149,   -0x1p-149,
		1e30, -1e30,   88.7,     -87.4,     -103.9, -104.1,     709.8,
		1.0,  0x1p-30, -745.1,   -708.5,    1e-310, -0x1p-1074, 0x1.9fd3fap-3};
	enum { ODD = sizeof(odd) / sizeof(odd[0]) };
	double *x = malloc(N * sizeof *x), *y = malloc(N * sizeof *y);

	FOR_EACH_TABLE
	{
		double worst[FUNCTIONS] = {0};
		for (int round = 0; round < ROUNDS; round++) {
			for (int i = 0; i < N; i++)
				put(type, x, i, i < ODD ? odd[i] : draw_any(type));
			for (int f = 0; f < FUNCTIONS; f++) {
				run_step(k, type, functions[f].op, N, x, x, x, y);
				for (int i = 0; i < N; i++) {
					double at = get(type, x, i), got = get(type, y, i);
					double wrong = ulps(
						type, got,
						type == TL_F32 ? (long double)functions[f].plain(at)
							       : functions[f].longer(at));
					worst[f] = fmax(worst[f], wrong);
					assert_quick(wrong <= functions[f].ulps[type == TL_F64],
						     "%s, %s of %a: %a, %g ulp", k->isa,
						     tl_step_kinds[functions[f].op].name, at, got,
						     wrong);
				}
			}
		}
		if (getenv("TL_TEST_VERBOSE"))
			for (int f = 0; f < FUNCTIONS; f++)
				printf("%s f%d %s: %.3f ulp\n", k->isa, type == TL_F32 ? 32 : 64,
				       tl_step_kinds[functions[f].op].name, worst[f]);
	}
	free(x), free(y);
}
END_TEST

/* Every 2039th float (TL_TEST_STRIDE=1 makes it every one), so each exponent many times. */
START_TEST(float_functions_over_the_whole_range)
{
	enum { N = 1 << 16 };
	const char *asked = getenv("TL_TEST_STRIDE");
	uint64_t stride = asked ? strtoull(asked, NULL, 10) : 2039;
	float *x = malloc(N * sizeof *x), *y = malloc(N * sizeof *y);
	double *exact = malloc(N * sizeof *exact), worst[TABLES][OWN] = {{0}};
	const tl_kernels *table[TABLES];
	int count = tables_to_test(TL_F32, table);

	for (uint64_t next = 0; next >> 32 == 0;) {
		for (int i = 0; i < N; i++, next += stride) {
			uint32_t bits = (uint32_t)next;
			memcpy(&x[i], &bits, sizeof bits);
		}
		for (int f = 0; f < OWN; f++) {
			for (int i = 0; i < N; i++)
				exact[i] = functions[f].plain((double)x[i]);
			for (int t = 0; t < count; t++) {
				run_step(table[t], TL_F32, functions[f].op, N, x, x, x, y);
				for (int i = 0; i < N; i++)
					if (!same((double)y[i], (double)(float)exact[i]))
						worst[t][f] =
							fmax(worst[t][f],
							     ulps(TL_F32, (double)y[i], exact[i]));
			}
		}
	}
	for (int t = 0; t < count; t++)
		for (int f = 0; f < OWN; f++) {
			if (asked)
				printf("%s %s: %.3f ulp\n", table[t]->isa,
				       tl_step_kinds[functions[f].op].name, worst[t][f]);
			ck_assert_double_le(worst[t][f], functions[f].ulps[0]);
		}
	free(x), free(y), free(exact);
}
END_TEST
/* Programs */

enum { MEMORIES = 7, REGISTERS = 4, STEPS = 12 };

/* The value of a step whose result is the same to the bit on every machine. */
static double plain_step(tl_dtype type, const tl_strip_step *t, double x, double y, double z)
{
	double p = rounded(type, t->imm[0]), q = rounded(type, t->imm[1]);

	switch ((tl_strip_op)t->op) {
	case TL_STRIP_copy:
		return x;
	case TL_STRIP_neg:
		return -x;
	case TL_STRIP_abs:
		return fabs(x);
	case TL_STRIP_sign:
		return x > 0 ? 1 : x < 0 ? -1 : x;
	case TL_STRIP_floor:
		return floor(x);
	case TL_STRIP_ceil:
		return ceil(x);
	case TL_STRIP_round:
		return nearbyint(x);
	case TL_STRIP_sqrt:
		return rounded(type, sqrt(x));
	case TL_STRIP_rsqrt:
		return rounded(type, 1 / rounded(type, sqrt(x)));
	case TL_STRIP_square:
		return rounded(type, x * x);
	case TL_STRIP_reciprocal:
		return rounded(type, 1 / x);
	case TL_STRIP_relu:
		return x <= 0 ? 0 : x;
	case TL_STRIP_leaky_relu:
		return x > 0 ? x : rounded(type, p * x);
	case TL_STRIP_hard_sigmoid:
		x = rounded(type, rounded(type, p * x) + q);
		return x < 0 ? 0 : x > 1 ? 1 : x;
	case TL_STRIP_hard_tanh:
		return x < -1 ? -1 : x > 1 ? 1 : x;
	case TL_STRIP_clamp:
		x = x < p ? p : x;
		return x > q ? q : x;
	case TL_STRIP_fill:
		return p;
	case TL_STRIP_add:
		return rounded(type, x + y);
	case TL_STRIP_sub:
		return rounded(type, x - y);
	case TL_STRIP_mul:
		return rounded(type, x * y);
	case TL_STRIP_div:
		return rounded(type, x / y);
	case TL_STRIP_maximum:
		return x != x || x > y ? x : y;
	case TL_STRIP_minimum:
		return x != x || x < y ? x : y;
	case TL_STRIP_less:
		return x < y;
	case TL_STRIP_less_equal:
		return x <= y;
	case TL_STRIP_greater:
		return x > y;
	case TL_STRIP_greater_equal:
		return x >= y;
	case TL_STRIP_equal:
		return x == y;
	case TL_STRIP_not_equal:
		return x != y;
	case TL_STRIP_where:
		return x != 0 ? y : z;
	default:
		return NAN;
	}
}

static const tl_strip_op exact_ops[] = {
	TL_STRIP_ceil,         TL_STRIP_round,     TL_STRIP_copy,          TL_STRIP_neg,
	TL_STRIP_abs,          TL_STRIP_sign,      TL_STRIP_floor,         TL_STRIP_sqrt,
	TL_STRIP_rsqrt,        TL_STRIP_square,    TL_STRIP_reciprocal,    TL_STRIP_relu,
	TL_STRIP_leaky_relu,   TL_STRIP_hard_tanh, TL_STRIP_clamp,         TL_STRIP_fill,
	TL_STRIP_hard_sigmoid, TL_STRIP_add,       TL_STRIP_sub,           TL_STRIP_mul,
	TL_STRIP_div,          TL_STRIP_maximum,   TL_STRIP_minimum,       TL_STRIP_less,
	TL_STRIP_less_equal,   TL_STRIP_greater,   TL_STRIP_greater_equal, TL_STRIP_equal,
	TL_STRIP_not_equal,    TL_STRIP_where,     TL_STRIP_keep};

/* A program, its memory, and what memory should hold after it. */
typedef struct program {
	tl_dtype type;
	tl_strip strip;
	tl_strip_memory memory[MEMORIES];
	tl_strip_step step[STEPS];
	void *base[MEMORIES], *before[MEMORIES], *expected[MEMORIES];
	int64_t size[MEMORIES];
	int written;   /* slots from here on are written */
	bool in_place; /* the last slot aliases slot 0 */
} program;

static const uint64_t keys[] = {99, 12345678901234567u};

/* Strides of a slot that has all of the domain, perhaps transposed, perhaps not the innermost unit;
 * or of one that lacks some dimensions. */
static int64_t random_strides(const tl_strip *s, bool whole, int64_t stride[4])
{
	int64_t next = whole && draw(6) == 0 ? 2 : 1;
	bool reversed = draw(6) == 0;
	uint64_t lacks = whole || draw(3) == 0 ? 0 : draw(16);
	for (int i = 0; i < 4; i++) {
		int d = reversed ? i : 3 - i;
		stride[d] = 0;
		if (lacks >> d & 1)
			continue;
		stride[d] = s->dim[d] == 1 && draw(2) ? (int64_t)draw(9) : next;
		next *= s->dim[d];
	}
	return next;
}

static void random_domain(tl_strip *s)
{
	static const int64_t sizes[] = {1, 1, 1, 2, 3, 5, 8, 16, 31, 64, 100};
	do
		for (int d = 0; d < 4; d++)
			s->dim[d] =
				d == 3 && draw(4) == 0 ? 1 + (int64_t)draw(1500) : sizes[draw(11)];
	while (s->dim[0] * s->dim[1] * s->dim[2] * s->dim[3] > 20000);
}

static void random_program(program *g, tl_dtype type)
{
	tl_strip *s = &g->strip;
	*g = (program){.type = type, .written = 4 + (int)draw(3), .in_place = draw(3) == 0};
	*s = (tl_strip){.memories = MEMORIES,
			.registers = REGISTERS,
			.memory = g->memory,
			.step = g->step,
			.steps = 1 + (int)draw(STEPS)};
	random_domain(s);
	if (draw(30) == 0)
		s->dim[draw(4)] = 0;
	for (int m = 0; m < MEMORIES; m++) {
		tl_strip_memory *slot = &g->memory[m];
		bool alias = g->in_place && m == MEMORIES - 1;
		slot->dtype = m < g->written && m && draw(4) == 0 ? TL_I32 : type;
		g->size[m] = random_strides(s, m >= g->written || !m, slot->stride);
		if (alias) {
			*slot = g->memory[0];
			g->size[m] = g->size[0];
		}
		g->base[m] = alias ? g->base[0] : numbers(slot->dtype, g->size[m]);
	}
	for (int m = 0; m < MEMORIES; m++) {
		g->before[m] = copy_of(g->memory[m].dtype, g->base[m], g->size[m]);
		g->expected[m] = g->in_place && m == MEMORIES - 1
					 ? g->expected[0]
					 : copy_of(g->memory[m].dtype, g->base[m], g->size[m]);
	}
	bool defined[MEMORIES + REGISTERS] = {0};
	for (int m = 0; m < MEMORIES; m++)
		defined[m] = !g->in_place || m < MEMORIES - 1;
	bool overwritten = false;
	for (int i = 0; i < s->steps; i++) {
		tl_strip_step *t = &g->step[i];
		t->op = (uint8_t)exact_ops[draw(sizeof(exact_ops) / sizeof(exact_ops[0]))];
		for (int o = 0; o < 3; o++)
			do
				t->from[o] = (uint16_t)draw(MEMORIES + REGISTERS);
			while (!defined[t->from[o]] || (overwritten && !t->from[o]));
		t->to = (uint16_t)(g->written +
				   (int)draw((uint64_t)(MEMORIES + REGISTERS - g->written)));
		defined[t->to] = true;
		overwritten |= g->in_place && t->to == MEMORIES - 1;
		t->imm[0] = draw_unit();
		t->imm[1] = draw_unit();
		t->imm[2] = (double)draw(2);
	}
}

static int64_t offset_of(const tl_strip *s, int m, int64_t element)
{
	int64_t offset = 0;
	for (int d = 3; d >= 0; element /= s->dim[d--])
		offset += element % s->dim[d] * s->memory[m].stride[d];
	return offset;
}

static void interpret(program *g)
{
	const tl_strip *s = &g->strip;
	int64_t n = s->dim[0] * s->dim[1] * s->dim[2] * s->dim[3];
	for (int64_t e = 0; e < n; e++) {
		double reg[REGISTERS] = {0};
		for (int i = 0; i < s->steps; i++) {
			const tl_strip_step *t = &s->step[i];
			double x[3], value;
			for (int o = 0; o < 3; o++) {
				int from = t->from[o];
				x[o] = from >= MEMORIES
					       ? reg[from - MEMORIES]
					       : get(s->memory[from].dtype, g->expected[from],
						     offset_of(s, from, e));
			}
			if (t->op == TL_STRIP_keep)
				value = tl_random_unit(keys[(int)t->imm[2]], (uint64_t)e) <
							t->imm[0]
						? 0
						: rounded(g->type, t->imm[1]);
			else
				value = plain_step(g->type, t, x[0], x[1], x[2]);
			if (t->to >= MEMORIES)
				reg[t->to - MEMORIES] = value;
			else
				put(g->type, g->expected[t->to], offset_of(s, t->to, e), value);
		}
	}
}

static void check_program(const tl_kernels *k, program *g, int parts)
{
	size_t each = k->strip_workspace(&g->strip);
	void *workspace = malloc(each);

	for (int m = 0; m < MEMORIES; m++)
		if (g->size[m])
			memcpy(g->base[m], g->before[m],
			       (size_t)g->size[m] * tl_dtype_size(g->memory[m].dtype));
	for (int part = parts - 1; part >= 0; part--)
		k->strip(&g->strip, g->base, keys, workspace, part, parts);
	for (int m = 0; m < MEMORIES; m++)
		for (int64_t i = 0; i < g->size[m]; i++) {
			double got = get(g->memory[m].dtype, g->base[m], i);
			double exact = get(g->memory[m].dtype, g->expected[m], i);
			assert_quick(same(got, exact),
				     "%s: slot %d at %d of %dx%dx%dx%d, %d parts: %a is %a", k->isa,
				     m, (int)i, (int)g->strip.dim[0], (int)g->strip.dim[1],
				     (int)g->strip.dim[2], (int)g->strip.dim[3], parts, exact, got);
		}
	free(workspace);
}

START_TEST(random_programs)
{
	FOR_EACH_TABLE
	for (int i = 0; i < 150; i++) {
		program g;
		random_program(&g, type);
		interpret(&g);
		for (int parts = 1; parts <= 4; parts++)
			check_program(k, &g, parts);
		for (int m = 0; m < MEMORIES - g.in_place; m++)
			free(g.base[m]), free(g.expected[m]);
		for (int m = 0; m < MEMORIES; m++)
			free(g.before[m]);
	}
}
END_TEST

/* Two sums over any dimensions of a product of small integers, which sum up exactly in any order.
 * The product is stored as well. */
enum { LEFT, RIGHT, FIRST_SUM, SECOND_SUM, PRODUCT, SUM_SLOTS };

static void check_sums(const tl_kernels *k, tl_dtype type)
{
	const tl_strip_step step[] = {
		{.op = TL_STRIP_mul, .to = PRODUCT, .from = {LEFT, RIGHT}},
		{.op = TL_STRIP_sum, .to = FIRST_SUM, .from = {PRODUCT}},
		{.op = TL_STRIP_neg, .to = SUM_SLOTS, .from = {RIGHT}},
		{.op = TL_STRIP_sum, .to = SECOND_SUM, .from = {SUM_SLOTS}},
	};
	tl_strip_memory memory[SUM_SLOTS];
	tl_strip s = {
		.memories = SUM_SLOTS, .registers = 1, .steps = 4, .memory = memory, .step = step};
	void *base[SUM_SLOTS], *before[SUM_SLOTS];
	double *sum[SUM_SLOTS];
	int64_t size[SUM_SLOTS];

	random_domain(&s);
	int64_t n = s.dim[0] * s.dim[1] * s.dim[2] * s.dim[3];
	for (int m = 0; m < SUM_SLOTS; m++) {
		memory[m].dtype = type;
		size[m] = random_strides(&s, m == PRODUCT, memory[m].stride);
		base[m] = numbers(type, size[m]);
		for (int64_t i = 0; m <= RIGHT && i < size[m]; i++)
			put(type, base[m], i, (double)draw(17) - 8);
		before[m] = copy_of(type, base[m], size[m]);
		sum[m] = calloc((size_t)size[m], sizeof *sum[m]);
	}
	bool *touched = calloc((size_t)(size[FIRST_SUM] + size[SECOND_SUM]), 1);
	for (int64_t e = 0; e < n; e++) {
		double right = get(type, base[RIGHT], offset_of(&s, RIGHT, e));
		double product = get(type, base[LEFT], offset_of(&s, LEFT, e)) * right;
		int64_t first = offset_of(&s, FIRST_SUM, e), second = offset_of(&s, SECOND_SUM, e);
		sum[FIRST_SUM][first] += product;
		sum[SECOND_SUM][second] -= right;
		touched[first] = touched[size[FIRST_SUM] + second] = true;
	}
	void *workspace = malloc(k->strip_workspace(&s));
	for (int parts = 1; parts <= 4; parts++) {
		for (int m = FIRST_SUM; m <= SECOND_SUM; m++)
			memcpy(base[m], before[m], (size_t)size[m] * tl_dtype_size(type));
		for (int part = parts - 1; part >= 0; part--)
			k->strip(&s, base, NULL, workspace, part, parts);
		for (int m = FIRST_SUM; m <= SECOND_SUM; m++)
			for (int64_t i = 0; i < size[m]; i++) {
				bool is_sum = touched[(m == FIRST_SUM ? 0 : size[FIRST_SUM]) + i];
				double exact = is_sum ? sum[m][i] : get(type, before[m], i);
				assert_quick(same(get(type, base[m], i), exact),
					     "%s: sum %d of slot %d over %dx%dx%dx%d, %d parts: %g "
					     "is %g",
					     k->isa, (int)i, m, (int)s.dim[0], (int)s.dim[1],
					     (int)s.dim[2], (int)s.dim[3], parts, exact,
					     get(type, base[m], i));
			}
	}
	free(workspace);
	free(touched);
	for (int m = 0; m < SUM_SLOTS; m++)
		free(base[m]), free(before[m]), free(sum[m]);
}

START_TEST(sums_over_dimensions)
{
	FOR_EACH_TABLE
	for (int i = 0; i < 300; i++)
		check_sums(k, type);
}
END_TEST

SUITE("strips", functions_are_within_their_ulps, float_functions_over_the_whole_range,
      random_programs, sums_over_dimensions)
