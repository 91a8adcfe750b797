/*
 * An op is one constant struct: its name, its shape rule, what it computes, its derivative, how to
 * make an example of it. The library's own ops are declared this way and so are yours:
 *
 *     static tl_tensor cube_vjp(const tl_call *c, int operand, tl_tensor dy)
 *     {
 *             (void)operand;
 *             return tl_mul(dy, tl_mul(tl_scalar(c->tape, 3), tl_square(tl_call_operand(c, 0))));
 *     }
 *     static const tl_op cube = {
 *             .name = "cube", .operand_count = 1, .shape = tl_shape_elementwise,
 *             .elementwise = cube_numbers, .vjp = cube_vjp, .example = tl_example_unary,
 *             .doc = "x^3, elementwise",
 *     };
 *     ...
 *     tl_tensor y = tl_apply(&cube, NULL, 1, &x);
 *
 * On failure: no tensor, or a status; the tape keeps the message (tl_tape_error).
 * Owner: ops are the caller's constants, never copied; attributes are copied onto the tape.
 */
#ifndef TAPELOOP_CUSTOM_OP_H
#define TAPELOOP_CUSTOM_OP_H

#include <tapeloop/tape.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_op tl_op;

/* One recorded (or about to be recorded) use of an op, as its rules see it. */
typedef struct tl_call {
	tl_tape *tape;
	const tl_op *op;
	const void *attr; /* op->attr_size bytes, copied when it was recorded */
	int operands;
	tl_tensor result; /* what it computes; TL_NONE in a shape rule */
	uint32_t first;   /* where the tape keeps the operands */
} tl_call;

TL_API tl_tensor tl_call_operand(const tl_call *c, int k);      /* the k-th operand */
TL_API tl_shape tl_call_operand_shape(const tl_call *c, int k); /* its shape */
TL_API tl_dtype tl_call_operand_dtype(const tl_call *c, int k); /* its type */

/*
 * Leave an error on the tape, in the name of this call; a rule then returns the status. hint may be
 * NULL. The words come after "name: ".
 */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
TL_API tl_status
tl_call_fail(const tl_call *c, tl_status status, const char *hint, const char *format, ...);

/* How a tensor lies in memory: element [i, j, ...] is number offset + i stride[0] + j stride[1] ...
 * of it. */
typedef struct tl_view {
	int64_t offset, stride[TL_MAX_RANK];
} tl_view;

/* What a kernel is run with. */
typedef struct tl_kernel_args {
	const void *attr;
	int operands;
	const tl_array *in;
	tl_array out;    /* to be filled; it holds no zeros at first */
	tl_dtype real;   /* what the tape computes in: the type of every operand that is not an
			    integer */
	uint64_t key;    /* of ops with .random: for random numbers; 0 for others */
	void *workspace; /* op->workspace() bytes, this part's own */
	int part, parts; /* only for ops with .parallel: do this part of the work */
	bool accumulate; /* only for ops with .accumulates: add to what out holds */
	char *message; /* on TL_ERROR_VALUE, up to TL_PROBLEM bytes for what is wrong with the data
			*/
} tl_kernel_args;

/* Bytes of a kernel's message. */
enum { TL_PROBLEM = 160 };

/* Some numbers of the operands of an elementwise op, and room for as many results. */
typedef struct tl_elementwise_args {
	const void *attr;
	tl_dtype real;     /* what in and out are arrays of */
	int64_t n;         /* how many; never more than fit the first cache */
	const void *in[3]; /* those of the op's operands that it has; broadcast already */
	void *out;         /* may be one of in */
} tl_elementwise_args;

struct tl_example;

/* What an op is. Members that are not set are 0 or NULL. */
struct tl_op {
	const char *name;
	const char *doc; /* one line, for people */

	/*
	 * What it computes and its derivative, for people: shown by the viewer, printed by
	 * tl_op_print. All three may be NULL. They are written as equations of cells are
	 * (docs/cells.md), and must be true:
	 *
	 *     .operands = "a, b",
	 *     .equation = "y = a ⊙ b",
	 *     .derivative = "da = b ⊙ dy; db = a ⊙ dy",
	 *
	 * y is the result, dy its adjoint d loss / d y, and da that of the operand a; matrices are
	 * capitals, their result Y. operands names them in order; NULL: "x" of one, "a, b" of two,
	 * "a, b, c" of three, else "x". Equations are separated by ; or by a new line, and may be
	 * preceded by others of values they use: "t = tanh(x); dx = (1 − t²) ⊙ dy". Of single
	 * elements: x[i, j]; "sum(x[i] for i)" is over all, "for j = 0..i" from 0 to i; indices
	 * count from 0, and the axes before those that are written take no part. f(x) is a
	 * function, f (x) a product. "# words" end a line.
	 */
	const char *operands, *equation, *derivative;

	int operand_count; /* how many; -1: one or more */
	size_t attr_size;  /* bytes of its attributes: plain data without pointers or padding */
	size_t attr_each;  /* bytes more for each operand, in an array that follows them */

	/* The attributes of one use in words, for people: "axis 1, 128:256"; at most `room` bytes
	 * with the 0 at the end, as snprintf writes; it is "" before. NULL: nothing is said. */
	void (*attributes)(const tl_call *c, char *text, size_t room);

	/* The shape and type of the result, or an error by tl_call_fail. The type is set to the
	 * tape's before. */
	tl_status (*shape)(const tl_call *c, tl_shape *shape, tl_dtype *dtype);

	/*
	 * An elementwise op of one to three operands has this instead of a kernel, and the shape
	 * rule tl_shape_elementwise (or one that allows no more): out[i] = f(in[0][i], in[1][i],
	 * ...) for all i < n. It is computed with its neighbours, a few hundred numbers at a time,
	 * so that what passes between them is not written to memory; and by any thread of the team.
	 */
	void (*elementwise)(const tl_elementwise_args *args);

	/* The same of the library's own ops, which are vectors: a step of its kernels and the
	 * numbers that the step reads. Yours have none, for what a step is may change. */
	const struct tl_step_kind *step;
	void (*immediates)(const void *attr, double imm[2]);

	/* Compute run->out. TL_ERROR_VALUE if the data is wrong, else TL_OK. */
	tl_status (*kernel)(const tl_kernel_args *run);
	size_t (*workspace)(const tl_kernel_args *run);
	bool parallel;    /* the kernel obeys part and parts */
	bool accumulates; /* the kernel obeys accumulate: it can add to what is there */
	/*
	 * The result follows from run->key too: two uses of the op are never taken for one, and
	 * each has a key of its own, which differs after each rewind.
	 */
	bool random;
	/* Nanoseconds on one thread, roughly, of which sharing depends; NULL: one for each number
	 * read or written. The data is not there yet. */
	double (*cost)(const tl_kernel_args *run);

	/*
	 * The result is the memory of operand 0 with other strides, so that nothing need be
	 * computed: view comes as the operand lies and is to go as the result does. False if no
	 * strides do that (a reshape of a transpose), which must not be where the operand is
	 * contiguous.
	 */
	bool (*view)(const void *attr, const tl_shape *operand, const tl_shape *result,
		     tl_view *view);

	/*
	 * The derivative: dy is d loss / d result; return d loss / d operand, recorded with ops, in
	 * the shape of the operand or of the result (broadcasting is undone for you). TL_NONE means
	 * zero. Without a rule the op has no derivative, and asking
	 * for one is an error, unless .zero_gradient says that it is zero wherever it exists.
	 */
	tl_tensor (*vjp)(const tl_call *c, int operand, tl_tensor dy);
	bool zero_gradient;

	/* Several results of this op that are to be added up, as one node: for scattered pieces. */
	tl_tensor (*merge)(const tl_tensor *parts, int count);

	/* Record an example of random shape, for the gradient check; NULL if it has no gradient. */
	tl_tensor (*example)(struct tl_example *s);
	bool example_first_order; /* its second derivative is not to be checked */

	/*
	 * A function that records several ops (a loss, a layer), described like an op so that it is
	 * found by name, documented, and its example checked. It has a name, a doc and an example,
	 * nothing else, and cannot be applied.
	 */
	bool compound;
};

/* Record a use of an op; the tape is that of the operands. attr may be NULL if
 * attr_size is 0. */
TL_API tl_tensor tl_apply(const tl_op *op, const void *attr, int operands,
			  const tl_tensor *operand);
/* The same for an op that may have no operands. */
TL_API tl_tensor tl_apply_on(tl_tape *tape, const tl_op *op, const void *attr, int operands,
			     const tl_tensor *operand);

/* Ready-made rules */
TL_API tl_status tl_shape_elementwise(const tl_call *c, tl_shape *shape,
				      tl_dtype *dtype); /* broadcast */
TL_API tl_status tl_shape_like_first(const tl_call *c, tl_shape *shape,
				     tl_dtype *dtype); /* that of operand 0 */

/* Examples: what they are made of */

/* Passed to .example; `tape` is the tape to record on. */
typedef struct tl_example {
	tl_tape *tape;
	const tl_op *op;       /* whose example this is */
	struct tl_params *set; /* holds the leaves: made the first time, found again after that */
	uint64_t key, drawn;
	int made;
	bool empty; /* dimensions of tl_example_shape may be 0 */
} tl_example;

TL_API int64_t tl_example_integer(tl_example *s, int64_t low,
				  int64_t high);                         /* both ends possible */
TL_API double tl_example_number(tl_example *s, double low, double high); /* between them */
TL_API tl_shape tl_example_shape(tl_example *s, int least_rank,
				 int most_rank); /* small dimensions */
/* A leaf with gradient, of numbers in [low, high] that keep away from each other and from 0 by
 * 1e-3. */
TL_API tl_tensor tl_example_leaf(tl_example *s, tl_shape shape, double low, double high);
TL_API tl_tensor tl_example_index(tl_example *s, tl_shape shape, int32_t below); /* integers >= 0 */
/* A shape that broadcasts against this one: some dimensions 1, some leading ones gone. */
TL_API tl_shape tl_example_broadcast(tl_example *s, tl_shape shape);

/* Ready-made: apply the op to one leaf, or two that broadcast, of random shape. */
TL_API tl_tensor tl_example_unary(tl_example *s);    /* in [-2, 2] */
TL_API tl_tensor tl_example_positive(tl_example *s); /* in [0.3, 2] */
TL_API tl_tensor tl_example_binary(tl_example *s);   /* in [-2, 2] */

/* The registry: ops found by name */

/*
 * Add your op: it then takes part in whatever goes through all ops. It is kept, not copied, until
 * the process ends. Register before other threads start; looking is for any thread. Refused with
 * TL_ERROR_ARGUMENT: an op without name, shape rule or kernel, and a name that is taken.
 */
TL_API tl_status tl_op_register(const tl_op *op);
TL_API const tl_op *tl_op_find(const char *name); /* NULL when there is none */
TL_API int tl_op_count(void);                     /* the library's and those registered */
TL_API const tl_op *tl_op_at(int index);          /* NULL: there are no more */

#ifdef __cplusplus
}
#endif
#endif
