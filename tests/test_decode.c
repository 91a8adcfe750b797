/* Saying symbols: greedy, drawn, by beams; and being taught. */
#include "cell_bench.h"

enum { CLASSES = 4, LONGEST = 5, STOP = 0, FIRST = 3 };

typedef struct speaker {
	tl_params *set;
	tl_cell *cell;
	tl_param *embedding, *V;
} speaker;

static speaker speaker_create(unsigned seed, double size)
{
	speaker s = {.set = tl_params_create(TL_F64)};
	s.cell = tl_cell_create(s.set, "lstm", "l", (tl_cell_options){.in = 3, .hidden = 5});
	s.embedding = tl_params_add(s.set, "E", tl_dims(CLASSES, 3), tl_init_zeros());
	s.V = tl_params_add(s.set, "V", tl_dims(CLASSES, 5), tl_init_zeros());
	int64_t n;
	double *x = tl_params_values(s.set, &n);
	bench_draw(s.set, 1);
	for (int64_t i = 0; i < n; i++)
		x[i] *= size * (1 + 0.5 * bench_number(seed, (unsigned)i));
	return s;
}

static void speaker_destroy(speaker *s)
{
	tl_cell_destroy(s->cell);
	tl_params_destroy(s->set);
}

static tl_tensor next(tl_tape *tape, void *user, tl_tensor symbols, tl_state *state)
{
	const speaker *s = user;
	*state = tl_cell_step(s->cell, tl_embedding(tl_use(tape, s->embedding), symbols), *state);
	return tl_linear(state->h, tl_use(tape, s->V), TL_NONE);
}

static tl_decoder decoder_of(speaker *s)
{
	return (tl_decoder){next, s, FIRST, STOP};
}

/* log p of a whole sequence, by teaching it. */
static double likelihood(speaker *s, const int32_t *symbols, int length)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_decoder d = decoder_of(s);
	tl_tensor targets = tl_input_int(tape, tl_dims(length, 1), symbols);
	tl_tensor scores = tl_decoder_teacher_force(
		&d, targets, tl_cell_initial_state(s->cell, tape, 1), NULL, NULL);
	double sum = -tl_item(tl_sum(
		tl_cross_entropy(scores, targets,
				 &(tl_cross_entropy_options){.reduction = TL_REDUCTION_NONE}),
		TL_ALL));
	assert_fine(tape);
	tl_tape_destroy(tape);
	return sum;
}

START_TEST(a_beam_of_one_is_greedy)
{
	for (unsigned seed = 0; seed < 20; seed++) {
		speaker s = speaker_create(seed, 2);
		tl_decoder d = decoder_of(&s);
		tl_tape *tape = tl_tape_create(TL_F64);
		int32_t symbols[2 * LONGEST], lengths[2], best[LONGEST];
		tl_decoder_generate(&d, tl_cell_initial_state(s.cell, tape, 2), LONGEST, NULL,
				    symbols, lengths);
		tl_hypothesis said = {.tokens = best};
		int n = tl_decoder_beam_search(&d, tl_cell_initial_state(s.cell, tape, 1), LONGEST,
					       (tl_beam_search_options){.beam_width = 1}, &said, 1);
		assert_fine(tape);
		ck_assert(n == 1 && said.length == lengths[0] && lengths[1] == lengths[0]);
		ck_assert(!memcmp(best, symbols, (size_t)said.length * sizeof *best));
		tl_tape_destroy(tape);
		speaker_destroy(&s);
	}
}
END_TEST

/* All sequences that end by STOP within LONGEST, or are cut there. */
static void enumerate(speaker *s, double alpha, double *best, int32_t *symbols, int at,
		      int32_t *winner)
{
	for (int32_t c = 0; c < CLASSES; c++) {
		symbols[at] = c;
		if (c != STOP && at + 1 < LONGEST) {
			enumerate(s, alpha, best, symbols, at + 1, winner);
			continue;
		}
		double score = likelihood(s, symbols, at + 1) / pow((5 + at + 1) / 6.0, alpha);
		if (score > *best) {
			*best = score;
			memset(winner, 0, LONGEST * sizeof *winner);
			memcpy(winner, symbols, (size_t)(at + 1) * sizeof *winner);
		}
	}
}

START_TEST(a_large_beam_finds_the_best_of_all)
{
	for (unsigned seed = 0; seed < 3; seed++) {
		double alpha = seed == 1 ? 0.8 : 0, best = -INFINITY;
		speaker s = speaker_create(seed + 40, 1.5);
		tl_decoder d = decoder_of(&s);
		int32_t symbols[LONGEST], winner[LONGEST], room[3][LONGEST];
		enumerate(&s, alpha, &best, symbols, 0, winner);
		tl_hypothesis said[3] = {
			{.tokens = room[0]}, {.tokens = room[1]}, {.tokens = room[2]}};
		tl_tape *tape = tl_tape_create(TL_F64);
		tl_beam_search_options o = {.beam_width = 400, .length_penalty = alpha};
		int n = tl_decoder_beam_search(&d, tl_cell_initial_state(s.cell, tape, 1), LONGEST,
					       o, said, 3);
		assert_fine(tape);
		ck_assert_int_eq(n, 3);
		assert_near(said[0].score, best, 1e-9);
		for (int k = 0; k < said[0].length; k++)
			ck_assert_int_eq(said[0].tokens[k], winner[k]);
		ck_assert(said[0].score >= said[1].score && said[1].score >= said[2].score);
		tl_tape_destroy(tape);
		speaker_destroy(&s);
	}
}
END_TEST

START_TEST(draws_follow_the_shares)
{
	const double scores[] = {log(0.5), log(0.3), log(0.15), log(0.05)};
	tl_sampling plain = {.temperature = 1}, k = {.temperature = 1, .top_k = 2};
	tl_sampling p = {.temperature = 1, .top_p = 0.7}, cold = {.temperature = 0.5};
	double count[4][4] = {{0}};
	const int many = 20000;
	for (int i = 0; i < many; i++) {
		double u = (i + 0.5) / many;
		count[0][tl_sample_logits(scores, 4, &plain, u)]++;
		count[1][tl_sample_logits(scores, 4, &k, u)]++;
		count[2][tl_sample_logits(scores, 4, &p, u)]++;
		count[3][tl_sample_logits(scores, 4, &cold, u)]++;
	}
	const double squares = 0.25 + 0.09 + 0.0225 + 0.0025;
	const double want[4][4] = {
		{0.5, 0.3, 0.15, 0.05},
		{0.625, 0.375, 0, 0},
		{0.625, 0.375, 0, 0},
		{0.25 / squares, 0.09 / squares, 0.0225 / squares, 0.0025 / squares}};
	for (int i = 0; i < 4; i++)
		for (int c = 0; c < 4; c++)
			assert_near(count[i][c] / many, want[i][c], 1e-3);
	tl_sampling none = {0}, one = {.temperature = 1, .top_k = 1}, tiny = {1, 0, 1e-9, 0};
	ck_assert_int_eq(tl_sample_logits(scores, 4, &none, 0.99), 0);
	ck_assert_int_eq(tl_sample_logits(scores, 4, &one, 0.99), 0);
	ck_assert_int_eq(tl_sample_logits(scores, 4, &tiny, 0.99), 0);
	ck_assert_int_eq(tl_sample_logits(scores, 4, NULL, 0.99), 0);
}
END_TEST

START_TEST(what_is_said_follows_from_the_seed)
{
	speaker s = speaker_create(3, 0.5);
	tl_decoder d = decoder_of(&s);
	int32_t symbols[3][8 * LONGEST], lengths[8];
	for (int k = 0; k < 3; k++) {
		tl_tape *tape = tl_tape_create(k == 1 ? TL_F32 : TL_F64);
		tl_sampling how = {.temperature = 1, .seed = k == 2};
		tl_state start = tl_cell_initial_state(s.cell, tape, 8);
		ck_assert_int_eq(tl_decoder_generate(&d, start, LONGEST, &how, symbols[k], lengths),
				 TL_OK);
		for (int r = 0; r < 8; r++)
			for (int i = lengths[r]; i < LONGEST; i++)
				ck_assert_int_eq(symbols[k][r * LONGEST + i], STOP);
		tl_tape_destroy(tape);
	}
	ck_assert(!memcmp(symbols[0], symbols[1], sizeof symbols[0]));
	ck_assert(memcmp(symbols[0], symbols[2], sizeof symbols[0]));
	speaker_destroy(&s);
}
END_TEST

/* teach 0 feeds back what the net says itself: as greedy does. */
START_TEST(scheduled_sampling_goes_from_teacher_to_self)
{
	speaker s = speaker_create(11, 3);
	tl_decoder d = decoder_of(&s);
	d.end_token = -1;
	static const int32_t targets[LONGEST * 2] = {1, 2, 3, 0, 2, 1, 1, 2, 0, 3};
	int32_t said[2 * LONGEST], lengths[2];
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_decoder_generate(&d, tl_cell_initial_state(s.cell, tape, 2), LONGEST, NULL, said,
			    lengths);
	tl_tensor y = tl_input_int(tape, tl_dims(LONGEST, 2), targets);
	tl_tensor own =
		tl_argmax(tl_decoder_teacher_force(
				  &d, y, tl_cell_initial_state(s.cell, tape, 2),
				  &(tl_teacher_forcing_options){.sampling_probability = 1}, NULL),
			  2);
	const int32_t *symbols = tl_value_int(own);
	assert_fine(tape);
	for (int r = 0; r < 2; r++)
		for (int k = 0; k < LONGEST; k++)
			ck_assert_int_eq(symbols[k * 2 + r], said[r * LONGEST + k]);
	tl_tape_set_training(tape, false); /* then the teacher alone */
	tl_tensor taught =
		tl_decoder_teacher_force(&d, y, tl_cell_initial_state(s.cell, tape, 2), NULL, NULL);
	tl_tensor mixed = tl_decoder_teacher_force(
		&d, y, tl_cell_initial_state(s.cell, tape, 2),
		&(tl_teacher_forcing_options){.sampling_probability = 0.5}, NULL);
	ck_assert(tl_item(tl_sum(tl_abs(tl_sub(taught, mixed)), TL_ALL)) == 0);
	tl_tape_set_training(tape, true);
	mixed = tl_decoder_teacher_force(&d, y, tl_cell_initial_state(s.cell, tape, 2),
					 &(tl_teacher_forcing_options){.sampling_probability = 0.5},
					 NULL);
	ck_assert(tl_item(tl_sum(tl_abs(tl_sub(taught, mixed)), TL_ALL)) > 0);
	tl_tensor loss = tl_cross_entropy(mixed, y, NULL);
	ck_assert_int_eq(tl_backward(loss), TL_OK);
	tl_tape_destroy(tape);
	speaker_destroy(&s);
}
END_TEST

/* What is fed is drawn by its share: a decoder that says the same whatever it hears shows it. */
struct deaf {
	double scores[3];
	tl_tensor heard; /* the last symbols */
};

static tl_tensor say_the_same(tl_tape *tape, void *user, tl_tensor symbols, tl_state *state)
{
	struct deaf *d = user;
	(void)state;
	d->heard = symbols;
	return tl_broadcast_to(tl_input_double(tape, tl_dims(1, 3), d->scores),
			       tl_dims(tl_tensor_size(symbols), 3));
}

START_TEST(what_is_fed_can_be_drawn)
{
	enum { ROWS = 20000 };
	static int32_t targets[2 * ROWS]; /* all 0 */
	/* shares of 1/6, 2/6 and 3/6 at temperature 1 */
	struct deaf deaf = {{log(1), log(2), log(3)}, {0}};
	tl_decoder d = {say_the_same, &deaf, 0, -1};
	tl_tape *tape = tl_tape_create(TL_F64);
	int32_t first[2] = {0};
	for (int round = 0; round < 4; round++) {
		static const double teach[] = {0, 0.5, 0, 0}, temperature[] = {1, 1, 0.5, 1};
		double sum = 0, want[3], count[3] = {0};
		tl_tape_rewind(tape);
		tl_tensor y = tl_input_int(tape, tl_dims(2, ROWS), targets);
		tl_state s = tl_state_of(tl_zeros(tape, tl_dims(ROWS, 1)));
		tl_tensor all = tl_decoder_teacher_force(
			&d, y, s,
			&(tl_teacher_forcing_options){.sampling_probability = 1 - teach[round],
						      .temperature = temperature[round]},
			NULL);
		const int32_t *heard = tl_value_int(deaf.heard);
		assert_fine(tape);
		ck_assert_int_eq(tl_tensor_dim(all, 0), 2);
		for (int k = 0; k < 3; k++)
			sum += want[k] = pow(k + 1, 1 / temperature[round]);
		for (int r = 0; r < ROWS; r++)
			count[heard[r]]++;
		for (int k = 0; k < 3; k++)
			assert_near(count[k] / ROWS,
				    teach[round] * (k == 0) + (1 - teach[round]) * want[k] / sum,
				    0.015);
		/* another round, other draws */
		if (round % 3 == 0)
			for (int r = 0; r < 19; r++)
				first[round / 3] = first[round / 3] * 3 + heard[r];
	}
	ck_assert_int_ne(first[0], first[1]);
	/* two draws from the same scores are two */
	tl_tape_rewind(tape);
	tl_tensor y = tl_input_int(tape, tl_dims(2, ROWS), targets);
	tl_state s = tl_state_of(tl_zeros(tape, tl_dims(ROWS, 1)));
	tl_decoder_teacher_force(
		&d, y, s,
		&(tl_teacher_forcing_options){.sampling_probability = 1, .temperature = 1}, NULL);
	tl_tensor one = deaf.heard;
	tl_decoder_teacher_force(
		&d, y, s,
		&(tl_teacher_forcing_options){.sampling_probability = 1, .temperature = 1}, NULL);
	tl_tensor both[2] = {one, deaf.heard};
	ck_assert_int_eq(tl_evaluate(both, 2), TL_OK);
	ck_assert(memcmp(tl_value_int(one), tl_value_int(deaf.heard), ROWS * sizeof(int32_t)) != 0);
	/* what cannot be drawn from is said */
	deaf.scores[1] = NAN;
	tl_tape_rewind(tape);
	y = tl_input_int(tape, tl_dims(2, ROWS), targets);
	s = tl_state_of(tl_zeros(tape, tl_dims(ROWS, 1)));
	tl_decoder_teacher_force(
		&d, y, s,
		&(tl_teacher_forcing_options){.sampling_probability = 1, .temperature = 1}, NULL);
	ck_assert_ptr_null(tl_value_int(deaf.heard));
	ck_assert_msg(strstr(tl_tape_error(tape), "draw: row 0: its scores have a NaN"), "%s",
		      tl_tape_error(tape));
	tl_tape_destroy(tape);
}
END_TEST

/* Two symbols taught and then a third are three taught, from the state that the two left. */
START_TEST(teaching_leaves_the_state_to_go_on_from)
{
	static const int32_t symbols[] = {2, 1, 3};
	speaker s = speaker_create(5, 1);
	tl_decoder d = decoder_of(&s), later = d;
	later.start_token = symbols[1];
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor all = tl_input_int(tape, tl_dims(3, 1), symbols);
	tl_state start = tl_cell_initial_state(s.cell, tape, 1), last, end;
	tl_tensor whole = tl_decoder_teacher_force(&d, all, start, NULL, &end);
	tl_decoder_teacher_force(&d, tl_slice(all, 0, 0, 2, 1), start, NULL, &last);
	tl_tensor third =
		tl_decoder_teacher_force(&later, tl_slice(all, 0, 2, 3, 1), last, NULL, &last);
	const double *a = tl_value_double(whole), *b = tl_value_double(third);
	assert_fine(tape);
	for (int c = 0; c < CLASSES; c++)
		ck_assert(a[2 * CLASSES + c] == b[c]);
	for (int k = 0; k < 2; k++)
		ck_assert(tl_value_double(*tl_state_at(&end, k))[3] ==
			  tl_value_double(*tl_state_at(&last, k))[3]);
	tl_tape_destroy(tape);
	speaker_destroy(&s);
}
END_TEST

/* When all symbols are as likely, the first one is said, and of beams the one that came first. */
START_TEST(of_equals_the_first_is_said)
{
	speaker s = speaker_create(5, 0);
	tl_decoder d = decoder_of(&s);
	d.end_token = -1;
	tl_tape *tape = tl_tape_create(TL_F64);
	int32_t symbols[LONGEST], lengths[1], room[3][LONGEST];
	tl_decoder_generate(&d, tl_cell_initial_state(s.cell, tape, 1), LONGEST, NULL, symbols,
			    lengths);
	tl_hypothesis said[3] = {{.tokens = room[0]}, {.tokens = room[1]}, {.tokens = room[2]}};
	int n = tl_decoder_beam_search(&d, tl_cell_initial_state(s.cell, tape, 1), LONGEST,
				       (tl_beam_search_options){.beam_width = 3}, said, 3);
	assert_fine(tape);
	ck_assert(n == 3 && lengths[0] == LONGEST);
	for (int k = 0; k < LONGEST; k++)
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(said[i].tokens[k], k + 1 < LONGEST ? symbols[k] : i);
	ck_assert(said[0].score == said[2].score);
	tl_tape_destroy(tape);
	speaker_destroy(&s);
}
END_TEST

START_TEST(what_cannot_be_is_said)
{
	speaker s = speaker_create(1, 1);
	tl_decoder d = decoder_of(&s), none = {0};
	tl_tape *tape = tl_tape_create(TL_F64);
	int32_t symbols[LONGEST], lengths[1];
	ck_assert(tl_decoder_generate(&none, tl_cell_initial_state(s.cell, tape, 1), LONGEST, NULL,
				      symbols, lengths));
	ck_assert_msg(strstr(tl_tape_error(tape), "no decoder"), "%s", tl_tape_error(tape));
	tl_tape_rewind(tape);
	tl_hypothesis said = {.tokens = symbols};
	ck_assert_int_eq(tl_decoder_beam_search(&d, tl_cell_initial_state(s.cell, tape, 2), LONGEST,
						(tl_beam_search_options){.beam_width = 2}, &said,
						1),
			 -1);
	ck_assert_msg(strstr(tl_tape_error(tape), "one row"), "%s", tl_tape_error(tape));
	tl_tape_rewind(tape);
	tl_decoder_teacher_force(&d, tl_zeros(tape, tl_dims(2, 1)),
				 tl_cell_initial_state(s.cell, tape, 1), NULL, NULL);
	ck_assert_msg(strstr(tl_tape_error(tape), "targets are integers"), "%s",
		      tl_tape_error(tape));
	tl_tape_destroy(tape);
	speaker_destroy(&s);
}
END_TEST

SUITE("decode", a_beam_of_one_is_greedy, a_large_beam_finds_the_best_of_all,
      draws_follow_the_shares, what_is_said_follows_from_the_seed,
      scheduled_sampling_goes_from_teacher_to_self, what_is_fed_can_be_drawn,
      teaching_leaves_the_state_to_go_on_from, of_equals_the_first_is_said, what_cannot_be_is_said)
