/* LSTMs that stand only in the zoo. */
#include "zoo_equations.h"

/* One step of an LSTM of n units whose gates are a prefix and one of i, f, g, o. */
static void lstm(const at *a, const char *prefix, const double *x, int in, const double *from,
		 double *h, double *c)
{
	static const char letters[] = "ifgo";
	row g[4];
	for (int j = 0; j < 4; j++) {
		char name[16];
		snprintf(name, sizeof name, "%s%c", prefix, letters[j]);
		gate_from(a, name, x, in, from, a->n, g[j]);
	}
	EACH(a)
	{
		c[k] = sig(g[1][k]) * c[k] + sig(g[0][k]) * tanh(g[2][k]);
		h[k] = sig(g[3][k]) * tanh(c[k]);
	}
}

/* Melis, Kocisky & Blunsom 2020, eqs. 1-2: odd rounds change x by h, even ones h by x. */
static void mogrifier(const at *a, const past *p)
{
	row x, h, gate;
	int rounds = size_of(p, "rounds", 5);
	memcpy(x, a->x, (size_t)a->in * sizeof *x);
	memcpy(h, a->s[0], (size_t)a->n * sizeof *h);
	for (int i = 1; i <= rounds; i++) {
		char name[16];
		snprintf(name, sizeof name, "%c_%d", i % 2 ? 'Q' : 'R', i);
		double *changed = i % 2 ? x : h;
		int size = i % 2 ? a->in : a->n;
		product(a, name, size, i % 2 ? a->n : a->in, i % 2 ? h : x, gate);
		for (int k = 0; k < size; k++)
			changed[k] *= 2 * sig(gate[k]);
	}
	lstm(a, "", x, a->in, h, a->s[0], a->s[1]);
}

/* Moniz & Krueger 2017: what the outer gates let through is an LSTM's input and its state. */
static void nested_lstm(const at *a, const past *p)
{
	row i, f, g, o, x, h;
	(void)p;
	gate(a, "i", a->s[0], i);
	gate(a, "f", a->s[0], f);
	gate(a, "g", a->s[0], g);
	gate(a, "o", a->s[0], o);
	EACH(a) x[k] = sig(i[k]) * tanh(g[k]);
	EACH(a) h[k] = sig(f[k]) * a->s[1][k];
	lstm(a, "n", x, a->n, h, a->s[1], a->s[2]);
	EACH(a) a->s[0][k] = sig(o[k]) * tanh(a->s[1][k]);
}

/* A gate that sees the memory through the tanh of a matrix */
static void aware(const at *a, const char *name, const double *c, double *out)
{
	char V[8];
	row seen;
	snprintf(V, sizeof V, "V_%s", name);
	product(a, V, a->n, a->n, c, seen);
	gate(a, name, a->s[0], out);
	EACH(a) out[k] = sig(out[k] + tanh(seen[k]));
}

/* Landi, Baraldi, Cornia & Cucchiara 2021 */
static void working_memory(const at *a, const past *p)
{
	row i, f, g, o;
	(void)p;
	aware(a, "i", a->s[1], i);
	aware(a, "f", a->s[1], f);
	gate(a, "g", a->s[0], g);
	EACH(a) a->s[1][k] = f[k] * a->s[1][k] + i[k] * tanh(g[k]);
	aware(a, "o", a->s[1], o);
	EACH(a) a->s[0][k] = o[k] * tanh(a->s[1][k]);
}

/* Kim, El-Khamy & Lee 2017 */
static void residual(const at *a, const past *p)
{
	row i, f, g, o, shown = {0}, squashed;
	double *h = a->s[0], *c = a->s[1];
	(void)p;
	gate(a, "i", h, i);
	gate(a, "f", h, f);
	gate(a, "g", h, g);
	gate(a, "o", h, o);
	EACH(a) i[k] = sig(i[k] + weight_of(a, "p_i")[k] * c[k]);
	EACH(a) f[k] = sig(f[k] + weight_of(a, "p_f")[k] * c[k]);
	EACH(a) c[k] = f[k] * c[k] + i[k] * tanh(g[k]);
	add(a, "V_o", a->n, c, o);
	EACH(a) squashed[k] = tanh(c[k]);
	add(a, "P", a->n, squashed, shown);
	add(a, "W_h", a->in, a->x, shown);
	EACH(a) h[k] = sig(o[k]) * shown[k];
}

/* Baytas et al. 2017: the short-term part of the memory fades with the time since. */
static void time_aware(const at *a, const past *p)
{
	row fading;
	double *c = a->s[1], elapsed = a->x[a->in - 1];
	(void)p;
	EACH(a) fading[k] = weight_of(a, "b_d")[k];
	add(a, "W_d", a->n, c, fading);
	EACH(a)
	{
		double s = tanh(fading[k]);
		c[k] = (c[k] - s) + s * (1 / log(exp(1) + elapsed));
	}
	row h;
	memcpy(h, a->s[0], (size_t)a->n * sizeof *h);
	lstm(a, "", a->x, a->in - 1, h, a->s[0], c);
}

/* Hoedt et al. 2021: columns of R and the vector i sum to one, so mass only moves. */
static void mc_lstm(const at *a, const past *p)
{
	double *h = a->s[0], *c = a->s[1], whole = 0, r[WIDE];
	const double *rest = a->x + 1;
	int n = a->n, in = a->in - 1;
	row scaled, i, o, m = {0};
	(void)p;
	EACH(a) whole += fabs(c[k]);
	EACH(a) scaled[k] = c[k] / fmax(whole, 1e-6);
	gate_from(a, "i", rest, in, scaled, n, i);
	gate_from(a, "o", rest, in, scaled, n, o);
	memcpy(r, weight_of(a, "b_r"), (size_t)(n * n) * sizeof *r);
	times(weight_of(a, "W_r"), n * n, in, rest, r);
	times(weight_of(a, "U_r"), n * n, n, scaled, r);
	softmax(i, n);
	for (int from = 0; from < n; from++) {
		softmax(r + from * n, n); /* where unit `from` sends its mass */
		EACH(a) m[k] += r[from * n + k] * c[from];
	}
	EACH(a)
	{
		m[k] += i[k] * a->x[0];
		h[k] = sig(o[k]) * m[k];
		c[k] = (1 - sig(o[k])) * m[k];
	}
}

static void with_bias(const at *a, const char *name, double *out)
{
	gate(a, name, NULL, out);
}

/* Beck et al. 2024, eqs. 19-27 with the stabiliser of their appendix */
static void mlstm(const at *a, const past *p)
{
	row q, key, v, o;
	double *h = a->s[0], *C = a->s[1], *count = a->s[2], *m = a->s[3], before = *m;
	int n = a->n;
	(void)p;
	with_bias(a, "q", q);
	with_bias(a, "v", v);
	with_bias(a, "o", o);
	product(a, "W_k", n, a->in, a->x, key);
	EACH(a) key[k] = key[k] / sqrt(n) + weight_of(a, "b_k")[k];
	double in = dot(weight_of(a, "w_i"), a->x, a->in) + *weight_of(a, "b_i");
	double forget = dot(weight_of(a, "w_f"), a->x, a->in) + *weight_of(a, "b_f");
	forget = -softplus(-forget);
	*m = fmax(forget + before, in);
	double i = exp(in - *m), f = exp(forget + before - *m);
	for (int r = 0; r < n; r++)
		for (int c = 0; c < n; c++)
			C[r * n + c] = f * C[r * n + c] + i * v[r] * key[c];
	EACH(a) count[k] = f * count[k] + i * key[k];
	double below = fmax(fabs(dot(count, q, n)), exp(-*m));
	EACH(a) h[k] = sig(o[k]) * dot(C + k * n, q, n) / below;
}

const zoo_equation zoo_lstm[] = {
	{"mogrifier", "", 3, 4, 2, mogrifier},
	{"mogrifier", "rounds=2", 3, 4, 2, mogrifier},
	{"nested_lstm", "", 3, 4, 3, nested_lstm},
	{"lstm_working_memory", "", 3, 4, 2, working_memory},
	{"lstm_residual", "", 3, 4, 2, residual},
	{"time_aware_lstm", "", 3, 4, 2, time_aware},
	{"mc_lstm", "", 3, 4, 2, mc_lstm},
	{"mlstm", "", 3, 4, 4, mlstm},
	{NULL, NULL, 0, 0, 0, NULL},
};
