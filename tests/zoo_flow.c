/* Nets that are steps of differential equations, linear ones among them, and nets over pictures. */
#include "zoo_equations.h"

/* Rusch & Mishra 2021, one layer: z moves first. */
static void unicornn(const at *a, const past *p)
{
	double dt = option_of(p, "dt", 0.1), alpha = option_of(p, "alpha", 1);
	double *y = a->s[0], *z = a->s[1];
	row v;
	memcpy(v, weight_of(a, "b"), (size_t)a->n * sizeof *v);
	add(a, "V", a->in, a->x, v);
	EACH(a)
	{
		double step = dt * (0.5 + 0.5 * tanh(weight_of(a, "c")[k] / 2));
		z[k] -= step * (tanh(v[k] + weight_of(a, "w")[k] * y[k]) + alpha * y[k]);
		y[k] += step * z[k];
	}
}

/* Hasani, Lechner, Amini, Rus & Grosu 2021, algorithm 1: the fused step, some times over. */
static void ltc(const at *a, const past *p)
{
	int unfold = size_of(p, "unfold", 6);
	double step = option_of(p, "dt", 1) / unfold, *h = a->s[0];
	row f;
	for (int l = 0; l < unfold; l++) {
		memcpy(f, weight_of(a, "b"), (size_t)a->n * sizeof *f);
		add(a, "W", a->in, a->x, f);
		add(a, "U", a->n, h, f);
		EACH(a)
		{
			double tau = exp(weight_of(a, "log_tau")[k]), s = sig(f[k]);
			h[k] = (h[k] + step * s * weight_of(a, "A")[k]) /
			       (1 + step * (1 / tau + s));
		}
	}
}

static void head(const at *a, const char *name, const double *z, int width, double *out)
{
	char W[8], b[8];
	snprintf(W, sizeof W, "W_%s", name);
	snprintf(b, sizeof b, "b_%s", name);
	product(a, W, a->n, width, z, out);
	EACH(a) out[k] += weight_of(a, b)[k];
}

/* Hasani et al. 2022, and their lecun_tanh in the backbone */
static void cfc(const at *a, const past *p)
{
	int width = size_of(p, "backbone", 128), layers = size_of(p, "layers", 1),
	    size = a->in + a->n;
	double dt = strstr(p->options, "timed=true") ? a->x[a->in - 1] : 1;
	row z, next, g, h, rate, shift;
	memcpy(z, a->x, (size_t)a->in * sizeof *z);
	memcpy(z + a->in, a->s[0], (size_t)a->n * sizeof *z);
	for (int l = 0; l < layers; l++) {
		char B[24], b[24];
		snprintf(B, sizeof B, "B_%d", l);
		snprintf(b, sizeof b, "b_%d", l);
		product(a, B, width, size, z, next);
		for (int k = 0; k < width; k++)
			z[k] = 1.7159 * tanh(0.666 * (next[k] + weight_of(a, b)[k]));
		size = width;
	}
	head(a, "g", z, size, g);
	head(a, "h", z, size, h);
	head(a, "f", z, size, rate);
	head(a, "k", z, size, shift);
	EACH(a)
	{
		double t = sig(rate[k] * dt + shift[k]);
		a->s[0][k] = tanh(g[k]) * (1 - t) + t * tanh(h[k]);
	}
}

/* Erichson, Azencot, Queiruga, Hodgkinson & Mahoney 2021: a matrix of one M */
static void symmetric_skew(const at *a, const char *name, double beta, double gamma,
			   const double *h, double *out)
{
	const double *M = weight_of(a, name);
	EACH(a)
	for (int j = 0; j < a->n; j++) {
		double one = M[k * a->n + j], other = M[j * a->n + k];
		out[k] +=
			((1 - beta) * (one + other) + beta * (one - other) - (j == k ? gamma : 0)) *
			h[j];
	}
}

static void lipschitz_rnn(const at *a, const past *p)
{
	double beta = option_of(p, "beta", 0.75), gamma = option_of(p, "gamma", 0.001);
	row linear = {0}, z;
	memcpy(z, weight_of(a, "b"), (size_t)a->n * sizeof *z);
	add(a, "U", a->in, a->x, z);
	symmetric_skew(a, "M_W", beta, gamma, a->s[0], z);
	symmetric_skew(a, "M_A", beta, gamma, a->s[0], linear);
	EACH(a) a->s[0][k] += option_of(p, "epsilon", 0.03) * (linear[k] + tanh(z[k]));
}

/* Orvieto et al. 2023, with complex numbers taken apart by hand */
static void lru(const at *a, const past *p)
{
	double *y = a->s[0], *re = a->s[1], *im = a->s[2];
	row in_re, in_im;
	(void)p;
	product(a, "B_re", a->n, a->in, a->x, in_re);
	product(a, "B_im", a->n, a->in, a->x, in_im);
	EACH(a)
	{
		double size = exp(-exp(weight_of(a, "nu")[k])),
		       angle = exp(weight_of(a, "theta")[k]);
		double scale = sqrt(1 - size * size), old = re[k];
		re[k] = size * (cos(angle) * old - sin(angle) * im[k]) + scale * in_re[k];
		im[k] = size * (sin(angle) * old + cos(angle) * im[k]) + scale * in_im[k];
	}
	EACH(a)
	y[k] = dot(weight_of(a, "C_re") + k * a->n, re, a->n) -
	       dot(weight_of(a, "C_im") + k * a->n, im, a->n) +
	       dot(weight_of(a, "D") + k * a->in, a->x, a->in);
}

/* De et al. 2024: a^(c r), a the sigmoid of a weight */
static void rg_lru(const at *a, const past *p)
{
	row x, r, i;
	product(a, "W", a->n, a->in, a->x, x);
	gate(a, "a", NULL, r);
	gate(a, "x", NULL, i);
	EACH(a)
	{
		double keep = pow(sig(weight_of(a, "Lambda")[k]), option_of(p, "c", 8) * sig(r[k]));
		a->s[0][k] = keep * a->s[0][k] + sqrt(1 - keep * keep) * (sig(i[k]) * x[k]);
	}
}

/* Qin, Yang & Zhong 2023 */
static void hgrn(const at *a, const past *p)
{
	double least = option_of(p, "gamma", 0.5), *re = a->s[1], *im = a->s[2];
	row keep, x, y, g;
	gate(a, "lambda", NULL, keep);
	gate(a, "re", NULL, x);
	gate(a, "im", NULL, y);
	EACH(a)
	{
		double l = least + (1 - least) * sig(keep[k]), t = weight_of(a, "theta")[k];
		double old = re[k];
		re[k] = l * (cos(t) * old - sin(t) * im[k]) + (1 - l) * silu(x[k]);
		im[k] = l * (sin(t) * old + cos(t) * im[k]) + (1 - l) * silu(y[k]);
	}
	memcpy(g, weight_of(a, "b_g"), 2 * (size_t)a->n * sizeof *g);
	times(weight_of(a, "W_g"), 2 * a->n, a->in, a->x, g);
	EACH(a) g[k] = sig(g[k]) * re[k];
	for (int k = 0; k < a->n; k++)
		g[a->n + k] = sig(g[a->n + k]) * im[k];
	normalise(g, 2 * a->n, weight_of(a, "gain"));
	product(a, "W_o", a->n, 2 * a->n, g, a->s[0]);
}

/* Gu & Dao 2023: each channel has so many numbers; A is diagonal, B and C come from the input. */
static void mamba(const at *a, const past *p)
{
	int states = size_of(p, "states", 8);
	row u, step, B, C;
	product(a, "W", a->n, a->in, a->x, u);
	memcpy(step, weight_of(a, "b_delta"), (size_t)a->n * sizeof *step);
	add(a, "W_delta", a->n, u, step);
	product(a, "W_B", states, a->n, u, B);
	product(a, "W_C", states, a->n, u, C);
	EACH(a)
	{
		double d = softplus(step[k]), *h = a->s[1] + k * states;
		const double *A_log = weight_of(a, "A_log") + k * states;
		for (int j = 0; j < states; j++)
			h[j] = exp(-exp(A_log[j]) * d) * h[j] + d * u[k] * B[j];
		a->s[0][k] = dot(h, C, states) + weight_of(a, "D")[k] * u[k];
	}
}

/* Voelker, Kajic & Eliasmith 2019, by Euler's rule */
static void lmu(const at *a, const past *p)
{
	int order = size_of(p, "order", 6);
	double theta = option_of(p, "theta", 50), *h = a->s[0], *m = a->s[1];
	row old, z = {0};
	double u = dot(weight_of(a, "e_x"), a->x, a->in) + dot(weight_of(a, "e_h"), h, a->n) +
		   dot(weight_of(a, "e_m"), m, order);
	memcpy(old, m, (size_t)order * sizeof *old);
	for (int i = 0; i < order; i++) {
		double slope = (i % 2 ? -1 : 1) * u;
		for (int j = 0; j < order; j++)
			slope += (i < j ? -1 : pow(-1, i - j + 1)) * old[j];
		m[i] += (2 * i + 1) * slope / theta;
	}
	add(a, "W_x", a->in, a->x, z);
	add(a, "W_h", a->n, h, z);
	add(a, "W_m", order, m, z);
	EACH(a) h[k] = tanh(z[k]);
}

/* Oliva, Poczos & Schneider 2017; the test gives two spans. */
static void statistical_ru(const at *a, const past *p)
{
	int features = size_of(p, "features", 16), summary = size_of(p, "summary", 8);
	static const double span[2] = {0.25, 0.75};
	double *mu = a->s[1];
	row r, f, o;
	memcpy(r, weight_of(a, "b_r"), (size_t)summary * sizeof *r);
	times(weight_of(a, "W_r"), summary, 2 * features, mu, r);
	for (int k = 0; k < summary; k++)
		r[k] = fmax(r[k], 0);
	memcpy(f, weight_of(a, "b_p"), (size_t)features * sizeof *f);
	times(weight_of(a, "W_p"), features, summary, r, f);
	times(weight_of(a, "W_x"), features, a->in, a->x, f);
	for (int i = 0; i < 2; i++)
		for (int k = 0; k < features; k++) {
			double *mean = mu + i * features + k;
			*mean = span[i] * *mean + (1 - span[i]) * fmax(f[k], 0);
		}
	memcpy(o, weight_of(a, "b_o"), (size_t)a->n * sizeof *o);
	add(a, "W_o", 2 * features, mu, o);
	EACH(a) a->s[0][k] = fmax(o[k], 0);
}

enum { ROWS = 3, COLUMNS = 2, PIXELS = ROWS * COLUMNS };

/* out += K * v: kernels of three by three over pictures of `from` channels, zeros outside */
static void correlate(const double *K, int to, int from, const double *v, double *out)
{
	for (int o = 0; o < to; o++)
		for (int i = 0; i < from; i++)
			for (int r = 0; r < ROWS; r++)
				for (int c = 0; c < COLUMNS; c++)
					for (int q = 0; q < 9; q++) {
						int y = r + q / 3 - 1, x = c + q % 3 - 1;
						if (y < 0 || y >= ROWS || x < 0 || x >= COLUMNS)
							continue;
						out[o * PIXELS + r * COLUMNS + c] +=
							K[(o * from + i) * 9 + q] *
							v[i * PIXELS + y * COLUMNS + x];
					}
}

static void picture_gate(const at *a, const char *name, const double *h, double *out)
{
	char text[3][8];
	static const char letters[] = "WUb";
	for (int j = 0; j < 3; j++)
		snprintf(text[j], sizeof text[j], "%c_%s", letters[j], name);
	for (int k = 0; k < a->n * PIXELS; k++)
		out[k] = weight_of(a, text[2])[k / PIXELS];
	correlate(weight_of(a, text[0]), a->n, a->in, a->x, out);
	correlate(weight_of(a, text[1]), a->n, a->n, h, out);
}

/* Ballas, Yao, Pal & Courville 2016: z keeps the old. */
static void conv_gru(const at *a, const past *p)
{
	row z, r, n, h;
	(void)p;
	picture_gate(a, "z", a->s[0], z);
	picture_gate(a, "r", a->s[0], r);
	for (int k = 0; k < a->n * PIXELS; k++)
		h[k] = sig(r[k]) * a->s[0][k];
	picture_gate(a, "h", h, n);
	for (int k = 0; k < a->n * PIXELS; k++)
		a->s[0][k] = sig(z[k]) * a->s[0][k] + (1 - sig(z[k])) * tanh(n[k]);
}

const zoo_equation zoo_flow[] = {
	{"unicornn", "", 3, 4, 2, unicornn},
	{"unicornn", "dt=0.6 alpha=0.3", 3, 4, 2, unicornn},
	{"ltc", "", 3, 4, 1, ltc},
	{"ltc", "unfold=2 dt=0.5", 3, 4, 1, ltc},
	{"cfc", "backbone=6", 3, 4, 1, cfc},
	{"cfc", "backbone=5 layers=2 timed=true", 3, 4, 1, cfc},
	{"cfc", "layers=0", 3, 4, 1, cfc},
	{"lipschitz_rnn", "", 3, 4, 1, lipschitz_rnn},
	{"lipschitz_rnn", "beta=0.6 gamma=0.2 epsilon=0.5", 3, 4, 1, lipschitz_rnn},
	{"lru", "", 3, 4, 3, lru},
	{"rg_lru", "", 3, 4, 1, rg_lru},
	{"rg_lru", "c=2", 3, 4, 1, rg_lru},
	{"hgrn", "", 3, 4, 3, hgrn},
	{"mamba", "states=3", 3, 4, 2, mamba},
	{"lmu", "", 3, 4, 2, lmu},
	{"lmu", "order=5 theta=9", 3, 4, 2, lmu},
	{"statistical_ru", "alpha=[0.25,0.75] features=3 summary=2", 3, 4, 2, statistical_ru},
	{"conv_gru", "height=3 width=2", 1, 2, 1, conv_gru},
	{NULL, NULL, 0, 0, 0, NULL},
};
