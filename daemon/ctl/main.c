/* main.c - quenchctl: which subcommand. Exit status 2 when there is none of that name. */
#include <stdio.h>
#include <string.h>

#include "certificate.h"
#include "config.h"
#include "probe.h"
#include "verify.h"

struct command {
	const char *name;
	char *title; /* what its messages begin with */
	int (*run)(int argc, char **argv);
	const char *what;
};

static char certificate_title[] = "quenchctl certificate";
static char probe_title[] = "quenchctl probe";
static char verify_title[] = "quenchctl verify";

static const struct command commands[] = {
	{ "certificate", certificate_title, px_certificate_main, "make a certificate and its key, or a small CA" },
	{ "probe", probe_title, px_probe_main, "connect to a TLS server, and tell what happens" },
	{ "verify", verify_title, px_verify_main, "judge a certificate chain" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *to)
{
	fputs("usage: quenchctl COMMAND ...\n"
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

int main(int argc, char **argv)
{
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
	tell_unknown(argv[1]);
	return 2;
}
