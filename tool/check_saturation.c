/*
 * Values that are where their function is flat: there no gradient goes through. Looked for are
 * sigmoids near 0 and 1, tanh near -1 and 1, and rectified units that are 0 whatever comes, at
 * initialisation, over normal inputs. Which nodes these are is read from the tape's listing.
 */
#include "finding.h"
#include "listing.h"
#include "said.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 8, HIDDEN = 32, STEPS = 50, PLACES = 48 };

/* All nodes of one op and name, over time. */
typedef struct place {
	char op[24], name[32];
	int64_t values, flat;
	bool *alive; /* of a rectified unit: was it ever above 0? */
	int64_t units;
} place;

typedef struct places {
	place list[PLACES];
	int count;
} places;

/* A slope of less than a twentieth of the steepest. */
static bool is_flat(const char *op, double y)
{
	if (!strcmp(op, "tanh"))
		return 1 - y * y < 0.05;
	return y * (1 - y) < 0.0125;
}

static place *place_of(places *p, const listed *row)
{
	for (int k = 0; k < p->count; k++)
		if (!strcmp(p->list[k].op, row->op) && !strcmp(p->list[k].name, row->name))
			return &p->list[k];
	if (p->count == PLACES)
		return NULL;
	place *one = &p->list[p->count++];
	snprintf(one->op, sizeof one->op, "%.23s", row->op);
	snprintf(one->name, sizeof one->name, "%s", row->name);
	return one;
}

static bool count_units(place *p, const float *v, int64_t rows, int64_t units)
{
	if (!p->alive) {
		p->units = units;
		p->alive = calloc((size_t)units, sizeof *p->alive);
	}
	for (int64_t i = 0; p->alive && units == p->units && i < rows * units; i++)
		if (v[i] > 0)
			p->alive[i % units] = true;
	return p->alive != NULL;
}

static bool count_node(places *p, const listed *row, tl_tensor t)
{
	bool rectified = !strcmp(row->op, "relu");
	if (!rectified && strcmp(row->op, "sigmoid") && strcmp(row->op, "tanh"))
		return true;
	int64_t n = tl_tensor_size(t), units = tl_tensor_dim(t, -1);
	const float *v = tl_value(t);
	place *one = place_of(p, row);
	if (!v || !one || n < 2)
		return true;
	one->values += n;
	for (int64_t i = 0; !rectified && i < n; i++)
		one->flat += is_flat(row->op, v[i]);
	return !rectified || count_units(one, v, n / units, units);
}

static int64_t dead_of(const place *p)
{
	int64_t dead = 0;
	for (int64_t i = 0; p->alive && i < p->units; i++)
		dead += !p->alive[i];
	return dead;
}

static void judge(const places *p, findings *f)
{
	double worst = 0;
	const place *where = NULL;
	int64_t dead = 0, units = 0;
	for (int k = 0; k < p->count; k++) {
		const place *one = &p->list[k];
		double share = (double)one->flat / (double)one->values;
		if (share >= worst && !one->units)
			worst = share, where = one;
		dead += dead_of(one);
		units += one->units;
	}
	const char *name = where && *where->name ? where->name : NULL;
	finding *one;
	if (dead * 4 > units)
		one = found(f, "saturation", VERDICT_NOTE,
			    "%lld of %lld rectified units are 0 whatever comes: they learn nothing",
			    (long long)dead, (long long)units);
	else if (worst > 0.2)
		one = found(f, "saturation", VERDICT_NOTE,
			    "%.0f %% of %s's values are %s, where %s is flat: %sstart what goes "
			    "into it smaller",
			    100 * worst, name ? name : where->op,
			    strcmp(where->op, "tanh") ? "near 0 or 1" : "near -1 or 1", where->op,
			    strcmp(where->op, "tanh") ? "right for a gate that is to keep, or else "
						      : "");
	else if (where)
		one = found(f, "saturation", VERDICT_OK,
			    "at most %.2g %% of a %s's values are where it is flat%s%s%s",
			    100 * worst, where->op, name ? " (" : "", name ? name : "",
			    name ? ")" : "");
	else
		one = found(f, "saturation", VERDICT_OK, "%s",
			    units ? "hardly a rectified unit is always 0"
				  : "it has no sigmoid, tanh or relu");
	found_number(one, "flat", worst);
	found_number(one, "dead", units ? (double)dead / (double)units : 0);
}

static bool look(trial *n, findings *f)
{
	places p = {0};
	listing l;
	tl_tensor last = TL_NONE;
	tl_tape_set_executor(n->tape, TL_EXECUTOR_REFERENCE); /* which keeps every value */
	trial_loss(n, n->tape, &last);
	tl_value(last);
	if (!trial_fine(n) || !listing_read(&l, n->tape))
		return false;
	bool done = true;
	for (int k = 0; k < l.count && done; k++)
		if (l.rows[k].step >= 0)
			done = count_node(&p, &l.rows[k], listed_tensor(last, l.rows[k].id));
	if (done)
		judge(&p, f);
	else
		say_error("out of memory");
	for (int k = 0; k < PLACES; k++)
		free(p.list[k].alive);
	listing_release(&l);
	return done;
}

bool check_saturation(const cell_choice *c, const check_options *o, findings *f)
{
	sizes size = {.in = HIDDEN,
		      .hidden = HIDDEN,
		      .batch = BATCH,
		      .steps = STEPS,
		      .positive = is_positive(o)};
	trial n;
	cell_sizes(c, &size.in, &size.hidden);
	bool done = trial_create(&n, c, TL_F32, size) && look(&n, f);
	trial_destroy(&n);
	return done;
}
