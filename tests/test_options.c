/*
 * No option of a cell is ignored: over all kinds of the registry and all options, each changes the
 * cell or is refused by the names of both. And options of single kinds that are left out are those
 * of the kind's default.
 */
#include "cell_bench.h"
#include "own_cell.h"

static tl_init first_init(void)
{
	return tl_init_constant(0.3125);
}

typedef struct option {
	const char *name;
	unsigned flag;
	void (*set)(tl_cell_options *o);
} option;

#define OPTION(NAME, VALUE)                                                                        \
	static void set_##NAME(tl_cell_options *o)                                                 \
	{                                                                                          \
		o->NAME = VALUE;                                                                   \
	}

/* Not the paper's function in any kind. */
static tl_tensor other_activation(tl_tensor x)
{
	return tl_sin(x);
}

OPTION(activation, other_activation)
OPTION(input_init, first_init())
OPTION(recurrent_init, first_init())
OPTION(bias_init, first_init())
OPTION(forget_bias, 1.5)
OPTION(chrono, 50)
OPTION(two_biases, true)
OPTION(layer_norm, true)
OPTION(weight_dropout, 0.9)
OPTION(update_dropout, 0.9)

#define ROW(NAME, FLAG)                                                                            \
	{                                                                                          \
#NAME, FLAG, set_##NAME                                                            \
	}
static const option options[] = {
	ROW(activation, TL_OPTION_ACTIVATION),
	ROW(input_init, TL_OPTION_INPUT_INIT),
	ROW(recurrent_init, TL_OPTION_RECURRENT_INIT),
	ROW(bias_init, TL_OPTION_BIAS_INIT),
	ROW(forget_bias, TL_OPTION_FORGET_BIAS),
	ROW(chrono, TL_OPTION_CHRONO),
	ROW(two_biases, TL_OPTION_TWO_BIASES),
	ROW(layer_norm, TL_OPTION_LAYER_NORM),
	ROW(weight_dropout, TL_OPTION_WEIGHT_DROPOUT),
	ROW(update_dropout, TL_OPTION_UPDATE_DROPOUT),
};

enum { OPTIONS = sizeof options / sizeof *options };

/* Names, shapes and values of all parameters, folded into one number. */
static uint64_t parameters_of(tl_params *set)
{
	uint64_t hash = 1469598103934665603u;
	for (int i = 0; i < tl_params_count(set); i++) {
		tl_param *p = tl_params_at(set, i);
		const char *name = tl_param_name(p);
		tl_shape s = tl_param_shape(p);
		size_t size = sizeof(double);
		for (int k = 0; k < s.rank; k++)
			size *= (size_t)s.dim[k];
		const unsigned char *parts[] = {(const void *)name, (const void *)&s,
						tl_param_value(p)};
		const size_t bytes[] = {strlen(name), sizeof s, size};
		for (int part = 0; part < 3; part++)
			for (size_t k = 0; k < bytes[part]; k++)
				hash = (hash ^ parts[part][k]) * 1099511628211u;
	}
	return hash;
}

/* All states of two training steps, with weights that are not zero. */
static double numbers_of(bench *b)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	double value = tl_item(bench_loss(tape, b));
	assert_fine(tape);
	tl_tape_destroy(tape);
	return value;
}

static bench plain_of(const tl_cell_kind *kind, tl_cell_options o, uint64_t *hash)
{
	bench b = {.set = tl_params_create(TL_F64)};
	tl_cell *c = tl_cell_create_from_kind(b.set, kind, "cell", o);
	ck_assert_msg(c != NULL, "%s: %s", kind->name, tl_params_error(b.set));
	*hash = parameters_of(b.set);
	tl_cell_destroy(c);
	tl_params_destroy(b.set);
	return bench_create(kind, o, TL_F64, 2);
}

/* Refused, and the error says by which kind and which option. */
static bool is_refused(const tl_cell_kind *kind, const option *how, tl_cell_options o)
{
	char words[200];
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *c = tl_cell_create_from_kind(set, kind, "cell", o);
	bool refused = !c;
	snprintf(words, sizeof words, "cell cell (%s): this kind has no use for the option %s",
		 kind->name, how->name);
	ck_assert_msg(c || !strcmp(tl_params_error(set), words), "%s", tl_params_error(set));
	tl_cell_destroy(c);
	tl_params_destroy(set);
	return refused;
}

START_TEST(every_option_has_an_effect_or_is_refused)
{
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		uint64_t before, after;
		bench plain = plain_of(kind, bench_options(kind), &before);
		double is = numbers_of(&plain);
		unsigned takes = tl_cell_kind_takes(kind, NULL);
		for (int k = 0; k < OPTIONS; k++) {
			tl_cell_options o = bench_options(kind);
			options[k].set(&o);
			bool refused = is_refused(kind, &options[k], o);
			ck_assert_msg(refused == !(takes & options[k].flag),
				      "%s: tl_cell_kind_takes is wrong of %s", kind->name,
				      options[k].name);
			if (getenv("TL_TABLE"))
				printf("%-22s %-15s %s\n", kind->name, options[k].name,
				       refused ? "refused" : "taken");
			if (refused)
				continue;
			bench b = plain_of(kind, o, &after);
			ck_assert_msg(before != after || numbers_of(&b) != is, "%s ignores %s",
				      kind->name, options[k].name);
			bench_destroy(&b);
		}
		bench_destroy(&plain);
	}
}
END_TEST

/* What is common to nearly all is not lost by an oversight. */
START_TEST(what_kinds_take)
{
	static const struct {
		const char *kind;
		unsigned takes;
	} want[] = {
		{"rnn", TL_OPTION_TWO_BIASES | TL_OPTION_LAYER_NORM | TL_OPTION_WEIGHT_DROPOUT},
		{"irnn", TL_OPTION_RECURRENT_INIT | TL_OPTION_WEIGHT_DROPOUT},
		{"leaky", TL_OPTION_UPDATE_DROPOUT | TL_OPTION_TWO_BIASES},
		{"lstm", (TL_OPTION_UPDATE_DROPOUT << 1) - 1},
		{"gru", (TL_OPTION_UPDATE_DROPOUT << 1) - 1},
		{"mgu", (TL_OPTION_UPDATE_DROPOUT << 1) - 1},
		{"mut1", TL_OPTION_FORGET_BIAS | TL_OPTION_CHRONO},
		{"lem", (TL_OPTION_UPDATE_DROPOUT << 1) - 1},
		{"cornn", TL_OPTION_LAYER_NORM | TL_OPTION_UPDATE_DROPOUT},
		{"indrnn", TL_OPTION_CHRONO | TL_OPTION_WEIGHT_DROPOUT},
		{"conv_lstm", TL_OPTION_WEIGHT_DROPOUT | TL_OPTION_CHRONO},
		{"own", TL_OPTION_TWO_BIASES | TL_OPTION_ACTIVATION},
	};
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		unsigned is = tl_cell_kind_takes(tl_cell_kind_find(want[i].kind), NULL);
		ck_assert_msg((is & want[i].takes) == want[i].takes, "%s: %x", want[i].kind, is);
	}
	/* What a kind takes may follow from its own options. */
	tl_odyssey_options bare = {.no_input_activation = true, .no_output_activation = true};
	tl_cell_options o = {.in = 2, .hidden = 2, .extra = &bare};
	ck_assert(!(tl_cell_kind_takes(tl_cell_kind_find("odyssey"), &o) & TL_OPTION_ACTIVATION));
	ck_assert(tl_cell_kind_takes(tl_cell_kind_find("odyssey"), NULL) & TL_OPTION_ACTIVATION);
	ck_assert_int_eq(tl_cell_kind_takes(NULL, NULL), 0);
}
END_TEST

/* A kind that reads an option by itself says so, and one that would honour it in part refuses. */
static bool says_so, refuses;

static void reading_weights(tl_weight_builder *w, void *into)
{
	tl_tensor *W = into;
	*W = tl_weight(w, "W", tl_dims(w->hidden, w->in),
		       w->options->input_init.fill ? w->options->input_init
						   : tl_init_glorot_uniform());
	if (says_so)
		tl_weights_take(w, TL_OPTION_INPUT_INIT);
	if (refuses)
		tl_weights_refuse(w, TL_OPTION_INPUT_INIT);
}

static tl_state reading_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const tl_tensor *W = tl_cell_weights(cell, x.tape);
	(void)s;
	return tl_state_of(tl_linear(x, *W, TL_NONE));
}

START_TEST(a_kind_may_read_options_by_itself)
{
	const tl_cell_kind reading = {.name = "reading",
				      .state = {"h"},
				      .weights_size = sizeof(tl_tensor),
				      .weights = reading_weights,
				      .step = reading_step};
	tl_cell_options o = {.in = 2, .hidden = 2, .input_init = tl_init_he_normal()};
	for (int k = 0; k < 3; k++) {
		says_so = k > 0, refuses = k > 1;
		tl_params *set = tl_params_create(TL_F32);
		tl_cell *c = tl_cell_create_from_kind(set, &reading, "r", o);
		ck_assert_msg((c != NULL) == (k == 1), "%d: %s", k, tl_params_error(set));
		ck_assert(k == 1 || strstr(tl_params_error(set), "(reading)"));
		ck_assert(k == 1 || strstr(tl_params_error(set), "the option input_init"));
		ck_assert_int_eq(tl_params_count(set), k == 1); /* a set is left as it was */
		tl_cell_destroy(c);
		tl_params_destroy(set);
	}
}
END_TEST

/* A kind that lives shorter than its cell, in every part that it points to. */
static tl_cell *cell_of_a_local_kind(tl_params *set)
{
	char name[8] = "local", doc[8] = "a cell", state[2][4] = {"h", "s"};
	double preset = 0.5;
	tl_cell_options sample = {.in = 1, .hidden = 1};
	tl_cell_kind kind = own_kind;
	kind.name = name, kind.doc = doc;
	kind.state[0] = state[0], kind.state[1] = state[1];
	kind.extra_default = &preset, kind.extra_size = sizeof preset;
	sample.extra = &preset;
	kind.example = &sample;
	tl_cell *c =
		tl_cell_create_from_kind(set, &kind, "c", (tl_cell_options){.in = 2, .hidden = 3});
	memset(&kind, 0xff, sizeof kind);
	memset(name, 'x', sizeof name - 1), memset(state, 'x', sizeof state - 1);
	memset(&sample, 0xff, sizeof sample);
	preset = 7;
	return c;
}

START_TEST(a_kind_may_be_local)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *c = cell_of_a_local_kind(set);
	ck_assert_msg(c != NULL, "%s", tl_params_error(set));
	const tl_cell_kind *kind = tl_cell_get_kind(c);
	ck_assert(!strcmp(kind->name, "local") && !strcmp(kind->doc, "a cell"));
	ck_assert(!strcmp(kind->state[0], "h") && !strcmp(kind->state[1], "s"));
	ck_assert(*(const double *)kind->extra_default == 0.5 && kind->example->hidden == 1);
	ck_assert(*(const double *)kind->example->extra == 0.5);
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_unroll(c, tl_ones(tape, tl_dims(2, 1, 2)), NULL);
	assert_fine(tape);
	tl_cell_step(c, tl_ones(tape, tl_dims(1, 9)), tl_cell_initial_state(c, tape, 1));
	ck_assert_msg(strstr(tl_tape_error(tape), "c (local): x is [1,9]"), "%s",
		      tl_tape_error(tape));
	tl_tape_destroy(tape);
	tl_cell_destroy(c);
	/* One of the registry stays itself. */
	c = tl_cell_create(set, "gru", "g", (tl_cell_options){.in = 1, .hidden = 1});
	ck_assert_ptr_eq(tl_cell_get_kind(c), tl_cell_kind_find("gru"));
	tl_cell_destroy(c);
	tl_params_destroy(set);
}
END_TEST

START_TEST(weights_that_do_not_fit_their_size_are_seen)
{
	for (size_t size = 0; size < sizeof(struct own); size += sizeof(tl_tensor)) {
		tl_cell_kind kind = own_kind;
		kind.name = "short";
		kind.weights_size = size;
		char words[160];
		tl_params *set = tl_params_create(TL_F64);
		ck_assert_ptr_null(tl_cell_create_from_kind(
			set, &kind, "c", (tl_cell_options){.in = 2, .hidden = 3}));
		snprintf(words, sizeof words,
			 "cell c (short): its weights function fills in more than the kind's "
			 "weights_size, %d bytes",
			 (int)size);
		ck_assert_str_eq(tl_params_error(set), words);
		ck_assert_int_eq(tl_params_count(set), 0);
		tl_params_destroy(set);
	}
}
END_TEST

START_TEST(a_taken_name_is_told_from_a_bad_kind)
{
	tl_cell_kind twin = own_kind, nameless = own_kind;
	nameless.name = NULL;
	ck_assert_int_eq(tl_cell_kind_register(&twin), TL_ERROR_NAME);
	twin.name = "lstm";
	ck_assert_int_eq(tl_cell_kind_register(&twin), TL_ERROR_NAME);
	ck_assert_int_eq(tl_cell_kind_register(&nameless), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_cell_kind_register(NULL), TL_ERROR_ARGUMENT);
	ck_assert_str_eq(tl_status_text(TL_ERROR_NAME), "name taken");
}
END_TEST

/* Own options */

static const tl_odyssey_options odyssey = {0};
#define CASE(KIND, TYPE, ...)                                                                      \
	{                                                                                          \
		KIND, &(const TYPE){0}, &(const TYPE){__VA_ARGS__}, sizeof(TYPE)                   \
	}
static const struct {
	const char *kind;
	const void *none, *said;
	size_t size;
} defaults[] = {
	CASE("esn", tl_esn_options, 1, 0.05, 0.9, 1, 1, 0, 1, false),
	CASE("leaky", tl_leaky_options, 0.5),
	{"odyssey", &odyssey, &odyssey, sizeof odyssey},
	CASE("depth_gated", tl_depth_options, 2),
	CASE("highway", tl_depth_options, 2),
	CASE("scrn", tl_scrn_options, .keep = 0.95),
	CASE("janet", tl_janet_options, 1),
	CASE("antisymmetric", tl_antisymmetric_options, 0.01, 0.01),
	CASE("antisymmetric_gated", tl_antisymmetric_options, 0.01, 0.01),
	CASE("cornn", tl_cornn_options, 0.1, 2, 2),
	CASE("lem", tl_lem_options, 1),
	CASE("phased_lstm", tl_phased_options, 0.05, 0.001, false),
	CASE("clockwork", tl_clockwork_options, 4,
	     {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768}),
	CASE("conv_lstm", tl_conv_cell_options, 8, 8, 3),
	CASE("bn_rnn", tl_batch_norm_cell_options, 1, 0.1),
	CASE("bn_lstm", tl_batch_norm_cell_options, 1, 0.1),
	CASE("li_gru", tl_batch_norm_cell_options, 1, 0.1),
	CASE("tree_lstm_nary", tl_tree_options, 2),
};

/* The same numbers, whether a member is left out, all are, or the default is said. */
START_TEST(what_is_left_out_is_the_default)
{
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
		const void *ways[] = {NULL, defaults[i].none, defaults[i].said};
		for (int k = 0; k < 3; k++) {
			tl_params *set = tl_params_create(TL_F32);
			tl_cell *c = tl_cell_create(
				set, defaults[i].kind, "c",
				(tl_cell_options){.in = 2, .hidden = 4, .extra = ways[k]});
			ck_assert_msg(c != NULL, "%s", tl_params_error(set));
			const void *is = tl_cell_get_options(c)->extra;
			ck_assert_msg(!memcmp(is, defaults[i].said, defaults[i].size), "%s, %d",
				      defaults[i].kind, k);
			tl_cell_destroy(c);
			tl_params_destroy(set);
		}
	}
}
END_TEST

/* No member is left behind: a kind that has options takes those that are all zero. */
START_TEST(every_kind_takes_options_that_are_all_zero)
{
	static const max_align_t zeros[64];
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		tl_cell_options o = {.in = 4, .hidden = 4};
		o.extra = kind->extra_size ? zeros : NULL;
		ck_assert_uint_le(kind->extra_size, sizeof zeros);
		tl_params *set = tl_params_create(TL_F32);
		tl_cell *c = tl_cell_create_from_kind(set, kind, "c", o);
		ck_assert_msg(c != NULL, "%s", tl_params_error(set));
		tl_cell_destroy(c);
		if (!kind->extra_size) {
			o.extra = zeros;
			ck_assert_ptr_null(tl_cell_create_from_kind(set, kind, "d", o));
			ck_assert(strstr(tl_params_error(set), "no options of its own"));
		}
		tl_params_destroy(set);
	}
}
END_TEST

/* h' = h + step tanh(A h - gamma h + b): with no gamma, A of one unit is 0 and b is what moves. */
START_TEST(a_real_zero_can_be_said)
{
	tl_antisymmetric_options e = {.step = 1, .diffusion = TL_ZERO};
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *c = tl_cell_create(set, "antisymmetric", "a",
				    (tl_cell_options){.in = 1, .hidden = 1, .extra = &e});
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_state s = tl_state_of(tl_full(tape, tl_dims(1, 1), 3));
	s = tl_cell_step(c, tl_zeros(tape, tl_dims(1, 1)), s);
	ck_assert(tl_item(s.h) == 3);
	tl_tape_destroy(tape);
	tl_cell_destroy(c);
	tl_params_destroy(set);
}
END_TEST

/* Starts */

START_TEST(a_learned_start_is_the_kinds_own_to_begin_with)
{
	for (int wide = 0; wide < 2; wide++)
		for (int i = 0; i < tl_cell_kind_count(); i++) {
			const tl_cell_kind *kind = tl_cell_kind_at(i);
			tl_cell_options o = bench_options(kind);
			tl_dtype dtype = wide ? TL_F64 : TL_F32;
			tl_params *set = tl_params_create(dtype);
			tl_cell *plain = tl_cell_create_from_kind(set, kind, "p", o);
			o.trainable_initial_state = true;
			tl_cell *learned = tl_cell_create_from_kind(set, kind, "l", o);
			ck_assert_msg(learned != NULL, "%s", tl_params_error(set));
			tl_tape *tape = tl_tape_create(dtype);
			tl_state a = tl_cell_initial_state(plain, tape, 2);
			tl_state b = tl_cell_initial_state(learned, tape, 2);
			for (int k = 0; k < a.count; k++) {
				tl_tensor off =
					tl_abs(tl_sub(*tl_state_at(&a, k), *tl_state_at(&b, k)));
				ck_assert_msg(tl_item(tl_sum(off, TL_ALL)) == 0, "%s, %s",
					      kind->name, kind->state[k]);
			}
			assert_fine(tape);
			tl_tape_destroy(tape);
			tl_cell_destroy(plain);
			tl_cell_destroy(learned);
			tl_params_destroy(set);
		}
}
END_TEST

static tl_tensor odd_start(const tl_cell *cell, tl_tape *tape, int k, tl_shape shape)
{
	(void)cell, (void)k, (void)shape;
	return tl_ones(tape, tl_dims(3));
}

START_TEST(a_start_of_another_shape_is_seen)
{
	tl_cell_kind kind = own_kind;
	kind.name = "odd";
	kind.initial_state = odd_start;
	tl_params *set = tl_params_create(TL_F32);
	ck_assert_ptr_null(tl_cell_create_from_kind(
		set, &kind, "c",
		(tl_cell_options){.in = 2, .hidden = 2, .trainable_initial_state = true}));
	ck_assert_msg(strstr(tl_params_error(set), "c (odd): the kind's start"), "%s",
		      tl_params_error(set));
	tl_params_destroy(set);
}
END_TEST

/* How gates start: those that keep at what is asked for, those that let in at its negative. */
START_TEST(forget_biases_are_of_the_sign_that_keeps)
{
	static const struct {
		const char *kind, *bias;
		double sign;
	} cases[] = {
		{"lstm", "c.b_f", 1},          {"gru", "c.b_z", 1},         {"mgu", "c.b_f", -1},
		{"min_gru", "c.b_z", -1},      {"mut1", "c.b_z", -1},       {"star", "c.b_k", -1},
		{"highway", "c.b_t0", -1},     {"lem", "c.b_1", -1},        {"ugrnn", "c.b_g", 1},
		{"odyssey_cifg", "c.b_i", -1}, {"lstm_coupled", "c.b_f", 1}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int chrono = 0; chrono < 2; chrono++) {
			tl_cell_options o = {.in = 2, .hidden = 4};
			if (chrono)
				o.chrono = 100;
			else
				o.forget_bias = 1.5;
			tl_params *set = tl_params_create(TL_F64);
			tl_cell *c = tl_cell_create(set, cases[i].kind, "c", o);
			ck_assert_msg(c != NULL, "%s", tl_params_error(set));
			const double *b = tl_param_value(tl_params_find(set, cases[i].bias));
			for (int k = 0; k < 4; k++) {
				double keep = cases[i].sign * b[k];
				ck_assert_msg(chrono ? keep >= 0 && keep <= log(99) : keep == 1.5,
					      "%s: %g", cases[i].kind, b[k]);
			}
			tl_cell_destroy(c);
			tl_params_destroy(set);
		}
	tl_params *set = tl_params_create(TL_F64);
	ck_assert_ptr_null(tl_cell_create(
		set, "lstm", "c",
		(tl_cell_options){.in = 2, .hidden = 2, .chrono = 9, .forget_bias = 1}));
	ck_assert(strstr(tl_params_error(set), "chrono and forget_bias both"));
	tl_params_destroy(set);
}
END_TEST

/* indrnn: 1 / T-th powers, so that over T steps a unit halves at most and doubles at most. */
START_TEST(indrnn_remembers_as_long_as_chrono_says)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *c = tl_cell_create(set, "indrnn", "c",
				    (tl_cell_options){.in = 2, .hidden = 200, .chrono = 100});
	const double *u = tl_param_value(tl_params_find(set, "c.u"));
	double least = 2, most = 0;
	for (int k = 0; k < 200; k++)
		least = fmin(least, pow(u[k], 100)), most = fmax(most, pow(u[k], 100));
	ck_assert_msg(least >= 0.5 && least < 0.52 && most <= 2 && most > 1.9, "%g %g", least,
		      most);
	tl_cell_destroy(c);
	tl_params_destroy(set);
}
END_TEST

/* The shift of a phased LSTM is a time: at that time a unit's period begins, whatever it is. */
START_TEST(a_phased_unit_opens_at_its_shift)
{
	tl_phased_options e = {.open = 0.5, .leak = TL_ZERO};
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *c = tl_cell_create(set, "phased_lstm", "c",
				    (tl_cell_options){.in = 1, .hidden = 2, .extra = &e});
	double *tau = tl_param_value(tl_params_find(set, "c.log_period"));
	double *shift = tl_param_value(tl_params_find(set, "c.shift"));
	tau[0] = log(8), tau[1] = log(16);
	shift[0] = 3, shift[1] = 3;
	tl_tape *tape = tl_tape_create(TL_F64);
	/* (t - 3) / tau: half open after a quarter of the open half of the period */
	const int steps[] = {3, 4, 5, 7};
	const double want[][2] = {{0, 0}, {0.5, 0.25}, {1, 0.5}, {0, 1}};
	for (int i = 0; i < 4; i++) {
		tl_tape_set_step(tape, steps[i]);
		tl_cell_step(c, tl_zeros(tape, tl_dims(1, 1)), tl_cell_initial_state(c, tape, 1));
		const double *k = tl_value_double(tl_tape_find(tape, "c", steps[i], "k"));
		assert_fine(tape);
		for (int u = 0; u < 2; u++)
			assert_near(k[u], want[i][u], 1e-12);
	}
	tl_tape_destroy(tape);
	tl_cell_destroy(c);
	tl_params_destroy(set);
}
END_TEST

SUITE("options", every_option_has_an_effect_or_is_refused, what_kinds_take,
      a_kind_may_read_options_by_itself, a_kind_may_be_local,
      weights_that_do_not_fit_their_size_are_seen, a_taken_name_is_told_from_a_bad_kind,
      what_is_left_out_is_the_default, every_kind_takes_options_that_are_all_zero,
      a_real_zero_can_be_said, a_learned_start_is_the_kinds_own_to_begin_with,
      a_start_of_another_shape_is_seen, forget_biases_are_of_the_sign_that_keeps,
      indrnn_remembers_as_long_as_chrono_says, a_phased_unit_opens_at_its_shift)
