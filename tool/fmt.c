/* `tapeloop fmt`: files of equations in their one spelling. A file is written back whole or not at
 * all: a new one is made beside it and takes its name. */
#define _DEFAULT_SOURCE /* mkstemp, fchmod */
#include "said.h"
#include "verb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tapeloop/equations.h>

typedef struct fmt_options {
	bool write, check, ascii;
} fmt_options;

static const verb_option options[] = {
	{'w', "write", NULL, "write each file back, instead of printing it",
	 FLAG(fmt_options, write)},
	{'c', "check", NULL,
	 "print the names of files that are spelt otherwise, and nothing else; the "
	 "exit status is 1 if there are any",
	 FLAG(fmt_options, check)},
	{'a', "ascii", NULL, "sigmoid, * and ^T instead of their signs", FLAG(fmt_options, ascii)},
	{0},
};

enum { PATH = 4096, LIMIT = 1 << 20 };

/* All of standard input; NULL after an error, which is said. */
static char *read_standard(void)
{
	char *text = malloc(LIMIT + 1);
	size_t n = text ? fread(text, 1, LIMIT + 1, stdin) : 0;
	if (text && n <= LIMIT && !ferror(stdin)) {
		text[n] = '\0';
		return text;
	}
	say_error("standard input: %s", !text       ? "out of memory"
					: n > LIMIT ? "more than 1 MB"
						    : strerror(errno));
	free(text);
	return NULL;
}

static char *read_all(const char *path)
{
	char *text = NULL;
	long length = -1;
	if (!strcmp(path, "-"))
		return read_standard();
	FILE *file = fopen(path, "rb");
	if (file && !fseek(file, 0, SEEK_END))
		length = ftell(file);
	if (length >= 0 && length <= LIMIT && !fseek(file, 0, SEEK_SET))
		text = malloc((size_t)length + 1);
	if (text && fread(text, 1, (size_t)length, file) == (size_t)length) {
		text[length] = '\0';
	} else {
		say_error("%s: %s", path, length > LIMIT ? "longer than 1 MB" : strerror(errno));
		free(text);
		text = NULL;
	}
	if (file)
		fclose(file);
	return text;
}

static bool write_whole(const char *path, const char *text)
{
	char beside[PATH];
	struct stat old;
	int n = snprintf(beside, sizeof beside, "%s.XXXXXX", path);
	int file = n > 0 && n < PATH ? mkstemp(beside) : -1;
	size_t length = strlen(text);
	bool done = file >= 0 && !stat(path, &old) && !fchmod(file, old.st_mode & 07777);
	for (size_t at = 0; done && at < length;) {
		ssize_t wrote = write(file, text + at, length - at);
		done = wrote > 0;
		at += wrote > 0 ? (size_t)wrote : 0;
	}
	done = done && !fsync(file);
	if (file >= 0 && close(file))
		done = false;
	done = done && !rename(beside, path);
	if (!done) {
		say_error("%s: %s", path, strerror(errno));
		if (file >= 0)
			unlink(beside);
	}
	return done;
}

/* "a.cell:3:5: ..." from a message that knows the text only as "text". */
static void say_place(const char *path, const char *message)
{
	bool placed = !strncmp(message, "text:", 5);
	say_error("%s%s%s", strcmp(path, "-") ? path : "standard input", placed ? "" : ": ",
		  placed ? message + 4 : message);
}

static int format_one(const char *path, const fmt_options *o)
{
	tl_error error = {0};
	char *text = read_all(path);
	char *formatted = text ? tl_cell_text_format(text, o->ascii, &error) : NULL;
	bool same = formatted && !strcmp(text, formatted);
	int status = STATUS_OK;
	if (!formatted) {
		if (text)
			say_place(path, error.text);
		status = STATUS_FAILED;
	} else if (o->check) {
		if (!same)
			puts(path);
		status = same ? STATUS_OK : STATUS_FAILED;
	} else if (o->write) {
		if (!same && !write_whole(path, formatted))
			status = STATUS_FAILED;
	} else {
		fputs(formatted, stdout);
	}
	tl_cell_text_free(formatted);
	free(text);
	return status;
}

static int run(const void *given, int count, char **operands)
{
	const fmt_options *o = given;
	int status = STATUS_OK;
	for (int k = 0; k < count; k++)
		if (o->write && !strcmp(operands[k], "-")) {
			say_error("fmt: standard input cannot be written back");
			return STATUS_USAGE;
		}
	for (int k = 0; k < count; k++)
		if (format_one(operands[k], o))
			status = STATUS_FAILED;
	return status;
}

const verb verb_fmt = {
	.name = "fmt",
	.summary = "files of equations in their one spelling",
	.operands = "FILE...",
	.least = 1,
	.most = MANY,
	.completes = COMPLETE_FILE,
	.about = "Prints files of equations with one spelling of each sign, one space where there "
		 "is "
		 "one, and aligned equations. Names, order and parentheses stay. - reads standard "
		 "input.",
	.options = options,
	.options_size = sizeof(fmt_options),
	.examples = "tapeloop fmt mine.cell\n"
		    "tapeloop fmt --check *.cell || tapeloop fmt -w *.cell",
	.run = run,
};
