/* certificate.c - quenchctl certificate: a key and a certificate, into new files. */
#include "certificate.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "file.h"
#include "fresh.h"
#include "when.h"

#define MAX_NAMES 64
#define COMMON_NAME_MAX_LEN 64
#define DAYS 30
#define DAYS_CA 3650
#define MAX_DAYS 36500
#define DAY 86400
#define CLOCK_SLACK 3600 /* clocks differ: valid since an hour ago */
#define WRONG 2

struct call {
	tls_x509_crt_terms_t terms;
	tls_x509_name_t names[MAX_NAMES];
	tls_x509_key_kind_t kind; /* 0: P-256 */
	const char *key, *issuer, *issuer_key; /* files that are read */
	const char *out, *key_out; /* files that are made */
	bool begins; /* --from */
	unsigned days; /* 0: not given */
	bool help;
	struct px_problem problem;
};

/* What is made and read on the way; all zeros: nothing. */
struct work {
	tls_x509_privkey_t key, issuer_key;
	tls_datum_t issuer;
	struct px_fresh out, key_out;
};

static void usage(FILE *to)
{
	fputs("usage: quenchctl certificate --name dns:NAME|ip:ADDR|email:ADDR... [--common-name TEXT]\n"
	      "           [--purpose server|client|both] [--issuer PEM --issuer-key PEM] [--from TIME] [--days N]\n"
	      "           [--key-type TYPE] --out PEM --key-out PEM | --key PEM\n"
	      "       quenchctl certificate --ca --common-name TEXT [--max-depth N] ...\n"
	      "\n"
	      "TYPE: p256 (the default), p384, p521, ed25519, rsa2048, rsa3072, rsa4096. See quenchctl(1).\n",
	    to);
}

/* ---- Options --------------------------------------------------------------------------------- */

static int add_name(struct call *c, const char *name)
{
	static const struct {
		const char *prefix;
		tls_x509_subject_alt_name_t type;
	} kinds[] = { { "dns:", TLS_SAN_DNSNAME }, { "ip:", TLS_SAN_IPADDRESS }, { "email:", TLS_SAN_RFC822NAME } };

	if (c->terms.n_names == MAX_NAMES)
		return px_problem_set(&c->problem, "--name: more than %d", MAX_NAMES);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].prefix);

		if (strncmp(name, kinds[i].prefix, n) != 0)
			continue;
		c->names[c->terms.n_names] = (tls_x509_name_t){ kinds[i].type, name + n };
		if (!tls_x509_name_is_valid(&c->names[c->terms.n_names++]))
			return px_problem_set(&c->problem, "--name %s: not a name that can stand in a certificate", name);
		return 0;
	}
	return px_problem_set(&c->problem, "--name %s: neither dns:, ip: nor email:", name);
}

static int set_purpose(struct call *c, const char *purpose)
{
	if (strcmp(purpose, "server") == 0)
		c->terms.purposes = TLS_X509_SERVER;
	else if (strcmp(purpose, "client") == 0)
		c->terms.purposes = TLS_X509_CLIENT;
	else if (strcmp(purpose, "both") == 0)
		c->terms.purposes = TLS_X509_SERVER | TLS_X509_CLIENT;
	else
		return px_problem_set(&c->problem, "--purpose %s: neither server, client nor both", purpose);
	return 0;
}

static int set_kind(struct call *c, const char *kind)
{
	static const struct {
		const char *name;
		tls_x509_key_kind_t kind;
	} kinds[] = { { "p256", TLS_X509_KEY_P256 }, { "p384", TLS_X509_KEY_P384 }, { "p521", TLS_X509_KEY_P521 },
		{ "ed25519", TLS_X509_KEY_ED25519 }, { "rsa2048", TLS_X509_KEY_RSA2048 },
		{ "rsa3072", TLS_X509_KEY_RSA3072 }, { "rsa4096", TLS_X509_KEY_RSA4096 } };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kind, kinds[i].name) == 0) {
			c->kind = kinds[i].kind;
			return 0;
		}
	}
	return px_problem_set(&c->problem, "--key-type %s: quenchctl certificate --help lists those there are", kind);
}

static int set_number(struct call *c, unsigned *n, const char *option, const char *text, unsigned min, unsigned max)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || v < min || v > max)
		return px_problem_set(&c->problem, "%s %s: not a number from %u to %u", option, text, min, max);
	*n = (unsigned)v;
	return 0;
}

static int set_begin(struct call *c, const char *when)
{
	c->begins = true;
	if (px_when_read(&c->terms.not_before, when))
		return 0;
	return px_problem_set(&c->problem, "--from %s: not a time of RFC 3339, as 2026-11-21T14:06:07Z", when);
}

/* X.520's upper bound; no other characters, so that it looks the same in every program that shows it. */
static int set_common_name(struct call *c, const char *name)
{
	size_t len = strlen(name), n = 0;

	while (name[n] >= 0x20 && name[n] <= 0x7e)
		n++;
	c->terms.common_name = name;
	if (len > 0 && len <= COMMON_NAME_MAX_LEN && n == len)
		return 0;
	return px_problem_set(&c->problem, "--common-name %s: not 1 to %d printable characters of ASCII", name,
	    COMMON_NAME_MAX_LEN);
}

static int set_option(struct call *c, int option, const char *value)
{
	switch (option) {
	case 'n':
		return add_name(c, value);
	case 'p':
		return set_purpose(c, value);
	case 't':
		return set_kind(c, value);
	case 'd':
		return set_number(c, &c->days, "--days", value, 1, MAX_DAYS);
	case 'm':
		c->terms.limited = true;
		return set_number(c, &c->terms.max_intermediates, "--max-depth", value, 0, 127);
	case 'f':
		return set_begin(c, value);
	case 'C':
		c->terms.ca = true;
		return 0;
	case 'c':
		return set_common_name(c, value);
	default:
		c->help = true;
		return 0;
	}
}

static const char **file_option(struct call *c, int option)
{
	switch (option) {
	case 'i':
		return &c->issuer;
	case 'I':
		return &c->issuer_key;
	case 'k':
		return &c->key;
	case 'o':
		return &c->out;
	case 'K':
		return &c->key_out;
	default:
		return NULL;
	}
}

/* What goes together, in words that name the options. */
static int check(struct call *c)
{
	const tls_x509_crt_terms_t *t = &c->terms;

	if (!c->out || (!c->key == !c->key_out))
		return px_problem_set(&c->problem, "--out and either --key-out or --key are needed");
	if (c->key && c->kind)
		return px_problem_set(&c->problem, "--key-type: --key has a type");
	if (!c->issuer != !c->issuer_key)
		return px_problem_set(&c->problem, "--issuer and --issuer-key go together");
	if (t->ca && (t->n_names > 0 || t->purposes != 0))
		return px_problem_set(&c->problem, "--ca: a CA has neither --name nor --purpose");
	if (t->ca && !t->common_name)
		return px_problem_set(&c->problem, "--ca: a CA needs --common-name");
	if (t->limited && !t->ca)
		return px_problem_set(&c->problem, "--max-depth: that is for --ca");
	if (!t->ca && t->n_names == 0 && (!t->common_name || t->purposes != TLS_X509_CLIENT))
		return px_problem_set(&c->problem, "--name is needed; for a client --common-name will do");
	return 0;
}

/* 0, -1 and the problem; a problem that getopt has told already is "". */
static int parse(struct call *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "common-name", required_argument, NULL, 'c' },
		{ "ca", no_argument, NULL, 'C' },
		{ "max-depth", required_argument, NULL, 'm' },
		{ "purpose", required_argument, NULL, 'p' },
		{ "issuer", required_argument, NULL, 'i' },
		{ "issuer-key", required_argument, NULL, 'I' },
		{ "from", required_argument, NULL, 'f' },
		{ "days", required_argument, NULL, 'd' },
		{ "key-type", required_argument, NULL, 't' },
		{ "key", required_argument, NULL, 'k' },
		{ "key-out", required_argument, NULL, 'K' },
		{ "out", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		const char **file = file_option(c, option);

		if (option == '?')
			return -1;
		if (file)
			*file = optarg;
		else if (set_option(c, option, optarg) < 0)
			return -1;
	}
	if (c->help)
		return 0;
	if (optind < argc)
		return px_problem_set(&c->problem, "%s: everything is an option here", argv[optind]);
	return check(c);
}

static int set_times(struct call *c)
{
	unsigned days = c->days > 0 ? c->days : c->terms.ca ? DAYS_CA : DAYS;
	int64_t now = (int64_t)time(NULL), start = c->begins ? c->terms.not_before : now;

	/* Both ends belong to it. */
	c->terms.not_after = start + (int64_t)days * DAY - 1;
	c->terms.not_before = c->begins ? start : now - CLOCK_SLACK;
	if (!c->terms.ca && c->terms.purposes == 0)
		c->terms.purposes = TLS_X509_SERVER;
	c->terms.names = c->names;
	if (c->terms.not_before >= TLS_X509_TIME_MIN && c->terms.not_after <= TLS_X509_TIME_MAX)
		return 0;
	return px_problem_set(&c->problem, "--from, --days: the dates of a certificate are in the years 1950 to 9999");
}

/* ---- Files ----------------------------------------------------------------------------------- */

static int tell_input(struct call *c, const char *path, unsigned line, int error)
{
	if (line > 0)
		return px_problem_set(&c->problem, "%s:%u: %s", path, line, tls_strerror(error));
	return px_problem_set(&c->problem, "%s: %s", path, tls_strerror(error));
}

static int read_key(struct call *c, tls_x509_privkey_t key, const char *path)
{
	tls_datum_t data;
	int ret;

	if (px_file_read(&data, &c->problem, path) < 0)
		return -1;
	ret = tls_x509_privkey_import(key, &data, px_file_is_der(&data) ? TLS_X509_FMT_DER : TLS_X509_FMT_PEM);
	px_file_wipe(&data);
	return ret < 0 ? tell_input(c, path, tls_x509_privkey_error_line(key), ret) : 0;
}

static int make_key(struct call *c, struct work *w)
{
	int ret;

	if (c->key)
		return read_key(c, w->key, c->key);
	ret = tls_x509_privkey_generate(w->key, c->kind ? c->kind : TLS_X509_KEY_P256);
	return ret < 0 ? px_problem_set(&c->problem, "%s", tls_strerror(ret)) : 0;
}

static int prepare(struct call *c, struct work *w)
{
	if (tls_x509_privkey_init(&w->key) < 0 || tls_x509_privkey_init(&w->issuer_key) < 0)
		return px_problem_set(&c->problem, "%s", tls_strerror(TLS_E_MEMORY_ERROR));
	if (c->issuer && (px_file_read(&w->issuer, &c->problem, c->issuer) < 0 ||
			     read_key(c, w->issuer_key, c->issuer_key) < 0))
		return -1;
	/* before a large key is made, which takes seconds; no file is there until then, if somebody loses patience */
	if (!px_fresh_is_free(&c->problem, c->out) || (c->key_out && !px_fresh_is_free(&c->problem, c->key_out)))
		return -1;
	return make_key(c, w);
}

/* The key first: without it the certificate is nothing. */
static int write_key(struct call *c, struct work *w)
{
	tls_datum_t text;
	int ret;

	if (!c->key_out)
		return 0;
	ret = tls_x509_privkey_export2(w->key, TLS_X509_FMT_PEM, &text);
	if (ret < 0)
		return px_problem_set(&c->problem, "%s", tls_strerror(ret));
	ret = px_fresh_write(&w->key_out, &c->problem, &text);
	explicit_bzero(text.data, text.size);
	tls_free(text.data);
	return ret;
}

static int write_certificate(struct call *c, struct work *w)
{
	tls_datum_t text;
	unsigned line;
	int ret = tls_x509_crt_make(&text, &line, &c->terms, w->key, c->issuer ? &w->issuer : NULL,
	    c->issuer ? w->issuer_key : NULL);

	if (ret < 0)
		return tell_input(c, c->issuer ? c->issuer : c->out, line, ret);
	ret = px_fresh_write(&w->out, &c->problem, &text);
	tls_free(text.data);
	return ret;
}

static int make_files(struct call *c, struct work *w)
{
	int ret = px_fresh_open(&w->out, &c->problem, c->out, false);

	if (ret == 0 && c->key_out)
		ret = px_fresh_open(&w->key_out, &c->problem, c->key_out, true);
	if (ret == 0)
		ret = write_key(c, w);
	if (ret == 0)
		ret = write_certificate(c, w);
	px_fresh_close(&w->key_out, ret == 0);
	px_fresh_close(&w->out, ret == 0);
	return ret;
}

/* Both files or none: whoever ends the program meanwhile does it behind them. */
static int make_files_undisturbed(struct call *c, struct work *w)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t held, before;
	int ret;

	sigemptyset(&held);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&held, signals[i]);
	sigprocmask(SIG_BLOCK, &held, &before);
	ret = make_files(c, w);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

int px_certificate_main(int argc, char **argv)
{
	struct call c = { .problem = { "" } };
	struct work w = { .key = NULL };
	int ret = parse(&c, argc, argv);

	if (ret == 0 && c.help) {
		usage(stdout);
		return 0;
	}
	if (ret == 0)
		ret = set_times(&c);
	if (ret == 0)
		ret = prepare(&c, &w);
	if (ret == 0)
		ret = make_files_undisturbed(&c, &w);
	tls_x509_privkey_deinit(w.key);
	tls_x509_privkey_deinit(w.issuer_key);
	px_file_wipe(&w.issuer);
	if (ret < 0 && c.problem.text[0] != '\0')
		fprintf(stderr, "%s: %s\n", argv[0], c.problem.text);
	return ret < 0 ? WRONG : 0;
}
