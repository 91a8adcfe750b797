#!/usr/bin/env python3
"""Every public function, called with NULL.

usage: test_null.py source-root 'cc flags' 'libraries'

All TL_API declarations of include/tapeloop are read, and a program is written that calls each with
valid arguments, with each pointer NULL in turn, with all NULL, with tensors that are none and with
tensors from before a rewind; each call in a process of its own, under both executors. Fails if a call
crashes, if a tensor from before a rewind is taken without a word, or if there is no valid argument
for a parameter here: a new function is never left out silently. null_calls.h makes the arguments.
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_layers import read, sources  # noqa: E402

# Arguments by "function.parameter", by "type parameter", by type: the first that is there.
ARGUMENTS = {
    # numbers
    "int": "1", "int64_t": "1", "int32_t": "1", "uint64_t": "1", "unsigned": "1", "size_t": "1 << 20",
    "double": "0.5", "bool": "true", "int axis": "0", "int k": "0", "int index": "0", "int64_t index": "0",
    "int32_t blank": "0", "tl_op_at.index": "0", "int rank": "2", "double log_likelihood": "0",
    "tl_unroll_truncated.k2": "1", "tl_example_shape.least_rank": "1", "tl_example_shape.most_rank": "2",
    "tl_multihead_create.heads": "1", "tl_apply.operands": "1", "tl_apply_on.operands": "1",
    "tl_slice.stop": "2", "tl_slice.start": "0", "tl_slice.step": "1",
    "tl_split.parts": "2", "tl_state_from_array.count": "1", "tl_unroll_layers.count": "2", "tl_one_hot.classes": "3",
    "tl_segment_sum.count": "2", "tl_cell_initial_state.batch": "2", "tl_carry_of.batch": "2",
    # values and enumerations
    "tl_dtype": "TL_F32", "tl_status": "TL_ERROR_VALUE", "tl_executor": "TL_EXECUTOR_COMPILED", "tl_merge_mode": "TL_MERGE_SUM",
    "tl_gate_order": "TL_GATE_ORDER_PYTORCH", "tl_shape": "tl_dims(2, 2)", "tl_axis_list": "TL_ALL",
    "tl_init": "tl_init_zeros()", "tl_state": "states[0]", "tl_tensor": "tensors[0]",
    "tl_unrolled": "(tl_unrolled){.h = seq, .final_state = states[0]}", "tl_attention_memory": "memory",
    "tl_schedule *": "&(tl_schedule){.learning_rate = 1}", "tl_plateau *": "&(tl_plateau){.patience = 1}",
    "tl_average *": "tl_average_create(with.set, NULL)", "tl_average_options *": "NULL", "tl_lbfgs_options *": "NULL",
    "tl_lbfgs *": "tl_lbfgs_create(with.set, NULL)", "tl_lbfgs_loss": "no_loss",
    "tl_optimizer_kind *": "&slide_kind", "tl_optimizer_setting *": '(tl_optimizer_setting[]){{"learning_rate", 1}}',
    "tl_group_options *": "&(tl_group_options){0}", "tl_optimizer_group.pattern": '"*"',
    "tl_optimizer_create.text": '"adam beta1=0.5"', "tl_optimizer_describe.text": "words", "tl_optimizer_describe.size": "64",
    "tl_adagrad_options *": "NULL", "tl_adadelta_options *": "NULL", "tl_rmsprop_options *": "NULL",
    "tl_nadam_options *": "NULL", "tl_lion_options *": "NULL",
    "tl_view_write.path": '"/dev/null"', "tl_view_options *": "NULL",
    "tl_sgd_options *": "&(tl_sgd_options){0}", "tl_gate_options *": "NULL", "tl_teacher_forcing_options *": "NULL", "tl_adam_options *": "&(tl_adam_options){0}",
    "tl_cell_options": "(tl_cell_options){.in = 2, .hidden = 2}",
    "tl_attention_options": "(tl_attention_options){.query_size = 2, .key_size = 2}",
    "tl_program_options": "(tl_program_options){.outputs = tensors, .output_count = 1}",
    "tl_beam_search_options": "(tl_beam_search_options){.beam_width = 2}", "tl_esn_fit_options *": "&(tl_esn_fit_options){.ridge = 1}",
    # tensors of other kinds
    "tl_tensor index": "index_", "tl_tensor integers": "index_", "tl_tensor lengths": "index_",
    "tl_tensor targets": "TL_NONE", "tl_cross_entropy.target": "index_", "tl_loss_options *": "&(tl_loss_options){0}",
    "tl_linear.b": "row", "tl_layer_norm.gain": "row", "tl_layer_norm.bias": "row", "tl_batch_norm.gain": "row",
    "tl_batch_norm.bias": "row", "tl_grads.y": "sum", "tl_grad.y": "sum", "tl_backward.loss": "sum",
    "tl_item.t": "sum", "tl_conv2d.x": "image", "tl_conv2d.w": "image",
    "tl_max_pool2d.x": "image", "tl_average_pool2d.x": "image", "tl_conv1d.x": "seq", "tl_conv1d.w": "seq",
    "tl_unroll.x": "seq", "tl_bidirectional.x": "seq", "tl_unroll_layers.x": "seq", "tl_unroll_truncated.x": "seq",
    "tl_time_distributed.x": "seq", "tl_concat_context.x": "seq",
    "tl_ctc_loss.logits": "seq", "tl_ctc_greedy_decode.logits": "seq", "tl_ctc_beam_search.logits": "seq", "tl_ctc_loss.targets": "ids",
    "tl_decoder_teacher_force.targets": "ids", "tl_attention_prepare.keys": "seq",
    "tl_multihead_attend.query": "seq", "tl_multihead_attend.memory": "seq", "tl_input_bind.input": "input",
    # of the library
    "tl_tape *": "with.tape", "tl_params *": "with.set", "tl_param *": "with.param", "tl_cell *": "with.cell",
    "tl_program *": "with.program", "tl_optimizer *": "with.optimizer", "tl_attention *": "with.attention",
    "tl_multihead *": "with.heads", "tl_carry *": "&with.carry", "tl_op *": "&twice", "tl_cell_kind *": "&probe",
    "tl_decoder *": "&decoder", "tl_weight_builder *": "weights", "tl_call *": "&call", "tl_example *": "&sample",
    "tl_gate *": "&gate", "FILE *": "with.file", "tl_activation": "tl_tanh", "tl_loss_function": "loss",
    "tl_tensor (*)": "look", "tl_allocator *": "&(tl_allocator){own_resize, own_release, NULL}",
    "tl_esn_teacher_force.esn": "with.esn", "tl_esn_fit.esn": "with.esn",
    "tl_assign.buffer": "with.carry.state[0]",
    "tl_bilinear.W": "block", "tl_take_along_axis.index": "ids", "tl_take_along_axis.axis": "1",
    # options and arrays
    "tl_cross_entropy_options *": "&(tl_cross_entropy_options){0}", "tl_batch_norm_options *": "&(tl_batch_norm_options){0}",
    "tl_conv_options *": "&(tl_conv_options){0}", "tl_unroll_options *": "&(tl_unroll_options){0}",
    "tl_gradcheck_options *": "&(tl_gradcheck_options){0}", "tl_gradcheck_report *": "&report",
    "tl_sampling *": "&(tl_sampling){0}", "tl_ctc_options *": "&(tl_ctc_options){0}", "tl_hypothesis *": "said",
    "tl_cell_options *": "&(tl_cell_options){.in = 2, .hidden = 2}", "tl_flat_weights *": "&flat",
    "tl_esn_data *": "&data", "tl_layer *": "layers", "tl_unrolled *": "each", "tl_attention_memory *": "&memory",
    "tl_tensor *": "tensors", "tl_tensor * out": "out", "tl_state *": "states", "tl_state * last": "&last",
    "tl_shape *": "&shape", "tl_dtype *": "&dtype", "int64_t *": "&count", "int64_t * size": "sizes",
    "int *": "axes", "int32_t *": "integers", "double *": "doubles", "float *": "floats", "void *": "floats",
    "char *": '"name"', "tl_cell_create.kind": '"gru"', "tl_call_fail.format": '"%d"', "tl_stamp.site": '"file.c:1"',
    "void * user": "floats", "void * attr": "floats",
    # of the companion library
    "tl_batch_destroy.batch": "tl_batch_create()", "tl_batch *": "&batch", "tl_batches *": "source", "tl_batches_options *": "&batches_options", "tl_error *": "&error",
    "tl_batch_weights_room.shape": "tl_dims(2)", "tl_batch_keep_rows.first": "0", "tl_batch_fail.format": '"%d"',
    "tl_sequences_options *": "&sequences_options", "tl_stream_options *": "&stream_options",
    "tl_windows_options *": "&windows_options", "tl_array": "series", "tl_range *": "ranges",
    "tl_random *": "&generator",
    "tl_accuracy *": "&accuracy", "tl_regression *": "&regression", "tl_error_rate *": "&error_rate",
    "tl_bleu *": "&bleu", "int64_t * counts": "sizes", "tl_pixels_free.array": "&pixels", "tl_idx_form": "TL_IDX_EXACT", "tl_cell_notation": "TL_NOTATION_C", "tl_op_part": "TL_OP_DERIVATIVE", "tl_op_print.notation": "TL_NOTATION_MATHML", "int channels": "1",
    "tl_idx_parse.size": "4", "tl_png_parse.size": "4", "tl_idx_parse.bytes": "csv", "tl_png_parse.bytes": "csv", "tl_sound *": "&sound", "tl_mel_options *": "&mel_options", "tl_mel *": "mel",
    "tl_bleu *": "&bleu", "int64_t * counts": "sizes", "int32_t **": "token_lists", "int64_t * order": "sizes",
    "tl_prefetch *": "ahead", "tl_prefetch_destroy.p": "tl_prefetch_create(source, NULL)", "tl_prefetch_next.epoch": "0",
    "tl_trainer *": "trainer", "tl_trainer_destroy.trainer": "tl_trainer_create(with.set, &trainer_options)",
    "tl_trainer_options *": "&trainer_options", "tl_chart *": "&chart", "tl_chart_options *": "&chart_options", "tl_chart_band.values": "numbers", "tl_chart_band.share": "0.5", "tl_chart_band.count": "1",
    "tl_sweep_options *": "&sweep_options", "tl_sweep.results": "doubles", 
    "tl_bleu *": "&bleu", "int64_t * counts": "sizes", "tl_vocabulary_create.text": "csv", "tl_vocabulary_create.size": "7",
    "tl_bleu *": "&bleu", "int64_t * counts": "sizes", "tl_sound *": "&sound", "tl_mel_options *": "&mel_options", "tl_mel *": "mel",
    "tl_mel_destroy.mel": "tl_mel_create(&mel_options, NULL)", "tl_vocabulary_create.text": "csv", "tl_vocabulary_create.size": "7",
    "tl_vocabulary_options *": "&vocabulary_options", "tl_vocabulary *": "vocabulary",
    "tl_vocabulary_destroy.v": "tl_vocabulary_create(csv, 7, NULL, NULL)", "size_t *": "&byte_count",
    "tl_vocabulary_encode.text": "csv", "tl_vocabulary_encode.size": "7", "tl_vocabulary_decode.text": "room_for_text",
    "tl_vocabulary_decode.room": "32", "tl_vocabulary_from_text.text": "tl_vocabulary_text(vocabulary)",
    "tl_csv_options *": "&csv_options", "tl_table *": "table", "tl_table_destroy.t": "tl_csv_parse(csv, 7, NULL, NULL, NULL)",
    "tl_csv_parse.text": "csv", "tl_cell_parse.text": "cell_text", "tl_cell_text_format.text": "cell_text",
    "tl_cell_kind_destroy.kind": "tl_cell_parse(cell_text, NULL, NULL, NULL)",
    "tl_cell_text_free.text": "tl_cell_text_format(cell_text, true, NULL)", "tl_csv_parse.size": "7", "tl_text *": "&text_of_files", "tl_text_add.size": "4",
    "tl_scaling *": "scaling", "tl_scaling_destroy.s": "tl_scaling_from_text(scaling_text, NULL)",
    "tl_scaling_kind": "TL_SCALING_UNIT", "tl_range": "ranges[0]", "tl_scaling_from_text.text": "scaling_text", "int32_t **": "token_lists", "tl_prefetch *": "ahead", "tl_prefetch_destroy.p": "tl_prefetch_create(source, NULL)", "tl_prefetch_next.epoch": "0", "int64_t * order": "sizes",
    "tl_random *": "&generator", "tl_prefetch *": "ahead", "tl_prefetch_destroy.p": "tl_prefetch_create(source, NULL)", "tl_prefetch_next.epoch": "0", "int64_t * order": "sizes",
    "char * path": '"written"', "tl_params_load.path": '"model.safetensors"', "tl_safetensors_open.path": '"model.safetensors"',
    "tl_named_array *": "&array", "tl_array *": "&array.array", "tl_metadata *": "&metadata", "tl_safetensors *": "tensors_file",
    "tl_npy_open.path": '"array.npy"', "tl_npy *": "npy_file", "tl_npy_find.name": '""', "tl_npy_read.name": '""', "tl_npy_array.name": '""',
    "tl_weights_layer *": "&weights_layer", "tl_weights_format": "TL_WEIGHTS_PYTORCH",
    "tl_model_load.path": '"whole.safetensors"', "tl_cell ** cells": "cells", "tl_model *": "model", "tl_model_cell.name": '"cell"',
    "tl_activation_find.name": '"tanh"', "tl_activation_name.function": "tl_tanh",
    "tl_safetensors_read.name": '"p"', "tl_params_load_options *": "&(tl_params_load_options){.allow_missing = true}",
    "tl_batches_count.epoch": "0", "tl_batches_fill.epoch": "0", "tl_batches_fill.index": "0",
}
# May say nothing of an old tensor: they look and have an answer for it, or return it.
QUIET = {"tl_tensor_shape", "tl_tensor_dtype", "tl_tensor_size", "tl_tensor_dim", "tl_state_from_array",
         # their errors are the program's
         "tl_program_bind", "tl_program_carry", "tl_program_value", "tl_program_value_double",
         "tl_program_value_int", "tl_program_item"}
# Leave an error, or no tape to look at, though all arguments are there; of any other function that would
# mean that the error hides what a NULL does.
NOT_FINE = {"tl_tape_destroy", "tl_call_fail", "tl_example_binary", "tl_scope_leave", "tl_value_double",
            "tl_value_int", "tl_batch_norm", "tl_esn_teacher_force", "tl_decoder_beam_search", "tl_attention_step"}
MODES = ["VALID", "ALL_NULL", "NO_TENSORS", "OLD_TENSORS"]

PRELUDE = """#include "null_calls.h"

static void *own_resize(void *user, void *memory, size_t bytes)
{
	(void)user;
	return realloc(memory, bytes ? bytes : 1);
}

static void own_release(void *user, void *memory)
{
	(void)user;
	free(memory);
}

static tl_tensor pick(tl_tensor valid)
{
	return mode == NO_TENSORS ? TL_NONE : mode == OLD_TENSORS ? with.old : valid;
}
"""
# What stands for tensors of other shapes, each made when it is asked for.
TENSORS = {
    "index_": "tl_constant_int(with.tape, tl_dims(2), integers)",
    "ids": "tl_constant_int(with.tape, tl_dims(2, 2), integers)",
    "row": "tl_ones(with.tape, tl_dims(2))",
    "sum": "tl_sum(tl_square(tl_use(with.tape, with.param)), TL_ALL)",
    "seq": "tl_ones(with.tape, tl_dims(3, 2, 2))",
    "block": "tl_ones(with.tape, tl_dims(3, 2, 2))",
    "image": "tl_ones(with.tape, tl_dims(2, 2, 2, 2))",
    "input": "tl_input(with.tape, tl_dims(2, 2), floats)",
}


def parameters(text):
    """[(type, name)] of a list of parameters; const is dropped, an array is a pointer."""
    depth, part, parts = 0, "", []
    for c in text:
        depth += (c == "(") - (c == ")")
        if c == "," and not depth:
            parts.append(part)
            part = ""
        else:
            part += c
    for p in parts + [part]:
        p = " ".join(p.replace("const ", "").split())
        pointer = re.match(r"(\w+) \(\*(\w+)\)\(", p)
        array = re.match(r"(\w+) (\w+)\[\d*\]$", p)
        if p in ("void", "..."):
            continue
        if pointer:
            yield f"{pointer.group(1)} (*)", pointer.group(2)
        elif array:
            yield f"{array.group(1)} *", array.group(2)
        else:
            m = re.match(r"(?:struct )?(.+?)\s*(\**)(\w+)$", p)
            yield m.group(1) + (" " + m.group(2) if m.group(2) else ""), m.group(3)


def functions(root):
    """(name, [(type, name)]) of all that is declared, as often as the word TL_API stands there."""
    for path in sources(root, "include", (".h",)):
        text = re.sub(r"/\*.*?\*/", "", read(path), flags=re.S)
        text = re.sub(r"^\s*#[^\n]*(?:\\\n[^\n]*)*$", "", text, flags=re.M)
        found = list(re.finditer(r"\bTL_API\s+([\w\s*]+?)(\w+)\s*\(([^;]*)\)\s*;", text))
        if len(found) != len(re.findall(r"\bTL_API\b", text)):
            raise SystemExit(f"not ok - {path}: a declaration is not understood")
        for m in found:
            yield m.group(2), list(parameters(" ".join(m.group(3).split())))


def argument(function, kind, name):
    for key in (f"{function}.{name}", f"{kind} {name}", kind):
        if key in ARGUMENTS:
            return ARGUMENTS[key]
    raise SystemExit(f"not ok - {function}: no valid argument is known for {kind} {name}")


def is_pointer(kind):
    return kind.endswith("*") or kind.endswith("(*)") or kind in ("tl_activation", "tl_loss_function", "tl_lbfgs_loss")


def write(functions_, file):
    calls = []
    file.write(PRELUDE)
    for name, of in functions_:
        arguments, pointers = [], []
        for k, (kind, parameter) in enumerate(of):
            value = argument(name, kind, parameter)
            if value in TENSORS:
                value = f"pick({TENSORS[value]})"
            value = re.sub(r"= seq\b", f"= pick({TENSORS['seq']})", value)
            if is_pointer(kind):
                pointers.append(k)
                value = f"is_null({k}) ? NULL : {value}"
            arguments.append(value)
        if name in ("tl_call_fail", "tl_batch_fail"):
            arguments.append("1")
        file.write(f"\nstatic void call_{name}(void)\n{{\n\t(void){name}({', '.join(arguments)});\n}}\n")
        function = f"call_{name}"
        if any(kind == "tl_weight_builder *" for kind, _ in of):
            file.write(f"\nstatic void make_{name}(void)\n{{\n\tcall_inside(call_{name});\n}}\n")
            function = f"make_{name}"
        tensors = any(kind in ("tl_tensor", "tl_state", "tl_tensor *") and parameter != "out" for kind, parameter in of)
        speaks = tensors and name not in QUIET
        for mode in MODES[:2 + 2 * tensors] + [str(k) for k in pointers]:
            calls.append(f'failed += try("{name}", {function}, {mode}, {str(speaks).lower()}, '
                         f'{str(name not in NOT_FINE).lower()});')
    file.write("\nint main(void)\n{\n\tint failed = 0;\n\t" + "\n\t".join(calls) + "\n\treturn failed > 0;\n}\n")
    return len(calls)


def main():
    root, cc, libraries = sys.argv[1:4]
    found, failed = list(functions(root)), 0
    with tempfile.TemporaryDirectory() as work:
        source, program = os.path.join(work, "calls.c"), os.path.join(work, "calls")
        with open(source, "w", encoding="utf-8") as f:
            calls = write(found, f)
        subprocess.run(shlex.split(cc) + ["-std=gnu11", "-Wno-nonnull", "-I", os.path.join(root, "include"), "-I",
                       os.path.join(root, "tests"), source, "-o", program] + shlex.split(libraries), check=True)
        for executor in ("reference", "compiled"):
            environment = dict(os.environ, TL_EXECUTOR=executor, TL_THREADS="1", ASAN_OPTIONS="detect_leaks=0")
            failed += subprocess.run([program], env=environment, cwd=work, check=False).returncode != 0
    print(f"{len(found)} functions, {2 * calls} calls{', some of which failed' if failed else ' survived'}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
