/* reason_test.c - how a connection ended, in the words that quenchd(8) lists. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "daemon/reason.h"

static void test_broken(void **state)
{
	static const struct {
		struct px_end end;
		unsigned side;
		const char *text;
	} table[] = {
		{ { .truncated = true, .tls_error = TLS_E_PREMATURE_TERMINATION }, 0, "client truncated" },
		{ { .os_error = ECONNRESET, .tls_error = TLS_E_PULL_ERROR }, 0, "client reset" },
		{ { .os_error = EPIPE }, 1, "backend reset" },
		{ { .os_error = ETIMEDOUT }, 1, "backend: connection timed out" },
		{ { .tls_error = TLS_E_DECRYPTION_FAILED }, 0, "client: record does not decrypt" },
		{ { .os_error = 0 }, 1, "out of memory" },
	};
	char reason[PX_REASON_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		px_reason_broken(reason, &table[i].end, table[i].side);
		assert_string_equal(reason, table[i].text);
	}
}

static void test_handshake(void **state)
{
	static const struct {
		struct px_end end;
		const char *text;
	} table[] = {
		{ { .truncated = true, .tls_error = TLS_E_PREMATURE_TERMINATION, .n_wire = 5 }, "handshake: client closed" },
		{ { .tls_error = TLS_E_SESSION_EOF, .n_wire = 1 }, "handshake: client closed" },
		{ { .truncated = true, .tls_error = TLS_E_PREMATURE_TERMINATION }, "handshake: client closed, sent nothing" },
		{ { .tls_error = TLS_E_PROTOCOL_NOT_TLS, .n_wire = 5 }, "handshake: not a TLS record" },
		{ { .tls_error = TLS_E_PROTOCOL_NOT_TLS, .n_wire = 5, .stranger = 1 },
		    "handshake: not a TLS record: plain HTTP" },
		{ { .tls_error = TLS_E_NO_COMMON_GROUP, .n_wire = 5, .stranger = 1 }, "handshake: no common group" },
		{ { .os_error = ECONNRESET, .tls_error = TLS_E_PULL_ERROR }, "handshake: client reset" },
		{ { .os_error = EHOSTUNREACH, .tls_error = TLS_E_PULL_ERROR }, "handshake: no route to host" },
		{ { .tls_error = TLS_E_NO_COMMON_GROUP }, "handshake: no common group" },
	};
	char reason[PX_REASON_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		px_reason_handshake(reason, &table[i].end);
		assert_string_equal(reason, table[i].text);
	}
}

static void test_handshake_timeout(void **state)
{
	(void)state;
	assert_string_equal(px_reason_handshake_timeout(&(struct px_end){ .n_wire = 1 }), "handshake timeout");
	assert_string_equal(px_reason_handshake_timeout(&(struct px_end){ .n_wire = 0 }),
	    "handshake timeout: client sent nothing");
	assert_string_equal(px_reason_handshake_timeout(&(struct px_end){ .n_wire = 1, .waits_key = true }),
	    "handshake timeout: key server");
}

static void test_backend(void **state)
{
	char reason[PX_REASON_LEN];

	(void)state;
	px_reason_backend(reason, ECONNREFUSED);
	assert_string_equal(reason, "backend: connection refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_handshake_timeout),
		cmocka_unit_test(test_backend),
	};

	return cmocka_run_group_tests_name("reason", tests, NULL, NULL);
}
