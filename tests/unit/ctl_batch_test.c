/* ctl_batch_test.c - daemon/ctl/batch.c. Verdicts over chains are tests/daemon/verify.py's. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "daemon/ctl/batch.h"
#include "data.h"

#define NOTHING "\"-----BEGIN CERTIFICATE-----\\nMAA=\\n-----END CERTIFICATE-----\\n\""
#define PEER "\"peer_certificate\":" NOTHING

struct row {
	const char *line, *answer;
	bool bad;
};

static void assert_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(rows[i].line);
		char *text;
		bool bad;

		text = px_batch_answer(&bad, rows[i].line, len, 1830000000);
		assert_non_null(text);
		assert_string_equal(text, rows[i].answer);
		assert_int_equal(bad, rows[i].bad);
		free(text);
	}
}

#define ERROR(id, text) "{\"error\":\"" text "\",\"id\":" id "}"
#define REFUSED(id) \
	"{\"depth\":0,\"id\":" id ",\"reason\":\"certificate is malformed\",\"result\":\"FAILURE\",\"subject\":\"\"}"

static void requests_are_answered(void **state)
{
	static const struct row rows[] = {
	    {"{" PEER "}", REFUSED("null"), false},
	    {"{\"id\":\"a\\u00e9\\n\"," PEER "}", REFUSED("\"a\\u00E9\\n\""), false},
	    {"{\"id\":7," PEER ",\"other\":{\"x\":[1]}}", REFUSED("7"), false},
	    {" {\"id\":null," PEER ",\"trusted_certs\":[],\"untrusted_intermediates\":[" NOTHING "],\"crls\":null,"
	     "\"validation_time\":\"2026-11-21T14:06:07Z\",\"validation_kind\":\"CLIENT\","
	     "\"extended_key_usage\":[\"serverAuth\",\"clientAuth\"],\"max_chain_depth\":0,\"strict\":false,"
	     "\"expected_peer_name\":{\"kind\":\"DNS\",\"value\":\"x\"},"
	     "\"expected_peer_names\":[{\"kind\":\"IP\",\"value\":\"::1\"},{\"kind\":\"RFC822\",\"value\":\"a@b\"}]} ",
		REFUSED("null"), false},
	    {"{" PEER ",\"validation_time\":null,\"max_chain_depth\":null,\"expected_peer_name\":null}", REFUSED("null"),
		false},
	};

	(void)state;
	assert_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void what_makes_no_sense_is_told(void **state)
{
	static const struct row rows[] = {
	    {"[]", ERROR("null", "not an object"), true},
	    {"{}", ERROR("null", "peer_certificate: missing"), true},
	    {"{\"id\":\"x\",\"peer_certificate\":null}", ERROR("\"x\"", "peer_certificate: missing"), true},
	    {"{\"id\":[1]," PEER "}", ERROR("null", "id: neither a string nor a number"), true},
	    {"{\"id\":1,\"peer_certificate\":5}", ERROR("1", "peer_certificate: not a string"), true},
	    {"{\"peer_certificate\":\"x\"}", ERROR("null", "peer_certificate: line 1: no certificate found"), true},
	    {"{" PEER ",\"trusted_certs\":\"x\"}", ERROR("null", "trusted_certs: not an array"), true},
	    {"{" PEER ",\"trusted_certs\":[" NOTHING "]}", ERROR("null", "trusted_certs[0]: line 1: malformed certificate"),
		true},
	    {"{" PEER ",\"untrusted_intermediates\":[" NOTHING ",true]}",
		ERROR("null", "untrusted_intermediates[1]: not a string"), true},
	    {"{" PEER ",\"crls\":[\"\\n-----BEGIN X509 CRL-----\\n?\\n\"]}",
		ERROR("null", "crls[0]: line 3: malformed PEM"), true},
	    {"{" PEER ",\"staple\":5}", ERROR("null", "staple: not a string"), true},
	    {"{" PEER ",\"staple\":\"MAA\"}", ERROR("null", "staple: no base64"), true},
	    {"{" PEER ",\"staple\":\"MAMCAQ==\"}", ERROR("null", "staple: byte 0: malformed OCSP response"), true},
	    {"{" PEER ",\"validation_time\":5}", ERROR("null", "validation_time: not a time of RFC 3339"), true},
	    {"{" PEER ",\"validation_time\":\"now\"}", ERROR("null", "validation_time: not a time of RFC 3339"), true},
	    {"{" PEER ",\"validation_kind\":\"server\"}", ERROR("null", "validation_kind: neither SERVER nor CLIENT"), true},
	    {"{" PEER ",\"validation_kind\":1}", ERROR("null", "validation_kind: neither SERVER nor CLIENT"), true},
	    {"{" PEER ",\"extended_key_usage\":1}", ERROR("null", "extended_key_usage: not an array"), true},
	    {"{" PEER ",\"extended_key_usage\":[\"codeSigning\"]}",
		ERROR("null", "extended_key_usage: neither serverAuth nor clientAuth"), true},
	    {"{" PEER ",\"max_chain_depth\":-1}", ERROR("null", "max_chain_depth: not a number of certificates"), true},
	    {"{" PEER ",\"max_chain_depth\":1.5}", ERROR("null", "max_chain_depth: not a number of certificates"), true},
	    {"{" PEER ",\"max_chain_depth\":4294967296}", ERROR("null", "max_chain_depth: not a number of certificates"),
		true},
	    {"{" PEER ",\"strict\":1}", ERROR("null", "strict: neither true nor false"), true},
	    {"{" PEER ",\"expected_peer_name\":\"x\"}", ERROR("null", "expected_peer_name: not an object with kind and value"),
		true},
	    {"{" PEER ",\"expected_peer_names\":{}}", ERROR("null", "expected_peer_names: not an array"), true},
	    {"{" PEER ",\"expected_peer_names\":[{\"kind\":\"DNS\"}]}",
		ERROR("null", "expected_peer_names: not an object with kind and value"), true},
	    {"{" PEER ",\"expected_peer_name\":{\"kind\":\"X\\n\",\"value\":\"x\"}}",
		ERROR("null", "X\\\\x0a: unknown kind of name"), true},
	};

	(void)state;
	assert_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

/* What the JSON reader says is its own; that it says something, on one line, is ours. */
static void what_is_no_json_is_told(void **state)
{
	static const char *const lines[] = {"", "{", "nonsense", "{\"a\":1,\"a\":2}", "{\"a\":\"\\u0000\"}", "{\"a\":\"\xff\"}",
	    "{} {}", "{\"id\":\"\\ud800\"}", "{\"id\":1e999}"};
	bool bad;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *text = px_batch_answer(&bad, lines[i], strlen(lines[i]), 0);

		assert_non_null(text);
		assert_true(bad);
		assert_int_equal(strncmp(text, "{\"error\":\"byte ", 15), 0);
		for (const char *p = text; *p != '\0'; p++)
			assert_in_range(*p, 0x20, 0x7e);
		free(text);
	}
}

static char *run(const char *text, size_t len, int wanted)
{
	FILE *in = fmemopen((void *)(uintptr_t)text, len, "r"), *out;
	char *answers = NULL;
	size_t size;

	out = open_memstream(&answers, &size);
	assert_non_null(in);
	assert_int_equal(px_batch_run(in, out), wanted);
	fclose(in);
	fclose(out);
	return answers;
}

static void each_line_has_its_answer(void **state)
{
	static const char good[] = "{\"id\":1," PEER "}\n\n \t\r\n{\"id\":2," PEER "}";
	static const char bad[] = "{\"id\":1}\n{\"id\":2," PEER "}\n";
	char *answers;

	(void)state;
	answers = run(good, sizeof(good) - 1, 0);
	assert_string_equal(answers, REFUSED("1") "\n" REFUSED("2") "\n");
	free(answers);
	answers = run(bad, sizeof(bad) - 1, 2);
	assert_string_equal(answers, ERROR("1", "peer_certificate: missing") "\n" REFUSED("2") "\n");
	free(answers);
}

/* The longest line, one byte more, and what comes behind it. */
static void a_long_line_costs_an_answer(void **state)
{
	static const char request[] = "{\"id\":1," PEER "}";
	size_t len = PX_BATCH_LINE_MAX + sizeof(request) + 1;
	char *text = malloc(len), *answers;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', len);
	memcpy(text, request, sizeof(request) - 1);
	text[PX_BATCH_LINE_MAX] = '\n';
	memcpy(text + PX_BATCH_LINE_MAX + 1, request, sizeof(request) - 1);
	answers = run(text, len - 1, 0);
	assert_string_equal(answers, REFUSED("1") "\n" REFUSED("1") "\n");
	free(answers);
	text[PX_BATCH_LINE_MAX] = ' ';
	text[PX_BATCH_LINE_MAX + 1] = '\n';
	memcpy(text + PX_BATCH_LINE_MAX + 2, request, sizeof(request) - 1);
	answers = run(text, len, 2);
	assert_string_equal(answers, ERROR("null", "longer than 8 MiB") "\n" REFUSED("1") "\n");
	free(answers);
	free(text);
}

/* Short values in a long line would take a hundred times its memory. */
static void a_line_of_many_values_costs_an_answer(void **state)
{
	size_t most = PX_BATCH_VALUES_MAX, len;
	char *text = malloc(3 * most + 64);

	(void)state;
	assert_non_null(text);
	for (int more = 0; more <= 1; more++) {
		bool bad;
		char *answer;

		/* two brackets, and a comma less than entries; commas in strings are none */
		len = (size_t)snprintf(text, 64, "{\"id\":\",\\\",[{\",\"x\":[0");
		for (size_t i = 3; i < most + (size_t)more; i++)
			len += (size_t)snprintf(text + len, 4, ",0");
		len += (size_t)snprintf(text + len, 4, "]}");
		answer = px_batch_answer(&bad, text, len, 0);
		assert_true(bad);
		assert_string_equal(answer, more ? ERROR("null", "more than 16384 values")
						 : ERROR("\",\\\",[{\"", "peer_certificate: missing"));
		free(answer);
	}
	free(text);
}

/* ---- Lack of memory: jansson's, and the core's ---- */

static unsigned fail_at, n_allocations;

static void *allocate(size_t n)
{
	return ++n_allocations == fail_at ? NULL : malloc(n);
}

/* A certificate that is itself trusted. */
static char *good_request(void)
{
	struct data pem;
	json_t *request;
	char *text;

	data_read(&pem, "p256.crt.pem");
	request = json_pack("{s:i, s:[s#], s:s#, s:b}", "id", 1, "trusted_certs", pem.bytes, (int)pem.len,
	    "peer_certificate", pem.bytes, (int)pem.len, "strict", 0);
	text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	return text;
}

#define GOOD "{\"id\":1,\"path\":[\"CN=p256, O=Quench test\"],\"reason\":\"valid\",\"result\":\"SUCCESS\"}"

/* Each allocation fails in turn, until there are no more: the answer says that it is none, or there is none. */
static unsigned sweep(const char *request, void arm(unsigned), bool delivered(unsigned))
{
	bool failed = true;
	unsigned n = 0;

	while (failed && ++n < 2000) {
		char *answer;
		bool bad;

		arm(n);
		answer = px_batch_answer(&bad, request, strlen(request), 1830000000);
		failed = delivered(n);
		arm(0);
		if (!failed)
			assert_string_equal(answer, GOOD);
		else if (answer != NULL && strcmp(answer, GOOD) != 0 && (!bad || strstr(answer, "\"error\":") == NULL))
			fail_msg("allocation %u: %s", n, answer);
		free(answer);
	}
	return n;
}

static void arm_json(unsigned n)
{
	fail_at = n;
	n_allocations = 0;
}

static bool json_failed(unsigned n)
{
	return n_allocations >= n;
}

static void arm_core(unsigned n)
{
	tls_mem_fail_at(n);
}

static bool core_failed(unsigned n)
{
	(void)n;
	return tls_mem_fail_left() == 0;
}

static void lack_of_memory_is_survived(void **state)
{
	char *request = good_request();

	(void)state;
	json_set_alloc_funcs(allocate, free);
	assert_in_range(sweep(request, arm_json, json_failed), 10, 1999);
	json_set_alloc_funcs(malloc, free);
	assert_in_range(sweep(request, arm_core, core_failed), 5, 1999);
	free(request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_are_answered),
	    cmocka_unit_test(what_makes_no_sense_is_told),
	    cmocka_unit_test(what_is_no_json_is_told),
	    cmocka_unit_test(each_line_has_its_answer),
	    cmocka_unit_test(a_long_line_costs_an_answer),
	    cmocka_unit_test(a_line_of_many_values_costs_an_answer),
	    cmocka_unit_test(lack_of_memory_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
