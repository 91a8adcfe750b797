/* Cells that are not gated, and cells with clocks. */
#include "cell_equations.h"

static void simple(const at *a, const double *h, double *out)
{
	memcpy(out, weight_of(a, "b"), (size_t)a->n * sizeof *out);
	times(weight_of(a, "U"), a->n, a->in, a->x, out);
	if (h)
		times(weight_of(a, "W"), a->n, a->n, h, out);
}

static void rnn(const at *a)
{
	row z;
	simple(a, a->s[0], z);
	EACH(a) a->s[0][k] = tanh(z[k]);
}

static void irnn(const at *a)
{
	row z;
	simple(a, a->s[0], z);
	EACH(a) a->s[0][k] = fmax(z[k], 0);
}

static void leaky(const at *a)
{
	row z;
	simple(a, a->s[0], z);
	EACH(a) a->s[0][k] = 0.5 * a->s[0][k] + 0.5 * tanh(z[k]);
}

static void show(const at *a, const double *h)
{
	row y;
	product(a, "V", 2, a->n, h, y);
	for (int k = 0; k < 2; k++)
		a->s[0][k] = sig(y[k] + weight_of(a, "c")[k]);
}

static void jordan(const at *a)
{
	row h;
	simple(a, NULL, h);
	times(weight_of(a, "B"), a->n, 2, a->s[0], h);
	EACH(a) h[k] = tanh(h[k]);
	show(a, h);
}

static void back_projection(const at *a)
{
	row h;
	simple(a, a->s[1], h);
	times(weight_of(a, "B"), a->n, 2, a->s[0], h);
	EACH(a) a->s[1][k] = tanh(h[k]);
	show(a, a->s[1]);
}

static void indrnn(const at *a)
{
	row z;
	product(a, "W", a->n, a->in, a->x, z);
	EACH(a)
	a->s[0][k] = fmax(z[k] + weight_of(a, "u")[k] * a->s[0][k] + weight_of(a, "b")[k], 0);
}

static void fast_rnn(const at *a)
{
	row z;
	double alpha = sig(*weight_of(a, "alpha")), beta = sig(*weight_of(a, "beta"));
	gate(a, "h", a->s[0], z);
	EACH(a) a->s[0][k] = alpha * tanh(z[k]) + beta * a->s[0][k];
}

static void scrn(const at *a)
{
	row slow, z = {0};
	product(a, "B", 2, a->in, a->x, slow);
	for (int k = 0; k < 2; k++)
		a->s[1][k] = 0.3 * slow[k] + 0.7 * a->s[1][k];
	times(weight_of(a, "P"), a->n, 2, a->s[1], z);
	times(weight_of(a, "A"), a->n, a->in, a->x, z);
	times(weight_of(a, "R"), a->n, a->n, a->s[0], z);
	EACH(a) a->s[0][k] = sig(z[k]);
}

/* (W - W^T - gamma I) h + what comes in */
static void turned(const at *a, const char *name, double *z)
{
	const double *W = weight_of(a, "W"), *h = a->s[0];
	gate(a, name, NULL, z);
	EACH(a)
	for (int j = 0; j < a->n; j++)
		z[k] += (W[k * a->n + j] - W[j * a->n + k] - (j == k ? 0.2 : 0)) * h[j];
}

static void antisymmetric(const at *a)
{
	row z;
	turned(a, "h", z);
	EACH(a) a->s[0][k] += 0.5 * tanh(z[k]);
}

static void antisymmetric_gated(const at *a)
{
	row g, z;
	turned(a, "z", g);
	turned(a, "h", z);
	EACH(a) a->s[0][k] += 0.5 * sig(g[k]) * tanh(z[k]);
}

static void cornn(const at *a)
{
	row f;
	double *y = a->s[0], *z = a->s[1];
	gate(a, "y", y, f);
	times(weight_of(a, "W_z"), a->n, a->n, z, f);
	EACH(a)
	{
		z[k] += 0.5 * (tanh(f[k]) - 0.8 * y[k] - 0.6 * z[k]);
		y[k] += 0.5 * z[k];
	}
}

static void lem(const at *a)
{
	row p, q, u, v;
	double *y = a->s[0], *z = a->s[1];
	gate(a, "1", y, p);
	gate(a, "2", y, q);
	gate(a, "z", y, u);
	EACH(a) z[k] = (1 - 0.7 * sig(p[k])) * z[k] + 0.7 * sig(p[k]) * tanh(u[k]);
	gate(a, "y", z, v);
	EACH(a) y[k] = (1 - 0.7 * sig(q[k])) * y[k] + 0.7 * sig(q[k]) * tanh(v[k]);
}

/* Four groups of one unit, periods 1, 2, 4, 8. */
static void clockwork(const at *a)
{
	row old;
	memcpy(old, a->s[0], sizeof(double) * 4);
	for (int g = 0; g < 4; g++) {
		char name[3][16];
		const char letter[] = "UWb";
		for (int i = 0; i < 3; i++)
			snprintf(name[i], sizeof name[i], "%c_%d", letter[i], g);
		if (a->t % (1 << g))
			continue;
		double z = *weight_of(a, name[2]);
		for (int j = 0; j < a->in; j++)
			z += weight_of(a, name[0])[j] * a->x[j];
		for (int j = g; j < 4; j++)
			z += weight_of(a, name[1])[j - g] * old[j];
		a->s[0][g] = tanh(z);
	}
}

static double normal(const at *a, const char *name, double x, int k)
{
	char text[3][32];
	int t = a->t < 2 ? a->t : 1;
	snprintf(text[0], sizeof text[0], "gain_%s", name);
	snprintf(text[1], sizeof text[1], "mean_%s_%d", name, t);
	snprintf(text[2], sizeof text[2], "variance_%s_%d", name, t);
	return weight_of(a, text[0])[k] * (x - weight_of(a, text[1])[k]) /
	       sqrt(weight_of(a, text[2])[k] + 1e-5);
}

static void bn_gate(const at *a, const char *name, double *out)
{
	row x, h;
	char text[4][8];
	const char *const form[] = {"W_%s", "U_%s", "x%s", "h%s"};
	char b[8];
	for (int i = 0; i < 4; i++)
		snprintf(text[i], sizeof text[i], form[i], name);
	snprintf(b, sizeof b, "b_%s", name);
	product(a, text[0], a->n, a->in, a->x, x);
	product(a, text[1], a->n, a->n, a->s[0], h);
	EACH(a)
	out[k] = normal(a, text[2], x[k], k) + normal(a, text[3], h[k], k) + weight_of(a, b)[k];
}

static void bn_rnn(const at *a)
{
	row z;
	bn_gate(a, "h", z);
	EACH(a) a->s[0][k] = tanh(z[k]);
}

static void bn_lstm(const at *a)
{
	row i, f, g, o;
	bn_gate(a, "i", i);
	bn_gate(a, "f", f);
	bn_gate(a, "g", g);
	bn_gate(a, "o", o);
	EACH(a)
	{
		a->s[1][k] = sig(f[k]) * a->s[1][k] + sig(i[k]) * tanh(g[k]);
		a->s[0][k] =
			sig(o[k]) * tanh(normal(a, "c", a->s[1][k], k) + weight_of(a, "b_c")[k]);
	}
}

static void li_gru(const at *a)
{
	row x[2], h[2];
	product(a, "W_z", a->n, a->in, a->x, x[0]);
	product(a, "W_h", a->n, a->in, a->x, x[1]);
	product(a, "U_z", a->n, a->n, a->s[0], h[0]);
	product(a, "U_h", a->n, a->n, a->s[0], h[1]);
	EACH(a)
	{
		double z = sig(normal(a, "z", x[0][k], k) + weight_of(a, "b_z")[k] + h[0][k]);
		double g = fmax(normal(a, "h", x[1][k], k) + weight_of(a, "b_h")[k] + h[1][k], 0);
		a->s[0][k] = z * a->s[0][k] + (1 - z) * g;
	}
}

static void own(const at *a)
{
	row z;
	gate(a, "g", a->s[0], z);
	EACH(a)
	{
		a->s[0][k] = cos(z[k] + weight_of(a, "V")[k] * a->s[1][k]);
		a->s[1][k] = 0.9 * a->s[1][k] + a->s[0][k];
	}
}

/* Two numbers of W in a row of four, and the columns they are in. */
static void esn(const at *a)
{
	row z = {0};
	const double *W = weight_of(a, "W"), *column = W + 8, *out = weight_of(a, "W_out");
	double *x = a->s[0], *y = a->s[1], last[2] = {y[0], y[1]};
	memcpy(z, weight_of(a, "b_in"), sizeof(double) * 4);
	times(weight_of(a, "W_in"), 4, 3, a->x, z);
	times(weight_of(a, "W_back"), 4, 2, y, z);
	for (int k = 0; k < 8; k++)
		z[k / 2] += W[k] * x[(int)column[k]];
	EACH(a) x[k] = 0.4 * x[k] + 0.6 * tanh(z[k]);
	for (int o = 0; o < 2; o++) {
		y[o] = weight_of(a, "b_out")[o];
		for (int k = 0; k < 3; k++)
			y[o] += out[o * 9 + k] * a->x[k];
		EACH(a) y[o] += out[o * 9 + 3 + k] * x[k];
		for (int k = 0; k < 2; k++)
			y[o] += out[o * 9 + 7 + k] * last[k];
	}
}

const equation equations_simple[] = {
	{"rnn", rnn},
	{"irnn", irnn},
	{"leaky", leaky},
	{"bn_rnn", bn_rnn},
	{"bn_lstm", bn_lstm},
	{"li_gru", li_gru},
	{"jordan", jordan},
	{"back_projection", back_projection},
	{"indrnn", indrnn},
	{"fast_rnn", fast_rnn},
	{"scrn", scrn},
	{"antisymmetric", antisymmetric},
	{"antisymmetric_gated", antisymmetric_gated},
	{"cornn", cornn},
	{"lem", lem},
	{"clockwork", clockwork},
	{"esn", esn},
	{"own", own},
	{NULL, NULL},
};
