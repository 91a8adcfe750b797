/* Copying a tape: everything is recorded again, from the nodes instead of from calls. */
#include "graph/copy.h"
#include "graph/record.h"
#include "graph/scope.h"

#include <string.h>

/* Scopes get the numbers they had: they are entered in the order they were made. */
static bool copy_scopes(tl_tape *to, const tl_tape *from)
{
	for (size_t i = 1; i < from->scope_count; i++) {
		const char *slash = strrchr(from->scopes[i].path, '/');
		to->scope = from->scopes[i].parent;
		tl_scope_enter(to, slash ? slash + 1 : from->scopes[i].path);
	}
	to->scope = 0;
	return !to->problem.status;
}

static bool copy_node(tl_tape *to, const tl_tape *from, const tl_node *n)
{
	if (!tl_array_reserve(&to->operand, &to->operand_room, to->operands + n->operands,
			      sizeof *to->operand))
		return false;
	if (n->operands)
		memcpy(to->operand + to->operands, from->operand + n->first,
		       n->operands * sizeof *to->operand);
	uint32_t id = tl_append(to, n->op, n->attr, n->operands, n->shape, n->dtype);
	if (!id)
		return false;
	to->operands += n->operands;
	tl_node *copy = tl_node_at(to, id);
	copy->site = n->site;
	copy->source = n->source;
	copy->primal = n->primal;
	copy->scope = n->scope;
	copy->step = n->step;
	copy->gradient_of = n->gradient_of;
	copy->draw = n->draw;
	return true;
}

/* What was recorded after the last node that is copied has no name there. */
static bool copy_names(tl_tape *to, const tl_tape *from)
{
	if (!tl_array_reserve(&to->observation, &to->observation_room, from->observations + 1,
			      sizeof *to->observation) ||
	    !tl_array_reserve(&to->set, &to->set_room, from->sets + 1, sizeof *to->set))
		return false;
	for (size_t i = 0; i < from->observations; i++)
		if (from->observation[i].node < to->nodes)
			to->observation[to->observations++] = from->observation[i];
	if (from->sets)
		memcpy(to->set, from->set, from->sets * sizeof *to->set);
	to->sets = from->sets;
	return true;
}

tl_tape *tl_tape_copy(const tl_tape *from, size_t nodes)
{
	tl_tape *to = tl_tape_create(from->dtype);
	if (!to)
		return NULL;
	to->node_limit = UINT32_MAX - 2;
	bool fine = copy_scopes(to, from);
	for (size_t i = 1; fine && i < nodes; i++)
		fine = copy_node(to, from, &from->node[i]);
	if (!fine || !copy_names(to, from)) {
		tl_tape_destroy(to);
		return NULL;
	}
	to->evaluating = from->evaluating;
	to->shadow = from->shadow;
	to->stream = from->stream;
	to->draws = from->draws;
	to->stamped = to->nodes;
	to->run.executor = from->run.executor;
	to->run.recompute = from->run.recompute;
	return to;
}
