/* Sweeps: each job once, what was found is kept, a job that dies ends alone. */
#include "suite.h"

#include <tapeloop/train.h>

#include <signal.h>
#include <unistd.h>

static char runs[64], path[64];

/* Each run of a job leaves a letter in a file, for memory that a child changes is lost. */
static int runs_so_far(void)
{
	FILE *f = fopen(runs, "r");
	int count = 0;
	while (f && fgetc(f) != EOF)
		count++;
	if (f)
		fclose(f);
	return count;
}

static tl_status job(int number, double *results, void *user, tl_error *error)
{
	const int *bad = user;
	FILE *f = fopen(runs, "a");
	fputc('x', f);
	fclose(f);
	if (bad && number == bad[0])
		raise(SIGKILL);
	if (bad && number == bad[1]) {
		snprintf(error->text, sizeof error->text, "it would not");
		return TL_ERROR_VALUE;
	}
	tl_params *set = tl_params_create(TL_F64); /* the engine works in a child */
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_param *w = tl_params_add(set, "w", tl_dims(1), tl_init_constant(number));
	tl_tensor y = tl_sum(tl_square(tl_use(tape, w)), TL_ALL);
	ck_assert_int_eq(tl_backward(y), TL_OK);
	results[0] = tl_item(y);
	results[1] = tl_param_gradient_double(w)[0];
	tl_tape_destroy(tape);
	tl_params_destroy(set);
	return TL_OK;
}

static const char *name(int number, void *user)
{
	static char text[32];
	(void)user;
	snprintf(text, sizeof text, "group %d", number / 3);
	return text;
}

static tl_sweep_options usual(int *bad)
{
	snprintf(runs, sizeof runs, "/tmp/sweep-%d.runs", (int)getpid());
	snprintf(path, sizeof path, "/tmp/sweep-%d.jsonl", (int)getpid());
	unlink(runs);
	unlink(path);
	return (tl_sweep_options){.jobs = 7,
				  .run = job,
				  .name = name,
				  .user = bad,
				  .result_names = {"square", "slope"},
				  .processes = 3,
				  .path = path};
}

START_TEST(each_job_is_run_once)
{
	double results[14];
	tl_error e = {TL_OK, ""};
	tl_sweep_options o = usual(NULL);
	o.table = tmpfile();
	ck_assert_msg(!tl_sweep(&o, results, &e), "%s", e.text);
	for (int i = 0; i < 7; i++) {
		ck_assert_double_eq(results[2 * i], i * i);
		ck_assert_double_eq(results[2 * i + 1], 2 * i);
	}
	ck_assert_int_eq(runs_so_far(), 7);
	char line[256];
	rewind(o.table);
	ck_assert_ptr_nonnull(fgets(line, sizeof line, o.table));
	ck_assert_ptr_nonnull(fgets(line, sizeof line, o.table));
	ck_assert_msg(!strncmp(line, "group 0     3       1.6667 +- 2.1", 33), "%s", line);
	fclose(o.table);
	o.table = NULL;
	memset(results, 0, sizeof results);
	ck_assert_int_eq(tl_sweep(&o, results, &e), TL_OK); /* all of it from the file */
	ck_assert_double_eq(results[12], 36);
	ck_assert_int_eq(runs_so_far(), 7);
	o.result_names[1] = "another";
	ck_assert_int_eq(tl_sweep(&o, results, &e), TL_ERROR_FILE);
	ck_assert_ptr_nonnull(strstr(e.text, "is not of this sweep: {\"job\":"));
	unlink(path);
	unlink(runs);
}
END_TEST

START_TEST(a_job_that_fails_is_told_and_run_again)
{
	double results[14];
	int bad[2] = {2, -1};
	tl_error e = {TL_OK, ""};
	tl_sweep_options o = usual(bad);
	ck_assert_int_eq(tl_sweep(&o, results, &e), TL_ERROR_VALUE);
	ck_assert_str_eq(e.text, "job 2 (group 0): its process ended with signal 9");
	ck_assert(isnan(results[4]) && results[12] == 36);
	ck_assert_int_eq(runs_so_far(), 7);
	bad[0] = -1, bad[1] = 2;
	ck_assert_int_eq(tl_sweep(&o, results, &e), TL_ERROR_VALUE);
	ck_assert_str_eq(e.text, "job 2 (group 0): it would not");
	ck_assert_int_eq(runs_so_far(), 8);
	bad[1] = -1;
	FILE *f = fopen(path, "a"); /* of a process that died while it wrote */
	fputs("{\"job\":2,\"na", f);
	fclose(f);
	ck_assert_int_eq(tl_sweep(&o, results, &e), TL_OK);
	ck_assert_double_eq(results[4], 4);
	ck_assert_int_eq(runs_so_far(), 9);
	unlink(path);
	unlink(runs);
}
END_TEST

static const char *quoted(int number, void *user)
{
	(void)number;
	(void)user;
	return "a \"name\"";
}

START_TEST(what_cannot_be_run_is_refused)
{
	tl_error e = {TL_OK, ""};
	tl_sweep_options o = usual(NULL);
	o.jobs = 0;
	ck_assert_int_eq(tl_sweep(&o, NULL, &e), TL_ERROR_ARGUMENT);
	o.jobs = 7, o.path = "/nowhere/x";
	ck_assert_int_eq(tl_sweep(&o, NULL, &e), TL_ERROR_FILE);
	ck_assert_str_eq(e.text, "/nowhere/x: No such file or directory");
	o.path = NULL, o.name = quoted;
	ck_assert_int_eq(tl_sweep(&o, NULL, &e), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_sweep(NULL, NULL, &e), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(runs_so_far(), 0);
}
END_TEST

SUITE("sweep", each_job_is_run_once, a_job_that_fails_is_told_and_run_again,
      what_cannot_be_run_is_refused)
