/* ctl_probe_options_test.c - daemon/ctl/probe_options.c: what a call means, and what is wrong with one. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ctl/probe_options.h"
#include "tls/bytes/mem.h"

#define ARGS_MAX 32

static char words[ARGS_MAX][512];

/* Arguments parted by blanks; DATA/ is the folder of tests/data. */
static int read_call(struct px_probe_options *o, struct px_problem *problem, const char *call)
{
	const char *top = getenv("top_srcdir");
	char *argv[ARGS_MAX + 1];
	int argc = 1;

	snprintf(words[0], sizeof(words[0]), "quenchctl probe");
	while (*call != '\0') {
		size_t n = strcspn(call, " ");

		if (strncmp(call, "DATA/", 5) == 0)
			snprintf(words[argc], sizeof(words[argc]), "%s/tests/%.*s", top != NULL ? top : "..", (int)n, call);
		else
			snprintf(words[argc], sizeof(words[argc]), "%.*s", (int)n, call);
		if (strncmp(call, "DATA/", 5) == 0) {
			char *data = strstr(words[argc], "DATA/");

			memcpy(data, "data/", 5);
		}
		argc++;
		call += n + (call[n] == ' ' ? 1 : 0);
	}
	for (int i = 0; i < argc; i++)
		argv[i] = words[i];
	argv[argc] = NULL;
	return px_probe_options_read(o, problem, argc, argv);
}

static struct px_probe_options good(const char *call)
{
	struct px_probe_options o;
	struct px_problem problem;

	if (read_call(&o, &problem, call) != 0)
		fail_msg("%s: %s", call, problem.text);
	return o;
}

static void names_follow_from_the_target(void **state)
{
	static const struct {
		const char *call, *name, *host, *port;
		bool sent;
	} rows[] = {
	    {"example.com:8443", "example.com", "example.com", "8443", true},
	    {"example.com.", "example.com", "example.com.", "443", true},
	    {"192.0.2.1", "192.0.2.1", "192.0.2.1", "443", false},
	    {"[2001:db8::1]:444", "2001:db8::1", "2001:db8::1", "444", false},
	    {"[fe80::1%eth0]:444", "fe80::1", "fe80::1%eth0", "444", false},
	    {"--name www.example.com 192.0.2.1", "www.example.com", "192.0.2.1", "443", true},
	    {"--name= example.com", "", "example.com", "443", false},
	    {"--connect 192.0.2.7 example.com:8443", "example.com", "192.0.2.7", "8443", true},
	    {"--connect 192.0.2.7:1 example.com:8443", "example.com", "192.0.2.7", "1", true},
	    {"--connect unix:/run/x example.com", "example.com", "/run/x", "", true},
	    {"unix:/run/x", "", "/run/x", "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct px_probe_options o = good(rows[i].call);

		assert_string_equal(o.name, rows[i].name);
		assert_string_equal(o.connect.host, rows[i].host);
		assert_string_equal(o.connect.port, rows[i].port);
		assert_int_equal(o.send_name, rows[i].sent);
		assert_int_equal(o.timeout, 10000);
		px_probe_options_clear(&o);
	}
}

static void wishes_are_kept(void **state)
{
	struct px_probe_options o = good("--resume --key-update --insecure --json --timeout 0.25 --alpn h2,http/1.1 "
					 "--groups x25519,secp384r1 --ciphersuites TLS_AES_128_GCM_SHA256 --trust "
					 "DATA/chain.crt.pem --certificate DATA/p256.crt.pem --key DATA/p256.pkcs8.pem x");

	(void)state;
	assert_true(o.resume && o.key_update && o.insecure && o.json && !o.renegotiate);
	assert_int_equal(o.timeout, 250);
	assert_int_equal(o.n_alpn, 2);
	assert_int_equal(o.alpn[1].size, 8);
	assert_memory_equal(o.alpn[1].data, "http/1.1", 8);
	assert_int_equal(o.proxy, 0);
	px_probe_options_clear(&o);
	o = good("--send-proxy --renegotiate x");
	assert_int_equal(o.proxy, 1);
	assert_true(o.renegotiate);
	px_probe_options_clear(&o);
	o = good("--send-proxy=v2 x");
	assert_int_equal(o.proxy, 2);
	px_probe_options_clear(&o);
}

static void a_wrong_call_is_told(void **state)
{
	static const struct {
		const char *call, *problem;
	} rows[] = {
	    {"", "one server is expected: HOST:PORT"},
	    {"a b", "one server is expected: HOST:PORT"},
	    {"a:b", "a:b: no port: a number from 1 to 65535 is meant"},
	    {"--connect :1 a", ":1: no address: HOST:PORT, [IPv6]:PORT or unix:PATH is meant"},
	    {"--name a..b x", "a..b: no name of a server; --name gives another"},
	    {"--tls 1.1 x", "--tls 1.1: neither 1.2 nor 1.3"},
	    {"--groups x25519,no x", "--groups no: unknown algorithm name"},
	    {"--groups x25519,,x x", "--groups: a name is missing, or too long"},
	    {"--groups= x", "--groups: a name is missing, or too long"},
	    {"--ciphersuites no x", "--ciphersuites no: unknown algorithm name"},
	    {"--alpn h2,, x", "--alpn h2,,: no list of protocols, as h2,http/1.1"},
	    {"--send-proxy=v3 x", "--send-proxy=v3: neither v1 nor v2"},
	    {"--timeout x x", "--timeout x: not a number of seconds up to 3600"},
	    {"--timeout 0 x", "--timeout 0: not a number of seconds up to 3600"},
	    {"--timeout 1h x", "--timeout 1h: not a number of seconds up to 3600"},
	    {"--timeout 3601 x", "--timeout 3601: not a number of seconds up to 3600"},
	    {"--key k x", "--key without --certificate"},
	    {"--trust /nowhere/x x", "/nowhere/x: No such file or directory"},
	    {"--key-update --tls 1.2 x", "--key-update is for TLS 1.3 alone"},
	    {"--key-update --renegotiate x", "--key-update is for TLS 1.3 alone"},
	    {"--renegotiate --tls 1.3 x", "--renegotiate is for TLS 1.2 alone"},
	    {"--tls 1.2 --ciphersuites TLS_AES_128_GCM_SHA256 x",
		"--ciphersuites: none of them is for the version that is asked for"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct px_probe_options o;
		struct px_problem problem;

		assert_int_equal(read_call(&o, &problem, rows[i].call), -1);
		assert_string_equal(problem.text, rows[i].problem);
		px_probe_options_clear(&o);
	}
}

/* The file's line, in whichever file it is. */
static void a_wrong_file_is_told(void **state)
{
	static const struct {
		const char *call, *end;
	} rows[] = {
	    {"--trust DATA/make.sh x", "data/make.sh:1: no certificate found"},
	    {"--crl DATA/make.sh x", "data/make.sh:1: no certificate revocation list found"},
	    {"--certificate DATA/p256.crt.pem x", "data/p256.crt.pem:1: no private key found"},
	    {"--certificate DATA/p256.crt.pem --key DATA/other.pkcs8.pem x",
		"data/other.pkcs8.pem:1: private key does not match the certificate"},
	    {"--certificate DATA/p256.crt.pem --key DATA/p256.encrypted.pem x",
		"data/p256.encrypted.pem:1: private key is encrypted"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct px_probe_options o;
		struct px_problem problem;

		assert_int_equal(read_call(&o, &problem, rows[i].call), -1);
		if (strstr(problem.text, rows[i].end) == NULL)
			fail_msg("%s", problem.text);
		px_probe_options_clear(&o);
	}
}

static void help_is_given(void **state)
{
	struct px_probe_options o;
	struct px_problem problem;

	(void)state;
	assert_int_equal(read_call(&o, &problem, "--help"), 1);
	px_probe_options_clear(&o);
}

static void lack_of_memory_is_told(void **state)
{
	static const char call[] = "--groups x25519 --certificate DATA/p256.crt.pem --key DATA/p256.pkcs8.pem --trust "
				   "DATA/chain.crt.pem example.com";
	struct px_probe_options o;
	struct px_problem problem;
	unsigned n;
	int ret = -1;

	(void)state;
	for (n = 1; ret < 0 && n < 1000; n++) {
		tls_mem_fail_at(n);
		ret = read_call(&o, &problem, call);
		tls_mem_fail_at(0);
		px_probe_options_clear(&o);
		if (ret < 0 && strstr(problem.text, "out of memory") == NULL)
			fail_msg("allocation %u: %s", n, problem.text);
	}
	assert_int_equal(ret, 0);
	assert_in_range(n, 10, 999);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_follow_from_the_target),
	    cmocka_unit_test(wishes_are_kept),
	    cmocka_unit_test(a_wrong_call_is_told),
	    cmocka_unit_test(a_wrong_file_is_told),
	    cmocka_unit_test(help_is_given),
	    cmocka_unit_test(lack_of_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
