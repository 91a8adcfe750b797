/* What examples share: common options, data, figures, errors, exit status. */
#define _DEFAULT_SOURCE
#include "example.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { NOT_RUN = 77 };

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

bool example_begin(example *e, int argc, char **argv)
{
	option all[EXAMPLE_OPTIONS];
	const option common[] = {
		{"--seed", "N", OPTION_COUNT, &e->seed, "of weights, batches and samples (1)"},
		{"--quick", NULL, OPTION_FLAG, &e->quick, "smaller and shorter, to try it"},
		{"--resume", NULL, OPTION_FLAG, &e->resume, "go on from the checkpoint in --out"},
		{"--out", "FOLDER", OPTION_FOLDER, &e->out, "for pictures and weights (out)"},
		{"--figures", "FILE", OPTION_TEXT, &e->figures,
		 "add the results to this file, as JSON"},
	};
	enum { COMMON = sizeof common / sizeof *common };
	if (!e->seed)
		e->seed = 1;
	if (!e->out)
		e->out = "out";
	if (e->options)
		memcpy(all, e->option, (size_t)e->options * sizeof *all);
	memcpy(all + e->options, common, sizeof common);
	const command c = {e->name, e->about, all, e->options + COMMON, e->rest};
	e->argument = argv + 1;
	e->speaks = !tl_process_rank();
	e->begun = now();
	return options_read(&c, argc, argv, &e->arguments, &e->status);
}

const char *example_path(example *e, const char *what)
{
	char path[EXAMPLE_PATH];
	snprintf(path, sizeof path, "%s/%s%s", e->out, e->name, what);
	for (int i = 0; i < e->paths; i++)
		if (!strcmp(e->path[i], path))
			return e->path[i];
	if (e->paths == EXAMPLE_PATHS)
		return NULL;
	return strcpy(e->path[e->paths++], path);
}

const char *example_data(example *e, const char *set, const char *file)
{
	char *path = e->data;
	const char *folder = getenv("TL_DATA"), *cache = getenv("XDG_CACHE_HOME"),
		   *home = getenv("HOME");
	if (folder && *folder)
		snprintf(path, EXAMPLE_PATH, "%s/%s/%s", folder, set, file);
	else if (cache && *cache)
		snprintf(path, EXAMPLE_PATH, "%s/tapeloop/%s/%s", cache, set, file);
	else
		snprintf(path, EXAMPLE_PATH, "%s/.cache/tapeloop/%s/%s", home ? home : ".", set,
			 file);
	if (!access(path, R_OK))
		return path;
	e->failed = e->without_data = true;
	fprintf(stderr, "%s: there is no %s: fetch it with examples/data/get %s\n", e->name, path,
		set);
	return NULL;
}

static tl_trainer_options training(example *e, const char *chart, const char *checkpoint)
{
	return (tl_trainer_options){.progress = stdout,
				    .interruptible = true,
				    .seed = (uint64_t)e->seed,
				    .chart = example_path(e, chart),
				    .checkpoint = example_path(e, checkpoint),
				    .anew = !e->resume};
}

tl_trainer_options example_training(example *e)
{
	return training(e, "-loss.svg", ".safetensors");
}

tl_trainer_options example_training_of(example *e, const char *net)
{
	char chart[128], checkpoint[128];
	snprintf(chart, sizeof chart, "-%s-loss.svg", net);
	snprintf(checkpoint, sizeof checkpoint, "-%s.safetensors", net);
	return training(e, chart, checkpoint);
}

tl_batches *example_batches(tl_status (*fill)(tl_batch *, int64_t epoch, int64_t index, void *user),
			    int64_t count, void *user)
{
	return tl_batches_create(&(tl_batches_options){.fill = fill, .count = count, .user = user});
}

bool example_train(example *e, tl_trainer *trainer)
{
	if (tl_trainer_run(trainer))
		return example_fail(e, trainer ? tl_trainer_error(trainer) : "out of memory");
	e->interrupted |= tl_trainer_get_state(trainer).interrupted;
	return true;
}

tl_schedule example_rate(double rate, int64_t steps)
{
	int64_t warmup = steps / 15;
	return (tl_schedule){.kind = TL_SCHEDULE_COSINE,
			     .learning_rate = rate,
			     .steps = steps > warmup ? steps - warmup : 1,
			     .warmup = warmup,
			     .warmup_start = warmup ? 1.0 / (double)warmup : 0};
}

tl_cell *example_cell(example *e, tl_params *set, const tl_cell_kind *kind, const char *name,
		      int64_t in, int64_t hidden)
{
	tl_cell_options o = {.in = in, .hidden = hidden, .extra = kind->extra_default};
	if (tl_cell_kind_takes(kind, NULL) & TL_OPTION_FORGET_BIAS)
		o.forget_bias = 1;
	if (kind->input_shape) { /* channels of a picture: as many numbers in all */
		int64_t pixels = kind->input_shape(&o).dim[0] / o.in;
		o.in = o.in > pixels ? o.in / pixels : 1;
		o.hidden = o.hidden > pixels ? o.hidden / pixels : 1;
	}
	tl_cell *cell = tl_cell_create_from_kind(set, kind, name, o);
	if (!cell)
		example_fail(e, tl_params_error(set));
	return cell;
}

int32_t example_draw(tl_random *random, const float *chance, int32_t count)
{
	double u = tl_random_uniform(random);
	int32_t drawn = 0;
	while (drawn + 1 < count && u >= (double)chance[drawn])
		u -= (double)chance[drawn++];
	return drawn;
}

bool example_fail(example *e, const char *why)
{
	if (why && !e->failed)
		fprintf(stderr, "%s: %s\n", e->name, why);
	e->failed = true;
	return false;
}

static void write_json(example *e, const figure *f)
{
	FILE *file = fopen(e->figures, "a");
	if (!file) {
		fprintf(stderr, "%s: %s: %s\n", e->name, e->figures, strerror(errno));
		e->failed = true;
		return;
	}
	fprintf(file,
		"{\"example\": \"%s\", \"seed\": %d, \"figure\": \"%s\", \"value\": ", e->name,
		e->seed, f->name);
	fprintf(file, isfinite(f->value) ? "%.9g" : "null", f->value);
	if (f->unit)
		fprintf(file, ", \"unit\": \"%s\"", f->unit);
	if (f->most)
		fprintf(file, ", \"most\": %g", f->most);
	if (f->least)
		fprintf(file, ", \"least\": %g", f->least);
	if (f->published)
		fprintf(file, ", \"published\": \"%s\"", f->published);
	fprintf(file, ", \"seconds\": %.1f}\n", now() - e->begun);
	if (fclose(file))
		example_fail(e, "the file of --figures could not be written");
}

void example_figure(example *e, figure f)
{
	const char *unit = f.unit ? f.unit : "", *space = f.unit ? " " : "";
	if (!e->speaks)
		return;
	printf("%s: %.4g%s%s", f.name, f.value, space, unit);
	if (f.most)
		printf(" (to reach: at most %g%s%s)", f.most, space, unit);
	if (f.least)
		printf(" (to reach: at least %g%s%s)", f.least, space, unit);
	printf(f.published ? "; published: %s\n" : "\n", f.published);
	if (e->figures)
		write_json(e, &f);
}

void example_expect(example *e, bool learned, const char *what)
{
	if (!e->quick || learned || e->interrupted || e->failed)
		return;
	fprintf(stderr, "%s: has not learned in the short time: %s\n", e->name, what);
	e->failed = true;
}

bool example_chart(example *e, const char *what, const tl_chart *chart, int count,
		   const tl_chart_options *options)
{
	tl_error error;
	return !tl_chart_write(example_path(e, what), chart, count, options, &error) ||
	       example_fail(e, error.text);
}

int example_end(example *e)
{
	for (int i = 0; i < e->paths && e->speaks && !e->failed; i++)
		if (!access(e->path[i], R_OK))
			printf("%s\n", e->path[i]);
	if (e->without_data)
		return NOT_RUN;
	return e->failed ? EXIT_FAILURE : e->interrupted ? INTERRUPTED : EXIT_SUCCESS;
}
