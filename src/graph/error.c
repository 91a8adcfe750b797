/* The first error of a tape: kept as its parts, put into words when it is asked for. */
#include "graph/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static tl_status keep(tl_tape *t, tl_status status, const char *hint, const char *name,
		      const char *format, va_list args)
{
	tl_problem *p = &t->problem;
	if (p->status)
		return p->status;
	*p = (tl_problem){.status = status,
			  .hint = hint,
			  .scope = t->scope,
			  .step = t->step,
			  .site = t->site,
			  .sited = t->site != NULL,
			  .during = t->primal ? t->node[t->primal].op->name : NULL};
	int used = name ? snprintf(p->what, sizeof p->what, "%s: ", name) : 0;
	if (used >= 0 && used < (int)sizeof p->what)
		vsnprintf(p->what + used, sizeof p->what - (size_t)used, format, args);
	return status;
}

tl_status tl_report(tl_tape *t, tl_status status, const char *hint, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	status = keep(t, status, hint, NULL, format, args);
	va_end(args);
	return status;
}

tl_status tl_report_at(tl_tape *t, uint32_t id, tl_status status, const char *hint,
		       const char *format, ...)
{
	if (t->problem.status)
		return t->problem.status;
	va_list args;
	va_start(args, format);
	const tl_node *n = tl_node_at(t, id);
	keep(t, status, hint, n->op->name, format, args);
	va_end(args);
	t->problem.scope = n->scope;
	t->problem.step = n->step;
	t->problem.site = n->site;
	t->problem.sited = true;
	t->problem.during = n->primal ? t->node[n->primal].op->name : NULL;
	return status;
}

tl_status tl_report_memory(tl_tape *t, const char *doing)
{
	return tl_report(t, TL_ERROR_MEMORY, NULL, "%s: out of memory", doing);
}

tl_status tl_call_fail(const tl_call *c, tl_status status, const char *hint, const char *format,
		       ...)
{
	if (!c || !c->tape || !format)
		return status ? status : TL_ERROR_ARGUMENT;
	va_list args;
	va_start(args, format);
	status = keep(c->tape, status, hint, c->op ? c->op->name : NULL, format, args);
	va_end(args);
	return status;
}

tl_status tl_tape_status(const tl_tape *t)
{
	return t ? t->problem.status : TL_ERROR_TAPE;
}

const char *tl_tape_last_error(tl_tape *t)
{
	const char *now = tl_tape_error(t);
	return now || !t->had_problem ? now : t->text;
}

const char *tl_tape_error(tl_tape *t)
{
	if (!t)
		return "there is no tape (tl_tape_create returned NULL, or a tensor was never set)";
	const tl_problem *p = &t->problem;
	if (!p->status)
		return NULL;
	size_t room = sizeof t->text, used = 0;
	used += (size_t)snprintf(t->text, room, "%s\n  at %s", p->what,
				 p->site ? p->site : "an unknown line");
	if (p->scope > 0)
		used += (size_t)snprintf(t->text + used, room - used, ", in %.200s",
					 t->scopes[p->scope].path);
	if (p->step >= 0)
		used += (size_t)snprintf(t->text + used, room - used, ", step %d", p->step);
	if (p->during)
		used += (size_t)snprintf(t->text + used, room - used, ", in the derivative of %s",
					 p->during);
	if (p->hint && used < room)
		snprintf(t->text + used, room - used, "\nhint: %s", p->hint);
	return t->text;
}
