/* Making keys, keeping them, comparing them. */
#include "run/key.h"

#include "base/random.h"

#include <string.h>

/* A hash only shortens a comparison. Lanes, so that one multiplication need not wait for another.
 */
static uint64_t hash_span(uint64_t h, const tl_span *s)
{
	enum { LANES = 4 };
	const char *at = s->bytes ? s->at : "", *end = at + s->bytes; /* none may be at NULL */
	uint64_t lane[LANES] = {h, ~h, h << 1, h ^ 0x9e3779b97f4a7c15u}, word[LANES];
	for (; end - at >= (ptrdiff_t)sizeof word; at += sizeof word) {
		memcpy(word, at, sizeof word);
		for (int i = 0; i < LANES; i++) {
			lane[i] = (lane[i] ^ word[i]) * 0x9e3779b97f4a7c15u;
			lane[i] ^= lane[i] >> 32;
		}
	}
	memset(word, 0, sizeof word);
	if (at < end)
		memcpy(word, at, (size_t)(end - at));
	for (int i = 0; i < LANES; i++)
		h = tl_mix(h + (lane[i] ^ word[i]));
	return h;
}

static tl_key finished(tl_key key)
{
	key.hash = 0;
	for (int i = 0; i < key.spans - key.loose; i++)
		key.hash = hash_span(key.hash, &key.span[i]);
	return key;
}

static void push_span(tl_key *key, const void *at, size_t bytes)
{
	key->span[key->spans++] = (tl_span){at, bytes};
}

bool tl_key_keep(tl_kept_key *kept, const tl_key *key)
{
	size_t size = 0;
	for (int i = 0; i < key->spans; i++)
		size += key->span[i].bytes;
	if (!tl_array_reserve(&kept->bytes, &kept->room, size + 1, 1))
		return false;
	kept->size = kept->loose = 0;
	kept->hash = key->hash;
	for (int i = 0; i < key->spans; i++) {
		if (key->span[i].bytes)
			memcpy(kept->bytes + kept->size, key->span[i].at, key->span[i].bytes);
		kept->size += key->span[i].bytes;
		if (i >= key->spans - key->loose)
			kept->loose += key->span[i].bytes;
	}
	return true;
}

static bool same(const tl_kept_key *kept, const tl_key *key, int spans)
{
	size_t at = 0;
	for (int i = 0; i < spans; i++) {
		const tl_span *s = &key->span[i];
		if (s->bytes > kept->size - at ||
		    (s->bytes && memcmp(kept->bytes + at, s->at, s->bytes)))
			return false;
		at += s->bytes;
	}
	return at == kept->size - (spans == key->spans ? 0 : kept->loose);
}

bool tl_key_same(const tl_kept_key *kept, const tl_key *key)
{
	return kept->hash == key->hash && same(kept, key, key->spans);
}

bool tl_key_alike(const tl_kept_key *kept, const tl_key *key)
{
	return kept->hash == key->hash && same(kept, key, key->spans - key->loose);
}

/* Programs */

bool tl_key_of_program(const tl_tape *t, const tl_part *part, void *const *known, tl_words *words,
		       const uint32_t *ids, size_t count, const tl_compile_options *o, tl_key *key)
{
	size_t forward = 0, outputs = 0, sinks = 0;
	for (size_t i = 0; o->recompute && i < part->computed; i++)
		forward += part->node[i] < o->forward;
	for (size_t i = 0; i < count; i++) {
		if (known[ids[i]])
			continue;
		if (!tl_words_push(words, part->place[ids[i]]))
			return false;
		outputs++;
		sinks += i < o->sinks;
	}
	/* what says how to read the rest */
	const uint32_t head[] = {(uint32_t)part->computed,
				 (uint32_t)part->nodes,
				 (uint32_t)outputs,
				 (uint32_t)t->dtype,
				 (uint32_t)o->keep,
				 (uint32_t)sinks,
				 o->keep ? 0 : (uint32_t)o->recompute,
				 (uint32_t)forward};
	for (size_t i = 0; i < sizeof head / sizeof *head; i++)
		if (!tl_words_push(words, head[i]))
			return false;
	*key = (tl_key){0};
	push_span(key, words->word, words->count * sizeof *words->word);
	*key = finished(*key);
	return true;
}

/* Passes */

bool tl_pass_state_take(const tl_tape *t, void *const *known, uint32_t loss, tl_pass_state *s)
{
	bool computed =
		t->run.computed || t->assignments; /* buffers to be assigned are read early */
	size_t most = (computed ? t->nodes : 0) + t->assignments, n = 0;
	if (!tl_array_reserve(&s->id, &s->room, most + 1, sizeof *s->id))
		return false;
	for (uint32_t id = 1; computed && id < t->nodes; id++)
		if (known[id])
			s->id[n++] = id;
	memset(&s->head, 0, sizeof s->head);
	s->head.nodes = (uint32_t)t->nodes;
	s->head.operands = (uint32_t)t->operands;
	s->head.numbers = (uint32_t)t->numbers;
	s->head.known = (uint32_t)n;
	s->head.assigned = (uint32_t)t->assignments;
	s->head.loss = loss;
	s->head.dtype = (uint32_t)t->dtype;
	s->head.shadow = t->shadow != NULL;
	s->head.recompute = t->run.recompute;
	for (size_t i = 0; i < t->assignments; i++)
		s->id[n++] = t->assignment[i].node;
	s->evaluations = t->run.evaluations;
	s->draws = t->draws;
	return true;
}

tl_key tl_key_of_pass(const tl_tape *t, const tl_pass_state *s)
{
	tl_key key = {.loose = 1};
	push_span(&key, &s->head, sizeof s->head);
	push_span(&key, t->signature + 1, (s->head.nodes - 1) * sizeof *t->signature);
	push_span(&key, t->operand, s->head.operands * sizeof *t->operand);
	push_span(&key, s->id, ((size_t)s->head.known + s->head.assigned) * sizeof *s->id);
	push_span(&key, t->number, s->head.numbers * sizeof *t->number);
	return finished(key);
}
