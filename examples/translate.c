/*
 * From English to Spanish: verses of the Bible of at most twelve words. An encoder reads one
 * language, a decoder writes the other, with attention (Bahdanau, Cho & Bengio 2015) and without
 * (Cho et al. 2014): without, all of a verse has to fit into one vector. In the picture of where it
 * looked one sees which word became which, and where the order is another.
 *
 * 9,000 verses of at most eighteen words are few to learn two languages from; it learns the turns
 * of phrase that come back. The data: examples/data/get translate. Try verses of your own, in small
 * letters, with blanks around each sign:
 *
 *     translate --resume "god said to moses , go ."
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alignment.h"
#include "example.h"
#include "pairs.h"
#include "seq2seq.h"

enum { LONGEST = 32, BEAM = 4 };

typedef struct translator {
	tl_vocabulary *english, *spanish;
	pairs learned, tested;
} translator;

/* Words that occur once are all one, for nothing can be learned of them. */
static bool read_verses(translator *t, example *e)
{
	const int64_t most = e->quick ? 200 : 0;
	const tl_vocabulary_options english = {.kind = TL_TOKENS_WORDS,
					       .unknown = "<unknown>",
					       .least_count = 2,
					       .most = most},
				    spanish = {.kind = TL_TOKENS_WORDS,
					       .special = {"<end>"},
					       .unknown = "<unknown>",
					       .least_count = 2,
					       .most = most};
	tl_error error = {TL_OK, ""};
	const char *path =
		example_data(e, "translate", e->quick ? "short-train.tsv" : "longer-train.tsv");
	if (!path)
		return false;
	t->english = pairs_vocabulary(path, 0, &english, &error);
	t->spanish = pairs_vocabulary(path, 1, &spanish, &error);
	if (!t->english || !t->spanish ||
	    pairs_read(&t->learned, path, t->english, t->spanish, &error))
		return example_fail(e, error.text);
	path = example_data(e, "translate", "short-test.tsv");
	return path && (!pairs_read(&t->tested, path, t->english, t->spanish, &error) ||
			example_fail(e, error.text));
}

typedef struct score {
	const translator *of;
	tl_bleu bleu;
} score;

/* A word that it does not know is none: it never matches. */
static void judge(void *user, int64_t verse, const int32_t *token, int64_t length)
{
	score *s = user;
	const pairs_side *meant = &s->of->tested.written;
	const int32_t *reference = meant->each[verse];
	const int64_t words = meant->length[verse] - 1;
	int32_t said[LONGEST];
	for (int64_t i = 0; i < length; i++)
		said[i] = token[i] == tl_vocabulary_unknown(s->of->spanish) ? -1 : token[i];
	tl_bleu_add(&s->bleu, said, length, &reference, &words, 1);
}

static bool test(const translator *t, seq2seq *net, example *e, int beam)
{
	char name[64];
	score s = {.of = t};
	if (!seq2seq_write(net, e, &t->tested, beam, LONGEST, judge, &s))
		return false;
	snprintf(name, sizeof name, "BLEU, attention %s, %s", net->attends ? "additive" : "none",
		 beam > 1 ? "beam of 4" : "greedy");
	double bleu = 100 * tl_bleu_value(&s.bleu, 0);
	example_figure(e, (figure){name, bleu, .unit = "%"});
	example_expect(e, tl_bleu_value(&s.bleu, 1) > 0.005, "nothing of the verses is right");
	return true;
}

/* Train one net and test it; the better of both shows what it does. */
static bool run(translator *t, example *e, seq2seq *net, int64_t steps)
{
	static const char *const unseen[] = {
		"jesus answered them , do you now believe ?", "the sons of dan : hushim .",
		"the lord spoke to moses , saying ,", "don't be afraid , only believe ."};
	const char *const *verse = e->arguments ? (const char *const *)e->argument : unseen;
	const tl_metadata texts[] = {{"english", tl_vocabulary_text(t->english)},
				     {"spanish", tl_vocabulary_text(t->spanish)}};
	const char *kind = net->attends ? ".safetensors" : "-none.safetensors";
	net->reads = tl_vocabulary_size(t->english);
	net->writes = tl_vocabulary_size(t->spanish);
	tl_trainer_options o = example_training(e);
	o.steps = steps, o.texts = texts, o.text_count = 2;
	o.checkpoint = example_path(e, kind);
	o.chart = net->attends ? o.chart : NULL;
	bool fine = seq2seq_create(net, e) &&
		    seq2seq_train(net, e, &t->learned, &t->tested, e->quick ? 6e-3 : 1.5e-3, &o);
	if (fine && !e->arguments)
		fine = test(t, net, e, 1) && test(t, net, e, BEAM);
	if (fine && net->attends)
		fine = alignment_write(net, e, t->english, t->spanish, verse,
				       e->arguments ? e->arguments : 4);
	seq2seq_destroy(net);
	return fine && !e->interrupted;
}

int main(int argc, char **argv)
{
	static translator t;
	const tl_cell_kind *kind = tl_cell_kind_find("gru");
	int hidden = 0, steps = 0;
	double dropout = 0.3;
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &kind, "kind of cell (gru); list: all there are"},
		{"--hidden", "N", OPTION_COUNT, &hidden, "units of each cell (128)"},
		{"--dropout", "P", OPTION_NUMBER, &dropout, "share of what is dropped (0.3)"},
		{"--steps", "N", OPTION_COUNT, &steps, "of each training, 16 verses each (6000)"},
	};
	example e = {.name = "translate",
		     .about =
			     "Learns to translate short verses from English to Spanish, with "
			     "attention and without,\nand translates some that it has not seen, or "
			     "those that are given. --resume: with what\nit has learned before.",
		     .option = options,
		     .options = sizeof options / sizeof *options,
		     .rest = "[verse ...]"};
	if (!example_begin(&e, argc, argv))
		return e.status;
	hidden = hidden ? hidden : e.quick ? 64 : 128;
	steps = steps ? steps : e.quick ? 200 : 6000;
	seq2seq net = {.kind = kind,
		       .hidden = hidden,
		       .embedding = hidden,
		       .batch = e.quick ? 64 : 16,
		       .dropout = dropout};
	if (read_verses(&t, &e)) {
		seq2seq with = net, without = net;
		with.attends = true;
		if (run(&t, &e, &with, steps) && !e.arguments && !e.quick)
			run(&t, &e, &without, steps);
	}
	tl_vocabulary_destroy(t.english);
	tl_vocabulary_destroy(t.spanish);
	pairs_finish(&t.learned);
	pairs_finish(&t.tested);
	return example_end(&e);
}
