/* flight_test.c - a server's flight that is longer than the wire buffer, and a blocking transport
 * with a time limit. CONTRACT H1, H2, H8. */
#include "unit.h"

#include <string.h>

#include "tests/lib/pair.h"
#include "tls/hs/hs.h"

#define N_CHAIN 13
#define CERT_LEN 5200 /* twelve of them fill the wire buffer, and the message stays below 64 KiB   \
		       */

/* A hello without shares is answered with a retry; then the chosen chain gets longer: the real
 * leaf, and bytes of no meaning behind it, which the client here doesn't read. */
static void with_long_chain(struct pair *p, struct tls_cred_entry *entry, struct tls_span *chain)
{
	static uint8_t junk[CERT_LEN];

	pair_init(p, NULL);
	p->peer.n_shares = 0;
	p->peer.record_size_limit = 100;
	peer_hello(&p->peer);
	assert_int_equal(tls_handshake(p->server), TLS_E_AGAIN);
	*entry = *p->server->hs->choice.entry;
	chain[0] = entry->chain[0];
	for (unsigned i = 1; i < N_CHAIN; i++)
		chain[i] = tls_span(junk, sizeof(junk));
	entry->chain = chain;
	entry->n_chain = N_CHAIN;
	p->server->hs->choice.entry = entry;
}

static void shakes_hands(struct pair *p)
{
	uint8_t byte;

	assert_int_equal(pair_run_handshake(p), 0);
	peer_run(&p->peer);
	assert_null(p->peer.wrong);
	assert_true(p->peer.done);
	peer_send_record(&p->peer, 23, "x", 1);
	assert_int_equal(pair_recv(p, &byte, 1), 1);
	pair_clear(p);
}

static void longer_than_the_buffer(void **state)
{
	struct tls_cred_entry entry;
	struct tls_span chain[N_CHAIN];
	struct pair p;

	(void)state;
	with_long_chain(&p, &entry, chain);
	shakes_hands(&p);
}

static void longer_and_interrupted(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		struct tls_cred_entry entry;
		struct tls_span chain[N_CHAIN];
		struct pair p;

		with_long_chain(&p, &entry, chain);
		p.wire.again_percent = 50;
		p.wire.max_piece = i % 2 == 0 ? 0 : 3000;
		shakes_hands(&p);
	}
}

/* The transport takes nothing: it waits to write, holds one buffer, and goes on where it stopped.
 */
static void longer_and_blocked(void **state)
{
	struct tls_cred_entry entry;
	struct tls_span chain[N_CHAIN];
	struct pair p;

	(void)state;
	with_long_chain(&p, &entry, chain);
	peer_run(&p.peer);
	p.wire.s2c.window = 1000;
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(p.server), 1);
		assert_int_equal(tls_workspace_lent(p.server->ws), 1);
	}
	shakes_hands(&p);
}

/* ---- A transport that blocks: the pull function is called when the other one says there is input
 */

static struct {
	uint64_t now;
	int result;
	unsigned calls, ms;
} fake;

static uint64_t now(void *ptr)
{
	(void)ptr;
	return fake.now;
}

static int wait_for_input(tls_transport_ptr_t ptr, unsigned ms)
{
	(void)ptr;
	fake.calls++;
	fake.ms = ms;
	return fake.result;
}

static const struct {
	int result; /* of the wait */
	int err;
	unsigned calls;
} waits[] = {
    {1, TLS_E_AGAIN, 2},
    {0, TLS_E_TIMEDOUT, 1},
    {-1, TLS_E_PULL_ERROR, 1},
};

static void blocking(struct pair *p)
{
	pair_init(p, NULL);
	tls_deinit(p->server);
	assert_int_equal(tls_init(&p->server, TLS_SERVER), 0);
	tls_transport_set_ptr(p->server, &p->wire);
	tls_transport_set_pull_function(p->server, wire_pull);
	tls_transport_set_push_function(p->server, wire_push);
	tls_transport_set_pull_timeout_function(p->server, wait_for_input);
	tls_session_set_time_function(p->server, now, NULL);
	tls_handshake_set_timeout(p->server, 500);
	assert_int_equal(
	    tls_credentials_set(p->server, TLS_CRD_CERTIFICATE, pair_credentials()), 0);
	fake.now = 1000;
	fake.calls = 0;
}

static void contract_H8_blocking_transport_13_server(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		struct pair p;

		blocking(&p);
		fake.result = waits[i].result;
		peer_send_plain_record(&p.peer, 22, "\1", 1);
		assert_int_equal(tls_handshake(p.server), waits[i].err);
		assert_int_equal(fake.calls, waits[i].calls);
		assert_int_equal(fake.ms, 500);
		if (waits[i].err != TLS_E_AGAIN)
			assert_int_equal(tls_handshake(p.server), waits[i].err);
		pair_clear(&p);
	}
}

/* The limit is one for the whole handshake, whatever comes in between. */
static void contract_H8_a_byte_at_a_time_13_server(void **state)
{
	struct pair p;

	(void)state;
	blocking(&p);
	fake.result = 1;
	peer_send_raw(&p.peer, "\x16\3\1", 3);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	fake.now += 499;
	peer_send_raw(&p.peer, "\1", 1);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	assert_int_equal(fake.ms, 1);
	fake.now += 1;
	peer_send_raw(&p.peer, "\1", 1);
	fake.calls = 0;
	assert_int_equal(tls_handshake(p.server), TLS_E_TIMEDOUT);
	assert_int_equal(fake.calls, 0);
	pair_clear(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(longer_than_the_buffer),
	    cmocka_unit_test(longer_and_interrupted),
	    cmocka_unit_test(longer_and_blocked),
	    cmocka_unit_test(contract_H8_blocking_transport_13_server),
	    cmocka_unit_test(contract_H8_a_byte_at_a_time_13_server),
	};

	return cmocka_run_group_tests_name("flight", tests, NULL, NULL);
}
