/* A program in words: one line an instruction. */
#include "base/table.h"
#include "graph/names.h"
#include "code/print.h"
#include "passes/passes.h"

#include <stdarg.h>
#include <string.h>

/* Words, on as many lines as they need: the last column of the table. */
enum { LINE_END = 100, LEAST_ROOM = 28 };

typedef struct writer {
	FILE *file;
	int start, column, blanks;
} writer;

__attribute__((format(printf, 2, 3))) static void word(writer *w, const char *format, ...)
{
	char text[TL_CELL_TEXT];
	va_list arguments;
	int end = w->start + LEAST_ROOM > LINE_END ? w->start + LEAST_ROOM : LINE_END;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	int length = (int)strlen(text);
	if (w->column > w->start && w->column + w->blanks + length > end) {
		fputc('\n', w->file);
		w->column = 0;
		w->blanks = w->start;
	}
	fprintf(w->file, "%*s%s", w->blanks, "", text);
	w->column += w->blanks + length;
	w->blanks = 1;
}

/* Where memory is: a4096 is in the arena, o64 in the outputs, l2 a leaf, g0 a gradient. */
static void print_memory(const tl_code *code, const tl_instruction *i, writer *w)
{
	w->blanks = 2;
	for (int m = 0; m <= i->operands; m++) {
		const tl_root *r = &code->root[i->memory[m].root];
		const char *before = m && m == i->operands ? "-> " : "";
		if (r->kind == TL_ROOT_LEAF)
			word(w, "%sl%u", before, (unsigned)r->node);
		else
			word(w, "%s%c%lld", before,
			     r->kind == TL_ROOT_TEMP     ? 'a'
			     : r->kind == TL_ROOT_OUTPUT ? 'o'
							 : 'g',
			     (long long)(r->at + i->memory[m].offset));
	}
}

static void print_matrix(int64_t rows, int64_t columns, bool transposed, writer *w)
{
	word(w, "[%lld,%lld]%s", (long long)rows, (long long)columns, transposed ? "^T" : "");
}

static void print_product(const tl_instruction *i, writer *w)
{
	const tl_gemm *g = &i->product.gemm;
	word(w, "product");
	print_matrix(g->m, g->k, g->a_col != 1, w);
	print_matrix(g->k, g->n, !i->product.packed && g->b_col != 1, w);
	if (i->product.batch > 1)
		word(w, "x %lld", (long long)i->product.batch);
	if (i->product.packed)
		word(w, "packed");
}

static void print_pack(const tl_instruction *i, writer *w)
{
	const tl_gemm *g = &i->product.gemm;
	word(w, "pack");
	print_matrix(g->k, g->n, g->b_col != 1, w);
}

/* Its shape and its steps; equal ones in a row are counted. */
static void print_strip(const tl_instruction *i, writer *w)
{
	const tl_strip *s = &i->strip.strip;
	char shape[TL_CELL_TEXT];
	int first = 0, used = 0;
	while (first < 3 && s->dim[first] == 1)
		first++;
	for (int d = first; d < 4; d++)
		used += snprintf(shape + used, sizeof shape - (size_t)used, "%s%lld",
				 d > first ? "," : "", (long long)s->dim[d]);
	word(w, "strip");
	word(w, "[%s]", shape);
	for (int k = 0, next; k < s->steps; k = next) {
		const tl_strip_step *step = &s->step[k];
		next = k + 1;
		while (next < s->steps && s->step[next].op == step->op &&
		       s->step[next].own == step->own)
			next++;
		const char *name = step->own ? step->own->name : tl_step_kinds[step->op].name;
		if (next - k > 2)
			word(w, "%s x%d", name, next - k);
		else
			for (int n = k; n < next; n++)
				word(w, "%s", name);
	}
}

static void print_instruction(const tl_code *code, const tl_instruction *i, writer *w)
{
	if (i->kind == TL_RUN_GEMM)
		print_product(i, w);
	else if (i->kind == TL_RUN_PACK)
		print_pack(i, w);
	else if (i->kind == TL_RUN_STRIP)
		print_strip(i, w);
	else
		word(w, "%s", i->kernel.op->name);
	print_memory(code, i, w);
	fputc('\n', w->file);
}

double tl_instruction_flops(const tl_instruction *i)
{
	const tl_gemm *g = &i->product.gemm;
	return i->kind == TL_RUN_GEMM
		       ? 2.0 * (double)g->m * (double)g->n * (double)g->k * (double)i->product.batch
		       : 0;
}

enum { NUMBER, TIME, RATE, NODE, NAME, OF, SCOPE, STEP, LINE, COLUMNS };

static const tl_cell titles[COLUMNS] = {"    #", "      us", "GFLOP/s", "node", "name",
					"of",    "scope",    "step",    "line"};

static void row_of(const tl_code *code, const tl_origin *o, size_t n, double nanoseconds,
		   tl_cell *cell)
{
	const tl_instruction *i = &code->instruction[n];
	for (int c = 0; c < COLUMNS; c++)
		cell[c][0] = '\0';
	snprintf(cell[NUMBER], TL_CELL_TEXT, "%5zu %c%c", n, i->barrier ? '=' : ' ',
		 i->shared ? '*' : ' ');
	if (nanoseconds > 0)
		snprintf(cell[TIME], TL_CELL_TEXT, "%8.2f", nanoseconds / 1e3);
	if (nanoseconds > 0 && tl_instruction_flops(i) > 0)
		snprintf(cell[RATE], TL_CELL_TEXT, "%7.1f", tl_instruction_flops(i) / nanoseconds);
	if (!o->node)
		return;
	snprintf(cell[NODE], TL_CELL_TEXT, "%u%s", (unsigned)o->node, o->backward ? "'" : "");
	snprintf(cell[NAME], TL_CELL_TEXT, "%s", o->name);
	snprintf(cell[OF], TL_CELL_TEXT, "%s", o->of);
	snprintf(cell[SCOPE], TL_CELL_TEXT, "%.100s", o->scope);
	if (o->step >= 0)
		snprintf(cell[STEP], TL_CELL_TEXT, "%d", (int)o->step);
	snprintf(cell[LINE], TL_CELL_TEXT, "%.100s", tl_site_line(o->site));
}

/* Columns of which nothing is known, like scopes where none was entered, are left out. */
static void measure(const tl_code *code, const tl_origin *origin, const double *nanoseconds,
		    double runs, int *width)
{
	tl_cell cell[COLUMNS];
	for (size_t n = 0; n < code->instructions; n++) {
		row_of(code, &origin[n], n, nanoseconds ? nanoseconds[n] / runs : 0, cell);
		tl_table_measure(cell, COLUMNS, width);
	}
	for (int c = 0; c < COLUMNS; c++)
		if (width[c] && width[c] < (int)strlen(titles[c]))
			width[c] = (int)strlen(titles[c]);
}

/* What TL_PASSES left out; and what it names and is no pass, for nobody else would say so. */
static void print_passes(const tl_code *code, FILE *file)
{
	const char *before = "made without the pass ", *unknown;
	int length;
	for (int i = 0; i < TL_PASS_COUNT; i++)
		if (!(code->passes_on >> i & 1)) {
			fprintf(file, "%s%s", before, tl_passes[i].name);
			before = ", ";
		}
	if (code->passes_on != TL_PASSES_ALL)
		fputc('\n', file);
	if (!(unknown = tl_passes_unknown(&length)))
		return;
	fprintf(file, "TL_PASSES=%.*s leaves nothing out: it takes", length, unknown);
	for (int i = 0; i < TL_PASS_COUNT; i++)
		fprintf(file, "%s -%s", i ? "," : "", tl_passes[i].name);
	fputc('\n', file);
}

static void print_legend(const tl_code *code, FILE *file)
{
	fprintf(file,
		"%zu instructions in the order they run, %.0f operations in products,\n"
		"%lld bytes of temporaries, %d thread%s\n",
		code->instructions, code->flops, (long long)code->arena_bytes, code->threads,
		code->threads == 1 ? "" : "s");
	fprintf(file, "* shared by the team, = after a barrier\n"
		      "node: whose value it makes; of several joined, or what is made ready for "
		      "others, the "
		      "first;\nof a strip the last; ' backward\n"
		      "of: the node it was recorded for, or d and the node it is the gradient of\n"
		      "^T from transposed memory; a: the arena of temporaries, at this byte; o: "
		      "outputs;\n"
		      "g: gradients that are added to; l: a leaf\n");
	print_passes(code, file);
}

void tl_code_print(const tl_code *code, const tl_origin *origin, const double *nanoseconds,
		   int64_t runs, FILE *file)
{
	int width[COLUMNS] = {0}, start = 0;
	tl_cell cell[COLUMNS];
	if (!runs)
		nanoseconds = NULL;
	measure(code, origin, nanoseconds, (double)runs, width);
	fprintf(file, "%*sinstruction\n", tl_table_row(titles, COLUMNS, width, file), "");
	for (int c = 0; c < COLUMNS; c++)
		start += width[c] ? width[c] + 2 : 0;
	for (size_t n = 0; n < code->instructions; n++) {
		row_of(code, &origin[n], n, nanoseconds ? nanoseconds[n] / (double)runs : 0, cell);
		int blanks = tl_table_row(cell, COLUMNS, width, file);
		writer w = {
			.file = file, .start = start, .column = start - blanks, .blanks = blanks};
		print_instruction(code, &code->instruction[n], &w);
	}
	print_legend(code, file);
}
