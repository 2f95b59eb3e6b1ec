/* inmate.h - a child process in which a test gives things up for good. */
#ifndef TESTS_LIB_INMATE_H
#define TESTS_LIB_INMATE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What run(arg) says in a child: NULL when all was as it should be, otherwise a text. */
static inline void inmate_run(const char *(*run)(void *arg), void *arg)
{
	char text[256] = "";
	int fds[2], status;
	const char *problem;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		problem = run(arg);
		if (problem && write(fds[1], problem, strlen(problem)) < 0)
			_exit(2);
		_exit(problem ? 1 : 0);
	}
	close(fds[1]);
	if (read(fds[0], text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("status 0x%x: %s", (unsigned)status, text);
}

/* For texts that outlive the function which makes them. */
static inline const char *inmate_says(const char *what, long result)
{
	static char text[200];

	snprintf(text, sizeof(text), "%s: result %ld, %s", what, result, strerror(errno));
	return text;
}

#endif
