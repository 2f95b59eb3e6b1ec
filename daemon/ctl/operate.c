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
#define WORD_MAX_LEN 32

const char *px_operate_socket = "/run/quench/admin.sock";

struct call {
	const char *title, *command, *arg;
	const char *socket;
	bool json;
	int every_s; /* top */
	bool once;
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

static void show_last(const struct call *call, const json_t *last)
{
	if (call->json)
		print_json(stdout, last);
	else if (strcmp(call->command, "status") == 0)
		px_show_status(stdout, last);
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
	show_last(call, last);
	json_decref(last);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	px_problem_set(&problem, "the answer can't be written");
	return tell(call, &problem, 2);
}

static int usage(const char *title)
{
	fprintf(stderr, "usage: %s [--socket PATH] [--json]%s\n", title,
	    strstr(title, " log")      ? " error|warning|info|debug" :
		strstr(title, " top") ? " [--every SECONDS] [--once]" :
					"");
	return 2;
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

/* What goes into the daemon's line: nothing that could end it. */
static bool is_word(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz");

	return n > 0 && n <= WORD_MAX_LEN && text[n] == '\0';
}

/* False for a wrong call. */
static bool parse(struct call *call, int argc, char **argv)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "every", required_argument, NULL, 'e' },
		{ "once", no_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			call->socket = optarg;
		else if (c == 'j')
			call->json = true;
		else if (c == 'o')
			call->once = true;
		else if (c != 'e' || !set_every(call, optarg))
			return false;
	}
	call->arg = argv[optind];
	return argc - optind == (strcmp(call->command, "log") == 0 ? 1 : 0) && (!call->arg || is_word(call->arg));
}

int px_operate_main(int argc, char **argv)
{
	struct call call = { .title = argv[0], .command = strrchr(argv[0], ' ') + 1, .socket = px_operate_socket,
		.every_s = 1 };
	struct px_problem problem;
	struct px_talk *talk;
	int status;

	if (!parse(&call, argc, argv))
		return usage(argv[0]);
	if (px_talk_open(&talk, &problem, call.socket) != 0)
		return tell(&call, &problem, 2);
	status = ask(&call, talk);
	px_talk_close(talk);
	return status;
}
