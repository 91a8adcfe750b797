/* Parameters on a tape: their nodes, their data, the sets they are of, buffers that take values. */
#include "graph/use.h"
#include "graph/error.h"
#include "graph/leaf.h"
#include "graph/params.h"
#include "graph/record.h"
#include "graph/shape.h"

#include "base/hash.h"

static bool is_shadowed(const tl_tape *t, const tl_param *p)
{
	return t->shadow && t->shadow->set == tl_param_set(p);
}

const void *tl_param_source(const tl_tape *t, const tl_param *p, tl_dtype *dtype)
{
	*dtype = is_shadowed(t, p) ? TL_F64 : tl_params_dtype(tl_param_set(p));
	return is_shadowed(t, p) ? (void *)(t->shadow->values + tl_param_offset(p))
				 : tl_param_value((tl_param *)p);
}

bool tl_param_is_stored(const tl_tape *t, const tl_param *p, tl_dtype *dtype)
{
	*dtype = t->shadow ? TL_F64 : tl_params_dtype(tl_param_set(p));
	return !tl_param_is_buffer(p) && (!t->shadow || is_shadowed(t, p));
}

void *tl_param_sink(const tl_tape *t, const tl_param *p)
{
	return t->shadow ? (void *)(t->shadow->gradients + tl_param_offset(p))
			 : tl_param_gradient((tl_param *)p);
}

/* Entries stay when the tape is rewound, and are told by their round: no allocation after the
 * first. */
struct tl_use_entry {
	uint64_t serial; /* of the parameter */
	uint32_t id, round;
	UT_hash_handle hh;
};

static struct tl_use_entry *use_of(const tl_tape *t, const tl_param *p)
{
	struct tl_use_entry *e = NULL;
	uint64_t serial = tl_param_serial(p);
	HASH_FIND(hh, t->uses, &serial, sizeof serial, e);
	return e;
}

static struct tl_use_entry *add_use(tl_tape *t, const tl_param *p)
{
	struct tl_use_entry *e = tl_alloc_zero(sizeof *e);
	if (!e)
		return NULL;
	e->serial = tl_param_serial(p);
	HASH_ADD(hh, t->uses, serial, sizeof e->serial, e);
	if (use_of(t, p) == e)
		return e;
	tl_free(e);
	return NULL;
}

/* The set is known to be alive now; whether it still is is asked whenever the tape computes. */
static bool note_set(tl_tape *t, tl_params *set)
{
	for (size_t i = 0; i < t->sets; i++)
		if (t->set[i].set == set && t->set[i].serial == tl_set_serial(set))
			return true;
	if (!tl_array_reserve(&t->set, &t->set_room, t->sets + 1, sizeof *t->set))
		return false;
	t->set[t->sets++] = (tl_set_use){set, tl_set_serial(set)};
	return true;
}

bool tl_sets_alive(tl_tape *t)
{
	for (size_t i = 0; i < t->sets; i++)
		if (!tl_set_is_alive(t->set[i].set, t->set[i].serial)) {
			tl_report(
				t, TL_ERROR_TAPE,
				"keep a set until every tape that used it is rewound or destroyed",
				"param: its parameter set was destroyed");
			return false;
		}
	return true;
}

tl_tensor tl_use(tl_tape *t, tl_param *p)
{
	tl_tensor none = {t, 0, 0};
	if (!t || t->problem.status)
		return none;
	if (!p) {
		tl_report(t, TL_ERROR_ARGUMENT,
			  "tl_params_add returned NULL; tl_params_error says why",
			  "param: there is no such parameter");
		return none;
	}
	struct tl_use_entry *e = use_of(t, p);
	if (e && e->round == t->round)
		return tl_handle(t, e->id);
	if ((!e && !(e = add_use(t, p))) || !note_set(t, tl_param_set(p))) {
		tl_report_memory(t, "param");
		return none;
	}
	tl_dtype type;
	tl_param_attr attr = {p, !tl_param_is_trainable(p)         ? TL_NOT_LEARNED
				 : tl_param_is_stored(t, p, &type) ? (int64_t)type
								   : TL_NOT_STORED};
	/* A parameter belongs to no step: the one that happens to use it first is not its owner. */
	int32_t step = t->step;
	t->step = -1;
	uint32_t id = tl_append(t, &tl_op_param, &attr, 0, tl_param_shape(p), t->dtype);
	t->step = step;
	if (!id)
		return none;
	e->id = id;
	e->round = t->round;
	t->uses_now++;
	return tl_handle(t, id);
}

uint32_t tl_used_as(const tl_tape *t, const tl_param *p)
{
	const struct tl_use_entry *e = use_of(t, p);
	return e && e->round == t->round ? e->id : 0;
}

void tl_uses_rewind(tl_tape *t)
{
	if (HASH_COUNT(t->uses) > 2 * t->uses_now + 64)
		tl_uses_finish(t);
	t->uses_now = 0;
}

void tl_uses_finish(tl_tape *t)
{
	struct tl_use_entry *e, *next;
	HASH_ITER(hh, t->uses, e, next)
	{
		HASH_DEL(t->uses, e);
		tl_free(e);
	}
}

tl_status tl_assign(tl_param *buffer, tl_tensor value)
{
	tl_tape *t = value.tape;
	if (!t)
		return TL_ERROR_TAPE;
	if (t->problem.status || !tl_belongs(t, value, "assign", 0))
		return t->problem.status;
	char a[96], b[96];
	if (!tl_param_is_buffer(buffer))
		return tl_report(t, TL_ERROR_ARGUMENT, "make it with tl_params_add_buffer",
				 "assign: %s is not a buffer",
				 buffer ? tl_param_name(buffer) : "NULL");
	const tl_node *n = tl_node_at(t, value.id);
	tl_shape is = tl_param_shape(buffer);
	if (!tl_shape_same(&n->shape, &is))
		return tl_report(t, TL_ERROR_SHAPE, NULL, "assign: buffer %s is %s, the value %s",
				 tl_param_name(buffer), tl_shape_text(&is, a),
				 tl_shape_text(&n->shape, b));
	if (n->dtype == TL_I32)
		return tl_report(t, TL_ERROR_TYPE, "tl_cast", "assign: the value is of integers");
	if (!note_set(t, tl_param_set(buffer)) ||
	    !tl_array_reserve(&t->assignment, &t->assignment_room, t->assignments + 1,
			      sizeof *t->assignment))
		return tl_report_memory(t, "assign");
	t->assignment[t->assignments++] = (tl_assignment){buffer, value.id};
	return TL_OK;
}
