/* The cells that stand only in files of the zoo do what their papers say, and their gradients are
 * those of differences. */
#include "zoo.h"
#include "zoo_equations.h"
#include "zoo_pairs.h"

#include <dirent.h>

static const zoo_equation *const lists[] = {zoo_gated, zoo_lstm, zoo_memory, zoo_flow};

enum { LISTS = sizeof lists / sizeof *lists };

#define EACH_EQUATION(e)                                                                           \
	for (int l_ = 0; l_ < LISTS; l_++)                                                         \
		for (const zoo_equation *e = lists[l_]; e->kind; e++)

/* Plain loops beside the cell */

/* Rows that some steps ago were what x and the shown state were. */
typedef struct history {
	row x[ZOO_PAST], h[ZOO_PAST];
} history;

static void shift(row *of, const double *now, int64_t n)
{
	memmove(of + 1, of, (ZOO_PAST - 1) * sizeof *of);
	memset(of[0], 0, sizeof *of);
	memcpy(of[0], now, (size_t)n * sizeof *now);
}

static int64_t size_of_state(const tl_cell *cell, int k)
{
	tl_shape s = tl_cell_state_shape(cell, k);
	int64_t n = 1;
	for (int i = 0; i < s.rank; i++)
		n *= s.dim[i];
	ck_assert_int_le(n, WIDE);
	return n;
}

/* Row r of the batch, step by step by hand; the values of step t are compared with `is`. */
static void compare_row(const zoo_equation *e, const bench *b, int r, tl_state start,
			const tl_state *is)
{
	static history seen;
	static double own[TL_MAX_STATES][WIDE];
	int64_t in = tl_cell_input_shape(b->cell).dim[0], shown = size_of_state(b->cell, 0);
	memset(&seen, 0, sizeof seen);
	for (int k = 0; k < e->states; k++) {
		int64_t n = size_of_state(b->cell, k);
		memcpy(own[k], tl_value_double(*tl_state_at(&start, k)) + r * n,
		       (size_t)n * sizeof(double));
	}
	for (int t = 0; t < ZOO_STEPS; t++) {
		at a = {b, e->in, e->hidden, t, NULL, {0}};
		past p = {e->options, seen.x, seen.h};
		a.x = (const double *)tl_param_value(b->x) + (t * BENCH_BATCH + r) * in;
		shift(seen.x, a.x, in);
		shift(seen.h, own[0], shown);
		shift(seen.h, own[0], 0); /* h[0] is not known yet, h[1] the state before */
		for (int k = 0; k < e->states; k++)
			a.s[k] = own[k];
		e->step(&a, &p);
		memmove(seen.h, seen.h + 1, (ZOO_PAST - 1) * sizeof *seen.h);
		tl_state now = is[t];
		for (int k = 0; k < e->states; k++) {
			int64_t n = size_of_state(b->cell, k);
			const double *v = tl_value_double(*tl_state_at(&now, k)) + r * n;
			for (int64_t j = 0; j < n; j++)
				assert_quick(fabs(v[j] - own[k][j]) <=
						     1e-12 * fmax(1, fabs(own[k][j])),
					     "%s %s, state %d at step %d: %.17g, not %.17g",
					     e->kind, e->options, k, t, v[j], own[k][j]);
		}
	}
}

static bench bench_of(const zoo_equation *e, const tl_cell_kind *kind)
{
	return bench_create(kind, (tl_cell_options){.in = e->in, .hidden = e->hidden}, TL_F64,
			    ZOO_STEPS);
}

START_TEST(files_do_what_their_papers_say)
{
	EACH_EQUATION(e)
	{
		tl_cell_kind *kind = zoo_read(e->kind, e->options);
		bench b = bench_of(e, kind);
		tl_tape *tape = tl_tape_create(TL_F64);
		tl_tape_set_training(tape, false);
		tl_tensor x = tl_use(tape, b.x);
		tl_state s = tl_cell_initial_state(b.cell, tape, BENCH_BATCH), start = s;
		tl_state is[ZOO_STEPS];
		for (int t = 0; t < ZOO_STEPS; t++) {
			tl_tape_set_step(tape, t);
			is[t] = s = tl_cell_step(b.cell, tl_at(x, t), s);
		}
		ck_assert_msg(!tl_tape_error(tape), "%s: %s", e->kind, tl_tape_error(tape));
		for (int r = 0; r < BENCH_BATCH; r++)
			compare_row(e, &b, r, start, is);
		tl_tape_destroy(tape);
		bench_destroy(&b);
		tl_cell_kind_destroy(kind);
	}
}
END_TEST

START_TEST(gradients_are_those_of_differences)
{
	EACH_EQUATION(e)
	{
		tl_cell_kind *kind = zoo_read(e->kind, e->options);
		bench b = bench_of(e, kind);
		tl_gradcheck_report report;
		tl_gradcheck_options o = {.tolerance = 1e-7, .sample = 40};
		tl_status status = tl_gradcheck(bench_loss, &b, b.set, &o, &report);
		ck_assert_msg(status == TL_OK, "%s %s: %s", e->kind, e->options, report.message);
		if (getenv("TL_TABLE"))
			printf("%-24s %s %.1e\n", e->kind, e->options, report.max_relative_error);
		bench_destroy(&b);
		tl_cell_kind_destroy(kind);
	}
}
END_TEST

/* Drivers, to which older states and the step's number are nothing special */

static void same_values(tl_tensor a, tl_tensor b, const zoo_equation *e, const char *what)
{
	ck_assert_int_eq(tl_tensor_size(a), tl_tensor_size(b));
	const double *u = tl_value_double(a), *v = tl_value_double(b);
	ck_assert_msg(u && v, "%s, %s: %s", e->kind, what, tl_tape_error(a.tape));
	for (int64_t k = 0; k < tl_tensor_size(a); k++)
		assert_quick(fabs(u[k] - v[k]) <= 1e-12 * fmax(1, fabs(v[k])),
			     "%s %s, %s: %.17g, not %.17g", e->kind, e->options, what, u[k], v[k]);
}

/* Each row of a batch with lengths is what it is alone */
static void check_lengths(const zoo_equation *e, const bench *b, tl_tape *tape, bool reverse)
{
	static const int32_t lengths[BENCH_BATCH] = {4, ZOO_STEPS, 1};
	const char *what = reverse ? "backwards with lengths" : "with lengths";
	tl_tensor x = tl_use(tape, b->x);
	tl_unroll_options o = {.lengths = tl_input_int(tape, tl_dims(BENCH_BATCH), lengths),
			       .reverse = reverse};
	tl_unrolled all = tl_unroll(b->cell, x, &o);
	o.lengths = TL_NONE;
	for (int r = 0; r < BENCH_BATCH; r++) {
		tl_tensor own = tl_slice(tl_slice(x, 1, r, r + 1, 1), 0, 0, lengths[r], 1);
		tl_unrolled one = tl_unroll(b->cell, own, &o);
		tl_tensor h = tl_slice(tl_slice(all.h, 1, r, r + 1, 1), 0, 0, lengths[r], 1);
		same_values(h, one.h, e, what);
		for (int k = 0; k < one.final_state.count; k++)
			same_values(tl_slice(*tl_state_at(&all.final_state, k), 0, r, r + 1, 1),
				    *tl_state_at(&one.final_state, k), e, what);
	}
}

/* Two halves, the second from where the first ended, are the whole. */
static void check_halves(const zoo_equation *e, const bench *b, tl_tape *tape)
{
	int half = ZOO_STEPS / 2;
	tl_tensor x = tl_use(tape, b->x);
	tl_unrolled whole = tl_unroll(b->cell, x, NULL);
	tl_unrolled one = tl_unroll(b->cell, tl_slice(x, 0, 0, half, 1), NULL);
	tl_unroll_options o = {.initial_state = one.final_state, .first_step = half};
	tl_unrolled two = tl_unroll(b->cell, tl_slice(x, 0, half, ZOO_STEPS, 1), &o);
	same_values(two.h, tl_slice(whole.h, 0, half, ZOO_STEPS, 1), e, "in halves");
}

START_TEST(drivers_take_them_as_any_other)
{
	EACH_EQUATION(e)
	{
		tl_cell_kind *kind = zoo_read(e->kind, e->options);
		bench b = bench_of(e, kind);
		tl_tape *tape = tl_tape_create(TL_F64);
		tl_tape_set_training(tape, false);
		check_halves(e, &b, tape);
		check_lengths(e, &b, tape, false);
		check_lengths(e, &b, tape, true);
		tl_tape_destroy(tape);
		bench_destroy(&b);
		tl_cell_kind_destroy(kind);
	}
}
END_TEST

/* The folder */

static bool is_known(const char *name)
{
	for (const zoo_pair *p = zoo_pairs; p->file; p++)
		if (!strcmp(p->file, name))
			return true;
	EACH_EQUATION(e)
	if (!strcmp(e->kind, name))
		return true;
	return false;
}

/* It is as `tapeloop fmt` would have it, and in ASCII it is the same cell. */
static void check_form(const char *name, const tl_cell_kind *kind)
{
	tl_error error = {0};
	const char *text = tl_cell_kind_text(kind);
	char *form = tl_cell_text_format(text, false, &error);
	char *ascii = tl_cell_text_format(text, true, &error);
	ck_assert_msg(form && ascii, "%s: %s", name, error.text);
	ck_assert_msg(!strcmp(form, text), "%s is not in its canonical form", name);
	tl_cell_kind *same = tl_cell_parse(ascii, name, NULL, &error);
	ck_assert_msg(same != NULL, "%s in ASCII: %s", name, error.text);
	bool picture = !strncmp(name, "conv_", 5);
	tl_cell_options o = {.in = picture ? 1 : 3, .hidden = picture ? 2 : 4};
	bench a = bench_create(kind, o, TL_F64, 1), b = bench_create(same, o, TL_F64, 1);
	ck_assert_int_eq(tl_params_count(a.set), tl_params_count(b.set));
	for (int k = 0; k < tl_params_count(a.set); k++)
		ck_assert_str_eq(tl_param_name(tl_params_at(a.set, k)),
				 tl_param_name(tl_params_at(b.set, k)));
	bench_destroy(&a), bench_destroy(&b);
	tl_cell_kind_destroy(same);
	tl_cell_text_free(form), tl_cell_text_free(ascii);
}

START_TEST(every_file_is_tested)
{
	DIR *folder = opendir(zoo_folder());
	ck_assert_msg(folder != NULL, "%s", zoo_folder());
	int files = 0;
	for (const struct dirent *f; (f = readdir(folder));) {
		char name[64];
		size_t n = strlen(f->d_name);
		if (n < 6 || n >= sizeof name || strcmp(f->d_name + n - 5, ".cell"))
			continue;
		snprintf(name, sizeof name, "%.*s", (int)(n - 5), f->d_name);
		ck_assert_msg(is_known(name), "nothing tests %s.cell", name);
		tl_cell_kind *kind = zoo_read(name, NULL);
		ck_assert_str_eq(kind->name, name);
		ck_assert_msg(kind->doc && strpbrk(kind->doc, "0123456789"), "%s cites no paper",
			      name);
		check_form(name, kind);
		tl_cell_kind_destroy(kind);
		files++;
	}
	closedir(folder);
	ck_assert_int_ge(files, 92);
}
END_TEST

SUITE("zoo_equations", every_file_is_tested, files_do_what_their_papers_say,
      gradients_are_those_of_differences, drivers_take_them_as_any_other)
