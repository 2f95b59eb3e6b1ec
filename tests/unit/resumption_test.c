/* resumption_test.c - what tls.h says of resumption: calls that are refused, defaults, ids, memory. */
#include "unit.h"

#include <string.h>

#include "cred.h"
#include "tests/lib/pair.h"
#include "tests/lib/resumed.h"
#include "tls/bytes/mem.h"
#include "tls/hs/store.h"
#include "tls/state.h"

static void keys_are_generated(void **state)
{
	tls_datum_t a, b = {.data = NULL};

	(void)state;
	assert_int_equal(tls_session_ticket_key_generate(&a), 0);
	tls_mem_fail_at(1);
	assert_int_equal(tls_session_ticket_key_generate(&b), TLS_E_MEMORY_ERROR);
	assert_null(b.data);
	assert_int_equal(tls_session_ticket_key_generate(&b), 0);
	assert_int_equal(a.size, 64);
	assert_int_equal(b.size, 64);
	assert_memory_not_equal(a.data, b.data, 64);
	tls_free(a.data);
	tls_free(b.data);
}

static void calls_on_the_wrong_side_are_refused(void **state)
{
	unsigned char seed[64] = {1};
	tls_datum_t key = {.data = seed, .size = sizeof(seed)}, data;
	tls_session_t client;

	(void)state;
	assert_int_equal(tls_init(&client, TLS_CLIENT), 0);
	assert_int_equal(tls_session_ticket_enable_server(client, &key), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_ticket_set_count(client, 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_ticket_set_rotation(client, 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_set_resumption_context(client, "x", 1), TLS_E_INVALID_REQUEST);
	tls_db_set_cache_expiration(client, 5);
	tls_db_set_ptr(client, NULL);
	assert_null(client->resumption);
	assert_int_equal(tls_session_get_data2(client, &data), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_get_id2(client, &data), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	assert_int_equal(tls_session_is_resumed(client), 0);
	tls_deinit(client);
}

static void values_out_of_range_are_refused(void **state)
{
	unsigned char seed[64] = {0};
	tls_datum_t key = {.data = seed, .size = sizeof(seed)};
	tls_session_t s;

	(void)state;
	assert_int_equal(tls_init(&s, TLS_SERVER), 0);
	assert_int_equal(tls_session_ticket_enable_server(s, &key), TLS_E_INVALID_REQUEST); /* zeros */
	seed[40] = 1;
	key.size = 31;
	assert_int_equal(tls_session_ticket_enable_server(s, &key), TLS_E_INVALID_REQUEST);
	key.size = 64;
	assert_int_equal(tls_session_ticket_enable_server(s, &key), 0);
	assert_int_equal(tls_session_ticket_set_count(s, 17), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_ticket_set_count(s, 16), 0);
	assert_int_equal(tls_session_ticket_set_rotation(s, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_ticket_set_rotation(s, 0xffffffff), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_ticket_set_rotation(s, 60), 0);
	tls_deinit(s);
}

static tls_datum_t list_of(const struct resumed *r)
{
	tls_datum_t list;

	assert_int_equal(tls_session_ticket_key_list(&list, &r->seed, 21600, r->now), 0);
	return list;
}

static void use_list(struct resumed *r, struct duo *d)
{
	tls_datum_t list = list_of(r);

	assert_int_equal(tls_session_ticket_enable_server_list(d->server, &list), 0);
	tls_free(list.data);
}

static void use_old_list(struct resumed *r, struct duo *d)
{
	uint64_t now = r->now;

	r->now -= (uint64_t)10 * 86400 * 1000;
	use_list(r, d);
	r->now = now;
}

/* A host with the seed, and one that has no more than the keys of its days, resume each other's sessions. */
static void lists_of_keys_serve_as_the_seed_does(void **state)
{
	static const tls_protocol_t versions[] = {TLS_1_2, TLS_1_3};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct resumed r;

		resumed_init(&r, versions[i], RESUMED_TICKETS);
		assert_false(resumed_session(&r));
		r.set_up = use_list;
		assert_true(resumed_session(&r));
		r.set_up = NULL;
		assert_true(resumed_session(&r));
		/* nobody has brought new keys for days: full handshakes, and no tickets */
		r.set_up = use_old_list;
		assert_false(resumed_session(&r));
		assert_false(resumed_session(&r));
		r.set_up = NULL;
		assert_false(resumed_session(&r));
		resumed_clear(&r);
	}
}

static bool is_refused(struct resumed *r)
{
	struct duo d;
	bool refused;

	resumed_begin(r, &d);
	(void)resumed_connect(r, &d);
	refused = (tls_session_get_flags(d.server) & TLS_SFLAGS_NOT_RESUMED) != 0;
	assert_true(!refused || tls_session_is_resumed(d.server) == 0);
	duo_clear(&d);
	return refused;
}

static void servers_tell_of_tickets_they_refused(void **state)
{
	static const tls_protocol_t versions[] = {TLS_1_2, TLS_1_3};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct resumed r;

		resumed_init(&r, versions[i], RESUMED_TICKETS);
		assert_false(is_refused(&r)); /* nothing is offered */
		assert_false(is_refused(&r)); /* resumed */
		r.set_up = use_old_list;
		assert_true(is_refused(&r));
		resumed_clear(&r);
	}
}

static void lists_are_checked(void **state)
{
	tls_datum_t list, zeros = {.data = (unsigned char[64]){0}, .size = 64};
	struct resumed r;
	tls_session_t s;

	(void)state;
	resumed_init(&r, TLS_1_3, RESUMED_TICKETS);
	assert_int_equal(tls_session_ticket_key_list(&list, &zeros, 60, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_ticket_key_list(&list, &r.seed, 0, 0), TLS_E_INVALID_REQUEST);
	tls_mem_fail_at(1);
	assert_int_equal(tls_session_ticket_key_list(&list, &r.seed, 60, r.now), TLS_E_MEMORY_ERROR);
	tls_mem_fail_at(0);
	assert_int_equal(tls_init(&s, TLS_SERVER), 0);
	assert_int_equal(tls_session_ticket_enable_server_list(s, &zeros), TLS_E_INVALID_REQUEST);
	list = list_of(&r);
	assert_int_equal(tls_session_ticket_enable_server_list(s, &list), 0);
	/* the length of a rotation is the list's */
	assert_int_equal(tls_session_ticket_set_rotation(s, 60), 0);
	assert_int_equal(s->resumption->store->key.rotate, 21600);
	tls_deinit(s);
	assert_int_equal(tls_init(&s, TLS_CLIENT), 0);
	assert_int_equal(tls_session_ticket_enable_server_list(s, &list), TLS_E_INVALID_REQUEST);
	tls_deinit(s);
	tls_free(list.data);
	resumed_clear(&r);
}

/* Too late: the handshake is over, and nothing may be changed under it. */
static void established_sessions_are_left_alone(void **state)
{
	struct resumed r;
	struct duo d;

	(void)state;
	resumed_init(&r, TLS_1_3, RESUMED_TICKETS);
	resumed_begin(&r, &d);
	assert_false(resumed_connect(&r, &d));
	assert_int_equal(tls_session_ticket_enable_server(d.server, &r.seed), TLS_E_INVALID_REQUEST);
	tls_db_set_ptr(d.server, &r);
	assert_null(d.server->resumption->store);
	assert_int_equal(tls_session_set_data(d.client, r.data.data, r.data.size), TLS_E_INVALID_REQUEST);
	duo_clear(&d);
	/* nor in the middle of it */
	resumed_begin(&r, &d);
	assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
	assert_int_equal(tls_session_set_data(d.client, r.data.data, r.data.size), TLS_E_INVALID_REQUEST);
	duo_clear(&d);
	resumed_clear(&r);
}

static void server_id_is_the_same_for_life(void **state)
{
	unsigned char id[32];
	struct resumed r;
	tls_datum_t got;

	(void)state;
	resumed_init(&r, TLS_1_3, RESUMED_TICKETS);
	for (unsigned i = 0; i < 3; i++) {
		struct duo d;

		resumed_begin(&r, &d);
		assert_int_equal(resumed_connect(&r, &d), i > 0);
		assert_int_equal(tls_session_get_id2(d.server, &got), 0);
		assert_int_equal(got.size, 32);
		if (i > 0)
			assert_memory_equal(got.data, id, 32);
		memcpy(id, got.data, 32);
		duo_clear(&d);
	}
	resumed_clear(&r);
}

/* ---- Another handshake under way */

static struct tls_resume seen;

static int looks(tls_session_t s, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	tls_datum_t data;

	(void)htype;
	(void)when;
	(void)incoming;
	(void)msg;
	assert_int_equal(tls_session_get_data2(s, &data), 0);
	assert_int_equal(tls_resume_unpack(
			     &seen, tls_span(data.data, data.size), TLS_RESUME_CLIENT, tls_span(NULL, 0)), 0);
	tls_free(data.data);
	return 0;
}

/* The secret of one server doesn't go with the certificates that another one has shown and not proved yet. */
static void contract_D7_no_data_with_unproved_certificates_12_client(void **state)
{
	tls_certificate_credentials_t other = cred_new();
	tls_datum_t binding;
	struct resumed r;
	struct duo d;
	char byte;

	(void)state;
	assert_int_equal(cred_add_files(other, "p384.crt.pem", "p384.pkcs8.pem"), 0);
	resumed_init(&r, TLS_1_2, RESUMED_TICKETS);
	resumed_begin(&r, &d);
	d.client->flags |= TLS_ALLOW_RENEGOTIATION | TLS_ALLOW_ID_CHANGE;
	assert_false(resumed_connect(&r, &d));
	looks(d.client, 0, 0, 0, NULL);
	assert_int_equal(seen.version, TLS_1_2);
	assert_int_equal(tls_credentials_set(d.server, TLS_CRD_CERTIFICATE, other), 0);
	assert_int_equal(tls_rehandshake(d.server), 0);
	assert_int_equal(tls_record_recv(d.client, &byte, 1), TLS_E_REHANDSHAKE);
	assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
	assert_int_equal(tls_handshake(d.server), TLS_E_AGAIN);
	tls_handshake_set_hook_function(d.client, TLS_HANDSHAKE_SERVER_KEY_EXCHANGE, TLS_HOOK_PRE, looks);
	assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
	assert_int_equal(seen.version, 0);
	assert_int_equal(
	    tls_session_channel_binding(d.client, TLS_CB_TLS_SERVER_END_POINT, &binding), TLS_E_INVALID_REQUEST);
	duo_clear(&d);
	resumed_clear(&r);
	tls_certificate_free_credentials(other);
}

/* ---- OCSP */

static unsigned verify_flags;

static void judge_with_staple(struct resumed *r, struct duo *d)
{
	(void)r;
	tls_session_set_verify_cert(d->client, "ocsp.example", verify_flags);
	assert_int_equal(tls_ocsp_status_request_enable_client(d->client, NULL, 0, NULL), 0);
}

static void staples(struct resumed *r, const char *response)
{
	struct data der;
	tls_datum_t d;

	r->cred = cred_new();
	r->client_cred = cred_new();
	assert_int_equal(cred_add_files(r->cred, "ocsp-leaf.crt.pem", "p256.pkcs8.pem"), 0);
	data_read_der(&der, "ocsp-ca.crt.pem", 0);
	d = cred_datum(&der);
	assert_int_equal(tls_certificate_set_x509_trust_mem(r->client_cred, &d, TLS_X509_FMT_DER), 1);
	if (response == NULL)
		return;
	data_read(&der, response);
	d = cred_datum(&der);
	assert_int_equal(tls_certificate_set_ocsp_status_request_mem(r->cred, &d, 0, TLS_X509_FMT_DER), 0);
}

/* A resumed handshake shows no response: whoever requires one resumes only what had one. */
static void security_required_staples_are_never_missing(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		bool stapled = i >= 2;
		struct resumed r;
		struct duo d;

		resumed_init(&r, i % 2 == 0 ? TLS_1_2 : TLS_1_3, RESUMED_TICKETS);
		r.now = 1830000000000u;
		r.set_up = judge_with_staple;
		staples(&r, stapled ? "ocsp-good.der" : NULL);
		verify_flags = 0;
		assert_false(resumed_session(&r));
		assert_true(resumed_session(&r));
		verify_flags = TLS_VERIFY_REQUIRE_OCSP;
		resumed_begin(&r, &d);
		assert_int_equal(duo_handshake(&d), stapled);
		assert_int_equal(tls_session_is_resumed(d.client), stapled);
		assert_int_equal(d.client_err, stapled ? 0 : TLS_E_CERTIFICATE_STATUS_ERROR);
		duo_clear(&d);
		resumed_clear(&r);
		tls_certificate_free_credentials(r.cred);
		tls_certificate_free_credentials(r.client_cred);
	}
}

/* Functions without a result. */
static void lack_of_memory_ends_the_session(void **state)
{
	tls_session_t s;

	(void)state;
	assert_int_equal(tls_init(&s, TLS_SERVER), 0);
	tls_mem_fail_at(1);
	tls_db_set_ptr(s, s);
	assert_int_equal(tls_handshake(s), TLS_E_MEMORY_ERROR);
	tls_deinit(s);
}

static void no_memory_for_data(void **state)
{
	unsigned long n = 1;
	struct resumed r;
	struct duo d;

	(void)state;
	resumed_init(&r, TLS_1_3, RESUMED_TICKETS);
	resumed_begin(&r, &d);
	assert_false(resumed_connect(&r, &d));
	for (bool delivered = true; delivered; n++) {
		tls_datum_t data = {.data = NULL};
		int err;

		tls_mem_fail_at(n);
		err = tls_session_get_data2(d.client, &data);
		delivered = tls_mem_fail_left() == 0;
		tls_mem_fail_at(0);
		assert_int_equal(err, delivered ? TLS_E_MEMORY_ERROR : 0);
		assert_int_equal(data.data == NULL, delivered);
		tls_free(data.data);
	}
	assert_true(n > 3);
	duo_clear(&d);
	for (n = 1; n <= 3; n++) {
		tls_session_t client;

		assert_int_equal(tls_init(&client, TLS_CLIENT), 0);
		tls_mem_fail_at(n);
		assert_int_equal(
		    tls_session_set_data(client, r.data.data, r.data.size), TLS_E_MEMORY_ERROR);
		tls_deinit(client);
	}
	resumed_clear(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_are_generated),
	    cmocka_unit_test(calls_on_the_wrong_side_are_refused),
	    cmocka_unit_test(values_out_of_range_are_refused),
	    cmocka_unit_test(lists_of_keys_serve_as_the_seed_does),
	    cmocka_unit_test(lists_are_checked),
	    cmocka_unit_test(servers_tell_of_tickets_they_refused),
	    cmocka_unit_test(established_sessions_are_left_alone),
	    cmocka_unit_test(server_id_is_the_same_for_life),
	    cmocka_unit_test(contract_D7_no_data_with_unproved_certificates_12_client),
	    cmocka_unit_test(security_required_staples_are_never_missing),
	    cmocka_unit_test(lack_of_memory_ends_the_session),
	    cmocka_unit_test(no_memory_for_data),
	};

	return cmocka_run_group_tests_name("resumption", tests, NULL, NULL);
}
