/* Scores, weights and contexts against plain loops; masks; gradients. */
#include "cell_bench.h"

enum { S = 4, B = 3, Q = 3, K = 3, N = 5 };

typedef struct looker {
	tl_params *set;
	tl_attention *a;
	tl_param *keys, *query;
	const int32_t *lengths;
	int turns; /* looks, one after the other */
} looker;

static looker looker_create(tl_attention_score score, const int32_t *lengths)
{
	looker l = {.set = tl_params_create(TL_F64), .lengths = lengths, .turns = 2};
	l.a = tl_attention_create(l.set, "look",
				  (tl_attention_options){.score = score,
							 .query_size = Q,
							 .key_size = K,
							 .hidden_size = N,
							 .max_steps = 6,
							 .filters = 2,
							 .width = 3});
	ck_assert_msg(l.a != NULL, "%s", tl_params_error(l.set));
	l.keys = tl_params_add(l.set, "keys", tl_dims(S, B, K), tl_init_zeros());
	l.query = tl_params_add(l.set, "query", tl_dims(2, B, Q), tl_init_zeros());
	bench_draw(l.set, 0.9);
	return l;
}

static void looker_destroy(looker *l)
{
	tl_attention_destroy(l->a);
	tl_params_destroy(l->set);
}

static tl_tensor look(tl_tape *tape, void *user)
{
	const looker *l = user;
	tl_tensor none = {0}, contexts[2];
	tl_tensor n = l->lengths ? tl_input_int(tape, tl_dims(B), l->lengths) : none;
	tl_attention_memory m = tl_attention_prepare(l->a, tl_use(tape, l->keys), n);
	for (int t = 0; t < l->turns; t++) {
		tl_tape_set_step(tape, t);
		contexts[t] = tl_attention_context(l->a, tl_at(tl_use(tape, l->query), t), &m);
	}
	return tl_stack(contexts, l->turns, 0);
}

static tl_tensor loss(tl_tape *tape, void *user)
{
	return bench_weigh(look(tape, user));
}

static const double *number(const looker *l, const char *name)
{
	return tl_param_value(tl_params_find(l->set, name));
}

/* The score of one query and one key, written out. a: the weights of the step before, of all keys.
 */
static double score_of(const looker *l, tl_attention_score score, const double *s, const double *h,
		       int j, const double *a)
{
	double sum = 0, z;
	switch (score) {
	case TL_SCORE_DOT:
	case TL_SCORE_SCALED_DOT:
		for (int k = 0; k < K; k++)
			sum += s[k] * h[k];
		return score == TL_SCORE_DOT ? sum : sum / sqrt(K);
	case TL_SCORE_GENERAL:
		for (int i = 0; i < Q; i++)
			for (int k = 0; k < K; k++)
				sum += s[i] * number(l, "look.W")[i * K + k] * h[k];
		return sum;
	case TL_SCORE_LOCATION:
		for (int i = 0; i < Q; i++)
			sum += number(l, "look.W")[j * Q + i] * s[i];
		return sum;
	default:
		break;
	}
	for (int n = 0; n < N; n++) {
		bool concat = score == TL_SCORE_CONCAT;
		const double *W = number(l, "look.W") + n * (concat ? Q + K : Q);
		const double *U = concat ? W + Q : number(l, "look.U") + n * K;
		z = 0;
		for (int i = 0; i < Q; i++)
			z += W[i] * s[i];
		for (int k = 0; k < K; k++)
			z += U[k] * h[k];
		if (score == TL_SCORE_LOCATION_AWARE) {
			z += number(l, "look.b")[n];
			for (int f = 0; f < 2; f++)
				for (int c = 0; c < 3; c++)
					if (j + c - 1 >= 0 && j + c - 1 < S)
						z += number(l, "look.V")[n * 2 + f] *
						     number(l, "look.F")[f * 3 + c] * a[j + c - 1];
		}
		sum += number(l, "look.v")[n] * tanh(z);
	}
	return sum;
}

static void check_row(const looker *l, tl_attention_score score, int row, const double *y,
		      const double *w)
{
	double last[S] = {0}, a[S];
	for (int t = 0; t < 2; t++) {
		double all = 0;
		int count = l->lengths ? l->lengths[row] : S;
		for (int j = 0; j < S; j++) {
			const double *h = number(l, "keys") + (j * B + row) * K;
			a[j] = score_of(l, score, number(l, "query") + (t * B + row) * Q, h, j,
					last);
			a[j] = j < count ? exp(a[j]) : 0;
			all += a[j];
		}
		for (int j = 0; j < S; j++) {
			a[j] = count ? a[j] / all : 0;
			last[j] = a[j];
			if (t == 1)
				assert_near(w[j * B + row], a[j], 1e-12);
		}
		for (int k = 0; k < K; k++) {
			double sum = 0;
			for (int j = 0; j < count; j++)
				sum += a[j] * number(l, "keys")[(j * B + row) * K + k];
			assert_near(y[(t * B + row) * K + k], sum, 1e-12);
		}
	}
}

START_TEST(every_score_is_as_written)
{
	static const int32_t lengths[B] = {4, 0, 2};
	for (int i = 0; i < 2 * (TL_SCORE_LOCATION_AWARE + 1); i++) {
		looker l = looker_create((tl_attention_score)(i / 2), i % 2 ? lengths : NULL);
		tl_tape *tape = tl_tape_create(TL_F64);
		tl_tensor y = look(tape, &l);
		tl_tensor w = tl_tape_find(tape, "look", 1, "attention");
		ck_assert_msg(!tl_tape_error(tape), "score %d: %s", i / 2, tl_tape_error(tape));
		for (int row = 0; row < B; row++)
			check_row(&l, (tl_attention_score)(i / 2), row, tl_value_double(y),
				  tl_value_double(w));
		tl_tape_destroy(tape);
		looker_destroy(&l);
	}
}
END_TEST

START_TEST(every_score_agrees_with_differences)
{
	static const int32_t lengths[B] = {4, 1, 2};
	for (int i = 0; i <= TL_SCORE_LOCATION_AWARE; i++) {
		looker l = looker_create((tl_attention_score)i, lengths);
		tl_gradcheck_report report;
		ck_assert_msg(tl_gradcheck(loss, &l, l.set, NULL, &report) == TL_OK, "score %d: %s",
			      i, report.message);
		looker_destroy(&l);
	}
}
END_TEST

/* What stands past a row's length is not looked at, even if it is NaN. */
START_TEST(padding_is_not_looked_at)
{
	static const int32_t lengths[B] = {4, 1, 2};
	for (int i = 0; i <= TL_SCORE_LOCATION_AWARE; i++) {
		looker l = looker_create((tl_attention_score)i, lengths);
		double *keys = tl_param_value(l.keys), sum[2], slope[2];
		for (int spoilt = 0; spoilt < 2; spoilt++) {
			for (int j = 0; spoilt && j < S; j++)
				for (int row = 0; row < B; row++)
					for (int k = 0; k < K && j >= lengths[row]; k++)
						keys[(j * B + row) * K + k] = NAN;
			tl_tape *tape = tl_tape_create(TL_F64);
			tl_tensor y = loss(tape, &l);
			tl_tensor g = tl_grad(y, tl_use(tape, l.query));
			sum[spoilt] = tl_item(y);
			slope[spoilt] = tl_item(tl_sum(tl_abs(g), TL_ALL));
			assert_fine(tape);
			tl_tape_destroy(tape);
		}
		ck_assert(sum[0] == sum[1] && slope[0] == slope[1]);
		looker_destroy(&l);
	}
}
END_TEST

/* Heads */

typedef struct seer {
	tl_params *set;
	tl_multihead *heads;
	tl_param *x, *memory;
	bool causal;
} seer;

enum { SIZE = 6, HEADS = 2, M = 3 };

static tl_tensor see(tl_tape *tape, void *user)
{
	static const int32_t lengths[B] = {4, 1, 3};
	const seer *s = user;
	tl_tensor n = tl_input_int(tape, tl_dims(B), lengths);
	return tl_multihead_attend(s->heads, tl_use(tape, s->x), tl_use(tape, s->memory), n,
				   s->causal);
}

static tl_tensor see_loss(tl_tape *tape, void *user)
{
	return bench_weigh(see(tape, user));
}

static void projected(const seer *s, const char *letter, const double *x, double *out)
{
	char name[16];
	snprintf(name, sizeof name, "h.W_%s", letter);
	const double *W = tl_param_value(tl_params_find(s->set, name));
	snprintf(name, sizeof name, "h.b_%s", letter);
	const double *b = tl_param_value(tl_params_find(s->set, name));
	for (int i = 0; i < SIZE; i++) {
		out[i] = b[i];
		for (int k = 0; k < SIZE; k++)
			out[i] += W[i * SIZE + k] * x[k];
	}
}

static void check_head_row(const seer *s, int i, int row, int count, const double *y)
{
	double q[SIZE], k[S][SIZE], v[S][SIZE], mixed[SIZE] = {0}, out[SIZE];
	projected(s, "q", (double *)tl_param_value(s->x) + (i * B + row) * SIZE, q);
	for (int j = 0; j < S; j++) {
		const double *h = (double *)tl_param_value(s->memory) + (j * B + row) * SIZE;
		projected(s, "k", h, k[j]);
		projected(s, "v", h, v[j]);
	}
	for (int head = 0; head < HEADS; head++) {
		double a[S], all = 0;
		int from = head * SIZE / HEADS, to = from + SIZE / HEADS;
		for (int j = 0; j < S; j++) {
			double dot = 0;
			for (int n = from; n < to; n++)
				dot += q[n] * k[j][n];
			a[j] = j < count && !(s->causal && j > i) ? exp(dot / sqrt(SIZE / HEADS))
								  : 0;
			all += a[j];
		}
		for (int j = 0; j < S; j++)
			for (int n = from; n < to; n++)
				mixed[n] += a[j] / all * v[j][n];
	}
	projected(s, "o", mixed, out);
	for (int n = 0; n < SIZE; n++)
		assert_near(y[(i * B + row) * SIZE + n], out[n], 1e-12);
}

START_TEST(heads_are_as_written)
{
	static const int32_t lengths[B] = {4, 1, 3};
	for (int causal = 0; causal < 2; causal++) {
		seer s = {.set = tl_params_create(TL_F64), .causal = causal};
		s.heads = tl_multihead_create(s.set, "h", SIZE, HEADS);
		s.x = tl_params_add(s.set, "x", tl_dims(M, B, SIZE), tl_init_zeros());
		s.memory = tl_params_add(s.set, "memory", tl_dims(S, B, SIZE), tl_init_zeros());
		bench_draw(s.set, 0.7);
		tl_tape *tape = tl_tape_create(TL_F64);
		tl_tensor y = see(tape, &s);
		assert_fine(tape);
		for (int i = 0; i < M; i++)
			for (int row = 0; row < B; row++)
				check_head_row(&s, i, row, lengths[row], tl_value_double(y));
		tl_gradcheck_report report;
		ck_assert_msg(tl_gradcheck(see_loss, &s, s.set, NULL, &report) == TL_OK, "%s",
			      report.message);
		tl_tape_destroy(tape);
		tl_multihead_destroy(s.heads);
		tl_params_destroy(s.set);
	}
}
END_TEST

/* An encoder, a decoder that attends; gradients through both, lengths on both sides. */
typedef struct pair {
	tl_params *set;
	tl_cell *encoder, *decoder;
	tl_attention *a;
} pair;

static tl_tensor translate(tl_tape *tape, void *user)
{
	static const int32_t lengths[B] = {3, 4, 1};
	const pair *p = user;
	float data[S * B * 2];
	for (int i = 0; i < S * B * 2; i++)
		data[i] = (float)bench_number(5, (unsigned)i);
	tl_tensor x = tl_constant(tape, tl_dims(S, B, 2), data), shown[3];
	tl_tensor n = tl_input_int(tape, tl_dims(B), lengths);
	tl_unrolled e = tl_unroll(p->encoder, x, &(tl_unroll_options){.lengths = n});
	tl_attention_memory m = tl_attention_prepare(p->a, e.h, n);
	tl_state s = tl_cell_initial_state_from(p->decoder, e.final_state.h);
	for (int t = 0; t < 3; t++) {
		tl_tape_set_step(tape, t);
		s = tl_attention_step(p->decoder, p->a, tl_at(x, t), s, &m);
		shown[t] = s.h;
	}
	return bench_weigh(tl_stack(shown, 3, 0));
}

START_TEST(a_decoder_attends)
{
	pair p = {.set = tl_params_create(TL_F64)};
	p.encoder =
		tl_cell_create(p.set, "gru", "encoder", (tl_cell_options){.in = 2, .hidden = 3});
	p.decoder =
		tl_cell_create(p.set, "lstm", "decoder", (tl_cell_options){.in = 5, .hidden = 3});
	p.a = tl_attention_create(p.set, "look",
				  (tl_attention_options){.query_size = 3, .key_size = 3});
	bench_draw(p.set, 0.8);
	tl_gradcheck_report report;
	ck_assert_msg(tl_gradcheck(translate, &p, p.set, NULL, &report) == TL_OK, "%s",
		      report.message);
	tl_attention_destroy(p.a);
	tl_cell_destroy(p.encoder), tl_cell_destroy(p.decoder);
	tl_params_destroy(p.set);
}
END_TEST

START_TEST(what_does_not_fit_is_said)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_attention *a = tl_attention_create(
		set, "a", (tl_attention_options){.query_size = 2, .key_size = 3});
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor none = {0};
	tl_attention_prepare(a, tl_ones(tape, tl_dims(4, 2, 2)), none);
	ck_assert_msg(strstr(tl_tape_error(tape), "keys are [4,2,2]"), "%s", tl_tape_error(tape));
	tl_tape_rewind(tape);
	tl_attention_memory m = tl_attention_prepare(a, tl_ones(tape, tl_dims(4, 2, 3)), none);
	tl_attention_context(a, tl_ones(tape, tl_dims(3, 2)), &m);
	ck_assert_msg(strstr(tl_tape_error(tape), "the query is [3,2]"), "%s", tl_tape_error(tape));
	ck_assert_ptr_null(tl_attention_create(
		set, "b",
		(tl_attention_options){.score = TL_SCORE_DOT, .query_size = 2, .key_size = 3}));
	ck_assert_msg(strstr(tl_params_error(set), "one size"), "%s", tl_params_error(set));
	tl_attention_destroy(a);
	tl_attention_destroy(NULL);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

SUITE("attention", every_score_is_as_written, every_score_agrees_with_differences,
      padding_is_not_looked_at, heads_are_as_written, a_decoder_attends, what_does_not_fit_is_said)
