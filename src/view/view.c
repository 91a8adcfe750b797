/* What the listing and the drawing share. */
#include "view/view.h"

#include "ops/ops.h"

bool tl_node_transposes(const tl_node *n, uint32_t operand)
{
	const tl_matmul_attr *a = n->attr;
	return n->op == &tl_op_matmul &&
	       (operand == 0 ? a->transpose_a : operand == 1 && a->transpose_b);
}

void tl_node_attributes(tl_tape *tape, uint32_t id, char *text, size_t room)
{
	tl_call c = tl_call_of(tape, id);
	*text = '\0';
	if (c.op->attributes)
		c.op->attributes(&c, text, room);
}

tl_status tl_view_check(tl_tape *t, const FILE *file)
{
	if (!t || !file)
		return !t ? TL_ERROR_TAPE : TL_ERROR_ARGUMENT;
	return tl_sets_alive(t) ? TL_OK : TL_ERROR_TAPE; /* names of parameters are the set's */
}

tl_status tl_view_finish(FILE *file)
{
	return fflush(file) || ferror(file) ? TL_ERROR_FILE : TL_OK;
}
