/*
 * Spoken digits: a sound in, the digits that it says out, without being told where each of them is.
 * Two layers of LSTMs read the sound's spectrum in both directions and give, for each 30
 * milliseconds, chances of each digit and of none; connectionist temporal classification (Graves
 * and others 2006) adds up all the ways in which these can spell the digits. It learns from voices
 * of synthesisers, and is tested on voices that it has never heard, and on recordings of people.
 *
 * Try --cell gru, and look in out/speech.svg where the digits are found.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "example.h"
#include "sounds.h"

enum { CLASSES = 11, LAYERS = 2, ROWS = 16, BEAM = 8 };

typedef struct model {
	const tl_cell_kind *kind;
	int hidden;
	tl_params *set;
	tl_cell *cell[2 * LAYERS];
	tl_param *V, *d; /* outputs to scores of digits */
} model;

static bool model_create(model *m, example *e)
{
	tl_params *set = m->set = tl_params_create(TL_F32);
	tl_params_set_seed(set, (uint64_t)e->seed);
	int64_t in = SOUND_IN;
	for (int i = 0; i < 2 * LAYERS; i++) {
		char name[8];
		snprintf(name, sizeof name, "%s%d", i % 2 ? "back" : "on", i / 2 + 1);
		m->cell[i] = example_cell(e, set, m->kind, name, in, m->hidden);
		if (!m->cell[i])
			return false;
		if (i % 2)
			in = 2 * tl_cell_state_shape(m->cell[i], 0).dim[0];
	}
	m->V = tl_params_add(set, "V", tl_dims(CLASSES, in), tl_init_glorot_uniform());
	m->d = tl_params_add(set, "d", tl_dims(CLASSES), tl_init_zeros());
	return !tl_params_error(set) || example_fail(e, tl_params_error(set));
}

/* While it learns, filters of each sound are left out: so that it does not rely on any
 * ("SpecAugment", Park and others 2019). */
static tl_tensor mask(tl_tensor x)
{
	int64_t steps = tl_tensor_dim(x, 0), rows = tl_tensor_dim(x, 1);
	tl_tensor there = tl_dropout_mask(x.tape, tl_dims(rows, 1, SOUND_FILTERS), 0.15);
	x = tl_reshape(x, tl_dims(steps, rows, SOUND_FRAMES, SOUND_FILTERS));
	return tl_reshape(tl_mul(x, there), tl_dims(steps, rows, SOUND_IN));
}

/* Scores of the digits, and of none, at each step. */
static tl_tensor scores(const model *m, tl_tensor x, tl_tensor lengths)
{
	if (tl_tape_is_training(x.tape))
		x = mask(x);
	tl_layer layer[LAYERS] = {0};
	for (int i = 0; i < LAYERS; i++) {
		layer[i].forward = m->cell[2 * i], layer[i].backward = m->cell[2 * i + 1];
		layer[i].dropout.output = 0.35;
	}
	tl_unroll_options of = {.lengths = lengths};
	tl_tensor h = tl_unroll_layers(layer, LAYERS, x, &of, NULL);
	return tl_linear(h, tl_use(x.tape, m->V), tl_use(x.tape, m->d));
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	tl_tensor lengths = tl_batch_lengths(batch, tape);
	tl_tensor y = scores(user, tl_batch_input(batch, tape), lengths);
	tl_ctc_options of = {.input_lengths = lengths,
			     .target_lengths = tl_batch_target_lengths(batch, tape)};
	return tl_mean(tl_ctc_loss(y, tl_batch_target(batch, tape), &of), TL_ALL);
}

static bool train(model *m, example *e, const sounds *learned, const sounds *tested, int epochs)
{
	tl_batches *learn = sounds_batches(learned, ROWS, false);
	tl_batches *test = sounds_batches(tested, ROWS, true);
	int64_t steps = epochs * tl_batches_count(learn, 0);
	tl_optimizer *adam = tl_optimizer_create(m->set, "adamw weight_decay=0.1");
	tl_schedule rate = example_rate(4e-3, steps);
	tl_trainer_options o = example_training(e);
	o.loss = loss, o.user = m, o.optimizer = adam, o.schedule = &rate, o.clip_norm = 5;
	o.train = learn, o.validation = test, o.epochs = epochs;
	o.cells = m->cell, o.cell_count = 2 * LAYERS;
	tl_trainer *trainer = tl_trainer_create(m->set, &o);
	bool fine = example_train(e, trainer);
	tl_trainer_destroy(trainer), tl_optimizer_destroy(adam);
	tl_batches_destroy(learn), tl_batches_destroy(test);
	return fine;
}

/* Digits said wrong, left out or put in, of 100 that were said; NaN: it has been said why. */
static double digit_error(const model *m, example *e, tl_tape *tape, const sounds *s)
{
	static int32_t said[ROWS * 2048], lengths[ROWS];
	tl_error_rate rate = {0};
	tl_batches *source = sounds_batches(s, ROWS, true);
	tl_batch *batch = tl_batch_create();
	for (int64_t i = 0; i < tl_batches_count(source, 0) && !e->failed; i++) {
		tl_tape_rewind(tape);
		if (tl_batches_fill(source, 0, i, batch, NULL))
			example_fail(e, "out of memory");
		tl_tensor y = scores(m, tl_batch_input(batch, tape), tl_batch_lengths(batch, tape));
		if (tl_ctc_beam_search(y, batch->lengths.data, 0, BEAM, said, lengths, NULL))
			example_fail(e, tl_tape_error(tape));
		int64_t steps = batch->input.shape.dim[0];
		for (int64_t row = 0; row < batch->rows && !e->failed; row++) {
			int64_t of = batch->example[row];
			tl_error_rate_add(&rate, said + row * steps, lengths[row], s->digit[of],
					  s->length[of]);
		}
	}
	tl_batch_destroy(batch), tl_batches_destroy(source);
	return 100 * tl_error_rate_value(&rate);
}

/* The spectrum of a sound, and below it when the net believes in which digit. */
static bool draw(const model *m, example *e, tl_tape *tape, const sounds *s, int which)
{
	const char *pitch[SOUND_FILTERS];
	int64_t steps = s->steps[which], frames = steps * SOUND_FRAMES;
	tl_tape_rewind(tape);
	tl_tensor x = tl_input(tape, tl_dims(steps, 1, SOUND_IN), s->features[which]);
	tl_tensor chance = tl_softmax(scores(m, x, TL_NONE), -1);
	tl_tensor drawn[] = {
		tl_reverse(tl_transpose(tl_reshape(x, tl_dims(frames, SOUND_FILTERS))), 0),
		tl_transpose(tl_reshape(chance, tl_dims(steps, CLASSES)))};
	if (tl_evaluate(drawn, 2))
		return example_fail(e, tl_tape_error(tape));
	tl_heat_map heard = {.name = "filter", .rows = SOUND_FILTERS, .columns = (int)frames};
	tl_heat_map found = {.name = "digit", .rows = CLASSES, .columns = (int)steps};
	heard.values = tl_value(drawn[0]), heard.low = -2.5, heard.high = 2.5;
	found.values = tl_value(drawn[1]), found.high = 1;
	for (int k = 0; k < SOUND_FILTERS; k++)
		pitch[k] = k ? k == SOUND_FILTERS - 1 ? "0" : "" : "4 kHz";
	heard.row_names = pitch, found.row_letters = "-0123456789";
	const tl_chart charts[] = {
		{.title = "What is heard: a column is 10 ms", .maps = &heard, .map_count = 1},
		{.title = "What is found: a column is 30 ms", .maps = &found, .map_count = 1}};
	return example_chart(e, ".svg", charts, 2, NULL);
}

/* What it makes of other voices: those of the test, of people, and of people's digits in a row. */
static void show(const model *m, example *e, const sounds *test, const sounds human[2])
{
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_training(tape, false);
	double wrong = digit_error(m, e, tape, test);
	double alone = digit_error(m, e, tape, &human[0]),
	       joined = digit_error(m, e, tape, &human[1]);
	if (!e->failed && draw(m, e, tape, test, 1)) {
		example_figure(e, (figure){"digit error, unheard voices", wrong, "%", .most = 5});
		example_figure(e, (figure){"digit error, people", alone, .unit = "%"});
		example_figure(e, (figure){"digit error, people, joined", joined, .unit = "%"});
	}
	example_expect(e, wrong < 50, "of the digits half are wrong");
	tl_tape_destroy(tape);
}

int main(int argc, char **argv)
{
	static const char *const split[] = {"train", "test", "human", "human-joined"};
	static sounds s[4];
	model m = {.kind = tl_cell_kind_find("lstm"), .hidden = 96};
	int epochs = 0;
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &m.kind, "kind of cell (lstm)"},
		{"--hidden", "N", OPTION_COUNT, &m.hidden, "units each way (96)"},
		{"--epochs", "N", OPTION_COUNT, &epochs, "times through the sounds (6)"},
	};
	example e = {.name = "speech",
		     .about = "LSTMs in both directions write down the digits that somebody says.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	int most = e.quick ? 160 : MOST_SOUNDS, longest = e.quick ? 1 : MOST_DIGITS;
	m.hidden = e.quick ? 32 : m.hidden;
	epochs = epochs ? epochs : e.quick ? 30 : 6;
	bool fine = true;
	for (int k = 0; k < 4 && fine; k++)
		fine = sounds_read(&s[k], &e, split[k], most, longest);
	if (fine && model_create(&m, &e) && train(&m, &e, &s[0], &s[1], epochs))
		show(&m, &e, &s[1], &s[2]);
	for (int i = 0; i < 2 * LAYERS; i++)
		tl_cell_destroy(m.cell[i]);
	for (int k = 0; k < 4; k++)
		sounds_finish(&s[k]);
	tl_params_destroy(m.set);
	return example_end(&e);
}
