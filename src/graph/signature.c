/* Signatures by number: a hash table that only grows, until it is emptied as a whole. */
#include "graph/signature.h"

#include "base/random.h"

enum { FIRST_BUCKETS = 256 };

static uint64_t hash_of(const tl_signature *s)
{
	uint64_t h = tl_mix((uint64_t)(uintptr_t)s->op + s->operands), word;
	h = tl_mix(h + ((uint64_t)s->dtype << 8) + (uint64_t)s->shape.rank);
	for (int i = 0; i < s->shape.rank; i++)
		h = tl_mix(h + (uint64_t)s->shape.dim[i]);
	for (size_t at = 0; at < s->attr_bytes; at += sizeof word) {
		size_t rest = s->attr_bytes - at;
		word = 0;
		memcpy(&word, (const char *)s->attr + at, rest < sizeof word ? rest : sizeof word);
		h = tl_mix(h + word);
	}
	return h;
}

static bool buckets_grow(tl_signature_table *t)
{
	size_t buckets = t->buckets ? 2 * t->buckets : FIRST_BUCKETS;
	uint32_t *bucket = tl_alloc_zero(buckets * sizeof *bucket);
	if (!bucket)
		return false;
	for (size_t i = 1; i < t->entries; i++) {
		uint32_t *head = &bucket[t->entry[i].hash & (buckets - 1)];
		t->entry[i].next = *head;
		*head = (uint32_t)i;
	}
	tl_free(t->bucket);
	t->bucket = bucket;
	t->buckets = buckets;
	return true;
}

static uint32_t add(tl_signature_table *t, const tl_signature *s, uint64_t hash)
{
	size_t number = t->entries ? t->entries : 1;
	if (number >= UINT32_MAX || (number >= t->buckets && !buckets_grow(t)) ||
	    !tl_array_reserve(&t->entry, &t->entry_room, number + 1, sizeof *t->entry))
		return 0;
	void *attr = s->attr_bytes ? tl_arena_take(&t->attrs, s->attr_bytes, 8) : NULL;
	if (s->attr_bytes && !attr)
		return 0;
	if (attr)
		memcpy(attr, s->attr, s->attr_bytes);
	struct tl_signature_entry *e = &t->entry[number];
	uint32_t *head = &t->bucket[hash & (t->buckets - 1)];
	e->s = *s;
	e->s.attr = attr;
	e->hash = hash;
	e->next = *head;
	*head = (uint32_t)number;
	t->entries = number + 1;
	return (uint32_t)number;
}

uint32_t tl_signature_number(tl_signature_table *t, const tl_signature *s)
{
	uint64_t hash = hash_of(s);
	uint32_t i = t->buckets ? t->bucket[hash & (t->buckets - 1)] : 0;
	while (i && !(t->entry[i].hash == hash && tl_signature_is(t, i, s)))
		i = t->entry[i].next;
	return i ? i : add(t, s, hash);
}

size_t tl_signature_bytes(const tl_signature_table *t)
{
	return t->entries * sizeof *t->entry + t->attrs.total;
}

void tl_signature_finish(tl_signature_table *t)
{
	tl_free(t->entry);
	tl_free(t->bucket);
	tl_arena_finish(&t->attrs);
	*t = (tl_signature_table){0};
}
