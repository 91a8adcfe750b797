/*
 * Spelling to sound: an encoder reads the letters of an English word, a decoder writes its
 * phonemes, and before each looks back at the letters. Nobody says which letter belongs to which
 * sound; in the picture of where it looked one sees that it has found out.
 *
 * Bahdanau, Cho & Bengio 2015; for pronunciation, Toshniwal & Livescu 2016. The words are those of
 * the CMU dictionary: examples/data/get spell. Try --cell lstm, --seconds 60, and then words of
 * your own, said with what was learned:
 *
 *     spell --resume tapeloop backpropagation
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alignment.h"
#include "example.h"
#include "pairs.h"
#include "seq2seq.h"

enum { LONGEST = 32 };

typedef struct speller {
	seq2seq net;
	tl_vocabulary *letters, *sounds;
	pairs learned, tested, others; /* others: further ways to say some of these words */
} speller;

static bool read_words(speller *s, example *e)
{
	const tl_vocabulary_options letters = {.kind = TL_TOKENS_CHARACTERS},
				    sounds = {.kind = TL_TOKENS_WORDS, .special = {"<end>"}};
	tl_error error = {TL_OK, ""};
	static const char *const file[] = {"train.tsv", "test.tsv", "alternates.tsv"};
	pairs *const into[] = {&s->learned, &s->tested, &s->others};
	for (int i = 0; i < 3; i++) {
		const char *path = example_data(e, "spell", file[i]);
		if (!path)
			return false;
		if (!i) {
			s->letters = pairs_vocabulary(path, 0, &letters, &error);
			s->sounds = pairs_vocabulary(path, 1, &sounds, &error);
		}
		if (!s->letters || !s->sounds ||
		    pairs_read(into[i], path, s->letters, s->sounds, &error))
			return example_fail(e, error.text);
	}
	pairs_shuffle(&s->tested, 1); /* they are in alphabetical order */
	s->net.reads = tl_vocabulary_size(s->letters);
	s->net.writes = tl_vocabulary_size(s->sounds);
	return true;
}

static bool train(speller *s, example *e, int64_t steps, double seconds)
{
	pairs watched = pairs_part(&s->tested, 0, e->quick ? 256 : 2048);
	const tl_metadata texts[] = {{"letters", tl_vocabulary_text(s->letters)},
				     {"sounds", tl_vocabulary_text(s->sounds)}};
	tl_trainer_options o = example_training(e);
	o.steps = steps, o.seconds = seconds;
	o.texts = texts, o.text_count = 2;
	return seq2seq_train(&s->net, e, &s->learned, &watched, 2e-3, &o);
}

typedef struct score {
	const speller *of;
	const pairs *words;
	tl_error_rate sounds;
	int64_t wrong;
} score;

/* Where the dictionary has several ways to say a word, the nearest counts. */
static void judge(void *user, int64_t word, const int32_t *said, int64_t length)
{
	score *s = user;
	const pairs *p = s->words, *o = &s->of->others;
	const int64_t n = p->read.length[word];
	const int32_t *meant = p->written.each[word];
	int64_t sounds = p->written.length[word] - 1;
	int64_t least = tl_edit_distance(said, length, meant, sounds);
	for (int64_t i = 0; least > 0 && i < o->count; i++) {
		if (o->read.length[i] != n ||
		    memcmp(o->read.each[i], p->read.each[word], (size_t)n * sizeof(int32_t)))
			continue;
		int64_t other = o->written.length[i] - 1;
		int64_t d = tl_edit_distance(said, length, o->written.each[i], other);
		if (d < least)
			least = d, sounds = other;
	}
	s->sounds.edits += least, s->sounds.tokens += sounds;
	s->wrong += least > 0;
}

static bool test(speller *s, example *e, const pairs *words)
{
	score of = {.of = s, .words = words};
	if (!seq2seq_write(&s->net, e, words, 1, LONGEST, judge, &of))
		return false;
	double sounds = 100 * tl_error_rate_value(&of.sounds);
	example_figure(e, (figure){"phoneme error", sounds, .unit = "%", .most = 10,
				   .published = "5 to 6 % (Yao & Zweig 2015)"});
	example_figure(e, (figure){"word error", 100.0 * (double)of.wrong / (double)words->count,
				   .unit = "%", .most = 40,
				   .published = "23 to 29 % (Yao & Zweig 2015)"});
	example_expect(e, sounds < 75, "more than 75 % of the phonemes are wrong");
	return true;
}

/* Words of the command line, or some that were not learned. */
static bool show(speller *s, example *e)
{
	static const char *const unseen[] = {"knights", "thoroughbred", "choreography",
					     "psychotherapist"};
	const char *const *word = e->arguments ? (const char *const *)e->argument : unseen;
	return alignment_write(&s->net, e, s->letters, s->sounds, word,
			       e->arguments ? e->arguments : 4);
}

int main(int argc, char **argv)
{
	speller s = {.net = {.kind = tl_cell_kind_find("gru"),
			     .hidden = 256,
			     .embedding = 64,
			     .dropout = 0.2,
			     .attends = true}};
	double seconds = 840;
	int steps = 0;
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &s.net.kind,
		 "kind of cell (gru); list: all there are"},
		{"--hidden", "N", OPTION_COUNT, &s.net.hidden, "units of each cell (256)"},
		{"--seconds", "S", OPTION_NUMBER, &seconds, "train at most so long (840)"},
		{"--steps", "N", OPTION_COUNT, &steps, "and so many steps (6000)"},
	};
	example e = {.name = "spell",
		     .about = "Learns how English words are spoken from 105,000 of them, and says "
			      "words that it has\nnot seen, or those that are given. --resume: "
			      "says them with what it has learned before.",
		     .option = options,
		     .options = sizeof options / sizeof *options,
		     .rest = "[word ...]"};
	if (!example_begin(&e, argc, argv))
		return e.status;
	if (e.quick)
		s.net.hidden = 64, s.net.embedding = 32;
	steps = steps ? steps : e.quick ? 200 : 6000;
	if (read_words(&s, &e) && seq2seq_create(&s.net, &e)) {
		printf("%lld words; %s; %lld parameters; %d threads\n", (long long)s.learned.count,
		       s.net.kind->name, (long long)tl_params_element_count(s.net.set),
		       tl_thread_count());
		pairs tested = e.quick ? pairs_part(&s.tested, 0, 256) : s.tested;
		if (train(&s, &e, steps, seconds) && e.speaks)
			(void)((e.arguments || test(&s, &e, &tested)) && show(&s, &e));
	}
	seq2seq_destroy(&s.net);
	tl_vocabulary_destroy(s.letters);
	tl_vocabulary_destroy(s.sounds);
	pairs_finish(&s.learned);
	pairs_finish(&s.tested);
	pairs_finish(&s.others);
	return example_end(&e);
}
