/*
 * Handwritten digits (MNIST), seen in three ways: an LSTM reads a picture row by row and says at
 * the end what it was (many to one); a convolution looks first, and the LSTM reads rows of what it
 * found; the whole picture is one step (one to one).
 */
#include <stdio.h>
#include <string.h>

#include "example.h"

enum { SIDE = 28, DIGITS = 10, FILTERS = 8, KERNEL = 5, POOLED = 12 };
enum { BATCH = 50, SHOWN = 18, LEARNED = 8000, TESTED = 2000 };

typedef struct net {
	const char *name, *does;
	enum { ROWS, CONVOLUTION, AT_ONCE } sees;
	tl_params *set;
	tl_cell *cell;
	tl_param *K, *k, *V, *b; /* filters; what is read out */
	tl_tensor scores;        /* of the batch whose loss was recorded last */
} net;

typedef struct images {
	tl_array pixels, labels;
} images;

static bool read_images(example *e, images *i, const char *pixels, const char *labels)
{
	tl_error error = {TL_OK, ""};
	const char *path = example_data(e, "digits", pixels);
	i->pixels = path ? tl_idx_read(path, TL_IDX_FRACTIONS, &error) : (tl_array){0};
	path = path ? example_data(e, "digits", labels) : NULL;
	i->labels = path ? tl_idx_read(path, TL_IDX_EXACT, &error) : (tl_array){0};
	return (i->pixels.data && i->labels.data) || example_fail(e, error.text);
}

static tl_batches *batches(const example *e, const images *i, int64_t count, bool test)
{
	const tl_sequences pixels = {.data = i->pixels.data, .shape = tl_dims(SIDE), .steps = SIDE};
	const tl_sequences label = {.data = i->labels.data, .dtype = TL_I32};
	const tl_sequences_options o = {count,         pixels,           label,
					.rows = BATCH, .in_order = test, .seed = (uint64_t)e->seed};
	return tl_batches_of_sequences(&o, NULL);
}

static bool net_create(net *n, example *e)
{
	const int64_t in[] = {SIDE, FILTERS * POOLED, SIDE * SIDE};
	tl_params *set = n->set = tl_params_create(TL_F32);
	tl_params_set_seed(set, (uint64_t)e->seed);
	if (n->sees == CONVOLUTION) {
		n->K = tl_params_add(set, "K", tl_dims(FILTERS, 1, KERNEL, KERNEL),
				     tl_init_he_normal());
		n->k = tl_params_add(set, "k", tl_dims(FILTERS, 1, 1), tl_init_zeros());
	}
	int64_t units = e->quick ? 32 : 128;
	n->cell = example_cell(e, set, tl_cell_kind_find("lstm"), "cell", in[n->sees], units);
	n->V = tl_params_add(set, "V", tl_dims(DIGITS, units), tl_init_glorot_uniform());
	n->b = tl_params_add(set, "b", tl_dims(DIGITS), tl_init_zeros());
	return n->cell && (!tl_params_error(set) || example_fail(e, tl_params_error(set)));
}

/* What the cell reads of pictures [SIDE rows, batch, SIDE]: [steps, batch, numbers of a step]. */
static tl_tensor look(const net *n, tl_tensor x)
{
	int64_t batch = tl_tensor_shape(x).dim[1];
	if (n->sees == ROWS)
		return x;
	tl_tensor picture = tl_permute(x, (const int[]){1, 0, 2});
	if (n->sees == AT_ONCE)
		return tl_reshape(picture, tl_dims(1, batch, SIDE * SIDE));
	tl_tensor found = tl_conv2d(tl_expand_dims(picture, 1), tl_use(x.tape, n->K), NULL);
	found = tl_relu(tl_add(found, tl_use(x.tape, n->k)));
	found = tl_max_pool2d(found, (const int64_t[]){2, 2}, NULL);
	found = tl_permute(found, (const int[]){2, 0, 1, 3});
	return tl_reshape(found, tl_dims(POOLED, batch, FILTERS * POOLED));
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	net *n = user;
	tl_tensor h = tl_unroll(n->cell, look(n, tl_batch_input(batch, tape)), NULL).final_state.h;
	n->scores = tl_linear(tl_dropout(h, 0.3), tl_use(tape, n->V), tl_use(tape, n->b));
	return tl_cross_entropy(n->scores, tl_batch_target(batch, tape), NULL);
}

static double accuracy(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	const net *n = user;
	const float *scores = tl_value(n->scores);
	tl_accuracy a = {0};
	(void)tape, (void)weight;
	if (scores)
		tl_accuracy_add_scores(&a, scores, DIGITS, batch->target.data, NULL, batch->rows);
	return tl_accuracy_value(&a);
}

/* Returns the share of the test that it reads right. */
static double train(net *n, example *e, tl_batches *learned, tl_batches *test)
{
	double right = 0;
	const tl_metric metric = {.name = "right", .of = accuracy, .higher_is_better = true};
	int64_t steps = (e->quick ? 2 : 15) * tl_batches_count(learned, 0);
	tl_schedule rate = example_rate(4e-3, steps);
	tl_optimizer *adam = tl_adam_create(n->set, NULL);
	tl_trainer_options o = example_training_of(e, n->name);
	o.loss = loss, o.user = n, o.optimizer = adam, o.schedule = &rate, o.clip_norm = 1;
	o.train = learned, o.validation = test, o.steps = steps;
	o.metrics = &metric, o.metric_count = 1;
	o.cells = &n->cell, o.cell_count = 1;
	tl_trainer *trainer = tl_trainer_create(n->set, &o);
	if (example_train(e, trainer))
		tl_trainer_evaluate(trainer, test, &right);
	tl_trainer_destroy(trainer);
	tl_optimizer_destroy(adam);
	return right;
}

/* Pictures of the test that it takes for something else. */
static void draw_wrong(net *n, example *e, const images *test, tl_batches *source)
{
	static char name[SHOWN][32];
	static float paper[SHOWN][SIDE * SIDE]; /* white is 1, and ink 0 */
	tl_image image[SHOWN];
	char file[64];
	int shown = 0;
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_batch *batch = tl_batch_create();
	tl_tape_set_training(tape, false);
	for (int64_t i = 0; i < tl_batches_count(source, 0) && shown < SHOWN; i++) {
		tl_tape_rewind(tape);
		if (tl_batches_fill(source, 0, i, batch, NULL))
			break;
		loss(tape, batch, n);
		const int32_t *said = tl_value_int(tl_argmax(n->scores, 1)),
			      *is = batch->target.data;
		for (int b = 0; said && b < batch->rows && shown < SHOWN; b++) {
			const float *ink =
				(float *)test->pixels.data + batch->example[b] * SIDE * SIDE;
			if (said[b] == is[b])
				continue;
			snprintf(name[shown], sizeof *name, "%d, said %d", is[b], said[b]);
			for (int k = 0; k < SIDE * SIDE; k++)
				paper[shown][k] = 1 - ink[k];
			image[shown] = (tl_image){name[shown], paper[shown], SIDE, SIDE};
			shown++;
		}
	}
	const tl_chart chart = {"Digits of the test that it mistakes", .images = image,
				.image_count = shown};
	snprintf(file, sizeof file, "-%s.svg", n->name);
	example_chart(e, file, &chart, 1, NULL);
	tl_batch_destroy(batch);
	tl_tape_destroy(tape);
}

int main(int argc, char **argv)
{
	net nets[] = {{"rows", "reads them row by row", .sees = ROWS},
		      {"convolution", "looks with a convolution first", .sees = CONVOLUTION},
		      {"one", "sees them in one step", .sees = AT_ONCE}};
	const char *only = NULL;
	const option own[] = {
		{"--net", "NAME", OPTION_TEXT, &only, "rows, convolution or one (all)"}};
	example e = {.name = "digits",
		     .about = "An LSTM reads handwritten digits (examples/data/get digits).",
		     .option = own,
		     .options = 1};
	if (!example_begin(&e, argc, argv))
		return e.status;
	images learned = {0}, test = {0};
	bool fine = read_images(&e, &learned, "train-images.idx", "train-labels.idx") &&
		    read_images(&e, &test, "test-images.idx", "test-labels.idx");
	tl_batches *from = fine ? batches(&e, &learned, e.quick ? 2000 : LEARNED, false) : NULL;
	tl_batches *held = fine ? batches(&e, &test, TESTED, true) : NULL;
	for (size_t i = 0; i < sizeof nets / sizeof *nets && fine && !e.interrupted; i++) {
		net *n = &nets[i];
		if (only && strcmp(only, n->name))
			continue;
		printf("a net that %s:\n", n->does);
		fine = net_create(n, &e);
		double right = fine ? train(n, &e, from, held) : 0;
		if (fine && !e.failed)
			example_figure(&e, (figure){n->does, 100 * right, .unit = "% right",
						    .least = n->sees == AT_ONCE ? 0 : 97});
		example_expect(&e, right > 0.35, "it reads fewer than 35 % right");
		if (fine && e.speaks)
			draw_wrong(n, &e, &test, held);
		tl_cell_destroy(n->cell);
		tl_params_destroy(n->set);
	}
	tl_batches_destroy(from);
	tl_batches_destroy(held);
	tl_pixels_free(&learned.pixels);
	tl_pixels_free(&learned.labels);
	tl_pixels_free(&test.pixels);
	tl_pixels_free(&test.labels);
	return example_end(&e);
}
