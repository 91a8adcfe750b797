/* A group of elementwise values becomes one strip program. */
#include "code/strips.h"

#include <string.h>

/* What a strip program is put together in. */
typedef struct build {
	tl_emitter *e;
	const tl_group *g;
	uint32_t memory[TL_STRIP_SLOTS]; /* values in memory: operands, then results */
	int memories, inputs;
	double number[TL_STRIP_SLOTS]; /* constants, by the order they are met */
	int numbers;
	tl_strip_step step[2 * TL_STRIP_MEMBERS + TL_STRIP_SLOTS];
	int steps;
	uint32_t key[TL_STRIP_MEMBERS];
	int keys;
} build;

/*
 * While steps are put together their slots are: values in memory by number, then members that stay
 * in registers and constants, each with a number of its own above those; registers are shared
 * later.
 */
enum { MEMBER = 1000, NUMBER = 2000 };

static int member_index(const tl_group *g, uint32_t v)
{
	for (int i = 0; i < g->members; i++)
		if (g->member[i] == v)
			return i;
	return -1;
}

static int memory_index(const build *b, uint32_t v)
{
	for (int i = 0; i < b->memories; i++)
		if (b->memory[i] == v)
			return i;
	return -1;
}

static bool stored(const build *b, uint32_t v)
{
	return b->e->ir->value[v].uses > b->e->inside[v];
}

static void list_memories(build *b)
{
	const tl_ir *ir = b->e->ir;
	for (int i = 0; i < b->g->members; i++) {
		const tl_value_ir *x = &ir->value[b->g->member[i]];
		for (uint32_t k = 0; k < x->operands; k++) {
			uint32_t o = ir->operand[x->first + k];
			if (!tl_is_constant(&ir->value[o]) && member_index(b->g, o) < 0 &&
			    memory_index(b, o) < 0)
				b->memory[b->memories++] = o;
		}
	}
	b->inputs = b->memories;
	for (int i = 0; i < b->g->members; i++)
		if (stored(b, b->g->member[i]))
			b->memory[b->memories++] = b->g->member[i];
}

static uint16_t slot_of_number(build *b, double number)
{
	int i = 0;
	while (i < b->numbers && memcmp(&b->number[i], &number, sizeof number))
		i++;
	if (i == b->numbers) {
		b->number[b->numbers++] = number;
		b->step[b->steps++] = (tl_strip_step){
			.op = TL_STRIP_fill, .to = (uint16_t)(NUMBER + i), .imm = {number}};
	}
	return (uint16_t)(NUMBER + i);
}

static uint16_t slot_of(build *b, uint32_t v)
{
	const tl_value_ir *x = &b->e->ir->value[v];
	if (tl_is_constant(x))
		return slot_of_number(b, ((const tl_full_attr *)x->attr)->value);
	int at = memory_index(b, v);
	return (uint16_t)(at >= 0 ? at : MEMBER + member_index(b->g, v));
}

static void *keep(tl_emitter *e, const void *from, size_t bytes)
{
	void *to = tl_arena_take(&e->code->memory, bytes ? bytes : 1, 8);
	if (to && bytes)
		memcpy(to, from, bytes);
	return to;
}

static bool list_steps(build *b)
{
	const tl_ir *ir = b->e->ir;
	for (int i = 0; i < b->g->members; i++) {
		const tl_value_ir *x = &ir->value[b->g->member[i]];
		tl_strip_step s = {.op = TL_STRIP_sum};
		if (!tl_is_sum_over(x))
			s = tl_step_of(x->op, x->attr);
		size_t attr_bytes = x->op->attr_size + x->op->attr_each * x->operands;
		if (s.own && !(s.attr = keep(b->e, x->attr, attr_bytes)))
			return false;
		if (x->op->random) {
			s.imm[2] = b->keys;
			b->key[b->keys] = tl_emit_key(b->e, x->node);
			if (b->key[b->keys++] == TL_IR_NONE)
				return false;
		}
		for (uint32_t k = 0; k < x->operands; k++)
			s.from[k] = slot_of(b, ir->operand[x->first + k]);
		s.to = slot_of(b, b->g->member[i]);
		b->step[b->steps++] = s;
	}
	return true;
}

static int operands_of(const tl_strip_step *s)
{
	return tl_step_kinds[s->op].operands;
}

/* Registers are handed on when their value has been read for the last time. Returns how many. */
static int share_registers(build *b)
{
	int16_t last[NUMBER + TL_STRIP_SLOTS], reg[NUMBER + TL_STRIP_SLOTS], idle[TL_STRIP_SLOTS];
	int idles = 0, used = 0;
	memset(reg, 0xff, sizeof reg);
	for (int i = 0; i < b->steps; i++) {
		const tl_strip_step *s = &b->step[i];
		last[s->to] = (int16_t)i;
		for (int k = 0; k < operands_of(s); k++)
			last[s->from[k]] = (int16_t)i;
	}
	for (int i = 0; i < b->steps; i++) {
		tl_strip_step *s = &b->step[i];
		uint16_t was[3] = {0}, to = s->to;
		for (int k = 0; k < operands_of(s); k++) {
			was[k] = s->from[k];
			if (was[k] >= MEMBER)
				s->from[k] = (uint16_t)(b->memories + reg[was[k]]);
		}
		for (int k = 0; k < operands_of(s); k++)
			if (was[k] >= MEMBER && last[was[k]] == i && reg[was[k]] >= 0) {
				idle[idles++] = reg[was[k]];
				reg[was[k]] = -1;
			}
		if (to >= MEMBER) {
			reg[to] = idles ? idle[--idles] : (int16_t)used++;
			s->to = (uint16_t)(b->memories + reg[to]);
		}
	}
	return used;
}

/* The strides of a sum over the domain whose dimensions it sums up: 0 along those. */
static void sum_strides(const tl_value_ir *x, const tl_place *p, const tl_shape *domain,
			int64_t stride[4])
{
	const tl_reduce_attr *attr = x->attr;
	int own = 0;
	memset(stride, 0, 4 * sizeof *stride);
	for (int d = 0; d < domain->rank; d++) {
		bool goes = d >= attr->first && d < attr->first + attr->count;
		if (!goes && domain->dim[d] > 1)
			stride[4 - domain->rank + d] = p->stride[own];
		own += !goes || attr->keep;
	}
}

/* The last member that is a node, or else what the last one is of use to. */
static uint32_t last_node(const tl_emitter *e, const tl_group *g)
{
	for (int i = g->members; i-- > 0;)
		if (e->ir->value[g->member[i]].node != TL_IR_NONE)
			return e->ir->value[g->member[i]].node;
	return e->node[g->member[g->members - 1]];
}

bool tl_emit_group(tl_emitter *e, const tl_group *g)
{
	build b = {.e = e, .g = g};
	list_memories(&b);
	if (!list_steps(&b))
		return false;
	int registers = share_registers(&b);
	tl_strip_memory memory[TL_STRIP_SLOTS];
	for (int i = 0; i < b.memories; i++) {
		const tl_value_ir *x = &e->ir->value[b.memory[i]];
		const tl_place *p = &e->layout.place[b.memory[i]];
		memory[i].dtype = x->dtype;
		if (i >= b.inputs && tl_is_sum_over(x))
			sum_strides(x, p, &g->domain, memory[i].stride);
		else
			tl_broadcast_strides(&x->shape, p->stride, 4, memory[i].stride);
	}
	tl_strip strip = {.dim = {1, 1, 1, 1},
			  .memories = b.memories,
			  .registers = registers,
			  .steps = b.steps,
			  .memory = keep(e, memory, (size_t)b.memories * sizeof *memory),
			  .step = keep(e, b.step, (size_t)b.steps * sizeof *b.step)};
	for (int i = 0; i < g->domain.rank; i++)
		strip.dim[4 - g->domain.rank + i] = g->domain.dim[i];
	const uint32_t *key = keep(e, b.key, (size_t)b.keys * sizeof *b.key);
	tl_instruction *out = tl_emit_instruction(e, TL_RUN_STRIP, b.memory, b.memories);
	if (!out || !strip.memory || !strip.step || !key)
		return false;
	out->place = last_node(e, g);
	for (int i = 0; i < g->members; i++)
		tl_emit_note_maker(e, g->member[i]);
	out->strip.strip = strip;
	out->strip.key = key;
	out->strip.keys = b.keys;
	out->workspace = tl_kernels_for(e->ir->real)->strip_workspace(&strip);
	for (int i = 0; i < b.steps; i++)
		out->cost += tl_step_kinds[b.step[i].op].cost;
	out->cost *= (double)tl_elements(&g->domain);
	return true;
}
