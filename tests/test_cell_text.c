/* Cells as text: what is refused and how that is said, one form for all spellings, memory, and that
 * a kind outlives what it was made of. Which values come out is test_zoo's. */
#include "counting.h"
#include "scratch.h"
#include "suite.h"

#include <tapeloop/tapeloop.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char peephole[] = "# Gers & Schmidhuber 2000: the gates also see the cell state.\n"
			       "cell peephole\n"
			       "state h, c\n"
			       "\n"
			       "i  = σ(W_i x + U_i h + p_i ⊙ c + b_i)\n"
			       "f  = σ(W_f x + U_f h + p_f ⊙ c + b_f)\n"
			       "g  = tanh(W_g x + U_g h + b_g)\n"
			       "c' = f ⊙ c + i ⊙ g\n"
			       "o  = σ(W_o x + U_o h + p_o ⊙ c' + b_o)\n"
			       "h' = o ⊙ tanh(c')\n";

/* Wrong lines in a cell that is fine without them, and what must be said of each. */
static const struct wrong_text {
	const char *text, *place, *says[3];
} wrong[] = {
	{"state h, c\nc' = f c\nf = σ(W x)\nh' = c'",
	 "text:3:6:",
	 {"f is used here and defined later"}},
	{"state h, c\nf = σ(W x)\nc' = f c\nh' = c'",
	 "text:4:6:",
	 {"f and c are vectors", "unit by unit: f ⊙ c", "fᵀ c"}},
	{"state h\nh' = σ(W_i * x + U_i h)",
	 "text:3:8:",
	 {"W_i is a matrix and x a vector", "no sign: W_i x"}},
	{"state h\nh' = W_f h + W_f x", "text:3:", {"W_f is [?, hidden] at 3:6", "x here is [in]"}},
	{"state h, c\nc' = W_i x\nh' = W_i x",
	 "text:4:6:",
	 {"W_i stands in two equations (also 3:6)", "weight W_i"}},
	{"state h, c\nc' = W x\nh' = f ⊙ c'", "text:4:6:", {"nothing defines f", "weight f"}},
	{"state h, c\ncc = W x\nc' = cc\nh' = cd",
	 "text:5:6:",
	 {"nothing defines cd", "c? small names"}},
	{"state h\nh' = sigmod(W x)", "text:3:6:", {"there is no function sigmod", "sigmoid"}},
	{"state h\nh' = tanh W x", "text:3:6:", {"tanh needs its argument in parentheses"}},
	{"state h\nh' = Tanh(W x)",
	 "text:3:6:",
	 {"Tanh would be a matrix", "the function is tanh"}},
	{"state h\no = σ(W x)\nh' = o'", "text:4:6:", {"o is not a state"}},
	{"state h, c\nh' = tanh(c')\nc' = W x",
	 "text:3:11:",
	 {"c' is used here and defined later, at line 4", "move line 4 up"}},
	{"state h, c\nh' = W x", "text:2:10:", {"state c gets no new value", "c' = c"}},
	{"state h\ni = σ(W_i x)\ni = σ(W_u x)\nh' = i",
	 "text:4:1:",
	 {"i is already defined at line 3"}},
	{"state h\nh' = W_1 tanh(W_2 x)", "text:3:", {"is not determined", "m : [64]"}},
	{"state h, c\nc' = x + U h\nh' = c'",
	 "text:3:6:",
	 {"x + U h is [in], and the state c is [hidden]", "a matrix"}},
	{"state h\noption dt = 1\nv = W x / 2 dt\nh' = v",
	 "text:4:5:",
	 {"two ways", "(W x / 2) dt"}},
	{"state h, C : [hidden, hidden]\nk = W x\nC' = C ⊙ k\nh' = k",
	 "text:4:6:",
	 {"C is [hidden, hidden] and k is [?]", "C ⊙ kᵀ"}},
	{"state h\nz = W [x, h]\nh' = z", "text:3:9:", {"semicolon", "[x; h]"}},
	{"state h, c\nf = σ(W x)\nc' = f ∘ c\nh' = c'",
	 "text:4:8:",
	 {"unknown sign ∘ (U+2218)", "⊙ or *"}},
	{"state h, c\nс' = W x\nh' = c", "text:3:1:", {"с is Cyrillic (U+0441), not the Latin c"}},
	{"state h\nk = h[t + 1]\nh' = k",
	 "text:3:7:",
	 {"h[t + 1] is not known yet at step t", "h[t - 1]"}},
	{"state h\ns = Σ(h)\nh' = s", "text:3:5:", {"Σ would be a matrix", "sum(v)"}},
	{"option open = 1.5\nrequire 0 < open ≤ 1\nstate h\nh' = W x",
	 "text:3:9:",
	 {"open = 1.5", "required"}},
	{"state h, c\npart(v) = σ(W v)\nc' = part(x)\nh' = part(c')",
	 "text:3:13:",
	 {"each call of this function would share W", "weight W"}},
	{"state h\nh' = W x +", "text:3:11:", {"a value is expected"}},
	{"state h\n\th' = W x", "text:3:1:", {"a tab"}},
	{"state h\nh' = \"x\"", "text:3:6:", {"unknown sign"}},
	/* an overlong zero, half a pair, and past the last code point */
	{"state h\nh' = \xe0\x80\x80", "text:3:6:", {"this is no UTF-8"}},
	{"state h\nh' = \xed\xa0\x80", "text:3:6:", {"this is no UTF-8"}},
	{"state h\nh' = \xf4\x90\x80\x80", "text:3:6:", {"this is no UTF-8"}},
	{"state h\nh' = W x if 1 else x", "text:3:13:", {"no condition"}},
	{"state h\nfor k = 1..2:\nh' = W x", "text:4:1:", {"indented"}},
	{"state h\nh' = sum(h for each child)", "text:3:10:", {"tree"}},
	{"tree\nstate h\nh' = h", "text:4:6:", {"child"}},
	{"state h\noption k = 3\nstate k\nh' = W x", "text:4:7:", {"has a meaning already"}},
	{"option n = false\nstate h\nn(a) = 2 a\nh' = n(W x)",
	 "text:4:1:",
	 {"n has a meaning already"}},
	{"state h\nn(a) = 2 a\nn(a) = 3 a\nh' = n(W x)", "text:4:1:", {"n has a meaning already"}},
	{"state h\nweight b = -log(uniform(0, 1))\nh' = W x + b",
	 "text:3:17:",
	 {"is how a weight starts", "fixed v = uniform"}},
	{"state h\nweight b = logistic(0, 1)\nh' = W x + b",
	 "text:3:12:",
	 {"no weight starts as logistic", "normal(m, s)"}},
	{"state h\nweight b = uniform(1, hidden)\nh' = W x + b",
	 "text:3:23:",
	 {"not known when the text is read"}},
	{"state h, c\nh' = tanh(c')", "text:2:10:", {"state c gets no new value", "c' = c"}},
	{"state h\nweight W_j\nh' = W x", "text:3:8:", {"W_j stands in no equation"}},
	{"state h : [64]\nh' = W h[2:1.5]", "text:3:8:", {"a size here is"}},
	{"state h\nh' = max(h, 3, [1, 2])", "text:3:", {"semicolon"}},
	{"option a = 1e999\nstate h\nh' = W x", "text:2:12:", {"too large"}},
	{"state h\nh' = h + 1 / 0 ", "text:3:10:", {"no finite value"}},
};

START_TEST(wrong_texts)
{
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char text[400];
		tl_error error = {TL_OK, ""};
		snprintf(text, sizeof text, "cell a\n%s\n", wrong[i].text);
		tl_cell_kind *kind = tl_cell_parse(text, NULL, NULL, &error);
		ck_assert_msg(!kind, "taken:\n%s", text);
		ck_assert_int_eq(error.status, TL_ERROR_ARGUMENT);
		ck_assert_msg(!strncmp(error.text, wrong[i].place, strlen(wrong[i].place)),
			      "not at %s:\n%s", wrong[i].place, error.text);
		ck_assert_msg(strstr(error.text, "\n    ") && strchr(error.text, '^'),
			      "no caret:\n%s", error.text);
		for (int k = 0; k < 3 && wrong[i].says[k]; k++)
			ck_assert_msg(strstr(error.text, wrong[i].says[k]) != NULL,
				      "does not say \"%s\":\n%s", wrong[i].says[k], error.text);
	}
}
END_TEST

START_TEST(wrong_options)
{
	static const char text[] =
		"cell a\noption leak = 0.5, period = [1, 2], timed = false, φ = tanh\nstate h\n"
		"h' = leak φ(W x) if timed else W x + period[1]\n";
	static const struct {
		const char *options, *says;
	} cases[] = {
		{"leek=1", "no option leek"},
		{"leak=tanh", "another type"},
		{"leak", "= is expected"},
		{"period=3", "another type"},
		{"period=[1]", "period[1]"},
		{"timed=1", "another type"},
		{"φ=tanhh", "nothing defines tanhh"},
		{"leak=hidden", "does not depend"},
		{"leak=[1", "]"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		tl_error error = {TL_OK, ""};
		ck_assert_msg(!tl_cell_parse(text, NULL, cases[i].options, &error), "%s",
			      cases[i].options);
		ck_assert_msg(strstr(error.text, cases[i].says) != NULL, "%s:\n%s",
			      cases[i].options, error.text);
	}
	tl_cell_kind *kind = tl_cell_parse(text, NULL, "leak=0.25 timed=true, phi=relu", NULL);
	ck_assert_ptr_nonnull(kind);
	ck_assert_str_eq(tl_cell_kind_text_options(kind), "leak=0.25 timed=true, phi=relu");
	ck_assert_str_eq(tl_cell_kind_text(kind), text);
	tl_cell_kind_destroy(kind);
}
END_TEST

static double loss_of(const tl_cell_kind *kind, tl_cell_options o)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *cell = tl_cell_create_from_kind(set, kind, "cell", o);
	ck_assert_msg(cell != NULL, "%s", tl_params_error(set));
	tl_tape *tape = tl_tape_create(TL_F64);
	double data[2 * 3], loss;
	for (int k = 0; k < 6; k++)
		data[k] = 0.3 * k - 0.7;
	tl_state s = tl_cell_initial_state(cell, tape, 2);
	for (int t = 0; t < 3; t++) {
		tl_tape_set_step(tape, t);
		s = tl_cell_step(cell, tl_constant_double(tape, tl_dims(2, 3), data), s);
	}
	loss = tl_item(tl_sum(tl_square(s.h), TL_ALL));
	ck_assert_msg(!tl_tape_error(tape), "%s", tl_tape_error(tape));
	tl_tape_destroy(tape);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
	return loss;
}

/* The two spellings of everything are one cell, and have one canonical form each. */
START_TEST(spellings_and_form)
{
	static const char untidy[] =
		"# Twice the same.\ncell a\noption θ=0.5,k=2\nstate h\nweight   ζ:number=1\n\n"
		"z=σ( W_z x+U_z h+b_z )   # eq. 1\n"
		"ab = tanh( W_θ x + U (z * h) ) # eq. 2\n"
		"h'=z⊙h+( 1−z )*ab if not k ≤1 else ζ x[0] ab²\n"
		"n = h'ᵀ  h'\n";
	static const char tidy[] = "# Twice the same.\ncell a\noption θ = 0.5, k = 2\nstate "
				   "h\nweight ζ : number = 1\n\n"
				   "z  = σ(W_z x + U_z h + b_z)   # eq. 1\n"
				   "ab = tanh(W_θ x + U (z ⊙ h))  # eq. 2\n"
				   "h' = z ⊙ h + (1 − z) ⊙ ab if not k ≤ 1 else ζ x[0] ab^2\n"
				   "n  = h'ᵀ h'\n";
	tl_error error = {TL_OK, ""};
	char *form = tl_cell_text_format(untidy, false, &error);
	ck_assert_msg(form != NULL, "%s", error.text);
	ck_assert_str_eq(form, tidy);
	char *again = tl_cell_text_format(form, false, NULL);
	ck_assert_str_eq(again, form);
	char *ascii = tl_cell_text_format(form, true, &error);
	ck_assert_msg(ascii != NULL, "%s", error.text);
	for (const char *c = ascii; *c; c++)
		ck_assert_msg((unsigned char)*c < 0x80, "%s", c);
	char *back = tl_cell_text_format(ascii, true, NULL);
	ck_assert_str_eq(back, ascii);
	const char *const texts[] = {untidy, form, ascii};
	double value[3];
	for (int k = 0; k < 3; k++) {
		tl_cell_kind *kind = tl_cell_parse(texts[k], NULL, NULL, &error);
		ck_assert_msg(kind != NULL, "%s", error.text);
		value[k] = loss_of(kind, (tl_cell_options){.in = 3, .hidden = 4});
		tl_cell_kind_destroy(kind);
	}
	ck_assert(value[0] == value[1] && value[1] == value[2] && isfinite(value[0]));
	tl_cell_text_free(form);
	tl_cell_text_free(again);
	tl_cell_text_free(ascii);
	tl_cell_text_free(back);
}
END_TEST

/* What lines mean: two numbers of h after each of three steps, with two of x. */
static const struct meaning {
	const char *text;
	double h[6];
} meanings[] = {
	{"state h\nh' = h[t − 2] + x[t − 1] + 1", {1, 1, 2, -1, 5, 2.5}},
	{"state h = 2\nh' = h mod 3 + t", {2, 2, 3, 3, 2, 2}},
	{"state h\nh' = x ⊙ x if t = 1 else cumsum(x)", {1, -1, 9, 0.25, -1, 3}},
	{"state h : [2]\n(a, b) = x[:2]\nh' = [b; a] − max(x)", {-3, 0, -2.5, 0, 0, -5}},
	{"state h\nA = x xᵀ\nh' = Aᵀ x / (xᵀ x) + h", {1, -2, 4, -1.5, 3, 2.5}},
	{"state h\nM = rows(x, 2 x, h)\nh' = reshape(M[1:2], hidden) + M[2] + M[0][1]",
	 {0, -6, 6.5, -4.5, 8.5, 7.5}},
	{"state h\nh' = clamp(10 x, −1, 1) + x² / 2", {1.5, 1, 5.5, 1.125, -0.5, 9}},
	{"state h\nh' = x − 2 x ⊙ x / 4 + x^3", {1.5, -12, 25.5, 0.5, -2.5, 60}},
	{"option n = 3\nstate h\nv = x\nfor k = 1..n:\n    v = v + k x\nh' = v",
	 {7, -14, 21, 3.5, -7, 28}},
	{"state h\nh' = x if x > 0 and not x > 2 else −x", {1, 2, -3, 0.5, 1, -4}},
	{"state h\nh' = sum(k x for k = 1..3) + mean(x) + min(x, 1) − sum(h)",
	 {6.5, -14.5, 28.75, 13.25, -47.5, -15.5}},
	{"state h, C : [hidden, hidden], n : number = 1\nn' = n + x[0]\nC' = C + n x xᵀ\nh' = C' "
	 "ones(hidden) ⊙ "
	 "(xᵀ C')ᵀ / n'",
	 {-2.5, -10, 230, 5.7750000000000004, -125, 5845.875}},
	{"option φ = relu, deep = true\nstate h\ntwice(f, v) = f + f ⊙ v\nh' = twice(φ(x), h) if "
	 "deep and not hidden < 2 else x",
	 {1, 0, 6, 0.5, 0, 6}},
	{"state h\nB = 2 I − ones(hidden, hidden)\nh' = B x + softmax(zeros(hidden)) hidden / 2 + "
	 "sqrt(hidden) 0",
	 {3.5, -2.5, 3, -2, -4.5, 5.5}},
	{"state h : [2]\nh' = concat(x[k] − t for k = 0..1) + count([x; x]) / hidden",
	 {3, 0, 4, 1.5, -1, 4}},
};

START_TEST(lines_mean_what_they_say)
{
	static const double x[3][2] = {{1, -2}, {3, 0.5}, {-1, 4}};
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
		char text[400];
		tl_error error = {TL_OK, ""};
		snprintf(text, sizeof text, "cell a\nrequire in = hidden\n%s\n", meanings[i].text);
		tl_cell_kind *kind = tl_cell_parse(text, NULL, NULL, &error);
		ck_assert_msg(kind != NULL, "%s", error.text);
		tl_params *set = tl_params_create(TL_F64);
		tl_cell *cell = tl_cell_create_from_kind(set, kind, "cell",
							 (tl_cell_options){.in = 2, .hidden = 2});
		ck_assert_msg(cell != NULL, "%s", tl_params_error(set));
		tl_tape *tape = tl_tape_create(TL_F64);
		tl_state s = tl_cell_initial_state(cell, tape, 3);
		for (int t = 0; t < 3; t++) {
			double rows[3][2] = {{9, 8}, {x[t][0], x[t][1]}, {-7, 6}}; /* of a batch */
			tl_tape_set_step(tape, t);
			s = tl_cell_step(cell, tl_constant_double(tape, tl_dims(3, 2), rows[0]), s);
			const double *h = tl_value_double(s.h);
			assert_fine(tape);
			for (int k = 0; k < 2; k++)
				ck_assert_msg(fabs(h[2 + k] - meanings[i].h[2 * t + k]) < 1e-12,
					      "step %d: %.15g, not %.15g, of\n%s", t, h[2 + k],
					      meanings[i].h[2 * t + k], text);
		}
		tl_tape_destroy(tape);
		tl_cell_destroy(cell);
		tl_params_destroy(set);
		tl_cell_kind_destroy(kind);
	}
}
END_TEST

/* A start that is learned, numbers that are dropped, no gradient through stop: while training. */
START_TEST(what_training_sees)
{
	static const char text[] =
		"cell a\nstate h = learned, m, n\n"
		"m' = drop(ones(hidden) + 0 x[0], 0.25)\nn' = drop(ones(hidden) + 0 x[0])\n"
		"h' = h + stop(W x)\n";
	tl_cell_kind *kind = tl_cell_parse(text, NULL, NULL, NULL);
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *cell = tl_cell_create_from_kind(
		set, kind, "cell",
		(tl_cell_options){.in = 3, .hidden = 4000, .update_dropout = 0.5});
	ck_assert_msg(cell != NULL, "%s", tl_params_error(set));
	tl_param *start = tl_params_find(set, "cell.h_0"), *W = tl_params_find(set, "cell.W");
	ck_assert(start && W);
	((double *)tl_param_value(start))[7] = 3;
	for (int training = 0; training < 2; training++) {
		tl_tape *tape = tl_tape_create(TL_F64);
		tl_tape_set_training(tape, training);
		tl_state s = tl_cell_initial_state(cell, tape, 1);
		s = tl_cell_step(cell, tl_zeros(tape, tl_dims(1, 3)), s);
		double zeros[2] = {0, 0};
		for (int which = 0; which < 2; which++)
			for (int k = 0; k < 4000; k++)
				zeros[which] +=
					tl_value_double(*tl_state_at(&s, which + 1))[k] == 0;
		assert_near(zeros[0] / 4000, training ? 0.25 : 0, 0.04);
		assert_near(zeros[1] / 4000, training ? 0.5 : 0, 0.04);
		ck_assert(tl_value_double(s.h)[7] == 3);
		tl_params_zero_gradients(set);
		ck_assert_int_eq(tl_backward(tl_sum(s.h, TL_ALL)), TL_OK);
		ck_assert(tl_param_gradient_double(start)[7] == 1);
		ck_assert(tl_param_gradient_double(W)[0] == 0);
		tl_tape_destroy(tape);
	}
	tl_cell_destroy(cell);
	tl_params_destroy(set);
	tl_cell_kind_destroy(kind);
}
END_TEST

/* As papers print it: states with their time, numbers of equations, Greek letters. */
START_TEST(notations)
{
	static const char text[] = "# A paper.\ncell a\noption θ = 0.5\nstate h, c\n"
				   "z  = σ(W_z x + U_θ h + b)  # eq. 7\n"
				   "c' = θ c + c[0] h / 2 if θ < 1 else stop(c)\n"
				   "h' = sum(z ⊙ h[t − k] for k = 1..2)\n";
	static const char latex[] =
		"\\begin{align*}\n"
		"z_{t} &= \\sigma\\left(W_{z}\\, x_{t} + U_{\\theta }\\, h_{t-1} + "
		"b\\right) \\tag{7} \\\\\n"
		"c_{t} &= \\begin{cases} \\theta \\, c_{t-1} + \\frac{c_{0}\\, h_{t-1}}{2} "
		"& \\text{if } \\theta  < 1 \\\\ \\operatorname{stop}\\left(c_{t-1}\\right) & "
		"\\text{otherwise} \\end{cases} \\\\\n"
		"h_{t} &= \\sum_{k=1}^{2}\\left(z_{t} \\odot h_{t - k}\\right)\n"
		"\\end{align*}\n";
	tl_error error = {TL_OK, ""};
	tl_cell_kind *kind = tl_cell_parse(text, NULL, NULL, &error);
	ck_assert_msg(kind != NULL, "%s", error.text);
	char *is = tl_cell_kind_print(kind, TL_NOTATION_LATEX, &error);
	ck_assert_str_eq(is, latex);
	tl_cell_text_free(is);
	is = tl_cell_kind_print(kind, TL_NOTATION_MATHML, &error);
	ck_assert_ptr_nonnull(strstr(is, "<msub><mi>U</mi><mrow><mi>θ</mi></mrow></msub>"));
	ck_assert_ptr_nonnull(strstr(is, "<mtext>(7)</mtext>"));
	tl_cell_text_free(is);
	is = tl_cell_kind_print(kind, TL_NOTATION_TEXT, &error);
	ck_assert_str_eq(is, text);
	tl_cell_text_free(is);
	tl_cell_kind_destroy(kind);
	ck_assert_ptr_null(
		tl_cell_kind_print(tl_cell_kind_find("lstm"), TL_NOTATION_LATEX, &error));
	ck_assert(error.status == TL_ERROR_ARGUMENT && strstr(error.text, "not read from text"));
}
END_TEST

/* A cell keeps its equations when the kind is gone; a kind is registered like any other. */
START_TEST(kinds_and_cells)
{
	tl_error error = {TL_OK, ""};
	tl_cell_kind *kind = tl_cell_parse(peephole, NULL, NULL, &error);
	ck_assert_msg(kind != NULL, "%s", error.text);
	ck_assert_str_eq(kind->name, "peephole");
	ck_assert_str_eq(kind->doc, "Gers & Schmidhuber 2000: the gates also see the cell state.");
	tl_params *set = tl_params_create(TL_F64);
	tl_cell_options o = {.in = 3, .hidden = 4};
	tl_cell *cell = tl_cell_create_from_kind(set, kind, "cell", o);
	tl_cell_kind_destroy(kind);
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_state s = tl_cell_initial_state(cell, tape, 2);
	s = tl_cell_step(cell, tl_zeros(tape, tl_dims(2, 3)), s);
	ck_assert(tl_value_double(s.h) && s.count == 2);
	tl_tape_destroy(tape);
	tl_cell_destroy(cell);
	tl_params_destroy(set);

	tl_cell_kind_destroy((tl_cell_kind *)tl_cell_kind_find("lstm")); /* is left alone */
	ck_assert_ptr_null(tl_cell_kind_text(tl_cell_kind_find("lstm")));
	ck_assert_ptr_nonnull(tl_cell_kind_find("lstm")->name);
}
END_TEST

/* What cannot be known before the sizes are: refused with the line when a cell is made. */
START_TEST(sizes_when_a_cell_is_made)
{
	static const char groups[] = "cell groups\nstate h\nn = hidden / 4\n"
				     "h' = concat(tanh(W[k] x) + h[k n:(k + 1) n] for k = 0..3)\n";
	static const char rest[] = "cell rest\nrequire in > 1\nstate h\nh' = W x[1:]\n";
	const struct {
		const char *text;
		int64_t in, hidden;
		const char *says;
	} cases[] = {{groups, 3, 8, NULL},
		     {groups, 3, 6, "text:4: hidden / 4 is not a whole number"},
		     {rest, 2, 3, NULL},
		     {rest, 1, 3, "text:2 requires in > 1"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		tl_error error = {TL_OK, ""};
		tl_cell_kind *kind = tl_cell_parse(cases[i].text, NULL, NULL, &error);
		ck_assert_msg(kind != NULL, "%s", error.text);
		tl_params *set = tl_params_create(TL_F64);
		tl_cell *cell = tl_cell_create_from_kind(
			set, kind, "cell",
			(tl_cell_options){.in = cases[i].in, .hidden = cases[i].hidden});
		if (cases[i].says)
			ck_assert_msg(!cell && strstr(tl_params_error(set), cases[i].says), "%s",
				      tl_params_error(set));
		else
			ck_assert_msg(cell != NULL, "%s", tl_params_error(set));
		tl_cell_destroy(cell);
		tl_params_destroy(set);
		tl_cell_kind_destroy(kind);
	}
}
END_TEST

START_TEST(files)
{
	tl_error error = {TL_OK, ""};
	const char *path = scratch("peephole.cell");
	ck_assert_ptr_null(tl_cell_read(path, NULL, &error));
	ck_assert_int_eq(error.status, TL_ERROR_FILE);
	ck_assert(strstr(error.text, "peephole.cell") != NULL);
	scratch_write(path, peephole, sizeof peephole - 1);
	tl_cell_kind *kind = tl_cell_read(path, NULL, &error);
	ck_assert_msg(kind != NULL, "%s", error.text);
	ck_assert_str_eq(tl_cell_kind_text(kind), peephole);
	tl_cell_kind_destroy(kind);
	/* Cut off at every byte: refused, or a cell; never more. */
	for (size_t k = 0; k < sizeof peephole; k++) {
		scratch_write(path, peephole, k);
		kind = tl_cell_read(path, NULL, &error);
		if (kind)
			ck_assert_uint_ge(k, 270);
		tl_cell_kind_destroy(kind);
	}
	char *large = malloc(70000);
	memset(large, ' ', 70000);
	scratch_write(path, large, 70000);
	ck_assert_ptr_null(tl_cell_read(path, NULL, &error));
	ck_assert(strstr(error.text, "64 KiB") != NULL);
	ck_assert_ptr_null(tl_cell_read(scratch(""), NULL, &error)); /* a folder */
	free(large);
}
END_TEST

/* Each allocation fails in turn: no cell, that word, nothing lost. */
START_TEST(out_of_memory)
{
	char text[4000] = "cell long\nstate h\n";
	counting c;
	for (int k = 0; k < 40; k++)
		snprintf(text + strlen(text), sizeof text - strlen(text),
			 "v_%d : [hidden] = σ(W[%d] x + U[%d] h + b[%d])\n", k, k, k, k);
	strcat(text, "h' = v_39\n");
	bool made = false;
	for (int64_t k = 1; !made; k++) {
		tl_error error = {TL_OK, ""};
		counting_start(&c);
		c.fail_at = k;
		tl_cell_kind *kind = tl_cell_parse(text, NULL, "", &error);
		made = kind != NULL;
		if (!made)
			ck_assert_msg(error.status == TL_ERROR_MEMORY, "%d: %s", (int)k,
				      error.text);
		tl_cell_kind_destroy(kind);
		char *form = kind ? NULL : tl_cell_text_format(text, true, &error);
		tl_cell_text_free(form);
		ck_assert_int_eq(c.blocks, 0);
		counting_stop();
	}
	made = false;
	for (int64_t k = 1; !made; k++) {
		counting_start(&c);
		c.fail_at = k;
		char *form = tl_cell_text_format(text, true, NULL);
		made = form != NULL;
		tl_cell_text_free(form);
		ck_assert_int_eq(c.blocks, 0);
		counting_stop();
	}
}
END_TEST

SUITE("cell_text", wrong_texts, wrong_options, spellings_and_form, lines_mean_what_they_say,
      what_training_sees, notations, kinds_and_cells, sizes_when_a_cell_is_made, files,
      out_of_memory)
