/* server_test.c - a server's steps as an application sees them: callbacks, hooks, key log. */
#include "unit.h"

#include <string.h>

#include "told.h"
#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"

static unsigned n_calls;
static int answer;

static int count_hello(tls_session_t s)
{
	char name[20];
	size_t len = sizeof(name);

	n_calls++;
	assert_int_equal(tls_server_name_get(s, name, &len, NULL, 0), 0);
	assert_string_equal(name, "localhost");
	return answer;
}

static int bring_credentials(tls_session_t s)
{
	return tls_credentials_set(s, TLS_CRD_CERTIFICATE, pair_credentials());
}

static void post_client_hello(void **state)
{
	static const struct {
		int answer, expected;
	} rows[] = {
		{0, 0},
		{1, TLS_E_INTERNAL_ERROR},
		{TLS_E_UNRECOGNIZED_NAME, TLS_E_UNRECOGNIZED_NAME},
	};

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		struct pair p;

		n_calls = 0;
		answer = rows[i / 2].answer;
		pair_init(&p, NULL);
		p.peer.n_shares = i % 2; /* once, with a HelloRetryRequest, too */
		tls_handshake_set_post_client_hello_function(p.server, count_hello);
		assert_int_equal(pair_handshake(&p), rows[i / 2].expected);
		assert_int_equal(n_calls, 1);
		pair_clear(&p);
	}
}

static void credentials_in_time(void **state)
{
	struct pair p;
	tls_session_t s;

	(void)state;
	wire_init(&p.wire);
	peer_init(&p.peer, &p.wire);
	assert_int_equal(tls_init(&s, TLS_SERVER | TLS_NONBLOCK), 0);
	p.server = s;
	tls_transport_set_ptr(s, &p.wire);
	tls_transport_set_pull_function(s, wire_pull);
	tls_transport_set_push_function(s, wire_push);
	tls_handshake_set_post_client_hello_function(s, bring_credentials);
	pair_connect(&p);
	pair_clear(&p);
}

static void no_credentials(void **state)
{
	tls_certificate_credentials_t empty;
	struct pair p;

	(void)state;
	assert_int_equal(tls_certificate_allocate_credentials(&empty), 0);
	pair_init(&p, empty);
	pair_refused(&p, pair_handshake(&p), TLS_E_INSUFFICIENT_CREDENTIALS);
	pair_clear(&p);
	tls_certificate_free_credentials(empty);
}

static void hooks_see_every_message(void **state)
{
	static const struct told_message expected[] = {
		{1, TLS_HOOK_PRE, 1}, {1, TLS_HOOK_POST, 1}, {2, TLS_HOOK_PRE, 0}, {2, TLS_HOOK_POST, 0},
		{8, TLS_HOOK_PRE, 0}, {8, TLS_HOOK_POST, 0}, {11, TLS_HOOK_PRE, 0}, {11, TLS_HOOK_POST, 0},
		{15, TLS_HOOK_PRE, 0}, {15, TLS_HOOK_POST, 0}, {20, TLS_HOOK_PRE, 0},
		{20, TLS_HOOK_POST, 0}, {20, TLS_HOOK_PRE, 1}, {20, TLS_HOOK_POST, 1},
	};
	unsigned n = sizeof(expected) / sizeof(expected[0]);
	struct pair p;

	(void)state;
	told.n_messages = told.fail_at = 0;
	pair_init(&p, NULL);
	tls_handshake_set_hook_function(p.server, TLS_HANDSHAKE_ANY, TLS_HOOK_BOTH, told_hook);
	pair_connect(&p);
	assert_int_equal(told.n_messages, n);
	assert_memory_equal(told.message, expected, sizeof(expected));
	pair_clear(&p);
	for (told.fail_at = 1; told.fail_at <= n; told.fail_at++) {
		told.n_messages = 0;
		pair_init(&p, NULL);
		tls_handshake_set_hook_function(p.server, TLS_HANDSHAKE_ANY, TLS_HOOK_BOTH, told_hook);
		assert_int_equal(pair_handshake(&p), TLS_E_UNRECOGNIZED_NAME);
		pair_clear(&p);
	}
	told.n_messages = told.fail_at = 0;
	pair_init(&p, NULL);
	tls_handshake_set_hook_function(p.server, TLS_HANDSHAKE_CERTIFICATE_PKT, TLS_HOOK_POST, told_hook);
	pair_connect(&p);
	assert_int_equal(told.n_messages, 1);
	pair_clear(&p);
}

/* The secrets that are logged are those that the client has, which it made by itself. */
static void key_log(void **state)
{
	struct pair p;

	(void)state;
	told.n_secrets = 0;
	pair_init(&p, NULL);
	tls_session_set_keylog_function(p.server, told_keylog);
	pair_connect(&p);
	told_secrets13(&p.peer.c_hs, &p.peer.s_hs, &p.peer.c_ap, &p.peer.s_ap);
	pair_clear(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(post_client_hello),
		cmocka_unit_test(credentials_in_time),
		cmocka_unit_test(no_credentials),
		cmocka_unit_test(hooks_see_every_message),
		cmocka_unit_test(key_log),
	};

	return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
