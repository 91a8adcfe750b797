/* What a race measured, as JSON: what it was, and all of its numbers. */
#include "json.h"
#include "race.h"
#include "said.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void write_task(json *j, const task *t)
{
	const task_kind *kind = t->kind;
	json_text(j, "task", t->name);
	json_text(j, "doc", kind->doc);
	json_text(j, "metric", task_metric_name(kind));
	json_flag(j, "higher_is_better", task_higher_is_better(kind));
	json_number(j, "baseline", t->baseline);
	json_number(j, "learned_level", kind->learned > 0 ? kind->learned : NAN);
}

static void write_training(json *j, const race *r, const race_job *job)
{
	const race_point *p = race_learned(r, job);
	json_open(j, NULL, '{');
	json_count(j, "seed", job->seed);
	if (r->rates > 1 || r->o->rates)
		json_number(j, "learning_rate", r->rate[job->rate]);
	json_flag(j, "diverged", job->diverged);
	json_number(j, "metric", job->diverged ? NAN : race_final(r, job));
	json_number(j, "learned_at_step", p ? (double)p->step : NAN);
	json_number(j, "learned_in_seconds", p ? p->seconds : NAN);
	json_open(j, "curve", '['); /* step, seconds, metric, loss */
	for (int k = 0; k < job->points; k++) {
		json_open(j, NULL, '[');
		json_count(j, NULL, job->curve[k].step);
		json_number(j, NULL, job->curve[k].seconds);
		json_number(j, NULL, job->curve[k].metric);
		json_number(j, NULL, job->curve[k].loss);
		json_close(j);
	}
	json_close(j);
	json_close(j);
}

static void write_cell(json *j, const race *r, int t, int c, const race_sum *s)
{
	const race_net *n = race_net_at(r, t, c);
	json_open(j, NULL, '{');
	json_text(j, "cell", r->cell[c].word);
	json_number(j, "rank", s->rank);
	json_count(j, "hidden", n->hidden);
	json_count(j, "parameters", n->parameters);
	if (r->o->rates)
		json_number(j, "learning_rate", r->rate[s->rate]);
	json_count(j, "seeds", s->done);
	json_count(j, "diverged", s->diverged);
	json_count(j, "learned", s->learned);
	json_number(j, "metric", s->metric);
	json_number(j, "metric_deviation", s->metric_deviation);
	json_number(j, "learned_at_step", s->steps);
	json_number(j, "learned_at_step_deviation", s->steps_deviation);
	json_number(j, "learned_in_seconds", s->seconds);
	json_number(j, "seconds_per_step", s->step_time);
	json_open(j, "trainings", '[');
	for (int k = 0; k < r->jobs; k++)
		if (r->job[k].task == t && r->job[k].cell == c && r->job[k].state == JOB_IS_DONE)
			write_training(j, r, &r->job[k]);
	json_close(j);
	json_close(j);
}

static void write_race(FILE *f, const race *r, race_sum *sum)
{
	json j = json_begin(f);
	json_open(&j, NULL, '{');
	json_text(&j, "tapeloop", tl_version());
	json_text(&j, "equal", r->o->equal);
	json_count(&j, "hidden_of_lstm", r->o->hidden);
	json_count(&j, "layers", r->o->layers);
	json_text(&j, "optimizer", r->o->optimizer);
	json_number(&j, "clip", r->o->clip);
	json_number(&j, "seconds", r->o->time > 0 ? r->o->time : NAN);
	json_number(&j, "steps", r->o->steps ? (double)r->o->steps : NAN);
	json_count(&j, "seeds", r->o->seeds);
	json_open(&j, "results", '[');
	for (int t = 0; t < r->tasks; t++) {
		race_sum_up(r, t, sum);
		json_open(&j, NULL, '{');
		write_task(&j, &r->task[t]);
		json_open(&j, "cells", '[');
		for (int c = 0; c < r->cells; c++)
			write_cell(&j, r, t, c, &sum[c]);
		json_close(&j);
		json_close(&j);
	}
	json_close(&j);
	json_close(&j);
}

bool race_write_json(race *r)
{
	bool to_file = strcmp(r->o->json, "-") != 0;
	race_sum *sum = calloc((size_t)r->cells, sizeof *sum);
	FILE *f = to_file ? fopen(r->o->json, "w") : stdout;
	bool fine = sum && f;
	if (fine)
		write_race(f, r, sum);
	if (fine)
		fine = !fflush(f) && !ferror(f);
	if (f && to_file)
		fine = !fclose(f) && fine;
	if (!fine)
		say_error("%s: %s", r->o->json, sum ? strerror(errno) : "out of memory");
	free(sum);
	return fine;
}
