/* Gated cells that are no LSTMs. */
#include "cell_equations.h"

static double mix(double z, double in, double old)
{
	return z * in + (1 - z) * old;
}

static void gru(const at *a)
{
	row z, r, n, h;
	gate(a, "z", a->s[0], z);
	gate(a, "r", a->s[0], r);
	EACH(a) h[k] = sig(r[k]) * a->s[0][k];
	gate(a, "n", h, n);
	EACH(a) a->s[0][k] = mix(sig(z[k]), a->s[0][k], tanh(n[k]));
}

static void gru_after(const at *a)
{
	row z, r, n, u;
	gate(a, "z", a->s[0], z);
	gate(a, "r", a->s[0], r);
	gate(a, "n", NULL, n);
	product(a, "U_n", a->n, a->n, a->s[0], u);
	EACH(a)
	a->s[0][k] = mix(sig(z[k]), a->s[0][k],
			 tanh(n[k] + sig(r[k]) * (u[k] + weight_of(a, "b_hn")[k])));
}

static void mgu(const at *a)
{
	row f, g, h;
	gate(a, "f", a->s[0], f);
	EACH(a) h[k] = sig(f[k]) * a->s[0][k];
	gate(a, "h", h, g);
	EACH(a) a->s[0][k] = mix(sig(f[k]), tanh(g[k]), a->s[0][k]);
}

static void ugrnn(const at *a)
{
	row g, c;
	gate(a, "g", a->s[0], g);
	gate(a, "c", a->s[0], c);
	EACH(a) a->s[0][k] = mix(sig(g[k]), a->s[0][k], tanh(c[k]));
}

static void mut1(const at *a)
{
	row z, r, h, g, x;
	gate(a, "z", NULL, z);
	gate(a, "r", a->s[0], r);
	EACH(a) h[k] = sig(r[k]) * a->s[0][k];
	gate_from(a, "h", NULL, 0, h, a->n, g);
	product(a, "X", a->n, a->in, a->x, x);
	EACH(a) a->s[0][k] = mix(sig(z[k]), tanh(g[k] + tanh(x[k])), a->s[0][k]);
}

static void mut2(const at *a)
{
	row z, r, h, g, x;
	gate(a, "z", a->s[0], z);
	gate_from(a, "r", NULL, 0, a->s[0], a->n, r);
	product(a, "X", a->n, a->in, a->x, x);
	EACH(a) h[k] = sig(r[k] + x[k]) * a->s[0][k];
	gate(a, "h", h, g);
	EACH(a) a->s[0][k] = mix(sig(z[k]), tanh(g[k]), a->s[0][k]);
}

static void mut3(const at *a)
{
	row z, r, h, g, squashed;
	EACH(a) squashed[k] = tanh(a->s[0][k]);
	gate(a, "z", squashed, z);
	gate(a, "r", a->s[0], r);
	EACH(a) h[k] = sig(r[k]) * a->s[0][k];
	gate(a, "h", h, g);
	EACH(a) a->s[0][k] = mix(sig(z[k]), tanh(g[k]), a->s[0][k]);
}

static void min_gru(const at *a)
{
	row z, g;
	gate(a, "z", NULL, z);
	gate(a, "h", NULL, g);
	EACH(a) a->s[0][k] = mix(sig(z[k]), g[k], a->s[0][k]);
}

static void minimal_rnn(const at *a)
{
	row z, u;
	gate(a, "z", NULL, z);
	EACH(a) z[k] = tanh(z[k]);
	gate_from(a, "u", z, a->n, a->s[0], a->n, u);
	EACH(a) a->s[0][k] = mix(sig(u[k]), a->s[0][k], z[k]);
}

static void janet(const at *a)
{
	row f, c;
	gate(a, "f", a->s[0], f);
	gate(a, "c", a->s[0], c);
	EACH(a) a->s[0][k] = sig(f[k]) * a->s[0][k] + (1 - sig(f[k] - 1)) * tanh(c[k]);
}

static void ran(const at *a)
{
	row i, f, g;
	gate(a, "i", a->s[0], i);
	gate(a, "f", a->s[0], f);
	product(a, "W_c", a->n, a->in, a->x, g);
	EACH(a)
	{
		a->s[1][k] = sig(i[k]) * g[k] + sig(f[k]) * a->s[1][k];
		a->s[0][k] = tanh(a->s[1][k]);
	}
}

static void cfn(const at *a)
{
	row theta, eta, g;
	gate(a, "theta", a->s[0], theta);
	gate(a, "eta", a->s[0], eta);
	product(a, "W", a->n, a->in, a->x, g);
	EACH(a) a->s[0][k] = sig(theta[k]) * tanh(a->s[0][k]) + sig(eta[k]) * tanh(g[k]);
}

static void star(const at *a)
{
	row z, g;
	gate(a, "z", NULL, z);
	gate(a, "k", a->s[0], g);
	EACH(a) a->s[0][k] = tanh(mix(sig(g[k]), tanh(z[k]), a->s[0][k]));
}

/* W = W_1 W_2^T of rank 2, U = U_1 U_2^T of rank 1 */
static void fast_grnn(const at *a)
{
	row z = {0}, x = {0}, h = {0};
	const double *W_2 = weight_of(a, "W_2"), *U_2 = weight_of(a, "U_2");
	double zeta = sig(*weight_of(a, "zeta")), nu = sig(*weight_of(a, "nu"));
	for (int i = 0; i < a->in; i++)
		x[0] += W_2[2 * i] * a->x[i], x[1] += W_2[2 * i + 1] * a->x[i];
	EACH(a) h[0] += U_2[k] * a->s[0][k];
	times(weight_of(a, "W_1"), a->n, 2, x, z);
	times(weight_of(a, "U_1"), a->n, 1, h, z);
	EACH(a)
	{
		double g = sig(z[k] + weight_of(a, "b_z")[k]),
		       c = tanh(z[k] + weight_of(a, "b_h")[k]);
		a->s[0][k] = (zeta * (1 - g) + nu) * c + g * a->s[0][k];
	}
}

static void highway(const at *a)
{
	row h, t;
	for (int l = 0; l < 2; l++) {
		gate_from(a, l ? "h1" : "h0", l ? NULL : a->x, a->in, a->s[0], a->n, h);
		gate_from(a, l ? "t1" : "t0", l ? NULL : a->x, a->in, a->s[0], a->n, t);
		EACH(a) a->s[0][k] = mix(sig(t[k]), tanh(h[k]), a->s[0][k]);
	}
}

const equation equations_gated[] = {
	{"gru", gru},
	{"gru_reset_after", gru_after},
	{"mgu", mgu},
	{"ugrnn", ugrnn},
	{"mut1", mut1},
	{"mut2", mut2},
	{"mut3", mut3},
	{"min_gru", min_gru},
	{"minimal_rnn", minimal_rnn},
	{"janet", janet},
	{"ran", ran},
	{"cfn", cfn},
	{"star", star},
	{"fast_grnn", fast_grnn},
	{"highway", highway},
	{NULL, NULL},
};
