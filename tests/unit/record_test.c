/* record_test.c - the rules of RFC 8446 section 5; the figures are in record_figures_test.c. */
#include "halves.h"

#include <stdbool.h>


#define MAX_LEN TLS_RECORD_MAX_LEN

static void forget_both(struct tls_half *wr, struct tls_half *rd)
{
	tls_record_forget(wr, ws);
	tls_record_forget(rd, ws);
}

/* ---- The header, section 5.1 */

static int header(unsigned type, unsigned major, unsigned minor, unsigned len, bool protect)
{
	uint8_t p[] = {
	    (uint8_t)type, (uint8_t)major, (uint8_t)minor, (uint8_t)(len >> 8), (uint8_t)len};
	struct tls_record_header h;
	int err = tls_record_header(&h, p, protect);

	if (err == 0)
		assert_true(h.type == type && h.len == len);
	return err;
}

static void header_types_and_versions(void **state)
{
	(void)state;
	for (unsigned v = 0; v <= 255; v++) {
		assert_int_equal(
		    header(v, 3, 3, 100, false), v >= 20 && v <= 23 ? 0 : TLS_E_PROTOCOL_NOT_TLS);
		assert_int_equal(header(22, v, 1, 100, false), v == 3 ? 0 : TLS_E_PROTOCOL_NOT_TLS);
		assert_int_equal(header(22, 3, v, 100, true), 0);
	}
}

static void header_lengths(void **state)
{
	(void)state;
	for (unsigned len = 0; len <= 0xffff; len++) {
		assert_int_equal(
		    header(22, 3, 3, len, false), len <= 16384 ? 0 : TLS_E_RECORD_OVERFLOW);
		assert_int_equal(
		    header(23, 3, 3, len, true), len <= 16384 + 256 ? 0 : TLS_E_RECORD_OVERFLOW);
	}
}

/* ---- Opening */

static const uint16_t suites[] = {0x1301, 0x1302, 0x1303};
static const char secret48[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
			       "202122232425262728292a2b2c2d2e2f";

static void install_both(struct tls_half *wr, struct tls_half *rd, uint16_t suite)
{
	halves_install(wr, suite, secret48);
	halves_install(rd, suite, secret48);
}

/* Seals these bytes with nothing but zeros behind them: the content type byte is among them. */
static size_t seal_inner(struct tls_half *half, uint8_t *record, const uint8_t *p, size_t len)
{
	size_t n;

	assert_true(len > 0);
	assert_int_equal(
	    tls_record_seal(half, ws, record, &n, (enum tls_content)p[len - 1], p, len - 1), 0);
	return n;
}

static uint8_t record[MAX_LEN + 600], inner[MAX_LEN + 300];

/* Opens what stands in record. */
static int open_record(
    struct tls_half *half, size_t len, uint8_t *type, struct tls_span *out, size_t max_len)
{
	struct tls_record_header h;
	int err = tls_record_header(&h, record, true);

	if (err != 0)
		return err;
	assert_int_equal(h.len, len - TLS_RECORD_HEADER_LEN);
	return tls_record_open(half, ws, type, out, &h, record + TLS_RECORD_HEADER_LEN, max_len);
}

static void every_suite_and_length(void **state)
{
	static const size_t lengths[] = {
	    0, 1, 15, 16, 17, 63, 64, 65, 255, 256, 1000, 16383, 16384};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct tls_half wr = {0}, rd = {0};

		install_both(&wr, &rd, suites[i]);
		for (size_t k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++) {
			struct tls_span out;
			uint8_t type;
			size_t n;

			memset(inner, (int)k + 1, sizeof(inner));
			assert_int_equal(tls_record_seal(&wr, ws, record, &n, TLS_CONTENT_DATA,
					     inner, lengths[k]),
			    0);
			/* header, type, tag */
			assert_int_equal(n, lengths[k] + 5 + 1 + 16);
			assert_int_equal(open_record(&rd, n, &type, &out, MAX_LEN), 0);
			assert_int_equal(type, TLS_CONTENT_DATA);
			assert_int_equal(out.len, lengths[k]);
			assert_memory_equal(out.p, inner, lengths[k]);
		}
		forget_both(&wr, &rd);
	}
}

static void padding_is_taken_off(void **state)
{
	struct tls_half wr = {0}, rd = {0};

	(void)state;
	install_both(&wr, &rd, suites[0]);
	for (size_t pad = 0; pad < 200; pad += 13) {
		struct tls_span out;
		uint8_t type;
		size_t n;

		memset(inner, 0, sizeof(inner));
		tls_mem_copy(inner, "ab\0c\x16", 5);
		n = seal_inner(&wr, record, inner, 5 + pad);
		assert_int_equal(open_record(&rd, n, &type, &out, MAX_LEN), 0);
		assert_int_equal(type, TLS_CONTENT_HANDSHAKE);
		assert_int_equal(out.len, 4);
		assert_memory_equal(out.p, "ab\0c", 4);
	}
	forget_both(&wr, &rd);
}

/* Section 5.4: nothing but zeros is unexpected_message. */
static void only_padding(void **state)
{
	static const size_t lengths[] = {1, 2, 100, 16385};

	(void)state;
	memset(inner, 0, sizeof(inner));
	for (size_t i = 0; i < 4; i++) {
		struct tls_half wr = {0}, rd = {0};
		struct tls_span out;
		uint8_t type;
		size_t n;

		install_both(&wr, &rd, suites[1]);
		n = seal_inner(&wr, record, inner, lengths[i]);
		assert_int_equal(
		    open_record(&rd, n, &type, &out, MAX_LEN), TLS_E_UNEXPECTED_PACKET);
		forget_both(&wr, &rd);
	}
}

/* A tag over nothing at all, made by the AEAD alone: authentic, and without a type, too. */
static void no_type_at_all(void **state)
{
	static struct tls_aead_ctx ctx;
	struct tls_half rd = {0};
	struct tls_span out;
	uint8_t type;

	(void)state;
	halves_install(&rd, suites[2], secret48);
	tls_mem_copy(record, "\x17\3\3\0\x10", 5);
	tls_aead_init(&ctx, TLS_AEAD_CHACHA20_POLY1305, rd.key);
	tls_aead_seal(&ctx, record + 5, rd.iv, record, 5, NULL, 0, NULL, 0);
	assert_int_equal(open_record(&rd, 5 + 16, &type, &out, MAX_LEN), TLS_E_UNEXPECTED_PACKET);
	tls_record_forget(&rd, ws);
}

/* The peer's limit counts content and padding (RFC 8449 section 4); 2^14 is everybody's. */
static void too_long(void **state)
{
	static const struct {
		size_t inner_len, max_len;
		int err;
	} figures[] = {
	    {16385, 16384, 0},
	    {16386, 16384, TLS_E_RECORD_OVERFLOW},
	    {16384 + 240, 16384, TLS_E_RECORD_OVERFLOW},
	    {101, 100, 0},
	    {102, 100, TLS_E_RECORD_OVERFLOW},
	    {64, 63, 0},
	    {65, 63, TLS_E_RECORD_OVERFLOW},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		for (unsigned padded = 0; padded <= 1; padded++) {
			struct tls_half wr = {0}, rd = {0};
			struct tls_span out;
			uint8_t type;
			size_t n;

			install_both(&wr, &rd, suites[0]);
			memset(inner, padded ? 0 : 23, sizeof(inner));
			inner[0] = 23;
			n = seal_inner(&wr, record, inner, figures[i].inner_len);
			assert_int_equal(
			    open_record(&rd, n, &type, &out, figures[i].max_len), figures[i].err);
			forget_both(&wr, &rd);
		}
}

static void every_changed_bit(void **state)
{
	uint8_t whole[5 + 20 + 17];
	struct tls_record_header h = {.type = 23, .len = sizeof(whole) - 5};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct tls_half wr = {0}, rd = {0};
		struct tls_span out;
		uint8_t type;
		size_t n;

		install_both(&wr, &rd, suites[i]);
		assert_int_equal(tls_record_seal(&wr, ws, whole, &n, TLS_CONTENT_DATA,
				     (const uint8_t *)"twenty bytes content", 20),
		    0);
		assert_int_equal(n, sizeof(whole));
		for (size_t bit = 0; bit < 8 * sizeof(whole); bit++) {
			tls_mem_copy(record, whole, sizeof(whole));
			record[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_equal(
			    tls_record_open(&rd, ws, &type, &out, &h, record + 5, MAX_LEN),
			    TLS_E_DECRYPTION_FAILED);
		}
		/* a refused record takes no number */
		assert_int_equal(rd.seq, 0);
		tls_mem_copy(record, whole, sizeof(whole));
		assert_int_equal(open_record(&rd, n, &type, &out, MAX_LEN), 0);
		assert_int_equal(rd.seq, 1);
		forget_both(&wr, &rd);
	}
}

static void shorter_than_a_tag(void **state)
{
	struct tls_half rd = {0};
	struct tls_span out;
	uint8_t type;

	(void)state;
	halves_install(&rd, suites[0], secret48);
	for (size_t len = 0; len <= 16; len++) {
		memset(record, 0, 64);
		tls_mem_copy(record, "\x17\3\3\0", 4);
		record[4] = (uint8_t)len;
		assert_int_equal(
		    open_record(&rd, 5 + len, &type, &out, MAX_LEN), TLS_E_DECRYPTION_FAILED);
	}
	tls_record_forget(&rd, ws);
}

/* ---- Sequence numbers, section 5.3 */

/* The nonce, computed here from its definition, opens the record. */
static void nonce_is_iv_xor_number(void **state)
{
	static const uint64_t numbers[] = {0, 1, 255, 256, 0x0102030405060708, UINT64_MAX - 1};
	static struct tls_aead_ctx ctx;

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct tls_half wr = {0};
		uint8_t nonce[12], out[64];
		size_t n;

		halves_install(&wr, suites[0], secret48);
		wr.seq = numbers[i];
		assert_int_equal(tls_record_seal(&wr, ws, record, &n, TLS_CONTENT_DATA,
				     (const uint8_t *)"abc", 3),
		    0);
		assert_int_equal(wr.seq, numbers[i] + 1);
		tls_mem_copy(nonce, wr.iv, sizeof(nonce));
		for (unsigned k = 0; k < 8; k++)
			nonce[4 + k] ^= (uint8_t)(numbers[i] >> (56 - 8 * k));
		tls_aead_init(&ctx, TLS_AEAD_AES_128_GCM, wr.key);
		assert_true(tls_aead_open(&ctx, out, nonce, record, 5, record + 5, n - 5));
		assert_memory_equal(out, "abc\x17", 4);
		tls_record_forget(&wr, ws);
	}
}

static void security_nonce_reuse_number_never_wraps_13(void **state)
{
	struct tls_half half = {0};
	struct tls_span out;
	uint8_t type;
	size_t n;

	(void)state;
	halves_install(&half, suites[0], secret48);
	half.seq = UINT64_MAX - 1;
	assert_int_equal(tls_record_seal(&half, ws, record, &n, TLS_CONTENT_DATA, inner, 1), 0);
	half.seq = UINT64_MAX - 1;
	assert_int_equal(open_record(&half, n, &type, &out, MAX_LEN), 0);
	assert_true(half.seq == UINT64_MAX);
	assert_int_equal(tls_record_seal(&half, ws, record, &n, TLS_CONTENT_DATA, inner, 1),
	    TLS_E_RECORD_LIMIT_REACHED);
	assert_int_equal(open_record(&half, n, &type, &out, MAX_LEN), TLS_E_RECORD_LIMIT_REACHED);
	assert_true(half.seq == UINT64_MAX);
	tls_record_forget(&half, ws);
}

static void install_begins_anew(void **state)
{
	struct tls_half half = {0};
	uint64_t key_id;

	(void)state;
	halves_install(&half, suites[0], secret48);
	key_id = half.key_id;
	half.seq = 5;
	halves_install(&half, suites[2], secret48);
	assert_int_equal(half.seq, 0);
	assert_true(half.key_id != key_id);
	assert_int_equal(half.suite->id, suites[2]);
	tls_record_forget(&half, ws);
}

static void forget_wipes(void **state)
{
	static const struct tls_half zero;
	struct tls_half half;
	size_t n;

	(void)state;
	memset(&half, 0, sizeof(half));
	tls_record_forget(&half, NULL); /* nothing was installed: needs no workspace */
	halves_install(&half, suites[0], secret48);
	assert_int_equal(tls_record_seal(&half, ws, record, &n, TLS_CONTENT_DATA, inner, 1), 0);
	assert_true(ws->slot[TLS_WORKSPACE_WRITE].key_id == half.key_id);
	tls_record_forget(&half, ws);
	assert_memory_equal(&half, &zero, sizeof(half));
	assert_true(ws->slot[TLS_WORKSPACE_WRITE].key_id == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(header_types_and_versions),
	    cmocka_unit_test(header_lengths),
	    cmocka_unit_test(every_suite_and_length),
	    cmocka_unit_test(padding_is_taken_off),
	    cmocka_unit_test(only_padding),
	    cmocka_unit_test(no_type_at_all),
	    cmocka_unit_test(too_long),
	    cmocka_unit_test(every_changed_bit),
	    cmocka_unit_test(shorter_than_a_tag),
	    cmocka_unit_test(nonce_is_iv_xor_number),
	    cmocka_unit_test(security_nonce_reuse_number_never_wraps_13),
	    cmocka_unit_test(install_begins_anew),
	    cmocka_unit_test(forget_wipes),
	};

	return cmocka_run_group_tests_name("record", tests, halves_start, halves_stop);
}
