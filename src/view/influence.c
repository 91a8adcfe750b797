/*
 * Which input mattered to which loss. What leaves the steps towards the loss is what each step
 * says; the adjoint that comes back there, from outside of time alone, is how the loss depends on
 * that step's word. Taken back to the inputs step by step, these vectors add up to the gradient of
 * the whole loss by each input: the loss falls into as many parts as there are steps that say
 * something.
 */
#include "ops/ops.h"
#include "view/influence.h"
#include "view/measure.h"

#include <tapeloop/grad.h>

#include <math.h>
#include <stdlib.h>

/* Nodes that may be recorded for it, and bytes of their values; a long sequence is asked at some of
 * its steps. */
enum { NODES = 400000, BYTES = 1 << 30 };

/* A node with the step it counts for. */
typedef struct place {
	int32_t step;
	uint32_t node;
} place;

typedef struct places {
	place *at;
	size_t count, room;
} places;

static bool add(places *p, int32_t step, uint32_t node)
{
	if (!tl_array_reserve(&p->at, &p->room, p->count + 1, sizeof *p->at))
		return false;
	p->at[p->count++] = (place){step, node};
	return true;
}

static int by_step(const void *a, const void *b)
{
	const place *x = a, *y = b;
	if (x->step != y->step)
		return x->step < y->step ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

/* Per node: in which step it is used, NOWHERE or SEVERAL. */
enum { NOWHERE = -2, SEVERAL = -3, OUTSIDE = -1 };

typedef struct survey {
	int32_t *used_in;
	/* It depends on an input; it is in a step or depends on one; something in a step depends on
	 * it, or it is in one. */
	bool *has_data, *late, *early;
	bool *final;  /* it belongs to the loss and to no step: no step depends on it, or it only
			 adds up what the steps say */
	int32_t last; /* step */
} survey;

/* Arithmetic of single numbers, of which losses are put together, in a step or after it. */
static bool adds_up(const tl_node *n)
{
	return n->shape.rank == 0 &&
	       (n->op == &tl_op_add || n->op == &tl_op_add_n || n->op == &tl_op_sub ||
		n->op == &tl_op_mul || n->op == &tl_op_div || n->op == &tl_op_neg ||
		n->op == &tl_op_reshape);
}

static void look_around(const tl_snapshot *s, survey *v)
{
	const tl_tape *t = s->tape;
	for (uint32_t id = 1; id <= s->loss; id++) {
		const tl_node *n = tl_node_at(t, id);
		v->used_in[id] = NOWHERE;
		v->has_data[id] = n->op == &tl_op_input;
		v->late[id] = n->step >= 0;
		for (uint32_t k = 0; k < n->operands; k++) {
			uint32_t o = t->operand[n->first + k];
			int32_t *used = &v->used_in[o];
			*used = *used == NOWHERE || *used == n->step ? n->step : SEVERAL;
			v->has_data[id] |= v->has_data[o];
			v->late[id] |= v->late[o];
		}
		v->last = n->step > v->last ? n->step : v->last;
	}
	v->final[s->loss] = true;
	for (uint32_t id = s->loss; id > 0; id--) {
		const tl_node *n = tl_node_at(t, id);
		v->early[id] |= n->step >= 0;
		for (uint32_t k = 0; k < n->operands; k++) {
			uint32_t o = t->operand[n->first + k];
			v->early[o] |= v->early[id];
			v->final[o] |= v->final[id] && adds_up(tl_node_at(t, o));
		}
		v->final[id] |= !v->early[id];
	}
}

/* Does it belong to a step, and is used by what belongs to the loss? */
static bool says_something(const tl_snapshot *s, const survey *v, uint32_t id)
{
	bool says = false;
	for (uint32_t k = 0; !v->final[id] && v->late[id] && k < tl_snapshot_parts(s, id); k++)
		says |= v->final[tl_node_at(s->tape, tl_snapshot_part(s, id, k))->primal];
	return says;
}

/* A piece of the data that a step takes: a slice or a row of a table, of what lies outside. */
static bool is_taken(const tl_tape *t, const survey *v, const tl_node *n)
{
	bool takes = n->op->view || n->op == &tl_op_slice || n->op == &tl_op_embedding;
	for (uint32_t k = 0; takes && k < n->operands; k++)
		takes = !v->late[t->operand[n->first + k]];
	return takes;
}

/* The step that a node brings data into, or OUTSIDE. */
static int32_t enters_at(const tl_snapshot *s, const survey *v, uint32_t id)
{
	const tl_node *n = tl_node_at(s->tape, id);
	if (n->dtype == TL_I32 || !v->has_data[id] || !s->gradient[id])
		return OUTSIDE;
	if (n->op == &tl_op_input)
		return n->step >= 0 ? n->step : v->used_in[id] >= 0 ? v->used_in[id] : OUTSIDE;
	return n->step >= 0 && is_taken(s->tape, v, n) ? n->step : OUTSIDE;
}

/* An input that is sliced in its own step enters as the slice. */
static bool list_places(const tl_snapshot *s, const survey *v, places *inputs, places *losses)
{
	bool fine = true;
	for (uint32_t id = 1; fine && id <= s->loss; id++) {
		int32_t step = enters_at(s, v, id);
		const tl_node *n = tl_node_at(s->tape, id);
		if (step >= 0)
			fine = add(inputs, step, id);
		if (fine && says_something(s, v, id))
			fine = add(losses, n->step >= 0 ? n->step : v->last, id);
	}
	if (inputs->count)
		qsort(inputs->at, inputs->count, sizeof *inputs->at, by_step);
	if (losses->count)
		qsort(losses->at, losses->count, sizeof *losses->at, by_step);
	return fine;
}

/* What comes back to a node from the loss alone; no tensor if nothing does. */
static tl_tensor from_outside(const tl_snapshot *s, const survey *v, uint32_t id)
{
	tl_tensor sum = {s->tape, 0, 0};
	for (uint32_t k = 0; k < tl_snapshot_parts(s, id); k++) {
		uint32_t part = tl_snapshot_part(s, id, k);
		tl_tensor x = tl_handle(s->tape, part);
		if (v->final[tl_node_at(s->tape, part)->primal])
			sum = sum.id ? tl_add(sum, x) : x;
	}
	return sum;
}

static double norm_of(tl_tensor x)
{
	tl_dtype type = tl_tensor_dtype(x);
	const void *value = type == TL_F64 ? (const void *)tl_value_double(x) : tl_value(x);
	return value ? tl_measure_of(value, type, tl_tensor_size(x)).norm : 0;
}

/* One row: the losses of one step taken back to the inputs up to it. columns has per input its
 * column. */
static bool trace(const tl_snapshot *s, const survey *around, const place *loss, size_t losses,
		  const places *inputs, const int *column, float *row)
{
	size_t count = inputs->count;
	tl_tensor *x = tl_alloc(count * sizeof *x), *back = tl_alloc(count * sizeof *back),
		  *sum = tl_alloc_zero(count * sizeof *sum);
	bool fine = x && back && sum, any = false;
	for (size_t i = 0; fine && i < count; i++)
		x[i] = tl_handle(s->tape, inputs->at[i].node);
	for (size_t l = 0; fine && l < losses; l++) {
		tl_tensor v = from_outside(s, around, loss[l].node);
		if (!v.id)
			continue;
		fine = !tl_vjp(tl_handle(s->tape, loss[l].node), v, x, (int)count, back);
		for (size_t i = 0; fine && i < count; i++)
			sum[i] = any ? tl_add(sum[i], back[i]) : back[i];
		any = true;
	}
	fine = fine && (!any || !tl_evaluate(sum, (int)count));
	for (size_t i = 0; fine && any && i < count; i++)
		row[column[i]] = hypotf(row[column[i]], (float)norm_of(sum[i]));
	tl_free(x);
	tl_free(back);
	tl_free(sum);
	return fine;
}

/* The distinct steps of places, sorted; a column for each place. Returns how many. */
static size_t steps_of(const places *p, int32_t *step, int *column)
{
	size_t count = 0;
	for (size_t i = 0; i < p->count; i++) {
		if (!count || step[count - 1] != p->at[i].step)
			step[count++] = p->at[i].step;
		column[i] = (int)count - 1;
	}
	return count;
}

/* The rows that were had, of as many as there are. */
typedef struct matrix {
	int32_t *rows, *columns; /* steps */
	size_t row_count, rows_there, column_count;
	float *values;
} matrix;

static bool write_matrix(tl_json *j, const places *inputs, const matrix *m)
{
	uint32_t *node = tl_alloc((inputs->count + 1) * sizeof *node);
	if (!node)
		return false;
	for (size_t i = 0; i < inputs->count; i++)
		node[i] = inputs->at[i].node;
	tl_json_open(j, "influence", '{');
	tl_json_number(j, "of", (double)m->rows_there);
	tl_json_array(j, "losses", "i32", m->rows, m->row_count);
	tl_json_array(j, "inputs", "i32", m->columns, m->column_count);
	tl_json_array(j, "nodes", "u32", node, inputs->count);
	tl_json_array(j, "values", "f32", m->values, m->row_count * m->column_count);
	tl_json_close(j, '}');
	tl_free(node);
	return true;
}

/* How many rows can be had: one records about two nodes for each of the loss. */
static size_t most_rows(const tl_snapshot *s)
{
	double bytes = 1;
	for (uint32_t id = 1; id <= s->loss; id++)
		bytes += (double)tl_elements(&tl_node_at(s->tape, id)->shape);
	bytes *= 2 * (double)tl_dtype_size(s->tape->dtype);
	double by_nodes = NODES / (2.0 * s->loss + 1), by_bytes = BYTES / bytes;
	return (size_t)(by_nodes < by_bytes ? by_nodes : by_bytes);
}

/* Of many rows, as many as can be had, spread evenly, the last among them; row has per loss its
 * own, of all. */
static bool trace_rows(const tl_snapshot *s, const survey *around, const places *inputs,
		       const places *losses, const int *column, const int *row, matrix *m)
{
	size_t most = most_rows(s), wanted = m->rows_there < most ? m->rows_there : most;
	bool fine = true;
	m->values = tl_alloc_zero((wanted * m->column_count + 1) * sizeof *m->values);
	for (size_t i = 0, end; m->values && fine && i < losses->count && m->row_count < wanted;
	     i = end) {
		for (end = i; end < losses->count && row[end] == row[i];)
			end++;
		if ((size_t)row[i] != (m->row_count + 1) * m->rows_there / wanted - 1)
			continue;
		fine = trace(s, around, losses->at + i, end - i, inputs, column,
			     m->values + m->row_count * m->column_count);
		m->rows[m->row_count++] = losses->at[i].step;
	}
	return fine && m->values;
}

static bool make_matrix(tl_json *j, const tl_snapshot *s, const survey *around,
			const places *inputs, const places *losses, bool *written)
{
	matrix m = {.columns = tl_alloc(inputs->count * sizeof *m.columns),
		    .rows = tl_alloc(losses->count * sizeof *m.rows)};
	int *column = tl_alloc(inputs->count * sizeof *column);
	int *row = tl_alloc(losses->count * sizeof *row);
	bool fine = m.columns && m.rows && column && row;
	if (fine) {
		m.column_count = steps_of(inputs, m.columns, column);
		m.rows_there = steps_of(losses, m.rows, row);
		fine = trace_rows(s, around, inputs, losses, column, row, &m);
	}
	if (fine && m.row_count)
		*written = fine = write_matrix(j, inputs, &m);
	tl_free(m.columns);
	tl_free(m.rows);
	tl_free(m.values);
	tl_free(column);
	tl_free(row);
	return fine;
}

/* Why there is no matrix, in words that follow "Nothing can be shown: ". */
static const char *reason(const tl_snapshot *s, const places *inputs, const places *losses)
{
	if (!s->loss)
		return "the page was written without a loss";
	if (tl_tape_status(s->tape))
		return "an op on the way has no derivative";
	if (!inputs->count)
		return "no step reads an input of real numbers that the loss depends on";
	if (!losses->count)
		return "no step adds to the loss";
	return "the tape is too long to ask even one of its losses";
}

bool tl_influence_write(tl_json *j, const tl_snapshot *s)
{
	size_t room = (size_t)s->loss + 1;
	survey v = {tl_alloc_zero(room * sizeof *v.used_in),
		    tl_alloc_zero(room),
		    tl_alloc_zero(room),
		    tl_alloc_zero(room),
		    tl_alloc_zero(room),
		    -1};
	places inputs = {0}, losses = {0};
	bool fine = v.used_in && v.has_data && v.late && v.early && v.final, written = false;
	if (fine && s->loss) {
		look_around(s, &v);
		fine = list_places(s, &v, &inputs, &losses);
	}
	if (fine && inputs.count && losses.count)
		fine = make_matrix(j, s, &v, &inputs, &losses, &written);
	tl_status status = tl_tape_status(s->tape);
	if (!written && (fine || (status && status != TL_ERROR_MEMORY)))
		tl_json_text(j, "noInfluence", reason(s, &inputs, &losses));
	tl_free(v.used_in);
	tl_free(v.has_data);
	tl_free(v.late);
	tl_free(v.final);
	tl_free(v.early);
	tl_free(inputs.at);
	tl_free(losses.at);
	return fine || (status && status != TL_ERROR_MEMORY);
}
