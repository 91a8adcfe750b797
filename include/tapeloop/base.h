/*
 * What everything else stands on: statuses, number types, memory, threads, the version.
 *
 * On failure: nothing here fails.
 * Owner: texts returned are constants.
 */
#ifndef TAPELOOP_BASE_H
#define TAPELOOP_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(TL_BUILD) && defined(__GNUC__)
#define TL_API __attribute__((visibility("default")))
#else
#define TL_API
#endif

/* Marks a call that records on a tape, or leaves errors there, and returns no tensor: sites.h makes
 * a macro of it that notes the line of the call, as it does of all that return a tensor. */
#define TL_SITED

/*
 * Calls that can fail return a tl_status: TL_OK is 0, so `if (tl_backward(loss))` reads "if it
 * failed". The error message is kept by the object the call worked on: tl_tape_error,
 * tl_params_error, tl_program_error, tl_optimizer_error.
 */
typedef enum tl_status {
	TL_OK = 0,
	TL_ERROR_MEMORY,   /* the allocator returned NULL */
	TL_ERROR_SHAPE,    /* operand shapes do not fit each other */
	TL_ERROR_TYPE,     /* integers where real numbers are needed, or the other way round */
	TL_ERROR_ARGUMENT, /* an axis, a size, a rate or a name is invalid */
	TL_ERROR_TAPE,     /* a tensor of another tape, of a rewound tape, or of no tape */
	TL_ERROR_VALUE,    /* the data is wrong: an index out of range, a NaN while values are
			      checked, an input without data */
	TL_ERROR_GRADIENT, /* no derivative: the op has none, or the gradient check disagrees */
	TL_ERROR_FILE,     /* reading or writing a file failed */
	TL_ERROR_NAME      /* the name of what was to be registered is taken */
} tl_status;

/* A word or two for a status ("wrong shape"). Never NULL. Any thread. */
TL_API const char *tl_status_text(tl_status status);

/*
 * Calls that work on no such object (a file is read, an object cannot be made) take a tl_error
 * last, which may be NULL, and write there what failed and why. A call that succeeds leaves it
 * alone, so one may go through many calls.
 */
typedef struct tl_error {
	tl_status status;
	char text[500];
} tl_error;

/* The type of a tensor's elements. A tape computes in TL_F32 or in TL_F64; TL_I32 is for token ids,
 * lengths and the like. */
typedef enum tl_dtype { TL_F32, TL_F64, TL_I32 } tl_dtype;

/* Bytes of one element: 4, 8, 4. */
TL_API size_t tl_dtype_size(tl_dtype dtype);

/* Where an option of 0 means its default, this means 0: a number too small to change anything. */
#define TL_ZERO 1e-300

/*
 * All memory comes from one pair of functions. resize(user, NULL, n) allocates, resize(user, p, n)
 * grows or shrinks; both may return NULL, which the library reports as TL_ERROR_MEMORY.
 * release(user, NULL) is fine.
 */
typedef struct tl_allocator {
	void *(*resize)(void *user, void *memory, size_t bytes);
	void (*release)(void *user, void *memory);
	void *user;
} tl_allocator;

/*
 * Use this allocator from now on, for the whole process; NULL, or one that lacks a function, goes
 * back to realloc and free. Call it before anything else is created, or while nothing the library
 * made is alive, and not while another thread is inside.
 */
TL_API void tl_set_allocator(const tl_allocator *allocator);

/*
 * The library has one thread pool, used by whatever runs a program at the time. Its size is one
 * thread a core unless the environment variable TL_THREADS says otherwise, or this call; 0 goes
 * back to that. Programs compiled before keep the number they were made for. Results do not depend
 * on it.
 */
TL_API void tl_set_thread_count(int threads);
TL_API int tl_thread_count(void);

/* The version of these headers, and of the library that runs: "major.minor.patch". */
#define TL_VERSION_MAJOR 0
#define TL_VERSION_MINOR 1
#define TL_VERSION_PATCH 0
TL_API const char *tl_version(void);

#ifdef __cplusplus
}
#endif
#endif
