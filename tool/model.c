/* Models in files. */
#include "model.h"
#include "said.h"

#include <stdlib.h>
#include <string.h>

static void add(model_texts *texts, const char *key, const char *value)
{
	if (value)
		texts->text[texts->count++] = (tl_metadata){key, value};
}

void model_describe(const net *n, model_texts *texts)
{
	texts->count = 0;
	task_options(n->t, texts->options, sizeof texts->options);
	snprintf(texts->layers, sizeof texts->layers, "%d", n->o.layers);
	add(texts, "task", n->t->kind->name);
	add(texts, "task_options", texts->options);
	add(texts, "layers", texts->layers);
	add(texts, "vocabulary", n->t->texts.vocabulary);
	add(texts, "scaling", n->t->texts.scaling);
	add(texts, "columns", n->t->texts.columns);
}

static bool read_task(const char *path, model *m)
{
	const char *kind = tl_model_metadata(m->file, "task");
	const char *options = tl_model_metadata(m->file, "task_options");
	if (!kind) {
		say_error("%s: is no model of `tapeloop train`", path);
		return false;
	}
	if (!task_begin(kind, &m->t) || (options && !task_set_options(&m->t, options)))
		return false;
	m->t.texts = (task_texts){.vocabulary = tl_model_metadata(m->file, "vocabulary"),
				  .scaling = tl_model_metadata(m->file, "scaling"),
				  .columns = tl_model_metadata(m->file, "columns")};
	return true;
}

static bool is_matrix(const tl_param *p)
{
	return p && tl_param_shape(p).rank == 2;
}

/* The net as the file has it, of which all shapes fit together. */
static bool read_net(const char *path, model *m)
{
	net *n = &m->n;
	const char *layers = tl_model_metadata(m->file, "layers");
	*n = (net){.t = &m->t, .set = tl_model_set(m->file)};
	n->o.layers = layers ? atoi(layers) : 0;
	n->E = tl_params_find(n->set, "E");
	n->V = tl_params_find(n->set, "V");
	n->c = tl_params_find(n->set, "c");
	bool fine = n->o.layers >= 1 && n->o.layers <= NET_LAYERS && is_matrix(n->V) && n->c &&
		    (!n->E || is_matrix(n->E)) && !n->E == !m->t.texts.vocabulary;
	int64_t in = !fine ? 0 : n->E ? tl_param_shape(n->E).dim[1] : 0;
	for (int k = 0; k < n->o.layers && fine; k++) {
		char name[16];
		snprintf(name, sizeof name, "cell%d", k);
		n->cell[k] = tl_model_cell(m->file, name);
		tl_shape x = tl_cell_input_shape(n->cell[k]);
		tl_shape h = tl_cell_state_shape(n->cell[k], 0);
		fine = n->cell[k] && x.rank == 1 && h.rank == 1 && (!in || x.dim[0] == in);
		m->t.in = k ? m->t.in : n->E ? tl_param_shape(n->E).dim[0] : x.dim[0];
		in = h.dim[0];
	}
	fine = fine && tl_param_shape(n->V).dim[1] == in &&
	       tl_param_size(n->c) == tl_param_shape(n->V).dim[0];
	if (!fine) {
		say_error("%s: is no model of `tapeloop train`, or not a whole one", path);
		return false;
	}
	m->t.out = tl_param_size(n->c);
	m->t.tokens = n->E ? m->t.in : 0;
	return true;
}

bool model_open(const char *path, model *m)
{
	tl_error error = {TL_OK, ""};
	*m = (model){.file = tl_model_load(path, &error)};
	if (!m->file)
		say_error("%s", *error.text ? error.text : "out of memory");
	if (m->file && read_task(path, m) && read_net(path, m))
		return true;
	model_close(m);
	return false;
}

/* Does what the net reads and says fit to what the data has? */
bool model_open_task(model *m, const char *data)
{
	int64_t in = m->t.in, out = m->t.out;
	if (data && !m->t.kind->files) {
		say_error("the task %s has no data", m->t.kind->name);
		return false;
	}
	if (data && strlen(data) >= TASK_NAME) {
		say_error("the name of a file is longer than %d bytes", TASK_NAME - 1);
		return false;
	}
	snprintf(m->t.file, sizeof m->t.file, "%s", data ? data : "");
	m->t.whole = true;
	if (!task_open(&m->t))
		return false;
	if (m->t.in == in && m->t.out == out)
		return true;
	say_error("the model reads %lld numbers and says %lld, the data has %lld and %lld",
		  (long long)in, (long long)out, (long long)m->t.in, (long long)m->t.out);
	return false;
}

void model_close(model *m)
{
	if (m->t.kind)
		task_release(&m->t);
	tl_model_destroy(m->file);
	*m = (model){0};
}
