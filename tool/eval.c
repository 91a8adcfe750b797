/* `tapeloop eval`: how good a model is on data it has not seen. */
#include "json.h"
#include "model.h"
#include "said.h"
#include "verb.h"

#include <math.h>
#include <string.h>

typedef struct eval_options {
	const char *data;
	bool json;
} eval_options;

static const verb_option options[] = {
	{'d', "data", "FILE", "a text or a table, of which all is measured; - is standard input",
	 TEXT(eval_options, data), COMPLETE_FILE},
	{'j', "json", NULL, "print JSON", FLAG(eval_options, json)},
	{0},
};

static bool add_carries(net *n)
{
	char name[32];
	for (int k = 0; k < n->o.layers && n->t->carried; k++) {
		snprintf(name, sizeof name, "measuring%d", k);
		n->testing[k] = tl_carry_of(n->cell[k], name, n->t->validation_rows);
	}
	return !tl_params_error(n->set);
}

/* Returns false after an error, which is said. */
static bool measure(model *m, double *loss, double *metric)
{
	net *n = &m->n;
	bool fine = add_carries(n);
	tl_optimizer *none = tl_sgd_create(n->set, NULL); /* a trainer has one */
	tl_trainer *trainer = tl_trainer_create(
		n->set, &(tl_trainer_options){.loss = net_loss,
					      .user = n,
					      .optimizer = none,
					      .train = m->t.validation,
					      .validation = m->t.validation,
					      .metrics = &net_metrics[m->t.kind->metric],
					      .metric_count = 1});
	*metric = fine ? net_measure(n, trainer, m->t.validation, loss) : NAN;
	const char *problem = fine ? tl_trainer_error(trainer) : tl_params_error(n->set);
	if (problem || !trainer)
		say_error("%s", trainer ? problem : "out of memory");
	tl_trainer_destroy(trainer);
	tl_optimizer_destroy(none);
	return trainer && !problem;
}

static void print(const model *m, double loss, double metric)
{
	const task *t = &m->t;
	bool share = t->kind->metric == METRIC_ACCURACY;
	printf("%-16s%.6g\n", "loss", loss);
	printf("%-16s%.4g%s", task_metric_name(t->kind), share ? 100 * metric : metric,
	       share ? " %" : "");
	if (!isnan(t->baseline))
		printf(" (baseline %.4g%s)", share ? 100 * t->baseline : t->baseline,
		       share ? " %" : "");
	printf("\n");
	if (t->kind->metric == METRIC_BITS)
		printf("%-16s%.4g\n", "perplexity", tl_perplexity(loss));
}

static void print_json(const model *m, double loss, double metric)
{
	json j = json_begin(stdout);
	json_open(&j, NULL, '{');
	json_text(&j, "task", m->t.kind->name);
	json_number(&j, "loss", loss);
	json_text(&j, "metric", task_metric_name(m->t.kind));
	json_number(&j, "value", metric);
	json_number(&j, "baseline", m->t.baseline);
	if (m->t.kind->metric == METRIC_BITS)
		json_number(&j, "perplexity", tl_perplexity(loss));
	json_close(&j);
}

static int run(const void *given, int count, char **operands)
{
	const eval_options *o = given;
	model m;
	double loss = NAN, metric = NAN;
	(void)count;
	if (!model_open(operands[0], &m))
		return STATUS_FAILED;
	int status = STATUS_FAILED;
	if (m.t.kind->files && !o->data) {
		say_error("eval: --data says what it is to be measured on");
		status = STATUS_USAGE;
	} else if (model_open_task(&m, o->data) && measure(&m, &loss, &metric)) {
		if (o->json)
			print_json(&m, loss, metric);
		else
			print(&m, loss, metric);
		status = STATUS_OK;
	}
	model_close(&m);
	return status;
}

const verb verb_eval = {
	.name = "eval",
	.summary = "measure a model on data",
	.operands = "MODEL",
	.least = 1,
	.most = 1,
	.completes = COMPLETE_FILE,
	.about =
		"Prints the loss and the metric of a model of `tapeloop train` on all of a text or "
		"a table, and of a language model the perplexity of a letter. A model of a task "
		"that is drawn, as adding, is measured on examples of it.",
	.options = options,
	.options_size = sizeof(eval_options),
	.examples = "tapeloop eval model.safetensors --data other.txt",
	.run = run,
};
