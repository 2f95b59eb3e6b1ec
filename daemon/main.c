/* main.c - quenchd: options, and the order in which things start. Exit status: 0 it ended as asked, 1 it
 * couldn't start or run, 2 it was called wrongly. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "conf/conf.h"
#include "daemon/bind.h"
#include "daemon/demo.h"
#include "daemon/drop.h"
#include "daemon/log.h"
#include "daemon/signals.h"
#include "daemon/worker.h"
#include "tls/tls.h"

enum action { DO_RUN, DO_CHECK, DO_DEMO, DO_HELP, DO_VERSION, WRONG_CALL };

static void usage(FILE *to)
{
	fputs("usage: quenchd [-c FILE] [--check]\n"
	      "       quenchd --demo\n"
	      "\n"
	      "  -c, --config FILE  the configuration (" QUENCH_CONF ")\n"
	      "      --check        say what is wrong with it, don't run\n"
	      "      --demo         a TLS service on a loopback port, with nothing configured\n"
	      "      --version      the version, and whose ciphers are used\n"
	      "  -h, --help         this\n"
	      "\n"
	      "See quenchd(8) and quench.conf(5).\n",
	    to);
}

static enum action parse(const char **path, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'k' },
		{ "demo", no_argument, NULL, 'd' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	enum action action = DO_RUN;
	int c;

	while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			*path = optarg;
			break;
		case 'k':
			action = DO_CHECK;
			break;
		case 'd':
			action = DO_DEMO;
			break;
		case 'v':
			return DO_VERSION;
		case 'h':
			return DO_HELP;
		default:
			return WRONG_CALL;
		}
	}
	if (optind == argc)
		return action;
	fprintf(stderr, "quenchd: %s: no arguments are expected\n", argv[optind]);
	return WRONG_CALL;
}

/* Descriptors 0 to 2 are taken, if only by /dev/null: otherwise the first that we open would be what
 * standard error is written to. */
static void take_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* NULL after telling all that is wrong. */
static struct conf *load(struct px_drop *drop, const char *path)
{
	char problem[PX_DROP_PROBLEM_LEN];
	struct conf_errors errs = { 0 };
	struct conf *conf = NULL;

	conf_load(&conf, &errs, path, NULL);
	for (unsigned i = 0; i < errs.n; i++)
		fprintf(stderr, "%s%s\n", errs.list[i].severity == CONF_WARNING ? "warning: " : "",
		    errs.list[i].text);
	if (errs.no_memory)
		fputs("quenchd: out of memory\n", stderr);
	conf_errors_clear(&errs);
	if (!conf && strcmp(path, QUENCH_CONF) == 0 && access(path, F_OK) != 0)
		fputs("quenchd: -c FILE names another one, --demo needs none\n", stderr);
	if (!conf || px_drop_find(drop, problem, conf) == 0)
		return conf;
	fprintf(stderr, "%s\n", problem);
	conf_free(conf);
	return NULL;
}

static int check(const char *path)
{
	struct px_drop drop;
	struct conf *conf = load(&drop, path);

	if (!conf)
		return 1;
	conf_free(conf);
	printf("%s: good\n", path);
	return 0;
}

/* Binding needs root, running doesn't. */
static int start(struct px_worker *worker, const struct conf *conf, const struct px_drop *drop)
{
	static const struct px_resolver resolver = { px_resolve_by_system, NULL };
	char problem[PX_SETTINGS_PROBLEM_LEN];
	struct px_settings *settings;
	int r;

	if (px_settings_new(&settings, problem, worker, conf, &resolver) != 0) {
		px_log(CONF_LOG_ERROR, "%s", problem);
		return -1;
	}
	r = px_bind_all(settings);
	if (r == 0)
		r = px_drop_privileges(drop);
	if (r == 0)
		px_worker_use(worker, settings);
	px_settings_drop(settings);
	return r;
}

static int run_worker(const struct conf *conf, const struct px_drop *drop)
{
	struct px_worker worker;
	int r = px_worker_init(&worker);

	if (r == 0)
		r = px_signals_init(&worker);
	if (r == 0 && conf->tickets.lifetime_s)
		r = tls_session_ticket_key_generate(&worker.ticket_seed);
	if (r == 0)
		r = start(&worker, conf, drop);
	if (r == 0)
		r = px_worker_run(&worker);
	if (r == 0)
		px_bind_remove_all(conf);
	px_worker_clear(&worker);
	return r == 0 ? 0 : 1;
}

/* Opened by whom it will be opened again after it was moved away. */
static int open_log(const struct conf *conf, const struct px_drop *drop)
{
	int r = px_drop_begin_as(drop), error;

	if (r == 0)
		r = px_log_open(&conf->log);
	error = errno;
	if (px_drop_end_as(drop) == 0 && r == 0)
		return 0;
	px_log(CONF_LOG_ERROR, "%s:%u: cannot open the log %s%s%s: %s", conf->log.origin.file,
	    conf->log.origin.line, conf->log.path ? conf->log.path : "", drop->user ? " as user " : "",
	    drop->user ? conf->user : "", strerror(error));
	return -1;
}

static int run(const char *path)
{
	struct px_drop drop;
	struct conf *conf = load(&drop, path);
	int status = 1;

	if (!conf)
		return 1;
	if (open_log(conf, &drop) == 0) {
		status = run_worker(conf, &drop);
		px_log_close();
		if (status != 0 && conf->log.target == CONF_LOG_FILE)
			fprintf(stderr, "quenchd: it failed, %s says why\n", conf->log.path);
	}
	conf_free(conf);
	return status;
}

int main(int argc, char **argv)
{
	const char *path = QUENCH_CONF;

	take_standard_fds();
	switch (parse(&path, argc, argv)) {
	case DO_RUN:
		return run(path);
	case DO_CHECK:
		return check(path);
	case DO_DEMO:
		return px_demo_run();
	case DO_HELP:
		usage(stdout);
		return 0;
	case DO_VERSION:
		printf("quenchd %s, AES and ChaCha20 by %s\n", PACKAGE_VERSION, tls_aead_provider_name());
		return 0;
	case WRONG_CALL:
		break;
	}
	usage(stderr);
	return 2;
}
