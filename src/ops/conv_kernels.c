/*
 * The kernels of convolution and its adjoints, all products of matrices with the windows of one
 * image as columns ("im2col": Chellapilla, Puri & Simard 2006), made for some windows at a time so
 * that they stay in cache.
 */
#include "ops/conv_kernels.h"

#include <string.h>

/* Sizes of the product; y [out, windows] = w [out, depth] columns [depth, windows], an image at a
 * time. */
typedef struct layer {
	tl_window w;
	int64_t batch, in, out, depth, windows, block;
	int64_t share; /* rows of the columns that are made: all, or those of a part */
	size_t number;
} layer;

enum { COLUMN_NUMBERS = 64 * 1024, LEAST_BLOCK = 64, LINE = 64 };

static layer layer_of(const tl_kernel_args *r, const tl_array *x, const tl_array *w)
{
	layer l = {.w = *(const tl_window *)r->attr,
		   .batch = x->shape.dim[0],
		   .in = x->shape.dim[1],
		   .out = w->shape.dim[0],
		   .number = tl_dtype_size(r->real)};
	l.depth = l.in * l.w.size[0] * l.w.size[1];
	l.share = l.depth;
	l.windows = l.w.out[0] * l.w.out[1];
	l.block = l.depth ? COLUMN_NUMBERS / l.depth : l.windows;
	l.block = l.block < LEAST_BLOCK ? LEAST_BLOCK : l.block;
	l.block = l.block > l.windows ? l.windows : l.block;
	return l;
}

/* The part of an image, or of the result for it, that starts at this element. */
static void *element(const tl_array *a, int64_t i)
{
	return (char *)a->data + i * (int64_t)tl_dtype_size(a->dtype);
}

static size_t column_bytes(const layer *l)
{
	return ((size_t)(l->depth * l->block) * l->number + LINE) / LINE * LINE;
}

static tl_gemm forward_product(const layer *l, int64_t windows)
{
	return (tl_gemm){.m = l->out,
			 .n = windows,
			 .k = l->depth,
			 .a_row = l->depth,
			 .a_col = 1,
			 .b_row = windows,
			 .b_col = 1,
			 .c_row = l->windows};
}

static tl_gemm input_product(const layer *l, int64_t windows)
{
	return (tl_gemm){.m = l->depth,
			 .n = windows,
			 .k = l->out,
			 .a_row = 1,
			 .a_col = l->depth,
			 .b_row = l->windows,
			 .b_col = 1,
			 .c_row = windows};
}

static tl_gemm weight_product(const layer *l, int64_t windows)
{
	return (tl_gemm){.m = l->out,
			 .n = l->share,
			 .k = windows,
			 .a_row = l->windows,
			 .a_col = 1,
			 .b_row = 1,
			 .b_col = windows,
			 .c_row = l->depth};
}

typedef tl_gemm product_fn(const layer *l, int64_t windows);

/* Room for the columns of a block and for what its product wants, or that of the last block. */
static size_t room_for(const tl_kernel_args *r, const layer *l, product_fn *product, int parts)
{
	const tl_kernels *k = tl_kernels_for(r->real);
	tl_gemm whole = product(l, l->block), rest = product(l, l->windows % l->block);
	size_t room = k->gemm_workspace(&whole, parts), last = k->gemm_workspace(&rest, parts);
	return column_bytes(l) + (room > last ? room : last);
}

size_t tl_conv_workspace(const tl_kernel_args *r)
{
	layer l = layer_of(r, &r->in[0], &r->in[1]);
	return room_for(r, &l, forward_product, 1);
}

tl_status tl_conv_kernel(const tl_kernel_args *r)
{
	layer l = layer_of(r, &r->in[0], &r->in[1]);
	char *column = r->workspace;
	int64_t image = l.in * l.w.in[0] * l.w.in[1];
	if (!r->out.size)
		return TL_OK;
	for (int64_t n = l.batch * r->part / r->parts; n < l.batch * (r->part + 1) / r->parts; n++)
		for (int64_t p = 0; p < l.windows; p += l.block) {
			int64_t end = p + l.block < l.windows ? p + l.block : l.windows;
			tl_gemm g = forward_product(&l, end - p);
			tl_window_columns(&l.w, r->real, l.in, element(&r->in[0], n * image), p,
					  end, column, false);
			g.a = r->in[1].data;
			g.b = column;
			g.c = element(&r->out, n * l.out * l.windows + p);
			tl_kernels_for(r->real)->gemm(&g, column + column_bytes(&l), 0, 1);
		}
	return TL_OK;
}

size_t tl_conv_input_workspace(const tl_kernel_args *r)
{
	layer l = layer_of(r, &r->out, &r->in[1]);
	return room_for(r, &l, input_product, 1);
}

tl_status tl_conv_input_kernel(const tl_kernel_args *r)
{
	layer l = layer_of(r, &r->out, &r->in[1]);
	char *column = r->workspace;
	int64_t image = l.in * l.w.in[0] * l.w.in[1];
	if (!r->out.size)
		return TL_OK;
	for (int64_t n = l.batch * r->part / r->parts; n < l.batch * (r->part + 1) / r->parts;
	     n++) {
		memset(element(&r->out, n * image), 0, (size_t)image * l.number);
		for (int64_t p = 0; p < l.windows; p += l.block) {
			int64_t end = p + l.block < l.windows ? p + l.block : l.windows;
			tl_gemm g = input_product(&l, end - p);
			g.a = r->in[1].data;
			g.b = element(&r->in[0], n * l.out * l.windows + p);
			g.c = column;
			tl_kernels_for(r->real)->gemm(&g, column + column_bytes(&l), 0, 1);
			tl_window_columns(&l.w, r->real, l.in, element(&r->out, n * image), p, end,
					  column, true);
		}
	}
	return TL_OK;
}

/*
 * The sum goes over images and windows, so it is channels that are divided: as many together as
 * make the products of all parts sum in the same order. If there are not enough for all parts, each
 * makes all columns and the product is divided. Returns the first channel; l->share follows from
 * the last.
 */
static int64_t channels_of(layer *l, int part, int parts)
{
	int64_t patch = l->w.size[0] * l->w.size[1], grain = TL_GEMM_FEW / patch + 1;
	int64_t grains = l->in / grain;
	if (grains < parts)
		return 0;
	int64_t first = grains * part / parts * grain;
	int64_t end = part == parts - 1 ? l->in : grains * (part + 1) / parts * grain;
	l->share = (end - first) * patch;
	return first;
}

size_t tl_conv_weight_workspace(const tl_kernel_args *r)
{
	size_t most = 0;
	for (int part = 0; part < r->parts; part++) {
		layer l = layer_of(r, &r->in[0], &r->out);
		channels_of(&l, part, r->parts);
		size_t room = room_for(r, &l, weight_product, l.share < l.depth ? 1 : r->parts);
		most = room > most ? room : most;
	}
	return most;
}

tl_status tl_conv_weight_kernel(const tl_kernel_args *r)
{
	layer l = layer_of(r, &r->in[0], &r->out);
	char *column = r->workspace;
	int64_t plane = l.w.in[0] * l.w.in[1], patch = l.w.size[0] * l.w.size[1];
	int64_t first = channels_of(&l, r->part, r->parts);
	if (!r->out.size)
		return TL_OK;
	bool mine = l.share < l.depth;
	if (r->part == 0 && l.batch == 0) /* else the first block's product clears it */
		memset(r->out.data, 0, (size_t)r->out.size * l.number);
	for (int64_t n = 0; n < l.batch; n++)
		for (int64_t p = 0; p < l.windows; p += l.block) {
			int64_t end = p + l.block < l.windows ? p + l.block : l.windows;
			tl_gemm g = weight_product(&l, end - p);
			tl_window_columns(&l.w, r->real, l.share / patch,
					  element(&r->in[0], (n * l.in + first) * plane), p, end,
					  column, false);
			g.a = element(&r->in[1], n * l.out * l.windows + p);
			g.b = column;
			g.c = element(&r->out, first * patch);
			g.accumulate = n > 0 || p > 0;
			tl_kernels_for(r->real)->gemm(&g, column + column_bytes(&l),
						      mine ? 0 : r->part, mine ? 1 : r->parts);
		}
	return TL_OK;
}

/* A product of the image's columns, and making those. */
static double cost_of(const tl_kernel_args *r, const tl_array *x, const tl_array *w)
{
	layer l = layer_of(r, x, w);
	double columns = (double)l.batch * (double)l.windows * (double)l.depth;
	return columns * (2 * (double)l.out / 50 + 0.5);
}

double tl_conv_cost(const tl_kernel_args *r)
{
	return cost_of(r, &r->in[0], &r->in[1]);
}

double tl_conv_input_cost(const tl_kernel_args *r)
{
	return cost_of(r, &r->out, &r->in[1]);
}

double tl_conv_weight_cost(const tl_kernel_args *r)
{
	return cost_of(r, &r->in[0], &r->out);
}
