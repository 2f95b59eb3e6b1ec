/* probe_options.c - see probe_options.h. Everything that can be wrong with a call is found here, before anything is sent. */
#include "probe_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "probe_verify.h"

#define DEFAULT_PORT "443"
#define DEFAULT_TIMEOUT 10000
#define TIMEOUT_MAX 3600
#define NAME_LEN 64

struct call {
	struct px_probe_options *o;
	struct px_problem *problem;
	tls_protocol_t min, max;
	bool has_name, has_connect, has_trust;
	bool has_12, has_13; /* suites of these were given */
	const char *certificate, *key, *connect;
};

/* ---- Lists ------------------------------------------------------------------------------------ */

/* The next word of a list that is parted by commas or colons: false at the end. */
static bool next_word(char word[NAME_LEN], const char **list)
{
	size_t n = strcspn(*list, ",:");

	if (n == 0 || n >= NAME_LEN)
		return false;
	snprintf(word, NAME_LEN, "%.*s", (int)n, *list);
	*list += n;
	if (**list != '\0')
		(*list)++;
	return true;
}

static int add_words(struct call *c, const char *option, const char *list, int add(tls_policy_t, const char *))
{
	char word[NAME_LEN];
	int err;

	do {
		if (!next_word(word, &list))
			return px_problem_set(c->problem, "%s: a name is missing, or too long", option);
		err = add(c->o->policy, word);
		if (err == TLS_E_MEMORY_ERROR)
			return px_problem_set(c->problem, "out of memory");
		if (err < 0)
			return px_problem_set(c->problem, "%s %s: %s", option, word, tls_strerror(err));
		c->has_12 = c->has_12 || strncmp(word, "TLS_ECDHE_", 10) == 0;
		c->has_13 = c->has_13 || (strncmp(word, "TLS_", 4) == 0 && strncmp(word, "TLS_ECDHE_", 10) != 0);
	} while (*list != '\0');
	return 0;
}

static int set_alpn(struct call *c, const char *list)
{
	struct px_probe_options *o = c->o;
	char *at = o->alpn_text;

	if (strlen(list) >= sizeof(o->alpn_text))
		return px_problem_set(c->problem, "--alpn: too long");
	snprintf(o->alpn_text, sizeof(o->alpn_text), "%s", list);
	for (o->n_alpn = 0; at != NULL; o->n_alpn++) {
		size_t n = strcspn(at, ",");

		if (n == 0 || n > UINT8_MAX || o->n_alpn == PX_PROBE_ALPN_MAX)
			return px_problem_set(c->problem, "--alpn %s: no list of protocols, as h2,http/1.1", list);
		o->alpn[o->n_alpn] = (tls_datum_t){ .data = (unsigned char *)at, .size = (unsigned)n };
		at = at[n] == ',' ? at + n + 1 : NULL;
	}
	return 0;
}

/* ---- Files ------------------------------------------------------------------------------------- */

static int tell_line(struct call *c, const char *path, int err)
{
	unsigned line = tls_certificate_error_line(c->o->cred, NULL);

	return px_problem_set(c->problem, "%s:%u: %s", path, line > 0 ? line : 1, tls_strerror(err));
}

static int add_file(struct call *c, const char *path,
    int add(tls_certificate_credentials_t, const tls_datum_t *, tls_x509_crt_fmt_t))
{
	tls_datum_t data;
	int ret;

	if (px_file_read(&data, c->problem, path) < 0)
		return -1;
	ret = add(c->o->cred, &data, px_file_format(&data));
	if (ret < 0)
		ret = tell_line(c, path, ret);
	free(data.data);
	return ret < 0 ? -1 : 0;
}

/* Kept, to tell which of them a chain leads to. */
static int add_trust(struct call *c, const char *path)
{
	struct px_probe_options *o = c->o;
	tls_datum_t *data = &o->trust[o->n_trust];
	int ret;

	c->has_trust = true;
	path = strcmp(path, "system") == 0 ? PX_FILE_SYSTEM_TRUST : path;
	if (o->n_trust == PX_PROBE_TRUST_MAX)
		return px_problem_set(c->problem, "--trust: at most %d files", PX_PROBE_TRUST_MAX);
	if (px_file_read(data, c->problem, path) < 0)
		return -1;
	o->n_trust++;
	ret = tls_certificate_set_x509_trust_mem(o->cred, data, px_file_format(data));
	return ret < 0 ? tell_line(c, path, ret) : 0;
}

static int read_key(struct call *c, const tls_datum_t *chain)
{
	const char *path = c->key != NULL ? c->key : c->certificate;
	bool in_key = false;
	tls_datum_t key;
	int ret;

	if (px_file_read(&key, c->problem, path) < 0)
		return -1;
	ret = tls_certificate_set_x509_key_mem(c->o->cred, chain, &key, TLS_X509_FMT_PEM);
	if (ret < 0) {
		tls_certificate_error_line(c->o->cred, &in_key);
		ret = tell_line(c, in_key ? path : c->certificate, ret);
	}
	px_file_wipe(&key);
	return ret < 0 ? -1 : 0;
}

static int add_key(struct call *c)
{
	tls_datum_t chain;
	int ret;

	if (c->certificate == NULL)
		return c->key != NULL ? px_problem_set(c->problem, "--key without --certificate") : 0;
	if (px_file_read(&chain, c->problem, c->certificate) < 0)
		return -1;
	ret = read_key(c, &chain);
	c->o->certificate = ret == 0;
	px_file_wipe(&chain);
	return ret;
}

/* ---- Options ------------------------------------------------------------------------------------ */

static int set_versions(struct call *c, const char *version)
{
	if (strcmp(version, "1.2") != 0 && strcmp(version, "1.3") != 0)
		return px_problem_set(c->problem, "--tls %s: neither 1.2 nor 1.3", version);
	c->min = c->max = strcmp(version, "1.2") == 0 ? TLS_1_2 : TLS_1_3;
	return 0;
}

static int set_proxy(struct call *c, const char *version)
{
	if (version == NULL || strcmp(version, "v1") == 0)
		c->o->proxy = 1;
	else if (strcmp(version, "v2") == 0)
		c->o->proxy = 2;
	else
		return px_problem_set(c->problem, "--send-proxy=%s: neither v1 nor v2", version);
	return 0;
}

static int set_timeout(struct call *c, const char *seconds)
{
	char *end;
	double s = strtod(seconds, &end);

	if (seconds[0] < '0' || seconds[0] > '9' || *end != '\0' || s < 0.001 || s > TIMEOUT_MAX)
		return px_problem_set(c->problem, "--timeout %s: not a number of seconds up to %d", seconds, TIMEOUT_MAX);
	c->o->timeout = (unsigned)(s * 1000);
	return 0;
}

static int set_name(struct call *c, const char *name)
{
	if (strlen(name) >= sizeof(c->o->name))
		return px_problem_set(c->problem, "--name: too long");
	snprintf(c->o->name, sizeof(c->o->name), "%s", name);
	c->has_name = true;
	return 0;
}

static int set_flag(struct call *c, int option)
{
	c->o->resume = c->o->resume || option == 'r';
	c->o->key_update = c->o->key_update || option == 'u';
	c->o->renegotiate = c->o->renegotiate || option == 'R';
	c->o->insecure = c->o->insecure || option == 'i';
	c->o->json = c->o->json || option == 'j';
	return 0;
}

static int set_option(struct call *c, int option, const char *value)
{
	switch (option) {
	case 'c':
		c->connect = value;
		return 0;
	case 'n':
		return set_name(c, value);
	case 'v':
		return set_versions(c, value);
	case 'a':
		return set_alpn(c, value);
	case 'g':
		return add_words(c, "--groups", value, tls_policy_add_group);
	case 's':
		return add_words(c, "--ciphersuites", value, tls_policy_add_ciphersuite);
	case 't':
		return add_trust(c, value);
	case 'l':
		return add_file(c, value, tls_certificate_set_x509_crl_mem);
	case 'C':
		c->certificate = value;
		return 0;
	case 'k':
		c->key = value;
		return 0;
	case 'p':
		return set_proxy(c, value);
	case 'w':
		return set_timeout(c, value);
	default:
		return set_flag(c, option);
	}
}

static const struct option options[] = {
	{ "connect", required_argument, NULL, 'c' },
	{ "name", required_argument, NULL, 'n' },
	{ "tls", required_argument, NULL, 'v' },
	{ "alpn", required_argument, NULL, 'a' },
	{ "groups", required_argument, NULL, 'g' },
	{ "ciphersuites", required_argument, NULL, 's' },
	{ "trust", required_argument, NULL, 't' },
	{ "crl", required_argument, NULL, 'l' },
	{ "certificate", required_argument, NULL, 'C' },
	{ "key", required_argument, NULL, 'k' },
	{ "send-proxy", optional_argument, NULL, 'p' },
	{ "timeout", required_argument, NULL, 'w' },
	{ "resume", no_argument, NULL, 'r' },
	{ "key-update", no_argument, NULL, 'u' },
	{ "renegotiate", no_argument, NULL, 'R' },
	{ "insecure", no_argument, NULL, 'i' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* ---- What they mean together ---------------------------------------------------------------------- */

/* What only one version has is asked of that version. */
static int settle_versions(struct call *c)
{
	if (c->o->key_update && (c->max < TLS_1_3 || c->o->renegotiate))
		return px_problem_set(c->problem, "--key-update is for TLS 1.3 alone");
	if (c->o->renegotiate && c->min > TLS_1_2)
		return px_problem_set(c->problem, "--renegotiate is for TLS 1.2 alone");
	if (c->o->key_update || (c->has_13 && !c->has_12))
		c->min = TLS_1_3;
	if (c->o->renegotiate || (c->has_12 && !c->has_13))
		c->max = TLS_1_2;
	if (c->min > c->max)
		return px_problem_set(c->problem, "--ciphersuites: none of them is for the version that is asked for");
	if (tls_policy_set_versions(c->o->policy, c->min, c->max) < 0)
		return px_problem_set(c->problem, "--tls: not possible");
	return 0;
}

/* A dot at the end is DNS's, not the certificate's. */
static void drop_dot(char *name)
{
	size_t n = strlen(name);

	if (n > 1 && name[n - 1] == '.')
		name[n - 1] = '\0';
}

static int settle_name(struct call *c)
{
	struct px_probe_options *o = c->o;
	tls_session_t trial;
	int err;

	if (!c->has_name && !o->target.is_unix)
		snprintf(o->name, sizeof(o->name), "%s", o->target.host);
	drop_dot(o->name);
	if (px_dial_is_ip(o->name))
		o->name[strcspn(o->name, "%")] = '\0'; /* the zone is ours alone */
	o->send_name = o->name[0] != '\0' && !px_dial_is_ip(o->name);
	if (!o->send_name)
		return 0;
	if (tls_init(&trial, TLS_CLIENT) < 0)
		return px_problem_set(c->problem, "out of memory");
	err = tls_server_name_set(trial, TLS_NAME_DNS, o->name, strlen(o->name));
	tls_deinit(trial);
	if (err == TLS_E_MEMORY_ERROR)
		return px_problem_set(c->problem, "out of memory");
	return err < 0 ? px_problem_set(c->problem, "%s: no name of a server; --name gives another", o->name) : 0;
}

static int settle_target(struct call *c, const char *target)
{
	struct px_probe_options *o = c->o;

	o->text = target;
	if (px_dial_parse(&o->target, c->problem, target, DEFAULT_PORT) < 0)
		return -1;
	o->connect = o->target;
	if (c->connect == NULL)
		return 0;
	return px_dial_parse(&o->connect, c->problem, c->connect, o->target.is_unix ? DEFAULT_PORT : o->target.port);
}

static int settle(struct call *c)
{
	if (!c->has_trust && access(PX_FILE_SYSTEM_TRUST, R_OK) == 0 && add_trust(c, "system") < 0)
		return -1;
	if (add_key(c) < 0 || settle_versions(c) < 0 || settle_name(c) < 0)
		return -1;
	if (tls_certificate_set_verify_function(c->o->cred, px_probe_verify_function) < 0)
		return px_problem_set(c->problem, "out of memory");
	return 0;
}

static int init(struct px_probe_options *o, struct px_problem *problem)
{
	*o = (struct px_probe_options){ .timeout = DEFAULT_TIMEOUT };
	problem->text[0] = '\0';
	if (tls_policy_init(&o->policy, "intermediate") < 0 || tls_certificate_allocate_credentials(&o->cred) < 0)
		return px_problem_set(problem, "out of memory");
	return 0;
}

int px_probe_options_read(struct px_probe_options *o, struct px_problem *problem, int argc, char **argv)
{
	struct call c = { .o = o, .problem = problem, .min = TLS_1_2, .max = TLS_1_3 };
	int option;

	if (init(o, problem) < 0)
		return -1;
	optind = 1;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == '?')
			return -1;
		if (option == 'h')
			return 1;
		if (set_option(&c, option, optarg) < 0)
			return -1;
	}
	if (optind + 1 != argc)
		return px_problem_set(problem, "one server is expected: HOST:PORT");
	if (settle_target(&c, argv[optind]) < 0)
		return -1;
	return settle(&c);
}

void px_probe_options_clear(struct px_probe_options *o)
{
	tls_policy_deinit(o->policy);
	tls_certificate_free_credentials(o->cred);
	while (o->n_trust > 0)
		free(o->trust[--o->n_trust].data);
	o->policy = NULL;
	o->cred = NULL;
}
