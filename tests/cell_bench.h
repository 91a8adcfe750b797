/* A cell on the bench: of any registered kind, small, with weights drawn so that nothing is zero.
 */
#ifndef TL_TESTS_CELL_BENCH_H
#define TL_TESTS_CELL_BENCH_H

#include "suite.h"

enum { BENCH_BATCH = 3, BENCH_STEPS = 3 };

typedef struct bench {
	tl_params *set;
	tl_cell *cell;
	tl_param *x; /* the inputs, [steps, batch, ...], as a parameter so that their gradient is
			seen */
	int steps;
} bench;

static inline tl_cell_options bench_options(const tl_cell_kind *kind)
{
	return kind->example ? *kind->example : (tl_cell_options){.in = 3, .hidden = 4};
}

/* A number in [-1, 1] for every (a, b). */
static inline double bench_number(unsigned a, unsigned b)
{
	unsigned z = (a * 2654435761u) ^ (b * 40503u + 12345u);
	z = (z ^ (z >> 15)) * 2246822519u;
	z = (z ^ (z >> 13)) * 3266489917u;
	return (double)(z ^ (z >> 16)) / 2147483647.5 - 1;
}

static inline void bench_draw(tl_params *set, double size)
{
	for (int i = 0; i < tl_params_count(set); i++) {
		tl_param *p = tl_params_at(set, i);
		tl_shape s = tl_param_shape(p);
		int64_t n = 1;
		for (int k = 0; k < s.rank; k++)
			n *= s.dim[k];
		for (int64_t k = 0; k < n && tl_param_is_trainable(p); k++) {
			double value = size * bench_number((unsigned)i + 1, (unsigned)k);
			if (tl_params_dtype(set) == TL_F64)
				((double *)tl_param_value(p))[k] = value;
			else
				((float *)tl_param_value(p))[k] = (float)value;
		}
	}
}

static inline bench bench_create(const tl_cell_kind *kind, tl_cell_options options, tl_dtype dtype,
				 int steps)
{
	bench b = {.set = tl_params_create(dtype), .steps = steps};
	b.cell = tl_cell_create_from_kind(b.set, kind, "cell", options);
	ck_assert_msg(b.cell != NULL, "%s: %s", kind->name, tl_params_error(b.set));
	tl_shape one = tl_cell_input_shape(b.cell), shape = {.rank = one.rank + 2};
	shape.dim[0] = steps;
	shape.dim[1] = BENCH_BATCH;
	for (int i = 0; i < one.rank; i++)
		shape.dim[i + 2] = one.dim[i];
	b.x = tl_params_add(b.set, "x", shape, tl_init_zeros());
	ck_assert_msg(b.x != NULL, "%s: %s", kind->name, tl_params_error(b.set));
	bench_draw(b.set, 0.8);
	return b;
}

static inline void bench_destroy(bench *b)
{
	tl_cell_destroy(b->cell);
	tl_params_destroy(b->set);
}

/* A sum in which each element has its own weight. */
static inline tl_tensor bench_weigh(tl_tensor y)
{
	float weight[1024];
	int64_t size = tl_tensor_size(y);
	ck_assert_int_le(size, 1024);
	for (int64_t i = 0; i < size; i++)
		weight[i] = (float)bench_number(77, (unsigned)i);
	return tl_sum(tl_mul(y, tl_constant(y.tape, tl_tensor_shape(y), weight)), TL_ALL);
}

/* All states of all steps count. */
static inline tl_tensor bench_loss(tl_tape *tape, void *user)
{
	const bench *b = user;
	tl_tensor x = tl_use(tape, b->x), loss = tl_scalar(tape, 0);
	tl_state s = tl_cell_initial_state(b->cell, tape, BENCH_BATCH);
	for (int t = 0; t < b->steps; t++) {
		tl_tape_set_step(tape, t);
		s = tl_cell_step(b->cell, tl_at(x, t), s);
		for (int k = 0; k < s.count && !tl_tape_error(tape); k++)
			loss = tl_add(loss,
				      tl_scale(bench_weigh(*tl_state_at(&s, k)), 1 + 0.3 * k));
	}
	return loss;
}

#endif
