/* verify.c - quenchctl verify: a chain in files, judged. */
#include "verify.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/dump.h"
#include "batch.h"
#include "file.h"
#include "request.h"
#include "when.h"

#define KIND_LEN 16
#define WRONG 2

struct call {
	struct px_request request;
	struct px_problem problem;
	bool json, batch, help;
	bool others; /* options that a batch has no use for */
};

static void usage(FILE *to)
{
	fputs("usage: quenchctl verify [--trust PEM|system]... [--untrusted PEM]... [--crl PEM]...\n"
	      "           [--staple DER] [--name dns:NAME|ip:ADDR|email:ADDR]... [--purpose server|client]\n"
	      "           [--at TIME] [--max-depth N] [--strict] [--json] CHAIN.pem\n"
	      "       quenchctl verify --batch\n"
	      "\n"
	      "See quenchctl(1).\n",
	    to);
}

/* ---- Options --------------------------------------------------------------------------------- */

static int set_name(struct call *c, const char *name)
{
	const char *colon = strchr(name, ':');
	char kind[KIND_LEN];

	if (colon == NULL || colon - name >= KIND_LEN)
		return px_problem_set(&c->problem, "--name %s: neither dns:, ip: nor email:", name);
	snprintf(kind, sizeof(kind), "%.*s", (int)(colon - name), name);
	return px_request_add_name(&c->request, &c->problem, kind, colon + 1);
}

static int set_purpose(struct call *c, const char *purpose)
{
	if (strcmp(purpose, "server") == 0)
		c->request.purposes = PX_PURPOSE_SERVER;
	else if (strcmp(purpose, "client") == 0)
		c->request.purposes = PX_PURPOSE_CLIENT;
	else
		return px_problem_set(&c->problem, "--purpose %s: neither server nor client", purpose);
	return 0;
}

static int set_depth(struct call *c, const char *number)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(number, &end, 10);
	if (number[0] < '0' || number[0] > '9' || *end != '\0' || errno != 0 || n > INT32_MAX)
		return px_problem_set(&c->problem, "--max-depth %s: not a number", number);
	c->request.terms.limited = true;
	c->request.terms.max_intermediates = (unsigned)n;
	return 0;
}

static int set_time(struct call *c, const char *when)
{
	if (px_when_read(&c->request.terms.now, when))
		return 0;
	return px_problem_set(&c->problem, "--at %s: not a time of RFC 3339, as 2026-11-21T14:06:07Z", when);
}

static int add_file(struct call *c, tls_x509_case_input_t input, const char *path)
{
	return px_request_add_file(&c->request, &c->problem, input, path);
}

static int set_option(struct call *c, int option, const char *value)
{
	c->others = true;
	switch (option) {
	case 't':
		return add_file(c, TLS_X509_CASE_TRUST, strcmp(value, "system") == 0 ? PX_FILE_SYSTEM_TRUST : value);
	case 'u':
		return add_file(c, TLS_X509_CASE_UNTRUSTED, value);
	case 'c':
		return add_file(c, TLS_X509_CASE_CRL, value);
	case 's':
		return add_file(c, TLS_X509_CASE_STAPLE, value);
	case 'n':
		return set_name(c, value);
	case 'p':
		return set_purpose(c, value);
	case 'a':
		return set_time(c, value);
	case 'd':
		return set_depth(c, value);
	default:
		c->request.terms.flags |= TLS_VERIFY_STRICT;
		return 0;
	}
}

/* 0, -1 and the problem; a problem that getopt has told already is "". */
static int parse(struct call *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "trust", required_argument, NULL, 't' },
		{ "untrusted", required_argument, NULL, 'u' },
		{ "crl", required_argument, NULL, 'c' },
		{ "staple", required_argument, NULL, 's' },
		{ "name", required_argument, NULL, 'n' },
		{ "purpose", required_argument, NULL, 'p' },
		{ "at", required_argument, NULL, 'a' },
		{ "max-depth", required_argument, NULL, 'd' },
		{ "strict", no_argument, NULL, 'S' },
		{ "json", no_argument, NULL, 'j' },
		{ "batch", no_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == '?')
			return -1;
		if (option == 'h')
			c->help = true;
		else if (option == 'j')
			c->json = true;
		else if (option == 'b')
			c->batch = true;
		else if (set_option(c, option, optarg) < 0)
			return -1;
	}
	if (c->help)
		return 0;
	if (c->batch && (c->others || optind < argc))
		return px_problem_set(&c->problem, "--batch: everything else stands in the requests");
	if (!c->batch && optind + 1 != argc)
		return px_problem_set(&c->problem, "one chain is expected, in one file");
	return 0;
}

/* ---- Answers --------------------------------------------------------------------------------- */

static int print_json(json_t *object)
{
	char *text = px_dump_line(object, JSON_SORT_KEYS);

	json_decref(object);
	if (text == NULL)
		return -1;
	puts(text);
	free(text);
	return 0;
}

static int print_text(const struct call *c, const struct px_answer *answer, const char *path)
{
	struct px_problem name;
	const char *subject;

	px_problem_set(&name, "%s", path);
	if (!answer->good) {
		printf("%s: not valid: %s, certificate %u: %s\n", name.text, answer->reason, answer->depth,
		    answer->subject[0] != '\0' ? answer->subject : "(no subject)");
		return 0;
	}
	printf("%s: valid\n", name.text);
	for (unsigned i = 0; (subject = tls_x509_case_get_path(c->request.chain, i)) != NULL; i++)
		printf("  %u  %s%s\n", i, subject[0] != '\0' ? subject : "(no subject)",
		    tls_x509_case_get_path(c->request.chain, i + 1) == NULL ? "  (trusted)" : "");
	return 0;
}

static int tell_problem(const struct call *c, const char *program)
{
	if (c->problem.text[0] != '\0')
		fprintf(stderr, "%s: %s\n", program, c->problem.text);
	if (c->json && c->problem.text[0] != '\0')
		(void)print_json(json_pack("{s:s}", "error", c->problem.text));
	return WRONG;
}

static int run(struct call *c, int argc, char **argv)
{
	struct px_answer answer;
	int ret;

	c->request.terms.now = time(NULL);
	if (parse(c, argc, argv) < 0)
		return tell_problem(c, argv[0]);
	if (c->help) {
		usage(stdout);
		return 0;
	}
	if (c->batch)
		return px_batch_run(stdin, stdout);
	if (add_file(c, TLS_X509_CASE_CHAIN, argv[optind]) < 0 ||
	    px_request_judge(&c->request, &answer, &c->problem) < 0)
		return tell_problem(c, argv[0]);
	ret = c->json ? print_json(px_request_json(&c->request, &answer)) : print_text(c, &answer, argv[optind]);
	if (ret < 0 || fflush(stdout) != 0) {
		fprintf(stderr, "%s: the answer can't be written\n", argv[0]);
		return WRONG;
	}
	return answer.good ? 0 : 1;
}

int px_verify_main(int argc, char **argv)
{
	struct call c = { .problem = { "" } };
	int status = px_request_init(&c.request, &c.problem);

	status = status < 0 ? tell_problem(&c, argv[0]) : run(&c, argc, argv);
	px_request_clear(&c.request);
	return status;
}
