/* problem.h - why an input can't be used, in one line of printable ASCII. */
#ifndef DAEMON_CTL_PROBLEM_H
#define DAEMON_CTL_PROBLEM_H

#define PX_PROBLEM_LEN 1024

struct px_problem {
	char text[PX_PROBLEM_LEN];
};

/* What the format gives; any byte that isn't printable ASCII becomes \xHH. What doesn't fit is cut. Returns -1, so
 * that a function can end with it. */
int px_problem_set(struct px_problem *problem, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
