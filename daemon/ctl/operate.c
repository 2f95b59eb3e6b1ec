/* operate.c - see operate.h. Exit status: 0 done, 1 the daemon says no, 2 it can't be asked or the call is wrong. */

#include "operate.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/dump.h"
#include "field.h"
#include "talk.h"
#include "top.h"

#define EVERY_MAX_S 86400

const char *px_operate_socket = "/run/quench/admin.sock";

struct call {
	const char *title, *command, *arg;
	const char *socket;
	bool json;
	int every_s; /* top */
	bool once, help;
};

static void print_json(void *file, const json_t *line)
{
	char *text = px_dump_line(line, 0);

	if (!text) {
		fputs("quenchctl: out of memory\n", stderr);
		exit(2);
	}
	fprintf(file, "%s\n", text);
	free(text);
}

static int tell(const struct call *call, const struct px_problem *problem, int status)
{
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", call->title, problem->text);
	return status;
}

static void (*printer_of(const struct call *call))(void *, const json_t *)
{
	if (call->json)
		return print_json;
	return strcmp(call->command, "connections") == 0 ? px_show_connection : px_show_certificate;
}

/* Backends are among the figures; a status without them is one, too. */
static void show_status(struct px_talk *talk, const json_t *status)
{
	struct px_show_backends backends = { .open = { .n = 0 } };
	struct px_problem problem;

	(void)px_talk_ask(talk, &problem, "metrics", px_show_take_backend, &backends, NULL);
	px_show_status(stdout, status, &backends);
	px_show_clear_backends(&backends);
}

static void show_last(const struct call *call, struct px_talk *talk, const json_t *last)
{
	if (call->json)
		print_json(stdout, last);
	else if (strcmp(call->command, "status") == 0)
		show_status(talk, last);
	else if (json_object_get(last, "outcome"))
		printf("%s\n", px_field_text(last, "outcome"));
}

static int ask(const struct call *call, struct px_talk *talk)
{
	enum px_talk_result result;
	struct px_problem problem;
	char line[128];
	json_t *last;

	if (strcmp(call->command, "top") == 0)
		return px_top_run(call->title, talk, call->every_s, call->once);
	if (!call->json)
		px_show_heads(stdout, call->command);
	snprintf(line, sizeof(line), "%s%s%s", call->command, call->arg ? " " : "", call->arg ? call->arg : "");
	result = px_talk_ask(talk, &problem, line, printer_of(call), stdout, &last);
	if (result != PX_TALK_OK)
		return tell(call, &problem, result == PX_TALK_REFUSED ? 1 : 2);
	show_last(call, talk, last);
	json_decref(last);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	px_problem_set(&problem, "the answer can't be written");
	return tell(call, &problem, 2);
}

static void usage(FILE *to, const struct call *call)
{
	fprintf(to, "usage: %s [--socket PATH]%s\n", call->title,
	    strcmp(call->command, "log") == 0	  ? " [--json] error|warning|info|debug" :
		strcmp(call->command, "top") == 0 ? " [--every SECONDS] [--once]" :
						    " [--json]");
}

static int wrong_call(const struct call *call)
{
	usage(stderr, call);
	return -1;
}

static int wrong(const struct call *call, const char *what, const char *why)
{
	struct px_problem problem;

	px_problem_set(&problem, "%s: %s", what, why);
	tell(call, &problem, 2);
	return wrong_call(call);
}

static bool set_every(struct call *call, const char *text)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || n < 1 || n > EVERY_MAX_S)
		return false;
	call->every_s = (int)n;
	return true;
}

/* What follows the options. Nothing that could end the daemon's line gets into it. */
static int take_arg(struct call *call, const char *arg, const char *next)
{
	static const char *const levels[] = { "error", "warning", "info", "debug" };

	if (strcmp(call->command, "log") != 0)
		return arg ? wrong(call, arg, "everything is an option here") : 0;
	if (!arg)
		return wrong_call(call);
	if (next)
		return wrong(call, next, "one level is expected");
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(arg, levels[i]) == 0) {
			call->arg = levels[i];
			return 0;
		}
	}
	return wrong(call, arg, "no such level");
}

#define COMMON { "socket", required_argument, NULL, 's' }, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 }

static const struct option options_top[] = {
	{ "every", required_argument, NULL, 'e' },
	{ "once", no_argument, NULL, 'o' },
	COMMON,
};
static const struct option options_other[] = {
	{ "json", no_argument, NULL, 'j' },
	COMMON,
};

/* -1 for a wrong call, which was told. */
static int parse(struct call *call, int argc, char **argv)
{
	const struct option *options = strcmp(call->command, "top") == 0 ? options_top : options_other;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			call->help = true;
		else if (c == 's')
			call->socket = optarg;
		else if (c == 'j')
			call->json = true;
		else if (c == 'o')
			call->once = true;
		else if (c != 'e')
			return wrong_call(call);
		else if (!set_every(call, optarg))
			return wrong(call, optarg, "--every takes whole seconds, 1 to 86400");
	}
	return call->help ? 0 : take_arg(call, argv[optind], argv[optind] ? argv[optind + 1] : NULL);
}

int px_operate_main(int argc, char **argv)
{
	struct call call = { .title = argv[0], .command = strrchr(argv[0], ' ') + 1, .socket = px_operate_socket,
		.every_s = 1 };
	struct px_problem problem;
	struct px_talk *talk;
	int status;

	if (parse(&call, argc, argv) < 0)
		return 2;
	if (call.help) {
		usage(stdout, &call);
		fputs("\nSee quenchctl(1).\n", stdout);
		return 0;
	}
	if (px_talk_open(&talk, &problem, call.socket) != 0)
		return tell(&call, &problem, 2);
	status = ask(&call, talk);
	px_talk_close(talk);
	return status;
}
