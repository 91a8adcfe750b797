/* What a check found. */
#include "finding.h"
#include "said.h"

#include <stdarg.h>

enum { CHECK = 14, WORD = 5 };

finding *found(findings *f, const char *check, verdict v, const char *format, ...)
{
	va_list arguments;
	if (f->count < FINDINGS)
		f->count++;
	finding *one = &f->list[f->count - 1];
	*one = (finding){.verdict = v};
	snprintf(one->check, sizeof one->check, "%s", check);
	va_start(arguments, format);
	vsnprintf(one->words, sizeof one->words, format, arguments);
	va_end(arguments);
	return one;
}

void found_number(finding *f, const char *name, double value)
{
	if (f->number_count == NUMBERS)
		return;
	f->numbers[f->number_count].name = name;
	f->numbers[f->number_count++].value = value;
}

const char *verdict_word(verdict v)
{
	static const char *const words[] = {"ok", "note", "FAIL"};
	return words[v];
}

static const char *colour_of(verdict v)
{
	return v == VERDICT_OK     ? in_green(stdout)
	       : v == VERDICT_NOTE ? in_yellow(stdout)
				   : in_red(stdout);
}

void print_finding(const finding *f)
{
	printf("  ");
	print_padded(stdout, f->check, CHECK);
	printf("%s%-*s%s", colour_of(f->verdict), WORD, verdict_word(f->verdict), in_plain(stdout));
	print_wrapped(stdout, f->words, 2 + CHECK + WORD, 2 + CHECK + WORD, PAGE_WIDTH);
	fflush(stdout);
}

void json_finding(json *j, const finding *f)
{
	json_open(j, NULL, '{');
	json_text(j, "check", f->check);
	json_text(j, "verdict", verdict_word(f->verdict));
	json_text(j, "words", f->words);
	for (int k = 0; k < f->number_count; k++)
		json_number(j, f->numbers[k].name, f->numbers[k].value);
	json_close(j);
}

verdict worst_of(const findings *f)
{
	verdict worst = VERDICT_OK;
	for (int k = 0; k < f->count; k++)
		if (f->list[k].verdict > worst)
			worst = f->list[k].verdict;
	return worst;
}
