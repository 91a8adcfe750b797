/* Every kind in C that the zoo has a file of, beside that file: the same parameters, starts,
 * values and gradients, whatever drives them. */
#include "zoo_pairs.h"

enum { MOST = 8192 };

/* Sides */

static tl_shape sequence_of(const tl_cell *cell)
{
	tl_shape one = tl_cell_input_shape(cell), s = {.rank = one.rank + 2};
	s.dim[0] = PAIR_STEPS;
	s.dim[1] = BENCH_BATCH;
	memcpy(s.dim + 2, one.dim, (size_t)one.rank * sizeof *one.dim);
	return s;
}

static side side_create(const tl_cell_kind *kind, tl_cell_options o)
{
	side s = {.set = tl_params_create(TL_F64)};
	s.cell = tl_cell_create_from_kind(s.set, kind, "cell", o);
	s.other = tl_cell_create_from_kind(s.set, kind, "other", o);
	ck_assert_msg(s.cell && s.other, "%s (%s): %s", kind->name,
		      tl_cell_kind_text(kind) ? "text" : "C", tl_params_error(s.set));
	int64_t width = tl_cell_state_shape(s.cell, 0).dim[0];
	int64_t in = tl_cell_input_shape(s.cell).dim[0];
	s.top = tl_cell_create(s.set, "lstm", "top",
			       (tl_cell_options){.in = 2 * width, .hidden = 3});
	s.x = tl_params_add(s.set, "x", sequence_of(s.cell), tl_init_zeros());
	s.embedding = tl_params_add(s.set, "E", tl_dims(PAIR_CLASSES, in), tl_init_zeros());
	s.V = tl_params_add(s.set, "V", tl_dims(PAIR_CLASSES, width), tl_init_zeros());
	ck_assert_msg(!tl_params_error(s.set), "%s", tl_params_error(s.set));
	return s;
}

static void side_destroy(side *s)
{
	tl_cell_destroy(s->cell), tl_cell_destroy(s->other), tl_cell_destroy(s->top);
	tl_params_destroy(s->set);
}

/* A kind in C and the same as text */
typedef struct couple {
	const zoo_pair *pair;
	tl_cell_kind *text;
	const tl_cell_kind *c;
	side of_text, of_c;
	char name[128];
} couple;

static tl_cell_options options_of(const zoo_pair *p, const tl_cell_options *more, bool text)
{
	tl_cell_options o = more ? *more : (tl_cell_options){0};
	o.in = p->in ? p->in : 3;
	o.hidden = p->hidden ? p->hidden : 4;
	o.extra = text ? NULL : p->extra;
	return o;
}

static const tl_cell_kind *in_c(const zoo_pair *p)
{
	const tl_cell_kind *kind = tl_cell_kind_find(p->kind ? p->kind : p->file);
	ck_assert_msg(kind != NULL, "there is no kind %s in C", p->kind ? p->kind : p->file);
	return kind;
}

static couple couple_create(const zoo_pair *p, const tl_cell_options *more)
{
	couple c = {.pair = p, .text = zoo_read(p->file, p->options), .c = in_c(p)};
	snprintf(c.name, sizeof c.name, "%s %s", p->file, p->options ? p->options : "");
	c.of_text = side_create(c.text, options_of(p, more, true));
	c.of_c = side_create(c.c, options_of(p, more, false));
	return c;
}

static void couple_destroy(couple *c)
{
	side_destroy(&c->of_text);
	side_destroy(&c->of_c);
	tl_cell_kind_destroy(c->text);
}

/* Parameters */

static bool is_sparse(const couple *c, const tl_param *p)
{
	return !strcmp(c->c->name, "esn") && strstr(tl_param_name(p), ".W") &&
	       !strchr(tl_param_name(p), '_');
}

static tl_param *text_of(const couple *c, const tl_param *p)
{
	tl_param *q = tl_params_find(c->of_text.set, tl_param_name(p));
	ck_assert_msg(q != NULL, "%s: the text has no %s", c->name, tl_param_name(p));
	return q;
}

static void same_parameters(const couple *c)
{
	ck_assert_msg(tl_params_count(c->of_text.set) == tl_params_count(c->of_c.set),
		      "%s: %d parameters as text, %d in C", c->name,
		      tl_params_count(c->of_text.set), tl_params_count(c->of_c.set));
	for (int k = 0; k < tl_params_count(c->of_c.set); k++) {
		tl_param *p = tl_params_at(c->of_c.set, k), *q = text_of(c, p);
		if (is_sparse(c, p))
			continue; /* C keeps the numbers that are not 0, and where they are */
		tl_shape s = tl_param_shape(p), r = tl_param_shape(q);
		ck_assert_msg(s.rank == r.rank &&
				      !memcmp(s.dim, r.dim, (size_t)s.rank * sizeof *s.dim),
			      "%s: %s has another shape", c->name, tl_param_name(p));
		ck_assert_msg(tl_param_is_buffer(p) == tl_param_is_buffer(q), "%s: %s", c->name,
			      tl_param_name(p));
	}
}

static void same_starts(const couple *c)
{
	for (int k = 0; k < tl_params_count(c->of_c.set); k++) {
		tl_param *p = tl_params_at(c->of_c.set, k), *q = text_of(c, p);
		const double *a = tl_param_value(p), *b = tl_param_value(q);
		for (int64_t i = 0; i < tl_param_size(p) && !is_sparse(c, p); i++)
			assert_quick(a[i] == b[i],
				     "%s: %s starts as %.17g, and as %.17g in C (number %d)",
				     c->name, tl_param_name(p), b[i], a[i], (int)i);
	}
}

static void same_states(const couple *c)
{
	const tl_cell *text = c->of_text.cell, *in_C = c->of_c.cell;
	ck_assert_msg(tl_cell_state_count(text) == tl_cell_state_count(in_C), "%s: %d states",
		      c->name, tl_cell_state_count(text));
	for (int k = 0; k < tl_cell_state_count(text); k++) {
		tl_shape a = tl_cell_state_shape(text, k), b = tl_cell_state_shape(in_C, k);
		ck_assert_msg(a.rank == b.rank && a.dim[0] == b.dim[0], "%s: state %d", c->name, k);
		ck_assert_str_eq(c->text->state[k], c->c->state[k]);
	}
}

/* A sparse matrix as C has it: numbers, then the columns they are in, so many a row. */
static void spread(const tl_param *sparse, tl_param *full)
{
	tl_shape s = tl_param_shape(sparse);
	int64_t n = s.dim[1], each = s.dim[2];
	const double *a = tl_param_value((tl_param *)sparse);
	double *W = tl_param_value(full);
	if (tl_param_shape(full).rank == 3) {
		memcpy(W, a, (size_t)(2 * n * each) * sizeof *a);
		return;
	}
	memset(W, 0, (size_t)(n * n) * sizeof *W);
	for (int64_t k = 0; k < n * each; k++)
		W[k / each * n + (int64_t)a[n * each + k]] += a[k];
}

/* Weights of which none is 0, the same on both sides */
static void draw(couple *c)
{
	same_parameters(c);
	bench_draw(c->of_c.set, 0.8);
	for (int k = 0; k < tl_params_count(c->of_c.set); k++) {
		tl_param *p = tl_params_at(c->of_c.set, k), *q = text_of(c, p);
		if (is_sparse(c, p))
			spread(p, q);
		else
			memcpy(tl_param_value(q), tl_param_value(p),
			       (size_t)tl_param_size(p) * sizeof(double));
	}
}

/* Drivers */

static int64_t values_of(const driver *d, side *s, bool training, const char *name, double *y)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tape_set_training(tape, training);
	tl_params_zero_gradients(s->set);
	tl_tensor all = d->run(tape, s);
	int64_t n = all.id ? tl_tensor_size(all) : 0;
	ck_assert_msg(!tl_tape_error(tape), "%s, %s: %s", name, d->name, tl_tape_error(tape));
	ck_assert_int_le(n, MOST);
	if (n) {
		tl_status status = tl_backward(bench_weigh(all));
		ck_assert_msg(status == TL_OK, "%s, %s: %s", name, d->name, tl_tape_error(tape));
		memcpy(y, tl_value_double(all), (size_t)n * sizeof *y);
	}
	tl_tape_destroy(tape);
	return n;
}

static void assert_same(const couple *c, const driver *d, const char *what, double text,
			double in_C)
{
	assert_quick(fabs(text - in_C) <= 1e-12 * fmax(1, fabs(in_C)),
		     "%s, %s, %s: %.17g as text, %.17g in C", c->name, d->name, what, text, in_C);
}

/* While training masks are drawn, in the order in which they stand on the tape. */
static void same_outcome(couple *c, const driver *d, bool training)
{
	static double text[MOST], in_C[MOST];
	int64_t n = values_of(d, &c->of_text, training, c->name, text);
	ck_assert_int_eq(values_of(d, &c->of_c, training, c->name, in_C), n);
	for (int64_t k = 0; k < n; k++)
		assert_same(c, d, "value", text[k], in_C[k]);
	for (int k = 0; n && k < tl_params_count(c->of_c.set); k++) {
		tl_param *p = tl_params_at(c->of_c.set, k), *q = text_of(c, p);
		if (tl_param_is_buffer(p))
			continue;
		const double *a = tl_param_gradient(q), *b = tl_param_gradient(p);
		for (int64_t i = 0; i < tl_param_size(p); i++)
			assert_same(c, d, tl_param_name(p), a[i], b[i]);
	}
}

/* Tests */

START_TEST(parameters_states_and_starts_are_those_of_C)
{
	for (const zoo_pair *p = zoo_pairs; p->file; p++) {
		couple c = couple_create(p, NULL);
		same_parameters(&c);
		same_states(&c);
		same_starts(&c);
		couple_destroy(&c);
	}
}
END_TEST

START_TEST(values_and_gradients_are_those_of_C)
{
	for (const zoo_pair *p = zoo_pairs; p->file; p++) {
		couple c = couple_create(p, NULL);
		draw(&c);
		for (const driver *d = drivers; d->name; d++)
			same_outcome(&c, d, d->training);
		couple_destroy(&c);
	}
}
END_TEST

START_TEST(initial_states_are_trained_alike)
{
	tl_cell_options trained = {.trainable_initial_state = true};
	for (const zoo_pair *p = zoo_pairs; p->file; p++) {
		couple c = couple_create(p, &trained);
		same_parameters(&c);
		same_starts(&c);
		draw(&c);
		same_outcome(&c, &drivers[0], false);
		couple_destroy(&c);
	}
}
END_TEST

/* A state carried from window to window, as buffers */
static void carried(side *s, double *h)
{
	tl_carry carry = tl_carry_of(s->cell, "carry", BENCH_BATCH);
	tl_tape *tape = tl_tape_create(TL_F64);
	for (int part = 0; part < 3; part++) {
		tl_tape_rewind(tape);
		tl_tensor x = tl_slice(tl_use(tape, s->x), 0, 2 * part, 2 * part + 2, 1);
		tl_unroll_options o = {.initial_state = tl_carry_state(&carry, tape),
				       .first_step = 2 * part};
		tl_carry_assign(&carry, tl_unroll(s->cell, x, &o).final_state);
		ck_assert_msg(tl_tape_commit(tape) == TL_OK, "%s", tl_tape_error(tape));
	}
	memcpy(h, tl_param_value(carry.state[0]),
	       (size_t)tl_param_size(carry.state[0]) * sizeof *h);
	tl_tape_destroy(tape);
}

START_TEST(windows_carry_the_same_state)
{
	for (const zoo_pair *p = zoo_pairs; p->file; p++) {
		couple c = couple_create(p, NULL);
		double text[256], in_C[256];
		draw(&c);
		carried(&c.of_text, text);
		carried(&c.of_c, in_C);
		int64_t n = BENCH_BATCH * tl_cell_state_shape(c.of_c.cell, 0).dim[0];
		for (int64_t k = 0; k < n; k++)
			assert_quick(fabs(text[k] - in_C[k]) <= 1e-12, "%s: %.17g, %.17g in C",
				     c.name, text[k], in_C[k]);
		couple_destroy(&c);
	}
}
END_TEST

static const struct {
	unsigned flag;
	tl_cell_options options;
} common[] = {
	{TL_OPTION_ACTIVATION, {.activation = tl_sigmoid}},
	{TL_OPTION_INPUT_INIT, {.input_init = {0}}},
	{TL_OPTION_RECURRENT_INIT, {.recurrent_init = {0}}},
	{TL_OPTION_BIAS_INIT, {.bias_init = {0}}},
	{TL_OPTION_FORGET_BIAS, {.forget_bias = 1.5}},
	{TL_OPTION_CHRONO, {.chrono = 20}},
	{TL_OPTION_UPDATE_DROPOUT, {.update_dropout = 0.4}},
};

/* Not options of text: a file has its own where it wants them. */
enum { NEVER = TL_OPTION_TWO_BIASES | TL_OPTION_LAYER_NORM };

START_TEST(the_library_s_options_act_as_they_do_in_C)
{
	for (const zoo_pair *p = zoo_pairs; p->file; p++) {
		tl_cell_kind *text = zoo_read(p->file, p->options);
		tl_cell_options o = options_of(p, NULL, true);
		unsigned by_text = tl_cell_kind_takes(text, &o);
		o.extra = p->extra;
		unsigned by_C = tl_cell_kind_takes(in_c(p), &o) & ~(unsigned)NEVER;
		ck_assert_msg((by_text & ~p->text_only) == (by_C & ~p->c_only),
			      "%s %s: takes %#x, and %#x in C", p->file,
			      p->options ? p->options : "", by_text, by_C);
		tl_cell_kind_destroy(text);
		for (size_t k = 0; k < sizeof common / sizeof *common; k++) {
			if (!(common[k].flag & by_text & by_C & ~p->differ))
				continue;
			tl_cell_options more = common[k].options;
			if (common[k].flag == TL_OPTION_INPUT_INIT)
				more.input_init = tl_init_uniform(-1, 2);
			if (common[k].flag == TL_OPTION_RECURRENT_INIT)
				more.recurrent_init = tl_init_uniform(-2, 1);
			if (common[k].flag == TL_OPTION_BIAS_INIT)
				more.bias_init = tl_init_constant(0.3);
			couple c = couple_create(p, &more);
			same_starts(&c);
			draw(&c);
			same_outcome(&c, &drivers[0], common[k].flag == TL_OPTION_UPDATE_DROPOUT);
			couple_destroy(&c);
		}
	}
}
END_TEST

static int64_t nodes_of(side *s)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor y = drivers[0].run(tape, s);
	ck_assert_msg(y.id != 0, "%s", tl_tape_error(tape));
	int64_t nodes = tl_tape_node_count(tape);
	tl_tape_destroy(tape);
	return nodes;
}

/* Recording and compiling take time by the node. */
START_TEST(a_text_records_no_more_than_C)
{
	for (const zoo_pair *p = zoo_pairs; p->file; p++) {
		couple c = couple_create(p, NULL);
		int64_t text = nodes_of(&c.of_text), in_C = nodes_of(&c.of_c);
		ck_assert_msg(text <= in_C + p->more * PAIR_STEPS, "%s: %d nodes, %d in C", c.name,
			      (int)text, (int)in_C);
		couple_destroy(&c);
	}
}
END_TEST

SUITE("zoo", a_text_records_no_more_than_C, parameters_states_and_starts_are_those_of_C,
      values_and_gradients_are_those_of_C, initial_states_are_trained_alike,
      windows_carry_the_same_state, the_library_s_options_act_as_they_do_in_C)
