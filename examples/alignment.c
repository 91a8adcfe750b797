/* Attention as a picture: who looks where. */
#include "alignment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 64, SHOWN = 4, BEAM = 4, TITLE = 1024 };

/* A text that was read and written. */
typedef struct one {
	const char *text;
	char title[TITLE]; /* and what was written for it */
	int32_t read[LONGEST], written[LONGEST];
	int64_t length, steps;
	const char *row[LONGEST], *column[LONGEST];
	float *look;
} one;

static void keep(void *user, int64_t example, const int32_t *token, int64_t length)
{
	one *o = user;
	(void)example;
	o->steps = length;
	memcpy(o->written, token, (size_t)length * sizeof *token);
}

static bool write_one(one *o, seq2seq *s, example *e, const tl_vocabulary *read,
		      const tl_vocabulary *written, const char *text)
{
	tl_error error = {TL_OK, ""};
	o->length = tl_vocabulary_encode(read, text, strlen(text), o->read, LONGEST, &error);
	if (o->length < 1 || o->length > LONGEST)
		return example_fail(e, o->length < 0 ? error.text : "a text has 1 to 64 tokens");
	const pairs p = {1, .read = {NULL, (const void *[]){o->read}, &o->length},
			 .written = {NULL, (const void *[]){o->read}, &o->length}};
	if (!seq2seq_write(s, e, &p, BEAM, LONGEST, keep, o))
		return false;
	o->text = text;
	int used = snprintf(o->title, TITLE, "%s:", text);
	for (int64_t i = 0; i < o->length; i++)
		o->column[i] = tl_vocabulary_token(read, o->read[i], NULL);
	for (int64_t i = 0; i < o->steps; i++) {
		o->row[i] = tl_vocabulary_token(written, o->written[i], NULL);
		if (used < TITLE)
			used += snprintf(o->title + used, (size_t)(TITLE - used), " %s", o->row[i]);
	}
	printf("%s\n", o->title);
	if (s->attends)
		o->look = seq2seq_alignment(s, e, o->read, o->length, o->written, o->steps);
	return o->look || !s->attends;
}

static bool draw(const one *o, int count, example *e)
{
	const tl_chart_options sheet = {
		.title = "Where the decoder looks (columns) when it writes (rows)", .columns = 2};
	tl_heat_map map[SHOWN];
	tl_chart chart[SHOWN];
	int maps = 0;
	for (int i = 0; i < count && maps < SHOWN; i++) {
		if (!o[i].look || !o[i].steps)
			continue;
		map[maps] = (tl_heat_map){.name = o[i].text,
					  .values = o[i].look,
					  .rows = (int)o[i].steps,
					  .columns = (int)o[i].length,
					  .high = 1,
					  .row_names = o[i].row,
					  .column_names = o[i].column};
		chart[maps] = (tl_chart){.maps = &map[maps], .map_count = 1};
		maps++;
	}
	return !maps || example_chart(e, "-attention.svg", chart, maps, &sheet);
}

bool alignment_write(seq2seq *s, example *e, const tl_vocabulary *read,
		     const tl_vocabulary *written, const char *const *text, int count)
{
	one *o = calloc((size_t)count + 1, sizeof *o);
	bool fine = o || example_fail(e, "out of memory");
	for (int i = 0; fine && i < count; i++)
		fine = write_one(&o[i], s, e, read, written, text[i]);
	fine = fine && draw(o, count, e);
	for (int i = 0; o && i < count; i++)
		free(o[i].look);
	free(o);
	return fine;
}
