/* resume_contract_test.c - CONTRACT H6 and part D, each under its number, over a wire that fails and cuts at random
 * in both directions. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/pair.h"
#include "tests/lib/resumed.h"
#include "tls/bytes/mem.h"
#include "tls/state.h"

static const enum resumed_store stores[] = {RESUMED_TICKETS, RESUMED_DATABASE};

/* ---- H6 */

static void runs_full_and_abbreviated(tls_protocol_t version, bool mutual)
{
	for (unsigned i = 0; i < 24; i++) {
		struct resumed r;

		resumed_init(&r, version, stores[i % 2]);
		r.again_percent = 40;
		r.max_piece = 1 + i * 3;
		r.client_cred = mutual ? pair_credentials() : NULL;
		r.request = mutual ? TLS_CERT_REQUIRE : TLS_CERT_IGNORE;
		assert_false(resumed_session(&r));
		for (unsigned k = 0; k < 3; k++) {
			r.now += 1000;
			assert_true(resumed_session(&r));
		}
		resumed_clear(&r);
	}
}

static void contract_H6_full_and_abbreviated_handshakes_13_server_client(void **state)
{
	(void)state;
	runs_full_and_abbreviated(TLS_1_3, false);
}

static void contract_H6_with_client_certificates_13_server_client(void **state)
{
	(void)state;
	runs_full_and_abbreviated(TLS_1_3, true);
}

static void contract_H6_full_and_abbreviated_handshakes_12_server_client(void **state)
{
	(void)state;
	runs_full_and_abbreviated(TLS_1_2, false);
}

static void contract_H6_with_client_certificates_12_server_client(void **state)
{
	(void)state;
	runs_full_and_abbreviated(TLS_1_2, true);
}

static void only_p256(struct resumed *r, struct duo *d)
{
	tls_policy_t policy;

	(void)r;
	assert_int_equal(tls_policy_init(&policy, "modern"), 0);
	assert_int_equal(tls_policy_add_group(policy, "secp256r1"), 0);
	assert_int_equal(tls_policy_set(d->server, policy), 0);
	tls_policy_deinit(policy);
}

static void contract_H6_behind_a_hello_retry_request_13_server_client(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct resumed r;

		resumed_init(&r, TLS_1_3, stores[i]);
		r.again_percent = 30;
		r.max_piece = 50;
		assert_false(resumed_session(&r));
		r.set_up = only_p256;
		assert_true(resumed_session(&r));
		assert_true(resumed_session(&r));
		resumed_clear(&r);
	}
}

static void falls_back(tls_protocol_t version)
{
	for (unsigned i = 0; i < 2; i++) {
		struct resumed r, other;

		resumed_init(&r, version, stores[i]);
		resumed_init(&other, version, stores[i]);
		r.again_percent = other.again_percent = 30;
		assert_false(resumed_session(&r));
		/* another server, which knows nothing of it */
		other.data = r.data;
		r.data.data = NULL;
		assert_false(resumed_session(&other));
		assert_true(resumed_session(&other));
		resumed_clear(&other);
		resumed_clear(&r);
	}
}

static void contract_H6_falls_back_to_a_full_handshake_13_server_client(void **state)
{
	(void)state;
	falls_back(TLS_1_3);
}

static void contract_H6_falls_back_to_a_full_handshake_12_server_client(void **state)
{
	(void)state;
	falls_back(TLS_1_2);
}

static void server_without(struct resumed *r, struct duo *d)
{
	(void)r;
	tls_session_set_clock_function(d->server, NULL, NULL);
}

static void does_not_resume(tls_protocol_t version)
{
	struct resumed r;

	resumed_init(&r, version, RESUMED_TICKETS);
	assert_false(resumed_session(&r));
	r.set_up = server_without;
	assert_false(resumed_session(&r));
	r.set_up = NULL;
	assert_false(resumed_session(&r)); /* it gave no ticket */
	assert_true(resumed_session(&r));
	resumed_clear(&r);
}

static void contract_H6_server_that_does_not_resume_13_server_client(void **state)
{
	(void)state;
	does_not_resume(TLS_1_3);
}

static void contract_H6_server_that_does_not_resume_12_server_client(void **state)
{
	(void)state;
	does_not_resume(TLS_1_2);
}

/* ---- D */

static void data_is_the_callers(tls_protocol_t version)
{
	struct resumed r;
	struct duo d;
	tls_datum_t a, b;
	size_t len = 0;
	char *text;

	resumed_init(&r, version, RESUMED_TICKETS);
	resumed_begin(&r, &d);
	assert_false(resumed_connect(&r, &d));
	assert_int_equal(tls_session_get_data2(d.client, &a), 0);
	assert_int_equal(tls_session_get_data2(d.client, &b), 0);
	assert_ptr_not_equal(a.data, b.data);
	assert_int_equal(tls_session_get_data(d.client, NULL, &len), TLS_E_SHORT_MEMORY_BUFFER);
	assert_int_equal(len, a.size);
	text = malloc(len);
	assert_int_equal(tls_session_get_data(d.client, text, &len), 0);
	assert_memory_equal(text, a.data, len);
	free(text);
	tls_free(a.data);
	duo_clear(&d);
	/* it outlives the session */
	tls_free(r.data.data);
	r.data = b;
	assert_true(resumed_session(&r));
	resumed_clear(&r);
}

static void contract_D1_data_is_the_callers_13_client(void **state)
{
	(void)state;
	data_is_the_callers(TLS_1_3);
}

static void contract_D1_data_is_the_callers_12_client(void **state)
{
	(void)state;
	data_is_the_callers(TLS_1_2);
}

static void is_refused(tls_session_t s)
{
	tls_datum_t data = {.data = NULL};

	tls_mem_fail_at(1000);
	assert_int_equal(tls_session_get_data2(s, &data), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_mem_fail_left(), 1000); /* nothing allocated */
	tls_mem_fail_at(0);
	assert_null(data.data);
}

static void error_before_the_handshake_is_complete(tls_protocol_t version)
{
	struct resumed r;
	struct duo d;

	resumed_init(&r, version, RESUMED_TICKETS);
	r.again_percent = 50;
	r.max_piece = 20;
	resumed_begin(&r, &d);
	while (tls_handshake(d.client) != 0) {
		is_refused(d.client);
		(void)tls_handshake(d.server);
	}
	/* and on a server always */
	while (tls_handshake(d.server) != 0)
		assert_false(tls_session_get_flags(d.server) & TLS_SFLAGS_ESTABLISHED);
	is_refused(d.server);
	duo_clear(&d);
	resumed_clear(&r);
}

static void contract_D2_error_before_the_handshake_is_complete_13_client(void **state)
{
	(void)state;
	error_before_the_handshake_is_complete(TLS_1_3);
}

static void contract_D2_error_before_the_handshake_is_complete_12_client(void **state)
{
	(void)state;
	error_before_the_handshake_is_complete(TLS_1_2);
}

static unsigned n_tickets;

static int count_tickets(tls_session_t s, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	(void)s;
	assert_int_equal(htype, TLS_HANDSHAKE_NEW_SESSION_TICKET);
	assert_int_equal(when, TLS_HOOK_POST);
	assert_int_equal(incoming, 1);
	assert_true(msg->size > 6);
	n_tickets++;
	return 0;
}

static void with_a_hook(struct resumed *r, struct duo *d)
{
	(void)r;
	n_tickets = 0;
	tls_handshake_set_hook_function(d->client, TLS_HANDSHAKE_NEW_SESSION_TICKET, TLS_HOOK_POST, count_tickets);
}

/* There it comes in the handshake, full or abbreviated. */
static void contract_D4_hook_tells_of_the_ticket_12_client(void **state)
{
	struct resumed r;

	(void)state;
	resumed_init(&r, TLS_1_2, RESUMED_TICKETS);
	r.set_up = with_a_hook;
	assert_false(resumed_session(&r));
	assert_int_equal(n_tickets, 1);
	assert_true(resumed_session(&r));
	assert_int_equal(n_tickets, 1);
	r.store = RESUMED_DATABASE;
	assert_false(resumed_session(&r));
	assert_int_equal(n_tickets, 0);
	resumed_clear(&r);
}

static void no_new_ticket(struct resumed *r, struct duo *d)
{
	(void)r;
	assert_int_equal(tls_session_ticket_set_count(d->server, 0), 0);
}

static void contract_D6_ticket_is_used_once_13_client(void **state)
{
	struct resumed r;

	(void)state;
	resumed_init(&r, TLS_1_3, RESUMED_TICKETS);
	assert_false(resumed_session(&r));
	r.set_up = no_new_ticket;
	assert_true(resumed_session(&r));
	assert_false(resumed_session(&r)); /* what it was resumed with isn't given again */
	resumed_clear(&r);
}

/* The server's records are used once, too. */
static void a_record_is_used_once(void **state)
{
	struct resumed r;
	tls_datum_t old;

	(void)state;
	resumed_init(&r, TLS_1_3, RESUMED_DATABASE);
	assert_false(resumed_session(&r));
	assert_int_equal(r.n_removed, 0);
	old = r.data;
	r.data.data = NULL;
	r.data.data = tls_malloc(old.size);
	memcpy(r.data.data, old.data, old.size);
	assert_true(resumed_session(&r));
	assert_int_equal(r.n_removed, 1);
	tls_free(r.data.data);
	r.data = old;
	assert_false(resumed_session(&r));
	resumed_clear(&r);
}

static void cut_and_altered_data_is_refused(tls_protocol_t version)
{
	struct resumed r;
	struct duo d;

	resumed_init(&r, version, RESUMED_TICKETS);
	assert_false(resumed_session(&r));
	duo_init(&d, NULL, NULL);
	for (unsigned n = 0; n < r.data.size; n++)
		assert_int_equal(tls_session_set_data(d.client, r.data.data, n), TLS_E_DB_ERROR);
	for (unsigned i = 0; i < r.data.size; i++) {
		r.data.data[i] ^= (unsigned char)(1 + i % 255);
		assert_int_equal(tls_session_set_data(d.client, r.data.data, r.data.size), TLS_E_DB_ERROR);
		r.data.data[i] ^= (unsigned char)(1 + i % 255);
	}
	assert_int_equal(tls_session_set_data(d.server, r.data.data, r.data.size), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_set_data(d.client, r.data.data, r.data.size), 0);
	duo_clear(&d);
	/* refusing costs the session nothing */
	assert_true(resumed_session(&r));
	resumed_clear(&r);
}

static void contract_D7_cut_and_altered_data_is_refused_13_client(void **state)
{
	(void)state;
	cut_and_altered_data_is_refused(TLS_1_3);
}

static void contract_D7_cut_and_altered_data_is_refused_12_client(void **state)
{
	(void)state;
	cut_and_altered_data_is_refused(TLS_1_2);
}

static void another_name(struct resumed *r, struct duo *d)
{
	(void)r;
	assert_int_equal(tls_server_name_set(d->client, TLS_NAME_DNS, "other.localhost", 15), 0);
}

static void no_name(struct resumed *r, struct duo *d)
{
	(void)r;
	assert_int_equal(tls_server_name_set(d->client, TLS_NAME_DNS, NULL, 0), 0);
}

static void client_policy(struct duo *d, const char *suite, tls_protocol_t version)
{
	tls_policy_t policy;

	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	if (suite != NULL)
		assert_int_equal(tls_policy_add_ciphersuite(policy, suite), 0);
	assert_int_equal(tls_policy_set_versions(policy, version, version), 0);
	assert_int_equal(tls_policy_set(d->client, policy), 0);
	tls_policy_deinit(policy);
}

static void another_suite_13(struct resumed *r, struct duo *d)
{
	(void)r;
	client_policy(d, "TLS_AES_256_GCM_SHA384", TLS_1_3);
}

static void another_suite_12(struct resumed *r, struct duo *d)
{
	(void)r;
	client_policy(d, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", TLS_1_2);
}

static void no_clock(struct resumed *r, struct duo *d)
{
	(void)r;
	tls_session_set_clock_function(d->client, NULL, NULL);
}

static void old(struct resumed *r, struct duo *d)
{
	(void)d;
	r->now += 21600u * 1000;
}

static void from_the_future(struct resumed *r, struct duo *d)
{
	(void)d;
	r->now -= 60001;
}

static void is_a_full_handshake(tls_protocol_t version, void (*const *cases)(struct resumed *, struct duo *), size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct resumed r;

		resumed_init(&r, version, RESUMED_TICKETS);
		assert_false(resumed_session(&r));
		r.set_up = cases[i];
		assert_false(resumed_session(&r));
		resumed_clear(&r);
	}
}

static void contract_D7_what_does_not_fit_is_a_full_handshake_13_client(void **state)
{
	static void (*const cases[])(struct resumed *, struct duo *) = {
	    another_name, no_name, another_suite_13, no_clock, old, from_the_future};

	(void)state;
	is_a_full_handshake(TLS_1_3, cases, sizeof(cases) / sizeof(cases[0]));
}

static void contract_D7_what_does_not_fit_is_a_full_handshake_12_client(void **state)
{
	static void (*const cases[])(struct resumed *, struct duo *) = {
	    another_name, no_name, another_suite_12, no_clock, old, from_the_future};

	(void)state;
	is_a_full_handshake(TLS_1_2, cases, sizeof(cases) / sizeof(cases[0]));
}

static void another_version(tls_protocol_t first, tls_protocol_t then)
{
	for (unsigned i = 0; i < 2; i++) {
		struct resumed r;

		resumed_init(&r, first, stores[i]);
		assert_false(resumed_session(&r));
		r.version = then;
		assert_false(resumed_session(&r));
		assert_true(resumed_session(&r));
		resumed_clear(&r);
	}
}

static void contract_D7_another_version_is_a_full_handshake_12_client(void **state)
{
	(void)state;
	another_version(TLS_1_3, TLS_1_2);
}

static void contract_D7_another_version_is_a_full_handshake_13_client(void **state)
{
	(void)state;
	another_version(TLS_1_2, TLS_1_3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(contract_H6_full_and_abbreviated_handshakes_13_server_client),
	    cmocka_unit_test(contract_H6_with_client_certificates_13_server_client),
	    cmocka_unit_test(contract_H6_full_and_abbreviated_handshakes_12_server_client),
	    cmocka_unit_test(contract_H6_with_client_certificates_12_server_client),
	    cmocka_unit_test(contract_H6_behind_a_hello_retry_request_13_server_client),
	    cmocka_unit_test(contract_H6_falls_back_to_a_full_handshake_13_server_client),
	    cmocka_unit_test(contract_H6_falls_back_to_a_full_handshake_12_server_client),
	    cmocka_unit_test(contract_H6_server_that_does_not_resume_13_server_client),
	    cmocka_unit_test(contract_H6_server_that_does_not_resume_12_server_client),
	    cmocka_unit_test(contract_D1_data_is_the_callers_13_client),
	    cmocka_unit_test(contract_D1_data_is_the_callers_12_client),
	    cmocka_unit_test(contract_D2_error_before_the_handshake_is_complete_13_client),
	    cmocka_unit_test(contract_D2_error_before_the_handshake_is_complete_12_client),
	    cmocka_unit_test(contract_D4_hook_tells_of_the_ticket_12_client),
	    cmocka_unit_test(contract_D6_ticket_is_used_once_13_client),
	    cmocka_unit_test(a_record_is_used_once),
	    cmocka_unit_test(contract_D7_cut_and_altered_data_is_refused_13_client),
	    cmocka_unit_test(contract_D7_cut_and_altered_data_is_refused_12_client),
	    cmocka_unit_test(contract_D7_what_does_not_fit_is_a_full_handshake_13_client),
	    cmocka_unit_test(contract_D7_what_does_not_fit_is_a_full_handshake_12_client),
	    cmocka_unit_test(contract_D7_another_version_is_a_full_handshake_12_client),
	    cmocka_unit_test(contract_D7_another_version_is_a_full_handshake_13_client),
	};

	return cmocka_run_group_tests_name("resume_contract", tests, NULL, NULL);
}
