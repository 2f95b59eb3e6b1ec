/* message_test.c - handshake messages out of records, cut in every way; what is refused, and when.
 */
#include "hex.h"

#include "tests/vectors/rfc8448_3.h"
#include "tls/bytes/mem.h"
#include "tls/hs/hs.h"

#define MAX_LEN 16384

/* One message goes in by pieces of n bytes, and comes out whole exactly with the last one. */
static void in_pieces(const struct hex *h, size_t n)
{
	struct tls_session_st s = {0};
	struct tls_span msg;

	for (size_t at = 0; at < h->len; at += n) {
		size_t k = h->len - at < n ? h->len - at : n;

		assert_int_equal(tls_hs_message(&s, &msg, 1, MAX_LEN), TLS_E_AGAIN);
		assert_int_equal(tls_hs_message_add(&s, tls_span(h->p + at, k)), 0);
	}
	assert_int_equal(tls_hs_message(&s, &msg, 1, MAX_LEN), 0);
	assert_int_equal(msg.len, h->len);
	assert_memory_equal(msg.p, h->p, h->len);
	tls_hs_message_done(&s, msg);
	assert_int_equal(tls_hs_message(&s, &msg, 1, MAX_LEN), TLS_E_AGAIN);
	/* nothing is kept for a message that may never come */
	assert_null(s.messages.p);
}

static void pieces_of_every_size(void **state)
{
	struct hex h = unhex(rfc8448_3_client_hello);

	(void)state;
	for (size_t n = 1; n <= h.len; n++)
		in_pieces(&h, n);
}

static void split_at_every_byte(void **state)
{
	struct hex h = unhex(rfc8448_3_client_hello);

	(void)state;
	for (size_t at = 1; at < h.len; at++) {
		struct tls_session_st s = {0};
		struct tls_span msg;

		assert_int_equal(tls_hs_message_add(&s, tls_span(h.p, at)), 0);
		assert_int_equal(tls_hs_message(&s, &msg, 1, MAX_LEN), TLS_E_AGAIN);
		assert_int_equal(tls_hs_message_add(&s, tls_span(h.p + at, h.len - at)), 0);
		assert_int_equal(tls_hs_message(&s, &msg, 1, MAX_LEN), 0);
		tls_hs_message_done(&s, msg);
	}
}

/* Many messages in one record: the whole server flight of RFC 8448 section 3. */
static void several_at_once(void **state)
{
	static const char *const messages[] = {rfc8448_3_encrypted_extensions,
	    rfc8448_3_server_certificate, rfc8448_3_server_certificate_verify,
	    rfc8448_3_server_finished};
	struct hex flight = unhex(rfc8448_3_server_flight);
	struct tls_session_st s = {0};
	struct tls_span msg;

	(void)state;
	assert_int_equal(tls_hs_message_add(&s, tls_span(flight.p, flight.len)), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(tls_hs_message(&s, &msg, TLS_HANDSHAKE_ANY, MAX_LEN), 0);
		assert_hex(msg.p, msg.len, messages[i]);
		tls_hs_message_done(&s, msg);
	}
	assert_int_equal(s.messages.len, 0);
}

/* The first byte is enough to refuse. */
static void wrong_type(void **state)
{
	(void)state;
	for (unsigned type = 0; type <= 254; type++) {
		struct tls_session_st s = {0};
		uint8_t byte = (uint8_t)type;
		struct tls_span msg;

		assert_int_equal(tls_hs_message_add(&s, tls_span(&byte, 1)), 0);
		assert_int_equal(tls_hs_message(&s, &msg, 24, MAX_LEN),
		    type == 24 ? TLS_E_AGAIN : TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
		assert_int_equal(tls_hs_message(&s, &msg, TLS_HANDSHAKE_ANY, MAX_LEN), TLS_E_AGAIN);
		tls_buf_clear(&s.messages);
	}
}

/* The header is enough to refuse a length, and nothing is set aside for it. */
static void too_long(void **state)
{
	static const struct {
		uint32_t len;
		int err;
	} figures[] = {{0, 0}, {1, TLS_E_AGAIN}, {MAX_LEN, TLS_E_AGAIN},
	    {MAX_LEN + 1, TLS_E_HANDSHAKE_TOO_LARGE}, {0xffffff, TLS_E_HANDSHAKE_TOO_LARGE}};

	(void)state;
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		uint8_t header[] = {1, (uint8_t)(figures[i].len >> 16),
		    (uint8_t)(figures[i].len >> 8), (uint8_t)figures[i].len};
		struct tls_session_st s = {0};
		struct tls_span msg;

		assert_int_equal(tls_hs_message_add(&s, tls_span(header, 4)), 0);
		assert_int_equal(tls_hs_message(&s, &msg, 1, MAX_LEN), figures[i].err);
		assert_true(s.messages.cap <= 1024);
		tls_buf_clear(&s.messages);
	}
}

/* RFC 8446 section 5.1: no empty fragments. */
static void empty_fragment(void **state)
{
	struct tls_session_st s = {0};

	(void)state;
	assert_int_equal(tls_hs_message_add(&s, tls_span("", 0)), TLS_E_UNEXPECTED_PACKET);
}

static void without_memory(void **state)
{
	struct tls_session_st s = {0};

	(void)state;
	tls_mem_fail_at(1);
	assert_int_equal(tls_hs_message_add(&s, tls_span("\1", 1)), TLS_E_MEMORY_ERROR);
	assert_int_equal(tls_mem_fail_left(), 0);
	tls_buf_clear(&s.messages);
}

/* ---- The hook */

static struct {
	unsigned calls, htype, when, incoming, len;
	int result;
} seen;

static int hook(
    tls_session_t s, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	(void)s;
	seen.calls++;
	seen.htype = htype;
	seen.when = when;
	seen.incoming = incoming;
	seen.len = msg->size;
	if (msg->size == 2)
		assert_memory_equal(msg->data, "ab", 2);
	return seen.result;
}

static void hook_is_called(void **state)
{
	static const struct {
		unsigned type, when, at, calls;
	} figures[] = {
	    {24, TLS_HOOK_PRE, TLS_HOOK_PRE, 1},
	    {24, TLS_HOOK_PRE, TLS_HOOK_POST, 0},
	    {24, TLS_HOOK_BOTH, TLS_HOOK_POST, 1},
	    {TLS_HANDSHAKE_ANY, TLS_HOOK_POST, TLS_HOOK_POST, 1},
	    {20, TLS_HOOK_BOTH, TLS_HOOK_PRE, 0},
	};
	static const uint8_t msg[] = {24, 0, 0, 2, 'a', 'b'};

	(void)state;
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		struct tls_session_st s = {0};

		assert_int_equal(tls_hs_hook(&s, figures[i].at, true, tls_span(msg, 6)), 0);
		tls_handshake_set_hook_function(&s, figures[i].type, (int)figures[i].when, hook);
		memset(&seen, 0, sizeof(seen));
		assert_int_equal(tls_hs_hook(&s, figures[i].at, true, tls_span(msg, 6)), 0);
		assert_int_equal(seen.calls, figures[i].calls);
		if (seen.calls == 0)
			continue;
		assert_true(seen.htype == 24 && seen.when == figures[i].at && seen.incoming == 1);
		assert_int_equal(seen.len, 2);
		seen.result = TLS_E_INTERNAL_ERROR;
		assert_int_equal(
		    tls_hs_hook(&s, figures[i].at, false, tls_span(msg, 6)), TLS_E_INTERNAL_ERROR);
		assert_int_equal(seen.incoming, 0);
		seen.result = TLS_E_AGAIN;
		assert_int_equal(
		    tls_hs_hook(&s, figures[i].at, false, tls_span(msg, 6)), TLS_E_INTERNAL_ERROR);
		seen.result = 1;
		assert_int_equal(tls_hs_hook(&s, figures[i].at, false, tls_span(msg, 6)), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pieces_of_every_size),
	    cmocka_unit_test(split_at_every_byte),
	    cmocka_unit_test(several_at_once),
	    cmocka_unit_test(wrong_type),
	    cmocka_unit_test(too_long),
	    cmocka_unit_test(empty_fragment),
	    cmocka_unit_test(without_memory),
	    cmocka_unit_test(hook_is_called),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
