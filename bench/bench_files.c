/*
 * How long a model of 100 MB takes to save and to load, beside what the bytes alone take: written
 * and synced, copied in memory. usage: bench_files [FOLDER], where the files go; the current one.
 */
#include "timing.h"

#include <tapeloop/train.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TENSORS = 25, ROWS = 1000, COLUMNS = 1000 };

static char path[2][600];
static tl_params *set;
static void *bytes, *copy;
static int64_t count;
static tl_error error;

static void write_plain(void *user)
{
	(void)user;
	int file = open(path[0], O_WRONLY | O_CREAT | O_TRUNC, 0666);
	size_t left = (size_t)count * sizeof(float);
	for (const char *at = bytes; left;) {
		ssize_t done = write(file, at, left);
		if (done <= 0)
			break;
		at += done;
		left -= (size_t)done;
	}
	if (fsync(file) || close(file) || left)
		perror(path[0]);
}

static void copy_plain(void *user)
{
	(void)user;
	memcpy(copy, bytes, (size_t)count * sizeof(float));
	__asm__ volatile("" ::"r"(copy) : "memory");
}

static void save(void *user)
{
	(void)user;
	if (tl_params_save(set, path[1], NULL, 0, &error))
		fprintf(stderr, "%s\n", error.text);
}

static void load(void *user)
{
	(void)user;
	if (tl_params_load(set, path[1], NULL, &error))
		fprintf(stderr, "%s\n", error.text);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void *);
		int beside; /* which row it is compared with */
	} rows[] = {{"written and synced", write_plain, 0},
		    {"saved", save, 0},
		    {"copied in memory", copy_plain, 2},
		    {"loaded", load, 2}};
	double time[4];
	const char *folder = argc > 1 ? argv[1] : ".";
	snprintf(path[0], sizeof path[0], "%s/bench_files.plain", folder);
	snprintf(path[1], sizeof path[1], "%s/bench_files.safetensors", folder);
	set = tl_params_create(TL_F32);
	for (int i = 0; i < TENSORS; i++) {
		char name[20];
		snprintf(name, sizeof name, "W%d", i);
		tl_params_add(set, name, tl_dims(ROWS, COLUMNS), tl_init_uniform(-1, 1));
	}
	bytes = tl_params_values(set, &count);
	copy = malloc((size_t)count * sizeof(float));
	if (!bytes || !copy)
		return 1;
	memset(copy, 1, (size_t)count * sizeof(float));
	for (int k = 0; k < 4; k++) {
		time[k] = median_time(rows[k].run, NULL, 3);
		printf("%-20s %7.3f s  %5.2f times\n", rows[k].name, time[k],
		       time[k] / time[rows[k].beside]);
	}
	unlink(path[0]);
	unlink(path[1]);
	free(copy);
	tl_params_destroy(set);
	return 0;
}
