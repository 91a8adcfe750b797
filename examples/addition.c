/*
 * Sums, digit by digit. An encoder reads two numbers written one above the other, a column at a
 * time, from the right as one does on paper; a decoder writes the sum, as many digits as it has.
 * It learns from numbers below 10,000. Does it add longer ones?
 *
 * That depends on how the decoder finds its column. Without attention all of the sum has to fit
 * into one vector, and in additive attention (Bahdanau, Cho & Bengio 2015) a column is found by
 * what is in it. Location-aware attention (Chorowski et al. 2015) also knows where it looked
 * before: "the next one to the left" is the same at every length. The picture shows how far each
 * gets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "example.h"
#include "pairs.h"
#include "seq2seq.h"

enum { RIGHT = 100, LEFT, COLUMNS }; /* what stands at the ends; below, a column is 10 a + b */
enum { LEARNED = 4, MOST = 8, TESTED = 1000 };

/* Sums of numbers of so many digits; 0: of 1 to LEARNED. */
static bool draw_sums(pairs *p, int64_t count, int digits, uint64_t seed)
{
	tl_random r = {.seed = seed};
	const int64_t room = MOST + 2;
	pairs_side *in = &p->read, *out = &p->written;
	if (!pairs_reserve(p, count, room))
		return false;
	for (int64_t i = 0; i < count; i++) {
		int32_t *column = in->number + i * room, *sum = out->number + i * room;
		int64_t n = digits ? digits : 1 + tl_random_below(&r, LEARNED);
		int32_t carry = 0, k = 0;
		in->each[i] = column, out->each[i] = sum;
		column[k++] = RIGHT;
		for (int64_t d = 0; d < n; d++) {
			int32_t least = d == n - 1 && n > 1; /* numbers do not begin with 0 */
			int32_t a = least + (int32_t)tl_random_below(&r, 10 - least);
			int32_t b = least + (int32_t)tl_random_below(&r, 10 - least);
			column[k++] = 10 * a + b;
			sum[d] = 1 + (a + b + carry) % 10;
			carry = (a + b + carry) / 10;
		}
		column[k++] = LEFT;
		if (carry)
			sum[n++] = 1 + 1;
		sum[n++] = SEQ2SEQ_END;
		in->length[i] = k, out->length[i] = n;
	}
	return true;
}

typedef struct way {
	const char *name;
	bool attends;
	tl_attention_score score;
	double least;       /* % of the sums of six digits that are to be exact */
	double exact[MOST]; /* % of sums that are exact, by digits */
} way;

static bool train(seq2seq *net, example *e, const way *w, int64_t steps)
{
	char path[64];
	pairs sums = {0};
	bool fine =
		draw_sums(&sums, 64000, 0, (uint64_t)e->seed) || example_fail(e, "out of memory");
	tl_trainer_options o = example_training(e);
	snprintf(path, sizeof path, "-%s.safetensors", w->name);
	o.chart = NULL, o.checkpoint = example_path(e, path), o.steps = steps;
	fine = fine && seq2seq_train(net, e, &sums, NULL, 5e-3, &o);
	pairs_finish(&sums);
	return fine;
}

typedef struct count {
	const pairs *of;
	int64_t exact;
} count;

static void compare(void *user, int64_t sum, const int32_t *written, int64_t length)
{
	count *c = user;
	const pairs_side *meant = &c->of->written;
	c->exact += length + 1 == meant->length[sum] &&
		    !memcmp(written, meant->each[sum], (size_t)length * sizeof *written);
}

static bool test(seq2seq *net, example *e, way *w)
{
	for (int digits = 1; digits <= MOST; digits++) {
		pairs sums = {0};
		count c = {.of = &sums};
		bool fine = draw_sums(&sums, TESTED, digits, 1u << 20);
		fine = fine ? seq2seq_write(net, e, &sums, 1, MOST + 4, compare, &c)
			    : example_fail(e, "out of memory");
		pairs_finish(&sums);
		if (!fine)
			return false;
		w->exact[digits - 1] = 100.0 * (double)c.exact / TESTED;
		if (e->speaks)
			printf("%d digits: %.1f %% of the sums\n", digits, w->exact[digits - 1]);
	}
	return true;
}

static bool run(example *e, way *w, const tl_cell_kind *kind, int hidden, int64_t steps)
{
	seq2seq net = {.kind = kind,
		       .hidden = hidden,
		       .embedding = hidden,
		       .reads = COLUMNS,
		       .writes = 11,
		       .attends = w->attends,
		       .score = w->score};
	char name[64];
	bool fine = seq2seq_create(&net, e) && train(&net, e, w, steps) && test(&net, e, w);
	snprintf(name, sizeof name, "six digits, attention %s", w->name);
	if (fine)
		example_figure(e, (figure){name, w->exact[5], .unit = "%", .least = w->least});
	seq2seq_destroy(&net);
	return fine;
}

static bool draw(example *e, const way *ways, int count)
{
	static const double digits[MOST] = {1, 2, 3, 4, 5, 6, 7, 8};
	tl_curve curves[3];
	for (int i = 0; i < count; i++)
		curves[i] = (tl_curve){ways[i].name, digits, ways[i].exact, MOST, .dots = true};
	const tl_chart chart = {.title = "Sums without a fault, learned from 1 to 4 digits",
				.x_name = "digits",
				.y_name = "%",
				.curves = curves,
				.curve_count = count};
	return example_chart(e, ".svg", &chart, 1, NULL);
}

int main(int argc, char **argv)
{
	static way ways[] = {{"location-aware", true, TL_SCORE_LOCATION_AWARE, .least = 99},
			     {"additive", true, TL_SCORE_ADDITIVE, .least = 0},
			     {"none", false, TL_SCORE_ADDITIVE, .least = 0}};
	const tl_cell_kind *kind = tl_cell_kind_find("gru");
	int hidden = 64, steps = 0;
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &kind, "kind of cell (gru); list: all there are"},
		{"--hidden", "N", OPTION_COUNT, &hidden, "units of each cell (64)"},
		{"--steps", "N", OPTION_COUNT, &steps, "of each training (3000)"},
	};
	example e = {.name = "addition",
		     .about = "Learns to add numbers of one to four digits, digit by digit, with "
			      "two kinds of attention and\nwithout, and is asked for longer sums.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	steps = steps ? steps : e.quick ? 400 : 3000;
	int done = 0, count = e.quick ? 1 : 3; /* the test is of the one that can do it */
	while (done < count && !e.interrupted && run(&e, &ways[done], kind, hidden, steps))
		done++;
	example_expect(&e, ways[0].exact[3] > 50,
		       "less than half of the sums of 4 digits are right");
	if (done && e.speaks)
		draw(&e, ways, done);
	return example_end(&e);
}
