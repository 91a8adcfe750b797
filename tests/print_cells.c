/*
 * The zoo as C, and back again. With a folder it writes each text there as the source of its kind,
 * and a table of them; test_cells_as_c.py compiles these together with this file once more, with
 * PRINTED: then each kind is compared with the text it was written from, value by value.
 */
#include <tapeloop/equations.h>
#include <tapeloop/tapeloop.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static tl_cell_kind *read_cell(const char *folder, const char *name)
{
	char path[1280];
	tl_error error = {TL_OK, ""};
	snprintf(path, sizeof path, "%s/%s", folder, name);
	tl_cell_kind *kind = tl_cell_read(path, NULL, &error);
	if (!kind)
		printf("not ok - %s\n", error.text);
	return kind;
}

#ifndef PRINTED

#include <dirent.h>

/* What no C outside the library has. */
static const char *const sparse[] = {"esn"};

static bool is_sparse(const char *name)
{
	for (size_t i = 0; i < sizeof sparse / sizeof *sparse; i++)
		if (!strcmp(sparse[i], name))
			return true;
	return false;
}

static bool write_one(const char *from, const char *file, const char *to, FILE *table)
{
	char path[1280];
	tl_error error = {TL_OK, ""};
	tl_cell_kind *kind = read_cell(from, file);
	char *c = kind ? tl_cell_kind_print(kind, TL_NOTATION_C, &error) : NULL;
	bool fine = kind && (c ? !is_sparse(kind->name) : is_sparse(kind->name));
	if (kind && !fine)
		printf("not ok - %s as C: %s\n", file, c ? "it has sparse weights" : error.text);
	for (int notation = TL_NOTATION_LATEX; kind && notation <= TL_NOTATION_MATHML; notation++) {
		char *math = tl_cell_kind_print(kind, (tl_cell_notation)notation, &error);
		if (math && notation == TL_NOTATION_MATHML) {
			snprintf(path, sizeof path, "%s/%s.mml", to, kind->name);
			FILE *f = fopen(path, "w");
			fine = f && fputs(math, f) >= 0 && !fclose(f) && fine;
		}
		fine = math && fine;
		tl_cell_text_free(math);
	}
	if (c) {
		snprintf(path, sizeof path, "%s/%s.c", to, kind->name);
		FILE *f = fopen(path, "w");
		fine = f && fputs(c, f) >= 0 && !fclose(f) && fine;
		fprintf(table, "CELL(\"%s\", %s_kind)\n", file, kind->name);
	}
	tl_cell_text_free(c);
	tl_cell_kind_destroy(kind);
	return fine;
}

int main(int argc, char **argv)
{
	char path[1280];
	int wrong = argc != 3;
	DIR *folder = argc == 3 ? opendir(argv[1]) : NULL;
	snprintf(path, sizeof path, "%s/printed.def", argc == 3 ? argv[2] : ".");
	FILE *table = folder ? fopen(path, "w") : NULL;
	if (!table)
		return puts("usage: print_cells CELLS FOLDER"), 1;
	for (struct dirent *e; (e = readdir(folder));) {
		const char *end = strrchr(e->d_name, '.');
		if (end && !strcmp(end, ".cell"))
			wrong += !write_one(argv[1], e->d_name, argv[2], table);
	}
	closedir(folder);
	return fclose(table) || wrong;
}

#else

#define CELL(file, kind) extern const tl_cell_kind kind;
#include "printed.def"
#undef CELL

static const struct printed {
	const char *file;
	const tl_cell_kind *kind;
} printed[] = {
#define CELL(file, kind) {file, &kind},
#include "printed.def"
};

typedef struct numbers {
	double value, slope;
	int params;
} numbers;

static tl_tensor data(tl_tape *tape, tl_shape s, int step)
{
	double value[4096];
	for (int i = s.rank++; i > 0; i--)
		s.dim[i] = s.dim[i - 1];
	s.dim[0] = 2;
	for (int i = 0; i < 4096; i++)
		value[i] = sin(1.7 * i + step);
	return tl_shape_size(s) <= 4096 ? tl_constant_double(tape, s, value)
					: tl_full(tape, s, 0.4);
}

/* Some steps while training, with each option that both take set, and all gradients. */
static numbers numbers_of(const tl_cell_kind *kind, tl_cell_options o)
{
	numbers n = {NAN, 0, 0};
	unsigned takes = tl_cell_kind_takes(kind, &o);
	o.update_dropout = takes & TL_OPTION_UPDATE_DROPOUT ? 0.25 : 0;
	o.activation = takes & TL_OPTION_ACTIVATION ? tl_softsign : NULL;
	o.forget_bias = takes & TL_OPTION_FORGET_BIAS ? 0.7 : 0;
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *cell = tl_cell_create_from_kind(set, kind, "cell", o);
	tl_tape *tape = tl_tape_create(TL_F64);
	for (int i = 0; cell && i < tl_params_count(set); i++) /* so that zeros tell too */
		for (int64_t k = 0; k < tl_param_size(tl_params_at(set, i)); k++)
			((double *)tl_param_value(tl_params_at(set, i)))[k] +=
				0.1 * cos(3. * (double)k + i);
	tl_state s = tl_cell_initial_state(cell, tape, 2);
	tl_tensor loss = tl_scalar(tape, 0);
	for (int t = 0; cell && t < 4; t++) {
		tl_state two[2] = {s, s};
		tl_tape_set_step(tape, t);
		tl_tensor x = data(tape, tl_cell_input_shape(cell), t);
		s = kind->tree_step ? tl_cell_tree_step(cell, x, two, t % 3)
				    : tl_cell_step(cell, x, s);
		for (int k = 0; k < s.count; k++)
			loss = tl_add(loss, tl_sum(tl_sin(*tl_state_at(&s, k)), TL_ALL));
	}
	tl_status status = cell ? tl_backward(loss) : TL_ERROR_ARGUMENT;
	n.value = status ? NAN : tl_item(loss);
	n.params = tl_params_count(set);
	for (int i = 0; i < n.params && !status; i++)
		for (int64_t k = 0; k < tl_param_size(tl_params_at(set, i)); k++)
			n.slope += tl_param_gradient_double(tl_params_at(set, i))[k] *
				   cos((double)(k + i));
	if (status)
		printf("# %s\n", cell ? tl_tape_error(tape) : tl_params_error(set));
	tl_tape_destroy(tape);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
	return n;
}

static bool is_near(double a, double b)
{
	return fabs(a - b) <= 1e-11 * (1 + fabs(a));
}

int main(int argc, char **argv)
{
	int wrong = argc != 2, count = 0;
	for (size_t i = 0; i < sizeof printed / sizeof *printed && argc == 2; i++) {
		tl_cell_kind *text = read_cell(argv[1], printed[i].file);
		const tl_cell_kind *c = printed[i].kind;
		if (!text || !text->example || !c->example) {
			wrong++;
			continue;
		}
		numbers a = numbers_of(text, *text->example), b = numbers_of(c, *c->example);
		bool same = is_near(a.value, b.value) && is_near(a.slope, b.slope) &&
			    a.params == b.params &&
			    tl_cell_kind_takes(text, text->example) ==
				    tl_cell_kind_takes(c, c->example) &&
			    !strcmp(text->name, c->name) && text->uses_step == c->uses_step;
		if (!same)
			printf("not ok - %s: %.15g and %.15g, gradients %.15g and %.15g\n",
			       printed[i].file, a.value, b.value, a.slope, b.slope);
		wrong += !same;
		count++;
		tl_cell_kind_destroy(text);
	}
	printf("%d kinds in C are as their texts\n", count - wrong);
	return wrong != 0;
}

#endif
