/*
 * What the library has, as its registries say it, for the reference site: ops with their equations,
 * kinds of cells, optimisers with their options. Prints a JSON object; the pages are made of it by
 * site.py.
 *
 *     tables cells/lstm.cell cells/gru.cell ...
 */
#include <stdio.h>
#include <string.h>
#include <tapeloop/tapeloop.h>

static void print_text(const char *text)
{
	putchar('"');
	for (; text && *text; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < 32)
			printf("\\u%04x", *text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void member(const char *name, const char *text)
{
	printf(", \"%s\": ", name);
	print_text(text);
}

static void begin(const char *name, bool *first)
{
	printf("%s\n{\"name\": ", *first ? "" : ",");
	print_text(name);
	*first = false;
}

/* An op that declares no such part has an empty one. */
static void op_part(const char *name, const tl_op *op, tl_op_part part, tl_cell_notation notation)
{
	char *text = tl_op_print(op, part, notation, NULL);
	member(name, text);
	tl_cell_text_free(text);
}

static void ops(void)
{
	bool first = true;
	printf("\"ops\": [");
	for (int i = 0; i < tl_op_count(); i++) {
		const tl_op *op = tl_op_at(i);
		begin(op->name, &first);
		member("doc", op->doc);
		op_part("text", op, TL_OP_EQUATION, TL_NOTATION_TEXT);
		op_part("equation", op, TL_OP_EQUATION, TL_NOTATION_MATHML);
		op_part("derivative", op, TL_OP_DERIVATIVE, TL_NOTATION_MATHML);
		printf(", \"compound\": %s}", op->compound ? "true" : "false");
	}
	printf("]");
}

static void states(const tl_cell_kind *kind)
{
	printf(", \"states\": [");
	for (int k = 0; k < TL_MAX_STATES && kind->state[k]; k++) {
		printf("%s", k ? ", " : "");
		print_text(kind->state[k]);
	}
	printf("]");
}

static void cells_in_c(void)
{
	bool first = true;
	printf(",\n\"cells\": [");
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		begin(kind->name, &first);
		member("doc", kind->doc);
		states(kind);
		printf("}");
	}
	printf("]");
}

static bool zoo(int count, char **paths)
{
	bool first = true;
	printf(",\n\"zoo\": [");
	for (int i = 0; i < count; i++) {
		tl_error error;
		tl_cell_kind *kind = tl_cell_read(paths[i], NULL, &error);
		char *math = kind ? tl_cell_kind_print(kind, TL_NOTATION_MATHML, &error) : NULL;
		if (!math) {
			fprintf(stderr, "%s\n", error.text);
			return false;
		}
		begin(kind->name, &first);
		member("file", paths[i]);
		member("doc", kind->doc);
		member("text", tl_cell_kind_text(kind));
		member("equations", math);
		states(kind);
		printf("}");
		tl_cell_text_free(math);
		tl_cell_kind_destroy(kind);
	}
	printf("]");
	return true;
}

static void optimizers(void)
{
	static const char *const ranges[] = {"0 or above", "above 0", "from 0 on, below 1",
					     "0 or 1"};
	bool first = true;
	printf(",\n\"optimizers\": [");
	for (int i = 0; i < tl_optimizer_kind_count(); i++) {
		const tl_optimizer_kind *kind = tl_optimizer_kind_at(i);
		begin(kind->name, &first);
		member("doc", kind->doc);
		printf(", \"options\": [");
		for (int k = 0; k < TL_OPTIMIZER_OPTIONS && kind->option[k].name; k++) {
			const tl_optimizer_option *o = &kind->option[k];
			printf("%s{\"name\": \"%s\", \"initial\": %g, \"range\": \"%s\"}",
			       k ? ", " : "", o->name, o->initial, ranges[o->range]);
		}
		printf("]}");
	}
	printf("]");
}

int main(int argc, char **argv)
{
	printf("{\"version\": \"%s\",\n", tl_version());
	ops();
	cells_in_c();
	if (!zoo(argc - 1, argv + 1))
		return 1;
	optimizers();
	printf("}\n");
	return 0;
}
