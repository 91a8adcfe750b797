/* Learn the next value of a column from the 32 before it: learn FILE.csv COLUMN FILE.cell MODEL */
#include "net.h"

static tl_params *set;

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *cell)
{
	return tl_mse(foretell(tape, batch, set, cell), tl_batch_target(batch, tape), NULL);
}

int main(int argc, char **argv)
{
	tl_error e = {TL_OK, "learn FILE.csv COLUMN FILE.cell MODEL"};
	tl_csv_options column = {.columns = {argc == 5 ? argv[2] : ""}};
	tl_array series = tl_table_values(argc == 5 ? tl_csv_read(argv[1], &column, &e) : NULL);
	tl_cell_kind *kind = series.size ? tl_cell_read(argv[3], NULL, &e) : NULL;
	if (!kind)
		return fprintf(stderr, "learn: %s\n", e.text), 1;
	tl_windows_options early = {.range = {0, series.size * 4 / 5}};
	tl_windows_options late = {.range = {early.range.count, series.size - early.range.count}};
	tl_scaling *scaling = tl_scaling_fit(series, early.range, TL_SCALING_STANDARD, &e);
	tl_scaling_apply(scaling, series);
	set = tl_params_create(TL_F32);
	tl_cell_options size = {.in = 1, .hidden = 32};
	tl_cell *cell = tl_cell_create_from_kind(set, kind, "cell", size);
	tl_params_add(set, "W", tl_dims(1, 32), tl_init_glorot_uniform());
	tl_metadata text = {"scaling", tl_scaling_text(scaling)};
	tl_trainer_options how = {.loss = loss, .user = cell, .epochs = 200, .patience = 40};
	how.train = tl_batches_of_windows(series, &early, &e);
	how.validation = tl_batches_of_windows(series, &late, &e);
	how.optimizer = tl_adam_create(set, NULL), how.clip_norm = 1, how.keep_best = true;
	how.progress = stderr, how.chart = "learn.svg";
	tl_trainer *trainer = tl_trainer_create(set, &how);
	if (how.train && !tl_trainer_run(trainer))
		return tl_model_save(argv[4], set, &cell, 1, &text, 1, &e);
	return fprintf(stderr, "learn: %s\n", e.status ? e.text : tl_trainer_error(trainer)), 1;
}
