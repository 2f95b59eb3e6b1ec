/* auth12_test.c - Certificate and Finished of TLS 1.2 as they come over the wire. RFC 5246 sections 7.4.2 and
 * 7.4.9. */
#include "unit.h"

#include <string.h>

#include "cred.h"
#include "tests/lib/pair.h"
#include "tls/error.h"

/* A client that stands at its Finished; verify_data: the right one. */
static void at_finished(struct pair *p, uint8_t verify_data[TLS_VERIFY_DATA_LEN])
{
	uint8_t h[TLS_HASH_MAX_LEN];

	pair_init12(p, NULL);
	pair_hold(p);
	peer12_key_exchange(&p->peer);
	peer12_ccs(&p->peer);
	tls_sched12_finished(
	    verify_data, &p->peer.sched12, false, scripted_hash(&p->peer.io, h));
}

static void wrong_finished(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 8 * TLS_VERIFY_DATA_LEN; bit++) {
		uint8_t data[TLS_VERIFY_DATA_LEN];
		struct pair p;

		at_finished(&p, data);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		peer_send_message(&p.peer, TLS_HANDSHAKE_FINISHED, data, sizeof(data));
		pair_refuses(&p, TLS_E_FINISHED_VERIFY_FAILED);
	}
}

static void finished_of_another_length(void **state)
{
	(void)state;
	for (unsigned len = 0; len <= 2 * TLS_VERIFY_DATA_LEN; len++) {
		uint8_t data[2 * TLS_VERIFY_DATA_LEN] = {0};
		struct pair p;

		if (len == TLS_VERIFY_DATA_LEN)
			continue;
		at_finished(&p, data);
		peer_send_message(&p.peer, TLS_HANDSHAKE_FINISHED, data, len);
		pair_refuses(&p, TLS_E_UNEXPECTED_PACKET_LENGTH);
	}
}

/* The server's own, given back. */
static void reflected_finished(void **state)
{
	uint8_t data[TLS_VERIFY_DATA_LEN], h[TLS_HASH_MAX_LEN];
	struct pair p;

	(void)state;
	at_finished(&p, data);
	tls_sched12_finished(data, &p.peer.sched12, true, scripted_hash(&p.peer.io, h));
	peer_send_message(&p.peer, TLS_HANDSHAKE_FINISHED, data, sizeof(data));
	pair_refuses(&p, TLS_E_FINISHED_VERIFY_FAILED);
}

static void the_right_one(void **state)
{
	uint8_t data[TLS_VERIFY_DATA_LEN];
	struct pair p;

	(void)state;
	at_finished(&p, data);
	peer_send_message(&p.peer, TLS_HANDSHAKE_FINISHED, data, sizeof(data));
	assert_int_equal(pair_run_handshake(&p), 0);
	assert_true(p.peer.done);
	assert_null(p.peer.wrong);
	pair_clear(&p);
}

/* The leaf that comes is the one that was loaded. */
static void certificate(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	tls_datum_t chain[4];
	unsigned n = 4;
	struct pair p;

	(void)state;
	assert_int_equal(cred_add_files(cred, "chain.crt.pem", "p256.pkcs8.pem"), 0);
	pair_init12(&p, cred);
	pair_connect(&p);
	assert_int_equal(tls_certificate_get_chain(cred, 0, chain, &n), 0);
	assert_int_equal(p.peer.leaf.len, chain[0].size);
	assert_memory_equal(p.peer.leaf.p, chain[0].data, chain[0].size);
	pair_clear(&p);
	tls_certificate_free_credentials(cred);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_finished),
		cmocka_unit_test(finished_of_another_length),
		cmocka_unit_test(reflected_finished),
		cmocka_unit_test(the_right_one),
		cmocka_unit_test(certificate),
	};

	return cmocka_run_group_tests_name("auth12", tests, NULL, NULL);
}
