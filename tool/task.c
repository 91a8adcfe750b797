/* Tasks by their words, and what is the same for all of them. */
#include "said.h"
#include "task.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TASK(name) extern const task_kind task_##name;
#include "tasks.def"
#undef TASK

static const task_kind *const kinds[] = {
#define TASK(name) &task_##name,
#include "tasks.def"
#undef TASK
};

enum { KINDS = sizeof kinds / sizeof *kinds };

const task_kind *task_kind_at(int index)
{
	return index >= 0 && index < KINDS ? kinds[index] : NULL;
}

static const char *kind_name(int k)
{
	return k < KINDS ? kinds[k]->name : NULL;
}

static void print_kind(const task_kind *kind)
{
	char text[512];
	printf("%s%s%s", in_bold(stdout), kind->name, in_plain(stdout));
	printf("%s%s", kind->files ? ":" : "", kind->files ? kind->files : "");
	for (int k = 0; k < TASK_OPTIONS && kind->option[k].name; k++)
		printf(":%s=%lld", kind->option[k].name, (long long)kind->option[k].usual);
	printf("\n    ");
	print_wrapped(stdout, kind->doc, 4, 4, PAGE_WIDTH);
	size_t used = 0;
	for (int k = 0; k < TASK_OPTIONS && kind->option[k].name && used < sizeof text; k++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s is the %s; ",
					 kind->option[k].name, kind->option[k].help);
	if (used < sizeof text)
		snprintf(text + used, sizeof text - used, "measured by %s", task_metric_name(kind));
	printf("    ");
	print_wrapped(stdout, text, 4, 4, PAGE_WIDTH);
}

void task_print_list(void)
{
	for (int k = 0; k < KINDS; k++)
		print_kind(kinds[k]);
}

/* Words */

static const task_kind *find(const char *name)
{
	for (int k = 0; k < KINDS; k++)
		if (!strcmp(kinds[k]->name, name))
			return kinds[k];
	const char *like = most_like(name, kind_name);
	char known[256] = "";
	for (int k = 0; k < KINDS; k++)
		snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", k ? ", " : "",
			 kinds[k]->name);
	say_error("there is no task %s%s%s%s (there are %s)", name, like ? "; did you mean " : "",
		  like ? like : "", like ? "?" : "", known);
	return NULL;
}

static bool set_option(task *t, const char *word)
{
	const task_kind *kind = t->kind;
	size_t length = strcspn(word, "=");
	char *end;
	for (int k = 0; k < TASK_OPTIONS && kind->option[k].name; k++) {
		const task_option *o = &kind->option[k];
		if (strlen(o->name) != length || strncmp(o->name, word, length))
			continue;
		long long value = strtoll(word + length + (word[length] == '='), &end, 10);
		if (!word[length] || !word[length + 1] || *end || value < o->least ||
		    value > o->most) {
			say_error("task %s: %s: %s is a whole number from %lld to %lld", kind->name,
				  word, o->name, (long long)o->least, (long long)o->most);
			return false;
		}
		t->option[k] = value;
		return true;
	}
	char known[256] = "";
	for (int k = 0; k < TASK_OPTIONS && kind->option[k].name; k++)
		snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s",
			 k ? ", " : "it has ", kind->option[k].name);
	say_error("task %s has no option %s%s%s", kind->name, word, *known ? "; " : "", known);
	return false;
}

bool task_begin(const char *kind, task *t)
{
	*t = (task){.kind = find(kind), .rows = 32};
	for (int k = 0; t->kind && k < TASK_OPTIONS; k++)
		t->option[k] = t->kind->option[k].usual;
	if (t->kind)
		snprintf(t->name, sizeof t->name, "%s", kind);
	return t->kind != NULL;
}

/* The next of what is between colons, or NULL. */
static const char *next_part(const char **word, char part[TASK_NAME])
{
	size_t length = strcspn(*word, ":");
	if (!**word)
		return NULL;
	snprintf(part, TASK_NAME, "%.*s", (int)length, *word);
	*word += length + ((*word)[length] == ':');
	return part;
}

bool task_set_options(task *t, const char *words)
{
	char part[TASK_NAME];
	while (next_part(&words, part))
		if (!set_option(t, part))
			return false;
	return true;
}

void task_options(const task *t, char *text, size_t room)
{
	size_t used = 0;
	*text = '\0';
	for (int k = 0; k < TASK_OPTIONS && t->kind->option[k].name && used < room; k++)
		used += (size_t)snprintf(text + used, room - used, "%s%s=%lld", k ? ":" : "",
					 t->kind->option[k].name, (long long)t->option[k]);
}

/* The name, the files that the kind needs, options. */
bool task_parse(const char *word, task *t)
{
	char part[TASK_NAME] = "";
	const char *rest = word;
	if (strlen(word) >= TASK_NAME) {
		say_error("the task %.40s... is longer than %d bytes", word, TASK_NAME - 1);
		return false;
	}
	next_part(&rest, part);
	if (!task_begin(part, t))
		return false;
	strcpy(t->name, word);
	int files = !t->kind->files ? 0 : strchr(t->kind->files, ':') ? 2 : 1;
	for (int k = 0; k < files && next_part(&rest, part); k++)
		strcpy(k ? t->column : t->file, part);
	return task_set_options(t, rest);
}

bool task_open(task *t)
{
	tl_error error = {TL_OK, ""};
	const char *files = t->kind->files;
	bool column = t->texts.columns || *t->column;
	if (files && (!*t->file || (strchr(files, ':') && !column))) {
		say_error("task %s needs %s: %s:%s", t->kind->name,
			  *t->file ? "the column to forecast" : "a file", t->kind->name, files);
		return false;
	}
	t->baseline = t->kind->baseline;
	t->deviation = 1;
	tl_status status = t->kind->make(t, &error);
	if (status)
		say_error("%s", *error.text ? error.text : tl_status_text(status));
	if (status)
		task_release(t);
	return !status;
}

void task_release(task *t)
{
	tl_batches_destroy(t->train);
	tl_batches_destroy(t->validation);
	if (t->data && t->kind->release)
		t->kind->release(t->data);
	else
		free(t->data);
	t->train = t->validation = NULL;
	t->data = NULL;
}

/* Metrics */

bool task_is_classes(const task *t)
{
	return t->kind->metric == METRIC_ACCURACY || t->kind->metric == METRIC_BITS;
}

bool task_higher_is_better(const task_kind *kind)
{
	return kind->metric == METRIC_ACCURACY;
}

const char *task_metric_name(const task_kind *kind)
{
	static const char *const names[] = {[METRIC_SQUARES] = "squared error",
					    [METRIC_NRMSE] = "NRMSE",
					    [METRIC_ACCURACY] = "accuracy",
					    [METRIC_BITS] = "bits/character"};
	return names[kind->metric];
}

double task_metric_of(const task *t, double mean)
{
	switch (t->kind->metric) {
	case METRIC_NRMSE:
		return sqrt(mean) / t->deviation;
	case METRIC_BITS:
		return mean / log(2);
	default:
		return mean;
	}
}

bool task_is_better(const task *t, double a, double b)
{
	if (isnan(a) || isnan(b))
		return !isnan(a) && isnan(b);
	return task_higher_is_better(t->kind) ? a > b : a < b;
}

bool task_is_learned(const task *t, double metric)
{
	double level = t->kind->learned;
	return level > 0 && !isnan(metric) &&
	       (task_higher_is_better(t->kind) ? metric >= level : metric <= level);
}
