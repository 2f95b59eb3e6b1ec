/* main.c - quenchctl: which subcommand. Exit status 2 when there is none of that name. */
#include <stdio.h>
#include <string.h>

#include "certificate.h"
#include "config.h"
#include "operate.h"
#include "probe.h"
#include "verify.h"

struct command {
	const char *name;
	char *title; /* what its messages begin with */
	int (*run)(int argc, char **argv);
	const char *what;
};

static char status_title[] = "quenchctl status";
static char connections_title[] = "quenchctl connections";
static char certificates_title[] = "quenchctl certificates";
static char top_title[] = "quenchctl top";
static char reload_title[] = "quenchctl reload";
static char drain_title[] = "quenchctl drain";
static char reopen_title[] = "quenchctl reopen";
static char log_title[] = "quenchctl log";
static char certificate_title[] = "quenchctl certificate";
static char probe_title[] = "quenchctl probe";
static char verify_title[] = "quenchctl verify";

static const struct command commands[] = {
	{ "status", status_title, px_operate_main, "what the running daemon does" },
	{ "connections", connections_title, px_operate_main, "its connections, and what each waits for" },
	{ "certificates", certificates_title, px_operate_main, "its certificates, when they expire, which can't be used" },
	{ "top", top_title, px_operate_main, "a live screen of all that" },
	{ "reload", reload_title, px_operate_main, "have it read its configuration again, and say how that went" },
	{ "drain", drain_title, px_operate_main, "have it accept no more and end when all connections have" },
	{ "reopen", reopen_title, px_operate_main, "have it open its log file again" },
	{ "log", log_title, px_operate_main, "change the level of its log until the next reload" },
	{ "certificate", certificate_title, px_certificate_main, "make a certificate and its key, or a small CA" },
	{ "probe", probe_title, px_probe_main, "connect to a TLS server, and tell what happens" },
	{ "verify", verify_title, px_verify_main, "judge a certificate chain" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *to)
{
	fputs("usage: quenchctl [--socket PATH] COMMAND ...\n"
	      "       quenchctl --version | --help\n"
	      "\n",
	    to);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  %-12s %s\n", commands[i].name, commands[i].what);
	fputs("\nSee quenchctl(1).\n", to);
}

/* Whatever it is, it stays one line. */
static void tell_unknown(const char *name)
{
	fputs("quenchctl: ", stderr);
	for (size_t i = 0; name[i] != '\0'; i++) {
		unsigned char c = (unsigned char)name[i];

		fprintf(stderr, c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
	}
	fputs(": no such command, quenchctl --help lists them\n", stderr);
}

/* "--socket PATH" may stand in front of a command. */
static void take_socket(int *argc, char ***argv)
{
	if (*argc < 4 || strcmp((*argv)[1], "--socket") != 0)
		return;
	px_operate_socket = (*argv)[2];
	*argc -= 2;
	*argv += 2;
}

int main(int argc, char **argv)
{
	take_socket(&argc, &argv);
	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		usage(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("quenchctl " PACKAGE_VERSION);
		return 0;
	}
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name) == 0) {
			argv[1] = commands[i].title;
			return commands[i].run(argc - 1, argv + 1);
		}
	}
	if (strcmp(argv[1], "--socket") == 0)
		fputs("quenchctl: --socket PATH is followed by a command, quenchctl --help lists them\n", stderr);
	else
		tell_unknown(argv[1]);
	return 2;
}
