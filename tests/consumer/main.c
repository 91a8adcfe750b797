/* A program of somebody else's: it learns y = 2x with the installed library and says its version.
 */
#include <math.h>
#include <stdio.h>

#include <tapeloop/tapeloop.h>

int main(void)
{
	const float x[] = {1, 2, 3}, target[] = {2, 4, 6};
	tl_params *set = tl_params_create(TL_F32);
	tl_param *w = tl_params_add(set, "w", TL_SCALAR, tl_init_zeros());
	tl_tape *tape = tl_tape_create(TL_F32);
	for (int i = 0; i < 50; i++) {
		tl_tape_rewind(tape);
		tl_tensor y = tl_mul(tl_use(tape, w), tl_constant(tape, tl_dims(3), x));
		tl_tensor wrong = tl_sub(y, tl_constant(tape, tl_dims(3), target));
		tl_params_zero_gradients(set);
		if (tl_backward(tl_mean(tl_square(wrong), TL_ALL))) {
			printf("%s\n", tl_tape_error(tape));
			return 1;
		}
		*(float *)tl_param_value(w) -= 0.05f * *(float *)tl_param_gradient(w);
	}
	float learned = *(float *)tl_param_value(w);
	printf("tapeloop %s: w = %.4f\n", tl_version(), (double)learned);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
	return fabsf(learned - 2) > 1e-3f;
}
