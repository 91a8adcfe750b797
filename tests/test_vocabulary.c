/* Vocabularies and files of text: tokens to numbers and back, the saved text and what is none,
 * folders in order. */
#include "counting.h"
#include "suite.h"

#include <sys/stat.h>
#include <tapeloop/train.h>
#include <unistd.h>

static tl_vocabulary *made(const char *text, const tl_vocabulary_options *o)
{
	tl_error e = {TL_OK, ""};
	tl_vocabulary *v = tl_vocabulary_create(text, strlen(text), o, &e);
	ck_assert_msg(v, "%s", e.text);
	return v;
}

/* The tokens of a text, as decimal numbers with blanks between them. */
static const char *numbers(const tl_vocabulary *v, const char *text)
{
	static char said[200];
	int32_t tokens[50];
	tl_error e = {TL_OK, ""};
	int64_t count = tl_vocabulary_encode(v, text, strlen(text), tokens, 50, &e);
	ck_assert_msg(count >= 0, "%s", e.text);
	ck_assert_int_eq(tl_vocabulary_encode(v, text, strlen(text), NULL, 0, NULL), count);
	*said = 0;
	for (int64_t i = 0; i < count; i++)
		snprintf(said + strlen(said), sizeof said - strlen(said), i ? " %d" : "%d",
			 (int)tokens[i]);
	return said;
}

static const char *back(const tl_vocabulary *v, const char *text)
{
	static char said[200];
	int32_t tokens[50];
	int64_t count = tl_vocabulary_encode(v, text, strlen(text), tokens, 50, NULL);
	ck_assert_int_eq(tl_vocabulary_decode(v, tokens, count, said, sizeof said, NULL),
			 (int64_t)strlen(said));
	return said;
}

START_TEST(bytes_characters_and_words)
{
	tl_vocabulary *v = made("abacus", NULL);
	ck_assert_int_eq(tl_vocabulary_size(v), 5);
	ck_assert_str_eq(numbers(v, "abcus"), "0 1 2 3 4");
	ck_assert_str_eq(back(v, "abaca"), "abaca");
	ck_assert_int_eq(tl_vocabulary_count(v, 0), 2);
	ck_assert_int_eq(tl_vocabulary_find(v, "s"), 4);
	ck_assert_int_eq(tl_vocabulary_unknown(v), -1);
	tl_vocabulary_destroy(v);
	v = made("na\xc3\xafve \xe2\x82\xac\xe2\x82\xac\xe2\x82\xac",
		 &(tl_vocabulary_options){.kind = TL_TOKENS_CHARACTERS});
	ck_assert_int_eq(tl_vocabulary_size(v), 7);
	ck_assert_int_eq(tl_vocabulary_find(v, "\xe2\x82\xac"), 0);
	ck_assert_str_eq(back(v, "\xc3\xaf\xe2\x82\xac"), "\xc3\xaf\xe2\x82\xac");
	tl_vocabulary_destroy(v);
	v = made("the cat\tsat,  on the mat.\n", &(tl_vocabulary_options){.kind = TL_TOKENS_WORDS});
	ck_assert_str_eq(numbers(v, "the cat sat, the"), "0 1 2 0");
	ck_assert_str_eq(back(v, " the  mat. "), "the mat.");
	tl_vocabulary_destroy(v);
	v = made("the cat sat, on (the) mat.",
		 &(tl_vocabulary_options){.kind = TL_TOKENS_WORDS, .split_punctuation = true});
	ck_assert_int_eq(tl_vocabulary_size(v), 9);
	ck_assert_str_eq(back(v, "the mat,cat."), "the mat , cat .");
	tl_vocabulary_destroy(v);
	v = tl_vocabulary_create("a\0b", 3, NULL, NULL);
	size_t size;
	ck_assert_int_eq(tl_vocabulary_size(v), 3);
	ck_assert_ptr_nonnull(tl_vocabulary_token(v, 1, &size));
	ck_assert_uint_eq(size, 1);
	tl_vocabulary_destroy(v);
}
END_TEST

START_TEST(special_and_unknown_tokens)
{
	tl_vocabulary_options o = {.kind = TL_TOKENS_WORDS,
				   .special = {"<pad>", "<end>"},
				   .unknown = "<unknown>",
				   .least_count = 2};
	static const char text[] = "b b a a a c <end> d d d d";
	tl_vocabulary *v = made(text, &o);
	ck_assert_int_eq(tl_vocabulary_size(v), 6); /* pad, end, unknown, d, a, b */
	ck_assert_str_eq(numbers(v, "d a b c x <end> <unknown>"), "3 4 5 2 2 1 2");
	ck_assert_int_eq(tl_vocabulary_unknown(v), 2);
	ck_assert_int_eq(tl_vocabulary_count(v, 1), 1);
	tl_vocabulary_destroy(v);
	o.most = 4;
	v = made(text, &o);
	ck_assert_int_eq(tl_vocabulary_size(v), 4);
	ck_assert_str_eq(numbers(v, "d a <pad>"), "3 2 0");
	ck_assert_str_eq(back(v, "d a"), "d <unknown>");
	tl_vocabulary_destroy(v);
}
END_TEST

START_TEST(room_is_kept_to)
{
	tl_vocabulary *v = made("the cat", &(tl_vocabulary_options){.kind = TL_TOKENS_WORDS});
	int32_t tokens[3] = {7, 7, 7};
	ck_assert_int_eq(tl_vocabulary_encode(v, "cat the cat", 11, tokens, 2, NULL), 3);
	ck_assert_int_eq(tokens[1], 0);
	ck_assert_int_eq(tokens[2], 7);
	tokens[2] = 1;
	for (size_t room = 0; room <= 13; room++) {
		char text[14];
		memset(text, '#', sizeof text);
		ck_assert_int_eq(tl_vocabulary_decode(v, tokens, 3, room ? text : NULL, room, NULL),
				 11);
		if (room)
			ck_assert_uint_eq(strlen(text), room - 1 < 11 ? room - 1 : 11);
		ck_assert_int_eq(text[room], '#');
		ck_assert(!room || !strncmp(text, "cat the cat", strlen(text)));
	}
	tl_vocabulary_destroy(v);
}
END_TEST

START_TEST(what_has_no_number_is_refused)
{
	tl_error e = {TL_OK, ""};
	tl_vocabulary *v = made("the\ncat", &(tl_vocabulary_options){.kind = TL_TOKENS_WORDS});
	ck_assert_int_eq(tl_vocabulary_encode(v, "the\n\ncat dog", 12, NULL, 0, &e), -1);
	ck_assert_str_eq(e.text, "vocabulary: line 3: there is no \"dog\", and no unknown token");
	ck_assert_int_eq(tl_vocabulary_encode(v, "the\n\xff", 5, NULL, 0, &e), -1);
	ck_assert_str_eq(e.text, "vocabulary: line 2 of the text is no UTF-8 (byte 255)");
	ck_assert_int_eq(tl_vocabulary_decode(v, (int32_t[]){0, 2}, 2, NULL, 0, &e), -1);
	ck_assert_str_eq(e.text, "vocabulary: there is no number 2");
	tl_vocabulary_destroy(v);
	v = made("a", NULL);
	ck_assert_int_eq(tl_vocabulary_encode(v, "a\nb", 3, NULL, 0, &e), -1);
	ck_assert_str_eq(e.text, "vocabulary: line 1: there is no byte 10, and no unknown token");
	tl_vocabulary_destroy(v);
	tl_vocabulary_options o = {.split_punctuation = true};
	ck_assert_ptr_null(tl_vocabulary_create("a", 1, &o, &e));
	o = (tl_vocabulary_options){.special = {"a", "a"}};
	ck_assert_ptr_null(tl_vocabulary_create("a", 1, &o, &e));
	ck_assert_str_eq(e.text, "vocabulary: two special tokens are called \"a\"");
	o = (tl_vocabulary_options){.special = {"a", "b"}, .most = 1};
	ck_assert_ptr_null(tl_vocabulary_create("a", 1, &o, &e));
	ck_assert_str_eq(e.text, "vocabulary: there are more special tokens than tokens at most");
}
END_TEST

/* Each kind of ill-formed sequence, by Unicode's table 3-7. */
START_TEST(only_well_formed_utf8_is_read)
{
	static const char *const wrong[] = {"\x80",
					    "\xc0\xaf",
					    "\xc1\xbf",
					    "\xc3",
					    "\xc3(",
					    "\xe0\x9f\xbf",
					    "\xed\xa0\x80",
					    "\xe2\x82",
					    "\xe2(\xac",
					    "\xf0\x8f\xbf\xbf",
					    "\xf4\x90\x80\x80",
					    "\xf5\x80\x80\x80",
					    "\xf0\x9f\x98",
					    "\xff"};
	static const char *const right[] = {"\x7f",         "\xc2\x80",         "\xdf\xbf",
					    "\xe0\xa0\x80", "\xed\x9f\xbf",     "\xee\x80\x80",
					    "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
	tl_vocabulary_options o = {.kind = TL_TOKENS_CHARACTERS};
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
		ck_assert_ptr_null(tl_vocabulary_create(wrong[k], strlen(wrong[k]), &o, NULL));
	for (size_t k = 0; k < sizeof right / sizeof *right; k++) {
		tl_vocabulary *v = made(right[k], &o);
		ck_assert_int_eq(tl_vocabulary_size(v), 1);
		tl_vocabulary_destroy(v);
	}
}
END_TEST

START_TEST(the_saved_text_makes_the_same)
{
	char all[256];
	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	tl_error e = {TL_OK, ""};
	tl_vocabulary *v = tl_vocabulary_create(all, 256, NULL, &e);
	tl_vocabulary *again = tl_vocabulary_from_text(tl_vocabulary_text(v), &e);
	ck_assert_msg(again, "%s", e.text);
	ck_assert_str_eq(tl_vocabulary_text(again), tl_vocabulary_text(v));
	for (int i = 0; i < 256; i++) {
		int32_t token;
		ck_assert_int_eq(tl_vocabulary_encode(again, all + i, 1, &token, 1, NULL), 1);
		ck_assert_int_eq(token, i);
	}
	tl_vocabulary_destroy(v);
	tl_vocabulary_destroy(again);
	tl_vocabulary_options o = {.kind = TL_TOKENS_WORDS,
				   .split_punctuation = true,
				   .special = {"end of line"},
				   .unknown = "?\n"};
	v = made("\xe2\x82\xac 5, \\n", &o);
	ck_assert_str_eq(tl_vocabulary_text(v),
			 "tapeloop vocabulary 1\n2 1 1 1 7\n0 end of line\n0 ?\\x0a\n"
			 "1 \xe2\x82\xac\n1 5\n1 ,\n1 \\x5c\n1 n\n");
	again = tl_vocabulary_from_text(tl_vocabulary_text(v), &e);
	ck_assert_str_eq(tl_vocabulary_text(again), tl_vocabulary_text(v));
	ck_assert_str_eq(numbers(again, "5,5!"), "3 4 3 1");
	const char *text = tl_vocabulary_text(v);
	for (size_t n = 0; n < strlen(text); n++) { /* cut off anywhere */
		char *cut = strndup(text, n);
		ck_assert_ptr_null(tl_vocabulary_from_text(cut, &e));
		ck_assert_str_eq(e.text, "vocabulary: this is no text of one");
		free(cut);
	}
	tl_vocabulary_destroy(v);
	tl_vocabulary_destroy(again);
	static const char *const wrong[] = {"tapeloop vocabulary 1\n3 0 0 -1 1\n1 a\n",
					    "tapeloop vocabulary 1\n0 0 0 -1 2\n1 a\n1 a\n",
					    "tapeloop vocabulary 1\n0 0 0 -1 1\n1 \\y61\n",
					    "tapeloop vocabulary 1\n0 0 0 -1 1\n1 \\x6\n",
					    "tapeloop vocabulary 1\n0 0 0 -1 1\n1 \n",
					    "tapeloop vocabulary 1\n0 0 0 -1 1\n1 a\n1 b\n",
					    "tapeloop vocabulary 1\n0 0 2 -1 1\n1 a\n",
					    "tapeloop vocabulary 1\n0 0 0 1 1\n1 a\n",
					    "tapeloop vocabulary 1\n0 0 0 -1 2000000000\n1 a\n",
					    "tapeloop vocabulary 1\n0 0 0 -1 1\n-1 a\n"};
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
		ck_assert_ptr_null(tl_vocabulary_from_text(wrong[k], NULL));
}
END_TEST

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "wb");
	ck_assert_msg(f, "%s", path);
	fputs(text, f);
	fclose(f);
}

START_TEST(files_and_folders)
{
	char folder[] = "text-XXXXXX", path[300];
	ck_assert_ptr_nonnull(mkdtemp(folder));
	static const struct {
		const char *name, *text;
	} files[] = {{"b.txt", "B"},
		     {"a.c", "A"},
		     {".hidden.c", "H"},
		     {"sub/x.c", "X"},
		     {"sub/y.h", "Y"}};
	snprintf(path, sizeof path, "%s/sub", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	for (size_t k = 0; k < 5; k++) {
		snprintf(path, sizeof path, "%s/%s", folder, files[k].name);
		put(path, files[k].text);
	}
	snprintf(path, sizeof path, "%s/sub/round", folder);
	ck_assert_int_eq(symlink("..", path), 0);
	tl_error e = {TL_OK, ""};
	tl_text t = {0};
	ck_assert_msg(!tl_text_add_folder(&t, folder, NULL, &e), "%s", e.text);
	ck_assert_str_eq(t.bytes, "ABXY");
	ck_assert_msg(!tl_text_add_folder(&t, folder, " .h  .txt", &e), "%s", e.text);
	ck_assert_str_eq(t.bytes, "ABXYBY");
	ck_assert_uint_eq(t.size, 6);
	snprintf(path, sizeof path, "%s/none", folder);
	ck_assert_int_eq(tl_text_add_file(&t, path, &e), TL_ERROR_FILE);
	strcat(path, ": No such file or directory");
	ck_assert_str_eq(e.text, path);
	ck_assert_int_eq(tl_text_add_file(&t, folder, &e), TL_ERROR_FILE);
	ck_assert_str_eq(t.bytes, "ABXYBY"); /* as it was */
	tl_text_finish(&t);
	ck_assert_ptr_null(t.bytes);
	snprintf(path, sizeof path, "rm -r %s", folder);
	ck_assert_int_eq(system(path), 0);
}
END_TEST

START_TEST(memory_may_run_short_anywhere)
{
	tl_vocabulary_options o = {.kind = TL_TOKENS_WORDS, .special = {"<end>"}, .unknown = "?"};
	static const char text[] =
		"a b c d e f g h i j k l m n o p q r s t u v w x y z a b c aa bb cc dd ee "
		"ff gg hh ii jj kk ll mm nn oo pp";
	counting c;
	counting_start(&c);
	int64_t fail_at = 0;
	do {
		tl_error e = {TL_OK, ""};
		c = (counting){.fail_at = ++fail_at};
		tl_vocabulary *v = tl_vocabulary_create(text, sizeof text - 1, &o, &e);
		const char *saved = tl_vocabulary_text(v);
		tl_vocabulary *again = saved ? tl_vocabulary_from_text(saved, &e) : NULL;
		ck_assert_int_eq(!again, c.calls >= fail_at);
		ck_assert(again || (v && !saved) || e.status == TL_ERROR_MEMORY);
		tl_vocabulary_destroy(v);
		tl_vocabulary_destroy(again);
		ck_assert_int_eq(c.blocks, 0);
	} while (c.calls >= fail_at);
	ck_assert_int_gt(fail_at, 100);
	counting_stop();
}
END_TEST

SUITE("vocabulary", bytes_characters_and_words, special_and_unknown_tokens, room_is_kept_to,
      what_has_no_number_is_refused, only_well_formed_utf8_is_read, the_saved_text_makes_the_same,
      files_and_folders, memory_may_run_short_anywhere)
