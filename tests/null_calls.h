/*
 * What test_null.py calls the public functions with: one valid argument of each type, made anew for
 * each call in a process of its own. The script writes the calls and includes this file.
 */
#ifndef TL_TESTS_NULL_CALLS_H
#define TL_TESTS_NULL_CALLS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tapeloop/train.h>

/* How a call is made: with one pointer NULL, with all NULL, with tensors that are none, with
 * tensors from before a rewind. */
enum { VALID = -1, ALL_NULL = -2, NO_TENSORS = -3, OLD_TENSORS = -4 };

static int mode; /* one of these, or the number of the parameter that is NULL */

static struct {
	tl_tape *tape;
	tl_params *set;
	tl_param *param;
	tl_cell *cell, *esn;
	tl_program *program;
	tl_optimizer *optimizer;
	tl_attention *attention;
	tl_multihead *heads;
	tl_carry carry;
	tl_tensor x, index, old;
	tl_state state, old_state;
	FILE *file;
} with;

static tl_tensor next(tl_tape *tape, void *user, tl_tensor symbols, tl_state *state)
{
	(void)user;
	(void)state;
	return tl_zeros(tape, tl_dims(tl_tensor_size(symbols), 3));
}

static tl_tensor look(tl_tensor rows, void *user)
{
	(void)user;
	return rows;
}

static tl_tensor loss(tl_tape *tape, void *user)
{
	(void)user;
	return tl_sum(tl_square(tl_use(tape, with.param)), TL_ALL);
}

static tl_call call; /* as a shape rule was given it */

static tl_status twice_shape(const tl_call *c, tl_shape *s, tl_dtype *d)
{
	call = *c;
	return tl_shape_like_first(c, s, d);
}

static tl_status twice_kernel(const tl_kernel_args *run)
{
	(void)run;
	return TL_OK;
}

static const tl_op twice = {
	.name = "twice", .operand_count = 1, .shape = twice_shape, .kernel = twice_kernel};

static const tl_decoder decoder = {.step = next, .end_token = -1};
static int32_t integers[64];
static double doubles[64];
static char words[64];
static float floats[64];
static int axes[4] = {1, 0, 2, 3};
static int64_t sizes[2] = {1, 1};
static tl_tensor tensors[4], out[8];
static tl_state states[2], last;
static tl_unrolled each[4];
static tl_layer layers[2];
static tl_attention_memory memory;
static tl_hypothesis said[2];
static int64_t count;
static tl_shape shape;
static tl_dtype dtype;
static tl_example sample;
static tl_weight_builder *weights;
static tl_gate gate;
static tl_gradcheck_report report;
static tl_flat_weights flat;
static tl_esn_data data;

/* Of the companion library. */

static tl_status fill(tl_batch *b, int64_t epoch, int64_t index, void *user)
{
	(void)epoch;
	(void)index;
	(void)user;
	return tl_batch_input_room(b, TL_F32, tl_dims(3, 2, 2)) ? TL_OK : TL_ERROR_MEMORY;
}

static tl_batch batch;
static const tl_batches_options batches_options = {.fill = fill, .count = 2};
static tl_batches *source;
static tl_prefetch *ahead;
static tl_tensor batch_loss(tl_tape *tape, const tl_batch *b, void *user)
{
	(void)user;
	return tl_add(loss(tape, NULL), tl_mean(tl_batch_input(b, tape), TL_ALL));
}
static tl_trainer_options trainer_options = {.loss = batch_loss};
static tl_trainer *trainer;
static tl_status sweep_job(int job, double *results, void *user, tl_error *e)
{
	(void)user;
	(void)e;
	results[0] = job;
	return TL_OK;
}
static const tl_sweep_options sweep_options = {
	.jobs = 2, .run = sweep_job, .result_names = {"job"}};
static const double numbers[3] = {1, 3, 2};
static const tl_curve curve = {.name = "curve", .y = numbers, .count = 3};
static const tl_chart chart = {.title = "chart", .curves = &curve, .curve_count = 1};
static const tl_chart_options chart_options = {.title = "charts"};
static tl_random generator;
static const char csv[] = "a\n1\n2\n", scaling_text[] = "tapeloop scaling 1\n2\n0 1\n0 1\n";
static const char cell_text[] = "cell c\nstate h\nh' = W x\n";
static const tl_csv_options csv_options = {.decimal = '.'};
static tl_table *table;
static tl_text text_of_files;
static tl_scaling *scaling;
static tl_array pixels;
static tl_sound sound;
static tl_mel *mel;
static const tl_mel_options mel_options = {.rate = 16000};
static const tl_vocabulary_options vocabulary_options = {.kind = TL_TOKENS_WORDS};
static tl_vocabulary *vocabulary;
static size_t byte_count;
static char room_for_text[32];
static tl_accuracy accuracy;
static tl_regression regression;
static tl_error_rate error_rate;
static tl_bleu bleu;
static const int32_t *const token_lists[] = {integers, integers};
static tl_range ranges[4];
static const tl_sequences_options sequences_options = {.count = 2, .input = {.data = floats}};
static const tl_stream_options stream_options = {.rows = 2, .steps = 3};
static const tl_windows_options windows_options = {.steps = 3};
static const tl_array series = {floats, TL_F32, {2, {10, 2, 0, 0}}, 20};
static tl_error error;
static tl_named_array array = {"a", {floats, TL_F32, {1, {3}}, 3}};
static const tl_metadata metadata = {"key", "value"};
static tl_safetensors *tensors_file;
static tl_model *model;
static tl_npy *npy_file;
static tl_weights_layer weights_layer;
static tl_cell *cells[2];

/* What takes weights is called where they are given: while a cell is made. */
static void (*inside)(void);

static void probe_weights(tl_weight_builder *w, void *into)
{
	weights = w;
	*(tl_tensor *)into = tl_weight(w, "W", tl_dims(2), tl_init_zeros());
	if (inside)
		inside();
}

static tl_state probe_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	(void)cell;
	(void)x;
	return s;
}

static const tl_cell_kind probe = {.name = "probe",
				   .state = {"h"},
				   .weights_size = sizeof(tl_tensor),
				   .weights = probe_weights,
				   .step = probe_step};

TL_OPTIMIZER_UPDATE_0(slide, { x -= c[0] * g; })

static const tl_optimizer_kind slide_kind = {
	.name = "slide", .option = {{"learning_rate", 1, TL_RANGE_FLAG}}, .update = &slide};

static tl_status no_loss(void *user, double *loss)
{
	*loss = user != NULL;
	return TL_OK;
}

static void call_inside(void (*function)(void))
{
	inside = function;
	tl_cell_destroy(tl_cell_create_from_kind(with.set, &probe, "probe",
						 (tl_cell_options){.in = 2, .hidden = 2}));
}

static void prepare(void)
{
	tl_tape *t = with.tape = tl_tape_create(TL_F32);
	tl_params *set = with.set = tl_params_create(TL_F32);
	with.param = tl_params_add(set, "p", tl_dims(2, 2), tl_init_constant(1));
	with.cell = tl_cell_create(set, "gru", "cell", (tl_cell_options){.in = 2, .hidden = 2});
	with.esn = tl_cell_create(set, "esn", "esn", (tl_cell_options){.in = 2, .hidden = 2});
	with.carry = tl_carry_of(with.cell, "carry", 2);
	with.optimizer = tl_adam_create(set, NULL);
	with.attention = tl_attention_create(
		set, "a", (tl_attention_options){.query_size = 2, .key_size = 2});
	with.heads = tl_multihead_create(set, "heads", 2, 1);
	with.old = tl_ones(t, tl_dims(2, 2));
	with.old_state = tl_cell_initial_state(with.cell, t, 2);
	tl_tape_rewind(t);
	tl_tensor y = tl_square(tl_use(t, with.param));
	with.program = tl_program_create(t, (tl_program_options){.outputs = &y, .output_count = 1});
	with.x = tl_ones(t, tl_dims(2, 2));
	with.index = tl_constant_int(t, tl_dims(2), integers);
	with.state = tl_cell_initial_state(with.cell, t, 2);
	with.file = tmpfile();
	source = tl_batches_create(&batches_options);
	trainer_options.optimizer = with.optimizer;
	trainer_options.train = source;
	trainer = tl_trainer_create(set, &trainer_options);
	tl_batches_fill(source, 0, 0, &batch, NULL);
	ahead = tl_prefetch_create(source, NULL);
	table = tl_csv_parse(csv, 7, NULL, NULL, NULL);
	scaling = tl_scaling_from_text(scaling_text, NULL);
	mel = tl_mel_create(&mel_options, NULL);
	vocabulary = tl_vocabulary_create(csv, 7, NULL, NULL);
	if (access("model.safetensors", R_OK))
		tl_params_save(set, "model.safetensors", NULL, 0, NULL);
	tensors_file = tl_safetensors_open("model.safetensors", NULL);
	cells[0] = with.cell;
	cells[1] = with.esn;
	if (access("whole.safetensors", R_OK))
		tl_model_save("whole.safetensors", set, cells, 2, NULL, 0, NULL);
	model = tl_model_load("whole.safetensors", NULL);
	if (access("array.npy", R_OK))
		tl_npy_write("array.npy", &array.array, NULL);
	weights_layer.cell = with.cell;
	npy_file = tl_npy_open("array.npy", NULL);
	for (int i = 0; i < 4; i++)
		tensors[i] = mode == NO_TENSORS ? TL_NONE : mode == OLD_TENSORS ? with.old : with.x;
	states[0] = states[1] = mode == NO_TENSORS    ? (tl_state){0}
				: mode == OLD_TENSORS ? with.old_state
						      : with.state;
	layers[0] = layers[1] = (tl_layer){.forward = with.cell};
	memory = tl_attention_prepare(with.attention, tl_ones(t, tl_dims(3, 2, 2)), TL_NONE);
	call.result = tl_apply(&twice, NULL, 1, &with.x);
	sample = (tl_example){.tape = t, .op = tl_op_find("tanh"), .set = set};
	data = (tl_esn_data){doubles, doubles, 2};
	gate = (tl_gate){.W = with.x, .U = with.x, .b = tl_ones(t, tl_dims(2))};
	flat.dtype = TL_F32;
}

static bool is_null(int number)
{
	return mode == number || mode == ALL_NULL;
}

/* What the call left: of a tensor of an earlier generation the words must say so. */
static bool old_is_said(void)
{
	const char *error = tl_tape_error(with.tape);
	return error && strstr(error, "before the tape was rewound");
}

static const char *how(int as)
{
	static char text[40];
	snprintf(text, sizeof text, "argument %d NULL", as);
	return as == VALID         ? "valid"
	       : as == ALL_NULL    ? "all NULL"
	       : as == NO_TENSORS  ? "no tensors"
	       : as == OLD_TENSORS ? "tensors from before a rewind"
				   : text;
}

/* In a process of its own, since it may crash. */
static int try(const char *name, void (*function)(void), int as, bool must_say, bool fine)
{
	fflush(NULL);
	pid_t child = fork();
	if (!child) {
		alarm(20);
		mode = as;
		prepare();
		function();
		if (fine && as == VALID && tl_tape_error(with.tape))
			_exit(4);
		_exit(must_say && as == OLD_TENSORS && !old_is_said() ? 3 : 0);
	}
	int status = 0;
	if (child < 0 || waitpid(child, &status, 0) != child) {
		printf("%s: cannot be tried\n", name);
		return 1;
	}
	if (WIFSIGNALED(status))
		printf("%s, %s: signal %d\n", name, how(as), WTERMSIG(status));
	else if (WEXITSTATUS(status) == 3)
		printf("%s, %s: no error says so\n", name, how(as));
	else if (WEXITSTATUS(status) == 4)
		printf("%s: the arguments that should be valid are not\n", name);
	else if (WEXITSTATUS(status))
		printf("%s, %s: exit %d\n", name, how(as), WEXITSTATUS(status));
	return status != 0;
}

#endif
