/* What a run tells: progress for people, a log for programs. */
#include "train/log.h"
#include "train/process.h"

#include "base/memory.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes of the log up to and with the last whole line of a step that was taken. */
static long length_until(FILE *f, int64_t step)
{
	static const char begin[] = "{\"step\":";
	char line[512];
	long end = 0;
	while (fgets(line, sizeof line, f)) {
		if (!strchr(line, '\n') || strncmp(line, begin, sizeof begin - 1) ||
		    strtoll(line + sizeof begin - 1, NULL, 10) > step)
			break;
		end = ftell(f);
	}
	return end;
}

tl_status tl_log_open(tl_trainer *t)
{
	if (!t->o.log || t->log || tl_process_rank())
		return TL_OK;
	FILE *f = fopen(t->o.log, t->state.step ? "r+" : "w");
	if (!f && errno == ENOENT)
		f = fopen(t->o.log, "w");
	if (f && t->state.step) {
		long end = length_until(f, t->state.step);
		if (fflush(f) || ftruncate(fileno(f), end) || fseek(f, end, SEEK_SET)) {
			fclose(f);
			f = NULL;
		}
	}
	if (!f)
		return tl_trainer_fail(t, TL_ERROR_FILE, "%s: %s", t->o.log, strerror(errno));
	t->log = f;
	return TL_OK;
}

void tl_log_close(tl_trainer *t)
{
	if (t->log)
		fclose(t->log);
	t->log = NULL;
}

tl_status tl_log_flush(tl_trainer *t)
{
	if (t->log && (fflush(t->log) || ferror(t->log)))
		return tl_trainer_fail(t, TL_ERROR_FILE, "%s: %s", t->o.log, strerror(errno));
	return TL_OK;
}

/* JSON has no NaN. */
static void number(FILE *f, const char *name, double value)
{
	if (isfinite(value))
		fprintf(f, ",\"%s\":%.9g", name, value);
	else
		fprintf(f, ",\"%s\":null", name);
}

void tl_log_step(tl_trainer *t)
{
	if (!t->log)
		return;
	fprintf(t->log, "{\"step\":%lld,\"epoch\":%lld", (long long)t->state.step,
		(long long)t->state.epoch);
	number(t->log, "loss", t->state.loss);
	number(t->log, "gradient_norm", t->state.gradient_norm);
	number(t->log, "learning_rate", tl_optimizer_learning_rate(t->o.optimizer));
	number(t->log, "seconds", t->state.seconds);
	fputs("}\n", t->log);
}

static void quoted(FILE *f, const char *text)
{
	fputc('"', f);
	for (; *text; text++)
		if ((unsigned char)*text < ' ')
			fprintf(f, "\\u%04x", (unsigned char)*text);
		else
			fprintf(f, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	fputc('"', f);
}

void tl_log_evaluation(tl_trainer *t)
{
	if (!t->log)
		return;
	fprintf(t->log, "{\"step\":%lld,\"epoch\":%lld", (long long)t->state.step,
		(long long)t->state.epoch);
	number(t->log, "validation", t->state.validation);
	number(t->log, "best", t->state.best);
	fputs(",\"metrics\":{", t->log);
	for (int k = 0; k < t->o.metric_count; k++) {
		if (k)
			fputc(',', t->log);
		quoted(t->log, t->o.metrics[k].name);
		fprintf(t->log, isfinite(t->metric[k]) ? ":%.9g" : ":null", t->metric[k]);
	}
	fputs("}}\n", t->log);
}

double tl_share_done(const tl_trainer *t)
{
	const tl_trainer_options *o = &t->o;
	int64_t epochs = o->epochs || o->steps || o->seconds > 0 ? o->epochs : 1;
	double share = 0, batches = (double)tl_batches_count(o->train, t->state.epoch);
	if (o->steps)
		share = (double)t->state.step / (double)o->steps;
	if (epochs)
		share = fmax(share, ((double)t->state.epoch + (double)t->state.index / batches) /
					    (double)epochs);
	if (o->seconds > 0)
		share = fmax(share, t->state.seconds / o->seconds);
	return fmin(1, share);
}

static void seconds_as_text(char *text, size_t room, double seconds)
{
	if (!isfinite(seconds) || seconds > 3.6e8)
		snprintf(text, room, "?");
	else if (seconds < 120)
		snprintf(text, room, "%.0f s", seconds);
	else if (seconds < 7200)
		snprintf(text, room, "%.0f min", seconds / 60);
	else
		snprintf(text, room, "%.1f h", seconds / 3600);
}

enum { BAR = 8, COLUMNS = 80 };

/*
 * At most 79 columns, so that a terminal of 80 never breaks it: how far it is, the loss and the
 * time left always; of the rest, what there is room for.
 */
static void describe(const tl_trainer *t, char line[COLUMNS])
{
	enum { PARTS = 4 };
	char bar[BAR + 1] = "", left[16], part[PARTS][32] = {""};
	double done = tl_share_done(t), here = t->state.seconds - t->seconds_before;
	double steps = (double)(t->state.step - t->first_step), gone = done - t->share_before;
	for (int i = 0; i < BAR; i++)
		bar[i] = i < done * BAR - 1e-9 ? '#' : '.';
	if (!isnan(t->state.validation))
		snprintf(part[0], sizeof part[0], "  valid %.4g", t->state.validation);
	if (!isnan(t->state.gradient_norm))
		snprintf(part[1], sizeof part[1], "  norm %.2g", t->state.gradient_norm);
	if (here > 0)
		snprintf(part[2], sizeof part[2], "  %.3g/s", steps / here);
	if (t->evaluated_at >= 0 && t->o.metric_count)
		snprintf(part[3], sizeof part[3], "  %.14s %.4g", t->o.metrics[0].name,
			 t->metric[0]);
	seconds_as_text(left, sizeof left, gone > 0 ? here * (1 - done) / gone : INFINITY);
	int used = snprintf(line, COLUMNS, "[%s] %3.0f%%  step %lld  loss %.4g", bar, 100 * done,
			    (long long)t->state.step, t->state.smooth_loss);
	int reserved = (int)strlen(left) + (int)sizeof "   left";
	for (int i = 0; i < PARTS; i++)
		if (used + (int)strlen(part[i]) + reserved < COLUMNS)
			used += snprintf(line + used, (size_t)(COLUMNS - used), "%s", part[i]);
	snprintf(line + used, (size_t)(COLUMNS - used), "  %s left", left);
}

void tl_progress(tl_trainer *t, bool now)
{
	char line[COLUMNS];
	FILE *f = t->o.progress;
	if (!f || tl_process_rank())
		return;
	bool terminal = isatty(fileno(f));
	if (t->shown_step == t->state.step ||
	    (!now && tl_now() - t->shown_at < (terminal ? 0.1 : 5)))
		return;
	t->shown_step = t->state.step;
	t->shown_at = tl_now();
	describe(t, line);
	fprintf(f, terminal ? "\r%s\x1b[K" : "%s\n", line);
	fflush(f);
	t->bar_is_open = terminal;
}

void tl_progress_end(tl_trainer *t, const char *words)
{
	FILE *f = t->o.progress;
	if (!f || tl_process_rank())
		return;
	if (t->bar_is_open)
		fputc('\n', f);
	t->bar_is_open = false;
	if (words)
		fprintf(f, "%s\n", words);
	fflush(f);
}
