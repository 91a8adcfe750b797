/*
 * Reading zip archives. An archive is read from its end: there stands where the directory is, and
 * in the directory where each member is, how long and with which checksum. The header in front of a
 * member says so again, not always rightly; of it only the length is used, and the name compared.
 */
#include "io/zip.h"
#include "base/fail.h"
#include "base/memory.h"

#ifdef TL_HAVE_ZLIB
#include <zlib.h>
#endif

#include <string.h>

enum {
	LOCAL = 0x04034b50,
	ENTRY = 0x02014b50,
	END = 0x06054b50,
	END_64 = 0x06064b50,
	LOCATOR_64 = 0x07064b50,
	LOCAL_SIZE = 30,
	ENTRY_SIZE = 46,
	END_SIZE = 22,
	END_64_SIZE = 56,
	LOCATOR_64_SIZE = 20,
	LONGEST_COMMENT = 65535,
	LONGEST_NAME = 1024,
	STORED = 0,
	DEFLATED = 8,
	ENCRYPTED = 1,
	/* no deflated byte makes more of them */
	MOST_EXPANDED = 1032
};

typedef struct reading {
	const unsigned char *bytes;
	uint64_t size;
	const char *path;
	tl_error *error;
} reading;

/* A row of the directory. */
typedef struct entry {
	unsigned flags, method;
	uint32_t checksum;
	uint64_t packed, size, place;
	const unsigned char *name;
	size_t name_length, length; /* of the row */
} entry;

static uint64_t number_at(const unsigned char *p, int bytes)
{
	uint64_t number = 0;
	for (int i = bytes - 1; i >= 0; i--)
		number = number << 8 | p[i];
	return number;
}

static tl_status wrong(const reading *r, const char *reason)
{
	return tl_fail(r->error, TL_ERROR_FILE, "%.200s: %s", r->path, reason);
}

static tl_status wrong_member(const reading *r, const char *name, tl_status status,
			      const char *reason)
{
	return tl_fail(r->error, status, "%.200s: member %.120s: %s", r->path, name, reason);
}

uint32_t tl_zip_checksum(uint32_t before, const void *bytes, size_t size)
{
	/* the remainders of four bits at a time, of the polynomial 0xedb88320 */
	static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
					   0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
					   0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
					   0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
	const unsigned char *p = bytes;
	uint32_t sum = ~before;
	for (size_t i = 0; i < size; i++) {
		sum = table[(sum ^ p[i]) & 15] ^ sum >> 4;
		sum = table[(sum ^ p[i] >> 4) & 15] ^ sum >> 4;
	}
	return ~sum;
}

/* The directory */

static const unsigned char *find_end(const reading *r)
{
	if (r->size < END_SIZE)
		return NULL;
	const unsigned char *last = r->bytes + r->size - END_SIZE;
	for (uint64_t back = 0; back <= LONGEST_COMMENT && back <= r->size - END_SIZE; back++) {
		const unsigned char *p = last - back;
		if (number_at(p, 4) == END && number_at(p + 20, 2) == back)
			return p;
	}
	return NULL;
}

/* Where the directory is and how many members it has; both are elsewhere in archives of more than
 * 4 GB. Returns false if they are nowhere. */
static bool find_directory(const reading *r, uint64_t *place, uint64_t *size, uint64_t *count)
{
	const unsigned char *end = find_end(r);
	if (!end)
		return false;
	uint64_t before = (uint64_t)(end - r->bytes);
	*count = number_at(end + 10, 2);
	*size = number_at(end + 12, 4);
	*place = number_at(end + 16, 4);
	bool one_disk = !number_at(end + 4, 2) && !number_at(end + 6, 2);
	if (*count == 0xffff || *size == 0xffffffff || *place == 0xffffffff) {
		if (before < LOCATOR_64_SIZE)
			return false;
		const unsigned char *locator = end - LOCATOR_64_SIZE;
		uint64_t where = number_at(locator + 8, 8);
		if (number_at(locator, 4) != LOCATOR_64 || r->size < END_64_SIZE ||
		    where > r->size - END_64_SIZE || number_at(r->bytes + where, 4) != END_64)
			return false;
		*count = number_at(r->bytes + where + 32, 8);
		*size = number_at(r->bytes + where + 40, 8);
		*place = number_at(r->bytes + where + 48, 8);
		before = where;
	}
	return one_disk && *place <= before && *size <= before - *place &&
	       *count <= *size / ENTRY_SIZE;
}

/* Sizes that 32 bits do not hold stand behind the name, those that are so only. */
static bool read_wide(entry *e, const unsigned char *extra, size_t length)
{
	uint64_t *const wide[] = {&e->size, &e->packed, &e->place};
	while (length >= 4) {
		size_t size = number_at(extra + 2, 2);
		if (size > length - 4)
			return false;
		const unsigned char *p = extra + 4;
		size_t left = size;
		for (int i = 0; number_at(extra, 2) == 1 && i < 3; i++) {
			if (*wide[i] != 0xffffffff)
				continue;
			if (left < 8)
				return false;
			*wide[i] = number_at(p, 8);
			p += 8;
			left -= 8;
		}
		extra += 4 + size;
		length -= 4 + size;
	}
	return true;
}

static bool read_entry(entry *e, const unsigned char *p, uint64_t left)
{
	if (left < ENTRY_SIZE || number_at(p, 4) != ENTRY)
		return false;
	*e = (entry){.flags = (unsigned)number_at(p + 8, 2),
		     .method = (unsigned)number_at(p + 10, 2),
		     .checksum = (uint32_t)number_at(p + 16, 4),
		     .packed = number_at(p + 20, 4),
		     .size = number_at(p + 24, 4),
		     .place = number_at(p + 42, 4),
		     .name = p + ENTRY_SIZE,
		     .name_length = number_at(p + 28, 2)};
	size_t extra = number_at(p + 30, 2);
	e->length = ENTRY_SIZE + e->name_length + extra + number_at(p + 32, 2);
	return e->length <= left && e->name_length <= LONGEST_NAME &&
	       !memchr(e->name, 0, e->name_length) && read_wide(e, e->name + e->name_length, extra);
}

/* Members */

static tl_status expand(const reading *r, tl_zip_member *m, const entry *e)
{
#ifdef TL_HAVE_ZLIB
	if (e->size > (e->packed + 1) * MOST_EXPANDED)
		return wrong_member(r, m->name, TL_ERROR_FILE, "it cannot be as long as it says");
	if (!(m->expanded = tl_alloc(e->size + 1)))
		return wrong_member(r, m->name, TL_ERROR_MEMORY, "out of memory");
	z_stream z = {.next_in = (Bytef *)m->bytes, .next_out = m->expanded};
	uint64_t in = e->packed, out = e->size + 1; /* a byte more than there may be */
	int said = inflateInit2(&z, -MAX_WBITS);
	if (said != Z_OK)
		return wrong_member(r, m->name, TL_ERROR_MEMORY, "out of memory");
	while (said == Z_OK) {
		/* zlib counts in unsigned int */
		uInt some = z.avail_in = in < 1 << 30 ? (uInt)in : 1 << 30;
		uInt room = z.avail_out = out < 1 << 30 ? (uInt)out : 1 << 30;
		said = inflate(&z, Z_NO_FLUSH);
		in -= some - z.avail_in;
		out -= room - z.avail_out;
	}
	inflateEnd(&z);
	if (said == Z_MEM_ERROR)
		return wrong_member(r, m->name, TL_ERROR_MEMORY, "out of memory");
	if (said != Z_STREAM_END || in || out != 1)
		return wrong_member(r, m->name, TL_ERROR_FILE, "its compressed data is damaged");
	m->bytes = m->expanded;
	return TL_OK;
#else
	(void)e;
	return wrong_member(r, m->name, TL_ERROR_FILE,
			    "it is compressed, and the library was built without zlib");
#endif
}

/* From the directory's row to the bytes. */
static tl_status read_member(const reading *r, tl_zip_member *m, const entry *e, uint64_t directory)
{
	const unsigned char *local = r->bytes + e->place;
	if (e->flags & ENCRYPTED || (e->method != STORED && e->method != DEFLATED))
		return wrong_member(r, m->name, TL_ERROR_FILE,
				    "it is encrypted, or compressed in a way that is not read");
	if (directory < LOCAL_SIZE || e->place > directory - LOCAL_SIZE ||
	    number_at(local, 4) != LOCAL)
		return wrong_member(r, m->name, TL_ERROR_FILE,
				    "it is not where the directory says");
	uint64_t head = LOCAL_SIZE + number_at(local + 26, 2) + number_at(local + 28, 2);
	if (head > directory - e->place || e->packed > directory - e->place - head)
		return wrong_member(r, m->name, TL_ERROR_FILE, "it reaches into the directory");
	if (number_at(local + 26, 2) != e->name_length ||
	    memcmp(local + LOCAL_SIZE, e->name, e->name_length) != 0)
		return wrong_member(r, m->name, TL_ERROR_FILE,
				    "it has another name than in the directory");
	m->bytes = local + head;
	m->size = e->size;
	if (e->method == STORED && e->packed != e->size)
		return wrong_member(r, m->name, TL_ERROR_FILE, "it has two lengths");
	tl_status status = e->method == STORED ? TL_OK : expand(r, m, e);
	if (!status && tl_zip_checksum(0, m->bytes, m->size) != e->checksum)
		return wrong_member(r, m->name, TL_ERROR_FILE,
				    "its checksum is wrong: it is damaged");
	return status;
}

tl_status tl_zip_open(tl_zip *zip, const tl_map *map, const char *path, tl_error *error)
{
	reading r = {map->bytes, map->size, path, error};
	uint64_t place, size, count;
	*zip = (tl_zip){0};
	if (!find_directory(&r, &place, &size, &count))
		return wrong(&r, "it is no zip archive, or is cut off");
	if (!(zip->member = tl_alloc_zero((count + 1) * sizeof *zip->member)))
		return tl_fail(error, TL_ERROR_MEMORY, "%.200s: out of memory", path);
	const unsigned char *row = r.bytes + place, *end = row + size;
	for (uint64_t i = 0; i < count; i++) {
		entry e;
		tl_zip_member *m = &zip->member[i];
		if (!read_entry(&e, row, (uint64_t)(end - row)))
			return wrong(&r, "its directory is damaged");
		if (!(m->name = tl_alloc(e.name_length + 1)))
			return tl_fail(error, TL_ERROR_MEMORY, "%.200s: out of memory", path);
		memcpy(m->name, e.name, e.name_length);
		m->name[e.name_length] = 0;
		zip->count++;
		tl_status status = read_member(&r, m, &e, place);
		if (status)
			return status;
		row += e.length;
	}
	return row == end ? TL_OK : wrong(&r, "its directory is damaged");
}

void tl_zip_close(tl_zip *zip)
{
	for (size_t i = 0; i < zip->count; i++) {
		tl_free(zip->member[i].name);
		tl_free(zip->member[i].expanded);
	}
	tl_free(zip->member);
	*zip = (tl_zip){0};
}
