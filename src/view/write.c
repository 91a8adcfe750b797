/*
 * Writing the page: what the browser needs to show any tape (page/, put together by
 * tools/embed.py when the library is built), and in the middle of it this tape as JSON.
 */
#include "view/columns.h"
#include "view/influence.h"
#include "view/instructions.h"
#include "view/numbers.h"
#include "view/page.h"
#include "view/series.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The characters of the text, one a step; false if it is not UTF-8. */
static bool write_text(tl_json *j, const char *text)
{
	size_t length = strlen(text);
	tl_json_open(j, "text", '[');
	for (size_t at = 0, bytes; at < length; at += bytes) {
		if (!(bytes = tl_utf8_length(text + at, length - at)))
			return false;
		tl_json_bytes(j, NULL, text + at, bytes);
	}
	tl_json_close(j, ']');
	return true;
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
	if (o->text && !write_text(j, o->text))
		return tl_view_fail(error, TL_ERROR_ARGUMENT, "view: the text is not UTF-8");
	if (o->check)
		write_check(j, o->check);
	bool fine = tl_columns_write(j, s) && tl_numbers_write(j, s) &&
		    tl_series_write(j, s, o->sequence) && tl_instructions_write(j, s) &&
		    tl_influence_write(j, s);
	tl_json_close(j, '}');
	return fine ? TL_OK : tl_view_fail(error, TL_ERROR_MEMORY, "view: out of memory");
}

static tl_status write_page(FILE *file, const tl_snapshot *s, const tl_view_options *o,
			    const char *path, tl_error *error)
{
	tl_json j = {.file = file};
	fwrite(tl_page_head, 1, tl_page_head_bytes, file);
	tl_status status = write_data(&j, s, o, error);
	fwrite(tl_page_tail, 1, tl_page_tail_bytes, file);
	bool bad = fflush(file) || ferror(file);
	int number = errno;
	if (!status && bad)
		status = tl_view_fail(error, TL_ERROR_FILE, "%s: writing: %s", path,
				      strerror(number));
	return status;
}

/* A regular file is written beside the old one and then takes its place; a pipe or a terminal is
 * written to. */
static tl_status write_file(const tl_snapshot *s, const tl_view_options *o, const char *path,
			    tl_error *error)
{
	struct stat there;
	bool plain = stat(path, &there) || S_ISREG(there.st_mode);
	static atomic_uint writers; /* of this process; others have another number */
	size_t room = strlen(path) + 64;
	char *beside = tl_alloc(room);
	if (!beside)
		return tl_view_fail(error, TL_ERROR_MEMORY, "view: out of memory");
	snprintf(beside, room, "%s", path);
	if (plain)
		snprintf(beside, room, "%s.part-%ld-%u", path, (long)getpid(),
			 atomic_fetch_add(&writers, 1));
	FILE *file = fopen(beside, "wb");
	tl_status status = file ? write_page(file, s, o, path, error)
				: tl_view_fail(error, TL_ERROR_FILE, "%s: opening: %s", beside,
					       strerror(errno));
	if (file && fclose(file) && !status)
		status = tl_view_fail(error, TL_ERROR_FILE, "%s: closing: %s", path,
				      strerror(errno));
	if (plain && file && !status && rename(beside, path))
		status = tl_view_fail(error, TL_ERROR_FILE, "%s: renaming: %s", path,
				      strerror(errno));
	if (plain && file && status)
		remove(beside);
	tl_free(beside);
	return status;
}

tl_status tl_view_write(tl_tape *tape, const char *path, const tl_view_options *options,
			tl_error *error)
{
	const tl_view_options none = {0};
	const tl_view_options *o = options ? options : &none;
	tl_snapshot s = {0};
	if (!path || !*path)
		return tl_view_fail(error, TL_ERROR_ARGUMENT, "view: there is no path");
	tl_status status = tl_snapshot_take(&s, tape, o, error);
	if (!status && o->sequence >= tl_series_batch(&s))
		status =
			tl_view_fail(error, TL_ERROR_ARGUMENT,
				     "view: sequence is %d, and the batch has %lld, counted from 0",
				     o->sequence, (long long)tl_series_batch(&s));
	if (!status)
		status = write_file(&s, o, path, error);
	tl_snapshot_finish(&s);
	return status;
}
