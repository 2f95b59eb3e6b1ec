/* limbo_test.c - the chains of x509-limbo, with the expected verdicts, one test for each. They are read from
 * $QUENCH_VECTORS when they are run. */
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tls/bytes/mem.h"
#include "tls/tls.h"
#include "tls/x509/ip.h"
#include "tls/x509/judge.h"
#include "tls/x509/pem.h"

#define FILE_NAME "x509-limbo-part.json"
#define MAX_CASES 256
#define MAX_CERTS 64
#define MAX_NAMES 8
#define MIN_CASES 104

/* Cases without a time of their own are for any day. */
#define SOME_DAY 1767225600 /* 2026-01-01 */

/* Where we judge otherwise, and why. Each of these must really differ. */
static const struct {
	const char *id, *reason;
} differences[] = {
    {"webpki::cn::not-in-san", "names come from subjectAltName alone; the common name, right or wrong, is not read"},
};

struct limbo_case {
	struct tls_pem_block blocks[MAX_CERTS];
	size_t n_blocks;
	struct tls_span certs[MAX_CERTS];
	struct tls_trust trust;
	struct tls_crls crls;
	struct tls_san_wanted names[MAX_NAMES];
	uint8_t ips[MAX_NAMES][16];
	struct tls_judge_ask ask;
};

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : "";
}

static struct tls_span text_span(const char *s)
{
	return tls_span(s, strlen(s));
}

static struct tls_span read_cert(struct limbo_case *c, const char *pem_text)
{
	struct tls_pem_block *block = &c->blocks[c->n_blocks++];
	struct tls_pem pem;

	assert_true(c->n_blocks < MAX_CERTS);
	tls_pem_init(&pem, text_span(pem_text));
	assert_int_equal(tls_pem_next(&pem, block), 0);
	return tls_buf_as_span(&block->der);
}

/* RFC 3339 as the file has it: always UTC, seconds and perhaps a fraction, which is cut off. */
static int64_t read_time(const char *s)
{
	int year, month, day, hour, minute, second;
	int64_t days;

	assert_int_equal(sscanf(s, "%d-%d-%dT%d:%d:%d", &year, &month, &day, &hour, &minute, &second), 6);
	assert_string_equal(s + strlen(s) - 6, "+00:00");
	year -= month <= 2;
	days = year * 365L + year / 4 - year / 100 + year / 400 +
	    (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1 - 719468;
	return days * 86400 + hour * 3600 + minute * 60 + second;
}

static void add_name(struct limbo_case *c, const json_t *name)
{
	size_t i = c->ask.n_names;
	const char *kind = text(name, "kind"), *value = text(name, "value");

	if (!json_is_object(name))
		return;
	assert_true(i < MAX_NAMES);
	c->names[i].value = text_span(value);
	if (strcmp(kind, "IP") == 0) {
		c->names[i].kind = TLS_CERT_NAME_IP;
		c->names[i].value = tls_span(c->ips[i], tls_ip_read(c->ips[i], text_span(value)));
		assert_true(c->names[i].value.len > 0);
	} else {
		c->names[i].kind = strcmp(kind, "DNS") == 0 ? TLS_CERT_NAME_DNS : TLS_CERT_NAME_EMAIL;
	}
	c->ask.n_names++;
}

static void read_case(struct limbo_case *c, const json_t *from)
{
	const json_t *one, *depth = json_object_get(from, "max_chain_depth");
	unsigned line;
	size_t i;

	tls_trust_init(&c->trust);
	tls_crls_init(&c->crls);
	json_array_foreach(json_object_get(from, "trusted_certs"), i, one)
		assert_int_equal(tls_trust_add(&c->trust, read_cert(c, json_string_value(one))), 0);
	c->certs[c->ask.n_chain++] = read_cert(c, text(from, "peer_certificate"));
	json_array_foreach(json_object_get(from, "untrusted_intermediates"), i, one)
		c->certs[c->ask.n_chain++] = read_cert(c, json_string_value(one));
	add_name(c, json_object_get(from, "expected_peer_name"));
	json_array_foreach(json_object_get(from, "expected_peer_names"), i, one)
		add_name(c, one);
	json_array_foreach(json_object_get(from, "crls"), i, one)
		assert_int_equal(tls_crls_add_pem(&c->crls, &line, text_span(json_string_value(one))), 1);
	c->ask.trust = &c->trust;
	c->ask.crls = &c->crls;
	c->ask.chain = c->certs;
	c->ask.names = c->names;
	c->ask.strict = true;
	c->ask.of_client = strcmp(text(from, "validation_kind"), "CLIENT") == 0;
	c->ask.limited = json_is_integer(depth);
	c->ask.max_intermediates = (unsigned)json_integer_value(depth);
	c->ask.now = *text(from, "validation_time") != '\0' ? read_time(text(from, "validation_time")) : SOME_DAY;
}

static void free_case(struct limbo_case *c)
{
	tls_trust_clear(&c->trust);
	tls_crls_clear(&c->crls);
	for (size_t i = 0; i < c->n_blocks; i++)
		tls_pem_block_clear(&c->blocks[i]);
	free(c);
}

static bool differs(const char *id)
{
	for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++) {
		if (strcmp(differences[i].id, id) == 0)
			return true;
	}
	return false;
}

static void run_case(void **state)
{
	const json_t *from = *state;
	struct limbo_case *c = calloc(1, sizeof(*c));
	bool wanted = strcmp(text(from, "expected_result"), "SUCCESS") == 0;
	struct tls_verdict v;

	assert_non_null(c);
	read_case(c, from);
	assert_int_equal(tls_judge(&v, &c->ask), 0);
	printf("# %s: %s\n", text(from, "id"), tls_flaw_text(v.fault));
	free_case(c);
	if ((v.fault == TLS_FLAW_NONE) != (wanted != differs(text(from, "id"))))
		fail_msg("%s: %s", text(from, "id"), tls_flaw_text(v.fault));
}

static json_t *load(void)
{
	const char *dir = getenv("QUENCH_VECTORS");
	char path[4096];
	json_error_t err;

	snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir : "", FILE_NAME);
	if (dir == NULL || access(path, R_OK) != 0) {
		printf("1..0 # SKIP QUENCH_VECTORS names no folder with " FILE_NAME "\n");
		exit(0);
	}
	return json_load_file(path, 0, &err);
}

int main(void)
{
	struct CMUnitTest tests[MAX_CASES];
	json_t *root = load(), *one;
	size_t i, n = 0;
	int failed;

	json_array_foreach(json_object_get(root, "testcases"), i, one) {
		if (n < MAX_CASES)
			tests[n++] = (struct CMUnitTest){
			    .name = text(one, "id"), .test_func = run_case, .initial_state = one};
	}
	if (n < MIN_CASES) {
		printf("Bail out! only %zu cases\n", n);
		return 1;
	}
	failed = _cmocka_run_group_tests("x509-limbo", tests, n, NULL, NULL);
	json_decref(root);
	return failed;
}
