/*
 * Parameter sets: named arrays in two contiguous blocks, found by name through a uthash table. Each
 * parameter starts on a 64-byte boundary of its block, so a kernel may read it in place.
 */
#include "graph/params.h"
#include "graph/shape.h"

#include "base/hash.h"
#include "base/random.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct tl_param {
	char *name;
	tl_shape shape;
	int64_t offset, size;
	tl_params *set;
	uint64_t serial; /* unlike the address, no other parameter's ever */
	bool learned;    /* or else a buffer */
	bool frozen;
	bool offered, taken_over; /* tl_param_offer, and then added */
	UT_hash_handle hh;
};

struct tl_params {
	tl_dtype dtype;
	uint64_t seed;
	int64_t limit;    /* of numbers, or 0 */
	tl_param **param; /* in the order added */
	size_t count, room;
	tl_param *by_name;
	struct block *memory; /* what the two below lie in */
	char *value, *gradient;
	int64_t used, capacity; /* numbers */
	uint64_t serial;
	tl_params *next, *previous; /* in the list of all sets */
	tl_status status;           /* of the first error, whose message this is */
	char error[256];
};

/*
 * Memory of values and gradients. Earlier, smaller blocks are kept until the set goes: a tape may
 * know the value of a parameter by where it was before another was added.
 */
struct block {
	struct block *before;
};

/* All sets there are, so that a tape or a program can ask whether one it read from still is */

static pthread_mutex_t sets_lock = PTHREAD_MUTEX_INITIALIZER;
static tl_params *all_sets;

static uint64_t next_serial(void)
{
	static atomic_uint_fast64_t serials;
	return atomic_fetch_add_explicit(&serials, 1, memory_order_relaxed) + 1;
}

/* A child of fork finds the list whole and the lock free. */
static void lock_sets(void)
{
	pthread_mutex_lock(&sets_lock);
}

static void unlock_sets(void)
{
	pthread_mutex_unlock(&sets_lock);
}

static void prepare_for_fork(void)
{
	pthread_atfork(lock_sets, unlock_sets, unlock_sets);
}

static void enlist(tl_params *s)
{
	s->previous = NULL;
	if ((s->next = all_sets))
		all_sets->previous = s;
	all_sets = s;
}

static void delist(tl_params *s)
{
	if (s->next)
		s->next->previous = s->previous;
	*(s->previous ? &s->previous->next : &all_sets) = s->next;
}

/* The address is compared, and read only once it is found in the list; sets that are asked for move
 * to its front. */
bool tl_set_is_alive(const tl_params *set, uint64_t serial)
{
	lock_sets();
	tl_params *s = all_sets;
	while (s && (s != set || s->serial != serial))
		s = s->next;
	if (s && s != all_sets) {
		delist(s);
		enlist(s);
	}
	unlock_sets();
	return s != NULL;
}

uint64_t tl_set_serial(const tl_params *s)
{
	return s->serial;
}

tl_params *tl_params_create(tl_dtype dtype)
{
	if (dtype != TL_F32 && dtype != TL_F64)
		return NULL;
	tl_params *s = tl_alloc_zero(sizeof *s);
	if (!s)
		return NULL;
	s->dtype = dtype;
	s->serial = next_serial();
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, prepare_for_fork);
	lock_sets();
	enlist(s);
	unlock_sets();
	return s;
}

static void param_destroy(tl_param *p)
{
	if (p)
		tl_free(p->name);
	tl_free(p);
}

void tl_params_destroy(tl_params *s)
{
	if (!s)
		return;
	lock_sets();
	delist(s);
	unlock_sets();
	HASH_CLEAR(hh, s->by_name);
	for (size_t i = 0; i < s->count; i++)
		param_destroy(s->param[i]);
	tl_free(s->param);
	for (struct block *b = s->memory, *before; b; b = before) {
		before = b->before;
		tl_free(b);
	}
	tl_free(s);
}

void tl_params_set_seed(tl_params *s, uint64_t seed)
{
	if (s)
		s->seed = seed;
}

void tl_params_set_limit(tl_params *s, int64_t numbers)
{
	if (s)
		s->limit = numbers > 0 ? numbers : 0;
}

const char *tl_params_error(const tl_params *s)
{
	return !s ? "there is no parameter set" : s->status ? s->error : NULL;
}

tl_status tl_params_status(const tl_params *s)
{
	return s ? s->status : TL_ERROR_ARGUMENT;
}

tl_param *tl_params_report(tl_params *s, tl_status status, const char *format, ...)
{
	if (!s->status) {
		s->status = status;
		va_list args;
		va_start(args, format);
		vsnprintf(s->error, sizeof s->error, format, args);
		va_end(args);
	}
	return NULL;
}

/* Blocks */

/* Both blocks get room for `need` numbers, or neither changes. */
static bool blocks_reserve(tl_params *s, int64_t need)
{
	if (need <= s->capacity)
		return true;
	int64_t capacity = s->capacity * 2 > need ? s->capacity * 2 : need;
	size_t number = tl_dtype_size(s->dtype);
	size_t bytes = tl_aligned_size((size_t)capacity * number);
	struct block *memory = tl_alloc_zero(sizeof *memory + TL_ALIGN + 2 * bytes);
	if (!memory)
		return false;
	char *value = tl_aligned(memory + 1), *gradient = value + bytes;
	if (s->used) {
		memcpy(value, s->value, (size_t)s->used * number);
		memcpy(gradient, s->gradient, (size_t)s->used * number);
	}
	memory->before = s->memory;
	s->memory = memory;
	s->value = value;
	s->gradient = gradient;
	s->capacity = capacity;
	return true;
}

static tl_param *param_create(tl_params *s, const char *name, tl_shape shape)
{
	tl_param *p = tl_alloc_zero(sizeof *p);
	if (!p || !(p->name = tl_alloc(strlen(name) + 1))) {
		param_destroy(p);
		return NULL;
	}
	strcpy(p->name, name);
	p->shape = shape;
	p->size = tl_elements(&shape);
	p->set = s;
	p->serial = next_serial();
	return p;
}

/* Initial values are made in double and rounded, so that both types of set start alike. */
static tl_status fill(tl_params *s, tl_param *p, const tl_init *init)
{
	double *values = tl_alloc((size_t)p->size * sizeof *values);
	if (!values)
		return TL_ERROR_MEMORY;
	tl_status status = init->fill(init, p->shape, tl_random_key(s->seed, p->name), values);
	if (s->dtype == TL_F64) {
		memcpy((double *)s->value + p->offset, values, (size_t)p->size * sizeof *values);
	} else {
		for (int64_t i = 0; i < p->size; i++)
			((float *)s->value)[p->offset + i] = (float)values[i];
	}
	tl_free(values);
	return status;
}

/* Numbers between a parameter's first and the next one's; one without elements takes its place like
 * any other, so that its values are at an address. */
static int64_t stretch(const tl_params *s, const tl_param *p)
{
	int64_t unit = TL_ALIGN / (int64_t)tl_dtype_size(s->dtype);
	return p->size ? (p->size + unit - 1) / unit * unit : unit;
}

static tl_param *take_over(tl_param *p, const tl_shape *shape, bool learned)
{
	char is[96], wanted[96];
	if (!tl_shape_same(&p->shape, shape))
		return tl_params_report(
			p->set, TL_ERROR_SHAPE,
			"parameter %.100s: it is there already with shape %s, and not %s", p->name,
			tl_shape_text(&p->shape, is), tl_shape_text(shape, wanted));
	if (p->learned != learned)
		return tl_params_report(p->set, TL_ERROR_ARGUMENT,
					"parameter %.100s: it is there already, and is %s buffer",
					p->name, learned ? "a" : "no");
	p->offered = false;
	p->taken_over = true;
	return p;
}

static tl_param *add(tl_params *s, const char *name, tl_shape shape, tl_init init, bool learned)
{
	char text[96];
	tl_param *p = NULL;
	if (!s || s->status)
		return NULL;
	if (!name || !*name)
		return tl_params_report(s, TL_ERROR_ARGUMENT, "parameter: the name is empty");
	p = tl_params_find(s, name);
	if (p && p->offered)
		return take_over(p, &shape, learned);
	if (p)
		return tl_params_report(s, TL_ERROR_NAME,
					"parameter %.100s: the set already has one of this name",
					name);
	if (!tl_shape_sound(&shape))
		return tl_params_report(s, TL_ERROR_SHAPE,
					"parameter %.100s: no tensor can have shape %s", name,
					tl_shape_text(&shape, text));
	if (!init.fill)
		return tl_params_report(s, TL_ERROR_ARGUMENT,
					"parameter %.100s: the initialiser is empty", name);

	if (s->limit && s->used + tl_elements(&shape) > s->limit)
		return tl_params_report(s, TL_ERROR_MEMORY,
					"parameter %.100s: the set would pass its limit", name);

	if (!(p = param_create(s, name, shape)) ||
	    !tl_array_reserve(&s->param, &s->room, s->count + 1, sizeof *s->param) ||
	    !blocks_reserve(s, s->used + stretch(s, p)))
		goto no_memory;
	p->offset = s->used;
	p->learned = learned;
	if (fill(s, p, &init))
		goto no_memory;
	HASH_ADD_KEYPTR(hh, s->by_name, p->name, strlen(p->name), p);
	if (!tl_params_find(s, name))
		goto no_memory;
	s->used += stretch(s, p);
	return s->param[s->count++] = p;
no_memory:
	param_destroy(p);
	return tl_params_report(s, TL_ERROR_MEMORY, "parameter %.100s: out of memory", name);
}

tl_param *tl_params_add(tl_params *s, const char *name, tl_shape shape, tl_init init)
{
	return add(s, name, shape, init, true);
}

tl_param *tl_params_add_buffer(tl_params *s, const char *name, tl_shape shape, tl_init init)
{
	return add(s, name, shape, init, false);
}

/* Looking */

tl_param *tl_params_find(const tl_params *s, const char *name)
{
	tl_param *p = NULL;
	if (s && name)
		HASH_FIND_STR(s->by_name, name, p);
	return p;
}

int tl_params_count(const tl_params *s)
{
	return s ? (int)s->count : 0;
}

int64_t tl_params_element_count(const tl_params *s)
{
	int64_t count = 0;
	for (int i = 0; i < tl_params_count(s); i++)
		count += tl_param_is_trainable(s->param[i]) ? tl_param_size(s->param[i]) : 0;
	return count;
}

tl_param *tl_params_at(const tl_params *s, int index)
{
	return s && index >= 0 && index < (int)s->count ? s->param[index] : NULL;
}

void *tl_params_values(tl_params *s, int64_t *count)
{
	if (count)
		*count = s ? s->used : 0;
	return s ? s->value : NULL;
}

void *tl_params_gradients(tl_params *s, int64_t *count)
{
	if (count)
		*count = s ? s->used : 0;
	return s ? s->gradient : NULL;
}

tl_dtype tl_params_dtype(const tl_params *s)
{
	return s ? s->dtype : TL_F32;
}

void tl_params_zero_gradients(tl_params *s)
{
	if (s && s->used)
		memset(s->gradient, 0, (size_t)s->used * tl_dtype_size(s->dtype));
}

const char *tl_param_name(const tl_param *p)
{
	return p ? p->name : "";
}

tl_shape tl_param_shape(const tl_param *p)
{
	return p ? p->shape : TL_SCALAR;
}

int64_t tl_param_size(const tl_param *p)
{
	return p ? p->size : 0;
}

bool tl_param_is_buffer(const tl_param *p)
{
	return p && !p->learned;
}

bool tl_param_is_trainable(const tl_param *p)
{
	return p && p->learned && !p->frozen;
}

tl_status tl_param_set_trainable(tl_param *p, bool on)
{
	if (!p || !p->learned)
		return TL_ERROR_ARGUMENT;
	p->frozen = !on;
	return TL_OK;
}

tl_status tl_param_offer(tl_param *p)
{
	if (!p)
		return TL_ERROR_ARGUMENT;
	p->offered = true;
	return TL_OK;
}

bool tl_param_is_offered(const tl_param *p)
{
	return p->offered;
}

bool tl_param_was_offered(const tl_param *p)
{
	return p->taken_over;
}

void *tl_param_value(tl_param *p)
{
	return p ? p->set->value + (size_t)p->offset * tl_dtype_size(p->set->dtype) : NULL;
}

void *tl_param_gradient(tl_param *p)
{
	return p ? p->set->gradient + (size_t)p->offset * tl_dtype_size(p->set->dtype) : NULL;
}

float *tl_param_value_float(tl_param *p)
{
	return p && p->set->dtype == TL_F32 ? tl_param_value(p) : NULL;
}

double *tl_param_value_double(tl_param *p)
{
	return p && p->set->dtype == TL_F64 ? tl_param_value(p) : NULL;
}

float *tl_param_gradient_float(tl_param *p)
{
	return p && p->set->dtype == TL_F32 ? tl_param_gradient(p) : NULL;
}

double *tl_param_gradient_double(tl_param *p)
{
	return p && p->set->dtype == TL_F64 ? tl_param_gradient(p) : NULL;
}

tl_params *tl_param_set(const tl_param *p)
{
	return p->set;
}

int64_t tl_param_offset(const tl_param *p)
{
	return p->offset;
}

uint64_t tl_param_serial(const tl_param *p)
{
	return p->serial;
}
