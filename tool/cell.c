/* A CELL as it stands on the command line, made into a kind and its options. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include "cell.h"
#include "cell_file.h"
#include "said.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Options after a colon */

static const tl_member common[] = {
	TL_MEMBER(tl_cell_options, activation, TL_MEMBER_ACTIVATION),
	TL_MEMBER(tl_cell_options, forget_bias, TL_MEMBER_REAL),
	TL_MEMBER(tl_cell_options, chrono, TL_MEMBER_REAL),
	TL_MEMBER(tl_cell_options, trainable_initial_state, TL_MEMBER_BOOL),
	TL_MEMBER(tl_cell_options, weight_dropout, TL_MEMBER_REAL),
	TL_MEMBER(tl_cell_options, update_dropout, TL_MEMBER_REAL),
	TL_MEMBER(tl_cell_options, two_biases, TL_MEMBER_BOOL),
	TL_MEMBER(tl_cell_options, layer_norm, TL_MEMBER_BOOL),
	{0},
};
enum { COMMON_OF_TEXTS = 6 }; /* the first: a file has the others as options of its own, or not */

static const tl_member *member_of(const tl_member *members, int limit, const char *name)
{
	for (int k = 0; members && k < limit && members[k].name; k++)
		if (!strcmp(members[k].name, name))
			return &members[k];
	return NULL;
}

static bool put_one(const tl_member *m, const char *text, char *into)
{
	char *end = NULL;
	tl_activation f;
	double real = strtod(text, &end);
	bool number = end != text && !*end && isfinite(real), whole = number && real == floor(real);
	switch (m->type) {
	case TL_MEMBER_REAL: /* 0 would be taken for one that was left out */
		*(double *)into = real == 0 ? TL_ZERO : real;
		return number;
	case TL_MEMBER_INT:
		if (whole && fabs(real) < 1e9)
			*(int *)into = (int)real;
		return whole && fabs(real) < 1e9;
	case TL_MEMBER_INT64:
		if (whole && fabs(real) < 1e15)
			*(int64_t *)into = (int64_t)real;
		return whole && fabs(real) < 1e15;
	case TL_MEMBER_BOOL:
		*(bool *)into = !strcmp(text, "true");
		return !strcmp(text, "true") || !strcmp(text, "false");
	case TL_MEMBER_ACTIVATION:
		f = tl_activation_find(text);
		if (f)
			*(tl_activation *)into = f;
		return f != NULL;
	}
	return false;
}

static size_t size_of(tl_member_type type)
{
	static const size_t sizes[] = {
		[TL_MEMBER_REAL] = sizeof(double),
		[TL_MEMBER_INT] = sizeof(int),
		[TL_MEMBER_INT64] = sizeof(int64_t),
		[TL_MEMBER_BOOL] = sizeof(bool),
		[TL_MEMBER_ACTIVATION] = sizeof(tl_activation),
	};
	return sizes[type];
}

/* One value, or for an array [1, 2, 4]. text is changed. */
static bool put(const tl_member *m, char *text, void *options)
{
	char *into = (char *)options + m->offset, *end = text + strlen(text);
	size_t room = m->size / size_of(m->type), k = 0;
	if (room == 1 || *text != '[')
		return put_one(m, text, into);
	if (end[-1] != ']')
		return false;
	end[-1] = '\0';
	for (char *one = strtok(text + 1, ", "); one; one = strtok(NULL, ", "), k++)
		if (k == room || !put_one(m, one, into + k * size_of(m->type)))
			return false;
	return k > 0;
}

/* The next of "a=1,b=[2,3]": what is between brackets has commas of its own. Ends it and goes on.
 */
static char *next_option(char **rest)
{
	char *begin = *rest, *p = begin;
	int inside = 0;
	if (!*begin)
		return NULL;
	for (; *p && (*p != ',' || inside > 0); p++)
		inside += (*p == '[') - (*p == ']');
	*rest = *p ? p + 1 : p;
	*p = '\0';
	return begin;
}

static void refuse_name(const cell_choice *c, const char *name)
{
	char known[512] = "";
	const tl_member *lists[] = {c->kind->extra_members, common};
	for (int l = 0; l < 2; l++)
		for (const tl_member *m = lists[l]; m && m->name; m++)
			snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s",
				 *known ? ", " : "", m->name);
	say_error("%s has no option %s; it may have %s", c->kind->name, name, known);
}

/* Options of a kind that is written in C. */
static bool set_options(cell_choice *c, char *text)
{
	if (c->kind->extra_size) {
		c->extra = calloc(1, c->kind->extra_size);
		if (!c->extra) {
			say_error("out of memory");
			return false;
		}
		if (c->kind->extra_default)
			memcpy(c->extra, c->kind->extra_default, c->kind->extra_size);
		c->options.extra = c->extra;
	}
	for (char *one; (one = next_option(&text));) {
		char *value = strchr(one, '=');
		if (value)
			*value++ = '\0';
		const tl_member *own = member_of(c->kind->extra_members, TL_MAX_STATES, one);
		const tl_member *m = own ? own : member_of(common, TL_MAX_STATES, one);
		if (!m) {
			refuse_name(c, one);
			return false;
		}
		if (!value || !put(m, value, own ? c->extra : (void *)&c->options)) {
			say_error("%s: %s=%s is no %s", c->kind->name, one, value ? value : "",
				  m->type == TL_MEMBER_BOOL         ? "true or false"
				  : m->type == TL_MEMBER_ACTIVATION ? "elementwise function"
								    : "number that fits");
			return false;
		}
	}
	return true;
}

/* Of a file: some are set here, the others, with spaces between them, go to who reads it. */
static bool share_options(cell_choice *c, char *text, char *others, size_t room)
{
	*others = '\0';
	for (char *one; (one = next_option(&text));) {
		char name[64], *value = strchr(one, '=');
		snprintf(name, sizeof name, "%.*s", (int)strcspn(one, "="), one);
		const tl_member *m = member_of(common, COMMON_OF_TEXTS, name);
		if (m && value && put(m, value + 1, &c->options))
			continue;
		if (m) {
			say_error("%s: %s is no value of it", c->word, one);
			return false;
		}
		size_t used = strlen(others);
		if (used + strlen(one) + 2 > room) {
			say_error("%.40s...: its options are too long", c->word);
			return false;
		}
		snprintf(others + used, room - used, "%s%s", *others ? " " : "", one);
	}
	return true;
}

/* Choosing */

static const char *kind_name(int k)
{
	const tl_cell_kind *kind = tl_cell_kind_at(k);
	return kind ? kind->name : NULL;
}

static void refuse_cell(const char *name)
{
	char file[64];
	const char *like = most_like(name, kind_name);
	if (!like && cell_file_like(name, file, sizeof file))
		like = file;
	say_error("there is no cell %s%s%s%s (`tapeloop cells` lists them; a file of yours has a "
		  "slash or ends in .cell)",
		  name, like ? "; did you mean " : "", like ? like : "", like ? "?" : "");
}

static bool choose(cell_choice *c, char *name, char *options)
{
	char path[CELL_PATH];
	c->kind = cell_is_path(name) ? NULL : tl_cell_kind_find(name);
	if (c->kind)
		return set_options(c, options);
	if (!cell_place(name, path, sizeof path)) {
		refuse_cell(name);
		return false;
	}
	char others[1024];
	if (!share_options(c, options, others, sizeof others))
		return false;
	c->kind = c->read = cell_read(path, *others ? others : NULL);
	return c->kind != NULL;
}

bool cell_choose(const char *word, cell_choice *choice)
{
	const char *slash = strrchr(word, '/'), *colon = strchr(slash ? slash : word, ':');
	char *name = strdup(word), *options = strdup(colon ? colon + 1 : "");
	*choice = (cell_choice){.word = word};
	bool done = false;
	if (!name || !options) {
		say_error("out of memory");
	} else {
		name[colon ? (size_t)(colon - word) : strlen(word)] = '\0';
		done = choose(choice, name, options);
	}
	if (!done)
		cell_release(choice);
	free(name);
	free(options);
	return done;
}

void cell_release(cell_choice *choice)
{
	tl_cell_kind_destroy(choice->read);
	free(choice->extra);
	*choice = (cell_choice){0};
}

cell_choice *cells_choose(char **words, int count)
{
	cell_choice *choices = calloc((size_t)count, sizeof *choices);
	if (!choices)
		say_error("out of memory");
	for (int k = 0; choices && k < count; k++)
		if (!cell_choose(words[k], &choices[k])) {
			cells_release(choices, k);
			return NULL;
		}
	return choices;
}

void cells_release(cell_choice *choices, int count)
{
	for (int k = 0; choices && k < count; k++)
		cell_release(&choices[k]);
	free(choices);
}

/* Making */

tl_cell *cell_make(const cell_choice *choice, tl_params *set, int64_t in, int64_t hidden)
{
	const tl_cell_options *example = choice->kind->example;
	tl_cell_options o = choice->options;
	o.in = in ? in : example ? example->in : 3;
	o.hidden = hidden ? hidden : example ? example->hidden : 4;
	tl_cell *cell = tl_cell_create_from_kind(set, choice->kind, "cell", o);
	if (!cell)
		say_error("%s: %s", choice->word,
			  tl_params_error(set) ? tl_params_error(set) : "out of memory");
	return cell;
}

void cell_sizes(const cell_choice *choice, int64_t *in, int64_t *hidden)
{
	tl_cell_options o = choice->options;
	o.in = o.hidden = 1;
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *cell = tl_cell_create_from_kind(set, choice->kind, "cell", o);
	int64_t size = cell ? tl_shape_size(tl_cell_state_shape(cell, 0)) : 1;
	tl_shape x = cell ? tl_cell_input_shape(cell) : TL_SCALAR;
	if (cell && size > 1 && tl_shape_size(x) == size) {
		*in = *in > size ? *in / size : 1;
		*hidden = *hidden > size ? *hidden / size : 1;
	}
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}
