/*
 * `tapeloop show`: what a cell is. Its equations; its weights, with their shapes and how they
 * start; what a step costs; what the compiler makes of it.
 */
#define _POSIX_C_SOURCE 200809L
#include "equations.h"
#include "json.h"
#include "trial.h"
#include "said.h"
#include "verb.h"
#include "weight.h"

#include <stdlib.h>
#include <string.h>

typedef struct show_options {
	sizes size;
	const char *as;
	bool json, program;
} show_options;

static const show_options defaults = {
	.size = {.in = 64, .hidden = 64, .batch = 16, .steps = 32},
};

/* In the order of tl_cell_notation. */
#define NOTATIONS "text ascii latex mathml c"

static const verb_option options[] = {
	{'i', "in", "N", "size of x", COUNT(show_options, size.in)},
	{'H', "hidden", "N", "units", COUNT(show_options, size.hidden)},
	{'b', "batch", "N", "sequences at a time", COUNT(show_options, size.batch)},
	{'s', "steps", "N", "steps of each", COUNT(show_options, size.steps)},
	{'p', "program", NULL,
	 "print the compiled program of one step too; it is wider than 80 columns",
	 FLAG(show_options, program)},
	{'a', "as", "NOTATION",
	 "print the equations of a text only: text or ascii, its canonical form; latex; mathml; "
	 "c, the source of a tl_cell_kind",
	 TEXT(show_options, as), .choices = NOTATIONS},
	{'j', "json", NULL, "print JSON", FLAG(show_options, json)},
	{0},
};

enum { NAME = 20, SHAPE = 20, COUNT_WIDTH = 9 };

/* A cell as it is to be shown. */
typedef struct subject {
	const cell_choice *choice;
	trial trial;
	tl_params *general_set; /* the same at sizes that are told apart, or NULL */
	tl_cell *general;
	int64_t nodes; /* recorded, forward */
	tl_program_stats forward, training;
	int64_t state, weights; /* bytes, of one sequence; of all weights */
} subject;

static bool measure(subject *s)
{
	tl_program *forward = trial_program(&s->trial, false);
	s->nodes = tl_tape_node_count(s->trial.tape);
	tl_program *training = trial_program(&s->trial, true);
	bool done = forward && training;
	if (done) {
		s->forward = tl_program_get_stats(forward);
		s->training = tl_program_get_stats(training);
	}
	tl_program_destroy(forward);
	tl_program_destroy(training);
	return done;
}

static void add_up(subject *s)
{
	for (int k = 0; k < tl_cell_state_count(s->trial.cell); k++)
		s->state += 4 * tl_shape_size(tl_cell_state_shape(s->trial.cell, k));
	for (int k = 0; k < tl_cell_param_count(s->trial.cell); k++)
		s->weights += 4 * tl_param_size(tl_cell_param_at(s->trial.cell, k));
}

static bool subject_create(subject *s, const cell_choice *c, const show_options *o)
{
	sizes size = o->size;
	*s = (subject){.choice = c};
	cell_sizes(c, &size.in, &size.hidden);
	if (!trial_create(&s->trial, c, TL_F32, size) || !measure(s))
		return false;
	add_up(s);
	tl_cell_options wide = c->options;
	wide.in = GENERAL_IN;
	wide.hidden = GENERAL_HIDDEN;
	s->general_set = tl_params_create(TL_F32);
	s->general = tl_cell_create_from_kind(s->general_set, c->kind, "cell", wide);
	if (tl_cell_param_count(s->general) != tl_cell_param_count(s->trial.cell)) {
		tl_cell_destroy(s->general);
		s->general = NULL;
	}
	return true;
}

static void subject_destroy(subject *s)
{
	tl_cell_destroy(s->general);
	tl_params_destroy(s->general_set);
	trial_destroy(&s->trial);
}

static const char *own_name(const tl_param *p)
{
	const char *name = tl_param_name(p);
	return strncmp(name, "cell.", 5) ? name : name + 5;
}

/* The shape of a weight, in terms of in and hidden if it can be said so. */
static void general_words(const subject *s, int k, char *text, size_t room)
{
	tl_shape wide = tl_param_shape(tl_cell_param_at(s->general, k));
	shape_words(tl_param_shape(tl_cell_param_at(s->trial.cell, k)), s->general ? &wide : NULL,
		    text, room);
}

/* For people */

/* Where it starts, if all its numbers do alike. */
static void state_start(const subject *s, int k, char *text, size_t room)
{
	tl_tape_rewind(s->trial.tape);
	tl_state start = tl_cell_initial_state(s->trial.cell, s->trial.tape, 1);
	tl_tensor one = k < start.count ? *tl_state_at(&start, k) : TL_NONE;
	const float *v = tl_value(one);
	int64_t same = 0, n = tl_tensor_size(one);
	for (int64_t i = 0; v && i < n; i++)
		same += v[i] == v[0];
	*text = '\0';
	if (v && n && same == n)
		snprintf(text, room, "starts as %g", v[0]);
	tl_tape_rewind(s->trial.tape);
}

static void print_states(const subject *s)
{
	printf("\n%sstates%s\n", in_bold(stdout), in_plain(stdout));
	for (int k = 0; k < tl_cell_state_count(s->trial.cell); k++) {
		char shape[96], start[48];
		tl_shape wide = tl_cell_state_shape(s->general, k);
		shape_words(tl_cell_state_shape(s->trial.cell, k), s->general ? &wide : NULL, shape,
			    sizeof shape);
		state_start(s, k, start, sizeof start);
		printf("  ");
		print_padded(stdout, s->choice->kind->state[k], NAME);
		print_padded(stdout, shape, SHAPE + COUNT_WIDTH + 2);
		bool older = s->choice->kind->first_older_state &&
			     k >= s->choice->kind->first_older_state;
		const char *role = !k ? "the output" : older ? "an older value" : "";
		printf("%s%s%s\n", start, *start && *role ? "; " : "", role);
	}
}

static void print_weights(const subject *s)
{
	printf("\n%sweights%s\n", in_bold(stdout), in_plain(stdout));
	for (int k = 0; k < tl_cell_param_count(s->trial.cell); k++) {
		tl_param *p = tl_cell_param_at(s->trial.cell, k);
		char shape[96], start[64];
		general_words(s, k, shape, sizeof shape);
		start_words(p, start, sizeof start);
		printf("  ");
		print_padded(stdout, own_name(p), NAME);
		print_padded(stdout, shape, SHAPE);
		printf("%*lld  %s%s\n", COUNT_WIDTH, (long long)tl_param_size(p), start,
		       tl_param_is_buffer(p) ? ", not learned" : "");
	}
	printf("  %-*s%-*s%*lld  learned\n", NAME, "", SHAPE, "", COUNT_WIDTH,
	       (long long)tl_params_element_count(s->trial.set));
}

static void print_costs(const subject *s)
{
	double steps = (double)s->trial.size.steps;
	double forward = (double)s->forward.instructions,
	       training = (double)s->training.instructions;
	printf("\n%sa step%s of a batch of %lld, with in %lld and hidden %lld\n", in_bold(stdout),
	       in_plain(stdout), (long long)s->trial.size.batch, (long long)s->trial.size.in,
	       (long long)s->trial.size.hidden);
	printf("  %-*s%s forward, %s in training\n", NAME, "flops in products",
	       amount_words(s->forward.flops / steps), amount_words(s->training.flops / steps));
	printf("  %-*s%s of weights, %s of states\n", NAME, "bytes",
	       amount_words((double)s->weights),
	       amount_words((double)(s->state * s->trial.size.batch)));
	printf("\n%scompiled%s over %lld steps\n", in_bold(stdout), in_plain(stdout),
	       (long long)s->trial.size.steps);
	printf("  %-*s%lld, %.1f a step\n", NAME, "ops recorded", (long long)s->nodes,
	       (double)s->nodes / steps);
	printf("  %-*s%.0f, %.1f a step; in training %.0f, %.1f a step\n", NAME, "instructions",
	       forward, forward / steps, training, training / steps);
	printf("  %-*s%s; in training %s\n", NAME, "temporary bytes",
	       amount_words((double)s->forward.arena_bytes),
	       amount_words((double)s->training.arena_bytes));
}

static bool print_program(const subject *s)
{
	sizes one = s->trial.size;
	trial n;
	one.steps = 1;
	bool done = trial_create(&n, s->choice, TL_F32, one);
	tl_program *p = done ? trial_program(&n, false) : NULL;
	if (p) {
		printf("\n%sprogram%s of one step\n", in_bold(stdout), in_plain(stdout));
		tl_program_print(p, stdout);
	}
	tl_program_destroy(p);
	trial_destroy(&n);
	return p != NULL;
}

static bool print_all(const subject *s, const show_options *o)
{
	const tl_cell_kind *kind = s->choice->kind;
	const char *text = tl_cell_kind_text(kind);
	if (text) {
		fputs(text, stdout);
		printf("%s", *text && text[strlen(text) - 1] == '\n' ? "" : "\n");
	} else {
		printf("%s%s%s: ", in_bold(stdout), kind->name, in_plain(stdout));
		int at = columns_of(kind->name) + 2;
		print_wrapped(stdout, kind->doc ? kind->doc : "", at, at, PAGE_WIDTH);
		printf("\n");
		if (!print_equations(stdout, &s->trial))
			return false;
	}
	print_states(s);
	print_weights(s);
	print_costs(s);
	return !o->program || print_program(s);
}

/* For programs */

static bool json_equations(json *j, const subject *s)
{
	const char *text = tl_cell_kind_text(s->choice->kind);
	char *made = NULL;
	size_t size;
	FILE *file = text ? NULL : open_memstream(&made, &size);
	bool done = text || (file && print_equations(file, &s->trial));
	if (file && fclose(file))
		done = false;
	json_text(j, "equations", text ? text : made);
	free(made);
	return done;
}

static void json_shape(json *j, const char *name, tl_shape shape)
{
	json_open(j, name, '[');
	for (int i = 0; i < shape.rank; i++)
		json_count(j, NULL, shape.dim[i]);
	json_close(j);
}

static void json_weights(json *j, const subject *s)
{
	json_open(j, "weights", '[');
	for (int k = 0; k < tl_cell_param_count(s->trial.cell); k++) {
		tl_param *p = tl_cell_param_at(s->trial.cell, k);
		char words[96];
		json_open(j, NULL, '{');
		json_text(j, "name", own_name(p));
		json_shape(j, "shape", tl_param_shape(p));
		general_words(s, k, words, sizeof words);
		json_text(j, "shape_words", words);
		start_words(p, words, sizeof words);
		json_text(j, "start", words);
		json_flag(j, "learned", !tl_param_is_buffer(p));
		json_close(j);
	}
	json_close(j);
}

static void json_program(json *j, const char *name, const tl_program_stats *p)
{
	json_open(j, name, '{');
	json_number(j, "flops", p->flops);
	json_count(j, "instructions", p->instructions);
	json_count(j, "temporary_bytes", p->arena_bytes);
	json_count(j, "threads", p->thread_count);
	json_close(j);
}

static bool json_all(json *j, const subject *s)
{
	const tl_cell_kind *kind = s->choice->kind;
	json_open(j, NULL, '{');
	json_text(j, "name", kind->name);
	json_text(j, "doc", kind->doc);
	json_text(j, "source", tl_cell_kind_text(kind) ? "text" : "C");
	bool done = json_equations(j, s);
	json_open(j, "states", '[');
	for (int k = 0; k < tl_cell_state_count(s->trial.cell); k++) {
		json_open(j, NULL, '{');
		json_text(j, "name", kind->state[k]);
		json_shape(j, "shape", tl_cell_state_shape(s->trial.cell, k));
		json_close(j);
	}
	json_close(j);
	json_weights(j, s);
	json_count(j, "parameters", tl_params_element_count(s->trial.set));
	json_count(j, "in", s->trial.size.in);
	json_count(j, "hidden", s->trial.size.hidden);
	json_count(j, "batch", s->trial.size.batch);
	json_count(j, "steps", s->trial.size.steps);
	json_count(j, "weight_bytes", s->weights);
	json_count(j, "state_bytes", s->state * s->trial.size.batch);
	json_count(j, "ops", s->nodes);
	json_program(j, "forward", &s->forward);
	json_program(j, "training", &s->training);
	json_close(j);
	return done;
}

/* `choice` is one of the words of NOTATIONS. */
static tl_cell_notation notation_of(const char *choice)
{
	int number = 0;
	for (const char *at = NOTATIONS; at && strncmp(at, choice, strlen(choice)) != 0; number++) {
		at = strchr(at, ' ');
		at += at != NULL;
	}
	return (tl_cell_notation)number;
}

static bool print_as(const tl_cell_kind *kind, const char *choice)
{
	tl_error error;
	char *text = tl_cell_kind_print(kind, notation_of(choice), &error);
	if (text)
		fputs(text, stdout);
	else
		say_error("show: %s%s", error.text,
			  tl_cell_kind_text(kind) ? "" : "; files of the zoo are NAME.cell");
	tl_cell_text_free(text);
	return text != NULL;
}

static int run(const void *given, int count, char **operands)
{
	const show_options *o = given;
	cell_choice c;
	subject s;
	json j = json_begin(stdout);
	(void)count;
	if (!o->size.in || !o->size.hidden || !o->size.batch || !o->size.steps) {
		say_error("show: no size is 0");
		return STATUS_USAGE;
	}
	if (!cell_choose(operands[0], &c))
		return STATUS_FAILED;
	if (o->as) {
		bool printed = print_as(c.kind, o->as);
		cell_release(&c);
		return printed ? STATUS_OK : STATUS_FAILED;
	}
	bool done = subject_create(&s, &c, o);
	done = done && (o->json ? json_all(&j, &s) : print_all(&s, o));
	subject_destroy(&s);
	cell_release(&c);
	return done ? STATUS_OK : STATUS_FAILED;
}

const verb verb_show = {
	.name = "show",
	.summary = "a cell's equations, weights and costs",
	.operands = "CELL",
	.least = 1,
	.most = 1,
	.completes = COMPLETE_CELL,
	.about =
		"Shows what a cell is. The text of a file of equations as it stands; of a kind "
		"that is "
		"written in C, equations that are read from what one step records, where * is unit "
		"by unit. Then its weights, with their shapes and how they start; what a step "
		"costs; and what the compiler makes of it.",
	.options = options,
	.options_size = sizeof(show_options),
	.defaults = &defaults,
	.examples = "tapeloop show gru\ntapeloop show nbrc --as latex",
	.run = run,
};
