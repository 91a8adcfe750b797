/* Errors, progress, colours, interrupts, and text laid out for a terminal. */
#define _DEFAULT_SOURCE /* sigaction, fileno */
#include "said.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool progress_is_shown;

static void wipe_progress(void)
{
	if (progress_is_shown)
		fputs("\r\x1b[K", stderr);
	progress_is_shown = false;
}

void say_error(const char *format, ...)
{
	va_list arguments;
	fflush(stdout);
	wipe_progress();
	fputs("tapeloop: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

void say_progress(const char *format, ...)
{
	va_list arguments;
	if (!isatty(fileno(stderr)))
		return;
	wipe_progress();
	if (*format) {
		va_start(arguments, format);
		vfprintf(stderr, format, arguments);
		va_end(arguments);
		progress_is_shown = true;
	}
	fflush(stderr);
}

/* Colours */

bool has_colours(FILE *file)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
	return isatty(fileno(file)) && !(no && *no) && !(terminal && !strcmp(terminal, "dumb"));
}

static const char *in(FILE *file, const char *sequence)
{
	return has_colours(file) ? sequence : "";
}

const char *in_bold(FILE *file)
{
	return in(file, "\x1b[1m");
}

const char *in_red(FILE *file)
{
	return in(file, "\x1b[31m");
}

const char *in_green(FILE *file)
{
	return in(file, "\x1b[32m");
}

const char *in_yellow(FILE *file)
{
	return in(file, "\x1b[33m");
}

const char *in_plain(FILE *file)
{
	return in(file, "\x1b[0m");
}

/* Interrupts */

static volatile sig_atomic_t came;

static void note(int number)
{
	came = 1;
	signal(number, SIG_DFL);
}

void take_interrupts(void)
{
	struct sigaction ours = {.sa_handler = note, .sa_flags = SA_RESTART};
	sigaction(SIGINT, &ours, NULL);
	sigaction(SIGTERM, &ours, NULL);
}

bool interrupted(void)
{
	return came;
}

/* Words alike */

int distance_of(const char *a, const char *b)
{
	enum { MOST = 63 };
	int row[3][MOST + 1], m = (int)strlen(a), n = (int)strlen(b);
	if (m > MOST || n > MOST)
		return MOST;
	for (int j = 0; j <= n; j++)
		row[0][j] = j;
	for (int i = 1; i <= m; i++) {
		int *now = row[i % 3], *before = row[(i + 2) % 3], *earlier = row[(i + 1) % 3];
		now[0] = i;
		for (int j = 1; j <= n; j++) {
			int best = before[j - 1] + (a[i - 1] != b[j - 1]);
			if (before[j] + 1 < best)
				best = before[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    earlier[j - 2] + 1 < best)
				best = earlier[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[m % 3][n];
}

const char *most_like(const char *text, const char *(*word)(int k))
{
	const char *found = NULL;
	int best = strlen(text) < 4 ? 2 : 3;
	for (int k = 0; word(k); k++) {
		int distance = distance_of(text, word(k));
		if (distance < best) {
			best = distance;
			found = word(k);
		}
	}
	return found;
}

/* Text on a page */

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

int columns_of(const char *text)
{
	int n = 0;
	for (; *text; text++)
		n += !continues(*text);
	return n;
}

void print_padded(FILE *file, const char *text, int columns)
{
	int used = columns_of(text);
	fprintf(file, "%s%*s", text, columns > used ? columns - used : 0, "");
}

void print_wrapped(FILE *file, const char *text, int at, int indent, int width)
{
	bool begins = true;
	while (*text) {
		if (*text == '\n' || *text == ' ') {
			if (*text == '\n') {
				fprintf(file, "\n%*s", text[1] && text[1] != '\n' ? indent : 0, "");
				at = indent;
				begins = true;
			}
			text++;
			continue;
		}
		size_t bytes = strcspn(text, " \n");
		int columns = 0;
		for (size_t i = 0; i < bytes; i++)
			columns += !continues(text[i]);
		if (!begins && at + 1 + columns >= width) {
			fprintf(file, "\n%*s", indent, "");
			at = indent;
			begins = true;
		}
		fprintf(file, "%s%.*s", begins ? "" : " ", (int)bytes, text);
		at += columns + !begins;
		begins = false;
		text += bytes;
	}
	fputc('\n', file);
}

const char *amount_words(double amount)
{
	enum { TEXTS = 4, TEXT = 32 };
	static char texts[TEXTS][TEXT];
	static int next;
	static const char *const units[] = {"", " k", " M", " G", " T"};
	int unit = 0;
	char *text = texts[next++ % TEXTS];
	while (amount >= 999.5 && unit < 4) {
		amount /= 1000;
		unit++;
	}
	snprintf(text, TEXT, "%.3g%s", amount, units[unit]);
	return text;
}
