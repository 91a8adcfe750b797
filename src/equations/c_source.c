/*
 * The C source of a kind: what record.c does on a tape, written down as the calls of it. What has a
 * name in the text is a variable of that name; what is used several times is one too; the rest is
 * written where it is used. What depends on weights alone is a member of the weights' struct.
 */
#include "equations/c_source.h"

#include "equations/c_expression.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Statements */

/* The sum over children is a statement of its own. */
static void children(tl_c_source *s, const tl_term *v, const char *name)
{
	bool counted = v->op == TL_VALUE_CHILDREN;
	tl_write_format(s->w, "\ttl_tensor %s = tl_zeros(x.tape, ", name);
	tl_c_dims(s, v->form, true);
	tl_c_put(s, ");\n");
	for (int k = 0; k < v->count; k++) {
		if (counted)
			tl_write_format(s->w, "\tif (count > %d)\n\t\t%s = tl_add(%s, ", k, name,
					name);
		else
			tl_write_format(s->w,
					"\tfor (int k = 0; k < count; k++)\n\t\t%s = tl_add(%s, ",
					name, name);
		tl_c_with_rows(s, v->of[k]);
		tl_c_put(s, ");\n");
	}
}

static bool is_children(const tl_term *v)
{
	return v->op == TL_VALUE_EACH_CHILD || v->op == TL_VALUE_CHILDREN;
}

/* Variables for what is used several times, operands first. */
static void prepare(tl_c_source *s, const tl_term *v)
{
	if (s->of[v->id].written || tl_is_number(v) || (v->once && !s->weights) || s->problem)
		return;
	for (int i = 0; i < v->count; i++)
		prepare(s, v->of[i]);
	bool sum = is_children(v);
	if (!sum &&
	    (s->uses[v->id] < 2 || v->op <= TL_VALUE_WEIGHT || s->of_child[v->id] || s->weights))
		return;
	char temporary[24];
	snprintf(temporary, sizeof temporary, "v%d", ++s->temporaries);
	s->of[v->id].name = tl_c_identifier(s, temporary);
	if (sum) {
		children(s, v, s->of[v->id].name);
	} else {
		tl_write_format(s->w, "\ttl_tensor %s = ", s->of[v->id].name);
		tl_c_expression(s, v);
		tl_c_put(s, ";\n");
	}
	s->of[v->id].written = true;
}

/* A variable for a value of the text; tag: also its name on the tape, or NULL. */
static void statement(tl_c_source *s, const tl_term *v, const char *called, const char *tag)
{
	if (tl_is_number(v) || v->once || s->of[v->id].written || s->of_child[v->id])
		return;
	for (int i = 0; i < v->count; i++)
		prepare(s, v->of[i]);
	const char *name = tl_c_identifier(s, called);
	tag = v->batched ? tag : NULL;
	if (is_children(v)) {
		children(s, v, name);
		if (tag)
			tl_write_format(s->w, "\ttl_tag(%s, \"%s\");\n", name, tag);
	} else {
		tl_write_format(s->w, "\ttl_tensor %s = %s", name, tag ? "tl_tag(" : "");
		tl_c_expression(s, v);
		if (tag)
			tl_write_format(s->w, ", \"%s\")", tag);
		tl_c_put(s, ";\n");
	}
	s->of[v->id] = (tl_c_variable){name, true};
}

/* The new value of a state, as it is outside. */
static void new_state(tl_c_source *s, int k)
{
	const tl_equations *e = s->e;
	const tl_term *v = e->state[k].next;
	int form = e->state[k].form;
	bool picture = tl_form_at(e, form)->kind == TL_FORM_PICTURE;
	tl_c_put(s, picture ? "tl_reshape(" : "");
	if (tl_is_number(v)) {
		tl_c_put(s, "tl_full(x.tape, ");
		tl_c_dims(s, form, true);
		tl_c_put(s, ", ");
		tl_c_number(s, v);
		tl_c_put(s, ")");
	} else {
		tl_c_put(s, v->batched ? "" : "tl_broadcast_to(");
		tl_c_expression(s, v);
		if (!v->batched) {
			tl_c_put(s, ", ");
			tl_c_dims(s, form, true);
			tl_c_put(s, ")");
		}
	}
	tl_c_put(s, picture ? ", tl_dims(n, -1))" : "");
}

static void step_body(tl_c_source *s)
{
	const tl_equations *e = s->e;
	char text[64];
	for (size_t i = 0; i < e->nameds; i++) {
		const tl_defined *d = &e->named[i];
		char next[40];
		snprintf(next, sizeof next, "next_%.30s", d->name);
		if (d->state >= 0)
			statement(s, d->value, next, NULL);
		else
			statement(s, d->value, *d->name ? d->name : "parts",
				  *d->name ? d->name : NULL);
	}
	tl_c_put(s, "\treturn tl_state_of(");
	for (int k = 0; k < e->states; k++) {
		tl_c_put(s, k ? ", " : "");
		if (k < e->own_states) {
			new_state(s, k);
			continue;
		}
		int of = e->state[k].of, lag = e->state[k].lag;
		snprintf(text, sizeof text, "x");
		if (of >= 0 || lag > 1)
			tl_c_state(text, "s", tl_older_state(e, of, lag - 1));
		tl_c_put(s, text);
	}
	tl_c_put(s, ");\n");
}

/* Weights */

static void start(tl_c_source *s, const tl_text_weight *weight)
{
	const char *name = weight->start;
	static const struct {
		const char *name, *c;
		int numbers;
	} known[] = {{"constant", "tl_init_constant", 1}, {"uniform", "tl_init_uniform", 2},
		     {"normal", "tl_init_normal", 2},     {"glorot", "tl_init_glorot_uniform", 0},
		     {"he", "tl_init_he_normal", 0},      {"orthogonal", "tl_init_orthogonal", 1},
		     {"identity", "tl_init_identity", 1}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (strcmp(known[i].name, name) != 0)
			continue;
		tl_write_format(s->w, "%s(", known[i].c);
		for (int k = 0; k < known[i].numbers; k++) {
			tl_c_put(s, k ? ", " : "");
			tl_c_constant(s, k ? weight->b : weight->a);
		}
		tl_c_put(s, ")");
		return;
	}
	if (strstr(name, "_bias"))
		tl_write_format(s->w, "tl_init_%s(w)", name);
	else
		s->problem = "a weight starts in a way that only texts have";
}

static void weight(tl_c_source *s, const tl_text_weight *weight)
{
	const tl_form *f = tl_form_at(s->e, weight->form);
	int rank = tl_form_rank(f->kind);
	bool matrix = rank > 1 && weight->used && !weight->fixed;
	bool bias = *weight->name == 'b' && !weight->start && !weight->fixed;
	const char *call = weight->fixed ? "tl_weight_fixed"
			   : matrix      ? weight->recurrent ? "tl_weight_recurrent_shaped"
							     : "tl_weight_input_shaped"
					 : "tl_weight";
	bool plain = matrix && rank == 2 && !weight->start;
	tl_write_format(s->w, "\tp->%s = %s(w, \"%s\", ", weight->name,
			plain ? weight->recurrent ? "tl_weight_recurrent" : "tl_weight_input"
			: bias && rank == 1 && !matrix ? "tl_weight_bias"
						       : call,
			weight->name);
	if (plain || (bias && rank == 1 && !matrix)) {
		for (int i = 0; i < rank; i++) {
			tl_c_put(s, i ? ", " : "");
			tl_c_size(s, f->dim[i]);
		}
		tl_c_put(s, ");\n");
		return;
	}
	tl_c_dims(s, weight->form, false);
	tl_c_put(s, ", ");
	if (weight->start)
		start(s, weight);
	else
		tl_c_put(s, weight->fixed || matrix             ? "tl_init_glorot_uniform()"
			    : bias                              ? "tl_init_bias(w)"
			    : !strncmp(weight->name, "gain", 4) ? "tl_init_constant(1)"
								: "tl_init_zeros()");
	tl_c_put(s, ");\n");
}

static void weights_body(tl_c_source *s)
{
	const tl_equations *e = s->e;
	for (size_t i = 0; i < e->weights; i++)
		weight(s, &e->weight[i]);
	s->weights = true;
	bool any = false;
	for (size_t i = 0; i < e->values; i++) {
		const tl_term *v = e->value[i];
		if (!v->once || v->op == TL_VALUE_WEIGHT || v->op == TL_VALUE_FILL)
			continue;
		if (!any)
			tl_c_put(s, "\tif (!w->tape)\n\t\treturn; /* the rest is computed of them "
				    "once a "
				    "round */\n");
		any = true;
		tl_write_format(s->w, "\tp->%s = ", s->of[v->id].name);
		tl_c_expression(s, v);
		tl_c_put(s, ";\n");
		s->of[v->id].written = true;
	}
	s->weights = false;
}

/* The file */

static void declare(tl_c_source *s, const char *name, const char *type, bool used,
		    const char *value)
{
	if (used)
		tl_write_format(s->w, "\tconst %s %s = %s;\n", type, name, value);
}

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);
	for (const char *at = text ? strstr(text, word) : NULL; at; at = strstr(at + 1, word)) {
		bool begins = at == text || (!isalnum((unsigned char)at[-1]) && at[-1] != '_' &&
					     at[-1] != '>' && at[-1] != '.' && at[-1] != '"');
		if (begins && !isalnum((unsigned char)at[n]) && at[n] != '_' && at[n] != '"')
			return true;
	}
	return false;
}

/* With lines of at most a hundred columns, as far as commas let them be broken. */
static void folded(tl_writer *w, const char *text)
{
	for (size_t width = 8; *text;) {
		size_t n = strcspn(text, ",\n"); /* up to the next place to break */
		n += text[n] == ',';
		bool full = width + n > 100 && width > 24;
		if (full) {
			tl_write_text(w, "\n\t\t");
			width = 16;
			text += *text == ' ';
			n -= n > 0;
		}
		tl_write(w, text, n);
		text += n;
		width += n;
		if (*text == '\n') {
			tl_write(w, text++, 1);
			width = 8;
		}
	}
}

/* A function whose body is written first, so that it declares what is used. */
static void function(tl_c_source *s, void (*body)(tl_c_source *), const char *head, bool step)
{
	tl_writer own = {0}, *file = s->w;
	s->w = &own;
	body(s);
	s->w = file;
	const char *text = own.text ? own.text : "";
	tl_write_format(s->w, "\n%s\n{\n", head);
	if (step) {
		if (has_word(text, "p"))
			tl_write_format(s->w,
					"\tconst struct %s *p = tl_cell_weights(cell, x.tape);\n",
					s->e->syntax.name);
		declare(s, "n", "int64_t", has_word(text, "n"), "tl_tensor_dim(x, 0)");
		declare(s, "in", "int64_t", has_word(text, "in"), "tl_cell_get_options(cell)->in");
		declare(s, "hidden", "int64_t", has_word(text, "hidden"),
			"tl_cell_get_options(cell)->hidden");
		declare(s, "t", "int", has_word(text, "t"),
			"tl_tape_step(x.tape) < 0 ? 0 : tl_tape_step(x.tape)");
	} else {
		tl_write_format(s->w, "\tstruct %s *p = into;\n", s->e->syntax.name);
		declare(s, "in", "int64_t", has_word(text, "in"), "w->in");
		declare(s, "hidden", "int64_t", has_word(text, "hidden"), "w->hidden");
	}
	folded(s->w, text);
	tl_write_text(s->w, "}\n");
	s->w->failed = s->w->failed || own.failed;
	tl_free(own.text);
}

/* What depends on options: shapes of states and of x, and what is refused. */

static bool is_usual(const tl_equations *e, int form, tl_size size)
{
	const tl_form *f = tl_form_at(e, form);
	tl_size d = tl_size_add(tl_size_resolved(e, f->dim[0]), size, -1);
	return f->kind == TL_FORM_VECTOR && tl_size_is(e, d, 0);
}

static void outer_dims(tl_c_source *s, int form)
{
	const tl_form *f = tl_form_at(s->e, form);
	if (f->kind != TL_FORM_PICTURE) {
		tl_c_dims(s, form, false);
		return;
	}
	tl_c_put(s, "tl_dims((");
	for (int i = 0; i < 3; i++) {
		tl_c_size(s, f->dim[i]);
		tl_c_put(s, i < 2 ? ") * (" : "))");
	}
}

static void sizes_of_options(tl_c_source *s)
{
	tl_c_put(s, "\tconst int64_t in = o->in, hidden = o->hidden;\n\t(void)in, (void)hidden;\n");
}

static bool shapes(tl_c_source *s)
{
	const tl_equations *e = s->e;
	bool usual = true;
	for (int k = 0; k < e->states; k++)
		usual = usual && is_usual(e, e->state[k].form, tl_size_hidden());
	if (!usual) {
		tl_write_format(s->w,
				"\nstatic tl_shape %s_state(const tl_cell_options *o, int k)\n{\n",
				e->syntax.name);
		sizes_of_options(s);
		tl_c_put(s, "\tswitch (k) {\n");
		for (int k = 0; k < e->states; k++) {
			if (k < e->states - 1)
				tl_write_format(s->w, "\tcase %d: return ", k);
			else
				tl_c_put(s, "\tdefault: return ");
			outer_dims(s, e->state[k].form);
			tl_c_put(s, ";\n");
		}
		tl_c_put(s, "\t}\n}\n");
	}
	if (!is_usual(e, e->input_form, tl_size_in())) {
		tl_write_format(s->w, "\nstatic tl_shape %s_input(const tl_cell_options *o)\n{\n",
				e->syntax.name);
		sizes_of_options(s);
		tl_c_put(s, "\treturn ");
		outer_dims(s, e->input_form);
		tl_c_put(s, ";\n}\n");
	}
	return usual;
}

static void put_quoted(tl_c_source *s, const char *text)
{
	tl_c_put(s, "\"");
	for (const char *c = text; *c; c++)
		if (*c == '"' || *c == '\\')
			tl_write_format(s->w, "\\%c", *c);
		else if (*c >= 0 && *c < 32)
			tl_write(s->w, " ", 1);
		else
			tl_write(s->w, c, 1);
	tl_c_put(s, "\"");
}

static const char *without_folder(const char *message)
{
	const char *end = strchr(message, ':'), *from = message;
	for (const char *c = message; end && c < end; c++)
		from = *c == '/' ? c + 1 : from;
	return from;
}

static void validation(tl_c_source *s)
{
	const tl_equations *e = s->e;
	if (!e->requires && !e->checks)
		return;
	if (e->checks)
		tl_c_put(s, "\nstatic bool is_size(double size, double least)\n{\n"
			    "\treturn size >= least && size == floor(size);\n}\n");
	tl_write_format(s->w, "\nstatic const char *%s_validate(const tl_cell_options *o)\n{\n",
			e->syntax.name);
	tl_c_put(s, "\tconst double in = (double)o->in, hidden = (double)o->hidden;\n"
		    "\t(void)in, (void)hidden;\n");
	for (size_t i = 0; i < e->requires; i++) {
		tl_c_put(s, "\tif (!");
		tl_c_number(s, e->require[i]);
		tl_c_put(s, ")\n\t\treturn ");
		put_quoted(s, without_folder(e->required[i]));
		tl_c_put(s, ";\n");
	}
	for (size_t i = 0; i < e->checks; i++) {
		tl_c_put(s, "\tif (!is_size(");
		tl_c_size(s, e->check[i].size);
		tl_write_format(s->w, ", %d))\n\t\treturn ", (int)e->check[i].least);
		put_quoted(s, without_folder(e->check[i].otherwise));
		tl_c_put(s, ";\n");
	}
	tl_c_put(s, "\treturn NULL;\n}\n");
}

static bool starts(tl_c_source *s)
{
	const tl_equations *e = s->e;
	bool any = false, learned = false;
	for (int k = 0; k < e->states; k++) {
		any = any || e->state[k].start != 0 || e->state[k].learned;
		learned = learned || e->state[k].learned;
	}
	if (!any)
		return false;
	tl_write_format(s->w,
			"\nstatic tl_tensor %s_start(const tl_cell *cell, tl_tape *tape, int k, "
			"tl_shape shape)\n{\n",
			e->syntax.name);
	if (learned)
		tl_write_format(s->w, "\tconst struct %s *p = tl_cell_weights(cell, tape);\n",
				e->syntax.name);
	else
		tl_c_put(s, "\t(void)cell;\n");
	for (int k = 0; k < e->states; k++) {
		const tl_text_state *state = &e->state[k];
		bool picture = tl_form_at(e, state->form)->kind == TL_FORM_PICTURE;
		if (state->learned) {
			const char *name = e->weight[state->learned - 1].name;
			tl_write_format(
				s->w,
				picture ? "\tif (k == %d && p)\n\t\treturn tl_broadcast_to("
					  "tl_reshape(p->%s, tl_dims(-1)), shape);\n"
					: "\tif (k == %d && p)\n\t\treturn tl_broadcast_to(p->%s, "
					  "shape);\n",
				k, name);
		} else if (state->start != 0) {
			tl_write_format(s->w, "\tif (k == %d)\n\t\treturn tl_full(tape, shape, ",
					k);
			tl_c_constant(s, state->start);
			tl_c_put(s, ");\n");
		}
	}
	tl_c_put(s, "\treturn tl_zeros(tape, shape);\n}\n");
	return true;
}

static void kind(tl_c_source *s, const char *doc, bool usual, bool start_function,
		 const tl_cell_options *example)
{
	const tl_equations *e = s->e;
	const char *name = e->syntax.name;
	tl_write_format(
		s->w, "\nconst tl_cell_kind %s_kind = {\n\t.name = \"%s\",\n\t.doc = ", name, name);
	put_quoted(s, doc);
	tl_c_put(s, ",\n\t.state = {");
	for (int k = 0; k < e->states; k++)
		tl_write_format(s->w, "%s\"%s\"", k ? ", " : "", e->state[k].name);
	tl_write_format(s->w,
			"},\n\t.weights_size = sizeof(struct %s),\n\t.weights = %s_weights,\n",
			name, name);
	tl_write_format(s->w, e->tree ? "\t.tree_step = %s_step,\n" : "\t.step = %s_step,\n", name);
	if (!usual)
		tl_write_format(s->w, "\t.state_shape = %s_state,\n", name);
	if (!is_usual(e, e->input_form, tl_size_in()))
		tl_write_format(s->w, "\t.input_shape = %s_input,\n", name);
	if (start_function)
		tl_write_format(s->w, "\t.initial_state = %s_start,\n", name);
	if (e->requires || e->checks)
		tl_write_format(s->w, "\t.validate = %s_validate,\n", name);
	if (e->uses_time)
		tl_c_put(s, "\t.uses_step = true,\n");
	if (e->own_states < e->states)
		tl_write_format(s->w, "\t.first_older_state = %d,\n", e->own_states);
	if (example)
		tl_write_format(s->w,
				"\t.example = &(const tl_cell_options){.in = %d, .hidden = %d},\n",
				(int)example->in, (int)example->hidden);
	tl_c_put(s, "};\n");
}

static bool has_identity(const tl_equations *e)
{
	size_t i = 0;
	while (i < e->values && e->value[i]->op != TL_VALUE_IDENTITY)
		i++;
	return i < e->values;
}

static void head(tl_c_source *s, const char *text)
{
	tl_c_put(s, "/*\n * Written by Tapeloop from this text:\n *\n");
	for (const char *at = text; *at;) {
		size_t n = strcspn(at, "\n");
		tl_c_put(s, n ? " *     " : " *");
		for (size_t i = 0; i < n; i++) /* no end of the comment */
			tl_write(s->w, i && at[i] == '/' && at[i - 1] == '*' ? " /" : at + i,
				 i && at[i] == '/' && at[i - 1] == '*' ? 2 : 1);
		tl_c_put(s, "\n");
		at += n + (at[n] == '\n');
	}
	tl_c_put(s, " */\n#include <math.h>\n#include <tapeloop/tapeloop.h>\n");
	if (has_identity(s->e))
		tl_c_put(s, "\nstatic tl_tensor identity(tl_tape *tape, int64_t n)\n{\n"
			    "\ttl_tensor row = tl_cumsum(tl_ones(tape, tl_dims(1, n)), 1);\n"
			    "\treturn tl_equal(row, tl_transpose(row));\n}\n");
}

static void structure(tl_c_source *s)
{
	const tl_equations *e = s->e;
	tl_write_format(s->w, "\nstruct %s {\n", e->syntax.name);
	for (size_t i = 0; i < e->weights; i++)
		tl_write_format(s->w, "\ttl_tensor %s;\n", e->weight[i].name);
	int computed = 0;
	for (size_t i = 0; i < e->values; i++) {
		const tl_term *v = e->value[i];
		if (!v->once || v->op == TL_VALUE_WEIGHT || v->op == TL_VALUE_FILL)
			continue;
		char name[40];
		snprintf(name, sizeof name, "of_weights_%d", ++computed);
		for (size_t k = 0; k < e->nameds; k++)
			if (e->named[k].value == v && *e->named[k].name)
				snprintf(name, sizeof name, "%.32s", e->named[k].name);
		s->of[v->id].name = tl_c_identifier(s, name);
		tl_write_format(s->w, "\ttl_tensor %s;\n", s->of[v->id].name);
	}
	if (!e->weights && !computed)
		tl_c_put(s, "\tint none;\n");
	tl_c_put(s, "};\n");
}

static void count_uses(tl_c_source *s)
{
	const tl_equations *e = s->e;
	for (size_t i = 0; i < e->values; i++) {
		const tl_term *v = e->value[i];
		s->of_child[i] = v->op == TL_VALUE_OF_CHILD;
		for (int k = 0; k < v->count && !is_children(v); k++)
			s->of_child[i] = s->of_child[i] || s->of_child[v->of[k]->id];
		for (int k = 0; k < v->count; k++)
			s->uses[v->of[k]->id]++;
		if (v->op == TL_VALUE_WEIGHT && tl_is_sparse(&e->weight[v->index]))
			s->problem =
				"sparse weights are the library's own, and no other C has them";
	}
	for (int k = 0; k < e->own_states; k++)
		s->uses[e->state[k].next->id]++;
}

const char *tl_write_c_source(tl_writer *w, const tl_equations *e, const char *doc,
			      const char *text, const tl_cell_options *example)
{
	size_t names = 2 * e->values + e->nameds + 64;
	size_t bytes =
		e->values * (sizeof(tl_c_variable) + sizeof(int) + sizeof(bool)) + names * 48;
	char *memory = tl_alloc_zero(bytes), signature[256];
	const char *name = e->syntax.name;
	if (!memory) {
		w->failed = true;
		return NULL;
	}
	tl_c_source s = {.e = e, .w = w, .of = (tl_c_variable *)(void *)memory};
	s.uses = (int *)(void *)(s.of + e->values);
	s.names = (char(*)[48])(void *)(s.uses + e->values);
	s.of_child = (bool *)(s.names + names);
	count_uses(&s);
	head(&s, text);
	structure(&s);
	snprintf(signature, sizeof signature,
		 "static void %s_weights(tl_weight_builder *w, void *into)", name);
	function(&s, weights_body, signature, false);
	snprintf(signature, sizeof signature,
		 e->tree ? "static tl_state %s_step(const tl_cell *cell, tl_tensor x, const "
			   "tl_state "
			   "*child, int count)"
			 : "static tl_state %s_step(const tl_cell *cell, tl_tensor x, tl_state s)",
		 name);
	function(&s, step_body, signature, true);
	bool usual = shapes(&s), start_function = starts(&s);
	validation(&s);
	kind(&s, doc, usual, start_function, example);
	tl_free(memory);
	return s.problem;
}
