/*
 * Gradients of random recurrent nets, by the compiled executor in the first rounds of a tape, with
 * each pass switched off, and with memory for time: all are those of the reference executor, and
 * these are differences of the loss.
 *
 *     fuzz_nets 5000 1          nets 1 to 5000
 *     fuzz_nets --seconds 3600  for an hour
 */
#include "fuzz/nets.h"
#include "passes/passes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 3, MOST = 4096 };

/* A loss and the block of its gradients. */
typedef struct result {
	double loss, gradient[MOST];
	int64_t count;
} result;

static void compute(const net *n, tl_tape *t, const char *what, result *r)
{
	tl_params_zero_gradients(n->set);
	tl_tape_rewind(t);
	tl_tape_set_seed(t, 1);                      /* each round has the same masks */
	tl_use(t, tl_params_find(n->set, "unused")); /* a net may have no other */
	tl_tensor loss = net_record(n, t);
	if (tl_backward(loss))
		fuzz_fail("status", "%s: %s", what, tl_tape_error(t));
	r->loss = tl_item(loss);
	const double *g = tl_params_gradients(n->set, &r->count);
	if (tl_params_error(n->set) || r->count > MOST)
		fuzz_fail("set", "%s: %s", what, tl_params_error(n->set));
	memcpy(r->gradient, g, (size_t)r->count * sizeof *g);
}

static bool close_to(double a, double b, double scale)
{
	return fabs(a - b) <= 1e-9 * fmax(1, scale);
}

static void compare(const net *n, const char *what, int round, const result *tried,
		    const result *trusted)
{
	double scale = fabs(trusted->loss);
	if (!close_to(tried->loss, trusted->loss, scale))
		fuzz_fail("loss", "%s, round %d: %.17g, the reference has %.17g", what, round,
			  tried->loss, trusted->loss);
	for (int k = 0; k < tl_params_count(n->set); k++) {
		tl_param *p = tl_params_at(n->set, k);
		tl_shape s = tl_param_shape(p);
		int64_t size = s.rank == 1 ? s.dim[0] : s.dim[0] * s.dim[1], i;
		int64_t at = (double *)tl_param_gradient(p) -
			     (double *)tl_params_gradients(n->set, NULL);
		for (scale = 0, i = at; i < at + size; i++)
			scale = fmax(scale, fabs(trusted->gradient[i]));
		for (i = at; i < at + size; i++)
			if (!close_to(tried->gradient[i], trusted->gradient[i], scale))
				fuzz_fail("gradient",
					  "%s, round %d: %s, number %ld: %.17g, the reference has "
					  "%.17g",
					  what, round, tl_param_name(p), (long)(i - at),
					  tried->gradient[i], trusted->gradient[i]);
	}
}

/* Rounds of one tape; the last has other data. */
static void check(net *n, const char *what, int recompute, int rounds, const double *data[2],
		  const result trusted[2])
{
	static result r;
	tl_tape *t = tl_tape_create(TL_F64);
	tl_tape_set_executor(t, TL_EXECUTOR_COMPILED);
	tl_tape_set_recompute(t, recompute);
	for (int round = 1; round <= rounds; round++) {
		int which = round == ROUNDS;
		n->data = data[which];
		compute(n, t, what, &r);
		compare(n, what, round, &r, &trusted[which]);
	}
	tl_tape_destroy(t);
}

static double loss_at(const net *n, double *x, double value)
{
	double before = *x;
	tl_tape *t = tl_tape_create(TL_F64);
	tl_tape_set_executor(t, TL_EXECUTOR_REFERENCE);
	tl_tape_rewind(t);
	tl_tape_set_seed(t, 1);
	*x = value;
	double loss = tl_item(net_record(n, t));
	*x = before;
	tl_tape_destroy(t);
	return loss;
}

/* Central differences of two steps, taken together: what is left goes with the fourth power. */
static double difference(const net *n, double *x, double h)
{
	double wide = (loss_at(n, x, *x + h) - loss_at(n, x, *x - h)) / (2 * h),
	       narrow = (loss_at(n, x, *x + h / 2) - loss_at(n, x, *x - h / 2)) / h;
	return (4 * narrow - wide) / 3;
}

static void check_differences(const net *n, const result *r, uint64_t key)
{
	int64_t count;
	double *x = tl_params_values(n->set, &count);
	for (int sample = 0; sample < 6 && count; sample++) {
		int64_t i = (int64_t)(fuzz_random(&key) % (uint64_t)count);
		double rough = difference(n, &x[i], 4e-3), fine = difference(n, &x[i], 1e-3),
		       scale = fmax(1, fmax(fabs(fine), fabs(r->loss)));
		if (fabs(rough - fine) > 1e-6 * scale)
			continue; /* too steep to say */
		if (fabs(fine - r->gradient[i]) > 1e-5 * scale)
			fuzz_fail("differences", "number %ld: %.17g, the reference has %.17g",
				  (long)i, fine, r->gradient[i]);
	}
}

static void reference(net *n, const double *data[2], result trusted[2])
{
	for (int i = 0; i < 2; i++) {
		tl_tape *t = tl_tape_create(TL_F64);
		tl_tape_set_executor(t, TL_EXECUTOR_REFERENCE);
		n->data = data[i];
		compute(n, t, "reference", &trusted[i]);
		tl_tape_destroy(t);
	}
	n->data = data[0];
}

static long run(const fuzz_unit *units, size_t count)
{
	static result trusted[2];
	double numbers[2][NET_DATA];
	const double *data[2] = {numbers[0], numbers[1]};
	uint64_t state = 5;
	net n;
	for (int i = 0; i < 2 * NET_DATA; i++)
		numbers[i / NET_DATA][i % NET_DATA] =
			(double)(fuzz_random(&state) % 2001) / 1000 - 1;
	if (!count)
		return 0;
	tl_params *set = tl_params_create(TL_F64);
	tl_params_add(set, "unused", tl_dims(1), tl_init_zeros());
	net_start(&n, units, count, set, data[0]);
	net_print(&n);
	reference(&n, data, trusted);
	if (isfinite(trusted[0].loss) && isfinite(trusted[1].loss)) {
		check(&n, "compiled", 0, ROUNDS, data, trusted);
		for (int i = 0; i < TL_PASS_COUNT; i++) {
			char off[64];
			if (tl_passes[i].runs == TL_PASS_ON_REQUEST)
				continue;
			snprintf(off, sizeof off, "-%s", tl_passes[i].name);
			setenv("TL_PASSES", off, 1);
			check(&n, off, 0, 2, data, trusted);
		}
		unsetenv("TL_PASSES");
		check(&n, "recompute", -1, 2, data, trusted);
		if (units[0][2] % 4 == 0)
			check_differences(&n, &trusted[0], units[0][3]);
	}
	tl_params_destroy(n.set);
	return ROUNDS + 2 * TL_PASS_COUNT;
}

static size_t expand(const fuzz_unit *from, size_t count, fuzz_unit *to)
{
	memcpy(to, from, count * FUZZ_UNIT);
	return count;
}

const fuzzer fuzz_this = {.name = "fuzz_nets", .most = 14, .expand = expand, .run = run};
