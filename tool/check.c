/* `tapeloop check`: does a cell do what one expects of a cell? A verdict a line. */
#include "finding.h"
#include "said.h"
#include "verb.h"

#include <stdlib.h>
#include <string.h>

#include <tapeloop/chart.h>

static const check_options defaults = {
	.size = {.in = 64, .hidden = 64, .batch = 16, .steps = 32},
	.flow_steps = 200,
	.tolerance = 1e-6,
	.time = 0.5,
	.inputs = "normal",
};

static const verb_option options[] = {
	{'2', "second", NULL, "compare second derivatives too", FLAG(check_options, second)},
	{'f', "flow", "STEPS", "how far gradients are followed back",
	 COUNT(check_options, flow_steps)},
	{'t', "tolerance", "ERROR", "what a gradient may differ by",
	 REAL(check_options, tolerance)},
	{'x', "inputs", "KIND",
	 "numbers of x: normal, or positive if others make no sense (a time, a mass)",
	 TEXT(check_options, inputs), .choices = "normal positive"},
	{'i', "in", "N", "size of x, where speed is measured", COUNT(check_options, size.in)},
	{'H', "hidden", "N", "units there", COUNT(check_options, size.hidden)},
	{'b', "batch", "N", "sequences there", COUNT(check_options, size.batch)},
	{'s', "steps", "N", "steps of each there", COUNT(check_options, size.steps)},
	{'T', "time", "TIME", "how long speed is measured", SECONDS(check_options, time)},
	{'r', "report", "FILE", "draw the flow of gradients there, as SVG",
	 TEXT(check_options, report), .completes = COMPLETE_FILE},
	{'j', "json", NULL, "print JSON: an array of objects", FLAG(check_options, json)},
	{0},
};

bool is_positive(const check_options *o)
{
	return !strcmp(o->inputs, "positive");
}

typedef bool part(const cell_choice *c, const check_options *o, findings *f);

/* How far the checks of a cell came. */
typedef enum outcome { OUTCOME_DONE, OUTCOME_STOPPED, OUTCOME_ERROR } outcome;

/* One cell: what was found is printed as it comes. */
static outcome check_one(const cell_choice *c, const check_options *o, findings *f, flow *drawn)
{
	static part *const parts[] = {check_gradient, NULL, check_saturation, check_extremes,
				      check_speed};
	int shown = 0;
	for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
		if (interrupted())
			return OUTCOME_STOPPED;
		say_progress("%s: %zu of %zu", c->word, k + 1, sizeof parts / sizeof *parts);
		bool done = parts[k] ? parts[k](c, o, f) : check_flow(c, o, f, drawn);
		say_progress("%s", "");
		for (; shown < f->count && !o->json; shown++)
			print_finding(&f->list[shown]);
		if (!done)
			return OUTCOME_ERROR;
	}
	return OUTCOME_DONE;
}

static void print_json(json *j, const cell_choice *c, const findings *f, const flow *drawn)
{
	json_open(j, NULL, '{');
	json_text(j, "cell", c->word);
	json_text(j, "verdict", verdict_word(worst_of(f)));
	json_open(j, "checks", '[');
	for (int k = 0; k < f->count; k++)
		json_finding(j, &f->list[k]);
	json_close(j);
	json_open(j, "flow", '{');
	for (int k = 0; k < drawn->states; k++) {
		json_open(j, drawn->name[k], '[');
		for (int t = 0; t < drawn->steps; t++)
			json_number(j, NULL, drawn->norm[k * drawn->steps + t]);
		json_close(j);
	}
	json_close(j);
	json_close(j);
}

/* A curve for each state of each cell. */
static int draw(const char *path, const flow *flows, int count, char **words)
{
	enum { CURVES = 32, ROOM = 96 };
	static char name[CURVES][ROOM];
	tl_curve curves[CURVES] = {{0}};
	tl_error error = {0};
	int n = 0;
	for (int i = 0; i < count; i++)
		for (int k = 0; k < flows[i].states && n < CURVES; k++, n++) {
			snprintf(name[n], ROOM, "%.48s %.40s", words[i], flows[i].name[k]);
			curves[n] = (tl_curve){.name = name[n],
					       .y = flows[i].norm + k * flows[i].steps,
					       .count = flows[i].steps};
		}
	tl_chart chart = {.title = "Gradient of the last step's h, back through time",
			  .x_name = "step",
			  .y_name = "norm",
			  .curves = curves,
			  .curve_count = n,
			  .log_y = true};
	if (!n || !tl_chart_write(path, &chart, 1, NULL, &error))
		return STATUS_OK;
	say_error("%s", error.text);
	return STATUS_FAILED;
}

/* Of all cells. */
typedef struct totals {
	int cells, done, failed, noted;
} totals;

static void print_overall(const totals *t)
{
	int of = t->done;
	if (of < t->cells)
		printf("stopped: %d of %d cells checked\n", of, t->cells);
	if (t->failed)
		printf("%sFAIL%s: %d of %d cell%s\n", in_red(stdout), in_plain(stdout), t->failed,
		       of, of == 1 ? "" : "s");
	else if (of)
		printf("%sok%s: %d cell%s%s\n", in_green(stdout), in_plain(stdout), of,
		       of == 1 ? "" : "s", t->noted ? ", with notes" : "");
}

static int check_all(const check_options *o, const cell_choice *choices, int count, flow *flows)
{
	json j = json_begin(stdout);
	totals t = {.cells = count};
	if (o->json)
		json_open(&j, NULL, '[');
	for (int k = 0; k < count && !interrupted(); k++) {
		findings *f = calloc(1, sizeof *f);
		if (!o->json)
			printf("%s%s%s\n", in_bold(stdout), choices[k].word, in_plain(stdout));
		outcome came = f ? check_one(&choices[k], o, f, &flows[k]) : OUTCOME_ERROR;
		if (came != OUTCOME_ERROR && o->json)
			print_json(&j, &choices[k], f, &flows[k]);
		t.failed += came == OUTCOME_ERROR || worst_of(f) == VERDICT_FAIL;
		t.noted += came != OUTCOME_ERROR && worst_of(f) == VERDICT_NOTE;
		t.done += came != OUTCOME_STOPPED;
		free(f);
	}
	if (o->json)
		json_close(&j);
	else
		print_overall(&t);
	return t.failed || t.done < count ? STATUS_FAILED : STATUS_OK;
}

static int check_words(const check_options *o, int count, char **operands)
{
	cell_choice *choices = cells_choose(operands, count);
	flow *flows = calloc((size_t)count, sizeof *flows);
	int status = STATUS_FAILED;
	if (choices && flows) {
		take_interrupts();
		status = check_all(o, choices, count, flows);
		if (o->report && draw(o->report, flows, count, operands))
			status = STATUS_FAILED;
	}
	for (int k = 0; flows && k < count; k++)
		free(flows[k].norm);
	free(flows);
	cells_release(choices, count);
	return status;
}

static int run(const void *given, int count, char **operands)
{
	const check_options *o = given;
	if (o->flow_steps >= 2 && o->flow_steps <= 10000 && o->size.batch && o->size.steps &&
	    o->size.in && o->size.hidden)
		return check_words(o, count, operands);
	say_error("check: --flow is from 2 to 10000; no size is 0");
	return STATUS_USAGE;
}

const verb verb_check = {
	.name = "check",
	.summary = "is a cell right, does it keep gradients, is it fast?",
	.operands = "CELL...",
	.least = 1,
	.most = MANY,
	.completes = COMPLETE_CELL,
	.about = "Tries a cell in every way that goes wrong in practice, and says what it found, a "
		 "line each: ok, note (worth knowing; it may be meant so) or FAIL. The exit status "
		 "is 1 if anything failed.\n"
		 "gradient: every weight, state and input beside central differences, in double.\n"
		 "reached: is there a weight that gets no gradient?\n"
		 "flow: how fast a gradient shrinks or grows on its way back, of each state.\n"
		 "saturation: values where their function is flat.\n"
		 "extremes: NaN and overflow, forward and back, where x is 0, 1e4 and 1e30.\n"
		 "speed: beside LSTM, measured in turns.",
	.options = options,
	.options_size = sizeof(check_options),
	.defaults = &defaults,
	.examples = "tapeloop check ./mine.cell\n"
		    "tapeloop check lstm lstm:chrono=200 --report flow.svg",
	.run = run,
};
