/* What a training leaves behind: checkpoints from which it goes on to the bit, a log, a chart. */
#include "trainer_net.h"

#include <sys/resource.h>

/* Everything that has a state: an average, a plateau, the best values; and noise and a schedule,
 * which follow from the step. */
static tl_trainer_options with_all(net *n, tl_plateau *plateau, tl_average *average)
{
	static const tl_schedule cosine = {
		.kind = TL_SCHEDULE_COSINE, .learning_rate = 0.02, .steps = 21, .warmup = 3};
	tl_trainer_options o = usual(n);
	o.validation = n->validation, o.metrics = metrics, o.metric_count = 1;
	o.evaluate_every = 4, o.keep_best = true;
	o.schedule = &cosine, o.plateau = plateau, o.average = average;
	o.gradient_noise = 0.01, o.accumulate = 2, o.clip_norm_each = 0.5, o.clip_value = 0.2;
	*plateau = (tl_plateau){.patience = -1};
	return o;
}

/* Stopped after any step, and gone on in what is as good as another process. */
START_TEST(a_resumed_training_is_the_same_to_the_bit)
{
	const tl_average_options decay = {.decay = 0.9};
	net *whole = net_create(1);
	tl_plateau plateau, other;
	tl_average *average = tl_average_create(whole->set, &decay);
	tl_trainer_options o = with_all(whole, &plateau, average);
	tl_trainer *t = tl_trainer_create(whole->set, &o);
	assert_trained(t);
	tl_trainer_state want = tl_trainer_get_state(t);
	ck_assert_int_eq(want.step, 12);
	tl_trainer_destroy(t);
	for (int64_t at = 1; at < want.step; at += 2) {
		const char *path = scratch("net.safetensors");
		remove(path);
		net *first = net_create(1), *second = net_create(99);
		tl_average *before = tl_average_create(first->set, &decay),
			   *after = tl_average_create(second->set, &decay);
		o = with_all(first, &other, before);
		o.checkpoint = path, o.on_step = stop, o.interruptible = true;
		first->raises = SIGINT, first->stop_at = at, second->stop_at = -1;
		t = tl_trainer_create(first->set, &o);
		assert_trained(t);
		ck_assert(tl_trainer_get_state(t).interrupted);
		ck_assert_int_eq(tl_trainer_get_state(t).step, at);
		tl_trainer_destroy(t);
		o = with_all(second, &other, after);
		o.checkpoint = path;
		t = tl_trainer_create(second->set, &o);
		assert_trained(t);
		tl_trainer_state got = tl_trainer_get_state(t);
		assert_same(whole, second);
		ck_assert_int_eq(got.step, want.step);
		ck_assert_int_eq(got.best_step, want.best_step);
		ck_assert(memcmp(&got.best, &want.best, sizeof got.best) == 0);
		ck_assert(memcmp(&got.smooth_loss, &want.smooth_loss, sizeof got.best) == 0);
		ck_assert(memcmp(&plateau.factor, &other.factor, sizeof other.factor) == 0);
		ck_assert_int_eq(tl_average_update_count(after), tl_average_update_count(average));
		int64_t count;
		const float *x = tl_average_values(average, &count);
		ck_assert_mem_eq(x, tl_average_values(after, NULL), (size_t)count * sizeof *x);
		tl_trainer_destroy(t);
		tl_average_destroy(before);
		tl_average_destroy(after);
		net_destroy(first);
		net_destroy(second);
	}
	tl_average_destroy(average);
	net_destroy(whole);
}
END_TEST

static int lines_of(const char *path, const char *with)
{
	FILE *f = fopen(path, "r");
	char line[512];
	int count = 0;
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f)) {
		ck_assert(line[0] == '{' && strstr(line, "}\n"));
		count += strstr(line, with) != NULL;
	}
	fclose(f);
	return count;
}

START_TEST(what_it_tells_is_there_once)
{
	net *n = net_create(1), *again = net_create(1);
	const char *log = scratch("log.jsonl"), *path = scratch("told.safetensors"),
		   *chart = scratch("chart.svg");
	remove(path);
	FILE *progress = tmpfile();
	tl_trainer_options o = usual(n);
	o.checkpoint = path, o.log = log, o.chart = chart, o.progress = progress;
	o.validation = n->validation, o.steps = 9, o.epochs = 0;
	tl_trainer *t = tl_trainer_create(n->set, &o);
	assert_trained(t);
	tl_trainer_destroy(t);
	ck_assert_int_eq(lines_of(log, "\"gradient_norm\""), 9);
	ck_assert_int_eq(lines_of(log, "\"validation\""), 2);
	FILE *f = fopen(log,
			"a"); /* as of steps taken after the checkpoint, by a process that died */
	fputs("{\"step\":10,\"epoch\":1,\"loss\":0.5}\n{\"step\":11,\"epo", f);
	fclose(f);
	o.user = again, o.optimizer = again->optimizer, o.train = again->train;
	o.validation = again->validation, o.steps = 0, o.epochs = 3;
	t = tl_trainer_create(again->set, &o);
	assert_trained(t);
	tl_trainer_destroy(t);
	ck_assert_int_eq(lines_of(log, "\"gradient_norm\""), 3 * BATCHES);
	ck_assert_int_eq(lines_of(log, "\"step\":10,"), 1);
	ck_assert_int_gt(size_of(chart), 1000);
	rewind(progress);
	char line[256];
	int shown = 0;
	while (fgets(line, sizeof line, progress)) {
		ck_assert_int_lt((int)strlen(line), 80);
		ck_assert(line[0] == '[' && strstr(line, "loss") && strstr(line, "valid"));
		shown++;
	}
	ck_assert_int_ge(shown, 4);
	fclose(progress);
	net_destroy(n);
	net_destroy(again);
}
END_TEST

/* A checkpoint of something else changes nothing. */
START_TEST(a_checkpoint_of_another_training_is_refused)
{
	net *n = net_create(1), *other = net_create(2);
	const char *path = scratch("mine.safetensors");
	remove(path);
	tl_trainer_options o = usual(n);
	o.checkpoint = path, o.epochs = 1;
	tl_trainer *t = tl_trainer_create(n->set, &o);
	assert_trained(t);
	tl_trainer_destroy(t);
	int64_t count;
	float *values = tl_params_values(other->set, &count), before[1000];
	memcpy(before, values, (size_t)count * sizeof *values);
	o.user = other, o.optimizer = other->optimizer, o.seed = 6;
	t = tl_trainer_create(other->set, &o);
	ck_assert_int_eq(tl_trainer_run(t), TL_ERROR_ARGUMENT);
	ck_assert_ptr_nonnull(
		strstr(tl_trainer_error(t), "was made with seed 5, and this one is 6"));
	tl_trainer_destroy(t);
	tl_optimizer *sgd = tl_sgd_create(other->set, NULL);
	o.seed = 5, o.optimizer = sgd;
	t = tl_trainer_create(other->set, &o);
	ck_assert_int_eq(tl_trainer_run(t), TL_ERROR_ARGUMENT);
	ck_assert_ptr_nonnull(
		strstr(tl_trainer_error(t), "the optimiser adam, and this one is sgd"));
	tl_trainer_destroy(t);
	o.optimizer = other->optimizer;
	tl_params_add(other->set, "more", tl_dims(2), tl_init_zeros());
	t = tl_trainer_create(other->set, &o);
	ck_assert(tl_trainer_run(t) != TL_OK);
	ck_assert_ptr_nonnull(strstr(tl_trainer_error(t), "more"));
	tl_trainer_destroy(t);
	values = tl_params_values(other->set, NULL);
	ck_assert_mem_eq(values, before, (size_t)count * sizeof *values);
	tl_optimizer_destroy(sgd);
	net_destroy(n);
	net_destroy(other);
}
END_TEST

/* And a file of weights, and a model, from the file alone. */
START_TEST(a_checkpoint_is_a_model)
{
	net *n = net_create(1), *other = net_create(2);
	tl_error e = {TL_OK, ""};
	const char *path = scratch("model.safetensors");
	const tl_metadata text = {"vocabulary", "abc"};
	tl_trainer_options o = usual(n);
	o.checkpoint = path, o.epochs = 1;
	o.cells = &n->cell, o.cell_count = 1, o.texts = &text, o.text_count = 1;
	tl_trainer *t = tl_trainer_create(n->set, &o);
	assert_trained(t);
	tl_trainer_destroy(t);
	ck_assert_msg(!tl_params_load(other->set, path, NULL, &e), "%s", e.text);
	int64_t count;
	const float *values = tl_params_values(n->set, &count);
	ck_assert_mem_eq(values, tl_params_values(other->set, NULL),
			 (size_t)count * sizeof *values);
	tl_model *m = tl_model_load(path, &e);
	ck_assert_msg(m != NULL, "%s", e.text);
	ck_assert_str_eq(tl_model_metadata(m, "vocabulary"), "abc");
	ck_assert_str_eq(tl_cell_get_kind(tl_model_cell(m, "gru"))->name, "gru");
	ck_assert_mem_eq(values, tl_params_values(tl_model_set(m), NULL),
			 (size_t)count * sizeof *values);
	tl_model_destroy(m);
	net_destroy(n);
	net_destroy(other);
}
END_TEST

START_TEST(files_that_cannot_be_written_are_said)
{
	net *n = net_create(1);
	tl_trainer_options o = usual(n);
	o.epochs = 1, o.checkpoint = "/nowhere/at/all.safetensors";
	tl_trainer *t = tl_trainer_create(n->set, &o);
	ck_assert_int_eq(tl_trainer_run(t), TL_ERROR_FILE);
	ck_assert_ptr_nonnull(strstr(tl_trainer_error(t), "/nowhere/at/all.safetensors"));
	ck_assert_int_eq(tl_trainer_get_state(t).step, 0); /* before anything is done */
	tl_trainer_destroy(t);
	o.checkpoint = NULL, o.log = "/nowhere/log";
	t = tl_trainer_create(n->set, &o);
	ck_assert_int_eq(tl_trainer_run(t), TL_ERROR_FILE);
	tl_trainer_destroy(t);
	o.log = NULL, o.chart = "/nowhere/chart.svg";
	t = tl_trainer_create(n->set, &o);
	ck_assert_int_eq(tl_trainer_run(t), TL_ERROR_FILE);
	tl_trainer_destroy(t);
	net_destroy(n);
}
END_TEST

/* A trainer after some steps, by batches of its source. */
static tl_trainer *after_steps(net *n, int steps)
{
	tl_trainer_options o = usual(n);
	tl_trainer *t = tl_trainer_create(n->set, &o);
	tl_batch *batch = tl_batch_create();
	for (int i = 0; i < steps; i++) {
		ck_assert_int_eq(tl_batches_fill(n->train, 0, i, batch, NULL), TL_OK);
		ck_assert_int_eq(tl_trainer_step(t, batch), TL_OK);
	}
	tl_batch_destroy(batch);
	return t;
}

/* Cut off at any byte it is refused, with its name, and neither values nor slots nor the step
 * change; whole, it is the training that was saved. */
START_TEST(a_checkpoint_cut_off_anywhere_is_refused)
{
	net *saved = net_create(1), *other = net_create(2), *same = net_create(2);
	const char *path = scratch("whole.safetensors"), *cut = scratch("cut.safetensors");
	tl_trainer *t = after_steps(saved, 4), *into = after_steps(other, 2),
		   *untouched = after_steps(same, 2);
	ck_assert_int_eq(tl_trainer_save(t, path), TL_OK);
	ck_assert_int_eq(tl_trainer_save(t, NULL), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_trainer_restore(into, NULL), TL_ERROR_ARGUMENT);
	size_t size;
	char *bytes = scratch_read(path, &size);
	for (size_t length = 0; length < size; length++) {
		scratch_write(cut, bytes, length);
		ck_assert_int_ne(tl_trainer_restore(into, cut), TL_OK);
		ck_assert_msg(strstr(tl_trainer_error(into), cut) == tl_trainer_error(into), "%s",
			      tl_trainer_error(into));
	}
	assert_same(other, same);
	ck_assert_int_eq(tl_trainer_get_state(into).step, 2);
	ck_assert_msg(!tl_trainer_restore(into, path), "%s", tl_trainer_error(into));
	assert_same(other, saved);
	ck_assert_int_eq(tl_trainer_get_state(into).step, 4);
	free(bytes);
	tl_trainer_destroy(t);
	tl_trainer_destroy(into);
	tl_trainer_destroy(untouched);
	net_destroy(saved);
	net_destroy(other);
	net_destroy(same);
}
END_TEST

/* A limit on a file's length stands for a disk that is full; the superuser, who may write
 * everywhere, becomes somebody else for a folder that is closed. */
static bool disk_is_full(tl_trainer *trainer, void *user)
{
	struct rlimit limit;
	(void)user;
	if (tl_trainer_get_state(trainer).step == 6) {
		getrlimit(RLIMIT_FSIZE, &limit);
		limit.rlim_cur = 2000;
		setrlimit(RLIMIT_FSIZE, &limit);
	}
	return true;
}

static bool folder_is_closed(tl_trainer *trainer, void *user)
{
	(void)user;
	if (tl_trainer_get_state(trainer).step == 6) {
		chmod(scratch_folder, 0555);
		ck_assert(geteuid() || !seteuid(65534));
	}
	return true;
}

static void space_again(void)
{
	struct rlimit limit;
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	ck_assert_int_eq(seteuid(getuid()), 0);
	chmod(scratch_folder, 0755);
}

/* In the middle of a run: it ends and says why, the checkpoint of step 5 is there as it was, and
 * the run that goes on from it comes to the same values as one that met nothing. */
START_TEST(a_checkpoint_that_cannot_be_written_leaves_the_last_one)
{
	static const struct {
		bool (*on_step)(tl_trainer *trainer, void *user);
		const char *says;
	} cases[] = {{disk_is_full, "File too large"}, {folder_is_closed, "Permission denied"}};
	const char *path = scratch("last.safetensors");
	net *whole = net_create(1);
	tl_trainer_options o = usual(whole);
	tl_trainer *t = tl_trainer_create(whole->set, &o);
	assert_trained(t);
	tl_trainer_destroy(t);
	signal(SIGXFSZ, SIG_IGN);
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		net *first = net_create(1), *second = net_create(99);
		remove(path);
		o = usual(first);
		o.checkpoint = path, o.checkpoint_seconds = 1e-9, o.on_step = cases[c].on_step;
		t = tl_trainer_create(first->set, &o);
		tl_status status = tl_trainer_run(t);
		space_again();
		ck_assert_int_eq(status, TL_ERROR_FILE);
		ck_assert_msg(strstr(tl_trainer_error(t), path) &&
				      strstr(tl_trainer_error(t), cases[c].says),
			      "%s", tl_trainer_error(t));
		tl_trainer_destroy(t);
		o = usual(second);
		t = tl_trainer_create(second->set, &o);
		ck_assert_msg(!tl_trainer_restore(t, path), "%s", tl_trainer_error(t));
		ck_assert_int_eq(tl_trainer_get_state(t).step, 5);
		assert_trained(t);
		assert_same(whole, second);
		tl_trainer_destroy(t);
		net_destroy(first);
		net_destroy(second);
	}
	net_destroy(whole);
}
END_TEST

SUITE("trainer_files", a_resumed_training_is_the_same_to_the_bit, what_it_tells_is_there_once,
      a_checkpoint_of_another_training_is_refused, a_checkpoint_is_a_model,
      files_that_cannot_be_written_are_said, a_checkpoint_cut_off_anywhere_is_refused,
      a_checkpoint_that_cannot_be_written_leaves_the_last_one)
