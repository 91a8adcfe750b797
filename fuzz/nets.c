/* Rules as tensors, and as words. */
#include "fuzz/nets.h"

#include <stdio.h>

typedef enum rule_op {
	AFFINE, /* squash(W a + b + ...), or W W a */
	PAIR,   /* W a + W' c + b + ..., with one weight or two */
	ADD,
	MUL,
	GATE,   /* sigmoid(a) tanh(c) */
	BLEND,  /* z a + (1 - z) c */
	JOIN,   /* a slice of a concat */
	NARROW, /* W a[k]: a product of depth 1 */
	MASK,
	TWICE,     /* W a + W a + b */
	BACKWARDS, /* a W, where others take W a */
	MANY,      /* a + a + c */
	RULE_OPS
} rule_op;

static const char *const names[RULE_OPS] = {"affine", "pair",  "add",       "mul",
					    "gate",   "blend", "join",      "narrow",
					    "mask",   "twice", "backwards", "many"};

typedef struct made {
	tl_tensor x;
	double bound;
} made;

/* A recording under way. */
typedef struct unrolled {
	const net *n;
	tl_tape *t;
	made value[NET_STEPS][NET_RULES];
	tl_tensor shared_mask[NET_RULES];
	int step;
} unrolled;

static int width(const net *n, int rule)
{
	return rule ? 2 + n->rule[rule][1] % 3 : NET_IN;
}

static tl_tensor weight(const unrolled *u, int rows, int columns, unsigned which)
{
	char name[32];
	snprintf(name, sizeof name, "W%dx%d.%u", rows, columns, which % 2);
	tl_param *p = tl_params_find(u->n->set, name);
	if (!p)
		p = tl_params_add(u->n->set, name, tl_dims(rows, columns), tl_init_uniform(-1, 1));
	return tl_use(u->t, p);
}

static tl_tensor bias(const unrolled *u, int rows, unsigned which)
{
	char name[32];
	snprintf(name, sizeof name, "b%d.%u", rows, which % 2);
	tl_param *p = tl_params_find(u->n->set, name);
	if (!p)
		p = tl_params_add(u->n->set, name, tl_dims(rows), tl_init_uniform(-1, 1));
	return tl_use(u->t, p);
}

/* Operands: of this step if it was made before, else of one of the two steps before. */
static int source(const net *n, int rule, unsigned which, unsigned delay, int *back)
{
	*back = (int)(delay % 4) % 3;
	return (int)(which % (unsigned)(*back ? n->rules : rule));
}

static made operand(const unrolled *u, int rule, unsigned which, unsigned delay)
{
	int back, from = source(u->n, rule, which, delay, &back), step = u->step - back;
	if (step < 0)
		return (made){tl_input_double(u->t, tl_dims(u->n->rows, width(u->n, from)),
					      u->n->data + from),
			      1};
	made m = u->value[step][from];
	return m.bound <= 4 ? m : (made){tl_tanh(m.x), 1};
}

static made fitted(const unrolled *u, made m, int to, unsigned which)
{
	int from = (int)tl_tensor_dim(m.x, -1);
	return from == to ? m
			  : (made){tl_linear(m.x, weight(u, to, from, which), TL_NONE),
				   m.bound * from};
}

static made affine(const unrolled *u, const uint8_t *r, made a, int to)
{
	int from = (int)tl_tensor_dim(a.x, -1), biases = r[6] % 4;
	tl_tensor W = weight(u, to, from, r[5]);
	if (from == to && r[5] & 2)
		a = (made){tl_linear(a.x, W, TL_NONE), a.bound * from};
	made y = {tl_linear(a.x, W, TL_NONE), a.bound * from};
	for (int i = 0; i < biases; i++)
		y = (made){tl_add(y.x, bias(u, to, r[6] & 4 ? 0 : (unsigned)i)), y.bound + 1};
	if (r[6] / 8 % 3 == 1)
		y = (made){tl_tanh(y.x), 1};
	if (r[6] / 8 % 3 == 2)
		y = (made){tl_sigmoid(y.x), 1};
	return y;
}

static made pair(const unrolled *u, const uint8_t *r, made a, made c, int to)
{
	int from = (int)tl_tensor_dim(a.x, -1), other = (int)tl_tensor_dim(c.x, -1);
	tl_tensor y = tl_linear(a.x, weight(u, to, from, r[5]), TL_NONE),
		  z = tl_linear(c.x, weight(u, to, other, r[5] >> 1), TL_NONE);
	for (int i = 0; i < r[6] % 3; i++)
		y = tl_add(y, bias(u, to, r[6] >> (2 + i)));
	y = r[6] & 32 ? tl_add(z, y) : tl_add(y, z);
	for (int i = 0; i < r[6] / 64 % 3; i++)
		y = tl_add(y, bias(u, to, r[6] >> (2 + i)));
	return (made){y, a.bound * from + c.bound * other + 4};
}

static made join(const uint8_t *r, made a, made c, int to)
{
	tl_tensor both[3] = {a.x, c.x, a.x}, x = tl_concat(both, r[6] & 1 ? 3 : 2, -1);
	int64_t more = tl_tensor_dim(x, -1) - to, from = more ? r[5] % (more + 1) : 0;
	return (made){tl_slice(x, -1, from, from + to, 1), a.bound > c.bound ? a.bound : c.bound};
}

static made masked(unrolled *u, int rule, const uint8_t *r, made a)
{
	tl_tensor *shared = &u->shared_mask[rule], mask = *shared;
	if (!mask.id || r[6] & 1)
		mask = *shared = tl_dropout_mask(u->t, tl_tensor_shape(a.x), 0.5);
	tl_tensor y = tl_mul(a.x, mask);
	return (made){r[6] & 2 ? tl_mul(mask, y) : y, 4 * a.bound};
}

static made apply(unrolled *u, int rule)
{
	const uint8_t *r = u->n->rule[rule];
	int to = width(u->n, rule);
	made a = operand(u, rule, r[2], r[3]), c = operand(u, rule, r[4], r[3] >> 2);
	if (r[3] & 64)
		c = a;
	made x = a, y = c;
	rule_op op = (rule_op)(r[0] % RULE_OPS);
	int from = (int)tl_tensor_dim(a.x, -1);
	if (op == ADD || op == MUL || op == GATE || op == BLEND || op == MASK || op == MANY)
		x = fitted(u, a, to, r[5]), y = op == MASK ? x : fitted(u, c, to, r[5] >> 1);
	tl_tensor z;
	switch (op) {
	case AFFINE:
		return affine(u, r, a, to);
	case PAIR:
		return pair(u, r, a, c, to);
	case ADD:
		return (made){r[6] & 1 ? tl_sub(x.x, y.x) : tl_add(x.x, y.x), x.bound + y.bound};
	case MUL:
		return (made){tl_mul(x.x, y.x), x.bound * y.bound};
	case GATE:
		return (made){tl_mul(tl_sigmoid(x.x), tl_tanh(y.x)), 1};
	case BLEND:
		z = tl_sigmoid(tl_add(x.x, bias(u, to, r[6])));
		return (made){tl_add(tl_mul(z, x.x), tl_mul(tl_one_minus(z), y.x)),
			      x.bound + y.bound};
	case JOIN:
		return join(r, a, c, to);
	case NARROW:
		z = tl_slice(a.x, -1, r[6] % from, r[6] % from + 1, 1);
		return (made){tl_linear(z, weight(u, to, 1, r[5]), TL_NONE), a.bound};
	case MASK:
		return masked(u, rule, r, x);
	case TWICE:
		z = tl_linear(a.x, weight(u, to, from, r[5]), TL_NONE);
		return (made){tl_add(tl_add(z, z), bias(u, to, r[6])), 2 * a.bound * from + 1};
	case BACKWARDS:
		return (made){tl_matmul(a.x, weight(u, from, to, r[5])), a.bound * from};
	default:
		return (made){tl_add_n((tl_tensor[]){x.x, x.x, y.x}, 3), 2 * x.bound + y.bound};
	}
}

/* Of some values at some steps; plain sums too, for their slopes are alike. */
static tl_tensor loss_of(const unrolled *u)
{
	const net *n = u->n;
	tl_tensor sum = tl_scalar(u->t, 0);
	bool any = false;
	for (int step = 0; step < n->steps; step++)
		for (int rule = 1; rule < n->rules; rule++) {
			bool last = rule == n->rules - 1 && step == n->steps - 1 && !any;
			unsigned how = n->rule[rule][7];
			if (!last && !(how >> step & 1 && how & 32))
				continue;
			tl_tensor x = u->value[step][rule].x;
			x = how & 64 ? tl_sum(x, TL_ALL) : tl_mean(tl_square(x), TL_ALL);
			sum = any || how & 128 ? tl_add(sum, x) : x;
			any = true;
		}
	return sum;
}

tl_tensor net_record(const net *n, tl_tape *t)
{
	unrolled u = {.n = n, .t = t};
	for (u.step = 0; u.step < n->steps; u.step++) {
		tl_tape_set_step(t, u.step);
		u.value[u.step][0] = (made){
			tl_input_double(t, tl_dims(n->rows, NET_IN), n->data + 7 * u.step), 1};
		for (int rule = 1; rule < n->rules; rule++)
			u.value[u.step][rule] = apply(&u, rule);
	}
	tl_tape_set_step(t, -1);
	return loss_of(&u);
}

void net_start(net *n, const fuzz_unit *units, size_t count, tl_params *set, const double *data)
{
	int rules = count < NET_RULES ? (int)count : NET_RULES;
	*n = (net){.rule = units, .rules = rules, .set = set, .data = data};
	n->steps = 1 + units[0][0] % NET_STEPS;
	n->rows = 1 + units[0][1] % 3;
}

void net_print(const net *n)
{
	fuzz_say("  %d steps, %d rows; v0 is the input of the step\n", n->steps, n->rows);
	for (int rule = 1; rule < n->rules; rule++) {
		const uint8_t *r = n->rule[rule];
		int back[2], a = source(n, rule, r[2], r[3], &back[0]),
			     c = source(n, rule, r[4], r[3] >> 2, &back[1]);
		if (r[3] & 64)
			c = a, back[1] = back[0];
		fuzz_say("  v%d [%d,%d] = %s of v%d[t-%d], v%d[t-%d]; weights %u, more %u, loss "
			 "%u\n",
			 rule, n->rows, width(n, rule), names[r[0] % RULE_OPS], a, back[0], c,
			 back[1], r[5], r[6], r[7]);
	}
}
