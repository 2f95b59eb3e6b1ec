/* keys12_test.c - which keys each direction has at each point of a handshake of TLS 1.2. RFC 5246 sections 6.3 and
 * 7.1, RFC 7627 section 3. */
#include "unit.h"

#include <string.h>

#include "tests/lib/pair.h"
#include "tls/error.h"
#include "tls/hs/hs.h"
#include "tls/state.h"

static bool holds(const struct tls_half *half, const struct tls_keys12 *keys, const struct tls_suite *suite)
{
	return half->suite == suite &&
	    memcmp(half->key, keys->key, tls_aead_key_len(suite->aead)) == 0 &&
	    memcmp(half->iv, keys->iv, tls_record_iv12_len(suite->aead)) == 0;
}

/* Reading changes behind the client's change_cipher_spec, writing behind ours, nothing before. */
static void each_direction_in_its_time(void **state)
{
	static const uint16_t suites[] = {0xc02b, 0xc02c, 0xcca9};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct pair p;

		pair_init12(&p, NULL);
		p.peer.suites[0] = suites[i];
		p.peer.n_suites = 1;
		pair_hold(&p);
		peer12_key_exchange(&p.peer);
		assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
		assert_null(p.server->rd.suite);
		assert_null(p.server->wr.suite);
		peer12_ccs(&p.peer);
		assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
		assert_true(holds(&p.server->rd, &p.peer.c_keys, p.peer.chosen));
		assert_null(p.server->wr.suite);
		peer12_finished(&p.peer);
		assert_int_equal(tls_handshake(p.server), 0);
		assert_true(holds(&p.server->rd, &p.peer.c_keys, p.peer.chosen));
		assert_true(holds(&p.server->wr, &p.peer.s_keys, p.peer.chosen));
		/* one record of each side, its Finished */
		assert_int_equal(p.server->rd.seq, 1);
		assert_int_equal(p.server->wr.seq, 1);
		pair_clear(&p);
	}
}

/* The secret of the key exchange is gone when the master secret is there. */
static void premaster_is_wiped(void **state)
{
	static const uint8_t zero[TLS_GROUP_SECRET_MAX_LEN];
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	pair_hold(&p);
	peer12_key_exchange(&p.peer);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	assert_memory_equal(p.server->hs->secret, zero, sizeof(zero));
	assert_memory_equal(p.server->hs->group_key.private_key, zero, TLS_GROUP_PRIVATE_MAX_LEN);
	assert_memory_equal(p.server->hs->sched12.master, p.peer.sched12.master, TLS_MASTER_LEN);
	pair_clear(&p);
}

static int refuse(tls_session_t s, const char *label, const tls_datum_t *secret)
{
	(void)s;
	(void)label;
	(void)secret;
	return TLS_E_INTERNAL_ERROR;
}

static void key_log_that_fails(void **state)
{
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	tls_session_set_keylog_function(p.server, refuse);
	pair_refused(&p, pair_handshake(&p), TLS_E_INTERNAL_ERROR);
	pair_clear(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_direction_in_its_time),
		cmocka_unit_test(premaster_is_wiped),
		cmocka_unit_test(key_log_that_fails),
	};

	return cmocka_run_group_tests_name("keys12", tests, NULL, NULL);
}
