/*
 * Models from files: every kind of the registry, with options that are not the defaults, is made
 * again by another process and computes the same to the last bit; what a file says wrongly is
 * refused.
 */
#include "cell_bench.h"
#include "counting.h"
#include "own_cell.h"
#include "scratch.h"

#include "base/memory.h"

#include <jansson.h>
#include <sys/wait.h>
#include <tapeloop/train.h>

/* Loss and gradient of two training steps, dropout and all. The other process is no test and cannot
 * use Check: false is a failure. */
static bool compute(bench *b, char text[100])
{
	tl_tape *tape = tl_tape_create(tl_params_dtype(b->set));
	tl_tape_set_seed(tape, 7);
	tl_tensor x = tl_use(tape, b->x), loss = tl_scalar(tape, 0);
	tl_state s = tl_cell_initial_state(b->cell, tape, BENCH_BATCH);
	for (int t = 0; t < b->steps; t++) {
		tl_tape_set_step(tape, t);
		s = tl_cell_step(b->cell, tl_at(x, t), s);
		for (int k = 0; k < s.count; k++)
			loss = tl_add(loss, tl_sum(tl_sin(tl_add_scalar(*tl_state_at(&s, k), t)),
						   TL_ALL));
	}
	double value = tl_item(loss), slope = 0;
	tl_params_zero_gradients(b->set);
	bool fine = !tl_backward(loss);
	for (int i = 0; i < tl_params_count(b->set); i++)
		for (int64_t k = 0; k < tl_param_size(tl_params_at(b->set, i)); k++)
			slope += tl_param_gradient_double(tl_params_at(b->set, i))[k] *
				 (double)(i + 1);
	snprintf(text, 100, "%a %a", value, slope);
	tl_tape_destroy(tape);
	return fine;
}

/* The other process: this program, started anew, loads the file and says whether it computes what
 * the file's metadata says. */
static const char *const load_variable = "TL_TEST_MODEL_LOAD";

static int load(const char *path)
{
	tl_error e = {TL_OK, ""};
	tl_model *m = tl_model_load(path, &e);
	if (!m) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	char computed[100];
	bench b = {.set = tl_model_set(m),
		   .cell = tl_model_cell(m, "cell"),
		   .x = tl_params_find(tl_model_set(m), "x"),
		   .steps = 2};
	const char *expected = tl_model_metadata(m, "computes");
	bool same = compute(&b, computed) && !strcmp(expected, computed);
	if (!same)
		fprintf(stderr, "%s: %s, not %s\n", path, computed, expected);
	tl_model_destroy(m);
	return !same;
}

__attribute__((constructor)) static void load_if_asked(void)
{
	const char *path = getenv(load_variable);
	if (path)
		exit(load(path));
}

static void assert_loads_elsewhere(const char *path, const char *kind)
{
	char program[4096];
	ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
	ck_assert_int_gt(length, 0);
	program[length] = 0;
	pid_t child = fork();
	if (!child) {
		setenv(load_variable, path, 1);
		execl(program, program, (char *)NULL);
		_exit(9);
	}
	int status;
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: not the same", kind);
}

/* Some options exclude each other in some kinds. */
static bool can_be_made(const tl_cell_kind *kind, tl_cell_options o)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *cell = tl_cell_create(set, kind->name, "cell", o);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
	return cell != NULL;
}

static void assert_survives(const tl_cell_kind *kind, tl_cell_options o)
{
	bench b = bench_create(kind, o, TL_F64, 2);
	char computed[100];
	const char *path = scratch("cell.safetensors");
	tl_error e = {TL_OK, ""};
	ck_assert_msg(compute(&b, computed), "%s", kind->name);
	tl_metadata said = {"computes", computed};
	ck_assert_msg(!tl_model_save(path, b.set, &b.cell, 1, &said, 1, &e), "%s: %s", kind->name,
		      e.text);
	assert_loads_elsewhere(path, kind->name);
	bench_destroy(&b);
}

START_TEST(every_kind_is_made_again)
{
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		unsigned takes = tl_cell_kind_takes(kind, NULL);
		tl_cell_options o = bench_options(kind);
		o.activation = takes & TL_OPTION_ACTIVATION ? tl_softsign : NULL;
		o.forget_bias = takes & TL_OPTION_FORGET_BIAS ? 1.5 : 0;
		o.two_biases = (takes & TL_OPTION_TWO_BIASES) != 0;
		o.weight_dropout = takes & TL_OPTION_WEIGHT_DROPOUT ? 0.25 : 0;
		o.trainable_initial_state = true;
		assert_survives(kind, o);
		o = bench_options(kind);
		o.chrono = takes & TL_OPTION_CHRONO ? 20 : 0;
		o.layer_norm = (takes & TL_OPTION_LAYER_NORM) != 0;
		o.update_dropout = takes & TL_OPTION_UPDATE_DROPOUT ? 0.25 : 0;
		o.recurrent_init = takes & TL_OPTION_RECURRENT_INIT ? tl_init_identity(0.5)
								    : (tl_init){NULL, 0, 0};
		if (!can_be_made(kind, o))
			o.chrono = 0;
		assert_survives(kind, o);
	}
}
END_TEST

/* A kind from text needs no registering: the file has its text, and the options it was read with.
 */
START_TEST(a_text_goes_with_its_cell)
{
	static const char text[] = "# Leaky.\ncell lstm\noption leak = 0.5, φ = tanh\nstate h\n"
				   "h' = (1 − leak) h + leak drop(φ(W x + U h + b))\n";
	tl_error e = {TL_OK, ""};
	tl_cell_kind *kind = tl_cell_parse(text, NULL, "leak=0.25", &e);
	ck_assert_msg(kind != NULL, "%s", e.text);
	assert_survives(kind, (tl_cell_options){.in = 3,
						.hidden = 4,
						.update_dropout = 0.25,
						.activation = tl_softsign});
	tl_cell_kind_destroy(kind);
	tl_model *m = tl_model_load(scratch("cell.safetensors"), &e);
	const tl_cell_kind *again = tl_cell_get_kind(tl_model_cell(m, "cell"));
	ck_assert_str_eq(tl_cell_kind_text(again), text);
	ck_assert_str_eq(tl_cell_kind_text_options(again), "leak=0.25");
	tl_model_destroy(m);
}
END_TEST

/* Each member of each kind's own options, with a value that is not its default, comes back. */
START_TEST(own_options_come_back)
{
	tl_feedback_options feedback = {.out = 3, .squash = tl_relu};
	tl_odyssey_options odyssey = {
		.no_input_gate = true, .no_peepholes = true, .full_recurrence = false};
	tl_esn_options esn = {2, 0.3, 0.8, 0.6, 0.7, 0.25, 0.35, true};
	tl_phased_options phased = {0.5, 0.125, true};
	tl_clockwork_options clockwork = {3, {1, 3, 9}};
	tl_antisymmetric_options zero = {0.25, TL_ZERO};
	const struct {
		const char *kind;
		const void *extra;
	} cases[] = {
		{"jordan", &feedback},     {"back_projection", &feedback},
		{"odyssey_nig", &odyssey}, {"esn", &esn},
		{"phased_lstm", &phased},  {"clockwork", &clockwork},
		{"antisymmetric", &zero},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const tl_cell_kind *kind = tl_cell_kind_find(cases[i].kind);
		tl_cell_options o = {.in = 4, .hidden = 6, .extra = cases[i].extra};
		tl_params *set = tl_params_create(TL_F64);
		tl_cell *cell = tl_cell_create(set, kind->name, "cell", o);
		ck_assert_msg(cell != NULL, "%s", tl_params_error(set));
		const char *path = scratch("own.safetensors");
		tl_error e = {TL_OK, ""};
		ck_assert_msg(!tl_model_save(path, set, &cell, 1, NULL, 0, &e), "%s", e.text);
		tl_model *m = tl_model_load(path, &e);
		ck_assert_msg(m != NULL, "%s", e.text);
		const char *is = tl_cell_get_options(tl_model_cell_at(m, 0))->extra;
		const char *was = tl_cell_get_options(cell)->extra;
		for (const tl_member *k = kind->extra_members; k->name; k++)
			ck_assert_mem_eq(is + k->offset, was + k->offset, k->size);
		tl_model_destroy(m);
		assert_survives(kind, o);
		tl_cell_destroy(cell);
		tl_params_destroy(set);
	}
}
END_TEST

/* The tables of members leave no byte of the structs out, but for padding. */
START_TEST(tables_of_members_are_complete)
{
	int kinds = 0;
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		if (!kind->extra_size)
			continue;
		kinds++;
		ck_assert_msg(kind->extra_members != NULL, "%s has no table", kind->name);
		size_t at = 0, unit = 1;
		for (const tl_member *m = kind->extra_members; m->name; m++) {
			size_t one = m->type == TL_MEMBER_BOOL  ? sizeof(bool)
				     : m->type == TL_MEMBER_INT ? sizeof(int)
								: 8;
			at = (at + one - 1) / one * one;
			ck_assert_msg(m->offset == at, "%s: %s", kind->name, m->name);
			at += m->size;
			unit = one > unit ? one : unit;
		}
		ck_assert_uint_eq((at + unit - 1) / unit * unit, kind->extra_size);
	}
	ck_assert_int_gt(kinds, 20);
}
END_TEST

/* Sets of several cells, parameters, buffers and objects that add parameters themselves. */

typedef struct net {
	tl_params *set;
	tl_cell *cells[2];
	tl_param *V;
	tl_carry carry;
	tl_attention *attention;
} net;

static void net_add_rest(net *n)
{
	n->carry = tl_carry_of(n->cells[0], "carried", 2);
	n->attention = tl_attention_create(n->set, "attention",
					   (tl_attention_options){.query_size = 5, .key_size = 5});
	ck_assert_msg(n->carry.count == 2 && n->attention, "%s", tl_params_error(n->set));
}

static net net_create(void)
{
	net n = {.set = tl_params_create(TL_F32)};
	tl_params_set_seed(n.set, 3);
	n.cells[0] = tl_cell_create(n.set, "lstm", "low", (tl_cell_options){.in = 3, .hidden = 4});
	n.V = tl_params_add(n.set, "V", tl_dims(2, 5), tl_init_normal(0, 1));
	n.cells[1] = tl_cell_create(n.set, "gru", "high", (tl_cell_options){.in = 4, .hidden = 5});
	net_add_rest(&n);
	tl_param_set_trainable(n.V, false);
	tl_param_value_float(n.carry.state[0])[3] = 0.5f;
	return n;
}

static void net_destroy(net *n)
{
	tl_attention_destroy(n->attention);
	tl_cell_destroy(n->cells[0]);
	tl_cell_destroy(n->cells[1]);
	tl_params_destroy(n->set);
}

START_TEST(a_set_comes_back_as_it_was)
{
	net n = net_create(), again = {0};
	tl_error e = {TL_OK, ""};
	const char *path = scratch("net.safetensors");
	ck_assert_msg(!tl_model_save(path, n.set, n.cells, 2, NULL, 0, &e), "%s", e.text);
	tl_model *m = tl_model_load(path, &e);
	ck_assert_msg(m != NULL, "%s", e.text);
	again.set = tl_model_set(m);
	again.cells[0] = tl_model_cell(m, "low");
	ck_assert_ptr_eq(again.cells[0], tl_model_cell_at(m, 0));
	ck_assert_int_eq(tl_model_cell_count(m), 2);
	ck_assert_ptr_eq(tl_model_cell(m, "high"), tl_model_cell_at(m, 1));
	ck_assert_ptr_null(tl_model_cell_at(m, 2));
	net_add_rest(&again); /* gets what was read */
	int64_t count, other;
	float *values = tl_params_values(n.set, &count);
	float *read = tl_params_values(again.set, &other);
	ck_assert_int_eq(count, other);
	ck_assert_mem_eq(values, read, (size_t)count * sizeof *values);
	for (int i = 0; i < tl_params_count(n.set); i++) {
		tl_param *p = tl_params_at(n.set, i), *q = tl_params_at(again.set, i);
		ck_assert_str_eq(tl_param_name(p), tl_param_name(q));
		ck_assert(tl_param_is_buffer(p) == tl_param_is_buffer(q));
		ck_assert(tl_param_is_trainable(p) == tl_param_is_trainable(q));
	}
	ck_assert_ptr_null(tl_params_add(again.set, "carried.h", tl_dims(2, 4), tl_init_zeros()));
	tl_attention_destroy(again.attention);
	tl_model_destroy(m);
	net_destroy(&n);
}
END_TEST

START_TEST(offers_must_fit)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_param *p = tl_params_add(set, "p", tl_dims(2), tl_init_constant(3));
	ck_assert_int_eq(tl_param_offer(p), TL_OK);
	ck_assert_ptr_eq(tl_params_add(set, "p", tl_dims(2), tl_init_zeros()), p);
	ck_assert(tl_param_value_float(p)[1] == 3);
	tl_param_offer(p);
	ck_assert_ptr_null(tl_params_add(set, "p", tl_dims(3), tl_init_zeros()));
	ck_assert_str_eq(tl_params_error(set),
			 "parameter p: it is there already with shape [2], and not [3]");
	tl_params_destroy(set);
	set = tl_params_create(TL_F32);
	tl_param_offer(tl_params_add(set, "p", tl_dims(2), tl_init_zeros()));
	ck_assert_ptr_null(tl_params_add_buffer(set, "p", tl_dims(2), tl_init_zeros()));
	tl_params_destroy(set);
	set = tl_params_create(TL_F32);
	tl_params_set_limit(set, 100);
	ck_assert_ptr_nonnull(tl_params_add(set, "p", tl_dims(10, 10), tl_init_zeros()));
	ck_assert_ptr_null(tl_params_add(set, "q", tl_dims(1), tl_init_zeros()));
	ck_assert_int_eq(tl_params_status(set), TL_ERROR_MEMORY);
	tl_params_destroy(set);
}
END_TEST

/* Functions and kinds without names */

static tl_tensor unnamed(tl_tensor x)
{
	return tl_scale(tl_tanh(x), 1.5);
}

typedef struct bare_options {
	double size;
} bare_options;

START_TEST(what_has_no_name_is_refused)
{
	tl_error e = {TL_OK, ""};
	const char *path = scratch("unnamed.safetensors");
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *cell = tl_cell_create(
		set, "rnn", "cell", (tl_cell_options){.in = 1, .hidden = 2, .activation = unnamed});
	ck_assert_int_eq(tl_model_save(path, set, &cell, 1, NULL, 0, &e), TL_ERROR_NAME);
	ck_assert_msg(strstr(e.text, "cell cell (rnn): option activation is a function without a "
				     "name") != NULL,
		      "%s", e.text);
	ck_assert_int_eq(tl_activation_register("tanh", unnamed), TL_ERROR_NAME);
	ck_assert_int_eq(tl_activation_register("wide_tanh", unnamed), TL_OK);
	ck_assert_int_eq(tl_activation_register("wide_tanh2", unnamed), TL_ERROR_NAME);
	ck_assert_msg(!tl_model_save(path, set, &cell, 1, NULL, 0, &e), "%s", e.text);
	tl_model *m = tl_model_load(path, &e);
	ck_assert(tl_cell_get_options(tl_model_cell_at(m, 0))->activation == unnamed);
	tl_model_destroy(m);
	tl_cell_destroy(cell);

	tl_cell_kind bare = own_kind;
	bare.name = "bare";
	bare.extra_size = sizeof(bare_options);
	bare.extra_default = &(bare_options){1};
	cell = tl_cell_create_from_kind(set, &bare, "bare",
					(tl_cell_options){.in = 1, .hidden = 2});
	ck_assert_int_eq(tl_model_save(path, set, &cell, 1, NULL, 0, &e), TL_ERROR_ARGUMENT);
	ck_assert(strstr(e.text, "no .extra_members") != NULL);
	tl_cell_destroy(cell);
	tl_member members[] = {TL_MEMBER(bare_options, size, TL_MEMBER_REAL), {0}};
	bare.extra_members = members;
	cell = tl_cell_create_from_kind(set, &bare, "bare2",
					(tl_cell_options){.in = 1, .hidden = 2});
	ck_assert_msg(!tl_model_save(path, set, &cell, 1, NULL, 0, &e), "%s", e.text);
	ck_assert_ptr_null(tl_model_load(path, &e));
	ck_assert(strstr(e.text, "cell bare2: there is no kind \"bare\"; your own are") != NULL);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}
END_TEST

/* Models that are wrong */

#define RNN          "{\"cell\":\"c\",\"kind\":\"rnn\",\"options\":{\"in\":1,\"hidden\":1}}"
#define MODEL(ORDER) "{\"version\":1,\"dtype\":\"F32\",\"order\":[" ORDER "],\"frozen\":[]}"

static const struct {
	const char *model, *reason;
} wrong[] = {
	{"", "near end of file"},
	{"[]", "of a version that is not known"},
	{"{\"version\":2}", "of a version that is not known"},
	{"{\"version\":1}", "is not described by version, dtype, order and frozen"},
	{MODEL("1"), "something that is no cell, parameter or buffer"},
	{MODEL("{\"param\":\"a\",\"more\":1}"), "something that is no cell"},
	{MODEL("{\"param\":\"b\"}"), "there is no tensor b"},
	{MODEL("{\"param\":\"a\"},{\"param\":\"a\"}"), NULL},
	{MODEL(""), "tensor a: the set has no such parameter"},
	{MODEL("{\"cell\":\"c\"}"), "cell c: it is not described"},
	{MODEL("{\"cell\":\"c\",\"kind\":\"none\",\"options\":{}}"), "there is no kind \"none\""},
	{MODEL("{\"cell\":\"c\",\"kind\":\"rnn\",\"options\":{}}"), "its sizes are not those"},
	{MODEL("{\"cell\":\"c\",\"kind\":\"rnn\",\"options\":[]}"), "its options are no object"},
	{MODEL("{\"cell\":\"c\",\"kind\":\"rnn\",\"options\":{\"in\":1,\"deep\":2}}"),
	 "option deep is not known"},
	{MODEL("{\"cell\":\"c\",\"kind\":\"rnn\",\"options\":{\"in\":1.5}}"),
	 "option in has a value of the wrong type"},
	{MODEL("{\"cell\":\"c\",\"kind\":\"rnn\",\"options\":{\"activation\":\"a\"}}"),
	 "there is no activation \"a\""},
	{MODEL("{\"cell\":\"c\",\"kind\":\"rnn\",\"options\":{},\"extra\":{}}"),
	 "its kind has no such options of its own"},
	{MODEL("{\"cell\":\"c\",\"kind\":\"leaky\",\"options\":{}}"),
	 "its kind has no such options of its own"},
	{MODEL("{\"cell\":\"c\",\"kind\":\"lstm\",\"options\":{\"in\":1,\"hidden\":1000000}}"),
	 "its sizes are not those of its tensors"},
	{MODEL("{\"cell\":\"c\",\"kind\":\"lstm\",\"options\":{\"in\":1000000,\"hidden\":8}}"),
	 "would pass its limit"},
	{MODEL(RNN "," RNN), "the set"},
	{"{\"version\":1,\"dtype\":\"F32\",\"order\":[{\"param\":\"a\"}],\"frozen\":[\"b\"]}",
	 "freezes what is no parameter"},
};

START_TEST(models_that_are_wrong_are_refused)
{
	float number[1] = {1};
	tl_named_array a = {"a", {number, TL_F32, {1, {1}}, 1}};
	const char *path = scratch("wrong.safetensors");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		tl_error e = {TL_OK, ""};
		tl_metadata model = {TL_MODEL_KEY, wrong[i].model};
		ck_assert_int_eq(tl_safetensors_write(path, &a, 1, &model, 1, NULL), TL_OK);
		tl_model *m = tl_model_load(path, &e);
		ck_assert_msg(!m == (wrong[i].reason != NULL), "%s", wrong[i].model);
		ck_assert_msg(!wrong[i].reason || strstr(e.text, wrong[i].reason), "%s: %s",
			      wrong[i].model, e.text);
		ck_assert(m || tl_model_load(path, NULL) == NULL);
		tl_model_destroy(m);
	}
	tl_error e;
	tl_safetensors_write(path, &a, 1, NULL, 0, NULL);
	ck_assert_ptr_null(tl_model_load(path, &e));
	ck_assert(strstr(e.text, "it has tensors and no model") != NULL);
}
END_TEST

/* Jansson's memory too while it writes; while it reads it may end the process for want of it. */
START_TEST(memory_may_be_short_anywhere)
{
	counting c;
	json_malloc_t take;
	json_free_t release;
	json_get_alloc_funcs(&take, &release);
	counting_start(&c);
	const char *path = scratch("short.safetensors");
	bool fine = false;
	for (int64_t fail = 1; !fine; fail++) {
		tl_error e = {TL_OK, ""};
		c.fail_at = 0;
		net n = net_create();
		c.calls = 0;
		c.fail_at = fail;
		json_set_alloc_funcs(tl_alloc, tl_free);
		bool saved = !tl_model_save(path, n.set, n.cells, 2, NULL, 0, &e);
		ck_assert(saved || e.status);
		json_set_alloc_funcs(take, release);
		if (saved) {
			tl_model *m = tl_model_load(path, &e);
			ck_assert(m || e.status);
			fine = m && c.calls < fail;
			tl_model_destroy(m);
		}
		c.fail_at = 0;
		net_destroy(&n);
		ck_assert_int_eq(c.blocks, 0);
	}
	ck_assert_int_gt(c.calls, 200);
	counting_stop();
}
END_TEST

SUITE("model", every_kind_is_made_again, a_text_goes_with_its_cell, own_options_come_back,
      tables_of_members_are_complete, a_set_comes_back_as_it_was, offers_must_fit,
      what_has_no_name_is_refused, models_that_are_wrong_are_refused, memory_may_be_short_anywhere)
