/*
 * Quatrains: a cell learns 12,700 poems of the Tang dynasty (618 to 907) character by character,
 * and writes some. They have four lines of five or of seven characters; nobody tells the net, and
 * what a poem began with it has to remember. The picture shows where it knows what must come.
 *
 * The data: examples/data/get poems. Try --temperature, or a beginning to go on with ("bright
 * moon"), by what was learned:
 *
 *     poems --resume --temperature 0.6 明月
 */
#include <stdio.h>
#include <string.h>

#include "net.h"
#include "quatrains.h"

enum { END = QUATRAIN_END, PLACES = QUATRAIN_SEVEN + 1, LONGEST = QUATRAIN_LONGEST };
enum { BATCH = 32, SAMPLES = 1000, SHOWN = 4 };

typedef struct poet {
	net net;
	tl_param *E; /* characters to vectors */
	quatrains poems;
	double temperature;
	tl_batches *learn, *test;
} poet;

static bool poet_create(poet *p, example *e, const tl_cell_kind *kind, int64_t hidden)
{
	int64_t classes = tl_vocabulary_size(p->poems.characters), size = hidden / 2;
	if (!net_create(&p->net, e, kind, net_cell(kind, size, hidden, 0), classes))
		return false;
	p->E = tl_params_add(p->net.set, "E", tl_dims(classes, size), tl_init_normal(0, 0.5));
	return p->E || example_fail(e, tl_params_error(p->net.set));
}

/* Scores of what follows each character, [steps, rows] of them; the state is gone on from. */
static tl_tensor scores(const poet *p, tl_tensor character, const tl_unroll_options *o,
			tl_state *state)
{
	const net *n = &p->net;
	tl_tape *tape = character.tape;
	tl_unrolled y = tl_unroll(n->cell, tl_embedding(tl_use(tape, p->E), character), o);
	if (state)
		*state = y.final_state;
	return tl_linear(y.h, tl_use(tape, n->V), tl_use(tape, n->b));
}

/* The mean of a character; dropout where Zaremba et al. 2014 have it. */
static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	const tl_unroll_options o = {.lengths = tl_batch_lengths(batch, tape),
				     .dropout = {.input = 0.25, .output = 0.5}};
	return tl_cross_entropy(
		scores(user, tl_batch_input(batch, tape), &o, NULL), tl_batch_target(batch, tape),
		&(tl_cross_entropy_options){.weight = tl_batch_weights(batch, tape)});
}

static bool train(poet *p, example *e, int64_t steps)
{
	p->learn = pairs_batches(&p->poems.learned, BATCH, true, (uint64_t)e->seed, NULL);
	p->test = pairs_batches(&p->poems.tested, BATCH, false, 0, NULL);
	tl_schedule rate = example_rate(e->quick ? 1e-2 : 4e-3, steps);
	const tl_metadata characters = {"vocabulary", tl_vocabulary_text(p->poems.characters)};
	tl_trainer_options o = example_training(e);
	o.loss = loss, o.user = p, o.schedule = &rate, o.clip_norm = 1;
	o.train = p->learn, o.validation = p->test, o.steps = steps;
	o.evaluate_every = steps > 4 ? steps / 4 : 1;
	o.texts = &characters, o.text_count = 1;
	return net_train(&p->net, e, &o, 0, NULL);
}

/* Nats that characters held out cost, by place: in poems of five characters a line, of seven. */
static bool measure(const poet *p, tl_tape *tape, double cost[2][PLACES], double *all)
{
	const tl_cross_entropy_options each = {.reduction = TL_REDUCTION_NONE};
	tl_batch *batch = tl_batch_create();
	double poems[2] = {0, 0}, characters = 0;
	const float *nats = NULL;
	for (int64_t i = 0; !tl_batches_fill(p->test, 0, i, batch, NULL); i++) {
		tl_tape_rewind(tape);
		tl_tensor s = scores(p, tl_batch_input(batch, tape), NULL, NULL);
		nats = tl_value(tl_cross_entropy(s, tl_batch_target(batch, tape), &each));
		for (int64_t r = 0; nats && r < batch->rows; r++) {
			int length = ((const int32_t *)batch->lengths.data)[r];
			poems[length == PLACES]++;
			for (int t = 0; t < length; t++, characters++)
				cost[length == PLACES][t] += (double)nats[t * batch->rows + r];
		}
	}
	for (int t = 0; t < 2 * PLACES; t++) {
		double *c = &cost[t / PLACES][t % PLACES];
		*all += *c / characters;
		*c /= poems[t / PLACES];
	}
	tl_tape_rewind(tape); /* it knows the batch */
	tl_batch_destroy(batch);
	return nats;
}

static bool test(const poet *p, example *e, tl_tape *tape)
{
	double cost[2][PLACES] = {{0}}, all = 0;
	const tl_curve curves[] = {{"lines of five", NULL, cost[0], QUATRAIN_FIVE + 1},
				   {"lines of seven", NULL, cost[1], QUATRAIN_SEVEN + 1}};
	const tl_chart chart = {"How surprising is each character? Where nothing is, a line ends",
				"characters before it", "nats", curves, 2};
	if (!measure(p, tape, cost, &all))
		return example_fail(e, tl_tape_error(tape));
	example_figure(e, (figure){"perplexity", tl_perplexity(all), "a character"});
	example_expect(e, all < 4.3, "the loss is above 4.3 nats a character");
	return example_chart(e, "-surprise.svg", &chart, 1, NULL);
}

static tl_tensor write_one(tl_tape *tape, void *user, tl_tensor last, tl_state *state)
{
	const tl_unroll_options o = {.initial_state = *state};
	(void)tape;
	return tl_at(scores(user, tl_expand_dims(last, 0), &o, state), 0);
}

/* So many poems, LONGEST characters each: what follows this beginning. */
static bool write(poet *p, example *e, tl_tape *tape, const char *beginning, int64_t rows,
		  int32_t *character, int32_t *length)
{
	int32_t begun[LONGEST] = {END};
	const tl_sampling sampling = {.temperature = p->temperature, .seed = (uint64_t)e->seed};
	tl_error error = {TL_OK, "a beginning is too long"};
	int64_t n = tl_vocabulary_encode(p->poems.characters, beginning, strlen(beginning),
					 begun + 1, LONGEST - 1, &error);
	if (n < 0 || n >= LONGEST)
		return example_fail(e, error.text);
	tl_tape_rewind(tape);
	tl_state state = tl_cell_initial_state(p->net.cell, tape, rows);
	for (int64_t i = 0; i < n; i++) {
		tl_tensor same = tl_constant_int(tape, tl_dims(1), begun + i);
		write_one(tape, p, tl_broadcast_to(same, tl_dims(rows)), &state);
	}
	const tl_decoder d = {write_one, p, .start_token = begun[n], .end_token = END};
	return !tl_decoder_generate(&d, state, LONGEST, &sampling, character, length) ||
	       example_fail(e, tl_tape_error(tape));
}

/* A thousand poems: do they keep their form? And some to read. */
static bool show(poet *p, example *e, tl_tape *tape)
{
	static int32_t character[SAMPLES * LONGEST], length[SAMPLES];
	int kept = 0, rows = e->quick ? SAMPLES / 20 : SAMPLES;
	if (!write(p, e, tape, "", rows, character, length))
		return false;
	for (int r = 0; r < rows; r++)
		kept += quatrains_keep_form(&p->poems, character + r * LONGEST, length[r]);
	example_figure(
		e, (figure){"poems that keep their form", 100.0 * kept / rows, "%", .least = 99});
	printf("\n%s", quatrains_reading);
	for (int i = 0; i < (e->arguments ? e->arguments : 1); i++) {
		const char *beginning = e->arguments ? e->argument[i] : "";
		if (!write(p, e, tape, beginning, SHOWN, character, length))
			return false;
		for (int r = 0; r < SHOWN; r++) {
			printf("\n%s", beginning);
			quatrains_print(&p->poems, character + r * LONGEST, length[r]);
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	static poet p = {.temperature = 0.8};
	const tl_cell_kind *kind = tl_cell_kind_find("lstm");
	int steps = 0;
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &kind, "kind of cell (lstm); list: all there are"},
		{"--steps", "N", OPTION_COUNT, &steps, "train so many steps (5000)"},
		{"--temperature", "T", OPTION_NUMBER, &p.temperature, "of what it writes (0.8)"},
	};
	example e = {.name = "poems",
		     .about = "Learns quatrains of the Tang dynasty and writes some, or goes on "
			      "with what is begun.\n--resume: by what was learned before.",
		     .option = options,
		     .options = sizeof options / sizeof *options,
		     .rest = "[beginning ...]"};
	if (!example_begin(&e, argc, argv))
		return e.status;
	steps = steps ? steps : e.quick ? 300 : 5000;
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_training(tape, false);
	if (quatrains_read(&p.poems, &e) && poet_create(&p, &e, kind, e.quick ? 64 : 256) &&
	    train(&p, &e, steps) && e.speaks)
		(void)(test(&p, &e, tape) && show(&p, &e, tape));
	tl_tape_destroy(tape);
	net_destroy(&p.net);
	tl_batches_destroy(p.learn);
	tl_batches_destroy(p.test);
	quatrains_finish(&p.poems);
	return example_end(&e);
}
