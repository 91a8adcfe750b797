/* Draw what a learned model foretells of a column, beside what came: draw FILE.csv COLUMN MODEL */
#include "net.h"

int main(int argc, char **argv)
{
	static double said[4096], came[4096];
	tl_error e = {TL_OK, "draw FILE.csv COLUMN MODEL"};
	tl_csv_options column = {.columns = {argc == 4 ? argv[2] : ""}};
	tl_array series = tl_table_values(argc == 4 ? tl_csv_read(argv[1], &column, &e) : NULL);
	tl_model *m = series.size ? tl_model_load(argv[3], &e) : NULL;
	tl_scaling *scaling = m ? tl_scaling_from_text(tl_model_metadata(m, "scaling"), &e) : NULL;
	tl_windows_options all = {.in_order = true, .rows = 4096};
	tl_batch *batch = tl_batch_create();
	if (!scaling || tl_scaling_apply(scaling, series) ||
	    tl_batches_fill(tl_batches_of_windows(series, &all, &e), 0, 0, batch, &e))
		return fprintf(stderr, "draw: %s\n", e.text), 1;
	tl_tape *tape = tl_tape_create(TL_F32);
	const float *y = tl_value(foretell(tape, batch, tl_model_set(m), tl_model_cell(m, "cell")));
	for (int i = 0; y && i < batch->rows; i++) {
		said[i] = tl_scaling_undo_one(scaling, 0, (double)y[i]);
		came[i] = tl_scaling_undo_one(scaling, 0, ((double *)series.data)[i + 32]);
	}
	tl_curve curves[] = {{.name = "came", .y = came, .count = (int)batch->rows},
			     {.name = "was foretold", .y = said, .count = (int)batch->rows}};
	tl_chart chart = {.title = argv[2], .x_name = "row", .curves = curves, .curve_count = 2};
	return !y || tl_chart_write("forecast.svg", &chart, 1, NULL, &e);
}
