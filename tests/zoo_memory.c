/* Nets with older states, with memories that are matrices, and a stack. */
#include "zoo_equations.h"

/* Lin, Horne, Tino & Giles 1996 */
static void narx(const at *a, const past *p)
{
	row z;
	memcpy(z, weight_of(a, "b"), (size_t)a->n * sizeof *z);
	add(a, "W", a->in, a->x, z);
	for (int d = 1; d <= size_of(p, "delays", 3); d++) {
		char name[24];
		snprintf(name, sizeof name, "U_%d", d);
		add(a, name, a->n, p->h[d], z);
	}
	EACH(a) a->s[0][k] = tanh(z[k]);
}

/* Chang et al. 2017 */
static void dilated_rnn(const at *a, const past *p)
{
	row z;
	memcpy(z, weight_of(a, "b"), (size_t)a->n * sizeof *z);
	add(a, "W", a->in, a->x, z);
	add(a, "U", a->n, p->h[size_of(p, "dilation", 2)], z);
	EACH(a) a->s[0][k] = tanh(z[k]);
}

/* Erichson, Lim & Mahoney 2022: h_n is the state before the step, h_{n-d} lies d behind it. */
static void tau_gru(const at *a, const past *p)
{
	row g[4];
	for (int j = 0; j < 4; j++) {
		char U[24], W[24];
		snprintf(U, sizeof U, "U_%d", j + 1);
		snprintf(W, sizeof W, "W_%d", j + 1);
		product(a, U, a->n, a->in, a->x, g[j]);
		add(a, W, a->n, p->h[j == 1 ? 1 + size_of(p, "delay", 3) : 1], g[j]);
	}
	EACH(a)
	{
		double in = sig(g[2][k]), both = tanh(g[0][k]) + sig(g[3][k]) * tanh(g[1][k]);
		a->s[0][k] = (1 - in) * a->s[0][k] + in * both;
	}
}

/* DiPietro et al. 2018: delays of powers of two, as many as there are weights for. */
static void mist(const at *a, const past *p)
{
	int delays = strstr(p->options, "delay") ? 2 : 4;
	row share, r, z, sum = {0};
	memcpy(share, weight_of(a, "b_a"), (size_t)delays * sizeof *share);
	times(weight_of(a, "W_a"), delays, a->in, a->x, share);
	times(weight_of(a, "U_a"), delays, a->n, p->h[1], share);
	softmax(share, delays);
	gate(a, "r", a->s[0], r);
	for (int d = 0; d < delays; d++)
		EACH(a) sum[k] += share[d] * p->h[1 << d][k];
	EACH(a) sum[k] *= sig(r[k]);
	memcpy(z, weight_of(a, "b"), (size_t)a->n * sizeof *z);
	add(a, "W", a->in, a->x, z);
	add(a, "U", a->n, sum, z);
	EACH(a) a->s[0][k] = tanh(z[k]);
}

/* After Cheng, Dong & Lapata 2016: dot products with those of the last states that exist, and the
 * start, which is the last of them. */
static void past_attention(const at *a, const past *p)
{
	int window = size_of(p, "window", 8), seen = window < a->t ? window : a->t;
	row q, share, sum = {0}, z;
	product(a, "W_q", a->n, a->in, a->x, q);
	add(a, "U_q", a->n, a->s[0], q);
	for (int d = 0; d < seen; d++)
		share[d] = dot(p->h[d + 1], q, a->n) / sqrt(a->n);
	if (seen)
		softmax(share, seen);
	for (int d = 0; d < seen; d++)
		EACH(a) sum[k] += share[d] * p->h[d + 1][k];
	memcpy(z, weight_of(a, "b"), (size_t)a->n * sizeof *z);
	add(a, "W", a->in, a->x, z);
	add(a, "U", a->n, sum, z);
	EACH(a) a->s[0][k] = tanh(z[k]);
}

/* Joulin & Mikolov 2015: the net reads the top of the stack, then the stack moves. */
static void stack_rnn(const at *a, const past *p)
{
	int depth = size_of(p, "depth", 10), width = size_of(p, "width", 8);
	int read = size_of(p, "read", 2);
	row z, act, pushed, old;
	double *h = a->s[0], *s = a->s[1];
	product(a, "U", a->n, a->in, a->x, z);
	add(a, "R", a->n, h, z);
	add(a, "P", read * width, s, z);
	EACH(a) h[k] = sig(z[k]);
	product(a, "A", 3, a->n, h, act);
	softmax(act, 3);
	product(a, "D", width, a->n, h, pushed);
	memcpy(old, s, (size_t)(depth * width) * sizeof *old);
	for (int i = 0; i < depth; i++)
		for (int j = 0; j < width; j++) {
			double above = i ? old[(i - 1) * width + j] : sig(pushed[j]);
			double below = i < depth - 1 ? old[(i + 1) * width + j] : -1;
			s[i * width + j] =
				act[0] * above + act[1] * below + act[2] * old[i * width + j];
		}
}

/* Sun et al. 2023: o = sum over the past of gamma^(t - s) (q k_s) v_s */
static void retention(const at *a, const past *p)
{
	int keys = size_of(p, "keys", 8);
	double keep = option_of(p, "gamma", 0.96875), *S = a->s[1];
	row q, key, v;
	product(a, "W_q", keys, a->in, a->x, q);
	product(a, "W_k", keys, a->in, a->x, key);
	product(a, "W_v", a->n, a->in, a->x, v);
	EACH(a)
	{
		a->s[0][k] = 0;
		for (int j = 0; j < keys; j++) {
			double *at_j = S + j * a->n + k;
			*at_j = keep * *at_j + key[j] / sqrt(keys) * v[k];
			a->s[0][k] += q[j] * *at_j;
		}
	}
}

static double elu_up(double x)
{
	return x > 0 ? x + 1 : exp(x);
}

/* Katharopoulos, Vyas, Pappas & Fleuret 2020, eqs. 18-20 */
static void linear_attention(const at *a, const past *p)
{
	int keys = size_of(p, "keys", 8);
	double *S = a->s[1], *z = a->s[2], below = 0;
	row q, key, v;
	product(a, "W_q", keys, a->in, a->x, q);
	product(a, "W_k", keys, a->in, a->x, key);
	product(a, "W_v", a->n, a->in, a->x, v);
	for (int j = 0; j < keys; j++) {
		z[j] += elu_up(key[j]);
		below += elu_up(q[j]) * z[j];
		EACH(a) S[j * a->n + k] += elu_up(key[j]) * v[k];
	}
	EACH(a)
	{
		double above = 0;
		for (int j = 0; j < keys; j++)
			above += elu_up(q[j]) * S[j * a->n + k];
		a->s[0][k] = above / below;
	}
}

/* S = keep S + write (v - keep S k) k^T, then h = S q; S is [hidden, keys] */
static void delta_rule(const at *a, int keys, double keep, double write, const double *key,
		       const double *v, const double *q)
{
	EACH(a)
	{
		double *S = a->s[1] + k * keys, found;
		for (int j = 0; j < keys; j++)
			S[j] *= keep;
		found = dot(S, key, keys);
		for (int j = 0; j < keys; j++)
			S[j] += write * (v[k] - found) * key[j];
		a->s[0][k] = dot(S, q, keys);
	}
}

/* Schlag, Irie & Schmidhuber 2021, with their sum normalisation */
static void delta_net(const at *a, const past *p)
{
	int keys = size_of(p, "keys", 8);
	row q, key, v;
	double sums[2] = {0};
	product(a, "W_q", keys, a->in, a->x, q);
	product(a, "W_k", keys, a->in, a->x, key);
	product(a, "W_v", a->n, a->in, a->x, v);
	for (int j = 0; j < keys; j++) {
		sums[0] += q[j] = elu_up(q[j]);
		sums[1] += key[j] = elu_up(key[j]);
	}
	for (int j = 0; j < keys; j++)
		q[j] /= sums[0], key[j] /= sums[1];
	delta_rule(a, keys, 1, sig(dot(weight_of(a, "w_beta"), a->x, a->in)), key, v, q);
}

static void unit_silu(double *v, int n)
{
	double square = 0;
	for (int j = 0; j < n; j++) {
		v[j] = silu(v[j]);
		square += v[j] * v[j];
	}
	for (int j = 0; j < n; j++)
		v[j] /= sqrt(square + 1e-6);
}

/* Yang, Kautz & Hatamizadeh 2025: S (alpha (I - beta k k^T)) + beta v k^T */
static void gated_delta_net(const at *a, const past *p)
{
	int keys = size_of(p, "keys", 8);
	row q, key, v;
	product(a, "W_q", keys, a->in, a->x, q);
	product(a, "W_k", keys, a->in, a->x, key);
	product(a, "W_v", a->n, a->in, a->x, v);
	unit_silu(q, keys);
	unit_silu(key, keys);
	EACH(a) v[k] = silu(v[k]);
	double rate =
		softplus(dot(weight_of(a, "w_alpha"), a->x, a->in) + *weight_of(a, "b_alpha"));
	double keep = exp(-exp(*weight_of(a, "log_rate")) * rate);
	delta_rule(a, keys, keep, sig(dot(weight_of(a, "w_beta"), a->x, a->in)), key, v, q);
}

/* Yang, Wang, Shen, Panda & Kim 2024 */
static void gated_linear_attention(const at *a, const past *p)
{
	int keys = size_of(p, "keys", 8);
	row q, key, v, keep, r;
	product(a, "W_q", keys, a->in, a->x, q);
	product(a, "W_k", keys, a->in, a->x, key);
	product(a, "W_v", a->n, a->in, a->x, v);
	memcpy(keep, weight_of(a, "b_alpha"), (size_t)keys * sizeof *keep);
	times(weight_of(a, "W_alpha"), keys, a->in, a->x, keep);
	EACH(a)
	{
		double *S = a->s[1] + k * keys;
		for (int j = 0; j < keys; j++)
			S[j] = pow(sig(keep[j]), 1 / option_of(p, "tau", 16)) * S[j] +
			       v[k] * key[j] / sqrt(keys);
		a->s[0][k] = dot(S, q, keys);
	}
	normalise(a->s[0], a->n, weight_of(a, "gain"));
	gate(a, "r", NULL, r);
	EACH(a) a->s[0][k] *= silu(r[k]);
}

/* Ba, Hinton, Mnih, Leibo & Ionescu 2016, eqs. 1-2: A is of the states before this one. */
static void fast_weights(const at *a, const past *p)
{
	row z, v, inner;
	double *h = a->s[0], *A = a->s[1];
	double decay = option_of(p, "lambda", 0.95), rate = option_of(p, "eta", 0.5);
	memcpy(z, weight_of(a, "b"), (size_t)a->n * sizeof *z);
	add(a, "W", a->n, h, z);
	add(a, "C", a->in, a->x, z);
	EACH(a) v[k] = fmax(z[k], 0);
	for (int s = 0; s < size_of(p, "rounds", 1); s++) {
		memcpy(inner, z, sizeof inner);
		times(A, a->n, a->n, v, inner);
		normalise(inner, a->n, weight_of(a, "gain"));
		EACH(a) v[k] = fmax(inner[k], 0);
	}
	EACH(a) h[k] = v[k];
	for (int r = 0; r < a->n; r++)
		EACH(a) A[r * a->n + k] = decay * A[r * a->n + k] + rate * v[r] * v[k];
}

static void mixed(const at *a, const past *p, const char *name, double *out)
{
	char W[8], mu[8];
	row x;
	snprintf(W, sizeof W, "W_%s", name);
	snprintf(mu, sizeof mu, "mu_%s", name);
	const double *share = weight_of(a, mu);
	for (int k = 0; k < a->in; k++)
		x[k] = share[k] * a->x[k] + (1 - share[k]) * p->x[1][k];
	product(a, W, a->n, a->in, x, out);
}

/* Peng et al. 2023, time mixing as it stands: m only keeps exponents small, so the sums are taken
 * out of it, used, and divided by the new exp(m) again. */
static void rwkv4(const at *a, const past *p)
{
	row r, key, v, y;
	double *above = a->s[1], *below = a->s[2], *m = a->s[3];
	mixed(a, p, "r", r);
	mixed(a, p, "k", key);
	mixed(a, p, "v", v);
	EACH(a)
	{
		double now = exp(weight_of(a, "u")[k] + key[k]),
		       kept = exp(-exp(weight_of(a, "w")[k]));
		double all = m[k] > -1e29 ? above[k] * exp(m[k]) : 0;
		double weight = m[k] > -1e29 ? below[k] * exp(m[k]) : 0;
		y[k] = sig(r[k]) * (all + now * v[k]) / (weight + now);
		m[k] = fmax(m[k] - exp(weight_of(a, "w")[k]), key[k]);
		above[k] = (kept * all + exp(key[k]) * v[k]) / exp(m[k]);
		below[k] = (kept * weight + exp(key[k])) / exp(m[k]);
	}
	product(a, "W_o", a->n, a->n, y, a->s[0]);
}

const zoo_equation zoo_memory[] = {
	{"narx", "", 3, 4, 1, narx},
	{"narx", "delays=5", 3, 4, 1, narx},
	{"dilated_rnn", "", 3, 4, 1, dilated_rnn},
	{"dilated_rnn", "dilation=4", 3, 4, 1, dilated_rnn},
	{"tau_gru", "", 3, 4, 1, tau_gru},
	{"tau_gru", "delay=1", 3, 4, 1, tau_gru},
	{"mist", "", 3, 4, 1, mist},
	{"mist", "delay=[1,2]", 3, 4, 1, mist},
	{"past_attention", "", 3, 4, 1, past_attention},
	{"past_attention", "window=3", 3, 4, 1, past_attention},
	{"stack_rnn", "depth=5 width=3", 3, 4, 2, stack_rnn},
	{"stack_rnn", "depth=3 width=2 read=1", 3, 4, 2, stack_rnn},
	{"retention", "keys=3", 3, 4, 2, retention},
	{"retention", "keys=3 gamma=0.5", 3, 4, 2, retention},
	{"linear_attention", "keys=3", 3, 4, 3, linear_attention},
	{"delta_net", "keys=3", 3, 4, 2, delta_net},
	{"gated_delta_net", "keys=3", 3, 4, 2, gated_delta_net},
	{"gated_linear_attention", "keys=3 tau=2", 3, 4, 2, gated_linear_attention},
	{"fast_weights", "", 3, 4, 2, fast_weights},
	{"fast_weights", "rounds=3 lambda=0.8 eta=0.3", 3, 4, 2, fast_weights},
	{"rwkv4", "", 3, 4, 4, rwkv4},
	{NULL, NULL, 0, 0, 0, NULL},
};
