/* judge.c - judges a chain from the command line, for tests that compare us with others:
 *
 *   judge [--trust PEM] [--crl PEM] [--staple DER] [--name dns:NAME|ip:ADDR|email:ADDR] [--client] [--strict]
 *         [--crls-required] --at SECONDS CHAIN.pem
 *
 * Prints the reason ("valid") and where ("at 1"), exit code 0 for a good chain, 1 for a bad one, 2 for bad input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tls/tls.h"
#include "tls/x509/ip.h"
#include "tls/x509/judge.h"
#include "tls/x509/pem.h"

#define MAX_CERTS 128
#define MAX_FILES (8U << 20)

struct court {
	struct tls_trust trust;
	struct tls_crls crls;
	struct tls_pem_block blocks[MAX_CERTS];
	struct tls_span chain[MAX_CERTS];
	struct tls_san_wanted name;
	uint8_t ip[16];
	struct tls_judge_ask ask;
};

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "judge: %s: %s\n", name, what);
	exit(2);
}

static struct tls_span read_file(const char *path)
{
	static char room[MAX_FILES];
	static size_t used;
	FILE *f = fopen(path, "rb");
	char *text = room + used;
	size_t n;

	if (f == NULL)
		fail("can't be read", path);
	n = fread(text, 1, MAX_FILES - used, f);
	fclose(f);
	used += n;
	return tls_span(text, n);
}

static void read_chain(struct court *c, const char *path)
{
	struct tls_pem pem;

	tls_pem_init(&pem, read_file(path));
	while (c->ask.n_chain < MAX_CERTS && tls_pem_next(&pem, &c->blocks[c->ask.n_chain]) == 0) {
		c->chain[c->ask.n_chain] = tls_buf_as_span(&c->blocks[c->ask.n_chain].der);
		c->ask.n_chain++;
	}
	if (c->ask.n_chain == 0)
		fail("no certificate", path);
}

static void read_name(struct court *c, const char *name)
{
	const char *value = strchr(name, ':');
	struct tls_span text;

	if (value == NULL)
		fail("no kind", name);
	text = tls_span(value + 1, strlen(value + 1));
	c->name = (struct tls_san_wanted){.kind = TLS_CERT_NAME_DNS, .value = text};
	if (strncmp(name, "email", 5) == 0)
		c->name.kind = TLS_CERT_NAME_EMAIL;
	if (strncmp(name, "ip", 2) == 0)
		c->name = (struct tls_san_wanted){
		    .kind = TLS_CERT_NAME_IP, .value = tls_span(c->ip, tls_ip_read(c->ip, text))};
	c->ask.n_names = 1;
}

/* True if the option has no argument. */
static bool set_flag(struct court *c, const char *option)
{
	if (strcmp(option, "--client") == 0)
		c->ask.of_client = true;
	else if (strcmp(option, "--strict") == 0)
		c->ask.strict = true;
	else if (strcmp(option, "--crls-required") == 0)
		c->ask.crls_required = true;
	else
		return false;
	return true;
}

static void set_option(struct court *c, const char *option, const char *value)
{
	unsigned line;

	if (value == NULL)
		fail("needs an argument", option);
	if (strcmp(option, "--trust") == 0 && tls_trust_add_pem(&c->trust, &line, read_file(value)) < 0)
		fail("no certificates", value);
	if (strcmp(option, "--crl") == 0 && tls_crls_add_pem(&c->crls, &line, read_file(value)) < 0)
		fail("no revocation lists", value);
	if (strcmp(option, "--staple") == 0)
		c->ask.staple = read_file(value);
	if (strcmp(option, "--name") == 0)
		read_name(c, value);
	if (strcmp(option, "--at") == 0)
		c->ask.now = strtoll(value, NULL, 10);
}

int main(int argc, char **argv)
{
	static struct court court; /* released by the end of the program */
	struct court *c = &court;
	struct tls_verdict v;
	int i;

	tls_trust_init(&c->trust);
	tls_crls_init(&c->crls);
	c->ask.trust = &c->trust;
	c->ask.crls = &c->crls;
	c->ask.chain = c->chain;
	c->ask.names = &c->name;
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!set_flag(c, argv[i])) {
			set_option(c, argv[i], argv[i + 1]);
			i++;
		}
	}
	if (i + 1 != argc)
		fail("one file, please", "usage");
	read_chain(c, argv[i]);
	if (tls_judge(&v, &c->ask) < 0)
		fail("no memory", "judge");
	printf("%s at %u\n", tls_flaw_text(v.fault), v.depth);
	return v.fault == TLS_FLAW_NONE ? 0 : 1;
}
