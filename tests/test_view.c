/* Writing a page: what it refuses, that the tape stays as it was, and memory that runs out. What a
 * page says is held against the tape by test_view.py, and what a browser shows by
 * view/view.test.js.
 */
#include "counting.h"
#include "scratch.h"
#include "suite.h"

#include <errno.h>

enum { STEPS = 5, IN = 3, HIDDEN = 4 };

typedef struct net {
	tl_params *set;
	tl_cell *cell;
	tl_tape *tape;
	tl_tensor loss;
} net;

static float inputs[STEPS * 2 * IN];

static void net_record(net *n)
{
	tl_unrolled u = tl_unroll(n->cell, tl_input(n->tape, tl_dims(STEPS, 2, IN), inputs), NULL);
	n->loss = tl_mean(tl_square(tl_dropout(u.h, 0.3)), TL_ALL);
}

static net net_make(void)
{
	net n = {tl_params_create(TL_F32), NULL, tl_tape_create(TL_F32), TL_NONE};
	for (int i = 0; i < STEPS * 2 * IN; i++)
		inputs[i] = 0.1f * (float)i - 1;
	n.cell =
		tl_cell_create(n.set, "gru", "gru0", (tl_cell_options){.in = IN, .hidden = HIDDEN});
	net_record(&n);
	return n;
}

static void net_end(net *n)
{
	tl_tape_destroy(n->tape);
	tl_cell_destroy(n->cell);
	tl_params_destroy(n->set);
}

START_TEST(the_tape_stays_as_it_was)
{
	net n = net_make();
	int64_t count;
	const float *there = tl_params_gradients(n.set, &count);
	size_t bytes = (size_t)count * sizeof *there;
	float *gradient = malloc(bytes);
	tl_params_zero_gradients(n.set);
	ck_assert_int_eq(tl_backward(n.loss), TL_OK);
	int64_t nodes = tl_tape_node_count(n.tape);
	memcpy(gradient, there, bytes);
	double loss = tl_item(n.loss);
	ck_assert_int_eq(tl_view_write(n.tape, scratch("a.html"), NULL, NULL), TL_OK);
	ck_assert_int_eq(tl_tape_node_count(n.tape), nodes);
	ck_assert(!memcmp(gradient, there, bytes));
	ck_assert_double_eq(tl_item(n.loss), loss);
	/* the next round is that of a tape that was not looked at */
	tl_tape_rewind(n.tape);
	net_record(&n);
	double looked_at = tl_item(n.loss);
	net other = net_make();
	tl_tape_rewind(other.tape);
	net_record(&other);
	ck_assert_double_eq(tl_item(other.loss), looked_at);
	free(gradient);
	net_end(&other);
	net_end(&n);
}
END_TEST

/* Status, words, and that the file that was there before stays. */
static void refused(tl_tape *tape, const char *path, const tl_view_options *o, tl_status status,
		    const char *words)
{
	tl_error error = {TL_OK, ""};
	ck_assert_int_eq(tl_view_write(tape, path, o, &error), status);
	ck_assert_int_eq(error.status, status);
	ck_assert_msg(strstr(error.text, words) != NULL, "\"%s\" does not say \"%s\"", error.text,
		      words);
	ck_assert_int_eq(tl_view_write(tape, path, o, NULL), status);
}

START_TEST(what_is_wrong_is_refused)
{
	net n = net_make(), other = net_make();
	const char *path = scratch("refused.html");
	tl_tensor many = tl_square(tl_input(n.tape, tl_dims(3), inputs));
	tl_tensor old = n.loss;
	refused(NULL, path, NULL, TL_ERROR_TAPE, "there is no tape");
	refused(n.tape, NULL, NULL, TL_ERROR_ARGUMENT, "there is no path");
	refused(n.tape, "", NULL, TL_ERROR_ARGUMENT, "there is no path");
	refused(n.tape, path, &(tl_view_options){.loss = other.loss}, TL_ERROR_TAPE,
		"no tensor of this tape");
	refused(n.tape, path, &(tl_view_options){.loss = many}, TL_ERROR_ARGUMENT,
		"not one real number");
	refused(n.tape, path, &(tl_view_options){.sequence = -1}, TL_ERROR_ARGUMENT,
		"sequence is -1");
	refused(n.tape, path, &(tl_view_options){.sequence = 2}, TL_ERROR_ARGUMENT,
		"the batch has 2");
	refused(n.tape, path, &(tl_view_options){.text = "a\xff"}, TL_ERROR_ARGUMENT, "not UTF-8");
	refused(n.tape, path, &(tl_view_options){.text = "\xed\xa0\x80"}, TL_ERROR_ARGUMENT,
		"not UTF-8");
	refused(n.tape, path, &(tl_view_options){.text = "four"}, TL_ERROR_ARGUMENT,
		"the text has 4 characters, and the tape 5 steps");
	refused(n.tape, path, &(tl_view_options){.text = "é, è, ê"}, TL_ERROR_ARGUMENT,
		"the text has 7 characters");
	refused(n.tape, scratch("none/a.html"), NULL, TL_ERROR_FILE, "cannot be written");
	tl_tape_rewind(n.tape);
	net_record(&n);
	refused(n.tape, path, &(tl_view_options){.loss = old}, TL_ERROR_TAPE,
		"no tensor of this tape");
	tl_params_destroy(n.set);
	refused(n.tape, path, NULL, TL_ERROR_TAPE, "parameter set");
	ck_assert_int_eq(access(path, F_OK), -1);
	tl_tape_destroy(n.tape);
	tl_cell_destroy(n.cell);
	net_end(&other);
}
END_TEST

/* Nothing is computed for it: the tape alone says how much it would be. */
START_TEST(too_much_is_refused_before_memory_ends)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_zeros(tape, tl_dims(1 << 14, 1 << 14));
	for (int k = 0; k < 5; k++)
		x = tl_exp(x);
	refused(tape, scratch("a.html"), NULL, TL_ERROR_MEMORY, "take 5 GB");
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(what_was_there_stays_if_writing_fails)
{
	net n = net_make();
	const char *path = scratch("a.html");
	size_t size;
	scratch_write(path, "old", 3);
	refused(n.tape, path, &(tl_view_options){.text = "\xff"}, TL_ERROR_ARGUMENT, "not UTF-8");
	char *there = scratch_read(path, &size);
	ck_assert_str_eq(there, "old");
	ck_assert_int_eq(access(scratch("a.html.saving"), F_OK), -1);
	free(there);
	if (!access("/dev/full", W_OK))
		refused(n.tape, "/dev/full", NULL, TL_ERROR_FILE, "No space left");
	net_end(&n);
}
END_TEST

START_TEST(a_link_is_followed)
{
	net n = net_make();
	const char *path = scratch("page.html"), *link = scratch("link.html");
	struct stat about;
	size_t size;
	scratch_write(path, "old", 3);
	ck_assert_int_eq(symlink("page.html", link), 0);
	tl_view_options o = {.text = "éèêëe"};
	ck_assert_int_eq(tl_view_write(n.tape, link, &o, NULL), TL_OK);
	ck_assert(!lstat(link, &about) && S_ISLNK(about.st_mode));
	char *page = scratch_read(path, &size);
	ck_assert(size > 3 && strstr(page, "</html>"));
	free(page);
	net_end(&n);
}
END_TEST

/* An empty tape, one without steps, one with an error, one whose input has no data, of integers
 * alone. */
START_TEST(any_tape_can_be_looked_at)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	const char *path = scratch("a.html");
	size_t size;
	ck_assert_int_eq(tl_view_write(tape, path, NULL, NULL), TL_OK);
	tl_input_int(tape, tl_dims(0), NULL);
	ck_assert_int_eq(tl_view_write(tape, path, NULL, NULL), TL_OK);
	tl_tensor x = tl_input_double(tape, tl_dims(2), NULL), y = tl_sum(tl_exp(x), TL_ALL);
	ck_assert_int_eq(tl_view_write(tape, path, &(tl_view_options){.loss = y}, NULL), TL_OK);
	char *page = scratch_read(path, &size);
	ck_assert(strstr(page, "no data was bound"));
	free(page);
	tl_add(x, tl_zeros(tape, tl_dims(3)));
	ck_assert_ptr_nonnull(tl_tape_error(tape));
	ck_assert_int_eq(tl_view_write(tape, path, NULL, NULL), TL_OK);
	page = scratch_read(path, &size);
	ck_assert(strstr(page, "do not broadcast") || strstr(page, "\"problem\":\"add"));
	free(page);
	tl_tape_destroy(tape);
}
END_TEST

static void same_numbers(const tl_elementwise_args *a)
{
	memcpy(a->out, a->in[0], (size_t)a->n * tl_dtype_size(a->real));
}

START_TEST(an_op_without_a_derivative_is_told)
{
	static const tl_op blunt = {.name = "blunt",
				    .operand_count = 1,
				    .shape = tl_shape_elementwise,
				    .elementwise = same_numbers};
	float data[4] = {1, 2, 3, 4};
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_input(tape, tl_dims(4), data), h = tl_zeros(tape, TL_SCALAR);
	for (int t = 0; t < 4; t++) {
		tl_tape_set_step(tape, t);
		tl_tensor y = tl_tanh(tl_add(tl_at(x, t), h));
		h = t == 2 ? tl_apply(&blunt, NULL, 1, &y) : y;
	}
	tl_tape_set_step(tape, -1);
	tl_view_options o = {.loss = tl_square(h)};
	const char *path = scratch("a.html");
	size_t size;
	ck_assert_int_eq(tl_view_write(tape, path, &o, NULL), TL_OK);
	char *page = scratch_read(path, &size);
	ck_assert(strstr(page, "blunt: it has no derivative") && strstr(page, "\"program\":{"));
	free(page);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(a_page_is_shut_against_its_names)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tag(tl_scalar(tape, 1), "</script><b>\"\\\n\xff");
	const char *path = scratch("a.html");
	size_t size;
	ck_assert_int_eq(
		tl_view_write(tape, path, &(tl_view_options){.title = "</script><i>"}, NULL),
		TL_OK);
	char *page = scratch_read(path, &size);
	ck_assert(!strstr(page, "</script><b>") && !strstr(page, "</script><i>"));
	ck_assert(strstr(page, "\\u003c/script>\\u003cb>"));
	free(page);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(memory_may_run_out_at_any_time)
{
	counting c;
	net n = net_make();
	const char *path = scratch("a.html");
	tl_backward(n.loss);
	counting_start(&c);
	ck_assert_int_eq(tl_view_write(n.tape, path, NULL, NULL), TL_OK);
	int64_t calls = c.calls;
	ck_assert_int_eq(c.blocks, 0);
	for (int64_t k = 1; k <= calls; k++) {
		counting_start(&c);
		c.fail_at = k;
		tl_status status = tl_view_write(n.tape, path, NULL, NULL);
		ck_assert_msg(status == TL_ERROR_MEMORY || status == TL_OK,
			      "allocation %lld of %lld fails: status %d", (long long)k,
			      (long long)calls, (int)status);
		ck_assert_msg(c.blocks == 0, "allocation %lld of %lld fails: %lld blocks leak",
			      (long long)k, (long long)calls, (long long)c.blocks);
	}
	counting_stop();
	ck_assert_ptr_null(tl_tape_error(n.tape));
	net_end(&n);
}
END_TEST

SUITE("view", the_tape_stays_as_it_was, what_is_wrong_is_refused,
      too_much_is_refused_before_memory_ends, what_was_there_stays_if_writing_fails,
      a_link_is_followed, any_tape_can_be_looked_at, an_op_without_a_derivative_is_told,
      a_page_is_shut_against_its_names, memory_may_run_out_at_any_time)
