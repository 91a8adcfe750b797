/*
 * Inputs that no data has, or that one broken row has: zeros, and very large numbers. Neither a
 * state nor a gradient may become infinite or NaN, or one such row spoils a training.
 */
#include "finding.h"
#include "said.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 2, STEPS = 4, HIDDEN = 16 };

static const double inputs[] = {0, 1e4, -1e4, 1e30, -1e30};
enum { INPUTS = sizeof inputs / sizeof *inputs };

static bool all_finite(const float *v, int64_t n)
{
	for (int64_t i = 0; v && i < n; i++)
		if (!isfinite(v[i]))
			return false;
	return true;
}

static tl_state record(const trial *n, tl_tensor *loss)
{
	tl_tensor x = trial_input(n, n->tape);
	tl_state s = tl_cell_initial_state(n->cell, n->tape, BATCH);
	for (int t = 0; t < STEPS; t++) {
		tl_tape_set_step(n->tape, t);
		s = tl_cell_step(n->cell, tl_at(x, t), s);
	}
	*loss = tl_sum(tl_mul(s.h, trial_weigh(s.h, 0)), TL_ALL);
	return s;
}

/* What is not finite, in words, or NULL. */
static const char *trouble(trial *n, char *name, size_t room)
{
	tl_tensor loss;
	tl_tape_rewind(n->tape);
	tl_params_zero_gradients(n->set);
	tl_state s = record(n, &loss);
	for (int k = 0; k < s.count; k++)
		if (!all_finite(tl_value(*tl_state_at(&s, k)),
				tl_tensor_size(*tl_state_at(&s, k)))) {
			snprintf(name, room, "%s", n->choice->kind->state[k]);
			return name;
		}
	tl_backward(loss);
	for (int k = 0; k < tl_params_count(n->set); k++) {
		tl_param *p = tl_params_at(n->set, k);
		const char *own = strchr(tl_param_name(p), '.');
		if (all_finite(tl_param_gradient_float(p), tl_param_size(p)))
			continue;
		snprintf(name, room, "the gradient of %s", own ? own + 1 : tl_param_name(p));
		return name;
	}
	return NULL;
}

/* The line of a text that a message names, "at a.cell:4, in cell, step 0", or 0. */
static int line_in(const char *message)
{
	const char *at = message ? strstr(message, "\n  at ") : NULL;
	const char *end = at ? at + 1 + strcspn(at + 1, ",\n") : NULL;
	while (end > at && *end != ':')
		end--;
	return at ? atoi(end + 1) : 0;
}

/* Which op it begins with, and in a text in which line: the same again, each value looked at. */
static void explain(trial *n, char *words, size_t room)
{
	tl_tensor loss;
	char line[256];
	tl_tape_rewind(n->tape);
	tl_tape_set_check_finite(n->tape, true);
	record(n, &loss);
	tl_backward(loss);
	const char *message = tl_tape_error(n->tape);
	int number = tl_cell_kind_text(n->choice->kind) ? line_in(message) : 0;
	first_line(message, line, sizeof line);
	*words = '\0';
	if (number)
		snprintf(words, room, "; it begins in line %d with %s", number, line);
	else if (message)
		snprintf(words, room, "; it begins with %s", line);
	tl_tape_set_check_finite(n->tape, false);
	tl_tape_rewind(n->tape);
}

static void set_input(trial *n, double value)
{
	for (int64_t i = 0; i < n->count; i++) {
		n->x[i] = value;
		n->x_float[i] = (float)value;
	}
}

bool check_extremes(const cell_choice *c, const check_options *o, findings *f)
{
	sizes size = {.in = HIDDEN,
		      .hidden = HIDDEN,
		      .batch = BATCH,
		      .steps = STEPS,
		      .positive = is_positive(o)};
	char name[64], line[320];
	trial n;
	cell_sizes(c, &size.in, &size.hidden);
	bool done = trial_create(&n, c, TL_F32, size);
	for (int k = 0; done && k < INPUTS; k++) {
		if (inputs[k] < 0 && size.positive)
			continue;
		set_input(&n, inputs[k]);
		const char *what = trouble(&n, name, sizeof name);
		done = trial_fine(&n);
		if (!what || !done)
			continue;
		explain(&n, line, sizeof line);
		finding *one =
			found(f, "extremes", fabs(inputs[k]) > 1e9 ? VERDICT_NOTE : VERDICT_FAIL,
			      "where x is %g, %s is not finite%s", inputs[k], what, line);
		found_number(one, "x", inputs[k]);
		break;
	}
	if (done && (!f->count || strcmp(f->list[f->count - 1].check, "extremes")))
		found(f, "extremes", VERDICT_OK, "finite for x = 0, %s1e4 and %s1e30, and back",
		      size.positive ? "" : "+-", size.positive ? "" : "+-");
	trial_destroy(&n);
	return done;
}
