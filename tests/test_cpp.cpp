/* The public headers from C++17: the calls, the macros with their sites, compound initialisers. */
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

#include "cpp_macros.h"

#include <tapeloop/tapeloop.h>

static int passed, failed;

void check(bool holds, const char *what)
{
	passed += holds;
	failed += !holds;
	if (!holds)
		std::printf("not ok - %s\n", what);
}

static tl_tensor model(tl_tape *tape, void *user)
{
	auto *set = static_cast<tl_params *>(user);
	const std::vector<float> data{0.5f, -1, 2, 0.25f};
	tl_tensor x = tl_constant(tape, tl_dims(2, 2), data.data());
	tl_tensor W = tl_use(tape, tl_params_find(set, "W"));
	return tl_mean(tl_square(tl_tanh(tl_linear(x, W, TL_NONE))), TL_ALL);
}

static void gradients()
{
	tl_params *set = tl_params_create(TL_F32);
	tl_params_add(set, "W", tl_dims(3, 2), tl_init_glorot_uniform());
	tl_tape *tape = tl_tape_create(TL_F32);
	check(tl_backward(model(tape, set)) == TL_OK, "backward");
	tl_gradcheck_report report;
	check(tl_gradcheck(model, set, set, nullptr, &report) == TL_OK && report.checked == 6,
	      report.message);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}

static void values()
{
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_scalar(tape, 3);
	tl_tensor slope = tl_grad(tl_add(tl_scale(tl_square(x), 2), x), x);
	check(std::fabs(tl_item(slope) - 13) < 1e-15, "a derivative");
	const tl_tensor both[] = {x, slope};
	check(tl_tensor_dim(tl_stack(both, 2, 0), 0) == 2, "a stack");
	check(std::fabs(tl_item(tl_sum(tl_stack(both, 2, 0), tl_axes(0))) - 16) < 1e-15,
	      "a sum over axes");
	tl_tape_destroy(tape);
}

static void errors()
{
	char place[256];
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_matmul(tl_zeros(tape, tl_dims(2, 3)), tl_zeros(tape, tl_dims(2, 3)));
	std::snprintf(place, sizeof place, "test_cpp.cpp:%d", __LINE__ - 1);
	check(tl_tape_error(tape) && std::strstr(tl_tape_error(tape), place),
	      "the line of an error");
	tl_tape_destroy(tape);
}

int main()
{
	gradients();
	values();
	errors();
	every_macro();
	std::printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
