/* ctl_talk_test.c - asking a daemon: what it says, what it says wrong, and that it isn't there. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ctl/talk.c"

static char path[64];
static unsigned n_lines;

/* A daemon that answers whatever is asked with text, once, in a process of its own. */
static pid_t serve(const char *text)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char question[100];
	pid_t pid;

	snprintf(path, sizeof(path), "ctl_talk_test-%d.sock", (int)getpid());
	unlink(path);
	strcpy(sa.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 1), 0);
	pid = fork();
	if (pid == 0) {
		int peer = accept(fd, NULL, NULL);
		bool asked = read(peer, question, sizeof(question)) == 8 && memcmp(question, "what is\n", 8) == 0;

		if (asked && write(peer, text, strlen(text)) == (ssize_t)strlen(text))
			shutdown(peer, SHUT_WR);
		_exit(0);
	}
	close(fd);
	return pid;
}

static void on_line(void *arg, const json_t *line)
{
	*(json_int_t *)arg += json_integer_value(json_object_get(line, "n"));
	n_lines++;
}

static enum px_talk_result ask(const char *text, struct px_problem *problem, json_int_t *sum, json_t **last)
{
	pid_t pid = serve(text);
	enum px_talk_result result;
	struct px_talk *talk;

	n_lines = 0;
	*sum = 0;
	assert_int_equal(px_talk_open(&talk, problem, path), 0);
	result = px_talk_ask(talk, problem, "what is", on_line, sum, last);
	px_talk_close(talk);
	waitpid(pid, NULL, 0);
	unlink(path);
	return result;
}

static void answers(void **state)
{
	struct px_problem problem;
	json_int_t sum;
	json_t *last;

	(void)state;
	assert_int_equal(ask("{\"n\":1}\n{\"n\":2}\n{\"ok\":true,\"x\":5}\n", &problem, &sum, &last), PX_TALK_OK);
	assert_int_equal(n_lines, 2);
	assert_int_equal(sum, 3);
	assert_int_equal(json_integer_value(json_object_get(last, "x")), 5);
	json_decref(last);
	assert_int_equal(ask("{\"ok\":true}\n", &problem, &sum, NULL), PX_TALK_OK);
}

static void refusals(void **state)
{
	struct px_problem problem;
	json_int_t sum;

	(void)state;
	assert_int_equal(ask("{\"ok\":false,\"error\":\"no\\u0007 way\"}\n", &problem, &sum, NULL), PX_TALK_REFUSED);
	assert_string_equal(problem.text, "no\\x07 way");
	assert_int_equal(ask("{\"ok\":false}\n", &problem, &sum, NULL), PX_TALK_REFUSED);
	assert_string_equal(problem.text, "the daemon says no");
}

static void nonsense(void **state)
{
	static const char *const texts[] = { "hello\n", "[]\n", "{\"n\":\n", "5\n", "\n", "{\"n\":1}\nx\n" };
	static const char *const cut[] = { "", "{\"n\":1}\n", "{\"ok\":true}" };
	struct px_problem problem;
	json_int_t sum;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(ask(texts[i], &problem, &sum, NULL), PX_TALK_FAILED);
		assert_string_equal(problem.text, "the daemon's answer makes no sense");
	}
	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		assert_int_equal(ask(cut[i], &problem, &sum, NULL), PX_TALK_FAILED);
		assert_string_equal(problem.text, "the daemon has closed the connection");
	}
}

/* As long as it may be, and longer; what is longer isn't read to its end, if it has one. */
static void lines_of_any_length(void **state)
{
	static const size_t lens[] = { 4095, 4096, 4097, PX_TALK_LINE_MAX, PX_TALK_LINE_MAX + 1, 4 * PX_TALK_LINE_MAX };
	char *text = calloc(1, 4 * PX_TALK_LINE_MAX + 64);
	struct px_problem problem;
	json_int_t sum;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		bool good = lens[i] <= PX_TALK_LINE_MAX;

		memset(text, ' ', lens[i]);
		memcpy(text, "{\"n\":7}", 7);
		strcpy(text + lens[i], "\n{\"ok\":true}\n");
		assert_int_equal(ask(text, &problem, &sum, NULL), good ? PX_TALK_OK : PX_TALK_FAILED);
		assert_int_equal(sum, good ? 7 : 0);
		if (!good)
			assert_string_equal(problem.text, "the daemon's answer makes no sense");
	}
	free(text);
}

static void nobody(void **state)
{
	struct px_problem problem;
	struct px_talk *talk;
	char text[200];

	(void)state;
	assert_int_equal(px_talk_open(&talk, &problem, "no-such.sock"), -1);
	assert_string_equal(problem.text,
	    "no-such.sock: No such file or directory: quenchd does not run, or listens elsewhere (--socket)");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(px_talk_open(&talk, &problem, text), -1);
	assert_non_null(strstr(problem.text, "too long"));
	px_talk_close(NULL);
}

/* A daemon that stands still: connected, and no word. */
static void silence(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct px_problem problem;
	struct px_talk *talk;

	(void)state;
	patience_s = 1;
	snprintf(sa.sun_path, sizeof(sa.sun_path), "ctl_talk_test-%d.sock", (int)getpid());
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(px_talk_open(&talk, &problem, sa.sun_path), 0);
	assert_int_equal(px_talk_ask(talk, &problem, "status", NULL, NULL, NULL), PX_TALK_FAILED);
	assert_string_equal(problem.text, "the daemon hasn't answered for 1 seconds");
	px_talk_close(talk);
	unlink(sa.sun_path);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(refusals),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(lines_of_any_length),
		cmocka_unit_test(nobody),
		cmocka_unit_test(silence),
	};

	return cmocka_run_group_tests_name("ctl talk", tests, NULL, NULL);
}
