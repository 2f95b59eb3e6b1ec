/* probe.c - quenchctl probe: a handshake with our client, told step by step. */
#include "probe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "daemon/dump.h"
#include "probe_options.h"
#include "probe_run.h"

#define FAILED 1
#define WRONG 2

static void usage(FILE *to)
{
	fputs("usage: quenchctl probe [--connect ADDRESS] [--name NAME] [--tls 1.2|1.3] [--alpn LIST]\n"
	      "           [--groups LIST] [--ciphersuites LIST] [--trust PEM|system]... [--crl PEM]...\n"
	      "           [--certificate PEM [--key PEM]] [--insecure] [--resume] [--key-update]\n"
	      "           [--renegotiate] [--send-proxy[=v1|v2]] [--timeout SECONDS] [--json] HOST[:PORT]\n"
	      "\n"
	      "See quenchctl(1).\n",
	    to);
}

/* Neither a terminal nor nothing at all. */
static bool has_input(void)
{
	struct stat st;

	if (isatty(STDIN_FILENO) || fstat(STDIN_FILENO, &st) < 0)
		return false;
	return !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void set_outcome(struct px_story *story, const struct px_probe_options *o, json_t *all)
{
	json_t *failed;

	px_story_set(story, all, "target", px_story_string(o->text));
	px_story_set(story, all, "ok", json_boolean(story->failure == NULL));
	if (story->failure == NULL)
		return;
	failed = json_object();
	px_story_set(story, failed, "step", json_incref(json_object_get(story->failure, "step")));
	px_story_set(story, failed, "connection", json_incref(json_object_get(story->failure, "connection")));
	px_story_set(story, failed, "reason", json_incref(json_object_get(story->failure, "reason")));
	px_story_set(story, all, "failed", failed);
}

static void set_answer(struct px_story *story, json_t *all, const struct px_probe_answer *answer)
{
	json_t *text = json_stringn((const char *)answer->data, answer->len);

	px_story_set(story, all, "answer_bytes", json_integer((json_int_t)answer->total));
	/* what is no UTF-8 is shown byte by byte */
	px_story_set(story, all, "answer", text != NULL ? text : px_story_bytes(answer->data, answer->len));
}

static bool print_json(struct px_story *story, const struct px_probe_options *o, const struct px_probe_answer *answer)
{
	json_t *all = json_object();
	char *text = NULL;

	set_outcome(story, o, all);
	px_story_set(story, all, "steps", json_incref(story->steps));
	if (o->input)
		set_answer(story, all, answer);
	if (!story->no_memory)
		text = px_dump_line(all, JSON_REAL_PRECISION(12));
	json_decref(all);
	if (text == NULL) {
		story->no_memory = true;
		return false;
	}
	puts(text);
	free(text);
	return fflush(stdout) == 0;
}

/* ---- Text -------------------------------------------------------------------------------------- */

static void print_outcome(const struct px_story *story, const struct px_probe_options *o)
{
	const char *step = json_string_value(json_object_get(story->failure, "step"));
	const char *reason = json_string_value(json_object_get(story->failure, "reason"));
	char name[64];

	if (step == NULL || reason == NULL) {
		fprintf(story->text, "%s: ok\n", o->text);
		return;
	}
	snprintf(name, sizeof(name), "%s", step);
	for (char *c = name; *c != '\0'; c++)
		*c = *c == '_' ? ' ' : *c;
	fprintf(story->text, "%s: failed: %s: %s\n", o->text, name, reason);
}

/* ---- All of it ----------------------------------------------------------------------------------- */

static int tell_problem(const char *program, const struct px_problem *problem, bool as_json)
{
	char *text;

	if (problem->text[0] == '\0')
		return WRONG;
	fprintf(stderr, "%s: %s\n", program, problem->text);
	if (as_json) {
		json_t *object = json_pack("{s:s}", "error", problem->text);

		text = px_dump_line(object, 0);
		if (text != NULL)
			puts(text);
		free(text);
		json_decref(object);
	}
	return WRONG;
}

static int tell_end(struct px_story *story, const struct px_probe_options *o, const struct px_probe_answer *answer,
    bool written)
{
	if (o->json)
		written = print_json(story, o, answer) && written;
	else if (!story->no_memory)
		print_outcome(story, o);
	if (story->text != NULL && (fflush(story->text) != 0 || ferror(story->text)))
		written = false;
	if (story->no_memory)
		fputs("quenchctl probe: out of memory\n", stderr);
	else if (!written)
		fputs("quenchctl probe: the answer can't be written\n", stderr);
	if (story->no_memory || !written)
		return WRONG;
	return story->failure != NULL ? FAILED : 0;
}

static int run(const struct px_probe_options *o)
{
	struct px_probe_answer answer = { .data = NULL };
	struct px_story story;
	int status;
	bool written;

	px_story_init(&story, o->json ? NULL : o->input ? stderr : stdout);
	if (o->json || !o->input) {
		answer.data = malloc(PX_PROBE_ANSWER_MAX);
		story.no_memory = story.no_memory || answer.data == NULL;
	}
	written = story.no_memory || px_probe_run(o, &story, answer.data != NULL ? &answer : NULL);
	status = tell_end(&story, o, &answer, written);
	px_story_clear(&story);
	free(answer.data);
	return status;
}

int px_probe_main(int argc, char **argv)
{
	struct px_probe_options o;
	struct px_problem problem;
	int ret = px_probe_options_read(&o, &problem, argc, argv), status = 0;

	o.input = has_input();
	if (ret > 0)
		usage(stdout);
	else if (ret < 0)
		status = tell_problem(argv[0], &problem, o.json);
	else
		status = run(&o);
	px_probe_options_clear(&o);
	return status;
}
