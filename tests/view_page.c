/*
 * A page of a tape of each sort, for the tests of what it says and of what a browser shows, and on
 * standard output what the tape itself says: lines "node NUMBER NAME least mean largest norm" of
 * named tensors and "gradient NAME norm" of parameters, after tl_backward on the tape.
 *
 *     view_page letters|attention|directions|numbers|slopes|nan|long [STEPS] page.html
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tapeloop/tapeloop.h>

enum { IN = 6, HIDDEN = 8, LETTERS = 128 };

static const char words[] = "the quick brown fox jumps over the lazy dog, ";

typedef struct page {
	tl_params *set;
	tl_tape *tape;
	tl_cell *cell[3];
	tl_attention *attention;
	int steps, batch;
	char text[8192];
	int32_t letter[16384], next[16384];
} page;

/* Two layers that read letters and guess the next. */
static tl_tensor letters(page *p)
{
	tl_param *E = tl_params_add(p->set, "E", tl_dims(LETTERS, IN), tl_init_normal(0, 1));
	tl_param *V =
		tl_params_add(p->set, "V", tl_dims(LETTERS, HIDDEN), tl_init_glorot_uniform());
	for (int k = 0; k < 2; k++)
		p->cell[k] =
			tl_cell_create(p->set, "lstm", k ? "layer1" : "layer0",
				       (tl_cell_options){.in = k ? HIDDEN : IN, .hidden = HIDDEN});
	tl_tensor ids = tl_input_int(p->tape, tl_dims(p->steps, p->batch), p->letter);
	tl_tensor x = tl_embedding(tl_use(p->tape, E), ids);
	for (int k = 0; k < 2; k++)
		x = tl_unroll(p->cell[k], x, NULL).h;
	x = tl_reshape(x, tl_dims((int64_t)p->steps * p->batch, HIDDEN));
	tl_tensor logits = tl_linear(x, tl_use(p->tape, V), TL_NONE);
	return tl_cross_entropy(
		logits, tl_input_int(p->tape, tl_dims((int64_t)p->steps * p->batch), p->next),
		NULL);
}

/* A decoder that looks back at what was read. */
static tl_tensor attention(page *p)
{
	tl_param *E = tl_params_add(p->set, "E", tl_dims(LETTERS, IN), tl_init_normal(0, 2));
	p->cell[0] = tl_cell_create(p->set, "gru", "encoder",
				    (tl_cell_options){.in = IN, .hidden = HIDDEN});
	p->cell[1] = tl_cell_create(p->set, "gru", "decoder",
				    (tl_cell_options){.in = HIDDEN, .hidden = HIDDEN});
	p->attention = tl_attention_create(p->set, "attention",
					   (tl_attention_options){.query_size = HIDDEN,
								  .key_size = HIDDEN,
								  .hidden_size = HIDDEN});
	tl_tensor ids = tl_input_int(p->tape, tl_dims(p->steps, p->batch), p->letter);
	tl_unrolled u = tl_unroll(p->cell[0], tl_embedding(tl_use(p->tape, E), ids), NULL);
	tl_attention_memory memory = tl_attention_prepare(p->attention, u.h, TL_NONE);
	tl_state s = u.final_state;
	tl_tensor loss = tl_scalar(p->tape, 0);
	for (int t = 0; t < p->steps; t++) {
		tl_tape_set_step(p->tape, t);
		s = tl_cell_step(p->cell[1], tl_attention_context(p->attention, s.h, &memory), s);
		loss = tl_add(loss, tl_mean(tl_square(s.h), TL_ALL));
	}
	tl_tape_set_step(p->tape, -1);
	return loss;
}

/* Both directions and a layer upon them, in scopes of long names, with names that are no letters.
 */
static tl_tensor directions(page *p)
{
	tl_param *E = tl_params_add(p->set, "E", tl_dims(LETTERS, IN), tl_init_normal(0, 1));
	for (int k = 0; k < 3; k++) {
		const char *name[] = {"forth", "back", "upon"};
		p->cell[k] = tl_cell_create(
			p->set, "gru", name[k],
			(tl_cell_options){.in = k < 2 ? IN : 2 * HIDDEN, .hidden = HIDDEN});
	}
	tl_tensor ids = tl_input_int(p->tape, tl_dims(p->steps, p->batch), p->letter);
	tl_tensor x = tl_embedding(tl_use(p->tape, E), ids);
	tl_scope_enter(p->tape, "a_model_whose_name_is_longer_than_a_lane");
	tl_scope_enter(p->tape, "and_a_part_of_it_too");
	x = tl_bidirectional(p->cell[0], p->cell[1], x, TL_MERGE_CONCAT, NULL).h;
	x = tl_tag(tl_unroll(p->cell[2], x, NULL).h, "\u202edetrevni");
	tl_scope_leave(p->tape);
	tl_scope_leave(p->tape);
	static char name[400];
	memset(name, 'n', sizeof name - 1);
	return tl_mean(tl_square(tl_tag(x, name)), TL_ALL);
}

/* A gradient that is no loss's. */
static tl_tensor slopes(page *p)
{
	tl_tensor a = tl_use(p->tape, tl_params_add(p->set, "a", TL_SCALAR, tl_init_constant(3)));
	return tl_grad(tl_mul(tl_square(a), a), a);
}

/* A few numbers, without steps: one is used twice. */
static tl_tensor numbers(page *p)
{
	tl_tensor a = tl_tag(
		tl_use(p->tape, tl_params_add(p->set, "a", TL_SCALAR, tl_init_constant(-2))), "a");
	tl_tensor b = tl_tag(
		tl_use(p->tape, tl_params_add(p->set, "b", TL_SCALAR, tl_init_constant(3))), "b");
	tl_tensor d = tl_tag(tl_mul(a, b), "d"), e = tl_tag(tl_add(a, b), "e");
	return tl_mul(d, e);
}

/* The logarithm of a state that gets below 0. */
static tl_tensor not_finite(page *p)
{
	tl_tensor x = tl_use(p->tape, tl_params_add(p->set, "x", tl_dims(4), tl_init_constant(1)));
	tl_scope_enter(p->tape, "falling");
	for (int t = 0; t < p->steps; t++) {
		tl_tape_set_step(p->tape, t);
		x = tl_tag(tl_sub(x, tl_scalar(p->tape, 0.3)), "h");
		tl_tag(tl_log(x), "log");
	}
	tl_tape_set_step(p->tape, -1);
	tl_scope_leave(p->tape);
	return tl_sum(tl_log(x), TL_ALL);
}

static void print_numbers(const char *before, const float *x, int64_t size)
{
	double least = INFINITY, largest = -INFINITY, sum = 0, squares = 0;
	for (int64_t i = 0; i < size; i++) {
		least = fmin(least, x[i]);
		largest = fmax(largest, x[i]);
		sum += x[i];
		squares += (double)x[i] * x[i];
	}
	printf("%s %.9g %.9g %.9g %.9g\n", before, least, sum / (double)size, largest,
	       sqrt(squares));
}

/* What the tape says of its states and parameters. */
static void print_tape(page *p, const char *kind, tl_tensor loss)
{
	char before[120];
	for (int t = 0; t < p->steps && strcmp(kind, "letters") == 0; t++)
		for (int k = 0; k < 2; k++) {
			tl_tensor c = tl_tape_find(p->tape, k ? "layer1" : "layer0", t, "c");
			snprintf(before, sizeof before, "node %u layer%d/%d/c", c.id, k, t);
			print_numbers(before, tl_value(c), tl_tensor_size(c));
		}
	snprintf(before, sizeof before, "node %u loss", loss.id);
	if (isfinite(tl_item(loss)))
		print_numbers(before, tl_value(loss), 1);
	tl_params_zero_gradients(p->set);
	if (tl_backward(loss))
		return;
	for (int i = 0; tl_params_at(p->set, i); i++) {
		tl_param *x = tl_params_at(p->set, i);
		tl_shape s = tl_param_shape(x);
		int64_t size = 1;
		for (int d = 0; d < s.rank; d++)
			size *= s.dim[d];
		snprintf(before, sizeof before, "gradient %s", tl_param_name(x));
		print_numbers(before, tl_param_gradient(x), size);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	static page p;
	const char *kind = argv[1];
	p = (page){.steps = argc > 3 ? atoi(argv[2]) : 12, .batch = 1};
	if (p.steps < 1 || p.steps > 8000)
		return 2;
	p.set = tl_params_create(TL_F32);
	p.tape = tl_tape_create(TL_F32);
	tl_params_set_seed(p.set, 3);
	for (int t = 0; t <= p.steps; t++)
		p.text[t] = words[t % (sizeof words - 1)];
	for (int t = 0; t < p.steps; t++) {
		p.letter[t] = p.text[t];
		p.next[t] = p.text[t + 1];
	}
	p.text[p.steps] = '\0';
	tl_tensor loss = !strcmp(kind, "attention")    ? attention(&p)
			 : !strcmp(kind, "directions") ? directions(&p)
			 : !strcmp(kind, "numbers")    ? numbers(&p)
			 : !strcmp(kind, "slopes")     ? slopes(&p)
			 : !strcmp(kind, "nan")        ? not_finite(&p)
						       : letters(&p);
	bool text = strcmp(kind, "numbers") && strcmp(kind, "nan") && strcmp(kind, "slopes");
	tl_tag(loss, "loss");
	tl_error error = {TL_OK, ""};
	tl_view_options o = {.title = kind,
			     .loss = strcmp(kind, "slopes") ? loss : TL_NONE,
			     .text = text ? p.text : NULL};
	tl_status status = tl_view_write(p.tape, argv[argc - 1], &o, &error);
	if (status)
		fprintf(stderr, "%s\n", error.text);
	else
		print_tape(&p, kind, loss);
	tl_tape_destroy(p.tape);
	for (int k = 0; k < 3; k++)
		tl_cell_destroy(p.cell[k]);
	tl_attention_destroy(p.attention);
	tl_params_destroy(p.set);
	return status != TL_OK;
}
