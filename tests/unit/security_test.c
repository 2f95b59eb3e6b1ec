/* security_test.c - attacks that others fell for, as far as a TLS 1.3 server can meet them: records in the
 * wrong place, messages across a change of keys, buffers that move, no memory at any point. */
#include "unit.h"

#include <string.h>

#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/limits.h"
#include "tls/state.h"

static uint8_t buf[1000];

/* ---- change_cipher_spec at every position (CVE-2014-0224) */

static const uint8_t ccs[] = {20, 3, 3, 0, 1, 1};

/* How far a client is when its CCS arrives, in order. */
enum place {
	BEFORE_HELLO, IN_HELLO, AFTER_HELLO, /* before a HelloRetryRequest, and behind its hello */
	IN_SECOND_HELLO, AFTER_SECOND_HELLO, IN_FINISHED, AFTER_FINISHED, IN_KEY_UPDATE, N_PLACES
};

/* Sends the first byte of a message, and leaves the rest out: it must not get so far. */
static void half(struct peer *p, uint8_t type)
{
	peer_send_record(p, 22, &type, 1);
}

static void arrive(struct pair *p, enum place place)
{
	pair_init(p, NULL);
	p->peer.n_shares = 0;
	p->peer.hold_finished = true;
	if (place == BEFORE_HELLO)
		return;
	if (place == IN_HELLO) {
		half(&p->peer, TLS_HANDSHAKE_CLIENT_HELLO);
		return;
	}
	peer_hello(&p->peer);
	assert_int_equal(tls_handshake(p->server), TLS_E_AGAIN);
	if (place == AFTER_HELLO)
		return;
	if (place == IN_SECOND_HELLO) {
		half(&p->peer, TLS_HANDSHAKE_CLIENT_HELLO);
		return;
	}
	assert_int_equal(pair_run_handshake(p), TLS_E_AGAIN);
	assert_true(p->peer.got_hello);
	if (place == AFTER_SECOND_HELLO)
		return;
	if (place == IN_FINISHED) {
		half(&p->peer, TLS_HANDSHAKE_FINISHED);
		return;
	}
	peer_finish(&p->peer);
	assert_int_equal(pair_run_handshake(p), 0);
	if (place == IN_KEY_UPDATE)
		half(&p->peer, TLS_HANDSHAKE_KEY_UPDATE);
}

/* What the server makes of it, whatever state it is in. */
static int result(struct pair *p)
{
	int err = pair_run_handshake(p);

	return err == 0 ? (int)pair_recv(p, buf, sizeof(buf)) : err;
}

static void security_early_ccs_at_every_place_13_server(void **state)
{
	(void)state;
	for (unsigned place = 0; place < N_PLACES; place++) {
		bool lawful = place == AFTER_HELLO || place == AFTER_SECOND_HELLO;
		struct pair p;

		arrive(&p, (enum place)place);
		peer_send_raw(&p.peer, ccs, sizeof(ccs));
		if (lawful) {
			assert_int_equal(result(&p), TLS_E_AGAIN);
			peer_finish(&p.peer);
			assert_int_equal(pair_run_handshake(&p), 0);
		} else {
			assert_int_equal(tls_error_alert(result(&p)), TLS_ALERT_UNEXPECTED_MESSAGE);
		}
		pair_clear(&p);
		/* protected, or the same byte in a record of another length: nowhere */
		for (unsigned i = 0; i < 2; i++) {
			arrive(&p, (enum place)place);
			if (i == 0 && p.peer.io.wr.suite == NULL)
				peer_send_raw(&p.peer, "\x14\3\3\0\2\1\1", 7);
			else if (i == 0)
				peer_send_record(&p.peer, 20, "\1", 1);
			else
				peer_send_raw(&p.peer, "\x14\3\3\0\0", 5);
			assert_int_equal(tls_error_alert(result(&p)), TLS_ALERT_UNEXPECTED_MESSAGE);
			pair_clear(&p);
		}
	}
}

/* ---- Messages across a change of keys (rustls CVE-2024-11738) */

static void security_key_change_second_hello_13_server(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	p.peer.n_shares = 0;
	p.peer.hold_finished = true;
	peer_hello(&p.peer);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	peer_run(&p.peer); /* the second hello is on the wire, in one record: one byte more */
	p.wire.c2s.p[p.wire.c2s.start + 4] += 1;
	assert_int_not_equal(p.wire.c2s.p[p.wire.c2s.start + 4], 0);
	peer_send_raw(&p.peer, "\x14", 1);
	pair_refuses(&p, TLS_E_MESSAGE_CROSSES_KEY_CHANGE);
}

static void security_key_change_finished_13_server(void **state)
{
	uint8_t two[4 + 32 + 5] = {TLS_HANDSHAKE_FINISHED, 0, 0, 32};
	uint8_t h[TLS_HASH_MAX_LEN];
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_hold(&p);
	tls_sched13_finished(two + 4, p.peer.chosen->hash, &p.peer.c_hs,
	    scripted_hash(&p.peer.io, h));
	memcpy(two + 36, "\x18\0\0\1\0", 5);
	peer_send_record(&p.peer, 22, two, sizeof(two));
	pair_refuses(&p, TLS_E_MESSAGE_CROSSES_KEY_CHANGE);
}

/* ---- Hellos of the greatest size, in pieces, twice (GnuTLS CVE-2021-20231) */

static void security_hello_overflow_greatest_hellos_13_server(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct pair p;

		pair_init(&p, NULL);
		p.peer.n_extra = 64 - 5;
		p.peer.extra_len = 265;
		p.peer.n_shares = i % 2;
		p.peer.cut = i < 2 ? 1 : 700; /* what was received moves as it grows */
		pair_connect(&p);
		assert_true(p.peer.hello.len > 15000 && p.peer.hello.len <= TLS_LIMIT_HELLO_LEN + 4);
		assert_int_equal(p.peer.retry, i % 2 == 0);
		pair_clear(&p);
	}
}

static void one_extension_too_many(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	p.peer.n_extra = 64 - 4;
	pair_refused(&p, pair_handshake(&p), TLS_E_UNEXPECTED_PACKET_LENGTH);
	pair_clear(&p);
}

/* ---- No memory, at any point of a whole session */

static unsigned long left;

static void arm(void)
{
	tls_mem_fail_at(left);
}

static int disarm(ssize_t n)
{
	left = tls_mem_fail_left();
	tls_mem_fail_at(0);
	return (int)n;
}

/* The server's calls of a session with a HelloRetryRequest, data and KeyUpdate each way, and its end: the
 * first result that is no success. */
static int whole_session(struct pair *p)
{
	int err = TLS_E_AGAIN;

	peer_hello(&p->peer);
	for (unsigned i = 0; i < 50 && err == TLS_E_AGAIN; i++) {
		arm();
		err = disarm(tls_handshake(p->server));
		peer_run(&p->peer);
	}
	if (err != 0)
		return err;
	peer_key_update(&p->peer, true);
	peer_send_record(&p->peer, 23, buf, 500);
	peer_send_record(&p->peer, 22, "\x18", 1);
	p->wire.s2c.window = wire_len(&p->wire.s2c) + 10;
	arm();
	err = disarm(tls_record_recv(p->server, buf, 100));
	if (err < 0)
		return err;
	arm();
	err = disarm((ssize_t)tls_record_check_pending(p->server));
	arm();
	err = disarm(tls_record_recv(p->server, buf, sizeof(buf)));
	if (err < 0)
		return err;
	arm();
	err = disarm(tls_record_send(p->server, buf, sizeof(buf)));
	if (err != TLS_E_AGAIN)
		return err;
	arm();
	err = disarm(tls_bye(p->server, TLS_SHUT_WR));
	if (err != TLS_E_AGAIN)
		return err;
	arm(); /* an error behind data is told now */
	err = disarm(tls_record_recv(p->server, buf, sizeof(buf)));
	return err == TLS_E_AGAIN ? 0 : err;
}

static void every_allocation_of_a_session_may_fail(void **state)
{
	unsigned n_failed = 0;
	bool failed = true;

	(void)state;
	pair_credentials();
	for (unsigned long n = 1; failed; n++) {
		struct pair p;
		int err;

		pair_init(&p, NULL);
		p.peer.n_shares = 0;
		p.peer.alpn = "\x02h2";
		left = n;
		err = whole_session(&p);
		failed = left == 0;
		n_failed += failed;
		assert_int_equal(err, failed ? TLS_E_MEMORY_ERROR : 0);
		if (failed) {
			assert_int_equal(tls_record_recv(p.server, buf, 1), TLS_E_MEMORY_ERROR);
			assert_int_equal(tls_handshake(p.server), TLS_E_MEMORY_ERROR);
		}
		pair_clear(&p);
	}
	assert_true(n_failed > 20);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(security_early_ccs_at_every_place_13_server),
		cmocka_unit_test(security_key_change_second_hello_13_server),
		cmocka_unit_test(security_key_change_finished_13_server),
		cmocka_unit_test(security_hello_overflow_greatest_hellos_13_server),
		cmocka_unit_test(one_extension_too_many),
		cmocka_unit_test(every_allocation_of_a_session_may_fail),
	};

	return cmocka_run_group_tests_name("security", tests, NULL, NULL);
}
