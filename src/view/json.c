/* Writing JSON. Numbers of arrays are little-endian, whatever the machine is. */
#include "view/json.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void tl_json_put(tl_json *j, const void *bytes, size_t size)
{
	if (!j->status)
		j->status = tl_atomic_write(j->file, bytes, size, j->error);
}

static void put_text(tl_json *j, const char *text)
{
	tl_json_put(j, text, strlen(text));
}

static void put_letter(tl_json *j, char letter)
{
	tl_json_put(j, &letter, 1);
}

static void begin(tl_json *j, const char *key)
{
	if (j->comma)
		put_letter(j, ',');
	j->comma = true;
	if (!key)
		return;
	put_letter(j, '"');
	put_text(j, key);
	put_text(j, "\":");
}

void tl_json_open(tl_json *j, const char *key, char bracket)
{
	begin(j, key);
	put_letter(j, bracket);
	j->comma = false;
}

void tl_json_close(tl_json *j, char bracket)
{
	put_letter(j, bracket);
	j->comma = true;
}

static void put_escaped(tl_json *j, unsigned code)
{
	char text[16];
	snprintf(text, sizeof text, "\\u%04x", code);
	put_text(j, text);
}

/* "<" is written as a number: "</script" must not stand in a page. */
void tl_json_bytes(tl_json *j, const char *key, const char *text, size_t length)
{
	begin(j, key);
	put_letter(j, '"');
	for (size_t i = 0; i < length;) {
		unsigned char c = (unsigned char)text[i];
		size_t bytes = tl_utf8_read(text + i, text + length, NULL);
		if (!bytes)
			put_letter(j, '?');
		else if (c < ' ' || c == '<' || c == 0x7f)
			put_escaped(j, c);
		else if (c == '"' || c == '\\')
			put_letter(j, '\\'), put_letter(j, (char)c);
		else
			tl_json_put(j, text + i, bytes);
		i += bytes ? bytes : 1;
	}
	put_letter(j, '"');
}

void tl_json_text(tl_json *j, const char *key, const char *text)
{
	if (text) {
		tl_json_bytes(j, key, text, strlen(text));
		return;
	}
	begin(j, key);
	put_text(j, "null");
}

/* printf's decimal point is that of the locale. */
void tl_json_number(tl_json *j, const char *key, double x)
{
	char text[40];
	begin(j, key);
	if (!isfinite(x)) {
		put_text(j, "null");
		return;
	}
	snprintf(text, sizeof text, "%.17g", x);
	for (char *c = text; *c; c++)
		if (!strchr("0123456789+-e", *c))
			*c = '.';
	put_text(j, text);
}

void tl_json_bool(tl_json *j, const char *key, bool x)
{
	begin(j, key);
	put_text(j, x ? "true" : "false");
}

static size_t size_of(const char *type)
{
	return type[1] == '8' ? 1 : type[1] == '1' ? 2 : type[1] == '3' ? 4 : 8;
}

static bool is_big_endian(void)
{
	const uint16_t one = 1;
	unsigned char first;
	memcpy(&first, &one, 1);
	return first == 0;
}

/* The next so many bytes, each number with its lowest byte first. */
static void take(unsigned char *to, const unsigned char *data, size_t at, size_t bytes, size_t size)
{
	for (size_t i = 0; i < bytes; i++, at++)
		to[i] = is_big_endian() ? data[at / size * size + (size - 1 - at % size)]
					: data[at];
}

void tl_json_array(tl_json *j, const char *key, const char *type, const void *data, size_t count)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t size = size_of(type), bytes = count * size, used = 0;
	unsigned char b[3];
	char text[1024];
	begin(j, key);
	put_text(j, "{\"type\":\"");
	put_text(j, type);
	put_text(j, "\",\"data\":\"");
	for (size_t at = 0; at < bytes; at += 3) {
		size_t n = bytes - at < 3 ? bytes - at : 3;
		memset(b, 0, sizeof b);
		take(b, data, at, n, size);
		text[used++] = digit[b[0] >> 2];
		text[used++] = digit[(b[0] & 3) << 4 | b[1] >> 4];
		text[used++] = n > 1 ? digit[(b[1] & 15) << 2 | b[2] >> 6] : '=';
		text[used++] = n > 2 ? digit[b[2] & 63] : '=';
		if (used == sizeof text) {
			tl_json_put(j, text, used);
			used = 0;
		}
	}
	tl_json_put(j, text, used);
	put_text(j, "\"}");
}

/* In place: what is written at i is read before. */
void tl_json_integers(tl_json *j, const char *key, uint32_t *data, size_t count)
{
	uint32_t most = 0;
	uint8_t *bytes = (uint8_t *)data;
	for (size_t i = 0; i < count; i++)
		most |= data[i];
	for (size_t i = 0; i < count && most <= UINT16_MAX; i++) {
		uint16_t x = (uint16_t)data[i];
		if (most <= UINT8_MAX)
			bytes[i] = (uint8_t)x;
		else
			memcpy(bytes + i * sizeof x, &x, sizeof x);
	}
	tl_json_array(j, key,
		      most <= UINT8_MAX    ? "u8"
		      : most <= UINT16_MAX ? "u16"
					   : "u32",
		      data, count);
}
