/*
 * Writing the page: what the browser needs to show any tape (page/, put together by
 * tools/embed.py when the library is built), and in the middle of it this tape as JSON.
 */
#include "base/fail.h"
#include "base/utf8.h"
#include "view/columns.h"
#include "view/influence.h"
#include "view/instructions.h"
#include "view/numbers.h"
#include "view/page.h"
#include "view/series.h"

#include <string.h>

/* Does the text have a character for each step: of the tape, or of what is in one scope, such as
 * the one that reads it? */
static tl_status check_text(const tl_snapshot *s, const char *text, tl_error *error)
{
	const tl_tape *t = s->tape;
	int32_t count = 0, steps = 0;
	for (const char *at = text, *end = text + strlen(text); at < end; count++) {
		size_t bytes = tl_utf8_read(at, end, NULL);
		if (!bytes)
			return tl_fail(error, TL_ERROR_ARGUMENT, "view: the text is not UTF-8");
		at += bytes;
	}
	int32_t *of_scope = tl_alloc_zero((t->scope_count + 1) * sizeof *of_scope);
	if (!of_scope)
		return tl_fail(error, TL_ERROR_MEMORY, "view: out of memory");
	bool fits = false;
	for (uint32_t id = 1; id < s->nodes; id++) {
		const tl_node *n = tl_node_at(t, id);
		int32_t *of = &of_scope[n->scope];
		*of = n->step >= *of ? n->step + 1 : *of;
		steps = *of > steps ? *of : steps;
	}
	for (size_t i = 0; i < t->scope_count; i++)
		fits |= of_scope[i] == count;
	tl_free(of_scope);
	return fits ? TL_OK
		    : tl_fail(error, TL_ERROR_ARGUMENT,
			      "view: the text has %d characters, and the tape %d steps", (int)count,
			      (int)steps);
}

/* The characters of the text, one a step. */
static void write_text(tl_json *j, const char *text)
{
	size_t length = strlen(text);
	tl_json_open(j, "text", '[');
	for (size_t at = 0, bytes; at < length; at += bytes) {
		bytes = tl_utf8_read(text + at, text + length, NULL);
		tl_json_bytes(j, NULL, text + at, bytes);
	}
	tl_json_close(j, ']');
}

static void write_check(tl_json *j, const tl_gradcheck_report *r)
{
	tl_json_open(j, "check", '{');
	tl_json_bool(j, "passed", r->passed);
	tl_json_number(j, "checked", (double)r->checked);
	tl_json_number(j, "kinks", (double)r->kinks);
	tl_json_number(j, "error", r->max_relative_error);
	tl_json_bytes(j, "name", r->name, strnlen(r->name, sizeof r->name));
	tl_json_number(j, "index", (double)r->index);
	tl_json_number(j, "analytic", r->analytic);
	tl_json_number(j, "numeric", r->numeric);
	tl_json_bytes(j, "message", r->message, strnlen(r->message, sizeof r->message));
	tl_json_close(j, '}');
}

static tl_status write_data(tl_json *j, const tl_snapshot *s, const tl_view_options *o,
			    tl_error *error)
{
	tl_json_open(j, NULL, '{');
	tl_json_text(j, "title", o->title ? o->title : "A tape");
	tl_json_text(j, "version", tl_version());
	tl_json_number(j, "nodes", s->nodes - 1);
	tl_json_number(j, "loss", s->loss);
	tl_json_number(j, "sequence", o->sequence);
	tl_json_bool(j, "double", s->tape->dtype == TL_F64);
	tl_json_text(j, "problem", *s->problem ? s->problem : NULL);
	if (o->text)
		write_text(j, o->text);
	if (o->check)
		write_check(j, o->check);
	bool fine = tl_columns_write(j, s) && tl_numbers_write(j, s) &&
		    tl_series_write(j, s, o->sequence) && tl_instructions_write(j, s) &&
		    tl_influence_write(j, s);
	tl_json_close(j, '}');
	return fine ? TL_OK : tl_fail(error, TL_ERROR_MEMORY, "view: out of memory");
}

/* A pipe or a terminal is written to; a file is there as a whole or not at all. */
static tl_status write_page(const tl_snapshot *s, const tl_view_options *o, const char *path,
			    tl_error *error)
{
	tl_json j = {.file = tl_atomic_open_any(path, error), .error = error};
	if (!j.file)
		return error->status;
	tl_json_put(&j, tl_page_head, tl_page_head_bytes);
	tl_status status = write_data(&j, s, o, error);
	tl_json_put(&j, tl_page_tail, tl_page_tail_bytes);
	return tl_atomic_close(j.file, status ? status : j.status, error);
}

tl_status tl_view_write(tl_tape *tape, const char *path, const tl_view_options *options,
			tl_error *error)
{
	const tl_view_options none = {0};
	const tl_view_options *o = options ? options : &none;
	tl_snapshot s = {0};
	tl_error unread = {TL_OK, ""};
	error = error ? error : &unread;
	if (!path || !*path)
		return tl_fail(error, TL_ERROR_ARGUMENT, "view: there is no path");
	tl_status status = tl_snapshot_take(&s, tape, o, error);
	if (!status && o->sequence >= tl_series_batch(&s))
		status = tl_fail(error, TL_ERROR_ARGUMENT,
				 "view: sequence is %d, and the batch has %lld, counted from 0",
				 o->sequence, (long long)tl_series_batch(&s));
	if (!status && o->text)
		status = check_text(&s, o->text, error);
	if (!status)
		status = write_page(&s, o, path, error);
	tl_snapshot_finish(&s);
	return status;
}
