/* session_test.c - the session as a whole: what init takes, that errors are for good, that a workspace may
 * be shared, that secrets are gone when it ends. */
#include "unit.h"

#include <string.h>

#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"
#include "tls/state.h"

static void flags_of_init(void **state)
{
	tls_session_t s = NULL;

	(void)state;
	assert_int_equal(tls_init(&s, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_init(&s, TLS_SERVER | TLS_CLIENT), TLS_E_INVALID_REQUEST);
	assert_null(s);
	tls_mem_fail_at(1);
	assert_int_equal(tls_init(&s, TLS_SERVER), TLS_E_MEMORY_ERROR);
	assert_int_equal(tls_init(&s, TLS_SERVER), 0);
	tls_deinit(s);
	assert_int_equal(tls_init(&s, TLS_CLIENT), 0);
	tls_deinit(s);
	tls_deinit(NULL);
}

static void no_transport(void **state)
{
	tls_session_t s;

	(void)state;
	assert_int_equal(tls_init(&s, TLS_SERVER), 0);
	assert_int_equal(tls_handshake(s), TLS_E_INVALID_REQUEST);
	tls_deinit(s);
}

static void a_fatal_error_is_for_good(void **state)
{
	struct pair p;
	uint8_t buf[10];

	(void)state;
	pair_init(&p, NULL);
	peer_send_raw(&p.peer, "not TLS at all", 14);
	assert_int_equal(pair_run_handshake(&p), TLS_E_PROTOCOL_NOT_TLS);
	peer_hello(&p.peer);
	assert_int_equal(tls_handshake(p.server), TLS_E_PROTOCOL_NOT_TLS);
	assert_int_equal(tls_record_send(p.server, "x", 1), TLS_E_PROTOCOL_NOT_TLS);
	assert_int_equal(tls_record_recv(p.server, buf, 1), TLS_E_PROTOCOL_NOT_TLS);
	assert_int_equal(tls_bye(p.server, TLS_SHUT_RDWR), TLS_E_PROTOCOL_NOT_TLS);
	assert_int_equal(tls_record_uncork(p.server, 0), TLS_E_PROTOCOL_NOT_TLS);
	assert_int_equal(tls_session_key_update(p.server, 0), TLS_E_PROTOCOL_NOT_TLS);
	assert_int_equal(tls_alert_send(p.server, TLS_AL_FATAL, TLS_ALERT_INTERNAL_ERROR),
	    TLS_E_PROTOCOL_NOT_TLS);
	pair_clear(&p);
}

static void no_memory_is_for_good(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	tls_mem_fail_at(1); /* the session's own workspace */
	assert_int_equal(tls_handshake(p.server), TLS_E_MEMORY_ERROR);
	assert_int_equal(tls_handshake(p.server), TLS_E_MEMORY_ERROR);
	assert_int_equal(tls_alert_flush(p.server), 0);
	pair_clear(&p);
}

static bool is_zero(const void *at, size_t n)
{
	const uint8_t *b = at;
	uint8_t all = 0;

	for (size_t i = 0; i < n; i++)
		all |= b[i];
	return all == 0;
}

static void secrets_are_wiped_when_it_fails(void **state)
{
	struct pair p;
	uint8_t buf[10];

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	assert_false(is_zero(&p.server->rd_secret, sizeof(p.server->rd_secret)));
	peer_send_message(&p.peer, TLS_HANDSHAKE_CLIENT_HELLO, "x", 1);
	assert_true(pair_recv(&p, buf, 1) < 0);
	assert_true(is_zero(&p.server->rd, sizeof(p.server->rd)));
	assert_true(is_zero(&p.server->wr, sizeof(p.server->wr)));
	assert_true(is_zero(&p.server->rd_secret, sizeof(p.server->rd_secret)));
	assert_true(is_zero(&p.server->wr_secret, sizeof(p.server->wr_secret)));
	assert_null(p.server->hs);
	for (unsigned i = 0; i < TLS_WORKSPACE_N_SLOTS; i++)
		assert_int_equal(p.server->ws->slot[i].key_id, 0);
	pair_flush(&p);
	assert_int_equal(p.peer.alert, TLS_ALERT_UNEXPECTED_MESSAGE);
	pair_clear(&p);
}

/* An idle session owns no buffer; its handshake's state is gone. */
static void idle_session_owns_nothing(void **state)
{
	tls_workspace_t ws;
	struct pair p;
	uint8_t buf[100];

	(void)state;
	assert_int_equal(tls_workspace_init(&ws, 4), 0);
	pair_init(&p, NULL);
	assert_int_equal(tls_session_set_workspace(p.server, ws), 0);
	pair_connect(&p);
	peer_send_record(&p.peer, 23, "data", 4);
	assert_int_equal(pair_recv(&p, buf, sizeof(buf)), 4);
	assert_int_equal(tls_record_send(p.server, "data", 4), 4);
	assert_int_equal(tls_workspace_lent(ws), 0);
	assert_null(p.server->hs);
	assert_null(p.server->in.stash);
	assert_null(p.server->messages.p);
	assert_true(sizeof(*p.server) < 1024);
	pair_clear(&p);
	tls_workspace_deinit(ws);
}

#define N_SESSIONS 20

/* Many sessions take turns on one workspace, record by record: each keeps its own keys and bytes. */
static void sessions_share_a_workspace(void **state)
{
	static struct pair p[N_SESSIONS];
	tls_workspace_t ws;
	uint8_t buf[100];

	(void)state;
	assert_int_equal(tls_workspace_init(&ws, 2), 0);
	for (unsigned i = 0; i < N_SESSIONS; i++) {
		pair_init(&p[i], NULL);
		assert_int_equal(tls_session_set_workspace(p[i].server, ws), 0);
		assert_int_equal(tls_session_set_workspace(p[i].server, ws), TLS_E_INVALID_REQUEST);
		p[i].wire.again_percent = 30;
		p[i].wire.max_piece = 50;
		pair_connect(&p[i]);
	}
	for (unsigned round = 0; round < 50; round++) {
		for (unsigned i = 0; i < N_SESSIONS; i++) {
			uint8_t data[60];

			memset(data, (int)(round + i), sizeof(data));
			peer_send_record(&p[i].peer, 23, data, sizeof(data));
			for (size_t have = 0; have < sizeof(data);) {
				ssize_t n = pair_recv(&p[i], buf + have, sizeof(data) - have);

				assert_true(n > 0);
				have += (size_t)n;
			}
			assert_memory_equal(buf, data, sizeof(data));
			assert_int_equal(pair_send(&p[i], data, sizeof(data)), sizeof(data));
		}
	}
	for (unsigned i = 0; i < N_SESSIONS; i++) {
		peer_run(&p[i].peer);
		assert_null(p[i].peer.wrong);
		assert_int_equal(p[i].peer.data.len, 50 * 60);
		pair_clear(&p[i]);
	}
	assert_int_equal(tls_workspace_lent(ws), 0);
	tls_workspace_deinit(ws);
}

static struct pair *other;

/* A callback of one session that uses another one of the same workspace. */
static int use_other(tls_session_t s)
{
	uint8_t buf[10];

	(void)s;
	peer_send_record(&other->peer, 23, "inner", 5);
	assert_int_equal(tls_record_recv(other->server, buf, sizeof(buf)), 5);
	assert_memory_equal(buf, "inner", 5);
	return 0;
}

static void a_callback_may_use_another_session(void **state)
{
	struct pair inner, outer;
	tls_workspace_t ws;

	(void)state;
	assert_int_equal(tls_workspace_init(&ws, 2), 0);
	pair_init(&inner, NULL);
	assert_int_equal(tls_session_set_workspace(inner.server, ws), 0);
	pair_connect(&inner);
	other = &inner;
	pair_init(&outer, NULL);
	assert_int_equal(tls_session_set_workspace(outer.server, ws), 0);
	tls_handshake_set_post_client_hello_function(outer.server, use_other);
	pair_connect(&outer);
	pair_clear(&inner);
	pair_clear(&outer);
	assert_int_equal(tls_workspace_lent(ws), 0);
	tls_workspace_deinit(ws);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_of_init),
		cmocka_unit_test(no_transport),
		cmocka_unit_test(a_fatal_error_is_for_good),
		cmocka_unit_test(no_memory_is_for_good),
		cmocka_unit_test(secrets_are_wiped_when_it_fails),
		cmocka_unit_test(idle_session_owns_nothing),
		cmocka_unit_test(sessions_share_a_workspace),
		cmocka_unit_test(a_callback_may_use_another_session),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
