/*
 * How many units a cell gets, so that the race is fair: as many as make the net as large as an
 * LSTM's with --hidden units, or a step of its training as long; or --hidden.
 */
#define _DEFAULT_SOURCE /* clock_gettime */
#include "race.h"
#include "said.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_HIDDEN = 1 << 14 };

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Parameters of the net with so many units; -1: there can be none, and text says why. */
static int64_t parameters_at(const race *r, const task *t, const cell_choice *choice,
			     int64_t hidden, char text[512])
{
	net n;
	cell_choice cheap = *choice; /* what its weights are does not matter */
	unsigned takes = tl_cell_kind_takes(choice->kind, NULL);
	/* Some kinds have chrono as the start of their recurrent weights. */
	if (takes & TL_OPTION_RECURRENT_INIT && choice->options.chrono == 0)
		cheap.options.recurrent_init = tl_init_zeros();
	if (takes & TL_OPTION_INPUT_INIT)
		cheap.options.input_init = tl_init_zeros();
	net_options o = {.hidden = hidden, .layers = (int)r->o->layers};
	if (!net_create(&n, t, &cheap, &o, text, 512))
		return -1;
	int64_t parameters = net_parameters(&n);
	net_finish(&n);
	return parameters;
}

/* Seconds that a step of training takes, the least of some; NaN: there can be none. */
static double time_at(const race *r, const task *t, const cell_choice *choice, int64_t hidden)
{
	enum { WARM = 3, STEPS = 9 };
	char text[512], optimizer[256];
	net n;
	net_options o = {.hidden = hidden, .layers = (int)r->o->layers};
	if (!net_create(&n, t, choice, &o, text, sizeof text))
		return NAN;
	race_optimizer(r, 0, optimizer);
	tl_optimizer *adam = tl_optimizer_create(n.set, optimizer);
	tl_trainer *trainer =
		tl_trainer_create(n.set, &(tl_trainer_options){.loss = net_loss,
							       .user = &n,
							       .optimizer = adam,
							       .train = t->train,
							       .clip_norm = r->o->clip});
	tl_batch *batch = tl_batch_create();
	double least = INFINITY;
	for (int k = 0; k < WARM + STEPS && batch && trainer; k++) {
		if (tl_batches_fill(t->train, 0, k % tl_batches_count(t->train, 0), batch, NULL))
			break;
		double begun = now();
		if (tl_trainer_step(trainer, batch))
			break;
		least = k >= WARM ? fmin(least, now() - begun) : least;
	}
	tl_batch_destroy(batch);
	tl_trainer_destroy(trainer);
	tl_optimizer_destroy(adam);
	net_finish(&n);
	return isfinite(least) ? least : NAN;
}

/* The same in a process of its own: this one forks more, and must not have begun to compute. */
static double time_apart(const race *r, const task *t, const cell_choice *choice, int64_t hidden)
{
	int ends[2];
	double seconds = NAN;
	if (pipe(ends))
		return NAN;
	pid_t child = fork();
	if (!child) {
		tl_set_thread_count(1);
		seconds = time_at(r, t, choice, hidden);
		_exit(write(ends[1], &seconds, sizeof seconds) != sizeof seconds);
	}
	close(ends[1]);
	if (child < 0 || read(ends[0], &seconds, sizeof seconds) != sizeof seconds)
		seconds = NAN;
	close(ends[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
	return seconds;
}

/* Units come in multiples of this; 0: none that is tried, and text says why. */
static int64_t grain_of(const race *r, const task *t, const cell_choice *c, char text[512])
{
	static const int64_t tried[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64};
	for (size_t k = 0; k < sizeof tried / sizeof *tried; k++)
		if (parameters_at(r, t, c, 5 * tried[k], text) > 0 &&
		    parameters_at(r, t, c, 7 * tried[k], text) > 0)
			return tried[k];
	return 0;
}

typedef struct search {
	const race *r;
	const task *t;
	const cell_choice *c;
	bool by_time;
} search;

static double size_at(const search *s, int64_t hidden)
{
	char text[512];
	return s->by_time ? time_apart(s->r, s->t, s->c, hidden)
			  : (double)parameters_at(s->r, s->t, s->c, hidden, text);
}

/* The units, a multiple of grain, at which the size is nearest to what is wanted. It grows with
 * them. */
static int64_t nearest(const search *s, int64_t grain, double wanted)
{
	int64_t low = 1, high = 2;
	double at_low = size_at(s, grain), at_high;
	while ((at_high = size_at(s, high * grain)) < wanted && high * grain < MOST_HIDDEN) {
		low = high;
		at_low = at_high;
		high *= 2;
	}
	while (high - low > 1) {
		int64_t middle = (low + high) / 2;
		double at = size_at(s, middle * grain);
		if (at < wanted)
			low = middle, at_low = at;
		else
			high = middle, at_high = at;
	}
	return grain * (wanted - at_low < at_high - wanted ? low : high);
}

static bool solve(race *r, int t, int c, double wanted, int64_t known)
{
	char text[512];
	race_net *n = race_net_at(r, t, c);
	const task *on = &r->task[t];
	const cell_choice *choice = &r->cell[c];
	bool by_time = !strcmp(r->o->equal, "time");
	int64_t grain = 1;
	if (known || !strcmp(r->o->equal, "hidden")) {
		n->hidden = known ? known : r->o->hidden;
	} else if ((grain = grain_of(r, on, choice, text))) {
		/* A time is never the same twice: steps of a few units are fine enough. */
		grain = by_time && grain < 4 ? (grain == 3 ? 6 : 4) : grain;
		n->hidden = nearest(&(search){r, on, choice, by_time}, grain, wanted);
	}
	n->parameters = grain ? parameters_at(r, on, choice, n->hidden, text) : -1;
	if (n->parameters < 0)
		say_error("%s", text);
	return n->parameters >= 0;
}

bool race_solve_sizes(race *r, int64_t (*known)(race *r, int t, int c))
{
	char text[512];
	cell_choice lstm = {.word = "lstm", .kind = tl_cell_kind_find("lstm")};
	bool by_time = !strcmp(r->o->equal, "time"), fine = true;
	for (int t = 0; t < r->tasks && fine; t++) {
		int64_t parameters = parameters_at(r, &r->task[t], &lstm, r->o->hidden, text);
		double wanted = by_time ? time_apart(r, &r->task[t], &lstm, r->o->hidden)
					: (double)parameters;
		if (parameters < 0 || isnan(wanted)) {
			say_error("%s", parameters < 0 ? text : "lstm: it cannot be timed");
			return false;
		}
		for (int c = 0; c < r->cells && fine && !interrupted(); c++) {
			say_progress("sizes: %s at %s", r->cell[c].word, r->task[t].name);
			fine = solve(r, t, c, wanted, by_time && known ? known(r, t, c) : 0);
		}
	}
	say_progress("%s", "");
	return fine && !interrupted();
}
