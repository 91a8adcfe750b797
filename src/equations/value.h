/*
 * What a text computes: functions inlined, loops unrolled, options decided; a straight list of
 * values, each with its form. In contrast to tensors of a tape, values are made once, when the text
 * is read, and have sizes for every in and hidden.
 */
#ifndef TL_EQUATIONS_VALUE_H
#define TL_EQUATIONS_VALUE_H

#include "equations/syntax.h"

#include <tapeloop/custom_cell.h>

#include <string.h>

/* A polynomial in `in` and `hidden`, c[i][j] in^i hidden^j, and at most one size that is not known
 * yet: by times number var (0: none). */
enum { TL_DEGREE = 3 };

typedef struct tl_size {
	double c[TL_DEGREE][TL_DEGREE], by;
	int var;
} tl_size;

/* A vector is a column. Open: a small weight whose place does not yet say what it is. */
typedef enum tl_form_kind {
	TL_FORM_OPEN,
	TL_FORM_NUMBER,
	TL_FORM_VECTOR,
	TL_FORM_ROW,
	TL_FORM_MATRIX,
	TL_FORM_PICTURE, /* [channels, rows, columns] */
	TL_FORM_KERNEL   /* of a convolution */
} tl_form_kind;

typedef struct tl_form {
	tl_form_kind kind;
	tl_size dim[TL_MAX_RANK];
	int is; /* of an open one: the form it turned out to be; 0: none yet */
} tl_form;

typedef enum tl_value_op {
	/* Leaves */
	TL_VALUE_NUMBER,
	TL_VALUE_SIZE,     /* number of units */
	TL_VALUE_TIME,     /* t */
	TL_VALUE_INPUT,    /* x, .lag steps ago */
	TL_VALUE_STATE,    /* state .index, .lag steps ago: 1 is the one before the step */
	TL_VALUE_OF_CHILD, /* state .index of child .lag; -1: of each in turn */
	TL_VALUE_WEIGHT,   /* .index */
	TL_VALUE_FILL,     /* zeros and ones: .number everywhere */
	TL_VALUE_IDENTITY,
	/* Unit by unit */
	TL_VALUE_ADD,
	TL_VALUE_SUB,
	TL_VALUE_MUL,
	TL_VALUE_DIV,
	TL_VALUE_MOD,
	TL_VALUE_POWER,
	TL_VALUE_MAXIMUM,
	TL_VALUE_MINIMUM,
	TL_VALUE_LESS,
	TL_VALUE_LESS_EQUAL,
	TL_VALUE_EQUAL,
	TL_VALUE_NOT_EQUAL,
	TL_VALUE_AND,
	TL_VALUE_OR,
	TL_VALUE_NOT,
	TL_VALUE_IF,       /* value, condition, otherwise */
	TL_VALUE_APPLY,    /* the elementwise op .name */
	TL_VALUE_ACTIVATE, /* the same, which options.activation replaces */
	TL_VALUE_CLAMP,    /* of one operand and numbers from here on */
	TL_VALUE_LEAKY_RELU,
	TL_VALUE_ELU,
	TL_VALUE_HARD_SIGMOID,
	TL_VALUE_DROP, /* .number: the rate; below 0: that of update_dropout */
	TL_VALUE_STOP,
	/* Products */
	TL_VALUE_MATRIX_VECTOR,
	TL_VALUE_MATRIX_MATRIX,
	TL_VALUE_ROW_VECTOR,
	TL_VALUE_ROW_MATRIX,
	TL_VALUE_VECTOR_ROW,
	TL_VALUE_CONV,
	/* Over units */
	TL_VALUE_SUM,
	TL_VALUE_MEAN,
	TL_VALUE_MAX,
	TL_VALUE_MIN,
	TL_VALUE_SOFTMAX,
	TL_VALUE_CUMSUM,
	TL_VALUE_LAYER_NORM,
	/* Form */
	TL_VALUE_TRANSPOSED,
	TL_VALUE_CONCAT, /* along the first dimension of the form */
	TL_VALUE_ROWS,   /* vectors as rows of a matrix */
	TL_VALUE_RESHAPE,
	TL_VALUE_SLICE, /* of the first dimension */
	TL_VALUE_PART,  /* one of the first dimension, which is left out */
	/* Children */
	TL_VALUE_EACH_CHILD, /* the sum over all of one operand */
	TL_VALUE_CHILDREN    /* the sum of as many operands as there are children */
} tl_value_op;

/* When a value is known: when the text is read, when a cell is made, when a step is recorded; or it
 * is a tensor. */
typedef enum tl_known { TL_KNOWN_READ, TL_KNOWN_MADE, TL_KNOWN_RECORDED, TL_KNOWN_RUN } tl_known;

typedef struct tl_term {
	tl_value_op op;
	int id, form, index, lag, uses; /* uses: by operations and by names */
	bool once; /* it depends on weights alone: computed once a round, not at each step */
	tl_known known;
	bool boolean;
	bool batched;      /* a row of it for each row of the batch */
	bool of_state;     /* depends on the state */
	bool of_time;      /* depends on t */
	bool each_child;   /* differs from child to child */
	tl_place at, seen; /* where it was made, and where it was used last, for messages */
	const char *name;  /* of a function; of a named value: its name */
	tl_activation function;
	double number, more;
	tl_size from, to; /* of a slice; .from: of a size, a part */
	int count;
	struct tl_term **of;
} tl_term;

typedef struct tl_text_weight {
	const char *name;
	tl_place at;     /* where it stood first, or was declared */
	tl_place shaped; /* where its form was settled */
	int form;
	const tl_entry *declared; /* or NULL */
	bool fixed, recurrent, used;
	uint32_t line;
	int call;
	/* How it starts. */
	const char *start;
	double a, b;
	tl_term *value; /* its leaf */
} tl_text_weight;

typedef struct tl_text_state {
	const char *name;
	tl_place at;
	int form;
	double start;
	int learned; /* a weight's number plus 1; 0: not learned */
	int of, lag; /* of a state that is only an older value: of whom (-1: of x), and how old */
	tl_term *next;
} tl_text_state;

typedef enum tl_option_type {
	TL_TEXT_NUMBER,
	TL_TEXT_BOOLEAN,
	TL_TEXT_LIST,
	TL_TEXT_FUNCTION
} tl_option_type;

typedef struct tl_text_option {
	const char *name;
	tl_option_type type;
	double number;
	double *list;
	int count;
	const char *function;
	bool activation; /* the first function: options.activation replaces it */
	tl_place at;
} tl_text_option;

/* A value with a name, in the order of the text. */
typedef struct tl_defined {
	const char *name, *site; /* site: "file:line" */
	tl_term *value;
	int state; /* it is the next value of this one; -1: of none */
} tl_defined;

typedef struct tl_equations {
	tl_script source;
	tl_arena arena;
	tl_syntax syntax;
	tl_form *form;
	size_t forms, forms_room;
	tl_size *solved; /* of sizes that were not known; solved[v].var == v: still not */
	size_t vars, vars_room;
	tl_term **value;
	size_t values, values_room;
	tl_text_weight *weight;
	size_t weights, weights_room;
	tl_text_option *option;
	size_t options, options_room;
	tl_text_state state[TL_MAX_STATES];
	int states, own_states; /* own: without the older values */
	tl_defined *named;
	size_t nameds, named_room;
	const char *input;
	int input_form;
	tl_term **require;
	const char **required; /* what to say when it is not so */
	size_t requires, require_room, required_room;
	struct tl_check {
		tl_size size;
		int64_t least;
		const char *otherwise; /* what to say when it is less, or not whole */
	} * check;
	size_t checks, check_room;
	bool tree;
	int most_children;          /* 0: any number */
	bool uses_time, same_sizes; /* in = hidden is required */
} tl_equations;

/* It is known before it runs, and no tensor. */
static inline bool tl_is_number(const tl_term *v)
{
	return v->known < TL_KNOWN_RUN;
}

/* Kept as what is not zero of it. */
static inline bool tl_is_sparse(const tl_text_weight *w)
{
	return w->start && !strcmp(w->start, "sparse");
}

/* The number of the state that holds what state `of` (-1: x) was `lag` steps ago. */
static inline int tl_older_state(const tl_equations *e, int of, int lag)
{
	for (int k = e->own_states; k < e->states; k++)
		if (e->state[k].of == of && e->state[k].lag == lag)
			return k;
	return of;
}

#endif
