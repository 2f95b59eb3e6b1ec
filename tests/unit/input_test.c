/* input_test.c - reading: what a slow or lying transport costs, and what it may return. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"
#include "tls/state.h"

static uint8_t buf[20000];

/* A peer that sends a record byte by byte costs what it has sent, not what it has announced. */
static void a_slow_sender_costs_what_it_sent(void **state)
{
	struct pair p;
	uint8_t *rec;
	size_t len;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	peer_send_record(&p.peer, 23, buf, 16384);
	len = wire_len(&p.wire.c2s);
	rec = tls_mem_alloc(len);
	wire_get(&p.wire.c2s, rec, len);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(tls_record_recv(p.server, buf, sizeof(buf)), TLS_E_AGAIN);
		assert_true(p.server->in.stash_cap <= i + 512);
		wire_put(&p.wire.c2s, rec + i, 1);
	}
	assert_int_equal(tls_record_recv(p.server, buf, sizeof(buf)), 16384);
	assert_int_equal(p.server->in.stash_cap, 0);
	tls_mem_free(rec);
	pair_clear(&p);
}

/* Plaintext that was kept between calls is gone once it is handed out, though the memory is still in use. */
static void plaintext_leaves_no_trace(void **state)
{
	static uint8_t plain[600], got[1000];
	struct pair p;

	(void)state;
	memset(plain, 'A', sizeof(plain));
	pair_init(&p, NULL);
	pair_connect(&p);
	peer_send_record(&p.peer, 23, plain, sizeof(plain));
	peer_send_record(&p.peer, 23, plain, 200);
	p.wire.c2s.end -= 122;
	assert_int_equal(tls_record_recv(p.server, got, 1), 1);
	assert_int_equal(tls_record_recv(p.server, got, sizeof(got)), sizeof(plain) - 1);
	assert_non_null(p.server->in.stash);
	for (size_t i = 0; i + 16 <= p.server->in.stash_cap; i++)
		assert_memory_not_equal(p.server->in.stash + i, plain, 16);
	pair_clear(&p);
}

static ssize_t next_pull;
static int next_errno;
static tls_session_t session;

static ssize_t odd_pull(void *ptr, void *data, size_t len)
{
	(void)ptr;
	(void)data;
	(void)len;
	if (next_errno < 0)
		tls_transport_set_errno(session, -next_errno);
	errno = next_errno > 0 ? next_errno : 0;
	return next_pull;
}

static void what_the_transport_may_return(void **state)
{
	static const struct {
		ssize_t n;
		int e;
		int expected;
	} rows[] = {
		{-1, EAGAIN, TLS_E_AGAIN},
		{-1, EWOULDBLOCK, TLS_E_AGAIN},
		{-1, EINTR, TLS_E_INTERRUPTED},
		{-1, -EAGAIN, TLS_E_AGAIN},
		{-1, -EINTR, TLS_E_INTERRUPTED},
		{-1, ECONNRESET, TLS_E_PULL_ERROR},
		{-1, -ECONNRESET, TLS_E_PULL_ERROR},
		{0, 0, TLS_E_PREMATURE_TERMINATION},
		{1 << 20, 0, TLS_E_PULL_ERROR},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned established = 0; established < 2; established++) {
			struct pair p;

			pair_init(&p, NULL);
			if (established)
				pair_connect(&p);
			session = p.server;
			next_pull = rows[i].n;
			next_errno = rows[i].e;
			tls_transport_set_pull_function(p.server, odd_pull);
			if (established)
				assert_int_equal(tls_record_recv(p.server, buf, 10), rows[i].expected);
			else
				assert_int_equal(tls_handshake(p.server), rows[i].expected);
			assert_int_equal(tls_alert_get_sent(p.server), -1);
			pair_clear(&p);
		}
	}
}

static void reads_ahead_in_one_call(void **state)
{
	struct pair p;
	unsigned pulls;

	(void)state;
	pair_init(&p, NULL);
	p.peer.cut = 10;
	peer_hello(&p.peer);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	pulls = p.wire.n_pulls;
	assert_int_equal(pulls, 2); /* all records at once, and the one that says AGAIN */
	pair_clear(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slow_sender_costs_what_it_sent),
		cmocka_unit_test(plaintext_leaves_no_trace),
		cmocka_unit_test(what_the_transport_may_return),
		cmocka_unit_test(reads_ahead_in_one_call),
	};

	return cmocka_run_group_tests_name("input", tests, NULL, NULL);
}
