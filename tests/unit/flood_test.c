/* flood_test.c - what a peer can make the core do at most: records without progress, work and memory that
 * it only announces. Work is counted in records that were looked at, so that no clock is needed. */
#include "unit.h"

#include <malloc.h>
#include <string.h>

#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/hs/hs.h"
#include "tls/limits.h"
#include "tls/state.h"

#define MILLION 1000000

static uint8_t buf[20000];

/* Records of len bytes each that the server has taken since c2s held before bytes. */
static size_t n_taken(const struct pair *p, uint64_t before, size_t len)
{
	const struct tls_input *in = &p->server->in;

	return (size_t)(p->wire.c2s.total - before - wire_len(&p->wire.c2s) - (in->end - in->start)) / len;
}

/* More of what c2s ends with, up to a million records: those behind the limit are never opened. */
static void up_to_a_million(struct pair *p, unsigned n, size_t len)
{
	uint8_t rec[64];

	assert_true(len <= sizeof(rec));
	memcpy(rec, p->wire.c2s.p + p->wire.c2s.end - len, len);
	for (; n < MILLION; n++)
		wire_put(&p->wire.c2s, rec, len);
}

static const uint8_t ccs[] = {20, 3, 3, 0, 1, 1}, warning[] = {21, 3, 3, 0, 2, 1, TLS_ALERT_USER_CANCELED};

static void security_record_flood_of_ccs_13_server(void **state)
{
	uint64_t before;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_hold(&p);
	before = p.wire.c2s.total;
	wire_put(&p.wire.c2s, ccs, sizeof(ccs));
	up_to_a_million(&p, 1, sizeof(ccs));
	pair_refused(&p, tls_handshake(p.server), TLS_E_UNEXPECTED_CCS);
	assert_int_equal(n_taken(&p, before, sizeof(ccs)), TLS_LIMIT_CCS + 1);
	pair_clear(&p);
}

static void security_record_flood_of_alerts_13_server(void **state)
{
	struct pair p;
	int err;

	(void)state;
	pair_init(&p, NULL);
	wire_put(&p.wire.c2s, warning, sizeof(warning));
	up_to_a_million(&p, 1, sizeof(warning));
	do
		err = tls_handshake(p.server);
	while (err == TLS_E_WARNING_ALERT_RECEIVED);
	pair_refused(&p, err, TLS_E_TOO_MANY_ALERTS);
	assert_int_equal(n_taken(&p, 0, sizeof(warning)), TLS_LIMIT_WARNING_ALERTS + 1);
	pair_clear(&p);
}

/* Each alert ends a call of tls_record_recv, and all that was read ahead is moved twice: data between
 * them must not make that free of charge. */
static void security_record_flood_alerts_among_data_13_server(void **state)
{
	ssize_t n = 0;
	unsigned n_data = 0;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	for (unsigned i = 0; i < 1000; i++) {
		peer_send_record(&p.peer, 23, "x", 1);
		peer_send_record(&p.peer, 21, warning + 5, 2);
	}
	while (n >= 0 || n == TLS_E_WARNING_ALERT_RECEIVED) {
		n = tls_record_recv(p.server, buf, sizeof(buf));
		n_data += n > 0;
	}
	assert_int_equal(n, TLS_E_TOO_MANY_ALERTS);
	assert_int_equal(n_data, TLS_LIMIT_WARNING_ALERTS + 1);
	pair_clear(&p);
}

static void security_record_flood_empty_records_13_server(void **state)
{
	uint64_t before;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	before = p.wire.c2s.total;
	for (unsigned i = 0; i < TLS_LIMIT_EMPTY_RECORDS + 1; i++)
		peer_send_record(&p.peer, 23, "", 0);
	up_to_a_million(&p, TLS_LIMIT_EMPTY_RECORDS + 1, 22);
	assert_int_equal(tls_record_recv(p.server, buf, sizeof(buf)), TLS_E_TOO_MANY_EMPTY_PACKETS);
	assert_int_equal(n_taken(&p, before, 22), TLS_LIMIT_EMPTY_RECORDS + 1);
	pair_clear(&p);
}

/* KeyUpdates and empty records in turn: neither counts as progress for the other. */
static void security_key_update_flood_and_empty_records_13_server(void **state)
{
	uint64_t before;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	before = p.wire.c2s.total;
	for (unsigned i = 0; i < 100; i++) {
		peer_key_update(&p.peer, true);
		peer_send_record(&p.peer, 23, "", 0);
	}
	assert_int_equal(tls_record_recv(p.server, buf, sizeof(buf)), TLS_E_TOO_MANY_KEY_UPDATES);
	assert_int_equal(n_taken(&p, before, 22 + 27), TLS_LIMIT_KEY_UPDATES);
	pair_clear(&p);
}

/* 100,000 requests with data between them while the client reads nothing: one answer, one buffer. */
static void security_key_update_flood_among_data_13_server(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	p.wire.s2c.window = 1;
	wire_put(&p.wire.s2c, "x", 1);
	for (unsigned i = 0; i < 100000; i++) {
		peer_key_update(&p.peer, true);
		peer_send_record(&p.peer, 23, "x", 1);
		assert_int_equal(tls_record_recv(p.server, buf, sizeof(buf)), 1);
		assert_int_equal(tls_record_send(p.server, NULL, 0), TLS_E_AGAIN);
		assert_int_equal(p.server->messages.cap, 0);
		assert_int_equal(tls_workspace_lent(p.server->ws), 1);
	}
	pair_clear(&p);
}

/* ---- tls_bye */

struct endless {
	struct pair *p;
	unsigned n_pulls;
};

/* A client that has always more to send. */
static ssize_t endless_pull(void *ptr, void *data, size_t len)
{
	struct endless *e = ptr;

	if (++e->n_pulls > 1000)
		fail_msg("one call reads for ever");
	if (wire_len(&e->p->wire.c2s) < len)
		for (unsigned i = 0; i < 5; i++)
			peer_send_record(&e->p->peer, 23, buf, 16384);
	return (ssize_t)wire_get(&e->p->wire.c2s, data, len);
}

static void bye_to_a_client_that_never_stops(void **state)
{
	struct pair p;
	struct endless e = {&p, 0};

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	tls_transport_set_ptr2(p.server, &e, &p.wire);
	tls_transport_set_pull_function(p.server, endless_pull);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(tls_bye(p.server, TLS_SHUT_RDWR), TLS_E_INTERRUPTED);
	assert_true(e.n_pulls < 100);
	peer_close(&p.peer);
	tls_transport_set_ptr(p.server, &p.wire);
	tls_transport_set_pull_function(p.server, wire_pull);
	while (tls_bye(p.server, TLS_SHUT_RDWR) == TLS_E_INTERRUPTED)
		;
	assert_int_equal(tls_bye(p.server, TLS_SHUT_RDWR), 0);
	pair_clear(&p);
}

/* ---- Memory that is only announced */

#define N_SESSIONS 1000
#define SESSION_MAX 8192
#define CLIENT_MORE 5120 /* ML-KEM's private key, and the hello: for the transcript, and on the wire */

/* Bytes that this session holds, from its own figures. */
static size_t held(tls_session_t s)
{
	return sizeof(*s) + (s->hs != NULL ? sizeof(*s->hs) : 0) + s->in.stash_cap + s->messages.cap;
}

/* SECURITY 2.1, declared-length allocation: a record header for 16 KiB, and a message header for as much. */
static tls_session_t waiting(struct wire *w, unsigned role, tls_workspace_t ws)
{
	tls_session_t s;

	assert_int_equal(tls_init(&s, role | TLS_NONBLOCK), 0);
	assert_int_equal(tls_session_set_workspace(s, ws), 0);
	tls_transport_set_ptr(s, w);
	tls_transport_set_pull_function(s, role == TLS_SERVER ? wire_pull : wire_client_pull);
	tls_transport_set_push_function(s, role == TLS_SERVER ? wire_push : wire_client_push);
	assert_int_equal(tls_credentials_set(s, TLS_CRD_CERTIFICATE, pair_credentials()), 0);
	return s;
}

/* A record, a message in it, a message alone; hello: the message that is awaited. */
static void announced(unsigned role, uint8_t hello)
{
	const uint8_t headers[][9] = {{22, 3, 1, 0x40, 0}, {22, 3, 1, 0x40, 0, hello, 0, 0x40, 0},
	    {22, 3, 1, 0, 4, hello, 0, 0x40, 0}};
	static const size_t len[] = {5, 9, 9};
	static struct wire wires[N_SESSIONS];
	static tls_session_t sessions[N_SESSIONS];
	struct mallinfo2 before;
	tls_workspace_t ws;

	pair_credentials();
	assert_int_equal(tls_workspace_init(&ws, 0), 0);
	for (unsigned i = 0; i < N_SESSIONS; i++) {
		wire_init(&wires[i]);
		wire_put(role == TLS_SERVER ? &wires[i].c2s : &wires[i].s2c, headers[i % 3], len[i % 3]);
	}
	before = mallinfo2();
	for (unsigned i = 0; i < N_SESSIONS; i++) {
		sessions[i] = waiting(&wires[i], role, ws);
		assert_int_equal(tls_handshake(sessions[i]), TLS_E_AGAIN);
		assert_true(held(sessions[i]) < SESSION_MAX);
	}
	/* the allocator's own figure (a sanitizer's says 0) */
	assert_true(mallinfo2().uordblks - before.uordblks < (size_t)N_SESSIONS * (SESSION_MAX + (role == TLS_CLIENT ? CLIENT_MORE : 0u)));
	for (unsigned i = 0; i < N_SESSIONS; i++) {
		tls_deinit(sessions[i]);
		wire_clear(&wires[i]);
	}
	tls_workspace_deinit(ws);
}

static void security_declared_length_costs_nothing_server(void **state)
{
	(void)state;
	announced(TLS_SERVER, TLS_HANDSHAKE_CLIENT_HELLO);
}

static void security_declared_length_costs_nothing_client(void **state)
{
	(void)state;
	announced(TLS_CLIENT, TLS_HANDSHAKE_SERVER_HELLO);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(security_record_flood_of_ccs_13_server),
		cmocka_unit_test(security_record_flood_of_alerts_13_server),
		cmocka_unit_test(security_record_flood_alerts_among_data_13_server),
		cmocka_unit_test(security_record_flood_empty_records_13_server),
		cmocka_unit_test(security_key_update_flood_and_empty_records_13_server),
		cmocka_unit_test(security_key_update_flood_among_data_13_server),
		cmocka_unit_test(bye_to_a_client_that_never_stops),
		cmocka_unit_test(security_declared_length_costs_nothing_server),
		cmocka_unit_test(security_declared_length_costs_nothing_client),
	};

	return cmocka_run_group_tests_name("flood", tests, NULL, NULL);
}
