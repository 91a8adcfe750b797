/* An encoder, a decoder, and what lies between them. */
#include "seq2seq.h"

#include <stdlib.h>
#include <string.h>

enum { FORWARDS, BACKWARDS, WRITER };
enum { ROWS = 128 }; /* that are written at once */

bool seq2seq_create(seq2seq *s, example *e)
{
	tl_params *set = s->set = tl_params_create(TL_F32);
	tl_params_set_seed(set, (uint64_t)e->seed);
	s->cell[FORWARDS] = example_cell(e, set, s->kind, "forwards", s->embedding, s->hidden);
	s->cell[BACKWARDS] = example_cell(e, set, s->kind, "backwards", s->embedding, s->hidden);
	if (!s->cell[FORWARDS] || !s->cell[BACKWARDS])
		return false;
	int64_t n = tl_cell_state_shape(s->cell[FORWARDS], 0).dim[0], E = s->embedding;
	s->cell[WRITER] = example_cell(e, set, s->kind, "writer", E + 2 * n, s->hidden);
	if (s->attends)
		s->attention = tl_attention_create(
			set, "attention",
			(tl_attention_options){s->score, n, .key_size = 2 * n, .hidden_size = n});
	s->read_vectors = tl_params_add(set, "read", tl_dims(s->reads, E), tl_init_normal(0, 0.5));
	/* One more than can be written: what stands before the first. */
	s->written_vectors =
		tl_params_add(set, "written", tl_dims(s->writes + 1, E), tl_init_normal(0, 0.5));
	s->start = tl_params_add(set, "start", tl_dims(n, 2 * n), tl_init_glorot_uniform());
	s->W = tl_params_add(set, "W", tl_dims(n, 3 * n), tl_init_glorot_uniform());
	s->V = tl_params_add(set, "V", tl_dims(s->writes, n), tl_init_glorot_uniform());
	s->b = tl_params_add(set, "b", tl_dims(s->writes), tl_init_zeros());
	return !tl_params_error(set) || example_fail(e, tl_params_error(set));
}

void seq2seq_destroy(seq2seq *s)
{
	for (int i = 0; i < 3; i++)
		tl_cell_destroy(s->cell[i]);
	tl_attention_destroy(s->attention);
	tl_params_destroy(s->set);
}

/* The decoder begins with what both directions know at their ends. */
tl_state seq2seq_read(seq2seq *s, tl_tensor token, tl_tensor lengths)
{
	tl_tape *tape = token.tape;
	tl_tensor x = tl_embedding(tl_use(tape, s->read_vectors), token);
	tl_unroll_options o = {.lengths = lengths};
	tl_unrolled y = tl_bidirectional(s->cell[FORWARDS], s->cell[BACKWARDS],
					 tl_dropout(x, s->dropout), TL_MERGE_CONCAT, &o);
	tl_tensor ends[] = {y.final_state.h, y.final_state_backward.h};
	s->context = tl_concat(ends, 2, 1);
	if (s->attends)
		s->memory = tl_attention_prepare(s->attention, y.h, lengths);
	tl_tensor start = tl_linear(s->context, tl_use(tape, s->start), TL_NONE);
	return tl_cell_initial_state_from(s->cell[WRITER], tl_tanh(start));
}

/* Beam search writes several sequences at once, all from the one that was read. */
static tl_tensor repeated(tl_tensor x, int axis, int64_t rows)
{
	tl_shape shape = tl_tensor_shape(x);
	if (tl_tensor_is_none(x) || shape.dim[axis] == rows)
		return x;
	shape.dim[axis] = rows;
	return tl_broadcast_to(x, shape);
}

/* What the decoder knows of the input at this step: c of the paper's equation 5. */
static tl_tensor context_of(seq2seq *s, tl_tensor state, int64_t rows)
{
	tl_attention_memory m = s->memory;
	if (!s->attends)
		return repeated(s->context, 0, rows);
	m.keys = repeated(m.keys, 1, rows);
	m.projected = repeated(m.projected, 1, rows);
	m.mask = repeated(m.mask, 1, rows);
	tl_tensor context = tl_attention_context(s->attention, state, &m);
	s->memory.weights = m.weights;
	return context;
}

static tl_tensor write_one(tl_tape *tape, void *user, tl_tensor last, tl_state *state)
{
	seq2seq *s = user;
	tl_tensor x = tl_embedding(tl_use(tape, s->written_vectors), last);
	tl_tensor c = context_of(s, state->h, tl_tensor_dim(last, 0));
	*state = tl_cell_step(s->cell[WRITER],
			      tl_concat((tl_tensor[]){tl_dropout(x, s->dropout), c}, 2, 1), *state);
	tl_tensor known = tl_concat((tl_tensor[]){state->h, c}, 2, 1);
	tl_tensor y = tl_tanh(tl_linear(known, tl_use(tape, s->W), TL_NONE));
	return tl_linear(tl_dropout(y, s->dropout), tl_use(tape, s->V), tl_use(tape, s->b));
}

tl_decoder seq2seq_decoder(seq2seq *s)
{
	return (tl_decoder){
		.step = write_one, .user = s, .start_token = s->writes, .end_token = SEQ2SEQ_END};
}

tl_tensor seq2seq_loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	tl_decoder d = seq2seq_decoder(user);
	tl_state start =
		seq2seq_read(user, tl_batch_input(batch, tape), tl_batch_lengths(batch, tape));
	tl_tensor target = tl_batch_target(batch, tape);
	tl_tensor scores = tl_decoder_teacher_force(&d, target, start, NULL, NULL);
	return tl_cross_entropy(
		scores, target,
		&(tl_cross_entropy_options){.weight = tl_batch_weights(batch, tape)});
}

bool seq2seq_train(seq2seq *s, example *e, const pairs *learned, const pairs *watched, double rate,
		   tl_trainer_options *o)
{
	tl_error error = {TL_OK, "out of memory"};
	int64_t rows = s->batch ? s->batch : 64;
	tl_batches *learn = pairs_batches(learned, rows, true, (uint64_t)e->seed, &error);
	tl_batches *watch = watched ? pairs_batches(watched, rows, false, 0, &error) : NULL;
	tl_optimizer *adam = tl_adam_create(s->set, NULL);
	tl_schedule schedule = example_rate(rate, o->steps);
	o->loss = seq2seq_loss, o->user = s, o->optimizer = adam, o->schedule = &schedule;
	o->train = learn, o->validation = watch, o->clip_norm = 1;
	if (watch)
		o->evaluate_every = o->steps > 10 ? o->steps / 10 : 1;
	o->cells = s->cell, o->cell_count = 3;
	tl_trainer *trainer = learn && (watch || !watched) ? tl_trainer_create(s->set, o) : NULL;
	bool fine = trainer ? example_train(e, trainer) : example_fail(e, error.text);
	tl_trainer_destroy(trainer);
	tl_optimizer_destroy(adam);
	tl_batches_destroy(learn);
	tl_batches_destroy(watch);
	return fine;
}

/* Greedily, for many at once. */
static bool write_batch(seq2seq *s, tl_tape *tape, const tl_batch *batch, int most, int32_t *token,
			int32_t *length)
{
	tl_decoder d = seq2seq_decoder(s);
	tl_tape_rewind(tape);
	tl_state start =
		seq2seq_read(s, tl_batch_input(batch, tape), tl_batch_lengths(batch, tape));
	return !tl_decoder_generate(&d, start, most, NULL, token, length);
}

/* Beam search, for one. */
static bool write_search(seq2seq *s, tl_tape *tape, const pairs *p, int64_t example, int beam,
			 int most, int32_t *token, int32_t *length)
{
	tl_decoder d = seq2seq_decoder(s);
	tl_hypothesis best = {.tokens = token};
	tl_beam_search_options o = {.beam_width = beam, .length_penalty = 0.6};
	tl_shape shape = tl_dims(p->read.length[example], 1);
	tl_tape_rewind(tape);
	tl_tensor read = tl_input_int(tape, shape, p->read.each[example]);
	int found = tl_decoder_beam_search(&d, seq2seq_read(s, read, TL_NONE), most, o, &best, 1);
	*length = best.length;
	return found == 1;
}

static bool greedily(seq2seq *s, tl_tape *tape, const pairs *p, int most, int32_t *token,
		     seq2seq_written *written, void *user)
{
	int32_t length[ROWS];
	tl_batch *batch = tl_batch_create();
	tl_batches *source = pairs_batches(p, ROWS, false, 0, NULL);
	bool fine = batch && source;
	for (int64_t i = 0; fine && i < tl_batches_count(source, 0); i++) {
		fine = !tl_batches_fill(source, 0, i, batch, NULL) &&
		       write_batch(s, tape, batch, most, token, length);
		for (int64_t r = 0; fine && r < batch->rows; r++)
			written(user, batch->example[r], token + r * most, length[r]);
	}
	tl_tape_rewind(tape); /* it knows the batch */
	tl_batches_destroy(source);
	tl_batch_destroy(batch);
	return fine;
}

bool seq2seq_write(seq2seq *s, example *e, const pairs *p, int beam, int most,
		   seq2seq_written *written, void *user)
{
	int32_t length, *token = malloc((size_t)most * ROWS * sizeof *token);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_training(tape, false);
	bool fine = token && (beam > 1 || greedily(s, tape, p, most, token, written, user));
	for (int64_t i = 0; fine && beam > 1 && i < p->count; i++) {
		fine = write_search(s, tape, p, i, beam, most, token, &length);
		if (fine)
			written(user, i, token, length);
	}
	const char *why = tl_tape_error(tape);
	if (!fine)
		example_fail(e, why ? why : "out of memory");
	tl_tape_destroy(tape);
	free(token);
	return fine;
}

float *seq2seq_alignment(seq2seq *s, example *e, const int32_t *read, int64_t length,
			 const int32_t *written, int64_t steps)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_training(tape, false);
	size_t row = (size_t)length * sizeof(float);
	float *share = malloc((size_t)steps * row + 1);
	int32_t last = s->writes;
	tl_state state = seq2seq_read(s, tl_input_int(tape, tl_dims(length, 1), read), TL_NONE);
	bool fine = share;
	for (int64_t i = 0; fine && i < steps; i++) {
		write_one(tape, s, tl_constant_int(tape, tl_dims(1), &last), &state);
		const float *look = tl_value(s->memory.weights);
		fine = look;
		if (fine)
			memcpy(share + i * length, look, row);
		last = written[i];
	}
	if (!fine) {
		example_fail(e, tl_tape_error(tape) ? tl_tape_error(tape) : "out of memory");
		free(share);
		share = NULL;
	}
	tl_tape_destroy(tape);
	return share;
}
