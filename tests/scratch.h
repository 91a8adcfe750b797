/* A folder of its own for a test that writes files: made at the first call, removed when the
 * process that made it ends. */
#ifndef TL_TESTS_SCRATCH_H
#define TL_TESTS_SCRATCH_H

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch_folder[64];
static pid_t scratch_owner;

static void scratch_clean(void)
{
	if (getpid() != scratch_owner)
		return;
	char path[512];
	DIR *folder = opendir(scratch_folder);
	chmod(scratch_folder, 0700);
	for (struct dirent *e; folder && (e = readdir(folder));) {
		snprintf(path, sizeof path, "%s/%s", scratch_folder, e->d_name);
		unlink(path);
	}
	if (folder)
		closedir(folder);
	rmdir(scratch_folder);
}

/* The path of a file in it; valid until eight more are asked for. */
static inline const char *scratch(const char *name)
{
	static char paths[8][400];
	static int next;
	if (scratch_owner != getpid()) {
		scratch_owner = getpid();
		snprintf(scratch_folder, sizeof scratch_folder, "/tmp/tapeloop-test-XXXXXX");
		ck_assert_ptr_nonnull(mkdtemp(scratch_folder));
		atexit(scratch_clean);
	}
	char *path = paths[next++ % 8];
	snprintf(path, sizeof paths[0], "%s/%s", scratch_folder, name);
	return path;
}

static inline void scratch_write(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");
	ck_assert_ptr_nonnull(file);
	ck_assert(!size || fwrite(bytes, size, 1, file) == 1);
	ck_assert_int_eq(fclose(file), 0);
}

/* All of a file; the caller frees it. */
static inline char *scratch_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	ck_assert_ptr_nonnull(file);
	fseek(file, 0, SEEK_END);
	*size = (size_t)ftell(file);
	rewind(file);
	char *bytes = malloc(*size + 1);
	ck_assert(!*size || fread(bytes, *size, 1, file) == 1);
	bytes[*size] = 0;
	fclose(file);
	return bytes;
}

#endif
