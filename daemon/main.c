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
#include "daemon/control.h"
#include "daemon/announce.h"
#include "daemon/apart.h"
#include "daemon/demo.h"
#include "daemon/drop.h"
#include "daemon/handed.h"
#include "daemon/keeper.h"
#include "daemon/load.h"
#include "daemon/log.h"
#include "daemon/master.h"
#include "daemon/notify.h"
#include "daemon/proof.h"
#include "daemon/spawn.h"
#include "daemon/worker_main.h"
#include "tls/tls.h"

#define NOTIFY_MS 1000 /* what a manager that reads nothing delays the end */

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
	bool configured = false;
	int c;

	while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			*path = optarg;
			configured = true;
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
	if (optind < argc)
		fprintf(stderr, "quenchd: %s: no arguments are expected\n", argv[optind]);
	else if (action == DO_DEMO && configured)
		fputs("quenchd: --demo takes no configuration\n", stderr);
	else
		return action;
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

static void show(const struct px_loaded *loaded)
{
	for (unsigned i = 0; i < loaded->errs.n; i++)
		fprintf(stderr, "%s%s\n", loaded->errs.list[i].severity == CONF_WARNING ? "warning: " : "",
		    loaded->errs.list[i].text);
	if (loaded->errs.no_memory)
		fputs("quenchd: out of memory\n", stderr);
	if (loaded->problem[0])
		fprintf(stderr, "%s\n", loaded->problem);
}

static void show_remedy(const char *path)
{
	if (strcmp(path, QUENCH_CONF) == 0 && access(path, F_OK) != 0)
		fputs("quenchd: -c FILE names another one, --demo needs none\n", stderr);
}

/* As a start would; an error that it meets stands in loaded. */
static void prove(struct px_loaded *loaded)
{
	struct px_proof *proof = px_proof_new();

	if (proof)
		(void)px_proof_run(proof, &loaded->errs, loaded->conf);
	else
		loaded->errs.no_memory = true;
	px_proof_free(proof);
}

/* Without asking for names: what they mean is known when it runs. */
static int check(const char *path)
{
	struct px_loaded loaded = { .bundle = -1, .keys = -1, .log = { .fd = -1 } };
	bool good = false;

	if (conf_load(&loaded.conf, &loaded.errs, path, NULL) == 0) {
		(void)px_drop_find(&loaded.drop, loaded.problem, loaded.conf);
		prove(&loaded);
		good = loaded.errs.n_errors == 0 && !loaded.errs.no_memory && !loaded.problem[0];
	}
	show(&loaded);
	if (!loaded.conf)
		show_remedy(path);
	if (good)
		printf("%s: good\n", path);
	px_load_clear(&loaded);
	return good ? 0 : 1;
}

static int run(const char *path)
{
	static struct px_master master;
	struct px_announce *announce = NULL;
	int r;

	if (px_handed_init() < 0)
		fprintf(stderr, "quenchd: what systemd hands over can't be taken: %s\n", strerror(errno));
	master.path = path;
	master.demo_fd = -1;
	master.show = show;
	r = px_master_init(&master);
	if (r == 0)
		r = px_announce_new(&announce, &master);
	if (r == 0)
		r = px_master_run(&master);
	px_log_close();
	if (r != 0 && !master.current)
		show_remedy(path);
	if (r != 0 && master.log_file[0])
		fprintf(stderr, "quenchd: it failed, %s says why\n", master.log_file);
	px_announce_free(announce);
	px_master_clear(&master);
	px_handed_clear();
	px_notify_flush(NOTIFY_MS);
	return r == 0 ? 0 : 1;
}

/* The master starts its children by these names: spawn.h. -1: it is none. */
static int run_child(const char *name)
{
	if (strncmp(name, "quenchd: worker ", strlen("quenchd: worker ")) == 0) {
		px_spawn_set_name("quench-worker");
		return px_worker_main(PX_CONTROL_FD);
	}
	if (strcmp(name, "quenchd: keeper") == 0) {
		px_spawn_set_name("quench-keeper");
		return px_keeper_main(PX_CONTROL_FD);
	}
	if (strcmp(name, "quenchd: loader") == 0) {
		px_spawn_set_name("quench-loader");
		return px_apart_main(PX_CONTROL_FD);
	}
	return -1;
}

int main(int argc, char **argv)
{
	const char *path = QUENCH_CONF;
	int status = argc == 1 ? run_child(argv[0]) : -1;

	if (status >= 0)
		return status;
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
