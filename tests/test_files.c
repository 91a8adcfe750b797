/*
 * Files are whole or not there: cut off at any byte they are refused; where the disk is full, the
 * folder closed or the writer killed, the old file is as it was.
 */
#include "scratch.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <tapeloop/train.h>
#include <time.h>

enum { NUMBERS = 20000, SETS = 4 };

static float room[SETS][NUMBERS];

/* A file whose numbers are all the same one. */
static tl_status save(const char *path, float number, int sets, tl_error *error)
{
	static const char *const names[SETS] = {"a", "b", "c", "d"};
	tl_named_array arrays[SETS];
	char text[40];
	snprintf(text, sizeof text, "%g", number);
	tl_metadata said = {"number", text};
	for (int k = 0; k < sets; k++) {
		for (int i = 0; i < NUMBERS; i++)
			room[k][i] = number;
		arrays[k] = (tl_named_array){names[k], {room[k], TL_F32, {1, {NUMBERS}}, NUMBERS}};
	}
	return tl_safetensors_write(path, arrays, sets, &said, 1, error);
}

/* Which number that is; -1 and the reason if the file is not whole. */
static float number_in(const char *path, tl_error *error)
{
	tl_safetensors *f = tl_safetensors_open(path, error);
	float number = f ? (float)atof(tl_safetensors_metadata(f, "number")) : -1;
	for (int k = 0; k < tl_safetensors_count(f); k++) {
		tl_array a = {room[0], TL_F32, {1, {NUMBERS}}, 0};
		if (tl_safetensors_read(f, tl_safetensors_name(f, k), &a, error))
			number = -1;
		for (int i = 0; i < NUMBERS && number >= 0; i++)
			number = room[0][i] == number ? number : -1;
	}
	tl_safetensors_close(f);
	return number;
}

static void assert_number(const char *path, float wanted)
{
	tl_error e = {TL_OK, "other numbers"};
	float number = number_in(path, &e);
	ck_assert_msg(number == wanted, "%g, not %g: %s", number, wanted, e.text);
}

START_TEST(cut_off_at_any_byte_it_is_refused)
{
	size_t size;
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *cell = tl_cell_create(set, "gru", "cell", (tl_cell_options){.in = 2, .hidden = 3});
	const char *path = scratch("whole"), *cut = scratch("cut");
	ck_assert_int_eq(tl_model_save(path, set, &cell, 1, NULL, 0, NULL), TL_OK);
	char *bytes = scratch_read(path, &size);
	int64_t count;
	float *values = tl_params_values(set, &count), before[512];
	ck_assert_int_le(count, 512);
	memcpy(before, values, (size_t)count * sizeof *values);
	for (size_t length = 0; length <= size; length++) {
		tl_error e = {TL_OK, ""};
		scratch_write(cut, bytes, length);
		tl_model *m = tl_model_load(cut, &e);
		ck_assert(!m == (length < size));
		tl_model_destroy(m);
		ck_assert(!tl_params_load(set, cut, NULL, &e) == (length == size));
		ck_assert_msg(length == size || strstr(e.text, cut) == e.text, "%s", e.text);
		ck_assert_mem_eq(values, before, (size_t)count * sizeof *values);
	}
	free(bytes);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}
END_TEST

/* The limit on a file's length stands for a disk that is full. */
START_TEST(a_full_disk_leaves_the_old_file)
{
	const char *path = scratch("full");
	tl_error e = {TL_OK, ""};
	struct rlimit was;
	struct stat about;
	ck_assert_int_eq(save(path, 1, SETS, &e), TL_OK);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	for (rlim_t limit = 0; limit < 300000; limit += 50000) {
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, was.rlim_max});
		tl_status status = save(path, 2, SETS, &e);
		setrlimit(RLIMIT_FSIZE, &was);
		ck_assert_int_eq(status, TL_ERROR_FILE);
		ck_assert_msg(strstr(e.text, path) && strstr(e.text, "File too large"), "%s",
			      e.text);
		assert_number(path, 1);
		char beside[500];
		snprintf(beside, sizeof beside, "%s.saving", path);
		ck_assert_msg(stat(beside, &about) && errno == ENOENT, "%s is left", beside);
	}
	ck_assert_int_eq(save(path, 2, SETS, &e), TL_OK);
	assert_number(path, 2);
}
END_TEST

/* The superuser may write and read everywhere: the test is somebody else meanwhile. */
static void become_nobody(void)
{
	if (!geteuid())
		ck_assert_int_eq(seteuid(65534), 0);
}

static void become_oneself(void)
{
	ck_assert_int_eq(seteuid(getuid()), 0);
}

START_TEST(what_may_not_be_written_or_read_is_said)
{
	const char *path = scratch("kept"), *absent = scratch("absent/file");
	tl_error e = {TL_OK, ""};
	ck_assert_int_eq(save(path, 1, 1, &e), TL_OK);
	chmod(path, 0);
	chmod(scratch_folder, 0555);
	become_nobody();
	tl_status status = save(path, 2, 1, &e);
	ck_assert_ptr_null(tl_safetensors_open(path, NULL));
	become_oneself();
	ck_assert_int_eq(status, TL_ERROR_FILE);
	ck_assert_msg(strstr(e.text, "Permission denied") != NULL, "%s", e.text);
	chmod(scratch_folder, 0755);
	become_nobody();
	ck_assert_ptr_null(tl_safetensors_open(path, &e));
	become_oneself();
	ck_assert_msg(strstr(e.text, "Permission denied") != NULL, "%s", e.text);
	chmod(path, 0644);
	assert_number(path, 1);
	ck_assert_int_eq(save(absent, 1, 1, &e), TL_ERROR_FILE);
	ck_assert_msg(strstr(e.text, "No such file") != NULL, "%s", e.text);
	ck_assert_int_eq(save("/dev/full", 1, 1, &e), TL_ERROR_FILE);
	ck_assert_msg(strstr(e.text, "is not replaced") != NULL, "%s", e.text);
	ck_assert_int_eq(save(scratch_folder, 1, 1, &e), TL_ERROR_FILE);
	ck_assert_int_eq(save("", 1, 1, &e), TL_ERROR_ARGUMENT);
	static char long_path[6000];
	memset(long_path, 'x', sizeof long_path - 1);
	ck_assert_int_eq(save(long_path, 1, 1, &e), TL_ERROR_FILE);
}
END_TEST

START_TEST(links_and_rights_are_kept)
{
	const char *path = scratch("private"), *link = scratch("link");
	struct stat about;
	ck_assert_int_eq(save(path, 1, 1, NULL), TL_OK);
	chmod(path, 0640);
	ck_assert_int_eq(symlink(path, link), 0);
	ck_assert_int_eq(save(link, 2, 1, NULL), TL_OK);
	ck_assert_int_eq(lstat(link, &about), 0);
	ck_assert(S_ISLNK(about.st_mode));
	ck_assert_int_eq(stat(path, &about), 0);
	ck_assert_int_eq(about.st_mode & 07777, 0640);
	assert_number(path, 2);
	ck_assert_int_eq(chdir(scratch_folder), 0);
	ck_assert_int_eq(save("plain", 3, 1, NULL), TL_OK); /* a name without a folder */
	assert_number("plain", 3);
}
END_TEST

/* The file that a link names comes to be, beside it or elsewhere; a ring of links leads nowhere. */
START_TEST(links_to_what_is_not_there_are_followed)
{
	const char *link = scratch("near"), *chain = scratch("chain"), *ring = scratch("ring");
	tl_error e;
	struct stat about;
	ck_assert_int_eq(symlink("new", link), 0);
	ck_assert_int_eq(symlink(link, chain), 0);
	ck_assert_int_eq(save(chain, 1, 1, NULL), TL_OK);
	ck_assert(!lstat(link, &about) && S_ISLNK(about.st_mode));
	ck_assert(!lstat(chain, &about) && S_ISLNK(about.st_mode));
	ck_assert(!lstat(scratch("new"), &about) && S_ISREG(about.st_mode));
	assert_number(scratch("new"), 1);
	ck_assert_int_eq(symlink("ring", ring), 0);
	ck_assert_int_eq(save(ring, 1, 1, &e), TL_ERROR_FILE);
	ck_assert_msg(strstr(e.text, "ymbolic links") != NULL, "%s", e.text);
}
END_TEST

/* What a killed writer left is used again; what another one is at work on is not. */
START_TEST(what_was_left_is_used_again)
{
	const char *path = scratch("left");
	char beside[500];
	struct stat about;
	snprintf(beside, sizeof beside, "%s.saving", path);
	static char junk[300000];
	scratch_write(beside, junk, sizeof junk);
	ck_assert_int_eq(save(path, 1, 1, NULL), TL_OK);
	assert_number(path, 1);
	ck_assert(stat(beside, &about) && errno == ENOENT);
	ck_assert_int_eq(symlink("/dev/null", beside), 0);
	ck_assert_int_eq(save(path, 2, 1, NULL), TL_ERROR_FILE);
	unlink(beside);
	assert_number(path, 1);
}
END_TEST

static void save_for_ever(const char *path, float first)
{
	for (float number = first;; number += 2)
		if (save(path, number, SETS, NULL))
			_exit(3);
}

static void sleep_for(double seconds)
{
	nanosleep(&(struct timespec){(time_t)seconds, (long)(fmod(seconds, 1) * 1e9)}, NULL);
}

/* Several save at once to one path: whoever is last, it is one of them as a whole. */
START_TEST(writers_do_not_mix)
{
	const char *path = scratch("shared");
	pid_t child[2];
	ck_assert_int_eq(save(path, 1, SETS, NULL), TL_OK);
	for (int k = 0; k < 2; k++)
		if (!(child[k] = fork()))
			save_for_ever(path, (float)k + 1);
	for (int i = 0; i < 50; i++) {
		tl_error e = {TL_OK, "other numbers"};
		ck_assert_msg(number_in(path, &e) > 0, "%s", e.text);
		sleep_for(0.005);
	}
	for (int k = 0; k < 2; k++) {
		int status;
		kill(child[k], SIGKILL);
		waitpid(child[k], &status, 0);
		ck_assert(WIFSIGNALED(status));
	}
}
END_TEST

/* TL_KILLS says how often; 200 takes some ten seconds. */
START_TEST(a_killed_writer_loses_nothing)
{
	const char *path = scratch("killed"), *kills = getenv("TL_KILLS");
	int count = kills ? atoi(kills) : 20, changed = 0;
	uint32_t random = 1;
	float last = 1;
	ck_assert_int_eq(save(path, 1, SETS, NULL), TL_OK);
	for (int i = 0; i < count; i++) {
		int status;
		pid_t child = fork();
		if (!child)
			save_for_ever(path, last + 1);
		random = random * 1664525 + 1013904223;
		sleep_for(0.001 + 0.03 * (random >> 8) / (1 << 24));
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		tl_error e = {TL_OK, "other numbers"};
		float number = number_in(path, &e);
		ck_assert_msg(number >= last, "kill %d: %g after %g: %s", i, number, last, e.text);
		changed += number > last;
		last = number;
	}
	printf("killed %d times, the file had changed before %d of them\n", count, changed);
	ck_assert_int_gt(changed, count / 4);
	ck_assert_int_eq(save(path, 0, 1, NULL), TL_OK);
	assert_number(path, 0);
}
END_TEST

SUITE("files", cut_off_at_any_byte_it_is_refused, a_full_disk_leaves_the_old_file,
      what_may_not_be_written_or_read_is_said, links_and_rights_are_kept,
      links_to_what_is_not_there_are_followed, what_was_left_is_used_again, writers_do_not_mix,
      a_killed_writer_loses_nothing)
