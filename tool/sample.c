/* `tapeloop sample`: a language model writes. */
#define _DEFAULT_SOURCE /* isatty */
#include "model.h"
#include "said.h"
#include "task_csv.h"
#include "verb.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct sample_options {
	const char *from;
	int64_t length, seed;
	double temperature;
} sample_options;

static const verb_option options[] = {
	{'f', "from", "TEXT", "what it goes on from; - is standard input",
	 TEXT(sample_options, from)},
	{'n', "length", "N", "letters that it writes", COUNT(sample_options, length)},
	{'t', "temperature", "X", "below 1 what is likely is likelier; 0: the likeliest",
	 REAL(sample_options, temperature)},
	{'s', "seed", "N", "of the dice", COUNT(sample_options, seed)},
	{0},
};

static const sample_options defaults = {.length = 200, .temperature = 0.8};

typedef struct writer {
	const sample_options *o;
	net *n;
	tl_vocabulary *letters;
	tl_tape *tape;
	tl_carry carry[NET_LAYERS];
	double *chance;
	int64_t step, window; /* letters so far; how many there were in a batch of training */
} writer;

/* Reads a letter; returns the scores of the next one, or NULL. */
static const float *read_letter(writer *w, int32_t letter)
{
	net *n = w->n;
	tl_tape_rewind(w->tape);
	/* A cell that counts steps has learned to count through a batch. */
	tl_tape_set_step(w->tape, (int)(w->step++ % w->window));
	tl_tensor x = tl_constant_int(w->tape, tl_dims(1), &letter);
	x = tl_embedding(tl_use(w->tape, n->E), x);
	for (int k = 0; k < n->o.layers; k++) {
		tl_state s = tl_cell_step(n->cell[k], x, tl_carry_state(&w->carry[k], w->tape));
		tl_carry_assign(&w->carry[k], s);
		x = s.h;
	}
	tl_tensor y = tl_linear(x, tl_use(w->tape, n->V), tl_use(w->tape, n->c));
	const float *scores = tl_value(y);
	return tl_tape_commit(w->tape) ? NULL : scores;
}

/* A letter by its chances, exp(score / temperature). */
static int32_t draw(writer *w, const float *score, tl_random *random)
{
	int32_t count = tl_vocabulary_size(w->letters), best = 0;
	for (int32_t k = 1; k < count; k++)
		best = score[k] > score[best] ? k : best;
	if (!(w->o->temperature > 0))
		return best;
	for (int32_t k = 0; k < count; k++)
		w->chance[k] = exp(((double)score[k] - (double)score[best]) / w->o->temperature);
	return (int32_t)tl_random_choice(random, w->chance, count);
}

static void print_letter(const writer *w, int32_t letter)
{
	size_t size = 0;
	const char *bytes = tl_vocabulary_token(w->letters, letter, &size);
	if (bytes)
		fwrite(bytes, 1, size, stdout);
	if (isatty(fileno(stdout)))
		fflush(stdout);
}

/* The text that it goes on from as numbers; without one, an end of line or the likeliest letter,
 * which is not shown. Returns how many, or -1 after an error, which is said. */
static int64_t number_start(const writer *w, tl_text *text, int32_t **number)
{
	tl_error error = {TL_OK, ""};
	tl_status status = TL_OK;
	if (w->o->from && !strcmp(w->o->from, "-"))
		status = read_whole("-", text, &error);
	else if (w->o->from)
		status = tl_text_add(text, w->o->from, strlen(w->o->from), &error);
	*number = malloc((text->size + 1) * sizeof **number);
	int64_t count = -1;
	if (!status && *number && text->size)
		count = tl_vocabulary_encode(w->letters, text->bytes, text->size, *number,
					     (int64_t)text->size, &error);
	if (!status && *number && !text->size) {
		int32_t line = tl_vocabulary_find(w->letters, "\n");
		(*number)[0] = line >= 0 ? line : 0;
		count = 1;
	}
	if (count < 0)
		say_error("--from: %s", *error.text ? error.text : "out of memory");
	return count;
}

static bool write_text(writer *w)
{
	tl_text text = {0};
	int32_t *number = NULL;
	tl_random random = {.seed = (uint64_t)w->o->seed};
	int64_t count = number_start(w, &text, &number);
	const float *score = NULL;
	if (count > 0 && text.size)
		fwrite(text.bytes, 1, text.size, stdout);
	for (int64_t k = 0; k < count && (k == 0 || score); k++)
		score = read_letter(w, number[k]);
	for (int64_t k = 0; k < w->o->length && score && !interrupted(); k++) {
		int32_t letter = draw(w, score, &random);
		if (letter < 0)
			break;
		print_letter(w, letter);
		score = k + 1 < w->o->length ? read_letter(w, letter) : score;
	}
	if (count > 0)
		putchar('\n');
	if (count > 0 && !score)
		say_error("%s", tl_tape_error(w->tape) ? tl_tape_error(w->tape) : "out of memory");
	free(number);
	tl_text_finish(&text);
	return score != NULL;
}

static bool sample(const sample_options *o, model *m)
{
	tl_error error = {TL_OK, ""};
	char name[32];
	writer w = {.o = o, .n = &m->n, .window = m->t.option[0]};
	w.letters = tl_vocabulary_from_text(m->t.texts.vocabulary, &error);
	w.tape = tl_tape_create(TL_F32);
	bool fine = w.letters && w.tape;
	if (fine && tl_vocabulary_size(w.letters) != m->t.out) {
		snprintf(error.text, sizeof error.text, "the vocabulary is not that of the net");
		fine = false;
	}
	w.chance = fine ? calloc((size_t)m->t.out, sizeof *w.chance) : NULL;
	for (int k = 0; k < m->n.o.layers && fine; k++) {
		snprintf(name, sizeof name, "writing%d", k);
		w.carry[k] = tl_carry_of(m->n.cell[k], name, 1);
		fine = w.carry[k].count > 0 && !tl_carry_reset(&w.carry[k], NULL);
	}
	fine = fine && w.chance;
	tl_tape_set_training(w.tape, false);
	if (!fine)
		say_error("%s", *error.text                 ? error.text
				: tl_params_error(m->n.set) ? tl_params_error(m->n.set)
							    : "out of memory");
	fine = fine && write_text(&w);
	tl_tape_destroy(w.tape);
	tl_vocabulary_destroy(w.letters);
	free(w.chance);
	return fine;
}

static int run(const void *given, int count, char **operands)
{
	const sample_options *o = given;
	model m;
	int status = STATUS_FAILED;
	(void)count;
	if (!(o->temperature >= 0)) {
		say_error("sample: --temperature is 0 or more");
		return STATUS_USAGE;
	}
	if (!model_open(operands[0], &m))
		return STATUS_FAILED;
	take_interrupts();
	if (!m.t.texts.vocabulary)
		say_error("%s: is no language model, but one of the task %s", operands[0],
			  m.t.kind->name);
	else
		status = sample(o, &m) ? STATUS_OK : STATUS_FAILED;
	model_close(&m);
	return status;
}

const verb verb_sample = {
	.name = "sample",
	.summary = "let a language model write",
	.operands = "MODEL",
	.least = 1,
	.most = 1,
	.completes = COMPLETE_FILE,
	.about =
		"Prints the text that it is given, and goes on letter by letter, each drawn by the "
		"chances that the model of `tapeloop train` gives it.",
	.options = options,
	.options_size = sizeof(sample_options),
	.defaults = &defaults,
	.examples = "tapeloop sample model.safetensors --from \"static int\" --length 400\n"
		    "head -c 500 book.txt | tapeloop sample model.safetensors --from - --seed 7",
	.run = run,
};
