/*
 * A checkpoint is a safetensors file: parameters and buffers under their own names, so that it can
 * be read as weights too; what else a run needs under names that begin with "trainer:"; numbers of
 * the loop as metadata. All of a file is looked at before anything is changed.
 */
#include "train/step.h"
#include "train/trainer.h"

#include "base/memory.h"
#include "io/model_save.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 512, TEXT = 40 };

/* The arrays of a checkpoint, with the memory that their names are in. */
typedef struct contents {
	tl_named_array *array;
	char (*name)[NAME];
	int count, room;
	bool fits; /* no name was too long */
} contents;

static void put(contents *c, tl_array array, const char *kind, const char *name)
{
	char *full = c->name[c->count];
	int length = kind ? snprintf(full, NAME, TL_TRAINER_PREFIX "%s/%s", kind, name)
			  : snprintf(full, NAME, "%s", name);
	c->fits = c->fits && length < NAME;
	c->array[c->count++] = (tl_named_array){full, array};
}

static tl_array array_of(const tl_trainer *t, const tl_param *p, void *data)
{
	return (tl_array){data, tl_params_dtype(t->set), tl_param_shape(p), tl_param_size(p)};
}

/* Where a parameter's numbers lie in a block laid out as that of all values. */
static void *part_of(const tl_trainer *t, void *block, tl_param *p)
{
	return (char *)block + ((char *)tl_param_value(p) - (char *)tl_params_values(t->set, NULL));
}

static tl_array doubles(double *data, int count)
{
	return (tl_array){data, TL_F64, tl_dims(count), count};
}

static void put_history(contents *c, tl_history *h)
{
	if (h->points) {
		put(c, doubles(h->step, h->points), "history", "step");
		put(c, doubles(h->loss, h->points), "history", "loss");
		put(c, doubles(h->norm, h->points), "history", "norm");
	}
	if (h->tests) {
		put(c, doubles(h->tested_step, h->tests), "history", "tested_step");
		put(c, doubles(h->tested, h->tests), "history", "tested");
	}
}

/* All that is saved, or read again, as it lies in memory now. */
static tl_status gather(tl_trainer *t, contents *c)
{
	int params = tl_params_count(t->set), slots = tl_optimizer_slot_count(t->o.optimizer);
	char *best = t->best.bytes;
	void *average = t->o.average ? tl_average_values(t->o.average, NULL) : NULL;
	*c = (contents){.room = params * (3 + slots) + 5, .fits = true};
	c->array = tl_alloc_zero((size_t)c->room * sizeof *c->array);
	c->name = tl_alloc_zero((size_t)c->room * sizeof *c->name);
	if (!c->array || !c->name || (t->o.average && !average))
		return tl_trainer_fail(t, TL_ERROR_MEMORY, "checkpoint: out of memory");
	for (int i = 0; i < params; i++) {
		tl_param *p = tl_params_at(t->set, i);
		put(c, array_of(t, p, tl_param_value(p)), NULL, tl_param_name(p));
		for (int k = 0; k < slots && !tl_param_is_buffer(p); k++) {
			void *slot = tl_optimizer_slot(t->o.optimizer, k, NULL);
			if (!slot)
				return tl_trainer_fail(t, TL_ERROR_MEMORY,
						       "checkpoint: out of memory");
			put(c, array_of(t, p, part_of(t, slot, p)),
			    tl_optimizer_slot_name(t->o.optimizer, k), tl_param_name(p));
		}
		if (average)
			put(c, array_of(t, p, part_of(t, average, p)), "average", tl_param_name(p));
		if (best) {
			put(c, array_of(t, p, best), "best", tl_param_name(p));
			best += (size_t)tl_param_size(p) * tl_dtype_size(tl_params_dtype(t->set));
		}
	}
	put_history(c, &t->history);
	return c->fits ? TL_OK
		       : tl_trainer_fail(t, TL_ERROR_ARGUMENT,
					 "checkpoint: the name of a parameter is too long");
}

static void release(contents *c)
{
	tl_free(c->array);
	tl_free(c->name);
}

/* The numbers of the loop, and those of what the options name. */
typedef struct numbers {
	tl_trainer_state state;
	tl_plateau plateau;
	int64_t evaluated_at, optimizer_steps, average_updates, each, inside, points, tests;
} numbers;

typedef enum type { INTEGER, SMALL, REAL } type;

#define OF(NAME, TYPE, MEMBER)                                                                     \
	{                                                                                          \
		"trainer." NAME, TYPE, offsetof(numbers, MEMBER)                                   \
	}

static const struct {
	const char *key;
	type type;
	size_t at;
} table[] = {
	OF("step", INTEGER, state.step),
	OF("epoch", INTEGER, state.epoch),
	OF("index", INTEGER, state.index),
	OF("loss", REAL, state.loss),
	OF("smooth_loss", REAL, state.smooth_loss),
	OF("gradient_norm", REAL, state.gradient_norm),
	OF("validation", REAL, state.validation),
	OF("best", REAL, state.best),
	OF("best_step", INTEGER, state.best_step),
	OF("not_better", SMALL, state.not_better),
	OF("seconds", REAL, state.seconds),
	OF("evaluated_at", INTEGER, evaluated_at),
	OF("optimizer_steps", INTEGER, optimizer_steps),
	OF("average_updates", INTEGER, average_updates),
	OF("plateau_observed", INTEGER, plateau.observed),
	OF("plateau_bad", INTEGER, plateau.bad),
	OF("plateau_cooling", INTEGER, plateau.cooling),
	OF("plateau_best", REAL, plateau.best),
	OF("plateau_factor", REAL, plateau.factor),
	OF("history_points", INTEGER, points),
	OF("history_tests", INTEGER, tests),
	OF("history_each", INTEGER, each),
	OF("history_inside", INTEGER, inside),
};

enum { NUMBERS = sizeof table / sizeof *table };

static numbers numbers_of(const tl_trainer *t)
{
	return (numbers){.state = t->state,
			 .plateau = t->o.plateau ? *t->o.plateau : (tl_plateau){0},
			 .evaluated_at = t->evaluated_at,
			 .optimizer_steps = tl_optimizer_step_count(t->o.optimizer),
			 .average_updates = tl_average_update_count(t->o.average),
			 .each = t->history.each,
			 .inside = t->history.inside,
			 .points = t->history.points,
			 .tests = t->history.tests};
}

/* Doubles are written so that they come back to the bit. */
static void as_text(const numbers *n, int k, char text[TEXT])
{
	const char *at = (const char *)n + table[k].at;
	if (table[k].type == REAL)
		snprintf(text, TEXT, "%.17g", *(const double *)at);
	else
		snprintf(text, TEXT, "%" PRId64,
			 table[k].type == SMALL ? *(const int *)at : *(const int64_t *)at);
}

/* False if that is no such number. */
static bool from_text(numbers *n, int k, const char *text)
{
	char *at = (char *)n + table[k].at, *end;
	if (!text || !*text)
		return false;
	if (table[k].type == REAL) {
		*(double *)at = strtod(text, &end);
		return !*end;
	}
	int64_t integer = strtoll(text, &end, 10);
	if (table[k].type == SMALL)
		*(int *)at = (int)integer;
	else
		*(int64_t *)at = integer;
	return !*end && integer >= -1 && (table[k].type == INTEGER || integer <= INT32_MAX);
}

/* What a checkpoint must agree with: a training that is made otherwise would go on otherwise. */
enum { SAME = 4 };

typedef struct agreed {
	const char *key, *what;
	char text[TEXT];
} agreed;

static void same_of(const tl_trainer *t, agreed of[SAME])
{
	of[0] = (agreed){"trainer.seed", "seed", ""};
	snprintf(of[0].text, TEXT, "%" PRIu64, t->o.seed);
	of[1] = (agreed){"trainer.optimizer", "the optimiser", ""};
	snprintf(of[1].text, TEXT, "%s", tl_optimizer_kind_name(t->o.optimizer));
	of[2] = (agreed){"trainer.average", "an average", ""};
	snprintf(of[2].text, TEXT, "%s", t->o.average ? "yes" : "no");
	of[3] = (agreed){"trainer.plateau", "a plateau", ""};
	snprintf(of[3].text, TEXT, "%s", t->o.plateau ? "yes" : "no");
}

/* The metadata: the numbers, what must agree, and then the cells and texts that make it a model. */
static tl_status write(tl_trainer *t, const char *path, const contents *c, const char *model)
{
	char text[NUMBERS][TEXT];
	agreed same[SAME];
	numbers n = numbers_of(t);
	int count = 0, texts = t->o.text_count;
	tl_metadata *meta = tl_alloc(((size_t)texts + NUMBERS + SAME + 2) * sizeof *meta);
	if (!meta)
		return tl_trainer_fail(t, TL_ERROR_MEMORY, "checkpoint: out of memory");
	for (; count < NUMBERS; count++) {
		as_text(&n, count, text[count]);
		meta[count] = (tl_metadata){table[count].key, text[count]};
	}
	same_of(t, same);
	for (int i = 0; i < SAME; i++)
		meta[count++] = (tl_metadata){same[i].key, same[i].text};
	meta[count++] = (tl_metadata){"trainer.best_kept", t->best.bytes ? "yes" : "no"};
	if (model)
		meta[count++] = (tl_metadata){TL_MODEL_KEY, model};
	if (texts)
		memcpy(meta + count, t->o.texts, (size_t)texts * sizeof *meta);
	tl_status status =
		tl_safetensors_write(path, c->array, c->count, meta, count + texts, &t->error);
	tl_free(meta);
	return status;
}

tl_status tl_trainer_save(tl_trainer *t, const char *path)
{
	contents c;
	char *model = NULL;
	if (!t || t->problem || !path)
		return t ? tl_trainer_fail(t, TL_ERROR_ARGUMENT, "checkpoint: there is no path")
			 : TL_ERROR_ARGUMENT;
	t->error.status = TL_OK;
	tl_status status = gather(t, &c);
	if (!status && (t->o.cell_count || t->o.text_count))
		status =
			tl_model_text(path, t->set, t->o.cells, t->o.cell_count, &model, &t->error);
	if (!status)
		status = write(t, path, &c, model);
	tl_model_text_free(model);
	release(&c);
	return status;
}

/* The numbers in the file, if all are there and belong to this trainer. */
static tl_status read_numbers(tl_trainer *t, const tl_safetensors *file, const char *path,
			      numbers *n)
{
	agreed same[SAME];
	same_of(t, same);
	for (int i = 0; i < SAME; i++) {
		const char *said = tl_safetensors_metadata(file, same[i].key);
		if (!said)
			return tl_trainer_fail(t, TL_ERROR_FILE,
					       "%s: is no checkpoint of a trainer", path);
		if (strcmp(said, same[i].text))
			return tl_trainer_fail(t, TL_ERROR_ARGUMENT,
					       "%s: was made with %s %.40s, and this one is %s",
					       path, same[i].what, said, same[i].text);
	}
	for (int i = 0; i < NUMBERS; i++)
		if (!from_text(n, i, tl_safetensors_metadata(file, table[i].key)))
			return tl_trainer_fail(t, TL_ERROR_FILE, "%s: %s is missing or no number",
					       path, table[i].key);
	if (n->points < 0 || n->points > TL_HISTORY || n->tests < 0 || n->tests > TL_HISTORY ||
	    n->state.step < 0 || n->state.epoch < 0 || n->state.index < 0)
		return tl_trainer_fail(t, TL_ERROR_FILE, "%s: a number of the loop is out of range",
				       path);
	return TL_OK;
}

/* The trainer as the file says, when all of it was read. */
static void take_numbers(tl_trainer *t, const numbers *n)
{
	t->state = n->state;
	t->evaluated_at = n->evaluated_at;
	t->history.each = n->each;
	t->history.inside = n->inside;
	if (t->o.plateau) {
		t->o.plateau->observed = n->plateau.observed;
		t->o.plateau->bad = n->plateau.bad;
		t->o.plateau->cooling = n->plateau.cooling;
		t->o.plateau->best = n->plateau.best;
		t->o.plateau->factor = n->plateau.factor;
	}
	tl_average_set_update_count(t->o.average, n->average_updates);
	tl_optimizer_set_step_count(t->o.optimizer, n->optimizer_steps);
}

/* Read all arrays into memory of their own first, and move them to their places when none failed.
 */
static tl_status read_arrays(tl_trainer *t, const tl_safetensors *file, contents *c)
{
	size_t total = 0, at = 0;
	tl_status status = TL_OK;
	for (int i = 0; i < c->count; i++)
		total += (size_t)c->array[i].array.size * tl_dtype_size(c->array[i].array.dtype);
	char *all = tl_alloc(total);
	if (!all)
		return tl_trainer_fail(t, TL_ERROR_MEMORY, "checkpoint: out of memory");
	for (int i = 0; i < c->count && !status; i++) {
		tl_array into = c->array[i].array;
		into.data = all + at;
		status = tl_safetensors_read(file, c->array[i].name, &into, &t->error);
		at += (size_t)into.size * tl_dtype_size(into.dtype);
	}
	at = 0;
	for (int i = 0; i < c->count && !status; i++) {
		const tl_array *a = &c->array[i].array;
		size_t bytes = (size_t)a->size * tl_dtype_size(a->dtype);
		memcpy(a->data, all + at, bytes);
		at += bytes;
	}
	tl_free(all);
	return status;
}

tl_status tl_trainer_restore(tl_trainer *t, const char *path)
{
	contents c = {0};
	numbers n = {.points = 0};
	if (!t || t->problem || !path)
		return t ? tl_trainer_fail(t, TL_ERROR_ARGUMENT, "checkpoint: there is no path")
			 : TL_ERROR_ARGUMENT;
	t->error.status = TL_OK;
	tl_safetensors *file = tl_safetensors_open(path, &t->error);
	if (!file)
		return t->error.status;
	tl_status status = read_numbers(t, file, path, &n);
	const char *kept = tl_safetensors_metadata(file, "trainer.best_kept");
	bool with_best = kept && !strcmp(kept, "yes");
	if (!status && with_best && !tl_values_take(&t->best, t->set, false))
		status = tl_trainer_fail(t, TL_ERROR_MEMORY, "checkpoint: out of memory");
	if (!status && !with_best) {
		tl_free(t->best.bytes);
		t->best = (tl_values){NULL, 0};
	}
	int points = t->history.points, tests = t->history.tests;
	if (!status) {
		t->history.points = (int)n.points;
		t->history.tests = (int)n.tests;
		status = gather(t, &c);
	}
	if (!status)
		status = read_arrays(t, file, &c);
	release(&c);
	tl_safetensors_close(file);
	if (status) {
		t->history.points = points;
		t->history.tests = tests;
	} else {
		take_numbers(t, &n);
	}
	return status;
}
