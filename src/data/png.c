/*
 * PNG, by libpng: its samples as they stand in the file, unfiltered and unpacked, then as
 * fractions. libpng leaves by longjmp when something is wrong, so all that must be freed lies in
 * one struct.
 */
#include "base/fail.h"
#include "base/memory.h"

#include <tapeloop/image.h>
#include <tapeloop/text.h>

#include <png.h>
#include <setjmp.h>
#include <string.h>

enum { MOST_SIDE = 1 << 20, MOST_PIXELS = 1 << 28 };

typedef struct reading {
	const unsigned char *at;
	size_t left;
	const char *name;
	tl_error *error;
	png_structp png;
	png_infop info;
	png_bytep samples;
	png_bytepp rows;
	int64_t width, height;
	int channels, bytes; /* of the samples */
} reading;

static void on_error(png_structp png, png_const_charp message)
{
	reading *r = png_get_error_ptr(png);
	bool memory = strstr(message, "emory") != NULL;
	tl_fail(r->error, memory ? TL_ERROR_MEMORY : TL_ERROR_VALUE, "%s: %s", r->name, message);
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
	(void)png, (void)message;
}

static png_voidp allocate(png_structp png, png_alloc_size_t size)
{
	(void)png;
	return tl_alloc(size);
}

static void release(png_structp png, png_voidp memory)
{
	(void)png;
	tl_free(memory);
}

static void read_bytes(png_structp png, png_bytep to, size_t size)
{
	reading *r = png_get_io_ptr(png);
	if (size > r->left)
		png_error(png, "it is cut off");
	memcpy(to, r->at, size);
	r->at += size;
	r->left -= size;
}

/* Palettes become colours, samples of less than a byte become bytes, transparency goes. */
static void read_head(reading *r)
{
	png_set_user_limits(r->png, MOST_SIDE, MOST_SIDE);
	png_set_read_fn(r->png, r, read_bytes);
	png_read_info(r->png, r->info);
	r->width = png_get_image_width(r->png, r->info);
	r->height = png_get_image_height(r->png, r->info);
	if (r->width * r->height > MOST_PIXELS)
		png_error(r->png, "it has too many pixels");
	png_set_expand(r->png);
	png_set_strip_alpha(r->png);
	png_set_interlace_handling(r->png);
	png_read_update_info(r->png, r->info);
	r->channels = png_get_channels(r->png, r->info);
	r->bytes = png_get_bit_depth(r->png, r->info) / 8;
	if ((r->channels != 1 && r->channels != 3) || r->bytes < 1 || r->bytes > 2)
		png_error(r->png, "its kind of colours is not read");
}

static void read_samples(reading *r)
{
	size_t row = png_get_rowbytes(r->png, r->info);
	r->samples = tl_alloc(row * (size_t)r->height);
	r->rows = tl_alloc((size_t)r->height * sizeof *r->rows);
	if (!r->samples || !r->rows)
		png_error(r->png, "out of memory");
	for (int64_t y = 0; y < r->height; y++)
		r->rows[y] = r->samples + (size_t)y * row;
	png_read_image(r->png, r->rows);
	png_read_end(r->png, NULL);
	if (r->left)
		png_error(r->png, "something follows its end");
}

static bool read_all(reading *r)
{
	if (setjmp(png_jmpbuf(r->png)))
		return false;
	read_head(r);
	read_samples(r);
	return true;
}

static float sample_at(const reading *r, int64_t y, int64_t x, int channel)
{
	const png_byte *at = r->rows[y] + (x * r->channels + channel) * r->bytes;
	return r->bytes == 1 ? (float)at[0] / 255 : (float)(256 * at[0] + at[1]) / 65535;
}

static tl_array fractions(const reading *r, int channels)
{
	tl_array a = {0};
	channels = channels ? channels : r->channels;
	int64_t pixels = r->width * r->height;
	float *to = tl_alloc((size_t)(channels * pixels) * sizeof *to);
	if (!to) {
		tl_fail(r->error, TL_ERROR_MEMORY, "%s: out of memory", r->name);
		return a;
	}
	for (int c = 0; c < channels; c++)
		for (int64_t y = 0; y < r->height; y++)
			for (int64_t x = 0; x < r->width; x++) {
				float *p = &to[c * pixels + y * r->width + x];
				if (channels < r->channels)
					*p = 0.299f * sample_at(r, y, x, 0) +
					     0.587f * sample_at(r, y, x, 1) +
					     0.114f * sample_at(r, y, x, 2);
				else
					*p = sample_at(r, y, x, c < r->channels ? c : 0);
			}
	return (tl_array){to, TL_F32, tl_dims(channels, r->height, r->width), channels * pixels};
}

tl_array tl_png_parse(const void *bytes, size_t size, const char *name, int channels,
		      tl_error *error)
{
	reading r = {.at = bytes, .left = size, .name = name ? name : "png", .error = error};
	tl_array a = {0};
	if (!bytes || (channels != 0 && channels != 1 && channels != 3)) {
		tl_fail(error, TL_ERROR_ARGUMENT,
			"%s: there are no bytes, or channels is not 0, 1 or 3", r.name);
		return a;
	}
	r.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning, NULL,
					 allocate, release);
	r.info = r.png ? png_create_info_struct(r.png) : NULL;
	if (!r.info)
		tl_fail(error, TL_ERROR_MEMORY, "%s: out of memory", r.name);
	else if (read_all(&r))
		a = fractions(&r, channels);
	if (r.png)
		png_destroy_read_struct(&r.png, &r.info, NULL);
	tl_free(r.samples);
	tl_free(r.rows);
	return a;
}

tl_array tl_png_read(const char *path, int channels, tl_error *error)
{
	tl_text file = {0};
	tl_array a = {0};
	if (!tl_text_add_file(&file, path, error))
		a = tl_png_parse(file.bytes, file.size, path, channels, error);
	tl_text_finish(&file);
	return a;
}
