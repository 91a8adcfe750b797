/*
 * A kind of optimiser of your own. It is a constant struct that says which options there are, what
 * is remembered for each value, and how one value is updated, written as the equation stands in the
 * paper. The library's kinds are declared this way too:
 *
 *     enum { RATE, MU };
 *
 *     TL_OPTIMIZER_UPDATE_1(heavy_ball, v, {
 *             v = c[MU] * v + g;
 *             x -= c[RATE] * v;
 *     })
 *
 *     const tl_optimizer_kind heavy_ball_kind = {
 *             .name = "heavy_ball",
 *             .doc = "momentum: Polyak 1964",
 *             .option = {[RATE] = {"learning_rate", 0.01, TL_RANGE_NOT_NEGATIVE},
 *                        [MU] = {"momentum", 0.9, TL_RANGE_FRACTION}},
 *             .update = &heavy_ball,
 *     };
 *
 *     tl_optimizer_kind_register(&heavy_ball_kind);
 *     tl_optimizer *o = tl_optimizer_create(model, "heavy_ball momentum=0.95");
 *
 * In an update, x is the value, g its gradient, c[k] a coefficient, the slots are by their names,
 * and `real` is their type: float or double, as the set is. The library sees to the rest: no
 * gradient that is NaN or infinite comes here, frozen parameters and buffers are left out, groups
 * have coefficients of their own, and large sets are shared between threads. One value is updated
 * from its own numbers alone, for a block may be any part of the set.
 *
 * On failure: NULL or a status, as each function says.
 * Owner: a kind is the caller's and must stay until the process ends; it is not copied.
 */
#ifndef TAPELOOP_CUSTOM_OPTIM_H
#define TAPELOOP_CUSTOM_OPTIM_H

#include <math.h>
#ifdef __cplusplus
#include <cmath>
#endif

#include <tapeloop/optim.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most that a kind can have. */
enum { TL_OPTIMIZER_SLOTS = 3, TL_OPTIMIZER_OPTIONS = 10, TL_OPTIMIZER_COEFFICIENTS = 12 };

/* What an option may be. All are finite in the set's type. */
typedef enum tl_option_range {
	TL_RANGE_NOT_NEGATIVE, /* 0 or above */
	TL_RANGE_POSITIVE,     /* above 0, in the set's type too */
	TL_RANGE_FRACTION,     /* from 0 on, below 1 */
	TL_RANGE_FLAG          /* 0 or 1 */
} tl_option_range;

/* A number that a kind takes. */
typedef struct tl_optimizer_option {
	const char *name;
	double initial; /* what it is unless it is set */
	tl_option_range range;
} tl_optimizer_option;

/* Some values of the set and what belongs to them; float or double, as the function is for. */
typedef struct tl_optimizer_block {
	int64_t count;
	void *value;
	const void *gradient;
	void *slot[TL_OPTIMIZER_SLOTS];
	const double *coefficient; /* TL_OPTIMIZER_COEFFICIENTS */
	double gradient_scale;     /* gradients are multiplied by it: clipping, or 1 */
} tl_optimizer_block;

/* One equation for both types, and what it remembers. The macros below make it. */
typedef struct tl_optimizer_update {
	const char *slot[TL_OPTIMIZER_SLOTS];
	void (*f32)(const tl_optimizer_block *block);
	void (*f64)(const tl_optimizer_block *block);
} tl_optimizer_update;

/* A kind of optimiser: its options and its equation. */
struct tl_optimizer_kind {
	const char *name;
	const char *doc; /* one line with the paper, for people */
	/* Its first is learning_rate; groups change that and, if there is one, weight_decay. */
	tl_optimizer_option option[TL_OPTIMIZER_OPTIONS];
	const tl_optimizer_update *update;

	/* The rest is optional. */
	/* Another update for some options; NULL: the one above. They never change. */
	const tl_optimizer_update *(*choose)(const double *option);
	/* Returns NULL, or what is wrong with options that are each in their range. */
	const char *(*check)(const double *option);
	/* Numbers carried from step to step that depend on options and steps alone. They start as
	 * 0; this makes those of a step, which counts from 1, of those of the step before. Never of
	 * the rate or the decay, which may be changed and differ between groups. Once a step
	 * changes none of them, none after it does: resuming at a high count relies on that. */
	void (*advance)(const double *option, int64_t step,
			double carried[TL_OPTIMIZER_COEFFICIENTS]);
	/* The coefficients of a step; NULL: the options themselves. */
	void (*coefficients)(const double *option, int64_t step, const double *carried,
			     double coefficient[TL_OPTIMIZER_COEFFICIENTS]);
	/* What a slot starts as; NULL: 0. */
	double (*initial)(const double *option, int slot);
};

/* The square root in the type of its argument. */
#ifdef __cplusplus
#define TL_SQRT(x) std::sqrt(x)
#else
#define TL_SQRT(x) _Generic((x), float : sqrtf, default : sqrt)(x)
#endif

/*
 * Define the static tl_optimizer_update `name`, by the equations between the braces that are the
 * last argument; the slots are named between.
 */
#define TL_OPTIMIZER_UPDATE_0(name, ...)                                                           \
	TL_PICK_UPDATE(name, TL_PICK_NO_SLOT, , , __VA_ARGS__)                                     \
	static const tl_optimizer_update name = {{0, 0, 0}, name##_float, name##_double};
#define TL_OPTIMIZER_UPDATE_1(name, a, ...)                                                        \
	TL_PICK_UPDATE(name, TL_PICK_TAKE(a, 0), TL_PICK_READ(a), TL_PICK_KEEP(a), __VA_ARGS__)    \
	static const tl_optimizer_update name = {{#a, 0, 0}, name##_float, name##_double};
#define TL_OPTIMIZER_UPDATE_2(name, a, b, ...)                                                     \
	TL_PICK_UPDATE(name, TL_PICK_TAKE(a, 0) TL_PICK_TAKE(b, 1),                                \
		       TL_PICK_READ(a) TL_PICK_READ(b), TL_PICK_KEEP(a) TL_PICK_KEEP(b),           \
		       __VA_ARGS__)                                                                \
	static const tl_optimizer_update name = {{#a, #b, 0}, name##_float, name##_double};
#define TL_OPTIMIZER_UPDATE_3(name, a, b, d, ...)                                                  \
	TL_PICK_UPDATE(name, TL_PICK_TAKE(a, 0) TL_PICK_TAKE(b, 1) TL_PICK_TAKE(d, 2),             \
		       TL_PICK_READ(a) TL_PICK_READ(b) TL_PICK_READ(d),                            \
		       TL_PICK_KEEP(a) TL_PICK_KEEP(b) TL_PICK_KEEP(d), __VA_ARGS__)               \
	static const tl_optimizer_update name = {{#a, #b, #d}, name##_float, name##_double};

/* What these are made of */
#define TL_PICK_NO_SLOT
#define TL_PICK_TAKE(a, k) real *__restrict slot_##a = (real *)slot_at_##k;
#define TL_PICK_READ(a)    real a = slot_##a[i];
#define TL_PICK_KEEP(a)    slot_##a[i] = a;
#define TL_PICK_UPDATE(name, take, read, keep, ...)                                                \
	TL_PICK_LOOP(name, float, take, read, keep, __VA_ARGS__)                                   \
	TL_PICK_LOOP(name, double, take, read, keep, __VA_ARGS__)
/* Compilers vectorise a loop over several arrays where these are restrict parameters. */
#define TL_PICK_LOOP(name, REAL, take, read, keep, ...)                                            \
	static void name##_##REAL##_loop(const tl_optimizer_block *block,                          \
					 const void *__restrict slopes, void *__restrict values,   \
					 void *__restrict slot_at_0, void *__restrict slot_at_1,   \
					 void *__restrict slot_at_2)                               \
	{                                                                                          \
		typedef REAL real;                                                                 \
		real c[TL_OPTIMIZER_COEFFICIENTS];                                                 \
		const real scale = (real)block->gradient_scale;                                    \
		const int64_t count = block->count;                                                \
		const real *__restrict gradient = (const real *)slopes;                            \
		real *__restrict value = (real *)values;                                           \
		(void)c, (void)slot_at_0, (void)slot_at_1, (void)slot_at_2;                        \
		take for (int k = 0; k < TL_OPTIMIZER_COEFFICIENTS; k++) c[k] =                    \
			(real)block->coefficient[k];                                               \
		for (int64_t i = 0; i < count; i++) {                                              \
			const real g = gradient[i] * scale;                                        \
			real x = value[i];                                                         \
			read __VA_ARGS__ keep value[i] = x;                                        \
		}                                                                                  \
	}                                                                                          \
	static void name##_##REAL(const tl_optimizer_block *block)                                 \
	{                                                                                          \
		name##_##REAL##_loop(block, block->gradient, block->value, block->slot[0],         \
				     block->slot[1], block->slot[2]);                              \
	}

/*
 * Add your kind to those that are found by name. Not to be called while another thread looks there.
 * On failure: TL_ERROR_NAME: there is a kind of this name. TL_ERROR_ARGUMENT: it lacks a name, an
 *     update or a first option learning_rate, or an option has a name twice or a default out of its
 *     range. TL_ERROR_MEMORY.
 */
TL_API tl_status tl_optimizer_kind_register(const tl_optimizer_kind *kind);

#ifdef __cplusplus
}
#endif
#endif
