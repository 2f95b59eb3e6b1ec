/* output_test.c - writing: what the transport may return, one flight in one call, vectors. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "tests/lib/pair.h"
#include "tls/state.h"

static uint8_t buf[70000];
static ssize_t next_push;
static int next_errno;
static tls_session_t session;

static ssize_t odd_push(void *ptr, const void *data, size_t len)
{
	(void)ptr;
	(void)data;
	(void)len;
	if (next_errno < 0)
		tls_transport_set_errno(session, -next_errno);
	errno = next_errno > 0 ? next_errno : 0;
	return next_push;
}

static void what_the_transport_may_return(void **state)
{
	static const struct {
		ssize_t n;
		int e;
		int expected;
	} rows[] = {
		{-1, EAGAIN, TLS_E_AGAIN},
		{-1, EINTR, TLS_E_INTERRUPTED},
		{-1, -EAGAIN, TLS_E_AGAIN},
		{-1, EPIPE, TLS_E_PUSH_ERROR},
		{-1, -ECONNRESET, TLS_E_PUSH_ERROR},
		{0, 0, TLS_E_PUSH_ERROR},
		{1 << 20, 0, TLS_E_PUSH_ERROR},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned established = 0; established < 2; established++) {
			struct pair p;

			pair_init(&p, NULL);
			if (established)
				pair_connect(&p);
			else
				peer_hello(&p.peer);
			session = p.server;
			next_push = rows[i].n;
			next_errno = rows[i].e;
			tls_transport_set_push_function(p.server, odd_push);
			if (established)
				assert_int_equal(tls_record_send(p.server, "x", 1), rows[i].expected);
			else
				assert_int_equal(tls_handshake(p.server), rows[i].expected);
			if (rows[i].expected == TLS_E_AGAIN)
				assert_int_equal(tls_record_get_direction(p.server), 1);
			pair_clear(&p);
		}
	}
}

static void a_flight_is_one_call(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	assert_int_equal(p.wire.n_pushes, 1);
	pair_clear(&p);
}

static unsigned n_vectors;

static ssize_t vec_push(void *ptr, const struct iovec *iov, int n)
{
	ssize_t total = 0;

	n_vectors++;
	for (int i = 0; i < n; i++)
		total += wire_push(ptr, iov[i].iov_base, iov[i].iov_len);
	return total;
}

static void vectors(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	tls_transport_set_vec_push_function(p.server, vec_push);
	pair_connect(&p);
	assert_int_equal(tls_record_send(p.server, buf, 40000), 40000);
	assert_int_equal(n_vectors, 2);
	peer_run(&p.peer);
	assert_int_equal(p.peer.data.len, 40000);
	pair_clear(&p);
}

/* Records pile up behind a half-sent one, and the buffer is compacted under them. */
static void compaction_keeps_every_byte(void **state)
{
	struct pair p;
	size_t out = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(i * 31 + i / 256);
	pair_init(&p, NULL);
	pair_connect(&p);
	tls_record_cork(p.server);
	for (unsigned i = 0; out < sizeof(buf); i++) {
		size_t n = sizeof(buf) - out < 1999 ? sizeof(buf) - out : 1999;
		ssize_t r;

		p.wire.s2c.window = 1 + i * 1500 % 9000;
		peer_run(&p.peer);
		r = tls_record_send(p.server, buf + out, n);
		if (r == TLS_E_AGAIN && tls_record_check_queued(p.server) == 0)
			continue;
		assert_true(r > 0);
		out += (size_t)r;
	}
	p.wire.s2c.window = 0;
	assert_int_equal(tls_record_uncork(p.server, 0), sizeof(buf));
	peer_run(&p.peer);
	assert_null(p.peer.wrong);
	assert_int_equal(p.peer.data.len, sizeof(buf));
	assert_memory_equal(p.peer.data.p, buf, sizeof(buf));
	pair_clear(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_transport_may_return),
		cmocka_unit_test(a_flight_is_one_call),
		cmocka_unit_test(vectors),
		cmocka_unit_test(compaction_keeps_every_byte),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
