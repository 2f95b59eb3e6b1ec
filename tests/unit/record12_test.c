/* record12_test.c - records of TLS 1.2, laid out by hand from RFC 5246 section 6.2.3.3, RFC 5288 section 3 and RFC
 * 7905 section 2. */
#include "unit.h"

#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/record.h"

static const uint16_t suites[] = {0xc02b, 0xc02c, 0xcca9, 0xc02f, 0xc030, 0xcca8};

static tls_workspace_t ws;
static uint8_t key[TLS_AEAD_KEY_MAX_LEN], iv[TLS_AEAD_NONCE_LEN];
static uint8_t content[TLS_RECORD_MAX_LEN + 1], record[TLS_RECORD_MAX_LEN + 64], want[TLS_RECORD_MAX_LEN + 64];

static int start(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i + 1);
	for (unsigned i = 0; i < sizeof(iv); i++)
		iv[i] = (uint8_t)(0xa0 + i);
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 7);
	return tls_workspace_init(&ws, 0);
}

static int stop(void **state)
{
	(void)state;
	tls_workspace_deinit(ws);
	return 0;
}

static void put_seq(uint8_t *p, uint64_t seq)
{
	for (unsigned i = 0; i < 8; i++)
		p[i] = (uint8_t)(seq >> (56 - 8 * i));
}

/* The record as the RFCs write it; its length. */
static size_t by_hand(const struct tls_suite *suite, uint64_t seq, unsigned type, size_t len)
{
	bool chacha = suite->aead == TLS_AEAD_CHACHA20_POLY1305;
	size_t front = chacha ? 0 : 8, body = front + len + 16;
	uint8_t nonce[12], ad[13] = {0}, bytes[8];
	struct tls_aead_ctx ctx;

	put_seq(bytes, seq);
	memcpy(nonce, iv, 12);
	for (unsigned i = 0; i < 8; i++)
		nonce[4 + i] = chacha ? (uint8_t)(nonce[4 + i] ^ bytes[i]) : bytes[i];
	memcpy(ad, bytes, 8);
	ad[8] = (uint8_t)type;
	ad[9] = ad[10] = 3;
	ad[11] = (uint8_t)(len >> 8);
	ad[12] = (uint8_t)len;
	memcpy(want, (uint8_t[]){(uint8_t)type, 3, 3, (uint8_t)(body >> 8), (uint8_t)body}, 5);
	memcpy(want + 5, bytes, front);
	tls_aead_init(&ctx, suite->aead, key);
	tls_aead_seal(&ctx, want + 5 + front, nonce, ad, sizeof(ad), content, len, NULL, 0);
	tls_aead_clear(&ctx);
	return 5 + body;
}

static int open_record(struct tls_half *half, uint8_t *type, struct tls_span *out, size_t max_len)
{
	struct tls_record_header h;
	int err = tls_record_header(&h, record, true);

	return err != 0 ? err : tls_record_open(half, ws, type, out, &h, record + 5, max_len);
}

static void layout(void **state)
{
	static const size_t lengths[] = {0, 1, 15, 16, 17, 255, 256, 1000, 16384};
	static const uint64_t seqs[] = {0, 1, 0x0102030405060708, UINT64_MAX - 1};

	(void)state;
	for (size_t i = 0; i < 6 * 9 * 4; i++) {
		const struct tls_suite *suite = tls_suite_by_id(suites[i / 36]);
		size_t len = lengths[i / 4 % 9], n, expected;
		unsigned type = 20 + (unsigned)i % 4;
		struct tls_half wr = {0}, rd = {0};
		struct tls_span out;
		uint8_t got;

		tls_record_install12(&wr, ws, suite, key, iv);
		tls_record_install12(&rd, ws, suite, key, iv);
		assert_int_equal(wr.seq, 0);
		wr.seq = rd.seq = seqs[i % 4];
		expected = by_hand(suite, wr.seq, type, len);
		assert_int_equal(
		    tls_record_seal(&wr, ws, record, &n, (enum tls_content)type, content, len), 0);
		assert_int_equal(n, expected);
		assert_true(n <= len + TLS_RECORD_OVERHEAD);
		assert_memory_equal(record, want, n);
		assert_int_equal(open_record(&rd, &got, &out, TLS_RECORD_MAX_LEN), 0);
		assert_int_equal(got, type);
		assert_int_equal(out.len, len);
		assert_memory_equal(out.p, content, len);
		assert_int_equal(rd.seq, wr.seq);
		tls_record_forget(&wr, ws);
		tls_record_forget(&rd, ws);
	}
}

/* Type, number and every byte are authenticated; a nonce that a peer chooses otherwise is its own affair. */
static void what_is_changed_does_not_open(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		const struct tls_suite *suite = tls_suite_by_id(suites[i]);
		size_t n = by_hand(suite, 5, 23, 20);

		for (size_t at = 0; at < n; at++) {
			struct tls_half rd = {0};
			struct tls_span out;
			uint8_t type;

			if (at >= 1 && at <= 4)
				continue; /* version and length: the header's rules */
			tls_record_install12(&rd, ws, suite, key, iv);
			rd.seq = at == 0 ? 6 : 5;
			memcpy(record, want, n);
			record[at] ^= at == 0 ? 0 : 1;
			assert_int_equal(
			    open_record(&rd, &type, &out, TLS_RECORD_MAX_LEN), TLS_E_DECRYPTION_FAILED);
			rd.seq = 5;
			memcpy(record, want, n);
			record[0] = 22;
			assert_int_equal(
			    open_record(&rd, &type, &out, TLS_RECORD_MAX_LEN), TLS_E_DECRYPTION_FAILED);
			assert_int_equal(rd.seq, 5);
			tls_record_forget(&rd, ws);
		}
	}
}

static void limits(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		const struct tls_suite *suite = tls_suite_by_id(suites[i]);
		struct tls_half half = {0};
		struct tls_span out;
		uint8_t type;
		size_t n;

		tls_record_install12(&half, ws, suite, key, iv);
		n = by_hand(suite, 0, 23, 101);
		memcpy(record, want, n);
		assert_int_equal(open_record(&half, &type, &out, 100), TLS_E_RECORD_OVERFLOW);
		n = by_hand(suite, 1, 23, 100);
		memcpy(record, want, n);
		assert_int_equal(open_record(&half, &type, &out, 100), 0);
		n = by_hand(suite, 2, 23, TLS_RECORD_MAX_LEN + 1);
		memcpy(record, want, n);
		assert_int_equal(open_record(&half, &type, &out, TLS_RECORD_MAX_LEN), TLS_E_RECORD_OVERFLOW);
		half.seq = UINT64_MAX;
		assert_int_equal(tls_record_seal(&half, ws, record, &n, TLS_CONTENT_DATA, content, 1),
		    TLS_E_RECORD_LIMIT_REACHED);
		tls_record_forget(&half, ws);
	}
}

/* Nonce reuse is what GCM can't survive: over many records each explicit nonce is new. */
static void security_nonce_reuse_explicit_12(void **state)
{
	struct tls_half half = {0};
	uint64_t last = 0;

	(void)state;
	tls_record_install12(&half, ws, tls_suite_by_id(0xc02b), key, iv);
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t seen = 0;
		size_t n;

		assert_int_equal(tls_record_seal(&half, ws, record, &n, TLS_CONTENT_DATA, content, 1), 0);
		for (unsigned k = 0; k < 8; k++)
			seen = seen << 8 | record[5 + k];
		assert_true(i == 0 || seen > last);
		last = seen;
	}
	tls_record_forget(&half, ws);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(layout),
	    cmocka_unit_test(what_is_changed_does_not_open),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(security_nonce_reuse_explicit_12),
	};

	return cmocka_run_group_tests_name("record12", tests, start, stop);
}
