/* callback_test.c - what functions of the application may do while the session calls them, and what their
 * results do to it. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "tests/lib/pair.h"
#include "tls/error.h"
#include "tls/state.h"

static uint8_t buf[100];
static int answer;
static unsigned n_calls;

/* Every call that reads. */
static void reading_refused(tls_session_t s)
{
	assert_int_equal(tls_handshake(s), tls_session_get_flags(s) & TLS_SFLAGS_ESTABLISHED
	        ? 0 : TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_recv(s, buf, sizeof(buf)), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_check_pending(s), 0);
	n_calls++;
}

/* Every call that moves bytes or ends the session. */
static void all_refused(tls_session_t s)
{
	assert_int_equal(tls_handshake(s), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_send(s, "x", 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_recv(s, buf, sizeof(buf)), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_uncork(s, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_check_pending(s), 0);
	assert_int_equal(tls_record_discard_queued(s), 0);
	assert_int_equal(tls_session_key_update(s, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_bye(s, TLS_SHUT_RDWR), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_alert_flush(s), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_alert_send(s, TLS_AL_FATAL, TLS_ALERT_ACCESS_DENIED), TLS_E_INVALID_REQUEST);
	n_calls++;
}

static int meddling_hello(tls_session_t s)
{
	reading_refused(s);
	return answer;
}

static int meddling_hook(tls_session_t s, unsigned htype, unsigned when, unsigned incoming,
    const tls_datum_t *msg)
{
	(void)htype;
	(void)when;
	(void)incoming;
	(void)msg;
	return meddling_hello(s);
}

static int meddling_keylog(tls_session_t s, const char *label, const tls_datum_t *secret)
{
	(void)label;
	(void)secret;
	return meddling_hello(s);
}

static tls_session_t session;

static ssize_t meddling_pull(void *ptr, void *data, size_t len)
{
	all_refused(session);
	return wire_pull(ptr, data, len);
}

static ssize_t meddling_push(void *ptr, const void *data, size_t len)
{
	all_refused(session);
	return wire_push(ptr, data, len);
}

/* One of them would move the buffer, the message or the step away under the call that is under way. */
static void no_call_from_inside(void **state)
{
	struct pair p;

	(void)state;
	answer = 0;
	n_calls = 0;
	pair_init(&p, NULL);
	session = p.server;
	tls_transport_set_pull_function(p.server, meddling_pull);
	tls_transport_set_push_function(p.server, meddling_push);
	tls_handshake_set_post_client_hello_function(p.server, meddling_hello);
	tls_handshake_set_hook_function(p.server, TLS_HANDSHAKE_ANY, TLS_HOOK_BOTH, meddling_hook);
	tls_session_set_keylog_function(p.server, meddling_keylog);
	pair_connect(&p);
	assert_true(n_calls > 20);
	n_calls = 0;
	peer_key_update(&p.peer, true);
	peer_send_record(&p.peer, 23, "data", 4);
	assert_int_equal(pair_recv(&p, buf, sizeof(buf)), 4);
	assert_int_equal(pair_send(&p, buf, 4), 4);
	assert_int_equal(n_calls, 4); /* pull, the hook before and behind KeyUpdate, push */
	peer_run(&p.peer);
	assert_null(p.peer.wrong);
	assert_int_equal(p.peer.data.len, 4);
	pair_clear(&p);
}

enum place { AT_HELLO, AT_HOOK, AT_KEYLOG, N_PLACES };

/* What a callback says ends the handshake, also when it is no error that ends a session or none at all. */
static void every_result_ends_it(void **state)
{
	static const struct {
		int answer, expected;
	} rows[] = {
		{TLS_E_NO_COMMON_GROUP, TLS_E_NO_COMMON_GROUP},
		{TLS_E_INVALID_REQUEST, TLS_E_INTERNAL_ERROR},
		{TLS_E_WARNING_ALERT_RECEIVED, TLS_E_INTERNAL_ERROR},
		{TLS_E_REQUESTED_DATA_NOT_AVAILABLE, TLS_E_INTERNAL_ERROR},
		{-1, TLS_E_INTERNAL_ERROR},
		{-1000000, TLS_E_INTERNAL_ERROR},
		{INT32_MIN, TLS_E_INTERNAL_ERROR},
	};

	(void)state;
	for (unsigned i = 0; i < N_PLACES * sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair p;

		answer = rows[i / N_PLACES].answer;
		pair_init(&p, NULL);
		if (i % N_PLACES == AT_HELLO)
			tls_handshake_set_post_client_hello_function(p.server, meddling_hello);
		else if (i % N_PLACES == AT_HOOK)
			tls_handshake_set_hook_function(p.server, TLS_HANDSHAKE_CLIENT_HELLO, TLS_HOOK_POST,
			    meddling_hook);
		else
			tls_session_set_keylog_function(p.server, meddling_keylog);
		pair_refused(&p, pair_handshake(&p), rows[i / N_PLACES].expected);
		pair_clear(&p);
	}
}

static void key_update_hook_says_no(void **state)
{
	struct pair p;

	(void)state;
	for (unsigned when = TLS_HOOK_POST; when <= TLS_HOOK_PRE; when++) {
		answer = TLS_E_AGAIN;
		pair_init(&p, NULL);
		pair_connect(&p);
		tls_handshake_set_hook_function(p.server, TLS_HANDSHAKE_KEY_UPDATE, (int)when, meddling_hook);
		peer_key_update(&p.peer, false);
		assert_int_equal(pair_recv(&p, buf, 1), TLS_E_INTERNAL_ERROR);
		assert_int_equal(pair_recv(&p, buf, 1), TLS_E_INTERNAL_ERROR);
		pair_clear(&p);
	}
}

/* ---- A blocking transport with a time limit */

static int next_errno;

static int interrupted(tls_transport_ptr_t ptr, unsigned ms)
{
	(void)ptr;
	(void)ms;
	errno = next_errno;
	return -1;
}

/* poll(2) is ended by any signal: CONTRACT H1 and A1 hold for this function, too. */
static void waiting_may_be_interrupted(void **state)
{
	static const struct {
		int e, expected;
	} rows[] = {
		{EINTR, TLS_E_INTERRUPTED},
		{EAGAIN, TLS_E_AGAIN},
		{EBADF, TLS_E_PULL_ERROR},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t now = 1;
		struct wire w;
		tls_session_t s;

		wire_init(&w);
		assert_int_equal(tls_init(&s, TLS_SERVER), 0);
		tls_transport_set_ptr(s, &w);
		tls_transport_set_pull_function(s, wire_pull);
		tls_transport_set_push_function(s, wire_push);
		tls_transport_set_pull_timeout_function(s, interrupted);
		tls_session_set_time_function(s, fake_time, &now);
		tls_handshake_set_timeout(s, 1000);
		next_errno = rows[i].e;
		assert_int_equal(tls_handshake(s), rows[i].expected);
		tls_deinit(s);
		wire_clear(&w);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_call_from_inside),
		cmocka_unit_test(every_result_ends_it),
		cmocka_unit_test(key_update_hook_says_no),
		cmocka_unit_test(waiting_may_be_interrupted),
	};

	return cmocka_run_group_tests_name("callback", tests, NULL, NULL);
}
