/*
 * The scanner. What has two spellings, as σ and sigmoid, leaves it as one token; names leave it in
 * ASCII, as the names of parameters are: θ is theta and h₁ is h_1. A line that is not finished,
 * inside brackets or after an operator, goes on.
 */
#include "equations/lex.h"

#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DEEPEST = 64, LONGEST_NAME = 24 };

typedef struct lexer {
	tl_script *s;
	tl_token_list *out;
	uint32_t at;
	int brackets;
	int indent[DEEPEST], depth;
	bool comments;
} lexer;

static bool add(lexer *l, int kind, uint32_t start, uint32_t end)
{
	tl_token_list *t = l->out;
	if (!tl_arena_reserve(l->s->arena, &t->at, &t->room, t->count + 1, sizeof *t->at))
		return tl_script_no_memory(l->s);
	t->at[t->count++] = (tl_token){.kind = kind, .at = {start, end}};
	return true;
}

/* The letters of names that are not ASCII, as they are spelled in it. */
static const struct letter {
	uint32_t code;
	const char *name, *sign;
} letters[] = {
	{0x3b1, "alpha", "α"}, {0x3b2, "beta", "β"},    {0x3b3, "gamma", "γ"},
	{0x3b4, "delta", "δ"}, {0x3b5, "epsilon", "ε"}, {0x3f5, "epsilon", "ϵ"},
	{0x3b6, "zeta", "ζ"},  {0x3b7, "eta", "η"},     {0x3b8, "theta", "θ"},
	{0x3b9, "iota", "ι"},  {0x3ba, "kappa", "κ"},   {0x3bb, "lambda", "λ"},
	{0x3bc, "mu", "μ"},    {0xb5, "mu", "µ"},       {0x3bd, "nu", "ν"},
	{0x3be, "xi", "ξ"},    {0x3c0, "pi", "π"},      {0x3c1, "rho", "ρ"},
	{0x3c3, "sigma", "σ"}, {0x3c4, "tau", "τ"},     {0x3c5, "upsilon", "υ"},
	{0x3c6, "phi", "φ"},   {0x3d5, "phi", "ϕ"},     {0x3c7, "chi", "χ"},
	{0x3c8, "psi", "ψ"},   {0x3c9, "omega", "ω"},   {0x393, "Gamma", "Γ"},
	{0x394, "Delta", "Δ"}, {0x398, "Theta", "Θ"},   {0x39b, "Lambda", "Λ"},
	{0x39e, "Xi", "Ξ"},    {0x3a0, "Pi", "Π"},      {0x3a3, "Sigma", "Σ"},
	{0x3a6, "Phi", "Φ"},   {0x3a8, "Psi", "Ψ"},     {0x3a9, "Omega", "Ω"},
};

const char *tl_greek_name(uint32_t code)
{
	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
		if (letters[i].code == code)
			return letters[i].name;
	return NULL;
}

const char *tl_greek_sign(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
		if (strlen(letters[i].name) == length && !memcmp(letters[i].name, name, length))
			return letters[i].sign;
	return NULL;
}

/* Appends what the code point is in a name; false: it does not belong to one. */
static bool name_part(uint32_t c, bool first, char *name, size_t *length)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	const char *spelled = tl_greek_name(c);
	char text[3] = {(char)c};
	if (c >= 0x2080 && c <= 0x2089 && !first) {
		char last = name[*length - 1];
		bool goes_on = last == '_' || (last >= '0' && last <= '9');
		snprintf(text, sizeof text, "%s%c", goes_on ? "" : "_", (char)('0' + c - 0x2080));
		spelled = text;
	} else if (letter || (!first && ((c >= '0' && c <= '9') || c == '_'))) {
		spelled = text;
	}
	if (!spelled)
		return false;
	size_t n = strlen(spelled);
	if (*length + n <= LONGEST_NAME)
		memcpy(name + *length, spelled, n + 1);
	*length += n;
	return true;
}

static bool lex_name(lexer *l)
{
	const char *text = l->s->text, *end = text + l->s->length;
	char name[LONGEST_NAME + 8];
	size_t length = 0;
	uint32_t start = l->at;
	for (size_t bytes = 0;; l->at += (uint32_t)bytes) {
		uint32_t c;
		bytes = tl_utf8_read(text + l->at, end, &c);
		if (l->at >= l->s->length || !bytes || !name_part(c, !length, name, &length))
			break;
	}
	tl_place at = {start, l->at};
	if (length > LONGEST_NAME)
		return tl_script_fail(l->s, at, NULL, "a name is at most %d bytes long",
				      LONGEST_NAME);
	name[length] = 0;
	if (!add(l, TL_TOKEN_NAME, start, l->at))
		return false;
	const char *known = !strcmp(name, "sigma") ? "sigmoid" : name;
	return (l->out->at[l->out->count - 1].name = tl_script_text(l->s, "%s", known)) != NULL;
}

/* Exact where the digits fit a double and the power of ten is exact, else to the last place: it
 * does not depend on the locale, as strtod does. */
static bool lex_number(lexer *l)
{
	const char *p = l->s->text + l->at, *end = l->s->text + l->s->length, *from = p;
	double mantissa = 0;
	int scale = 0, exponent = 0;
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		mantissa = mantissa * 10 + (*p - '0');
	if (p + 1 < end && *p == '.' && p[1] >= '0' && p[1] <= '9')
		for (p++; p < end && *p >= '0' && *p <= '9'; p++, scale--)
			mantissa = mantissa * 10 + (*p - '0');
	if (p < end && (*p == 'e' || *p == 'E')) {
		const char *e = p + 1;
		bool minus = e < end && *e == '-';
		e += e < end && (*e == '-' || *e == '+');
		if (e < end && *e >= '0' && *e <= '9') {
			for (; e < end && *e >= '0' && *e <= '9'; e++)
				exponent = exponent < 1000 ? exponent * 10 + (*e - '0') : exponent;
			exponent = minus ? -exponent : exponent;
			p = e;
		}
	}
	uint32_t start = l->at;
	l->at += (uint32_t)(p - from);
	int power = scale + exponent;
	double value = power < 0 ? mantissa / pow(10, -power) : mantissa * pow(10, power);
	tl_place at = {start, l->at};
	if (!isfinite(value))
		return tl_script_fail(l->s, at, NULL, "this number is too large");
	if (!add(l, TL_TOKEN_NUMBER, start, l->at))
		return false;
	l->out->at[l->out->count - 1].number = value;
	return true;
}

/* Signs of one code point. A power of two or three is two tokens. */
static int sign(uint32_t c)
{
	switch (c) {
	case 0x2299:
		return TL_TOKEN_EACH;
	case 0x2212:
		return '-';
	case 0x2264:
		return TL_TOKEN_LESS_EQUAL;
	case 0x2265:
		return TL_TOKEN_GREATER_EQUAL;
	case 0x2260:
		return TL_TOKEN_NOT_EQUAL;
	case 0x2032:
	case 0x2019:
	case '\'':
		return TL_TOKEN_PRIME;
	case 0x1d40:
		return TL_TOKEN_TRANSPOSED;
	case '*':
		return TL_TOKEN_EACH;
	default:
		return c < 128 && c && strchr("+-/^()[],;:=<>", (int)c) ? (int)c : -1;
	}
}

static const struct refused {
	uint32_t code;
	const char *hint;
} refused[] = {
	{0x2218, "unit by unit is ⊙ or *; one number is nᵀ q; a convolution is conv(W, x, k)"},
	{0xb7, "unit by unit is ⊙ or *; a matrix product has no sign: W x; one number is nᵀ q"},
	{0x22c5, "unit by unit is ⊙ or *; a matrix product has no sign: W x; one number is nᵀ q"},
	{0xd7, "unit by unit is ⊙ or *; a matrix product has no sign: W x"},
	{'\t', "indent by spaces"},
	{'"', "there are no strings"},
	{'{', "parentheses are ( ) and [ ]"},
	{'}', "parentheses are ( ) and [ ]"},
	{'_', "a name begins with a letter"},
};

static bool lex_unknown(lexer *l, uint32_t c, size_t bytes)
{
	static const char cyrillic[] = "асеорхуіјАВЕКМНОРСТХ", latin[] = "aceopxyijABEKMHOPCTX";
	tl_place at = {l->at, l->at + (uint32_t)(bytes ? bytes : 1)};
	if (!bytes)
		return tl_script_fail(l->s, at, "save the file as UTF-8", "this is no UTF-8");
	for (size_t i = 0; latin[i]; i++) {
		uint32_t like;
		tl_utf8_read(cyrillic + 2 * i, cyrillic + sizeof cyrillic, &like);
		if (like == c)
			return tl_script_fail(l->s, at, "type it again; names are Latin or Greek",
					      "%.*s is Cyrillic (U+%04X), not the Latin %c",
					      (int)bytes, l->s->text + l->at, c, latin[i]);
	}
	const char *hint = NULL;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (refused[i].code == c)
			hint = refused[i].hint;
	return c == '\t' ? tl_script_fail(l->s, at, hint, "a tab")
	       : c < 32  ? tl_script_fail(l->s, at, hint, "unknown sign U+%04X", c)
			 : tl_script_fail(l->s, at, hint, "unknown sign %.*s (U+%04X)", (int)bytes,
					  l->s->text + l->at, c);
}

static bool lex_sign(lexer *l)
{
	const char *text = l->s->text, *end = text + l->s->length;
	uint32_t c, start = l->at;
	size_t bytes = tl_utf8_read(text + l->at, end, &c);
	char next = l->at + 1 < l->s->length ? text[l->at + 1] : 0;
	if (c == 0xb2 || c == 0xb3) {
		l->at += (uint32_t)bytes;
		if (!add(l, '^', start, l->at) || !add(l, TL_TOKEN_NUMBER, start, l->at))
			return false;
		l->out->at[l->out->count - 1].number = c == 0xb2 ? 2 : 3;
		return true;
	}
	int kind = bytes ? sign(c) : -1;
	if (c == '.' && next == '.')
		kind = TL_TOKEN_DOTS, bytes = 2;
	else if ((c == '<' || c == '>' || c == '!') && next == '=')
		kind = c == '<'   ? TL_TOKEN_LESS_EQUAL
		       : c == '>' ? TL_TOKEN_GREATER_EQUAL
				  : TL_TOKEN_NOT_EQUAL,
		bytes = 2;
	else if (c == '=' && next == '=')
		bytes = 2;
	else if (c == '^' && next == 'T')
		kind = TL_TOKEN_TRANSPOSED, bytes = 2;
	if (kind < 0)
		return lex_unknown(l, c, bytes);
	l->at += (uint32_t)bytes;
	l->brackets += (kind == '(' || kind == '[') - (kind == ')' || kind == ']');
	l->brackets = l->brackets < 0 ? 0 : l->brackets;
	return add(l, kind, start, l->at);
}

/* Is what stands last on a line an operator, so that the line goes on? */
static bool open_ended(const lexer *l)
{
	static const char operators[] = "+-/^,";
	for (size_t i = l->out->count; i-- > 0;) {
		int kind = l->out->at[i].kind;
		if (kind != TL_TOKEN_COMMENT)
			return kind == TL_TOKEN_EACH || (kind > 32 && strchr(operators, kind));
	}
	return false;
}

static bool lex_indent(lexer *l)
{
	uint32_t start = l->at;
	while (l->at < l->s->length && l->s->text[l->at] == ' ')
		l->at++;
	char c = l->at < l->s->length ? l->s->text[l->at] : '\n';
	if (c == '\n' || c == '\r' || c == '#')
		return true;
	int width = (int)(l->at - start);
	if (width > l->indent[l->depth]) {
		if (l->depth + 1 == DEEPEST)
			return tl_script_fail(l->s, (tl_place){start, l->at}, NULL,
					      "loops are nested too deeply");
		l->indent[++l->depth] = width;
		return add(l, TL_TOKEN_INDENT, start, l->at);
	}
	while (width < l->indent[l->depth]) {
		l->depth--;
		if (!add(l, TL_TOKEN_DEDENT, l->at, l->at))
			return false;
	}
	if (width != l->indent[l->depth])
		return tl_script_fail(l->s, (tl_place){start, l->at}, NULL,
				      "this line begins under no other");
	return true;
}

static bool line_is_empty(const lexer *l)
{
	for (size_t i = l->out->count; i-- > 0;) {
		int kind = l->out->at[i].kind;
		if (kind != TL_TOKEN_COMMENT)
			return kind == TL_TOKEN_LINE || kind == TL_TOKEN_INDENT ||
			       kind == TL_TOKEN_DEDENT;
	}
	return true;
}

static bool lex_comment(lexer *l)
{
	uint32_t start = l->at;
	while (l->at < l->s->length && l->s->text[l->at] != '\n' && l->s->text[l->at] != '\r')
		l->at++;
	return !l->comments || add(l, TL_TOKEN_COMMENT, start, l->at);
}

static bool lex_line_end(lexer *l)
{
	uint32_t at = l->at++;
	if (l->brackets || open_ended(l))
		return true;
	if (!line_is_empty(l) && !add(l, TL_TOKEN_LINE, at, at))
		return false;
	return lex_indent(l);
}

static bool lex_one(lexer *l)
{
	const char *text = l->s->text + l->at;
	uint32_t c;
	size_t bytes = tl_utf8_read(text, l->s->text + l->s->length, &c);
	size_t length = 0;
	char name[LONGEST_NAME + 8];
	if (c == ' ' || (c == '\r' && l->at + 1 < l->s->length && text[1] == '\n')) {
		l->at++;
		return true;
	}
	if (c == '\n')
		return lex_line_end(l);
	if (c == '#')
		return lex_comment(l);
	if (c >= '0' && c <= '9')
		return lex_number(l);
	return bytes && name_part(c, true, name, &length) ? lex_name(l) : lex_sign(l);
}

bool tl_lex(tl_script *s, bool comments, tl_token_list *tokens)
{
	lexer l = {.s = s, .out = tokens, .comments = comments};
	if (s->length >= 3 && !memcmp(s->text, "\xef\xbb\xbf", 3))
		l.at = 3;
	bool fine = lex_indent(&l);
	while (fine && l.at < s->length)
		fine = lex_one(&l);
	uint32_t end = (uint32_t)s->length;
	fine = fine && (line_is_empty(&l) || add(&l, TL_TOKEN_LINE, end, end));
	for (; fine && l.depth > 0; l.depth--)
		fine = add(&l, TL_TOKEN_DEDENT, end, end);
	return fine && add(&l, TL_TOKEN_END, end, end);
}
