/*
 * Cells as text, on hostile bytes. A text is read or refused in words with its place. What was read
 * is a cell of which steps can be taken, and a wrong shape there would be a fault of the reader,
 * for it has settled all shapes; its canonical form is read again and is its own form, and is the
 * same cell. The first byte of an input says what sizes, and whether a second text, after a line of
 * its own, holds options.
 *
 *     fuzz_cells [COUNT [FIRST]]   texts made of good ones: changed, cut, and with each other's
 * lines fuzz_cells --seeds FOLDER    writes the good ones there, for libFuzzer to begin with
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tapeloop/tapeloop.h>

enum { MOST = 4000, LARGEST = 1 << 24 };

static const char *shown;

static _Noreturn void fail(const char *what, const char *detail)
{
	fprintf(stderr, "fuzz_cells: %s: %s\n%s\n", what, detail ? detail : "", shown);
	abort();
}

/* No more than a hostile text may ask for. */
static void *resize(void *user, void *memory, size_t bytes)
{
	(void)user;
	return bytes > LARGEST ? NULL : realloc(memory, bytes ? bytes : 1);
}

static void release(void *user, void *memory)
{
	(void)user;
	free(memory);
}

static bool is_reasonable(const tl_params *set, const tl_cell *cell)
{
	int64_t size = tl_shape_size(tl_cell_input_shape(cell));
	for (int k = 0; k < tl_cell_state_count(cell); k++)
		size += tl_shape_size(tl_cell_state_shape(cell, k));
	for (int i = 0; i < tl_params_count(set); i++)
		size += tl_shape_size(tl_param_shape(tl_params_at(set, i)));
	return size < 100000;
}

static tl_tensor zeros(tl_tape *tape, tl_shape s)
{
	for (int i = s.rank++; i > 0; i--)
		s.dim[i] = s.dim[i - 1];
	s.dim[0] = 2;
	return tl_full(tape, s, 0.5);
}

/* Two steps and their gradients. The sum of what is seen, to compare two readings. */
static double steps(const tl_cell_kind *kind, tl_cell_options o, bool compute)
{
	double value = 0;
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *cell = tl_cell_create_from_kind(set, kind, "cell", o);
	tl_tape *tape = tl_tape_create(TL_F64);
	if (cell && tape && is_reasonable(set, cell)) {
		tl_state s = tl_cell_initial_state(cell, tape, 2), child[2] = {s, s};
		tl_tensor loss = TL_NONE;
		for (int t = 0; t < 2; t++) {
			tl_tape_set_step(tape, t);
			tl_tensor x = zeros(tape, tl_cell_input_shape(cell));
			s = kind->tree_step ? tl_cell_tree_step(cell, x, child, 1 + t)
					    : tl_cell_step(cell, x, s);
			tl_tensor sum = tl_sum(s.h, TL_ALL);
			loss = t ? tl_add(loss, sum) : sum;
		}
		tl_status status = tl_tape_status(tape);
		if (status != TL_OK && status != TL_ERROR_MEMORY && status != TL_ERROR_ARGUMENT)
			fail("a step of a text that was read", tl_tape_error(tape));
		if (compute && !status) {
			value = tl_item(loss);
			tl_backward(loss);
			status = tl_tape_status(tape);
			if (status == TL_ERROR_SHAPE || status == TL_ERROR_TYPE)
				fail("the gradient of a text that was read", tl_tape_error(tape));
		}
	}
	tl_tape_destroy(tape);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
	return value;
}

/* In the other notations it is there or refused, and the refusal has its words. */
static void try_notations(const tl_cell_kind *kind)
{
	for (int notation = TL_NOTATION_LATEX; notation <= TL_NOTATION_C; notation++) {
		tl_error e = {TL_OK, ""};
		char *text = tl_cell_kind_print(kind, (tl_cell_notation)notation, &e);
		if (!text == !e.status ||
		    (!text && notation != TL_NOTATION_C && e.status != TL_ERROR_MEMORY))
			fail("a notation and an error, or neither", e.text);
		tl_cell_text_free(text);
	}
}

static void try_form(const tl_cell_kind *kind, const char *options, tl_cell_options o)
{
	tl_error e = {TL_OK, ""};
	double value = steps(kind, o, true);
	for (int ascii = 0; ascii < 2; ascii++) {
		char *form = tl_cell_text_format(tl_cell_kind_text(kind), ascii, &e);
		if (!form && strstr(e.text, "comment"))
			return; /* it stays where it is, or nowhere */
		char *again = form ? tl_cell_text_format(form, ascii, &e) : NULL;
		if (!again)
			fail("no canonical form", e.text);
		if (strcmp(form, again) != 0)
			fail("a form that is not its own", form);
		tl_cell_kind *same = tl_cell_parse(form, "form", options, &e);
		if (!same)
			fail("a form that is refused", e.text);
		double other = steps(same, o, true);
		if (other != value && !(isnan(other) && isnan(value)))
			fail("a form that is another cell", form);
		tl_cell_kind_destroy(same);
		tl_cell_text_free(form);
		tl_cell_text_free(again);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int sizes[][2] = {{3, 4}, {4, 4}, {1, 1}, {3, 12}};
	if (size < 2)
		return 0;
	tl_set_allocator(&(tl_allocator){resize, release, NULL});
	char *text = malloc(size), *options = NULL;
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = 0;
	if (data[0] & 4 && (options = strchr(text, '\n')))
		*options++ = 0;
	const char *cell = options ? options : text, *given = options ? text : NULL;
	tl_error e = {TL_OK, ""};
	shown = cell;
	tl_cell_kind *kind = tl_cell_parse(cell, "input", given, &e);
	if (!kind == !e.status || !kind == !e.text[0])
		fail("a result and an error, or neither", e.text);
	if (kind) {
		const int *s = sizes[data[0] & 3];
		tl_cell_options o = {.in = s[0], .hidden = s[1]};
		try_form(kind, given, o);
		try_notations(kind);
		tl_cell_kind_destroy(kind);
	}
	free(text);
	tl_set_allocator(NULL);
	return 0;
}

#ifdef FUZZ_STANDALONE

#include "fuzz/cell_texts.h"
#include "fuzz/draw.h"

enum { TEXTS = sizeof cell_texts / sizeof *cell_texts };

static size_t put(char *to, size_t at, const char *from, size_t length)
{
	length = at + length > MOST ? MOST - at : length;
	memcpy(to + at, from, length);
	return at + length;
}

/* Some line of some text, or one of the words of the language. */
static const char *piece(size_t *length)
{
	static const char *const words[] = {"tanh(",
					    ")",
					    "[",
					    "]",
					    " W ",
					    " h ",
					    "h'",
					    "x",
					    "ᵀ",
					    "⊙",
					    " + ",
					    " − ",
					    "/",
					    "σ(",
					    " if ",
					    " else ",
					    "\n",
					    "state ",
					    "weight ",
					    "for k = 0..3:\n    ",
					    " mod ",
					    ";",
					    ",",
					    "[k]",
					    "softmax(",
					    "sum(",
					    " for k = 0..2",
					    " for each child",
					    "2",
					    "1e9",
					    "hidden",
					    "in",
					    "t",
					    "concat(",
					    "reshape(",
					    "layer_norm(",
					    "[t − 2]",
					    "'",
					    "=",
					    ": [hidden, in]",
					    "option a = 2\n",
					    "(",
					    "max(",
					    "^2",
					    "I",
					    "zeros(3, 2)",
					    "drop(",
					    "rows(",
					    "count("};
	if (below(3)) {
		const char *word = words[below(sizeof words / sizeof *words)];
		*length = strlen(word);
		return word;
	}
	const char *text = cell_texts[below(TEXTS)];
	size_t n = strlen(text), at = below(n);
	while (at && text[at - 1] != '\n')
		at--;
	*length = strcspn(text + at, "\n");
	*length += text[at + *length] == '\n';
	return text + at;
}

/* Leave a part out, put a piece in or in its place, change a byte. */
static size_t change(char *b, size_t size)
{
	char rest[MOST];
	size_t at = below(size), cut = below(4) ? 0 : below(12), length = 0;
	const char *from = below(4) ? piece(&length) : "";
	if (!below(6)) {
		b[at] ^= (char)(1u << below(8));
		return size;
	}
	cut = at + cut > size ? size - at : cut;
	size_t tail = size - at - cut;
	memcpy(rest, b + at + cut, tail);
	return put(b, put(b, at, from, length), rest, tail);
}

static int write_seeds(const char *folder)
{
	for (size_t k = 0; k < TEXTS; k++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%zu", folder, k);
		FILE *f = fopen(path, "wb");
		bool written = f && fputc('0', f) != EOF && fputs(cell_texts[k], f) >= 0;
		if (!f || fclose(f) || !written)
			return perror(path), 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--seeds"))
		return write_seeds(argv[2]);
	long count = argc > 1 ? atol(argv[1]) : 20000, first = argc > 2 ? atol(argv[2]) : 1;
	for (long i = first; i < first + count; i++) {
		char input[MOST + 1];
		draw_from = (uint64_t)i;
		input[0] = (char)('0' + below(4));
		const char *text = cell_texts[below(TEXTS)];
		size_t size = put(input + 1, 0, text, strlen(text));
		for (size_t changes = below(6); changes > 0; changes--)
			size = change(input + 1, size);
		LLVMFuzzerTestOneInput((const uint8_t *)input, size + 1);
	}
	printf("%ld inputs, from %ld on\n", count, first);
	return 0;
}

#endif
