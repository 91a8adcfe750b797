/*
 * Kinds of cells from text. A kind's equations lie in one block that it shares with its copies;
 * the functions of the kind reach them through the cell.
 */
#include <tapeloop/equations.h>

#include "base/fail.h"
#include "cell/cell.h"
#include "cell/kind.h"
#include "equations/c_source.h"
#include "equations/lines.h"
#include "equations/math_lines.h"
#include "equations/parse_lines.h"
#include "equations/record_cell.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 1 << 16 };

typedef struct text_cell {
	struct tl_cell_text shared;
	tl_equations e;
	const char *options;
} text_cell;

static const tl_equations *equations(const struct tl_cell_text *text)
{
	return &((const text_cell *)(const void *)text)->e;
}

static const tl_equations *equations_of(const tl_cell *cell)
{
	return equations(cell->kind->text);
}

/* The functions of a kind */

static void text_destroy(struct tl_cell_text *text)
{
	text_cell *c = (text_cell *)(void *)text;
	tl_arena arena = c->e.arena; /* it holds c too */
	tl_arena_finish(&arena);
}

static int text_states(const struct tl_cell_text *text)
{
	return equations(text)->states;
}

static tl_shape text_state_shape(const struct tl_cell_text *text, const tl_cell_options *o, int k)
{
	const tl_equations *e = equations(text);
	return tl_record_outer_shape(e, e->state[k].form, o->in, o->hidden);
}

static tl_shape text_input_shape(const struct tl_cell_text *text, const tl_cell_options *o)
{
	const tl_equations *e = equations(text);
	return tl_record_outer_shape(e, e->input_form, o->in, o->hidden);
}

static const char *text_validate(const struct tl_cell_text *text, const tl_cell_options *o)
{
	return tl_record_problem(equations(text), o->in, o->hidden);
}

static void text_weights(tl_weight_builder *w, void *into)
{
	tl_record_weights(equations_of(w->cell), w, into);
}

static tl_state text_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	return tl_record_step(equations_of(cell), cell, x, &s, 1);
}

static tl_state text_tree_step(const tl_cell *cell, tl_tensor x, const tl_state *children,
			       int count)
{
	return tl_record_step(equations_of(cell), cell, x, children, count);
}

static tl_tensor text_start(const tl_cell *cell, tl_tape *tape, int k, tl_shape shape)
{
	return tl_record_start(equations_of(cell), cell, tape, k, shape);
}

/* Reading */

static tl_cell_kind *fail(tl_error *error, tl_status status, const char *name, const char *problem)
{
	tl_fail(error, status, "%.200s: %s", name, problem);
	return NULL;
}

static char *copied(tl_arena *arena, const char *text, size_t length)
{
	char *copy = tl_arena_take(arena, length + 1, 1);
	if (copy) {
		memcpy(copy, text, length);
		copy[length] = 0;
	}
	return copy;
}

/* The block, with all texts in it. The arena is moved into it at last: until then it is the
 * caller's. */
static text_cell *begin(tl_arena *arena, const char *text, size_t length, const char *name,
			const char *options, tl_error *error)
{
	text_cell *c = tl_arena_take(arena, sizeof *c, 64);
	if (!c)
		return NULL;
	memset(c, 0, sizeof *c);
	options = options ? options : "";
	c->e.source = (tl_script){.file = copied(arena, name, strlen(name)),
				  .text = copied(arena, text, length),
				  .length = length,
				  .arena = &c->e.arena,
				  .error = error};
	c->options = copied(arena, options, strlen(options));
	return c->e.source.file && c->e.source.text && c->options ? c : NULL;
}

static bool read_all(text_cell *c, tl_error *error)
{
	tl_equations *e = &c->e;
	tl_script given = {.file = "options",
			   .text = c->options,
			   .length = strlen(c->options),
			   .arena = &e->arena,
			   .error = error};
	tl_entry *options = NULL;
	return tl_parse(&e->source, &e->syntax) && tl_parse_options(&given, &e->syntax, &options) &&
	       tl_expand_text(e, options, &given);
}

static bool samples_cell(const tl_equations *e, tl_cell_options *o)
{
	static const int64_t sizes[][2] = {{3, 4},  {3, 6}, {4, 4}, {3, 3},  {5, 8}, {3, 12},
					   {4, 16}, {1, 4}, {1, 1}, {3, 24}, {8, 64}};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		if (!tl_record_problem(e, sizes[i][0], sizes[i][1])) {
			*o = (tl_cell_options){.in = sizes[i][0], .hidden = sizes[i][1]};
			return true;
		}
	return false;
}

static tl_cell_kind *finished(text_cell *c)
{
	const tl_equations *e = &c->e;
	tl_cell_kind kind = {
		.name = e->syntax.name,
		.doc = e->syntax.doc ? e->syntax.doc : e->syntax.name,
		.weights_size = tl_record_size(e),
		.weights = text_weights,
		.initial_state = text_start,
		.uses_step = e->uses_time,
		.first_older_state = e->own_states < e->states ? e->own_states : 0,
		.text = &c->shared,
	};
	tl_cell_options sample;
	if (samples_cell(e, &sample))
		kind.example = &sample;
	if (e->tree)
		kind.tree_step = text_tree_step;
	else
		kind.step = text_step;
	for (int k = 0; k < e->states; k++)
		kind.state[k] = e->state[k].name;
	c->shared = (struct tl_cell_text){.destroy = text_destroy,
					  .states = text_states,
					  .state_shape = text_state_shape,
					  .input_shape = text_input_shape,
					  .validate = text_validate};
	return tl_cell_kind_copy(&kind); /* who is the first user */
}

static tl_cell_kind *parse(const char *text, size_t length, const char *name, const char *options,
			   tl_error *error)
{
	tl_arena arena = {0};
	if (length > LONGEST || (options && strlen(options) > LONGEST))
		return fail(error, TL_ERROR_FILE, name, "the text is longer than 64 KiB");
	text_cell *c = begin(&arena, text, length, name, options, error);
	if (c)
		c->e.arena = arena;
	if (c && read_all(c, error)) {
		c->e.source.error = NULL; /* the caller's */
		tl_cell_kind *kind = finished(c);
		if (kind)
			return kind;
		fail(error, TL_ERROR_MEMORY, name, "out of memory");
	}
	if (!c)
		fail(error, TL_ERROR_MEMORY, name, "out of memory");
	else
		arena = c->e.arena;
	tl_arena_finish(&arena);
	return NULL;
}

tl_cell_kind *tl_cell_parse(const char *text, const char *name, const char *options,
			    tl_error *error)
{
	name = name ? name : "text";
	return text ? parse(text, strlen(text), name, options, error)
		    : fail(error, TL_ERROR_ARGUMENT, name, "there is no text");
}

tl_cell_kind *tl_cell_read(const char *path, const char *options, tl_error *error)
{
	FILE *file = path ? fopen(path, "rb") : NULL;
	if (!file)
		return fail(error, path ? TL_ERROR_FILE : TL_ERROR_ARGUMENT, path ? path : "read",
			    path ? strerror(errno) : "there is no path");
	char *text = tl_alloc(LONGEST + 2);
	size_t length = text ? fread(text, 1, LONGEST + 1, file) : 0;
	bool failed = ferror(file);
	fclose(file);
	tl_cell_kind *kind = NULL;
	const char *slash = strrchr(path, '/');
	if (!text)
		fail(error, TL_ERROR_MEMORY, path, "out of memory");
	else if (failed)
		fail(error, TL_ERROR_FILE, path, "reading failed");
	else
		kind = parse(text, length, slash && strlen(path) > 80 ? slash + 1 : path, options,
			     error);
	tl_free(text);
	return kind;
}

void tl_cell_kind_destroy(tl_cell_kind *kind)
{
	if (kind && kind->text)
		tl_cell_kind_release(kind);
}

const char *tl_cell_kind_text(const tl_cell_kind *kind)
{
	return kind && kind->text ? equations(kind->text)->source.text : NULL;
}

const char *tl_cell_kind_text_options(const tl_cell_kind *kind)
{
	return kind && kind->text ? ((const text_cell *)(const void *)kind->text)->options : NULL;
}

/* Writing */

char *tl_cell_kind_print(const tl_cell_kind *kind, tl_cell_notation notation, tl_error *error)
{
	const char *text = tl_cell_kind_text(kind), *problem = NULL;
	tl_writer w = {0};
	if (!text) {
		fail(error, TL_ERROR_ARGUMENT, kind && kind->name ? kind->name : "print",
		     "this kind was not read from text");
		return NULL;
	}
	if (notation == TL_NOTATION_TEXT || notation == TL_NOTATION_ASCII)
		return tl_cell_text_format(text, notation == TL_NOTATION_ASCII, error);
	const tl_equations *e = equations(kind->text);
	if (notation == TL_NOTATION_LATEX || notation == TL_NOTATION_MATHML) {
		tl_write_math(&w, e,
			      notation == TL_NOTATION_LATEX ? TL_MATH_LATEX : TL_MATH_MATHML);
	} else if (notation == TL_NOTATION_C) {
		char *form = tl_cell_text_format(text, false, error);
		if (!form)
			return NULL;
		problem = tl_write_c_source(&w, e, kind->doc, form, kind->example);
		tl_cell_text_free(form);
	} else {
		problem = "there is no such notation";
	}
	if (!problem && !w.failed)
		return w.text;
	tl_free(w.text);
	fail(error, problem ? TL_ERROR_ARGUMENT : TL_ERROR_MEMORY, kind->name,
	     problem ? problem : "out of memory");
	return NULL;
}
