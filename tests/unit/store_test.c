/* store_test.c - a server's store: databases that lie, forget and fail; seeds, rotation, lifetimes; what a session is
 * bound to. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/pair.h"
#include "tests/lib/resumed.h"
#include "tls/bytes/mem.h"
#include "tls/hs/store.h"
#include "tls/state.h"

static tls_protocol_t version;

static int set_12(void **state)
{
	(void)state;
	version = TLS_1_2;
	return 0;
}

static int set_13(void **state)
{
	(void)state;
	version = TLS_1_3;
	return 0;
}

static void init(struct resumed *r, enum resumed_store store)
{
	resumed_init(r, version, store);
	assert_false(resumed_session(r));
}

/* ---- Databases */

static void contract_D7_altered_records_are_full_handshakes(void **state)
{
	struct resumed r;

	(void)state;
	for (size_t at = 0; at < 240; at += 7) {
		init(&r, RESUMED_DATABASE);
		for (unsigned i = 0; i < r.n_db; i++)
			r.db[i].data.data[at % r.db[i].data.size] ^= 0x10;
		assert_false(resumed_session(&r));
		resumed_clear(&r);
	}
	for (unsigned cut = 0; cut < 240; cut += 7) {
		init(&r, RESUMED_DATABASE);
		for (unsigned i = 0; i < r.n_db; i++)
			r.db[i].data.size = cut < r.db[i].data.size ? cut : 0;
		assert_false(resumed_session(&r));
		resumed_clear(&r);
	}
}

/* Somebody else's record under the key that was asked for. */
static void contract_D7_records_of_another_key_are_full_handshakes(void **state)
{
	struct resumed r;
	tls_datum_t data;
	unsigned last;

	(void)state;
	init(&r, RESUMED_DATABASE);
	tls_free(r.data.data);
	r.data.data = NULL;
	assert_false(resumed_session(&r));
	last = r.n_db - 1;
	assert_true(last > 0);
	data = r.db[0].data;
	r.db[0].data = r.db[last].data;
	r.db[last].data = data;
	assert_false(resumed_session(&r));
	resumed_clear(&r);
}

static int fails(void *ptr, tls_datum_t key, tls_datum_t data)
{
	(void)ptr;
	(void)key;
	(void)data;
	return -1;
}

static void store_that_fails(struct resumed *r, struct duo *d)
{
	(void)r;
	tls_db_set_store_function(d->server, fails);
}

static void what_cannot_be_stored_is_not_resumed(void **state)
{
	struct resumed r;

	(void)state;
	resumed_init(&r, version, RESUMED_DATABASE);
	r.set_up = store_that_fails;
	assert_false(resumed_session(&r));
	r.set_up = NULL;
	assert_false(resumed_session(&r));
	assert_true(resumed_session(&r));
	resumed_clear(&r);
}

static tls_datum_t gives_much(void *ptr, tls_datum_t key)
{
	tls_datum_t d = {.data = tls_malloc(100000), .size = 100000};

	(void)ptr;
	(void)key;
	return d;
}

static void database_of_rubbish(struct resumed *r, struct duo *d)
{
	(void)r;
	tls_db_set_retrieve_function(d->server, gives_much);
}

static void rubbish_is_a_full_handshake(void **state)
{
	struct resumed r;

	(void)state;
	init(&r, RESUMED_DATABASE);
	r.set_up = database_of_rubbish;
	assert_false(resumed_session(&r));
	resumed_clear(&r);
}

/* ---- Keys */

static void another_seed(struct resumed *r, struct duo *d)
{
	unsigned char seed[64];
	tls_datum_t key = {.data = seed, .size = sizeof(seed)};

	memcpy(seed, r->seed.data, sizeof(seed));
	seed[63] ^= 1;
	assert_int_equal(tls_session_ticket_enable_server(d->server, &key), 0);
}

static void another_rotation(struct resumed *r, struct duo *d)
{
	(void)r;
	assert_int_equal(tls_session_ticket_set_rotation(d->server, 3600), 0);
}

static void security_ticket_key_of_others_opens_nothing(void **state)
{
	static void (*const cases[])(struct resumed *, struct duo *) = {another_seed, another_rotation};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct resumed r;

		init(&r, RESUMED_TICKETS);
		r.set_up = cases[i];
		assert_false(resumed_session(&r));
		assert_true(resumed_session(&r)); /* its own */
		resumed_clear(&r);
	}
}

/* What is left of a server's secrets when the handshake is done: nothing. */
static void seed_is_gone_with_the_handshake(void **state)
{
	struct resumed r;
	struct duo d;

	(void)state;
	resumed_init(&r, version, RESUMED_TICKETS);
	resumed_begin(&r, &d);
	assert_non_null(d.server->resumption->store);
	(void)resumed_connect(&r, &d);
	assert_null(d.server->resumption->store);
	assert_null(d.client->resumption->store);
	assert_null(d.server->resumption->kept);
	duo_clear(&d);
	resumed_clear(&r);
}

/* ---- Time */

/* SECURITY 2.4: however often it is resumed. */
static void chain_ends(enum resumed_store store, unsigned step, unsigned n_good)
{
	struct resumed r;

	resumed_init(&r, version, store);
	r.lifetime = 3600;
	assert_false(resumed_session(&r));
	for (unsigned i = 0; i < n_good; i++) {
		r.now += step * 1000;
		assert_true(resumed_session(&r));
	}
	r.now += step * 1000;
	assert_false(resumed_session(&r));
	resumed_clear(&r);
}

static void chain_of_resumptions_ends_with_the_first_lifetime(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		chain_ends(i == 0 ? RESUMED_TICKETS : RESUMED_DATABASE, 600, 5);
		chain_ends(i == 0 ? RESUMED_TICKETS : RESUMED_DATABASE, 3599, 1);
		chain_ends(i == 0 ? RESUMED_TICKETS : RESUMED_DATABASE, 3600, 0);
	}
}

/* SECURITY R14. */
static void limit_clock_skew_and_jumps(void **state)
{
	static const struct {
		int64_t jump; /* ms */
		bool resumed;
	} rows[] = {
	    {30000, true},
	    {-30000, true},
	    {-60000, true},
	    {-61000, false},
	    {3599000, true},
	    {3600000, false},
	    {-315360000000, false},
	    {315360000000, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct resumed r;

		resumed_init(&r, version, RESUMED_TICKETS);
		r.lifetime = 3600;
		assert_false(resumed_session(&r));
		r.now += (uint64_t)rows[i].jump;
		assert_int_equal(resumed_session(&r), rows[i].resumed);
		resumed_clear(&r);
	}
}

static uint64_t other_clock(void *ptr)
{
	return *(uint64_t *)ptr + 61000;
}

static void server_is_ahead(struct resumed *r, struct duo *d)
{
	tls_session_set_clock_function(d->server, other_clock, &r->now);
}

/* The client's age is believed as far as it fits: here its clock stood still. */
static void ages_that_do_not_fit_are_full_handshakes(void **state)
{
	struct resumed r;

	(void)state;
	init(&r, RESUMED_TICKETS);
	r.set_up = server_is_ahead;
	assert_false(resumed_session(&r));
	assert_true(resumed_session(&r)); /* both have the same lead now */
	resumed_clear(&r);
}

/* The lifetime that the server has now counts, too. */
static void shorter_lifetime_counts_at_once(void **state)
{
	struct resumed r;

	(void)state;
	resumed_init(&r, version, RESUMED_TICKETS);
	r.lifetime = 3600;
	assert_false(resumed_session(&r));
	r.lifetime = 60;
	r.now += 60000;
	assert_false(resumed_session(&r));
	r.lifetime = -1;
	assert_false(resumed_session(&r));
	assert_false(resumed_session(&r));
	resumed_clear(&r);
}

/* ---- The binding */

static void mode_request(struct resumed *r, struct duo *d)
{
	(void)r;
	tls_certificate_server_set_request(d->server, TLS_CERT_REQUEST);
}

static void other_protocols(struct resumed *r, struct duo *d)
{
	tls_datum_t h2 = {.data = (unsigned char *)(uintptr_t)"h2", .size = 2};

	(void)r;
	assert_int_equal(tls_alpn_set_protocols(d->server, &h2, 1, 0), 0);
}

static void chosen_protocol(struct resumed *r, struct duo *d)
{
	other_protocols(r, d);
	assert_int_equal(tls_alpn_set_protocols(d->client,
	                     &(tls_datum_t){.data = (unsigned char *)(uintptr_t)"h2", .size = 2}, 1, 0),
	    0);
}

static void other_context(struct resumed *r, struct duo *d)
{
	(void)r;
	assert_int_equal(tls_session_set_resumption_context(d->server, "service b", 9), 0);
}

static void other_certificate(struct resumed *r, struct duo *d)
{
	static tls_certificate_credentials_t cred;
	static const char *const names[] = {"localhost"};

	(void)r;
	if (cred == NULL) {
		assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
		assert_int_equal(tls_certificate_set_self_signed(cred, names, 1, 1700000000, 30), 0);
	}
	assert_int_equal(tls_credentials_set(d->server, TLS_CRD_CERTIFICATE, cred), 0);
}

static void resumption_is_bound_to_what_decided(void **state)
{
	static void (*const cases[])(struct resumed *, struct duo *) = {
	    mode_request, other_protocols, chosen_protocol, other_context, other_certificate};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned k = 0; k < 2; k++) {
			struct resumed r;

			init(&r, k == 0 ? RESUMED_TICKETS : RESUMED_DATABASE);
			r.set_up = cases[i];
			assert_false(resumed_session(&r));
			assert_true(resumed_session(&r)); /* with itself */
			r.set_up = NULL;
			assert_false(resumed_session(&r));
			resumed_clear(&r);
		}
	}
}

/* ---- Client certificates */

static int requires_later(tls_session_t s, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	(void)htype;
	(void)when;
	(void)incoming;
	(void)msg;
	tls_certificate_server_set_request(s, TLS_CERT_REQUIRE);
	return 0;
}

static void request_that_comes_too_late(struct resumed *r, struct duo *d)
{
	(void)r;
	tls_handshake_set_hook_function(d->server, TLS_HANDSHAKE_FINISHED, TLS_HOOK_BOTH, requires_later);
}

/* Whatever a session was bound to when its ticket was made: without a certificate it is none for a server that
 * requires one. */
static void security_required_certificates_are_never_missing(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		struct resumed r;
		struct duo d;

		resumed_init(&r, version, k == 0 ? RESUMED_TICKETS : RESUMED_DATABASE);
		r.set_up = request_that_comes_too_late;
		assert_false(resumed_session(&r));
		r.set_up = NULL;
		r.request = TLS_CERT_REQUIRE;
		resumed_begin(&r, &d);
		assert_false(duo_handshake(&d));
		assert_int_equal(d.server_err, version == TLS_1_2 ? TLS_E_NO_PEER_CERTIFICATE : TLS_E_CERTIFICATE_REQUIRED);
		duo_clear(&d);
		resumed_clear(&r);
	}
}

#define BOTH(f) {#f "_12_server", f, set_12, NULL, NULL}, {#f "_13_server", f, set_13, NULL, NULL}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(contract_D7_altered_records_are_full_handshakes),
	    BOTH(contract_D7_records_of_another_key_are_full_handshakes),
	    BOTH(what_cannot_be_stored_is_not_resumed),
	    BOTH(rubbish_is_a_full_handshake),
	    BOTH(security_ticket_key_of_others_opens_nothing),
	    BOTH(seed_is_gone_with_the_handshake),
	    BOTH(chain_of_resumptions_ends_with_the_first_lifetime),
	    BOTH(limit_clock_skew_and_jumps),
	    cmocka_unit_test_setup(ages_that_do_not_fit_are_full_handshakes, set_13),
	    BOTH(shorter_lifetime_counts_at_once),
	    BOTH(resumption_is_bound_to_what_decided),
	    BOTH(security_required_certificates_are_never_missing),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
