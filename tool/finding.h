/*
 * What a check found, in words for a student and in numbers for programs. Words say what it means
 * and what to do about it.
 */
#ifndef TOOL_FINDING_H
#define TOOL_FINDING_H

#include "cell.h"
#include "json.h"
#include "trial.h"

typedef enum verdict { VERDICT_OK, VERDICT_NOTE, VERDICT_FAIL } verdict;

enum { NUMBERS = 6, FINDINGS = 64 };

typedef struct finding {
	char check[32];
	verdict verdict;
	char words[600];
	struct {
		const char *name;
		double value;
	} numbers[NUMBERS];
	int number_count;
} finding;

typedef struct findings {
	finding list[FINDINGS];
	int count;
} findings;

/* The next one; when there are too many, the last is taken again. */
__attribute__((format(printf, 4, 5))) finding *found(findings *f, const char *check, verdict v,
						     const char *format, ...);
void found_number(finding *f, const char *name, double value);

void print_finding(const finding *f);
void json_finding(json *j, const finding *f);
const char *verdict_word(verdict v); /* "ok", "note", "FAIL" */
verdict worst_of(const findings *f);

/* The gradient's norm through time, of each state: for a chart. */
typedef struct flow {
	int steps, states;
	double *norm; /* [states][steps]: of dL/ds after step t */
	char name[TL_MAX_STATES][64];
} flow;

typedef struct check_options {
	sizes size; /* of the speed; .steps of the flow too */
	int64_t flow_steps;
	double tolerance, time;
	bool second, json;
	const char *report, *inputs;
} check_options;

/* Are inputs drawn above 0 only? */
bool is_positive(const check_options *o);

/* The checks. Each adds what it found. They return false after an error, which is said: then the
 * cell could not be checked. */
bool check_gradient(const cell_choice *c, const check_options *o, findings *f);
bool check_flow(const cell_choice *c, const check_options *o, findings *f, flow *drawn);
bool check_saturation(const cell_choice *c, const check_options *o, findings *f);
bool check_extremes(const cell_choice *c, const check_options *o, findings *f);
bool check_speed(const cell_choice *c, const check_options *o, findings *f);

#endif
