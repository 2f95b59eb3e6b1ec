/* pre_shared_key_test.c - the offer of PSKs against RFC 8448 section 4 and RFC 8446 sections 4.2.9 and 4.2.11. */
#include "codec.h"

#include "tests/vectors/rfc8448_3.h"
#include "tests/vectors/rfc8448_4.h"
#include "tls/hs/sched13.h"
#include "tls/msg/client_hello.h"
#include "tls/msg/new_session_ticket.h"

#define SHORT TLS_E_UNEXPECTED_PACKET_LENGTH
#define B32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static struct tls_psk_offer offer;
static bool dhe;

static int decode(struct tls_span body)
{
	return tls_psk_offer_decode(&offer, body);
}

static int decode_modes(struct tls_span body)
{
	return tls_psk_modes_decode(&dhe, body);
}

static struct hex rfc8448_ticket(void)
{
	struct hex h = codec_body(rfc8448_3_new_session_ticket, TLS_HANDSHAKE_NEW_SESSION_TICKET);
	struct tls_new_session_ticket m;

	assert_int_equal(tls_new_session_ticket_decode(&m, tls_span(h.p, h.len)), 0);
	h.len = m.ticket.len;
	tls_mem_move(h.p, m.ticket.p, m.ticket.len);
	return h;
}

static void rfc8448_4_hello(void **state)
{
	struct hex h = codec_body(rfc8448_4_client_hello, TLS_HANDSHAKE_CLIENT_HELLO), ticket = rfc8448_ticket();
	struct tls_psk_identity one;
	struct tls_client_hello m;

	(void)state;
	assert_int_equal(tls_client_hello_decode(&m, tls_span(h.p, h.len)), 0);
	assert_true(m.psk_dhe);
	assert_true(m.has_early_data);
	assert_int_equal(h.len - m.psk.tail_len + 4, RFC8448_4_PREFIX_LEN);
	assert_true(tls_psk_offer_next(&m.psk, &one));
	assert_int_equal(one.identity.len, ticket.len);
	assert_memory_equal(one.identity.p, ticket.p, ticket.len);
	assert_int_equal(one.hidden_age, 0xfad6aacb);
	assert_hex(one.binder.p, one.binder.len, rfc8448_4_binder);
	assert_false(tls_psk_offer_next(&m.psk, &one));
}

/* Section 4.2.11.2 */
static void rfc8448_4_binder_follows_from_the_psk(void **state)
{
	struct hex psk = unhex(rfc8448_3_resumption_psk), hash = unhex(rfc8448_4_binder_hash);
	uint8_t empty[TLS_HASH_MAX_LEN], binder[TLS_HASH_MAX_LEN];
	struct tls_secret key;
	struct tls_sched13 s;

	(void)state;
	tls_sched13_start(&s, TLS_HASH_SHA256, psk.p, psk.len);
	assert_hex(s.current.b, s.current.len, rfc8448_4_early_secret);
	tls_hash_once(TLS_HASH_SHA256, empty, NULL, 0);
	tls_sched13_derive(&key, &s, "res binder", tls_span(empty, 32));
	assert_hex(key.b, key.len, rfc8448_4_binder_key);
	tls_sched13_finished(binder, TLS_HASH_SHA256, &key, tls_span(hash.p, hash.len));
	assert_hex(binder, 32, rfc8448_4_binder);
}

/* With a binder of zeros, which is filled in later. */
static void encode(struct tls_buf *b)
{
	struct hex ticket = rfc8448_ticket();

	tls_psk_offer_encode(b, tls_span(ticket.p, ticket.len), 0xfad6aacb, 32);
}

static void rfc8448_4_is_what_we_write(void **state)
{
	struct hex h = unhex(rfc8448_4_client_hello);

	(void)state;
	tls_mem_zero(h.p + h.len - 32, 32);
	codec_writes(encode, h.p + h.len - 225, 225);
	codec_cut(decode, h.p + h.len - 221, 221, 0);
	codec_longer(decode, h.p + h.len - 221, 221);
	codec_length(decode, h.p + h.len - 221, 221, 0, 2);
	codec_length(decode, h.p + h.len - 221, 221, 2, 2);
	codec_length(decode, h.p + h.len - 221, 221, 221 - 35, 2);
	codec_length(decode, h.p + h.len - 221, 221, 221 - 33, 1);
}

static const struct codec_rule rules[] = {
    {"one", "0007 0001 61 00000000 0021 20" B32, 0},
    {"two", "000e 0001 61 00000000 0001 62 00000000 0042 20" B32 "20" B32, 0},
    {"no identity", "0000 0021 20" B32, SHORT},
    {"no binder", "0007 0001 61 00000000 0000", SHORT},
    {"an empty identity", "0006 0000 00000000 0021 20" B32, SHORT},
    {"an empty one behind another", "000d 0001 61 00000000 0000 00000000 0042 20" B32 "20" B32, SHORT},
    {"half an age", "0005 0001 61 0000 0021 20" B32, SHORT},
    {"half an age of the second", "000c 0001 61 00000000 0001 62 0000 0042 20" B32 "20" B32, SHORT},
    {"a binder of 31 bytes", "0007 0001 61 00000000 0021 1f" B32, SHORT},
    {"a binder of 33 bytes", "0007 0001 61 00000000 0022 21" B32 "ff", 0},
    {"a binder more", "0007 0001 61 00000000 0042 20" B32 "20" B32, TLS_E_ILLEGAL_PARAMETER},
    {"a binder less", "000e 0001 61 00000000 0001 62 00000000 0021 20" B32, TLS_E_ILLEGAL_PARAMETER},
    {"a byte behind them", "0007 0001 61 00000000 0021 20" B32 "00", SHORT},
    {"empty", "", SHORT},
};

static void rule_by_rule(void **state)
{
	(void)state;
	codec_rules(decode, rules, sizeof(rules) / sizeof(rules[0]));
}

/* SECURITY 2.1, session-id and ticket size. */
static void identities_of_every_size(void **state)
{
	static uint8_t body[2 + 2 + 65535 + 4 + 2 + 33];

	(void)state;
	for (size_t len = 0; len <= 65529; len += len < 300 || len == 65529 ? 1 : 1 + (65529 - len) / 200) {
		struct tls_psk_identity one;
		struct tls_buf b;

		tls_buf_init_fixed(&b, body, sizeof(body));
		tls_buf_u16(&b, (unsigned)len + 6);
		tls_buf_u16(&b, (unsigned)len);
		(void)tls_buf_room(&b, len);
		tls_buf_u32(&b, 1);
		tls_buf_u16(&b, 33);
		tls_buf_u8(&b, 32);
		(void)tls_buf_room(&b, 32);
		assert_true(tls_buf_ok(&b));
		assert_int_equal(codec_try(decode, b.p, b.len), len > 0 ? 0 : SHORT);
		if (len == 0)
			continue;
		assert_int_equal(decode(tls_buf_as_span(&b)), 0);
		assert_true(tls_psk_offer_next(&offer, &one));
		assert_int_equal(one.identity.len, len);
	}
}

static void write_modes(struct tls_buf *b)
{
	tls_psk_modes_encode(b);
}

static void modes(void **state)
{
	static const struct {
		const char *body;
		int err;
		bool dhe;
	} rows[] = {
	    {"01 01", 0, true},
	    {"01 00", 0, false},
	    {"02 0001", 0, true},
	    {"03 0b0b01", 0, true},
	    {"01 0b", 0, false},
	    {"00", SHORT, false},
	    {"02 01", SHORT, false},
	    {"01 0101", SHORT, false},
	    {"", SHORT, false},
	};
	struct hex h = unhex("002d 0002 01 01");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(codec_try_hex(decode_modes, rows[i].body), rows[i].err);
		if (rows[i].err == 0)
			assert_int_equal(dhe, rows[i].dhe);
	}
	codec_writes(write_modes, h.p, h.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rfc8448_4_hello),
	    cmocka_unit_test(rfc8448_4_binder_follows_from_the_psk),
	    cmocka_unit_test(rfc8448_4_is_what_we_write),
	    cmocka_unit_test(rule_by_rule),
	    cmocka_unit_test(identities_of_every_size),
	    cmocka_unit_test(modes),
	};

	return cmocka_run_group_tests_name("pre_shared_key", tests, NULL, NULL);
}
