/*
 * A character is drawn, stroke by stroke, from its code: one number in, a line of points out. The
 * net says of the next point how likely it is to lie where, a mixture of Gaussians in the plane,
 * and whether the pen goes on, is lifted, or is done (Graves 2013, "Generating sequences with
 * recurrent neural networks"; three states of the pen: Ha & Eck 2017). What is drawn is drawn from
 * these chances, so that no two characters are the same.
 *
 * Try --once, where the net is told the code at the first step only and must keep it; other
 * characters; a --bias of 0.01 for a wild hand, or of 3 for a stiff one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "example.h"
#include "penforecast.h"
#include "strokes.h"

enum { BATCH = 32, CODE = 32, GAUSSIANS = 10, TESTED = 16, COLUMNS = 8 };

static const char few[] = "十大上";

typedef struct model {
	const tl_cell_kind *kind;
	const char *characters;
	int hidden;
	double bias;
	bool once;
	tl_params *set;
	tl_cell *cell;
	tl_param *E, *V, *d; /* codes to vectors; outputs to what is said of the next point */
	tl_carry writing;    /* all characters at once */
	strokes strokes;
} model;

/* Who writes the characters: another seed writes them otherwise. */
typedef struct hand {
	const strokes *strokes;
	uint64_t seed;
} hand;

static bool model_create(model *m, example *e)
{
	tl_params *set = m->set = tl_params_create(TL_F32);
	tl_params_set_seed(set, (uint64_t)e->seed);
	m->cell = example_cell(e, set, m->kind, "cell", POINT + CODE, m->hidden);
	if (!m->cell)
		return false;
	int64_t shown = tl_cell_state_shape(m->cell, 0).dim[0], said = FORECAST_SIZE(GAUSSIANS);
	m->E = tl_params_add(set, "E", tl_dims(m->strokes.count, CODE), tl_init_normal(0, 0.5));
	m->V = tl_params_add(set, "V", tl_dims(said, shown), tl_init_glorot_uniform());
	m->d = tl_params_add(set, "d", tl_dims(said), tl_init_zeros());
	m->writing = tl_carry_of(m->cell, "writing", m->strokes.count);
	return !tl_params_error(set) || example_fail(e, tl_params_error(set));
}

/* Characters written anew for each batch of an epoch. */
static tl_status fill(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	const hand *h = user;
	tl_random random = tl_random_stream(h->seed + (uint64_t)epoch, (uint64_t)index);
	return strokes_fill(batch, h->strokes, &(strokes_choice){.rows = BATCH, .amount = 1},
			    &random);
}

/* From the points before, [steps, rows, POINT], and the code; the state is carried on. */
static forecast next(const model *m, tl_tensor point, tl_tensor code, tl_carry *carry, int step)
{
	tl_tape *tape = point.tape;
	tl_tensor vector = tl_embedding(tl_use(tape, m->E), code);
	tl_unroll_options from = {.first_step = step};
	if (m->once) { /* one to many: the code at the first step, zeros after it */
		vector = tl_scale(tl_expand_dims(vector, 0), step ? 0 : 1);
		vector = tl_pad(vector, 0, 0, tl_tensor_dim(point, 0) - 1, 0);
		point = tl_concat((tl_tensor[]){point, vector}, 2, -1);
	} else { /* or at each step */
		point = tl_concat_context(point, vector);
	}
	if (carry)
		from.initial_state = tl_carry_state(carry, tape);
	tl_unrolled h = tl_unroll(m->cell, point, &from);
	if (carry)
		tl_carry_assign(carry, h.final_state);
	return forecast_of(tl_linear(h.h, tl_use(tape, m->V), tl_use(tape, m->d)), GAUSSIANS);
}

/* -log of the likelihood of a point and of what the pen does there, in the mean. */
static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	tl_tensor y = tl_batch_target(batch, tape), weight = tl_batch_weights(batch, tape);
	tl_tensor before = tl_slice(tl_pad(y, 0, 1, 0, 0), 0, 0, tl_tensor_dim(y, 0), 1);
	forecast f = next(user, before, tl_batch_input(batch, tape), NULL, 0);
	tl_tensor likely = tl_mul(weight, forecast_log_likelihood(f, y));
	return tl_neg(tl_div(tl_sum(likely, TL_ALL), tl_sum(weight, TL_ALL)));
}

static bool train(model *m, example *e, int steps)
{
	hand learned = {&m->strokes, 1000}, tested = {&m->strokes, 1}; /* others */
	tl_batches *learn = example_batches(fill, TESTED, &learned);
	tl_batches *test = example_batches(fill, TESTED, &tested);
	tl_optimizer *adam = tl_adam_create(m->set, NULL);
	tl_schedule rate = example_rate(5e-3, steps);
	tl_trainer_options o = example_training(e);
	o.loss = loss, o.user = m, o.optimizer = adam, o.schedule = &rate, o.clip_norm = 1;
	o.train = learn, o.validation = test, o.evaluate_every = steps > 10 ? steps / 10 : 1;
	o.steps = steps, o.cells = &m->cell, o.cell_count = 1;
	tl_trainer *trainer = tl_trainer_create(m->set, &o);
	bool fine = example_train(e, trainer);
	double likely = -tl_trainer_get_state(trainer).validation;
	if (fine)
		example_figure(e, (figure){"log-likelihood", likely, .unit = "nats a point"});
	tl_trainer_destroy(trainer);
	tl_optimizer_destroy(adam);
	tl_batches_destroy(learn);
	tl_batches_destroy(test);
	return fine;
}

/* All characters at once, point by point. */
static bool draw(model *m, example *e, drawing *d)
{
	static float point[MOST_ROWS * POINT]; /* the last one of each */
	static int32_t code[MOST_ROWS];
	const int64_t n = m->strokes.count;
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_random random = {.seed = (uint64_t)e->seed};
	tl_tape_set_training(tape, false);
	tl_carry_reset(&m->writing, NULL);
	for (int32_t i = 0; i < n; i++)
		code[i] = i;
	for (int t = 0, done = 0; done < n && !e->failed; t++) {
		tl_tape_rewind(tape);
		forecast f = next(m, tl_constant(tape, tl_dims(1, n, POINT), point),
				  tl_input_int(tape, tl_dims(n), code), &m->writing, t);
		if (forecast_draw(f, m->bias, &random, point) || tl_tape_commit(tape))
			example_fail(e, tl_tape_error(tape));
		done = 0;
		for (int64_t i = 0; i < n && !e->failed; i++)
			done += strokes_extend(&d[i], point + i * POINT);
	}
	tl_tape_destroy(tape);
	return !e->failed;
}

/* A sheet of all characters, and how many of them are most like what they are to be. */
static void show(model *m, example *e)
{
	static drawing d[MOST_ROWS];
	tl_error error;
	double right = 0;
	if (!draw(m, e, d))
		return;
	for (int i = 0; i < m->strokes.count; i++)
		right += strokes_nearest(&m->strokes, &d[i]) == i;
	right *= 100.0 / m->strokes.count;
	example_figure(e, (figure){"recognised", right, "%", .least = 95});
	example_expect(e, right >= 60, "less than two characters in three are recognised");
	if (strokes_write(example_path(e, ".svg"), d, m->strokes.drawing, m->strokes.count, COLUMNS,
			  &error))
		example_fail(e, error.text);
}

int main(int argc, char **argv)
{
	static model m = {.hidden = 128, .bias = 0.5};
	int steps = 0;
	m.kind = tl_cell_kind_find("lstm");
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &m.kind, "kind of cell (lstm)"},
		{"--hidden", "N", OPTION_COUNT, &m.hidden, "units (128)"},
		{"--steps", "N", OPTION_COUNT, &steps, "of training (3000)"},
		{"--characters", "TEXT", OPTION_TEXT, &m.characters, "to learn (64 simple ones)"},
		{"--once", NULL, OPTION_FLAG, &m.once, "give the code at the first step only"},
		{"--bias", "B", OPTION_NUMBER, &m.bias, "towards what is likely (0.5)"},
	};
	example e = {.name = "handwriting",
		     .about = "An LSTM draws characters, stroke by stroke, from their codes.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	if (!m.characters)
		m.characters = e.quick ? few : strokes_simple;
	if (e.quick)
		m.hidden = 64;
	steps = steps ? steps : e.quick ? 700 : 3000;
	const char *path = example_data(&e, "handwriting", "chinese.csv");
	tl_error error;
	if (path && strokes_read(&m.strokes, path, m.characters, &error))
		example_fail(&e, error.text);
	else if (path && model_create(&m, &e) && train(&m, &e, steps))
		show(&m, &e);
	tl_cell_destroy(m.cell);
	tl_params_destroy(m.set);
	strokes_finish(&m.strokes);
	return example_end(&e);
}
