/*
 * A picture in, its name out: convolutions look at an emoji, and an LSTM that begins with what they
 * saw says what it is, word by word ("Show and tell", Vinyals and others 2015). A tenth of the
 * variants, such as "waving hand: dark skin tone", is never shown: the net must put the name
 * together from things and tones that it knows apart. Look at out/caption.svg.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "example.h"
#include "pictures.h"

enum { LAYERS = 3, BATCH = 32, SHOWN = 12 };

typedef struct model {
	const tl_cell_kind *kind;
	int hidden, channels;
	tl_params *set;
	tl_cell *cell;
	tl_param *K[LAYERS], *k[LAYERS], *C, *c; /* of the convolutions; to the LSTM */
	tl_param *mean, *variance;               /* of what the convolutions see */
	tl_param *E, *V, *d;                     /* words to vectors; outputs to scores of words */
	tl_vocabulary *words;
	bool swapped;   /* pictures are taken for each other, to see whether they matter */
	tl_tensor seen; /* by the convolutions, [rows, hidden], of the present pictures */
} model;

static bool model_create(model *m, example *e)
{
	tl_params *set = m->set = tl_params_create(TL_F32);
	tl_params_set_seed(set, (uint64_t)e->seed);
	int64_t in = 3, words = tl_vocabulary_size(m->words), hidden = m->hidden;
	for (int i = 0; i < LAYERS; i++) { /* each halves the sides and has more channels */
		const char K[] = {'K', (char)('1' + i), 0}, k[] = {'k', (char)('1' + i), 0};
		int64_t out = m->channels << i;
		m->K[i] = tl_params_add(set, K, tl_dims(out, in, 3, 3), tl_init_he_normal());
		m->k[i] = tl_params_add(set, k, tl_dims(out, 1, 1), tl_init_zeros());
		in = out;
	}
	in *= (SIDE >> LAYERS) * (SIDE >> LAYERS);
	m->cell = example_cell(e, set, m->kind, "cell", 2 * hidden, hidden);
	m->C = tl_params_add(set, "C", tl_dims(hidden, in), tl_init_glorot_uniform());
	m->c = tl_params_add(set, "c", tl_dims(hidden), tl_init_zeros());
	m->mean = tl_params_add_buffer(set, "mean", tl_dims(hidden), tl_init_zeros());
	m->variance = tl_params_add_buffer(set, "variance", tl_dims(hidden), tl_init_constant(1));
	m->E = tl_params_add(set, "E", tl_dims(words, hidden), tl_init_normal(0, 0.3));
	m->V = tl_params_add(set, "V", tl_dims(words, hidden), tl_init_glorot_uniform());
	m->d = tl_params_add(set, "d", tl_dims(words), tl_init_zeros());
	return !tl_params_error(set) || example_fail(e, tl_params_error(set));
}

/* What is seen in pictures [rows, SIDE, SIDE, 3]: the LSTM begins with it, and hears of
 * it at each step. */
static tl_state look(model *m, tl_tensor x)
{
	tl_tape *tape = x.tape;
	x = tl_one_minus(tl_permute(x, (const int[]){0, 3, 1, 2})); /* white is 0 */
	for (int i = 0; i < LAYERS; i++) {
		x = tl_conv2d(x, tl_use(tape, m->K[i]), &(tl_conv_options){.padding = {1, 1}});
		x = tl_relu(tl_add(x, tl_use(tape, m->k[i])));
		x = tl_max_pool2d(x, (const int64_t[]){2, 2}, NULL);
	}
	x = tl_dropout(tl_reshape(x, tl_dims(tl_tensor_dim(x, 0), -1)), 0.1);
	const tl_batch_norm_options kept = {.mean = m->mean, .variance = m->variance};
	x = tl_linear(x, tl_use(tape, m->C), TL_NONE);
	x = tl_tanh(tl_batch_norm(x, TL_NONE, tl_use(tape, m->c), 1, &kept));
	m->seen = m->swapped ? tl_reverse(x, 0) : x;
	return tl_cell_initial_state_from(m->cell, m->seen);
}

/* Scores of the next words, from those before. */
static tl_tensor step(tl_tape *tape, void *user, tl_tensor words, tl_state *state)
{
	const model *m = user;
	tl_tensor x[] = {tl_embedding(tl_use(tape, m->E), words), m->seen};
	*state = tl_cell_step(m->cell, tl_concat(x, 2, -1), *state);
	return tl_linear(state->h, tl_use(tape, m->V), tl_use(tape, m->d));
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	tl_tensor names = tl_batch_target(batch, tape);
	const tl_decoder speaker = {step, user, BEGIN, END};
	tl_state seen = look(user, tl_batch_input(batch, tape));
	return tl_cross_entropy(
		tl_decoder_teacher_force(&speaker, names, seen, NULL, NULL), names,
		&(tl_cross_entropy_options){.use_ignore_index = true, .ignore_index = PAD});
}

static bool train(model *m, example *e, const pictures *shown, const pictures *unseen, int epochs)
{
	tl_batches *learn = pictures_batches(shown, BATCH, false);
	tl_batches *test = pictures_batches(unseen, BATCH, true);
	tl_optimizer *adam = tl_adam_create(m->set, NULL);
	tl_schedule rate = example_rate(4e-3, epochs * tl_batches_count(learn, 0));
	const tl_metadata words = {"vocabulary", tl_vocabulary_text(m->words)};
	tl_trainer_options o = example_training(e);
	o.loss = loss, o.user = m, o.optimizer = adam, o.schedule = &rate, o.clip_norm = 2;
	o.train = learn, o.validation = test, o.epochs = epochs;
	o.cells = &m->cell, o.cell_count = 1, o.texts = &words, o.text_count = 1;
	tl_trainer *trainer = tl_trainer_create(m->set, &o);
	bool fine = example_train(e, trainer);
	double right = tl_trainer_get_state(trainer).validation;
	m->swapped = true;
	double wrong = fine ? tl_trainer_evaluate(trainer, test, NULL) : 0;
	m->swapped = false;
	example_expect(e, wrong > right + 0.1, "a wrong picture is as good as the right one");
	tl_trainer_destroy(trainer), tl_optimizer_destroy(adam);
	tl_batches_destroy(learn), tl_batches_destroy(test);
	return fine;
}

/* What a picture is called and, if that is wrong, what it is. */
static bool call(const model *m, char said[2][120], const int32_t *words, int64_t length,
		 const int32_t *name, int64_t name_length)
{
	bool right = length == name_length && !memcmp(words, name, (size_t)length * sizeof *name);
	tl_vocabulary_decode(m->words, words, length, said[0], 120, NULL);
	int64_t is = snprintf(said[1], 120, right ? "" : "is: ");
	tl_vocabulary_decode(m->words, name, right ? 0 : name_length, said[1] + is, 110, NULL);
	return right;
}

/* Names every stride-th picture, a batch of them; draws some if they are the first of all. */
static void name_some(model *m, example *e, tl_tape *tape, const pictures *p, int64_t first,
		      int64_t stride, tl_bleu *bleu, double *exact)
{
	static float pixels[BATCH][PIXELS];
	static int32_t said[BATCH][WORDS], length[BATCH];
	static char text[BATCH][2][120];
	tl_image image[BATCH];
	tl_chart sheet[BATCH];
	const tl_decoder speaker = {step, m, BEGIN, END};
	int64_t rows = (p->count - first + stride - 1) / stride;
	for (int64_t i = 0, at = first; i < rows; i++, at += stride)
		memcpy(pixels[i], (float *)p->image.data + at * PIXELS, sizeof *pixels);
	tl_tape_rewind(tape);
	tl_tensor x = tl_input(tape, tl_dims(rows, SIDE, SIDE, 3), *pixels);
	const float *planes = tl_value(tl_permute(x, (const int[]){0, 3, 1, 2}));
	if (!planes || tl_decoder_generate(&speaker, look(m, x), WORDS, NULL, *said, length))
		return (void)example_fail(e, tl_tape_error(tape));
	for (int64_t i = 0, at = first; i < rows; i++, at += stride) {
		const int32_t *name = p->name[at];
		int64_t n = p->length[at] - 1;
		tl_bleu_add(bleu, said[i], length[i], &name, &n, 1);
		*exact += call(m, text[i], said[i], length[i], name, n);
		image[i] = (tl_image){text[i][1], planes + i * PIXELS, SIDE, SIDE, 3, 0, 0};
		sheet[i] = (tl_chart){.title = text[i][0], .images = &image[i], .image_count = 1};
	}
	const tl_chart_options of = {.columns = 4, .width = 1320};
	if (!first)
		example_chart(e, ".svg", sheet, rows < SHOWN ? (int)rows : SHOWN, &of);
}

static void show(model *m, example *e, const pictures *p)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_bleu bleu = {0};
	double exact = 0;
	int64_t batches = (p->count + BATCH - 1) / BATCH;
	tl_tape_set_training(tape, false);
	for (int64_t i = 0; i < batches && !e->failed; i++)
		name_some(m, e, tape, p, i, batches, &bleu, &exact);
	tl_tape_destroy(tape);
	exact *= 100.0 / (double)p->count;
	if (e->failed)
		return;
	example_figure(e, (figure){"BLEU", 100 * tl_bleu_value(&bleu, 0)});
	example_figure(e, (figure){"named exactly", exact, .unit = "%"});
}

int main(int argc, char **argv)
{
	static pictures shown, unseen;
	model m = {.kind = tl_cell_kind_find("lstm"), .hidden = 128, .channels = 16};
	int epochs = 0;
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &m.kind, "kind of cell (lstm)"},
		{"--hidden", "N", OPTION_COUNT, &m.hidden, "units (128)"},
		{"--epochs", "N", OPTION_COUNT, &epochs, "times through the pictures (20)"},
	};
	example e = {.name = "caption",
		     .about = "Convolutions look at an emoji, and an LSTM says what it is.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	if (e.quick)
		m.hidden = 64, m.channels = 8;
	epochs = epochs ? epochs : e.quick ? 3 : 20;
	if ((m.words = pictures_words(&e)) && pictures_read(&shown, &e, "train", m.words) &&
	    pictures_read(&unseen, &e, "test", m.words) && model_create(&m, &e) &&
	    train(&m, &e, &shown, &unseen, epochs))
		show(&m, &e, &unseen);
	tl_cell_destroy(m.cell), tl_params_destroy(m.set);
	tl_vocabulary_destroy(m.words);
	pictures_finish(&shown), pictures_finish(&unseen);
	return example_end(&e);
}
