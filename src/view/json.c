/* Writing JSON. Numbers of arrays are little-endian, whatever the machine is. */
#include "view/json.h"

#include <math.h>
#include <string.h>

static void begin(tl_json *j, const char *key)
{
	if (j->comma)
		fputc(',', j->file);
	j->comma = true;
	if (key)
		fprintf(j->file, "\"%s\":", key);
}

void tl_json_open(tl_json *j, const char *key, char bracket)
{
	begin(j, key);
	fputc(bracket, j->file);
	j->comma = false;
}

void tl_json_close(tl_json *j, char bracket)
{
	fputc(bracket, j->file);
	j->comma = true;
}

size_t tl_utf8_length(const char *text, size_t bytes)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length = !bytes         ? 0
			: s[0] < 0x80  ? 1
			: s[0] < 0xc2  ? 0
			: s[0] < 0xe0  ? 2
			: s[0] < 0xf0  ? 3
			: s[0] <= 0xf4 ? 4
				       : 0;
	if (length > bytes)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	bool wrong = length == 3 ? (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0)
				 : length == 4 && ((s[0] == 0xf0 && s[1] < 0x90) ||
						   (s[0] == 0xf4 && s[1] >= 0x90));
	return wrong ? 0 : length;
}

/* "<" is written as a number: "</script" must not stand in a page. */
void tl_json_bytes(tl_json *j, const char *key, const char *text, size_t length)
{
	begin(j, key);
	fputc('"', j->file);
	for (size_t i = 0; i < length;) {
		unsigned char c = (unsigned char)text[i];
		size_t bytes = tl_utf8_length(text + i, length - i);
		if (!bytes)
			fputc('?', j->file);
		else if (c < ' ' || c == '<' || c == 0x7f)
			fprintf(j->file, "\\u%04x", (unsigned)c);
		else if (c == '"' || c == '\\')
			fprintf(j->file, "\\%c", c);
		else
			fwrite(text + i, 1, bytes, j->file);
		i += bytes ? bytes : 1;
	}
	fputc('"', j->file);
}

void tl_json_text(tl_json *j, const char *key, const char *text)
{
	if (text) {
		tl_json_bytes(j, key, text, strlen(text));
		return;
	}
	begin(j, key);
	fputs("null", j->file);
}

/* printf's decimal point is that of the locale. */
void tl_json_number(tl_json *j, const char *key, double x)
{
	char text[40];
	begin(j, key);
	if (!isfinite(x)) {
		fputs("null", j->file);
		return;
	}
	snprintf(text, sizeof text, "%.17g", x);
	for (char *c = text; *c; c++)
		if (!strchr("0123456789+-e", *c))
			*c = '.';
	fputs(text, j->file);
}

void tl_json_bool(tl_json *j, const char *key, bool x)
{
	begin(j, key);
	fputs(x ? "true" : "false", j->file);
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
	fprintf(j->file, "{\"type\":\"%s\",\"data\":\"", type);
	for (size_t at = 0; at < bytes; at += 3) {
		size_t n = bytes - at < 3 ? bytes - at : 3;
		memset(b, 0, sizeof b);
		take(b, data, at, n, size);
		text[used++] = digit[b[0] >> 2];
		text[used++] = digit[(b[0] & 3) << 4 | b[1] >> 4];
		text[used++] = n > 1 ? digit[(b[1] & 15) << 2 | b[2] >> 6] : '=';
		text[used++] = n > 2 ? digit[b[2] & 63] : '=';
		if (used == sizeof text) {
			fwrite(text, 1, used, j->file);
			used = 0;
		}
	}
	fwrite(text, 1, used, j->file);
	fputs("\"}", j->file);
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
