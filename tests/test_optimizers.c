/*
 * All kinds of optimisers: against PyTorch and ONNX (tools/make_optim_fixtures.py), and what holds
 * of each of them: state that can be saved, gradients that are refused, groups, threads.
 */
#include "counting.h"
#include "optimizing.h"

enum { STEPS = 50, SHOWN = 6, LINES = 64, LENGTH = 160 };

/* The lines of the fixtures that start with a word, without it, and what follows each. */
static int read_lines(const char *word, char line[LINES][LENGTH], long *numbers_at, FILE **file)
{
	char path[512], text[LENGTH], first[16];
	const char *root = getenv("TL_SOURCE");
	int count = 0;
	snprintf(path, sizeof path, "%s/tests/fixtures/optim.txt", root ? root : "..");
	*file = fopen(path, "r");
	ck_assert_msg(*file, "%s cannot be read; TL_SOURCE is the source's root", path);
	while (fscanf(*file, "%15s", first) == 1) {
		if (strcmp(first, word) != 0)
			continue;
		ck_assert(count < LINES && fscanf(*file, " %159[^\n]", text) == 1);
		strcpy(line[count], text);
		numbers_at[count++] = ftell(*file);
	}
	ck_assert_int_gt(count, 0);
	return count;
}

static double next_number(FILE *file)
{
	double x;
	ck_assert_int_eq(fscanf(file, "%lf", &x), 1);
	return x;
}

static char lines[LINES][LENGTH];
static long places[LINES];

/* In double to 1e-12 of each value or of 1, whichever is more; floats follow as floats do. */
START_TEST(steps_are_pytorchs)
{
	static const int shown[SHOWN] = {1, 2, 3, 10, 25, 50};
	FILE *file;
	int count = read_lines("torch", lines, places, &file);
	double worst[2] = {0, 0};
	BOTH_TYPES(dtype) for (int c = 0; c < count; c++)
	{
		tl_params *set = set_of(dtype);
		tl_optimizer *o = optimizer_of(set, lines[c]);
		fseek(file, places[c], SEEK_SET);
		for (int step = 1, k = 0; step <= STEPS; step++) {
			set_gradients(set, step);
			ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
			if (step != shown[k])
				continue;
			k++;
			for (int64_t i = 0; i < N; i++) {
				double want = next_number(file);
				double got = load(set, tl_params_values(set, NULL), i);
				double most = dtype == TL_F64 ? 1e-12 : 1e-4;
				double off = fabs(got - want) / fmax(1, fabs(want));
				worst[dtype == TL_F64] = fmax(worst[dtype == TL_F64], off);
				ck_assert_msg(off <= most,
					      "%s, %s, step %d: %d is %.17g, not %.17g", lines[c],
					      dtype == TL_F64 ? "double" : "float", step, (int)i,
					      got, want);
			}
		}
		tl_optimizer_destroy(o);
		tl_params_destroy(set);
	}
	printf("%d lines of fixtures: largest error %.1e in double, %.1e in float\n", count,
	       worst[1], worst[0]);
	fclose(file);
}
END_TEST

/* One step from values, gradients and slots that are given. */
START_TEST(steps_are_those_of_onnx_nodes)
{
	FILE *file;
	int count = read_lines("onnx", lines, places, &file);
	for (int c = 0; c < count; c++) {
		fseek(file, places[c], SEEK_SET);
		int n = (int)next_number(file), slots = (int)next_number(file);
		tl_params *set = tl_params_create(TL_F64);
		tl_params_add(set, "x", tl_dims(n), tl_init_zeros());
		tl_optimizer *o = optimizer_of(set, lines[c]);
		ck_assert_int_eq(tl_optimizer_slot_count(o), slots);
		for (int k = -2; k < slots; k++) {
			double *to = k == -2   ? tl_params_values(set, NULL)
				     : k == -1 ? tl_params_gradients(set, NULL)
					       : tl_optimizer_slot(o, k, NULL);
			for (int i = 0; i < n; i++)
				to[i] = next_number(file);
		}
		ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
		for (int k = -1; k < slots; k++) {
			const double *is =
				k < 0 ? tl_params_values(set, NULL) : tl_optimizer_slot(o, k, NULL);
			for (int i = 0; i < n; i++)
				assert_near(is[i], next_number(file), 1e-14);
		}
		tl_optimizer_destroy(o);
		tl_params_destroy(set);
	}
	fclose(file);
}
END_TEST

/* Half of a training by one optimiser, the rest by one that was made of its description and state.
 */
START_TEST(every_kind_can_be_saved)
{
	FILE *file;
	int count = read_lines("torch", lines, places, &file);
	fclose(file);
	BOTH_TYPES(dtype) for (int c = 0; c < count; c++)
	{
		tl_params *set[2] = {set_of(dtype), set_of(dtype)};
		char text[512];
		for (int resumed = 0; resumed < 2; resumed++) {
			tl_optimizer *o = optimizer_of(set[resumed], lines[c]);
			for (int step = 1; step <= 12; step++) {
				set_gradients(set[resumed], step);
				ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
				if (!resumed || step != 5)
					continue;
				ck_assert_int_lt(tl_optimizer_describe(o, text, sizeof text), 512);
				tl_optimizer *next = optimizer_of(set[1], text);
				for (int k = 0; k < tl_optimizer_slot_count(o); k++) {
					int64_t size;
					void *to = tl_optimizer_slot(next, k, &size);
					memcpy(to, tl_optimizer_slot(o, k, NULL),
					       (size_t)size * tl_dtype_size(dtype));
				}
				tl_optimizer_set_step_count(next, tl_optimizer_step_count(o));
				tl_optimizer_destroy(o);
				o = next;
			}
			tl_optimizer_destroy(o);
		}
		ck_assert_msg(!memcmp(tl_params_values(set[0], NULL),
				      tl_params_values(set[1], NULL), N * tl_dtype_size(dtype)),
			      "%s: not the same", lines[c]);
		tl_params_destroy(set[0]);
		tl_params_destroy(set[1]);
	}
}
END_TEST

static bool same_block(const void *a, const void *b, tl_dtype dtype)
{
	return !memcmp(a, b, N * tl_dtype_size(dtype));
}

/* Whatever the kind, with clipping and groups or without: values, slots and count stay. */
START_TEST(gradients_that_are_not_finite_change_nothing)
{
	static const double bad[] = {NAN, INFINITY, -INFINITY};
	for (int c = 0; c < 4 * tl_optimizer_kind_count() * 3; c++) {
		int how = c / 3 % 4;
		tl_dtype dtype = how & 2 ? TL_F64 : TL_F32;
		tl_params *set = set_of(dtype);
		tl_optimizer *o = optimizer_of(set, tl_optimizer_kind_at(c / 12)->name);
		char before[3][N * 8];
		if (how & 1) {
			tl_optimizer_set_clip_norm(o, 0.1);
			ck_assert(!tl_optimizer_group(
				o, "?", &(tl_group_options){.learning_rate_scale = 0.5}));
		}
		set_gradients(set, 1);
		ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
		size_t bytes = N * tl_dtype_size(dtype);
		memcpy(before[2], tl_params_values(set, NULL), bytes);
		for (int k = 0; k < 2 && k < tl_optimizer_slot_count(o); k++)
			memcpy(before[k], tl_optimizer_slot(o, k, NULL), bytes);
		store(set, tl_params_gradients(set, NULL), N - 1, bad[c % 3]);
		ck_assert_int_eq(tl_optimizer_step(o), TL_ERROR_VALUE);
		ck_assert_ptr_nonnull(strstr(tl_optimizer_error(o), "gradient of x"));
		ck_assert_int_eq(tl_optimizer_step_count(o), 1);
		ck_assert(same_block(before[2], tl_params_values(set, NULL), dtype));
		for (int k = 0; k < 2 && k < tl_optimizer_slot_count(o); k++)
			ck_assert(same_block(before[k], tl_optimizer_slot(o, k, NULL), dtype));
		set_gradients(set, 2);
		ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
		ck_assert_ptr_null(tl_optimizer_error(o));
		tl_optimizer_destroy(o);
		tl_params_destroy(set);
	}
}
END_TEST

/* Groups */

START_TEST(groups_have_rates_and_decay_of_their_own)
{
	static const char *const names[] = {"cell.W", "cell.b", "out.W", "out.b", "later.b"};
	tl_params *set = tl_params_create(TL_F64);
	tl_param *p[5];
	for (int k = 0; k < 4; k++)
		p[k] = tl_params_add(set, names[k], tl_dims(3), tl_init_constant(2));
	tl_params_add_buffer(set, "buffer", tl_dims(3), tl_init_constant(2));
	tl_optimizer *o = optimizer_of(set, "sgd learning_rate=0.5 weight_decay=0.25");
	ck_assert(
		!tl_optimizer_group(o, "cell.*", &(tl_group_options){.learning_rate_scale = 0.5}));
	ck_assert(!tl_optimizer_group(o, "*.b", &(tl_group_options){.weight_decay = TL_ZERO}));
	ck_assert(!tl_optimizer_group(o, "out.?", &(tl_group_options){.frozen = true}));
	/* the step is rate (g + decay x) */
	double want[] = {2 - 0.25 * 1.5, 2 - 0.5, 2, 2, 2 - 0.5};
	for (int round = 0; round < 2; round++) {
		if (round) {
			p[4] = tl_params_add(set, names[4], tl_dims(3), tl_init_constant(2));
			want[0] -= 0.25 * (1 + 0.25 * want[0]);
			want[1] -= 0.5;
		}
		for (int k = 0; k < 4 + round; k++)
			for (int i = 0; i < 3; i++)
				tl_param_gradient_double(p[k])[i] = k == 3 ? NAN : 1;
		ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
		for (int k = 0; k < 4 + round; k++)
			for (int i = 0; i < 3; i++)
				assert_near(tl_param_value_double(p[k])[i], want[k], 1e-15);
	}
	tl_optimizer_destroy(o);
	tl_params_destroy(set);
}
END_TEST

START_TEST(groups_that_cannot_be_are_refused)
{
	tl_params *set = set_of(TL_F32);
	tl_params_add_buffer(set, "buffer", tl_dims(3), tl_init_constant(2));
	static const struct {
		const char *pattern;
		tl_group_options options;
		tl_status status;
		const char *says;
	} cases[] = {
		{"y", {.frozen = false}, TL_ERROR_NAME, "no parameter"},
		{"", {.frozen = false}, TL_ERROR_NAME, "no parameter"},
		{"buffer", {.frozen = false}, TL_ERROR_NAME, "no parameter"},
		{"x", {.learning_rate_scale = -1}, TL_ERROR_ARGUMENT, "rate"},
		{"x", {.learning_rate_scale = NAN}, TL_ERROR_ARGUMENT, "rate"},
		{"x", {.weight_decay = INFINITY}, TL_ERROR_ARGUMENT, "decay"},
		{"x", {.frozen = true, .weight_decay = 1}, TL_ERROR_ARGUMENT, "frozen"},
	};
	tl_optimizer *o = optimizer_of(set, "adam");
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		ck_assert_int_eq(tl_optimizer_group(o, cases[c].pattern, &cases[c].options),
				 cases[c].status);
		ck_assert_ptr_nonnull(strstr(tl_optimizer_error(o), cases[c].says));
	}
	ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
	ck_assert_ptr_null(tl_optimizer_error(o));
	ck_assert(!tl_optimizer_group(o, "*", &(tl_group_options){.frozen = true}));
	ck_assert_int_eq(tl_optimizer_step(o), TL_ERROR_ARGUMENT);
	tl_optimizer_destroy(o);
	tl_params_destroy(set);
}
END_TEST

/* A set in which a parameter has the name; does the pattern fit it? */
START_TEST(patterns_are_whole_names)
{
	static const struct {
		const char *pattern, *name;
		bool fits;
	} cases[] = {
		{"*", "a", true},         {"a", "a", true},           {"a", "ab", false},
		{"?", "a", true},         {"?", "ab", false},         {"a*", "a", true},
		{"*a", "ba", true},       {"*a", "ab", false},        {"*.b*", "rnn.b_h", true},
		{"*.b*", "rnn.W", false}, {"a*b*c", "axbybzc", true}, {"a*b*c", "axbybz", false},
		{"**", "x", true},        {"*??", "x", false},        {"*aab", "aaaaab", true},
	};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		tl_params *set = tl_params_create(TL_F64);
		tl_params_add(set, cases[c].name, tl_dims(1), tl_init_zeros());
		tl_optimizer *o = optimizer_of(set, "sgd");
		tl_status status = tl_optimizer_group(o, cases[c].pattern, &(tl_group_options){0});
		ck_assert_msg((status == TL_OK) == cases[c].fits, "%s, %s", cases[c].pattern,
			      cases[c].name);
		tl_optimizer_destroy(o);
		tl_params_destroy(set);
	}
}
END_TEST

/* Kinds by name */

START_TEST(what_is_not_known_is_said)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"adm", "adm; there are sgd, adagrad"},
		{"", "no optimiser"},
		{NULL, "no optimiser"},
		{"adam momentum=0.9", "momentum; there are learning_rate, beta1"},
		{"adam beta1=x", "beta1=x is no number"},
		{"adam beta1=0x1", "no number"},
		{"adam beta1=", "no number"},
		{"adam beta1", "no number"},
		{"adam beta1=1", "beta1 is 1"},
		{"adam beta1=nan", "beta1 is nan"},
		{"adam epsilon=0", "epsilon is 0"},
		{"adam amsgrad=2", "0 or 1"},
		{"sgd nesterov=1", "nesterov needs momentum"},
		{"sgd dampening=0.5", "dampening needs momentum"},
		{"sgd learning_rate=-1 momentum=0.5", "learning_rate is -1"},
	};
	tl_params *set = set_of(TL_F32);
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		tl_optimizer *o = tl_optimizer_create(set, cases[c].text);
		ck_assert(o && tl_optimizer_error(o));
		ck_assert_msg(strstr(tl_optimizer_error(o), cases[c].says), "%s: %s",
			      cases[c].text ? cases[c].text : "NULL", tl_optimizer_error(o));
		ck_assert_int_eq(tl_optimizer_step(o), TL_ERROR_ARGUMENT);
		tl_optimizer_destroy(o);
	}
	tl_optimizer *o = optimizer_of(set, " adam\tbeta1=0,\n beta2=9.5e-1 ");
	ck_assert_double_eq(tl_optimizer_option_value(o, 1), 0);
	ck_assert_double_eq(tl_optimizer_option_value(o, 2), 0.95);
	char text[32];
	int length = tl_optimizer_describe(o, text, sizeof text);
	ck_assert_int_eq(length, tl_optimizer_describe(o, NULL, 0));
	ck_assert(length > 32 && !strncmp(text, "adam learning_rate=0.001", 24));
	tl_optimizer_destroy(o);
	tl_params_destroy(set);
	for (int k = 0; k < tl_optimizer_kind_count(); k++)
		ck_assert_ptr_eq(tl_optimizer_kind_find(tl_optimizer_kind_at(k)->name),
				 tl_optimizer_kind_at(k));
	ck_assert_ptr_null(tl_optimizer_kind_at(-1));
	ck_assert_ptr_null(tl_optimizer_kind_at(tl_optimizer_kind_count()));
}
END_TEST

/* The row of each kind in docs/optimizers.md has its options with their defaults. */
START_TEST(the_table_in_the_document_is_true)
{
	char path[512], *row = malloc(4096), option[96];
	const char *root = getenv("TL_SOURCE");
	snprintf(path, sizeof path, "%s/docs/optimizers.md", root ? root : "..");
	FILE *file = fopen(path, "r");
	ck_assert(file && row);
	int rows = 0;
	while (fgets(row, 4096, file)) {
		char name[32];
		if (sscanf(row, "| `%31[a-z0-9_]` |", name) != 1)
			continue;
		const tl_optimizer_kind *kind = tl_optimizer_kind_find(name);
		if (!kind)
			continue;
		ck_assert_ptr_eq(kind, tl_optimizer_kind_at(rows++));
		for (int k = 0; k < TL_OPTIMIZER_OPTIONS && kind->option[k].name; k++) {
			snprintf(option, sizeof option, " %s %g", kind->option[k].name,
				 kind->option[k].initial);
			const char *at = strstr(row, option);
			ck_assert_msg(at && strchr(", ", at[strlen(option)]), "%s:%s", name,
				      option);
		}
	}
	int own = tl_optimizer_kind_count() - (tl_optimizer_kind_find("heavy_ball") != NULL);
	ck_assert_int_eq(rows, own);
	free(row);
	fclose(file);
}
END_TEST

/* A kind of a user's own: the example of custom_optim.h. */
enum { RATE, MU };

TL_OPTIMIZER_UPDATE_1(heavy_ball, v, {
	v = c[MU] * v + g;
	x -= c[RATE] * v;
})

static const tl_optimizer_kind heavy_ball_kind = {
	.name = "heavy_ball",
	.doc = "momentum: Polyak 1964",
	.option = {[RATE] = {"learning_rate", 0.01, TL_RANGE_NOT_NEGATIVE},
		   [MU] = {"momentum", 0.9, TL_RANGE_FRACTION}},
	.update = &heavy_ball,
};

START_TEST(a_kind_may_be_the_users_own)
{
	tl_params *set[2] = {set_of(TL_F32), set_of(TL_F32)};
	ck_assert_ptr_null(tl_optimizer_kind_find("heavy_ball"));
	ck_assert_int_eq(tl_optimizer_kind_register(&heavy_ball_kind), TL_OK);
	ck_assert_int_eq(tl_optimizer_kind_register(&heavy_ball_kind), TL_ERROR_NAME);
	tl_optimizer *own = optimizer_of(set[0], "heavy_ball learning_rate=0.1");
	tl_optimizer *sgd = optimizer_of(set[1], "sgd learning_rate=0.1 momentum=0.9");
	ck_assert_ptr_eq(tl_optimizer_get_kind(own), &heavy_ball_kind);
	ck_assert_str_eq(tl_optimizer_slot_name(own, 0), "v");
	ck_assert_int_eq(tl_optimizer_group(own, "x", &(tl_group_options){.weight_decay = 1}),
			 TL_ERROR_ARGUMENT);
	for (int step = 1; step < 9; step++) {
		for (int k = 0; k < 2; k++)
			set_gradients(set[k], step);
		ck_assert(!tl_optimizer_step(own) && !tl_optimizer_step(sgd));
	}
	ck_assert(
		same_block(tl_params_values(set[0], NULL), tl_params_values(set[1], NULL), TL_F32));
	tl_optimizer_destroy(own);
	tl_optimizer_destroy(sgd);
	own = tl_optimizer_create_from_kind(set[0], &heavy_ball_kind,
					    &(tl_optimizer_setting){"mass", 1}, 1);
	ck_assert_ptr_nonnull(strstr(tl_optimizer_error(own), "mass; there are learning_rate"));
	tl_optimizer_destroy(own);
	tl_params_destroy(set[0]);
	tl_params_destroy(set[1]);
	tl_optimizer_kind wrong[5] = {heavy_ball_kind, heavy_ball_kind, heavy_ball_kind,
				      heavy_ball_kind, heavy_ball_kind};
	wrong[0].name = "";
	wrong[1].update = NULL;
	wrong[2].option[0].name = "rate";
	wrong[3].option[MU].name = "learning_rate";
	wrong[4].option[MU].initial = 1;
	for (int k = 0; k < 5; k++) {
		if (k)
			wrong[k].name = "other";
		ck_assert_int_eq(tl_optimizer_kind_register(&wrong[k]), TL_ERROR_ARGUMENT);
	}
	ck_assert_int_eq(tl_optimizer_kind_register(NULL), TL_ERROR_ARGUMENT);
}
END_TEST

/* Threads, memory */

/* Large enough for threads to share it, in parts that do not end where parameters do. */
START_TEST(results_do_not_depend_on_threads)
{
	enum { MANY = 300007 };
	static float whole[2 * MANY + 64];
	double norm = 0;
	for (int k = 0; k < tl_optimizer_kind_count(); k++)
		for (int threads = 1; threads <= 3; threads++) {
			tl_set_thread_count(threads);
			tl_params *set = tl_params_create(TL_F32);
			tl_params_add(set, "a", tl_dims(MANY), tl_init_uniform(-1, 1));
			tl_params_add_buffer(set, "between", tl_dims(5), tl_init_zeros());
			tl_params_add(set, "b", tl_dims(MANY), tl_init_uniform(-1, 1));
			tl_optimizer *o = optimizer_of(set, tl_optimizer_kind_at(k)->name);
			tl_optimizer_group(o, "b", &(tl_group_options){.learning_rate_scale = 2});
			if (k % 2)
				tl_optimizer_set_clip_norm(o, 2000);
			int64_t count;
			float *x = tl_params_values(set, &count),
			      *g = tl_params_gradients(set, NULL);
			for (int step = 0; step < 3; step++) {
				for (int64_t i = 0; i < count; i++)
					g[i] = x[i] - (float)(i % 17);
				ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
			}
			double measured = tl_params_clip_gradient_norm(set, 0);
			norm = threads == 1 ? measured : norm;
			ck_assert_double_eq(measured, norm);
			g[2 * MANY - 1000] = g[7] = INFINITY;
			ck_assert_int_eq(tl_optimizer_step(o), TL_ERROR_VALUE);
			ck_assert_ptr_nonnull(
				strstr(tl_optimizer_error(o), "of a is inf at element 7;"));
			if (threads == 1)
				memcpy(whole, x, (size_t)count * sizeof *x);
			else
				ck_assert(!memcmp(whole, x, (size_t)count * sizeof *x));
			tl_optimizer_destroy(o);
			tl_params_destroy(set);
		}
	tl_set_thread_count(0);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	counting c;
	counting_start(&c);
	tl_params *set = set_of(TL_F64);
	for (int fail = 1; fail < 12; fail++) {
		c.fail_at = c.calls + fail;
		tl_optimizer *o = tl_optimizer_create(set, "adam amsgrad=1");
		tl_status group = o ? tl_optimizer_group(o, "x", &(tl_group_options){0}) : TL_OK;
		set_gradients(set, 1);
		double before = *(double *)tl_params_values(set, NULL);
		tl_status status = o ? tl_optimizer_step(o) : TL_ERROR_MEMORY;
		ck_assert(group == TL_OK || group == TL_ERROR_MEMORY);
		ck_assert(status == TL_OK || status == TL_ERROR_MEMORY);
		ck_assert((*(double *)tl_params_values(set, NULL) == before) == (status != TL_OK));
		ck_assert_int_eq(o ? tl_optimizer_step(o) : TL_OK, TL_OK);
		tl_optimizer_destroy(o);
	}
	c.fail_at = 0;
	tl_params_destroy(set);
	ck_assert_int_eq(c.blocks, 0);
	counting_stop();
}
END_TEST

/* Each member of a struct of options is the option of that name, and 0 is the default. */
START_TEST(structs_and_texts_say_the_same)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_params_add(set, "w", tl_dims(2), tl_init_zeros());
	const struct {
		tl_optimizer *made;
		const char *text;
	} cases[] = {
		{tl_sgd_create(set, NULL), "sgd"},
		{tl_sgd_create(set, &(tl_sgd_options){0.25, 0.5, 0.125, false, 0.75}),
		 "sgd learning_rate=0.25 momentum=0.5 dampening=0.75 weight_decay=0.125"},
		{tl_sgd_create(set, &(tl_sgd_options){.momentum = 0.5, .nesterov = true}),
		 "sgd momentum=0.5 nesterov=1"},
		{tl_adagrad_create(set, NULL), "adagrad"},
		{tl_adagrad_create(set, &(tl_adagrad_options){0.25, 0.5, 0.125, 0.75, 2}),
		 "adagrad learning_rate=0.25 learning_rate_decay=0.5 epsilon=0.125 "
		 "weight_decay=0.75 initial_accumulator=2"},
		{tl_adadelta_create(set, NULL), "adadelta"},
		{tl_adadelta_create(set, &(tl_adadelta_options){0.25, 0.5, 0.125, 0.75}),
		 "adadelta learning_rate=0.25 rho=0.5 epsilon=0.125 weight_decay=0.75"},
		{tl_rmsprop_create(set, NULL), "rmsprop"},
		{tl_rmsprop_create(set, &(tl_rmsprop_options){0.25, 0.5, 0.125, 0.75, 0.625, true}),
		 "rmsprop learning_rate=0.25 alpha=0.5 epsilon=0.125 weight_decay=0.75 "
		 "momentum=0.625 centered=1"},
		{tl_adam_create(set, NULL), "adam"},
		{tl_adam_create(set, &(tl_adam_options){0.25, 0.5, 0.75, 0.125, 0.625, true, true}),
		 "adam learning_rate=0.25 beta1=0.5 beta2=0.75 epsilon=0.125 weight_decay=0.625 "
		 "amsgrad=1 uncorrected=1"},
		{tl_adamw_create(set, NULL), "adamw"},
		{tl_adamw_create(set, &(tl_adam_options){.weight_decay = TL_ZERO, .amsgrad = true}),
		 "adamw weight_decay=1e-300 amsgrad=1"},
		{tl_nadam_create(set, NULL), "nadam"},
		{tl_nadam_create(set, &(tl_nadam_options){0.25, 0.5, 0.75, 0.125, 0.625, 0.375}),
		 "nadam learning_rate=0.25 beta1=0.5 beta2=0.75 epsilon=0.125 weight_decay=0.625 "
		 "momentum_decay=0.375"},
		{tl_lion_create(set, NULL), "lion"},
		{tl_lion_create(set, &(tl_lion_options){0.25, 0.5, 0.75, 0.625}),
		 "lion learning_rate=0.25 beta1=0.5 beta2=0.75 weight_decay=0.625"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		tl_optimizer *o = tl_optimizer_create(set, cases[i].text);
		ck_assert_msg(!tl_optimizer_error(o) && !tl_optimizer_error(cases[i].made),
			      "%s: %s", cases[i].text, tl_optimizer_error(o));
		ck_assert_str_eq(tl_optimizer_kind_name(o), tl_optimizer_kind_name(cases[i].made));
		for (int k = 0; k < tl_optimizer_option_count(o); k++) {
			double a = tl_optimizer_option_value(o, k),
			       b = tl_optimizer_option_value(cases[i].made, k);
			ck_assert_msg(a == b, "%s: %s is %g, not %g", cases[i].text,
				      tl_optimizer_option_name(o, k), b, a);
		}
		tl_optimizer_destroy(o);
		tl_optimizer_destroy(cases[i].made);
	}
	tl_params_destroy(set);
}
END_TEST

SUITE("optimizers", steps_are_pytorchs, steps_are_those_of_onnx_nodes, every_kind_can_be_saved,
      gradients_that_are_not_finite_change_nothing, groups_have_rates_and_decay_of_their_own,
      groups_that_cannot_be_are_refused, patterns_are_whole_names, what_is_not_known_is_said,
      the_table_in_the_document_is_true, a_kind_may_be_the_users_own,
      structs_and_texts_say_the_same, results_do_not_depend_on_threads, every_allocation_may_fail)
