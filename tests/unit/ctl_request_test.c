/* ctl_request_test.c - daemon/ctl/request.c. The chains are those of tests/data; tests/daemon/verify.py has many more. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/request.h"

#define IN_2028 1830000000
#define MALFORMED "-----BEGIN CERTIFICATE-----\nMAQwAwIB\n-----END CERTIFICATE-----\n"

static const char *data_path(const char *name)
{
	static char path[4096];
	const char *top = getenv("top_srcdir");

	snprintf(path, sizeof(path), "%s/tests/data/%s", top != NULL ? top : "..", name);
	return path;
}

static void open_request(struct px_request *r)
{
	struct px_problem problem;

	assert_int_equal(px_request_init(r, &problem), 0);
	r->terms.now = IN_2028;
	assert_int_equal(px_request_add_file(r, &problem, TLS_X509_CASE_CHAIN, data_path("chain.crt.pem")), 0);
}

static void assert_json(const struct px_request *r, const struct px_answer *answer, const char *wanted)
{
	json_t *out = px_request_json(r, answer);
	char *text = json_dumps(out, JSON_COMPACT | JSON_SORT_KEYS);

	assert_string_equal(text, wanted);
	free(text);
	json_decref(out);
}

static void a_chain_is_judged(void **state)
{
	struct px_problem problem;
	struct px_answer answer;
	struct px_request r;

	(void)state;
	open_request(&r);
	assert_int_equal(px_request_judge(&r, &answer, &problem), 0);
	assert_false(answer.good);
	assert_string_equal(answer.reason, "issuer is not trusted");
	assert_json(&r, &answer, "{\"depth\":2,\"reason\":\"issuer is not trusted\",\"result\":\"FAILURE\","
				 "\"subject\":\"CN=Quench test root\"}");
	assert_int_equal(px_request_add_file(&r, &problem, TLS_X509_CASE_TRUST, data_path("chain.crt.pem")), 0);
	assert_int_equal(px_request_judge(&r, &answer, &problem), 0);
	assert_true(answer.good);
	assert_json(&r, &answer, "{\"path\":[\"CN=chain.example\"],\"reason\":\"valid\",\"result\":\"SUCCESS\"}");
	px_request_clear(&r);
}

/* It is a server's; for both it must be both. */
static void all_purposes_must_fit(void **state)
{
	static const struct {
		unsigned purposes;
		bool good;
	} rows[] = {{0, true}, {PX_PURPOSE_SERVER, true}, {PX_PURPOSE_CLIENT, false},
	    {PX_PURPOSE_SERVER | PX_PURPOSE_CLIENT, false}};
	struct px_problem problem;
	struct px_answer answer;
	struct px_request r;

	(void)state;
	open_request(&r);
	assert_int_equal(px_request_add_file(&r, &problem, TLS_X509_CASE_TRUST, data_path("chain.crt.pem")), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r.purposes = rows[i].purposes;
		assert_int_equal(px_request_judge(&r, &answer, &problem), 0);
		assert_int_equal(answer.good, rows[i].good);
	}
	assert_string_equal(answer.reason, "not meant for this purpose");
	px_request_clear(&r);
}

static void names_have_kinds(void **state)
{
	struct px_problem problem;
	struct px_request r;
	char many[2000];

	(void)state;
	open_request(&r);
	assert_int_equal(px_request_add_name(&r, &problem, "dns", "chain.example"), 0);
	assert_int_equal(px_request_add_name(&r, &problem, "IP", "2001:db8::1"), 0);
	assert_int_equal(px_request_add_name(&r, &problem, "RFC822", "me@chain.example"), 0);
	assert_int_equal(px_request_add_name(&r, &problem, "email", "me@chain.example"), 0);
	assert_int_equal(px_request_add_name(&r, &problem, "uri", "x"), -1);
	assert_string_equal(problem.text, "uri: unknown kind of name");
	assert_int_equal(px_request_add_name(&r, &problem, "ip", "1.2.3"), -1);
	assert_string_equal(problem.text, "1.2.3: no IP address");
	memset(many, 'a', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	assert_int_equal(px_request_add_name(&r, &problem, "dns", many), -1);
	assert_string_equal(problem.text, "name too long, or too many names");
	px_request_clear(&r);
}

static void faults_are_told_with_their_place(void **state)
{
	struct px_problem problem;
	struct px_answer answer;
	struct px_request r;

	(void)state;
	assert_int_equal(px_request_init(&r, &problem), 0);
	assert_int_equal(px_request_judge(&r, &answer, &problem), -1);
	assert_string_equal(problem.text, "no certificate found");
	assert_int_equal(px_request_add_text(&r, &problem, TLS_X509_CASE_TRUST, "\n" MALFORMED, "trusted_certs[1]"), -1);
	assert_string_equal(problem.text, "trusted_certs[1]: line 2: malformed certificate, at byte 2 of its DER");
	assert_int_equal(px_request_add_text(&r, &problem, TLS_X509_CASE_CRL, "", "crls[0]"), -1);
	assert_string_equal(problem.text, "crls[0]: line 1: no certificate revocation list found");
	assert_int_equal(px_request_add_file(&r, &problem, TLS_X509_CASE_CHAIN, "nothing.pem"), -1);
	assert_string_equal(problem.text, "nothing.pem: No such file or directory");
	assert_int_equal(px_request_add_file(&r, &problem, TLS_X509_CASE_CHAIN, "/dev/null"), -1);
	assert_string_equal(problem.text, "/dev/null:1: no certificate found");
	assert_int_equal(px_request_add_file(&r, &problem, TLS_X509_CASE_STAPLE, "/dev/null"), -1);
	assert_string_equal(problem.text, "/dev/null: byte 0: malformed OCSP response");
	px_request_clear(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_chain_is_judged),
	    cmocka_unit_test(all_purposes_must_fit),
	    cmocka_unit_test(names_have_kinds),
	    cmocka_unit_test(faults_are_told_with_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
