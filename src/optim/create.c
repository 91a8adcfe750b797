/*
 * Making optimisers: of a kind and named options, of a line of text, and by the structs of options
 * that the library's own kinds have.
 */
#include "optim/optim.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names there are, for who took another. */
static void complain(tl_optimizer *o, const char *about, const char *name)
{
	size_t used = (size_t)snprintf(o->problem, sizeof o->problem, "%.60s %.60s; there are",
				       about, name);
	const char *each;
	bool kinds = !*o->kind->name;
	for (int k = 0; used < sizeof o->problem; k++) {
		const tl_optimizer_kind *kind = kinds ? tl_optimizer_kind_at(k) : NULL;
		each = kinds ? (kind ? kind->name : "") : tl_optimizer_option_name(o, k);
		if (!*each)
			break;
		used += (size_t)snprintf(o->problem + used, sizeof o->problem - used, "%s %s",
					 k ? "," : "", each);
	}
}

static void set_option(tl_optimizer *o, const char *name, double value)
{
	int k = name ? tl_kind_option(o->kind, name) : -1;
	if (k >= 0)
		tl_optimizer_take(o, k, value);
	else if (!*o->problem)
		complain(o, o->kind->name, name ? name : "(NULL)");
}

tl_optimizer *tl_optimizer_create_from_kind(tl_params *set, const tl_optimizer_kind *kind,
					    const tl_optimizer_setting *settings, int count)
{
	tl_optimizer *o = tl_optimizer_begin(set, kind);
	for (int k = 0; o && settings && k < count; k++)
		set_option(o, settings[k].name, settings[k].value);
	return tl_optimizer_settle(o);
}

/* Text */

enum { WORD = 64 };

/* The next word of a text, without blanks and commas; false at the end. One that is too long is
 * cut, and then known to nobody. */
static bool next_word(const char **text, char word[WORD])
{
	*text += strspn(*text, " \t\n,");
	size_t length = strcspn(*text, " \t\n,"), kept = length < WORD ? length : WORD - 1;
	memcpy(word, *text, kept);
	word[kept] = 0;
	*text += length;
	return length > 0;
}

/* A number as C writes it, whatever the locale. */
static bool read_number(const char *text, double *x)
{
	char copy[WORD + 8];
	const char *point = localeconv()->decimal_point, *dot = strchr(text, '.');
	if (!*text || strlen(point) > 8 || strpbrk(text, "xXpP"))
		return false;
	if (dot)
		snprintf(copy, sizeof copy, "%.*s%s%s", (int)(dot - text), text, point, dot + 1);
	else
		snprintf(copy, sizeof copy, "%s", text);
	char *end;
	*x = strtod(copy, &end);
	return !*end;
}

/* Stands for a kind that there is not. */
static const tl_optimizer_kind no_kind = {
	.name = "",
	.option = {{"learning_rate", 0, TL_RANGE_NOT_NEGATIVE}},
	.update = &(const tl_optimizer_update){.slot = {NULL}},
};

tl_optimizer *tl_optimizer_create(tl_params *set, const char *text)
{
	char word[WORD];
	bool named = text && next_word(&text, word);
	const tl_optimizer_kind *kind = named ? tl_optimizer_kind_find(word) : NULL;
	tl_optimizer *o = tl_optimizer_begin(set, kind ? kind : &no_kind);
	if (o && !kind)
		complain(o, "there is no optimiser", named ? word : "(none)");
	while (o && kind && next_word(&text, word)) {
		char *value = strchr(word, '=');
		double x;
		if (value)
			*value++ = 0;
		if (value && read_number(value, &x))
			set_option(o, word, x);
		else if (!*o->problem)
			snprintf(o->problem, sizeof o->problem, "%.60s: %.60s=%.60s is no number",
				 kind->name, word, value ? value : "");
	}
	return tl_optimizer_settle(o);
}

int tl_optimizer_describe(const tl_optimizer *o, char *text, size_t size)
{
	int used = 0;
	for (int k = -1; o && k < tl_optimizer_option_count(o); k++) {
		char word[2 * WORD], number[WORD];
		snprintf(number, sizeof number, "%.17g", k < 0 ? 0 : o->option[k]);
		char *point = strstr(number, localeconv()->decimal_point);
		size_t long_point = strlen(localeconv()->decimal_point);
		if (point && long_point) {
			*point = '.';
			memmove(point + 1, point + long_point, strlen(point + long_point) + 1);
		}
		if (k < 0)
			snprintf(word, sizeof word, "%s", o->kind->name);
		else
			snprintf(word, sizeof word, " %.60s=%s", o->kind->option[k].name, number);
		if (text && (size_t)used < size)
			snprintf(text + used, size - (size_t)used, "%s", word);
		used += (int)strlen(word);
	}
	return used;
}

/* The library's own kinds. A member that is 0 takes the kind's default. */

static tl_optimizer *make(tl_params *set, const char *kind, const tl_optimizer_setting *settings,
			  size_t count)
{
	tl_optimizer *o = tl_optimizer_begin(set, tl_optimizer_kind_find(kind));
	for (size_t k = 0; o && k < count; k++)
		if (settings[k].value != 0)
			set_option(o, settings[k].name, settings[k].value);
	return tl_optimizer_settle(o);
}

#define MAKE(set, kind, ...)                                                                       \
	make(set, kind, (const tl_optimizer_setting[]){__VA_ARGS__},                               \
	     sizeof((const tl_optimizer_setting[]){__VA_ARGS__}) / sizeof(tl_optimizer_setting))

tl_optimizer *tl_sgd_create(tl_params *set, const tl_sgd_options *options)
{
	tl_sgd_options o = options ? *options : (tl_sgd_options){0};
	return MAKE(set, "sgd", {"learning_rate", o.learning_rate}, {"momentum", o.momentum},
		    {"dampening", o.dampening}, {"weight_decay", o.weight_decay},
		    {"nesterov", o.nesterov});
}

tl_optimizer *tl_adagrad_create(tl_params *set, const tl_adagrad_options *options)
{
	tl_adagrad_options o = options ? *options : (tl_adagrad_options){0};
	return MAKE(set, "adagrad", {"learning_rate", o.learning_rate},
		    {"learning_rate_decay", o.learning_rate_decay}, {"epsilon", o.epsilon},
		    {"weight_decay", o.weight_decay},
		    {"initial_accumulator", o.initial_accumulator});
}

tl_optimizer *tl_adadelta_create(tl_params *set, const tl_adadelta_options *options)
{
	tl_adadelta_options o = options ? *options : (tl_adadelta_options){0};
	return MAKE(set, "adadelta", {"learning_rate", o.learning_rate}, {"rho", o.rho},
		    {"epsilon", o.epsilon}, {"weight_decay", o.weight_decay});
}

tl_optimizer *tl_rmsprop_create(tl_params *set, const tl_rmsprop_options *options)
{
	tl_rmsprop_options o = options ? *options : (tl_rmsprop_options){0};
	return MAKE(set, "rmsprop", {"learning_rate", o.learning_rate}, {"alpha", o.alpha},
		    {"epsilon", o.epsilon}, {"weight_decay", o.weight_decay},
		    {"momentum", o.momentum}, {"centered", o.centered});
}

static tl_optimizer *make_adam(tl_params *set, const char *kind, const tl_adam_options *options)
{
	tl_adam_options o = options ? *options : (tl_adam_options){0};
	return MAKE(set, kind, {"learning_rate", o.learning_rate}, {"beta1", o.beta1},
		    {"beta2", o.beta2}, {"epsilon", o.epsilon}, {"weight_decay", o.weight_decay},
		    {"amsgrad", o.amsgrad}, {"uncorrected", o.uncorrected});
}

tl_optimizer *tl_adam_create(tl_params *set, const tl_adam_options *options)
{
	return make_adam(set, "adam", options);
}

tl_optimizer *tl_adamw_create(tl_params *set, const tl_adam_options *options)
{
	return make_adam(set, "adamw", options);
}

tl_optimizer *tl_nadam_create(tl_params *set, const tl_nadam_options *options)
{
	tl_nadam_options o = options ? *options : (tl_nadam_options){0};
	return MAKE(set, "nadam", {"learning_rate", o.learning_rate}, {"beta1", o.beta1},
		    {"beta2", o.beta2}, {"epsilon", o.epsilon}, {"weight_decay", o.weight_decay},
		    {"momentum_decay", o.momentum_decay});
}

tl_optimizer *tl_lion_create(tl_params *set, const tl_lion_options *options)
{
	tl_lion_options o = options ? *options : (tl_lion_options){0};
	return MAKE(set, "lion", {"learning_rate", o.learning_rate}, {"beta1", o.beta1},
		    {"beta2", o.beta2}, {"weight_decay", o.weight_decay});
}
