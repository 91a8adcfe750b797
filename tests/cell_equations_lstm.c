/* The LSTM and what is made of it. */
#include "cell_equations.h"

static void lstm(const at *a)
{
	row i, f, g, o;
	gate(a, "i", a->s[0], i);
	gate(a, "f", a->s[0], f);
	gate(a, "g", a->s[0], g);
	gate(a, "o", a->s[0], o);
	EACH(a)
	{
		a->s[1][k] = sig(f[k]) * a->s[1][k] + sig(i[k]) * tanh(g[k]);
		a->s[0][k] = sig(o[k]) * tanh(a->s[1][k]);
	}
}

static double peep(const at *a, const char *name, int k, double c)
{
	return weight_of(a, name)[k] * c;
}

static void peephole(const at *a)
{
	row i, f, g, o;
	double *c = a->s[1];
	gate(a, "i", a->s[0], i);
	gate(a, "f", a->s[0], f);
	gate(a, "g", a->s[0], g);
	gate(a, "o", a->s[0], o);
	EACH(a)
	{
		double in = sig(i[k] + peep(a, "p_i", k, c[k])),
		       keep = sig(f[k] + peep(a, "p_f", k, c[k]));
		c[k] = keep * c[k] + in * tanh(g[k]);
		a->s[0][k] = sig(o[k] + peep(a, "p_o", k, c[k])) * tanh(c[k]);
	}
}

static void coupled(const at *a)
{
	row f, g, o;
	gate(a, "f", a->s[0], f);
	gate(a, "g", a->s[0], g);
	gate(a, "o", a->s[0], o);
	EACH(a)
	{
		a->s[1][k] = sig(f[k]) * a->s[1][k] + (1 - sig(f[k])) * tanh(g[k]);
		a->s[0][k] = sig(o[k]) * tanh(a->s[1][k]);
	}
}

static void projected(const at *a)
{
	row i, f, g, o, m;
	int r = (a->n + 1) / 2;
	gate_from(a, "i", a->x, a->in, a->s[0], r, i);
	gate_from(a, "f", a->x, a->in, a->s[0], r, f);
	gate_from(a, "g", a->x, a->in, a->s[0], r, g);
	gate_from(a, "o", a->x, a->in, a->s[0], r, o);
	const tl_projection_options *e = tl_cell_get_options(a->b->cell)->extra;
	EACH(a)
	{
		double before = a->s[1][k], *c = &a->s[1][k];
		if (e->peepholes) {
			i[k] += weight_of(a, "p_i")[k] * before;
			f[k] += weight_of(a, "p_f")[k] * before;
		}
		*c = sig(f[k]) * before + sig(i[k]) * tanh(g[k]);
		if (e->peepholes)
			o[k] += weight_of(a, "p_o")[k] * *c;
		m[k] = sig(o[k]) * tanh(*c);
	}
	product(a, "P", r, a->n, m, a->s[0]);
}

/* x minus its mean, over its spread */
static void spread_out(const at *a, double *x)
{
	double mean = 0, square = 0;
	EACH(a) mean += x[k] / a->n;
	EACH(a) square += (x[k] - mean) * (x[k] - mean) / a->n;
	EACH(a) x[k] = (x[k] - mean) / sqrt(square + 1e-5);
}

static void norm_gate(const at *a, const char *name, double *out)
{
	row x, h;
	char text[5][12];
	const char *const form[] = {"W_%s", "U_%s", "gain_x%s", "gain_h%s", "b_%s"};
	for (int i = 0; i < 5; i++)
		snprintf(text[i], sizeof text[i], form[i], name);
	product(a, text[0], a->n, a->in, a->x, x);
	product(a, text[1], a->n, a->n, a->s[0], h);
	spread_out(a, x);
	spread_out(a, h);
	EACH(a)
	out[k] = weight_of(a, text[2])[k] * x[k] + weight_of(a, text[3])[k] * h[k] +
		 weight_of(a, text[4])[k];
}

static void lstm_layer_norm(const at *a)
{
	row i, f, g, o, c;
	norm_gate(a, "i", i);
	norm_gate(a, "f", f);
	norm_gate(a, "g", g);
	norm_gate(a, "o", o);
	EACH(a) c[k] = a->s[1][k] = sig(f[k]) * a->s[1][k] + sig(i[k]) * tanh(g[k]);
	spread_out(a, c);
	EACH(a)
	a->s[0][k] = sig(o[k]) * tanh(weight_of(a, "gain_c")[k] * c[k] + weight_of(a, "b_c")[k]);
}

static void lstm_1997(const at *a)
{
	row in, out, g;
	gate(a, "in", a->s[0], in);
	gate(a, "out", a->s[0], out);
	gate(a, "c", a->s[0], g);
	EACH(a)
	{
		a->s[1][k] += sig(in[k]) * (4 / (1 + exp(-g[k])) - 2);
		a->s[0][k] = sig(out[k]) * (2 / (1 + exp(-a->s[1][k])) - 1);
	}
}

enum { NIG = 1, NFG = 2, NOG = 4, NIAF = 8, NOAF = 16, CIFG = 32, NP = 64, FGR = 128 };

static void odyssey_as(const at *a, int how)
{
	row z, i, f, o, last[3];
	double *y = a->s[0], *c = a->s[1];
	gate(a, "z", y, z);
	if (!(how & NIG))
		gate(a, "i", y, i);
	if (!(how & (NFG | CIFG)))
		gate(a, "f", y, f);
	if (!(how & NOG))
		gate(a, "o", y, o);
	for (int j = 0; how & FGR && j < 3; j++)
		memcpy(last[j], a->s[2 + j], sizeof(double) * 4);
	if (how & FGR) {
		static const char *const names[] = {"R_ii", "R_fi", "R_oi", "R_if", "R_ff",
						    "R_of", "R_io", "R_fo", "R_oo"};
		double *to[] = {i, f, o};
		for (int j = 0; j < 9; j++)
			times(weight_of(a, names[j]), a->n, a->n, last[j % 3], to[j / 3]);
	}
	EACH(a)
	{
		bool p = !(how & NP);
		double in = how & NIG ? 1 : sig(i[k] + (p ? peep(a, "p_i", k, c[k]) : 0));
		double keep = how & NFG    ? 1
			      : how & CIFG ? 1 - in
					   : sig(f[k] + (p ? peep(a, "p_f", k, c[k]) : 0));
		c[k] = (how & NIAF ? z[k] : tanh(z[k])) * in + c[k] * keep;
		double out = how & NOG ? 1 : sig(o[k] + (p ? peep(a, "p_o", k, c[k]) : 0));
		y[k] = (how & NOAF ? c[k] : tanh(c[k])) * out;
		if (how & FGR)
			a->s[2][k] = in, a->s[3][k] = keep, a->s[4][k] = out;
	}
}

#define ODYSSEY(NAME, HOW)                                                                         \
	static void NAME(const at *a)                                                              \
	{                                                                                          \
		odyssey_as(a, HOW);                                                                \
	}
ODYSSEY(odyssey, 0)
ODYSSEY(nig, NIG)
ODYSSEY(nfg, NFG)
ODYSSEY(nog, NOG)
ODYSSEY(niaf, NIAF)
ODYSSEY(noaf, NOAF)
ODYSSEY(cifg, CIFG)
ODYSSEY(np, NP)
ODYSSEY(fgr, FGR)

static void depth_gated(const at *a)
{
	for (int l = 0; l < 2; l++) {
		row i, f, g, o, d;
		double *h = a->s[l ? 0 : 2], *c = a->s[l ? 1 : 3], *below = a->s[3];
		const double *x = l ? a->s[2] : a->x;
		int in = l ? a->n : a->in;
		gate_from(a, l ? "i1" : "i0", x, in, h, a->n, i);
		gate_from(a, l ? "f1" : "f0", x, in, h, a->n, f);
		gate_from(a, l ? "g1" : "g0", x, in, h, a->n, g);
		gate_from(a, l ? "o1" : "o0", x, in, h, a->n, o);
		if (l)
			gate_from(a, "d1", x, in, NULL, 0, d);
		EACH(a)
		{
			double before = c[k];
			c[k] = sig(f[k] + peep(a, l ? "p_f1" : "p_f0", k, before)) * before +
			       sig(i[k] + peep(a, l ? "p_i1" : "p_i0", k, before)) * tanh(g[k]);
			if (l)
				c[k] += sig(d[k] + peep(a, "p_d1", k, before) +
					    peep(a, "w_d1", k, below[k])) *
					below[k];
			h[k] = sig(o[k] + peep(a, l ? "p_o1" : "p_o0", k, c[k])) * tanh(c[k]);
		}
	}
}

static void multiplicative(const at *a)
{
	row m, u, i, f, o, g;
	product(a, "W_m", a->n, a->in, a->x, m);
	product(a, "U_m", a->n, a->n, a->s[0], u);
	EACH(a) m[k] *= u[k];
	gate(a, "i", m, i);
	gate(a, "f", m, f);
	gate(a, "o", m, o);
	gate(a, "h", m, g);
	EACH(a)
	{
		a->s[1][k] = sig(f[k]) * a->s[1][k] + sig(i[k]) * tanh(g[k]);
		a->s[0][k] = sig(o[k]) * tanh(a->s[1][k]);
	}
}

static void phased(const at *a)
{
	row h, c;
	memcpy(h, a->s[0], sizeof(double) * 4);
	memcpy(c, a->s[1], sizeof(double) * 4);
	peephole(a);
	EACH(a)
	{
		double tau = exp(weight_of(a, "log_period")[k]), s = weight_of(a, "shift")[k];
		double phase = fmod(fmod(a->t - s, tau) + tau, tau) / tau, open = 0.6;
		double gate = phase < open / 2 ? 2 * phase / open
			      : phase < open   ? 2 - 2 * phase / open
					       : 0.1 * phase;
		a->s[0][k] = gate * a->s[0][k] + (1 - gate) * h[k];
		a->s[1][k] = gate * a->s[1][k] + (1 - gate) * c[k];
	}
}

/* Without the stabiliser: c and n as the paper first defines them, kept by the test itself in units
 * of exp(m). */
static void slstm(const at *a)
{
	row i, f, z, o;
	gate(a, "i", a->s[0], i);
	gate(a, "f", a->s[0], f);
	gate(a, "z", a->s[0], z);
	gate(a, "o", a->s[0], o);
	EACH(a)
	{
		double m = a->s[3][k], scale = m < -1e20 ? 0 : exp(m);
		double c = sig(f[k]) * a->s[1][k] * scale + exp(i[k]) * tanh(z[k]);
		double n = sig(f[k]) * a->s[2][k] * scale + exp(i[k]);
		a->s[3][k] = fmax(log(sig(f[k])) + m, i[k]);
		a->s[1][k] = c / exp(a->s[3][k]);
		a->s[2][k] = n / exp(a->s[3][k]);
		a->s[0][k] = sig(o[k]) * c / n;
	}
}

static void min_lstm(const at *a)
{
	row f, i, g;
	gate(a, "f", NULL, f);
	gate(a, "i", NULL, i);
	gate(a, "h", NULL, g);
	EACH(a)
	{
		double all = sig(f[k]) + sig(i[k]);
		a->s[0][k] = sig(f[k]) / all * a->s[0][k] + sig(i[k]) / all * g[k];
	}
}

/* Pictures of 3 x 2, kernels of 3 x 3, one channel in, two out. */
static double convolved(const double *W, const double *x, int channels, int out, int r, int c)
{
	double sum = 0;
	for (int j = 0; j < channels; j++)
		for (int u = 0; u < 3; u++)
			for (int v = 0; v < 3; v++) {
				int y = r + u - 1, z = c + v - 1;
				if (y >= 0 && y < 3 && z >= 0 && z < 2)
					sum += W[((out * channels + j) * 3 + u) * 3 + v] *
					       x[(j * 3 + y) * 2 + z];
			}
	return sum;
}

static double conv_gate(const at *a, char name, const double *h, int k)
{
	char W[8], U[8], b[8];
	snprintf(W, sizeof W, "W_%c", name);
	snprintf(U, sizeof U, "U_%c", name);
	snprintf(b, sizeof b, "b_%c", name);
	return convolved(weight_of(a, W), a->x, 1, k / 6, k / 2 % 3, k % 2) +
	       convolved(weight_of(a, U), h, 2, k / 6, k / 2 % 3, k % 2) + weight_of(a, b)[k / 6];
}

static void conv_lstm(const at *a)
{
	row h;
	memcpy(h, a->s[0], sizeof(double) * 12);
	for (int k = 0; k < 12; k++) {
		double c = a->s[1][k];
		double i = sig(conv_gate(a, 'i', h, k) + peep(a, "p_i", k, c));
		double f = sig(conv_gate(a, 'f', h, k) + peep(a, "p_f", k, c));
		c = f * c + i * tanh(conv_gate(a, 'g', h, k));
		a->s[1][k] = c;
		a->s[0][k] = sig(conv_gate(a, 'o', h, k) + peep(a, "p_o", k, c)) * tanh(c);
	}
}

/* With one child both trees are chains. */
static void tree(const at *a)
{
	row i, f, u, o;
	gate(a, "i", a->s[0], i);
	gate(a, "f", a->s[0], f);
	gate(a, "u", a->s[0], u);
	gate(a, "o", a->s[0], o);
	EACH(a)
	{
		a->s[1][k] = sig(i[k]) * tanh(u[k]) + sig(f[k]) * a->s[1][k];
		a->s[0][k] = sig(o[k]) * tanh(a->s[1][k]);
	}
}

static void tree_nary(const at *a)
{
	row g[4];
	static const char *const U[] = {"U_i0", "U_f00", "U_u0", "U_o0"};
	static const char *const names[] = {"i", "f", "u", "o"};
	for (int j = 0; j < 4; j++) {
		gate(a, names[j], NULL, g[j]);
		times(weight_of(a, U[j]), a->n, a->n, a->s[0], g[j]);
	}
	EACH(a)
	{
		a->s[1][k] = sig(g[0][k]) * tanh(g[2][k]) + sig(g[1][k]) * a->s[1][k];
		a->s[0][k] = sig(g[3][k]) * tanh(a->s[1][k]);
	}
}

const equation equations_lstm[] = {
	{"lstm", lstm},
	{"peephole", peephole},
	{"lstm_coupled", coupled},
	{"lstm_projected", projected},
	{"lstm_layer_norm", lstm_layer_norm},
	{"lstm_1997", lstm_1997},
	{"odyssey", odyssey},
	{"odyssey_nig", nig},
	{"odyssey_nfg", nfg},
	{"odyssey_nog", nog},
	{"odyssey_niaf", niaf},
	{"odyssey_noaf", noaf},
	{"odyssey_cifg", cifg},
	{"odyssey_np", np},
	{"odyssey_fgr", fgr},
	{"depth_gated", depth_gated},
	{"lstm_multiplicative", multiplicative},
	{"phased_lstm", phased},
	{"slstm", slstm},
	{"min_lstm", min_lstm},
	{"conv_lstm", conv_lstm},
	{"tree_lstm", tree},
	{"tree_lstm_nary", tree_nary},
	{NULL, NULL},
};
