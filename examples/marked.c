/* Two of many numbers are marked. */
#include "marked.h"

tl_status marked_draw(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	const marked *m = user;
	int T = m->length, rows = m->rows;
	tl_random r = tl_random_stream(m->seed + (uint64_t)epoch, (uint64_t)index);
	float *x = tl_batch_input_room(batch, TL_F32, tl_dims(T, rows, 2));
	float *sum = tl_batch_target_room(batch, TL_F32, tl_dims(rows, 1));
	for (int b = 0; x && sum && b < rows; b++) {
		int64_t first = tl_random_below(&r, T / 2);
		int64_t second = T / 2 + tl_random_below(&r, T - T / 2);
		sum[b] = 0;
		for (int t = 0; t < T; t++) {
			float *at = &x[(t * rows + b) * 2];
			at[0] = (float)tl_random_uniform(&r);
			at[1] = t == first || t == second;
			sum[b] += at[0] * at[1];
		}
	}
	return x && sum ? TL_OK : TL_ERROR_MEMORY;
}
