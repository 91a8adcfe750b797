/*
 * oneDNN's own LSTM, forward and backward, with the gradient for its input (it always computes it):
 *
 *     onednn_peers T B I H    prints these, a tab, milliseconds (median)
 */
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <dnnl.hpp>
#include <unordered_map>
#include <vector>

using dnnl::memory;
using arguments = std::unordered_map<int, memory>;

static memory make(const memory::desc &shape, const dnnl::engine &cpu)
{
	memory m(shape, cpu);
	float *data = static_cast<float *>(m.get_data_handle());
	for (size_t i = 0; i < shape.get_size() / sizeof *data; i++)
		data[i] = 0.01f * static_cast<float>(i % 7);
	return m;
}

int main(int count, char **text)
{
	if (count != 5)
		return 2;
	const long T = atol(text[1]), B = atol(text[2]), I = atol(text[3]), H = atol(text[4]),
		   gates = 4;
	dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
	dnnl::stream stream(cpu);
	const auto f32 = memory::data_type::f32;
	const auto any = memory::format_tag::any;
	memory::desc x({T, B, I}, f32, any), state({1, 1, B, H}, f32, any),
		W({1, 1, I, gates, H}, f32, any);
	memory::desc U({1, 1, H, gates, H}, f32, any), b({1, 1, gates, H}, f32, any),
		y({T, B, H}, f32, any);
	const auto way = dnnl::rnn_direction::unidirectional_left2right;
	dnnl::lstm_forward::primitive_desc forward(
		dnnl::lstm_forward::desc(dnnl::prop_kind::forward_training, way, x, state, state, W,
					 U, b, y, state, state),
		cpu);
	dnnl::lstm_backward::primitive_desc backward(
		dnnl::lstm_backward::desc(dnnl::prop_kind::backward, way, x, state, state, W, U, b,
					  y, state, state, x, state, state, W, U, b, y, state,
					  state),
		cpu, forward);
	arguments ahead = {{DNNL_ARG_SRC_LAYER, make(forward.src_layer_desc(), cpu)},
			   {DNNL_ARG_SRC_ITER, make(forward.src_iter_desc(), cpu)},
			   {DNNL_ARG_SRC_ITER_C, make(forward.src_iter_c_desc(), cpu)},
			   {DNNL_ARG_WEIGHTS_LAYER, make(forward.weights_layer_desc(), cpu)},
			   {DNNL_ARG_WEIGHTS_ITER, make(forward.weights_iter_desc(), cpu)},
			   {DNNL_ARG_BIAS, make(forward.bias_desc(), cpu)},
			   {DNNL_ARG_DST_LAYER, make(forward.dst_layer_desc(), cpu)},
			   {DNNL_ARG_DST_ITER, make(forward.dst_iter_desc(), cpu)},
			   {DNNL_ARG_DST_ITER_C, make(forward.dst_iter_c_desc(), cpu)},
			   {DNNL_ARG_WORKSPACE, make(forward.workspace_desc(), cpu)}};
	arguments back = ahead;
	back[DNNL_ARG_WEIGHTS_LAYER] = make(backward.weights_layer_desc(), cpu);
	back[DNNL_ARG_WEIGHTS_ITER] = make(backward.weights_iter_desc(), cpu);
	back[DNNL_ARG_DIFF_SRC_LAYER] = make(backward.diff_src_layer_desc(), cpu);
	back[DNNL_ARG_DIFF_SRC_ITER] = make(backward.diff_src_iter_desc(), cpu);
	back[DNNL_ARG_DIFF_SRC_ITER_C] = make(backward.diff_src_iter_c_desc(), cpu);
	back[DNNL_ARG_DIFF_WEIGHTS_LAYER] = make(backward.diff_weights_layer_desc(), cpu);
	back[DNNL_ARG_DIFF_WEIGHTS_ITER] = make(backward.diff_weights_iter_desc(), cpu);
	back[DNNL_ARG_DIFF_BIAS] = make(backward.diff_bias_desc(), cpu);
	back[DNNL_ARG_DIFF_DST_LAYER] = make(backward.diff_dst_layer_desc(), cpu);
	back[DNNL_ARG_DIFF_DST_ITER] = make(backward.diff_dst_iter_desc(), cpu);
	back[DNNL_ARG_DIFF_DST_ITER_C] = make(backward.diff_dst_iter_c_desc(), cpu);
	dnnl::lstm_forward run_forward(forward);
	dnnl::lstm_backward run_backward(backward);

	std::vector<double> times;
	using clock = std::chrono::steady_clock;
	const auto seconds = [](clock::time_point from) {
		return std::chrono::duration<double>(clock::now() - from).count();
	};
	const auto begin = clock::now();
	for (int i = 0; times.size() < 8 || seconds(begin) < 1.5; i++) {
		const auto start = clock::now();
		run_forward.execute(stream, ahead);
		run_backward.execute(stream, back);
		stream.wait();
		if (i >= 3)
			times.push_back(seconds(start));
	}
	std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
	std::printf("%ld %ld %ld %ld\t%.4f ms\n", T, B, I, H, times[times.size() / 2] * 1e3);
}
