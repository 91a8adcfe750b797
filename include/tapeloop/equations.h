/*
 * Cells as text: a file of equations is a kind of cell like any other.
 *
 *     # Gers & Schmidhuber 2000: the gates also see the cell state.
 *     cell peephole
 *     state h, c
 *
 *     i  = σ(W_i x + U_i h + p_i ⊙ c + b_i)
 *     f  = σ(W_f x + U_f h + p_f ⊙ c + b_f)
 *     c' = f ⊙ c + i ⊙ tanh(W_g x + U_g h + b_g)
 *     o  = σ(W_o x + U_o h + p_o ⊙ c' + b_o)
 *     h' = o ⊙ tanh(c')
 *
 * Names that no line defines are weights, of shapes that follow from where they stand. From C:
 *
 *     tl_error error;
 *     tl_cell_kind *peephole = tl_cell_read("peephole.cell", NULL, &error);
 *     tl_cell *cell = tl_cell_create_from_kind(model, peephole, "cell0",
 *                                              (tl_cell_options){.in = 40, .hidden = 128});
 *
 * docs/cells.md is the language.
 *
 * On failure: NULL or a status; the tl_error, which may be NULL, has the file, the line, the column
 *     and, on lines of their own, the text there with a mark below it and what to write instead.
 * Owner: the caller destroys a kind by tl_cell_kind_destroy. Cells made of it keep what they need;
 *     names and lines on a tape point into it: let it, or a cell of it, stay until the tape is
 *     rewound.
 */
#ifndef TAPELOOP_EQUATIONS_H
#define TAPELOOP_EQUATIONS_H

#include <tapeloop/custom_cell.h>
#include <tapeloop/custom_op.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The kind that a file describes. options are values of the file's own options, as in
 * "leak=0.9 depth=3"; NULL: their defaults.
 * On failure: TL_ERROR_FILE: the file cannot be read, or is longer than 64 KiB. TL_ERROR_ARGUMENT:
 *     its text is wrong. TL_ERROR_MEMORY.
 */
TL_API tl_cell_kind *tl_cell_read(const char *path, const char *options, tl_error *error);
/* The same from a text; `name` stands for the file in messages (NULL: "text"). */
TL_API tl_cell_kind *tl_cell_parse(const char *text, const char *name, const char *options,
				   tl_error *error);
/* NULL is fine; a kind that was not read is left alone. */
TL_API void tl_cell_kind_destroy(tl_cell_kind *kind);

/* What it was read from, and the options given; "" without options, NULL of a kind in C. */
TL_API const char *tl_cell_kind_text(const tl_cell_kind *kind);
TL_API const char *tl_cell_kind_text_options(const tl_cell_kind *kind);

/*
 * The text in its canonical form: one spelling of each sign, spaces, aligned signs. With ascii
 * sigmoid, * and the like instead of σ and ⊙. Only the spelling and the spaces change.
 * Owner: the caller, who frees it by tl_cell_text_free.
 */
TL_API char *tl_cell_text_format(const char *text, bool ascii, tl_error *error);
TL_API void tl_cell_text_free(char *text);

/* How equations are written down. */
typedef enum tl_cell_notation {
	TL_NOTATION_TEXT,   /* the canonical text */
	TL_NOTATION_ASCII,  /* the same in ASCII */
	TL_NOTATION_LATEX,  /* the equations, as an align* environment */
	TL_NOTATION_MATHML, /* the equations, as a <math> element */
	TL_NOTATION_C       /* the source of a tl_cell_kind NAME_kind, with the options given */
} tl_cell_notation;

/*
 * A kind that was read from text, written down.
 * On failure: NULL; TL_ERROR_ARGUMENT: it is a kind in C, or in C there is nothing for something in
 *     it; TL_ERROR_MEMORY.
 * Owner: the caller, who frees it by tl_cell_text_free.
 */
TL_API char *tl_cell_kind_print(const tl_cell_kind *kind, tl_cell_notation notation,
				tl_error *error);

/* What an op says of itself. */
typedef enum tl_op_part {
	TL_OP_EQUATION, /* what it computes: "y = tanh(x)" */
	TL_OP_DERIVATIVE /* "dx = (1 − y²) ⊙ dy", a line an operand; of one that stops gradients,
			    "dx = 0" */
} tl_op_part;

/*
 * What an op says of itself, written down, a line an equation. Any op: the library's, yours, those
 * that tl_op_at finds.
 * On failure: NULL; TL_ERROR_ARGUMENT: the op was declared without it, or its text cannot be read,
 *     or the notation is TL_NOTATION_C; TL_ERROR_MEMORY.
 * Owner: the caller, who frees it by tl_cell_text_free.
 */
TL_API char *tl_op_print(const tl_op *op, tl_op_part part, tl_cell_notation notation,
			 tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
