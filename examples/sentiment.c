/*
 * Is a sentence for or against? Words come in, one answer comes out (many to one): an LSTM reads
 * the sentence in both directions, and what its units said most, over all words, decides. Five
 * nets, each of which does not see another fifth of the 1,986 sentences, are asked about that
 * fifth.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "sentences.h"

enum { FOLDS = 5, ASKED = 400, SHOWN = 12 };

typedef struct net {
	tl_params *set;
	tl_cell *forward, *backward;
	tl_param *E, *V, *b;
	tl_tensor y;           /* above 0: for */
	float said[SENTENCES]; /* of each sentence, by the net that had not seen it */
} net;

static bool net_create(net *n, example *e, int32_t words, int fold)
{
	const int in = 32, hidden = 24;
	const tl_cell_kind *lstm = tl_cell_kind_find("lstm");
	tl_params *set = n->set = tl_params_create(TL_F32);
	tl_params_set_seed(set, (uint64_t)(e->seed * FOLDS + fold));
	n->E = tl_params_add(set, "E", tl_dims(words, in), tl_init_normal(0, 0.3));
	n->forward = example_cell(e, set, lstm, "forward", in, hidden);
	n->backward = example_cell(e, set, lstm, "backward", in, hidden);
	n->V = tl_params_add(set, "V", tl_dims(1, 2 * hidden + in), tl_init_glorot_uniform());
	n->b = tl_params_add(set, "b", tl_dims(1), tl_init_zeros());
	return n->forward && n->backward &&
	       (!tl_params_error(set) || example_fail(e, tl_params_error(set)));
}

/* Of each row of words [steps, rows]: above 0, it is for. */
static tl_tensor judge(net *n, tl_tensor words, tl_tensor lengths)
{
	tl_unroll_options o = {.lengths = lengths};
	tl_tensor x = tl_dropout(tl_embedding(tl_use(words.tape, n->E), words), 0.5);
	tl_tensor h = tl_bidirectional(n->forward, n->backward, x, TL_MERGE_CONCAT, &o).h;
	tl_tensor both[] = {tl_max_over_time(h, lengths), tl_mean_over_time(x, lengths)};
	h = tl_dropout(tl_concat(both, 2, 1), 0.5);
	n->y = tl_linear(h, tl_use(x.tape, n->V), tl_use(x.tape, n->b));
	return n->y = tl_reshape(n->y, tl_dims(tl_tensor_shape(n->y).dim[0]));
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	tl_tensor y = judge(user, tl_batch_input(batch, tape), tl_batch_lengths(batch, tape));
	return tl_binary_cross_entropy_with_logits(y, tl_batch_target(batch, tape), NULL);
}

/* Keeps what is said of each sentence of the test. */
static double keep(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	net *n = user;
	const float *y = tl_value(n->y), *is = batch->target.data;
	int right = 0;
	(void)tape, (void)weight;
	for (int64_t b = 0; y && b < batch->rows; b++) {
		n->said[batch->example[b]] = y[b];
		right += (y[b] > 0) == (is[b] > 0);
	}
	return (double)right / (double)batch->rows;
}

/* What the net says of words alone: the SHOWN that are most for, and as many against. */
static void draw_words(net *n, example *e, const sentences *s)
{
	int32_t word[ASKED], count = 0;
	tl_bar bars[2 * SHOWN];
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_training(tape, false);
	for (int32_t w = 2; w < tl_vocabulary_size(s->words) && count < ASKED; w++)
		if (isalpha((unsigned char)*tl_vocabulary_token(s->words, w, NULL)))
			word[count++] = w;
	const float *y =
		tl_value(judge(n, tl_constant_int(tape, tl_dims(1, count), word), TL_NONE));
	bool drawn[ASKED] = {false};
	for (int k = 0; y && k < 2 * SHOWN; k++) {
		int best = -1;
		for (int w = 0; w < count; w++)
			if (!drawn[w] && (best < 0 || (k % 2 ? y[w] < y[best] : y[w] > y[best])))
				best = w;
		drawn[best] = true;
		bars[k % 2 ? 2 * SHOWN - 1 - k / 2 : k / 2] =
			(tl_bar){.name = tl_vocabulary_token(s->words, word[best], NULL),
				 .value = (double)y[best]};
	}
	const tl_chart chart = {"What the net says of single words",
				"score: against below 0, for above", .bars = bars,
				.bar_count = 2 * SHOWN};
	if (y)
		example_chart(e, "-words.svg", &chart, 1, NULL);
	tl_tape_destroy(tape);
}

/* The net of one fold learns from the sentences of the others. */
static bool study(net *n, example *e, const sentences *s, int fold)
{
	int64_t learned[SENTENCES], asked[SENTENCES], learn = 0, ask = 0;
	float label[SENTENCES];
	char name[16];
	for (int i = 0; i < s->count; i++) {
		label[i] = (float)s->label[i];
		if (i % FOLDS == fold)
			asked[ask++] = i;
		else
			learned[learn++] = i;
	}
	tl_sequences_options from = {
		.count = s->count,
		.input = {.each = s->each, .dtype = TL_I32, .lengths = s->length},
		.target = {.data = label},
		.choice = learned,
		.choices = learn,
		.seed = (uint64_t)e->seed};
	tl_batches *train = tl_batches_of_sequences(&from, NULL);
	from.choice = asked, from.choices = ask, from.in_order = true;
	tl_batches *test = tl_batches_of_sequences(&from, NULL);
	const tl_metric metric = {"right", keep, .higher_is_better = true};
	snprintf(name, sizeof name, "fold%d", fold + 1);
	tl_trainer_options o = example_training_of(e, name);
	o.loss = loss, o.user = n, o.train = train, o.validation = test, o.clip_norm = 1;
	o.epochs = e->quick ? 3 : 12, o.metrics = &metric, o.metric_count = 1;
	tl_schedule rate = example_rate(4e-3, o.epochs * tl_batches_count(train, 0));
	bool fine = net_create(n, e, tl_vocabulary_size(s->words), fold);
	tl_optimizer *adam = tl_adamw_create(n->set, &(tl_adam_options){.weight_decay = 0.02});
	tl_cell *cells[] = {n->forward, n->backward};
	const tl_metadata words = {"vocabulary", tl_vocabulary_text(s->words)};
	o.optimizer = adam, o.schedule = &rate;
	o.cells = cells, o.cell_count = 2, o.texts = &words, o.text_count = 1;
	tl_trainer *trainer = fine ? tl_trainer_create(n->set, &o) : NULL;
	fine = fine && example_train(e, trainer);
	if (fine && fold == 0)
		draw_words(n, e, s);
	tl_trainer_destroy(trainer);
	tl_optimizer_destroy(adam);
	tl_batches_destroy(train);
	tl_batches_destroy(test);
	tl_cell_destroy(n->forward);
	tl_cell_destroy(n->backward);
	tl_params_destroy(n->set);
	return fine;
}

static double share_right(const net *n, const sentences *s, int fold)
{
	int right = 0, all = 0;
	for (int i = fold; i < s->count; i += FOLDS, all++)
		right += (n->said[i] > 0) == s->label[i];
	return 100.0 * right / all;
}

int main(int argc, char **argv)
{
	static sentences s;
	static net n;
	example e = {.name = "sentiment",
		     .about = "Is a sentence for or against? (examples/data/get sentiment)"};
	if (!example_begin(&e, argc, argv))
		return e.status;
	bool fine = sentences_read(&s, &e);
	double mean = 0, squares = 0;
	for (int k = 0; k < FOLDS && fine && !e.interrupted; k++) {
		fine = study(&n, &e, &s, k);
		double right = share_right(&n, &s, k);
		mean += right / FOLDS, squares += right * right / FOLDS;
	}
	if (fine && !e.interrupted) {
		example_figure(&e, (figure){"right, of five folds", mean, "%", .least = 78});
		example_figure(&e,
			       (figure){"their standard deviation",
					sqrt(fmax(squares - mean * mean, 0) * FOLDS / (FOLDS - 1)),
					"%"});
		example_expect(&e, mean > 65, "fewer than 65 % are right");
	}
	sentences_finish(&s);
	return example_end(&e);
}
