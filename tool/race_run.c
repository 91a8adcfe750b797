/*
 * The trainings of a race. Each is a child process that says through a pipe how far it is; this one
 * never computes, so that it can fork at any time. Children ignore Ctrl-C, which is for the parent:
 * it ends them. If the parent is killed, they end at the next point, which nobody reads.
 */
#define _DEFAULT_SOURCE /* sysconf, kill */
#include "race.h"
#include "said.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_PROCESSES = 256, EVERY = 50, SHARE = 40, SHOW_MS = 250 };

/* What a child says. */
typedef struct message {
	enum { MESSAGE_POINT, MESSAGE_END, MESSAGE_DIVERGED, MESSAGE_FAILED } kind;
	race_point point;
	char text[200]; /* why it failed */
} message;

bool race_add_point(race_job *j, race_point p)
{
	if (j->points && j->curve[j->points - 1].step == p.step)
		return true; /* the end came with an evaluation */
	if (j->points == j->room) {
		int room = j->room ? 2 * j->room : 64;
		race_point *more = realloc(j->curve, (size_t)room * sizeof *more);
		if (!more)
			return false;
		j->curve = more;
		j->room = room;
	}
	j->curve[j->points++] = p;
	return true;
}

void race_optimizer(const race *r, int rate, char *out)
{
	char text[160];
	net_optimizer_text(r->o->optimizer, text, sizeof text);
	if (r->o->rates)
		snprintf(out, 256, "%s learning_rate=%.9g", text, r->rate[rate]);
	else
		snprintf(out, 256, "%s", text);
}

/* A child */

typedef struct training {
	net n; /* the first member: the trainer's functions take this for a net */
	int pipe;
	int64_t every, next;
} training;

static void say(int pipe, const message *m)
{
	const char *at = (const char *)m;
	for (size_t left = sizeof *m; left;) {
		ssize_t sent = write(pipe, at, left);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			_exit(1); /* there is nobody to hear it */
		at += sent;
		left -= (size_t)sent;
	}
}

/* Evaluations are closer together at the beginning: each is about 1/SHARE of the way so far. */
static bool on_step(tl_trainer *trainer, void *user)
{
	training *t = user;
	tl_trainer_state s = tl_trainer_get_state(trainer);
	if (s.step < t->next)
		return true;
	message m = {.kind = MESSAGE_POINT, .point = {.step = s.step, .seconds = s.seconds}};
	m.point.metric = net_measure(&t->n, trainer, t->n.t->validation, &m.point.loss);
	say(t->pipe, &m);
	int64_t share = s.step / SHARE / t->every * t->every;
	t->next = s.step + (share > t->every ? share : t->every);
	return true;
}

static void train(training *t, const race *r, const race_job *j)
{
	char optimizer[256];
	const task *on = &r->task[j->task];
	race_optimizer(r, j->rate, optimizer);
	tl_optimizer *o = tl_optimizer_create(t->n.set, optimizer);
	tl_trainer *trainer = tl_trainer_create(
		t->n.set, &(tl_trainer_options){.loss = net_loss,
						.user = t,
						.optimizer = o,
						.train = on->train,
						.validation = on->validation,
						.evaluate_every = INT64_MAX,
						.steps = r->o->steps ? r->o->steps : INT64_MAX,
						.seconds = r->o->time,
						.clip_norm = r->o->clip,
						.metrics = &net_metrics[on->kind->metric],
						.metric_count = 1,
						.on_step = on_step,
						.seed = (uint64_t)j->seed});
	message m = {.kind = MESSAGE_END};
	tl_status status = tl_trainer_run(trainer);
	tl_trainer_state s = tl_trainer_get_state(trainer);
	m.point = (race_point){.step = s.step, .seconds = s.seconds};
	if (status == TL_ERROR_VALUE)
		m.kind = MESSAGE_DIVERGED;
	else if (status)
		m.kind = MESSAGE_FAILED;
	if (status)
		snprintf(m.text, sizeof m.text, "%s", tl_trainer_error(trainer));
	else
		m.point.metric = net_measure(&t->n, trainer, on->validation, &m.point.loss);
	say(t->pipe, &m);
}

/* Does not return. What the parent has open is not flushed a second time. */
static void work(const race *r, const race_job *j, int pipe)
{
	training t = {.pipe = pipe, .every = r->o->every ? r->o->every : EVERY};
	message m = {.kind = MESSAGE_FAILED};
	net_options o = {.hidden = race_net_at(r, j->task, j->cell)->hidden,
			 .layers = (int)r->o->layers,
			 .seed = (uint64_t)j->seed};
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	tl_set_thread_count(1);
	t.next = t.every;
	if (net_create(&t.n, &r->task[j->task], &r->cell[j->cell], &o, m.text, sizeof m.text))
		train(&t, r, j);
	else
		say(pipe, &m);
	_exit(0);
}

/* The parent */

static bool start(race *r, race_job *j)
{
	int ends[2];
	if (pipe(ends)) {
		say_error("%s", strerror(errno));
		return false;
	}
	fflush(NULL);
	pid_t process = fork();
	if (!process) {
		close(ends[0]);
		work(r, j, ends[1]);
	}
	close(ends[1]);
	if (process < 0) {
		say_error("%s", strerror(errno));
		close(ends[0]);
		return false;
	}
	j->state = JOB_RUNS;
	j->process = process;
	j->pipe = ends[0];
	j->points = 0;
	return true;
}

/* All of a message, or false: the child has ended. */
static bool receive(int pipe, message *m)
{
	char *at = (char *)m;
	for (size_t left = sizeof *m; left;) {
		ssize_t got = read(pipe, at, left);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		left -= (size_t)got;
	}
	return true;
}

static int reap(race_job *j)
{
	int end = 0;
	close(j->pipe);
	while (waitpid(j->process, &end, 0) < 0 && errno == EINTR)
		;
	j->process = 0;
	return end;
}

/* A job's child has said something or has ended. Returns true when the job has ended. */
static bool hear(race *r, race_job *j)
{
	message m;
	const char *cell = r->cell[j->cell].word, *on = r->task[j->task].name;
	if (!receive(j->pipe, &m)) {
		int end = reap(j);
		say_error("%s at %s, seed %d: its process ended with %s %d", cell, on, j->seed,
			  WIFSIGNALED(end) ? "signal" : "status",
			  WIFSIGNALED(end) ? WTERMSIG(end) : WEXITSTATUS(end));
		j->state = JOB_FAILED;
		return true;
	}
	bool measured = m.kind == MESSAGE_POINT || m.kind == MESSAGE_END;
	if (measured && !race_add_point(j, m.point)) {
		m.kind = MESSAGE_FAILED;
		snprintf(m.text, sizeof m.text, "out of memory");
		kill(j->process, SIGKILL);
	}
	if (m.kind == MESSAGE_POINT)
		return false;
	reap(j);
	j->diverged = m.kind == MESSAGE_DIVERGED;
	j->state = m.kind == MESSAGE_FAILED ? JOB_FAILED : JOB_IS_DONE;
	if (j->state == JOB_FAILED)
		say_error("%s at %s, seed %d: %s", cell, on, j->seed, m.text);
	return true;
}

/* Wait for a moment for a child to say something. */
static int hear_some(race *r, void (*keep)(race *r, race_job *j))
{
	struct pollfd wait[MOST_PROCESSES];
	race_job *of[MOST_PROCESSES];
	int count = 0, ended = 0;
	for (int k = 0; k < r->jobs && count < MOST_PROCESSES; k++)
		if (r->job[k].state == JOB_RUNS) {
			wait[count] = (struct pollfd){.fd = r->job[k].pipe, .events = POLLIN};
			of[count++] = &r->job[k];
		}
	if (poll(wait, (nfds_t)count, SHOW_MS) <= 0)
		return 0;
	for (int k = 0; k < count; k++) {
		if (!wait[k].revents || !hear(r, of[k]))
			continue;
		ended++;
		if (of[k]->state == JOB_FAILED)
			r->failed++;
		else
			keep(r, of[k]);
	}
	return ended;
}

/* Those that were in flight count as not begun. */
static void end_all(race *r)
{
	for (int k = 0; k < r->jobs; k++)
		if (r->job[k].state == JOB_RUNS) {
			kill(r->job[k].process, SIGKILL);
			reap(&r->job[k]);
			r->job[k].state = JOB_WAITS;
			r->job[k].points = 0;
		}
}

void race_run(race *r, void (*keep)(race *r, race_job *j), void (*show)(race *r))
{
	long cores = r->o->processes ? (long)r->o->processes : sysconf(_SC_NPROCESSORS_ONLN);
	int most = cores < 1 ? 1 : cores > MOST_PROCESSES ? MOST_PROCESSES : (int)cores;
	int running = 0, next = 0;
	while (!interrupted()) {
		while (next < r->jobs && running < most) {
			race_job *j = &r->job[next++];
			if (j->state == JOB_WAITS && start(r, j))
				running++;
			else if (j->state == JOB_WAITS)
				r->failed++;
		}
		if (!running)
			break;
		running -= hear_some(r, keep);
		show(r);
	}
	end_all(r);
}
