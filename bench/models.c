#include "models.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { GROUPS = 8, MOST_STEPS = 1 << 15 };

bench bench_create(int64_t T, int64_t B, int64_t I, int64_t H, int64_t V)
{
	bench b = {T, B, I, H, V, 1, TL_F32, tl_params_create(TL_F32), NULL, NULL, NULL, {0}};
	b.x = malloc((size_t)(T * B * I + 1) * sizeof *b.x);
	b.token = malloc((size_t)(T * B + 1) * sizeof *b.token);
	b.target = malloc((size_t)(T * B + 1) * sizeof *b.target);
	for (int64_t i = 0; i < T * B * I; i++)
		b.x[i] = (float)sin(1.7 * (double)i);
	for (int64_t i = 0; i < T * B && V; i++) {
		b.token[i] = (int32_t)((i * 7919) % V);
		b.target[i] = (int32_t)((i * 104729) % V);
	}
	return b;
}

void bench_finish(bench *b)
{
	tl_params_destroy(b->set);
	free(b->x);
	free(b->token);
	free(b->target);
}

static tl_tensor weight(bench *b, tl_tape *t, const char *name, tl_shape shape)
{
	tl_param *p = tl_params_find(b->set, name);
	double k = 1 / sqrt((double)b->H);
	return tl_use(t, p ? p : tl_params_add(b->set, name, shape, tl_init_uniform(-k, k)));
}

/* W x + U h + b of one gate */
typedef struct gate {
	tl_tensor W, U, b;
} gate;

static gate gate_of(bench *b, tl_tape *t, const char *layer, char kind, int64_t in)
{
	char name[3][32];
	snprintf(name[0], 32, "%sW%c", layer, kind);
	snprintf(name[1], 32, "%sU%c", layer, kind);
	snprintf(name[2], 32, "%sb%c", layer, kind);
	return (gate){weight(b, t, name[0], tl_dims(b->H, in)),
		      weight(b, t, name[1], tl_dims(b->H, b->H)),
		      weight(b, t, name[2], tl_dims(b->H))};
}

static tl_tensor sum(const gate *g, tl_tensor x, tl_tensor h)
{
	return tl_add(tl_linear(x, g->W, g->b), tl_linear(h, g->U, TL_NONE));
}

typedef struct lstm {
	gate i, f, g, o;
} lstm;

static lstm lstm_of(bench *b, tl_tape *t, const char *layer, int64_t in)
{
	return (lstm){gate_of(b, t, layer, 'i', in), gate_of(b, t, layer, 'f', in),
		      gate_of(b, t, layer, 'g', in), gate_of(b, t, layer, 'o', in)};
}

static void lstm_step(const lstm *p, tl_tensor x, tl_tensor *h, tl_tensor *c)
{
	tl_tensor i = tl_sigmoid(sum(&p->i, x, *h)), f = tl_sigmoid(sum(&p->f, x, *h));
	tl_tensor g = tl_tanh(sum(&p->g, x, *h)), o = tl_sigmoid(sum(&p->o, x, *h));
	*c = tl_add(tl_mul(f, *c), tl_mul(i, g));
	*h = tl_mul(o, tl_tanh(*c));
}

static tl_tensor sequence(bench *b, tl_tape *t)
{
	return b->input = tl_input(t, tl_dims(b->T, b->B, b->I), b->x);
}

static tl_tensor zero_state(bench *b, tl_tape *t)
{
	return tl_zeros(t, tl_dims(b->B, b->H));
}

static tl_tensor mean_square(bench *b, const tl_tensor *h)
{
	return tl_mean(tl_square(tl_stack(h, (int)b->T, 0)), TL_ALL);
}

static tl_tensor hidden[MOST_STEPS];

static tl_tensor lstm_over(bench *b, tl_tape *t, tl_tensor x)
{
	lstm p = lstm_of(b, t, "", b->I);
	tl_tensor h = zero_state(b, t), c = h;
	for (int k = 0; k < b->T; k++) {
		tl_tape_set_step(t, k);
		lstm_step(&p, tl_at(x, k), &h, &c);
		hidden[k] = h;
	}
	return mean_square(b, hidden);
}

tl_tensor bench_lstm(bench *b, tl_tape *t)
{
	return lstm_over(b, t, sequence(b, t));
}

tl_tensor bench_lstm_input(bench *b, tl_tape *t)
{
	return lstm_over(b, t, weight(b, t, "x", tl_dims(b->T, b->B, b->I)));
}

tl_tensor bench_lstm_fused(bench *b, tl_tape *t)
{
	tl_tensor W = weight(b, t, "W", tl_dims(4 * b->H, b->I));
	tl_tensor U = weight(b, t, "U", tl_dims(4 * b->H, b->H));
	tl_tensor bias = weight(b, t, "b", tl_dims(4 * b->H));
	tl_tensor x = sequence(b, t), h = zero_state(b, t), c = h, z[4];
	x = tl_linear(tl_reshape(x, tl_dims(b->T * b->B, b->I)), W, bias);
	x = tl_reshape(x, tl_dims(b->T, b->B, 4 * b->H));
	for (int k = 0; k < b->T; k++) {
		tl_tape_set_step(t, k);
		tl_split(tl_add(tl_at(x, k), tl_linear(h, U, TL_NONE)), 1, 4, z);
		c = tl_add(tl_mul(tl_sigmoid(z[1]), c), tl_mul(tl_sigmoid(z[0]), tl_tanh(z[2])));
		h = tl_mul(tl_sigmoid(z[3]), tl_tanh(c));
		hidden[k] = h;
	}
	return mean_square(b, hidden);
}

tl_tensor bench_peephole(bench *b, tl_tape *t)
{
	lstm p = lstm_of(b, t, "", b->I);
	tl_tensor pi = weight(b, t, "pi", tl_dims(b->H)), pf = weight(b, t, "pf", tl_dims(b->H));
	tl_tensor po = weight(b, t, "po", tl_dims(b->H));
	tl_tensor x = sequence(b, t), h = zero_state(b, t), c = h;
	for (int k = 0; k < b->T; k++) {
		tl_tape_set_step(t, k);
		tl_tensor xt = tl_at(x, k);
		tl_tensor i = tl_sigmoid(tl_add(sum(&p.i, xt, h), tl_mul(pi, c)));
		tl_tensor f = tl_sigmoid(tl_add(sum(&p.f, xt, h), tl_mul(pf, c)));
		c = tl_add(tl_mul(f, c), tl_mul(i, tl_tanh(sum(&p.g, xt, h))));
		tl_tensor o = tl_sigmoid(tl_add(sum(&p.o, xt, h), tl_mul(po, c)));
		h = tl_mul(o, tl_tanh(c));
		hidden[k] = h;
	}
	return mean_square(b, hidden);
}

/* The reset gate after the product, as PyTorch has it. */
typedef struct gru {
	gate r, z, n;
	tl_tensor bn;
} gru;

static gru gru_of(bench *b, tl_tape *t, const char *layer, int64_t in)
{
	char name[32];
	snprintf(name, 32, "%sbU", layer);
	return (gru){gate_of(b, t, layer, 'r', in), gate_of(b, t, layer, 'z', in),
		     gate_of(b, t, layer, 'n', in), weight(b, t, name, tl_dims(b->H))};
}

static tl_tensor gru_step(const gru *p, tl_tensor x, tl_tensor h)
{
	tl_tensor r = tl_sigmoid(sum(&p->r, x, h)), z = tl_sigmoid(sum(&p->z, x, h));
	tl_tensor n = tl_tanh(
		tl_add(tl_linear(x, p->n.W, p->n.b), tl_mul(r, tl_linear(h, p->n.U, p->bn))));
	return tl_add(tl_mul(tl_one_minus(z), n), tl_mul(z, h));
}

tl_tensor bench_gru(bench *b, tl_tape *t)
{
	gru p = gru_of(b, t, "", b->I);
	tl_tensor x = sequence(b, t), h = zero_state(b, t);
	for (int k = 0; k < b->T; k++) {
		tl_tape_set_step(t, k);
		hidden[k] = h = gru_step(&p, tl_at(x, k), h);
	}
	return mean_square(b, hidden);
}

tl_tensor bench_rnn(bench *b, tl_tape *t)
{
	gate p = gate_of(b, t, "", 'h', b->I);
	tl_tensor x = sequence(b, t), h = zero_state(b, t);
	for (int k = 0; k < b->T; k++) {
		tl_tape_set_step(t, k);
		hidden[k] = h = tl_tanh(sum(&p, tl_at(x, k), h));
	}
	return mean_square(b, hidden);
}

/* Koutnik et al. 2014: group g runs at every 2^g-th step and hears from itself and slower groups.
 */
tl_tensor bench_clockwork(bench *b, tl_tape *t)
{
	tl_tensor W[GROUPS], U[GROUPS], bias[GROUPS], x = sequence(b, t), h = zero_state(b, t);
	int64_t n = b->H / GROUPS;
	for (int g = 0; g < GROUPS; g++) {
		char name[32];
		snprintf(name, 32, "W%d", g);
		W[g] = weight(b, t, name, tl_dims(n, b->I));
		snprintf(name, 32, "U%d", g);
		U[g] = weight(b, t, name, tl_dims(n, b->H - g * n));
		snprintf(name, 32, "b%d", g);
		bias[g] = weight(b, t, name, tl_dims(n));
	}
	for (int k = 0; k < b->T; k++) {
		tl_tape_set_step(t, k);
		tl_tensor part[GROUPS + 1], xt = tl_at(x, k);
		int count = 0;
		for (; count < GROUPS && k % (1 << count) == 0; count++) {
			tl_tensor slower = tl_slice(h, 1, count * n, b->H, 1);
			part[count] = tl_tanh(tl_add(tl_linear(xt, W[count], bias[count]),
						     tl_linear(slower, U[count], TL_NONE)));
		}
		if (count < GROUPS)
			part[count] = tl_slice(h, 1, count * n, b->H, 1);
		hidden[k] = h = tl_concat(part, count + (count < GROUPS), 1);
	}
	return mean_square(b, hidden);
}

static tl_tensor cross_entropy(bench *b, tl_tape *t, const tl_tensor *h)
{
	tl_tensor V = weight(b, t, "V", tl_dims(b->V, b->H)), c = weight(b, t, "c", tl_dims(b->V));
	tl_tensor all = tl_reshape(tl_stack(h, (int)b->T, 0), tl_dims(b->T * b->B, b->H));
	return tl_cross_entropy(tl_linear(all, V, c),
				tl_input_int(t, tl_dims(b->T * b->B), b->target), NULL);
}

tl_tensor bench_charlm(bench *b, tl_tape *t)
{
	tl_tensor x = tl_embedding(weight(b, t, "E", tl_dims(b->V, b->I)),
				   tl_input_int(t, tl_dims(b->T, b->B), b->token));
	for (int l = 0; l < b->layers; l++) {
		lstm p = lstm_of(b, t, l ? "2" : "1", l ? b->H : b->I);
		tl_tensor h = zero_state(b, t), c = h;
		for (int k = 0; k < b->T; k++) {
			tl_tape_set_step(t, k);
			lstm_step(&p, l ? hidden[k] : tl_at(x, k), &h, &c);
			hidden[k] = h;
		}
	}
	return cross_entropy(b, t, hidden);
}

tl_tensor bench_char_step(bench *b, tl_tensor token, tl_tensor *h, tl_tensor *c)
{
	tl_tape *t = token.tape;
	lstm p = lstm_of(b, t, "1", b->I);
	lstm_step(&p, tl_embedding(weight(b, t, "E", tl_dims(b->V, b->I)), token), h, c);
	return tl_linear(*h, weight(b, t, "V", tl_dims(b->V, b->H)),
			 weight(b, t, "c", tl_dims(b->V)));
}

/* GRU encoder and decoder, Bahdanau's additive attention, teacher forcing. */
tl_tensor bench_seq2seq(bench *b, tl_tape *t)
{
	static tl_tensor encoded[MOST_STEPS];
	int64_t T = b->T, B = b->B, H = b->H;
	tl_shape flat = tl_dims(T * B, H), cube = tl_dims(T, B, H);
	gru enc = gru_of(b, t, "enc", b->I), dec = gru_of(b, t, "dec", b->I + H);
	tl_tensor source = tl_embedding(weight(b, t, "E", tl_dims(b->V, b->I)),
					tl_input_int(t, tl_dims(T, B), b->token));
	tl_tensor given = tl_embedding(weight(b, t, "D", tl_dims(b->V, b->I)),
				       tl_input_int(t, tl_dims(T, B), b->target));
	tl_tensor Wa = weight(b, t, "Wa", tl_dims(H, H)), Ua = weight(b, t, "Ua", tl_dims(H, H));
	tl_tensor va = weight(b, t, "va", tl_dims(1, H)), h = zero_state(b, t);
	for (int k = 0; k < T; k++)
		encoded[k] = h = gru_step(&enc, tl_at(source, k), h);
	tl_tensor states = tl_stack(encoded, (int)T, 0);
	tl_tensor keys = tl_reshape(tl_linear(tl_reshape(states, flat), Ua, TL_NONE), cube);
	for (int k = 0; k < T; k++) {
		tl_tape_set_step(t, k);
		tl_tensor e = tl_linear(
			tl_reshape(tl_tanh(tl_add(tl_linear(h, Wa, TL_NONE), keys)), flat), va,
			TL_NONE);
		tl_tensor a = tl_softmax(tl_reshape(e, tl_dims(T, B, 1)), 0);
		tl_tensor context = tl_sum(tl_mul(a, states), tl_axes(0));
		tl_tensor in[] = {tl_at(given, k), context};
		hidden[k] = h = gru_step(&dec, tl_concat(in, 2, 1), h);
	}
	return cross_entropy(b, t, hidden);
}
