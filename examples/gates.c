/* Gates and states of a cell over a sequence, a heat map each. */
#include "gates.h"

#include <stdio.h>

#include <tapeloop/chart.h>

enum { UNITS = 12, STEPS = 128, GATES = 12, MAPS = GATES + TL_MAX_STATES };

/* What cells call their gates; between 0 and 1. */
static const char *const gates[GATES] = {"i", "f", "o", "z", "r", "u", "t", "k", "theta", "eta"};

/* Fill a map's values with the first units of what has this name; their number, 0: there is none.
 */
static int fill(tl_tape *tape, const char *scope, const char *name, int steps, float *values,
		int *size)
{
	int units = 0;
	for (int t = 0; t < steps; t++) {
		tl_tensor tensor = tl_tape_find(tape, scope, t, name);
		const float *v = tensor.id ? tl_value(tensor) : NULL;
		tl_shape shape = tl_tensor_shape(tensor);
		if (!v || shape.rank < 1)
			return 0;
		*size = (int)shape.dim[shape.rank - 1];
		units = *size < UNITS ? *size : UNITS;
		for (int u = 0; u < units; u++)
			values[u * steps + t] = v[u];
	}
	return units;
}

tl_status gates_write(const char *path, tl_tape *tape, const tl_cell *cell, const char *scope,
		      int steps, const char *letters, tl_error *error)
{
	static float values[MAPS][UNITS * STEPS];
	static char names[MAPS][96];
	char title[96], column[STEPS] = "";
	tl_heat_map map[MAPS];
	const tl_cell_kind *kind = tl_cell_get_kind(cell);
	int maps = 0, states = tl_cell_state_count(cell);
	steps = steps < STEPS ? steps : STEPS;
	for (int t = 0; letters && t < steps; t++)
		column[t] = letters[t] > 0 ? letters[t] : '?';
	for (int k = 0; k < GATES + states; k++) {
		bool gate = k < GATES;
		const char *name = gate ? gates[k] : kind->state[k - GATES];
		int size, units = name ? fill(tape, scope, name, steps, values[maps], &size) : 0;
		if (!units)
			continue;
		snprintf(names[maps], sizeof *names, "%s %s: a row is a unit, the first %d of %d",
			 gate ? "gate" : "state", name, units, size);
		map[maps] = (tl_heat_map){.name = names[maps],
					  .values = values[maps],
					  .rows = units,
					  .columns = steps,
					  .high = gate ? 1 : 0,
					  .diverging = !gate,
					  .column_letters = letters ? column : NULL};
		maps++;
	}
	snprintf(title, sizeof title, "What one layer of %s does while it reads", kind->name);
	const tl_chart chart = {.title = title, .maps = map, .map_count = maps};
	return tl_chart_write(path, &chart, 1, NULL, error);
}
