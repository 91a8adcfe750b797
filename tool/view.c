/*
 * `tapeloop view`: a tape as a page. A cell over random numbers or over the letters of a text; a
 * model over letters, or over a batch of a file of data. The page itself is the library's
 * (tl_view_write).
 */
#include "model.h"
#include "said.h"
#include "trial.h"
#include "verb.h"

#include <tapeloop/view.h>
#include <tapeloop/vocabulary.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct view_options {
	const char *out, *text, *data;
	sizes size;
	int64_t sequence;
	bool check;
} view_options;

static const view_options defaults = {
	.size = {.in = 8, .hidden = 8, .batch = 1, .steps = 12},
};

static const verb_option options[] = {
	{'o', "out", "FILE", "the page, or -; without it, the operand's name and .html",
	 TEXT(view_options, out), COMPLETE_FILE},
	{'t', "text", "TEXT", "what is read, letter by letter; each next letter is to be guessed",
	 TEXT(view_options, text)},
	{'d', "data", "FILE", "of a model: a text or a table, of which the first batch is read",
	 TEXT(view_options, data), COMPLETE_FILE},
	{'i', "in", "N", "of a cell: size of x", COUNT(view_options, size.in)},
	{'H', "hidden", "N", "of a cell: units", COUNT(view_options, size.hidden)},
	{'s', "steps", "N", "of a cell without a text: steps", COUNT(view_options, size.steps)},
	{'b', "batch", "N", "of a cell without a text: sequences", COUNT(view_options, size.batch)},
	{'q', "sequence", "N", "whose gates are shown, of several", COUNT(view_options, sequence)},
	{'c', "check", NULL, "of a cell: check its gradients, and show what was found",
	 FLAG(view_options, check)},
	{0},
};

/* What is looked at: the tape with its loss, and what belongs to it. */
typedef struct sight {
	const view_options *o;
	const char *word; /* the operand */
	trial trial;
	model model;
	tl_batch *batch;
	tl_params *set; /* of a cell that reads letters */
	tl_cell *cell;
	tl_tape *tape;
	tl_vocabulary *letters;
	int32_t *number;
	int64_t count; /* letters */
	char *read;    /* the text without its last letter, which is only guessed */
	tl_tensor loss;
	tl_gradcheck_report check;
} sight;

static bool failed(const char *what)
{
	say_error("view: %s", what ? what : "out of memory");
	return false;
}

/* Letters */

/* Numbers of the text's letters, of a vocabulary of its own if there is none yet. */
static bool number_letters(sight *s)
{
	tl_error error = {TL_OK, ""};
	const char *text = s->o->text;
	size_t size = strlen(text);
	tl_vocabulary_options characters = {.kind = TL_TOKENS_CHARACTERS};
	if (!s->letters)
		s->letters = tl_vocabulary_create(text, size, &characters, &error);
	s->number = malloc((size + 1) * sizeof *s->number);
	s->count = s->letters && s->number ? tl_vocabulary_encode(s->letters, text, size, s->number,
								  (int64_t)size, &error)
					   : -1;
	if (s->count < 0)
		return failed(*error.text ? error.text : NULL);
	if (s->count < 2)
		return failed("--text needs two letters, one to read and one to guess");
	while (((unsigned char)text[--size] & 0xc0) == 0x80)
		;
	s->read = calloc(size + 1, 1);
	return s->read ? memcpy(s->read, text, size) != NULL : failed(NULL);
}

/* Each letter but the last is read, each but the first guessed. */
static void record_letters(sight *s, tl_param *E, tl_cell *const *cell, int layers, tl_param *V,
			   tl_param *c)
{
	int64_t steps = s->count - 1, hidden = tl_param_shape(V).dim[1];
	tl_tape *t = s->tape;
	tl_tensor x = tl_embedding(tl_use(t, E), tl_input_int(t, tl_dims(steps, 1), s->number));
	for (int k = 0; k < layers; k++)
		x = tl_unroll(cell[k], x, NULL).h;
	x = tl_reshape(x, tl_dims(steps, hidden));
	tl_tensor guess = tl_linear(x, tl_use(t, V), c ? tl_use(t, c) : TL_NONE);
	s->loss = tl_cross_entropy(guess, tl_input_int(t, tl_dims(steps), s->number + 1), NULL);
}

static bool cell_on_letters(sight *s, const cell_choice *choice)
{
	s->set = tl_params_create(TL_F32);
	s->tape = tl_tape_create(TL_F32);
	if (!s->set || !s->tape)
		return failed(NULL);
	if (!number_letters(s))
		return false;
	if (!(s->cell = cell_make(choice, s->set, s->o->size.in, s->o->size.hidden)))
		return false;
	tl_shape x = tl_cell_input_shape(s->cell), h = tl_cell_state_shape(s->cell, 0);
	if (x.rank != 1 || h.rank != 1)
		return failed("this cell reads pictures, and no letters: leave --text out");
	int64_t letters = tl_vocabulary_size(s->letters);
	tl_param *E = tl_params_add(s->set, "E", tl_dims(letters, x.dim[0]), tl_init_normal(0, 1));
	tl_param *V =
		tl_params_add(s->set, "V", tl_dims(letters, h.dim[0]), tl_init_glorot_uniform());
	if (tl_params_error(s->set))
		return failed(tl_params_error(s->set));
	record_letters(s, E, &s->cell, 1, V, NULL);
	return true;
}

/* Random numbers */

static tl_tensor loss_of_trial(tl_tape *tape, void *user)
{
	tl_tensor last;
	return trial_loss(user, tape, &last);
}

static bool cell_on_numbers(sight *s, const cell_choice *choice)
{
	if (!trial_create(&s->trial, choice, TL_F32, s->o->size))
		return false;
	s->tape = s->trial.tape;
	s->loss = loss_of_trial(s->tape, &s->trial);
	if (s->o->check)
		tl_gradcheck(loss_of_trial, &s->trial, s->trial.set, NULL, &s->check);
	return true;
}

/* Models */

static bool model_on_letters(sight *s)
{
	tl_error error = {TL_OK, ""};
	net *n = &s->model.n;
	if (!s->model.t.texts.vocabulary)
		return failed("the model reads no letters: --data gives it a file");
	s->letters = tl_vocabulary_from_text(s->model.t.texts.vocabulary, &error);
	if (!s->letters)
		return failed(error.text);
	if (!number_letters(s))
		return false;
	record_letters(s, n->E, n->cell, n->o.layers, n->V, n->c);
	return true;
}

static bool model_on_data(sight *s)
{
	tl_error error = {TL_OK, ""};
	net *n = &s->model.n;
	char name[32];
	if (!model_open_task(&s->model, s->o->data))
		return false;
	for (int k = 0; k < n->o.layers && n->t->carried; k++) {
		snprintf(name, sizeof name, "viewing%d", k);
		n->testing[k] = tl_carry_of(n->cell[k], name, n->t->validation_rows);
	}
	s->batch = tl_batch_create();
	if (!s->batch || tl_batches_fill(s->model.t.validation, 0, 0, s->batch, &error))
		return failed(s->batch ? error.text : NULL);
	s->loss = net_loss(s->tape, s->batch, n);
	return true;
}

static bool look_at_model(sight *s)
{
	if (s->o->check)
		return failed("--check is for cells");
	if (!s->o->text == !s->o->data && s->model.t.kind->files)
		return failed("a model reads a --text or a file of --data");
	if (!(s->tape = tl_tape_create(TL_F32)))
		return failed(NULL);
	tl_tape_set_training(s->tape, false);
	return s->o->text ? model_on_letters(s) : model_on_data(s);
}

static bool look_at_cell(sight *s, const cell_choice *choice)
{
	if (s->o->data)
		return failed("--data is for models of `tapeloop train`");
	if (s->o->size.steps < 1 || s->o->size.batch < 1)
		return failed("--steps and --batch are 1 or more");
	if (s->o->text && s->o->check)
		return failed("--check is for a cell without --text");
	return s->o->text ? cell_on_letters(s, choice) : cell_on_numbers(s, choice);
}

/* The page */

/* The operand without folders and what follows its first point or colon. */
static void name_page(const sight *s, char *path, size_t room)
{
	const char *slash = strrchr(s->word, '/'), *name = slash ? slash + 1 : s->word;
	int length = (int)strcspn(name, ".:");
	snprintf(path, room, "%.*s.html", length ? length : 4, length ? name : "page");
}

static bool copy_to_output(FILE *file)
{
	char bytes[1 << 14];
	size_t size;
	while ((size = fread(bytes, 1, sizeof bytes, file)) > 0)
		if (fwrite(bytes, 1, size, stdout) < size)
			break;
	bool fine = !ferror(file) && !fflush(stdout) && !ferror(stdout);
	if (!fine)
		say_error("standard output: %s", strerror(errno));
	return fine;
}

/* To standard output by way of a file, for a page is written as a whole or not at all. */
static bool write_to_output(sight *s, const tl_view_options *o)
{
	const char *folder = getenv("TMPDIR");
	char path[512];
	tl_error error = {TL_OK, ""};
	snprintf(path, sizeof path, "%.400s/tapeloop-view-XXXXXX", folder ? folder : "/tmp");
	int number = mkstemp(path);
	FILE *file = NULL;
	bool fine = number >= 0 && !tl_view_write(s->tape, path, o, &error) &&
		    (file = fopen(path, "rb"));
	if (!fine)
		say_error("%s%s%s", *error.text ? "" : path, *error.text ? "" : ": ",
			  *error.text ? error.text : strerror(errno));
	fine = fine && copy_to_output(file);
	if (file)
		fclose(file);
	if (number >= 0) {
		close(number);
		unlink(path);
	}
	return fine;
}

static bool write_page(sight *s)
{
	char path[512];
	tl_error error = {TL_OK, ""};
	name_page(s, path, sizeof path);
	const char *to = s->o->out ? s->o->out : path;
	if (tl_tape_error(s->tape))
		return failed(tl_tape_error(s->tape));
	tl_view_options o = {.title = s->word,
			     .loss = s->loss,
			     .text = s->read,
			     .sequence = (int)s->o->sequence,
			     .check = s->check.message[0] ? &s->check : NULL};
	if (!strcmp(to, "-"))
		return write_to_output(s, &o);
	if (tl_view_write(s->tape, to, &o, &error)) {
		say_error("%s", error.text);
		return false;
	}
	printf("%s: %lld nodes forward; open it in a browser\n", to,
	       (long long)tl_tape_node_count(s->tape));
	return true;
}

static void sight_end(sight *s)
{
	if (s->tape != s->trial.tape)
		tl_tape_destroy(s->tape);
	trial_destroy(&s->trial);
	tl_batch_destroy(s->batch);
	tl_cell_destroy(s->cell);
	tl_params_destroy(s->set);
	tl_vocabulary_destroy(s->letters);
	free(s->number);
	free(s->read);
}

/* A file whose name has an ending, other than that of equations. */
static bool names_model(const char *word)
{
	const char *slash = strrchr(word, '/'), *name = slash ? slash + 1 : word;
	size_t length = strcspn(name, ":");
	const char *point = memchr(name, '.', length);
	bool equations = length > 5 && !strncmp(name + length - 5, ".cell", 5);
	return point && point > name && !equations;
}

static int run(const void *given, int count, char **operands)
{
	sight s = {.o = given, .word = operands[0]};
	bool is_model = names_model(s.word), fine;
	cell_choice choice = {0};
	(void)count;
	if (is_model ? !model_open(s.word, &s.model) : !cell_choose(s.word, &choice))
		return STATUS_FAILED;
	fine = (is_model ? look_at_model(&s) : look_at_cell(&s, &choice)) && write_page(&s);
	sight_end(&s);
	if (is_model)
		model_close(&s.model);
	else
		cell_release(&choice);
	return fine ? STATUS_OK : STATUS_FAILED;
}

const verb verb_view = {
	.name = "view",
	.summary = "a tape as a page: steps, gates, gradients, program",
	.operands = "CELL|MODEL",
	.least = 1,
	.most = 1,
	.completes = COMPLETE_CELL,
	.about =
		"Writes one HTML file that shows what a cell records as it reads a sequence, and "
		"the "
		"backward pass: every node with its value and its gradient, step by step; gates "
		"beside what was read; gradients over time; which input mattered to which loss; "
		"the "
		"program that the compiler makes of it.\n"
		"A cell reads random numbers, or the letters of --text with weights as they start. "
		"A MODEL, a file of `tapeloop train`, reads --text or --data.",
	.options = options,
	.options_size = sizeof(view_options),
	.defaults = &defaults,
	.examples = "tapeloop view gru --text \"to be or not to be\"\n"
		    "tapeloop view mine.cell --steps 20 --check -o mine.html\n"
		    "tapeloop view model.safetensors --text \"the lord\"",
	.run = run,
};
