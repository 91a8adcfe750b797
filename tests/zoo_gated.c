/* Gated cells that are no LSTMs, and nets with products of x and h. */
#include "zoo_equations.h"

/* Zhang, Xiong, Su, Lin & Zhang 2018 */
static void atr(const at *a, const past *p)
{
	row x, h;
	(void)p;
	product(a, "W", a->n, a->in, a->x, x);
	product(a, "U", a->n, a->n, a->s[0], h);
	EACH(a) a->s[0][k] = sig(x[k] + h[k]) * x[k] + sig(x[k] - h[k]) * a->s[0][k];
}

/* Vecoven, Ernst & Drion 2021: a from (-1, 1) + 1, c in (0, 1); the diagonal and the full one. */
static void bistable(const at *a, bool full)
{
	row x, ax, cx;
	double *h = a->s[0];
	product(a, "U", a->n, a->in, a->x, x);
	product(a, "U_a", a->n, a->in, a->x, ax);
	product(a, "U_c", a->n, a->in, a->x, cx);
	if (full) {
		add(a, "W_a", a->n, h, ax);
		add(a, "W_c", a->n, h, cx);
	} else {
		EACH(a) ax[k] += weight_of(a, "w_a")[k] * h[k];
		EACH(a) cx[k] += weight_of(a, "w_c")[k] * h[k];
	}
	EACH(a)
	h[k] = sig(cx[k]) * h[k] + (1 - sig(cx[k])) * tanh(x[k] + (1 + tanh(ax[k])) * h[k]);
}

static void brc(const at *a, const past *p)
{
	(void)p;
	bistable(a, false);
}

static void nbrc(const at *a, const past *p)
{
	(void)p;
	bistable(a, true);
}

/* Collins, Sohl-Dickstein & Sussillo 2017 */
static void intersection_rnn(const at *a, const past *p)
{
	row x, y, h, gy, gh;
	(void)p;
	product(a, "X", a->n, a->in, a->x, x);
	gate(a, "y", a->s[1], y);
	gate(a, "h", a->s[1], h);
	gate(a, "gy", a->s[1], gy);
	gate(a, "gh", a->s[1], gh);
	EACH(a)
	{
		a->s[0][k] = sig(gy[k]) * x[k] + (1 - sig(gy[k])) * fmax(y[k], 0);
		a->s[1][k] = sig(gh[k]) * a->s[1][k] + (1 - sig(gh[k])) * tanh(h[k]);
	}
}

/* Ye et al. 2024 */
static void light_ru(const at *a, const past *p)
{
	row g, f;
	(void)p;
	product(a, "W_h", a->n, a->in, a->x, g);
	gate(a, "f", a->s[0], f);
	EACH(a) a->s[0][k] += sig(f[k]) * (tanh(g[k]) - a->s[0][k]);
}

/* A GRU with a constant for its update gate */
static void miru(const at *a, const past *p)
{
	row r, h, n;
	double keep = option_of(p, "lambda", 0.5);
	gate(a, "r", a->s[0], r);
	EACH(a) h[k] = sig(r[k]) * a->s[0][k];
	gate(a, "h", h, n);
	EACH(a) a->s[0][k] = keep * a->s[0][k] + (1 - keep) * tanh(n[k]);
}

/* Zu & Wei 2020 */
static void sgrn(const at *a, const past *p)
{
	row x, f;
	(void)p;
	product(a, "W", a->n, a->in, a->x, x);
	EACH(a) f[k] = x[k] + weight_of(a, "b")[k];
	add(a, "U", a->n, a->s[0], f);
	EACH(a) a->s[0][k] = tanh((1 - sig(f[k])) * x[k] + sig(f[k]) * a->s[0][k]);
}

/* Balduzzi & Ghifary 2016 */
static void typed_rnn(const at *a, const past *p)
{
	row z, f;
	(void)p;
	product(a, "W", a->n, a->in, a->x, z);
	product(a, "V", a->n, a->in, a->x, f);
	EACH(a)
	{
		double keep = sig(f[k] + weight_of(a, "b")[k]);
		a->s[0][k] = keep * a->s[0][k] + (1 - keep) * z[k];
	}
}

/* V x of the step before + W x + b */
static void two_inputs(const at *a, const past *p, const char *name, double *out)
{
	char V[16];
	snprintf(V, sizeof V, "V_%s", name);
	gate(a, name, NULL, out);
	add(a, V, a->in, p->x[1], out);
}

static void typed_gru(const at *a, const past *p)
{
	row z, f, o;
	two_inputs(a, p, "z", z);
	two_inputs(a, p, "f", f);
	two_inputs(a, p, "o", o);
	EACH(a) a->s[0][k] = sig(f[k]) * a->s[0][k] + z[k] * tanh(o[k]);
}

static void typed_lstm(const at *a, const past *p)
{
	row z, f, o;
	two_inputs(a, p, "z", z);
	two_inputs(a, p, "f", f);
	two_inputs(a, p, "o", o);
	EACH(a)
	{
		a->s[1][k] = sig(f[k]) * a->s[1][k] + (1 - sig(f[k])) * z[k];
		a->s[0][k] = tanh(o[k]) * a->s[1][k];
	}
}

/* Lei, Zhang, Wang, Dai & Artzi 2018: the reset gate sees the memory before, too. */
static void sru(const at *a, const past *p)
{
	row f, r, w, x;
	double *h = a->s[0], *c = a->s[1];
	(void)p;
	gate(a, "f", NULL, f);
	gate(a, "r", NULL, r);
	product(a, "W", a->n, a->in, a->x, w);
	product(a, "X", a->n, a->in, a->x, x);
	EACH(a)
	{
		double keep = sig(f[k] + weight_of(a, "v_f")[k] * c[k]);
		double reset = sig(r[k] + weight_of(a, "v_r")[k] * c[k]);
		c[k] = keep * c[k] + (1 - keep) * w[k];
		h[k] = reset * c[k] + (1 - reset) * x[k];
	}
}

/* Bradbury, Merity, Xiong & Socher 2017, with a window of two */
static void qrnn(const at *a, const past *p)
{
	row g[3];
	static const char *const names[3][2] = {{"V_z", "W_z"}, {"V_f", "W_f"}, {"V_o", "W_o"}};
	for (int j = 0; j < 3; j++) {
		product(a, names[j][0], a->n, a->in, p->x[1], g[j]);
		add(a, names[j][1], a->in, a->x, g[j]);
	}
	EACH(a)
	{
		a->s[1][k] = sig(g[1][k]) * a->s[1][k] + (1 - sig(g[1][k])) * tanh(g[0][k]);
		a->s[0][k] = sig(g[2][k]) * a->s[1][k];
	}
}

/* Zoph & Le 2017, figure 8: eight leaves, joined in pairs; the memory is added to the first. */
static void nas(const at *a, const past *p)
{
	double *h = a->s[0], *c = a->s[1];
	row v[9];
	(void)p;
	for (int j = 1; j <= 8; j++) {
		char name[16];
		snprintf(name, sizeof name, "%d", j);
		if (j != 4)
			gate(a, name, h, v[j]);
	}
	row x, u;
	product(a, "W_4", a->n, a->in, a->x, x);
	product(a, "U_4", a->n, a->n, h, u);
	EACH(a)
	{
		double left = tanh(sig(v[1][k]) * fmax(v[2][k], 0));
		double next = tanh(sig(v[3][k]) + fmax(x[k] * u[k], 0));
		double third = tanh(tanh(v[5][k]) * sig(v[6][k]));
		double last = sig(tanh(v[7][k]) + sig(v[8][k]));
		c[k] = tanh(left + c[k]) * next;
		h[k] = tanh(c[k] * tanh(third + last));
	}
}

/* Ororbia, Mikolov & Reitter 2017 */
static void delta_rnn(const at *a, const past *p)
{
	row x, v;
	double *h = a->s[0];
	const double *alpha = weight_of(a, "alpha"), *b = weight_of(a, "b");
	const double *one = weight_of(a, "beta_1"), *two = weight_of(a, "beta_2");
	(void)p;
	product(a, "W", a->n, a->in, a->x, x);
	product(a, "V", a->n, a->n, h, v);
	EACH(a)
	{
		double z = tanh(alpha[k] * v[k] * x[k] + one[k] * v[k] + two[k] * x[k] + b[k]);
		double r = sig(x[k] + weight_of(a, "b_r")[k]);
		h[k] = tanh((1 - r) * z + r * h[k]);
	}
}

/* Wu, Zhang, Zhang, Bengio & Salakhutdinov 2016, the general form */
static void mi_rnn(const at *a, const past *p)
{
	row x, u;
	const double *alpha = weight_of(a, "alpha"), *b = weight_of(a, "b");
	const double *one = weight_of(a, "beta_1"), *two = weight_of(a, "beta_2");
	(void)p;
	product(a, "W", a->n, a->in, a->x, x);
	product(a, "U", a->n, a->n, a->s[0], u);
	EACH(a)
	a->s[0][k] = tanh(alpha[k] * x[k] * u[k] + one[k] * u[k] + two[k] * x[k] + b[k]);
}

/* Sutskever, Martens & Hinton 2011: the matrix between two states is W_hf diag(W_fx x) W_fh. */
static void mrnn(const at *a, const past *p)
{
	int factors = size_of(p, "factors", 16);
	row x, h, out;
	product(a, "W_fx", factors, a->in, a->x, x);
	product(a, "W_fh", factors, a->n, a->s[0], h);
	for (int j = 0; j < factors; j++)
		x[j] *= h[j];
	EACH(a) out[k] = weight_of(a, "b_h")[k];
	add(a, "W_hf", factors, x, out);
	add(a, "W_hx", a->in, a->x, out);
	EACH(a) a->s[0][k] = tanh(out[k]);
}

const zoo_equation zoo_gated[] = {
	{"atr", "", 3, 4, 1, atr},
	{"brc", "", 3, 4, 1, brc},
	{"nbrc", "", 3, 4, 1, nbrc},
	{"intersection_rnn", "", 3, 4, 2, intersection_rnn},
	{"light_ru", "", 3, 4, 1, light_ru},
	{"miru", "", 3, 4, 1, miru},
	{"miru", "lambda=0.8", 3, 4, 1, miru},
	{"sgrn", "", 3, 4, 1, sgrn},
	{"typed_rnn", "", 3, 4, 1, typed_rnn},
	{"typed_gru", "", 3, 4, 1, typed_gru},
	{"typed_lstm", "", 3, 4, 2, typed_lstm},
	{"sru", "", 3, 4, 2, sru},
	{"qrnn", "", 3, 4, 2, qrnn},
	{"nas", "", 3, 4, 2, nas},
	{"delta_rnn", "", 3, 4, 1, delta_rnn},
	{"mi_rnn", "", 3, 4, 1, mi_rnn},
	{"mrnn", "factors=5", 3, 4, 1, mrnn},
	{NULL, NULL, 0, 0, 0, NULL},
};
